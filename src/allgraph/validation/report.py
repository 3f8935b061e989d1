"""What checks found, and how it is written: for people, programs, SHACL tools and CI.

Files are validated, and published sites inspected; both find things that are wrong somewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, serialize
from pyoxigraph import Literal as OxLiteral

from allgraph.rdf.terms import AG, KNOWN, RDF, XSD, Term
from allgraph.render.html import element, joined, table
from allgraph.render.table import fill

Severity = Literal["Violation", "Warning", "Info"]
ReportFormat = Literal["text", "json", "turtle", "sarif"]

_SH = KNOWN["sh"]
_SHAPES = KNOWN["shapes"]
_LEVELS: dict[Severity, str] = {"Violation": "error", "Warning": "warning", "Info": "note"}
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or looks wrong, and where.

    `file` is relative to the working directory, or the address of what is on the Web; `line`
    counts from 1 and is ``None`` when it is not known. `focus`, `path` and `value` are CURIEs,
    IRIs or texts, ``""`` when there is none; for a sensitive claim they are withheld. `shape` is
    the name of the shape, rule or check.
    """

    file: str
    line: int | None
    severity: Severity
    message: str
    focus: str = ""
    path: str = ""
    value: str = ""
    shape: str = ""
    component: str = ""
    terms: tuple[Term | None, ...] = field(default=(), repr=False, compare=False)

    @property
    def place(self) -> str:
        """``file:line``."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Report:
    """What a check found. Warnings leave it ``ok``.

    `checked` says what was checked, where that is not so many claims; `notes` what is to be known
    of how. `unseen` counts what was found beyond the limit, by severity.
    """

    findings: tuple[Finding, ...]
    claims: int = 0
    checked: str = ""
    notes: tuple[str, ...] = ()
    unseen: Mapping[Severity, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether there is no violation."""
        shown = all(finding.severity != "Violation" for finding in self.findings)
        return shown and not self.unseen.get("Violation")

    def write(self, format: ReportFormat = "text", *, width: int = 80) -> bytes:
        """The report for people (``text``), programs (``json``), as the W3C's report in
        ``turtle``, or as ``sarif`` 2.1.0 for code scanning.
        """
        writers: dict[ReportFormat, Callable[[], bytes]] = {
            "text": lambda: _text(self, width).encode(),
            "json": lambda: _json(_as_json(self)),
            "turtle": lambda: serialize(
                _triples(self), format=RdfFormat.TURTLE, prefixes={**KNOWN, "ag": AG}
            ) or b"",
            "sarif": lambda: _json(_as_sarif(self)),
        }  # fmt: skip
        return writers[format]()

    def _repr_html_(self) -> str:
        """The report as notebooks show it."""
        ending = element("p", element("b", _counts(self)))
        if not self.findings:
            return ending
        names = ("severity", "place", "message", "focus", "shape")
        rows = ((getattr(finding, name) for name in names) for finding in self.findings)
        return joined([ending, table(names, rows, len(self.findings), "finding")])


def _counts(report: Report) -> str:
    """What was checked, and what came of it."""
    shown = Counter(finding.severity for finding in report.findings)
    counts = [
        f"{n} {level.lower()}{'s' if n != 1 else ''}"
        for level in _LEVELS
        if (n := shown[level] + report.unseen.get(level, 0))
    ]
    checked = report.checked or f"{report.claims} claims"
    return f"{checked} checked: {', '.join(counts) or 'no findings'}"


def _text(report: Report, width: int) -> str:
    blocks = []
    for f in report.findings:
        block = f"{f.place}: {f.severity.lower()}\n{fill(f.message, width=width, indent='   ')}"
        named = f"{f.focus}  ({f.shape})" if f.focus else f"({f.shape})" if report.checked else ""
        blocks.append(f"{block}\n   {named}" if named else block)
    return "\n".join([*blocks, *_remarks(report), _counts(report)]) + "\n"


def _remarks(report: Report) -> list[str]:
    """What is to be known beside the findings."""
    unseen = sum(report.unseen.values())
    cut = [f"{unseen} more findings are not shown; raise the limit to see them"] if unseen else []
    return [*cut, *report.notes]


def _as_json(report: Report) -> dict[str, Any]:
    keys = ("file", "line", "severity", "focus", "path", "value", "shape", "message")
    findings = [{key: getattr(f, key) or None for key in keys} for f in report.findings]
    told = {
        "checked": report.checked, "notes": list(report.notes), "unseen": dict(report.unseen)
    }  # fmt: skip
    said = {key: value for key, value in told.items() if value}
    return {"ok": report.ok, **said, "findings": findings}


def _as_sarif(report: Report) -> dict[str, Any]:
    """Static Analysis Results Interchange Format, OASIS Standard 2.1.0."""
    from importlib.metadata import version

    rules = {f.shape: {"id": f.shape} for f in report.findings}
    driver = {
        "name": "allgraph",
        "version": version("allgraph"),
        "informationUri": "https://w3id.org/allgraph/",
        "rules": list(rules.values()),
    }
    return {
        "$schema": _SARIF,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints",
                  "results": [_sarif_result(f, list(rules)) for f in report.findings],
                  **({"properties": {"remarks": said}} if (said := _remarks(report)) else {})}],
    }  # fmt: skip


def _sarif_result(finding: Finding, rules: list[str]) -> dict[str, Any]:
    from urllib.parse import quote

    is_address = finding.file.startswith(("http://", "https://"))
    uri = finding.file if is_address else quote(finding.file)
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line}
    return {
        "ruleId": finding.shape,
        "ruleIndex": rules.index(finding.shape),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
    }


def _triples(report: Report) -> Iterator[Triple]:
    """The W3C's validation report; file and line are our own addition."""
    node = BlankNode("report")
    yield Triple(node, NamedNode(RDF + "type"), NamedNode(_SH + "ValidationReport"))
    yield Triple(node, NamedNode(_SH + "conforms"), _boolean(not report.findings))
    for number, finding in enumerate(report.findings):
        result = BlankNode(f"result{number}")
        yield Triple(node, NamedNode(_SH + "result"), result)
        yield Triple(result, NamedNode(RDF + "type"), NamedNode(_SH + "ValidationResult"))
        for predicate, value in _result(finding):
            yield Triple(result, NamedNode(predicate), value)


def _result(finding: Finding) -> Iterator[tuple[str, Term]]:
    focus, path, value = finding.terms or (None, None, None)
    yield _SH + "focusNode", focus or OxLiteral(finding.place)
    if isinstance(path, NamedNode):
        yield _SH + "resultPath", path
    if value is not None:
        yield _SH + "value", value
    yield _SH + "resultSeverity", NamedNode(_SH + finding.severity)
    yield _SH + "resultMessage", OxLiteral(finding.message)
    yield _SH + "sourceShape", NamedNode(_SHAPES + finding.shape)
    component = finding.component or _SHAPES + "RuleConstraintComponent"
    yield _SH + "sourceConstraintComponent", NamedNode(component)
    yield AG + "file", OxLiteral(finding.file)
    if finding.line is not None:
        yield AG + "line", OxLiteral(finding.line)


def _boolean(value: bool) -> OxLiteral:
    return OxLiteral(str(value).lower(), datatype=NamedNode(XSD + "boolean"))


def _json(document: dict[str, Any]) -> bytes:
    import json

    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
