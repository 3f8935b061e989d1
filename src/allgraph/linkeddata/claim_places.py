"""The pages that show claims without a document of their own: those about things.

A claim is on the page of its subject, or else of its object or a source, and there an anchor.

>>> from allgraph.graph import open_graph
>>> places = ClaimPlaces(open_graph())
>>> places.find("https://w3id.org/allgraph/claim/cuomo-signed-s5486")
('https://w3id.org/allgraph/id/andrew-cuomo', 1)
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from pyoxigraph import NamedNode, Triple

from allgraph.graph import Graph
from allgraph.linkeddata.documents import PAGE
from allgraph.model import vocabulary
from allgraph.model.addresses import path_of
from allgraph.rdf.terms import text
from allgraph.sparql.embedded import store_errors

_PLAIN = re.compile(r"/page/(?!iri/~)[A-Za-z0-9._~/%-]{1,400}")
"""Paths that need no care in the configuration of a web server, and have no digest."""
_CACHED = 100_000  # claims, things and pages that are kept


class ClaimPlaces:
    """The places of the claims of a graph; a claim without one keeps its own document.

    It has none if it is not in the columns of the graph; if it, its subject, its object and its
    sources have no page under the base, or one with an odd path; or if the IRI of another claim
    differs in case only, which web servers may not tell apart.
    """

    def __init__(self, graph: Graph) -> None:
        """Read the columns of the graph; raises `InputError` for one that an endpoint holds."""
        self._graph, self._columns, self._base = graph, graph.columns, graph.folder.base
        self.find = lru_cache(_CACHED)(self._find)
        self._has_page = lru_cache(_CACHED)(self._look_for_page)
        self._claims_of = lru_cache(_CACHED)(self._claims_if_many)

    def __iter__(self) -> Iterator[str]:
        """Yield the IRIs of the claims that have a place, sorted."""
        claims = self._columns.claims
        return (iri for row, iri in enumerate(claims) if self._find_row(row, iri) is not None)

    def _find(self, iri: str) -> tuple[str, int] | None:
        """Return the IRI and the number of the page that a claim is on, ``None`` without a place.

        `find` is the same with a cache. Any other IRI than that of a claim has none. Raises
        `EngineError` for a damaged store.
        """
        row = self._columns.claims.place(iri)
        return None if row is None else self._find_row(row, iri)

    @store_errors()
    def _find_row(self, row: int, iri: str) -> tuple[str, int] | None:
        """Return the same for a claim by its row in the columns and its IRI."""
        path = path_of(iri, self._base)
        is_plain = path is not None and _PLAIN.fullmatch(path) and not {"#", "%"} & {*iri}
        if not is_plain or "/" not in iri.removeprefix(self._base):
            return None
        if iri.lower() in self._alike:
            return None
        topic = next(filter(self._has_page, self._topics(row)), None)
        if topic is None:
            return None
        claims = self._claims_of(topic)
        return topic, 1 if claims is None else bisect_left(claims, iri, key=text) // PAGE + 1

    def _topics(self, row: int) -> Iterator[str]:
        """Yield the IRIs of the subject, the object and the sources of a claim, given its row."""
        columns = self._columns
        for node in (int(columns.subject[row]), int(columns.object[row])):
            if node >= 0:
                yield columns.nodes[node]
        claim = NamedNode(columns.claims[row])
        quads = self._graph.queried.quads(claim, vocabulary.CLAIM_SOURCE, None)
        yield from sorted({q.object.value for q in quads if isinstance(q.object, NamedNode)})

    def _look_for_page(self, topic: str) -> bool:
        """Return True if an IRI has a page of its own, at a plain path, and is no claim."""
        path = path_of(topic, self._base)
        return (
            path is not None
            and "#" not in topic
            and _PLAIN.fullmatch(path) is not None
            and Triple(NamedNode(topic), vocabulary.TYPE, vocabulary.CLAIM)
            not in self._graph.queried
        )

    def _claims_if_many(self, topic: str) -> Sequence[NamedNode] | None:
        """Return the sorted claims in the document about a topic; ``None`` if one page has all."""
        topics, iri = self._graph.topics, NamedNode(topic)
        return None if topics.most_claims(iri) <= PAGE else topics.claims(iri)

    @cached_property
    def _alike(self) -> set[str]:
        """The IRIs, in small letters, that several claims have."""
        counts = Counter(iri.lower() for iri in self._columns.claims)
        return {iri for iri, count in counts.items() if count > 1}
