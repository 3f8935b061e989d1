"""Records: what a file of a source holds, with places and lines.

>>> lines = (1, {"name": 1, "roles": (3, [3, 4])})
>>> record = Record({"name": "Ann", "roles": ["a", "b"]}, "/0", 1, "…", Kind.POINTER, lines)
>>> record.line_of(("roles", 1)), record.place_of(("roles", 1)), record.find("/roles/1")
(4, '/roles/1', ('b', 4))
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TypeAlias

from allgraph.errors import LoadError
from allgraph.selectors.places import INDEX, Kind, Path, Value, path_of, place_of

LARGEST_RECORD = 64 * 2**20
"""How many characters a record may have, and how many bytes may go by without one value."""
VALUE_SIZE = 64
"""How many characters each name and value of a record counts as, beside its own."""
DEEPEST = 200
"""How many lists and objects may be in each other."""
Lines: TypeAlias = "int | tuple[int, dict[str, Lines] | list[Lines]] | None"
"""The line of a value, with those of its parts."""
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Options:
    """Options for reading the records of files.

    `entries` says where in a file the list of records is: names with dots between them or a JSON
    pointer, or names with slashes in XML (``bills/bill``). `encoding` is that of texts without a
    byte order mark (UTF-8 by default); `delimiter` that of CSV, found by its header by default;
    `sheet` is the name of a sheet, the first by default.
    """

    entries: str = ""
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a file.

    `place` is ``""`` for a whole file; else a JSON pointer such as ``/12``, ``row=8`` or an XPath
    such as ``/bills/bill[3]``. `line`, from 1, is that of its beginning, ``None`` where the format
    has no lines. `digest` is the SHA-256 of the file, decompressed, if it is all of it, else that
    of `fields`. `kind` is the kind of its places; `lines` has the lines of its values.
    """

    fields: dict[str, Value]
    place: str
    line: int | None
    digest: str
    kind: Kind
    lines: Lines = field(default=None, repr=False, compare=False)

    def place_of(self, path: Path) -> str:
        """Return the place of a value in this record, such as ``/roles/3`` or ``col=4``."""
        return place_of(self.kind, path, [*self.fields] if self.kind is Kind.TABLE else ())

    def line_of(self, path: Path) -> int | None:
        """Return the line of a value in the file, from 1; ``None`` if it is not there.

        In YAML it is the line where the text of the value begins, for an alias that of its anchor;
        in XML that of the start tag.
        """
        try:
            return self._found(path)[1]
        except (LookupError, ValueError):
            return None

    def find(self, place: str) -> tuple[Value, int | None]:
        """Return the value at a place in this record, and its line.

        Raises `LookupError` or `ValueError` if there is none.
        """
        if not place:
            return self._found(())
        columns = [*self.fields] if self.kind is Kind.TABLE else ()
        return self._found(path_of(self.kind, place, columns))

    def _found(self, path: Path) -> tuple[Value, int | None]:
        """Return the value at a path, and its line. Raises `LookupError` or `ValueError`."""
        value: Value = self.fields
        lines = self.lines
        for step in path:
            if isinstance(value, dict):
                value = value[str(step)]
                lines = lines[1][str(step)] if isinstance(lines, tuple) else None  # type: ignore[call-overload]
            elif isinstance(value, list):
                if not INDEX.fullmatch(str(step)):
                    raise ValueError(f"{step} is no index of a list")
                value = value[int(step)]
                lines = lines[1][int(step)] if isinstance(lines, tuple) else None  # type: ignore[index]
            elif step != 0 or self.kind in (Kind.POINTER, Kind.TABLE):
                raise KeyError(step)
        if self.kind is Kind.TABLE and self.line and path:
            return value, self.line + self._breaks_before(str(path[0]))
        return value, lines[0] if isinstance(lines, tuple) else lines

    def _breaks_before(self, column: str) -> int:
        """Return how many line breaks are in the cells before a column."""
        breaks = 0
        for name, cell in self.fields.items():
            if name == column:
                break
            breaks += len(_LINE_END.findall(str(cell or "")))
        return breaks


def quoted(text: str) -> str:
    r"""Return a text of a file in quotes for a message: in one line, and the start of a long one.

    >>> quoted("a\nb")
    '“a�b”'
    """
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    return "“" + "".join(part if part.isprintable() else "\ufffd" for part in shown) + "”"


def too_large(name: str, line: int) -> LoadError:
    """Return the error for a record that is too large, of the file `name`."""
    return LoadError(
        f"a record has more than {LARGEST_RECORD // 2**20} MiB of text or "
        f"{LARGEST_RECORD // VALUE_SIZE:,} names and values, aliases included; "
        "does “entries” say where the list of records is?",
        path=name,
        line=line,
    )


def too_deep(name: str, line: int) -> LoadError:
    """Return the error for values that are too deep in each other, in the file `name`."""
    return LoadError(
        f"more than {DEEPEST} lists and objects are nested in each other; make them flatter",
        path=name,
        line=line,
    )
