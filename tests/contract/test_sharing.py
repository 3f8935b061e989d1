"""A graph is closed, shared between threads and tasks, and not pickled; its results are."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import pytest

import allgraph
from allgraph import AllgraphError, InputError
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph import Graph, open_graph
from tests.conftest import MakeFolder
from tests.contract.test_results import results
from tests.support.endpoints import holding

CALLS: dict[str, Callable[[Graph], object]] = {
    "ask": lambda graph: graph.ask("founders", body="id:model-alliance"),
    "sparql": lambda graph: graph.sparql("ASK { ?s ?p ?o }"),
    "a timed query": lambda graph: graph.sparql("ASK { ?s ?p ?o }", timeout=60),
    "find": lambda graph: graph.find("rocha"),
    "claims": lambda graph: allgraph.claims(graph),
    "paths": lambda graph: allgraph.paths(graph, "id:coco-rocha", "id:karen-elson"),
    "between": lambda graph: allgraph.between(graph, "id:coco-rocha", "id:karen-elson"),
    "rank": lambda graph: allgraph.rank(graph),
    "timeline": lambda graph: allgraph.timeline(graph),
    "export": lambda graph: allgraph.exported(graph, "graphml"),
    "rdflib": lambda graph: len(allgraph.to_rdflib(graph)),
    "a day": lambda graph: allgraph.as_of(graph, "2013-07-01").ask("founders", body="x"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_closed_graph_says_so(name: str) -> None:
    with open_graph() as graph:
        list(allgraph.claims(graph, about="Coco Rocha"))
    with pytest.raises(InputError, match=r"^the graph is closed; open it again$"):
        CALLS[name](graph)


def test_closing_is_done_once_and_keeps_other_graphs_open() -> None:
    one, other = open_graph(), open_graph()
    view, withdrawn = allgraph.as_of(one, "2013-12-01"), one.including_withdrawn
    second = allgraph.as_of(one, "2013-12-01")
    assert view.sparql("ASK { ?s ?p ?o }") and withdrawn.find("rocha") and second.find("rocha")
    with second:
        pass
    with pytest.raises(InputError, match="is closed"):
        second.find("rocha")
    assert one.find("rocha")
    one.close()
    one.close()
    for closed in (view, withdrawn):
        with pytest.raises(InputError, match="is closed"):
            closed.find("rocha")
    assert other.find("rocha") and repr(one) and str(one.folder) and [*one.queries]


def test_an_error_in_the_block_is_the_one_that_is_raised() -> None:
    with pytest.raises(AllgraphError, match="no question"), open_graph() as graph:
        graph.ask("qqqqq")


def test_a_closed_snapshot_is_no_longer_locked(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": "id:a rdfs:label 'A' ."}, prefixes=True)
    allgraph.build(root)
    with allgraph.open(root, in_memory=0) as graph:
        assert graph.is_on_disk and graph.sparql("ASK { id:a ?p ?o }")
        assert graph.snapshot is not None
    with pytest.raises(InputError, match="is closed"):
        graph.sparql("ASK { id:a ?p ?o }")
    (root / "data/a.ttl").write_bytes(b"")
    allgraph.build(root)  # which removes snapshots that nobody reads
    place = Directory(graph.folder, False).place
    assert len([path for path in place.iterdir() if path.is_dir()]) == 1


def test_a_closed_endpoint_is_not_asked(graph: Graph) -> None:
    with holding(graph.store) as endpoint:
        with allgraph.open(endpoint=endpoint.url) as remote:
            assert remote.find("rocha")
        asked = len(endpoint.asked)
        with pytest.raises(InputError, match="is closed"):
            remote.find("rocha")
        assert len(endpoint.asked) == asked


def test_tasks_share_a_graph() -> None:
    with open_graph() as graph:
        expected = [len(graph.ask("board-members", body="Model Alliance")),
                    str(allgraph.paths(graph, "Coco Rocha", "Andrew Cuomo", limit=2))]  # fmt: skip

    async def both(graph: Graph) -> list[object]:
        answer, found = await asyncio.gather(
            asyncio.to_thread(graph.ask, "board-members", body="Model Alliance"),
            asyncio.to_thread(allgraph.paths, graph, "Coco Rocha", "Andrew Cuomo", limit=2),
        )
        return [len(answer), str(found)]

    async def many() -> list[list[object]]:
        with open_graph() as graph:  # a new one: what is made at first use is made by all at once
            return await asyncio.gather(*(both(graph) for _ in range(20)))

    assert asyncio.run(many()) == [expected] * 20


def test_a_graph_is_not_pickled_and_says_what_to_pass(graph: Graph) -> None:
    for one in (graph, allgraph.as_of(graph, "2013-07-01")):
        with pytest.raises(InputError, match="pass the path of its folder") as caught:
            pickle.dumps(one)
        assert str(graph.folder.root) in str(caught.value)


def test_other_processes_open_the_folder_themselves(graph: Graph) -> None:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as processes:
        with pytest.raises(InputError, match="pass the path of its folder"):
            processes.submit(repr, graph).result()
        assert processes.submit(title_of, graph.folder.root.as_posix()).result()


def title_of(path: str) -> str:
    """The title of the graph of a folder."""
    with allgraph.open(path) as graph:
        return graph.folder.title


@pytest.mark.parametrize("name", sorted(results().keys() - {"Graph", "View", "Catalogue"}))
def test_results_are_pickled(name: str) -> None:
    one = results()[name]
    again = pickle.loads(pickle.dumps(one))
    assert type(again) is type(one) and str(again) == str(one) and repr(again) == repr(one)
    assert again == one
