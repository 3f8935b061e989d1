r"""Parse requests to a SPARQL endpoint (SPARQL 1.1 Protocol, section 2).

>>> read("GET", b"query=ASK%20%7B%7D&default-graph-uri=http://x/")
Ask(query='ASK {}', default_graphs=('http://x/',), named_graphs=(), format=None, withdrawn=False)
>>> read("GET", b"format=ttl")
Ask(query=None, default_graphs=(), named_graphs=(), format='ttl', withdrawn=False)
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from typing import NamedTuple

from allgraph.errors import ParameterError
from allgraph.rdf import terms
from allgraph.rdf.files import gunzipped
from allgraph.server.http.problems import Rejected

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


class Ask(NamedTuple):
    """A request for the answer to a query; it may name graphs by their IRIs, and a format.

    With `withdrawn` it is about withdrawn claims too.

    One without a query is for the service description.
    """

    query: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    withdrawn: bool = False


def read(
    method: str,
    query_string: bytes,
    content_type: str | None = None,
    body: bytes = b"",
    *,
    encoding: str | None = None,
    limits: RequestLimits = RequestLimits(),  # noqa: B008  it cannot be changed
) -> Ask:
    """Return the query of a request; raise `Rejected` with a problem for one that is refused.

    HEAD is as GET. A GET without a query, update or graph asks for the service description.

    `content_type` and `encoding` are the headers about the body, which may be packed with gzip.
    Parameters that the protocol does not define are ignored, for clients send many; `format`
    and `withdrawn` are extensions. With a form, graphs may be named in the address too, as the
    tests of the W3C do. Updates are refused in every form.
    """
    if method in ("GET", "HEAD"):
        return _read_get(query_string, body, limits)
    if method == "POST":
        body = _unpacked(body, (encoding or "").strip().lower(), limits.body)
        return _read_post(query_string, content_type or "", body, limits)
    raise Rejected("method", f"an endpoint takes {METHODS}", headers={"Allow": METHODS})


def parameters(query_string: bytes, limits: RequestLimits) -> Fields:
    """Return the decoded parameters of an address, of any route; `Rejected` if it is too long.

    `query_string` is what follows the question mark. The order is kept, and names may repeat.
    Raises `Rejected` too if they are too many or malformed.

    >>> parameters(b"from=Sara+Ziff&together", RequestLimits())
    [('from', 'Sara Ziff'), ('together', '')]
    """
    if len(query_string) > limits.address:
        detail = f"the address has more than {limits.address:,} bytes; POST the query instead"
        raise Rejected("too-long", detail, limit="address")
    return _fields(query_string, limits)


def _read_get(query_string: bytes, body: bytes, limits: RequestLimits) -> Ask:
    """Parse a GET: it asks for an answer, or without parameters for a service description.

    Raises `Rejected` if it has a body, is an update or is malformed.
    """
    fields = parameters(query_string, limits)
    if body:
        raise Rejected("request", "a GET has no body; POST it")
    if not any(name in _OURS for name, _ in fields):
        return Ask(format=_first_value(fields, "format"))
    return _ask(fields, None, limits)


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """Return a body without its content encoding, which is the value of that header or empty.

    Raises `Rejected` if it is neither empty, ``identity`` nor gzip, if the body is not packed so,
    and if it has more than `most` bytes when it is unpacked; not many more are then unpacked.
    """
    if encoding in ("gzip", "x-gzip"):
        try:
            body = gunzipped(body, most)
        except ValueError:
            raise Rejected("request", "Content-Encoding says gzip, but the body is none") from None
    elif encoding not in ("", "identity"):
        detail = "a request body may be compressed with gzip only"
        raise Rejected("media-type", detail, headers={"Accept-Encoding": "gzip"})
    if len(body) > most:
        raise Rejected("too-large", f"the body has more than {most:,} bytes", limit="body")
    return body


def _read_post(query_string: bytes, content_type: str, body: bytes, limits: RequestLimits) -> Ask:
    """Return the query of a POST, whose body is a query or a form.

    Parameters may be in the address too, but beside a form not the query. Raises `Rejected` for
    other types of bodies, an update, and what is malformed.
    """
    fields = parameters(query_string, limits)
    essence = content_type.partition(";")[0].strip().lower()
    charset = _CHARSET.search(content_type)
    if essence not in (QUERY, UPDATE, FORM) or (charset and charset[1].lower() not in _UTF_8):
        detail = f"a POST is a query as {QUERY}, or a form as {FORM}, in UTF-8"
        raise Rejected("media-type", detail, headers={"Accept-Post": f"{QUERY}, {FORM}"})
    if essence == UPDATE:
        raise Rejected("read-only", _READ_ONLY)
    if essence == QUERY:
        return _ask(fields, _decode_utf_8(body, "the query"), limits)
    for name, _ in fields:
        if name in ("query", "update"):
            raise Rejected("request", f"put “{name}” into the form, not into the address")
    return _ask(_fields(body, limits) + fields, None, limits)


def _ask(fields: Fields, query: str | None, limits: RequestLimits) -> Ask:
    """Return the query of a request with the graphs and the format in its parameters, `fields`.

    The query is one of them, or `query` if the body is a query, else None. Raises `Rejected` unless
    there is exactly one, for an update, and for too many graphs or one that is no absolute IRI.
    """
    values: dict[str, list[str]] = {"query": [] if query is None else [query]}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    queries = values["query"]
    if "update" in values:
        if queries:
            raise Rejected("request", "a request has a query or an update, not both")
        raise Rejected("read-only", _READ_ONLY)
    if len(queries) != 1:
        raise Rejected("request", f"a request has one query, this has {len(queries) or 'none'}")
    default, named = (
        tuple([_absolute_iri(value, name) for value in values.get(name, ())]) for name in _GRAPHS
    )
    if len(default) + len(named) > limits.graphs:
        detail = f"a request may name {limits.graphs} graphs, this names more"
        raise Rejected("request", detail, limit="graphs")
    withdrawn = values.get("withdrawn", ["false"])[0]
    is_with = withdrawn.lower() not in ("false", "0")
    return Ask(queries[0], default, named, values.get("format", [None])[0], is_with)


def _fields(encoded: bytes, limits: RequestLimits) -> Fields:
    """Return the decoded parameters of an address or a form, in order.

    A name may occur more than once. Raises `Rejected` if there are too many or one is malformed.
    """
    parts = encoded.split(b"&", limits.fields)
    if len(parts) > limits.fields:
        raise Rejected(
            "request", f"there are more than {limits.fields:,} parameters", limit="fields"
        )
    pairs = (part.partition(b"=") for part in parts if part)
    return [(_percent_decoded(name), _percent_decoded(value)) for name, _, value in pairs]


def _percent_decoded(encoded: bytes) -> str:
    """Decode a percent-encoded name or value of a form, where ``+`` is a space.

    Raises `Rejected` if it is malformed or not in UTF-8.
    """
    if _STRAY_PERCENT.search(encoded):
        detail = "a % in a parameter is not followed by two hexadecimal digits"
        raise Rejected("request", detail)
    # As quoted-printable it is decoded in C: twenty times as fast as by `urllib.parse`.
    quoted = encoded.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")
    return _decode_utf_8(a2b_qp(quoted), "a parameter")


def _decode_utf_8(encoded: bytes, what: str) -> str:
    """Decode UTF-8; `Rejected` with a message about `what` if it is malformed."""
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        raise Rejected("request", f"{what} is not in UTF-8") from None


def _absolute_iri(value: str, name: str) -> str:
    """Return the value of the parameter `name` if it is an absolute IRI; else raise `Rejected`."""
    try:
        return terms.iri(value).value
    except ParameterError:
        raise Rejected(
            "request", f"“{name}” takes an absolute IRI, and “{value}” is none"
        ) from None


def _first_value(fields: Fields, name: str) -> str | None:
    """The first value of a parameter or None; some clients send it more than once."""
    return next((value for other, value in fields if other == name), None)
