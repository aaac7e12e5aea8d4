"""Building a document's text piece by piece, with the map back to its source."""

from __future__ import annotations

from waygraph.model import OffsetMap


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
