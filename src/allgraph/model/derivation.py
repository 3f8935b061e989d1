"""What follows from the claims, and is derived at load rather than stated.

From each claim that is not deprecated: its direct triple. From all: their sources, their
date bounds, conflicts both ways, and what a role in an event amounts to. Blank nodes under
an IRI get IRIs made of that IRI and their content. Sensitive claims are withheld with all
that belongs to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from allgraph.errors import DateError
from allgraph.model import edtf
from allgraph.rdf.terms import DERIVED, OA, OWL, RDF, RDFS, XSD, Node, Term, ag, local_name, text

TYPE = NamedNode(RDF + "type")
SUBJECT, PREDICATE, OBJECT = (NamedNode(RDF + name) for name in ("subject", "predicate", "object"))
_PARTS = (SUBJECT, PREDICATE, OBJECT)
CLAIM_SOURCE, DEPRECATED = ag("source"), ag("Deprecated")
CLAIM, EVIDENCE, SOURCE = ag("Claim"), ag("evidence"), NamedNode(OA + "hasSource")
WHEN, RANK, ROLE, YIELDS = ag("when"), ag("rank"), ag("role"), ag("yields")
CONFLICTS, SENSITIVE, PROSPECTIVE = ag("conflictsWith"), ag("sensitive"), ag("prospective")
CURRENT, EARLIEST, LATEST, READ = ag("currentAsOf"), ag("earliest"), ag("latest"), ag("read")
UNDERWENT, TOOK_PART, ASPECT = ag("underwent"), ag("tookPart"), ag("aspect")
BOUNDS = tuple(
    ag(name) for name in ("beginNotBefore", "beginNotAfter", "endNotBefore", "endNotAfter")
)
_DATE = NamedNode(XSD + "date")
_TRUE, _FALSE = ("true", "1"), ("false", "0")
TRACKED = frozenset(
    (SUBJECT, PREDICATE, OBJECT, EVIDENCE, SOURCE, WHEN, RANK, ROLE, CONFLICTS, SENSITIVE,
     PROSPECTIVE, CURRENT, EARLIEST, LATEST, READ, YIELDS, ASPECT)
)  # fmt: skip
"""The predicates that claims need."""

_AT_ONCE = 200_000  # triples that are added to a store together

Parts = tuple[Node, NamedNode, Term]


class Row(NamedTuple):
    """A triple whose parts are at hand."""

    subject: Node
    predicate: NamedNode
    object: Term


class Statement(NamedTuple):
    """A claim as the triples give it; only claims with one of each part become one."""

    claim: Node
    subject: Node
    predicate: NamedNode
    object: Term


class Statements:
    """The claims of a graph, gathered from its triples in any order."""

    def __init__(self) -> None:
        self._claims: set[Node] = set()
        self._values: dict[Term, dict[NamedNode, list[Term]]] = {}
        self._aspects: dict[NamedNode, edtf.Aspect] = {}
        self._latest_of: dict[Term, edtf.Day | None] = {}

    def add(self, triples: Iterable[Triple | Quad | Row]) -> None:
        """Take note of what some triples say of claims, evidence, sources and predicates."""
        values = self._values
        for triple in triples:
            predicate = triple.predicate
            if predicate in TRACKED:
                known = values.get(triple.subject)
                if known is None:
                    values[triple.subject] = {predicate: [triple.object]}
                else:
                    known.setdefault(predicate, []).append(triple.object)
            elif predicate == TYPE and triple.object == CLAIM:
                self._claims.add(triple.subject)  # type: ignore[arg-type]
        self._aspects.clear()
        self._latest_of.clear()

    def __iter__(self) -> Iterator[Statement]:
        """The claims that have exactly one subject, predicate and object."""
        for claim in self.claims():
            statement = self.statement(claim)
            if statement is not None:
                yield statement

    def statement(self, claim: Node) -> Statement | None:
        """What a claim says, if it has exactly one subject, predicate and object."""
        subjects, predicates, objects = (self.values(claim, part) for part in _PARTS)
        if not (_is_one(subjects) and _is_one(predicates) and _is_one(objects)):
            return None
        subject, predicate = subjects[0], predicates[0]
        if isinstance(predicate, NamedNode) and isinstance(subject, (NamedNode, BlankNode)):
            return Statement(claim, subject, predicate, objects[0])
        return None

    def __len__(self) -> int:
        """How many claims there are, whole or not."""
        return len(self._claims)

    def claims(self) -> Iterable[Node]:
        """The claims, whole or not."""
        return self._claims

    def is_claim(self, node: Node) -> bool:
        """Whether a node is a claim, whole or not."""
        return node in self._claims

    def values(self, node: Term, predicate: NamedNode) -> list[Term]:
        """The objects of one predicate of one node."""
        return self._values.get(node, {}).get(predicate, [])

    def sensitive(self) -> set[Node]:
        """The claims flagged sensitive, and whatever else is; all but ``false`` is a flag."""
        return {
            node
            for node, said in self._values.items()
            if any(map(is_flag, said.get(SENSITIVE, ())))
            and isinstance(node, (NamedNode, BlankNode))
        }

    def without(self, nodes: set[Node]) -> Statements:
        """The same without some nodes."""
        kept = Statements()
        kept._claims = self._claims - nodes
        kept._values = {node: v for node, v in self._values.items() if node not in nodes}
        return kept

    def derived(
        self,
        unreadable: Callable[[Node, DateError], None] = lambda claim, error: None,
        seen: Callable[[Statement, edtf.Bounds | None], None] = lambda statement, bounds: None,
    ) -> Iterator[Parts]:
        """All triples that follow, as subject, predicate and object; some may repeat.

        A claim with a date that cannot be read has no bounds, and `unreadable` is told. `seen` is
        told each claim and its bounds.
        """
        underwent: dict[Term, list[Node]] = {}
        took_part: list[Statement] = []
        for statement in self:
            bounds = self._readable(statement, unreadable)
            seen(statement, bounds)
            yield from self._of_claim(statement.claim, bounds)
            if self._is_deprecated(statement.claim):
                continue
            yield statement.subject, statement.predicate, statement.object
            if statement.predicate == UNDERWENT:
                underwent.setdefault(statement.object, []).append(statement.subject)
            elif statement.predicate == TOOK_PART:
                took_part.append(statement)
        for claim, person, _, event in took_part:
            for role in self.values(claim, ROLE):
                for predicate in self.values(role, YIELDS):
                    if isinstance(predicate, NamedNode):
                        things = underwent.get(event, [])
                        yield from ((person, predicate, thing) for thing in things)

    def bounds(self, statement: Statement) -> edtf.Bounds:
        """When a claim can have begun and ended, by its date, aspect and sources.

        Raises `DateError` when a date cannot be read.
        """
        claim = statement.claim
        whens = {text(each) for each in self.values(claim, WHEN)}
        for when in whens:
            edtf.parse(when)
        evidence = self.values(claim, EVIDENCE)
        current = edtf.latest(*(day for e in evidence for day in self._firsts(e, CURRENT)))
        reported = edtf.earliest(*self.reported(claim))
        only = whens.pop() if len(whens) == 1 else None
        return dated(only, self.aspect(statement.predicate), current, reported)

    def reported(self, claim: Node) -> list[edtf.Day]:
        """The latest days that the sources of a claim can be from; none if it is prospective."""
        if any(is_true(value) for value in self.values(claim, PROSPECTIVE)):
            return []
        days = (
            self.latest(source)
            for evidence in self.values(claim, EVIDENCE)
            for source in self.values(evidence, SOURCE)
        )
        return [day for day in days if day is not None]

    def aspect(self, predicate: NamedNode) -> edtf.Aspect:
        """What the ontology says of a predicate's time; nothing said counts as timeless."""
        known = self._aspects.get(predicate)
        if known is None:
            names = {local_name(text(value)) for value in self.values(predicate, ASPECT)}
            known = "Event" if "Event" in names else "State" if "State" in names else "Timeless"
            self._aspects[predicate] = known
        return known

    def _readable(
        self, statement: Statement, unreadable: Callable[[Node, DateError], None]
    ) -> edtf.Bounds | None:
        try:
            return self.bounds(statement)
        except DateError as error:
            unreadable(statement.claim, error)
            return None

    def _of_claim(self, claim: Node, bounds: edtf.Bounds | None) -> Iterator[Parts]:
        for evidence in self.values(claim, EVIDENCE):
            for source in self.values(evidence, SOURCE):
                yield claim, CLAIM_SOURCE, source
        for rival in self.values(claim, CONFLICTS):
            if isinstance(rival, (NamedNode, BlankNode)) and self.is_claim(rival):
                yield rival, CONFLICTS, claim
        for predicate, day in zip(BOUNDS, bounds or (), strict=False):
            if day is not None:
                yield claim, predicate, day_literal(day)

    def _is_deprecated(self, claim: Node) -> bool:
        return DEPRECATED in self.values(claim, RANK)

    def _firsts(self, node: Term, predicate: NamedNode) -> Iterator[edtf.Day]:
        for value in self.values(node, predicate):
            first = edtf.parse(text(value)).span[0]
            if first is not None:
                yield first

    def latest(self, source: Term) -> edtf.Day | None:
        """The latest day that a source can be from."""
        if source not in self._latest_of:
            said = (*self.values(source, LATEST), *self.values(source, READ))
            days = [edtf.parse(text(value)).span[1] for value in said]
            self._latest_of[source] = edtf.earliest(*days)
        return self._latest_of[source]


