"""Shapes compiled to operations on columns: all nodes of a shape are checked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from pyoxigraph import Literal, Quad, Store

from allgraph.model import vocabulary
from allgraph.model.triples import NONE, Flags, Numbers, Triples
from allgraph.rdf.terms import RDFS, Term, text
from allgraph.validation.shacl import paths
from allgraph.validation.shacl.results import SH, SHAPE_KINDS, TARGETS, Failure, sh
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError
from allgraph.validation.shacl.vocabulary import UNSUPPORTED

_IGNORED = frozenset(
    (
        *TARGETS,
        "path",
        "property",
        "severity",
        "message",
        "name",
        "description",
        "order",
        "group",
        "defaultValue",
        "deactivated",
        "flags",
        "ignoredProperties",
        *UNSUPPORTED,
    )
)
"""The local names of predicates that a shape may have beside its constraints."""


@dataclass(frozen=True)
class Values:
    """The values that a path leads to from some focus nodes, which are `nodes`.

    `node_places` and `values` have an entry for each pair of node and value: the place of the node
    in `nodes`, and the value. Nodes and values are numbers of terms.
    """

    triples: Triples
    nodes: Numbers
    node_places: Numbers
    values: Numbers

    @cached_property
    def different(self) -> tuple[Numbers, Numbers]:
        """The different values in order, and for each of `values` its place among these."""
        return np.unique(self.values, return_inverse=True)


class Hits(NamedTuple):
    """The hits of a constraint: places of focus nodes in ``Values.nodes``, and values and paths.

    Values and paths are numbers of terms; ``None`` if the constraint is on the node itself, or if
    the path is that of the shape.
    """

    node_places: Numbers
    values: Numbers | None = None
    paths: Numbers | None = None


Find = Callable[[Values], Hits]
"""Returns what breaks one constraint, among the values of some focus nodes."""


class Constraint(NamedTuple):
    """A constraint of a shape: the name of its component, such as MinCount, and what checks it.

    `query` is the node with its query, if it has one (sh:sparql).
    """

    component: str
    find: Find
    query: Term | None


Make = Callable[["Compiler", Term, Term], Find]
"""Returns what finds the violations of a constraint, from its shape and the parameter's value."""


@dataclass(frozen=True)
class Violations:
    """The nodes that break one constraint of a shape, each with a value and a path.

    All are numbers of terms; `NONE` stands for no value, and for the path of the shape. `times`
    says how often each node was to be checked.
    """

    shape: CompiledShape
    constraint: Constraint
    focus: Numbers
    values: Numbers
    paths: Numbers
    times: Numbers

    def failures(self, triples: Triples) -> Iterator[Failure]:
        """Yield one failure for each node, with the terms of `triples`.

        The path is the violation's own, else that of the shape.
        """
        shape, term = self.shape, triples.term
        columns = (self.focus, self.values, self.paths, self.times)
        for focus, value, path, times in zip(*(c.tolist() for c in columns), strict=True):
            yield Failure(
                term(focus),
                term(path) if path != NONE else shape.path_node,
                term(value) if value != NONE else None,
                shape.node,
                shape.severity,
                f"{SH}{self.constraint.component}ConstraintComponent",
                shape.message,
                self.constraint.query,
                times,
            )


