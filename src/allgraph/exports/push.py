r"""Push a graph, with what is derived from it, into a triple store elsewhere.

It is sent in batches, with literals in the engine's forms, since answers come from those. Blank
nodes, of which few are left once a graph is loaded, get IRIs under ``.well-known/genid/`` of the
base, so that a batch can be sent twice. A mark in a graph of its own says how far a delivery has
come, until it is whole; the same call again goes on from there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import islice
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from allgraph.errors import EngineError, InputError, QueryError
from allgraph.graph import Graph, open_graph
from allgraph.graph.graph import Progress, log
from allgraph.rdf import terms
from allgraph.rdf.terms import DERIVED, Term, text
from allgraph.sparql.answer import Row
from allgraph.sparql.endpoint.access import Access, Login
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.endpoint.update import By, Intake, NotHere, intakes

SECONDS = 600.0
"""How long a request may take by default."""
MARK = "urn:allgraph:delivery:"
_BATCH = {"gsp": (20_000, 2**23), "update": (1_000, 2**19)}  # triples and bytes, at most
_SIZE = 2**128
_DATASET = "default-graph-uri"


@dataclass(frozen=True)
class Delivery:
    """How many triples were put into which graph; ``None`` is the default graph.

    `kept` of them were there already, from a delivery that broke off. `address` is that of the
    query endpoint, with the graph, without user and password.
    """

    triples: int
    kept: int
    graph: str | None
    address: str
    by: By


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

    It goes into the graph `to`, else into the default one, by the Graph Store Protocol or else
    by SPARQL Update, unless `by` says which; at addresses that go with that of the `endpoint`
    in the engines that are known, unless given. In the end the triples there are counted.

    A graph that holds something already is left alone, unless that is what is left of the same
    delivery, which then goes on; or unless you say to `replace` it, which empties it first.
    Raises `InputError` for that, and `EngineError` when the store fails or has other counts.
    """
    source = graph if isinstance(graph, Graph) else open_graph(graph, progress=progress)
    address, place = _placed(endpoint, to)
    if urlsplit(endpoint).username is not None:
        raise InputError(
            "a password in an address is seen by others; put it into ALLGRAPH_USER and "
            "ALLGRAPH_PASSWORD or ~/.netrc, or give it as login"
        )
    access = Access(address, login)
    asked = Graph(source.folder, Remote(address, source.prefixes, timeout, login=login))
    target = _Target(access, place, asked)
    candidates = intakes(access, by, graph_store, update_endpoint, timeout)
    if not candidates:
        raise InputError(f"for {by}, give the address that takes it, or neither")
    upload = _Upload(source, target, candidates, progress or (lambda _: None))
    return upload.deliver(replace)


