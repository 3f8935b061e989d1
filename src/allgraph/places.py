"""Where in a Turtle file a triple stands: the line of its object, else of its subject."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph import derive
from allgraph.folder import Folder
from allgraph.terms import Node, Term

if TYPE_CHECKING:
    from rdflib.plugins.parsers.notation3 import SinkParser


class Places:
    """The lines of one file: by triple, and by the subject that a statement begins with."""

    def __init__(self) -> None:
        self.of_triple: dict[Triple, int] = {}
        self.of_subject: dict[Node, int] = {}


def places(folder: Folder, path: Path) -> Places:
    """The lines of a Turtle file that can be parsed.

    Blank nodes have the IRIs that loading gives them. A nested node stands where the
    statement around it begins. Nothing is known of a file nested so deeply (about 200
    levels) that the parser gives up.
    """
    found = Places()
    try:
        lined = _parse(path.read_text(encoding="utf-8-sig"), folder.base_of(path))
    except RecursionError:
        return found
    names = derive.node_names([triple for triple, _, _ in lined])
    for triple, line, statement_line in lined:
        subject = names.get(triple.subject, triple.subject)
        assert isinstance(subject, (NamedNode, BlankNode))
        named = Triple(subject, triple.predicate, names.get(triple.object, triple.object))
        found.of_triple.setdefault(named, line)
        found.of_subject.setdefault(subject, statement_line)
    return found


def _parse(text: str, base: str) -> list[tuple[Triple, int, int]]:
    """Each triple with its own line and that of its statement, in order of the text."""
    import rdflib
    from rdflib.plugins.parsers.notation3 import RDFSink, SinkParser

    found: list[tuple[Triple, int, int]] = []

    class Lined(SinkParser):
        """rdflib's parser, which counts lines, made to tell them."""

        statement_line = 0

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.object_lines: dict[Any, list[int]] = {}

        def statement(self, argstr: str, i: int) -> int:
            start = self.skipSpace(argstr, i)
            self.statement_line = self.lines + 1
            return super().statement(argstr, i if start < 0 else start)

        def object(self, argstr: str, i: int, res: Any) -> int:
            start = self.skipSpace(argstr, i)
            line = self.lines + 1
            end = super().object(argstr, i if start < 0 else start, res)
            if end >= 0:
                self.object_lines.setdefault(res[-1], []).append(line)
            return end

        def makeStatement(self, quadruple: Any) -> None:
            formula, predicate, subject, obj = quadruple
            lines = self.object_lines.get(obj)
            line = lines.pop() if lines else self.lines + 1
            s, p, o = (_term(sink.normalise(formula, n)) for n in (subject, predicate, obj))
            triple = Triple(s, p, o)  # type: ignore[arg-type]
            found.append((triple, line, self.statement_line))

    sink = RDFSink(rdflib.Graph())
    parser: SinkParser = Lined(sink, baseURI=base, turtle=True)
    parser.loadBuf(text)
    return found


def _term(node: Any) -> Term:
    import rdflib

    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if node.language:
        return Literal(str(node), language=node.language)
    return (
        Literal(str(node), datatype=NamedNode(str(node.datatype)))
        if node.datatype
        else Literal(str(node))
    )
