"""The command line as its users meet it: output, exit codes, and what goes wrong."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from allgraph.cli import COMMANDS, tour_text
from allgraph.cli.session import Session
from allgraph.graph import open_graph
from tests.conftest import MakeFolder
from tests.support.commands import ALLGRAPH, environment, run, run_anew
from tests.support.waiting import PATIENCE, until


def obey_control_c() -> None:
    """In the child: a background job may have inherited that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A small graph folder of one's own."""
    (tmp_path / "data").mkdir()
    (tmp_path / "queries").mkdir()
    (tmp_path / "allgraph.toml").write_text(
        'format = 1\ntitle = "Two clubs"\nbase = "https://example.org/clubs/"\n'
    )
    (tmp_path / "data" / "clubs.ttl").write_text(CLUBS)
    yield tmp_path


CLUBS = """\
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix id: <https://example.org/clubs/id/> .
@prefix claim: <https://example.org/clubs/claim/> .
@prefix source: <https://example.org/clubs/source/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

id:ada a ag:Person ; rdfs:label "Ada Example" .
id:ada-the-other a ag:Person ; rdfs:label "Ada Other" .
id:club-one a ag:Organization ; rdfs:label "The Club" .
id:club-two a ag:Organization ; rdfs:label "the club" .
source:paper a ag:Source ; rdfs:label "A paper" ;
    prov:specializationOf <https://example.org/paper> ; ag:read "2020-01-01"^^edtf:EDTF .
claim:one a ag:Claim ; rdf:subject id:ada ; rdf:predicate ag:founded ; rdf:object id:club-one ;
    ag:when "1999"^^edtf:EDTF ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:paper ] .
"""


def test_help_lists_every_command_with_a_sentence() -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in ("tour", "ask", "test", "validate", "sparql", "find", "show"):
        assert f"\n  {command} " in done.stdout
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    summaries = lines[lines.index("Commands:") + 1 : lines.index("Environment:") - 1]
    assert len(summaries) == len(COMMANDS)
    assert all(line.endswith(".") and not line.endswith("..") for line in summaries)


def test_help_cuts_no_summary_in_a_narrow_terminal() -> None:
    text = run("--help", COLUMNS="50").stdout
    assert "..." not in text.partition("Commands:")[2]


def test_version_names_every_part() -> None:
    done = run("--version")
    assert done.returncode == 0
    for part in ("allgraph ", "built-in graph ", "ontology ", "engine pyoxigraph ", "Python "):
        assert part in done.stdout


def test_tour_answers_with_sources_and_fits_the_terminal() -> None:
    done = run("tour")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("$ allgraph ask") >= 7
    assert done.stdout.count("source: ") >= 20
    assert max(map(len, done.stdout.splitlines())) <= 90
    assert "No triple" not in done.stdout and "Traceback" not in done.stderr


def test_the_tour_says_what_is_only_possible_and_keeps_the_order_of_answers() -> None:
    office = "Executive Director of the Model Alliance"
    asked = ("office-on-day", {"day": "2013-10-21", "office": office})
    block = " ".join(tour_text._answer_block(open_graph(), 3, "Who?", *asked, 80).split())
    assert block.count("Possible on that day, not certain.") == 2
    text = " ".join(run("tour").stdout.split())
    history = text[text.index("How did it become law?") : text.index("Who signed the letter")]
    days = ["on 16 May 2013.", "on 3 June 2013.", "on 4 June 2013."]
    places = [history.index(day) for day in days]
    assert places == sorted(places) and "became law" not in history[: places[-1]]
    pairs = text[text.index("Where do sources contradict") :]
    ends = ("31 December 2022.", "until 1 January 2023", "in 2009.", "31 December 2012.")
    places = [pairs.index(end) for end in ends]  # rivals stand beside each other
    assert places == sorted(places)


def test_the_commands_of_the_tour_work() -> None:
    lines = run("tour").stdout.splitlines()
    commands = [line.split("$ allgraph ", 1)[1] for line in lines if "$ allgraph ask" in line]
    import shlex

    for command in commands:
        assert run(*shlex.split(command)).returncode == 0, command


def test_ask_lists_the_questions_as_text_and_json() -> None:
    text, data = run("ask"), json.loads(run("ask", "--format", "json").stdout)
    assert len(data) >= 20
    for question in data:
        assert question["name"] in text.stdout
        assert set(question) == {"name", "help", "group", "parameters", "columns"}
        for parameter in question["parameters"]:
            assert set(parameter) == {"name", "type", "help", "required", "default", "choices"}


