"""Mappings with a mistake: one clear line with file and line, whatever is wrong where."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from allgraph.errors import AllgraphError, FolderError, InputError
from allgraph.folder import open_folder
from allgraph.imports.mapping_file import names, read_mapping
from allgraph.imports.terms import Terms
from tests.support.importing import live, make, output, put, run

MAPPING = """records = "*.json"
ignore = ["note"]
count = [0, 10]
[source]
label = "People"
address = "https://records.example/"
page = "https://records.example/{version}/{file}"
licence = "CC0-1.0"
current = { id = ["x"] }
[clean]
empty = ["n/a"]
dates = ["EDTF"]
[where]
id = true
[let]
town = { from = "town", match = "^(.+)$" }
kind = { from = "type", map = { up = "UpperChamber" } }
[things]
person = { id = "{id}", a = "Person", label = "{name}", needs = ["id"] }
place = { id = "{town}", a = "Place", label = "{town}" }
chair = { each = "seats", id = "{body}", a = "Chamber", label = "{body}" }
[[claims]]
say = ["person hasName {name}", "person basedIn place"]
[[claims]]
each = "seats"
key = ["body"]
where = { body = true }
say = "person memberOf chair when {from}/{to} as Chair"
"""
RECORD = '{"id": "ann", "name": "Ann", "town": "A", "seats": [{"body": "north", "from": "2001"}]}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose mapping was run once; no test changes the output."""
    root = make(tmp_path_factory.mktemp("mapping"), MAPPING, {"a.json": RECORD})
    run(root)
    assert len(live(root)) == 3
    return root


def refused(root: Path, text: str) -> str:
    """The error of a mapping, without its file; the output stays as it was."""
    before = output(root)
    put(root, "imports/people.toml", text)
    with pytest.raises(InputError) as error:
        run(root)
    assert output(root) == before and before
    message = str(error.value)
    assert "\n" not in message and "Traceback" not in message
    assert "imports/people.toml" in message
    return message.partition("imports/people.toml")[2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hasName", "hasNaem", r":23: no predicate “hasNaem” .*did you mean hasName\?"),
        ('"Person"', '"Persn"', r":19: no class of things “Persn” .*Person\?"),
        ('"Person"', '"Claim"', r":19: no class of things “Claim”"),
        ("as Chair", "as Chiar", r":28: no role “Chiar” .*Chair\?"),
        ("basedIn place", "basedIn place as Chair", r":23: .*have no roles"),
        ("hasName {name}", "identifier {name} scheme Wikidta", r":23: no scheme .*“Wikidta”"),
        ("hasName {name}", "identifier {name}", r":23: identifier needs “scheme NAME”"),
        ("hasName {name}", "hasName {name} scheme OcdId", r":23: only identifier takes a scheme"),
        ("person hasName", "persn hasName", r":23: “persn” is not in .*did you mean person\?"),
        ("basedIn place", "memberOf {town}", r":23: memberOf takes a thing"),
        ("basedIn place", "memberOf place", r":23: memberOf takes Body; place is a Place"),
        ("basedIn place", "basedIn chair", r":23: chair is made for each item of seats"),
        ("hasName {name}", "hasName {name} when", r":23: “when” at the end .*nothing after"),
        ("hasName {name}", "hasName {name} whn {x}", r":23: “whn” .*is unknown here"),
        ("hasName {name}", "hasName {name", r":23: “\{name” has a brace"),
        ("hasName {name}", "hasName {}", r":23: \{\} is an empty slot"),
        ("hasName {name}", "hasName", r":23: .*no subject, predicate and object"),
        ("when {from}/{to}", "when {from}/{to}/{x}", r":28: .*more than two dates"),
        ('from = "town"', 'from = "place2"\nplace2 = { text = "{town}" }', r":16: "),
        ('town = { from', 'b = { text = "{town}" }\ntown = { text = "{b}" }\nc = { from',
         r":1[67]: \[let\] goes round in a circle"),
        ('"^(.+)$"', '"("', r":16: match is no regular expression"),
        ("map = { up", "map = { up = 1, b", r":17: map must be a table"),
        ('[let]\n', '[let]\nx = { }\n', r":16: x in \[let\] needs either from"),
        ('[let]\n', '[let]\nx = "a"\n', r":16: x in \[let\] must be a table"),
        ('[let]\n', '[let]\nx = { from = "a", part = 0 }\n', r":16: part counts from 1"),
        ("records", "recodrs", r":1: unknown key “recodrs”; did you mean records\?"),
        ('records = "*.json"', "", r": records must be a text"),
        ('label = "People"', "", r":4: \[source\] needs a label"),
        ('address = "https://records.example/"', "", r":4: \[source\] needs an address"),
        ("https://records.example/\"", "file:///etc\"", r":4: \[source\] needs an address"),
        ("{version}", "{edition}", r":7: page has \{edition\}"),
        ("CC0-1.0", "CC-NO", r":8: licence must be"),
        ("count = [0, 10]", "count = [1]", r":3: count must be"),
        ("count = [0, 10]", 'max-problems = "many"', r":3: max-problems must be"),
        ("count = [0, 10]", 'ids = "x"', r":3: ids can only be"),
        ('["EDTF"]', '["YYYY-XX"]', r":12: .*is not a form of dates"),
        ("id = true", "id = 3", r":14: id in where must be"),
        ('each = "seats"\nkey', "each = 3\nkey", r":25: each must be a text"),
        ('key = ["body"]', "key = [1]", r":26: key must be a list of texts"),
        ("[[claims]]\nsay", "[[claims]]\nsays", r":23: unknown key “says” in \[\[claims\]\]"),
        ('id = "{id}", ', "", r":19: person needs either id, or iri"),
        ("[things]", "[things]\nx = 1", r":19: x in \[things\] must be a table"),
        ("[clean]", "[clean", r":10: not TOML"),
        ("records", "records = 1\nrecords", r":2: not TOML"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_line_and_what_to_write(
    folder: Path, old: str, new: str, message: str
) -> None:
    assert old in MAPPING
    assert re.match(message, refused(folder, MAPPING.replace(old, new, 1)))


def tables(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all keys of a mapping."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in pairs:
        found.append((*path, key))
        if isinstance(inner, (dict, list)):
            found += tables(inner, (*path, key))
    return found


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(part)}' for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value).lower() if isinstance(value, (bool, int, float)) else f"'{value}'"


@pytest.mark.parametrize("wrong", [7, True, 1.5, [], {}, [1], {"x": 1}, "", "{", "}{", [[]]])
def test_a_value_of_another_type_is_refused_or_taken_in_every_place(
    folder: Path, wrong: Any
) -> None:
    mapping = tomllib.loads(MAPPING)
    mapping["let"]["town"] |= {"by": "/", "part": 1, "default": "x"}
    for path in tables(mapping):
        changed = deepcopy(mapping)
        inside: Any = changed
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = wrong
        text = "".join(f'"{key}" = {toml(value)}\n' for key, value in changed.items())
        put(folder, "imports/people.toml", text)
        try:
            run(folder, write=False)
        except AllgraphError as error:
            assert "\n" not in str(error).replace("The first ones:\n", "")


def test_a_file_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"a.json": RECORD})
    folder = open_folder(root)
    with pytest.raises(FolderError, match="there is no mapping nobody; the folder has people"):
        read_mapping(folder, "nobody", Terms.of(folder))
    put(root, "imports/people.toml", b"\xff\xfe")
    with pytest.raises(AllgraphError, match=r"people.toml.*UTF-8"):
        run(root)
    put(root, "imports/Big Name.toml", MAPPING)
    with pytest.raises(FolderError, match="name a mapping with small letters"):
        run(root, "Big Name")


