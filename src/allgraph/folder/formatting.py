"""Turtle files in the house's layout, their meaning unchanged."""

from __future__ import annotations

import os
from pathlib import Path

from pyoxigraph import BlankNode, Triple

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.rdf import files
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import Term
from allgraph.rdf.turtle import write
from allgraph.rdf.turtle_reader import read


def lay_out(folder: Folder, path: Path, *, write: bool) -> bool:
    """Whether a file is not in the house's layout; with `write`, it then is.

    The file is replaced in one step, so it is whole at any moment. Raises `LoadError` when it
    is not Turtle, or has what the layout does not know; it is then left as it is.
    """
    name = folder.relative(path)
    before = read_utf8(path, name)
    triples = _comparable(list(folder.triples(path)))
    after = layout(before.decode(), path=name).encode()
    if after == path.read_bytes():
        return False
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(after)
        written = files.quads(beside, folder.base_of(path), name)
        if _comparable([quad.triple for quad in written]) != triples:
            raise LoadError("cannot be laid out without changing what it says", path=name)
        if write:
            beside.chmod(path.stat().st_mode)
            os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def _comparable(triples: list[Triple]) -> list[tuple[Term | int, ...]]:
    """Triples in their order, blank nodes numbered as they come."""
    numbers: dict[Term, int] = {}
    return [
        tuple(
            numbers.setdefault(term, len(numbers)) if isinstance(term, BlankNode) else term
            for term in triple
        )
        for triple in triples
    ]


def layout(text: str, *, path: str | None = None) -> str:
    """The same Turtle in the house's layout. Comments, forms and order are kept.

    Raises `LoadError` for what the layout does not know: RDF 1.2 triple terms, annotations,
    and brackets too deep.
    """
    return write(read(text, path=path))
