"""Strangers' SPARQL for an endpoint: checked here, asked there, and written here.

What comes back is read before it is handed on. So a part that breaks off is never taken for the
whole, and the answer is in the same formats, with the same limits, as one from a graph in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlencode, urlsplit, urlunsplit

from allgraph.errors import QueryError
from allgraph.rdf.terms import iri
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote


def relayed(
    endpoint: Remote, query: str, default: Sequence[str], named: Sequence[str], base: str,
    bytes: int | None,
) -> Answer:  # fmt: skip
    """What an endpoint answers to a query about some graphs; relative IRIs are those of `base`.

    It may send so many `bytes`. Raises `ParameterError` for what is no IRI, and what `Remote.query`
    raises, a `QueryError` without the address of the endpoint.
    """
    asked = replace(endpoint, url=_about(endpoint.url, default, named))
    if bytes is not None:
        asked = replace(asked, bytes=min(asked.bytes, bytes))
    try:
        return asked.query(f"BASE {iri(base)} {query}")
    except QueryError as error:
        message = error.message.replace(asked.description, "endpoint that holds the graph")
        raise QueryError(message) from None


def _about(url: str, default: Sequence[str], named: Sequence[str]) -> str:
    """The address of an endpoint for queries about some graphs, as the protocol has it.

    >>> _about("https://example.org/sparql", ["http://x/a"], [])
    'https://example.org/sparql?default-graph-uri=http%3A%2F%2Fx%2Fa'
    """
    pairs = [("default-graph-uri", iri(each).value) for each in default]
    pairs += [("named-graph-uri", iri(each).value) for each in named]
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(pairs)]))
    return urlunsplit(parts._replace(query=query))
