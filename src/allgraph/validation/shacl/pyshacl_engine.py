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
from allgraph.validation.shacl.results import SH, TARGETS, Failure, sh

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
    """Return what pySHACL finds in data, with the targets of some shapes left out (`without`).

    Literals are checked as they were parsed, in their own forms.
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
                report.value(result, convert(sh(name))) for name in _PARTS
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
    """Yield the triples of shapes, but not those that give some shapes their targets."""
    for quad in shapes:
        is_class = quad.predicate == TYPE and quad.object == NamedNode(RDFS + "Class")
        if quad.subject not in without or not (is_class or quad.predicate in _TARGETS):
            yield quad


def _report(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the report of pySHACL, or raise `InputError` for shapes that it cannot use.

    It gives up on values that cannot be put in order, such as malformed dates; then the
    comparisons are left out, and the shapes of the values themselves report what is wrong.
    """
    import rdflib
    from pyshacl.errors import ReportableRuntimeError

    try:
        try:
            return _validated(data, shapes)
        except (TypeError, ReportableRuntimeError):
            for name in ("lessThan", "lessThanOrEquals"):
                shapes.remove((None, rdflib.URIRef(SH + name), None))
            return _validated(data, shapes)
    except ReportableRuntimeError as error:
        raise InputError(f"the shapes cannot be used: {error.message}") from None


def _validated(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    import pyshacl
    import rdflib

    _, report, _ = pyshacl.validate(
        data, shacl_graph=shapes, inference="none", advanced=False, inplace=True
    )
    if not isinstance(report, rdflib.Graph):  # it is the failure
        raise InputError(f"the shapes cannot be used: {report}")
    return report
