"""Sources in every form give the same claims; broken ones are one line, and nothing is written."""

from __future__ import annotations

import json
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet
import pytest

from allgraph.errors import InputError
from allgraph.imports.source import digest_of, digest_of_all, find_files
from allgraph.selectors.records import Options
from tests.selectors.test_excel import workbook
from tests.support.commands import run as command
from tests.support.importing import (
    BASE,
    HEAD,
    Live,
    check_evidence,
    live,
    make,
    output,
    put,
    run,
    seen,
    withdrawn,
)

Row = tuple[str, str, str, str]
FIELDS = ("id", "name", "town", "since")
ROWS = [
    ("ann", "Ann Lee", "Aville", "2001"),
    ("bob", 'Bob "B" Ray', "Bville", "2002-05"),
    ("cid", "Cid\nFox", "Aville", "2003-05-06"),
]
OTHER = [*ROWS[:1], ("dan", "Dan <Oak> & Co", "Cville", "2004"), *ROWS[2:]]


def mapping(records: str, top: str = "") -> str:
    return f"""records = "{records}"
max-problems = 0
{top}{HEAD}
[things]
person = {{ id = "{{id}}", a = "Person", label = "{{name}}" }}
place = {{ id = "{{town}}", a = "Place", label = "{{town}}" }}
[[claims]]
say = ["person hasName {{name}}", "person basedIn place when {{since}}/"]
"""


def csv(rows: Sequence[Row], delimiter: str = ",") -> str:
    lines: list[Sequence[str]] = [FIELDS, *rows]
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in line] for line in lines]
    return "".join(delimiter.join(line) + "\n" for line in quoted)


def xml(rows: Sequence[Row]) -> str:
    texts = [[f"<{n}>{escape(v)}</{n}>\n" for n, v in one.items()] for one in as_json(rows)]
    people = "".join(f"<p>{''.join(one)}</p>" for one in texts)
    return f"<all>{people}</all>"


def as_json(rows: Sequence[Row]) -> list[dict[str, str]]:
    return [dict(zip(FIELDS, row, strict=True)) for row in rows]


def yaml(rows: Sequence[Row]) -> str:
    return "".join(
        f"- id: {r[0]}\n  name: {json.dumps(r[1])}\n  town: {r[2]}\n  since: {r[3]}\n" for r in rows
    )


def write(root: Path, form: str, rows: Sequence[Row]) -> None:
    """Write rows in a form."""
    name = f"people.{form}"
    texts = {
        "csv": lambda: csv(rows),
        "tsv": lambda: csv(rows, "\t"),
        "yml": lambda: yaml(rows),
        "json": lambda: json.dumps({"all": as_json(rows)}, indent=1),
        "jsonl": lambda: "".join(f"{json.dumps(one)}\n" for one in as_json(rows)),
        "xml": lambda: xml(rows),
    }
    if form in texts:
        put(root, name, texts[form]())
    elif form == "parquet":
        columns = dict(zip(FIELDS, map(list, zip(*rows, strict=True)), strict=True))
        pa.parquet.write_table(pa.table(columns), root / name)
    else:
        table: list[Sequence[str]] = [FIELDS, *rows]
        cells = [[f'<c t="inlineStr"><is><t>{escape(c)}</t></is></c>' for c in r] for r in table]
        workbook(root / name, "".join(f"<row>{''.join(row)}</row>" for row in cells))


ENTRIES = {"json": "all", "xml": "all/p"}


@pytest.mark.parametrize("form", ["csv", "tsv", "yml", "json", "jsonl", "xml", "parquet", "xlsx"])
def test_every_form_gives_the_same_claims_with_evidence_and_updates(
    tmp_path: Path, form: str
) -> None:
    entries = ENTRIES.get(form, "")
    top = f'entries = "{entries}"\n' if entries else ""
    root = make(tmp_path, mapping(f"people.{form}", top), {})
    options = Options(entries=entries)
    write(root, form, ROWS)
    run(root)
    told = {(one.subject, one.object, one.when) for one in live(root)}
    assert told == {(row[0], row[1], "") for row in ROWS} | {
        (row[0], row[2].lower(), f"{row[3]}/") for row in ROWS
    }
    assert check_evidence(root, options=options) == 6
    before, claims = output(root), live(root)
    assert run(root).mapped == 0 and output(root) == before
    write(root, form, [*reversed(OTHER), ("zoe", "Zoe", "Zville", "2009")])
    result = run(root, read="2026-01-02")
    assert result.counts == {"added": 4, "withdrawn": 2} and result.mapped == 2
    assert check_evidence(root, options=options) == 8
    for one in live(root).keys() & claims.keys():
        assert live(root)[one] == claims[one]
    assert {one.subject for one in withdrawn(root)} == {"bob"}


