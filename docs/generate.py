"""Writes docs/reference and the shapes of predicates from code, questions and ontology.

``python docs/generate.py`` writes them; the tests fail when a page is not what it would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import click

import allgraph
import manual
import python_reference
from allgraph.cli import cli
from allgraph.cli.environment import EXIT_CODES, VARIABLES
from allgraph.exports import plain
from allgraph.rdf.formats import FORMATS
from allgraph.rdf.terms import local_name, text
from allgraph.server import openapi
from allgraph.server.http.negotiation import KINDS, media_types
from allgraph.server.http.problems import SORTS, TYPES
from allgraph.server.state import Served
from allgraph.sparql.questions import grouped
from predicate_shapes import predicate_shapes

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- Made by docs/generate.py; edit what it reads, not this page. -->\n"


def commands() -> str:
    """Every command with its help."""
    parts = [f"{MADE}\n# Commands\n", _help([], cli)]
    for name in cli.list_commands(click.Context(cli)):
        command = cli.commands[name]
        parts.append(f"## allgraph {name}\n\n{_help([name], command)}")
    return "\n".join(parts)


def _help(path: list[str], command: click.Command) -> str:
    parent = click.Context(cli, info_name="allgraph", terminal_width=78, **cli.context_settings)
    context = parent if not path else command.context_class(
        command, info_name=path[-1], parent=parent, terminal_width=78
    )  # fmt: skip
    return f"```text\n{command.get_help(context)}\n```\n"


def questions() -> str:
    """Every question: what it asks, its parameters, columns and examples."""
    graph = allgraph.open()
    parts = [f"{MADE}\n# Questions\n\nEach is a file in `queries/`, a command and a Python call.\n"]
    for group, queries in grouped(graph.queries.values()):
        names = ", ".join(f"[{query.name}](#{query.name})" for query in queries)
        parts.append(f"**{group}**: {names}\n")
    for query in graph.queries.values():
        parts.append(f"## {query.name}\n\n{query.help}\n")
        for p in query.parameters:
            default = (
                "required" if p.required else f"default `{p.default}`" if p.default else "optional"
            )
            choices = f" ({', '.join(p.choices)})" if p.choices else ""
            parts.append(f"- `{p.name}` *{p.type}*{choices}, {default}: {p.help}")
        if query.parameters:
            parts.append("")
        parts.append(f"Columns: {', '.join(f'`{c}`' for c in query.columns)}.\n")
        if query.absence is not None:
            parts.append(f"This question is about what is absent: {query.absence}\n")
        for example in query.examples:
            rows = len(graph.ask(query.name, **example))
            shown = " ".join(
                f"--{n.replace('_', '-')} {f'{chr(34)}{v}{chr(34)}' if ' ' in v else v}"
                for n, v in example.items()
            )
            parts.append(
                f"Example ({rows} rows): `allgraph ask {query.name} {shown}`\n".replace(
                    " `\n", "`\n"
                )
            )
    return "\n".join(parts)


TERMS = """
SELECT ?term ?type ?label ?comment ?aspect ?sentence ?inverse WHERE {
  ?term rdfs:isDefinedBy <https://w3id.org/allgraph/ns> ; rdfs:label ?label ; a ?type .
  OPTIONAL { ?term rdfs:comment ?comment }
  OPTIONAL { ?term ag:aspect ?aspect }
  OPTIONAL { ?term ag:sentence ?sentence }
  OPTIONAL { ?term ag:inverseSentence ?inverse }
} ORDER BY LCASE(STR(?term)) ?type
"""
JOINS = """
SELECT ?term ?which ?class WHERE {
  ?term rdfs:isDefinedBy <https://w3id.org/allgraph/ns> ; ?which ?class .
  VALUES ?which { schema:domainIncludes schema:rangeIncludes rdfs:subClassOf skos:closeMatch }
} ORDER BY ?term ?which ?class
"""


def ontology() -> str:
    """Every term of the ontology: classes, claimable predicates, the rest."""
    graph = allgraph.open()
    show = graph.prefixes.show
    joins: dict[str, dict[str, list[str]]] = {}
    for row in graph.sparql(JOINS).rows:
        of_term = joins.setdefault(show(row["term"]), {})
        of_term.setdefault(local_name(text(row["which"])), []).append(f"`{show(row['class'])}`")
    sections: dict[str, dict[str, str]] = {
        "Claimable predicates": {},
        "Classes": {},
        "Other terms": {},
    }
    for row in graph.sparql(TERMS).rows:
        term = show(row["term"])
        kind = local_name(text(row["type"]))
        section = (
            "Claimable predicates"
            if row["aspect"]
            else "Classes"
            if kind == "Class"
            else "Other terms"
        )
        if any(term in entries for entries in sections.values()):
            continue
        lines = [f"### {term}\n", f"**{text(row['label'])}**. {text(row['comment'])}\n"]
        if row["aspect"]:
            lines.append(f"- aspect: `{show(row['aspect'])}`")
            lines.append(f"- reads: {text(row['sentence'])} / {text(row['inverse'])}")
        names = {"domainIncludes": "from", "rangeIncludes": "to", "subClassOf": "is a kind of",
                 "closeMatch": "close to"}  # fmt: skip
        for which, said in names.items():
            if which in joins.get(term, {}):
                lines.append(f"- {said}: {', '.join(joins[term][which])}")
        sections[section][term] = "\n".join(lines) + "\n"
    parts = [f"{MADE}\n# Ontology\n\nNamespace `https://w3id.org/allgraph/ns#`, prefix `ag:`.\n"]
    for title, entries in sections.items():
        parts += [f"## {title}\n", *entries.values()]
    return "\n".join(parts)


def http() -> str:
    """Every address of a server, from what it says of itself; formats and problems."""
    whole = openapi.document(Served(allgraph.open(), "/"))
    anywhere = f"Any address may answer {', '.join(_anywhere(whole))}; others are listed.\n"
    parts = [f"{MADE}\n# HTTP\n\n{HTTP_HEAD}{anywhere}"]
    for tag in whole["tags"]:
        name = "SPARQL" if tag["name"] == "sparql" else tag["name"].capitalize()
        parts.append(f"## {name}\n\n{tag['description']}\n")
        if tag["name"] == "questions":
            parts.append(_ask(whole))
            continue
        for path, methods in whole["paths"].items():
            for method, operation in methods.items():
                if operation["tags"] == [tag["name"]]:
                    shown = f"{method.upper()} {_HOLE.sub(lambda name: name[1].upper(), path)}"
                    parts.append(f"### {shown}\n\n{_operation(operation, whole)}")
    parts.append(_formats())
    parts.append(_problems())
    return "\n".join(parts)


_HOLE = re.compile(r"\{(\w+)\}")
HTTP_HEAD = """\
What `allgraph serve` answers. The same, for programs, is at `/openapi.json`.

