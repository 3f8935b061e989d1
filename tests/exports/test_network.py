"""Networks and tables of things and ties: other programs read back what the graph says."""

from __future__ import annotations

import builtins
import csv
import datetime
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import igraph
import networkx
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad

import allgraph
from allgraph.errors import MissingExtra, ParameterError, UnknownFormat
from allgraph.exports import columns, graphml, network, tables
from allgraph.exports.export import export, exported
from allgraph.exports.networkx_graph import to_networkx
from allgraph.folder.loading import loaded
from allgraph.graph import Graph, Thing, open_graph
from allgraph.model import vocabulary
from allgraph.rdf.terms import Prefixes, ag
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.engine import Engine
from tests.support.processes import outputs

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
NETWORKS = ("graphml", "gexf")
TABULAR = ("csv", "jsonl", "parquet")
TABLES = ("claims", "things", "ties")
KEYS = ("iri", "label", "kind")
HARD = r"""
id:a a ag:Person ; rdfs:label "A & <B> \"C\"\r\n\tD ]]> \U0001F469" .
id:b a ag:Person ; rdfs:label "Bea" . id:alone a ag:Person ; rdfs:label "Alone" .
source:s a ag:Source ; rdfs:label "S" . source:t a ag:Source ; rdfs:label "T" .
claim:one a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:knows ; rdf:object id:b ;
    ag:when "2013-10-21"^^edtf:EDTF ; ag:conflictsWith claim:two, claim:x_x41_ ;
    ag:evidence [ oa:hasSource source:s ], [ oa:hasSource source:t ], [ oa:hasSource source:s ;
        ag:pageNumber 2 ] .
claim:two a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:knows ; rdf:object id:b ;
    ag:rank ag:Deprecated ; ag:evidence [ oa:hasSource source:s ] .
claim:x_x41_ a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:knows ; rdf:object id:a .
claim:xA a ag:Claim ; rdf:subject <id:a> ; rdf:predicate ag:knows ;
    rdf:object <https://x/é?a='b'&c=(d)%20#_x> .
claim:said a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:announced ; rdf:object claim:two .
claim:text a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:hasOccupation ; rdf:object "model" .
"""


@pytest.fixture
def hard(make_folder: MakeFolder) -> Graph:
    return open_graph(make_folder({"data/a.ttl": HARD}, prefixes=True))


@pytest.fixture(params=["built in", "hard"])
def some(request: pytest.FixtureRequest, graph: Graph, hard: Graph) -> Graph:
    return graph if request.param == "built in" else hard


Edges = dict[str, tuple[str, str, dict[str, str]]]


def wanted(graph: Graph) -> tuple[dict[str, dict[str, str]], Edges]:
    """The nodes and edges of `to_networkx`, as texts: IRIs apart by a space, ``None`` left out."""
    net = to_networkx(graph)
    nodes = {
        iri: {"iri": iri, "label": data["name"]} | ({"kind": data["kind"]} if data["kind"] else {})
        for iri, data in net.nodes(data=True)
    }
    edges: Edges = {}
    for source, target, data in net.edges(data=True):
        texts = {k: " ".join(v) if isinstance(v, tuple) else v for k, v in data.items()}
        said = {name: value for name, value in texts.items() if value}
        edges[data["claim"]] = (source, target, said)
    return nodes, edges


# ---- GraphML ----------------------------------------------------------------


def test_networkx_reads_graphml(some: Graph, tmp_path: Path) -> None:
    export(some, tmp_path / "a.graphml")
    found: Any = networkx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    nodes, edges = wanted(some)
    assert found.is_directed()
    iris = {node: data["iri"] for node, data in found.nodes(data=True)}
    assert {data["iri"]: data for _, data in found.nodes(data=True)} == nodes
    assert len(iris) == len(nodes)
    by_claim = {data["claim"]: (iris[a], iris[b], data) for a, b, data in found.edges(data=True)}
    assert by_claim == edges and found.number_of_edges() == len(edges)
    keys = [key for _, _, key in found.edges(keys=True)]
    assert len({*keys}) == len(keys)


def test_igraph_reads_graphml(some: Graph, tmp_path: Path) -> None:
    export(some, tmp_path / "a.graphml")
    found = igraph.Graph.Read_GraphML(str(tmp_path / "a.graphml"))
    nodes, edges = wanted(some)
    assert found.is_directed()
    assert {v["iri"]: {k: v[k] for k in KEYS if v[k]} for v in found.vs} == nodes
    by_claim = {
        e["claim"]: (
            found.vs[e.source]["iri"], found.vs[e.target]["iri"],
            {name: e[name] for name in columns.ATTRIBUTES if e[name]},
        )
        for e in found.es
    }  # fmt: skip
    assert by_claim == edges and found.ecount() == len(edges)


