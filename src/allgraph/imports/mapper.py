"""A mapping applied to one record: its things and claims, and the problems in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from difflib import get_close_matches
from hashlib import sha256
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode

from allgraph.errors import DateError, InputError
from allgraph.imports.dates import interval
from allgraph.imports.mapping import (
    FILE,
    NUMBER,
    ClaimSpec,
    ClaimsSpec,
    Condition,
    Filling,
    Mapping,
    Path_,
    Ref,
    ThingSpec,
    Variable,
)
from allgraph.imports.slugs import slug
from allgraph.model import edtf
from allgraph.model.edtf import Day
from allgraph.rdf.ntriples import literal
from allgraph.rdf.terms import KNOWN, XSD, ag, iri_or_none, local_name
from allgraph.selectors.places import Kind, Path, Value, digest
from allgraph.selectors.records import Record

IDENTIFIER = ag("identifier").value
HAS_NAME = ag("hasName").value
_EDTF = KNOWN["edtf"] + "EDTF"
_INTEGER = NamedNode(XSD + "integer")
_TEXT = frozenset((XSD + "string", XSD + "anyURI"))
_SMALL = frozenset(("and", "for", "of", "the"))  # words in names
_IRI_CHARACTERS = 24  # hexadecimal, of the digest in the IRI of a claim


class Thing(NamedTuple):
    """A thing that a record is about; all but the label are terms of N-Triples, or ``""``.

    `name_at` is the path of the one value that its label is, ``None`` if we made the label.
    """

    iri: str
    kind: str
    label: str
    text: str = ""
    classification: str = ""
    name_at: Path | None = None


class Claim(NamedTuple):
    """A claim that a record says, with the place of its evidence; terms are texts of N-Triples.

    `at` is the path in the record of what says it, and `digest` that of the value there. `item`
    keys the item of a list that says it.
    """

    iri: str
    subject: str
    predicate: str
    object: str
    when: str
    role: str
    ordinal: str
    at: Path
    digest: str
    is_current: bool
    is_sensitive: bool
    language: str = ""
    by: str = ""
    note: str = ""
    is_interpreted: bool = False
    item: str = ""

    @property
    def five(self) -> tuple[str, str, str, str, str]:
        """What it says: two live claims never have the same."""
        return self.subject, self.predicate, self.object, self.role, self.when


class Problem(NamedTuple):
    """A value that is left out, with its place in words."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Mapped(NamedTuple):
    """What a mapping makes of one record."""

    claims: list[Claim]
    things: dict[str, Thing]
    problems: list[Problem]


