"""Extract from a store what a view shows: the claims that hold, and what belongs to no claim."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from allgraph import sandbox
from allgraph.model import vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.derivation import Derivation, quad_of
from allgraph.model.facts import OF_DERIVATION, OF_IMPLICATIONS, Facts
from allgraph.rdf.ntriples import Parts
from allgraph.rdf.terms import DERIVED, WITHDRAWN, WITHDRAWN_DERIVED, Term, ag
from allgraph.sparql.dataset import QueriedStore

LEVELS = (None, ag("Possible"), ag("Certain"))
"""The values of ``ag:certainty`` for the levels of `columns`: 0 is that a claim does not hold."""

_CERTAINTY = ag("certainty")
_OF_WITHDRAWN: dict[Any, NamedNode | DefaultGraph] = {
    WITHDRAWN: DefaultGraph(),
    WITHDRAWN_DERIVED: DERIVED,
}
"""Where the triples of withdrawn claims are in a view that has them."""
_PARTS = (*vocabulary.PARTS, vocabulary.RANK, vocabulary.ROLE)
_OF_DIRECT = (
    vocabulary.TYPE, *_PARTS, vocabulary.YIELDS, vocabulary.EVIDENCE, *OF_IMPLICATIONS
)  # fmt: skip
"""The predicates that direct triples, and what the ontology says follows from them, depend on."""


@sandbox.without_collector()
def extract(whole: QueriedStore, columns: Columns) -> Store:
    """Return a new store that has the triples of `whole` but for claims that do not hold.

    Withdrawn claims that `whole` includes are like all others there.

    `columns` say how certain claims are; one with the level `NO`, or which is not in the columns,
    does not hold. Its evidence and the nodes nested in it are left out too, unless other triples
    mention them; its direct triple, unless another claim yields it; and links to it. A claim that
    holds keeps its subject and object whatever they are, and gets a triple with its
    ``ag:certainty``. `whole` is not changed; the garbage collector is off meanwhile.
    """
    levels = held_levels(columns)
    claims: set[Term] = {
        quad.subject
        for quad in whole.stated(None, vocabulary.TYPE, vocabulary.CLAIM)
        if quad.subject not in levels
    }
    left_out = _left_out(whole, claims, levels)
    facts = Facts(OF_DERIVATION)
    for part in _OF_DIRECT:
        facts.add_quads(whole.stated(None, part, None))
    derivation, without = Derivation(facts), {*map(str, claims)}
    implied, of_things = derivation.implied(without)
    direct = {*map(_derived, chain(derivation.direct(without), implied))}
    classes = {*map(_derived, of_things)}

    def kept_quads() -> Iterator[Quad]:
        """Yield the quads of `whole` that stay.

        Those with a node in `left_out` (claims that do not hold, and nodes of theirs alone) go, but
        for subject, predicate, object, rank and roles of claims that hold, the keys of `levels`. Of
        the derived triples stay those in `direct`, which claims that hold yield, those in `classes`
        of things, and those of sources, conflicts and date bounds. Triples with ``ag:certainty``
        go.
        """
        for quad in whole.store:
            subject, predicate, obj, graph = quad
            if graph in whole.hidden:
                continue
            if graph in _OF_WITHDRAWN:
                graph = _OF_WITHDRAWN[graph]
                quad = Quad(subject, predicate, obj, graph)
            if graph == DERIVED and quad in direct:
                yield quad
            elif subject in left_out or predicate in left_out or predicate == _CERTAINTY:
                continue
            elif graph == DERIVED:
                is_kept = predicate in vocabulary.OF_CLAIMS or quad in classes
                if is_kept and obj not in left_out:
                    yield quad
            elif obj not in left_out or (subject in levels and predicate in _PARTS):
                yield quad

    store = Store()
    store.bulk_extend(kept_quads())
    names = (LEVELS[level] for level in levels.values())
    store.bulk_extend(
        Quad(claim, _CERTAINTY, name, DERIVED)
        for claim, name in zip(levels, names, strict=True)
        if name is not None
    )
    return store


def _derived(triple: Parts) -> Quad:
    """Return a triple as a quad of the graph of derived triples."""
    return quad_of(triple, DERIVED)


def held_levels(columns: Columns) -> dict[NamedNode, int]:
    """Return how certain the claims that hold are, by IRI in order: 1 for possible, 2 for certain.

    `columns` must be those of a view, which have a certainty.
    """
    assert columns.certainty is not None
    pairs = zip(columns.claims, columns.certainty.tolist(), strict=True)
    return {NamedNode(claim): level for claim, level in pairs if level > NO}


def _left_out(
    whole: QueriedStore, claims: set[Term], held_claims: dict[NamedNode, int]
) -> set[Term]:
    """Return some claims, all that do not hold, with the nodes that belong only to them.

    `held_claims` has the claims that hold. Queries the store.
    """
    nodes = {*claims, *_below(whole, claims, held_claims)}
    mentioned = {
        node
        for node in nodes - claims
        for quad in whole.stated(None, None, node)
        if quad.subject not in nodes
    }
    return nodes - mentioned - _below(whole, mentioned, held_claims) if mentioned else nodes


def _below(whole: QueriedStore, nodes: set[Term], held_claims: dict[NamedNode, int]) -> set[Term]:
    """Return the evidence of `nodes` and the nodes nested in them, at any depth; queries the store.

    A nested node, which a file writes without a name, is a blank node, or has an IRI that begins
    with that of the node that it is in. Claims that hold are never among the result.
    """
    below: set[Term] = set()
    stack = [(node, _prefix(node)) for node in nodes]
    while stack:
        node, prefix = stack.pop()
        if not isinstance(node, (NamedNode, BlankNode)):
            continue
        for _, predicate, obj, _ in whole.stated(node, None, None):
            if obj in below or obj in held_claims or not isinstance(obj, (NamedNode, BlankNode)):
                continue
            inner = isinstance(obj, BlankNode) or (prefix and obj.value.startswith(prefix))
            if inner or predicate == vocabulary.EVIDENCE:
                below.add(obj)
                stack.append((obj, prefix if inner else _prefix(obj)))
    return below


def _prefix(node: Term) -> str:
    """Return the beginning of the IRIs that `skolem.named_lines` makes for nodes nested in a node.

    It is ``""`` for a blank node or a literal.
    """
    if not isinstance(node, NamedNode):
        return ""
    return f"{node.value}-" if "#" in node.value else f"{node.value}#"
