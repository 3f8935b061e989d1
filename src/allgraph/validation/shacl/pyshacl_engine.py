"""Checking shapes with pySHACL, the reference for the results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad

from allgraph.errors import InputError
from allgraph.model.triples import Row
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.bridge import exact_literals, from_rdflib, to_rdflib
from allgraph.rdf.terms import RDFS, Term, text
from allgraph.validation.shacl.results import SH, TARGETS, Failure, sh
from allgraph.validation.shacl.shapes import DEEPEST, Shapes

if TYPE_CHECKING:
    import rdflib

_TARGETS = {sh(name) for name in TARGETS}
_AT_MOST_ONE = ("focusNode", "resultPath", "value", "sourceConstraint")
_EXACTLY_ONE = ("sourceShape", "resultSeverity", "sourceConstraintComponent")


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

    shapes = list(shapes)
    graph_of_shapes = Shapes(shapes)
    with exact_literals():
        convert = to_rdflib()
        data_graph, shape_graph = rdflib.Graph(), rdflib.Graph()
        for graph, triples in ((data_graph, data), (shape_graph, _untargeted(shapes, without))):
            for subject, predicate, obj, *_ in triples:
                graph.add((convert(subject), convert(predicate), convert(obj)))
        for result in _results(data_graph, shape_graph, graph_of_shapes):
            (shape,), (severity,), (component,) = (result[name] for name in _EXACTLY_ONE)
            focus, path, value, query = (next(iter(result[name]), None) for name in _AT_MOST_ONE)
            if not isinstance(path, NamedNode):  # a query may give any term
                path = next(iter(graph_of_shapes.values(shape, "path")), None)
            has_message = graph_of_shapes.values(shape, "message") or query is not None
            messages = map(text, result["resultMessage"] if has_message else ())
            names = text(severity), text(component), min(messages, default="")
            yield Failure(focus, path, value, shape, *names, query)


def _untargeted(shapes: Iterable[Quad], without: Collection[Term]) -> Iterator[Quad]:
    """Yield the triples of shapes, but not the targets of the shapes in `without`.

    Targets are the objects of `_TARGETS`, such as sh:targetClass. The type rdfs:Class is left out
    too, since by it a shape is for its own instances.
    """
    for quad in shapes:
        is_class = quad.predicate == TYPE and quad.object == NamedNode(RDFS + "Class")
        if quad.subject not in without or not (is_class or quad.predicate in _TARGETS):
            yield quad


def _results(
    data: rdflib.Graph, shape_graph: rdflib.Graph, shapes: Shapes
) -> Iterator[dict[str, list[Term]]]:
    """Run pySHACL, which may change `data`, and yield its results as values by predicate.

    Predicates have local names, since all are of SHACL. `shapes` are those of `shape_graph`. Raises
    `InputError` for shapes that pySHACL cannot use.
    """
    for _, result, triples in _report(data, shape_graph, shapes):
        values: dict[str, list[Term]] = defaultdict(list)
        for subject, predicate, value in triples:
            node = value[1] if isinstance(value, tuple) else value  # a graph, and a node of it
            term = from_rdflib(node)
            if subject == result and term is not None:  # other subjects are results within it
                values[predicate.removeprefix(SH)].append(term)
        yield values


def _report(data: rdflib.Graph, shape_graph: rdflib.Graph, shapes: Shapes) -> list[Any]:
    """Run pySHACL, which may change `data`, and return its results, each with its triples.

    `shapes` are those of `shape_graph`. It uses our functions for some of its own meanwhile. Raises
    `InputError` for shapes that it cannot use.
    """
    import pyshacl
    from pyparsing import ParseBaseException
    from pyshacl.errors import ReportableRuntimeError

    from allgraph.validation.shacl.pyshacl_constraints import replaced_functions

    try:
        with replaced_functions(shapes):
            _, results, _ = pyshacl.validate(
                data,
                shacl_graph=shape_graph,
                inference="none",
                advanced=False,
                inplace=True,
                max_validation_depth=DEEPEST + 1,
            )
    except ReportableRuntimeError as error:
        message, *_ = error.message.splitlines()  # further lines have names of blank nodes
        raise InputError(f"the shapes cannot be used: {message}") from None
    except (NotImplementedError, ParseBaseException) as error:  # of a query of sh:sparql
        raise InputError(f"the shapes cannot be used: {' '.join(str(error).split())}") from None
    if not isinstance(results, list):  # it is the failure
        raise InputError(f"the shapes cannot be used: {' '.join(str(results).split())}")
    return results
