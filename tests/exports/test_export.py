"""Exports: what comes out is what the files say, in their forms, the same bytes each time."""

from __future__ import annotations

import csv
import difflib
import io
import json
import os
import re
import stat
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
    serialize,
)

import allgraph
from allgraph.errors import (
    EngineCrash,
    EngineTimeout,
    InputError,
    ParameterError,
    UnknownFormat,
    WriteError,
)
from allgraph.exports import columns, tables
from allgraph.exports.export import export, exported
from allgraph.exports.verbatim import Originals
from allgraph.folder import formatting
from allgraph.folder.loading import loaded
from allgraph.graph import Graph, open_graph
from allgraph.rdf.canonical import canonical, with_stable_labels
from allgraph.rdf.jsonld import jsonld
from allgraph.rdf.nesting import DEEPEST, Forest, statements
from allgraph.rdf.serialize import trig
from allgraph.rdf.terms import DERIVED, RDF, RDFS, XSD, Prefixes, ag
from allgraph.sparql.embedded import Embedded
from tests.support.processes import outputs
from tests.support.tools import LONG, share
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
RDF_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "ntriples": RdfFormat.N_TRIPLES,
    "nquads": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdfxml": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}
FORMATS = (*RDF_FORMATS, "csv", "jsonl")
ALONE = f'format = 1\ntitle = "A test"\nbase = "{BASE}"\nextends = false\n'
HEAD = "".join(f"@prefix {p}: <{space}> .\n" for p, space in Prefixes.of(BASE).items())
P = NamedNode("https://example.org/p")


def same(one: Dataset, other: Dataset) -> bool:
    """Whether two datasets differ in labels of blank nodes alone."""
    for dataset in (one, other):
        dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return one == other


def data_of(graph: Graph) -> Dataset:
    """What the data files of a graph say; labels are those of each file."""
    found = Dataset()
    for number, path in enumerate(graph.folder.data_files()):
        for quad in graph.folder.quads(path):
            subject, obj = (
                BlankNode(f"f{number}-{t.value}") if isinstance(t, BlankNode) else t
                for t in (quad.subject, quad.object)
            )
            found.add(Quad(subject, quad.predicate, obj))  # type: ignore[arg-type]
    return found


def read(data: bytes, format: str) -> Dataset:
    return Dataset(parse(data, format=RDF_FORMATS[format]))


def graph_of(root: Path, text: str | bytes, *, include_sensitive: bool = False) -> Graph:
    """The graph of a folder with one data file and no ontology."""
    (root / "data").mkdir(exist_ok=True, parents=True)
    (root / "allgraph.toml").write_text(ALONE)
    data = text if isinstance(text, bytes) else (HEAD + text).encode()
    (root / "data" / "a.ttl").write_bytes(data)
    return open_graph(root, include_sensitive=include_sensitive)


# ---- Round trips ------------------------------------------------------------


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_the_shipped_data_comes_back(format: str) -> None:
    graph = open_graph(include_sensitive=True)
    assert same(read(exported(graph, format), format), data_of(graph))


