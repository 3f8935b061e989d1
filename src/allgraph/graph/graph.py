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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Store

from allgraph import sandbox
from allgraph.errors import AllgraphError, InputError, ParameterError, UnknownName
from allgraph.folder import Folder
from allgraph.folder.snapshot.directory import Snapshot
from allgraph.graph import namesakes
from allgraph.model import edtf
from allgraph.model.names import Words, fold, key, match_rank, split, whole_pattern
from allgraph.model.sentences import capitalised, fill, with_article
from allgraph.rdf import terms
from allgraph.rdf.terms import Prefixes, Term, ag, text
from allgraph.render.html import element, joined, table
from allgraph.sparql import sandboxed
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.embedded import Embedded, OnDisk
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.paging import Asking
from allgraph.sparql.engine import Engine
from allgraph.sparql.house import house
from allgraph.sparql.questions import Catalogue, Query
from allgraph.sparql.syntax import refuse_depth
from allgraph.sparql.tokens import refuse_service

if TYPE_CHECKING:
    from allgraph.folder.snapshot.names import Register
    from allgraph.model.columns import Columns

log = logging.getLogger("allgraph")
Progress = Callable[[str], None]
FOUND = 10_000
"""How many names an endpoint is asked for at most, for one search."""
_LONGEST_NAME = 1000  # characters of a name that is searched
_CANDIDATES = 5_000  # names from the register that are compared, before the engine compares all
_BATCH = 500  # IRIs that one query asks about
_MOST_WAYS = 3  # things of the right kind that an error names
_MOST_WORDS = 8  # of a name, for which the register is searched


@dataclass(frozen=True)
class Thing:
    """A thing of a graph, such as a person or a law: its IRI, display name and kind."""

    iri: str
    name: str
    kind: str

    def as_dict(self, prefixes: Prefixes) -> dict[str, Any]:
        """Return the thing as a dict for lists of things in JSON."""
        return {"thing": prefixes.shorten(self.iri), "name": self.name, "kind": self.kind}


