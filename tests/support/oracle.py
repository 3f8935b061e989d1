"""Random small graphs, and what is true of them by plain enumeration.

Nothing here knows how the package finds its answers: verdicts come from all readings (begin,
end) that the dates allow on a grid of days, paths from a walk along every tie. Only the
reading of single EDTF texts is borrowed.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from hypothesis import assume
from hypothesis import strategies as st
from pyoxigraph import Quad, RdfFormat, parse

from allgraph.errors import DateError
from allgraph.folder import Folder, builtin
from allgraph.graph import Graph
from allgraph.model import edtf
from allgraph.model.edtf import Aspect, Day
from allgraph.rdf.terms import Prefixes
from allgraph.sparql.embedded import Embedded
from tests.conftest import BASE
from tests.support.derived import filled
from tests.support.naming import named_quads
from tests.support.verdicts import Verdict

PREFIX = Prefixes.of(BASE)
ASPECTS: dict[str, Aspect] = {
    "ag:signed": "Event",
    "ag:signedIntoLaw": "Event",
    "ag:announced": "Event",
    "ag:underwent": "Event",
    "ag:tookPart": "Event",
    "ag:servedOn": "State",
    "ag:heldOffice": "State",
    "ag:basedIn": "State",
    "ag:companionOf": "Timeless",
    "ag:hasBill": "Timeless",
    "ag:reports": "Timeless",
    "id:knows": "Timeless",  # not in the ontology
}
ABOVE: dict[str, tuple[str, ...]] = {
    "ag:Person": ("ag:Agent", "ag:Thing"),
    "ag:Organization": ("ag:Body", "ag:Agent", "ag:Thing"),
    "ag:Unit": ("ag:Body", "ag:Agent", "ag:Thing"),
    "ag:Campaign": ("ag:Thing",),
    "ag:Bill": ("ag:Thing",),
    "ag:Place": ("ag:Thing",),
    "ag:District": ("ag:Place", "ag:Thing"),
    "ag:Signing": ("ag:Event", "ag:Thing"),
    "ag:Role": ("skos:Concept",),
}
CLOSED = {"ag:Place", "ag:Source", "owl:Class", "rdfs:Class", "rdf:Property", "skos:Concept"}
T = TypeVar("T")
SOURCES = ("source:s0", "source:s1")
SURE: dict[Verdict, int] = {"no": 0, "possible": 1, "certain": 2}


# ---- What a graph holds -----------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One piece of evidence: its source, and the day of which it speaks as the present."""

    source: str
    current: str | None = None


@dataclass(frozen=True)
class Statement:
    """A claim: who, what, whom (a CURIE, or a text in quotes), when, and how it is known."""

    subject: str
    predicate: str
    object: str
    when: str | None = None
    rank: str | None = None
    prospective: bool = False
    founder: bool = False
    evidence: tuple[Said, ...] = ()

    @property
    def aspect(self) -> Aspect:
        return ASPECTS[self.predicate]

    @property
    def deprecated(self) -> bool:
        return self.rank == "Deprecated"


