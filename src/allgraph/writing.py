r"""Writing files: each is replaced whole or not at all, and none is written outside of its folder.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     put(Path(folder, "a.txt"), b"content")
...     Path(folder, "a.txt").read_bytes(), len([*Path(folder).iterdir()])
(b'content', 1)
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import IO

from allgraph.errors import WriteError

TEMPORARY = ".new-"
"""How the names of temporary files and directories begin."""


def beside(path: Path) -> Path:
    """Return a path in the directory of `path` with a random name, to be renamed; makes nothing."""
    return path.with_name(f"{TEMPORARY}{token_hex(8)}")


def put(path: Path, data: bytes, *, follow: bool = False) -> None:
    """Replace the content of a file, or make it; `replacing` says how, and what it raises."""
    with replacing(path, follow=follow) as out:
        out.write(data)


@contextmanager
def replacing(path: Path, *, follow: bool = False) -> Iterator[IO[bytes]]:
    """Open a new file beside `path` for writing; after the ``with`` it is renamed to `path`.

    It gets the permissions of a file that it replaces. When the block raises, it is removed, and
    `path` is left as it was. A symbolic link at `path` is replaced too, not the file it leads to.
    With `follow`, for a path that the user gives, it is the file that the link leads to; and what
    exists and is neither file nor directory, such as a pipe, is opened itself. An `OSError`, of the
    block too, is raised as `WriteError`.
    """
    try:
        target = path.resolve() if follow else path
        if follow and target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as out:
                yield out
            return
        temporary = beside(target)
        try:
            with temporary.open("xb") as out:  # never through a link
                yield out
            if target.is_file():
                temporary.chmod(target.stat().st_mode & 0o777)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}", path=path) from None


def below(folder: Path, name: str) -> Path:
    """Return the path of a file below a folder by its name, a relative path with ``/``.

    Directories in the path are no links then. The file and its directory need not exist. Raises
    `WriteError` when the path leads out of the folder, by ``..`` or by a link to a directory; links
    at and above the folder itself are followed.
    """
    path = folder / name
    directory = Path(os.path.realpath(path.parent))
    if path.name == ".." or not directory.is_relative_to(os.path.realpath(folder)):
        raise WriteError(f"is not below {folder}; remove the link that leads there", path=path)
    return directory / path.name