def test_graphml_is_what_the_schema_says(some: Graph) -> None:
    root = ElementTree.fromstring(exported(some, "graphml"))
    space = "{http://graphml.graphdrawing.org/xmlns}"
    *keys, graph = root
    assert root.tag == f"{space}graphml" and graph.attrib["edgedefault"] == "directed"
    assert {key.tag for key in keys} == {f"{space}key"}
    known = {key.attrib["id"]: key.attrib for key in keys}
    assert len(known) == len(keys) == len(KEYS) + len(columns.ATTRIBUTES)
    ids: dict[str, list[str]] = {"node": [], "edge": []}
    for element in graph:
        kind = element.tag.removeprefix(space)
        ids[kind].append(element.attrib["id"])
        names = [data.attrib["key"] for data in element]
        assert len({*names}) == len(names)
        assert all(known[name]["for"] == kind for name in names)
        if kind == "edge":
            assert {element.attrib["source"], element.attrib["target"]} <= {*ids["node"]}
    for each in ids.values():
        assert len({*each}) == len(each)
        assert all(re.fullmatch(r"[A-Za-z0-9._:-]+", one) for one in each)  # an NMTOKEN


def test_ids_of_graphml_are_curies_that_are_known(graph: Graph) -> None:
    text = exported(graph, "graphml").decode()
    assert (
        '<node id="id:coco-rocha"><data key="iri">https://w3id.org/allgraph/id/coco-rocha<' in text
    )
    assert '<edge id="claim:cuomo-signed-s5486" source="id:andrew-cuomo" ' in text


def test_ids_of_graphml_differ_where_iris_do(hard: Graph) -> None:
    root = ElementTree.fromstring(exported(hard, "graphml"))
    ids = {e.attrib["id"] for e in root.iter("{http://graphml.graphdrawing.org/xmlns}node")}
    assert {"id:a", "id_x25_a"} <= ids  # the IRIs https://example.org/id/a and id:a
    edges = {e.attrib["id"] for e in root.iter("{http://graphml.graphdrawing.org/xmlns}edge")}
    assert {"claim:xA", "claim:x_x5F_x41_"} <= edges


@given(st.lists(st.text(), unique=True))
def test_tokens_of_names_differ(names: list[str]) -> None:
    tokens = {graphml.token(name) for name in names}
    assert len(tokens) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._:-]*", token) for token in tokens)


# ---- GEXF -------------------------------------------------------------------


def test_networkx_reads_gexf(some: Graph, tmp_path: Path) -> None:
    export(some, tmp_path / "a.gexf")
    found: Any = networkx.read_gexf(tmp_path / "a.gexf")
    nodes, edges = wanted(some)
    assert found.is_directed() and found.is_multigraph()
    for iri, data in found.nodes(data=True):
        assert {"iri": iri, **data} == nodes[iri]
    assert len(found) == len(nodes)
    by_claim = {
        data["id"]: (a, b, {name: data[name] for name in columns.ATTRIBUTES if name in data})
        for a, b, data in found.edges(data=True)
    }
    assert by_claim == edges and found.number_of_edges() == len(edges)


def test_gexf_is_what_the_schema_says(some: Graph) -> None:
    root = ElementTree.fromstring(exported(some, "gexf"))
    space = "{http://gexf.net/1.3}"
    assert root.tag == f"{space}gexf" and root.attrib["version"] == "1.3"
    assert [element.tag.removeprefix(space) for element in root] == ["meta", "graph"]
    node_keys, edge_keys, nodes, edges = root[1]
    ids = {node.attrib["id"] for node in nodes}
    for some_keys, elements in ((node_keys, nodes), (edge_keys, edges)):
        known = {key.attrib["id"] for key in some_keys}
        for element in elements:
            assert element.attrib["label"]
            assert {value.attrib["for"] for value in element[0]} <= known
    for edge in edges:
        assert {edge.attrib["source"], edge.attrib["target"]} <= ids
        said = {value.attrib["for"]: value.attrib["value"] for value in edge[0]}
        assert edge.attrib["id"] == said["claim"] and edge.attrib["kind"] == said["predicate"]
        assert not {"start", "end"} & edge.attrib.keys()


