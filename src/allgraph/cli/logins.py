"""Users and passwords for endpoints: from the environment, else from the file netrc."""

from __future__ import annotations

import os
from netrc import NetrcParseError, netrc
from pathlib import Path
from urllib.parse import urlsplit

import click

USER, PASSWORD, FILE = "ALLGRAPH_USER", "ALLGRAPH_PASSWORD", "NETRC"


def login_for(url: str | None) -> tuple[str, str] | None:
    """The user and password for an endpoint, if there are any; a netrc entry is for its host."""
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
    """The user and password of a host in the file that NETRC names, else in ~/.netrc."""
    named = os.environ.get(FILE)
    path = Path(named) if named else Path("~/.netrc").expanduser()
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
