"""The command line, run in processes of its own.

`run` forks a process that has imported `allgraph.cli` and does nothing else, which takes a third
of the time of a new interpreter. `run_anew` starts one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from tests.support.waiting import PATIENCE

ALLGRAPH = str(Path(sys.executable).with_name("allgraph"))
Done = subprocess.CompletedProcess[str]
_PROGRAM = """
import json, os, socket, sys
from allgraph.cli import cli, main
list(cli.commands.values())  # imports them
requests = socket.socket(fileno=int(sys.argv[1]))
while files := socket.recv_fds(requests, 1, 4)[1]:
    child = os.fork()
    if child == 0:
        requests.close()
        with open(files.pop(), "rb") as file:
            sys.argv[:], directory, environment = json.load(file)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(directory)
        main()
    for file in files:
        os.close(file)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    requests.send(b"%d" % code)
"""


class _Forking(NamedTuple):
    """The process that forks for each command, and the socket by which it is asked."""

    process: subprocess.Popen[bytes]
    requests: socket.socket


def environment(**more: str) -> dict[str, str]:
    """The environment without what configures allgraph, with some more variables."""
    keep = {k: v for k, v in os.environ.items() if not k.startswith("ALLGRAPH")}
    return {**keep, "LC_ALL": "C.UTF-8", **more}


def run(
    *arguments: str, stdin: str | bytes = "", cwd: str | os.PathLike[str] = "/", **more: str
) -> Done:
    """Run a command to its end; `more` are variables of its environment."""
    return run_into(None, None, *arguments, stdin=stdin, cwd=cwd, variables=more)


def run_into(
    stdout: int | None,
    stderr: int | None,
    *arguments: str,
    stdin: str | bytes = "",
    cwd: str | os.PathLike[str] = "/",
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Done:
    """Run a command to its end; what it writes to files that are given is not returned."""
    (its_input, given), (output, its_output), (errors, its_errors) = (os.pipe() for _ in range(3))
    its_files = [its_input, its_output, its_errors]
    used = [its_input, stdout or its_output, stderr or its_errors]
    process, requests = _forking(os.getpid())
    with tempfile.TemporaryFile() as request:
        command = [ALLGRAPH, *arguments], os.fspath(cwd), environment(**variables)
        request.write(json.dumps(command).encode())
        request.seek(0)
        socket.send_fds(requests, [b"."], [*used, request.fileno()])
    for file in its_files:
        os.close(file)
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    with ThreadPoolExecutor(3) as threads:
        threads.submit(_write, given, data)
        written = [threads.submit(_read, file) for file in (output, errors)]
        try:
            texts = [each.result(PATIENCE) for each in written]
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)  # lest the threads wait for ever
            _forking.cache_clear()
            raise
    return subprocess.CompletedProcess(arguments, int(requests.recv(10)), *texts)


def run_anew(*arguments: str, **more: str) -> Done:
    """Run a command to its end in a new interpreter, with another seed of hashes."""
    return subprocess.run(
        [ALLGRAPH, *arguments], capture_output=True, text=True, cwd="/", timeout=PATIENCE,
        env=environment(**more),
    )  # fmt: skip


@cache
def _forking(_: int) -> _Forking:
    """Start the process that forks; it ends with this one, whose number is the argument."""
    here, there = socket.socketpair()
    here.settimeout(PATIENCE)
    with there:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(there.fileno())],
            pass_fds=[there.fileno()], env=environment(), start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
    return _Forking(process, here)


def _write(file: int, data: bytes) -> None:
    """Write what a command reads, as far as it does."""
    with suppress(BrokenPipeError), os.fdopen(file, "wb", buffering=0) as pipe:
        pipe.write(data)


def _read(file: int) -> str:
    """All that a command writes."""
    with os.fdopen(file, "rb") as pipe:
        return pipe.read().decode()
