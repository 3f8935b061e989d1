"""SPARQL queries that are forwarded to the endpoint that holds the graph.

Its answer is read whole and written again. So a truncated one is never taken for the whole, and
the formats and limits are the same as with a graph in memory.
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
    endpoint: Remote,
    query: str,
    default_graphs: Sequence[str],
    named_graphs: Sequence[str],
    base: str,
    bytes: int | None,
) -> Answer:
    """Return the answer of an endpoint to a query, which is sent there by HTTP.

    Relative IRIs in the query are resolved against `base`. The answer may have at most `bytes`, and
    at most the bytes that `endpoint` allows; None leaves only the second limit. Raises
    `ParameterError` for an invalid IRI, and the errors of `Remote.query`; of these a `QueryError`
    does not contain the address of the endpoint.
    """
    remote = replace(endpoint, url=_with_graphs(endpoint.url, default_graphs, named_graphs))
    if bytes is not None:
        remote = replace(remote, bytes=min(remote.bytes, bytes))
    try:
        return remote.query(f"BASE {iri(base)} {query}")
    except QueryError as error:
        message = error.message.replace(remote.description, "endpoint that holds the graph")
        raise QueryError(message) from None


def _with_graphs(url: str, default_graphs: Sequence[str], named_graphs: Sequence[str]) -> str:
    """Return the address of an endpoint with the graphs of a query as parameters.

    Parameters that the address has are kept, and a graph is named once, since some engines read
    one twice that is named twice. Raises `ParameterError` for an invalid IRI.

    >>> _with_graphs("https://example.org/sparql", ["http://x/a", "http://x/a"], [])
    'https://example.org/sparql?default-graph-uri=http%3A%2F%2Fx%2Fa'
    """
    pairs = [("default-graph-uri", iri(graph).value) for graph in default_graphs]
    pairs += [("named-graph-uri", iri(graph).value) for graph in named_graphs]
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode([*dict.fromkeys(pairs)])]))
    return urlunsplit(parts._replace(query=query))
