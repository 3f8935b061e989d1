"""Definitions in the files of a graph: ontologies whole, and shapes, which are in no store.

>>> from allgraph.graph import open_graph
>>> len(of(open_graph(), NamedNode("https://w3id.org/allgraph/shapes#ClaimShape"))) > 5
True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Triple

from allgraph.folder import Folder
from allgraph.graph import Graph
from allgraph.linkeddata.describe import closure
from allgraph.model import skolem, vocabulary
from allgraph.rdf import ntriples
from allgraph.rdf.terms import OWL, Term

_ONTOLOGY = NamedNode(OWL + "Ontology")
_SPACES = ("id/", "claim/", "source/")  # where the IRIs of things, claims and sources begin


def of(graph: Graph, iri: NamedNode) -> list[Triple]:
    """Return the triples that define an IRI, read from the Turtle files of the graph folder.

    The IRI of an ontology gives all triples of the ontology files, or of the shape files, of the
    folder that defines it. The IRI of a shape gives its own triples and those about the blank
    nodes below it. Any other IRI gives no triples. Literals are as in the files. A definition that
    mentions a thing, claim or source that the graph does not have is left out, since it could
    reveal something that was left out when the graph was loaded. Reads the files, runs the query
    ``known``, and raises `LoadError` when a file cannot be read, and the errors of the engine.
    """
    shape_triples: list[Triple] = []
    for folder in _with_parents(graph.folder):
        for files_of in (Folder.ontology_files, Folder.shape_files):
            parent_files = files_of(folder.parent) if folder.parent else []
            # `files_of` lists the files of the parents first
            triples = _read_triples(graph.folder, files_of(folder)[len(parent_files) :])
            if Triple(iri, vocabulary.TYPE, _ONTOLOGY) in triples:
                return _without_unknown(graph, triples)
        shape_triples = triples + shape_triples  # parents first
    shapes: dict[Term, list[Triple]] = {}
    for triple in _without_unknown(graph, shape_triples):
        shapes.setdefault(triple.subject, []).append(triple)
    return closure([iri], lambda node: shapes.get(node, ()))


def _with_parents(folder: Folder | None) -> Iterator[Folder]:
    """Yield a folder, the folder that it extends, and so on to the last; nothing for ``None``."""
    while folder is not None:
        yield folder
        folder = folder.parent


def _read_triples(folder: Folder, paths: Iterable[Path]) -> list[Triple]:
    """Read the triples of some RDF files; relative IRIs in them are below the base of `folder`.

    The blank nodes get labels made from the name of their file and their place in it, so those of
    different files differ. Raises `LoadError` when a file cannot be read.
    """
    all_triples: list[Triple] = []
    for path in paths:
        lines = skolem.labelled_lines(ntriples.lines(folder.quads(path)), folder.base_of(path))
        all_triples += (quad.triple for quad in ntriples.quads(lines))
    return all_triples


def _without_unknown(graph: Graph, triples: list[Triple]) -> list[Triple]:
    """Return triples without the definitions that mention things unknown to the graph.

    Unknown are the IRIs of things, claims and sources, under the base of the graph, that no triple
    of the graph has. A subject is hidden if one of its triples has an unknown IRI; so are the blank
    nodes below it and, if it is a blank node, the nodes above it. Triples with a hidden subject or
    object are left out. Runs the query ``known`` once for each mentioned IRI; for a view, on the
    graph that it is a view of.
    """
    spaces = tuple(graph.folder.base + space for space in _SPACES)
    mentioned = {
        term
        for triple in triples
        for term in triple
        if isinstance(term, NamedNode) and term.value.startswith(spaces)
    }
    unknown = {term for term in mentioned if not graph.root.run("known", thing=term)}
    if not unknown:
        return triples
    hidden: set[Term] = {t.subject for t in triples if unknown & {*t}}
    links = [t for t in triples if isinstance(t.object, BlankNode)]
    size = -1
    while size != len(hidden):  # until no more nodes are hidden above or below a blank node
        size = len(hidden)
        hidden |= {t.subject for t in links if t.object in hidden}
        hidden |= {t.object for t in links if t.subject in hidden}
    hidden |= unknown
    return [t for t in triples if t.subject not in hidden and t.object not in hidden]
