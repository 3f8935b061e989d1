"""The stylesheet, scripts and icon of the pages, by names that change with their content.

So whoever has one may keep it for ever. They are built from ``web/`` and come with the package.

>>> asset("site.css").media_type
'text/css; charset=utf-8'
>>> named(asset("site.js").name) == asset("site.js")
True
>>> named("site.00000000.js") is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

WORKER = "query-worker.js"
"""The script that answers SPARQL in a page; only it may compile WebAssembly."""

_BUILT = Path(__file__).parent / "static"
_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
}


class Asset(NamedTuple):
    """A file that pages use: its name with a digest of its content, and its type."""

    name: str
    content: bytes
    media_type: str


def assets() -> tuple[Asset, ...]:
    """All of them, by their names."""
    return tuple(sorted(_built().values()))


def asset(plain: str) -> Asset:
    """One by its name without the digest, such as ``site.css``; `KeyError` if there is none."""
    return _built()[plain]


def named(name: str) -> Asset | None:
    """One by its name with the digest, or ``None``."""
    return next((each for each in _built().values() if each.name == name), None)


@cache
def _built() -> Mapping[str, Asset]:
    paths = sorted(path for path in _BUILT.iterdir() if path.suffix[1:] in _TYPES)
    return MappingProxyType({path.name: _asset(path) for path in paths})


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    digest = sha256(content).hexdigest()[:8]
    return Asset(f"{path.stem}.{digest}{path.suffix}", content, _TYPES[path.suffix[1:]])
