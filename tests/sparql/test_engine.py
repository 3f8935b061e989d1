"""Engines: what they answer, how they fail, and that no failure reaches this process."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from allgraph import sandbox
from allgraph.errors import (
    AllgraphError,
    DateError,
    EngineCrash,
    EngineError,
    EngineTimeout,
    QueryError,
    UnknownName,
)
from allgraph.rdf.terms import DERIVED, Prefixes
from allgraph.sparql import sandboxed
from allgraph.sparql.answer import Answer
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.engine import Engine
from allgraph.sparql.sandboxed import Timed
from allgraph.sparql.syntax import syntax_error
from tests.support.waiting import PATIENCE

BASE = "https://example.org/"
A = NamedNode(f"{BASE}id/a")
PRODUCT = "?a ?p ?b . ?c ?q ?d . ?e ?r ?f . ?g ?t ?h . ?i ?u ?j ."
"""A pattern with more rows than anybody can wait for."""

DEEP = "ASK {" + "{" * 100 + "}" * 101


@pytest.fixture(scope="module")
def engine() -> Embedded:
    store = Store()
    store.extend(Quad(NamedNode(f"{BASE}id/{n}"), A, Literal(n)) for n in range(300))
    store.add(Quad(A, A, Literal("derived"), DERIVED))
    return Embedded(store, Prefixes.of(BASE))


@pytest.fixture
def no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert multiprocessing.active_children() == []
    assert children() <= before  # servers of other tests may be there


def children() -> set[int]:
    """The processes that this one has started and not yet waited for."""
    own = Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in own for pid in path.read_text().split()}


def rows(answer: Answer) -> list[list[str]]:
    return [[getattr(row[c], "value", "") for c in answer.columns] for row in answer.rows]


# ---- The embedded engine ----------------------------------------------------


def test_the_four_forms(engine: Engine) -> None:
    assert engine.query("ASK { id:1 id:a ?o }").value is True
    assert engine.query("ASK { id:1 id:a 2 }").value is False
    selected = engine.query("SELECT ?o ?none { id:1 id:a ?o }")
    assert (selected.kind, selected.columns, rows(selected)) == (
        "rows", ("o", "none"), [["1", ""]]
    )  # fmt: skip
    made = engine.query("CONSTRUCT { ?o id:a ?s } WHERE { ?s id:a ?o FILTER(ISIRI(?o)) }")
    assert (made.kind, len(made)) == ("triples", 0)
    assert len(engine.query("DESCRIBE id:1")) == 1
    assert engine.query("ASK {}").prefixes["id"] == f"{BASE}id/"


def test_derived_triples_are_merged_and_still_apart(engine: Engine) -> None:
    assert rows(engine.query("SELECT ?o { id:a id:a ?o }")) == [["derived"]]
    assert rows(engine.query("SELECT ?g { GRAPH ?g { ?s ?p ?o } }")) == []
    named = "SELECT ?g FROM NAMED ag:derived { GRAPH ?g { ?s ?p ?o } }"
    assert rows(engine.query(named)) == [[DERIVED.value]]


@pytest.mark.parametrize(
    ("dataset", "count"),
    [
        ("", "301"),
        ("FROM ag:derived", "1"),
        ("from ag:derived from id:none", "1"),
        ("FROM id:none", "0"),
        ("FROM NAMED ag:derived", "0"),
        ("# FROM id:none\n", "301"),
    ],
)
def test_a_query_may_name_its_graphs(engine: Engine, dataset: str, count: str) -> None:
    query = f"SELECT (COUNT(*) AS ?from) {dataset} WHERE {{ ?s ?p ?o FILTER('FROM' = 'FROM') }}"
    assert rows(engine.query(query)) == [[count]]


def test_it_says_what_it_is(engine: Engine) -> None:
    assert engine.description.startswith("pyoxigraph 0.")
    assert sandboxed.Timed(engine, 1).description == engine.description


WRONG = {
    "SELECT * {\n  ?s ?p\n}": "line 3, column ",
    "SELECT * { ?s ?p ?o": "line 1, column 20: the query ends, but the “{” of line 1 needs",
    "": "line 1, column 1: not SPARQL here",
    "INSERT DATA { id:a id:b 1 }": "line 1, column 1: INSERT is an update; updates",
    "LOAD <http://x.org/>": "LOAD is an update",
    "SELECT ?x ?x {}": "SELECT names a variable twice",
    "ASK {\n ?s ?p 'ex:a' ; ex:b ?o }": "line 2, column 17: the prefix “ex:” is not declared",
    "ASK { # ex:a\n ?s :p 1 }": "line 2, column 5: the prefix “:” is not declared",
    "PREFIX ex: <http://x.org/> ASK { ex:a ey:b 1 }": "column 39: the prefix “ey:” is not declared",
    "ASK { ?s ?p '\ud800' }": "the query has characters that are not Unicode",
    "SELECT (<http://x.org/f>(1) AS ?y) {}": "custom function <http://x.org/f> is not supported",
}


@pytest.mark.parametrize(("text", "message"), WRONG.items())
def test_a_wrong_text_is_told_with_its_place(engine: Engine, text: str, message: str) -> None:
    for each in (engine, sandboxed.Timed(engine, 20)):
        with pytest.raises(QueryError) as caught:
            each.query(text)
        assert message in str(caught.value)


def test_a_wrong_file_is_told_with_its_line() -> None:
    error = syntax_error("error at 1:9: expected x", "\n\nASK !", {}, "queries/q.rq")
    assert str(error).startswith("queries/q.rq:3: column 5: not SPARQL here; expected ")


def test_what_fails_while_answering_is_the_engine(engine: Engine) -> None:
    with pytest.raises(EngineError, match="the engine failed: "):
        engine.query("SELECT * { SERVICE ?unbound {} }")


# ---- A process of its own ---------------------------------------------------

ENDLESS = [
    f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}",
    f"SELECT * {{ {PRODUCT} }} ORDER BY ?b ?d",
    f"ASK {{ {PRODUCT} FILTER(?b + ?d + ?f + ?h + ?j < 0) }}",
    f"SELECT DISTINCT ?a {{ {PRODUCT} FILTER(?b + ?d + ?f + ?h + ?j < 0) }}",
]


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize("text", ENDLESS)
def test_an_endless_query_is_stopped(engine: Engine, text: str) -> None:
    with pytest.raises(EngineTimeout, match=r"^stopped after 0.3 s, the limit that `timeout` sets"):
        sandboxed.query(engine, text, timeout=0.3)
    assert engine.query("ASK {}")


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { " + "{" * 2400 + "}" * 2400 + " }",
        "SELECT * { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }",
        "SELECT * { FILTER(" + "!" * 40_000 + "?x) }",
        "SELECT * { " + "OPTIONAL {" * 4000 + "}" * 4000 + " }",
        "SELECT * { " + "FILTER EXISTS {" * 4000 + "}" * 4000 + " }",
        "SELECT * { ?s " + "(" * 20_000 + "?p" + ")" * 20_000 + " ?o }",
        "SELECT * { " + "{" * 100_000,
    ],
    ids=lambda text: text[:24],
)
def test_a_text_nested_too_deeply_harms_nobody(engine: Engine, text: str) -> None:
    with pytest.raises((EngineCrash, QueryError)) as caught:
        sandboxed.query(engine, text, timeout=PATIENCE)
    if isinstance(caught.value, EngineCrash):
        assert str(caught.value) == "the query crashed the engine; it is nested too deeply"
    assert engine.query("ASK {}")


class InProcess:
    """An engine that says in which process it answers."""

    description = "a process"

    def query(self, sparql: str) -> Answer:
        """Answer with one column, which is called by the number of the process."""
        return Answer((f"{os.getpid()}",))


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize(
    ("text", "timeout", "own", "here"),
    [("ASK {}", None, None, True), ("ASK {}", PATIENCE, None, False),
     (DEEP, None, None, False), (DEEP, PATIENCE, None, False), ("ASK {}", None, PATIENCE, False),
     (DEEP, None, PATIENCE, False), (DEEP, PATIENCE, 0.0, False)],
)  # fmt: skip
def test_what_may_crash_or_is_timed_has_one_process_of_its_own(
    text: str, timeout: float | None, own: float | None, here: bool
) -> None:
    engine = InProcess() if own is None else Timed(InProcess(), own)
    (process,) = sandboxed.query(engine, text, timeout=timeout).columns
    assert (process == f"{os.getpid()}") == here


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize(
    "text", [f"SELECT * {{ {PRODUCT} }} ORDER BY ?b ?d", f"SELECT * {{ {PRODUCT} }}"]
)
def test_a_greedy_query_is_stopped(
    engine: Engine, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EngineCrash) as caught:
        sandboxed.query(engine, text, timeout=PATIENCE, memory=100 * 2**20)
    assert str(caught.value) == "the query needed more than 0.1 GiB of memory and was stopped"
    assert capfd.readouterr() == ("", ""), "what the engine says as it dies is not for the user"


@pytest.mark.usefixtures("no_child_is_left")
def test_an_answer_comes_over_whole(engine: Engine) -> None:
    for text in ("SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?o", "ASK {}", "DESCRIBE id:1 id:2"):
        assert sandboxed.query(engine, text, timeout=PATIENCE) == engine.query(text)
        assert sandboxed.query(engine, text) == engine.query(text)
        assert sandboxed.Timed(engine, float("inf")).query(text) == engine.query(text)


def test_an_answer_larger_than_a_pipe_comes_over_whole(engine: Engine) -> None:
    text = "SELECT * { ?a ?p ?b . ?c ?q ?d FILTER(?b < 60 && ?d < 60) }"
    assert len(sandboxed.query(engine, text, timeout=PATIENCE)) == 3600


class Failing:
    """An engine that fails as it is told."""

    description = "a failing engine"

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def query(self, sparql: str) -> Answer:
        raise self.failure


FAILURES = [
    QueryError("it is wrong", path="queries/q.rq", line=3),
    UnknownName("two have it", [f"{BASE}id/a", f"{BASE}id/b"]),
    DateError("it is no date"),
    EngineError("it failed"),
    EngineTimeout("it took too long"),
]


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize("failure", FAILURES)
def test_errors_come_over_whole(failure: AllgraphError) -> None:
    with pytest.raises(type(failure)) as caught:
        sandboxed.query(Failing(failure), "ASK {}", timeout=PATIENCE)
    assert str(caught.value) == str(failure)
    assert vars(caught.value) == vars(failure)


@pytest.mark.usefixtures("no_child_is_left")
def test_other_errors_are_a_crash_that_can_be_looked_into(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(EngineCrash, match=r"the process that ran the query died \(code 1\)"):
        sandboxed.query(Failing(KeyError("a fault of ours")), "ASK {}", timeout=PATIENCE)
    assert "a fault of ours" in capfd.readouterr().err
    with pytest.raises(EngineCrash, match=r"needed more than 4\.0 GiB of memory"):
        sandboxed.query(Failing(MemoryError()), "ASK {}", timeout=PATIENCE)


def leave(code: int) -> None:
    os._exit(code)


@pytest.mark.usefixtures("no_child_is_left")
def test_a_process_that_goes_away_is_noticed() -> None:
    with pytest.raises(EngineCrash, match=r"the process that ran the work died \(code 7\)"):
        sandbox.run(leave, 7, what="the work")


THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0, {root!r})
from allgraph import sandbox as processes
from allgraph.errors import EngineCrash
from tests.sparql.test_engine import leave

def ask(number):
    try:
        return processes.run(abs, -number, what="it", timeout=120) if number % 2 else (
            processes.run(leave, 3, what="it", timeout=120))
    except EngineCrash:
        return "crash"

with ThreadPoolExecutor(8) as pool:
    print(list(pool.map(ask, range(40))))
"""


def test_threads_do_not_wait_for_one_another(engine: Engine) -> None:
    """A process that dies is noticed at once, though others were forked beside it."""
    code = THREADS.format(root=str(Path(__file__).parents[2]))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    expected = [number if number % 2 else "crash" for number in range(40)]
    assert (done.stdout.strip(), done.stderr) == (str(expected), "")


def test_threads_may_share_an_engine(engine: Engine) -> None:
    texts = [f"SELECT ?o {{ id:{n} id:a ?o }}" for n in range(300)]
    with ThreadPoolExecutor(4) as pool:
        found = [rows(answer) for answer in pool.map(engine.query, texts)]
    assert found == [[[str(n)]] for n in range(300)]
