"""Records of files whose values are in each other, built from events, in one pass.

An event is its kind, a text and a line: the start of an object or a list, its end, or a scalar. In
an object names and values take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from allgraph.errors import LoadError
from allgraph.selectors.places import Kind, Value, digest, path_of, place_of
from allgraph.selectors.records import DEEPEST, LARGEST_RECORD, MOST_VALUES, Lines, Record

OBJECT, LIST, END, SCALAR = range(4)
Event: TypeAlias = tuple[int, str | None, int]
MERGE = "<<\ud800"
"""The name, in events, of what a merge key of YAML merges; no text has half a surrogate pair."""


def build(events: Iterator[Event], first: Event, name: str) -> tuple[Value, Lines]:
    """Build the value that starts with the event `first`; return it and its lines.

    Raises `LoadError`, for the file `name`, when a name comes twice in an object, or a limit is
    exceeded.
    """
    kind, text, line = first
    if kind == SCALAR:
        return text, line
    value: Any = {} if kind == OBJECT else []
    lines: Any = {} if kind == OBJECT else []
    top, top_lines = value, (line, lines)
    stack: list[tuple[Any, Any]] = []
    key, count, size = None, 0, 0
    for kind, text, line in events:
        if kind == SCALAR:
            count += 1
            if text is not None:
                size += len(text)
            if key is not None:
                value[key] = text
                lines[key] = line
                key = None
            elif type(value) is list:
                value.append(text)
                lines.append(line)
            elif text in value:
                shown = "<<" if text == MERGE else text
                raise LoadError(
                    f"the name “{_short(shown)}” comes twice in one object; remove one of the two",
                    path=name,
                    line=line,
                )
            else:
                key = text
        elif kind == END:
            if MERGE in value:
                _merge(value, lines, name, line)
            if not stack:
                break
            value, lines = stack.pop()
            key = None
        else:
            count += 1
            part: Any = {} if kind == OBJECT else []
            part_lines: Any = {} if kind == OBJECT else []
            if type(value) is list:
                value.append(part)
                lines.append((line, part_lines))
            else:
                value[key] = part
                lines[key] = (line, part_lines)
                key = None
            stack.append((value, lines))
            if len(stack) >= DEEPEST:
                raise too_deep(name, line)
            value, lines = part, part_lines
        if count > MOST_VALUES or size > LARGEST_RECORD:
            raise too_large(name, line, count)
    return top, top_lines


def _merge(value: dict[str, Value], lines: dict[str, Lines], name: str, line: int) -> None:
    """Replace what a merge key of YAML names by its fields; those of `value` come first."""
    merged, merged_lines = value.pop(MERGE), lines.pop(MERGE)
    parts = merged if isinstance(merged, list) else [merged]
    inner = merged_lines[1] if isinstance(merged_lines, tuple) else []
    all_lines = inner if isinstance(inner, list) else [merged_lines]
    for part, part_lines in zip(parts, all_lines, strict=False):
        if not isinstance(part, dict) or not isinstance(part_lines, tuple):
            raise LoadError("“<<” merges objects, and this is none", path=name, line=line)
        for key, content in part.items():
            if key not in value:
                value[key] = content
                lines[key] = part_lines[1][key]  # type: ignore[call-overload]


def too_deep(name: str, line: int) -> LoadError:
    """Return the error for values that are too deep in each other."""
    return LoadError(
        f"more than {DEEPEST} lists and objects are in each other; make the record flatter",
        path=name,
        line=line,
    )


def too_large(name: str, line: int, count: int) -> LoadError:
    """Return the error for a record with `count` values, which are too many or too long."""
    what = (
        f"{MOST_VALUES:,} values, aliases counted"
        if count > MOST_VALUES
        else f"{LARGEST_RECORD // 2**20} MiB"
    )
    return LoadError(
        f"a record has more than {what}; say with “entries” where the list of records is, "
        "or make the record smaller",
        path=name,
        line=line,
    )


def _short(text: str | None) -> str:
    """Return a text for a message, at most 60 characters of it."""
    return text if text and len(text) <= 60 else f"{(text or '')[:60]}…"


def _skip(events: Iterator[Event]) -> None:
    """Read the events of one value."""
    depth = 0
    for kind, _, _ in events:
        depth += (kind in (OBJECT, LIST)) - (kind == END)
        if depth == 0:
            break


def _entries(
    events: Iterator[Event], first: Event, path: tuple[str, ...], name: str
) -> Iterator[tuple[Value, Lines, int]]:
    """Yield the entries of the list at a path, with their lines, and the line of each.

    Raises `LoadError` if no list is there.
    """
    kind_of_all, _, line = first
    if not path:
        if kind_of_all != LIST:
            raise LoadError(
                "there is no list at “entries”; name the list of records", path=name, line=line
            )
        for event in events:
            if event[0] == END:
                break
            yield *build(events, event, name), event[2]
        return
    seen: set[str | None] = set()
    for kind, key, line in events if kind_of_all == OBJECT else ():
        if kind == END:
            break
        if key in seen:
            raise LoadError(
                f"the name “{_short(key)}” comes twice in one object; remove one of the two",
                path=name,
                line=line,
            )
        seen.add(key)
        if key == path[0]:
            yield from _entries(events, next(events), path[1:], name)
        else:
            _skip(events)
    if path[0] not in seen:
        raise LoadError(f"“entries” says “{path[0]}”, which is not there", path=name, line=line)


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
    steps = path_of(Kind.POINTER, entries) if entries.startswith("/") else entries.split(".")
    path = tuple(str(step) for step in steps) if entries else ()
    number, is_list = 0, False
    whole: tuple[dict[str, Value], Lines, int] | None = None
    for number, events in enumerate(documents, 1):
        first = next(events)
        if is_list or (number > 1 and path):
            raise LoadError(
                "several documents in a file are objects each", path=name, line=first[2]
            )
        if path or (first[0] == LIST and digest_of_file):
            is_list = True
            for index, (value, lines, line) in enumerate(_entries(events, first, path, name)):
                place = place_of(Kind.POINTER, (*path, index))
                yield _record(_fields(value, name, line), lines, line, place)
        else:
            value, lines = build(events, first, name)
            found = _fields(value, name, first[2]), lines, first[2]
            if number == 1 and digest_of_file:
                whole = found
            else:
                if whole:
                    yield _record(*whole, "/0")
                whole = None
                yield _record(*found, f"/{number - 1}")
        for _ in events:  # what is left may be broken
            pass
    if whole and digest_of_file:
        fields, lines, line = whole
        yield Record(fields, "", line, digest_of_file(), Kind.POINTER, lines)
    if number == 0 and digest_of_file:
        raise LoadError("is empty", path=name)


def _fields(value: Value, name: str, line: int) -> dict[str, Value]:
    """Return a value that is an object. Raises `LoadError` for another."""
    if not isinstance(value, dict):
        raise LoadError("a record is an object, and this is none", path=name, line=line)
    return value


def _record(fields: dict[str, Value], lines: Lines, line: int, place: str) -> Record:
    """Return a record that is not a whole file."""
    return Record(fields, place, line, digest(fields), Kind.POINTER, lines)
