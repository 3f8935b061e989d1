"""Graphs: asking, finding and resolving names."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from allgraph.errors import (
    EngineCrash,
    EngineTimeout,
    FolderError,
    LoadError,
    ParameterError,
    QueryError,
    UnknownName,
    UnknownQuestion,
)
from allgraph.graph import Graph, Thing, open_graph
from allgraph.graph.claims import claims
from allgraph.graph.timeline import as_of
from allgraph.model.names import Words, bare, fold
from allgraph.rdf.terms import Prefixes, text
from allgraph.sparql.embedded import Embedded
from tests.support.tools import share
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

BASE = "https://example.org/"
THINGS = """
id:ada a ag:Person ; rdfs:label "Ada Lovelace" ; skos:altLabel "Augusta King", "the Countess" ;
  skos:prefLabel "Ада Лавлейс"@ru .
id:ada-2 a ag:Person ; rdfs:label "ada lovelace" .
id:jose a ag:Person ; rdfs:label "José Núñez" ; ag:hasName "Pepe" .
id:zoe a ag:Person ; rdfs:label "Zoe\u0308 Żółć" ; ex:isni "isni-1" .
id:strauss a ag:Person ; rdfs:label "Johann Strauß" .
id:kim a ag:Person ; rdfs:label "\uae40\uc5f0\uc544" .
id:andrej a ag:Person ; rdfs:label "Андрей Йод" .
id:athena a ag:Person ; rdfs:label "Αθήνα" .
id:gaga a ag:Person ; rdfs:label "ガガ" .
id:club a ag:Body ; rdfs:label "Chess Club (est. 1851) [London] + Friends" ;
  ag:nameInText "the Chess Club" .
id:odd a ex:Odd ; rdfs:label "A.7787 \\"quoted\\" \\\\ back" .
id:two a ag:Person, ag:Body ; rdfs:label "Two Kinds" .
id:spaced a ag:Person ; rdfs:label "Wide  Space" .
[] a ag:Person ; rdfs:label "Blank Person" .
ex:isni skos:closeMatch schema:identifier .
ex:Odd a owl:Class .
ex:Kind a owl:Class ; rdfs:label "Kind of thing" .
ag:Person rdfs:label "person" . ag:Body rdfs:label "body" .
"""
MANIFEST = (
    f'format = 1\ntitle = "A test"\nbase = "{BASE}"\nextends = false\n'
    '[prefixes]\nex = "https://example.org/ex#"\n'
)
QUESTION = """\
# Who has a kind?
#
# $kind  entity  The kind. [ag:Person]
# $named  text   The name. []
SELECT ?who ?name WHERE { ?who a $kind ; rdfs:label ?name FILTER(COALESCE(?name = $named, true)) }
ORDER BY ?name
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    root = tmp_path_factory.mktemp("graph")
    head = "@prefix ex: <https://example.org/ex#> . " + " ".join(
        f"@prefix {name}: <{space}> ." for name, space in Prefixes.of(BASE).items()
    )
    files = {"allgraph.toml": MANIFEST, "data/a.ttl": head + THINGS, "queries/kind.rq": QUESTION}
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    return open_graph(root)


def found(graph: Graph, text: str) -> list[str]:
    return [thing.iri.removeprefix(f"{BASE}id/") for thing in graph.find(text)]


