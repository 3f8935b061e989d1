"""The text of the tour: load, validate, ask, show a connection, suggest what to try next.

The questions, and what is suggested, are in ``tour.toml``.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from allgraph.errors import UnknownName
from allgraph.graph import Graph, as_json
from allgraph.graph.claims import Claim
from allgraph.model.names import whole_pattern
from allgraph.model.sentences import NOT_STATED
from allgraph.network.paths import paths
from allgraph.rdf.terms import literal, text
from allgraph.render.table import fill
from allgraph.validation.validate import validate

_TOUR = tomllib.loads(Path(__file__).with_name("tour.toml").read_text(encoding="utf-8"))
_SHOWN = 4  # claims of an answer that the tour shows


def tour(graph: Graph, *, width: int) -> Iterator[str]:
    """Yield the parts of the tour as text; each queries the graph when it is reached.

    Validates the files of the graph too. Raises `UnknownName` for an endpoint without the built-in
    graph.
    """
    body = literal(whole_pattern(_TOUR["body"]))
    if graph.is_remote and not graph.run("named", pattern=body).rows:
        raise UnknownName("the tour is about the built-in graph, which this endpoint does not hold")
    yield _welcome(graph, width)
    yield _validation_paragraph(graph, width)
    for number, question in enumerate(_TOUR["questions"], 1):
        yield _answer_block(graph, number, width=width, **question)
    yield _connection_block(graph, width)
    yield _suggestions()


def _welcome(graph: Graph, width: int) -> str:
    """Query the numbers of claims, sources and things, and return a paragraph with them."""
    row = graph.run("counts").rows[0]
    claims, sources, things = (text(row[name]) for name in ("claims", "sources", "things"))
    return fill(
        f"This is a graph of {things} people, bodies, laws, campaigns and events. It holds "
        f"{claims} claims. Each claim is one thing that a source says, with the place where it "
        f"says so; there are {sources} sources. What no source says is not here, and what "
        "sources contradict stands side by side.",
        width=width,
    )


def _validation_paragraph(graph: Graph, width: int) -> str:
    """Validate the graph, and return a sentence with the result; an endpoint is not validated."""
    if graph.is_remote:
        return fill(
            "Not checked: an endpoint has no files; validate those of its data.", width=width
        )
    report = validate(graph)
    wrong = sum(finding.is_violation for finding in report.findings)
    verdict = "all keep the rules" if report.ok else f"{wrong} break a rule; see allgraph validate"
    return fill(f"Checked: {report.claims} claims, {verdict}.", width=width)


def _answer_block(
    graph: Graph, number: int, heading: str, name: str, values: Mapping[str, str], width: int
) -> str:
    """Ask a question, and return its heading, its command, and the first claims of the answer.

    `name` is that of the question, and `values` are those of its parameters. At most `_SHOWN`
    claims are in the text, and the number of the others. `number` is for the heading.
    """
    answer = graph.ask(name, **values)
    rows = as_json.behind(graph, graph.queries[name], answer)
    claims = _in_order(rows, [text(row.get("certainty")) for row in answer.rows])
    blocks = [_brief_text(claim, width) for claim in claims[:_SHOWN]]
    if len(claims) > _SHOWN:
        blocks.append(f"   … and {len(claims) - _SHOWN} more claims, behind {len(answer)} rows.")
    head = f"\n{number}. {heading}\n   $ {command(name, values)}\n"
    return "\n".join([head, *blocks])


def _in_order(rows: Sequence[Sequence[Claim]], certainties: Iterable[str]) -> list[Claim]:
    """Return the claims behind rows, each once: the first of each row, in order, then its others.

    Others that are first in a row are there alone; those that are behind several rows, since they
    only join things, come last. The first claim of a row has the certainty of the row.
    """
    firsts: dict[str, Claim] = {}
    for row, certainty in zip(rows, certainties, strict=True):
        for claim in row[:1]:
            firsts.setdefault(claim.iri, replace(claim, certainty=certainty or claim.certainty))
    others = [claim for row in rows for claim in row[1:] if claim.iri not in firsts]
    count = Counter(claim.iri for claim in others)
    shown: dict[str, Claim] = {}
    for row in rows:
        shown |= {claim.iri: firsts[claim.iri] for claim in row[:1]}
        shown |= {claim.iri: claim for claim in row[1:] if count[claim.iri] == 1}
    return [*{**shown, **{claim.iri: claim for claim in others}}.values()]


def _connection_block(graph: Graph, width: int) -> str:
    """Query the shortest path between two people, and return it as text."""
    one, other = _TOUR["connection"]
    heading = f"{len(_TOUR['questions']) + 1}. How is {one} connected to {other}?"
    lines = [f'\n{heading}\n   $ allgraph paths "{one}" "{other}" --limit 1\n']
    for path in paths(graph, one, other, limit=1):
        lines += [_brief_text(step.claim, width, forward=step.forward) for step in path.steps]
    return "\n".join(lines)


def _brief_text(claim: Claim, width: int, *, forward: bool = True) -> str:
    """Return a claim as a sentence with its date and its first two sources, indented.

    With `forward` the sentence begins with the subject, else with the object.
    """
    date = "" if claim.date == NOT_STATED else claim.date
    sentences = [
        f"{claim.with_date(date, inverse=not forward)}.",
        *(["Possible on that day, not certain."] if claim.certainty == "possible" else []),
        *(["Another source contradicts it."] if claim.rivals else []),
    ]
    text = fill(" ".join(sentences), width=width, indent="   ")
    sources = [", ".join(filter(None, (e.title, e.place))) for e in claim.evidence]
    more = f"; and {len(sources) - 2} more" if len(sources) > 2 else ""
    listed = f"source: {'; '.join(sources[:2])}{more}"
    return f"{text}\n{fill(listed, width=width, indent='      ')}"


def _suggestions() -> str:
    """Return a list of commands to try next, as text."""
    lines = _TOUR["suggestions"]
    longest = max(map(len, lines))
    return "\n".join(
        ["\nTry next:", *(f"   {line.ljust(longest)}   {what}" for line, what in lines.items())]
    )


def command(question: str, values: Mapping[str, str]) -> str:
    """Return the command line that asks a question with some values.

    >>> command("founders", {"body": "Model Alliance"})
    'allgraph ask founders --body "Model Alliance"'
    """
    parts = [
        f"--{name.replace('_', '-')} " + (f'"{value}"' if " " in value else value)
        for name, value in values.items()
    ]
    return " ".join(["allgraph ask", question, *parts])
