"""Changes of the files of a graph folder, found by looking at them again and again.

A look asks for the size and times of each file, on any system and disk, and reads only files whose
size or times are new. So an edit in place, a file that an editor replaces, a new file and a deleted
one are found alike, and a file that was saved without a change is none.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from allgraph.errors import FolderError, LoadError
from allgraph.folder.folder import MANIFEST, open_folder
from allgraph.folder.snapshot.manifest import digest_of
from allgraph.render.table import clean

_OWN = ("data", "imports", "ontology", "queries")
"""The directories of a folder that are watched."""
_INHERITED = ("ontology", "queries")
"""Those of a folder that it extends; data and mappings are not inherited."""
_PAUSE = 0.25  # seconds between two looks
_SHARE = 0.2  # of the time that looks may take
_LONGEST = 5.0  # seconds to wait for what was read, which is seldom as much the next time
_PATIENCE = 20  # looks
_NAMED = 3  # files in a message
_YOUNG = 10**9  # nanoseconds; a file may change again within the precision of its times

Stat = tuple[int, int, int, int]


class Watch:
    """Looks at the files of the graph folder in a directory, and finds those that have changed.

    The files are the manifest and all below ``data/``, ``ontology/``, ``queries/`` and
    ``imports/``, and the inherited ones of the folders that it extends, but for hidden files and
    those that end in ``~``. `pause` is how many seconds to wait before the next look.
    """

    def __init__(self, root: Path) -> None:
        """Read all files, to know what they hold now."""
        self.pause = _PAUSE
        self._roots = [root]
        self._files: dict[str, tuple[Stat, str]] = {}
        self._changing = 0  # looks in a row between which files have changed
        self._last = self._reported = self._digests()

    def look(self) -> str:
        """Return the names of files that have changed since names were returned, ``""`` for none.

        While files change, from one look to the next, there are none yet: several quick edits are
        one change. What changes all the time is told at each 20th look. Names are paths from the
        folder, without control characters; at most three are listed, and the number of the others.
        Reads the files with new times.
        """
        before, self._last = self._last, self._digests()
        self._changing = self._changing + 1 if self._last != before else 0
        if self._changing % _PATIENCE:
            return ""
        old, new = self._reported, self._last
        self._reported = new
        paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
        shown = (clean(os.path.relpath(path, self._roots[0])) for path in paths[:_NAMED])
        names = ", ".join(shown)
        return f"{names} and {len(paths) - _NAMED} more" if len(paths) > _NAMED else names

    def _digests(self) -> dict[str, str]:
        """Return the SHA-256 of each file; ``""`` for one that cannot be read."""
        started = time.perf_counter()
        reading = 0.0  # seconds
        files: dict[str, tuple[Stat, str]] = {}
        for path in self._paths():
            try:
                status = os.stat(path)
            except OSError:
                continue  # it is gone again, or a link to nothing
            if stat.S_ISREG(status.st_mode):
                now = status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns
                before, digest = self._files.get(path, (None, ""))
                is_young = 0 <= time.time_ns() - status.st_mtime_ns < _YOUNG
                if now != before or is_young:
                    begun = time.perf_counter()
                    digest = _digest(Path(path))
                    reading += time.perf_counter() - begun
                files[path] = now, digest
        self._files = files
        looking = time.perf_counter() - started - reading
        self.pause = max(_PAUSE, looking / _SHARE, min(reading / _SHARE, _LONGEST))
        return {path: digest for path, (_, digest) in files.items()}

    def _paths(self) -> Iterator[str]:
        """Yield the paths of all files, of some twice, that there are now or were a moment ago."""
        root = self._roots[0]
        try:
            folder = open_folder(root)
            self._roots = [root]
            while folder.parent is not None:
                folder = folder.parent
                self._roots.append(folder.root)
        except FolderError:
            pass  # its manifest is broken for now; the folders are those of before
        for one in self._roots:
            yield os.path.join(one, MANIFEST)
            for part in _OWN if one == root else _INHERITED:
                for directory, names, files in os.walk(one / part):
                    names[:] = (name for name in names if name[0] != ".")
                    shown = (name for name in files if name[0] != "." and name[-1] != "~")
                    yield from (os.path.join(directory, name) for name in shown)


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file; ``""`` if it cannot be read."""
    try:
        return digest_of(path)
    except LoadError:
        return ""
