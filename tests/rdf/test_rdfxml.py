"""RDF/XML: each way to write it gives XML that says the triples, or refuses them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from allgraph.errors import UnknownFormat
from allgraph.rdf import rdfxml
from allgraph.rdf.canonical import canonical
from allgraph.rdf.nesting import statements
from allgraph.rdf.terms import RDF, Prefixes

A, B, P = (NamedNode(f"http://x/{name}") for name in "abp")
TYPE = NamedNode(RDF + "type")
PREFIXES = Prefixes(x="http://x/", z="http://z/", xmlx="http://x/", half="half")
DECLARED = b' xmlns:x="http://x/"'


def written_lines(triples: Iterable[Triple], prefixes: Prefixes = PREFIXES) -> bytes:
    lines = sorted(f"{triple} .".encode() for triple in triples)
    rdfxml.write_lines(lines, prefixes, out := io.BytesIO())
    return out.getvalue()


def document(triples: Iterable[Triple]) -> bytes:
    return rdfxml.document(triples, {"x": "http://x/"})


def sorted_document(triples: Iterable[Triple]) -> bytes:
    terms = {str(term) for triple in triples for term in triple}
    return rdfxml.sorted_document(canonical(triples), terms, PREFIXES)


WAYS = (document, sorted_document, written_lines)


def read(text: bytes) -> list[Triple]:
    return [quad.triple for quad in parse(text, format=RdfFormat.RDF_XML)]


@pytest.mark.parametrize("write", WAYS)
def test_triples_come_back(write: Callable[[Iterable[Triple]], bytes]) -> None:
    triples = [
        Triple(A, P, Literal("one\rtwo\n\t<&>\u2028")),
        Triple(A, P, Literal("01", datatype=NamedNode("http://x/number"))),
        Triple(A, P, Literal("eins", language="de")),
        Triple(A, P, BlankNode("1a")),
        Triple(BlankNode("1a"), P, B),
    ]
    text = write(triples)
    assert b"\r" not in text and b"one&#13;two" in text
    quads = [Quad(*triple) for triple in read(text)]
    assert canonical(quads) == canonical(Quad(*triple) for triple in triples)
    assert len(rdflib.Graph().parse(data=text, format="xml")) == len(triples)


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize(
    "triple",
    [
        Triple(A, P, Literal("a\x01b")),
        Triple(A, P, Literal("\uffff")),
        Triple(A, NamedNode("http://x/1"), B),
    ],
)
def test_what_xml_cannot_hold_is_refused(
    write: Callable[[Iterable[Triple]], bytes], triple: Triple
) -> None:
    with pytest.raises(UnknownFormat):
        write([Triple(A, P, B), triple])


CHARS = [*map(chr, range(0x20)), *"a1\x7f\x85\ud7ff\ue000\ufffd\ufffe\uffff\U0001f389\U0010ffff"]
ENDS = [
    "",
    "p",
    "1",
    "p1",
    "1p",
    "p#",
    "#1",
    "é",
    "-p",
    "p-",
    "p.",
    ".p",
    "p:q",
    "%20",
    "a/1/",
    "·",
]


@pytest.mark.parametrize(
    "triple",
    [
        *(Triple(A, P, Literal(f"a{char}b")) for char in CHARS),
        *(Triple(A, NamedNode(space + end), B) for end in ENDS for space in ("http://x/", "urn:")),
    ],
)
def test_what_xml_can_hold_is_known_before(triple: Triple) -> None:
    try:
        sorted_document([triple])
    except UnknownFormat:
        assert not rdfxml.can_hold(statements([Triple(A, P, A), triple]), PREFIXES)
    else:
        assert rdfxml.can_hold(statements([triple]), PREFIXES)


def test_a_document_keeps_the_order_of_its_triples() -> None:
    triples = [Triple(B, P, A), Triple(A, P, B), Triple(A, P, A)]
    assert read(document(triples)) == triples


def test_a_sorted_document_is_the_same_whatever_the_order_and_labels() -> None:
    one, other = BlankNode("one"), BlankNode("other")
    triples = [Triple(B, P, one), Triple(one, P, Literal("1")), Triple(A, P, B)]
    renamed = [Triple(A, P, B), Triple(other, P, Literal("1")), Triple(B, P, other)]
    text = sorted_document(triples)
    assert text == sorted_document(renamed)
    assert read(text)[0] == triples[2]


def test_a_sorted_document_declares_the_prefixes_that_its_iris_need() -> None:
    text = sorted_document([Triple(A, P, Literal("z", datatype=NamedNode("http://z/t")))])
    assert DECLARED in text
    assert not [name for name in (b"xmlns:z", b"xmlx", b"half") if name in text]


def test_lines_have_the_types_of_a_subject_first() -> None:
    triples = [Triple(A, P, B), Triple(A, TYPE, B), Triple(B, P, A)]
    text = written_lines(triples)
    assert DECLARED in text
    assert read(text) == [triples[1], triples[0], triples[2]]


def test_a_triple_of_lines_that_is_refused_is_named(tmp_path: Path) -> None:
    lines = [f"{Triple(A, P, B)} .".encode(), f"{Triple(A, P, Literal(chr(1)))} .".encode()]
    out = io.BytesIO()
    with pytest.raises(UnknownFormat, match=r"cannot hold the triple <http://x/a> .*u0001"):
        rdfxml.write_lines(lines, PREFIXES, out, tmp_path)
    assert not out.getvalue() and not [*tmp_path.iterdir()]


def test_an_error_of_the_disk_stays_one() -> None:
    class Full(io.BytesIO):
        def write(self, piece: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        rdfxml._write([Triple(A, P, B)], {}, Full())


@pytest.mark.parametrize("char", ["\x00", "\x0b", "\x1f", "\ufffe"])
def test_xml_with_what_it_cannot_hold_is_refused(char: str) -> None:
    assert rdfxml.checked_xml(b"<a>one\rtwo</a>") == b"<a>one&#13;two</a>"
    with pytest.raises(UnknownFormat, match="XML cannot hold a character"):
        rdfxml.checked_xml(f"<a>{char}</a>".encode())
