"""A graph as a SQLite database, for Datasette, sqlite-utils and whatever else reads one.

Each table of `tables.NAMES` is a table with a primary key. Beside the claims are their evidence and
the sources; keys join all of these. The same graph gives the same content, and with one version of
SQLite the same bytes.

>>> import io
>>> from allgraph.graph import open_graph
>>> write(open_graph(), ["people"], out := io.BytesIO())
>>> out.getvalue()[:15]
b'SQLite format 3'
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from allgraph.errors import WriteError
from allgraph.exports import plain, tables
from allgraph.exports.tables import Table, kinds_of
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.writing import made_apart

if TYPE_CHECKING:
    from sqlite3 import Connection

_AT_ONCE = 1_000  # rows that are written together
_LARGEST = 2**63  # which an integer of SQLite is below
_ID = ("id",)
_KEYS: Mapping[str, tuple[str, ...]] = {
    "claims": ("claim",), "ties": ("claim",), "evidence": ("claim", "number"),
}  # fmt: skip
"""The primary keys that are not ``id``."""
_REFERENCES: Mapping[str, Mapping[str, str]] = {
    "claims": {"subject": "things", "object": "things"},
    "ties": {"claim": "claims", "source": "things", "target": "things"},
    "evidence": {"claim": "claims", "source": "sources"},
    **{name: {"id": "things"} for name in plain.KINDS_OF},
}
"""The tables that columns lead to, by their primary keys; which is told where that table is too."""
_INDICES: Mapping[str, tuple[str, ...]] = {
    "things": ("kind",), "claims": ("subject", "predicate", "object"), "ties": ("source", "target"),
    "evidence": ("source",),
}  # fmt: skip
_SOURCE = ("source", "title", "page")
"""The columns of evidence that are in the table of sources."""
_TYPES = {"number": "INTEGER", "yes-no": "INTEGER"}
"""The types of columns by their kinds; all others are texts, days as ISO writes them."""


def write(
    graph: Graph,
    names: Collection[str],
    file: IO[bytes],
    place: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Write some tables of a graph to an open file as a database.

    It is made in a temporary file in the directory `place`, which may be as large, and copied when
    it is whole. Beside the tables it has ``metadata`` (`tables.about`), and with the claims
    ``evidence`` and ``sources``. Raises `InputError` for a graph that an endpoint holds, and
    `WriteError` when the disk is full.
    """
    with made_apart("graph.sqlite", file, place) as path, _connected(path) as database:
        about = tables.about(graph)
        _create(database, "metadata", {"name": "TEXT", "value": "TEXT"}, {}, ("name",))
        _insert(database, "metadata", 2, about.items())
        with tables.opened(graph, names, place, progress, is_sorted=False) as opened:
            for name, table in opened.items():
                if progress:
                    progress(f"writing {name}")
                _add(database, name, table, opened)
        if "things" in opened:  # what has a row but no name and no claim is a thing too
            for name in opened.keys() & plain.KINDS_OF.keys():
                rows = f'SELECT id, name, kind, 0 FROM "{name}" ORDER BY id'  # noqa: S608
                database.execute(f"INSERT OR IGNORE INTO things {rows}")
        for name in (*opened, *(["evidence"] if "claims" in opened else ())):
            for column in _INDICES.get(name, ()):
                database.execute(f'CREATE INDEX "{name}_{column}" ON "{name}" ("{column}")')


@contextmanager
def _connected(path: Path) -> Iterator[Connection]:
    """Give a new database for a ``with``, after which all that was written is in the file.

    No other file is made. Raises `WriteError` for what SQLite cannot write.
    """
    import sqlite3

    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = OFF")  # the file is new, and copied when whole
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN")
            yield database
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise WriteError(f"cannot be written: {error}", path=path.parent.parent) from None


def _add(database: Connection, name: str, table: Table, beside: Collection[str]) -> None:
    """Add a table with its rows; of claims, their evidence and its sources as tables too.

    `beside` has the names of all tables that are there in the end.
    """
    columns = table.columns[:-1] if table.nested else table.columns
    kinds = {**kinds_of(columns), **dict.fromkeys({*plain.COUNTS} & {*columns}, "number")}
    types = {column: _TYPES.get(str(kind), "TEXT") for column, kind in kinds.items()}
    numbers = [place for place, column in enumerate(columns) if types[column] == "INTEGER"]
    _create(database, name, types, _references(name, beside), _KEYS.get(name, _ID))
    if not table.nested:
        _insert(database, name, len(columns), (_row(row, numbers) for row in table.rows))
        return
    own = [place for place, column in enumerate(table.nested) if column not in _SOURCE[1:]]
    source = [*map(table.nested.index, _SOURCE)]
    of_evidence = {
        table.nested[place]: kinds_of(table.nested)[table.nested[place]] for place in own
    }
    types = {
        "claim": "TEXT",
        "number": "INTEGER",
        **{column: _TYPES.get(str(kind), "TEXT") for column, kind in of_evidence.items()},
    }
    _create(database, "sources", dict.fromkeys(("id", *_SOURCE[1:]), "TEXT"), {}, _ID)
    references = _references("evidence", ("claims", "sources"))
    _create(database, "evidence", types, references, _KEYS["evidence"])
    rows = iter(table.rows)
    while batch := [*islice(rows, _AT_ONCE)]:
        _insert(database, name, len(columns), (_row(row[:-1], numbers) for row in batch))
        pieces = [(row[0], n, piece) for row in batch for n, piece in enumerate(row[-1], 1)]
        sources = ([piece[at] for at in source] for _, _, piece in pieces)
        _insert(database, "sources", len(source), sources, once=True)
        evidence = (_row([claim, n, *(piece[at] for at in own)]) for claim, n, piece in pieces)
        _insert(database, "evidence", len(types), evidence)


def _references(name: str, beside: Collection[str]) -> dict[str, str]:
    """Return the columns of a table that lead to tables that are there, and to which columns."""
    return {
        column: f'"{to}" ("{_KEYS.get(to, _ID)[0]}")'
        for column, to in _REFERENCES.get(name, {}).items()
        if to in beside
    }


def _create(
    database: Connection,
    name: str,
    types: Mapping[str, str],
    references: Mapping[str, str],
    key: Sequence[str],
) -> None:
    """Create a table with columns of some types; the names are ours."""
    parts = [
        f'"{column}" {type}'
        + (" NOT NULL" if column in key else "")
        + (f" REFERENCES {references[column]}" if column in references else "")
        for column, type in types.items()
    ]
    lines = ",\n  ".join([*parts, f"PRIMARY KEY ({', '.join(key)})"])
    database.execute(f'CREATE TABLE "{name}" (\n  {lines}\n)')


def _insert(
    database: Connection,
    name: str,
    width: int,
    rows: Iterable[Sequence[Any]],
    *,
    once: bool = False,
) -> None:
    """Insert rows; if `once`, a row whose key is there already is left out."""
    holes, how = ", ".join("?" * width), " OR IGNORE" if once else ""
    database.executemany(f'INSERT{how} INTO "{name}" VALUES ({holes})', rows)


def _row(row: Sequence[Any], numbers: Collection[int] = ()) -> list[Any]:
    """Return the values of a row as SQLite has them: lists apart by spaces.

    `numbers` are the places of whole numbers, which may be texts; what is none stays a text.
    """
    values = [" ".join(value) if isinstance(value, (list, tuple)) else value for value in row]
    for place in numbers:
        value = values[place]
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            values[place] = int(value)
    return [
        str(value) if isinstance(value, int) and not -_LARGEST <= value < _LARGEST else value
        for value in values
    ]
