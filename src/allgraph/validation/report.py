"""Reports of checks, and how they are written: for people, programs, SHACL tools and CI.

Both the validation of files and the check of a published site make them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any, Literal, NamedTuple

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize
from pyoxigraph import Literal as OxLiteral

from allgraph.errors import VERSION
from allgraph.model.vocabulary import TYPE
from allgraph.rdf.terms import AG, KNOWN, Term, ag
from allgraph.render.brief import Brief, quoted
from allgraph.render.html import element, joined, table
from allgraph.render.table import fill
from allgraph.validation.shacl.results import Failure, sh

ReportFormat = Literal["text", "json", "turtle", "sarif"]

_SHAPES = KNOWN["shapes"]
RULE_COMPONENT = _SHAPES + "RuleConstraintComponent"
"""The IRI that stands for the component in results of rules, which are no shapes."""
_MILD = {"Warning": "warning", "Info": "note"}
"""The severities that are no violations, the gravest first, with their levels in SARIF."""
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


class Place(NamedTuple):
    """A file, or an address on the Web, and a line from 1, which may not be known.

    >>> import allgraph
    >>> str(allgraph.Place("data/a.ttl", 12))
    'data/a.ttl:12'
    """

    file: str
    line: int | None

    def __str__(self) -> str:
        """Return ``file:line``, or only the file when the line is not known."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class RecordPlace(NamedTuple):
    """A record of a source: the source as a CURIE, and the place in it at the version read.

    `line` is that of the record or of the value in it, ``None`` if it is not known; `address` is
    where the place is on the web, else ``""``.

    >>> import allgraph
    >>> str(allgraph.RecordPlace("source:register", "members/x.yml", 10, ""))
    'members/x.yml, line 10'
    """

    source: str
    file: str
    line: int | None
    address: str

    def __str__(self) -> str:
        """Return the file and the line in words."""
        return self.file if self.line is None else f"{self.file}, line {self.line}"


@dataclass(frozen=True, repr=False)
class Finding(Brief):
    """One problem, or possible problem, and where it is.

    `severity` is ``Violation``, ``Warning``, ``Info``, or the CURIE or IRI of a shape's own, which
    counts as a violation. `file` is relative to the working directory, or an address on the Web;
    `line` counts from 1 and is ``None`` when it is not known. `focus`, `path` and `value` are
    CURIEs, IRIs or texts, ``""`` when there is none; for a sensitive claim they are left out.
    `shape` is the name of the shape, rule or check. `others` are the places of what it contradicts;
    `record` is the record of a source that it is about. `results` are the validation results of
    SHACL that it stands for: results that differ in nothing that is shown are one finding.

    >>> import allgraph
    >>> finding = allgraph.Finding("data/a.ttl", 12, "Violation", "there is no month 13")
    >>> str(finding.place), finding.is_violation
    ('data/a.ttl:12', True)
    """

    file: str
    line: int | None
    severity: str
    message: str
    focus: str = ""
    path: str = ""
    value: str = ""
    shape: str = ""
    component: str = ""
    others: tuple[Place, ...] = ()
    record: RecordPlace | None = None
    results: tuple[Failure, ...] = field(default=(), repr=False, compare=False)

    @property
    def place(self) -> str:
        """``file:line``, or only the file when the line is not known."""
        return str(Place(self.file, self.line))

    @property
    def is_violation(self) -> bool:
        """True if the finding is a violation: no warning, and not for information only."""
        return self.severity not in _MILD

    def _facts(self) -> Iterator[str]:
        yield from (quoted(self.place), self.severity, quoted(self.message))

    def __str__(self) -> str:
        """Return the place, the severity and the message, on one line."""
        severity = self.severity if ":" in self.severity else self.severity.lower()
        return f"{self.place}: {severity}: {self.message}"

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as a dict for JSON; empty fields are ``None``.

        ``others`` is left out where it is empty.
        """
        keys = ("file", "line", "severity", "focus", "path", "value", "shape", "message")
        others = {"others": [place._asdict() for place in self.others]} if self.others else {}
        record = self.record and {key: of or None for key, of in self.record._asdict().items()}
        return {**{key: getattr(self, key) or None for key in keys}, "record": record, **others}


@dataclass(frozen=True, repr=False)
class Report(Brief):
    """The findings of a check. With warnings alone it is still ``ok``.

    `checked` says in words what was checked, if not a number of `claims`; `notes` are remarks on
    how. `unseen` counts the findings that were left out beyond a limit, by severity. `paths` has,
    by blank node, the triples that describe the paths of results (`paths.path_triples`).

    >>> import allgraph
    >>> report = allgraph.Report((allgraph.Finding("a.ttl", 3, "Warning", "a label is missing"),))
    >>> report.ok, report.findings[0].message
    (True, 'a label is missing')
    """

    findings: tuple[Finding, ...]
    claims: int = 0
    checked: str = ""
    notes: tuple[str, ...] = ()
    unseen: Mapping[str, int] = field(default_factory=dict)
    paths: Mapping[Term, Sequence[Triple]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """True if there is no violation, among the findings and those beyond the limit."""
        none_seen = not any(finding.is_violation for finding in self.findings)
        return none_seen and _MILD.keys() >= {name for name, n in self.unseen.items() if n}

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def _facts(self) -> Iterator[str]:
        yield quoted(_counts(self))

    def __str__(self) -> str:
        """Return the report as text for people."""
        return _text(self, 80).rstrip("\n")

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a dict for JSON.

        ``checked``, ``notes`` and ``unseen`` are left out where they are empty.
        """
        remarks = {"checked": self.checked, "notes": [*self.notes], "unseen": {**self.unseen}}
        given = {key: remark for key, remark in remarks.items() if remark}
        return {"ok": self.ok, **given, "findings": [one.as_dict() for one in self.findings]}

    def write(self, format: ReportFormat = "text", *, width: int = 80) -> bytes:
        """Return the report as bytes: for people (``text``), for programs (``json``), as the W3C's
        validation report in ``turtle``, or as ``sarif`` 2.1.0 for code scanning. Writes no file.
        In ``text``, messages are wrapped to `width` columns.
        """
        if format == "text":
            return _text(self, width).encode()
        if format == "turtle":
            prefixes = {**KNOWN, "ag": AG}
            return serialize(_triples(self), format=RdfFormat.TURTLE, prefixes=prefixes) or b""
        return _json(self.as_dict() if format == "json" else _as_sarif(self))

    def _repr_html_(self) -> str:
        """The report as HTML for notebooks: the counts, and a table of the first findings."""
        ending = element("p", element("b", _counts(self)))
        if not self.findings:
            return ending
        names = ("severity", "place", "message", "focus", "shape")
        rows = ((getattr(finding, name) for name in names) for finding in self.findings)
        return joined([ending, table(names, rows, len(self.findings), "finding")])


