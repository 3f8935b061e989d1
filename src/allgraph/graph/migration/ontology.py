"""Older copies of the built-in ontology in a folder that does not extend the built-in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Triple

from allgraph.errors import AllgraphError, InputError
from allgraph.folder import Folder, builtin, deprecated
from allgraph.rdf import turtle_reader
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import KNOWN

_MIXED = (
    "this is not part of allgraph, but stands in an older copy of a file of allgraph; move your "
    "own triples to another file, so that the copy can be replaced"
)
_GONE = (
    "this is from a file of allgraph that this version does not have; move your own triples to "
    "another file, and delete this one"
)


def copies(folder: Folder, errors: list[AllgraphError]) -> dict[Path, Path]:
    """Return this version's files for the older copies of the built-in ontology in a folder.

    A copy has the path of a built-in file, describes only what this version describes too, or
    shapes of allgraph, and names no namespace that this version does not. Files that the copies
    need and the folder lacks are there too. What is a copy in part, or of a file that is no more,
    goes to `errors`. There is nothing of all this unless the files at these paths describe a term
    that this version deprecates, and they do not. Reads both ontologies.
    """
    home = builtin()
    sources = [*home.ontology_files(), *home.shape_files()]
    if {*sources} & {*folder.ontology_files()}:
        return {}
    new = {folder.root / path.relative_to(home.root): path for path in sources}
    own = {path: [*folder.triples(path)] for path in sorted(folder.root.glob("ontology/**/*.ttl"))}
    old = [triple for path in own.keys() & new.keys() for triple in own[path]]
    missed = deprecated.of(home).keys() - deprecated.table(old).keys()
    if not missed & _described(old):
        return {}
    current = {path: [*home.triples(source)] for path, source in new.items()}
    stated = [triple for triples in current.values() for triple in triples]
    known, spaces = _described(stated), {*map(_space, _named(stated))}
    copied: dict[Path, Path] = {}
    for path, triples in own.items():
        shapes = {iri for iri in _described(triples) if _space(iri) == KNOWN["shapes"]}
        ours = known | shapes
        if path in new and ours & _described(triples):
            copied[path], wrong, why = new[path], _others(triples, ours, spaces), _MIXED
        else:
            gone = shapes if path not in new else set()
            wrong = [row for row, one in enumerate(triples) if _described([one]) & gone]
            why = _GONE
        if wrong:
            name = folder.relative(path)
            text = read_utf8(path, name).decode()
            line = turtle_reader.object_lines(text)[wrong[0]][0]
            errors.append(InputError(why, path=name, line=line))
    needed = _named(triple for path in copied for triple in (*own[path], *current[path]))
    lacking = [path for path in new if path not in own and needed & _described(current[path])]
    return copied | {path: new[path] for path in lacking}


def _others(triples: Sequence[Triple], ours: Set[str], spaces: Set[str]) -> list[int]:
    """Return the rows of triples that are not about `ours`, or name something outside of `spaces`.

    A blank node belongs to what names it.
    """
    nested = {triple.object for triple in triples}
    return [
        row
        for row, triple in enumerate(triples)
        if not _described([triple]) <= ours
        or (isinstance(triple.subject, BlankNode) and triple.subject not in nested)
        or not {*map(_space, _named([triple]))} <= spaces
    ]


def _described(triples: Iterable[Triple]) -> set[str]:
    """Return the IRIs that are subjects of triples."""
    return {one.subject.value for one in triples if isinstance(one.subject, NamedNode)}


def _named(triples: Iterable[Triple]) -> set[str]:
    """Return the IRIs in triples."""
    return {term.value for one in triples for term in one if isinstance(term, NamedNode)}


def _space(iri: str) -> str:
    """Return the namespace of an IRI."""
    return re.sub("[^/#]*$", "", iri)
