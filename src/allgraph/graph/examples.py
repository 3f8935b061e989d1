"""Run the examples of questions, and compare their rows with the expected ones.

Beside ``queries/board-members.rq`` lies ``queries/board-members.1.csv`` for its first example,
``.2.csv`` for the second: the rows as CSV, IRIs as CURIEs, in any order.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from allgraph.errors import AllgraphError
from allgraph.graph.graph import Graph
from allgraph.graph.prose import counted
from allgraph.rdf.files import read_regular
from allgraph.sparql.answer import Answer
from allgraph.sparql.questions import Query
from allgraph.writing import put

Rows = list[tuple[str, ...]]


@dataclass(frozen=True)
class ExampleOutcome:
    """The outcome of one example: `problem` is empty when it gave the expected rows."""

    question: str
    example: str
    path: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True if the rows were as expected."""
        return not self.problem


def check(graph: Graph, *, update: bool = False) -> Iterator[ExampleOutcome]:
    """Run the examples of the folder's own questions, and yield an outcome for each.

    Its own are those in its ``queries``, not in that of a folder that it extends. A question
    without an example is a problem, and so is one that cannot be read or whose columns break the
    rules. Each example is a query; its rows are compared with a file beside the question,
    ``NAME.1.csv`` for the first example. With `update` that file is written instead, which may
    raise `WriteError`.
    """
    own = {path.stem for path in (graph.folder.root / "queries").glob("*.rq")}
    for name in graph.queries:
        if name not in own:
            continue
        path = graph.queries.path(name)
        try:
            query = graph.queries[name]
            problem = rule_broken(query)
        except AllgraphError as error:
            yield ExampleOutcome(name, "", graph.folder.relative(path), error.message)
            continue
        if problem:
            yield ExampleOutcome(name, "", query.path, problem)
        for number, example in enumerate(query.examples, 1):
            yield _run_example(graph, query, example, path.with_suffix(f".{number}.csv"), update)


def rule_broken(query: Query) -> str:
    """Return in words which rule of question files a question breaks; ``""`` when none.

    It needs an example; and a column of claims, unless its file declares with ``# Absence`` that it
    is about what is missing.
    """
    if not query.examples:
        return "it has no example; add a line such as # Example: name=value"
    if query.absence is None and not query.claim_columns:
        return "no column is named claim or …Claim, so its rows have no sources"
    return ""


def text_of(answer: Answer) -> str:
    """Return the rows of an answer as CSV, as in a file of expected rows."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows(_cells(answer))
    return table.getvalue()


def _run_example(
    graph: Graph, query: Query, example: Mapping[str, str], path: Path, update: bool
) -> ExampleOutcome:
    """Ask the question of one example, and compare the rows with the file `path`.

    `example` has values of parameters by name. With `update` the rows are written to the file
    instead, which may raise `WriteError`. An error of the question becomes the problem of the
    outcome.
    """
    shown = " ".join(f"{name}={value}" for name, value in example.items())
    place = graph.folder.relative(path)
    try:
        answer = graph.ask(query.name, **example)
    except AllgraphError as error:
        return ExampleOutcome(query.name, shown, query.path, error.message)
    if update:
        put(path, text_of(answer).encode())
        return ExampleOutcome(query.name, shown, place)
    return ExampleOutcome(query.name, shown, place, _difference(answer, path))


def _difference(answer: Answer, path: Path) -> str:
    """Read the file of expected rows, and return in words how an answer differs; ``""`` if not.

    The order of rows does not count, but how often each is there. A file that is missing or cannot
    be read is a difference too.
    """
    try:
        text = read_regular(path).decode()
        expected = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]
    except FileNotFoundError:
        return "there are no expected rows yet; write them with `allgraph test --update`"
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return f"the expected rows cannot be read: {error}"
    if not expected or expected[0] != answer.columns:
        return f"the columns are {', '.join(answer.columns)}"
    missing = Counter(expected[1:]) - Counter(_cells(answer))
    extra = Counter(_cells(answer)) - Counter(expected[1:])
    parts = (
        [f"{counted(missing.total(), 'row')} missing, first {_first(missing)}"] if missing else []
    )
    parts += [f"{counted(extra.total(), 'row')} too many, first {_first(extra)}"] if extra else []
    return "; ".join(parts)


def _cells(answer: Answer) -> Rows:
    """Return the cells of an answer as texts, row by row, with IRIs as CURIEs."""
    show = answer.prefixes.show
    return [tuple(show(row[column]) for column in answer.columns) for row in answer.rows]


def _first(rows: Counter[tuple[str, ...]]) -> str:
    """Return the row that sorts first, its cells joined with bars."""
    return " | ".join(min(rows))
