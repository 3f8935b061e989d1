"""CSV: rows as RFC 7111 counts them, cells with line breaks, and what is broken."""

from __future__ import annotations

import csv
import io
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allgraph.errors import LoadError
from allgraph.selectors import read
from tests.support.selectors import line_with, paths, read_all, written

cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\"',;"), max_size=5
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(cells, min_size=width, max_size=width).filter(any), min_size=1, max_size=4
    )
)
ends = st.sampled_from(["\n", "\r\n", "\r"])


def dumped(rows: list[list[str]], delimiter: str, end: str) -> str:
    """Rows as CSV, as the standard library writes it."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


@given(tables, st.sampled_from(",;\t|"), ends, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_a_library_wrote_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    delimiter: str,
    end: str,
    encoding: str,
) -> None:
    header = [f"Column {index}" for index in range(len(rows[0]))]
    text = dumped([header, *rows], delimiter, end)
    path = written(tmp_path_factory.getbasetemp(), "a.csv", text.encode(encoding))
    records = read_all(path)
    assert [record.fields for record in records] == [
        dict(zip(header, row, strict=True)) for row in rows
    ]
    assert [record.place for record in records] == [f"row={n}" for n in range(2, len(rows) + 2)]


@given(tables, ends, st.integers(0, 3))
def test_a_line_is_that_of_the_text(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str, breaks: int
) -> None:
    number = count()
    rows = [[f"word{next(number)}end" + "\n" * breaks for _ in row] for row in rows]
    text = dumped([[*"ABCD"[: len(rows[0])]], *rows], ";", end)
    for record in read_all(written(tmp_path_factory.getbasetemp(), "a.csv", text)):
        for steps, cell in paths(record.fields):
            lines = text.replace("\r\n", "\n").replace("\r", "\n")
            assert record.line_of(steps) == line_with(lines, str(cell).strip())


def test_empty_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    text = '"Name, all"\tNote\r\n\r\nAnn\t"a ""b""\r\nc"\r\n\t\r\nBo\t\r\n'
    first, second = read_all(written(tmp_path, "a.tsv", text))
    assert first.fields == {"Name, all": "Ann", "Note": 'a "b"\r\nc'}
    assert (first.place, first.line) == ("row=3", 3)
    assert (second.place, second.line) == ("row=5", 6)
    assert second.place_of(("Note",)) == "col=2" and second.find("col=2") == ("", 6)


def test_a_delimiter_may_be_given(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "a,b,c:d\n1,2,3:4\n")
    assert read_all(path, delimiter=":")[0].fields == {"a,b,c": "1,2,3", "d": "4"}
    with pytest.raises(LoadError, match="one character"):
        read_all(path, delimiter="::")
    with pytest.raises(LoadError, match="remove “entries”"):
        read_all(path, entries="a")
    assert read_all(written(tmp_path, "b.csv", "a\n1\n"))[0].fields == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.csv:1: has no header"),
        ("\n\na,b\n", "a.csv:1: has no header"),
        ("a,,b, \n", r"a.csv:1: the header has no name for column 2; write one"),
        ("a,b,\n1,2,3\n", r"a.csv:2: row 2 has 3 cells, and the header 2"),
        ("a,b,a,b\n", "a.csv:1: the header has “a”, “b” twice; rename one"),
        ('a,b\n"x\ny",1\n1,2,3\n', "a.csv:4: row 3 has 3 cells, and the header 2"),
        ("a,b\n1\n", "a.csv:2: row 2 has 1 cells, and the header 2"),
        ("a,b\n1,2\n\x00,3\n", "a.csv:3: has a NUL"),
        ('a,b\n1,2\n"x" y,2\n', "a.csv:3: not CSV: ',' expected after '\"'"),
        ('a,b\n1,2\n"x,2\n3,4\n', "a.csv:3: not CSV: unexpected end of data"),
        ('a,b\n1,2\n"' + "x\n" * 200_000, "a.csv:3: a cell is longer than 131,072 characters"),
        ("a,b\n" + "x" * 2**21, "a.csv:2: a line is longer than 1,048,576"),
    ],
)
def test_what_is_wrong_is_one_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(LoadError, match=message):
        read_all(written(tmp_path, "a.csv", text))
    assert csv.field_size_limit() == 131_072


def test_a_header_of_many_columns_is_checked_at_once(tmp_path: Path) -> None:
    header = ",".join(f"c{index}" for index in range(100_000))
    path = written(tmp_path, "a.csv", f"{header}\n{header}\n")
    (record,) = read(path, "a.csv")
    assert record.place_of(("c99999",)) == "col=100000"


def test_another_encoding_is_said(tmp_path: Path) -> None:
    text = "a;b\nx;y\nMüller;€\n"
    path = written(tmp_path, "a.csv", text.encode("windows-1252"))
    with pytest.raises(LoadError, match=r"a.csv:3: not UTF-8: byte 0xfc .* set “encoding”"):
        read_all(path)
    assert read_all(path, encoding="windows-1252")[1].fields == {"a": "Müller", "b": "€"}
    with pytest.raises(LoadError, match=r"a.csv:\d: not UTF-16"):
        read_all(written(tmp_path, "a.csv", text.encode("utf-16")[:-1]))


def test_unnamed_columns_at_the_end_may_be_there_if_they_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,,\n1,2,,\n3,,,\n")
    assert [record.fields for record in read(path, "a.csv")] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": ""},
    ]
