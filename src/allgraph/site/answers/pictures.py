"""The picture of an answer, where its columns suit one: who and what as a matrix, or a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pyoxigraph import NamedNode

from allgraph.drawings import matrix, timeline
from allgraph.drawings.picture import Picture
from allgraph.graph import timeline as timelines
from allgraph.graph.claims import Claim
from allgraph.rdf.terms import AG
from allgraph.render.svg import Dot
from allgraph.site.site import Site
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Query

_FEWEST = 2  # rows, columns and dates


def picture(
    site: Site, query: Query, answer: Answer, behind: Sequence[Sequence[Claim]]
) -> Picture | None:
    """Return the picture of an answer; ``None`` where none suits its columns.

    A column of sentences beside one of dates makes a timeline. People beside one other thing
    each make a matrix. `behind` has the claims of each row.
    """
    if "when" in answer.columns and len(query.sentences) == 1 and not query.name_columns:
        return _timeline(site, answer, behind)
    others = [iri for name, iri in query.name_columns.items() if name != "name"]
    if "name" in query.name_columns and len(others) == 1:
        return _matrix(site, query, answer, behind, others[0])
    return None


def _timeline(site: Site, answer: Answer, behind: Sequence[Sequence[Claim]]) -> Picture | None:
    """Return the timeline of the claims that rows begin with, if two of them are dated."""
    first = (row.text("claim") for row in answer.rows if row.get("claim"))
    by_iri = {claim.iri: claim for claims in behind for claim in claims}
    claims = [by_iri[iri] for iri in dict.fromkeys(first) if iri in by_iri]
    if sum(bool(claim.when) for claim in claims) < _FEWEST:
        return None
    content = timelines.arranged(site.graph, claims, None)
    drawn = timeline.drawn(content, address=site.address)
    topics = tuple(claim.iri for claim in claims)
    return drawn and replace(drawn, title="Timeline of this answer", topics=topics, query="")


def _matrix(
    site: Site,
    query: Query,
    answer: Answer,
    behind: Sequence[Sequence[Claim]],
    column: str,
) -> Picture | None:
    """Return the matrix of people and the things in a column, if there are two of each.

    Half of what is in its rows have to be people.
    """
    pairs = [(row["thing"], row[column]) for row in answer.rows]
    people = {term.value for term, _ in pairs if isinstance(term, NamedNode)}
    things = {term.value for _, term in pairs if isinstance(term, NamedNode)}
    if min(len(people), len(things)) < _FEWEST:
        return None
    named = site.graph.described([*people, *things])
    person = site.label([AG + "Person"])
    if 2 * sum(named[iri].kind == person for iri in people) < len(people):
        return None
    groups = {kind.label: site.group([kind.iri]) for kind in site.kinds}
    dots = {
        iri: Dot(thing.name, site.address(iri), thing.kind, groups.get(thing.kind, "others"))
        for iri, thing in named.items()
    }
    cells = [
        matrix.Cell(
            dots[person.value],
            dots[thing.value],
            matrix.mark_of(behind[at][0], {}, site.address(behind[at][0].iri)),
        )
        for at, (person, thing) in enumerate(pairs)
        if isinstance(person, NamedNode) and isinstance(thing, NamedNode) and behind[at]
    ]
    return matrix.of_cells("Matrix of this answer", cells, topics=tuple(sorted(people)))
