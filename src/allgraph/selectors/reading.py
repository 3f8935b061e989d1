"""Reading of records from a file in the form that its suffix names, and finding a value again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from allgraph.errors import LoadError
from allgraph.selectors.places import Value
from allgraph.selectors.records import Options, Record

_DEFAULT = Options()
_TEXTS = {
    ".yaml": "yaml_records.read",
    ".yml": "yaml_records.read",
    ".json": "json_records.read",
    ".jsonl": "json_records.read_lines",
    ".ndjson": "json_records.read_lines",
    ".ijson": "json_records.read_lines",
    ".csv": "tables.read",
    ".tsv": "tables.read",
    ".xml": "xml_records.read",
}
_PACKED = {suffix + packed: form for suffix, form in _TEXTS.items() for packed in (".gz", ".zst")}
_FORMS = {
    **_TEXTS,
    ".xlsx": "excel.read",
    ".xls": "excel.read",
    ".ods": "excel.read",
    ".parquet": "parquet.read",
}
SUFFIXES = (*_FORMS,)
"""The suffixes of files of records; ``.gz`` and ``.zst`` may follow those of texts."""
Reader = Callable[[Path, str, Options], Iterator[Record]]


def read(path: Path, name: str, options: Options = _DEFAULT) -> Iterator[Record]:
    """Yield the records of a file as it is read, which is open until the iteration ends.

    The suffix names the form. Raises `LoadError`, which calls the file `name`, with the line, for a
    file that cannot be read, has another form or exceeds a limit; and `MissingExtra` for a form
    whose library is not installed.
    """
    parts = path.name.lower().split(".")[1:]
    for suffix in (f".{'.'.join(parts[-2:])}", f".{parts[-1] if parts else ''}"):
        if form := _FORMS.get(suffix) or _PACKED.get(suffix):
            return _reader(form)(path, name, options)
    raise LoadError(
        f"its suffix is none of {', '.join(SUFFIXES)}; text files may also end in .gz or .zst",
        path=name,
    )


@cache
def _reader(form: str) -> Reader:
    """Return the function that reads a form, of a module of this room."""
    module, _, function = form.partition(".")
    reader: Reader = getattr(import_module(f"allgraph.selectors.{module}"), function)
    return reader


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
