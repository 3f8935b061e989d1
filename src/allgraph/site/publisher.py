"""Write a site into a folder; files that have not changed are left alone.

>>> import tempfile
>>> from pathlib import Path
>>> from allgraph.graph import open_graph
>>> with tempfile.TemporaryDirectory() as folder:
...     first = publish(open_graph(), folder, base="https://example.org/")
...     again = publish(open_graph(), folder, base="https://example.org/")
...     Path(folder, "page", "coco-rocha", "index.html").is_file(), len(first.written) > 1000
(True, True)
>>> len(again.written), len(again.removed)
(0, 0)
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeVar
from urllib.parse import quote

from allgraph.errors import EngineCrash, EngineError, ParameterError, WriteError
from allgraph.folder import Folder
from allgraph.folder.snapshot.build import build
from allgraph.folder.snapshot.directory import Directory
from allgraph.graph import Graph, open_graph
from allgraph.graph.graph import Progress
from allgraph.graph.opening import fresh, on_disk
from allgraph.linkeddata.publication import Download, Publication
from allgraph.linkeddata.routes import BY_NAME
from allgraph.model.addresses import WHOLE
from allgraph.site import discovery, documents, downloads, files
from allgraph.site.site import Site

LIST = ".published"
"""The file that lists all others that were written; what is in no such list is never removed."""
CHUNK = 50
"""How many documents one piece of work has."""

LARGE = 16 * 2**20
"""With more bytes of Turtle than these, a graph is on disk while its folder is published."""

_INDEX, _SAFE = "index.html", "/:@!$&'()*+,;=~"
_KEPT = frozenset((LIST, "CNAME", "README.md", "LICENSE"))
Make = Callable[[], Graph]
T = TypeVar("T")


@dataclass(frozen=True)
class Published:
    """What was done: the names of files that were written, those removed, and how many there are.

    Files that were there with the same content are not written.
    """

    target: Path
    home: str
    written: tuple[str, ...]
    removed: tuple[str, ...]
    files: int
    bytes: int
    documents: int


def publish(
    graph: Graph,
    target: str | os.PathLike[str],
    *,
    base: str | None = None,
    endpoint: str = "",
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Published:
    """Write the site of a graph into a folder: pages, data, downloads, descriptions.

    `base` is the address at which the folder will be found, that of the graph's IRIs unless
    given; `endpoint` that of a SPARQL endpoint with the same graph, if there is one. So many
    `jobs`, one for each processor unless told, share the work. A file that has not changed is
    not touched, and files of an earlier run that are no longer part of the site are removed.

    A graph that an endpoint holds is asked for in pieces, and not taken whole. Its site has the
    same pages, but only those downloads that `exported` can write, and no list of all that it
    was made of: what changes there meanwhile may be in some pages alone.

    Raises `ParameterError` for an address that is none, `WriteError` for a folder that is not
    empty and not ours or that cannot be written, and what the engine raises.
    """
    order = Order(Path(target), _home(base, graph.folder), endpoint, progress)
    return _published(order, lambda: graph, jobs or os.cpu_count() or 1, apart=False)


def publish_folder(
    folder: Folder,
    target: str | os.PathLike[str],
    *,
    base: str | None = None,
    endpoint: str = "",
    jobs: int | None = None,
    include_sensitive: bool = False,
    progress: Progress | None = None,
) -> Published:
    """Write the site of a graph folder, as `publish` does; one of any size.

    With more than `LARGE` bytes of data the graph is in a snapshot on disk, one that there is or
    one in a temporary directory, and in the memory of no process. Raises
    what `open_graph` raises, too.
    """
    order = Order(Path(target), _home(base, folder), endpoint, progress)
    _before(order.place)  # which says what is wrong before the work
    many = jobs or os.cpu_count() or 1
    if sum(path.stat().st_size for path in folder.data_files()) <= LARGE:
        graph = open_graph(folder.root, include_sensitive=include_sensitive, progress=progress)
        return _published(order, lambda: graph, many, apart=False)
    if fresh(folder, include_sensitive) is not None:
        return _published(order, partial(_opened, folder, include_sensitive), many, apart=True)
    with TemporaryDirectory(prefix="allgraph-") as place:
        order.say("putting the graph on disk")
        _apart(partial(_put_on_disk, folder, include_sensitive, Path(place)))
        make = partial(_opened, folder, include_sensitive, Path(place))
        return _published(order, make, many, apart=True)


def _put_on_disk(folder: Folder, include_sensitive: bool, at: Path) -> None:
    build(folder, include_sensitive=include_sensitive, at=at)


def _opened(folder: Folder, include_sensitive: bool, at: Path | None = None) -> Graph:
    """The graph of a snapshot, in whichever process."""
    snapshot = Directory(folder, include_sensitive, at).opened()
    if snapshot is None:
        raise EngineError(f"the snapshot of {folder.root} is gone; build it again")
    return on_disk(folder, snapshot)


@dataclass(frozen=True)
class Order:
    """What is to be published where."""

    place: Path
    home: str
    endpoint: str
    progress: Progress | None

    def say(self, message: str) -> None:
        """Tell what is being done."""
        if self.progress:
            self.progress(message)


def _published(order: Order, make: Make, jobs: int, *, apart: bool) -> Published:
    """Carry out an order; `apart` is whether this process shall not make the graph itself."""
    place = order.place
    before = _before(place)
    done = _Progress(order.say)
    try:
        try:
            _put(place / LIST, _listed(before))
            order.say("making the downloads")
            silent = replace(order, progress=None)  # what another process can be given
            planning = partial(_plan, silent, make)
            plan = _apart(planning) if apart else planning()
            done.add(plan.outcome)
            done.total = plan.documents
            begin = partial(_begin, place, partial(_site, silent, make, plan.downloads))
            for outcome in _shared(begin, plan.units, jobs, apart=apart):
                done.add(outcome)
        finally:  # so that the next run knows what is ours, whatever ends this one
            _put(place / LIST, _listed(before | done.names))
        done.add(_write(place, discovery.sitemap(order.home, done.pages())))
        gone = sorted(before - done.names)
        _remove(place, gone)
        _put(place / LIST, _listed(done.names))
    except OSError as error:
        path = error.filename or place
        raise WriteError(f"cannot be written: {error.strerror}", path=path) from None
    written, count = tuple(sorted(done.written)), len(done.names)
    return Published(place, order.home, written, tuple(gone), count, done.bytes, done.documents)


def _home(base: str | None, folder: Folder) -> str:
    """An address that paths can be added to."""
    home = base or folder.base.rstrip("#")
    home = home if home.endswith("/") else f"{home}/"
    if not home.startswith(("http://", "https://")) or any(c in home for c in '?#"<> \\^`{|}'):
        raise ParameterError(
            f"“{base}” is no address of a site, such as https://example.org/graph/"
        )
    return home


def _before(place: Path) -> set[str]:
    """The files that an earlier run wrote; `WriteError` if others are in the folder."""
    listed = place / LIST
    if listed.is_file():
        return set(listed.read_text(encoding="utf-8").splitlines())
    try:
        others = [path.name for path in place.iterdir()] if place.exists() else []
    except OSError as error:
        raise WriteError(f"is no folder: {error.strerror}", path=place) from None
    others = [name for name in others if name not in _KEPT and not name.startswith(".git")]
    if others:
        raise WriteError(
            f"holds files that `allgraph publish` did not write, such as {min(others)}; give the "
            "name of a new or empty folder",
            path=place,
        )
    return set()


def _listed(names: Iterable[str]) -> bytes:
    """The content of the file that lists all others."""
    return "".join(f"{name}\n" for name in sorted(names)).encode()


def _site(order: Order, make: Make, dumps: tuple[Download, ...]) -> Site:
    return Site(make(), Publication(order.home, order.endpoint, dumps))


# ---- The plan


Unit = int | list[str]
"""A piece of work: the number of a part of the site, or the IRIs of some documents."""


@dataclass(frozen=True)
class Plan:
    """What there is to do: `units` of work, for so many documents; the downloads are made."""

    downloads: tuple[Download, ...]
    outcome: BatchOutcome
    documents: int
    units: list[Unit]


def _plan(order: Order, make: Make) -> Plan:
    """Make the downloads of a graph, and say what else there is to do."""
    graph = make()
    is_small = downloads.is_small(graph)
    dumps = downloads.dumps(graph) if is_small else {}
    if not is_small and not graph.is_remote:
        dumps["graph.nt.gz"] = downloads.compressed(graph)
    described = downloads.told(dumps, order.home)
    if is_small:
        dumps[downloads.WHOLE] = downloads.whole(graph)
    dumps["SHA256SUMS"] = downloads.checksums(dumps)
    route = BY_NAME["download"]
    outcome = _write(order.place, ((route.file(file=name), dumps[name]) for name in dumps))
    site = _site(order, lambda: graph, described)
    whole = {f"/{name}" for name in WHOLE}
    iris = [iri for iri in site.iris if site.path(iri) not in whole]
    chunks = (iris[start : start + CHUNK] for start in range(0, len(iris), CHUNK))
    units: list[Unit] = [*range(len([*files.parts(site)])), *chunks]  # parts may take long
    return Plan(described, outcome, len(iris), units)


# ---- Writing


@dataclass(frozen=True)
class BatchOutcome:
    """What became of a piece of work: the names of its files, and of those that were written."""

    documents: int
    names: tuple[str, ...]
    written: tuple[str, ...]
    bytes: int


def _write(place: Path, contents: Iterable[files.File], documents: int = 0) -> BatchOutcome:
    """Write files below a folder; those that have not changed are left alone."""
    names, written, size = [], [], 0
    for name, data in contents:
        names.append(name)
        size += len(data)
        if _put(place / name, data):
            written.append(name)
    return BatchOutcome(documents, tuple(names), tuple(written), size)


def _put(path: Path, data: bytes) -> bool:
    """Write a file unless it has this content; return whether it was written."""
    with suppress(FileNotFoundError, NotADirectoryError):
        if os.stat(path).st_size == len(data) and path.read_bytes() == data:
            return False
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return True


def _remove(place: Path, names: Iterable[str]) -> None:
    """Remove files, and the folders that are then empty."""
    for name in names:
        path = place / name
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == place or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()


class _Progress:
    """What has been done so far, of how many documents in `total`."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.names: set[str] = set()
        self.written: list[str] = []
        self.bytes = self.documents = self.total = 0
        self._say = say

    def pages(self) -> list[str]:
        """The paths of the pages."""
        pages = (name for name in self.names if name.endswith(_INDEX))
        paths = (page.removesuffix(_INDEX).rstrip("/") for page in pages)
        return sorted(f"/{quote(path, safe=_SAFE)}" for path in paths)

    def add(self, outcome: BatchOutcome) -> None:
        """Take in what became of a piece of work, and tell of it."""
        self.names.update(outcome.names)
        self.written += outcome.written
        self.bytes += outcome.bytes
        self.documents += outcome.documents
        if outcome.documents:
            self._say(f"{self.documents:,} of {self.total:,} documents")


