"""Things and cited answers as JSON, as the command line and the server write them.

>>> from allgraph.graph.opening import open_graph
>>> graph = open_graph()
>>> shown(graph, graph.find("rocha")[0])["curie"]
'id:coco-rocha'
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

from pyoxigraph import NamedNode

from allgraph.graph.claims import Claim, Evidence, claims, named, supported_by
from allgraph.graph.graph import Graph
from allgraph.graph.names import Thing
from allgraph.rdf.terms import Term, literal, text
from allgraph.sparql.answer import Answer, Row
from allgraph.sparql.page import Page
from allgraph.sparql.questions import Query

EVIDENCE_COLUMNS = (
    "citedClaim", "citedSentence", "citedSource", "citedTitle", "citedPage", "citedPlace",
    "citedReading", "citedNote",
)  # fmt: skip
"""The columns by which a table of an answer tells its evidence."""
_EMPTY: tuple[Term | None, ...] = (None,) * len(EVIDENCE_COLUMNS)


def shown(graph: Graph, one: Thing) -> dict[str, Any]:
    """Query the claims about a thing; return it and these claims as a dict for JSON.

    They are those with the thing as subject or object, and those with such a claim as object. For a
    thing that is a claim there is the claim itself, and for a source the claims that it supports.
    """
    node, prefixes = NamedNode(one.iri), graph.prefixes
    about = [claim.as_dict(prefixes) for claim in claims(graph, about=node)]
    shown = {**one.as_dict(), "claims": about}
    for claim in named(graph, [node]):
        shown["claim"] = claim.as_dict(prefixes)
    supported = supported_by(graph, node)
    if supported:
        shown["supports"] = [claim.as_dict(prefixes) for claim in supported]
    return shown


def behind(graph: Graph, query: Query, answer: Answer) -> list[list[Claim]]:
    """Query the claims that an answer cites, and return a list of them for each of its rows.

    They are those in the columns of the question that name claims, each once for a row. What is no
    claim is left out.
    """
    cited = [[row[column] for column in query.claim_columns] for row in answer.rows]
    claims = {claim.iri: claim for claim in named(graph, chain.from_iterable(cited))}
    iris = (dict.fromkeys(map(text, terms)) for terms in cited)
    return [[claims[iri] for iri in row_iris if iri in claims] for row_iris in iris]


def with_evidence(graph: Graph, query: Query, answer: Answer) -> Answer:
    """Return an answer with a row for each piece of evidence of the claims that a row cites.

    The claims are queried. The columns of the answer are followed by `EVIDENCE_COLUMNS`, which are
    empty for a row that cites nothing.
    """
    rows: list[Row] = []
    for row, behind_row in zip(answer.rows, behind(graph, query, answer), strict=True):
        cells = [
            _evidence_cells(claim, evidence) for claim in behind_row for evidence in claim.evidence
        ]
        rows += [Row(row, **dict(zip(EVIDENCE_COLUMNS, c, strict=True))) for c in cells or [_EMPTY]]
    return replace(answer, columns=(*answer.columns, *EVIDENCE_COLUMNS), rows=tuple(rows))


def _evidence_cells(claim: Claim, evidence: Evidence) -> tuple[Term | None, ...]:
    """Return a piece of evidence of a claim as terms for `EVIDENCE_COLUMNS`."""
    texts = (evidence.title, evidence.page, evidence.place, evidence.reading, evidence.note)
    return (
        NamedNode(claim.iri),
        literal(claim.read()),
        NamedNode(evidence.source),
        *(literal(cell) if cell else None for cell in texts),
    )


def cited(graph: Graph, query: Query, page: Page) -> dict[str, Any]:
    """Return a page of an answer as a dict for JSON, each row with the claims that it cites.

    The claims and their sources are queried. An empty value is ``None``. If rows have a certainty,
    ``certainty`` counts those of the whole answer that are certain and possible. If the page has
    not all rows, ``limits`` say in words which it has, and ``next`` is the cursor of those after
    them.
    """
    answer = page.answer
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
        **({"certainty": dict(page.certainty)} if page.certainty else {}),
        "complete": not page.note,
        **({"limits": page.note} if page.note else {}),
        **({"next": page.next} if page.next else {}),
    }