class Unusable(Exception):
    """A value that cannot be used; the path and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


class _Level(NamedTuple):
    """A record or an item in it: its value and its path, and what was worked out of it.

    A pair is made of the name and the value of a field, which both have the path of the field.
    """

    value: Value
    path: Path
    known: dict[str, object]
    is_pair: bool = False

    def below(self, path: Path) -> Path:
        """Return the path in the record of a path in this item."""
        return (*self.path, *(path[1:] if self.is_pair else path))


class Mapper:
    """Applies a mapping to records one by one."""

    def __init__(
        self,
        mapping: Mapping,
        base: str,
        latest: Day | None,
        opaque: Callable[[str], str] = lambda key: "",
    ) -> None:
        """Prepare a mapping for a folder with the IRI `base`.

        `latest` is the last day that the source can be from; ends of intervals after it are plans.
        `opaque` gives the number of a key that a ledger keeps.
        """
        self._mapping, self._base, self._latest, self._opaque = mapping, base, latest, opaque
        self._ids: dict[str, tuple[str, str]] = {}  # what each IRI was made of, and where
        self._digests: dict[Path, str] = {}  # of values in the record
        self._fields: set[Path_] = set()  # of records so far
        self._shapes: set[tuple[Path_, tuple[str, ...]]] = set()

    # ---- A record

    def key_of(self, record: Record, file: str) -> str | None:
        """Return the key of a record: its declared fields, else the field ``id``, else its place.

        ``None`` if all declared fields are empty, or one is and no ledger is kept, or is no text.
        """
        if self._mapping.key:
            levels = [_Level(record.fields, (), {})]
            try:
                parts = [self._text(ref, levels, file) for ref in self._mapping.key]
            except Unusable:
                return None
            is_empty = not any(parts) or (None in parts and not self._mapping.has_ledger)
            return None if is_empty else "\x1f".join(part or "" for part in parts)
        identifier = record.fields.get("id")
        return identifier if isinstance(identifier, str) and identifier else f"{file}{record.place}"

    def admits(self, record: Record, file: str) -> bool:
        """Whether a record is as ``[where]`` wants it."""
        try:
            return self._holds(self._mapping.where, [_Level(record.fields, (), {})], file)
        except Unusable:
            return False

    def map(
        self, record: Record, file: str, key: str, specs: Iterable[ClaimsSpec] | None = None
    ) -> Mapped:
        """Return the things and claims of a record whose key is given, and its problems.

        With `specs` these claims are made, and not all of the mapping.
        """
        levels = [_Level(record.fields, (), {"key": key})]
        self._see(record.fields, ())
        mapped = Mapped([], {}, [])
        seen: dict[str, Claim] = {}
        items: dict[Path_, list[list[_Level]]] = {}
        self._digests = {}
        for spec in self._mapping.claims if specs is None else specs:
            if spec.each not in items:
                items[spec.each] = [*self._items(spec.each, levels)]
            for of_item in items[spec.each]:
                try:
                    if not self._holds(spec.where, of_item, file):
                        continue
                    item = "\x1f".join(self._text(ref, of_item, file) or "" for ref in spec.key)
                except Unusable as error:
                    mapped.problems.append(self._problem(record, file, error))
                    continue
                for claim in spec.claims:
                    try:
                        for one in self._claim(claim, spec, item, of_item, file, mapped):
                            self._add(one, spec, seen, mapped, record, file)
                    except Unusable as error:
                        mapped.problems.append(self._problem(record, file, error))
        return mapped

    def place(self, record: Record, file: str, path: Path) -> str:
        """Return the place of a value in words: its file and line, or row and column."""
        if record.kind is Kind.TABLE:
            row = record.place.removeprefix("row=")
            column = ""
            if path:
                number = [*record.fields].index(str(path[0]))
                column = f", column {_letters(number)} “{path[0]}”"
            return f"{file}: row {row}{column}"
        line = record.line_of(path) or record.line
        place = record.place_of(path) if path else record.place
        words = [f"line {line}"] if line else []
        words += [place] if place else []
        return f"{file}: {', '.join(words)}" if words else file

    def _problem(self, record: Record, file: str, error: Unusable) -> Problem:
        path = error.path
        while path and record.line_of(path) is None and record.kind is not Kind.TABLE:
            path = path[:-1]
        return Problem(self.place(record, file, path), error.reason)

    def _add(
        self,
        claim: Claim,
        spec: ClaimsSpec,
        seen: dict[str, Claim],
        mapped: Mapped,
        record: Record,
        file: str,
    ) -> None:
        """Add a claim to those of a record, unless it says what another one says already.

        Raises `InputError` if only a key could tell it from another one.
        """
        other = seen.setdefault(claim.iri, claim)
        if other is claim:
            mapped.claims.append(claim)
        elif other.five != claim.five:
            if not spec.key:
                raise InputError(
                    f"{self.place(record, file, claim.at)}: this says the same as "
                    f"{self.place(record, file, other.at)} but for its date or role, so nothing "
                    'tells the two apart the next time; name fields that do in key = ["…"] of '
                    f"these [[claims]] ({self._mapping.path.name}:{spec.text_line})"
                )
            raise Unusable(claim.at, "another item here has the same key and other dates")

    # ---- Claims and things

    def _claim(
        self,
        spec: ClaimSpec,
        of: ClaimsSpec,
        item: str,
        levels: Sequence[_Level],
        file: str,
        mapped: Mapped,
    ) -> Iterator[Claim]:
        """Yield the claims that one line says of an item, several for a list of texts."""
        subject = self._end(spec.subject, levels, file, mapped)
        if not subject:
            return
        when, is_open = self._when(spec.when, levels, file)
        if spec.when and when is None:
            when, is_open = "", True
        role = self._fill(spec.role, levels, file)
        ordinal = self._fill(spec.ordinal, levels, file)
        by = self._end(spec.by, levels, file, mapped) if spec.by is not None else ""
        interpreted = self._fill(spec.interpreted, levels, file)
        note = interpreted or self._fill(spec.note, levels, file)
        at = self._at(spec, levels)
        is_current = (
            spec.predicate.is_state and is_open and (not spec.when or len(spec.when) == 2)
            and self._speaks_of_present(of, levels, file)
        )  # fmt: skip
        for obj, path in self._objects(spec, levels, file, mapped, at):
            if obj == subject:
                raise Unusable(path, "a claim would be about itself")
            shown = f"<{spec.predicate.iri}>"
            seen = "" if of.sensitive else self._digest(levels[0].value, path)
            key = str(levels[0].known["key"])
            yield Claim(
                self.iri(subject, shown, obj, key, item), subject, shown, obj,
                self._literal(when, _EDTF) if when else "",
                f"<{role}>" if role else "",
                self._number(ordinal, path) if ordinal else "",
                path, seen, is_current, of.sensitive,
                spec.language, by or "", self._literal(note) if note else "", bool(interpreted),
                item,
            )  # fmt: skip

    def _digest(self, record: Value, path: Path) -> str:
        """Return the digest of a value in a record."""
        if path not in self._digests:
            self._digests[path] = digest(_walk(record, path))
        return self._digests[path]

    def _at(self, spec: ClaimSpec, levels: Sequence[_Level]) -> Path:
        """Return the path of what says a claim, without steps to values that are missing."""
        level, path = spec.place or (len(levels) - 1, ())
        value = levels[level].value
        for number, step in enumerate(path):
            if not isinstance(value, dict) or step not in value:
                return levels[level].below(path[:number])
            value = value[step]
        return levels[level].below(path)

    def _objects(
        self, spec: ClaimSpec, levels: Sequence[_Level], file: str, mapped: Mapped, at: Path
    ) -> Iterator[tuple[str, Path]]:
        """Yield the objects of a claim, each with the path of what says it."""
        obj = spec.object
        if not isinstance(obj, Filling):
            if end := self._end(obj, levels, file, mapped):
                yield end, at
            return
        scheme = self._fill(spec.scheme, levels, file)
        if spec.scheme is not None and not scheme:
            return
        ref = obj.parts[0] if len(obj.parts) == 1 else None
        if isinstance(ref, Ref) and ref.variable is None:
            value = self._field(ref, levels, file)
            if isinstance(value, list):
                for number, part in enumerate(value):
                    if isinstance(part, str) and (text := self._clean(part)):
                        path = (*levels[ref.level].below(ref.path), number)
                        yield self._object(spec, text, scheme, path), path
                return
        if text := self._fill(obj, levels, file):
            yield self._object(spec, text, scheme, at), at

    def _object(self, spec: ClaimSpec, text: str, scheme: str | None, path: Path) -> str:
        """Return the literal that a text is as the object of a claim."""
        if scheme:
            pattern = self._mapping.patterns.get(scheme)
            if pattern is not None and not pattern.fullmatch(text):
                raise Unusable(
                    path, f"“{text[:60]}” is no {local_name(scheme)}, which match {pattern.pattern}"
                )
            return self._literal(text, scheme)
        datatypes = spec.predicate.datatypes
        if datatypes and not datatypes & _TEXT:
            return self._number(text, path)
        if spec.language:
            return str(Literal(text, language=spec.language))
        return self._literal(text)

    def _end(
        self, spec: ThingSpec | str, levels: Sequence[_Level], file: str, mapped: Mapped
    ) -> str | None:
        """Return the IRI of a thing as a term, ``None`` if the record has too little of it."""
        if isinstance(spec, str):
            return f"<{spec}>"
        level = levels[len(spec.each)]
        if spec.name in level.known:
            thing = level.known[spec.name]
        else:
            thing = level.known[spec.name] = self._thing(spec, levels, file)
        if not isinstance(thing, Thing):
            return None
        mapped.things[thing.iri] = thing
        return thing.iri

    def _thing(self, spec: ThingSpec, levels: Sequence[_Level], file: str) -> Thing | None:
        """Make a thing of its fields; ``None`` if one that it needs is empty.

        Raises `InputError` if another thing has the same IRI.
        """
        if not all(self._text(ref, levels, file) for ref in spec.needs):
            return None
        if spec.same:
            parts = [self._text(ref, levels, file) or "" for ref in spec.same]
            key = f"{spec.name}\x1f" + "\x1f".join(" ".join(p.casefold().split()) for p in parts)
            levels[0].known["#"] = self._opaque(key)
        elif any(ref.path == NUMBER for ref in spec.id.refs):
            key = str(levels[0].known["key"])
            levels[0].known["#"] = key if self._mapping.has_ledger else self._opaque(key)
        identifier = self._fill(spec.id, levels, file)
        label = self._fill(spec.label, levels, file) if spec.label else ""
        if identifier is None or label is None:
            return None
        path = self._path_of(spec.id, levels)
        if spec.is_iri:
            if iri_or_none(identifier) is None or not re.match(r"https?://", identifier):
                raise Unusable(path, f"“{identifier[:60]}” is no http(s) address")
            iri = f"<{identifier}>"
        else:
            name = slug(identifier)
            if name is None:
                raise Unusable(path, f"nothing of “{identifier[:60]}” can stand in an IRI")
            iri = f"<{self._base}id/{name}>"
            made_of, where = self._ids.setdefault(iri, (identifier, file))
            if made_of != identifier:
                raise InputError(
                    f"{file}: {spec.name} “{identifier}” and “{made_of}” ({where}) would both be "
                    f"id:{name}; let id in [things] tell them apart "
                    f"({self._mapping.path.name}:{spec.line})"
                )
        text = self._fill(spec.text, levels, file)
        kind = self._fill(spec.classification, levels, file)
        names = [
            ref
            for ref in (spec.label.refs if spec.label else ())
            if ref.variable is None and ref.path not in (FILE, NUMBER)
        ]
        is_name = spec.label is not None and len(spec.label.parts) == len(names) == 1
        return Thing(
            iri, f"<{spec.kind}>", " ".join(label.split()), " ".join((text or "").split()),
            f"<{kind}>" if kind else "",
            levels[names[0].level].below(names[0].path) if is_name else None,
        )  # fmt: skip

    def name_claim(self, thing: Thing, record: Record, key: str) -> Claim | None:
        """Return the claim that a thing has the name that a record gives it, if it gives one."""
        if thing.name_at is None:
            return None
        obj, predicate = self._literal(thing.label), f"<{HAS_NAME}>"
        return Claim(
            self.iri(thing.iri, predicate, obj, key, ""), thing.iri, predicate, obj,
            "", "", "", thing.name_at, self._digest(record.fields, thing.name_at), False, False,
        )  # fmt: skip

    def iri(self, *parts: str) -> str:
        """Return the IRI of a claim: its subject, predicate, object, record and item make it."""
        name = sha256("\x1e".join(parts).encode()).hexdigest()[:_IRI_CHARACTERS]
        return f"<{self._base}claim/{self._mapping.name}-{name}>"

    # ---- Dates and conditions

    def _when(
        self, sides: Sequence[Filling], levels: Sequence[_Level], file: str
    ) -> tuple[str | None, bool]:
        """Return the EDTF text of a date or interval, and whether its end is open or a plan."""
        if not sides:
            return None, True
        known = levels[-1].known
        name = f"when\0{sides[0].text}"
        if name not in known:
            known[name] = self._read_dates(sides, levels, file)
        return known[name]  # type: ignore[return-value]

    def _read_dates(
        self, sides: Sequence[Filling], levels: Sequence[_Level], file: str
    ) -> tuple[str | None, bool]:
        """Read a date or interval. Raises `Unusable`."""
        dates: list[str | None] = []
        path = self._path_of(sides[0], levels)
        try:
            for side in sides:
                path = self._path_of(side, levels)
                text = self._fill(side, levels, file)
                dates.append(self._mapping.forms.read(text) if text else None)
            if len(sides) == 1:
                return dates[0], False
            when = interval(dates[0], dates[1], self._latest)
        except DateError as error:
            raise Unusable(path, error.message) from None
        return when, when is not None and when[-1] in "/?%"

    def _speaks_of_present(self, of: ClaimsSpec, levels: Sequence[_Level], file: str) -> bool:
        """Whether the source speaks of the present in these claims."""
        if of.current is not None:
            return of.current
        conditions, known = self._mapping.source.current, levels[0].known
        if "\0now" not in known:
            known["\0now"] = conditions is not None and self._holds(conditions, levels[:1], file)
        return bool(known["\0now"])

    def _holds(self, conditions: Iterable[Condition], levels: Sequence[_Level], file: str) -> bool:
        """Whether all conditions hold."""
        for condition in conditions:
            if condition.values is None:
                is_met = self._has(condition.ref, levels, file)
            else:
                is_met = self._text(condition.ref, levels, file) in condition.values
            if is_met is condition.negated:
                return False
        return True

    def _has(self, ref: Ref, levels: Sequence[_Level], file: str) -> bool:
        """Whether there is a value: a text, list or object that is not empty."""
        value = self._field(ref, levels, file) if ref.variable is None else None
        if isinstance(value, (list, dict)):
            return bool(value)
        return self._text(ref, levels, file) is not None

    def _items(self, each: Path_, levels: list[_Level]) -> Iterator[list[_Level]]:
        """Yield the levels of each item that a path leads to; those of the record without one."""
        if not each:
            yield levels
            return
        step, *rest = each
        value, path = levels[-1].value, levels[-1].path
        below = levels[-1].below((step,))
        if step == "*":
            pairs = value.items() if isinstance(value, dict) else ()
            for key, inner in pairs:
                item: Value = {"key": key, "value": inner}
                yield from self._items((*rest,), [*levels, _Level(item, (*path, key), {}, True)])
            return
        inner = value.get(step) if isinstance(value, dict) else None
        if isinstance(inner, list):
            for number, part in enumerate(inner):
                yield from self._items((*rest,), [*levels, _Level(part, (*below, number), {})])
        elif inner is not None:
            yield from self._items((*rest,), [*levels, _Level(inner, below, {})])

    # ---- Values

    def _fill(self, filling: Filling | None, levels: Sequence[_Level], file: str) -> str | None:
        """Fill the slots of a template; ``None`` if one that is not optional stays empty."""
        if filling is None:
            return None
        if filling.only:
            text = self._text(filling.only, levels, file)
            return "" if text is None and filling.only.optional else text
        texts = []
        for part in filling.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            text = self._text(part, levels, file)
            if text is None and not part.optional:
                return None
            texts.append(text or "")
        return texts[0] if len(texts) == 1 else "".join(texts).strip() or None

    def _text(self, ref: Ref, levels: Sequence[_Level], file: str) -> str | None:
        """Return the cleaned text of a field or variable, ``None`` if it is empty."""
        if ref.variable is not None:
            return self._variable(ref.variable, levels, file)
        value = self._field(ref, levels, file)
        if value is None:
            return None
        if not isinstance(value, str):
            path = levels[ref.level].below(ref.path)
            raise Unusable(path, f"{ref.name} is a list or an object here, not a text; see each")
        return self._clean(value)

    def _clean(self, text: str) -> str | None:
        """Return a text as ``[clean]`` wants it, ``None`` if it means nothing."""
        if self._mapping.trim:
            text = text.strip()
        return None if not text or text in self._mapping.empty else text

    def _field(self, ref: Ref, levels: Sequence[_Level], file: str) -> Value:
        """Return the value of a field; fields of an item of ``each = "….*"`` are key and value."""
        if ref.path == FILE:
            return file
        level = levels[ref.level]
        if ref.path == NUMBER:
            number = level.known.get("#")
            return number if isinstance(number, str) else None
        value = level.value
        for step in ref.path:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    def _variable(self, variable: Variable, levels: Sequence[_Level], file: str) -> str | None:
        """Return the value of a variable."""
        known = levels[len(variable.each)].known
        name = f"let {variable.name} {id(variable)}"
        if name not in known:
            known[name] = self._worked_out(variable, levels, file)
        return known[name]  # type: ignore[return-value]

    def _worked_out(self, variable: Variable, levels: Sequence[_Level], file: str) -> str | None:
        """Work out the value of a variable. Raises `Unusable` for a word that its map has not."""
        text = self._fill(variable.filling, levels, file)
        if text is not None and variable.part is not None:
            parts = text.split(variable.by)
            number = variable.part - 1 if variable.part > 0 else variable.part
            text = parts[number] if -len(parts) <= number < len(parts) else None
        if text is not None and variable.match is not None:
            match = variable.match.search(text)
            text = (match[1] if variable.match.groups else match[0]) if match else None
        if text is not None and variable.case:
            text = _in_case(text, variable.case)
        if variable.map is not None and text is not None:
            if text in variable.map:
                return variable.map[text] or None
            if variable.default is None:
                path = self._path_of(variable.filling, levels)
                raise Unusable(path, f"“{text[:60]}” is not in the map of {variable.name} in [let]")
            text = None
        if text is not None or variable.default is None:
            return text
        return self._fill(variable.default, levels, file) if variable.default.parts else ""

    def _path_of(self, filling: Filling, levels: Sequence[_Level]) -> Path:
        """Return the path of the first field of a template."""
        if filling.first is None:
            return levels[-1].path
        level, path = filling.first
        return levels[level].below(path)

    def _literal(self, text: str, datatype: str = "") -> str:
        """Return a literal of N-Triples."""
        try:
            return f"{literal(text)}^^<{datatype}>" if datatype else literal(text)
        except UnicodeEncodeError:
            raise Unusable((), "a text has half a character (a lone surrogate)") from None

    def _number(self, text: str, path: Path) -> str:
        """Return a whole number as a literal."""
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise Unusable(path, f"“{text[:60]}” is no whole number")
        return str(Literal(text.removeprefix("+"), datatype=_INTEGER))

    # ---- Which fields there are

    def _see(self, value: Value, path: Path_) -> None:
        """Note the fields of a value; objects with the same ones are looked at once in a place."""
        if isinstance(value, dict):
            shape = (path, tuple(value))
            if shape not in self._shapes:
                self._shapes.add(shape)
                self._fields.update((*path, name) for name in value)
            for name, part in value.items():
                if part.__class__ is not str and part is not None:
                    self._see(part, (*path, name))
        elif isinstance(value, list):
            for part in value:
                if part.__class__ is not str:
                    self._see(part, path)

    def things(self) -> Iterable[str]:
        """Return the IRIs that were made of identifiers so far."""
        return [*self._ids]

    def check_columns(self, record: Record, file: str, mapping: str) -> None:
        """Raise `InputError` for a column that the mapping names and the row of a table lacks.

        `mapping` is the name of the mapping in messages.
        """
        for path, line in self._mapping.used.items() if self._mapping.is_flat else ():
            if path and path[0] not in record.fields and path not in (FILE, NUMBER):
                close = get_close_matches(path[0], record.fields, 1)
                hint = f"did you mean “{close[0]}”? It has" if close else "it has"
                columns = ", ".join(f"“{name}”" for name in record.fields)
                raise InputError(
                    f"“{path[0]}” is no column of {file}; {hint} {columns}",
                    path=mapping,
                    line=line,
                )

    def not_found(self) -> list[str]:
        """Return the fields that lines use and no record had, with the lines."""
        return [
            f"field {'.'.join(path)}, used in line {line}, has no value in any record"
            for path, line in self._mapping.used.items()
            if path and path not in self._fields and path not in (FILE, NUMBER) and "*" not in path
        ]

    def unused(self) -> list[str]:
        """Return the fields seen that no line uses and ``ignore`` does not name, sorted.

        A field that is used as a whole, or ignored, covers all that is in it. Fields whose names
        ``*`` stands for are one.
        """
        used = self._mapping.used
        leading = {path[:end] for path in used for end in range(1, len(path))}
        whole = {path for path in used if path not in leading} | {*self._mapping.ignored}
        stars = {path[: path.index("*")] for path in used if "*" in path}
        fields = {path: _with_stars(path, stars) for path in self._fields}
        unused = {
            as_used
            for path, as_used in fields.items()
            if as_used not in leading
            and whole.isdisjoint(one[:n] for one in (path, as_used) for n in range(len(one) + 1))
        }
        return sorted(".".join(path) for path in unused)


def _with_stars(path: Path_, stars: Container[Path_]) -> Path_:
    """Return the path of a field as mappings write it: ``*.value`` for a field of some objects."""
    found: Path_ = ()
    for step in path:
        found += ("*", "value") if found in stars else (step,)
    return found


def _walk(value: Value, path: Path) -> Value:
    """Return the value at a path."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def _in_case(text: str, case: str) -> str:
    """Return a text in lower, upper or title case.

    The latter makes a name of an identifier: underscores are spaces there, and small words stay.

    >>> _in_case("secretary_of state", "title"), _in_case("ny", "upper")
    ('Secretary of State', 'NY')
    """
    if case != "title":
        return text.lower() if case == "lower" else text.upper()
    words = text.replace("_", " ").split()
    return " ".join(w if w in _SMALL else f"{w[:1].upper()}{w[1:]}" for w in words)


def _letters(number: int) -> str:
    """Return the letters of a column in a spreadsheet, from 0.

    >>> _letters(0), _letters(25), _letters(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def is_plan(when: str, latest: Day) -> bool:
    """Whether an EDTF literal has an end marked as a plan that has come by a day."""
    match = re.search(r'/(\d{4}(?:-\d\d){0,2})[?%]"', when)
    if not match:
        return False
    last = edtf.parse(match[1])
    return isinstance(last, edtf.Date) and last.first <= latest
