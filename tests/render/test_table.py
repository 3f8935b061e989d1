"""Rows as text: never wider than the terminal, whatever is in them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allgraph.render.table import clean, columns_of, fill, layout, wrap

LONG_IRI = "https://example.org/" + "a/" * 60
SPECIAL = st.sampled_from(
    ["東京", "東", "e\u0301", "\u0301\u0302", "\U0001f469\u200d\U0001f680", "한국", "\u202eabc",
     "\x1b[31m", "\x00", "\a", "\r\n", "\t", "\u2028", "\u00ad", "x" * 200, "東" * 90, "a-b" * 40,
     " ", "  ", LONG_IRI, "id:a-name-with-hyphens", "word", "\u200b", "\ufeff", "\u061c"]
)  # fmt: skip
cells = st.text(max_size=40) | st.lists(SPECIAL, max_size=8).map(" ".join)
NAMES = st.text("abcdefgh_", min_size=1, max_size=12) | st.just("a" * 150) | st.just("nom\u00e9")


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    columns = draw(st.lists(NAMES, min_size=1, max_size=8))
    row = st.lists(cells, min_size=len(columns), max_size=len(columns))
    return columns, draw(st.lists(row, min_size=1, max_size=4))


def ends_in_iri(line: str) -> bool:
    """Whether a line may be wide: it ends in an IRI or CURIE, which nothing follows."""
    return ":" in line.split()[-1][1:-1]


def width_of(line: str) -> int:
    """How wide a terminal shows a line, by the categories of Unicode."""
    width = 0
    for char in line:
        assert unicodedata.category(char) != "Cc", "a control character"
        if unicodedata.category(char) in ("Mn", "Me", "Cf") and char != "\u00ad":
            continue
        width += 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
    return width


@given(tables(), st.integers(24, 120))
@settings(max_examples=400)
def test_no_line_is_wider_than_asked(table: tuple[list[str], list[list[str]]], width: int) -> None:
    columns, rows = table
    for line in layout(columns, rows, width=width).split("\n"):
        assert width_of(line) <= width or ends_in_iri(line)
        assert not line.endswith(" ")


@given(tables())
@settings(max_examples=200)
def test_nothing_is_lost(table: tuple[list[str], list[list[str]]]) -> None:
    columns, rows = table
    text = layout(columns, rows)
    for cell in (cell for row in rows for cell in row):
        for char in clean(cell):
            assert char.isspace() or text.count(char) > 0


@given(st.lists(st.lists(st.text("ab c", max_size=30), min_size=3, max_size=3), min_size=1))
def test_a_column_can_be_read_downwards(rows: list[list[str]]) -> None:
    head, rule, *lines = layout(["one", "two", "three"], rows).split("\n")
    starts = [head.index(name) for name in ("one", "two", "three")]
    assert [rule.startswith("-", start) for start in starts] == [True] * 3
    for index, start in enumerate(starts):
        end = starts[index + 1] if index < 2 else None
        shown = " ".join(" ".join(line[start:end] for line in lines).split())
        assert shown == " ".join(" ".join(row[index] for row in rows).split())


def test_a_table_as_it_looks() -> None:
    rows = [["東京", "a city"], ["Ada Lovelace, who wrote the first program", "a person"]]
    assert layout(["name", "kind"], rows, width=30).split("\n") == [
        "name                  kind",
        "--------------------  --------",
        "東京                  a city",
        "Ada Lovelace, who     a person",
        "wrote the first",
        "program",
    ]


def test_iris_are_not_broken_in_a_table() -> None:
    rows = [["id:frederique-van-der-wal", "the Advisory Board of the Model Alliance, since 2012"]]
    assert layout(["thing", "what"], rows, width=48).split("\n") == [
        "thing                      what",
        "-------------------------  ---------------------",
        "id:frederique-van-der-wal  the Advisory Board of",
        "                           the Model Alliance,",
        "                           since 2012",
    ]
    assert layout(["thing", "what"], rows, width=34).split("\n") == [
        "thing  id:frederique-van-der-wal",
        "what   the Advisory Board of the",
        "       Model Alliance, since 2012",
    ]
    assert f"page   {LONG_IRI}" in layout(["thing", "page"], [["id:a", LONG_IRI]], width=34)


def test_many_columns_stand_one_under_another() -> None:
    columns = [f"column{n}" for n in range(10)]
    text = layout(columns, [[str(n) for n in range(10)], ["x" * 90] * 10], width=60)
    first, second = text.split("\n\n")
    assert first.split("\n") == [f"column{n}  {n}" for n in range(10)]
    assert second.split("\n")[:3] == ["column0  " + "x" * 51, " " * 9 + "x" * 39,
                                      "column1  " + "x" * 51]  # fmt: skip


def test_nothing_to_show_is_said() -> None:
    assert layout(["name"], []) == "(no rows)"
    assert layout([], [[], []]) == "(2 rows without columns)"


def test_a_very_narrow_terminal_still_gets_a_table() -> None:
    assert layout(["name", "kind"], [["Ada", "person"]], width=1).count("\n") == 2


@given(st.text())
def test_clean_leaves_nothing_that_moves_the_cursor_or_turns_the_line(text: str) -> None:
    controls = {"\u200e", "\u200f", "\u061c", *map(chr, range(0x2028, 0x202F)),
                *map(chr, range(0x2066, 0x206A))}  # fmt: skip
    shown = clean(text)
    assert not controls & set(shown)
    assert "Cc" not in map(unicodedata.category, shown)
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("東京", 4), ("e\u0301", 1), ("\ufe0f", 0), ("\u200b", 0), ("\uff21", 2),
     ("\u00ad", 1), ("\U0001f600", 2)],
)  # fmt: skip
def test_columns_of(text: str, columns: int) -> None:
    assert columns_of(text) == columns


@given(cells, st.integers(2, 50), st.booleans())
def test_wrap_keeps_every_word_and_its_order(text: str, width: int, at_hyphens: bool) -> None:
    lines = wrap(text, width, at_hyphens=at_hyphens)
    assert lines
    assert all(columns_of(line) <= width or ends_in_iri(line) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for word in text.split():
        fits = columns_of(word) <= width
        assert any(word in line for line in lines) or not fits or at_hyphens


@given(cells, st.integers(20, 60), st.sampled_from(["", "   ", "      "]))
def test_fill_indents_every_line(text: str, width: int, indent: str) -> None:
    for line in fill(text, width=width, indent=indent).split("\n"):
        assert line.startswith(indent)
        assert columns_of(line) <= width or ends_in_iri(line)
