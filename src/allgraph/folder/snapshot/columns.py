"""The table of claims in files of a snapshot, an array or a list of texts in each.

`write` writes a `ClaimTable`, and `read` maps the files into memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allgraph.folder.snapshot import files
from allgraph.model.adjacency import Network
from allgraph.model.columns import Columns
from allgraph.model.table import EVIDENCE_FIELDS, ClaimTable

_OF_COLUMNS: dict[str, type[np.generic]] = {
    "subject": np.int32,
    "predicate": np.int32,
    "object": np.int32,
    "event": np.bool_,
    "deprecated": np.bool_,
    "preferred": np.bool_,
    "claim_of": np.int32,
    "closed": np.bool_,
}
"""The names and types of the arrays of `Columns`, each in a file of this name."""
_OF_NETWORK: dict[str, type[np.generic]] = {"first": np.int64, "head": np.int32, "tie": np.int32}
"""The same for the arrays of `Network`."""
_OF_TABLE: dict[str, type[np.generic]] = {
    "value": np.int32,
    "when": np.int32,
    "rank": np.int32,
    "note": np.int32,
    "certainty": np.int32,
    "sensitive": np.bool_,
    "withdrawn": np.bool_,
}
"""The same for the arrays of `ClaimTable`."""
_TEXTS = "texts.json"
"""The file of predicates, templates, roles and rivals."""


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
    for name in (*_OF_COLUMNS, "bounds", "rivals"):
        files.write_array(place / name, getattr(columns, name))
    for name in (*_OF_NETWORK, "ties"):
        files.write_array(place / name, getattr(columns.network, name))
    for name in (*_OF_TABLE, "evidence"):
        files.write_array(place / name, getattr(table, name))
    files.write_array(place / "evidence.first", table.first)
    about_rows = {"roles": columns.roles, "rivals": table.rivals}
    content = {
        "incomplete": table.incomplete,
        "predicates": [*columns.predicates],
        "templates": [*columns.templates],
        **{name: {str(row): texts for row, texts in of.items()} for name, of in about_rows.items()},
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
        bounds=files.read_array(place / "bounds", np.int64, 4, -1),
        rivals=files.read_array(place / "rivals", np.int32, 2, -1),
        roles=_by_row(content["roles"]),
        **_arrays(place, _OF_COLUMNS),
    )
    network = Network(**_arrays(place, _OF_NETWORK))
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
        incomplete=content["incomplete"],
        **_arrays(place, _OF_TABLE),
    )


def _arrays(place: Path, kinds: Mapping[str, type[np.generic]]) -> dict[str, NDArray[Any]]:
    """Map the files of arrays with some names and types, and return the arrays by name."""
    return {name: files.read_array(place / name, kind) for name, kind in kinds.items()}


def _read_texts(place: Path) -> dict[str, Any]:
    """Read and return the content of the file `_TEXTS`."""
    import json

    content: dict[str, Any] = json.loads(files.CheckedFile(place / _TEXTS).whole().tobytes())
    return content


def _by_row(texts: Mapping[str, list[str]]) -> dict[int, tuple[str, ...]]:
    """Return lists of texts with keys in digits as tuples by row."""
    return {int(row): tuple(of_row) for row, of_row in texts.items()}
