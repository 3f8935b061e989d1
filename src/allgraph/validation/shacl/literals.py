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

from pyoxigraph import BlankNode, Literal, NamedNode

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


class NoOrderError(Exception):
    """Two terms cannot be put in order, such as a number and a date."""


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


def is_before(one: Term, other: Term, *, or_equal: bool) -> bool:
    """Return whether the term `one` is less than `other`, or equal to it with `or_equal`.

    ``False`` for a text or IRI and a literal that is no text. Raises `NoOrderError` for terms that
    rdflib cannot compare, and for blank nodes.

    >>> is_before(Literal(9), Literal(10), or_equal=False)
    True
    """
    keys = _numbers_or_days(one, other)
    if keys is None:
        keys = _sort_key(one), _sort_key(other)
        if (type(keys[0]) is str) != (type(keys[1]) is str):  # rdflib's literals are of str too
            return False
    try:
        return bool(keys[0] <= keys[1] if or_equal else keys[0] < keys[1])
    except TypeError:
        raise NoOrderError from None


def _sort_key(term: Term) -> Any:
    """Return what a term is ordered by: a str for IRIs and texts, else a literal of rdflib.

    Raises `NoOrderError` for a blank node.
    """
    if isinstance(term, BlankNode):
        raise NoOrderError
    if isinstance(term, NamedNode):
        return term.value
    literal = _rdflib(term)
    return str(literal.value) if isinstance(literal.value, str) else literal


def fits_bound(term: Term, bound: Term, fits: Callable[[int], bool]) -> bool:
    """Return whether a term is a literal on the right side of a bound.

    `fits` is called with its order, -1 below the bound, 0 equal, 1 above, and says whether that is
    right. ``False`` for a literal that cannot be compared with the bound.
    """
    if not isinstance(term, Literal):
        return False
    keys = _numbers_or_days(term, bound)
    if keys is not None:
        return fits((keys[0] > keys[1]) - (keys[0] < keys[1]))
    one, other = _rdflib(term), _rdflib(bound)
    if isinstance(one.value, str) != isinstance(other.value, str):
        return False
    try:
        return fits(_compare(one, other))
    except (TypeError, NotImplementedError):
        return False


def _compare(one: Any, other: Any) -> int:
    """Return the order of two literals of rdflib: -1 if `one` is less, 0 if they are equal, else 1.

    Those of xsd:dateTime and xsd:time are ordered by value, other literals as rdflib orders them.
    Raises `TypeError` or `NotImplementedError` if they have no order.
    """
    if one.eq(other):
        return 0
    if type(one.value) in (datetime, time):
        return 0 if one.value == other.value else 1 if one.value > other.value else -1
    return 1 if one > other else -1


def _numbers_or_days(one: Term, other: Term) -> tuple[Any, Any] | None:
    """Return two keys to compare, if the terms are two xsd:integer or two xsd:date of common form.

    That is at most 18 digits, or a day such as 2013-07-01. The keys are two numbers, or two texts.
    ``None`` for other terms, which need rdflib.
    """
    if not (isinstance(one, Literal) and isinstance(other, Literal)):
        return None
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
