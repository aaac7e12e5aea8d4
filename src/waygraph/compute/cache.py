"""Results on disk, by key: one SQLite file of plain bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from waygraph.database import open_to_read, open_to_write
from waygraph.errors import BrokenCache, StoreError, remedy
from waygraph.model import digest_of

# Keys of what operators remember: no run names them, and they stay.
LASTING = "remembered "
# What is unused goes when it is more than this and more than what is used.
_SPARED = 1_000
# SQLite's words for a file that is none of its own, or not as ours are.
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})


class Cache:
    """A table of bytes by key, for several threads. Every ``put`` is one transaction: whole or
    not at all.

    Each method raises BrokenCache if the file does not hold what was put into it, StoreError
    if it cannot be used for another reason.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = RLock()
        self._used: set[str] = set()
        with self._checked():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = _opened(path)

    @contextmanager
    def _checked(self) -> Iterator[None]:
        with self._turn:
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                raise self._fault(error) from None

    def _fault(self, error: Exception) -> StoreError:
        message = f"cannot use the cache {self._path}: {error}"
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if isinstance(error, OSError) or code not in _BROKEN:
            return StoreError(message, remedy(error, f"see to {self._path.parent}, and try again"))
        return BrokenCache(
            message, "it holds nothing that cannot be made again: `waygraph ingest` does so"
        )

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are for ``keys``."""
        found: dict[str, bytes] = {}
        for key, digest, value in self._select("key, digest, value", keys):
            # a file cut short or written over gives other bytes, and SQLite does not notice
            if not isinstance(value, bytes) or digest_of(value) != digest:
                raise self._fault(sqlite3.DatabaseError(f"the value of {key} was damaged"))
            found[key] = value
        return found

    def digests(self, keys: Sequence[str]) -> dict[str, str]:
        """The digests of the values there are for ``keys``."""
        return dict(self._select("key, digest", keys))

    def _select(self, columns: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        with self._checked(), closing(self._db.cursor()) as cursor:
            self._used.update(keys)
            for i in range(0, len(keys), 500):
                part = keys[i : i + 500]
                marks = ",".join("?" * len(part))
                cursor.execute(f"SELECT {columns} FROM result WHERE key IN ({marks})", part)
                found += cursor.fetchall()
        return found

    def put(self, values: Mapping[str, bytes]) -> dict[str, str]:
        """Keep values and give their digests; a key that is there already keeps its value."""
        digests = {key: digest_of(value) for key, value in values.items()}
        with self._checked(), self._db:
            self._used.update(digests)
            self._db.executemany(
                "INSERT OR IGNORE INTO result VALUES (?, ?, ?)",
                ((key, digests[key], value) for key, value in values.items()),
            )
        return digests

    def drop_unused(self, also: Callable[[], Iterable[str]], *, always: bool = False) -> int:
        """Once it is the greater part, drop what nobody asked for or put since the file was opened.

        With ``always`` at any time.

        But for keys that begin with ``LASTING`` and those that ``also`` gives. Returns how many
        values went. The file does not shrink; it grows no more until that room is filled.
        """
        with self._checked(), self._db:
            (count,) = self._db.execute(
                "SELECT COUNT(*) FROM result WHERE NOT key GLOB ?", (LASTING + "*",)
            ).fetchone()
            if not always and count - len(self._used) < max(_SPARED, len(self._used)):
                return 0
            self._db.execute("CREATE TEMP TABLE used (key TEXT PRIMARY KEY)")
            for keys in (self._used, also()):
                self._db.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((k,) for k in keys))
            gone = self._db.execute(
                "DELETE FROM result WHERE key NOT IN (SELECT key FROM used) AND NOT key GLOB ?",
                (LASTING + "*",),
            ).rowcount
            self._db.execute("DROP TABLE used")
        return gone

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _opened(path: Path) -> sqlite3.Connection:
    """The file to be written to; where that cannot be, to be read, and ``put`` fails."""
    try:
        database = open_to_write(path)
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, digest TEXT, value BLOB)"
        )
    except sqlite3.OperationalError:
        if not path.exists():
            raise
        return open_to_read(path)
    return database


def remove_cache(path: Path) -> None:
    """Remove a broken cache and what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
