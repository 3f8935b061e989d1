"""Numbers of rows without an identifier: they stay, and nothing of a row without consent does."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from allgraph.errors import LoadError
from allgraph.imports.ledger import Ledger
from tests.support.commands import run as command
from tests.support.importing import (
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

MAPPING = f"""records = "signers.csv"
ids = "ledger"
key = ["When"]
max-problems = 1.0
{HEAD}
[where]
"May we say so?" = ["Yes"]
[things]
signer = {{ id = "signer-{{#}}", a = "Person", label = "{{Name}}", same = ["Name", "Town"] }}
[[claims]]
say = ["signer hasName {{Name}}", "signer hasOccupation {{Job}}"]
[[claims]]
sensitive = true
say = "signer memberOf town"
"""
MAPPING = MAPPING.replace("[[claims]]", "[[claims]]", 1).replace(
    "[things]\n", '[things]\ntown = { id = "{Town}", a = "Organization", label = "{Town}" }\n'
)
TABLE = """When,Name,Town,Job,May we say so?
9:00,Ann Lee,Aville,Model,Yes
9:01,Bob Ray,Bville,Agent,No
9:02,Cid Fox,Cville,Model,Yes
9:03,ann  lee,Aville,Model and author,Yes
"""


def everything(root: Path) -> str:
    """All that an import wrote."""
    ledger = root / "imports/people.ids.csv"
    return output(root).decode() + (ledger.read_text() if ledger.exists() else "")


def ledger_lines(root: Path) -> list[str]:
    return (root / "imports/people.ids.csv").read_text().splitlines()


def test_a_row_without_consent_leaves_no_trace(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    result = run(root)
    assert (result.left_out, result.mapped) == (1, 3) and check_evidence(root)
    text = everything(root)
    without = make(tmp_path / "b", MAPPING, {"signers.csv": TABLE.replace("Bob Ray,Bville", ",")})
    run(without)
    digests = [one.split('"')[1] for one in (text + everything(without)).splitlines()
               if one.startswith("    ag:sha256")]  # fmt: skip
    for word in ("Bob", "Bville", "9:01", "row=3", *map(_sha, ("Bob Ray", "Bville", "9:01"))):
        assert word not in text and word[:24] not in text
    assert ledger_lines(root) == ledger_lines(without) and digests


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_ledger_has_only_numbers_and_digests_and_records_have_only_numbers(
    tmp_path: Path,
) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    head, *lines = ledger_lines(root)
    assert head == "number,key"
    assert all(len(key) == 24 and int(key, 16) for _, key in (line.split(",") for line in lines))
    records = {claim.record_iri.rpartition("-")[2] for claim in seen(root).values()}
    assert all(number.isdecimal() for number in records)
    people = {one.subject for one in live(root)}
    assert len(people) == 2 and all(name.startswith("signer-") for name in people)


def test_rows_that_are_one_thing_by_some_columns_are(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    [ann] = {one.subject for one in live(root) if one.object == "Ann Lee"}
    assert Live(ann, "hasOccupation", "Model and author") in live(root)
    before = live(root)
    head, *rows = TABLE.splitlines(keepends=True)
    put(root, "signers.csv", head + "".join(sorted(rows, reverse=True)))
    ledger = ledger_lines(root)
    assert not run(root, read="2026-01-02").counts.keys() - {"moved"}
    assert live(root) == before and ledger_lines(root) == ledger


def test_consent_that_is_taken_back_leaves_nothing_and_withdraws_nothing(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    numbers = {line.partition(",")[0] for line in ledger_lines(root)}
    put(root, "signers.csv", TABLE.replace("Cid Fox,Cville,Model", "Cid Fox,Cville,Agent"))
    run(root, read="2026-01-02")
    assert [one.object for one in withdrawn(root)] == ["Model"]
    taken_back = TABLE.replace("Cid Fox,Cville,Model,Yes", "Cid Fox,Cville,Model,No")
    put(root, "signers.csv", taken_back)
    result = run(root, read="2026-01-03")
    assert result.counts == {"no longer mapped": 3} and not withdrawn(root)
    text = everything(root)
    for word in ("Cid", "Cville", "cville", "9:02", *map(_sha, ("Cid Fox", "Cville", "Agent"))):
        assert word not in text and word[:24] not in text
    fresh = make(tmp_path / "b", MAPPING, {"signers.csv": taken_back})
    run(fresh)
    keys = {line.partition(",")[2] for line in ledger_lines(root)}
    assert keys == {line.partition(",")[2] for line in ledger_lines(fresh)} | {""}
    put(root, "signers.csv", taken_back + "9:09,Dan Oak,Dville,Model,Yes\n")
    run(root, read="2026-01-04")  # and nobody gets a number that somebody had
    new = {line.partition(",")[0] for line in ledger_lines(root)} - numbers
    [dan] = {one.subject for one in live(root) if one.object == "Dan Oak"}
    assert dan.removeprefix("signer-") in new


def test_consent_is_taken_back_for_a_row_that_is_gone_and_came_back(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    put(root, "signers.csv", TABLE.replace("9:02,Cid Fox,Cville,Model,Yes\n", ""))
    run(root, read="2026-01-02")
    assert len(withdrawn(root)) == 3
    put(root, "signers.csv", TABLE.replace("Cville,Model,Yes", "Cville,Model,No"))
    run(root, read="2026-01-03")
    assert not withdrawn(root) and "Cid" not in everything(root)


def test_what_is_sensitive_has_no_digest(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    for claim in seen(root).values():
        assert ("sha256" in claim.evidence) is (claim.says.predicate != "memberOf")
    assert _sha("Aville") not in output(root).decode()


@pytest.mark.parametrize(
    ("text", "line"),
    [("number,key\nx,y\n", 2), ("number,key\n1,a\n2,a\n", 3), ("number,key\n1\n", 2)],
)
def test_a_broken_ledger_is_an_error_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(LoadError, match=rf"a.csv:{line}: .*key that no other row has"):
        Ledger(path, "a.csv")


def test_numbers_without_a_key_are_not_given_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("number,key\n7,\n")
    ledger = Ledger(path, "a.csv")
    assert ledger.leave("x") == "" and ledger.changed() is None
    assert ledger.number("x") == "8" == ledger.number("x")
    content = ledger.changed()
    assert content and content.decode().splitlines() == ["number,key", "7,", f"8,{_sha('x')[:24]}"]


def test_what_is_left_is_valid(tmp_path: Path) -> None:
    root = make(tmp_path, MAPPING, {"signers.csv": TABLE})
    run(root)
    put(root, "signers.csv", TABLE.replace("Cid Fox,Cville,Model", "Cid Fox,Cville,Agent"))
    run(root, read="2026-01-02")
    done = command("-g", str(root), "validate")
    assert done.returncode == 0 and "violation" not in done.stdout, done.stdout
