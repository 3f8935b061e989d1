"""A graph: the files of a folder, an engine that answers SPARQL, and a catalogue of questions.

>>> from allgraph.graph import open_graph
>>> graph = open_graph()
>>> [thing.name for thing in graph.find("rocha")]
['Coco Rocha']
>>> len(graph.ask("board-members", body="Model Alliance")) > 3
True
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Store

from allgraph import sandbox
from allgraph.errors import AllgraphError, InputError, ParameterError, UnknownName
from allgraph.folder import Folder
from allgraph.folder.snapshot.directory import Snapshot
from allgraph.model.names import fold, key, pattern
from allgraph.rdf import terms
from allgraph.rdf.terms import Prefixes, Term, text
from allgraph.render.html import element, joined, table
from allgraph.sparql import sandboxed
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.paging import Asking
from allgraph.sparql.engine import Engine
from allgraph.sparql.house import house
from allgraph.sparql.questions import Catalogue, Query
from allgraph.sparql.tokens import is_calm, refuse_service

if TYPE_CHECKING:
    from allgraph.folder.snapshot.names import Register
    from allgraph.model.columns import Columns

log = logging.getLogger("allgraph")
Progress = Callable[[str], None]
FOUND = 10_000
"""How many names an endpoint is asked for at most, for one search."""
_LONGEST = 1000
_CANDIDATES = 5_000  # names from the register that are compared, before the engine compares all
_BATCH = 500  # IRIs that one query asks about
_WORDS = 8


@dataclass(frozen=True)
class Thing:
    """A thing of a graph: its IRI, display name and kind."""

    iri: str
    name: str
    kind: str

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the thing as lists of things have it in JSON."""
        return {"thing": prefixes.shorten(self.iri), "name": self.name, "kind": self.kind}


