"""Write a site into a folder; files that have not changed are left alone.

>>> import tempfile
>>> from pathlib import Path
>>> from allgraph.folder import init_folder
>>> from allgraph.graph import open_graph
>>> with tempfile.TemporaryDirectory() as place:
...     folder = init_folder(Path(place, "graph"), title="Mine", base="https://example.org/")
...     published = publish(open_graph(folder.root), Path(place, "site"))
...     Path(place, "site", "index.html").is_file(), published.files == len(published.written)
(True, True)
"""

from __future__ import annotations

import gc
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from allgraph import sandbox
from allgraph.errors import (
    EngineCrash,
    EngineError,
    ParameterError,
    UnknownFormat,
    WriteError,
    renamed,
)
from allgraph.folder import Folder
from allgraph.folder.snapshot.build import build
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph import Graph, open_graph
from allgraph.graph.claims import Claim
from allgraph.graph.graph import Progress
from allgraph.graph.opening import fresh, on_disk
from allgraph.linkeddata.claim_places import ClaimPlaces
from allgraph.linkeddata.publication import Download, Publication
from allgraph.linkeddata.routes import BY_NAME
from allgraph.model.addresses import SUFFIXES, TABLE, WHOLE
from allgraph.rdf.formats import named
from allgraph.rdf.terms import text
from allgraph.render import png as images
from allgraph.render.brief import Brief, count, quoted
from allgraph.site import discovery, documents, downloads, files, neighbourhoods
from allgraph.site.site import Site
from allgraph.writing import below, put

LIST = ".published"
"""The file that lists all others that were written; what is in no such list is never removed."""
CHUNK = 200
"""How many documents one piece of work has."""

MANY = 10_000
"""With more things and sources than these, claims are anchors and have fewer formats by default."""
CLAIMS = ("pages", "anchors")
"""How claims can be published: each with a page and data of its own, or on the pages of things."""
FORMATS = ("html", *SUFFIXES, TABLE)
"""The formats of documents, by suffix; pages in HTML are always there."""
FEWER_FORMATS = ("html", "ttl", "jsonld")
"""The formats of documents by default, where there are more than `MANY` things."""
LARGE = 16 * 2**20
"""With more bytes of Turtle than these, a graph is on disk while its folder is published."""

