"""Things, questions and cited answers as JSON, as the command line and the server write them.

>>> from allgraph.graph.opening import open_graph
>>> graph = open_graph()
>>> rocha = thing(graph, graph.find("rocha")[0])
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
    """Return a question as a dict for JSON: name, help, parameters and columns; nothing is run."""
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
    """Return a thing as a dict for JSON: IRI, CURIE, name, kind, and the path of its page.

    The path is ``None`` for a thing that has no page, since its IRI is not under the base of the
    graph.
    """
    curie = graph.prefixes.shorten(one.iri)
    path = addresses.path_of(one.iri, graph.folder.base)
    return {"iri": one.iri, "curie": curie, "name": one.name, "kind": one.kind, "path": path}


def shown(graph: Graph, one: Thing) -> dict[str, Any]:
    """Query the claims about a thing; return it and these claims as a dict for JSON.

    They are those with the thing as subject or object, and those with such a claim as object.
    """
    about = claims(graph, about=NamedNode(one.iri))
    return {**thing(graph, one), "claims": [claim.as_dict(graph.prefixes) for claim in about]}


def behind(graph: Graph, query: Query, answer: Answer) -> list[list[Claim]]:
    """Query the claims that an answer cites, and return a list of them for each of its rows.

    They are those in the columns of the question that name claims, each once for a row. What is no
    claim is left out.
    """
    cited = [[row[column] for column in query.claim_columns] for row in answer.rows]
    claims = {claim.iri: claim for claim in named(graph, chain.from_iterable(cited))}
    iris = (dict.fromkeys(map(text, terms)) for terms in cited)
    return [[claims[iri] for iri in row_iris if iri in claims] for row_iris in iris]


def cited(graph: Graph, query: Query, answer: Answer) -> dict[str, Any]:
    """Return an answer as a dict for JSON, each row with the claims that it cites.

    The claims and their sources are queried. An empty value is ``None``; ``complete`` is always
    true, since an answer has all rows.
    """
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
