r"""Graphs as files: RDF in the forms in which it is stated, networks, and tables.

The same graph gives the same bytes, whatever the machine and the day. Turtle, TriG and JSON-LD
have each claim with its evidence inside, things and claims in the order of their IRIs; N-Quads
and N-Triples are canonical (RDFC-1.0). GraphML and GEXF are networks of things and claims. Popolo,
FollowTheMoney and SSSOM have what claims say outright.

>>> from allgraph.graph import open_graph
>>> text = exported(open_graph(), "turtle").decode()
>>> text[:46], "claim:founding-2011 a ag:Claim ;" in text
('@prefix ag: <https://w3id.org/allgraph/ns#> .\n', True)
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, get_args

from allgraph import sandbox
from allgraph.errors import ParameterError, UnknownFormat
from allgraph.exports import ftm, parquet, parquet_dataset, popolo, sqlite, sssom, tables, xlsx
from allgraph.exports.columns import ATTRIBUTES
from allgraph.exports.graphml import encoded, gexf_lines, graphml_lines
from allgraph.exports.network import SortedNetwork, reported_fields, sorted_network
from allgraph.exports.streaming import BlockWriter
from allgraph.exports.verbatim import Originals, WrittenTriple
from allgraph.graph import Graph, download
from allgraph.graph.graph import Progress
from allgraph.graph.view import held_here
from allgraph.rdf import formats, ntriples, rdfxml
from allgraph.rdf.canonical import canonical_lines
from allgraph.rdf.terms import DERIVED
from allgraph.sorting import Sorter
from allgraph.sparql.embedded import store_errors
from allgraph.writing import replacing

Table = Literal["claims", "things", "ties", "people", "bodies", "bills", "votes"]
DATASET = "parquet-dataset"
"""The format that is no file but a directory."""
MOST_BLANK = 250_000
"""How many triples with blank nodes may have the labels of RDFC-1.0, which needs all in memory."""
_WITH_ALL = {"xlsx": xlsx.write, "sqlite": sqlite.write}
"""What writes the formats that hold several tables in one file."""
_TABULAR = ("csv", "jsonl", "parquet", *_WITH_ALL)
_NEEDED = {"parquet": parquet.needed, "xlsx": xlsx.needed}
"""What imports the libraries that formats need."""
_NETWORKS = ("graphml", "gexf")
_OUTRIGHT = {"popolo": popolo.write, "ftm": ftm.write, "sssom": sssom.write}
_WITH_GRAPHS = ("nquads", "trig")
_NO_RDF_1_1 = (b"--ltr .", b"--rtl .", b">> .")


def export(
    graph: Graph,
    target: str | os.PathLike[str],
    *,
    format: str | None = None,
    table: Table | None = None,
    derived: bool = False,
    for_spreadsheet: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a graph to a file; its suffix is the format unless one is given.

    `exported` says what each format has. `table` is the one to write as csv, jsonl or parquet, by
    default the claims, and the only one in xlsx or sqlite, which have all by default.
    With `derived`, RDF has the ontology and the derived triples too; with `for_spreadsheet`, csv is
    made safe to open in a spreadsheet. To order blank nodes may take `timeout` seconds, by default
    a minute, and more for many; `progress` is called with messages. With the format
    ``parquet-dataset`` the target is a directory of partitioned Parquet; a dataset that is there is
    replaced; `timeout` has no effect, and `table`, `derived` and `for_spreadsheet` do not fit.

    The graph may be larger than memory: what does not fit is sorted in temporary files beside the
    target. An endpoint that holds the graph is asked for all of it first.

    All is written to a new file, which then replaces the target; when anything fails the target is
    left as it was. A pipe is written to directly. Raises `WriteError` when the file cannot be
    written, `ParameterError` for options that do not fit the format, `UnknownFormat` when there is
    none of this name or it cannot hold the graph, `MissingExtra` for Parquet without pyarrow and
    for xlsx without XlsxWriter,
    `LoadError` when a data file cannot be read, `EngineTimeout` when blank nodes take too long, and
    `EngineError` when an endpoint does not give all that it holds.

    >>> import tempfile
    >>> import allgraph
    >>> with tempfile.TemporaryDirectory() as place:
    ...     allgraph.export(allgraph.open(), f"{place}/claims.csv")
    ...     Path(place, "claims.csv").read_bytes()[:14]
    b'claim,sentence'
    """
    path = Path(target)
    if format == DATASET:
        if derived or for_spreadsheet or table not in (None, "claims"):
            raise ParameterError(f"{DATASET} takes no other options of export; leave them out")
        with held_here(graph, _folder_of(path), progress) as local:
            parquet_dataset.write(local, path, _folder_of(path), progress)
        return
    name = formats.suffix_of(path.name) if format is None else format
    job = _Job(name, table, derived, for_spreadsheet, timeout, progress, _folder_of(path))
    with replacing(path, follow=True) as file:
        _write(graph, job, file)


