"""The reports that ``allgraph validate`` writes for the W3C's tests of SHACL, by both engines.

They are looked for in the directory that W3C_SHAPES names: ``tests`` of ``data-shapes-test-suite``
in a copy of github.com/w3c/data-shapes. A report passes when what SHACL prescribes of it is
isomorphic to the expected one: as many results, each with focus node, path (whole), value,
component, severity, shape and query.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Dataset, NamedNode, RdfFormat, parse

from allgraph.errors import InputError
from allgraph.folder import open_folder
from allgraph.validation.validate import Engine, validate
from tests.support.shacl_reports import of_turtle, prescribed

pytestmark = pytest.mark.long
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
LEFT_TO_PYSHACL = 17
"""How many tests have a shape that is not compiled."""
NOT_PASSED = {
    # It has sh:nodeShape, which SHACL does not have: an error, since such a term is misspelt.
    "core/property/qualifiedValueShape-001.ttl",
    # $shapesGraph is optional in SHACL, and not supported: an error.
    "sparql/pre-binding/shapesGraph-001.ttl",
}


def cases(root: Path) -> Iterator[tuple[str, Path, Path, frozenset[str] | None]]:
    """Name, data, shapes and expected report of each test; ``None`` for a failure."""
    for path in sorted(root.rglob("*.ttl")):
        graph = Dataset(parse(path=str(path), format=RdfFormat.TURTLE, base_iri=path.as_uri()))

        def value(node: Any, name: str, graph: Dataset = graph) -> Any:
            quads = graph.quads_for_subject(node)
            return next(quad.object for quad in quads if quad.predicate.value == name)

        for quad in [*graph.quads_for_predicate(NamedNode(MF + "action"))]:
            data, shapes = (
                Path(value(quad.object, SHT + name).value.removeprefix("file://"))
                for name in ("dataGraph", "shapesGraph")
            )
            result = value(quad.subject, MF + "result")
            is_failure = result == NamedNode(SHT + "Failure")
            name = path.relative_to(root).as_posix()
            yield name, data, shapes, None if is_failure else prescribed(graph, result)


def report(place: Path, engine: Engine) -> tuple[str, frozenset[str] | None]:
    """How a folder is checked, and the report on it, ``None`` for an error."""
    try:
        found = validate(open_folder(place), engine=engine)
    except InputError:
        return "refused", None
    how = "left to pySHACL" if found.notes else f"by {engine} alone"
    return how, of_turtle(found.write("turtle"))


@pytest.mark.skipif("W3C_SHAPES" not in os.environ, reason="W3C_SHAPES names no directory")
@pytest.mark.parametrize("engine", ["compiled", "pyshacl"])
def test_reports_are_those_of_the_w3c(tmp_path: Path, engine: Engine) -> None:
    counts: Counter[str] = Counter()
    wrong = set()
    for number, case in enumerate(cases(Path(os.environ["W3C_SHAPES"]).resolve())):
        name, data, shapes, expected = case
        place = tmp_path / str(number)
        (place / "data").mkdir(parents=True)
        (place / "ontology" / "shapes").mkdir(parents=True)
        (place / "allgraph.toml").write_text('format = 1\ntitle = "W3C"\nextends = false\n')
        shutil.copy(data, place / "data")
        shutil.copy(shapes, place / "ontology" / "shapes")
        how, found = report(place, engine)
        counts[how] += 1
        if found != expected:
            wrong.add(name)
    print(counts, "not passed:", len(wrong))
    assert wrong == NOT_PASSED and counts.total() == 121
    assert counts["left to pySHACL"] == (LEFT_TO_PYSHACL if engine == "compiled" else 0)