# ---- What is in networks ----------------------------------------------------


def test_deprecated_claims_rivals_and_claims_on_claims_are_there(hard: Graph) -> None:
    nodes, edges = wanted(hard)
    two = f"{BASE}claim/two"
    assert edges[two][2]["rank"] == "Deprecated"
    assert edges[f"{BASE}claim/one"][2]["rivals"] == f"{two} {BASE}claim/x_x41_"
    assert edges[f"{BASE}claim/one"][2]["sources"] == f"{BASE}source/s {BASE}source/t"
    assert nodes[two]["kind"] == "claim" and edges[f"{BASE}claim/said"][1] == two
    assert f"{BASE}id/alone" in nodes
    assert f"{BASE}claim/text" not in edges


POSSIBLE = ag("Possible")


@pytest.mark.parametrize("format", NETWORKS)
def test_the_certainty_of_a_view_is_there(hard: Graph, format: str) -> None:
    engine = Embedded(loaded(hard.folder, False).store, hard.folder.prefixes)
    engine.store.add(Quad(NamedNode(f"{BASE}claim/one"), ag("certainty"), POSSIBLE))
    view = Graph(hard.folder, engine)
    assert exported(view, format).count(b"Possible") == 1
    said = {tie.attributes["claim"]: tie.attributes["certainty"] for tie in network.read(view).ties}
    assert said.pop(f"{BASE}claim/one") == POSSIBLE.value and {*said.values()} == {None}
    assert (
        to_networkx(view).edges[f"{BASE}id/a", f"{BASE}id/b", f"{BASE}claim/one"]["certainty"]
        == POSSIBLE.value
    )


SECRET = """
id:a a ag:Person ; rdfs:label "Ann" . id:b a ag:Person ; rdfs:label "Bea" .
id:hidden a ag:Person ; rdfs:label "Sekret" . source:s a ag:Source ; rdfs:label "S" .
claim:open a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:knows ; rdf:object id:b ;
    ag:conflictsWith claim:sekret ; ag:evidence [ oa:hasSource source:s ] .
claim:sekret a ag:Claim ; ag:sensitive true ; rdf:subject id:a ; rdf:predicate ag:knows ;
    rdf:object id:hidden ; ag:evidence [ oa:hasSource source:s ] .
claim:said-sekret a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:announced ;
    rdf:object claim:sekret .
"""


def content(graph: Graph, format: str, table: Any) -> str:
    data = exported(graph, format, table=table)
    if format != "parquet":
        return data.decode()
    return str(pa.parquet.read_table(io.BytesIO(data)).to_pylist())


@pytest.mark.parametrize(
    ("format", "table"),
    [*((format, "claims") for format in NETWORKS), *((f, t) for f in TABULAR for t in TABLES)],
)
def test_nothing_withheld_is_in_networks_and_tables(
    make_folder: MakeFolder, format: str, table: str
) -> None:
    root = make_folder({"data/a.ttl": SECRET}, prefixes=True)
    closed = content(open_graph(root), format, table)
    assert "ekret" not in closed and "hidden" not in closed
    assert "id:a" in closed or "id/a" in closed
    opened = content(open_graph(root, include_sensitive=True), format, table)
    assert "ekret" in opened and "hidden" in opened


# ---- What XML cannot hold ---------------------------------------------------


@pytest.mark.parametrize("format", NETWORKS)
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('id:a a ag:Person ; rdfs:label "one\\u0001two" .', "U+0001.*https://example.org/id/a;"),
        ('id:a a ag:Person ; rdfs:label "x\\uFFFE" .', "U+FFFE.*https://example.org/id/a;"),
        (
            "claim:c a ag:Claim ; rdf:subject id:a ; rdf:predicate id:p ; rdf:object id:b ; "
            'ag:when "2013\\u0008" .',
            r"U\+0008.*https://example.org/claim/c;",
        ),
    ],
)
def test_a_character_that_xml_does_not_have_is_named(
    make_folder: MakeFolder, format: str, text: str, named: str
) -> None:
    root = make_folder({"data/a.ttl": text}, prefixes=True)
    with pytest.raises(UnknownFormat, match=named.replace("U+", r"U\+")):
        export(open_graph(root), root / f"out.{format}")
    assert not [*root.glob("*out*")]
    assert exported(open_graph(root), "jsonl", table="things")


