"""The table of formats: names, media types, suffixes, and what they can hold.

They hold kinds of answers (rows, yes or no, triples), or a graph that is exported.

>>> named("ttl").name, named("csv").media_type
('turtle', 'text/csv; charset=utf-8')
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal, NamedTuple

from pyoxigraph import QueryResultsFormat, RdfFormat

from allgraph.errors import UnknownFormat

Kind = Literal["rows", "yes-no", "triples", "graph"]


class Format(NamedTuple):
    """A format that answers or graphs can be written in; `kinds` is what it can hold.

    `engine` is its name in pyoxigraph; ``None`` where this package writes it.
    """

    name: str
    media_type: str
    suffixes: tuple[str, ...]
    kinds: frozenset[Kind]
    engine: QueryResultsFormat | RdfFormat | None

    @property
    def essence(self) -> str:
        """The media type without parameters such as the charset."""
        return self.media_type.partition(";")[0]


_ROWS: frozenset[Kind] = frozenset({"rows"})
_RESULTS: frozenset[Kind] = frozenset({"rows", "yes-no"})
_RECORDS: frozenset[Kind] = frozenset({"rows", "graph"})
_TRIPLES: frozenset[Kind] = frozenset({"triples", "graph"})
_GRAPH: frozenset[Kind] = frozenset({"graph"})
_ALL: frozenset[Kind] = frozenset({"rows", "yes-no", "triples"})

FORMATS = (
    Format("table", "text/plain; charset=utf-8", ("txt",), _ALL, None),
    Format("json", "application/sparql-results+json", ("json",), _RESULTS, QueryResultsFormat.JSON),
    Format("xml", "application/sparql-results+xml", ("srx",), _RESULTS, QueryResultsFormat.XML),
    Format(
        "csv", "text/csv; charset=utf-8", ("csv",), _RESULTS | {"graph"}, QueryResultsFormat.CSV
    ),
    Format("jsonl", "application/jsonl", ("jsonl", "ndjson"), _RECORDS, None),
    Format(
        "tsv", "text/tab-separated-values; charset=utf-8", ("tsv",), _RESULTS,
        QueryResultsFormat.TSV,
    ),
    Format("turtle", "text/turtle", ("ttl",), _TRIPLES, RdfFormat.TURTLE),
    Format("ntriples", "application/n-triples", ("nt",), _TRIPLES, RdfFormat.N_TRIPLES),
    Format("nquads", "application/n-quads", ("nq",), _TRIPLES, RdfFormat.N_QUADS),
    Format("trig", "application/trig", ("trig",), _TRIPLES, RdfFormat.TRIG),
    Format("rdfxml", "application/rdf+xml", ("rdf", "owl"), _TRIPLES, RdfFormat.RDF_XML),
    Format("jsonld", "application/ld+json", ("jsonld",), _TRIPLES, RdfFormat.JSON_LD),
    Format("graphml", "application/graphml+xml", ("graphml",), _GRAPH, None),
    Format("gexf", "application/gexf+xml", ("gexf",), _GRAPH, None),
    Format("parquet", "application/vnd.apache.parquet", ("parquet",), _GRAPH, None),
    Format(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",),
        _GRAPH, None,
    ),
    Format("sqlite", "application/vnd.sqlite3", ("sqlite", "sqlite3", "db"), _GRAPH, None),
    Format("sssom", "text/tab-separated-values; charset=utf-8", ("sssom.tsv",), _GRAPH, None),
    # neither of the two has a media type that is registered
    Format("popolo", "application/popolo+json", ("popolo.json",), _GRAPH, None),
    Format("ftm", "application/json+ftm", ("ftm.json", "ftm.jsonl"), _GRAPH, None),
)  # fmt: skip

NAMES = {name: format for format in FORMATS for name in (format.name, *format.suffixes)}


def of_kind(kind: Kind | None) -> list[str]:
    """Return the names of the formats that hold a kind of content, or of all, in their order."""
    return [format.name for format in FORMATS if kind is None or kind in format.kinds]


def suffix_of(file: str) -> str:
    """Return the suffix of the name of a file, without its dot: the longest of a format.

    A suffix that no format has is what follows the last dot.

    >>> suffix_of("people.2026.popolo.json"), suffix_of("graph.ttl"), suffix_of("graph")
    ('popolo.json', 'ttl', '')
    """
    _, *parts = file.split(".")
    ends = (".".join(parts[place:]) for place in range(len(parts)))
    return next((end for end in ends if end.lower() in NAMES), parts[-1] if parts else "")


def named(name: str, kind: Kind | None = None) -> Format:
    """Return the format with a name or suffix, which holds the `kind` if one is given.

    A kind of content is ``rows``, ``yes-no``, ``triples`` or ``graph``. Case does not matter.
    Raises `UnknownFormat`, whose message lists the formats that fit.

    >>> named("ttl", "rows")
    Traceback (most recent call last):
      ...
    allgraph.errors.UnknownFormat: rows cannot be written as “ttl”; \
there are table, json, xml, csv, jsonl, tsv
    """
    format = NAMES.get(name.lower())
    if format and (kind is None or kind in format.kinds):
        return format
    names = of_kind(kind)
    near = [] if format else get_close_matches(name.lower(), names, 1)
    fitting = ", ".join(names) + (f"; did you mean {near[0]}?" if near else "")
    what = {"yes-no": "yes or no", "graph": "a graph", None: "this"}.get(kind, kind)
    raise UnknownFormat(f"{what} cannot be written as “{name}”; there are {fitting}")
