"""Drafts of mappings: accepted as they are, with every field in them, and no private value."""

from __future__ import annotations

import csv
import gzip
import json
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allgraph.errors import LoadError
from allgraph.folder import Folder, builtin, open_folder
from allgraph.imports.drafts import draft as drafts
from allgraph.imports.drafts.draft import draft, name_for
from allgraph.imports.mapper import Mapper
from allgraph.imports.mapping_file import read_text
from allgraph.imports.result import Imported
from allgraph.imports.terms import Terms
from allgraph.imports.update import Import
from allgraph.selectors import Options, read
from tests.selectors.test_excel import workbook
from tests.support import commands

Rows = Sequence[Sequence[str]]

LIST = (
    ("Timestamp", "First name", "Last name", "Company", "E-mail", "May we show it?", "Note?"),
    ("5/26/2021 6:18:00", "Ada", "Amber", "Loom & Co", "ada@example.org", "Yes", "first\nline"),
    ("5/11/2021", "Bo", "Brown", "n/a", "bo@example.org", "TRUE", ""),
    ("?", "Cy", "Cole", "", "cy@example.org", "No", "say \"hi\" ]"),
    ("Apr. 8", "Di", "Dee", "Loom & Co", "di@example.org", "yes", ""),
    ("May 2021", "Ada", "Amber", "Loom & Co", "ada@example.org", "Yes", ""),
)  # fmt: skip
BILLS = (
    ("number", "title", "introduced", "votes"),
    ("S-1", "An act on looms", "3/4/2021", "12"),
    ("S-2", "An act on dyes", "4/3/2021", "7"),
)
PERSON = """\
id: person/1
name: Ada Amber
bio: {birthday: '1970-01-01', gender: F}
roles:
- {type: upper, district: '1', start: '2001-01-03', end: '2003-01-03'}
- {type: upper, district: '1', start: '2003-01-03'}
- {type: lower, district: '7', start: '1999-01-03', end: '2001-01-03', office: {phone: 555}}
votes: {a.b: yes}
links: []
"""
XML = """\
<?xml version="1.0"?>
<!-- <people> -->
<bills made="2021-01-01"><bill no="1"><title>Looms</title><step on="2021-02-03">in</step></bill>
<bill no="2"><title>Dyes</title><step on="2021-03-03">in</step><step on="2021-03-04">out</step>
</bill>
</bills>
"""


def write_csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def write_xlsx(path: Path, rows: Rows) -> None:
    cells = (
        "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        for row in rows
    )
    workbook(path, "".join(f"<row>{row}</row>" for row in cells))


def write_parquet(path: Path, rows: Rows) -> None:
    import pyarrow
    import pyarrow.parquet

    header, *lines = rows
    columns = {name: [line[n] or None for line in lines] for n, name in enumerate(header)}
    columns["all.tags"] = [["a", "b"] for _ in lines]  # type: ignore[misc]
    pyarrow.parquet.write_table(pyarrow.table(columns), path)


