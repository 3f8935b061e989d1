"""Graphs and answers for rdflib, networkx, pandas, polars and Arrow."""

from __future__ import annotations

import builtins
import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import networkx
import pandas as pd
import pytest
import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

import allgraph
from allgraph.errors import InputError, MissingExtra, QueryError, ReadOnly, UnknownFormat
from allgraph.exports.networkx_graph import to_networkx
from allgraph.exports.rdflib_graph import to_rdflib
from allgraph.folder import builtin
from allgraph.graph import Graph, open_graph
from allgraph.model import edtf
from allgraph.rdf.terms import DERIVED, WITHDRAWN, XSD, Prefixes, Term
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.sandboxed import Timed

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
ALONE = f'format = 1\ntitle = "A test"\nbase = "{BASE}"\nextends = false\n'
FORMS = """
id:a id:p "01"^^xsd:integer, 1.10, "1"^^xsd:int, "x"@en-GB, "abc"^^xsd:integer,
    "2013-02-30"^^xsd:date ;
    ag:evidence [ id:q "  odd\\t" ] .
"""
A, B, P = (rdflib.URIRef(f"{BASE}id/{name}") for name in "abp")


@pytest.fixture
def forms(make_folder: MakeFolder) -> Graph:
    files = {"data/a.ttl": FORMS}
    return open_graph(make_folder(files, manifest=ALONE, prefixes=True))


# ---- rdflib -----------------------------------------------------------------


def triples_of(graph: rdflib.Graph) -> set[tuple[str, ...]]:
    return {tuple(term.n3() for term in triple) for triple in graph}


@pytest.mark.parametrize("copy", [False, True])
def test_rdflib_sees_what_questions_see(graph: Graph, copy: bool) -> None:
    given = to_rdflib(graph, copy=copy)
    count = graph.sparql("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").rows[0]["n"]
    assert isinstance(count, Literal) and len(given) == int(count.value)
    assert len([*given]) == len(given)
    query = """SELECT ?name ?begin { ?claim rdf:predicate ag:servedOn ; rdf:subject ?person ;
        ag:source ?source . ?person rdfs:label ?name ; ag:servedOn ?body
        OPTIONAL { ?claim ag:beginNotAfter ?begin } } ORDER BY ?name ?begin"""
    ours = [tuple(map(str, row.values())) for row in graph.sparql(query).rows]
    assert len(ours) > 4
    theirs = [tuple(t and str(t) for t in row) for row in given.query(query)]  # type: ignore[union-attr]
    assert [row[0] for row in theirs] == [row[0].strip('"') for row in ours]
    assert ("ag", rdflib.URIRef(graph.prefixes["ag"])) in [*given.namespaces()]


def test_a_view_has_each_triple_once_and_no_withdrawn_one() -> None:
    a, *names = [NamedNode(f"{BASE}id/{name}") for name in "agh"]
    store = Store()
    store.add(Quad(a, a, a))
    store.extend(Quad(a, a, a, name) for name in names)
    store.add(Quad(a, a, names[0], DERIVED))
    store.add(Quad(a, a, names[1], WITHDRAWN))
    view = to_rdflib(Graph(builtin(), Embedded(store, Prefixes.of(BASE))))
    assert len([*view]) == len(view) == len(view.query("SELECT * { ?s ?p ?o }")) == 2
    assert (None, None, rdflib.URIRef(names[1].value)) not in view
    query = "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert {row[0].n3() for row in view.query(query)} == {*map(str, names)}  # type: ignore[index]
    assert len(view.query(f"SELECT * FROM {names[0]} FROM {names[1]} {{ ?s ?p ?o }}")) == 1


def test_a_copy_holds_what_the_view_does(graph: Graph) -> None:
    view, copy = to_rdflib(graph), to_rdflib(graph, copy=True)
    of_view, of_copy = ({t for t in g if not has_blank(t)} for g in (view, copy))
    assert of_view == of_copy and len(of_view) > 4000


def has_blank(triple: tuple[Any, ...]) -> bool:
    return any(isinstance(term, rdflib.BNode) for term in triple)


