"""Whether SQLite gave up reading a write-ahead log in its middle, which it does without a word.

It takes the first frame whose checksum is wrong for the end: there a process may have been killed
while it wrote. But then no frame behind it can end a transaction of the same log, which its two
salts name (https://sqlite.org/fileformat2.html#walformat).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_HEADER, _FRAME = 32, 24
# Two copies of this begin the index of the log: (…) frames read, pages, checksum, salts, checksum.
_INDEX = struct.Struct("=16s I I 8s 8s 8s")
_BIG_ENDIAN_SUMS = 0x377F0683
# Who writes tells of a transaction in the log first, then in the index: it is waited for.
_LOOKS, _PAUSE = 50, 0.1


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a frame stands among all, whether it ends a transaction, and the sum it carries."""

    number: int
    ends: bool
    head: bytes


def broken_at(database: Path) -> int | None:
    """The byte from which the log of a database is damaged; None if it is whole.

    SQLite must have read it: the database is open. What cannot be told is damage of the very last
    frame of a log that was begun over an older one, for a killed process leaves the like.
    """
    log, index = (database.with_name(database.name + end) for end in ("-wal", "-shm"))
    at = _broken_at(log, index)
    for _ in range(_LOOKS):
        if at is None:
            return None
        time.sleep(_PAUSE)
        at = _broken_at(log, index)
    return at


def _broken_at(log: Path, index: Path) -> int | None:
    with suppress(OSError), log.open("rb") as file:
        head = file.read(_HEADER)
        if len(head) < _HEADER:
            return None
        order = ">" if int.from_bytes(head[:4], "big") == _BIG_ENDIAN_SUMS else "<"
        if _sum(head[:24], order) != head[24:]:
            return 0 if file.read(1) else None
        size = _FRAME + int.from_bytes(head[8:12], "big")
        read = _frames_read(index, salts := head[16:24])
        if read is None:
            return None
        behind = list(_frames(file, read, size, salts))
        ends = [frame for frame in behind if frame.ends]
        renewed = int.from_bytes(head[12:16], "big") > 0
        if ends and not (renewed and _may_be_torn(file, ends, behind, size, order)):
            return _HEADER + read * size
    return None


def _frames_read(index: Path, salts: bytes) -> int | None:
    """How many frames of this log SQLite read; None if it has begun another, or does not say."""
    data = index.read_bytes()[: 2 * _INDEX.size]
    if len(data) < 2 * _INDEX.size or data[: _INDEX.size] != data[_INDEX.size :]:
        return None
    _, read, _, _, known, _ = _INDEX.unpack(data[: _INDEX.size])
    return int(read) if known == salts else None


def _frames(file: IO[bytes], first: int, size: int, salts: bytes) -> Iterator[_Frame]:
    """The frames of a log from a place on, without those of an older one."""
    number = first
    while True:
        file.seek(_HEADER + number * size)
        head = file.read(_FRAME)
        if len(head) < _FRAME:
            return
        if head[8:16] == salts:
            yield _Frame(number, head[4:8] != bytes(4), head)
        number += 1


def _may_be_torn(
    file: IO[bytes], ends: list[_Frame], behind: list[_Frame], size: int, order: str
) -> bool:
    """Whether the one end of a transaction may be a frame that a killed process wrote half."""
    last = ends[0]
    if last is not behind[-1]:
        return False
    # it goes on from the sum of the frame before, or of the header
    file.seek(_HEADER - 8 if last.number == 0 else _HEADER + (last.number - 1) * size + 16)
    before = file.read(8)
    file.seek(_HEADER + last.number * size + _FRAME)
    page = file.read(size - _FRAME)
    return _sum(last.head[:8] + page, order, before) != last.head[16:]


def _sum(data: bytes, order: str, before: bytes = bytes(8)) -> bytes:
    """SQLite's checksum of data, from that of what stands before; ``order`` that of the words."""
    one, two = struct.unpack(">II", before)
    if len(data) % 8:
        return b""
    for first, second in struct.iter_unpack(f"{order}II", data):
        one = (one + first + two) & 0xFFFFFFFF
        two = (two + second + one) & 0xFFFFFFFF
    return struct.pack(">II", one, two)
