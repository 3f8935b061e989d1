"""Results with a short `repr`, which consoles, debuggers and failed tests show.

>>> class Club(Brief):
...     def _facts(self):
...         return quoted("Chess"), count(3, "member")
>>> Club()
Club('Chess', 3 members)
"""

from __future__ import annotations

from collections.abc import Iterable

from allgraph.render.html import counted

LONGEST = 200
"""How many characters a `repr` has at most."""
_LONGEST_TEXT = 80


class Brief:
    """A base of results: `repr` gives the class and its most important facts, on one short line."""

    __slots__ = ()

    def _facts(self) -> Iterable[str]:
        """Return what the result is about, and counts, as short texts; each subclass has its own.

        Nothing is computed or queried for them.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the name of the class with the facts in brackets, cut to `LONGEST` characters."""
        return cut(f"{type(self).__name__}({', '.join(self._facts())}", LONGEST - 1) + ")"


def cut(text: str, most: int = _LONGEST_TEXT) -> str:
    """Return a text, cut to a number of characters, of which the last is then “…”.

    >>> cut("Coco Rocha", 6)
    'Coco …'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def quoted(text: str) -> str:
    """Return a text in quotes as Python writes it, cut to 80 characters before."""
    return repr(cut(text))


def count(number: int, noun: str) -> str:
    """Return a number with its noun, such as ``1,200 rows``; `noun` is in the singular.

    >>> count(1, "entry"), count(1200, "entry")
    ('1 entry', '1,200 entries')
    """
    return counted(number, noun, number)
