"""A response's body as it arrives: decompressed in bounded steps, counted, cut off in time."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Iterator
from typing import Any, Protocol

from waygraph.errors import WaygraphError

STEP = 65_536
_MOST_CODINGS = 2
_GZIP_MAGIC = b"\x1f\x8b"


class BadBody(WaygraphError):
    """A body that is too large, broken or coded in a way we cannot undo."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Decoder(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` decodes to, in pieces of about ``STEP`` bytes at most."""

    def complete(self) -> bool:
        """Whether the coded stream came to its end."""


class _Zlib:
    """gzip (also of several members) and deflate (with or without zlib's header)."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._head = b""
        self._inner: Any = zlib.decompressobj(31) if gzip else None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None:
            self._head += data
            if len(self._head) < 2:
                return
            data = self._head
            # by the standard deflate has zlib's header; some servers leave it out
            named = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._inner = zlib.decompressobj(15 if named else -15)
        more = bool(data)
        while more:
            if self._inner.eof:
                if not (self._gzip and data.startswith(_GZIP_MAGIC)):
                    return  # padding behind the end
                self._inner = zlib.decompressobj(31)
            try:
                piece = self._inner.decompress(data, STEP)
            except zlib.error as error:
                raise BadBody(f"the compressed body is broken ({error})") from None
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            # a full piece may have more behind it, though all input is taken
            more = bool(data) or (len(piece) == STEP and not self._inner.eof)
            if piece:
                yield piece

    def complete(self) -> bool:
        return bool(self._inner.eof) if self._inner else not self._head


class _Brotli:
    def __init__(self) -> None:
        brotli = importlib.import_module("brotli")
        self._inner: Any = brotli.Decompressor()
        self._error: type[Exception] = brotli.error

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._inner.process(data, output_buffer_limit=STEP)
            except self._error as error:
                raise BadBody(f"the compressed body is broken ({error})") from None
            data = b""
            if piece:
                yield piece
            if self._inner.is_finished() or self._inner.can_accept_more_data():
                return

    def complete(self) -> bool:
        return bool(self._inner.is_finished())


def accepted() -> str:
    """The value of ``Accept-Encoding``: ``br`` too if a brotli that decodes in steps is there."""
    return "gzip, deflate, br" if _has_brotli() else "gzip, deflate"


def _has_brotli() -> bool:
    try:
        brotli = importlib.import_module("brotli")
    except ImportError:
        return False
    # before 1.2 a few bytes could become gigabytes in a single call
    return hasattr(getattr(brotli, "Decompressor", None), "can_accept_more_data")


def _decoder(coding: str) -> _Decoder:
    if coding in ("gzip", "x-gzip"):
        return _Zlib(gzip=True)
    if coding == "deflate":
        return _Zlib(gzip=False)
    if coding == "br" and _has_brotli():
        return _Brotli()
    raise BadBody(f"the body is coded as {coding[:40]!r}, which was not asked for")


class Body:
    """Collects a body from its chunks.

    Args:
        coding: the header ``Content-Encoding``, empty if there is none.
        wire_bytes: the most bytes to take as sent.
        body_bytes: the most bytes that any stage of decoding may give.
    """

    def __init__(self, coding: str, wire_bytes: int, body_bytes: int) -> None:
        names = [name.strip().lower() for name in coding.split(",")]
        names = [name for name in names if name not in ("", "identity")]
        if len(names) > _MOST_CODINGS:
            raise BadBody(f"the body is compressed {len(names)} times over")
        self._decoders = [_decoder(name) for name in reversed(names)]
        self._counts = [0] * len(self._decoders)
        self._wire_bytes = wire_bytes
        self._body_bytes = body_bytes
        self._taken = 0
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes.

        Raises:
            BadBody: a limit is passed, or the compression is broken.
        """
        self._taken += len(chunk)
        if self._taken > self._wire_bytes:
            raise BadBody(f"the body has more than {self._wire_bytes:,} bytes")
        self._decode(0, chunk)

    def _decode(self, stage: int, data: bytes) -> None:
        if stage == len(self._decoders):
            self._parts.append(data)
            return
        for piece in self._decoders[stage].feed(data):
            self._counts[stage] += len(piece)
            if self._counts[stage] > self._body_bytes:
                raise BadBody(f"the body unpacks to more than {self._body_bytes:,} bytes")
            self._decode(stage + 1, piece)

    def finish(self) -> bytes:
        """The whole body, decoded.

        Raises:
            BadBody: the compressed stream breaks off.
        """
        if self._taken and not all(decoder.complete() for decoder in self._decoders):
            raise BadBody("the compressed body breaks off")
        return b"".join(self._parts)
