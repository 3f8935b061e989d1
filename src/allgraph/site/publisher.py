"""The publisher: writes a site into a folder, and leaves alone what has not changed.

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

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from allgraph import publications
from allgraph.errors import EngineCrash, ParameterError, WriteError
from allgraph.graph import Graph, Progress
from allgraph.publications import Publication
from allgraph.site import discovery, dumps, files, leaves
from allgraph.site.edition import Edition

LIST = ".published"
"""The file that lists all others that were written; what is in no such list is never removed."""
CHUNK = 50
"""How many documents are made at once."""

_INDEX, _SAFE = "index.html", "/:@!$&'()*+,;=~"
_KEPT = frozenset((LIST, "CNAME", "README.md", "LICENSE"))
Piece = Callable[[], Iterable[files.File]]


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

    Raises `ParameterError` for an address that is none, `WriteError` for a folder that is not
    empty and not ours or that cannot be written, and `InputError` for a graph at an endpoint.
    """
    place = Path(target)
    home = _home(base, graph)
    before = _before(place)
    say = progress or (lambda _: None)
    say("making the downloads")
    downloads = _downloads(graph)
    published = Publication(home, endpoint, dumps.told(downloads, home))
    edition = Edition(graph, published)
    downloads["SHA256SUMS"] = dumps.checksums(downloads)
    work = [*_work(edition, downloads)]
    done = _Done(say, sum(count for count, _ in work))
    try:
        try:
            _put(place / LIST, _listed(before))
            for outcome in _shared(partial(_write, place), work, jobs or os.cpu_count() or 1):
                done.add(outcome)
        finally:  # so that the next run knows what is ours, whatever ends this one
            _put(place / LIST, _listed(before | done.names))
        done.add(_write(place, (0, partial(discovery.sitemap, home, done.pages()))))
        gone = sorted(before - done.names)
        _remove(place, gone)
        _put(place / LIST, _listed(done.names))
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}",
                         path=error.filename or place) from None  # fmt: skip
    return Published(place, home, tuple(sorted(done.written)), tuple(gone), len(done.names),
                     done.bytes, done.documents)  # fmt: skip


def _home(base: str | None, graph: Graph) -> str:
    """An address that paths can be added to."""
    home = base or publications.home_of(graph)
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
    return "".join(f"{name}\n" for name in sorted(names)).encode()


def _downloads(graph: Graph) -> dict[str, bytes]:
    if len(graph.store) <= dumps.SMALL:
        return dumps.dumps(graph)
    return {"graph.nt.gz": dumps.compressed(graph)}


def _work(edition: Edition, downloads: dict[str, bytes]) -> Iterator[tuple[int, Piece]]:
    """All work, in pieces, and how many documents are in each."""
    iris = [iri for iri in edition.iris if edition.path(iri) not in ("/ns", "/shapes")]
    for part in files.parts(edition, downloads):
        yield 0, part
    for start in range(0, len(iris), CHUNK):
        some = iris[start : start + CHUNK]
        yield len(some), partial(_documents, edition, some)


def _documents(edition: Edition, iris: Sequence[str]) -> Iterator[files.File]:
    """The files of some documents, all their pages."""
    for leaf in leaves.leaves(edition, iris):
        yield from leaves.files(leaf)


# ---- Writing


@dataclass(frozen=True)
class Outcome:
    """What became of a piece of work: the names of its files, and of those that were written."""

    documents: int
    names: tuple[str, ...]
    written: tuple[str, ...]
    bytes: int


def _write(place: Path, work: tuple[int, Piece]) -> Outcome:
    count, piece = work
    names, written, size = [], [], 0
    for name, data in piece():
        names.append(name)
        size += len(data)
        if _put(place / name, data):
            written.append(name)
    return Outcome(count, tuple(names), tuple(written), size)


def _put(path: Path, data: bytes) -> bool:
    """Make a file have some content; whether it had another."""
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except (FileNotFoundError, NotADirectoryError):
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


class _Done:
    """What has been done so far, and what is told of it."""

    def __init__(self, say: Progress, total: int) -> None:
        self.names: set[str] = set()
        self.written: list[str] = []
        self.bytes = self.documents = 0
        self._say, self._total = say, total

    def pages(self) -> list[str]:
        """The paths of the pages."""
        names = (n.removesuffix("index.html").rstrip("/") for n in self.names if n.endswith(_INDEX))
        return sorted(f"/{quote(name, safe=_SAFE)}" for name in names)

    def add(self, outcome: Outcome) -> None:
        self.names.update(outcome.names)
        self.written += outcome.written
        self.bytes += outcome.bytes
        self.documents += outcome.documents
        if outcome.documents:
            self._say(f"{self.documents:,} of {self._total:,} documents")


def _shared(
    do: Callable[[tuple[int, Piece]], Outcome], work: Sequence[tuple[int, Piece]], jobs: int
) -> Iterator[Outcome]:
    """The outcomes of work that several processes share; they are forked, and so have the graph."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from concurrent.futures.process import BrokenProcessPool

    if jobs == 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(do, work)
        return
    _Shared.do, _Shared.work = do, work
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        try:
            calls = [pool.submit(_nth, number) for number in range(len(_Shared.work))]
            for call in as_completed(calls):
                yield call.result()
        except BrokenProcessPool:
            raise EngineCrash("a process that wrote pages died; was memory short?") from None
        finally:
            pool.shutdown(cancel_futures=True)


class _Shared:
    """What forked processes find: functions cannot be sent to them, and numbers can."""

    do: Callable[[tuple[int, Piece]], Outcome]
    work: Sequence[tuple[int, Piece]]


def _nth(number: int) -> Outcome:
    return _Shared.do(_Shared.work[number])
