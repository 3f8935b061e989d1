"""The ties between things, and their numbers, that a graph was asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np
from pyoxigraph import Literal, NamedNode

from allgraph.model import edtf, vocabulary
from allgraph.model.adjacency import row_of
from allgraph.model.columns import Columns, Flags
from allgraph.network.asked_claims import OF_TEXTS, AskedClaims
from allgraph.network.requests import BATCH, Requests, Spent
from allgraph.rdf.terms import XSD, text
from allgraph.sparql.answer import Row

CLAIMS = 200_000
"""How many claims are asked for at most."""
_TIES = 20_000  # ties asked for in one request, unless one thing alone has more


class AskedTies:
    """The ties of things, by IRIs. Methods named ask… send requests, and may raise `Spent`.

    - `pairs`: the pairs of things that each claim joins; `deprecated`: the deprecated claims;
    - `plain`: how many claims join each thing to others that are no claims, on any day;
    - `counts`: how many claims join each thing to others, on the day if there is one.
    """

    def __init__(self, requests: Requests, known: AskedClaims, day: edtf.Day | None) -> None:
        """Know nothing yet, and send no request; facts of claims will be added to `known`."""
        self._requests, self._known, self._day = requests, known, day
        self._about_claims: set[str] = set()  # claims about claims
        self._asked: set[str] = set()  # things whose ties were asked for
        self.pairs: dict[str, set[tuple[str, str]]] = {}
        self.deprecated: set[str] = set()
        self.plain: dict[str, int] = {}
        self.counts: dict[str, int] = {}

    def directed(self, with_deprecated: bool = False) -> Iterator[tuple[str, str, str]]:
        """Yield each claim with the things that it joins, in both directions."""
        for claim, pairs in self.pairs.items():
            if with_deprecated or claim not in self.deprecated:
                for one, other in pairs:
                    yield claim, one, other
                    yield claim, other, one

    def count_plain(self, things: Iterable[str]) -> int:
        """Return how many claims there are, in sum, in `plain` for things."""
        return sum(self.plain[thing] for thing in things)

    def ask(self, front: set[str]) -> set[str]:
        """Ask for the ties of the things in `front`; return the things that they are tied to.

        Those tied by deprecated claims alone are not returned. The things have to be in `plain`.
        Claims about claims are left out, since `ask_counts` adds these. Raises `Spent` also before
        more than `CLAIMS` claims are asked for.
        """
        if len(self.pairs) + self.count_plain(front) > CLAIMS:
            raise Spent(
                f"the search was cut, since it needed more than {CLAIMS} claims; ask for fewer "
                "steps, or lower the hub limit"
            )
        self._asked |= front
        for things in self._batches(front):
            for row in self._requests.ask("ties", things=things):
                claim, one, other = (text(row[name]) for name in ("claim", "subject", "object"))
                if claim not in self._about_claims and one != other:
                    self._known.things |= {one, other}
                    self._add(claim, (one, other), row["rank"] == vocabulary.DEPRECATED)
        return {head for _, tail, head in self.directed() if tail in front}

    def ask_rest(self, *things: str) -> None:
        """Ask for the ties of things whose ties were not asked for, unless they are too many."""
        for thing in things:
            if thing not in self._asked and self.plain.get(thing, 0) <= _TIES:
                self.ask({thing})

    def _batches(self, front: set[str]) -> Iterator[list[str]]:
        """Yield the things of a frontier in batches of at most `BATCH` things and `_TIES` ties.

        A thing that has more ties is a batch of its own.
        """
        batch: list[str] = []
        for thing in sorted(front):
            if batch and (len(batch) == BATCH or self.count_plain([*batch, thing]) > _TIES):
                yield batch
                batch = []
            batch.append(thing)
        if batch:
            yield batch

    def _add(self, claim: str, pair: tuple[str, str], is_deprecated: bool) -> None:
        """Add the two things that a claim joins."""
        self.pairs.setdefault(claim, set()).add(pair)
        if is_deprecated:
            self.deprecated.add(claim)

    def ask_counts(self, things: Iterable[str]) -> None:
        """Ask for the numbers of ties of things that are not in `counts`.

        Sets their `plain` and `counts`. The claims about claims near them are asked for too, with
        their facts, and added.
        """
        fresh = sorted({*things} - self.counts.keys())
        for batch, rows in self._requests.ask_in_batches("counts", "things", fresh):
            plain = counted(rows)
            claims = {text(row["claim"]) for row in self._requests.ask("nested", things=batch)}
            nested = self.ask_nested(claims)
            not_on_day: dict[str, int] = {}
            if self._day:
                day = Literal(edtf.iso(self._day), datatype=NamedNode(XSD + "date"))
                not_on_day = counted(self._requests.ask("counts-not-on", things=batch, day=day))
            for thing in batch:
                self.plain[thing] = plain.get(thing, 0)
                on_day = self.plain[thing] - not_on_day.get(thing, 0)
                self.counts[thing] = on_day + nested.get(thing, 0)

    def ask_nested(self, claims: set[str], predicates: Collection[str] = ()) -> dict[str, int]:
        """Ask for the claims that are about `claims`, at any depth, and for their facts.

        Adds them. Returns for each thing how many of all these join it to others: those that are
        not deprecated, may hold on the day, and have one of `predicates`, if any are given. Things
        that none joins are left out.
        """
        about_claims = self._known.ask_about(claims)
        if not about_claims:
            return {}
        self._about_claims |= about_claims
        with_inner = self._known.with_inner(about_claims)
        if self._day:
            self._known.ask_texts(self._known.facts.linked(with_inner, *OF_TEXTS))
        columns = self._known.columns(with_inner)
        kept = np.array([claim in about_claims for claim in columns.claims], np.bool_)
        self._add_columns(columns, kept)
        kept &= ~columns.deprecated
        if self._day:
            kept &= columns.view(self._day, possible=True).held
        if predicates:
            is_wanted = np.array([iri in predicates for iri in columns.predicates], np.bool_)
            kept &= is_wanted[columns.predicate]
        ties = columns.ties(kept).ties.tolist()
        return {node: count for node, count in zip(columns.nodes, ties, strict=True) if count}

    def _add_columns(self, columns: Columns, kept: Flags) -> None:
        """Add the things that the claims of columns that are flagged in `kept` join."""
        tails, heads, ties = (array.tolist() for array in columns.ties(kept).forward())
        for tail, head, row in zip(tails, heads, map(row_of, ties), strict=True):
            pair = (columns.nodes[tail], columns.nodes[head])
            self._add(columns.claims[row], pair, bool(columns.deprecated[row]))


def counted(rows: Iterable[Row], predicates: Collection[str] = ()) -> dict[str, int]:
    """Return the sums of ``ties`` by ``thing``, in rows with some predicates, if any are given.

    ``ValueError`` for a number of ties that is no whole number.
    """
    counts: dict[str, int] = {}
    for row in rows:
        if not predicates or text(row["predicate"]) in predicates:
            thing = text(row["thing"])
            counts[thing] = counts.get(thing, 0) + int(text(row["ties"]))
    return counts
