"""Records of YAML, from the events of its parser, in one pass.

A scalar is its text as the source has it: ``yes``, ``46`` and ``2023-01-01`` stay texts. A plain
``~``, ``null`` or nothing is ``None``. Aliases stand for copies, whose lines are
those of the anchor; merge keys (``<<``) are resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError, extra
from allgraph.selectors.building import END, LIST, OBJECT, PLAIN, SCALAR, Event, records
from allgraph.selectors.records import (
    LARGEST_RECORD,
    VALUE_SIZE,
    Options,
    Record,
    quoted,
    too_large,
)
from allgraph.selectors.texts import Source, check_encoding, opened_source


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file as it is read; see `building.records`. Raises `LoadError`."""
    with extra("import"):
        import yaml
    with opened_source(path, name, options) as (source, text):
        try:
            parser = yaml._yaml.CParser(text) if yaml.__with_libyaml__ else yaml.Loader(text)
            documents = _documents(parser.get_event, source)
            yield from records(documents, name, options.entries, source.digest)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            what = " ".join(f"{error.context or ''} {error.problem or ''}".split())
            line = mark.line + 1 if mark else None
            raise LoadError(f"not YAML: {what}", path=name, line=line) from None
        except yaml.reader.ReaderError as error:
            check_encoding(path, name, options)
            raise LoadError(
                f"not YAML: {error.reason}, at character {error.position}; remove it", path=name
            ) from None


def _documents(get: Callable[[], Any], source: Source) -> Iterator[Iterator[Event]]:
    """Yield the events of each document; each has to be read before the next."""
    import yaml

    while (event := get()) is not None:
        if type(event) is yaml.DocumentStartEvent:
            yield _events(get, source)


def _events(get: Callable[[], Any], source: Source) -> Iterator[Event]:
    """Yield the events of a document, with those that aliases stand for."""
    import yaml

    scalar, alias = yaml.ScalarEvent, yaml.AliasEvent
    forms = {
        yaml.MappingStartEvent: OBJECT,
        yaml.SequenceStartEvent: LIST,
        yaml.MappingEndEvent: END,
        yaml.SequenceEndEvent: END,
    }
    anchors = _Anchors(source.name)
    while True:
        event = get()
        kind = type(event)
        source.stalled = 0
        line = event.start_mark.line + 1
        if kind is scalar:
            parsed = (PLAIN if event.implicit[0] else SCALAR), event.value, line
        elif kind in forms:
            parsed = forms[kind], "", line
        elif kind is alias:
            yield from anchors.copies(event.anchor, line)
            continue
        else:
            return
        if parsed[0] != END and event.anchor is not None:
            anchors.start(event.anchor)
        if anchors.pending:
            anchors.add(parsed, line)
        yield parsed


class _Anchors:
    """The events that the anchors of a document stand for.

    Those that are logged, and those that aliases add, are limited as the values of a record are.
    """

    def __init__(self, name: str) -> None:
        self.pending: list[tuple[str, int, int]] = []
        """The anchors of what has not ended, with their starts in the log and their depths."""
        self._name = name
        self._log: list[Event] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._depth = self._size = 0

    def start(self, anchor: str) -> None:
        """Note that the next event is the first of an anchor."""
        self.pending.append((anchor, len(self._log), self._depth))

    def add(self, event: Event, line: int) -> None:
        """Log an event, and note which anchors end with it."""
        self._log.append(event)
        self._count(event, line)
        kind = event[0]
        self._depth += (kind > END) - (kind == END)
        while self.pending and self.pending[-1][2] == self._depth:
            anchor, start, _ = self.pending.pop()
            self._places[anchor] = start, len(self._log)

    def copies(self, anchor: str, line: int) -> Iterator[Event]:
        """Yield the events of an anchor, which has to have ended."""
        if anchor not in self._places:
            raise LoadError(
                f"this alias needs an anchor {quoted(anchor)} that ends before it",
                path=self._name,
                line=line,
            )
        start, end = self._places[anchor]
        for event in self._log[start:end]:
            if self.pending:
                self.add(event, line)
            else:
                self._count(event, line)
            yield event

    def _count(self, event: Event, line: int) -> None:
        """Count an event. Raises `LoadError`, with the line, if there are too many."""
        self._size += len(event[1]) + VALUE_SIZE
        if self._size > LARGEST_RECORD:
            raise too_large(self._name, line)
