"""How two things are connected: paths of claims, each step a sentence with its sources.

>>> from allgraph.graph import open_graph
>>> for path in paths(open_graph(), "Sara Ziff", "id:model-alliance-study", limit=1):
...     print(path)
Sara Ziff is an author of the study of extreme thinness standards in the fashion industry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError, UnknownFormat
from allgraph.exports import network as ties
from allgraph.graph import Graph, Thing, prose
from allgraph.graph.claims import Claim, Evidence, named
from allgraph.model import edtf
from allgraph.model.adjacency import NumberedPath
from allgraph.model.columns import CERTAIN, POSSIBLE, Columns
from allgraph.model.sentences import dated, verb
from allgraph.network import scope
from allgraph.network.reasons import Reason, alone, reasons
from allgraph.network.search import LONGEST, PathFilter, Rules, Search, together
from allgraph.rdf.terms import Prefixes, Term, text
from allgraph.render.html import Fragment, counted, element, items, joined, picture
from allgraph.render.svg import Arrow, Dot, chain
from allgraph.render.table import fill

Certainty = Literal["certain", "possible"]
MOST = 1000
"""The most paths that can be asked for."""
_SHOWN = 10
_MARKS = 6
_BATCH = 500
_CERTAINTY: dict[int, Certainty] = {CERTAIN: "certain", POSSIBLE: "possible"}


@dataclass(frozen=True)
class Step:
    """One claim of a path, and whether it is met from its subject or from its object.

    `certainty` is that of the claim on the day that was asked for, else ``None``.
    """

    claim: Claim
    forward: bool
    certainty: Certainty | None = None

    @property
    def sentence(self) -> str:
        """The claim read in the direction of the path, without its date."""
        return self.claim.sentence if self.forward else self.claim.inverse_sentence

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The step as JSON has it: the claim, and how it is read here."""
        return {
            **self.claim.as_dict(prefixes),
            "forward": self.forward,
            "sentence": self.sentence,
            "certainty": self.certainty,
        }

    def __str__(self) -> str:
        """The sentence with its date."""
        return f"{dated(self.sentence, self.claim.date)}."


@dataclass(frozen=True)
class Path:
    """Claims that lead from one thing to another; `things` are those on the way, with both ends.

    `certainty` is that of the least certain claim, if a day or a common time was asked for.
    `span` is then the first and last day on which all its ties can have held together, each
    ``None`` where it is not known; `span` is ``None`` unless a common time was asked for.
    """

    steps: tuple[Step, ...]
    things: tuple[Thing, ...]
    certainty: Certainty | None = None
    span: edtf.Span | None = None

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, one for each step."""
        return tuple(step.claim for step in self.steps)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence of all claims, in their order."""
        return tuple(each for claim in self.claims for each in claim.evidence)

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self.steps)

    def __str__(self) -> str:
        """The sentences, one a line."""
        return "\n".join(map(str, self.steps))

    def _repr_html_(self) -> str:
        """The path as notebooks show it: a picture, and the sentences with their sources."""
        return joined([element("p", element("b", _heading(self))), _drawn(self)])

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """The path as JSON has it."""
        names = ("notBefore", "notAfter")
        together = self.span and {
            name: day and edtf.iso(day) for name, day in zip(names, self.span, strict=True)
        }
        return {
            "length": len(self),
            "certainty": self.certainty,
            "together": together,
            "things": [prefixes.shorten(thing.iri) for thing in self.things],
            "claims": [step.as_dict(prefixes) for step in self.steps],
        }


