"""Small graphs in few words, for tests of checks: a line for each thing, and for each claim.

>>> print(turtle("klein: Person\\nintro = klein introduced bill @ 2013 as Member"))
id:klein a ag:Person ; rdfs:label "klein" .
claim:intro a ag:Claim ; rdf:subject id:klein ; rdf:predicate ag:introduced ; \
rdf:object id:bill ; ag:when "2013"^^edtf:EDTF ; ag:role ag:Member ; \
ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:paper ] .
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from allgraph.folder import Folder, init_folder
from allgraph.validation.report import Finding
from allgraph.validation.validate import validate

HEAD = """\
@prefix ag: <https://w3id.org/allgraph/ns#> .
@prefix claim: <https://example.org/g/claim/> .
@prefix edtf: <http://id.loc.gov/datatypes/edtf/> .
@prefix id: <https://example.org/g/id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix source: <https://example.org/g/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
source:paper a ag:Source ; rdfs:label "A paper" ; prov:specializationOf <https://example.org/p> .
"""
FILE = "data/snippet.ttl"
_THING = re.compile(r"([\w-]+): (\w+)(.*)")
_CLAIM = re.compile(
    r"([\w-]+) = ([\w:-]+) (\w+) (\"[^\"]*\"\S*|\S+)(?: @ (\S+))?(?: as (\w+))?( ; .*)?"
)


def claim(
    name: str,
    subject: str,
    predicate: str,
    obj: str,
    *more: str,
    when: str | None = None,
    roles: Iterable[str] = (),
) -> str:
    """A line of Turtle: a claim with its date and its roles, and what `more` is said of it."""
    parts = [f"rdf:subject {subject}", f"rdf:predicate {predicate}", f"rdf:object {obj}"]
    parts += [f'ag:when "{when}"^^edtf:EDTF'] if when else []
    parts += [*(f"ag:role {role}" for role in roles), *more]
    return f"claim:{name} a ag:Claim ; {' ; '.join(parts)} .\n"


def turtle(text: str) -> str:
    """The lines of Turtle for lines of a snippet; what is neither thing nor claim is Turtle."""
    return "\n".join(map(_line, text.strip().splitlines()))


def _line(line: str) -> str:
    line = line.strip()
    if thing := _THING.fullmatch(line):
        name, kind, more = thing.groups()
        return f'id:{name} a ag:{kind} ; rdfs:label "{name}"{more} .'
    match = _CLAIM.fullmatch(line)
    if match is None:
        return line
    name, subject, predicate, obj, when, role, more = match.groups()
    subject, obj = (end if ":" in end or '"' in end else f"id:{end}" for end in (subject, obj))
    said = [more.strip(" ;")] if more else []
    said += ["ag:evidence [ a oa:ResourceSelection ; oa:hasSource source:paper ]"]
    roles = [f"ag:{role}"] if role else []
    return claim(name, subject, f"ag:{predicate}", obj, *said, when=when, roles=roles).rstrip()


def folder_of(root: Path, text: str) -> Folder:
    """A folder as ``allgraph init`` makes it, with a snippet in place of its example."""
    folder = init_folder(root, title="A graph", base="https://example.org/g/")
    (root / "data" / "example.ttl").unlink()
    (root / FILE).write_text(HEAD + turtle(text) + "\n", encoding="utf-8")
    return folder


def found(folder: Folder, rule: str) -> list[Finding]:
    """The findings of a rule."""
    return [finding for finding in validate(folder).findings if finding.shape == rule]


def line(text: str, name: str) -> int:
    """The line of a claim, or of another line that begins so, in the file of a snippet."""
    lines = text.strip().splitlines()
    at = next(n for n, row in enumerate(lines) if row.strip().startswith(name))
    return HEAD.count("\n") + at + 1