# ---- Finding ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "things"),
    {
        "lovelace": ["ada", "ada-2"],
        "LOVELACE": ["ada", "ada-2"],
        "ada lovelace": ["ada", "ada-2"],
        " ada\t\n lovelace ": ["ada", "ada-2"],
        "augusta": ["ada"],
        "countess": ["ada"],
        "лавлейс": ["ada"],
        "pepe": ["jose"],
        "jose nunez": ["jose"],
        "JOSÉ": ["jose"],
        "jose\u0301": ["jose"],
        "Núñez": ["jose"],
        "zoe": ["zoe"],
        "zoë": ["zoe"],
        "Zoe\u0308": ["zoe"],
        "żołć": ["zoe"],
        "Strauß": ["strauss"],
        "STRAUSS": ["strauss"],
        "straus": ["strauss"],
        "lovelcae": ["ada", "ada-2"],
        "king agusta": ["ada"],
        "adda lovelcae": [],
        "lovelace ADA": ["ada", "ada-2"],
        "lace ada": ["ada", "ada-2"],
        "ada countess": [],
        "id:jose": ["jose"],
        f"{BASE}id/jose": ["jose"],
        "id:nobody": [],
        "ISNI-1": ["zoe"],
        "isni-1": ["zoe"],
        "the chess club": ["club"],
        "\uae40\uc5f0": ["kim"],
        "Андрей": ["andrej"],
        "андреи": ["andrej"],
        "йод": ["andrej"],
        "αθηνα": ["athena"],
        "ΑΘΗΝΑ": ["athena"],
        "カカ": ["gaga"],
        "ガガ": ["gaga"],
        "\uff21\uff44\uff41 love": ["ada", "ada-2"],
        "(est. 1851) [london] +": ["club"],
        "est. 1851": ["club"],
        "est* 1851": ["club"],
        "est* 185*": [],
        "A.7787": ["odd"],
        "A77": ["odd"],
        "a-7787": ["odd"],
        "est 18.51": ["club"],
        "...": [],
        '"quoted" \\ back': ["odd"],
        "wide space": ["spaced"],
        "two": ["two"],
        "blank": [],
        "kind of thing": [],
        "nobody": [],
        "": [],
        " \n": [],
        "\u0301": [],
        ".*": [],
        "^": [],
        "|": [],
        "a|b": [],
        "\\p{L}": [],
        "\\b": [],
        "<ada>": [],
        "a{2}": [],
        "ada) (?=": [],
        "' } DROP ALL #": [],
        "$pattern": [],
    }.items(),
)
def test_find(small: Graph, text: str, things: list[str]) -> None:
    assert found(small, text) == things


def test_what_begins_with_the_text_comes_first(graph: Graph) -> None:
    names = [thing.name for thing in graph.find("model alliance")]
    assert names[0] == "Model Alliance"
    assert len(names) > 2
    begin = [fold(name).startswith("model alliance") for name in names]
    kinds = [thing.kind for thing in graph.find("model alliance")]
    things = kinds.index("source")
    assert {*kinds[things:]} == {"source"}
    assert begin[:things] == sorted(begin[:things], reverse=True)
    assert begin[things:] == sorted(begin[things:], reverse=True)


def test_things_have_a_name_and_a_kind(small: Graph) -> None:
    assert small.find("pepe") == [Thing(f"{BASE}id/jose", "José Núñez", "person")]
    assert small.find("a.7787") == [Thing(f"{BASE}id/odd", 'A.7787 "quoted" \\ back', "")]
    assert small.find("two kinds") == [Thing(f"{BASE}id/two", "Two Kinds", "body")]


def test_a_thing_by_its_iri(small: Graph) -> None:
    assert small.thing(NamedNode(f"{BASE}id/two")) == Thing(f"{BASE}id/two", "Two Kinds", "body")
    assert small.thing(NamedNode(f"{BASE}id/none")) == Thing(f"{BASE}id/none", "id:none", "")


