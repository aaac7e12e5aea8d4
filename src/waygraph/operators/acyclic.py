"""Joining claims and keeping what they say free of cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from waygraph.model import Relation

Pair = tuple[str, str]
_EDGE = ""  # stands at both ends of a line; no concept has this name


def joined_confidence(claims: Iterable[Relation]) -> float:
    """Confidence in [0, 1] of claims that say the same, as if they were independent."""
    doubt = 1.0
    for claim in claims:
        doubt *= 1 - claim.confidence
    return round(1 - doubt, 6)


def by_pair(claims: Iterable[Relation]) -> dict[Pair, list[Relation]]:
    """Claims by (subject, object), in the order given."""
    found: defaultdict[Pair, list[Relation]] = defaultdict(list)
    for claim in claims:
        found[claim.subject, claim.object].append(claim)
    return dict(found)


class Acyclic:
    """Pairs that hold no cycle: one that would close it is refused.

    All ends stand in a line in which every kept pair leads onward. A pair that leads onward
    is let in at once; for another one, a search from both ends, within the stretch between
    them, finds the cycle or the smaller side to move across (after Bender, Fineman, Gilbert
    and Tarjan 2016, A new approach to incremental cycle detection).
    """

    def __init__(self, confidences: dict[Pair, float]) -> None:
        """Let pairs enter by falling confidence, then by name: the weakest gives way."""
        self._next: defaultdict[str, list[str]] = defaultdict(list)
        self._before: defaultdict[str, list[str]] = defaultdict(list)
        self._line = _Line(_first_order(confidences))
        self.kept: set[Pair] = set()
        for pair in sorted(confidences, key=lambda p: (-confidences[p], p)):
            one, two = pair
            if one != two and self._lets_in(one, two):
                self._next[one].append(two)
                self._before[two].append(one)
                self.kept.add(pair)

    def _lets_in(self, one: str, two: str) -> bool:
        """Make ``one`` stand before ``two``, unless ``two`` already leads to ``one``."""
        place = self._line.place
        if place[one] < place[two]:
            return True
        side = self._one_side(two, one)
        if side is None:
            return False
        # the side that was searched to its end crosses over, its own order kept
        self._line.move(sorted(side, key=place.__getitem__), one if two in side else two)
        return True

    def _one_side(self, start: str, goal: str) -> set[str] | None:
        """All that ``start`` leads to or all that leads to ``goal``, whichever is found first.

        Only what stands between the two counts. None if ``start`` leads to ``goal``.
        """
        place = self._line.place
        low, high = place[start], place[goal]
        sides = (({start}, [start], self._next), ({goal}, [goal], self._before))
        if start == goal:
            return None
        while True:
            for (seen, stack, ways), (others, _, _) in (sides, sides[::-1]):
                if not stack:
                    return seen
                for end in ways.get(stack.pop(), ()):
                    if end in others:
                        return None
                    if end not in seen and low <= place[end] <= high:
                        seen.add(end)
                        stack.append(end)

    def reaches(self, start: str, goal: str) -> bool:
        """Whether kept pairs lead from ``start`` to ``goal`` in any number of steps."""
        first, last = self._line.place.get(start), self._line.place.get(goal)
        if first is None or last is None or first >= last:
            return start == goal
        return self._one_side(start, goal) is None


class _Line:
    """Ends in a line, each with a number that rises along it, with room for others between."""

    _ROOM = 1 << 128

    def __init__(self, ends: Sequence[str]) -> None:
        self.place: dict[str, int] = {}
        self._after = dict(pairwise([_EDGE, *ends, _EDGE]))
        self._before = {two: one for one, two in self._after.items()}
        self._number(ends)

    def _number(self, ends: Iterable[str]) -> None:
        for i, end in enumerate(ends, 1):
            self.place[end] = i * self._ROOM
        self._last = (len(self._after)) * self._ROOM

    def move(self, ends: Sequence[str], beside: str) -> None:
        """Put ``ends`` behind ``beside`` if they stood before it, else before it."""
        at = beside if self.place[ends[0]] < self.place[beside] else self._before[beside]
        for end in ends:
            one, two = self._before[end], self._after[end]
            self._after[one], self._before[two] = two, one
        low, following = self.place.get(at, 0), self._after[at]
        step = (self.place.get(following, self._last) - low) // (len(ends) + 1)
        for i, end in enumerate(ends, 1):
            self._after[at], self._before[end] = end, at
            self.place[end] = low + i * step
            at = end
        self._after[at], self._before[following] = following, at
        if step == 0:
            self._number(self._walk())

    def _walk(self) -> list[str]:
        found, at = [], self._after[_EDGE]
        while at != _EDGE:
            found.append(at)
            at = self._after[at]
        return found


def _first_order(confidences: Iterable[Pair]) -> list[str]:
    """All ends, those that more pairs lead from first: an order that few pairs contradict."""
    balance: defaultdict[str, int] = defaultdict(int)
    for one, two in confidences:
        balance[one] -= 1
        balance[two] += 1
    return sorted(balance, key=lambda end: (balance[end], end))
