r"""Errors as HTTP problems: a status and a document of RFC 9457 for each error.

>>> from allgraph.errors import QueryError
>>> problem = problem_of(QueryError("line 1, column 7: the prefix “ex:” is not declared"))
>>> problem.status, problem.line, problem.column
(400, 1, 7)
>>> problem.body()[:79]
b'{"type":"https://w3id.org/allgraph/problems#query","title":"The query is wrong"'
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from allgraph.errors import AllgraphError, EngineCrash, InputError
from allgraph.rdf.terms import BASE

MEDIA_TYPE = "application/problem+json"
TYPES = BASE + "problems#"
LONGEST = 2_000
"""The maximum number of characters of a `detail`."""

_PLACE = re.compile(r"(?:line (\d+), )?column (\d+): ")
_MEMBERS = ("type", "title", "status", "detail", "line", "column", "limit", "candidates")
_MARKUP = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&"})


class Sort(NamedTuple):
    """A sort of problem: the end of its IRI, its status and title, and the errors that have it.

    Those are names of classes. `detail` is told in place of a message that is not for clients.
    """

    name: str
    status: int
    title: str
    errors: Sequence[str] = ()
    detail: str = ""


_TABLE = tomllib.loads(Path(__file__).with_name("problems.toml").read_text(encoding="utf-8"))
SORTS = {name: Sort(name, **members) for name, members in _TABLE.items()}
"""All sorts of problems, by the end of their IRI; ``https://w3id.org/allgraph/problems#`` goes
before it."""
_BY_ERROR = {error: sort.name for sort in SORTS.values() for error in sort.errors}


@dataclass(frozen=True)
class Problem:
    """A problem as RFC 9457 has it, with members of our own.

    `limit` names the limit that was hit; `candidates` are IRIs that may have been meant. `headers`
    are HTTP headers to send with it.
    """

    status: int
    type: str
    title: str
    detail: str
    line: int | None = None
    column: int | None = None
    limit: str | None = None
    candidates: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """The problem as JSON, in ASCII, with the characters of HTML markup escaped.

        Members that are None or empty, and the headers, are left out.

        >>> b"<" in problem("request", "a <b>").body()
        False
        """
        members = {name: getattr(self, name) for name in _MEMBERS}
        present = {name: value for name, value in members.items() if value not in (None, ())}
        text = json.dumps(present, ensure_ascii=True, separators=(",", ":"))
        return text.translate(_MARKUP).encode("ascii")


def problem(
    sort: str,
    detail: str,
    *,
    limit: str | None = None,
    candidates: tuple[str, ...] = (),
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """Return a problem of a sort, which is a key of `SORTS`, with the status and title of that.

    If `detail` begins with a line and column, the problem has them too. It is cut at `LONGEST`
    characters. `limit` names the limit that was hit; `candidates` are IRIs that may be meant;
    `headers` are HTTP headers to send with it.

    >>> problem("method", "it is for GET and POST", headers={"Allow": "GET, POST"}).status
    405
    """
    match = _PLACE.match(detail)
    line, column = match.groups() if match else (None, None)
    return Problem(
        SORTS[sort].status,
        TYPES + sort,
        SORTS[sort].title,
        detail if len(detail) <= LONGEST else detail[: LONGEST - 1] + "…",
        int(line) if line else None,
        int(column) if column else None,
        limit,
        candidates,
        headers or {},
    )


class Rejected(Exception):
    """Raised while a request is read: it is answered with `problem`, an HTTP error."""

    def __init__(self, sort: str, detail: str, **members: Any) -> None:
        """Make the problem of a sort by the function `problem`; `members` are its options."""
        self.problem = problem(sort, detail, **members)
        super().__init__(self.problem.detail)


def problem_of(error: AllgraphError, *, has_endpoint: bool = False) -> Problem:
    """Return the problem for an error, with its message where a client may know that.

    Its sort is that of the first class of the error in `_BY_ERROR`, which has sorts by the names of
    classes. Messages of a failed engine, and those about files of the server, are replaced by
    general ones; so are those of time-outs with `has_endpoint`: the engine is then an endpoint.

    >>> from allgraph.errors import EngineTimeout, LoadError
    >>> problem_of(EngineTimeout("stopped after 10 s")).status
    504
    >>> problem_of(LoadError("expected a dot", path="/srv/data/a.ttl", line=3)).detail
    'The request is fine, but the server could not answer it; its log says more.'
    """
    names = (kind.__name__ for kind in type(error).__mro__)
    sort = next(_BY_ERROR[name] for name in names if name in _BY_ERROR)
    if error.path is not None and isinstance(error, InputError):
        sort = "server"  # a file of the server is wrong, and not the request
    # The message is then that of the engine or the endpoint, and not written by us.
    is_foreign = sort == "engine" and not isinstance(error, EngineCrash)
    if is_foreign and has_endpoint:
        sort = "endpoint"
    is_private = is_foreign or sort == "server" or (has_endpoint and sort == "timeout")
    detail = SORTS[sort].detail if is_private else error.message
    limit: str | None = getattr(error, "limit", "seconds" if sort == "timeout" else None)
    seconds: int | None = getattr(error, "retry_after", None)
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    candidates: tuple[str, ...] = tuple(getattr(error, "candidates", ()))
    return problem(sort, detail, limit=limit, candidates=candidates, headers=headers)
