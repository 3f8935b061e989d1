"""What is withheld as sensitive, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from allgraph.model.vocabulary import CLAIM, OBJECT, PREDICATE, SENSITIVE, SUBJECT, TYPE
from allgraph.rdf.terms import OWL, RDF, RDFS, Node, Term, text

_TRUE, _FALSE = ("true", "1"), ("false", "0")


def withheld(store: Store, sensitive: set[Node]) -> set[Node]:
    """The sensitive claims of a store, and all that must stay away with them.

    That is their evidence, claims about them, and things that only they mention, however
    those mention one another. Another claim is no such thing, unless they are about it.
    """
    gone = _spread(sensitive, lambda node: _claims_about(store, node))
    within = _spread(gone, lambda node: _drawn_in(store, node))
    shared = {node for node in within - gone if not _mentioned_from(store, node) <= within}
    return within - _spread(shared, lambda node: _mentions(store, node) - gone)


def flagged_since(store: Store) -> set[Node]:
    """What is to be withheld by flags that came to a store since, as an ontology may have some.

    Classes and predicates stay, whoever mentions them.
    """
    nodes = flagged(store)
    return (
        {node for node in withheld(store, nodes) if not _is_term(store, node)} if nodes else set()
    )


def flagged(store: Store) -> set[Node]:
    """What a store flags as sensitive."""
    flags = store.quads_for_pattern(None, SENSITIVE, None)
    found = {quad.subject for quad in flags if is_flag(quad.object)}
    return {node for node in found if isinstance(node, (NamedNode, BlankNode))}


def is_flag(term: Term) -> bool:
    """Whether a value of ``ag:sensitive`` flags its subject: all but ``false`` does."""
    return text(term) not in _FALSE


def _is_term(store: Store, node: Node) -> bool:
    kinds = store.quads_for_pattern(node, TYPE, None)
    return any(text(quad.object).startswith((OWL, RDFS, RDF + "Property")) for quad in kinds)


def remove(store: Store, nodes: set[Node]) -> None:
    """Take every triple that mentions one of the nodes out of a store."""
    for node in nodes:
        quads = [
            *store.quads_for_pattern(node, None, None),
            *store.quads_for_pattern(None, None, node),
        ]
        if isinstance(node, NamedNode):
            quads += store.quads_for_pattern(None, node, None)
        for quad in quads:
            store.remove(quad)


def _spread(nodes: Iterable[Node], step: Callable[[Node], set[Node]]) -> set[Node]:
    """Nodes, and all that can be reached from them."""
    found = set(nodes)
    fresh = found
    while fresh:
        fresh = {other for node in fresh for other in step(node)} - found
        found |= fresh
    return found


def _claims_about(store: Store, node: Node) -> set[Node]:
    return {
        quad.subject
        for part in (SUBJECT, PREDICATE, OBJECT)
        for quad in store.quads_for_pattern(None, part, node)
        if isinstance(quad.subject, (NamedNode, BlankNode))
    }


def _objects(store: Store, node: Node, predicate: NamedNode | None = None) -> set[Node]:
    return {
        quad.object
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, (NamedNode, BlankNode))
    }


def _mentions(store: Store, node: Node) -> set[Node]:
    """The objects and predicates of all triples about a node."""
    predicates = {quad.predicate for quad in store.quads_for_pattern(node, None, None)}
    return _objects(store, node) | predicates


def _drawn_in(store: Store, node: Node) -> set[Node]:
    """What goes with a node if nothing else mentions it: what is described in the store."""
    about = _objects(store, node, SUBJECT) | _objects(store, node, OBJECT)
    return {
        other
        for other in _objects(store, node)
        if next(store.quads_for_pattern(other, None, None), None) is not None
        and (other in about or Quad(other, TYPE, CLAIM) not in store)
    }


def _mentioned_from(store: Store, node: Node) -> set[Term]:
    """The subjects of all triples with a node as object or predicate."""
    quads = [*store.quads_for_pattern(None, None, node)]
    if isinstance(node, NamedNode):
        quads += store.quads_for_pattern(None, node, None)
    return {quad.subject for quad in quads}
