"""Formatting Turtle files in the house layout, without changing what they mean."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, parse

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.rdf.files import read_regular, read_utf8, syntax_errors
from allgraph.rdf.terms import Term
from allgraph.rdf.turtle import write
from allgraph.rdf.turtle_reader import read
from allgraph.writing import put


def lay_out(folder: Folder, path: Path, *, write: bool) -> bool:
    """Return whether a Turtle file differs from the house layout; with `write`, rewrite it then.

    The house layout is one way to put line breaks and spaces (`layout`). The file is replaced in
    one step, so no reader ever finds half of it. Raises `LoadError`, and leaves it as it is, when
    its suffix is not ``.ttl``, it cannot be read, is not Turtle, has what `layout` does not
    support, or would not have the same triples afterwards. Raises `WriteError` when it cannot be
    written.
    """
    name = folder.relative(path)
    if path.suffix != ".ttl":
        raise LoadError(
            "can only be formatted when it is uncompressed Turtle, named .ttl", path=name
        )
    triples = _comparable(folder.triples(path))
    formatted = layout(read_utf8(path, name).decode(), path=name).encode()
    if formatted == read_regular(path):
        return False
    with syntax_errors(name):
        quads = [*parse(formatted, format=RdfFormat.TURTLE, base_iri=folder.base_of(path))]
    if _comparable(quads) != triples:
        raise LoadError("cannot be laid out without changing what it says", path=name)
    if write:
        put(path, formatted)
    return True


def _comparable(triples: Iterable[Triple | Quad]) -> list[tuple[Term | int, ...]]:
    """Return the terms of each triple, in order, with a number in place of each blank node.

    Blank nodes are numbered in the order in which they first appear, so two files whose triples
    differ only in labels of blank nodes give equal lists.
    """
    numbers: dict[Term, int] = {}
    return [
        tuple(
            numbers.setdefault(term, len(numbers)) if isinstance(term, BlankNode) else term
            for term in (triple.subject, triple.predicate, triple.object)
        )
        for triple in triples
    ]


def layout(text: str, *, path: str | None = None) -> str:
    """Return Turtle text with line breaks and spaces in the one way of the house layout.

    Comments, forms of literals and the order stay. Raises `LoadError`, with `path` as the file, for
    invalid Turtle and for what the layout does not support: RDF 1.2 triple terms, annotations, and
    brackets nested too deeply.
    """
    return write(read(text, path=path))
