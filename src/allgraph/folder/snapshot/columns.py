"""The table of claims in files of a snapshot, an array or a list of texts in each.

`write` writes a `ClaimTable`, and `read` maps the files into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from allgraph.folder.snapshot import files
from allgraph.model.adjacency import Network
from allgraph.model.columns import Columns
from allgraph.model.table import EVIDENCE_FIELDS, ClaimTable
from allgraph.model.withdrawn import Withdrawal

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_TYPES: dict[Any, type[np.generic]] = {"Numbers": np.int32, "Flags": np.bool_, "Days": np.int64}
"""The types of numbers by the types of fields: each such field has a file of its name."""
_SHAPES = {"bounds": (4, -1), "rivals": (2, -1)}
"""The shapes of the arrays that have several dimensions."""
_TEXTS = "texts.json"
"""The file of predicates, templates, roles, rivals, withdrawals and schemes of identifiers."""


def write(place: Path, table: ClaimTable) -> None:
    """Write a table, and the network of its claims, to files in the directory `place`.

    Works out the network, which is cached in the columns. Raises `OSError`.
    """
    import json

    columns = table.columns
    for name, texts in (
        ("claims", columns.claims),
        ("nodes", columns.nodes),
        ("labels", columns.names),
        ("terms", table.terms),
    ):
        files.write_texts(place / name, texts)
    for part in (columns, columns.network, table):
        for name in _types_of(type(part)):
            files.write_array(place / name, getattr(part, name))
    files.write_array(place / "first", columns.network.first)
    files.write_array(place / "ties", columns.network.ties)
    files.write_array(place / "evidence.first", table.first)
    files.write_array(place / "evidence", table.evidence)
    about_rows = {"roles": columns.roles, "rivals": table.rivals}
    content = {
        "incomplete": table.incomplete,
        "predicates": [*columns.predicates],
        "templates": [*columns.templates],
        **{name: {str(row): texts for row, texts in of.items()} for name, of in about_rows.items()},
        "withdrawals": {str(row): [*of] for row, of in table.withdrawals.items()},
        "schemes": {**table.schemes},
    }
    files.write(place / _TEXTS, [json.dumps(content).encode()])


def read_columns(place: Path) -> Columns:
    """Return the columns of the table that `write` wrote to a directory.

    Arrays and texts are mapped from the files, which stay open. Raises `EngineError` when a file
    is missing or damaged; texts are checked only when they are read.
    """
    content = _read_texts(place)
    columns = Columns(
        claims=files.read_texts(place / "claims"),
        nodes=files.read_texts(place / "nodes"),
        names=files.read_texts(place / "labels"),
        predicates=content["predicates"],
        templates=[(forward, back) for forward, back in content["templates"]],
        roles=_by_row(content["roles"]),
        **_arrays(place, Columns),
    )
    first = files.read_array(place / "first", np.int64)
    network = Network(first, **_arrays(place, Network))
    # These two are cached properties, which would be computed anew; put the values of the files.
    network.__dict__["ties"] = files.read_array(place / "ties", np.int64)
    columns.__dict__["network"] = network
    return columns


def read(place: Path, columns: Columns) -> ClaimTable:
    """Return the table that `write` wrote to a directory, with its `columns`.

    Arrays and texts are mapped as by `read_columns`, which raises the same errors.
    """
    content = _read_texts(place)
    return ClaimTable(
        columns=columns,
        terms=files.read_texts(place / "terms"),
        first=files.read_array(place / "evidence.first", np.int64),
        evidence=files.read_array(place / "evidence", np.int32, len(EVIDENCE_FIELDS), -1),
        rivals=_by_row(content["rivals"]),
        withdrawals={int(row): Withdrawal(*of) for row, of in content["withdrawals"].items()},
        schemes=content["schemes"],
        incomplete=content["incomplete"],
        **_arrays(place, ClaimTable),
    )


def _types_of(kind: type[DataclassInstance]) -> dict[str, type[np.generic]]:
    """Return the types of the numbers in the arrays of `Columns`, `Network` or `ClaimTable`."""
    return {array.name: _TYPES[array.type] for array in fields(kind) if array.type in _TYPES}


def _arrays(place: Path, kind: type[DataclassInstance]) -> dict[str, NDArray[Any]]:
    """Map the files of the arrays of a class, and return the arrays by name."""
    return {
        name: files.read_array(place / name, of_numbers, *_SHAPES.get(name, ()))
        for name, of_numbers in _types_of(kind).items()
    }


def _read_texts(place: Path) -> dict[str, Any]:
    """Read and return the content of the file `_TEXTS`."""
    import json

    content: dict[str, Any] = json.loads(files.CheckedFile(place / _TEXTS)[:])
    return content


def _by_row(texts: Mapping[str, list[str]]) -> dict[int, tuple[str, ...]]:
    """Return lists of texts with keys in digits as tuples by row."""
    return {int(row): tuple(of_row) for row, of_row in texts.items()}
