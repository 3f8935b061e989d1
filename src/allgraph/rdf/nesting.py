"""Statements as trees: a blank node is nested in the one triple that has it as its object.

A statement is here a triple or quad as texts. A nested blank node is written in brackets where it
is mentioned, as in Turtle, and needs no label.

Terms are texts of N-Triples, which are much faster to compare than the engine's terms.

>>> forest = Forest([("<x:a>", "<x:p>", "_:b", ""), ("_:b", "<x:p>", "<x:a>", "")])
>>> forest.nested, [subject for _, subject in forest.roots()]
({'_:b'}, ['<x:a>'])
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from pyoxigraph import DefaultGraph, Quad, RdfFormat, Triple, parse

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
    """Return quads or triples as texts, each once, in order; if `merged`, in the default graph.

    The texts of one are its subject, predicate and object in N-Triples, and its graph, ``""`` for
    the default one.

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


def in_default_graph(lines: Iterable[str]) -> list[Statement]:
    """Return lines of N-Triples, in the form of `ntriples.lines`, as statements.

    >>> in_default_graph(['<x:a> <x:p> "b c" .'])
    [('<x:a>', '<x:p>', '"b c"', '')]
    """
    parts = [line.split(" ", 2) for line in lines]
    return [(subject, predicate, rest[:-2], "") for subject, predicate, rest in parts]


def triples_of(statements: Iterable[Statement]) -> list[Triple]:
    """Return statements of the default graph as triples of pyoxigraph."""
    lines = "\n".join(f"{subject} {predicate} {obj} ." for subject, predicate, obj, _ in statements)
    return [quad.triple for quad in parse(lines, format=RdfFormat.N_TRIPLES)]


def is_blank(term: str) -> bool:
    """Return whether a term is a blank node.

    >>> is_blank("_:b"), is_blank('"_:b"')
    (True, False)
    """
    return term[0] == "_"