def _placed(endpoint: str, to: str | None) -> tuple[str, str | None]:
    """Return the plain address, and the graph: `to` if given, else that of the address."""
    parts = urlsplit(Access(endpoint).address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    named = [value for name, value in pairs if name == _DATASET]
    if not named:
        return endpoint, None if to is None else terms.iri(to).value
    rest = urlencode([pair for pair in pairs if pair[0] != _DATASET])
    return urlunsplit(parts._replace(query=rest)), terms.iri(to or named[0]).value


@dataclass(frozen=True)
class _Contents:
    """How many triples of each predicate a graph has, and a digest of them all."""

    counts: Mapping[str, int]
    digest: str

    @property
    def size(self) -> int:
        """How many triples there are."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class _Target:
    """The graph of an endpoint that triples are put into."""

    access: Access
    graph: str | None
    asked: Graph

    @property
    def name(self) -> str:
        """The graph as messages name it."""
        which = "the default graph" if self.graph is None else f"the graph <{self.graph}>"
        return f"{which} of {self.access.shown}"

    @property
    def mark(self) -> str:
        """The graph that says how far a delivery has come."""
        return MARK + sha256((self.graph or "").encode()).hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """Ask how many triples of each predicate it holds, without those of marks."""
        if self.graph is None:
            rows = self._rows("sizes")
        else:
            rows = self._rows("sizes-in", place=NamedNode(self.graph))
        counts = {text(row["predicate"]): int(text(row["count"])) for row in rows}
        return {
            predicate: count
            for predicate, count in counts.items()
            if count and not predicate.startswith(MARK)
        }

    def marks(self) -> dict[str, str]:
        """Ask for the mark of a delivery, ``digest`` and ``sent``; empty when there is none."""
        rows = self._rows("marks", place=NamedNode(self.mark))
        return {text(row["what"]).removeprefix(MARK): text(row["value"]) for row in rows}

    def _rows(self, question: str, **values: Term) -> Sequence[Row]:
        try:
            return self.asked.run(question, **values).rows
        except QueryError as error:
            raise EngineError(f"{error.message}, which every endpoint can answer") from None


@dataclass
class _Upload:
    """One delivery: what is sent where, and by which of some intakes.

    From the first success on, the `intakes` are the one that took triples.
    """

    source: Graph
    target: _Target
    intakes: list[Intake]
    report: Progress
    sent: int = 0

    def deliver(self, replacing: bool) -> Delivery:
        """Send what is missing, and compare the counts."""
        contents = self._contents()
        if not contents.size:
            raise InputError("there is nothing to deliver: the graph holds no triples")
        kept = self._begin(contents, replacing)
        self._send(contents, kept)
        counts = self.target.counts()
        if counts != contents.counts and kept:
            log.info("sending all of it again: triples are missing in %s", self.target.name)
            self._send(contents, 0)
            counts = self.target.counts()
        if counts != contents.counts:
            raise EngineError(_difference(self.target.name, contents.counts, counts))
        self.intakes[0].clear(self.target.mark)
        graph, url = self.target.graph, self.target.access.url
        if graph is not None:
            url += f"{'&' if '?' in url else '?'}{_DATASET}={quote(graph, safe='')}"
        return Delivery(contents.size, kept, graph, url, self.intakes[0].by)

    # ---- Before

    def _contents(self) -> _Contents:
        counts: Counter[str] = Counter()
        total = 0
        for number, (predicate, line) in enumerate(self._lines(), 1):
            counts[predicate] += 1
            total += int.from_bytes(blake2b(line, digest_size=16).digest(), "big")
            if number % 100_000 == 0:
                self.report(f"counting: {number:,} triples")
        return _Contents(counts, f"{total % _SIZE:032x}")

    def _begin(self, contents: _Contents, replacing: bool) -> int:
        """Return how much of the delivery is there; of another, empty the graph if `replacing`."""
        counts, marks = self.target.counts(), self.target.marks()
        if marks.get("digest") == contents.digest and marks.get("sent", "").isdecimal():
            return min(int(marks["sent"]), contents.size)
        if not counts:
            return 0
        if not replacing:
            part = ", a part of another delivery" if marks else ""
            raise InputError(
                f"{self.target.name} holds {sum(counts.values()):,} triples already{part}; say "
                "--replace to have them taken out first, or --to for another graph"
            )
        self.report("emptying the graph")
        self._try(lambda intake: intake.clear(self.target.graph))
        if left := sum(self.target.counts().values()):
            raise EngineError(f"{self.target.name} still holds {left:,} triples, though emptied")
        return 0

    # ---- Sending

    def _send(self, contents: _Contents, after: int) -> None:
        """Send all but the first triples, `after` of them, and mark each batch as sent."""
        self.sent = after
        self._mark(contents)  # which also finds the intake
        for lines, count in self._batches(after):
            try:
                self.intakes[0].add(self.target.graph, lines)
                if not self.sent and not self.target.counts():
                    raise EngineError(self._vanished())
                self.sent += count
                self._mark(contents)
            except EngineError as error:
                raise type(error)(f"{error.message}; {self._advice()}") from None
            self.report(f"{self.sent:,} of {contents.size:,} triples")

    def _advice(self) -> str:
        if not self.sent and self.target.graph is None:
            return "where there is no default graph, as in Virtuoso, say --to"
        return f"{self.sent:,} triples are there, and the same command goes on"

    def _vanished(self) -> str:
        return (
            f"{self.intakes[0].name} took triples, and {self.target.name} has none of them; give "
            "the graph with --to, or the address with --graph-store or --update-endpoint"
        )

    def _mark(self, contents: _Contents) -> None:
        """Say in a graph of its own how far this has come."""
        mark = self.target.mark
        values = {"digest": contents.digest, "sent": str(self.sent)}
        lines = "".join(f'<{mark}> <{MARK}{key}> "{value}" .\n' for key, value in values.items())
        self._try(lambda intake: intake.put(mark, lines.encode()))

    def _try(self, do: Callable[[Intake], None]) -> None:
        """Do something with the first intake that can, and keep to that one."""
        errors = []
        for intake in self.intakes:
            try:
                do(intake)
            except NotHere as error:
                errors.append(error.message)
            else:
                self.intakes = [intake]
                return
        raise EngineError(
            f"nothing takes triples for {self.target.access.shown}: {'; '.join(errors)}; give "
            "--graph-store or --update-endpoint"
        )

    def _batches(self, after: int) -> Iterator[tuple[bytes, int]]:
        """Yield the lines after the first, `after` of them, in batches with their counts."""
        most, most_bytes = _BATCH[self.intakes[0].by]
        lines: list[bytes] = []
        size = 0
        for _, line in islice(self._lines(), after, None):
            if lines and (len(lines) >= most or size + len(line) > most_bytes):
                yield b"".join(lines), len(lines)
                lines, size = [], 0
            lines.append(line)
            size += len(line)
        if lines:
            yield b"".join(lines), len(lines)

    def _lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield the triples as N-Triples after their predicates, in the order of the store."""
        store, base = self.source.store, self.source.folder.base
        for graph in (DefaultGraph(), DERIVED):
            for quad in store.quads_for_pattern(None, None, None, graph):
                s, p, o, _ = quad
                if graph == DERIVED and Quad(s, p, o) in store:
                    continue
                if isinstance(o, Triple) or getattr(o, "direction", None):
                    raise InputError(f"this is not RDF 1.1, which stores take: {quad.triple}")
                yield p.value, f"{_sent(s, base)} {p} {_sent(o, base)} .\n".encode()


def _sent(term: Term, base: str) -> Term:
    """Return a term as it is sent: a blank node as an IRI that is the same each time."""
    if isinstance(term, BlankNode):
        return NamedNode(f"{base}.well-known/genid/{quote(term.value, safe='')}")
    return term


def _difference(name: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    """Return a message that says which predicates have other counts than ours."""
    names = sorted(name for name in {*ours, *theirs} if ours.get(name, 0) != theirs.get(name, 0))
    shown = [f"{theirs.get(n, 0):,} of {ours.get(n, 0):,} with <{n}>" for n in names[:3]]
    more = f" and {len(names) - 3} more predicates" if len(names) > 3 else ""
    return (
        f"{name} holds {sum(theirs.values()):,} triples, where {sum(ours.values()):,} were sent: "
        f"{', '.join(shown)}{more}; something else may write there, or the store keeps values "
        "otherwise"
    )
