"""Formatting Turtle files in the house layout, without changing what they mean."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse

from allgraph.errors import LoadError
from allgraph.folder.folder import Folder
from allgraph.model import skolem
from allgraph.rdf import ntriples
from allgraph.rdf.files import read_regular, read_utf8, syntax_errors
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
    triples = _comparable(folder.quads(path))
    formatted = layout(read_utf8(path, name).decode(), path=name).encode()
    if formatted == read_regular(path):
        return False
    with syntax_errors(name):
        quads = [*parse(formatted, format=RdfFormat.TURTLE, base_iri=folder.base_of(path))]
    if _comparable(quads) != triples:
        raise LoadError("cannot be formatted without a change of its triples", path=name)
    if write:
        put(path, formatted)
    return True


def _comparable(quads: list[Quad]) -> list[str]:
    """Return triples as lines, with labels for blank nodes by the order in which they appear.

    So two files whose triples differ only in labels of blank nodes give equal lists.
    """
    return [*skolem.labelled_lines(ntriples.lines(quads), "")]


def layout(text: str, *, path: str | None = None) -> str:
    """Return Turtle text with line breaks and spaces in the one way of the house layout.

    Comments, forms of literals and the order stay. Raises `LoadError`, with `path` as the file, for
    invalid Turtle and for what the layout does not support: RDF 1.2 triple terms, annotations, and
    brackets nested too deeply.
    """
    return write(read(text, path=path))
