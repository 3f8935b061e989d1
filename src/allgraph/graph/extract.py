"""Extract from a store what a view shows: the claims that hold, and what belongs to no claim."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from allgraph import sandbox
from allgraph.model import derivation, vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.rdf.terms import DERIVED, Term, ag

LEVELS = (None, ag("Possible"), ag("Certain"))
"""The values of ``ag:certainty`` for the levels of `columns`."""

_CERTAINTY = ag("certainty")
_OF_CLAIMS = frozenset((vocabulary.CLAIM_SOURCE, vocabulary.CONFLICTS, *vocabulary.BOUNDS))
_PARTS = (
    vocabulary.SUBJECT,
    vocabulary.PREDICATE,
    vocabulary.OBJECT,
    vocabulary.RANK,
    vocabulary.ROLE,
)


@sandbox.without_collector()
def extract(whole: Store, columns: Columns) -> Store:
    """Return a store without the claims of another that have the level `NO`.

    A claim that is not in the columns, since it has no IRI or lacks a part, is left out. With
    a claim go its evidence and the nodes made for its content, unless something else mentions
    them, its direct triple unless another claim yields the same, and links to it; but a claim
    keeps its subject and object whatever they are.
    """
    levels = _levels(columns)
    left_out = _left_out(whole, levels)
    direct = {Quad(s, p, o, DERIVED) for s, p, o in _statements(whole, levels).derived()}

    def kept() -> Iterator[Quad]:
        for quad in whole:
            subject, predicate, obj, graph = quad
            if graph == DERIVED and quad in direct:
                yield quad
            elif subject in left_out or predicate in left_out or predicate == _CERTAINTY:
                continue
            elif graph == DERIVED:
                if predicate in _OF_CLAIMS and obj not in left_out:
                    yield quad
            elif obj not in left_out or (subject in levels and predicate in _PARTS):
                yield quad

    store = Store()
    store.bulk_extend(kept())
    names = (LEVELS[level] for level in levels.values())
    store.bulk_extend(
        Quad(claim, _CERTAINTY, name, DERIVED)
        for claim, name in zip(levels, names, strict=True)
        if name is not None
    )
    return store


def _levels(columns: Columns) -> dict[NamedNode, int]:
    """Return the levels of the claims that hold."""
    assert columns.certainty is not None
    pairs = zip(columns.claims, columns.certainty.tolist(), strict=True)
    return {NamedNode(claim): level for claim, level in pairs if level > NO}


def _left_out(whole: Store, kept: dict[NamedNode, int]) -> set[Term]:
    """Return the claims that do not hold, and what belongs to them alone."""
    claims: set[Term] = {
        quad.subject
        for quad in whole.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        if quad.subject not in kept
    }
    nodes = {*claims, *_below(whole, claims, kept)}
    mentioned = {
        node
        for node in nodes - claims
        for quad in whole.quads_for_pattern(None, None, node, DefaultGraph())
        if quad.subject not in nodes
    }
    return nodes - mentioned - _below(whole, mentioned, kept) if mentioned else nodes


def _below(whole: Store, nodes: set[Term], kept: dict[NamedNode, int]) -> set[Term]:
    """Return the evidence of nodes, and the nodes made for their content, at any depth.

    A node that a file writes without a name is a blank node, or has an IRI that begins with that
    of the node that it is in.
    """
    below: set[Term] = set()
    stack = [(node, _prefix(node)) for node in nodes]
    while stack:
        node, prefix = stack.pop()
        if not isinstance(node, (NamedNode, BlankNode)):
            continue
        for _, predicate, obj, _ in whole.quads_for_pattern(node, None, None, DefaultGraph()):
            if obj in below or obj in kept or not isinstance(obj, (NamedNode, BlankNode)):
                continue
            inner = isinstance(obj, BlankNode) or (prefix and obj.value.startswith(prefix))
            if inner or predicate == vocabulary.EVIDENCE:
                below.add(obj)
                stack.append((obj, prefix if inner else _prefix(obj)))
    return below


def _prefix(node: Term) -> str:
    """Return how the IRIs begin that `skolem.named_quads` gives to the nodes in a node."""
    if not isinstance(node, NamedNode):
        return ""
    return f"{node.value}-" if "#" in node.value else f"{node.value}#"


def _statements(whole: Store, kept: dict[NamedNode, int]) -> derivation.Statements:
    """Return the statements of the claims that hold from which direct triples follow."""
    statements = derivation.Statements()
    for part in (vocabulary.TYPE, *_PARTS):
        of_all = whole.quads_for_pattern(None, part, None, DefaultGraph())
        statements.add(quad for quad in of_all if quad.subject in kept)
    statements.add(whole.quads_for_pattern(None, vocabulary.YIELDS, None))
    return statements
