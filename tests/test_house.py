"""The house: imports point down only, heavy libraries have one home, nothing below prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "allgraph"
FLOORS = (
    ("errors",),
    ("fragments",),
    (
        "pictures",
        "terms",
        "dates",
        "formats",
        "tables",
        "tokens",
        "turtle",
        "processes",
        "frames",
        "markup",
        "parquet",
        "sentences",
        "network",
        "digests",
        "names",
        "texts",
        "sorting",
    ),
    (
        "answer",
        "addresses",
        "reports",
        "labels",
        "forest",
        "translation",
        "routes",
        "meeting",
        "citations",
        "omissions",
    ),
    (
        "engine",
        "engine.access",
        "engine.dialects",
        "engine.exchange",
        "engine.syntax",
        "writers",
        "inputs",
    ),
    ("engine.attempts", "engine.results"),
    ("engine.intake",),
    ("blocks", "trees"),
    ("folder", "catalogue", "derive", "engine.embedded", "engine.isolated", "engine.remote"),
    ("engine.disk",),
    ("columns", "loading", "pieces"),
    ("searches", "extracts", "snapshot", "snapshot.manifest", "snapshot.blocks"),
    (
        "snapshot.directory",
        "snapshot.register",
        "snapshot.statements",
        "snapshot.pieces",
        "snapshot.dataset",
    ),
    ("snapshot.rows", "snapshot.loader", "snapshot.checker"),
    ("snapshot.builder",),
    ("triples",),
    ("inferences", "shacl", "shacl.findings", "shacl.literals"),
    ("shacl.graph", "shacl.reference"),
    ("shacl.constraints", "shacl.paths"),
    ("shacl.queries", "rulebook"),
    ("shacl.compiled",),
    ("graph",),
    ("harvest",),
    (
        "claims",
        "examples",
        "rules",
        "places",
        "effects",
        "revisions",
        "layout",
        "originals",
        "completion",
        "frontiers",
        "copies",
        "deliveries",
        "verdicts",
        "publications",
        "descriptions",
        "definitions",
    ),
    ("locations",),
    ("shapes", "prose", "records", "ties", "reasons", "views", "timelines", "listings"),
    ("parts", "warehouse"),
    (
        "exports",
        "adapters",
        "relations",
        "neighbours",
        "ranks",
        "chronology",
        "documents",
        "datasets",
    ),
    ("profiles",),
    ("tour",),
    ("site", "site.assets", "site.search", "site.hosts", "site.discovery", "site.dumps"),
    ("site.connections",),
    ("site.edition",),
    ("site.press", "site.sayings"),
    ("site.words",),
    (
        "site.portraits",
        "site.questions",
        "site.editor",
        "site.walks",
        "site.overviews",
        "site.reference",
    ),
    ("site.lists", "site.leaves"),
    ("site.files",),
    ("site.publisher",),
    ("inspection", "inspection.places", "inspection.readings"),
    ("inspection.notes",),
    ("inspection.documents",),
    ("inspection.descriptions",),
    ("inspection.inspector",),
    (
        "server",
        "server.document",
        "server.negotiation",
        "server.problems",
        "server.settings",
        "server.answers",
        "server.meters",
        "server.alarms",
    ),
    ("server.outlets", "server.protocol", "server.wire", "server.served", "server.guard"),
    ("server.bodies", "server.worker", "server.api", "server.fleet", "server.relay"),
    ("server.sparql", "server.descriptions", "server.crew", "server.openapi", "server.shelves"),
    ("server.pool", "server.tasks"),
    ("server.app",),
    ("server.process",),
    ("cli.output", "cli.logins"),
    ("cli.session",),
    ("cli.options",),
    (
        "cli.build",
        "cli.files",
        "cli.questions",
        "cli.relations",
        "cli.serve",
        "cli.publish",
        "cli.push",
        "cli.inspection",
    ),
    ("cli",),
    ("", "__main__"),
)
FLOOR = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
CLI = {module for module in FLOOR if module.partition(".")[0] == "cli"}
TOGETHER = {("engine.isolated", "processes"), ("engine.remote", "engine.results")}
"""Pairs of one floor or one family that may import each other."""
HOMES = {
    "rdflib": {"shacl.reference", "translation", "adapters", "citations"},
    "oxrdflib": {"adapters"},
    "pyshacl": {"shacl.reference"},
    "networkx": {"adapters", "ranks"},
    "numpy": {
        "network",
        "meeting",
        "routes",
        "columns",
        "searches",
        "frontiers",
        "relations",
        "neighbours",
        "parts",
        "ranks",
        "chronology",
        "snapshot.blocks",
        "snapshot.pieces",
        "snapshot.rows",
        "inferences",
        "triples",
        "shacl.constraints",
        "shacl.paths",
        "shacl.queries",
        "shacl.compiled",
        "rulebook",
        "rules",
        "locations",
        "effects",
        "shapes",
    },
    "pandas": {"frames"},
    "polars": {"frames"},
    "pyarrow": {"frames", "parquet"},
    "SPARQLWrapper": {"engine.remote", "engine.exchange"},
    "click": CLI,
    "jinja2": {"site.press"},
    "uvicorn": {"server.guard", "server.process"},
}
LATE = set(HOMES) - {"click", "numpy", "uvicorn"} | {
    "multiprocessing",
    "json",
    "importlib.metadata",
}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(_modules())


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """The modules that a module imports, and whether it does so at once."""
    typing = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    late = {
        node
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if node in typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}".removeprefix("allgraph.")
                is_module = node.module.startswith("allgraph") and whole in FLOOR
                yield f"allgraph.{whole}" if is_module else node.module, node not in late


def faults(name: str, tree: ast.Module) -> Iterator[str]:
    """What a module does that the house does not allow."""
    for imported, at_once in imports(tree):
        top = imported.partition(".")[0]
        if top == "allgraph":
            other = imported.removeprefix("allgraph").removeprefix(".")
            if FLOOR[other] >= FLOOR[name] and (name, other) not in TOGETHER:
                yield f"{name} imports {other}, which is not below it"
        elif top in HOMES and name not in HOMES[top]:
            yield f"{name} imports {top}, whose home is {HOMES[top]}"
        is_server = name.startswith("server.") and imported == "json"  # which it always needs
        if at_once and not is_server and (top in LATE or imported in LATE):
            yield f"{name} imports {imported} at once"
    for node in ast.walk(tree):
        text = ast.unparse(node) if isinstance(node, (ast.Call, ast.Attribute)) else ""
        if name not in {*CLI, "__main__", "tour", "server.process", "server.worker"}:
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


@pytest.mark.parametrize("name", [name for name, _ in modules()])
def test_every_module_keeps_the_rules_of_the_house(name: str) -> None:
    assert name in FLOOR, "give it a floor in FLOORS and CONTRIBUTING.md"
    assert not list(faults(name, dict(modules())[name]))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("claims", "from allgraph.cli import main", "not below"),
        ("cli.files", "from allgraph.cli.questions import ask", "not below"),
        ("graph", "from allgraph import claims", "not below"),
        ("terms", "from allgraph.dates import parse", "not below"),
        ("graph", "def f():\n    import rdflib", "whose home"),
        ("shapes", "import pyshacl", "at once"),
        ("answer", "print('x')", "print"),
        ("folder", "import os\nx = os.environ['A']", "os.environ"),
        ("graph", "try:\n    pass\nexcept Exception:\n    pass", "catches everything"),
        ("graph", "STORE = Store()", "holds a store"),
    ],
)
def test_a_fault_is_found(name: str, code: str, words: str) -> None:
    assert any(words in fault for fault in faults(name, ast.parse(code)))


def test_contributing_shows_the_floors() -> None:
    text = (SOURCE.parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for module in FLOOR:
        if module:
            assert f"`{module}`" in text, module
