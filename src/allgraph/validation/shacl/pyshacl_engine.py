"""Checking shapes with pySHACL, the reference for the results."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Quad

from allgraph.errors import InputError
from allgraph.model.derivation import Row
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.bridge import exact_literals, from_rdflib, to_rdflib
from allgraph.rdf.terms import RDFS, Term
from allgraph.validation.shacl.results import TARGETS, Failure, sh

if TYPE_CHECKING:
    import rdflib

_TARGETS = {sh(name) for name in TARGETS}
_PARTS = (
    "focusNode",
    "resultPath",
    "value",
    "sourceShape",
    "resultSeverity",
    "sourceConstraintComponent",
)


def failures(
    data: Iterable[Row | Quad], shapes: Iterable[Quad], without: Collection[Term]
) -> Iterator[Failure]:
    """Yield a failure for each violation of shapes that pySHACL finds in the triples `data`.

    `shapes` are the triples of all shapes; those in `without` lose their targets, and are only used
    where other shapes refer to them. A failure has the message ``""`` if its shape has none.
    Literals are checked in the forms in which they were written; for this a setting of rdflib is
    changed until the end of the iteration. Raises `InputError` for shapes that pySHACL cannot use.
    """
    import rdflib

    with exact_literals():
        convert = to_rdflib()
        data_graph, shape_graph = rdflib.Graph(), rdflib.Graph()
        for graph, triples in ((data_graph, data), (shape_graph, _untargeted(shapes, without))):
            for subject, predicate, obj, *_ in triples:
                graph.add((convert(subject), convert(predicate), convert(obj)))
        report = _report(data_graph, shape_graph)
        for result in report.objects(None, convert(sh("result"))):
            focus, path, value, shape, severity, component = (
                report.value(result, convert(sh(name)))
                for name in _PARTS  # their names in SHACL, in this order
            )
            has_message = (shape, convert(sh("message")), None) in shape_graph or (
                (result, convert(sh("sourceConstraint")), None) in report
            )
            messages = report.objects(result, convert(sh("resultMessage")))
            yield Failure(
                from_rdflib(focus),
                from_rdflib(path),
                from_rdflib(value),
                from_rdflib(shape) or BlankNode(str(shape)),
                str(severity),
                str(component),
                min(map(str, messages), default="") if has_message else "",
            )


def _untargeted(shapes: Iterable[Quad], without: Collection[Term]) -> Iterator[Quad]:
    """Yield the triples of shapes, but not the targets of the shapes in `without`.

    Targets are the objects of `_TARGETS`, such as sh:targetClass. The type rdfs:Class is left out
    too, since by it a shape is for its own instances.
    """
    for quad in shapes:
        is_class = quad.predicate == TYPE and quad.object == NamedNode(RDFS + "Class")
        if quad.subject not in without or not (is_class or quad.predicate in _TARGETS):
            yield quad


def _report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Run pySHACL, which may change `data`, and return its validation report as a graph.

    It uses our constraints for some of its own meanwhile. Raises `InputError` for shapes that it
    cannot use.
    """
    import pyshacl
    import rdflib
    from pyparsing import ParseBaseException
    from pyshacl.errors import ReportableRuntimeError

    from allgraph.validation.shacl.pyshacl_constraints import replaced_constraints

    try:
        with replaced_constraints():
            _, report, _ = pyshacl.validate(
                data, shacl_graph=shapes, inference="none", advanced=False, inplace=True
            )
    except ReportableRuntimeError as error:
        raise InputError(f"the shapes cannot be used: {error.message}") from None
    except (NotImplementedError, ParseBaseException) as error:  # of a query of sh:sparql
        raise InputError(f"the shapes cannot be used: {' '.join(str(error).split())}") from None
    if not isinstance(report, rdflib.Graph):  # it is the failure
        raise InputError(f"the shapes cannot be used: {report}")
    return report