@dataclass(frozen=True)
class World:
    """A graph: kinds of its things, days of its sources, claims by name, and who conflicts."""

    kinds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    latest: dict[str, tuple[str, ...]] = field(default_factory=dict)
    claims: dict[str, Statement] = field(default_factory=dict)
    conflicts: tuple[tuple[str, str], ...] = ()

    def turtle(self) -> str:
        """The graph as a file of data says it, without prefixes."""
        lines = [f'{thing} rdfs:label "{thing[3:]}" .' for thing in self.kinds]
        lines += [f"{thing} a {kind} ." for thing, kinds in self.kinds.items() for kind in kinds]
        for source in SOURCES:
            lines.append(f'{source} a ag:Source ; rdfs:label "{source[7:]}" .')
            for name, text in zip(("latest", "read"), self.latest.get(source, ()), strict=False):
                lines += [f'{source} ag:{name} "{text}"^^edtf:EDTF .'] if text else []
        lines += [self._claim(name, claim) for name, claim in self.claims.items()]
        lines += [f"{one} ag:conflictsWith {other} ." for one, other in self.conflicts]
        return "\n".join(lines)

    def _claim(self, name: str, claim: Statement) -> str:
        parts = [f"{name} a ag:Claim ; rdf:subject {claim.subject}"]
        parts += [f"rdf:predicate {claim.predicate}", f"rdf:object {claim.object}"]
        parts += [f'ag:when "{claim.when}"^^edtf:EDTF'] if claim.when else []
        parts += [f"ag:rank ag:{claim.rank}"] if claim.rank else []
        parts += ["ag:prospective true"] if claim.prospective else []
        parts += ["ag:role ag:Founder"] if claim.founder else []
        for said in claim.evidence:
            current = f' ; ag:currentAsOf "{said.current}"^^edtf:EDTF' if said.current else ""
            parts.append(f"ag:evidence [ oa:hasSource {said.source}{current} ]")
        return " ; ".join(parts) + " ."

    def without(self, gone: Iterable[str]) -> World:
        """The graph without some claims, and links to them."""
        gone = set(gone)
        return replace(
            self,
            claims={name: claim for name, claim in self.claims.items() if name not in gone},
            conflicts=tuple(pair for pair in self.conflicts if not gone & set(pair)),
        )

    def with_claim(self, name: str, claim: Statement) -> World:
        return replace(self, claims={**self.claims, name: claim})

    def rivals(self, name: str) -> list[str]:
        """The undeprecated claims that conflict with one."""
        both = [*self.conflicts, *((b, a) for a, b in self.conflicts)]
        return [b for a, b in both if a == name and not self.claims[b].deprecated]


@cache
def ontology() -> tuple[Quad, ...]:
    """What the built-in ontology says of the predicates and classes that are used here."""
    used = {*ASPECTS, *ABOVE, *(c for above in ABOVE.values() for c in above), "ag:Founder"}
    used |= {"ag:Source", "ag:Certain", "ag:Possible", "ag:founded"}
    subjects = {PREFIX.expand(name) for name in used}
    quads: list[Quad] = []
    for path in builtin().ontology_files():
        quads += parse(path.read_bytes(), format=RdfFormat.TURTLE)
    return tuple(quad for quad in quads if getattr(quad.subject, "value", "") in subjects)


def loaded(world: World, hub_limit: int = 200, hubs: Iterable[str] = ()) -> Graph:
    """The graph in memory, without a file; `hubs` are classes, as CURIEs."""
    classes = tuple(PREFIX.expand(kind) or kind for kind in hubs)
    folder = Folder(
        Path("nowhere"), "A random graph", base=BASE, hub_limit=hub_limit, own_hubs=classes
    )
    head = "".join(f"@prefix {name}: <{space}> .\n" for name, space in folder.prefixes.items())
    text = (head + world.turtle()).encode()
    quads = named_quads(list(parse(text, format=RdfFormat.TURTLE)), f"{BASE}data/a.ttl")
    return Graph(folder, Embedded(filled([*quads, *ontology()]), folder.prefixes))


def kept_in(view: Graph) -> dict[str, str]:
    """The claims of a view of one day, and how sure it says that each is."""
    rows = view.sparql(
        "SELECT ?claim ?sure { ?claim a ag:Claim OPTIONAL { ?claim ag:certainty ?sure } }"
    ).rows
    shown = {view.prefixes.show(row["claim"]): view.prefixes.show(row["sure"]) for row in rows}
    assert len(shown) == len(rows)
    return {claim: sure.removeprefix("ag:").lower() for claim, sure in shown.items()}


# ---- Time: all readings -----------------------------------------------------

Low = int | None  # the number of a day, or not known
Reading = tuple[int, int]
FAR = 10**7


def ordinal(day: Day) -> int:
    return datetime.date(*day).toordinal()


