"""Named questions: each one ``.rq`` file, whose header is its only declaration.

```
# Who signed a campaign's open letter?
#
# $campaign  entity  The campaign.
# $since     date    Only signatures on or after this day. []
#
# Example: campaign=id:respect-program
SELECT ?person ?claim WHERE { … $campaign … FILTER(COALESCE(?begin >= $since, true)) }
```

The first paragraph is the help. A parameter has a type (``entity``, ``date``, ``text``,
``number``, or ``choice(a|b)``) and may have a default in brackets; with ``[]`` it may be left
out, and its variable is then unbound. Columns named ``claim`` or ending in ``Claim`` are the
sources of their row. ``# Absence: why`` marks a question about what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from pyoxigraph import Literal, NamedNode, QuerySolutions, Store

from allgraph.errors import (
    DateError,
    FolderError,
    ParameterError,
    QueryError,
    UnknownName,
    UnknownQuestion,
)
from allgraph.model import edtf
from allgraph.rdf import terms
from allgraph.rdf.terms import XSD, Prefixes, Term
from allgraph.sparql.optional import without
from allgraph.sparql.syntax import syntax_error
from allgraph.sparql.tokens import Token, line_of, refuse_service, tokens

Resolve = Callable[[str], NamedNode]

_PARAMETER = re.compile(r"\$(\w+)\s+(\S+)\s+(.*?)(?:\s*\[([^\]]*)\])?\s*")
_CHOICE = re.compile(r"choice\(([^()|]+(?:\|[^()|]+)*)\)")
_TYPES = ("entity", "date", "text", "number")
RESERVED = frozenset(
    ("as_of", "endpoint", "for_spreadsheet", "format", "graph", "help", "include_sensitive",
     "possible", "sources", "timeout", "version")
)  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A parameter of a question. `default` is ``None`` when it is required, ``""`` when it
    may be left out.
    """

    name: str
    type: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is None

    def read(self, text: str, resolve: Resolve) -> Term:
        """A value as a term, or `ParameterError`; `resolve` finds things by name.

        >>> Parameter("since", "date", "").read("2013-07-01", NamedNode).value
        '2013-07-01'
        """
        try:
            return self._read(text, resolve)
        except (DateError, ParameterError) as error:
            raise ParameterError(f"{self.name}: {error.message}") from None
        except UnknownName as error:
            raise UnknownName(f"{self.name}: {error.message}", error.candidates) from None

    def _read(self, text: str, resolve: Resolve) -> Term:
        if self.type == "entity":
            return resolve(text)
        if self.type == "date":
            return Literal(edtf.iso(edtf.day(text)), datatype=NamedNode(XSD + "date"))
        if self.type == "number":
            return terms.number(text)
        if self.type == "choice" and text not in self.choices:
            raise ParameterError(f"“{text}” is none of {', '.join(self.choices)}")
        return terms.literal(text)


@dataclass(frozen=True)
class Query:
    """One question: a SPARQL text and what its header declares."""

    name: str
    path: str
    text: str
    help: str
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[Mapping[str, str], ...] = ()
    absence: str | None = None
    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(terms.BASE), repr=False)

    @property
    def title(self) -> str:
        """The first sentence of the help."""
        return re.split(r"(?<=[.?!])\s", self.help, maxsplit=1)[0]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer; checks the syntax, and raises `QueryError`."""
        try:
            results = Store().query(self.text, prefixes=self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), self.text, self.prefixes, self.path) from None
        if not isinstance(results, QuerySolutions):
            return ()
        return tuple(variable.value for variable in results.variables)

    @property
    def claim_columns(self) -> tuple[str, ...]:
        """The columns that hold the claims behind a row."""
        return tuple(c for c in self.columns if c == "claim" or c.endswith("Claim"))

    @cached_property
    def _tokens(self) -> list[Token]:
        return [*tokens(self.text)]

    def values(self, given: Mapping[str, object], resolve: Resolve) -> dict[str, Term]:
        """Terms for the parameters: those given, else the defaults.

        Texts are read by type; terms are taken as they are. Raises `ParameterError` for an
        unknown, missing or unreadable one.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                offered = ", ".join(known) or "none"
                raise ParameterError(f"“{self.name}” has no parameter {name}; it has {offered}")
        values: dict[str, Term] = {}
        for name, parameter in known.items():
            value = given.get(name)
            if value is None or value == "":
                value = parameter.default
            if value is None:
                raise ParameterError(f"“{self.name}” needs {name}: {parameter.help}")
            if isinstance(value, (NamedNode, Literal)):
                values[name] = value
            elif value != "":
                values[name] = parameter.read(str(value), resolve)
        return values

    def bind(self, values: Mapping[str, Term | Sequence[Term]]) -> str:
        """The SPARQL text with values in place of ``$name``; strings and comments are left.

        A sequence of terms is written side by side, for VALUES. This is the only way by
        which a value enters SPARQL. Of a parameter without a value, see `omissions`.

        >>> Query("q", "q.rq", "ASK { $x ?p '$x' }", "").bind({"x": NamedNode("http://x/a")})
        "ASK { <http://x/a> ?p '$x' }"
        """
        pieces = []
        left_out = {each.name for each in self.parameters} - values.keys()
        for token in without(self._tokens, left_out):
            value = values.get(token.text[1:]) if token.text.startswith("$") else None
            if token.kind != "variable" or value is None:
                pieces.append(token.text)
            else:
                several = value if isinstance(value, (list, tuple)) else [value]
                pieces.append(" ".join(map(str, several)))
                if pieces[-2:-1] == ["<"]:  # a comparison; << would be something else
                    pieces.insert(-1, " ")
        return "".join(pieces)


