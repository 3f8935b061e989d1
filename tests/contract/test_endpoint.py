"""All that works on a graph that lives elsewhere, as the tables in the docs have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import allgraph
from allgraph.cli import cli
from allgraph.cli import tour_text as tours
from allgraph.errors import AllgraphError, InputError, TooMuch
from allgraph.folder import builtin
from allgraph.graph import Graph, download, open_graph, timeline
from allgraph.linkeddata.routes import ROUTES
from allgraph.network import asked_ties
from allgraph.site import network_data
from allgraph.sparql.endpoint import retry
from allgraph.validation.report import Report
from tests.support.commands import run as run_apart
from tests.support.endpoints import Endpoint, holding

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "ask-an-endpoint.md"
ASKED = re.compile(r"(\n|(?<=\.))\n- The endpoint was asked for this: [^\n]*(\n  [^\n]*)*\n")
"""What an answer says of an endpoint beside what it says of the graph."""


def table(head: str) -> dict[str, str]:
    """A table of the page: what is in its first column, and what is said of it."""
    rows = PAGE.read_text(encoding="utf-8").partition(f"| {head} | over an endpoint |\n")[2]
    lines = rows.partition("\n\n")[0].splitlines()[1:]
    cells = [line.strip("| ").split(" | ", 1) for line in lines]
    return {name: said for names, said in cells for name in re.findall("`([^`]*)`", names)}


# ---- Commands

ROCHA, ELSON, DAY = "Coco Rocha", "Karen Elson", "2013-07-01"
RUNS: dict[str, list[list[str]]] = {
    "completion": [["completion", "bash"]],
    "ask": [["ask"], ["ask", "founders", "--body", "Model Alliance", "--sources"],
            ["ask", "conflicts", "-f", "csv"],
            ["ask", "board-members", "--body", "Model Alliance", "--as-of", DAY, "-f", "json"]],
    "find": [["find", "a"], ["find", "rocha", "-f", "json"], ["find", "no such name"]],
    "show": [["show", ELSON], ["show", ELSON, "-f", "json"], ["show", ROCHA, "--hops", "2"],
             ["show", ROCHA, "--as-of", DAY], ["show", ROCHA, "-f", "ttl"],
             ["show", "--profile", "schema", ROCHA], ["show", "Karen Elsom"]],
    "paths": [["paths", ROCHA, "Andrew Cuomo", "--limit", "2"],
              ["paths", ROCHA, ELSON, "-f", "graphml"],
              ["paths", ROCHA, "Andrew Cuomo", "--as-of", "2013-12-01"]],
    "between": [["between", ROCHA, ELSON]],
    "timeline": [["timeline", "RESPECT Program", "--sources"], ["timeline", "-f", "csv"],
                 ["timeline", "--limit", "3", "--as-of", DAY]],
    "rank": [["rank", "--limit", "5"], ["rank", "--by", "pagerank"],
             ["rank", "--by", "betweenness", "--predicate", "signed"],
             ["rank", "--as-of", DAY, "--possible"]],
    "picture": [["picture", "timeline", "RESPECT Program"]],
    "test": [["test"]],
}  # fmt: skip
"""What each command is asked, here and there, but for those that have tests of their own."""
OF_THEIR_OWN = {"sparql", "tour", "cite", "serve", "publish", "check-site", "export", "push"}

HUBS = re.compile(r"^- Left out as hubs, by class.*?\n(?=\S)", re.MULTILINE | re.DOTALL)
"""A note that is not there over an endpoint, whose hubs by class are not fetched."""


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-g", str(builtin().root), *arguments])


@pytest.fixture(scope="module")
def capped(graph: Graph) -> Iterator[Endpoint]:
    """An endpoint that gives fewer rows than there are claims, whatever is asked."""
    with holding(graph.store, rows=600) as found:
        yield found


def test_the_table_has_every_command() -> None:
    said = table("command")
    assert said.keys() == cli.commands.keys()
    refused = {name for name, words in said.items() if words.startswith("no")}
    assert RUNS.keys() | OF_THEIR_OWN | refused == said.keys()


@pytest.mark.parametrize(
    "arguments", [each for runs in RUNS.values() for each in runs], ids=" ".join
)
def test_commands_say_the_same_of_an_endpoint(
    endpoint: str,
    capped: Endpoint,
    arguments: list[str],
) -> None:
    here, is_first = invoke(*arguments), arguments is RUNS[arguments[0]][0]
    for url in (endpoint, capped.url) if is_first else (capped.url,):
        there = invoke("-e", url, *arguments)
        assert ASKED.sub("\n", there.stdout) == HUBS.sub("", here.stdout)
        assert there.exit_code == here.exit_code
        assert str(there.exception) == str(here.exception)
    assert here.stdout or here.exception


def test_sparql_is_asked_there_too(endpoint: str) -> None:
    query = "SELECT ?n { ?s a ag:Person ; rdfs:label ?n } ORDER BY ?n"
    here, there = (run_apart(*given, "sparql", query) for given in ([], ["-e", endpoint]))
    assert here.stdout and (here.stdout, here.returncode) == (there.stdout, there.returncode)


def test_the_tour_goes_there_too(
    graph: Graph, capped: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tours, "validate", lambda graph: Report((), claims=344))
    welcome, checked, *parts = tours.tour(graph, width=80)
    there = invoke("-e", capped.url, "tour").stdout
    assert there.startswith(welcome) and there.endswith("\n".join(parts) + "\n")
    assert "Checked: 344 claims" in checked and "Not checked: an endpoint has no files" in there


def test_the_tour_is_about_one_graph() -> None:
    with holding(()) as empty:
        done = invoke("-e", empty.url, "tour")
    assert isinstance(done.exception, InputError) and done.stdout == ""
    assert "which this endpoint does not hold" in str(done.exception)


def test_an_example_that_an_endpoint_answers_otherwise_fails(graph: Graph) -> None:
    founding = graph.known("claim:founding-2011")
    with holding(quad for quad in graph.store if quad.subject != founding) as found:
        done = invoke("-e", found.url, "test")
    assert done.exit_code == 1 and "rows missing" in done.stdout


@pytest.mark.parametrize(
    "command", [name for name, said in table("command").items() if said.startswith("no")]
)
def test_what_is_about_files_says_so(command: str, tmp_path: Path) -> None:
    given = [str(tmp_path / "new")] if command == "init" else []
    done = invoke("-e", "http://127.0.0.1:1/", command, *given)
    assert done.exit_code == 2 and done.stdout == ""
    assert f"“{command}” is for folders, not endpoints; leave out --endpoint" in done.stderr
    assert not (tmp_path / "new").exists()


# ---- Addresses


def test_the_table_has_every_address() -> None:
    served = {route.path.partition("/{")[0] for route in ROUTES if route.tag}
    documents = {path for path in served if path.startswith(("/page/", "/data/"))}
    assert served - documents == table("address of a server").keys()


# ---- Python

ABOUT_GRAPHS: dict[str, Callable[[Graph], Any]] = {
    "claims": lambda graph: allgraph.claims(graph),
    "cite": lambda graph: allgraph.cite(graph, ROCHA).text.partition(", version")[0],
    "picture": lambda graph: allgraph.picture(graph, "timeline", ROCHA).svg,
    "as_of": lambda graph: allgraph.as_of(graph, DAY).ask("founders", body="Model Alliance").rows,
    "timeline": lambda graph: allgraph.timeline(graph, ROCHA),
    "paths": lambda graph: allgraph.paths(graph, ROCHA, ELSON).paths,
    "between": lambda graph: allgraph.between(graph, ROCHA, ELSON).shared,
    "neighbourhood": lambda graph: allgraph.neighbourhood(graph, ROCHA).neighbours,
    "rank": lambda graph: allgraph.rank(graph, by="pagerank").ranked,
    "profiled": lambda graph: allgraph.profiled(graph, ROCHA, "schema"),
    "to_networkx": lambda graph: [*allgraph.to_networkx(graph).edges(keys=True)],
    "export": lambda graph: allgraph.exported(graph, "graphml"),
    "exported": lambda graph: allgraph.exported(graph, "csv", table="ties"),
    "Graph.ask": lambda graph: graph.ask("founders", body="Model Alliance").rows,
    "Graph.sparql": lambda graph: graph.sparql("ASK { id:coco-rocha a ag:Person }").value,
    "Graph.by_identifier": lambda g: g.by_identifier("wikidata", "Q5591303"),
    "Graph.find": lambda graph: graph.find("alliance"),
    "Graph.first": lambda graph: graph.first("alliance", 3),
    "Graph.resolve": lambda graph: graph.resolve(ROCHA),
    "Graph.known": lambda graph: graph.known("id:coco-rocha"),
    "Graph.term": lambda graph: graph.term("signed"),
    "Graph.thing": lambda graph: graph.thing(graph.resolve(ROCHA)),
    "Graph.described": lambda graph: graph.described([graph.resolve(ROCHA).value]),
    "Graph.deprecated": lambda graph: graph.deprecated,
    "Graph.told_apart": lambda graph: graph.told_apart([graph.thing(graph.resolve(ROCHA))] * 2),
    "Graph.ties": lambda graph: graph.ties([graph.resolve(ROCHA).value]),
    "Graph.said_of_types": lambda graph: graph.said_of_types(
        "site-kinds-of", [graph.resolve(ROCHA).value]
    ),
    "Graph.remarks": lambda graph: graph.remarks(
        "board-on-day", body="Model Alliance", day="1800-01-01"
    ),
    "Graph.run": lambda graph: {*map(str, graph.run("names").rows)},
    "Graph.run_for": lambda graph: {
        *map(str, graph.run_for("described", "things", [graph.resolve(ROCHA).value]))
    },
    "Graph.rows": lambda graph: {*map(str, graph.rows("all"))},
    "Graph.bound": lambda graph: graph.bound(graph.queries["conflicts"], {}).rows,
    "Graph.checked_values": lambda graph: graph.checked_values(
        graph.queries["founders"], {"body": "Model Alliance"}
    ),
}
REFUSED: dict[str, Callable[[Graph], Any]] = {
    "to_rdflib": allgraph.to_rdflib,
    "validate": allgraph.validate,
    "push": lambda graph: allgraph.push(graph, "http://127.0.0.1:1/"),
    "Graph.store": lambda graph: graph.store,
    "Graph.queried": lambda graph: graph.queried,
    "Graph.quads": lambda graph: graph.quads,
    "Graph.columns": lambda graph: graph.columns,
    "Graph.table": lambda graph: graph.table,
    "Graph.including_withdrawn": lambda graph: graph.including_withdrawn,
    "Graph.withdrawn_claims": lambda graph: graph.withdrawn_claims(),
}


def test_the_table_has_every_function() -> None:
    functions = {name for name in allgraph.__all__ if name[0].islower()} - {
        "open",
        "build",
        "import_records",
    }
    beside = {
        *(
            "close",
            "include_sensitive",
            "prefixes",
            "queries",
            "profile_files",
            "root",
            "is_remote",
        ),
        *("snapshot", "derivation", "levels", "name_index", "topics", "is_on_disk"),
        *("candidate_names", "with_withdrawn", "knows", "showing", "predicate_places"),
        "schemes",
    }
    own = {f"Graph.{name}" for name in {*dir(Graph)} - beside if name[0] != "_"}
    said = table("Python")
    assert functions | own == said.keys()
    assert ABOUT_GRAPHS.keys() | REFUSED.keys() | {"publish", "check_site"} == said.keys()
    assert REFUSED.keys() == {name for name, words in said.items() if words.startswith("no:")}


@pytest.mark.parametrize("name", ABOUT_GRAPHS)
def test_functions_say_the_same_of_an_endpoint(name: str, graph: Graph, capped: Endpoint) -> None:
    call = ABOUT_GRAPHS[name]
    assert call(open_graph(endpoint=capped.url)) == call(graph)


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_the_graph_here_says_so(name: str, capped: Endpoint) -> None:
    with pytest.raises(InputError, match="endpoint"):
        REFUSED[name](open_graph(endpoint=capped.url))


# ---- Limits

LIMITS: list[tuple[Any, str, int, Callable[[Graph], Any]]] = [
    (timeline, "MOST", 20, lambda graph: allgraph.timeline(graph)),
    (download, "MOST", 100, lambda graph: allgraph.rank(graph, by="pagerank")),
    (download, "MOST", 100, lambda graph: allgraph.as_of(graph, DAY).sparql("ASK {}")),
]


@pytest.mark.parametrize(("module", "name", "most", "call"), LIMITS)
def test_limits_say_that_they_are_met(
    capped: Endpoint, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, most: int,
    call: Callable[[Graph], Any],
) -> None:  # fmt: skip
    monkeypatch.setattr(module, name, most)
    with pytest.raises(TooMuch, match=f"the limit is {most}"):
        call(open_graph(endpoint=capped.url))


def test_what_is_cut_is_told(capped: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked_ties, "CLAIMS", 3)
    there = open_graph(endpoint=capped.url)
    for found in (allgraph.paths(there, ROCHA, ELSON), allgraph.between(there, ROCHA, ELSON)):
        assert not found.as_dict()["complete"]
    monkeypatch.setattr(network_data, "MOST", 10)
    assert network_data.network_ties(there, lambda iri: "") is None


def test_what_fails_on_the_way_is_one_line(
    capped: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "sleep", lambda _: None)  # between one attempt and the next
    there = open_graph(endpoint=capped.url)
    capped.status = 503
    try:
        from_files = "Graph.deprecated"
        for call in (call for name, call in ABOUT_GRAPHS.items() if name != from_files):
            with pytest.raises(AllgraphError, match="is busy or down; try again later"):
                call(there)
    finally:
        capped.status = 200
