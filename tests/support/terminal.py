"""Programs in a pseudo-terminal: what they write there, and what a screen shows of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from tests.support.waiting import PATIENCE

_CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[=>()][B0]?|\x1b\][^\x07]*\x07")


class Terminal:
    """A program whose standard streams are a pseudo-terminal; `text` is all that it has written.

    With `output`, a file or a pipe, its standard output goes there instead.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        columns: int = 80,
        output: int | None = None,
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.text = ""
        self._rest = b""
        self.process = subprocess.Popen(
            command, cwd=cwd, env={"TERM": "xterm", **environment}, start_new_session=True,
            stdin=theirs, stdout=theirs if output is None else output, stderr=theirs,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._ours)

    def send(self, keys: str) -> None:
        """Type keys."""
        os.write(self._ours, keys.encode())

    def read(self, seconds: float = 0.05) -> bool:
        """Read what is written within some seconds; whether there was anything."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # all that had the terminal open have ended
            data = b""
        if data and b"\x1b[c" in data:
            os.write(self._ours, b"\x1b[?6c")  # what kind of terminal this is, which fish asks
        self._rest += data
        text = self._rest.decode(errors="ignore")
        self._rest = b"" if text.encode() == self._rest else self._rest
        self.text += text if not self._rest else ""
        return bool(data)

    def until(self, pattern: str, start: int = 0) -> str:
        """Read until what was written from `start` on matches; return what comes from there on."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text[start:], re.DOTALL):
            assert time.monotonic() < end, f"{pattern!r} is not in {self.text[start:]!r}"
            self.read()
        return self.text[start:]

    def wait(self) -> int:
        """Read to the end, and return the exit code."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None or self.read():
            assert time.monotonic() < end, self.text
            self.read()
        return self.process.returncode


def screen(text: str) -> list[str]:
    """The lines that a terminal shows after a text, without spaces and empty lines at their end.

    >>> screen("one\\r\\ntwo \\rthree\\x1b[K\\r\\x1b[K")
    ['one']
    """
    lines, place = [""], 0
    position = 0
    while position < len(text):
        control = _CONTROL.match(text, position)
        char = text[position]
        position = control.end() if control else position + 1
        if control:
            if control[2] == "K":
                lines[-1] = lines[-1][:place]
            elif control[2] == "C":
                place += int(control[1] or 1)
            elif control[2] == "D":
                place -= int(control[1] or 1)
        elif char == "\r":
            place = 0
        elif char == "\n":
            lines.append("")
        elif char == "\b":
            place -= 1
        elif char >= " ":
            lines[-1] = lines[-1][:place].ljust(place) + char + lines[-1][place + 1 :]
            place += 1
    shown = [line.rstrip() for line in lines]
    while shown and not shown[-1]:
        shown.pop()
    return shown
