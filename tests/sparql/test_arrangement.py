"""Rows of an answer, filtered and sorted: the laws, and a comparison with what the values mean."""

from __future__ import annotations

import calendar
import unicodedata
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import cmp_to_key
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from allgraph.errors import ParameterError
from allgraph.model.edtf import EDTF
from allgraph.rdf.terms import BASE, XSD, Prefixes, Term
from allgraph.rdf.terms import text as text_of
from allgraph.sparql import arrangement
from allgraph.sparql.answer import Answer, Row
from tests.support.tools import share

SETTINGS = settings(max_examples=share(400), deadline=None)


class Cell(NamedTuple):
    """A term, and what it means: a number, the days that a date names, or a text."""

    term: Term | None
    kind: str
    meaning: Any


def number(value: int, form: str) -> Cell:
    lexical = {"integer": f"{value}", "decimal": f"{value}.50", "double": f"{value}e-1"}[form]
    meaning = {"integer": Fraction(value), "double": Fraction(value, 10)}.get(form)
    if meaning is None:
        meaning = Fraction(lexical)
    return Cell(Literal(lexical, datatype=NamedNode(XSD + form)), "number", meaning)


def day(value: date) -> Cell:
    return Cell(Literal(f"{value}", datatype=NamedNode(XSD + "date")), "date", (value, value))


def month(year: int, month: int, mark: str) -> Cell:
    first = date(year, month, 1)
    last = date(year, month, calendar.monthrange(year, month)[1])
    lexical, meaning = {
        "": (f"{first:%Y-%m}", (first, last)),
        "begun": (f"{first:%Y-%m}/..", (first, None)),
        "by": (f"[..{first:%Y-%m}]", (None, last)),
    }[mark]
    return Cell(Literal(lexical, datatype=NamedNode(EDTF)), "date", meaning)


DAYS = st.dates(date(2010, 1, 1), date(2011, 12, 31))
MONTHS = st.builds(
    month, st.integers(2010, 2011), st.integers(1, 12), st.sampled_from(["", "begun", "by"])
)
NUMBERS = st.builds(number, st.integers(-30, 30), st.sampled_from(["integer", "decimal", "double"]))
TEXTS = st.text("aÄbéB c", max_size=3).map(lambda text: Cell(Literal(text), "text", text))
IRIS = st.sampled_from("abc").map(
    lambda end: Cell(NamedNode(f"{BASE}id/{end}"), "text", f"{BASE}id/{end}")
)
CELLS = st.one_of(st.just(Cell(None, "", None)), NUMBERS, DAYS.map(day), MONTHS, TEXTS, IRIS)
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=12)
KINDS = ("number", "date", "text")


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def compared(one: Cell, other: Cell) -> int:
    """Which of two cells with a value comes first, by what they mean."""
    if one.kind != other.kind:
        return KINDS.index(one.kind) - KINDS.index(other.kind)
    if one.kind == "date":
        late = date(9999, 1, 1)
        keys = [
            (first or last, last or late, first is not None, text_of(cell.term))
            for cell in (one, other)
            for first, last in [cell.meaning]
            if cell.term is not None
        ]
        return (keys[0] > keys[1]) - (keys[0] < keys[1])
    meanings = [one.meaning, other.meaning]
    if one.kind == "text":
        meanings = [(plain(text), text) for text in meanings]
    return int(meanings[0] > meanings[1]) - int(meanings[0] < meanings[1])


def answer(rows: Sequence[tuple[Cell, Cell]]) -> Answer:
    named = tuple(Row(a=a.term, b=b.term, n=Literal(n)) for n, (a, b) in enumerate(rows))
    return Answer(("a", "b", "n"), named, prefixes=Prefixes.of(BASE))


def numbers(found: Answer) -> list[int]:
    return [int(str(row["n"].value)) for row in found.rows if isinstance(row["n"], Literal)]


@SETTINGS
@given(ROWS, st.lists(st.sampled_from(["a", "-a", "b", "-b"]), min_size=1, max_size=3))
def test_rows_are_sorted_by_what_they_mean(rows: list[tuple[Cell, Cell]], sort: list[str]) -> None:
    def which(one: int, other: int) -> int:
        for column in sort:
            cells = [rows[number]["ab".index(column[-1])] for number in (one, other)]
            empty = [cell.term is None for cell in cells]
            if any(empty):
                order = empty[0] - empty[1]
            else:
                order = compared(*cells) * (-1 if column.startswith("-") else 1)
            if order:
                return order
        return one - other

    expected = sorted(range(len(rows)), key=cmp_to_key(which))
    assert numbers(answer(rows).sorted(*sort)) == expected
    assert numbers(answer(rows).sorted(",".join(sort))) == expected


def holds(cell: Cell, relation: str, other: Cell, written: str) -> bool:
    if relation == "empty":
        return cell.term is None
    if cell.term is None:
        return False
    if relation == "contains":
        shown = Prefixes.of(BASE).show(cell.term)
        texts = [shown, text_of(cell.term)]
        return any(plain(written) in plain(text) for text in texts)
    if cell.kind == "text":
        left, right = plain(cell.meaning), plain(written)
        if relation == "is":
            return left == right or written == Prefixes.of(BASE).show(cell.term)
        return left < right if relation == "before" else left > right
    if relation == "is":
        if cell.kind == "number" and other.kind == "number":
            return bool(cell.meaning == other.meaning)
        return cell.term == other.term or getattr(cell.term, "value", "") == written
    if cell.kind == "number":
        return bool(
            cell.meaning < other.meaning if relation == "before" else cell.meaning > other.meaning
        )
    spans = [cell.meaning, other.meaning]
    (_, end), (begin, _) = spans if relation == "before" else spans[::-1]
    return end is not None and begin is not None and end < begin


