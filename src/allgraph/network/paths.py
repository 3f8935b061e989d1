"""Paths of claims that connect two things, each step a sentence with its sources.

>>> from allgraph.graph import open_graph
>>> for path in paths(open_graph(), "Sara Ziff", "id:model-alliance-study", limit=1):
...     print(path)
Sara Ziff is an author of the study of extreme thinness standards in the fashion industry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import ParameterError
from allgraph.graph import Graph, Thing
from allgraph.graph.claims import Claim
from allgraph.model import edtf
from allgraph.model.adjacency import NumberedPath, is_forward, row_of
from allgraph.model.columns import CERTAIN, POSSIBLE, Columns
from allgraph.network import scope
from allgraph.network.common_time import together
from allgraph.network.lookup import (
    claims_of,
    day_of,
    hubs_of,
    members_of,
    terms_of,
    things_of,
    two_things,
)
from allgraph.network.passing import Passing
from allgraph.network.path_results import Certainty, Path, Paths, Step
from allgraph.network.reasons import Reason, alone, reasons
from allgraph.network.search import LONGEST, PathFilter, Rules, Search

MOST = 1000
"""The most paths that can be asked for."""
_MOST_FILTERS = 6
_CERTAINTY: dict[int, Certainty] = {CERTAIN: "certain", POSSIBLE: "possible"}


def paths(
    graph: Graph,
    a: str | NamedNode,
    b: str | NamedNode,
    *,
    max_hops: int = 4,
    limit: int = 5,
    via: Iterable[str | NamedNode] | str = (),
    without: Iterable[str | NamedNode] | str = (),
    as_of: str | edtf.Day | None = None,
    together: bool = False,
    hub_limit: int | None = None,
) -> Paths:
    """Return the paths of at most `max_hops` claims that connect two things.

    The shortest paths come first; then those more certain; then those through things with
    fewer ties. No thing is met twice. Not passed through, unless `via` names them, are places,
    classes, sources, hubs (members of the classes in ``hubs`` of the manifest, whatever their ties)
    and things with more than `hub_limit` ties (by default that of the manifest). A path meets all
    of `via` and none of `without`: predicates that it uses, things that it passes through, or
    classes of these. With `as_of`, claims that were not so on that day
    are left out. With `together` all ties have to have held at a common time; of paths equally
    short and certain, those come first whose ties held together on the most days for certain.

    Runs queries on the graph. Raises `UnknownName`, `DateError`, and `ParameterError` for numbers
    out of bounds, for two names of one thing, and for more than six names in `via` or `without`;
    `InputError` for a view of what an endpoint holds, with a second day or without what is only
    possible.

    >>> import allgraph
    >>> best = allgraph.paths(allgraph.open(), "Karen Elson", "RESPECT Program", limit=1)
    >>> len(best), best.complete
    (1, False)
    """
    _check_bounds(max_hops, limit, hub_limit)
    day = day_of(as_of)
    source, target = two_things(graph, a, b)
    return PathQuery(
        graph,
        source,
        target,
        max_hops,
        limit,
        via=terms_of(graph, via, _MOST_FILTERS),
        without=terms_of(graph, without, _MOST_FILTERS),
        day=day,
        together=together,
        hub_limit=graph.folder.hub_limit if hub_limit is None else hub_limit,
    ).answer()


@dataclass(frozen=True)
class PathQuery:
    """The parameters of `paths`, looked up and checked, and the search that answers them."""

    graph: Graph
    source: Thing
    target: Thing
    max_hops: int
    limit: int
    via: Sequence[NamedNode]
    without: Sequence[NamedNode]
    day: edtf.Day | None
    together: bool
    hub_limit: int

    def answer(self) -> Paths:
        """Return the paths, or the reasons why there is none.

        Runs queries on the graph, for claims at an endpoint, and for names and evidence.
        """
        part = self._part()
        without_paths = Paths(
            self.source,
            self.target,
            (),
            hub_limit=self.hub_limit,
            as_of=edtf.iso(self.day) if self.day else "",
            prefixes=self.graph.prefixes,
            limits=part.limits,
            asked=part.asked,
        )
        isolation = self._isolation(part.columns)
        if isolation is not None:
            return replace(without_paths, reasons=(isolation,))
        search = self._search(part.columns, self.max_hops)
        assert search is not None
        numbered, is_sure = search.best(self.limit + 1)
        return replace(
            without_paths,
            paths=_paths(self.graph, search, numbered[: self.limit]),
            limits=(*part.limits, *self._limits(len(numbered), is_sure)),
            reasons=() if numbered else tuple(reasons(search, self.graph)),
            hubs=_hubs(self.graph, search),
        )

    def _part(self) -> scope.Part:
        """Return the columns to search: those of the graph, or a part of what an endpoint has.

        With them come texts that say what was cut, and how much was asked. An endpoint is asked
        step by step, until all paths or more than `limit` are there. Raises `InputError` for a view
        of what an endpoint holds, with a second day or without what is only possible.
        """
        through = [term.value for term in self.via]
        passing = Passing(self.hub_limit, through, day=self.day, hubs=self.graph.folder.hubs)
        ends = self.source.iri, self.target.iri
        return scope.between(self.graph, *ends, self.max_hops, passing, self._has_enough)

    def _has_enough(self, columns: Columns, max_hops: int) -> bool:
        """Return True if the columns have more than `limit` paths of at most `max_hops` steps.

        Runs queries for the members of classes in `via` and `without`.
        """
        search = self._search(columns, max_hops)
        return search is not None and len(search.best(self.limit + 1)[0]) > self.limit

    def _search(self, columns: Columns, max_hops: int) -> Search | None:
        """Return a search of columns with the rules of this query; nothing is searched yet.

        ``None`` when an end is in no claim of the columns. Runs queries for the members of `via`
        and `without`.
        """
        a, b = (columns.nodes.place(end.iri) for end in (self.source, self.target))
        if a is None or b is None:
            return None
        via, without = (
            tuple(_filter(self.graph, columns, term) for term in terms)
            for terms in (self.via, self.without)
        )
        hubs = hubs_of(self.graph, columns)
        rules = Rules(max_hops, via, without, self.together, self.hub_limit, hubs)
        return Search(columns, a, b, rules)

    def _isolation(self, columns: Columns) -> Reason | None:
        """Return why one of the ends can have no path at all; ``None`` if both can have some.

        Either the end is a claim itself, for which the query ``is-claim`` is run, or it is neither
        subject nor object of any claim in `columns`.
        """
        for end in (self.source, self.target):
            is_claim = bool(self.graph.run("is-claim", thing=NamedNode(end.iri)).value)
            if is_claim or columns.nodes.place(end.iri) is None:
                return alone(end, is_claim, self.graph.is_remote)
        return None

    def _limits(self, count: int, is_sure: bool) -> Iterator[str]:
        """Yield a message for each limit that cut the search.

        `count` is the number of paths found, of at most one more than the limit; `is_sure` says
        whether these are the best for certain.
        """
        if count > self.limit:
            yield f"there are more paths than {self.limit}; ask for more with `limit`"
        if not is_sure:
            yield (
                "the search was cut, since there are too many paths; some may be missing. Ask for "
                "fewer steps, or narrow it with `via` and `without`"
            )


def _check_bounds(max_hops: int, limit: int, hub_limit: int | None) -> None:
    """Raise `ParameterError` for a number below 1, or above `LONGEST` steps or `MOST` paths.

    These are 16 and 1000. A `hub_limit` has no upper bound, and may be ``None``.
    """
    if not 1 <= max_hops <= LONGEST:
        raise ParameterError(f"`max_hops` must be from 1 to {LONGEST} steps")
    if not 1 <= limit <= MOST:
        raise ParameterError(f"`limit` must be from 1 to {MOST} paths")
    if hub_limit is not None and hub_limit < 1:
        raise ParameterError("`hub_limit` must be 1 or more ties")


def _filter(graph: Graph, columns: Columns, term: NamedNode) -> PathFilter:
    """Return a predicate, a thing or a class as a filter with its numbers in columns.

    The filter matches the term and, of a class, its members, for which a query is run. What the
    columns do not have is left out; the number of a predicate that no claim has is -1.
    """
    nodes = map(columns.nodes.place, {term.value, *members_of(graph, columns, term)})
    things = np.array(sorted(node for node in nodes if node is not None), np.int32)
    is_used = term.value in columns.predicates
    predicate = columns.predicates.index(term.value) if is_used else -1
    return PathFilter(graph.prefixes.shorten(term.value), things, predicate)


def _hubs(graph: Graph, search: Search) -> tuple[tuple[Thing, int], ...]:
    """Return the things that paths do not pass through as hubs, with the number of their ties.

    Only those that are fewer steps than a path may have from the one end and from the other; those
    with most ties first. Runs the query ``described`` for their names.
    """
    counts = dict(search.hubs())
    things = things_of(graph, search.columns, counts)
    return tuple((things[node], count) for node, count in counts.items())


def _paths(graph: Graph, search: Search, numbered: Sequence[NumberedPath]) -> tuple[Path, ...]:
    """Return paths of numbers as paths of claims and things, for which queries are run."""
    rows = dict.fromkeys(row for path in numbered for row in path.claims)
    claims = claims_of(graph, search.columns, rows)
    nodes = {node for path in numbered for node in path.things}
    things = things_of(graph, search.columns, nodes)
    return tuple(_path(search, path, claims, things) for path in numbered)


def _path(
    search: Search, path: NumberedPath, claims: Mapping[int, Claim], things: Mapping[int, Thing]
) -> Path:
    """Return one path of numbers as a `Path`; `claims` are by row and `things` by number.

    Steps have a certainty if the columns of the search are those of a day, the path if they are or
    a common time was asked for; else it is ``None``.
    """
    levels = search.columns.certainty
    words = [None if levels is None else _CERTAINTY[int(levels[row])] for row in path.claims]
    steps = tuple(
        Step(claims[row_of(tie)], is_forward(tie), word)
        for tie, word in zip(path.ties, words, strict=True)
    )
    least = CERTAIN if levels is None else int(levels[path.claims].min())
    span: edtf.Span | None = None
    if search.rules.together:
        level, span = together(search.columns.bounds, path.claims)
        least = min(least, level)
    is_asked = levels is not None or search.rules.together
    on_path = tuple(things[node] for node in path.things)
    return Path(steps, on_path, _CERTAINTY[least] if is_asked else None, span)
