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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NoReturn, Self

from pyoxigraph import BlankNode, Literal, NamedNode, Store

from allgraph import sandbox
from allgraph.errors import InputError, ParameterError
from allgraph.folder import Folder, deprecated
from allgraph.folder.deprecated import Table
from allgraph.graph.names import NamedThings, Thing
from allgraph.model import edtf, vocabulary
from allgraph.model.facts import Facts, Find
from allgraph.model.names import Schemes
from allgraph.model.sentences import capitalised, fill, with_article
from allgraph.rdf.terms import WITHDRAWN, XSD, Prefixes, Term, text
from allgraph.render.brief import Brief, quoted
from allgraph.render.html import Fragment, element, joined
from allgraph.sparql import sandboxed
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.dataset import QueriedStore
from allgraph.sparql.embedded import Closed, Embedded, OnDisk, store_errors
from allgraph.sparql.engine import Engine
from allgraph.sparql.house import house
from allgraph.sparql.questions import Catalogue, Query
from allgraph.sparql.syntax import refuse_depth
from allgraph.sparql.tokens import refuse_service

if TYPE_CHECKING:
    from allgraph.folder.snapshot.directory import Snapshot
    from allgraph.graph.claim_order import Places
    from allgraph.model.columns import Columns
    from allgraph.model.derivation import Derivation
    from allgraph.model.name_index import NameIndex
    from allgraph.model.table import ClaimTable
    from allgraph.model.topics import Topics
    from allgraph.sparql.endpoint.paging import Asking

log = logging.getLogger("allgraph")
_MANY = 20  # things whose ties are looked up in the table of claims
_KEPT = 10_000  # answers by types; a graph has few sets of types
Progress = Callable[[str], None]
"""What is called with a message for each step of long work.

>>> import tempfile
>>> from pathlib import Path
>>> import allgraph
>>> from allgraph.folder import init_folder
>>> messages: list[str] = []
>>> with tempfile.TemporaryDirectory() as place:
...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/club/")
...     graph = allgraph.open(folder.root, progress=messages.append)
>>> len(messages) > 0
True
"""
_BATCH = 500  # IRIs that one query asks about
_MOST_WAYS = 3  # things of the right kind that an error names


