"""Sentences that say why a search for paths found none, and which rule to relax."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from allgraph.graph import Graph, Thing
from allgraph.graph.prose import counted
from allgraph.model.adjacency import NumberedPath
from allgraph.network.lookup import claims_of
from allgraph.network.search import LONGEST, BrokenRule, Search
from allgraph.render.brief import Brief, quoted


@dataclass(frozen=True, repr=False)
class Reason(Brief):
    """Why there is no path: the name of a `rule`, how it stands in the way, how to `relax` it.

    >>> import allgraph
    >>> paths = allgraph.paths(allgraph.open(), "Coco Rocha", "Andrew Cuomo", max_hops=1)
    >>> [reason.rule for reason in paths.reasons]
    ['max-hops']
    """

    rule: str
    detail: str
    relax: str

    def as_dict(self) -> dict[str, str]:
        """Return the reason as JSON has it."""
        return {"rule": self.rule, "detail": self.detail, "relax": self.relax}

    def _facts(self) -> Iterator[str]:
        yield quoted(self.rule)
        yield quoted(self.detail)

    def __str__(self) -> str:
        """The detail and how to relax the rule, without a full stop."""
        return f"{self.detail}; {self.relax}"


_WORDS: Mapping[str, tuple[str, str]] = {
    "max-hops": ("the nearest path has {length} steps, more than {most}", "{more_hops}"),
    "hub": ("{path} goes through {thing}, which has {ties} ties, more than {hub_limit}", "{via}"),
    "hub-class": ("{path} goes through {thing}, a hub by its class", "{via}"),
    "kind": ("{path} goes through {thing}, and places, classes and sources join nothing", "{via}"),
    "deprecated": ("{path} rests on a claim known to be wrong: “{claim}”",
                   "such claims are not used"),
    "as-of": ("{path} has what was not so on that day: “{claim}”",
              "leave out `as_of`, or give another day"),
    "together": ("{path} has ties that cannot have held on a common day", "leave out `together`"),
    "via": ("{path} does not pass {name}", "leave out `via` {name}"),
    "without": ("{path} passes {name}", "leave out `without` {name}"),
}  # fmt: skip
"""For each rule of `BrokenRule`: templates of `Reason.detail` and of `Reason.relax`."""
_FARTHER = Reason(
    "max-hops", "the endpoint has no path of so few steps", "ask for more with `max_hops`"
)
_NOTHING = Reason(
    "nothing",
    "nothing joins them, by any rule and in any number of steps",
    "the graph may lack a source that joins them",
)
_SEVERAL = Reason(
    "several",
    "the nearest path breaks several rules, and each of them has to go",
    "see the others",
)


def alone(thing: Thing, is_claim: bool, is_remote: bool) -> Reason:
    """Return why no path leads from a thing: it is a claim, or no claim joins it to anything.

    From an endpoint (`is_remote`) not all claims were asked for, so the second reason becomes
    `_FARTHER`, which says that no path is so short.
    """
    if is_claim:
        detail = f"“{thing.name}” is a claim, not a thing; a claim joins things"
        return Reason("claim", detail, "ask about its subject or object")
    if is_remote:
        return _FARTHER
    detail = f"no claim joins {thing.name} to anything"
    return Reason("nothing", detail, "look at what is claimed about each of them")


def reasons(search: Search, graph: Graph) -> Iterator[Reason]:
    """Yield reasons for a search that found no path: the rules in the way, and how to relax them.

    Searches again with each rule set aside (`Search.obstacles`); runs queries for what the claims
    in the way say. Before the reasons of a path that breaks several rules comes `_SEVERAL`, which
    says so. When no rule is in the way, `_NOTHING` says that nothing joins the two; at an endpoint,
    `_FARTHER` that no path is so short.
    """
    obstacles = search.obstacles()
    if not obstacles:
        yield _FARTHER if graph.is_remote else _NOTHING
    for path, broken in obstacles:
        of_path = list(dict.fromkeys(_reason(graph, search, path, rule) for rule in broken))
        if len({reason.rule for reason in of_path}) > 1:
            yield _SEVERAL
        yield from of_path


def _reason(graph: Graph, search: Search, path: NumberedPath, broken: BrokenRule) -> Reason:
    """Return the reason for a rule that a path breaks: its templates in `_WORDS`, filled in.

    There are two: of how the rule stands in the way, and of how to relax it. Runs queries for a
    claim by which it is broken.
    """
    length = len(path.ties)
    facts: dict[str, object] = {
        "path": f"a path of {counted(length, 'step')}",
        "length": length,
        "most": search.rules.most,
        "hub_limit": search.rules.hub_limit,
        "more_hops": f"allow more with `max_hops` {length}"
        if length <= LONGEST
        else f"{LONGEST} is the most here",
        **_template_words(graph, search, broken),
    }
    detail, relax = (words.format_map(facts) for words in _WORDS[broken.rule])
    return Reason(broken.rule, detail, relax)


def _template_words(graph: Graph, search: Search, broken: BrokenRule) -> dict[str, object]:
    """Return the words for templates about the thing, claim or filter by which a rule is broken.

    They are by the names that the templates in `_WORDS` use; a claim becomes a sentence there.
    ``{}`` for rules whose templates have no such words. Runs queries for a claim.
    """
    # the number of a thing, the row of a claim, or the place of a filter in its rule
    columns, number = search.columns, broken.number
    if broken.rule in ("hub", "hub-class", "kind"):
        curie = graph.prefixes.shorten(columns.nodes[number])
        name = columns.names[number] or columns.nodes[number]
        return {
            "thing": name,
            "ties": columns.degrees[number],
            "via": f"pass it with `via` {curie}",
        }
    if broken.rule in ("deprecated", "as-of"):
        return {"claim": claims_of(graph.root, columns, [number])[number]}  # a view may lack it
    if broken.rule in ("via", "without"):
        filters = search.rules.via if broken.rule == "via" else search.rules.without
        return {"name": filters[number].name}
    return {}