@SETTINGS
@given(ROWS, CELLS, st.sampled_from(["is", "contains", "before", "after", "empty"]))
def test_conditions_hold_of_what_values_mean(
    rows: list[tuple[Cell, Cell]], other: Cell, relation: str
) -> None:
    written = getattr(other.term, "value", "")
    condition = "empty" if relation == "empty" else f"{relation}:{written}"
    kinds = {a.kind for a, _ in rows} - {"text", ""}
    if relation in ("before", "after") and kinds - {other.kind}:
        return  # the value may be of another type than a column, which is an error
    kept = numbers(answer(rows).where(f"a:{condition}"))
    assert kept == [n for n, (a, _) in enumerate(rows) if holds(a, relation, other, written)]
    dropped = numbers(answer(rows).where(f"a:not-{condition}"))
    assert sorted([*kept, *dropped]) == [*range(len(rows))]


def test_conditions_are_all_met_and_come_before_the_order() -> None:
    rows = [Row(n=Literal(n), x=Literal(n % 3)) for n in range(9)]
    found = Answer(("n", "x"), tuple(rows)).where("n:after:2", "x:not-is:1").sorted("-x", "n")
    assert [(row["x"], row["n"]) for row in found.rows] == [
        (Literal(x), Literal(n)) for x, n in ((2, 5), (2, 8), (0, 3), (0, 6))
    ]


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["10", "9", "INF", "NaN", "-INF", "1e3"], ["-INF", "9", "10", "1e3", "INF", "NaN"]),
        (["nonsense", "7"], ["7", "nonsense"]),
        (["9" * 5000, "1"], ["1", "9" * 5000]),
    ],
)
def test_numbers_are_in_the_order_of_numbers(cells: list[str], order: list[str]) -> None:
    double = NamedNode(XSD + "double")
    rows = tuple(Row(x=Literal(cell, datatype=double)) for cell in cells)
    found = Answer(("x",), rows).sorted("x")
    assert [row["x"] for row in found.rows] == [Literal(cell, datatype=double) for cell in order]


def test_days_with_times_and_zones_are_days() -> None:
    cells = ["2013-01-02T09:00:00Z", "2013-01-02T08:00:00.5+05:00", "2013-01-01Z"]
    types = ["dateTime", "dateTime", "date"]
    rows = tuple(
        Row(x=Literal(cell, datatype=NamedNode(XSD + type)))
        for cell, type in zip(cells, types, strict=True)
    )
    found = Answer(("x",), rows)
    assert [row["x"] for row in found.sorted("x").rows] == [row["x"] for row in rows[::-1]]
    assert len(found.where("x:before:2013-01-02")) == 1


def test_a_date_that_is_not_sure_is_neither_before_nor_after() -> None:
    rows = tuple(Row(x=Literal(when, datatype=NamedNode(EDTF))) for when in ("2011?", "2011"))
    found = Answer(("x",), rows)
    assert [len(found.where(f"x:{relation}:2015")) for relation in ("before", "not-before")] == [
        1,
        1,
    ]


def test_a_word_alone_is_in_any_literal_of_a_row() -> None:
    iri = NamedNode("https://example.org/elson")
    names = ("Karen ÉLSON", "Ann")
    rows = [Row(thing=iri, name=Literal(name), n=Literal(3)) for name in names]
    columns = ("thing", "name", "n")
    assert arrangement.arranged(columns, rows, str, where=["elson"]) == [0]
    assert arrangement.arranged(columns, rows, str, where=["3", "ann"]) == [1]


@pytest.mark.parametrize(
    ("where", "sort", "message"),
    [
        ("c:is:1", "", "where: the answer has no column “c”; there are a, b"),
        ("", "b,c", "sort: the answer has no column “c”; there are a, b"),
        ("", "", "sort: the answer has no column “”"),
        ("a:", "", "where: “a:” is no condition; write COLUMN:RELATION:VALUE"),
        ("a:like:x", "", "relations are is, contains, before, after, empty"),
        ("a:is", "", "where: “a:is” needs a value after is"),
        ("a:empty:x", "", "needs no value after empty"),
        ("b:before:x", "", "where: “x” is no number, as b has them"),
    ],
)
def test_a_wrong_condition_or_column_is_told(where: str, sort: str, message: str) -> None:
    found = Answer(("a", "b"), (Row(a=Literal("x"), b=Literal(1)),))
    with pytest.raises(ParameterError) as told:
        found.where(where) if where else found.sorted(sort)
    assert message in str(told.value)


class Counted(dict[str, Term | None]):
    """A row that counts how often it is read."""

    reads = 0

    def __getitem__(self, column: str) -> Term | None:
        Counted.reads += 1
        return super().__getitem__(column)


def test_a_column_that_is_named_again_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Counted(a=Literal(number % 7)) for number in range(20)]
    monkeypatch.setattr(Counted, "reads", 0)
    places = arrangement.arranged(("a",), rows, str, sort=["a,-a"] * 200)
    assert places == sorted(range(20), key=lambda place: place % 7)
    assert Counted.reads == 2 * len(rows)


def test_a_text_is_folded_once_for_all_conditions() -> None:
    rows = [{"a": Literal(f"é{number}")} for number in range(2_000)]
    where = [f"a:not-contains:x{number}" for number in range(50)]
    arrangement._folded.cache_clear()
    assert len(arrangement.arranged(("a",), rows, text_of, where=where)) == len(rows)
    assert arrangement._folded.cache_info().misses <= len(rows) + len(where)
