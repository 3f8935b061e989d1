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
from typing import TYPE_CHECKING, Any

from allgraph.errors import WriteError
from allgraph.exports import parquet
from allgraph.exports.columns import EVIDENCE_COLUMNS, records_of
from allgraph.exports.network import SortedNetwork, reported_fields, sorted_network
from allgraph.exports.tables import kinds_of
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG
from allgraph.sorting import Sorter
from allgraph.writing import beside

if TYPE_CHECKING:
    from allgraph.graph.claim_fields import Fields

FORMAT = 2
"""The version of the tables and their columns."""
MANIFEST = "dataset.json"
PER_FILE = 1_000_000
"""How many rows a file has at most."""
NO_KIND = "no-kind"
"""The partition of entities without a kind."""

_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
_TIME = ("when", *vocabulary.BOUND_NAMES, "aspect", "rank", "certainty", "disputed", "withdrawn")
ENTITIES = ("entity", "name", "kindName", "ties")
"""The columns of entities: IRI, name, kind, and how many edges there are at either end."""
CLAIMS = (
    "claim", "sentence", "subject", "subjectName", "predicateIri", "object", "objectName", "value",
    "datatype", "language", *_TIME, "roles", "rivals", "sensitive", "note", "sources", "evidence",
)  # fmt: skip
"""The columns of claims; ``sources`` are IRIs, ``evidence`` is a list of records."""
EDGES = ("claim", "subject", "object", "predicateIri", "sentence", *_TIME, "rivals", "sources")
"""The columns of edges: claims that join two entities."""
_SPECIAL_KINDS: parquet.Kinds = {"roles": "texts", "evidence": kinds_of(EVIDENCE_COLUMNS)}
_PARTITIONS = {"entities": "kind", "claims": "predicate", "edges": "predicate"}
_COLUMNS = {"entities": ENTITIES, "claims": CLAIMS, "edges": EDGES}

Row = tuple[str, str, dict[str, Any]]
"""A partition, an IRI and a record: rows are sorted by the first two."""


def safe(name: str, space: str = "") -> str:
    """Return a partition name for `name`: letters, digits, ``_`` and ``-``, a letter first.

    A name that is `space` and then a word of at most 63 letters, digits and ``_`` becomes that
    word; every other name becomes its last part, cut if long, with the beginning of the SHA-256 of
    the whole name at the end, so that two names never become one.
    """
    plain = name.removeprefix(space)
    if _PLAIN_NAME.fullmatch(plain) and name.startswith(space):
        return plain
    tail = re.sub(r"[^A-Za-z0-9_]+", "_", re.split(r"[/#:]", name.rstrip("/#:"))[-1])[:40]
    head = tail if tail[:1].isalpha() else f"p{tail}"
    return f"{head}-{sha256(name.encode()).hexdigest()[:12]}"


def write(
    graph: Graph, directory: Path, place: Path | None = None, progress: Progress | None = None
) -> None:
    """Write a graph as a dataset in `directory`: Parquet files of claims, edges and entities.

    Each table has a directory for each predicate, or kind of entity; ``dataset.json`` says what is
    there. The directory is new or empty, or has a dataset, which is replaced when the new one is
    whole. What is too much for memory is sorted in files in the directory `place`. Raises
    `WriteError`, `MissingExtra` without pyarrow, and `InputError` for a graph that an endpoint
    holds.
    """
    parquet.needed()
    with (
        _replacing(directory) as fresh,
        Sorter[Row](place) as claims,
        Sorter[Row](place) as edges,
        Sorter[Row](place) as entities,
    ):
        added = _with_rows_added(reported_fields(graph, progress), claims, edges)
        with sorted_network(graph, added, place) as network:
            entities.extend(_entity_rows(network))
        tables = {"claims": claims, "edges": edges, "entities": entities}
        row_counts = {name: _write_table(fresh, name, rows) for name, rows in tables.items()}
        _write_manifest(fresh, graph, row_counts)