def number(day: Day | None) -> int | None:
    return None if day is None else ordinal(day)


@dataclass(frozen=True)
class Time:
    """What is known of a claim's time: all that its readings depend on."""

    aspect: Aspect
    when: str | None
    current: frozenset[int] = frozenset()
    reported: frozenset[int] = frozenset()

    def says(self, reading: Reading) -> bool:
        """Whether the date allows a begin and an end."""
        if self.when is None:
            return True
        begin, end = reading
        when = edtf.parse(self.when)
        if isinstance(when, edtf.Interval):
            return within(begin, when.begin.span if when.begin else (None, None)) and within(
                end, when.end.span if when.end else (None, None)
            )
        first, last = when.span
        if self.aspect == "Event":  # happened within it
            return within(begin, (first, last)) and within(end, (first, last))
        return within(begin, (None, last)) and within(end, (first, None))  # held at some time in it

    def implies(self, reading: Reading) -> bool:
        """Whether the sources allow a begin and an end, too."""
        begin, end = reading
        if self.aspect == "Event":
            return all(end <= day for day in self.reported)
        reported = all(begin <= day for day in self.reported)
        return reported and all(end >= day for day in self.current)

    def edges(self) -> set[int]:
        spans: list[edtf.Span] = []
        if self.when is not None:
            when = edtf.parse(self.when)
            if isinstance(when, edtf.Interval):
                spans = [side.span for side in (when.begin, when.end) if side]
            else:
                spans = [when.span]
        days = {number(day) for span in spans for day in span} - {None}
        return {day for day in days if day is not None} | self.current | self.reported


def within(day: int, span: edtf.Span) -> bool:
    low, high = number(span[0]), number(span[1])
    return (low is None or low <= day) and (high is None or day <= high)


@cache
def readings(time: Time, *more: int) -> tuple[Reading, ...]:
    """The begins and ends that are allowed, on a grid of the days that matter.

    What the sources imply is left aside when no reading would be left.
    """
    near = {day + step for day in time.edges() | set(more) for step in (-1, 0, 1)}
    grid = [-FAR, *sorted(near), FAR]
    said = [r for b in grid for e in grid if b <= e and time.says(r := (b, e))]
    assert said, "a date that can be read allows some reading"
    return tuple([reading for reading in said if time.implies(reading)] or said)


@cache
def by_date(time: Time, day: int) -> Verdict:
    """Whether an event had happened by a day, or a state held on it, in all readings or some."""
    if time.aspect == "Timeless":
        return "certain"
    held = {
        end <= day if time.aspect == "Event" else begin <= day <= end
        for begin, end in readings(time, day)
    }
    return "possible" if len(held) == 2 else "certain" if True in held else "no"


@cache
def bounds(time: Time) -> tuple[Low, Low, Low, Low]:
    """The earliest and latest begin and end of all readings; none where there is no limit."""
    begins, ends = zip(*readings(time), strict=True)
    extremes = min(begins), max(begins), min(ends), max(ends)
    b1, b2, e1, e2 = (None if abs(day) == FAR else day for day in extremes)
    return b1, b2, e1, e2


def time_of(world: World, name: str) -> Time:
    claim = world.claims[name]
    current = (edtf.parse(e.current).span[0] for e in claim.evidence if e.current)
    reported = []
    if not claim.prospective:
        for source in {said.source for said in claim.evidence}:
            lasts = [edtf.parse(t).span[1] for t in world.latest.get(source, ()) if t]
            reported += [min(day for day in lasts if day)] if any(lasts) else []
    return Time(
        claim.aspect,
        claim.when if claim.aspect != "Timeless" else None,
        frozenset(day for each in current if (day := number(each)) is not None),
        frozenset(day for each in reported if (day := number(each)) is not None),
    )


def lesser(*verdicts: Verdict) -> Verdict:
    return min(verdicts, key=SURE.__getitem__)


