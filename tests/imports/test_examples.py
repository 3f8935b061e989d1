"""Examples of mappings: records, and beside them the sentences that come of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from allgraph.folder import open_folder
from allgraph.imports import examples
from tests.conftest import MakeFolder
from tests.support.commands import run

MAPPING = """\
records = "letter.csv"
key = ["Name"]
[source]
label = "Signatories"
address = "https://example.org/letter"
current = true
[clean]
dates = ["M/D/YYYY"]
[where]
Consent = ["yes"]
[things]
person = { id = "{Name}", a = "Person", label = "{Name}" }
club = { id = "{Club}", a = "Organization", label = "{Club}" }
[[claims]]
say = ["person signed id:letter when {Day}", "person affiliatedWith club"]
"""
LETTER = 'id:letter a ag:Letter ; rdfs:label "Letter" ; ag:nameInText "the letter" .\n'
ROWS = """\
Name,Day,Club,Consent,Shoes
Ada,5/26/2021,Chess,yes,
Bo,,,no,
,,,yes,
Cy,26/5/2021,,yes,4
"""
SENTENCES = """\
Ada signed Letter on 26 May 2021
Ada has been affiliated with Chess (date not stated) [current]
left out: one.csv: row 3
left out: one.csv: row 4: its key is empty
problem: one.csv: row 5, column B “Day”: “26/5/2021” fits none of the forms: M/D/YYYY
no line uses: Shoes
"""


@pytest.fixture
def folder(make_folder: MakeFolder) -> Path:
    """A folder with a mapping and an example of it."""
    return make_folder(
        {
            "data/letter.ttl": LETTER,
            "imports/letter.toml": MAPPING,
            "imports/letter.examples/one.csv": ROWS,
            "imports/letter.examples/one.txt": SENTENCES,
        },
        prefixes=True,
    )


def problems(root: Path, *, update: bool = False) -> list[str]:
    return [outcome.problem for outcome in examples.check(open_folder(root), update=update)]


def test_an_example_has_sentences_what_is_left_out_problems_and_unused_fields(folder: Path) -> None:
    assert problems(folder) == [""]
    assert run("--graph", str(folder), "test").stdout == "1 passed, 0 failed\n"


def test_a_failure_shows_the_lines_that_differ(folder: Path) -> None:
    text = folder / "imports" / "letter.examples" / "one.txt"
    text.write_text(SENTENCES.replace("26 May", "27 May"))
    (problem,) = problems(folder)
    assert problem.splitlines()[1:] == [
        "   - Ada signed Letter on 27 May 2021",
        "   + Ada signed Letter on 26 May 2021",
    ]
    done = run("--graph", str(folder), "test")
    assert done.returncode == 1 and "one.txt: letter one.csv\n" in done.stdout


def test_a_long_difference_says_how_much_is_not_shown(folder: Path) -> None:
    (folder / "imports" / "letter.examples" / "one.txt").write_text("x\n" * 30)
    (problem,) = problems(folder)
    assert problem.endswith("… and 16 more lines")


def test_update_writes_the_sentences(folder: Path) -> None:
    text = folder / "imports" / "letter.examples" / "one.txt"
    text.unlink()
    (problem,) = problems(folder)
    assert "allgraph test --update" in problem
    assert problems(folder, update=True) == [""]
    assert text.read_text() == SENTENCES


def test_what_cannot_be_run_is_a_problem_and_the_others_run(folder: Path) -> None:
    directory = folder / "imports" / "letter.examples"
    (directory / "two.txt").write_text("lonely\n")
    (directory / "three.csv").write_bytes(b"Name\n\xff\n")
    (directory / "three.txt").write_text("")
    (folder / "imports" / "other.examples").mkdir()
    (directory / "four.csv").write_text("Title\nAda\n")
    lonely, other_columns, good, broken, other = problems(folder)
    assert (lonely, good) == ("there are no records beside it", "")
    assert "“Name” is no column of four.csv" in other_columns
    assert "three.csv:2: " in broken and "there is no mapping other" in other


def test_labels_of_outputs_change_no_example(folder: Path, make_folder: MakeFolder) -> None:
    output = folder / "data" / "imported" / "letter.ttl"
    output.parent.mkdir()
    data = (folder / "data" / "letter.ttl").read_text()
    output.write_text(data.replace("id:letter a", "id:ada a").replace("Letter", "Ada the other"))
    assert problems(folder) == [""]


def test_records_below_a_directory_have_its_path_as_their_file(folder: Path) -> None:
    mapping = MAPPING.replace("current = true", 'current = { file = ["now/one.csv"] }')
    (folder / "imports" / "letter.toml").write_text(mapping)
    directory = folder / "imports" / "letter.examples"
    for name in ("now", "then"):
        (directory / name).mkdir()
        (directory / name / "one.csv").write_text("Name,Club,Consent,Day\nAda,Chess,yes,\n")
    problems(folder, update=True)
    assert "Chess (date not stated) [current]" in (directory / "now" / "one.txt").read_text()
    assert "[current]" not in (directory / "then" / "one.txt").read_text()


def test_a_pair_of_a_name_and_a_value_has_the_place_of_the_field(make_folder: MakeFolder) -> None:
    mapping = """\
records = "x.json"
[source]
label = "Members"
address = "https://example.org/members"
[let]
code = { each = "*", from = "key" }
[things]
person = { each = "*.value", id = "{name}", a = "Person", label = "{name}" }
body = { each = "*.value", id = "{code}", a = "Committee", label = "Committee {code}" }
[[claims]]
each = "*.value"
say = "person memberOf body when {day}/"
"""
    root = make_folder(
        {
            "imports/x.toml": mapping,
            "imports/x.examples/one.json": '{"AB": [{"name": "Ada", "day": "2020"},\n'
            '{"name": "Bo", "day": "soon"}]}',
            "imports/x.examples/one.txt": "",
        }
    )
    problems(root, update=True)
    assert (root / "imports/x.examples/one.txt").read_text().splitlines() == [
        "Ada was a member of Committee AB from 2020, no end stated",
        "problem: one.json: line 2, /AB/1/day: “soon” fits none of the forms: EDTF",
    ]
