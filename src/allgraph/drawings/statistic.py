"""The picture of statistics: numbers that sources give for one thing, beside their rivals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from math import isfinite

from pyoxigraph import Literal, NamedNode

from allgraph.drawings.picture import Address, Picture
from allgraph.graph import Graph
from allgraph.graph.claims import Claim, claims, named, source_titles
from allgraph.graph.rivals import Disagreement, components, disagreements
from allgraph.model.names import fold
from allgraph.model.sentences import capitalised, fill, is_stated
from allgraph.rdf.terms import XSD, text
from allgraph.render.values import MOST_VALUES, Value, values
from allgraph.sparql.house import house

_NUMBERS = {
    NamedNode(XSD + name)
    for name in (
        "integer", "decimal", "double", "float", "int", "long", "short", "byte",
        "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
        "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
    )
}  # fmt: skip
"""The datatypes of numbers."""

MOST = 500
"""Of how many disagreements of a graph the claims are read at most."""


def statistic(
    graph: Graph, thing: str | NamedNode | None = None, *, address: Address = lambda iri: ""
) -> Picture | None:
    """Return the picture of the numbers of a thing that differ, or of a graph those in dispute.

    ``None`` if there are none. A number is the object of a claim, or of one that reports an
    observation its ``ag:value``. Those with one predicate, or that measure one property in one
    unit, are of one kind, and are drawn if two of them differ. `thing` is an IRI, a CURIE, an exact
    name or a term; `address` gives the link to a claim by its IRI. Raises `UnknownName`.

    >>> from allgraph.graph import open_graph
    >>> picture = statistic(open_graph(), "id:model-alliance-study")
    >>> [row[1] for row in picture.rows]
    ['81 percent', '81.5 percent']
    """
    about = None if thing is None else graph.thing(graph.resolve(thing))
    groups: list[Disagreement] = []
    if about is None:
        groups = disagreements(graph)
        iris = [iri for group in groups[:MOST] for iri in group.claims]
        stated = named(graph, map(NamedNode, iris))
    else:
        every = claims(graph, about=NamedNode(about.iri))
        stated = [claim for claim in every if claim.subject.value == about.iri]
    rows = _that_differ(_values(graph, stated, address))
    if not rows:
        return None
    title = f"Numbers of {about.name}, as sources give them" if about else "Numbers in dispute"
    unread = len(groups) - MOST
    more = len(rows) - MOST_VALUES
    limits = [f"{more:,} of {len(rows):,} numbers"] * (more > 0)
    limits += [f"{unread:,} further disagreements, which were not read"] * (unread > 0)
    return Picture(
        "statistic",
        title,
        values(rows, title),
        ("what", "number", "sources"),
        tuple((row.kind, row.words, row.source) for row in rows),
        (about.iri,) if about else (),
        house("numbers").bind({"thing": NamedNode(about.iri)}) if about else house("rivals").text,
        tuple(limits),
    )


def image(graph: Graph, stated: Sequence[Claim], address: Address = lambda iri: "") -> str:
    """Return the SVG image of the numbers in claims, ``""`` if there are fewer than two."""
    rows = _values(graph, stated, address)
    return values(rows, "The numbers of the claims") if len(rows) > 1 else ""


def _values(graph: Graph, stated: Sequence[Claim], address: Address) -> list[Value]:
    """Return the numbers in claims, by kind and size; queries the graph for observations."""
    stated = [claim for claim in stated if claim.rank != "Deprecated"]
    objects = {text(claim.object) for claim in stated if isinstance(claim.object, NamedNode)}
    observed = {
        text(row["node"]): (row["value"], text(row["unit"]), text(row["what"]))
        for row in graph.run_for("observed", "nodes", sorted(objects))
    }
    rivalries = _rivalries(stated)
    rows = []
    for claim in stated:
        written, unit, what = observed.get(text(claim.object), (claim.object, "", ""))
        number = _number(written)
        if number is None:
            continue
        kind = what or fill(claim.template, claim.subject_name, "…", claim.roles)
        words = " ".join(filter(None, (text(written), unit)))
        words += f", {claim.date}" if claim.when and is_stated(claim.date) else ""
        rows.append(
            Value(
                capitalised(kind),
                number,
                words,
                "; ".join(source_titles(claim.evidence)),
                address(claim.iri),
                str(claim),
                rivalries.get(claim.iri, ""),
            )
        )
    return sorted(rows, key=lambda row: (fold(row.kind), row.number, row.words, row.sentence))


def _that_differ(rows: Iterable[Value]) -> list[Value]:
    """Return the values of the kinds that have two that differ."""
    numbers: dict[str, set[float]] = {}
    rows = [*rows]
    for row in rows:
        numbers.setdefault(row.kind, set()).add(row.number)
    return [row for row in rows if len(numbers[row.kind]) > 1]


def _number(term: object) -> float | None:
    """Return the number that a literal of a numeric datatype writes; ``None`` for all else."""
    if not isinstance(term, Literal) or term.datatype not in _NUMBERS:
        return None
    try:
        number = float(Decimal(term.value))
    except InvalidOperation:
        return None
    return number if isfinite(number) else None


def _rivalries(stated: Sequence[Claim]) -> dict[str, str]:
    """Return the name of the rivalry of each of some claims with a rival among them, by IRI."""
    iris = {claim.iri for claim in stated}
    pairs = [(c.iri, rival) for c in stated for rival in c.rivals if rival in iris]
    return {iri: group[0] for group in components(pairs) for iri in group}
