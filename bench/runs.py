"""Programs that are run to be measured: each in processes of its own.

>>> run([sys.executable, "-c", "print('{\\"rows\\": 3}')"]).told
{'rows': 3}
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bench.startup import ENVIRONMENT

_FIRST, _LONGEST = 0.002, 0.05  # seconds between two looks at what runs


@dataclass(frozen=True)
class Run:
    """What a program and its children took; `told` is the JSON that it printed, if it did.

    `cpu` and `wall` are seconds, `memory` the bytes that all its processes had at the peak.
    """

    cpu: float
    wall: float
    memory: int
    told: dict[str, Any]


class Failed(Exception):
    """A program that gave up, or took too long; why, in a line."""


def run(command: list[str], *, timeout: float = 600) -> Run:
    """Run a program to its end, or raise `Failed`.

    A peak of memory that is over in a twentieth of a second may be missed where there are
    several processes.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=ENVIRONMENT,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Failed(f"{command[0]} is missing: {error.strerror}") from None
        status, usage, memory = _watched(process, begin, timeout)
        wall = time.perf_counter() - begin
        if status is None:
            raise Failed(f"stopped after {timeout:g} s")
        if status:
            raise Failed(_last_line(errors) or _last_line(out) or _ended(status))
        cpu = usage.ru_utime + usage.ru_stime
        return Run(cpu, wall, memory, _told(out))


def _watched(
    process: subprocess.Popen[bytes], begin: float, timeout: float
) -> tuple[int | None, Any, int]:
    """Wait for its end: its status, or ``None`` when it took too long; usage; memory."""
    memory = 0
    try:
        while True:
            memory = max(memory, held(process.pid))
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode, usage, memory
            passed = time.perf_counter() - begin
            if passed > timeout:
                return None, None, memory
            time.sleep(min(max(passed / 50, _FIRST), _LONGEST))
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def held(process: int) -> int:
    """The bytes of memory that a process and its children have now, or had by itself at most."""
    now, most = 0, 0
    for each in family(process):
        sizes = _sizes(each)
        now += sizes.get("VmRSS:", 0)
        most = max(most, sizes.get("VmHWM:", 0))
    return max(now, most)


def cpu(process: int) -> float:
    """The seconds of CPU time that a process and its children have taken, also those that ended."""
    return sum(map(_ticks, family(process))) / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> int:
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, text[text.rindex(")") + 2 :].split()[11:15]))


def family(process: int) -> list[int]:
    """A process and all below it, by their ids."""
    found = [process]
    for each in found:
        try:
            tasks = list(Path(f"/proc/{each}/task").iterdir())
            found += [int(c) for task in tasks for c in (task / "children").read_text().split()]
        except OSError:
            continue  # it has ended
    return found


def _sizes(process: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return {}
    words = [line.split() for line in lines if line.startswith(("VmRSS:", "VmHWM:"))]
    return {name: int(kilobytes) * 1024 for name, kilobytes, _ in words}


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


def _ended(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit code {status}"


def _told(file: IO[bytes]) -> dict[str, Any]:
    file.seek(0)
    try:
        told = json.loads(file.read())
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def main() -> None:
    """Run a command and print what it took."""
    taken = run(sys.argv[1:])
    print(f"CPU {taken.cpu:.2f} s, wall {taken.wall:.2f} s, {taken.memory / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