def test_many_things_are_described_at_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    iris = [text(row["thing"]) for row in graph.run("things").rows]
    nameless = f"{graph.folder.base}id/nobody"
    one_by_one = {iri: graph.thing(NamedNode(iri)) for iri in (*iris, nameless)}
    asked: list[str] = []
    query = graph.engine.query

    def counted(text: str, **options: Any) -> Any:
        asked.append(text)
        return query(text, **options)

    monkeypatch.setattr(graph.engine, "query", counted)
    assert graph.described([*iris, nameless, *iris]) == one_by_one
    assert not asked  # the store has names, and the kinds of sets of types are known
    monkeypatch.setattr(Graph, "_read_things", lambda self, iris: {})  # as at an endpoint
    assert graph.described([*iris, nameless, *iris]) == one_by_one
    assert len(asked) == -(-len(one_by_one) // 500)
    assert one_by_one[nameless].name == "id:nobody"
    assert graph.described([]) == {}


NAMES = "rdfs:label|skos:prefLabel|skos:altLabel|ag:hasName|ag:nameInText"
texts = st.text(max_size=12) | st.text("aAeé()[]{}*+?.^$|\\\"'<>&#-~ \n\u0301ßﬁ", max_size=12)


@pytest.mark.long
@given(texts)
@settings(max_examples=share(200))
def test_any_text_can_be_looked_for(graph: Graph, name: str) -> None:
    words = Words(name, is_lenient=True).bare_words
    for thing in graph.find(name):
        answer = graph.sparql(f"SELECT ?n {{ <{thing.iri}> {NAMES} ?n }}")
        names = [bare(text(row["n"])) for row in answer.rows]
        every = [sum(word not in name for word in words) for name in names]
        assert min(every) <= 1, (thing, names)  # a typo in one word


@given(st.data())
@settings(max_examples=200)
def test_every_part_of_a_name_finds_its_thing(small: Graph, data: st.DataObject) -> None:
    rows = {
        (getattr(row["thing"], "value", ""), getattr(row["name"], "value", ""))
        for row in small.run("names").rows
    }
    searched = sorted(row for row in rows if "ß" not in row[1] and "#Kind" not in row[0])
    wanted, name = data.draw(st.sampled_from(searched))
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : data.draw(st.integers(start + 1, len(name)))]
    part = data.draw(st.sampled_from([part, part.upper(), fold(part)]))
    if bare(part):
        assert wanted in [thing.iri for thing in small.find(part)]


@pytest.mark.parametrize("call", ["find", "resolve"])
def test_what_is_no_text_is_refused(small: Graph, call: str) -> None:
    with pytest.raises(ParameterError, match="is not a text: it has bytes that are not UTF-8"):
        getattr(small, call)("caf\udce9")


def test_a_very_long_text_is_refused(small: Graph) -> None:
    assert small.find("é(" * 500) == []
    for look in (small.find, small.resolve):
        with pytest.raises(ParameterError, match="has 40000 characters; the limit is 1000"):
            look("é(" * 20_000)


# ---- Resolving --------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "thing"),
    {
        "id:jose": "id/jose",
        " id:jose ": "id/jose",
        f"{BASE}id/jose": "id/jose",
        f"<{BASE}id/jose>": "id/jose",
        "José Núñez": "id/jose",
        "josé núñez": "id/jose",
        "JOSÉ NÚÑEZ": "id/jose",
        "José  Núñez\n": "id/jose",
        "Jose\u0301 Nu\u0301n\u0303ez": "id/jose",
        "pepe": "id/jose",
        "the countess": "id/ada",
        'a.7787 "quoted" \\ back': "id/odd",
        "ex:Odd": "ex#Odd",
        "Chess Club (est. 1851) [London] + Friends": "id/club",
        "Jose Nunez": "id/jose",
        "jose NÚÑEZ": "id/jose",
        "zoe zołc": "id/zoe",
        "the chess club": "id/club",
        "wide space": "id/spaced",
    }.items(),
)
def test_resolve(small: Graph, text: str, thing: str) -> None:
    assert small.resolve(text) == NamedNode(BASE + thing)


def test_a_name_of_several_things_lists_them(small: Graph) -> None:
    with pytest.raises(UnknownName) as caught:
        small.resolve("Ada Lovelace")
    assert str(caught.value) == (
        "“Ada Lovelace” is the name of several things: id:ada (person), id:ada-2 (person)"
    )
    assert caught.value.candidates == (f"{BASE}id/ada", f"{BASE}id/ada-2")


@pytest.mark.parametrize(
    ("text", "hint", "candidates"),
    [
        ("José", "did you mean José Núñez?", ["id/jose"]),
        ("peppe", "did you mean Pepe?", ["id/jose"]),
        ("Johan Straus", "did you mean Johann Strauß?", ["id/strauss"]),
        ("qqqq", "search by a part of its name", []),
        ("id:nobody", "search by a part of its name", []),
        ("<not an iri>", "search by a part of its name", []),
        ("<b>", "search by a part of its name", []),
        ("", "search by a part of its name", []),
        ("' || true || '", "search by a part of its name", []),
        ('x"} ASK {', "search by a part of its name", []),
        (".*", "search by a part of its name", []),
        ("https://example.org/> } #", "search by a part of its name", []),
        ("Blank Person", "search by a part of its name", []),
    ],
)
def test_an_unknown_name_suggests_near_ones(
    small: Graph, text: str, hint: str, candidates: list[str]
) -> None:
    with pytest.raises(UnknownName) as caught:
        small.resolve(text)
    assert str(caught.value) == f"nothing is named “{text}”; {hint}"
    assert caught.value.candidates == tuple(BASE + each for each in candidates)


