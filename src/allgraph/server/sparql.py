r"""One SPARQL query, answered as a stream of bytes, and the description of the endpoint.

These are tasks: they run in a process that may be killed, on a graph that it shares.

>>> from allgraph.graph import open_graph
>>> from allgraph.server.http.negotiation import wanted
>>> document = answer(open_graph(), "SELECT ?x { VALUES ?x { 1 2 } }", wanted("text/csv"))
>>> document.type, b"".join(document.body)
('text/csv; charset=utf-8', b'x\r\n1\r\n2\r\n')
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from allgraph.errors import EngineError, QueryError
from allgraph.rdf.formats import Kind
from allgraph.rdf.terms import DERIVED, Prefixes, iri
from allgraph.server.forwarding import relayed
from allgraph.server.http.bodies import rows_document, triples_document
from allgraph.server.http.negotiation import format_of, unavailable
from allgraph.server.http.reply import TaskResult
from allgraph.server.http.stream import AnswerLimits, check
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.syntax import syntax_error
from allgraph.sparql.tokens import Token, calls_service, has_from, line_of, tokens

if TYPE_CHECKING:
    from allgraph.graph import Graph

ROWS = 1_000_000
BYTES = 256 * 2**20
DEEPEST = 250
"""How deep brackets may be nested; the parser's stack takes more than three times as many."""

