"""Small graphs with mistakes, on which both engines of ``allgraph validate`` have to agree.

Each graph has at most 40 claims: some of the built-in data and of the tests' sound example, with
all that they mention, and one to four changes drawn by a seed. The reports are compared finding
by finding, with file and line; or a check of what changed alone is compared with checks of the
whole before and after.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from allgraph.folder import builtin, open_folder
from allgraph.model import vocabulary
from allgraph.rdf.terms import AG, BASE, XSD, Term
from allgraph.validation.report import Finding
from allgraph.validation.validate import Engine, validate
from tests.support.naming import named_quads

SOUND = Path(__file__).resolve().parents[1] / "broken" / "sound.ttl"
Found = tuple[Finding, list[tuple[object, ...]]]
"""A finding, and the terms of its results."""
MOST_CLAIMS = 40
WORDS = ["", " x ", "x", "2012-02", "2012-13", "2031", "-1", "0", "5", "01", "tea", "true", "12ab"]
KINDS = ["string", "integer", "date", "boolean", "decimal", "int", "gYear"]


@cache
def data() -> tuple[Triple, ...]:
    """All triples that graphs are drawn from."""
    folder = builtin()
    quads = [quad for path in folder.data_files() for quad in folder.quads(path)]
    named = named_quads([*quads, *folder.quads(SOUND)], "x")
    return tuple(quad.triple for quad in named)


@cache
def described() -> dict[Term, list[Triple]]:
    """The triples by subject."""
    found: dict[Term, list[Triple]] = {}
    for triple in data():
        found.setdefault(triple.subject, []).append(triple)
    return found


def graph(chance: random.Random) -> list[Triple]:
    """Some claims, and all that is said of what they mention; claims mentioned count too."""
    claims = sorted((t.subject for t in data() if t.object == vocabulary.CLAIM), key=str)
    open_nodes: list[Term] = chance.sample(claims, chance.randint(1, 25))
    found: dict[Term, None] = {}
    left = MOST_CLAIMS
    while open_nodes:
        node = open_nodes.pop()
        if node in found or node not in described():
            continue
        is_claim = any(t.object == vocabulary.CLAIM for t in described()[node])
        if is_claim and not left:
            continue
        left -= is_claim
        found[node] = None
        open_nodes += (t.object for t in described()[node])
    return [t for node in found for t in described()[node]]


def mutated(triples: list[Triple], chance: random.Random) -> list[Triple]:
    """One change: a triple that is left out, added, or changed in one of its parts."""
    kind = chance.choice(["drop", "drop", "drop all", "object", "object", "literal", "literal",
                          "predicate", "subject", "add", "add", "double", "blank"])  # fmt: skip
    at = chance.randrange(len(triples))
    s, p, o = triples[at]
    other = chance.choice(triples)
    rest = [*triples[:at], *triples[at + 1 :]]
    if kind == "drop":
        return rest
    if kind == "drop all":
        return [t for t in triples if t.subject != s or t.predicate != p]
    if kind == "object":
        return [*rest, Triple(s, p, other.object)]
    if kind == "literal":
        return [*rest, Triple(s, p, _literal(o, chance))]
    if kind == "predicate":
        name = NamedNode(AG + chance.choice(["signed", "servedOn", "founded", "whn", "when", "rank",
                                             "authorCount", "companionOf", "note"]))  # fmt: skip
        return [*rest, Triple(s, chance.choice([name, other.predicate]), o)]
    if kind == "subject":
        return [*rest, Triple(other.subject, p, o)]
    if kind == "double":
        return [*triples, *(Triple(NamedNode(f"{BASE}claim/again"), t.predicate, t.object)
                            for t in triples if t.subject == s)]  # fmt: skip
    if kind == "blank":
        return [*rest, Triple(s, p, BlankNode("nobody"))]
    return [*triples, Triple(s, other.predicate, other.object)]


def _literal(term: Term, chance: random.Random) -> Literal:
    word = chance.choice(WORDS)
    datatype = term.datatype if isinstance(term, Literal) else NamedNode(XSD + "string")
    if chance.random() < 0.5:
        datatype = NamedNode(XSD + chance.choice(KINDS))
    return Literal(word, language="en") if chance.random() < 0.15 else _typed(word, datatype)


def _typed(word: str, datatype: NamedNode) -> Literal:
    is_plain = datatype.value.endswith(("#string", "#langString"))
    return Literal(word) if is_plain else Literal(word, datatype=datatype)


def findings(folder: Path, engine: Engine, changed: str | None = None) -> list[Found]:
    """What one engine finds, with the terms of all results."""
    report = validate(open_folder(folder), engine=engine, changed=changed)
    return [(each, _terms(each)) for each in report.findings]


def _terms(finding: Finding) -> list[tuple[object, ...]]:
    """The results of a finding, each as often as it is there, without labels of blank nodes."""
    return sorted(
        (
            tuple(None if isinstance(part, BlankNode) else part for part in failure[:-1])
            for failure in finding.results
            for _ in range(failure.times)
        ),
        key=str,
    )


def write(folder: Path, triples: Iterable[Triple]) -> None:
    """Write triples as a graph folder, a file for every ten."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "allgraph.toml").write_text('format = 1\ntitle = "Small"\n')
    lines = [f"{triple} .\n" for triple in triples]
    for path in (folder / "data").iterdir():
        path.unlink()
    for start in range(0, len(lines), 100):
        (folder / "data" / f"{start:04}.nt").write_text("".join(lines[start : start + 100]))


