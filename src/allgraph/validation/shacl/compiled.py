"""Shapes compiled to operations on columns: all nodes of a shape are checked in one go.

What it finds is what pySHACL finds. Of a shape with something that is not known here, it says
so, and the shape is left to pySHACL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from pyoxigraph import BlankNode, NamedNode, Quad, Store

from allgraph.model.triples import NONE, Flags, Numbers, Triples
from allgraph.rdf.bridge import quiet
from allgraph.rdf.terms import RDFS, Term, text
from allgraph.validation.shacl import constraints, paths, sparql_constraints
from allgraph.validation.shacl.constraints import Constraint, Values
from allgraph.validation.shacl.literals import NoOrderError
from allgraph.validation.shacl.results import SH, Failure, least_message, sh
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError

_TARGETS = ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf")
_ASIDE = frozenset(
    (*_TARGETS, "path", "property", "sparql", "severity", "message", "name", "description", "order",
     "group", "defaultValue", "deactivated", "flags", "ignoredProperties")
)  # fmt: skip
_WHOLE = ("SPARQL", "LessThan", "LessThanOrEquals")
_KINDS = frozenset((SH + "NodeShape", SH + "PropertyShape", RDFS + "Class"))


@dataclass(frozen=True)
class Violations:
    """The nodes that break one constraint of a shape; `NONE` stands for no value."""

    shape: CompiledShape
    component: str
    focus: Numbers
    values: Numbers
    paths: Numbers | None = None

    def __len__(self) -> int:
        return len(self.focus)

    def failures(self, triples: Triples) -> Iterator[Failure]:
        """One failure for each."""
        shape, terms = self.shape, triples.terms
        places = self.paths if self.paths is not None else np.full(len(self), NONE)
        rows = zip(self.focus.tolist(), self.values.tolist(), places.tolist(), strict=True)
        for focus, value, path in rows:
            yield Failure(
                _named(terms[focus]),
                terms[path] if path != NONE else shape.predicate,
                _named(terms[value]) if value != NONE else None,
                shape.node,
                shape.severity,
                f"{SH}{self.component}ConstraintComponent",
                shape.message,
            )


def _named(term: Term) -> Term | None:
    return None if isinstance(term, BlankNode) else term


@dataclass
class CompiledShape:
    """A shape whose constraints can be checked."""

    node: Term
    triples: Triples
    path: paths.ShapePath | None = None
    predicate: NamedNode | None = None
    severity: str = ""
    message: str = ""
    is_active: bool = True
    constraints: list[Constraint] = field(default_factory=list)
    properties: list[CompiledShape] = field(default_factory=list)
    inner: list[CompiledShape] = field(default_factory=list)
    """All shapes that it refers to."""

    def check(self, nodes: Numbers) -> tuple[list[Violations], Flags]:
        """What is found of some nodes, which are different, and which of them do not conform."""
        failed = np.zeros(len(nodes), bool)
        found: list[Violations] = []
        if not self.is_active or not len(nodes):
            return found, failed
        values = self._values(nodes)
        for constraint in self.constraints:
            at, broken, by_path = constraint.find(values)
            if len(at):
                failed[at] = True
                of_no_value = np.full(len(at), NONE, np.int64)
                shown = of_no_value if broken is None else broken
                found.append(Violations(self, constraint.component, nodes[at], shown, by_path))
        for inner in self.properties:
            different, places = values.different
            more, missed = inner.check(different)
            failed[values.at[missed[places]]] = True
            found += more
        return found, failed

    def conforms(self, nodes: Numbers) -> Flags:
        """Which of some nodes conform."""
        _, failed = self.check(nodes)
        return ~failed

    def touched(self, ends: paths.Ends) -> Numbers | None:
        """The nodes that may conform or not since some triples changed; ``None`` for any.

        A question may be about anything; and of comparisons, one that fails ends all others.
        """
        if any(constraint.component in _WHOLE for constraint in self.constraints):
            return None
        found = [ends.subjects]
        for shape in self.inner:
            nodes = shape.touched(ends)
            if nodes is None:
                return None
            found.append(nodes)
        of_values = np.unique(np.concatenate(found))
        if self.path is None:
            return of_values
        moved = self.path.touched(self.triples, ends), self.path.leading(self.triples, of_values)
        return np.unique(np.concatenate([ends.subjects, *moved]))

    def _values(self, nodes: Numbers) -> Values:
        pairs = (
            (np.arange(len(nodes)), nodes)
            if self.path is None
            else self.path.follow(self.triples, nodes)
        )
        return Values(self.triples, nodes, *pairs)


class Compiler:
    """Makes shapes that can be checked from a shapes graph.

    All that shapes name is numbered here, so compile before the columns are read.
    """

    def __init__(self, shapes: Shapes, triples: Triples) -> None:
        self.shapes = shapes
        self.triples = triples
        self._known: dict[Term, CompiledShape] = {}
        self._open: dict[Term, list[CompiledShape]] = {}
        self._instances: dict[int, Flags] = {}
        self._parameters = {
            text(path)
            for node in shapes.subjects()
            for parameter in shapes.values(node, "parameter")
            for path in shapes.values(parameter, "path")
        }

    def number(self, term: Term) -> int:
        """The number of a term of a shape."""
        return self.triples.keep(term)

    def predicate(self, term: Term) -> int:
        """The number of a predicate that a constraint names."""
        if not isinstance(term, NamedNode):
            raise UnknownConstructError("a property that is no IRI")
        return self.number(term)

    def instances(self, kind: int) -> Flags:
        """Whether each term is of a class, or of one below it."""
        if kind not in self._instances:
            self._instances[kind] = constraints.instances(self.triples, kind)
        return self._instances[kind]

    def shape(self, node: Term) -> CompiledShape:
        """A shape by its node. Raises `UnknownConstructError` for what is not known here."""
        if node not in self._known:
            if node in self._open:
                raise UnknownConstructError("a shape that refers to itself")
            self._open[node] = []
            try:
                self._known[node] = self._compile(node)
            finally:
                inner = self._open.pop(node)
            self._known[node].inner = inner
        for referring in list(self._open.values())[-1:]:
            referring.append(self._known[node])
        return self._known[node]

    def drop(self, *components: str) -> None:
        """Leave some constraints out of all shapes."""
        for shape in self._known.values():
            shape.constraints = [c for c in shape.constraints if c.component not in components]

    def _compile(self, node: Term) -> CompiledShape:
        said = self.shapes.said(node)
        self._refuse_unknown(node)
        where = self.shapes.value(node, "path")
        off = self.shapes.value(node, "deactivated")
        shape = CompiledShape(
            node,
            self.triples,
            None if where is None else paths.path(self.shapes, where, self.number),
            where if isinstance(where, NamedNode) else None,
            text(self.shapes.value(node, "severity") or sh("Violation")),
            least_message(self.shapes.values(node, "message")),
            text(off) in ("", "false"),
        )
        for name in said:
            if name in constraints.PARAMETERS:
                shape.constraints += constraints.compiled(self, node, name)
        shape.constraints += (
            sparql_constraints.compiled(self, node, each) for each in said.get("sparql", ())
        )
        for each in said.get("property", ()):
            inner = self.shape(each)
            if inner.path is None:
                raise UnknownConstructError("a sh:property without a sh:path")
            shape.properties.append(inner)
        return shape

    def _refuse_unknown(self, node: Term) -> None:
        said = self.shapes.said(node)
        kinds = {text(kind) for kind in self.shapes.types(node)}
        foreign = [kind for kind in kinds if kind not in _KINDS]
        if foreign or len(kinds & {SH + "NodeShape", SH + "PropertyShape"}) > 1:
            raise UnknownConstructError(f"the kinds {', '.join(sorted(kinds))}")
        if ("path" in said) == (SH + "NodeShape" in kinds):
            if kinds & {SH + "NodeShape", SH + "PropertyShape"}:
                raise UnknownConstructError("a kind that does not fit its sh:path")
        for name in said:
            is_of_shacl = ":" not in name
            if (is_of_shacl and name not in _ASIDE and name not in constraints.PARAMETERS) or (
                name in self._parameters
            ):
                raise UnknownConstructError(f"sh:{name}" if is_of_shacl else name)
        if "ignoredProperties" in said and "closed" not in said:
            raise UnknownConstructError("sh:ignoredProperties without sh:closed")

    @cached_property
    def store(self) -> Store:
        """All triples in a store, for shapes that ask questions."""
        store = Store()
        store.bulk_extend(Quad(*row) for row in self.triples.rows(slice(None)))
        return store


class Compiled:
    """The shapes of a graph that have targets, compiled as far as is known how."""

    def __init__(self, shapes: Shapes, triples: Triples) -> None:
        self._shapes = shapes
        self._compiler = Compiler(shapes, triples)
        self._triples = triples
        self.unknown: dict[Term, str] = {}
        """The shapes that are left to pySHACL, and why."""
        self._compiled: list[CompiledShape] = []
        for node in shapes.subjects():
            if any(shapes.values(node, name) for name in _TARGETS) or self._is_class(node):
                self._add(node)

    @property
    def nodes(self) -> list[Term]:
        """The shapes that are checked here."""
        return [shape.node for shape in self._compiled]

    def _add(self, node: Term) -> None:
        try:
            self._compiled.append(self._compiler.shape(node))
            for name in _TARGETS:
                for target in self._shapes.values(node, name):
                    self._compiler.number(target)
        except UnknownConstructError as error:
            self.unknown[node] = str(error)

    def _is_class(self, node: Term) -> bool:
        """Whether a shape is also a class, whose members it is for."""
        kinds = {text(kind) for kind in self._shapes.types(node)}
        is_shape = bool(kinds & {SH + "NodeShape", SH + "PropertyShape"})
        return is_shape and bool(kinds - {SH + "NodeShape", SH + "PropertyShape"})

    def check(self, ends: paths.Ends | None = None) -> list[Violations]:
        """What the shapes find; with the ends of changed triples, what these can have brought.

        When there are values that cannot be put in order, comparisons are left out, as the
        reference does; the shapes on the values themselves say what is wrong.
        """
        with quiet():
            try:
                return self._check_all(ends)
            except NoOrderError:
                self._compiler.drop(*_WHOLE[1:])
                return self._check_all(ends)

    def _check_all(self, ends: paths.Ends | None) -> list[Violations]:
        return [found for shape in self._compiled for found in self._check(shape, ends)]

    def _check(self, shape: CompiledShape, ends: paths.Ends | None) -> list[Violations]:
        nodes = self._focus(shape.node)
        touched = shape.touched(ends) if ends is not None else None
        if ends is not None and touched is not None:
            nodes = np.intersect1d(nodes, np.union1d(touched, np.concatenate(ends)))
        try:
            return shape.check(nodes)[0]
        except UnknownConstructError as error:
            self.unknown[shape.node] = str(error)
            return []

    def _focus(self, node: Term) -> Numbers:
        """The nodes that a shape is for."""
        shapes, triples, number = self._shapes, self._triples, self._compiler.number
        chosen = np.zeros(triples.size, bool)
        chosen[[number(target) for target in shapes.values(node, "targetNode")]] = True
        kinds = shapes.values(node, "targetClass") + ([node] if self._is_class(node) else [])
        for kind in kinds:
            chosen |= self._compiler.instances(number(kind))
        for predicate in shapes.values(node, "targetSubjectsOf"):
            chosen[triples.relation(number(predicate)).subjects] = True
        for predicate in shapes.values(node, "targetObjectsOf"):
            chosen[triples.relation(number(predicate)).objects] = True
        return np.flatnonzero(chosen)