def test_ask_json_is_what_other_tools_read() -> None:
    import io

    import rdflib
    import rdflib.query
    from SPARQLWrapper import JSON
    from SPARQLWrapper.Wrapper import QueryResult

    text = run("ask", "founders", "--body", "Model Alliance", "--format", "json").stdout
    rows = rdflib.query.Result.parse(io.BytesIO(text.encode()), format="json")
    assert {str(row[rdflib.Variable("name")]) for row in rows.bindings} == {"Sara Ziff"}

    class Response(io.BytesIO):
        def info(self) -> dict[str, str]:
            return {"content-type": "application/sparql-results+json"}

    response: Any = Response(text.encode())
    wrapped = QueryResult((response, JSON)).convert()
    assert isinstance(wrapped, dict)
    assert wrapped["results"]["bindings"][0]["name"]["value"] == "Sara Ziff"


def test_ask_csv_is_the_standards() -> None:
    text = run("ask", "founders", "--body", "Model Alliance", "--format", "csv").stdout
    head, first, *_ = text.split("\r\n") if "\r\n" in text else text.split("\n")
    assert head == "thing,name,when,claim,dateClaim"
    assert first.startswith("https://w3id.org/allgraph/id/sara-ziff,Sara Ziff,")


def test_every_table_fits_eighty_columns() -> None:
    for question in json.loads(run("ask", "--format", "json").stdout):
        if any(p["required"] for p in question["parameters"]):
            continue
        done = run("ask", question["name"])
        assert done.returncode == 0
        assert max(map(len, done.stdout.splitlines())) <= 80, question["name"]


def test_sources_are_shown_per_row_and_as_json() -> None:
    text = run("ask", "founders", "--body", "Model Alliance", "--sources").stdout
    assert "\nwhen: February 2012\n" in text  # as in the table without them
    assert "Source: Model Alliance, an article (text as given), characters" in text
    data = json.loads(
        run("ask", "founders", "--body", "Model Alliance", "--sources", "--format", "json").stdout
    )
    assert data["complete"] is True
    for row in data["rows"]:
        assert row["claims"] and all(claim["sources"] for claim in row["claims"])


@pytest.mark.parametrize("format", ["csv", "tsv", "jsonl"])
def test_sources_are_rows_of_tables(format: str) -> None:
    """Each piece of evidence is a row, after the columns of the answer."""
    founders = ("ask", "founders", "--body", "Model Alliance", "-f")
    plain, cited = (run(*founders, name).stdout for name in (format, "json"))
    told = json.loads(run(*founders, "json", "--sources").stdout)
    text = run(*founders, format, "--sources").stdout
    count = sum(len(claim["sources"]) for row in told["rows"] for claim in row["claims"])
    assert len(text.splitlines()) == count + (format != "jsonl")
    assert json.loads(cited)["head"]["vars"] == told["columns"]
    if format == "csv":
        rows = [*csv.DictReader(text.splitlines())]
        assert [*rows[0]][: len(told["columns"])] == told["columns"]
        assert {row["citedPage"] for row in rows} == {
            source["page"] for row in told["rows"] for claim in row["claims"]
            for source in claim["sources"]
        }  # fmt: skip
        assert all(row["citedSentence"] and row["citedSource"] for row in rows)
        assert text.splitlines()[0].startswith(plain.splitlines()[0])


def test_sources_for_a_spreadsheet() -> None:
    done = run("ask", "conflicts", "--sources", "-f", "csv", "--for-spreadsheet")
    assert done.stdout.startswith('\ufeff"') and '"citedSource"' in done.stdout


@pytest.mark.parametrize("more", [(), ("--sources",), ("-f", "csv"), ("-f", "csv", "--sources")])
def test_a_limit_of_rows_says_that_it_was_hit(more: tuple[str, ...]) -> None:
    whole = run("ask", "conflicts", *more)
    assert "Cut" not in whole.stderr
    cut = run("ask", "conflicts", "--limit", "2", *more)
    assert cut.returncode == 0 and len(cut.stdout) < len(whole.stdout)
    assert whole.stdout.startswith(cut.stdout.rstrip("\n")) or not more
    assert re.search(
        r"Cut: the first 2 rows of \d+; ask for more with --limit\.$", cut.stderr, re.MULTILINE
    )
    enough = run("ask", "conflicts", "--limit", "1000", *more)
    assert (enough.stdout, enough.stderr) == (whole.stdout, whole.stderr)


def test_a_parameter_may_be_called_session() -> None:
    session = ("--session", "id:ny-legislature-2023-2024")
    done = run("ask", "bills-of-a-session", *session, "-f", "csv")
    assert done.returncode == 0 and "id/ny-2023-s9832" in done.stdout