@dataclass
class CompiledShape:
    """A shape whose constraints can be checked; those of its property shapes are in `properties`.

    `path_node` is the node that describes its path; `is_active` is false if it is deactivated.
    """

    node: Term
    triples: Triples
    path: paths.ShapePath | None = None
    path_node: Term | None = None
    severity: str = ""
    message: str = ""
    is_active: bool = True
    constraints: list[Constraint] = field(default_factory=list)
    properties: list[CompiledShape] = field(default_factory=list)
    inner: list[CompiledShape] = field(default_factory=list)
    """All shapes that this shape refers to, directly."""

    def check(self, nodes: Numbers, times: Numbers | None = None) -> tuple[list[Violations], Flags]:
        """Check some nodes (numbers of terms), each of which is given once.

        `times` says how often each is to be checked, once by default; it is only counted, since the
        results are the same. Values of a path are checked once for each node that has them.
        Returns the violations, those of property shapes included, and a flag for each node: whether
        it does not conform. To a deactivated shape all conform. A query (sh:sparql) may give new
        terms numbers in `triples`; nothing else is changed. Raises `UnknownConstructError`, as
        constraints do.
        """
        failed = np.zeros(len(nodes), bool)
        violations: list[Violations] = []
        if not self.is_active or not len(nodes):
            return violations, failed
        values = self._values(nodes)
        times = np.ones(len(nodes), np.int64) if times is None else times
        for constraint in self.constraints:
            hits = constraint.find(values)
            if len(hits.node_places):
                failed[hits.node_places] = True
                none = np.full(len(hits.node_places), NONE, np.int64)
                columns = hits.values, hits.paths
                broken, by_path = (none if column is None else column for column in columns)
                focus = nodes[hits.node_places]
                often = times[hits.node_places]
                violations.append(Violations(self, constraint, focus, broken, by_path, often))
        for inner in self.properties:
            different, places = values.different  # each value once, and where it is for each pair
            of_values = np.bincount(places, times[values.node_places]).astype(np.int64)
            violations_of_values, failed_values = inner.check(different, of_values)
            failed[values.node_places[failed_values[places]]] = True
            violations += violations_of_values
        return violations, failed

    def conforms(self, nodes: Numbers) -> Flags:
        """Return a flag for each of some nodes, which are given once: whether it conforms.

        The nodes are checked for this by `check`, which raises what constraints raise.
        """
        _, failed = self.check(nodes)
        return ~failed

    def touched(self, ends: paths.Ends) -> Numbers | None:
        """Return the nodes whose conformance may differ since some triples were added or removed.

        Nodes are numbers of terms; `ends` are the subjects and objects of the triples. ``None`` if
        it may be any node, since a query may be about anything. The shapes that this one refers to
        (`inner`) count too.
        """
        if any(constraint.component == "SPARQL" for constraint in self.constraints):
            return None
        touched = ends.subjects
        for shape in self.inner:
            by_shape = shape.touched(ends)
            if by_shape is None:
                return None
            touched = np.union1d(touched, by_shape)
        if self.path is None:
            return touched
        focus = paths.leading_to(touched, self.path, self.triples)
        by_path = self.path.touched(self.triples, ends)
        return np.unique(np.concatenate([ends.subjects, focus, by_path]))

    def _values(self, nodes: Numbers) -> Values:
        """Return the values of some nodes by the path; without a path, the nodes themselves.

        `nodes` has numbers of terms, each once.
        """
        path, each_itself = self.path, (np.arange(len(nodes)), nodes)
        pairs = each_itself if path is None else path.follow(self.triples, nodes)  # places, values
        return Values(self.triples, nodes, *pairs)


