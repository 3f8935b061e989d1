"""The tests of which the suite tries a tenth or a third, whole: ``python -m bench.whole``.

Further arguments go to pytest, such as ``-k documents``.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "whole", *sys.argv[1:]]
    os.execve(sys.executable, command, {**os.environ, "WHOLE": "1"})


if __name__ == "__main__":
    main()
