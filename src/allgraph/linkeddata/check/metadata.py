"""Checks of what a site states about its data: VoID, DCAT, dumps, checksums, counts, licences."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat

from allgraph.errors import AllgraphError, EngineError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Place, Response, resolved
from allgraph.linkeddata.check.findings import Findings
from allgraph.linkeddata.check.parse import TYPES, Figures, RdfDocument, counts_by_name
from allgraph.linkeddata.check.resources import compare
from allgraph.linkeddata.publication import DCAT, DCTERMS, VOID
from allgraph.rdf.formats import NAMES
from allgraph.rdf.terms import KNOWN, RDF, Prefixes, Term

SPDX = KNOWN["spdx"]
COUNTED = ("triples", "distinctSubjects", "distinctObjects", "classes", "properties")
"""The statistics of VoID whose definitions are unambiguous."""
MOST_ROWS = 10_000
WANTED = (
    "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8, application/n-triples;q=0.7"
)
"""The ``Accept`` header of requests for a description."""

_CHECKSUM_LINE = re.compile(r"([0-9a-fA-F]{32,128})[ \t]+\*?(\S.*)")
_ENDINGS = re.compile(r"(?:\.(?:ttl|nt|nq|trig|rdf|owl|xml|jsonld|json|n3))?(?:\.gz)?\Z")
_ALGORITHMS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}
_TOTALS = """SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
(COUNT(DISTINCT ?o) AS ?objects) { ?s ?p ?o }"""
_CLASSES = "SELECT ?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k FILTER(isIRI(?k)) } GROUP BY ?k"
_NARROWEST = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?k (COUNT(DISTINCT ?s) AS ?n) {
  ?s a ?k FILTER(isIRI(?k))
  FILTER NOT EXISTS {
    ?l rdfs:subClassOf|^<http://purl.org/dc/terms/isReplacedBy> ?k . ?s a ?l FILTER(?l != ?k)
  }
} GROUP BY ?k"""
_PROPERTIES = "SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k"


@dataclass
class MetadataFacts:
    """The triples of a site's descriptions (VoID, DCAT) that were read, to look up values in."""

    facts: dict[tuple[str, str], list[NamedNode | Literal]] = field(default_factory=dict)
    """The values by subject and predicate."""
    source: dict[str, Response] = field(default_factory=dict)
    """The first reply that had triples about a subject, by subject."""

    def of(self, subject: str, predicate: str) -> list[NamedNode | Literal]:
        """The values of a subject for a predicate; an empty list if there are none."""
        return self.facts.get((subject, predicate), [])

    def all(self, predicate: str) -> Iterator[tuple[str, NamedNode | Literal]]:
        """Yield the subject and value of each triple with a predicate."""
        return ((s, o) for (s, p), values in self.facts.items() if p == predicate for o in values)

    def iris(self, *predicates: str) -> Iterator[tuple[str, str]]:
        """Yield the subject and value of each triple with a given predicate and an IRI as value."""
        for predicate in predicates:
            yield from ((s, o.value) for s, o in self.all(predicate) if isinstance(o, NamedNode))

    def instances(self, *classes: str) -> set[str]:
        """The IRIs that are instances of one of some classes."""
        return {subject for subject, kind in self.iris(RDF + "type") if kind in classes}


@dataclass(frozen=True)
class Dump:
    """A dump that was read: its address, its `figures`, and the IRI of its dataset.

    `dataset` is ``""`` if no ``void:dataDump`` names the dump.
    """

    address: str
    figures: Figures
    dataset: str