def test_a_cursor_leads_on_and_a_wrong_one_is_an_error() -> None:
    command = ("ask", "conflicts", "-f", "csv", "--limit", "2")
    whole = run(*command[:4]).stdout.splitlines()[1:]
    first = run(*command)
    rows, more = first.stdout.splitlines()[1:], re.search(r"Next: (--cursor) (\S+)", first.stderr)
    while more:
        part = run(*command, *more.groups())
        rows += part.stdout.splitlines()[1:]
        more = re.search(r"Next: (--cursor) (\S+)", part.stderr)
    assert rows == whole and len(whole) > 2
    wrong = run(*command, "--cursor", "2.0123456789abcdef")
    assert wrong.returncode == 2 and "cursor: " in wrong.stderr


def test_rows_are_filtered_and_sorted() -> None:
    command = ("ask", "board-members", "--body", "Model Alliance", "-f", "csv")
    done = run(*command, "--where", "name:contains:son", "--where", "when:empty", "--sort=-name")
    header, *rows = done.stdout.splitlines()
    names = [row.split(",")[header.split(",").index("name")] for row in rows]
    assert names == sorted(names, reverse=True) and "Karen Elson" in names
    wrong = run(*command, "--sort", "nobody")
    assert wrong.returncode == 2 and "has no column “nobody”; there are thing, name" in wrong.stderr


def test_a_question_may_have_parameters_called_as_what_sorts(make_folder: MakeFolder) -> None:
    question = (
        "# Q\n# $columns  text  C.\n# $conditions  text  D.\n# $sort  text  S. []\n"
        "SELECT ?x { VALUES ?y { 2 1 } BIND(CONCAT($columns, $conditions, STR(?y)) AS ?x) "
        "FILTER(COALESCE($sort = $sort, true)) }"
    )
    folder = make_folder({"queries/of.rq": question})
    done = run(
        "--graph", str(folder), "ask", "of", "--columns", "a", "--conditions", "b", "--sort", "c",
        "--where", "x:is:ab2", "-f", "csv",
    )  # fmt: skip
    assert done.stdout.split() == ["x", "ab2"], done.stderr


def test_json_of_cut_rows_is_not_complete() -> None:
    cut = run("ask", "conflicts", "--limit", "1", "--sources", "-f", "json")
    told = json.loads(cut.stdout)
    assert not told["complete"] and "the first 1 row of" in told["limits"][0]
    assert len(told["rows"]) == 1


def test_a_parameter_called_limit_is_no_number_of_rows(make_folder: MakeFolder) -> None:
    select = "SELECT ?x { VALUES ?x { 1 2 3 } FILTER(?x <= $limit) }"
    text = f"# What?\n#\n# $limit number The most.\n{select}"
    folder = make_folder({"queries/few.rq": text})
    done = run("--graph", str(folder), "ask", "few", "--limit", "2", "-f", "csv")
    assert done.stdout.split() == ["x", "1", "2"]


def test_a_source_is_shown_with_what_it_supports() -> None:
    name = "Olshan Law, alert on the child model law"
    text = run("show", name).stdout
    told = json.loads(run("show", name, "-f", "json").stdout)
    asked = json.loads(run("ask", "from-source", "--source", name, "-f", "json").stdout)
    claims = {row["claim"]["value"].rpartition("/")[2] for row in asked["results"]["bindings"]}
    assert {claim["claim"].partition(":")[2] for claim in told["supports"]} == claims
    assert f"It supports {len(claims)} claims:" in text and "Nothing is claimed" not in text
    assert all(claim["sentence"].split()[-1] in text for claim in told["supports"])
    page = run("show", "https://www.olshanlaw.com/newsroom/alerts/NY-Labor-Law-Child-Models").stdout
    assert text[text.index("It supports") :] == page[page.index("It supports") :]


def test_a_claim_is_shown_with_its_evidence_and_how_to_cite_it() -> None:
    text = run("show", "claim:rocha-key-person").stdout
    told = json.loads(run("show", "claim:rocha-key-person", "-f", "json").stdout)
    assert "\n    https://en.wikipedia.org/wiki/Model_Alliance\n" in text
    assert text.endswith("Cite it: allgraph cite claim:rocha-key-person\n")
    assert [source["page"] for source in told["claim"]["sources"]]


@pytest.mark.parametrize(
    "command",
    [
        ("show", "Coco Rocha"),
        ("paths", "Coco Rocha", "Andrew Cuomo"),
        ("between", "Coco Rocha", "Karen Elson"),
        ("ask", "key-people", "--body", "Model Alliance", "--sources"),
    ],
)
def test_sources_have_their_addresses(command: tuple[str, ...]) -> None:
    lines = [line.strip() for line in run(*command).stdout.splitlines()]
    assert "https://en.wikipedia.org/wiki/Model_Alliance" in lines