def _with_rows_added(
    batches: Iterable[Fields], claims: Sorter[Row], edges: Sorter[Row]
) -> Iterator[Fields]:
    """Yield the same fields of claims, after adding the rows of these to two sorters.

    `claims` gets a row of the table of claims for each, `edges` a row of the table of edges for
    those whose object is no literal. A row is the partition, which is named after the predicate,
    the IRI of the claim, and a record.
    """
    for fields in batches:
        for record in records_of(fields):
            partition, claim = safe(record["predicateIri"], AG), record["claim"]
            if record["object"] is not None:
                edges.add((partition, claim, {name: record[name] for name in EDGES}))
            pieces = record["evidence"]
            record["evidence"] = [dict(zip(EVIDENCE_COLUMNS, p, strict=True)) for p in pieces]
            claims.add((partition, claim, {name: record[name] for name in CLAIMS}))
        yield fields


def _entity_rows(network: SortedNetwork) -> Iterator[Row]:
    """Yield a row of the table of entities for each thing of a network.

    It is the partition, which is named after the kind of the thing (``no-kind`` if it has none),
    its IRI, and a record.
    """
    for thing, ties in network.things():
        kind = thing.kind or None
        record = dict(zip(ENTITIES, (thing.iri, thing.name, kind, ties), strict=True))
        yield (safe(kind) if kind else NO_KIND), thing.iri, record


def _write_table(directory: Path, table: str, rows: Iterable[Row]) -> dict[str, int]:
    """Write the Parquet files of a table below `directory`, in a new directory for each partition.

    `table` is its name. `rows` are sorted by partition, their first part; the last is the record to
    write. Returns how many rows each partition has.
    """
    kinds = kinds_of(_COLUMNS[table], _SPECIAL_KINDS)
    counts: dict[str, int] = {}
    (directory / table).mkdir()
    for partition, group in groupby(rows, itemgetter(0)):
        folder = directory / table / f"{_PARTITIONS[table]}={partition}"
        folder.mkdir()
        counts[partition] = _write_parts(folder, kinds, (row[2] for row in group))
    return counts


def _write_parts(folder: Path, kinds: parquet.Kinds, records: Iterator[dict[str, Any]]) -> int:
    """Write records as Parquet files in `folder`, of at most `PER_FILE` records each.

    Returns how many records there were.
    """
    total = 0
    for number, first in enumerate(records):
        with (folder / f"part-{number:05}.parquet").open("wb") as file:
            total += parquet.write(kinds, chain([first], islice(records, PER_FILE - 1)), file)
    return total


def _write_manifest(directory: Path, graph: Graph, row_counts: dict[str, dict[str, int]]) -> None:
    """Write ``dataset.json``, which has the columns of each table and the sizes of its partitions.

    `row_counts` has the number of rows by table and partition.
    """
    import json

    tables = {
        name: {
            "partition": _PARTITIONS[name],
            "columns": [*_COLUMNS[name]],
            "rows": sum(row_counts[name].values()),
            "partitions": row_counts[name],
        }
        for name in sorted(row_counts)
    }
    manifest = {"format": FORMAT, "title": graph.folder.title, "tables": tables}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


@contextmanager
def _replacing(directory: Path) -> Iterator[Path]:
    """Create a directory beside `directory`; after the ``with`` it is renamed to `directory`.

    A dataset that is there is moved aside, and removed when the new one is in its place; when the
    block raises, the new directory is removed, and the old dataset stays. Raises `WriteError` for
    an `OSError`, and for what must not be replaced.
    """
    try:
        directory = Path(os.path.realpath(directory))
        _check_replaceable(directory)
        fresh, old = beside(directory), beside(directory)
        try:
            fresh.mkdir()
            yield fresh
            if directory.exists():
                directory.rename(old)
            fresh.rename(directory)
        finally:
            if old.exists() and not directory.exists():
                old.rename(directory)
            for leftover in (fresh, old):
                shutil.rmtree(leftover, ignore_errors=True)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}", path=directory) from None


def _check_replaceable(directory: Path) -> None:
    """Raise `WriteError` for a file, or for a directory that has files but no dataset."""
    if os.path.lexists(directory) and not directory.is_dir():
        raise WriteError("is a file; a dataset is a directory", path=directory)
    if directory.is_dir() and any(directory.iterdir()) and not (directory / MANIFEST).is_file():
        raise WriteError("is not empty and has no dataset; give a new directory", path=directory)