def test_both_spellings_are_suggested_where_one_is_near(small: Graph) -> None:
    with pytest.raises(UnknownName, match=r"did you mean Ada Lovelace or ada lovelace\?"):
        small.resolve("Ada Lovelase")


@pytest.mark.long
@given(texts)
@settings(max_examples=share(100))
def test_any_text_resolves_or_not(graph: Graph, text: str) -> None:
    try:
        thing = graph.resolve(text)
    except UnknownName as error:
        assert all(graph.sparql(f"ASK {{ <{iri}> ?p ?o }}") for iri in error.candidates)
    else:
        assert graph.thing(thing)


def printed_names(graph: Graph) -> Iterator[tuple[str, str]]:
    """Names that tables, tours, paths and timelines of a graph print, and the IRI of the thing."""
    for row in graph.run("names").rows:
        yield text(row["name"]), text(row["thing"])
    things = {text(row["thing"]) for row in graph.run("names").rows}
    for claim in claims(graph):
        yield claim.subject_name, claim.subject.value
        if text(claim.object) in things:
            yield claim.object_name, text(claim.object)


def test_every_name_that_is_printed_stands_for_its_thing(graph: Graph) -> None:
    names = {*printed_names(graph)}
    assert ("New York Senate bill S.5486", f"{graph.folder.base}id/ny-2013-s5486") in names
    resolved = {
        (name, graph.resolve(each).value) for name, _ in names for each in (name, fold(name))
    }
    assert resolved == names


def test_every_curie_stands_for_its_thing(graph: Graph) -> None:
    for row in graph.run("names").rows:
        thing = row["thing"]
        assert isinstance(thing, NamedNode)
        assert graph.resolve(graph.prefixes.shorten(thing.value)) == thing


def test_a_name_with_its_accents_comes_first(make_folder: MakeFolder) -> None:
    lines = 'id:a a ag:Person ; rdfs:label "Müller" . id:b a ag:Person ; rdfs:label "Muller" .'
    graph = open_graph(make_folder({"data/a.ttl": lines}, prefixes=True))
    assert graph.resolve("müller").value == f"{BASE}id/a"
    assert graph.resolve("MULLER").value == f"{BASE}id/b"
    with pytest.raises(UnknownName, match="several things"):
        graph.resolve("Mûller")
    assert [thing.name for thing in graph.find("mul ler")] == ["Muller", "Müller"]


# ---- Asking -----------------------------------------------------------------


def test_ask_reads_texts_and_takes_terms(small: Graph) -> None:
    everybody = small.ask("kind")
    assert everybody.columns == ("who", "name")
    assert len(everybody) == 12
    assert small.ask("kind", kind="ag:Body", named="Two Kinds").rows[0]["who"] == NamedNode(
        f"{BASE}id/two"
    )
    by_terms = small.ask("kind", kind=NamedNode(small.prefixes["ag"] + "Body"),
                         named=Literal("Two Kinds"))  # fmt: skip
    assert len(by_terms) == 1
    assert not small.ask("kind", named="' || true || '")


def test_ask_says_what_is_wrong(small: Graph) -> None:
    with pytest.raises(UnknownQuestion, match="did you mean kind"):
        small.ask("kinds")
    with pytest.raises(ParameterError, match="“kind” has no parameter colour; it has kind, named"):
        small.ask("kind", colour="red")
    with pytest.raises(UnknownName, match="kind: nothing is named “nothing”"):
        small.ask("kind", kind="nothing")


