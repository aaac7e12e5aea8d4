"""What is kept of a named graph beside the store, by its digest: its lines and its facts.

Oxigraph looks every term of a triple up on disk, some 15 µs a triple; the lines as they were
written are read back in a tenth of that. What is not kept is read from the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Protocol

from waygraph.codec import encode
from waygraph.model import digest_of
from waygraph.store.facts import facts_key, facts_of
from waygraph.store.packed import pack


class Kept(Protocol):
    """Bytes by key, as the compute graph's cache keeps them."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are for ``keys``."""

    def put(self, values: Mapping[str, bytes]) -> object:
        """Keep values."""


class GraphKeeper:
    """Keeps what graphs hold as they are written: ``Dataset.replace(..., keeper.add)``.

    Several threads may add.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._waiting: dict[str, bytes] = {}
        self._turn = RLock()

    def add(self, digest: str, lines: Collection[str]) -> None:
        """The graph with this digest has these lines."""
        facts, packed = encode(facts_of(lines)), pack(lines)
        with self._turn:
            self._waiting[facts_key(digest)] = facts
            self._waiting[lines_key(digest)] = packed
            if len(self._waiting) >= 500:
                self.flush()

    def flush(self) -> None:
        """Keep what is not kept yet."""
        with self._turn:
            self._kept.put(self._waiting)
            self._waiting = {}


def kept_keys(digests: Iterable[str]) -> Iterator[str]:
    """The keys of all that is kept of named graphs with these digests."""
    for digest in digests:
        yield from (lines_key(digest), facts_key(digest))


def lines_key(digest: str) -> str:
    """The key of the lines of the named graph with this digest."""
    return digest_of("lines", digest)
