"""A mapping applied to one record: its things and claims, and the problems in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache, partial
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn, TypeAlias

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

    `at` is the path in the record of what says it, and `digest` that of the value there.
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
    by: str = ""
    note: str = ""
    is_interpreted: bool = False

    @property
    def five(self) -> tuple[str, str, str, str, str]:
        """The five parts that tell live claims apart: no two have the same."""
        return self.subject, self.predicate, self.object, self.role, self.when


class Problem(NamedTuple):
    """A value that is left out, with its place in words.

    >>> import allgraph
    >>> str(allgraph.Problem("members.csv, row 2", "“soon” is no date"))
    'members.csv, row 2: “soon” is no date'
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Mapped(NamedTuple):
    """The claims and things that a mapping makes of one record."""

    claims: list[Claim]
    things: dict[str, Thing]
    problems: list[Problem]


class Unusable(Exception):
    """A value that cannot be used; the path and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.path, self.reason = path, reason


@dataclass(slots=True)
class _Level:
    """A record or an item in it: its value and path, and the values computed from it.

    A pair is made of the name and the value of a field, which both have the path of the field.
    """

    value: Value
    path: Path
    is_pair: bool = False
    known: dict[object, Any] = field(default_factory=dict)

    def below(self, path: Path) -> Path:
        """Return the path in the record of a path in this item."""
        return (*self.path, *(path[1:] if self.is_pair else path))


Levels: TypeAlias = Sequence[_Level]
"""A record, the item in it that claims are said of, and the items between them."""
Text: TypeAlias = Callable[[Levels], str | None]
"""What gives a text of some levels, ``None`` if it is empty. It may raise `Unusable`."""
Test: TypeAlias = Callable[[Levels], bool]
Work: TypeAlias = Callable[[Levels], Any]


class Mapper:
    """Applies a mapping to records one by one.

    Each part of the mapping is made into a function of levels at the beginning; what a record is
    mapped by are these functions.
    """

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
        self._fields: set[Path_] = set()  # of records so far
        self._shapes: set[tuple[Path_, tuple[str, ...]]] = set()
        self._claim_iri = f"<{base}claim/{mapping.name}-"
        self._empty, self._trimmed = mapping.empty | {""}, str.strip if mapping.trim else str
        self._slug = lru_cache(maxsize=65_536)(slug)
        self._once_each: dict[object, Work] = {}  # what is worked out once in a level
        self._key_of = [self._text(ref) for ref in mapping.key]
        self._admits = self._all(mapping.where)
        self._prepared = {
            spec.number: (self._all(spec.where), [self._text(ref) for ref in spec.key])
            for spec in mapping.claims
        }
        self._says = {id(one): self._claim(one, of) for of in mapping.claims for one in of.claims}

    # ---- A record

    def key_of(self, record: Record, file: str) -> str | None:
        """Return the key of a record: its declared fields, else the field ``id``, else its place.

        ``None`` if all declared fields are empty, or one is and no ledger is kept, or is no text.
        """
        if self._key_of:
            levels = self._begin(record, file)
            try:
                parts = [text(levels) for text in self._key_of]
            except Unusable:
                return None
            is_empty = not any(parts) or (None in parts and not self._mapping.has_ledger)
            return None if is_empty else "\x1f".join(part or "" for part in parts)
        identifier = record.fields.get("id")
        return identifier if isinstance(identifier, str) and identifier else f"{file}{record.place}"

    def admits(self, record: Record, file: str) -> bool:
        """Return True if a record meets the conditions of ``[where]``."""
        try:
            return self._admits(self._begin(record, file))
        except Unusable:
            return False

    def map(
        self, record: Record, file: str, key: str, specs: Iterable[ClaimsSpec] | None = None
    ) -> Mapped:
        """Return the things and claims of a record whose key is given, and its problems.

        With `specs` these claims are made, and not all of the mapping.
        """
        levels = self._begin(record, file, key)
        self._see(record.fields, ())
        mapped = self._mapped
        items: dict[Path_, list[Levels]] = {}
        for spec in self._mapping.claims if specs is None else specs:
            is_wanted, keys = self._prepared[spec.number]
            says = [self._says[id(claim)] for claim in spec.claims]
            if spec.each not in items:
                items[spec.each] = self._items(spec.each, levels)
            for of_item in items[spec.each]:
                try:
                    if not is_wanted(of_item):
                        continue
                    item = "\x1f".join([text(of_item) or "" for text in keys])
                except Unusable as error:
                    mapped.problems.append(self._problem(record, file, error))
                    continue
                for say in says:
                    try:
                        say(of_item, item)
                    except Unusable as error:
                        mapped.problems.append(self._problem(record, file, error))
        return mapped

    def _begin(self, record: Record, file: str, key: str = "") -> Levels:
        """Make a record the current one, from which values are taken, and return its level."""
        self._record, self._file, self._key = record, file, key
        self._number: str | None = None  # of the record or a thing in it, in a ledger
        self._mapped = Mapped([], {}, [])
        self._seen: dict[str, Claim] = {}
        self._digests: dict[Path, str] = {}  # of values in the record
        return [_Level(record.fields, ())]

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

    def _refuse(self, claim: Claim, other: Claim, spec: ClaimsSpec) -> NoReturn:
        """Raise `Unusable` for a claim that has the IRI of another one, and another date or role.

        Raises `InputError` if only a key could tell it from another one.
        """
        if not spec.key:
            raise InputError(
                f"{self.place(self._record, self._file, claim.at)}: this says the same as "
                f"{self.place(self._record, self._file, other.at)} but for its date or role, so "
                'nothing tells the two apart the next time; name fields that do in key = ["…"] of '
                f"these [[claims]] ({self._mapping.path.name}:{spec.text_line})"
            )
        raise Unusable(claim.at, "another item of this record has the same key, but other dates")

    # ---- Claims and things

    def _claim(self, spec: ClaimSpec, of: ClaimsSpec) -> Callable[[Levels, str], None]:
        """Return the function that adds the claims of one line about an item.

        It takes the key of the item too.
        """
        find_subject, find_objects = self._end(spec.subject), self._objects(spec)
        find_by = self._fill(None) if spec.by is None else self._end(spec.by)
        find_when = self._when(spec.when, of.each) if spec.when else None
        find_role, find_ordinal = self._fill(spec.role), self._fill(spec.ordinal)
        find_interpreted, find_note = self._fill(spec.interpreted), self._fill(spec.note)
        find_place = self._place(*(spec.place or (len(of.each), ())))
        is_present = self._present(of)
        has_options = any((spec.role, spec.ordinal, spec.by, spec.interpreted, spec.note))
        may_be_current = spec.predicate.is_state and len(spec.when) != 1
        predicate, is_sensitive = f"<{spec.predicate.iri}>", of.sensitive

        def add(levels: Levels, item: str) -> None:
            subject = find_subject(levels)
            if not subject:
                return
            when, is_open = find_when(levels) if find_when else ("", True)
            role = ordinal = by = interpreted = note = None
            if has_options:
                role, ordinal = find_role(levels), find_ordinal(levels)
                by, interpreted = find_by(levels), find_interpreted(levels)
                note = interpreted or find_note(levels)
            is_current = may_be_current and is_open and is_present(levels)
            for obj, path in find_objects(levels, find_place(levels)):
                if obj == subject:
                    raise Unusable(path, "a claim would be about itself")
                claim = Claim(
                    self.iri(subject, predicate, obj, self._key, item), subject, predicate, obj,
                    when, f"<{role}>" if role else "",
                    self._integer(ordinal, path) if ordinal else "", path,
                    "" if is_sensitive else self._digest(levels[0].value, path),
                    is_current, is_sensitive, by or "",
                    self._literal(note) if note else "", bool(interpreted),
                )  # fmt: skip
                other = self._seen.setdefault(claim.iri, claim)
                if other is claim:
                    self._mapped.claims.append(claim)
                elif other.five != claim.five:
                    self._refuse(claim, other, of)

        return add

    def _digest(self, record: Value, path: Path) -> str:
        """Return the digest of a value in a record."""
        if path not in self._digests:
            self._digests[path] = digest(_walk(record, path))
        return self._digests[path]

    def _place(self, level: int, path: Path_) -> Callable[[Levels], Path]:
        """Return a function that gives the path of a place, without steps to missing values."""

        def find(levels: Levels) -> Path:
            value = levels[level].value
            for number, step in enumerate(path):
                if not isinstance(value, dict) or step not in value:
                    return levels[level].below(path[:number])
                value = value[step]
            return levels[level].below(path)

        return find if path else lambda levels: levels[level].path

    def _objects(self, spec: ClaimSpec) -> Callable[[Levels, Path], Iterable[tuple[str, Path]]]:
        """Return the function that gives the objects of a claim, each with the path of its field.

        It takes the path of what says the claim.
        """
        obj = spec.object
        if not isinstance(obj, Filling):
            end = self._end(obj)
            return lambda levels, at: ((iri, at),) if (iri := end(levels)) else ()
        ref = obj.only if obj.only and obj.only.variable is None else None
        fill, read = self._fill(obj), self._value(ref) if ref else None
        find_scheme, trimmed = self._fill(spec.scheme), self._trimmed

        def texts(levels: Levels, at: Path) -> Iterable[tuple[str, Path]]:
            scheme = find_scheme(levels)
            if spec.scheme and not scheme:
                return ()
            value = read(levels) if read else None
            if ref and isinstance(value, list):
                path = levels[ref.level].below(ref.path)
                of_texts = ((n, trimmed(t)) for n, t in enumerate(value) if isinstance(t, str))
                parts = (((*path, n), text) for n, text in of_texts if text not in self._empty)
                return ((self._object(spec, text, scheme, at), at) for at, text in parts)
            text = fill(levels)
            return ((self._object(spec, text, scheme, at), at),) if text else ()

        return texts

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
        if datatypes and datatypes.isdisjoint(_TEXT):
            return self._integer(text, path)
        if spec.language:
            return str(Literal(text, language=spec.language))
        return self._literal(text)

    def _end(self, spec: ThingSpec | str) -> Text:
        """Return a function that gives the IRI of a thing as a term, ``None`` if it is missing."""
        if isinstance(spec, str):
            return lambda levels: f"<{spec}>"
        find = self._once(("thing", spec.name), len(spec.each), partial(self._thing, spec))

        def end(levels: Levels) -> str | None:
            thing: Thing | None = find(levels)
            if thing:
                self._mapped.things[thing.iri] = thing
            return thing and thing.iri

        return end

    def _thing(self, spec: ThingSpec) -> Callable[[Levels], Thing | None]:
        """Return a function that makes a thing of its fields; ``None`` if a needed one is empty."""
        needs = [self._text(ref) for ref in spec.needs]
        same = [self._text(ref) for ref in spec.same]
        has_number, is_kept = NUMBER in [r.path for r in spec.id.refs], self._mapping.has_ledger
        fill_id, fill_label = self._fill(spec.id), self._fill(spec.label)
        fill_text, fill_kind = self._fill(spec.text), self._fill(spec.classification)
        only = spec.label.only if spec.label else None
        name = only if only and not only.variable and only.path not in (FILE, NUMBER) else None

        def make(levels: Levels) -> Thing | None:
            if needs and not all(text(levels) for text in needs):
                return None
            if same:
                parts = [" ".join((text(levels) or "").casefold().split()) for text in same]
                self._number = self._opaque("\x1f".join([spec.name, *parts]))
            elif has_number:
                self._number = self._key if is_kept else self._opaque(self._key)
            identifier = fill_id(levels)
            label = fill_label(levels) if spec.label else ""
            if identifier is None or label is None:
                return None
            iri = self._iri_of(spec, identifier, levels)
            text, kind = fill_text(levels) or "", fill_kind(levels)
            return Thing(
                iri, f"<{spec.kind}>", " ".join(label.split()), " ".join(text.split()),
                f"<{kind}>" if kind else "",
                levels[name.level].below(name.path) if name else None,
            )  # fmt: skip

        return make

    def _iri_of(self, spec: ThingSpec, identifier: str, levels: Levels) -> str:
        """Return the IRI of a thing. Raises `InputError` if another thing has the same one."""
        if spec.is_iri:
            if iri_or_none(identifier) is None or not re.match(r"https?://", identifier):
                reason = f"“{identifier[:60]}” is no http(s) address"
                raise Unusable(_path_of(spec.id, levels), reason)
            return f"<{identifier}>"
        name = self._slug(identifier)
        if name is None:
            reason = f"“{identifier[:60]}” has no character that an IRI can have"
            raise Unusable(_path_of(spec.id, levels), reason)
        iri = f"<{self._base}id/{name}>"
        made_of, where = self._ids.setdefault(iri, (identifier, self._file))
        if made_of != identifier:
            raise InputError(
                f"{self._file}: {spec.name} “{identifier}” and “{made_of}” ({where}) would both be "
                f"id:{name}; let id in [things] tell them apart "
                f"({self._mapping.path.name}:{spec.line})"
            )
        return iri

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
        return f"{self._claim_iri}{name}>"

    # ---- Dates and conditions

    def _when(
        self, sides: Sequence[Filling], list_path: Path_
    ) -> Callable[[Levels], tuple[str, bool]]:
        """Return the function that reads a date, and whether its end is open or planned."""
        fills, read_date = [self._fill(side) for side in sides], self._mapping.forms.read

        def read(levels: Levels) -> tuple[str, bool]:
            dates: list[str | None] = []
            try:
                for fill in fills:
                    text = fill(levels)
                    dates.append(read_date(text) if text else None)
                when = dates[0] if len(dates) == 1 else interval(dates[0], dates[1], self._latest)
            except DateError as error:
                side = sides[min(len(dates), len(sides) - 1)]
                raise Unusable(_path_of(side, levels), error.message) from None
            if when is None:
                return "", True
            return self._literal(when, _EDTF), len(dates) == 2 and when[-1] in "/?%"

        return self._once((list_path, sides[0].text), len(list_path), lambda: read)

    def _present(self, of: ClaimsSpec) -> Test:
        """Return the function that tells whether the source states these claims of the present."""
        current, conditions = of.current, self._mapping.source.current
        if current is None and conditions is not None:
            return self._once(("current",), 0, lambda: self._all(conditions))
        return lambda levels: bool(current)

    def _all(self, conditions: Iterable[Condition]) -> Test:
        """Return the function that tells whether all conditions hold."""
        tests = [self._condition(condition) for condition in conditions]
        return lambda levels: not tests or all(test(levels) for test in tests)

    def _condition(self, condition: Condition) -> Test:
        """Return the function that tells whether a condition holds."""
        ref, values, negated = condition.ref, condition.values, condition.negated
        find = self._text(ref)
        if values is not None:
            return lambda levels: (find(levels) in values) is not negated
        read = self._value(ref) if ref.variable is None else find

        def test(levels: Levels) -> bool:
            value = read(levels)
            has = bool(value) if isinstance(value, (list, dict)) else find(levels) is not None
            return has is not negated

        return test

    def _items(self, list_path: Path_, levels: Levels) -> list[Levels]:
        """Return the levels of each item of a list at a path; for an empty path `levels` alone."""
        items = [levels]
        for step in list_path:
            items = [[*outer, inner] for outer in items for inner in self._below(step, outer[-1])]
        return items

    def _below(self, step: str, level: _Level) -> list[_Level]:
        """Return the levels of the items in a field, or of all fields for ``*``."""
        value = level.value if isinstance(level.value, dict) else {}
        if step == "*":
            pairs = value.items()
            return [_Level({"key": k, "value": v}, (*level.path, k), True) for k, v in pairs]
        inner, path = value.get(step), level.below((step,))
        if isinstance(inner, list):
            return [_Level(part, (*path, number)) for number, part in enumerate(inner)]
        return [] if inner is None else [_Level(inner, path)]

    # ---- Values

    def _once(self, key: object, level: int, prepare: Callable[[], Work]) -> Work:
        """Return the function that works something out once in a level, and keeps it there."""
        if key not in self._once_each:
            work = prepare()

            def find(levels: Levels) -> Any:
                known = levels[level].known
                if work not in known:
                    known[work] = work(levels)
                return known[work]

            self._once_each[key] = find
        return self._once_each[key]

    def _fill(self, filling: Filling | None) -> Text:
        """Return a function that fills a template; ``None`` if a slot is empty and not optional."""
        if filling is None:
            return lambda levels: None
        if filling.only:
            return self._text(filling.only)
        frame = [part if isinstance(part, str) else "" for part in filling.parts]
        slots = [(n, self._text(p)) for n, p in enumerate(filling.parts) if isinstance(p, Ref)]
        constant = "".join(frame) or None

        def fill(levels: Levels) -> str | None:
            texts = [*frame]
            for number, find in slots:
                text = find(levels)
                if text is None:
                    return None
                texts[number] = text
            return "".join(texts).strip() or None

        return fill if slots else lambda levels: constant

    def _text(self, ref: Ref) -> Text:
        """Return a function for the clean text of a field or variable; ``""`` if optional."""
        if ref.variable is not None:
            work, level = partial(self._variable, ref.variable), len(ref.variable.each)
            known = self._once(("let", id(ref.variable)), level, work)
            return (lambda levels: known(levels) or "") if ref.optional else known
        read, trimmed, empty = self._value(ref), self._trimmed, self._empty
        nothing = "" if ref.optional else None

        def find(levels: Levels) -> str | None:
            value = read(levels)
            if value is None:
                return nothing
            if not isinstance(value, str):
                reason = (
                    f"{ref.name} is a list or an object here, not a text; go over its items with "
                    "each"
                )
                raise Unusable(levels[ref.level].below(ref.path), reason)
            text = trimmed(value)
            return nothing if text in empty else text

        return find

    def _value(self, ref: Ref) -> Callable[[Levels], Value]:
        """Return a function for the value of a field, or of ``key`` or ``value`` of a pair."""
        if ref.path in (FILE, NUMBER):
            return lambda levels: self._file if ref.path == FILE else self._number
        level, path = ref.level, ref.path

        def read(levels: Levels) -> Value:
            value = levels[level].value
            for step in path:
                value = value.get(step) if isinstance(value, dict) else None
            return value

        return read

    def _variable(self, variable: Variable) -> Text:
        """Return a function that computes a variable; `Unusable` for a word not in its map."""
        fill, words, default = self._fill(variable.filling), variable.map, variable.default
        fill_default = self._fill(default) if default and default.parts else lambda levels: ""
        change = lru_cache(maxsize=4_096)(partial(_changed, variable))

        def find(levels: Levels) -> str | None:
            filled = fill(levels)
            text = None if filled is None else change(filled)
            if text is not None and words is not None:
                if text in words:
                    return words[text] or None
                if default is None:
                    reason = f"“{text[:60]}” is not in the map of {variable.name} in [let]"
                    raise Unusable(_path_of(variable.filling, levels), reason)
                text = None
            return text if text is not None or default is None else fill_default(levels)

        return find

    def _literal(self, text: str, datatype: str = "") -> str:
        """Return a literal of N-Triples."""
        try:
            return f"{literal(text)}^^<{datatype}>" if datatype else literal(text)
        except UnicodeEncodeError:
            raise Unusable((), "a text has half a character (a lone surrogate)") from None

    def _integer(self, text: str, path: Path) -> str:
        """Return a whole number as a literal."""
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise Unusable(path, f"“{text[:60]}” is no whole number")
        return str(Literal(text.removeprefix("+"), datatype=_INTEGER))

    # ---- Which fields there are

    def _see(self, value: Value, path: Path_) -> None:
        """Note which fields a value has; of objects with the same fields, the first at a path."""
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
    starred: Path_ = ()
    for step in path:
        starred += ("*", "value") if starred in stars else (step,)
    return starred


def _walk(value: Value, path: Path) -> Value:
    """Return the value at a path."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def _path_of(filling: Filling, levels: Levels) -> Path:
    """Return the path of the first field of a template."""
    if filling.first is None:
        return levels[-1].path
    level, path = filling.first
    return levels[level].below(path)


def _changed(variable: Variable, text: str) -> str | None:
    """Return the part of a text, or the match, that a variable wants; ``None`` if not there."""
    if variable.part is not None:
        parts = text.split(variable.by)
        number = variable.part - 1 if variable.part > 0 else variable.part
        if not -len(parts) <= number < len(parts):
            return None
        text = parts[number]
    if variable.match is not None:
        match = variable.match.search(text)
        matched = (match[1] if variable.match.groups else match[0]) if match else None
        if matched is None:
            return None
        text = matched
    return _in_case(text, variable.case) if variable.case else text


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
    """Return True if an EDTF literal is an interval to an uncertain date, not after `latest`."""
    match = re.search(r'/(\d{4}(?:-\d\d){0,2})[?%]"', when)
    if not match:
        return False
    last = edtf.parse(match[1])
    return isinstance(last, edtf.Date) and last.first <= latest