@lru_cache(maxsize=65_536)
def dated(
    when: str | None, aspect: edtf.Aspect, current: edtf.Day | None, reported: edtf.Day | None
) -> edtf.Bounds:
    """The bounds of a claim with a date, told as present on one day, and reported by another."""
    given = edtf.bounds(None if when is None else edtf.parse(when), aspect)
    told = [current] if current else []
    return edtf.tighten(given, aspect, current=told, reported=[reported] if reported else [])


def _is_one(values: list[Term]) -> bool:
    return len(values) == 1 or (len(values) > 1 and len(set(values)) == 1)


@lru_cache(maxsize=4096)
def day_literal(day: edtf.Day) -> Literal:
    """A day as ``xsd:date``."""
    return Literal(edtf.iso(day), datatype=_DATE)


def is_true(term: Term) -> bool:
    """Whether a term is the literal that says so."""
    return isinstance(term, Literal) and term.value in _TRUE


def described(store: Store) -> Iterator[Quad]:
    """What an ontology says of predicates and roles, as far as claims need it."""
    for predicate in (ASPECT, YIELDS):
        yield from store.quads_for_pattern(None, predicate, None)


def name_nodes(triples: Iterable[Triple], file: str = "") -> list[Triple]:
    """The triples of one file, with IRIs for blank nodes that hang under an IRI.

    A blank node that is the object of exactly one triple, on the way down from an IRI, is
    named by that IRI and the SHA-256 of its content; equal content under one IRI is one
    node. Others, shared or in a circle, stay blank, as do those whose content they are; so
    that those of several files stay apart, each is labelled by its `file` and its number there.

    >>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
    >>> [str(t.object) for t in name_nodes([Triple(a, p, b), Triple(b, p, Literal("1"))])]
    ['<http://x/a#ab31398ead639bf5>', '"1"']
    """
    triples = list(triples)
    names = node_names(triples, file)
    return [
        Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object))
        if isinstance(t.subject, BlankNode) or isinstance(t.object, BlankNode)
        else t
        for t in triples
    ]