Every address takes GET, HEAD and OPTIONS; `/sparql` takes POST as well, whose body may be packed
with gzip. `Accept` chooses the format, with weights and wildcards, and `format=NAME` goes before
it: the name, the suffix or the media type of a format. Every answer has `X-Request-Id` and `Vary:
Accept, Accept-Encoding, Accept-Profile, Origin`. An answer of 1 KiB or more is compressed with zstd
or gzip, where `Accept-Encoding` has it. An answer from the data has an `ETag`, another one for each
coding, which stays the same as long as they do; who has it gets 304. Names in paths are
percent-encoded. `Allgraph-Warnings` is a JSON array of texts, in ASCII, beside an answer: each IRI
or graph in a SPARQL query that the graph does not have, each deprecated term, each date without
quotes, and each variable that is selected and nowhere in WHERE, with line and column; the
deprecated and unknown terms of a question; where it has no answer, which dates are reversed
or before all dates of the graph, and with one, as at every route with `as-of`, a day before them;
and how many rows `limit` left out.

A question answers with `limit` rows at most, and with no more than the server sends at once
(`serve --max-rows`); `from-source`, `single-source` and other questions that declare `# Pages:`
with 10,000 at most, which are made without the rest. Rows come in the order of the question, and
those that it leaves in any order are sorted by their columns; `sort` and `where`
[sort and filter them](../how-to/call-the-http-api.md#sort-filter-and-page), before `limit` counts.
Where more follow, the header `Link`
has their address, with `rel="next"`; in JSON with `sources` the `cursor` is also under `next`. A
cursor is of one answer: when the data or the values have changed so that the answer is another one,
it is refused with 400.
See
[how to serve a graph](../how-to/serve.md), and
[how to do so in public](../how-to/serve-in-public.md) for limits and how each says so.
"""


def _anywhere(whole: dict[str, Any]) -> list[str]:
    """The statuses that all addresses have in common."""
    all_of_them = [o["responses"] for each in whole["paths"].values() for o in each.values()]
    return sorted(set.intersection(*map(set, all_of_them)))


def _operation(operation: dict[str, Any], whole: dict[str, Any]) -> str:
    lines = [f"{operation['summary']}\n"]
    lines += [_in_address(each) for each in operation["parameters"] if each["name"] != "format"]
    if len(lines) > 1:
        lines.append("")
    responses: dict[str, Any] = operation["responses"]
    if body := operation.get("requestBody"):
        lines.append(f"Body: {_listed(body['content'])}.\n")
    if "200" in responses:
        lines.append(f"Formats: {_listed(responses['200']['content'])}.\n")
    own = [status for status in responses if status not in _anywhere(whole)]
    lines.append(f"Statuses: {', '.join(own)}.\n")
    return "\n".join(lines)


def _in_address(each: dict[str, Any]) -> str:
    schema = each["schema"]
    many = schema.get("type") == "array"
    schema = schema["items"] if many else schema
    hints = ["required" if each["required"] else "optional", *(["again and again"] if many else [])]
    if "enum" in schema:
        hints.append(f"one of {', '.join(f'`{value}`' for value in schema['enum'])}")
    elif schema.get("type") == "integer":
        hints.append(f"{schema['minimum']} to {schema['maximum']:,}")
    elif schema.get("type") == "boolean":
        hints.append("`true` or `false`")
    return f"- `{each['name']}`, {', '.join(hints)}: {each['description']}"


def _ask(whole: dict[str, Any]) -> str:
    """What all questions have in common; their own parameters are on a page of theirs."""
    asked = [m["get"] for m in whole["paths"].values() if m["get"]["tags"] == ["questions"]]
    names = [{each["name"] for each in operation["parameters"]} for operation in asked]
    common = set.intersection(*names)
    one = {**asked[0], "summary": "The answer to a question of the graph, such as `founders`. "
           "It takes the\n[parameters of the question](questions.md) and these:"}  # fmt: skip
    one["parameters"] = [
        {**each, "description": each["description"].partition(" Columns: ")[0]}
        for each in one["parameters"]
        if each["name"] in common
    ]
    return f"### GET /ask/QUESTION\n\n{_operation(one, whole)}"


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _formats() -> str:
    lines = ["## Formats\n", "| name | media type | of |", "| --- | --- | --- |"]
    sent = {name for kind in KINDS for name in media_types(kind)}
    for each in FORMATS:
        kinds = [kind for kind in KINDS if kind in each.kinds]
        if kinds and each.media_type in sent:
            lines.append(f"| {each.name} | `{each.media_type}` | {', '.join(kinds)} |")
    also = "`html`, `text` and `json` are formats of questions, where they are listed."
    return "\n".join([*lines, "", f"{also}\n"])


def _problems() -> str:
    head = (
        "What goes wrong is told as `application/problem+json` (RFC 9457), or as a page to a\n"
        "browser. `detail` says what, in the words of the command line; there may be `line` and\n"
        "`column` of a query, `limit` for what was exceeded, and `candidates` for a name. The\n"
        f"`type` is `{TYPES}` with one of:\n"
    )
    lines = ["## Problems\n", head, "| type | status | title |", "| --- | --- | --- |"]
    lines += [f"| {each.name} | {each.status} | {each.title} |" for each in SORTS.values()]
    return "\n".join([*lines, ""])


TABLES_HEAD = """\
`allgraph export --table people people.csv` and so on; see
[how to export](../how-to/export.md#people-bodies-bills-and-votes). The columns are the same for
every graph. A version may add some before `claims`; none is renamed or removed within a minor one.
"""


def tables() -> str:
    """The columns of the plain tables."""
    parts = [f"{MADE}\n# Columns of plain tables\n\n{TABLES_HEAD}"]
    for table, kinds in plain.KINDS_OF.items():
        classes = " or ".join(f"`ag:{kind}`" for kind in kinds if kind != "Party")
        parts += [f"## {table}\n", f"A row for each {classes}.\n"]
        parts += ["| column | holds | from |", "| --- | --- | --- |"]
        parts += [f"| `{name}` | {what} | {said} |" for name, what, said in plain.described(table)]
        parts.append("")
    return "\n".join(parts)


PYTHON_HEAD = """\
# Python

All that `import allgraph` gives. [Use the Python package](../how-to/use-from-python.md) is where to
begin. Names, types and defaults are as they are written in the package, which type checkers read.

- Results are frozen: nobody can change them, and threads may share them, and graphs.
- A thing is given by its IRI, a CURIE such as `id:coco-rocha`, its name, or a term of pyoxigraph.
- A day is given as `"2013-07-01"`, and comes as `(2013, 7, 1)`. `when` is
  [EDTF](../explanation/time.md), as exact as the source.
- Texts are counted in characters from 0, without the end; lines, pages and places from 1. Time is
  in seconds, sizes in bytes. `""` and `None` stand for what is not known.
- `progress` is called with a message before each step of long work; messages also go to the logger
  `allgraph`.
- What goes wrong is a subclass of [`AllgraphError`](#class-allgraphallgrapherror).
"""


def python() -> str:
    """Every public name of the package, from its source."""
    return python_reference.page(f"{MADE}\n{PYTHON_HEAD}")


def environment() -> str:
    """Every environment variable and exit code of the command line."""
    lines = [f"{MADE}\n# Environment and exit codes\n", ENVIRONMENT_HEAD]
    lines += ["## Environment variables\n", "| variable | what it does |", "| --- | --- |"]
    lines += [f"| `{name}` | {_marked(what)} |" for name, what in VARIABLES]
    lines += ["", "## Exit codes\n", "| code | when |", "| --- | --- |"]
    lines += [f"| {code} | {what} |" for code, what in EXIT_CODES.items()]
    return "\n".join([*lines, ""])


ENVIRONMENT_HEAD = """\
What the command line reads from the environment, and tells by its exit code. An option goes before
its variable. The Python package reads none of these but `TMPDIR`.
"""


def _marked(text: str) -> str:
    """A text with its options, variables and paths as code."""
    return re.sub(r"--\w+|ALLGRAPH_\w+|~/\S+\w", lambda match: f"`{match[0]}`", text)


PICTURES = {
    "matrix": ("matrix", "RESPECT open letter (2018)"),
    "track": ("track", "id:ny-2013-s5486"),
    "votes": ("votes", "id:s5486-labor-committee-vote"),
    "disagreement": ("disagreement", "Model Alliance"),
    "neighbourhood": ("neighbourhood", "RESPECT Program"),
    "paths": ("paths", "Coco Rocha", "Andrew Cuomo"),
}
"""The pictures of the guide to them: the kind, and what each is of."""


def picture(kind: str, *names: str) -> str:
    """A picture of the built-in graph."""
    graph = allgraph.open()
    if kind == "paths":
        return allgraph.paths(graph, *names).write("svg").decode()
    return allgraph.picture(graph, kind, *names).content().decode()


PAGES: dict[str, Callable[[], str]] = {
    "ontology/shapes/predicates.ttl": predicate_shapes,
    "docs/reference/http.md": http,
    "docs/reference/python.md": python,
    "docs/reference/commands.md": commands,
    "docs/reference/questions.md": questions,
    "docs/reference/ontology.md": ontology,
    "docs/reference/tables.md": tables,
    "docs/reference/environment.md": environment,
    "docs/reference/allgraph.1": manual.page,
    **{
        f"docs/reference/pictures/{name}.svg": partial(picture, *of)
        for name, of in PICTURES.items()
    },
}


def main() -> None:
    """Write all pages."""
    for name, make in PAGES.items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