@pytest.mark.parametrize("day", ["", "2013-10-21"])
def test_columns_of_sentences_have_those_of_the_claims(graph: Graph, day: str) -> None:
    told, compared = {one.iri: one.sentence for one in claims(graph)}, 0
    asked = as_of(graph, day) if day else graph
    for query in graph.queries.values():
        columns = query.columns
        for example in query.examples if query.sentences else ():
            answer = asked.ask(query.name, **example)
            bound = graph.engine.query(query.bind(query.values(example, graph.resolve)))
            assert bound.columns == columns
            expected = {
                tuple(told[text(row[c])] if c in query.sentences else text(row[c]) for c in columns)
                for row in bound.rows
            }
            rows = {tuple(text(row[c]) for c in columns) for row in answer.rows}
            assert rows <= expected if day else rows == expected
            compared += len(rows)
    assert compared > 20


def test_what_is_no_claim_stays_in_a_column_of_sentences(make_folder: MakeFolder) -> None:
    iri = f"{BASE}claim/it"
    query = (
        "# Who?\n# Sentences: what, more\nSELECT ?who ?what WHERE { ?who ex:knows ?somebody . "
        f"VALUES ?what {{ claim:it '{iri}' claim:half id:ada UNDEF }} "
        "OPTIONAL { ?who ex:nothing ?more } }"
    )
    data = (
        "@prefix ex: <https://example.org/ex#> .\nid:ada ex:knows id:bob . "
        "claim:half a ag:Claim ; rdf:subject id:ada . "
        "claim:it a ag:Claim ; rdf:subject id:ada ; rdf:predicate ex:met ; rdf:object id:bob ."
    )
    files = {"data/a.ttl": data, "queries/q.rq": query}
    rows = open_graph(make_folder(files, manifest=MANIFEST, prefixes=True)).ask("q").rows
    cells = {str(row["what"]) for row in rows}
    told = '"Id:ada met id:bob"'
    assert cells == {told, f'"{iri}"', f"<{BASE}claim/half>", f"<{BASE}id/ada>", "None"}


@pytest.mark.parametrize(
    ("question", "values", "message"),
    [
        (
            "bill-makers",
            {"bill": "New York child model law"},
            "bill: New York child model law is a law, not a bill or a legislative proposal; New "
            "York Senate bill S.5486 became law as New York's child model law: take "
            "id:ny-2013-s5486",
        ),
        (
            "founders",
            {"body": "Sara Ziff"},
            "body: Sara Ziff is a person, not a body; Sara Ziff was listed as a key person of the "
            "Model Alliance: take id:model-alliance",
        ),
        (
            "statistics",
            {"study": NamedNode("https://w3id.org/allgraph/id/karen-elson")},
            "study: Karen Elson is a person, not a study; search for another one by name",
        ),
        (
            "signed-and-in-force",
            {"law": "S.5486"},
            "law: S.5486 (New York, 2013–2014) is a bill, not a law; New York Senate bill S.5486 "
            "became law as New York's child model law: take id:ny-child-model-law",
        ),
        (
            "shared-ties",  # which would have rows
            {"person": "S.5486"},
            "person: S.5486 (New York, 2013–2014) is a bill, not a person; Andrew Cuomo signed New "
            "York Senate bill S.5486 into law: take id:andrew-cuomo; Diane Savino sponsored New "
            "York Senate bill S.5486: take id:diane-savino; Jeffrey Klein sponsored New York "
            "Senate bill S.5486: take id:jeffrey-klein",
        ),
    ],
)
def test_a_thing_of_a_wrong_kind_is_an_error_with_a_way_out(
    graph: Graph, question: str, values: dict[str, Any], message: str
) -> None:
    for asked in (graph, as_of(graph, "2000-01-01")):
        with pytest.raises(ParameterError) as caught:
            asked.ask(question, **values)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("founders", {"body": "New York State Senate"}),  # a chamber is a body
        ("founders", {"body": f"<{BASE}nothing>"}),
        ("undated", {"thing": "Model Alliance"}),  # of any kind
        ("lawmakers-of-several", {}),
    ],
)
def test_what_may_be_of_the_right_kind_is_taken(
    graph: Graph, question: str, values: dict[str, Any]
) -> None:
    given = {name: NamedNode(v[1:-1]) if v[0] == "<" else v for name, v in values.items()}
    graph.ask(question, **given)


