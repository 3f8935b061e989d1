"""Where a folder states things: the file and the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.evidence import lines
from allgraph.evidence.lines import Line, lines_of
from allgraph.folder import builtin, open_folder
from allgraph.graph import Graph
from allgraph.graph.claims import every
from tests.conftest import MakeFolder

FIRST = '''@prefix c: <https://example.org/claim/> .

# c:not a ag:Claim ;
<https://example.org/a> <https://example.org/says> """
c:neither a ag:Claim .
""" .
c:one.two <https://example.org/p> 1 ;
    <https://example.org/q> c:inner .
'''
SECOND = "<https://example.org/a> <https://example.org/p> <https://example.org/b> .\n" * 2


def test_a_thing_is_stated_where_its_statement_begins(make_folder: MakeFolder) -> None:
    folder = open_folder(make_folder({"data/a.ttl": FIRST, "data/b.nt": SECOND}))
    assert lines_of(folder) == {
        "https://example.org/a": Line("data/a.ttl", 4),
        "https://example.org/claim/one.two": Line("data/a.ttl", 7),
    }


def test_all_claims_of_the_built_in_graph_have_a_line(graph: Graph) -> None:
    known = lines_of(builtin())
    root = builtin().root
    for claim in every(graph):
        file, line = known[claim.iri]
        stated = root.joinpath(file).read_text(encoding="utf-8").splitlines()[line - 1]
        assert stated.startswith("claim:" + claim.iri.rpartition("/")[2])


def test_large_folders_and_broken_files_have_no_lines(
    make_folder: MakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = open_folder(make_folder({"data/a.ttl": FIRST}))
    monkeypatch.setattr(lines, "LARGEST", 10)
    assert lines_of(folder) == {}
    monkeypatch.undo()
    Path(folder.root, "data/a.ttl").write_bytes(b"\xff\xfe\xff")
    assert lines_of(folder) == {}
