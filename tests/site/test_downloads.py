"""Downloads: which are left out, and which failures are not passed over."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from allgraph.errors import (
    AllgraphError,
    EngineTimeout,
    InputError,
    LoadError,
    MissingExtra,
    UnknownFormat,
    WriteError,
)
from allgraph.graph import Graph, open_graph
from allgraph.linkeddata.publication import Publication
from allgraph.site import downloads
from allgraph.site.pages import about
from allgraph.site.site import Site
from tests.conftest import BASE

if TYPE_CHECKING:
    from tests.conftest import MakeFolder


def failing(error: AllgraphError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each export raise an error, but for that of N-Triples."""

    def exported(graph: Graph, format: str, **options: object) -> bytes:
        if format != "ntriples":
            raise error
        return b"triples"

    monkeypatch.setattr(downloads, "exported", exported)


@pytest.mark.parametrize("kind", [UnknownFormat, EngineTimeout, InputError])
def test_what_a_format_cannot_hold_is_left_out(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, kind: type[AllgraphError]
) -> None:
    failing(kind("no"), monkeypatch)
    assert downloads.dumps(graph) == dict.fromkeys(["graph.nt", "graph.nq"], b"triples")


@pytest.mark.parametrize("kind", [LoadError, WriteError])
def test_a_file_that_fails_is_not_passed_over(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, kind: type[AllgraphError]
) -> None:
    failing(kind("no"), monkeypatch)
    with pytest.raises(kind):
        downloads.dumps(graph)


def test_a_table_without_rows_is_left_out(make_folder: MakeFolder) -> None:
    root = make_folder({"data/a.ttl": 'id:a a ag:Person ; rdfs:label "Ann" .'}, prefixes=True)
    small = open_graph(root)
    assert [*downloads.tables(small)] == ["people.csv", *downloads.BOOKS]
    assert [*downloads.compressed_tables(small)] == ["people.csv.gz"]
    page = about.dataset(
        Site(small, Publication(downloads=downloads.described(downloads.tables(small), BASE)))
    ).decode()
    assert "There is no table of bodies, of bills, of votes, since the data have none." in page
    assert "people.csv" in page and ">bodies.csv" not in page


def test_tables_of_a_large_graph_are_compressed(graph: Graph) -> None:
    found = downloads.compressed_tables(graph)
    assert [*found] == [f"{name}.gz" for name in (*downloads.TABLES, downloads.CROSSWALK)]
    for name, data in found.items():
        assert gzip.decompress(data) == downloads.table(graph, name.removesuffix(".gz"))
    described = downloads.described(found, BASE)
    assert {each.media_type for each in described} == {"text/csv", "text/tab-separated-values"}
    assert {each.triples for each in described} == {None}


def test_without_its_library_there_is_no_workbook(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = downloads.table

    def table(graph: Graph, name: str) -> bytes:
        """Make a file, but for that of Excel."""
        if name.endswith(".xlsx"):
            raise MissingExtra("no")
        return real(graph, name)

    monkeypatch.setattr(downloads, "table", table)
    assert {*downloads.NAMES} - {*downloads.dumps(graph), *downloads.tables(graph)} == {
        "graph.xlsx"
    }
