"""WARC records (ISO 28500) from and to replies. The only module that knows warcio."""

from __future__ import annotations

import hashlib
import re
import uuid
from base64 import b32encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import IO, Any

from warcio.archiveiterator import ArchiveIterator  # type: ignore[import-untyped]
from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]
from warcio.exceptions import ArchiveLoadFailed  # type: ignore[import-untyped]
from warcio.statusandheaders import StatusAndHeaders  # type: ignore[import-untyped]
from warcio.warcwriter import WARCWriter  # type: ignore[import-untyped]

from waygraph.model import Failure
from waygraph.read.web.inflate import BadBody, Body
from waygraph.read.web.reply import Reply

LARGEST = 30_000_000
# Bytes of headers, or between records. Real ones have a few thousand.
_MOST_LINES = 256_000
_SHOWN = 100
# The body is kept as decoded, so what tells how it was sent must not be taken at its word.
# Crawlers keep such headers under this prefix.
_SENT = "X-Crawler-"
_TELLS_CODING = frozenset(("content-encoding", "transfer-encoding", "content-length"))
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://w3id.org/waygraph#record")


@dataclass(frozen=True, slots=True)
class Place:
    """A reply and where its record stands in the file: bytes ``offset`` to ``offset+length``."""

    reply: Reply
    offset: int
    length: int


def opening(software: str) -> bytes:
    """The record that begins a file and says who wrote it."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    info = {"software": software, "format": "WARC File Format 1.0"}
    writer.write_record(writer.create_warcinfo_record("", info))
    return out.getvalue()


def packed(reply: Reply, *, sent: bool) -> bytes:
    """A reply as one compressed record.

    ``sent`` says that a server sent it (a ``response`` with its headers); else it is a
    ``resource``: bytes from elsewhere, of which only the content type is kept.
    """
    digest = b32encode(hashlib.sha256(reply.body).digest()).decode("ascii")
    name = uuid.uuid5(_NAMESPACE, f"{reply.url} {reply.fetched} {digest}")
    about = {
        "WARC-Record-ID": f"<urn:uuid:{name}>",
        "WARC-Date": reply.fetched,
        "WARC-Payload-Digest": f"sha256:{digest}",
    }
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(
        writer.create_warc_record(
            reply.url,
            "response" if sent else "resource",
            payload=BytesIO(reply.body),
            length=len(reply.body),
            warc_content_type="" if sent else reply.header("content-type"),
            warc_headers_dict=about,
            http_headers=_http_headers(reply) if sent else None,
        )
    )
    return out.getvalue()


def _http_headers(reply: Reply) -> StatusAndHeaders:
    headers = [
        ((_SENT if key.lower() in _TELLS_CODING else "") + _one_line(key), _one_line(value))
        for key, value in reply.headers
    ]
    headers.append(("Content-Length", str(len(reply.body))))
    status = f"{reply.status} {_one_line(reply.reason)}"
    return StatusAndHeaders(status, headers, protocol="HTTP/1.1")


def _one_line(text: str) -> str:
    """Text that can be encoded and does not break the line it stands on."""
    return re.sub(r"[\r\n]+", " ", text.encode("utf-8", "replace").decode("utf-8"))


def unpacked(record: bytes) -> Reply | None:
    """The reply in a record that ``packed`` made; None if it is none, or torn."""
    for found in places(BytesIO(record), ""):
        return found.reply if isinstance(found, Place) else None
    return None


def places(file: IO[bytes], name: str) -> Iterator[Place | Failure]:
    """The replies of a WARC file in order, made by us or others, compressed or not.

    Requests, revisits and other records are passed over. What is torn, too large
    (``LARGEST``) or coded in unknown ways gives a Failure; a torn record is the last.
    """
    records = _Records(file)
    end, torn = 0, False
    try:
        for record in records:
            found = _reply(record, name)
            offset, length = records.get_record_offset(), records.get_record_length()
            end = offset + length
            if isinstance(found, Reply):
                yield Place(found, offset, length)
            elif found is not None:
                yield found
            torn = record.rec_headers.get_header("Content-Length") is None
        # of a record torn at its beginning warcio says nothing
        file.seek(end)
        if not end:
            yield Failure(name, "the archive holds no record")
        elif torn or file.read(_SHOWN).strip(b"\r\n"):
            yield Failure(name, "the archive breaks off in its last record")
    # besides its own errors warcio lets slip what its parsers meet in a broken file
    except (ArchiveLoadFailed, EOFError, OSError, ValueError, AttributeError, TypeError) as error:
        yield Failure(name, f"the archive breaks off or is no WARC file: {_shown(error)}")


class _Records(ArchiveIterator):  # type: ignore[misc]  # it has no types
    """warcio's records, but of headers and empty lines no more than ``_MOST_LINES`` bytes each.

    A few thousand bytes of gzip can hold gigabytes of them.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        for parser in (
            self.loader.arc_parser,
            self.loader.warc_parser,
            self.loader.http_parser,
            self.loader.http_req_parser,
        ):
            parser.parse = partial(_parse, parser.parse)

    def _consume_blanklines(self) -> tuple[bytes | None, int]:
        """The first line of the next record, and how many bytes stand before it.

        One line that is not empty may stand there, for some say a wrong length.
        """
        lines, passed, first = _Lines(self.reader), 0, True
        while line := lines.readline():
            if line.rstrip() and not first:
                return line, passed
            passed += len(line)
            first = False
        return None, passed


