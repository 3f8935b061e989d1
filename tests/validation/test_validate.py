"""Validation: each mistake is found, at its line; reports follow their standards."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import rdflib
from pyoxigraph import Literal, Quad, Store, Triple
from rdflib import RDF, SH

import allgraph
from allgraph import Report
from allgraph.folder import Folder, builtin, init_folder, open_folder
from allgraph.model import sensitive, vocabulary
from allgraph.model.facts import Facts
from allgraph.validation.validate import Engine, validate
from tests.conftest import MakeFolder
from tests.support import mutations
from tests.support.schemas import SARIF, published
from tests.support.tools import share

SOURCE = builtin().root


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """A copy of the built-in graph, to break."""
    for name in ("data", "queries"):
        shutil.copytree(SOURCE / name, tmp_path / name)
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "Copy"\n')
    monkeypatch.chdir(tmp_path)
    yield open_folder(tmp_path)


# What is replaced by what, in which file, and where the finding belongs: at the replaced text
# ("here"), at the line after it ("after"), or at the statement around it ("statement").
MUTATIONS: dict[str, tuple[str, str, str, str, str]] = {
    "no subject": ("respect", r"\n    rdf:subject [^;]*;", "", "statement", "claim-subject"),
    "no predicate": ("respect", r"\n    rdf:predicate [^;]*;", "", "statement", "claim-predicate"),
    "no object": ("study", r"\n    rdf:object id:[^;]*;", "", "statement", "claim-object"),
    "no source": ("respect", r"\n        oa:hasSource [^;]*;", "", "statement", "evidence-source"),
    "no label": ("things", r"\n    rdfs:label \"[^\"]*\" ;", "", "statement", "label"),
    "no page": ("sources", r"\n    prov:specializationOf <[^>]*> ;", "", "statement", "source"),
    "two subjects": ("study", r"rdf:subject (id:[\w-]+)", r"rdf:subject id:sara-ziff, id:coco-rocha", "here", "claim-subject"),
    "impossible day": ("child-model-law", r"\"2013-06-12\"", '"2013-06-31"', "here", "date"),
    "month 13": ("child-model-law", r"\"2013-06-0[345]\"", '"2013-13-04"', "here", "date"),
    "reversed interval": ("office-holders", r"\"2005-01-01/20\d\d", '"2005-01-01/1999', "here", "date"),
    "no such notation": ("model-alliance", r"\"2012-02\"", '"February 2012"', "here", "date"),
    "later than its source": ("model-alliance", r"\"2012-02\"", '"2031-02"', "here", "date-after-source"),
    "bad currentAsOf": ("model-alliance", r"currentAsOf \"2018-05\"", 'currentAsOf "2018-5"', "here", ""),
    "typo in a class": ("respect", r" a ag:Claim ;", " a ag:Clam ;", "here", "undefined-term"),
    "typo in a predicate": ("respect", r"rdf:predicate ag:\w+", "rdf:predicate ag:singed", "here", "undefined-term"),
    "typo in a property": ("study", r"    ag:when ", "    ag:whn ", "here", "undefined-term"),
    "unknown rank": ("study", r"    ag:when ", "    ag:rank ag:Best ;\n    ag:when ", "here", ""),
    "unknown confidence": ("respect", r"ag:confidence ag:Medium", "ag:confidence ag:Sure", "here", ""),
    "unknown reading": ("study", r"ag:reading ag:AsStated", "ag:reading ag:Guessed", "here", ""),
    "dangling object": ("respect", r"rdf:object id:[\w-]+", "rdf:object id:no-such-thing", "here", "dangling-reference"),
    "dangling source": ("study", r"oa:hasSource source:[\w-]+", "oa:hasSource source:none", "here", ""),
    "wrong kind of object": ("model-alliance", r"ag:servedOn ;\n    rdf:object id:[\w-]+", "ag:servedOn ;\n    rdf:object id:sara-ziff", "after", "servedOn-object"),
    "wrong kind of subject": ("respect", r"rdf:subject id:[\w-]+ ;\n    rdf:predicate ag:signed ", "rdf:subject id:ny-2013-s5486 ;\n    rdf:predicate ag:signed ", "here", "signed-subject"),
    "text for a thing": ("respect", r"rdf:object id:respect-open-letter", 'rdf:object "the letter"', "here", ""),
    "not claimable": ("study", r"rdf:predicate ag:\w+", "rdf:predicate ag:note", "here", "unclaimable-predicate"),
    "selector ends before it begins": ("respect", r"oa:end \d+", "oa:end 3", "here", ""),
    "short digest": ("respect", r"ag:sha256 \"[0-9a-f]{64}", 'ag:sha256 "12ab', "here", ""),
    "a sentence as wording": ("child-model-law", r"ag:wording \"", 'ag:wording "' + "much too long " * 9, "here", ""),
    "in conflict with itself": ("model-alliance", r"conflictsWith claim:founding-2011", "conflictsWith claim:founding-2012-02", "here", ""),
    "claim outside claim/": ("study", r"\nclaim:(study-[\w-]+) a", r"\nid:\1 a", "after", ""),
    "earliest after latest": ("sources", r"ag:earliest \"20\d\d", 'ag:earliest "2099', "here", ""),
    "one identity twice": ("respect", r"(?s)\nclaim:(\w+)-signed-letter (.*?)\n    \] \.\n", r"\nclaim:\1-signed-letter \2\n    ] .\n\nclaim:zz-again \2\n    ] .\n", "again", "same-identity"),
    "a name twice": ("things", r"id:([\w-]+) a ag:Person ;\n    rdfs:label \"[^\"]*\"", r'id:\1 a ag:Person ;\n    rdfs:label "Sara Ziff"', "", "duplicate-name"),
    "a plain triple": ("things", r"\n    rdfs:label \"Karen Elson\"", '\n    ag:signed id:respect-open-letter ;\n    rdfs:label "Karen Elson"', "after", ""),
    "no full stop": ("study", r" \.\n\nclaim:study", "\n\nclaim:study", "syntax", "syntax"),
    "open string": ("respect", r"ag:note \"([^\"]*)\"", r'ag:note "\1', "here", "syntax"),
    "no such prefix": ("study", r"oa:hasSource", "oo:hasSource", "here", "syntax"),
}  # fmt: skip


def mutate(folder: Folder, name: str, seed: int) -> tuple[str, int]:
    """Make one mistake at a place drawn by the seed; its file and line."""
    file, pattern, replacement, where, _ = MUTATIONS[name]
    path = folder.root / "data" / f"{file}.ttl"
    text = path.read_text(encoding="utf-8")
    match = random.Random(f"{name} {seed}").choice(list(re.finditer(pattern, text)))
    new = match.expand(replacement)
    path.write_text(text[: match.start()] + new + text[match.end() :], encoding="utf-8")
    after = path.read_text(encoding="utf-8")
    place = match.start() + (len(new) - len(new.lstrip("\n")))
    if where == "again":
        place = after.index("claim:zz-again")
    line = after.count("\n", 0, place) + 1
    if where == "statement":
        lines = after.split("\n")
        line = next(n for n in range(line, 0, -1) if re.match(r"\w+:\S+ a ", lines[n - 1]))
    elif where in ("after", "syntax"):
        line += 1 if not new.startswith("\n") or where == "syntax" else 0
    if where == "syntax":
        line = after.count("\n", 0, after.index("claim:study", match.start())) + 1
    return f"data/{file}.ttl", line


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, share(4) + 1))
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mistake_is_found_at_its_line(folder: Folder, name: str, seed: int) -> None:
    file, line = mutate(folder, name, seed)
    report = validate(folder)
    rule = MUTATIONS[name][4]
    found = [(f.file, f.line, f.shape) for f in report.findings]
    assert any(rule in shape for _, _, shape in found), found
    if name != "a name twice":
        assert any(f == file and n == line and rule in shape for f, n, shape in found), (
            line,
            found,
        )


def test_the_copy_itself_is_sound(folder: Folder) -> None:
    assert validate(folder).findings == ()


def test_what_is_found_of_a_sensitive_claim_names_only_the_place(folder: Folder) -> None:
    path = folder.root / "data" / "model-alliance.ttl"
    text = path.read_text(encoding="utf-8")
    at = text.index("claim:ziff-account-at-14")
    block = text[at:].split("\n\n")[0]
    path.write_text(text.replace(block, block.replace("rdf:predicate ag:reportedExperience ;", "rdf:predicate ag:reportedExperience ;\n    ag:when \"2013-99\"^^<http://id.loc.gov/datatypes/edtf/EDTF> ;")))  # fmt: skip
    report = validate(folder)
    assert report.findings
    for format in ("text", "json", "turtle", "sarif"):
        written = report.write(format).decode()
        assert "data/model-alliance.ttl" in written
        for secret in ("ziff", "account", "2013-99", "reportedExperience", "photographer"):
            assert secret not in written, format


def broken(folder: Folder) -> Report:
    for name in ("month 13", "no label", "typo in a class", "selector ends before it begins"):
        mutate(folder, name, 1)
    (folder.root / "data" / "ünsafe name.ttl").write_text("broken")
    return validate(folder)


def test_only_some_files(folder: Folder) -> None:
    broken(folder)
    path = folder.root / "data" / "respect.ttl"
    report = validate(folder, [path])
    assert {f.file for f in report.findings} == {"data/respect.ttl"}
    outside = folder.root / "elsewhere.ttl"
    outside.write_text(
        "@prefix ag: <https://w3id.org/allgraph/ns#> .\n\n<https://w3id.org/allgraph/id/x> a ag:Person .\n"
    )
    findings = validate(folder, [outside]).findings
    assert {(f.file, f.line) for f in findings} == {("elsewhere.ttl", 3)}


def test_json(folder: Folder) -> None:
    report = json.loads(broken(folder).write("json"))
    assert set(report) == {"ok", "findings"} and report["ok"] is False
    keys = {"file", "line", "severity", "focus", "path", "value", "shape", "message", "record"}
    assert all(set(finding) == keys for finding in report["findings"])


def test_turtle_is_the_report_of_the_w3c(folder: Folder) -> None:
    report = broken(folder)
    graph = rdflib.Graph().parse(data=report.write("turtle"), format="turtle")
    (node,) = graph.subjects(RDF.type, SH.ValidationReport)
    results = list(graph.objects(node, SH.result))
    assert len(results) == sum(len(f.results) or 1 for f in report.findings) > 4
    assert not graph.value(node, SH.conforms).toPython()  # type: ignore[union-attr]
    for result in results:
        for name in ("focusNode", "resultSeverity", "sourceConstraintComponent"):
            assert len(list(graph.objects(result, SH[name]))) == 1, name
    sound = allgraph.validate(allgraph.open()).write("turtle")
    empty = rdflib.Graph().parse(data=sound, format="turtle")
    assert [value.toPython() for value in empty.objects(None, SH.conforms)] == [True]  # type: ignore[attr-defined]


def test_sarif_passes_the_published_schema(folder: Folder) -> None:
    validator = jsonschema.Draft7Validator(published(SARIF))
    report = broken(folder)
    document = json.loads(report.write("sarif"))
    assert not list(validator.iter_errors(document))
    assert not list(validator.iter_errors(json.loads(Report(()).write("sarif"))))
    (run,) = document["runs"]
    assert len(run["results"]) == len(report.findings)
    uris = {
        r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]
    }
    assert "data/%C3%BCnsafe%20name.ttl" in uris
    document["runs"][0]["results"][0]["level"] = "dreadful"
    assert list(validator.iter_errors(document))


def test_files_that_are_not_read_are_warnings(folder: Folder) -> None:
    unread = ["data/a.rdf", "data/b.TTL", "ontology/c.n3"]
    (folder.root / "ontology").mkdir()
    for name in (*unread, "data/README.md"):
        (folder.root / name).write_text("")
    report = validate(folder)
    assert report.ok
    findings = [(f.file, f.line, f.severity, f.shape) for f in report.findings]
    assert findings == [(name, None, "Warning", "unread-file") for name in unread]
    some = validate(folder, [Path("data/b.TTL")]).findings
    assert [(f.file, f.shape) for f in some] == [("data/b.TTL", "unread-file")]
    cut = validate(folder, max_findings=2)
    assert (len(cut.findings), cut.unseen) == (2, {"Warning": 1})


QUESTIONS: list[tuple[str | bytes, int | None, str]] = [
    ("# What?\nSELECT ?claim {\n  ?claim ?p }", 3, "not SPARQL here"),
    ("# What?\nSELECT ?claim {\n\n  ?claim no:such ?o }", 4, "“no:” is not declared"),
    ("# What?\n# $x  thing  Of whom.\nASK { ?s ?p $x }", 2, "is no type"),
    ("# What?\nASK { ?s ?p\n $x }", 3, "is not declared"),
    ("ASK {}", None, "must begin with a comment"),
    ("", None, "must begin with a comment"),
    ("# What?\n# \0\nASK {", 3, "needs a “}”"),
    ("# What?\nASK " + "{" * 5000 + "}" * 5000, 2, "nested more than 250 deep"),
    ("# What?\nASK { FILTER(" + "!" * 40_000 + "?x) }", None, "nested too deeply"),
    (b"# What?\n\n# \xff\nASK {}", 3, "not UTF-8"),
    ("# What?\nSELECT * {\n SERVICE <x:y> {} }", 3, "SERVICE"),
]


def test_broken_questions_and_profiles_are_findings_at_their_line(folder: Folder) -> None:
    expected = {}
    for number, (text, line, words) in enumerate(QUESTIONS):
        name = f"queries/{'profiles/' * (number % 2)}q{number}.rq"
        (folder.root / name).parent.mkdir(exist_ok=True)
        (folder.root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        expected[name] = (line, words)
    report = validate(folder)
    assert not report.ok and len(report.findings) == len(expected)
    for finding in report.findings:
        line, words = expected[finding.file]
        assert (finding.line, finding.shape) == (line, "syntax") and words in finding.message
    some = validate(folder, [Path("queries/q0.rq"), Path("queries/founders.rq")]).findings
    assert [finding.file for finding in some] == ["queries/q0.rq"]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "nested 10,000 deep": (b"<http://x/a> <http://x/b> " + b"[ <http://x/b> " * 10_000 + b"1" + b" ]" * 10_000 + b" .", ""),
    "a NUL": (b"<http://x/a> <http://x/b> \"\x00\" .\n\x00", "not Turtle"),
    "invalid UTF-8": (b"<http://x/a>\n <http://x/b> \"\xc3\x28\" .", "not UTF-8"),
    "200,000 prefixes": (b"".join(b"@prefix p%d: <http://x/%d/> .\n" % (n, n) for n in range(200_000)), ""),
    "a 50 MB literal": (b'<http://x/a> <http://x/b> "' + b"x" * 50_000_000 + b'" .', "longer than 16 MiB"),
    "a BOM and CRLF": (b"\xef\xbb\xbf<http://x/a>\r\n <http://x/b>\r\n 1 .\r\n", ""),
    "half a BOM": (b"\xef\xbb<http://x/a> <http://x/b> 1 .", "not UTF-8"),
    "UTF-16": ("<http://x/a> <http://x/b> 1 .".encode("utf-16"), "not UTF-8"),
    "RDF/XML": (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><rdf:RDF>&a;</rdf:RDF>', "not Turtle"),
    "JSON-LD": (b'{"@context": "http://127.0.0.1:9/context", "@id": "x"}', "not Turtle"),
    "an endless line": (b"<http://x/a> " * 200_000, "not Turtle"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_turtle_is_one_finding_or_none(tmp_path: Path, name: str) -> None:
    text, words = HOSTILE[name]
    (tmp_path / "allgraph.toml").write_text('format = 1\ntitle = "t"\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.ttl").write_bytes(text)
    (tmp_path / "data" / "b.ttl").write_text(
        "@prefix ag: <https://w3id.org/allgraph/ns#> .\n<https://w3id.org/allgraph/id/b> a ag:Person .\n"
    )
    report = validate(open_folder(tmp_path))
    of_a = [f for f in report.findings if f.file.endswith("a.ttl")]
    assert [f for f in report.findings if f.file.endswith("b.ttl")], "the other file is checked"
    assert bool(of_a) == bool(words)
    assert all(words in f.message and f.shape == "syntax" and f.line for f in of_a)


# ---- Sensitive claims

THINGS = """\
id:anna a ag:Person ; rdfs:label "Anna" .
id:benno a ag:Person ; rdfs:label "Benno" .
id:feast a ag:Event ; rdfs:label "Feast" .
claim:one a ag:Claim ; rdf:subject id:anna ; rdf:predicate ag:servedOn ; rdf:object id:benno ;
    ag:sensitive false ; ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ] .
