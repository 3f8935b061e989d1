"""The stylesheet, scripts and icon of the pages, by names with a digest of their content.

So clients may cache them for ever. They are built from ``web/`` and come with the package.

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
"""The script that answers SPARQL in a page, the only one that may compile WebAssembly."""

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
}


class Asset(NamedTuple):
    """A file that pages use: its name with a digest, its content, and its media type."""

    name: str
    content: bytes
    media_type: str


def assets() -> tuple[Asset, ...]:
    """Return the stylesheet, scripts and other files that pages use, sorted by name.

    The files are read once and then cached.
    """
    return tuple(sorted(_assets_by_plain_name().values()))


def asset(plain: str) -> Asset:
    """Return an asset by its name without the digest, such as ``site.css``.

    Raises `KeyError` if there is none. The files are read once and then cached.
    """
    return _assets_by_plain_name()[plain]


def named(name: str) -> Asset | None:
    """Return an asset by its name with the digest, or ``None`` if there is none.

    The files are read once and then cached.
    """
    return next((asset for asset in _assets_by_plain_name().values() if asset.name == name), None)


@cache
def _assets_by_plain_name() -> Mapping[str, Asset]:
    """Return the assets by their names without digest, such as ``site.css``.

    They are read at the first call from the folder ``static`` beside this module; only files with a
    suffix in `_MEDIA_TYPES`, such as ``css`` and ``js``, are assets.
    """
    paths = sorted(path for path in _FOLDER.iterdir() if path.suffix[1:] in _MEDIA_TYPES)
    return MappingProxyType({path.name: _asset(path) for path in paths})


def _asset(path: Path) -> Asset:
    """Read a file, and return it as an asset ``STEM.DIGEST.SUFFIX``, 8 digits of SHA-256."""
    content = path.read_bytes()
    digest = sha256(content).hexdigest()[:8]
    return Asset(f"{path.stem}.{digest}{path.suffix}", content, _MEDIA_TYPES[path.suffix[1:]])
