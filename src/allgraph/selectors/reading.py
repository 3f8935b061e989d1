"""Reading of records from a file in the form that its suffix names, and finding a value again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from allgraph.errors import LoadError
from allgraph.selectors.places import Value
from allgraph.selectors.records import Options, Record

_DEFAULT = Options()
_PACKED = (".gz", ".zst")
_WHOLE = {
    ".xlsx": ("excel", "read"),
    ".xls": ("excel", "read"),
    ".ods": ("excel", "read"),
    ".parquet": ("parquet", "read"),
}
_TEXTS = {
    ".yaml": ("yaml_records", "read"),
    ".yml": ("yaml_records", "read"),
    ".json": ("json_records", "read"),
    ".jsonl": ("json_records", "read_lines"),
    ".ndjson": ("json_records", "read_lines"),
    ".ijson": ("json_records", "read_lines"),
    ".csv": ("tables", "read"),
    ".tsv": ("tables", "read"),
    ".xml": ("xml_records", "read"),
}
SUFFIXES = (*_TEXTS, *_WHOLE)
"""The suffixes of files of records; ``.gz`` and ``.zst`` may follow those of texts."""


def read(path: Path, name: str, options: Options = _DEFAULT) -> Iterator[Record]:
    """Yield the records of a file as it is read, which is open until the iteration ends.

    The suffix names the form. Raises `LoadError`, which calls the file `name`, with the line, for a
    file that cannot be read, has another form or exceeds a limit; and `MissingExtra` for a form
    whose library is not installed.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] in _PACKED
    suffix = (suffixes[:-1] if packed else suffixes)[-1:] or [""]
    forms = _TEXTS if packed else {**_TEXTS, **_WHOLE}
    if suffix[0] not in forms:
        raise LoadError(
            f"its suffix names no form of records; they are {', '.join(SUFFIXES)}, "
            "and .gz and .zst after those of texts",
            path=name,
        )
    module, function = forms[suffix[0]]
    reader: Callable[[Path, str, Options], Iterator[Record]]
    reader = getattr(import_module(f"allgraph.selectors.{module}"), function)
    return reader(path, name, options)


def reopen(
    path: Path, record_place: str, place: str, options: Options = _DEFAULT
) -> tuple[Value, int | None]:
    """Find a value again by the place of its record and its place in it; return it and its line.

    Raises `LoadError` if there is none.
    """
    for record in read(path, path.name, options):
        if record.place == record_place:
            try:
                return record.find(place)
            except (LookupError, ValueError):
                raise LoadError(
                    f"has no value at {place} in its record {record_place}",
                    path=path.name,
                    line=record.line,
                ) from None
    raise LoadError(f"has no record {record_place or 'of the whole file'}", path=path.name)