def test_a_copy_has_the_forms_of_the_files_and_a_view_the_engines(forms: Graph) -> None:
    before = rdflib.NORMALIZE_LITERALS
    copy = {o.n3() for o in to_rdflib(forms, copy=True).objects(A, P)}
    assert rdflib.NORMALIZE_LITERALS is before
    assert '"01"^^<http://www.w3.org/2001/XMLSchema#integer>' in copy
    assert '"1"^^<http://www.w3.org/2001/XMLSchema#int>' in copy
    assert '"1.10"^^<http://www.w3.org/2001/XMLSchema#decimal>' in copy
    assert '"2013-02-30"^^<http://www.w3.org/2001/XMLSchema#date>' in copy
    assert '"x"@en-gb' in copy and len(copy) == 6
    view = {o.n3() for o in to_rdflib(forms).objects(A, P)}
    assert '"1"^^<http://www.w3.org/2001/XMLSchema#integer>' in view
    assert not any('"01"' in form for form in view)


def test_evidence_has_the_iris_that_claims_give(graph: Graph) -> None:
    evidence = allgraph.claims(graph, about="Shalom Harlow")[0].evidence[0]
    for copy in (False, True):
        assert (rdflib.URIRef(evidence.iri), None, None) in to_rdflib(graph, copy=copy)


WRITES: dict[str, Callable[[rdflib.Graph], object]] = {
    "add": lambda g: g.add((A, P, B)),
    "addN": lambda g: g.addN([(A, P, B, g)]),
    "+=": lambda g: g.__iadd__([(A, P, B)]),
    "remove": lambda g: g.remove((A, P, None)),
    "remove what is not there": lambda g: g.remove((B, None, None)),
    "set": lambda g: g.set((A, P, B)),
    "update": lambda g: g.update("INSERT DATA { <urn:a> <urn:b> <urn:c> }"),
    "parse": lambda g: g.parse(data="<urn:a> <urn:b> <urn:c> .", format="turtle"),
    "parse by oxigraph": lambda g: g.parse(data="<urn:a> <urn:b> 1 .", format="ox-turtle"),
    "parse fast": lambda g: g.parse(
        data="<urn:a> <urn:b> 1 .", format="ox-turtle", transactional=False
    ),
    "destroy": lambda g: g.destroy("/nonexistent"),
    "add a graph": lambda g: g.store.add_graph(g),
    "remove a graph": lambda g: g.store.remove_graph(g),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_view_is_not_changed(forms: Graph, how: str) -> None:
    view = to_rdflib(forms)
    before = triples_of(view)
    with pytest.raises(ReadOnly, match="copy=True"):
        WRITES[how](view)
    assert triples_of(view) == before
    assert before == triples_of(to_rdflib(forms))


def test_a_copy_can_be_changed_and_the_graph_stays(forms: Graph) -> None:
    copy = to_rdflib(forms, copy=True)
    copy.add((A, P, B))
    assert (A, P, B) in copy and (A, P, B) not in to_rdflib(forms)


def test_a_view_answers_as_rdflib_does(forms: Graph) -> None:
    view = to_rdflib(forms)
    assert (A, P, None) in view and (B, P, None) not in view
    assert view.value(A, P, any=True) is not None
    assert view.query("ASK { id:a id:p 1 }").askAnswer is True
    rows = view.query(
        "SELECT ?o { ?s id:p ?o }", initBindings={"o": rdflib.Literal("x", lang="en-gb")}
    )
    assert len([*rows]) == 1
    assert len(view.query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }").graph or ()) == len(view)
    prepared = rdflib.plugins.sparql.prepareQuery("SELECT ?o { ?s ?p ?o FILTER(isLiteral(?o)) }")
    assert len([*view.query(prepared)]) == 5 + 1  # “01” and the int are one to the engine
    assert "odd" in view.serialize(format="turtle")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT * { ?s ?p }", "line 1, column"),
        ("SELECT * { nope:a ?p ?o }", "the prefix “nope:” is not declared"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("ASK " + "{" * 3000 + "}" * 3000, "too long or too deeply nested"),
    ],
)
def test_a_wrong_query_to_a_view_is_our_error(forms: Graph, query: str, words: str) -> None:
    with pytest.raises(QueryError, match=re.escape(words)):
        to_rdflib(forms).query(query)


