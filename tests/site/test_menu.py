"""The menu of a site has what the graph has."""

from __future__ import annotations

import pytest

from allgraph.graph import Graph, open_graph
from allgraph.site.menu import menu
from allgraph.site.pages import lists
from allgraph.site.site import Site
from tests.conftest import MakeFolder


@pytest.fixture(scope="module")
def site(graph: Graph) -> Site:
    return Site(graph)


PERSON = "id:a a ag:Person ; rdfs:label 'A' ."


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (["people", "bodies", "campaigns", "laws", "events"], ["People", "Laws", "Campaigns"]),
        (["people", "bodies"], ["People", "Bodies"]),
        (["others"], ["Things"]),
        ([], ["Things"]),
    ],
)
def test_the_row_begins_with_lists_of_what_there_is(groups: list[str], names: list[str]) -> None:
    row = [entry.name for entry in menu(groups, is_disputed=False).row]
    assert row[: row.index("Questions")] == names


def test_each_entry_leads_to_a_page_that_a_site_has(site: Site) -> None:
    row, data = site.menu
    paths = [entry.path for entry in (*row, *data)]
    assert len({*paths}) == len(paths)
    page = lists.kinds(site).decode()
    assert all(f'href="/allgraph{path}"' in page for path in paths)


@pytest.mark.parametrize(
    ("turtle", "groups"),
    [
        (PERSON, ("people",)),
        ("id:a a ag:Party ; rdfs:label 'A' .", ("bodies",)),  # by a broader class
        ("<https://elsewhere.org/a> a ag:Person ; rdfs:label 'A' .", ()),  # without a page here
        ("id:a a ag:District ; rdfs:label 'A' .", ()),
    ],
)
def test_groups_are_those_of_which_there_are_things(
    make_folder: MakeFolder, turtle: str, groups: tuple[str, ...]
) -> None:
    site = Site(open_graph(make_folder({"data/x.ttl": turtle}, prefixes=True)))
    assert site.groups == groups


def test_a_group_is_a_list_of_the_things_of_its_kinds(site: Site) -> None:
    laws = site.kind("laws")
    names = [thing.name for thing in site.things(laws)]
    assert len(names) == laws.size
    assert {"New York child model law", "S.5486 (New York, 2013–2014)"} <= {*names}
    assert names == sorted(names, key=str.casefold)


def test_a_class_that_is_named_like_a_group_has_another_path(make_folder: MakeFolder) -> None:
    turtle = f"{PERSON} id:b a ex:People ; rdfs:label 'B' . ex:People a owl:Class ."
    prefixes = "@prefix ex: <https://example.org/terms#> .\n"
    folder = make_folder({"data/x.ttl": prefixes + turtle}, prefixes=True)
    site = Site(open_graph(folder))
    assert [thing.name for thing in site.things(site.kind("people"))] == ["A"]
    assert [thing.name for thing in site.things(site.kind("people~2"))] == ["B"]


def test_disagreements_are_in_the_menu_where_sources_disagree(
    site: Site, make_folder: MakeFolder
) -> None:
    assert site.is_disputed
    assert not Site(open_graph(make_folder({"data/x.ttl": PERSON}, prefixes=True))).is_disputed
