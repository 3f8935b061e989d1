"""The claims of a graph as columns: numbers for claims, things and days, in numpy arrays.

A claim is a row, in the order of IRIs, and so is a thing. A day is a number that grows with
time, and a missing bound is one beyond all days on its side (`FAR`), so that comparing it says
what the tables of `allgraph.model.edtf` say. A timeless claim holds from the first day to the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode, Store

from allgraph.errors import DateError
from allgraph.model import edtf, sentences, vocabulary
from allgraph.model.adjacency import Network
from allgraph.model.strings import Texts
from allgraph.rdf.terms import AG, KNOWN, OWL, RDF, RDFS, Term, ag, local_name, text

Numbers = NDArray[np.int32]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]
Levels = NDArray[np.int8]

FAR = 2**62
"""Beyond every day: what stands for a bound that is not known, with its sign."""
NO, POSSIBLE, CERTAIN = 0, 1, 2
CLOSED = (
    AG + "Place",
    AG + "Source",
    OWL + "Class",
    RDFS + "Class",
    RDF + "Property",
    KNOWN["skos"] + "Concept",
)
"""The classes whose members paths do not pass through unless asked to."""
_LABEL, _SUBCLASS = NamedNode(RDFS + "label"), NamedNode(RDFS + "subClassOf")


@dataclass
class ClaimFacts:
    """The facts about claims, things and predicates that columns are made of, each by IRI.

    ``days`` has a mapping from claims to days for each of the four bounds; ``closed`` the things
    that paths do not pass through; ``templates`` a sentence for each direction of a predicate.
    """

    subject: Mapping[str, str]
    predicate: Mapping[str, str]
    object: Mapping[str, str | None]
    days: Sequence[Mapping[str, int]]
    aspects: Mapping[str, edtf.Aspect]
    deprecated: set[str] = field(default_factory=set)
    preferred: set[str] = field(default_factory=set)
    rivals: set[tuple[str, str]] = field(default_factory=set)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Columns:
    """All claims with an IRI and one subject, predicate and object; a row for each.

    Numbers index `claims`, `nodes` or `predicates`; `object` is -1 where it is a literal.
    `bounds` has the rows b1, b2, e1 and e2. `claim_of` is the row of a node that is a claim
    itself, else -1; `certainty` the level of each claim on the day of a view, if this is one.
    Where these are a part of a graph, `counted` are the ties of each thing in the whole.
    """

    claims: Texts
    nodes: Texts
    names: Texts
    predicates: Sequence[str]
    templates: Sequence[tuple[str, str]]
    subject: Numbers
    predicate: Numbers
    object: Numbers
    bounds: Days
    event: Flags
    deprecated: Flags
    preferred: Flags
    rivals: Numbers
    claim_of: Numbers
    closed: Flags
    roles: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    certainty: Levels | None = None
    counted: NDArray[np.int64] | None = None

    @classmethod
    def of_store(cls, store: Store) -> Columns:
        """Return the columns of the claims in a store, which has the derived triples too."""
        return cls.of(_facts(store))

    @classmethod
    def of(cls, facts: ClaimFacts) -> Columns:
        """Return facts as columns; claims that lack a part are left out."""
        claims = sorted(facts.subject.keys() & facts.predicate.keys() & facts.object.keys())
        row_of = {iri: row for row, iri in enumerate(claims)}
        subjects = [facts.subject[claim] for claim in claims]
        objects = [facts.object[claim] for claim in claims]
        used = [facts.predicate[claim] for claim in claims]
        nodes = sorted({*subjects, *(iri for iri in objects if iri is not None)})
        predicates = sorted(set(used))
        node_of = {iri: node for node, iri in enumerate(nodes)}
        number_of = {iri: number for number, iri in enumerate(predicates)}
        predicate = _numbers(number_of[iri] for iri in used)
        aspects = [facts.aspects.get(iri, "Timeless") for iri in predicates]
        timeless = np.array([aspect == "Timeless" for aspect in aspects], bool)[predicate]
        pairs = [(row_of[a], row_of[b]) for a, b in facts.rivals if a in row_of and b in row_of]
        both = sorted({*pairs, *((b, a) for a, b in pairs)})
        return cls(
            claims=Texts.of(claims),
            nodes=Texts.of(nodes),
            names=Texts.of(facts.names.get(node, "") for node in nodes),
            predicates=predicates,
            templates=[facts.templates.get(iri) or _template(iri) for iri in predicates],
            subject=_numbers(node_of[iri] for iri in subjects),
            predicate=predicate,
            object=_numbers(-1 if iri is None else node_of[iri] for iri in objects),
            bounds=_bounds(claims, facts.days, timeless),
            event=np.array([aspect == "Event" for aspect in aspects], bool)[predicate],
            deprecated=_flags(claims, facts.deprecated),
            preferred=_flags(claims, facts.preferred),
            rivals=np.array(both, np.int32).reshape(-1, 2).T,
            claim_of=_numbers(row_of.get(node, -1) for node in nodes),
            closed=_flags(nodes, facts.closed),
            roles={row_of[claim]: names for claim, names in facts.roles.items() if claim in row_of},
        )

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.claims)

    @cached_property
    def network(self) -> Network:
        """The network of the claims that are not deprecated, and hold on the day of a view."""
        kept = ~self.deprecated
        return self.ties(kept if self.certainty is None else kept & (self.certainty > NO))

    @cached_property
    def whole_network(self) -> Network:
        """The network of all claims, deprecated ones included."""
        if self.certainty is None and not self.deprecated.any():
            return self.network
        return self.ties(np.ones(len(self), bool))

    @property
    def degrees(self) -> NDArray[np.int64]:
        """The number of claims that join each thing to others."""
        return self.network.ties if self.counted is None else self.counted

    def ties(self, kept: Flags) -> Network:
        """Return the network of the claims that are flagged in `kept`.

        A claim about a claim joins its own ends to those of the claim that it is about.
        """
        subject, obj = self.subject, self.object
        joins = kept & (obj >= 0) & (subject != obj)
        nested = joins & ((self.claim_of[subject] >= 0) | (self.claim_of[obj] >= 0))
        plain = np.flatnonzero(joins & ~nested).astype(np.int32)
        nested_ties = {
            (tail, head, row)
            for row in np.flatnonzero(nested).tolist()
            for tail in self._ends(int(subject[row]))
            for head in self._ends(int(obj[row]))
            if tail != head
        }
        more = np.array(sorted(nested_ties), np.int32).reshape(-1, 3)
        return Network.of(
            len(self.nodes),
            np.concatenate((subject[plain], more[:, 0])),
            np.concatenate((obj[plain], more[:, 1])),
            np.concatenate((plain, more[:, 2])),
        )

    def _ends(self, node: int) -> set[int]:
        """Return a thing itself; for a claim, the things that it joins, at any depth."""
        things, visited = set[int](), set[int]()
        stack = [node]
        while stack:
            here = stack.pop()
            row = int(self.claim_of[here])
            if row < 0:
                things.add(here)
            elif row not in visited:
                visited.add(row)
                stack += [int(n) for n in (self.subject[row], self.object[row]) if n >= 0]
        return things

    def on(self, day: edtf.Day) -> Levels:
        """Return how certain each claim is on a day: `NO`, `POSSIBLE` or `CERTAIN`.

        Rivals that are not deprecated make it `POSSIBLE` at most, unless they are certain
        too, or it alone is preferred. A claim about a claim is as certain as that at most.
        """
        own = self._verdicts(number(day))
        one, other = self.rivals
        counts = ~self.deprecated[other]
        if self.certainty is not None:
            counts &= self.certainty[other] > NO
        one, other = one[counts], other[counts]
        outdone = np.zeros(len(self), bool)
        outdone[one[self.preferred[other]]] = True
        alone = self.preferred & ~outdone
        disputed = (own[other] < CERTAIN) & ~alone[one]
        levels = own.copy()
        levels[one[disputed]] = np.minimum(levels[one[disputed]], POSSIBLE)
        return self._limited_by_nested(levels)

    def _verdicts(self, day: int) -> Levels:
        """Return how certain each claim is on a day by its own bounds."""
        b1, b2, e1, e2 = self.bounds
        state_no, state_yes = (day < b1) | (day > e2), (b2 <= day) & (day <= e1)
        event_no, event_yes = e1 > day, e2 <= day
        levels = np.full(len(self), POSSIBLE, np.int8)
        levels[np.where(self.event, event_no, state_no)] = NO
        levels[np.where(self.event, event_yes, state_yes)] = CERTAIN
        return levels

    def _limited_by_nested(self, levels: Levels) -> Levels:
        """Lower the level of each claim about claims to theirs, in place; return the levels."""
        nested = []
        for ends in (self.subject, self.object):
            claim = np.where(ends >= 0, self.claim_of[ends], -1)
            rows = np.flatnonzero(claim >= 0)
            nested.append((rows, claim[rows]))
        while True:
            before = levels.copy()
            for rows, claims in nested:
                levels[rows] = np.minimum(levels[rows], levels[claims])
            if np.array_equal(before, levels):
                return levels

    def view(self, day: edtf.Day, *, possible: bool = False) -> Columns:
        """Return the same claims with their certainty on a day.

        A claim that is only possible counts as `NO`, unless `possible`.
        """
        levels = self.on(day)
        if self.certainty is not None:
            levels = np.minimum(levels, self.certainty)
        if not possible:
            levels = np.where(levels == CERTAIN, levels, NO).astype(np.int8)
        return replace(self, certainty=levels)

    def sentence(self, row: int, *, forward: bool = True) -> str:
        """Return a claim as a sentence, read from its subject or from its object."""
        return sentences.capitalised(self._clause(row, forward))

    def _clause(self, row: int, forward: bool, depth: int = 4) -> str:
        template = self.templates[int(self.predicate[row])][0 if forward else 1]
        subject = self.name(int(self.subject[row]), depth)
        obj = self.name(int(self.object[row]), depth)
        return sentences.fill(template, subject, obj, self.roles.get(row, ()))

    def name(self, node: int, depth: int = 4) -> str:
        """Return a node as it stands in a sentence: its name, or its clause if it is a claim."""
        if node < 0:
            return "a value"
        row = int(self.claim_of[node])
        if row >= 0 and depth:
            return self._clause(row, True, depth - 1)
        return self.names[node] or self.nodes[node]


def number(day: edtf.Day) -> int:
    """Return a day as a number that grows with time.

    >>> number((2013, 7, 1)) > number((2013, 6, 30)) > number((-44, 3, 15))
    True
    """
    year, month, of_month = day
    return max(-FAR + 1, min(FAR - 1, (year * 16 + month) * 32 + of_month))


def day_of(number: int) -> edtf.Day | None:
    """Return the day of a number; ``None`` for what is beyond all days.

    >>> day_of(number((-44, 3, 15))), day_of(-FAR)
    ((-44, 3, 15), None)
    """
    if abs(number) >= FAR - 1:
        return None
    months, of_month = divmod(number, 32)
    year, month = divmod(months, 16)
    return year, month, of_month


def _numbers(numbers: Iterable[int]) -> Numbers:
    return np.fromiter(numbers, np.int32)


def _flags(iris: Sequence[str], flagged: set[str]) -> Flags:
    return np.fromiter((iri in flagged for iri in iris), np.bool_, len(iris))


def _template(predicate: str) -> tuple[str, str]:
    """Return the sentences of a predicate for which the ontology has none."""
    label = local_name(predicate)
    return f"{{subject}} {label} {{object}}", f"{{object}}: {label} of {{subject}}"


def _bounds(claims: Sequence[str], days: Sequence[Mapping[str, int]], timeless: Flags) -> Days:
    """Return a row for each of the four bounds, a column for each claim."""
    bounds = np.empty((4, len(claims)), np.int64)
    for bound, missing, always, day_of_claim in zip(
        bounds, (-FAR, FAR, -FAR, FAR), (-FAR, -FAR, FAR, FAR), days, strict=True
    ):
        bound[:] = np.fromiter((day_of_claim.get(claim, missing) for claim in claims), np.int64)
        bound[timeless] = always
    return bounds


def _facts(store: Store) -> ClaimFacts:
    """Return the facts of a store that columns need."""
    claims = {
        quad.subject.value
        for quad in store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        if isinstance(quad.subject, NamedNode)
    }
    subject, predicate, obj = (_only(store, part) for part in vocabulary.PARTS)
    labels = _texts(store, _LABEL)
    return ClaimFacts(
        subject={claim: iri for claim, iri in _iris(subject) if claim in claims},
        predicate=dict(_iris(predicate)),
        object={c: o.value if isinstance(o, NamedNode) else None for c, o in obj.items()},
        days=[_days(store, bound) for bound in vocabulary.BOUNDS],
        aspects=_aspects(store),
        deprecated=_ranked(store, vocabulary.DEPRECATED),
        preferred=_ranked(store, ag("Preferred")),
        rivals={*rivals(store)},
        roles=_roles(store, labels),
        names={**labels, **_texts(store, ag("nameInText"))},
        templates=_templates(store),
        closed={*closed(store)},
    )


def rivals(store: Store) -> Iterator[tuple[str, str]]:
    """Yield the claims of a store that conflict, in pairs."""
    for quad in store.quads_for_pattern(None, vocabulary.CONFLICTS, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value, quad.object.value


def templates(store: Store, predicates: Iterable[str]) -> list[tuple[str, str]]:
    """Return a sentence for each direction of some predicates."""
    stated = _templates(store)
    return [stated.get(iri) or _template(iri) for iri in predicates]


def _templates(store: Store) -> dict[str, tuple[str, str]]:
    """Return the sentences of the predicates for which the ontology has both."""
    sentence, inverse = (_texts(store, ag(name)) for name in ("sentence", "inverseSentence"))
    return {iri: (sentence[iri], inverse[iri]) for iri in sentence.keys() & inverse}


def _only(store: Store, predicate: NamedNode) -> dict[str, Term]:
    """Return the object of each IRI that has just one with a predicate."""
    objects: dict[str, Term] = {}
    several = set()
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        if isinstance(subject, NamedNode) and objects.setdefault(subject.value, obj) != obj:
            several.add(subject.value)
    for iri in several:
        del objects[iri]
    return objects


def _iris(objects: Mapping[str, Term]) -> Iterator[tuple[str, str]]:
    """Yield the items of a mapping whose terms are IRIs."""
    return ((key, term.value) for key, term in objects.items() if isinstance(term, NamedNode))


def _texts(store: Store, predicate: NamedNode) -> dict[str, str]:
    """Return the first text, by the alphabet, that each IRI has with a predicate."""
    texts: dict[str, str] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        key, value = text(subject), text(obj)
        if key not in texts or value < texts[key]:
            texts[key] = value
    return texts


def _days(store: Store, bound: NamedNode) -> dict[str, int]:
    """Return the day that each claim has as a bound, if it can be read."""
    day_of_text = cache(read_day)
    quads = store.quads_for_pattern(None, bound, None)
    days = ((text(claim), day_of_text(text(day))) for claim, _, day, _ in quads)
    return {claim: day for claim, day in days if day is not None}


def read_day(written: str) -> int | None:
    """Parse a day such as ``2013-07-01`` as a number; ``None`` for another text.

    >>> read_day("2013-07-01") == number((2013, 7, 1)), read_day("then")
    (True, None)
    """
    try:
        return number(edtf.day(written))
    except DateError:
        return None


def _aspects(store: Store) -> dict[str, edtf.Aspect]:
    """Return the aspects of predicates, without the timeless ones."""
    aspects: dict[str, edtf.Aspect] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, vocabulary.ASPECT, None):
        name = local_name(text(obj))
        if name == "Event" or (name == "State" and text(subject) not in aspects):
            aspects[text(subject)] = name  # type: ignore[assignment]
    return aspects


def _ranked(store: Store, rank: NamedNode) -> set[str]:
    """Return the claims with a rank."""
    return {text(quad.subject) for quad in store.quads_for_pattern(None, vocabulary.RANK, rank)}


def _roles(store: Store, labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the labels of the roles of claims."""
    roles: dict[str, set[str]] = {}
    for claim, _, role, _ in store.quads_for_pattern(None, vocabulary.ROLE, None):
        if text(role) in labels:
            roles.setdefault(text(claim), set()).add(labels[text(role)])
    return {claim: tuple(sorted(names)) for claim, names in roles.items()}


def closed(store: Store) -> Iterator[str]:
    """Yield the members of `CLOSED`, and all things that have members; some may be repeated."""
    classes = [NamedNode(iri) for iri in CLOSED]
    for closed_class in classes:  # which grows
        below = (quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, closed_class))
        classes += [c for c in below if isinstance(c, NamedNode) and c not in classes]
        members = store.quads_for_pattern(None, vocabulary.TYPE, closed_class)
        yield from (text(quad.subject) for quad in members)
    used = store.query(
        "SELECT DISTINCT ?class { ?member a ?class }", prefixes={}, use_default_graph_as_union=True
    )
    yield from (text(row[0]) for row in used)  # type: ignore[union-attr]
