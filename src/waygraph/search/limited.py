"""The cheapest path of at most so many arcs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from waygraph.search.cost import estimator
from waygraph.search.engine import NEVER, Found, Graph


def limited_search(
    graph: Graph,
    starts: Mapping[int, int],
    goal: int,
    most: int,
    *,
    avoid: Collection[int] = (),
) -> Found | None:
    """The cheapest path of at most ``most`` arcs, or None (Bellman and Ford, layer by layer).

    Args:
        graph: see ``engine.Graph``.
        starts: where to begin, each with the path cost it begins with.
        goal: where to end.
        most: how many arcs, at least 0.
        avoid: concepts that the path must not touch.
    """
    h = estimator(graph.sketches, graph.cover, goal)
    reached = {s: g for s, g in starts.items() if s not in avoid}
    best, length, expansions = reached.get(goal, NEVER), 0, 0
    layer, before = dict(reached), list[dict[int, int]]()
    for arcs in range(1, most + 1):
        following: dict[int, int] = {}
        before.append({})
        for concept, so_far in layer.items():
            expansions += 1
            for target, step in graph.forward.row(concept):
                cost = so_far + step
                if cost >= best:
                    break
                if cost >= reached.get(target, NEVER) or target in avoid:
                    continue
                if cost + h(target) >= best:
                    continue
                reached[target] = following[target] = cost
                before[-1][target] = concept
                if target == goal:
                    best, length = cost, arcs
        layer = following
    if best == NEVER:
        return None
    concepts = [goal]
    for tails in reversed(before[:length]):
        concepts.append(tails[concepts[-1]])
    return Found(tuple(reversed(concepts)), best, expansions, len(reached))
