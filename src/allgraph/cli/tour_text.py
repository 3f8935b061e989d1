"""The text of the tour: load, validate, ask, show a connection, suggest what to try next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from allgraph.errors import UnknownName
from allgraph.graph import Graph, as_json
from allgraph.graph.claims import Claim
from allgraph.model.names import whole_pattern
from allgraph.network.paths import paths
from allgraph.rdf.terms import literal, text
from allgraph.render.table import fill
from allgraph.sparql.answer import Answer
from allgraph.validation.validate import validate

HOME = "Model Alliance"
"""The name of the body that the tour asks about."""
SHOWN = 4
"""How many claims of an answer the tour shows."""


class Headline(NamedTuple):
    """A question of the tour: its heading, the name of the question, and values for it."""

    heading: str
    question: str
    values: Mapping[str, str]


HEADLINES = (
    Headline("Who founded the Model Alliance, and when?", "founders", {"body": HOME}),
    Headline("Who has served on its boards?", "board-members", {"body": HOME}),
    Headline("Who was in office on 21 October 2013?", "office-on-day", {"day": "2013-10-21"}),
    Headline("Who made the bill S.5486?", "bill-makers", {"bill": "S5486"}),
    Headline("How did it become law?", "life-of-a-bill", {"bill": "New York child model law"}),
    Headline(
        "Who signed the letter of the RESPECT Program?",
        "campaign-signatories",
        {"campaign": "RESPECT Program"},
    ),
    Headline("Where do sources contradict one another?", "conflicts", {}),
)
CONNECTION = ("Coco Rocha", "Andrew Cuomo")


def tour(graph: Graph, *, width: int) -> Iterator[str]:
    """Yield the parts of the tour as text; each queries the graph when it is reached.

    Validates the files of the graph too. Raises `UnknownName` for an endpoint without the built-in
    graph.
    """
    if graph.is_remote and not graph.run("named", pattern=literal(whole_pattern(HOME))).rows:
        raise UnknownName("the tour is about the built-in graph, which this endpoint does not hold")
    yield _welcome(graph, width)
    yield _validation_paragraph(graph, width)
    for number, headline in enumerate(HEADLINES, 1):
        yield _answer_block(graph, number, headline, width)
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


def _answer_block(graph: Graph, number: int, headline: Headline, width: int) -> str:
    """Ask a question, and return its heading, its command, and the first claims of the answer.

    At most `SHOWN` claims are in it, and the number of the others. `number` is for the heading.
    """
    answer = graph.ask(headline.question, **headline.values)
    claims = _claims_behind(graph, headline, answer)
    blocks = [_brief_text(claim, width) for claim in claims[:SHOWN]]
    if len(claims) > SHOWN:
        blocks.append(f"   … and {len(claims) - SHOWN} more claims, behind {len(answer)} rows.")
    head = f"\n{number}. {headline.heading}\n   $ {command(headline.question, headline.values)}\n"
    return "\n".join([head, *blocks])


def _connection_block(graph: Graph, width: int) -> str:
    """Query the shortest path between the two people of `CONNECTION`, and return it as text."""
    heading = f"How is {CONNECTION[0]} connected to {CONNECTION[1]}?"
    names = " ".join(f'"{name}"' for name in CONNECTION)
    lines = [f"\n{len(HEADLINES) + 1}. {heading}\n   $ allgraph paths {names} --limit 1\n"]
    for path in paths(graph, *CONNECTION, limit=1):
        lines += [_brief_text(step.claim, width, forward=step.forward) for step in path.steps]
    return "\n".join(lines)


def _claims_behind(graph: Graph, headline: Headline, answer: Answer) -> list[Claim]:
    """Query the claims that an answer cites, and return them in order of its rows, each once."""
    rows = as_json.behind(graph, graph.queries[headline.question], answer)
    return list(dict.fromkeys(chain.from_iterable(rows)))


def _brief_text(claim: Claim, width: int, *, forward: bool = True) -> str:
    """Return a claim as a sentence with its date and its first two sources, indented.

    With `forward` the sentence begins with the subject, else with the object.
    """
    date = "" if claim.date == "date not stated" else claim.date
    disputed = " Another source contradicts it." if claim.rivals else ""
    sentence = claim.with_date(date, inverse=not forward)
    text = fill(f"{sentence}.{disputed}", width=width, indent="   ")
    sources = [", ".join(filter(None, (e.title, e.place))) for e in claim.evidence]
    more = f"; and {len(sources) - 2} more" if len(sources) > 2 else ""
    listed = f"source: {'; '.join(sources[:2])}{more}"
    return f"{text}\n{fill(listed, width=width, indent='      ')}"


def _suggestions() -> str:
    """Return a list of commands to try next, as text."""
    lines = (
        ("allgraph ask", "the list of all questions"),
        ("allgraph ask founders --help", "the parameters of a question"),
        ('allgraph show "Karen Elson"', "all claims about a person"),
        ('allgraph timeline "RESPECT Program"', "dated claims in order"),
        ("allgraph find alliance", "search by name"),
        ('allgraph sparql "SELECT * { ?s ag:signed ?o }"', "any SPARQL query"),
    )
    longest = max(len(line) for line, _ in lines)
    return "\n".join(["\nTry next:", *(f"   {a.ljust(longest)}   {b}" for a, b in lines)])


def command(question: str, values: Mapping[str, str]) -> str:
    """Return the command line that asks a question with some values.

    >>> command("founders", {"body": HOME})
    'allgraph ask founders --body "Model Alliance"'
    """
    parts = [
        f"--{name.replace('_', '-')} " + (f'"{value}"' if " " in value else value)
        for name, value in values.items()
    ]
    return " ".join(["allgraph ask", question, *parts])
