"""Records of XML, as they are read by expat, which is in Python and knows every line exactly.

An element without attributes and children is its text, as it stands, or ``None`` if it is empty.
Another one is an object: attributes are ``@name``, its own text, unless it is only spaces, is
``#text``, and each child is a field, a list where its name is repeated. Names have the prefixes of
the document. A document type, and so entities of its own, is refused; nothing else is ever opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError
from allgraph.rdf.files import opened
from allgraph.selectors.building import too_deep, too_large
from allgraph.selectors.places import TEXT, Kind, Value, digest, place_of
from allgraph.selectors.records import DEEPEST, LARGEST_RECORD, MOST_VALUES, Lines, Options, Record
from allgraph.selectors.texts import Source

_PIECE = 2**16


class _Element:
    """An element that is read: what is known of its fields, and their lines."""

    __slots__ = ("counts", "fields", "line", "lines", "name", "texts")

    def __init__(self, name: str, line: int) -> None:
        self.name = name
        self.line = line
        self.fields: dict[str, Value] = {}
        self.lines: dict[str, Lines] = {}
        self.texts: list[str] = []
        self.counts: Counter[str] = Counter()

    def add(self, name: str, value: Value, lines: Lines) -> None:
        """Add a child: the second of a name makes a list."""
        if self.counts[name] == 0:
            self.fields[name], self.lines[name] = value, lines
        elif self.counts[name] == 1:
            before = self.lines[name]
            first = before[0] if isinstance(before, tuple) else before
            self.fields[name] = [self.fields[name], value]
            self.lines[name] = (first or 0, [before, lines])
        else:
            self.fields[name].append(value)  # type: ignore[union-attr]
            self.lines[name][1].append(lines)  # type: ignore[index, union-attr]
        self.counts[name] += 1

    def content(self) -> tuple[Value, Lines]:
        """Return the value of the element, and its lines."""
        text = "".join(self.texts)
        if not self.fields:
            return text or None, self.line
        if text.strip():
            self.fields[TEXT], self.lines[TEXT] = text, self.line
        return self.fields, (self.line, self.lines)


class _Reader:
    """The handlers of expat; `found` are the records that were read and not yet taken."""

    def __init__(self, parser: Any, source: Source, entries: tuple[str, ...]) -> None:
        self.found: list[Record] = []
        self.has_entries = not entries
        self._parser = parser
        self._source = source
        self._entries = entries
        self._elements: list[_Element] = []
        self._outer: list[tuple[str, Counter[str]]] = []  # elements around those of records
        self._kind = Kind.XPATH
        self._values = self._size = 0
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.buffer_text = True
        parser.ordered_attributes = True

    def _doctype(self, *_: object) -> None:
        raise LoadError(
            "has a document type (<!DOCTYPE …>), which could have entities; remove it",
            path=self._source.name,
            line=self._parser.CurrentLineNumber,
        )

    def _start(self, name: str, attributes: list[str]) -> None:
        line: int = self._parser.CurrentLineNumber
        self._source.stalled = 0
        if len(self._elements) + len(self._outer) >= DEEPEST:
            raise too_deep(self._source.name, line)
        pairs = [*zip(attributes[::2], attributes[1::2], strict=True)]
        if ":" in name or any(key.startswith("xmlns") for key, _ in pairs):
            self._kind = Kind.QUALIFIED
        if not self._elements:
            path = (*(outer for outer, _ in self._outer), name)
            if self._entries and path != self._entries:
                if self._outer:
                    self._outer[-1][1][name] += 1
                self._outer.append((name, Counter()))
                return
            if self._outer:
                self._outer[-1][1][name] += 1
            self._values = self._size = 0
        element = _Element(name, line)
        for key, value in pairs:
            if not key.startswith("xmlns"):
                element.add(f"@{key}", value, line)
        self._count(1 + len(pairs), sum(map(len, attributes)))
        self._elements.append(element)

    def _text(self, text: str) -> None:
        if self._elements:
            self._elements[-1].texts.append(text)
            self._count(0, len(text))

    def _count(self, values: int, size: int) -> None:
        self._values += values
        self._size += size
        if self._values > MOST_VALUES or self._size > LARGEST_RECORD:
            line = self._parser.CurrentLineNumber
            raise too_large(self._source.name, line, self._values)

    def _end(self, _: str) -> None:
        if not self._elements:
            self._outer.pop()
            return
        element = self._elements.pop()
        value, lines = element.content()
        if self._elements:
            self._elements[-1].add(element.name, value, lines)
            return
        self.has_entries = True
        fields: dict[str, Value] = value if isinstance(value, dict) else {TEXT: value}
        tree: Lines = lines if isinstance(lines, tuple) else (element.line, {TEXT: element.line})
        place = ""
        if self._entries:
            path: list[str | int] = []
            names = [*self._entries[1:]]
            for name, (_, counts) in zip(names, self._outer, strict=True):
                path += [name, counts[name] - 1]
            place = "/" + place_of(self._kind, (self._outer[0][0], *path))
        self.found.append(
            Record(fields, place, element.line, place and digest(fields), self._kind, tree)
        )


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file as it is read: the elements at `entries`, else the root.

    Raises `LoadError`.
    """
    from xml.parsers.expat import ExpatError, ParserCreate, errors

    with opened(path, name) as file:
        source = Source(file, name)
        parser = ParserCreate()
        entries = tuple(options.entries.strip("/").split("/")) if options.entries else ()
        reader = _Reader(parser, source, entries)
        try:
            is_end = False
            while not is_end:
                piece = source.read(_PIECE)
                is_end = not piece
                parser.Parse(piece, is_end)
                if entries:
                    yield from reader.found
                    reader.found.clear()
        except ExpatError as error:
            what = errors.messages.get(error.code, str(error))
            raise LoadError(
                f"not XML: {what} (column {error.offset + 1})", path=name, line=error.lineno
            ) from None
        if not reader.has_entries:
            raise LoadError(f"“entries” says {options.entries}, which is not there", path=name)
        for record in reader.found:  # the root
            yield Record(record.fields, "", record.line, source.digest(), record.kind, record.lines)
