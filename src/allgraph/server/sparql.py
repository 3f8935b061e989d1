r"""Answers to SPARQL queries of strangers, as documents that are written while they are sent.

This runs in a worker process, which may be killed, on a graph that it shares.

>>> from allgraph.graph import open_graph
>>> from allgraph.server.http.negotiation import wanted
>>> document = answer(open_graph(), "SELECT ?x { VALUES ?x { 1 2 } }", wanted("text/csv"))
>>> document.send(print)
b'x\r\n1\r\n2\r\n'
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from allgraph.errors import EngineError, QueryError
from allgraph.rdf.formats import Format, Kind
from allgraph.rdf.terms import Prefixes, iri
from allgraph.server.forwarding import relayed
from allgraph.server.http.bodies import rows_document, triples_document
from allgraph.server.http.negotiation import format_of, unavailable
from allgraph.server.http.reply import TaskResult
from allgraph.server.http.stream import check_rows
from allgraph.sparql.answer import Answer
from allgraph.sparql.dataset import Graphs, QueriedStore, Results
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.syntax import place, refuse_depth, syntax_error
from allgraph.sparql.tokens import calls_service, prologue, tokens

if TYPE_CHECKING:
    from allgraph.graph import Graph


def answer(
    graph: Graph,
    query: str,
    types: Mapping[Kind, str],
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    *,
    rows: int | None = None,
    bytes: int | None = None,
    allow_service: Collection[str] = (),
    base: str | None = None,
) -> TaskResult:
    """Start a query of a stranger, and return its answer, whose rows are read as it is sent.

    `types` has the media type for each kind of answer (rows, yes or no, triples). `rows` (or
    triples) are the most that the answer may have, and `bytes` the most that are read from an
    endpoint, None for no limit. `allow_service` has the addresses of the endpoints that SERVICE may
    call.

    `default_graphs` and `named_graphs` are IRIs, and go before FROM and FROM NAMED. They select
    among the graphs of the store, and nothing is ever fetched; an unknown one is empty. Without
    any, the default graph is all that is stated and derived, beside the named graphs of the files.
    Relative IRIs are resolved against `base`, or that of the folder.

    Raises `QueryError` for a syntax error, brackets that are nested too deeply, and SERVICE with
    an IRI that is not allowed; `ParameterError` for an invalid IRI of a graph; `UnknownFormat` when
    `types` has none for the kind of the answer; `TooMuch` for several FROM of very many triples;
    `EngineError`; and `TooLong` past a limit, and `UnknownFormat` for what XML cannot hold: these
    from the body when it is sent, but at once where the graph is at an endpoint and the answer is
    not triples.
    Errors in the first 64 KiB are raised before `TaskResult.send` sends anything.
    """
    refuse_depth(query)
    refuse_service(query, allow_service)
    prefixes, base = graph.prefixes, base or graph.folder.base
    if isinstance(graph.engine, Remote):
        # An empty store checks the syntax, so that errors are the same as with a local graph.
        _run(QueriedStore(Store()), _without_allowed_services(query, allow_service), prefixes, base)
        remote = relayed(graph.engine, query, default_graphs, named_graphs, base, bytes)
        return _remote_document(remote, types, prefixes, rows)
    requested = Graphs([*map(iri, default_graphs)], [*map(iri, named_graphs)])
    results = _run(graph.queried, query, prefixes, base, requested if any(requested) else None)
    return _document(results, types, prefixes, rows)


def _document(
    results: Results, types: Mapping[Kind, str], prefixes: Prefixes, most: int | None
) -> TaskResult:
    """The results of the local engine as a document, which reads them when it is sent.

    It has the media type that `types` has for the kind of the results; `UnknownFormat` if it has
    none. While it is sent, its body raises `TooLong` for more rows or triples than `most`,
    `UnknownFormat` for what XML cannot hold, and `EngineError`.
    """
    kind = _kind(results)
    type, format = _format(kind, types)
    if isinstance(results, QueryTriples):
        assert isinstance(format.engine, RdfFormat)
        return triples_document(results, type, format.engine, prefixes, most)
    assert isinstance(format.engine, QueryResultsFormat)
    if isinstance(results, QuerySolutions):
        return rows_document(results, type, format.engine, most)
    return TaskResult(type, [results.serialize(format=format.engine) or b""])


def _remote_document(
    answer: Answer, types: Mapping[Kind, str], prefixes: Prefixes, most: int | None
) -> TaskResult:
    """The answer of an endpoint, which is whole, as a document.

    It has the media type that `types` has for its kind; `UnknownFormat` if it has none, or for what
    XML cannot hold. Raises `TooLong` for more rows than `most`. With triples its body raises both
    errors while it is sent.
    """
    type, format = _format(answer.kind, types)
    if answer.triples is not None:
        assert isinstance(format.engine, RdfFormat)
        return triples_document(answer.triples, type, format.engine, prefixes, most)
    check_rows(len(answer.rows), most)
    return TaskResult(type, [answer.write(format.name)])


def _format(kind: Kind, types: Mapping[Kind, str]) -> tuple[str, Format]:
    """Return the media type of `types` for a kind of answer, and its format.

    Raises `UnknownFormat` if there is none.
    """
    if kind not in types:
        raise unavailable(kind)
    return types[kind], format_of(types[kind], kind)


def _run(
    store: QueriedStore, query: str, prefixes: Prefixes, base: str, requested: Graphs | None = None
) -> Results:
    """Run a query on a store, with the graphs that a request names, and return its results.

    The engine may find rows or triples only as they are read from the results. `prefixes` need not
    be declared in the query. Raises `QueryError` for a malformed query, an update or an unknown
    function, `TooMuch` for several FROM of very many triples, and `EngineError` if the engine
    fails.
    """
    try:
        prefixes_there = _occurring_prefixes(query, prefixes)
        return store.query(query, prefixes_there, base=base, requested=requested, in_any_order=True)
    except SyntaxError as error:
        raise syntax_error(str(error), query, prefixes, base=base) from None
    except UnicodeEncodeError:
        raise QueryError("the query has characters that are not Unicode") from None
    except (OSError, RuntimeError, ValueError) as error:
        if "custom function" in str(error):
            raise QueryError(str(error)) from None
        raise EngineError("the engine failed") from None


def _occurring_prefixes(query: str, prefixes: dict[str, str]) -> dict[str, str]:
    """The prefixes, with their namespaces, that may occur in a query undeclared; perhaps too many.

    The engine parses each prefix that it gets again for each query, so few save time.

    >>> _occurring_prefixes("ASK { ?s a a:b }", {"a": "http://a/", "b": "http://b/"})
    {'a': 'http://a/'}
    """
    if "\\u" in query or "\\U" in query:  # an escape may stand for a letter or colon
        return prefixes
    own, _ = prologue(query)
    return {
        name: space for name, space in prefixes.items() if name not in own and f"{name}:" in query
    }


def _kind(results: Results) -> Kind:
    """The kind of answer that some results are."""
    if isinstance(results, QueryBoolean):
        return "yes-no"
    return "rows" if isinstance(results, QuerySolutions) else "triples"


def refuse_service(query: str, allowed: Collection[str] = ()) -> None:
    """Raise `QueryError` when a query calls an endpoint that is not `allowed`.

    An allowed one is written out: ``SERVICE <IRI>`` or ``SERVICE SILENT <IRI>``, with spaces or
    line breaks, but without a comment between.

    >>> refuse_service("ASK { SERVICE <http://a/> {} }", ["http://a/"])
    >>> refuse_service("ASK { SERVICE <http://b/> {} }", ["http://a/"])
    Traceback (most recent call last):
      ...
    allgraph.errors.QueryError: line 1, column 7: SERVICE would ask another endpoint \