def _folder_of(path: Path) -> Path | None:
    """Return the directory that contains `path`, for temporary files; ``None`` if there is none.

    There is none for what is no file or directory, such as ``/dev/stdout``.
    """
    folder = Path(os.path.realpath(path)).parent
    is_special = os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)
    return folder if folder.is_dir() and not is_special else None


def exported(
    graph: Graph,
    format: str = "turtle",
    *,
    table: Table | None = None,
    derived: bool = False,
    for_spreadsheet: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Return a graph as bytes in a format, which is named by its name or suffix.

    ``turtle ntriples nquads trig rdfxml jsonld`` have what its data states, blank nodes and
    literals as the files write them; ``nquads`` and ``trig`` in the named graphs of the files. With
    `derived` they have all that questions see: the ontology and the derived triples too, which are
    in the graph ``ag:derived`` in ``nquads`` and ``trig`` and merged in the others; what is in a
    named graph is in the default graph too; and blank nodes under an IRI have the IRIs that
    questions see. ``graphml`` and ``gexf`` are networks: things are nodes, and claims that join two
    of them are edges, as in `to_networkx`. ``csv``, ``jsonl`` and ``parquet`` are tables: claims
    with their evidence, things, or ties, which are the edges, or a row for each of the people,
    bodies, bills or votes, as `table` says; ``xlsx`` and ``sqlite`` have all of them, or only
    `table`. ``popolo``,
    ``ftm`` and ``sssom`` are a document of Popolo, entities of FollowTheMoney, and the identifiers
    as mappings of SSSOM, see `outright`. With
    `for_spreadsheet`, ``csv`` has a byte order mark, quotes round all cells, and an apostrophe
    before what looks like a formula. Claims that were left out when the graph was loaded, as
    sensitive, are in none of them.

    For RDF the data files are read again. What is too much for memory is sorted in temporary files.
    A graph that an endpoint holds is downloaded first, see `download`; its literals are as the
    endpoint has them.

    `progress` is called with messages. Raises `ParameterError` for options that do not fit the
    format, `UnknownFormat` when there is no such format, or it cannot hold the graph, and names the
    triple or claim, `EngineTimeout` when blank nodes take more than `timeout` seconds to put in
    order (by default a minute, and more for many), `MissingExtra` for ``parquet`` without pyarrow
    and ``xlsx`` without XlsxWriter,
    `LoadError` when a data file cannot be read, `WriteError` when the disk is full, and
    `EngineError` when an endpoint does not give all that it holds.

    >>> import allgraph
    >>> allgraph.exported(allgraph.open(), "nt").splitlines()[0].decode()[:52]
    '<https://en.wikipedia.org/wiki/Equity_(trade_union)>'
    """
    content = io.BytesIO()
    _write(graph, _Job(format, table, derived, for_spreadsheet, timeout, progress), content)
    return content.getvalue()


@dataclass(frozen=True)
class _Job:
    """The options of one export.

    What is too much for memory is sorted in files in `sort_directory`, by default the system's
    directory for temporary files.
    """

    format: str
    table: Table | None
    derived: bool
    for_spreadsheet: bool
    timeout: float | None
    progress: Progress | None
    sort_directory: Path | None = None

    def checked(self) -> str:
        """Return the full name of the format, after checking that the options fit it.

        Raises `ParameterError` when they do not, `UnknownFormat`, and `MissingExtra` for
        ``parquet`` without pyarrow, or ``xlsx`` without XlsxWriter. Nothing is changed.
        """
        if self.format == DATASET:
            raise ParameterError(f"{DATASET} is a directory; give the path of a directory")
        format = formats.named(self.format, "graph").name
        if self.table not in (None, *get_args(Table)):
            known = ", ".join(get_args(Table))
            raise ParameterError(f"there is no table “{self.table}”, only {known}")
        if self.table not in (None, "claims") and format not in _TABULAR:
            known = ", ".join(_TABULAR)
            raise ParameterError(f"{format} is no table; write {self.table} as {known}")
        if self.for_spreadsheet and format != "csv":
            raise ParameterError(
                "only CSV can be made safe for a spreadsheet; choose the format csv"
            )
        if self.derived and format in (*_TABULAR, *_NETWORKS, *_OUTRIGHT):
            raise ParameterError(
                f"{format} has claims only; for derived triples choose an RDF format"
            )
        if format in _NEEDED:
            _NEEDED[format]()  # before the work, not after it
        return format

    def report(self, message: str) -> None:
        """Call the function `progress` with a message, if there is one."""
        if self.progress:
            self.progress(message)


@sandbox.without_collector()
@store_errors()
def _write(graph: Graph, job: _Job, file: IO[bytes]) -> None:
    """Write a graph to an open file, in the format and with the options of `job`.

    A graph that an endpoint holds is downloaded first, to a temporary directory. The garbage
    collector is off meanwhile. Raises what `exported` raises; before anything is read or written,
    `ParameterError`, `UnknownFormat` and `MissingExtra` for options that do not fit.
    """
    format = job.checked()
    with held_here(graph, job.sort_directory, job.progress) as local:
        if format in _OUTRIGHT:
            _OUTRIGHT[format](local, file, job.sort_directory, job.progress)
        elif format not in (*_TABULAR, *_NETWORKS):
            _Rdf(local, format, job).write(file)
        elif format in _WITH_ALL:
            names = tables.NAMES if job.table is None else [job.table]
            _WITH_ALL[format](local, names, file, job.sort_directory, job.progress)
        elif format in _TABULAR:
            name = job.table or "claims"
            with tables.opened(local, [name], job.sort_directory, job.progress) as by_name:
                _write_table(by_name[name], format, job, file)
        else:
            fields = reported_fields(local, job.progress)
            with sorted_network(local, fields, job.sort_directory) as network:
                file.writelines(encoded(_network_lines(graph, network, format)))


def _network_lines(graph: Graph, network: SortedNetwork, format: str) -> Iterator[str]:
    """Yield the lines of a network as XML, in the format ``graphml`` or ``gexf``.

    Of `graph`, only the prefixes or the title are used. Raises `UnknownFormat` for a character that
    XML cannot hold.
    """
    things = (thing for thing, _ in network.things())
    if format == "graphml":
        return graphml_lines(things, network.ties(), ATTRIBUTES, graph.prefixes)
    return gexf_lines(things, network.ties(), ATTRIBUTES, graph.folder.title)


def _write_table(table: tables.Table, format: str, job: _Job, file: IO[bytes]) -> None:
    """Write a table to an open file, in the format ``csv``, ``jsonl`` or ``parquet``."""
    if format == "csv":
        file.writelines(tables.comma_separated(table, for_spreadsheet=job.for_spreadsheet))
    elif format == "jsonl":
        file.writelines(tables.lines(table))
    else:
        tables.columnar(table, file)


class _Rdf:
    """A writer of one graph in one RDF format; `write` is called once."""

    def __init__(self, graph: Graph, format: str, job: _Job) -> None:
        """Prepare to read the triples as the data files write them (`Originals`); read nothing yet.

        Those of a downloaded graph are as the engine has them. `format` is a full name, as
        ``turtle``; `job` has the options. Raises `InputError` for a graph that an endpoint holds.
        """
        self._format = format
        self._job = job
        self._prefixes = graph.prefixes
        self._originals = Originals(
            graph,
            named=job.derived,
            unfiled=download.is_local(graph),
            place=job.sort_directory,
            progress=job.progress,
        )

    def write(self, file: IO[bytes]) -> None:
        """Write the whole graph to an open file.

        Reads the data files again, queries the store, and sorts in temporary files, which are
        freed. Raises `UnknownFormat` for what RDF 1.1 does not have, `EngineTimeout` when to label
        blank nodes takes too long, `LoadError` for a data file, `WriteError` for a full disk.
        """
        if self._format in ("turtle", "trig", "jsonld"):
            self._write_blocks(file)
            return
        with self._canonical_lines() as lines:
            self._job.report("writing")
            if self._format == "rdfxml":
                rdfxml.write_lines(lines, self._prefixes, file, self._job.sort_directory)
            else:
                file.writelines(line + b"\n" for line in lines)

    def _triples(self) -> Iterator[tuple[bytes, WrittenTriple]]:
        """Yield all triples to be written, each after the name of its graph.

        The name is ``b""`` for the default graph, else a term of N-Triples. These are the triples
        of the data, in N-Quads and TriG in the graphs of their files; if the job says `derived`,
        they are in the default graph too, beside those of the ontology, and the derived ones have a
        graph of their own. Raises `UnknownFormat` for what RDF 1.1 does not have: a literal with a
        direction, or a triple as object.
        """
        has_graphs = self._format in _WITH_GRAPHS
        for graph, triples in self._sources():
            for triple in triples:
                if triple.line.endswith(_NO_RDF_1_1):
                    shown = triple.line[:-2].decode()
                    raise UnknownFormat(f"exports are RDF 1.1, which cannot express {shown}")
                own_graph = triple.graph if has_graphs else b""
                if not own_graph or self._job.derived:
                    yield graph if has_graphs else b"", triple
                if own_graph:
                    yield own_graph, triple

    def _sources(self) -> Iterator[tuple[bytes, Iterable[WrittenTriple]]]:
        """Yield the triples of data, ontology and derivation, with the graph that they are in."""
        yield b"", self._originals.data()
        if self._job.derived:
            yield b"", self._originals.ontology()
            yield str(DERIVED).encode(), self._originals.derived()

    def _write_blocks(self, file: IO[bytes]) -> None:
        """Write Turtle, TriG or JSON-LD to an open file, in which each subject has a block.

        Sorts in temporary files, and frees them. Collects in memory the triples whose root is
        `LOOSE`: those of blank nodes that are below no IRI, or below several. Raises
        `EngineTimeout` when to order these takes longer than the time limit of the job.
        """
        job = self._job
        blocks = BlockWriter(self._prefixes, place=job.sort_directory, timeout=job.timeout)
        with closing(blocks):
            for graph, triple in self._triples():
                blocks.add(triple.line, root=triple.root, graph=graph)
            job.report("writing")
            (blocks.jsonld if self._format == "jsonld" else blocks.turtle)(file)

    @contextmanager
    def _canonical_lines(self) -> Iterator[Sorter[bytes]]:
        """Give the lines of canonical N-Quads (RDFC-1.0), sorted and each once, for a ``with``.

        Lines have no line ends. They are in temporary files, which are freed after the ``with``.
        Labels of blank nodes are not canonical when more than `MOST_BLANK` (250,000) lines have
        these.
        """
        place = self._job.sort_directory
        with (
            Sorter[bytes](place, distinct=True) as lines,
            Sorter[bytes](place, distinct=True) as blank,
        ):
            lines.extend(self._plain_lines(blank))
            lines.extend(self._with_final_labels(blank))
            yield lines

    def _plain_lines(self, blank: Sorter[bytes]) -> Iterator[bytes]:
        """Yield the N-Quads lines of triples without blank nodes, and add the others to `blank`."""
        for graph, triple in self._triples():
            line = ntriples.in_graph(triple.line, graph)
            if triple.root:  # the line has blank nodes
                blank.add(line)
            else:
                yield line

    def _with_final_labels(self, lines: Sorter[bytes]) -> Iterable[bytes]:
        """Return N-Quads lines with blank nodes with their final labels.

        Up to `MOST_BLANK` (250,000) lines get the canonical labels of RDFC-1.0; when there are
        more, all keep the labels of their files, and the progress function is called. Raises
        `EngineTimeout` when to find these labels takes longer than the time limit of the job.
        """
        count = sum(1 for _ in lines)
        if count > MOST_BLANK:
            message = f"{count:,} triples have blank nodes, which keep the labels of their files"
            self._job.report(message)
            return lines
        statements = (line[:-2].decode() for line in lines)
        return canonical_lines(statements, timeout=self._job.timeout).splitlines()
