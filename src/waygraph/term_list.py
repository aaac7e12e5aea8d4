"""A large list of terms, as sorted hashes: eight bytes a term, looked up in a microsecond.

A term is hashed as it is folded: in small letters, hyphens and underscores read as spaces, what
stands in brackets at its end left out, its last word in the singular. That two terms share a hash
is likely once in 10¹³ look-ups in a list of 10⁶.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from waygraph.labels import singular

# Nobody knows a thing by a longer name.
_LONGEST = 100
_SPACED = str.maketrans("_-‐‑\u00a0", "     ")


def folded(text: str) -> str:
    """A text, of one term or of many lines, in small letters, words parted by spaces."""
    return text.casefold().translate(_SPACED)


def hashes_of(terms: Iterable[str]) -> Iterator[int]:
    """The hash of each term, which ``folded`` gave; empty ones and long ones are left out."""
    for term in terms:
        name = term.strip()
        if name.endswith(")"):
            name = name.partition(" (")[0]
        if not name or len(name) > _LONGEST:
            continue
        if name.endswith("s"):
            before, space, last = name.rpartition(" ")
            name = before + space + singular(last)
        digest = blake2b(name.encode("utf-8", "replace"), digest_size=8)
        yield int.from_bytes(digest.digest(), "little")


def packed(hashes: Iterable[int]) -> bytes:
    """Hashes, sorted, each once, as what ``TermList`` reads."""
    return array("Q", sorted(set(hashes))).tobytes()


class TermList:
    """Tells whether terms are in a list, given as ``packed`` made it."""

    def __init__(self, data: bytes) -> None:
        self._sorted = memoryview(data).cast("Q")

    def __len__(self) -> int:
        return len(self._sorted)

    def __contains__(self, label: object) -> bool:
        found = list(hashes_of([folded(label)])) if isinstance(label, str) else []
        for one in found:
            place = bisect_left(self._sorted, one)
            return place < len(self._sorted) and self._sorted[place] == one
        return False
