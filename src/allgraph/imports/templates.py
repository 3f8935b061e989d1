"""Templates of a mapping: texts with slots such as ``{name}``, and lines that say claims.

A template is parsed before values are filled in, so that a value with spaces, quotes or the word
``when`` stays one value.

>>> parse("{state}-{/id}").slots
(Slot(path=('state',), of_record=False, optional=False), Slot(path=('id',), of_record=True, \
optional=False))
>>> line = parse_line('person heldOffice office when {start}/{end} as Chair')
>>> line.predicate, line.object.text, [*line.options]
('heldOffice', 'office', ['when', 'as'])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

OPTIONS = ("when", "as", "scheme", "lang", "ordinal", "by", "note", "interpreted")
"""What may follow subject, predicate and object in a line, each with a word or a text in quotes."""
_SLOT = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:\{[^{}]*\}|[^\s"])+)')


class TemplateError(ValueError):
    """An error in the syntax of a template or line; the message says what to write."""


class Slot(NamedTuple):
    """A place for a value: the path of a field, or the name of a variable.

    `of_record` means that the path begins at the record, not at the item of a list. An `optional`
    slot may stay empty.
    """

    path: tuple[str, ...]
    of_record: bool = False
    optional: bool = False

    @property
    def name(self) -> str:
        """The path as a mapping writes it, with dots between names."""
        return "/" * self.of_record + ".".join(self.path)


@dataclass(frozen=True)
class Template:
    """A text with slots; `parts` are texts and slots in turn."""

    text: str
    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots, in order."""
        return tuple(part for part in self.parts if isinstance(part, Slot))


class Word(NamedTuple):
    """A word of a line: a template, and whether it stood in quotes."""

    template: Template
    quoted: bool

    @property
    def text(self) -> str:
        """The text of the template."""
        return self.template.text

    @property
    def is_name(self) -> bool:
        """True if this is a plain word, which names a thing or a term."""
        return not self.quoted and not self.template.slots


class Line(NamedTuple):
    """A line that says a claim: subject, predicate, object, and options by their names."""

    text: str
    subject: str
    predicate: str
    object: Word
    options: Mapping[str, Word]


def parse(text: str) -> Template:
    """Parse a template. Raises `TemplateError` for a brace that does not belong to a slot."""
    parts: list[str | Slot] = []
    end = 0
    for match in _SLOT.finditer(text):
        parts += filter(None, [text[end : match.start()]])
        parts.append(_slot(match[1]))
        end = match.end()
    parts += filter(None, [text[end:]])
    for part in parts:
        if isinstance(part, str) and {"{", "}"} & {*part}:
            raise TemplateError(f"“{text}” has a brace that belongs to no slot; write {{field}}")
    return Template(text, tuple(parts))


def path_of(name: str) -> tuple[str, ...]:
    """Return the path that a name with dots stands for; ``.`` alone is the item itself."""
    return () if name == "." else tuple(name.split("."))


def _slot(name: str) -> Slot:
    """Parse what stands between the braces of a slot."""
    optional = name.endswith("?")
    name = name.removesuffix("?").strip()
    of_record = name.startswith("/")
    name = name.removeprefix("/")
    if not name:
        raise TemplateError("{} is an empty slot; write the name of a field in it")
    return Slot(path_of(name), of_record, optional)


def parse_line(text: str) -> Line:
    """Parse a line that says a claim. Raises `TemplateError`, which says what is wrong."""
    words, end = [], 0
    for match in _WORD.finditer(text):
        if text[end : match.start()].strip():
            break
        quoted = match[1] is not None
        words.append(Word(parse(re.sub(r"\\(.)", r"\1", match[1]) if quoted else match[2]), quoted))
        end = match.end()
    if text[end:].strip():
        raise TemplateError(f"“{text}” cannot be read at “{text[end:].strip()[:20]}”")
    if len(words) < 3:
        raise TemplateError(
            f"“{text}” has no subject, predicate and object; write, for example, "
            "person hasName {name}"
        )
    subject, predicate, obj, *rest = words
    for word, role in ((subject, "subject"), (predicate, "predicate")):
        if not word.is_name:
            raise TemplateError(f"the {role} of “{text}” must be a name, not “{word.text}”")
    options: dict[str, Word] = {}
    while rest:
        option = rest.pop(0).text
        if option not in OPTIONS:
            raise TemplateError(
                f"“{option}” in “{text}” is unknown here; after the object come "
                f"{', '.join(OPTIONS)}, and texts with spaces are written in quotes"
            )
        if not rest:
            raise TemplateError(f"“{option}” at the end of “{text}” has nothing after it")
        if option in options:
            raise TemplateError(f"“{text}” has “{option}” twice")
        options[option] = rest.pop(0)
    return Line(text, subject.text, predicate.text, obj, options)
