"""Values of records and their places, for tests of readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import strategies as st

from allgraph.selectors import (
    Options,
    Record,
    Value,
    building,
    json_records,
    read,
    records,
    reopen,
    texts,
    xml_records,
    yaml_records,
)
from allgraph.selectors import Path as Steps

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
values: st.SearchStrategy[Value] = st.recursive(
    st.none() | words,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(words, parts, max_size=3),
    max_leaves=12,
)
objects: st.SearchStrategy[dict[str, Value]] = st.dictionaries(
    words, values, min_size=1, max_size=4
)


def paths(value: Value, before: Steps = ()) -> Iterator[tuple[Steps, Value]]:
    """The paths of all values in a value, with the values."""
    if before:
        yield before, value
    if isinstance(value, dict):
        for name, part in value.items():
            yield from paths(part, (*before, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from paths(part, (*before, index))


def numbered(value: Value, count: Iterator[int]) -> Value:
    """The same lists and objects, with a word for each scalar that is nowhere else."""
    if isinstance(value, dict):
        return {name: numbered(part, count) for name, part in value.items()}
    if isinstance(value, list):
        return [numbered(part, count) for part in value]
    return f"word{next(count)}end"


def line_with(text: str, word: object) -> int:
    """The line of a text, from 1, that has a word, which is there once."""
    assert text.count(str(word)) == 1
    return text[: text.index(str(word))].count("\n") + 1


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with a content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_all(path: Path, **options: str) -> list[Record]:
    """The records of a file, of which each value is found again by its place, with its line."""
    chosen = Options(**options)
    found = [*read(path, path.name, chosen)]
    for record in found:
        for steps, value in paths(record.fields):
            place = record.place_of(steps)
            assert record.find(place) == (value, record.line_of(steps))
    if len(found) > 1 and found[-1].fields:
        last = found[-1]
        steps, value = max(paths(last.fields), key=lambda part: len(part[0]))
        again = reopen(path, last.place, last.place_of(steps), chosen)
        assert again == (value, last.line_of(steps))
    return found


def make_limits_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the largest record 256 KiB."""
    for module in (building, json_records, records, texts, xml_records, yaml_records):
        monkeypatch.setattr(module, "LARGEST_RECORD", 2**18)