@dataclass(frozen=True)
class Graph:
    """A graph that answers questions. It does not change, and threads may share it."""

    folder: Folder
    engine: Engine
    include_sensitive: bool = False
    snapshot: Snapshot | None = field(default=None, repr=False)

    @property
    def prefixes(self) -> Prefixes:
        """The prefixes known in this graph."""
        return self.folder.prefixes

    @cached_property
    def queries(self) -> Catalogue:
        """The named questions, by name."""
        return Catalogue(self.folder.query_files(), self.folder.relative, self.prefixes)

    @cached_property
    def profile_files(self) -> Catalogue:
        """The queries that describe things by a profile, by name; see `profiles`."""
        files = self.folder.profile_files()
        return Catalogue(files, self.folder.relative, self.prefixes, noun="profile")

    @property
    def root(self) -> Graph:
        """The graph itself; of a view, the graph that it is a view of."""
        return self

    @property
    def is_remote(self) -> bool:
        """Whether an endpoint holds the graph."""
        return isinstance(self.root.engine, Remote)

    @property
    def store(self) -> Store:
        """The store that holds the graph, or `InputError` when it is not in this process."""
        engine = self.engine
        while isinstance(engine, sandboxed.Timed):
            engine = engine.engine
        if isinstance(engine, Embedded):
            return engine.store
        raise InputError(
            f"the {engine.description} holds this graph, and only a graph from a folder can be "
            "written or handed on whole; ask for its triples with `allgraph sparql`"
        )

    @cached_property
    def columns(self) -> Columns:
        """The claims as columns, made when they are first needed; `InputError` as for `store`."""
        if self.snapshot is not None:
            from allgraph.folder.snapshot import columns

            return columns.read(self.snapshot.place / "columns")
        from allgraph.model.columns import Columns

        return Columns.of_store(self.store)

    @cached_property
    def register(self) -> Register | None:
        """The index of names of a graph that has a snapshot."""
        if self.snapshot is None:
            return None
        from allgraph.folder.snapshot.names import Register

        return Register(self.snapshot.place / "names")

    def ask(self, question: str, /, **parameters: object) -> Answer:
        """Return the answer to a named question.

        Parameters are texts (an IRI, a CURIE or an exact name for an entity; a day such as
        ``2013-07-01`` for a date) or terms. Raises `UnknownQuestion`, `ParameterError`,
        `UnknownName`, and what the engine raises.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> answer = graph.ask("founders", body="Model Alliance")
        >>> answer.columns[:2], answer.rows[0]["name"].value
        (('person', 'name'), 'Sara Ziff')
        """
        query = self.queries[question]
        return self._answer(query.bind(query.values(parameters, self.resolve)))

    def sparql(
        self,
        query: str,
        *,
        timeout: float | None = None,
        memory: int = sandbox.MEMORY,
        allow_service: bool = False,
    ) -> Answer:
        """Return the answer to any SPARQL query; the prefixes of the graph need not be declared.

        With a `timeout` in seconds, or when the text is long or deeply nested, the query runs
        in a process of its own, which may take `memory` bytes beside the graph; an endpoint
        takes the `timeout` alone. Raises `QueryError` for a wrong text or a SERVICE that is
        not allowed.

        >>> from allgraph.graph import open_graph
        >>> open_graph().sparql("ASK { id:coco-rocha a ag:Person }").value
        True
        """
        if not allow_service:
            refuse_service(query)
        if isinstance(self.engine, Remote):
            engine = self.engine if timeout is None else self.engine.within(timeout)
            return engine.query(query)
        if timeout is None and is_calm(query):
            return self.engine.query(query)
        return sandboxed.query(self.engine, query, timeout=timeout, memory=memory)

    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """Return the answer to a house question, a query of ``src/allgraph/sparql/queries``.

        It has all rows, also where an endpoint cuts answers.
        """
        query = house(question)
        if self._asking is not None:
            return self._asking.whole(query, values)
        return self.engine.query(query.bind(values))

    def rows(self, question: str, **values: Term | list[Term]) -> Iterator[Row]:
        """Return the rows of the answer to a house question; of an endpoint page by page."""
        if self._asking is not None:
            return self._asking.rows(house(question), values)
        return iter(self.run(question, **values).rows)

    def run_for(
        self, question: str, parameter: str, iris: Iterable[str], **values: Term
    ) -> Iterator[Row]:
        """Yield the rows of a house question about many IRIs, which are asked for in batches."""
        for batch in batches(iris):
            yield from self.run(question, **{parameter: batch}, **values).rows

    def bound(self, query: Query, values: Mapping[str, Term | list[Term]]) -> Answer:
        """Return the answer to a question with terms for its parameters."""
        return self._answer(query.bind(values))

    def _answer(self, sparql: str) -> Answer:
        """Return the answer to a question whose columns are known."""
        if self._asking is not None:
            return self._asking.answer(sparql)
        return self.engine.query(sparql)

    @cached_property
    def _asking(self) -> Asking | None:
        """The client of the endpoint, if one holds the graph."""
        return Asking(self.engine) if isinstance(self.engine, Remote) else None

    def find(self, name: str) -> list[Thing]:
        """Return the things with a text in one of their names, best first.

        Case and accents are ignored, in the names and in what you type.

        >>> from allgraph.graph import open_graph
        >>> [thing.name for thing in open_graph().find("bundchen")]
        ['Gisele Bündchen']
        """
        if len(name) > _LONGEST:
            raise ParameterError(f"the name has {len(name)} characters; the most are {_LONGEST}")
        wanted = terms.literal(pattern(name))
        if not wanted.value:
            return []
        columns = ("thing", "name", "kind")
        rows = {tuple(text(row[c]) for c in columns) for row in self._found(name, wanted)}
        things: dict[str, Thing] = {}
        for iri, label, kind in sorted(rows, key=lambda row: (row[2] == "", row)):
            things.setdefault(iri, Thing(iri, label, kind))
        folded = fold(" ".join(name.split()))

        def distance(thing: Thing) -> tuple[object, ...]:
            own = fold(thing.name)
            return own != folded, not own.startswith(folded), thing.name, thing.iri

        return sorted(things.values(), key=distance)

    def _found(self, name: str, wanted: Term) -> tuple[Row, ...]:
        """Return the rows of things whose names match `wanted`, the pattern of the name.

        Raises `ParameterError` when an endpoint would send too many.
        """
        if self.root._asking is not None:
            rows = self.root._asking.whole(house("find"), {"pattern": wanted}, FOUND + 1).rows
            if len(rows) > FOUND:
                raise ParameterError(f"more than {FOUND:,} names have “{name}” in them; type more")
            return rows
        register = self.root.register
        names = None if register is None else register.holding(name, _CANDIDATES)
        if names is None:
            return self.run("find", pattern=wanted).rows
        things: list[Term] = [NamedNode(thing) for thing in sorted({thing for _, thing in names})]
        return self.run("find-among", pattern=wanted, things=things).rows

    def resolve(self, name: str | NamedNode) -> NamedNode:
        """Return the one thing that a full IRI, a CURIE or an exact name stands for.

        Names are compared ignoring case; other names count too. A term stands for itself.
        Raises `UnknownName` with the candidates when there is none or more than one, and
        `ParameterError` for what is no text.

        >>> from allgraph.graph import open_graph
        >>> open_graph().resolve("coco rocha").value
        'https://w3id.org/allgraph/id/coco-rocha'
        """
        if isinstance(name, NamedNode):
            return name
        plain = terms.literal(unicodedata.normalize("NFC", " ".join(name.split())))
        thing = self.known(plain.value)
        if thing is not None:
            return thing
        register = self.root.register
        if register is None:
            answer = self.run("named", text=plain)
        else:
            candidates: list[Term] = [*map(NamedNode, register.named(plain.value))]
            answer = self.run("named-among", text=plain, things=candidates)
        things = sorted({text(row["thing"]) for row in answer.rows})
        if len(things) == 1:
            return NamedNode(things[0])
        raise self._unknown(name, things)

    def known(self, name: str) -> NamedNode | None:
        """Return what a full IRI or a CURIE stands for, if the graph has triples about it."""
        expanded = self.prefixes.expand(name)
        try:
            thing = None if expanded is None else terms.iri(expanded)
        except ParameterError:
            return None
        return thing if thing is not None and self.run("known", thing=thing) else None

    def term(self, name: str | NamedNode) -> NamedNode:
        """Return a thing as `resolve` does; or a class or predicate, with or without its ``ag:``.

        >>> from allgraph.graph import open_graph
        >>> open_graph().term("signed").value
        'https://w3id.org/allgraph/ns#signed'
        """
        try:
            return self.resolve(name)
        except UnknownName:
            term = self.known(f"ag:{name}")
            if term is None:
                raise
            return term

    def thing(self, iri: NamedNode) -> Thing:
        """Return a thing by its IRI; its name is the CURIE when it has none.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> graph.thing(graph.resolve("id:respect-program")).kind
        'campaign'
        """
        return self.described([iri.value])[iri.value]

    def described(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Return things by their IRIs, which are asked for in batches.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> [thing.name for thing in graph.described([graph.resolve("coco rocha").value]).values()]
        ['Coco Rocha']
        """
        things: dict[str, Thing] = {}
        for row in self.run_for("described", "things", dict.fromkeys(iris)):
            iri = text(row["thing"])
            name = text(row["name"]) or self.prefixes.shorten(iri)
            things.setdefault(iri, Thing(iri, name, text(row["kind"])))
        return things

    def _repr_html_(self) -> str:
        """The graph as notebooks show it: what it is, how much it holds, how to ask it."""
        title, about = self.folder.title, self.folder.description
        parts = [element("p", element("b", title), f": {about}" if about else "")]
        parts.append(element("p", self._held()))
        calls = 'graph.ask("…")', 'graph.find("…")', 'graph.sparql("…")'
        code = joined((element("code", call) for call in calls), ", ")
        parts.append(element("p", "Ask it with ", code, "."))
        rows = ((name, self._title(name)) for name in self.queries)
        questions = table(("question", "what it asks"), rows, len(self.queries), "question")
        parts.append(element("details", element("summary", "Questions"), questions))
        return joined(parts)

    def _held(self) -> str:
        """How much the graph holds; of an endpoint, where counting may take long, its address."""
        if self.is_remote:
            return f"Held by the {self.root.engine.description}."
        row = self._counts.rows[0]
        kinds = ("claims", "sources", "things")
        return f"{', '.join(f'{int(text(row[kind])):,} {kind}' for kind in kinds)}."

    @cached_property
    def _counts(self) -> Answer:
        return self.run("counts")

    def _title(self, question: str) -> str:
        """Return what a question asks, or what is wrong with its file."""
        try:
            return self.queries[question].title
        except AllgraphError as error:
            return str(error)

    def _like(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield IRIs and names of things that may be meant by a name that nothing has.

        These are all things, or in a large graph those that share a word; none where an endpoint
        has too many.
        """
        if self.root._asking is not None:
            rows = self.root._asking.whole(house("names"), {}, FOUND + 1).rows
            if len(rows) <= FOUND:
                yield from ((text(row["thing"]), text(row["name"])) for row in rows)
            return
        register = self.root.register
        if register is None or len(register) <= _CANDIDATES:
            for row in self.run("names").rows:
                yield text(row["thing"]), text(row["name"])
            return
        for word in key(name).split()[:_WORDS]:
            names = register.holding(word, _CANDIDATES) or ()
            things = self.described(thing for _, thing in names)
            yield from ((thing.iri, thing.name) for thing in things.values())

    def _near(self, name: str) -> dict[str, str]:
        """Return three things with a text in their names; none where an endpoint has too many."""
        try:
            return {thing.iri: thing.name for thing in self.find(name)[:3]}
        except ParameterError:
            if self.root._asking is None or len(name) > _LONGEST:
                raise
            return {}

    def _unknown(self, name: str, things: list[str]) -> UnknownName:
        """Return the error for a name that nothing has, or that several things have."""
        shorten = self.prefixes.shorten
        if things:
            listed = ", ".join(map(shorten, things))
            return UnknownName(f"“{name}” is the name of several things: {listed}", things)
        near = self._near(name)
        named: dict[str, list[tuple[str, str]]] = {}
        for thing, label in self._like(name):
            named.setdefault(fold(label), []).append((thing, label))
        for alike in get_close_matches(fold(name), named, 3, 0.6):
            near.update(sorted(named[alike]))
        names = dict.fromkeys(near.values())
        hint = f"did you mean {' or '.join(names)}?" if near else "search with `allgraph find`"
        return UnknownName(f"nothing is named “{name}”; {hint}", [*near])


def batches(iris: Iterable[str]) -> Iterator[list[Term]]:
    """Yield IRIs as terms, as many at a time as one query asks about."""
    rest = iter(iris)
    while batch := [NamedNode(iri) for iri in islice(rest, _BATCH)]:
        yield list[Term](batch)
