r"""Bytes, numbers and texts in files that are mapped into memory, and checked when they are read.

A file has a checksum (CRC-32) for each block of 64 KiB in a file beside it. A block is compared
with its checksum when something in it is first read: a flipped bit is an error, never an answer.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as place:
...     write_texts(Path(place, "names"), ["Ann", "Zoë"])
...     texts = read_texts(Path(place, "names"))
...     texts[1], texts.place("Ann"), len(texts)
('Zoë', 0, 2)
"""

from __future__ import annotations

import mmap
import struct
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
"""How many bytes have one checksum."""
CHECKSUM_MISMATCH = "checksum mismatch"
REBUILD = "make the snapshot again with `allgraph build`, or remove its folder .allgraph"
_SUMS, _STARTS = ".sums", ".starts"
_PIECE = 2**20
_NUMBER = struct.Struct("=q")


def damage(path: Path, problem: str) -> EngineError:
    """Return the error of a file or directory of a snapshot that is damaged."""
    return EngineError(f"{path} is damaged: {problem}; {REBUILD}")


class CheckedFile:
    """The bytes of a file that `write` made; reading raises `EngineError` when it is damaged."""

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
            raise EngineError(f"{path} cannot be read: {error}; {REBUILD}") from None
        if len(sums) != 4 * -(-self.size // BLOCK):
            raise damage(path, CHECKSUM_MISMATCH)
        self._sums = array("I", sums)
        self._is_checked = bytearray(len(self._sums))

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self.size)
        if end > start:
            self._check(start // BLOCK, (end - 1) // BLOCK)
        return self._map[start:end]

    def whole(self) -> memoryview:
        """Return all bytes, all of them checked."""
        self._check(0, len(self._sums) - 1)
        return memoryview(self._map)

    def find(self, wanted: bytes, start: int) -> int:
        """Return where some bytes are next, from a place on, or -1; call `whole` before."""
        return self._map.find(wanted, start)

    def _check(self, first: int, last: int) -> None:
        for block in range(first, last + 1):
            if not self._is_checked[block]:
                start = block * BLOCK
                if zlib.crc32(self._map[start : start + BLOCK]) != self._sums[block]:
                    raise damage(self._path, CHECKSUM_MISMATCH)
                self._is_checked[block] = 1


class Places(Sequence[int]):
    """Numbers of 64 bits in a file, each read when it is asked for."""

    def __init__(self, file: CheckedFile) -> None:
        self._file = file

    def __len__(self) -> int:
        return self._file.size // 8

    @overload
    def __getitem__(self, place: int) -> int: ...
    @overload
    def __getitem__(self, place: slice) -> list[int]: ...
    def __getitem__(self, place: int | slice) -> int | list[int]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        (number,) = _NUMBER.unpack(self._file[place * 8 : place * 8 + 8])
        return int(number)


def write(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file and its checksums."""
    sums, rest = array("I"), b""
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            rest += piece
            end = len(rest) // BLOCK * BLOCK
            sums.extend(zlib.crc32(rest[at : at + BLOCK]) for at in range(0, end, BLOCK))
            rest = rest[end:]
    if rest:
        sums.append(zlib.crc32(rest))
    path.with_name(path.name + _SUMS).write_bytes(sums.tobytes())


def write_array(path: Path, numbers: NDArray[Any]) -> None:
    """Write the numbers of an array, without its type and shape."""
    data = memoryview(numbers.tobytes())
    write(path, (data[start : start + _PIECE] for start in range(0, len(data), _PIECE)))


def read_array(path: Path, dtype: type[np.generic], *shape: int) -> NDArray[Any]:
    """Return an array in the memory of the file, checked; of one row unless a `shape` is given."""
    import numpy as np

    return np.frombuffer(CheckedFile(path).whole(), dtype).reshape(shape or -1)


def write_texts(path: Path, texts: Iterable[str]) -> None:
    """Write texts in the order given."""
    starts = array("q", [0])

    def pieces() -> Iterator[bytes]:
        piece = bytearray()
        for text in texts:
            encoded = text.encode("utf-8", "surrogatepass")
            piece += encoded
            starts.append(starts[-1] + len(encoded))
            if len(piece) >= _PIECE:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)

    write(path, pieces())
    write(path.with_name(path.name + _STARTS), [starts.tobytes()])


def read_texts(path: Path) -> Texts:
    """Return the texts of a file, each read when it is asked for."""
    return Texts(CheckedFile(path), Places(CheckedFile(path.with_name(path.name + _STARTS))))
