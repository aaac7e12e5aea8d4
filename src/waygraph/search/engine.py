"""Best-first search over the concept graph (Russell and Norvig, section 3.5).

One loop serves uniform-cost search and A*: they differ in the heuristic alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol

from waygraph.search.cost import heuristic

Heuristic = Callable[[int], int]


class Arcs(Protocol):
    """What the search needs of a graph: arcs in compressed sparse rows."""

    @property
    def offsets(self) -> memoryview: ...  # noqa: D102 - see ConceptGraph
    @property
    def targets(self) -> memoryview: ...  # noqa: D102 - see ConceptGraph
    @property
    def costs(self) -> memoryview: ...  # noqa: D102 - see ConceptGraph

    def vector(self, concept: int) -> memoryview: ...  # noqa: D102 - see ConceptGraph


@dataclass(frozen=True, slots=True)
class Found:
    """A cheapest path: its concepts, the arcs between them (indices), its cost in 2**-20."""

    concepts: tuple[int, ...]
    arcs: tuple[int, ...]
    cost: int
    expansions: int


def no_heuristic(_concept: int) -> int:
    """Nothing is known of what is left: A* becomes uniform-cost search."""
    return 0


def angle_heuristic(graph: Arcs, goal: int) -> Heuristic:
    """The admissible heuristic of ``cost``: the angle to the goal. Each is computed once."""
    aim = graph.vector(goal).tolist()
    known: dict[int, int] = {}

    def estimate(concept: int) -> int:
        found = known.get(concept)
        if found is None:
            found = known[concept] = heuristic(graph.vector(concept), aim)
        return found

    return estimate


def best_first(graph: Arcs, start: int, goal: int, h: Heuristic) -> Found | None:
    """A path of least cost from ``start`` to ``goal``, or None if there is none.

    Optimal for every admissible ``h``: a concept reached again by a cheaper way goes back
    to the frontier. Among equal f the concept with the larger path cost, then the smaller
    number comes first, so the same graph gives the same path.
    """
    offsets, targets, costs = graph.offsets, graph.targets, graph.costs
    reached = {start: 0}
    parent: dict[int, tuple[int, int]] = {}
    frontier = [(h(start), 0, start)]
    expansions = 0
    while frontier:
        _, minus_g, concept = heappop(frontier)
        g = -minus_g
        if g > reached[concept]:
            continue
        if concept == goal:
            return _trace(parent, start, goal, g, expansions)
        expansions += 1
        for arc in range(offsets[concept], offsets[concept + 1]):
            target, cost = targets[arc], g + costs[arc]
            known = reached.get(target)
            if known is None or cost < known:
                reached[target] = cost
                parent[target] = (concept, arc)
                heappush(frontier, (cost + h(target), -cost, target))
    return None


def _trace(
    parent: dict[int, tuple[int, int]], start: int, goal: int, cost: int, expansions: int
) -> Found:
    concepts, arcs = [goal], []
    while concepts[-1] != start:
        before, arc = parent[concepts[-1]]
        concepts.append(before)
        arcs.append(arc)
    return Found(tuple(reversed(concepts)), tuple(reversed(arcs)), cost, expansions)
