"""Joining claims and keeping what they say free of cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from waygraph.model import Relation

Pair = tuple[str, str]


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
    """Pairs that hold no cycle: one that would close it is refused."""

    def __init__(self, confidences: dict[Pair, float]) -> None:
        """Let pairs enter by falling confidence, then by name: the weakest gives way."""
        self._next: defaultdict[str, set[str]] = defaultdict(set)
        self.kept: set[Pair] = set()
        for pair in sorted(confidences, key=lambda p: (-confidences[p], p)):
            one, two = pair
            if not self.reaches(two, one):
                self._next[one].add(two)
                self.kept.add(pair)

    def reaches(self, start: str, goal: str) -> bool:
        """Whether kept pairs lead from ``start`` to ``goal`` in any number of steps."""
        seen, stack = {start}, [start]
        while stack:
            at = stack.pop()
            if at == goal:
                return True
            fresh = self._next.get(at, set()) - seen
            seen |= fresh
            stack.extend(fresh)
        return False
