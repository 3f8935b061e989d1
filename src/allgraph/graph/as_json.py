"""What the command line and the server answer as JSON, where no standard says how.

>>> from allgraph.graph.opening import open_graph
>>> said = thing(open_graph(), open_graph().find("rocha")[0])
>>> said["curie"], said["path"]
('id:coco-rocha', '/page/coco-rocha')
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from pyoxigraph import NamedNode

from allgraph.graph.claims import Claim, claims, named
from allgraph.graph.graph import Graph, Thing
from allgraph.model import addresses
from allgraph.rdf.terms import text
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Query


def question(query: Query) -> dict[str, Any]:
    """What a question asks, the parameters that it takes, and its columns."""
    return {
        "name": query.name,
        "help": query.help,
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "help": parameter.help,
                "required": parameter.required,
                "default": parameter.default,
                "choices": list(parameter.choices),
            }
            for parameter in query.parameters
        ],
        "columns": list(query.columns),
    }


def thing(graph: Graph, one: Thing) -> dict[str, Any]:
    """A thing: its IRI, CURIE, name and kind, and the path of its page if it has one."""
    curie = graph.prefixes.shorten(one.iri)
    path = addresses.path_of(one.iri, graph.folder.base)
    return {"iri": one.iri, "curie": curie, "name": one.name, "kind": one.kind, "path": path}


def shown(graph: Graph, one: Thing) -> dict[str, Any]:
    """A thing and everything claimed about it."""
    about = claims(graph, about=NamedNode(one.iri))
    return {**thing(graph, one), "claims": [each.as_dict(graph.prefixes) for each in about]}


def behind(graph: Graph, query: Query, answer: Answer) -> list[list[Claim]]:
    """The claims behind each row of the answer to a question."""
    of_rows = [[row[column] for column in query.claim_columns] for row in answer.rows]
    known = {claim.iri: claim for claim in named(graph, chain.from_iterable(of_rows))}
    found = ([known.get(text(iri)) for iri in dict.fromkeys(iris)] for iris in of_rows)
    return [[claim for claim in some if claim is not None] for some in found]


def cited(graph: Graph, query: Query, answer: Answer) -> dict[str, Any]:
    """The answer to a question, with the claims and sources of each row."""
    rows = zip(answer.rows, behind(graph, query, answer), strict=True)
    return {
        "columns": list(answer.columns),
        "rows": [
            {
                "values": {c: answer.prefixes.show(row[c]) or None for c in answer.columns},
                "claims": [claim.as_dict(graph.prefixes) for claim in some],
            }
            for row, some in rows
        ],
        "complete": True,
    }
