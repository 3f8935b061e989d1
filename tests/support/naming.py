"""Triples with the names that loading gives their blank nodes."""

from collections.abc import Iterable

from pyoxigraph import Quad, Triple

from allgraph.model import skolem
from allgraph.rdf import ntriples
from allgraph.rdf.terms import Node, Term


def named_quads(quads: list[Quad], file: str = "") -> list[Quad]:
    """The quads of a file, in their order, with IRIs or stable labels for its blank nodes."""
    return [*ntriples.quads(skolem.named_lines(ntriples.lines(quads), file))]


def node_names(triples: Iterable[Triple]) -> dict[Term, Node]:
    """The name of each blank node of all triples of a file."""
    names = skolem.names_of(skolem.divided(ntriples.lines(triples))[1])
    return {ntriples.term(node): ntriples.term(name) for node, name in names.items()}  # type: ignore[misc]


def named(lines: list[str], ours: tuple[str, ...]) -> dict[str, str]:
    """The name of each blank node of all lines of a file, by its label."""
    return skolem.names_of(skolem.divided(lines)[1], "f", ours=ours)
