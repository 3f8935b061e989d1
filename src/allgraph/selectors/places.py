r"""Places of values: how they are written, and the text and digest of a value.

A place in YAML, JSON and Parquet is a JSON pointer (RFC 6901); in a table a row or column
(RFC 7111), where the header is row 1; in XML an XPath, relative to the element of the record. It is
the raw text of the selector, nothing in it is percent-encoded.

>>> place_of(Kind.POINTER, ("roles", 3, "a/b"))
'/roles/3/a~1b'
>>> place_of(Kind.TABLE, ("Title",), columns=["Name", "Title"])
'col=2'
>>> place_of(Kind.XPATH, ("actions", "item", 2, "@code"))
'actions/item[3]/@code'
>>> place_of(Kind.QUALIFIED, ("dc:title",))
"*[name()='dc:title']"
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value] | None"
"""What a record holds; a scalar is its text as the source has it, null is ``None``."""
Path: TypeAlias = tuple[str | int, ...]
"""The names and indexes, from 0, that lead from a record to a value."""
TEXT = "#text"
"""The name of the text of an element that has attributes or children."""
_STEP = re.compile(
    r"(@?)(?:\*\[name\(\)='([^']+)'\]|([^/\[\]*']+))(?:\[([1-9][0-9]{0,9})\])?(?:/|$)"
)
INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
"""An index of a list or the number of a column, as texts."""


class Kind(Enum):
    """The kinds of places.

    In a qualified XPath, which is for documents with namespaces, names are compared as the document
    has them, with their prefixes, so that it needs no declarations: ``*[name()='dc:title']``.
    """

    POINTER = "pointer"
    TABLE = "table"
    XPATH = "xpath"
    QUALIFIED = "qualified"


def place_of(kind: Kind, path: Path, columns: Sequence[str] = ()) -> str:
    """Return the place of a value in its record; `columns` are the header of a table."""
    if kind is Kind.TABLE:
        return f"col={columns.index(str(path[0])) + 1}"
    return _pointer(path) if kind is Kind.POINTER else _xpath(path, kind is Kind.QUALIFIED)


@lru_cache(maxsize=65_536)
def _pointer(path: Path) -> str:
    """Return a JSON pointer."""
    return "".join([f"/{_escaped(step)}" for step in path])


@lru_cache(maxsize=65_536)
def _xpath(path: Path, is_qualified: bool) -> str:
    """Return an XPath."""
    place = ""
    for step in path:
        place += f"[{step + 1}]" if isinstance(step, int) else f"/{_test(step, is_qualified)}"
    return place[1:]


def path_of(kind: Kind, place: str, columns: Sequence[str] = ()) -> Path:
    """Return the path of a place in its record, the inverse of `place_of`.

    All steps of a pointer are texts. Raises `ValueError` for another text than `place_of` returns.
    """
    if kind is Kind.POINTER:
        if place and not place.startswith("/"):
            raise ValueError("a JSON pointer starts with /")
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:])
    if kind is Kind.TABLE:
        number = place.removeprefix("col=")
        if place == number or not INDEX.fullmatch(number) or not 0 < int(number) <= len(columns):
            raise ValueError(f"it is no column; there are col=1 to col={len(columns)}")
        return (columns[int(number) - 1],)
    path: list[str | int] = []
    position = 0
    while position < len(place):
        if not (match := _STEP.match(place, position)):
            raise ValueError("it is no XPath of a record")
        at, qualified, plain, index = match.groups()
        path.append(at + (TEXT if plain == "text()" else qualified or plain))
        path += [int(index) - 1] if index else []
        position = match.end()
    return tuple(path)


def text_of(value: Value) -> str:
    """Return a scalar itself, ``""`` for ``None``, and the canonical JSON of a list or object.

    That is RFC 8785, with scalars as strings and ``None`` as null.

    >>> text_of({"b": ["1", None], "a": "é"})
    '{"a":"é","b":["1",null]}'
    """
    return value or "" if value is None or isinstance(value, str) else canonical(value)


def canonical(value: Any) -> str:
    """Return texts, whole numbers and null, and lists and objects of them, as canonical JSON.

    >>> canonical({"/roles/3": 9, "/name": 1})
    '{"/name":1,"/roles/3":9}'
    """
    text = _encode()(value)
    if not text.isascii() and max(text) > "\uffff":  # then code points sort in another order
        return _encode(sort_keys=False)(_in_order(value))
    return text


def digest(value: Value) -> str:
    """Return the SHA-256 of the text of a value, as UTF-8, in hexadecimal."""
    return sha256(text_of(value).encode()).hexdigest()


@cache
def _encode(sort_keys: bool = True) -> Callable[[Any], str]:
    """Return a function that writes a value as JSON without spaces."""
    from json import JSONEncoder

    return JSONEncoder(
        ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys, check_circular=False
    ).encode


def _in_order(value: Any) -> Any:
    """Return a copy of a value whose names are sorted by their UTF-16 code units."""
    if isinstance(value, list):
        return [_in_order(part) for part in value]
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return {name: _in_order(value[name]) for name in names}
    return value


def _escaped(step: str | int) -> str:
    """Return a step of a JSON pointer, escaped."""
    return str(step).replace("~", "~0").replace("/", "~1")


def _test(name: str, is_qualified: bool) -> str:
    """Return the step of an XPath that a name of a field stands for."""
    if name == TEXT:
        return "text()"
    at, name = ("@", name[1:]) if name.startswith("@") else ("", name)
    return f"{at}*[name()='{name}']" if is_qualified else at + name