class Forest:
    """Statements by subject, and which blank nodes are nested in the triple that mentions them.

    A triple mentions a blank node that is its object. `properties` has the predicates and objects
    of each subject in each graph. `nested` are the blank nodes to be nested, and `lists` has the
    items of those that begin an RDF list. `labelled` are the blank nodes that need a label: those
    mentioned but not nested, those in several graphs, those that name a graph, and those given.
    Read only once made.
    """

    def __init__(self, statements: Iterable[Statement], labelled: Collection[str] = ()) -> None:
        """Fill the attributes from statements; blank nodes in `labelled` are not nested.

        At the end, `nested` are the blank nodes to be written inside the one triple that has them
        as object, and `labelled` those that need a label: the given ones, and others that are an
        object but not nested, a subject in several graphs, or the name of one.
        """
        self.properties: dict[Place, Properties] = {}  # by (graph, subject)
        self.lists: dict[str, list[str]] = {}  # the items of each nested list, by its first node
        self._triples_with_object: dict[str, list[tuple[Place, str]]] = {}
        self._graphs_of_subject: dict[str, set[str]] = {}
        for statement in statements:
            self._add(statement)
        labelled = {*labelled, *(graph for graph, _ in self.properties if graph.startswith("_"))}
        self.nested = {node for node in self._triples_with_object if self._has_one_mention(node)}
        self.nested.difference_update(labelled)
        self.labelled: set[str] = set()
        if self._triples_with_object or self._graphs_of_subject:
            self.nested -= self._nodes_in_circles()
            self._unnest_deep(inner=self._find_lists())  # fills `lists`, and shrinks `nested`
            several = {node for node, graphs in self._graphs_of_subject.items() if len(graphs) > 1}
            self.labelled = (self._triples_with_object.keys() | several) - self.nested
        self.labelled.update(labelled)

    def roots(self) -> Iterator[Place]:
        """Yield graph and subject of the subjects that are not nested, in order of appearance."""
        return (place for place in self.properties if place[1] not in self.nested)

    def statements(self) -> Iterator[Statement]:
        """Yield all statements, by subject."""
        for (graph, subject), properties in self.properties.items():
            for predicate, objects in properties.items():
                for obj in objects:
                    yield subject, predicate, obj, graph

    def items(self, term: str) -> Sequence[str] | None:
        """Return the items of the list that begins with a blank node; empty for ``rdf:nil``.

        ``None`` for a term with which no list begins, or one that is not nested.
        """
        return () if term == NIL else self.lists.get(term)

    def _add(self, statement: Statement) -> None:
        """Add a statement to `properties` and, by its blank nodes, to the two private indexes.

        A blank object gets an entry (place, predicate) in `_triples_with_object`, and a blank
        subject gets the graph in `_graphs_of_subject`. A place is a pair of graph and subject.
        """
        subject, predicate, obj, graph = statement
        place = (graph, subject)
        self.properties.setdefault(place, {}).setdefault(predicate, []).append(obj)
        if subject[0] == "_":  # is blank
            self._graphs_of_subject.setdefault(subject, set()).add(graph)
        if obj[0] == "_":
            self._triples_with_object.setdefault(obj, []).append((place, predicate))

    def _has_one_mention(self, node: str) -> bool:
        """Return True if one triple mentions a blank node, in the only graph with it as subject.

        It mentions it as its object. At least one triple must do so. The node may be no subject.
        """
        mentions = self._triples_with_object[node]  # as ((graph, subject), predicate)
        (graph, _), _ = mentions[0]
        return len(mentions) == 1 and self._graphs_of_subject.get(node, set()) <= {graph}

    def _nodes_in_circles(self) -> set[str]:
        """Return those in `nested` that would be nested in themselves, directly or by others."""
        circular: set[str] = set()
        seen: set[str] = set()
        for start in self.nested:
            chain: list[str] = []
            node: str = start
            while node in self.nested and node not in seen:
                seen.add(node)
                chain.append(node)
                (_, node), _ = self._triples_with_object[node][0]  # the subject above it
            if node in chain:
                circular.update(chain[chain.index(node) :])
        return circular

    def _find_lists(self) -> set[str]:
        """Fill `lists`, from the end of each list; return their blank nodes but the first of each.

        `lists` gets the items of each list by its first blank node. Only lists of nested blank
        nodes that end in ``rdf:nil`` count.
        """
        inner: set[str] = set()
        for end in self.nested:
            cell = self._list_cell(end)  # its item and what follows
            if cell is None or cell[1] != NIL:
                continue
            head, items = end, [cell[0]]
            while (above := self._previous_cell(head)) is not None:
                inner.add(head)
                head, item = above
                items.append(item)
            self.lists[head] = items[::-1]
        return inner

    def _list_cell(self, node: str) -> tuple[str, str] | None:
        """Return the ``rdf:first`` and ``rdf:rest`` of a blank node that is a cell of a list.

        A cell has one of each and nothing else; ``None`` for another node. A triple must mention
        the node as its object.
        """
        properties = self._properties_of_mentioned(node)
        is_cell = properties.keys() == {_FIRST, _REST}
        if not is_cell or any(len(objects) != 1 for objects in properties.values()):
            return None
        return properties[_FIRST][0], properties[_REST][0]

    def _previous_cell(self, node: str) -> tuple[str, str] | None:
        """Return the cell of a list that has `node` as its ``rdf:rest``, and that cell's item.

        ``None`` if there is no such cell, or it is not nested. `node` must be in `nested`.
        """
        (_, above), predicate = self._triples_with_object[node][0]  # the triple mentioning it
        if predicate != _REST or above not in self.nested:
            return None
        cell = self._list_cell(above)
        return None if cell is None else (above, cell[0])

    def _properties_of_mentioned(self, node: str) -> Properties:
        """Return the properties of a blank node in the graph of the first triple mentioning it.

        They are the objects by predicate. At least one triple must have the node as its object.
        """
        (graph, _), _ = self._triples_with_object[node][0]
        return self.properties.get((graph, node), {})

    def _unnest_deep(self, inner: set[str]) -> None:
        """Remove from `nested` the blank nodes with nesting deeper than `DEEPEST` below them.

        `inner` are the cells of lists but the first of each. They are no level of their own, and
        are removed with the first, as is the list from `lists`.
        """
        heights: dict[str, int] = {}
        for start in [node for node in self._triples_with_object if node in self.nested]:
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
                    self._unnest(node)

    def _nested_in(self, node: str) -> list[str]:
        """Return those objects of a blank node, or items of its list, that are in `nested`."""
        items = self.lists.get(node)
        if items is None:
            items = [
                obj for objects in self._properties_of_mentioned(node).values() for obj in objects
            ]
        return [obj for obj in items if obj in self.nested]

    def _unnest(self, node: str) -> None:
        """Remove a blank node from `nested`.

        If it begins a list, removes the list from `lists`, and all its cells from `nested`.
        """
        self.nested.discard(node)
        for _ in self.lists.pop(node, [])[1:]:
            node = self._properties_of_mentioned(node)[_REST][0]
            self.nested.discard(node)