@dataclass(frozen=True, repr=False)
class Graph(Brief, NamedThings):
    """A graph that answers questions: a folder, an engine, and the folder's questions.

    It does not change, and threads may share it. `snapshot` is the one that the engine reads, or
    ``None``. `derivation` has the facts of the files, if these were read. `with_withdrawn` says
    whether it has the withdrawn claims too. At the end of a ``with`` it is closed.

    >>> import allgraph
    >>> with allgraph.open() as graph:
    ...     [thing.name for thing in graph.find("rocha")]
    ['Coco Rocha']
    >>> graph.find("rocha")
    Traceback (most recent call last):
      ...
    allgraph.errors.InputError: the graph is closed; open it again
    """

    folder: Folder
    engine: Engine
    include_sensitive: bool = False
    snapshot: Snapshot | None = field(default=None, repr=False)
    derivation: Derivation | None = field(default=None, repr=False, compare=False)
    with_withdrawn: bool = False

    def close(self) -> None:
        """Let go of the store, the lock on a snapshot, and all that was made from them.

        A store on disk is closed when no other graph and no query uses it. Later calls, also of
        views on this graph, raise `InputError`; to close it again has no effect. No other thread
        may be using the graph.
        """
        names = {one.name for one in fields(self)}
        for name in vars(self).keys() - names:
            made = vars(self).pop(name)
            if isinstance(made, Graph):
                made.close()
        vars(self).update(engine=Closed(self.prefixes), snapshot=None, derivation=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        """Raise `InputError`: a store belongs to one process, and is not pickled."""
        raise InputError(
            "a graph belongs to one process and is not pickled; pass the path of its folder, or "
            "the address of its endpoint, and open it where it is used: "
            f"allgraph.open({str(self.folder.root)!r})"
        )

    def _facts(self) -> Iterator[str]:
        yield quoted(self.folder.title)
        yield "an endpoint" if self.is_remote else "on disk" if self.is_on_disk else "in memory"

    def __str__(self) -> str:
        """Return the title, and the numbers of claims, sources and things, which are queried."""
        return f"{self.folder.title}. {self._size_sentence()}"

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
        """True if the graph, or the root graph of a view, is not in this process."""
        return not isinstance(self.root._own_engine, Embedded)

    @property
    def is_on_disk(self) -> bool:
        """True if the engine queries a store on disk."""
        return isinstance(self._own_engine, OnDisk)

    @property
    def _own_engine(self) -> Engine:
        """The engine without the one that wraps it to limit the time of queries."""
        engine = self.engine
        return engine.engine if isinstance(engine, sandboxed.Timed) else engine

    @property
    def store(self) -> Store:
        """The pyoxigraph store of the engine; `InputError` when it is not in this process."""
        return self.queried.store

    @property
    def queried(self) -> QueriedStore:
        """The store of the engine, to be queried; `InputError` when it is not in this process."""
        engine = self._own_engine
        if isinstance(engine, Embedded):
            return engine.queried
        raise InputError(
            f"the {engine.description} holds this graph, and only a graph opened from a folder can "
            "be exported whole; query its triples with SPARQL"
        )

    @property
    def quads(self) -> Find:
        """The function that finds the quads of a pattern; raises `InputError` as `store` does."""
        return self.queried.quads

    @cached_property
    def deprecated(self) -> Table:
        """The deprecated terms, by IRI: from the store, for an endpoint from the ontology's files.

        Raises `LoadError` for such a file that cannot be read or parsed.
        """
        if self.is_remote:
            return deprecated.of(self.folder)
        find = self.root.queried.quads
        terms = [quad.subject for quad in find(None, vocabulary.NO_LONGER_USED, None)]
        return deprecated.table(chain.from_iterable(find(term, None, None) for term in terms))

    @cached_property
    def including_withdrawn(self) -> Graph:
        """The same graph with the withdrawn claims; itself if it has them.

        Raises `InputError` for a graph at an endpoint.

        >>> from allgraph.graph import open_graph
        >>> open_graph().including_withdrawn.with_withdrawn
        True
        """
        if self.with_withdrawn:
            return self
        engine = self._own_engine
        if not isinstance(engine, Embedded):
            raise InputError(
                f"the {engine.description} holds this graph; only a folder has withdrawn claims"
            )
        including: Engine = engine.including_withdrawn()
        if isinstance(self.engine, sandboxed.Timed):
            including = replace(self.engine, engine=including)
        return replace(self, engine=including, with_withdrawn=True)

    def showing(self, iri: NamedNode) -> Graph:
        """Return the graph with the triples about an IRI: this one, or that with withdrawn claims.

        It is `including_withdrawn` for a withdrawn claim, and evidence of one; else this graph.
        """
        return self.including_withdrawn if self._has_withdrawn(iri) else self

    def withdrawn_claims(self) -> Iterator[str]:
        """Yield the IRIs of the withdrawn claims, and of the claims about them; reads the store."""
        quads = self.store.quads_for_pattern(None, vocabulary.TYPE, vocabulary.CLAIM, WITHDRAWN)
        return (quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode))

    def _has_withdrawn(self, iri: NamedNode) -> bool:
        """Return True if this graph has no triple about an IRI, but withdrawn claims do."""
        if self.with_withdrawn or self.is_remote:
            return False
        with store_errors():
            quads = self.root.store.quads_for_pattern(iri, None, None, WITHDRAWN)
            return next(quads, None) is not None and not any(
                self.root.queried.quads(iri, None, None)
            )

    def knows(self, thing: NamedNode) -> bool:
        """Return True if a triple or a withdrawn claim has an IRI; queries the graph."""
        return bool(self.run("known", thing=thing)) or self._has_withdrawn(thing)

    @cached_property
    def schemes(self) -> Schemes:
        """The schemes of identifiers, queried when first used."""
        return Schemes.of(self.run("schemes").rows)

    @cached_property
    def predicate_places(self) -> Places:
        """The places of predicates in the order for readers; see `claim_order.places_of`."""
        from allgraph.graph import claim_order

        return claim_order.places_of(self.root.run("predicate-order").rows)

    @cached_property
    def columns(self) -> Columns:
        """The claims as columns, read from the snapshot or made from the facts when first used.

        Raises `InputError` as `store` does.
        """
        if self.snapshot is not None:
            from allgraph.folder.snapshot import columns

            return columns.read_columns(self.snapshot.part("columns", self.with_withdrawn))
        return self.table.columns

    @cached_property
    def _by_types(self) -> dict[tuple[str, frozenset[str]], list[str]]:
        """The answers that `said_of_types` keeps, by question and types."""
        return {}

    @cached_property
    def topics(self) -> Topics:
        """The triples about things with very many of them; raises `InputError` as `store` does."""
        from allgraph.model.topics import Topics

        return Topics(lambda: self.store, self.queried.merged, self.table, self.columns)

    @cached_property
    def table(self) -> ClaimTable:
        """The table of claims, read from the snapshot or made from the facts when first used.

        Without a snapshot and a derivation these are the facts of the store. Raises `InputError` as
        `store` does.
        """
        if self.snapshot is not None:
            from allgraph.folder.snapshot import columns

            place = self.snapshot.part("columns", self.with_withdrawn)
            return columns.read(place, self.columns)
        from allgraph.model.table_builder import table_of

        facts = self.derivation or Facts.of(self.queried.quads)
        return table_of(facts, with_withdrawn=self.with_withdrawn)

    def levels(self, claims: Iterable[str]) -> Mapping[str, int]:
        """Return how certain claims are, by IRI; empty for a graph that is no view."""
        return {}

    @cached_property
    def name_index(self) -> NameIndex:
        """The index of names, mapped from the snapshot or made from the store when first used.

        Raises `InputError` as `store` does.
        """
        if self.snapshot is not None:
            from allgraph.folder.snapshot import names

            return names.read(self.snapshot.part("names", self.with_withdrawn))
        from allgraph.model.name_index import NameIndex, names_in

        return NameIndex.of(names_in(self.queried.quads))

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
        >>> answer.columns[:2], answer.rows[0].text("name")
        (('thing', 'name'), 'Sara Ziff')
        """
        query = self.queries[question]
        return self.bound(query, self.checked_values(query, parameters))

    def checked_values(self, query: Query, given: Mapping[str, object]) -> dict[str, Term]:
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
                    + (self.root._ways_out(thing, kinds) or "search for another one by name")
                )
        return values

    def remarks(self, question: str, answered: bool = False, /, **parameters: object) -> list[str]:
        """Return sentences about values that make no sense in a question.

        They are about dates that are not in the order of the parameters, such as a last day before
        the first, and about days before all dates of the graph, which are queried. Of a question
        that was `answered`, with rows, they are only about a parameter named ``day``. `parameters`
        are those of `ask`, whose errors it raises.
        """
        query = self.queries[question]
        values = query.values(parameters, self.resolve)
        days = {
            parameter.name: day
            for parameter in query.parameters
            if parameter.type == "date"
            and (day := text(values.get(parameter.name)))
            and (parameter.name == "day" or not answered)
        }
        return [*_reversed(days), *self._before_all(days)]

    def _before_all(self, days: Mapping[str, str]) -> Iterator[str]:
        """Query the first date of the root graph, and yield a sentence for each day before it.

        `days` are ISO days by the name of a parameter or an option.
        """
        for name, day in days.items():
            if self.root.run("begun", day=Literal(day, datatype=NamedNode(XSD + "date"))):
                continue
            if first := text(self.root.run("earliest").rows[0]["first"]):
                yield f"{name}: {day} is before all dates in this graph; the first is {first}"

    def _ways_out(self, thing: NamedNode, kinds: list[Term]) -> str:
        """Query the first things of some classes that a thing is tied to; return them in words."""
        sentences: dict[str, str] = {}
        for row in self.run("tied-of-kind", thing=thing, kinds=kinds).rows:
            sentence = fill(*(text(row[part]) for part in ("sentence", "subject", "object")))
            sentences.setdefault(text(row["other"]), capitalised(sentence))
        shown = islice(sentences.items(), _MOST_WAYS)
        return "; ".join(
            f"{sentence}: take {self.prefixes.shorten(other)}" for other, sentence in shown
        )

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
        if self._endpoint_client is not None:
            engine = self._endpoint_client.endpoint
            return (engine if timeout is None else engine.within(timeout)).query(query)
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

    def said_of_types(self, question: str, iris: Iterable[str]) -> dict[str, list[str]]:
        """Return the answers of a house question for things, IRIs, which only their types decide.

        The question has the parameter ``things`` and two columns: a thing, and the answer. Things
        without an answer are left out. An endpoint is asked about all; else one thing of each set
        of types is asked about, once for a graph.

        >>> from allgraph.graph import open_graph
        >>> coco = "https://w3id.org/allgraph/id/coco-rocha"
        >>> open_graph().said_of_types("site-kinds-of", [coco])[coco]
        ['https://w3id.org/allgraph/ns#Person']
        """
        iris = [*iris]
        if self.is_remote:
            return self._answers(question, iris)
        known, types_of = self.root._by_types, self.root.queried.types
        types = {iri: frozenset(types_of(iri)) for iri in iris}
        samples = {of: iri for iri, of in types.items() if (question, of) not in known}
        if samples:
            found = self.root._answers(question, samples.values())
            if len(known) > _KEPT:
                known.clear()
            known |= {(question, of): found.get(iri, []) for of, iri in samples.items()}
        answers = ((iri, known[question, of]) for iri, of in types.items())
        return {iri: answer for iri, answer in answers if answer}

    def _answers(self, question: str, things: Iterable[str]) -> dict[str, list[str]]:
        """Return the second column of a house question for some things, by the first, an IRI."""
        found: dict[str, list[str]] = {}
        for row in self.run_for(question, "things", things):
            thing, answer = map(text, row.values())
            found.setdefault(thing, []).append(answer)
        return found

    def _read_things(self, iris: Iterable[str]) -> dict[str, Thing]:
        if self.is_remote:
            return {}
        labels = self.root.queried.labels
        names = {iri: labels(iri) for iri in iris if len(labels(iri)) < 2}
        classes = self.said_of_types("site-kinds-of", names)
        things = {}
        for iri, name in names.items():
            kind = [label for of in classes.get(iri, ()) for label in labels(of)]
            if len(kind) < 2:
                words = [*name, self.prefixes.shorten(iri)]
                things[iri] = Thing(iri, words[0], "".join(kind), self.prefixes)
        return things

    def ties(self, iris: Iterable[str]) -> dict[str, str]:
        """Return, by IRI, a line with the best tie of each of some things to another with a label.

        Lines are such as “New York State Senator, 2005–2018”, and tell namesakes apart. They are
        read from the table of claims if its network is there already, or for many things, else
        queried.
        """
        from allgraph.graph import namesakes

        iris, root = [*iris], self.root
        columns = vars(root).get("columns")
        is_ready = columns is not None and "network" in vars(columns)
        if self.is_remote or not (is_ready or len(iris) > _MANY):
            rows = self.run_for("told-apart", "things", iris)
            return namesakes.lines(namesakes.asked_ties(rows))
        return namesakes.lines(namesakes.stated_ties(root.table, root.queried.labels, iris))

    def run_for(
        self, question: str, parameter: str, iris: Iterable[str], **values: Term
    ) -> Iterator[Row]:
        """Run a house question, one of the package's own, for IRIs in batches; yield all rows.

        `parameter` is the name of the parameter that gets the IRIs of a batch; `values` are terms
        for the others.
        """
        for batch in batches(iris):
            yield from self.run(question, **{parameter: batch}, **values).rows

    def bound(
        self,
        query: Query,
        values: Mapping[str, Term | list[Term]],
        among: Sequence[Sequence[Term]] | None = None,
    ) -> Answer:
        """Run a question with terms for its parameters, and return the answer.

        Rows that the question leaves in any order are sorted by their columns. Claims in columns of
        sentences (`Query.sentences`) are replaced by their sentences. With `among` only the rows
        with these keys are in the answer. Of a graph `with_withdrawn` claims the last column,
        ``withdrawn``, is the day on which the first of the claims that a row cites was withdrawn.
        Raises `TooMuch` when an endpoint leaves out rows.
        """
        claims = None if self.is_remote else self._dated_claims(query, values)
        sparql = query.bind(values, in_total_order=True, among=among, claims=claims)
        if self._endpoint_client is not None:
            answer = self._endpoint_client.answer(sparql)
        elif query.is_calm:
            answer = self.engine.query(sparql)
        else:
            answer = sandboxed.query(self.engine, sparql)
        if self.with_withdrawn and query.claim_columns:
            answer = self._marked(answer, query.claim_columns)
        answer = replace(answer, hidden=query.hidden_columns, labels=query.labels)
        return self._worded(answer, query.sentences) if query.sentences else answer

    def _dated_claims(
        self, query: Query, values: Mapping[str, Term | list[Term]]
    ) -> list[NamedNode] | None:
        """Return the claims that a question is about by their dates (`Query.dated`), if it says so.

        ``None`` also if it is asked about a thing, and where `Topics.between` returns that.
        """
        if query.dated is None or any(isinstance(one, NamedNode) for one in values.values()):
            return None
        kind, *names = query.dated
        days = [values.get(name) for name in names]
        return self.root.topics.between(kind, *days)

    def _worded(self, answer: Answer, columns: Sequence[str]) -> Answer:
        """Return an answer with sentences in place of the claims in some columns.

        What is no complete claim stays. Where an endpoint holds the graph, it is queried.
        """
        columns = [column for column in columns if column in answer.columns]
        cells = (row[column] for row in answer.rows for column in columns)
        claims = [*dict.fromkeys(cell.value for cell in cells if isinstance(cell, NamedNode))]
        if not claims:
            return answer
        from allgraph.graph.clauses import Clauses

        table = table_with(self.root, claims)
        clauses, place = Clauses(table, self.prefixes), table.columns.claims.place
        places = ((NamedNode(claim), place(claim)) for claim in claims)
        sentences: dict[Term | None, Term] = {
            claim: Literal(clauses.sentence(at)) for claim, at in places if at is not None
        }

        def worded(row: Row) -> Row:
            """Return a row with sentences."""
            return Row(row, **{c: sentences.get(row[c], row[c]) for c in columns})

        return replace(answer, rows=tuple(map(worded, answer.rows)))

    def _marked(self, answer: Answer, cited: Sequence[str]) -> Answer:
        """Return an answer with the column ``withdrawn``, unless it has one; see `bound`."""
        if "withdrawn" in answer.columns:
            return answer
        table = self.root.table
        place, withdrawals = table.columns.claims.place, table.withdrawals

        def mark(row: Row) -> Literal | None:
            """Return the first day on which a claim that a row cites was withdrawn, if any was."""
            rows = (place(text(row[column])) for column in cited)
            days = [withdrawals[at].day for at in rows if at is not None and at in withdrawals]
            return Literal(min(days)) if days else None

        rows = tuple(Row(row, withdrawn=mark(row)) for row in answer.rows)
        return replace(answer, columns=(*answer.columns, "withdrawn"), rows=rows)

    @cached_property
    def _endpoint_client(self) -> Asking | None:
        """The client that queries the endpoint; ``None`` for a graph that no endpoint holds."""
        if isinstance(self._own_engine, Embedded):
            return None
        from allgraph.sparql.endpoint.engine import Remote
        from allgraph.sparql.endpoint.paging import Asking

        return Asking(self.engine) if isinstance(self.engine, Remote) else None

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
        questions = Fragment(self.queries._repr_html_())
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


def _reversed(days: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each of `days` (by name) that is earlier than the one before it."""
    for (name, day), (later_name, later) in pairwise(days.items()):
        if edtf.day(later) < edtf.day(day):
            yield f"{later_name}: {later} is before {name}, {day}; nothing can be between them"


