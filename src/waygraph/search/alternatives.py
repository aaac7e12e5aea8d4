"""Alternatives to a path that really differ from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product

from waygraph.search.best_paths import onward
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.engine import Found, search


def inner(path: Found) -> tuple[int, ...]:
    """The concepts between a path's ends."""
    return path.concepts[1:-1]


def overlap(one: Found, two: Found) -> float:
    """Which share of the shorter path's inner concepts the other has too, in [0, 1].

    Two direct paths between the same ends are the same.
    """
    shorter = min(len(inner(one)), len(inner(two)))
    if not shorter:
        return float(one.concepts == two.concepts)
    return len(set(inner(one)) & set(inner(two))) / shorter


def different_paths(
    graph: ConceptGraph,
    starts: Sequence[int],
    best: Found,
    count: int,
    avoid: Collection[int],
    hubs: Collection[int],
) -> list[Found]:
    """Up to ``count`` paths with the same goal, cheapest first, no two overlapping by over half.

    For each path there is already, one half of its inner concepts or the other, every second
    of them, or all are barred; of what is found then the cheapest that differs is taken.
    """
    found = [best]
    while len(found) <= count:
        candidates = []
        for barred in _barred(found):
            path = _without(graph, starts, best, {*barred, *avoid, *hubs}, found)
            if path and all(overlap(path, other) <= 0.5 for other in found):
                candidates.append(path)
        if not candidates:
            break
        found.append(min(candidates, key=lambda path: (path.cost, path.concepts)))
    return found[1:]


def _barred(found: Sequence[Found]) -> Iterator[set[int]]:
    """Sets of concepts without which a path differs from all ``found``; few for many paths."""
    parts = []
    for path in found:
        between = inner(path)
        half = (len(between) + 1) // 2
        choices = {between[:half], between[-half:] if half else (), between[::2], between}
        parts.append(sorted(choices))
    choices_each = max(1, int(64 ** (1 / len(found))))
    for chosen in product(*(part[:choices_each] for part in parts)):
        yield {concept for some in chosen for concept in some}
    yield {concept for path in found for concept in inner(path)}


def _without(
    graph: ConceptGraph,
    starts: Sequence[int],
    best: Found,
    barred: Collection[int],
    found: Sequence[Found],
) -> Found | None:
    """The cheapest path without some concepts, and without the direct one if that is found."""
    goal = best.concepts[-1]
    direct = [path.concepts[0] for path in found if len(path.concepts) == 2]
    free = dict.fromkeys((s for s in starts if s not in direct), 0)
    paths = [search(graph, free, goal, avoid=barred)] if free else []
    for start in direct:
        ends = {c: cost for c, cost in onward(graph, {start: 0}, (start,)).items() if c != goal}
        rest = search(graph, ends, goal, avoid={start, *barred})
        if rest:
            whole = (start, *rest.concepts)
            paths.append(Found(whole, rest.cost, rest.expansions, rest.touched))
    return min((p for p in paths if p), key=lambda p: (p.cost, p.concepts), default=None)


def difference(graph: ConceptGraph, path: Found, before: Sequence[Found]) -> str:
    """How a path differs from the best and from all before: where it goes, what it costs."""
    known = {concept for other in before for concept in other.concepts}
    new = [graph.named(c).label for c in path.concepts if c not in known]
    by_best = [graph.named(c).label for c in inner(before[0]) if c not in path.concepts]
    where = f"by {', '.join(new)}" if new else "by concepts of the other paths"
    instead = f" instead of {', '.join(by_best)}" if by_best else ""
    more = (path.cost - before[0].cost) / UNIT
    steps = len(path.concepts) - len(before[0].concepts)
    longer = f", {abs(steps)} step{'s' * (abs(steps) != 1)} {'more' if steps > 0 else 'fewer'}"
    return f"{where}{instead}; costs {more:.3f} more{longer if steps else ''}"
