r"""Parse requests to a SPARQL endpoint (SPARQL 1.1 Protocol, section 2).

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
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from allgraph.errors import ParameterError
from allgraph.rdf import terms
from allgraph.rdf.files import gunzipped
from allgraph.server.http.problems import Problem, problem

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
METHODS = "GET, HEAD, POST, OPTIONS"

_STRAY_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_GRAPHS = ("default-graph-uri", "named-graph-uri")
_OURS = ("query", "update", *_GRAPHS)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]*)", re.IGNORECASE)
_UTF_8 = ("utf-8", "utf8")

_READ_ONLY = "this endpoint answers queries; updates are refused"

Fields = list[tuple[str, str]]


class RequestLimits(NamedTuple):
    """The limits of a request: bytes of its address and body, parameters, graphs."""

    address: int = 60 * 2**10  # the parser of HTTP takes no more than 64
    body: int = 2**20
    fields: int = 1_000
    graphs: int = 100


@dataclass(frozen=True)
class Ask:
    """A request for the answer to a query; it may name graphs by their IRIs, and a format."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None


@dataclass(frozen=True)
class Describe:
    """A request for the service description: one without a query. It may name a format."""

    format: str | None = None


class _Refused(Exception):
    """Raised inside this module for a request that is refused with a problem."""

    def __init__(self, sort: str, detail: str, **members: Any) -> None:
        """Make the problem of a sort, by the function `problem`; `members` are its options."""
        self.problem = problem(sort, detail, **members)


def read(
    method: str,
    query_string: bytes,
    content_type: str | None = None,
    body: bytes = b"",
    *,
    encoding: str | None = None,
    limits: RequestLimits = RequestLimits(),  # noqa: B008  it cannot be changed
) -> Ask | Describe | Problem:
    """Return the query of a request, or the problem with which it is refused; nothing is raised.

    HEAD is as GET. A GET without a query, update or graph asks for the service description.

    `content_type` and `encoding` are the headers about the body, which may be packed with gzip.
    Parameters that the protocol does not define are ignored, for clients send many; `format` is
    an extension. With a form, graphs may be named in the address too, as the tests of the W3C
    do. Updates are refused in every form.
    """
    try:
        if method in ("GET", "HEAD"):
            return _read_get(query_string, body, limits)
        if method == "POST":
            body = _unpacked(body, (encoding or "").strip().lower(), limits.body)
            return _read_post(query_string, content_type or "", body, limits)
        raise _Refused("method", f"an endpoint takes {METHODS}", headers={"Allow": METHODS})
    except _Refused as refused:
        return refused.problem


def parameters(query_string: bytes, limits: RequestLimits = RequestLimits()) -> Fields | Problem:  # noqa: B008
    """Return the decoded parameters of an address, of any route, or the problem with them.

    `query_string` is what follows the question mark. The order is kept, and names may repeat.

    >>> parameters(b"from=Sara+Ziff&together")
    [('from', 'Sara Ziff'), ('together', '')]
    """
    try:
        return _address_fields(query_string, limits)
    except _Refused as refused:
        return refused.problem


