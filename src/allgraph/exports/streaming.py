"""Turtle, TriG and JSON-LD of graphs that may be larger than memory.

The bytes are those of `rdf.serialize` and `rdf.jsonld`. What hangs under one IRI is written
together, so only that has to be in memory, and blank nodes that several triples lead to, with all
that is joined to them.

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
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import IO

from allgraph.exports.verbatim import LOOSE
from allgraph.rdf.files import spool
from allgraph.rdf.jsonld import JsonWriter
from allgraph.rdf.nesting import Forest, Place, Statement, is_blank
from allgraph.rdf.prefixes import names_with, schemes_of
from allgraph.rdf.serialize import Keyed, SubjectWriter, TurtleWriter, labelled_forest
from allgraph.rdf.terms import Prefixes
from allgraph.sorting import Sorter

_BATCH = 5_000  # triples after which a batch of whole subjects is written
MakeWriter = Callable[[Forest], SubjectWriter]


class BlockWriter:
    """A writer of Turtle, TriG or JSON-LD that takes triples in any order and writes them sorted.

    Use: `add`, then once `turtle` or `jsonld`, then `close`. A *loose* triple has a blank node that
    does not hang under one IRI alone; these are kept in memory, and to label them canonically may
    take `timeout` seconds, see `serialize.trig`. All others are sorted in files in the directory
    `place` when memory is full.
    """

    def __init__(
        self, prefixes: Prefixes, *, place: Path | None = None, timeout: float | None = None
    ) -> None:
        """Start without triples; no file is made yet.

        `place` is the directory for temporary files, by default the system's. `timeout` is how many
        seconds it may take to label blank nodes, by default a minute, and more for many.
        """
        self._prefixes = prefixes
        self._place = place
        self._timeout = timeout
        self._lines = Sorter[bytes](place, distinct=True)
        self._loose: dict[Statement, None] = {}  # each once, in order

    def add(self, line: bytes, *, root: bytes = b"", graph: bytes = b"") -> None:
        """Add a line of N-Triples.

        The IRI that its blank nodes hang under is `root`, without brackets; empty if it has none,
        and `LOOSE` if one of them is loose, or joined to a loose one. `graph` is an IRI in angle
        brackets, or empty for the default graph.
        """
        statement = line[:-2]
        if root == LOOSE:
            self._loose[_statement(statement.decode(), graph.decode())] = None
            return
        under = root or statement[1 : statement.index(b" ") - 1]
        self._lines.add(b"%s\n%s\n%s" % (graph, under, statement))

    def turtle(self, file: IO[bytes]) -> None:
        """Write all triples to an open file, as TriG if there are named graphs, else as Turtle.

        Nothing can be added after this. Uses a temporary file. Raises `EngineTimeout` when to label
        blank nodes takes too long.
        """
        forest = self._loose_forest()
        names = names_with(tuple(self._prefixes.items()))
        self._write(forest, partial(TurtleWriter, names=names, used=set()), file)

    def jsonld(self, file: IO[bytes]) -> None:
        """Write all triples to an open file as JSON-LD, with the graphs merged into one.

        Nothing can be added after this. Uses a temporary file. A prefix that is also the scheme of
        an IRI is not used. Raises `EngineTimeout` when to label blank nodes takes too long.
        """
        forest = self._loose_forest(merged=True)
        lines = (record.rpartition(b"\n")[2].decode() for record in self._lines)
        plain = chain((_statement(line, "") for line in lines), self._loose)
        terms = chain.from_iterable(statement[:3] for statement in plain)
        schemes = schemes_of(terms).intersection(self._prefixes)
        names = names_with(tuple(self._prefixes.items()), schemes, for_json=True)
        self._write(forest, partial(JsonWriter, names=names, used=set()), file)

    def close(self) -> None:
        """Delete the temporary files of the sorter."""
        self._lines.close()

    def _write(self, forest: Forest, writer_of: MakeWriter, file: IO[bytes]) -> None:
        """Write a document to `file`: its head, then its body.

        The body is first written to a temporary file, since the head depends on which prefixes it
        uses. `forest` is that of the loose triples. `writer_of` makes a writer of triples from a
        forest; all writers that it makes record the prefixes that they use in one set.
        """
        writer = writer_of(forest)
        with spool(self._place) as body:
            for text in writer.body(self._graph_texts(forest, writer_of)):
                body.write(text.encode())
            file.write(writer.head().encode())
            body.seek(0)
            shutil.copyfileobj(body, file)
            file.write(writer.END.encode())

    def _loose_forest(self, *, merged: bool = False) -> Forest:
        """Return the loose triples as a forest: by subject, with blank nodes nested or labelled.

        With `merged` the names of their graphs are dropped. Triples under subjects that are IRIs
        are also added to the sorter, so that they are written with the other triples of these IRIs.
        Labels are canonical. Raises `EngineTimeout` when to find them takes too long.
        """
        loose = dict.fromkeys((*s[:3], "") for s in self._loose) if merged else self._loose
        forest = labelled_forest([*loose], self._timeout)
        for graph, subject in forest.roots():
            if not is_blank(subject):
                start = f"{graph}\n{subject[1:-1]}\n"
                self._lines.extend(
                    (start + line).encode() for line in _nested_lines(forest, graph, subject)
                )
        return forest

    def _graph_texts(
        self, forest: Forest, writer_of: MakeWriter
    ) -> Iterator[tuple[str, Iterator[str]]]:
        """Yield the graphs in order, by name, each with an iterator over the texts of its subjects.

        The iterator has to be used up before the next graph is asked for. `forest` is that of the
        loose triples, whose blank subjects come last in their graph. Records in the sorter begin
        with the name of their graph. `writer_of` makes the writers that give the texts.
        """
        blank_roots: dict[str, list[Place]] = {}  # graphs and subjects, by graph
        for place in forest.roots():
            if is_blank(place[1]):
                blank_roots.setdefault(place[0], []).append(place)
        groups = groupby(self._lines, lambda record: record.partition(b"\n")[0].decode())
        group = next(groups, None)
        while group is not None or blank_roots:
            graph = min([*blank_roots, *([] if group is None else [group[0]])])
            records: Iterable[bytes] = ()
            if group is not None and group[0] == graph:
                records, group = group[1], None
            blank_texts = writer_of(forest).keyed(blank_roots.pop(graph, []))
            yield graph, self._subject_texts(records, graph, forest, blank_texts, writer_of)
            group = next(groups, None) if group is None else group

    def _subject_texts(
        self,
        records: Iterable[bytes],
        graph: str,
        forest: Forest,
        blank_texts: Iterable[Keyed],
        writer_of: MakeWriter,
    ) -> Iterator[str]:
        """Yield the texts of the subjects of one graph: IRIs in their order, then blank nodes.

        `records` are those of the graph in the sorter, `forest` is that of the loose triples, and
        `blank_texts` are the texts of its blank subjects with their sort keys; a key begins with 0
        for an IRI, with 1 or 2 for a blank node. A writer that `writer_of` makes also records the
        prefixes that it uses. Subjects that are IRIs are read and yielded batch by batch.
        """
        last = [*blank_texts]
        for batch in _batches(records, graph):
            part = labelled_forest(batch, self._timeout, forest.labelled)
            keyed = sorted(writer_of(part).keyed(part.roots()))
            yield from (text for key, text in keyed if key[0] == 0)  # of IRIs
            last += (pair for pair in keyed if pair[0][0] > 0)
        yield from (text for _, text in sorted(last))


def _batches(records: Iterable[bytes], graph: str) -> Iterator[list[Statement]]:
    """Yield the triples of sorted records, as statements in `graph`, in lists of about `_BATCH`.

    A record is a graph, the IRI that a triple hangs under, and the triple, on three lines. All
    triples under one IRI are in one list.
    """
    batch: list[Statement] = []
    for _, same in groupby(records, lambda record: record.rpartition(b"\n")[0]):
        batch += (_statement(record.rpartition(b"\n")[2].decode(), graph) for record in same)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _statement(line: str, graph: str) -> Statement:
    """Return a line of N-Triples without its dot as subject, predicate, object and `graph`."""
    subject, predicate, obj = line.split(" ", 2)
    return subject, predicate, obj, graph


def _nested_lines(forest: Forest, graph: str, subject: str) -> Iterator[str]:
    """Yield the triples of a subject and of blank nodes nested in it, as lines without dots.

    `subject` is a term of N-Triples; ``forest.properties`` has objects by graph and subject, then
    by predicate.
    """
    stack = [subject]
    while stack:
        node = stack.pop()
        for predicate, objects in forest.properties.get((graph, node), {}).items():
            for obj in objects:
                yield f"{node} {predicate} {obj}"
                if obj in forest.nested:
                    stack.append(obj)
