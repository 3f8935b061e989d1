"""Validation: syntax, SHACL shapes and the house's own rules, each finding with its line.

>>> from allgraph.folder import builtin
>>> validate(builtin()).ok
True
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode, Quad

from allgraph import sandbox
from allgraph.errors import InputError, LoadError
from allgraph.folder import Folder
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import sensitive as the_sensitive
from allgraph.model import skolem, vocabulary
from allgraph.model.derivation_arrays import NumberedStatements
from allgraph.model.triples import NONE, Flags, Triples
from allgraph.rdf.terms import Node, Term, local_name, text
from allgraph.sparql.endpoint.engine import Remote
from allgraph.validation import changed, rules
from allgraph.validation import changed as revisions
from allgraph.validation.changed import Changes
from allgraph.validation.lines import Finder
from allgraph.validation.report import Finding, Report, Severity
from allgraph.validation.rules import RuleHit, Terms
from allgraph.validation.shacl import pyshacl_engine
from allgraph.validation.shacl.compiled import Compiled
from allgraph.validation.shacl.paths import Ends
from allgraph.validation.shacl.results import Failure, sh, shape_name
from allgraph.validation.shacl.shapes import Shapes

Engine = Literal["compiled", "pyshacl"]
MAX_FINDINGS = 10_000
_OF_ALIKE = ("duplicate-name", "same-identity")
_SEVERITIES = get_args(Severity)


def validate(
    target: Graph | Folder,
    only: Sequence[Path] = (),
    *,
    engine: Engine = "compiled",
    changed: str | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
) -> Report:
    """Check the files of a folder: that they parse, fit the shapes and keep the rules.

    With `only`, files inside or outside the folder are checked as part of its data, and
    findings about them alone are reported. Sensitive claims are checked too; what is found
    of them names file and line only. A file that cannot be parsed is one finding, and the
    others are still checked. Both engines find the same; ``pyshacl`` is the reference, and
    takes many times as long. With `changed`, a revision in git, only what the changes since can
    have touched is checked: among the findings are all that were not there then. Of more
    than `max_findings`, violations first, the report says
    how many there are. Raises `InputError` for a graph at an endpoint.
    """
    if isinstance(target, Graph) and isinstance(target.engine, Remote):
        raise InputError("an endpoint has no files to check; validate the folder of its data")
    folder = target.folder if isinstance(target, Graph) else target
    with sandbox.without_collector():
        since = None if changed is None else revisions.changes(folder, changed)
        if since is not None and engine != "compiled":
            raise InputError("only the compiled shapes can be checked for changes")
        files = _Files(folder, only, progress or (lambda _: None))
        return files.report(engine, max_findings, since)


class _Files:
    """The parsed files of a folder, and the graph that they make together."""

    def __init__(self, folder: Folder, only: Sequence[Path], say: Progress) -> None:
        self.folder = folder
        self.only = {folder.relative(path) for path in only}
        self.say = say
        self.triples = Triples()
        self.paths: list[Path] = []
        self.broken: list[Finding] = []
        known = {*folder.data_files(), *folder.ontology_files(), *folder.shape_files()}
        data = [*folder.data_files(), *(path for path in only if path.resolve() not in known)]
        for path in data:
            self._add(path, folder.base_of(path))
        self.withheld = self._withheld()
        for path in folder.ontology_files():
            self._add(path)
        self.shapes = [t for path in folder.shape_files() for t in self._parsed(path)]
        self.statements = NumberedStatements(self.triples)
        self.triples.derive(self._comparable(self.statements.numbers()))

    def _add(self, path: Path, base: str | None = None) -> None:
        quads = self._parsed(path)
        self.triples.add(quads, base)
        self.paths.append(path)

    def _parsed(self, path: Path) -> list[Quad]:
        """The triples of a file; one that cannot be parsed is a finding."""
        self.say(f"reading {self.folder.relative(path)}")
        try:
            return self.folder.quads(path)
        except LoadError as error:
            name = error.path or self.folder.relative(path)
            self.broken.append(
                Finding(name, error.line, "Violation", error.message, shape="syntax")
            )
            return []

    def _withheld(self) -> set[Node]:
        sensitive = NumberedStatements(self.triples).sensitive()
        return the_sensitive.withheld(rules.stored(self.triples), sensitive) if sensitive else set()

    def _comparable(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Derived triples that rdflib can put in order: no days before the year 1 or after 9999."""
        triples, objects = self.triples, rows[:, 2]
        is_bound = np.isin(
            rows[:, 1], [triples.number(predicate) for predicate in vocabulary.BOUNDS]
        )
        days = np.unique(objects[is_bound]).tolist()
        odd = [day for day in days if len(text(triples.terms[day])) != len("YYYY-MM-DD")]
        return rows[~(is_bound & np.isin(objects, odd))]

    def report(self, engine: Engine, most: int, since: Changes | None = None) -> Report:
        """What there is to say of the files, or of what changed."""
        compiled = Compiled(Shapes(self.shapes), self.triples) if engine == "compiled" else None
        ends, touched = self._touched(since)
        by_shapes = self._by_shapes(compiled, ends)
        self.say("checking the rules")
        by_rules = list(
            rules.check(self.folder, self.triples, self.statements, as_asked=compiled is None)
        )
        said = {each.terms for each in by_rules}
        if touched is not None:
            by_rules = [each for each in by_rules if self._is_touched(each, touched)]
        self.say("looking for the lines")
        finder = Finder(self.folder, self.triples, self.paths, self.withheld)
        shown, unseen = _first(_in_order(by_shapes, by_rules, said), most, finder, self.only)
        broken = [each for each in self.broken if not self.only or each.file in self.only]
        return Report(
            (*broken, *sorted(finder.findings(shown), key=_order)),
            len(self.statements) - len(self.statements.sensitive()),
            notes=_notes(compiled),
            unseen=unseen,
        )

    def _touched(self, since: Changes | None) -> tuple[Ends | None, Flags | None]:
        """The ends of triples that may have come or gone, and all that rules may judge anew."""
        if since is None or since.beyond_data:
            return None, None
        triples = self.triples
        before: set[changed.Numbered] = set()
        now: set[changed.Numbered] = set()
        for path, quads in since.before.items():
            names = skolem.node_names(quads, self.folder.base_of(path))
            for s, p, o, _ in quads:
                subject, obj = names.get(s, s), names.get(o, o)
                before.add((triples.keep(subject), triples.keep(p), triples.keep(obj)))
        for path in since.before:
            if path in self.paths:
                now.update(triples.rows_of(self.paths.index(path)))
        ends, others = changed.ends(triples, before ^ now)
        return ends, triples.among(others)

    def _is_touched(self, suspicion: RuleHit, touched: Flags) -> bool:
        """Whether a rule may have judged otherwise before; one of the first alike always may."""
        numbers = [self.triples.number(term) for term in suspicion.terms if term is not None]
        return suspicion.rule in _OF_ALIKE or any(touched[n] for n in numbers if n != NONE)

    def _by_shapes(self, compiled: Compiled | None, ends: Ends | None) -> list[_Group]:
        """What the shapes find, in groups of one severity."""
        hints = _hints(self.shapes)
        self.say("checking the shapes")
        groups: list[_Group] = [
            (_severity(found.shape.severity), _suspicions(found.failures(self.triples), hints))
            for found in (compiled.check(ends) if compiled else ())
        ]
        if compiled is None or compiled.unknown:
            self.say("checking shapes with pySHACL")
            known = compiled.nodes if compiled else []
            failures = pyshacl_engine.failures(self.triples.rows(slice(None)), self.shapes, known)
            groups += [(each.severity, (each,)) for each in _suspicions(failures, hints)]
        return groups