def _read_get(query_string: bytes, body: bytes, limits: RequestLimits) -> Ask | Describe:
    """Return what a GET asks for: an answer, or without parameters of the protocol a description.

    Raises `_Refused` if it has a body, is an update or is malformed.
    """
    fields = _address_fields(query_string, limits)
    if body:
        raise _Refused("request", "a GET has no body; POST it")
    names = {name for name, _ in fields}
    if not names & {*_OURS}:
        return Describe(_first_value(fields, "format"))
    return _ask(fields, None, limits)


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Return a body without its content encoding, which is the value of that header or empty.

    Raises `_Refused` if it is neither empty, ``identity`` nor gzip, if the body is not packed so,
    and if it has more than `most` bytes when it is unpacked; not many more are then unpacked.
    """
    if encoding in ("gzip", "x-gzip"):
        try:
            body = gunzipped(body, most)
        except ValueError:
            raise _Refused("request", "the body is not packed with gzip, as it says") from None
    elif encoding not in ("", "identity"):
        detail = "a body may be packed with gzip, and with nothing else"
        raise _Refused("media-type", detail, headers={"Accept-Encoding": "gzip"})
    if len(body) > most:
        raise _Refused("too-large", f"the body has more than {most:,} bytes", limit="body")
    return body


def _read_post(query_string: bytes, content_type: str, body: bytes, limits: RequestLimits) -> Ask:
    """Return the query of a POST, whose body is a query or a form.

    Parameters may be in the address too, but beside a form not the query. Raises `_Refused` for
    other types of bodies, an update, and what is malformed.
    """
    fields = _address_fields(query_string, limits)
    essence = content_type.partition(";")[0].strip().lower()
    charset = _CHARSET.search(content_type)
    if essence not in (QUERY, UPDATE, FORM) or (charset and charset[1].lower() not in _UTF_8):
        detail = f"a POST is a query as {QUERY}, or a form as {FORM}, in UTF-8"
        raise _Refused("media-type", detail, headers={"Accept-Post": f"{QUERY}, {FORM}"})
    if essence == UPDATE:
        raise _Refused("read-only", _READ_ONLY)
    if essence == QUERY:
        return _ask(fields, _decode_utf_8(body, "the query"), limits)
    for name, _ in fields:
        if name in ("query", "update"):
            raise _Refused("request", f"with a form, “{name}” belongs in the form, not the address")
    return _ask(_fields(body, limits) + fields, None, limits)


def _ask(fields: Fields, query: str | None, limits: RequestLimits) -> Ask:
    """Return the query of a request with the graphs and the format in its parameters, `fields`.

    The query is one of them, or `query` if the body is a query, else None. Raises `_Refused` unless
    there is exactly one, for an update, and for too many graphs or one that is no absolute IRI.
    """
    queries = [value for name, value in fields if name == "query"]
    if query is not None:
        queries.append(query)
    if any(name == "update" for name, _ in fields):
        if queries:
            raise _Refused("request", "a request has a query or an update, not both")
        raise _Refused("read-only", _READ_ONLY)
    if len(queries) != 1:
        raise _Refused("request", f"a request has one query, this has {len(queries) or 'none'}")
    default, named = (
        [_absolute_iri(value, name) for name, value in fields if name == wanted]
        for wanted in _GRAPHS
    )
    if len(default) + len(named) > limits.graphs:
        detail = f"a request may name {limits.graphs} graphs, this names more"
        raise _Refused("request", detail, limit="graphs")
    return Ask(queries[0], tuple(default), tuple(named), _first_value(fields, "format"))


def _address_fields(query_string: bytes, limits: RequestLimits) -> Fields:
    """Return the decoded parameters of an address, by `_fields`; `_Refused` if it is too long."""
    if len(query_string) > limits.address:
        detail = f"the address has more than {limits.address:,} bytes; POST the query instead"
        raise _Refused("too-long", detail, limit="address")
    return _fields(query_string, limits)


def _fields(encoded: bytes, limits: RequestLimits) -> Fields:
    """Return the decoded parameters of an address or a form, in order.

    A name may occur more than once. Raises `_Refused` if there are too many or one is malformed.
    """
    parts = encoded.split(b"&", limits.fields)
    if len(parts) > limits.fields:
        raise _Refused(
            "request", f"there are more than {limits.fields:,} parameters", limit="fields"
        )
    pairs = (part.partition(b"=") for part in parts if part)
    return [(_percent_decoded(name), _percent_decoded(value)) for name, _, value in pairs]


def _percent_decoded(encoded: bytes) -> str:
    """Decode a percent-encoded name or value of a form, where ``+`` is a space.

    Raises `_Refused` if it is malformed or not in UTF-8.
    """
    if _STRAY_PERCENT.search(encoded):
        detail = "a % in a parameter is not followed by two hexadecimal digits"
        raise _Refused("request", detail)
    return _decode_utf_8(unquote_to_bytes(encoded.replace(b"+", b" ")), "a parameter")


def _decode_utf_8(encoded: bytes, what: str) -> str:
    """Decode UTF-8; `_Refused` with a message about `what` if it is malformed."""
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise _Refused("request", f"{what} is not in UTF-8") from None


def _absolute_iri(value: str, name: str) -> str:
    """Return the value of the parameter `name` if it is an absolute IRI; else raise `_Refused`."""
    try:
        return terms.iri(value).value
    except ParameterError:
        raise _Refused(
            "request", f"“{name}” takes an absolute IRI, and “{value}” is none"
        ) from None


def _first_value(fields: Fields, name: str) -> str | None:
    """The first value of a parameter or None; some clients send it more than once."""
    return next((value for other, value in fields if other == name), None)
