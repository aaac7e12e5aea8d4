"""An embedded store is compared with what it was when it was closed."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from waygraph.errors import StoreError
from waygraph.store.convert import text
from waygraph.store.dataset import Dataset, NamedGraph

BASE = "https://example.org/notes/"
CHECKSUMS = "waygraph.checksums"


def graph(*values: str) -> NamedGraph:
    return NamedGraph.of(sorted(f"<{BASE}s> <{BASE}p> {text(v)} ." for v in values), BASE + "run")


def write(store: Path, *values: str) -> None:
    with Dataset(store, BASE, write=True) as data:
        data.replace({f"{BASE}g": graph(*values)}.items())


def values(store: Path) -> int:
    with Dataset(store, BASE) as data:
        return data.count()


def flip(file: Path, byte: int) -> None:
    data = bytearray(file.read_bytes())
    data[byte] ^= 1
    file.write_bytes(data)


def tables(store: Path) -> list[Path]:
    return sorted(store.glob("*.sst"))


@pytest.mark.parametrize("pattern", ["*.sst", "MANIFEST-*", CHECKSUMS])
def test_any_flipped_bit_is_told_with_what_to_do(tmp_path: Path, pattern: str) -> None:
    store = tmp_path / "store"
    write(store, *map(str, range(100)))
    dice = random.Random(3)
    for file in sorted(store.glob(pattern)):
        byte = dice.randrange(file.stat().st_size)
        flip(file, byte)
        with pytest.raises(StoreError) as told:
            values(store)
        assert f"{file.name} is not as it was written" in told.value.message or (
            pattern == CHECKSUMS and f"{file} was damaged" in told.value.message
        )
        assert f"remove {store}, and `waygraph ingest` makes it anew" in told.value.hint
        flip(file, byte)
    assert values(store) == 102


def test_who_writes_takes_no_damage_for_sound(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(store, "a")
    damaged = max(tables(store), key=lambda table: table.stat().st_size)
    flip(damaged, 3)
    with Dataset(store, BASE, write=True):
        pass
    assert damaged.exists()
    with pytest.raises(StoreError, match="is not as it was written"):
        values(store)


def test_readers_go_on_beside_one_who_writes_and_tidies_up(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(store, "a")
    with Dataset(store, BASE, write=True) as data:
        before = set(tables(store))
        for number in range(6):
            data.replace({f"{BASE}g": graph(*map(str, range(number + 1)))}.items())
            data.backend.store.optimize()  # type: ignore[attr-defined]  # the embedded one's
            assert values(store) == number + 3
        assert before - set(tables(store)), "nothing was merged"
    assert values(store) == 8


def test_a_store_that_others_wrote_to_since_is_read(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(store, "a")
    other = ox.Store(str(store))
    other.update(f'INSERT DATA {{ GRAPH <{BASE}h> {{ <{BASE}s> <{BASE}p> "other" }} }}')
    other.flush()
    other.optimize()
    del other
    assert values(store) == 4
    write(store, "b")
    assert values(store) == 4


def test_a_store_whose_writer_was_killed_is_read(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(store, "a")
    code = (
        "import os, sys; from pathlib import Path; from tests.store.test_checksums import *\n"
        "data = Dataset(Path(sys.argv[1]), BASE, write=True)\n"
        "data.replace({f'{BASE}g': graph('b', 'c')}.items())\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store)], check=False)
    assert done.returncode == -9
    assert values(store) == 4
    write(store, "d", "e", "f")
    assert values(store) == 5
    table = tables(store)[-1]
    flip(table, table.stat().st_size // 2)
    with pytest.raises(StoreError, match=f"{table.name} is not as it was written"):
        values(store)


def test_a_store_that_was_never_compared_is_read(tmp_path: Path) -> None:
    store = tmp_path / "store"
    write(store, "a")
    (store / CHECKSUMS).unlink()
    assert values(store) == 3
    write(store, "a", "b")
    table = tables(store)[0]
    flip(table, table.stat().st_size // 2)
    with pytest.raises(StoreError, match="is not as it was written"):
        values(store)
