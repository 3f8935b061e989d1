"""The house: every module is in a room, and a room imports only from rooms below it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import allgraph

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "allgraph"
ROOMS = (
    ("errors",),
    ("render", "sandbox", "sorting", "writing"),
    ("rdf",),
    ("model", "selectors"),
    ("sparql", "folder"),
    ("graph",),
    ("exports", "validation", "changes"),
    ("network", "linkeddata", "imports"),
    ("drawings", "evidence"),
    ("site",),
    ("server",),
    ("cli",),
    ("__init__", "__main__", "chronology", "pictures"),
)
"""The ground first. A room imports from earlier rows, or from itself."""
ROW = {room: row for row, rooms in enumerate(ROOMS, 1) for room in rooms}
HOMES = {
    "SPARQLWrapper": {"sparql"},
    "click": {"cli"},
    "httptools": {"server"},
    "jinja2": {"site"},
    "networkx": {"exports", "network"},
    "numpy": {"drawings", "folder", "model", "network", "validation"},
    "oxrdflib": {"exports"},
    "pandas": {"sparql"},
    "polars": {"sparql"},
    "pyarrow": {"exports", "selectors", "sparql"},
    "pyshacl": {"validation"},
    "python_calamine": {"selectors"},
    "resvg_py": {"render"},
    "rdflib": {"exports", "graph", "rdf", "validation"},
    "sqlite3": {"exports"},
    "xlsxwriter": {"exports"},
    "yaml": {"selectors"},
}
"""The rooms that a heavy library may be imported in."""
LATE = HOMES.keys() - {"click", "httptools", "numpy"} | {
    "allgraph.exports.rdflib_store",  # a subclass of oxrdflib's, which it imports at once
    "importlib.metadata",
    "json",
    "multiprocessing",
}
"""What is imported where it is used, so that a command starts quickly."""
SPEAKS = {"server.run", "server.workers.worker"}
"""Modules below the command line that print, exit or read the environment."""
KINDS = {"broken", "browser", "contract", "long", "oracle", "records", "support"}
"""Folders of tests that are no rooms."""
MOST = 20  # modules in a folder, beside its __init__


@cache
def paths() -> Mapping[str, Path]:
    """The files of all modules by their names, such as ``graph.claims``."""
    named = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)
        named[name] = path
    return named


@cache
def syntax(name: str) -> ast.Module:
    """The syntax tree of a module, which is not read before a test needs it."""
    return ast.parse(paths()[name].read_text(encoding="utf-8"))


def modules() -> Mapping[str, ast.Module]:
    """The syntax trees of all modules by their names."""
    return {name: syntax(name) for name in paths()}


def imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The modules that a module imports, and whether it does so at once.

    Those for types alone and those inside functions are among them.
    """
    later = {
        part
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in later) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            top, _, rest = node.module.partition(".")
            for alias in node.names:
                whole = f"{rest}.{alias.name}".removeprefix(".")
                ours = f"allgraph.{whole if whole in paths() else rest or '__init__'}"
                yield ours if top == "allgraph" else node.module, node not in later


def faults(name: str, tree: ast.Module) -> Iterator[str]:
    """What a module does that the house does not allow."""
    room = name.partition(".")[0]
    for imported, at_once in imports(tree):
        top, _, other = imported.partition(".")
        if top == "allgraph":
            below = other.partition(".")[0]
            if below != room and ROW[below] >= ROW[room]:
                yield f"{name} imports {other}, which is not below it"
        elif room not in HOMES.get(top, {room}):
            yield f"{name} imports {top}, whose home is {HOMES[top]}"
        is_server = room == "server" and imported == "json"  # which it always needs
        is_late = f"allgraph.{name}" in LATE
        if at_once and not (is_server or is_late) and {top, imported} & LATE:
            yield f"{name} imports {imported} at once"
    for node in ast.walk(tree):
        text = ast.unparse(node) if isinstance(node, (ast.Call, ast.Attribute)) else ""
        if room not in ("cli", "__main__") and name not in SPEAKS:
            if text.startswith(("print(", "sys.exit(")) or text == "os.environ":
                yield f"{name} has {text[:40]}"
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        ):
            yield f"{name} catches everything"
    for node in tree.body:
        value = getattr(node, "value", None)
        if isinstance(value, ast.Call) and ast.unparse(value.func) in ("Store", "open_graph"):
            yield f"{name} holds a store"


def circle(trees: Mapping[str, ast.Module]) -> str:
    """Modules that import each other in a circle, with arrows between them; ``""`` if none do."""
    graph = {
        name: {other.removeprefix("allgraph.") for other, _ in imports(tree) if "allgraph" in other}
        for name, tree in trees.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(error.args[1])
    return ""


def verbs(rooms: Iterable[str]) -> set[str]:
    """The rooms that are named like a function of the package, which importing them would hide."""
    return {*rooms} & {*allgraph.__all__}


@pytest.mark.parametrize("name", paths())
def test_every_module_keeps_the_rules_of_the_house(name: str) -> None:
    assert name.partition(".")[0] in ROW, "give it a room in ROOMS and CONTRIBUTING.md"
    assert not list(faults(name, syntax(name)))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("graph.claims", "from allgraph.cli import main", "not below"),
        ("sparql.answer", "from allgraph.folder import Folder", "not below"),
        ("graph.graph", "from allgraph import claims", "not below"),
        ("rdf.terms", "def f():\n    from allgraph.model.edtf import parse", "not below"),
        ("graph.graph", "def f():\n    import pyshacl", "whose home"),
        ("validation.validate", "import pyshacl", "at once"),
        ("exports.export", "from allgraph.exports import rdflib_store", "at once"),
        ("sparql.answer", "print('x')", "print"),
        ("folder.folder", "import os\nx = os.environ['A']", "os.environ"),
        ("graph.graph", "try:\n    pass\nexcept Exception:\n    pass", "catches everything"),
        ("graph.graph", "STORE = Store()", "holds a store"),
    ],
)
def test_a_fault_is_found(name: str, code: str, words: str) -> None:
    assert any(words in fault for fault in faults(name, ast.parse(code)))


def test_no_module_imports_itself_through_others() -> None:
    assert not circle(modules())
    code = ast.parse("def f():\n    from allgraph.graph.view import View")
    assert "graph.view" in circle({**modules(), "graph.graph": code})


def test_no_room_is_named_like_a_verb() -> None:
    assert not verbs(ROW)
    assert verbs([*ROW, "export"]) == {"export"}


def test_no_folder_holds_too_many_modules() -> None:
    paths = [path for path in SOURCE.rglob("*.py") if path.name != "__init__.py"]
    counts = Counter(path.parent.relative_to(SOURCE).as_posix() for path in paths)
    assert {folder: count for folder, count in counts.items() if count > MOST} == {}


def test_every_folder_of_tests_is_a_room_or_a_kind() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} <= ROW.keys() | KINDS


def test_contributing_shows_the_rooms() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for row, rooms in enumerate(ROOMS, 1):
        assert f"| {row} | {' '.join(f'`{room}`' for room in rooms)} |" in text