@pytest.mark.parametrize(
    ("name", "head"), [("Model Alliance", "an organisation"), ("Coco Rocha", "a person")]
)
def test_a_kind_has_its_article(name: str, head: str) -> None:
    assert run("show", name).stdout.splitlines()[0] == f"{name}, {head}"


def test_find_and_show() -> None:
    assert "Gisele Bündchen" in run("find", "BUNDCHEN").stdout
    found = json.loads(run("find", "elson", "--format", "json").stdout)
    assert [thing["curie"] for thing in found] == ["id:karen-elson"]
    shown = json.loads(run("show", "Karen Elson", "--format", "json").stdout)
    assert shown["name"] == "Karen Elson" and len(shown["claims"]) >= 4
    both_ways = run("show", "id:model-alliance-advisory-board").stdout
    assert "has had Shalom Harlow serve on it" in both_ways


def test_show_is_the_same_every_time() -> None:
    assert run_anew("show", "Sara Ziff").stdout == run_anew("show", "Sara Ziff").stdout


def test_sensitive_claims_appear_only_when_asked_for() -> None:
    default = run("show", "Sara Ziff").stdout
    asked = run("--include-sensitive", "show", "Sara Ziff").stdout
    assert "an account of" in asked and "account of" not in default
    for arguments in (("tour",), ("validate",), ("validate", "--format", "json")):
        assert "account of" not in run(*arguments).stdout
    count = "SELECT (COUNT(*) AS ?n) { ?c a ag:Claim }"
    default_count = int(run("sparql", count, "-f", "csv").stdout.split()[1])
    assert f"{default_count} claims" in run("validate").stdout


def test_sparql_takes_text_file_and_standard_input(tmp_path: Path) -> None:
    query = "SELECT ?name { id:sara-ziff rdfs:label ?name }"
    file = tmp_path / "q.rq"
    file.write_text(query)
    outputs = {
        run("sparql", query).stdout,
        run("sparql", str(file)).stdout,
        run("sparql", "-", stdin=query).stdout,
        run("sparql", stdin=query).stdout,
    }
    assert len(outputs) == 1 and "Sara Ziff" in outputs.pop()


def test_sparql_forms_and_formats() -> None:
    assert run("sparql", "ASK { id:sara-ziff a ag:Person }").returncode == 0
    no = run("sparql", "ASK { id:sara-ziff a ag:Bill }")
    assert (no.returncode, no.stdout) == (1, "no\n")
    construct = "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o . ?s a ag:Bill }"
    for format in ("table", "turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld"):
        assert "5486" in run("sparql", construct, "-f", format).stdout
    assert run("sparql", "DESCRIBE id:sara-ziff", "-f", "ttl").stdout.startswith("@prefix")


def test_validate_reports_file_and_line(folder: Path) -> None:
    assert run("--graph", str(folder), "validate").returncode == 0
    data = folder / "data" / "clubs.ttl"
    data.write_text(CLUBS.replace('"1999"^^edtf:EDTF', '"1999-13"^^edtf:EDTF'))
    done = run("--graph", str(folder), "validate", "--format", "json", cwd=folder)
    report = json.loads(done.stdout)
    assert done.returncode == 1 and not report["ok"]
    line = CLUBS[: CLUBS.index('"1999"')].count("\n") + 1
    wrong = [f for f in report["findings"] if f["severity"] == "Violation"]
    assert {(f["file"], f["line"]) for f in wrong} == {("data/clubs.ttl", line)}


def test_a_broken_file_is_one_finding_and_the_others_are_checked(folder: Path) -> None:
    (folder / "data" / "broken.ttl").write_text("@prefix x: <http://x/> .\nx:a x:b \n\nx:c x:d .\n")
    (folder / "data" / "clubs.ttl").write_text(
        CLUBS.replace("rdf:object id:club-one", "rdf:object id:clubone")
    )
    report = json.loads(run("--graph", str(folder), "validate", "-f", "json", cwd=folder).stdout)
    broken = [f for f in report["findings"] if f["file"] == "data/broken.ttl"]
    assert len(broken) == 1 and broken[0]["line"] and broken[0]["shape"] == "syntax"
    assert any("clubone" in f["message"] for f in report["findings"])


def test_the_nearest_folder_is_used_and_said(folder: Path) -> None:
    done = run("find", "ada", cwd=folder / "data")
    assert "Ada Example" in done.stdout and "Two clubs" in done.stderr


