"""Type checkers accept what the pages show, and report what is misspelt or of a wrong type.

mypy is run with ``--strict``, as pyproject.toml has it, and pyright in its standard mode: in its
strict mode it also reports what pandas and networkx leave without a type.
"""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import which
from typing import Any

import pytest

import allgraph
import examples
from tests.test_house import modules

ROOT = Path(__file__).resolve().parents[2]
PYRIGHT = ROOT / "web" / "node_modules" / ".bin" / "pyright"
TYPES = """
from collections.abc import Sequence
from typing import assert_type

import allgraph
from allgraph import Answer, Between, Claim, Neighbourhood, Path, Query, Ranking, Row, Term

graph = allgraph.open()
answer = assert_type(graph.ask("founders", body="Model Alliance"), Answer)
for row in answer:
    assert_type(row, Row)
    assert_type(row["name"], Term | None)
    assert_type(row.text("name"), str)
found = allgraph.paths(graph, "Coco Rocha", "Karen Elson")
assert_type(found[0], Path)
assert_type(found[:2], tuple[Path, ...])
assert_type([path.claims for path in found], list[tuple[Claim, ...]])
assert_type(allgraph.between(graph, "Coco Rocha", "Karen Elson"), Between)
assert_type(allgraph.neighbourhood(graph, "Coco Rocha"), Neighbourhood)
assert_type(allgraph.rank(graph, by="pagerank"), Ranking)
assert_type(graph.queries["founders"], Query)
version: str = allgraph.__version__
"""
MISTAKES = """
import allgraph
graph = allgraph.open()
allgraph.opne()  # wrong
allgraph.open(foldr="clubs")  # wrong
allgraph.UnknwonName  # wrong
allgraph.claims(graph, abuot="Karen Elson")  # wrong
allgraph.claims(graph, about=3)  # wrong
allgraph.claims("Karen Elson")  # wrong
allgraph.claims(graph)[0].sentense  # wrong
allgraph.claims(graph)[0].evidence[0].titel  # wrong
allgraph.claims(graph)[0].sentence = "Another"  # wrong
allgraph.paths(graph, "a", "b", max_hops="4")  # wrong
allgraph.paths(graph, "a", "b")[0].calims  # wrong
allgraph.between(graph, "a", "b").sharde  # wrong
allgraph.neighbourhood(graph, "a").neighbors  # wrong
allgraph.rank(graph, by="degre")  # wrong
allgraph.timeline(graph).entires  # wrong
allgraph.as_of(graph, 2013)  # wrong
allgraph.as_of(graph, "2013-07-01").aks("founders")  # wrong
allgraph.validate(graph).findigns  # wrong
allgraph.export("graph.ttl", graph)  # wrong
answer = graph.ask("founders", body="Model Alliance")
answer.row  # wrong
answer.rows[0]["name"].value  # wrong
answer.rows[0].txet("name")  # wrong
for row in answer:
    number: int = row.text("name")  # wrong
graph.find("elson")[0].nmae  # wrong
graph.folder.tilte  # wrong
"""
WRONG = {n for n, line in enumerate(MISTAKES.splitlines(), 1) if line.endswith("# wrong")}


