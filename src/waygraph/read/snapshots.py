"""The sources as they were read, kept in the workspace: evidence outlives the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import msgspec

from waygraph.codec import decode, encode
from waygraph.database import (
    BrokenLog,
    Connection,
    Error,
    Older,
    check_pages,
    open_to_read,
    open_to_write,
    said,
)
from waygraph.errors import StoreError, remedy
from waygraph.model import Document, Failure, Targets, digest_of

# Changes whenever the reader gives another Document for the same bytes.
READER = "13"


_READ_AGAIN = (
    "run `waygraph ingest` until it says so no more: what is left is kept, and of your notes what"
    " was lost is read again; what was merged from other workspaces, merge again"
)
_TABLES = (
    "document (address TEXT PRIMARY KEY, digest TEXT, reader TEXT, warnings TEXT,"
    " encoded TEXT, data BLOB)",
    "targets (address TEXT PRIMARY KEY, encoded TEXT, data BLOB)",
    "comment (address TEXT, line INTEGER, words TEXT)",
    "settled (name TEXT PRIMARY KEY, state TEXT)",
    # what came from other workspaces: see read/brought.py
    "origin (name TEXT PRIMARY KEY, version INTEGER, root TEXT)",
    "brought (origin TEXT, place TEXT, address TEXT, copy TEXT, digest TEXT, reader TEXT,"
    " shown INTEGER, stands TEXT, data BLOB, PRIMARY KEY (origin, place))",
)


class Snapshots:
    """Documents by address, each with its source text, in one SQLite file.

    Args:
        path: the file.
        write: whether it is made if need be; without it nothing is written, neither there nor
            beside it, and the file must be there.

    Raises:
        StoreError: it cannot be used, as from all methods.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self._path = path
        self._turn = RLock()
        with self._checked():
            self._db = open_to_write(path) if write else open_to_read(path)
            for table in _TABLES if write else ():
                self._db.execute(f"CREATE TABLE IF NOT EXISTS {table}")

    @contextmanager
    def _checked(self) -> Iterator[None]:
        with self._turn:
            try:
                yield
            except Older as error:
                told = f"cannot use the snapshots {self._path}: {error}"
                raise StoreError(told, "`waygraph ingest` brings it up to date") from None
            except BrokenLog as error:
                told = f"cannot use the snapshots {self._path}: {error}"
                raise StoreError(told, _READ_AGAIN) from None
            except (Error, msgspec.MsgspecError) as error:
                raise self._fault(said(error)) from None

    def _fault(self, told: str) -> StoreError:
        return StoreError(
            f"cannot use the snapshots {self._path}: {told}",
            remedy(
                told,
                "remove that file, then ingest your notes again, with --offline for the"
                " articles that are kept; decisions lie outside it",
            ),
        )

    def check(self) -> None:
        """Read all of it, so that damage is met."""
        with self._checked():
            check_pages(self._db)

    def current(self) -> dict[str, str]:
        """Address -> SHA-256 of the bytes, for documents that this reader has read."""
        query = "SELECT address, digest FROM document WHERE reader = ?"
        with self._checked():
            return {str(a): str(d) for a, d in self._db.execute(query, (READER,))}

    def addresses(self) -> list[str]:
        """All addresses, sorted."""
        with self._checked():
            rows = self._db.execute("SELECT address FROM document ORDER BY address")
            return [address for (address,) in rows]

    def put(self, documents: Iterable[Document]) -> None:
        """Keep documents in one transaction, in place of older ones at their addresses."""
        with self.transaction() as database:
            for document in documents:
                keep(database, document)

    def drop(self, addresses: Iterable[str]) -> None:
        """Forget documents."""
        with self.transaction() as database:
            forget(database, addresses)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The database; what is written is there as a whole or not at all."""
        with self._checked(), self._db:
            yield self._db

    def all(self) -> Iterator[Document]:
        """Every document, by address."""
        for batch in self.batches():
            yield from batch

    def state(self) -> str:
        """A digest of what was read: of the addresses and the bytes behind them."""
        rows = "SELECT address, digest, reader FROM document ORDER BY address"
        with self._checked():
            return digest_of(*(part for row in self._db.execute(rows) for part in row))

    def settled(self, name: str) -> str:
        """The state for which something that hangs on the whole corpus was worked out last."""
        with self._checked():
            row = self._db.execute("SELECT state FROM settled WHERE name = ?", (name,)).fetchone()
            return str(row[0]) if row else ""

    def settle(self, name: str, state: str) -> None:
        """Remember that something was worked out for this state."""
        with self._checked(), self._db:
            self._db.execute("INSERT OR REPLACE INTO settled VALUES (?, ?)", (name, state))

    def put_targets(self, found: Iterable[Targets]) -> None:
        """Keep where links lead, a batch at a time."""
        rows = ((t.address, digest_of(data := encode(t)), data) for t in found)
        # most links lead where they did before
        put = (
            "INSERT INTO targets VALUES (?, ?, ?) ON CONFLICT (address) DO UPDATE SET"
            " encoded = excluded.encoded, data = excluded.data WHERE encoded <> excluded.encoded"
        )
        with self._checked(), self._db:
            self._db.executemany(put, rows)

    def targets(self) -> StoredTargets:
        """Where the links of all documents lead, as they were put last."""
        return StoredTargets(self)

    def batches(self, size: int = 200) -> Iterator[list[Document]]:
        """Every document, by address, a batch at a time; what is put meanwhile does no harm."""
        addresses = self.addresses()
        for first in range(0, len(addresses), size):
            with self._checked():
                found = self.get(addresses[first : first + size])
                batch = [decode(found[address], Document) for address in sorted(found)]
            yield batch

    def digests(self) -> dict[str, str]:
        """Address -> digest of the document as encoded, by address."""
        return self.digests_in("document")

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The encoded documents at these addresses."""
        return self.data_in("document", keys)

    def digests_in(self, table: str) -> dict[str, str]:
        """Address -> digest of what a table holds for it as encoded, by address."""
        with self._checked():
            rows = self._db.execute(f"SELECT address, encoded FROM {table} ORDER BY address")
            return {str(address): str(digest) for address, digest in rows}

    def data_in(self, table: str, keys: Sequence[str]) -> dict[str, bytes]:
        """What a table holds for these addresses, as encoded."""
        found: dict[str, bytes] = {}
        with self._checked():
            for i in range(0, len(keys), 500):
                part = keys[i : i + 500]
                marks = ",".join("?" * len(part))
                query = f"SELECT address, encoded, data FROM {table} WHERE address IN ({marks})"
                for address, digest, data in self._db.execute(query, part):
                    # what goes to operators is decoded far from here
                    if not isinstance(data, bytes) or digest_of(data) != digest:
                        raise self._fault(f"what it holds of {address} was damaged")
                    found[address] = data
        return found

    def largest(self) -> int:
        """The bytes of the largest document as encoded."""
        with self._checked():
            row = self._db.execute("SELECT MAX(LENGTH(data)) FROM document").fetchone()
            return int(row[0] or 0)

    def comments(self) -> list[tuple[str, int, str]]:
        """What comments in documents say to waygraph: (address, line, words), in that order."""
        query = "SELECT address, line, words FROM comment ORDER BY address, line, rowid"
        with self._checked():
            return [(str(a), int(line), str(words)) for a, line, words in self._db.execute(query)]

    def warnings(self) -> list[Failure]:
        """What the reader warned of, by address."""
        query = "SELECT address, warnings FROM document WHERE warnings <> '[]' ORDER BY address"
        with self._checked():
            rows = self._db.execute(query).fetchall()
        return [Failure(str(a), warning) for a, all_ in rows for warning in json.loads(str(all_))]

    def document(self, address: str) -> Document | None:
        """The document at an address."""
        query = "SELECT data FROM document WHERE address = ?"
        with self._checked():
            row = self._db.execute(query, (address,)).fetchone()
            return decode(row[0], Document) if row else None

    def required(self, address: str) -> Document:
        """The document at an address that there is.

        Raises:
            StoreError: it is gone.
        """
        found = self.document(address)
        if found is None:
            raise StoreError(
                f"the snapshots {self._path} hold no {address}", "ingest the notes again"
            )
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()


class StoredTargets:
    """Encoded targets by the address of their document."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    def digests(self) -> dict[str, str]:
        """Address -> digest of the targets as encoded, by address."""
        return self._snapshots.digests_in("targets")

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The encoded targets of the documents at these addresses."""
        return self._snapshots.data_in("targets", keys)


def keep(database: Connection, document: Document) -> None:
    """Put a document in place of an older one at its address."""
    address = document.address
    row = "INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?, ?)"
    database.execute(row, _row(document))
    database.execute("DELETE FROM comment WHERE address = ?", (address,))
    said = [(address, line, words) for line, words in document.comments]
    database.executemany("INSERT INTO comment VALUES (?, ?, ?)", said)


def forget(database: Connection, addresses: Iterable[str]) -> None:
    """Drop documents with all that is kept of them."""
    gone = [(address,) for address in addresses]
    for table in ("document", "targets", "comment"):
        database.executemany(f"DELETE FROM {table} WHERE address = ?", gone)


def _row(document: Document) -> tuple[str, str, str, str, str, bytes]:
    data = encode(document)
    warnings = json.dumps(document.warnings)
    return document.address, document.digest, READER, warnings, digest_of(data), data
