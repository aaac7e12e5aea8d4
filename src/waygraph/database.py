"""SQLite files of the workspace, opened for writing or for reading alone.

Every page of a file ends with a checksum (SQLite's checksum VFS), which is compared whenever
the page is read: what a disk has changed since is an error, never an answer. Threads may share
a connection, if they use it one at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self, cast

import apsw

from waygraph.write_ahead import broken_at

Error = apsw.Error

_VFS = "cksmvfs"
# Bytes that the checksum takes at the end of a page, and what tells that a file has them.
_CHECKSUM = 8
_OURS = int.from_bytes(b"wayg", "big")
# How long, in milliseconds, another process that writes is waited for.
_PATIENCE = 5_000
_BROKEN = frozenset({apsw.SQLITE_CORRUPT, apsw.SQLITE_NOTADB, apsw.SQLITE_ERROR})


class Rows(Protocol):
    """The rows that answer a query: what is in them is as the query says."""

    def fetchone(self) -> Any: ...  # noqa: D102 - the next row, or None
    def fetchall(self) -> list[Any]: ...  # noqa: D102 - all that are left
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What is used of an ``apsw.Connection``; as a context it is one transaction."""

    transaction_mode: str

    def execute(self, query: str, values: Sequence[Any] = (), /) -> Rows: ...  # noqa: D102
    def executemany(self, query: str, values: Iterable[Sequence[Any]], /) -> Rows: ...  # noqa: D102
    def pragma(self, name: str, value: Any = None, /) -> Any: ...  # noqa: D102
    def reserve_bytes(self, *, reserve: int = -1) -> int: ...  # noqa: D102
    def changes(self) -> int: ...  # noqa: D102 - rows that the last statement changed
    def backup(self, name: str, source: Any, other: str, /) -> apsw.Backup: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    def __enter__(self) -> Self: ...
    def __exit__(self, *fault: Any) -> Any: ...


class NotOurs(apsw.NotADBError):
    """A file that is not as this waygraph makes it."""


class Older(NotOurs):
    """A file without checksums: it gets them when it is opened for writing."""


class BrokenLog(apsw.CorruptError):
    """A write-ahead log that was damaged: what it holds behind that place is lost."""


def open_to_write(path: Path, *, log: bool = True) -> Connection:
    """Open a database, and make it if there is none.

    Args:
        path: its file. One that an older waygraph made gets its checksums.
        log: whether others may read beside one who writes, by a log that lies beside it.

    Raises:
        BrokenLog: what was written last was lost; opened again, it holds what is left.
        Error: it cannot be written, or is no database.
    """
    database = _connected(str(path), apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
    try:
        if database.reserve_bytes() != _CHECKSUM:
            if database.pragma("application_id") == _OURS:
                raise NotOurs("its header was damaged")
            # else it would stand in the log alone, and who opens the file next would not know of it
            database.pragma("journal_mode", "DELETE")
            database.reserve_bytes(reserve=_CHECKSUM)
            if database.pragma("page_count"):
                database.execute("VACUUM")
            database.pragma("application_id", _OURS)
        database.pragma("journal_mode", "WAL" if log else "DELETE")
        _check_log(database, path)
    except Error:
        database.close()
        raise
    return database


def open_to_read(path: Path) -> Connection:
    """Open a database that is there, also where nothing can be written.

    Raises:
        Error: there is none, or it cannot be read.
    """
    try:
        return _opened(path, "mode=ro")
    except (apsw.CantOpenError, apsw.IOError, apsw.ReadOnlyError, apsw.FullError):
        # Readers beside a writer share a file, which a read-only folder or a full disk lacks.
        # Where no log of a writer lies either, all there is stands in the database itself.
        log = path.with_name(path.name + "-wal")
        if not path.exists() or (log.exists() and log.stat().st_size):
            raise
        return _opened(path, "immutable=1")


def open_in_memory() -> Connection:
    """A database that lies nowhere."""
    return cast(Connection, apsw.Connection(":memory:"))


def copy_database(source: Connection, target: Connection) -> None:
    """Make ``target`` hold what ``source`` holds, as of one moment."""
    with target.backup("main", source, "main") as backup:
        backup.step()


def is_broken(error: Error) -> bool:
    """Whether the file is none of ours, or not as it was written, and not merely out of reach."""
    return _damaged(error) or getattr(error, "result", apsw.SQLITE_ERROR) in _BROKEN


def said(error: Exception) -> str:
    """What an error says of the file."""
    return "a page of it was damaged" if _damaged(error) else str(error)


def check_pages(database: Connection) -> None:
    """Read every page, so that damage which no question has met is met now.

    Raises:
        Error: there is some.
    """
    found = database.execute("PRAGMA quick_check(1)").fetchall()
    if found != [("ok",)]:
        raise apsw.CorruptError(" ".join(str(row[0]) for row in found))


def _damaged(error: Exception) -> bool:
    return getattr(error, "extendedresult", None) == apsw.SQLITE_IOERR_DATA


def _opened(path: Path, how: str) -> Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    database = _connected(f"{path.absolute().as_uri()}?{how}", flags)
    try:
        _check_log(database, path)
        if database.reserve_bytes() != _CHECKSUM:
            raise Older("its pages have no checksums: an older waygraph made it")
    except Error:
        database.close()
        raise
    return database


def _check_log(database: Connection, path: Path) -> None:
    database.execute("SELECT 1 FROM sqlite_master").fetchone()
    if (at := broken_at(path)) is not None:
        raise BrokenLog(f"its log was damaged at byte {at}, and what was written last is lost")


def _connected(name: str, flags: int) -> Connection:
    _load_checksums()
    database = apsw.Connection(name, flags=flags, vfs=_VFS)
    database.set_busy_timeout(_PATIENCE)
    return cast(Connection, database)


@cache
def _load_checksums() -> None:
    from apsw import sqlite_extra

    # it serves the whole process from then on
    loader = apsw.Connection(":memory:")
    sqlite_extra.load(loader, "cksumvfs")
    loader.close()
