"""Graph folders: directories with a manifest, ``allgraph.toml``.

Next to the manifest are ``ontology/`` (with ``shapes/``), ``data/`` and ``queries/``. By default a
folder *extends* the built-in one: it also uses the built-in ontology, shapes and questions, which
are called *inherited* here, but none of its data.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyoxigraph import Quad, Triple

from allgraph.errors import VERSION, FolderError, LoadError
from allgraph.folder import corrections
from allgraph.folder.front import KEYS, Front, read_front
from allgraph.model.edtf import is_iso_day
from allgraph.rdf import files
from allgraph.rdf.files import read_utf8
from allgraph.rdf.terms import BASE, Prefixes, iri_or_none, is_prefix
from allgraph.render.brief import Brief, quoted

MANIFEST = "allgraph.toml"
SNAPSHOTS = ".allgraph"
"""The directory of the snapshots in a graph folder."""
FORMAT = 1
"""The format of manifests."""
NOT_READ = (
    "this file is not read; only .ttl, .nt, .nq and .trig (also with .gz or .zst) in data/ are, "
    ".ttl in ontology/ and below ontology/shapes/, and .rq in queries/ and queries/profiles/; "
    "convert, rename or move it"
)
"""What is said of each of `Folder.unread_files`."""
LINK_NOT_READ = "this link to a directory is not followed; move the directory here"
"""What is said of one that is a link to a directory."""
_READ = ("data", "ontology", "queries")
_QUERY_SUFFIXES = (".rq", ".sparql")
DOCUMENTATION = "https://github.com/allgraph/allgraph/blob/main/docs/index.md"
"""The address of the documentation, unless a manifest names another."""
_TEXTS = (
    "title", "brand", "description", "licence", "publisher", "version", "released", "base",
    "documentation", "requires-allgraph", "corrections", "contact",
)  # fmt: skip
_LISTS = ("hubs", "featured", "connections", "plain")
_KEYS = {*_TEXTS, *_LISTS, *KEYS, "format", "prefixes", "extends", "hub-limit"}


@dataclass(frozen=True, repr=False)
class Folder(Brief):
    """A graph folder: the contents of its manifest, and methods that list and read its files.

    `brand` is the short name that is at the head of pages, and `documentation` the address of the
    documentation that they link to; `released` is the day of the version. `corrections` is the
    template of the address at which somebody suggests a correction of a claim, and `contact` that
    for people who are named. `front` is what the manifest says of the first page.
    `featured` are the questions, and `connections` the pairs of things, that a site shows first;
    `parent` is the folder that it extends, whose files it inherits; `base` is the base IRI;
    paths pass through no thing with more ties than `hub_limit`; `own_hubs` are the IRIs of classes
    through whose members they do not pass either, ``None`` where the manifest does not say;
    `own_plain` are the IRIs of the predicates that may stand on things without a claim.

    >>> import allgraph
    >>> folder = allgraph.open().folder
    >>> folder.base
    'https://w3id.org/allgraph/'
    >>> [path.name for path in folder.query_files()][:2]
    ['advocacy.rq', 'announcements.rq']
    """

    root: Path
    title: str
    description: str = ""
    licence: str = ""
    publisher: str = ""
    version: str = ""
    released: str = ""
    base: str = BASE
    hub_limit: int = 200
    own_prefixes: Mapping[str, str] = field(default_factory=dict)
    featured: tuple[str, ...] = ()
    connections: tuple[tuple[str, str], ...] = ()
    own_hubs: tuple[str, ...] | None = None
    own_plain: tuple[str, ...] = ()
    parent: Folder | None = None
    brand: str = ""
    documentation: str = DOCUMENTATION
    corrections: str = ""
    contact: str = ""
    front: Front = field(default_factory=Front)

    def _facts(self) -> Iterator[str]:
        yield quoted(self.title)
        yield quoted(self.root.as_posix())

    def __str__(self) -> str:
        """Return the title, and the path of the folder."""
        return f"{self.title} ({self.root})"

    @cached_property
    def prefixes(self) -> Prefixes:
        """All prefixes of this folder; its own override those of the folders that it extends.

        Both override the built-in ones, and ``id``, ``claim`` and ``source`` below `base`.
        """
        return Prefixes.of(self.base, self._declared_prefixes())

    def _declared_prefixes(self) -> dict[str, str]:
        """Return the prefixes in the manifests of this folder and of all that it extends."""
        inherited = self.parent._declared_prefixes() if self.parent else {}
        return {**inherited, **self.own_prefixes}

    @cached_property
    def hubs(self) -> tuple[str, ...]:
        """The IRIs of the classes whose members are hubs: paths do not pass through these.

        They are those that the manifest lists, else those of the folder that it extends.
        """
        if self.own_hubs is not None:
            return self.own_hubs
        return self.parent.hubs if self.parent else ()

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The IRIs of all predicates that may stand on things without a claim, by the manifests.

        They are those of this folder and of all that it extends.
        """
        return (*self.own_plain, *(self.parent.plain if self.parent else ()))

    @cached_property
    def ours(self) -> tuple[str, ...]:
        """The starts of IRIs of this folder, and of those that it extends, in N-Triples.

        A blank node gets an IRI if it hangs under one of these, see `skolem`.
        """
        return (f"<{self.base}", *(self.parent.ours if self.parent else ()))

    @cached_property
    def commit(self) -> tuple[str, str]:
        """The commit in git that last changed what is read of this folder, and its day.

        Both are ``""`` if git does not know it, or if a file differs from what is committed. Runs
        git once.
        """
        from allgraph.folder.git import checked_out

        return checked_out(self.root, (MANIFEST, *_READ))

    def ontology_files(self) -> list[Path]:
        """Return the paths of the ontology files, those of all folders that it extends first.

        They are ``ontology/*.ttl``, without shapes, which are in a directory below. If several
        files have the same name, all are in the list. Lists directories.
        """
        return self._files("ontology/*.ttl")

    def shape_files(self) -> list[Path]:
        """Return the paths of the files of SHACL shapes, those of folders that it extends first.

        They are the ``.ttl`` files at any depth below ``ontology/shapes/``. If several files have
        the same name, all are in the list. Lists directories.
        """
        return self._files("ontology/shapes/**/*.ttl")

    def query_files(self) -> list[Path]:
        """Return the paths of the files of questions, those of all folders that it extends first.

        A question is a named SPARQL query, a file ``queries/*.rq``. If several files have the same
        name, all are in the list, that of this folder last. Lists directories.
        """
        return self._files("queries/*.rq")

    def profile_files(self) -> list[Path]:
        """Return the paths of the files of profiles, those of all folders that it extends first.

        A profile is a query that describes a thing in another vocabulary. If two files have the
        same name, both are in the list, that of this folder last. Lists directories.
        """
        return self._files("queries/profiles/*.rq")

    def _files(self, pattern: str) -> list[Path]:
        """Return the paths that match a glob pattern in this folder and in all that it extends.

        The pattern is relative to the root of each folder. The paths in extended folders come
        first, and those in one folder are sorted. Lists directories on disk.
        """
        inherited = self.parent._files(pattern) if self.parent else []
        return inherited + sorted(self.root.glob(pattern))

    def data_files(self) -> list[Path]:
        """Return the sorted paths of the data files of this folder, never inherited ones.

        These are all files of triples below ``data/``, by suffix: ``.ttl``, ``.nt``, ``.nq`` or
        ``.trig``, perhaps compressed. Directories that are symbolic links are not entered.
        """
        return files.files(self.root / "data")

    def unread_files(self) -> dict[Path, str]:
        """Return the sorted paths of what looks like input in this folder and is not read.

        These are the files below ``data/`` and ``ontology/`` that are neither data, ontology nor
        shapes, but for hidden ones and those named like README or LICENSE; files below ``queries/``
        that are named like queries, and are none; and in all three links to directories. Each has
        the words that say so. Lists directories.
        """
        read = {*self.data_files(), *self.ontology_files(), *self.shape_files()}
        read |= {*self.query_files(), *self.profile_files()}
        return {
            path: LINK_NOT_READ if path.is_dir() else NOT_READ
            for part in ("data", "ontology", "queries")
            for path in files.unread(self.root / part, read)
            if part != "queries" or path.is_dir() or path.suffix.lower() in _QUERY_SUFFIXES
        }

    def own_turtle_files(self) -> list[Path]:
        """Return the sorted paths of all Turtle files of this folder: ontology, shapes, data."""
        return sorted(
            path for part in ("ontology", "data") for path in self.root.glob(f"{part}/**/*.ttl")
        )

    def own_query_files(self) -> list[Path]:
        """Return the sorted paths of the questions of this folder itself, then of its profiles."""
        patterns = ("queries/*.rq", "queries/profiles/*.rq")
        return [path for pattern in patterns for path in sorted(self.root.glob(pattern))]

    def relative(self, path: Path) -> str:
        r"""Return the path of a file for messages, relative to the working directory if below it.

        Else it is the path as given. Bytes of a name that are not UTF-8, and control
        characters, are written as ``\xe9``.
        """
        name = _path_below(Path.cwd(), path) or path.as_posix()
        name = os.fsencode(name).decode(errors="backslashreplace")
        return re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", name)

    def triples(self, path: Path) -> Iterator[Triple]:
        """Read one file, and return an iterator over its triples, with literals as written there.

        Those of the graph ``ag:derived`` are left out. Raises `LoadError` with the file, and the
        line where it is known, when the file cannot be read, or is not valid in the format that its
        suffix names; `MissingExtra` for ``.zst`` without the library it needs.
        """
        return (quad.triple for quad in self.quads(path))

    def quads(self, path: Path) -> list[Quad]:
        """Read one file, and return its triples as quads of the default graph.

        Those of the graph ``ag:derived`` are left out. Raises `LoadError` when the file cannot be
        read or is invalid; `MissingExtra` for ``.zst`` without the library it needs.
        """
        return files.quads(path, self.base_of(path), self.relative(path))

    def texts(self, path: Path, read: files.Read | None = None) -> Iterator[str]:
        """Yield the triples of one file as texts of N-Triples, some thousands in each.

        They have the form of `ntriples.written`; the file is read meanwhile, so a large file is not
        in memory at once. Those of the graph ``ag:derived`` are left out. `read` is called after
        each part that was read, with its number of (compressed) bytes. Raises `LoadError` when the
        file cannot be read or is invalid, after the triples before that place; `MissingExtra` for
        ``.zst`` without the library it needs.
        """
        return files.as_ntriples(path, self.base_of(path), self.relative(path), read)

    def lines(self, path: Path) -> Iterator[str]:
        """Yield the triples of one file as lines of N-Triples, see `texts`."""
        return (line for text in self.texts(path) for line in text.split("\n")[:-1])

    def in_graphs(self, path: Path, read: files.Read | None = None) -> Iterator[tuple[str, str]]:
        """Yield the triples of one file as lines of N-Triples, each with the name of its graph.

        The name is a term of N-Triples, ``""`` for the default graph. All else is as in `texts`.
        """
        return files.in_graphs(path, self.base_of(path), self.relative(path), read)

    def base_of(self, path: Path) -> str:
        """Return the base IRI of a file: the base of the folder, then the path of the file in it.

        For a file outside of the folder, only its name follows. Path and name are percent-encoded.
        """
        below = _path_below(Path(os.path.realpath(self.root)), path) or path.name
        return self.base + quote(os.fsencode(below))


