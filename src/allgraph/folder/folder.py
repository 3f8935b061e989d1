"""Where the files of a graph lie: a folder with ``allgraph.toml`` at its top.

Beside the manifest are ``ontology/`` (with ``shapes/``), ``data/`` and ``queries/``. A folder
*extends* the built-in one unless it says otherwise: it then also uses the built-in ontology,
shapes and questions, but none of its data.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from pyoxigraph import NamedNode, Quad, Store, Triple

from allgraph.errors import FolderError, LoadError
from allgraph.rdf import files
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import BASE, Prefixes, is_prefix

MANIFEST = "allgraph.toml"
FORMAT = 1
_TEXTS = ("title", "description", "licence", "publisher", "version", "base", "requires-allgraph")
_KEYS = {*_TEXTS, "format", "prefixes", "extends", "hub-limit", "featured", "connections"}


@dataclass(frozen=True)
class Folder:
    """A graph folder: its manifest, and the files that count.

    `featured` are the questions, and `connections` the pairs of things, that a site shows first.
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
        """The prefixes of this folder, over those of the folder it extends."""
        inherited = dict(self.parent.own_prefixes) if self.parent else {}
        return Prefixes.of(self.base, {**inherited, **self.own_prefixes})

    def ontology_files(self) -> list[Path]:
        """Turtle files of the ontology, inherited ones first; shapes are apart."""
        inherited = self.parent.ontology_files() if self.parent else []
        return inherited + sorted((self.root / "ontology").glob("*.ttl"))

    def shape_files(self) -> list[Path]:
        """Turtle files of the shapes, inherited ones first."""
        inherited = self.parent.shape_files() if self.parent else []
        return inherited + sorted((self.root / "ontology" / "shapes").glob("**/*.ttl"))

    def data_files(self) -> list[Path]:
        """Files of the data (see `inputs`), but not in linked directories; never inherited."""
        return files.files(self.root / "data")

    def own_turtle_files(self) -> list[Path]:
        """All Turtle files of this folder itself: ontology, shapes and data."""
        return sorted(
            path for part in ("ontology", "data") for path in (self.root / part).rglob("*.ttl")
        )

    def query_files(self) -> list[Path]:
        """Files of the questions, inherited ones first."""
        inherited = self.parent.query_files() if self.parent else []
        return inherited + sorted((self.root / "queries").glob("*.rq"))

    def profile_files(self) -> list[Path]:
        """Files of the profiles, inherited ones first."""
        inherited = self.parent.profile_files() if self.parent else []
        return inherited + sorted((self.root / "queries" / "profiles").glob("*.rq"))

    def relative(self, path: Path) -> str:
        """A file's path as messages name it: from the working directory, else in full."""
        try:
            return _placed(path).relative_to(Path.cwd()).as_posix()
        except ValueError:
            return path.as_posix()

    def triples(self, path: Path) -> Iterator[Triple]:
        """The triples of one file, as it writes them.

        Raises `LoadError` with file and line when it cannot be read or is not what its suffix says.
        """
        return (quad.triple for quad in self.quads(path))

    def quads(self, path: Path) -> list[Quad]:
        """The triples of one file as quads of the default graph; errors as `triples`."""
        return files.quads(path, self.base_of(path), self.relative(path))

    def streamed(self, path: Path, read: files.Read | None = None) -> Iterator[Quad]:
        """The same, one after another, in memory that does not grow with the file.

        `read` is told how many more bytes of the file were read, each time.
        """
        return files.streamed(path, self.base_of(path), self.relative(path), read)

    def bulk_load(self, store: Store, path: Path) -> None:
        """Add one file to a store as it is, which is faster; errors as `triples`."""
        form = files.syntax(path)
        with files.syntax_errors(self.relative(path), form) as name:
            store.bulk_load(read_utf8(path, name), format=form, base_iri=self.base_of(path))

    def base_of(self, path: Path) -> str:
        """What relative IRIs in a file resolve against: the base and the file's path."""
        try:
            below = _placed(path).relative_to(os.path.realpath(self.root)).as_posix()
        except ValueError:
            below = path.name
        return self.base + quote(os.fsencode(below))


def _placed(path: Path) -> Path:
    """Where a file, or the link that stands for it, really lies."""
    return Path(os.path.realpath(path.parent), path.name)


@cache
def builtin() -> Folder:
    """The graph that comes with allgraph: in the package, or the checkout around it."""
    here = Path(__file__).resolve().parents[1]
    for root in (here / "builtin", here.parents[1]):
        if (root / MANIFEST).is_file() and (root / "data").is_dir():
            return open_folder(root)
    raise FolderError("the built-in graph is missing; install allgraph again")


def find_folder(start: Path) -> Path | None:
    """The nearest folder with a manifest, at or above a directory."""
    start = start.resolve()
    return next((d for d in (start, *start.parents) if (d / MANIFEST).is_file()), None)


def open_folder(root: Path, *, below: tuple[Path, ...] = ()) -> Folder:
    """The folder at a path; `below` are those that extend it, to find circles."""
    root = Path(os.path.realpath(root))
    path = root / MANIFEST
    if root in below:
        raise FolderError("“extends” goes round in a circle", path=path)
    if not root.is_dir():
        raise FolderError(f"there is no folder {root}")
    if not path.is_file():
        raise FolderError(f"{root} is no graph folder: it has no {MANIFEST}")
    manifest = _read(path)
    texts = {key: _text(manifest, key, path) for key in _TEXTS}
    _check_version(texts.pop("requires-allgraph"), path)
    if not texts["title"]:
        raise FolderError('a manifest needs a title, such as title = "My graph"', path=path)
    return Folder(
        root=root,
        **{**texts, "base": _base(texts["base"], path)},
        hub_limit=_number(manifest, path),
        own_prefixes=_prefixes(manifest, path),
        featured=_texts(manifest.get("featured", []), "featured", path),
        connections=_pairs(manifest.get("connections", []), path),
        parent=_parent(manifest.get("extends", True), root, (*below, root)),
    )


