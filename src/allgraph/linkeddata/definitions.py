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
from allgraph.linkeddata.describe import by_subject, closure
from allgraph.model import skolem, vocabulary
from allgraph.rdf.terms import OWL, Term

_ONTOLOGY = NamedNode(OWL + "Ontology")
_SPACES = ("id/", "claim/", "source/")


def of(graph: Graph, iri: NamedNode) -> list[Triple]:
    """Return the definition of an IRI: an ontology, or all shapes, whole; or one shape.

    Blank nodes come with the triples about them; literals are as in the files. A definition that
    mentions a thing, claim or source that the graph does not have is left out, for it could tell
    what was withheld. Raises `LoadError` when a file cannot be read.
    """
    for folder in _with_parents(graph.folder):
        for files_of in (Folder.ontology_files, Folder.shape_files):
            inherited = files_of(folder.parent) if folder.parent else []
            triples = _read(graph.folder, files_of(folder)[len(inherited) :])
            if Triple(iri, vocabulary.TYPE, _ONTOLOGY) in triples:
                return _public(graph, triples)
    shapes = by_subject(_public(graph, _read(graph.folder, graph.folder.shape_files())))
    return closure([iri], lambda node: shapes.get(node, ()))


def _with_parents(folder: Folder | None) -> Iterator[Folder]:
    """A folder, the one that it extends, and so on."""
    while folder is not None:
        yield folder
        folder = folder.parent


def _read(folder: Folder, paths: Iterable[Path]) -> list[Triple]:
    """The triples of some files; blank nodes of different files have different labels."""
    all_triples = []
    for path in paths:
        triples = [*folder.triples(path)]
        ends = (term for triple in triples for term in (triple.subject, triple.object))
        blank = dict.fromkeys(term for term in ends if isinstance(term, BlankNode))
        labels = skolem.own_labels(blank, folder.base_of(path))
        all_triples += [
            Triple(labels.get(t.subject, t.subject), t.predicate, labels.get(t.object, t.object))
            for t in triples
        ]
    return all_triples


def _public(graph: Graph, triples: list[Triple]) -> list[Triple]:
    """Triples without the definitions that mention what the graph does not have."""
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
    while size != len(hidden):  # blank nodes go with what they are part of, and that with them
        size = len(hidden)
        hidden |= {t.subject for t in links if t.object in hidden}
        hidden |= {t.object for t in links if t.subject in hidden}
    hidden |= unknown
    return [t for t in triples if t.subject not in hidden and t.object not in hidden]
