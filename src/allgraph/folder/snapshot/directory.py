"""The directory ``.allgraph`` of a graph folder: its snapshots, and which of them counts.

A snapshot is a directory that never changes, named by a digest of what it is made of. It is made
aside and renamed, and then the pointer is replaced; so at any moment there is the old one or the
new one. Who reads a snapshot holds a lock on it, and only those that nobody reads are removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from secrets import token_hex

from allgraph.errors import EngineError, LoadError, WriteError
from allgraph.folder.folder import Folder
from allgraph.folder.loading import Progress
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.manifest import Looks, Manifest

NAME = ".allgraph"
_ASIDE, _IN_USE = "new-", "in-use"


class Lock:
    """A lock on a file, held until nobody has it any more."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._handle)

    def take(self, kind: str, *, wait: bool = False) -> bool:
        """Take it, ``LOCK_SH`` or ``LOCK_EX``; whether it could be had."""
        try:
            import fcntl
        except ImportError:  # Windows, where nothing that is open can be removed
            return True
        try:
            fcntl.flock(self._handle, getattr(fcntl, kind) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True)
class Snapshot:
    """A graph on disk: its directory, what its manifest says, and the `lock` of its reader."""

    place: Path
    manifest: Manifest
    lock: Lock | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        """How many triples it has, those that follow from others too."""
        return self.manifest.triples + self.manifest.derived

    @property
    def bytes(self) -> int:
        """How many bytes its files have."""
        return sum(size for size, _ in self.manifest.files.values())

    @property
    def store(self) -> Path:
        """Where its store is."""
        return self.place / "store"


@dataclass(frozen=True)
class Pointer:
    """Which snapshot counts, the digest of its manifest, and what its inputs looked like.

    `times` are those at which its own files were last changed, when they were known to be whole.
    """

    snapshot: str
    manifest: str
    inputs: Looks
    times: dict[str, int]