def greater(*verdicts: Verdict) -> Verdict:
    return max(verdicts, key=SURE.__getitem__)


def levels(world: World, day: Day) -> dict[str, Verdict]:
    """How sure each claim is on a day: by its date, its rivals, and what it is about."""
    at = ordinal(day)
    plain = {name: by_date(time_of(world, name), at) for name in world.claims}
    found = dict(plain)
    for name in world.claims:
        rivals = world.rivals(name)
        preferred = {n for n in (name, *rivals) if world.claims[n].rank == "Preferred"}
        differs = any(plain[rival] != plain[name] for rival in rivals)
        if plain[name] == "certain" and differs and preferred != {name}:
            found[name] = "possible"
    for _ in world.claims:
        for name, claim in world.claims.items():
            if claim.object in found:
                found[name] = lesser(found[name], found[claim.object])
    return found


Together = tuple[Verdict, tuple[Low, Low]]


def together(times: Iterable[Time]) -> Together:
    """Whether all hold at a common time, and within which days."""
    known = [bounds(time) for time in times if time.aspect != "Timeless"]
    begins = [b1 for b1, _, _, _ in known if b1 is not None]
    ends = [e2 for _, _, _, e2 in known if e2 is not None]
    span = max(begins, default=None), min(ends, default=None)
    if span[0] is not None and span[1] is not None and span[0] > span[1]:
        return "no", span
    sure = all(
        b2 is not None and e1 is not None and b2 <= e1
        for i, (_, b2, _, _) in enumerate(known)
        for j, (_, _, e1, _) in enumerate(known)
        if i != j
    )
    return ("certain" if sure else "possible"), span


def together_in_all_readings(times: Iterable[Time]) -> Verdict:
    """The same, by choosing a reading for each in every way there is."""
    times = [time for time in times if time.aspect != "Timeless"]
    grid = {day for time in times for day in time.edges()}
    common = {(-FAR, FAR)}  # the days that all readings chosen so far share
    for time in times:
        allowed = readings(time, *sorted(grid))
        common = {
            (max(low, begin), min(high, end)) for low, high in common for begin, end in allowed
        }
    held = {low <= high for low, high in common}
    return "possible" if len(held) == 2 else "certain" if True in held else "no"


FIRST_DAY, LAST_DAY = ordinal((2000, 1, 1)), ordinal((2030, 12, 31))


@cache
def days_of(time: Time, *, certain: bool = False) -> int:
    """The days from 2000 to 2030 on which a claim can hold, or does in all readings, as bits."""
    count = LAST_DAY - FIRST_DAY + 1
    if time.aspect == "Timeless":
        return (1 << count) - 1
    held = []
    for begin, end in readings(time):
        before, until = (max(0, min(n - FIRST_DAY, count)) for n in (begin, end + 1))
        held.append(((1 << until) - 1) & ~((1 << before) - 1))
    return functools.reduce(int.__and__ if certain else int.__or__, held)


def certain_days(times: Iterable[Time]) -> int:
    """On how many of these days all claims hold in all readings."""
    return functools.reduce(int.__and__, (days_of(t, certain=True) for t in times)).bit_count()


def periods(days: int) -> list[tuple[Low, Low]]:
    """The runs of days that are set; no end where one goes to the edge."""
    found: list[tuple[Low, Low]] = []
    for is_set, run in itertools.groupby(enumerate(bin(days)[:1:-1]), lambda each: each[1] == "1"):
        places = [place for place, _ in run]
        if is_set:
            low, high = places[0] + FIRST_DAY, places[-1] + FIRST_DAY
            found.append((low if low > FIRST_DAY else None, high if high < LAST_DAY else None))
    return found


def follows(time: Time, other: Time) -> bool:
    """Whether the readings of another are only some of a claim's, so that it says no more."""
    grid = {*time.edges(), *other.edges()}
    mine, others = (
        {(-FAR, FAR)} if one.aspect == "Timeless" else set(readings(one, *sorted(grid)))
        for one in (time, other)
    )
    return mine > others


