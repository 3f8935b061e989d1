"""Checks of literals for SHACL: whether they fit their datatype, and how they are ordered.

The answers are those of rdflib, which pySHACL uses, so that both engines find the same; common
forms are checked without rdflib.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode

from allgraph.rdf.bridge import to_rdflib
from allgraph.rdf.terms import RDF, RDFS, XSD, Term

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLASSES = {
    XSD + "integer": int,
    XSD + "float": float,
    XSD + "decimal": Decimal,
    XSD + "boolean": bool,
    XSD + "date": date,
    XSD + "time": time,
    XSD + "dateTime": datetime,
}
"""The datatypes whose values in rdflib have to be of a class."""


def has_datatype(term: Term, datatype: str) -> bool:
    """Return whether a term is a literal of a datatype (an IRI), and well-formed.

    Every literal is one of rdfs:Literal, and every one but strings, with or without a language, is
    one of rdfs:Datatype, whether well-formed or not.

    >>> has_datatype(Literal("5", datatype=NamedNode(XSD + "integer")), XSD + "integer")
    True
    >>> has_datatype(Literal("five", datatype=NamedNode(XSD + "integer")), XSD + "integer")
    False
    """
    if not isinstance(term, Literal):
        return False
    own = term.datatype.value
    if own != datatype:
        is_typed = term.language is None and own != XSD + "string"
        return datatype == RDFS + "Literal" or (datatype == RDFS + "Datatype" and is_typed)
    return own in (XSD + "string", RDF + "langString") or _is_well_formed(term.value, datatype)


def _is_well_formed(text: str, datatype: str) -> bool:
    """Whether a text is a literal of a datatype (an IRI); always if rdflib cannot judge that.

    Common integers (`_INTEGER`) and days are checked here. For all else, rdflib's literal must be
    valid, and its value of the Python class that `_CLASSES` has for the datatype, if any.
    """
    if datatype == XSD + "integer" and _INTEGER.fullmatch(text):
        return True
    if (datatype == XSD + "date" and _is_day(text)) or not _is_judged(datatype):
        return True
    literal = _rdflib(Literal(text, datatype=NamedNode(datatype)))
    return not literal.ill_typed and isinstance(literal.value, _CLASSES.get(datatype, object))


@cache
def _is_judged(datatype: str) -> bool:
    """Whether rdflib can tell which texts are literals of a datatype (an IRI); cached."""
    return _rdflib(Literal("", datatype=NamedNode(datatype))).ill_typed is not None


def fits_bound(term: Term | None, bound: Term | None, fits: Callable[[int], bool]) -> bool:
    """Return whether a term is a literal on the right side of a bound, which is one too.

    `fits` is called with its order, -1 below the bound, 0 equal, 1 above, and says whether that is
    right. ``False`` for terms that cannot be compared (`compare`), and if one is no literal.

    >>> fits_bound(Literal(9), Literal(10), lambda order: order < 0)
    True
    >>> fits_bound(Literal(9), Literal("10"), lambda order: order < 0)
    False
    """
    if not (isinstance(term, Literal) and isinstance(bound, Literal)):
        return False
    keys = _numbers_or_days(term, bound)
    if keys is not None:
        return fits((keys[0] > keys[1]) - (keys[0] < keys[1]))
    try:
        return fits(compare(_rdflib(term), _rdflib(bound)))
    except TypeError:
        return False


def compare(one: Any, other: Any) -> int:
    """Return the order of two literals of rdflib: -1 if `one` is less, 0 if they are equal, else 1.

    Those of xsd:dateTime and xsd:time are ordered by value, other literals as rdflib orders them.
    Raises `TypeError` for literals that cannot be compared: two datatypes that are not both of
    numbers, two languages, and literals whose value rdflib does not know.
    """
    values = one.value, other.value
    is_same_kind = one.datatype == other.datatype or all(map(_is_number, values))
    if not is_same_kind or None in values:
        raise TypeError("literals of two kinds, or without a value")
    if (one.language or "").lower() != (other.language or "").lower():
        raise TypeError("texts in two languages")
    if one.eq(other):
        return 0
    if type(one.value) in (datetime, time):
        return 0 if one.value == other.value else 1 if one.value > other.value else -1
    return 1 if one > other else -1


def _is_number(value: object) -> bool:
    """Whether the value of a literal of rdflib is a number; a truth value is none."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _numbers_or_days(one: Literal, other: Literal) -> tuple[Any, Any] | None:
    """Return two keys to compare for two xsd:integer or two xsd:date of common form.

    That is at most 18 digits, or a day such as 2013-07-01. The keys are two numbers, or two texts.
    ``None`` for other literals, which need rdflib.
    """
    kind = one.datatype.value
    if kind != other.datatype.value:
        return None
    a, b = one.value, other.value
    if kind == XSD + "integer" and _INTEGER.fullmatch(a) and _INTEGER.fullmatch(b):
        return int(a), int(b)
    return (a, b) if kind == XSD + "date" and _is_day(a) and _is_day(b) else None


@lru_cache(maxsize=100_000)
def _is_day(text: str) -> bool:
    """Whether a text is a day of the form 2013-07-01; cached.

    The order of such texts is that of the days.
    """
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


@cache
def _converter() -> Callable[[Term], Any]:
    """Return the function from terms of pyoxigraph to terms of rdflib; it is made once."""
    return to_rdflib()


def _rdflib(term: Term) -> Any:
    """Return a term of pyoxigraph as a term of rdflib."""
    return _converter()(term)