other than http://a/, and is refused; take it out
    """
    token = calls_service(_without_allowed_services(query, allowed) if allowed else query)
    if token is None:
        return
    only = f" other than {', '.join(sorted(allowed))}" if allowed else ""
    raise QueryError(
        f"{place(query, token.start)}SERVICE would ask another endpoint{only}, and is refused; "
        "take it out"
    )


def _without_allowed_services(query: str, allowed: Collection[str]) -> str:
    """Return a query with spaces in place of each SERVICE, and its IRI, that is `allowed`.

    Only the words ``SERVICE <IRI>`` and ``SERVICE SILENT <IRI>`` are removed, not the pattern after
    them. An engine that reads SERVICE there has to read the same IRI after it, whatever the rest
    of the query is. Each other SERVICE stays, to be refused.
    """
    parts: list[str] = []
    start, call, silent = 0, None, False  # `call` is a SERVICE that an IRI may follow
    for token in tokens(query):
        word = token.text.upper() if token.kind == "word" else ""
        if token.kind == "space" or (call and word == "SILENT" and not silent):
            silent = silent or word != ""
            continue
        if call and token.kind == "iri" and token.text[1:-1] in allowed:
            parts += [query[start : call.start], " " * (token.end - call.start)]
            start = token.end
        call, silent = (token if word == "SERVICE" else None), False
    return "".join([*parts, query[start:]])
