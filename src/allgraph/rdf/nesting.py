"""Statements as trees: each blank node inside the one that mentions it, where there is one.

Terms are texts, as N-Triples has them; those are much faster to compare than the engine's terms.

>>> forest = Forest([("<x:a>", "<x:p>", "_:b", ""), ("_:b", "<x:p>", "<x:a>", "")])
>>> forest.nested, [subject for _, subject in forest.roots()]
({'_:b'}, ['<x:a>'])
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from pyoxigraph import DefaultGraph, Quad, Triple

from allgraph.rdf.terms import RDF

Statement = tuple[str, str, str, str]
"""Subject, predicate, object, and the graph, which is ``""`` for the default graph."""
Place = tuple[str, str]
"""A graph and a subject in it."""
Said = dict[str, list[str]]
"""What is said of a subject: the objects of each predicate."""

DEEPEST = 30
"""How many blank nodes are written in one another; one more gets a label."""
_FIRST, _REST, NIL = (f"<{RDF}{name}>" for name in ("first", "rest", "nil"))
_DEFAULT = DefaultGraph()


def statements(quads: Iterable[Quad | Triple], *, merged: bool = False) -> list[Statement]:
    """Quads or triples as texts, each once; `merged` are all in the default graph.

    >>> from pyoxigraph import Literal, NamedNode
    >>> a = NamedNode("x:a")
    >>> statements([Quad(a, a, Literal("b c"), a)])
    [('<x:a>', '<x:a>', '"b c"', '<x:a>')]
    """
    found: dict[Statement, None] = {}
    for quad in quads:
        subject, predicate, obj = str(quad).split(" ", 2)
        graph = ""
        if isinstance(quad, Quad) and quad.graph_name != _DEFAULT:
            graph = str(quad.graph_name)
            obj = obj[: -len(graph) - 1]
        found[subject, predicate, obj, "" if merged else graph] = None
    return [*found]


def is_blank(term: str) -> bool:
    """Whether a term is a blank node.

    >>> is_blank("_:b"), is_blank('"_:b"')
    (True, False)
    """
    return term[0] == "_"


class Forest:
    """Which blank nodes can be written inside the triple that mentions them, and how.

    `nested` are those; `lists` has the items of each that begins a list. `labelled` are the
    others that need a label, since more than one triple leads to them, here or elsewhere.
    """

    def __init__(self, statements: Iterable[Statement], labelled: Collection[str] = ()) -> None:
        self.said: dict[Place, Said] = {}
        self.lists: dict[str, list[str]] = {}
        self._mentions: dict[str, list[tuple[Place, str]]] = {}
        self._graphs: dict[str, set[str]] = {}
        for statement in statements:
            self._take(statement)
        self.nested = {node for node in self._mentions if self._is_single(node)}
        self.nested.difference_update(labelled)
        self.labelled: set[str] = set()
        if self._mentions or self._graphs:
            self.nested -= self._circles()
            self._cut_deep(inner=self._gather_lists())
            several = {node for node, graphs in self._graphs.items() if len(graphs) > 1}
            self.labelled = (self._mentions.keys() | several) - self.nested
        self.labelled.update(labelled)

    def roots(self) -> Iterator[Place]:
        """The subjects that are not written inside another, each in its graph."""
        return (place for place in self.said if place[1] not in self.nested)

    def items(self, term: str) -> Sequence[str] | None:
        """The items of a list that is written where it is mentioned; ``None`` for no list."""
        return () if term == NIL else self.lists.get(term)

    def _take(self, statement: Statement) -> None:
        subject, predicate, obj, graph = statement
        place = (graph, subject)
        self.said.setdefault(place, {}).setdefault(predicate, []).append(obj)
        if is_blank(subject):
            self._graphs.setdefault(subject, set()).add(graph)
        if is_blank(obj):
            self._mentions.setdefault(obj, []).append((place, predicate))

    def _is_single(self, node: str) -> bool:
        """Whether one triple mentions it, in the graph that it is described in."""
        mentions = self._mentions[node]
        (graph, _), _ = mentions[0]
        return len(mentions) == 1 and self._graphs.get(node, set()) <= {graph}

    def _circles(self) -> set[str]:
        """The blank nodes that lead back to themselves, each mentioned by the one before."""
        found: set[str] = set()
        seen: set[str] = set()
        for start in self.nested:
            way: list[str] = []
            here: str = start
            while is_blank(here) and here in self.nested and here not in seen:
                seen.add(here)
                way.append(here)
                (_, here), _ = self._mentions[here][0]
            if is_blank(here) and here in way:
                found.update(way[way.index(here) :])
        return found

    def _gather_lists(self) -> set[str]:
        """Find the lists, each from its end; gives their cells but the first."""
        inner: set[str] = set()
        for end in self.nested:
            cell = self._cell(end)
            if cell is None or cell[1] != NIL:
                continue
            head, items = end, [cell[0]]
            while (above := self._cell_above(head)) is not None:
                inner.add(head)
                head, item = above
                items.append(item)
            self.lists[head] = items[::-1]
        return inner

    def _cell(self, node: str) -> tuple[str, str] | None:
        """The item and the rest, if a blank node says just what a cell of a list does."""
        said = self._said_of(node)
        if said.keys() != {_FIRST, _REST} or any(len(objects) != 1 for objects in said.values()):
            return None
        return said[_FIRST][0], said[_REST][0]

    def _cell_above(self, node: str) -> tuple[str, str] | None:
        """The cell whose rest a cell is, and its item."""
        (_, above), predicate = self._mentions[node][0]
        if predicate != _REST or above not in self.nested:
            return None
        cell = self._cell(above)
        return None if cell is None else (above, cell[0])

    def _said_of(self, node: str) -> Said:
        (graph, _), _ = self._mentions[node][0]
        return self.said.get((graph, node), {})

    def _cut_deep(self, inner: set[str]) -> None:
        """Take those out of `nested` in which too many others are nested."""
        heights: dict[str, int] = {}
        for start in [node for node in self._mentions if node in self.nested]:
            stack = [] if start in inner else [start]
            while stack:
                below = self._right_in(stack[-1])
                fresh = [node for node in below if node not in heights]
                if fresh:
                    stack += fresh
                    continue
                node = stack.pop()
                heights[node] = 1 + max((heights[each] for each in below), default=0)
                if heights[node] > DEEPEST:
                    self._take_out(node)

    def _right_in(self, node: str) -> list[str]:
        """The blank nodes that stand right inside a nested one."""
        items = self.lists.get(node)
        if items is None:
            items = [obj for objects in self._said_of(node).values() for obj in objects]
        return [obj for obj in items if obj in self.nested]

    def _take_out(self, node: str) -> None:
        """Give a blank node a label; of a list, each cell."""
        self.nested.discard(node)
        for _ in self.lists.pop(node, [])[1:]:
            rest = self._said_of(node)[_REST][0]
            node = rest
            self.nested.discard(node)
