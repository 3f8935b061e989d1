"""Claims, things and questions as text for people, wrapped to so many columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from allgraph.graph.graph import Graph
from allgraph.graph.names import Thing
from allgraph.model import edtf
from allgraph.model.sentences import full_stop, with_article
from allgraph.rdf.terms import Prefixes
from allgraph.render.table import clean, fill, layout
from allgraph.sparql.answer import Answer, cell
from allgraph.sparql.questions import Parameter, Query, grouped

if TYPE_CHECKING:
    from allgraph.graph.claims import Claim, Evidence


def claim(one: Claim, *, width: int, indent: str = "", inverse: bool = False) -> str:
    """Return a claim as text: a sentence with its date, and below it its remarks and sources.

    Each source has its address on a line of its own, which is not wrapped so that it can be
    followed. With `inverse`, the sentence begins with the object. Each line begins with `indent`.
    """
    inner = indent + "  "
    lines = [fill(full_stop(one.read(inverse=inverse)), width=width, indent=indent)]
    lines += (fill(remark, width=width, indent=inner) for remark in one.remarks)
    for evidence in one.evidence:
        lines.append(hanging(f"Source: {evidence}", width, inner))
        if address := evidence.address or evidence.page:
            lines.append(f"{inner}  {clean(address)}")
        if evidence.note:
            lines.append(hanging(f"Reading: {evidence.note}", width, inner + "  "))
    return "\n".join(lines)


def claims(
    many: Iterable[Claim], prefixes: Prefixes, *, width: int, about: str = "", indent: str = ""
) -> str:
    """Return claims as text, one after another, each with the claims that conflict with it.

    Claims whose object is `about`, an IRI, are sentences that begin with the object.
    """
    lines = []
    for one in many:
        inverse = bool(about) and getattr(one.object, "value", "") == about
        lines.append(claim(one, width=width, indent=indent, inverse=inverse))
        conflict = ""
        if one.rivals:
            conflict = f"Conflicts with {', '.join(map(prefixes.shorten, one.rivals))}"
        elif one.disputed:
            conflict = "Disputed by a claim that does not hold on that day."
        if conflict:
            lines.append(fill(conflict, width=width, indent=indent + "  "))
    return "\n".join(lines)


def thing(
    one: Thing,
    about: Sequence[Claim],
    prefixes: Prefixes,
    *,
    width: int,
    of_a_day: bool = False,
    itself: str = "",
    supported: Sequence[Claim] = (),
) -> str:
    """Return a thing as text: name, kind and IRI, and the claims about it.

    `about` are those claims; `of_a_day` says that they are those of a view, for the message when
    there is none. `itself` is the text of a claim that the thing is, and `supported` are claims
    that have it as their source.
    """
    kind = f", {with_article(one.kind)}" if one.kind else ""
    blocks = [f"{clean(one.name + kind)}\n{clean(one.iri)}", itself]
    if about:
        blocks.append("\n".join(_folded(about, prefixes, one.iri, width)))
    elif not (itself or supported):
        when = " of that day; --possible shows also what may be so" if of_a_day else ""
        blocks.append(f"Nothing is claimed about it{when}.")
    if supported:
        blocks += _supported(one.iri, supported, width)
    return "\n\n".join(filter(None, blocks))


def _folded(about: Sequence[Claim], prefixes: Prefixes, iri: str, width: int) -> Iterator[str]:
    """Yield claims about a thing as text; those that are alike are one sentence with all texts.

    Below it is a line for each source, with all places in it.
    """
    from allgraph.graph.claims import folded

    for alike in folded(about):
        if len(alike) == 1:
            yield claims(alike, prefixes, width=width, about=iri)
            continue
        names = "; ".join(claim.object_name for claim in alike)
        sentence = replace(alike[0], object_name=names)
        yield fill(full_stop(sentence.read()), width=width)
        places: dict[Evidence, list[str]] = {}
        for evidence in (evidence for claim in alike for evidence in claim.evidence):
            places.setdefault(evidence.without_place(), []).append(evidence.place)
        for source, stated in places.items():
            place = "; ".join(dict.fromkeys(filter(None, stated)))
            yield hanging(f"Source: {source.described(place)}", width, "  ")
            if source.page:
                yield f"    {clean(source.page)}"
            if source.note:
                yield hanging(f"Reading: {source.note}", width, "    ")


def _supported(source: str, many: Sequence[Claim], width: int) -> Iterator[str]:
    """Yield blocks of text: how many claims a source supports, and each with its place in it."""
    yield f"It supports {counted(len(many), 'claim')}:"
    lines = []
    for one in many:
        lines.append(fill(full_stop(one.read()), width=width))
        for evidence in one.evidence_from(source):
            details = "; ".join(filter(None, [evidence.place, *evidence.remarks]))
            notes = (details, f"Reading: {evidence.note}" if evidence.note else "")
            lines += (hanging(note, width, "  ") for note in notes if note)
    yield "\n".join(lines)


def thing_list(graph: Graph, things: Sequence[Thing], *, width: int) -> str:
    """Return things as a table of name, kind and IRI; what tells namesakes apart is queried.

    It stands in brackets after their names.
    """
    lines = graph.told_apart(things)
    names = (f"{t.name} ({lines[t.iri]})" if lines.get(t.iri) else t.name for t in things)
    rows = [
        [name, thing.kind, graph.prefixes.shorten(thing.iri)]
        for name, thing in zip(names, things, strict=True)
    ]
    return layout(["name", "kind", "iri"], rows, width=width)


def row_with_sources(
    answer: Answer, row: int, behind: Sequence[Claim], hidden: Sequence[str], *, width: int
) -> str:
    """Return a row of an answer as text, and below it the claims that it cites.

    `row` is its number, from 0, `behind` are the claims, and `hidden` the columns not shown.
    """
    shown = [column for column in answer.columns if column not in hidden]
    cells = [cell(answer.prefixes, answer.rows[row][column]) for column in shown]
    head = "\n".join(
        hanging(f"{answer.labels.get(column, column)}: {words}", width, "")
        for column, words in zip(shown, cells, strict=True)
        if words
    )
    return f"{head}\n{claims(behind, answer.prefixes, width=width, indent='  ')}"


def counted(number: int, noun: str) -> str:
    """Return a number and a noun, in the plural unless the number is 1."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def certainty(counts: Mapping[str, int]) -> str:
    """Return how many rows are certain and possible, after a colon; ``""`` for no counts.

    >>> certainty({"certain": 119, "possible": 464})
    ': 119 certain, 464 possible'
    """
    words = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f": {words}" if words else ""


