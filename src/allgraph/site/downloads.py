"""The data of a graph as files to download, and their checksums.

>>> from allgraph.graph import open_graph
>>> sorted(dumps(open_graph()))[:2]
['graph.jsonld', 'graph.nq']
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256

from allgraph.errors import EngineError, InputError
from allgraph.exports.export import exported
from allgraph.exports.verbatim import Originals
from allgraph.graph import Graph
from allgraph.graph.download import copied
from allgraph.linkeddata.publication import Download
from allgraph.rdf import formats
from allgraph.rdf.canonical import canonical
from allgraph.rdf.terms import text

FORMATS = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld")
"""The names of the formats of downloads."""
WHOLE = "all.nq.gz"
"""The file with the stated triples, the ontology and the derived triples in their named graph, for
the page that answers SPARQL. Only a graph with `SMALL` triples or fewer has it."""
SMALL = 50_000
"""How many triples, ontology and derived ones included, a graph may have for downloads in each
format; a larger one has only compressed N-Triples."""

_SAME = {"trig": "turtle", "nquads": "ntriples"}  # for stated triples have no named graph
_SECONDS = 10.0  # for the canonical labels of blank nodes


def name_of(format: str) -> str:
    """Return the name of the file with a download.

    >>> name_of("turtle")
    'graph.ttl'
    """
    return f"graph.{formats.named(format).suffixes[0]}"


def dumps(graph: Graph) -> dict[str, bytes]:
    """Return the data by file name, in each format that can express it and is written in time.

    Of an endpoint there may be none, since its files are elsewhere.
    """
    files: dict[str, bytes] = {}
    for format in FORMATS:
        same = files.get(name_of(_SAME[format])) if format in _SAME else None
        with suppress(InputError, EngineError):
            files[name_of(format)] = same or exported(graph, format, timeout=_SECONDS)
    return files


def size(graph: Graph) -> int:
    """Return how many triples a graph has, those of the ontology and derived ones included."""
    if not graph.is_remote:
        return len(graph.store)
    return sum(int(text(row["count"])) for row in graph.run("sizes").rows)


def is_small(graph: Graph) -> bool:
    """Whether a graph has its downloads in each format, and `WHOLE` too."""
    return size(graph) <= SMALL


def whole(graph: Graph) -> bytes:
    """Return the content of `WHOLE`; the same graph gives the same bytes."""
    if graph.is_remote:
        return gzip.compress(canonical([*copied(graph).store]), mtime=0)
    return gzip.compress(exported(graph, "nquads", derived=True), mtime=0)


def compressed(graph: Graph) -> bytes:
    """Return the data as compressed N-Triples, for large graphs.

    Only one file is in memory at a time, so the lines are not sorted. The same graph gives the
    same bytes.
    """
    raw = io.BytesIO()
    originals = Originals(graph)
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
        for path in graph.folder.data_files():
            for written in originals.of_file(path):
                packed.write(written.line + b"\n")
    return raw.getvalue()


def told(files: Mapping[str, bytes], home: str) -> tuple[Download, ...]:
    """Return the downloads that some files are, for VoID and DCAT."""
    lines = files.get(name_of("ntriples"))
    triples = None if lines is None else lines.count(b"\n")
    return tuple(
        Download(
            f"{home}download/{name}", _format(name), len(data), sha256(data).hexdigest(), triples
        )
        for name, data in files.items()
    )


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the content of ``SHA256SUMS``, which ``sha256sum --check`` reads."""
    return b"".join(
        f"{sha256(data).hexdigest()}  {name}\n".encode() for name, data in files.items()
    )


def _format(name: str) -> str:
    return formats.named(name.removesuffix(".gz").rpartition(".")[2]).name
