"""IRIs as a text writes them, with the prefixes and the base that hold at a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urljoin

from allgraph.graph.migration.statements import iri_of
from allgraph.rdf.terms import Prefixes, is_absolute


class Edit(NamedTuple):
    """A new text for the characters of a text from `start` to `end`."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits, which do not overlap; those at one place come in their order.

    >>> edited("abc", [Edit(1, 2, "x"), Edit(3, 3, "y")])
    'axcy'
    """
    pieces, last = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [text[last : edit.start], edit.text]
        last = edit.end
    return "".join([*pieces, text[last:]])


@dataclass
class Names:
    """The declared prefixes with their namespaces, and the base, so far in a text."""

    prefixes: dict[str, str] = field(default_factory=dict)
    base: str = ""

    def declare(self, name: str, iri: str) -> None:
        """Declare a prefix, given with its colon, or for ``""`` the base; `iri` is in ``<>``."""
        if name:
            self.prefixes[name[:-1]] = self.iri(iri)
        else:
            self.base = self.iri(iri)

    def iri(self, written: str) -> str:
        """Return the IRI that a token names; ``""`` if it is no IRI or has an unknown prefix."""
        if written[:1] == "<":
            iri = iri_of(written)
            return iri if is_absolute(iri) or not self.base else urljoin(self.base, iri)
        prefix, colon, local = written.partition(":")
        if not colon or prefix not in self.prefixes:
            return ""
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)

    def write(self, iri: str, like: str = "") -> str:
        """Return an IRI as it is written here: in full if `like` is, else best with its prefix.

        >>> names = Names({"a": "x:/", "b": "x:/"})
        >>> names.write("x:/c", "b:d"), names.write("x:/c", "<x:/d>"), names.write("y:/", "a:d")
        ('b:c', '<x:/c>', '<y:/>')
        """
        if like[:1] == "<":
            return f"<{iri}>"
        prefix = like.partition(":")[0]
        first = {prefix: self.prefixes[prefix]} if prefix in self.prefixes else {}
        short = Prefixes({**first, **self.prefixes}).shorten(iri)
        return f"<{iri}>" if short == iri else short
