"""The sources as they were read, kept in the workspace: evidence outlives the file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from waygraph.codec import decode, encode
from waygraph.errors import StoreError
from waygraph.model import Document, Failure, digest_of

# Changes whenever the reader gives another Document for the same bytes.
READER = "4"


class Snapshots:
    """Documents by address, each with its source text, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._checked():
            self._db = sqlite3.connect(path)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS document "
                "(address TEXT PRIMARY KEY, digest TEXT, reader TEXT, warnings TEXT,"
                " encoded TEXT, data BLOB)"
            )

    @contextmanager
    def _checked(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, msgspec.MsgspecError) as error:
            raise StoreError(
                f"cannot use the snapshots {self._path}: {error}",
                "remove the workspace folder and ingest again; decisions lie outside it",
            ) from None

    def current(self) -> dict[str, str]:
        """Address -> SHA-256 of the bytes, for documents that this reader has read."""
        query = "SELECT address, digest FROM document WHERE reader = ?"
        with self._checked():
            return dict(self._db.execute(query, (READER,)).fetchall())

    def addresses(self) -> list[str]:
        """All addresses, sorted."""
        with self._checked():
            rows = self._db.execute("SELECT address FROM document ORDER BY address")
            return [address for (address,) in rows]

    def put(self, documents: Iterable[Document]) -> None:
        """Keep documents in one transaction, in place of older ones at their addresses."""
        with self._checked(), self._db:
            self._db.executemany(
                "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?)",
                map(_row, documents),
            )

    def drop(self, addresses: Iterable[str]) -> None:
        """Forget documents."""
        with self._checked(), self._db:
            self._db.executemany(
                "DELETE FROM document WHERE address = ?", ((a,) for a in addresses)
            )

    def all(self) -> Iterator[Document]:
        """Every document, by address."""
        with self._checked():
            for (data,) in self._db.execute("SELECT data FROM document ORDER BY address"):
                yield decode(data, Document)

    def digests(self) -> dict[str, str]:
        """Address -> digest of the document as encoded, by address."""
        query = "SELECT address, encoded FROM document ORDER BY address"
        with self._checked():
            return dict(self._db.execute(query).fetchall())

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The encoded documents at these addresses."""
        found: dict[str, bytes] = {}
        with self._checked():
            for key in keys:
                row = self._db.execute("SELECT data FROM document WHERE address = ?", (key,))
                found.update((key, data) for (data,) in row)
        return found

    def warnings(self) -> list[Failure]:
        """What the reader warned of, by address."""
        query = "SELECT address, warnings FROM document WHERE warnings <> '[]' ORDER BY address"
        with self._checked():
            rows = self._db.execute(query).fetchall()
        return [Failure(address, warning) for address, all_ in rows for warning in json.loads(all_)]

    def document(self, address: str) -> Document | None:
        """The document at an address."""
        query = "SELECT data FROM document WHERE address = ?"
        with self._checked():
            row = self._db.execute(query, (address,)).fetchone()
            return decode(row[0], Document) if row else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()


def _row(document: Document) -> tuple[str, str, str, str, str, bytes]:
    data = encode(document)
    warnings = json.dumps(document.warnings)
    return document.address, document.digest, READER, warnings, digest_of(data), data
