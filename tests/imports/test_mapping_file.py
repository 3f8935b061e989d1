"""What mappings may say of values: words of a file, case, defaults, things of other records."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.errors import FolderError
from allgraph.folder import open_folder
from allgraph.imports import examples
from allgraph.imports.mapping_file import read_mapping
from allgraph.imports.terms import Terms
from tests.conftest import MakeFolder

HEAD = 'records = "x.json"\n[source]\nlabel = "X"\naddress = "https://example.org/x"\n'
COMMITTEE = """\
[let]
chamber = { from = "chamber", case = "lower", map = "chambers.csv", default = "the {chamber}" }
region = { from = "region", case = "title" }
code = { from = "code", case = "upper" }
called = { from = "short", default = "{name}" }
[things]
committee = { id = "{id}", a = "Committee", label = "{called} of {chamber}, {region} ({code})" }
above = { id = "{above}", a = "Committee" }
person = { each = "members", id = "{id}", a = "Person", label = "{id}" }
[[claims]]
say = "above hasUnit committee"
[[claims]]
each = "members"
where = { "/members" = true, "/spare" = false }
say = "person servedOn committee"
"""
RECORD = (
    '{"id": "1", "name": "Looms", "short": "", "chamber": "UPPER", "region": "new_elm and the_hay",'
    '"code": "ne", "above": "2", "members": [{"id": "Ada"}], "spare": []}'
)


def folder(make_folder: MakeFolder, mapping: str, words: str = "") -> Path:
    """A folder with a mapping x, a file of words, and an example."""
    return make_folder(
        {
            "imports/x.toml": HEAD + mapping,
            "imports/chambers.csv": words,
            "imports/x.examples/one.json": RECORD,
        }
    )


def told(root: Path) -> list[str]:
    """What the mapping makes of the record."""
    assert all(outcome.ok for outcome in examples.check(open_folder(root), update=True))
    return (root / "imports/x.examples/one.txt").read_text().splitlines()


def test_words_of_a_file_case_and_defaults(make_folder: MakeFolder) -> None:
    root = folder(make_folder, COMMITTEE, "chamber,name\nupper,the Senate\n")
    name = "Looms of the Senate, New Elm and the Hay (NE)"
    assert told(root)[1] == f"Ada has served on {name} (date not stated)"


def test_a_word_that_the_file_lacks_has_the_default(make_folder: MakeFolder) -> None:
    root = folder(make_folder, COMMITTEE, "chamber,name\n")
    assert "Looms of the UPPER, " in told(root)[1]


def test_a_thing_without_a_label_is_described_elsewhere(make_folder: MakeFolder) -> None:
    root = folder(make_folder, COMMITTEE, "chamber,name\n")
    assert told(root)[0].startswith("Id:2 has included Looms of the UPPER")


@pytest.mark.parametrize(
    ("words", "line"),
    [("chamber,name\nupper\n", "row 2"), ("chamber,name\nupper,a,b\n", "row 2"), (None, "no CSV")],
)
def test_a_file_of_words_that_is_wrong_is_one_error(
    make_folder: MakeFolder, words: str | None, line: str
) -> None:
    root = folder(make_folder, COMMITTEE, words or "")
    if words is None:
        (root / "imports/chambers.csv").unlink()
    opened = open_folder(root)
    with pytest.raises(FolderError, match=line) as caught:
        read_mapping(opened, "x", Terms.of(opened))
    assert caught.value.line == 6


def test_a_file_of_words_outside_of_the_folder_is_refused(make_folder: MakeFolder) -> None:
    root = folder(make_folder, COMMITTEE.replace("chambers.csv", "../x.csv"))
    (root / "x.csv").write_text("chamber,name\n")
    with pytest.raises(FolderError, match="no CSV file beside"):
        read_mapping(open_folder(root), "x", Terms.of(open_folder(root)))


def test_other_words_are_another_mapping(make_folder: MakeFolder) -> None:
    texts = []
    for words in ("chamber,name\nupper,the Senate\n", "chamber,name\nupper,the Council\n"):
        root = folder(make_folder, COMMITTEE, words)
        texts.append(read_mapping(open_folder(root), "x", Terms.of(open_folder(root))).text)
        root.rename(root.with_name(f"done-{len(texts)}"))
    assert texts[0] != texts[1]


def test_evidence_is_the_innermost_item_that_a_claim_is_made_of(make_folder: MakeFolder) -> None:
    root = folder(make_folder, COMMITTEE, "chamber,name\n")
    opened = open_folder(root)
    mapping = read_mapping(opened, "x", Terms.of(opened))
    above, served = (spec.claims[0].place for spec in mapping.claims)
    assert (above, served) == ((0, ("id",)), (1, ()))


def test_a_thing_with_a_number_is_evident_where_its_name_is(make_folder: MakeFolder) -> None:
    mapping = COMMITTEE.replace('"{id}", a = "Committee"', '"{#}", a = "Committee", same = ["id"]')
    root = folder(make_folder, mapping, "chamber,name\n")
    text = f'ids = "ledger"\n{HEAD}{mapping}'
    (root / "imports/x.toml").write_text(text)
    opened = open_folder(root)
    spec = read_mapping(opened, "x", Terms.of(opened)).claims[0].claims[0]
    assert spec.place == (0, ())
    label = "{called} of {chamber}, {region} ({code})"
    (root / "imports/x.toml").write_text(text.replace(label, "{name}"))
    assert read_mapping(opened, "x", Terms.of(opened)).claims[0].claims[0].place == (0, ("name",))