_UPDATES = frozenset("INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH".split())
_FORMS = frozenset(("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))


class _Dataset(TypedDict, total=False):
    default_graph: list[NamedNode | BlankNode | DefaultGraph]
    named_graphs: list[NamedNode | BlankNode]
    use_default_graph_as_union: bool


def answer(
    graph: Graph,
    query: str,
    types: Mapping[Kind, str],
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    *,
    rows: int | None = ROWS,
    bytes: int | None = BYTES,
    allow_service: Collection[str] = (),
    base: str | None = None,
) -> TaskResult:
    """The answer to a query, in the one of the `types` for what it asks; see `wanted`.

    `default_graphs` and `named_graphs` are IRIs, and go before FROM and FROM NAMED. They select
    among the graphs of the store, and nothing is ever fetched; one that is not there is empty.
    When neither says anything, the query is about all that is stated and derived, and the named
    graphs are there too. Relative IRIs are resolved against `base`, or that of the folder.

    Raises `QueryError` for a wrong text, one that is nested too deeply, and SERVICE with
    another IRI than those allowed; `UnknownFormat`, `EngineError`; and, from the body,
    `TooLong` for more `rows` (or triples) or `bytes` than there may be. What is found before
    64 KiB are written, `TaskResult.send` raises before it hands on anything.
    """
    refuse_depth(query)
    refuse_service(query, allow_service)
    prefixes = graph.prefixes
    limits = AnswerLimits(rows, bytes)
    if isinstance(graph.engine, Remote):
        checked = Store()  # of nothing: so that what is wrong is told in the same words
        _asked(checked, _without(query, allow_service), graph, base, {})
        found = relayed(graph.engine, query, default_graphs, named_graphs,
                        base or graph.folder.base, bytes)  # fmt: skip
        return _written(found, types, prefixes, limits)
    dataset = _dataset(graph.store, query, default_graphs, named_graphs)
    results = _asked(graph.store, query, graph, base, dataset)
    kind = _kind(results)
    if kind not in types:
        raise unavailable(kind)
    format = format_of(types[kind], kind).engine
    if isinstance(results, QueryBoolean):
        assert isinstance(format, QueryResultsFormat)
        return TaskResult(types[kind], [results.serialize(format=format) or b""])
    if isinstance(results, QuerySolutions):
        assert isinstance(format, QueryResultsFormat)
        return rows_document(results, types[kind], format, limits)
    assert isinstance(format, RdfFormat)
    return triples_document(results, types[kind], format, prefixes, limits)


def _written(
    found: Answer, types: Mapping[Kind, str], prefixes: Prefixes, limits: AnswerLimits
) -> TaskResult:
    """An answer that is here, in the one of the `types` for it."""
    if found.kind not in types:
        raise unavailable(found.kind)
    type = types[found.kind]
    format = format_of(type, found.kind)
    if found.triples is not None:
        assert isinstance(format.engine, RdfFormat)
        return triples_document(found.triples, type, format.engine, prefixes, limits)
    check(limits, len(found.rows))
    return TaskResult(type, [found.write(format.name)])


def _asked(
    store: Store, query: str, graph: Graph, base: str | None, dataset: _Dataset
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """What a store answers; else the error that says why not."""
    prefixes = graph.prefixes
    try:
        return store.query(
            query, prefixes=_named(query, prefixes), base_iri=base or graph.folder.base, **dataset
        )
    except SyntaxError as error:
        raise _update(query) or syntax_error(str(error), query, prefixes) from None
    except UnicodeEncodeError:
        raise QueryError("the query has characters that are not Unicode") from None
    except (OSError, RuntimeError, ValueError) as error:
        if "custom function" in str(error):
            raise QueryError(str(error)) from None
        raise EngineError("the engine failed") from None


def _named(query: str, prefixes: dict[str, str]) -> dict[str, str]:
    """The prefixes that a query may name; the engine reads each one anew for each query.

    >>> _named("ASK { ?s a a:b }", {"a": "http://a/", "b": "http://b/"})
    {'a': 'http://a/'}
    """
    if "\\u" in query or "\\U" in query:  # a letter may be written so, and the colon too
        return prefixes
    return {name: space for name, space in prefixes.items() if f"{name}:" in query}


def _kind(results: QuerySolutions | QueryBoolean | QueryTriples) -> Kind:
    if isinstance(results, QueryBoolean):
        return "yes-no"
    return "rows" if isinstance(results, QuerySolutions) else "triples"


def _dataset(store: Store, query: str, default: Sequence[str], named: Sequence[str]) -> _Dataset:
    """Which graphs a query is about, as the engine is told.

    A request that names some of one sort leaves those of the other sort empty, as FROM does.
    """
    if default or named:
        return {
            "default_graph": [iri(each) for each in default],
            "named_graphs": [iri(each) for each in named],
        }
    if has_from(query):
        return {}
    if all(name == DERIVED for name in store.named_graphs()):
        return {"use_default_graph_as_union": True}  # the same, and faster by a tenth
    return {"default_graph": [DefaultGraph(), DERIVED]}


def _update(query: str) -> QueryError | None:
    """What to say of a text that is an update, if it is one."""
    words = (token.text.upper() for token in tokens(query) if token.kind == "word")
    first = next((word for word in words if word in _FORMS | _UPDATES), "")
    if first not in _UPDATES:
        return None
    return QueryError(f"this has {first}, and only queries are answered here; updates are refused")


def refuse_depth(query: str, deepest: int = DEEPEST) -> None:
    """Raise `QueryError` for brackets nested so deeply that the parser might crash.

    >>> refuse_depth("ASK " + "{" * 500 + "}" * 500)
    Traceback (most recent call last):
      ...
    allgraph.errors.QueryError: line 1, column 255: brackets are nested more than 250 deep
    """
    if sum(map(query.count, "{([")) <= deepest:
        return
    depth = 0
    for token in tokens(query):
        if token.text in ("{", "(", "["):
            depth += 1
        elif token.text in ("}", ")", "]"):
            depth -= 1
        if depth > deepest:
            raise QueryError(
                f"{_place(query, token)}: brackets are nested more than {deepest} deep"
            )


def refuse_service(query: str, allowed: Collection[str] = ()) -> None:
    """Raise `QueryError` when a query asks an endpoint that is not `allowed`.

    An allowed one is written out: ``SERVICE <IRI>`` or ``SERVICE SILENT <IRI>``, on whatever
    lines, without a comment between.

    >>> refuse_service("ASK { SERVICE <http://a/> {} }", ["http://a/"])
    >>> refuse_service("ASK { SERVICE <http://b/> {} }", ["http://a/"])
    Traceback (most recent call last):
      ...
    allgraph.errors.QueryError: line 1, column 7: SERVICE would ask another endpoint \
other than http://a/, and is refused; take it out
    """
    if "SERVICE" not in query.upper():
        return
    token = calls_service(_without(query, allowed) if allowed else query)
    if token is None:
        return
    only = f" other than {', '.join(sorted(allowed))}" if allowed else ""
    raise QueryError(
        f"{_place(query, token)}: SERVICE would ask another endpoint{only}, and is refused; "
        "take it out"
    )


def _without(query: str, allowed: Collection[str]) -> str:
    """A query with spaces in place of each call to an endpoint that is allowed.

    An engine that reads SERVICE at such a place has to read the same IRI after it, whatever it
    makes of the rest. What else there is of SERVICE stays, and is refused.
    """
    parts: list[str] = []
    start, call, silent = 0, None, False
    for token in tokens(query):
        word = token.text.upper() if token.kind == "word" else ""
        if token.kind == "space" or (call and word == "SILENT" and not silent):
            silent = silent or word != ""
            continue
        if call and token.kind == "iri" and token.text[1:-1] in allowed:
            end = token.start + len(token.text)
            parts += [query[start : call.start], " " * (end - call.start)]
            start = end
        call, silent = (token if word == "SERVICE" else None), False
    return "".join([*parts, query[start:]])


def _place(query: str, token: Token) -> str:
    column = token.start - query.rfind("\n", 0, token.start)
    return f"line {line_of(query, token.start)}, column {column}"
