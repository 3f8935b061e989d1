"""The claims of a store, looked up one by one by patterns; for few of them, without the table.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> claims = StoredClaims(graph.queried.quads)
>>> claim = NamedNode("https://w3id.org/allgraph/claim/cuomo-signed-s5486")
>>> claims.is_claim(claim), claim in claims.of(graph.resolve("Andrew Cuomo"))
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.facts import Find
from allgraph.rdf.terms import Term

LEADING = frozenset(
    (
        vocabulary.TYPE,
        *vocabulary.PARTS,
        vocabulary.SOURCE,
        vocabulary.CLAIM_SOURCE,
        vocabulary.CONFLICTS,
    )
)
"""The predicates that lead from claims, evidence and members of a class to a thing or class."""


class StoredClaims:
    """The claims of a store, stated and derived triples counting alike."""

    def __init__(self, quads: Find) -> None:
        """Look up quads by `quads`, which finds those of a pattern, each triple once."""
        self._quads = quads

    def of(self, topic: Term) -> set[NamedNode]:
        """Return the IRIs of the claims about a node, of those about such, and with it as source.

        A claim is about its subject and its object; one about a claim has it as its object.
        """
        own = {
            *self.subjects(vocabulary.SUBJECT, topic),
            *self.subjects(vocabulary.OBJECT, topic),
        }
        about_own = {claim for one in own for claim in self.subjects(vocabulary.OBJECT, one)}
        claims = own | about_own | {*self.subjects(vocabulary.CLAIM_SOURCE, topic)}
        return {claim for claim in claims if self.is_claim(claim)}

    def subjects(self, predicate: NamedNode, obj: Term) -> Iterator[Any]:
        """Yield the subjects of the triples with a predicate and an object; some repeatedly."""
        return (quad.subject for quad in self._quads(None, predicate, obj))

    def is_claim(self, node: Term) -> bool:
        """Whether a node is an IRI and a claim."""
        return isinstance(node, NamedNode) and self.has(node, vocabulary.TYPE, vocabulary.CLAIM)

    def has(self, subject: Any, predicate: NamedNode, obj: Any) -> bool:
        """Whether the store has a triple."""
        return next(self._quads(subject, predicate, obj), None) is not None