def question_list(queries: Iterable[Query], *, width: int) -> str:
    """Return questions as tables of their names and titles, one for each group."""
    tables = (
        layout([group, "what it asks"], [[q.name, q.title] for q in of_group], width=width)
        for group, of_group in grouped(queries)
    )
    return "\n\n".join(tables)


def parameter_help(parameter: Parameter) -> str:
    """Return help for a parameter: its meaning, the values it takes, and its default."""
    values = {
        "entity": "a name, a CURIE such as id:ann, or an IRI",
        "date": "a day, such as 2013-07-01",
        "choice": f"one of {', '.join(parameter.choices)}",
    }
    default = f"default {parameter.default}" if parameter.default else ""
    hints = (
        parameter.help.rstrip("."),
        values.get(parameter.type),
        "required" if parameter.required else default,
    )
    return "; ".join(filter(None, hints)) + "."


def within(*periods: edtf.Span) -> str:
    """Return the first and last day of each period in words, after a comma; ``""`` for no days.

    >>> within(((2013, 6, 1), None))
    ', not before 1 June 2013'
    >>> within(((2001, 1, 1), (2003, 5, 1)), ((2010, 2, 3), (2010, 2, 3)))
    ', between 1 January 2001 and 1 May 2003, and on 3 February 2010'
    """
    words = [*filter(None, map(_period, periods))]
    return f", {', and '.join(words)}" if words else ""


def _period(span: edtf.Span) -> str:
    """Return the first and last day of a span in words; ``""`` if neither is known."""
    first, last = (day and edtf.words(edtf.iso(day)).removeprefix("on ") for day in span)
    if first and last:
        return f"between {first} and {last}" if first != last else f"on {first}"
    return f"not before {first}" if first else f"not after {last}" if last else ""


def item(text: str, *, width: int) -> str:
    """Return a text as an item of a list, wrapped to `width` columns.

    >>> print(item("one two three", width=12))
    - one two
      three
    """
    return hanging(f"- {text}", width, "")


def hanging(text: str, width: int, indent: str) -> str:
    """Return a text after `indent`, wrapped to `width` columns.

    Lines after the first are indented by two columns more.
    """
    first, *rest = fill(text, width=width - len(indent) - 2).split("\n")
    return "\n".join([indent + first, *(f"{indent}  {line}" for line in rest)])