def _counts(report: Report) -> str:
    """Return a line that says what was checked, and how many findings of each severity there are.

    Those beyond the limit are counted too. A severity of a shape's own comes after violations.
    """
    by_severity = Counter(finding.severity for finding in report.findings) + Counter(report.unseen)
    own = sorted(by_severity.keys() - _MILD.keys() - {"Violation"})
    counts = [
        f"{n} {name if name in own else name.lower() + ('s' if n != 1 else '')}"
        for name in ("Violation", *own, *_MILD)
        if (n := by_severity[name])
    ]
    checked = report.checked or f"{report.claims} claims"
    return f"{checked} checked: {', '.join(counts) or 'no findings'}"


def _text(report: Report, width: int) -> str:
    """Return the report as text: findings, remarks and counts.

    Messages are wrapped to `width` columns; other lines may be longer. Below a message stand the
    focus and the shape; without a focus the shape alone, and only if the report says in words what
    was ``checked``.
    """
    blocks = []
    for f in report.findings:
        severity = f.severity if ":" in f.severity else f.severity.lower()  # a CURIE is one's own
        record = f" (record: {f.record})" if f.record else ""
        block = f"{f.place}: {severity}{record}\n{fill(f.message, width=width, indent='   ')}"
        named = f"{f.focus}  ({f.shape})" if f.focus else f"({f.shape})" if report.checked else ""
        blocks.append(f"{block}\n   {named}" if named else block)
    return "\n".join([*blocks, *_remarks(report), _counts(report)]) + "\n"


def _remarks(report: Report) -> list[str]:
    """Return a remark on how many findings are beyond the limit, if any, and the notes."""
    unseen = sum(report.unseen.values())
    cut = [f"{unseen} more findings are not shown; raise the limit to see them"] if unseen else []
    return [*cut, *report.notes]


def _as_sarif(report: Report) -> dict[str, Any]:
    """Return the report in the Static Analysis Results Interchange Format, OASIS Standard 2.1.0."""
    rules = {f.shape: {"id": f.shape} for f in report.findings}
    driver = {
        "name": "allgraph",
        "version": VERSION,
        "informationUri": "https://w3id.org/allgraph/",
        "rules": list(rules.values()),
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(f, list(rules)) for f in report.findings],
    }
    if remarks := _remarks(report):
        run["properties"] = {"remarks": remarks}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _sarif_result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    """Return a finding as a result of SARIF, with the level for its severity.

    `rules` are the names of all rules in the order in which the SARIF document lists them.
    """
    result: dict[str, Any] = {
        "ruleId": finding.shape,
        "ruleIndex": rules.index(finding.shape),
        "level": _MILD.get(finding.severity, "error"),
        "message": {"text": finding.message},
        "locations": [_sarif_location(Place(finding.file, finding.line))],
    }
    related = [_sarif_location(place) for place in finding.others]
    if record := finding.record:
        place = Place(record.address or record.file, record.line)
        text = f"The record in {record.source}: {record}"
        related.append({**_sarif_location(place), "message": {"text": text}})
    return {**result, "relatedLocations": related} if related else result


