"""Deprecated terms in data and questions get a warning each, with places."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from allgraph.cli import cli
from allgraph.folder import open_folder
from allgraph.validation.report import Finding
from allgraph.validation.validate import Engine, validate
from tests.conftest import MakeFolder

ONTOLOGY = """
ag:oldTie owl:deprecated true ; dcterms:isReplacedBy ag:newTie ; rdfs:label "old" .
ag:OldKind owl:deprecated true ; dcterms:isReplacedBy ag:Person ; rdfs:label "old" .
ag:unused owl:deprecated true ; dcterms:isReplacedBy ag:oldTie .
ag:newTie a rdf:Property ; rdfs:label "new" .
"""
TIES = ("oldTie", "newTie", "founded")
DATA = """
id:a a ag:OldKind ; rdfs:label "a" ;
    ag:oldTie id:b, id:c ;
    ag:oldTie id:d .

id:b ag:oldTie id:a .
claim:s a ag:Claim ; ag:sensitive true ; rdf:predicate ag:oldTie .
"""
QUESTION = """# Who?
#
# $who  entity:OldKind|Person  The one.
#
# Example: who=id:a
SELECT ?claim WHERE {
  ?claim rdf:subject $who ; rdf:predicate ag:oldTie, ag:oldTie .
  ?claim ag:unused ?x
}
"""


def found(root: Path, *only: Path) -> list[Finding]:
    report = validate(open_folder(root), only)
    return [finding for finding in report.findings if finding.shape == "deprecated-term"]


def test_each_term_in_data_gets_a_warning_with_places(make_folder: MakeFolder) -> None:
    files = {"ontology/own.ttl": ONTOLOGY, "data/a.ttl": DATA, "data/b.nt": ""}
    ag, a = "https://w3id.org/allgraph/ns#", "<http://x.org/a>"
    files["data/b.nt"] = f"{a} {a} {a} .\n{a} {a} <{ag}oldTie> .\n"
    root = make_folder(files, prefixes=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        findings = found(root)
        assert {finding.severity for finding in findings} == {"Warning"}
        assert [(finding.place, finding.message) for finding in findings] == [
            (
                "data/a.ttl:3",
                "ag:OldKind is deprecated; use ag:Person (used once); "
                "replace it, or have `allgraph fmt` migrate it",
            ),
            (
                "data/a.ttl:4",
                "ag:oldTie is deprecated; use ag:newTie (used 5 times, also at data/a.ttl:4, "
                "data/a.ttl:5); replace it, or have `allgraph fmt` migrate it",
            ),
            (
                "data/a.ttl:8",
                "a sensitive claim has a deprecated term (used once); "
                "replace it, or have `allgraph fmt` migrate it",
            ),
        ]
        assert found(root, root / "data/b.nt") == []
        assert CliRunner().invoke(cli, ["fmt", "--migrate"]).exit_code == 0
        assert found(root) == []


def test_a_question_gets_a_warning_with_its_line(make_folder: MakeFolder) -> None:
    files = {"ontology/own.ttl": ONTOLOGY, "data/a.ttl": "", "queries/q.rq": QUESTION}
    files |= {"queries/profiles/p.rq": "# A.\nASK { ?s ag:oldTie 1 }", "queries/x.rq": "broken"}
    root = make_folder(files, prefixes=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        expected = [
            ("queries/profiles/p.rq:2", "ag:oldTie is deprecated; use ag:newTie"),
            ("queries/q.rq:3", "ag:OldKind is deprecated; use ag:Person"),
            ("queries/q.rq:7", "ag:oldTie is deprecated; use ag:newTie"),
            ("queries/q.rq:8", "ag:unused is deprecated; use ag:newTie"),
        ]
        to_do = "; replace it, or have `allgraph fmt` migrate it"
        assert [(finding.place, finding.message) for finding in found(root)] == [
            (place, advice + to_do) for place, advice in expected
        ]
        (root / "queries/x.rq").unlink()
        told = CliRunner().invoke(cli, ["test"]).stderr
        for place, advice in expected:
            assert f"allgraph: warning: {place}: {advice}\n" in told


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
def test_a_deprecated_predicate_may_be_claimed(make_folder: MakeFolder, engine: Engine) -> None:
    claims = "\n".join(f"claim:{name} a ag:Claim ; rdf:predicate ag:{name} ." for name in TIES)
    files = {"ontology/own.ttl": ONTOLOGY, "data/a.ttl": claims}
    report = validate(open_folder(make_folder(files, prefixes=True)), engine=engine)
    found = {
        finding.value for finding in report.findings if finding.shape == "unclaimable-predicate"
    }
    assert found == {"ag:newTie"}
