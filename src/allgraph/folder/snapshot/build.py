"""Building a snapshot: a directory, made from the files of a folder, that opens at once.

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
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, process_time
from typing import Any

from pyoxigraph import DefaultGraph, NamedNode, Store

from allgraph import sandbox
from allgraph.errors import LoadError, WriteError
from allgraph.folder.folder import Folder, open_folder
from allgraph.folder.loading import Progress, complete
from allgraph.folder.snapshot import columns, directory, manifest, names
from allgraph.folder.snapshot.chunks import Scattered
from allgraph.folder.snapshot.digest import DatasetDigest, digest_of_rest
from allgraph.folder.snapshot.directory import WITH_WITHDRAWN, Directory, Pointer, Snapshot
from allgraph.folder.snapshot.load import load
from allgraph.folder.snapshot.manifest import Manifest
from allgraph.model.facts import Facts
from allgraph.model.table_builder import table_of
from allgraph.rdf.terms import DERIVED, text
from allgraph.render.brief import Brief, count, quoted

_MEGABYTE = 1_000_000


@dataclass(frozen=True, repr=False)
class BuildStep(Brief):
    """A finished step of a build: its name, its seconds, and its seconds of processor time.

    >>> import allgraph
    >>> allgraph.BuildStep("load", seconds=1.5, cpu=1.2).name
    'load'
    """

    name: str
    seconds: float
    cpu: float

    def _facts(self) -> Iterator[str]:
        yield from (quoted(self.name), f"{self.seconds:.1f} s")

    def __str__(self) -> str:
        """Return the name and the seconds."""
        return f"{self.name:<24} {self.seconds:>8.1f} s"

    def as_dict(self) -> dict[str, Any]:
        """Return the step as a dict for JSON."""
        return asdict(self)


@dataclass(frozen=True, repr=False)
class Built(Brief):
    """The result of `build`: the current snapshot, and the steps in which it was built.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import allgraph
    >>> from allgraph.folder import init_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/club/")
    ...     built, rebuilt = allgraph.build(folder.root), allgraph.build(folder.root)
    >>> len(built.steps), len(rebuilt.steps)
    (8, 1)
    """

    snapshot: Snapshot
    steps: tuple[BuildStep, ...]

    def _facts(self) -> Iterator[str]:
        yield quoted(self.snapshot.place.as_posix())
        yield count(len(self.snapshot), "triple")

    def __str__(self) -> str:
        """Return the steps with their seconds, and the size of the snapshot, as lines."""
        return self.text(str(self.snapshot.place))

    def text(self, path: str) -> str:
        """Return the steps and the size as lines; `path` is the directory as it is shown."""
        manifest = self.snapshot.manifest
        lines = [
            *map(str, self.steps),
            f"{manifest.triples:,} triples, {manifest.derived:,} derived triples, "
            f"{manifest.claims:,} claims",
            f"{path}: {self.snapshot.bytes / 1e6:,.1f} MB",
        ]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the facts about the snapshot, and the steps, as a dict for JSON."""
        manifest = self.snapshot.manifest
        return {
            "snapshot": str(self.snapshot.place),
            "triples": manifest.triples,
            "derived": manifest.derived,
            "claims": manifest.claims,
            "withheld": manifest.withheld,
            "withdrawn": manifest.withdrawn,
            "dataset": manifest.dataset,
            "bytes": self.snapshot.bytes,
            "steps": [step.as_dict() for step in self.steps],
        }


@sandbox.without_collector()
def build(
    folder: Folder | str | os.PathLike[str],
    *,
    include_sensitive: bool = False,
    at: Path | None = None,
    progress: Progress | None = None,
) -> Built:
    """Build a snapshot of a graph folder on disk, make it the current one, and return it.

    The result also has the times that the steps took. Opening the folder then uses the snapshot, as
    long as no file of the folder has changed. It is written to the directory ``.allgraph`` in the
    folder, or to the directory `at`. If there is a snapshot of the same files already, no new one
    is written. The previous one stays current until the new one is complete; then old snapshots
    without readers are removed. What is flagged as sensitive is left out unless
    `include_sensitive`. `progress` is called with messages. Waits for another build of the same
    graph. Raises `FolderError` when `folder` is a path without a folder, `LoadError` for invalid or
    changing files, `WriteError` when the snapshot cannot be written, and `EngineError` when a
    pointer is damaged.

    >>> import tempfile
    >>> from pathlib import Path
    >>> import allgraph
    >>> from allgraph.folder import init_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = init_folder(Path(place, "club"), title="Club", base="https://example.org/club/")
    ...     built = allgraph.build(folder.root)
    >>> [step.name for step in built.steps][:2]
    ['look at the inputs', 'load']
    """
    folder = folder if isinstance(folder, Folder) else open_folder(Path(folder))
    steps = _Steps(progress or (lambda _: None))
    snapshots = Directory(folder, include_sensitive, at)
    with snapshots.building(steps.progress) as place:
        with steps.step("look at the inputs"):
            files = manifest.inputs(folder)
            stats = manifest.stats(files)
            digests = {name: manifest.digest_of(path) for name, path in files.items()}
            name = manifest.name_of(folder, include_sensitive, digests)
        manifest_digest = snapshots.whole(name)
        if manifest_digest is None:
            builder = _Builder(folder, include_sensitive, place, steps)
            contents = builder.build(name, digests)
            for change in manifest.changes(stats, manifest.stats(manifest.inputs(folder))):
                raise LoadError(f"{change} while it was read; build again", path=folder.root)
            with steps.step("write to disk"):
                manifest_digest = contents.write(place)
                snapshots.keep(place, name)
        times = manifest.times(snapshots.place / name)
        snapshots.point(Pointer(name, manifest_digest, stats, times))
        snapshots.tidy()
    snapshot = snapshots.opened()
    assert snapshot is not None
    return Built(snapshot, tuple(steps.finished))


