"""Rows of an answer that meet conditions, sorted by columns.

A column is sorted, and compared, by the type of its values: numbers by value, dates by the days
that they name, all else as text, without regard to case and accents.

>>> from pyoxigraph import Literal
>>> rows = [{"name": Literal(name)} for name in ("Zoë", "anna", "Zoe B.")]
>>> arranged(("name",), rows, str, where=["name:contains:zoe"], sort=["-name"])
[2, 0]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from typing import Any

from pyoxigraph import Literal

from allgraph.errors import DateError, ParameterError
from allgraph.model import edtf
from allgraph.model.names import fold
from allgraph.rdf.terms import XSD, Term, text

Show = Callable[[Term | None], str]
RELATIONS = ("is", "contains", "before", "after", "empty")
"""What a condition may say of a column; ``not-`` before it says the opposite."""

_CONDITION = re.compile(
    "(?P<column>[^:]*):(?P<no>not-)?(?P<relation>[a-z]+)(?::(?P<value>.*))?", re.DOTALL
)
_HELP = (
    "write COLUMN:RELATION:VALUE, such as name:contains:ann, or a word alone; relations are "
    f"{', '.join(RELATIONS)}"
)
_NUMBERS = frozenset(
    XSD + name
    for name in (
        "integer decimal double float int long short byte nonNegativeInteger positiveInteger "
        "nonPositiveInteger negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte"
    ).split()
)
_DAYS = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth"))
_ZONE = re.compile("(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_NEVER: edtf.Day = (10**400, 1, 1)
_NUMBER, _DATE, _TEXT = range(3)
_folded = lru_cache(1_024)(fold)  # so that many conditions on a row fold its texts once


@dataclass(frozen=True)
class Value:
    """A value to be compared: its key for sorting, and the days between which it surely lies.

    Keys of numbers come before those of dates, and these before those of texts.
    """

    key: tuple[Any, ...]
    span: edtf.Span = (None, None)

    @property
    def kind(self) -> int:
        """The kind of the value: a number, a date or a text."""
        kind: int = self.key[0]
        return kind


@dataclass(frozen=True)
class Condition:
    """A condition on rows: a relation of the value of a column to a text, or its negation."""

    column: str
    relation: str
    value: str
    is_negated: bool

    @cached_property
    def _readings(self) -> dict[int, Value | None]:
        """The text as a number, a date and a text; ``None`` where it is none."""
        return {
            _NUMBER: number(self.value),
            _DATE: date(self.value),
            _TEXT: worded(self.value),
        }

    def meets(self, term: Term | None, value: Value | None, show: Show) -> bool:
        """Return True if a term, ``None`` for an empty cell, and its `value` meet the condition.

        Raises `ParameterError` for a text that is not of the type of the term.
        """
        return self._holds(term, value, show) is not self.is_negated

    def _holds(self, term: Term | None, value: Value | None, show: Show) -> bool:
        """Return True if the relation holds of a term and its value, before it is negated."""
        if self.relation == "empty":
            return term is None
        if term is None or value is None:
            return False
        if self.relation == "contains":
            return any(_folded(self.value) in _folded(t) for t in (text(term), show(term)))
        if self.relation == "is" and self.value in (text(term), show(term)):
            return True
        given = self._readings[value.kind]
        if given is None:
            if self.relation == "is":
                return False
            what = ("number", "date")[value.kind]
            raise ParameterError(f"where: “{self.value}” is no {what}, as {self.column} has them")
        return _compare(self.relation, value, given)


def _compare(relation: str, value: Value, given: Value) -> bool:
    """Return True if a value is, is before or is after a given one of the same kind.

    A date is before another if it has surely ended before that begins.
    """
    if relation == "is":
        return value.key[1] == given.key[1] and value.kind != _DATE
    first, second = (value, given) if relation == "before" else (given, value)
    if value.kind != _DATE:
        smaller: bool = first.key[1] < second.key[1]
        return smaller
    end, begin = first.span[1], second.span[0]
    return end is not None and begin is not None and end < begin


def number(written: str) -> Value | None:
    """Return the value of a text that is a number, else ``None``; NaN comes after all others."""
    try:
        value = Decimal(written.strip())
    except InvalidOperation:
        return None
    is_nan = value.is_nan()
    return Value((_NUMBER, (is_nan, Decimal() if is_nan else value)))


def date(written: str, whole: str = "") -> Value | None:
    """Return the value of a text that is a date in EDTF, perhaps with a time, else ``None``.

    Dates of the same days are sorted by `whole`, the text with what was taken off.
    """
    try:
        when = edtf.parse(written.strip())
    except DateError:
        return None
    begin, end = _named_days(when)
    known = begin or end or _NEVER
    return Value((_DATE, (known, end or _NEVER, begin is not None), whole or written), when.span)


def _named_days(when: edtf.Edtf) -> edtf.Span:
    """Return the first and last day that a date names, also where it is not sure of them."""
    if isinstance(when, edtf.Date):
        return when.first, when.last
    if isinstance(when, edtf.Interval):
        return when.begin and when.begin.first, when.end and when.end.last
    return when.span


def worded(written: str) -> Value:
    """Return the value of a text: sorted without case and accents, equal texts with them."""
    return Value((_TEXT, fold(written), written))


def value_of(term: Term) -> Value:
    """Return the value of a term, by its type; what is not valid in its type is a text.

    >>> value_of(Literal(7)).kind == _NUMBER, value_of(Literal("7")).kind == _TEXT
    (True, True)
    """
    lexical = text(term)
    datatype = term.datatype.value if isinstance(term, Literal) else ""
    typed = None
    if datatype in _NUMBERS:
        typed = number(lexical)
    elif datatype == edtf.EDTF:
        typed = date(lexical)
    elif datatype in _DAYS:
        typed = date(_ZONE.sub("", lexical.partition("T")[0]), lexical)
    return worded(lexical) if typed is None else typed


def arranged(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Term | None]],
    show: Show,
    *,
    where: Iterable[str] = (),
    sort: Iterable[str] = (),
) -> list[int]:
    """Return the places of the rows that meet all conditions `where`, in the order of `sort`.

    A condition is such as ``name:contains:ann`` or ``end:not-empty``; what is sorted by is a
    column, or several with commas between, with ``-`` for the greatest first. Empty cells come
    last, and rows that are equal there stay in their order. `show` returns the other way in which a
    term may be written, such as its CURIE. Raises `ParameterError` for a condition or column that
    is none, and for a value that is not of the type of its column.
    """
    conditions = [condition(written, columns) for written in where]
    keys: dict[str, bool] = {}  # of a column that is named again, the first
    for column, descending in (key for written in sort for key in sort_keys(written, columns)):
        keys.setdefault(column, descending)
    values: dict[Term, Value] = {}

    def value(term: Term | None) -> Value | None:
        """Return the value of a term, which is made once per term; ``None`` for ``None``."""
        if term is None:
            return None
        if term not in values:
            values[term] = value_of(term)
        return values[term]

    places = [
        place
        for place, row in enumerate(rows)
        if all(
            one.meets(row[one.column], value(row[one.column]), show)
            if one.column
            else any(one.meets(term, value(term), show) for term in row.values() if is_text(term))
            for one in conditions
        )
    ]
    for column, descending in reversed(keys.items()):
        filled = [(v.key, p) for p in places if (v := value(rows[p][column])) is not None]
        filled.sort(key=lambda pair: pair[0], reverse=descending)
        empty = (place for place in places if rows[place][column] is None)
        places = [*(place for _, place in filled), *empty]
    return places


def is_text(term: Term | None) -> bool:
    """Return True if a term is a literal."""
    return isinstance(term, Literal)


def condition(written: str, columns: Sequence[str]) -> Condition:
    """Return a condition that is written ``COLUMN:RELATION:VALUE``, on one of some columns.

    A text without a colon is one that any literal of a row may contain; its column is ``""``.
    Raises `ParameterError` for what is no condition, and for another column.
    """
    if written and ":" not in written:
        return Condition("", "contains", written, is_negated=False)
    match = _CONDITION.fullmatch(written)
    if match is None or match["relation"] not in RELATIONS:
        raise ParameterError(f"where: “{written}” is no condition; {_HELP}")
    relation, value = match["relation"], match["value"]
    if (value is None) is not (relation == "empty"):
        needed = "no value" if relation == "empty" else "a value"
        raise ParameterError(f"where: “{written}” needs {needed} after {relation}; {_HELP}")
    _check_column("where", match["column"], columns)
    return Condition(match["column"], relation, value or "", bool(match["no"]))


def sort_keys(written: str, columns: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the columns to sort by, each with whether the greatest comes first.

    Raises `ParameterError` for one that is not among `columns`.
    """
    for name in written.split(","):
        column = name.removeprefix("-")
        _check_column("sort", column, columns)
        yield column, name != column


def _check_column(parameter: str, column: str, columns: Sequence[str]) -> None:
    """Raise `ParameterError` if a column is not among some."""
    if column not in columns:
        there = f"there are {', '.join(columns)}" if columns else "it has none"
        raise ParameterError(f"{parameter}: the answer has no column “{column}”; {there}")