def named_quads(quads: list[Quad], file: str = "") -> list[Quad]:
    """The same as `name_nodes`, for quads of the default graph; faster for many."""
    return renamed_quads(quads, node_names(quads, file))


def renamed_quads(quads: list[Quad], names: Mapping[Term, Node]) -> list[Quad]:
    """Quads of the default graph, with other names for their blank nodes."""
    name = names.get
    named = []
    for quad in quads:
        s, p, o, _ = quad
        blank = isinstance(s, BlankNode) or isinstance(o, BlankNode)
        named.append(Quad(name(s, s), p, name(o, o)) if blank else quad)
    return named


def node_names(
    triples: Sequence[Triple | Quad], file: str = "", numbers: Mapping[Term, int] | None = None
) -> dict[Term, Node]:
    """The IRIs and labels that `name_nodes` gives, by blank node.

    The `numbers` are those of the nodes in the file, where the triples are a part of it.
    """
    content: dict[Term, list[tuple[NamedNode, Term]]] = defaultdict(list)
    parents: dict[Term, list[Node]] = defaultdict(list)
    for triple in triples:
        subject, obj = triple.subject, triple.object
        if type(subject) is BlankNode:
            content[subject].append((triple.predicate, obj))
        if type(obj) is BlankNode:
            parents[obj].append(subject)  # type: ignore[arg-type]
    anchors = _anchors(parents)
    loose = _with_those_above((node for node, anchor in anchors.items() if not anchor), parents)
    digests: dict[Term, str] = {}
    names: dict[Term, Node] = {}
    for node, anchor in anchors.items():
        if anchor is not None and node not in loose:
            mark = "-" if "#" in anchor.value else "#"
            name = f"{anchor.value}{mark}{_digest(node, content, digests)[:16]}"
            names[node] = NamedNode(name)
    others = {node for node in (*content, *parents) if node not in names}
    if others:
        key = _file_key(file)
        numbers = node_numbers(triples) if numbers is None else numbers
        names.update((node, BlankNode(f"{key}n{numbers[node]}")) for node in others)
    return names


