"""The directory ``.allgraph`` of a graph folder: its snapshots, and which of them is current.

A snapshot is a directory that never changes, named by a digest of what it depends on. It is made
under a temporary name and renamed, and then the pointer is replaced; so at any moment there is the
old one or the new one. A reader of a snapshot holds a lock on it, and only snapshots without
readers are removed.
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
from allgraph.folder.snapshot.files import REBUILD
from allgraph.folder.snapshot.manifest import Manifest, Stats

NAME = ".allgraph"
_TEMPORARY, _IN_USE = "new-", "in-use"


class Lock:
    """A lock on a file, held until the object is gone."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDONLY)

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._handle)

    def take(self, kind: str, *, wait: bool = False) -> bool:
        """Take the lock, ``LOCK_SH`` (shared) or ``LOCK_EX``; return whether it was free."""
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
    """A graph on disk: its directory, its manifest, and the `lock` of its reader."""

    place: Path
    manifest: Manifest
    lock: Lock | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        """The number of triples, derived ones too."""
        return self.manifest.triples + self.manifest.derived

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(size for size, _ in self.manifest.files.values())

    @property
    def store(self) -> Path:
        """The directory of the store."""
        return self.place / "store"


@dataclass(frozen=True)
class Pointer:
    """The name of the current snapshot, the digest of its manifest, and the stats of its inputs.

    `times` are those at which its own files were last changed, when they were known to be whole.
    """

    snapshot: str
    manifest: str
    inputs: Stats
    times: dict[str, int]