@dataclass(frozen=True)
class Paths(Sequence[Path]):
    """The paths between two things, best first; or the `reasons` why there is none.

    `complete` is false when a limit cut the list, which `limits` then tells. `hubs` are the
    things that were not passed through for having more than `hub_limit` ties, with their ties.
    `asked` says how much an endpoint was asked for.
    """

    source: Thing
    target: Thing
    paths: tuple[Path, ...]
    prefixes: Prefixes = field(repr=False)
    limits: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    hubs: tuple[tuple[Thing, int], ...] = ()
    hub_limit: int = 0
    as_of: str = ""
    asked: str = ""

    @property
    def complete(self) -> bool:
        """Whether all paths that the rules allow are here."""
        return not self.limits

    def __len__(self) -> int:
        """How many paths there are."""
        return len(self.paths)

    def __iter__(self) -> Iterator[Path]:
        """The paths."""
        return iter(self.paths)

    def __getitem__(self, place: Any) -> Any:
        """A path by its place."""
        return self.paths[place]

    def as_dict(self) -> dict[str, Any]:
        """The paths as JSON has them."""
        shorten = self.prefixes.shorten
        return {
            "from": shorten(self.source.iri),
            "to": shorten(self.target.iri),
            "asOf": self.as_of or None,
            "asked": self.asked or None,
            "complete": self.complete,
            "limits": list(self.limits),
            "paths": [path.as_dict(self.prefixes) for path in self.paths],
            "reasons": [vars(reason) for reason in self.reasons],
            "hubLimit": self.hub_limit,
            "hubs": [
                {"thing": shorten(thing.iri), "name": thing.name, "ties": count}
                for thing, count in self.hubs
            ],
        }

    def _repr_html_(self) -> str:
        """The paths as notebooks show them."""
        parts = [element("p", element("b", _told(self)))]
        for number, path in enumerate(self.paths[:_SHOWN], 1):
            parts += [element("p", f"{number}. {_heading(path)}"), _drawn(path)]
        if len(self) > _SHOWN:
            parts.append(element("p", counted(len(self), "path", _SHOWN)))
        return joined([*parts, items(_notes(self))])

    def write(self, format: str = "text", *, width: int = 80) -> bytes:
        """The paths as ``text``, ``json`` or ``graphml``; else `UnknownFormat`."""
        if format not in _WRITERS:
            raise UnknownFormat(f"paths are written as {', '.join(_WRITERS)}, not “{format}”")
        return _WRITERS[format](self, width).encode()


def paths(
    graph: Graph,
    a: str | NamedNode,
    b: str | NamedNode,
    *,
    max_hops: int = 4,
    limit: int = 10,
    via: Iterable[str | NamedNode] | str = (),
    without: Iterable[str | NamedNode] | str = (),
    as_of: str | edtf.Day | None = None,
    together: bool = False,
    hub_limit: int | None = None,
) -> Paths:
    """How two things are connected, by at most `max_hops` claims each.

    The shortest paths come first; then those more certain; then those through things with
    fewer ties. No thing is met twice. Places, classes, sources and things with more than
    `hub_limit` ties (by default that of the manifest) are not passed through unless `via` names
    them. A path meets all of `via` and none of `without`: predicates that it uses, things that
    it passes through, or classes of these. With `as_of`, claims that were not so on that day
    are left out; with `together` all ties have to have held at a common time.

    Raises `UnknownName`, `DateError`, and `ParameterError` for numbers out of bounds.

    >>> from allgraph.graph import open_graph
    >>> found = paths(open_graph(), "Karen Elson", "RESPECT Program", limit=1)
    >>> len(found), found.complete
    (1, False)
    """
    if not 1 <= max_hops <= LONGEST:
        raise ParameterError(f"max_hops is a number of steps from 1 to {LONGEST}")
    if not 1 <= limit <= MOST:
        raise ParameterError(f"limit is a number of paths from 1 to {MOST}")
    if hub_limit is not None and hub_limit < 1:
        raise ParameterError("hub_limit is a number of ties, 1 or more")
    day = edtf.day(as_of) if isinstance(as_of, str) else as_of
    source, target = (graph.thing(_resolved(graph, end)) for end in (a, b))
    if source == target:
        raise ParameterError(f"a path joins two things, and this is one: {source.name}")
    hubs = graph.folder.hub_limit if hub_limit is None else hub_limit
    passed, avoided = ([_term(graph, name) for name in _several(n)] for n in (via, without))
    empty = Paths(source, target, (), graph.prefixes, hub_limit=hubs,
                  as_of=edtf.iso(day) if day else "")  # fmt: skip

    def search(columns: Columns, most: int) -> Search | None:
        with_marks, without_marks = (_marks(graph, columns, some) for some in (passed, avoided))
        ends = [columns.nodes.place(end.iri) for end in (source, target)]
        if ends[0] is None or ends[1] is None:
            return None
        return Search(
            columns, ends[0], ends[1], Rules(most, with_marks, without_marks, together, hubs)
        )

    def is_enough(columns: Columns, steps: int) -> bool:
        found = search(columns, steps)
        return found is not None and len(found.best(limit + 1)[0]) > limit

    part = scope.between(
        graph, source.iri, target.iri, max_hops, day=day, hub_limit=hubs,
        through=[each.value for each in passed], enough=is_enough,
    )  # fmt: skip
    empty = replace(empty, limits=part.limits, asked=part.asked)
    for thing in (source, target):
        is_claim = graph.run("is-claim", thing=NamedNode(thing.iri)).value
        if is_claim or part.columns.nodes.place(thing.iri) is None:
            return replace(empty, reasons=(alone(thing, bool(is_claim), graph.is_remote),))
    found = search(part.columns, max_hops)
    assert found is not None
    return _found(graph, empty, found, limit)


