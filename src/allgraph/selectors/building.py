"""Records of files whose values are in each other, built from events, in one pass.

An event is its kind, a text and a line: the start of an object or a list, its end, or a scalar. In
an object names and values take turns. A plain scalar may be null, or the merge key of YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from allgraph.errors import LoadError
from allgraph.selectors.places import Kind, Value, digest, path_of, place_of
from allgraph.selectors.records import (
    DEEPEST,
    LARGEST_RECORD,
    VALUE_SIZE,
    Lines,
    Record,
    quoted,
    too_deep,
    too_large,
)

SCALAR, PLAIN, END, OBJECT, LIST = range(5)
Event: TypeAlias = tuple[int, str, int]
_NULL = {"", "~", "null", "Null", "NULL"}
_MERGE = "<<\ud800"
"""The name of what is merged; no text of a file has half a surrogate pair."""


def build(events: Iterator[Event], first: Event, name: str) -> tuple[Value, Lines]:
    """Build the value that starts with the event `first`; return it and its lines.

    Raises `LoadError`, for the file `name`, when a name comes twice in an object or is no text, or
    a limit is exceeded.
    """
    kind, text, line = first
    if kind < END:
        return None if kind == PLAIN and text in _NULL else text, line
    value: Any = {} if kind == OBJECT else []
    lines: Any = {} if kind == OBJECT else []
    top, top_lines = value, (line, lines)
    stack: list[tuple[Any, Any]] = []
    key, size = None, 0
    for kind, text, line in events:
        if kind < END:
            size += len(text) + VALUE_SIZE
            if size > LARGEST_RECORD:
                raise too_large(name, line)
            if key is not None:
                value[key] = None if kind == PLAIN and text in _NULL else text
                lines[key] = line
                key = None
            elif type(value) is list:
                value.append(None if kind == PLAIN and text in _NULL else text)
                lines.append(line)
            else:
                key = _MERGE if kind == PLAIN and text == "<<" else text
                if key in value:
                    raise _twice(text, name, line)
        elif kind == END:
            if _MERGE in value:
                _merge(value, lines, name, line)
            if not stack:
                break
            value, lines = stack.pop()
        else:
            part: Any = {} if kind == OBJECT else []
            part_lines: Any = {} if kind == OBJECT else []
            if key is not None:
                value[key], lines[key] = part, (line, part_lines)
                key = None
            elif type(value) is list:
                value.append(part)
                lines.append((line, part_lines))
            else:
                raise _no_name(name, line)
            stack.append((value, lines))
            value, lines = part, part_lines
            size += VALUE_SIZE
            if size > LARGEST_RECORD:
                raise too_large(name, line)
            if len(stack) >= DEEPEST:
                raise too_deep(name, line)
    return top, top_lines


def _merge(value: dict[str, Value], lines: Any, name: str, line: int) -> None:
    """Replace a merge key by the fields of its object, or list of objects, that are new."""
    merged: Any = value.pop(_MERGE)
    merged_lines = lines.pop(_MERGE)
    is_list = isinstance(merged, list)
    parts = zip(merged, merged_lines[1], strict=True) if is_list else [(merged, merged_lines)]
    for part, part_lines in parts:
        if not isinstance(part, dict):
            raise LoadError("“<<” merges objects, and this is not an object", path=name, line=line)
        for key in part.keys() - value.keys():
            value[key], lines[key] = part[key], part_lines[1][key]


def _skip(events: Iterator[Event], name: str) -> None:
    """Read the events of one value, and drop them."""
    depth = 0
    for kind, _, line in events:
        depth += (kind > END) - (kind == END)
        if depth > DEEPEST:
            raise too_deep(name, line)
        if depth == 0:
            break


def _entries(
    events: Iterator[Event], first: Event, path: tuple[str, ...], name: str
) -> Iterator[tuple[Value, Lines, int]]:
    """Yield the entries of the list at a path, with their lines, and the line of each.

    Raises `LoadError` if no list is there.
    """
    form, _, line = first
    if not path:
        if form != LIST:
            raise LoadError(
                ("“entries” does not lead to a list; give the path of one"), path=name, line=line
            )
        for event in events:
            if event[0] == END:
                break
            yield *build(events, event, name), event[2]
        return
    seen: set[str] = set()
    for kind, key, at in events if form == OBJECT else ():
        if kind == END:
            break
        if kind > END:
            raise _no_name(name, at)
        if key in seen:
            raise _twice(key, name, at)
        seen.add(key)
        if key == path[0]:
            yield from _entries(events, next(events), path[1:], name)
        else:
            _skip(events, name)
    if path[0] not in seen:
        raise LoadError(
            (f"“entries” names “{path[0]}”, which the file does not have"), path=name, line=line
        )


def records(
    documents: Iterable[Iterator[Event]],
    name: str,
    entries: str,
    digest_of_file: Callable[[], str] | None,
) -> Iterator[Record]:
    """Yield the records of a file of one or more documents.

    A list has a record for each entry, an object is one record. Several documents, which have to be
    objects, count as the entries of a list. Without `digest_of_file` a document is an entry even if
    it is the only one. `entries` is as in `Options`.
    """
    path = tuple(str(step) for step in path_of(Kind.POINTER, _pointer(entries)))
    number, is_list = 0, False
    whole: tuple[dict[str, Value], Lines, int] | None = None
    for number, events in enumerate(documents, 1):
        first = next(events)
        if is_list or (number > 1 and path):
            raise LoadError(
                "if a file has several documents, each must be an object", path=name, line=first[2]
            )
        if path or (first[0] == LIST and digest_of_file):
            is_list = True
            for index, (value, lines, line) in enumerate(_entries(events, first, path, name)):
                place = place_of(Kind.POINTER, (*path, index))
                yield _record(_fields(value, name, line), lines, line, place)
        else:
            value, lines = build(events, first, name)
            parts = _fields(value, name, first[2]), lines, first[2]
            if number == 1 and digest_of_file:
                whole = parts
            else:
                if whole:
                    yield _record(*whole, "/0")
                whole = None
                yield _record(*parts, f"/{number - 1}")
        for _ in events:  # what is left may be broken
            pass
    if digest_of_file and whole:
        fields, lines, line = whole
        yield Record(fields, "", line, digest_of_file(), Kind.POINTER, lines)
    if digest_of_file and number == 0:
        raise LoadError("is empty", path=name)


def _pointer(entries: str) -> str:
    """Return the pointer of names with dots between them; a pointer, or nothing, stays.

    >>> _pointer("data.bills")
    '/data/bills'
    """
    return f"/{entries.replace('.', '/')}" if entries and entries[0] != "/" else entries


def _fields(value: Value, name: str, line: int) -> dict[str, Value]:
    """Return a value that is an object. Raises `LoadError` for another."""
    if not isinstance(value, dict):
        raise LoadError("a record must be an object, and this is not one", path=name, line=line)
    return value


def _record(fields: dict[str, Value], lines: Lines, line: int, place: str) -> Record:
    """Return a record that is not a whole file."""
    return Record(fields, place, line, digest(fields), Kind.POINTER, lines)


def _twice(key: str, name: str, line: int) -> LoadError:
    """Return the error for a name that an object has twice."""
    return LoadError(
        f"the name {quoted(key)} comes twice in one object; remove one", path=name, line=line
    )


def _no_name(name: str, line: int) -> LoadError:
    """Return the error for a name in an object that is no scalar."""
    return LoadError("a name in an object is a list or object; write a text", path=name, line=line)
