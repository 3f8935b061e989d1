"""Pages of answers: together they are the whole answer, in its order, whatever their length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from allgraph.errors import ParameterError, QueryError
from allgraph.folder import Folder, builtin, init_folder
from allgraph.folder.snapshot.build import build
from allgraph.graph import Graph, open_graph
from allgraph.graph.pages import page
from allgraph.graph.timeline import as_of
from allgraph.model import topics
from allgraph.rdf.terms import AG, XSD, Term, text
from allgraph.sparql import questions
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.page import Page, page_among
from allgraph.sparql.questions import Query, parse_query
from tests.conftest import MakeFolder
from tests.support.derived import filled
from tests.support.naming import named_quads

BASE = "https://example.org/"
ROW = st.sampled_from(
    ["", 'ag:section "s1"', 'ag:section "s2"', "oa:hasSelector [ oa:start 5 ; oa:end 9 ]",
     "oa:hasSelector [ oa:start 12 ; oa:end 14 ]",
     'ag:pageNumber "10"', 'ag:pageNumber "9"', 'ag:pageNumber "iv"', "ag:row 2", "ag:row 11",
     'ag:section "s1" ; ag:pageNumber "9"']
)  # fmt: skip
CLAIM = st.fixed_dictionaries(
    {
        "subject": st.integers(0, 3),
        "object": st.one_of(st.integers(0, 3).map("id:t{}".format), st.just('"a text"')),
        "evidence": st.lists(st.tuples(st.integers(0, 1), ROW), min_size=1, max_size=3),
        "deprecated": st.booleans(),
    }
)
LABELS = st.lists(st.integers(0, 3), max_size=6)  # a thing may have several, or none


def graph_of(claims: Sequence[Mapping[str, object]], labels: Sequence[int]) -> Graph:
    """A graph in memory: claims about four things by two sources; one is read at a page."""
    folder = Asked(Path("nowhere"), "A random graph", base=BASE)
    parts = ["".join(f"@prefix {name}: <{space}> .\n" for name, space in folder.prefixes.items())]
    parts += [f'id:t{n} rdfs:label "thing {n}, {at}" .\n' for at, n in enumerate(labels)]
    parts.append("source:s1 prov:specializationOf <http://example.com/page> .\n")
    for number, claim in enumerate(claims):
        evidence = claim["evidence"]
        assert isinstance(evidence, list)
        pieces = (f"[ oa:hasSource source:s{source} ; {place} ]" for source, place in evidence)
        rank = "ag:Deprecated" if claim["deprecated"] else "ag:Normal"
        parts.append(
            f"claim:c{number} a ag:Claim ; rdf:subject id:t{claim['subject']} ; rdf:predicate "
            f"ag:signed ; rdf:object {claim['object']} ; ag:rank {rank} ;\n"
            f"  ag:evidence {', '.join(pieces)} .\n"
        )
    parts.append('ag:signed ag:sentence "{subject} signed {object}"@en ; ag:aspect ag:Event .\n')
    quads = [*parse("".join(parts).encode(), format=RdfFormat.TURTLE)]
    store = filled(named_quads(quads, f"{BASE}data/a.ttl"))
    return Graph(folder, Embedded(store, folder.prefixes))


class Asked(Folder):
    """A folder with the shipped questions."""

    def query_files(self) -> list[Path]:
        return builtin().query_files()


def paged() -> list[str]:
    """The names of the shipped questions of which one page is made alone."""
    files = {path.stem: path for path in builtin().query_files()}
    return [
        name
        for name, path in sorted(files.items())
        if parse_query(path.read_text(encoding="utf-8"), name, path.name).pages
    ]


def all_pages(graph: Graph, name: str, values: Mapping[str, object], limit: int) -> Iterator[Page]:
    made = page(graph, name, values, limit)
    yield made
    while made.next:
        made = page(graph, name, values, limit, made.next)
        yield made


def check(graph: Graph, name: str, values: Mapping[str, object], limit: int) -> None:
    """Pages have the rows of the whole, with the numbers of rows before them, and know the end."""
    whole = graph.ask(name, **values)
    pages = [*all_pages(graph, name, values, limit)]
    rows = [row for made in pages for row in made.answer.rows]
    assert rows == [*whole.rows]
    assert all(made.answer.columns == whole.columns for made in pages)
    counts = accumulate((len(made.answer.rows) for made in pages), initial=0)
    assert [made.start for made in pages] == [*counts][:-1]
    assert pages[-1].total == len(whole.rows)
    if len(pages) > 1:
        rest = page(graph, name, values, None, pages[0].next)
        assert [*pages[0].answer.rows, *rest.answer.rows] == rows and not rest.next


def values_of(query: Query) -> list[dict[str, str]]:
    """The values of the tested examples, and none at all where none are needed."""
    needed = any(parameter.required for parameter in query.parameters)
    return [*map(dict, query.examples), *([] if needed else [{}])]


@pytest.mark.parametrize("limit", [1, 3, 7, 1000])
@pytest.mark.parametrize("name", paged())
def test_pages_of_shipped_questions_are_the_whole_answer(name: str, limit: int) -> None:
    graph = open_graph()
    for values in values_of(graph.queries[name]):
        check(graph, name, values, limit)


@pytest.mark.parametrize("limit", [1, 3, 1000])
@pytest.mark.parametrize("name", paged())
def test_pages_of_sorted_rows_are_the_whole_sorted_answer(name: str, limit: int) -> None:
    graph = open_graph()
    query = graph.queries[name]
    first, *_, last = query.columns
    options = {"where": [f"{first}:not-contains:x"], "sort": [f"-{last}", first]}
    for values in values_of(query)[:2]:
        whole = graph.ask(name, **values).where(*options["where"]).sorted(*options["sort"])
        rows: list[object] = []
        cursor, start = "", 0
        while start == 0 or cursor:
            made = page(graph, name, values, limit, cursor, **options)
            rows += made.answer.rows
            start, cursor = start + 1, made.next
        assert rows == [*whole.rows]


@settings(deadline=None, max_examples=60)
@given(st.lists(CLAIM, max_size=12), LABELS, st.integers(1, 4))
def test_pages_of_any_graph_are_the_whole_answer(
    claims: list[dict[str, object]], labels: list[int], limit: int
) -> None:
    graph = graph_of(claims, labels)
    for source in ("source:s0", "source:s1", "http://example.com/page"):
        check(graph, "from-source", {"source": NamedNode(graph.prefixes.expand(source) or source)},
              limit)  # fmt: skip
    check(graph, "single-source", {}, limit)
    check(graph, "single-source", {"thing": NamedNode(BASE + "id/t1")}, limit)


@pytest.mark.parametrize("node", ["_:e", "<http://example.com/e>"])
def test_evidence_that_claims_share_is_in_pages_of_its_source(node: str, tmp_path: Path) -> None:
    root, values = tmp_path / "g", {"source": NamedNode(f"{BASE}source/s0")}
    prefixes = init_folder(root, title="G", base=BASE).prefixes
    lines = [f"@prefix {name}: <{space}> .\n" for name, space in prefixes.items()]
    lines += [
        f"claim:c{n} a ag:Claim ; rdf:subject id:t{n} ; rdf:predicate ag:signed ; "
        f"rdf:object id:x ; ag:evidence {node} .\n"
        for n in range(3)
    ]
    lines.append(f'{node} oa:hasSource source:s0 ; ag:section "s" .\n')
    (root / "data" / "a.ttl").write_text("".join(lines))
    in_memory = open_graph(root)
    assert len(in_memory.ask("from-source", **values)) == 3
    check(in_memory, "from-source", values, 2)
    build(root)
    check(open_graph(root, in_memory=0), "from-source", values, 2)


def test_a_page_of_a_day_has_the_certainty_of_its_rows() -> None:
    view = as_of(open_graph(), "2013-11-01")
    check(view, "single-source", {}, 5)
    made = page(view, "single-source", {}, 5)
    assert made.answer.columns[-1] == "certainty"
    with pytest.raises(ParameterError, match="another answer"):
        page(open_graph(), "single-source", {}, 5, made.next)


def test_a_cursor_is_that_of_the_same_question_and_values() -> None:
    graph = open_graph()
    cursor = page(graph, "single-source", {}, 5).next
    for name, values in (
        ("single-source", {"thing": "Andrew Cuomo"}), ("by-confidence", {"confidence": "high"}),
    ):  # fmt: skip
        with pytest.raises(ParameterError, match="another answer"):
            page(graph, name, values, 5, cursor)
    with pytest.raises(ParameterError, match="is no cursor"):
        page(graph, "single-source", {}, 5, "5.x")


@given(st.lists(st.integers(0, 4), max_size=40), st.one_of(st.none(), st.integers(1, 9)))
def test_any_number_of_rows_of_a_key_is_on_one_page(counts: list[int], limit: int | None) -> None:
    keys = [(NamedNode(f"x:{n}"),) for n in range(len(counts))]
    asked: list[int] = []

    def ask(some: Sequence[Sequence[Term]]) -> Answer:
        asked.append(len(some))
        rows: list[Row] = []
        for (key,) in some:
            number = int(key.value[2:])  # type: ignore[union-attr]
            rows += [Row(n=Literal(f"{number}.{at}")) for at in range(counts[number])]
        return Answer(("n",), tuple(rows))

    def next_page(cursor: str) -> Page:
        return page_among(ask, lambda a, b: keys[a:b], len(keys), "state", limit, cursor)

    pages = [next_page("")]
    while pages[-1].next:
        pages.append(next_page(pages[-1].next))
    rows = [str(row["n"]) for made in pages for row in made.answer.rows]
    assert rows == [str(row["n"]) for row in ask(keys).rows]
    for made in pages[:-1]:
        assert made.answer.rows and made.total is None
        texts = {str(row["n"]).split(".")[0] for row in made.answer.rows}
        assert limit is not None and (len(made.answer.rows) <= limit or len(texts) == 1)
    assert pages[-1].total == len(rows)
    assert sum(asked) <= 30 * (len(keys) + len(pages))


def test_keys_without_rows_are_looked_at_many_together() -> None:
    keys = [(NamedNode(f"x:{n}"),) for n in range(100_000)]
    asked: list[int] = []

    def ask(some: Sequence[Sequence[Term]]) -> Answer:
        asked.append(len(some))
        return Answer(("n",), tuple(Row(n=key) for (key,) in some if key == keys[-1][0]))

    made = page_among(ask, lambda a, b: keys[a:b], len(keys), "state", 10)
    assert len(made.answer.rows) == 1 and made.total == 1
    assert len(asked) < 40


def test_only_the_rows_of_one_page_are_made() -> None:
    chance = random.Random(1)
    evidence = [(0, ""), (1, ""), (0, 'ag:section "s1"')]
    claims = [
        {"subject": chance.randrange(4), "object": "id:t1", "deprecated": False,
         "evidence": [chance.choice(evidence)]}
        for _ in range(200)
    ]  # fmt: skip
    graph = graph_of(claims, [0, 1, 2, 3])
    texts: list[str] = []

    class Noting(Embedded):
        def query(self, sparql: str) -> Answer:
            texts.append(sparql)
            return super().query(sparql)

    noted = Graph(graph.folder, Noting(graph.store, graph.prefixes))
    assert len(page(noted, "single-source", {}, 10).answer) == 10
    assert [text.count("<https://example.org/claim/c") for text in texts] == [10]


FAULTS = {
    "# Pages: thing": "write what rows are about as",
    "# Pages: of $thing": "write what rows are about as",
    "# Pages: from $thing": "?evidence is not in the query",
    "# Pages: about $day": "$day is no parameter of type entity",
    "# Pages: about $nothing": "$nothing is no parameter of type entity",
    "# Sentences: claim, what": "?what is not in the query",
    "# Sentences:": "list the columns of claims that are shown as sentences, such as: what, rival",
}


@pytest.mark.parametrize("line", FAULTS)
def test_what_pages_are_made_of_has_to_fit_the_query(line: str) -> None:
    text = (
        "# Which?\n#\n# $thing entity A thing. []\n# $day date A day. []\n"
        f"{line}\nSELECT ?claim {{ ?claim ?p $thing, $day }}"
    )
    with pytest.raises(QueryError) as error:
        parse_query(text, "q", "q.rq")
    assert FAULTS[line] in error.value.message
    assert error.value.line == 5


def test_certain_rows_come_before_possible_ones_on_all_pages(graph: Graph) -> None:
    then = as_of(graph, "2013-07-01", possible=True)
    plain = [row["claim"] for row in graph.ask("single-source").rows]
    for question in ("single-source", "undated"):
        whole = then.ask(question)
        words = [row["certainty"] for row in whole.rows]
        assert whole.certainty == {
            word: words.count(Literal(word)) for word in ("certain", "possible")
        }
        assert words == sorted(words, key=str) and words[-1] == Literal("possible")
        rows: list[Row] = []
        cursor = ""
        while cursor or not rows:
            part = page(then, question, {}, 50, cursor)
            assert part.certainty == whole.certainty
            rows += part.answer.rows
            cursor = part.next
        assert tuple(rows) == whole.rows
    # of one certainty, the rows are in the order of the question
    whole = then.ask("single-source")
    for word in ("certain", "possible"):
        claims = [row["claim"] for row in whole.rows if row["certainty"] == Literal(word)]
        assert claims == [claim for claim in plain if claim in {*claims}]
    sure = as_of(graph, "2013-07-01").ask("single-source")
    assert sure.certainty["possible"] == 0 and graph.ask("single-source").certainty == {}


# ---- Claims that questions are about by their dates

DATED = {"office-on-day": ("day",), "happened-between": ("first", "last")}


@pytest.mark.parametrize("question", DATED)
def test_only_claims_of_the_days_are_looked_at(
    graph: Graph, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, listed = graph.queries[question], list[int]()
    assert query.dated is not None and {*query.dated[1:]} == {*DATED[question]}
    between = topics.Topics.between

    def spied(self: topics.Topics, *values: Any) -> list[NamedNode] | None:
        claims = between(self, *values)
        listed.append(-1 if claims is None else len(claims))
        return claims

    monkeypatch.setattr(topics.Topics, "between", spied)
    days = ("0001-01-01", "1993-02-28", "2010-06-01", "2012-02-29", "2013-12-31", "9999-12-31")
    for place, day in enumerate(days):
        for last in days[place:] if len(DATED[question]) > 1 else [day]:
            values = dict(zip(DATED[question], (day, last), strict=False))
            for shown in (graph, as_of(graph, "2014-01-01", possible=True)):
                monkeypatch.setattr(topics, "LARGE", 2**40)
                whole = shown.ask(question, **values)
                monkeypatch.setattr(topics, "LARGE", -1)
                assert shown.ask(question, **values) == whole
    assert {*listed[::2]} == {-1} and 0 <= min(listed[1::2]) < max(listed[1::2])


@pytest.mark.parametrize(
    ("days", "more"),
    [
        (("2013-07-01", "2013-07-01"), "id:x a ag:Claim ; rdf:subject id:y ."),
        (("2013-07-01Z", "2013-07-01Z"), ""),
        (("2013", "2013-07-01"), ""),
    ],
)
def test_what_the_columns_cannot_tell_is_asked_of_the_store(
    days: tuple[str, str], more: str, make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "LARGE", -1)
    one = "claim:a a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:servedOn ; rdf:object id:b ."
    graph = open_graph(make_folder({"data/a.ttl": f"{one}\n{more}"}, prefixes=True))
    served, date = AG + "servedOn", NamedNode(XSD + "date")
    known = Literal("2011-06-01", datatype=date)
    assert (graph.topics.between(served, known, known) is None) == bool(more)
    assert graph.topics.between(served, *(Literal(day, datatype=date) for day in days)) is None
    assert graph.topics.between(served, Literal("2011-06-01"), known) is None
    monkeypatch.setattr(topics, "MANY", 0)
    assert graph.topics.between(served, known, known) is None


def test_a_question_about_a_thing_begins_with_it(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "LARGE", -1)
    monkeypatch.delattr(topics.Topics, "between")
    office = "Governor of New York"
    assert graph.ask("office-on-day", day="2021-08-23", office=office)


def test_many_claims_of_days_are_listed_in_a_subquery(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = graph.queries["office-on-day"]
    day = {"day": Literal("2013-07-01", datatype=NamedNode(XSD + "date"))}
    claims = [NamedNode(text(row["claim"])) for row in graph.sparql(
        "SELECT ?claim { ?claim a ag:Claim } ORDER BY ?claim").rows]  # fmt: skip
    few = query.bind(day, in_total_order=True, claims=claims)
    monkeypatch.setattr(questions, "_LISTED", len(claims) - 1)
    many = query.bind(day, in_total_order=True, claims=claims)
    assert "{ SELECT DISTINCT ?claim { VALUES ?claim {" in many and "DISTINCT ?claim {" not in few
    rows = graph.engine.query(many).rows
    assert rows == graph.engine.query(few).rows == graph.ask("office-on-day", **day).rows and rows
