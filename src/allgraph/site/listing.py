"""Lists of things by name: their pages, what these are called, and letters that names begin with.

>>> things = [Thing("http://x/1", "Ann", ""), Thing("http://x/2", "Émile", "")]
>>> [letter.name for letter in letters(things)]
['A', 'E']
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from allgraph.graph import Thing
from allgraph.model.names import fold
from allgraph.model.sentences import capitalised
from allgraph.rdf.terms import AG

PAGE = 500
"""How many things of a list are on a page."""
FEW = 60
"""A list of no more things has no letters."""
FEWEST = 20
"""A list of no more things has no facets."""
_DIGITS, _SIGNS = "0–9", "#"


class Letter(NamedTuple):
    """A letter that names begin with, how many do, and the place of the first in the list."""

    name: str
    size: int
    start: int

    @property
    def page(self) -> int:
        """The number of the page that has the first of the names."""
        return self.start // PAGE + 1


def letter_of(name: str) -> str:
    """Return what a name is listed under: its first letter without case and accents.

    Numbers are under ``0–9``, and what begins with another sign under ``#``.

    >>> letter_of("Ästhetik"), letter_of("дом"), letter_of("7 days"), letter_of("“A”")
    ('A', 'Д', '0–9', '#')
    """
    first = fold(name.strip())[:1]
    if first.isdecimal():
        return _DIGITS
    return first.upper() if first.isalpha() else _SIGNS


def heading(iri: str, label: str) -> str:
    """Return what a list of the things of a class is called: the plural of its label.

    That is known for the classes of our ontology; of others, and of groups, it is the label.

    >>> heading(AG + "Person", "person"), heading(AG + "LawSection", "section of law")
    ('People', 'Sections of law')
    >>> heading("https://example.org/Verein", "Verein")
    'Verein'
    """
    if not iri.startswith(AG):
        return capitalised(label)
    noun, *rest = re.split(r"(?= of | into )", label, maxsplit=1)
    if noun.endswith("person"):
        noun = f"{noun.removesuffix('person')}people"
    elif noun.endswith(("s", "x", "ch", "sh")):
        noun += "es"
    else:
        noun = f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"
    return capitalised("".join([noun, *rest]))


def letters(things: Sequence[Thing]) -> list[Letter]:
    """Return the letters of things that are sorted by name, each once, with their first places.

    Signs that are sorted in several places are counted together, at the first.
    """
    by_name: dict[str, Letter] = {}
    place = 0
    for name, group in groupby(things, lambda thing: letter_of(thing.name)):
        size = sum(1 for _ in group)
        known = by_name.get(name, Letter(name, 0, place))
        by_name[name] = Letter(name, known.size + size, known.start)
        place += size
    return [*by_name.values()]


def sections(things: Sequence[Thing]) -> list[tuple[str, list[Thing]]]:
    """Return the things of a page in sections, each with the letter of their names."""
    return [
        (name, [*group]) for name, group in groupby(things, lambda thing: letter_of(thing.name))
    ]


def pages(count: int, size: int = PAGE) -> range:
    """Return the page numbers, from 1, of a list of `count` things; there is at least one.

    `size` is how many are on a page.
    """
    return range(1, max(1, -(-count // size)) + 1)


def spans(things: Sequence[Thing]) -> list[str]:
    """Return what each page of a list is called: the beginnings of its first and last name.

    >>> spans([Thing("", name, "") for name in ("Aaron", "Amy")])
    ['Aa–Am']
    """
    return [
        _span(things[start].name, things[min(start + PAGE, len(things)) - 1].name)
        for start in range(0, len(things), PAGE)
    ]


def _span(first: str, last: str) -> str:
    """Return the beginnings of two names, as long as it takes to tell them apart, up to six."""
    one, other = fold(first.strip()), fold(last.strip())
    length = 2
    while length < 6 and one[:length] == other[:length]:
        length += 1
    begin, end = (name[:length].strip().capitalize() or "…" for name in (one, other))
    return begin if begin == end else f"{begin}–{end}"
