"""Questions as pages: forms, tested examples, and answers with the claims behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from allgraph.errors import InputError, UnknownName
from allgraph.graph import Graph, as_json
from allgraph.graph.claims import Claim
from allgraph.rdf.terms import Term
from allgraph.site import claim_view, term_view
from allgraph.site.site import Site
from allgraph.site.templating import NAMES, page
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Parameter, Query

LISTED = 1000
"""How many rows a page shows."""


ROWS, TRIPLES = ("csv", "tsv", "json", "xml"), ("ttl", "nt", "jsonld", "rdf")
"""The suffixes of the files with an answer, which has rows (or yes or no), or triples."""


def questions(site: Site) -> bytes:
    """All questions that can be asked."""
    every = [*site.graph.queries.values()]
    return page(site, "questions", "/ask", "Questions", questions=every)


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question that was asked: the values of its parameters as given, and what came of it.

    `example` is the number of the tested example that this is, 0 if it is none. `error` says why
    there is no answer.
    """

    values: Mapping[str, str]
    answer: Answer | None = None
    behind: Sequence[Sequence[Claim]] = ()
    example: int = 0
    as_of: str = ""
    error: str = ""


def example(site: Site, query: Query, number: int) -> AnsweredQuestion:
    """A tested example of a question, counted from 1; `UnknownName` when there is none."""
    examples = site.examples(query)
    if not 1 <= number <= len(examples):
        raise UnknownName(f"“{query.name}” has no example {number}")
    try:
        return asked(site.graph, query, examples[number - 1], number=number)
    except InputError as error:  # as `allgraph test` tells too
        return AnsweredQuestion(examples[number - 1], example=number, error=error.message)


def asked(
    graph: Graph, query: Query, values: Mapping[str, str], *, number: int = 0, as_of: str = ""
) -> AnsweredQuestion:
    """A question with some values, answered, with the claims behind each row."""
    answer = graph.ask(query.name, **values)
    behind = as_json.behind(graph, query, answer) if answer.kind == "rows" else []
    return AnsweredQuestion(values, answer, behind, number, as_of)


def question(site: Site, query: Query, asked: AnsweredQuestion | None = None) -> bytes:
    """The page of a question; with its answer, if it was asked."""
    graph = site.graph
    examples = [
        (number, _shown_values(site, query, example))
        for number, example in enumerate(site.examples(query), 1)
    ]
    below = f"/{asked.example}" if asked and asked.example else ""
    is_page = asked is None or asked.example > 0
    path = f"/ask/{query.name}{below}"
    values = dict(asked.values) if asked else {}
    if asked and asked.example:
        values = {name: name_ for name, _, name_ in _shown_values(site, query, values)}
    return page(
        site, "question", path if is_page else "", query.title,
        query=query, asked=asked, values=values, examples=examples,
        fields=[_field(site, parameter, values) for parameter in query.parameters],
        rows=_rows(site, query, asked) if asked and asked.answer is not None else [],
        columns=_columns(query, asked.answer) if asked and asked.answer is not None else [],
        downloads=_downloads(site, query, asked),
        shown=_shown_values(site, query, asked.values) if asked else [],
        sparql=query.text, prefixes=graph.prefixes,
        paragraphs=query.help.split("\n\n"),
    )  # fmt: skip


def _field(site: Site, parameter: Parameter, values: Mapping[str, str]) -> dict[str, Any]:
    """A parameter as a field of a form."""
    return {
        "name": parameter.name.replace("_", "-"),
        "label": parameter.name.replace("_", " ").capitalize(),
        "help": parameter.help,
        "type": {"entity": "entity", "date": "date", "number": "number"}.get(
            parameter.type, "text"
        ),
        "choices": parameter.choices,
        "required": parameter.required,
        "default": parameter.default or "",
        "value": values.get(parameter.name, parameter.default or ""),
    }


def _shown_values(
    site: Site, query: Query, values: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """The values of parameters: name, label, and the value as people know it."""
    found = []
    for parameter in query.parameters:
        value = values.get(parameter.name)
        if value:
            known = site.graph.known(value) if parameter.type == "entity" else None
            shown = site.graph.thing(known).name if known is not None else value
            found.append((parameter.name, parameter.name.replace("_", " "), shown))
    return found


def values(site: Site, query: Query, number: int) -> str:
    """The values of a tested example on one line."""
    some = _shown_values(site, query, site.examples(query)[number - 1])
    return ", ".join(f"{label}: {value}" for _, label, value in some)


def _columns(query: Query, answer: Answer) -> list[str]:
    return [column for column in answer.columns if column not in query.claim_columns]


def _rows(site: Site, query: Query, asked: AnsweredQuestion) -> list[dict[str, Any]]:
    """The rows of an answer: cells, and the claims behind them."""
    answer = asked.answer
    assert answer is not None
    columns = _columns(query, answer)
    known = {claim.iri: claim for some in asked.behind for claim in some}
    found = []
    for number, row in enumerate(answer.rows[:LISTED]):
        behind = asked.behind[number] if asked.behind else ()
        cells = [_cell(site, row[column]) for column in columns]
        claims = [claim_view.view_of(site, claim, known) for claim in behind]
        found.append({"cells": cells, "claims": claims})
    return found


def _cell(site: Site, term: Term | None) -> Any:
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        return claim_view.linked(site, site.graph.prefixes.shorten(term.value), term.value)
    return term_view.value(site, term, {})


def _downloads(site: Site, query: Query, asked: AnsweredQuestion | None) -> list[tuple[str, str]]:
    """The formats of an answer, and where each is; only for tested examples and live answers."""
    if asked is None or asked.answer is None or asked.error:
        return []
    base = f"{site.root}/ask/{query.name}"
    if asked.example:
        return [(NAMES[each], f"{base}/{asked.example}.{each}") for each in suffixes(asked.answer)]
    pairs = [*asked.values.items(), *([("as-of", asked.as_of)] if asked.as_of else [])]
    pairs = [(name.replace("_", "-"), value) for name, value in pairs]
    return [(NAMES[each], f"{base}?{urlencode([*pairs, ('format', each)])}")
            for each in suffixes(asked.answer)]  # fmt: skip


def suffixes(answer: Answer) -> tuple[str, ...]:
    """The suffixes of the files with an answer."""
    return TRIPLES if answer.kind == "triples" else ROWS