def _found(graph: Graph, empty: Paths, search: Search, limit: int) -> Paths:
    routes, is_sure = search.best(limit + 1)
    limits = [*empty.limits]
    if len(routes) > limit:
        limits.append(f"there are more paths than {limit}; ask for more with --limit")
    if not is_sure:
        limits.append(
            "the search was cut, since there are too many ways; others may be missing. Ask for "
            "fewer steps, or narrow it with --via and --without"
        )
    return replace(
        empty,
        paths=_written(graph, search, routes[:limit]),
        limits=tuple(limits),
        reasons=() if routes else tuple(reasons(search, graph)),
        hubs=_hubs(graph, search),
    )


def _hubs(graph: Graph, search: Search) -> tuple[tuple[Thing, int], ...]:
    """What has too many ties, with how many."""
    counts = {search.columns.nodes[hub]: count for hub, count in search.hubs()}
    things = graph.described(counts)
    return tuple((things[iri], count) for iri, count in counts.items())


def _written(graph: Graph, search: Search, routes: Sequence[NumberedPath]) -> tuple[Path, ...]:
    """Paths with their claims."""
    columns = search.columns
    rows = dict.fromkeys(row for route in routes for row in route.claims)
    told = named(graph, [NamedNode(columns.claims[row]) for row in rows])
    claims = {claim.iri: claim for claim in told}
    levels = columns.certainty
    numbers = {number for route in routes for number in route.things}
    iris = {number: columns.nodes[number] for number in numbers}
    things = graph.described(iris.values())
    found = []
    for route in routes:
        steps = tuple(
            Step(
                claims[columns.claims[tie >> 1]],
                not tie & 1,
                None if levels is None else _CERTAINTY[int(levels[tie >> 1])],
            )
            for tie in route.ties
        )
        least = CERTAIN if levels is None else int(levels[route.claims].min())
        span: edtf.Span | None = None
        if search.rules.together:
            level, span = together(columns, route.claims)
            least = min(least, level)
        is_asked = levels is not None or search.rules.together
        on_it = tuple(things[iris[number]] for number in route.things)
        found.append(Path(steps, on_it, _CERTAINTY[least] if is_asked else None, span))
    return tuple(found)


def _resolved(graph: Graph, name: str | NamedNode) -> NamedNode:
    return name if isinstance(name, NamedNode) else graph.resolve(name)


def _several(given: Iterable[str | NamedNode] | str) -> list[str | NamedNode]:
    names: list[str | NamedNode] = [given] if isinstance(given, (str, NamedNode)) else list(given)
    if len(names) > _MARKS:
        raise ParameterError(f"{len(names)} things are named to pass; {_MARKS} are the most")
    return names


def _term(graph: Graph, name: str | NamedNode) -> NamedNode:
    return name if isinstance(name, NamedNode) else graph.term(name)


def _marks(graph: Graph, columns: Columns, terms: Sequence[NamedNode]) -> tuple[PathFilter, ...]:
    """What predicates, things and classes stand for in the columns."""
    found = []
    for term in terms:
        members = {term.value, *_members(graph, columns, term)}
        places = (columns.nodes.place(each) for each in members)
        things = np.array(sorted(place for place in places if place is not None), np.int32)
        is_used = term.value in columns.predicates
        predicate = columns.predicates.index(term.value) if is_used else -1
        found.append(PathFilter(graph.prefixes.shorten(term.value), things, predicate))
    return tuple(found)


