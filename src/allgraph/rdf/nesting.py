"""Statements as trees: a blank node is nested in the one triple that has it as its object.

Terms are texts of N-Triples, which are much faster to compare than the engine's terms.

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
Properties = dict[str, list[str]]
"""The objects of each predicate of a subject."""

DEEPEST = 30
"""How deep blank nodes are nested; one that has more below it gets a label."""
_FIRST, _REST, NIL = (f"<{RDF}{name}>" for name in ("first", "rest", "nil"))
_DEFAULT = DefaultGraph()


def statements(quads: Iterable[Quad | Triple], *, merged: bool = False) -> list[Statement]:
    """Return quads or triples as texts, each once; if `merged`, all in the default graph.

    >>> from pyoxigraph import Literal, NamedNode
    >>> a = NamedNode("x:a")
    >>> statements([Quad(a, a, Literal("b c"), a)])
    [('<x:a>', '<x:a>', '"b c"', '<x:a>')]
    """
    distinct: dict[Statement, None] = {}
    for quad in quads:
        subject, predicate, obj = str(quad).split(" ", 2)
        graph = ""
        if isinstance(quad, Quad) and quad.graph_name != _DEFAULT:
            graph = str(quad.graph_name)
            obj = obj[: -len(graph) - 1]
        distinct[subject, predicate, obj, "" if merged else graph] = None
    return [*distinct]


def is_blank(term: str) -> bool:
    """Return whether a term is a blank node.

    >>> is_blank("_:b"), is_blank('"_:b"')
    (True, False)
    """
    return term[0] == "_"


class Forest:
    """Statements by subject, and which blank nodes can be nested in the triple that mentions them.

    `properties` has those of each subject, `nested` are the blank nodes that can be nested, and
    `lists` has the items of those that begin a list. `labelled` are blank nodes that need a
    label, since more than one triple mentions them, here or, for those given, elsewhere.
    """

    def __init__(self, statements: Iterable[Statement], labelled: Collection[str] = ()) -> None:
        self.properties: dict[Place, Properties] = {}
        self.lists: dict[str, list[str]] = {}
        self._mentions: dict[str, list[tuple[Place, str]]] = {}
        self._graphs: dict[str, set[str]] = {}
        for statement in statements:
            self._add(statement)
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
        """Yield the subjects that are not nested in another, each in its graph."""
        return (place for place in self.properties if place[1] not in self.nested)

    def items(self, term: str) -> Sequence[str] | None:
        """Return the items of a nested list; ``None`` for what is none."""
        return () if term == NIL else self.lists.get(term)

    def _add(self, statement: Statement) -> None:
        subject, predicate, obj, graph = statement
        place = (graph, subject)
        self.properties.setdefault(place, {}).setdefault(predicate, []).append(obj)
        if is_blank(subject):
            self._graphs.setdefault(subject, set()).add(graph)
        if is_blank(obj):
            self._mentions.setdefault(obj, []).append((place, predicate))

    def _is_single(self, node: str) -> bool:
        """Return whether one triple mentions a blank node, in the graph that it is described in."""
        mentions = self._mentions[node]
        (graph, _), _ = mentions[0]
        return len(mentions) == 1 and self._graphs.get(node, set()) <= {graph}

    def _circles(self) -> set[str]:
        """Return the blank nodes that are nested in themselves, by way of others or not."""
        circular: set[str] = set()
        seen: set[str] = set()
        for start in self.nested:
            way: list[str] = []
            node: str = start
            while node in self.nested and node not in seen:
                seen.add(node)
                way.append(node)
                (_, node), _ = self._mentions[node][0]
            if node in way:
                circular.update(way[way.index(node) :])
        return circular

    def _gather_lists(self) -> set[str]:
        """Find the lists, each from its end, and return all their cells but the first."""
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
        """Return the item and the rest of a list's cell; ``None`` for another blank node."""
        properties = self._properties_of(node)
        is_cell = properties.keys() == {_FIRST, _REST}
        if not is_cell or any(len(objects) != 1 for objects in properties.values()):
            return None
        return properties[_FIRST][0], properties[_REST][0]

    def _cell_above(self, node: str) -> tuple[str, str] | None:
        """Return the cell whose rest a cell is, and its item."""
        (_, above), predicate = self._mentions[node][0]
        if predicate != _REST or above not in self.nested:
            return None
        cell = self._cell(above)
        return None if cell is None else (above, cell[0])

    def _properties_of(self, node: str) -> Properties:
        """Return the properties of a blank node in the graph that mentions it."""
        (graph, _), _ = self._mentions[node][0]
        return self.properties.get((graph, node), {})

    def _cut_deep(self, inner: set[str]) -> None:
        """Take those out of `nested` that have others nested too deep below them."""
        heights: dict[str, int] = {}
        for start in [node for node in self._mentions if node in self.nested]:
            stack = [] if start in inner else [start]
            while stack:
                below = self._nested_in(stack[-1])
                fresh = [node for node in below if node not in heights]
                if fresh:
                    stack += fresh
                    continue
                node = stack.pop()
                heights[node] = 1 + max((heights[inside] for inside in below), default=0)
                if heights[node] > DEEPEST:
                    self._take_out(node)

    def _nested_in(self, node: str) -> list[str]:
        """Return the blank nodes directly inside a nested one."""
        items = self.lists.get(node)
        if items is None:
            items = [obj for objects in self._properties_of(node).values() for obj in objects]
        return [obj for obj in items if obj in self.nested]

    def _take_out(self, node: str) -> None:
        """Take a blank node out of `nested`, and with the first cell of a list all others."""
        self.nested.discard(node)
        for _ in self.lists.pop(node, [])[1:]:
            node = self._properties_of(node)[_REST][0]
            self.nested.discard(node)