@dataclass(frozen=True)
class Directory:
    """The snapshots of a graph folder, with or without its sensitive claims.

    They are in the folder, or in another directory (`at`).
    """

    folder: Folder
    include_sensitive: bool = False
    at: Path | None = None

    @property
    def place(self) -> Path:
        """The directory that has them."""
        return self.at or self.folder.root / NAME

    @property
    def _pointer(self) -> Path:
        return self.place / ("current-with-sensitive" if self.include_sensitive else "current")

    def _temporary(self) -> Path:
        """Return a new name, which later builds remove what is left under."""
        return self.place / f"{_TEMPORARY}{token_hex(4)}"

    def pointer(self) -> Pointer | None:
        """Return the pointer, if there is one; `EngineError` when it cannot be read."""
        import json

        try:
            fields = json.loads(self._pointer.read_bytes())
            inputs = {name: (size, time) for name, (size, time) in fields["inputs"].items()}
            times = {name: int(time) for name, time in fields["times"].items()}
            return Pointer(os.path.basename(fields["snapshot"]), fields["manifest"], inputs, times)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise EngineError(f"{self._pointer} cannot be read: {error}; {REBUILD}") from None

    def point(self, pointer: Pointer) -> None:
        """Make a snapshot the current one, in one step."""
        import json

        temporary = self._temporary()
        temporary.write_text(json.dumps(asdict(pointer), indent=1), encoding="utf-8")
        sync(temporary)
        os.replace(temporary, self._pointer)
        sync(self.place)

    def opened(self) -> Snapshot | None:
        """Return the current snapshot, if there is one; `EngineError` when it is not whole.

        Names and sizes of its files are compared, and the checksums of those whose time has
        changed, as after copying them.
        """
        for _ in range(9):  # it may be replaced and removed just now
            pointer = self.pointer()
            if pointer is None:
                return None
            place = self.place / pointer.snapshot
            lock = _shared_lock(place / _IN_USE)
            if lock is not None:
                contents = manifest.read(place, pointer.manifest)
                self._compare(place, contents, pointer)
                return Snapshot(place, contents, lock)
        raise EngineError(f"{place} is missing, but is the current snapshot; {REBUILD}")

    def _compare(self, place: Path, contents: Manifest, pointer: Pointer) -> None:
        """Raise `EngineError` if a snapshot is damaged, else store the new times of its files."""
        times = manifest.times(place)
        later = [name for name, time in times.items() if time != pointer.times.get(name)]
        for problem in manifest.problems(place, contents, later):
            raise problem
        if times != pointer.times:
            with suppress(OSError, LoadError), _exclusive(self.place / "lock", None):
                if self.pointer() == pointer:
                    self.point(replace(pointer, times=times))

    def stale(self) -> str:
        """Return why the current snapshot does not fit the files as they are; ``""`` if it does."""
        pointer = self.pointer()
        if pointer is None:
            return "there is none"
        if changed := manifest.changed_since(pointer.inputs, self.folder):
            return changed
        contents = manifest.read(self.place / pointer.snapshot, pointer.manifest)
        if dict(contents.versions) != manifest.versions() or contents.format != manifest.FORMAT:
            return "it was made by another version"
        return ""

    @contextmanager
    def building(self, progress: Progress) -> Iterator[Path]:
        """Give a temporary directory for a new snapshot, while nobody else builds one here.

        Raises `WriteError` when it cannot be made.
        """
        try:
            self.place.mkdir(exist_ok=True)
            (self.place / ".gitignore").write_text("*\n", encoding="utf-8")
            with _exclusive(self.place / "lock", progress):
                for left_over in self.place.glob(f"{_TEMPORARY}*"):
                    remove(left_over)
                temporary = self._temporary()
                temporary.mkdir()
                try:
                    yield temporary
                finally:
                    remove(temporary)
        except OSError as error:
            message = f"cannot be written: {error.strerror or error}"
            raise WriteError(message, path=self.place) from None

    def whole(self, name: str) -> str | None:
        """Return the digest of the manifest of a snapshot that is there and undamaged."""
        place = self.place / name
        try:
            digest = manifest.digest_of(place / manifest.NAME)
            contents = manifest.read(place, digest)
        except (LoadError, EngineError):
            return None
        is_whole = contents.name == name and not any(manifest.problems(place, contents))
        return digest if is_whole else None

    def keep(self, temporary: Path, name: str) -> None:
        """Give a finished snapshot its name."""
        sync(temporary, *temporary.rglob("*"))
        place = self.place / name
        if place.exists():  # damaged, or with another pointer
            os.rename(place, self._temporary())
        os.rename(temporary, place)
        sync(self.place)

    def tidy(self) -> None:
        """Remove the snapshots that are not current and that nobody reads."""
        pointers = [replace(self, include_sensitive=either).pointer() for either in (True, False)]
        current = {pointer.snapshot for pointer in pointers if pointer}
        for place in self.place.iterdir():
            is_snapshot = (place / manifest.NAME).is_file() or place.name.startswith(_TEMPORARY)
            if is_snapshot and place.name not in current and _has_no_readers(place):
                temporary = self._temporary()
                with suppress(OSError):
                    os.rename(place, temporary)
                    remove(temporary)


def remove(place: Path) -> None:
    """Remove a directory with all that is in it, or a file, if it is there."""
    if place.is_dir():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def sync(*paths: Path) -> None:
    """Wait until files and directories are on disk."""
    for path in paths:
        with suppress(OSError):  # some systems sync no directories
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def in_use(place: Path) -> None:
    """Make the file that readers of a snapshot hold a lock on."""
    (place / _IN_USE).touch()


def _shared_lock(path: Path) -> Lock | None:
    """Return a lock that others may share on a file, or ``None`` when it is gone."""
    try:
        lock = Lock(path)
    except OSError:
        return None
    return lock if lock.take("LOCK_SH") and path.exists() else None


def _has_no_readers(place: Path) -> bool:
    try:
        return Lock(place / _IN_USE).take("LOCK_EX")
    except OSError:
        return True


@contextmanager
def _exclusive(path: Path, progress: Progress | None) -> Iterator[None]:
    """Hold a lock that nobody else has; without `progress` do not wait: `BlockingIOError`."""
    path.touch()
    lock = Lock(path)
    if not lock.take("LOCK_EX"):
        if progress is None:
            raise BlockingIOError
        progress("another build of this graph is running; waiting for it to end")
        lock.take("LOCK_EX", wait=True)
    yield
