r"""Triples as RDF/XML, as they come, and read back to be sure that it says them.

>>> import io
>>> line = b'<http://x/a> <http://x/p> "b" .'
>>> rdfxml([line], Prefixes(x="http://x/"), out := io.BytesIO())
>>> out.getvalue().decode().splitlines()[2]
'\t<rdf:Description rdf:about="http://x/a">'
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby, islice, zip_longest
from pathlib import Path
from typing import IO, Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from allgraph.errors import UnknownFormat
from allgraph.rdf.rdfxml import with_xml_names
from allgraph.rdf.serialize import sound
from allgraph.rdf.terms import RDF, Prefixes

_TYPE = f" <{RDF}type> ".encode()
_AT_ONCE = 1_000  # lines that are read together
_MANY = 20_000  # IRIs whose prefixes are kept
_SPOOL = 16 * 2**20  # bytes that are in memory until they are read back


def rdfxml(
    lines: Iterable[bytes], prefixes: Prefixes, out: IO[bytes], place: Path | None = None
) -> None:
    """Write lines of N-Triples as RDF/XML; they come in order, and can be read again.

    Of a subject its types come first. Raises `UnknownFormat` with the first triple that RDF/XML
    cannot hold.
    """
    fit = Prefixes({p: space for p, space in sound(prefixes).items() if p[:3].lower() != "xml"})
    used = _used(lines, fit)
    spool = None if place is None else str(place)
    with tempfile.SpooledTemporaryFile(_SPOOL, dir=spool) as body:
        if not _is_said(lines, used, body):
            some = _triples(lines)
            wrong = next((t for t in some if not _is_said([_line(t)], used, io.BytesIO())), None)
            raise UnknownFormat(f"RDF/XML cannot hold the triple {wrong}; write another format")
        body.seek(0)
        shutil.copyfileobj(body, out)


def _is_said(lines: Iterable[bytes], prefixes: dict[str, str], body: IO[bytes]) -> bool:
    """Write triples as RDF/XML; whether what is then read is what was to be written."""
    text = _Checked(body)
    try:
        serialize(map(with_xml_names, _triples(lines)), text, RdfFormat.RDF_XML, prefixes=prefixes)
    except OSError as error:
        if error.errno is None:  # what RDF/XML cannot name
            return False
        raise
    if not text.is_xml():
        return False
    body.seek(0)
    back = (quad.triple for quad in parse(body, format=RdfFormat.RDF_XML))
    wanted = map(with_xml_names, _triples(lines))
    try:
        return all(one == other for one, other in zip_longest(back, wanted))
    except SyntaxError:
        return False


class _Checked(io.BytesIO):
    """Passes XML on, mended where it can be, and looks whether it is any."""

    def __init__(self, out: IO[bytes]) -> None:
        from xml.parsers.expat import ExpatError, ParserCreate

        super().__init__()
        self._out = out
        self._parser: Any = ParserCreate(namespace_separator=" ")
        self._wrong = ExpatError
        self._is_xml = True

    def write(self, piece: Any) -> int:
        """Write a piece."""
        text = bytes(piece).replace(b"\r", b"&#13;")
        self._out.write(text)
        self._parse(text, False)
        return len(piece)

    def is_xml(self) -> bool:
        """Whether all of it was XML."""
        self._parse(b"", True)
        return self._is_xml

    def _parse(self, text: bytes, is_end: bool) -> None:
        if self._is_xml:
            try:
                self._parser.Parse(text, is_end)
            except self._wrong:
                self._is_xml = False


def _used(lines: Iterable[bytes], prefixes: Prefixes) -> dict[str, str]:
    """The prefixes that the triples need."""
    seen: set[str] = set()
    known: set[str] = set()
    for triple in _triples(lines):
        for term in triple:
            if isinstance(term, NamedNode) and term.value not in known:
                if len(known) >= _MANY:
                    known.clear()
                known.add(term.value)
                seen.add(prefixes.shorten(term.value).partition(":")[0])
    return {prefix: space for prefix, space in prefixes.items() if prefix in seen}


def _triples(lines: Iterable[bytes]) -> Iterator[Triple]:
    """The triples of lines, some at a time; of a subject its types first."""
    rest = _types_first(lines)
    while some := [*islice(rest, _AT_ONCE)]:
        yield from (q.triple for q in parse(b"\n".join(some), format=RdfFormat.N_QUADS))


def _types_first(lines: Iterable[bytes]) -> Iterator[bytes]:
    for subject, some in groupby(lines, lambda line: line.partition(b" ")[0]):
        yield from sorted(some, key=lambda line: not line.startswith(_TYPE, len(subject)))


def _line(triple: Triple | Quad) -> bytes:
    return f"{triple} .".encode()
