"""Processes of tests: how they are stopped, and Python with chosen seeds of hashes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.support.waiting import PATIENCE


def stop(process: subprocess.Popen[bytes]) -> None:
    """Tell a server to stop, and fail unless it does."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError("the server did not stop") from None


def outputs(code: str) -> set[str]:
    """The different outputs of some Python in new processes, each with other hashes of texts."""
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
