"""Validation: syntax, SHACL shapes and house rules, each finding with its line.

>>> from allgraph.folder import builtin
>>> validate(builtin()).ok
True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal

from pyoxigraph import BlankNode, NamedNode, Quad, RdfFormat, Triple

from allgraph import sandbox
from allgraph.errors import InputError, LoadError, QueryError
from allgraph.folder import Folder
from allgraph.graph import Graph
from allgraph.graph.graph import Progress
from allgraph.model import sensitive, skolem, vocabulary
from allgraph.model.derivation import Derivation
from allgraph.model.facts import OF_DERIVATION
from allgraph.model.triples import NONE, Flags, Triples, TriplesBuilder
from allgraph.rdf import files, ntriples
from allgraph.rdf.terms import Node, Prefixes, Term, local_name
from allgraph.sparql.endpoint.engine import Remote
from allgraph.sparql.questions import read_query
from allgraph.validation import changed as changed_files
from allgraph.validation import deprecated_terms, rules
from allgraph.validation.changed import Changes, Numbered
from allgraph.validation.lines import Finder, lines
from allgraph.validation.report import Finding, Report, rule_failure
from allgraph.validation.rules import RuleHit, Terms
from allgraph.validation.sense import check as sense
from allgraph.validation.sense.claims import ClaimColumns
from allgraph.validation.shacl import pyshacl_engine, shape_errors
from allgraph.validation.shacl.compiled import Compiled
from allgraph.validation.shacl.paths import Ends, path_triples
from allgraph.validation.shacl.results import SEVERITIES, SH, Failure, shape_name
from allgraph.validation.shacl.shapes import Shapes

Engine = Literal["compiled", "pyshacl"]
MAX_FINDINGS = 10_000
_COMPARING_RULES = {"duplicate-name", "same-identity", *sense.COMPARING}
"""The rules that compare all nodes, so that a change of one node may affect any other."""
_GRAVITY = {"Warning": 1, "Info": 2}
"""What is less grave than a violation, which a severity of a shape's own counts as."""
_Hit = tuple[RuleHit, Failure]
"""A hit, and one of the validation results that it stands for."""
_Group = tuple[str, Iterable[_Hit]]
"""Hits of one severity."""


def validate(
    target: Graph | Folder,
    only: Sequence[Path] = (),
    *,
    engine: Engine = "compiled",
    changed: str | None = None,
    max_findings: int = MAX_FINDINGS,
    progress: Progress | None = None,
) -> Report:
    """Check the files of a folder: that they parse, conform to the shapes and keep the rules.

    With `only`, files inside or outside the folder are checked as part of its data, and only
    findings in them are reported. Sensitive claims are checked too; their findings give file and
    line only. A file that cannot be parsed is one finding, and the others are still checked. Both
    engines find the same; ``pyshacl`` is the reference, and takes many times as long. With
    `changed`, a revision in git, only what the changes since may have affected is checked: all
    findings that were not there then are reported, perhaps with others. If there are more than
    `max_findings`, the report has the gravest and counts the others. `progress` is called with a
    text before each step. Reads the files, changes none, and with `changed` runs git. Raises
    `InputError` for a graph at an endpoint, for a revision that git does not know, for `changed`
    with ``pyshacl``, and for shapes that are wrong or cannot be used; `EngineTimeout` for a
    sh:pattern that takes too long.

    >>> import allgraph
    >>> report = allgraph.validate(allgraph.open())
    >>> report.ok, len(report.findings)
    (True, 0)
    """
    if isinstance(target, Graph) and isinstance(target.engine, Remote):
        raise InputError("an endpoint has no files to check; validate the folder of its data")
    folder = target.folder if isinstance(target, Graph) else target
    with sandbox.without_collector():  # Python's garbage collector is off meanwhile
        changes = None if changed is None else changed_files.changes(folder, changed)
        if changes is not None and engine != "compiled":
            raise InputError("only the engine “compiled” can check just what has changed")
        checked = _Files(folder, only, progress or (lambda _: None))
        return checked.report(engine, max_findings, changes)


