"""What SHACL asks of literals: whether they fit their datatype, and which comes first.

The answers are those of rdflib, by which pySHACL judges, so that both engines find the same;
common forms are told without it.
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
    "integer": "int", "float": "float", "decimal": "Decimal", "boolean": "bool", "date": "date",
    "time": "time", "dateTime": "datetime",
}  # fmt: skip
"""The datatypes whose values have to be of a class of Python's."""


class NoOrderError(Exception):
    """Two values cannot be put in order."""


def has_datatype(term: Term, datatype: str) -> bool:
    """Whether a term is a literal of a datatype, and fits it.

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


@cache
def _kinds(datatype: str) -> tuple[type, ...] | None:
    known = {kind.__name__: kind for kind in (int, float, Decimal, bool, date, time, datetime)}
    name = _CLASSES.get(datatype.removeprefix(XSD)) if datatype.startswith(XSD) else None
    return None if name is None else (known[name],)


def _is_well_formed(text: str, datatype: str) -> bool:
    if datatype == XSD + "integer" and _INTEGER.fullmatch(text):
        return True
    if datatype == XSD + "date" and _is_day(text):
        return True
    if not _is_known(datatype):
        return True
    literal = _rdflib(Literal(text, datatype=NamedNode(datatype)))
    kinds = _kinds(datatype)
    return not literal.ill_typed and (kinds is None or isinstance(literal.value, kinds))


@cache
def _is_known(datatype: str) -> bool:
    """Whether rdflib can tell what fits a datatype: of others it takes everything."""
    return _rdflib(Literal("", datatype=NamedNode(datatype))).ill_typed is not None


def is_before(one: Term, other: Term, *, or_equal: bool) -> bool:
    """Whether one term is less than another. Raises `NoOrderError` when there is no telling.

    >>> is_before(Literal(9), Literal(10), or_equal=False)
    True
    """
    key = _common(one, other)
    if key is None:
        key = _exact(one), _exact(other)
        if (type(key[0]) is str) != (type(key[1]) is str):  # rdflib's literals are of str too
            return False
    try:
        return bool(key[0] <= key[1] if or_equal else key[0] < key[1])
    except TypeError:
        raise NoOrderError from None


def _exact(term: Term) -> Any:
    if isinstance(term, BlankNode):
        raise NoOrderError
    if isinstance(term, NamedNode):
        return term.value
    literal = _rdflib(term)
    return str(literal.value) if isinstance(literal.value, str) else literal


def fits_bound(term: Term, bound: Term, fits: Callable[[int], bool]) -> bool:
    """Whether a literal is on the right side of a bound: `fits` is told -1, 0 or 1."""
    if not isinstance(term, Literal):
        return False
    known = _common(term, bound)
    if known is not None:
        return fits((known[0] > known[1]) - (known[0] < known[1]))
    one, other = _rdflib(term), _rdflib(bound)
    if isinstance(one.value, str) != isinstance(other.value, str):
        return False
    try:
        return fits(_compare(one, other))
    except (TypeError, NotImplementedError):
        return False


def _compare(one: Any, other: Any) -> int:
    """The order of two literals of rdflib; times are ordered by value or not at all."""
    if one.eq(other):
        return 0
    if type(one.value) in (datetime, time):
        return 0 if one.value == other.value else 1 if one.value > other.value else -1
    return 1 if one > other else -1


def _common(one: Term, other: Term) -> tuple[Any, Any] | None:
    """Two whole numbers or two days, which need no library to be compared."""
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
    """Whether a text is a day in its plain form, so that days are in the order of texts."""
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


@cache
def _converter() -> Callable[[Term], Any]:
    return to_rdflib()


def _rdflib(term: Term) -> Any:
    return _converter()(term)
