"""The datatypes of XML Schema 1.1: which texts are literals of each, and how their values compare.

>>> is_well_formed("2020-02-29", XSD + "date"), is_well_formed("2021-02-29", XSD + "date")
(True, False)
>>> order(value("9", XSD + "integer"), value("1e1", XSD + "double"))
-1
"""

from __future__ import annotations

import math
import re
from ctypes import c_float
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from allgraph.rdf.terms import XSD

_LETTERS = (  # NameStartChar of XML, but for the colon
    r"A-Za-z_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_CHARACTERS = _LETTERS + r"0-9.\-\u00b7\u0300-\u036f\u203f\u2040"
_FORMS = {
    "boolean": "true|false|1|0",
    "decimal": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)",
    "double": r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?|INF)|NaN",
    "integer": "[+-]?[0-9]+",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "language": "[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "NMTOKEN": f"[:{_NAME_CHARACTERS}]+",
    "Name": f"[:{_LETTERS}][:{_NAME_CHARACTERS}]*",
    "NCName": f"[{_LETTERS}][{_NAME_CHARACTERS}]*",
    "hexBinary": "(?:[0-9a-fA-F]{2})*",
    "base64Binary": "(?:(?:[A-Za-z0-9+/] ?){4})*"
    "(?:[A-Za-z0-9+/] ?(?:[A-Za-z0-9+/] ?[AEIMQUYcgkosw048] ?=|[AQgw] ?= ?=))?(?<! )",
}
_TIME_PARTS = r"(?P<hours>[0-9]+H)?(?P<minutes>[0-9]+M)?(?P<seconds>[0-9]+(?:\.[0-9]+)?S)?"
_DAYS_AND_TIME = rf"(?P<days>[0-9]+D)?(?:T(?=[0-9]){_TIME_PARTS})?"
_MONTHS = "(?P<sign>-?)P(?=[0-9T])(?P<years>[0-9]+Y)?(?P<months>[0-9]+M)?"
_DURATIONS = {
    "duration": _MONTHS + _DAYS_AND_TIME,
    "yearMonthDuration": _MONTHS,
    "dayTimeDuration": f"(?P<sign>-?)P(?=[0-9T]){_DAYS_AND_TIME}",
}
_YEAR = "(?P<year>-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH, _DAY = "(?P<month>0[1-9]|1[0-2])", "(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME = (
    r"(?:(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])"
    r"(?:\.(?P<fraction>[0-9]+))?|(?P<midnight>24):00:00(?:\.0+)?)"
)
_ZONE = "(?P<zone>Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_MOMENTS = {
    "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
    "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
    "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
    "gDay": f"---{_DAY}{_ZONE}?",
    "gMonth": f"--{_MONTH}{_ZONE}?",
    "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}?",
    "gYear": f"{_YEAR}{_ZONE}?",
    "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
    "time": f"{_TIME}{_ZONE}?",
}
_BITS = {"long": 63, "int": 31, "short": 15, "byte": 7}
_UNBOUND = Decimal("Infinity")
_RANGES: dict[str, tuple[Decimal, Decimal]] = {
    XSD + "nonNegativeInteger": (Decimal(0), _UNBOUND),
    XSD + "positiveInteger": (Decimal(1), _UNBOUND),
    XSD + "nonPositiveInteger": (-_UNBOUND, Decimal(0)),
    XSD + "negativeInteger": (-_UNBOUND, Decimal(-1)),
    **{XSD + name: (Decimal(-(2**bits)), Decimal(2**bits - 1)) for name, bits in _BITS.items()},
    **{
        f"{XSD}unsigned{name.title()}": (Decimal(0), Decimal(2 ** (bits + 1) - 1))
        for name, bits in _BITS.items()
    },
}
"""The least and the greatest value of the datatypes that are derived from xsd:integer."""
_NUMBERS = {XSD + "integer", XSD + "decimal", *_RANGES}
_STRINGS = {"normalizedString", "token", "language", "NMTOKEN", "Name", "NCName"}
_BY_DATATYPE = {
    **{XSD + name: form for name, form in {**_FORMS, **_DURATIONS, **_MOMENTS}.items()},
    **dict.fromkeys(_RANGES, _FORMS["integer"]),
    XSD + "float": _FORMS["double"],
}
"""The regular expressions of the texts that datatypes take."""
_LONGEST_YEAR = 1000
"""Moments whose year has more characters are not compared."""


