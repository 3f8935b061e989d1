"""Things, questions and cited answers as JSON, as the command line and the server write them.

>>> from allgraph.graph.opening import open_graph
>>> rocha = thing(open_graph(), open_graph().find("rocha")[0])
>>> rocha["curie"], rocha["path"]
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
    """Return a question: its name and help, the parameters that it takes, and its columns."""
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
    """Return a thing: its IRI, CURIE, name and kind, and the path of its page if it has one."""
    curie = graph.prefixes.shorten(one.iri)
    path = addresses.path_of(one.iri, graph.folder.base)
    return {"iri": one.iri, "curie": curie, "name": one.name, "kind": one.kind, "path": path}


def shown(graph: Graph, one: Thing) -> dict[str, Any]:
    """Return a thing and the claims about it."""
    about = claims(graph, about=NamedNode(one.iri))
    return {**thing(graph, one), "claims": [claim.as_dict(graph.prefixes) for claim in about]}


def behind(graph: Graph, query: Query, answer: Answer) -> list[list[Claim]]:
    """Return the claims that each row of the answer to a question rests on."""
    cited = [[row[column] for column in query.claim_columns] for row in answer.rows]
    claims = {claim.iri: claim for claim in named(graph, chain.from_iterable(cited))}
    iris = (dict.fromkeys(map(text, terms)) for terms in cited)
    return [[claims[iri] for iri in of_row if iri in claims] for of_row in iris]


def cited(graph: Graph, query: Query, answer: Answer) -> dict[str, Any]:
    """Return the answer to a question, with the claims and sources of each row."""
    rows = zip(answer.rows, behind(graph, query, answer), strict=True)
    return {
        "columns": list(answer.columns),
        "rows": [
            {
                "values": {c: answer.prefixes.show(row[c]) or None for c in answer.columns},
                "claims": [claim.as_dict(graph.prefixes) for claim in claims],
            }
            for row, claims in rows
        ],
        "complete": True,
    }