@dataclass(frozen=True)
class _Builder:
    """A builder of the parts of one snapshot, in the temporary directory `place`."""

    folder: Folder
    include_sensitive: bool
    place: Path
    steps: _Steps

    def build(self, name: str, inputs: dict[str, str]) -> Manifest:
        """Write all parts into `place` but the manifest, and return that, to be written later.

        It has no checksums of the parts yet. `name` is that of the snapshot, `inputs` the SHA-256
        of each input, by name. The parts are the store, the columns (claims as arrays) and the
        names (to search by). Raises `LoadError` for invalid data, and `WriteError` when a part
        cannot be written.
        """
        step, place = self.steps.step, self.place
        try:
            with step("load"):
                store, facts, dataset = self._loaded()
            claims, withheld, withdrawn = self._completed(store, facts)
            with step("names"):
                names.write(place / "names", store)
                if withdrawn:
                    names.write(place / f"names{WITH_WITHDRAWN}", store, with_withdrawn=True)
            with step("order the store"):
                if withheld:  # removed triples may still be in the files of the store
                    self._copy_store(store)
                    del store  # this closes it
                    store = self._replace_store()
                else:
                    store.optimize()
            with step("digest of the dataset"):
                if withheld:
                    sha256 = digest_of_rest(self.folder, store, place)
                else:
                    sha256 = dataset.digest()
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
                withdrawn=withdrawn,
                dataset=sha256,
            )
        except OSError as error:
            raise WriteError(f"cannot be written: {error.strerror or error}", path=place) from None

    def _completed(self, store: Store, facts: Facts) -> tuple[int, int, int]:
        """Add ontology and derived triples to the store, and write the table of its claims.

        Also removes sensitive nodes from the store (`loading.complete`), unless they are included.
        `facts` are those of the data. The table is in files in the new directory ``columns``.
        Where claims are withdrawn, a second table has them too. Returns the number of claims in the
        first, and the numbers of nodes removed and of withdrawn claims.
        """
        with self.steps.step("derive"):
            loaded = complete(store, self.folder, facts, self.include_sensitive)
        with self.steps.step("columns"):
            place = self.place / "columns"
            place.mkdir()
            table = table_of(loaded.derivation)
            columns.write(place, table)
            if loaded.derivation.withdrawn:
                place = self.place / f"columns{WITH_WITHDRAWN}"
                place.mkdir()
                columns.write(place, table_of(loaded.derivation, with_withdrawn=True))
            return len(table), loaded.withheld, len(loaded.derivation.withdrawn)

    def _copy_store(self, store: Store) -> None:
        """Write the triples of a store to a new one, in the directory ``fresh``.

        Its files have no traces of the triples that were removed from the first.
        """
        fresh = Store(self.place / "fresh")
        fresh.bulk_extend(store)
        fresh.flush()

    def _replace_store(self) -> Store:
        """Remove the first store, which must be closed, rename ``fresh`` to it, and open it."""
        directory.remove(self.place / "store")
        os.rename(self.place / "fresh", self.place / "store")
        return Store(self.place / "store")

    def _loaded(self) -> tuple[Store, Facts, DatasetDigest]:
        """Write a new store on disk with the triples of all data files; return it and their facts.

        Also returns the triples as they are in the files, for the digest.
        When the triples about a blank node are far apart in a file, it begins again from an empty
        store, and reads that file as `scattered`: its triples with blank nodes are kept in memory
        up to its end. Reports the bytes read as progress. Raises `LoadError` for an invalid file.
        """
        scattered: set[str] = set()
        while True:
            directory.remove(self.place / "store")
            store, facts, dataset = Store(self.place / "store"), Facts(), DatasetDigest(self.place)
            paths = self.folder.data_files()
            count_bytes = _byte_counter(paths, self.steps.progress)
            try:
                load(store, facts, dataset, self.folder, paths, count_bytes, scattered)
                return store, facts, dataset
            except Scattered as signal:
                scattered.add(signal.file)
                del store  # this closes it


def _count(store: Store, graph: NamedNode | DefaultGraph) -> int:
    """Return the number of triples in one graph of a store, by a query."""
    rows = store.query("SELECT (COUNT(*) AS ?count) { ?s ?p ?o }", default_graph=graph)
    return int(text(next(rows)["count"]))  # type: ignore[arg-type]


def _byte_counter(files: list[Path], progress: Progress) -> Callable[[int], None]:
    """Return a function to call with the number of bytes after each part of a file was read.

    It adds them up, and calls `progress` with a message on the sum and the size of all files.
    """
    total = sum(path.stat().st_size for path in files)
    bytes_read = 0

    def add(count: int) -> None:
        """Add to `bytes_read`; call `progress` with a message on it and on `total`, in MB."""
        nonlocal bytes_read
        bytes_read += count
        read_mb, total_mb = (-(-size // _MEGABYTE) for size in (bytes_read, total))
        progress(f"{read_mb:,} of {total_mb:,} MB read")

    return add


class _Steps:
    """A recorder of the steps of a build: reports each at its start, and measures its time."""

    def __init__(self, progress: Progress) -> None:
        """Start with no finished step; `progress` will be called with the name of each step."""
        self.progress = progress
        self.finished: list[BuildStep] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Call `progress` with the name, run the block, and add it to `finished` with its times.

        A block that raises is not added.
        """
        self.progress(name)
        wall, cpu = monotonic(), process_time()
        yield
        self.finished.append(BuildStep(name, monotonic() - wall, process_time() - cpu))
