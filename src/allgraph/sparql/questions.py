"""Named questions: each is one ``.rq`` file, whose leading comment declares it.

```
# Who signed a campaign's open letter?
#
# $campaign  entity  The campaign.
# $since     date    Only signatures on or after this day. []
#
# Example: campaign=id:respect-program
SELECT ?person ?claim WHERE { … $campaign … FILTER(COALESCE(?begin >= $since, true)) }
```

The first paragraph is the help. A parameter has a type (``entity``, ``date``, ``text``, ``number``,
or ``choice(a|b)``); ``entity:Bill|ex:Law`` says of which classes the thing is, those without a
prefix being of ``ag:``. It may have a default in brackets; with ``[]`` it may be left out, and its
variable is then unbound. Columns named ``claim`` or ending in ``Claim`` are the sources of their
row. A column ``lawName`` has the names of the things in the column ``law``, and ``name`` those in
``thing``. ``# Sentences: what, rival`` names columns with claims in place of which the answer has
their sentences. ``# Group: A person`` says what the reader has in hand; lists of questions are in
such groups. ``# Column: rivalWhen: when the other says`` is the heading of a column in tables for
people. ``# Filled: Who signed {campaign}?`` is the title of an answer, with names in place of the
parameters. ``# Absence: why`` marks a question about what is missing. ``# Pages: about $thing``
says which claims rows are about, so that pages of a long answer are made one by one. In the text,
``# Only ag:Event between $first and $last`` says that ``?claim`` is about an event then, dated by
both its days; a predicate in its place, that the claim may hold then. The table of claims has these
claims, so that a large graph is not searched for them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, QuerySolutions, QueryTriples, Store

from allgraph import sandbox
from allgraph.errors import (
    AllgraphError,
    DateError,
    EngineCrash,
    FolderError,
    LoadError,
    ParameterError,
    QueryError,
    UnknownName,
    UnknownQuestion,
)
from allgraph.model import edtf
from allgraph.model.sentences import capitalised
from allgraph.rdf import terms
from allgraph.rdf.files import read_utf8, utf8
from allgraph.rdf.terms import XSD, Prefixes, Term
from allgraph.render.brief import Brief, count, quoted
from allgraph.render.html import element, joined, table
from allgraph.sparql import order
from allgraph.sparql.optional import without
from allgraph.sparql.syntax import refuse_depth, syntax_error
from allgraph.sparql.tokens import Token, iris, is_calm, line_of, refuse_service, tokens

Resolve = Callable[[str], NamedNode]
"""Finds the thing with a name, or raises `UnknownName`."""

_PARAMETER = re.compile(r"\$(\w+)\s+(\S+)\s+(.*?)(?:\s*\[([^\]]*)\])?\s*")
_CHOICE = re.compile(r"choice\(([^()|]+(?:\|[^()|]+)*)\)")
_ENTITY = re.compile(r"entity:([^()|\s]+(?:\|[^()|\s]+)*)")
_PAGES = re.compile(r"(about|from)\s+\$(\w+)")
_COLUMN = re.compile(r"(\w+):\s*(\S.*)")
_SLOT = re.compile(r"\{(\w+)\}")
_DATED = re.compile(r"#\s*Only (\S+) between \$(\w+) and \$(\w+)\s*")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TYPES = ("entity", "date", "text", "number")
_LISTED = 1_000
"""More values than these the engine goes through for each triple that it finds, unless they are in
a subquery, of which it does not see how many there are."""
RESERVED = frozenset(
    "as_of endpoint for_spreadsheet format graph help include_sensitive lang possible quiet "
    "sources timeout version withdrawn".split()
)
"""Names that no parameter may have, since options have them."""


@dataclass(frozen=True, repr=False)
class Parameter(Brief):
    """A parameter of a question.

    `kinds` are the IRIs of the classes of which the thing has to be one, empty for any thing.
    `default` is ``None`` when a value must be given, and ``""`` when it may be left out.

    >>> import allgraph
    >>> parameter = allgraph.open().queries["founders"].parameters[0]
    >>> parameter.name, parameter.type, parameter.required
    ('body', 'entity', True)
    """

    name: str
    type: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """True if a value must be given."""
        return self.default is None

    def _facts(self) -> Iterable[str]:
        return quoted(self.name), self.type, *(["required"] if self.required else [])

    def __str__(self) -> str:
        """Return the name, the type and the help."""
        return f"{self.name} ({self.type}): {self.help}"

    def as_dict(self) -> dict[str, Any]:
        """Return the parameter as a dict for JSON."""
        return {
            "name": self.name,
            "type": self.type,
            "help": self.help,
            "required": self.required,
            "default": self.default,
            "choices": list(self.choices),
        }

    def read(self, text: str, resolve: Resolve) -> Term:
        """Parse the text of a value, by the type of this parameter, as a term.

        An ``entity`` is what `resolve` returns for the text, which may query the graph; a ``date``
        is an xsd:date, a ``number`` an xsd:integer or xsd:decimal. All else is a string, which for
        a ``choice`` must be one of `choices`.

        Raises `ParameterError`, or `UnknownName` with the candidates.

        >>> from pyoxigraph import NamedNode
        >>> str(Parameter("since", "date", "").read("2013-07-01", NamedNode)).partition("^^")[0]
        '"2013-07-01"'
        """
        try:
            return self._read(text, resolve)
        except (DateError, ParameterError) as error:
            raise ParameterError(f"{self.name}: {error.message}") from None
        except UnknownName as error:
            raise UnknownName(f"{self.name}: {error.message}", error.candidates) from None

    def _read(self, text: str, resolve: Resolve) -> Term:
        """Parse the text of a value as a term, as `read` does; errors do not name the parameter.

        Raises `DateError`, `ParameterError`, or what `resolve` raises.
        """
        if self.type == "entity":
            return resolve(text)
        if self.type == "date":
            return Literal(edtf.iso(edtf.day(text)), datatype=NamedNode(XSD + "date"))
        if self.type == "number":
            return terms.number(text)
        if self.type == "choice" and text not in self.choices:
            raise ParameterError(f"“{text}” is none of {', '.join(self.choices)}")
        return terms.literal(text)


@dataclass(frozen=True, repr=False)
class Query(Brief):
    """A named question: its SPARQL text, and what the comment at its head declares.

    `path` is for messages; `absence` says why the question is about what is missing, ``None`` for
    all other questions; `prefixes` may be used in the text without a declaration. `pages` has two
    words where a page of the answer is made alone, else none: ``about`` and the name of a
    parameter, where each row is about one ``?claim`` about this thing (any claim without a value),
    in the order of IRIs; or ``from``, where it is about a ``?claim`` and its ``?evidence`` from
    this source, in the order of places in the source. `group` says what the reader has in hand,
    ``""`` if the question does not. `sentences` are columns with claims, in place of which the
    answer has their sentences. `headings` are those of columns that have one, by column, and
    `filled` the titles of answers, in which ``{name}`` stands for the value of a parameter.

    >>> import allgraph
    >>> query = allgraph.open().queries["founders"]
    >>> [parameter.name for parameter in query.parameters], query.columns
    (['body'], ('thing', 'name', 'when', 'claim', 'dateClaim'))
    """

    name: str
    path: str
    text: str
    help: str
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[Mapping[str, str], ...] = ()
    absence: str | None = None
    pages: tuple[str, ...] = ()
    prefixes: Prefixes = field(default_factory=lambda: Prefixes.of(terms.BASE), repr=False)
    group: str = ""
    sentences: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)
    filled: tuple[str, ...] = ()

    def _facts(self) -> Iterable[str]:
        return quoted(self.name), quoted(self.title), count(len(self.parameters), "parameter")

    def __str__(self) -> str:
        """Return the name and the help."""
        return f"{self.name}: {self.help}"

    def as_dict(self) -> dict[str, Any]:
        """Return the question as a dict for JSON, with its group and parameters; nothing is run."""
        return {
            "name": self.name,
            "help": self.help,
            "group": self.group,
            "parameters": [parameter.as_dict() for parameter in self.parameters],
            "columns": list(self.columns),
        }

    @property
    def title(self) -> str:
        """The first sentence of the help."""
        return re.split(r"(?<=[.?!])\s", self.help, maxsplit=1)[0]

    def title_for(self, values: Mapping[str, str]) -> str:
        """Return the title of an answer; `values` are the texts of the parameters that have one.

        It is the `template_for` them, or the `title`, with these texts.

        >>> import allgraph
        >>> query = allgraph.open().queries["founders"]
        >>> query.title_for({"body": "the Model Alliance"})
        'Who founded the Model Alliance, and when?'
        """
        template = self.template_for(values)
        filled = _SLOT.sub(lambda slot: values[slot[1]], template)
        return capitalised(filled) if template else self.title

    def template_for(self, names: Collection[str]) -> str:
        """Return the one of `filled` with most slots, of those whose slots are among some names.

        Of several with as many it is the first; ``""`` if there is none.
        """
        slots = {template: {*_SLOT.findall(template)} for template in self.filled}
        fitting = [template for template in self.filled if slots[template] <= {*names}]
        return max(fitting, key=lambda one: len(slots[one]), default="")

    def _repr_html_(self) -> str:
        """Return the question as HTML for notebooks: its help, parameters and columns."""
        rows = (
            (
                parameter.name,
                parameter.type,
                parameter.help,
                "needed" if parameter.required else parameter.default or "none",
            )
            for parameter in self.parameters
        )
        columns = ("parameter", "type", "what it is", "default")
        shown = table(columns, rows, len(self.parameters), "parameter")
        named = element("p", "Columns: ", joined((element("code", c) for c in self.columns), ", "))
        about = element("p", element("b", self.name), f": {self.help}")
        return joined([about, shown, *([named] if self.columns else [])])

    @cached_property
    def is_calm(self) -> bool:
        """True if no parser crashes on the text (`tokens.is_calm`); values do not change that."""
        return is_calm(self.text)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the answer; ``()`` for ASK, CONSTRUCT and DESCRIBE.

        Raises `QueryError` when the syntax is wrong.
        """
        return self._form[0]

    @property
    def makes_triples(self) -> bool:
        """True for a CONSTRUCT or DESCRIBE; raises `QueryError` when the syntax is wrong."""
        return self._form[1]

    @cached_property
    def _form(self) -> tuple[tuple[str, ...], bool]:
        """The `columns`, and whether it `makes_triples`, found by a run over an empty store.

        A text on which the parser might crash is parsed in a child process.
        """
        if self.is_calm:
            return self._parsed_form()
        try:
            return sandbox.run(self._parsed_form, what="the question", can_pickle=True)
        except EngineCrash as error:
            raise QueryError(error.message, path=self.path) from None

    def _parsed_form(self) -> tuple[tuple[str, ...], bool]:
        """Return `_form`, worked out in this process."""
        try:
            results = Store().query(self.text, prefixes=self.prefixes)
        except SyntaxError as error:
            raise syntax_error(str(error), self.text, self.prefixes, self.path) from None
        if not isinstance(results, QuerySolutions):
            return (), isinstance(results, QueryTriples)
        return tuple(variable.value for variable in results.variables), False

    @property
    def claim_columns(self) -> tuple[str, ...]:
        """The columns with the claims that support a row: ``claim``, or ending in ``Claim``.

        Raises `QueryError` when the syntax of the query is wrong.
        """
        return tuple(c for c in self.columns if c == "claim" or c.endswith("Claim"))

    @property
    def name_columns(self) -> dict[str, str]:
        """The columns with the names of things, each with the column of their IRIs.

        ``name`` is that of ``thing``, and ``lawName`` that of ``law``. Raises `QueryError` when the
        syntax of the query is wrong.
        """
        pairs = {"name": "thing", **{f"{column}Name": column for column in self.columns}}
        return {name: iri for name, iri in pairs.items() if {name, iri} <= {*self.columns}}

    @property
    def labels(self) -> dict[str, str]:
        """The heading of each column in tables for people.

        It is the one that the question declares, or else the words of the column's name; that of a
        column such as ``lawName`` has those of ``law``. Raises `QueryError` when the syntax of the
        query is wrong.

        >>> import allgraph
        >>> allgraph.open().queries["conflicts"].labels["rivalWhen"]
        'when, by the other'
        """
        names = self.name_columns
        bases = {column: names.get(column, "thing") for column in self.columns}
        words = {c: c if base == "thing" else base for c, base in bases.items()}
        return {
            column: self.headings.get(column) or _HUMP.sub(" ", words[column]).lower()
            for column in self.columns
        }

    @property
    def hidden_columns(self) -> tuple[str, ...]:
        """The columns that a table for people leaves out: claims, and IRIs that have their name.

        Raises `QueryError` when the syntax of the query is wrong.
        """
        return (*self.claim_columns, *sorted({*self.name_columns.values()} - {"thing"}))

    @cached_property
    def iris(self) -> Mapping[str, int]:
        """The IRIs that the text has, and the classes of its parameters, each with its first line.

        The line counts from 1, and is that of the first use.
        """
        lines: dict[str, int] = {}
        for parameter in self.parameters:
            declared = re.search(rf"^#+\s*\${parameter.name}\b", self.text, re.MULTILINE)
            for kind in parameter.kinds:
                lines.setdefault(kind, line_of(self.text, declared.start() if declared else 0))
        for token, iri in iris(self._tokens, self.prefixes):
            lines.setdefault(iri, line_of(self.text, token.start))
        return lines

    @cached_property
    def _tokens(self) -> list[Token]:
        """All tokens of the text, space and comments included; made once and kept."""
        return [*tokens(self.text)]

    @cached_property
    def dated(self) -> tuple[str, str, str] | None:
        """What ``# Only ag:Event between $first and $last`` in the text says of its claims, if any.

        That is the IRI of their predicate or aspect, and the parameters of the first and last day.
        """
        matches = (_DATED.fullmatch(one.text) for one in self._tokens if one.kind == "comment")
        match = next(filter(None, matches), None)
        iri = match and self.prefixes.expand(match[1])
        return (iri, match[2], match[3]) if match and iri else None

    def values(self, given: Mapping[str, object], resolve: Resolve) -> dict[str, Term]:
        """Return a term for each parameter, by name: that of the value given, else the default.

        Optional parameters without a value are left out. Terms are taken as they are; all else
        is parsed by `Parameter.read`, which calls `resolve` for things. A value of ``None`` or
        ``""`` counts as not given. Raises `ParameterError` for an unknown, missing or invalid
        value, and what `resolve` raises.
        """
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                offered = ", ".join(names) or "none"
                raise ParameterError(f"“{self.name}” has no parameter {name}; it has {offered}")
        values: dict[str, Term] = {}
        for parameter in self.parameters:
            name, value = parameter.name, given.get(parameter.name)
            if value is None or value == "":
                value = parameter.default
            if value is None:
                raise ParameterError(f"“{self.name}” needs {name}: {parameter.help}")
            if isinstance(value, (NamedNode, Literal)):
                values[name] = value
            elif value != "":
                values[name] = parameter.read(str(value), resolve)
        return values

    @cached_property
    def _ordered_tokens(self) -> list[Token]:
        """The tokens of the text with its rows in a total order; made once and kept.

        A text on which the parser might crash stays as it is.
        """
        if not self.is_calm or not self.columns:
            return self._tokens
        return order.in_total_order(self._tokens, self.columns)

    @property
    def in_total_order(self) -> str:
        """The text, its parameters as they are, with all columns at the end of ORDER BY."""
        return "".join(token.text for token in self._ordered_tokens)

    def bind(
        self,
        values: Mapping[str, Term | Sequence[Term]],
        *,
        in_total_order: bool = False,
        among: Sequence[Sequence[Term]] | None = None,
        claims: Sequence[Term] | None = None,
    ) -> str:
        """Return the SPARQL text with values in place of ``$name``, but not in strings.

        With `in_total_order`, all columns are added to ORDER BY: rows that it leaves in any order
        are then sorted by them. With `among`, claims or claims with evidence as `pages` says, only
        the rows about these are in the answer. `claims` are those that `dated` speaks of, which are
        then looked at alone.

        A sequence of terms is written side by side, for VALUES. This is the only way by
        which a value enters SPARQL. The variable of a parameter without a value stays, but each
        COALESCE loses its leading arguments that cannot be evaluated without this value.

        >>> Query("q", "q.rq", "ASK { $x ?p '$x' }", "").bind({"x": NamedNode("http://x/a")})
        "ASK { <http://x/a> ?p '$x' }"
        """
        texts: list[str] = []
        left_out = {parameter.name for parameter in self.parameters} - values.keys()
        bound = without(self._ordered_tokens if in_total_order else self._tokens, left_out)
        for token in bound if among is None else self._among(bound, among):
            value = values.get(token.text[1:]) if token.text.startswith("$") else None
            if claims is not None and token.kind == "comment" and _DATED.fullmatch(token.text):
                listed = f"VALUES ?claim {{ {' '.join(map(str, claims))} }}"
                is_long = len(claims) > _LISTED
                texts.append(f"{{ SELECT DISTINCT ?claim {{ {listed} }} }}" if is_long else listed)
            elif token.kind != "variable" or value is None:
                texts.append(token.text)
            else:
                terms = value if isinstance(value, (list, tuple)) else [value]
                texts.append(" ".join(map(str, terms)))
                if texts[-2:-1] == ["<"]:  # a space, lest < and an IRI become the token <<
                    texts.insert(-1, " ")
        return "".join(texts)

    @property
    def _keys(self) -> tuple[str, ...]:
        """The variables that say what a row is about."""
        return ("?claim", "?evidence")[: 2 if "from" in self.pages else 1]

    def _among(self, tokens: Sequence[Token], keys: Sequence[Sequence[Term]]) -> list[Token]:
        """Return the tokens of the text with VALUES for the keys of rows as its first pattern."""
        names = " ".join(self._keys)
        rows = " ".join(f"({' '.join(map(str, key))})" for key in keys)
        at = order.first_brace(tokens) + 1
        return [*tokens[:at], Token("word", f" VALUES ({names}) {{ {rows} }}", 0), *tokens[at:]]


