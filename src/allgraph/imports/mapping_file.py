"""Reading of mappings from their files, with an error for each mistake that names its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from allgraph.errors import FolderError, LoadError
from allgraph.folder import Folder
from allgraph.folder.folder import read_toml
from allgraph.imports import templates
from allgraph.imports.dates import Forms
from allgraph.imports.mapping import (
    CASES,
    FILE,
    NUMBER,
    ClaimSpec,
    ClaimsSpec,
    Condition,
    Filling,
    Mapping,
    Path_,
    Ref,
    Source,
    ThingSpec,
    Variable,
)
from allgraph.imports.templates import Line, Slot, Template, TemplateError
from allgraph.imports.terms import Predicate, Terms
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import iri_or_none

T = TypeVar("T", bool, None)
FOLDER = "imports"
"""The directory of mappings in a graph folder."""
_OPTIONS = ("entries", "sheet", "delimiter", "encoding")
_OF_PAGE = ("version", "file", "line", "row")
_TABLES = re.compile(r"\.(?:csv|tsv|xlsx?|ods|parquet)(?:\.gz|\.zst)?$")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
KEYS = {
    "": ("records", "entries", "sheet", "delimiter", "encoding", "key", "ids", "ignore", "count",
         "max-problems", "after", "source", "names", "clean", "where", "let", "things", "claims"),
    "source": ("iri", "label", "address", "page", "licence", "publisher", "version", "read",
               "earliest", "latest", "current"),
    "clean": ("empty", "dates", "trim"),
    "let": ("each", "from", "text", "part", "by", "match", "case", "map",
            "default"),
    "things": ("each", "id", "iri", "a", "label", "text", "kind", "needs", "same"),
    "claims": ("each", "key", "where", "say", "current", "sensitive"),
}  # fmt: skip
"""The keys of each table of a mapping."""


def names(folder: Folder) -> list[str]:
    """Return the names of the mappings of a folder, each after those that its ``after`` names.

    Raises `FolderError` for a circle of ``after``, or a name in it that there is none of.
    """
    paths = {path.stem: path for path in sorted((folder.root / FOLDER).glob("*.toml"))}
    after = {name: read_toml(path).get("after", []) for name, path in paths.items()}
    for name, others in after.items():
        if isinstance(others, str):
            after[name] = [others]
        elif not isinstance(others, list) or not all(isinstance(other, str) for other in others):
            raise FolderError("after must be a list of texts", path=paths[name])
    done: list[str] = []

    def put(name: str, below: tuple[str, ...]) -> None:
        if name in below:
            circle = " → ".join((*below, name))
            raise FolderError(f"“after” goes round in a circle: {circle}", path=paths[name])
        if name not in done:
            for other in after[name]:
                if other not in paths:
                    raise FolderError(
                        f"“after” names {other}; there is no such mapping", path=paths[name]
                    )
                put(other, (*below, name))
            done.append(name)

    for name in paths:
        put(name, ())
    return done


def read_mapping(folder: Folder, name: str, terms: Terms) -> Mapping:
    """Read and check the mapping of a name in a folder.

    Raises `FolderError` with file and line for one that is missing or wrong.
    """
    path = folder.root / FOLDER / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.toml"))) or "none"
        raise FolderError(
            f"there is no mapping {name}; the folder has {known}. "
            "Write one by hand, or have `allgraph import` draft one"
        )
    return read_text(folder, path, read_utf8(path, folder.relative(path)).decode(), terms)


def read_text(folder: Folder, path: Path, text: str, terms: Terms) -> Mapping:
    """Check the text of a mapping, and return it; `path` is its file. Raises `FolderError`."""
    if not _NAME.fullmatch(path.stem):
        raise FolderError("name a mapping with small letters, digits and hyphens", path=path)
    return _Reader(folder, path, text, terms).mapping()


class _Reader:
    """Reads one mapping; every error has the file and, where it is known, the line."""

    def __init__(self, folder: Folder, path: Path, text: str, terms: Terms) -> None:
        """Parse the text; raises `FolderError`."""
        self._folder, self._terms = folder, terms
        self._path, self._text = path, text
        self._text_of_maps = ""  # of files that the mapping names
        self._shown = Path(folder.relative(path))
        self._toml = read_toml(self._shown, text)
        self._check_keys(self._toml, "", "")
        for table in ("names", "where", "let", "things", "source", "clean"):
            if not isinstance(self._toml.get(table, {}), dict):
                self._fail(f"[{table}] must be a table", table)
        self._is_flat = self._names_table()
        self._variables: dict[str, Variable] = {}
        self._reading: list[str] = []  # the variables that are being read
        self._things: dict[str, ThingSpec] = {}
        self._used: dict[Path_, int | None] = {}  # with the lines that use them first

    def mapping(self) -> Mapping:
        """Return the mapping."""
        toml = self._toml
        clean = self._table("clean")
        for name in self._table("let"):
            self._variable(name)
        for name in self._table("things"):
            self._thing(name)
        claims = toml.get("claims", [])
        if not isinstance(claims, list) or not claims:
            self._fail("a mapping needs [[claims]] with say = …", "claims")
        specs = tuple(self._claims(number, table) for number, table in enumerate(claims))
        ids = toml.get("ids", "")
        if ids not in ("", "ledger"):
            self._fail('ids can only be "ledger"', "ids")
        options: dict[str, str] = {
            k: self._string(toml, k)
            for k in ("entries", "sheet", "delimiter", "encoding")
            if k in toml
        }
        forms = self._texts(clean, "dates") if "dates" in clean else ["EDTF"]
        try:
            parsed_forms = Forms(forms)
        except ValueError as error:
            self._fail(str(error), "dates")
        mapping = Mapping(
            name=self._path.stem,
            path=self._path,
            text=self._text + self._text_of_maps,
            records=self._string(toml, "records", needed=True),
            options=options,
            key=self._refs(toml, "key", ()),
            has_ledger=ids == "ledger",
            ignored=tuple(self._field_path(name) for name in self._texts(toml, "ignore")),
            count=self._count(),
            max_problems=self._max_problems(),
            after=tuple(self._texts(toml, "after")),
            source=self._source(),
            empty=frozenset(self._texts(clean, "empty")),
            trim=self._bool(clean, "trim", True),
            forms=parsed_forms,
            where=self._conditions(self._table("where"), ()),
            claims=specs,
            patterns=self._terms.patterns,
        )
        return replace(mapping, is_flat=self._is_flat, used=self._used)

    # ---- The parts

    def _source(self) -> Source:
        """Return the source that ``[source]`` describes."""
        table = self._table("source")
        self._check_keys(table, "source", "[source]")
        texts = {
            key: self._string(table, key)
            for key in (
                "iri",
                "label",
                "address",
                "page",
                "licence",
                "publisher",
                "version",
                "read",
                "earliest",
                "latest",
            )
        }
        prefix = f"{self._folder.base}source/"
        iri = self._iri(texts["iri"] or f"source:{self._path.stem}", "iri")
        if not re.fullmatch(re.escape(prefix) + r"[^/#?]+", iri):
            self._fail(f"the IRI of a source begins with {prefix}; write source:some-name", "iri")
        if not texts["label"]:
            self._fail("[source] needs a label, the title of the source", "[source]")
        if unknown := {*re.findall(r"\{(.*?)\}", texts["page"])} - {
            "version",
            "file",
            "line",
            "row",
        }:
            self._fail(
                f"page has {{{min(unknown)}}}; there are version, file, line and row", "page"
            )
        address = texts["address"] or ("" if "{" in texts["page"] else texts["page"])
        if not re.match(r"https?://", address) or iri_or_none(address) is None:
            self._fail(
                "[source] needs an address, the http(s) address of the whole source", "[source]"
            )
        for key in ("read", "earliest", "latest"):
            if texts[key] and not re.fullmatch(r"\d{4}-\d\d-\d\d", texts[key]):
                self._fail(f"{key} must be a day, such as 2026-11-20", key)
        if texts["licence"] and not re.match(r"https?://", texts["licence"]):
            texts["licence"] = LICENCES.get(texts["licence"], "")
            if not texts["licence"]:
                self._fail(
                    f"licence must be an address, or one of {', '.join(LICENCES)}", "licence"
                )
        current = table.get("current")
        if current is not None and not isinstance(current, (bool, dict)):
            self._fail(
                'current must be true, or conditions such as { folder = ["now"] }', "current"
            )
        conditions = self._conditions(current, ()) if isinstance(current, dict) else ()
        return Source(
            **{**texts, "iri": iri, "address": address}, current=conditions if current else None
        )

    def _variable(self, name: str) -> Variable:
        """Return the variable of a name, with those that it is made of."""
        if name in self._variables:
            return self._variables[name]
        if name in self._reading:
            circle = " → ".join((*self._reading[self._reading.index(name) :], name))
            self._fail(f"[let] goes round in a circle: {circle}", f"{name} ")
        self._reading.append(name)
        table = self._inner(self._table("let"), name, "let")
        if ("from" in table) == ("text" in table):
            self._fail(
                f"{name} in [let] needs either from, the name of a field, or text", f"{name} "
            )
        list_path = self._each(table)
        text = table["text"] if "text" in table else f"{{{table['from']}}}"
        part, match = table.get("part"), table.get("match")
        words: Any = table.get("map")
        if part is not None and (type(part) is not int or part == 0):
            self._fail("part counts from 1, or from -1 at the end", "part")
        words = self._pairs(words) if isinstance(words, str) else words
        if isinstance(words, list) and all(isinstance(w, list) and len(w) == 2 for w in words):
            words = {str(word): meaning for word, meaning in words}
        if words is not None and not _is_table_of_texts(words):
            self._fail(
                'map must be a table such as { upper = "Senate" }, pairs, or a CSV file beside the '
                'mapping such as "chambers.csv"', "map",
            )  # fmt: skip
        case = table.get("case", "")
        if case not in ("", *CASES):
            self._fail(f"case must be one of {', '.join(CASES)}", "case")
        try:
            pattern = None if match is None else re.compile(match)
        except (re.error, TypeError) as error:
            self._fail(f"match is no regular expression: {error}", "match")
        default = self._filling(table["default"], list_path) if "default" in table else None
        variable = Variable(
            name, list_path, self._filling(text, list_path, "" if "text" in table else f"{name} "),
            part, self._string(table, "by") or "/", pattern, words, default, case,
        )  # fmt: skip
        self._reading.pop()
        self._variables[name] = variable
        return variable

    def _pairs(self, name: str) -> list[list[str]]:
        """Return the rows, after the first, of a CSV file of two columns beside the mapping."""
        path = self._path.parent / name
        if not re.fullmatch(r"[\w-]+\.csv", name) or not path.is_file():
            self._fail(f"map = “{name}” is no CSV file beside the mapping", f'"{name}"')
        shown = self._folder.relative(path)
        try:
            text = read_utf8(path, shown).decode()
        except LoadError as error:
            self._fail(str(error), f'"{name}"')
        rows = [*csv.reader(io.StringIO(text, newline=""))]
        for line, row in enumerate(rows, 1):
            if len(row) != 2:
                self._fail(f"{shown}: row {line} must have a word and its meaning", f'"{name}"')
        self._text_of_maps += text
        return rows[1:]

    def _thing(self, name: str) -> ThingSpec:
        """Return the thing of a name."""
        if name in self._things:
            return self._things[name]
        table = self._inner(self._table("things"), name, "things")
        line = self._line(f"{name} ")
        list_path = self._each(table)
        if ("id" in table) == ("iri" in table):
            self._fail(f"{name} needs either id, or iri", f"{name} ")
        if "a" not in table:
            self._fail(f"{name} in [things] needs a, its class", f"{name} ")
        refs = {
            key: tuple(
                self._ref(Slot(self._field_path(n)), list_path, n) for n in self._texts(table, key)
            )
            for key in ("needs", "same")
        }
        kind = table.get("kind")
        self._things[name] = ThingSpec(
            name, list_path,
            self._filling(table.get("id", table.get("iri")), list_path), "iri" in table,
            self._term(self._terms.kind, table["a"]),
            self._filling(table["label"], list_path) if "label" in table else None,
            self._filling(table["text"], list_path) if "text" in table else None,
            self._constant(
                self._filling(kind, list_path) if kind is not None else None,
                self._terms.classification, str(kind),
            ),
            **refs, line=line,
        )  # fmt: skip
        return self._things[name]

    def _claims(self, number: int, table: Any) -> ClaimsSpec:
        """Return the claims of one table ``[[claims]]``."""
        if not isinstance(table, dict):
            self._fail("[[claims]] must be a table", "claims")
        self._check_keys(table, "claims", "[[claims]]")
        list_path = self._each(table)
        lines = [table["say"]] if isinstance(table.get("say"), str) else self._texts(table, "say")
        if not lines:
            self._fail('[[claims]] needs say, lines such as "person hasName {name}"', "[[claims]]")
        key = tuple(
            self._ref(Slot(self._field_path(n)), list_path, n) for n in self._texts(table, "key")
        )
        return ClaimsSpec(
            number, list_path, key,
            self._conditions(table.get("where", {}), list_path),
            tuple(self._claim(line, list_path) for line in lines),
            self._bool(table, "current", None), self._bool(table, "sensitive", False),
            self._line(lines[0]),
        )  # fmt: skip

    def _claim(self, text: str, list_path: Path_) -> ClaimSpec:
        """Return the claim that one line says."""
        try:
            line = templates.parse_line(text)
        except TemplateError as error:
            self._fail(str(error), text)
        predicate = self._terms_predicate(line.predicate, text)
        options = {key: word.template for key, word in line.options.items()}
        when = self._when(options["when"], list_path, text) if "when" in options else ()
        role = self._filled(options.get("as"), list_path, text)
        scheme = self._filled(options.get("scheme"), list_path, text)
        spec = ClaimSpec(
            line, predicate,
            self._end(line.subject, list_path, text),
            self._object(line, predicate, list_path, text, bool(scheme)),
            when,
            self._constant(role, lambda name: self._terms.role(name, predicate), text),
            self._constant(scheme, self._terms.scheme, text),
            options["lang"].text if "lang" in options else "",
            self._filled(options.get("ordinal"), list_path, text),
            self._end(options["by"].text, list_path, text) if "by" in options else None,
            self._filled(options.get("note"), list_path, text),
            self._filled(options.get("interpreted"), list_path, text),
        )  # fmt: skip
        return _with_place(spec, len(list_path))

    def _object(
        self, line: Line, predicate: Predicate, list_path: Path_, text: str, is_identifier: bool
    ) -> ThingSpec | str | Filling:
        """Return the object of a line; it must be of the kind that the predicate takes."""
        takes_text = bool(predicate.datatypes) or is_identifier or not predicate.classes
        if line.object.is_name:
            end = self._end(line.object.text, list_path, text)
            kinds = predicate.classes
            if not kinds and predicate.datatypes:
                self._fail(f"{line.predicate} takes a text, not a thing; write it in quotes", text)
            if isinstance(end, ThingSpec) and kinds and not self._may_be(end.kind, kinds):
                takes = " or ".join(sorted(map(self._terms.short, kinds)))
                kind = self._terms.short(end.kind)
                self._fail(f"{line.predicate} takes {takes}; {end.name} is a {kind}", text)
            return end
        if is_identifier is not (self._terms.short(predicate.iri) == "identifier"):
            self._fail(
                f"{line.predicate} needs “scheme NAME”"
                if not is_identifier
                else f"only identifier takes a scheme, not {line.predicate}",
                text,
            )
        if not takes_text:
            takes = " or ".join(sorted(map(self._terms.short, predicate.classes)))
            self._fail(f"{line.predicate} takes a thing ({takes}); name one of [things]", text)
        filling = self._filling(line.object.template, list_path, text)
        return filling

    def _end(self, name: str, list_path: Path_, text: str) -> ThingSpec | str:
        """Return the thing of a name, or the IRI of a CURIE."""
        if name in self._table("things"):
            thing = self._thing(name)
            if list_path[: len(thing.each)] != thing.each:
                over = f"over {'.'.join(list_path)}" if list_path else "over no list"
                self._fail(
                    f"{name} is made for each item of {'.'.join(thing.each)}, but these claims go "
                    f"{over}",
                    text,
                )
            return thing
        if ":" in name:
            return self._iri(name, text)
        close = get_close_matches(name, self._table("things"), 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        self._fail(f"“{name}” is not in [things]{hint}", text)

    def _when(self, template: Template, list_path: Path_, text: str) -> tuple[Filling, ...]:
        """Return the date, or the two sides of an interval."""
        sides: list[list[str | Slot]] = [[]]
        for part in template.parts:
            if isinstance(part, str) and "/" in part:
                before, *more = part.split("/")
                sides[-1] += filter(None, [before])
                sides += [[*filter(None, [side])] for side in more]
            else:
                sides[-1].append(part)
        if len(sides) > 2:
            self._fail(f"“{template.text}” has more than two dates; write one, or begin/end", text)
        return tuple(
            self._filling(Template(template.text, tuple(side)), list_path, text) for side in sides
        )

    # ---- Slots and conditions

    def _conditions(self, table: Any, list_path: Path_) -> tuple[Condition, ...]:
        """Return the conditions of a table ``where``."""
        if not isinstance(table, dict):
            self._fail('where must be a table such as { type = ["upper"] }', "where")
        return tuple(self._condition(name, wanted, list_path) for name, wanted in table.items())

    def _condition(self, name: str, wanted: Any, list_path: Path_) -> Condition:
        """Return the condition that the value of a field is as wanted."""
        slot = Slot(self._field_path(name.removeprefix("/")), name.startswith("/"))
        ref = self._ref(slot, list_path, name)
        negated = False
        if isinstance(wanted, dict) and [*wanted] == ["not"]:
            wanted, negated = wanted["not"], True
        if isinstance(wanted, bool):
            return Condition(ref, None, not wanted)
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if not isinstance(wanted, list) or not all(isinstance(text, str) for text in wanted):
            self._fail(
                f"{name} in where must be texts, true (there is a value), false, "
                'or { not = ["some text"] }', self._where(name, wanted),
            )  # fmt: skip
        return Condition(ref, frozenset(wanted), negated)

    def _filled(self, template: Template | None, list_path: Path_, text: str) -> Filling | None:
        return None if template is None else self._filling(template, list_path, text)

    def _filling(self, text: Any, list_path: Path_, where: str = "") -> Filling:
        """Return a template with its slots found."""
        if not isinstance(text, (str, Template)):
            self._fail(f"{text!r} must be a text in quotes", str(text))
        try:
            template = text if isinstance(text, Template) else templates.parse(text)
        except TemplateError as error:
            self._fail(str(error), where or str(text))
        parts = tuple(
            part if isinstance(part, str) else self._ref(part, list_path, where or template.text)
            for part in template.parts
        )
        return Filling(template.text, parts)

    def _ref(self, slot: Slot, list_path: Path_, where: str) -> Ref:
        """Return where the value of a slot comes from, in claims that go over `list_path`."""
        if self._is_flat and not slot.of_record and len(slot.path) > 1:
            slot = slot._replace(path=(".".join(slot.path),))
        name = slot.path[0] if len(slot.path) == 1 else ""
        is_own = name in self._reading[-1:]  # a variable may have the name of its field
        if name in self._table("let") and not slot.of_record and not is_own:
            variable = self._variable(name)
            if list_path[: len(variable.each)] != variable.each:
                self._fail(
                    f"{name} in [let] has a value for each item of {'.'.join(variable.each)}; "
                    "use it with the same each",
                    where,
                )
            return Ref(len(variable.each), (), variable, name, slot.optional)
        if slot.path in (("file",), ("#",)) and not slot.of_record:
            builtin = FILE if slot.path == ("file",) else NUMBER
            return Ref(0, builtin, None, slot.path[0], slot.optional)
        path = (self._names[name],) if name in self._names else slot.path
        level = 0 if slot.of_record else len(list_path)
        self._used.setdefault((*(list_path if level else ()), *path), self._line_of(where))
        return Ref(level, path, None, slot.name, slot.optional)

    def _refs(self, table: Table[str, Any], key: str, list_path: Path_) -> tuple[Ref, ...]:
        """Return where the values of the fields come from that a key lists."""
        names = self._texts(table, key)
        return tuple(self._ref(Slot(self._field_path(name)), list_path, name) for name in names)

    def _may_be(self, kind: str, others: Iterable[str]) -> bool:
        """Return True if a thing of a class may also be of one of some other classes."""
        below = (self._terms.is_below(other, [kind]) for other in others)
        return self._terms.is_below(kind, others) or any(below)

    def _field_path(self, name: str) -> Path_:
        return (name,) if self._is_flat else templates.path_of(name)

    def _each(self, table: Table[str, Any]) -> Path_:
        """Return the path of ``each``, empty without."""
        text = self._string(table, "each")
        if not text:
            return ()
        path = templates.path_of(text)
        self._used.setdefault(path, self._line_of(f'"{text}"'))
        return path

    def _constant(self, filling: Filling | None, find: Any, where: str) -> Filling | None:
        """Return a filling, if given, whose words are IRIs: its own, or its variable's map's."""
        if filling is None:
            return None
        if not filling.refs:
            return Filling(filling.text, (self._term(find, filling.text, where),))
        ref = filling.refs[0]
        variable = ref.variable if len(filling.parts) == 1 else None
        if variable is None or variable.map is None:
            self._fail(
                f"{filling.text} must be a term of the vocabulary, such as Senator, or a variable "
                "of [let] with a map to such terms",
                where,
            )
        words = {word: self._term(find, term, where) for word, term in variable.map.items() if term}
        default = variable.default
        if default is not None and default.text:
            default = Filling(default.text, (self._term(find, default.text, where),))
        named = Variable(
            variable.name, variable.each, variable.filling, variable.part, variable.by,
            variable.match, {**dict.fromkeys(variable.map, ""), **words}, default, variable.case,
        )  # fmt: skip
        return Filling(
            filling.text, (Ref(len(variable.each), (), named, variable.name, ref.optional),)
        )

    # ---- Values of TOML, and errors

    def _names_table(self) -> bool:
        """Read ``[names]``; return whether records are rows of a table."""
        self._names: dict[str, str] = self._toml.get("names", {})
        if not _is_table_of_texts(self._names):
            self._fail('[names] must be names for columns, such as first = "First name"', "[names]")
        return bool(
            re.search(
                r"\.(?:csv|tsv|xlsx?|ods|parquet)(?:\.gz|\.zst)?$",
                str(self._toml.get("records", "")),
            )
        )

    def _table(self, name: str) -> dict[str, Any]:
        table: dict[str, Any] = self._toml.get(name, {})
        return table

    def _inner(self, table: Table[str, Any], name: str, kind: str) -> dict[str, Any]:
        """Return a table inside of another, with its keys checked."""
        inner = table[name]
        if not isinstance(inner, dict):
            self._fail(f"{name} in [{kind}] must be a table, such as {{ … }}", f"{name} ")
        self._check_keys(inner, kind, f"{name} in [{kind}]")
        return inner

    def _check_keys(self, table: Table[str, Any], kind: str, where: str) -> None:
        """Raise an error for a key that is unknown in a table of some kind."""
        for key in table:
            if key not in KEYS[kind]:
                close = get_close_matches(key, KEYS[kind], 1)
                hint = (
                    f"; did you mean {close[0]}?"
                    if close
                    else f"; the keys are {', '.join(KEYS[kind])}"
                )
                self._fail(f"unknown key “{key}”{f' in {where}' * bool(where)}{hint}", key)

    def _string(self, table: Table[str, Any], key: str, *, needed: bool = False) -> str:
        text = table.get(key, "")
        if hasattr(text, "isoformat"):
            text = text.isoformat()  # a TOML date
        if not isinstance(text, str) or (needed and not text):
            self._fail(f"{key} must be a text in quotes", self._where(key, text))
        return text

    def _texts(self, table: Table[str, Any], key: str) -> list[str]:
        """Return the texts of a list, or one text alone."""
        texts = table.get(key, [])
        texts = [texts] if isinstance(texts, str) else texts
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            self._fail(f"{key} must be a list of texts", key)
        return texts

    def _bool(self, table: Table[str, Any], key: str, default: T) -> bool | T:
        """Return true or false, or the default."""
        value: bool | T = table.get(key, default)
        if key in table and not isinstance(value, bool):
            self._fail(f"{key} must be true or false", self._where(key, value))
        return value

    def _count(self) -> tuple[int, int] | None:
        count = self._toml.get("count")
        if count is None:
            return None
        if not (isinstance(count, list) and len(count) == 2 and all(type(n) is int for n in count)):
            self._fail(
                "count must be the least and the greatest number of records: [20, 30]", "count"
            )
        return count[0], count[1]

    def _max_problems(self) -> float | None:
        if "max-problems" not in self._toml:
            return None
        share = self._toml["max-problems"]
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", share) if isinstance(share, str) else None
        share = float(match[1]) / 100 if match else share
        if type(share) not in (int, float) or not 0 <= share <= 1:
            self._fail('max-problems must be a share such as 0.05 or "5 %"', "max-problems")
        return float(share)

    def _iri(self, name: str, where: str) -> str:
        iri = self._folder.prefixes.expand(name) or ""
        if iri_or_none(iri) is None:
            self._fail(f"“{name}” is neither an IRI nor a name with a known prefix", where)
        return iri

    def _term(self, find: Any, name: Any, where: str = "") -> str:
        """Return the IRI of a term; its error gets file and line."""
        if not isinstance(name, str):
            self._fail(f"{name!r} must be a text in quotes", where)
        try:
            iri: str = find(name)
        except LookupError as error:
            self._fail(str(error.args[0]), where or name)
        return iri

    def _terms_predicate(self, name: str, where: str) -> Predicate:
        try:
            return self._terms.predicate(name)
        except LookupError as error:
            self._fail(str(error.args[0]), where)

    def _line(self, text: str) -> int | None:
        """Return the first line of the mapping that has a text, ``None`` if none has.

        If it is a name, the line where something is assigned to it comes first.
        """
        lines = [*enumerate(self._text.splitlines(), 1)]
        name = re.compile(rf"(?<![\w-])[\"']?{re.escape(text.strip())}[\"']?\s*=")
        of_name = (number for number, line in lines if name.search(line))
        return next(of_name, None) or next((n for n, line in lines if text in line), None)

    def _where(self, key: str, value: object) -> str:
        """Return how the text has a key and its value, or else the key; ``""`` for no value."""
        assigned = f"{key} = {value}"
        return assigned if assigned in self._text else key if value != "" else ""

    def _line_of(self, text: str) -> int | None:
        """Return the first line of the mapping that has a text, perhaps escaped, if any."""
        return self._line(text) or self._line(text.replace('"', '\\"'))

    def _fail(self, message: str, where: str = "") -> NoReturn:
        """Raise an error with a message, and the line that has the text `where`."""
        line = self._line_of(where) if where else None
        raise FolderError(message, path=self._shown, line=line)


LICENCES = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "PDM-1.0": "https://creativecommons.org/publicdomain/mark/1.0/",
    "MIT": "https://opensource.org/license/mit",
}
"""The addresses of licences that have a short name."""


def _is_table_of_texts(table: object) -> bool:
    return isinstance(table, dict) and all(isinstance(text, str) for text in table.values())


def _with_place(spec: ClaimSpec, level: int) -> ClaimSpec:
    """Return a claim with the place in the record that its evidence names.

    It is the least part that has all fields of the object, date, role and scheme, if they are in
    the innermost item that the claim is made of; else that item. What is around it, the evidence
    names too.
    """
    fillings: list[Filling | None] = [*spec.when, spec.role, spec.scheme, spec.ordinal]
    if isinstance(spec.object, ThingSpec):  # one whose number a ledger keeps is known by its label
        fillings.append(spec.object.id if _fields([spec.object.id]) else spec.object.label)
    fillings.append(spec.object if isinstance(spec.object, Filling) else None)
    fields = _fields(fillings)
    if not fields:
        return replace(spec, place=(level, ()) if level else None)
    subject = [spec.subject.id] if isinstance(spec.subject, ThingSpec) else []
    deepest = max(of for of, _ in [*fields, *_fields(subject)])
    if any(of != deepest for of, _ in fields):
        return replace(spec, place=(deepest, ()))
    common: list[str] = []
    for steps in zip(*(path for _, path in fields), strict=False):
        if len({*steps}) > 1:
            break
        common.append(steps[0])
    return replace(spec, place=(deepest, tuple(common)))


def _fields(fillings: Iterable[Filling | None]) -> list[tuple[int, Path_]]:
    """Return level and path of all fields of the record that some fillings depend on."""
    places = [place for filling in fillings if filling for place in filling.fields()]
    return [place for place in places if place[1] and place[1] not in (FILE, NUMBER)]
