"""Where in a Turtle file a triple stands: the line of its object, else of its subject."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pyoxigraph import Triple

from allgraph import derive, turtle
from allgraph.errors import LoadError
from allgraph.folder import Folder
from allgraph.inputs import read_utf8
from allgraph.terms import Term


@dataclass(frozen=True)
class Places:
    """The lines of one file: by triple, and by the subject that a statement begins with."""

    of_triple: dict[Triple, int] = field(default_factory=dict)
    of_subject: dict[Term, int] = field(default_factory=dict)


def places(folder: Folder, path: Path) -> Places:
    """The lines of a Turtle file that can be parsed.

    Blank nodes have the IRIs that loading gives them. A nested node stands where the
    statement around it begins. Nothing is known of a file with what `turtle` does not read.
    """
    found = Places()
    try:
        lines = list(turtle.object_lines(read_utf8(path, path.name).decode()))
        triples = list(folder.triples(path))
    except LoadError:
        return found
    if len(lines) != len(triples):
        return found
    named = derive.name_nodes(triples, folder.base_of(path))
    for triple, (line, start) in zip(named, lines, strict=True):
        found.of_triple.setdefault(triple, line)
        found.of_subject.setdefault(triple.subject, start)
    return found
