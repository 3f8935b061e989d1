"""How certain some claims of a graph are on days, without all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pyoxigraph import NamedNode

from allgraph.graph.graph import Graph
from allgraph.model import columns, edtf, vocabulary
from allgraph.model.columns import NO, ClaimFacts, Columns
from allgraph.rdf.terms import Term, ag, local_name, text

MANY = 500
"""How many claims are asked for in one query."""

Facts = Mapping[NamedNode, set[Term]]
View = Callable[[Columns], Columns]


def levels(graph: Graph, claims: Iterable[str], views: Iterable[View]) -> dict[str, int]:
    """The levels of some claims in a graph seen through views, each on the one before.

    A claim that is not whole is `columns.NO`; what is no claim has none. Asked for are the claims,
    those that they are about, and rivals of all these; for each further view what the verdicts on
    those rest on too.
    """
    asked, views = list(dict.fromkeys(claims)), list(views)
    facts: dict[str, Facts] = {}
    if not asked:
        return {}
    wanted = set(asked)
    for _ in views:
        wanted = _with_rivals(_with_claims_below(wanted, facts, graph), facts)
        _fetch(wanted, facts, graph)
    found = Columns.of(_said(facts, _aspects(graph)))
    for view in views:
        found = view(found)
    assert found.certainty is not None
    places = {claim: found.claims.place(claim) for claim in asked}
    return {
        claim: NO if row is None else int(found.certainty[row])
        for claim, row in places.items()
        if row is not None or vocabulary.CLAIM in facts[claim].get(vocabulary.TYPE, ())
    }


def batches(iris: Iterable[str]) -> Iterator[list[Term]]:
    """The IRIs that can be asked about, so many at a time."""
    some: list[Term] = [NamedNode(iri) for iri in iris]
    for start in range(0, len(some), MANY):
        yield some[start : start + MANY]


def _with_claims_below(wanted: set[str], facts: dict[str, Facts], graph: Graph) -> set[str]:
    """Some claims, and those that they are about, at any depth."""
    found, fresh = set(wanted), wanted
    while fresh:
        _fetch(fresh, facts, graph)
        fresh = _named(t for c in fresh for t in facts[c].get(vocabulary.CLAIM, ())) - found
        found |= fresh
    return found


def _with_rivals(claims: set[str], facts: dict[str, Facts]) -> set[str]:
    return claims | _named(t for c in claims for t in facts[c].get(vocabulary.CONFLICTS, ()))


def _named(some: Iterable[Term]) -> set[str]:
    return {term.value for term in some if isinstance(term, NamedNode)}


def _fetch(claims: Iterable[str], facts: dict[str, Facts], graph: Graph) -> None:
    """Take note of what the graph says of claims that are not known yet."""
    for some in batches(sorted(set(claims) - facts.keys())):
        found: dict[str, dict[NamedNode, set[Term]]] = {text(claim): {} for claim in some}
        for row in graph.run("facts", claims=some).rows:
            what, value = row["what"], row["value"]
            assert isinstance(what, NamedNode)
            assert value is not None
            found[text(row["claim"])].setdefault(what, set()).add(value)
        facts.update(found)


def _said(facts: Mapping[str, Facts], aspects: Mapping[str, edtf.Aspect]) -> ClaimFacts:
    subject, predicate, obj = (
        {claim: value for claim, said in facts.items() if (value := _only(said, part)) is not None}
        for part in (vocabulary.SUBJECT, vocabulary.PREDICATE, vocabulary.OBJECT)
    )
    return ClaimFacts(
        subject={c: s.value for c, s in subject.items() if isinstance(s, NamedNode)},
        predicate={c: p.value for c, p in predicate.items() if isinstance(p, NamedNode)},
        object={c: o.value if isinstance(o, NamedNode) else None for c, o in obj.items()},
        days=[dict(_days(facts, bound)) for bound in vocabulary.BOUNDS],
        aspects=aspects,
        deprecated=_ranked(facts, vocabulary.DEPRECATED),
        preferred=_ranked(facts, ag("Preferred")),
        rivals={
            (claim, text(rival))
            for claim, said in facts.items()
            for rival in said.get(vocabulary.CONFLICTS, ())
        },
    )


def _only(said: Facts, part: NamedNode) -> Term | None:
    values = said.get(part, set())
    return next(iter(values)) if len(values) == 1 else None


def _days(facts: Mapping[str, Facts], bound: NamedNode) -> Iterator[tuple[str, int]]:
    for claim, said in facts.items():
        for each in said.get(bound, ()):
            day = columns.read_day(text(each))
            if day is not None:
                yield claim, day


def _ranked(facts: Mapping[str, Facts], rank: NamedNode) -> set[str]:
    return {claim for claim, said in facts.items() if rank in said.get(vocabulary.RANK, ())}


def _aspects(graph: Graph) -> dict[str, edtf.Aspect]:
    said: dict[str, set[str]] = {}
    for row in graph.run("aspects").rows:
        said.setdefault(text(row["predicate"]), set()).add(local_name(text(row["aspect"])))
    return {p: "Event" if "Event" in some else "State" for p, some in said.items()
            if some & {"Event", "State"}}  # fmt: skip