class _Files:
    """The parsed files of a folder, as `triples` with the derived ones; `report` checks them.

    All is read when it is made. `paths` are the files of `triples`, in order; `only` the names of
    the files whose findings are wanted, all if empty; `shapes` the triples of the shape files, and
    `shapes_graph` the same by subject; `derived` what follows from the claims;
    `withheld` the nodes of sensitive claims; `data_count` how many of the files are data.
    """

    def __init__(self, folder: Folder, only: Sequence[Path], progress: Progress) -> None:
        """Read and parse the files of a folder and those in `only`, and derive triples from claims.

        Those of the folder are its data, ontologies, shapes and questions. A file that cannot be
        parsed adds to `of_files`, and so does one that is not read. `progress` is called with a
        text before each file of triples. Raises `MissingExtra` for ``.zst`` without zstandard, and
        `InputError` for a shape that is wrong.
        """
        self.folder = folder
        self.only = {folder.relative(path) for path in only}
        self.progress = progress
        builder = TriplesBuilder(folder.ours)
        self.paths: list[Path] = []
        self.of_files: list[Finding] = []
        questions = [*folder.query_files(), *folder.profile_files()]
        own = {*folder.data_files(), *folder.ontology_files(), *folder.shape_files(), *questions}
        data = [*folder.data_files(), *(path for path in only if path.resolve() not in own)]
        ontologies = folder.ontology_files()
        self._count = len(data) + len(ontologies)  # of files of triples
        for path in data:
            self._add(builder, path, folder.base_of(path))
        self.data_count = len(self.paths)
        self.withheld = _withheld(builder.built())
        for path in ontologies:
            self._add(builder, path)
        by_file = {path: self._parsed(path) for path in folder.shape_files()}
        self.shapes = [quad for quads in by_file.values() for quad in quads]
        self.shapes_graph = Shapes(self.shapes)
        self._refuse_wrong_shapes(by_file)
        for path in questions:
            self._check_question(path)
        for path, message in folder.unread_files().items():
            name = folder.relative(path)
            self.of_files.append(Finding(name, None, "Warning", message, shape="unread-file"))
        stated = builder.built()
        self.derived = Derivation(stated.facts(OF_DERIVATION))
        self.triples = stated.with_derived(self.derived.triples())

    def _add(self, builder: TriplesBuilder, path: Path, base: str = "") -> None:
        """Parse a file; add its triples to a builder, and it to `paths`, also if it has errors.

        Errors go to `of_files`. With a base IRI, blank nodes get labels of this file alone. Calls
        `progress` with a text.
        """
        name = self.folder.relative(path)
        self.progress(f"reading {name} ({len(self.paths) + 1:,} of {self._count:,})")
        try:
            is_of_lines = files.syntax(path) != RdfFormat.TURTLE
            if not (is_of_lines and builder.add_unparsed(files.text_pieces(path, name), base)):
                builder.add(files.as_ntriples(path, self.folder.base_of(path), name), base)
        except LoadError:  # read again for the line; nothing of it counts
            builder.add([ntriples.written(self._parsed(path)).decode()], base)
        self.paths.append(path)

    def _parsed(self, path: Path) -> list[Quad]:
        """Return the triples of a file; none for one that cannot be parsed.

        Such an error is added to `of_files`. Raises `MissingExtra` for ``.zst`` without zstandard.
        """
        try:
            return self.folder.quads(path)
        except LoadError as error:
            self._add_syntax_error(path, error)
            return []

    def _refuse_wrong_shapes(self, by_file: Mapping[Path, list[Quad]]) -> None:
        """Raise `InputError`, with file and line, for the first triple of shapes that is wrong.

        Its notes are the errors of all others, in one line each. `by_file` has the triples of each
        file of shapes. Reads files with errors again for the lines.
        """
        errors = []
        for path, quads in by_file.items():
            problems = [*shape_errors.errors(self.shapes_graph, quads)]
            places = lines(path, {row for row, _ in problems}, len(quads)) if problems else {}
            for row, message in problems:
                line, _ = places.get(row, (None, None))
                errors.append(InputError(message, path=self.folder.relative(path), line=line))
        for other in errors[1:]:
            errors[0].add_note(str(other))
        if errors:
            raise errors[0]

    def _check_question(self, path: Path) -> None:
        """Parse the file of a question or profile; an error is added to `of_files`."""
        name = self.folder.relative(path)
        try:
            read_query(path, name, self.folder.prefixes).columns  # noqa: B018  it parses the text
        except QueryError as error:
            self._add_syntax_error(path, error)

    def _add_syntax_error(self, path: Path, error: InputError) -> None:
        """Add the error of a file that cannot be parsed to `of_files`."""
        name = error.path or self.folder.relative(path)
        self.of_files.append(Finding(name, error.line, "Violation", error.message, shape="syntax"))

    def _derived_from_withheld(self) -> set[tuple[int, ...]]:
        """Return the direct triples, and those of roles, that only withheld claims yield.

        They are the numbers of their terms. Such a triple may also be stated.
        """
        public = self.derived.direct(without={*map(str, self.withheld)})
        secret = {*self.derived.direct()}.difference(public)
        return {tuple(map(self.triples.numbers.__getitem__, triple)) for triple in secret}

    def report(self, engine: Engine, max_findings: int, changes: Changes | None) -> Report:
        """Check the files, or what some changes may have affected, and return the report.

        It has all files that cannot be parsed, and of the other findings the `max_findings`
        gravest; further ones are counted by severity. Findings in files that are not in `only` are
        left out, unless it is empty. With changes, terms that only the old files have get numbers
        in `triples`; without, everything is checked. Calls `progress`. Raises `InputError` for
        shapes that pySHACL cannot use.
        """
        compiled = Compiled(self.shapes_graph, self.triples) if engine == "compiled" else None
        ends, touched = self._touched(changes)
        by_shapes = self._by_shapes(compiled, ends)
        self.progress("checking the rules")
        by_rules = [
            *rules.check(self.folder, self.triples, self.derived, by_query=compiled is None)
        ]
        # The results of shapes that say the same as a rule, by the terms of the rule's hit.
        repeated: dict[Terms, list[Failure]] = {hit.terms: [] for hit in by_rules}
        rules_repeated = {hit.rule for hit in by_rules}
        self.progress("checking the sense")
        plain = [NamedNode(iri) for iri in self.folder.plain]
        claims = ClaimColumns(self.triples, self.folder.prefixes, plain, self.withheld)
        by_rules += sense.check(claims)
        if touched is not None:
            by_rules = [hit for hit in by_rules if self._is_touched(hit, touched)]
        self.progress("looking for the lines of the findings")
        secret = self._derived_from_withheld() if self.withheld else set()
        finder = Finder(self.folder, self.triples, self.paths, self.withheld, secret)
        hits = _in_order(by_shapes, by_rules, repeated)
        if self.only:
            hits = (hit for hit in hits if not self.only.isdisjoint(finder.files(hit[0])))
        gravest, unseen = _limited(hits, max_findings)
        for hit, failures in gravest.items():
            if hit.rule in rules_repeated and not hit.component:
                failures += repeated.pop(hit.terms, ())
        findings = finder.findings(gravest)
        deprecated = deprecated_terms.findings(
            self.folder, self.triples, self.paths, self.data_count, self.withheld
        )
        of_files = [
            f
            for f in (*self.of_files, *sorted(deprecated, key=_sort_key))
            if not self.only or f.file in self.only
        ]
        return Report(
            (*of_files[:max_findings], *sorted(findings, key=_sort_key)),
            len(self.derived.claims) - len(sensitive.flagged_in(self.derived.facts)),
            notes=self._notes(compiled),
            unseen=unseen + Counter(f.severity for f in of_files[max_findings:]),
            paths=self._paths(findings),
        )

    def _paths(self, findings: Iterable[Finding]) -> dict[Term, Sequence[Triple]]:
        """Return, by blank node, the triples that describe the paths of results of findings."""
        paths = {failure.path for finding in findings for failure in finding.results}
        blank = (path for path in paths if isinstance(path, BlankNode))
        return {path: tuple(path_triples(self.shapes_graph, path)) for path in blank}

    def _notes(self, compiled: Compiled | None) -> tuple[str, ...]:
        """Return the notes on shapes that are not compiled, and on what no engine checks."""
        of_compiled = compiled.notes() if compiled else []
        return tuple(sorted({*of_compiled, *shape_errors.notes(self.shapes_graph, self.shapes)}))

    def _touched(self, changes: Changes | None) -> tuple[Ends | None, Flags | None]:
        """Return the ends of triples that changed, and a flag for each term that they may affect.

        The ends, for checking shapes, are the subjects and objects of triples, stated or derived;
        the flags are for the rules. Both are ``None`` where everything has to be checked. Gives
        the terms of triples before the changes numbers.
        """
        if changes is None or changes.beyond_data:
            return None, None
        before = {}
        for path, quads in changes.before.items():
            base, ours = self.folder.base_of(path), self.folder.ours
            named = skolem.named_lines(ntriples.lines(quads), base, ours)
            before[path] = Counter((s, p, o) for s, p, o, _ in ntriples.quads(named))
            for term in chain.from_iterable(before[path]):
                self.triples.keep(term)
        changed: set[Numbered] = set()
        for path, counts in before.items():
            file = self.paths.index(path) if path in self.paths else None
            changed |= changed_files.differences(self.triples, counts, file)
        ends, affected = changed_files.affected(self.triples, changed)
        return ends, self.triples.among(affected)

    def _is_touched(self, hit: RuleHit, touched: Flags) -> bool:
        """Return True if a hit may be new: one of its nodes is flagged in `touched`, as changed.

        Hits of rules that compare a node with all others (`_COMPARING_RULES`) always may be.
        """
        numbers = map(self.triples.number, hit.nodes)
        return hit.rule in _COMPARING_RULES or any(touched[n] for n in numbers if n != NONE)

    def _by_shapes(self, compiled: Compiled | None, ends: Ends | None) -> list[_Group]:
        """Return hits for the nodes that break shapes, in groups: a severity and its hits.

        Shapes that are not compiled are left to pySHACL; all are, without `compiled`. With `ends`
        only nodes that may be affected are checked, but by pySHACL all. Calls `progress`. Raises
        `InputError` for shapes that pySHACL cannot use.
        """
        shapes, prefixes = self.shapes_graph, self.folder.prefixes
        self.progress("checking the shapes")
        groups: list[_Group] = [
            (
                _severity(broken.shape.severity, prefixes),
                _hits(broken.failures(self.triples), shapes, prefixes),
            )
            for broken in (compiled.check(ends) if compiled else ())
        ]
        if compiled is None or compiled.unknown:
            self.progress("checking shapes with pySHACL")
            without = compiled.nodes if compiled else []
            failures = pyshacl_engine.failures(self.triples.rows(slice(None)), self.shapes, without)
            hits = _hits(failures, shapes, prefixes)
            groups += [(hit.severity, ((hit, failure),)) for hit, failure in hits]
        return groups


