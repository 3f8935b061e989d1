"""A graph as a directory of partitioned Parquet, which DuckDB, Polars, Spark and others read.

There are three tables: ``entities`` in a directory for each kind, and ``claims`` and ``edges`` in
one for each predicate, as Hive names them (``claims/predicate=servedOn/part-00000.parquet``); and
``dataset.json``, which says what is there. Columns and types are the same for every graph, and the
same graph gives the same bytes with the same version of pyarrow.

>>> safe("https://w3id.org/allgraph/ns#servedOn", AG), safe("https://example.org/a/../b", AG)
('servedOn', 'b-41faf596ee59')
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain, groupby, islice
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyoxigraph import Literal

from allgraph.errors import WriteError
from allgraph.exports import parquet
from allgraph.exports.network import BOUNDS, Streamed, streamed_from
from allgraph.exports.tables import EVIDENCE_COLUMNS, evidence_record, exact, kinds_of
from allgraph.graph import Graph
from allgraph.graph.claims import Claim
from allgraph.graph.graph import Progress
from allgraph.model import edtf
from allgraph.rdf.terms import AG, text
from allgraph.sorting import Sorter

FORMAT = 1
"""The version of the tables and their columns."""
MANIFEST = "dataset.json"
PER_FILE = 1_000_000
"""How many rows a file has at most."""
NO_KIND = "no-kind"
"""The partition of entities without a kind."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_TIME = ("when", *BOUNDS, "aspect", "rank", "certainty", "disputed")
ENTITIES = ("entity", "name", "kindName", "ties")
"""The columns of entities: IRI, name, kind, and how many edges there are at either end."""
CLAIMS = (
    "claim", "sentence", "subject", "subjectName", "predicateIri", "object", "objectName", "value",
    "datatype", "language", *_TIME, "roles", "rivals", "sensitive", "note", "sources", "evidence",
)  # fmt: skip
"""The columns of claims; ``sources`` are IRIs, ``evidence`` is a list of records."""
EDGES = (
    "claim", "subject", "object", "predicateIri", "sentence", *_TIME, "rivals", "sources"
)  # fmt: skip
"""The columns of edges: claims that join two entities."""
_TYPES: dict[str, parquet.Kind | parquet.Kinds] = {
    **dict.fromkeys(BOUNDS, "day"),
    **dict.fromkeys(("rivals", "sources", "roles"), "texts"),
    **dict.fromkeys(("sensitive", "disputed"), "yes-no"),
    "ties": "number",
    "evidence": kinds_of(EVIDENCE_COLUMNS),
}
_PARTITIONS = {"entities": "kind", "claims": "predicate", "edges": "predicate"}
_COLUMNS = {"entities": ENTITIES, "claims": CLAIMS, "edges": EDGES}

Row = tuple[str, str, dict[str, Any]]
"""A partition, an IRI and a record: rows are sorted by the first two."""


def safe(name: str, space: str = "") -> str:
    """A name for a partition, which needs no escape and is never taken for a number or a path.

    What begins with `space` and goes on with letters is that; all else has a digest at its end.
    """
    plain = name.removeprefix(space)
    if _PLAIN.fullmatch(plain) and name.startswith(space):
        return plain
    tail = re.sub(r"[^A-Za-z0-9_]+", "_", re.split(r"[/#:]", name.rstrip("/#:"))[-1])[:40]
    head = tail if tail[:1].isalpha() else f"p{tail}"
    return f"{head}-{sha256(name.encode()).hexdigest()[:12]}"


def write(
    graph: Graph, directory: Path, place: Path | None = None, progress: Progress | None = None
) -> None:
    """Write a graph as a dataset; see `export.export`.

    The directory is new or empty, or has a dataset, which is replaced when the new one is whole.
    Raises `WriteError`, `MissingExtra` without pyarrow, and what reading the graph raises.
    """
    parquet.needed()
    with _replacing(directory) as fresh, _Tables(place) as tables:
        tables.read(graph, place, progress)
        files = {name: _write_table(fresh, name, rows) for name, rows in tables.rows()}
        _write_manifest(fresh, graph, files)


class _Tables:
    """The rows of the three tables, in order."""

    def __init__(self, place: Path | None) -> None:
        self._claims = Sorter[tuple[Any, ...]](place)
        self._edges = Sorter[tuple[Any, ...]](place)
        self._entities = Sorter[tuple[Any, ...]](place)

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *error: object) -> None:
        for sorter in (self._claims, self._edges, self._entities):
            sorter.close()

    def read(self, graph: Graph, place: Path | None, progress: Progress | None) -> None:
        """Take all claims of a graph, and what they join."""
        claims = map(self._taken, exact(graph, place, progress))
        with streamed_from(graph, claims, place) as network:
            self._entities.extend(_entities(network))

    def _taken(self, claim: Claim) -> Claim:
        partition = safe(claim.predicate, AG)
        self._claims.add((partition, claim.iri, _claim(claim)))
        if not isinstance(claim.object, Literal):
            self._edges.add((partition, claim.iri, _common(claim)))
        return claim

    def rows(self) -> Iterator[tuple[str, Iterable[Any]]]:
        """The tables, each with its rows."""
        yield "claims", self._claims
        yield "edges", self._edges
        yield "entities", self._entities


def _entities(network: Streamed) -> Iterator[Row]:
    for thing, ties in network.things():
        kind = thing.kind or None
        record = dict(zip(ENTITIES, (thing.iri, thing.name, kind, ties), strict=True))
        yield (safe(kind) if kind else NO_KIND), thing.iri, record


def _common(claim: Claim) -> dict[str, Any]:
    days = (edtf.iso(day) if day else None for day in claim.bounds)
    return {
        "claim": claim.iri,
        "subject": claim.subject.value,
        "object": None if isinstance(claim.object, Literal) else text(claim.object),
        "predicateIri": claim.predicate,
        "sentence": claim.sentence,
        "when": claim.when or None,
        **dict(zip(BOUNDS, days, strict=True)),
        "aspect": claim.aspect,
        "rank": claim.rank,
        "certainty": claim.certainty or None,
        "disputed": claim.disputed,
        "rivals": [*claim.rivals],
        "sources": [*dict.fromkeys(each.source for each in claim.evidence)],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    value = claim.object if isinstance(claim.object, Literal) else None
    return {
        **_common(claim),
        "subjectName": claim.subject_name,
        "objectName": claim.object_name if value is None else None,
        "value": None if value is None else value.value,
        "datatype": None if value is None else value.datatype.value,
        "language": None if value is None else value.language,
        "roles": [*claim.roles],
        "sensitive": claim.sensitive,
        "note": claim.note or None,
        "evidence": [evidence_record(each) for each in claim.evidence],
    }


def _write_table(directory: Path, table: str, rows: Iterable[Row]) -> dict[str, int]:
    """Write the files of a table; the rows of each partition."""
    kinds = {name: _TYPES.get(name, "text") for name in _COLUMNS[table]}
    found: dict[str, int] = {}
    for partition, some in groupby(rows, lambda row: row[0]):
        place = directory / table / f"{_PARTITIONS[table]}={partition}"
        place.mkdir(parents=True)
        found[partition] = _write_parts(place, kinds, (row[2] for row in some))
    if not found:
        (directory / table).mkdir()
    return found


def _write_parts(place: Path, kinds: parquet.Kinds, records: Iterator[dict[str, Any]]) -> int:
    total = number = 0
    for first in records:
        with (place / f"part-{number:05}.parquet").open("wb") as out:
            total += parquet.write(kinds, chain([first], islice(records, PER_FILE - 1)), out)
        number += 1
    return total


def _write_manifest(directory: Path, graph: Graph, files: dict[str, dict[str, int]]) -> None:
    import json

    tables = {
        name: {
            "partition": _PARTITIONS[name],
            "columns": [*_COLUMNS[name]],
            "rows": sum(files[name].values()),
            "partitions": files[name],
        }
        for name in sorted(files)
    }
    said = {"format": FORMAT, "title": graph.folder.title, "tables": tables}
    written = json.dumps(said, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(written, encoding="utf-8")


@contextmanager
def _replacing(directory: Path) -> Iterator[Path]:
    """A new directory, which takes the place of another when all is written."""
    try:
        directory = Path(os.path.realpath(directory))
        _check(directory)
        fresh, old = (directory.with_name(f".{directory.name}.{token_hex(4)}") for _ in "12")
        try:
            fresh.mkdir()
            yield fresh
            if directory.exists():
                directory.rename(old)
            fresh.rename(directory)
        finally:
            if old.exists() and not directory.exists():
                old.rename(directory)
            for rest in (fresh, old):
                shutil.rmtree(rest, ignore_errors=True)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}", path=directory) from None


def _check(directory: Path) -> None:
    """Raise `WriteError` for what must not be replaced."""
    if os.path.lexists(directory) and not directory.is_dir():
        raise WriteError("is a file; a dataset is a directory", path=directory)
    if directory.is_dir() and any(directory.iterdir()) and not (directory / MANIFEST).is_file():
        raise WriteError("is not empty and has no dataset; give a new directory", path=directory)