def test_mappings_come_after_those_they_name(tmp_path: Path) -> None:
    root = make(tmp_path, 'after = ["zoo"]\n' + MAPPING, {})
    put(root, "imports/zoo.toml", MAPPING)
    put(root, "imports/ant.toml", 'after = ["people"]\n' + MAPPING)
    assert names(open_folder(root)) == ["zoo", "people", "ant"]
    put(root, "imports/zoo.toml", 'after = ["ant"]\n' + MAPPING)
    with pytest.raises(FolderError, match="goes round in a circle: "):
        names(open_folder(root))
    put(root, "imports/zoo.toml", 'after = ["elk"]\n' + MAPPING)
    with pytest.raises(FolderError, match="“after” names elk; there is no such mapping"):
        names(open_folder(root))
    put(root, "imports/zoo.toml", 'after = "elk"\n' + MAPPING)
    with pytest.raises(FolderError, match="“after” names elk"):
        names(open_folder(root))
    for wrong in ("3", "[1]", "{}"):
        put(root, "imports/zoo.toml", f"after = {wrong}\n" + MAPPING)
        with pytest.raises(FolderError):
            names(open_folder(root))


def test_a_column_that_a_table_lacks_is_an_error_of_the_mapping(tmp_path: Path) -> None:
    text = MAPPING.replace("*.json", "*.csv").partition("[let]")[0].replace("count", "# count")
    text += """[names]
given = "Given name"
[things]
person = { id = "{id}", a = "Person", label = "{given}" }
[[claims]]
say = ["person hasName {given}",
       "person hasOccupation {Job?}"]
"""
    root = make(tmp_path, text, {"a.csv": "id,Given name,Job\nann,Ann,Model\n"})
    run(root)
    no_column = "is no column of a.csv; "
    for header, message in [
        ("id,Given names,Job", f":18: “Given name” {no_column}did you mean “Given names”? It has"),
        ("id,Given name,Work", f":21: “Job” {no_column}it has “id”, “Given name”, “Work”"),
    ]:
        put(root, "a.csv", f"{header}\nann,Ann,Model\n")
        before = output(root)
        with pytest.raises(InputError) as error:
            run(root)
        assert message in str(error.value) and output(root) == before


def test_fields_that_no_record_has_are_told_by_a_check(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING.replace("{to}", "{til}"), {"a.json": RECORD})
    result = run(root, write=False, everything=True)
    assert result.not_found == [
        "field type, used in line 17, has no value in any record",
        "field seats.til, used in line 28, has no value in any record",
    ]
    assert not run(root).not_found
