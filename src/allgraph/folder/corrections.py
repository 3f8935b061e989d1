"""Addresses at which corrections of claims are suggested, filled from a template in a manifest.

>>> fill("mailto:us@example.org?subject={iri}&body={place}", iri="https://example.org/claim/a b")
'mailto:us@example.org?subject=https%3A%2F%2Fexample.org%2Fclaim%2Fa%20b&body='
"""

from __future__ import annotations

import re
from urllib.parse import quote

SLOTS = ("iri", "sentence", "file", "line", "place")
"""What a template may have in braces; `place` is the file and the line, as ``FILE:LINE``."""

_SLOT = re.compile(r"\{(\w*)\}")
_ADDRESS = re.compile(
    r"(?:https?://[^\s/<>\"{}|\\^`]+|mailto:[^\s?<>\"{}|\\^`]+@)[^\s<>\"{}|\\^`]*"
)
_PLACE = re.compile(r"\{file\}(?::|%3A|#L)\{line\}", re.IGNORECASE)
_LONGEST = 300  # characters of a sentence, since addresses are limited


def is_template(template: str) -> bool:
    """Return True if a text is an http(s) or mailto address, perhaps with `SLOTS` after the host.

    >>> is_template("https://example.org/new?title={iri}"), is_template("https://{iri}/")
    (True, False)
    >>> is_template("javascript:{iri}"), is_template("https://example.org/{title}")
    (False, False)
    """
    names = {*_SLOT.findall(template)}
    host = re.match(r"\w+:(?://)?[^/?#]*", template)
    is_whole = host is not None and not _SLOT.search(host[0])
    return is_whole and names <= {*SLOTS} and bool(_ADDRESS.fullmatch(_SLOT.sub("x", template)))


def fill(template: str, *, iri: str, sentence: str = "", file: str = "", line: int = 0) -> str:
    """Return the address that a template gives for a claim; every value is percent-encoded.

    Without a file, the file and the line, and what is between them, are left out.
    """
    place = f"{file}:{line}" if file else ""
    if not file:
        template = _PLACE.sub("", template)
    short = sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…"
    number = str(line) if file else ""
    values = {"iri": iri, "sentence": short, "file": file, "line": number, "place": place}
    return _SLOT.sub(lambda slot: quote(values[slot[1]], safe=""), template)