XML = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff"))
FINE = XML.map(lambda text: "".join(c for c in text if c in "\t\n\r" or c >= " "))
NAMES = st.tuples(FINE, st.just("") | FINE)


@given(named=st.dictionaries(FINE.filter(bool), NAMES, min_size=1, max_size=4), data=st.data())
@settings(max_examples=60)
def test_any_network_comes_back(named: dict[str, tuple[str, str]], data: st.DataObject) -> None:
    things = [Thing(iri, *names) for iri, names in named.items()]
    ends = st.sampled_from([*named])
    ties = [
        network.Tie(
            data.draw(ends),
            data.draw(ends),
            {"claim": f"e{i}", "predicate": "k", "sentence": "l", "x": data.draw(FINE)},
        )
        for i in range(data.draw(st.integers(0, 4)))
    ]
    keys = ["claim", "predicate", "sentence", "x"]
    lines = graphml.graphml_lines(things, ties, keys, Prefixes())
    read: Any = networkx.read_graphml(
        io.BytesIO(b"".join(graphml.encoded(lines))), force_multigraph=True
    )
    texts = [{"iri": thing.iri, "label": thing.name, "kind": thing.kind} for thing in things]
    known = [{key: text for key, text in of_node.items() if text} for of_node in texts]
    assert [of_node for _, of_node in read.nodes(data=True)] == known
    iris = {node: of_node["iri"] for node, of_node in read.nodes(data=True)}
    assert {
        key: (iris[a], iris[b], {"x": "", **of_edge})
        for a, b, key, of_edge in read.edges(keys=True, data=True)
    } == {tie.attributes["claim"]: (tie.source, tie.target, tie.attributes) for tie in ties}
    text = "\n".join(graphml.gexf_lines(things, ties, keys, ""))
    found = [*ElementTree.fromstring(text.encode()).iter("{http://gexf.net/1.3}node")]
    assert [(n.attrib["id"], n.attrib["label"]) for n in found] == [
        (thing.iri, thing.name or thing.iri) for thing in things
    ]


# ---- The same bytes ---------------------------------------------------------


def test_networks_and_tables_are_the_same_bytes_in_every_process(hard: Graph) -> None:
    code = (
        "import hashlib, allgraph\n"
        f"graph = allgraph.open({str(hard.folder.root)!r})\n"
        f"several = [(f, 'claims') for f in {NETWORKS}]\n"
        f"several += [(f, t) for f in {TABULAR} for t in {TABLES}]\n"
        "for format, table in several:\n"
        "    data = allgraph.exported(graph, format, table=table)\n"
        "    print(format, hashlib.sha256(data).hexdigest())\n"
    )
    texts = outputs(code)
    assert len(texts) == 1 and len(texts.pop().split()) == 2 * (2 + 9)


def test_one_claim_more_is_one_line_more(make_folder: MakeFolder, hard: Graph) -> None:
    more = (
        HARD + "claim:m a ag:Claim ; rdf:subject id:b ; rdf:predicate ag:knows ; rdf:object id:a ."
    )
    larger = open_graph(make_folder({"data/a.ttl": more}, prefixes=True, name="more"))
    for format in NETWORKS:
        before, after = ({*exported(g, format).splitlines()} for g in (hard, larger))
        assert before < after and len(after - before) == 1


# ---- Tables -----------------------------------------------------------------


def lines(graph: Graph, table: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in exported(graph, "jsonl", table=table).splitlines()]


def rows(graph: Graph, table: Any) -> list[dict[str, str]]:
    text = exported(graph, "csv", table=table).decode()
    return [*csv.DictReader(io.StringIO(text, newline=""))]


def test_things_are_the_nodes_and_ties_the_edges(some: Graph) -> None:
    net = to_networkx(some)
    things, edges = lines(some, "things"), lines(some, "ties")
    assert {tuple(thing) for thing in things} == {tables.THING_COLUMNS}
    assert {tuple(tie) for tie in edges} == {tables.TIE_COLUMNS}
    assert tables.TIE_COLUMNS == ("source", "target", "type", *columns.ATTRIBUTES)
    assert [thing["id"] for thing in things] == sorted(net)
    for thing in things:
        node = net.nodes[thing["id"]]
        assert (thing["label"], thing["kind"] or "") == (node["name"], node["kind"])
        loops = net.number_of_edges(thing["id"], thing["id"])
        assert thing["ties"] == net.degree(thing["id"]) - loops
    assert [tie["claim"] for tie in edges] == sorted(key for *_, key in net.edges(keys=True))
    for tie in edges:
        assert tie.pop("type") == "Directed"
        said = net.edges[tie.pop("source"), tie.pop("target"), tie["claim"]]
        lists = {name: [*said[name]] for name in ("rivals", "sources")}
        assert tie == {**said, **lists}