def _path_below(directory: Path, path: Path) -> str | None:
    """Return the relative path of a file from a directory; ``None`` if it is not below it.

    Links are resolved in the directory of the file, but a file that is a link itself is not
    followed. `directory` must be resolved already.
    """
    real = Path(os.path.realpath(path.parent), path.name)
    return real.relative_to(directory).as_posix() if real.is_relative_to(directory) else None


@cache
def builtin() -> Folder:
    """Return the folder that comes with allgraph, read from disk at the first call and kept.

    It is in the installed package, or is the checkout of the repository. Raises `FolderError`
    when it is missing.
    """
    here = Path(__file__).resolve().parents[1]
    for root in (here / "builtin", here.parents[1]):
        if (root / MANIFEST).is_file() and (root / "data").is_dir():
            return open_folder(root)
    raise FolderError("the built-in graph is missing; install allgraph again")


def find_folder(start: Path) -> Path | None:
    """Return the nearest directory with a manifest: `start` or one above it; ``None`` without."""
    start = start.resolve()
    return next((d for d in (start, *start.parents) if (d / MANIFEST).is_file()), None)


def open_folder(root: Path, *, below: tuple[Path, ...] = ()) -> Folder:
    """Read the manifest of the folder at a path, and of those that it extends; return the folder.

    `below` are the roots of the folders that extend it, directly or not: none may be `root`.
    Raises `FolderError` when there is no folder, or when a manifest is invalid or needs a newer
    allgraph.
    """
    root = Path(os.path.realpath(root))
    path = root / MANIFEST
    _require(root not in below, "“extends” goes round in a circle", path)
    if not root.is_dir():
        raise FolderError(f"there is no folder {root}")
    if not path.is_file():
        raise FolderError(f"{root} is no graph folder: it has no {MANIFEST}")
    manifest = _read_manifest(path)
    texts = {key: _text(manifest, key, path) for key in _TEXTS}
    del texts["requires-allgraph"]
    is_day = not texts["released"] or is_iso_day(texts["released"])
    _require(is_day, 'released must be a day in quotes, such as "2026-11-23"', path)
    _require(bool(texts["title"]), 'a manifest needs a title, such as title = "My graph"', path)
    folder = Folder(
        root=root,
        **{
            **texts,
            "base": _base(texts["base"], path),
            "brand": texts["brand"] or texts["title"],
            "documentation": _documentation(texts["documentation"], path),
            "corrections": _template(texts["corrections"], "corrections", path),
            "contact": _template(texts["contact"], "contact", path),
        },
        hub_limit=_hub_limit(manifest, path),
        own_prefixes=_prefixes(manifest, path),
        featured=_featured(manifest, path),
        connections=_connections(manifest, path),
        front=read_front(manifest, path, path.read_text(encoding="utf-8")),
        own_hubs=None,
        own_plain=(),
        parent=_parent(manifest.get("extends", True), root, (*below, root)),
    )
    hubs = _terms(manifest, "hubs", '"ag:Party"', path, folder.prefixes)
    plain = _terms(manifest, "plain", '"schema:birthDate"', path, folder.prefixes)
    return replace(folder, own_hubs=hubs, own_plain=plain or ())