def node_numbers(
    triples: Iterable[Triple | Quad], known: Mapping[Term, int] | None = None, first: int = 0
) -> dict[Term, int]:
    """The blank nodes of triples in the order in which they come, numbered from the `first` on.

    Those that are `known` keep their number.
    """
    numbers = dict(known or ())
    first -= len(numbers)
    for triple in triples:
        for term in (triple.subject, triple.object):
            if isinstance(term, BlankNode) and term not in numbers:
                numbers[term] = first + len(numbers)
    return numbers


def own_labels(nodes: Iterable[Term], file: str) -> dict[Term, Node]:
    """Labels for the blank nodes of one file, the same each time it is read.

    >>> list(own_labels([BlankNode("x")], "https://example.org/data/a.ttl").values())
    [<BlankNode value=b8352a8befde9n0>]
    """
    key = _file_key(file)
    return {node: BlankNode(f"{key}n{number}") for number, node in enumerate(nodes)}


def _file_key(file: str) -> str:
    """What the labels of blank nodes of a file begin with."""
    return f"b{sha256(file.encode()).hexdigest()[:12]}"


def _anchors(parents: dict[Term, list[Node]]) -> dict[Term, NamedNode | None]:
    """The IRI that each blank node hangs under, if it hangs under just one."""
    anchors: dict[Term, NamedNode | None] = {}
    for node, above in parents.items():
        first = above[0]
        if len(above) == 1 and isinstance(first, NamedNode):
            anchors[node] = first
        else:
            _anchor(node, parents, anchors)
    return anchors


def _with_those_above(nodes: Iterable[Term], parents: dict[Term, list[Node]]) -> set[Term]:
    """Blank nodes, and all that have one of them in their content."""
    found = set(nodes)
    stack = [*found]
    while stack:
        fresh = {
            node
            for node in parents.get(stack.pop(), ())
            if isinstance(node, BlankNode) and node not in found
        }
        found |= fresh
        stack += fresh
    return found


def _anchor(
    node: Term, parents: dict[Term, list[Node]], known: dict[Term, NamedNode | None]
) -> None:
    """Find the IRI above a blank node, and above those on the way there."""
    way: list[Term] = []
    here: Term = node
    while isinstance(here, BlankNode) and here not in known:
        known[here] = None  # met again on the same way: a circle
        way.append(here)
        above = parents.get(here, [])
        if len(above) != 1:
            return
        here = above[0]
    anchor = here if isinstance(here, NamedNode) else known.get(here)
    known.update(dict.fromkeys(way, anchor))


def _digest(
    node: Term, content: dict[Term, list[tuple[NamedNode, Term]]], known: dict[Term, str]
) -> str:
    """The SHA-256 of what a tree of blank nodes says, in any order; no recursion."""
    stack = [node]
    while stack:
        top = stack[-1]
        lines, below = [], []
        for predicate, obj in content.get(top, ()):
            inner = known.get(obj) if isinstance(obj, BlankNode) else ""
            if inner is None:
                below.append(obj)
            else:
                lines.append(f"{predicate} {inner or obj}\n")
        if below:
            stack += below
            continue
        lines.sort()
        known[top] = sha256("".join(lines).encode()).hexdigest()
        stack.pop()
    return known[node]


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


def fill(store: Store, triples: Iterable[Parts]) -> None:
    """Add derived triples to a store, in their graph; stated ones are not repeated."""
    stated: dict[NamedNode, bool] = {}  # whether any triple with the predicate is

    def fresh(s: Node, p: NamedNode, o: Term) -> bool:
        if p not in stated:
            found = store.quads_for_pattern(None, p, None, DefaultGraph())
            stated[p] = next(found, None) is not None
        return not stated[p] or Quad(s, p, o, DefaultGraph()) not in store

    quads = (Quad(s, p, o, DERIVED) for s, p, o in triples if fresh(s, p, o))
    while some := [*islice(quads, _AT_ONCE)]:
        store.bulk_extend(some)


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
