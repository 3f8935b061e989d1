"""The package as people get it: built, installed on its own, used far from the checkout."""

from __future__ import annotations

import re
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import examples
from allgraph.errors import DISTRIBUTION
from allgraph.folder import builtin, prepared
from tests.support.wheels import ROOT, call

pytestmark = pytest.mark.slow


def test_the_wheel_holds_the_graph_and_the_house_questions(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    folder = builtin()
    for path in (
        *folder.data_files(), *folder.ontology_files(), *folder.shape_files(),
        *(path for path in (folder.root / "queries").rglob("*") if path.is_file()),
    ):  # fmt: skip
        assert f"allgraph/builtin/{path.relative_to(folder.root).as_posix()}" in names
    package = ROOT / "src" / "allgraph"
    for path in (*package.rglob("*.rq"), *package.rglob("*.tsv")):
        assert f"allgraph/{path.relative_to(ROOT / 'src' / 'allgraph').as_posix()}" in names
    for name in ("site.css", "site.js", "icon.svg", "THIRD-PARTY.txt"):
        assert f"allgraph/site/static/{name}" in names
    templates = ROOT / "src" / "allgraph" / "site" / "templates"
    for path in filter(Path.is_file, templates.rglob("*")):
        assert f"allgraph/site/templates/{path.relative_to(templates).as_posix()}" in names
    assert {"allgraph/py.typed", f"allgraph/builtin/{prepared.NAME}"} <= names
    assert not [name for name in names if name.startswith(("tests", "bench", "docs", "web"))]


def test_the_wheel_is_ours(wheel: Path) -> None:
    """It has the name that docs and hints say, and its extras are extras of that name."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(path))
    assert metadata["Name"] == DISTRIBUTION
    assert {line.partition(",")[0] for line in metadata.get_all("Project-URL", [])} == {
        "Homepage", "Source", "Changelog", "Documentation",
    }  # fmt: skip
    needed = metadata.get_all("Requires-Dist", [])
    assert any(re.search("extra == .all", each) for each in needed)
    assert not [each for each in needed if each.startswith("allgraph")]  # extras of other packages


def test_the_page_on_installation_has_the_wheel_and_its_extras(wheel: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    assert {*re.findall(r"[\w./-]+\.whl", page)} == {f"./dist/{wheel.name}"}
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(path))
    extras = page.partition("| extra |")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| `(\w+)` \|", extras, re.MULTILINE)
    assert sorted(shown) == sorted(metadata.get_all("Provides-Extra", []))
    assert f"Python {str(metadata['Requires-Python']).removeprefix('>=')} or newer" in page


def test_no_line_installs_what_is_not_ours() -> None:
    others = re.compile(
        r"pip\s+install [^`#&\n]*(?<![\w/.-])allgraph(?![\w/.-])|(?<!/)allgraph\[[a-z]"
        r"|version\(.allgraph"
        r"|(?:pipx install|tool install|uv add|--from|--spec)[ =][\"']?allgraph(?![\w-])"
    )
    folders = ("src", "docs", "deploy", "tests", "bench", "web", "queries")
    files = [*ROOT.iterdir(), *(path for name in folders for path in (ROOT / name).rglob("*"))]
    texts = [p for p in files if p.is_file() and not {"node_modules", "__pycache__"} & {*p.parts}]
    assert len(texts) > 500
    found = {
        p.relative_to(ROOT): others.findall(p.read_bytes().decode(errors="replace")) for p in texts
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_a_newcomer_gets_a_graph_of_their_own_from_the_pages_words(venv: Path) -> None:
    page = ROOT / "docs" / "how-to" / "start-your-own-graph.md"
    assert "allgraph init" in page.read_text(encoding="utf-8")
    assert not list(examples.problems(page, venv / "bin"))


def test_the_man_page_is_installed(venv: Path) -> None:
    page = venv / "share" / "man" / "man1" / "allgraph.1"
    assert page.read_bytes() == (ROOT / "docs" / "reference" / "allgraph.1").read_bytes()


def test_the_wheel_works_alone(venv: Path, tmp_path: Path) -> None:
    allgraph = venv / "bin" / "allgraph"
    assert "all keep the rules" in call(allgraph, "tour", cwd=tmp_path)
    assert "0 failed" in call(allgraph, "test", cwd=tmp_path)
    where = "import allgraph; print(allgraph.__file__)"
    assert str(venv) in call(venv / "bin" / "python", "-c", where, cwd=tmp_path)
    is_prepared = "import allgraph; print(allgraph.open().derivation is None)"
    assert call(venv / "bin" / "python", "-c", is_prepared, cwd=tmp_path) == "True\n"
