"""Databases are read where nothing can be written, with what a killed writer left."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from waygraph.database import Error, check_pages, open_to_read, open_to_write

WRITE = """
import os, sys
from pathlib import Path
from waygraph.database import open_to_write
database = open_to_write(Path(sys.argv[1]))
database.execute("CREATE TABLE word (text TEXT)")
with database:
    database.execute("INSERT INTO word VALUES ('kept')")
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
database.close()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be made read-only, for root too."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],  # the system's own
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # the system's own


def written(path: Path, how: str) -> None:
    subprocess.run([sys.executable, "-c", WRITE, str(path), how], check=False)
    assert (path.with_name(path.name + "-wal").exists()) == (how == "killed")


@pytest.mark.parametrize("how", ["closed", "killed"])
@pytest.mark.parametrize("disk", ["read-only", "full"])
def test_what_was_committed_is_read(folder: Path, how: str, disk: str) -> None:
    path = folder / "words.sqlite"
    written(path, how)
    if disk == "read-only":
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)  # the system's own
    else:
        with pytest.raises(OSError, match="No space"), (folder / "filler").open("wb") as file:
            file.write(bytes(2_000_000))
    database = open_to_read(path)
    assert database.execute("SELECT text FROM word").fetchall() == [("kept",)]
    with pytest.raises(Error):
        database.execute("INSERT INTO word VALUES ('more')")
    database.close()


def test_a_reader_sees_what_is_written_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "words.sqlite"
    written(path, "closed")
    reader, writer = open_to_read(path), open_to_write(path)
    with writer:
        writer.execute("INSERT INTO word VALUES ('more')")
    assert reader.execute("SELECT COUNT(*) FROM word").fetchone() == (2,)
    writer.close()
    reader.close()


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(Error):
        open_to_read(tmp_path / "none.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_database_of_an_older_waygraph_gets_checksums_and_is_open_to_others(
    tmp_path: Path, mode: str
) -> None:
    path = tmp_path / "words.sqlite"
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(f"PRAGMA journal_mode={mode}")
        old.execute("CREATE TABLE word (text TEXT)")
        old.executemany("INSERT INTO word VALUES (?)", [("word" * 100,)] * 500)
    with closing(open_to_write(path)), closing(open_to_write(path)) as other:
        assert other.execute("SELECT count(*) FROM word").fetchone() == (500,)
        with closing(open_to_read(path)) as reader:
            check_pages(reader)
