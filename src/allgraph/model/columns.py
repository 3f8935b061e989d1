"""The claims of a graph as columns: numbers for claims, things and days, in numpy arrays.

A claim is a row, in the order of IRIs, and so is a thing. A day is a number that grows with
time, and a missing bound is one beyond all days on its side (`FAR`), so that comparing it says
what the tables of `allgraph.model.edtf` say. A timeless claim holds from the first day to the last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TypeVar

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
DayNumber = TypeVar("DayNumber", int, Days)
Levels = NDArray[np.int8]

FAR = 2**62
"""A number beyond every day: an unknown bound is ``-FAR`` or ``FAR`` (see `_bounds`)."""
UNKNOWN_DAYS, TIMELESS_DAYS = (-FAR, FAR, -FAR, FAR), (-FAR, -FAR, FAR, FAR)
"""The four bounds of a date that is not known, and of a timeless claim, which holds on all days."""
NO, POSSIBLE, CERTAIN = 0, 1, 2
"""The levels of certainty of a claim on a day."""
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
    """The facts that `Columns.of` makes columns of: mappings and sets of IRIs.

    ``subject``, ``predicate``, ``object`` (``None`` for a literal) and ``roles`` are by claim, as
    are the four mappings to day numbers in ``days``, one for each of `vocabulary.BOUNDS`.
    ``aspects`` and ``templates`` (a sentence for each direction) are by predicate, ``names`` by
    thing. ``deprecated`` and ``preferred`` are claims, ``rivals`` pairs of claims that conflict,
    ``closed`` the things that paths do not pass through.
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
    """A table of claims as arrays: a row for each claim with one subject, predicate and object.

    The number of a claim is its row, the place of its IRI in `claims`; the number of a thing,
    or of a claim that others are about, is a place in `nodes`. `object` is -1 for a literal.
    `bounds` has four arrays, in the order of `edtf.Bounds`. `rivals` has two, with pairs of
    rows that conflict, in both orders. `claim_of` is the row of a node that is itself a claim, else
    -1. `certainty`, if not ``None``, is the level of each claim on one day: these columns are a
    `view`. If they are a part of a graph, `counted` has the degree of each node in the whole.
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
        """Return the columns of the claims in a store, which must have the derived triples too.

        Reads the whole store.
        """
        return cls.of(_facts_of_store(store))

    @classmethod
    def of(cls, facts: ClaimFacts) -> Columns:
        """Return columns made of facts, of the claims with subject, predicate and object.

        Rows are in the order of the IRIs of claims, and nodes in that of theirs. A predicate
        without an aspect is timeless, one without templates gets default ones, and a node without
        a name ``""``. Conflicts are there in both directions, even if `facts` has one of them.
        """
        claims = sorted(facts.subject.keys() & facts.predicate.keys() & facts.object.keys())
        row_of = {iri: row for row, iri in enumerate(claims)}
        subjects = [facts.subject[claim] for claim in claims]
        objects = [facts.object[claim] for claim in claims]
        used = [facts.predicate[claim] for claim in claims]
        nodes = sorted({*subjects, *(iri for iri in objects if iri is not None)})
        predicates = sorted(set(used))
        node_of = {iri: node for node, iri in enumerate(nodes)}
        number_of = {iri: number for number, iri in enumerate(predicates)}
        predicate = _as_array(number_of[iri] for iri in used)
        aspects = [facts.aspects.get(iri, "Timeless") for iri in predicates]
        timeless = np.array([aspect == "Timeless" for aspect in aspects], bool)[predicate]
        pairs = [(row_of[a], row_of[b]) for a, b in facts.rivals if a in row_of and b in row_of]
        both = sorted({*pairs, *((b, a) for a, b in pairs)})
        return cls(
            claims=Texts.of(claims),
            nodes=Texts.of(nodes),
            names=Texts.of(facts.names.get(node, "") for node in nodes),
            predicates=predicates,
            templates=[
                facts.templates.get(iri) or sentences.default_templates(local_name(iri))
                for iri in predicates
            ],
            subject=_as_array(node_of[iri] for iri in subjects),
            predicate=predicate,
            object=_as_array(-1 if iri is None else node_of[iri] for iri in objects),
            bounds=_bounds(claims, facts.days, timeless),
            event=np.array([aspect == "Event" for aspect in aspects], bool)[predicate],
            deprecated=_flags(claims, facts.deprecated),
            preferred=_flags(claims, facts.preferred),
            rivals=np.array(both, np.int32).reshape(-1, 2).T,
            claim_of=_as_array(row_of.get(node, -1) for node in nodes),
            closed=_flags(nodes, facts.closed),
            roles={row_of[claim]: names for claim, names in facts.roles.items() if claim in row_of},
        )

    def __len__(self) -> int:
        """The number of claims."""
        return len(self.claims)

    @cached_property
    def network(self) -> Network:
        """The network of the claims that are not deprecated, made at the first access.

        In a view, of those only that are more than `NO` on its day.
        """
        kept = ~self.deprecated
        return self.ties(kept if self.certainty is None else kept & (self.certainty > NO))

    @cached_property
    def whole_network(self) -> Network:
        """The network of all claims, deprecated ones and those not in the view included."""
        if self.certainty is None and not self.deprecated.any():
            return self.network
        return self.ties(np.ones(len(self), bool))

    @property
    def degrees(self) -> NDArray[np.int64]:
        """For each node, how many claims join it to others: `counted`, or else those in `network`.

        `counted` is set for a part of a graph, and has the numbers in the whole.
        """
        return self.network.ties if self.counted is None else self.counted

    def ties(self, kept: Flags) -> Network:
        """Return a new network of the claims flagged in `kept`, by row.

        A claim joins its subject and object, unless these are the same or the object is a literal.
        If one of these is itself a claim, flagged or not, the things that this claim joins, at any
        depth, take its place, with a tie between each pair.
        """
        subject, obj = self.subject, self.object
        joins = kept & (obj >= 0) & (subject != obj)
        nested = joins & ((self.claim_of[subject] >= 0) | (self.claim_of[obj] >= 0))
        plain = np.flatnonzero(joins & ~nested).astype(np.int32)
        nested_ties = {
            (tail, head, row)
            for row in np.flatnonzero(nested).tolist()
            for tail in self._things_joined_by(int(subject[row]))
            for head in self._things_joined_by(int(obj[row]))
            if tail != head
        }
        more = np.array(sorted(nested_ties), np.int32).reshape(-1, 3)
        return Network.of(
            len(self.nodes),
            np.concatenate((subject[plain], more[:, 0])),
            np.concatenate((obj[plain], more[:, 1])),
            np.concatenate((plain, more[:, 2])),
        )

    def _things_joined_by(self, node: int) -> set[int]:
        """Return the node itself if it is a thing; if it is a claim, the things that it joins.

        A claim that it is about stands for the things that it joins in turn, at any depth.
        """
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
        """Return how certain each claim is on a day: `NO`, `POSSIBLE` or `CERTAIN`, by row.

        A claim in conflict is `POSSIBLE` at most, except where it is preferred and no rival is,
        or where each rival is `CERTAIN` by its own dates. Deprecated rivals, and rivals not in
        the view, do not count. A claim about a claim is never more certain than that claim.
        """
        dated_levels = self._verdicts(number(day))
        claim, rival = self.rivals
        counts = ~self.deprecated[rival]
        if self.certainty is not None:
            counts &= self.certainty[rival] > NO
        claim, rival = claim[counts], rival[counts]
        has_preferred_rival = np.zeros(len(self), bool)
        has_preferred_rival[claim[self.preferred[rival]]] = True
        is_only_preferred = self.preferred & ~has_preferred_rival
        disputed = (dated_levels[rival] < CERTAIN) & ~is_only_preferred[claim]
        levels = dated_levels.copy()
        levels[claim[disputed]] = np.minimum(levels[claim[disputed]], POSSIBLE)
        return self._limited_by_nested(levels)

    def _verdicts(self, day: int) -> Levels:
        """Return the level of each claim on a day (as a number) by its bounds, whatever its rivals.

        A claim begins between b1 and b2 and ends between e1 and e2; an unknown bound is beyond all
        days. A state is `CERTAIN` from b2 to e1, and `NO` before b1 and after e2; an event is
        `CERTAIN` from e2 on, and `NO` before e1. Else they are `POSSIBLE`.
        """
        b1, b2, e1, e2 = self.bounds
        state_no, state_yes = (day < b1) | (day > e2), (b2 <= day) & (day <= e1)
        event_no, event_yes = e1 > day, e2 <= day
        levels = np.full(len(self), POSSIBLE, np.int8)
        levels[np.where(self.event, event_no, state_no)] = NO
        levels[np.where(self.event, event_yes, state_yes)] = CERTAIN
        return levels

    def _limited_by_nested(self, levels: Levels) -> Levels:
        """Lower each level to that of the claims that the claim is about; return `levels`.

        The array is changed, again and again until nothing falls any more.
        """
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
        """Return a copy of these columns with `certainty` set to the levels on a day.

        A claim that is only `POSSIBLE` gets `NO`, unless `possible`. In a view of a view the
        lower level counts.
        """
        levels = self.on(day)
        if self.certainty is not None:
            levels = np.minimum(levels, self.certainty)
        if not possible:
            levels = np.where(levels == CERTAIN, levels, NO).astype(np.int8)
        return replace(self, certainty=levels)

    def sentence(self, row: int, *, forward: bool = True) -> str:
        """Return a claim, by its row, as a sentence without date and full stop.

        It is made by the template of its predicate: that which begins with the subject, or, if not
        `forward`, that which begins with the object. Roles are named in it.
        """
        return sentences.capitalised(self._clause(row, forward))

    def _clause(self, row: int, forward: bool, depth: int = 4) -> str:
        """Return a claim as a sentence without the capital, read from its subject if `forward`.

        Claims that it is about, or that these are about, are spelt out `depth` deep.
        """
        template = self.templates[int(self.predicate[row])][0 if forward else 1]
        subject = self.name(int(self.subject[row]), depth)
        obj = self.name(int(self.object[row]), depth)
        return sentences.fill(template, subject, obj, self.roles.get(row, ()))

    def name(self, node: int, depth: int = 4) -> str:
        """Return a node as a sentence mentions it: its name, else its IRI; a claim as a sentence.

        Claims within claims are spelt out `depth` deep. A literal (-1) is “a value”.
        """
        if node < 0:
            return "a value"
        row = int(self.claim_of[node])
        if row >= 0 and depth:
            return self._clause(row, True, depth - 1)
        return self.names[node] or self.nodes[node]


def number(day: edtf.Day) -> int:
    """Return a day as an integer, greater for a later day; its inverse is `day_of`.

    Days too far away are cut to the greatest or least number within `FAR`.

    >>> number((2013, 7, 1)) > number((2013, 6, 30)) > number((-44, 3, 15))
    True
    """
    year, month, of_month = day
    return max(-FAR + 1, min(FAR - 1, (year * 16 + month) * 32 + of_month))


def day_of(number: int) -> edtf.Day | None:
    """Return the day that a number from `number` stands for; ``None`` for one beyond all days.

    >>> day_of(number((-44, 3, 15))), day_of(-FAR)
    ((-44, 3, 15), None)
    """
    if abs(number) >= FAR - 1:
        return None
    months, of_month = divmod(number, 32)
    year, month = divmod(months, 16)
    return year, month, of_month


def ordinal(number: DayNumber) -> DayNumber:
    """Return the number of days from a fixed day to that of a number from `number`, or an array.

    So the difference of two is how many days are between them. Numbers as far as `FAR` are allowed.

    >>> ordinal(number((2012, 3, 1))) - ordinal(number((2012, 2, 28)))
    2
    """
    months, of_month = number // 32, number % 32
    month = months % 16
    since_march = (month + 9) % 12  # so that the leap day is the last of a year
    year = months // 16 - (month < 3)
    return (
        year * 365
        + year // 4
        - year // 100
        + year // 400
        + ((since_march * 153 + 2) // 5 + of_month)
    )


def _as_array(numbers: Iterable[int]) -> Numbers:
    """Return integers as an array of 32 bits each."""
    return np.fromiter(numbers, np.int32)


def _flags(iris: Sequence[str], flagged: set[str]) -> Flags:
    """Return for each IRI, in order, whether it is in `flagged`."""
    return np.fromiter((iri in flagged for iri in iris), np.bool_, len(iris))


def _bounds(claims: Sequence[str], days: Sequence[Mapping[str, int]], timeless: Flags) -> Days:
    """Return four arrays of day numbers, one for each of `edtf.Bounds`, in the order of `claims`.

    `days` has the known days of each bound, by claim. An unknown first day (b1, e1) is ``-FAR``,
    an unknown last day (b2, e2) ``FAR``; a timeless claim begins at ``-FAR`` and ends at ``FAR``.
    """
    bounds = np.empty((4, len(claims)), np.int64)
    for bound, missing, always, day_of_claim in zip(
        bounds, UNKNOWN_DAYS, TIMELESS_DAYS, days, strict=True
    ):
        bound[:] = np.fromiter((day_of_claim.get(claim, missing) for claim in claims), np.int64)
        bound[timeless] = always
    return bounds


def _facts_of_store(store: Store) -> ClaimFacts:
    """Return what columns are made of, read from a store: the parts, days and ranks of claims.

    Also the conflicts and roles of claims, the aspects and templates of predicates, the names of
    nodes, and the things that paths do not pass through.
    """
    claims = {
        quad.subject.value
        for quad in store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM)
        if isinstance(quad.subject, NamedNode)
    }
    subject, predicate, obj = (_single_objects(store, part) for part in vocabulary.PARTS)
    labels = _first_texts(store, _LABEL)
    return ClaimFacts(
        subject={claim: iri for claim, iri in _iri_items(subject) if claim in claims},
        predicate=dict(_iri_items(predicate)),
        object={c: o.value if isinstance(o, NamedNode) else None for c, o in obj.items()},
        days=[_days_of_claims(store, bound) for bound in vocabulary.BOUNDS],
        aspects=_aspects(store),
        deprecated=_with_rank(store, vocabulary.DEPRECATED),
        preferred=_with_rank(store, ag("Preferred")),
        rivals={*rivals(store)},
        roles=_roles(store, labels),
        names={**labels, **_first_texts(store, ag("nameInText"))},
        templates=_templates(store),
        closed={*closed(store)},
    )


def rivals(store: Store) -> Iterator[tuple[str, str]]:
    """Yield the IRIs of two claims that conflict, for each ``ag:conflictsWith`` in a store."""
    for quad in store.quads_for_pattern(None, vocabulary.CONFLICTS, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            yield quad.subject.value, quad.object.value


def templates(store: Store, predicates: Iterable[str]) -> list[tuple[str, str]]:
    """Return for each predicate, in the order given, its two templates: forward and inverse.

    They are read from the ontology in the store, and else made of the local name.
    """
    stated = _templates(store)
    return [stated.get(iri) or sentences.default_templates(local_name(iri)) for iri in predicates]


def _templates(store: Store) -> dict[str, tuple[str, str]]:
    """Return the templates of predicates by IRI: ``ag:sentence`` and ``ag:inverseSentence``.

    Predicates that lack one of these are left out.
    """
    sentence, inverse = (_first_texts(store, ag(name)) for name in ("sentence", "inverseSentence"))
    return {iri: (sentence[iri], inverse[iri]) for iri in sentence.keys() & inverse}


def _single_objects(store: Store, predicate: NamedNode) -> dict[str, Term]:
    """Return objects of a predicate by the subject's IRI, for subjects with one distinct object.

    Subjects with several, and blank nodes, are left out.
    """
    objects: dict[str, Term] = {}
    several = set()
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        if isinstance(subject, NamedNode) and objects.setdefault(subject.value, obj) != obj:
            several.add(subject.value)
    for iri in several:
        del objects[iri]
    return objects


def _iri_items(objects: Mapping[str, Term]) -> Iterator[tuple[str, str]]:
    """Yield key and IRI of each item whose term is an IRI; others are skipped."""
    return ((key, term.value) for key, term in objects.items() if isinstance(term, NamedNode))


def _first_texts(store: Store, predicate: NamedNode) -> dict[str, str]:
    """Return for each subject of a predicate the text of its objects that sorts first."""
    texts: dict[str, str] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, predicate, None):
        key, value = text(subject), text(obj)
        if key not in texts or value < texts[key]:
            texts[key] = value
    return texts


def _days_of_claims(store: Store, bound: NamedNode) -> dict[str, int]:
    """Return day numbers by claim, read from the objects of the predicate `bound`.

    Texts that are no day are skipped; of several days of a claim, any one is taken.
    """
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
    """Return the aspects of the predicates that have one in the store, by predicate."""
    names: dict[str, set[str]] = {}
    for subject, _, obj, _ in store.quads_for_pattern(None, vocabulary.ASPECT, None):
        names.setdefault(text(subject), set()).add(local_name(text(obj)))
    return {predicate: edtf.aspect_of(aspects) for predicate, aspects in names.items()}


def _with_rank(store: Store, rank: NamedNode) -> set[str]:
    """Return the IRIs of the claims whose ``ag:rank`` is `rank`."""
    return {text(quad.subject) for quad in store.quads_for_pattern(None, vocabulary.RANK, rank)}


def _roles(store: Store, labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the sorted labels of the roles of each claim; roles without a label are skipped."""
    roles: dict[str, set[str]] = {}
    for claim, _, role, _ in store.quads_for_pattern(None, vocabulary.ROLE, None):
        if text(role) in labels:
            roles.setdefault(text(claim), set()).add(labels[text(role)])
    return {claim: tuple(sorted(names)) for claim, names in roles.items()}


def closed(store: Store) -> Iterator[str]:
    """Yield the IRIs of things that paths do not pass through; some may be repeated.

    They are the members of the classes in `CLOSED` (of places, sources, classes, properties and
    concepts) and of all their subclasses, and every class that is used. Runs one SPARQL query, and
    reads the store by pattern.
    """
    classes = [NamedNode(iri) for iri in CLOSED]
    for closed_class in classes:  # grows while it is iterated over
        below = (quad.subject for quad in store.quads_for_pattern(None, _SUBCLASS, closed_class))
        classes += [c for c in below if isinstance(c, NamedNode) and c not in classes]
        members = store.quads_for_pattern(None, vocabulary.TYPE, closed_class)
        yield from (text(quad.subject) for quad in members)
    used = store.query(
        "SELECT DISTINCT ?class { ?member a ?class }", prefixes={}, use_default_graph_as_union=True
    )
    yield from (text(row[0]) for row in used)  # type: ignore[union-attr]
