"""The rows of an answer as a data frame; the type of each column is found from its terms.

>>> from pyoxigraph import NamedNode
>>> three = Literal("3", datatype=NamedNode(f"{XSD}integer"))
>>> [columns(["n"], [[term]], str)[0].kind for term in (three, Literal("3"))]
['integer', 'text']
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from typing import Literal as Either

from pyoxigraph import Literal

from allgraph.errors import extra
from allgraph.rdf.terms import XSD

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Kind = Either["integer", "decimal", "number", "boolean", "date", "moment", "instant", "text"]
"""``moment`` is a date and time without a zone, ``instant`` one with a zone, given in UTC."""

_INTEGERS = (
    "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger "
    "negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte"
).split()
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys([XSD + name for name in _INTEGERS], "integer"),
    XSD + "decimal": "decimal",
    XSD + "double": "number",
    XSD + "float": "number",
    XSD + "boolean": "boolean",
    XSD + "date": "date",
    XSD + "dateTime": "moment",
}
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?")
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOMENT = rf"{_DATE}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(?:\.[0-9]{{1,6}})?"
_ZONE = r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
_ENDS_WITH_ZONE = re.compile(f"{_ZONE}$")
_READERS: Mapping[Kind, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "integer": (re.compile(r"[+-]?[0-9]{1,18}"), int),
    "decimal": (_DECIMAL, Decimal),
    "number": (
        re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|INF)|NaN"),
        float,
    ),
    "boolean": (re.compile("true|false|1|0"), lambda text: text in ("true", "1")),
    "date": (re.compile(_DATE), date.fromisoformat),
    "moment": (re.compile(_MOMENT), datetime.fromisoformat),
    "instant": (
        re.compile(_MOMENT + _ZONE),
        lambda text: datetime.fromisoformat(text).astimezone(UTC),
    ),
}
"""For each kind, the pattern that the text of a literal must match, and the parser of the text."""
_PANDAS_TYPES: Mapping[Kind, str] = {
    "integer": "Int64",
    "decimal": "object",
    "number": "Float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "moment": "datetime64[us]",
    "instant": "datetime64[us, UTC]",
    "text": "string",
}
_MOST_DIGITS = 38  # of a decimal in polars and Arrow


class Column(NamedTuple):
    """A column of a data frame: its name, the kind of its values, and a value for each row.

    A value is ``None`` where the row has no term.
    """

    name: str
    kind: Kind
    values: list[Any]


def columns(
    names: Sequence[str], rows: Iterable[Sequence[Any]], show: Callable[[Any], str]
) -> list[Column]:
    """Return rows of terms as columns of Python values.

    Each row has a term, or ``None``, for each of `names`. A column whose terms are not all of one
    kind, or cannot all be parsed, is of the kind ``text`` and has for each term the text that
    `show` returns. `rows` is read to its end.
    """
    rows = list(rows)
    terms = ([row[place] for row in rows] for place in range(len(names)))
    return [_column(name, column, show) for name, column in zip(names, terms, strict=True)]


def to_pandas(columns: Iterable[Column]) -> pd.DataFrame:
    """Return columns as a pandas data frame, with nullable types (``Int64`` and so on).

    Raises `MissingExtra` when pandas is not installed.
    """
    with extra("pandas"):
        import pandas as pd
    return pd.DataFrame({c.name: pd.Series(c.values, dtype=_PANDAS_TYPES[c.kind]) for c in columns})


def to_polars(columns: Iterable[Column]) -> pl.DataFrame:
    """Return columns as a polars data frame; raises `MissingExtra` when polars is missing."""
    with extra("polars"):
        import polars as pl
    # polars infers the types from the values; a column of text may have only missing ones.
    texts = {"text": pl.String}
    return pl.DataFrame([pl.Series(c.name, c.values, dtype=texts.get(c.kind)) for c in columns])


def to_arrow(columns: Iterable[Column]) -> pa.Table:
    """Return columns as an Arrow table; raises `MissingExtra` when pyarrow is missing."""
    with extra("arrow"):
        import pyarrow as pa
    texts = {"text": pa.string()}  # as for polars
    return pa.table({c.name: pa.array(c.values, type=texts.get(c.kind)) for c in columns})


def _column(name: str, terms: list[Any], show: Callable[[Any], str]) -> Column:
    """Return the terms of a column as values of the kind that all of them share.

    If they share none, or one cannot be parsed, the column is text: what `show` returns.
    """
    kinds = {_kind(term) for term in terms if term is not None}
    kind = kinds.pop() if len(kinds) == 1 else "text"
    values = None if kind == "text" else _values(kind, terms)
    if values is None:
        return Column(name, "text", [None if term is None else show(term) for term in terms])
    return Column(name, kind, values)


def _kind(term: Any) -> Kind:
    """Return the kind of a term: of a literal by its datatype, of all other terms ``text``.

    Kinds are ``integer``, ``number``, ``date`` and so on; a datatype that has none is ``text`` too.
    A date and time is of the kind ``instant`` if it ends with a time zone, else ``moment``.
    """
    if not isinstance(term, Literal):
        return "text"
    kind = _KINDS.get(term.datatype.value, "text")
    return "instant" if kind == "moment" and _ENDS_WITH_ZONE.search(term.value) else kind


def _values(kind: Kind, terms: list[Any]) -> list[Any] | None:
    """Parse literals of one kind, and keep ``None`` where there is no term.

    `_READERS` has the pattern and the parser of the kind. Returns ``None`` instead of the list when
    a text is invalid or too large for its type.
    """
    pattern, parse = _READERS[kind]
    texts = [term.value for term in terms if term is not None]
    if not all(map(pattern.fullmatch, texts)) or (kind == "decimal" and not _fit(texts)):
        return None
    try:
        return [None if term is None else parse(term.value) for term in terms]
    except (ValueError, OverflowError):
        return None


def _fit(decimals: list[str]) -> bool:
    """Return True if all decimals fit into one decimal type of at most `_MOST_DIGITS` digits.

    The type needs the most digits that any of them has before the point, plus the most after it.
    """
    parts = [_DECIMAL.fullmatch(text) for text in decimals]
    before = max(len(part[1].lstrip("0")) for part in parts if part)
    after = max(len(part[2] or "") for part in parts if part)
    return before + after <= _MOST_DIGITS
