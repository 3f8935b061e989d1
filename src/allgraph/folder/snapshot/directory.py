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

from allgraph.errors import EngineError, LoadError, WriteError
from allgraph.folder.folder import SNAPSHOTS, Folder
from allgraph.folder.loading import Progress
from allgraph.folder.snapshot import manifest
from allgraph.folder.snapshot.files import REBUILD, damage
from allgraph.folder.snapshot.manifest import Manifest, Stats
from allgraph.rdf.files import RegularFile, read_regular
from allgraph.render.brief import Brief, count, quoted
from allgraph.writing import TEMPORARY, beside, put, replacing

WITH_WITHDRAWN = "-with-withdrawn"
"""The end of the names of the parts that have withdrawn claims too; only where some are."""
_IN_USE = "in-use"  # the file of a snapshot that its readers hold a shared lock on


class Lock(RegularFile):
    """An open file that can be locked; the lock is held until this object is deleted.

    The lock is advisory (``flock``), so only others who take it notice it.
    """

    def __del__(self) -> None:
        """Close the file, which releases the lock."""
        self.close()

    def take(self, kind: str, *, wait: bool = False) -> bool:
        """Lock the file; return whether it is locked now.

        `kind` is ``LOCK_SH`` (shared with others of this kind) or ``LOCK_EX`` (exclusive). If
        someone else has a lock that excludes it, returns ``False``, or waits if `wait`. On Windows
        it does nothing and returns ``True``.
        """
        try:
            import fcntl
        except ImportError:  # Windows needs no lock, since it removes no file that is open
            return True
        try:
            fcntl.flock(self, getattr(fcntl, kind) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True, repr=False)
class Snapshot(Brief):
    """A snapshot on disk: its directory, its manifest, and a lock that keeps it from removal.

    `lock` is held as long as this object is referred to.
    """

    place: Path
    manifest: Manifest
    lock: Lock | None = field(default=None, repr=False, compare=False)

    def _facts(self) -> Iterator[str]:
        yield quoted(self.place.as_posix())
        yield count(len(self), "triple")

    def __len__(self) -> int:
        """The number of triples, derived ones too."""
        return self.manifest.triples + self.manifest.derived

    @property
    def bytes(self) -> int:
        """The size of all of its files in bytes, from the manifest."""
        return sum(size for size, _ in self.manifest.files.values())

    @property
    def store(self) -> Path:
        """The path of the directory of the store."""
        return self.place / "store"

    def part(self, name: str, with_withdrawn: bool) -> Path:
        """Return the path of ``columns`` or ``names``, perhaps of those `with_withdrawn` claims.

        Where no claim is withdrawn, there is one of each.
        """
        is_other = with_withdrawn and self.manifest.withdrawn
        return self.place / (f"{name}{WITH_WITHDRAWN}" if is_other else name)

    def damage(self) -> EngineError | None:
        """Read all of its files; return, not raise, an error for the first damaged one, if any."""
        return next(manifest.problems(self.place, self.manifest), None)

    def verify(self) -> None:
        """Read all of its files; raise `EngineError` for the first that is damaged."""
        if error := self.damage():
            raise error


@dataclass(frozen=True)
class Pointer:
    """The contents of the file that says which snapshot is current.

    `snapshot` is its name, `manifest` the SHA-256 of its manifest, and `inputs` the status of each
    of its inputs when it last had the content that the manifest says. `times` has the time of the
    last change of each of its own files, as it was when they were last found to be undamaged.
    """

    snapshot: str
    manifest: str
    inputs: Stats
    times: dict[str, int]