def init_folder(root: Path, *, title: str, base: str, with_example: bool = True) -> Folder:
    """Write a new graph folder from the template, and return it; `with_example` has data in it.

    Raises `FolderError` when `root` exists and is no empty directory, or when the title or base is
    invalid; then nothing is written. Also when a file cannot be written; others may be left.
    """
    path = root / MANIFEST
    is_plain = title and not re.search(r'["\\\x00-\x1f\x7f\ud800-\udfff]', title)
    _require(is_plain, "the title must be a text without quotes or line breaks", path)
    is_base = iri_or_none(base) is not None and re.fullmatch(r"https?://[^\s?#]+/", base)
    _require(is_base, "base must be an http(s) IRI that ends in /", path)
    try:
        if os.path.lexists(root) and not root.is_dir():
            raise FolderError(f"{root} is no directory; give the name of a new folder")
        if root.exists() and any(root.iterdir()):
            raise FolderError(f"{root} is not empty; give the name of a new folder")
        _write_template(root, {"title": title, "base": base}, with_example)
    except OSError as error:
        raise FolderError(f"{root} cannot be made: {error.strerror}") from None
    return open_folder(root)


def _write_template(root: Path, values: Mapping[str, str], with_example: bool) -> None:
    """Write the files of the template into `root`, with `values` for ``{title}`` and ``{base}``.

    Without the example, there are neither its data nor its question.

    Each gets its path in the template without the suffix ``.txt``. Makes the directories that are
    missing. Raises `OSError`.
    """
    template = Path(__file__).parent / "template"
    for source in sorted(template.rglob("*.txt")):
        below = source.relative_to(template)
        if not with_example and below.parts[0] in ("data", "queries"):
            continue
        target = root / below.with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        text = re.sub(r"\{(title|base)\}", lambda slot: values[slot[1]], text)
        target.write_text(text, encoding="utf-8")


