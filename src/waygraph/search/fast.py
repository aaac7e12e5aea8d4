"""The search from both ends, compiled: the twin of ``engine.search`` for many questions.

It needs the extra ``fast`` (numba). It finds paths of the same cost by the same bounds; its
frontiers are heaps, so of several cheapest paths it may choose another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from waygraph.search.engine import Arcs, Found, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]

_NONE = -1
_NEVER = 1 << 62


@njit(cache=True)
def _push(heap: NDArray[np.int64], size: int, item: int) -> NDArray[np.int64]:
    """Put an item on a binary heap of ``size`` items; the heap grows if it is full."""
    if size == len(heap):
        grown = np.empty(2 * size, np.int64)
        grown[:size] = heap
        heap = grown
    at = size
    while at and heap[(at - 1) >> 1] > item:
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
    heap[at] = item
    return heap


@njit(cache=True)
def _pop(heap: NDArray[np.int64], size: int) -> int:
    """Take the least item off a binary heap of ``size`` items."""
    least, last = heap[0], heap[size - 1]
    at, child, size = 0, 1, size - 1
    while child < size:
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[at] = heap[child]
        at, child = child, 2 * child + 1
    heap[at] = last
    return int(least)


@njit(cache=True)
def _search(  # noqa: PLR0912 - one loop, as in ``engine``
    forward: Columns,
    reverse: Columns,
    least: int,
    ends: tuple[int, int],
    labels: NDArray[np.int64],
    before: NDArray[np.int32],
    seen: NDArray[np.int32],
    mark: int,
) -> tuple[int, int, int, int]:
    """(cost, meeting, expansions, touched); see ``engine`` for the bounds.

    ``labels`` and ``before`` hold what each end knows of each concept, of shape (2, concepts);
    ``seen`` of shape (3, concepts) is ``mark`` where that is of this search, and in its last
    row where a concept is closed.
    """
    heaps = [np.empty(1024, np.int64), np.empty(1024, np.int64)]
    sizes, bounds = [1, 1], [0, 0]
    for end in range(2):
        heaps[end][0] = ends[end]
        labels[end, ends[end]], before[end, ends[end]], seen[end, ends[end]] = 0, _NONE, mark
    best, meeting, expansions, touched = _NEVER, _NONE, 0, 2
    if ends[0] == ends[1]:
        best, meeting = 0, ends[0]
    while sizes[0] and sizes[1]:
        end = 0 if sizes[0] <= sizes[1] else 1
        other = 1 - end
        item = _pop(heaps[end], sizes[end])
        sizes[end] -= 1
        concept, so_far = item & 0xFFFFFFFF, item >> 32
        bounds[end] = so_far
        limit = best - bounds[other]
        if so_far + least >= limit:
            break
        if seen[2, concept] == mark:
            continue
        seen[2, concept] = mark
        offsets, targets, costs = forward if end == 0 else reverse
        expanded = False
        for arc in range(offsets[concept], offsets[concept + 1]):
            cost = so_far + int(costs[arc])
            if cost >= limit:
                break
            expanded = True
            target = int(targets[arc])
            if seen[end, target] == mark:
                if cost >= labels[end, target]:
                    continue
            else:
                seen[end, target] = mark
                touched += 1
            labels[end, target], before[end, target] = cost, concept
            if seen[other, target] == mark:
                if cost + int(labels[other, target]) < best:
                    best, meeting = cost + int(labels[other, target]), target
                    limit = best - bounds[other]
                if seen[2, target] == mark:
                    continue
            if cost + least < limit:
                heaps[end] = _push(heaps[end], sizes[end], cost << 32 | target)
                sizes[end] += 1
        expansions += expanded
    return best, meeting, expansions, touched


def _columns(arcs: Arcs) -> Columns:
    """The arcs as numpy sees them, without a copy where they lie in a file."""
    offsets, targets, costs = (np.asarray(column, np.uint32).view(np.int32) for column in arcs)
    return offsets, targets, costs


class FastSearch:
    """A concept graph made ready for many compiled searches.

    It keeps 28 bytes a concept of its own. One search at a time.
    """

    def __init__(self, graph: Graph) -> None:
        self._forward, self._reverse = _columns(graph.forward), _columns(graph.reverse)
        count = len(self._forward[0]) - 1
        self._least = graph.least
        self._labels = np.zeros((2, count), np.int64)
        self._before = np.zeros((2, count), np.int32)
        self._seen = np.zeros((3, count), np.int32)
        self._mark = 0

    def search(self, start: int, goal: int) -> Found | None:
        """A cheapest path from ``start`` to ``goal``, or None if there is none."""
        self._mark += 1
        cost, meeting, expansions, touched = _search(
            self._forward, self._reverse, self._least, (start, goal),
            self._labels, self._before, self._seen, self._mark,
        )  # fmt: skip
        if meeting == _NONE:
            return None
        concepts = [int(meeting)]
        while (at := int(self._before[0, concepts[-1]])) != _NONE:
            concepts.append(at)
        concepts.reverse()
        while (at := int(self._before[1, concepts[-1]])) != _NONE:
            concepts.append(at)
        return Found(tuple(concepts), int(cost), int(expansions), int(touched))
