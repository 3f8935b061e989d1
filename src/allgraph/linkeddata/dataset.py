"""The description of a graph as a dataset, in VoID and DCAT 3, and its version.

Both vocabularies describe one dataset; its IRI is that of the catalogue with ``#dataset``. VoID
counts all triples that queries see, those of the ontology and derived ones included. Downloads
contain only the stated triples, a subset with the IRI ``#stated``.

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
    NOWHERE,
    Description,
    Download,
    Facts,
    Publication,
    dataset_iri,
    home_of,
    licence,
    moment,
    prefixes,
    rights,
)
from allgraph.rdf import formats, terms
from allgraph.rdf.terms import XSD, Term, text
from allgraph.sparql.answer import Row

IANA = "https://www.iana.org/assignments/media-types/"
SPARQL_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"

_EXAMPLES = 5
_LOCAL_NAME = re.compile(r"[^/#]*$")
_PARTITIONS = {  # how VoID divides a dataset: the query that counts, and what it counts
    "class": ("dataset-classes", "entities"),
    "property": ("dataset-properties", "triples"),
}
_SETTINGS = ("title", "description", "licence", "publisher", "version", "base", "hub_limit")
_BLANK_NODES = re.compile(rb"^_:\S+|_:\S+ \.$")
_STABLE_LABEL = re.compile(rb"_:b[0-9a-f]{12}n[0-9]+")  # made from the content of a file
_CHUNK = 2**22


# ---- VoID


def void(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """Return the description of a graph in the Vocabulary of Interlinked Datasets.

    It has counts, partitions by class and by property with their vocabularies, example resources,
    and the endpoint and the dumps of `published`. Raises the errors of the engine.
    """
    dataset, base = dataset_iri(graph, published), graph.folder.base
    description = Description(dataset)
    description.add(dataset, {"a": "void:Dataset"})
    _add_common(description, graph, published)
    description.add(
        dataset, {"foaf:homepage": NamedNode(home_of(graph, published)), "void:uriSpace": base}
    )
    partitions = {kind: _ranked(graph, kind) for kind in _PARTITIONS}
    _add_counts(description, graph, partitions)
    _add_partitions(description, graph, partitions)
    for example in _examples(partitions["class"], base):
        description.add(dataset, {"void:exampleResource": NamedNode(example)})
    for row in graph.run("dataset-hub", base=Literal(base)).rows:
        description.add(dataset, {"void:rootResource": row["thing"]})
    if published.endpoint:
        description.add(dataset, {"void:sparqlEndpoint": terms.iri(published.endpoint)})
    _add_dumps(description, graph, published)
    return list(dict.fromkeys(description.triples))


def _add_counts(description: Description, graph: Graph, partitions: dict[str, list[Row]]) -> None:
    """Add how many triples, entities, subjects, objects, classes and properties there are."""
    sizes = graph.run("dataset-sizes").rows[0]
    entities = graph.run("dataset-entities", base=Literal(graph.folder.base)).rows[0]
    facts: Facts = {
        "void:triples": sum(_number(row["count"]) for row in partitions["property"]),
        "void:entities": _number(entities["entities"]),
        "void:distinctSubjects": _number(sizes["subjects"]),
        "void:distinctObjects": _number(sizes["objects"]),
        "void:classes": len(partitions["class"]),
        "void:properties": len(partitions["property"]),
    }
    description.add(description.dataset, facts)


def _add_partitions(
    description: Description, graph: Graph, partitions: dict[str, list[Row]]
) -> None:
    """Add the parts of a dataset by class and by property, and the vocabularies of these."""
    namespaces = prefixes(graph)
    spaces: set[str] = set()
    for kind, rows in partitions.items():
        for row in rows:
            iri = text(row[kind])
            name = namespaces.shorten(iri)
            if name == iri:
                name = sha256(name.encode()).hexdigest()[:16]
            part = description.fragment(f"{kind}-{name}")
            count = _number(row["count"])
            description.add(description.dataset, {f"void:{kind}Partition": part})
            description.add(
                part, {f"void:{kind}": row[kind], f"void:{_PARTITIONS[kind][1]}": count}
            )
            spaces.add(_LOCAL_NAME.sub("", iri))
    for space in sorted(spaces & {*namespaces.values()}):
        description.add(description.dataset, {"void:vocabulary": NamedNode(space)})


def _add_dumps(description: Description, graph: Graph, published: Publication) -> None:
    """Add the RDF downloads, as dumps of the subset of the dataset with the stated triples."""
    stated = description.fragment("stated")
    for download in published.downloads:
        if isinstance(syntax := formats.named(download.format).engine, RdfFormat):
            features = {"void:subset": stated, "void:feature": NamedNode(syntax.iri)}
            description.add(description.dataset, features)
            facts: Facts = {
                "a": "void:Dataset",
                "dcterms:title": f"{graph.folder.title}: what is stated",
                "void:dataDump": terms.iri(download.url),
                "void:triples": download.triples,
            }
            description.add(stated, facts)
            description.triples += licence(graph, stated)


def _ranked(graph: Graph, kind: str) -> list[Row]:
    """The classes, or properties, with their counts, the largest first."""
    rows = graph.run(_PARTITIONS[kind][0]).rows
    return sorted(rows, key=lambda row: (-_number(row["count"]), text(row[kind])))


def _examples(classes: list[Row], base: str) -> list[str]:
    """The first instance under the base of each of the largest classes that has one."""
    iris = (text(row["example"]) for row in classes)
    own = (iri for iri in iris if iri.startswith(base) and "#" not in iri[len(base) :])
    return [*dict.fromkeys(own)][:_EXAMPLES]


# ---- DCAT


def dcat(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """Return a catalogue of one dataset with its distributions, in DCAT 3.

    Each download is a distribution. An endpoint is a data service, and a distribution that this
    service gives access to. What is not known, such as a contact, is left out.
    """
    dataset = dataset_iri(graph, published)
    home = home_of(graph, published)
    catalogue = terms.iri(f"{home}catalog")
    description = Description(dataset)
    about_catalogue: Facts = {
        "a": "dcat:Catalog",
        "dcterms:title": graph.folder.title,
        "dcterms:description": f"The catalogue of one dataset: {_summary(graph)}",
        "foaf:homepage": NamedNode(home),
        "dcat:dataset": dataset,
    }
    description.add(catalogue, about_catalogue)
    description.triples += rights(graph, catalogue, published)
    description.add(dataset, {"a": "dcat:Dataset"})
    _add_common(description, graph, published)
    description.add(
        dataset, {"dcterms:identifier": dataset.value, "dcat:landingPage": NamedNode(home)}
    )
    _add_period(description, graph)
    for number, download in enumerate(published.downloads, 1):
        _add_distribution(description, graph, download, number)
    if published.endpoint:
        _add_service(description, graph, catalogue, published)
    return list(dict.fromkeys(description.triples))


def _add_period(description: Description, graph: Graph) -> None:
    """Add the period that the dates of the claims cover, if any has a date."""
    row = graph.run("dataset-period").rows[0]
    if row["first"] is not None:
        period = description.fragment("period")
        description.add(description.dataset, {"dcterms:temporal": period})
        dates = {"dcat:startDate": row["first"], "dcat:endDate": row["last"]}
        description.add(period, {"a": "dcterms:PeriodOfTime", **dates})


def _add_distribution(
    description: Description, graph: Graph, download: Download, number: int
) -> None:
    """Add a download as a distribution, with its size and checksum if they are known."""
    name = formats.named(download.format).name
    node = description.fragment(f"distribution-{number}-{name}")
    address, size = terms.iri(download.url), download.size
    facts: Facts = {
        "a": "dcat:Distribution",
        "dcterms:title": f"{graph.folder.title}, as {name}",
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dcat:mediaType": NamedNode(IANA + download.media_type),
        "dcat:byteSize": None if size is None else _typed(str(size), "nonNegativeInteger"),
    }
    if download.url.endswith(".gz"):
        facts["dcat:compressFormat"] = NamedNode(IANA + "application/gzip")
    if download.sha256:
        facts["spdx:checksum"] = checksum = NamedNode(f"{node.value}-checksum")
        algorithm = description.iri("spdx:checksumAlgorithm_sha256")
        digest = _typed(download.sha256.lower(), "hexBinary")
        description.add(
            checksum,
            {"a": "spdx:Checksum", "spdx:algorithm": algorithm, "spdx:checksumValue": digest},
        )
    description.add(description.dataset, {"dcat:distribution": node})
    description.add(node, facts)
    description.triples += licence(graph, node)


def _add_service(
    description: Description, graph: Graph, catalogue: NamedNode, published: Publication
) -> None:
    """Add the SPARQL endpoint as a data service, and as a distribution."""
    service, access = description.fragment("service"), description.fragment("distribution-sparql")
    address, title = terms.iri(published.endpoint), graph.folder.title
    about_service: Facts = {
        "a": "dcat:DataService",
        "dcterms:title": f"{title}, SPARQL endpoint",
        "dcat:endpointURL": address,
        "dcat:endpointDescription": address,
        "dcat:servesDataset": description.dataset,
        "dcterms:conformsTo": NamedNode(SPARQL_PROTOCOL),
    }
    about_access: Facts = {
        "a": "dcat:Distribution",
        "dcterms:title": f"{title}, by SPARQL",
        "dcat:accessURL": address,
        "dcat:accessService": service,
    }
    description.add(catalogue, {"dcat:service": service})
    description.add(service, about_service)
    description.triples += rights(graph, service, published)
    description.add(description.dataset, {"dcat:distribution": access})
    description.add(access, about_access)
    description.triples += licence(graph, access)


# ---- Both


def _add_common(description: Description, graph: Graph, published: Publication) -> None:
    """Add what VoID and DCAT state alike: title, description, rights, version and dates."""
    folder, dataset = graph.folder, description.dataset
    facts: Facts = {
        "dcterms:title": folder.title,
        "dcterms:description": _summary(graph),
        "dcat:version": folder.version or None,
        "dcterms:issued": moment(published.issued) if published.issued else None,
        "dcterms:modified": moment(published.modified) if published.modified else None,
    }
    description.add(dataset, facts)
    description.triples += rights(graph, dataset, published)


def _summary(graph: Graph) -> str:
    return graph.folder.description or graph.folder.title


def _number(term: Term | None) -> int:
    return int(text(term))


def _typed(lexical_form: str, datatype: str) -> Literal:
    return Literal(lexical_form, datatype=NamedNode(XSD + datatype))


# ---- The version


def version(graph: Graph) -> str:
    """Return a digest of everything that answers depend on: 32 hexadecimal digits.

    It covers the stated triples of data and ontology, in any order and in any files; the
    manifest; the texts of shapes, queries and ontology; and the day of a view. It is the same in
    each process. It takes seconds for each 100,000 claims, and no time if there is a snapshot.
    Raises `InputError` for a graph at an endpoint.

    >>> from allgraph.graph import open_graph
    >>> version(open_graph()) == version(open_graph())
    True
    """
    if isinstance(graph, View):
        view = f"{version(graph.base)} {graph.day} {graph.possible}"
        return blake2b(view.encode(), digest_size=16).hexdigest()
    folder = graph.folder
    settings = [getattr(folder, name) for name in _SETTINGS]
    manifest = (*settings, sorted(folder.prefixes.items()), graph.include_sensitive)
    digest = blake2b(repr(manifest).encode(), digest_size=16)
    digest.update(_content_digest(graph))
    for path in (*folder.ontology_files(), *folder.shape_files(), *folder.query_files()):
        digest.update(sha256(path.name.encode()).digest() + sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _content_digest(graph: Graph) -> bytes:
    """The digest of the triples of a graph: that of its snapshot, or else one made now."""
    if graph.snapshot is not None:
        return bytes.fromhex(graph.snapshot.manifest.name)
    digest = LinesDigest()
    graph.store.dump(cast("IO[bytes]", digest), RdfFormat.N_QUADS, from_graph=DefaultGraph())
    return digest.finish().to_bytes(16, "little")


class LinesDigest(io.RawIOBase):
    r"""A digest of lines of N-Quads that does not depend on their order: the sum of their hashes.

    >>> one, other = LinesDigest(), LinesDigest()
    >>> line, next = b"<a> <b> <c> .\n", b"<a> <b> <d> .\n"
    >>> one.write(line + next), other.write(next + line)
    (28, 28)
    >>> one.finish() == other.finish()
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self._sum = 0
        self._pending: list[bytes] = []
        self._size = 0

    def write(self, data: Any) -> int:
        """Add some bytes, which may end within a line; return how many."""
        self._pending.append(bytes(data))
        self._size += len(data)
        if self._size > _CHUNK:
            self._hash_lines()
        return len(data)

    def finish(self) -> int:
        """Return the digest of all complete lines, a number of 128 bits."""
        self._hash_lines()
        return self._sum

    def _hash_lines(self) -> None:
        """Add the hashes of all complete lines, and keep the rest."""
        *lines, rest = b"".join(self._pending).split(b"\n")
        self._pending, self._size = [rest], len(rest)
        hashes = (
            blake2b(_without_labels(line) if b"_:" in line else line, digest_size=16).digest()
            for line in lines
        )
        self._sum = (self._sum + sum(int.from_bytes(hash, "big") for hash in hashes)) % 2**128


def _without_labels(line: bytes) -> bytes:
    """A line without those labels of blank nodes that differ between processes."""
    return _BLANK_NODES.sub(lambda m: m[0] if _STABLE_LABEL.match(m[0]) else b"_:", line)
