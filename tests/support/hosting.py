"""Real web servers for tests: nginx and Apache as ordinary processes, on free ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import stop
from tests.support.waiting import PATIENCE

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
MODULES = Path("/usr/lib/apache2/modules")
DEBIAN = Path("/etc/apache2/mods-available")
"""What Debian's Apache knows of suffixes, languages and handlers."""

_IS_ROOT = os.geteuid() == 0

Write = Callable[[Path, str], None]
"""Writes what is served into a folder, known under an address such as ``http://127.0.0.1:4711``."""


def program(name: str) -> str:
    """The path of a program, or the test is left out; not so in CI."""
    found = shutil.which(name, path=PATH)
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{name} is missing; install it: apt-get install nginx-light apache2")
    return found


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


@contextmanager
def place() -> Iterator[Path]:
    """A folder that the servers' own users can read, as those of pytest cannot be."""
    with tempfile.TemporaryDirectory(prefix="allgraph-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@contextmanager
def nginx(write: Write) -> Iterator[str]:
    """The address of an nginx for what `write` writes, with ``site.conf`` included.

    A file ``claims.conf`` is included in the block above it, if there is one.
    """
    command = program("nginx")
    with place() as folder:
        port = free_port()
        served, state = folder / "www", folder / "state"
        served.mkdir()
        state.mkdir(mode=0o777)
        write(served, f"http://127.0.0.1:{port}")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        claims = served / "claims.conf"
        temporary = "\n".join(f"{kind}_temp_path {state / kind};" for kind in kinds)
        config = folder / "nginx.conf"
        config.write_text(f"""
            daemon off; master_process on; worker_processes 1; pid {state}/pid;
            {"user www-data;" if _IS_ROOT else ""}
            error_log {folder}/log notice;
            events {{ }}
            http {{
                access_log off; {temporary}
                include /etc/nginx/mime.types;
                {f"include {claims};" if claims.exists() else ""}
                server {{
                    listen 127.0.0.1:{port};
                    root {served};
                    include {served}/site.conf;
                    location ~ \\.(php|cgi|html)$ {{ return 403; }}
                }}
            }}
        """)
        with running([command, "-e", f"{folder}/log", "-c", str(config)], port, folder / "log"):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def apache(write: Write, more: str = "") -> Iterator[str]:
    """The address of an Apache as Debian has it, for what `write` writes; `more` is for its host.

    ``{served}`` in `more` is the folder that is served.
    """
    command = program("apache2")
    names = ("mpm_event", "authz_core", "mime", "dir", "autoindex", "negotiation", "alias", "env",
             "rewrite", "headers", "filter", "include")  # fmt: skip
    loaded = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in names)
    with place() as folder:
        port = free_port()
        served = folder / "www"
        served.mkdir()
        write(served, f"http://127.0.0.1:{port}")
        config = folder / "apache.conf"
        config.write_text(f"""
            ServerRoot {folder}
            ServerName localhost
            Listen 127.0.0.1:{port}
            PidFile {folder}/pid
            ErrorLog {folder}/log
            LogLevel warn
            {loaded}
            {"User www-data" if _IS_ROOT else ""}
            {"Group www-data" if _IS_ROOT else ""}
            StartServers 1
            Include {DEBIAN}/mime.conf
            Include {DEBIAN}/autoindex.conf
            Include {DEBIAN}/negotiation.conf
            Include {DEBIAN}/dir.conf
            AddHandler cgi-script .cgi
            AddEncoding x-gzip .gz .tgz
            AddOutputFilter INCLUDES .shtml
            AllowEncodedSlashes NoDecode
            DocumentRoot {served}
            <Directory />
                Require all denied
                AllowOverride None
            </Directory>
            <Directory {served}>
                Options Indexes FollowSymLinks Includes ExecCGI MultiViews
                AllowOverride FileInfo Indexes
                Require all granted
            </Directory>
            {more.replace("{served}", str(served))}
        """)
        log = folder / "log"
        with running([command, "-d", str(folder), "-f", str(config), "-DFOREGROUND"], port, log):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A server while it is needed; it has to start, and is told to stop at the end."""
    with (log.parent / "output").open("wb") as written:
        it = subprocess.Popen(command, stdout=written, stderr=written)
    try:
        _wait(it, port, log)
        yield
    finally:
        stop(it)


def _wait(it: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and it.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
            return
        except OSError:
            time.sleep(0.05)
    files = [each for each in (log, log.parent / "output") if each.exists()]
    said = "".join(each.read_text(errors="replace") for each in files)
    raise AssertionError(f"the server did not start: {said}")
