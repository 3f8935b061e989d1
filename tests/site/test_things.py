"""Pages of things and sources: pictures of their kind, and where a source can be opened."""

from __future__ import annotations

import gc

import pytest

from allgraph.graph import Graph
from allgraph.site.documents import document_views, files
from allgraph.site.site import Site


def page(graph: Graph, iri: str) -> str:
    [view] = document_views(Site(graph), [iri])
    return view.page().decode()


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("ny-2013-s5486", ["track", "neighbourhood", "timeline"]),
        ("model-alliance", ["matrix", "neighbourhood", "timeline"]),
        ("karen-elson", ["neighbourhood", "timeline"]),
    ],
)
def test_a_thing_has_the_pictures_of_its_kind(graph: Graph, name: str, kinds: list[str]) -> None:
    shown = page(graph, f"{graph.folder.base}id/{name}")
    places = [shown.index(f'id="picture-{kind}"') for kind in kinds]
    assert places == sorted(places) and shown.count('id="picture-') == len(kinds)


def test_a_thing_leads_on_to_connections_its_timeline_and_the_network(graph: Graph) -> None:
    shown = page(graph, f"{graph.folder.base}id/karen-elson")
    assert '<input type="hidden" name="from" value="id:karen-elson">' in shown
    assert '/timeline?thing=id%3Akaren-elson"' in shown
    assert '/network?nodes=id%3Akaren-elson"' in shown


def test_a_source_says_what_it_supports_and_where_to_open_it(graph: Graph) -> None:
    shown = page(graph, f"{graph.folder.base}source/model-alliance")
    assert (
        '<a href="https://en.wikipedia.org/wiki/Model_Alliance" rel="nofollow">Open the source</a>'
        in shown
    )
    assert '<ul class="rows whole">' in shown and "Offices and memberships" in shown
    assert shown.index("Karen Elson") < shown.index("What is said of it")


def test_pages_leave_nothing_to_the_garbage_collector(graph: Graph) -> None:
    """What refers to itself stays in memory until a collection, which takes a second of many."""
    site = Site(graph)
    iris = [iri for iri in site.iris if "/id/" in iri][::10]

    def write() -> int:
        return sum(1 for view in document_views(site, iris) for _ in files(view))

    assert write() > 100  # and fill the caches
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        write()
        assert gc.collect() == 0
    finally:
        if was_enabled:
            gc.enable()
