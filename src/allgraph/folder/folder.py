"""Graph folders: directories with a manifest, ``allgraph.toml``.

Beside the manifest are ``ontology/`` (with ``shapes/``), ``data/`` and ``queries/``. By default a
folder *extends* the built-in one: it also uses the built-in ontology, shapes and questions, but
none of its data.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyoxigraph import NamedNode, Quad, Store, Triple

from allgraph.errors import FolderError, LoadError
from allgraph.rdf import files
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import BASE, Prefixes, is_prefix

MANIFEST = "allgraph.toml"
FORMAT = 1
"""The format of manifests."""
_TEXTS = ("title", "description", "licence", "publisher", "version", "base", "requires-allgraph")
_KEYS = {*_TEXTS, "format", "prefixes", "extends", "hub-limit", "featured", "connections"}


@dataclass(frozen=True)
class Folder:
    """A graph folder: what its manifest says, and its files.

    `featured` are the questions, and `connections` the pairs of things, that a site shows first;
    `parent` is the folder that it extends.
    """

    root: Path
    title: str
    description: str = ""
    licence: str = ""
    publisher: str = ""
    version: str = ""
    base: str = BASE
    hub_limit: int = 200
    own_prefixes: Mapping[str, str] = field(default_factory=dict)
    featured: tuple[str, ...] = ()
    connections: tuple[tuple[str, str], ...] = ()
    parent: Folder | None = None

    @property
    def prefixes(self) -> Prefixes:
        """The prefixes of this folder, which override those of the folder it extends."""
        inherited = self.parent.own_prefixes if self.parent else {}
        return Prefixes.of(self.base, {**inherited, **self.own_prefixes})

    def ontology_files(self) -> list[Path]:
        """The Turtle files of the ontology without its shapes, inherited ones first."""
        return self._files("ontology/*.ttl")

    def shape_files(self) -> list[Path]:
        """The Turtle files of the shapes, inherited ones first."""
        return self._files("ontology/shapes/**/*.ttl")

    def query_files(self) -> list[Path]:
        """The files of the questions, inherited ones first."""
        return self._files("queries/*.rq")

    def profile_files(self) -> list[Path]:
        """The files of the profiles, inherited ones first."""
        return self._files("queries/profiles/*.rq")

    def _files(self, pattern: str) -> list[Path]:
        """The files below the root that match a pattern, those of the parent first."""
        inherited = self.parent._files(pattern) if self.parent else []
        return inherited + sorted(self.root.glob(pattern))

    def data_files(self) -> list[Path]:
        """The data files (see `files.files`), not those in linked directories; never inherited."""
        return files.files(self.root / "data")

    def own_turtle_files(self) -> list[Path]:
        """All Turtle files of this folder itself: ontology, shapes and data."""
        return sorted(
            path for part in ("ontology", "data") for path in self.root.glob(f"{part}/**/*.ttl")
        )

    def relative(self, path: Path) -> str:
        """Return the path of a file for messages, relative to the working directory if below it."""
        return _path_below(Path.cwd(), path) or path.as_posix()

    def triples(self, path: Path) -> Iterator[Triple]:
        """Return the triples of one file, with literals as they are written there.

        Raises `LoadError` with file and line when it cannot be read or has not the syntax that
        its suffix says.
        """
        return (quad.triple for quad in self.quads(path))

    def quads(self, path: Path) -> list[Quad]:
        """Return the triples of one file as quads of the default graph; errors as `triples`."""
        return files.quads(path, self.base_of(path), self.relative(path))

    def streamed(self, path: Path, read: files.Read | None = None) -> Iterator[Quad]:
        """Yield the triples of one file as `quads` does, in memory that does not grow with it.

        `read` is called with the number of bytes each time that more of the file was read.
        """
        return files.streamed(path, self.base_of(path), self.relative(path), read)

    def bulk_load(self, store: Store, path: Path) -> None:
        """Add one file to a store directly, which is faster; errors as `triples`."""
        form = files.syntax(path)
        with files.syntax_errors(self.relative(path), form) as name:
            store.bulk_load(read_utf8(path, name), format=form, base_iri=self.base_of(path))

    def base_of(self, path: Path) -> str:
        """Return the base IRI of a file: that of the folder and the path of the file in it."""
        below = _path_below(Path(os.path.realpath(self.root)), path) or path.name
        return self.base + quote(os.fsencode(below))


def _path_below(directory: Path, path: Path) -> str | None:
    """Return the path of a file below a directory; a file that is a link is not followed."""
    real = Path(os.path.realpath(path.parent), path.name)
    return real.relative_to(directory).as_posix() if real.is_relative_to(directory) else None


@cache
def builtin() -> Folder:
    """Return the folder that comes with allgraph: in the package, or the checkout around it."""
    here = Path(__file__).resolve().parents[1]
    for root in (here / "builtin", here.parents[1]):
        if (root / MANIFEST).is_file() and (root / "data").is_dir():
            return open_folder(root)
    raise FolderError("the built-in graph is missing; install allgraph again")


def find_folder(start: Path) -> Path | None:
    """Return the nearest directory with a manifest, at or above a directory."""
    start = start.resolve()
    return next((d for d in (start, *start.parents) if (d / MANIFEST).is_file()), None)


def open_folder(root: Path, *, below: tuple[Path, ...] = ()) -> Folder:
    """Return the folder at a path; `below` are those that extend it, to find circles.

    Raises `FolderError` when there is none, or its manifest is wrong.
    """
    root = Path(os.path.realpath(root))
    path = root / MANIFEST
    _require(root not in below, "“extends” goes round in a circle", path)
    if not root.is_dir():
        raise FolderError(f"there is no folder {root}")
    if not path.is_file():
        raise FolderError(f"{root} is no graph folder: it has no {MANIFEST}")
    manifest = _read(path)
    texts = {key: _text(manifest, key, path) for key in _TEXTS}
    _check_version(texts.pop("requires-allgraph"), path)
    _require(bool(texts["title"]), 'a manifest needs a title, such as title = "My graph"', path)
    return Folder(
        root=root,
        **{**texts, "base": _base(texts["base"], path)},
        hub_limit=_hub_limit(manifest, path),
        own_prefixes=_prefixes(manifest, path),
        featured=_featured(manifest, path),
        connections=_connections(manifest, path),
        parent=_parent(manifest.get("extends", True), root, (*below, root)),
    )


def init_folder(root: Path, *, title: str, base: str) -> Folder:
    """Make a new graph folder from the template: a manifest, two claims and a question.

    Raises `FolderError` when the directory is there and not empty, or a value does not fit;
    then nothing is written.
    """
    path = root / MANIFEST
    is_plain = title and not re.search(r'["\\\x00-\x1f\x7f\ud800-\udfff]', title)
    _require(is_plain, "the title must be a text without quotes or line breaks", path)
    is_base = _is_iri(base) and re.fullmatch(r"https?://[^\s?#]+/", base)
    _require(is_base, "base must be an http(s) IRI that ends in /", path)
    try:
        if os.path.lexists(root) and (not root.is_dir() or any(root.iterdir())):
            raise FolderError(f"{root} is not empty; give the name of a new folder")
        _fill(root, {"title": title, "base": base})
    except OSError as error:
        raise FolderError(f"{root} cannot be made: {error.strerror}") from None
    return open_folder(root)


def _fill(root: Path, values: Mapping[str, str]) -> None:
    """Write the files of the template, with values for the names in braces."""
    template = Path(__file__).parent / "template"
    for source in sorted(template.rglob("*.txt")):
        target = root / source.relative_to(template).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        text = re.sub(r"\{(title|base)\}", lambda slot: values[slot[1]], text)
        target.write_text(text, encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    """Return the contents of a manifest, with known keys only."""
    try:
        manifest = tomllib.loads(read_utf8(path, path.as_posix()).decode())
    except LoadError as error:
        raise FolderError(error.message, path=path, line=error.line) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        reason = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place else None
        raise FolderError(f"not TOML: {reason}", path=path, line=line) from None
    format = manifest.get("format")
    is_newer = type(format) is int and format > FORMAT
    hint = "this one is newer; update allgraph" if is_newer else f"write format = {FORMAT}"
    is_known = type(format) is int and format == FORMAT
    _require(is_known, f"the format known here is {FORMAT}; {hint}", path)
    for key in sorted(manifest.keys() - _KEYS):
        keys = ", ".join(sorted(_KEYS))
        raise FolderError(f"“{key}” is not known here; there are {keys}", path=path)
    return manifest


def _require(condition: object, message: str, path: Path) -> None:
    """Raise `FolderError` with a message about a manifest unless a condition is true."""
    if not condition:
        raise FolderError(message, path=path)


def _text(manifest: dict[str, Any], key: str, path: Path) -> str:
    text: str = manifest.get(key, "")
    _require(isinstance(text, str), f"{key} must be a text in quotes", path)
    return text


def _base(base: str, path: Path) -> str:
    base = base or BASE
    is_base = _is_iri(base) and re.fullmatch(r"https?://[^/].*[/#]", base)
    _require(is_base, "base must be an http(s) IRI that ends in / or #", path)
    return base


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _hub_limit(manifest: dict[str, Any], path: Path) -> int:
    limit: int = manifest.get("hub-limit", Folder.hub_limit)
    is_limit = type(limit) is int and limit >= 1
    _require(is_limit, "hub-limit must be a whole number of 1 or more", path)
    return limit


def _is_texts(candidate: object) -> bool:
    return isinstance(candidate, list) and all(isinstance(text, str) for text in candidate)


def _featured(manifest: dict[str, Any], path: Path) -> tuple[str, ...]:
    names = manifest.get("featured", [])
    _require(_is_texts(names), 'featured must be a list of texts, such as ["one", "two"]', path)
    return tuple(names)


def _connections(manifest: dict[str, Any], path: Path) -> tuple[tuple[str, str], ...]:
    pairs = manifest.get("connections", [])
    is_pairs = isinstance(pairs, list) and all(_is_texts(p) and len(p) == 2 for p in pairs)
    _require(is_pairs, 'connections must be pairs of things, such as [["id:a", "id:b"]]', path)
    return tuple((a, b) for a, b in pairs)


def _prefixes(manifest: dict[str, Any], path: Path) -> dict[str, str]:
    prefixes: dict[str, str] = manifest.get("prefixes", {})
    is_table = isinstance(prefixes, dict) and _is_texts([*prefixes.values()])
    _require(is_table, 'prefixes must be a table such as ex = "https://example.org/"', path)
    reserved = Prefixes.of("")
    for name, iri in prefixes.items():
        is_valid = is_prefix(name) and _is_iri(iri)
        _require(is_valid, f'“{name} = "{iri}"” gives no prefix and IRI', path)
        is_free = reserved.get(name, iri) == iri
        _require(is_free, f"the prefix “{name}” stands for something else already", path)
    return prefixes


def _parent(extends: object, root: Path, below: tuple[Path, ...]) -> Folder | None:
    """Return the folder that a manifest says to extend."""
    if extends is False:
        return None
    path = root / MANIFEST
    if isinstance(extends, str):
        is_folder = (root / extends / MANIFEST).is_file()
        _require(is_folder, f"“extends” names {extends}, where there is no {MANIFEST}", path)
        return open_folder(root / extends, below=below)
    _require(extends is True, "extends must be true, false or a path", path)
    return builtin()


def _check_version(required: str, path: Path) -> None:
    """Raise `FolderError` unless this version is as required, such as ``>=0.1``."""
    if not required:
        return
    from importlib.metadata import version

    is_minimum = re.fullmatch(r">=\s*([0-9]+(?:\.[0-9]+)*)", required)
    _require(is_minimum, 'requires-allgraph must be like ">=0.1"', path)
    installed = version("allgraph")
    have, need = ([int(part) for part in re.findall(r"\d+", v)] for v in (installed, required))
    _require(have >= need, f"needs allgraph {required}, and this is {installed}; update it", path)
