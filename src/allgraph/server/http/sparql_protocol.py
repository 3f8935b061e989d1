r"""What a request to a SPARQL endpoint asks for (SPARQL 1.1 Protocol, section 2).

>>> read("GET", b"query=ASK%20%7B%7D&default-graph-uri=http://x/")
Ask(query='ASK {}', default_graphs=('http://x/',), named_graphs=(), format=None)
>>> read("GET", b"")
Describe(format=None)
>>> read("POST", b"", "application/sparql-update", b"CLEAR ALL").status
403
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from allgraph.errors import ParameterError
from allgraph.rdf import terms
from allgraph.server.http.problems import Problem, problem

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
METHODS = "GET, HEAD, POST, OPTIONS"

_DIGITS = b"0123456789ABCDEFabcdef"
_BYTES = {bytes((a, b)): bytes.fromhex(chr(a) + chr(b)) for a in _DIGITS for b in _DIGITS}
_GRAPHS = ("default-graph-uri", "named-graph-uri")
_OURS = ("query", "update", *_GRAPHS)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]*)", re.IGNORECASE)
_UTF_8 = ("utf-8", "utf8")

Fields = list[tuple[str, str]]


class RequestLimits(NamedTuple):
    """How large a request may be, in bytes, parameters and graphs."""

    address: int = 60 * 2**10  # the parser of HTTP takes no more than 64
    body: int = 2**20
    fields: int = 1_000
    graphs: int = 100


@dataclass(frozen=True)
class Ask:
    """One query, the graphs that it is about if the request says so, and a format if it does."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None


@dataclass(frozen=True)
class Describe:
    """No query, so the description of the service; and a format if the request names one."""

    format: str | None = None


class _Wrong(Exception):
    def __init__(self, found: Problem) -> None:
        self.problem = found


def read(
    method: str,
    query_string: bytes,
    content_type: str | None = None,
    body: bytes = b"",
    *,
    limits: RequestLimits = RequestLimits(),  # noqa: B008  it cannot be changed
) -> Ask | Describe | Problem:
    """What a request asks for, or the problem that it is. HEAD is as GET.

    Parameters that the protocol does not know are passed over, for clients send many; `format`
    is ours. Graphs may be named in the address of a form too, as the tests of the W3C do.
    Updates are refused in whatever way they come.
    """
    try:
        if method in ("GET", "HEAD"):
            return _got(query_string, body, limits)
        if method == "POST":
            return _posted(query_string, content_type or "", body, limits)
        raise _wrong("method", f"an endpoint takes {METHODS}", headers={"Allow": METHODS})
    except _Wrong as wrong:
        return wrong.problem


def parameters(query_string: bytes, limits: RequestLimits = RequestLimits()) -> Fields | Problem:  # noqa: B008
    """The parameters of an address, for a route of another sort, or the problem that they are.

    >>> parameters(b"from=Sara+Ziff&together")
    [('from', 'Sara Ziff'), ('together', '')]
    """
    try:
        return _in_address(query_string, limits)
    except _Wrong as wrong:
        return wrong.problem


def _got(query_string: bytes, body: bytes, limits: RequestLimits) -> Ask | Describe:
    fields = _in_address(query_string, limits)
    if body:
        raise _wrong("request", "a GET has no body; POST it")
    names = {name for name, _ in fields}
    if not names & {*_OURS}:
        return Describe(_first(fields, "format"))
    return _ask(fields, None, limits)


def _posted(query_string: bytes, content_type: str, body: bytes, limits: RequestLimits) -> Ask:
    fields = _in_address(query_string, limits)
    if len(body) > limits.body:
        raise _wrong("too-large", f"the body has more than {limits.body:,} bytes", limit="body")
    essence = content_type.partition(";")[0].strip().lower()
    charset = _CHARSET.search(content_type)
    if essence not in (QUERY, UPDATE, FORM) or (charset and charset[1].lower() not in _UTF_8):
        detail = f"a POST is a query as {QUERY}, or a form as {FORM}, in UTF-8"
        raise _wrong("media-type", detail, headers={"Accept-Post": f"{QUERY}, {FORM}"})
    if essence == UPDATE:
        raise _update()
    if essence == QUERY:
        return _ask(fields, _text(body, "the query"), limits)
    stray = next((name for name, _ in fields if name in ("query", "update")), None)
    if stray is not None:
        raise _wrong("request", f"with a form, “{stray}” belongs into the form, not the address")
    return _ask(_fields(body, limits) + fields, None, limits)


def _ask(fields: Fields, query: str | None, limits: RequestLimits) -> Ask:
    """What the parameters ask for; `query` is that of the body, where there is one."""
    queries = [value for name, value in fields if name == "query"]
    if query is not None:
        queries.append(query)
    if any(name == "update" for name, _ in fields):
        if queries:
            raise _wrong("request", "a request has a query or an update, and not both")
        raise _update()
    if len(queries) != 1:
        raise _wrong("request", f"a request has one query, and this has {len(queries) or 'none'}")
    default, named = ([_iri(v, n) for n, v in fields if n == name] for name in _GRAPHS)
    if len(default) + len(named) > limits.graphs:
        detail = f"a request may name {limits.graphs} graphs, and this names more"
        raise _wrong("request", detail, limit="graphs")
    return Ask(queries[0], tuple(default), tuple(named), _first(fields, "format"))


def _in_address(query_string: bytes, limits: RequestLimits) -> Fields:
    if len(query_string) > limits.address:
        detail = f"the address has more than {limits.address:,} bytes; POST the query instead"
        raise _wrong("too-long", detail, limit="address")
    return _fields(query_string, limits)


def _fields(encoded: bytes, limits: RequestLimits) -> Fields:
    """The parameters of an address or a form. Some are in it more than once."""
    parts = encoded.split(b"&", limits.fields)
    if len(parts) > limits.fields:
        raise _wrong("request", f"there are more than {limits.fields:,} parameters", limit="fields")
    pairs = (part.partition(b"=") for part in parts if part)
    return [(_decoded(name), _decoded(value)) for name, _, value in pairs]


def _decoded(encoded: bytes) -> str:
    first, *rest = encoded.replace(b"+", b" ").split(b"%")
    try:
        data = b"".join([first, *[_BYTES[part[:2]] + part[2:] for part in rest]])
    except KeyError:
        detail = "a % in a parameter is not followed by two hexadecimal digits"
        raise _wrong("request", detail) from None
    return _text(data, "a parameter")


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong("request", f"{what} is not in UTF-8") from None


def _iri(value: str, name: str) -> str:
    try:
        return terms.iri(value).value
    except ParameterError:
        raise _wrong("request", f"“{name}” takes an absolute IRI, and “{value}” is none") from None


def _first(fields: Fields, name: str) -> str | None:
    """The first value: some clients give a format by all the names that they know for it."""
    return next((value for each, value in fields if each == name), None)


def _update() -> _Wrong:
    return _wrong("read-only", "this endpoint answers queries; updates are refused")


def _wrong(
    sort: str, detail: str, *, limit: str | None = None, headers: dict[str, str] | None = None
) -> _Wrong:
    return _Wrong(problem(sort, detail, limit=limit, headers=headers))