class Compiler:
    """Compiles shapes from a shapes graph, given the `parameters` that constraints are made from.

    Each shape is compiled once. All terms that shapes use get numbers in `triples`, so compile
    before the columns of these are read.
    """

    def __init__(self, shapes: Shapes, triples: Triples, parameters: Mapping[str, Make]) -> None:
        """Make a compiler that has compiled nothing yet.

        `parameters` are given by local name, such as ``minCount``. Shapes have no errors.
        """
        self.shapes = shapes
        self.triples = triples
        self._parameters = parameters
        self._compiled: dict[Term, CompiledShape] = {}
        self._being_compiled: dict[Term, list[CompiledShape]] = {}
        """The shapes that are being compiled, innermost last, with those each refers to so far."""
        self._instances: dict[int, Numbers] = {}
        """The cache of `instances`, by the number of the class."""
        self._parameters_of_users = {
            text(path)
            for node in shapes.subjects()
            for parameter in shapes.values(node, "parameter")
            for path in shapes.values(parameter, "path")
        }
        """The IRIs of the predicates that users declare as parameters of their own components."""

    def number(self, term: Term) -> int:
        """Return the number of a term of a shape in `triples`, which give it one if it has none."""
        return self.triples.keep(term)

    def instances(self, kind: int) -> Flags:
        """Return a flag for each term: whether it is an instance of a class or of one below it.

        `kind` is the number of the class. The instances of each class are kept.
        """
        if kind not in self._instances:
            types = self.triples.relation(vocabulary.TYPE).inverse
            _, instances = types.of(paths.subclasses(self.triples, kind))
            self._instances[kind] = instances.astype(np.int32)
        return self.triples.among(self._instances[kind])

    def shape(self, node: Term) -> CompiledShape:
        """Return the shape of a node, compiled now or before.

        It is added to those that the last shape in `_being_compiled` refers to, if there is one.
        Raises `UnknownConstructError`, also for a shape that refers to itself.
        """
        if node not in self._compiled:
            if node in self._being_compiled:
                raise UnknownConstructError("a shape that refers to itself")
            self._being_compiled[node] = []
            try:
                self._compiled[node] = self._compile(node)
            finally:
                inner = self._being_compiled.pop(node)
            self._compiled[node].inner = inner
        for shapes_of_referring in list(self._being_compiled.values())[-1:]:
            shapes_of_referring.append(self._compiled[node])
        return self._compiled[node]

    def _compile(self, node: Term) -> CompiledShape:
        """Return the shape of a node without its `inner`, after compiling its property shapes.

        Raises `UnknownConstructError` for what is not compiled.
        """
        self._refuse_unknown(node)
        path = self.shapes.value(node, "path")
        messages = [text(t) for t in self.shapes.values(node, "message") if isinstance(t, Literal)]
        deactivated = self.shapes.value(node, "deactivated")
        shape = CompiledShape(
            node,
            self.triples,
            None if path is None else paths.path(self.shapes, path, self.number),
            path,
            text(self.shapes.value(node, "severity") or sh("Violation")),
            min(messages, default=""),  # there may be one in each language
            text(deactivated) in ("", "false"),  # `is_active`
        )
        for name, values in self.shapes.properties(node).items():
            if name in self._parameters:
                component = "SPARQL" if name == "sparql" else name[0].upper() + name[1:]
                for value in values:
                    find = self._parameters[name](self, node, value)
                    query = value if name == "sparql" else None
                    shape.constraints.append(Constraint(component, find, query))
        for property_shape in self.shapes.values(node, "property"):
            shape.properties.append(self.shape(property_shape))
        return shape

    def _refuse_unknown(self, node: Term) -> None:
        """Raise `UnknownConstructError` for types and predicates that are not compiled.

        A shape may have the types sh:NodeShape, sh:PropertyShape (`SHAPE_KINDS`) and rdfs:Class.
        Compiled are the parameters given to this compiler, and the predicates that are ignored
        (`_IGNORED`), such as sh:name. Predicates outside SHACL are ignored, unless users declare
        them as parameters of their own components.
        """
        properties = self.shapes.properties(node)
        types = self.shapes.types(node)
        if types - SHAPE_KINDS - {RDFS + "Class"}:
            raise UnknownConstructError(f"the types {', '.join(sorted(types))}")
        for name in properties:
            is_of_shacl = ":" not in name
            is_compiled = name in _IGNORED or name in self._parameters
            if (is_of_shacl and not is_compiled) or name in self._parameters_of_users:
                raise UnknownConstructError(f"sh:{name}" if is_of_shacl else name)
        if "ignoredProperties" in properties and "closed" not in properties:
            raise UnknownConstructError("sh:ignoredProperties without sh:closed")

    @cached_property
    def store(self) -> Store:
        """A store with all of `triples`, for shapes with queries; made when first used, and kept.

        These are the triples to be checked, stated and derived. All are in the default graph.
        """
        store = Store()
        store.bulk_extend(Quad(*row) for row in self.triples.rows(slice(None)))
        return store
