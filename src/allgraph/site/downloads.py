"""All the data of a graph as files to download, and what is told of them.

>>> from allgraph.graph import open_graph
>>> sorted(dumps(open_graph()))[:2]
['graph.jsonld', 'graph.nq']
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
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
"""The formats of downloads, by their names."""
WHOLE = "all.nq.gz"
"""The file with all that questions see, what is derived in its graph: for the page that answers
SPARQL. Only a graph with `SMALL` triples or fewer has it."""
SMALL = 50_000
"""With no more triples than these, the ontology and what is derived among them, a graph has its
downloads in each format; a larger one is compressed lines of N-Triples."""

_SAME = {"trig": "turtle", "nquads": "ntriples"}  # for what is stated has no named graphs
_PATIENCE = 10.0  # seconds that blank nodes may take to be put in order


def name_of(format: str) -> str:
    """The name of the file with a download.

    >>> name_of("turtle")
    'graph.ttl'
    """
    return f"graph.{formats.named(format).suffixes[0]}"


def dumps(graph: Graph) -> dict[str, bytes]:
    """The data in each format that can hold it, and in which it is written before long.

    Of an endpoint there may be none, since its files are elsewhere.
    """
    found: dict[str, bytes] = {}
    for format in FORMATS:
        same = found.get(name_of(_SAME[format])) if format in _SAME else None
        try:
            found[name_of(format)] = same or exported(graph, format, timeout=_PATIENCE)
        except (InputError, EngineError):
            continue
    return found


def size(graph: Graph) -> int:
    """How many triples a graph has, the ontology and what is derived among them."""
    if not graph.is_remote:
        return len(graph.store)
    return sum(int(text(row["count"])) for row in graph.run("sizes").rows)


def is_small(graph: Graph) -> bool:
    """Whether a graph has its downloads in each format, and `WHOLE` too."""
    return size(graph) <= SMALL


def whole(graph: Graph) -> bytes:
    """The content of `WHOLE`; the same graph gives the same bytes."""
    if graph.is_remote:
        return gzip.compress(canonical([*copied(graph).store]), mtime=0)
    return gzip.compress(exported(graph, "nquads", derived=True), mtime=0)


def compressed(graph: Graph) -> bytes:
    """The data as compressed N-Triples, file by file as they are written: for large graphs.

    Only one file is held at a time, so the lines are not in their order. The same graph gives the
    same bytes.
    """
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
        for lines in _lines(graph):
            packed.write(lines)
    return raw.getvalue()


def _lines(graph: Graph) -> Iterator[bytes]:
    originals = Originals(graph)
    for path in graph.folder.data_files():
        yield from (written.line + b"\n" for written in originals.of_file(path))


def told(files: Mapping[str, bytes], home: str) -> tuple[Download, ...]:
    """What VoID and DCAT say of some downloads."""
    lines = files.get(name_of("ntriples"))
    triples = None if lines is None else lines.count(b"\n")
    return tuple(
        Download(
            f"{home}download/{name}", _format(name), len(data), sha256(data).hexdigest(), triples
        )
        for name, data in files.items()
    )


def checksums(files: Mapping[str, bytes]) -> bytes:
    """The text of ``SHA256SUMS``, which ``sha256sum --check`` reads."""
    return b"".join(
        f"{sha256(data).hexdigest()}  {name}\n".encode() for name, data in files.items()
    )


def _format(name: str) -> str:
    return formats.named(name.removesuffix(".gz").rpartition(".")[2]).name
