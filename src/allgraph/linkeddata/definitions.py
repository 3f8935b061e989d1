"""What the files of a graph define: ontologies whole, and shapes, which are in no store.

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
from allgraph.model import skolem, vocabulary
from allgraph.rdf.terms import OWL, Term

_ONTOLOGY = NamedNode(OWL + "Ontology")
_SPACES = ("id/", "claim/", "source/")


def of(graph: Graph, iri: NamedNode) -> list[Triple]:
    """What the files define under an IRI: an ontology, or all shapes, whole; or one shape.

    Blank nodes come with what names them; literals are in the forms of the files. A definition
    that mentions a thing, claim or source that the graph does not have is left out, lest it tell
    of what was withheld. Raises `LoadError` when a file cannot be read.
    """
    for folder in _chain(graph.folder):
        above = folder.parent
        for files, inherited in (
            (folder.ontology_files(), above.ontology_files() if above else []),
            (folder.shape_files(), above.shape_files() if above else []),
        ):
            triples = _read(graph.folder, files[len(inherited) :])
            if Triple(iri, vocabulary.TYPE, _ONTOLOGY) in triples:
                return _open(graph, triples)
    shapes = _read(graph.folder, graph.folder.shape_files())
    return _from(iri, _open(graph, shapes))


def _chain(folder: Folder | None) -> Iterator[Folder]:
    """A folder, the one that it extends, and so on."""
    while folder is not None:
        yield folder
        folder = folder.parent


def _read(folder: Folder, paths: Iterable[Path]) -> list[Triple]:
    """The triples of some files; blank nodes of several files have different labels."""
    found = []
    for path in paths:
        triples = [*folder.triples(path)]
        ends = (term for triple in triples for term in (triple.subject, triple.object))
        blank = dict.fromkeys(term for term in ends if isinstance(term, BlankNode))
        names = skolem.own_labels(blank, folder.base_of(path))
        found += [
            Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object))
            for t in triples
        ]
    return found


def _from(iri: NamedNode, triples: Iterable[Triple]) -> list[Triple]:
    """What is said of an IRI, and of blank nodes below it."""
    about: dict[Term, list[Triple]] = {}
    for triple in triples:
        about.setdefault(triple.subject, []).append(triple)
    found: list[Triple] = []
    stack: list[Term] = [iri]
    seen: set[Term] = {iri}
    while stack:
        said = about.get(stack.pop(), [])
        found += said
        fresh = {t.object for t in said if isinstance(t.object, BlankNode)} - seen
        seen |= fresh
        stack += fresh
    return found


def _open(graph: Graph, triples: list[Triple]) -> list[Triple]:
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
    closed: set[Term] = {t.subject for t in triples if unknown & {*t}}
    size = -1
    while size != len(closed):  # blank nodes go with what they are part of, and that with them
        size = len(closed)
        closed |= {t.subject for t in triples if t.object in closed and t.object not in unknown
                   and isinstance(t.object, BlankNode)}  # fmt: skip
        closed |= {t.object for t in triples if t.subject in closed
                   and isinstance(t.object, BlankNode)}  # fmt: skip
    closed |= unknown
    return [t for t in triples if t.subject not in closed and t.object not in closed]
