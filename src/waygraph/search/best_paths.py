"""The k cheapest paths without a circle (Yen 1971, with Lawler's restriction of 1972)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heappop, heappush, nsmallest

from waygraph.search.engine import DEFAULT, NEVER, Algorithm, Found, Graph, path_cost, search


def best_paths(
    graph: Graph,
    starts: Mapping[int, int],
    goal: int,
    count: int,
    *,
    algorithm: Algorithm = DEFAULT,
    avoid: Collection[int] = (),
) -> list[Found]:
    """The ``count`` cheapest paths without a circle, cheapest first; fewer if there are fewer.

    A path deviates from a cheaper one somewhere: it shares a beginning (the root) and then
    takes another arc. What follows is found by one search from the ends of those arcs that
    avoids the root. Of equal costs the path with the smaller concept numbers comes first.

    Args:
        graph: see ``engine.Graph``.
        starts: where to begin, each with the path cost it begins with.
        goal: where to end.
        count: how many, at least 1.
        algorithm: an exact one, that is, of bound 1.
        avoid: concepts that no path may touch.
    """
    first = search(graph, starts, goal, algorithm, avoid=avoid)
    candidates = [(first.cost, first.concepts, 0, first)] if first else []
    found: list[Found] = []
    while candidates and len(found) < count:
        _, path, deviation, best = heappop(candidates)
        found.append(best)
        for at in range(deviation, len(path)):
            wanted = count - len(found)
            if not wanted:
                break
            dearest = nsmallest(wanted, candidates)[-1][0] if len(candidates) >= wanted else NEVER
            root = path[:at]
            taken = {f.concepts[at] for f in found if f.concepts[:at] == root}
            ends = {c: cost for c, cost in onward(graph, starts, root).items() if c not in taken}
            rest = search(
                graph, ends, goal, algorithm, avoid={*root, *avoid}, below=dearest
            )  # fmt: skip
            if rest:
                whole = Found(root + rest.concepts, rest.cost, rest.expansions, rest.touched)
                heappush(candidates, (whole.cost, whole.concepts, at, whole))
    return found


def onward(graph: Graph, starts: Mapping[int, int], root: tuple[int, ...]) -> dict[int, int]:
    """Where a path that begins with ``root`` can go next, with its path cost there."""
    if not root:
        return dict(starts)
    so_far = starts[root[0]] + path_cost(graph, root)
    # the cheapest of parallel arcs comes first, and so is written last
    return {target: so_far + cost for target, cost in reversed(list(graph.forward.row(root[-1])))}
