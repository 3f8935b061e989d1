"""What SHACL prescribes of a validation report, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)

from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import Term
from allgraph.validation.shacl.results import sh

OF_REPORT = {sh("conforms"), sh("result")}
OF_RESULT = {
    sh("focusNode"), sh("resultPath"), sh("value"), sh("sourceConstraintComponent"),
    sh("resultSeverity"), sh("sourceShape"), sh("sourceConstraint"),
}  # fmt: skip


def prescribed(graph: Dataset, report: Term) -> frozenset[str]:
    """The triples that SHACL prescribes of a report, paths included, with canonical labels.

    So two reports have the same ones when their graphs are isomorphic.
    """
    kept = Dataset()
    for quad in _about(graph, report, OF_REPORT):
        kept.add(quad)
        for part in _about(graph, quad.object, OF_RESULT):
            kept.add(part)
            for of_path in _path(graph, part.object) if part.predicate == sh("resultPath") else ():
                kept.add(of_path)
    kept.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(map(str, kept))


def of_turtle(turtle: str | bytes) -> frozenset[str]:
    """What SHACL prescribes of the one report in a Turtle text."""
    graph = Dataset(parse(turtle, format=RdfFormat.TURTLE))
    (quad,) = (q for q in graph.quads_for_object(sh("ValidationReport")) if q.predicate == TYPE)
    return prescribed(graph, quad.subject)


def _about(graph: Dataset, node: Term, predicates: set[NamedNode]) -> list[Quad]:
    """The triples of a node with some predicates; none of a literal."""
    quads = [] if isinstance(node, Literal) else graph.quads_for_subject(node)
    return [quad for quad in quads if quad.predicate in predicates]


def _path(graph: Dataset, node: Term) -> Iterator[Quad]:
    """The triples of a blank node, and of those that they lead to."""
    for quad in graph.quads_for_subject(node) if isinstance(node, BlankNode) else ():
        yield quad
        yield from _path(graph, quad.object)