def _members(graph: Graph, columns: Columns, term: NamedNode) -> Iterator[str]:
    """The members of a class; of those at an endpoint, only the ones that are in the columns."""
    if not graph.is_remote:
        yield from (text(row["thing"]) for row in graph.run("members", kind=term).rows)
        return
    for start in range(0, len(columns.nodes), _BATCH):
        some: list[Term] = [NamedNode(each) for each in columns.nodes[start : start + _BATCH]]
        rows = graph.run("members-among", kind=term, things=some).rows
        yield from (text(row["thing"]) for row in rows)


def _text(found: Paths, width: int) -> str:
    """The paths for people."""
    blocks = [fill(_told(found), width=width)]
    for number, path in enumerate(found, 1):
        lines = [prose.hanging(f"{number}. {_heading(path)}", width, "")]
        lines += [
            prose.claim(step.claim, width=width, indent="   ", inverse=not step.forward)
            for step in path.steps
        ]
        blocks.append("\n".join(lines))
    blocks.append("\n".join(prose.item(note, width=width) for note in _notes(found)))
    return "\n\n".join(filter(None, blocks)) + "\n"


def _told(found: Paths) -> str:
    """What was asked, and how many paths there are."""
    between = f"{found.source.name} to {found.target.name}"
    day = f" as of {found.as_of}" if found.as_of else ""
    count = f"{len(found)} path{'s' if len(found) != 1 else ''}"
    return f"{between}{day}: {count if len(found) else 'not connected'}"


def _notes(found: Paths) -> list[str]:
    """What a reader must know of the paths: why there are none, or not all."""
    told = [f"{reason}." for reason in found.reasons]
    if found.hubs:
        names = ", ".join(f"{hub.name} ({count} ties)" for hub, count in found.hubs[:3])
        more = f" and {len(found.hubs) - 3} more" if len(found.hubs) > 3 else ""
        told.append(
            f"Not passed through, for having more than {found.hub_limit} ties: {names}{more}; "
            "say --via to pass through one."
        )
    return prose.remarks(told, found.limits, found.asked)


def _drawn(path: Path) -> Fragment:
    """A path as HTML."""
    dots = [Dot(thing.name, thing.iri, thing.kind) for thing in path.things]
    steps = (step.claim.fragment(inverse=not step.forward) for step in path.steps)
    arrows = map(arrow, path.steps, pairwise(path.things))
    svg = chain(dots, [*arrows])
    return joined([picture(svg), items([*steps], "ol")])


def arrow(step: Step, things: tuple[Thing, Thing]) -> Arrow:
    """A step as a picture has it: what its claim says between two names.

    A claim about a claim says more than that of what the other is about, hence the dots.
    """
    words, is_forward = verb(step.claim.template)
    roles = f" as {' and '.join(step.claim.roles)}" if step.claim.roles else ""
    is_whole = {text(step.claim.object), step.claim.subject.value} == {t.iri for t in things}
    return Arrow(words + roles + " …" * (not is_whole), step.forward == is_forward, str(step))


def _heading(path: Path) -> str:
    steps = f"{len(path)} step{'s' if len(path) > 1 else ''}"
    if path.span is None:
        return f"{steps}, {path.certainty}" if path.certainty else steps
    adverb = "certainly" if path.certainty == "certain" else "possibly"
    return f"{steps}, {adverb} at a common time{prose.within(path.span)}"


def _json(found: Paths, width: int) -> str:
    import json

    return json.dumps(found.as_dict(), ensure_ascii=False, indent=2) + "\n"


def _graphml(found: Paths, width: int) -> str:
    """The paths as a network: the things on them, and an edge for each claim."""
    edges: dict[tuple[str, str, str], ties.Tie] = {}
    for path in found:
        for step, (here, there) in zip(path.steps, pairwise(path.things), strict=True):
            ends = (here.iri, there.iri) if step.forward else (there.iri, here.iri)
            said = ties.said_of(step.claim, step.certainty)
            edges[step.claim.iri, *ends] = ties.Tie(*ends, said)
    things = {thing.iri: thing for path in found for thing in path.things}
    network = ties.Ties(things, [edges[key] for key in sorted(edges)], {})
    return ties.graphml(network, found.prefixes).decode()


_WRITERS = {"text": _text, "json": _json, "graphml": _graphml}