class Descriptions:
    """Checks of dumps, and of the VoID and DCAT read into `metadata`; requests may raise `Spent`.

    All that is wrong is added to `findings`. `dumps` has the dumps that `check_dumps` could read.
    """

    def __init__(self, place: Place, findings: Findings) -> None:
        """Prepare the checks of the site `place`, which add to `findings`; request nothing."""
        self.place, self.findings = place, findings
        self.metadata = MetadataFacts()  # the triples of the descriptions that `read` requested
        self.dumps: list[Dump] = []  # those that `check_dumps` could read

    def read(self, address: str) -> bool:
        """Request an address and, if RDF comes, add its triples to `metadata`.

        Returns whether they were added. The RDF is parsed in a child process; an error in it is
        added as a finding. No content, or content of any other type, is no finding. Blank nodes get
        an IRI made from the URL of the document. Triples with values that are no IRI or literal are
        left out. `metadata.source` gets the reply for each subject that was not there before.
        """
        reply = self.place.get(address, WANTED)
        if not reply.ok or reply.type not in TYPES:
            return False
        (reading,) = parse.read([RdfDocument(reply.type, reply.body, reply.address)])
        if reading.error:
            self.findings.add("syntax", reply.url, type=reply.type, error=reading.error)
            return False
        for triple in reading.triples():
            subject, value = _with_iri(triple.subject, reply), _with_iri(triple.object, reply)
            if isinstance(subject, NamedNode):
                values = self.metadata.facts.setdefault((subject.value, triple.predicate.value), [])
                if isinstance(value, (NamedNode, Literal)) and value not in values:
                    values.append(value)
                self.metadata.source.setdefault(subject.value, reply)
        return True

    @property
    def has_void(self) -> bool:
        """True if the metadata have a dataset of VoID."""
        return bool(self.metadata.instances(VOID + "Dataset"))

    @property
    def has_dcat(self) -> bool:
        """True if the metadata have a catalogue or dataset of DCAT."""
        return bool(self.metadata.instances(DCAT + "Dataset", DCAT + "Catalog"))

    def examples(self) -> list[str]:
        """The IRIs of the example and root resources that VoID states in the metadata."""
        resources = self.metadata.iris(VOID + "exampleResource", VOID + "rootResource")
        return [iri for _, iri in resources]

    def spaces(self) -> list[str]:
        """The beginnings of IRIs of things, by ``void:uriSpace`` in the metadata: sorted texts.

        Only those with ``http`` or ``https``.
        """
        spaces = {value.value for _, value in self.metadata.all(VOID + "uriSpace")}
        return sorted(space for space in spaces if space.startswith(("http://", "https://")))

    def endpoints(self) -> list[str]:
        """The addresses of the SPARQL endpoints in the metadata, by VoID and by DCAT."""
        endpoints = self.metadata.iris(VOID + "sparqlEndpoint", DCAT + "endpointURL")
        return list(dict.fromkeys(iri for _, iri in endpoints))

    # ---- Dumps

    def check_dumps(self) -> None:
        """Check that downloads exist, have the described properties, and contain the same data.

        Requests each download in the metadata and adds findings. Adds to `dumps` those that can be
        read, each with its counts and triples, and the VoID dataset that names it, if there is one.
        Downloads whose names differ only in the suffix are formats of one dump: only the first is
        added to `dumps`, and the triples of the others are compared with it.
        """
        dumps = dict(self._downloads(VOID + "dataDump"))
        distributions = dict(self._downloads(DCAT + "downloadURL"))
        # the formats of each dump, by its address without the suffix
        formats: dict[str, list[tuple[str, Figures]]] = {}
        for address in sorted({*dumps, *distributions}):
            figures = self._check_download(address, distributions.get(address, ""))
            if figures is not None:
                stem = _ENDINGS.sub("", address, count=1)
                formats.setdefault(stem, []).append((address, figures))
        for (address, figures), *others in formats.values():
            addresses = [address, *(other for other, _ in others)]
            dataset = next((dumps[a] for a in addresses if a in dumps), "")
            self.dumps.append(Dump(address, figures, dataset))
            name = self.place.where(address)
            for other, other_figures in others:
                compare(self.findings, figures.lines, name, other_figures.lines, other)

    def _downloads(self, predicate: str) -> Iterator[tuple[str, str]]:
        """Yield the address of each download in the metadata, and the IRI that it belongs to.

        `predicate` states the downloads of a dataset or distribution. A download on another host
        is added as a finding, and not yielded.
        """
        for subject, iri in self.metadata.iris(predicate):
            source = self.metadata.source[subject]
            address = resolved(self.place, iri, source)
            if address is None:
                self.findings.add("elsewhere/download", source.url, address=iri)
            else:
                yield address, subject

    def _check_download(self, address: str, distribution: str) -> Figures | None:
        """Request one download, and check it against its distribution in the metadata.

        `distribution` is its IRI, or ``""``. Returns the counts, things and triples of the data;
        ``None`` if the download is no RDF or cannot be read. Failures are added as findings. Counts
        the download.
        """
        self.findings.progress(f"reading {self.place.where(address)}")
        reply = self.place.get(address, _type_by_suffix(address) or "*/*")
        if not reply.ok:
            self.findings.unavailable("dump", reply, "a download in the metadata cannot be fetched")
            return None
        self.findings.counts["downloads"] += 1
        if distribution:
            self._check_distribution(distribution, reply)
        return self._figures(address, reply)

    def _figures(self, address: str, reply: Response) -> Figures | None:
        """Parse the body of a download in a child process; return its counts, things and triples.

        `address` is the one that was requested. Returns ``None`` if it is no RDF, or cannot be
        read, which is added as a finding. So is a Content-Type that contradicts the suffix of the
        address, or is not RDF though the body is not compressed; the suffix counts then. A download
        that is too large or takes too long gets a finding of the check ``limit``.
        """
        by_suffix = _type_by_suffix(address)
        kind = reply.type if reply.type in TYPES else by_suffix
        if kind is None:
            return None
        if by_suffix and kind != by_suffix:
            self.findings.add(
                "content-type/suffix", reply.url, expected=by_suffix, actual=reply.type
            )
            kind = by_suffix
        if kind != reply.type and reply.body[:2] != b"\x1f\x8b":
            actual = reply.type or "nothing"
            self.findings.add("content-type/unclear", reply.url, type=kind, actual=actual)
        try:
            return parse.figures(RdfDocument(kind, reply.body, reply.address), self.place.bases)
        except EngineError as error:
            if any(word in error.message for word in ("GiB", "MiB", "stopped")):
                self.findings.add("limit", reply.url, what=error.message)
            else:
                self.findings.add("syntax", reply.url, type=kind, error=error.message)
        return None

    def _check_distribution(self, distribution: str, reply: Response) -> None:
        """Compare a download with the size, media type and checksums that a distribution states.

        `distribution` is an IRI in the metadata. Differences are added as findings. The media type
        is compared only on a host.
        """
        for value in self.metadata.of(distribution, DCAT + "byteSize"):
            if _number(value) != (size := len(reply.body)):
                self.findings.add("size", reply.url, expected=value.value, actual=size)
        for value in self.metadata.of(distribution, DCAT + "mediaType"):
            expected = value.value.partition("media-types/")[2] or value.value
            if self.place.negotiates and "/" in expected and expected.lower() != reply.type:
                actual = reply.type or "nothing"
                self.findings.add("content-type/dcat", reply.url, expected=expected, actual=actual)
        for node in self.metadata.of(distribution, SPDX + "checksum"):
            kinds = self.metadata.of(node.value, SPDX + "algorithm")
            algorithm = kinds[0].value.rpartition("_")[2].lower() if kinds else ""
            for value in self.metadata.of(node.value, SPDX + "checksumValue"):
                self._check_checksum(reply, algorithm, value.value, "spdx:checksumValue")

    def _check_checksum(self, reply: Response, algorithm: str, expected: str, by: str) -> None:
        """Compare the checksum of a reply's body with an expected one, in hexadecimal digits.

        Adds a finding if they differ, or the algorithm is unknown. `by` says who stated the
        checksum: a predicate or a file. Counts the comparison.
        """
        algorithm = algorithm.replace("-", "")
        if algorithm not in _ALGORITHMS:
            self.findings.add("checksum/algorithm", reply.url, by=by, algorithm=algorithm)
            return
        self.findings.counts["checksums"] += 1
        actual = hashlib.new(algorithm, reply.body, usedforsecurity=False).hexdigest()
        if actual != expected.lower():
            details = {"algorithm": algorithm, "expected": expected, "actual": actual}
            self.findings.add("checksum", reply.url, by=by, **details)

    def check_sums(self) -> bool:
        """Check the files that SHA256SUMS lists, and return whether the site has a SHA256SUMS.

        It is requested from the folder of each dump, or of the first page if there are no dumps;
        so is each file that it lists in its first MiB. Malformed lines, missing files and wrong
        checksums are added as findings. Call `check_dumps` first.
        """
        folders = {urljoin(dump.address, ".") for dump in self.dumps} or {self.place.home}
        addresses = [urljoin(folder, "SHA256SUMS") for folder in sorted(folders)]
        replies = [(address, self.place.get(address, "text/plain")) for address in addresses]
        checksum_files = [
            (address, reply) for address, reply in replies if reply.ok and reply.type != "text/html"
        ]
        for address, reply in checksum_files:
            for line in reply.body[: 2**20].decode("utf-8", "replace").splitlines():
                self._check_checksum_line(line, address, reply)
        return bool(checksum_files)

    def _check_checksum_line(self, line: str, address: str, reply: Response) -> None:
        """Request the file that a line of SHA256SUMS names, and check its checksum.

        `address` is that of SHA256SUMS, to which the file name is relative, and `reply` its reply.
        Adds a finding for a malformed line, a missing file or a wrong checksum.
        """
        match = _CHECKSUM_LINE.fullmatch(line)  # groups: the digits, the file name
        file = match and resolved(self.place, match[2], Response(address, address, 200))
        if not match or file is None:
            self.findings.add("checksum/line", reply.url, line=line)
            return
        content = self.place.get(file)
        if content.ok:
            self._check_checksum(content, "sha256", match[1], "SHA256SUMS")
        else:
            self.findings.unavailable(
                "checksum", content, "a file that SHA256SUMS lists cannot be fetched"
            )

    # ---- Counts

    def check_counts(self, endpoint: str = "") -> None:
        """Compare the counts that each dataset states in VoID with those of its dump.

        For a dataset without a dump, the `endpoint` is queried, unless it is ``""``. Differences
        are added as findings; so are datasets that cannot be compared, since they have several
        dumps, or neither dump nor endpoint. Call `check_dumps` first.
        """
        for dataset in self._datasets():
            stated = list(self._stated_counts(dataset))
            dumps = [dump for dump in self.dumps if dump.dataset == dataset]
            if not stated:
                continue
            if len(dumps) == 1:
                self._compare_counts(stated, dumps[0].figures.counts, "the dump has")
            elif dumps or not endpoint:
                reason = "it has neither a dump nor an endpoint"
                if dumps:
                    reason = "it has several dumps, which may be parts"
                url = self.metadata.source[dataset].url
                self.findings.add("count/unknown", url, dataset=dataset, reason=reason)
            elif counts := self._counts_of_endpoint(endpoint):
                self._compare_counts(stated, counts, "the endpoint counts")

    def _compare_counts(
        self, stated: list[tuple[str, str, int]], counts: Mapping[str, tuple[int, ...]], by: str
    ) -> None:
        """Add a finding for each stated count that is not the actual one, or one of two.

        A stated count is the IRI that it is about, its name as in `counts_by_name`, and the number.
        `counts` has the actual numbers; one that it lacks is 0. `by` says in the message who
        counted. Counts the comparisons.
        """
        for subject, name, expected in stated:
            actual = counts.get(name, (0,))
            self.findings.counts["numbers"] += 1
            if expected not in actual:
                details = {"name": f"void:{name}" if " " not in name else name, "by": by}
                url = self.metadata.source[subject].url
                numbers = {"expected": expected, "actual": actual[0]}
                self.findings.add("count", url, focus=subject, **details, **numbers)

    def _datasets(self) -> list[str]:
        """The sorted IRIs of the VoID datasets in the metadata, without partitions of a dataset."""
        parts = self.metadata.iris(VOID + "classPartition", VOID + "propertyPartition")
        return sorted(self.metadata.instances(VOID + "Dataset") - {part for _, part in parts})

    def _stated_counts(self, dataset: str) -> Iterator[tuple[str, str, int]]:
        """Yield each count in the metadata about a dataset and its partitions by class or property.

        A count is the IRI that it is about, its name as in `counts_by_name`, and the number: -1 if
        it is no number.
        """
        for name in COUNTED:  # local names of properties of VoID, such as triples
            for value in self.metadata.of(dataset, VOID + name):
                yield dataset, name, _number(value)
        for kind, count in (("class", "entities"), ("property", "triples")):
            for part in self.metadata.of(dataset, VOID + f"{kind}Partition"):
                for term in self.metadata.of(part.value, VOID + kind):
                    for value in self.metadata.of(part.value, VOID + count):
                        name = f"void:{count} of the {kind} {term.value}"
                        yield part.value, name, _number(value)

    def _counts_of_endpoint(self, endpoint: str) -> Mapping[str, tuple[int, ...]] | None:
        """Let an endpoint count its triples by four queries; return the counts.

        If a query fails, adds a finding and returns ``None``.
        """
        from allgraph.sparql.endpoint.engine import Remote

        remote = Remote(endpoint, Prefixes())
        try:
            (totals,) = remote.query(_TOTALS).rows
            classes, narrowest, properties = (
                {_value(row["k"]): _number(row["n"]) for row in remote.query(query).rows}
                for query in (_CLASSES, _NARROWEST, _PROPERTIES)
            )
        except (AllgraphError, ValueError) as error:
            self.findings.add("limit", endpoint, what=f"the endpoint cannot count: {error}")
            return None
        return counts_by_name(
            triples=_number(totals["triples"]),
            subjects=_number(totals["subjects"]),
            objects=_number(totals["objects"]),
            classes=classes,
            narrowest=narrowest,
            properties=properties,
        )

    # ---- Licences

    def check_licences(self) -> None:
        """Add a finding if descriptions and pages name several licences for the data, or none.

        The licences of pages are in `findings.licences`, so that pages must be checked before: by
        the IRI of a licence, the page that names it. IRIs that differ only in case, ``http`` or
        ``https``, ``www.`` and ending name one licence. Requests nothing.
        """
        names_by_licence = dict(self.findings.licences)
        kinds = (f"{DCAT}Dataset", f"{DCAT}Catalog", f"{DCAT}Distribution", f"{VOID}Dataset")
        described = self.metadata.instances(*kinds)
        for subject, iri in self.metadata.iris(DCTERMS + "license"):
            if subject in described:
                names_by_licence.setdefault(iri, subject)
        different: dict[str, str] = {}
        for licence, name in names_by_licence.items():
            different.setdefault(_normalised_licence(licence), f"{licence} (of {name})")
        if len(different) > 1:
            licences = "; ".join(sorted(different.values()))
            self.findings.add("licence", self.place.home, licences=licences)
        elif not different:
            self.findings.add("lacks/licence", self.place.home)


