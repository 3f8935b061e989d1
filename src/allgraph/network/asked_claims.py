"""The facts of claims, and the texts of things, that a graph was asked for.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> asked = AskedClaims(Requests(graph))
>>> asked.ask([graph.columns.claims[0]])
>>> columns = asked.columns(asked.claims)
>>> columns.claims[0] == graph.columns.claims[0], asked.ends(asked.claims) == {*columns.nodes}
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode

from allgraph.model import vocabulary
from allgraph.model.columns import Columns
from allgraph.model.facts import Facts
from allgraph.model.table_builder import columns_of
from allgraph.network.requests import Requests
from allgraph.rdf.terms import text

OF_TEXTS = (vocabulary.PREDICATE, vocabulary.ROLE)
"""The predicates of a claim whose objects have texts that columns need, beside its ends."""


class AskedClaims:
    """Facts about claims, by IRIs. Methods named ask… send requests, and may raise `Spent`.

    `facts` are those of `claims`, and the texts of the things in `with_texts`: names, sentences
    and aspects. `things` are nodes that are known to be no claims.
    """

    def __init__(self, requests: Requests) -> None:
        """Know nothing yet, and send no request."""
        self._requests = requests
        self.facts = Facts()
        self.claims: set[str] = set()
        self.things: set[str] = set()
        self.with_texts: set[str] = set()

    def ask(self, nodes: Iterable[str]) -> None:
        """Ask for the facts of those nodes that are claims, and of the claims that these are about.

        At any depth. Nodes and ends of claims that turn out to be no claims are added to `things`.
        Nodes in `claims` or `things` are not asked about.
        """
        fresh = [node for node in nodes if node not in self.claims and node not in self.things]
        while fresh:
            inner, before = set[str](), set(self.claims)
            for _, rows in self._requests.ask_in_batches("said", "claims", fresh):
                # a row without a key has a claim that is an end of another
                ends = (row["value"] for row in rows if row["key"] is None)
                inner |= {end.value for end in ends if isinstance(end, NamedNode)}
                named = [row for row in rows if row["key"] and isinstance(row["claim"], NamedNode)]
                claims = {text(row["claim"]) for row in named}
                self.claims |= claims
                self.facts.add(f"<{iri}> {vocabulary.TYPE} {vocabulary.CLAIM} ." for iri in claims)
                self.facts.add(f"{row['claim']} {row['key']} {row['value']} ." for row in named)
            self.things |= {*fresh, *self.ends(self.claims - before)} - inner - self.claims
            fresh = sorted(inner - self.claims)

    def ask_about(self, claims: set[str]) -> set[str]:
        """Ask for the claims that are about `claims`, at any depth, and for the facts of all.

        Returns `claims` and these.
        """
        about, fresh = set[str](), claims
        while fresh:
            self.ask(sorted(fresh))
            about |= fresh
            answers = self._requests.ask_in_batches("above", "claims", sorted(fresh & self.claims))
            fresh = {text(row["claim"]) for _, rows in answers for row in rows} - about
        return about

    def ask_texts(self, things: Iterable[str]) -> None:
        """Ask for the names of things and for the sentences and aspects of predicates."""
        fresh = sorted({*things} - self.with_texts)
        for batch, rows in self._requests.ask_in_batches("texts", "things", fresh):
            self.with_texts.update(batch)
            self.facts.add(f"{row['thing']} {row['key']} {row['value']} ." for row in rows)

    def ends(self, claims: Iterable[str]) -> set[str]:
        """Return the subjects and objects of claims, but for literals."""
        return self.facts.linked(claims, vocabulary.SUBJECT, vocabulary.OBJECT)

    def with_inner(self, claims: Iterable[str]) -> set[str]:
        """Return the known ones of `claims`, and the claims that they are about.

        At any depth.
        """
        with_inner: set[str] = set()
        fresh = self.claims & {*claims}
        while fresh:
            with_inner |= fresh
            fresh = (self.ends(fresh) & self.claims) - with_inner
        return with_inner

    def columns(self, claims: set[str]) -> Columns:
        """Return the columns of known claims, among which are those that they are about."""
        return columns_of(self.facts.without(map(NamedNode, self.claims - claims)))
