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

from allgraph.folder.snapshot.manifest import digest_of
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
from allgraph.rdf.terms import WITHDRAWN, XSD, Term, text
from allgraph.sparql.answer import Row
from allgraph.sparql.dataset import APART
from allgraph.sparql.embedded import store_errors

IANA = "https://www.iana.org/assignments/media-types/"
SPARQL_PROTOCOL = "https://www.w3.org/TR/sparql11-protocol/"

_EXAMPLES = 5  # how many example resources VoID names
_LOCAL_NAME = re.compile(r"[^/#]*$")
_PARTITIONS = {  # how VoID divides a dataset: the query that counts, and what it counts
    "class": ("dataset-classes", "entities"),
    "property": ("dataset-properties", "triples"),
}
# the attributes of a folder, from its manifest, that are part of the version
_SETTINGS = (
    "title", "description", "licence", "publisher", "version", "base", "hub_limit", "hubs",
    "featured", "connections", "brand", "documentation", "front", "corrections", "contact",
)  # fmt: skip
_BLANK_NODES = re.compile(rb"^_:\S+|_:\S+ \.$")
_STABLE_LABEL = re.compile(rb"_:b[0-9a-f]{12}(?:n[0-9]+|h[0-9a-f]{16})")  # of `skolem`
_CHUNK = 2**22  # how many bytes wait until their lines are hashed


# ---- VoID


