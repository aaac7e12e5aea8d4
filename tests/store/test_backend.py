"""The store on disk, as other versions leave it."""

from __future__ import annotations

import struct
from pathlib import Path

import pyoxigraph as ox
import pytest

from waygraph.errors import StoreError
from waygraph.store.dataset import Dataset

BASE = "https://example.org/"


def crc32c(data: bytes) -> int:
    """The checksum (Castagnoli) of RocksDB's log."""
    found = 0xFFFFFFFF
    for byte in data:
        found ^= byte
        for _ in range(8):
            found = (found >> 1) ^ (0x82F63B78 if found & 1 else 0)
    return found ^ 0xFFFFFFFF


def written_by_a_newer_oxigraph(folder: Path, version: int) -> None:
    """Put the version of a store's layout into it, as RocksDB would: a record of its log."""
    for value in range(2):
        # opened again, it begins a log of its own
        store = ox.Store(str(folder))
        store.update(
            f"INSERT DATA {{ GRAPH <http://x/g> {{ <http://x/a> <http://x/b> {value} }} }}"
        )
        del store
    (log,) = folder.glob("*.log")
    data = log.read_bytes()
    # the last record there: checksum, length, type and number of the log, then its first
    # sequence number and how many writes it holds
    at = following = 0
    while following < len(data):
        at = following
        following += 11 + struct.unpack_from("<H", data, at + 4)[0]
    sequence, count = struct.unpack_from("<QI", data, at + 11)
    key = b"oxversion"
    write = struct.pack("<QIBB", sequence + count, 1, 1, len(key)) + key
    write += b"\x08" + struct.pack(">Q", version)
    signed = b"\x05" + struct.pack("<I", int(log.stem)) + write
    sum_ = crc32c(signed)
    masked = ((sum_ >> 15 | sum_ << 17) + 0xA282EAD8) & 0xFFFFFFFF
    log.write_bytes(data + struct.pack("<IH", masked, len(write)) + signed)


@pytest.mark.parametrize("write", [False, True])
def test_a_store_of_a_newer_version(tmp_path: Path, write: bool) -> None:
    folder = tmp_path / "store"
    written_by_a_newer_oxigraph(folder, 99)
    with pytest.raises(StoreError) as caught:
        Dataset(folder, BASE, write=write)
    assert f"the store {folder} was made by a newer Oxigraph: " in caught.value.message
    assert "too recent version 99" in caught.value.message
    assert "use the waygraph that made it" in caught.value.hint
    assert f"remove {folder}, and `waygraph ingest` makes it anew" in caught.value.hint
