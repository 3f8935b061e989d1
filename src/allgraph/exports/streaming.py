"""Turtle, TriG and JSON-LD of graphs that may be larger than memory, a block for each subject.

The bytes are those of `writers`. What hangs under one IRI is written together, so only that has
to be in memory, and blank nodes that several triples lead to, with all that is joined to them.

>>> import io
>>> blocks, out = BlockWriter(Prefixes(x="http://x/")), io.BytesIO()
>>> blocks.add(b"<http://x/b> <http://x/p> 'c' .".replace(b"'", b'"'))
>>> blocks.add(b"<http://x/a> <http://x/p> _:b .", root=b"http://x/a")
>>> blocks.add(b"_:b <http://x/p> <http://x/a> .", root=b"http://x/a")
>>> blocks.turtle(out)
>>> print(out.getvalue().decode(), end="")
@prefix x: <http://x/> .
<BLANKLINE>
x:a x:p [ x:p x:a ] .
<BLANKLINE>
x:b x:p "c" .
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import IO

from pyoxigraph import Quad, RdfFormat, parse

from allgraph.rdf.files import spool
from allgraph.rdf.jsonld import JsonWriter, bracketed
from allgraph.rdf.nesting import Forest, Place, Statement, is_blank, statements
from allgraph.rdf.serialize import Keyed, Names, TurtleWriter, names_with, planted, schemes_of
from allgraph.rdf.terms import Prefixes
from allgraph.rdf.turtle import TurtleDocument, write
from allgraph.sorting import Sorter

_AT_ONCE = 5_000  # statements of whole subjects that are written together


class BlockWriter:
    """Takes triples as lines of N-Triples, in any order, and writes them in that of `writers`.

    To put blank nodes that several triples lead to in order may take `timeout` seconds, as told
    at `serialize.trig`. What is too much for memory is in a `place`; see `Sorter`.
    """

    def __init__(
        self, prefixes: Prefixes, *, place: Path | None = None, timeout: float | None = None
    ) -> None:
        self._prefixes = prefixes
        self._place = place
        self._timeout = timeout
        self._lines = Sorter[bytes](place, distinct=True)
        self._loose: list[Quad] = []

    def add(self, line: bytes, *, root: bytes = b"", graph: bytes = b"") -> None:
        """Take a triple without blank nodes, or with such as hang under the IRI `root` alone.

        A `graph` is an IRI in angle brackets.
        """
        statement = line[:-2]
        under = root or statement[1 : statement.index(b" ") - 1]
        self._lines.add(b"%s\n%s\n%s" % (graph, under, statement))

    def add_loose(self, quads: Iterable[Quad]) -> None:
        """Take quads that have other blank nodes, and all that are joined to those."""
        self._loose += quads

    def turtle(self, out: IO[bytes]) -> None:
        """Write Turtle, or TriG if there are named graphs."""
        forest = self._planted()
        names = names_with(tuple(self._prefixes.items()))
        used: set[str] = set()
        whole = TurtleWriter(forest, names, used)

        def keyed(part: Forest, places: Iterable[Place]) -> Iterator[Keyed]:
            return TurtleWriter(part, names, used).keyed(places)

        with spool(self._place) as body:
            between = ""
            for graph, texts in self._graphs(forest, keyed):
                if graph:
                    texts = whole.graph(graph, texts)
                for text in texts:
                    body.write(f"{between}{text}".encode())
                    between = "" if graph else "\n"
                between = "\n"
            head = write(TurtleDocument([*whole.directives()], []))
            out.write((head + "\n" * bool(head and body.tell())).encode())
            _copy(body, out)

    def jsonld(self, out: IO[bytes]) -> None:
        """Write JSON-LD; the graphs are forgotten."""
        from json.encoder import encode_basestring as quoted

        forest = self._planted(merged=True)
        names = self._json_names(forest)
        used: set[str] = set()

        def keyed(part: Forest, places: Iterable[Place]) -> Iterator[Keyed]:
            return JsonWriter(part, names, quoted, used).keyed(places)

        with spool(self._place) as body:
            between = "[\n  "
            for _, texts in self._graphs(forest, keyed):
                for text in texts:
                    body.write(f"{between}{text}".encode())
                    between = ",\n  "
            context = [f"{quoted(one)}: {quoted(names.prefixes[one])}" for one in sorted(used)]
            head = f'{{\n "@context": {bracketed("{}", context, " ")},\n "@graph": '
            out.write(head.encode() + (b"" if body.tell() else b"[]"))
            end = b"\n ]\n}\n" if body.tell() else b"\n}\n"
            _copy(body, out)
            out.write(end)

    def close(self) -> None:
        """Give back what is taken on disk."""
        self._lines.close()

    def _planted(self, *, merged: bool = False) -> Forest:
        """The forest of what is loose; what is under IRIs there goes with the other lines."""
        plain = statements(self._loose, merged=merged)
        forest = planted(self._loose, plain, self._timeout, merged=merged)
        for graph, subject in forest.roots():
            if not is_blank(subject):
                start = f"{graph}\n{subject[1:-1]}\n"
                self._lines.extend(
                    (start + line).encode() for line in _under(forest, graph, subject)
                )
        return forest

    def _json_names(self, forest: Forest) -> Names:
        """The names for JSON-LD, which no IRI may seem to begin with."""
        lines = (record.rpartition(b"\n")[2].decode() for record in self._lines)
        schemes = schemes_of(_statement(line, "") for line in lines)
        late = schemes_of(
            (s, p, o, "") for (_, s), v in forest.said.items() for p in v for o in v[p]
        )
        found = (schemes | late).intersection(self._prefixes)
        return names_with(tuple(self._prefixes.items()), found, for_json=True)

    def _graphs(self, forest: Forest, keyed: Writer) -> Iterator[tuple[str, Iterator[str]]]:
        """The graphs in order, each with the texts of its subjects."""
        late: dict[str, list[Place]] = {}
        for place in forest.roots():
            if is_blank(place[1]):
                late.setdefault(place[0], []).append(place)
        groups = groupby(self._lines, lambda record: record.partition(b"\n")[0].decode())
        group = next(groups, None)
        while group is not None or late:
            graph = min([*late, *([] if group is None else [group[0]])])
            lines: Iterable[bytes] = ()
            if group is not None and group[0] == graph:
                lines, group = group[1], None
            yield graph, self._texts(lines, graph, forest, late.pop(graph, []), keyed)
            group = next(groups, None) if group is None else group

    def _texts(
        self, records: Iterable[bytes], graph: str, forest: Forest, late: list[Place], keyed: Writer
    ) -> Iterator[str]:
        """The texts of the subjects of one graph: IRIs in their order, then what has none."""
        last = [*keyed(forest, late)]
        for some in _batches(records, graph):
            part = self._part(some, forest)
            texts = sorted(keyed(part, part.roots()))
            yield from (text for key, text in texts if key[0] == 0)
            last += (each for each in texts if each[0][0] > 0)
        yield from (text for _, text in sorted(last))

    def _part(self, some: list[Statement], forest: Forest) -> Forest:
        """The forest of some whole subjects, and of labels that are settled."""
        part = Forest(some, forest.labelled)
        if part.labelled <= forest.labelled:
            return part
        lines = (f"{s} {p} {o} {g} ." for s, p, o, g in some)
        quads = parse("\n".join(lines), format=RdfFormat.N_QUADS)
        return planted([*quads], some, self._timeout, labelled=forest.labelled)


Writer = Callable[[Forest, Iterable[Place]], Iterator[Keyed]]
"""What writes some subjects of a forest."""


def _batches(records: Iterable[bytes], graph: str) -> Iterator[list[Statement]]:
    """The statements of some whole subjects at a time."""
    some: list[Statement] = []
    for _, same in groupby(records, lambda record: record.rpartition(b"\n")[0]):
        some += (_statement(record.rpartition(b"\n")[2].decode(), graph) for record in same)
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _statement(line: str, graph: str) -> Statement:
    subject, predicate, obj = line.split(" ", 2)
    return subject, predicate, obj, graph


def _under(forest: Forest, graph: str, subject: str) -> Iterator[str]:
    """What is said of a subject, and of what is nested there."""
    stack = [subject]
    while stack:
        node = stack.pop()
        for predicate, objects in forest.said.get((graph, node), {}).items():
            for obj in objects:
                yield f"{node} {predicate} {obj}"
                if obj in forest.nested:
                    stack.append(obj)


def _copy(body: IO[bytes], out: IO[bytes]) -> None:
    body.seek(0)
    shutil.copyfileobj(body, out)