@dataclass(frozen=True)
class Graph:
    """A graph that answers questions: a folder, an engine, and the folder's questions.

    It does not change, and threads may share it. `snapshot` is the one that the engine reads, or
    ``None``.
    """

    folder: Folder
    engine: Engine
    include_sensitive: bool = False
    snapshot: Snapshot | None = field(default=None, repr=False)

    @property
    def prefixes(self) -> Prefixes:
        """The prefixes of the folder."""
        return self.folder.prefixes

    @cached_property
    def queries(self) -> Catalogue:
        """The named questions of the folder, by name; each file is read when first needed."""
        return Catalogue(self.folder.query_files(), self.folder.relative, self.prefixes)

    @cached_property
    def profile_files(self) -> Catalogue:
        """The queries of the folder for profiles, by name; each file is read when first needed.

        A profile is a query that describes a thing in another vocabulary; see `profiles`.
        """
        files = self.folder.profile_files()
        return Catalogue(files, self.folder.relative, self.prefixes, noun="profile")

    @property
    def root(self) -> Graph:
        """The graph itself; for a view, the graph at the bottom that is no view."""
        return self

    @property
    def is_remote(self) -> bool:
        """Whether the graph, or the root graph of a view, is held by an endpoint."""
        return isinstance(self.root.engine, Remote)

    @property
    def is_on_disk(self) -> bool:
        """Whether the engine queries a store on disk."""
        return isinstance(self._own_engine, OnDisk)

    @property
    def _own_engine(self) -> Engine:
        """The engine without those that wrap it to limit the time of queries."""
        engine = self.engine
        while isinstance(engine, sandboxed.Timed):
            engine = engine.engine
        return engine

    @property
    def store(self) -> Store:
        """The pyoxigraph store of the engine; `InputError` when it is not in this process."""
        engine = self._own_engine
        if isinstance(engine, Embedded):
            return engine.store
        raise InputError(
            f"the {engine.description} holds this graph, and only a graph from a folder can be "
            "written or handed on whole; ask for its triples with `allgraph sparql`"
        )

    @cached_property
    def columns(self) -> Columns:
        """The claims as columns, read from the snapshot or made from the store when first used.

        Raises `InputError` as `store` does.
        """
        if self.snapshot is not None:
            from allgraph.folder.snapshot import columns

            return columns.read(self.snapshot.place / "columns")
        from allgraph.model.columns import Columns

        return Columns.of_store(self.store)

    @cached_property
    def register(self) -> Register | None:
        """The index of names in the snapshot; ``None`` for a graph without a snapshot."""
        if self.snapshot is None:
            return None
        from allgraph.folder.snapshot.names import Register

        return Register(self.snapshot.place / "names")

    def ask(self, question: str, /, **parameters: object) -> Answer:
        """Run a named question, and return the answer.

        Parameters are texts (an IRI, a CURIE or an exact name for an entity; a day such as
        ``2013-07-01`` for a date) or terms; names are queried too. Raises `UnknownQuestion`,
        `ParameterError` (also for a thing that is not of a declared kind), `UnknownName`,
        `QueryError` for an invalid question file, and `EngineError`, such as `EngineTimeout`, or
        `TooMuch` when an endpoint leaves out rows.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> answer = graph.ask("founders", body="Model Alliance")
        >>> answer.columns[:2], answer.rows[0]["name"].value
        (('person', 'name'), 'Sara Ziff')
        """
        query = self.queries[question]
        return self._answer(query.bind(self._checked_values(query, parameters)))

    def _checked_values(self, query: Query, given: Mapping[str, object]) -> dict[str, Term]:
        """Return what `Query.values` returns for the values given, things found by `resolve`.

        Raises `ParameterError` for a thing of another kind than its parameter declares. The message
        names the kinds, and things of the right kind that the thing is tied to. The root graph is
        queried. Things without a class, or of a class without a label, are taken.
        """
        values = query.values(given, self.resolve)
        for parameter in query.parameters:
            thing = values.get(parameter.name)
            if not parameter.kinds or not isinstance(thing, NamedNode):
                continue
            kinds: list[Term] = [*map(NamedNode, parameter.kinds)]
            if self.root.run("is-of-kind", thing=thing, kinds=kinds):
                continue
            given_thing = self.root.thing(thing)
            if given_thing.kind:
                named = self.root.described(parameter.kinds)
                wanted = " or ".join(with_article(named[kind].name) for kind in parameter.kinds)
                raise ParameterError(
                    f"{parameter.name}: {given_thing.name} is {with_article(given_thing.kind)}, "
                    f"not {wanted}; "
                    + (self.root._ways_out(thing, kinds) or "search with `allgraph find`")
                )
        return values

    def remarks(self, question: str, /, **parameters: object) -> list[str]:
        """Return sentences about values for which a question without an answer has no sense.

        They are about dates that are not in the order of the parameters, such as a last day before
        the first, and about days before all dates of the graph, which are queried. `parameters` are
        those of `ask`, whose errors it raises.
        """
        query = self.queries[question]
        values = query.values(parameters, self.resolve)
        days = {
            parameter.name: day
            for parameter in query.parameters
            if parameter.type == "date" and (day := text(values.get(parameter.name)))
        }
        return [*_reversed(days), *self._before_all(days)]

    def _before_all(self, days: Mapping[str, str]) -> Iterator[str]:
        """Query the first date of the root graph, and yield a sentence for each day before it.

        `days` are ISO days by the name of a parameter or an option.
        """
        first = text(self.root.run("earliest").rows[0]["first"]) if days else ""
        for name, day in days.items():
            if first and edtf.day(day) < edtf.day(first):
                yield f"{name}: {day} is before all dates in this graph; the first is {first}"

    def _ways_out(self, thing: NamedNode, kinds: list[Term]) -> str:
        """Query the first things of some classes that a thing is tied to; return them in words."""
        sentences: dict[str, str] = {}
        for row in self.run("tied-of-kind", thing=thing, kinds=kinds).rows:
            sentence = fill(*(text(row[part]) for part in ("sentence", "subject", "object")))
            sentences.setdefault(text(row["other"]), capitalised(sentence))
        shown = islice(sentences.items(), _MOST_WAYS)
        return "; ".join(f"{said}: take {self.prefixes.shorten(other)}" for other, said in shown)

    def sparql(
        self,
        query: str,
        *,
        timeout: float | None = None,
        memory: int = sandbox.MEMORY,
        allow_service: bool = False,
    ) -> Answer:
        """Run any SPARQL query, and return the answer; prefixes of the graph need not be declared.

        With a `timeout` in seconds, or when the text is long or deeply nested, the query runs in a
        process of its own, which may take `memory` bytes beside the graph; an endpoint takes the
        `timeout` alone. With `allow_service` the query may send requests to other endpoints. Raises
        `QueryError` for a wrong or too deep text or a SERVICE that is not allowed, `EngineTimeout`,
        `EngineCrash` when `memory` is not enough, and `EngineError`.

        >>> from allgraph.graph import open_graph
        >>> open_graph().sparql("ASK { id:coco-rocha a ag:Person }").value
        True
        """
        if not allow_service:
            refuse_service(query)
        refuse_depth(query)
        if isinstance(self.engine, Remote):
            engine = self.engine if timeout is None else self.engine.within(timeout)
            return engine.query(query)
        return sandboxed.query(self.engine, query, timeout=timeout, memory=memory)

    def run(self, question: str, **values: Term | list[Term]) -> Answer:
        """Run a house question, a query in ``src/allgraph/sparql/queries``, and return the answer.

        `values` are terms for its parameters. The answer has all rows, also where an endpoint cuts
        answers. Raises `UnknownQuestion`, and `EngineError` when the engine cannot answer.
        """
        query = house(question)
        if self._endpoint_client is not None:
            return self._endpoint_client.whole(query, values)
        return self.engine.query(query.bind(values))

    def rows(self, question: str, **values: Term | list[Term]) -> Iterator[Row]:
        """Run a house question, one of the package's own, and return an iterator over its rows.

        `values` are terms for its parameters. An endpoint is queried page by page, as the rows are
        needed, and `EngineError` may then be raised meanwhile.
        """
        if self._endpoint_client is not None:
            return self._endpoint_client.rows(house(question), values)
        return iter(self.run(question, **values).rows)

    def run_for(
        self, question: str, parameter: str, iris: Iterable[str], **values: Term
    ) -> Iterator[Row]:
        """Run a house question, one of the package's own, for IRIs in batches; yield all rows.

        `parameter` is the name of the parameter that gets the IRIs of a batch; `values` are terms
        for the others.
        """
        for batch in batches(iris):
            yield from self.run(question, **{parameter: batch}, **values).rows

    def bound(self, query: Query, values: Mapping[str, Term | list[Term]]) -> Answer:
        """Run a question with terms for its parameters, and return the answer.

        Raises `TooMuch` when an endpoint leaves out rows.
        """
        return self._answer(query.bind(values))

    def _answer(self, sparql: str) -> Answer:
        """Run SPARQL that comes from a question, and return the answer.

        Raises `TooMuch` when an endpoint leaves out rows.
        """
        if self._endpoint_client is not None:
            return self._endpoint_client.answer(sparql)
        return sandboxed.query(self.engine, sparql)

    @cached_property
    def _endpoint_client(self) -> Asking | None:
        """The client that queries the endpoint; ``None`` for a graph that no endpoint holds."""
        return Asking(self.engine) if isinstance(self.engine, Remote) else None

    def find(self, name: str) -> list[Thing]:
        """Return the things with some words in one of their names, best first; queries the graph.

        Words are in any order, whole or parts of words; case and accents are ignored. When no name
        has them, one may have a typo. An IRI, a CURIE, an identifier, a number or an address finds
        its thing too; a blank text finds nothing. A thing needs a label and a class; it comes once,
        with the first of its labels. Things come before sources; best are those with just this
        name, then those with one that begins with the text, then those with the whole text in one.
        Raises `ParameterError` for a text that is too long, or that too many names of an endpoint
        have.

        >>> from allgraph.graph import open_graph
        >>> [thing.name for thing in open_graph().find("bundchen gisele")]
        ['Gisele Bündchen']
        """
        _check_length(name)
        words = Words(terms.literal(name).value)
        if not words.pattern:
            return []
        rows = [*self._rows_of_meant(name), *self._rows_of_names(words)]
        if not rows:
            rows = self._rows_with_typo(replace(words, is_lenient=True))
        return _in_order_of_match(name, rows)

    def _rows_of_meant(self, name: str) -> Iterator[Row]:
        """Query the things that an IRI, a CURIE, an identifier, a number or an address stands for.

        Yields rows of the house question ``find-among``, with ``any`` set to the text.
        """
        if len(name.split()) != 1:
            return
        value = terms.literal(name.strip())
        answers = [
            self.run("identified", value=terms.literal(way)) for way in _written_ways(value.value)
        ]
        known = self.known(value.value)
        things = {text(row["thing"]) for answer in answers for row in answer.rows}
        things |= {known.value} if known is not None else set()
        anything = terms.literal("")
        for row in self.run_for("find-among", "things", sorted(things), pattern=anything):
            yield {**row, "any": value}

    def _rows_of_names(self, words: Words) -> list[Row]:
        """Query the things with names that have some words; return rows of the question ``find``.

        In a graph with a snapshot, the index of names gives the things to compare, unless they are
        too many. Raises `ParameterError` when an endpoint would send more than `FOUND` rows.
        """
        things = self._candidates(words)
        name_pattern = terms.literal(words.pattern)
        if self.root._endpoint_client is not None:
            values = {"pattern": name_pattern}
            rows = self.root._endpoint_client.whole(house("find"), values, FOUND + 1).rows
            if len(rows) > FOUND:
                raise ParameterError(
                    f"more than {FOUND:,} names have “{words.text}” in them; type more"
                )
        elif things is None:
            rows = self.run("find", pattern=name_pattern).rows
        else:
            rows = tuple(self.run_for("find-among", "things", things, pattern=name_pattern))
        return [row for row in rows if words.match(text(row["any"]))]

    def _rows_with_typo(self, words: Words) -> list[Row]:
        """Query the things with names that have lenient `words`; return rows of ``find``.

        None where an endpoint has too many names to compare.
        """
        try:
            return self._rows_of_names(words) if words.pattern else []
        except ParameterError:
            return []

    def _candidates(self, words: Words) -> list[str] | None:
        """Return the IRIs of things whose names in the index of a snapshot have some words.

        ``None`` without a snapshot, or when too many names would have to be compared.
        """
        register = self.root.register
        if register is None:
            return None
        found = [register.holding(part, _CANDIDATES) for part in words.parts]
        if None in found:
            return None
        pairs = chain.from_iterable(names or () for names in found)
        return sorted({thing for name, thing in pairs if words.match(name)})

    def resolve(self, name: str | NamedNode) -> NamedNode:
        """Return the one thing that a full IRI, a CURIE or an exact name stands for.

        Names are compared ignoring case and accents, but those with the same accents come first.
        Alternative names and those used in sentences, such as “the Model Alliance”, count too. A
        term is returned as it is; all else is queried. Raises `UnknownName` with the candidates
        when there is none or more than one, and `ParameterError` for a text that is no Unicode or
        too long.

        >>> from allgraph.graph import open_graph
        >>> open_graph().resolve("coco rocha").value
        'https://w3id.org/allgraph/id/coco-rocha'
        """
        if isinstance(name, NamedNode):
            return name
        plain = terms.literal(" ".join(name.split())).value
        thing = self.known(plain)
        if thing is not None:
            return thing
        things = self._named(plain)
        if len(things) == 1:
            return NamedNode(things[0])
        raise self._unknown_name(name, things)

    def _named(self, name: str) -> list[str]:
        """Query the things with a name, and return their IRIs, sorted.

        They are those that have it with its accents, or if there are none, with others. Raises
        `ParameterError` for a name that is too long.
        """
        _check_length(name)
        whole = terms.literal(whole_pattern(name))
        if not whole.value:
            return []
        register = self.root.register
        if register is None:
            rows: Iterable[Row] = self.run("named", pattern=whole).rows
        else:
            rows = self.run_for("named-among", "things", register.named(name), pattern=whole)
        names = [(text(row["thing"]), text(row["name"])) for row in rows]
        same = {thing for thing, other in names if split(other) == split(name)}
        return sorted(same or {thing for thing, other in names if key(other) == key(name)})

    def known(self, name: str) -> NamedNode | None:
        """Return the IRI that a full IRI or a CURIE stands for, or ``None`` if no triple has it.

        Queries the graph.
        """
        expanded = self.prefixes.expand(name)
        try:
            thing = None if expanded is None else terms.iri(expanded)
        except ParameterError:
            return None
        return thing if thing is not None and self.run("known", thing=thing) else None

    def term(self, name: str | NamedNode) -> NamedNode:
        """Return the IRI that an IRI, a CURIE, an exact name, or a term of ``ag:`` stands for.

        Such a term is a class or predicate, and needs no ``ag:`` before it; a thing that has it as
        its name comes first. Queries the graph. Raises `UnknownName` for a name that none or
        several have, and `ParameterError` for one that is too long or no Unicode.

        >>> from allgraph.graph import open_graph
        >>> open_graph().term("signed").value
        'https://w3id.org/allgraph/ns#signed'
        """
        try:
            return self.resolve(name)
        except UnknownName as error:
            term = self.known(f"ag:{name}")
            if term is None:
                raise self._unknown_term(name, error) from None
            return term

    def _unknown_term(self, name: str | NamedNode, error: UnknownName) -> UnknownName:
        """Return the error for a name that is neither that of a thing nor a term of ``ag:``.

        Of the predicates of the graph, which are queried, it names one that may be meant; without
        one it is `error`, which is about things.
        """
        if error.candidates:
            return error
        predicates = {text(row["predicate"]) for row in self.run("predicates").rows}
        names = {terms.local_name(iri): iri for iri in sorted(predicates)}
        near = get_close_matches(str(name).rpartition(":")[2], names, 1)
        if not near:
            return error
        iri = names[near[0]]
        shown = self.prefixes.shorten(iri)
        return UnknownName(f"nothing is named “{name}”; did you mean {shown}?", [iri])

    def thing(self, iri: NamedNode) -> Thing:
        """Query the name and kind of an IRI, and return it as a thing.

        Its name is the CURIE when it has none.

        >>> from allgraph.graph import open_graph
        >>> graph = open_graph()
        >>> graph.thing(graph.resolve("id:respect-program")).kind
        'campaign'
        """
        return self.described([iri.value])[iri.value]

    def described(self, iris: Iterable[str]) -> dict[str, Thing]:
        """Query the names and kinds of IRIs in batches, and return them as things by IRI.

        Of several names or kinds, the one that sorts first is taken. The name of a thing without
        one is its CURIE, and its kind ``""``; an IRI that is not in the graph is such a thing too.

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

    def told_apart(self, things: Sequence[Thing]) -> dict[str, str]:
        """Return a short line for each of some things that has the name of another one, by IRI.

        It is made of the claims about the thing, which are queried, such as “New York State
        Senator, 2005–2018”; things without such claims have none. Names are compared without case
        and accents.
        """
        counts = Counter(name for name, _ in {(key(thing.name), thing.iri) for thing in things})
        iris = [thing.iri for thing in things if counts[key(thing.name)] > 1]
        return namesakes.lines(self.run_for("told-apart", "things", iris))

    def _lines(self, iris: list[str]) -> dict[str, str]:
        """Query what tells some things apart, and return it by IRI: kind, and a tie with years."""
        lines = namesakes.lines(self.run_for("told-apart", "things", iris))
        things = self.described(iris)
        return {
            iri: ", ".join(filter(None, (things[iri].kind, lines.get(iri, "")))) for iri in iris
        }

    def _repr_html_(self) -> str:
        """Return the graph as HTML for notebooks: title, size, how to ask it, questions.

        Counts claims by a query, unless an endpoint holds the graph.
        """
        title, about = self.folder.title, self.folder.description
        parts = [element("p", element("b", title), f": {about}" if about else "")]
        parts.append(element("p", self._size_sentence()))
        calls = 'graph.ask("…")', 'graph.find("…")', 'graph.sparql("…")'
        code = joined((element("code", call) for call in calls), ", ")
        parts.append(element("p", "Ask it with ", code, "."))
        rows = ((name, self._title(name)) for name in self.queries)
        questions = table(("question", "what it asks"), rows, len(self.queries), "question")
        parts.append(element("details", element("summary", "Questions"), questions))
        return joined(parts)

    def _size_sentence(self) -> str:
        """Return a sentence with the numbers of claims, sources and things, which are queried once.

        For an endpoint, where counting may take long, it has the address instead.
        """
        if self.is_remote:
            return f"Held by the {self.root.engine.description}."
        row = self._counts.rows[0]
        kinds = ("claims", "sources", "things")
        return f"{', '.join(f'{int(text(row[kind])):,} {kind}' for kind in kinds)}."

    @cached_property
    def _counts(self) -> Answer:
        """The numbers of claims, sources and things, queried when first used."""
        return self.run("counts")

    def _title(self, question: str) -> str:
        """Return what a question asks, or the error message when its file cannot be read."""
        try:
            return self.queries[question].title
        except AllgraphError as error:
            return str(error)

    def candidate_names(self, name: str) -> Iterator[tuple[str, str]]:
        """Query things and yield their IRIs and names, to be compared with a name that nothing has.

        These are all things, each with all its names. In a graph whose index has more than
        `_CANDIDATES` names, they are those that share one of the first words with `name`, unless
        too many do, and with one name each. None where an endpoint has more than `FOUND` names.
        """
        if self.root._endpoint_client is not None:
            rows = self.root._endpoint_client.whole(house("names"), {}, FOUND + 1).rows
            if len(rows) <= FOUND:
                yield from ((text(row["thing"]), text(row["name"])) for row in rows)
            return
        register = self.root.register
        if register is None or len(register) <= _CANDIDATES:
            for row in self.run("names").rows:
                yield text(row["thing"]), text(row["name"])
            return
        for word in key(name).split()[:_MOST_WORDS]:
            names = register.holding(word, _CANDIDATES) or ()
            things = self.described(thing for _, thing in names)
            yield from ((thing.iri, thing.name) for thing in things.values())

    def _first_matches(self, name: str) -> dict[str, str]:
        """Query the first three things with a text in their names, and return the names by IRI.

        Empty where an endpoint has too many.
        """
        try:
            return {thing.iri: thing.name for thing in self.find(name)[:3]}
        except ParameterError:
            if self.root._endpoint_client is None:
                raise
            return {}

    def _unknown_name(self, name: str, things: list[str]) -> UnknownName:
        """Return the error for a name that nothing has, or that several `things` (IRIs) have.

        For a name that nothing has, similar names are queried for the hint in the message. Raises
        `ParameterError` if it is too long for this.
        """
        shorten = self.prefixes.shorten
        if things:
            lines = self._lines(things)
            listed = ", ".join(
                f"{shorten(iri)} ({line})" if (line := lines[iri]) else shorten(iri)
                for iri in things
            )
            return UnknownName(f"“{name}” is the name of several things: {listed}", things)
        suggestions = self._first_matches(name)
        things_by_name: dict[str, list[tuple[str, str]]] = {}
        for thing, label in self.candidate_names(name):
            things_by_name.setdefault(fold(label), []).append((thing, label))
        for similar_name in get_close_matches(fold(name), things_by_name, 3, 0.6):
            suggestions.update(sorted(things_by_name[similar_name]))
        names = dict.fromkeys(suggestions.values())
        hint = (
            f"did you mean {' or '.join(names)}?" if suggestions else "search with `allgraph find`"
        )
        return UnknownName(f"nothing is named “{name}”; {hint}", [*suggestions])


def _reversed(days: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each day that is before the one before it; `days` are by name."""
    for (name, day), (later_name, later) in pairwise(days.items()):
        if edtf.day(later) < edtf.day(day):
            yield f"{later_name}: {later} is before {name}, {day}; nothing can be between them"


