r"""Writing files: each is replaced whole or not at all, and none is written outside of its folder.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     put(Path(folder, "a.txt"), b"content")
...     Path(folder, "a.txt").read_bytes(), len([*Path(folder).iterdir()])
(b'content', 1)
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import IO

from allgraph.errors import WriteError

TEMPORARY = ".new-"
"""How the names of temporary files and directories begin."""
_OPEN_FILE = re.compile("/dev/(stdin|stdout|stderr|fd/[0-9]+)|/proc/(self|[0-9]+)/fd/[0-9]+")


def beside(path: Path) -> Path:
    """Return a path in the directory of `path` with a random name, to be renamed; makes nothing."""
    return path.with_name(f"{TEMPORARY}{token_hex(8)}")


def put(path: Path, data: bytes, *, follow: bool = False) -> None:
    """Replace the content of a file, or make it; `replacing` says how, and what it raises."""
    with replacing(path, follow=follow) as file:
        file.write(data)


@contextmanager
def replacing(path: Path, *, follow: bool = False) -> Iterator[IO[bytes]]:
    """Open a new file beside `path` for writing; after the ``with`` it is renamed to `path`.

    It gets the permissions of a file that it replaces. When the block raises, it is removed, and
    `path` is left as it was. A symbolic link at `path` is replaced too, not the file it leads to.
    With `follow`, for a path that the user gives, it is the file that the link leads to; and what
    exists and is neither file nor directory, such as a pipe, is opened itself, as is an open file
    that is named like ``/dev/stdout``; what is written is added to it. An `OSError`, of the block
    too, is raised as `WriteError`.
    """
    try:
        is_regular = path.is_file() or path.is_dir()
        if follow and path.exists() and (_OPEN_FILE.fullmatch(str(path)) or not is_regular):
            with path.open("ab") as file:
                yield file
            return
        target = Path(os.path.realpath(path)) if follow else path
        temporary = beside(target)
        try:
            with temporary.open("xb") as file:  # never through a link
                yield file
            if target.is_file():
                temporary.chmod(target.stat().st_mode & 0o777)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}", path=path) from None


@contextmanager
def made_apart(name: str, file: IO[bytes], place: Path | None = None) -> Iterator[Path]:
    """Give a path with a name in a temporary directory; after the ``with`` it is copied to `file`.

    This is for what is written with seeks, while the open file may be a pipe. The directory is in
    `place`, by default in that of the system. When the block raises, nothing is copied.
    """
    with TemporaryDirectory(prefix=TEMPORARY, dir=place) as folder:
        path = Path(folder, name)
        yield path
        with path.open("rb") as made:
            shutil.copyfileobj(made, file, 2**20)


def put_all(contents: Mapping[Path, bytes]) -> None:
    """Replace the contents of files, or make them, of all or of none.

    All new files are written first, beside the old ones; then, without being interrupted, they are
    renamed. Each gets the permissions of the file that it replaces. If that fails, the old files
    are put back, and where there was none there is none. Raises `WriteError` about the file that
    cannot be written.
    """
    path = None
    renamed: list[tuple[Path, Path]] = []  # the old content, and its place
    with ExitStack() as stack:
        try:
            staged = []
            for path, data in contents.items():
                new, old = beside(path), beside(path)
                stack.callback(new.unlink, missing_ok=True)
                stack.callback(old.unlink, missing_ok=True)
                with new.open("xb") as file:
                    file.write(data)
                if path.exists():
                    new.chmod(path.stat().st_mode & 0o777)
                    shutil.copy2(path, old)
                staged.append((new, old, path))
            with _uninterrupted():
                try:
                    for new, old, path in staged:
                        os.replace(new, path)
                        renamed.append((old, path))
                except OSError:
                    for old, place in renamed:
                        os.replace(old, place) if old.exists() else place.unlink()
                    raise
        except OSError as error:
            raise WriteError(f"cannot be written: {error.strerror or error}", path=path) from None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C, and the signal to end, wait until the end of the block.

    Only the main thread of a process is interrupted by them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    waiting: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: waiting.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for received in waiting:
            signal.raise_signal(received)


def below(folder: Path, name: str) -> Path:
    """Return the path of a file below a folder by its name, a relative path with ``/``.

    Directories in the path are no links then. The file and its directory need not exist. Raises
    `WriteError` when the path leads out of the folder, by ``..`` or by a link to a directory; links
    at and above the folder itself are followed.
    """
    path = folder / name
    directory = Path(os.path.realpath(path.parent))
    if path.name == ".." or not directory.is_relative_to(os.path.realpath(folder)):
        raise WriteError(
            (f"is outside of {folder}; remove the symbolic link that leads there"), path=path
        )
    return directory / path.name
