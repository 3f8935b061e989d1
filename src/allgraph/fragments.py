r"""Pieces of HTML and SVG, made from texts that may be hostile.

>>> escaped("<b>Ada\x00\u202e & \"Co\"</b>")
'&lt;b&gt;Ada &amp; &quot;Co&quot;&lt;/b&gt;'
>>> address("https://example.org/a?b&c"), address("javascript:alert(1)")
('https://example.org/a?b&amp;c', '')
"""

from __future__ import annotations

import re

_NO_XML = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_TURNING = "\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(f"[{_NO_XML}{_TURNING}]")
_HREF = re.compile(rf"(?:(?i:https?)://(?!$)|/)(?!/)[^{_NO_XML}{_TURNING}\s\\]*")
_LONGEST_HREF = 2000


def clean(text: str) -> str:
    r"""A text on one line, without what XML forbids and what turns round the text that follows.

    >>> clean("two\n lines\x07, \u202eturned")
    'two lines, turned'
    """
    if text.isprintable() and "  " not in text:
        return text
    return " ".join(_UNSEEN.sub("", text).split())


def escaped(text: str) -> str:
    """A text as HTML and XML have it, between tags and within quotes."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("'", "&#39;")


def address(href: str) -> str:
    """An address as an attribute has it; ``""`` unless it is http(s) or a path from the root.

    >>> address("/page/ada"), address("//evil.example/"), address("page/ada")
    ('/page/ada', '', '')
    """
    is_sound = len(href) <= _LONGEST_HREF and _HREF.fullmatch(href)
    return escaped(href) if is_sound else ""
