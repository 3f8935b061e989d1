"""Quads with the names that loading gives their blank nodes."""

from pyoxigraph import Quad

from allgraph.model import skolem


def named_quads(quads: list[Quad], file: str = "") -> list[Quad]:
    """The quads of a file, in their order, with IRIs or stable labels for its blank nodes."""
    return skolem.renamed_quads(quads, skolem.node_names(quads, file))
