"""Both engines of validation find the same: on broken examples, mistakes and random graphs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from allgraph import AllgraphError, Report
from allgraph.folder import builtin, open_folder
from allgraph.validation.changed import changes
from allgraph.validation.validate import Engine, validate
from tests.conftest import BASE, PREFIXES
from tests.support import mutations
from tests.support.tools import share, tenth

BROKEN = Path(__file__).parents[1] / "broken"


def folder_with(place: Path, files: dict[str, str], manifest: str = "") -> Path:
    (place / "data").mkdir(parents=True, exist_ok=True)
    (place / "allgraph.toml").write_text(f'format = 1\ntitle = "Small"\n{manifest}')
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def same(place: Path) -> Report:
    """The report on a folder, which is the same by both engines."""
    compiled, expected = (mutations.findings(place, engine) for engine in ("compiled", "pyshacl"))
    assert compiled == expected
    return validate(open_folder(place))


def test_all_broken_examples_together(tmp_path: Path) -> None:
    place = folder_with(tmp_path, {}, 'base = "https://example.org/"\n')
    for path in BROKEN.glob("*.ttl"):
        shutil.copy(path, place / "data")
    report = same(place)
    assert {"selector-start", "BillShape", "CountExceededShape"} <= {
        f.shape for f in report.findings
    }
    assert all(f.line for f in report.findings if f.file.endswith("selector-start.ttl"))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_broken_examples_one_by_one(tmp_path: Path, part: int) -> None:
    place = folder_with(tmp_path, {}, 'base = "https://example.org/"\n')
    shutil.copy(BROKEN / "sound.ttl", place / "data")
    examples = sorted(path for path in BROKEN.glob("*.ttl") if path.stem != "sound")
    for path in tenth(examples)[part::4]:
        shutil.copy(path, place / "data" / "broken.ttl")
        assert same(place).findings, path.stem


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(4))
def test_mutations(tmp_path: Path, tenth: int) -> None:
    fired = sum(mutations.compare(tmp_path, seed).total() for seed in range(tenth, share(100), 4))
    assert fired > 25


def test_a_value_is_told_as_it_is_stated(tmp_path: Path) -> None:
    """The engine has "5"^^xsd:int and "05" as 5; both are literals that cannot be claimed."""
    claims = "".join(
        f"claim:{n} a ag:Claim ; rdf:subject id:a ; rdf:predicate {value} ; rdf:object id:b .\n"
        for n, value in enumerate(('"5"^^xsd:int', "05", "5", "1.50"))
    )
    files = {"data/a.ttl": PREFIXES + claims}
    report = same(folder_with(tmp_path, files, f'base = "{BASE}"\n'))
    found = [f for f in report.findings if f.shape == "unclaimable-predicate"]
    assert [f.value for f in found] == ["5", "05", "5", "1.50"]
    assert not any(f.shape == "claim-predicate" for f in report.findings)


def test_an_ontology_is_a_defined_term_without_a_label(tmp_path: Path) -> None:
    own = (
        "<https://example.org/own/> a owl:Ontology ; "
        'vann:preferredNamespaceUri "https://example.org/own/" .\n'
        "<https://example.org/own/a> rdfs:isDefinedBy <https://example.org/own/> , "
        "<https://example.org/own/b> .\n"
    )
    spaces = "@prefix vann: <http://purl.org/vocab/vann/> .\n"
    files = {"ontology/own.ttl": PREFIXES + spaces + own}
    report = same(folder_with(tmp_path, files, f'base = "{BASE}"\n'))
    undefined = [f.value for f in report.findings if f.shape == "undefined-term"]
    assert undefined == ["https://example.org/own/b"]


def test_no_findings_in_what_is_right() -> None:
    engines: tuple[Engine, ...] = ("compiled", "pyshacl")
    assert [validate(builtin(), engine=each).findings for each in engines] == [(), ()]


# ---- What is not compiled, and what has no message


OWN_SHAPES = """
@prefix : <https://w3id.org/allgraph/shapes#> .
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:asked a sh:NodeShape ; sh:targetClass ag:Person ; %s .
"""
PERSON = """
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix id: <https://w3id.org/allgraph/id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

id:a a ag:Person ;
    rdfs:label "A" .
