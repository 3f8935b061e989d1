"""How certain some claims of a graph are on a day, without all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from allgraph.graph.graph import Graph
from allgraph.model import vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.facts import Facts
from allgraph.model.table_builder import columns_of


def levels(
    graph: Graph, claims: Iterable[str], on_day: Callable[[Columns], Columns]
) -> dict[str, int]:
    """Return how certain claims of a graph are, by IRI; it is queried about these alone.

    `on_day` returns a copy of columns with the certainty of claims on a day (`View.on_day`).
    A level is 0 (`columns.NO`), 1 (``POSSIBLE``) or 2 (``CERTAIN``); a claim that lacks its
    subject, predicate or object has 0; an IRI that is no claim is not in the result.
    """
    wanted = list(dict.fromkeys(claims))
    if not wanted:
        return {}
    facts = _facts_of(graph, wanted)
    known = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
    of_known = dict.fromkeys((claim for claim in wanted if f"<{claim}>" in known), NO)
    return of_known | on_day(columns_of(facts)).levels(wanted)


def _facts_of(graph: Graph, claims: Iterable[str]) -> Facts:
    """Query the facts that the certainty of claims depends on, and return them.

    They are the facts of the claims, of the claims that are their subjects or objects, and of the
    rivals of all these, at any depth, and the aspects of their predicates.
    """
    facts, asked, fresh = Facts(), set[str](), {*claims}
    while fresh:
        rows = graph.run_for("facts", "claims", sorted(fresh))
        facts.add(f"{row['subject']} {row['predicate']} {row['object']} ." for row in rows)
        asked |= fresh
        known = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
        ends = facts.linked(fresh, vocabulary.SUBJECT, vocabulary.OBJECT)
        rivals = facts.linked(fresh, vocabulary.CONFLICTS)
        fresh = rivals.union(end for end in ends if f"<{end}>" in known) - asked
    return facts