def _parse(parse: Callable[..., Any], stream: Any, *status_line: Any) -> Any:
    return parse(_Lines(stream), *status_line)


class _Lines:
    """The lines of a stream, up to ``_MOST_LINES`` bytes of them."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, _MOST_LINES

    def readline(self) -> bytes:
        line: bytes = self._stream.readline(self._left)
        self._left -= len(line)
        if self._left <= 0:
            raise ArchiveLoadFailed(f"a record has more than {_MOST_LINES:,} bytes of headers")
        return line


def _shown(error: Exception) -> str:
    """What a parser says, of which a part may be noise from the file."""
    said = str(error).strip().partition("\n")[0] or type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in said[:_SHOWN])


def _reply(record: Any, name: str) -> Reply | Failure | None:
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> ")
    if record.rec_type not in ("response", "resource") or not url.startswith(("http:", "https:")):
        return None
    try:
        return _taken(record, url)
    except BadBody as error:
        return Failure(name, f"the record of {url}: {error.reason}")


def _taken(record: Any, url: str) -> Reply:
    status, reason = 200, "OK"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", record.content_type or ""),)
    if record.rec_type == "response":
        status, reason = _status(record)
        headers = tuple(_restored(record.http_headers.headers))
    payload = _read(record.raw_stream)
    if getattr(record.raw_stream, "limit", 0) > 0:
        raise BadBody("it breaks off")
    body = _decoded(record, payload)
    if not _holds(record.rec_headers.get_header("WARC-Payload-Digest") or "", payload, body):
        raise BadBody("it is damaged, for its digest does not hold")
    return Reply(
        url, status, reason, headers, body, record.rec_headers.get_header("WARC-Date") or ""
    )


def _status(record: Any) -> tuple[int, str]:
    line = record.http_headers.statusline if record.http_headers is not None else ""
    status, _, reason = line.partition(" ")
    if not (status.isascii() and status.isdecimal()):
        raise BadBody("it has no HTTP status")
    return int(status), reason


def _holds(digest: str, *views: bytes) -> bool:
    """Whether a digest is of one of the views. Tools differ in which they take it of."""
    algorithm, _, said = digest.partition(":")
    if algorithm.lower() not in ("sha1", "sha256"):
        return True
    for view in views:
        value = hashlib.new(algorithm.lower(), view, usedforsecurity=False)
        base32 = b32encode(value.digest()).decode("ascii").rstrip("=")
        if said.rstrip("=").lower() in (value.hexdigest(), base32.lower()):
            return True
    return False


def _restored(headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The headers as the server sent them; the length is known from the body."""
    for key, value in headers:
        if key.lower() != "content-length":
            yield key.removeprefix(_SENT), value


def _read(stream: Any) -> bytes:
    body = Body("", LARGEST, LARGEST)
    while chunk := stream.read(65_536):
        body.feed(chunk)
    return body.finish()


def _decoded(record: Any, payload: bytes) -> bytes:
    """The payload with the transfer and content coding of the record's own headers undone."""
    if record.http_headers is None:
        return payload
    transfer = record.http_headers.get_header("transfer-encoding") or ""
    if transfer.strip().lower() == "chunked":
        payload = _read(ChunkedDataReader(BytesIO(payload)))
    body = Body(record.http_headers.get_header("content-encoding") or "", LARGEST, LARGEST)
    body.feed(payload)
    return body.finish()
