"""Formatting Turtle files in the house layout, without changing what they mean."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, parse

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.rdf.files import read_utf8, syntax_errors
from allgraph.rdf.terms import Term
from allgraph.rdf.turtle import write
from allgraph.rdf.turtle_reader import read


def lay_out(folder: Folder, path: Path, *, write: bool) -> bool:
    """Return whether a file is not in the house layout; with `write`, lay it out then.

    The file is replaced in one step, so it is whole at any moment. Raises `LoadError`, and leaves
    the file as it is, when it is not Turtle or has what `layout` does not know.
    """
    name = folder.relative(path)
    triples = _comparable(folder.triples(path))
    after = layout(read_utf8(path, name).decode(), path=name).encode()
    if after == path.read_bytes():
        return False
    with syntax_errors(name):
        quads = [*parse(after, format=RdfFormat.TURTLE, base_iri=folder.base_of(path))]
    if _comparable(quads) != triples:
        raise LoadError("cannot be laid out without changing what it says", path=name)
    if write:
        _replace(path, after)
    return True


def _replace(path: Path, content: bytes) -> None:
    """Replace the content of a file in one step; it keeps its mode."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.chmod(path.stat().st_mode)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _comparable(triples: Iterable[Triple | Quad]) -> list[tuple[Term | int, ...]]:
    """Return the terms of triples in their order, blank nodes as numbers in order of appearance."""
    numbers: dict[Term, int] = {}
    return [
        tuple(
            numbers.setdefault(term, len(numbers)) if isinstance(term, BlankNode) else term
            for term in (triple.subject, triple.predicate, triple.object)
        )
        for triple in triples
    ]


def layout(text: str, *, path: str | None = None) -> str:
    """Return the same Turtle in the house layout, with its comments, literal forms and order.

    Raises `LoadError` for what the layout does not know: RDF 1.2 triple terms, annotations,
    and brackets nested too deep.
    """
    return write(read(text, path=path))
