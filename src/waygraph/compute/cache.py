"""Results on disk, by key: one SQLite file of plain bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from waygraph.errors import StoreError
from waygraph.model import digest_of


class Cache:
    """A table of bytes by key. Every ``put`` is one transaction: whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._checked():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, digest TEXT, value BLOB)"
            )

    @contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot use the cache {self._path}: {error}",
                "it holds nothing that cannot be made again: remove it, then ingest again",
            ) from None

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are for ``keys``."""
        return self._select("value", keys)

    def digests(self, keys: Sequence[str]) -> dict[str, str]:
        """The digests of the values there are for ``keys``."""
        return self._select("digest", keys)

    def _select(self, column: str, keys: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        with self._checked(), closing(self._db.cursor()) as cursor:
            for i in range(0, len(keys), 500):
                part = keys[i : i + 500]
                marks = ",".join("?" * len(part))
                cursor.execute(f"SELECT key, {column} FROM result WHERE key IN ({marks})", part)
                found.update(cursor.fetchall())
        return found

    def put(self, values: Mapping[str, bytes]) -> dict[str, str]:
        """Keep values and give their digests; a key that is there already keeps its value."""
        digests = {key: digest_of(value) for key, value in values.items()}
        with self._checked(), self._db:
            self._db.executemany(
                "INSERT OR IGNORE INTO result VALUES (?, ?, ?)",
                ((key, digests[key], value) for key, value in values.items()),
            )
        return digests

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
