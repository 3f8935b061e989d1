"""What is published of a graph, where and when, and what is said of it everywhere.

>>> from allgraph.graph import open_graph
>>> dataset_iri(open_graph()).value
'https://w3id.org/allgraph/catalog#dataset'
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.errors import ParameterError
from allgraph.graph import Graph
from allgraph.rdf import formats, terms
from allgraph.rdf.terms import KNOWN, RDF, XSD, Prefixes

DCTERMS, FOAF = KNOWN["dcterms"], KNOWN["foaf"]
VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"
HYDRA = "http://www.w3.org/ns/hydra/core#"

_TYPE = NamedNode(RDF + "type")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Download:
    """A file with the data: its address and format by name; its bytes and triples where known."""

    url: str
    format: str
    size: int | None = None
    sha256: str = ""
    triples: int | None = None

    @property
    def media_type(self) -> str:
        """The media type, without parameters.

        >>> Download("https://example.org/a.ttl", "turtle").media_type
        'text/turtle'
        """
        return formats.named(self.format).media_type.partition(";")[0]


@dataclass(frozen=True)
class Publication:
    """Where a graph is published, and when.

    `home` is the address of the root, the base of the graph unless given; `endpoint` that of
    the SPARQL endpoint, if there is one. `issued` and `modified` are days or times in ISO 8601.
    """

    home: str = ""
    endpoint: str = ""
    downloads: tuple[Download, ...] = ()
    issued: str = ""
    modified: str = ""


NOWHERE = Publication()
"""What is known of a publication when nobody says more."""


def prefixes(graph: Graph) -> Prefixes:
    """The prefixes of a graph, and those of what is said about datasets."""
    return Prefixes({"void": VOID, "dcat": DCAT, "hydra": HYDRA, **graph.prefixes})


def home_of(graph: Graph, published: Publication = NOWHERE) -> str:
    """The address that paths are added to, which ends in ``/``."""
    home = published.home or graph.folder.base.rstrip("#")
    return home if home.endswith("/") else f"{home}/"


def dataset_iri(graph: Graph, published: Publication = NOWHERE) -> NamedNode:
    """The IRI of the dataset that a graph is."""
    return terms.iri(f"{home_of(graph, published)}catalog#dataset")


def licence(graph: Graph, about: NamedNode) -> list[Triple]:
    """The licence of a graph, as said of something; none when the manifest has none."""
    words = graph.folder.licence
    if node := _address(words):
        return [Triple(about, NamedNode(DCTERMS + "license"), node)]
    return [Triple(about, NamedNode(DCTERMS + "rights"), Literal(words))] if words else []


def rights(graph: Graph, about: NamedNode, published: Publication = NOWHERE) -> list[Triple]:
    """The licence and the publisher of a graph, as said of something: what is known of them."""
    found = licence(graph, about)
    publisher = graph.folder.publisher
    if publisher:
        node = _address(publisher) or terms.iri(f"{home_of(graph, published)}catalog#publisher")
        found.append(Triple(about, NamedNode(DCTERMS + "publisher"), node))
        found.append(Triple(node, _TYPE, NamedNode(FOAF + "Agent")))
        if not _address(publisher):
            found.append(Triple(node, NamedNode(FOAF + "name"), Literal(publisher)))
    return found


def moment(when: str) -> Literal:
    """A day or time in ISO 8601 as a literal; `ParameterError` for what is neither.

    >>> moment("2026-11-23").datatype.value[-4:], moment("2026-11-23T10:00:00Z").datatype.value[-8:]
    ('date', 'dateTime')
    """
    from datetime import datetime

    try:
        datetime.fromisoformat(when)
    except ValueError:
        raise ParameterError(f"“{when}” is no day or time such as 2026-11-23") from None
    kind = "date" if _DAY.fullmatch(when) else "dateTime"
    return Literal(when, datatype=NamedNode(XSD + kind))


def _address(text: str) -> NamedNode | None:
    """A text as a web address, if it is one."""
    if not text.startswith(("http://", "https://")):
        return None
    try:
        return NamedNode(text)
    except ValueError:
        return None