def test_own_questions_beside_inherited_ones(folder: Path) -> None:
    (folder / "queries" / "clubs.rq").write_text(
        "# Which clubs are there?\n#\n# Absence: a list of things\n# Example:\n"
        "SELECT ?name { ?club a ag:Organization ; rdfs:label ?name } ORDER BY ?name\n"
    )
    graph = ("--graph", str(folder))
    assert "clubs " in run(*graph, "ask").stdout and "founders" in run(*graph, "ask").stdout
    assert "Ada Example" in run(*graph, "ask", "founders", "--body", "id:club-one").stdout
    assert run(*graph, "test").returncode == 1
    assert run(*graph, "test", "--update").returncode == 0
    assert (folder / "queries" / "clubs.1.csv").read_text() == "name\nThe Club\nthe club\n"
    assert run(*graph, "test").stdout == "1 passed, 0 failed\n"


BAD = {
    "unknown command": (["nonsense"], 2, "No such command"),
    "unknown question": (["ask", "foundes"], 2, "did you mean founders"),
    "unknown name": (["show", "Nobody Atall"], 2, "nothing is named “Nobody Atall”"),
    "unknown name, a near one": (["show", "Karen Elsen"], 2, "did you mean Karen Elson?"),
    "unknown IRI": (["show", "id:nobody"], 2, "nothing is named “id:nobody”"),
    "missing parameter": (["ask", "founders"], 2, "“founders” needs body"),
    "unknown parameter": (["ask", "founders", "--boddy", "x"], 2, "--boddy"),
    "bad date": (["ask", "office-on-day", "--day", "2013-02-30"], 2, "February 2013 has 28 days"),
    "inexact date": (["ask", "office-on-day", "--day", "2013"], 2, "is not one day"),
    "bad format": (
        ["ask", "founders", "--body", "Model Alliance", "-f", "ttl"],
        2,
        "there are table",
    ),
    "format of triples": (
        ["sparql", "DESCRIBE id:sara-ziff", "-f", "csv"],
        2,
        "there are table, turtle",
    ),
    "bad SPARQL": (["sparql", "SELECT * WHERE {\n ?s ?p }"], 2, "line 2, column"),
    "undeclared prefix": (["sparql", "ASK { ex:a ?p ?o }"], 2, "the prefix “ex:” is not declared"),
    "update": (["sparql", "DELETE WHERE { ?s ?p ?o }"], 2, "line 1, column 1: DELETE is an update"),
    "a query file that is not there": (["sparql", "no.rq"], 2, "no.rq: cannot be read: No such"),
    "another one": (["sparql", "my queries/no.rq"], 2, "my queries/no.rq: cannot be read: No such"),
    "a folder for a query file": (["sparql", "/tmp"], 2, "/tmp: cannot be read: Is a directory"),
    "a long wrong query": (["sparql", "SELCT " + "?s " * 200], 2, "did you mean SELECT?"),
    "empty query": (["sparql", ""], 2, "line 1, column"),
    "SERVICE": (
        ["sparql", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"],
        2,
        "SERVICE",
    ),
    "time-out": (["--timeout", "0.5", "sparql", ENDLESS], 3, "stopped after 0.5 s"),
    "deep nesting": (["sparql", "ASK " + "{" * 5000 + "}" * 5000], 2, "nested more than 250 deep"),
    "no such folder": (["--graph", "/nonexistent", "ask"], 2, "there is no folder"),
    "no manifest": (["--graph", "/tmp", "ask"], 2, "has no allgraph.toml"),
    "no rows at all": (["ask", "conflicts", "--limit", "0"], 2, "0 is not in the range x>=1"),
    "negative time-out": (["--timeout", "-1", "sparql", "ASK {}"], 2, "-1"),
    "export without a format": (["export", "graph"], 2, "cannot be written as “”; there are csv"),
    "export to an unknown format": (["export", "graph.docx"], 2, "cannot be written as “docx”"),
    "export to no folder": (["export", "no/graph.ttl"], 2, "no/graph.ttl: cannot be written: No"),
    "export onto a folder": (["export", ".", "-f", "ttl"], 2, ".: cannot be written: Is a"),
    "a spreadsheet of triples": (
        ["export", "graph.ttl", "--for-spreadsheet"], 2, "only CSV"
    ),
    "a spreadsheet of a table": (
        ["ask", "founders", "--body", "Model Alliance", "--for-spreadsheet"], 2, "only rows as CSV"
    ),
    "derived claims": (["export", "claims.csv", "--derived"], 2, "choose an RDF format"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(case: str, tmp_path: Path) -> None:
    arguments, code, words = BAD[case]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr
    ours = [line for line in done.stderr.splitlines() if line.startswith(("allgraph:", "Error:"))]
    assert len(ours) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("length", [200, 255, 256, 900, 999, 1000, 5000])
def test_a_query_of_one_long_line_is_no_path(length: int) -> None:
    done = run("sparql", "ASK {} #".ljust(length, "x"))
    assert (done.returncode, done.stdout) == (0, "yes\n"), done.stderr


def test_a_mistake_in_a_query_is_shown_below_the_message(tmp_path: Path) -> None:
    text = "SELECT *\nWHER { ?s ?p ?o }"
    shown = "“WHER” is not SPARQL here; did you mean WHERE?\n  WHER { ?s ?p ?o }\n  ^\n"
    assert run("sparql", text).stderr.endswith(f"allgraph: line 2, column 1: {shown}")
    (tmp_path / "q.rq").write_text(text)
    done = run("sparql", "q.rq", cwd=tmp_path)
    assert done.stderr.endswith(f"allgraph: q.rq:2: column 1: {shown}")


def test_a_query_about_nothing_gets_a_warning_beside_its_answer(tmp_path: Path) -> None:
    text = "SELECT ?s { ?s a ag:Persn }"
    (tmp_path / "q.rq").write_text(text)
    for arguments, place in (([text], "line 1, column 18"), (["q.rq"], "q.rq:1: column 18")):
        done = run("sparql", *arguments, "-f", "csv", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "s\r\n")
        warning = f"warning: {place}: the graph has no ag:Persn; did you mean ag:Person?"
        assert f"allgraph: {warning}\n" in done.stderr


def test_an_ambiguous_name_lists_the_candidates(folder: Path) -> None:
    done = run("--graph", str(folder), "show", "THE CLUB")
    assert done.returncode == 2
    assert re.search(r"several things: id:club-one \(.*\), id:club-two \(.*\)", done.stderr)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"SELECT * {\n \xff }", ":2: not UTF-8"),
        (b"SELECT * { ?s ?p ", "q.rq:1: column 17: not SPARQL here; expected"),
    ],
)
def test_a_bad_query_file_is_named(text: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_bytes(text)
    done = run("sparql", str(file))
    assert done.returncode == 2 and words in done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"@prefix x: <http://x/> .\nx:a x:b \xff .\n", "data/bad.ttl:2: not UTF-8"),
        (b"<http://x/a> <http://x/b>\n  .\n", "data/bad.ttl:2: not Turtle"),
        (b"\x00", "data/bad.ttl:1: not Turtle"),
    ],
)
def test_broken_data_elsewhere_is_bad_input(folder: Path, text: bytes, words: str) -> None:
    (folder / "data" / "bad.ttl").write_bytes(text)
    done = run("find", "ada", cwd=folder)
    assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr
    assert run("validate", cwd=folder).returncode == 1