def test_csv_says_what_json_lines_say(some: Graph) -> None:
    for table in ("things", "ties"):
        texts = [
            {
                name: " ".join(v) if isinstance(v, list) else "" if v is None else str(v)
                for name, v in line.items()
            }
            for line in lines(some, table)
        ]
        assert rows(some, table) == texts and texts


def test_gephi_knows_the_headers(graph: Graph) -> None:
    assert {"id", "label"} <= {*tables.THING_COLUMNS}
    assert {"source", "target", "type"} <= {*tables.TIE_COLUMNS}
    assert {row["type"] for row in rows(graph, "ties")} == {"Directed"}


def test_tables_are_for_spreadsheets_too(make_folder: MakeFolder) -> None:
    text = 'id:a a ag:Person ; rdfs:label "=1+1" .'
    small = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    data = exported(small, "csv", table="things", for_spreadsheet=True)
    assert data.startswith(b"\xef\xbb\xbf") and b"'=1+1" in data


@pytest.mark.parametrize(
    ("format", "more", "words"),
    [
        (
            "ttl",
            {"table": "things"},
            "turtle is no table; write things as csv, jsonl, parquet, xlsx, sqlite",
        ),
        ("graphml", {"table": "ties"}, "graphml is no table"),
        ("csv", {"table": "nodes"}, "there is no table “nodes”, only claims, things, ties"),
        ("gexf", {"derived": True}, "for derived triples choose an RDF format"),
        ("parquet", {"derived": True}, "for derived triples choose an RDF format"),
        ("parquet", {"for_spreadsheet": True}, "only CSV"),
    ],
)
def test_what_does_not_go_together_is_refused(
    graph: Graph, format: str, more: dict[str, Any], words: str
) -> None:
    with pytest.raises(ParameterError, match=re.escape(words)):
        exported(graph, format, **more)


# ---- Parquet ----------------------------------------------------------------


def parquet(graph: Graph, table: Any) -> Any:
    return pa.parquet.read_table(io.BytesIO(exported(graph, "parquet", table=table)))


def as_json(value: Any) -> Any:
    """A value of Parquet as JSON lines have it."""
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, datetime.date) else value


@pytest.mark.parametrize("table", TABLES)
def test_parquet_says_what_json_lines_say(some: Graph, table: str) -> None:
    found, known = parquet(some, table).to_pylist(), lines(some, table)
    assert as_json(found) == known and known
    frame = pl.read_parquet(io.BytesIO(exported(some, "parquet", table=table)))  # type: ignore[arg-type]
    assert as_json(frame.to_dicts()) == known


def test_parquet_has_types(graph: Graph) -> None:
    days = dict.fromkeys(vocabulary.BOUND_NAMES, "date32[day]")
    text = "string"
    assert schema(parquet(graph, "things")) == {
        "id": text, "label": text, "kind": text, "ties": "int64"
    }  # fmt: skip
    assert schema(parquet(graph, "ties")) == dict.fromkeys(tables.TIE_COLUMNS, text) | days | {
        "rivals": "list<element: string>", "sources": "list<element: string>"
    }  # fmt: skip
    claims = parquet(graph, "claims")
    evidence = ", ".join(
        f"{name}: {'int64' if name in ('start', 'end') else text}"
        for name in columns.EVIDENCE_COLUMNS
    )
    assert schema(claims) == dict.fromkeys(columns.CLAIM_COLUMNS, text) | days | {
        "rivals": "list<element: string>", "sensitive": "bool",
        "sources": f"list<element: struct<{evidence}>>",
    }  # fmt: skip


def schema(table: Any) -> dict[str, str]:
    return {field.name: str(field.type) for field in table.schema}


def test_pandas_and_polars_read_parquet(graph: Graph, tmp_path: Path) -> None:
    path = tmp_path / "ties.parquet"
    export(graph, path, table="ties")
    known = lines(graph, "ties")
    frame = pd.read_parquet(path)
    assert [*frame["claim"]] == [tie["claim"] for tie in known]
    assert [[*each] for each in frame["sources"]] == [tie["sources"] for tie in known]
    assert [None if pd.isna(day) else str(day) for day in frame["beginNotBefore"]] == [
        tie["beginNotBefore"] for tie in known
    ]
    other = pl.read_parquet(path)
    assert other.schema["beginNotBefore"] == pl.Date
    assert other.schema["sources"] == pl.List(pl.String)
    assert other.filter(pl.col("endNotAfter") < datetime.date(2012, 1, 1)).height > 0


