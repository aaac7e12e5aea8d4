"""Pages as they were fetched: WARC files, and an index that can be made anew from them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from waygraph import __version__
from waygraph.database import (
    Connection,
    Error,
    NotOurs,
    check_pages,
    is_broken,
    open_to_write,
    said,
)
from waygraph.errors import ReadError, StoreError
from waygraph.model import Failure
from waygraph.read.reader_process import pages_in
from waygraph.read.web.reply import Reply
from waygraph.read.web.urls import BadAddress, page_url
from waygraph.read.web.warc import Place, opening, packed, places, unpacked

_INDEX = "index.sqlite"
_SUFFIX = ".warc.gz"
_FORMAT = 1
_MEND = "remove the folder, and the articles are fetched again"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index says of a page: where its last reply is kept, and its main headers.

    ``final`` is where a redirect leads, else ``url`` itself; ``checked`` is when a server
    last said that the kept copy is still right (at first, when it was fetched).
    """

    url: str
    file: str
    offset: int
    length: int
    status: int
    final: str
    content_type: str
    etag: str
    last_modified: str
    digest: str
    fetched: str
    checked: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """What a seeding did: pages added, pages that were there already, what went wrong."""

    added: int
    unchanged: int
    failures: tuple[Failure, ...]


class Archive:
    """A folder of WARC files with an index beside them.

    Every process that writes makes files of its own, so that a record torn by a kill is the
    last of its file and never followed by another. The index is written after the record.
    May be used from several threads.
    """

    def __init__(self, folder: Path, file_bytes: int = 256_000_000) -> None:
        """Open the archive in ``folder``, or make one; a file ends beyond ``file_bytes``.

        Raises:
            StoreError: the folder cannot be used.
        """
        self._folder = folder
        self._file_bytes = file_bytes
        self._file: IO[bytes] | None = None
        self._lock = threading.RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._db = self._open_index()
        except (OSError, Error) as error:
            raise StoreError(f"cannot open the archive {folder}: {said(error)}", _MEND) from None

    def _open_index(self) -> Connection:
        path = self._folder / _INDEX
        try:
            return self._connect(path)
        except Error as error:
            if not is_broken(error):
                raise  # locked, or no room: nothing is wrong with it
            # broken or of another format; it holds nothing that the files do not
            for leftover in self._folder.glob(_INDEX + "*"):
                leftover.unlink()
            return self._connect(path)

    def _connect(self, path: Path) -> Connection:
        """Open the index; make it from the files if there is none yet, or only half of it."""
        database = open_to_write(path)
        try:
            # a power cut may lose the last pages, never the index; a kill loses nothing
            database.execute("PRAGMA synchronous=NORMAL")
            database.transaction_mode = "IMMEDIATE"
            with database:
                version = database.pragma("user_version")
                if version == 0:
                    self._fill(database)
                elif version != _FORMAT:
                    raise NotOurs(f"format {version}")
            # all that the index says is asked for, and it is short
            check_pages(database)
        except Error:
            database.close()
            raise
        return database

    def _fill(self, database: Connection) -> None:
        columns = ", ".join(
            field.name + (" INTEGER" if field.type == "int" else " TEXT") for field in fields(Entry)
        )
        database.execute(f"CREATE TABLE page ({columns}, PRIMARY KEY (url))")
        for entry in self._entries():
            _insert(database, entry)
        database.execute(f"PRAGMA user_version = {_FORMAT}")

    def _entries(self) -> Iterator[Entry]:
        """All that the files hold, the newest of a page last."""
        for path in sorted(self._folder.glob("*" + _SUFFIX)):
            with path.open("rb") as file:
                for found in places(file, path.name):
                    if isinstance(found, Place):
                        yield _entry(found.reply, path.name, found.offset, found.length)

    def put(self, reply: Reply, *, sent: bool = True) -> None:
        """Keep a reply as the last word on its page.

        ``sent`` is false for bytes that came from elsewhere than a server.

        Raises:
            StoreError: the disk refuses.
        """
        record = packed(reply, sent=sent)
        self._keep(record, _entry(reply, "", 0, len(record)))

    def _keep(self, record: bytes, entry: Entry) -> None:
        try:
            with self._lock:
                file = self._open_file(len(record))
                offset = file.seek(0, 2)
                file.write(record)
                file.flush()
                name = Path(file.name).name
                with self._db:
                    _insert(self._db, replace(entry, file=name, offset=offset))
        except (OSError, Error) as error:
            self._leave_file()
            told = f"cannot write to the archive {self._folder}: {said(error)}"
            raise StoreError(told) from None

    def _open_file(self, length: int) -> IO[bytes]:
        """The file to write to: one that this process made and that has room."""
        if self._file is not None and self._file.tell() + length > self._file_bytes:
            self._file.close()
            self._file = None
        if self._file is None:
            taken = [path.name.removesuffix(_SUFFIX) for path in self._folder.glob("*" + _SUFFIX)]
            number = max((int(name) for name in taken if name.isdecimal()), default=0)
            while self._file is None:
                number += 1
                with contextlib.suppress(FileExistsError):
                    self._file = (self._folder / f"{number:06}{_SUFFIX}").open("xb")
            self._file.write(opening(f"waygraph/{__version__}"))
        return self._file

    def _leave_file(self) -> None:
        """What follows goes to a new file: this one may end in a torn record."""
        with self._lock, contextlib.suppress(OSError):
            if self._file is not None:
                file, self._file = self._file, None
                file.close()

    def entry(self, url: str) -> Entry | None:
        """What the index says of a page (an address as ``page_url`` spells it)."""
        with self._lock:
            row = self._db.execute("SELECT * FROM page WHERE url = ?", (url,)).fetchone()
        return Entry(*row) if row else None

    def get(self, url: str) -> Reply | None:
        """The last reply kept for a page.

        Raises:
            ReadError: it is kept, but its record is damaged.
        """
        entry = self.entry(url)
        if entry is None:
            return None
        try:
            with (self._folder / entry.file).open("rb") as file:
                file.seek(entry.offset)
                reply = unpacked(file.read(entry.length))
        except OSError as error:
            raise ReadError(url, f"its copy in {entry.file} is lost: {error.strerror}") from None
        if reply is None or reply.digest != entry.digest:
            raise ReadError(url, f"its copy in {entry.file} is damaged", hint="fetch it again")
        return reply

    def copy(self, urls: Iterable[str], other: Archive) -> None:
        """Give another archive the last replies kept for pages, and those that they lead to.

        What servers said of who may fetch goes along. A record that is lost is passed over.
        """
        wanted = [*urls, *(url for url in self.urls() if url.endswith("/robots.txt"))]
        done: set[str] = set()
        while wanted:
            url = wanted.pop()
            entry = None if url in done else self.entry(url)
            done.add(url)
            if entry is None:
                continue
            wanted.append(entry.final)
            with contextlib.suppress(OSError), (self._folder / entry.file).open("rb") as file:
                file.seek(entry.offset)
                other._keep(file.read(entry.length), entry)

    def confirm(self, url: str, checked: str) -> None:
        """Note that a server said at ``checked`` that the kept copy is still right."""
        with self._lock, self._db:
            self._db.execute("UPDATE page SET checked = ? WHERE url = ?", (checked, url))

    def urls(self) -> list[str]:
        """All pages kept, sorted."""
        with self._lock:
            return [url for (url,) in self._db.execute("SELECT url FROM page ORDER BY url")]

    def seed(self, path: Path) -> Seeded:
        """Take in pages from disk: a folder with ``index.json``, or WARC files of others.

        What is torn, broken or no page is reported, never raised. An answer other than
        success does not replace one that is there, nor one of a server a later one.
        """
        added = unchanged = 0
        failures: list[Failure] = []
        for found in pages_in(path):
            if isinstance(found, Failure):
                failures.append(found)
                continue
            reply, sent = found
            problem = self._seed(reply, sent=sent)
            if isinstance(problem, Failure):
                failures.append(problem)
            elif problem:
                added += 1
            else:
                unchanged += 1
        return Seeded(added, unchanged, tuple(failures))

    def _seed(self, reply: Reply, *, sent: bool) -> bool | Failure:
        """Whether the reply is new."""
        try:
            url = page_url(reply.url)
        except BadAddress as error:
            return Failure(reply.url[:200], error.reason)
        known = self.entry(url)
        good = 200 <= reply.status < 300 and reply.status != 206
        if not good and (known is not None or reply.retried or reply.status in (206, 304)):
            return False
        if known is not None and known.digest == reply.digest and known.status == reply.status:
            return False
        # whichever of two archives takes in the other, both come to the same
        if known is not None and sent and 200 <= known.status < 300:
            older = (reply.fetched, reply.digest) < (known.fetched, known.digest)
            if older:
                return False
        page = Reply(url, reply.status, reply.reason, reply.headers, reply.body, reply.fetched)
        self.put(page, sent=sent)
        return True

    def close(self) -> None:
        """Close files and index; further use is an error."""
        with self._lock:
            if self._file is not None:
                self._file.close()
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


def _entry(reply: Reply, file: str, offset: int, length: int) -> Entry:
    return Entry(
        url=reply.url,
        file=file,
        offset=offset,
        length=length,
        status=reply.status,
        final=reply.location or reply.url,
        content_type=reply.header("content-type"),
        etag=reply.header("etag"),
        last_modified=reply.header("last-modified"),
        digest=reply.digest,
        fetched=reply.fetched,
        checked=reply.fetched,
    )


def _insert(database: Connection, entry: Entry) -> None:
    marks = ", ".join("?" for _ in fields(Entry))
    database.execute(f"INSERT OR REPLACE INTO page VALUES ({marks})", astuple(entry))
