"""Claims, things and questions as text for people, at most so many columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from allgraph.graph.claims import Claim
from allgraph.graph.graph import Thing
from allgraph.model import edtf
from allgraph.model.sentences import capitalised, dated
from allgraph.rdf.terms import Prefixes
from allgraph.render.table import fill, layout
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Parameter, Query


def claim(one: Claim, *, width: int, indent: str = "", inverse: bool = False) -> str:
    """A claim as a sentence with its date, then its sources, notes and rivals."""
    sentence = one.inverse_sentence if inverse else one.sentence
    inner = indent + "  "
    lines = [fill(f"{dated(sentence, one.date)}.", width=width, indent=indent)]
    if one.rank == "Deprecated":
        lines.append(fill("Deprecated: known to be wrong.", width=width, indent=inner))
    if one.certainty == "possible":
        lines.append(fill("Possible on that day, not certain.", width=width, indent=inner))
    if one.note:
        lines.append(fill(f"Note: {one.note}", width=width, indent=inner))
    for evidence in one.evidence:
        lines.append(hanging(f"Source: {evidence}", width, inner))
        if evidence.note:
            lines.append(hanging(f"Reading: {evidence.note}", width, inner + "  "))
    return "\n".join(lines)


def claims(
    many: Iterable[Claim], prefixes: Prefixes, *, width: int, about: str = "", indent: str = ""
) -> str:
    """Claims one after another, seen from one thing, with what conflicts with them."""
    blocks = []
    for one in many:
        inverse = bool(about) and getattr(one.object, "value", "") == about
        block = claim(one, width=width, indent=indent, inverse=inverse)
        if one.rivals:
            rivals = ", ".join(map(prefixes.shorten, one.rivals))
            block += "\n" + fill(f"Conflicts with {rivals}", width=width, indent=indent + "  ")
        elif one.disputed:
            told = "Disputed by a claim that does not hold on that day."
            block += "\n" + fill(told, width=width, indent=indent + "  ")
        blocks.append(block)
    return "\n".join(blocks)


def thing(
    one: Thing, about: Sequence[Claim], prefixes: Prefixes, *, width: int, of_a_day: bool = False
) -> str:
    """A thing: its name, kind and IRI, and everything claimed about it, or so of a day."""
    head = f"{one.name}, a {one.kind}" if one.kind else one.name
    head = f"{head}\n{one.iri}"
    if not about:
        when = " of that day; --possible shows also what may be so" if of_a_day else ""
        return f"{head}\n\nNothing is claimed about it{when}."
    return f"{head}\n\n{claims(about, prefixes, width=width, about=one.iri)}"


def row_with_sources(
    answer: Answer, row: int, behind: Sequence[Claim], hidden: Sequence[str], *, width: int
) -> str:
    """One row of an answer, and under it the claims that it rests on."""
    shown = [column for column in answer.columns if column not in hidden]
    cells = [answer.prefixes.show(answer.rows[row][column]) for column in shown]
    head = "\n".join(
        hanging(f"{column}: {cell}", width, "")
        for column, cell in zip(shown, cells, strict=True)
        if cell
    )
    return f"{head}\n{claims(behind, answer.prefixes, width=width, indent='  ')}"


def question_list(queries: Iterable[Query], *, width: int) -> str:
    """The questions, one a line."""
    return layout(["question", "what it asks"], [[q.name, q.title] for q in queries], width=width)


def parameter_help(parameter: Parameter) -> str:
    """What a parameter is, for a person who must give it."""
    hints = [parameter.help.rstrip(".")]
    if parameter.type == "entity":
        hints.append("a name, a CURIE such as id:coco-rocha, or an IRI")
    elif parameter.type == "date":
        hints.append("a day, such as 2013-07-01")
    elif parameter.choices:
        hints.append(f"one of {', '.join(parameter.choices)}")
    if parameter.default:
        hints.append(f"default {parameter.default}")
    elif parameter.default is None:
        hints.append("required")
    return "; ".join(hints) + "."


def within(span: edtf.Span) -> str:
    """The days between which something lies, in words, with a comma before; or nothing.

    >>> within(((2013, 6, 1), None))
    ', not before 1 June 2013'
    """
    first, last = (day and edtf.words(edtf.iso(day)).removeprefix("on ") for day in span)
    if first and last:
        return f", between {first} and {last}" if first != last else f", on {first}"
    return f", not before {first}" if first else f", not after {last}" if last else ""


def item(text: str, *, width: int, indent: str = "") -> str:
    """A text as an item of a list.

    >>> print(item("one two three", width=12))
    - one two
      three
    """
    return hanging(f"- {text}", width, indent)


def notes(told: Iterable[str], limits: Iterable[str], asked: str, *, width: int) -> str:
    """What a person is to know of an answer: what is told, cut, and asked of an endpoint.

    >>> print(notes([], ["there are more"], "2 requests", width=80))
    - Cut: there are more.
    - The endpoint was asked for this: 2 requests.
    """
    every = remarks(told, limits, asked)
    return "\n".join(item(each, width=width) for each in every)


def remarks(told: Iterable[str], limits: Iterable[str], asked: str) -> list[str]:
    """The same as sentences, each with a capital at its start."""
    every = [*told, *(f"Cut: {limit}." for limit in limits)]
    every += [f"The endpoint was asked for this: {asked}."] if asked else []
    return [capitalised(each) for each in every]


def hanging(text: str, width: int, indent: str) -> str:
    """A text whose lines after the first stand two columns further in."""
    first, *rest = fill(text, width=width - len(indent) - 2).split("\n")
    return "\n".join([indent + first, *(f"{indent}  {line}" for line in rest)])
