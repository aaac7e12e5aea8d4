"""Building a document's text piece by piece, with the map back to its source."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from waygraph.model import OffsetMap


class Places:
    """Where a block's content stands in the source: runs that go character by character."""

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self._sources: list[int] = []

    def add(self, offset: int, source: int) -> None:
        """The content from ``offset`` to the next run stands at ``source``."""
        self._offsets.append(offset)
        self._sources.append(source)

    def start(self, offset: int) -> int:
        """Source offset of the character at ``offset`` of the content."""
        i = max(0, bisect_right(self._offsets, offset) - 1)
        source = self._sources[i] + offset - self._offsets[i]
        if i + 1 < len(self._sources):
            # blanks that the parser made of a tab have no place of their own
            return min(source, self._sources[i + 1] - 1)
        return source

    def end(self, offset: int) -> int:
        """Source offset just behind the character before ``offset``."""
        return self.start(offset - 1) + 1

    def runs(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        """The range ``begin`` to ``end`` of the content, cut where one run meets the next."""
        inner = slice(bisect_right(self._offsets, begin), bisect_left(self._offsets, end))
        return pairwise((begin, *self._offsets[inner], end))


class TextBuilder:
    """Collects text and, for every piece, where in the source it stands."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._starts: list[int] = []
        self._sources: list[int] = []
        self._lengths: list[int] = []
        self._same = False
        self.length = 0

    def add(self, text: str, source: int, length: int | None = None) -> None:
        """Append ``text``, which stands at ``source`` in the source, ``length`` long there.

        Without ``length`` the text stands there literally.
        """
        if not text:
            return
        same = length is None or length == len(text)
        size = len(text) if length is None else length
        joins = (
            same
            and self._same
            and bool(self._sources)
            and self._sources[-1] + self._lengths[-1] == source
        )
        if joins:
            self._lengths[-1] += size
        else:
            self._starts.append(self.length)
            self._sources.append(source)
            self._lengths.append(size)
        self._same = same
        self._parts.append(text)
        self.length += len(text)

    def build(self) -> tuple[str, OffsetMap]:
        """The text and its map."""
        if not self._starts:
            return "", OffsetMap((0,), (0,), (0,), 0)
        return "".join(self._parts), OffsetMap(
            tuple(self._starts), tuple(self._sources), tuple(self._lengths), self.length
        )
