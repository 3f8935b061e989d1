"""Hostile documents: what a graph folder may hold by mistake or by malice."""

from __future__ import annotations

import gzip
import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

import zstandard

MANIFEST = 'format = 1\ntitle = "T"\nbase = "https://example.org/"\n'
MEGABYTE = 2**20
_S, _P = "<http://x/s>", "<http://x/p>"


def _write(path: str | bytes, content: bytes | str, root: Path) -> None:
    file = root / os.fsdecode(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


def _file(path: str | bytes, content: bytes | str) -> Callable[[Path], None]:
    return partial(_write, path, content)


def _link(path: str, target: str, root: Path) -> None:
    (root / path).symlink_to(target)


def _socket(root: Path) -> None:
    here = os.getcwd()
    os.chdir(root / "data")  # since the paths of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("a.ttl")
    finally:
        os.chdir(here)


def _unreadable(root: Path) -> None:
    _write("data/a.ttl", "", root)
    (root / "data" / "a.ttl").chmod(0)


def _bomb(line: bytes, size: int, root: Path) -> None:
    """A file of equal lines, so many MB, as equal members of one gzip file."""
    member = gzip.compress(line * (MEGABYTE // len(line)))
    (root / "data" / "a.nt.gz").write_bytes(member * size)


def _zstandard_bomb(size: int, root: Path) -> None:
    """A file of spaces, so many MB, as equal frames."""
    frame = zstandard.compress(b" " * MEGABYTE)
    (root / "data" / "a.nt.zst").write_bytes(frame * size)


def _nested(opening: str, inner: str, closing: str, depth: int) -> Callable[[Path], None]:
    return _file("data/a.ttl", f"{_S} {_P} {opening * depth}{inner}{closing * depth} .\n")


def _tables(root: Path) -> None:
    for number in range(1000):
        _write(f"data/{number}.csv", "", root)


def _question(text: bytes | str, path: str | bytes = "queries/q.rq") -> Callable[[Path], None]:
    return _file(path, text)


_TRIPLE = f'{_S} {_P} "1" .\n'
_CLAIM = f"{_S} a <https://w3id.org/allgraph/ns#Claim> ."
_LISTS = _S + _P + " {}{} ."
_UNREAD = b"data/caf\xe9.ttl"

DOCUMENTS: dict[str, Callable[[Path], None]] = {
    "nothing": lambda root: None,
    "an empty file": _file("data/a.ttl", b""),
    "NULs": _file("data/a.ttl", b"\0" * 1000),
    "a NUL in a text": _file("data/a.ttl", f'{_S} {_P} "\0" .\n'),
    "a BOM": _file("data/a.ttl", b"\xef\xbb\xbf" + _TRIPLE.encode()),
    "two BOMs": _file("data/a.ttl", b"\xef\xbb\xbf" * 2 + _TRIPLE.encode()),
    "a BOM in N-Triples": _file("data/a.nt", b"\xef\xbb\xbf" + _TRIPLE.encode()),
    "UTF-16": _file("data/a.ttl", _TRIPLE.encode("utf-16")),
    "UTF-32": _file("data/a.ttl", _TRIPLE.encode("utf-32")),
    "Latin-1": _file("data/a.ttl", f"{_S} {_P} 'caf\xe9' .\n".encode("latin-1")),
    "surrogates": _file("data/a.ttl", f'{_S} {_P} "\\uD800" .\n'),
    "random bytes": _file("data/a.ttl", bytes(range(256)) * 40),
    "a directory": _file("data/a.ttl/b.ttl", _TRIPLE),
    "a directory as ontology": _file("ontology/a.ttl/b.ttl", _TRIPLE),
    "a directory as shapes": _file("ontology/shapes/a.ttl/b.ttl", _TRIPLE),
    "a directory as question": _file("queries/q.rq/b", ""),
    "a link to itself": partial(_link, "data/a.ttl", "a.ttl"),
    "a link to nothing": partial(_link, "data/a.ttl", "nowhere"),
    "a link to its folder": partial(_link, "data/up", ".."),
    "a link to zeros": partial(_link, "data/a.ttl", "/dev/zero"),
    "a link to what fails": partial(_link, "data/a.ttl", "/proc/self/mem"),
    "an unreadable file": _unreadable,
    "a pipe": lambda root: os.mkfifo(root / "data" / "a.ttl"),
    "a pipe of lines": lambda root: os.mkfifo(root / "data" / "a.nt"),
    "a pipe as ontology": lambda root: os.mkfifo(root / "ontology" / "a.ttl"),
    "a pipe as shapes": lambda root: os.mkfifo(root / "ontology" / "shapes" / "a.ttl"),
    "a pipe as question": lambda root: os.mkfifo(root / "queries" / "q.rq"),
    "a pipe that is not read": lambda root: os.mkfifo(root / "data" / "a.rdf"),
    "a socket": _socket,
    "a bomb of spaces": partial(_bomb, b" ", 1000),
    "a bomb of lines": partial(_bomb, b"\n", 1000),
    "a bomb of one name": partial(_bomb, b"<http://x/" + b"x" * (MEGABYTE - 10), 1000),
    "a bomb of triples": partial(_bomb, b"<a:a> <a:b> <a:c> .\n", 1000),
    "a bomb by Zstandard": partial(_zstandard_bomb, 4000),
    "half a gzip file": _file("data/a.nt.gz", gzip.compress(_TRIPLE.encode() * 9)[:30]),
    "nested lists": _nested("( ", "", ")", 200_000),
    "nested nodes": _nested(f"[ {_P} ", "1", "]", 100_000),
    "nested lists, fewer": _nested("( ", "", ")", 50_000),
    "open lists": _file("data/a.ttl", _LISTS.format("( " * 200_000, "")),
    "nested lists in TriG": _file(
        "data/a.trig", f"<http://x/g> {{ {_S} {_P} {'( ' * 50_000}{')' * 50_000} }}"
    ),
    "an open graph": _file("data/a.trig", f"<http://x/g> {{ {_S} {_P} 1"),
    "a triple term in TriG": _file(
        "data/a.trig", f"<http://x/g> {{ {_S} {_P} <<( <a:a> <a:b> 1 )>> }}"
    ),
    "a thousand graphs": _file(
        "data/a.nq", "".join(f"{_S} {_P} _:b <http://x/g{n}> .\n" for n in range(1000))
    ),
    "nested triple terms": _nested("<<( <a:a> <a:b> ", "1", ")>>", 2_000),
    "nested shapes": _file("ontology/shapes/a.ttl", _LISTS.format("( " * 9_000, ")" * 9_000)),
    "a list of 100,000": _file("data/a.ttl", f"{_S} {_P} ({' 1' * 100_000} ) ."),
    "a long name": _file("data/a.ttl", f"<http://x/{'x' * 20 * MEGABYTE}> {_P} 1 ."),
    "a long prefix": _file("data/a.ttl", f"@prefix x: <http://x/{'x' * MEGABYTE}> . x:a x:b x:c ."),
    "a file name in Latin-1": _file(_UNREAD, _TRIPLE),
    "broken, with a name in Latin-1": _file(_UNREAD, f"{_S} {_P}"),
    "a claim, with a name in Latin-1": _file(_UNREAD, _CLAIM),
    "a name in Latin-1 that is not read": _file(b"data/caf\xe9.rdf", ""),
    "a directory in Latin-1": _file(b"data/caf\xe9/a.ttl", f"{_S} {_P}"),
    "a line break in a name": _file("data/a\nb.ttl", f"{_S} {_P}"),
    "a question in Latin-1": _question("# What?\nASK {}", b"queries/caf\xe9.rq"),
    "a broken question": _question("# What?\nSELECT ?claim { ?claim ?p }"),
    "a question of NULs": _question(b"\0" * 100),
    "a question in UTF-16": _question("# What?\nASK {}".encode("utf-16")),
    "a nested question": _question("# What?\nASK " + "{" * 5000 + "}" * 5000),
    "a broken profile": _question("# What?\nCONSTRUCT {", "queries/profiles/p.rq"),
    "a thousand tables": _tables,
}  # fmt: skip
"""What writes each document into a folder that has the usual directories."""


def make(root: Path, name: str) -> None:
    """Write a graph folder that has one document, and nothing else."""
    for directory in ("data", "ontology/shapes", "queries/profiles"):
        (root / directory).mkdir(parents=True)
    (root / "allgraph.toml").write_text(MANIFEST, encoding="utf-8")
    DOCUMENTS[name](root)
