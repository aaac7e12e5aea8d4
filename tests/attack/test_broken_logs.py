"""A process is killed while a log holds what it wrote, and the disk turns a bit of the log over.

SQLite reads such a log up to the damage, and takes that for its end without a word.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from waygraph import write_ahead
from waygraph.compute.cache import Cache
from waygraph.database import BrokenLog, Connection, open_to_read, open_to_write
from waygraph.errors import BrokenCache, StoreError
from waygraph.read.note import read_source
from waygraph.read.snapshots import Snapshots

FLIPS = 60
# Twenty transactions, and no moment to put them into the database. A log is begun over an older
# one; of a transaction that was taken back pages stay in it.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from waygraph.database import open_to_write

db = open_to_write(Path(sys.argv[1]))
db.execute("PRAGMA wal_autocheckpoint=0")
db.execute("CREATE TABLE said (number, words)")
words = "a heap is a tree " * 300
if sys.argv[2] == "renewed":
    db.executemany("INSERT INTO said VALUES (-1, ?)", [(words,)] * 60)
    db.execute("DELETE FROM said")
    db.execute("PRAGMA wal_checkpoint(RESTART)")
for number in range(20):
    with db:
        db.executemany("INSERT INTO said VALUES (?, ?)", [(number, words)] * 2)
if sys.argv[2] == "taken back":
    db.execute("PRAGMA cache_size=2")
    db.execute("BEGIN")
    db.executemany("INSERT INTO said VALUES (-1, ?)", [(words,)] * 60)
    db.execute("ROLLBACK")
    db.execute("INSERT INTO said VALUES (20, ?)", (words,))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_ahead, "_PAUSE", 0.0)


def killed(folder: Path, how: str) -> Path:
    """A database whose writer was killed: its log is all there is of what was written."""
    path = folder / how / "some.sqlite"
    path.parent.mkdir()
    subprocess.run([sys.executable, "-c", PROGRAM, path, how], check=False)
    return path


def copied(path: Path) -> Path:
    """A copy of the folder of a database, as it was left."""
    place = path.parent.with_name(f"{path.parent.name} copy")
    shutil.rmtree(place, ignore_errors=True)
    return shutil.copytree(path.parent, place) / path.name


def flipped(path: Path, bit: int) -> None:
    log = path.with_name(path.name + "-wal")
    data = bytearray(log.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    log.write_bytes(data)


def numbers(how: Callable[[Path], Connection], path: Path) -> list[int]:
    with closing(how(path)) as database:
        return [n for (n,) in database.execute("SELECT DISTINCT number FROM said ORDER BY 1")]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["first", "renewed", "taken back"])
def test_a_bit_of_a_log_is_told_or_changes_nothing(how: str, tmp_path: Path) -> None:
    path = killed(tmp_path, how)
    right = list(range(21 if how == "taken back" else 20))
    assert numbers(open_to_read, copied(path)) == right
    assert numbers(open_to_write, copied(path)) == right
    size = 8 * path.with_name(path.name + "-wal").stat().st_size
    dice, outcomes = random.Random(7), Counter[str]()
    for bit in [dice.randrange(size) for _ in range(FLIPS)]:
        place = copied(path)
        flipped(place, bit)
        try:
            found = numbers(open_to_read, place)
            # a killed process leaves the like of a last frame that was damaged
            last = how == "renewed" and found == right[:-1]
            outcomes["last" if last else "same" if found == right else f"silent at {bit}"] += 1
        except BrokenLog:
            outcomes["told"] += 1
    assert set(outcomes) <= {"same", "told", "last"}, outcomes
    assert outcomes["told"] > FLIPS // 2
    assert outcomes["last"] < FLIPS // 10


@pytest.mark.slow
def test_what_stands_before_the_damage_is_kept(tmp_path: Path) -> None:
    path = killed(tmp_path, "first")
    flipped(path, 4 * path.with_name(path.name + "-wal").stat().st_size)
    for how in (open_to_read, open_to_read, open_to_write):
        with pytest.raises(BrokenLog, match=r"its log was damaged at byte \d+, and what was wri"):
            how(path)
    for how in (open_to_write, open_to_read):
        found = numbers(how, path)
        assert found == list(range(len(found)))
        assert 5 < len(found) < 15


NOTES = """
import os, signal, sys
from pathlib import Path
from waygraph.compute.cache import Cache
from waygraph.read.note import read_source
from waygraph.read.snapshots import Snapshots

snapshots, cache = Snapshots(Path("documents.sqlite")), Cache(Path("cache.sqlite"))
for number in range(20):
    snapshots.put([read_source(f"{number}.md", b"A heap is a tree.\\n" * 100)])
    cache.put({str(number): bytes([number]) * 5_000})
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_documents_and_cache_say_what_to_do(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", NOTES], cwd=tmp_path, check=False)
    documents, cache = tmp_path / "documents.sqlite", tmp_path / "cache.sqlite"
    for path in (documents, cache):
        flipped(path, 4 * path.with_name(path.name + "-wal").stat().st_size)
    for write in (False, True):
        with pytest.raises(StoreError, match=r"documents\.sqlite: its log was damaged") as told:
            Snapshots(documents, write=write)
        assert "`waygraph ingest`" in told.value.hint
    with Snapshots(documents) as snapshots:
        left = snapshots.addresses()
        assert 0 < len(left) < 20
        snapshots.put([read_source("19.md", b"A heap is a tree.\n")])
    with pytest.raises(BrokenCache, match=r"cache\.sqlite: its log was damaged"):
        Cache(cache)
    with Cache(cache) as opened:
        assert opened.get(["0"]) == {"0": bytes(5_000)}
