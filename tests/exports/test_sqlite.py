"""SQLite: the tables of CSV with keys that hold, the same each time, and no text that is code."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import allgraph
from allgraph.errors import WriteError
from allgraph.exports import sqlite, tables
from allgraph.exports.export import export, exported
from allgraph.graph import Graph, open_graph
from tests.exports.test_network import Elsewhere
from tests.exports.test_plain import council_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeFolder

HOSTILE = """
id:x a ag:Person ; rdfs:label "'); DROP TABLE people; --\\u0000\\"" .
claim:c a ag:Claim ; rdf:subject id:x ; rdf:predicate ag:hasOccupation ;
    rdf:object "=HYPERLINK(\\"https://evil.example\\")\\n\\u202Ex" ;
    ag:evidence [ oa:hasSource source:s ; oa:hasSelector [ oa:start 99999999999999999999 ] ] .
source:s a ag:Source ; rdfs:label "S" .
"""


def rows_of(path: Path, sql: str) -> list[Any]:
    """What a database answers, opened as others open it."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return database.execute(sql).fetchall()


def cells_of(path: Path, table: str) -> list[list[str]]:
    """The rows of a table as CSV has them, the columns first."""
    with closing(sqlite3.connect(path)) as database:
        found = database.execute(f'SELECT * FROM "{table}"')
        columns = [column[0] for column in found.description]
        rows = [["" if cell is None else str(cell) for cell in row] for row in found]
    return [columns, *sorted(rows)]


def csv_of(graph: Graph, table: Any) -> list[list[str]]:
    """The rows of a table as CSV, sorted, the columns first."""
    head, *rows = csv.reader(io.StringIO(exported(graph, "csv", table=table).decode()))
    return [head, *sorted(rows)]


@pytest.fixture
def database(make_folder: MakeFolder, tmp_path: Path) -> tuple[Graph, Path]:
    """The graph of the council, and a database of it."""
    held = council_of(make_folder)
    export(held, tmp_path / "all.sqlite")
    return held, tmp_path / "all.sqlite"


def test_all_tables_are_those_of_csv(database: tuple[Graph, Path]) -> None:
    held, path = database
    for table in tables.NAMES:
        if table != "claims":
            assert cells_of(path, table) == csv_of(held, table)
    joined = rows_of(
        path,
        "SELECT c.claim, c.sentence, c.roles, c.sensitive, e.number, e.source, s.title, e.place "
        "FROM claims c LEFT JOIN evidence e ON e.claim = c.claim "
        "LEFT JOIN sources s ON s.id = e.source",
    )
    head, *rows = csv_of(held, "claims")
    names = ("claim", "sentence", "roles", "sensitive", "evidence", "source", "title", "place")
    places = [*map(head.index, names)]
    flags = {"true": "1", "false": "0"}
    assert sorted(
        [*map(str, (cell or "" for cell in row[:3])), *map(str, row[3:])] for row in joined
    ) == sorted([flags.get(row[place], row[place]) for place in places] for row in rows)


def test_every_key_holds(database: tuple[Graph, Path], graph: Graph, tmp_path: Path) -> None:
    export(graph, tmp_path / "built-in.db")
    for path in (database[1], tmp_path / "built-in.db"):
        assert rows_of(path, "PRAGMA foreign_key_check") == []
        assert rows_of(path, "PRAGMA integrity_check") == [("ok",)]
        for table in ("claims", "evidence", "ties", "people"):
            assert rows_of(path, f"PRAGMA foreign_key_list({table})")
    [(name,)] = rows_of(
        database[1],
        "SELECT DISTINCT t.label FROM claims c JOIN things t ON t.id = c.subject "
        "WHERE c.claim LIKE '%/motion'",
    )
    assert name == "Vote 1"


def test_what_has_only_a_row_is_a_thing_too(make_folder: MakeFolder, tmp_path: Path) -> None:
    root = make_folder({"data/a.ttl": "id:x a ag:Person ."}, prefixes=True)
    export(open_graph(root), tmp_path / "a.sqlite")
    assert rows_of(tmp_path / "a.sqlite", "SELECT t.id = p.id FROM things t, people p") == [(1,)]


def test_numbers_are_numbers(database: tuple[Graph, Path]) -> None:
    sql = "SELECT yes, no, absent, ballots, typeof(yes), typeof(absent) FROM votes"
    assert rows_of(database[1], sql) == [(12, 0, "3; 4", 5, "integer", "text")]


def test_one_table_is_alone(database: tuple[Graph, Path], tmp_path: Path) -> None:
    held, _ = database
    export(held, tmp_path / "one.sqlite", table="claims")
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    names = [name for (name,) in rows_of(tmp_path / "one.sqlite", sql)]
    assert names == ["claims", "evidence", "metadata", "sources"]
    export(held, tmp_path / "one.sqlite", table="people")
    assert rows_of(tmp_path / "one.sqlite", sql) == [("metadata",), ("people",)]


def test_it_is_the_same_each_time(database: tuple[Graph, Path], tmp_path: Path) -> None:
    held, path = database
    export(held, tmp_path / "again.sqlite")
    assert (tmp_path / "again.sqlite").read_bytes() == path.read_bytes()
    assert exported(Graph(held.folder, Elsewhere(held.engine)), "sqlite", table="people") == (
        exported(held, "sqlite", table="people")
    )


def test_it_says_what_it_is_of(graph: Graph, tmp_path: Path) -> None:
    export(allgraph.as_of(graph, "2023-07-01"), tmp_path / "day.sqlite", table="people")
    said = dict(rows_of(tmp_path / "day.sqlite", "SELECT * FROM metadata"))
    assert said["title"] == graph.folder.title and said["day"] == "2023-07-01"
    assert said["licence"].endswith("/publicdomain/zero/1.0/") and said["read"] >= "2026-11-24"


def test_hostile_text_is_text(make_folder: MakeFolder, tmp_path: Path) -> None:
    held = open_graph(make_folder({"data/a.ttl": HOSTILE}, prefixes=True))
    export(held, tmp_path / "hostile.sqlite")
    [(name, occupation)] = rows_of(
        tmp_path / "hostile.sqlite", "SELECT name, occupations FROM people"
    )
    assert name == "'); DROP TABLE people; --\0\""
    assert occupation == '=HYPERLINK("https://evil.example")\n\u202ex'


def test_a_full_disk_is_one_error_and_leaves_the_file(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.sqlite"
    path.write_bytes(b"as it was")
    real = sqlite._create

    def small(database: sqlite3.Connection, *more: Any) -> None:
        """Create a table in a database that may have few pages."""
        database.execute("PRAGMA max_page_count = 8")
        real(database, *more)

    monkeypatch.setattr(sqlite, "_create", small)
    with pytest.raises(WriteError, match="full"):
        export(graph, path)
    assert path.read_bytes() == b"as it was"
    assert [each.name for each in tmp_path.iterdir()] == ["graph.sqlite"]
