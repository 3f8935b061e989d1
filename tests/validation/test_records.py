"""The records of sources that findings are about."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from allgraph.folder import open_folder
from allgraph.rdf.terms import ag
from allgraph.validation.report import Report
from allgraph.validation.validate import Engine, validate
from tests.conftest import BASE, MakeFolder
from tests.support import imported

FILE = "people/ada é.yml"
WRONG = {  # what makes a finding; the line of the record, or none if there is no record
    "a claim": ('claim:on-board ag:rank "high" .', FILE, 10),
    "evidence": (f'<{BASE}claim/named-ada#evidence> ag:confidence "x" .', FILE, 2),
    "a record": (f"<{imported.SOURCE}#record-ada> ag:firstLine 0 .", FILE, None),
    "a thing": ('id:act ag:nameInText "" .', "bills.xml", None),
    "a row": ('claim:signed ag:rank "high" .', "signatories.csv", 9),
    "something of no record": ('id:board ag:nameInText "" .', "", None),
}


def report_on(make_folder: MakeFolder, more: str, engine: Engine = "compiled") -> Report:
    files = {"data/a.ttl": imported.turtle(), "data/b.ttl": more}
    return validate(open_folder(make_folder(files, prefixes=True)), engine=engine)


def test_what_is_sound_has_no_findings(make_folder: MakeFolder) -> None:
    report = report_on(make_folder, "")
    assert [f for f in report.findings if f.is_violation] == []


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
@pytest.mark.parametrize("case", WRONG)
def test_a_finding_names_the_file_and_line_of_the_source(
    make_folder: MakeFolder, case: str, engine: Engine
) -> None:
    more, file, line = WRONG[case]
    before = {f.message for f in report_on(make_folder, "").findings}
    fresh = [f for f in report_on(make_folder, more, engine).findings if f.message not in before]
    assert fresh
    records = {f.record for f in fresh}
    if not file:
        assert records == {None}
        return
    (record,) = records
    assert record is not None and (record.source, record.file) == ("source:register", file)
    if line:
        assert record.line == line
        assert record.address.endswith(f"#L{line}")


def test_every_format_has_the_record(make_folder: MakeFolder) -> None:
    report = report_on(make_folder, 'claim:on-board ag:rank "high" .')
    address = imported.ADDRESSES["on-board"]
    assert f"data/b.ttl:2: violation (record: {FILE}, line 10)\n" in report.write("text").decode()
    found: dict[str, Any] = json.loads(report.write("json"))
    (finding,) = [f for f in found["findings"] if f["shape"] == "claim-rank"]
    assert finding["record"] == {
        "source": "source:register", "file": FILE, "line": 10, "address": address
    }  # fmt: skip
    (result,) = [
        r
        for r in json.loads(report.write("sarif"))["runs"][0]["results"]
        if r["ruleId"] == "claim-rank"
    ]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"] == {
        "artifactLocation": {"uri": address}, "region": {"startLine": 10}
    }  # fmt: skip
    triples = [*parse(report.write("turtle"), RdfFormat.TURTLE)]
    said = {q.predicate: q.object for q in triples if "record" in q.predicate.value}
    assert said.pop(ag("recordAddress")) == NamedNode(address)
    assert {p: o.value for p, o in said.items()} == {
        ag("recordFile"): FILE, ag("recordLine"): "10"
    }  # fmt: skip


def test_a_finding_about_a_sensitive_claim_names_no_record(make_folder: MakeFolder) -> None:
    report = report_on(make_folder, 'claim:secret ag:rank "high" .')
    (finding,) = [f for f in report.findings if f.shape == "claim-rank"]
    assert finding.record is None
    secret = imported.claim(
        "only", "id:board ag:describedAs 'x'", "record-row-8", "col=1", more="ag:sensitive true ; "
    )
    report = report_on(make_folder, f'id:board ag:nameInText "" . {secret}')
    assert {f.record for f in report.findings if f.focus == "id:board"} == {None}
