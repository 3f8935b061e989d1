"""Writes the pages under docs/reference from the code, the questions and the ontology.

``python docs/generate.py`` writes them; the tests fail when a page is not what it would write.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

import allgraph
from allgraph.cli import cli
from allgraph.terms import local_name, text

REFERENCE = Path(__file__).resolve().parent / "reference"
MADE = "<!-- Made by docs/generate.py; edit what it reads, not this page. -->\n"


def commands() -> str:
    """Every command with its help."""
    parts = [f"{MADE}\n# Commands\n", _help([], cli)]
    for name in cli.list_commands(click.Context(cli)):
        command = cli.commands[name]
        parts.append(f"## allgraph {name}\n\n{_help([name], command)}")
    return "\n".join(parts)


def _help(path: list[str], command: click.Command) -> str:
    parent = click.Context(cli, info_name="allgraph", terminal_width=78)
    context = parent if not path else command.context_class(
        command, info_name=path[-1], parent=parent, terminal_width=78
    )  # fmt: skip
    return f"```text\n{command.get_help(context)}\n```\n"


def questions() -> str:
    """Every question: what it asks, its parameters, columns and examples."""
    graph = allgraph.open()
    parts = [f"{MADE}\n# Questions\n\nEach is a file in `queries/`, a command and a Python call.\n"]
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


PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands,
    "questions.md": questions,
    "ontology.md": ontology,
}


def main() -> None:
    """Write all pages."""
    for name, make in PAGES.items():
        (REFERENCE / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
