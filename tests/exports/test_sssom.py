"""SSSOM: the slots of the standard, each identifier once, and no more than what may be told."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from allgraph.exports import sssom
from allgraph.exports.export import export, exported
from allgraph.graph import Graph, open_graph
from tests.conftest import BASE
from tests.exports.test_network import Elsewhere
from tests.exports.test_plain import council_of
from tests.support import council

if TYPE_CHECKING:
    from tests.conftest import MakeFolder

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sssom.json").read_text(encoding="utf-8"))
"""The slots of the standard, taken from its schema."""
ODD = """
<https://elsewhere.example/a/b> a ag:Person ; rdfs:label "Tab\\there\\n#and =1+1" .
id:Own a ag:IdentifierScheme ; rdfs:label "own" ; ag:addressTemplate "https://own.example/{id}/x" .
<https://elsewhere.example/t#WikidataId> a ag:IdentifierScheme ; rdfs:label "another" .
"""
ODD_CLAIMS = {
    "title": 'id:ada ag:identifier "Ada | Bell (née \\"x\\")"^^ag:WikipediaTitle',
    "own": '<https://elsewhere.example/a/b> ag:identifier "7"^^id:Own',
    "other": 'id:ada ag:identifier "Q42"^^<https://elsewhere.example/t#WikidataId>',
    "again": 'id:ada ag:identifier "Q42"^^ag:WikidataId when 2001',
}


def read(data: bytes) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The metadata and the mappings of a file, checked against the standard."""
    lines = data.decode().splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    assert lines[: len(head)] == head
    said = yaml.safe_load("".join(line.removeprefix("# ") for line in head))
    table = csv.DictReader(io.StringIO("".join(lines[len(head) :]), newline=""), delimiter="\t")
    rows = [*table]
    check(said, SCHEMA["mapping set"])
    places = [[*SCHEMA["mapping"]].index(name) for name in table.fieldnames or ()]
    assert places == sorted(places), "columns are in the order of the standard"
    for row in rows:
        check(row, SCHEMA["mapping"])
        for name in ("subject_id", "predicate_id", "object_id", "object_source"):
            expanded(row[name], said["curie_map"])
    keys = [(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows]
    assert len(keys) == len({*keys})
    return said, rows


def check(found: dict[str, Any], slots: dict[str, Any]) -> None:
    """Check that there are only slots of the standard, all that it asks for, and their values."""
    assert found.keys() - {"mappings"} <= slots.keys()
    assert {name for name, slot in slots.items() if slot.get("required")} <= found.keys()
    for name, value in found.items():
        slot = slots[name]
        if name != "curie_map":
            assert re.fullmatch(slot.get("pattern", "(?s).+"), value)
        if slot["range"] == "uri":
            values = value.split("|") if slot.get("multivalued") else [value]
            assert all(re.fullmatch(r"https?://\S+", each) for each in values)


def expanded(curie: str, prefixes: dict[str, str]) -> str:
    """The IRI of a CURIE, whose prefix has to be known, and which has no odd characters."""
    prefix, _, rest = curie.partition(":")
    assert rest and not re.search(r'[\s|"<>\\^`{}#]', rest)
    return prefixes[prefix] + rest


def test_the_built_in_graph_is_valid(graph: Graph) -> None:
    said, rows = read(exported(graph, "sssom"))
    assert said["license"] == graph.folder.licence and said["mapping_set_version"]
    found = {(row["subject_label"], row["object_id"]): row for row in rows}
    row = found["Andrew Cuomo", "OcdId:ocd-person/72354c6b-937f-49eb-900f-2800210c14c6"]
    assert row["predicate_id"] == "schema:identifier" and row["object_source"] == "ag:OcdId"
    assert row["see_also"].startswith("https://w3id.org/allgraph/claim/cuomo-ocd-id|https://")


def test_each_identifier_is_told_once_with_all_its_claims(make_folder: MakeFolder) -> None:
    data = council.data() + ODD
    data += "".join(council.turtle(name, said) for name, said in ODD_CLAIMS.items())
    held = open_graph(make_folder({"data/a.ttl": data}, prefixes=True))
    said, rows = read(exported(held, "sssom"))
    assert said["license"] == sssom.UNLICENSED
    assert said["mapping_set_id"] == f"{BASE}download/crosswalk.sssom.tsv"
    iris = {expanded(row["object_id"], said["curie_map"]): row for row in rows}
    wikidata = iris["http://www.wikidata.org/entity/Q42"]
    assert wikidata["predicate_id"] == "schema:sameAs", "as its scheme has pages"
    claims = [f"{BASE}claim/again", f"{BASE}claim/wikidata"]
    assert [iri for iri in wikidata["see_also"].split("|") if "/claim/" in iri] == claims
    assert iris["https://elsewhere.example/t#WikidataId/Q42"]["predicate_id"] == "schema:identifier"
    title = "https://w3id.org/allgraph/ns#WikipediaTitle/Ada%20%7C%20Bell%20(née%20%22x%22)"
    assert iris[title]["subject_id"] == "id:ada"
    own = iris[f"{BASE}id/Own/7"]
    assert own["subject_label"] == "Tab here #and =1+1"
    assert expanded(own["subject_id"], said["curie_map"]) == "https://elsewhere.example/a/b"


def test_without_identifiers_there_is_only_the_head(make_folder: MakeFolder) -> None:
    said, rows = read(exported(open_graph(make_folder()), "sssom"))
    assert rows == [] and said["mapping_set_id"]


def test_the_suffix_is_the_format(graph: Graph, tmp_path: Path) -> None:
    export(graph, tmp_path / "crosswalk.sssom.tsv")
    assert (tmp_path / "crosswalk.sssom.tsv").read_bytes() == exported(graph, "sssom")


def test_an_endpoint_has_mappings(make_folder: MakeFolder) -> None:
    held = council_of(make_folder)
    assert exported(Graph(held.folder, Elsewhere(held.engine)), "sssom") == exported(held, "sssom")
