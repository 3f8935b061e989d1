"""The file by which programs cite a graph is valid, whatever the manifest says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from allgraph.evidence.citation_file import citation_file, spdx
from allgraph.graph import Graph
from tests.site.test_discovery import HOME, HOSTILE, PUBLISHED, of_manifest
from tests.support.schemas import published

if TYPE_CHECKING:
    from tests.conftest import MakeFolder


def cff_schema() -> Any:
    return published("https://citation-file-format.github.io/1.2.0/schema.json")


@pytest.fixture(scope="module")
def is_cff() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(
        cff_schema(), format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
    )


def cited(content: str) -> Any:
    """What a citation says; all of it are texts."""
    return yaml.load(content, Loader=yaml.BaseLoader)


def test_the_citation_of_the_built_in_graph(
    graph: Graph, is_cff: jsonschema.Draft7Validator
) -> None:
    content = citation_file(graph, PUBLISHED)
    assert not [*is_cff.iter_errors(yaml.safe_load(content))]
    found = cited(content)
    assert found["authors"] == [{"name": graph.folder.publisher}]
    assert (found["license"], found["type"]) == ("CC0-1.0", "dataset")
    assert (found["version"], found["date-released"]) == (graph.folder.version, "2026-11-01")
    assert found["identifiers"][0]["value"] == f"{HOME}catalog#dataset"


def test_a_citation_of_little_is_still_valid(
    make_folder: MakeFolder, is_cff: jsonschema.Draft7Validator
) -> None:
    graph = of_manifest(make_folder)
    found = cited(citation_file(graph))
    assert not [*is_cff.iter_errors(found)]
    assert found["authors"] == [{"name": "The publishers of T"}]
    assert not {"license", "license-url", "date-released", "version"} & {*found}


@pytest.mark.parametrize("words", HOSTILE)
def test_a_citation_holds_any_words(
    make_folder: MakeFolder, is_cff: jsonschema.Draft7Validator, words: str
) -> None:
    graph = of_manifest(make_folder, title=words or "T", description=words, publisher=words,
                        licence=words, version=words)  # fmt: skip
    content = citation_file(graph, PUBLISHED)
    found = yaml.safe_load(content)
    assert not [*is_cff.iter_errors(found)]
    assert found["title"] == (words or "T")
    assert found["authors"] == [{"name": words or "The publishers of T"}]
    assert found.get("version", "") == words


def test_addresses_in_a_manifest_are_cited_as_such(
    make_folder: MakeFolder, is_cff: jsonschema.Draft7Validator
) -> None:
    graph = of_manifest(
        make_folder, publisher="https://who.example/ü", licence="https://l.example/1"
    )
    found = cited(citation_file(graph))
    assert not [*is_cff.iter_errors(found)]
    assert found["authors"] == [
        {"name": "https://who.example/ü", "website": "https://who.example/%C3%BC"}
    ]
    assert found["license-url"] == "https://l.example/1"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("http://creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/2.5/legalcode", "CC-BY-NC-ND-2.5"),
        ("https://creativecommons.org/licenses/by-sa/3.0/deed.de", "CC-BY-SA-3.0"),
        ("https://creativecommons.org/licenses/by/3.0/us/", ""),
        ("https://creativecommons.org/licenses/by/9.9/", ""),
        ("https://opendatacommons.org/licenses/by/1-0/", "ODC-By-1.0"),
        ("http://opendatacommons.org/licenses/pddl/1.0", "PDDL-1.0"),
        ("https://spdx.org/licenses/ODbL-1.0", "ODbL-1.0"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("Apache-2.0", "Apache-2.0"),
        ("EUPL-1.2", "EUPL-1.2"),
        ("CC-BY-9.9", ""),
        ("all rights reserved", ""),
        ("", ""),
    ],
)
def test_licences_have_the_identifiers_of_spdx(words: str, name: str) -> None:
    assert spdx(words) == name
    assert not name or name in cff_schema()["definitions"]["license-enum"]["enum"]
