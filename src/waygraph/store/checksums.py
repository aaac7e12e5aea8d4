"""What the files of an embedded store were when it was closed, to tell what changed on the disk.

RocksDB checks each block that it reads, but within an expression Oxigraph takes what cannot be
read for an error of the expression, and leaves it out of the answer. So whole files are compared.
Its tables are never changed once written; of its manifest, to which it adds, the beginning is.
A file that is gone was merged into others, by whoever opened the store since: where one is
missed, RocksDB tells.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from waygraph.errors import StoreError
from waygraph.sealed import read_sealed, write_sealed

_FILE = "waygraph.checksums"
_PATTERNS = ("*.sst", "MANIFEST-*")
_AT_ONCE = 1_000_000
# A file's name -> how many bytes it had, and their CRC-32.
Checksums = Mapping[str, tuple[int, int]]


def read_checksums(store: Path, anew: str) -> Checksums:
    """What is written down of a store; nothing, if it was never closed by waygraph.

    Args:
        store: its folder.
        anew: how it is had again if it was damaged.

    Raises:
        StoreError: what was written down was damaged.
    """
    try:
        found = json.loads(read_sealed(store / _FILE, anew))
    except FileNotFoundError:
        return {}
    return {name: (size, checksum) for name, (size, checksum) in found.items()}


def write_checksums(store: Path, known: Checksums) -> None:
    """Write down what the files of a store are that nobody has open.

    Args:
        store: its folder.
        known: what was written down before. Those files are not read again, so that what was
            damaged since is not taken for sound.

    Raises:
        StoreError: it cannot be written, or a file cannot be read.
    """
    found: dict[str, tuple[int, int]] = {}
    for file in sorted(file for pattern in _PATTERNS for file in store.glob(pattern)):
        try:
            size = file.stat().st_size
            found[file.name] = known.get(file.name) or (size, _crc32(file, size))
        except FileNotFoundError:
            continue  # an answer still holds the store open, and it was merged into others
        except OSError as error:
            raise StoreError(f"cannot read {file}: {error.strerror}") from None
    if found != known:
        write_sealed(store / _FILE, json.dumps(found))


def changed_file(store: Path, known: Checksums) -> str:
    """The name of a file that is not as it was written down; empty if there is none.

    Raises:
        OSError: one cannot be read.
    """
    for name, (size, checksum) in known.items():
        try:
            about = (store / name).stat()
            stamp = (about.st_ino, about.st_size, about.st_mtime_ns)
            if about.st_size < size or _checked(store / name, size, stamp) != checksum:
                return name
        except FileNotFoundError:
            continue
    return ""


@lru_cache(maxsize=4096)
def _checked(file: Path, size: int, stamp: tuple[int, ...]) -> int:
    """The checksum of a file's first bytes; a process reads again only what was written since."""
    return _crc32(file, size)


def _crc32(file: Path, size: int) -> int:
    checksum = 0
    with file.open("rb") as data:
        while part := data.read(min(size, _AT_ONCE)):
            checksum, size = crc32(part, checksum), size - len(part)
    return checksum
