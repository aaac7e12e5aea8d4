"""Prerequisites: hints from all documents, joined, and made free of cycles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from waygraph.compute.operator import operator
from waygraph.model import Prerequisites, Relation, Relations


@operator(version="1")
def prerequisites(relations: Sequence[Relations], *, threshold: float = 0.35) -> Prerequisites:
    """The hints worth believing, in a set that holds no cycle.

    Claims for the same pair are joined as if independent; pairs below ``threshold`` are
    left out. Pairs enter by falling confidence (then by name), and one that would close a
    cycle is dropped: the weakest evidence gives way.
    """
    claims: defaultdict[tuple[str, str], list[Relation]] = defaultdict(list)
    for document in relations:
        for hint in document.hints:
            claims[hint.subject, hint.object].append(hint)
    joined: dict[tuple[str, str], float] = {}
    for pair, hints in claims.items():
        doubt = 1.0
        for hint in hints:
            doubt *= 1 - hint.confidence
        joined[pair] = round(1 - doubt, 6)
    needs: defaultdict[str, set[str]] = defaultdict(set)
    kept: list[Relation] = []
    dropped: list[Relation] = []
    for pair in sorted(joined, key=lambda p: (-joined[p], p)):
        if joined[pair] < threshold:
            continue
        subject, needed = pair
        if _reaches(needs, needed, subject):
            dropped += claims[pair]
        else:
            needs[subject].add(needed)
            kept += claims[pair]
    return Prerequisites(_ordered(kept), _ordered(dropped))


def _ordered(claims: list[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(claims, key=lambda c: (c.address, c.subject, c.object, c.rule)))


def _reaches(needs: dict[str, set[str]], start: str, goal: str) -> bool:
    seen, stack = {start}, [start]
    while stack:
        at = stack.pop()
        if at == goal:
            return True
        fresh = needs.get(at, set()) - seen
        seen |= fresh
        stack.extend(fresh)
    return False
