"""Spreadsheets: cells as texts by their own type, and files that claim more than they should."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from allgraph.errors import LoadError
from tests.support.selectors import read_all, written

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
ROWS = """\
<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Seats</t>\
</is></c><c r="C1" t="inlineStr"><is><t>Day</t></is></c></row>
<row r="3"><c r="A3" t="inlineStr"><is><t>Ann &amp; Bo</t></is></c><c r="B3"><v>46</v></c>\
<c r="C3" s="1"><v>44927</v></c></row>
<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4"><v>0.5</v></c>\
<c r="C4" s="2"><v>44927.5</v></c></row>
"""


def workbook(path: Path, *sheets: str) -> Path:
    """A spreadsheet of sheets named S1, S2 and so on, whose rows are given as XML."""
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}"><sheets>'
        + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        + f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {MAIN}><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for number, rows in enumerate(sheets, 1):
        content = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
        parts[f"xl/worksheets/sheet{number}.xml"] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def test_cells_are_texts_by_their_type(tmp_path: Path) -> None:
    records = read_all(workbook(tmp_path / "a.xlsx", ROWS))
    assert [record.fields for record in records] == [
        {"Name": "Ann & Bo", "Seats": "46", "Day": "2023-01-01"},
        {"Name": "true", "Seats": "0.5", "Day": "2023-01-01T12:00:00"},
    ]
    assert [record.place for record in records] == ["row=3", "row=4"]
    assert records[0].place_of(("Seats",)) == "col=2" and records[0].line is None


def test_a_sheet_is_chosen_by_its_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "", ROWS)
    assert read_all(path, sheet="S2")[0].fields["Seats"] == "46"
    with pytest.raises(LoadError, match="has no header"):
        read_all(path)
    with pytest.raises(LoadError, match="has no sheet “S3”; its sheets: “S1”, “S2”"):
        read_all(path, sheet="S3")
    with pytest.raises(LoadError, match="remove “entries”"):
        read_all(path, entries="a")


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
def test_another_content_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = written(tmp_path, f"a{suffix}", "a,b\n1,2\n")
    with pytest.raises(LoadError, match="is no spreadsheet that can be read"):
        read_all(path)
    with pytest.raises(LoadError, match="is no spreadsheet that can be read"):
        read_all(tmp_path / f"missing{suffix}")


def test_a_small_file_with_too_many_cells_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    with pytest.raises(LoadError, match=r"a.xlsx: .*too large|more than 5,000,000 cells"):
        read_all(workbook(tmp_path / "a.xlsx", ROWS + far))
    monkeypatch.setattr("allgraph.selectors.excel.MOST_CELLS", 8)
    with pytest.raises(LoadError, match="more than 8 cells"):
        read_all(workbook(tmp_path / "a.xlsx", ROWS))
    monkeypatch.setattr("allgraph.selectors.excel.LARGEST_FILE", 8)
    with pytest.raises(LoadError, match="is larger than 0 MiB"):
        read_all(tmp_path / "a.xlsx")


def test_a_small_file_that_expands_too_much_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="expands to more than 100 times its size"):
        read_all(workbook(tmp_path / "a.xlsx", ROWS + " " * 2**25))