def test_a_timed_graph_has_views_too(forms: Graph) -> None:
    timed = Graph(forms.folder, Timed(forms.engine, 5))
    assert triples_of(to_rdflib(timed)) == triples_of(to_rdflib(forms))


class Elsewhere:
    """An engine whose store is not in this process."""

    description = "endpoint http://localhost/"

    def query(self, sparql: str) -> Answer:
        raise AssertionError


def test_what_an_endpoint_holds_has_no_view_for_rdflib(forms: Graph) -> None:
    with pytest.raises(InputError, match="the endpoint http://localhost/ holds this graph"):
        to_rdflib(Graph(forms.folder, Elsewhere()))


# ---- networkx ---------------------------------------------------------------


def test_networkx_holds_every_claim_once(graph: Graph) -> None:
    network = to_networkx(graph)
    assert isinstance(network, networkx.MultiDiGraph)
    claims = {claim.iri: claim for claim in allgraph.claims(graph)}
    edges = {key: (a, b, data) for a, b, key, data in network.edges(keys=True, data=True)}
    values = {
        said["claim"]: (node, said)
        for node, data in network.nodes(data=True)
        for said in data["claims"]
    }
    assert edges.keys() | values.keys() == claims.keys()
    assert not edges.keys() & values.keys()
    for iri, claim in claims.items():
        subject, said = edges[iri][::2] if iri in edges else values[iri]
        assert subject == claim.subject.value
        assert said["predicate"] == claim.predicate and said["sentence"] == claim.sentence
        assert said["when"] == (claim.when or None) and said["rank"] == claim.rank
        days = [said[name] and edtf.day(said[name]) for name in
                ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")]  # fmt: skip
        assert tuple(days) == claim.bounds
        assert said["rivals"] == claim.rivals
        assert {*said["sources"]} == {each.source for each in claim.evidence}
        assert isinstance(claim.object, Literal) == (iri in values)
        if iri in edges:
            assert edges[iri][1] == getattr(claim.object, "value", "")
        else:
            assert isinstance(claim.object, Literal) and said["value"] == claim.object.value


def test_nodes_have_names_and_kinds(graph: Graph) -> None:
    network = to_networkx(graph)
    assert network.nodes[f"{graph.folder.base}id/sara-ziff"]["name"] == "Sara Ziff"
    assert network.nodes[f"{graph.folder.base}id/sara-ziff"]["kind"] == "person"
    for node, data in network.nodes(data=True):
        assert set(data) == {"name", "kind", "claims"} and data["name"], node
    said = [data for _, data in network.nodes(data=True) if data["kind"] == "claim"]
    assert said
    things = {graph.prefixes.expand(str(row["thing"])) for row in graph.run("things").rows}
    assert things <= {*network.nodes}
    assert [*network] == [*to_networkx(graph)]


def test_networkx_algorithms_run(graph: Graph) -> None:
    network = to_networkx(graph)
    base = graph.folder.base
    path = networkx.shortest_path(
        network.to_undirected(as_view=True), f"{base}id/coco-rocha", f"{base}id/sara-ziff"
    )
    assert 2 <= len(path) <= 5


def test_sensitive_claims_are_not_in_other_libraries(graph: Graph) -> None:
    everything = open_graph(include_sensitive=True)
    gone = {c.iri for c in allgraph.claims(everything)} - {c.iri for c in allgraph.claims(graph)}
    assert gone
    for one, is_in in ((graph, False), (everything, True)):
        network = to_networkx(one)
        said = {s["claim"] for _, d in network.nodes(data=True) for s in d["claims"]}
        edges = {key for _, _, key in network.edges(keys=True)}
        assert bool(gone & (said | edges)) is is_in
        for copy in (False, True):
            subjects = {*map(str, to_rdflib(one, copy=copy).subjects())}
            assert bool(gone & subjects) is is_in


# ---- Data frames ------------------------------------------------------------


def typed(text: str, kind: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + kind))


