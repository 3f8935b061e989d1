"""RDF/XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pyoxigraph import BlankNode, RdfFormat, Triple, serialize

from allgraph.errors import UnknownFormat


def with_xml_names(triple: Triple) -> Triple:
    """A triple whose blank nodes have labels that XML takes, which begin with a letter."""
    subject, predicate, obj = (
        BlankNode(f"b{term.value}") if isinstance(term, BlankNode) else term for term in triple
    )
    return Triple(subject, predicate, obj)  # type: ignore[arg-type]


def xml_of(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Triples as RDF/XML with some prefixes; `UnknownFormat` where that cannot say them."""
    try:
        text = serialize(triples, format=RdfFormat.RDF_XML, prefixes={**prefixes}) or b""
    except OSError as error:
        raise UnknownFormat(f"{error}; write turtle or ntriples") from None
    return _checked_xml(text)


def _checked_xml(text: bytes) -> bytes:
    """XML as the engine writes it, mended where it can be, refused where no XML can say it."""
    from xml.parsers.expat import ExpatError, ParserCreate

    text = text.replace(b"\r", b"&#13;")
    try:
        ParserCreate(namespace_separator=" ").Parse(text, True)
    except ExpatError:
        raise UnknownFormat(
            "XML cannot hold a character, or a predicate, of this answer; write another format"
        ) from None
    return text
