"""A shapes graph, as the compiler reads it."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from allgraph.rdf.terms import RDF, Term, text
from allgraph.validation.shacl.results import SH

_FIRST, _REST, _NIL, _TYPE = (NamedNode(RDF + name) for name in ("first", "rest", "nil", "type"))


class UnknownConstructError(Exception):
    """A shape uses something that is not compiled; pySHACL may check it. The message names it."""


class Shapes:
    """The triples of some shapes by subject, and by the local names of SHACL's predicates."""

    def __init__(self, triples: Iterable[Quad]) -> None:
        self._properties: dict[Term, dict[str, list[Term]]] = {}
        for triple in dict.fromkeys(triples):
            properties = self._properties.setdefault(triple.subject, {})
            name = triple.predicate.value.removeprefix(SH)
            properties.setdefault(name, []).append(triple.object)

    def subjects(self) -> Iterable[Term]:
        """All subjects of triples."""
        return self._properties

    def properties(self, node: Term) -> dict[str, list[Term]]:
        """The values of a node by predicate: local names for those of SHACL, IRIs for others."""
        return self._properties.get(node, {})

    def values(self, node: Term, name: str) -> list[Term]:
        """The values of one predicate of a node."""
        return self.properties(node).get(name, [])

    def value(self, node: Term, name: str) -> Term | None:
        """The value of a predicate that a node may have once; else `UnknownConstructError`."""
        values = self.values(node, name)
        if len(values) > 1:
            raise UnknownConstructError(f"sh:{name} more than once")
        return values[0] if values else None

    def types(self, node: Term) -> set[str]:
        """The IRIs of the classes that a node has as its types."""
        return {text(kind) for kind in self.values(node, _TYPE.value)}

    def items(self, node: Term) -> list[Term]:
        """The members of a list; none for a node that is no list."""
        members: list[Term] = []
        seen = set()
        while node != _NIL:
            first, rest = self.values(node, _FIRST.value), self.values(node, _REST.value)
            if len(first) != 1 or len(rest) != 1 or node in seen:
                if members:
                    raise UnknownConstructError("a list that has no end")
                return []
            seen.add(node)
            members += first
            node = rest[0]
        return members
