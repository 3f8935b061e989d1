"""Records of XML, as they are read by expat, which is in Python and knows every line exactly.

An element without attributes and children is its text, as it stands, or ``None`` if it is empty.
Another one is an object: attributes are ``@name``, its own text, unless it is only spaces, is
``#text``, and each child is a field, a list where its name is repeated. Names have the prefixes of
the document, whose declarations are left out. A document type, and so entities of its own, is
refused; nothing else is ever opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError
from allgraph.selectors.places import TEXT, Kind, Value, digest, place_of
from allgraph.selectors.records import (
    DEEPEST,
    LARGEST_RECORD,
    VALUE_SIZE,
    Lines,
    Options,
    Record,
    too_deep,
    too_large,
)
from allgraph.selectors.texts import Source, opened_source

_PIECE = 2**16


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file as it is read: the elements at `entries`, else the root.

    Raises `LoadError`.
    """
    from xml.parsers.expat import ExpatError

    with opened_source(path, name, options) as (source, text):
        reader = _Reader(source, options)
        try:
            while piece := text.read(max(_PIECE, source.stalled)):  # so that long ones end soon
                reader.parser.Parse(piece)
                yield from reader.records()
            reader.parser.Parse(b"", True)
        except ExpatError as error:
            what = str(error).partition(":")[0]
            raise LoadError(f"not XML: {what}", path=name, line=error.lineno) from None
        except (LookupError, ValueError) as error:  # of the encoding that the document names
            raise LoadError(f"not XML: {error}; save it as UTF-8", path=name, line=1) from None
        yield from reader.records()
        if reader.root:
            yield replace(reader.root, digest=source.digest())
        elif not reader.has_entries:
            raise LoadError(
                (f"“entries” names {options.entries}, which the file does not have"), path=name
            )


class _Element:
    """An element whose end was not read yet: its fields, their lines, and its texts."""

    __slots__ = ("fields", "line", "lines", "name", "texts")

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.fields: dict[str, Any] = {}
        self.lines: dict[str, Any] = {}
        self.texts: list[str] = []

    def add(self, name: str, value: Value, lines: Lines) -> None:
        """Add an attribute or child; the second of a name makes a list of both."""
        if name not in self.fields:
            self.fields[name], self.lines[name] = value, lines
        elif isinstance(self.fields[name], list):
            self.fields[name].append(value)
            self.lines[name][1].append(lines)
        else:
            before = self.lines[name]
            line = before[0] if isinstance(before, tuple) else before
            self.fields[name] = [self.fields[name], value]
            self.lines[name] = line, [before, lines]

    def content(self, is_record: bool) -> tuple[Any, Lines]:
        """Return the value of the element, which is an object for a record, and its lines."""
        text = "".join(self.texts)
        if not self.fields and not is_record:
            return text or None, self.line
        if text.strip():
            self.fields[TEXT], self.lines[TEXT] = text, self.line
        return self.fields, (self.line, self.lines)


class _Reader:
    """The handlers of a parser, which make records."""

    def __init__(self, source: Source, options: Options) -> None:
        from xml.parsers.expat import ParserCreate

        self.root: Record | None = None
        self.has_entries = False
        self._source = source
        self._entries = options.entries.strip("/").split("/") if options.entries else []
        self._found: list[Record] = []
        self._elements: list[_Element] = []  # in the record
        self._outer: list[str] = []  # names around it
        self._counts = [0] * len(self._entries)  # of elements on the path to the entries
        self._kind = Kind.XPATH
        self._size = 0
        self.parser = ParserCreate()
        self.parser.buffer_text = True
        self.parser.ordered_attributes = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype

    def records(self) -> list[Record]:
        """Return the records that were found since the last call."""
        records, self._found = self._found, []
        return records

    def _doctype(self, *_: object) -> None:
        """Refuse a document type."""
        raise LoadError(
            "has a document type (<!DOCTYPE), which could have entities; remove it",
            path=self._source.name,
            line=self.parser.CurrentLineNumber,
        )

    def _start(self, name: str, attributes: list[str]) -> None:
        """Start an element, of a record or around one."""
        line = self.parser.CurrentLineNumber
        depth = len(self._outer)
        if depth + len(self._elements) >= DEEPEST:
            raise too_deep(self._source.name, line)
        if ":" in name or any(key.startswith("xmlns") for key in attributes[::2]):
            self._kind = Kind.QUALIFIED
        if not self._elements and self._entries:
            self._source.stalled = 0
            is_on_path = [*self._outer, name] == self._entries[: depth + 1]
            if is_on_path:
                self._counts[depth] += 1
                self._counts[depth + 1 :] = [0] * (len(self._entries) - depth - 1)
            if not is_on_path or depth + 1 < len(self._entries):
                self._outer.append(name)
                return
        if not self._elements:
            self._size = 0
        element = _Element(name, line)
        self._elements.append(element)
        self._count(VALUE_SIZE)
        for key, value in zip(attributes[::2], attributes[1::2], strict=True):
            self._count(VALUE_SIZE + len(value))
            if key != "xmlns" and not key.startswith("xmlns:"):
                element.add(f"@{key}", value, line)

    def _text(self, text: str) -> None:
        """Add text to the innermost element of a record."""
        self._count(len(text))
        if self._elements:
            self._elements[-1].texts.append(text)

    def _count(self, size: int) -> None:
        """Count characters of a record. Raises `LoadError` if there are too many."""
        self._source.stalled = 0
        self._size += size
        if self._elements and self._size > LARGEST_RECORD:
            raise too_large(self._source.name, self.parser.CurrentLineNumber)

    def _end(self, _: str) -> None:
        """End an element."""
        if not self._elements:
            self._outer.pop()
            return
        element = self._elements.pop()
        value, lines = element.content(not self._elements)
        if self._elements:
            self._elements[-1].add(element.name, value, lines)
        elif self._entries:
            self.has_entries = True
            path: list[str | int] = [self._entries[0]]
            for name, count in zip(self._entries[1:], self._counts[1:], strict=True):
                path += [name, count - 1]
            place = "/" + place_of(self._kind, tuple(path))
            self._found.append(Record(value, place, element.line, digest(value), self._kind, lines))
        else:
            self.root = Record(value, "", element.line, "", self._kind, lines)
