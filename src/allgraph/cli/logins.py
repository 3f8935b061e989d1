"""Users and passwords for endpoints: from the environment, else from the file netrc."""

from __future__ import annotations

import os
from netrc import NetrcParseError, netrc
from pathlib import Path
from urllib.parse import urlsplit

import click

USER, PASSWORD, FILE = "ALLGRAPH_USER", "ALLGRAPH_PASSWORD", "NETRC"
"""The environment variables for the user, the password, and the path of the netrc file."""


def login_for(url: str | None) -> tuple[str, str] | None:
    """Return the user and password for the endpoint at `url`, or ``None`` if there are none.

    They are read from the environment (ALLGRAPH_USER and ALLGRAPH_PASSWORD), else from the netrc
    entry for its host. ``None`` too if `url` is ``None`` or cannot be parsed. Raises `UsageError`
    if only one of the two variables is set, and for a netrc file that cannot be used.
    """
    if url is None:
        return None
    user, password = os.environ.get(USER), os.environ.get(PASSWORD)
    if (user is None) != (password is None):
        raise click.UsageError(f"{USER} and {PASSWORD} go together; set both or neither")
    if user is not None and password is not None:
        return user, password
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None  # an error that is reported where the address is used
    return _netrc_login(host)


def _netrc_login(host: str) -> tuple[str, str] | None:
    """Read the user and password of a host from the file that NETRC names, else from ~/.netrc.

    Returns ``None`` when the file has none, or when there is no ~/.netrc. Raises `UsageError` for a
    file that is named but missing, that cannot be read, or that is no valid netrc file.
    """
    named = os.environ.get(FILE)
    path = Path(named) if named else Path("~/.netrc").expanduser()
    if not named and path.exists() and not path.is_file():
        raise click.UsageError(f"{path} cannot be read: it is no file")
    try:
        entry = netrc(str(path)).hosts.get(host)
    except FileNotFoundError:
        if named:
            raise click.UsageError(f"{path} does not exist ({FILE} names it)") from None
        return None
    except NetrcParseError as error:  # whose message may hold a password
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise click.UsageError(f"{place}: no valid netrc file, or others may read it") from None
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} cannot be read") from None
    return None if entry is None else (entry[0], entry[2])
