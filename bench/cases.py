"""The choice of what is asked of a generated graph, written as `bench.questions` reads it.

Things are chosen so that small answers are equally small in graphs of any size.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.generated import KINDS, NAMES, B, C, Generated, Ints, P
from bench.questions import BY_NAME, FIND, LARGE, SMALL, Question
from bench.triples import BASE

ROWS, LARGE_ROWS = 10, 10_000
COUNT, PAIRS = 20, 100
DAY = "1990-06-15"
_PREFIXES = """\
PREFIX ag: <https://w3id.org/allgraph/ns#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
_SMALL = """\
SELECT ?claim ?person ?name ?start WHERE {
  ?claim rdf:object <%s> ; rdf:predicate ag:servedOn ; rdf:subject ?person .
  ?person rdfs:label ?name .
  ?claim ag:evidence/oa:hasSelector/oa:start ?start
}
"""
_LARGE = """\
SELECT ?claim ?thing ?name ?start WHERE {
  ?claim rdf:subject ?thing ; ag:evidence/oa:hasSelector/oa:start ?start .
  ?thing rdfs:label ?name
}
LIMIT %d
"""


def write(graph: Generated, path: Path) -> None:
    """Write what is asked of a graph."""
    boards = _iris(graph, _chosen(graph, B, "ag:servedOn"))
    found = {
        SMALL: [Question(_PREFIXES + _SMALL % iri) for iri in boards],
        LARGE: [Question(_PREFIXES + _LARGE % LARGE_ROWS)],
    }
    for name, parameters in _named(graph, boards).items():
        found[name] = [_bound(name, each) for each in parameters]
    bodies = _chosen(graph, B, "ag:listedAsKeyPersonOf")
    found[BY_NAME] = [_question("key-people", body=_name(graph, body)) for body in bodies]
    found[FIND] = [_question(FIND, name=_name(graph, body)) for body in bodies]
    chance = np.random.default_rng(graph.claims + 1)
    ends = chance.choice(graph.things, (PAIRS, 2), replace=PAIRS * 2 > graph.things)
    whole = {
        "cases": {name: [asdict(each) for each in some] for name, some in found.items()},
        "pairs": [_iris(graph, pair) for pair in ends if pair[0] != pair[1]],
    }
    path.write_text(json.dumps(whole))


def _named(graph: Generated, boards: list[str]) -> dict[str, list[dict[str, str]]]:
    """The parameters of each question."""
    people = _iris(graph, _chosen(graph, P, "ag:servedOn", graph.subject, 3))
    bodies = _iris(graph, _chosen(graph, B, "ag:listedAsKeyPersonOf"))
    campaigns = _iris(graph, _chosen(graph, C, "ag:signedOrSupported"))
    return {
        "roles": [{"person": each} for each in people],
        "board-members": [{"body": each} for each in boards],
        "board-on-day": [{"body": each, "day": DAY} for each in boards],
        "key-people": [{"body": each} for each in bodies],
        "campaign-signatories": [{"campaign": each} for each in campaigns],
    }


def _chosen(
    graph: Generated, kind: int, predicate: str, end: Ints | None = None, rows: int = ROWS
) -> NDArray[np.int64]:
    """The things of a kind that have nearest to so many claims; bodies have no units."""
    ends = graph.object if end is None else end
    some = ends[graph.predicate == NAMES.index(predicate)]
    counts = np.bincount(some, minlength=graph.things)
    units = graph.subject[graph.predicate == NAMES.index("ag:hasUnit")]
    counts[units] = graph.claims  # for these have the members of their units too
    kinds = np.arange(graph.firsts[kind], graph.firsts[kind + 1])
    order = np.random.default_rng(kind).permutation(len(kinds))  # of those that are as near
    far = np.abs(counts[kinds] - rows)[order]
    return np.sort(kinds[order[np.argsort(far, kind="stable")[:COUNT]]])


def _iris(graph: Generated, things: Any) -> list[str]:
    return [f"{BASE}id/{graph.thing(int(thing))}" for thing in things]


def _name(graph: Generated, thing: Any) -> str:
    kind = max(k for k in range(len(KINDS)) if thing >= graph.firsts[k])
    return f"{KINDS[kind][2]} {int(thing) - graph.firsts[kind]}"


def _question(question: str, /, **parameters: str) -> Question:
    return Question("", question, parameters)


def _bound(name: str, parameters: dict[str, str]) -> Question:
    """A named question with its SPARQL, as an engine gets it."""
    from pyoxigraph import NamedNode

    from allgraph.folder import builtin
    from allgraph.sparql.questions import Catalogue

    folder = builtin()
    query = Catalogue(folder.query_files(), folder.relative, folder.prefixes)[name]
    values = query.values(parameters, NamedNode)
    # What is derived is only in our store; without it all days are possible.
    return Question("" if name == "board-on-day" else query.bind(values), name, parameters)
