r"""Graphs as files: what is stated, in the forms in which it is written; networks; tables.

The same graph gives the same bytes, whatever the machine and the day. Turtle, TriG and JSON-LD
have each claim with its evidence inside, things and claims in the order of their IRIs; N-Quads
and N-Triples are canonical (RDFC-1.0). GraphML and GEXF are networks of things and claims.

>>> from allgraph.graph import open_graph
>>> text = exported(open_graph(), "turtle").decode()
>>> text[:46], "claim:founding-2011 a ag:Claim ;" in text
('@prefix ag: <https://w3id.org/allgraph/ns#> .\n', True)
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex
from typing import Literal, get_args

from pyoxigraph import Quad, RdfFormat, Triple, parse

from allgraph import derive, formats, parquet, processes, records, ties
from allgraph.answer import Answer, with_xml_names
from allgraph.errors import ParameterError, UnknownFormat, WriteError
from allgraph.graph import Graph, Progress
from allgraph.labels import canonical
from allgraph.originals import Originals
from allgraph.terms import Prefixes
from allgraph.writers import jsonld, sound, trig

Table = Literal["claims", "things", "ties"]
_TABULAR = ("csv", "jsonl", "parquet")
_NETWORKS = ("graphml", "gexf")


def export(
    graph: Graph,
    target: str | os.PathLike[str],
    *,
    format: str | None = None,
    table: Table = "claims",
    derived: bool = False,
    for_spreadsheet: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> None:
    """Write a graph to a file; its suffix is the format unless one is given.

    The file is replaced in one step, so it is whole at any moment; when anything fails it is
    left as it was. What is written is told at `exported`. Raises `WriteError` when the file
    cannot be written, and what `exported` raises.

    >>> import tempfile
    >>> from allgraph.graph import open_graph
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     export(open_graph(), f"{folder}/claims.csv")
    ...     Path(folder, "claims.csv").read_bytes()[:14]
    b'claim,sentence'
    """
    path = Path(target)
    data = exported(
        graph,
        path.suffix.removeprefix(".") if format is None else format,
        table=table,
        derived=derived,
        for_spreadsheet=for_spreadsheet,
        timeout=timeout,
        progress=progress,
    )
    put(path, data)


def put(path: Path, data: bytes) -> None:
    """Write a file in one step, so that it is whole at any moment; or raise `WriteError`."""
    try:
        _replace(path.resolve(), data)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}", path=path) from None


@processes.without_collector()
def exported(
    graph: Graph,
    format: str = "turtle",
    *,
    table: Table = "claims",
    derived: bool = False,
    for_spreadsheet: bool = False,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> bytes:
    """A graph in a format, by its name or suffix.

    ``turtle ntriples nquads trig rdfxml jsonld`` have what its data states, blank nodes and
    literals as written; with `derived` all that questions see: the ontology too, and what is
    derived, which is in the graph ``ag:derived`` in ``nquads`` and ``trig`` and merged in the
    others. ``graphml`` and ``gexf`` are networks: things are nodes, and claims that join two of
    them are edges, as in `to_networkx`. ``csv``, ``jsonl`` and ``parquet`` are tables: claims
    with their evidence, things, or ties, which are the edges; see `records`. What was withheld
    at loading is in none of them.

    Raises `UnknownFormat` when a format cannot hold the graph, and names the triple or claim,
    `EngineTimeout` when blank nodes take more than `timeout` seconds to put in order (see
    `labels.canonical`), `MissingExtra` for ``parquet`` without pyarrow, and `InputError` for a
    graph that an endpoint holds, except for networks, things and ties.

    >>> from allgraph.graph import open_graph
    >>> exported(open_graph(), "nt").splitlines()[0].decode()[:52]
    '<https://en.wikipedia.org/wiki/Equity_(trade_union)>'
    """
    chosen = formats.named(format, "graph").name
    _check(chosen, table, derived, for_spreadsheet)
    if chosen == "graphml":
        return ties.graphml(ties.read(graph), graph.prefixes)
    if chosen == "gexf":
        return ties.gexf(ties.read(graph), graph.folder.title)
    if chosen in _TABULAR:
        if chosen == "parquet":
            parquet.needed()  # said before the work, not after it
        found = _table(graph, table, progress)
        if chosen == "csv":
            return records.comma_separated(found, for_spreadsheet=for_spreadsheet)
        return records.lines(found) if chosen == "jsonl" else records.columnar(found)
    originals = Originals(graph, progress=progress)
    quads = originals.data
    if derived:
        quads = [*quads, *originals.ontology, *_placed(originals.derived, chosen)]
    return _serialized(quads, chosen, graph.prefixes, timeout)


def _check(format: str, table: Table, derived: bool, for_spreadsheet: bool) -> None:
    """Raise `ParameterError` for what does not go together."""
    if table not in get_args(Table):
        raise ParameterError(f"there is no table “{table}”, only {', '.join(get_args(Table))}")
    if table != "claims" and format not in _TABULAR:
        raise ParameterError(f"{format} is no table; write {table} as {', '.join(_TABULAR)}")
    if for_spreadsheet and format != "csv":
        raise ParameterError("only tables as csv can be made ready for a spreadsheet")
    if derived and format in (*_TABULAR, *_NETWORKS):
        raise ParameterError(f"{format} holds claims; derived triples need an RDF format")


def _table(graph: Graph, table: Table, progress: Progress | None) -> records.Table:
    if table == "claims":
        return records.of_claims(records.exact(graph, progress=progress))
    make = records.of_things if table == "things" else records.of_ties
    return make(ties.read(graph))


def _placed(quads: list[Quad], format: str) -> list[Quad]:
    """Derived quads where a format has them: in their graph, or with all others."""
    if format in ("nquads", "trig"):
        return quads
    return [Quad(quad.subject, quad.predicate, quad.object) for quad in quads]


def _serialized(quads: list[Quad], format: str, prefixes: Prefixes, timeout: float | None) -> bytes:
    for quad in quads:
        if isinstance(quad.object, Triple) or getattr(quad.object, "direction", None):
            raise UnknownFormat(f"exports are RDF 1.1, which cannot say {quad.triple}")
    if format in ("nquads", "ntriples"):
        return canonical(quads, timeout=timeout)
    if format == "rdfxml":
        return _rdfxml(canonical(quads, timeout=timeout), prefixes)
    write = jsonld if format == "jsonld" else trig
    return write(quads, prefixes, timeout=timeout).encode()


def _rdfxml(lines: bytes, prefixes: Prefixes) -> bytes:
    """Canonical N-Quads as RDF/XML, read back to be sure; types first, then in their order."""
    quads = sorted(parse(lines, format=RdfFormat.N_QUADS), key=_xml_order)
    fit = Prefixes({p: space for p, space in sound(prefixes).items() if p[:3].lower() != "xml"})
    text = _as_xml(quads, fit)
    if text is None:
        wrong = next((quad for quad in quads if _as_xml([quad], fit) is None), quads[0])
        raise _refusal("RDF/XML", wrong)
    return text


def _xml_order(quad: Quad) -> tuple[str, bool, str, str]:
    is_type = quad.predicate == derive.TYPE
    return str(quad.subject), not is_type, str(quad.predicate), str(quad.object)


def _as_xml(quads: Iterable[Quad], prefixes: Prefixes) -> bytes | None:
    triples = tuple(quad.triple for quad in quads)
    try:
        text = Answer(triples=triples, prefixes=prefixes).write("rdfxml")
    except UnknownFormat:
        return None
    back = {quad.triple for quad in parse(text, format=RdfFormat.RDF_XML)}
    return text if back == {*map(with_xml_names, triples)} else None


def _refusal(format: str, quad: Quad) -> UnknownFormat:
    return UnknownFormat(f"{format} cannot hold the triple {quad.triple}; write another format")


def _replace(path: Path, data: bytes) -> None:
    """Put data in the place of a file in one step; what is no file, such as a pipe, gets it."""
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        beside.write_bytes(data)
        if path.is_file():
            beside.chmod(path.stat().st_mode & 0o777)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
