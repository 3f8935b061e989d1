"""A shapes graph: the triples of shapes, looked up by subject and predicate."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad

from allgraph.rdf.terms import RDF, Term, text
from allgraph.validation.shacl.results import SH

FIRST, REST, NIL, _TYPE = (NamedNode(RDF + name) for name in ("first", "rest", "nil", "type"))
DEEPEST = 50
"""How deep paths may be nested in each other, and shapes."""


class UnknownConstructError(Exception):
    """A shape has a construct that is not compiled, so pySHACL checks it; the message names it."""


class Shapes:
    """The triples of some shapes by subject and predicate; nothing changes them.

    Predicates of SHACL are given by their local names, others by their IRIs.
    """

    def __init__(self, triples: Iterable[Quad]) -> None:
        """Read all `triples`, equal ones once."""
        self._properties: dict[Term, dict[str, list[Term]]] = {}
        """The objects by subject, then by predicate: local names for those of SHACL, else IRIs."""
        self._objects: dict[str, set[Term]] = {}
        """The objects of all subjects, by predicate."""
        for triple in dict.fromkeys(triples):
            properties = self._properties.setdefault(triple.subject, {})
            name = triple.predicate.value.removeprefix(SH)
            properties.setdefault(name, []).append(triple.object)
            self._objects.setdefault(name, set()).add(triple.object)

    def subjects(self) -> Iterable[Term]:
        """Return all subjects of triples, in the order of the triples."""
        return self._properties

    def objects(self, name: str) -> set[Term]:
        """Return all values of a predicate, given as for `values`. Not a copy."""
        return self._objects.get(name, set())

    def properties(self, node: Term) -> dict[str, list[Term]]:
        """Return the values of a node by predicate: local names for those of SHACL, else IRIs.

        Empty for a node that is no subject. Not a copy.
        """
        return self._properties.get(node, {})

    def values(self, node: Term, name: str) -> list[Term]:
        """Return the values of one predicate of a node; none if it has no such triple.

        `name` is the local name of a predicate of SHACL, or the IRI of another. Not a copy.
        """
        return self.properties(node).get(name, [])

    def value(self, node: Term, name: str) -> Term | None:
        """Return the first value of a predicate of a node, or ``None`` if it has none.

        `name` is as for `values`.
        """
        return next(iter(self.values(node, name)), None)

    def types(self, node: Term) -> set[str]:
        """Return the IRIs of the classes that a node has as its types."""
        return {text(kind) for kind in self.values(node, _TYPE.value)}

    def items(self, node: Term) -> list[Term]:
        """Return the members of a list, given its first node; ``[]`` for a node that is no list.

        Raises `UnknownConstructError` for a list that has no proper end.
        """
        members: list[Term] = []
        seen = set()
        while node != NIL:
            first, rest = self.values(node, FIRST.value), self.values(node, REST.value)
            if len(first) != 1 or len(rest) != 1 or node in seen:
                if members:
                    raise UnknownConstructError("a list that has no end")
                return []
            seen.add(node)
            members += first
            node = rest[0]
        return members