def test_unreadable_data_is_named(folder: Path) -> None:
    (folder / "data" / "dir.ttl").mkdir()
    done = run("find", "ada", cwd=folder)
    assert done.returncode == 2 and "data/dir.ttl: cannot be read" in done.stderr


def test_service_in_a_question_is_an_error(folder: Path) -> None:
    (folder / "queries" / "away.rq").write_text(
        "# What is elsewhere?\nSELECT ?claim {\n SERVICE <http://127.0.0.1:9/> { ?claim ?p ?o } }\n"
    )
    done = run("ask", "away", cwd=folder)
    assert done.returncode == 2 and "queries/away.rq:3: SERVICE" in done.stderr


def works(process: int) -> bool:
    """Whether a command has a child that works on its query."""
    done = subprocess.run(["ps", "-o", "ppid=,time=", "-A"], capture_output=True, text=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return any(int(parent) == process and re.search("[1-9]", time) for parent, time in rows)


def test_control_c_ends_an_endless_query_within_a_second() -> None:
    process = subprocess.Popen(
        [ALLGRAPH, "sparql", ENDLESS], cwd="/", env=environment(), start_new_session=True,
        preexec_fn=obey_control_c,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until(lambda: works(process.pid))
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert out == b"" and b"Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_control_c_to_the_command_alone_ends_its_child_too() -> None:
    process = subprocess.Popen(
        [ALLGRAPH, "sparql", ENDLESS], cwd="/", env=environment(), start_new_session=True,
        preexec_fn=obey_control_c,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: works(process.pid))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_a_broken_pipe_is_silent() -> None:
    command = f"{ALLGRAPH} sparql 'SELECT * {{ ?s ?p ?o }}' -f csv | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd="/", env=environment(), capture_output=True,
        check=False,
    )  # fmt: skip
    assert done.stdout.count(b"\n") == 1
    assert b"Traceback" not in done.stderr and b"Broken" not in done.stderr


def test_export_writes_files_and_standard_output(tmp_path: Path) -> None:
    done = run("export", "graph.ttl", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    text = (tmp_path / "graph.ttl").read_text(encoding="utf-8")
    assert run("export", "-").stdout == text == run("export", "-", "-f", "turtle").stdout
    assert run("export", "-", "--derived", "-f", "nq").stdout.count("ns#derived> .") > 300
    assert run("--include-sensitive", "export", "-").stdout != text
    assert [path.name for path in tmp_path.iterdir()] == ["graph.ttl"]


def test_csv_for_a_spreadsheet(tmp_path: Path) -> None:
    query = 'SELECT ("=1+1" AS ?x) { }'
    assert run("sparql", query, "-f", "csv").stdout == "x\r\n=1+1\r\n"
    safe = run("sparql", query, "-f", "csv", "--for-spreadsheet").stdout
    assert safe == '\ufeff"x"\r\n"\'=1+1"\r\n'
    asked = run("ask", "founders", "--body", "Model Alliance", "-f", "csv", "--for-spreadsheet")
    assert asked.stdout.startswith('\ufeff"thing","name"')
    assert run("export", "-", "-f", "csv", "--for-spreadsheet").stdout.startswith('\ufeff"claim"')


def test_a_day_before_all_dates_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    session = Session(str(folder))
    for day, is_told in {"0900-01-01": True, "2024-01-01": False}.items():
        session.graph_on(day)
        told = f"as-of: {day} is before all dates in this graph" in capsys.readouterr().err
        assert told == is_told


def test_questions_answer_as_of_a_day() -> None:
    rows = run("ask", "office-on-day", "--day", "2013-10-21", "-f", "jsonl").stdout
    assert "Andrew Cuomo" in rows
    asked = ("ask", "bill-makers", "--bill", "S.5486", "-f", "jsonl", "--as-of")
    assert run(*asked, "2000-01-01").stdout == ""
    certain = run(*asked, "2014-01-01").stdout.splitlines()
    assert {json.loads(row)["certainty"] for row in certain} == {"certain"}
    possible = run(*asked, "2013-06-15", "--possible").stdout.splitlines()
    assert "possible" in {json.loads(row)["certainty"] for row in possible}
    assert (
        run("sparql", "ASK { ?who ag:signedIntoLaw ?b }", "--as-of", "2000-01-01").returncode == 1
    )
    assert run("ask", "conflicts", "--possible").returncode == 2
    assert run("ask", "conflicts", "--as-of", "2013").returncode == 2
    counted = run("ask", "single-source", "--as-of", "2013-07-01", "--possible")
    note = re.search(r"(\d+) .*rows.*: (\d+) certain, (\d+) possible\.", counted.stderr)
    assert note and int(note[1]) == int(note[2]) + int(note[3])
    cited = run("ask", "founders", "--body", "Model Alliance", "--as-of", "2011-06-01",
                "--possible", "--sources", "-f", "json")  # fmt: skip
    assert json.loads(cited.stdout)["certainty"] == {"certain": 0, "possible": 1}


def test_answers_as_lines_of_json() -> None:
    lines = run("ask", "founders", "--body", "Model Alliance", "-f", "jsonl").stdout.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["Sara Ziff", "Sara Ziff"]


def test_export_of_poison_ends(folder: Path) -> None:
    nodes = [f"_:n{i}" for i in range(12)]
    text = " ".join(f"{a} ag:p {', '.join(b for b in nodes if b != a)} ." for a in nodes)
    (folder / "data" / "poison.ttl").write_text(f"@prefix ag: <urn:x:> . {text}")
    done = run("--timeout", "1", "export", "out.nq", cwd=folder)
    assert done.returncode == 3 and "too many with the same triples; give them IRIs" in done.stderr
    assert not (folder / "out.nq").exists()


HEAVY = {
    "rdflib",
    "pyshacl",
    "pandas",
    "polars",
    "pyarrow",
    "networkx",
    "numpy",
    "SPARQLWrapper",
    "multiprocessing",
    "starlette",
    "urllib.request",
    "http",
    "email",
    "ssl",
    "socket",
    "importlib.metadata",
    "allgraph.folder.snapshot.directory",
    "allgraph.graph.claims",
    "allgraph.sparql.endpoint.engine",
    "allgraph.validation.report",
}
MOST_OWN, MOST_OTHERS = 60, 180
"""How many modules a command may import: of the package, and others with what Python itself has."""


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "founders", "--body", "Model Alliance"],
        ["find", "rocha"],
    ],
)
def test_no_heavy_library_is_imported_that_a_command_does_not_need(arguments: list[str]) -> None:
    code = (
        "import atexit, sys\nfrom allgraph.cli import cli\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        f"cli.main({arguments!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/",
        env=environment(),
    )  # fmt: skip
    modules = {name for name in done.stderr.split() if name.isidentifier() or "." in name}
    assert not HEAVY & modules
    own = {name for name in modules if name.partition(".")[0] == "allgraph"}
    assert 30 < len(own) <= MOST_OWN and len(modules - own) <= MOST_OTHERS


def test_python_m_allgraph_is_the_same() -> None:
    command = [sys.executable, "-m", "allgraph", "find", "rocha"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    assert done.stdout == run("find", "rocha").stdout


def completed(*words: str, cwd: Path | None = None) -> list[str]:
    """What zsh would offer for the last word."""
    line = " ".join(["allgraph", *words])
    more = {"_ALLGRAPH_COMPLETE": "zsh_complete", "COMP_LINE": line}
    done = subprocess.run(
        [ALLGRAPH], env=environment(**more), cwd=cwd or "/", capture_output=True, text=True
    )
    assert done.stderr == ""
    return [offer.partition("\t")[0] for offer in done.stdout.splitlines()[1:]]


def test_the_shell_completes_commands_questions_parameters_and_things(folder: Path) -> None:
    assert {"ask", "show", "validate"} <= set(completed(""))
    assert "founders" in completed("ask", "fou")
    assert "--body" in completed("ask", "founders", "--b")
    assert completed("ask", "founders", "--body", "id:sara") == ["id:sara-ziff"]
    assert "Karen Elson" in completed("show", "kar")
    assert completed("ask", "by-confidence", "--confidence", "m") == ["medium"]
    assert completed("--graph", str(folder), "show", "id:club") == ["id:club-one", "id:club-two"]
    assert completed("--graph", "/nonexistent", "show", "id:c") == []


def test_options_of_all_commands_stand_before_and_after_the_command(folder: Path) -> None:
    asked = run("--graph", str(folder), "-q", "ask", "founders", "--body", "id:club-one", "-fcsv")
    assert "Ada Example" in asked.stdout and asked.stderr == ""
    for command in (
        ("ask", "founders", "--graph", str(folder), "--body", "id:club-one", "-fcsv", "-q"),
        ("ask", f"--graph={folder}", "founders", "--quiet", "--body", "id:club-one", "-fcsv"),
        ("ask", "-q", "founders", "--body", "id:club-one", "-fcsv", f"-g{folder}"),
        ("-g", str(folder), "ask", "founders", "--body", "id:club-one", "-fcsv", "-g",
         str(folder), "--timeout", "90", "-q"),
    ):  # fmt: skip
        done = run(*command)
        assert (done.stdout, done.stderr, done.returncode) == (asked.stdout, "", 0), command
    assert run("find", "ada", "-g", str(folder), ALLGRAPH_GRAPH="/nowhere").returncode == 0


def test_an_option_given_twice_is_an_error_unless_it_is_the_same() -> None:
    done = run("--graph", "/tmp", "ask", "-g", "/usr")
    assert done.returncode == 2 and "--graph is given twice: /tmp and /usr" in done.stderr
    assert "is given twice" not in run("--timeout=5", "find", "rocha", "--timeout", "5").stderr
    lacking = run("find", "rocha", "--graph")
    assert lacking.returncode == 2 and "'--graph' requires an argument" in lacking.stderr


def test_words_that_are_no_options_of_all_commands_are_left_to_the_command() -> None:
    assert "nothing has “--graph”" in run("find", "--", "--graph").stderr
    assert run("ask", "founders", "--body", "Model Alliance", "-fgexf").stderr.count("“gexf”") == 1
    assert "No such option" in run("find", "rocha", "--quiet=yes").stderr


def test_every_help_says_where_the_options_of_all_commands_are() -> None:
    for command in (*COMMANDS, "ask founders"):
        text = run(*command.split(), "--help").stdout
        assert text.rstrip().endswith("Options of all commands: see allgraph --help."), command
        assert "--graph DIR" not in text


def test_quiet_leaves_errors() -> None:
    done = run("-q", "ask", "conflicts", "--limit", "1")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout
    assert "nothing is named “Nobody”" in run("show", "Nobody", "--quiet").stderr