BOMB = b"a: &a [x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 110)
)
JSON = json.dumps(as_json(ROWS))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yml", b"- id: ann\n  name: [Ann\n", r"a.yml:\d: "),
        ("a.yml", b"- id: ann\n  id: bob\n", r"a.yml:2: .*twice"),
        ("a.yml", b"- {id: &a [*a]}\n", r"a.yml:1: "),
        ("a.yml", BOMB, r"a.yml:\d+: "),
        ("a.json", JSON[:-3].encode(), r"a.json:1: "),
        ("a.json", b'[{"id": "ann", "id": "bob"}]', r"a.json:1: .*twice"),
        ("a.json", b"[" * 100_000, r"a.json:1: "),
        ("a.json", b'[{"id": "\xff"}]', r"a.json.*UTF-8"),
        ("a.jsonl", b'{"id": "ann", "name": "A"}\n{"id"}\n', r"a.jsonl:2: "),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', r"a.xml:1: has a document type"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "http://x.test/">]><a>&b;</a>', r"a.xml:1: "),
        ("a.xml", b"<all><p></all>", r"a.xml:1: "),
        ("a.csv", b"id,name,town,since\nann,Ann\n", r"a.csv:2: row 2 has 2 cells"),
        ("a.csv", b"id,name,town,since\nann,A\0nn,,\n", r"a.csv:2: has a NUL"),
        ("a.csv", b"id,name,name,since\n", r"a.csv:1: the header has “name” twice"),
        ("a.csv", b'id,name,town,since\n"ann,x', r"a.csv:2: not CSV"),
        ("a.csv", "id,name,town,since\nann,Ännä,x,2001\n".encode("latin-1"), r"a.csv.*UTF-8"),
        ("a.csv", b"id,name,town,since\n" + b"x" * 3_000_000, r"a.csv:2: a line is longer"),
        ("a.csv", b"", r"a.csv:1: has no header"),
        ("a.parquet", b"PAR1xx", r"a.parquet: "),
        ("a.xlsx", b"PK\3\4", r"a.xlsx: "),
        ("a.txt", b"hello", r"a.txt: its suffix is none of"),
        ("a.csv.gz", b"\x1f\x8b", r"a.csv.gz: is "),
        ("a.csv", b"id,name,town,since\n,,x,\n", r"row 2: its key is empty"),
        ("a.jsonl", b'{"id": "a", "name": "A"}\n{"id": "a", "name": "B"}\n', r"line 2.*same key"),
        ("a.jsonl", b'{"id": ["a"], "name": "A"}\n', r"line 1.*its key is empty, or no text"),
        ("a.jsonl", b'{"id": "?!", "name": "A"}\n', r"“\?!” has no character that an IRI can have"),
        ("a.jsonl", b'{"id": "a", "name": "\\ud800", "town": "b"}\n', r"a.jsonl"),
        ("a.jsonl", b'{"id": "a", "name": "A", "town": "b", "since": "5/11/21"}\n',
         r"line 1, /since: “5/11/21” fits none of the forms"),
    ],
)  # fmt: skip
def test_a_broken_source_is_one_line_and_nothing_is_written(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    key = 'key = ["id"]\n'
    root = make(tmp_path, mapping("people.csv", key), {})
    write(root, "csv", ROWS)
    run(root)
    before = output(root)
    put(root, "imports/people.toml", mapping(name, key))
    put(root, name, content)
    done = command("-g", str(root), "import")
    assert (done.returncode, done.stdout) == (2, "")
    first, *more = done.stderr.strip().splitlines()
    assert first.startswith("allgraph: ") and "Traceback" not in done.stderr
    assert len(more) == first.endswith("The first ones:")
    assert re.search(message, done.stderr), done.stderr
    assert output(root) == before
    assert sorted(path.name for path in (root / "data/imported").iterdir()) == ["people.ttl"]


def test_too_few_records_are_refused(tmp_path: Path) -> None:
    root = make(tmp_path, mapping("people.csv", "count = [3, 4]\n"), {})
    write(root, "csv", ROWS)
    run(root)
    before = output(root)
    for rows in (ROWS[:2], [*ROWS, *OTHER[1:2], ("e", "E", "Eville", "2001")]):
        write(root, "csv", rows)
        with pytest.raises(
            InputError, match="count in the mapping allows 3 to 4; is the download complete"
        ):
            run(root)
    assert output(root) == before


def test_one_problem_of_a_hundred_records_is_told_and_left_out(tmp_path: Path) -> None:
    text = mapping("people.csv").replace("max-problems = 0\n", "")
    rows = [(f"p{n}", f"P {n}", "x", "2001") for n in range(100)]
    root = make(tmp_path, text, {})
    write(root, "csv", rows)
    run(root)
    write(root, "csv", [*rows[:7], ("p7", "P 7", "x", "31.2.2001"), *rows[8:]])
    result = run(root, read="2026-01-02")
    assert [str(problem) for problem in result.problems] == [
        "people.csv: row 9, column D “since”: “31.2.2001” fits none of the forms: EDTF"
    ]
    assert result.mapped == 1 and result.counts == {"withdrawn": 1}


def test_files_are_found_by_patterns_and_never_outside(tmp_path: Path) -> None:
    for name in ("a/x.yml", "b/x.yml", "b/y.yml", "c/x.yml", "b/d/x.yml"):
        put(tmp_path, name, "x")
    assert [*find_files(tmp_path, "{a,b}/*.yml")] == ["a/x.yml", "b/x.yml", "b/y.yml"]
    assert [*find_files(tmp_path, "**/x.yml")] == ["a/x.yml", "b/d/x.yml", "b/x.yml", "c/x.yml"]
    assert [*find_files(tmp_path, "{a,{b,c}}/[x].yml")] == ["a/x.yml", "b/x.yml", "c/x.yml"]
    for pattern in ("/etc/*", "../*", "a/../../*"):
        with pytest.raises(InputError, match="must be below the folder"):
            find_files(tmp_path, pattern)
    with pytest.raises(InputError, match="names no file"):
        find_files(tmp_path, "*.yml")
    with pytest.raises(InputError, match="there is no directory"):
        find_files(tmp_path / "z", "*.yml")


def test_the_digest_of_a_source_is_what_the_tools_of_the_shell_print(tmp_path: Path) -> None:
    names = ("b.txt", "a.txt", "c.txt")
    chance = random.Random(1)
    for name in names:
        put(tmp_path, name, chance.randbytes(100))
    digests = {name: digest_of(tmp_path / name, name) for name in names}
    shell = "sha256sum a.txt b.txt c.txt | sha256sum; sha256sum a.txt"
    told = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, check=True)
    whole, one = (line.split()[0] for line in told.stdout.decode().splitlines())
    assert digest_of_all(digests.items()) == whole
    assert digest_of_all([("a.txt", digests["a.txt"])]) == one == digests["a.txt"]


def test_the_commit_of_a_checkout_is_the_version_and_its_day_the_latest(tmp_path: Path) -> None:
    root = make(tmp_path / "graph", mapping("people.csv"), {})
    source = tmp_path / "source"
    source.mkdir()
    write(source, "csv", ROWS)
    git = ["git", "-C", str(source), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    env = {"GIT_COMMITTER_DATE": "2025-03-04T00:00:00Z", "PATH": "/usr/bin:/bin"}
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True, env=env)
    done = command("-g", str(root), "import", "--from", str(source), "--read", "2026-01-01")
    assert done.returncode == 0, done.stderr
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, check=True)
    text = output(root).decode()
    assert f'schema:version "{commit.stdout.decode().strip()}"' in text
    assert 'ag:latest "2025-03-04"' in text and 'ag:read "2026-01-01"' in text
    again = command("-g", str(root), "import", "--from", str(source))
    assert again.returncode == 0 and output(root).decode() == text
    assert Live("ann", "hasName", "Ann Lee") in live(root) and len(seen(root)) == 6
    assert BASE in text