def _check_length(name: str) -> None:
    """Raise `ParameterError` for a name that is too long to be searched."""
    if len(name) > _LONGEST_NAME:
        raise ParameterError(f"the name has {len(name)} characters; the most are {_LONGEST_NAME}")


def _written_ways(value: str) -> list[str]:
    """Return the ways in which an identifier may be written: as it is, in lower and upper case."""
    return [*dict.fromkeys((value, value.lower(), value.upper()))]


def _in_order_of_match(name: str, rows: Iterable[Row]) -> list[Thing]:
    """Return the things in rows of the house question ``find``, those that match `name` best first.

    Things come before sources. The name of a thing is the first of its labels that has a kind.
    """
    columns = ("thing", "name", "kind")
    labels = {tuple(text(row[column]) for column in columns) for row in rows}
    things: dict[str, Thing] = {}
    for iri, label, kind in sorted(labels, key=lambda row: (row[2] == "", row)):
        things.setdefault(iri, Thing(iri, label, kind))
    sources = {text(row["thing"]) for row in rows if row["class"] == ag("Source")}
    ranks: dict[str, tuple[bool, ...]] = {}
    for row in rows:
        iri, rank = text(row["thing"]), match_rank(name, text(row["any"]))
        ranks[iri] = min(rank, ranks.get(iri, rank))
    order = {iri: (iri in sources, ranks[iri], thing.name, iri) for iri, thing in things.items()}
    return [things[iri] for iri in sorted(order, key=order.__getitem__)]


def batches(iris: Iterable[str]) -> Iterator[list[Term]]:
    """Yield IRIs as terms, in lists of at most as many as one query asks about."""
    rest = iter(iris)
    while batch := [NamedNode(iri) for iri in islice(rest, _BATCH)]:
        yield list[Term](batch)