@dataclass(frozen=True)
class Directory:
    """The directory with the snapshots of a graph folder, and the pointer to the current one.

    It is ``.allgraph`` in the folder, or the directory `at`. The snapshots with sensitive claims
    have a pointer of their own, which is used with `include_sensitive`.
    """

    folder: Folder
    include_sensitive: bool = False
    at: Path | None = None

    @property
    def place(self) -> Path:
        """The path of this directory."""
        return self.at or self.folder.root / SNAPSHOTS

    @property
    def _pointer_file(self) -> Path:
        """The path of the file with the pointer, which names the current snapshot."""
        return self.place / ("current-with-sensitive" if self.include_sensitive else "current")

    def pointer(self) -> Pointer | None:
        """Read the file that says which snapshot is current; return ``None`` if there is no file.

        The pointer that it returns names the snapshot, and has the SHA-256 of its manifest, the
        status of its inputs, and the times of its own files when they were last found undamaged.
        Raises `EngineError` when the file is damaged or cannot be read.
        """
        import json

        try:
            fields = json.loads(read_regular(self._pointer_file))
            inputs = {name: tuple(map(int, status)) for name, status in fields["inputs"].items()}
            times = {name: int(time) for name, time in fields["times"].items()}
            return Pointer(os.path.basename(fields["snapshot"]), fields["manifest"], inputs, times)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise EngineError(f"{self._pointer_file} cannot be read: {error}; {REBUILD}") from None

    def point(self, pointer: Pointer) -> None:
        """Write the file of the pointer, in one step, which makes a snapshot the current one.

        The content is synced to disk first, in a temporary file. Raises `WriteError`.
        """
        import json

        with replacing(self._pointer_file) as file:
            file.write(json.dumps(asdict(pointer), indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        sync(self.place)

    def opened(self) -> Snapshot | None:
        """Lock, check and return the current snapshot; ``None`` if there is none.

        It is not removed as long as the object returned exists. Names and sizes of its files are
        compared, and the checksums of files whose time of change differs from that in the pointer,
        as after a copy; then the pointer gets the new times. Whether inputs have changed is not
        checked. Raises `EngineError` when the snapshot is damaged.
        """
        for _ in range(9):  # a build may replace and remove it between the pointer and the lock
            pointer = self.pointer()
            if pointer is None:
                return None
            place = self.place / pointer.snapshot
            lock = _shared_lock(place / _IN_USE)
            if lock is not None:  # else it was just removed: read the pointer again
                contents = manifest.read(place, pointer.manifest)
                self._compare(place, contents, pointer)
                return Snapshot(place, contents, lock)
        raise EngineError(f"{place} is missing, but is the current snapshot; {REBUILD}")

    def _compare(self, place: Path, contents: Manifest, pointer: Pointer) -> None:
        """Compare the snapshot in `place` with its manifest; raise `EngineError` if it is damaged.

        Else, if times of its files differ from those in the pointer, write a pointer with the new
        ones, unless a build is running or the directory cannot be written.
        """
        times = manifest.times(place)
        touched = [name for name, time in times.items() if time != pointer.times.get(name)]
        for problem in manifest.problems(place, contents, touched):
            raise problem
        self._note(pointer, replace(pointer, times=times))

    def _note(self, old: Pointer, new: Pointer) -> None:
        """Write a pointer that differs from the `old` one only in the status of files.

        Does nothing when both are equal, when the old one is no longer there, a build is running,
        or the directory cannot be written.
        """
        if new != old:
            with suppress(OSError, LoadError, WriteError), self._locked(None):
                if self.pointer() == old:
                    self.point(new)

    def stale(self) -> str:
        """Return in words why the current snapshot cannot be used; ``""`` if it can.

        That is because there is none, an input (a file that it is made from) has changed, or
        another version of allgraph or pyoxigraph made it. Reads the pointer, the manifest, and the
        status of the inputs; also each input of the same size whose status differs otherwise, since
        its content decides. If it can be used, the pointer gets the new status. Raises
        `EngineError` when pointer or manifest is damaged, `LoadError` when an input is gone
        meanwhile.
        """
        pointer = self.pointer()
        if pointer is None:
            return "there is none"
        files = manifest.inputs(self.folder)
        stats = manifest.stats(files)
        change = next(iter(manifest.changes(_sizes(pointer.inputs), _sizes(stats))), "")
        place = self.place / pointer.snapshot
        try:
            maker = manifest.other_maker(place, pointer.manifest)
        except EngineError:
            if change:
                return change
            raise
        if maker or change:  # the files that come with another version differ too
            return f"it was made by {maker}" if maker else change
        contents = manifest.read(place, pointer.manifest)
        for name in sorted(stats):
            is_touched = stats[name] != pointer.inputs[name]
            if is_touched and manifest.digest_of(files[name]) != contents.inputs.get(name):
                return f"{name} has changed"
        self._note(pointer, replace(pointer, inputs=stats))
        return ""

    @contextmanager
    def building(self, progress: Progress) -> Iterator[Path]:
        """Make a temporary directory for a new snapshot, and give its path to the block.

        Makes the directory of snapshots if there is none, waits for another build to end, removes
        what earlier builds left behind, and keeps other builds waiting until the block ends. Then
        the temporary directory is removed, unless the block has renamed it. An `OSError`, in the
        block too, is raised as `WriteError`.
        """
        try:
            with self._locked(progress):
                put(self.place / ".gitignore", b"*\n")
                for left_over in self.place.iterdir():
                    if left_over.name.startswith(TEMPORARY):
                        remove(left_over)
                temporary = beside(self._pointer_file)
                temporary.mkdir()
                (temporary / _IN_USE).touch()
                try:
                    yield temporary
                finally:
                    remove(temporary)
        except OSError as error:
            message = f"cannot be written: {error.strerror or error}"
            raise WriteError(message, path=self.place) from None

    @contextmanager
    def _locked(self, progress: Progress | None) -> Iterator[None]:
        """Hold the lock of this directory during the block; both are made if needed.

        If another build has the lock, calls `progress` with a message and waits; when `progress` is
        ``None``, raises `BlockingIOError` instead. Raises `WriteError` when ``.allgraph`` or the
        lock in it is a symbolic link, since nothing is written outside of the folder, and `OSError`
        when one cannot be made.
        """
        file = self.place / "lock"
        for path in [file] if self.at else [self.place, file]:
            if path.is_symlink():
                raise WriteError(
                    "is a symbolic link, which allgraph does not write to; remove it", path=path
                )
        self.place.mkdir(exist_ok=True)
        file.touch()
        try:
            lock = Lock(file)
        except OSError as error:
            raise WriteError(f"cannot be locked: {error.strerror or error}", path=file) from None
        if not lock.take("LOCK_EX"):
            if progress is None:
                raise BlockingIOError
            progress("another build of this graph is running; waiting for it to end")
            lock.take("LOCK_EX", wait=True)
        yield  # the lock is released when `lock` is deleted, at the end

    def whole(self, name: str) -> str | None:
        """Read all files of the snapshot called `name`, and compare them with its manifest.

        Returns the SHA-256 of the manifest's file; ``None`` when there is no such snapshot, it is
        damaged, or another version made it.
        """
        place = self.place / name
        try:
            digest = manifest.digest_of(place / manifest.NAME)
            contents = manifest.read(place, digest)
        except (LoadError, EngineError):
            return None
        can_be_locked = (place / _IN_USE).is_file()
        is_own = contents.name == name and contents.versions == manifest.versions()
        is_whole = is_own and not any(manifest.problems(place, contents))
        return digest if is_whole and can_be_locked else None

    def keep(self, temporary: Path, name: str) -> None:
        """Rename the temporary directory of a finished snapshot to its name.

        Its files are synced to disk before. A snapshot that has the name already gets a temporary
        one, and is removed by a later build or by `tidy`. Raises `OSError`.
        """
        sync(temporary, *temporary.rglob("*"))
        place = self.place / name
        if place.exists():  # `whole` has found it damaged
            os.rename(place, beside(self._pointer_file))
        os.rename(temporary, place)
        sync(self.place)

    def tidy(self) -> None:
        """Remove the snapshots, and temporary directories, that are not current and have no reader.

        Current is what one of the two pointers names, with or without sensitive claims. A
        directory that cannot be removed is left. Raises `EngineError` when a pointer is damaged.
        """
        pointers = [replace(self, include_sensitive=either).pointer() for either in (True, False)]
        current = {pointer.snapshot for pointer in pointers if pointer}
        for place in self.place.iterdir():
            is_snapshot = (place / manifest.NAME).is_file() or place.name.startswith(TEMPORARY)
            if is_snapshot and place.name not in current and _has_no_readers(place):
                temporary = beside(self._pointer_file)
                with suppress(OSError):
                    os.rename(place, temporary)
                    remove(temporary)


def _sizes(stats: Stats) -> Stats:
    """Return the sizes alone of a status of files."""
    return {name: status[:1] for name, status in stats.items()}


def remove(place: Path) -> None:
    """Remove a directory with its contents, or a file or link; nothing if there is none.

    Errors in a directory are ignored, so some of it may be left; for a file raises `OSError`.
    """
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)


def sync(*paths: Path) -> None:
    """Write files and directories through to the disk (``fsync``), and wait.

    Raises `OSError` for a file. A directory, which not all systems can sync, may fail silently.
    """
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            if not path.is_dir():
                raise


def _shared_lock(path: Path) -> Lock | None:
    """Lock a file, shared with other readers; ``None`` if it is gone or about to be removed.

    A build locks a file that it is to remove. Does not wait for that lock. Raises
    `EngineError` when it cannot be opened.
    """
    try:
        lock = Lock(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise damage(path, str(error)) from None
    return lock if lock.take("LOCK_SH") and path.exists() else None


def _has_no_readers(place: Path) -> bool:
    """Return True if nobody has a lock on the snapshot in a directory.

    Tries an exclusive lock on its file for that, and gives it up at once. Also true if there is no
    such file, or it cannot be opened.
    """
    try:
        return Lock(place / _IN_USE).take("LOCK_EX")
    except OSError:
        return True
