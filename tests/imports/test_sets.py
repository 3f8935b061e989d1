"""The sets of mappings that come with allgraph: examples, length, and what they leave out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allgraph.errors import FolderError
from allgraph.folder import init_folder
from allgraph.folder.folder import Folder
from allgraph.imports import examples, sets
from allgraph.imports.mapping_file import names, read_mapping
from allgraph.imports.terms import Terms

PRIVATE = ("birth", "gender", "phone", "fax", "address", "email", "contact", "family$", "Comment")
MOST_LINES = {"openstates-people": 60, "signatories": 40}


@pytest.fixture(params=sets.NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder with one set."""
    base = "https://example.org/"
    made = init_folder(tmp_path / "g", title="A test", base=base, with_example=False)
    sets.add(made, request.param)
    return made


def test_every_mapping_has_examples_that_pass(folder: Folder) -> None:
    outcomes = [*examples.check(folder)]
    assert [outcome.problem for outcome in outcomes if not outcome.ok] == []
    assert {outcome.question for outcome in outcomes} == {*names(folder)}


def test_examples_use_every_claim_and_no_field_is_overlooked(folder: Folder) -> None:
    for path in folder.root.rglob("imports/*.examples/**/*.txt"):
        assert "no line uses" not in path.read_text(encoding="utf-8"), path.name


def test_mappings_are_short_and_use_nothing_private(folder: Folder) -> None:
    terms = Terms.of(folder)
    for name in names(folder):
        mapping = read_mapping(folder, name, terms)
        lines = mapping.path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= MOST_LINES.get(name, 120)
        said = {field for path in mapping.used for field in path}
        assert not {field for field in said if re.search("|".join(PRIVATE), field)}, name


def test_the_readme_has_the_title_and_the_next_commands(folder: Folder) -> None:
    text = (folder.root / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# A test\n") and len(re.findall(r"^(?:git|allgraph) ", text, re.M)) == 3
    assert not (folder.root / "data").exists() and not (folder.root / "imports/README.md").exists()


def test_an_unknown_set_is_an_error_that_lists_them(folder: Folder) -> None:
    with pytest.raises(FolderError, match="no set of mappings parliament; the sets are congress, "):
        sets.add(folder, "parliament")


def test_sets_can_be_in_one_folder(tmp_path: Path) -> None:
    made = init_folder(tmp_path / "g", title="A test", base="https://example.org/")
    for name in sets.NAMES:
        files = (path for path in made.root.rglob("imports/**/*") if path.is_file())
        before = {path: path.read_bytes() for path in files}
        sets.add(made, name)
        assert all(path.read_bytes() == content for path, content in before.items())
    assert all(outcome.ok for outcome in examples.check(made))
