"""The menu of a site: what the head of each page leads to."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from allgraph.linkeddata.routes import BY_NAME

LISTS = ("people", "laws", "campaigns", "bodies", "documents", "events")
"""The groups of things that may be in the row of the menu, by importance."""
_MOST_LISTS = 3
_OTHERS = (
    ("ask", "Questions"),
    ("paths", "Connections"),
    ("network", "Network"),
    ("timeline", "Timeline"),
)
_DISAGREEMENTS = "disagreements"
_DATA = (
    ("query-page", "SPARQL"),
    ("catalog", "Downloads"),
    ("ns", "Ontology"),
    ("shapes", "Shapes"),
    ("kinds", "Things by kind"),
    ("about", "About the data"),
)


class Entry(NamedTuple):
    """An entry of the menu: the path that it leads to, without the root, and its name."""

    path: str
    name: str


class Menu(NamedTuple):
    """The entries in the row of the menu, and those under “Data” at its end."""

    row: tuple[Entry, ...]
    data: tuple[Entry, ...]


def menu(groups: Collection[str], *, is_disputed: bool) -> Menu:
    """Return the menu of a site that has things of some groups.

    The row has the first three of `LISTS`, or all things where there are none of these. It has the
    disagreements if a claim `is_disputed`.

    >>> [entry.name for entry in menu(["people", "bodies"], is_disputed=False).row][:3]
    ['People', 'Bodies', 'Questions']
    """
    lists = [group for group in LISTS if group in groups][:_MOST_LISTS]
    row = [Entry(f"/things/{group}", group.capitalize()) for group in lists]
    row = row or [Entry("/things", "Things")]
    row += (Entry(BY_NAME[route].path, name) for route, name in _OTHERS)
    if is_disputed:
        row.append(Entry(BY_NAME[_DISAGREEMENTS].path, _DISAGREEMENTS.capitalize()))
    return Menu(tuple(row), tuple(Entry(BY_NAME[route].path, name) for route, name in _DATA))
