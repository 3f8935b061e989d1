"""The page on JSON tells every key that answers have, under the right heading, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import allgraph
from allgraph import Report
from allgraph.graph import Graph, as_json
from allgraph.network.neighbourhood import neighbourhood
from allgraph.sparql.page import page_of
from allgraph.validation.report import Finding, Place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "json.md"


def told() -> dict[str, set[str]]:
    """What stands as code under each heading."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {
        head: set(re.findall(r"`([^`]+)`", text))
        for head, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def keys(value: object) -> Iterator[str]:
    """The keys of objects, but for those of claims and of bounds."""
    if isinstance(value, list):
        for each in value:
            yield from keys(each)
    elif isinstance(value, dict):
        is_claim = "subject" in value
        yield from value.keys() & {"forward"} if is_claim else value
        for key in () if is_claim else value.keys() - {"bounds"}:
            yield from keys(value[key])


FINDING = Finding("a.ttl", 1, "Warning", "", others=(Place("b.ttl", 2),))
REPORT = Report((FINDING,), checked="a folder", notes=("a note",))


def answers(graph: Graph) -> dict[str, object]:
    """An answer of each kind, with all that it may have."""
    ends = ("Jeffrey Klein", "Diane Savino")
    thing, query = graph.thing(graph.resolve("Coco Rocha")), graph.queries["founders"]
    answer = graph.ask("founders", body="Model Alliance")
    none = allgraph.paths(graph, *ends, max_hops=2, hub_limit=1)
    some = allgraph.paths(graph, *ends, as_of="2014-01-01", together=True)
    assert none.reasons and none.hubs
    return {
        "paths": [none.as_dict(), some.as_dict()],
        "between": allgraph.between(graph, *ends, as_of="2014-01-01").as_dict(),
        "show": {
            **as_json.shown(graph, thing),
            "around": neighbourhood(graph, thing.name).as_dict(),
        },
        "cite": {**allgraph.cite(graph, "Coco Rocha").as_dict(), "cslJson": []},
        "timeline": allgraph.timeline(graph, "Model Alliance").as_dict(graph.prefixes),
        "rank": allgraph.rank(graph).as_dict(),
        "ask --sources": {**as_json.cited(graph, query, page_of(answer)), "rows": [
            {**row, "values": None} for row in as_json.cited(graph, query, page_of(answer))["rows"]
        ]},
        "validate": json.loads(REPORT.write("json")),
    }  # fmt: skip


def test_every_key_is_told(graph: Graph) -> None:
    page = told()
    given = answers(graph)
    assert {"A claim", *given} == set(page)
    for name, answer in given.items():
        assert set(keys(answer)) - page[name] == set()
    claim = allgraph.claims(graph, about="Coco Rocha")[0].as_dict(graph.prefixes)
    inner = {*claim["bounds"], *claim["sources"][0]}
    assert page["A claim"] >= {*claim, *inner}


@pytest.mark.parametrize("name", ["paths", "between", "show", "timeline", "rank", "ask --sources"])
def test_no_other_key_is_told(graph: Graph, name: str) -> None:
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    first = set(re.findall(r"`([^`]+)`", " ".join(re.findall(r"^\| (.*?) \|", text, re.MULTILINE))))
    assert first <= set(keys(answers(graph)[name]))


def test_every_rule_of_a_reason_is_told() -> None:
    source = Path(allgraph.__file__).parent
    text = "".join(
        (source / f"{name}.py").read_text() for name in ("network/reasons", "network/search")
    )
    rules = set(re.findall(r"(?:Reason|BrokenRule)\(\s*\"([a-z-]+)\"", text))
    assert rules and rules <= told()["paths"]
