"""Snapshots: what was read stays, whole, until it is dropped."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from waygraph.database import open_to_write
from waygraph.errors import StoreError
from waygraph.model import Document
from waygraph.read import snapshots as module
from waygraph.read.markdown import read_markdown
from waygraph.read.snapshots import Snapshots

TEXT = "---\ntitle: T\ntags: [x]\ndate: 2024-01-02\n---\r\n# Day 3\n\n**A** [b](c) `d` &amp; 🙂\n"
HINTS = (
    "remove that file, then ingest your notes again, with --offline for the articles that are "
    "kept; decisions lie outside it",
    "let waygraph write there, or name another workspace with --workspace FOLDER",
)


def read(address: str, text: str = TEXT) -> Document:
    return read_markdown(address, text.encode())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.sqlite"


def test_what_is_put_is_got(path: Path) -> None:
    documents = [read("b.md"), read("ä/a.md"), read("a.md", "")]
    with Snapshots(path) as snapshots:
        snapshots.put(documents)
        assert snapshots.document("b.md") == documents[0]
        assert snapshots.document("none.md") is None
    with Snapshots(path) as snapshots:
        assert snapshots.addresses() == ["a.md", "b.md", "ä/a.md"]
        assert list(snapshots.all()) == [documents[2], documents[0], documents[1]]
        assert snapshots.current() == {d.address: d.digest for d in documents}


def test_a_newer_document_takes_the_place_of_the_older(path: Path) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md", "old"), read("b.md", "b")])
        snapshots.put([read("a.md", "new")])
        assert [d.source for d in snapshots.all()] == ["new", "b"]


def test_what_is_dropped_is_gone(path: Path) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md"), read("b.md"), read("c.md")])
        snapshots.drop(["a.md", "c.md", "none.md"])
        snapshots.drop([])
        assert snapshots.addresses() == ["b.md"]
        assert snapshots.document("a.md") is None


def test_what_another_reader_read_is_not_current(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md")])
        monkeypatch.setattr(module, "READER", "another")
        snapshots.put([read("b.md")])
        assert list(snapshots.current()) == ["b.md"]
        assert snapshots.addresses() == ["a.md", "b.md"]


def test_a_failing_put_changes_nothing(path: Path) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md", "old")])
        with pytest.raises(RuntimeError):
            snapshots.put(read("a.md", "new") if n == 0 else broken() for n in range(2))
        assert [d.source for d in snapshots.all()] == ["old"]


def broken() -> Document:
    raise RuntimeError


def check_error(error: StoreError, path: Path) -> None:
    assert error.message.startswith(f"cannot use the snapshots {path}: ")
    assert error.hint in HINTS


@pytest.mark.parametrize("data", [b"not a database " * 100, b"SQLite format 3\0" + b"\1" * 5_000])
def test_a_file_that_is_no_database(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    with pytest.raises(StoreError) as caught:
        Snapshots(path)
    check_error(caught.value, path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none" / "documents.sqlite"
    with pytest.raises(StoreError) as caught:
        Snapshots(path)
    check_error(caught.value, path)


def test_a_damaged_page(path: Path) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put(read(f"{n:03}.md", "text " * 500) for n in range(50))
    data = bytearray(path.read_bytes())
    data[8_192:] = b"\xff" * (len(data) - 8_192)
    path.write_bytes(bytes(data))
    with Snapshots(path) as snapshots:
        for use in (snapshots.current, snapshots.addresses, lambda: list(snapshots.all())):
            with pytest.raises(StoreError) as caught:
                use()
            check_error(caught.value, path)


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x80", b"\x81\xa7address\x01"])
def test_a_damaged_document(path: Path, data: bytes) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md")])
    with closing(open_to_write(path)) as database:
        database.execute("UPDATE document SET data = ?", (data,))
    with Snapshots(path) as snapshots:
        with pytest.raises(StoreError) as caught:
            snapshots.document("a.md")
        check_error(caught.value, path)
        with pytest.raises(StoreError):
            list(snapshots.all())


def test_a_file_of_an_older_waygraph_is_brought_up_to_date(path: Path) -> None:
    with Snapshots(path) as snapshots:
        snapshots.put([read("a.md")])
    new = path.with_name("old.sqlite")
    with closing(open_to_write(path)) as database:
        tables = database.execute("SELECT sql FROM sqlite_master WHERE sql <> ''").fetchall()
        rows = database.execute("SELECT * FROM document").fetchall()
    # as the standard library's SQLite makes it: without checksums
    with closing(sqlite3.connect(new)) as old, old:
        for (table,) in tables:
            old.execute(table)
        old.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?)", rows)
    with pytest.raises(StoreError, match="an older waygraph made it") as told:
        Snapshots(new, write=False)
    assert told.value.hint == "`waygraph ingest` brings it up to date"
    with Snapshots(new):
        pass
    with Snapshots(new, write=False) as snapshots:
        snapshots.check()
        assert snapshots.document("a.md") == read("a.md")
