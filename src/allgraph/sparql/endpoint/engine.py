"""The remote engine: a SPARQL 1.1 endpoint, queried over HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from pyoxigraph import RdfFormat

from allgraph.errors import EngineError, EngineTimeout, InputError, QueryError
from allgraph.rdf import terms
from allgraph.rdf.formats import Kind
from allgraph.rdf.terms import Prefixes
from allgraph.sparql.answer import Answer
from allgraph.sparql.endpoint import dialects
from allgraph.sparql.endpoint.access import Access, Login, one_line, shown
from allgraph.sparql.syntax import undeclared
from allgraph.sparql.tokens import tokens, without_space, without_whole_iris

if TYPE_CHECKING:
    from allgraph.sparql.endpoint.http import EndpointReply

SECONDS = 60.0
"""How many seconds a query may take by default."""
BYTES = 256 * 2**20
"""How many bytes an answer may have by default."""

_KINDS: dict[str, Kind] = {
    "SELECT": "rows",
    "ASK": "yes-no",
    "CONSTRUCT": "triples",
    "DESCRIBE": "triples",
}
_JSON = ("application/sparql-results+json", "application/json")
_TURTLE = (RdfFormat.TURTLE, RdfFormat.N_TRIPLES)
_MAYBE_PREFIX = re.compile(r"([^\W\d_][\w.-]*):")
_PLACE = re.compile(r"(error at 1:)([0-9]{1,9})")
_NOT_HERE = "check the address, whose path often ends in /sparql or /query"  # part of messages
_STATUSES = {  # what a message says after the name of the endpoint, by HTTP status
    206: dialects.PARTIAL,
    401: "refuses access; put user and password into ALLGRAPH_USER and ALLGRAPH_PASSWORD, or "
    "into ~/.netrc; it may not take those that it was given",
    403: "refuses access; may this user ask it?",
    404: f"is not there; {_NOT_HERE}",
    405: f"takes no queries by POST; {_NOT_HERE}",
    406: "can answer neither in JSON nor in Turtle",
    410: "is no longer there",
    413: "takes no query as long as this one; ask for less",
    414: "takes no query as long as this one; ask for less",
    415: "takes no queries that are sent as a form",
    429: "has been asked too often",
    503: "is busy or down",
}


@dataclass(frozen=True)
class Remote:
    """An engine that sends queries to the SPARQL endpoint at an http or https address.

    `login` is for an endpoint that needs one, unless the address has ``user:password@``. A query
    may take `seconds` in all, and its answer may have at most `bytes` bytes. Raises `InputError`
    for an address that is not http or https.

    >>> Remote("http://ada:secret@localhost:7878/query?key=secret", Prefixes()).description
    'endpoint http://localhost:7878/query'
    """

    url: str = field(repr=False)
    prefixes: Prefixes = field(repr=False)
    seconds: float = SECONDS
    bytes: int = BYTES
    login: Login | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        assert self.access  # made here, so that it raises `InputError` for a wrong address

    @cached_property
    def access(self) -> Access:
        """The address of the endpoint with its login and last challenge; made once and kept.

        Each request may change its challenge, so that later ones need not be asked for credentials.
        """
        return Access(self.url, self.login)

    @property
    def description(self) -> str:
        """The address of the endpoint, without what may be secret in it."""
        return f"endpoint {self.access.shown}"

    def within(self, seconds: float) -> Remote:
        """Return a copy of this engine with another time-out; infinity for no time-out."""
        return replace(self, seconds=seconds)

    def query(self, sparql: str, *, counted: bool = False) -> Answer:
        """Send a query to the endpoint by HTTP, and return the answer.

        The prefixes of the graph need not be declared. With `counted`, the caller checks whether
        the endpoint cut the rows; without, an answer with as many rows as the limit that the
        endpoint announces raises `EngineError`. Raises `QueryError` when the text is wrong, here
        or to the endpoint; `EngineTimeout` when it takes too long with all attempts;
        `EngineError`, which names the endpoint, when a comment ``# Wrong on NAME: why`` in the
        query names its engine, or there is no whole answer for any other reason.
        """
        form = _form(sparql)
        declarations = _declarations(sparql, self.prefixes)
        try:
            reply = self._send(declarations + sparql, form)
            dialects.refuse_wrong(reply.headers, sparql)
            if reply.status == 200:
                answer = self._read(reply, form)
                dialects.refuse_partial(reply.headers, 0 if counted else len(answer), sparql)
                return answer
        except EngineError as error:
            kind = EngineTimeout if isinstance(error, EngineTimeout) else EngineError
            raise kind(f"the {self.description} {error.message}") from None
        if reply.status == 400:
            raise undeclared(sparql, self.prefixes) or self._refusal(reply, len(declarations))
        raise self._failure(reply)

    def _send(self, sparql: str, form: str) -> EndpointReply:
        """Send a query of a form such as ``SELECT`` by HTTP, and return the last reply.

        The request may be sent several times; a challenge in a reply is put into `access`. Raises
        `EngineTimeout` when all attempts take too long, and `EngineError` without a whole reply.
        """
        from allgraph.sparql.endpoint.http import ExchangeLimits, query_request
        from allgraph.sparql.endpoint.retry import send_with_retries

        limits = ExchangeLimits(self.seconds, self.bytes)
        return send_with_retries(self.access, lambda url: query_request(url, sparql, form), limits)

    def _read(self, reply: EndpointReply, form: str) -> Answer:
        """Parse the answer in a reply to a query of a form such as ``SELECT``.

        Rows and yes or no must be JSON, triples Turtle or N-Triples. Raises `EngineError` when the
        body is compressed, cannot be parsed, or is no answer to a query of this form.
        """
        from allgraph.sparql.endpoint.results import read_json, read_triples

        kind, media_type = _KINDS[form], reply.headers.get_content_type()
        coding = reply.headers.get("Content-Encoding", "identity")
        if coding != "identity":
            raise EngineError(
                f"compressed its answer as {one_line(coding)}, which was not requested"
            )
        format = RdfFormat.from_media_type(media_type)
        try:
            if kind != "triples" and media_type in _JSON:
                answer = read_json(reply.body, self.prefixes)
            elif kind == "triples" and format in _TURTLE:
                answer = read_triples(reply.body, format, self.access.shown, self.prefixes)
            else:
                raise EngineError(
                    f"sent {one_line(media_type)}, which is no answer to {form}; {_NOT_HERE}"
                )
        except ValueError as error:
            raise EngineError(
                f"sent an answer that cannot be read: {one_line(str(error))}"
            ) from None
        if answer.kind != kind:
            raise EngineError(f"sent {answer.kind} as an answer to {form}; {_NOT_HERE}")
        return answer

    def _refusal(self, reply: EndpointReply, added: int) -> QueryError:
        """Return, not raise, the error for a reply with status 400, with the words of its body.

        `added` is the number of characters that were put before the query. Oxigraph counts them
        in the columns of the first line, so they are subtracted in the message.
        """

        def own_column(place: re.Match[str]) -> str:
            """Return a match of `_PLACE`, ``error at 1:`` and a column, with `added` subtracted."""
            return f"{place[1]}{max(int(place[2]) - added, 1)}"

        words = _PLACE.sub(own_column, self.access.words(reply.body)) or ", and does not say why"
        return QueryError(f"the {self.description} refused the query{words}")

    def _failure(self, reply: EndpointReply) -> EngineError:
        """Return, not raise, the error for a reply whose status is neither 200 nor 400.

        It is `EngineTimeout` for 408 and 504. `_STATUSES` has messages for common statuses.
        """
        status, words = reply.status, self.access.words(reply.body)
        name = f"the {self.description}"
        if status in (408, 504):
            return EngineTimeout(f"{name} gave up, since the query took too long there{words}")
        if 300 <= status < 400:
            return EngineError(f"{name} {self._redirected(reply)}")
        if status in (429, 503):
            after = reply.headers.get("Retry-After", "")
            later = f"in {after} s" if after.isdecimal() and len(after) < 6 else "later"
            return EngineError(f"{name} {_STATUSES[status]}; try again {later}")
        if status in _STATUSES:
            return EngineError(f"{name} {_STATUSES[status]}")
        return EngineError(f"{name} failed with HTTP {status}{words}")

    def _redirected(self, reply: EndpointReply) -> str:
        """Return words on where a redirect leads, for a message; it is not followed."""
        try:
            target = shown(urljoin(self.url, reply.headers["Location"] or "nowhere:"))
        except (InputError, ValueError):
            return f"redirects to another address; {_NOT_HERE}"
        return f"redirects to {target}; if you trust that address, give it instead"


def _form(sparql: str) -> str:
    r"""Return the form of a query: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises `QueryError` for a text that has none of them first, or cannot be encoded in UTF-8.

    >>> _form("# ASK\nPREFIX ask: <http://x/> SELECT * {}")
    'SELECT'
    """
    try:
        sparql.encode()
    except UnicodeEncodeError:
        raise QueryError("the query has characters that are not Unicode") from None
    words = (t.text.upper() for t in tokens(sparql) if t.kind == "word")
    first = next((word for word in words if word not in ("PREFIX", "BASE", "VERSION")), "nothing")
    if first not in _KINDS:
        raise QueryError(
            f"a query must be a SELECT, ASK, CONSTRUCT or DESCRIBE, and this is {first}"
        )
    return first


def _declarations(sparql: str, prefixes: Prefixes) -> str:
    """Return PREFIX declarations, on one line, of the prefixes that a query uses but lacks.

    A comparison such as ``?a<ex:b&&?c>ex:d`` may have been taken for an IRI; so all names before a
    colon in IRIs (`_MAYBE_PREFIX`) that are among `prefixes` are declared too, which does no harm.

    >>> _declarations("ASK { ex:a ?p 'id:b' }", Prefixes(ex="http://x/", id="http://y/"))
    'PREFIX ex: <http://x/> '
    """
    declared: set[str] = set()
    used: dict[str, None] = {}
    previous_text = ""
    for token in without_space(tokens(without_whole_iris(sparql))):  # there may be hundreds
        if token.kind == "name" and previous_text.upper() == "PREFIX":
            declared.add(token.text.partition(":")[0])
        elif token.kind == "name":
            used.setdefault(token.text.partition(":")[0])
        elif token.kind == "iri":
            used.update(dict.fromkeys(_MAYBE_PREFIX.findall(token.text)))
        previous_text = token.text
    missing = [name for name in used if name in prefixes and name not in declared]
    return "".join(f"PREFIX {name}: {terms.iri(prefixes[name])} " for name in missing)
