"""Users and passwords for endpoints: from the environment, else from the file netrc."""

from __future__ import annotations

import os
from netrc import NetrcParseError, netrc
from pathlib import Path
from urllib.parse import urlsplit

import click

USER, PASSWORD, FILE = "ALLGRAPH_USER", "ALLGRAPH_PASSWORD", "NETRC"


def login_for(url: str | None) -> tuple[str, str] | None:
    """Who is to ask an endpoint, if anybody says; the host of a netrc entry has to be its own."""
    if url is None:
        return None
    user, password = (os.environ.get(name) for name in (USER, PASSWORD))
    if (user is None) != (password is None):
        raise click.UsageError(f"{USER} and {PASSWORD} go together; set both or neither")
    if user is not None and password is not None:
        return user, password
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return None  # which is said where the address is read
    return _in_netrc(host)


def _in_netrc(host: str) -> tuple[str, str] | None:
    given = os.environ.get(FILE)
    path = Path(given) if given else Path("~/.netrc").expanduser()
    try:
        found = netrc(str(path)).hosts.get(host)
    except FileNotFoundError:
        if given:
            raise click.UsageError(f"{path} is not there ({FILE} names it)") from None
        return None
    except NetrcParseError as error:  # whose message may hold a password
        place = f"{path}:{error.lineno}" if error.lineno else str(path)
        raise click.UsageError(f"{place}: not as a netrc file is, or others may read it") from None
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} cannot be read") from None
    return None if found is None else (found[0], found[2])
