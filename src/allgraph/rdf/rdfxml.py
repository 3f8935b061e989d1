r"""RDF/XML: triples as pyoxigraph writes them, checked to be XML.

XML cannot hold most control characters, nor a predicate without a local name, and pyoxigraph
does not always refuse them. So each document is parsed before it is returned.

>>> from pyoxigraph import Literal, NamedNode
>>> triple = Triple(NamedNode("http://x/a"), NamedNode("http://x/p"), Literal("b"))
>>> document([triple], {"x": "http://x/"}).decode().splitlines()[2]
'\t<rdf:Description rdf:about="http://x/a">'
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, islice, zip_longest
from pathlib import Path
from typing import IO, Any

from pyoxigraph import BlankNode, RdfFormat, Triple, parse, serialize

from allgraph.errors import UnknownFormat
from allgraph.rdf.canonical import has_blank
from allgraph.rdf.files import spool
from allgraph.rdf.nesting import Statement
from allgraph.rdf.ntriples import is_iri, value
from allgraph.rdf.prefixes import Names, names_with
from allgraph.rdf.terms import RDF, Prefixes

_TYPE = f" <{RDF}type> ".encode()
_NO_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""A character that XML does not have."""
_LINES_PER_PARSE = 1_000  # lines that are parsed together


def document(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Return triples, in their order, as RDF/XML that declares the prefixes.

    Labels of blank nodes get a ``b`` in front. Raises `UnknownFormat` where RDF/XML cannot hold a
    triple.
    """
    _write(triples, prefixes, buffer := io.BytesIO())
    return buffer.getvalue()


def sorted_document(text: bytes, terms: Iterable[str], prefixes: Prefixes) -> bytes:
    """Return triples, given as canonical N-Triples, in their order as RDF/XML.

    `terms` are their terms, in any order. It declares the prefixes that the IRIs need. Raises
    `UnknownFormat` where RDF/XML cannot hold a triple.
    """
    names = names_with(tuple(prefixes.items()), for_xml=True)
    used = {names.short(term)[1] for term in terms if is_iri(term)}  # prefixes, and ``None``
    triples = (quad.triple for quad in parse(text, format=RdfFormat.N_TRIPLES))
    return document(triples, {name: iri for name, iri in names.prefixes.items() if name in used})


def can_hold(statements: Sequence[Statement], prefixes: Prefixes) -> bool:
    """Return whether RDF/XML can hold statements; nothing is written.

    >>> one = ("<http://x/a>", "<http://x/p>", '"b"', "")
    >>> can_hold([one], Prefixes()), can_hold([(one[0], "<http://x/1>", '"b"', "")], Prefixes())
    (True, False)
    """
    names, predicates = tuple(prefixes.items()), {statement[1] for statement in statements}
    # N-Triples have escapes for all characters that XML does not have
    escaped = "".join(value(obj) for _, _, obj, _ in statements if "\\" in obj)
    return all(_can_name(p, names) for p in predicates) and not _NO_XML.search(escaped)


@lru_cache(10_000)
def _can_name(predicate: str, prefixes: tuple[tuple[str, str], ...]) -> bool:
    """Return whether RDF/XML can name a predicate; cached, since many triples have the same."""
    try:
        line = f"{predicate} {predicate} {predicate} .\n"
        sorted_document(line.encode(), [predicate], Prefixes(prefixes))
    except UnknownFormat:
        return False
    return True


def write_lines(
    lines: Iterable[bytes], prefixes: Prefixes, file: IO[bytes], place: Path | None = None
) -> None:
    """Write sorted lines of N-Triples to `file` as RDF/XML, the types of a subject before all else.

    `lines`, without line ends, is iterated over several times, so it must be no iterator, and may
    be more than fits into memory. The document is first written to a temporary file in the
    directory `place` (``None``: the system's), and parsed to see that it has the same triples.
    Raises `UnknownFormat` with the first triple that RDF/XML cannot hold; then nothing is written
    to `file`. Raises `OSError` when a file cannot be written.
    """
    names = names_with(tuple(prefixes.items()), for_xml=True)  # without those that XML refuses
    used = _prefixes_in_use(lines, names)
    with spool(place) as body:
        if not _reads_back(lines, used, body):
            alone = ((triple, [f"{triple} .".encode()]) for triple in _triples(lines))
            wrong = (triple for triple, line in alone if not _reads_back(line, used, io.BytesIO()))
            triple = next(wrong, None)
            raise UnknownFormat(f"RDF/XML cannot hold the triple {triple}; write another format")
        body.seek(0)
        shutil.copyfileobj(body, file)


def with_xml_names(triple: Triple) -> Triple:
    """Return a triple with a ``b`` before the labels of its blank nodes.

    So they begin with a letter, as XML needs it.
    """
    if not has_blank(triple):
        return triple
    subject, predicate, obj = (
        BlankNode(f"b{term.value}") if isinstance(term, BlankNode) else term for term in triple
    )
    return Triple(subject, predicate, obj)  # type: ignore[arg-type]


def checked_xml(text: bytes) -> bytes:
    """Return XML that pyoxigraph wrote with its carriage returns escaped.

    Raises `UnknownFormat` if it is not well-formed.
    """
    text = _with_escaped_returns(text)
    _check_xml(io.BytesIO(text))
    return text


def _write(triples: Iterable[Triple], prefixes: Mapping[str, str], file: IO[bytes]) -> None:
    """Write triples to an empty `file` as RDF/XML, and read the file again to check it.

    Labels of blank nodes get a ``b`` in front, and `prefixes` are declared. Raises `UnknownFormat`
    if RDF/XML cannot hold the triples, and leaves what was written; raises `OSError` if the file
    cannot be written.
    """
    renamed = map(with_xml_names, triples)
    try:
        serialize(renamed, _EscapingFile(file), RdfFormat.RDF_XML, prefixes={**prefixes})
    except OSError as error:
        if error.errno is not None:  # the file cannot be written
            raise
        raise UnknownFormat(f"{error}; write turtle or ntriples") from None
    file.seek(0)
    _check_xml(file)


class _EscapingFile(io.BytesIO):
    """A file for writing that passes XML on to another, `out`, with carriage returns escaped."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._out = file

    def write(self, piece: Any) -> int:
        """Write a piece to `out`; return its length before escaping."""
        self._out.write(_with_escaped_returns(bytes(piece)))
        return len(piece)


def _with_escaped_returns(text: bytes) -> bytes:
    """Return XML with each carriage return as ``&#13;``; parsers make line feeds of bare ones."""
    return text.replace(b"\r", b"&#13;")


def _check_xml(file: IO[bytes]) -> None:
    """Read a file from where it is to its end; raise `UnknownFormat` if it is not XML."""
    from xml.parsers.expat import ExpatError, ParserCreate

    try:
        ParserCreate(namespace_separator=" ").ParseFile(file)
    except ExpatError:
        raise UnknownFormat(
            "XML cannot hold a character, or a predicate, of this answer; write another format"
        ) from None


def _reads_back(lines: Iterable[bytes], prefixes: Mapping[str, str], body: IO[bytes]) -> bool:
    """Write N-Triples lines as RDF/XML to the empty file `body`; return whether they read back.

    For that the file is parsed, and must give just the triples of the lines, with a ``b`` before
    labels of blank nodes, and the types of a subject first. ``False`` also if RDF/XML cannot hold a
    triple or the file cannot be parsed. `lines` is iterated over twice. Raises `OSError` if `body`
    cannot be written.
    """
    try:
        _write(_triples(lines), prefixes, body)
        body.seek(0)
        parsed = (quad.triple for quad in parse(body, format=RdfFormat.RDF_XML))
        wanted = map(with_xml_names, _triples(lines))
        return all(triple == other for triple, other in zip_longest(parsed, wanted))
    except (UnknownFormat, SyntaxError):
        return False


def _prefixes_in_use(lines: Iterable[bytes], names: Names) -> dict[str, str]:
    """Return the prefixes and namespaces that IRIs need in lines of N-Triples; reads all.

    The lines end in `` .``. Of an IRI that no prefix fits, the scheme counts as a prefix, if one
    in `names` is called so.
    """
    used: set[str] = set()
    for line in lines:
        for term in line[:-2].decode().split(" ", 2):
            if is_iri(term):
                curie, _ = names.short(term)
                used.add((curie or term[1:-1]).partition(":")[0])
    return {prefix: iri for prefix, iri in names.prefixes.items() if prefix in used}


def _triples(lines: Iterable[bytes]) -> Iterator[Triple]:
    """Parse sorted lines of N-Triples, some at a time, and yield the triples.

    The order is that of the lines, but the triples of a subject with ``rdf:type`` come first.
    """
    rest = _types_first(lines)
    while part := [*islice(rest, _LINES_PER_PARSE)]:
        yield from (quad.triple for quad in parse(b"\n".join(part), format=RdfFormat.N_QUADS))


def _types_first(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield sorted lines of N-Triples, of each subject those with ``rdf:type`` first."""
    for subject, same in groupby(lines, lambda line: line.partition(b" ")[0]):
        yield from sorted(same, key=lambda line: not line.startswith(_TYPE, len(subject)))
