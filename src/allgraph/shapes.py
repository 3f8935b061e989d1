"""Validation: syntax, SHACL shapes and the house's own rules, each finding with its line.

>>> from allgraph.folder import builtin
>>> validate(builtin()).ok
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from pyoxigraph import NamedNode, Quad, Store, Triple

from allgraph import derive, rules
from allgraph.engine.remote import Remote
from allgraph.errors import InputError, LoadError
from allgraph.folder import Folder
from allgraph.graph import Graph, Progress
from allgraph.places import Places, places
from allgraph.reports import Finding, Report, Severity
from allgraph.rules import Suspicion
from allgraph.terms import Node, Term, local_name
from allgraph.translation import exact_literals, from_rdflib, to_rdflib

if TYPE_CHECKING:
    import rdflib

_SH = "http://www.w3.org/ns/shacl#"
_PARTS = (
    "focusNode", "resultPath", "value", "sourceShape", "resultSeverity",
    "sourceConstraintComponent",
)  # fmt: skip


def validate(
    target: Graph | Folder, only: Sequence[Path] = (), *, progress: Progress | None = None
) -> Report:
    """Check the files of a folder: that they parse, fit the shapes and keep the rules.

    With `only`, files inside or outside the folder are checked as part of its data, and
    findings about them alone are reported. Sensitive claims are checked too; what is found
    of them names file and line only. A file that cannot be parsed is one finding, and the
    others are still checked. Raises `InputError` for a graph at an endpoint.
    """
    if isinstance(target, Graph) and isinstance(target.engine, Remote):
        raise InputError("an endpoint has no files to check; validate the folder of its data")
    folder = target.folder if isinstance(target, Graph) else target
    say = progress or (lambda _: None)
    files = _read(folder, only, say)
    say("checking the shapes")
    by_shapes = list(_shape_results(folder, files))
    say("checking the rules")
    by_rules = list(rules.check(folder, files.store, files.statements))
    suspicions = [*by_rules, *_fresh(by_shapes, by_rules)]
    located = {_locate(files, suspicion) for suspicion in suspicions}
    found = files.broken + sorted(located, key=_order)
    if only:
        names = {folder.relative(path) for path in only}
        found = [finding for finding in found if finding.file in names]
    return Report(tuple(found), len(files.statements) - len(files.statements.sensitive()))


def _fresh(found: Iterable[Suspicion], known: Iterable[Suspicion]) -> list[Suspicion]:
    """What shapes found beside what a rule, which knows more, says of the same value."""
    said = {(each.focus, each.path, each.value) for each in known}
    return [each for each in found if (each.focus, each.path, each.value) not in said]


class _Files:
    """The parsed files of a folder, and the graph that they make together."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.triples: dict[Path, list[Triple]] = {}
        self.broken: list[Finding] = []
        self.statements = derive.Statements()
        self.store = Store()
        self.derived: list[Triple] = []
        self.withheld: set[Node] = set()
        self._places: dict[Path, Places] = {}

    @cached_property
    def file_of(self) -> dict[Triple | Term | None, Path]:
        """The file of each triple, and the first file of each subject."""
        found: dict[Triple | Term | None, Path] = {}
        for path, triples in self.triples.items():
            for triple in triples:
                found.setdefault(triple, path)
                found.setdefault(triple.subject, path)
        return found

    def places(self, path: Path) -> Places:
        """The lines of a file, read when first needed."""
        if path not in self._places:
            self._places[path] = places(self.folder, path)
        return self._places[path]


def _read(folder: Folder, only: Sequence[Path], say: Progress) -> _Files:
    files = _Files(folder)
    known = {*folder.data_files(), *folder.ontology_files(), *folder.shape_files()}
    extra = [path for path in only if path.resolve() not in known]
    data = [*folder.data_files(), *extra]
    for path in [*data, *folder.ontology_files(), *folder.shape_files()]:
        say(f"reading {folder.relative(path)}")
        try:
            triples = list(folder.triples(path))
        except LoadError as error:
            name = error.path or folder.relative(path)
            files.broken.append(
                Finding(name, error.line, "Violation", error.message, shape="syntax")
            )
            continue
        base = folder.base_of(path)
        files.triples[path] = derive.name_nodes(triples, base) if path in data else triples
    for path in data:
        files.statements.add(files.triples.get(path, []))
        files.store.bulk_extend(Quad(*triple) for triple in files.triples.get(path, []))
    files.withheld = derive.withheld(files.store, files.statements.sensitive())
    for path in folder.ontology_files():
        files.statements.add(files.triples.get(path, []))
        files.store.bulk_extend(Quad(*triple) for triple in files.triples.get(path, []))
    files.derived = [Triple(*parts) for parts in files.statements.derived()]
    derive.fill(files.store, files.statements.derived())
    return files


