"""The measurements: what is generated, how runs are watched, and that all of it works."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from bench import cases, legislature, pages, questions, triples
from bench.generated import NAMES, Generated, generate
from bench.growth import MEASUREMENTS, OURS, Contender, Measurement, Place, Result, measure
from bench.judgement import judge, power
from bench.picture import Panel, points
from bench.report import differing, markdown
from bench.runs import Failed, run
from pyoxigraph import RdfFormat, Store, parse

from allgraph.folder import open_folder
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata import documents
from allgraph.model import vocabulary
from allgraph.rdf.terms import text
from allgraph.validation import validate
from tests.support.naming import named_quads
from tests.support.tools import LONG


@pytest.fixture(scope="module")
def small() -> Generated:
    return generate(triples.claims(10_000))


@pytest.fixture(scope="module")
def folder(small: Generated, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("bench") / "folder"
    triples.write(small, place)
    return place


@pytest.fixture(scope="module")
def graph(folder: Path) -> Graph:
    return open_graph(folder)


def test_ntriples_are_the_graph_of_the_turtle_as_it_is_loaded(
    small: Generated, folder: Path, tmp_path: Path
) -> None:
    small.write(tmp_path)
    turtle = [q for f in open_folder(tmp_path).data_files()
              for q in named_quads([*parse(path=f, format=RdfFormat.TURTLE)])]  # fmt: skip
    lines = list(parse(path=folder / "data" / "graph.nt", format=RdfFormat.N_TRIPLES))
    assert Counter(lines) == Counter(turtle)
    assert max(Counter(lines).values()) == 1


def test_documents_of_ntriples_have_their_evidence(graph: Graph) -> None:
    document = documents.about(graph, triples.BASE + "claim/c0000007")
    assert vocabulary.SOURCE in {triple.predicate for triple in document.triples}


def test_a_legislature_is_valid_and_all_from_one_source(tmp_path: Path) -> None:
    count = legislature.write(tmp_path, people=30)
    assert count == len({claim[:4] for claim in legislature.claims(30)})  # each says its own
    report = validate.validate(open_folder(tmp_path))
    assert {finding.shape for finding in report.findings} == {"duplicate-name"}
    graph = open_graph(tmp_path)
    (row,) = graph.run("counts").rows
    assert [int(text(row[column])) for column in ("claims", "sources")] == [count, 1]
    assert len(graph.find(legislature.name(9))) == 2


@pytest.mark.parametrize("size", [10_000, 30_000, 100_000, 1_000_000])
def test_there_are_as_many_triples_as_asked_for(size: int) -> None:
    assert triples.count(generate(triples.claims(size))) == pytest.approx(size, rel=0.01)


def test_the_triples_are_those_that_are_counted(small: Generated, folder: Path) -> None:
    store = Store()
    store.load(path=folder / "data" / "graph.nt", format=RdfFormat.N_TRIPLES)
    assert len(store) == triples.count(small)


def test_the_same_size_gives_the_same_bytes(small: Generated, folder: Path, tmp_path: Path) -> None:
    again = triples.write(generate(small.claims), tmp_path / "again")
    assert again.read_bytes() == (folder / "data" / "graph.nt").read_bytes()
    cases.write(small, tmp_path / "a")
    cases.write(generate(small.claims), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_graph_keeps_our_shapes_and_rules(tmp_path: Path) -> None:
    """But for warnings of what the sources do not tell; the same in either form."""
    graph = generate(200)
    triples.write(graph, tmp_path / "lines")
    graph.write(tmp_path / "turtle")
    lines, turtle = (
        validate.validate(open_folder(tmp_path / name)) for name in ("lines", "turtle")
    )
    assert lines.ok and turtle.ok
    found = Counter((each.shape, each.focus, each.severity) for each in lines.findings)
    assert found == Counter((each.shape, each.focus, each.severity) for each in turtle.findings)
    assert {each.shape for each in lines.findings} <= {
        "unit-of-body",
        "law-jurisdiction",
        "law-origin",
    }


def test_small_questions_have_small_answers_at_any_size(tmp_path: Path) -> None:
    for size in (100_000, 1_000_000):
        graph = generate(triples.claims(size))
        cases.write(graph, tmp_path / "cases")
        ((_, asked),) = questions.read(tmp_path / "cases", [questions.SMALL])
        iris = [each.sparql.split("rdf:object <")[1].split(">")[0] for each in asked]
        assert len(set(iris)) == cases.COUNT
        served = graph.object[graph.predicate == NAMES.index("ag:servedOn")]
        counts = Counter(map(graph.thing, served.tolist()))
        rows = [counts[iri.rpartition("/")[2]] for iri in iris]
        assert all(abs(each - cases.ROWS) <= 2 for each in rows), (size, rows)


def test_everybody_is_asked_the_same(small: Generated, folder: Path, graph: Graph) -> None:
    """Named questions as SPARQL have the rows that we give for their names."""
    cases.write(small, folder / "cases.json")
    for name, asked in questions.read(folder / "cases.json", questions.NAMED):
        for each in asked[:3]:
            found = graph.ask(name, **each.parameters)
            assert len(found), (name, each.parameters)
            if each.sparql:
                assert graph.engine.query(each.sparql).rows == found.rows


# ---- Runs


def test_a_run_tells_what_it_took() -> None:
    program = (
        "import json, subprocess, sys, time; held = b'x' * 50_000_000\n"
        "child = [sys.executable, '-c', 'import time; x = bytes(50_000_000).replace(b\"\\\\0\", "
        'b"1"); time.sleep(0.6); [None for _ in range(5_000_000)]\']\n'
        "subprocess.run(child); print(json.dumps({'rows': 7}))"
    )
    taken = run([sys.executable, "-c", program])
    assert taken.told == {"rows": 7}
    assert taken.wall > 0.6
    assert 0.05 < taken.cpu < taken.wall * 2
    assert taken.memory > 100_000_000  # of both processes together


def test_a_run_that_fails_or_takes_too_long_says_so() -> None:
    with pytest.raises(Failed, match="no such thing"):
        run([sys.executable, "-c", "raise SystemExit('no such thing')"])
    with pytest.raises(Failed, match="missing"):
        run(["/no/such/program"])
    with pytest.raises(Failed, match="signal 9"):
        run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    begin = time.perf_counter()
    with pytest.raises(Failed, match="stopped after"):
        run([sys.executable, "-c", "import time; time.sleep(1000)"], timeout=0.3)
    assert time.perf_counter() - begin < 500


def test_one_that_fails_is_a_line_and_the_others_go_on(tmp_path: Path) -> None:
    def python(text: str) -> list[str]:
        return [sys.executable, "-c", text]

    some = Measurement("build", "What it does", (
        Contender(OURS, lambda p: python("pass")),
        Contender("broken", lambda p: python("raise SystemExit('out of order')")),
        Contender("absent", lambda p: python("pass"), needs=lambda p: p.root / "absent"),
        Contender("too small", lambda p: python("pass"), most=10),
    ))  # fmt: skip
    results = list(measure(some, Place(tmp_path, 10_000, 60), rounds=2))
    assert [(each.who, each.runs, each.failed) for each in results] == [
        (OURS, 2, ""),
        ("broken", 0, "out of order"),
        ("absent", 0, "there is no absent"),
    ]
    assert results[0].ratio == 1


# ---- Reports


def test_a_table_is_in_line_and_a_failure_is_a_row_of_it() -> None:
    assert markdown(("who", "s"), [("ours", "1.00"), ("theirs", "12.00")]).splitlines() == [
        "| who    |     s |",
        "|--------|-------|",
        "| ours   |  1.00 |",
        "| theirs | 12.00 |",
    ]
    text = markdown(("who", "s", "MiB"), [("a", "1", "2"), ("longer", "failed: no")])
    assert text.splitlines()[-2:] == ["| a      | 1 |   2 |", "| longer | failed: no |"]


def test_other_rows_are_told() -> None:
    rows = [Result(1, "ask", "roles", who, rows=n) for who, n in ((OURS, 3), ("a", 3), ("b", 4))]
    assert differing(rows) == [f"roles: b has 4, {OURS} 3"]


def test_goals_are_met_or_missed(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [{"name": "load", "seconds": 8.0, "cpu": 10.0}]
    judge([
        Result(10**7, "build", "", OURS, seconds=50, wall=40, memory=3 * 2**30,
               told={"steps": steps}),
        Result(10**7, "build", "", "oxigraph load", seconds=9, wall=4),
        Result(10**5, "ask", "roles", OURS, wall=0.001),
        Result(10**7, "ask", "roles", OURS, wall=0.003),
    ])  # fmt: skip
    rows = [
        [cell.strip() for cell in line.split("|")[1:5]]
        for line in capsys.readouterr().out.splitlines()
    ]
    assert ["load step: CPU rate / oxigraph's at 10^7", "0.90", ">= 0.8", "met"] in rows
    assert ["load step: wall rate / oxigraph's at 10^7", "0.50", ">= 0.8", "MISSED"] in rows
    assert ["build at 10^7: memory, GiB", "3.00", "<= 4", "met"] in rows
    assert ["roles at 10^7 / at 10^5", "3.00", "<= 2", "MISSED"] in rows
    assert ["a path: median ms", "not measured", "", ""] in rows
    assert power(10**6) == "10^6"


def test_a_picture_has_a_line_for_each_who_in_order_of_size() -> None:
    panel = Panel("load", "CPU s", "build", "", lambda result: result.seconds)
    results = [
        Result(10**5, "build", "", OURS, seconds=2), Result(10**4, "build", "", OURS, seconds=1),
        Result(10**4, "build", "", "b", failed="no"), Result(10**4, "open", "", OURS, seconds=7),
    ]  # fmt: skip
    assert points(panel, results) == {OURS: [(10**4, 1), (10**5, 2)]}


@pytest.mark.slow
@pytest.mark.long
def test_the_whole_command_measures_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    without = ["Virtuoso", *([] if LONG else [f"{OURS}, the five best", f"{OURS}, any length"])]
    command = [
        sys.executable, "-m", "bench", "--sizes", "1e4", "--repeat", "1", "--without", *without,
        "--only", "memory", "open", "select", "paths", "--place", str(tmp_path / "place"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stderr
    for title in (each.title for each in MEASUREMENTS if each.name in command):
        assert title in done.stdout
    for who in (f"{OURS}, memory", "oxigraph, memory", "rdflib", "networkx, any length"):
        line = next(line for line in done.stdout.splitlines() if f"| {who} " in line)
        assert "failed" not in line, line
    assert "Another number of rows" not in done.stdout
    assert list((tmp_path / "place").iterdir()) == []
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.long
def test_each_kind_of_page_is_measured() -> None:
    size = ["--claims", "2000", *([] if LONG else ["--rivals", "30"])]
    command = [sys.executable, "-m", "bench.pages", "--only", "legislature", *size]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1000)
    assert done.returncode == 0, done.stderr
    rows = [line.split(" | ") for line in done.stdout.splitlines() if line.startswith("| ")]
    cells = {row[0].removeprefix("| "): row[1] for row in rows[2:]}
    assert cells.keys() == pages.PAGES.keys()
    wrong = {kind for kind, cell in cells.items() if re.search(r"\([A-Z]", cell)}
    assert wrong == {
        "list, page 20",  # these a small graph does not have
        "disagreements, page 2",
        "… its disagreements",
        "list, a facet that is not there",
        "list, a kind that is not there",
        "nothing there",
    }
