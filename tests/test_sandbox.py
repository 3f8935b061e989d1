"""The sandbox: what runs in a child process is limited, ends with its parent, and is watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from allgraph.sandbox import prctl
from tests.support.waiting import PATIENCE

GUARDED = """
import os, resource, signal, sys, time
from allgraph import sandbox
from allgraph.errors import AllgraphError, EngineError

def guarded(damage=lambda: None, patience=1e5):
    try:
        code = sandbox.guarded(damage, what="the work", patience=patience)
    except AllgraphError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    if code is not None:
        sys.exit(code)
"""
"""The beginning of a program; what follows a call of `guarded` runs in the child."""
needs_linux = pytest.mark.skipif(prctl() is None, reason="only Linux has what it takes")


def started(program: str) -> subprocess.Popen[str]:
    """A process that runs a program after `GUARDED`."""
    command = [sys.executable, "-c", GUARDED + program]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """The exit code of a process, its output and its errors."""
    try:
        output, errors = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()  # the child dies with it
    return process.returncode, output, errors


@needs_linux
@pytest.mark.parametrize(
    ("program", "code", "output", "errors"),
    [
        ("print('a'); guarded(); print('b')", 0, "a\nb\n", ""),
        ("guarded(); sys.exit(7)", 7, "", ""),
        ("guarded(); sys.exit('one line')", 1, "", "one line\n"),
        ("guarded(); os.write(2, b'from the engine')", 0, "", ""),
        ("guarded(); os.abort()", 1, "", "EngineCrash: the work needed more than "),
        ("guarded(); os.kill(os.getpid(), 9)", 1, "", "EngineCrash: the process that ran the work"),
        ("guarded(lambda: EngineError('bad')); os.abort()", 1, "", "EngineError: bad\n"),
        ("guarded(lambda: EngineError('bad')); sys.exit(3)", 3, "", ""),
        ("guarded(lambda: EngineError('bad'), 0)\nwhile True: pass", 1, "", "EngineError: bad\n"),
        (
            "(end, start), (ready, go) = os.pipe(), os.pipe()\n"
            "guarded(lambda: os.read(ready, 1) and os.close(start) or EngineError('bad'), 0)\n"
            "os.close(start); sandbox.keep_from_guard(); os.write(go, b'x')\n"
            "os.read(end, 1); sys.exit('own')",
            1,
            "",
            "own\n",
        ),
        ("guarded(); os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, "", ""),
    ],
)
def test_a_guarded_process_ends_as_its_child_does(
    program: str, code: int, output: str, errors: str
) -> None:
    found = ended(started(program))
    assert found[:2] == (code, output)
    assert found[2].startswith(errors) and bool(found[2]) == bool(errors)
    assert found[2].count("\n") <= 1


@needs_linux
def test_a_long_process_goes_on_when_nothing_is_damaged() -> None:
    program = "end, start = os.pipe(); guarded(lambda: os.close(start), 0); os.close(start)\n"
    assert ended(started(program + "sys.exit(5 if os.read(end, 1) == b'' else 6)"))[0] == 5


@needs_linux
def test_the_memory_of_a_guarded_process_is_limited() -> None:
    program = "sandbox.MEMORY = 2**28; os.sysconf = lambda _: 1; guarded()\n"
    mapped = "import mmap; mmap.mmap(os.open(sys.executable, 0), 0, prot=mmap.PROT_READ)\n"
    assert ended(started(program + mapped + "bytearray(2**26)"))[0] == 0
    assert "MemoryError" in ended(started(program + "bytearray(2**29)"))[2]


@needs_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_a_signal_to_a_guarded_process_ends_both(number: signal.Signals) -> None:
    own = f"signal.signal({number:d}, signal.SIG_DFL)\n" if number != signal.SIGKILL else ""
    program = f"guarded()\n{own}print('on', flush=True)\nwhile True: pass"  # nohup ignores one
    process = started(program)
    assert process.stdout is not None and process.stdout.readline() == "on\n"
    os.kill(process.pid, number)
    assert ended(process)[0] == -number  # it reads to the end, so the child has ended too


@needs_linux
def test_a_function_in_a_child_ends_with_its_parent() -> None:
    program = "def loop():\n    print('on', flush=True)\n    while True: pass\n"
    process = started(program + "sandbox.run(loop, what='the loop')")
    assert process.stdout is not None and process.stdout.readline() == "on\n"
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL
