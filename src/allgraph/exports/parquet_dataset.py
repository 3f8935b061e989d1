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
from operator import itemgetter
from pathlib import Path
from secrets import token_hex
from typing import Any

from pyoxigraph import Literal

from allgraph.errors import WriteError
from allgraph.exports import parquet
from allgraph.exports.network import BOUNDS, SortedNetwork, sorted_network
from allgraph.exports.tables import (
    EVIDENCE_COLUMNS,
    claim_columns,
    evidence_record,
    exact,
    kinds_of,
)
from allgraph.graph import Graph
from allgraph.graph.claims import Claim
from allgraph.graph.graph import Progress
from allgraph.rdf.terms import AG
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
EDGES = ("claim", "subject", "object", "predicateIri", "sentence", *_TIME, "rivals", "sources")
"""The columns of edges: claims that join two entities."""
_KINDS: parquet.Kinds = {"roles": "texts", "evidence": kinds_of(EVIDENCE_COLUMNS)}
_PARTITIONS = {"entities": "kind", "claims": "predicate", "edges": "predicate"}
_COLUMNS = {"entities": ENTITIES, "claims": CLAIMS, "edges": EDGES}

Row = tuple[str, str, dict[str, Any]]
"""A partition, an IRI and a record: rows are sorted by the first two."""


def safe(name: str, space: str = "") -> str:
    """Return a name for a partition, which needs no escape and never looks like a number or a path.

    For a name that begins with `space` and goes on with letters those are it; all other names get
    a digest at the end.
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
    What is too much for memory is sorted in the directory `place`. Raises `WriteError`,
    `MissingExtra` without pyarrow, and what reading the graph raises.
    """
    parquet.needed()
    with (
        _replacing(directory) as fresh,
        Sorter[Row](place) as claims,
        Sorter[Row](place) as edges,
        Sorter[Row](place) as entities,
    ):
        added = _added(exact(graph, place, progress), claims, edges)
        with sorted_network(graph, added, place) as network:
            entities.extend(_entity_rows(network))
        tables = {"claims": claims, "edges": edges, "entities": entities}
        files = {name: _write_table(fresh, name, rows) for name, rows in tables.items()}
        _write_manifest(fresh, graph, files)


def _added(claims: Iterable[Claim], rows: Sorter[Row], edges: Sorter[Row]) -> Iterator[Claim]:
    """Yield claims after adding their rows to the tables of claims and edges."""
    for claim in claims:
        partition, values = safe(claim.predicate, AG), claim_columns(claim)
        if not isinstance(claim.object, Literal):
            edges.add((partition, claim.iri, {name: values[name] for name in EDGES}))
        values["evidence"] = [evidence_record(evidence) for evidence in claim.evidence]
        rows.add((partition, claim.iri, {name: values[name] for name in CLAIMS}))
        yield claim


def _entity_rows(network: SortedNetwork) -> Iterator[Row]:
    for thing, ties in network.things():
        kind = thing.kind or None
        record = dict(zip(ENTITIES, (thing.iri, thing.name, kind, ties), strict=True))
        yield (safe(kind) if kind else NO_KIND), thing.iri, record


def _write_table(directory: Path, table: str, rows: Iterable[Row]) -> dict[str, int]:
    """Write the files of a table, and return how many rows each partition has."""
    kinds = kinds_of(_COLUMNS[table], _KINDS)
    counts: dict[str, int] = {}
    (directory / table).mkdir()
    for partition, group in groupby(rows, itemgetter(0)):
        folder = directory / table / f"{_PARTITIONS[table]}={partition}"
        folder.mkdir()
        counts[partition] = _write_parts(folder, kinds, (row[2] for row in group))
    return counts


def _write_parts(folder: Path, kinds: parquet.Kinds, records: Iterator[dict[str, Any]]) -> int:
    """Write records as files of at most `PER_FILE`, and return how many there were."""
    total = 0
    for number, first in enumerate(records):
        with (folder / f"part-{number:05}.parquet").open("wb") as out:
            total += parquet.write(kinds, chain([first], islice(records, PER_FILE - 1)), out)
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
    manifest = {"format": FORMAT, "title": graph.folder.title, "tables": tables}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


@contextmanager
def _replacing(directory: Path) -> Iterator[Path]:
    """Give a new directory, which takes the place of another when all is written."""
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