"""
SECRET_CLAIM = """\
claim:{name} a ag:Claim ; rdf:subject {} ; rdf:predicate {} ; rdf:object {} ; ag:sensitive true ;
    {more} ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ] .
"""
OWN_SHAPES = """\
@prefix : <https://example.org/shapes#> .
:one sh:targetSubjectsOf ag:singed ; sh:class ag:Bill .
:other sh:targetObjectsOf ag:singed ; sh:class ag:Bill .
:third sh:targetSubjectsOf ag:singed ; sh:path rdfs:label ; sh:maxLength 1 .
:fourth sh:targetClass ag:Person ; sh:path ag:yielded ; sh:maxCount 0 .
"""
ROLE = 'ag:Guest a ag:Role ; rdfs:label "guest" ; ag:yields ag:yielded .\n'
SECRETS = {
    "a misspelt predicate": [("id:anna", "ag:singed", "id:benno")],
    "a class that is none": [("id:anna", "ag:signed", "ag:Nothing")],
    "a thing that is not described": [("id:anna", "ag:signed", "id:gone")],
    "the wrong kind of things": [("id:anna", "ag:signed", "id:benno")],
    "a text": [("id:anna", "ag:signed", '"x"')],
    "roles in an event": [("id:anna", "ag:tookPart", "id:feast"), ("id:benno", "ag:underwent", "id:feast")],
}  # fmt: skip


def test_the_message_of_a_house_rule_names_only_what_the_rule_looks_at() -> None:
    files = [*Path(allgraph.__file__).parent.glob("validation/house_rules/*.rq")]
    assert files
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        message = " ".join(line for line in lines if line.startswith("#"))
        query = "\n".join(line for line in lines if not line.startswith("#"))
        for name in re.findall(r"\b[a-z]+:[A-Za-z]\w*", message):
            assert name in query, file.name


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
@pytest.mark.parametrize("case", SECRETS)
def test_what_follows_from_a_sensitive_claim_alone_is_not_named(
    make_folder: MakeFolder, case: str, engine: Engine
) -> None:
    claims = "".join(
        SECRET_CLAIM.format(*parts, name=f"secret{number}", more="ag:role ag:Guest ;")
        for number, parts in enumerate(SECRETS[case])
    )
    files = {
        "data/a.ttl": THINGS + ROLE,
        "data/secret.ttl": claims,
        "ontology/shapes/own.ttl": OWN_SHAPES,
    }
    folder = open_folder(make_folder(files, prefixes=True))
    report = validate(folder, engine=engine)
    named = {(f.shape, f.focus, f.path, f.value, f.message) for f in report.findings if f.focus}
    (folder.root / "data" / "secret.ttl").unlink()
    without = validate(folder, engine=engine).findings
    assert named <= {(f.shape, f.focus, f.path, f.value, f.message) for f in without}
    hidden = [f for f in report.findings if f.message.startswith("a sensitive claim breaks")]
    assert any(f.file.endswith("data/secret.ttl") and f.line for f in hidden)


@pytest.mark.parametrize("seed", range(12))
def test_no_finding_names_what_only_sensitive_claims_say(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    triples = mutations.graph(chance)
    for _ in range(chance.randint(1, 4)):
        triples = mutations.mutated(triples, chance)
    claims = sorted({t.subject for t in triples if t.object == vocabulary.CLAIM}, key=str)
    flagged = chance.sample(claims, min(len(claims), 4))
    triples += [Triple(node, vocabulary.SENSITIVE, Literal(True)) for node in flagged]
    store = Store()
    store.extend(Quad(*triple) for triple in triples)
    facts = Facts.of(store.quads_for_pattern, [vocabulary.SENSITIVE])
    hidden = sensitive.withheld(store, sensitive.flagged_in(facts))
    public = [t for t in triples if hidden.isdisjoint((t.subject, t.predicate, t.object))]
    named = []
    for part in (triples, public):
        mutations.write(tmp_path, part)
        findings = validate(open_folder(tmp_path)).findings
        named.append({(f.shape, f.focus, f.path, f.value, f.message) for f in findings if f.focus})
    assert named[0] <= named[1]


# ---- Files without triples


@pytest.mark.parametrize("place", ["ontology/zz.ttl", "data/zz.ttl"])
@pytest.mark.parametrize("content", ["", "this is not turtle\n"])
def test_a_file_without_triples_changes_no_other_finding(
    tmp_path: Path, place: str, content: str
) -> None:
    folder = init_folder(tmp_path / "new", title="New", base="https://example.org/")
    assert validate(folder).findings == ()
    (folder.root / place).write_text(content)
    findings = validate(folder).findings
    assert [(f.shape, f.line) for f in findings] == ([("syntax", 1)] if content else [])


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
def test_sentences_of_predicates_and_roles_name_both_ends(
    make_folder: MakeFolder, engine: Engine
) -> None:
    terms = """
        id:p ag:sentence "{subject} saw" ; ag:inverseSentence "{object} saw {subject}" .
        id:r a ag:Role ; rdfs:label "r" ; ag:sentence "{subject} saw {object after sight of}" .
        id:K a owl:Class ; rdfs:subClassOf ag:Event ; rdfs:label "k" ; ag:sentence "{subject} fell" .
        id:L a owl:Class ; rdfs:subClassOf ag:Event ; rdfs:label "l" ; ag:sentence "it fell" .
    """
    folder = open_folder(make_folder({"data/a.ttl": terms}, prefixes=True))
    report = validate(folder, engine=engine)
    found = {
        re.split("[:/]", f.focus)[-1] for f in report.findings if "lacks {subject}" in f.message
    }
    assert found == {"p", "L"}


CURRENT = """
id:anna a ag:Person ; rdfs:label "Anna" .
id:club a ag:Body ; rdfs:label "Club" .
source:s a ag:Source ; rdfs:label "Register" ; ag:read "2026-11-20"^^edtf:EDTF .
claim:c a ag:Claim ; rdf:subject id:anna ; rdf:predicate {} ; rdf:object id:club ;
    ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:s ; {} ] .
"""


@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
@pytest.mark.parametrize(
    ("predicate", "present", "paths"),
    [
        ("ag:signed", "ag:current true", ["ag:current"]),
        ("ag:signed", 'ag:currentAsOf "2026-11"^^edtf:EDTF', ["ag:currentAsOf"]),
        ("ag:signed", "ag:current false", []),
        ("ag:servedOn", "ag:current true", []),
    ],
)
def test_only_what_goes_on_is_of_the_present(
    make_folder: MakeFolder, predicate: str, present: str, paths: list[str], engine: Engine
) -> None:
    files = {"data/a.ttl": CURRENT.format(predicate, present)}
    report = validate(open_folder(make_folder(files, prefixes=True)), engine=engine)
    found = [f for f in report.findings if f.shape == "current-event"]
    assert [f.path for f in found] == paths
    assert all(f.message.startswith(path) for f, path in zip(found, paths, strict=True))