# ---- Paths: every walk ------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """What is asked of a path."""

    max_hops: int = 4
    via: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    day: Day | None = None
    together: bool = False
    hub_limit: int = 200
    hubs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A path: claims, whether each is read forward, the things on the way, and how sure it is."""

    claims: tuple[str, ...]
    forward: tuple[bool, ...]
    inner: tuple[str, ...]
    certainty: Verdict | None
    uncertain: int
    ties: int
    span: tuple[Low, Low] | None
    days: int = 0

    @property
    def rank(self) -> tuple[int, int, int, int, int]:
        """Where it stands in the order of an answer, but for the last tie-break."""
        sure = 0 if self.certainty is None else 2 - SURE[self.certainty]
        return len(self.claims), sure, self.uncertain, -self.days, self.ties


def is_thing(world: World, name: str) -> bool:
    return not name.startswith('"') and name not in world.claims


def ends(world: World, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The things that a claim is about in the end."""
    if name in seen:
        return set()
    if name not in world.claims:
        return {name} if is_thing(world, name) else set()
    claim = world.claims[name]
    return {
        end for part in (claim.subject, claim.object) for end in ends(world, part, seen | {name})
    }


def ties(world: World, day: Day | None = None) -> list[tuple[str, str, str]]:
    """All ties: the claim, its subject and another thing that it joins to it."""
    level = levels(world, day) if day else {}
    return [
        (name, claim.subject, end)
        for name, claim in world.claims.items()
        if not claim.deprecated and level.get(name) != "no"
        for end in sorted(ends(world, claim.object, frozenset({name})))
        if end != claim.subject
    ]


def degrees(found: Iterable[tuple[str, str, str]]) -> dict[str, int]:
    """How many claims join each thing to another."""
    joined: dict[str, set[str]] = {}
    for name, one, other in found:
        joined.setdefault(one, set()).add(name)
        joined.setdefault(other, set()).add(name)
    return {thing: len(claims) for thing, claims in joined.items()}


def classes(world: World, thing: str) -> set[str]:
    """The classes of a thing, those above them too."""
    own = world.kinds.get(thing, ("ag:Source",) if thing in SOURCES else ())
    return {each for kind in own for each in (kind, *ABOVE.get(kind, ()))}


def is_closed(world: World, thing: str) -> bool:
    """Whether a thing is a place, a source, a class or a concept."""
    has_instance = any(thing in kinds for kinds in world.kinds.values())
    return has_instance or bool(classes(world, thing) & CLOSED)


def all_paths(world: World, a: str, b: str, options: Options) -> list[Found]:
    """Every path between two things; none meets a thing or a claim twice.

    Of several that have the same claims, read in the same way, only the best counts.
    """
    edges = ties(world, options.day)
    degree = degrees(edges)
    level = levels(world, options.day) if options.day else {}

    def fits(thing: str) -> bool:
        names = {thing, *classes(world, thing)}
        if names & set(options.without):
            return False
        hub = degree.get(thing, 0) > options.hub_limit or bool(names & set(options.hubs))
        return not (hub or is_closed(world, thing)) or bool(names & set(options.via))

    def walks(here: str, seen: tuple[str, ...]) -> Iterator[list[tuple[str, bool, str]]]:
        if len(seen) > 2 * options.max_hops:
            return
        for name, one, other in edges:
            if here not in (one, other):
                continue
            there = other if here == one else one
            if {there, name} & {*seen} or world.claims[name].predicate in options.without:
                continue
            step = name, here == one, there
            if there == b:
                yield [step]
            elif fits(there):
                yield from ([step, *rest] for rest in walks(there, (*seen, name, there)))

    found = []
    for steps in walks(a, (a,)):
        names = tuple(name for name, _, _ in steps)
        inner = tuple(there for _, _, there in steps[:-1])
        met = {world.claims[name].predicate for name in names}
        met |= {each for thing in inner for each in (thing, *classes(world, thing))}
        if not set(options.via) <= met:
            continue
        least: list[Verdict] = [level[name] for name in names] if options.day else []
        uncertain = least.count("possible")
        span, days = None, 0
        if options.together:
            times = [time_of(world, name) for name in names]
            common, span = together(times)
            if common == "no":
                continue
            least.append(common)
            days = certain_days(times)
        certainty = lesser(*least) if least else None
        forward = tuple(way for _, way, _ in steps)
        summed = sum(degree[thing] for thing in inner)
        found.append(Found(names, forward, inner, certainty, uncertain, summed, span, days))
    best: dict[object, Found] = {}
    for path in sorted(found, key=lambda path: path.rank):
        best.setdefault((path.claims, path.forward), path)
    return [*best.values()]