def _withheld(data: Triples) -> set[Node]:
    """Return the nodes that ag:sensitive flags in the data, and those withheld with them.

    These are the claims about them, and what nothing else mentions. Of all these, findings say only
    where they are.
    """
    flagged = sensitive.flagged_in(data.facts([vocabulary.SENSITIVE]))
    return sensitive.withheld(rules.stored(data), flagged) if flagged else set()


def _hits(failures: Iterable[Failure], shapes: Shapes, prefixes: Prefixes) -> Iterator[_Hit]:
    """Yield a hit for each failure, with a message also for shapes that have none.

    Its hints are what the shape has as sh:targetSubjectsOf and sh:targetObjectsOf. `prefixes` are
    for severities.
    """
    hints = cache(lambda *target: tuple(sorted(shapes.values(*target), key=str)))
    for failure in failures:
        focus, path, value, shape, iri, component, message, *_ = failure
        rule = shape_name(shape)
        message = message or (
            f"this does not keep {local_name(component)} of the shape “{rule}”; to have it "
            "said what to do, give the shape a sh:message"
        )
        severity, predicate = _severity(iri, prefixes), path if type(path) is NamedNode else None
        likely = (hints(shape, name) for name in ("targetSubjectsOf", "targetObjectsOf"))
        hit = RuleHit(focus, predicate, value, rule, severity, message, component, *likely)
        yield hit, failure


