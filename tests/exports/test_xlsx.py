"""Workbooks: what another reader finds in the cells is what CSV has, and nothing is a formula."""

from __future__ import annotations

import builtins
import csv
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from python_calamine import CalamineWorkbook

from allgraph.errors import MissingExtra, UnknownFormat
from allgraph.exports import tables, xlsx
from allgraph.exports.export import export, exported
from allgraph.graph import Graph, open_graph
from tests.exports.test_plain import council_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeFolder

HOSTILE = """
id:x a ag:Person ; rdfs:label "=1+1" .
id:y a ag:Person ; rdfs:label "https://evil.example/x" .
id:z a ag:Person ; rdfs:label "007" .
"""


def cells_of(book: bytes, sheet: str) -> list[list[str]]:
    """The cells of a sheet as texts, as another program reads them."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name(sheet).to_python()
    return [[str(int(c)) if isinstance(c, float) else str(c) for c in row] for row in rows]


def csv_of(graph: Graph, table: Any) -> list[list[str]]:
    """The cells of a table as CSV has them."""
    return [*csv.reader(io.StringIO(exported(graph, "csv", table=table).decode()))]


def test_every_sheet_has_the_cells_of_csv(graph: Graph, make_folder: MakeFolder) -> None:
    for held in (graph, council_of(make_folder)):
        book = exported(held, "xlsx")
        names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
        assert names == [*tables.NAMES, "about"]
        for table in tables.NAMES:
            assert cells_of(book, table) == csv_of(held, table)
        assert ["title", held.folder.title] in cells_of(book, "about")


def test_one_table_is_one_sheet(graph: Graph) -> None:
    book = exported(graph, "xlsx", table="bills")
    names = CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names
    assert names == ["bills", "about"] and cells_of(book, "bills") == csv_of(graph, "bills")


def test_no_text_becomes_anything_else(make_folder: MakeFolder) -> None:
    held = open_graph(make_folder({"data/a.ttl": HOSTILE}, prefixes=True))
    book = exported(held, "xlsx", table="people")
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        texts = {name: parts.read(name).decode() for name in parts.namelist()}
    sheet = texts["xl/worksheets/sheet1.xml"]
    assert not re.search(r"<f[ >]|<hyperlink", sheet) and "=1+1" in sheet
    assert not any("hyperlink" in text for name, text in texts.items() if name.endswith(".rels"))
    assert [row[1] for row in cells_of(book, "people")] == [
        "name", "=1+1", "https://evil.example/x", "007"
    ]  # fmt: skip


def test_the_header_stays_in_view_and_filters(graph: Graph) -> None:
    with zipfile.ZipFile(io.BytesIO(exported(graph, "xlsx", table="votes"))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert 'state="frozen"' in sheet and '<autoFilter ref="A1:AB2"/>' in sheet
    assert re.search(r'<c r="N2"[^>]*><v>15</v>', sheet), "a count is a number"


def test_it_is_the_same_each_time(graph: Graph, tmp_path: Path) -> None:
    export(graph, tmp_path / "a.xlsx", table="people")
    assert (tmp_path / "a.xlsx").read_bytes() == exported(graph, "xlsx", table="people")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_cell_that_is_too_long_is_cut_and_told(
    make_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    text = f'id:x a ag:Person ; rdfs:label "{"😀" * 20_000}" .'
    held = open_graph(make_folder({"data/a.ttl": text}, prefixes=True))
    [_, row] = cells_of(exported(held, "xlsx", table="people"), "people")
    assert row[1] == "😀" * 16_383 + "…"
    assert "1 cells such as name in row 2 of people are cut" in caplog.text


def test_too_many_rows_are_an_error_and_leave_the_file(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 60)
    assert len(csv_of(graph, "people")) == 60
    exported(graph, "xlsx", table="people")
    monkeypatch.setattr(xlsx, "MOST_ROWS", 59)
    (tmp_path / "a.xlsx").write_bytes(b"as it was")
    with pytest.raises(UnknownFormat, match="Excel has 59 rows in a sheet, and people has more"):
        export(graph, tmp_path / "a.xlsx", table="people")
    assert (tmp_path / "a.xlsx").read_bytes() == b"as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_missing_library_is_said(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(module: str, *more: Any, **options: Any) -> Any:
        if module.partition(".")[0] == "xlsxwriter":
            raise ModuleNotFoundError("No module named 'xlsxwriter'", name="xlsxwriter")
        return real(module, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=re.escape('pip install "allgraph-kg[xlsx]"')):
        exported(graph, "xlsx")
