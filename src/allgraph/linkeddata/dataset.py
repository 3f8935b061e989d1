"""The description of a graph as a dataset (VoID and DCAT 3), and its version, a digest of its data.

Both describe one dataset, whose IRI is that of the catalogue with ``#dataset``. Counts are those
that SPARQL gives: of all that questions see, the ontology and what is derived included. Downloads
hold what is stated, which is a subset of it, ``#stated``.

>>> from allgraph.graph import open_graph
>>> len(void(open_graph())) > 100, len(dcat(open_graph())) > 10
(True, True)
"""

from __future__ import annotations

import io
import re
from hashlib import blake2b, sha256
from typing import IO, Any, cast

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Triple

from allgraph.graph import Graph
from allgraph.graph.view import View
from allgraph.linkeddata.publication import (
    DCAT,
    DCTERMS,
    FOAF,
    NOWHERE,
    VOID,
    Download,
    Publication,
    dataset_iri,
    home_of,
    licence,
    moment,
    prefixes,
    rights,
)
from allgraph.rdf import formats, terms
from allgraph.rdf.terms import KNOWN, RDF, XSD, Node, Prefixes, Term, text
from allgraph.sparql.answer import Row

_LABELS = re.compile(rb"^_:\S+|_:\S+ \.$")
_OF_FILE = re.compile(rb"_:b[0-9a-f]{12}n[0-9]+")  # labels that stay the same, as derive gives them
_CHUNK = 2**22