def read_query(path: Path, name: str, prefixes: Prefixes | None = None) -> Query:
    """Read one question file; `name` is what errors call it. Raises `QueryError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise QueryError(f"cannot be read: {error.strerror}", path=name) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise QueryError("not UTF-8; save the file as UTF-8", path=name, line=line) from None
    return parse_query(text, path.stem, name, prefixes)


def parse_query(text: str, name: str, path: str, prefixes: Prefixes | None = None) -> Query:
    """Read the text of a question file. Raises `QueryError` with file and line."""
    paragraphs: list[list[str]] = [[]]
    parameters: list[Parameter] = []
    examples: list[Mapping[str, str]] = []
    lines: dict[str, int] = {}
    absence = None
    for number, line in _header(text):
        if not line:
            paragraphs.append([])
        elif line.startswith("$"):
            parameters.append(_parameter(line, path, number))
            if parameters[-1].name in lines:
                raise QueryError("a parameter is declared twice", path=path, line=number)
            lines[parameters[-1].name] = number
        elif line.startswith("Example:"):
            examples.append(_example(line.removeprefix("Example:"), path, number))
            lines[f"example {len(examples)}"] = number
        elif line.startswith("Wrong on "):  # which is for engine.dialects
            continue
        elif line == "Absence" or line.startswith("Absence:"):
            absence = line.removeprefix("Absence").lstrip(": ")
        else:
            paragraphs[-1].append(line)
    written = [" ".join(lines) for lines in paragraphs if lines]
    if not written:
        raise QueryError("the file must begin with a comment that says what it asks", path=path)
    query = Query(
        name, path, text, "\n\n".join(written), tuple(parameters), tuple(examples), absence,
        prefixes or Prefixes.of(terms.BASE),
    )  # fmt: skip
    _check_variables(query, lines)
    _check_examples(query, lines)
    return query


def _header(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("#"):
            return
        yield number, line.lstrip("#").strip()


def _parameter(line: str, path: str, number: int) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if match is None:
        raise QueryError(
            "write a parameter as: $name  type  Help. [default]", path=path, line=number
        )
    name, kind, help, default = match.groups()
    choices = _CHOICE.fullmatch(kind)
    if not choices and kind not in _TYPES:
        raise QueryError(
            f"“{kind}” is no type; there are entity, date, text, number and choice(a|b)",
            path=path,
            line=number,
        )
    if name in RESERVED:
        raise QueryError(f"${name} is also an option; give it another name", path=path, line=number)
    options = tuple(choices[1].split("|")) if choices else ()
    parameter = Parameter(name, kind.partition("(")[0], help, default, options)
    if default and parameter.type != "entity":
        try:
            parameter.read(default, NamedNode)
        except ParameterError as error:
            raise QueryError(f"the default of ${error.message}", path=path, line=number) from None
    return parameter


def _example(text: str, path: str, number: int) -> dict[str, str]:
    import shlex

    try:
        pairs = [part.partition("=") for part in shlex.split(text)]
    except ValueError as error:
        raise QueryError(f"the example cannot be read: {error}", path=path, line=number) from None
    if not all(equals for _, equals, _ in pairs):
        raise QueryError(
            'write an example as: name=value other="two words"', path=path, line=number
        )
    return {name: value for name, _, value in pairs}


def _check_variables(query: Query, lines: Mapping[str, int]) -> None:
    """Declared is used, used is declared, and nothing can be mistaken for a parameter."""
    refuse_service(query.text, path=query.path)
    names = [parameter.name for parameter in query.parameters]
    used: set[str] = set()
    plain: set[str] = set()
    for token in tokens(query.text):
        line = line_of(query.text, token.start)
        if token.kind == "iri" and "$" in token.text:
            raise QueryError("write $ in an IRI as %24", path=query.path, line=line)
        if token.kind == "variable":
            (used if token.text[0] == "$" else plain).add(token.text[1:])
            if token.text[0] == "$" and token.text[1:] not in names:
                raise QueryError(f"{token.text} is not declared", path=query.path, line=line)
    for name in names:
        if name not in used:
            raise QueryError(f"${name} is declared and not used", path=query.path, line=lines[name])
        if name in plain:
            message = f"${name} and ?{name} are one variable to SPARQL"
            raise QueryError(message, path=query.path, line=lines[name])


def _check_examples(query: Query, lines: Mapping[str, int]) -> None:
    known = {parameter.name: parameter.required for parameter in query.parameters}
    for number, example in enumerate(query.examples, 1):
        missing = [name for name, required in known.items() if required and name not in example]
        if missing or not set(example) <= set(known):
            message = "an example does not fit the parameters"
            raise QueryError(message, path=query.path, line=lines[f"example {number}"])


class Catalogue(Mapping[str, Query]):
    """Question by name, each read when it is first asked for."""

    def __init__(
        self,
        files: Sequence[Path],
        relative: Callable[[Path], str] = str,
        prefixes: Prefixes | None = None,
        noun: str = "question",
    ) -> None:
        self._files: dict[str, Path] = {}
        self._relative = relative
        self._prefixes = prefixes
        self._read: dict[str, Query] = {}
        for path in files:
            if path.stem in self._files:
                raise FolderError(
                    f"a {noun} “{path.stem}” is inherited; give this one another name",
                    path=relative(path),
                )
            self._files[path.stem] = path

    def __getitem__(self, name: str) -> Query:
        if name not in self._files:
            near = get_close_matches(name, self._files, 3, 0.4)
            hint = f"did you mean {' or '.join(near)}?" if near else "list them with `allgraph ask`"
            raise UnknownQuestion(f"there is no question “{name}”; {hint}")
        if name not in self._read:
            path = self._files[name]
            self._read[name] = read_query(path, self._relative(path), self._prefixes)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files

    def path(self, name: str) -> Path:
        """The file of a question."""
        return self._files[name]
