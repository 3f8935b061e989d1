"""Ledgers: numbers for rows without an identifier, kept beside the mapping.

``imports/NAME.ids.csv`` has a number for each key, of which it keeps only a digest.
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
        self._is_changed = False
        if not path.exists():
            return
        rows = csv.reader(io.StringIO(read_utf8(path, name).decode(), newline=""))
        for line, row in enumerate(rows, 1):
            if line == 1 and row == _HEADER:
                continue
            if len(row) != 2 or not row[0].isdecimal() or row[1] in self._numbers:
                raise LoadError("each row has a number, and a key of its own", path=name, line=line)
            self._numbers[row[1]] = int(row[0])

    def number(self, key: str, *, known: bool = False) -> str:
        """Return the number of a key, a new one for a new key; ``""`` if it must be `known`."""
        digest = sha256(key.encode()).hexdigest()[:_CHARACTERS]
        if digest not in self._numbers:
            if known:
                return ""
            self._numbers[digest] = max(self._numbers.values(), default=0) + 1
            self._is_changed = True
        return str(self._numbers[digest])

    def changed(self) -> bytes | None:
        """Return the content of the file, if it is another one than before."""
        if not self._is_changed:
            return None
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_HEADER)
        rows = ((number, key) for key, number in self._numbers.items())
        writer.writerows(sorted(rows))
        return text.getvalue().encode()