class Value(NamedTuple):
    """The value of a literal. Values of different kinds cannot be compared.

    The `key` of a number is a `Decimal`, or for xsd:float (`is_float`) and xsd:double a `float`;
    that of a moment its seconds and the digits of the fraction of one, and `is_zoned` says whether
    it has a time zone; that of a duration its months and its seconds.
    """

    kind: str
    key: Any
    is_float: bool = False
    is_zoned: bool = False


def is_well_formed(text: str, datatype: str) -> bool:
    """Return whether a text is in the lexical space of a datatype, given by its IRI.

    True for datatypes that are not of XML Schema, and those that take any text. White space around
    a text is not taken away.
    """
    return datatype not in _BY_DATATYPE or _match(text, datatype) is not None


@cache
def _pattern(datatype: str) -> re.Pattern[str]:
    """Return the pattern of the texts that a datatype takes, compiled when it is first needed."""
    return re.compile(_BY_DATATYPE[datatype])


def _match(text: str, datatype: str) -> re.Match[str] | None:
    """Return the match of a well-formed text with the pattern of a datatype, else ``None``."""
    match = _pattern(datatype).fullmatch(text)
    if match and datatype in _RANGES:
        least, greatest = _RANGES[datatype]
        return match if least <= Decimal(text) <= greatest else None
    return match if match and (match.lastgroup is None or _is_day(match.groupdict())) else None


def _is_day(parts: dict[str, str | None]) -> bool:
    """Return True if the day that a moment names exists, or it names no day."""
    year, month, day = (parts.get(name) for name in ("year", "month", "day"))
    if month is None or day is None:
        return True
    last_digits = int((year or "1972")[-4:])  # every fourth century is the same
    is_leap = last_digits % 4 == 0 and (last_digits % 100 != 0 or last_digits % 400 == 0)
    length = 30 + (month in "01 03 05 07 08 10 12") if month != "02" else 28 + is_leap
    return int(day) <= length


def value(text: str, datatype: str, language: str | None = None) -> Value | None:
    """Return the value of a literal, of a text, datatype and language tag; ``None`` if none.

    It has none if it is not well-formed, or of a datatype whose values have no order.
    """
    if language is not None:
        return Value(f"text in {language.lower()}", text)
    name = datatype.removeprefix(XSD)
    match = _match(text, datatype) if datatype in _BY_DATATYPE else None
    if match is None:
        return Value("string", text) if datatype == XSD + "string" else None
    if datatype in _NUMBERS:
        return Value("number", Decimal(text))
    if name in ("double", "float"):
        return Value("number", _as_float(text, name == "float"), name == "float")
    if name == "boolean":
        return Value(name, text in ("true", "1"))
    if name in _MOMENTS:
        return _moment(name, match.groupdict())
    if name in _DURATIONS:
        return _duration(match.groupdict())
    return Value("string", text) if name in _STRINGS else None


def _moment(name: str, parts: dict[str, str | None]) -> Value | None:
    """Return the value of a moment of a datatype: its seconds in UTC, and the fraction of one.

    What is not named is as in December 1972. ``None`` for a year that is too long.
    """
    year = parts.get("year") or "1972"
    if len(year) > _LONGEST_YEAR:
        return None
    days = _days(int(year), int(parts.get("month") or 12), int(parts.get("day") or 1))
    hour, minute, second = (int(parts.get(p) or 0) for p in ("hour", "minute", "second"))
    if parts.get("midnight") and name != "time":  # as a time it is the one of 0 o'clock
        hour = 24
    zone = parts["zone"]
    offset = int(zone[:3]) * 60 + int(zone[0] + zone[4:]) if zone and zone != "Z" else 0
    seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
    fraction = (parts.get("fraction") or "").rstrip("0")  # as texts they are in order
    kind = "dateTime" if name == "dateTimeStamp" else name
    return Value(kind, (seconds, fraction), is_zoned=zone is not None)


