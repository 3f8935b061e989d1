"""Building a snapshot: the files of a folder into a directory that answers at once.

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Store

from allgraph import sandbox
from allgraph.errors import LoadError, WriteError
from allgraph.folder.folder import Folder, open_folder
from allgraph.folder.loading import Progress, complete
from allgraph.folder.snapshot import digest as dataset
from allgraph.folder.snapshot import directory, manifest, names
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
    """A part of a build, with the seconds that it took, and those of processors."""

    name: str
    seconds: float
    cpu: float


@dataclass(frozen=True)
class Built:
    """A snapshot that is there now; `steps` are what was done for it."""

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
    What was there before counts until the new one is whole. `progress` is told, in words, how far
    the work is. Raises what reading the folder raises, and `WriteError` when the snapshot cannot
    be written.
    """
    folder = folder if isinstance(folder, Folder) else open_folder(Path(folder))
    steps = _Steps(progress or (lambda _: None))
    shelf = Directory(folder, include_sensitive, at)
    with dataset.beside(folder) as start_digest, shelf.building(steps.say) as aside:
        with steps.step("look at the inputs"):
            files = manifest.inputs(folder)
            looks = manifest.looks(files)
            inputs = {name: manifest.digest_of(path) for name, path in files.items()}
            name = manifest.name_of(folder, include_sensitive, inputs)
        digest = shelf.whole(name)
        if digest is None:
            made = _Made(folder, include_sensitive, aside, steps, start_digest)
            counts = made.all()
            changed = manifest.changed(looks, manifest.looks(manifest.inputs(folder)))
            if changed:
                raise LoadError(f"{changed} while it was read; build again", path=folder.root)
            with steps.step("write to disk"):
                said = Manifest(name=name, title=folder.title, include_sensitive=include_sensitive,
                                versions=manifest.versions(), inputs=inputs,
                                files=manifest.told(aside), **counts)  # fmt: skip
                digest = said.write(aside)
                directory.settle(aside)
                shelf.keep(aside, name)
        shelf.point(Pointer(name, digest, looks, manifest.times(shelf.place / name)))
        shelf.tidy()
    snapshot = shelf.opened()
    assert snapshot is not None
    return Built(snapshot, tuple(steps.done))


class _Made:
    """The parts of a snapshot, made in a directory one after another."""

    def __init__(
        self,
        folder: Folder,
        include_sensitive: bool,
        place: Path,
        steps: _Steps,
        start: dataset.Start,
    ) -> None:
        self.folder = folder
        self.include_sensitive = include_sensitive
        self.place = place
        self.steps = steps
        self.start_digest = start

    def all(self) -> dict[str, Any]:
        """Make all of it; how much there is of everything."""
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
                found = wait_for_digest()
                if withheld:  # of what the snapshot holds, and of no more
                    found = dataset.digest(self.folder, place, lambda quad: quad in store)
            return {"triples": _count(store, DefaultGraph()), "derived": _count(store, DERIVED),
                    "claims": claims, "withheld": withheld, "dataset": found}  # fmt: skip
        except OSError as error:
            raise WriteError(f"cannot be written: {error.strerror or error}", path=place) from None

    def _completed(self, store: Store) -> tuple[int, int]:
        """Add what follows, and write the columns; how many claims there are, and are withheld."""
        (self.place / "columns").mkdir()
        statements = StoredStatements(store)
        with Rows(self.place / "columns", statements) as rows:
            with self.steps.step("derive"):
                withheld = complete(store, self.folder, statements, self.include_sensitive,
                                    rows.add)  # fmt: skip
            with self.steps.step("columns"):
                return rows.write(store), withheld

    def _copy(self, store: Store) -> None:
        """Make a store without a trace of what was taken out of this one."""
        fresh = Store(self.place / "fresh")
        fresh.bulk_extend(store)
        fresh.flush()

    def _replaced(self) -> Store:
        directory.remove(self.place / "store")
        os.rename(self.place / "fresh", self.place / "store")
        return Store(self.place / "store")

    def _loaded(self) -> Store:
        """A store with the data; begun again when a file turns out to be scattered."""
        scattered: set[Path] = set()
        while True:
            directory.remove(self.place / "store")
            store = Store(self.place / "store")
            bar = _Bar(self.folder.data_files(), self.steps.say)
            for path in self.folder.data_files():
                try:
                    load(store, self.folder, path, bar.add, scattered=path in scattered)
                except Scattered:
                    scattered.add(path)
                    break
            else:
                return store
            del store


def _count(store: Store, graph: NamedNode | DefaultGraph) -> int:
    rows = store.query("SELECT (COUNT(*) AS ?count) { ?s ?p ?o }", default_graph=graph)
    return int(text(next(rows)["count"]))  # type: ignore[arg-type]


class _Bar:
    """Tells how much of some files is read."""

    def __init__(self, files: list[Path], say: Progress) -> None:
        self._total = sum(path.stat().st_size for path in files)
        self._done = 0
        self._say = say

    def add(self, count: int) -> None:
        """So many more bytes are."""
        self._done += count
        done, total = (-(-number // _MEGABYTE) for number in (self._done, self._total))
        self._say(f"{done:,} of {total:,} MB read")


class _Steps:
    """What is done, and how long each part of it takes."""

    def __init__(self, say: Progress) -> None:
        self.say = say
        self.done: list[BuildStep] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do a part of the work."""
        self.say(name)
        wall, cpu = monotonic(), process_time()
        yield
        self.done.append(BuildStep(name, monotonic() - wall, process_time() - cpu))
