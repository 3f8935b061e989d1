"""Parquet: rows as records, lists and structs in them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from allgraph.errors import LoadError
from allgraph.selectors import parquet
from tests.support.selectors import read_all, written


def table(path: Path, columns: dict[str, list[Any]] | pa.Table) -> Path:
    """A file of Parquet with columns."""
    pa.parquet.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
    return path


def test_rows_are_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_BATCH", 1)
    columns = {
        "name": ["Ann", None],
        "n": [46, 2],
        "f": [46.0, 0.5],
        "yes": [True, False],
        "day": [date(2023, 1, 1), None],
        "at": [datetime(2023, 1, 1), None],
        "exact": [Decimal("1.50"), None],
        "bytes": [b"x", None],
        "roles": [[{"type": "upper", "n": 1}], []],
    }
    first, second = read_all(table(tmp_path / "a.parquet", columns))
    assert first.fields == {
        "name": "Ann",
        "n": "46",
        "f": "46",
        "yes": "true",
        "day": "2023-01-01",
        "at": "2023-01-01T00:00:00",
        "exact": "1.50",
        "bytes": "x",
        "roles": [{"type": "upper", "n": "1"}],
    }
    assert (second.fields["name"], second.fields["roles"]) == (None, [])
    assert (second.place, second.line) == ("/1", None)
    assert first.place_of(("roles", 0, "type")) == "/roles/0/type"


def test_what_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LoadError, match=r"a.parquet: is no Parquet that can be read"):
        read_all(written(tmp_path, "a.parquet", "PAR1 and no more"))
    with pytest.raises(LoadError, match=r"missing.parquet: is no Parquet that can be read"):
        read_all(tmp_path / "missing.parquet")
    with pytest.raises(LoadError, match="bytes that are no text"):
        read_all(table(tmp_path / "a.parquet", {"a": [b"\xff"]}))
    twice = pa.table([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    with pytest.raises(LoadError, match="two columns of one name"):
        read_all(table(tmp_path / "a.parquet", twice))
    path = table(tmp_path / "a.parquet", {"a": ["x" * 5000]})
    with pytest.raises(LoadError, match="remove “entries”"):
        read_all(path, entries="a")
    monkeypatch.setattr(parquet, "LARGEST_RECORD", 1000)
    with pytest.raises(LoadError, match="1,024 rows have more than"):
        read_all(path)