def init_folder(root: Path, *, title: str, base: str) -> Folder:
    """Make a new graph folder from the template: a manifest, two claims and a question.

    Raises `FolderError` when the directory is there and not empty, or a value does not fit;
    then nothing is written.
    """
    path = root / MANIFEST
    if not title or re.search(r'["\\\x00-\x1f\x7f\ud800-\udfff]', title):
        raise FolderError("the title must be a text without quotes or line breaks", path=path)
    if not _is_iri(base) or not re.fullmatch(r"https?://[^\s?#]+/", base):
        raise FolderError("base must be an http(s) IRI that ends in /", path=path)
    try:
        if os.path.lexists(root) and (not root.is_dir() or any(root.iterdir())):
            raise FolderError(f"{root} is not empty; give the name of a new folder")
        _fill(root, {"title": title, "base": base})
    except OSError as error:
        raise FolderError(f"{root} cannot be made: {error.strerror}") from None
    return open_folder(root)


def _fill(root: Path, values: Mapping[str, str]) -> None:
    """Write the files of the template, with values for what stands in braces."""
    template = Path(__file__).parent / "template"
    for source in sorted(template.rglob("*.txt")):
        target = root / source.relative_to(template).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        text = re.sub(r"\{(title|base)\}", lambda slot: values[slot[1]], text)
        target.write_text(text, encoding="utf-8")


def _read(path: Path) -> dict[str, object]:
    try:
        manifest = tomllib.loads(read_utf8(path, path.as_posix()).decode())
    except LoadError as error:
        raise FolderError(error.message, path=path, line=error.line) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        reason = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place else None
        raise FolderError(f"not TOML: {reason}", path=path, line=line) from None
    written = manifest.get("format")
    if type(written) is not int or written != FORMAT:
        is_newer = type(written) is int and written > FORMAT
        hint = "this one is newer; update allgraph" if is_newer else f"write format = {FORMAT}"
        raise FolderError(f"the format known here is {FORMAT}; {hint}", path=path)
    unknown = sorted(set(manifest) - _KEYS)
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise FolderError(f"“{unknown[0]}” is not known here; there are {known}", path=path)
    return manifest


def _text(manifest: dict[str, object], key: str, path: Path) -> str:
    value = manifest.get(key, "")
    if not isinstance(value, str):
        raise FolderError(f"{key} must be a text in quotes", path=path)
    return value


def _base(base: str, path: Path) -> str:
    base = base or BASE
    if not _is_iri(base) or not re.fullmatch(r"https?://[^/].*[/#]", base):
        raise FolderError("base must be an http(s) IRI that ends in / or #", path=path)
    return base


def _is_iri(text: str) -> bool:
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def _number(manifest: dict[str, object], path: Path) -> int:
    value = manifest.get("hub-limit", Folder.hub_limit)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FolderError("hub-limit must be a whole number of 1 or more", path=path)
    return value


def _texts(value: object, key: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise FolderError(f'{key} must be a list of texts, such as ["one", "two"]', path=path)
    return tuple(value)


def _pairs(value: object, path: Path) -> tuple[tuple[str, str], ...]:
    found = value if isinstance(value, list) else [value]
    pairs = [pair for pair in found if isinstance(pair, list) and len(pair) == 2]
    if len(pairs) < len(found) or not all(isinstance(end, str) for pair in pairs for end in pair):
        message = 'connections must be pairs of things, such as [["id:a", "id:b"]]'
        raise FolderError(message, path=path)
    return tuple((a, b) for a, b in pairs)


def _prefixes(manifest: dict[str, object], path: Path) -> dict[str, str]:
    table = manifest.get("prefixes", {})
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise FolderError('prefixes must be a table such as ex = "https://example.org/"', path=path)
    taken = Prefixes.of("")
    for name, space in table.items():
        if not is_prefix(name) or not _is_iri(space):
            raise FolderError(f'“{name} = "{space}"” gives no prefix and IRI', path=path)
        if name in taken and taken[name] != space:
            raise FolderError(f"the prefix “{name}” stands for something else already", path=path)
    return table


def _parent(extends: object, root: Path, below: tuple[Path, ...]) -> Folder | None:
    if extends is False:
        return None
    if isinstance(extends, str):
        if not (root / extends / MANIFEST).is_file():
            message = f"“extends” names {extends}, where there is no {MANIFEST}"
            raise FolderError(message, path=root / MANIFEST)
        return open_folder(root / extends, below=below)
    if extends is not True:
        raise FolderError("extends must be true, false or a path", path=root / MANIFEST)
    return builtin()


def _check_version(required: str, path: Path) -> None:
    """Take ``>=0.1`` and nothing finer."""
    if not required:
        return
    from importlib.metadata import version

    wanted = re.fullmatch(r">=\s*([0-9]+(?:\.[0-9]+)*)", required)
    if wanted is None:
        raise FolderError('requires-allgraph must be like ">=0.1"', path=path)
    have = version("allgraph")
    if _parts(have) < _parts(wanted[1]):
        raise FolderError(f"needs allgraph {required}, and this is {have}; update it", path=path)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
