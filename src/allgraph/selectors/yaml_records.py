"""Records of YAML, from the events of its parser, in one pass.

A scalar is its text as the source has it: ``yes``, ``46`` and ``2023-01-01`` stay texts. A plain
``~``, ``null`` or nothing is ``None``. Aliases stand for copies, whose lines are
those of the anchor; merge keys (``<<``) are resolved. Names have to be scalars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from allgraph.errors import LoadError, extra
from allgraph.rdf.files import opened
from allgraph.selectors.building import (
    END,
    LIST,
    MERGE,
    OBJECT,
    SCALAR,
    Event,
    records,
    too_deep,
    too_large,
)
from allgraph.selectors.records import DEEPEST, MOST_VALUES, Options, Record
from allgraph.selectors.texts import Source

_NULL = {"", "~", "null", "Null", "NULL"}


def read(path: Path, name: str, options: Options) -> Iterator[Record]:
    """Yield the records of a file as it is read; see `building.records`. Raises `LoadError`."""
    with extra("import"):
        import yaml
    with opened(path, name) as file:
        source = Source(file, name)
        try:
            parser = _parser(source)
            yield from records(_documents(parser, source), name, options.entries, source.digest)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else None
            what = " ".join(part for part in (error.context, error.problem) if part)
            raise LoadError(f"not YAML: {what}", path=name, line=line) from None
        except yaml.reader.ReaderError as error:
            raise LoadError(
                f"not YAML: {error.reason} (at {error.position}); save the file as UTF-8", path=name
            ) from None


def _parser(source: Source) -> Any:
    """Return a parser of YAML: libyaml's, or where that is missing the slower one of Python."""
    import yaml

    if yaml.__with_libyaml__:
        return yaml._yaml.CParser(source)
    return yaml.Loader(source)  # only its events are taken


def _documents(parser: Any, source: Source) -> Iterator[Iterator[Event]]:
    """Yield the events of each document; each has to be read before the next."""
    from yaml import DocumentStartEvent

    get = parser.get_event
    while (event := get()) is not None:
        if type(event) is DocumentStartEvent:
            yield _events(get, source)


def _events(get: Callable[[], Any], source: Source) -> Iterator[Event]:
    """Yield the events of a document."""
    from yaml import (
        AliasEvent,
        DocumentEndEvent,
        MappingEndEvent,
        MappingStartEvent,
        ScalarEvent,
        SequenceEndEvent,
    )

    log: list[Event] = []  # from the first anchor that is open or known, in order
    anchors: dict[str, tuple[int, int]] = {}  # where they are in the log
    open_anchors: list[tuple[str, int, int]] = []
    is_name: list[bool | None] = [None]  # None in a list; in an object, whether a name is next
    added = 0
    while type(event := get()) is not DocumentEndEvent:
        source.stalled = 0
        kind = type(event)
        names = is_name[-1]
        if kind is ScalarEvent:
            text: str | None = event.value
            if event.implicit[0]:
                if names:
                    if text == "<<":
                        text = MERGE
                elif text in _NULL:
                    text = None
            found = SCALAR, text, event.start_mark.line + 1
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            is_name.pop()
            found = END, None, event.start_mark.line + 1
            names = None  # its turn was taken at its start
        elif kind is AliasEvent:
            line = event.start_mark.line + 1
            if event.anchor not in anchors:
                raise LoadError(
                    f"the anchor “&{event.anchor}” is not above, or contains this",
                    path=source.name,
                    line=line,
                )
            start, end = anchors[event.anchor]
            added += end - start
            if added > MOST_VALUES or len(log) > MOST_VALUES:
                raise too_large(source.name, line, MOST_VALUES + 1)
            copies = log[start:end]
            if names and len(copies) > 1:
                raise _no_name(source.name, line)
            if open_anchors:
                log += copies
            yield from copies
            if names is not None:
                is_name[-1] = not names
            continue
        else:
            line = event.start_mark.line + 1
            if names:
                raise _no_name(source.name, line)
            if len(is_name) > DEEPEST:
                raise too_deep(source.name, line)
            found = OBJECT if kind is MappingStartEvent else LIST, None, line
        if kind is not MappingEndEvent and kind is not SequenceEndEvent:
            if event.anchor is not None:
                open_anchors.append((event.anchor, len(log), len(is_name)))
            if names is not None:
                is_name[-1] = not names
            if found[0] != SCALAR:
                is_name.append(True if found[0] == OBJECT else None)
        if open_anchors:
            log.append(found)
            while open_anchors and found[0] >= END and open_anchors[-1][2] == len(is_name):
                anchor, start, _ = open_anchors.pop()
                anchors[anchor] = start, len(log)
        yield found


def _no_name(name: str, line: int) -> LoadError:
    """Return the error for a name in an object that is no scalar."""
    return LoadError("a name in an object is a list or object; write a text", path=name, line=line)
