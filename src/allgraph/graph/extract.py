"""What a view shows of a store: the claims that hold, and what belongs to no claim.

`extract` copies it into another store. `HeldTriples` finds it in the store itself, a pattern at a
time: what is asked about few nodes, such as the document about a thing, is there sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

from allgraph import sandbox
from allgraph.model import vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.derivation import Derivation, quad_of
from allgraph.model.facts import OF_DERIVATION, OF_IMPLICATIONS, Facts, Find
from allgraph.rdf.ntriples import Parts
from allgraph.rdf.terms import DERIVED, OF_DERIVED, WITHDRAWN, WITHDRAWN_DERIVED, Term, ag
from allgraph.sparql.dataset import QueriedStore

LEVELS = (None, ag("Possible"), ag("Certain"))
"""The values of ``ag:certainty`` for the levels of `columns`: 0 is that a claim does not hold."""

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

IsRoot = Callable[[Term], bool]
"""A function that returns True for the nodes below which others are looked for."""

_CACHED = 2**14  # nodes of which it is known whether they stay
_ABOUT_EVENTS = (str(vocabulary.UNDERWENT), str(vocabulary.TOOK_PART))
_OF_NODES = (vocabulary.TYPE, vocabulary.CLASSIFICATION)


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
            elif subject in left_out or predicate in left_out or predicate == vocabulary.CERTAINTY:
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
        Quad(claim, vocabulary.CERTAINTY, name, DERIVED)
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


class HeldTriples:
    """The triples that stay of a store in a view; each is decided by what is around its nodes."""

    def __init__(self, whole_of: Callable[[], QueriedStore], columns: Columns) -> None:
        """Keep the columns of the view; `whole_of` returns the store of the root."""
        self._whole_of, self._columns = whole_of, columns
        self._level = lru_cache(_CACHED)(self._read_level)
        self._is_denied = lru_cache(_CACHED)(self._read_denied)
        self._is_left_out = lru_cache(_CACHED)(self._read_left_out)
        self._following = lru_cache(_CACHED)(self._read_following)

    @property
    def _whole(self) -> QueriedStore:
        """The store of the root, another one after a fork."""
        return self._whole_of()

    def find(self, *pattern: Any) -> Iterator[Quad]:
        """Yield the quads of the view that match a pattern, some of them twice."""
        return self.of(self._whole.quads)(*pattern)

    def of(self, quads: Find) -> Find:
        """Return a function that finds those of the quads found by `quads` that the view has."""

        def find(subject: Any, predicate: Any, obj: Any) -> Iterator[Quad]:
            """Yield the quads that stay, and those that say how certain claims are."""
            by_object = subject is None and isinstance(obj, (NamedNode, BlankNode))
            for quad in quads(subject, predicate, obj):
                if self._stays(quad, by_object=by_object):
                    yield quad
            if predicate in (None, vocabulary.CERTAINTY) and obj in (None, *LEVELS[1:]):
                claims = held_levels(self._columns) if subject is None else [subject]
                for claim in claims:
                    name = LEVELS[self._level(claim)]
                    if name is not None and obj in (None, name):
                        yield Quad(claim, vocabulary.CERTAINTY, name, DERIVED)

        return find

    def _stays(self, quad: Quad, *, by_object: bool) -> bool:
        """Return True if the view has a quad, as `extract` decides it.

        A derived one is looked up among what follows about its object, or else about its subject.
        """
        subject, predicate, obj, graph = quad
        if graph in OF_DERIVED and predicate not in vocabulary.OF_CLAIMS:
            by_object = by_object and predicate not in (vocabulary.TYPE, vocabulary.SAME_AS)
            direct, classes = self._following(obj if by_object else subject, by_object)
            if quad.triple in direct:
                return True
            if quad.triple not in classes:
                return False
        nodes = (subject, predicate)
        if any(map(self._is_left_out, nodes)) or predicate == vocabulary.CERTAINTY:
            return False
        is_part = graph not in OF_DERIVED and predicate in _PARTS and self._level(subject) > NO
        return is_part or not self._is_left_out(obj)

    def _read_level(self, node: Term) -> int:
        """Return how certain a claim is, `NO` for what is no claim."""
        row = self._columns.claims.place(node.value) if isinstance(node, NamedNode) else None
        assert self._columns.certainty is not None
        return NO if row is None else int(self._columns.certainty[row])

    def _read_denied(self, node: Term) -> bool:
        """Return True if a node is a claim that does not hold."""
        is_claim = isinstance(node, (NamedNode, BlankNode)) and self._level(node) == NO
        return is_claim and any(self._whole.stated(node, vocabulary.TYPE, vocabulary.CLAIM))

    def _read_left_out(self, node: Term) -> bool:
        """Return True if a node is a claim that does not hold, or belongs only to such claims."""
        if self._is_denied(node):
            return True
        is_below = self._is_below(node, self._is_denied)
        return (
            is_below
            and not self._is_mentioned(node)
            and not self._is_below(node, self._is_mentioned)
        )

    def _is_mentioned(self, node: Term) -> bool:
        """Return True if a node below claims that do not hold is mentioned elsewhere."""
        if self._is_denied(node) or not self._is_below(node, self._is_denied):
            return False
        subjects = (quad.subject for quad in self._whole.stated(None, None, node))
        return any(
            not self._is_denied(one) and not self._is_below(one, self._is_denied)
            for one in subjects
        )

    def _is_below(self, node: Term, is_root: IsRoot) -> bool:
        """Return True if a node is evidence of a root, or nested in one, at any depth."""
        return bool(self._prefixes(node, is_root, ()))

    def _prefixes(self, node: Term, is_root: IsRoot, seen: tuple[Term, ...]) -> set[str]:
        """Return how the IRIs of nodes nested beside a node may begin, if it is below a root.

        That is empty for any other node; `seen` are the nodes below it from which it was come to.
        """
        if not isinstance(node, (NamedNode, BlankNode)) or self._level(node) > NO or node in seen:
            return set()
        prefixes: set[str] = set()
        predicate = None if self._may_be_nested(node, is_root) else vocabulary.EVIDENCE
        for parent, link, _, _ in self._whole.stated(None, predicate, node):
            around = self._prefixes(parent, is_root, (*seen, node))
            if is_root(parent):
                around.add(_prefix(parent))
            for prefix in around:
                if isinstance(node, BlankNode) or (prefix and node.value.startswith(prefix)):
                    prefixes.add(prefix)
                elif link == vocabulary.EVIDENCE:
                    prefixes.add(_prefix(node))
        return prefixes

    def _may_be_nested(self, node: NamedNode | BlankNode, is_root: IsRoot) -> bool:
        """Return True if the IRI of a node begins with that of a root or evidence.

        So it need not be looked up what else leads to a term of an ontology.
        """
        if isinstance(node, BlankNode):
            return True
        whole, mark, part = node.value.partition("#")
        starts = accumulate(part.split("-")[:-1], "{}-{}".format)
        wholes = map(NamedNode, (whole, *(f"{whole}#{start}" for start in starts)))
        return bool(mark) and any(
            is_root(one) or any(self._whole.stated(None, vocabulary.EVIDENCE, one))
            for one in wholes
        )

    # ---- What follows from claims

    @cached_property
    def _ontology(self) -> list[Quad]:
        """The triples that say what follows from claims and classes, read once."""
        parts = (vocabulary.YIELDS, *OF_IMPLICATIONS)
        return [*chain.from_iterable(self._whole.stated(None, part, None) for part in parts)]

    def _read_following(self, node: Any, is_object: bool) -> tuple[set[Triple], set[Triple]]:
        """Return the triples about a node that follow from claims that hold, and classes of it.

        They have the node as their object if `is_object`, or else as their subject; there are
        others among them. They are derived from the claims about it alone, and those about events.
        """
        stated, facts = self._whole.stated, Facts(OF_DERIVATION)
        facts.add_quads(self._ontology)
        part = vocabulary.OBJECT if is_object else vocabulary.SUBJECT
        claims = {quad.subject for quad in stated(None, part, node)}
        for quad in stated(None, vocabulary.SUBJECT, node):
            about = [q.object for q in stated(quad.subject, vocabulary.PREDICATE, None)]
            if any(str(predicate) in _ABOUT_EVENTS for predicate in about):
                claims.add(quad.subject)
                for event in stated(quad.subject, vocabulary.OBJECT, None):
                    claims |= {q.subject for q in stated(None, vocabulary.OBJECT, event.object)}
        facts.add_quads(quad for claim in claims for quad in stated(claim, None, None))
        facts.add_quads(quad for part in _OF_NODES for quad in stated(node, part, None))
        facts.add_quads(stated(None, vocabulary.EVIDENCE, node))
        derivation = Derivation(facts)
        without = {str(claim) for claim in claims if self._level(claim) == NO}
        implied, classes = derivation.implied(without)
        direct = chain(derivation.direct(without), implied)
        return {quad_of(one).triple for one in direct}, {quad_of(one).triple for one in classes}