def void(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """Return the triples that describe a graph in the Vocabulary of Interlinked Datasets (VoID).

    They state counts, partitions by class and by property with their vocabularies, example
    resources, and the endpoint and the dumps of `published`, which says where and when the graph is
    published. Runs the five queries ``dataset-…`` that count and find examples, and raises the
    errors of the engine. Raises `ParameterError` for an invalid address or date of
    `published`, and `UnknownFormat` for a download in an unknown format.
    """
    dataset, base = dataset_iri(graph, published), graph.folder.base
    description = Description(dataset)
    description.add(dataset, {"a": "void:Dataset"})
    _add_common(description, graph, published)
    description.add(
        dataset, {"foaf:homepage": NamedNode(home_of(graph, published)), "void:uriSpace": base}
    )
    partitions = {kind: _partition_rows(graph, kind) for kind in _PARTITIONS}
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
    """Add the numbers of triples, entities, subjects, objects, classes and properties.

    Entities are the things whose IRIs begin with the base and have no fragment after it.
    `partitions` has the rows of `_partition_rows` for ``class`` and ``property``. Runs the queries
    ``dataset-sizes`` and ``dataset-entities``; changes only the description.
    """
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
    """Add a partition for each class and property, with its count, and their vocabularies.

    The count is ``void:entities`` of a class, ``void:triples`` of a property. A vocabulary is the
    namespace of a class or property, if the graph has a prefix for it. `partitions` has the rows of
    `_partition_rows` for ``class`` and ``property``. Changes only the description.
    """
    namespaces = prefixes(graph)
    spaces: set[str] = set()
    for kind, rows in partitions.items():
        for row in rows:
            iri = text(row[kind])
            name = namespaces.shorten(iri)
            if name == iri:  # there is no prefix for it
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
    """Add each RDF download as a dump of the subset ``#stated``: the triples in the files.

    The dataset itself also has derived triples, which no download has. Downloads that are not RDF
    are skipped. Changes only the description. Raises `UnknownFormat` for a download in an unknown
    format, and `ParameterError` for an invalid address.
    """
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


def _partition_rows(graph: Graph, kind: str) -> list[Row]:
    """Run the query that counts the members of each class, or the triples of each property.

    `kind` is ``class`` or ``property``. Returns the rows, the largest counts first. The columns are
    ``class`` or ``property``, as `kind` says, ``count``, and for classes ``example``: the text of
    the IRI of a member, ``~`` if none has one.
    """
    rows = graph.run(_PARTITIONS[kind][0]).rows
    return sorted(rows, key=lambda row: (-_number(row["count"]), text(row[kind])))


def _examples(classes: list[Row], base: str) -> list[str]:
    """Return the IRIs of at most five things, one of each of the largest classes.

    `classes` are rows of the query ``dataset-classes``, the largest class first. An IRI counts only
    if it begins with the base and has no fragment after it.
    """
    iris = (text(row["example"]) for row in classes)
    own = (iri for iri in iris if iri.startswith(base) and "#" not in iri[len(base) :])
    return [*dict.fromkeys(own)][:_EXAMPLES]


# ---- DCAT


def dcat(graph: Graph, published: Publication = NOWHERE) -> list[Triple]:
    """Return the triples of a catalogue in DCAT 3: one dataset, the graph, and its distributions.

    Each download of `published` is a distribution. An endpoint is a data service, and a
    distribution that this service gives access to. Properties without a known value are left out.
    Runs the query ``dataset-period``, and raises the errors of the engine. Raises `ParameterError`
    for an invalid address or date of `published`, and `UnknownFormat` for a download in an unknown
    format.
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
    """Add the first and last day among the dates of all claims; nothing if no claim has a date.

    Runs the query ``dataset-period``, and changes only the description.
    """
    row = graph.run("dataset-period").rows[0]
    if row["first"] is not None:
        period = description.fragment("period")
        description.add(description.dataset, {"dcterms:temporal": period})
        dates = {"dcat:startDate": row["first"], "dcat:endDate": row["last"]}
        description.add(period, {"a": "dcterms:PeriodOfTime", **dates})


def _add_distribution(
    description: Description, graph: Graph, download: Download, number: int
) -> None:
    """Add a download as a distribution, with its size and checksum if they are known.

    `number`, its place among the downloads from 1, is part of its IRI. Changes only the
    description; the file is not read. Raises `UnknownFormat` for an unknown format, and
    `ParameterError` for an invalid address.
    """
    name = formats.named(download.format).name
    node = description.fragment(f"distribution-{number}-{name}")
    address, size = terms.iri(download.url), download.size
    facts: Facts = {
        "a": "dcat:Distribution",
        "dcterms:title": f"{_titled(graph, download)}, as {name}",
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


def _titled(graph: Graph, download: Download) -> str:
    """Return the title of a graph, with the name of the table that a download has only."""
    stem = download.url.rpartition("/")[2].partition(".")[0]
    title = graph.folder.title
    return title if stem in ("", "graph") else f"{title}: {stem}"


def _add_service(
    description: Description, graph: Graph, catalogue: NamedNode, published: Publication
) -> None:
    """Add the SPARQL endpoint as a data service of the catalogue, and as a distribution.

    `published` must have an endpoint. Changes only the description; the endpoint is not asked.
    Raises `ParameterError` for an invalid address.
    """
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
    """Add the properties of the dataset that both VoID and DCAT have.

    They are title, description, licence, publisher, version, and the dates of `published`. Changes
    only the description. Raises `ParameterError` for a date that is not in ISO 8601.
    """
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
    """The description of a graph in its manifest, or else its title."""
    return graph.folder.description or graph.folder.title


def _number(term: Term | None) -> int:
    """The integer that a literal of a count stands for; `ValueError` for any other term."""
    return int(text(term))


def _typed(lexical_form: str, datatype: str) -> Literal:
    """A literal with a datatype of XML Schema, given by its local name."""
    return Literal(lexical_form, datatype=NamedNode(XSD + datatype))


# ---- The version


def version(graph: Graph) -> str:
    """Return a digest of everything that answers depend on: 32 hexadecimal digits.

    It covers the stated triples of data and ontology, in any order and in any files; the settings
    of the manifest that answers show or depend on; whether sensitive claims are included, and
    withdrawn ones; the texts of shapes, queries, profiles and ontology; and the day of a view,
    which is a graph as of one day. It is the same in each process. It reads the files of all
    these, and all triples of the store, which takes seconds for each 100,000 claims; a snapshot
    has the digest of its triples already. Raises `InputError` for a graph at an endpoint, and
    `OSError` when a file cannot be read.

    >>> from allgraph.graph import open_graph
    >>> version(open_graph()) == version(open_graph())
    True
    """
    if isinstance(graph, View):
        view = f"{version(graph.base)} {graph.day} {graph.possible}"
        return blake2b(view.encode(), digest_size=16).hexdigest()
    folder = graph.folder
    settings = [getattr(folder, name) for name in _SETTINGS]
    included = (graph.include_sensitive, graph.with_withdrawn)
    manifest = (*settings, sorted(folder.prefixes.items()), *included)
    digest = blake2b(repr(manifest).encode(), digest_size=16)
    digest.update(_content_digest(graph))
    for path in (
        *folder.ontology_files(),
        *folder.shape_files(),
        *folder.query_files(),
        *folder.profile_files(),
    ):
        name = f"{path.parent.name}/{path.name}"  # a profile may have the name of a question
        digest.update(sha256(name.encode()).digest() + bytes.fromhex(digest_of(path)))
    return digest.hexdigest()


@store_errors()
def _content_digest(graph: Graph) -> bytes:
    """The digest of the stated triples of a graph: 16 bytes that do not depend on their order.

    It is the name of the snapshot, if the graph was opened from one; else all triples that the
    store states, of withdrawn claims and named graphs too, are written out and hashed. `InputError`
    for a graph at an endpoint.
    """
    if graph.snapshot is not None:
        return bytes.fromhex(graph.snapshot.manifest.name)
    digest, store = LinesDigest(), graph.store
    for stated in (DefaultGraph(), WITHDRAWN):
        store.dump(cast("IO[bytes]", digest), RdfFormat.N_QUADS, from_graph=stated)
    for name in store.named_graphs():
        if name not in APART:
            of_graph = LinesDigest()
            store.dump(cast("IO[bytes]", of_graph), RdfFormat.N_QUADS, from_graph=name)
            digest.write(f"{name} {of_graph.finish()}\n".encode())
    return digest.finish().to_bytes(16, "little")


class LinesDigest(io.RawIOBase):
    r"""A writable file that computes a digest of the N-Quads written to it, and keeps no copy.

    The digest is the sum of the hashes of the lines, so that their order does not matter. Labels
    of blank nodes that differ between processes are left out of the hashes.

    >>> one, other = LinesDigest(), LinesDigest()
    >>> line, next = b"<a> <b> <c> .\n", b"<a> <b> <d> .\n"
    >>> one.write(line + next), other.write(next + line)
    (28, 28)
    >>> one.finish() == other.finish()
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self._sum = 0  # of the hashes of the lines until now, modulo 2**128
        self._pending: list[bytes] = []  # the bytes that are not hashed yet
        self._pending_size = 0

    def write(self, data: Any) -> int:
        """Add bytes, which may end within a line, to the digest; return how many there are.

        They are hashed when more than 4 MiB are pending, or by `finish`.
        """
        self._pending.append(bytes(data))
        self._pending_size += len(data)
        if self._pending_size > _CHUNK:
            self._hash_lines()
        return len(data)

    def finish(self) -> int:
        """Hash the pending lines, and return the digest of all lines, a number of 128 bits.

        A last line without a line break is not counted.
        """
        self._hash_lines()
        return self._sum

    def _hash_lines(self) -> None:
        """Add the hashes of all pending lines to the sum; an incomplete last line stays pending."""
        *lines, incomplete = b"".join(self._pending).split(b"\n")
        self._pending, self._pending_size = [incomplete], len(incomplete)
        hashes = (
            blake2b(_without_labels(line) if b"_:" in line else line, digest_size=16).digest()
            for line in lines
        )
        self._sum = (self._sum + sum(int.from_bytes(hash, "big") for hash in hashes)) % 2**128


def _without_labels(line: bytes) -> bytes:
    """An N-Quads line in which each blank node is ``_:``, unless its label is a stable one.

    Stable labels are made from the name of a file, and of the place of the node in it or of what it
    hangs under and its content; all other labels are random, and differ between processes.
    """
    return _BLANK_NODES.sub(lambda m: m[0] if _STABLE_LABEL.match(m[0]) else b"_:", line)
