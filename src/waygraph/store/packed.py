"""Lines joined and compressed: as they are kept, and as very many of them are held in memory."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice
from typing import Self

# So many lines are joined at a time, and so many bytes, some twenty times as many then, unpacked.
_LINES = 10_000
_BYTES = 1 << 12


@dataclass(frozen=True, slots=True)
class Packed(Collection[str]):
    """So many lines, of which none is empty: made from their bytes while they are gone through."""

    data: bytes
    size: int

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        """The lines, of which only some are in memory at a time."""
        packer = zlib.compressobj(1)
        parts: list[bytes] = []
        size, rest = 0, iter(lines)
        while some := list(islice(rest, _LINES)):
            between = "\n" if size else ""
            parts.append(packer.compress((between + "\n".join(some)).encode()))
            size += len(some)
        return cls(b"".join((*parts, packer.flush())), size)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[str]:
        unpacker, rest = zlib.decompressobj(), b""
        for start in range(0, len(self.data), _BYTES):
            rest += unpacker.decompress(self.data[start : start + _BYTES])
            *lines, rest = rest.split(b"\n")
            yield from map(bytes.decode, lines)
        if rest:
            yield rest.decode()

    def __contains__(self, line: object) -> bool:
        return any(line == one for one in self)


def merged(runs: Sequence[Collection[str]]) -> Packed:
    """The lines of sorted runs, sorted, none twice."""
    return Packed.of(line for line, _ in groupby(merge(*runs)))


def pack(lines: Collection[str]) -> bytes:
    """Lines as they are kept: joined and compressed."""
    return lines.data if isinstance(lines, Packed) else Packed.of(lines).data


def unpack(packed: bytes) -> str:
    """The text of packed lines, a newline between two of them."""
    return zlib.decompress(packed).decode()


def unpacked_lines(packed: bytes) -> list[str]:
    """The lines that were packed."""
    said = unpack(packed)
    return said.split("\n") if said else []