"""


def test_a_shape_that_is_not_compiled_is_left_to_pyshacl(tmp_path: Path) -> None:
    asked = "sh:property [ sh:path rdfs:label ; sh:qualifiedValueShape [ sh:minLength 3 ] ; sh:qualifiedMinCount 1 ]"  # noqa: E501
    files = {"ontology/shapes/own.ttl": OWN_SHAPES % asked, "data/a.ttl": PERSON}
    report = same(folder_with(tmp_path, files))
    assert any(f.shape == "shape" and f.line == 7 for f in report.findings), report.findings
    (note,) = report.notes
    assert note.startswith("asked uses sh:qualified")
    assert note.endswith("which only pySHACL checks; this takes longer")
    assert note in report.write("text").decode() and note in report.write("json").decode()


@pytest.mark.parametrize(
    "asked",
    [
        "sh:closed true ; sh:ignoredProperties ( ag:thing )",
        "sh:pattern 'zzz'",
        "sh:not [ sh:class ag:Agent ]",
        "sh:node [ sh:property [ sh:path rdfs:label ; sh:maxCount 0 ] ]",
        "sh:sparql [ sh:select 'SELECT $this ?value WHERE { $this ?p ?value }' ]",
    ],
)
def test_a_shape_without_a_message_says_what_it_is(tmp_path: Path, asked: str) -> None:
    files = {"ontology/shapes/own.ttl": OWN_SHAPES % asked, "data/a.ttl": PERSON}
    found = [f for f in same(folder_with(tmp_path, files)).findings if f.shape == "asked"]
    assert found and all("give the shape a sh:message" in f.message for f in found)


def test_what_only_pyshacl_refuses_is_one_line(tmp_path: Path) -> None:
    validator = "sh:parameter [ sh:path ag:x ] ; sh:validator [ a sh:SPARQLAskValidator ]"
    asked = f"ag:x 1 . :c a sh:ConstraintComponent ; {validator}"
    files = {"ontology/shapes/own.ttl": OWN_SHAPES % asked, "data/a.ttl": PERSON}
    with pytest.raises(AllgraphError, match=r"the shapes cannot be used: .*sh:ask") as error:
        validate(open_folder(folder_with(tmp_path, files)))
    assert error.value.exit_code == 2 and "\n" not in str(error.value)


# ---- Many findings


def test_more_findings_than_the_limit_are_counted(tmp_path: Path) -> None:
    people = "".join(f"id:p{n} a ag:Person ; rdfs:label ' {n}' .\n" for n in range(50))
    head = PERSON.partition("\n\n")[0]
    folder = open_folder(folder_with(tmp_path, {"data/a.ttl": f"{head}\n{people}"}))
    whole = validate(folder)
    report = validate(folder, max_findings=3)
    assert len(report.findings) == 3 and not report.ok
    assert {f.severity for f in report.findings} == {"Violation"}
    assert sum(report.unseen.values()) == len(whole.findings) - 3
    assert "more findings are not shown" in report.write("text").decode()
    assert not validate(folder, max_findings=1, only=[folder.root / "data" / "b.ttl"]).unseen
    warned = Report((), unseen={"Warning": 2})
    assert warned.ok and "2 warnings" in warned.write("text").decode()
    assert not Report((), unseen={"Violation": 1}).ok


# ---- What changed


def test_of_what_changed_all_is_found_that_is_new(tmp_path: Path) -> None:
    fired = sum(mutations.compare_changed(tmp_path, seed).total() for seed in range(12))
    assert fired > 10


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_of_what_changed_all_is_found_in_many_graphs(tmp_path: Path, part: int) -> None:
    for seed in (
        *range(100 + part, 100 + share(60), 2),
        351,
    ):
        mutations.compare_changed(tmp_path, seed)


def in_git(place: Path) -> Path:
    mutations.git(place, "init", "-q")
    mutations.git(place, "add", "-A")
    mutations.git(place, "commit", "-q", "-m", "one")
    return place


def test_what_did_not_change_is_not_reported(tmp_path: Path) -> None:
    place = in_git(folder_with(tmp_path, {"data/a.ttl": PERSON, "data/b.ttl": PERSON}))
    folder = open_folder(place)
    assert validate(folder).findings and not validate(folder, changed="HEAD").findings
    other = PERSON.replace("id:a", "id:other")
    (place / "data" / "c.ttl").write_text(other)
    assert {f.focus for f in validate(folder, changed="HEAD").findings} == {"id:other"}
    (place / "data" / "c.ttl").write_text(other.replace(" .", ""))
    assert {f.shape for f in validate(folder, changed="HEAD").findings} == {"syntax"}


def test_a_second_blank_node_of_equal_content_is_a_change(tmp_path: Path) -> None:
    own = OWN_SHAPES % "sh:property [ sh:path rdfs:seeAlso ; sh:maxCount 1 ]"
    about = f"{PERSON}\nid:a rdfs:seeAlso [ rdfs:label 'x' ]"
    files = {"data/a.ttl": f"{about} .", "ontology/shapes/own.ttl": own}
    place = in_git(folder_with(tmp_path, files))
    (place / "data" / "a.ttl").write_text(f"{about}, [ rdfs:label 'x' ] .")
    folder = open_folder(place)
    found = validate(folder, changed="HEAD").findings
    assert found == validate(folder).findings
    assert "http://www.w3.org/ns/shacl#MaxCountConstraintComponent" in {f.component for f in found}


def test_a_file_that_went_is_a_change(tmp_path: Path) -> None:
    about = f"{PERSON}\nid:a rdfs:seeAlso id:b .\n"
    other = PERSON.replace("id:a", "id:b")
    place = in_git(folder_with(tmp_path, {"data/a.ttl": about, "data/b.ttl": other}))
    (place / "data" / "b.ttl").unlink()
    found = validate(open_folder(place), changed="HEAD").findings
    assert [(f.shape, f.focus) for f in found] == [("dangling-reference", "id:a")]


def test_after_a_change_of_shapes_everything_is_checked(tmp_path: Path) -> None:
    place = in_git(folder_with(tmp_path, {"data/a.ttl": PERSON}))
    own = place / "ontology" / "shapes" / "own.ttl"
    own.parent.mkdir(parents=True)
    own.write_text(OWN_SHAPES % "sh:pattern 'zzz'")
    found = validate(open_folder(place), changed="HEAD").findings
    assert found == validate(open_folder(place)).findings
    assert "asked" in {f.shape for f in found}


def test_a_change_in_what_a_folder_extends_is_one_beyond_its_data(tmp_path: Path) -> None:
    files = {"data/a.ttl": PERSON, "ontology/own.ttl": ""}
    parent, other = (folder_with(tmp_path / name, files) for name in ("parent", "other"))
    place = folder_with(tmp_path / "own", {"data/a.ttl": PERSON}, 'extends = "../parent"\n')
    in_git(tmp_path)

    def is_beyond_data() -> bool:
        return changes(open_folder(place), "HEAD").beyond_data

    (parent / "data" / "a.ttl").write_text("")  # which is not inherited
    assert not is_beyond_data()
    (parent / "ontology" / "own.ttl").write_text("# changed")
    assert is_beyond_data()
    in_git(other)
    folder_with(place, {}, 'extends = "../other"\n')
    mutations.git(tmp_path, "commit", "-q", "-a", "-m", "two")
    assert is_beyond_data()  # for it is in another repository


def test_errors_of_changes_say_what_is_wrong(tmp_path: Path) -> None:
    place = folder_with(tmp_path, {"data/a.ttl": PERSON})
    with pytest.raises(AllgraphError, match="not a git repository"):
        validate(open_folder(place), changed="HEAD")
    in_git(place)
    for name in ("nowhere", "--output=x", ""):
        with pytest.raises(AllgraphError, match="git knows no revision"):
            validate(open_folder(place), changed=name)
    with pytest.raises(AllgraphError, match="compiled"):
        validate(open_folder(place), engine="pyshacl", changed="HEAD")


def test_blank_nodes_of_one_claim_are_right_and_shared_ones_are_not(tmp_path: Path) -> None:
    """Loading gives an IRI to the first only."""
    claim = "claim:%s a ag:Claim ; rdf:subject id:a ; rdf:predicate ag:note ; "
    data = (
        claim % "one" + "rdf:object [ rdfs:label 'x' ] ; ag:evidence [ rdfs:label 'x' ] .\n"
        f"{claim % 'two'} rdf:object _:o ; ag:evidence _:e .\n"
        f"{claim % 'three'} rdf:object _:o ; ag:evidence _:e .\n"
    )
    place = folder_with(tmp_path, {"data/a.ttl": PREFIXES + data}, f'base = "{BASE}"\n')
    found = [
        (f.shape, f.focus)
        for f in validate(open_folder(place)).findings
        if f.shape in ("claim-object", "claim-has-evidence")
    ]
    shapes = ("claim-has-evidence", "claim-object")
    assert sorted(found) == [(s, f"claim:{name}") for s in shapes for name in ("three", "two")]
