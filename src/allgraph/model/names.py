"""Comparing names without case and accents.

>>> fold("Gisele BÜNDCHEN"), key("  Gisele   BÜNDCHEN ")
('gisele bundchen', 'gisele bundchen')
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache


def fold(name: str) -> str:
    """Return a text without case and accents.

    >>> fold("Gisele BÜNDCHEN")
    'gisele bundchen'
    """
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def key(name: str) -> str:
    """Return a name without case and accents, with single spaces: equal for names that match."""
    return " ".join(fold(name).split())


def pattern(name: str) -> str:
    """Return a regular expression (text) that matches a name with any accents and white space.

    It is in lower case, to be used without regard to case.
    """
    words = unicodedata.normalize("NFC", name.casefold()).split()
    return r"\s+".join("".join(map(_letter_pattern, re.findall("ss|.", word))) for word in words)


@cache
def _accented_letters() -> dict[str, str]:
    """Return, by letter, a text of the characters that `fold` turns into it; cached.

    Characters are tried from the blocks of Latin, Greek, Cyrillic, kana and full-width letters.
    """
    accented: dict[str, str] = {}
    for low, high in ((0xC0, 0x600), (0x1E00, 0x2000), (0x3040, 0x3100), (0xFF00, 0xFFF0)):
        for char in map(chr, range(low, high)):
            base = fold(char)
            if len(base) == 1 and base != char and base.isalnum():
                accented[base] = accented.get(base, "") + char
    return accented


def _letter_pattern(char: str) -> str:
    """Return a regular expression for a letter with or without accents; other marks are escaped.

    `char` is one character, or “ss”, which also matches “ß”. A ligature matches its letters too.
    """
    folded = fold(char)
    if char == "ss" or len(folded) > 1:
        whole = "ß" if char == "ss" else char
        return f"(?:{''.join(map(_letter_pattern, folded))}|{whole})"
    if not folded.isalnum():
        return re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", folded)
    return f"[{folded}{_accented_letters().get(folded, '')}][\u0300-\u036f]*"
