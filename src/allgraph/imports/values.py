"""Keys of the values in records, which tell whether a value is still in its record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from allgraph.changes.claims import Said
from allgraph.imports.output import SELECTOR, SHA256, value_of
from allgraph.selectors.places import Path, Value, digest
from allgraph.selectors.records import Record

_NUMBERS = re.compile(r"/[0-9]+(?=/|$)|\[[0-9]+\]")
_SELECTOR = re.compile(rf" {re.escape(SELECTOR)} <[^>]*#([^>]*)> \.$", re.MULTILINE)


def keys_of(record: Record) -> Iterator[str]:
    """Yield keys of all values in a record, by their places without the numbers of items."""
    stack: list[tuple[Path, Value]] = [((), record.fields)]
    while stack:
        path, value = stack.pop()
        yield key(record.place_of(path) if path else "", digest(value))
        if isinstance(value, dict):
            stack += [((*path, name), part) for name, part in value.items()]
        elif isinstance(value, list):
            stack += [((*path, number), part) for number, part in enumerate(value)]


def key_of(claim: Said) -> str:
    """Return the key, as of `keys_of`, of the value that a claim was made of."""
    match = _SELECTOR.search(claim.text)
    place = unquote(match[1]).removeprefix("xpath:") if match else ""
    return key(place, value_of(claim.text, SHA256))


def key(place: str, digest: str) -> str:
    """Return a key of a value: its digest, and its place without the numbers of items.

    >>> key("/roles/3/type", "ab"), key("actions/item[3]/text", "ab")
    ('/roles/type ab', 'actions/item/text ab')
    """
    return f"{_NUMBERS.sub('', place)} {digest[:16]}"
