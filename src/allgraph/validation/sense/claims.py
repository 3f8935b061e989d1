"""Claims as columns of numbers, and the pairs of them that cannot both be right.

A row is the place of a claim in the columns. An unknown first day is `NEVER_BEFORE` and an unknown
last day `NEVER_AFTER`, so that what is not known is in no contradiction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from pyoxigraph import NamedNode

from allgraph.errors import DateError
from allgraph.model import edtf, sentences, vocabulary
from allgraph.model.facts import SENTENCE
from allgraph.model.triples import IRI, NONE, TEXT, Flags, Numbers, Triples
from allgraph.rdf.terms import KNOWN, Node, Prefixes, ag, local_name
from allgraph.validation.rules import RuleHit, Terms
from allgraph.validation.rules_compiled import instances_of
from allgraph.validation.shacl.paths import subclasses

NEVER_BEFORE, NEVER_AFTER = -(2**24), 2**24
"""The days for an unknown first day and for an unknown last day; days count from 1970-01-01."""
BROADER = NamedNode(KNOWN["skos"] + "broader")
_MOST_CHARACTERS = 80  # of a literal in a message


class Keyed(NamedTuple):
    """Rows of claims with the number of a term for each, such as that of the bill they are of."""

    keys: Numbers
    rows: Numbers

    def where(self, flags: Flags) -> Keyed:
        """Return the rows for which a flag is set, with their keys."""
        return Keyed(self.keys[flags], self.rows[flags])


def together(*parts: Keyed) -> Keyed:
    """Return several `Keyed` joined into one."""
    keys, rows = zip(*parts, strict=True)
    return Keyed(np.concatenate(keys), np.concatenate(rows))


def matches(left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """Return all pairs of places in two arrays that hold the same number.

    >>> matches(np.array([5, 7]), np.array([7, 5, 7]))
    (array([0, 1, 1]), array([1, 0, 2]))
    """
    order = np.argsort(right, kind="stable")
    first = np.searchsorted(right[order], left, "left")
    lengths = np.searchsorted(right[order], left, "right") - first
    places = np.repeat(np.arange(len(left)), lengths)
    skipped = np.cumsum(lengths) - lengths
    return places, order[np.arange(len(places)) - np.repeat(skipped - first, lengths)]


class ClaimColumns:
    """The complete claims that are neither withdrawn nor deprecated, as columns.

    `nodes` are the claims in the order of their IRIs, `subjects`, `predicates`, `objects` and
    `roles` what they say, as numbers of terms (`NONE` without a role); `b1`, `b2`, `e1` and `e2`
    are their bounds as days.
    """

    def __init__(
        self,
        triples: Triples,
        prefixes: Prefixes,
        plain: Collection[NamedNode] = (),
        withheld: Collection[Node] = (),
    ) -> None:
        """Read the columns from triples, the derived ones included; prefixes are for messages.

        `plain` are the predicates that may stand on things without a claim. The nodes in `withheld`
        belong to sensitive claims; `links` uses none of these.
        """
        self.triples, self.prefixes, self.plain = triples, prefixes, plain
        hidden = [number for node in withheld if (number := triples.number(node)) != NONE]
        self.is_hidden = triples.among(np.array(hidden, np.int64))
        counts = instances_of(triples, vocabulary.CLAIM)
        counts[triples.relation(vocabulary.WITHDRAWN).subjects] = False
        ranks = triples.relation(vocabulary.RANK)
        deprecated = ranks.objects == triples.number(vocabulary.DEPRECATED)
        counts[ranks.subjects[deprecated]] = False
        parts = [self._only(part) for part in vocabulary.PARTS]
        for part in parts:
            counts &= part != NONE
        counts &= (triples.kinds[parts[0]] != TEXT) & (triples.kinds[parts[1]] == IRI)
        self.nodes = np.array(
            sorted(np.flatnonzero(counts).tolist(), key=triples.texts.__getitem__), np.int64
        )
        columns = (*parts, self._only(vocabulary.ROLE))
        self.subjects, self.predicates, self.objects, self.roles = (
            column[self.nodes].astype(np.int64) for column in columns
        )
        unknown = (NEVER_BEFORE, NEVER_AFTER) * 2
        bounds = zip(vocabulary.BOUNDS, unknown, strict=True)
        self.b1, self.b2, self.e1, self.e2 = (self._days(*bound) for bound in bounds)

    def _only(self, predicate: NamedNode) -> Numbers:
        """Return for each term the object of a predicate that it has one of, else `NONE`."""
        relation = self.triples.relation(predicate)
        subjects = relation.subjects
        is_only = (np.diff(subjects, prepend=NONE) != 0) & (np.diff(subjects, append=NONE) != 0)
        column = np.full(self.triples.size, NONE, np.int32)
        column[subjects[is_only]] = relation.objects[is_only]
        return column

    def _days(self, bound: NamedNode, unknown: int) -> Numbers:
        """Return a bound of each claim, which is derived, as a day; `unknown` without one."""
        relation = self.triples.relation(bound)
        is_derived = relation.rows >= self.triples.stated
        literals, places = np.unique(relation.objects[is_derived], return_inverse=True)
        texts = [self.triples.texts[number][1:11] for number in literals.tolist()]
        column = np.full(self.triples.size, unknown, np.int64)
        days = np.array(texts, "datetime64[D]").astype(np.int64)
        column[relation.subjects[is_derived]] = days[places]
        return column[self.nodes]

    # ---- Which claims

    def number(self, name: str) -> int:
        """Return the number of a term of the ontology, given its local name."""
        return self.triples.number(ag(name))

    def saying(self, *names: str) -> Numbers:
        """Return the rows of the claims with one of some predicates, given their local names."""
        return np.flatnonzero(np.isin(self.predicates, [self.number(name) for name in names]))

    def by_subject(self, *names: str) -> Keyed:
        """Return the rows of the claims with one of some predicates, with their subjects."""
        rows = self.saying(*names)
        return Keyed(self.subjects[rows], rows)

    def by_object(self, *names: str) -> Keyed:
        """Return the rows of the claims with one of some predicates, with their objects."""
        rows = self.saying(*names)
        return Keyed(self.objects[rows], rows)

    def of_kind(self, *names: str) -> Flags:
        """Return a flag for each term: whether its class is one of some, or below one."""
        types = self.triples.relation(vocabulary.TYPE)
        numbers = [self.number(name) for name in names]
        kinds = [subclasses(self.triples, number) for number in numbers if number != NONE]
        wanted = np.isin(types.objects, np.concatenate([np.empty(0, np.int64), *kinds]))
        return self.triples.among(types.subjects[wanted])

    def narrower(self, *names: str) -> Numbers:
        """Return the numbers of some concepts of the ontology, and of all below them."""
        relation = self.triples.relation(BROADER).inverse
        reached = fresh = np.unique([self.number(name) for name in names])
        while len(fresh):
            fresh = np.setdiff1d(relation.of(fresh)[1], reached)
            reached = np.union1d(reached, fresh)
        return reached

    def about(self, node: int, part: NamedNode) -> Numbers:
        """Return the rows of the claims with a node as their subject, object, …, as `part` says."""
        rows = self.rows[self.triples.relation(part).inverse.of(np.array([node]))[1]]
        of_node: Numbers = np.sort(rows[rows != NONE])
        return of_node

    @cached_property
    def rows(self) -> Numbers:
        """The row of each term; `NONE` for a term that is none of these claims."""
        rows = np.full(self.triples.size, NONE, np.int64)
        rows[self.nodes] = np.arange(len(self.nodes))
        return rows

    def links(self, forward: Iterable[str] = (), back: Iterable[str] = ()) -> Numbers:
        """Return the distinct pairs of terms that public claims with some predicates join.

        They are two rows of an array: from subject to object for the predicates in `forward`, from
        object to subject for those in `back`.
        """
        ahead, behind = self.saying(*forward), self.saying(*back)
        ends = (
            np.concatenate([self.subjects[ahead], self.objects[behind]]),
            np.concatenate([self.objects[ahead], self.subjects[behind]]),
        )
        rows = np.concatenate([ahead, behind])
        return np.unique(np.stack(ends)[:, ~self.is_hidden[self.nodes[rows]]], axis=1)

    # ---- Which pairs

    @cached_property
    def _conflicts(self) -> Numbers:
        """The pairs of claims that ag:conflictsWith joins, each as one number, sorted."""
        relation = self.triples.relation(vocabulary.CONFLICTS)
        pairs = relation.subjects.astype(np.int64) * self.triples.size + relation.objects
        return np.unique(pairs)

    def are_rivals(self, left: Numbers, right: Numbers) -> Flags:
        """Return a flag for each pair of rows: whether ag:conflictsWith joins the claims."""
        return np.isin(self.nodes[left] * self.triples.size + self.nodes[right], self._conflicts)

    def contradictions(
        self, first: Keyed, low: Numbers, later: Keyed, high: Numbers
    ) -> Iterator[tuple[int, int]]:
        """Yield pairs of rows of which the one that has to come first is certainly later.

        `low` has for each row of the columns the day on which it cannot be earlier, and `high` the
        day on which it cannot be later. The rows are one of `first` and one of `later` with the
        same key, and the low day of the one is after the high day of the other. Pairs of rivals
        are left out. Each row of `later` is yielded once at most, with the latest of `first`.
        """
        order = np.lexsort((-low[first.rows], first.keys))
        keys, rows = first.keys[order], first.rows[order]
        at, end = (np.searchsorted(keys, later.keys, side) for side in ("left", "right"))
        left = np.flatnonzero(at < end)  # places in `later` that are not decided
        pairs = [np.empty((2, 0), np.int64)]
        while len(left):  # rivals are passed over, so that few are left after the first time
            others, of_later = rows[at[left]], later.rows[left]
            is_broken = high[of_later] < low[others]
            are_rivals = self.are_rivals(of_later, others)
            is_hit = is_broken & ~are_rivals
            pairs.append(np.stack([others, of_later])[:, is_hit])
            left = left[is_broken & are_rivals]
            at[left] += 1
            left = left[at[left] < end[left]]
        yield from np.unique(np.concatenate(pairs, axis=1), axis=1).T.tolist()

    def one_each(self, keyed: Keyed, values: Numbers, *, least: bool) -> Keyed:
        """Return one row for each key: that with the least of the `values`, or the greatest."""
        of_rows = values[keyed.rows] * (1 if least else -1)
        order = np.lexsort((of_rows, keyed.keys))
        keys = keyed.keys[order]
        return Keyed(keys, keyed.rows[order]).where(np.diff(keys, prepend=NONE) != 0)

    def beside_first(self, keyed: Keyed) -> tuple[Numbers, Numbers]:
        """Return the rows, and for each the first row of all with its key, which may be itself."""
        firsts = self.one_each(keyed, np.arange(len(self.nodes)), least=True)
        at, first = matches(keyed.keys, firsts.keys)
        return keyed.rows[at], firsts.rows[first]

    # ---- What is said of them

    def show(self, number: int) -> str:
        """Return a term as a message names it: a CURIE or IRI, or a text, which may be cut."""
        text = self.prefixes.show(self.triples.loaded(self.triples.term(number)))
        return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"

    def tell(self, row: int) -> str:
        """Return a claim as a sentence with its date, or with the last day that follows for it."""
        predicate = int(self.predicates[row])
        stated = self.triples.objects(predicate, self.triples.number(SENTENCE))
        template = sentences.default_templates(local_name(self.triples.value(predicate)))[0]
        if stated and predicate != self.triples.number(vocabulary.UNDERWENT):
            template = self.triples.value(stated[0])
        names = self.show(int(self.subjects[row])), self.show(int(self.objects[row]))
        date = self._date(row)
        clause = sentences.fill(sentences.beside_date(template, date), *names)
        return sentences.dated(clause, date)

    def _date(self, row: int) -> str:
        """Return the date of a claim in words, else by when it was, else nothing."""
        when = self.triples.number(vocabulary.WHEN)
        for date in self.triples.objects(int(self.nodes[row]), when):
            try:
                return edtf.words(self.triples.value(date))
            except DateError:
                continue
        if self.b2[row] == NEVER_AFTER:
            return ""
        return f"by {self.day(int(self.b2[row]))}, the day of its source"

    def day(self, day: int) -> str:
        """Return a day in words, such as 4 June 2013."""
        date = str(np.datetime64(day, "D"))
        return edtf.words(date).partition(" ")[2]

    def terms(self, row: int, path: NamedNode | None = vocabulary.WHEN) -> Terms:
        """Return a claim and a predicate of it as the terms of a finding."""
        return self.triples.term(int(self.nodes[row])), path, None

    def hit(
        self,
        rule: str,
        rows: Iterable[int],
        message: str,
        *,
        path: NamedNode | None = vocabulary.WHEN,
        severity: str = "Warning",
    ) -> RuleHit:
        """Return a hit at the first of some rows; the others are claims that it contradicts.

        In the message ``{places}`` stands for the places of these. It depends on what is said of
        the subjects, objects and roles of all of them.
        """
        first, *others = rows
        ends = (column[[first, *others]] for column in (self.subjects, self.objects, self.roles))
        numbers = np.unique(np.concatenate([*ends]))
        numbers = numbers[(numbers != NONE) & (self.triples.kinds[numbers] != TEXT)]
        named = tuple(map(self.triples.term, numbers.tolist()))
        places = tuple(self.terms(row, path) for row in others)
        return RuleHit(
            *self.terms(first, path), rule, severity, message, others=places, about=named
        )
