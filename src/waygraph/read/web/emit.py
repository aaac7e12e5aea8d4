"""Writing stretches of a page's visible text into a document, each character kept in place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from waygraph.model import OffsetMap, Span
from waygraph.read.text import TextBuilder

_RUN = re.compile(r"\s+|\S+")
# They do not show either, but scripts and emoji are built with them.
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of visible text at ``at``; in the source it is ``length`` long.

    Literal pieces stand there character by character.
    """

    text: str
    at: int
    source: int
    length: int
    literal: bool


@dataclass(frozen=True, slots=True)
class _Blank:
    """Blanks between two words: a source range, and whether it breaks the line."""

    start: int
    end: int
    is_break: bool

    def wider(self, other: _Blank) -> _Blank:
        start, end = min(self.start, other.start), max(self.end, other.end)
        return _Blank(start, end, self.is_break or other.is_break)


class Emitter:
    """Adds ranges of ``text``, which maps to ``source`` by ``offsets``, to a builder.

    Blanks become one space, or one line break where ``<br>`` or the border of a block is
    among them; it maps as a whole to what it stands for. Characters that do not show (soft
    hyphens, zero-width spaces) are left out.
    """

    def __init__(self, text: str, offsets: OffsetMap, source: str, builder: TextBuilder) -> None:
        self._text = text
        self._offsets = offsets
        self._source = source
        self._builder = builder
        # for every run that was written: its visible offset, its text offset, its size
        self._runs: list[tuple[int, int, int]] = []
        self._is_sorted = False

    def add(self, ranges: Iterable[tuple[int, int]]) -> Span:
        """Add ranges as the text of one block; returns its span, which may be empty."""
        start = self._builder.length
        blank: _Blank | None = None
        behind = -1
        for begin, end in ranges:
            if behind >= 0 and (between := self._between(behind, begin)) is not None:
                blank = between.wider(blank) if blank else between
            for piece in self._pieces(begin, end):
                if piece.text.isspace():
                    here = _Blank(piece.source, piece.source + piece.length, _breaks(piece))
                    blank = here.wider(blank) if blank else here
                    continue
                if blank is not None and self._builder.length > start:
                    self._add_blank(blank)
                blank = None
                self._runs.append((piece.at, self._builder.length, len(piece.text)))
                length = None if piece.literal else piece.length
                self._builder.add(piece.text, piece.source, length)
            behind = end
        return Span(start, self._builder.length)

    def span(self, begin: int, end: int) -> Span | None:
        """The text span of what was written of the visible range; None if nothing was.

        To be asked when all is written.
        """
        if not self._is_sorted:
            self._runs.sort()
            self._is_sorted = True
        first = bisect_left(self._runs, (begin + 1, 0, 0)) - 1
        if first < 0 or self._runs[first][0] + self._runs[first][2] <= begin:
            first += 1
        last = bisect_left(self._runs, (end, 0, 0)) - 1
        if first > last:
            return None
        (at, start, _), (from_, to, size) = self._runs[first], self._runs[last]
        return Span(start + max(0, begin - at), to + min(size, end - from_))

    def _between(self, behind: int, begin: int) -> _Blank | None:
        """The blank for what was left out between two ranges, if there was one at its edge."""
        left = self._text[behind:begin] if behind < begin else " "
        if not left[:1].isspace() and not left[-1:].isspace():
            return None
        source = self._offsets.source_end(behind)
        return _Blank(source, max(source, self._offsets.source_start(begin)), is_break=False)

    def _add_blank(self, blank: _Blank) -> None:
        char = "\n" if blank.is_break else " "
        size = blank.end - blank.start
        # a single odd blank (a line end) is not the space that it becomes: it has a place
        # but no length, or it would pass for a character that stands there
        odd = size == 1 and self._source[blank.start] != char
        self._builder.add(char, blank.start, 0 if odd else size)

    def _pieces(self, begin: int, end: int) -> Iterator[_Piece]:
        """The pieces of a visible range: blanks, and runs of characters that show."""
        starts = self._offsets.starts
        for i in range(max(0, bisect_right(starts, begin) - 1), len(starts)):
            first = starts[i]
            behind = starts[i + 1] if i + 1 < len(starts) else self._offsets.text_length
            if first >= end:
                return
            source, length = self._offsets.sources[i], self._offsets.lengths[i]
            if behind - first != length:
                shown = "".join(
                    c for c in self._text[first:behind] if c.isprintable() or c.isspace()
                )
                if shown:
                    yield _Piece(shown, first, source, length, literal=False)
                continue
            for run in _RUN.finditer(self._text, max(first, begin), min(behind, end)):
                yield from _shown(run.group(), run.start(), source + run.start() - first)


def _breaks(piece: _Piece) -> bool:
    """Whether a blank is one that the page shows as a line break."""
    return not piece.literal and piece.text == "\n"


def _shown(run: str, at: int, source: int) -> Iterator[_Piece]:
    """A literal run without its characters that do not show."""
    if run.isprintable() or run.isspace():
        yield _Piece(run, at, source, len(run), literal=True)
        return
    for i, char in enumerate(run):
        if char.isprintable() or char in _JOINERS:
            yield _Piece(char, at + i, source + i, 1, literal=True)
