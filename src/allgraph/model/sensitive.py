"""The claims and things that are withheld because they are flagged as sensitive.

Withheld are the nodes that ``ag:sensitive`` flags, and what must not stay without them. The
functions read a store by pattern; only `remove` changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import filterfalse, product

from pyoxigraph import BlankNode, NamedNode, Quad, Store

from allgraph.model.facts import LINES, OF_EVIDENCE, RECORD, Facts, each
from allgraph.model.vocabulary import CLAIM, OBJECT, PARTS, SENSITIVE, SUBJECT, TYPE
from allgraph.rdf import ntriples
from allgraph.rdf.terms import OWL, RDF, RDFS, Node, text

_FALSE = ("false", "0")
_OF_WHOLE = (LINES, OF_EVIDENCE["sha256"])
"""The predicates of a record that tell of all that is in it."""


def flagged_in(facts: Facts) -> set[Node]:
    """Return the nodes that facts flag as sensitive: by any text but ``false`` and ``0``."""
    return ntriples.nodes(
        node
        for node, flags in facts[SENSITIVE].items()
        if any(ntriples.value(flag) not in _FALSE for flag in each(flags))
    )


def withheld(
    store: Store, sensitive: set[Node], stays: Callable[[Node], bool] = lambda _: False
) -> set[Node]:
    """Return sensitive nodes with all nodes that have to be left out with them.

    These are the claims about a node that is left out, their evidence, and the things that only
    nodes left out mention, also if these things mention each other. Other claims stay, as does a
    thing for which `stays` is true. The store is not changed.
    """
    left_out = _closure(sensitive, lambda node: _claims_about(store, node))
    # All of `left_out` goes; of `candidates` only what nothing else mentions.
    candidates = _closure(
        left_out, lambda node: {*filterfalse(stays, _dependent_objects(store, node))}
    )
    mentioned_elsewhere = {
        node
        for node in candidates - left_out
        if any(quad.subject not in candidates for quad in _quads_mentioning(store, node))
    }
    return candidates - _closure(
        mentioned_elsewhere, lambda node: _objects_and_predicates(store, node) - left_out
    )


def flagged_since(store: Store) -> set[Node]:
    """Return flagged nodes, and all that must be left out with them, but no terms of an ontology.

    With them go the claims about such nodes, their evidence, and what nothing else mentions. For
    flags that were added after the data was loaded, such as those of an ontology. The store is not
    changed.
    """
    nodes = flagged_in(Facts.of(store.quads_for_pattern, [SENSITIVE]))
    hidden = withheld(store, nodes) if nodes else set()
    return {node for node in hidden if not _is_ontology_term(store, node)}


def remove(store: Store, nodes: set[Node]) -> set[Node]:
    """Remove from a store every quad with one of the nodes, and the graphs that they name.

    A record that stays, while evidence in it goes, loses its digest and its lines (`_OF_WHOLE`),
    which tell of what is left out: the digest of all but a few words is soon guessed. Returns these
    records.
    """
    records = {
        record for node in nodes for record in _node_objects(store, node, RECORD)
    } - nodes  # fmt: skip
    for record, predicate in product(records, _OF_WHOLE):
        for quad in [*store.quads_for_pattern(record, predicate, None)]:
            store.remove(quad)
    for node in nodes:
        if isinstance(node, (NamedNode, BlankNode)):
            store.remove_graph(node)
        for quad in quads_with(store, node):
            store.remove(quad)
    return records


def shorten(facts: Facts, records: Iterable[Node]) -> None:
    """Remove from facts what `remove` takes from records that stay."""
    for record, predicate in product(records, _OF_WHOLE):
        facts[predicate].pop(str(record), None)


def quads_with(store: Store, node: Node) -> list[Quad]:
    """Return all quads with a node as subject, object or predicate."""
    return [*store.quads_for_pattern(node, None, None), *_quads_mentioning(store, node)]


def _is_ontology_term(store: Store, node: Node) -> bool:
    """Return True if a node is a class, a predicate or another term of an ontology."""
    quads = store.quads_for_pattern(node, TYPE, None)
    return any(text(quad.object).startswith((OWL, RDFS, RDF + "Property")) for quad in quads)


def _closure(nodes: Iterable[Node], step: Callable[[Node], set[Node]]) -> set[Node]:
    """Return nodes with all that is reached from them by applying `step` again and again."""
    reached = set(nodes)
    fresh = reached
    while fresh:
        fresh = {other for node in fresh for other in step(node)} - reached
        reached |= fresh
    return reached


def _claims_about(store: Store, node: Node) -> set[Node]:
    """Return the claims that have a node as subject, predicate or object."""
    return {
        quad.subject
        for part in PARTS
        for quad in store.quads_for_pattern(None, part, node)
        if isinstance(quad.subject, (NamedNode, BlankNode))
    }


def _node_objects(store: Store, node: Node, predicate: NamedNode | None = None) -> set[Node]:
    """Return the objects of a node that are IRIs or blank nodes, of one predicate or of all."""
    return {
        quad.object
        for quad in store.quads_for_pattern(node, predicate, None)
        if isinstance(quad.object, (NamedNode, BlankNode))
    }


def _objects_and_predicates(store: Store, node: Node) -> set[Node]:
    """Return objects (no literals) and predicates of all triples with a node as subject."""
    predicates = {quad.predicate for quad in store.quads_for_pattern(node, None, None)}
    return _node_objects(store, node) | predicates


def _dependent_objects(store: Store, node: Node) -> set[Node]:
    """Return the objects of a node that may have to be left out with it.

    They are subjects of triples themselves. An object that is a claim counts only if the node
    is a claim about it: its subject or object.
    """
    about = _node_objects(store, node, SUBJECT) | _node_objects(store, node, OBJECT)
    return {
        other
        for other in _node_objects(store, node)
        if next(store.quads_for_pattern(other, None, None), None) is not None
        and (other in about or Quad(other, TYPE, CLAIM) not in store)
    }


def _quads_mentioning(store: Store, node: Node) -> Iterator[Quad]:
    """Yield all quads with a node as object or predicate."""
    yield from store.quads_for_pattern(None, None, node)
    if isinstance(node, NamedNode):
        yield from store.quads_for_pattern(None, node, None)
