"""A page of an answer: some of its rows, and a cursor from which the others follow."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import sha256

from allgraph.errors import ParameterError
from allgraph.sparql.answer import Answer

_CURSOR = re.compile(r"([1-9][0-9]{0,9})\.([0-9a-f]{16})")


@dataclass(frozen=True)
class Page:
    """Some rows of an answer, in their order.

    `answer` has these rows alone, `start` is the number of rows before them, `total` that of all.
    `next` is the cursor of the rows after them, empty if there are none.
    """

    answer: Answer
    start: int
    total: int
    next: str = ""

    @property
    def note(self) -> list[str]:
        """A text that says which rows these are; the list is empty when they are all.

        >>> page_of(Answer(("n",), ({"n": None},) * 3), 2).note
        ['the first 2 rows of 3; ask for more with --limit']
        """
        count = len(self.answer.rows)
        if count == self.total:
            return []
        if self.start:
            return [f"rows {self.start + 1:,} to {self.start + count:,} of {self.total:,}"]
        rows = f"{count} row{'s' if count != 1 else ''}"
        return [f"the first {rows} of {self.total:,}; ask for more with --limit"]


def page_of(whole: Answer, limit: int | None = None, cursor: str | None = "") -> Page:
    """Return the first `limit` rows of an answer from a cursor on; all that remain with ``None``.

    A cursor is the `next` of a page of the same answer: it has the number of rows before, and a
    digest of all rows. With ``None`` the page is the first and has no `next`, for a question that
    has a parameter of that name. Raises `ParameterError` for any other text, and where the rows are
    others now.

    >>> answer = Answer(("n",), ({"n": None},) * 3)
    >>> len(page_of(answer, 2, page_of(answer, 2).next).answer)
    1
    """
    total = len(whole.rows)
    start = _start(whole, cursor) if cursor else 0
    end = total if limit is None else min(total, start + limit)
    if (start, end) == (0, total):
        return Page(whole, 0, total)
    answer = replace(whole, rows=whole.rows[start:end])
    has_next = end < total and cursor is not None
    return Page(answer, start, total, f"{end}.{_digest(whole)}" if has_next else "")


def _start(whole: Answer, cursor: str) -> int:
    """Return the number of rows before those of a cursor; `ParameterError` for a wrong one."""
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ParameterError(
            f"cursor: “{cursor}” is no cursor; use the one that an answer gives for its next rows"
        )
    if match[2] != _digest(whole) or int(match[1]) >= len(whole.rows):
        raise ParameterError(
            "cursor: it belongs to another answer: the data have changed since, or the question "
            "has other values; ask again without a cursor"
        )
    return int(match[1])


def _digest(answer: Answer) -> str:
    """Return 16 hexadecimal digits that are others when the columns or rows are others."""
    digest = sha256(repr(answer.columns).encode())
    for row in answer.rows:
        digest.update(repr([str(row[column]) for column in answer.columns]).encode())
    return digest.hexdigest()[:16]
