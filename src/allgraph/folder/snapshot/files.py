r"""Files of bytes, numbers and texts, mapped into memory, and checked when they are read.

For each file there is a second one, with the suffix ``.sums``, that has a checksum (CRC-32) for
each block of 64 KiB. A block is compared with its checksum when bytes of it are first read, so
damaged data raise an error and are never returned.

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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allgraph.errors import EngineError
from allgraph.model.strings import Texts
from allgraph.rdf.files import open_regular, read_regular

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 2**16
"""How many bytes have one checksum."""
CHECKSUM_MISMATCH = "checksum mismatch"
REBUILD = "make the snapshot again with `allgraph build`, or remove its folder .allgraph"
_SUMS, _STARTS = ".sums", ".starts"  # suffixes of the files of checksums, and of starts of texts
_PIECE = 2**20  # bytes that are written at once
_NUMBER = struct.Struct("=q")  # 64 bits


def damage(path: Path, problem: str) -> EngineError:
    """Return, not raise, the error for a file or directory of a snapshot that is damaged."""
    return EngineError(f"{path} is damaged: {problem}; {REBUILD}")


class CheckedFile:
    """The bytes of a file that `write` made, mapped into memory; a slice of it returns bytes.

    The file stays mapped as long as this object exists. Raises `EngineError` when the file cannot
    be opened, or when bytes are read from a block that does not fit its checksum.
    """

    def __init__(self, path: Path) -> None:
        """Map a file, and read the file of its checksums; no checksum is compared yet.

        Raises `EngineError` when a file cannot be read, or there is not one checksum for each
        block, which is `BLOCK` bytes (64 KiB).
        """
        self._path = path
        try:
            with open_regular(path) as file:
                self.size = file.seek(0, 2)
                self._map = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""
                )
            sums = read_regular(path.with_name(path.name + _SUMS))
        except (OSError, ValueError) as error:
            raise EngineError(f"{path} cannot be read: {error}; {REBUILD}") from None
        if len(sums) != 4 * -(-self.size // BLOCK):
            raise damage(path, CHECKSUM_MISMATCH)
        self._sums = array("I", sums)  # the checksum of each block
        self._is_checked = bytearray(len(self._sums))  # 1 for each block that was found to fit it

    def __getitem__(self, part: slice) -> bytes:
        """Return a copy of some bytes, whose blocks are checked if they were not before.

        Raises `EngineError` when a block does not fit its checksum. A step is ignored.
        """
        start, end, _ = part.indices(self.size)
        if end > start:
            self._check(start // BLOCK, (end - 1) // BLOCK)
        return self._map[start:end]

    def whole(self) -> mmap.mmap | bytes:
        """Check all blocks that were not checked before, and return the mapped bytes.

        Raises `EngineError` when a block does not fit its checksum.
        """
        self._check(0, len(self._sums) - 1)
        return self._map

    def find(self, wanted: bytes, start: int) -> int:
        """Return the first position of the bytes `wanted` at or after `start`, -1 without one.

        Checks all blocks that were not checked before, as `whole` does.
        """
        return self.whole().find(wanted, start)

    def _check(self, first: int, last: int) -> None:
        """Compare the blocks from number `first` to `last` with their checksums, but none twice.

        Raises `EngineError` when one does not fit.
        """
        while (block := self._is_checked.find(0, first, last + 1)) >= 0:
            start = block * BLOCK
            if zlib.crc32(self._map[start : start + BLOCK]) != self._sums[block]:
                raise damage(self._path, CHECKSUM_MISMATCH)
            self._is_checked[block] = 1


class Places:
    """The numbers of 64 bits in a file; each is read, and checked, when it is needed."""

    def __init__(self, file: CheckedFile) -> None:
        self._file = file

    def __len__(self) -> int:
        """The count of numbers in the file, of 8 bytes each."""
        return self._file.size // 8

    def __getitem__(self, place: int) -> int:
        """Return a number; no negative index (`IndexError`)."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        (number,) = _NUMBER.unpack(self._file[place * 8 : place * 8 + 8])
        return int(number)


class MappedTexts(Texts):
    """A sequence of texts in two files; each is read, and checked, when it is needed."""

    def __init__(self, data: CheckedFile, starts: CheckedFile) -> None:
        super().__init__(data, Places(starts))
        self._files = data, starts

    def whole(self) -> Texts:
        """Check both files, and return these texts, which are then read without further checks.

        Raises `EngineError` when one is damaged.
        """
        data, starts = self._files
        self._data, self._starts = data.whole(), memoryview(starts.whole()).cast("q")
        return self


def write(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write bytes to a file, piece after piece, and the checksums of its blocks to another.

    That is beside it, with ``.sums`` after the name, and has a CRC-32 for each `BLOCK` bytes
    (64 KiB). Existing files are overwritten; after an error they are incomplete. Raises `OSError`.
    """
    sums, unsummed = array("I"), b""
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)
            unsummed += piece
            end = len(unsummed) // BLOCK * BLOCK
            sums.extend(zlib.crc32(unsummed[at : at + BLOCK]) for at in range(0, end, BLOCK))
            unsummed = unsummed[end:]
    if unsummed:
        sums.append(zlib.crc32(unsummed))
    path.with_name(path.name + _SUMS).write_bytes(sums.tobytes())


def write_array(path: Path, numbers: NDArray[Any]) -> None:
    """Write the numbers of an array to a file, and checksums of its blocks to one with ``.sums``.

    Neither has the type and the shape, which `read_array` has to be told. Existing files are
    overwritten. Raises `OSError`.
    """
    data = memoryview(numbers.tobytes())
    write(path, (data[start : start + _PIECE] for start in range(0, len(data), _PIECE)))


def read_array(path: Path, dtype: type[np.generic], *shape: int) -> NDArray[Any]:
    """Map the numbers of a file that `write_array` made as a read-only array, and return it.

    `dtype` must be the type of the array written. The whole file is checked. The array has one
    dimension unless a `shape` is given. Raises `EngineError` when the file is damaged.
    """
    import numpy as np

    return np.frombuffer(CheckedFile(path).whole(), dtype).reshape(shape or -1)


def write_texts(path: Path, texts: Iterable[str]) -> None:
    """Write texts as UTF-8 to a file in their order, and where each starts to another beside it.

    That has the suffix ``.starts``, and the first byte of each text and the end of the last as
    numbers of 8 bytes. Each of the two gets a third file with the checksums of its blocks. Existing
    files are overwritten; after an error they are incomplete. The texts are read once, and not kept
    in memory. Raises `OSError`.
    """
    starts = array("q", [0])

    def pieces() -> Iterator[bytes]:
        """Yield the bytes of the texts in large pieces, and add to `starts` where each ends."""
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
    """Map a file that `write_texts` made, and return its texts as a sequence.

    A text is read, and checked, when it is needed. Raises `EngineError` for damaged files.
    """
    return MappedTexts(CheckedFile(path), CheckedFile(path.with_name(path.name + _STARTS)))