def batches(iris: Iterable[str]) -> Iterator[list[Term]]:
    """Yield IRIs as terms, in lists of at most as many as one query asks about."""
    rest = iter(iris)
    while batch := [NamedNode(iri) for iri in islice(rest, _BATCH)]:
        yield list[Term](batch)


def asked_facts(graph: Graph, question: str, claims: Iterable[str], *links: NamedNode) -> Facts:
    """Run a house question for the facts of claims, by their IRIs, and return these facts.

    The rows of the question are triples: ``s``, ``p`` and ``o``. It is run again for the claims
    that predicates, `links`, lead to from there, at any depth.
    """
    facts, asked, fresh = Facts(), set[str](), [*dict.fromkeys(claims)]
    while fresh:
        for batch in batches(fresh):
            rows = graph.run(question, claims=batch).rows
            terms = ([_own(row[column], len(asked)) for column in "spo"] for row in rows)
            facts.add(f"{subject} {predicate} {obj} ." for subject, predicate, obj in terms)
            asked.update(map(text, batch))
        known = facts.having(vocabulary.TYPE, vocabulary.CLAIM)
        linked = facts.linked(fresh, *links) - asked
        fresh = sorted(iri for iri in linked if f"<{iri}>" in known)
    return facts


def table_with(graph: Graph, claims: Sequence[str]) -> ClaimTable:
    """Return a table that has some claims, by their IRIs, and the claims that are their objects.

    It is that of the graph; where an endpoint holds it, one of these claims alone, for which it is
    queried. A view queries its root graph.
    """
    if not graph.is_remote:
        return graph.table
    from allgraph.model.table_builder import table_of

    return table_of(asked_facts(graph.root, "claim-facts", claims, vocabulary.OBJECT))


def _own(term: Term | None, number: int) -> str:
    """Return a term as text; a blank node, with a label that is valid in one answer, with `number`.

    The number is another one for each answer.
    """
    return f"_:a{number}x{term.value}" if isinstance(term, BlankNode) else str(term)
