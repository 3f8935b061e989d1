r"""Push a graph, with what is derived from it, into a triple store elsewhere.

It is sent in batches, with literals in the engine's forms, since answers come from those. Blank
nodes, of which few are left once a graph is loaded, get IRIs under ``.well-known/genid/`` of the
base, so that a batch can be sent twice. A mark in a graph of its own says how far a delivery has
come, until it is complete; the same call then continues from there. After all that is stated and
derived, which goes into one graph, the named graphs of the files go into graphs of their names.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import blake2b, sha256
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from allgraph.errors import EngineError, InputError, QueryError
from allgraph.graph import Graph, open_graph
from allgraph.graph.graph import Progress, log
from allgraph.rdf import terms
from allgraph.rdf.terms import DERIVED, Node, Term, text
from allgraph.render.brief import Brief, quoted
from allgraph.sparql.answer import Row
from allgraph.sparql.dataset import APART
from allgraph.sparql.embedded import store_errors
from allgraph.sparql.endpoint.access import Access, Login
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.update import By, Intake, NotHere, intakes

SECONDS = 600.0
"""How long a request may take by default."""
MARK = "urn:allgraph:delivery:"
"""The beginning of the IRIs of marks: graphs that say how far a push has come."""
_BATCH = {"gsp": (20_000, 2**23), "update": (1_000, 2**19)}  # triples and bytes, at most
_DIGEST_MODULUS = 2**128
_GRAPH_PARAMETER = "default-graph-uri"


@dataclass(frozen=True, repr=False)
class Delivery(Brief):
    """The result of a push: how many triples the graph of the endpoint has got.

    `graph` is the IRI of the graph, ``None`` for the default graph. `kept` of the triples were
    there already, from an earlier push that was interrupted. `address` is that of the query
    endpoint, with the graph, without user and password. `by` is the protocol that was used. Beside
    the graph, `named_graphs` is how many named graphs were sent.

    >>> import allgraph
    >>> delivery = allgraph.Delivery(7289, 0, None, "http://localhost:7878/query", "gsp")
    >>> delivery.triples, delivery.by
    (7289, 'gsp')
    """

    triples: int
    kept: int
    graph: str | None
    address: str
    by: By
    named_graphs: int = 0

    def _facts(self) -> Iterator[str]:
        yield from (quoted(self.address), f"{self.triples:,} triples")

    def __str__(self) -> str:
        """Return how many triples and named graphs are there, and how many from before."""
        kept = f", {self.kept:,} of them from before" if self.kept else ""
        beside = f", and {self.named_graphs:,} named graphs" if self.named_graphs else ""
        return f"{self.triples:,} triples are there{kept}{beside}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as a dict for JSON."""
        return asdict(self)


@store_errors()
def push(
    graph: Graph | str | os.PathLike[str],
    endpoint: str,
    *,
    to: str | None = None,
    by: By | None = None,
    graph_store: str | None = None,
    update_endpoint: str | None = None,
    replace: bool = False,
    login: Login | None = None,
    timeout: float = SECONDS,
    progress: Progress | None = None,
) -> Delivery:
    """Put a graph, or that of a folder, into the store behind a SPARQL endpoint.

    It goes into the named graph `to`, else into the default graph, by the Graph Store Protocol
    (``gsp``) or else by SPARQL Update (``update``), unless `by` says which; at the addresses
    `graph_store` or `update_endpoint`, else at those that known engines have beside `endpoint`.
    Triples are sent in batches, and counted at the end. Those of named graphs of the files are sent
    once more, into graphs of their names.

    A graph there that holds something already is left alone, unless an interrupted push of the same
    triples left it, which is then continued; or unless `replace` is true: then it is emptied first,
    and so are named graphs of the same names.
    While a push lasts, a graph whose IRI begins with `MARK` says how far it has come. A request may
    take `timeout` seconds; `login` is a user and password; `progress` is called with messages.

    Returns how many triples the graph there has now, how many of these an interrupted push had
    left, the address at which they can be queried, and the protocol by which they were sent.

    Raises `InputError` for a graph that is left alone, for one to be pushed that is empty, is held
    by an endpoint, has what RDF 1.1 lacks or a named graph `to`, and for addresses that cannot be
    used; `EngineError`
    when the store fails or has other counts; `FolderError` or `LoadError` for a folder that cannot
    be opened.

    >>> import allgraph
    >>> allgraph.push(allgraph.open(), "localhost")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    allgraph.errors.InputError: the address of an endpoint must begin with http:// or ...
    """
    source = graph if isinstance(graph, Graph) else open_graph(graph, progress=progress)
    address, place = _split_endpoint(endpoint, to)
    if urlsplit(endpoint).username is not None:
        raise InputError(
            "a password in an address is seen by others; put it into ALLGRAPH_USER and "
            "ALLGRAPH_PASSWORD or ~/.netrc, or give it as login"
        )
    access = Access(address, login)
    endpoint_graph = Graph(source.folder, Remote(address, source.prefixes, timeout, login=login))
    target = _Target(access, place, endpoint_graph)
    candidates = intakes(access, by, graph_store, update_endpoint, timeout)
    if not candidates:
        raise InputError(
            f"the address given is not one for {by}; give an address for {by}, or give neither "
            "address nor protocol"
        )
    upload = _Upload(source, target, candidates, progress or (lambda _: None))
    return upload.deliver(replace)