def test_a_question_may_declare_kinds_of_its_folder(make_folder: MakeFolder) -> None:
    data = """ex:Club rdfs:subClassOf ex:Group . ex:Group rdfs:label "group" .
    id:club a ex:Club ; rdfs:label "Chess" . id:ann a ag:Person ; rdfs:label "Ann" .
    ex:Club rdfs:label "club" . id:odd a ex:Odd ; rdfs:label "Odd" ."""
    root = make_folder(
        {
            "data/a.ttl": f"@prefix ex: <{BASE}ex#> .\n" + data,
            "queries/of.rq": "# Q\n# $x  entity:ex:Group  A.\nSELECT ?o { $x rdfs:label ?o }",
        },
        manifest=f'format = 1\ntitle = "A"\nbase = "{BASE}"\n[prefixes]\nex = "{BASE}ex#"\n',
        prefixes=True,
    )
    graph = open_graph(root)
    assert len(graph.ask("of", x="Chess")) == len(graph.ask("of", x="Odd")) == 1
    with pytest.raises(ParameterError, match="x: Ann is a person, not a group; search for"):
        graph.ask("of", x="Ann")


REMARKS = {
    ("2012-01-01", "2012-12-31"): [],
    ("2012-12-31", "2012-12-31"): [],
    ("2013-01-01", "2012-12-31"): [
        "last: 2012-12-31 is before first, 2013-01-01; nothing can be between them"
    ],
    ("1800-01-01", "2013-01-01"): [
        "first: 1800-01-01 is before all dates in this graph; the first is 1995-01-01"
    ],
}


@pytest.mark.parametrize(("days", "remarks"), REMARKS.items())
def test_dates_that_make_no_sense_are_remarked_on(
    graph: Graph, days: tuple[str, str], remarks: list[str]
) -> None:
    first, last = days
    assert graph.remarks("happened-between", first=first, last=last) == remarks
    early = as_of(graph, "1700-01-01").remarks("happened-between", first=first, last=last)
    assert early[: len(remarks)] == remarks
    assert early[-1].startswith("as-of: 1700-01-01 is before all dates")
    assert graph.remarks("happened-between", True, first=first, last=last) == []


def test_a_day_before_all_dates_is_remarked_on_beside_an_answer(graph: Graph) -> None:
    for day, count in {"1994-12-31": 1, "1995-01-01": 0}.items():
        remarks = graph.remarks("board-on-day", True, body="Model Alliance", day=day)
        assert len(remarks) == count, remarks


def test_sparql_knows_the_prefixes(small: Graph) -> None:
    assert small.sparql("ASK { id:odd a ex:Odd }")
    assert small.sparql("PREFIX id: <http://x.org/> ASK { id:odd a ex:Odd }").value is False


def test_sparql_refuses_service_unless_told(small: Graph) -> None:
    text = "SELECT * { SERVICE ?unbound {} }"
    with pytest.raises(QueryError, match="SERVICE would send data to another endpoint"):
        small.sparql(text)
    with pytest.raises(QueryError, match="SERVICE would send data"):
        small.sparql(text, timeout=PATIENCE)
    with pytest.raises(Exception, match="unbound"):
        small.sparql(text, allow_service=True)


def test_sparql_stops_in_time_and_survives(small: Graph) -> None:
    product = " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(9))
    with pytest.raises(EngineTimeout):
        small.sparql(f"SELECT (COUNT(*) AS ?n) {{ {product} }}", timeout=0.2)
    with pytest.raises(QueryError, match="line 1, column 261: brackets are nested more than 250"):
        small.sparql("SELECT * { " + "{" * 3000 + "}" * 3000 + " }")
    with pytest.raises(EngineCrash):
        small.sparql("SELECT * { FILTER(?a<?b#>'''\n)" + "{" * 9000 + "}" * 9000 + "#'''\n }")
    assert small.sparql("ASK {}")


