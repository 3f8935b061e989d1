"""Checks of literals for SHACL: whether they fit their datatype, and how they are ordered.

Terms are texts of N-Triples.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from allgraph.rdf.ntriples import literal_parts, value
from allgraph.rdf.terms import RDF, RDFS, XSD
from allgraph.validation.shacl import datatypes
from allgraph.validation.shacl.datatypes import Value


def has_datatype(term: str, datatype: str) -> bool:
    """Return whether a term is a literal of a datatype (an IRI), and well-formed.

    Every literal is one of rdfs:Literal, and every one but strings, with or without a language, is
    one of rdfs:Datatype, whether well-formed or not.

    >>> has_datatype(f'"5"^^<{XSD}integer>', XSD + "integer")
    True
    >>> has_datatype('"5"', XSD + "integer")
    False
    """
    if term[0] != '"':
        return False
    if datatype == RDF + "langString":
        return language(term) != ""
    if datatype == XSD + "string":
        return term[-1] == '"'
    if term.endswith(f'"^^<{datatype}>'):
        return datatypes.is_well_formed(value(term), datatype)
    return datatype == RDFS + "Literal" or (datatype == RDFS + "Datatype" and term[-1] == ">")


def language(term: str) -> str:
    """Return the language tag of a term in lower case; ``""`` if it has none."""
    return literal_parts(term)[1].lower() if term[0] == '"' else ""


def fits_bound(term: str, bound: str, fits: Callable[[int], bool]) -> bool:
    """Return whether a term is a literal on the right side of a bound, which is one too.

    `fits` is called with its order, -1 below the bound, 0 equal, 1 above, and says whether that is
    right. ``False`` for terms that cannot be compared, and if one is no literal.

    >>> fits_bound(f'"9"^^<{XSD}integer>', f'"10"^^<{XSD}integer>', lambda order: order < 0)
    True
    >>> fits_bound(f'"9"^^<{XSD}integer>', '"10"', lambda order: order < 0)
    False
    """
    return fits_value(comparable(term), comparable(bound), fits)


def fits_value(one: Value | None, other: Value | None, fits: Callable[[int], bool]) -> bool:
    """Return whether two values can be compared, and their order is right, as for `fits_bound`."""
    order = datatypes.order(one, other)
    return order is not None and fits(order)


@lru_cache(maxsize=20_000)
def comparable(term: str) -> Value | None:
    """Return the value of a literal; ``None`` if it has none with an order; cached: days recur."""
    if term[0] != '"':
        return None
    text, tag, datatype = literal_parts(term)
    return datatypes.value(text, datatype or XSD + "string", tag or None)