def _days(year: int, month: int, day: int) -> int:
    """Return the number of a day, counted from one in March of the year 0, Gregorian."""
    year -= month <= 2  # it begins in March
    century = year // 100
    return (
        year * 365 + year // 4 - century + century // 4 + (153 * ((month + 9) % 12) + 2) // 5 + day
    )


def _duration(parts: dict[str, str | None]) -> Value:
    """Return the value of a duration: its months, and its seconds."""

    def number(name: str) -> Decimal:
        """Return the number of a part, without its letter; 0 if it is not there."""
        return Decimal((parts.get(name) or "0_")[:-1])

    sign = -1 if parts["sign"] else 1
    months = number("years") * 12 + number("months")
    minutes = (number("days") * 24 + number("hours")) * 60 + number("minutes")
    return Value("duration", (sign * months, sign * (minutes * 60 + number("seconds"))))


def order(one: Value | None, other: Value | None) -> int | None:
    """Return the order of two values by ``<`` of SPARQL: -1 if `one` is less, 0 if equal, else 1.

    ``None`` for what has no order: values of two kinds, NaN, moments with and without a time zone
    that are less than 14 hours apart, some durations.
    """
    if one is None or other is None or one.kind != other.kind:
        return None
    if isinstance(one.key, float) or isinstance(other.key, float):
        return _order_of_floats(one, other)
    if one.kind == "duration":
        return _order_of_durations(one, other)
    if one.is_zoned == other.is_zoned:
        return _sign(one.key, other.key)
    orders = {_sign(_shifted(one, hours), _shifted(other, hours)) for hours in (-14, 14)}
    return orders.pop() if len(orders) == 1 else None


def _shifted(moment: Value, hours: int) -> tuple[int, str]:
    """Return the key of a moment, some hours later if it has no time zone."""
    seconds, fraction = moment.key
    return seconds + (0 if moment.is_zoned else hours * 3600), fraction


def _order_of_floats(one: Value, other: Value) -> int | None:
    """Return the order of two numbers, one at least an xsd:double or xsd:float; ``None`` for NaN.

    Both are compared as xsd:double, or as xsd:float if none is an xsd:double.
    """
    is_double = any(isinstance(v.key, float) and not v.is_float for v in (one, other))
    keys = _as_float(one.key, not is_double), _as_float(other.key, not is_double)
    return None if any(map(math.isnan, keys)) else _sign(*keys)


def _as_float(number: str | float | Decimal, is_float: bool) -> float:
    """Return a number as an xsd:double, or as an xsd:float, which has less precision."""
    double = float(number)
    return c_float(double).value if is_float else double


def _order_of_durations(one: Value, other: Value) -> int | None:
    """Return the order of two durations; ``None`` if it depends on when they begin.

    XML Schema says from which four months on to compare them.
    """
    orders = set()
    for year, month in ((1696, 9), (1697, 2), (1903, 3), (1903, 7)):
        ends = []
        for months, seconds in (one.key, other.key):
            since, number = divmod(year * 12 + month - 1 + int(months), 12)
            ends.append(_days(since, number + 1, 1) * 86_400 + seconds)
        orders.add(_sign(*ends))
    return orders.pop() if len(orders) == 1 else None


def _sign(one: Any, other: Any) -> int:
    """Return -1 if one of two keys of the same type is less than the other, 0 if equal, else 1."""
    return int(one > other) - int(one < other)