def _shape_results(folder: Folder, files: _Files) -> Iterator[Suspicion]:
    """Run pySHACL over what was parsed and what follows from it."""
    import rdflib

    shapes = set(folder.shape_files())
    with exact_literals():
        convert = to_rdflib()
        data, shape_graph = rdflib.Graph(), rdflib.Graph()
        for path, triples in files.triples.items():
            _extend(shape_graph if path in shapes else data, triples, convert)
        _extend(data, filter(_is_comparable, files.derived), convert)
        sh = rdflib.Namespace(_SH)
        report = _run(data, shape_graph)
        for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
            focus, about, value, shape, severity, component = (
                report.value(result, sh[name]) for name in _PARTS
            )
            message = min(map(str, report.objects(result, sh.resultMessage)), default="")
            hints = shape_graph.objects(shape, sh.targetSubjectsOf)
            yield Suspicion(
                focus=from_rdflib(focus),
                path=from_rdflib(about),
                value=from_rdflib(value),
                rule=local_name(str(shape)) if isinstance(shape, rdflib.URIRef) else "shape",
                severity=_severity(str(severity)),
                message=message,
                component=str(component),
                hints=tuple(sorted((NamedNode(str(hint)) for hint in hints), key=str)),
            )


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
        assert isinstance(graph, rdflib.Graph)
        return graph

    try:
        return report()
    except (TypeError, ReportableRuntimeError):
        for name in ("lessThan", "lessThanOrEquals"):
            shapes.remove((None, rdflib.URIRef(f"{_SH}{name}"), None))
        return report()


def _is_comparable(triple: Triple) -> bool:
    """Whether rdflib can put it in order: it has no days before the year 1 or after 9999."""
    obj = triple.object
    return triple.predicate not in derive.BOUNDS or len(getattr(obj, "value", "")) == len(
        "YYYY-MM-DD"
    )


def _extend(graph: rdflib.Graph, triples: Iterable[Triple], convert: Callable[[Term], Any]) -> None:
    for subject, predicate, obj in triples:
        graph.add((convert(subject), convert(predicate), convert(obj)))


def _severity(iri: str) -> Severity:
    name = local_name(iri)
    return name if name in ("Warning", "Info") else "Violation"  # type: ignore[return-value]


def _locate(files: _Files, suspicion: Suspicion) -> Finding:
    """Find the line of the triple concerned, else that of its subject."""
    path, line = _place(files, suspicion)
    name = files.folder.relative(path) if path else files.folder.relative(files.folder.root)
    if suspicion.focus in files.withheld or suspicion.value in files.withheld:
        message = f"a sensitive claim does not keep the rule “{suspicion.rule}”"
        return Finding(name, line, suspicion.severity, message, shape=suspicion.rule)
    prefixes = files.folder.prefixes
    show = prefixes.show
    message = suspicion.message
    for slot, term in (
        ("focus", suspicion.focus),
        ("path", suspicion.path),
        ("value", suspicion.value),
    ):
        message = message.replace(f"{{{slot}}}", show(term))
    return Finding(
        name,
        line,
        suspicion.severity,
        message,
        show(suspicion.focus),
        show(suspicion.path),
        show(suspicion.value),
        suspicion.rule,
        suspicion.component,
        (suspicion.focus, suspicion.path, suspicion.value),
    )


def _place(files: _Files, suspicion: Suspicion) -> tuple[Path | None, int | None]:
    for triple in _candidates(files.store, suspicion):
        path = files.file_of.get(triple)
        whole = suspicion.path is None and triple.object != suspicion.value
        if path and whole and triple.subject == suspicion.focus:
            return path, files.places(path).of_subject.get(triple.subject)
        if path:
            return path, files.places(path).of_triple.get(triple)
    path = files.file_of.get(suspicion.focus)
    line = files.places(path).of_subject.get(suspicion.focus) if path and suspicion.focus else None
    return path, line


def _candidates(store: Store, suspicion: Suspicion) -> Iterator[Triple]:
    """The stated triples that a suspicion may be about, the likeliest first."""
    focus, path, value = suspicion.focus, suspicion.path, suspicion.value
    if not isinstance(focus, (NamedNode, ox.BlankNode)):
        return
    if isinstance(path, NamedNode) and value is not None:
        yield Triple(focus, path, value)
        for claim in _claims_of(store, focus, path, value):
            yield Triple(claim, derive.OBJECT, value)
    about = (derive.WHEN,) if path in derive.BOUNDS else (path,) if path else suspicion.hints
    for predicate in about:
        assert isinstance(predicate, NamedNode)
        for quad in store.quads_for_pattern(focus, predicate, None):
            yield quad.triple
            for claim in _claims_of(store, focus, predicate, quad.object):
                yield Triple(claim, derive.SUBJECT, focus)


def _claims_of(store: Store, subject: Node, predicate: NamedNode, obj: Term) -> Iterator[Node]:
    """The claims that a direct triple comes from."""
    for quad in store.quads_for_pattern(None, derive.SUBJECT, subject):
        claim = quad.subject
        if (
            isinstance(claim, (NamedNode, ox.BlankNode))
            and Quad(claim, derive.PREDICATE, predicate) in store
            and Quad(claim, derive.OBJECT, obj) in store
        ):
            yield claim


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.file, finding.line or 0, finding.shape, finding.focus, finding.value)
