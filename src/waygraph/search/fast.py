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

    Columns = tuple[NDArray[np.uint32], NDArray[np.void]]

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
    start: int,
    goal: int,
    state: NDArray[np.int32],
    mark: int,
) -> tuple[int, int, int, int]:
    """(cost, meeting, expansions, touched); see ``engine`` for the bounds.

    ``state`` has a row for each concept, so that what is known of it comes from memory at once:
    for either end its path cost, the concept before and the mark of the search that these are
    of, then the mark of the search in which it is closed.
    """
    heaps = [np.empty(1024, np.int64), np.empty(1024, np.int64)]
    sizes, bounds = [1, 1], [0, 0]
    heaps[0][0], heaps[1][0] = start, goal
    for end in range(2):
        concept = goal if end else start
        state[concept, 3 * end], state[concept, 3 * end + 1] = 0, _NONE
        state[concept, 3 * end + 2] = mark
    best, meeting, expansions, touched = _NEVER, _NONE, 0, 2
    if start == goal:
        best, meeting = 0, start
    while sizes[0] and sizes[1]:
        end = 0 if sizes[0] <= sizes[1] else 1
        mine, theirs = 3 * end, 3 - 3 * end
        item = _pop(heaps[end], sizes[end])
        sizes[end] -= 1
        concept, so_far = item & 0xFFFFFFFF, item >> 32
        bounds[end] = so_far
        limit = best - bounds[1 - end]
        if so_far + least >= limit:
            break
        if state[concept, 6] == mark:
            continue
        state[concept, 6] = mark
        offsets, arcs = forward if end == 0 else reverse
        expanded = False
        for at in range(offsets[concept], offsets[concept + 1]):
            cost = so_far + int(arcs[at]["cost"])
            if cost >= limit:
                break
            expanded = True
            target = int(arcs[at]["target"])
            met = state[target, theirs + 2] == mark
            if cost + least >= limit and not met:
                continue  # no way on from there is cheap enough
            if state[target, mine + 2] != mark:
                state[target, mine + 2] = mark
                touched += 1
            elif cost >= state[target, mine]:
                continue
            state[target, mine], state[target, mine + 1] = cost, concept
            if met:
                whole = cost + int(state[target, theirs])
                if whole < best:
                    best, meeting = whole, target
                    limit = best - bounds[1 - end]
                if state[target, 6] == mark:
                    continue
            if cost + least < limit:
                heaps[end] = _push(heaps[end], sizes[end], cost << 32 | target)
                sizes[end] += 1
        expansions += expanded
    return best, meeting, expansions, touched


def _columns(arcs: Arcs) -> Columns:
    """The arcs as numpy sees them, without a copy where they lie in a file."""
    pairs = np.frombuffer(arcs.pairs, [("target", "<u4"), ("cost", "<u2")])
    return np.asarray(arcs.offsets, np.uint32), pairs


class FastSearch:
    """A concept graph made ready for many compiled searches.

    It keeps 32 bytes a concept of its own. One search at a time.
    """

    def __init__(self, graph: Graph) -> None:
        self._forward, self._reverse = _columns(graph.forward), _columns(graph.reverse)
        self._least = graph.least
        self._state = np.zeros((len(self._forward[0]) - 1, 8), np.int32)
        self._mark = 0

    def search(self, start: int, goal: int) -> Found | None:
        """A cheapest path from ``start`` to ``goal``, or None if there is none."""
        self._mark += 1
        cost, meeting, expansions, touched = _search(
            self._forward, self._reverse, self._least, start, goal, self._state, self._mark
        )
        if meeting == _NONE:
            return None
        concepts = [int(meeting)]
        while (at := self._state.item(concepts[-1], 1)) != _NONE:
            concepts.append(at)
        concepts.reverse()
        while (at := self._state.item(concepts[-1], 4)) != _NONE:
            concepts.append(at)
        return Found(tuple(concepts), int(cost), int(expansions), int(touched))