def examples_of(page: str, *, apart: bool) -> str:
    """The sessions of a page as a program, each line where the page has it.

    With `apart` each session is a function, so that names in one are not those in another.
    """
    lines = [""] * (page.count("\n") + 1)
    for block in examples.blocks(page):
        if (block.language, block.treatment) != ("python", "run"):
            continue
        for example in doctest.DocTestParser().get_examples(block.body):
            start = block.line + example.lineno
            sources = example.source.splitlines()
            lines[start : start + len(sources)] = [f"{' ' * apart}{line}" for line in sources]
        if apart and block.body.lstrip().startswith(">>>"):
            lines[block.line - 1] = f"def session_{block.line}() -> None:"
    return "\n".join(lines) + "\n"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with a program for each page that has examples, one of types, one of mistakes."""
    for page in examples.PAGES:
        program = examples_of(
            page.read_text(encoding="utf-8"), apart=page.parent.name == "reference"
        )
        if program.strip():
            name = re.sub(r"\W", "_", page.relative_to(ROOT).with_suffix("").as_posix())
            (tmp_path / f"{name}.py").write_text(program, encoding="utf-8")
    (tmp_path / "types_of_results.py").write_text(TYPES, encoding="utf-8")
    (tmp_path / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    assert {"README.py", "docs_how_to_use_from_python.py"} <= {p.name for p in tmp_path.iterdir()}
    return tmp_path


def check(reported: Mapping[tuple[str, int], str]) -> None:
    """Fail unless exactly the wrong lines are reported, each by its file and line."""
    others = [(place, words) for place, words in reported.items() if place[0] != "mistakes.py"]
    assert not others
    assert {line for name, line in reported if name == "mistakes.py"} == WRONG


def test_mypy_accepts_the_examples_and_reports_mistakes(programs: Path) -> None:
    paths = sorted(map(str, programs.glob("*.py")))
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", "--strict"]
    command += ["--no-error-summary", "--hide-error-context", "--no-pretty", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)
    assert done.returncode == 1, done.stderr + done.stdout
    found = re.findall(r"^(?:.*/)?([^/]+\.py):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    check({(name, int(line)): words for name, line, words in found})


def test_pyright_accepts_the_examples_and_reports_mistakes(programs: Path) -> None:
    if not PYRIGHT.exists() or which("node") is None:
        assert "CI" not in os.environ
        pytest.skip("pyright is not installed; web/check installs it")
    settings: dict[str, object] = {
        "typeCheckingMode": "standard",
        "extraPaths": [str(ROOT / "src")],
    }
    # a bare expression is how a session shows its value
    settings |= {"reportUnusedExpression": False, "reportMissingModuleSource": False}
    (programs / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = [str(PYRIGHT), "--project", str(programs), "--pythonpath", sys.executable]
    done = subprocess.run([*command, "--outputjson"], capture_output=True, check=False, text=True)
    findings = json.loads(done.stdout)["generalDiagnostics"]
    check(
        {
            (Path(one["file"]).name, one["range"]["start"]["line"] + 1): one["message"]
            for one in findings
        }
    )


INNER = {"Forest", "Kind", "Listing", "Mapping", "NamedThings", "Schemes"}
"""Classes of annotations that no caller has to name: parents, an enum, what inner methods take."""


def annotations_of(public: Any) -> Iterator[tuple[str, str]]:
    """The annotations of a function, or of the public members of a class, each with its module."""
    if inspect.isfunction(public):
        yield from ((public.__module__, str(each)) for each in public.__annotations__.values())
    for parent in inspect.getmro(public) if inspect.isclass(public) else ():
        if parent.__module__.startswith("allgraph."):
            own = inspect.get_annotations(parent)
            yield from ((parent.__module__, str(own[n])) for n in own if not n.startswith("_"))
            for name, member in vars(parent).items():
                member = getattr(member, "func", getattr(member, "fget", member))
                if not name.startswith("_") or name == "__init__":
                    yield from annotations_of(getattr(member, "__func__", member))


def test_each_class_of_a_public_annotation_is_public() -> None:
    homes = {
        f"allgraph.{module}": {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
        for module, tree in modules().items()
    }
    imported = {
        (f"allgraph.{module}", alias.asname or alias.name): (node.module, alias.name)
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = {
        imported.get((module, word), (module, word))
        for name in allgraph.__all__
        for module, text in annotations_of(getattr(allgraph, name))
        for word in re.findall(r"\w+", text)
    }
    classes = {name for module, name in found if name in homes.get(str(module), ())}
    assert {name for name in classes - INNER if not hasattr(allgraph, name)} == set()
    assert {"Claim", "Parameter", "Reason", "Row", "Shared", "Withdrawal"} <= classes


def test_each_late_name_is_imported_for_type_checkers_too() -> None:
    tree = ast.parse((ROOT / "src/allgraph/__init__.py").read_text(encoding="utf-8"))
    (block,) = (n for n in tree.body if isinstance(n, ast.If) and isinstance(n.test, ast.Name))
    typed = {
        alias.asname or alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    late = {name: f"allgraph.{module}" for name, module in allgraph._MODULES.items()}
    assert typed == late
    assert all(getattr(allgraph, name) for name in {*late, *allgraph.__all__})


def test_each_error_is_public() -> None:
    errors = {name for name, one in vars(allgraph.errors).items() if inspect.isclass(one)}
    assert {name for name in errors if issubclass(getattr(allgraph.errors, name), Exception)} <= {
        *allgraph.__all__
    }