def answer(**columns: list[Term | None]) -> Answer:
    rows = tuple(
        Row(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
    )
    return Answer(columns=tuple(columns), rows=rows, prefixes=Prefixes.of(BASE))


UTC = datetime.UTC
SARA = NamedNode(f"{BASE}id/sara")
CASES: dict[str, tuple[list[Term | None], str, str, str, list[object]]] = {
    "integer": (
        [typed("3", "integer"), None, typed("-04", "int")], "Int64", "Int64", "int64", [3, None, -4]
    ),
    "decimal": (
        [typed("1.10", "decimal"), None, typed("-2", "decimal")],
        "object", "Decimal(precision=38, scale=2)", "decimal128(3, 2)",
        [Decimal("1.10"), None, Decimal("-2")],
    ),
    "number": (
        [typed("1.5e0", "double"), None, typed("-INF", "float")],
        "Float64", "Float64", "double", [1.5, None, float("-inf")],
    ),
    "boolean": (
        [typed("true", "boolean"), None, typed("0", "boolean")],
        "boolean", "Boolean", "bool", [True, None, False],
    ),
    "date": (
        [typed("2013-10-21", "date"), None, typed("0001-01-01", "date")],
        "datetime64[s]", "Date", "date32[day]",
        [datetime.date(2013, 10, 21), None, datetime.date(1, 1, 1)],
    ),
    "moment": (
        [typed("2013-10-21T01:02:03.5", "dateTime"), None],
        "datetime64[us]", "Datetime(time_unit='us', time_zone=None)", "timestamp[us]",
        [datetime.datetime(2013, 10, 21, 1, 2, 3, 500000), None],
    ),
    "instant": (
        [typed("2013-10-21T01:00:00Z", "dateTime"), typed("2013-10-21T01:00:00+01:00", "dateTime")],
        "datetime64[us, UTC]", "Datetime(time_unit='us', time_zone='UTC')",
        "timestamp[us, tz=UTC]",
        [datetime.datetime(2013, 10, 21, h, tzinfo=UTC) for h in (1, 0)],
    ),
    "text": (
        [Literal("x"), None, SARA, Literal("y", language="en"), BlankNode("b")],
        "string", "String", "string", ["x", None, "id:sara", "y", "_:b"],
    ),
    "nothing": ([None, None], "string", "String", "string", [None, None]),
    "mixed": (
        [typed("1", "integer"), typed("1.5", "decimal")], "string", "String", "string", ["1", "1.5"]
    ),
    "ill-typed": (
        [typed("1", "integer"), typed("x", "integer")], "string", "String", "string", ["1", "x"]
    ),
    "too large": (
        [typed("9" * 30, "integer")], "string", "String", "string", ["9" * 30]
    ),
    "too exact": (
        [typed("1" * 20 + "." + "1" * 19, "decimal")], "string", "String", "string",
        ["1" * 20 + "." + "1" * 19],
    ),
    "no day": ([typed("2013-02-30", "date")], "string", "String", "string", ["2013-02-30"]),
    "a day with a zone": (
        [typed("2013-10-21Z", "date")], "string", "String", "string", ["2013-10-21Z"]
    ),
    "before the first year": (
        [typed("0001-01-01T00:00:00+14:00", "dateTime")], "string", "String", "string",
        ["0001-01-01T00:00:00+14:00"],
    ),
    "some with a zone": (
        [typed("2013-10-21T01:00:00Z", "dateTime"), typed("2013-10-21T01:00:00", "dateTime")],
        "string", "String", "string", ["2013-10-21T01:00:00Z", "2013-10-21T01:00:00"],
    ),
    "a date in the notation of its own": (
        [Literal("2013", datatype=NamedNode("http://id.loc.gov/datatypes/edtf/EDTF"))],
        "string", "String", "string", ["2013"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_pandas_has_types_that_fit(case: str) -> None:
    terms, dtype, _, _, values = CASES[case]
    frame = answer(x=terms).to_pandas()
    assert str(frame["x"].dtype) == dtype
    given = [None if value is pd.NA or value is pd.NaT else value for value in frame["x"]]
    if case == "date":
        given = [value and value.date() for value in given]
    assert given == values


@pytest.mark.parametrize("case", CASES)
def test_polars_has_types_that_fit(case: str) -> None:
    terms, _, dtype, _, values = CASES[case]
    frame = answer(x=terms).to_polars()
    assert str(frame.schema["x"]) == dtype
    assert frame["x"].to_list() == values


@pytest.mark.parametrize("case", CASES)
def test_arrow_has_types_that_fit(case: str) -> None:
    terms, _, _, dtype, values = CASES[case]
    table = answer(x=terms).to_arrow()
    assert str(table.schema.field("x").type) == dtype
    assert table["x"].to_pylist() == values


MAKERS: dict[str, Callable[[Answer], Any]] = {
    "pandas": lambda a: a.to_pandas(),
    "polars": lambda a: a.to_polars(),
    "arrow": lambda a: a.to_arrow().to_pandas(),
}


@pytest.mark.parametrize("name", MAKERS)
def test_frames_of_an_answer(graph: Graph, name: str) -> None:
    found = graph.ask("founders", body="Model Alliance")
    frame = MAKERS[name](found)
    assert [*frame.columns] == [*found.columns] and len(frame) == len(found)
    assert [*frame["thing"]] == ["id:sara-ziff"] * len(found)


@pytest.mark.parametrize("name", MAKERS)
def test_frames_without_rows_or_columns(name: str) -> None:
    empty = MAKERS[name](Answer(columns=("a", "b")))
    assert [*empty.columns] == ["a", "b"] and len(empty) == 0
    assert [*MAKERS[name](Answer()).columns] == []


def test_iris_are_whole_when_asked_for() -> None:
    one = answer(x=[SARA])
    assert one.to_pandas(curies=False)["x"].tolist() == [SARA.value]
    assert one.to_polars(curies=False)["x"].to_list() == [SARA.value]
    assert one.to_arrow(curies=False)["x"].to_pylist() == [SARA.value]


def test_triples_have_three_columns_and_yes_or_no_none() -> None:
    frame = Answer(triples=(Triple(SARA, SARA, Literal("x")),)).to_polars()
    assert frame.columns == ["subject", "predicate", "object"]
    with pytest.raises(UnknownFormat, match=r"use answer\.value"):
        Answer(value=True).to_pandas()


# ---- Extras -----------------------------------------------------------------

NEEDS: dict[str, tuple[str, Callable[[Graph], object]]] = {
    "rdflib": ("oxrdflib", lambda g: to_rdflib(g)),
    "pandas": ("pandas", lambda g: g.sparql("SELECT * {}").to_pandas()),
    "polars": ("polars", lambda g: g.sparql("SELECT * {}").to_polars()),
    "arrow": ("pyarrow", lambda g: g.sparql("SELECT * {}").to_arrow()),
}


@pytest.mark.parametrize("name", NEEDS)
def test_a_missing_library_is_said_with_what_to_install(
    forms: Graph, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    library, use = NEEDS[name]
    real = builtins.__import__

    def without(module: str, *more: Any, **options: Any) -> Any:
        if module.partition(".")[0] == library:
            raise ModuleNotFoundError(f"No module named {library!r}", name=library)
        return real(module, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra) as caught:
        use(forms)
    assert (
        str(caught.value)
        == f'{library} is missing; install it with: pip install "allgraph-kg[{name}]"'
    )
    assert isinstance(caught.value, ImportError) and caught.value.exit_code == 2


def test_a_copy_needs_no_extra(forms: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "oxrdflib.store", None)
    assert len(to_rdflib(forms, copy=True)) == 8


def test_the_extras_are_declared() -> None:
    import tomllib

    root = Path(__file__).resolve().parents[2]
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    others = {"all", "import", "png", "xlsx", "zstd"}  # other tests use these
    assert {*NEEDS} | others == {*extras}
    for name, (library, _) in NEEDS.items():
        assert extras[name][0].startswith(library) and name in extras["all"][0]