def compare(folder: Path, seed: int) -> Counter[str]:
    """Check one graph with both engines; how often each shape or rule fired."""
    chance = random.Random(seed)
    triples = graph(chance)
    for _ in range(chance.randint(1, 4)):
        triples = mutated(triples, chance)
    write(folder, triples)
    compiled, expected = findings(folder, "compiled"), findings(folder, "pyshacl")
    if compiled != expected:
        only = [each for each in compiled if each not in expected]
        missing = [each for each in expected if each not in compiled]
        raise AssertionError(f"seed {seed}: only compiled {only[:3]}; only pySHACL {missing[:3]}")
    return Counter(finding.shape for finding, _ in compiled)


def git(folder: Path, *arguments: str) -> None:
    """Run git on a folder, with a name of its own."""
    names = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def compare_changed(folder: Path, seed: int) -> Counter[str]:
    """Check a graph after some changes, whole and only what changed; how often each rule fired.

    All that was not found before is found, and nothing that is not found of the whole.
    """
    chance = random.Random(seed)
    triples = graph(chance)
    for _ in range(chance.randint(0, 3)):
        triples = mutated(triples, chance)
    write(folder, triples)
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", str(seed))
    before = {_lineless(each) for each in findings(folder, "compiled")}
    for _ in range(chance.randint(1, 3)):
        triples = mutated(triples, chance)
    write(folder, triples)
    whole, changed = findings(folder, "compiled"), findings(folder, "compiled", "HEAD")
    fresh = [each for each in whole if _lineless(each) not in before]
    if missed := [each for each in fresh if each not in changed]:
        raise AssertionError(f"seed {seed}: not found of what changed: {missed[:3]}")
    results = {finding: {*of_finding} for finding, of_finding in whole}
    if beyond := [each for each in changed if not results.get(each[0], set()) >= {*each[1]}]:
        raise AssertionError(
            f"seed {seed}: found of what changed, and not of the whole: {beyond[:3]}"
        )
    return Counter(finding.shape for finding, _ in fresh)


def _lineless(found: Found) -> tuple[object, ...]:
    """A finding without its place and those of what it contradicts, which move."""
    message = re.sub(r"[^\s(]+:\d+", "", found[0].message)
    return replace(found[0], file="", line=None, message=message, others=()), *found[1]
