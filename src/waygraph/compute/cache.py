"""Results on disk, by key: one SQLite file of plain bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from waygraph.database import (
    Connection,
    Error,
    check_pages,
    is_broken,
    open_to_read,
    open_to_write,
    said,
)
from waygraph.errors import BrokenCache, StoreError, remedy
from waygraph.model import digest_of

# Keys of what operators remember: no run names them, and they stay.
LASTING = "remembered "
# What is unused goes when it is more than this and more than what is used.
_SPARED = 1_000


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
            except Error as error:
                if is_broken(error):
                    raise self._broken(said(error)) from None
                raise self._fault(error) from None
            except OSError as error:
                raise self._fault(error) from None

    def _fault(self, error: Exception) -> StoreError:
        hint = remedy(error, f"see to {self._path.parent}, and try again")
        return StoreError(f"cannot use the cache {self._path}: {error}", hint)

    def _broken(self, told: str) -> BrokenCache:
        return BrokenCache(
            f"cannot use the cache {self._path}: {told}",
            "it holds nothing that cannot be made again: `waygraph ingest` does so",
        )

    def check(self) -> None:
        """Read all of it, so that damage is met."""
        with self._checked():
            check_pages(self._db)

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are for ``keys``."""
        found: dict[str, bytes] = {}
        for key, digest, value in self._select("key, digest, value", keys):
            # a file cut short or written over gives other bytes, and SQLite does not notice
            if not isinstance(value, bytes) or digest_of(value) != digest:
                raise self._broken(f"the value of {key} was damaged")
            found[key] = value
        return found

    def digests(self, keys: Sequence[str]) -> dict[str, str]:
        """The digests of the values there are for ``keys``."""
        return dict(self._select("key, digest", keys))

    def _select(self, columns: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        with self._checked():
            self._used.update(keys)
            for i in range(0, len(keys), 500):
                part = keys[i : i + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT {columns} FROM result WHERE key IN ({marks})"
                found += self._db.execute(query, part).fetchall()
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
            query = "SELECT COUNT(*) FROM result WHERE NOT key GLOB ?"
            (count,) = self._db.execute(query, (LASTING + "*",)).fetchone()
            if not always and count - len(self._used) < max(_SPARED, len(self._used)):
                return 0
            self._db.execute("CREATE TEMP TABLE used (key TEXT PRIMARY KEY)")
            for keys in (self._used, also()):
                self._db.executemany("INSERT OR IGNORE INTO used VALUES (?)", ((k,) for k in keys))
            self._db.execute(
                "DELETE FROM result WHERE key NOT IN (SELECT key FROM used) AND NOT key GLOB ?",
                (LASTING + "*",),
            )
            gone = self._db.changes()
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


def _opened(path: Path) -> Connection:
    """The file to be written to; where that cannot be, to be read, and ``put`` fails."""
    try:
        database = open_to_write(path)
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(
            "CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, digest TEXT, value BLOB)"
        )
    except Error as error:
        if is_broken(error) or not path.exists():
            raise
        return open_to_read(path)
    return database


def remove_cache(path: Path) -> None:
    """Remove a broken cache and what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