def _read_manifest(path: Path) -> dict[str, Any]:
    """Read and parse the TOML of a manifest, and return it; the values are not checked.

    Raises `FolderError` when it cannot be read or parsed, its format is not `FORMAT`, it needs a
    newer allgraph, or it has a key that is not in `_KEYS`, the keys that are known.
    """
    manifest = read_toml(path)
    format = manifest.get("format")
    is_newer = type(format) is int and format > FORMAT
    hint = "this one is newer; update allgraph" if is_newer else f"write format = {FORMAT}"
    is_known = type(format) is int and format == FORMAT
    _require(is_known, f"the format known here is {FORMAT}; {hint}", path)
    _check_version(_text(manifest, "requires-allgraph", path), path)
    for key in sorted(manifest.keys() - _KEYS):
        keys = ", ".join(sorted(_KEYS))
        message = f"allgraph {VERSION} does not know the key “{key}”; the keys are {keys}"
        raise FolderError(message, path=path)
    return manifest


def read_toml(path: Path, text: str | None = None) -> dict[str, Any]:
    """Read and parse the TOML of a file, or parse its `text`; raise `FolderError` with the line."""
    try:
        return tomllib.loads(read_utf8(path, path.as_posix()).decode() if text is None else text)
    except LoadError as error:
        raise FolderError(error.message, path=path, line=error.line) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        reason = str(error)[: place.start()] if place else str(error)
        line = int(place[1]) if place else None
        raise FolderError(f"not TOML: {reason}", path=path, line=line) from None


