"""Bytes to text, and a document's text built piece by piece with the map back to its source."""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from waygraph.errors import ReadError
from waygraph.model import OffsetMap

NEWLINE = re.compile(r"\r\n|\r|\n")
# Marks that say which encoding follows; UTF-32 first, for its mark begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
# Characters that show nothing. Joiners stay: scripts and emoji are built with them.
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+")
# Every blank reads as a space, but for the line break that sets lines apart.
_BLANK = re.compile(r"[^\S \n]")


def decode(address: str, data: bytes) -> str:
    """The text of a file: UTF-8, or UTF-16 or UTF-32 that says so by its byte-order mark.

    A mark stays as the first character, so that offsets count every character there is.

    Raises:
        ReadError: the bytes are no such text (names the line of the first bad byte).
    """
    name = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        source = data.decode(name)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(name, "replace").count("\n") + 1
        shown = f"byte 0x{data[error.start]:02x} is not {name[:6].upper()}"
        hint = "save the file as UTF-8 and ingest it again"
        raise ReadError(address, shown, line, hint) from None
    if "\0" in source:
        line = source.count("\n", 0, source.index("\0")) + 1
        raise ReadError(address, "holds a NUL character: this is not a text file", line)
    return source


def line_starts(source: str) -> tuple[int, ...]:
    """The offset at which each line of ``source`` starts."""
    return (0, *(match.end() for match in NEWLINE.finditer(source)))


@lru_cache(maxsize=20_000)
def folded(name: str) -> str:
    """A title or file name as letters and digits alone; star, plus and sharp spelled out.

    ``A* search`` and ``a-star-search`` fold to the same.
    """
    whole = unicodedata.normalize("NFKC", name)  # some systems split letters and accents
    spelled = whole.casefold().replace("*", "star").replace("+", "plus").replace("#", "sharp")
    return "".join(filter(str.isalnum, spelled))


def compose(inner: OffsetMap, outer: OffsetMap) -> OffsetMap:
    """From ``inner``'s text to ``outer``'s source, where ``inner``'s source is ``outer``'s text."""
    builder = TextBuilder()
    borders = (*inner.starts, inner.text_length)
    for start, end, source, length in zip(
        borders, borders[1:], inner.sources, inner.lengths, strict=False
    ):
        if end - start == length:
            cut = slice(
                bisect_right(outer.starts, source), bisect_left(outer.starts, source + length)
            )
            for first, last in pairwise((source, *outer.starts[cut], source + length)):
                place = outer.source_start(first)
                builder.place(last - first, place, outer.source_end(last) - place)
            continue
        place = outer.source_start(source)
        size = outer.source_end(source + length) - place if length else 0
        # as long as the text by chance, it would be taken for the text itself
        whole = 1 if size == end - start > 1 else end - start
        builder.place(whole, place, size)
        builder.place(end - start - whole, place + size, 0)
    return builder.map()


class Places:
    """Where a block's content stands in the source: runs that go character by character.

    ``unbroken`` says that there is one run alone, as in most blocks.
    """

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self._sources: list[int] = []
        self.unbroken = False

    def add(self, offset: int, source: int) -> None:
        """The content from ``offset`` to the next run stands at ``source``."""
        self._offsets.append(offset)
        self._sources.append(source)
        self.unbroken = len(self._sources) == 1

    def start(self, offset: int) -> int:
        """Source offset of the character at ``offset`` of the content."""
        if self.unbroken:
            return self._sources[0] + offset - self._offsets[0]
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
    """Collects text and, for every piece, where in the source it stands.

    Characters that show nothing are left out, and every kind of blank becomes a space.
    """

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
        if length is not None and length != len(text):
            self._add(text, source, length)
            return
        if text.isprintable():  # as most text is: then no character of it is odd
            if text:
                self._parts.append(text)
                self.place(len(text), source, len(text))
            return
        if not text.isascii():
            at = 0
            for match in _INVISIBLE.finditer(text):
                self._add(text[at : match.start()], source + at)
                at = match.end()
            text, source = text[at:], source + at
        self._add(text, source)

    def _add(self, text: str, source: int, length: int | None = None) -> None:
        if text:
            self._parts.append(_BLANK.sub(" ", text))
            self.place(len(text), source, len(text) if length is None else length)

    def place(self, size: int, source: int, length: int) -> None:
        """Say where the next ``size`` characters stand; their text is added apart."""
        if not size:
            return
        same = length == size
        if (
            same
            and self._same
            and bool(self._sources)
            and self._sources[-1] + self._lengths[-1] == source
        ):
            self._lengths[-1] += length
        else:
            self._starts.append(self.length)
            self._sources.append(source)
            self._lengths.append(length)
        self._same = same
        self.length += size

    def extend(self, text: str, offsets: OffsetMap) -> None:
        """Append a text that has its own map."""
        self._parts.append(text)
        borders = (*offsets.starts, offsets.text_length)
        pieces = zip(borders, borders[1:], offsets.sources, offsets.lengths, strict=False)
        for start, end, source, length in pieces:
            self.place(end - start, source, length)

    def rstrip(self, start: int) -> bool:
        """Take back the blanks that end the text, down to the part that begins at ``start``.

        Says whether there were any.
        """
        before = self.length
        while self.length > start and self._parts[-1][-1:].isspace():
            part = self._parts.pop()
            kept = part.rstrip()
            if kept:
                self._parts.append(kept)
            self._cut(self.length - len(part) + len(kept))
        return self.length < before

    def _cut(self, length: int) -> None:
        while self._starts and self._starts[-1] >= length:
            self.length = self._starts.pop()
            self._sources.pop()
            self._lengths.pop()
            self._same = False
        if self.length > length and self._lengths[-1] == self.length - self._starts[-1]:
            self._lengths[-1] -= self.length - length
        self.length = length

    def drop(self) -> None:
        """Take back the last piece, which must have come as one and joined no other."""
        self.length = self._starts.pop()
        for pieces in (self._parts, self._sources, self._lengths):
            pieces.pop()
        self._same = False

    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def map(self) -> OffsetMap:
        """The map so far."""
        if not self._starts:
            return OffsetMap((0,), (0,), (0,), 0)
        return OffsetMap(
            tuple(self._starts), tuple(self._sources), tuple(self._lengths), self.length
        )

    def build(self) -> tuple[str, OffsetMap]:
        """The text and its map."""
        return self.text(), self.map()