def as_objects(rows: Rows) -> list[dict[str, Any]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


SAMPLES: dict[str, Callable[[Path], object]] = {
    "list.csv": lambda path: write_csv(path, LIST),
    "bills.csv": lambda path: write_csv(path, BILLS),
    "bills.tsv": lambda path: path.write_text("\n".join(map("\t".join, BILLS))),
    "list.xlsx": lambda path: write_xlsx(path, LIST),
    "list.parquet": lambda path: write_parquet(path, LIST),
    "person.yml": lambda path: path.write_text(PERSON),
    "bills.json": lambda path: path.write_text(json.dumps(as_objects(BILLS))),
    "bills-in.json": lambda path: path.write_text(json.dumps({"n": 2, "all": as_objects(BILLS)})),
    "bills.jsonl": lambda path: path.write_text("\n".join(map(json.dumps, as_objects(BILLS)))),
    "bills.xml": lambda path: path.write_text(XML),
    "bills.xml.gz": lambda path: path.write_bytes(gzip.compress(XML.encode())),
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "allgraph.toml").write_text(
        'format = 1\ntitle = "T"\nbase = "https://graph.example/"\n'
    )
    (tmp_path / "imports").mkdir()
    return open_folder(tmp_path)


def drafted(folder: Folder, file: str) -> str:
    """The draft of a sample, which is written into the folder with its mapping."""
    path = folder.root / file
    if file in SAMPLES:
        SAMPLES[file](path)
    text = draft(path, file)
    (folder.root / "imports" / f"{name_for(path)}.toml").write_text(text)
    return text


def check(folder: Folder, file: str) -> Imported:
    """What the import by the draft of a sample would do."""
    return Import(folder, name_for(Path(file)), read="2021-12-01").run(write=False)


@pytest.mark.parametrize(
    ("file", "records", "left_out"),
    [
        (file, 5 - (file == "person.yml") * 4, 1) if "list" in file else
        (file, 1 if file == "person.yml" else 2, 0)
        for file in SAMPLES
    ],
)  # fmt: skip
def test_a_draft_is_accepted_and_leaves_no_field_out(
    folder: Folder, file: str, records: int, left_out: int
) -> None:
    drafted(folder, file)
    result = check(folder, file)
    assert (result.records, result.left_out) == (records, left_out)
    assert (result.unused, result.problems) == ([], [])
    assert result.claims


@pytest.mark.parametrize("file", SAMPLES)
def test_a_draft_is_the_same_each_time_and_has_no_private_value(folder: Folder, file: str) -> None:
    text = drafted(folder, file)
    assert text == drafted(folder, file)
    assert text.endswith("\n") and "\n\n\n" not in text and "$" not in text
    assert not re.search(r"ada@|Ada|Loom|dyes|1970|555", text, re.IGNORECASE)
    assert max(map(len, text.splitlines())) < 200


def test_what_a_list_of_people_needs_is_proposed(folder: Folder) -> None:
    text = drafted(folder, "list.csv")
    toml = tomllib.loads(text)
    assert (toml["key"], toml["ids"]) == (["First name", "Last name"], "ledger")
    assert "# Equal to an earlier record in all of these: 1 record." in text
    assert toml["where"] == {"May we show it?": ["Yes", "TRUE", "yes"]}
    assert toml["clean"] == {
        "empty": ["?", "n/a"],
        "dates": ["M/D/YYYY", "D/M/YYYY", "M/D/YYYY time", "MMMM YYYY"],
    }
    assert "is 2021-05-11 or 2021-11-05, by the forms M/D/YYYY and D/M/YYYY (row 3)" in text
    assert "# DECIDE: “Apr. 8” fits none of them (row 5)" in text
    assert toml["ignore"] == ["Timestamp", "Company", "E-mail", "Note?"]
    assert '"E-mail",  # private (email), in all 5 records, 4 different values' in text
    assert toml["things"]["person"]["needs"] == ["First name", "Last name"]
    assert toml["claims"] == [{"say": ['person hasName "{First name} {Last name}"']}]


def test_what_is_proposed_in_comments_is_accepted_too(folder: Folder) -> None:
    text = drafted(folder, "list.csv")
    for proposed in ("body = {", '"person affiliatedWith body",', '"person signed id:some-letter'):
        assert f"# {proposed}" in text
        text = text.replace(f"# {proposed}", proposed)
    text = text.replace('"D/M/YYYY", ', "").replace('"Timestamp",', "")
    (folder.root / "imports" / "list.toml").write_text(f"max-problems = 1\n{text}")
    result = check(folder, "list.csv")
    assert [str(problem) for problem in result.problems] == [
        "list.csv: row 5, column A “Timestamp”: “Apr. 8” fits none of the forms: "
        "M/D/YYYY, M/D/YYYY time, MMMM YYYY"
    ]


def test_a_field_with_an_id_is_the_key(folder: Folder) -> None:
    toml = tomllib.loads(drafted(folder, "bills.csv"))
    assert (toml["key"], toml.get("ids")) == (["number"], None)
    assert toml["things"]["thing"]["id"] == "thing-{number}"
    assert toml["things"]["thing"]["label"] == "{title}"
    assert toml["clean"]["dates"] == ["M/D/YYYY", "D/M/YYYY"]


def test_lists_in_a_record_are_proposed_with_a_key(folder: Folder) -> None:
    text = drafted(folder, "person.yml")
    toml = tomllib.loads(text)
    assert (toml["key"], toml["clean"]) == (["id"], {"empty": [], "dates": ["YYYY-MM-DD"]})
    assert toml["ignore"] == ["bio", "roles", "votes", "links"]
    for about in ("birthday: private (birthday)", "start: a date", "office.phone: private (phone)"):
        assert f"  #   {about}, 1 different value" in text or f"  #   {about}, 3 dif" in text
    assert '# each = "roles"\n# key = ["type", "start"]\n' in text
    assert '# say = ["person PREDICATE OTHER when {start}/{end}"]' in text


@pytest.mark.parametrize(
    ("file", "entries"), [("bills-in.json", "all"), ("bills.xml", "bills/bill")]
)
def test_the_only_list_of_a_file_is_its_records(folder: Folder, file: str, entries: str) -> None:
    assert tomllib.loads(drafted(folder, file))["entries"] == entries


def test_consent_that_a_condition_cannot_name_is_not_proposed(folder: Folder) -> None:
    (folder.root / "x.json").write_text(json.dumps({"id": 1, "/may show": "yes"}))
    toml = tomllib.loads(draft(folder.root / "x.json", "x.json"))
    assert (toml["ignore"], toml.get("where")) == (["/may show"], None)


def test_options_are_kept(folder: Folder) -> None:
    path = folder.root / "x.csv"
    path.write_bytes("Nº;name\n1;José\n2;Zoë\n".encode("latin-1"))
    text = draft(path, "in/*.csv", Options(encoding="latin-1", delimiter=";"), "people")
    toml = tomllib.loads(text)
    assert [toml[key] for key in ("records", "encoding", "delimiter")] == [
        "in/*.csv",
        "latin-1",
        ";",
    ]
    assert "allgraph import people --check" in text


def test_a_file_without_records_is_an_error(folder: Folder) -> None:
    (folder.root / "x.csv").write_text("a,b\n")
    with pytest.raises(LoadError, match="has no records to make a draft from"):
        draft(folder.root / "x.csv", "x.csv")


def test_of_a_long_file_the_head_is_taken(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST_RECORDS", 3)
    write_csv(folder.root / "x.csv", [("id", "name"), *((str(n), "Ada") for n in range(9))])
    text = draft(folder.root / "x.csv", "x.csv")
    assert "made from the first 3 records of x.csv" in text and "count =" not in text


# ---- On the command line


def new(folder: Folder, *arguments: str) -> commands.Done:
    return commands.run("import", "--new", *arguments, cwd=folder.root)


def test_a_draft_is_written_and_can_be_tried(folder: Folder) -> None:
    write_csv(folder.root / "bills.csv", BILLS)
    done = new(folder, "bills.csv")
    assert (done.returncode, done.stdout) == (
        0,
        "imports/bills.toml is a draft; decide each line with DECIDE in it, then: "
        "allgraph import bills --check\n",
    )
    assert (folder.root / "imports" / "bills.toml").read_text() == draft(
        folder.root / "bills.csv", "bills.csv"
    )
    tried = commands.run("import", "bills", "--check", cwd=folder.root)
    assert tried.stdout.startswith("bills: 2 records (2 mapped, 0 left out), 2 claims")
    assert "no line uses" not in tried.stderr


def test_a_mapping_is_never_replaced_by_a_draft(folder: Folder) -> None:
    write_csv(folder.root / "bills.csv", BILLS)
    (folder.root / "imports" / "bills.toml").write_text("mine")
    done = new(folder, "bills.csv")
    assert done.returncode == 2
    assert "imports/bills.toml: exists already; give another NAME" in done.stderr
    assert (folder.root / "imports" / "bills.toml").read_text() == "mine"
    assert new(folder, "bills.csv", "more-bills").returncode == 0
    assert "import more-bills" in (folder.root / "imports" / "more-bills.toml").read_text()
    assert "name a mapping with" in new(folder, "bills.csv", "More!").stderr


def test_a_file_elsewhere_is_read_from_there(folder: Folder, tmp_path_factory: Any) -> None:
    place = tmp_path_factory.mktemp("else where")
    (place / "in").mkdir()
    write_csv(place / "in" / "b [1].csv", BILLS)
    done = new(folder, str(place / "in" / "b [1].csv"))
    assert f"allgraph import b-1 --from '{place}/in' --check" in done.stdout
    mapping = folder.root / "imports" / "b-1.toml"
    assert tomllib.loads(mapping.read_text())["records"] == "b ?1?.csv"
    mapping.unlink()
    new(folder, str(place / "in" / "b [1].csv"), "--from", str(place))
    assert tomllib.loads(mapping.read_text())["records"] == "in/b ?1?.csv"
    tried = commands.run("import", "b-1", "--from", str(place), "--check", cwd=folder.root)
    assert tried.stdout.startswith("b-1: 2 records")


def test_the_built_in_graph_gets_no_drafts(tmp_path: Path) -> None:
    write_csv(tmp_path / "bills.csv", BILLS)
    done = commands.run("import", "--new", "bills.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "start a folder of your own with: allgraph init" in done.stderr


# ---- Any records

NAMES = "Name? {x} /a file # * a.b . date name first_name last_name id consent company".split()
CELLS = 'yes no ? 3/4/2021 13/4/2021 4/13/2021 2021 a@b.cd """ # $x {y} \n[x]\n'.split(" ")
headers = st.lists(
    st.sampled_from([*NAMES, " id "])
    | st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n;\t|"), max_size=9),
    min_size=1,
    max_size=6,
    unique=True,
)
cells = st.sampled_from(CELLS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=9
)
names = st.sampled_from([*NAMES, ""]) | st.text(st.characters(codec="utf-8"), max_size=6)
values = st.recursive(
    st.none() | cells | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
TERMS = Terms.of(builtin())


def unmapped(path: Path) -> list[str]:
    """The fields of a file that its draft, which has to be accepted, neither uses nor ignores."""
    text = draft(path, path.name)
    mapping = read_text(builtin(), path.with_suffix(".toml"), text, TERMS)
    mapper = Mapper(mapping, "https://graph.example/", None, lambda key: "1")
    for number, record in enumerate(read(path, path.name, Options(**mapping.options))):
        mapper.map(record, path.name, str(number))
    return mapper.unused()


@given(headers, st.data())
def test_any_table_gives_a_draft_that_is_accepted(header: list[str], data: st.DataObject) -> None:
    assume(all(map(str.strip, header)))
    row = st.lists(cells, min_size=len(header), max_size=len(header)).filter(any)
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        write_csv(path, [header, *rows])
        assert unmapped(path) == []


@given(st.dictionaries(names, values, min_size=1, max_size=5))
def test_any_object_gives_a_draft_that_is_accepted(value: dict[str, Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        path.write_text(json.dumps(value))
        unnamed = tuple(f"{name}." for name in value if "." in name or name in ("", "*"))
        assert all(f"{name}.".startswith(unnamed) for name in unmapped(path))
