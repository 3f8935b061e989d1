"""The claims and things that are withheld because they are flagged as sensitive."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from allgraph.model.vocabulary import CLAIM, OBJECT, PARTS, SENSITIVE, SUBJECT, TYPE
from allgraph.rdf.terms import OWL, RDF, RDFS, Node, Term, text

_FALSE = ("false", "0")


def is_flag(term: Term) -> bool:
    """Whether an object of ``ag:sensitive`` flags its subject: anything but ``false`` does."""
    return text(term) not in _FALSE


def flagged_nodes(pairs: Iterable[tuple[Term, Term]]) -> set[Node]:
    """The nodes that are flagged, by pairs of a subject and object of ``ag:sensitive``."""
    nodes = {node for node, flag in pairs if is_flag(flag)}
    return {node for node in nodes if isinstance(node, (NamedNode, BlankNode))}


def flagged(store: Store) -> set[Node]:
    """The nodes that a store flags as sensitive."""
    quads = store.quads_for_pattern(None, SENSITIVE, None)
    return flagged_nodes((quad.subject, quad.object) for quad in quads)


def withheld(store: Store, sensitive: set[Node]) -> set[Node]:
    """The sensitive nodes of a store, and all that has to be left out with them.

    That is their evidence, the claims about them, and the things that nothing else mentions,
    also when those mention each other. Another claim stays, unless it is about what goes.
    """
    gone = _reachable(sensitive, lambda node: _claims_about(store, node))
    within = _reachable(gone, lambda node: _drawn_in(store, node))
    shared = {
        node
        for node in within - gone
        if not {quad.subject for quad in _mentioning(store, node)} <= within
    }
    return within - _reachable(shared, lambda node: _mentions(store, node) - gone)


def flagged_since(store: Store) -> set[Node]:
    """All that is withheld by the flags in a store, except classes and predicates.

    For flags that come after the data, such as those of an ontology.
    """
    nodes = flagged(store)
    gone = withheld(store, nodes) if nodes else set()
    return {node for node in gone if not _is_term(store, node)}


def remove(store: Store, nodes: set[Node]) -> None:
    """Remove every triple of a store that mentions one of the nodes."""
    for node in nodes:
        for quad in [*store.quads_for_pattern(node, None, None), *_mentioning(store, node)]:
            store.remove(quad)


def _is_term(store: Store, node: Node) -> bool:
    """Whether a node is a class, a predicate or another term of an ontology."""
    quads = store.quads_for_pattern(node, TYPE, None)
    return any(text(quad.object).startswith((OWL, RDFS, RDF + "Property")) for quad in quads)


def _reachable(nodes: Iterable[Node], step: Callable[[Node], set[Node]]) -> set[Node]:
    """Nodes, and all that is reached from them by any number of steps."""
    reached = set(nodes)
    fresh = reached
    while fresh:
        fresh = {other for node in fresh for other in step(node)} - reached
        reached |= fresh
    return reached


def _claims_about(store: Store, node: Node) -> set[Node]:
    """The claims that have a node as subject, predicate or object."""
    return {
        quad.subject
        for part in PARTS
        for quad in store.quads_for_pattern(None, part, node)
        if isinstance(quad.subject, (NamedNode, BlankNode))
    }


def _objects(store: Store, node: Node, predicate: NamedNode | None = None) -> set[Node]:
    """The objects of a node that are no literals, of one predicate or of all."""
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
    """The described objects of a node that go with it unless something else mentions them.

    A claim is one only if the node is a claim about it.
    """
    about = _objects(store, node, SUBJECT) | _objects(store, node, OBJECT)
    return {
        other
        for other in _objects(store, node)
        if next(store.quads_for_pattern(other, None, None), None) is not None
        and (other in about or Quad(other, TYPE, CLAIM) not in store)
    }


def _mentioning(store: Store, node: Node) -> list[Quad]:
    """All triples with a node as object or predicate."""
    quads = [*store.quads_for_pattern(None, None, node)]
    if isinstance(node, NamedNode):
        quads += store.quads_for_pattern(None, node, None)
    return quads
