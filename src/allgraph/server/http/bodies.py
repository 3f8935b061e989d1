r"""Documents of rows and triples, whose bodies the engine writes as they are sent.

>>> from pyoxigraph import Store
>>> rows = Store().query("SELECT ?x { VALUES ?x { 1 2 } }")
>>> rows_document(rows, "text/csv", QueryResultsFormat.CSV).send(print)
b'x\r\n1\r\n2\r\n'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import IO, Any

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    serialize,
)

from allgraph.errors import UnknownFormat
from allgraph.rdf import rdfxml
from allgraph.server.http.reply import CHUNK, Send, TaskResult
from allgraph.server.http.stream import (
    ChunkedFile,
    RowCounter,
    XmlEscaper,
    check_rows,
    no_xml,
)

_PREFIXED = (RdfFormat.TURTLE, RdfFormat.TRIG, RdfFormat.RDF_XML)
_PREFIX = re.compile(rb'@prefix [^\n]*\n| xmlns:[^=]*="[^"]*"')
_PREFIXES = re.compile(rb'\A(?:@prefix [^\n]*\n)+|(?<=<rdf:RDF)(?: xmlns:[^=]*="[^"]*")+')
_FEW = 200  # triples; an answer with fewer has only the prefixes that it needs


def rows_document(
    solutions: QuerySolutions,
    type: str,
    format: QueryResultsFormat,
    most: int | None = None,
    chunk: int = CHUNK,
) -> TaskResult:
    """Return a result whose body has the rows of a query, in a format of SPARQL results.

    The rows are read when it is sent, in chunks of about `chunk` bytes; then `TooLong` is raised
    for more rows than `most`, `UnknownFormat` for what XML cannot hold, and `EngineError`.
    """

    def work(send: Send) -> None:
        """Serialize `solutions` in `format` into chunks, and call `send` with each.

        Raises `TooLong` for more than `most`, `UnknownFormat` for what XML cannot hold, and
        `EngineError`.
        """
        escape = XmlEscaper() if format is QueryResultsFormat.XML else None
        count = None if most is None else RowCounter(format)
        outlet = ChunkedFile(send, count=count, most_rows=most, transform=escape, chunk=chunk)
        outlet.send_all(lambda file: solutions.serialize(file, format))

    return TaskResult(type, work)


def triples_document(
    triples: Iterable[Triple],
    type: str,
    format: RdfFormat,
    prefixes: Mapping[str, str],
    most: int | None = None,
) -> TaskResult:
    r"""Return a result whose body has triples, in a format of RDF.

    The triples are read when it is sent; then `TooLong` is raised for more of them than `most`,
    `UnknownFormat` for what XML cannot hold, and `EngineError`. A document with less than 200
    triples declares only the prefixes that it needs.

    >>> triples = [Triple(*map(NamedNode, ("http://x/a", "http://x/b", "http://y/c")))]
    >>> prefixes = {"x": "http://x/", "z": "http://z/"}
    >>> triples_document(triples, "text/turtle", RdfFormat.TURTLE, prefixes).send(print)
    b'@prefix x: <http://x/> .\nx:a x:b <http://y/c> .\n'
    """

    def write(file: IO[bytes]) -> None:
        """Read `triples` and serialize them in `format` into a file, with declared prefixes.

        Raises `TooLong` for more triples than `most`, and `UnknownFormat` for a predicate that XML
        cannot name.
        """
        limited = iter(_limited(triples, most))
        first = list(islice(limited, _FEW)) if format in _PREFIXED else []
        declared = _used_prefixes(first, prefixes) if len(first) < _FEW else dict(prefixes)
        statements = _for_serializer(chain(first, limited), format, declared)
        serialize(statements, file, format, prefixes=declared)

    def work(send: Send) -> None:
        """Serialize `triples` in `format` into chunks, by `write`, and call `send` with each.

        The prefixes are sorted. Raises `TooLong` for more than `most`, `UnknownFormat` for what XML
        cannot hold, and `EngineError`.
        """
        escape = XmlEscaper() if format is RdfFormat.RDF_XML else None
        sorter = _PrefixSorter(escape) if format in _PREFIXED else None
        ChunkedFile(send, transform=sorter).send_all(write)

    return TaskResult(type, work)


class _PrefixSorter:
    """Sorts the prefixes in the first chunk of a document; the engine writes them in random order.

    It is called with each chunk in order. The function `transform`, if there is one, is applied to
    each chunk after that.
    """

    def __init__(self, transform: Callable[[bytes], bytes] | None) -> None:
        self._transform = transform  # makes of each chunk the one to return, after the sorting
        self._first = True  # whether no chunk has come yet

    def __call__(self, chunk: bytes) -> bytes:
        """Return the next chunk as it can be sent; the prefixes are sorted if it is the first."""
        if self._first:
            chunk, self._first = _PREFIXES.sub(_sorted_prefixes, chunk, count=1), False
        return self._transform(chunk) if self._transform else chunk


def _sorted_prefixes(match: re.Match[bytes]) -> bytes:
    """The declarations of prefixes, of Turtle or RDF/XML, in a match of `_PREFIXES`, sorted."""
    return b"".join(sorted(_PREFIX.findall(match[0])))


def _used_prefixes(triples: list[Triple], prefixes: Mapping[str, str]) -> dict[str, str]:
    """The prefixes, with their namespaces, whose namespace begins an IRI in some triples.

    The IRIs of datatypes count too.
    """
    terms = {term for triple in triples for term in triple}
    nodes = {term for term in terms if isinstance(term, NamedNode)}
    nodes |= {term.datatype for term in terms if isinstance(term, Literal)}
    iris = [node.value for node in nodes]
    return {
        prefix: space
        for prefix, space in prefixes.items()
        if any(iri.startswith(space) for iri in iris)
    }


def _limited(triples: Iterable[Triple], most: int | None) -> Iterator[Triple]:
    """Yield the triples; raise `TooLong` when there are more than `most`."""
    for count, triple in enumerate(triples, 1):
        check_rows(count, most)
        yield triple


def _for_serializer(
    triples: Iterable[Triple], format: RdfFormat, prefixes: dict[str, str]
) -> Iterable[Any]:
    """Return triples, or quads of the default graph, as pyoxigraph serializes them in a format.

    They are read one by one, as the result is. For RDF/XML the names of blank nodes are changed to
    ones that XML allows, and reading raises `UnknownFormat` at a predicate that it cannot name.
    """
    if format is RdfFormat.RDF_XML:
        return _xml_triples(triples, prefixes)
    if format in (RdfFormat.N_QUADS, RdfFormat.TRIG):
        return (Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in triples)
    return triples


def _xml_triples(triples: Iterable[Triple], prefixes: dict[str, str]) -> Iterator[Triple]:
    """Yield triples with XML names for blank nodes; `UnknownFormat` for a predicate without one.

    Each predicate is tried out once: a triple with it is written, by `prefixes`, and parsed.
    """
    valid: set[NamedNode] = set()
    for triple in triples:
        predicate = triple.predicate
        if predicate not in valid:
            try:
                rdfxml.document([Triple(predicate, predicate, predicate)], prefixes)
            except UnknownFormat:
                raise no_xml("a predicate") from None
            valid.add(predicate)
        yield rdfxml.with_xml_names(triple)