_OUTSIDE = re.compile(r"^$|^/|(?:^|/)\.\.(?:/|$)|\0")
"""What is in the names of no files below a folder."""
_INDEX, _UNLISTED = "index.html", ("/embed/", "/page/pages/")
_KEPT = frozenset((LIST, "CNAME", "README.md", "LICENSE"))
MakeGraph = Callable[[], Graph]
"""A function that returns the graph to publish, in the process that calls it."""
T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Published(Brief):
    """The result of `publish`: which files were written and removed, and how much the site has.

    `target` is the folder and `home` the address of the site. `written` are the names of new and
    changed files, `removed` those of an earlier run that are gone. `files`, `bytes` and
    `documents` count the whole site, unchanged files included. `left_out` has the files that the
    site lacks since their format cannot hold the data, each with the reason.

    >>> from pathlib import Path
    >>> import allgraph
    >>> outcome = allgraph.Published(
    ...     Path("site"), "https://example.org/", ("a.html",), (), files=9, bytes=900, documents=2
    ... )
    >>> outcome.files - len(outcome.written)  # unchanged
    8
    """

    target: Path
    home: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    files: int
    bytes: int
    documents: int
    left_out: tuple[str, ...] = ()

    def _facts(self) -> Iterator[str]:
        yield from (quoted(self.target.as_posix()), count(self.files, "file"), quoted(self.home))

    def __str__(self) -> str:
        """Return a line with the counts of files."""
        written, removed = len(self.written), len(self.removed)
        return (
            f"{self.files:,} files for {self.home}: {written:,} written, "
            f"{self.files - written:,} unchanged, {removed:,} removed"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as a dict for JSON."""
        return {**asdict(self), "target": str(self.target)}


@renamed(endpoint="sparql")
def publish(
    graph: Graph,
    target: str | os.PathLike[str],
    *,
    base: str | None = None,
    sparql: str = "",
    claims: str | None = None,
    formats: Sequence[str] | None = None,
    png: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Published:
    """Write the site of a graph into a folder: pages, data, downloads, descriptions.

    `base` is the address at which the folder will be found, that of the graph's IRIs unless
    given; `sparql` that of a SPARQL endpoint with the same graph, if there is one. `jobs` is the
    number of processes, by default one for each processor. A file that has not changed is
    not touched, and files of an earlier run that are no longer part of the site are removed.

    With `claims` ``"pages"`` each claim has a page, and data, of its own; with ``"anchors"`` it is
    a place on the page of its subject, to which its IRI leads. `formats` are those of documents,
    of `FORMATS`, by name or suffix. The defaults are pages and all formats, but for more than
    `MANY` things and sources anchors, unless an endpoint holds the graph, and `FEWER_FORMATS`.

    With the extra ``png`` the first page and those of its stories have an image for the cards of
    messengers; with `png`, so have all pages whose pictures have files.

    The graph of an endpoint is read in pieces. Its site has the same pages, but only those
    downloads that `exported` can write. What changes in the endpoint during the run may be in
    some pages and not in others.

    Raises `ParameterError` for an address that is none, for unknown `claims` or `formats`, and for
    anchors of a graph that an endpoint holds; with `png`, `MissingExtra` without the extra and
    `WriteError` without a font; `WriteError` for a folder that is not empty and not ours or that
    cannot be written, and what the engine raises.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import allgraph
    >>> from allgraph.folder import init_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/club/")
    ...     site = allgraph.publish(allgraph.open(folder.root), Path(place, "site"), jobs=1)
    >>> site.home, "index.html" in site.written
    ('https://example.org/club/', True)
    """
    order = Order.of(graph.folder, target, base, sparql, progress, claims, formats, png=png)
    return _carry_out(order, lambda: graph, jobs or os.cpu_count() or 1, in_new_processes=False)


def publish_folder(
    folder: Folder,
    target: str | os.PathLike[str],
    *,
    base: str | None = None,
    sparql: str = "",
    claims: str | None = None,
    formats: Sequence[str] | None = None,
    png: bool = False,
    jobs: int | None = None,
    include_sensitive: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Write the site of a graph folder of any size; parameters and files as for `publish`.

    With more than `LARGE` bytes of data the graph stays on disk: in the snapshot of the folder if
    it is current, or else in a new one in a temporary directory. With `include_sensitive` the
    data that the folder marks as sensitive are published too. Raises what `publish` and
    `open_graph` raise.
    """
    order = Order.of(folder, target, base, sparql, progress, claims, formats, png=png)
    _earlier_files(order.place)  # raises before the work, not after it
    processes = jobs or os.cpu_count() or 1
    if sum(path.stat().st_size for path in folder.data_files()) <= LARGE:
        graph = open_graph(folder.root, include_sensitive=include_sensitive, progress=progress)
        return _carry_out(order, lambda: graph, processes, in_new_processes=False)
    if fresh(folder, include_sensitive) is not None:
        return _carry_out(
            order,
            partial(_open_snapshot, folder, include_sensitive),
            processes,
            in_new_processes=True,
        )
    with TemporaryDirectory(prefix="allgraph-") as temporary:
        order.say("putting the graph on disk")
        _in_new_process(partial(_put_on_disk, folder, include_sensitive, Path(temporary)))
        make = partial(_open_snapshot, folder, include_sensitive, Path(temporary))
        return _carry_out(order, make, processes, in_new_processes=True)


def _put_on_disk(folder: Folder, include_sensitive: bool, at: Path) -> None:
    """Build a snapshot of a folder in the directory `at`; raises what `build` raises."""
    build(folder, include_sensitive=include_sensitive, at=at)


def _open_snapshot(folder: Folder, include_sensitive: bool, at: Path | None = None) -> Graph:
    """Open the current snapshot of a folder, which is in `at` or its usual place, as a graph.

    Raises `EngineError` when there is none.
    """
    snapshot = Directory(folder, include_sensitive, at).opened()
    if snapshot is None:
        raise EngineError(f"the snapshot of {folder.root} is gone; build it again")
    return on_disk(folder, snapshot)


@dataclass(frozen=True)
class Order:
    """The arguments of a call of `publish`, but for the graph.

    `place` is the folder to write, `home` the address of the site, `endpoint` that of a SPARQL
    endpoint or ``""``, and `progress` is called with messages. `claims` is one of `CLAIMS`, and
    `suffixes` are those of the data of documents; ``None`` stands for the default. `all_png` is
    that of `Site`.
    """

    place: Path
    home: str
    endpoint: str
    progress: Progress | None
    claims: str | None = None
    suffixes: tuple[str, ...] | None = None
    all_png: bool = False

    @classmethod
    def of(
        cls,
        folder: Folder,
        target: str | os.PathLike[str],
        base: str | None,
        endpoint: str,
        progress: Progress | None,
        claims: str | None,
        formats: Sequence[str] | None,
        *,
        png: bool = False,
    ) -> Order:
        """Return the order for a graph of a folder; raises `ParameterError` for a wrong value.

        With `png`, raises the errors of `allgraph.render.png.check` too.
        """
        if png:
            images.check()
        if claims is not None and claims not in CLAIMS:
            raise ParameterError(f"claims: “{claims}” is neither of {', '.join(CLAIMS)}")
        home, suffixes = _home(base, folder), None if formats is None else _suffixes(formats)
        return cls(Path(target), home, endpoint, progress, claims, suffixes, png)

    def say(self, message: str) -> None:
        """Call `progress`, if there is one, with a message."""
        if self.progress:
            self.progress(message)


def _suffixes(names: Sequence[str]) -> tuple[str, ...]:
    """Return the suffixes of the data formats among `FORMATS`, given by name or suffix, in order.

    A text may have commas. Raises `ParameterError` for an unknown name.
    """
    by_name = {name: s for s in FORMATS[1:] for name in (s, named(s).name)} | {"html": "html"}
    given = [name.strip() for name in (names.split(",") if isinstance(names, str) else names)]
    for name in given:
        if name not in by_name:
            raise ParameterError(f"formats: “{name}” is none of {', '.join(FORMATS)}")
    return tuple(s for s in FORMATS[1:] if s in {by_name[name] for name in given})


def _carry_out(order: Order, make: MakeGraph, jobs: int, *, in_new_processes: bool) -> Published:
    """Write a site, remove its old files, and return what was done.

    `make` gives the graph: in this process and its forks, or with `in_new_processes` in new ones.
    The file `LIST` is written at the start, at the end, and after an error, so that the next run
    knows the files of this one. Raises `WriteError` for an `OSError`.
    """
    place = order.place
    earlier = _earlier_files(place)
    totals = _Totals(order.say)
    try:
        place.mkdir(parents=True, exist_ok=True)
        try:
            _write_if_changed(place / LIST, _list_content(earlier))
            order.say("making the downloads")
            silent = replace(order, progress=None)  # what another process can be given
            planning = partial(_plan, silent, make)
            plan = _in_new_process(planning) if in_new_processes else planning()
            totals.add(plan.outcome)
            totals.total = plan.documents
            begin = partial(
                _begin_process,
                place,
                partial(_site_of, plan.order, make, plan.downloads, plan.digests),
            )
            for outcome in _outcomes(begin, plan.units, jobs, in_new_processes=in_new_processes):
                totals.add(outcome)
        finally:  # so that the next run knows what is ours, whatever ends this one
            _write_if_changed(place / LIST, _list_content(earlier | totals.names))
        unlisted = {*plan.unlisted}
        listed = [page for page in totals.pages() if page not in unlisted]
        totals.add(_write_files(place, discovery.sitemap(order.home, listed)))
        removed = sorted(earlier - totals.names)
        _remove(place, removed)
        _write_if_changed(place / LIST, _list_content(totals.names))
    except OSError as error:
        path = error.filename or place
        raise WriteError(f"cannot be written: {error.strerror}", path=path) from None
    written, count = tuple(sorted(totals.written)), len(totals.names)
    return Published(
        place, order.home, written, tuple(removed), count, totals.bytes, totals.documents,
        tuple(sorted(totals.left_out)),
    )  # fmt: skip


def _home(base: str | None, folder: Folder) -> str:
    """Return the address of a site, with ``/`` at its end: `base`, or else the folder's base.

    Raises `ParameterError` for one that is not http(s), or has a query, a fragment or odd
    characters.
    """
    home = base or folder.base.rstrip("#")
    home = home if home.endswith("/") else f"{home}/"
    if not home.startswith(("http://", "https://")) or any(c in home for c in '?#"<> \\^`{|}'):
        raise ParameterError(
            f"“{base or folder.base}” is no address of a site, such as https://example.org/graph/"
        )
    return home


def _earlier_files(place: Path) -> set[str]:
    """Return the names of the files that an earlier run wrote into a folder, as `LIST` has them.

    Without that file the folder has to be empty or not to exist, else `WriteError` is raised; but
    files of Git, ``CNAME``, ``README.md`` and ``LICENSE`` (`_KEPT`) may be there. Nothing is
    written.
    """
    listed = place / LIST
    try:
        if listed.is_symlink():
            raise WriteError("is a symbolic link, which is not followed; remove it", path=listed)
        if listed.is_file():
            return set(_names_in(listed))
        others = [path.name for path in place.iterdir()] if place.exists() else []
    except OSError as error:
        path = error.filename or place
        raise WriteError(f"cannot be read: {error.strerror}", path=path) from None
    others = [name for name in others if name not in _KEPT and not name.startswith(".git")]
    if others:
        raise WriteError(
            f"holds files that `allgraph publish` did not write, such as {min(others)}; give the "
            "name of a new or empty folder",
            path=place,
        )
    return set()


def _names_in(listed: Path) -> Iterator[str]:
    """Yield the names in a file that `_list_content` made, each a path relative to the folder.

    Raises `WriteError` with the line of a name that is not UTF-8 or leads out of the folder, and
    `OSError` when the file cannot be read.
    """
    for number, line in enumerate(listed.read_bytes().splitlines(), 1):  # ends of lines in ASCII
        name = line.decode("utf-8", "replace")
        if name.encode() != line or _OUTSIDE.search(name):
            message = f"“{name}” is no name of a file of the site; remove the line"
            raise WriteError(message, path=listed, line=number)
        yield name


def _list_content(names: Iterable[str]) -> bytes:
    """Return the content of the file `LIST`: a sorted line for each name."""
    return "".join(f"{name}\n" for name in sorted(names)).encode()


def _site_of(
    order: Order, make: MakeGraph, dumps: tuple[Download, ...], digests: Mapping[str, str]
) -> Site:
    """Return the site of the graph that `make` opens or gives, at the addresses of the order.

    `dumps` are the downloads that its pages link to, and `digests` those of `Site`, for which all
    IRIs are read. In the order nothing is left to a default.
    """
    graph, suffixes = make(), order.suffixes
    assert suffixes is not None
    published = Publication(order.home, order.endpoint, dumps, suffixes=suffixes)
    places = ClaimPlaces(graph) if order.claims == "anchors" else None
    site = Site(graph, published, places=places, all_png=order.all_png)
    site.digests = digests
    return site


def _with_defaults(order: Order, graph: Graph, iris: Sequence[str]) -> Order:
    """Return an order with the defaults for a graph in place of missing values.

    `iris` are those that have a document; claims are read, to see whether there are more than
    `MANY` others. Raises `ParameterError` for anchors of a graph at an endpoint.
    """
    if order.claims == "anchors" and graph.is_remote:
        raise ParameterError("claims: those of an endpoint can only be published as pages")
    is_large = len(iris) > MANY
    if is_large and None in (order.claims, order.suffixes):
        if graph.is_remote:
            claims = {text(row["claim"]) for row in graph.rows("all")}
        else:
            claims = {*graph.columns.claims}
        is_large = sum(1 for iri in iris if iri not in claims) > MANY
    return replace(
        order,
        claims=order.claims or ("anchors" if is_large and not graph.is_remote else "pages"),
        suffixes=_suffixes(FEWER_FORMATS if is_large else FORMATS)
        if order.suffixes is None
        else order.suffixes,
    )


# ---- The plan


Unit = int | list[str]
"""A piece of work: the number of a part of the site, or the IRIs of some documents."""


@dataclass(frozen=True)
class Plan:
    """The plan of a run: the `units` of work that are left, which have `documents` documents.

    The downloads are written already: `downloads` describes them, `outcome` names their files.
    `order` is that of the run, with the defaults for its graph. `unlisted` are the paths of pages
    that are in no list: those of withdrawn claims. `digests` are those of the site.
    """

    order: Order
    downloads: tuple[Download, ...]
    outcome: BatchOutcome
    documents: int
    units: list[Unit]
    digests: Mapping[str, str]
    unlisted: tuple[str, ...] = ()


def _plan(order: Order, make: MakeGraph) -> Plan:
    """Write the downloads of a graph into the folder, and return the plan of all other work.

    `make` gives the graph. One with at most `downloads.SMALL` triples has a download in each format
    that can express it, its tables, and one with all triples; a larger one only N-Triples and
    tables, compressed, or none if it is an endpoint's; all have ``SHA256SUMS``. A unit of the plan
    is the number of a part in `files.parts`, or a list of at most `CHUNK` IRIs whose documents are
    to be written. Raises `EngineError` if the snapshot of the graph is damaged; it is read whole
    for that.
    """
    graph = make()
    if graph.snapshot is not None:
        graph.snapshot.verify()
    bare = Site(graph)
    iris = bare.iris
    order = _with_defaults(order, graph, iris)
    is_small = downloads.is_small(graph)
    dumps = {**downloads.dumps(graph), **downloads.tables(graph)} if is_small else {}
    if not is_small and not graph.is_remote:
        dumps["graph.nt.gz"] = downloads.compressed(graph)
        dumps |= downloads.compressed_tables(graph)
    described = downloads.described(dumps, order.home)
    if is_small:
        dumps[downloads.WHOLE] = downloads.whole(graph)
    dumps["SHA256SUMS"] = downloads.checksums(dumps)
    route = BY_NAME["download"]
    outcome = _write_files(order.place, ((route.file(file=name), dumps[name]) for name in dumps))
    site = _site_of(order, lambda: graph, described, bare.digests)
    elsewhere = {graph.folder.base + name for name in WHOLE}  # documents that a part writes
    elsewhere.update(site.places or ())
    iris = [iri for iri in [*iris, *site.withdrawn] if iri not in elsewhere]
    chunks = (iris[start : start + CHUNK] for start in range(0, len(iris), CHUNK))
    units: list[Unit] = [*range(len([*files.parts(site)])), *chunks]  # parts may take long
    unlisted = tuple(filter(None, map(site.path, site.withdrawn)))
    return Plan(order, described, outcome, len(iris), units, site.digests, unlisted)


# ---- Writing


@dataclass(frozen=True)
class BatchOutcome:
    """The result of a unit of work: the names of its files, and of those that were written.

    `documents` and `bytes` are the numbers of documents and bytes in all its files. `left_out` has
    the files without a content, each with the reason.
    """

    documents: int
    names: tuple[str, ...]
    written: tuple[str, ...]
    bytes: int
    left_out: tuple[str, ...]


def _write_files(place: Path, contents: Iterable[files.File], documents: int = 0) -> BatchOutcome:
    """Write files below a folder, but leave those alone that have the same content already.

    `contents` yields (name, content) of the files one by one; one with an error as its content is
    left out. Returns the names of all, the names
    of those written, the bytes of all, and `documents`, which is not used otherwise. Raises
    `WriteError` when a file cannot be written or is not below the folder, `OSError` when its
    directory cannot be made, and what `contents` raises.
    """
    names, written, left_out, size = [], [], [], 0
    directories: dict[str, Path] = {}  # below the folder, and made
    for name, content in contents:
        if isinstance(content, UnknownFormat):
            left_out.append(f"{name}: {content.message}")
            continue
        names.append(name)
        size += len(content)
        inside, _, last = name.rpartition("/")
        if inside not in directories or last == "..":
            directories[inside] = below(place, name).parent
            directories[inside].mkdir(parents=True, exist_ok=True)
        if _write_if_changed(directories[inside] / last, content):
            written.append(name)
    return BatchOutcome(documents, tuple(names), tuple(written), size, tuple(left_out))


def _write_if_changed(path: Path, content: bytes) -> bool:
    """Write a file, unless it has this content; return whether it was written.

    A link is replaced by a file. Raises `WriteError` when the file cannot be written, `OSError`
    when it cannot be read.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        status = path.lstat()
        is_file = stat.S_ISREG(status.st_mode)
        if is_file and status.st_size == len(content) and path.read_bytes() == content:
            return False
    put(path, content)
    return True


def _remove(place: Path, names: Iterable[str]) -> None:
    """Remove files below the folder `place` by name, and folders between that are then empty.

    A file that is not there is no error. `place` itself stays. Raises `WriteError` for a name that
    leads out of the folder, such as by a link, before that file is removed, and `OSError`.
    """
    top = Path(os.path.realpath(place))
    for name in names:
        path = below(place, name)
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == top or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


class _Totals:
    """The files of a run so far: names, those written, bytes, documents, and a progress message.

    `total` is the number of documents that there will be.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        """Start without files; `say` is called with the messages.

        `total`, the number of documents that `add` names in messages, is set by the caller.
        """
        self.names: set[str] = set()
        self.written: list[str] = []
        self.left_out: list[str] = []
        self.bytes = self.documents = self.total = 0
        self._say = say

    def pages(self) -> list[str]:
        """Return the paths of the HTML pages so far that `files.listed` has, and withdrawn ones.

        They are percent-encoded, and without the ``index.html`` of the file's name.
        """
        pages = (name for name in self.names if name.endswith(_INDEX))
        paths = (page.removesuffix(_INDEX).rstrip("/") for page in pages)
        quoted = (f"/{quote(path, safe=files.SAFE)}" for path in paths)
        return sorted(path for path in quoted if not path.startswith(_UNLISTED))

    def add(self, outcome: BatchOutcome) -> None:
        """Add the outcome of a unit of work, and report the documents so far if it has any."""
        self.names.update(outcome.names)
        self.written += outcome.written
        self.left_out += outcome.left_out
        self.bytes += outcome.bytes
        self.documents += outcome.documents
        if outcome.documents:
            self._say(f"{self.documents:,} of {self.total:,} documents")


# ---- Sharing


class _SiteWriter:
    """The state of a process that writes pages, in attributes of the class.

    `_begin_process` sets them once for a process; `_write_unit` reads them.
    """

    place: Path
    site: Site
    parts: Sequence[files.Part]


def _begin_process(place: Path, make: Callable[[], Site]) -> None:
    """Set up this process for `_write_unit`: fill `_SiteWriter`, and make garbage collection rare.

    The attributes of that class are the folder `place`, the site, and the parts of `files.parts`.
    `make` gives the site, and with it opens the graph in this process.
    """
    _SiteWriter.place, _SiteWriter.site = place, make()
    if not _SiteWriter.site.graph.is_remote:  # so that many claims are read fast
        _SiteWriter.site.graph.table.whole().columns.network  # noqa: B018
    gc.freeze()  # the graph lives until the end, and pages have no reference cycles
    gc.set_threshold(1_000_000, 20, 100)
    _SiteWriter.parts = [*files.parts(_SiteWriter.site)]


def _write_unit(unit: Unit) -> BatchOutcome:
    """Write the files of a unit of work by what `_begin_process` has set up in this process.

    A number is that of a part of the site; a list has the IRIs of documents.
    """
    if isinstance(unit, int):
        return _write_files(_SiteWriter.place, _SiteWriter.parts[unit]())
    return _write_files(_SiteWriter.place, _files_of(_SiteWriter.site, unit), len(unit))


def _files_of(site: Site, iris: Sequence[str]) -> Iterator[files.File]:
    """Yield the files of documents, and of a large graph those of the network around things."""
    known: dict[str, Claim] = {}
    for view in documents.document_views(site, iris):
        yield from documents.files(view)
        if not site.is_small:
            known |= {claim.iri: claim for claim in view.claims}
    if not site.is_small:
        yield from neighbourhoods.files(site, iris, known)


def _outcomes(
    begin: Callable[[], None], units: Sequence[Unit], jobs: int, *, in_new_processes: bool
) -> Iterator[BatchOutcome]:
    """Carry out all units, and yield the outcome of each as it ends, in any order.

    `begin` sets up each process before its first unit. There are `jobs` processes: new ones with
    `in_new_processes`, else forks of this one, but for a single job, or where the system has no
    forks; then it is done in this process. Raises `EngineCrash` when a process dies, and the
    error of a unit.
    """
    import multiprocessing

    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if not in_new_processes and (jobs == 1 or not can_fork):
        thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
        try:
            begin()
            yield from map(_write_unit, units)
        finally:  # what `begin` has changed for all of this process
            if not frozen:
                gc.unfreeze()
            gc.set_threshold(*thresholds)
        return
    with _processes(jobs, begin, "spawn" if in_new_processes else "fork") as pool:
        calls = {pool.submit(_write_unit, unit) for unit in units}
        while calls:
            ended, calls = wait(calls, return_when=FIRST_COMPLETED)
            yield from (call.result() for call in ended)


def _in_new_process(call: Callable[[], T]) -> T:
    """Call a function in a new process, and return its result; the process then ends.

    The function and the result are pickled. Raises the error of the function, and `EngineCrash`
    when the process dies.
    """
    with _processes(1, None, "spawn") as pool:
        return pool.submit(call).result()


@contextmanager
def _processes(
    jobs: int, begin: Callable[[], None] | None, method: Literal["fork", "spawn"]
) -> Iterator[ProcessPoolExecutor]:
    """A pool of `jobs` processes, each set up by `begin`, for a ``with`` block.

    Each may take `sandbox.share_of_machine` of memory, besides what it has at its start. When the
    block ends, the work not yet begun is cancelled and the processes end. Raises `EngineCrash` if
    one has died. Forks share the graph in the memory of this process. A store on disk has threads,
    which a fork does not have and hangs without, so processes that open one have to be new:
    ``spawn``.
    """
    import multiprocessing

    context = multiprocessing.get_context(method)
    setup = partial(_limit_and_begin, begin)
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=setup) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise EngineCrash("a process that wrote pages died; was memory short?") from None
        finally:
            pool.shutdown(cancel_futures=True)


def _limit_and_begin(begin: Callable[[], None] | None) -> None:
    """Limit the memory of this process, since a store may be damaged, and call `begin`, if any."""
    if os.name == "posix":
        sandbox.limit_process(sandbox.share_of_machine())
    if begin is not None:
        begin()
