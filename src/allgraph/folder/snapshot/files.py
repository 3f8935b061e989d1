r"""Bytes, numbers and texts in files that are read where they lie, and checked when they are read.

A file has a sum (CRC-32) for each block of 64 KiB in a file beside it. A block is compared with
its sum when something in it is first read: a bit that has turned is an error, and never an answer.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as place:
...     write_texts(Path(place, "names"), ["Ann", "Zoë"])
...     texts = read_texts(Path(place, "names"))
...     texts[1], texts.place("Ann"), len(texts)
2
('Zoë', 0, 2)
"""

from __future__ import annotations

import mmap
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from allgraph.errors import EngineError
from allgraph.model.strings import Texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 2**16
"""How many bytes have one sum."""
_SUMS = ".sums"
_PIECE = 2**20
_NUMBER = struct.Struct("=q")
_MEND = "make it again with `allgraph build`"


class CheckedFile:
    """The bytes of a file that `write` has made; `EngineError` when they have changed since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                self.size = file.seek(0, 2)
                self._map = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""
                )
            sums = path.with_name(path.name + _SUMS).read_bytes()
        except (OSError, ValueError) as error:
            raise EngineError(f"{path} cannot be read: {error}; {_MEND}") from None
        if len(sums) != 4 * -(-self.size // BLOCK):
            raise _damage(path)
        self._sums = array("I", sums)
        self._sound = bytearray(len(self._sums))

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, some: slice) -> bytes:
        start, end, _ = some.indices(self.size)
        if end > start:
            self._check(start // BLOCK, (end - 1) // BLOCK)
        return self._map[start:end]

    def whole(self) -> memoryview:
        """All bytes, and all of them checked."""
        self._check(0, len(self._sums) - 1)
        return memoryview(self._map)

    def find(self, wanted: bytes, start: int) -> int:
        """Where some bytes are next, from a place on, or -1; `whole` has to be asked for first."""
        return self._map.find(wanted, start)

    def _check(self, first: int, last: int) -> None:
        for block in range(first, last + 1):
            if not self._sound[block]:
                start = block * BLOCK
                if zlib.crc32(self._map[start : start + BLOCK]) != self._sums[block]:
                    raise _damage(self._path)
                self._sound[block] = 1


class Places(Sequence[int]):
    """Numbers of 64 bits in a file, of which few are read."""

    def __init__(self, blocks: CheckedFile) -> None:
        self._blocks = blocks

    def __len__(self) -> int:
        return self._blocks.size // 8

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        (number,) = _NUMBER.unpack(self._blocks[place * 8 : place * 8 + 8])
        return int(number)


def write(path: Path, pieces: Iterable[bytes | memoryview]) -> int:
    """Write a file and its sums; how many bytes it has."""
    sums, size, rest = bytearray(), 0, b""
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            size += len(piece)
            rest += piece
            whole = len(rest) // BLOCK * BLOCK
            for start in range(0, whole, BLOCK):
                sums += zlib.crc32(rest[start : start + BLOCK]).to_bytes(4, sys.byteorder)
            rest = rest[whole:]
    if rest:
        sums += zlib.crc32(rest).to_bytes(4, sys.byteorder)
    path.with_name(path.name + _SUMS).write_bytes(sums)
    return size


def write_array(path: Path, numbers: NDArray[Any]) -> None:
    """Write an array; its type and shape are the reader's to know."""
    data = memoryview(numbers.tobytes())
    write(path, (data[start : start + _PIECE] for start in range(0, len(data), _PIECE)))


def read_array(path: Path, dtype: type[np.generic], *shape: int) -> NDArray[Any]:
    """An array in the memory of the file, checked; of one row unless a `shape` is given."""
    import numpy as np

    found = np.frombuffer(CheckedFile(path).whole(), dtype)
    return found.reshape(shape) if shape else found


def write_texts(path: Path, texts: Iterable[str]) -> int:
    """Write texts in the order given; how many there are."""
    starts = array("q", [0])

    def pieces() -> Iterator[bytes]:
        held: list[bytes] = []
        size = end = 0
        for each in texts:
            data = each.encode("utf-8", "surrogatepass")
            end += len(data)
            size += len(data)
            held.append(data)
            starts.append(end)
            if size >= _PIECE:
                yield b"".join(held)
                held, size = [], 0
        yield b"".join(held)

    write(path, pieces())
    write(path.with_name(path.name + ".starts"), [starts.tobytes()])
    return len(starts) - 1


def read_texts(path: Path) -> Texts:
    """The texts of a file, each read when it is asked for."""
    return Texts(CheckedFile(path), Places(CheckedFile(path.with_name(path.name + ".starts"))))


def _damage(path: Path) -> EngineError:
    return EngineError(f"{path} is damaged: it is not as it was written; {_MEND}")