def joining(world: World, a: str, b: str, day: Day | None = None) -> set[str]:
    """The claims that join two things."""
    return {name for name, one, other in ties(world, day) if {one, other} == {a, b}}


@dataclass(frozen=True)
class Shared:
    """What two things share: claims of either side, and how surely two held together, when."""

    first: set[str]
    second: set[str]
    overlap: Verdict
    periods: list[tuple[Low, Low]]
    certainty: Verdict | None


def shared(world: World, a: str, b: str, day: Day | None = None) -> dict[str, Shared]:
    """The things that have a tie with both of two things, but no places, sources or classes.

    One claim that joins a thing to both is not enough.
    """
    level = levels(world, day) if day else {}
    found = {}
    for thing in {thing for _, one, other in ties(world, day) for thing in (one, other)} - {a, b}:
        first, second = joining(world, a, thing, day), joining(world, b, thing, day)
        pairs = [(one, other) for one in first for other in second if one != other]
        if pairs and not is_closed(world, thing):
            least = [lesser(*(level[name] for name in pair)) for pair in pairs if level]
            found[thing] = Shared(
                first,
                second,
                *overlap([tuple(time_of(world, name) for name in pair) for pair in pairs]),
                greater(*least) if least else None,
            )
    return found


def overlap(pairs: Sequence[tuple[Time, ...]]) -> tuple[Verdict, list[tuple[Low, Low]]]:
    """How surely the claims of some pair held together, and all days on which they can have.

    Of the surest pairs, those count that no other one says more exactly.
    """
    level = greater(*(together(pair)[0] for pair in pairs))
    best = [pair for pair in pairs if together(pair)[0] == level != "no"]
    exact = [
        (one, other)
        for one, other in best
        if not any(
            (b == other and follows(one, a)) or (a == one and follows(other, b)) for a, b in best
        )
    ]
    days = (days_of(one) & days_of(other) for one, other in exact)
    return level, periods(functools.reduce(int.__or__, days, 0))


def kept(world: World, day: Day, possible: bool) -> dict[str, Literal["certain", "possible"]]:
    """The claims of a view of one day, and how sure each is."""
    return {
        name: level
        for name, level in levels(world, day).items()
        if level == "certain" or (possible and level == "possible")
    }


# ---- Random graphs ----------------------------------------------------------

_SIDES = ("2012", "2012-03", "2012-03-10", "2012-12-31", "2013", "2013-03", "2013-03-10", "2012-21")
_DOUBTED = ("2012?", "2012-03~", "2013-03-10%")


def _readable(text: str) -> bool:
    try:
        edtf.parse(text)
    except DateError:
        return False
    return True


