"""Ledgers: numbers for rows without an identifier, kept beside the mapping.

``imports/NAME.ids.csv`` has a number for each key, of which it keeps only a digest. The number of a
key that is taken out stays there without it, so that no other key gets the number.
"""

from __future__ import annotations

import csv
import io
from hashlib import sha256
from pathlib import Path

from allgraph.errors import LoadError
from allgraph.rdf.files import read_utf8

_HEADER = ["number", "key"]
_CHARACTERS = 24


class Ledger:
    """The numbers of keys; new keys get the next number, in the order in which they come."""

    def __init__(self, path: Path, name: str) -> None:
        """Read a ledger, called `name` in messages, if there is one. Raises `LoadError`."""
        self.path = path
        self._numbers: dict[str, int] = {}
        self._without_key: list[int] = []
        self._used: set[str] = set()
        self._left: set[str] = set()
        self._is_changed = False
        if not path.exists():
            return
        rows = csv.reader(io.StringIO(read_utf8(path, name).decode(), newline=""))
        for line, row in enumerate(rows, 1):
            if line == 1 and row == _HEADER:
                continue
            if len(row) != 2 or not row[0].isdecimal() or row[1] in self._numbers:
                raise LoadError(
                    "each row must have two cells: a number, and a key that no other row has",
                    path=name,
                    line=line,
                )
            if row[1]:
                self._numbers[row[1]] = int(row[0])
            else:
                self._without_key.append(int(row[0]))

    def number(self, key: str) -> str:
        """Return the number of a key, a new one for a new key."""
        digest = _digest(key)
        self._used.add(digest)
        if digest not in self._numbers:
            numbers = (*self._numbers.values(), *self._without_key)
            self._numbers[digest] = max(numbers, default=0) + 1
            self._is_changed = True
        return str(self._numbers[digest])

    def leave(self, key: str) -> str:
        """Return the number of a key, ``""`` without; an unused key is taken out then.

        For keys of records that a mapping leaves out.
        """
        digest = _digest(key)
        if digest not in self._numbers:
            return ""
        self._left.add(digest)
        return str(self._numbers[digest])

    @property
    def is_left(self) -> bool:
        """True if the source no longer has a key that has a number."""
        return bool(self._left)

    def changed(self) -> bytes | None:
        """Return the new content of the file, or ``None`` if it has not changed."""
        for digest in self._left - self._used:
            self._without_key.append(self._numbers.pop(digest))
            self._is_changed = True
        self._left.clear()
        if not self._is_changed:
            return None
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_HEADER)
        rows = [(number, key) for key, number in self._numbers.items()]
        writer.writerows(sorted([*rows, *((number, "") for number in self._without_key)]))
        return text.getvalue().encode()


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:_CHARACTERS]