def _sarif_location(place: Place) -> dict[str, Any]:
    """Return a place as a location of SARIF."""
    from urllib.parse import quote

    is_address = place.file.startswith(("http://", "https://"))
    uri = place.file if is_address else quote(place.file)
    location: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if place.line is not None:
        location["region"] = {"startLine": place.line}
    return {"physicalLocation": location}


def _triples(report: Report) -> Iterator[Triple]:
    """Yield the triples of a SHACL validation report, with our own ag:file and ag:line.

    A finding has a result for each of its `results`, as often as this says; one that has none has a
    result with its place as focus node.
    """
    node = BlankNode("report")
    yield Triple(node, TYPE, sh("ValidationReport"))
    yield Triple(node, sh("conforms"), OxLiteral(not report.findings and not report.unseen))
    numbers, labels = count(), _Labels()
    for finding in report.findings:
        for failure in finding.results or (rule_failure(finding.shape, finding.severity),):
            for number in islice(numbers, failure.times):
                result = BlankNode(f"result{number}")
                yield Triple(node, sh("result"), result)
                yield Triple(result, TYPE, sh("ValidationResult"))
                for predicate, value in _result(finding, failure, labels):
                    yield Triple(result, predicate, value)
                if failure.path is not None:
                    described = report.paths.get(failure.path, ())
                    yield from _path(failure.path, described, result, number)


class _Labels(dict[tuple[str, Term], BlankNode]):
    """The blank nodes of a report for those of the data and of the shapes, which are kept apart."""

    def of(self, graph: str, term: Term) -> Term:
        """Return the blank node for one of a graph, new if need be; other terms as they are."""
        if not isinstance(term, BlankNode):
            return term
        return self.setdefault((graph, term), BlankNode(f"{graph}{len(self)}"))


def _result(
    finding: Finding, failure: Failure, labels: _Labels
) -> Iterator[tuple[NamedNode, Term]]:
    """Yield the predicates and objects of a validation result of a finding, but not its path.

    Without a focus, the focus node is the finding's place (file and line) as a literal.
    """
    focus = failure.focus or OxLiteral(finding.place)
    yield sh("focusNode"), labels.of("data", focus)
    if failure.value is not None:
        yield sh("value"), labels.of("data", failure.value)
    yield sh("resultSeverity"), NamedNode(failure.severity)
    yield sh("resultMessage"), OxLiteral(finding.message)
    yield sh("sourceShape"), labels.of("shape", failure.shape)
    yield sh("sourceConstraintComponent"), NamedNode(failure.component)
    if failure.query is not None:
        yield sh("sourceConstraint"), labels.of("shape", failure.query)
    yield ag("file"), OxLiteral(finding.file)
    if finding.line is not None:
        yield ag("line"), OxLiteral(finding.line)
    if record := finding.record:
        yield ag("recordFile"), OxLiteral(record.file)
        if record.line is not None:
            yield ag("recordLine"), OxLiteral(record.line)
        if record.address:
            yield ag("recordAddress"), NamedNode(record.address)


def _path(
    path: Term, described: Sequence[Triple], result: BlankNode, number: int
) -> Iterator[Triple]:
    """Yield the triples that give a result, which has a number, its path.

    Those that describe the path, if any, get blank nodes of this result alone.
    """

    def own(term: Term) -> Term:
        """Return the blank node of this result for one of the path; other terms as they are."""
        return BlankNode(f"path{number}{term.value}") if isinstance(term, BlankNode) else term

    yield Triple(result, sh("resultPath"), own(described[0].subject if described else path))
    for part, predicate, value in described:
        yield Triple(own(part), predicate, own(value))  # type: ignore[arg-type]


def rule_failure(
    rule: str,
    severity: str,
    focus: Term | None = None,
    path: Term | None = None,
    value: Term | None = None,
) -> Failure:
    """Return the validation result for a rule or check of ours, which gets an IRI as a shape."""
    shape = NamedNode(_SHAPES + rule)
    return Failure(focus, path, value, shape, sh(severity).value, RULE_COMPONENT, "")


def _json(document: dict[str, Any]) -> bytes:
    """Return an object as indented JSON in UTF-8, with a newline at the end."""
    import json

    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
