"""All shapes of a graph that have targets, compiled and checked.

The results are those of pySHACL. A shape with a construct that is not compiled is left to pySHACL.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from allgraph.model.triples import Numbers, Triples
from allgraph.rdf.bridge import quiet
from allgraph.rdf.terms import Term
from allgraph.validation.shacl.compiler import CompiledShape, Compiler, Violations
from allgraph.validation.shacl.constraints import PARAMETERS
from allgraph.validation.shacl.paths import Ends
from allgraph.validation.shacl.results import SHAPE_KINDS, TARGETS, shape_name
from allgraph.validation.shacl.shapes import Shapes, UnknownConstructError


class Compiled:
    """The shapes of a graph that have targets, compiled as far as possible when this is made.

    Gives the terms of the shapes numbers in `triples`.
    """

    def __init__(self, shapes: Shapes, triples: Triples) -> None:
        """Compile the shapes that have a target (a predicate of `TARGETS`) or are classes.

        `PARAMETERS` are the constraints that can be compiled. All terms of these shapes get numbers
        in `triples`. A shape with another construct goes into `unknown`; nothing is raised.
        """
        self._shapes = shapes
        self._compiler = Compiler(shapes, triples, PARAMETERS)
        self._triples = triples
        self.unknown: dict[Term, str] = {}
        """The shapes that are left to pySHACL, each with the construct that is not compiled."""
        self._compiled: list[CompiledShape] = []
        for node in shapes.subjects():
            if any(shapes.values(node, name) for name in TARGETS) or self._is_class(node):
                self._add(node)

    @property
    def nodes(self) -> list[Term]:
        """The nodes (IRIs or blank nodes) of the shapes that are compiled and have targets.

        Those are among them whose query failed in `check`.
        """
        return [shape.node for shape in self._compiled]

    def notes(self) -> list[str]:
        """Return a note for each shape that is left to pySHACL."""
        return sorted(
            f"{shape_name(node)} uses {construct}, which only pySHACL checks; this takes longer"
            for node, construct in self.unknown.items()
        )

    def _add(self, node: Term) -> None:
        """Compile a shape, and add it to the compiled ones, or else to `unknown`.

        Gives the terms of its targets (objects of the predicates `TARGETS`) numbers in the triples.
        """
        try:
            self._compiled.append(self._compiler.shape(node))
            for name in TARGETS:
                for target in self._shapes.values(node, name):
                    self._compiler.number(target)
        except UnknownConstructError as error:
            self.unknown[node] = str(error)

    def _is_class(self, node: Term) -> bool:
        """Return True if a shape is also a class, so that it is for the instances of itself.

        It is when it has a type beside sh:NodeShape and sh:PropertyShape (`SHAPE_KINDS`).
        """
        types = self._shapes.types(node)
        return bool(types & SHAPE_KINDS) and bool(types - SHAPE_KINDS)

    def check(self, ends: Ends | None = None) -> list[Violations]:
        """Return the violations of all compiled shapes, each checked for its focus nodes.

        Each entry has the nodes that break one constraint. Given the `ends` (subjects and objects)
        of changed triples, only nodes that may be affected are checked. A shape whose query cannot
        be run is added to `unknown`, with the reason. Warnings and the log of rdflib are silenced
        meanwhile.
        """
        with quiet():
            return [*self._violations(ends)]

    def _violations(self, ends: Ends | None) -> Iterator[Violations]:
        """Yield the violations of all compiled shapes, each checked for its focus nodes.

        With `ends`, only for those that a change of triples with these ends may affect. A shape
        whose query cannot be run is added to `unknown`.
        """
        for shape in self._compiled:
            nodes = self._focus_nodes(shape.node)
            # ``None``: any node may be affected.
            touched = None if ends is None else shape.touched(ends)
            if ends is not None and touched is not None:
                nodes = np.intersect1d(nodes, np.concatenate([touched, *ends]))
            try:
                yield from shape.check(nodes)[0]
            except UnknownConstructError as error:
                self.unknown[shape.node] = str(error)

    def _focus_nodes(self, node: Term) -> Numbers:
        """Return the numbers of the nodes that a shape is for by its targets (its focus nodes).

        A shape that is a class is also for its instances.
        """
        shapes, triples, number = self._shapes, self._triples, self._compiler.number
        is_focus = np.zeros(triples.size, bool)
        is_focus[[number(target) for target in shapes.values(node, "targetNode")]] = True
        classes = shapes.values(node, "targetClass") + ([node] if self._is_class(node) else [])
        for kind in classes:
            is_focus |= self._compiler.instances(number(kind))
        for predicate in shapes.values(node, "targetSubjectsOf"):
            is_focus[triples.relation(number(predicate)).subjects] = True
        for predicate in shapes.values(node, "targetObjectsOf"):
            is_focus[triples.relation(number(predicate)).objects] = True
        return np.flatnonzero(is_focus)
