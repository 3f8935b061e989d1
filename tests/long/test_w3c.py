"""The W3C's tests of SHACL, with pySHACL and with compiled shapes.

They are looked for in the directory that W3C_SHAPES names: ``tests`` of ``data-shapes-test-suite``
in a copy of github.com/w3c/data-shapes. A test passes when the results are the expected ones:
focus node, path, value, component, severity and shape, of blank nodes only that there is one. The
same result twice counts once, as in reports of ``allgraph validate``. Shapes that are not compiled
are left to pySHACL.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, parse

from allgraph.model.triples import Triples
from allgraph.rdf.terms import Term
from allgraph.validation.shacl import pyshacl_engine
from allgraph.validation.shacl.compiled import Compiled
from allgraph.validation.shacl.results import Failure
from allgraph.validation.shacl.shapes import Shapes

pytestmark = pytest.mark.long
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
Result = tuple[Term | None, ...]


def quads(path: Path) -> list[Quad]:
    return list(parse(path=str(path), format=RdfFormat.TURTLE, base_iri=path.as_uri()))


def cases(root: Path) -> Iterator[tuple[str, Path, Path, set[Result] | None]]:
    """Name, data, shapes and expected results of each test; ``None`` for a failure."""
    for path in sorted(root.rglob("*.ttl")):
        graph = Shapes(quads(path))

        def value(node: Term | None, name: str, graph: Shapes = graph) -> Term | None:
            return next(iter(graph.values(node, name)), None) if node is not None else None

        for test in graph.subjects():
            action = value(test, MF + "action")
            if action is None:
                continue
            data, shapes = (
                Path(str(value(action, SHT + name)).strip("<>").removeprefix("file://"))
                for name in ("dataGraph", "shapesGraph")
            )
            result = value(test, MF + "result")
            results = {
                tuple(_shown(value(each, name)) for name in PARTS)
                for each in (graph.values(result, "result") if result is not None else ())
            }
            is_failure = result == NamedNode(SHT + "Failure")
            yield path.relative_to(root).as_posix(), data, shapes, None if is_failure else results


PARTS = (
    "focusNode", "resultPath", "value", "sourceConstraintComponent", "resultSeverity", "sourceShape"
)  # fmt: skip


def _shown(term: Term | None) -> Term | None:
    return None if isinstance(term, BlankNode) else term


def results(failures: Iterable[Failure]) -> set[Result]:
    return {
        (each.focus, each.path, each.value, NamedNode(each.component), NamedNode(each.severity),
         _shown(each.shape))
        for each in failures
    }  # fmt: skip


def compiled(data: list[Quad], shapes: list[Quad]) -> tuple[str, set[Result]]:
    """Whether all shapes could be compiled, and what they find."""
    triples = Triples()
    triples.add(data)
    checker = Compiled(Shapes(shapes), triples)
    found = [failure for part in checker.check() for failure in part.failures(triples)]
    return ("left to pySHACL" if checker.unknown else "passed"), results(found)


@pytest.mark.skipif("W3C_SHAPES" not in os.environ, reason="W3C_SHAPES names no directory")
def test_compiled_shapes_find_what_is_expected() -> None:
    counts: dict[str, Counter[str]] = {"pySHACL": Counter(), "compiled": Counter()}
    wrong = []
    for name, data_file, shapes_file, expected in cases(Path(os.environ["W3C_SHAPES"]).resolve()):
        data, shapes = quads(data_file), quads(shapes_file)
        try:
            by_pyshacl = results(pyshacl_engine.failures(data, shapes, []))
        except Exception:  # rdflib raises no other for a prefix that is not known
            by_pyshacl = None
        how, found = compiled(data, shapes)
        if how == "passed" and found != expected:
            how = "failed"
            wrong.append(f"{name}; pySHACL {by_pyshacl == expected}")
        counts["compiled"][how] += 1
        counts["pySHACL"]["passed" if by_pyshacl == expected else "failed"] += 1
    print(counts)
    assert wrong == []
    assert counts["compiled"]["passed"] > 90