@dataclass(frozen=True)
class Directory:
    """The snapshots of a graph folder, with or without its sensitive claims.

    They are in the folder, or `at` another path.
    """

    folder: Folder
    include_sensitive: bool = False
    at: Path | None = None

    @property
    def place(self) -> Path:
        """Where they are."""
        return self.at or self.folder.root / NAME

    @property
    def _pointer(self) -> Path:
        return self.place / ("current-with-sensitive" if self.include_sensitive else "current")

    def pointer(self) -> Pointer | None:
        """What the pointer says, if there is one; `EngineError` when it cannot be read."""
        import json

        try:
            said = json.loads(self._pointer.read_bytes())
            seen = {name: (size, time) for name, (size, time) in said["inputs"].items()}
            times = {name: int(time) for name, time in said["times"].items()}
            return Pointer(os.path.basename(said["snapshot"]), said["manifest"], seen, times)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise EngineError(
                f"{self._pointer} cannot be read: {error}; {manifest.mend()}"
            ) from None

    def point(self, pointer: Pointer) -> None:
        """Let a snapshot be the one that counts, in one step."""
        import json

        said = asdict(pointer)
        beside = self.place / f"{_ASIDE}{token_hex(4)}"
        with beside.open("wb") as file:
            file.write(json.dumps(said, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._pointer)
        settle(self.place)

    def opened(self) -> Snapshot | None:
        """The snapshot that counts, if there is one; `EngineError` when it is not whole.

        Names and sizes of its files are looked at. What is in them is only where the time of a file
        is another than it was, as after copying it.
        """
        for _ in range(9):  # it may be replaced and removed just now
            pointer = self.pointer()
            if pointer is None:
                return None
            place = self.place / pointer.snapshot
            lock = _held(place / _IN_USE)
            if lock is not None:
                said = manifest.read(place, pointer.manifest)
                wrong = manifest.sizes_differ(place, said.files)
                if wrong:
                    raise EngineError(f"{place} is damaged: {wrong}; {manifest.mend()}")
                self._compare(place, said, pointer)
                return Snapshot(place, said, lock)
        raise EngineError(f"{place} is missing, but counts as the snapshot; {manifest.mend()}")

    def _compare(self, place: Path, said: Manifest, pointer: Pointer) -> None:
        """Compare the digests of files whose time has changed, and note that they are whole."""
        times = manifest.times(place)
        later = [name for name, time in times.items() if time != pointer.times.get(name)]
        for name in manifest.damaged(place, said, later):
            raise EngineError(
                f"{place / name} is damaged: it is not as it was written; {manifest.mend()}"
            )
        if times != pointer.times:
            with suppress(OSError, LoadError), _alone(self.place / "lock", None):
                if self.pointer() == pointer:
                    self.point(replace(pointer, times=times))

    def stale(self) -> str:
        """Why the snapshot that counts is not that of the files as they are; nothing if it is."""
        pointer = self.pointer()
        if pointer is None:
            return "there is none"
        why = manifest.changed(pointer.inputs, manifest.looks(manifest.inputs(self.folder)))
        if why:
            return why
        said = manifest.read(self.place / pointer.snapshot, pointer.manifest)
        if dict(said.versions) != manifest.versions() or said.format != manifest.FORMAT:
            return "it was made by another version"
        return ""

    @contextmanager
    def building(self, say: Progress) -> Iterator[Path]:
        """A new directory for a snapshot, while nobody else builds one here; gone at the end.

        Raises `WriteError` when it cannot be made.
        """
        try:
            self.place.mkdir(exist_ok=True)
            (self.place / ".gitignore").write_text("*\n", encoding="utf-8")
            with _alone(self.place / "lock", say):
                for left in self.place.glob(f"{_ASIDE}*"):
                    remove(left)
                aside = self.place / f"{_ASIDE}{token_hex(4)}"
                aside.mkdir()
                try:
                    yield aside
                finally:
                    remove(aside)
        except OSError as error:
            raise WriteError(
                f"cannot be written: {error.strerror or error}", path=self.place
            ) from None

    def whole(self, name: str) -> str | None:
        """The digest of the manifest of a snapshot that is there, and as it was written."""
        try:
            digest = manifest.digest_of(self.place / name / manifest.NAME)
            said = manifest.read(self.place / name, digest)
        except (LoadError, EngineError):
            return None
        place = self.place / name
        if said.name != name or manifest.sizes_differ(place, said.files):
            return None
        return None if any(manifest.damaged(place, said)) else digest

    def keep(self, aside: Path, name: str) -> None:
        """Put a finished snapshot where it is from now on."""
        place = self.place / name
        if place.exists():  # damaged, or with another pointer
            os.rename(place, self.place / f"{_ASIDE}{token_hex(4)}")
        os.rename(aside, place)
        settle(self.place)

    def tidy(self) -> None:
        """Remove the snapshots that no pointer names and nobody reads."""
        named = {other.snapshot for sensitive in (True, False)
                 if (other := replace(self, include_sensitive=sensitive).pointer())}  # fmt: skip
        for place in self.place.iterdir():
            is_snapshot = (place / manifest.NAME).is_file() or place.name.startswith(_ASIDE)
            if is_snapshot and place.name not in named and _is_unread(place / _IN_USE):
                aside = self.place / f"{_ASIDE}{token_hex(4)}"
                with suppress(OSError):
                    os.rename(place, aside)
                    remove(aside)


def remove(place: Path) -> None:
    """Remove a directory or file with all that is in it, if it is there."""
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def settle(place: Path) -> None:
    """See to it that files and directories are on disk, and not only on their way there."""
    for path in (place, *place.rglob("*")) if place.name.startswith(_ASIDE) else (place,):
        with suppress(OSError):  # some systems sync no directories
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def in_use(place: Path) -> None:
    """Make the file that readers of a snapshot hold a lock on."""
    (place / _IN_USE).touch()


def _held(path: Path) -> Lock | None:
    """A lock that others may share on a file, or ``None`` when it is gone."""
    try:
        lock = Lock(path)
    except OSError:
        return None
    return lock if lock.take("LOCK_SH") and path.exists() else None


def _is_unread(path: Path) -> bool:
    try:
        return Lock(path).take("LOCK_EX")
    except OSError:
        return True


@contextmanager
def _alone(path: Path, say: Progress | None) -> Iterator[None]:
    """While nobody else has this; who cannot tell that it waits gets `BlockingIOError`."""
    path.touch()
    lock = Lock(path)
    if not lock.take("LOCK_EX"):
        if say is None:
            raise BlockingIOError
        say("another build of this graph is running; waiting for it to end")
        lock.take("LOCK_EX", wait=True)
    yield