class Sum(io.RawIOBase):
    r"""A digest of lines of N-Quads that does not depend on their order.

    >>> one, other = Sum(), Sum()
    >>> line, next = b"<a> <b> <c> .\n", b"<a> <b> <d> .\n"
    >>> one.write(line + next), other.write(next + line)
    (28, 28)
    >>> one.finish() == other.finish()
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self._parts.append(bytes(data))
        self._size += len(data)
        if self._size > _CHUNK:
            self._add()
        return len(data)

    def finish(self) -> int:
        """The sum of all lines."""
        self._add()
        return self.total

    def _add(self) -> None:
        lines = b"".join(self._parts).split(b"\n")
        self._parts = [lines.pop()]
        self._size = len(self._parts[0])
        number = int.from_bytes
        total = sum(
            number(
                blake2b(_settled(line) if b"_:" in line else line, digest_size=16).digest(), "big"
            )
            for line in lines
        )
        self.total = (self.total + total) % 2**128


def _settled(line: bytes) -> bytes:
    """A line without labels of blank nodes that change from one time to the next."""
    return _LABELS.sub(lambda m: m[0] if _OF_FILE.match(m[0]) else b"_:", line)


IANA = "https://www.iana.org/assignments/media-types/"

_TYPE = NamedNode(RDF + "type")
_EXAMPLES = 5
_ENDS = re.compile(r"[^/#]*$")


def void(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """What the Vocabulary of Interlinked Datasets can say of a graph.

    Counts, and parts by class and by property, with the vocabularies; examples; and what
    `published` says of endpoint and dumps. Errors are those of the engine.
    """
    said = _Description(
        dataset_iri(graph, published), void=VOID, dcterms=DCTERMS, foaf=FOAF, dcat=DCAT
    )
    base = graph.folder.base
    said.add("a", said.iri("void:Dataset"))
    _general(said, graph, published)
    said.add("foaf:homepage", NamedNode(home_of(graph, published)))
    said.add("void:uriSpace", Literal(base))
    classes, properties = _ranked(graph, "class"), _ranked(graph, "property")
    _counts(said, graph, classes, properties)
    _partitions(said, prefixes(graph), classes, properties)
    for example in _examples(classes, base):
        said.add("void:exampleResource", NamedNode(example))
    for row in graph.run("dataset-hub", base=Literal(base)).rows:
        said.add("void:rootResource", row["thing"])
    if published.endpoint:
        said.add("void:sparqlEndpoint", terms.iri(published.endpoint))
    _dumps(said, graph, published)
    return list(dict.fromkeys(said.triples))


def dcat(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """A catalogue of one dataset, with its distributions, as DCAT 3 has it.

    Each download is a distribution; an endpoint is a data service and a distribution that it
    gives access to. What is not known, such as a contact, is left out.
    """
    dataset = dataset_iri(graph, published)
    home = home_of(graph, published)
    catalogue = terms.iri(f"{home}catalog")
    said = _Description(dataset, dcat=DCAT, dcterms=DCTERMS, foaf=FOAF, spdx=KNOWN["spdx"])
    said.add("a", said.iri("dcat:Catalog"), about=catalogue)
    said.add("dcterms:title", Literal(graph.folder.title), about=catalogue)
    said.add("dcterms:description", Literal(f"The catalogue of one dataset: {_description(graph)}"),
             about=catalogue)  # fmt: skip
    said.triples += rights(graph, catalogue, published)
    said.add("foaf:homepage", NamedNode(home), about=catalogue)
    said.add("dcat:dataset", dataset, about=catalogue)
    said.add("a", said.iri("dcat:Dataset"))
    _general(said, graph, published)
    said.add("dcterms:identifier", Literal(dataset.value))
    said.add("dcat:landingPage", NamedNode(home))
    _period(said, graph)
    for number, download in enumerate(published.downloads, 1):
        _distribution(said, graph, download, number, published)
    if published.endpoint:
        _service(said, graph, catalogue, published)
    return list(dict.fromkeys(said.triples))


class _Description:
    """Triples that grow, mostly about one node, their IRIs written with prefixes."""

    def __init__(self, about: NamedNode, **spaces: str) -> None:
        self.about = about
        self.spaces = spaces
        self.triples: list[Triple] = []

    def iri(self, name: str) -> NamedNode:
        """The IRI of a prefixed name."""
        prefix, _, local = name.partition(":")
        return NamedNode(self.spaces[prefix] + local)

    def add(self, predicate: str, value: Term | None, *, about: Node | None = None) -> None:
        """Say one thing more."""
        assert value is not None
        verb = _TYPE if predicate == "a" else self.iri(predicate)
        self.triples.append(Triple(about or self.about, verb, value))

    def part(self, kind: str, term: Term | None, known: Prefixes) -> NamedNode:
        """The IRI of a part of the dataset."""
        name = known.shorten(text(term))
        if name == text(term):
            name = sha256(name.encode()).hexdigest()[:16]
        return self.beside(f"{kind}-{name}")

    def beside(self, name: str) -> NamedNode:
        """The IRI of something in the same document."""
        return NamedNode(f"{self.about.value.partition('#')[0]}#{name}")


def _dumps(said: _Description, graph: Graph, published: Publication) -> None:
    """The downloads, which hold less than is counted: neither the ontology nor what is derived."""
    stated = said.beside("stated")
    for download in published.downloads:
        if isinstance(syntax := formats.named(download.format).engine, RdfFormat):
            said.add("void:subset", stated)
            said.add("a", said.iri("void:Dataset"), about=stated)
            title = f"{graph.folder.title}: what is stated"
            said.add("dcterms:title", Literal(title), about=stated)
            said.triples += licence(graph, stated)
            said.add("void:dataDump", terms.iri(download.url), about=stated)
            said.add("void:feature", NamedNode(syntax.iri))
            if download.triples is not None:
                said.add("void:triples", _whole(download.triples), about=stated)


def _general(said: _Description, graph: Graph, published: Publication) -> None:
    """What VoID and DCAT say in the same words."""
    folder = graph.folder
    said.add("dcterms:title", Literal(folder.title))
    said.add("dcterms:description", Literal(_description(graph)))
    said.triples += rights(graph, said.about, published)
    if folder.version:
        said.add("dcat:version", Literal(folder.version))
    for name in ("issued", "modified"):
        if when := getattr(published, name):
            said.add(f"dcterms:{name}", moment(when))


def _description(graph: Graph) -> str:
    return graph.folder.description or graph.folder.title


def _period(said: _Description, graph: Graph) -> None:
    row = graph.run("dataset-period").rows[0]
    if row["first"] is None:
        return
    node = said.beside("period")
    said.add("dcterms:temporal", node)
    said.add("a", said.iri("dcterms:PeriodOfTime"), about=node)
    said.add("dcat:startDate", row["first"], about=node)
    said.add("dcat:endDate", row["last"], about=node)


def _distribution(
    said: _Description, graph: Graph, download: Download, number: int, published: Publication
) -> None:
    name = formats.named(download.format).name
    node = said.beside(f"distribution-{number}-{name}")
    address = terms.iri(download.url)
    said.add("dcat:distribution", node)
    said.add("a", said.iri("dcat:Distribution"), about=node)
    said.add("dcterms:title", Literal(f"{graph.folder.title}, as {name}"), about=node)
    said.triples += licence(graph, node)
    said.add("dcat:accessURL", address, about=node)
    said.add("dcat:downloadURL", address, about=node)
    said.add("dcat:mediaType", NamedNode(IANA + download.media_type), about=node)
    if download.url.endswith(".gz"):
        said.add("dcat:compressFormat", NamedNode(IANA + "application/gzip"), about=node)
    if download.size is not None:
        kind = NamedNode(XSD + "nonNegativeInteger")
        said.add("dcat:byteSize", Literal(str(download.size), datatype=kind), about=node)
    if download.sha256:
        checksum = NamedNode(f"{node.value}-checksum")
        said.add("spdx:checksum", checksum, about=node)
        said.add("a", said.iri("spdx:Checksum"), about=checksum)
        said.add("spdx:algorithm", said.iri("spdx:checksumAlgorithm_sha256"), about=checksum)
        value = Literal(download.sha256.lower(), datatype=NamedNode(XSD + "hexBinary"))
        said.add("spdx:checksumValue", value, about=checksum)


def _service(
    said: _Description, graph: Graph, catalogue: NamedNode, published: Publication
) -> None:
    service, access = said.beside("service"), said.beside("distribution-sparql")
    address = terms.iri(published.endpoint)
    said.add("dcat:service", service, about=catalogue)
    said.add("a", said.iri("dcat:DataService"), about=service)
    said.add("dcterms:title", Literal(f"{graph.folder.title}, SPARQL endpoint"), about=service)
    said.add("dcat:endpointURL", address, about=service)
    said.add("dcat:endpointDescription", address, about=service)
    said.add("dcat:servesDataset", said.about, about=service)
    said.add(
        "dcterms:conformsTo", NamedNode("https://www.w3.org/TR/sparql11-protocol/"), about=service
    )
    said.triples += rights(graph, service, published)
    said.add("dcat:distribution", access)
    said.add("a", said.iri("dcat:Distribution"), about=access)
    said.add("dcterms:title", Literal(f"{graph.folder.title}, by SPARQL"), about=access)
    said.add("dcat:accessURL", address, about=access)
    said.add("dcat:accessService", service, about=access)
    said.triples += licence(graph, access)


def _counts(said: _Description, graph: Graph, classes: list[Row], properties: list[Row]) -> None:
    """How much there is of everything."""
    sizes = graph.run("dataset-sizes").rows[0]
    entities = graph.run("dataset-entities", base=Literal(graph.folder.base)).rows[0]
    said.add("void:triples", _whole(sum(int(text(row["count"])) for row in properties)))
    said.add("void:entities", _number(entities, "entities"))
    said.add("void:distinctSubjects", _number(sizes, "subjects"))
    said.add("void:distinctObjects", _number(sizes, "objects"))
    said.add("void:classes", _whole(len(classes)))
    said.add("void:properties", _whole(len(properties)))


def _partitions(
    said: _Description, known: Prefixes, classes: list[Row], properties: list[Row]
) -> None:
    """The parts by class and by property, and the vocabularies that those are from."""
    spaces: set[str] = set()
    for kind, count, rows in (("class", "entities", classes), ("property", "triples", properties)):
        for row in rows:
            part = said.part(kind, row[kind], known)
            said.add(f"void:{kind}Partition", part)
            said.add(f"void:{kind}", row[kind], about=part)
            said.add(f"void:{count}", _number(row, "count"), about=part)
            spaces.add(_ENDS.sub("", text(row[kind])))
    for space in sorted(spaces & {*known.values()}):
        said.add("void:vocabulary", NamedNode(space))


def _ranked(graph: Graph, column: str) -> list[Row]:
    """What is counted of each class, or property, the largest first."""
    rows = graph.run({"class": "dataset-classes", "property": "dataset-properties"}[column]).rows
    return sorted(rows, key=lambda row: (-int(text(row["count"])), text(row[column])))


def _examples(classes: list[Row], base: str) -> list[str]:
    """The first thing of each of the largest classes that have things under the base."""
    found = (text(row["example"]) for row in classes)
    own = (iri for iri in found if iri.startswith(base) and "#" not in iri[len(base) :])
    return [*dict.fromkeys(own)][:_EXAMPLES]


def _number(row: Row, column: str) -> Literal:
    return _whole(int(text(row[column])))


def _whole(number: int) -> Literal:
    return Literal(str(number), datatype=NamedNode(XSD + "integer"))


def _held(graph: Graph) -> bytes:
    """A digest of what a graph holds: the name of its snapshot, or one of all its triples."""
    if graph.snapshot is not None:
        return bytes.fromhex(graph.snapshot.manifest.name)
    total = Sum()
    graph.store.dump(cast("IO[bytes]", total), RdfFormat.N_QUADS, from_graph=DefaultGraph())
    return total.finish().to_bytes(16, "little")


def version(graph: Graph) -> str:
    """A digest of all that answers depend on: 32 hexadecimal digits.

    That is what the data and the ontology state, in any order and in any files; the manifest;
    the texts of shapes, questions and ontology; and the day of a view. It is the same in each
    process, and needs seconds for each 100,000 claims, or no time where there is a snapshot.
    Raises `InputError` for a graph that an endpoint holds.

    >>> from allgraph.graph import open_graph
    >>> version(open_graph()) == version(open_graph())
    True
    """
    if isinstance(graph, View):
        said = f"{version(graph.base)} {graph.day} {graph.possible}"
        return blake2b(said.encode(), digest_size=16).hexdigest()
    folder = graph.folder
    manifest = (folder.title, folder.description, folder.licence, folder.publisher, folder.version,
                folder.base, folder.hub_limit, sorted(folder.prefixes.items()),
                graph.include_sensitive)  # fmt: skip
    digest = blake2b(repr(manifest).encode(), digest_size=16)
    digest.update(_held(graph))
    for path in (*folder.ontology_files(), *folder.shape_files(), *folder.query_files()):
        digest.update(sha256(path.name.encode()).digest() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()