def _require(condition: object, message: str, path: Path) -> None:
    """Raise `FolderError` with a message about a manifest unless a condition is true."""
    if not condition:
        raise FolderError(message, path=path)


def _text(manifest: dict[str, Any], key: str, path: Path) -> str:
    """Return the text of a key in the manifest at `path`, ``""`` if the key is missing.

    Raises `FolderError` when it is no text.
    """
    text: str = manifest.get(key, "")
    _require(isinstance(text, str), f"{key} must be a text in quotes", path)
    return text


def _base(base: str, path: Path) -> str:
    """Return a base IRI, or the default one for ``""``; raise `FolderError` if it is invalid.

    `path` is that of the manifest, for the message.
    """
    base = base or BASE
    is_base = iri_or_none(base) is not None and re.fullmatch(r"https?://[^/].*[/#]", base)
    _require(is_base, "base must be an http(s) IRI that ends in / or #", path)
    return base


def _documentation(address: str, path: Path) -> str:
    """Return the address of the documentation, or the default one for ``""``.

    Raises `FolderError` if it is no http(s) address; `path` is that of the manifest.
    """
    is_address = not address or (iri_or_none(address) and re.match("https?://[^/]", address))
    _require(is_address, "documentation must be an http(s) address", path)
    return address or DOCUMENTATION


def _template(template: str, key: str, path: Path) -> str:
    """Return a template of an address, or ``""``; raise `FolderError` if it is none.

    `key` is that of the template in the manifest at `path`.
    """
    slots = ", ".join(f"{{{slot}}}" for slot in corrections.SLOTS)
    _require(
        not template or corrections.is_template(template),
        f"{key} must be an http(s) or mailto address; it may have {slots}, but not in the host",
        path,
    )
    return template


def _hub_limit(manifest: dict[str, Any], path: Path) -> int:
    """Return ``hub-limit`` of the manifest at `path`, or the default if the key is missing.

    A search for paths between things passes through no thing with more ties (claims that join it
    to others) than that. Raises `FolderError` when it is no whole number of 1 or more.
    """
    limit: int = manifest.get("hub-limit", Folder.hub_limit)
    is_limit = type(limit) is int and limit >= 1
    _require(is_limit, "hub-limit must be a whole number of 1 or more", path)
    return limit


def _is_texts(candidate: object) -> bool:
    """Return True if an object is a list of texts."""
    return isinstance(candidate, list) and all(isinstance(text, str) for text in candidate)


def _featured(manifest: dict[str, Any], path: Path) -> tuple[str, ...]:
    """Return the names of questions that ``featured`` of the manifest at `path` lists.

    Raises `FolderError` when it is no list of texts.
    """
    names = manifest.get("featured", [])
    _require(_is_texts(names), 'featured must be a list of texts, such as ["one", "two"]', path)
    return tuple(names)


