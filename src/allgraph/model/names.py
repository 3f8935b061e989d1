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
    """Return a folded name with single spaces."""
    return " ".join(fold(name).split())


def pattern(name: str) -> str:
    """Return a regular expression that finds a name in any accents and spaces."""
    words = unicodedata.normalize("NFC", name.casefold()).split()
    return r"\s+".join("".join(map(_letter, re.findall("ss|.", word))) for word in words)


@cache
def _accented() -> dict[str, str]:
    """Return, by letter, all the accented letters that fold to it."""
    accented: dict[str, str] = {}
    for low, high in ((0xC0, 0x600), (0x1E00, 0x2000), (0x3040, 0x3100), (0xFF00, 0xFFF0)):
        for char in map(chr, range(low, high)):
            base = fold(char)
            if len(base) == 1 and base != char and base.isalnum():
                accented[base] = accented.get(base, "") + char
    return accented


def _letter(char: str) -> str:
    """Return an expression for a letter, or a ligature, and the accents that may follow it."""
    folded = fold(char)
    if char == "ss" or len(folded) > 1:
        whole = "ß" if char == "ss" else char
        return f"(?:{''.join(map(_letter, folded))}|{whole})"
    if not folded.isalnum():
        return re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", folded)
    return f"[{folded}{_accented().get(folded, '')}][\u0300-\u036f]*"
