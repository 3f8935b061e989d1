"""Places in sources in words, with the lines of values in records, and as addresses on the web.

>>> Place(start=914, end=924).words, Place(section="x.yml", line="10", fragment="/roles/3").words
('characters 914 to 924', 'x.yml, line 10 (/roles/3)')
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

_ROW, _COLUMN = re.compile(r"row=([0-9]{1,18})"), re.compile(r"col=([0-9]{1,18})")
_WHOLE = re.compile(r"[0-9]{1,18}")
_FAR = 10**18
_SLOT = re.compile(r"\{(version|file|line|row)\}")
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x1f]+")


class Place(NamedTuple):
    """A place in a source, ``""`` (of a character: ``None``) for each part that is not stated.

    `start` and `end` count characters. `section` is a section or a file, `line` a line of it.
    `entry` is the place of a record in its file, if that has several; `fragment` is a place in the
    record, a JSON pointer, a column such as ``col=4``, or an XPath.
    """

    start: int | None = None
    end: int | None = None
    section: str = ""
    page_number: str = ""
    row: str = ""
    line: str = ""
    entry: str = ""
    fragment: str = ""

    @property
    def words(self) -> str:
        """The place in words; ``""`` if none is stated.

        >>> Place(section="a.csv", row="8", line="8", fragment="col=1").words
        'a.csv, row 8, column 1'
        >>> Place(section="a.xml", entry="/bills/bill[3]", fragment="number").words
        'a.xml (/bills/bill[3]/number)'
        """
        column = _COLUMN.fullmatch(self.fragment)
        inside = "" if column else self._inside
        parts = (
            "" if self.start is None else f"characters {self.start} to {self.end}",
            self.section,
            f"page {self.page_number}" if self.page_number else "",
            f"row {self.row}" if self.row else f"line {self.line}" if self.line else "",
            f"column {column[1]}" if column else "",
        )
        words = ", ".join(filter(None, parts))
        return f"{words} ({inside})" if words and inside else words or inside

    @property
    def _inside(self) -> str:
        """The place in the file: that of the record, and the one in it."""
        is_path = self.entry and self.fragment and not self.fragment.startswith("/")
        return f"{self.entry}/{self.fragment}" if is_path else self.entry + self.fragment

    def address(self, template: str) -> str:
        """Return the address of the place by the template of its source; ``""`` without one.

        That is, if the template has a part that the place has not, or makes no address on the web.

        >>> Place(section="a b.yml", line="3").address("https://example.org/{file}#L{line}")
        'https://example.org/a%20b.yml#L3'
        >>> Place(section="a.yml").address("https://example.org/{file}#L{line}")
        ''
        """
        parts = {"file": quote(self.section), "line": self.line, "row": self.row}
        used = {slot for slot in _SLOT.findall(template) if not parts.get(slot)}
        if not template or used:
            return ""
        address = _SLOT.sub(lambda slot: parts[slot[1]], template)
        return address if _ADDRESS.fullmatch(address) else ""


def template_of(template: str, version: str) -> str:
    """Return the template of the places of a source with its version put in; ``""`` without one.

    >>> template_of("https://example.org/{version}/{file}", "9f")
    'https://example.org/9f/{file}'
    """
    return template.replace("{version}", quote(version, safe="")) if version else template


def row_of(entry: str) -> str:
    """Return the row that the place of a record is, in digits; ``""`` for another place.

    >>> row_of("row=8"), row_of("/8")
    ('8', '')
    """
    row = _ROW.fullmatch(entry)
    return row[1] if row else ""


def line_of(first: str, lines: str, fragment: str) -> str:
    """Return the line of a value in a file, in digits; ``""`` if it is not known.

    `first` is the first line of its record, `lines` the JSON object of ``ag:lines``. A value that
    is not in it is said to be where the record begins.

    >>> line_of("3", '{"/name":2}', "/name"), line_of("3", "", "/name"), line_of("", "", "")
    ('5', '3', '')
    """
    if not _WHOLE.fullmatch(first):
        return ""
    after = _lines(lines).get(fragment, 0) if fragment else 0
    return str(int(first) + after)


@lru_cache(maxsize=64)
def _lines(lines: str) -> dict[str, int]:
    """Return the content of ``ag:lines``; empty for a text that is no such thing. Cached."""
    import json

    try:
        content = json.loads(lines)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {p: after for p, after in content.items() if type(after) is int and 0 <= after < _FAR}
