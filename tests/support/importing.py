"""Imports of small fictional sources, and what is in their outputs, read by RDF alone."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import zstandard
from pyoxigraph import RdfFormat, parse

from allgraph.folder import open_folder
from allgraph.imports.result import Imported
from allgraph.imports.update import Import
from allgraph.selectors.reading import reopen
from allgraph.selectors.records import Options

BASE = "https://example.org/"
NAME = "people"
SOURCE = f"{BASE}source/{NAME}"
_NS = "https://w3id.org/allgraph/ns#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OA = "http://www.w3.org/ns/oa#"
HEAD = """
[source]
label = "Some people"
address = "https://records.example/people"
page = "https://records.example/{version}/{file}#L{line}"
publisher = "Some office"
"""
"""The table of the source in a mapping."""


class Live(NamedTuple):
    """What a claim says: names of things, texts, and dates as they are written."""

    subject: str
    predicate: str
    object: str
    when: str = ""


@dataclass(frozen=True)
class Seen:
    """A claim of an output, with the fields of its evidence, record and places."""

    iri: str
    says: Live
    withdrawn: bool
    evidence: Mapping[str, str]
    record: Mapping[str, str]
    record_iri: str
    place: str
    record_place: str


def make(root: Path, mapping: str, files: Mapping[str, str | bytes], name: str = NAME) -> Path:
    """Write a folder with one mapping and some files, and return it."""
    put(root, "allgraph.toml", f'format = 1\ntitle = "A test"\nbase = "{BASE}"\n')
    put(root, f"imports/{name}.toml", mapping)
    for path, content in files.items():
        put(root, path, content)
    return root


def put(root: Path, name: str, content: str | bytes) -> None:
    """Write a file of a folder."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def run(root: Path, name: str = NAME, read: str = "2026-01-01", **options: Any) -> Imported:
    """Import, and return what was done; the day is only used if the source differs."""
    before = output(root, name)
    importing = Import(open_folder(root), name)
    if importing._found.reading != importing._old:  # the source differs
        importing = Import(open_folder(root), name, read=read)
    result = importing.run(**options)
    if options.get("write") is False:
        assert output(root, name) == before
    return result


def output(root: Path, name: str = NAME) -> bytes:
    """The bytes of the output, decompressed; ``b""`` if there is none."""
    plain, packed = (root / f"data/imported/{name}{end}" for end in (".ttl", ".nt.zst"))
    assert not (plain.exists() and packed.exists())
    if packed.exists():
        return zstandard.ZstdDecompressor().stream_reader(packed.read_bytes()).read()
    return plain.read_bytes() if plain.exists() else b""


def triples(root: Path, name: str = NAME) -> set[str]:
    """The triples of the output, as texts."""
    form = (
        RdfFormat.TURTLE if (root / f"data/imported/{name}.ttl").exists() else RdfFormat.N_TRIPLES
    )
    return {str(quad) for quad in parse(output(root, name), format=form)}


def nodes(root: Path, name: str = NAME) -> dict[str, dict[str, list[str]]]:
    """The objects of all nodes of the output, by subject and predicate."""
    form = (
        RdfFormat.TURTLE if (root / f"data/imported/{name}.ttl").exists() else RdfFormat.N_TRIPLES
    )
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in parse(output(root, name), format=form):
        found[quad.subject.value][quad.predicate.value].append(quad.object.value)
    return found


def seen(root: Path, name: str = NAME) -> dict[str, Seen]:
    """The claims of the output, by IRI; each is checked to have all its parts once."""
    found = nodes(root, name)

    def one(node: Mapping[str, list[str]], predicate: str) -> str:
        values = node.get(predicate, [""])
        assert len({*values}) == 1, (predicate, values)
        return values[0]

    def flat(iri: str) -> dict[str, str]:
        assert iri in found, f"nothing is said of {iri}"
        return {p.rpartition("#")[2].rpartition("/")[2]: one(found[iri], p) for p in found[iri]}

    claims = {}
    for iri, node in [*found.items()]:
        if one(node, f"{_RDF}type") != f"{_NS}Claim":
            continue
        evidence = flat(one(node, f"{_NS}evidence"))
        assert evidence["hasSource"] in found
        record = flat(evidence["record"])
        assert record["isPartOf"] == evidence["hasSource"]
        places = [
            flat(x["hasSelector"])["value"] if "hasSelector" in x else ""
            for x in (evidence, record)
        ]
        says = Live(
            one(node, f"{_RDF}subject").removeprefix(f"{BASE}id/"),
            one(node, f"{_RDF}predicate").removeprefix(_NS),
            one(node, f"{_RDF}object").removeprefix(f"{BASE}id/"),
            one(node, f"{_NS}when"),
        )
        claims[iri] = Seen(
            iri, says, f"{_NS}withdrawn" in node, evidence, record, evidence["record"], *places
        )
    return claims


def live(root: Path, name: str = NAME) -> dict[Live, str]:
    """What the live claims of the output say, with their IRIs; no two say the same."""
    told = [(claim.says, iri) for iri, claim in seen(root, name).items() if not claim.withdrawn]
    assert len(told) == len(dict(told))
    return dict(told)


def withdrawn(root: Path, name: str = NAME) -> dict[Live, str]:
    """What the withdrawn claims of the output say, with their IRIs."""
    return {claim.says: iri for iri, claim in seen(root, name).items() if claim.withdrawn}


def check_evidence(root: Path, name: str = NAME, options: Options | None = None) -> int:
    """Find the value of each live claim again, and compare digest and line; return how many."""
    checked = 0
    for claim in seen(root, name).values():
        if claim.withdrawn:
            continue
        path = root / claim.record["section"]
        value, line = reopen(path, claim.record_place, claim.place, options or Options())
        if "sha256" in claim.evidence:
            text = value if isinstance(value, str) else _canonical(value)
            digest = hashlib.sha256(text.encode()).hexdigest()
            assert claim.evidence["sha256"] == digest, claim
        if "firstLine" in claim.record and claim.place:
            lines = json.loads(claim.record.get("lines", "{}"))
            assert int(claim.record["firstLine"]) + lines[claim.place] == line, claim
        checked += 1
    return checked


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
