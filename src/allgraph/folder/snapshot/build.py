"""Building a snapshot: from the files of a folder, a directory that is opened at once.

>>> import shutil, tempfile
>>> from allgraph.folder.folder import init_folder
>>> with tempfile.TemporaryDirectory() as place:
...     folder = init_folder(Path(place, "graph"), title="My graph", base="https://example.org/")
...     built = build(folder)
...     built.snapshot.manifest.claims, [step.name for step in built.steps][:2]
(3, ['look at the inputs', 'load'])
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time

from pyoxigraph import DefaultGraph, NamedNode, Store

from allgraph import sandbox
from allgraph.errors import LoadError, WriteError
from allgraph.folder.folder import Folder, open_folder
from allgraph.folder.loading import Progress, complete
from allgraph.folder.snapshot import digest, directory, manifest, names
from allgraph.folder.snapshot.chunks import Scattered
from allgraph.folder.snapshot.columns import Rows
from allgraph.folder.snapshot.directory import Directory, Pointer, Snapshot
from allgraph.folder.snapshot.load import load
from allgraph.folder.snapshot.manifest import Manifest
from allgraph.model.derivation_stored import StoredStatements
from allgraph.rdf.terms import DERIVED, text

_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class BuildStep:
    """A step of a build, with the seconds and the processor seconds that it took."""

    name: str
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Built:
    """The current snapshot after a build, and the `steps` of it."""

    snapshot: Snapshot
    steps: tuple[BuildStep, ...]


@sandbox.without_collector()
def build(
    folder: Folder | str | os.PathLike[str],
    *,
    include_sensitive: bool = False,
    at: Path | None = None,
    progress: Progress | None = None,
) -> Built:
    """Make a snapshot of a graph folder, which opening it then uses as long as no file has changed.

    It is put into the directory ``.allgraph`` in the folder, or into another one, `at` a path.
    The previous snapshot stays the current one until the new one is whole. `progress` is called
    with messages. Raises what reading the folder raises, and `WriteError` when the snapshot cannot
    be written.
    """
    folder = folder if isinstance(folder, Folder) else open_folder(Path(folder))
    steps = _Steps(progress or (lambda _: None))
    snapshots = Directory(folder, include_sensitive, at)
    with digest.in_process(folder) as start_digest, snapshots.building(steps.progress) as place:
        with steps.step("look at the inputs"):
            files = manifest.inputs(folder)
            stats = manifest.stats(files)
            digests = {name: manifest.digest_of(path) for name, path in files.items()}
            name = manifest.name_of(folder, include_sensitive, digests)
        manifest_digest = snapshots.whole(name)
        if manifest_digest is None:
            builder = _Builder(folder, include_sensitive, place, steps, start_digest)
            contents = builder.build(name, digests)
            if changed := manifest.changed_since(stats, folder):
                raise LoadError(f"{changed} while it was read; build again", path=folder.root)
            with steps.step("write to disk"):
                manifest_digest = contents.write(place)
                snapshots.keep(place, name)
        times = manifest.times(snapshots.place / name)
        snapshots.point(Pointer(name, manifest_digest, stats, times))
        snapshots.tidy()
    snapshot = snapshots.opened()
    assert snapshot is not None
    return Built(snapshot, tuple(steps.done))


@dataclass(frozen=True)
class _Builder:
    """Makes the parts of a snapshot in a directory (`place`), one after another."""

    folder: Folder
    include_sensitive: bool
    place: Path
    steps: _Steps
    start_digest: digest.Start

    def build(self, name: str, inputs: dict[str, str]) -> Manifest:
        """Make all parts but the manifest; return that with the name and inputs given."""
        step, place = self.steps.step, self.place
        directory.in_use(place)
        try:
            with step("load"):
                store = self._loaded()
            wait_for_digest = self.start_digest(place)
            claims, withheld = self._completed(store)
            with step("names"):
                names.write(place / "names", store)
            with step("order the store"):
                if withheld:
                    self._copy(store)
                    del store  # closed
                    store = self._replaced()
                else:
                    store.optimize()
            with step("digest of the dataset"):
                dataset = wait_for_digest()
                if withheld:  # of what the snapshot has, and no more
                    dataset = digest.digest(self.folder, place, lambda quad: quad in store)
            return Manifest(
                name=name,
                title=self.folder.title,
                include_sensitive=self.include_sensitive,
                versions=manifest.versions(),
                inputs=inputs,
                triples=_count(store, DefaultGraph()),
                derived=_count(store, DERIVED),
                claims=claims,
                withheld=withheld,
                dataset=dataset,
            )
        except OSError as error:
            raise WriteError(f"cannot be written: {error.strerror or error}", path=place) from None

    def _completed(self, store: Store) -> tuple[int, int]:
        """Add derived triples, and write the columns; return the numbers of claims and withheld."""
        columns = self.place / "columns"
        columns.mkdir()
        statements = StoredStatements(store)
        rows = Rows(columns, statements)
        with rows.sorted:
            with self.steps.step("derive"):
                withheld = complete(
                    store, self.folder, statements, self.include_sensitive, rows.add
                )
            with self.steps.step("columns"):
                return rows.write(store), withheld

    def _copy(self, store: Store) -> None:
        """Write a new store without traces of what was removed from this one."""
        fresh = Store(self.place / "fresh")
        fresh.bulk_extend(store)
        fresh.flush()

    def _replaced(self) -> Store:
        """Put the new store in the place of the first, and open it."""
        directory.remove(self.place / "store")
        os.rename(self.place / "fresh", self.place / "store")
        return Store(self.place / "store")

    def _loaded(self) -> Store:
        """Return a store with the data; begin again when the nodes of a file are scattered."""
        scattered: set[Path] = set()
        while True:
            directory.remove(self.place / "store")
            store = Store(self.place / "store")
            paths = self.folder.data_files()
            read = _byte_counter(paths, self.steps.progress)
            for path in paths:
                try:
                    load(store, self.folder, path, read, scattered=path in scattered)
                except Scattered:
                    scattered.add(path)
                    break
            else:
                return store
            del store  # closed


def _count(store: Store, graph: NamedNode | DefaultGraph) -> int:
    rows = store.query("SELECT (COUNT(*) AS ?count) { ?s ?p ?o }", default_graph=graph)
    return int(text(next(rows)["count"]))  # type: ignore[arg-type]


def _byte_counter(files: list[Path], progress: Progress) -> Callable[[int], None]:
    """Return a function that adds bytes to those that are read, and reports the sum."""
    total = sum(path.stat().st_size for path in files)
    done = 0

    def add(count: int) -> None:
        nonlocal done
        done += count
        done_mb, total_mb = (-(-size // _MEGABYTE) for size in (done, total))
        progress(f"{done_mb:,} of {total_mb:,} MB read")

    return add


class _Steps:
    """The steps of a build, and how long each takes."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.done: list[BuildStep] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Report a step, and measure it."""
        self.progress(name)
        wall, cpu = monotonic(), process_time()
        yield
        self.done.append(BuildStep(name, monotonic() - wall, process_time() - cpu))
