"""A shapes graph, as the compiler reads it."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from allgraph.rdf.terms import RDF, Term
from allgraph.validation.shacl.results import SH

_FIRST, _REST, _NIL = (NamedNode(RDF + name) for name in ("first", "rest", "nil"))
_TYPE = NamedNode(RDF + "type")


class UnknownConstructError(Exception):
    """A shape says something that the compiler does not know; pySHACL may."""


class Shapes:
    """The triples of some shapes by subject, and by the local names of SHACL's predicates."""

    def __init__(self, triples: Iterable[Quad]) -> None:
        self._said: dict[Term, dict[str, list[Term]]] = {}
        for triple in dict.fromkeys(triples):
            of_node = self._said.setdefault(triple.subject, {})
            name = triple.predicate.value.removeprefix(SH)
            of_node.setdefault(name, []).append(triple.object)

    def subjects(self) -> Iterable[Term]:
        """All nodes of which something is said."""
        return self._said

    def said(self, node: Term) -> dict[str, list[Term]]:
        """What is said of a node; predicates of SHACL by local name, others by IRI."""
        return self._said.get(node, {})

    def values(self, node: Term, name: str) -> list[Term]:
        """The values of one predicate of a node."""
        return self.said(node).get(name, [])

    def value(self, node: Term, name: str) -> Term | None:
        """The value of a predicate that a node may have once."""
        values = self.values(node, name)
        if len(values) > 1:
            raise UnknownConstructError(f"sh:{name} more than once")
        return values[0] if values else None

    def types(self, node: Term) -> list[Term]:
        """The classes that a node is said to be of."""
        return self.values(node, _TYPE.value)

    def items(self, node: Term) -> list[Term]:
        """The members of a list; none for what is no list."""
        found: list[Term] = []
        seen = set()
        while node != _NIL:
            first, rest = self.values(node, _FIRST.value), self.values(node, _REST.value)
            if len(first) != 1 or len(rest) != 1 or node in seen:
                if found:
                    raise UnknownConstructError("a list that has no end")
                return []
            seen.add(node)
            found += first
            node = rest[0]
        return found