def things_at(endpoint: str, bases: tuple[str, ...]) -> list[str]:
    """Query an endpoint for subjects that begin with one of the bases, at most 10,000.

    Returns their IRIs without fragments, sorted. Raises `EngineError` if no whole answer comes, and
    `QueryError` if the endpoint refuses the query.
    """
    from allgraph.sparql.endpoint.engine import Remote

    starts = " || ".join(f"STRSTARTS(STR(?s), {Literal(base)})" for base in bases)
    query = f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(isIRI(?s) && ({starts})) }} LIMIT {MOST_ROWS}"
    rows = Remote(endpoint, Prefixes()).query(query).rows
    return sorted({_value(row["s"]).partition("#")[0] for row in rows})


def _type_by_suffix(address: str) -> str | None:
    """The media type of an RDF file, by the suffix of its address before ``.gz``.

    ``None`` if the suffix is not that of an RDF format.
    """
    format = NAMES.get(address.removesuffix(".gz").rpartition(".")[2].lower())
    return format.media_type if format and isinstance(format.engine, RdfFormat) else None


def _with_iri(term: Term, reply: Response) -> Term:
    """Return a term; in place of a blank node, an IRI made from the URL of the reply and its label.

    So blank nodes of two documents are different.
    """
    if isinstance(term, BlankNode):
        return NamedNode(f"urn:blank:{quote(reply.url, safe='')}:{term.value}")
    return term


def _number(term: Term | None) -> int:
    """The whole number in the text of a literal; -1 if there is none of less than 20 digits."""
    value = _value(term)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1


def _value(term: Term | None) -> str:
    """The text of an IRI or literal; ``""`` for any other term and for ``None``."""
    return term.value if isinstance(term, (NamedNode, Literal)) else ""


def _normalised_licence(iri: str) -> str:
    """The IRI of a licence in small letters, without the parts in which its variants differ.

    They are the scheme, ``www.``, and ``/deed.…`` or ``/legalcode`` and slashes at the end.
    """
    return re.sub(r"^https?://(?:www\.)?|(?:/deed\.\w+|/legalcode)?/*$", "", iri.lower())
