"""A page of an answer: some of its rows, and a cursor from which the others follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from allgraph.errors import ParameterError
from allgraph.rdf.terms import Term
from allgraph.sparql.answer import Answer, Row

Keys = Sequence[Sequence[Term]]
"""Keys of rows, as `Query.pages` declares them, in the order of the rows."""

_CURSOR = re.compile(r"([1-9][0-9]{0,9})\.([0-9]{1,10})\.([0-9a-f]{16})")
_MOST = 5_000  # keys that one query is about


@dataclass(frozen=True)
class Page:
    """Some rows of an answer, in their order.

    `answer` has these rows alone, `start` is the number of rows before them, `total` that of all,
    ``None`` where it is not known. `next` is the cursor of the rows after them, empty if there are
    none. If columns of claims were left out, `cited` is the number of rows before, which were more
    where only these differed; ``None`` where it is not known. `certainty` is `Answer.certainty` of
    all rows; empty where these are not known, too.
    """

    answer: Answer
    start: int
    total: int | None
    next: str = ""
    cited: int | None = None
    certainty: Mapping[str, int] = field(default_factory=dict)

    @property
    def note(self) -> list[str]:
        """A text that says which rows these are; the list is empty when they are all.

        >>> page_of(Answer(("n",), (Row(n=None),) * 3), 2).note
        ['the first 2 rows of 3; ask for more with `limit`']
        """
        count = len(self.answer.rows)
        if count == self.total:
            return []
        of_all = "" if self.total is None else f" of {self.total:,}"
        if self.start:
            return [f"rows {self.start + 1:,} to {self.start + count:,}{of_all}"]
        rows = f"{count} row{'s' if count != 1 else ''}"
        return [f"the first {rows}{of_all}; ask for more with `limit`"]


def page_of(whole: Answer, limit: int | None = None, cursor: str | None = "") -> Page:
    """Return the first `limit` rows of an answer from a cursor on; all that remain with ``None``.

    A cursor is the `next` of a page of the same answer: it has the number of rows before, and a
    digest of all rows. With ``None`` the page is the first and has no `next`, for a question that
    has a parameter of that name. Raises `ParameterError` for any other text, and where the rows are
    others now.

    >>> answer = Answer(("n",), (Row(n=None),) * 3)
    >>> len(page_of(answer, 2, page_of(answer, 2).next).answer)
    1
    """
    total = len(whole.rows)
    texts = chain([repr(whole.columns)], (_text(whole, row) for row in whole.rows))
    start, end, following = cut(total, texts, limit, cursor)
    answer = whole if end - start == total else replace(whole, rows=whole.rows[start:end])
    return Page(answer, start, total, following, certainty=whole.certainty)


def cut(
    total: int, texts: Iterable[str], limit: int | None = None, cursor: str | None = ""
) -> tuple[int, int, str]:
    """Return the first and the last place of a page of a list, and the cursor after it.

    `total` is the length of the list and `texts` say what is in it; they are read if there are more
    pages than one. `limit`, `cursor` and errors are those of `page_of`. With ``None`` as cursor it
    is the first page, without a cursor after it, and no text is read.

    >>> cut(3, "abc", 2)[:2], cut(3, "abc", 2, cut(3, "abc", 2)[2])
    ((0, 2), (2, 3, ''))
    """
    first = total if limit is None else min(total, limit)
    if cursor is None or (not cursor and first == total):
        return 0, first, ""
    digest = _digest(texts)
    start, _ = _start(cursor, digest, total)
    end = total if limit is None else min(total, start + limit)
    return start, end, f"{end}.0.{digest}" if end < total else ""


def page_among(
    ask: Callable[[Keys], Answer],
    keys: Callable[[int, int], Keys],
    count: int,
    state: str,
    limit: int | None = None,
    cursor: str = "",
) -> Page:
    """Return the first `limit` rows of an answer from a cursor on, of which no more is made.

    `ask` returns the rows with some keys, and ``keys(start, end)`` some of the `count` keys;
    `state` is a text that is another when the keys or rows are. There are fewer than `limit` rows
    only at the end, or before a key with several; of one key all rows are on one page. Raises
    `ParameterError` as `page_of`.
    """
    digest = _digest([state])
    start, at = _start(cursor, digest, count)
    rows: list[Row] = []
    answer, size = None, limit or _MOST
    while answer is None or (at < count and (limit is None or len(rows) < limit)):
        end = min(at + min(size, _MOST), count)
        answer = ask(keys(at, end))
        if limit is not None and len(rows) + len(answer.rows) > limit and (rows or end - at > 1):
            if end - at == 1:
                break
            size = (end - at) // 2
            continue
        rows += answer.rows
        # where few keys have rows, more of them are looked at together
        size = 4 * size if 2 * len(answer.rows) < end - at else max(1, (limit or _MOST) - len(rows))
        at = end
    total = None if at < count else start + len(rows)
    next = f"{start + len(rows)}.{at}.{digest}" if at < count else ""
    return Page(replace(answer, rows=tuple(rows)), start, total, next)


def _start(cursor: str, digest: str, count: int) -> tuple[int, int]:
    """Return how many rows, and how many keys, are before the page of a cursor.

    `count` is the number of all keys, or of all rows where a page is cut from the whole. Raises
    `ParameterError` for a text that is no cursor, or one with another digest.
    """
    if not cursor:
        return 0, 0
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ParameterError(
            f"cursor: “{cursor}” is no cursor; use the one that an answer gives for its next rows"
        )
    rows, keys = int(match[1]), int(match[2])
    if match[3] != digest or (keys or rows) >= count:
        raise ParameterError(
            "cursor: it belongs to another answer: the data have changed since, or the question "
            "has other values; ask again without a cursor"
        )
    return rows, keys


def _text(answer: Answer, row: Row) -> str:
    """Return a row of an answer as a text that differs for other terms."""
    return repr([str(row[column]) for column in answer.columns])


def _digest(texts: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that are others when the texts are others."""
    from hashlib import sha256

    digest = sha256()
    for text in texts:
        digest.update(text.encode())
    return digest.hexdigest()[:16]
