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
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import IO, Any

from allgraph.errors import EngineError, LoadError, WriteError
from allgraph.folder import Folder
from allgraph.loading import Progress
from allgraph.snapshot import manifest
from allgraph.snapshot.manifest import Looks, Manifest

NAME = ".allgraph"
_ASIDE, _IN_USE = "new-", "in-use"


@dataclass(frozen=True)
class Snapshot:
    """A graph on disk: its directory, what its manifest says, and the `lock` of its reader."""

    place: Path
    manifest: Manifest
    lock: IO[bytes] | None = field(default=None, repr=False, compare=False)

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
    """Which snapshot counts, the digest of its manifest, and what its inputs looked like."""

    snapshot: str
    manifest: str
    inputs: Looks


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
            return Pointer(os.path.basename(said["snapshot"]), said["manifest"], seen)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise EngineError(
                f"{self._pointer} cannot be read: {error}; {manifest.mend()}"
            ) from None

    def point(self, pointer: Pointer) -> None:
        """Let a snapshot be the one that counts, in one step."""
        import json

        said = {
            "snapshot": pointer.snapshot, "manifest": pointer.manifest, "inputs": pointer.inputs
        }  # fmt: skip
        beside = self.place / f"{_ASIDE}{token_hex(4)}"
        with beside.open("wb") as file:
            file.write(json.dumps(said, indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self._pointer)
        settle(self.place)

    def opened(self) -> Snapshot | None:
        """The snapshot that counts, if there is one; `EngineError` when it is not whole.

        Names and sizes of its files are looked at, and not what is in them.
        """
        for _ in range(9):  # it may be replaced and removed just now
            pointer = self.pointer()
            if pointer is None:
                return None
            place = self.place / pointer.snapshot
            lock = _held(place / _IN_USE)
            if lock is not None or not _can_lock():
                said = manifest.read(place, pointer.manifest)
                wrong = manifest.sizes_differ(place, said.files)
                if wrong:
                    raise EngineError(f"{place} is damaged: {wrong}; {manifest.mend()}")
                return Snapshot(place, said, lock)
        raise EngineError(f"{place} is missing, but counts as the snapshot; {manifest.mend()}")

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
        """The digest of the manifest of a snapshot that is there and whole, to all appearance."""
        try:
            digest = manifest.digest_of(self.place / name / manifest.NAME)
            said = manifest.read(self.place / name, digest)
        except (LoadError, EngineError):
            return None
        wrong = manifest.sizes_differ(self.place / name, said.files)
        return None if wrong or said.name != name else digest

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


def _can_lock() -> bool:
    try:
        import fcntl  # noqa: F401
    except ImportError:  # Windows, where nothing that is open can be removed
        return False
    return True


def _held(path: Path) -> IO[bytes] | None:
    """A file with a lock that others may share, or ``None`` when it is gone."""
    try:
        file: IO[bytes] = path.open("rb")
    except OSError:
        return None
    if _lock(file, "LOCK_SH") and path.exists():
        return file
    file.close()
    return None


def _is_unread(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _lock(file, "LOCK_EX")
    except OSError:
        return True


@contextmanager
def _alone(path: Path, say: Progress) -> Iterator[None]:
    with path.open("wb") as file:
        if not _lock(file, "LOCK_EX"):
            say("another build of this graph is running; waiting for it to end")
            _lock(file, "LOCK_EX", wait=True)
        yield


def _lock(file: IO[Any], kind: str, *, wait: bool = False) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    try:
        fcntl.flock(file, getattr(fcntl, kind) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
