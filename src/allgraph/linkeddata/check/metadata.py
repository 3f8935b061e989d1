"""Checks of what a site says of its data: VoID, DCAT, dumps, checksums, numbers, licences."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urljoin

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.errors import AllgraphError, EngineError
from allgraph.linkeddata.check import parse
from allgraph.linkeddata.check.fetch import Place, Response, resolved
from allgraph.linkeddata.check.findings import Notes
from allgraph.linkeddata.check.parse import TYPES, Figures, RdfDocument
from allgraph.linkeddata.check.resources import difference
from allgraph.rdf.terms import KNOWN, RDF, Prefixes, Term

VOID, DCAT = "http://rdfs.org/ns/void#", "http://www.w3.org/ns/dcat#"
DCTERMS, SPDX = KNOWN["dcterms"], "http://spdx.org/rdf/terms#"
COUNTED = ("triples", "distinctSubjects", "distinctObjects", "classes", "properties")
"""The numbers of VoID whose definitions leave nothing open."""
MOST_ROWS = 10_000
WANTED = (
    "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8, application/n-triples;q=0.7"
)
"""What a description is asked for as."""

_SUMS = re.compile(r"([0-9a-fA-F]{32,128})[ \t]+\*?(\S.*)")
_ENDINGS = re.compile(r"(?:\.(?:ttl|nt|nq|trig|rdf|owl|xml|jsonld|json|n3))?(?:\.gz)?\Z")
_BY_SUFFIX = {"ttl": "text/turtle", "nt": "application/n-triples", "nq": "application/n-quads",
              "trig": "application/trig", "rdf": "application/rdf+xml", "owl":
              "application/rdf+xml", "jsonld": "application/ld+json"}  # fmt: skip
_ALGORITHMS = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}


@dataclass
class MetadataFacts:
    """What descriptions say, as triples by subject and predicate, and the reply that says it."""

    facts: dict[tuple[str, str], list[NamedNode | Literal]] = field(default_factory=dict)
    source: dict[str, Response] = field(default_factory=dict)

    def of(self, subject: str, predicate: str) -> list[NamedNode | Literal]:
        """The values."""
        return self.facts.get((subject, predicate), [])

    def all(self, predicate: str) -> Iterator[tuple[str, NamedNode | Literal]]:
        """Subjects and values of a predicate."""
        return ((s, o) for (s, p), some in self.facts.items() if p == predicate for o in some)

    def instances(self, kind: str) -> list[str]:
        """The things of a class."""
        return [s for s, o in self.all(RDF + "type") if o == NamedNode(kind)]


@dataclass(frozen=True)
class Dump:
    """A dump that can be counted."""

    address: str
    figures: Figures
    dataset: str


class Descriptions:
    """Reads what a site says of its data, and checks it against the data."""

    def __init__(self, place: Place, notes: Notes) -> None:
        self.place, self.notes = place, notes
        self.said = MetadataFacts()
        self.dumps: list[Dump] = []

    def read(self, address: str) -> bool:
        """Take what a description at an address says; whether there is one."""
        reply = self.place.get(address, WANTED)
        if not reply.ok or reply.type not in TYPES:
            return False
        (reading,) = parse.read([RdfDocument(reply.type, reply.body, reply.known)])
        if reading.error:
            self.notes.wrong("syntax", reply.url, f"it is no {reply.type}: {reading.error}")
            return False
        for triple in reading.triples():
            subject = triple.subject
            if isinstance(subject, (NamedNode, BlankNode)):
                # blank nodes of two documents are two
                name = subject.value if isinstance(subject, NamedNode) else _blank(reply, subject)
                value = triple.object
                if isinstance(value, BlankNode):
                    value = NamedNode(_blank(reply, value))
                some = self.said.facts.setdefault((name, triple.predicate.value), [])
                if not isinstance(value, Triple) and value not in some:
                    some.append(value)
                self.said.source.setdefault(name, reply)
        return True

    @property
    def has_void(self) -> bool:
        """Whether a dataset is described as VoID wants it."""
        return bool(self.said.instances(VOID + "Dataset"))

    @property
    def has_dcat(self) -> bool:
        """Whether there is a catalogue or dataset of DCAT."""
        return bool(self.said.instances(DCAT + "Dataset") or self.said.instances(DCAT + "Catalog"))

    def examples(self) -> list[str]:
        """Things that the description names as examples."""
        some = [*self.said.all(VOID + "exampleResource"), *self.said.all(VOID + "rootResource")]
        return [value.value for _, value in some if isinstance(value, NamedNode)]

    def spaces(self) -> list[str]:
        """What the IRIs of the things begin with, as is told."""
        found = {v.value for _, v in self.said.all(VOID + "uriSpace")}
        return sorted(each for each in found if each.startswith(("http://", "https://")))

    def endpoints(self) -> list[str]:
        """SPARQL endpoints that are told."""
        found = [*self.said.all(VOID + "sparqlEndpoint"), *self.said.all(DCAT + "endpointURL")]
        return list(dict.fromkeys(v.value for _, v in found if isinstance(v, NamedNode)))

    # ---- Dumps

    def check_dumps(self) -> None:
        """Downloads come, have the size, sum and type that is told, and say the same."""
        told: dict[str, str] = {}
        datasets: dict[str, str] = {}
        for predicate in (VOID + "dataDump", DCAT + "downloadURL"):
            for subject, value in self.said.all(predicate):
                if isinstance(value, NamedNode):
                    source = self.said.source[subject]
                    address = resolved(self.place, value.value, source)
                    if address is None:
                        self.notes.tell("elsewhere", source.url, f"a download is on another host, "
                                        f"and not checked: {value.value[:300]}")  # fmt: skip
                        continue
                    if predicate == VOID + "dataDump":
                        datasets[address] = subject
                    if predicate == DCAT + "downloadURL" or address not in told:
                        told[address] = subject if predicate == DCAT + "downloadURL" else ""
        groups: dict[str, list[tuple[str, Figures]]] = {}
        for address, distribution in sorted(told.items()):
            self.notes.say(f"reading {self.place.where(address)}")
            reply = self.place.get(address, _type_by_suffix(address) or "*/*")
            if not reply.ok:
                self.notes.missing("dump", reply, "a download that is told does not come")
                continue
            self.notes.counts["downloads"] += 1
            if distribution:
                self._check_distribution(distribution, reply)
            figures = self._figures(address, reply)
            if figures is not None:
                stem = _ENDINGS.sub("", address, count=1)
                groups.setdefault(stem, []).append((address, figures))
        for group in groups.values():
            (first, figures), *others = group
            dataset = next((datasets[a] for a, _ in group if a in datasets), "")
            self.dumps.append(Dump(first, figures, dataset))
            for address, other in others:
                self._same(first, figures, address, other)

    def _same(self, first: str, figures: Figures, address: str, other: Figures) -> None:
        self.notes.counts["comparisons of formats"] += 1
        try:
            different = difference(figures.lines, other.lines)
        except EngineError as error:
            self.notes.limit(address, error.message)
            return
        if different:
            self.notes.wrong("isomorphic", address, f"this and {self.place.where(first)} are not "
                             f"the same graph: {different}")  # fmt: skip

    def _figures(self, address: str, reply: Response) -> Figures | None:
        by_suffix = _type_by_suffix(address)
        kind = reply.type if reply.type in TYPES else by_suffix
        if kind is None:
            return None
        if by_suffix and reply.type in TYPES and reply.type != by_suffix:
            self.notes.wrong("content-type", reply.url, f"its name says {by_suffix}, and "
                             f"Content-Type says {reply.type}")  # fmt: skip
            kind = by_suffix
        if kind != reply.type and reply.body[:2] != b"\x1f\x8b":
            self.notes.doubtful("content-type", reply.url, f"it is {kind} by its name, and "
                                f"Content-Type says {reply.type or 'nothing'}")  # fmt: skip
        try:
            return parse.figures(RdfDocument(kind, reply.body, reply.known), self.place.bases)
        except EngineError as error:
            if "GiB" in error.message or "MiB" in error.message or "stopped" in error.message:
                self.notes.limit(reply.url, error.message)
            else:
                self.notes.wrong("syntax", reply.url, f"it is no {kind}: {error.message}")
        return None

    def _check_distribution(self, distribution: str, reply: Response) -> None:
        for value in self.said.of(distribution, DCAT + "byteSize"):
            if _number(value) != len(reply.body):
                self.notes.wrong("size", reply.url, f"dcat:byteSize says {value.value}, and "
                                 f"{len(reply.body)} bytes come")  # fmt: skip
        for value in self.said.of(distribution, DCAT + "mediaType"):
            told = value.value.partition("media-types/")[2] or value.value
            if self.place.negotiates and "/" in told and told.lower() != reply.type:
                self.notes.wrong("content-type", reply.url, f"dcat:mediaType says {told}, and "
                                 f"Content-Type says {reply.type or 'nothing'}")  # fmt: skip
        for node in self.said.of(distribution, SPDX + "checksum"):
            kinds = self.said.of(node.value, SPDX + "algorithm")
            name = kinds[0].value.rpartition("_")[2].lower() if kinds else ""
            for value in self.said.of(node.value, SPDX + "checksumValue"):
                self._check_sum(reply, name, value.value, "spdx:checksumValue")

    def _check_sum(self, reply: Response, algorithm: str, told: str, by: str) -> None:
        algorithm = algorithm.replace("-", "")
        if algorithm not in _ALGORITHMS:
            self.notes.tell("checksum", reply.url, f"{by} is by “{algorithm}”, which is not known")
            return
        self.notes.counts["checksums"] += 1
        real = hashlib.new(algorithm, reply.body, usedforsecurity=False).hexdigest()
        if real != told.lower():
            self.notes.wrong("checksum", reply.url, f"{by} says that its {algorithm} is "
                             f"{told[:128]}, and it is {real}")  # fmt: skip

    def check_sums(self) -> bool:
        """The files that SHA256SUMS name, beside the downloads; whether there is one."""
        folders = {urljoin(d.address, ".") for d in self.dumps} or {self.place.home}
        is_there = False
        for folder in sorted(folders):
            address = urljoin(folder, "SHA256SUMS")
            reply = self.place.get(address, "text/plain")
            if not reply.ok or reply.type == "text/html":
                continue
            is_there = True
            for line in reply.body[: 2**20].decode("utf-8", "replace").splitlines():
                match = _SUMS.fullmatch(line)
                name = match and resolved(self.place, match[2], Response(address, address, 200))
                if not match or name is None:
                    self.notes.wrong("checksum", reply.url, f"a line is no sum of a file: {line}")
                    continue
                named = self.place.get(name)
                if named.ok:
                    self._check_sum(named, "sha256", match[1], "SHA256SUMS")
                else:
                    self.notes.missing("checksum", named, "a file of SHA256SUMS does not come")
        return is_there

    # ---- Numbers

    def check_numbers(self, endpoint: str = "") -> None:
        """The numbers of VoID are those of the dump, or else those that the endpoint counts."""
        for dataset in self._datasets():
            told = list(self._numbers(dataset))
            dumps = [dump for dump in self.dumps if dump.dataset == dataset]
            if not told:
                continue
            where = self.said.source[dataset].url
            if len(dumps) == 1:
                by, counted = "the dump has", _of_dump(dumps[0].figures)
            elif endpoint and not dumps:
                by, counted = "the endpoint counts", self._counted_by(endpoint) or {}
            else:
                why = (
                    "it has several dumps, which may be parts"
                    if dumps
                    else "it has neither a dump nor an endpoint"
                )
                self.notes.tell("count", where, f"the numbers of {dataset} cannot be counted again:"
                                f" {why}")  # fmt: skip
                continue
            for subject, name, number in told if counted else ():
                real = counted.get(name, 0)
                self.notes.counts["numbers"] += 1
                if number != real:
                    what = f"void:{name}" if " " not in name else name
                    source = self.said.source[subject].url
                    self.notes.wrong("count", source, f"{what} says {number:,}, and {by} {real:,}",
                                     focus=subject)  # fmt: skip

    def _datasets(self) -> list[str]:
        """The datasets that are described, but not the parts by class or property."""
        parts = {
            value.value
            for part in ("classPartition", "propertyPartition")
            for _, value in self.said.all(VOID + part)
        }
        return sorted(set(self.said.instances(VOID + "Dataset")) - parts)

    def _numbers(self, dataset: str) -> Iterator[tuple[str, str, int]]:
        """What is told: by what, what of, how many."""
        for name in COUNTED:
            for value in self.said.of(dataset, VOID + name):
                yield dataset, name, _number(value)
        for kind, count in (("class", "entities"), ("property", "triples")):
            for part in self.said.of(dataset, VOID + f"{kind}Partition"):
                for of in self.said.of(part.value, VOID + kind):
                    for value in self.said.of(part.value, VOID + count):
                        what = f"void:{count} of the {kind} {of.value}"
                        yield part.value, what, _number(value)

    def _counted_by(self, endpoint: str) -> dict[str, int] | None:
        from allgraph.sparql.endpoint.engine import Remote

        remote = Remote(endpoint, Prefixes())
        try:
            (all,) = remote.query(
                "SELECT (COUNT(*) AS ?t) (COUNT(DISTINCT ?s) AS ?u) (COUNT(DISTINCT ?o) AS ?v) "
                "{ ?s ?p ?o }"
            ).rows
            classes = remote.query(
                "SELECT ?k (COUNT(DISTINCT ?s) AS ?n) { ?s a ?k FILTER(isIRI(?k)) } GROUP BY ?k"
            ).rows
            properties = remote.query("SELECT ?k (COUNT(*) AS ?n) { ?s ?k ?o } GROUP BY ?k").rows
        except (AllgraphError, ValueError) as error:
            self.notes.limit(endpoint, f"the endpoint cannot count: {error}")
            return None
        by_class, by_property = (
            {_value(row["k"]): _number(row["n"]) for row in rows} for rows in (classes, properties)
        )
        return _by_name(_number(all["t"]), _number(all["u"]), _number(all["v"]), by_class,
                        by_property)  # fmt: skip

    # ---- Licences

    def check_licences(self) -> None:
        """Descriptions and pages name one licence for the data."""
        told = dict(self.notes.licences)
        kinds = ("Dataset", "Catalog", "Distribution")
        described = {s for k in kinds for s in self.said.instances(DCAT + k)}
        described |= set(self.said.instances(VOID + "Dataset"))
        for predicate in (DCTERMS + "license", "http://purl.org/dc/terms/license"):
            for subject, value in self.said.all(predicate):
                if subject in described and isinstance(value, NamedNode):
                    told.setdefault(value.value, subject)
        different: dict[str, str] = {}
        for licence, by in told.items():
            different.setdefault(_same_licence(licence), f"{licence} (of {by})")
        if len(different) > 1:
            self.notes.wrong("licence", self.place.home, "the data are said to have several "
                             f"licences: {'; '.join(sorted(different.values()))}; which of them "
                             "counts?")  # fmt: skip
        elif not different:
            self.notes.lacks("a licence of its data", "name one with dcterms:license")


def things_at(endpoint: str, bases: tuple[str, ...]) -> list[str]:
    """IRIs that an endpoint says something of, under some bases. Raises `EngineError`."""
    from allgraph.sparql.endpoint.engine import Remote

    starts = " || ".join(f"STRSTARTS(STR(?s), {Literal(base)})" for base in bases)
    query = f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(isIRI(?s) && ({starts})) }} LIMIT {MOST_ROWS}"
    rows = Remote(endpoint, Prefixes()).query(query).rows
    return sorted({_value(row["s"]).partition("#")[0] for row in rows})


def _of_dump(of: Figures) -> dict[str, int]:
    return _by_name(of.triples, of.subjects, of.objects, of.classes, of.properties)


def _by_name(
    triples: int, subjects: int, objects: int, classes: Mapping[str, int],
    properties: Mapping[str, int],
) -> dict[str, int]:  # fmt: skip
    return {
        "triples": triples, "distinctSubjects": subjects, "distinctObjects": objects,
        "classes": len(classes), "properties": len(properties),
        **{f"void:entities of the class {iri}": n for iri, n in classes.items()},
        **{f"void:triples of the property {iri}": n for iri, n in properties.items()},
    }  # fmt: skip


def _type_by_suffix(address: str) -> str | None:
    return _BY_SUFFIX.get(address.removesuffix(".gz").rpartition(".")[2].lower())


def _blank(reply: Response, node: BlankNode) -> str:
    return f"urn:blank:{quote(reply.url, safe='')}:{node.value}"


def _number(term: Term | None) -> int:
    """The number that a literal is; -1 for none."""
    value = _value(term)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1


def _value(term: Term | None) -> str:
    return term.value if isinstance(term, (NamedNode, Literal)) else ""


def _same_licence(iri: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|(?:/deed\.\w+|/legalcode)?/*$", "", iri.lower())
