"""What is wrong with a code block of a page as it stands, without running it.

Other languages than those that `examples` runs are what their parsers take. Turtle and SPARQL have
the prefixes of the built-in graph, and ``ex:``.
"""

from __future__ import annotations

import ast
import doctest
import json
import re
import subprocess
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

import yaml
from pyoxigraph import RdfFormat, Store, parse

from allgraph.folder import builtin


def sessions(block: str) -> list[tuple[str, str]]:
    """The commands of a ``console`` block, each with its output."""
    return [_split(part) for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]


def _split(part: str) -> tuple[str, str]:
    lines = part.splitlines(keepends=True)
    end = next(i for i, line in enumerate(lines) if not line.endswith("\\\n"))
    if "<<'END'" in lines[end]:
        end = lines.index("END\n")
    return "".join(lines[: end + 1]).rstrip("\n"), "".join(lines[end + 1 :])


def fault(fence: str, body: str) -> str:
    """What is wrong with a block, or nothing; `fence` is the language, and what follows it."""
    language, _, info = fence.strip().partition(" ")
    if info.startswith("file="):
        language = _FILES.get(language, language)
    if language not in _CHECKS:
        return f"a block in the language “{language}”; known are {', '.join(_CHECKS)}"
    try:
        _CHECKS[language](body)
    except (ValueError, SyntaxError, yaml.YAMLError) as error:
        return f"{language}: {error}"
    return ""


def _check_shell(body: str) -> None:
    done = subprocess.run(
        ["bash", "-n", "-c", body], capture_output=True, check=False, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise ValueError(done.stderr)


def _check_console(body: str) -> None:
    if not body.startswith("$ "):
        raise ValueError("a session begins with a command after “$ ”")
    _check_shell("\n".join(command for command, _ in sessions(body)))


def _check_session(body: str) -> None:
    if not body.startswith(">>> "):
        raise ValueError("a session begins with “>>> ”")
    for example in doctest.DocTestParser().get_examples(body):
        compile(example.source, "<example>", "single")


def _check_brackets(body: str) -> None:
    if any(body.count(opening) != body.count(closing) for opening, closing in ("{}", "()", "[]")):
        raise ValueError("brackets do not match")


def _check_text(body: str) -> None:
    if re.match(r"\$ |>>> |allgraph (?!\[)", body):
        raise ValueError("what is typed is no text; its language is console, python or sh")


@cache
def _prefixes() -> dict[str, str]:
    return {**builtin().prefixes, "ex": "https://example.org/"}


def _check_turtle(body: str) -> None:
    head = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in _prefixes().items())
    list(parse(head + body, RdfFormat.TURTLE))


def _check_sparql(body: str) -> None:
    Store().query(body, prefixes=_prefixes())


def _check_nginx(body: str) -> None:
    _check_brackets(body)
    for line in filter(None, map(str.strip, body.splitlines())):
        if not line.endswith((";", "{", "}")):
            raise ValueError(f"no semicolon after {line}")


def _check_apache(body: str) -> None:
    for name in re.findall(r"^ *</?(\w+)", body, re.MULTILINE):
        if len(re.findall(rf"<{name} .+>", body)) != body.count(f"</{name}>"):
            raise ValueError(f"{name} is not closed")


def _check_dockerfile(body: str) -> None:
    for line in re.sub(r"\\\n|^ *#.*\n", "", body, flags=re.MULTILINE).splitlines():
        if not re.match(r"(?:ARG|CMD|COPY|ENTRYPOINT|ENV|FROM|RUN|USER|WORKDIR) .", line):
            raise ValueError(f"not an instruction: {line}")


_FILES = {"python": "pyi"}
"""What a file in a language is parsed as, where that is not what a session is."""
_CHECKS: dict[str, Callable[[str], Any]] = {
    "console": _check_console,
    "python": _check_session,
    "pyi": ast.parse,
    "ts": _check_brackets,
    "sh": _check_shell,
    "text": _check_text,
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
    "turtle": _check_turtle,
    "sparql": _check_sparql,
    "nginx": _check_nginx,
    "apache": _check_apache,
    "dockerfile": _check_dockerfile,
}