def _split_endpoint(endpoint: str, to: str | None) -> tuple[str, str | None]:
    """Return the address of an endpoint without its graph parameter, and the IRI of the graph.

    The graph is `to` if given, else that of the parameter ``default-graph-uri``, else ``None`` for
    the default graph. Raises `ParameterError` for what is no IRI, and `InputError` for an address
    that is not http or https.
    """
    parts = urlsplit(Access(endpoint).address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    graph_iris = [value for name, value in pairs if name == _GRAPH_PARAMETER]
    if not graph_iris:
        return endpoint, None if to is None else terms.iri(to).value
    other_parameters = urlencode([pair for pair in pairs if pair[0] != _GRAPH_PARAMETER])
    return urlunsplit(parts._replace(query=other_parameters)), terms.iri(to or graph_iris[0]).value


_Counts = Mapping[str | None, Mapping[str, int]]
"""The number of triples by graph of the endpoint, ``None`` for the default graph, and predicate."""


@dataclass(frozen=True)
class _Contents:
    """The contents of a push: by graph the triples of each predicate, counted; and a digest."""

    counts: _Counts
    digest: str

    @property
    def size(self) -> int:
        """The number of triples in all graphs."""
        return sum(map(_total, self.counts.values()))


@dataclass(frozen=True)
class _Target:
    """The graph of an endpoint that triples are put into: `graph`, or the default one for ``None``.

    `graph` is an IRI. `endpoint_graph` is the whole endpoint as a `Graph`, for queries; all
    methods but `name` and `mark` query it. Named graphs go beside it.
    """

    access: Access
    graph: str | None
    endpoint_graph: Graph

    def name(self, graph: str | None) -> str:
        """Return the name of a graph and the address of the endpoint, as messages have them."""
        which = "the default graph" if graph is None else f"the graph <{graph}>"
        return f"{which} of {self.access.shown}"

    @property
    def mark(self) -> str:
        """The IRI of the named graph in which a push records how far it has come."""
        return MARK + sha256((self.graph or "").encode()).hexdigest()[:16]

    def counts(self, graph: str | None) -> dict[str, int]:
        """Query the number of triples of each predicate in a graph.

        Those of marks, which say how far a push has come, are left out. Raises `EngineError`.
        """
        if graph is None:
            rows = self._query_rows("sizes")
        else:
            rows = self._query_rows("sizes-in", place=NamedNode(graph))
        counts = {text(row["predicate"]): int(text(row["count"])) for row in rows}
        return {
            predicate: count
            for predicate, count in counts.items()
            if count and not predicate.startswith(MARK)
        }

    def marks(self) -> dict[str, str]:
        """Query the mark of a push: ``digest`` and ``sent`` as texts; empty when there is none.

        They are the digest of the triples to be pushed, and how many of these have arrived. Raises
        `EngineError`.
        """
        rows = self._query_rows("marks", place=NamedNode(self.mark))
        return {text(row["what"]).removeprefix(MARK): text(row["value"]) for row in rows}

    def _query_rows(self, question: str, **values: Term) -> Sequence[Row]:
        """Query the endpoint with a house question (see `Graph.run`), and return the rows.

        Raises `EngineError` when the endpoint rejects the query.
        """
        try:
            return self.endpoint_graph.run(question, **values).rows
        except QueryError as error:
            raise EngineError(f"{error.message}, which every endpoint can answer") from None


@dataclass
class _Upload:
    """One push of a graph: its source, its target, and the intakes that may take the triples.

    An intake is an address for triples with its protocol. After the first that takes something,
    `intakes` has only that one, and `has_intake` is true. `sent` is the number of triples that the
    target has got so far; `report` is called with messages about the progress.
    """

    source: Graph
    target: _Target
    intakes: list[Intake]
    report: Progress
    sent: int = 0
    has_intake: bool = False

    def deliver(self, replacing: bool) -> Delivery:
        """Send the triples that the target lacks, and compare its counts with those of the source.

        Returns how many triples the target has, and how many of these were kept from before.
        Empties the target first if it holds other triples and `replacing` is true. When counts
        differ after a push was continued, all is sent again, which is logged. Removes the mark in
        the end. Changes `sent`, `intakes` and `has_intake`. Raises `InputError` for an empty source
        or a target that must not be changed, and `EngineError` when requests fail or the counts
        still differ.
        """
        contents, target = self._read_contents(), self.target
        if not contents.size:
            raise InputError("there is nothing to push: the graph holds no triples")
        kept = self._prepare_target(contents, replacing)
        self._send(contents, kept)
        counts = self._counts(contents)
        if counts != contents.counts and kept:
            log.info("sending all of it again: triples are missing in %s", target.access.shown)
            self._send(contents, 0)
            counts = self._counts(contents)
        for graph, count in contents.counts.items():
            if counts[graph] != count:
                raise EngineError(_difference_message(target.name(graph), count, counts[graph]))
        self.intakes[0].clear(target.mark)
        graph, url, by = target.graph, target.access.url, self.intakes[0].by
        if graph is not None:
            url += f"{'&' if '?' in url else '?'}{_GRAPH_PARAMETER}={quote(graph, safe='')}"
        size, named_graphs = _total(contents.counts[graph]), len(contents.counts) - 1
        return Delivery(size, kept, graph, url, by, named_graphs)

    def _counts(self, contents: _Contents) -> _Counts:
        """Query the counts of triples in the target graphs of contents. Raises `EngineError`."""
        return {graph: self.target.counts(graph) for graph in contents.counts}

    # ---- Before

    def _read_contents(self) -> _Contents:
        """Read all triples of the source store, and return their counts and digest.

        The digest does not depend on the order of the triples. Reports progress. Raises
        `InputError` for a triple that RDF 1.1 does not have, or a source that an endpoint holds.
        """
        counts: dict[str | None, Counter[str]] = {self.target.graph: Counter()}
        total = 0
        for number, (graph, predicate, line) in enumerate(self._lines(), 1):
            counts.setdefault(graph, Counter())[predicate] += 1
            quad = line if graph == self.target.graph else f"<{graph}> ".encode() + line
            total += int.from_bytes(blake2b(quad, digest_size=16).digest(), "big")
            if number % 100_000 == 0:
                self.report(f"counting: {number:,} triples")
        return _Contents(counts, f"{total % _DIGEST_MODULUS:032x}")

    def _prepare_target(self, contents: _Contents, replacing: bool) -> int:
        """Return how many triples of this push the target has already, by its mark, else 0.

        The target, and named graphs, are emptied when they hold triples of something else and
        `replacing` is true; else `InputError` is raised. Raises `EngineError` when one is not empty
        after that. Queries the target; to empty it may reduce `intakes` to one.
        """
        counts, marks = self._counts(contents), self.target.marks()
        if marks.get("digest") == contents.digest and marks.get("sent", "").isdecimal():
            return min(int(marks["sent"]), contents.size)
        for graph, count in counts.items():
            name = self.target.name(graph)
            if count and not replacing:
                part = ", a part of another push" if marks else ""
                other = ", or give another graph with `to`" if graph == self.target.graph else ""
                raise InputError(
                    f"{name} holds {_total(count):,} triples already{part}; give `replace` to "
                    f"delete them first{other}"
                )
            if count:
                self.report("emptying the graph")
                self._with_first_intake(partial(Intake.clear, graph=graph))
                if left := _total(self.target.counts(graph)):
                    raise EngineError(f"{name} still holds {left:,} triples, though emptied")
        return 0

    # ---- Sending

    def _send(self, contents: _Contents, after: int) -> None:
        """Send the triples of the source but the first `after`, in batches.

        After each batch the mark is replaced, which says at the endpoint how many triples of this
        push have arrived. Changes `sent` and `intakes`. Raises `EngineError` when a request fails,
        with advice on how to continue, or when the target is still empty after the first batch.
        """
        self.sent = after
        self._write_mark(contents)  # which also finds the intake
        for graph, lines, count in self._batches(after):
            try:
                self.intakes[0].add(graph, lines)
                if not self.sent and not self.target.counts(graph):
                    raise EngineError(self._vanished_message())
                self.sent += count
                self._write_mark(contents)
            except EngineError as error:
                raise type(error)(f"{error.message}; {self._advice()}") from None
            self.report(f"{self.sent:,} of {contents.size:,} triples")

    def _advice(self) -> str:
        """Return the end of an error message: what to do after a request failed."""
        if not self.sent and self.target.graph is None:
            return "where there is no default graph, as in Virtuoso, give a graph with `to`"
        return f"{self.sent:,} triples have arrived; the same command continues"

    def _vanished_message(self) -> str:
        """Return an error message: triples were taken, but the target has none."""
        return (
            f"{self.intakes[0].name} accepted triples, but {self.target.name(self.target.graph)} "
            "has none of them; give the graph with `to`, or the address with `graph_store` or "
            "`update_endpoint`"
        )

    def _write_mark(self, contents: _Contents) -> None:
        """Send the mark to the endpoint: the digest of the contents, and the number `sent`.

        It replaces the triples of the named graph of the mark. May reduce `intakes` to one.
        """
        mark = self.target.mark
        values = {"digest": contents.digest, "sent": str(self.sent)}
        lines = "".join(f'<{mark}> <{MARK}{key}> "{value}" .\n' for key, value in values.items())
        self._with_first_intake(lambda intake: intake.put(mark, lines.encode()))

    def _with_first_intake(self, do: Callable[[Intake], None]) -> None:
        """Call `do` with one intake after another until one does not raise `NotHere`.

        An intake raises that when its address takes no triples by its protocol. `intakes` then has
        only the one that took them, and `has_intake` is true; what it raises later is passed on.
        Raises `EngineError` when all raise `NotHere`; other errors of `do` are passed on.
        """
        if self.has_intake:
            return do(self.intakes[0])
        errors = []
        for intake in self.intakes:
            try:
                do(intake)
            except NotHere as error:
                errors.append(error.message)
            else:
                self.intakes, self.has_intake = [intake], True
                return None
        raise EngineError(
            f"no address accepts triples for {self.target.access.shown}: {'; '.join(errors)}; give "
            "`graph_store` or `update_endpoint`"
        )

    def _batches(self, after: int) -> Iterator[tuple[str | None, bytes, int]]:
        """Yield the triples but the first `after` in batches: graph, N-Triples, and their number.

        A batch is of one graph, and has at most as many triples and bytes as `_BATCH` says for the
        protocol of the first intake, unless one triple is larger.
        """
        most, most_bytes = _BATCH[self.intakes[0].by]
        for graph, triples in groupby(islice(self._lines(), after, None), itemgetter(0)):
            lines: list[bytes] = []
            size = 0
            for _, _, line in triples:
                if lines and (len(lines) >= most or size + len(line) > most_bytes):
                    yield graph, b"".join(lines), len(lines)
                    lines, size = [], 0
                lines.append(line)
                size += len(line)
            yield graph, b"".join(lines), len(lines)

    def _lines(self) -> Iterator[tuple[str | None, str, bytes]]:
        """Yield the triples of the source store: graph, predicate and line of N-Triples of each.

        The graph is that of the endpoint. First come those of the default graph, in the order of
        the store, then the derived ones, each once; then those of named graphs, one after another.
        Blank nodes are replaced by IRIs (`_skolem`). Raises `InputError` for a triple that RDF 1.1
        does not have, and for a named graph that is the target.
        """
        store, base = self.source.store, self.source.folder.base
        named = sorted((graph for graph in store.named_graphs() if graph not in APART), key=str)
        places = [text(_skolem(graph, base)) for graph in named]
        for place in {self.target.graph, self.target.mark}.intersection(places):
            raise InputError(
                f"the folder has a named graph <{place}>, where other triples would be pushed too; "
                "give another graph with `to`"
            )
        graphs: list[Node | DefaultGraph] = [DefaultGraph(), DERIVED, *named]
        targets = (self.target.graph, self.target.graph, *places)
        for graph, place in zip(graphs, targets, strict=True):
            for s, p, o, _ in store.quads_for_pattern(None, None, None, graph):
                if graph == DERIVED and Quad(s, p, o) in store:
                    continue
                if isinstance(o, Triple) or getattr(o, "direction", None):
                    raise InputError(f"stores accept RDF 1.1, and this triple is not: {s} {p} {o}")
                yield place, p.value, f"{_skolem(s, base)} {p} {_skolem(o, base)} .\n".encode()


def _skolem(term: Term, base: str) -> Term:
    """Return a term; for a blank node, an IRI under `base` that is made from its label."""
    if isinstance(term, BlankNode):
        return NamedNode(f"{base}.well-known/genid/{quote(term.value, safe='')}")
    return term


def _total(counts: Mapping[str, int]) -> int:
    """Return the sum of counts by predicate."""
    return sum(counts.values())


def _difference_message(name: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    """Return an error message: for which predicates the counts of the target differ from ours.

    `name` is the name of the target; `ours` and `theirs` are numbers of triples by predicate.
    """
    names = sorted(name for name in {*ours, *theirs} if ours.get(name, 0) != theirs.get(name, 0))
    shown = [f"{theirs.get(n, 0):,} of {ours.get(n, 0):,} with <{n}>" for n in names[:3]]
    more = f" and {len(names) - 3} more predicates" if len(names) > 3 else ""
    return (
        f"{name} holds {sum(theirs.values()):,} triples, where {sum(ours.values()):,} were sent: "
        f"{', '.join(shown)}{more}; another program may write there, or the store changes how "
        "values are written"
    )
