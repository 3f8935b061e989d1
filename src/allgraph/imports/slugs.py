"""Local names of IRIs, made from identifiers of a source.

>>> slug("Kwame GARCÍA / Łódź"), slug("ocd-person/6964"), slug("北京 2013")
('kwame-garcia-lodz', 'ocd-person-6964', '北京-2013')
"""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

LONGEST = 80
"""The most characters of a local name."""
_DIGEST_CHARACTERS = 12
_NOT_ASCII = re.compile(r"[^a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_UNSEEN = re.compile("[\xad\u034f\u061c\u180b-\u180e\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_LETTERS = str.maketrans(
    {"æ": "ae", "đ": "d", "ð": "d", "ħ": "h", "\u0131": "i", "ł": "l"}
    | {"ŋ": "ng", "ø": "o", "œ": "oe", "þ": "th", "ŧ": "t"}
)
"""Letters of Latin script that Unicode does not take apart."""
_CATEGORIES = {"Ll", "Lu", "Lt", "Lm", "Lo", "Nd", "Nl", "Mn", "Mc"}
"""What stays: letters, digits, and marks such as vowel signs."""


def slug(text: str) -> str | None:
    """Return the local name for an identifier, or ``None`` if no character of it can be kept.

    Case is folded, and accents are, which Unicode puts over Latin, Greek and Cyrillic letters.
    Letters and digits of any script stay, with their vowel signs. All else is one ``-`` between
    them. Turtle needs no escapes in a local name. One that is longer than `LONGEST` is cut, and
    ends with a digest of all of it.
    """
    if text.isascii():
        whole = _NOT_ASCII.sub("-", text.lower()).strip("-")
    else:
        whole = "-".join("".join(map(_kept, _fold(text))).split())
    if len(whole) <= LONGEST:
        return whole or None
    digest = sha256(whole.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{whole[: LONGEST - _DIGEST_CHARACTERS - 1].rstrip('-')}-{digest}"


def _fold(text: str) -> str:
    """Return a text without case, accents and characters that cannot be seen."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = _UNSEEN.sub("", _ACCENTS.sub("", plain)).translate(_LETTERS)
    return unicodedata.normalize("NFC", plain)


def _kept(char: str) -> str:
    """Return a letter, digit or mark; the code of one that a local name cannot have; or a space."""
    if unicodedata.category(char) not in _CATEGORIES:
        return " "
    return char if char <= "\uffff" else f"u{ord(char):x}"
