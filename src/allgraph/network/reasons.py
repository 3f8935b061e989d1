"""Why a search for paths found nothing, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from allgraph.graph import Graph, Thing
from allgraph.graph.claims import named
from allgraph.model.adjacency import NumberedPath
from allgraph.network.search import LONGEST, BrokenRule, Search


@dataclass(frozen=True)
class Reason:
    """Why there is no path: the `rule` that stands in the way, how, and how to `relax` it."""

    rule: str
    detail: str
    relax: str

    def __str__(self) -> str:
        """The detail, and what to do."""
        return f"{self.detail}; {self.relax}"


_FARTHER = Reason(
    "max-hops", "the endpoint has no path of so few steps", "ask for more with --max-hops"
)


def alone(thing: Thing, is_claim: bool, is_remote: bool) -> Reason:
    """Why a thing can have no path at all: it has no claims, or is one itself."""
    if is_claim:
        detail = f"“{thing.name}” is a claim, which joins things and is none"
        return Reason("claim", detail, "ask about its subject or object")
    if is_remote:
        return _FARTHER
    detail = f"no claim joins {thing.name} to anything"
    return Reason("nothing", detail, "look at what is claimed with `allgraph show`")


def reasons(search: Search, graph: Graph) -> Iterator[Reason]:
    """Why a search found nothing: the rules in the way, and how to relax them."""
    found = search.obstacles()
    if not found and graph.is_remote:
        yield _FARTHER
    elif not found:
        yield Reason("nothing", "nothing joins them, by any rule and in any number of steps",
                     "there may be no source here that does")  # fmt: skip
    for route, obstacles in found:
        told = list(dict.fromkeys(_reason(graph, search, route, each) for each in obstacles))
        if len({each.rule for each in told}) > 1:
            detail = "the nearest path breaks several rules, and each of them has to go"
            yield Reason("several", detail, "see the others")
        yield from told


def _reason(graph: Graph, search: Search, route: NumberedPath, obstacle: BrokenRule) -> Reason:
    columns, rules, number = search.columns, search.rules, obstacle.number
    length = len(route.ties)
    steps = f"a path of {length} step{'s' if length > 1 else ''}"

    def thing() -> tuple[str, str]:
        return columns.name(number), f"say --via {graph.prefixes.shorten(columns.nodes[number])}"

    def claim() -> str:
        when = named(graph.root, [NamedNode(columns.claims[number])])[0]
        return f"“{when}”"

    if obstacle.rule == "max-hops":
        detail = f"the nearest path has {length} steps, more than {rules.most}"
        most = f"say --max-hops {length}" if length <= LONGEST else f"{LONGEST} is the most here"
        return Reason("max-hops", detail, most)
    if obstacle.rule == "hub":
        name, relax = thing()
        ties = f"which has {columns.degrees[number]} ties, more than {rules.hub_limit}"
        return Reason("hub", f"{steps} goes through {name}, {ties}", relax)
    if obstacle.rule == "kind":
        name, relax = thing()
        detail = f"{steps} goes through {name}, and places, classes and sources join nothing"
        return Reason("kind", detail, relax)
    if obstacle.rule == "deprecated":
        detail = f"{steps} rests on a claim known to be wrong: {claim()}"
        return Reason("deprecated", detail, "such claims are not used")
    if obstacle.rule == "as-of":
        return Reason("as-of", f"{steps} has what was not so on that day: {claim()}",
                      "leave out --as-of, or give another day")  # fmt: skip
    if obstacle.rule == "together":
        detail = f"{steps} has ties that cannot have held on a common day"
        return Reason("together", detail, "leave out --together")
    mark = (rules.via if obstacle.rule == "via" else rules.without)[number]
    how = "does not pass" if obstacle.rule == "via" else "passes"
    return Reason(obstacle.rule, f"{steps} {how} {mark.name}",
                  f"leave out --{obstacle.rule} {mark.name}")  # fmt: skip
