"""A generated graph as N-Triples: the Turtle of `bench.generated`, with the IRIs of loading.

>>> claims(1_000_000)
65763
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyoxigraph import RdfFormat, parse

from allgraph.model import skolem
from allgraph.rdf import ntriples
from bench.folder import SOURCES
from bench.generated import MANIFEST, NONE, Generated

BASE = "https://example.org/big/"
_PER_CLAIM = 15.2  # 13, a date for most of them, and two for each of 0.7 things


def claims(triples: int) -> int:
    """How many claims make about so many triples."""
    return max(200, round((triples - 4 * SOURCES) / _PER_CLAIM))


def count(graph: Generated) -> int:
    """How many triples a graph has."""
    dated = int(np.count_nonzero(graph.stated != NONE))
    return 13 * graph.claims + dated + 2 * graph.things + 4 * SOURCES


def write(graph: Generated, folder: Path) -> Path:
    """Write it as a graph folder with one file of N-Triples; that file."""
    (folder / "data").mkdir(parents=True)
    (folder / "allgraph.toml").write_text(MANIFEST)
    path = folder / "data" / "graph.nt"
    with path.open("wb") as file:
        for _, text in graph.turtle():
            lines = ntriples.lines(parse(text, RdfFormat.TURTLE))
            file.writelines(ntriples.in_bytes(skolem.named_lines(lines)))
    return path
