"""SQLite files of the workspace, opened for writing or for reading alone.

Threads may share a connection, if they use it one at a time.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a database beside which others may read it, and make it if there is none.

    Raises:
        sqlite3.Error: it cannot be written, or is no database.
    """
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode=WAL")
    except sqlite3.Error:
        database.close()
        raise
    return database


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a database that is there, also where nothing can be written.

    Raises:
        sqlite3.Error: there is none, or it cannot be read.
    """
    try:
        return _opened(path, "mode=ro")
    except sqlite3.OperationalError:
        # Readers beside a writer share a file, which a read-only folder or a full disk lacks.
        # Where no log of a writer lies either, all there is stands in the database itself.
        log = path.with_name(path.name + "-wal")
        if not path.exists() or (log.exists() and log.stat().st_size):
            raise
        return _opened(path, "immutable=1")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{how}"
    database = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error:
        database.close()
        raise
    return database