SINGLE = [*_SIDES, "2012-XX", "2013-03-XX", "201X", *_DOUBTED]
INTERVALS = [
    text
    for begin in ("", "..", *_SIDES[:-1], *_DOUBTED[:1])
    for end in ("", "..", *_SIDES[:-1], *_DOUBTED[1:])
    if _readable(text := f"{begin}/{end}")
]
SETS = [
    *(f"[..{side}]" for side in _SIDES[:-1]),
    *(f"[{side}..]" for side in _SIDES[:-1]),
    *("[2012-03, 2013-03-10]", "[2012,2012-12-31..2013-03]", "[2012-03..2013]", "[2012?, 2013]"),
]
DAYS: list[Day] = [
    (2009, 12, 31),
    (2010, 1, 1),
    (2011, 12, 31),
    (2012, 1, 1),
    (2012, 2, 29),
    (2012, 3, 1),
    (2012, 3, 9),
    (2012, 3, 10),
    (2012, 3, 11),
    (2012, 3, 31),
    (2012, 4, 1),
    (2012, 12, 30),
    (2012, 12, 31),
    (2013, 1, 1),
    (2013, 3, 1),
    (2013, 3, 10),
    (2013, 3, 11),
    (2013, 3, 31),
    (2013, 12, 31),
    (2014, 1, 1),
    (2018, 5, 1),
    (2020, 1, 1),
]
MIDDLE = DAYS[6:16]
KINDS: list[tuple[str, ...]] = [
    *[("ag:Person",), ("ag:Unit",), ("ag:Organization",), ("ag:Bill",)] * 3,
    *[("ag:Campaign",), ("ag:Signing",), ()],
    *[("ag:District",), ("ag:Place",), ("owl:Class",), ("ag:Role",), ("ag:Person", "ag:Place")],
]

WHENS: list[list[str] | list[None]] = [SINGLE, INTERVALS, INTERVALS, SETS, [None]]
LAST_DAYS = ["", "", "2012-03-10", "2013-03", "2018-05-01", "[..2013-03-10]", "2013~"]
CURRENT = [None, None, None, "2012-03-10", "2013-03", "2018-05-01", "2012~"]
RANKS = [None, None, None, None, "Normal", "Preferred", "Preferred", "Deprecated"]


class Pick(Protocol):
    """Chooses one of several."""

    def __call__(self, some: Sequence[T], /) -> T: ...


def some_world(pick: Pick) -> World:
    """A graph of a few things; the first two are there to be asked about."""
    things = [f"id:t{each}" for each in range(pick([4, 5, 5, 6]))]
    kinds = {thing: pick(KINDS) for thing in things}
    if pick([True] + [False] * 9):
        kinds[things[0]] = (*kinds[things[0]], things[-1])  # a thing that has an instance
    names = [f"claim:c{each}" for each in range(pick([9, 10, 11, 12, 13]))]
    a, b, *inner = things
    joined: list[tuple[str, str]] = [*itertools.permutations(inner, 2)]
    joined += [pair for each in inner for pair in ((a, each), (b, each), (each, a), (each, b))]
    joined += [*itertools.product(things, names[:1]), (a, b), (b, a)]
    joined += [(a, SOURCES[0]), (b, SOURCES[0]), (b, '"x"'), (a, a)]
    return World(
        kinds,
        {source: (pick(LAST_DAYS), pick(LAST_DAYS)) for source in SOURCES},
        {name: some_claim(pick, *pick(joined)) for name in names},
        tuple({(pick(names[:5]), pick(names[5:])) for _ in range(pick([0, 0, 1, 2, 3]))}),
    )


def some_claim(pick: Pick, subject: str, obj: str) -> Statement:
    predicate = pick([*ASPECTS])
    if obj.startswith("claim:"):
        predicate = pick(["ag:announced", "ag:reports", predicate])
    return Statement(
        subject,
        predicate,
        obj,
        pick(pick(WHENS)),
        pick(RANKS),
        pick([False] * 7 + [True]),
        predicate == "ag:tookPart" and pick([False, True]),
        tuple(Said(pick(SOURCES), pick(CURRENT)) for _ in range(pick([0, 1, 1, 2]))),
    )


