"""Titles of answers, and names of their files, made of a question and its values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress

from pyoxigraph import NamedNode

from allgraph.errors import InputError
from allgraph.graph import Graph
from allgraph.model import edtf
from allgraph.model.names import fold
from allgraph.rdf.terms import Term, local_name, text
from allgraph.sparql.questions import Parameter, Query

_LONGEST = 150  # characters of the name of a file, without its suffix
_ODD = re.compile(r"[^a-z0-9.]+")


def title(graph: Graph, query: Query, values: Mapping[str, Term]) -> str:
    """Return the title of the answer to a question, filled in with its values.

    Things have their names as in sentences, which are queried, and days are in words.

    >>> from allgraph.graph import open_graph
    >>> graph = open_graph()
    >>> query = graph.queries["founders"]
    >>> title(graph, query, {"body": graph.resolve("Model Alliance")})
    'Who founded the Model Alliance, and when?'
    """
    things = [term.value for term in values.values() if isinstance(term, NamedNode)]
    names = {iri: thing.name for iri, thing in graph.described(things).items()}
    in_text = graph.run_for("names-in-text", "things", things)
    names |= {text(row["thing"]): text(row["name"]) for row in in_text}
    words = {
        parameter.name: names.get(text(term)) or _words(parameter, text(term))
        for parameter in query.parameters
        if (term := values.get(parameter.name)) is not None
    }
    return query.title_for(words)


def _words(parameter: Parameter, value: str) -> str:
    """Return a value that is no thing in words; the day of a date is as in “1 May 2014”."""
    return edtf.cell(value) if parameter.type == "date" else value


def terms(graph: Graph, query: Query, values: Mapping[str, str]) -> dict[str, Term]:
    """Return a term for each value of a question that is a right one; names are queried."""
    parsed: dict[str, Term] = {}
    for parameter in query.parameters:
        value = values.get(parameter.name) or parameter.default
        if value:
            with suppress(InputError):
                parsed[parameter.name] = parameter.read(value, graph.resolve)
    return parsed


def file_name(query: Query, values: Mapping[str, Term]) -> str:
    """Return the name of a file with the answer to a question, without a suffix.

    >>> from pyoxigraph import Literal
    >>> query = Query("board-on-day", "", "", "", (Parameter("day", "date", ""),))
    >>> file_name(query, {"day": Literal("2014-05-01")})
    'board-on-day_day-2014-05-01'
    """
    parts = [query.name]
    for parameter in query.parameters:
        term = values.get(parameter.name)
        if term is not None:
            words = local_name(term.value) if isinstance(term, NamedNode) else text(term)
            parts.append(f"{parameter.name}-{_ODD.sub('-', fold(words)).strip('-.')}")
    return "_".join(parts)[:_LONGEST]