@pytest.mark.parametrize("format", ["turtle", "nquads", "rdfxml", "jsonld"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of rdflib's own
def test_rdflib_reads_the_same(graph: Graph, format: str) -> None:
    names = {"rdfxml": "xml", "jsonld": "json-ld"}
    given = rdflib.Graph().parse(data=exported(graph, format), format=names.get(format, format))
    assert len(given) > 3000
    text = given.serialize(format="nt", encoding="utf-8")
    assert same(read(text, "ntriples"), read(exported(graph, "nquads"), "nquads"))


@pytest.mark.parametrize("format", ["turtle", "jsonld", "nquads"])
def test_a_folder_of_the_export_is_the_same_graph(
    graph: Graph, tmp_path: Path, format: str
) -> None:
    text = exported(graph, format)
    if format != "turtle":
        quads = (quad.triple for quad in parse(text, format=RDF_FORMATS[format]))
        text = serialize(quads, format=RdfFormat.N_TRIPLES) or b""
    (tmp_path / "data").mkdir()
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "Again"\n')
    (tmp_path / "data" / "all.ttl").write_bytes(text)
    again = open_graph(tmp_path)
    for question in ("conflicts", "office-holders", "campaign-history"):
        query = graph.queries[question]
        if not any(p.required for p in query.parameters):
            assert graph.ask(question).write("csv") == again.ask(question).write("csv")
    assert exported(again, "nquads") == exported(graph, "nquads")


SAFE = st.characters(codec="utf-8", exclude_characters="\ufffe\uffff")
XML = SAFE.filter(lambda c: c in "\t\n\r" or c >= " ")
ODD = st.sampled_from(
    ["", " ", "  x  ", "\t", "\r\n", "\r", "\n", '"', "'", "\\", '"""', "'''", "\\u0041", "e\u0301",
     "\u0301x", "\u00e9", "\u202eabc", "\u2028", "\x85", "\x7f", "\ufeff", "]]>", "&amp;", "<a>",
     "\U0001f469\u200d\U0001f680", "\x00", "\x01", "a" * 300, "=1+1", "@en", "^^", "$x"]
)  # fmt: skip
IRIS = st.sampled_from(
    ["https://example.org/a", "https://example.org/id/a", "https://example.org/id/a.b",
     "https://example.org/id/a.", "https://example.org/id/.a", "https://example.org/id/-a",
     "https://example.org/id/1", "https://example.org/id/", "https://example.org/id",
     "https://example.org/id/a/b", "https://example.org/id/a:b", "https://example.org/id/a%20b",
     "https://example.org/id/é", "https://example.org/id/a(b)", "https://example.org/?q=a&b='c'",
     "id:a", "ag:a", "urn:x", "mailto:a@b", "https://example.org//a", "https://e.org/a/%2e%2e/b",
     "https://w3id.org/allgraph/ns#a", "https://example.org/\U0001f469", "tag:a,b"]
).map(NamedNode)  # fmt: skip
PREDICATES = st.sampled_from(
    ["https://example.org/p", "https://example.org/q", f"{RDF}type", f"{RDFS}label", f"{RDF}value",
     f"{RDF}_1", "https://w3id.org/allgraph/ns#evidence", "https://example.org/id/é"]
).map(NamedNode)  # fmt: skip
HARD = st.sampled_from(
    ["https://example.org/1", "https://example.org/", "urn:x", f"{RDF}li", f"{RDF}about",
     f"{RDF}Description", "https://example.org/a(b)", f"{RDF}first", f"{RDF}rest", f"{RDF}nil"]
).map(NamedNode)  # fmt: skip
BLANKS = st.sampled_from([BlankNode(f"b{i}") for i in range(6)])
FORMS = st.sampled_from(
    [("01", "integer"), ("+7", "integer"), ("1", "int"), ("-0", "integer"), ("1.10", "decimal"),
     (".5", "decimal"), ("5.", "decimal"), ("1e0", "double"), ("1.E3", "double"), ("INF", "double"),
     ("1", "boolean"), ("true", "boolean"), (" 1 ", "integer"), ("\u0663", "integer"),
     ("abc", "integer"), ("2013-02-30", "date"), ("2013-10-21T24:00:00+00:00", "dateTime"),
     ("3.14159265358979323846264338327950288419716939937510", "decimal"), ("9" * 30, "integer")]
)  # fmt: skip
TAGS = st.sampled_from(["en", "en-GB", "de-CH-1996", "zh-Hant"])
KINDS = st.sampled_from(
    [f"{RDF}HTML", f"{RDF}XMLLiteral", f"{RDF}JSON", "urn:kind", "https://example.org/kind.",
     "http://id.loc.gov/datatypes/edtf/EDTF"]
).map(NamedNode)  # fmt: skip


def literals(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Literal]:
    found: st.SearchStrategy[Literal] = (
        st.builds(Literal, texts)
        | FORMS.map(lambda form: Literal(form[0], datatype=NamedNode(XSD + form[1])))
        | st.builds(lambda t, tag: Literal(t, language=tag), texts, TAGS)
        | st.builds(lambda t, kind: Literal(t, datatype=kind), texts, KINDS)
    )
    return found


@st.composite
def lists(draw: st.DrawFn, items: st.SearchStrategy[Literal]) -> list[Quad]:
    """A list, whole or not, with one of the shared blank nodes among its items."""
    cells = [BlankNode(f"c{draw(st.integers(0, 9))}-{i}") for i in range(draw(st.integers(0, 4)))]
    nil = NamedNode(RDF + "nil")
    others: list[NamedNode | BlankNode] = [nil, nil, nil, NamedNode("urn:x"), BlankNode("b0")]
    ends = [*cells, draw(st.sampled_from(others))]
    found = [Quad(draw(IRIS | BLANKS), draw(PREDICATES), ends[0])]
    for cell, rest in zip(cells, ends[1:], strict=True):
        found.append(Quad(cell, NamedNode(RDF + "first"), draw(items | BLANKS)))
        found.append(Quad(cell, NamedNode(RDF + "rest"), rest))
    return found


@st.composite
def datasets(draw: st.DrawFn, texts: st.SearchStrategy[str], hard: bool = True) -> list[Quad]:
    values = literals(texts)
    verbs = PREDICATES | HARD if hard else PREDICATES
    quad = st.builds(Quad, IRIS | BLANKS, verbs, IRIS | BLANKS | values)
    found = draw(st.lists(quad, max_size=10))
    for each in draw(st.lists(lists(values), max_size=2)):
        found += each
    return found


def round_trip(quads: list[Quad], format: str) -> None:
    text = serialize((quad.triple for quad in quads), format=RdfFormat.N_TRIPLES) or b""
    with tempfile.TemporaryDirectory() as root:
        graph = graph_of(Path(root), text)
        data = exported(graph, format)
        assert same(read(data, format), data_of(graph))
        assert data == exported(graph, format)
        if format == "turtle":
            assert formatting.layout(data.decode()) == data.decode()


@pytest.mark.long
@pytest.mark.parametrize("format", ["turtle", "ntriples", "nquads", "trig", "jsonld"])
@given(quads=datasets(st.text(SAFE, max_size=20) | ODD))
@settings(max_examples=share(40))
def test_any_graph_comes_back(quads: list[Quad], format: str) -> None:
    round_trip(quads, format)


@pytest.mark.long
@given(quads=datasets(st.text(XML, max_size=20), hard=False))
@settings(max_examples=share(40))
def test_any_graph_comes_back_as_rdfxml(quads: list[Quad]) -> None:
    round_trip(quads, "rdfxml")


@pytest.mark.long
@given(quads=datasets(st.text(SAFE, max_size=20) | ODD))
@settings(max_examples=share(40))
def test_rdfxml_says_all_or_names_what_it_cannot(quads: list[Quad]) -> None:
    try:
        round_trip(quads, "rdfxml")
    except UnknownFormat as error:
        named = re.search(r"RDF/XML cannot hold the triple (.*); write another", str(error))
        assert named is not None
        line = re.sub(r"_:c14n\d+", "_:b0", named[1])
        assert len([*parse(f"{line} .", format=RdfFormat.N_TRIPLES)]) == 1


@pytest.mark.parametrize(
    "text",
    ['id:a id:p "one\\u0001two" .', "id:a <https://example.org/1> id:b .", "id:a rdf:li id:b ."],
)
def test_what_rdfxml_cannot_hold_writes_nothing(tmp_path: Path, text: str) -> None:
    graph = graph_of(tmp_path, f"id:good id:p 1 . {text}")
    target = tmp_path / "out.rdf"
    with pytest.raises(
        UnknownFormat, match=r"RDF/XML cannot hold the triple <https://example.org/id/a>"
    ):
        export(graph, target)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["allgraph.toml", "data"]


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_rdf_1_2_is_refused(tmp_path: Path, format: str) -> None:
    graph = graph_of(tmp_path, 'id:a id:p "x"@en--ltr .')
    with pytest.raises(
        UnknownFormat, match=r"RDF 1\.1, which cannot express <https://example.org/id/a>"
    ):
        exported(graph, format)


# ---- Forms ------------------------------------------------------------------

WRITTEN = r"""
id:a id:p "01"^^xsd:integer, 1.10, "1"^^xsd:int, +7, 1.50e1, "1"^^xsd:boolean, "  odd\tspace ",
    3.14159265358979323846264338327950288419716939937510, "e\u0301", "\u00e9", "x"@en-GB,
    "2013-10-21Z"^^xsd:date, "abc"^^xsd:integer, 99999999999999999999999999999, "a\r\nb", "\"\\" .
"""


@pytest.mark.parametrize("format", RDF_FORMATS)
def test_forms_of_literals_survive(tmp_path: Path, format: str) -> None:
    graph = graph_of(tmp_path, WRITTEN)
    written = {(quad.object.value, quad.object.datatype.value) for quad in data_of(graph)}
    back = {
        (quad.object.value, quad.object.datatype.value)
        for quad in read(exported(graph, format), format)
    }
    assert back == written and len(written) == 16
    assert ("01", f"{XSD}integer") in back and ("1.10", f"{XSD}decimal") in back


def test_turtle_keeps_short_forms(tmp_path: Path) -> None:
    text = exported(graph_of(tmp_path, WRITTEN)).decode()
    for form in ("01,", "1.10,", "+7,", "1.50e1,", '"1"^^xsd:int,', '"x"@en-gb', r'"a\r\nb"'):
        assert form in text


CLAIM = """
claim:{name} a ag:Claim ; rdf:subject id:a ; rdf:predicate id:p ; rdf:object {value} ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ;
        ag:pageNumber "007"^^xsd:integer ] .
"""


def test_forms_of_literals_survive_in_tables(tmp_path: Path) -> None:
    values = ("1.10", '"01"^^xsd:int', '"x"@en-GB', '"  a\\r\\nb "', "id:b")
    text = "".join(CLAIM.format(name=f"c{i}", value=v) for i, v in enumerate(values))
    graph = graph_of(tmp_path, text)
    lines = [json.loads(line) for line in exported(graph, "jsonl").splitlines()]
    rows = [*csv.DictReader(io.StringIO(exported(graph, "csv").decode(), newline=""))]
    for found in (lines, rows):
        by_claim = {each["claim"].rpartition("/")[2]: each for each in found}
        keys = ("value", "datatype", "language", "object")
        seen = [tuple(by_claim[f"c{i}"][key] or None for key in keys) for i in range(5)]
        assert seen == [
            ("1.10", f"{XSD}decimal", None, None),
            ("01", f"{XSD}int", None, None),
            ("x", f"{RDF}langString", "en-gb", None),
            ("  a\r\nb ", f"{XSD}string", None, None),
            (None, None, None, f"{BASE}id/b"),
        ]
        assert "1.10" in by_claim["c0"]["sentence"]
    assert {line["sources"][0]["place"] for line in lines} == {"page 007"}


# ---- The same bytes ---------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("root", ["small", *["built in"] * LONG])
def test_the_same_bytes_in_every_process(tmp_path: Path, root: str) -> None:
    twice = 'id:b rdfs:label "B", "Bee"@en . source:s rdfs:label "S", "Es" . id:a rdfs:label "A" . '
    text = (
        twice
        + CLAIM.format(name="c", value="id:b")
        + " ".join(f"id:x{i} id:p [ id:q _:s{i % 3} ], {i}, ( 1 _:s{i % 2} ) ." for i in range(9))
    )
    graph_of(tmp_path, text.replace('"007"^^xsd:integer', '1, 2 ; ag:note "one", "two"'))
    code = (
        "import hashlib, allgraph\n"
        f"graph = allgraph.open({str(tmp_path)!r} if {root == 'small'} else None)\n"
        f"for format in {FORMATS}:\n"
        "    for more in ({}, {'derived': True}):\n"
        "        if not more or format not in ('csv', 'jsonl'):\n"
        "            data = allgraph.exported(graph, format, **more)\n"
        "            print(format, hashlib.sha256(data).hexdigest())\n"
    )
    texts = outputs(code)
    assert len(texts) == 1 and len(texts.pop().split()) == 2 * (2 * 6 + 2)


def test_one_claim_more_changes_only_its_own_lines(tmp_path: Path) -> None:
    shared = (
        "id:x id:p _:s, ( _:s ) . id:y id:p _:s . _:s id:q [ id:r 1 ] . "
        "_:c id:p _:d . _:d id:p _:c ."
    )
    base = "".join(CLAIM.format(name=f"c{i}", value=f'"{i}"') for i in (1, 2, 3, 5, 6)) + shared
    more = CLAIM.format(name="c4", value='"4"') + "id:z id:p _:z, ( _:z ) . _:z id:q 2 ."
    one, two = (
        exported(graph_of(tmp_path / name, text)).decode().splitlines()
        for name, text in (("one", base), ("two", base + more))
    )
    changed = [line for line in difflib.ndiff(one, two) if line[0] in "-+"]
    assert all(line.startswith("+") for line in changed)
    assert len(changed) == len(two) - len(one)
    assert 5 < len(changed) < 20


def test_a_claim_of_the_shipped_data_is_its_own_lines(graph: Graph) -> None:
    text = exported(graph).decode()
    claim = next(block for block in text.split("\n\n") if block.startswith("claim:"))
    files = {p: p.read_text(encoding="utf-8") for p in graph.folder.data_files()}
    head = claim.splitlines()[0]
    assert any(head in content for content in files.values())
    assert "[\n        a oa:ResourceSelection ;" in claim


def test_turtle_is_in_the_layout_of_the_house(graph: Graph) -> None:
    for derived in (False, True):
        text = exported(graph, derived=derived).decode()
        assert formatting.layout(text) == text
    prefixes = [line.split()[1] for line in text.splitlines() if line.startswith("@prefix")]
    assert prefixes == sorted(prefixes)
    assert all(text.count(prefix) > 1 for prefix in prefixes)


# ---- Blank nodes ------------------------------------------------------------


def test_blank_nodes_of_two_files_stay_apart(make_folder: MakeFolder) -> None:
    one = HEAD + "id:a id:p _:x . id:b id:p _:x . _:x id:q 1 ."
    two = HEAD + "id:c id:p _:x . id:d id:p _:x . _:x id:q 2 ."
    graph = open_graph(make_folder({"data/one.ttl": one, "data/two.ttl": two}, manifest=ALONE))
    assert len(graph.sparql("SELECT DISTINCT ?x { ?x id:q ?n }")) == 2
    assert same(read(exported(graph), "turtle"), data_of(graph))
    assert same(read(exported(graph, "nq"), "nquads"), data_of(graph))


def chain(length: int) -> str:
    return "id:a id:p " + "[ id:p " * length + "1" + " ]" * length + " ."


@pytest.mark.parametrize(
    "text",
    [
        chain(DEEPEST * 3 + 1),
        "id:a id:p " + "( 1 " * 80 + ")" * 80 + " .",
        "id:a id:p ( " + " ".join(map(str, range(3000))) + " ) .",
        f"id:a id:p ( 1 {chain(60)[10:-2]} 2 ( 3 ) ) .",
    ],
)
@pytest.mark.parametrize("format", ["turtle", "jsonld", "nquads"])
def test_deep_and_long_ones_come_back(tmp_path: Path, text: str, format: str) -> None:
    graph = graph_of(tmp_path, text)
    data = exported(graph, format)
    assert same(read(data, format), data_of(graph))
    if format == "turtle":
        assert formatting.layout(data.decode()) == data.decode()
        if "id:p ( 0 1" in text or "3000" in text:
            assert "rdf:first" not in data.decode()


def test_a_long_list_comes_back_from_the_engine_alone(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, f"id:a id:p ( {' '.join(map(str, range(250)))} ) .")
    lines = b"\n".join(written.line for written in Originals(graph, unfiled=True).data())
    assert same(read(lines, "ntriples"), data_of(graph))


def test_lists_and_several_types_stay(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "id:a a id:T, id:U ; id:p ( 1 ( ) ( id:b ) ) , () .")
    text = exported(graph).decode()
    assert "id:a a id:T, id:U ;\n    id:p (), ( 1 () ( id:b ) ) ." in text
    document = json.loads(exported(graph, "jsonld"))
    assert document["@graph"][0]["@type"] == ["id:T", "id:U"]
    assert {"@list": [{"@id": "rdf:nil"}]} not in document["@graph"]


def test_nquads_are_canonical(graph: Graph) -> None:
    lines = exported(graph, "nquads").decode().splitlines()
    assert lines == sorted(set(lines))
    labels = re.findall(r"_:(c14n\d+)", "\n".join(lines))
    assert {*labels} == {f"c14n{n}" for n in range(len({*labels}))}
    assert exported(graph, "ntriples") == exported(graph, "nquads")


def clique(size: int) -> str:
    nodes = [f"_:n{i}" for i in range(size)]
    return " ".join(f"{a} id:p {', '.join(b for b in nodes if b != a)} ." for a in nodes)


@pytest.mark.parametrize("format", ["nquads", "turtle", "jsonld", "rdfxml"])
def test_poison_ends_in_bounded_time(tmp_path: Path, format: str) -> None:
    graph = graph_of(tmp_path, clique(12))
    with pytest.raises(
        (EngineTimeout, EngineCrash),  # whichever limit comes first, that of time or of memory
        match=r"too many of them, or too many with the same triples; give",
    ):
        export(graph, tmp_path / "out", format=format, timeout=1)
    assert not [*tmp_path.glob("*out*")]


def test_labels_do_not_depend_on_the_rest() -> None:
    def ring(key: str, size: int) -> list[Quad]:
        nodes = [BlankNode(f"{key}{i}") for i in range(size)]
        return [Quad(a, P, b) for a, b in zip(nodes, nodes[1:] + nodes[:1], strict=True)]

    def labelled(*rings: list[Quad]) -> set[str]:
        quads = [quad for some in rings for quad in some]
        nodes = [BlankNode(label[2:]) for label in Forest(statements(quads)).labelled]
        return {*map(str, with_stable_labels(quads, nodes))}

    alone, other = labelled(ring("a", 3)), labelled(ring("b", 4))
    assert labelled(ring("x", 4), ring("y", 3)) == alone | other
    assert labelled(ring("x", 3), ring("y", 3)) > alone
    assert len(labelled(ring("x", 3), ring("y", 3))) == 6


# ---- What is withheld, and what is derived ----------------------------------

SECRET = """
id:a a ag:Person ; rdfs:label "Ann" . source:s a ag:Source ; rdfs:label "S" .
id:hidden a ag:Person ; rdfs:label "Sekret" ; id:p [ id:q "Sekret" ] .
source:t rdfs:label "Sekret" .
claim:open a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:hasOccupation ; rdf:object "model" ;
    ag:conflictsWith claim:sekret ; ag:evidence [ oa:hasSource source:s ] .
claim:sekret a ag:Claim ; ag:sensitive true ; rdf:subject id:a ; rdf:predicate ag:knows ;
    rdf:object id:hidden ; ag:evidence [ oa:hasSource source:t ; ag:note "Sekret" ] .
claim:said-sekret a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:announced ;
    rdf:object claim:sekret ; ag:evidence [ oa:hasSource source:s ; ag:note "Sekret" ] .
"""


@pytest.mark.parametrize("format", FORMATS)
def test_nothing_withheld_is_in_any_byte(tmp_path: Path, format: str) -> None:
    for derived in (False, True) if format in RDF_FORMATS else (False,):
        closed = exported(graph_of(tmp_path, SECRET), format, derived=derived)
        assert b"sekret" not in closed.lower() and b"hidden" not in closed
        assert b"claim/open" in closed or b"claim:open" in closed
        opened = exported(
            graph_of(tmp_path, SECRET, include_sensitive=True), format, derived=derived
        )
        assert b"Sekret" in opened and b"hidden" in opened


@pytest.mark.parametrize("format", FORMATS)
def test_sensitive_claims_of_the_shipped_data_are_left_out(graph: Graph, format: str) -> None:
    everything = open_graph(include_sensitive=True)
    gone = {c.iri for c in allgraph.claims(everything)} - {c.iri for c in allgraph.claims(graph)}
    names = [iri.rpartition("/")[2].encode() for iri in gone]
    assert names
    closed, opened = exported(graph, format), exported(everything, format)
    assert not any(name in closed for name in names)
    assert all(name in opened for name in names)


def test_derived_is_all_that_questions_see(graph: Graph) -> None:
    engine = graph.engine
    held = Store()
    quads = parse(exported(graph, "nquads", derived=True), format=RdfFormat.N_QUADS)
    held.bulk_extend(quads)
    for name in (DERIVED, DefaultGraph()):
        counts = [
            sum(1 for _ in store.quads_for_pattern(None, None, None, name))
            for store in (held, engine.store)  # type: ignore[attr-defined]
        ]
        assert counts[0] == counts[1] > 1000
    merged = Dataset(
        Quad(q.subject, q.predicate, q.object)
        for q in parse(exported(graph, "trig", derived=True), format=RdfFormat.TRIG)
    )
    assert same(merged, read(exported(graph, "turtle", derived=True), "turtle"))
    data = read(exported(graph, "nquads"), "nquads")
    assert not any(quad.predicate == ag("beginNotAfter") for quad in data)
    assert not any(quad.predicate == ag("sentence") for quad in data)


def test_derived_triples_have_the_forms_of_the_files(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, CLAIM.format(name="c", value='"01"^^xsd:int'))
    text = exported(graph, "trig", derived=True).decode()
    derived = text[text.index("ag:derived {") :]
    assert 'id:a id:p "01"^^xsd:int .' in derived
    assert "claim:c ag:source source:s ." in derived


def test_a_view_is_exported_as_it_is(graph: Graph, tmp_path: Path) -> None:
    text = "".join(CLAIM.format(name=f"c{i}", value=f'"0{i}"^^xsd:int') for i in (1, 2))
    whole = graph_of(tmp_path, text)
    engine = Embedded(loaded(whole.folder, False).store, whole.folder.prefixes)
    gone = NamedNode(f"{BASE}claim/c1")
    for quad in [*engine.store.quads_for_pattern(gone, None, None)]:
        engine.store.remove(quad)
    certainty = Quad(NamedNode(f"{BASE}claim/c2"), ag("certainty"), Literal("certain"))
    engine.store.add(certainty)
    view = Graph(whole.folder, engine)
    data = exported(view).decode()
    assert '"02"^^xsd:int' in data and '"01"' not in data
    assert 'ag:certainty "certain"' in data


def test_a_file_changed_after_loading_does_not_change_the_graph(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "id:a id:p 1 . id:b id:p 2 .")
    before = exported(graph)
    (tmp_path / "data" / "a.ttl").write_text(HEAD + "id:a id:p 1 . id:c id:p 3 .")
    assert exported(graph) == before


# ---- Files ------------------------------------------------------------------


@pytest.mark.parametrize(
    "suffix",
    ["ttl", "nt", "nq", "trig", "rdf", "jsonld", "csv", "jsonl", "graphml", "gexf", "parquet"],
)
def test_the_suffix_decides(graph: Graph, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    export(graph, target)
    assert target.read_bytes() == exported(graph, suffix)
    export(graph, tmp_path / "other", format=suffix)
    assert (tmp_path / "other").read_bytes() == target.read_bytes()
    assert len([*tmp_path.iterdir()]) == 2


def test_a_file_is_replaced_whole_or_not_at_all(graph: Graph, tmp_path: Path) -> None:
    target = tmp_path / "out.ttl"
    target.write_text("before")
    target.chmod(0o640)
    link = tmp_path / "link.ttl"
    link.symlink_to(target)
    export(graph, link)
    assert link.is_symlink() and target.read_bytes() == exported(graph)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    new = tmp_path / "new.ttl"
    export(graph, new)
    (tmp_path / "plain").touch()
    assert new.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("target", ["no/such/folder.ttl", "folder.ttl", "a" * 300 + ".ttl"])
def test_what_cannot_be_written_is_named(graph: Graph, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder.ttl").mkdir()
    with pytest.raises(WriteError, match="cannot be written: "):
        export(graph, tmp_path / target)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.ttl"]


@pytest.mark.parametrize("format", ["csv", "ttl", "sqlite"])
def test_a_pipe_is_written(graph: Graph, format: str) -> None:
    """As by ``allgraph export /dev/stdout``; temporary files are not made beside it."""
    output, into = os.pipe()
    with os.fdopen(output, "rb") as pipe, ThreadPoolExecutor(1) as threads:
        written = threads.submit(pipe.read)
        with os.fdopen(into, "wb"):
            export(graph, f"/dev/fd/{into}", format=format)
        assert written.result(PATIENCE) == exported(graph, format)


def test_a_full_disk_leaves_the_file_as_it_was(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.ttl"
    target.write_text("before")

    def full(one: Path, other: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(WriteError, match=r"out\.ttl: cannot be written: No space left"):
        export(graph, target)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("out.ttl", "before")]


@pytest.mark.parametrize(
    ("format", "more", "error", "words"),
    [
        ("tsv", {}, UnknownFormat, "a graph cannot be written as “tsv”; there are csv, jsonl"),
        ("json", {}, UnknownFormat, "a graph cannot be written as “json”"),
        ("", {}, UnknownFormat, "a graph cannot be written as “”"),
        ("ttl", {"for_spreadsheet": True}, ParameterError, "only CSV"),
        ("jsonl", {"derived": True}, ParameterError, "for derived triples choose an RDF format"),
    ],
)
def test_what_does_not_fit_is_refused(
    graph: Graph, format: str, more: dict[str, Any], error: type[InputError], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        exported(graph, format, **more)


# ---- Tables -----------------------------------------------------------------


def test_tables_hold_every_claim_with_its_evidence(graph: Graph) -> None:
    claims = {claim.iri: claim for claim in allgraph.claims(graph)}
    lines = [json.loads(line) for line in exported(graph, "jsonl").decode().split("\n")[:-1]]
    rows = [*csv.DictReader(io.StringIO(exported(graph, "csv").decode(), newline=""))]
    assert [line["claim"] for line in lines] == [*claims]
    assert [row["claim"] for row in rows if row["evidence"] == "1"] == [*claims]
    assert len(rows) == sum(len(claim.evidence) for claim in claims.values())
    assert tuple(rows[0]) == tables.COLUMNS
    for line in lines:
        claim = claims[line["claim"]]
        assert tuple(line) == (*columns.CLAIM_COLUMNS, "sources")
        assert line["rivals"] == [*claim.rivals]
        assert [s["source"] for s in line["sources"]] == [e.source for e in claim.evidence]
        of_claim = [row for row in rows if row["claim"] == claim.iri]
        for source, row in zip(line["sources"], of_claim, strict=True):
            assert tuple(source) == columns.EVIDENCE_COLUMNS
            cells = {k: "" if v is None else str(v) for k, v in source.items()}
            assert {key: row[key] for key in cells} == cells


def test_a_claim_without_evidence_has_one_row(tmp_path: Path) -> None:
    text = "claim:c a ag:Claim ; rdf:subject id:a ; rdf:predicate id:p ; rdf:object id:b ."
    rows = [*csv.DictReader(io.StringIO(exported(graph_of(tmp_path, text), "csv").decode()))]
    assert len(rows) == 1 and rows[0]["evidence"] == rows[0]["source"] == ""


def test_claims_that_no_table_holds_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = CLAIM.format(name="c", value="id:b") + "claim:half a ag:Claim . _:c a ag:Claim ."
    graph = graph_of(tmp_path, text)
    assert len(exported(graph, "jsonl").splitlines()) == 1
    assert "2 claims are in no table, since they lack an IRI" in caplog.text


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "＝1", "＠x"]  # noqa: RUF001


def test_a_spreadsheet_takes_no_cell_for_a_formula(tmp_path: Path) -> None:
    text = "".join(
        CLAIM.format(name=f"c{i}", value=Literal(value)) for i, value in enumerate(DANGEROUS)
    )
    graph = graph_of(tmp_path, text)
    data = exported(graph, "csv", for_spreadsheet=True)
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") >= len(DANGEROUS) + 1
    rows = [*csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    assert {row["value"] for row in rows} == {f"'{value}" for value in DANGEROUS}
    assert not any(cell.startswith(tuple("=+-@\t\r\n")) for row in rows for cell in row.values())
    plain = [*csv.DictReader(io.StringIO(exported(graph, "csv").decode(), newline=""))]
    assert {row["value"] for row in plain} == {*DANGEROUS}
    assert not exported(graph, "csv").startswith(b"\xef\xbb\xbf")


# ---- Writers ----------------------------------------------------------------


def test_prefixes_that_do_not_fit_are_not_used() -> None:
    odd = Prefixes(
        {"half": "half", "1": "https://example.org/", "nodelim": "https://example.org/i",
         "urn": "https://example.org/x/", "ok": "https://example.org/id/"}
    )  # fmt: skip
    quads = [
        Quad(NamedNode(iri), P, NamedNode("urn:a"))
        for iri in ("https://example.org/id/a", "https://example.org/i1", "https://example.org/x/y")
    ]
    wanted = Dataset(quads)
    assert same(Dataset(parse(trig(quads, odd), format=RdfFormat.TURTLE)), wanted)
    document = jsonld(quads, odd)
    assert same(Dataset(parse(document, format=RdfFormat.JSON_LD)), wanted)
    assert [*json.loads(document)["@context"]] == ["ok"]


def test_blank_nodes_in_two_graphs_stay_one() -> None:
    b, g, a = BlankNode("b"), NamedNode("https://example.org/g"), NamedNode("https://example.org/a")
    quads = [Quad(a, P, b), Quad(b, P, a), Quad(b, P, a, g), Quad(a, P, BlankNode("c"), g)]
    text = trig(quads, Prefixes(x="https://example.org/"))
    assert same(Dataset(parse(text, format=RdfFormat.TRIG)), Dataset(quads))
    assert text.index("x:g {") > text.index("x:a x:p _:b")


def test_an_empty_graph_is_empty() -> None:
    assert trig([], Prefixes()) == ""
    assert canonical([]) == b""
    assert json.loads(jsonld([], Prefixes())) == {"@context": {}, "@graph": []}
