r"""A graph put into a store of triples elsewhere, with what is derived from it.

It goes in batches, in the forms in which the engine holds it, since answers come from those.
Blank nodes, of which few are left once a graph is loaded, get IRIs under ``.well-known/genid/``
of the base, so that a batch can be sent twice. A mark in a graph of its own tells how far a
delivery has come, until it is whole; whoever asks for the same again goes on from there.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
"""How long a request may take unless told otherwise."""
MARK = "urn:allgraph:delivery:"
_BATCH = {"gsp": (20_000, 2**23), "update": (1_000, 2**19)}  # triples and bytes, at most
_SIZE = 2**128
_DATASET = "default-graph-uri"


@dataclass(frozen=True)
class Delivery:
    """What was put where: the graph (``None`` is the default one), and how many triples.

    `kept` of them were there already, from a delivery that broke off. `address` is that of the
    query endpoint, as it is to be asked, without user and password.
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
    store = _Store(access, place, asked)
    delivering = _Delivering(source, store, progress or (lambda _: None))
    doors = intakes(access, by, graph_store, update_endpoint, timeout)
    if not doors:
        raise InputError(f"for {by}, give the address that takes it, or neither")
    return delivering.deliver(doors, replace)


def _placed(endpoint: str, to: str | None) -> tuple[str, str | None]:
    """The plain address, and the graph: the one that is given, else that of the address."""
    parts = urlsplit(Access(endpoint).address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    named = [value for name, value in pairs if name == _DATASET]
    if not named:
        return endpoint, None if to is None else terms.iri(to).value
    rest = urlencode([pair for pair in pairs if pair[0] != _DATASET])
    return urlunsplit(parts._replace(query=rest)), terms.iri(to or named[0]).value


@dataclass(frozen=True)
class _Contents:
    """How many triples of each predicate a graph has, and what they are, in a digest."""

    counts: Mapping[str, int]
    digest: str

    @property
    def size(self) -> int:
        """How many triples there are."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class _Store:
    """The graph of an endpoint that is to hold what is delivered."""

    access: Access
    graph: str | None
    asked: Graph

    @property
    def name(self) -> str:
        """The graph, for messages."""
        which = "the default graph" if self.graph is None else f"the graph <{self.graph}>"
        return f"{which} of {self.access.shown}"

    @property
    def mark(self) -> str:
        """The graph that tells how far a delivery has come."""
        return MARK + sha256((self.graph or "").encode()).hexdigest()[:16]

    def counts(self) -> dict[str, int]:
        """How many triples of each predicate it holds, those of marks left out."""
        if self.graph is None:
            rows = self._rows("sizes")
        else:
            rows = self._rows("sizes-in", place=NamedNode(self.graph))
        found = {text(row["predicate"]): int(text(row["count"])) for row in rows}
        return {name: count for name, count in found.items() if count and not _is_mark(name)}

    def marks(self) -> dict[str, str]:
        """What the mark of a delivery says; nothing when there is none."""
        rows = self._rows("marks", place=NamedNode(self.mark))
        return {text(row["what"]).removeprefix(MARK): text(row["value"]) for row in rows}

    def _rows(self, question: str, **values: Term) -> Sequence[Row]:
        try:
            return self.asked.run(question, **values).rows
        except QueryError as error:
            raise EngineError(f"{error.message}, which every endpoint can answer") from None


def _is_mark(predicate: str) -> bool:
    return predicate.startswith(MARK)


@dataclass
class _Delivering:
    """One delivery, from what was there before to what is counted at the end."""

    source: Graph
    store: _Store
    say: Progress
    sent: int = 0
    door: Intake | None = field(default=None)

    def deliver(self, doors: list[Intake], replacing: bool) -> Delivery:
        """Send what is missing, and count."""
        contents = self._contents()
        if not contents.size:
            raise InputError("there is nothing to deliver: the graph holds no triples")
        kept = self._begin(contents, doors, replacing)
        self._send(contents, doors, kept)
        held = self.store.counts()
        if held != contents.counts and kept:
            log.info("sending all of it, since %s has not all that it had", self.store.name)
            self._send(contents, doors, 0)
            held = self.store.counts()
        if held != contents.counts:
            raise EngineError(_difference(self.store.name, contents.counts, held))
        door = self._working()
        door.clear(self.store.mark)
        graph, url = self.store.graph, self.store.access.url
        more = (
            ""
            if graph is None
            else f"{'&' if '?' in url else '?'}{_DATASET}={quote(graph, safe='')}"
        )
        return Delivery(contents.size, kept, graph, url + more, door.by)

    # ---- Before

    def _contents(self) -> _Contents:
        counts: Counter[str] = Counter()
        total = 0
        for number, (predicate, line) in enumerate(self._lines(), 1):
            counts[predicate] += 1
            total += int.from_bytes(blake2b(line, digest_size=16).digest(), "big")
            if number % 100_000 == 0:
                self.say(f"counting: {number:,} triples")
        return _Contents(counts, f"{total % _SIZE:032x}")

    def _begin(self, contents: _Contents, doors: list[Intake], replacing: bool) -> int:
        """See what is there, empty it if that is wanted, and say how much is there already."""
        held, marks = self.store.counts(), self.store.marks()
        if marks.get("digest") == contents.digest and marks.get("sent", "").isdecimal():
            return min(int(marks["sent"]), contents.size)
        if not held:
            return 0
        if not replacing:
            part = ", a part of another delivery" if marks else ""
            raise InputError(
                f"{self.store.name} holds {sum(held.values()):,} triples already{part}; say "
                "--replace to have them taken out first, or --to for another graph"
            )
        self.say("emptying the graph")
        self._try(doors, lambda door: door.clear(self.store.graph))
        if left := sum(self.store.counts().values()):
            raise EngineError(f"{self.store.name} still holds {left:,} triples, though emptied")
        return 0

    # ---- Sending

    def _send(self, contents: _Contents, doors: list[Intake], after: int) -> None:
        self.sent = after
        self._note(contents, doors)  # which finds the door, too
        for lines, count in self._batches(after):
            try:
                self._working().add(self.store.graph, lines)
                if not self.sent and not self.store.counts():
                    raise EngineError(self._vanished())
                self.sent += count
                self._note(contents, doors)
            except EngineError as error:
                raise type(error)(f"{error.message}; {self._advice()}") from None
            self.say(f"{self.sent:,} of {contents.size:,} triples")

    def _advice(self) -> str:
        if not self.sent and self.store.graph is None:
            return "where there is no default graph, as in Virtuoso, say --to"
        return f"{self.sent:,} triples are there, and the same command goes on"

    def _vanished(self) -> str:
        return (
            f"{self._working().name} took triples, and {self.store.name} has none of them; give "
            "the graph with --to, or the address with --graph-store or --update-endpoint"
        )

    def _note(self, contents: _Contents, doors: list[Intake]) -> None:
        """Tell in a graph of its own how far this has come."""
        mark = self.store.mark
        said = {"digest": contents.digest, "sent": str(self.sent)}
        lines = "".join(f'<{mark}> <{MARK}{what}> "{value}" .\n' for what, value in said.items())
        self._try(doors, lambda door: door.put(mark, lines.encode()))

    def _working(self) -> Intake:
        assert self.door is not None  # since a mark has been put
        return self.door

    def _try(self, doors: list[Intake], do: Callable[[Intake], None]) -> None:
        """Do something at the door that has worked, else at the first that does it."""
        if self.door is not None:
            return do(self.door)
        tried = []
        for door in doors:
            try:
                do(door)
            except NotHere as error:
                tried.append(error.message)
            else:
                self.door = door
                return None
        raise EngineError(
            f"nothing takes triples for {self.store.access.shown}: {'; '.join(tried)}; give "
            "--graph-store or --update-endpoint"
        )

    def _batches(self, after: int) -> Iterator[tuple[bytes, int]]:
        """The lines after so many, in batches."""
        most, most_bytes = _BATCH[self._working().by]
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
        """The triples as N-Triples, each with its predicate, in the order of the store."""
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
    """A term as it is sent: a blank node as an IRI that is the same each time."""
    if isinstance(term, BlankNode):
        return NamedNode(f"{base}.well-known/genid/{quote(term.value, safe='')}")
    return term


def _difference(name: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    """Which counts are not as they should be."""
    names = sorted(name for name in {*ours, *theirs} if ours.get(name, 0) != theirs.get(name, 0))
    shown = [f"{theirs.get(n, 0):,} of {ours.get(n, 0):,} with <{n}>" for n in names[:3]]
    more = f" and {len(names) - 3} more predicates" if len(names) > 3 else ""
    return (
        f"{name} holds {sum(theirs.values()):,} triples, where {sum(ours.values()):,} were sent: "
        f"{', '.join(shown)}{more}; something else may write there, or the store keeps values "
        "otherwise"
    )
