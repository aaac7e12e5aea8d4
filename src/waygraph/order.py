"""The order in which things were met: what tells it, and which of two documents came earlier.

Several signals may speak of one document. Two documents are compared by the strongest signal that
speaks of both in one *track* (a chain of ``next``, a table of contents, the numbers in one folder
…), and where that gives them one place, by the next. The strongest first:

1. ``next`` and ``previous``, then tables of contents: what an author wrote to say an order;
2. fields of the front matter: ``weight``, ``nav_order``, ``order``, ``sidebar_position`` …;
3. numbers in the names of files and folders, then in tags, then in titles;
4. the day, then the date of a note, which also tell when it was merely written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from waygraph.model import Failure

NEXT, CONTENTS, FIELD, NAME, TAG, TITLE, DAY, DATE = SIGNALS = (
    "next and previous", "table of contents", "front matter", "numbered name", "numbered tag",
    "numbered title", "day", "date",
)  # fmt: skip
_STRENGTH = {signal: i for i, signal in enumerate(SIGNALS)}
Position = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """What one document says of its own place: ``position`` among the documents of ``track``.

    ``said`` is that in the document's words; ``line`` is 1-based, 0 for its name.
    """

    signal: str
    track: str
    position: Position
    said: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that another names, and on which line.

    ``address`` is empty where only its ``path`` is written, from the folder of the other and
    often without a suffix; ``name`` is what it is called there.
    """

    address: str
    line: int
    name: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Positions:
    """All that one document says of an order: of its own place, of what comes after and before
    it, and of what it lists if it is a table of contents."""

    address: str
    signs: tuple[Sign, ...] = ()
    following: tuple[Entry, ...] = ()
    preceding: tuple[Entry, ...] = ()
    listed: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A document's place in a track: the ``rank``-th, from 1 on; those of one rank stand side by
    side. ``source`` and ``line`` are where it is said (line 0: in its name), ``said`` is how."""

    signal: str
    track: str
    position: Position
    rank: int
    said: str
    source: str
    line: int

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        return f"{self.said} ({self.signal}, {where})"


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one document, that of the strongest signal first."""

    address: str
    found: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class MetInOrder:
    """The order of a corpus: every document that has a place, by address, and what contradicts."""

    found: tuple[Places, ...] = ()
    warnings: tuple[Failure, ...] = ()


NO_ORDER = MetInOrder()


@dataclass(frozen=True, slots=True)
class Compared:
    """That one document was met ``earlier`` than another, or not, and their places that say so."""

    earlier: bool
    one: Place
    other: Place


def strength(signal: str, track: str) -> tuple[int, int, str]:
    """Sorts tracks: the strongest signal first, then what spans more folders."""
    return _STRENGTH[signal], track.count("/"), track


def side(one: Position, other: Position) -> int:
    """Negative if ``one`` stands before ``other``, positive if after, 0 if neither is said.

    Where the one ends nothing is said: what has no number of its own in chapter 3 stands neither
    before nor after 3.1.
    """
    return next((a - b for a, b in zip(one, other, strict=False) if a != b), 0)


class Order:
    """Compares documents, see ``waygraph.order``.

    Tracks have numbers, the strongest the least.
    """

    def __init__(self, met: MetInOrder) -> None:
        tracks = {(p.signal, p.track) for places in met.found for p in places.found}
        ordered = sorted(tracks, key=lambda track: strength(*track))
        number = {track: i for i, track in enumerate(ordered)}
        self._places = {
            places.address: {number[p.signal, p.track]: p for p in places.found}
            for places in met.found
        }
        self.tracks = len(number)

    def positions(self, address: str) -> Mapping[int, Position]:
        """The positions of a document by the number of the track."""
        return {i: place.position for i, place in self._places.get(address, {}).items()}

    def before(self, one: str, other: str) -> Compared | None:
        """Which of two documents was met earlier, and why; None if nothing says."""
        mine, others = self._places.get(one, {}), self._places.get(other, {})
        for i, place in mine.items():
            if i in others and (found := side(place.position, others[i].position)):
                return Compared(found < 0, place, others[i])
        return None


def sooner(one: Mapping[int, Position], other: Mapping[int, Position]) -> int:
    """``side`` of two things by the strongest track that holds both and tells them apart."""
    shared = sorted(one.keys() & other.keys())
    return next((s for i in shared if (s := side(one[i], other[i]))), 0)