def some_options(pick: Pick, world: World, timed: bool | None) -> Options:
    """What may be asked of the paths of a graph."""
    things = [*world.kinds]
    kinds = sorted({each for thing in things[2:] for each in classes(world, thing)})
    predicates = sorted({claim.predicate for claim in world.claims.values()})
    filters = [things[2:], kinds or ["ag:Body"], predicates]

    def some(counts: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pick(pick(filters)) for _ in range(pick(counts))))

    return Options(
        max_hops=pick([4, 4, 4, 3, 5, 2, 1]),
        via=some([0, 0, 0, 0, 0, 1, 1, 2]),
        without=some([0, 0, 0, 0, 0, 1, 2]),
        day=pick([*DAYS, *MIDDLE]) if pick([True, False] if timed is None else [timed]) else None,
        together=pick([False, True]),
        hub_limit=pick([200, 200, 200, 200, 5, 4, 3]),
        hubs=pick([(), (), ("ag:Unit",), ("ag:Body", "ag:Campaign"), ("ag:Person",)]),
    )


@st.composite
def picks(draw: st.DrawFn) -> Pick:
    """Choices that shrink, or those of a seed, which are more varied."""
    seed = draw(st.none() | st.integers(0, 2**32))
    if seed is not None:
        return random.Random(seed).choice
    return lambda some: draw(st.sampled_from(some))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return some_world(draw(picks()))


@st.composite
def questions(draw: st.DrawFn, *, timed: bool | None = None) -> tuple[World, Options]:
    """A graph, and what is asked of its paths: on a day, on none, or either."""
    pick = draw(picks())
    world = some_world(pick)
    return world, some_options(pick, world, timed)


days = st.sampled_from([*DAYS, *MIDDLE])
whens = st.sampled_from([*SINGLE, *INTERVALS, *SETS, None])


# ---- More exact dates -------------------------------------------------------

FINER = {
    None: ["2012", "2012-03", "2012-03-10", "2013", "2012/2013", "2012-03/..", "[..2013]"],
    "201X": ["2012", "2013-03", "2012-21"],
    "2012": ["2012-03", "2012-12-31", "2012-21"],
    "2012-XX": ["2012-03-10"],
    "2012-21": ["2012-03", "2012-03-10"],
    "2012-03": ["2012-03-10"],
    "2013": ["2013-03", "2013-03-10"],
    "2013-03": ["2013-03-10"],
    "2012-03~": ["2012", "2012-03", "2012-03-10"],
    "[..2013]": ["2012", "2013-03", "[..2012-03]", "2012-03-10"],
    "[2012..]": ["2012", "[2012-03, 2013-03-10]"],
    "[2012-03..]": ["2013-03", "[2012-12-31..]", "2012-12-31"],
}


def tighter(when: str | None) -> list[str]:
    """More exact dates that say the same."""
    if when is None or "/" not in when:
        return FINER.get(when, [])
    begin, end = when.split("/")
    sides = {"": ["2012", "2012-03", "2013-03"], "..": ["2012", "2012-03-10", "2013"]}
    begins = [f"{each}/{end}" for each in sides.get(begin) or FINER.get(begin, [])]
    ends = [f"{begin}/{each}" for each in sides.get(end) or FINER.get(end, [])]
    return [each for each in begins + ends if each in INTERVALS]


@st.composite
def refined(draw: st.DrawFn) -> tuple[World, World]:
    """A graph, and the same with a more exact date for some of its claims."""
    world = draw(worlds())
    finer = world
    for name, claim in world.claims.items():
        when = draw(st.sampled_from([claim.when, *tighter(claim.when)]))
        finer = finer.with_claim(name, replace(claim, when=when))
    for name in world.claims:  # what a source implies may no longer fit
        wide = bounds(time_of(world, name))
        close = bounds(time_of(finer, name))
        for low in (0, 2):
            assume(wide[low] is None or (close[low] or 0) >= (wide[low] or 0))
        for high in (1, 3):
            assume(wide[high] is None or (close[high] or FAR) <= (wide[high] or 0))
    return world, finer
