"""Values as bytes: MessagePack, typed, never pickle. Equal values give equal bytes."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


def encode(value: object) -> bytes:
    """A value of ``waygraph.model`` as bytes."""
    return msgspec.msgpack.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """The value of type ``kind`` behind the bytes."""
    return msgspec.msgpack.decode(data, type=kind)