# ---- Sharing


class _SiteWriter:
    """What a process that writes has: where to, and what it has to write."""

    place: Path
    site: Site
    parts: Sequence[files.Part]


def _begin(place: Path, make: Callable[[], Site]) -> None:
    """Make a process ready to write."""
    _SiteWriter.place, _SiteWriter.site = place, make()
    gc.freeze()  # what is there stays, and pages are not made in circles
    gc.set_threshold(100_000, 20, 100)
    _SiteWriter.parts = [*files.parts(_SiteWriter.site)]


def _do(unit: Unit) -> BatchOutcome:
    """Write the files of a piece of work."""
    if isinstance(unit, int):
        return _write(_SiteWriter.place, _SiteWriter.parts[unit]())
    views = documents.document_views(_SiteWriter.site, unit)
    contents = chain.from_iterable(map(documents.files, views))
    return _write(_SiteWriter.place, contents, len(unit))


def _shared(
    begin: Callable[[], None], units: Sequence[Unit], jobs: int, *, apart: bool
) -> Iterator[BatchOutcome]:
    """The outcomes of pieces of work, which several processes share."""
    import multiprocessing

    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if jobs == 1 or not (apart or can_fork):
        begin()
        yield from map(_do, units)
        return
    with _processes(jobs, begin, "spawn" if apart else "fork") as pool:
        calls = {pool.submit(_do, unit) for unit in units}
        while calls:
            ended, calls = wait(calls, return_when=FIRST_COMPLETED)
            yield from (call.result() for call in ended)


def _apart(call: Callable[[], T]) -> T:
    """What a call gives in a process of its own, whose memory is then free."""
    with _processes(1, None, "spawn") as pool:
        return pool.submit(call).result()


@contextmanager
def _processes(
    jobs: int, begin: Callable[[], None] | None, method: Literal["fork", "spawn"]
) -> Iterator[ProcessPoolExecutor]:
    """Processes for work; raises `EngineCrash` if one dies.

    Forked ones have what this one has, the graph in memory. A store on disk has threads, without
    which it hangs in a fork, so those that open one are new.
    """
    import multiprocessing

    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=begin) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise EngineCrash("a process that wrote pages died; was memory short?") from None
        finally:
            pool.shutdown(cancel_futures=True)
