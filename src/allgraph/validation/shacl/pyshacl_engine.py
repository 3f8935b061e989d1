"""pySHACL, the reference for what shapes find."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Quad

from allgraph.errors import InputError
from allgraph.model.derivation import Row
from allgraph.rdf.bridge import exact_literals, from_rdflib, to_rdflib
from allgraph.rdf.terms import Term
from allgraph.validation.shacl.results import SH, Failure, sh

if TYPE_CHECKING:
    import rdflib

_PARTS = (
    "focusNode", "resultPath", "value", "sourceShape", "resultSeverity",
    "sourceConstraintComponent",
)  # fmt: skip


def failures(
    data: Iterable[Row | Quad], shapes: Iterable[Quad], without: Collection[Term]
) -> Iterator[Failure]:
    """What pySHACL finds, but not of the nodes that some shapes are for.

    It judges what was parsed: literals keep their forms.
    """
    import rdflib

    with exact_literals():
        convert = to_rdflib()
        data_graph, shape_graph = rdflib.Graph(), rdflib.Graph()
        for graph, triples in ((data_graph, data), (shape_graph, shapes)):
            for subject, predicate, obj, *_ in triples:
                graph.add((convert(subject), convert(predicate), convert(obj)))
        _drop_targets(shape_graph, [convert(shape) for shape in without])
        with _readable_errors():
            report = _run(data_graph, shape_graph)
        for result in report.objects(None, convert(sh("result"))):
            focus, path, value, shape, severity, component = (
                report.value(result, convert(sh(name))) for name in _PARTS
            )
            is_told = (shape, convert(sh("message")), None) in shape_graph or (
                (result, convert(sh("sourceConstraint")), None) in report
            )
            messages = report.objects(result, convert(sh("resultMessage")))
            yield Failure(
                from_rdflib(focus), from_rdflib(path), from_rdflib(value),
                from_rdflib(shape) or BlankNode(str(shape)), str(severity), str(component),
                min(map(str, messages), default="") if is_told else "",
            )  # fmt: skip


def _drop_targets(shapes: rdflib.Graph, nodes: list[rdflib.term.Node]) -> None:
    import rdflib

    for node in nodes:
        for name in ("targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf"):
            shapes.remove((node, rdflib.URIRef(SH + name), None))
        shapes.remove((node, rdflib.RDF.type, rdflib.RDFS.Class))


def _run(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """The report of pySHACL.

    It gives up on values that cannot be put in order, such as dates that are none; then the
    comparisons are left out, and the shapes on the values themselves say what is wrong.
    """
    import pyshacl
    import rdflib
    from pyshacl.errors import ReportableRuntimeError

    def report() -> rdflib.Graph:
        _, graph, _ = pyshacl.validate(
            data, shacl_graph=shapes, inference="none", advanced=False, inplace=True
        )
        if not isinstance(graph, rdflib.Graph):  # it is the failure
            raise InputError(f"the shapes cannot be used: {graph}")
        return graph

    try:
        return report()
    except (TypeError, ReportableRuntimeError):
        for name in ("lessThan", "lessThanOrEquals"):
            shapes.remove((None, rdflib.URIRef(f"{SH}{name}"), None))
        return report()


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Tell what pySHACL says of shapes that are none."""
    from pyshacl.errors import (
        ConstraintLoadError,
        ReportableRuntimeError,
        ShapeLoadError,
        ValidationFailure,
    )  # fmt: skip

    try:
        yield
    except (
        ConstraintLoadError,
        ShapeLoadError,
        ReportableRuntimeError,
        ValidationFailure,
    ) as error:
        raise InputError(f"the shapes cannot be used: {error.message}") from None
