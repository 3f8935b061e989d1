"""The data of a graph as files to download, and their checksums.

>>> from allgraph.graph import open_graph
>>> sorted(dumps(open_graph()))[:2]
['graph.jsonld', 'graph.nq']
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from itertools import islice

from pyoxigraph import RdfFormat

from allgraph.errors import EngineError, InputError, LoadError, MissingExtra, WriteError
from allgraph.exports import plain, sssom
from allgraph.exports import tables as exports
from allgraph.exports.export import Table, exported
from allgraph.exports.verbatim import Originals
from allgraph.graph import Graph
from allgraph.graph.download import copied
from allgraph.graph.view import held_here
from allgraph.linkeddata.publication import Download
from allgraph.model import vocabulary
from allgraph.rdf import files as rdf_files
from allgraph.rdf import formats
from allgraph.rdf.canonical import canonical
from allgraph.rdf.terms import text

FORMATS = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld")
"""The names of the formats of downloads in RDF."""
TABLES: Mapping[str, Table] = {
    "people.csv": "people", "bodies.csv": "bodies", "bills.csv": "bills", "votes.csv": "votes",
}  # fmt: skip
"""The tables of downloads, by the names of their files."""
BOOKS = ("graph.xlsx", "graph.sqlite")
"""The files with all tables."""
CROSSWALK = sssom.FILE
"""The file with the identifiers of things."""
NAMES = (*(f"graph.{formats.named(name).suffixes[0]}" for name in FORMATS), *TABLES, *BOOKS,
         CROSSWALK)  # fmt: skip
"""The names of all files that may be downloads, in their order."""
WHOLE = "all.nq.gz"
"""The file with the stated triples, the ontology and the derived triples in their named graph, for
the page that answers SPARQL. Only a graph with `SMALL` triples or fewer has it."""
SMALL = 50_000
"""How many triples, ontology and derived ones included, a graph may have for downloads in each
format; a larger one has only compressed N-Triples."""

_SAME = {"trig": "turtle", "nquads": "ntriples"}  # where the data have no named graph
_LEVEL = 6  # of gzip: 9 takes five times as long for files a tenth smaller
_LINES = 10_000  # lines that are compressed together
_SECONDS = 10.0  # for the canonical labels of blank nodes


def name_of(format: str) -> str:
    """Return the name of the file with a download.

    >>> name_of("turtle")
    'graph.ttl'
    """
    return f"graph.{formats.named(format).suffixes[0]}"


def dumps(graph: Graph) -> dict[str, bytes]:
    """Return the stated triples as the content of files by name, one for each of `FORMATS`.

    They are made from the data files of the folder. Without named graphs, TriG has the bytes of
    Turtle, and N-Quads those of N-Triples (`_SAME`). A format is left out if it cannot express the
    graph, if its blank nodes take longer than `_SECONDS` (10) to put in order, or after any other
    `InputError` or `EngineError`. Of an endpoint there may be no file. Only temporary files are
    written. Raises `LoadError` when a data file cannot be read, and `WriteError` when the disk is
    full.
    """
    files: dict[str, bytes] = {}
    has_graphs = any(map(rdf_files.has_graphs, graph.folder.data_files()))
    for format in FORMATS:
        same = None if has_graphs else files.get(name_of(_SAME.get(format, format)))
        try:
            files[name_of(format)] = same or exported(graph, format, timeout=_SECONDS)
        except (LoadError, WriteError):
            raise
        except (InputError, EngineError):
            continue
    return files


def tables(graph: Graph) -> dict[str, bytes]:
    """Return the tables of a graph as the content of files by name, which are in `NAMES`.

    A table without rows is left out, and so are the identifiers if there are none, and the workbook
    if its library is not installed. A graph that an endpoint holds is downloaded first. Raises
    `LoadError`, `WriteError` when the disk is full, and `EngineError` when an endpoint does not
    give all that it holds.
    """
    with held_here(graph) as local:
        names = [*on_request(local), *BOOKS]
        files: dict[str, bytes] = {}
        for name in sorted(names, key=NAMES.index):
            with suppress(MissingExtra):
                files[name] = table(local, name)
        if not any(map(_is_mapping, files.get(CROSSWALK, b"").splitlines()[1:])):
            files.pop(CROSSWALK, None)
        return files


def _is_mapping(line: bytes) -> bool:
    """Return whether a line of SSSOM is one of the table."""
    return not line.startswith((b"#", sssom.COLUMNS[0].encode()))


def on_request(graph: Graph) -> Iterator[str]:
    """Yield the names of the tables that are made when they are asked for, of a large graph.

    They are those that have rows, and the identifiers if a claim says one.
    """
    filled = plain.filled(graph)
    yield from (name for name, table in TABLES.items() if table in filled)
    if any(graph.queried.quads(None, vocabulary.PREDICATE, vocabulary.IDENTIFIER)):
        yield CROSSWALK


def table(graph: Graph, name: str) -> bytes:
    """Return the content of a file with tables by its name; see `export` for what it raises."""
    if name in TABLES:
        return exported(graph, "csv", table=TABLES[name])
    return exported(graph, formats.suffix_of(name))


def size(graph: Graph) -> int:
    """Return how many triples a graph has, those of the ontology and derived ones included.

    An endpoint is asked by the query ``sizes``.
    """
    if not graph.is_remote:
        return len(graph.queried)
    return sum(int(text(row["count"])) for row in graph.run("sizes").rows)


def is_small(graph: Graph) -> bool:
    """Return whether a graph has at most `SMALL` triples, ontology and derived ones included.

    Only such a graph has downloads in each format and the file `WHOLE`. An endpoint is asked.
    """
    return size(graph) <= SMALL


def whole(graph: Graph) -> bytes:
    """Return the content of the file `WHOLE`: all triples as compressed N-Quads.

    The ontology and the derived triples are included. The same graph gives the same bytes. All
    triples of an endpoint are copied into memory: raises `TooMuch` when they are too many for that,
    and `EngineError` when not all come. For a graph from a folder the data files are read again;
    raises `LoadError` when one cannot be. Raises `EngineTimeout` when blank nodes take too long to
    put in order.
    """
    if graph.is_remote:
        return gzip.compress(canonical([*copied(graph).store]), mtime=0)
    return gzip.compress(exported(graph, "nquads", derived=True), mtime=0)


def compressed_tables(graph: Graph) -> dict[str, bytes]:
    """Return the tables `on_request` as compressed files by name, for large graphs.

    The claims are read once for all tables of `TABLES`.
    """
    packed = partial(gzip.compress, compresslevel=_LEVEL, mtime=0)
    wanted = [*on_request(graph)]
    files = {f"{name}.gz": packed(table(graph, name)) for name in wanted if name not in TABLES}
    of_table: dict[str, str] = {TABLES[name]: name for name in wanted if name in TABLES}
    with exports.opened(graph, of_table) as by_name:
        for kind, rows in by_name.items():
            files[f"{of_table[kind]}.gz"] = packed(b"".join(exports.comma_separated(rows)))
    return {f"{name}.gz": files[f"{name}.gz"] for name in wanted}


def compressed(graph: Graph) -> bytes:
    """Return the stated triples as compressed N-Triples, for large graphs.

    The data files of the folder are read one after the other, so the lines are not sorted and one
    file at a time is in memory. The same graph gives the same bytes. Raises `LoadError` for a file
    that cannot be read, and `InputError` for a graph that an endpoint holds.
    """
    raw = io.BytesIO()
    originals = Originals(graph)
    with gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
        for path in graph.folder.data_files():
            lines = (written.line + b"\n" for written in originals.of_file(path))  # N-Triples
            while piece := b"".join(islice(lines, _LINES)):
                packed.write(piece)
    return raw.getvalue()


def described(files: Mapping[str, bytes], home: str) -> tuple[Download, ...]:
    """Return a `Download` for each file, for VoID and DCAT: address, format, size and SHA-256.

    `files` has contents by name; `home` is the address of the site with ``/`` at its end. Each
    download in RDF has as many triples as the N-Triples file has lines, or ``None`` without this
    file. Raises `UnknownFormat` for a file whose suffix is that of no format.
    """
    lines = files.get(name_of("ntriples"))
    triples = None if lines is None else lines.count(b"\n")
    return tuple(
        Download(
            f"{home}download/{name}",
            format.name,
            len(content),
            sha256(content).hexdigest(),
            triples if isinstance(format.engine, RdfFormat) else None,
        )
        for name, content in files.items()
        for format in [_format(name)]
    )


def checksums(files: Mapping[str, bytes]) -> bytes:
    """Return the content of ``SHA256SUMS`` for files by name; ``sha256sum --check`` reads it."""
    return b"".join(
        f"{sha256(content).hexdigest()}  {name}\n".encode() for name, content in files.items()
    )


def _format(name: str) -> formats.Format:
    """Return the format of a file by its name, with or without ``.gz``.

    Raises `UnknownFormat` for another suffix.
    """
    return formats.named(formats.suffix_of(name.removesuffix(".gz")))
