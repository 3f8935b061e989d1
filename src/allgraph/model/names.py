"""How names are compared: without case and accents.

>>> fold("Gisele BÜNDCHEN"), key("  Gisele   BÜNDCHEN ")
('gisele bundchen', 'gisele bundchen')
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache


def fold(name: str) -> str:
    """A text for comparing: without case and accents.

    >>> fold("Gisele BÜNDCHEN")
    'gisele bundchen'
    """
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def key(name: str) -> str:
    """A folded name with single spaces: the same for names that differ in no word."""
    return " ".join(fold(name).split())


def pattern(name: str) -> str:
    """A regular expression that finds a text whatever the accents and spaces."""
    words = unicodedata.normalize("NFC", name.casefold()).split()
    return r"\s+".join("".join(map(_letter, re.findall("ss|.", word))) for word in words)


@cache
def _accented() -> dict[str, str]:
    """Each letter with those that fold to it, for a regular expression."""
    alike: dict[str, str] = {}
    for low, high in ((0xC0, 0x600), (0x1E00, 0x2000), (0x3040, 0x3100), (0xFF00, 0xFFF0)):
        for char in map(chr, range(low, high)):
            base = fold(char)
            if len(base) == 1 and base != char and base.isalnum():
                alike[base] = alike.get(base, "") + char
    return alike


def _letter(char: str) -> str:
    """What stands for a letter, or a ligature, and the accents that may follow it."""
    folded = fold(char)
    if char == "ss" or len(folded) > 1:
        whole = "ß" if char == "ss" else char
        return f"(?:{''.join(map(_letter, folded))}|{whole})"
    if not folded.isalnum():
        return re.sub(r"[\\.^$*+?()\[\]{}|]", r"\\\g<0>", folded)
    return f"[{folded}{_accented().get(folded, '')}][\u0300-\u036f]*"
