"""Mappings: files ``imports/NAME.toml`` that say what the fields of records mean.

`mapping_file` reads them.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from allgraph.imports.dates import Forms
from allgraph.imports.templates import Line
from allgraph.imports.terms import Predicate

Path_ = tuple[str, ...]
FILE, NUMBER = ("\0file",), ("\0#",)
"""The paths of what each record has beside its fields: its file, and its number in a ledger."""


CASES = ("lower", "upper", "title")
"""The cases of letters that a variable may have; ``title`` makes a name of an identifier."""


@dataclass(frozen=True)
class Ref:
    """The origin of the value of a slot: a variable, or a field at a level of the record.

    Level 0 is the record, 1 an item of its list, 2 an item in that.
    """

    level: int
    path: Path_ = ()
    variable: Variable | None = None
    name: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Filling:
    """A template whose slots are found: texts and references in turn."""

    text: str
    parts: tuple[str | Ref, ...]

    @cached_property
    def refs(self) -> tuple[Ref, ...]:
        """The references, in order."""
        return tuple(part for part in self.parts if isinstance(part, Ref))

    @cached_property
    def only(self) -> Ref | None:
        """The reference that this is, and nothing else."""
        return self.refs[0] if len(self.refs) == len(self.parts) == 1 else None

    @cached_property
    def first(self) -> tuple[int, Path_] | None:
        """Level and path of the first field of the record that it depends on, if any."""
        places = ((n, path) for n, path in self.fields() if path and path not in (FILE, NUMBER))
        return next(places, None)

    def fields(self) -> Iterator[tuple[int, Path_]]:
        """Yield level and path of all fields that the value depends on, through variables too."""
        for ref in self.refs:
            if ref.variable is None:
                yield ref.level, ref.path
            else:
                yield from ref.variable.filling.fields()


@dataclass(frozen=True)
class Variable:
    """A value made from others, see ``[let]``: a part of a text, a match in it, a word for it.

    `case` is that of its letters, one of `CASES`.
    """

    name: str
    each: Path_
    filling: Filling
    part: int | None = None
    by: str = "/"
    match: re.Pattern[str] | None = None
    map: Table[str, str] | None = None
    default: Filling | None = None
    case: str = ""


@dataclass(frozen=True)
class Condition:
    """A condition on a value: one of `values`, or none of them if `negated`.

    Without `values` it is that there is one.
    """

    ref: Ref
    values: frozenset[str] | None
    negated: bool = False


@dataclass(frozen=True)
class ThingSpec:
    """A thing that records are about: its IRI is made of `id`, or is `iri` as it stands.

    One without a label is described by another record, or another file.
    """

    name: str
    each: Path_
    id: Filling
    is_iri: bool
    kind: str
    label: Filling | None
    text: Filling | None = None
    classification: Filling | None = None
    needs: tuple[Ref, ...] = ()
    same: tuple[Ref, ...] = ()
    line: int | None = None


@dataclass(frozen=True)
class ClaimSpec:
    """A claim that is said of each item: `subject` and `object` are things, IRIs or texts."""

    line: Line
    predicate: Predicate
    subject: ThingSpec | str
    object: ThingSpec | str | Filling
    when: tuple[Filling, ...] = ()
    role: Filling | None = None
    scheme: Filling | None = None
    language: str = ""
    ordinal: Filling | None = None
    by: ThingSpec | str | None = None
    note: Filling | None = None
    interpreted: Filling | None = None
    place: tuple[int, Path_] | None = None

    def is_about(self, kinds: Container[str]) -> bool:
        """Return True if the claim names a thing of some classes, or has a fixed subject."""
        ends = self.subject, self.object, self.by
        names_thing = any(isinstance(end, ThingSpec) and f"<{end.kind}>" in kinds for end in ends)
        return names_thing or isinstance(self.subject, str)


@dataclass(frozen=True)
class ClaimsSpec:
    """Claims that are said together, of the record or of each item of a list in it."""

    number: int
    each: Path_
    key: tuple[Ref, ...]
    where: tuple[Condition, ...]
    claims: tuple[ClaimSpec, ...]
    current: bool | None
    sensitive: bool
    text_line: int | None


@dataclass(frozen=True)
class Source:
    """The description of the source; dates and version are those that the mapping fixes."""

    iri: str
    label: str
    address: str
    page: str = ""
    licence: str = ""
    publisher: str = ""
    version: str = ""
    read: str = ""
    earliest: str = ""
    latest: str = ""
    current: tuple[Condition, ...] | None = None


@dataclass(frozen=True)
class Mapping:
    """A mapping that was read and checked: the place of the records, and the claims about them."""

    name: str
    path: Path
    text: str
    records: str
    options: Table[str, str]
    key: tuple[Ref, ...]
    has_ledger: bool
    ignored: tuple[Path_, ...]
    count: tuple[int, int] | None
    max_problems: float | None
    after: tuple[str, ...]
    source: Source
    empty: frozenset[str]
    trim: bool
    forms: Forms
    where: tuple[Condition, ...]
    claims: tuple[ClaimsSpec, ...]
    patterns: Table[str, re.Pattern[str]]
    is_flat: bool = False
    used: Table[Path_, int | None] = field(default_factory=dict)
