"""The publication of a graph: addresses, date, and what all descriptions of it share.

>>> from allgraph.graph import open_graph
>>> dataset_iri(open_graph()).value
'https://w3id.org/allgraph/catalog#dataset'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from allgraph.errors import ParameterError
from allgraph.graph import Graph
from allgraph.model.addresses import SUFFIXES, TABLE
from allgraph.model.vocabulary import TYPE
from allgraph.rdf import formats, terms
from allgraph.rdf.terms import KNOWN, XSD, Node, Prefixes, Term, iri_or_none

DCTERMS = KNOWN["dcterms"]
VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"
HYDRA = "http://www.w3.org/ns/hydra/core#"
SD = "http://www.w3.org/ns/sparql-service-description#"

# the namespaces of the prefixes that `Description` knows
_SPACES = {**KNOWN, "void": VOID, "dcat": DCAT, "hydra": HYDRA, "sd": SD}
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_MOMENT = re.compile(f"{_DAY}({_TIME})?")
"""The forms of ISO 8601 that are a date or a date and time of XML Schema too."""

Facts = dict[str, str | int | Term | None]
"""The values of a node by predicate, a prefixed name; see `Description.add`."""


@dataclass(frozen=True)
class Download:
    """A published file with the data of a graph.

    `url` is its address, `format` the name of its format, `size` its length in bytes, `sha256` its
    checksum in hexadecimal digits, and `triples` the number of its triples. What is not known is
    ``None`` or ``""``.

    >>> import allgraph
    >>> allgraph.Download("https://example.org/a.ttl", "turtle", triples=7289).triples
    7289
    """

    url: str
    format: str
    size: int | None = None
    sha256: str = ""
    triples: int | None = None

    @property
    def media_type(self) -> str:
        """The media type of the format, without parameters such as the charset.

        Raises `UnknownFormat` if there is no such format.

        >>> import allgraph
        >>> allgraph.Download("https://example.org/a.ttl", "turtle").media_type
        'text/turtle'
        """
        return formats.named(self.format).essence


@dataclass(frozen=True)
class Publication:
    """The addresses at which a graph is published, and the date.

    `home` is the address of the root, by default the base of the graph; `endpoint` that of the
    SPARQL endpoint, if there is one. `issued` and `modified` are days or times of XML Schema, such
    as ``2026-11-23`` or ``2026-11-23T10:00:00Z``. `suffixes` are those of the formats that the data
    of documents are published in.

    >>> import allgraph
    >>> publication = allgraph.Publication("https://example.org/", issued="2026-11-23")
    >>> publication.home, publication.downloads
    ('https://example.org/', ())
    """

    home: str = ""
    endpoint: str = ""
    downloads: tuple[Download, ...] = ()
    issued: str = ""
    modified: str = ""
    suffixes: tuple[str, ...] = (*SUFFIXES, TABLE)


NOWHERE = Publication()
"""A publication without any information: the graph is at its base, without endpoint and files."""


class Description:
    """A growing list of triples that describe a dataset, with the IRI `dataset`.

    Predicates and classes are given as prefixed names, such as ``void:triples``.
    """

    def __init__(self, dataset: NamedNode) -> None:
        self.dataset = dataset
        self.triples: list[Triple] = []

    def iri(self, name: str) -> NamedNode:
        """Return the IRI of a prefixed name; `KeyError` for an unknown prefix."""
        prefix, _, local = name.partition(":")
        return NamedNode(_SPACES[prefix] + local)

    def fragment(self, name: str) -> NamedNode:
        """Return the IRI of the dataset with `name` in place of its fragment; adds no triple."""
        return NamedNode(f"{self.dataset.value.partition('#')[0]}#{name}")

    def add(self, node: Node, facts: Mapping[str, str | int | Term | None]) -> None:
        """Append a triple about a node for each predicate, a prefixed name, and value.

        The predicate ``a`` is ``rdf:type``, and its value the prefixed name of a class. Other texts
        and integers become literals; ``None`` is left out. Raises `KeyError` for an unknown prefix.
        """
        for name, value in facts.items():
            if name == "a":
                self.triples.append(Triple(node, TYPE, self.iri(str(value))))
            elif value is not None:
                term = Literal(value) if isinstance(value, (str, int)) else value
                self.triples.append(Triple(node, self.iri(name), term))


def prefixes(graph: Graph) -> Prefixes:
    """The prefixes of a graph, with ``void dcat hydra`` added unless it has its own."""
    return Prefixes({"void": VOID, "dcat": DCAT, "hydra": HYDRA, **graph.prefixes})


def home_of(graph: Graph, published: Publication = NOWHERE) -> str:
    """The address that the paths of a site are added to; it ends in ``/``.

    It is the home of the publication, or else the base of the graph.
    """
    home = published.home or graph.folder.base.rstrip("#")
    return home if home.endswith("/") else f"{home}/"


def dataset_iri(graph: Graph, published: Publication = NOWHERE) -> NamedNode:
    """The IRI of a graph as a dataset: ``catalog#dataset`` below its home.

    The home is that of `published`, or else the base of the graph. Raises `ParameterError` if it is
    no IRI.
    """
    return terms.iri(f"{home_of(graph, published)}catalog#dataset")


def licence(graph: Graph, node: NamedNode) -> list[Triple]:
    """Return a triple with a node as subject that states the licence of a graph.

    It has ``dcterms:license`` for an address, ``dcterms:rights`` for words. The list is empty if
    the manifest has no licence.
    """
    words = graph.folder.licence
    if address := web_address(words):
        return [Triple(node, NamedNode(DCTERMS + "license"), address)]
    return [Triple(node, NamedNode(DCTERMS + "rights"), Literal(words))] if words else []


def rights(graph: Graph, node: NamedNode, published: Publication = NOWHERE) -> list[Triple]:
    """Return triples that state the licence and the publisher of a graph for a node.

    The publisher is described too, as a ``foaf:Agent``: by its web address, or else by its name and
    the IRI ``catalog#publisher`` below the home of `published`, by default the base of the graph.
    The list has no triples about a licence or publisher that the manifest does not have. Raises
    `ParameterError` if the home is no IRI.
    """
    description = Description(dataset_iri(graph, published))
    description.triples += licence(graph, node)
    if publisher := graph.folder.publisher:
        address = web_address(publisher)
        agent = address or description.fragment("publisher")
        description.add(node, {"dcterms:publisher": agent})
        name = None if address else publisher
        description.add(agent, {"a": "foaf:Agent", "foaf:name": name})
    return description.triples


def moment(when: str) -> Literal:
    """Return a day or time as a literal; raise `ParameterError` for any other text.

    >>> moment("2026-11-23").datatype.value[-4:], moment("2026-11-23T10:00:00Z").datatype.value[-8:]
    ('date', 'dateTime')
    """
    from datetime import datetime

    match = _MOMENT.fullmatch(when)
    try:
        datetime.fromisoformat(when if match else "")
    except ValueError:
        hint = "is not a date or time like 2026-11-23 or 2026-11-23T10:00:00Z"
        raise ParameterError(f"“{when}” {hint}") from None
    return Literal(when, datatype=NamedNode(XSD + ("dateTime" if match and match[1] else "date")))


def web_address(text: str) -> NamedNode | None:
    """Return a text as an IRI if it is one with ``http`` or ``https``, or else ``None``."""
    return iri_or_none(text) if text.startswith(("http://", "https://")) else None
