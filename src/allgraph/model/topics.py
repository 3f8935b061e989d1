"""Topics with very many triples in a store: their claims, page by page, and other triples.

A topic is a node that documents are about: a source that all claims are from, a class, a country.
A query about such a topic goes through all triples with it. Here its claims are rows of columns,
and its other triples are read one predicate at a time, without those that hold claims together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple, Variable

from allgraph.errors import DateError
from allgraph.model import edtf, vocabulary
from allgraph.model.columns import NO, Columns
from allgraph.model.facts import Find, finder
from allgraph.model.table import ClaimTable
from allgraph.rdf.terms import XSD, Term, stated, text

LARGE = 2_000
"""A topic is large if more triples than these have it as their object, or as their subject."""
MANY = 5_000
"""More claims than these are not listed for a query."""

SEVERAL = 20
"""With fewer topics than these, their claims are looked up one by one."""

_DATE = NamedNode(XSD + "date")
Graph = NamedNode | DefaultGraph
LEADING = frozenset(
    (
        vocabulary.TYPE,
        *vocabulary.PARTS,
        vocabulary.SOURCE,
        vocabulary.CLAIM_SOURCE,
        vocabulary.CONFLICTS,
        vocabulary.PART_OF,
    )
)
"""The predicates that lead from claims, evidence, records and members to a thing or class."""

Joins = tuple[int, set[tuple[int, str, int]]]
"""The number of a node, and the claims with it: number of the subject, predicate, and object."""


class StoredClaims:
    """The claims of a store, looked up one by one, without the table; for few of them.

    Stated and derived triples count alike.
    """

    def __init__(self, quads: Find) -> None:
        """Look up quads by `quads`, which finds those of a pattern, each triple once."""
        self._quads = quads

    def of(self, topic: Term) -> set[NamedNode]:
        """Return the IRIs of the claims about a node, of those about such, and with it as source.

        A claim is about its subject and its object; one about a claim has it as its object.
        """
        own = {
            *self.subjects(vocabulary.SUBJECT, topic),
            *self.subjects(vocabulary.OBJECT, topic),
        }
        about_own = {claim for one in own for claim in self.subjects(vocabulary.OBJECT, one)}
        claims = own | about_own | {*self.subjects(vocabulary.CLAIM_SOURCE, topic)}
        return {claim for claim in claims if self.is_claim(claim)}

    def subjects(self, predicate: NamedNode, obj: Term) -> Iterator[Any]:
        """Yield the subjects of the triples with a predicate and an object; some repeatedly."""
        return (quad.subject for quad in self._quads(None, predicate, obj))

    def is_claim(self, node: Term) -> bool:
        """Return True if a node is an IRI and a claim."""
        return isinstance(node, NamedNode) and self.has(node, vocabulary.TYPE, vocabulary.CLAIM)

    def has(self, subject: Any, predicate: NamedNode, obj: Any) -> bool:
        """Return True if the store has a triple."""
        return next(self._quads(subject, predicate, obj), None) is not None


class ClaimRows(Sequence[NamedNode]):
    """The IRIs of some claims, given by rows of columns, and read when they are asked for."""

    def __init__(self, columns: Columns, rows: NDArray[np.int64]) -> None:
        """Keep the columns and the rows, which are sorted, as the IRIs then are."""
        self._columns, self._rows = columns, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> NamedNode: ...
    @overload
    def __getitem__(self, place: slice) -> list[NamedNode]: ...
    def __getitem__(self, place: int | slice) -> NamedNode | list[NamedNode]:
        """Return the IRI at a place, or those in a slice."""
        if isinstance(place, slice):
            return [NamedNode(self._columns.claims[row]) for row in self._rows[place].tolist()]
        return NamedNode(self._columns.claims[int(self._rows[place])])


class Topics:
    """The large topics of a store, whose claims are in `columns`; claims by topic are cached."""

    def __init__(
        self,
        store_of: Callable[[], Store],
        graphs: Sequence[Graph],
        table: ClaimTable,
        columns: Columns,
        hold: Callable[[Find], Find] = lambda find: find,
    ) -> None:
        """Keep the table of the claims and its columns, perhaps of a view.

        `store_of` returns the store, which is another one after a fork; only `graphs` of it are
        read, and of what is found there what `hold` leaves.
        """
        self._hold = hold
        self._store_of, self._graphs = store_of, graphs
        self._table, self._columns = table, columns
        self._stated = stated(graphs)
        self._claims: dict[NamedNode, Sequence[NamedNode]] = {}  # by topic
        self._others: dict[NamedNode, Sequence[Triple]] = {}  # by topic, unless there are many

    @property
    def _store(self) -> Store:
        """The store of this process."""
        return self._store_of()

    @property
    def _stored(self) -> StoredClaims:
        """The claims of the store of this process."""
        return StoredClaims(self._find)

    @property
    def _find(self) -> Find:
        """The function that finds quads in the store of this process."""
        return self._hold(finder(self._store, self._graphs))

    def held(self, columns: Columns, hold: Callable[[Find], Find]) -> Topics:
        """Return the topics of a view with `columns`; `hold` leaves its triples of those found."""
        topics = Topics(self._store_of, self._graphs, self._table, columns, hold)
        vars(topics).update(_is_complete=self._is_complete, _only_direct=self._only_direct)
        return topics

    def prepare(self) -> None:
        """Read the data that all topics need, so that forks of this process share it."""
        self._only_direct, self._predicates  # noqa: B018

    def claims(self, topic: NamedNode) -> Sequence[NamedNode]:
        """Return the sorted IRIs of a topic's claims, in a sequence that reads them when sliced.

        They have the topic as subject, object or source, or as object a claim that has it as
        subject or object. If the store has claims that are not in the table, they are read from the
        store.
        """
        if topic not in self._claims:
            self._claims[topic] = (
                ClaimRows(self._columns, self._rows(topic))
                if self._is_complete
                else sorted(self._stored.of(topic), key=text)
            )
        return self._claims[topic]

    def claims_of_each(
        self, topics: Collection[NamedNode]
    ) -> Iterator[tuple[NamedNode, Iterable[NamedNode]]]:
        """Yield some topics, each with the claims of `claims`, in any order.

        Those of `SEVERAL` topics are found by one pass through the columns, others in the store.
        """
        columns = self._columns
        if len(topics) < SEVERAL or columns.certainty is not None or not self._is_complete:
            yield from ((topic, self._stored.of(topic)) for topic in topics)
            return
        rows = self._table.of_each([topic.value for topic in topics])
        for topic in topics:
            yield topic, map(NamedNode, columns.claims.taken(rows.get(topic.value, ())))

    def between(self, kind: str, first: Any, last: Any) -> list[NamedNode] | None:
        """Return the claims of a kind that may hold between two days, by their dates alone.

        Days are literals of ``xsd:date``, kinds those of `Columns.between`. ``None`` for other
        terms, where there are few claims or more than `MANY` of these, and if the columns do not
        have all claims of the store.
        """
        are_days = all(isinstance(one, Literal) and one.datatype == _DATE for one in (first, last))
        if len(self._columns) <= LARGE or not are_days:
            return None
        try:
            days = edtf.day(first.value), edtf.day(last.value)
        except DateError:  # one with a time zone
            return None
        rows = self._columns.between(kind, *days)
        is_known = len(rows) <= MANY and self._is_complete
        return [*ClaimRows(self._columns, np.array(rows, np.int64))] if is_known else None

    def _rows(self, topic: NamedNode) -> NDArray[np.int64]:
        """Return the rows of the claims of a topic, in a view of those that hold, in order."""
        iri, levels = topic.value, self._columns.certainty
        table = self._table
        rows = table.union(table.about(iri), table.with_evidence("source", iri))
        return rows if levels is None else rows[levels[rows] > NO]

    def most_claims(self, topic: NamedNode) -> int:
        """Return a number that the claims of a topic do not exceed, without reading them."""
        if next(self._stored.subjects(vocabulary.CLAIM_SOURCE, topic), None) is not None:
            return len(self._columns)
        node = self._columns.nodes.place(topic.value)
        return 0 if node is None else int(self._most_claims[node])

    @cached_property
    def _most_claims(self) -> NDArray[np.int64]:
        """The most claims that each node can have as subject or object, or around such a claim."""
        columns = self._columns
        objects = columns.object[columns.object >= 0]
        inner = columns.claim_of[objects]
        inner = inner[inner >= 0]
        ends = (columns.subject, objects, columns.subject[inner], columns.object[inner])
        counts = np.zeros(len(columns.nodes), np.int64)
        for nodes in ends:
            counts += np.bincount(nodes[nodes >= 0], minlength=len(counts))
        return counts

    @cached_property
    def _is_complete(self) -> bool:
        """True if all claims of the store are in the columns, in a view those that hold.

        Each has then one subject and one object, and nothing else has any.
        """
        levels = self._columns.certainty
        count = len(self._columns) if levels is None else int((levels > NO).sum())
        patterns = (
            f"?s {vocabulary.TYPE} {vocabulary.CLAIM}",
            f"?s {vocabulary.SUBJECT} ?o",
            f"?s {vocabulary.OBJECT} ?o",
        )
        return all(self._count(pattern) == count for pattern in patterns)

    def _count(self, pattern: str) -> int:
        """Return how many stated triples match a pattern of SPARQL, each counted once.

        The store counts them, which takes a twentieth of the time of reading them.
        """
        query = f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT * {{ {pattern} }} }}"
        if len(self._stated) == 1:  # where no triple is there twice
            query = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
        rows = self._store.query(query, prefixes={}, default_graph=[*self._stated])
        return sum(int(row[0].value) for row in rows)  # type: ignore[union-attr, misc]

    # ---- Other triples

    def others(self, topic: NamedNode, most: int) -> Sequence[Triple]:
        """Return the triples with a topic as subject or object that are no direct triples.

        Left out too are the triples of claims, evidence, records and members that lead to the topic
        (`LEADING`). Those about the topic come first, then the predicate decides, and the other
        end. Once there are more than `most`, the predicates that are left are not read. Up to
        `LARGE` are cached.
        """
        if topic in self._others:
            return self._others[topic]
        triples = self._read_others(topic, most)
        if len(triples) <= min(most, LARGE):
            self._others[topic] = triples
        return triples

    def _read_others(self, topic: NamedNode, most: int) -> list[Triple]:
        """Read the triples of `others`, one predicate at a time."""
        triples: list[Triple] = []
        joins = self._joins(topic)
        for is_subject in (True, False):
            for predicate in self._predicates_of(topic, is_subject=is_subject):
                if len(triples) <= most and (is_subject or predicate not in LEADING):
                    triples_of_predicate = self._others_with(
                        topic, predicate, joins, is_subject=is_subject
                    )
                    triples += sorted(
                        triples_of_predicate, key=lambda t: (text(t.subject), text(t.object))
                    )
        return triples

    @cached_property
    def _predicates(self) -> list[NamedNode]:
        """All predicates of the store, sorted, read from all its triples once."""
        query = "SELECT DISTINCT ?p { ?s ?p ?o }"
        rows = self._store.query(query, prefixes={}, default_graph=[*self._graphs])
        return sorted((row[0] for row in rows), key=text)  # type: ignore[union-attr]

    def _predicates_of(self, topic: NamedNode, *, is_subject: bool) -> Iterable[NamedNode]:
        """Return the predicates, sorted, of the triples with a topic as subject, or as object.

        Once those of the whole store are known, they are returned.
        """
        if "_predicates" in vars(self):
            return self._predicates
        name = Variable("s" if is_subject else "o")
        query = f"SELECT DISTINCT ?p {name} {{ ?s ?p ?o }}"
        rows = self._store.query(
            query, prefixes={}, substitutions={name: topic}, default_graph=[*self._graphs]
        )
        predicates = {row[0] for row in rows}  # type: ignore[union-attr]
        return sorted(predicates | {vocabulary.CERTAINTY}, key=text)  # which a view adds

    def _others_with(
        self, topic: NamedNode, predicate: NamedNode, joins: Joins | None, *, is_subject: bool
    ) -> set[Triple]:
        """Return the triples of `others` with one predicate, the topic being subject or object."""
        ends = (topic, None) if is_subject else (None, topic)
        graphs = self._stated if predicate in self._only_direct else self._graphs
        return {
            quad.triple
            for quad in self._hold(finder(self._store, graphs))(ends[0], predicate, ends[1])
            if (is_subject or quad.subject != topic)
            and not self._is_direct(quad.triple, topic, joins)
        }

    def _joins(self, topic: NamedNode) -> Joins | None:
        """Return what claims join a topic to; ``None`` if not all claims are in the columns.

        Claims that are known to be wrong do not count.
        """
        columns, node = self._columns, self._columns.nodes.place(topic.value)
        if node is None or not self._is_complete:
            return None
        rows = self._rows(topic)
        ends = columns.subject[rows], columns.object[rows]
        rows = rows[((ends[0] == node) | (ends[1] == node)) & ~columns.deprecated[rows]]
        numbers = (columns.subject, columns.predicate, columns.object)
        known = zip(*(of[rows].tolist() for of in numbers), strict=True)
        return node, {(subject, columns.predicates[p], obj) for subject, p, obj in known}

    @cached_property
    def _only_direct(self) -> set[NamedNode]:
        """The predicates whose derived triples are all direct triples of claims in the columns."""
        if not self._is_complete:
            return set()
        others: set[Term] = {vocabulary.TYPE, vocabulary.SAME_AS, *vocabulary.OF_CLAIMS}
        for giving in (vocabulary.YIELDS, vocabulary.SUBPROPERTY):
            others |= {quad.object for quad in self._find(None, giving, None)}
        others |= {quad.subject for quad in self._find(None, vocabulary.REPLACED_BY, None)}
        return {*map(NamedNode, self._columns.predicates)} - others

    def _is_direct(self, triple: Triple, topic: NamedNode, joins: Joins | None) -> bool:
        """Return True if a claim that is not deprecated states a triple.

        `joins` are those of the topic. Without, or for a literal, only the claims with the other
        end of the triple than the topic are looked at.
        """
        subject, predicate, obj = triple
        other = obj if subject == topic else subject
        if joins is not None and isinstance(other, NamedNode):
            node, known = joins
            place = self._columns.nodes.place(other.value)
            pair = (node, place) if subject == topic else (place, node)
            return (pair[0], predicate.value, pair[1]) in known
        ends = [(vocabulary.SUBJECT, subject), (vocabulary.OBJECT, obj)]
        of_topic, (part, end) = ends if subject == topic else ends[::-1]
        stored = self._stored
        return any(
            stored.has(claim, *of_topic)
            and stored.has(claim, vocabulary.PREDICATE, predicate)
            and stored.is_claim(claim)
            and not stored.has(claim, vocabulary.RANK, vocabulary.DEPRECATED)
            for claim in stored.subjects(part, end)
        )


def is_large(quads: Find, topic: NamedNode) -> bool:
    """Return True if more than `LARGE` triples of a store have a node as object, or as subject."""
    return any(
        sum(1 for _ in islice(quads(*ends), LARGE + 1)) > LARGE
        for ends in ((None, None, topic), (topic, None, None))
    )