_Group = tuple[Severity, Iterable[RuleHit]]


def _suspicions(
    failures: Iterable[Failure], hints: Mapping[Term, tuple[NamedNode, ...]]
) -> Iterator[RuleHit]:
    for each in failures:
        rule = shape_name(each.shape)
        message = each.message or (
            f"this does not keep {local_name(each.component)} of the shape “{rule}”; to have it "
            "said what to do, give the shape a sh:message"
        )
        yield RuleHit(
            each.focus, each.path, each.value, rule, _severity(each.severity), message,
            each.component, hints.get(each.shape, ()),
        )  # fmt: skip


def _hints(shapes: Iterable[Quad]) -> Mapping[Term, tuple[NamedNode, ...]]:
    """The predicates whose subjects each shape is for."""
    found: dict[Term, set[NamedNode]] = defaultdict(set)
    for quad in shapes:
        if quad.predicate == sh("targetSubjectsOf") and isinstance(quad.object, NamedNode):
            found[quad.subject].add(quad.object)
    return {shape: tuple(sorted(predicates, key=str)) for shape, predicates in found.items()}


def _severity(iri: str) -> Severity:
    name = local_name(iri)
    return name if name in ("Warning", "Info") else "Violation"  # type: ignore[return-value]


def _in_order(
    by_shapes: Iterable[_Group], by_rules: Sequence[RuleHit], said: Set[Terms]
) -> Iterator[RuleHit]:
    """The gravest first. Where a rule, which knows more, has `said` something, a shape need not."""
    groups = [*by_shapes, *((each.severity, (each,)) for each in by_rules)]
    for _, group in sorted(groups, key=lambda group: _SEVERITIES.index(group[0])):
        for each in group:
            if each.component == "" or each.terms not in said:
                yield each


def _first(
    found: Iterable[RuleHit], most: int, finder: Finder, only: set[str]
) -> tuple[list[RuleHit], Counter[Severity]]:
    """The first that are about the files that are meant, and how many more there are."""
    meant = (each for each in found if not only or finder.file(finder.locate(each)) in only)
    shown = list(islice(meant, most))
    return shown, Counter(each.severity for each in meant)


def _notes(compiled: Compiled | None) -> tuple[str, ...]:
    """That pySHACL had to help, and why."""
    if compiled is None or not compiled.unknown:
        return ()
    named = sorted(f"{shape_name(node)} ({why})" for node, why in compiled.unknown.items())
    return (f"left to pySHACL, which takes longer: {', '.join(named)}",)


def _order(finding: Finding) -> tuple[object, ...]:
    found = finding
    return (found.file, found.line or 0, found.shape, found.focus, found.value, found.path,
            found.component, found.message)  # fmt: skip