def test_the_schema_does_not_depend_on_the_graph(make_folder: MakeFolder, graph: Graph) -> None:
    empty = open_graph(make_folder())
    for table in TABLES:
        assert parquet(empty, table).num_rows == 0
        assert parquet(empty, table).schema == parquet(graph, table).schema


def test_days_outside_the_calendar_of_parquet_are_null(
    make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    text = (
        "claim:c a ag:Claim ; rdf:subject id:a ; rdf:predicate id:p ; rdf:object id:b ; "
        'ag:when "-0043-03-15/0001"^^edtf:EDTF .\n'
        "claim:d a ag:Claim ; rdf:subject id:a ; rdf:predicate id:p ; rdf:object id:b ; "
        'ag:when "0000/Y12000"^^edtf:EDTF . id:p ag:aspect ag:State .'
    )
    old = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    known = lines(old, "ties")
    assert known[0]["beginNotBefore"] == "-0043-03-15"
    day = datetime.date
    for table in ("ties", "claims"):
        caplog.clear()
        found = parquet(old, table).to_pylist()
        assert [tuple(row[name] for name in vocabulary.BOUND_NAMES) for row in found] == [
            (None, None, day(1, 1, 1), day(1, 12, 31)), (None, None, None, None)
        ]  # fmt: skip
        assert [row["when"] for row in found] == ["-0043-03-15/0001", "0000/Y12000"]
        assert "6 days such as -0043-03-15 are null in Parquet" in caplog.text


class Refusing:
    """An engine that is not to be asked."""

    description = "endpoint http://localhost/"

    def query(self, sparql: str) -> Answer:
        raise AssertionError


def test_a_missing_pyarrow_is_said_before_the_work(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(module: str, *more: Any, **options: Any) -> Any:
        if module.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
        return real(module, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=re.escape('pip install "allgraph-kg[arrow]"')):
        exported(Graph(graph.folder, Refusing()), "parquet", table="ties")


# ---- Elsewhere, and other writers -------------------------------------------


class Elsewhere:
    """An engine whose store is not in this process."""

    description = "endpoint http://localhost/"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def query(self, sparql: str) -> Answer:
        return self.engine.query(sparql)


def test_an_endpoint_has_networks_too(hard: Graph) -> None:
    remote = Graph(hard.folder, Elsewhere(hard.engine))
    for format, table in (("graphml", "claims"), ("gexf", "claims"), ("csv", "ties")):
        assert exported(remote, format, table=table) == exported(hard, format, table=table)  # type: ignore[arg-type]
    assert exported(remote, "csv").count(b"\n") == exported(hard, "csv").count(b"\n")


def test_a_plain_network_is_for_the_writers_of_networkx(graph: Graph, tmp_path: Path) -> None:
    net = to_networkx(graph, plain=True)
    values = [v for _, _, data in net.edges(data=True) for v in data.values()]
    assert {type(value) for value in values} == {str}
    assert networkx.utils.graphs_equal(net, to_networkx(graph, plain=True))
    networkx.write_graphml(net, tmp_path / "a.graphml")
    found: Any = networkx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    _, edges = wanted(graph)
    said = {d["claim"]: (a, b, d) for a, b, d in found.edges(data=True)}
    assert {claim: (a, b, {k: d[k] for k in columns.ATTRIBUTES if k in d}) for claim, (a, b, d) in
            said.items()} == edges  # fmt: skip
    networkx.write_gexf(net, tmp_path / "a.gexf")
    assert networkx.read_gexf(tmp_path / "a.gexf").number_of_edges() == len(edges)


def test_an_empty_network_is_empty() -> None:
    assert b"<node" not in network.graphml(network.Ties({}, [], {}), Prefixes())
    assert "<nodes>\n</nodes>" in "\n".join(graphml.gexf_lines([], [], [], ""))


def test_the_front_door_exports_networks(graph: Graph, tmp_path: Path) -> None:
    allgraph.export(graph, tmp_path / "a.graphml")
    assert (tmp_path / "a.graphml").read_bytes() == allgraph.exported(graph, "graphml")
