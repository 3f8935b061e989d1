"""Which prefixes a document has, and how it writes IRIs with them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

from pyoxigraph import NamedNode

from allgraph.rdf.nesting import Statement, is_blank
from allgraph.rdf.terms import XSD, Prefixes, is_prefix

_JSON_ENDS = (":", "/", "?", "#", "[", "]", "@")  # after which JSON-LD takes a prefix
_MANY = 20_000  # names that are kept for the next document


class Names:
    """How IRIs are written with some prefixes; names are kept from one document to the next."""

    def __init__(self, prefixes: Prefixes) -> None:
        self.prefixes = prefixes
        self.short = lru_cache(_MANY)(self._short)
        self.json = lru_cache(_MANY)(self._json)

    def _short(self, term: str) -> tuple[str, str | None]:
        """Return the CURIE of an IRI in angle brackets and its prefix, or ``""`` and ``None``."""
        iri = term[1:-1] if is_iri(term) else ""
        curie = self.prefixes.shorten(iri)
        return ("", None) if curie == iri else (curie, curie.partition(":")[0])

    def _json(self, term: str) -> tuple[str, str | None]:
        """Return the same as JSON, with the IRI, or a term that is none, where no prefix fits."""
        from json.encoder import encode_basestring

        curie, prefix = self.short(term)
        return encode_basestring(curie or (term[1:-1] if is_iri(term) else term)), prefix


@lru_cache(maxsize=16)
def names_with(
    prefixes: tuple[tuple[str, str], ...],
    without: frozenset[str] = frozenset(),
    *,
    for_json: bool = False,
    for_xml: bool = False,
) -> Names:
    """Return the names with some prefixes, `without` those that an IRI has as its scheme.

    Prefixes that Turtle, or JSON-LD or XML when it is for these, does not take are left out.

    >>> names_with((("x", "http://x/"), ("half", "half"), ("1", "http://x/1"))).prefixes
    {'x': 'http://x/'}
    """
    ends = _JSON_ENDS if for_json else ("",)
    kept = {
        prefix: namespace
        for prefix, namespace in prefixes
        if is_prefix(prefix)
        and _is_valid_iri(namespace)
        and namespace.endswith(ends)
        and prefix not in without
        and not (for_json and prefix == "")
        and not (for_xml and prefix[:3].lower() == "xml")
    }
    return _names_of(tuple(kept.items()))


@lru_cache(maxsize=16)
def _names_of(prefixes: tuple[tuple[str, str], ...]) -> Names:
    return Names(Prefixes(prefixes))


def _is_valid_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def is_iri(term: str) -> bool:
    """Return whether a term of N-Triples is an IRI, and no triple, which begins with ``<<``."""
    return term[0] == "<" and term[1:2] != "<"


def schemes_of(statements: Iterable[Statement]) -> frozenset[str]:
    """Return what stands before the first colon of each IRI, those of datatypes too."""
    schemes = set()
    for term in chain.from_iterable(statement[:3] for statement in statements):
        if term[0] == '"':
            datatype = term.rpartition("^^<")[2] if term[-1] == ">" else XSD
            schemes.add(datatype.partition(":")[0])
        elif not is_blank(term):
            schemes.add(term[1:].partition(":")[0])
    return frozenset(schemes)
