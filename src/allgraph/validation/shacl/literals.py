"""Checks of literals for SHACL: whether they fit their datatype, and how they are ordered."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from pyoxigraph import Literal

from allgraph.rdf.terms import RDF, RDFS, XSD, Term
from allgraph.validation.shacl import datatypes


def has_datatype(term: Term | None, datatype: str) -> bool:
    """Return whether a term is a literal of a datatype (an IRI), and well-formed.

    Every literal is one of rdfs:Literal, and every one but strings, with or without a language, is
    one of rdfs:Datatype, whether well-formed or not.

    >>> has_datatype(Literal(5), XSD + "integer")
    True
    >>> has_datatype(Literal("5"), XSD + "integer")
    False
    """
    if not isinstance(term, Literal):
        return False
    own = term.datatype.value
    if own != datatype:
        is_typed = term.language is None and own != XSD + "string"
        return datatype == RDFS + "Literal" or (datatype == RDFS + "Datatype" and is_typed)
    if own == RDF + "langString":
        return term.language is not None
    return datatypes.is_well_formed(term.value, own)


def fits_bound(term: Term | None, bound: Term | None, fits: Callable[[int], bool]) -> bool:
    """Return whether a term is a literal on the right side of a bound, which is one too.

    `fits` is called with its order, -1 below the bound, 0 equal, 1 above, and says whether that is
    right. ``False`` for terms that cannot be compared (`compare`), and if one is no literal.

    >>> fits_bound(Literal(9), Literal(10), lambda order: order < 0)
    True
    >>> fits_bound(Literal(9), Literal("10"), lambda order: order < 0)
    False
    """
    order = compare(term, bound)
    return order is not None and fits(order)


def compare(one: Term | None, other: Term | None) -> int | None:
    """Return the order of two literals by ``<`` of SPARQL: -1 if `one` is less, 0 if equal, else 1.

    Texts in one language are ordered too. ``None`` if they cannot be compared.
    """
    return datatypes.order(_value(one), _value(other))


@lru_cache(maxsize=100_000)
def _value(term: Term | None) -> datatypes.Value | None:
    """Return the value of a literal; ``None`` if it has none with an order; cached."""
    if not isinstance(term, Literal):
        return None
    return datatypes.value(term.value, term.datatype.value, term.language)
