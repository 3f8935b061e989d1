"""The claims of a graph as columns: numbers for claims, things and days, in numpy arrays.

A claim is a row, in the order of IRIs, and so is a thing. A day is a number that grows with
time, and a missing bound is one beyond all days on its side (`FAR`), so that comparing it says
what the tables of `allgraph.model.edtf` say. A timeless claim holds from the first day to the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

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
CLOSED = (AG + "Place", AG + "Source", OWL + "Class", RDFS + "Class", RDF + "Property",
          KNOWN["skos"] + "Concept")  # fmt: skip
"""The classes whose members no path passes through unless asked to."""
_LABEL, _SUBCLASS = NamedNode(RDFS + "label"), NamedNode(RDFS + "subClassOf")


@dataclass
class ClaimFacts:
    """What is said of claims, things and predicates, each by its IRI: what columns are made of.

    ``days`` are four mappings, of a claim to a day; ``closed`` are the things that no path
    passes through; ``templates`` a sentence for each direction.
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
        """The columns of what a store holds, its derived triples too."""
        return cls.of(_said(store))

    @classmethod
    def of(cls, said: ClaimFacts) -> Columns:
        """The columns of what is said; claims that lack a part are left out."""
        claims = sorted(said.subject.keys() & said.predicate.keys() & said.object.keys())
        row_of = {iri: row for row, iri in enumerate(claims)}
        subjects = [said.subject[claim] for claim in claims]
        objects = [said.object[claim] for claim in claims]
        used = [said.predicate[claim] for claim in claims]
        nodes = sorted({*subjects, *(each for each in objects if each is not None)})
        predicates = sorted(set(used))
        node_of = {iri: node for node, iri in enumerate(nodes)}
        number_of = {iri: number for number, iri in enumerate(predicates)}
        predicate = _numbers(number_of[each] for each in used)
        aspects = [said.aspects.get(each, "Timeless") for each in predicates]
        timeless = np.array([each == "Timeless" for each in aspects], bool)[predicate]
        pairs = [(row_of[a], row_of[b]) for a, b in said.rivals if a in row_of and b in row_of]
        both = sorted({*pairs, *((b, a) for a, b in pairs)})
        return cls(
            claims=Texts.of(claims),
            nodes=Texts.of(nodes),
            names=Texts.of(said.names.get(node, "") for node in nodes),
            predicates=predicates,
            templates=[said.templates.get(each) or _template(each) for each in predicates],
            subject=_numbers(node_of[each] for each in subjects),
            predicate=predicate,
            object=_numbers(-1 if each is None else node_of[each] for each in objects),
            bounds=_bounds(claims, said.days, timeless),
            event=np.array([each == "Event" for each in aspects], bool)[predicate],
            deprecated=_flags(claims, said.deprecated),
            preferred=_flags(claims, said.preferred),
            rivals=np.array(both, np.int32).reshape(-1, 2).T,
            claim_of=_numbers(row_of.get(node, -1) for node in nodes),
            closed=_flags(nodes, said.closed),
            roles={row_of[claim]: some for claim, some in said.roles.items() if claim in row_of},
        )

    def __len__(self) -> int:
        """How many claims there are."""
        return len(self.claims)

    @cached_property
    def network(self) -> Network:
        """The ties between things: those of claims that are not deprecated, on the day."""
        kept = ~self.deprecated
        return self.ties(kept if self.certainty is None else kept & (self.certainty > NO))

    @cached_property
    def whole_network(self) -> Network:
        """The ties of all claims, those of deprecated ones too."""
        if self.certainty is None and not self.deprecated.any():
            return self.network
        return self.ties(np.ones(len(self), bool))

    @property
    def degrees(self) -> NDArray[np.int64]:
        """How many claims join each thing to others."""
        return self.network.ties if self.counted is None else self.counted

    def ties(self, kept: Flags) -> Network:
        """The ties of the claims that are flagged.

        A claim about a claim ties its own ends to those of the claim that it is about.
        """
        subject, obj = self.subject, self.object
        joins = kept & (obj >= 0) & (subject != obj)
        nested = joins & ((self.claim_of[subject] >= 0) | (self.claim_of[obj] >= 0))
        plain = np.flatnonzero(joins & ~nested).astype(np.int32)
        spoken = [
            (tail, head, row)
            for row in np.flatnonzero(nested).tolist()
            for tail in self._ends(int(subject[row]))
            for head in self._ends(int(obj[row]))
            if tail != head
        ]
        more = np.array(sorted(set(spoken)), np.int32).reshape(-1, 3)
        return Network.of(
            len(self.nodes),
            np.concatenate((subject[plain], more[:, 0])),
            np.concatenate((obj[plain], more[:, 1])),
            np.concatenate((plain, more[:, 2])),
        )

    def _ends(self, node: int) -> set[int]:
        """A thing itself; of a claim the things that it joins, at any depth."""
        found: set[int] = set()
        stack, met = [node], set[int]()
        while stack:
            here = stack.pop()
            row = int(self.claim_of[here])
            if row < 0:
                found.add(here)
            elif row not in met:
                met.add(row)
                stack += [int(n) for n in (self.subject[row], self.object[row]) if n >= 0]
        return found

    def on(self, day: edtf.Day) -> Levels:
        """How certain each claim is on a day: `NO`, `POSSIBLE` or `CERTAIN`.

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
        found = own.copy()
        found[one[disputed]] = np.minimum(found[one[disputed]], POSSIBLE)
        return self._as_what_they_are_about(found)

    def _verdicts(self, day: int) -> Levels:
        b1, b2, e1, e2 = self.bounds
        state_no, state_yes = (day < b1) | (day > e2), (b2 <= day) & (day <= e1)
        event_no, event_yes = e1 > day, e2 <= day
        found = np.full(len(self), POSSIBLE, np.int8)
        found[np.where(self.event, event_no, state_no)] = NO
        found[np.where(self.event, event_yes, state_yes)] = CERTAIN
        return found

    def _as_what_they_are_about(self, levels: Levels) -> Levels:
        parts = [(rows, self.claim_of[ends[rows]]) for rows, ends in self._spoken()]
        changed = True
        while changed:
            before = levels.copy()
            for rows, about in parts:
                levels[rows] = np.minimum(levels[rows], levels[about])
            changed = not np.array_equal(before, levels)
        return levels

    def _spoken(self) -> Iterator[tuple[NDArray[np.intp], Numbers]]:
        """The rows whose subject, and whose object, is a claim; with all subjects or objects."""
        for ends in (self.subject, self.object):
            is_node = ends >= 0
            yield np.flatnonzero(is_node & (self.claim_of[ends] >= 0)), ends

    def view(self, day: edtf.Day, *, possible: bool = False) -> Columns:
        """The same claims with their certainty on a day; what is less certain counts as no."""
        levels = self.on(day)
        if self.certainty is not None:
            levels = np.minimum(levels, self.certainty)
        if not possible:
            levels = np.where(levels == CERTAIN, levels, NO).astype(np.int8)
        return replace(self, certainty=levels)

    def sentence(self, row: int, *, forward: bool = True) -> str:
        """A claim as a sentence, read from its subject or from its object."""
        return sentences.capitalised(self._clause(row, forward))

    def _clause(self, row: int, forward: bool, depth: int = 4) -> str:
        template = self.templates[int(self.predicate[row])][0 if forward else 1]
        subject = self.name(int(self.subject[row]), depth)
        obj = self.name(int(self.object[row]), depth)
        return sentences.fill(template, subject, obj, self.roles.get(row, ()))

    def name(self, node: int, depth: int = 4) -> str:
        """What a sentence calls a node: its name, or its clause if it is a claim."""
        if node < 0:
            return "a value"
        row = int(self.claim_of[node])
        if row >= 0 and depth:
            return self._clause(row, True, depth - 1)
        return self.names[node] or self.nodes[node]


def number(day: edtf.Day) -> int:
    """A day as a number that grows with time.

    >>> number((2013, 7, 1)) > number((2013, 6, 30)) > number((-44, 3, 15))
    True
    """
    year, month, of_month = day
    return max(-FAR + 1, min(FAR - 1, (year * 16 + month) * 32 + of_month))


def day_of(number: int) -> edtf.Day | None:
    """The day of a number, or ``None`` for what is beyond all days.

    >>> day_of(number((-44, 3, 15))), day_of(-FAR)
    ((-44, 3, 15), None)
    """
    if abs(number) >= FAR - 1:
        return None
    months, of_month = divmod(number, 32)
    year, month = divmod(months, 16)
    return year, month, of_month


def _numbers(some: Iterable[int]) -> Numbers:
    return np.fromiter(some, np.int32)


def _flags(some: Sequence[str], flagged: set[str]) -> Flags:
    return np.fromiter((each in flagged for each in some), np.bool_, len(some))


def _template(predicate: str) -> tuple[str, str]:
    label = local_name(predicate)
    return f"{{subject}} {label} {{object}}", f"{{object}}: {label} of {{subject}}"


def _bounds(claims: Sequence[str], days: Sequence[Mapping[str, int]], timeless: Flags) -> Days:
    found = np.empty((4, len(claims)), np.int64)
    for bound, missing, always, known in zip(
        found, (-FAR, FAR, -FAR, FAR), (-FAR, -FAR, FAR, FAR), days, strict=True
    ):
        bound[:] = np.fromiter((known.get(claim, missing) for claim in claims), np.int64)
        bound[timeless] = always
    return found


def _said(store: Store) -> ClaimFacts:
    """What a store says of claims, as far as columns need it."""
    whole = {
        quad.subject.value
        for quad in store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        if isinstance(quad.subject, NamedNode)
    }
    subject, predicate, obj = (
        _only(store, part) for part in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
    )
    labels = _texts(store, _LABEL)
    return ClaimFacts(
        subject={claim: each.value for claim, each in _named(subject) if claim in whole},
        predicate={claim: each.value for claim, each in _named(predicate)},
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
    """The claims of a store that conflict, in pairs."""
    for quad in store.quads_for_pattern(None, vocabulary.CONFLICTS, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value, quad.object.value


def templates(store: Store, predicates: Iterable[str]) -> list[tuple[str, str]]:
    """A sentence for each direction of some predicates."""
    said = _templates(store)
    return [said.get(each) or _template(each) for each in predicates]


def _templates(store: Store) -> dict[str, tuple[str, str]]:
    sentence, inverse = (_texts(store, ag(name)) for name in ("sentence", "inverseSentence"))
    return {each: (sentence[each], inverse[each]) for each in sentence.keys() & inverse}


def _only(store: Store, predicate: NamedNode) -> dict[str, Term]:
    """The object of each IRI that has just one with a predicate."""
    found: dict[str, Term] = {}
    several = set()
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        if isinstance(subject, NamedNode) and found.setdefault(subject.value, obj) != obj:
            several.add(subject.value)
    for each in several:
        del found[each]
    return found


def _named(found: Mapping[str, Term]) -> list[tuple[str, NamedNode]]:
    return [(key, term) for key, term in found.items() if isinstance(term, NamedNode)]


def _texts(store: Store, predicate: NamedNode) -> dict[str, str]:
    """The first text, by the alphabet, that each IRI has with a predicate."""
    found: dict[str, str] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        key, value = text(subject), text(obj)
        if key not in found or value < found[key]:
            found[key] = value
    return found


def _days(store: Store, bound: NamedNode) -> dict[str, int]:
    numbers: dict[str, int | None] = {}
    found = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, bound, None):
        written = text(obj)
        if written not in numbers:
            numbers[written] = read_day(written)
        day = numbers[written]
        if day is not None:
            found[text(subject)] = day
    return found


def read_day(written: str) -> int | None:
    """The number of a day such as ``2013-07-01``, or ``None`` for what is none.

    >>> read_day("2013-07-01") == number((2013, 7, 1)), read_day("then")
    (True, None)
    """
    try:
        return number(edtf.day(written))
    except DateError:
        return None


def _aspects(store: Store) -> dict[str, edtf.Aspect]:
    found: dict[str, edtf.Aspect] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, vocabulary.ASPECT, None):
        name = local_name(text(obj))
        if name == "Event" or (name == "State" and text(subject) not in found):
            found[text(subject)] = name  # type: ignore[assignment]
    return found


def _ranked(store: Store, rank: NamedNode) -> set[str]:
    return {text(quad.subject) for quad in store.quads_for_pattern(None, vocabulary.RANK, rank)}


def _roles(store: Store, labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for subject, _, role, _ in store.quads_for_pattern(None, vocabulary.ROLE, None):
        if text(role) in labels:
            found.setdefault(text(subject), set()).add(labels[text(role)])
    return {claim: tuple(sorted(some)) for claim, some in found.items()}


def closed(store: Store) -> Iterator[str]:
    """The members of `CLOSED`, and all that has members itself; some may repeat."""
    classes = [NamedNode(each) for each in CLOSED]
    for each in classes:  # which grows
        below = (quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, each))
        classes += [c for c in below if isinstance(c, NamedNode) and c not in classes]
        members = store.quads_for_pattern(None, vocabulary.TYPE, each)
        yield from (text(quad.subject) for quad in members)
    used = store.query("SELECT DISTINCT ?class { ?member a ?class }", prefixes={},
                       use_default_graph_as_union=True)  # fmt: skip
    yield from (text(row[0]) for row in used)  # type: ignore[union-attr]
