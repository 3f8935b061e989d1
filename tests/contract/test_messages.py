"""Messages that Python and HTTP give name parameters, and no options of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

import allgraph
from allgraph import AllgraphError
from allgraph.graph import Graph, pages
from allgraph.server import api, tasks
from allgraph.server.http.problems import problem_of
from allgraph.server.state import Served
from tests.conftest import MakeFolder
from tests.support.commands import run
from tests.support.endpoints import holding
from tests.support.serving import whole

OPTION = re.compile(r"(?<![\w-])--[a-z]")
ENDS = ("Coco Rocha", "Andrew Cuomo")
FAILING: dict[str, Callable[[Graph], object]] = {
    "no thing": lambda graph: graph.resolve("Coco Rochas"),
    "nothing alike": lambda graph: graph.resolve("Zzyzzx Qqq"),
    "no question": lambda graph: graph.ask("qqqqq"),
    "no parameter": lambda graph: graph.ask("founders"),
    "another parameter": lambda graph: graph.ask("founders", boddy="x"),
    "another kind": lambda graph: graph.ask("founders", body="Coco Rocha"),
    "no date": lambda graph: allgraph.as_of(graph, "2013-13-01"),
    "syntax": lambda graph: graph.sparql("SELECT"),
    "service": lambda graph: graph.sparql("SELECT * { SERVICE <https://x.org/> { ?s ?p ?o } }"),
    "time": lambda graph: graph.sparql(SLOW, timeout=0.1),
    "steps": lambda graph: allgraph.paths(graph, *ENDS, max_hops=99),
    "paths": lambda graph: allgraph.paths(graph, *ENDS, limit=0),
    "ties": lambda graph: allgraph.paths(graph, *ENDS, hub_limit=0),
    "one thing": lambda graph: allgraph.between(graph, "Coco Rocha", "Coco Rocha"),
    "around": lambda graph: allgraph.neighbourhood(graph, "Coco Rocha", hops=0),
    "measure": lambda graph: allgraph.rank(graph, by="x"),  # type: ignore[arg-type]
    "ranked": lambda graph: allgraph.rank(graph, limit=0),
    "entries": lambda graph: allgraph.timeline(graph, limit=0),
    "cursor": lambda graph: pages.page(graph, "undated", {}, 2, "1.2"),
    "format": lambda graph: allgraph.exported(graph, "docx"),
    "table": lambda graph: graph.ask("founders", body="Model Alliance").write("turtle"),
    "profile": lambda graph: allgraph.profiled(graph, "Coco Rocha", "orgs"),
    "folder": lambda graph: allgraph.open("/nowhere"),
    "mapping": lambda graph: allgraph.import_records(graph.folder.root, "nothing"),
    "address": lambda graph: allgraph.publish(graph, "/nowhere", base="x"),
    "revision": lambda graph: allgraph.validate(graph, changed="no-such-revision"),
}  # fmt: skip
"""Calls that fail."""
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
LIMITED: dict[str, Callable[[Graph], object]] = {
    "paths": lambda graph: allgraph.paths(graph, *ENDS, limit=1),
    "steps": lambda graph: allgraph.paths(graph, *ENDS, max_hops=1),
    "via": lambda graph: allgraph.paths(graph, *ENDS, max_hops=2, via="Campaign"),
    "without": lambda graph: allgraph.paths(graph, *ENDS, without="Model Alliance", max_hops=2),
    "hubs": lambda graph: allgraph.paths(graph, *ENDS, max_hops=2, hub_limit=2),
    "day": lambda graph: allgraph.paths(graph, *ENDS, max_hops=2, as_of="1999-01-01"),
    "together": lambda graph: allgraph.paths(graph, *ENDS, max_hops=3, together=True),
    "shared": lambda graph: allgraph.between(graph, "Coco Rocha", "New York Senate bill S.5486"),
    "ranking": lambda graph: allgraph.rank(graph, limit=1),
    "timeline": lambda graph: allgraph.timeline(graph, limit=1),
    "around": lambda graph: allgraph.neighbourhood(graph, "Model Alliance", limit=1),
    "page": lambda graph: pages.page(graph, "undated", {}, 1).note,
    "as a mapping": lambda graph: allgraph.paths(graph, *ENDS, limit=1, max_hops=2).as_dict(),
}  # fmt: skip
"""Calls whose results are cut, or have reasons."""
REQUESTS = {
    "paths": ["from=Coco Rocha&to=Andrew Cuomo&limit=1",
              "from=Coco Rocha&to=Andrew Cuomo&max-hops=1",
              "from=Coco Rocha", "from=Coco Rocha&to=Coco Rocha", "from=Coco Rocha&to=Zzyzzx",
              "from=Coco Rocha&to=Andrew Cuomo&max-hops=99", "limits=1",
              "from=Coco Rocha&to=Andrew Cuomo&as-of=1999-01-01"],
    "between": ["from=Coco Rocha&to=id:ny-2013-s5486"],
    "find": ["q=zzyzzx", "p=x"],
    "rank": ["limit=1", "by=x", "possible="],
    "show": ["thing=Zzyzzx", "thing=Coco Rocha&hops=1"],
    "timeline": ["limit=1", "thing=Zzyzzx"],
}  # fmt: skip
QUESTIONS = {
    "undated": ["limit=1", "cursor=1.2", "sort=x"],
    "founders": ["", "body=Coco Rocha", "body=Zzyzzx"],
    "foundres": [""],
}


@pytest.mark.parametrize("name", FAILING)
def test_an_error_names_no_option(graph: Graph, name: str) -> None:
    with pytest.raises(AllgraphError) as caught:
        FAILING[name](graph)
    assert not OPTION.search(str(caught.value))
    assert not OPTION.search(problem_of(caught.value).detail)


@pytest.mark.parametrize("name", LIMITED)
def test_a_result_names_no_option(graph: Graph, name: str) -> None:
    assert not OPTION.search(str(LIMITED[name](graph)))


def test_an_endpoint_is_told_of_by_parameters(make_folder: MakeFolder) -> None:
    data = "claim:a a ag:Claim ; ag:sensitive true ."
    graph = allgraph.open(make_folder({"data/a.ttl": data}, prefixes=True), include_sensitive=True)
    with holding(graph.store) as endpoint:
        with pytest.raises(AllgraphError, match="`include_sensitive`") as caught:
            allgraph.open(endpoint=endpoint.url)
    assert not OPTION.search(str(caught.value))


def replies(served: Served) -> Iterator[str]:
    """What the server answers, also where it fails."""
    calls = [
        *((api.answer, route, query) for route, queries in REQUESTS.items() for query in queries),
        *((tasks.ask, name, query) for name, queries in QUESTIONS.items() for query in queries),
    ]
    for call, name, query in calls:
        pairs = [tuple(part.split("=")) for part in query.split("&") if part]
        for form in ("application/json", "text/plain"):
            try:
                if call is api.answer:
                    yield whole(api.answer(served, name, pairs, form)).decode()
                else:
                    yield whole(tasks.ask(served, name, pairs, {"rows": form}, "")).decode()
            except AllgraphError as error:
                yield problem_of(error).detail


def test_the_server_names_no_option(graph: Graph) -> None:
    texts = [*replies(Served(graph, "/"))]
    assert not [text for text in texts if OPTION.search(text)]
    assert [text for text in texts if "`limit`" in text] and len(texts) > 40


def test_parameters_of_a_route_may_be_written_as_in_python(graph: Graph) -> None:
    ends = [("from", "Coco Rocha"), ("to", "Andrew Cuomo")]
    one, other = (
        whole(api.answer(Served(graph, "/"), "paths", [*ends, (name, "1")], "text/plain"))
        for name in ("max-hops", "max_hops")
    )
    assert one == other


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("paths", *ENDS, "--limit", "1"), "ask for more with --limit"),
        (("paths", *ENDS, "--max-hops", "1"), "allow more with --max-hops 2"),
        (("paths", *ENDS, "--max-hops", "99"), "--max-hops must be from 1 to 16 steps"),
        (("ask", "undated", "--limit", "1"), "ask for more with --limit"),
        (("rank", "--limit", "1"), "ask for more with --limit"),
        (("--timeout", "0.1", "sparql", SLOW), "the limit that --timeout sets"),
    ],
)
def test_the_command_line_names_options(command: tuple[str, ...], words: str) -> None:
    done = run(*command)
    assert words in " ".join((done.stdout + done.stderr).split())
    assert "`limit`" not in done.stdout + done.stderr