def read_query(path: Path, name: str, prefixes: Prefixes | None = None) -> Query:
    """Read and parse the question file at `path`; messages use `name` as its path.

    The stem of the file is the name of the question. `prefixes` may be used in the text; ``None``
    stands for those of the package. Raises `QueryError`, with the line where there is one, when the
    file cannot be read or is invalid.
    """
    with _query_errors(name):
        text = io.StringIO(read_utf8(path, name).decode(), newline=None).read()  # lines end in \\n
    return parse_query(text, path.stem, name, prefixes)


def read_text(path: Path, name: str) -> str:
    """Return the text of a query file, without a byte order mark; messages use `name` as its path.

    Raises `QueryError` when it cannot be read or is not UTF-8, with the line.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with the character U+0000
        reason = error.strerror if isinstance(error, OSError) else error
        raise QueryError(f"cannot be read: {reason}", path=name) from None
    return decoded(content, name)


def decoded(content: bytes, name: str) -> str:
    """Return the bytes of a query file as text, without a byte order mark.

    `name` is its path for messages. Raises `QueryError` with the line if they are not UTF-8.
    """
    with _query_errors(name):
        return utf8(content, name).decode()


@contextmanager
def _query_errors(name: str) -> Iterator[None]:
    """Raise a `QueryError` about the file `name` in place of a `LoadError` of this block."""
    try:
        yield
    except LoadError as error:
        raise QueryError(error.message, path=name, line=error.line) from None


@lru_cache(512)
def parse_query(text: str, name: str, path: str, prefixes: Prefixes | None = None) -> Query:
    """Parse the text of a question file into a `Query`; `path` is only for messages.

    `prefixes` may be used in the text; ``None`` stands for those of the package. Raises
    `QueryError` with the line when the comment at the head is invalid, does not fit the variables
    of the text, or the text has SERVICE or too deep brackets. The syntax of SPARQL is not checked.
    A text that was parsed before, as one of a graph that is opened again, gives the same object.
    """
    prefixes = prefixes or Prefixes.of(terms.BASE)
    prose: list[str] = []
    parameters: list[Parameter] = []
    examples: list[Mapping[str, str]] = []
    lines: dict[str, int] = {}  # of parameters by name, and of examples by number
    absence, pages, group, sentences = None, tuple[str, ...](), "", tuple[str, ...]()
    headings: dict[str, str] = {}
    filled: list[str] = []
    for number, line in _header(text):
        try:
            if line.startswith("$"):
                parameters.append(_parameter(line, prefixes))
                if parameters[-1].name in lines:
                    raise QueryError("a parameter is declared twice")
                lines[parameters[-1].name] = number
            elif line.startswith("Example:"):
                examples.append(_example(line.removeprefix("Example:")))
                lines[f"example {len(examples)}"] = number
            elif line == "Absence" or line.startswith("Absence:"):
                absence = line.removeprefix("Absence").lstrip(": ")
            elif line.startswith("Pages:"):
                pages = _pages(line.removeprefix("Pages:").strip())
                lines["pages"] = number
            elif line.startswith("Sentences:"):
                sentences = tuple(re.findall(r"[^\s,]+", line.removeprefix("Sentences:")))
                lines["sentences"] = number
                if not sentences:
                    raise QueryError(
                        "list the columns of claims that are shown as sentences, such as: what, "
                        "rival"
                    )
            elif line.startswith("Group:"):
                group = line.removeprefix("Group:").strip()
            elif line.startswith("Column:"):
                column, heading = _heading(line.removeprefix("Column:").strip())
                if column in headings:
                    raise QueryError(f"the column {column} has two headings")
                headings[column] = heading
                lines[f"column {column}"] = number
            elif line.startswith("Filled:"):
                filled.append(line.removeprefix("Filled:").strip())
                lines[f"filled {len(filled)}"] = number
            elif not line.startswith("Wrong on "):  # `endpoint.dialects` reads these lines
                prose.append(line)
        except QueryError as error:
            raise QueryError(error.message, path=path, line=number) from None
    paragraphs = [" ".join(group) for has_text, group in groupby(prose, bool) if has_text]
    if not paragraphs:
        raise QueryError("the file must begin with a comment that says what it asks", path=path)
    help, declared = "\n\n".join(paragraphs), tuple(parameters)
    query = Query(
        name,
        path,
        text,
        help,
        declared,
        tuple(examples),
        absence,
        pages,
        prefixes,
        group,
        sentences,
        headings,
        tuple(filled),
    )
    refuse_service(query.text, path=path)
    refuse_depth(query.text, path=path)
    for line_number, message in _faults(query, lines):
        raise QueryError(message, path=path, line=line_number)
    return query


def _header(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line number, from 1, and the text without ``#`` of each comment line at the head.

    It ends before the first line that does not begin with ``#``.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.startswith("#"):
            return
        yield number, line.lstrip("#").strip()


def _parameter(line: str, prefixes: Prefixes) -> Parameter:
    """Parse a declaration such as ``$since  date  Help. []``; `prefixes` are those of kinds.

    Raises `QueryError`, also for a reserved name and a default that does not fit the type. The
    error has no path and line; the caller adds them.
    """
    match = _PARAMETER.fullmatch(line)
    if match is None:
        raise QueryError("write a parameter as: $name  type  Help. [default]")
    name, kind, help, default = match.groups()
    choices, kinds = _CHOICE.fullmatch(kind), _ENTITY.fullmatch(kind)
    if not (choices or kinds or kind in _TYPES):
        raise QueryError(
            f"“{kind}” is no type; there are entity, entity:Kind, date, text, number and "
            "choice(a|b)"
        )
    if name in RESERVED:
        raise QueryError(f"${name} is also an option; give it another name")
    options = tuple(choices[1].split("|")) if choices else ()
    classes = tuple(_class(written, prefixes) for written in kinds[1].split("|")) if kinds else ()
    parameter = Parameter(name, re.split("[(:]", kind)[0], help, default, options, classes)
    if default and parameter.type != "entity":
        try:
            parameter.read(default, NamedNode)
        except ParameterError as error:
            raise QueryError(f"the default of ${error.message}") from None
    return parameter


def _class(written: str, prefixes: Prefixes) -> str:
    """Return the IRI of a class that is written as a CURIE, or as a name of the ontology.

    Raises `QueryError` for an unknown prefix.
    """
    iri = prefixes.expand(written if ":" in written else f"ag:{written}")
    if iri is None:
        raise QueryError(f"“{written}” has no known prefix; write a kind as Bill or prefix:Bill")
    return iri


def _example(text: str) -> dict[str, str]:
    """Parse an example such as ``campaign=id:x since=2013`` into values by parameter name.

    Raises `QueryError` without path and line, which the caller adds.
    """
    import shlex

    try:
        pairs = [part.partition("=") for part in shlex.split(text)]
    except ValueError as error:
        raise QueryError(f"the example cannot be read: {error}") from None
    if not all(equals for _, equals, _ in pairs):
        raise QueryError('write an example as: name=value other="two words"')
    return {name: value for name, _, value in pairs}


def _pages(text: str) -> tuple[str, ...]:
    """Parse the declaration of what rows are about, such as ``about $thing``.

    Raises `QueryError` without path and line, which the caller adds.
    """
    match = _PAGES.fullmatch(text)
    if match is None:
        raise QueryError("write what rows are about as: about $thing, or from $source")
    return match.groups()


def _heading(text: str) -> tuple[str, str]:
    """Parse the heading of a column, such as ``rivalWhen: when the other says``.

    Raises `QueryError` without path and line, which the caller adds.
    """
    match = _COLUMN.fullmatch(text)
    if match is None:
        raise QueryError("write the heading of a column as: rivalWhen: when the other says")
    return match[1], match[2]


def _faults(query: Query, lines: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """Yield the line and message of each fault in the head of a question, and in its variables.

    `lines` has the line of each parameter by its name, of each example by the key ``example N``,
    N from 1, and of what pages are made of, and sentences, by ``pages`` and ``sentences``; those of
    headings and titles have the keys ``column NAME`` and ``filled N``.
    """
    names = {parameter.name for parameter in query.parameters}
    required = {parameter.name for parameter in query.parameters if parameter.required}
    variables: set[str] = set()
    for token in query._tokens:
        if token.kind == "iri" and "$" in token.text:
            yield line_of(query.text, token.start), "write $ in an IRI as %24"
        if token.kind == "variable":
            variables.add(token.text)
            if token.text[0] == "$" and token.text[1:] not in names:
                yield line_of(query.text, token.start), f"{token.text} is not declared"
    for parameter in query.parameters:
        name = parameter.name
        if f"${name}" not in variables:
            yield lines[name], f"${name} is declared and not used"
        if f"?{name}" in variables:
            yield lines[name], f"${name} and ?{name} are one variable to SPARQL"
    if query.pages:
        things = {parameter.name for parameter in query.parameters if parameter.type == "entity"}
        if query.pages[1] not in things:
            yield lines["pages"], f"${query.pages[1]} is no parameter of type entity"
        for name in {*query._keys} - variables:
            yield lines["pages"], f"{name} is not in the query"
    for column in query.sentences:
        if f"?{column}" not in variables:
            yield lines["sentences"], f"?{column} is not in the query"
    for column in query.headings:
        if f"?{column}" not in variables:
            yield lines[f"column {column}"], f"?{column} is not in the query"
    for number, template in enumerate(query.filled, 1):
        for name in _SLOT.findall(template):
            if name not in names:
                yield lines[f"filled {number}"], f"{{{name}}} is no parameter"
    for number, example in enumerate(query.examples, 1):
        if not required <= example.keys() <= names:
            yield lines[f"example {number}"], "an example does not fit the parameters"


def grouped(queries: Iterable[Query]) -> list[tuple[str, list[Query]]]:
    """Return questions by their groups, in the order of the names of the groups.

    Within a group they keep their order. Those without a group come last, under ``"Other"``.

    >>> [group for group, _ in grouped([Query("b", "", "", ""), Query("a", "", "", "", group="X")])]
    ['X', 'Other']
    """
    groups: dict[str, list[Query]] = {}
    for query in sorted(queries, key=lambda query: (not query.group, query.group)):
        groups.setdefault(query.group or "Other", []).append(query)
    return [*groups.items()]


class Catalogue(Brief, Mapping[str, Query]):
    """A mapping from names to the questions in some files; a file is read at its first look-up.

    >>> import allgraph
    >>> queries = allgraph.open().queries
    >>> "founders" in queries, queries["founders"].title
    (True, 'Who founded a body, and when?')
    """

    def __init__(
        self,
        files: Sequence[Path],
        relative: Callable[[Path], str] = str,
        prefixes: Prefixes | None = None,
        noun: str = "question",
    ) -> None:
        """Make a catalogue of `files`, each a question named by the stem of its path; read none.

        `relative` returns the path of a file for messages, in which `noun` stands for “question”.
        `prefixes` may be used in all questions; ``None`` stands for those of the package. Raises
        `FolderError` when two files have the same name, such as one in a folder and one in a folder
        whose questions it takes over (“inherits”).
        """
        self._files: dict[str, Path] = {}
        self._relative = relative
        self._prefixes = prefixes
        self._noun = noun
        self._queries_read: dict[str, Query] = {}
        """The questions looked up so far, by name."""
        for path in files:
            if path.stem in self._files:
                raise FolderError(
                    f"a {noun} “{path.stem}” is in an extended folder too; "
                    "give this one another name",
                    path=relative(path),
                )
            self._files[path.stem] = path

    def __getitem__(self, name: str) -> Query:
        """Return the question with a name; at its first look-up read its file, and keep it.

        Raises `UnknownQuestion` for an unknown name, `QueryError` for an invalid file.
        """
        if name not in self._files:
            longer = [known for known in self._files if name and name in known][:3]
            near = longer or get_close_matches(name, self._files, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "look at the list of questions"
            raise UnknownQuestion(f"there is no question “{name}”; {hint}")
        if name not in self._queries_read:
            path = self._files[name]
            self._queries_read[name] = read_query(path, self._relative(path), self._prefixes)
        return self._queries_read[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the questions, sorted; no file is read."""
        return iter(sorted(self._files))

    def __len__(self) -> int:
        """The number of questions."""
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        """Return True if a question has a name; no file is read."""
        return name in self._files

    def _facts(self) -> Iterable[str]:
        return (count(len(self), self._noun),)

    def __str__(self) -> str:
        """Return the names of the questions, one on each line."""
        return "\n".join(self)

    def _repr_html_(self) -> str:
        """Return a table of the questions as HTML for notebooks; reads the files of those shown."""
        columns = (self._noun, "what it asks", "parameters")
        return table(columns, map(self._cells, self), len(self), self._noun)

    def _cells(self, name: str) -> tuple[str, str, str]:
        """Return a question's name, title and parameters; for an invalid one, what is wrong."""
        try:
            query = self[name]
        except AllgraphError as error:
            return name, str(error), ""
        optional = (p.name if p.required else f"{p.name} (optional)" for p in query.parameters)
        return name, query.title, ", ".join(optional)

    def path(self, name: str) -> Path:
        """Return the path of the file of a question, unread; `KeyError` for an unknown name."""
        return self._files[name]
