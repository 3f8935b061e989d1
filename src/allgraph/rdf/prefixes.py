"""Which prefixes a document has, and how it writes IRIs with them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from allgraph.rdf.nesting import is_blank
from allgraph.rdf.ntriples import is_iri
from allgraph.rdf.terms import XSD, Prefixes, iri_or_none, is_prefix

_JSON_NAMESPACE_ENDS = (":", "/", "?", "#", "[", "]", "@")
"""The ends of namespaces that JSON-LD takes for a prefix."""
_MOST_CACHED = 20_000  # names that are kept for the next document


class Names:
    """The names that IRIs have with some prefixes, as CURIEs and in JSON.

    `short` and `json` are the two methods with caches, for use in several documents.
    """

    def __init__(self, prefixes: Prefixes) -> None:
        """Keep the prefixes; `short` and `json` are the two private methods with a cache each.

        Each takes an IRI in angle brackets, and returns a pair: `short` its CURIE and the prefix in
        it, `json` the same with the CURIE as a JSON string.
        """
        self.prefixes = prefixes
        self.short = lru_cache(_MOST_CACHED)(self._curie_and_prefix)
        self.json = lru_cache(_MOST_CACHED)(self._json_and_prefix)

    def _curie_and_prefix(self, term: str) -> tuple[str, str | None]:
        """Return the CURIE of an IRI, which is given in angle brackets, and the CURIE's prefix.

        ``""`` and ``None`` if no prefix fits or the term is no IRI.
        """
        iri = term[1:-1] if is_iri(term) else ""
        curie = self.prefixes.shorten(iri)
        return ("", None) if curie == iri else (curie, curie.partition(":")[0])

    def _json_and_prefix(self, term: str) -> tuple[str, str | None]:
        """Return the CURIE of a term as a JSON string, else the IRI or label; and the prefix used.

        The term is an IRI in angle brackets or a label ``_:…``. The prefix is ``None`` where none
        fits. The string is in quotes, with escapes.
        """
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
    """Return the `Names` for those prefixes that the syntax takes; cached, so the object is shared.

    `Names` shortens IRIs to CURIEs with them. `prefixes` are pairs of prefix and namespace. The
    syntax is Turtle, unless it is `for_json` (JSON-LD, which needs namespaces that end in ``/``,
    ``#`` or another delimiter) or `for_xml`. The prefixes `without` are left out too: schemes of
    IRIs, which JSON-LD would take for prefixes.

    >>> names_with((("x", "http://x/"), ("half", "half"), ("1", "http://x/1"))).prefixes
    {'x': 'http://x/'}
    """
    ends = _JSON_NAMESPACE_ENDS if for_json else ("",)
    kept = {
        prefix: namespace
        for prefix, namespace in prefixes
        if is_prefix(prefix)
        and iri_or_none(namespace) is not None
        and namespace.endswith(ends)
        and prefix not in without
        and not (for_json and prefix == "")
        and not (for_xml and prefix[:3].lower() == "xml")
    }
    return _cached_names(tuple(kept.items()))


@lru_cache(maxsize=16)
def _cached_names(prefixes: tuple[tuple[str, str], ...]) -> Names:
    """Return `Names`, which shortens IRIs, for all these pairs of prefix and namespace; cached.

    So equal pairs give the same object.
    """
    return Names(Prefixes(prefixes))


def schemes_of(terms: Iterable[str]) -> frozenset[str]:
    """Return the schemes, such as ``https``, of terms, which are texts of N-Triples.

    A literal counts with the IRI of its datatype, one without a datatype with that of XSD.
    """
    schemes = set()
    for term in terms:
        if term[0] == '"':
            datatype = term.rpartition("^^<")[2] if term[-1] == ">" else XSD
            schemes.add(datatype.partition(":")[0])
        elif not is_blank(term):
            schemes.add(term[1:].partition(":")[0])
    return frozenset(schemes)