def _severity(iri: str, prefixes: Prefixes) -> str:
    """Return the name of a severity of SHACL, or the CURIE or IRI of another, given its IRI."""
    name = iri.removeprefix(SH)
    return name if name in SEVERITIES else prefixes.shorten(iri)


def _in_order(
    by_shapes: Iterable[_Group], by_rules: Sequence[RuleHit], repeated: dict[Terms, list[Failure]]
) -> Iterator[_Hit]:
    """Yield the hits, the gravest first; a severity of a shape's own is as grave as a violation.

    A hit of a shape (it has a component) is left out when its focus, path and value are those of a
    rule's hit, the keys of `repeated`; its result is added to the values there.
    """
    of_rules = ((hit, rule_failure(hit.rule, hit.severity, *hit.terms)) for hit in by_rules)
    groups = [*by_shapes, *((hit.severity, ((hit, failure),)) for hit, failure in of_rules)]
    for _, hits in sorted(groups, key=lambda group: _GRAVITY.get(group[0], 0)):
        for hit, failure in hits:
            if hit.component and hit.terms in repeated:
                repeated[hit.terms].append(failure)
            else:
                yield hit, failure


def _limited(hits: Iterable[_Hit], limit: int) -> tuple[dict[RuleHit, list[Failure]], Counter[str]]:
    """Return the first different hits, up to a limit, with their results, and count the others.

    The others are counted by severity.
    """
    first: dict[RuleHit, list[Failure]] = {}
    others: Counter[str] = Counter()
    for hit, failure in hits:
        if hit in first:
            first[hit].append(failure)
        elif len(first) < limit:
            first[hit] = [failure]
        else:
            others[hit.severity] += 1
    return first, others


def _sort_key(finding: Finding) -> tuple[object, ...]:
    """Return the key by which findings are sorted: file, line, shape, then terms and message."""
    place = (finding.file, finding.line or 0, finding.shape)
    terms = (finding.focus, finding.value, finding.path)
    return (*place, *terms, finding.component, finding.message)
