"""Quads as trees: each blank node inside the one triple that mentions it, where there is one.

>>> a, p, b = NamedNode("http://x/a"), NamedNode("http://x/p"), BlankNode("b")
>>> forest = Forest([Quad(a, p, b), Quad(b, p, a)])
>>> forest.nested == {b}, [str(subject) for _, subject in forest.roots()]
(True, ['<http://x/a>'])
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad

from allgraph.terms import RDF, Term

GraphName = NamedNode | BlankNode | DefaultGraph
Place = tuple[GraphName, Term]
"""A subject in a graph."""
Said = dict[NamedNode, list[Term]]
"""What is said of a subject: the objects of each predicate."""

DEEPEST = 30
"""How many blank nodes are written in one another; one more gets a label."""
_FIRST, _REST, _NIL = (NamedNode(RDF + name) for name in ("first", "rest", "nil"))


class Forest:
    """Which blank nodes can be written inside the triple that mentions them, and how.

    `nested` are those; `lists` has the items of each that begins a list. `labelled` are the
    others that need a label, since more than one triple leads to them.
    """

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.said: dict[Place, Said] = {}
        self.lists: dict[BlankNode, list[Term]] = {}
        self._mentions: dict[BlankNode, list[tuple[Place, NamedNode]]] = {}
        self._graphs: dict[BlankNode, set[GraphName]] = {}
        for quad in dict.fromkeys(quads):
            self._take(quad)
        self.nested = {node for node in self._mentions if self._is_single(node)}
        self.nested -= self._circles()
        self._cut_deep(inner=self._gather_lists())
        several = {node for node, graphs in self._graphs.items() if len(graphs) > 1}
        self.labelled = (self._mentions.keys() | several) - self.nested

    def roots(self) -> Iterator[Place]:
        """The subjects that are not written inside another, each in its graph."""
        return (place for place in self.said if place[1] not in self.nested)

    def items(self, term: Term) -> Sequence[Term] | None:
        """The items of a list that is written where it is mentioned; ``None`` for no list."""
        if term == _NIL:
            return ()
        return self.lists.get(term) if isinstance(term, BlankNode) else None

    def quads(self) -> Iterator[Quad]:
        """All quads, each once."""
        for (graph, subject), said in self.said.items():
            for predicate, objects in said.items():
                for obj in objects:
                    yield Quad(subject, predicate, obj, graph)  # type: ignore[arg-type]

    def _take(self, quad: Quad) -> None:
        place = (quad.graph_name, quad.subject)
        self.said.setdefault(place, {}).setdefault(quad.predicate, []).append(quad.object)
        if isinstance(quad.subject, BlankNode):
            self._graphs.setdefault(quad.subject, set()).add(quad.graph_name)
        if isinstance(quad.object, BlankNode):
            self._mentions.setdefault(quad.object, []).append((place, quad.predicate))

    def _is_single(self, node: BlankNode) -> bool:
        """Whether one triple mentions it, in the graph that it is described in."""
        mentions = self._mentions[node]
        (graph, _), _ = mentions[0]
        return len(mentions) == 1 and self._graphs.get(node, set()) <= {graph}

    def _circles(self) -> set[BlankNode]:
        """The blank nodes that lead back to themselves, each mentioned by the one before."""
        found: set[BlankNode] = set()
        seen: set[BlankNode] = set()
        for start in self.nested:
            way: list[BlankNode] = []
            here: Term = start
            while isinstance(here, BlankNode) and here in self.nested and here not in seen:
                seen.add(here)
                way.append(here)
                (_, here), _ = self._mentions[here][0]
            if isinstance(here, BlankNode) and here in way:
                found.update(way[way.index(here) :])
        return found

    def _gather_lists(self) -> set[BlankNode]:
        """Find the lists, each from its end; gives their cells but the first."""
        inner: set[BlankNode] = set()
        for end in self.nested:
            cell = self._cell(end)
            if cell is None or cell[1] != _NIL:
                continue
            head, items = end, [cell[0]]
            while (above := self._cell_above(head)) is not None:
                inner.add(head)
                head, item = above
                items.append(item)
            self.lists[head] = items[::-1]
        return inner

    def _cell(self, node: BlankNode) -> tuple[Term, Term] | None:
        """The item and the rest, if a blank node says just what a cell of a list does."""
        said = self._said_of(node)
        if said.keys() != {_FIRST, _REST} or any(len(objects) != 1 for objects in said.values()):
            return None
        return said[_FIRST][0], said[_REST][0]

    def _cell_above(self, node: BlankNode) -> tuple[BlankNode, Term] | None:
        """The cell whose rest a cell is, and its item."""
        (_, above), predicate = self._mentions[node][0]
        if predicate != _REST or not isinstance(above, BlankNode) or above not in self.nested:
            return None
        cell = self._cell(above)
        return None if cell is None else (above, cell[0])

    def _said_of(self, node: BlankNode) -> Said:
        (graph, _), _ = self._mentions[node][0]
        return self.said.get((graph, node), {})

    def _cut_deep(self, inner: set[BlankNode]) -> None:
        """Take those out of `nested` in which too many others are nested."""
        heights: dict[BlankNode, int] = {}
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

    def _right_in(self, node: BlankNode) -> list[BlankNode]:
        """The blank nodes that stand right inside a nested one."""
        items = self.lists.get(node)
        if items is None:
            items = [obj for objects in self._said_of(node).values() for obj in objects]
        return [obj for obj in items if isinstance(obj, BlankNode) and obj in self.nested]

    def _take_out(self, node: BlankNode) -> None:
        """Give a blank node a label; of a list, each cell."""
        self.nested.discard(node)
        for _ in self.lists.pop(node, [])[1:]:
            rest = self._said_of(node)[_REST][0]
            assert isinstance(rest, BlankNode)
            node = rest
            self.nested.discard(node)