def _connections(manifest: dict[str, Any], path: Path) -> tuple[tuple[str, str], ...]:
    """Return the pairs of things that ``connections`` of the manifest at `path` lists, as texts.

    Raises `FolderError` when it is no list of pairs; whether there are such things is not checked.
    """
    pairs = manifest.get("connections", [])
    is_pairs = isinstance(pairs, list) and all(_is_texts(p) and len(p) == 2 for p in pairs)
    _require(is_pairs, 'connections must be pairs of things, such as [["id:a", "id:b"]]', path)
    return tuple((a, b) for a, b in pairs)


def _terms(
    manifest: dict[str, Any], key: str, example: str, path: Path, prefixes: Prefixes
) -> tuple[str, ...] | None:
    """Return the IRIs of the terms that a key of the manifest at `path` lists; ``None`` without it.

    Each is a CURIE or an IRI there, such as `example`. Raises `FolderError` when it is no list of
    these.
    """
    if key not in manifest:
        return None
    names = manifest[key]
    _require(_is_texts(names), f"{key} must be a list of CURIEs or IRIs, such as [{example}]", path)
    terms: list[str] = []
    for name in names:
        is_expanded = "://" in name or name.partition(":")[0] in prefixes
        term = (prefixes.expand(name) if is_expanded else None) or ""
        is_iri = iri_or_none(term) is not None
        _require(
            is_iri, f"“{name}” in {key} is neither an IRI nor a name with a known prefix", path
        )
        terms.append(term)
    return tuple(terms)


def _prefixes(manifest: dict[str, Any], path: Path) -> dict[str, str]:
    """Return the ``prefixes`` of the manifest at `path`, with their namespaces.

    Raises `FolderError` when one is invalid, or is a built-in prefix for another namespace; ``id``,
    ``claim`` and ``source`` count as built-in.
    """
    prefixes: dict[str, str] = manifest.get("prefixes", {})
    is_table = isinstance(prefixes, dict) and _is_texts([*prefixes.values()])
    _require(is_table, 'prefixes must be a table such as ex = "https://example.org/"', path)
    reserved = Prefixes.of("")
    for name, iri in prefixes.items():
        is_valid = is_prefix(name) and iri_or_none(iri) is not None
        _require(is_valid, f'“{name} = "{iri}"” gives no prefix and IRI', path)
        is_free = reserved.get(name, iri) == iri
        _require(is_free, f"the prefix “{name}” stands for something else already", path)
    return prefixes


def _parent(extends: object, root: Path, below: tuple[Path, ...]) -> Folder | None:
    """Open and return the folder that the folder `root` extends; ``None`` if it extends none.

    `extends` is the value in its manifest: a path, ``False``, or ``True`` for the built-in folder.
    `below` are `root` and the roots of the folders that extend it, none of which may be opened
    again. Raises `FolderError` when the value is invalid, or the folder is.
    """
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
    """Raise `FolderError` unless the installed allgraph is as `required`, such as ``>=0.1``.

    Also raises it if `required` has another form; ``""`` requires nothing. `path` is that of the
    manifest, for the message.
    """
    if not required:
        return
    is_minimum = re.fullmatch(r">=\s*([0-9]+(?:\.[0-9]+)*)", required)
    _require(is_minimum, 'requires-allgraph must be like ">=0.1"', path)
    is_enough = _release(VERSION) >= _release(required.lstrip(">= "))
    _require(is_enough, f"needs allgraph {required}, and this is {VERSION}; update it", path)


def _release(version: str) -> list[int]:
    """Return the numbers of a version, without zeros at the end, up to the first letter.

    So 1.0 is 1, and a pre-release has the numbers of its release.

    >>> _release("1.0.0"), _release("1.10.2rc3")
    ([1], [1, 10, 2])
    """
    numbers = re.match(r"(?:[0-9]+\.)*[0-9]+", version)
    release = numbers[0] if numbers else "0"
    return [int(part) for part in re.sub(r"(?:\.0+)+$", "", release).split(".")]
