"""The digest of a dataset: the SHA-256 of its files, with graphs, in canonical form (RDFC-1.0).

Without blank nodes the canonical form is the sorted lines of N-Quads, which may be any number. With
blank nodes it needs the whole graph in memory and may take very long; so a dataset with blank nodes
and more than `MOST` triples has no digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import chain, compress, islice, repeat
from pathlib import Path

from pyoxigraph import Store

from allgraph.errors import EngineError
from allgraph.folder.folder import Folder
from allgraph.model import skolem
from allgraph.model.withdrawn import is_stated
from allgraph.rdf import ntriples
from allgraph.rdf.canonical import canonical
from allgraph.rdf.files import has_graphs
from allgraph.sorting import Sorter

MOST = 300_000
"""How many triples a dataset with blank nodes may have."""
_AT_ONCE = 20_000  # triples that are looked up together


class DatasetDigest:
    """The triples of the data files of a folder, of which a digest is made."""

    def __init__(self, place: Path) -> None:
        """Start without triples; those too many for memory are sorted in a file in `place`."""
        self._lines = Sorter[str](place, distinct=True)
        self._count, self._has_blank = 0, False

    def add(self, lines: Sequence[str], file: str, graphs: Sequence[str] = ()) -> None:
        """Add lines of N-Triples, whose blank nodes are those of `file`, the base IRI of a file.

        `graphs` has the name of the graph of each, ``""`` for the default graph, which has all of
        them where it is empty. Raises `WriteError` when the disk is full.
        """
        self._count += len(lines)
        if self._is_too_large:
            self._lines.close()
            return
        own: dict[str, str] = {}
        triples = skolem.divided(lines)[1]
        if triples or any(graph.startswith("_") for graph in graphs):
            self._has_blank, prefix = True, skolem.label_prefix(file)
            terms = chain(chain.from_iterable((s, o) for s, _, o in triples), graphs)
            own = {term: f"_:{prefix}{term[2:]}" for term in terms if term.startswith("_")}
            lines = [*skolem.renamed_lines(lines, own)]
        if any(graphs):
            graphs = [own.get(graph, graph) for graph in graphs]
            lines = [*map(ntriples.in_graph, lines, graphs)]
        self._lines.extend(lines)

    @property
    def _is_too_large(self) -> bool:
        """True if there are blank nodes and too many triples."""
        return self._has_blank and self._count > MOST

    def digest(self) -> str | None:
        """Return the SHA-256 of the canonical form, in hexadecimal, and free the triples.

        ``None`` when there are blank nodes and too many triples, or their canonical form takes too
        long or too much memory, see `canonical`.
        """
        total = sha256()
        with self._lines as lines:
            if self._is_too_large:
                return None
            try:
                pieces = [canonical(ntriples.quads(lines))] if self._has_blank else None
            except EngineError:
                return None
            for piece in pieces or ntriples.in_bytes(lines):
                total.update(piece)
        return total.hexdigest()


def digest_of_rest(folder: Folder, store: Store, place: Path) -> str | None:
    """Return the digest of the triples of the data files that a store still has, in its graphs.

    Reads the files again. `place` and what is returned are as for `DatasetDigest`. Raises
    `LoadError` for an invalid file, and `WriteError` when the disk is full.
    """
    rest = DatasetDigest(place)
    for path in folder.data_files():
        base, quads = folder.base_of(path), folder.in_graphs(path)
        if not has_graphs(path):
            quads = zip(folder.lines(path), repeat(""))
        first = [*islice(quads, MOST + 1)]
        triples = skolem.divided(line for line, _ in first)[1]
        graphs = skolem.graph_labels((graph for _, graph in first), base)
        if (triples or graphs) and len(first) > MOST:
            return None
        names, remaining = skolem.names_of(triples, base, ours=folder.ours), chain(first, quads)
        graphs |= names
        while batch := [*islice(remaining, _AT_ONCE)]:
            lines = skolem.renamed_lines((line for line, _ in batch), names)
            renamed = (graphs.get(graph, graph) for _, graph in batch)
            named = ntriples.quads(map(ntriples.in_graph, lines, renamed))
            kept = [*compress(batch, (is_stated(store, quad) for quad in named))]
            rest.add([line for line, _ in kept], base, [graph for _, graph in kept])
    return rest.digest()
