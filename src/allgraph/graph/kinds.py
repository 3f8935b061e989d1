"""The classes of things, and what follows from them; things with the same types are asked of once.

>>> from allgraph.graph import open_graph
>>> coco = "https://w3id.org/allgraph/id/coco-rocha"
>>> of_types(open_graph(), "site-kinds-of", [coco])[coco]
['https://w3id.org/allgraph/ns#Person']
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from allgraph.rdf.terms import text

if TYPE_CHECKING:
    from allgraph.graph.graph import Graph

_KEPT = 10_000
"""How many answers are kept; a graph has few sets of types."""


def of_types(graph: Graph, question: str, iris: Iterable[str]) -> dict[str, list[str]]:
    """Return the answers of a house question for things, IRIs, on which only their types decide.

    The question has the parameter ``things`` and two columns: a thing, and the answer. Things
    without an answer are left out. An endpoint is asked about all; else one thing of each set of
    types is asked about, once for a graph.
    """
    found: dict[str, list[str]] = {}
    if graph.is_remote:
        _add(found, graph, question, iris)
        return found
    root = graph.root
    known, types_of = root.answers_by_types, root.queried.types
    types = {iri: frozenset(types_of(iri)) for iri in iris}
    samples = {of: iri for iri, of in types.items() if (question, of) not in known}
    if samples:
        _add(found, root, question, samples.values())
        if len(known) > _KEPT:
            known.clear()
        known |= {(question, of): found.get(iri, []) for of, iri in samples.items()}
    answers = ((iri, known[question, of]) for iri, of in types.items())
    return {iri: answer for iri, answer in answers if answer}


def _add(found: dict[str, list[str]], graph: Graph, question: str, iris: Iterable[str]) -> None:
    """Add the answers of a question for some things to those found, by IRI."""
    for row in graph.run_for(question, "things", iris):
        thing, answer = map(text, row.values())
        found.setdefault(thing, []).append(answer)