def test_a_question_that_crashes_the_parser_is_an_error(make_folder: MakeFolder) -> None:
    questions = {
        "deep": "ASK {\n" + "{" * 5000 + "}" * 5000 + " }",
        "long": "ASK { FILTER(" + "!" * 40_000 + "?x) }",
    }
    root = make_folder({f"queries/{name}.rq": f"# What?\n{q}" for name, q in questions.items()})
    graph = open_graph(root)
    with pytest.raises(QueryError, match=r"queries/deep\.rq:3: column 250: brackets .* 250 deep"):
        graph.ask("deep")
    with pytest.raises(EngineCrash, match="nested too deeply"):
        graph.ask("long")


def test_a_graph_does_not_change(small: Graph) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.folder = small.folder  # type: ignore[misc]


def test_threads_may_share_a_graph(small: Graph) -> None:
    with ThreadPoolExecutor(4) as pool:
        names = list(pool.map(lambda n: [t.name for t in small.find("pepe")], range(100)))
    assert names == [["José Núñez"]] * 100


# ---- Opening ----------------------------------------------------------------


def test_opening_tells_what_is_read(make_folder: MakeFolder) -> None:
    said: list[str] = []
    open_graph(make_folder({"data/b.ttl": "", "data/a.ttl": ""}), progress=said.append)
    assert [line.rpartition("/")[2] for line in said] == ["a.ttl (1 of 2)", "b.ttl (2 of 2)"]
    assert all(line.startswith("reading ") for line in said)


def test_opening_takes_a_text_or_a_path(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": "id:a rdfs:label 'A' ."}, prefixes=True)
    assert open_graph(root).find("a") == open_graph(str(root)).find("a")


def test_opening_what_is_wrong(make_folder: MakeFolder, tmp_path: object) -> None:
    root = make_folder({"data/a.ttl": "\nid:a a ."})
    with pytest.raises(LoadError, match=r"data/a\.ttl:2: not Turtle"):
        open_graph(root)
    with pytest.raises(FolderError, match="there is no folder"):
        open_graph(root / "nowhere")
    broken = make_folder({"ontology/a.ttl": b"\xff"}, name="broken")
    with pytest.raises(LoadError, match=r"ontology/a\.ttl:1: not UTF-8"):
        open_graph(broken)


def test_a_folder_has_the_ontology_but_not_the_data_that_it_extends(
    make_folder: MakeFolder,
) -> None:
    graph = open_graph(make_folder())
    assert graph.sparql("ASK { ag:Claim a owl:Class }")
    assert not graph.sparql("ASK { ?claim a ag:Claim }")
    assert "founders" in graph.queries


def test_opening_the_built_in_graph_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="allgraph"):
        graph = open_graph()
    assert not caplog.records
    assert isinstance(graph.engine, Embedded)
    assert graph.include_sensitive is False


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Gisele BÜNDCHEN", "gisele bundchen"), ("Strauß", "strauss"), ("Zoe\u0308", "zoe"),
     ("ΑΘΉΝΑ", "αθηνα"), ("Йод", "иод"), ("\ufb01n", "fin"), ("", "")],
)  # fmt: skip
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


def test_flags_in_an_ontology_count_too(make_folder: MakeFolder) -> None:
    data = """id:ann a ag:Person ; rdfs:label "Ann" . id:club a ag:Body ; rdfs:label "Club" .
    claim:a a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:servedOn ; rdf:object id:club .
    claim:b a ag:Claim ; rdf:subject id:ann ; rdf:predicate ag:signed ; rdf:object id:club ."""
    more = """claim:a ag:sensitive true . claim:c a ag:Claim ; ag:sensitive true ;
    rdf:subject id:ann ; rdf:predicate ag:founded ; rdf:object id:club ;
    ag:evidence [ a oa:ResourceSelection ; ag:wording "a secret" ] ."""
    root = make_folder({"data/a.ttl": data, "ontology/b.ttl": more}, prefixes=True)
    graph = open_graph(root)
    assert [claim.iri.rpartition("/")[2] for claim in claims(graph)] == ["b"]
    assert not graph.sparql("ASK { ?s ag:wording ?o }")
    assert not graph.sparql("ASK { id:ann ag:servedOn|ag:founded ?o }")
    assert graph.sparql("ASK { ag:founded ag:aspect ?o }")
    assert len(claims(open_graph(root, include_sensitive=True))) == 3
