"""Finding an extractor's paragraphs again in the visible text of the page they came from.

Extractors tidy: blanks are joined, control characters dropped, footnote marks and buttons
left out. So blanks do not count here, and a paragraph may be found piece by piece.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

# A paragraph this long is not met twice by chance; a shorter one must fill its block.
_LONG = 32
# How far, in characters without blanks, the next paragraph is looked for at first.
_NEAR = 20_000
# What an extractor leaves out within a paragraph is no longer.
_GAP = 300
# After so many paragraphs that are nowhere, the whole page is no longer searched for each.
_MOST_MISSES = 300
_WORD = re.compile(r"\S+")
# Extractors drop it though it is printable: it only shows where a line breaks.
_DROPPED = "\u2424"


def squeezed(text: str) -> tuple[str, array[int]]:
    """The text without blanks and unprintable characters, and where each character stood."""
    parts: list[str] = []
    places = array("I")
    for word in _WORD.finditer(text):
        run = word.group()
        if run.isprintable() and _DROPPED not in run:
            parts.append(run)
            places.extend(range(word.start(), word.end()))
            continue
        for place, char in enumerate(run, word.start()):
            if char.isprintable() and char != _DROPPED:
                parts.append(char)
                places.append(place)
    return "".join(parts), places


class Aligner:
    """Finds paragraphs in a page's visible text, each near behind the one before."""

    def __init__(self, text: str, breaks: Sequence[int]) -> None:
        """``breaks`` are the offsets, ascending, at which blocks of ``text`` begin or end."""
        self._text, self._places = squeezed(text)
        self._borders = {bisect_left(self._places, place) for place in breaks}
        self._borders |= {0, len(self._text)}
        self._short: dict[int, dict[str, array[int]]] = {}
        self._cursor = 0
        self._misses = 0
        self._taken: list[tuple[int, int]] = []

    def place(self, chunks: Sequence[str]) -> list[tuple[int, int]]:
        """Where a paragraph, given as the runs between its tags, stands.

        Returns:
            Ranges of the visible text in order: one, or several around what the extractor
            left out. Empty if the paragraph is not there.
        """
        needles = [needle for needle in (squeezed(chunk)[0] for chunk in chunks) if needle]
        if not needles:
            return []
        found = self._find(needles)
        if not found or not self._take(found[0][0], found[-1][1]):
            return []
        self._cursor = found[-1][1]
        return [(self._places[start], self._places[end - 1] + 1) for start, end in found]

    def _take(self, start: int, end: int) -> bool:
        """Mark a stretch as used; False if some of it was used before."""
        i = bisect_left(self._taken, (start, end))
        if (i > 0 and self._taken[i - 1][1] > start) or (
            i < len(self._taken) and self._taken[i][0] < end
        ):
            return False
        self._taken.insert(i, (start, end))
        return True

    def _find(self, needles: list[str]) -> list[tuple[int, int]]:
        whole = "".join(needles)
        near = min(len(self._text), self._cursor + _NEAR + len(whole))
        at = self._whole(whole, self._cursor, near)
        if at >= 0:
            return [(at, at + len(whole))]
        pieces = self._pieces(needles, near)
        if pieces or len(whole) < _LONG or self._misses > _MOST_MISSES:
            return pieces
        for start, end in ((self._cursor, len(self._text)), (0, self._cursor)):
            at = self._text.find(whole, start, end)
            if at >= 0:
                return [(at, at + len(whole))]
        self._misses += 1
        return []

    def _whole(self, needle: str, start: int, end: int) -> int:
        """The first place of the needle; a short one must begin and end with its block."""
        if len(needle) >= _LONG:
            return self._text.find(needle, start, end)
        starts = self._blocks_of(len(needle)).get(needle, ())
        i = bisect_left(starts, start)
        return starts[i] if i < len(starts) and starts[i] + len(needle) <= end else -1

    def _blocks_of(self, size: int) -> dict[str, array[int]]:
        """Where each text of that size stands between two borders, ascending.

        Looked up, for a page may say one short thing as often as it likes.
        """
        found = self._short.get(size)
        if found is None:
            found = self._short[size] = {}
            for start in sorted(self._borders):
                if start + size in self._borders:
                    text = self._text[start : start + size]
                    found.setdefault(text, array("I")).append(start)
        return found

    def _pieces(self, needles: list[str], near: int) -> list[tuple[int, int]]:
        """The needles one by one, each close behind the one before."""
        for first in self._starts(needles[0], near):
            found = [(first, first + len(needles[0]))]
            for needle in needles[1:]:
                behind = found[-1][1]
                at = self._text.find(needle, behind, behind + _GAP + len(needle))
                if at < 0:
                    break
                found.append((at, at + len(needle)))
            else:
                return _joined(found)
        return []

    def _starts(self, needle: str, near: int) -> Iterator[int]:
        """The first few places where a paragraph beginning with the needle may begin."""
        at, tries = self._text.find(needle, self._cursor, near), 0
        while at >= 0 and tries < 20:
            if len(needle) >= _LONG or at in self._borders:
                yield at
            tries += 1
            at = self._text.find(needle, at + 1, near)


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges with neighbours made one."""
    joined = [ranges[0]]
    for start, end in ranges[1:]:
        if start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
