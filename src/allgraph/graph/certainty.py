"""How certain some claims of a graph are on days, without all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pyoxigraph import NamedNode

from allgraph.graph.facts import Facts, claim_facts, iris_of
from allgraph.graph.graph import Graph
from allgraph.model import edtf, vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.rdf.terms import Term, local_name, text

View = Callable[[Columns], Columns]
"""A function that returns a copy of columns with the certainty of claims on a day; see
`Columns.view`."""


def levels(graph: Graph, claims: Iterable[str], views: Iterable[View]) -> dict[str, int]:
    """Return how certain claims are, by IRI, in a graph seen through one view after another.

    A view, of which at least one is needed, is a function that returns a copy of columns with the
    certainty of claims on its day (`Columns.view`). A level is 0 (`columns.NO`), 1
    (``POSSIBLE``) or 2 (``CERTAIN``); a claim that lacks its subject, predicate or object has 0; an
    IRI that is no claim is not in the result. Only some claims are queried: those given, the claims
    that are their subjects or objects, and the rivals of all these; for each further view again the
    subjects, objects and rivals that are claims.
    """
    asked, views = list(dict.fromkeys(claims)), list(views)
    if not asked:
        return {}
    facts: dict[str, Facts] = {}
    needed = set(asked)
    for _ in views:
        needed = _with_claims_below(needed, facts, graph)
        needed |= _linked(needed, vocabulary.CONFLICTS, facts)
        _fetch(needed, facts, graph)
    columns = Columns.of(claim_facts(facts, _aspects(graph)))
    for view in views:
        columns = view(columns)
    assert columns.certainty is not None
    rows = {claim: columns.claims.place(claim) for claim in asked}
    return {
        claim: NO if row is None else int(columns.certainty[row])
        for claim, row in rows.items()
        if row is not None or vocabulary.CLAIM in facts[claim].get(vocabulary.TYPE.value, ())
    }


def _with_claims_below(claims: set[str], facts: dict[str, Facts], graph: Graph) -> set[str]:
    """Return claims, the claims that are their subjects or objects, and so on at any depth.

    Queries the facts of all these, objects by the IRI of their predicate, and adds them to `facts`
    by claim.
    """
    below, fresh = set(claims), claims
    while fresh:
        _fetch(fresh, facts, graph)
        # The facts of a claim have its subject and object as values of ``ag:Claim``, if claims:
        fresh = _linked(fresh, vocabulary.CLAIM, facts) - below
        below |= fresh
    return below


def _linked(claims: set[str], link: NamedNode, facts: Mapping[str, Facts]) -> set[str]:
    """Return the IRIs that some claims have as objects of the predicate `link`.

    `facts` has for each of the claims its objects by the IRI of their predicate.
    """
    return {iri for claim in claims for iri in iris_of(facts[claim], link)}


def _fetch(claims: Iterable[str], facts: dict[str, Facts], graph: Graph) -> None:
    """Query the facts of those claims that are not in `facts` yet, and add them to it.

    The facts of a claim are sets of objects by the IRI of their predicate; there may be none. The
    subject and object, if they are claims, are also there as objects of ``ag:Claim``, and claims
    that name this one as their rival as objects of ``ag:conflictsWith``.
    """
    fresh: dict[str, dict[str, set[Term]]] = {
        claim: {} for claim in sorted(set(claims) - facts.keys())
    }
    for row in graph.run_for("facts", "claims", fresh):
        assert row["value"] is not None
        fresh[text(row["claim"])].setdefault(text(row["what"]), set()).add(row["value"])
    facts.update(fresh)


def _aspects(graph: Graph) -> dict[str, edtf.Aspect]:
    """Query the aspects that the graph states, and return them by the IRI of the predicate.

    An aspect is “Event”, “State” or “Timeless”; a predicate that is not there is timeless.
    """
    names: dict[str, set[str]] = {}
    for row in graph.run("aspects").rows:
        names.setdefault(text(row["predicate"]), set()).add(local_name(text(row["aspect"])))
    return {predicate: edtf.aspect_of(aspects) for predicate, aspects in names.items()}
