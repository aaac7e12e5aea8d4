"""The search from both ends, compiled: the twin of ``engine.search`` for many questions.

It needs the extra ``fast`` (numba). It finds paths of the same cost by the same bounds; its
frontiers are heaps, so of several cheapest paths it may choose another.

Most of its time would go into waiting for memory. So all arcs of a concept, either way, lie in one
block, and a concept is known by the place of its block, which arcs name: it is sent for when the
concept comes to the frontier, long before its arcs are looked at. What a search knows of concepts
lies close together, to be found by a small hash table: of rows for a million concepts each would be
out of every cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from waygraph.search.engine import Arcs, Found, Graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.int64]
    Labels = NDArray[np.int32]

_NONE = -1
_NEVER = 1 << 62
_LOW = 0xFFFFFFFF
_LINE = 8  # so many words come from memory at once
_ROOM = 4096  # for so many concepts at first
# Of a concept that was touched: either end's path cost, either end's label before it, its block,
# whether it is closed; ``_NONE`` for what is not so.
_COST, _BEFORE, _BLOCK, _CLOSED, _WIDTH = 0, 2, 4, 5, 6


def _prefetch(_context: Any, words: Any, place: Any) -> Any:
    """Numba's way to the processor's instruction for it: its signature and what builds it."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        call = builder.module.declare_intrinsic("llvm.prefetch.p0", (), kind)
        at = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(call, [at, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(words, place), build


# Has ``words[place]`` brought into the processor's cache, without waiting for it.
_send_for: Any = intrinsic(_prefetch)


@njit(cache=True)
def _push(heaps: Words, end: int, size: int, item: int) -> None:
    """Put an item on the binary heap of one end, which has ``size`` items."""
    at = size
    while at and heaps[end, (at - 1) >> 1] > item:
        heaps[end, at] = heaps[end, (at - 1) >> 1]
        at = (at - 1) >> 1
    heaps[end, at] = item


@njit(cache=True)
def _pop(heaps: Words, end: int, size: int) -> int:
    """Take the least item off the binary heap of one end, which has ``size`` items."""
    least, last = heaps[end, 0], heaps[end, size - 1]
    at, child, size = 0, 1, size - 1
    while child < size:
        if child + 1 < size and heaps[end, child + 1] < heaps[end, child]:
            child += 1
        if heaps[end, child] >= last:
            break
        heaps[end, at] = heaps[end, child]
        at, child = child, 2 * child + 1
    heaps[end, at] = last
    return int(least)


@njit(cache=True)
def _slot(index: Words, block: int) -> int:
    """Where in the index (open addressing, linear probing) a block is, or would be."""
    last = len(index) - 1
    at = (block * 0x9E3779B1 >> 12) & last
    while index[at] != _NONE and index[at] >> 32 != block:
        at = (at + 1) & last
    return at


@njit(cache=True)
def _label(index: Words, labels: Labels, number: int, block: int) -> None:
    """Give a concept the label with this number."""
    index[_slot(index, block)] = block << 32 | number
    for column in range(_WIDTH):
        labels[number, column] = _NONE
    labels[number, _BLOCK] = block


@njit(cache=True)
def _search(  # noqa: PLR0912, PLR0915 - one loop, as in ``engine``
    words: Words,
    least: int,
    start: int,
    goal: int,
    heaps: Words,
    index: Words,
    labels: Labels,
) -> tuple[int, int, int, int]:
    """(cost, label of the meeting, expansions, touched); see ``engine`` for the bounds.

    If ``heaps`` and ``labels`` have too little room, nothing was touched.
    """
    index[:] = _NONE
    sizes, bounds = np.ones(2, np.int64), np.zeros(2, np.int64)
    _label(index, labels, 0, start)
    count, labels[0, _COST] = 1, 0
    if start != goal:
        _label(index, labels, 1, goal)
        count = 2
    labels[count - 1, _COST + 1] = 0
    heaps[0, 0], heaps[1, 0] = 0, count - 1
    best, meeting, expansions, touched = _NEVER, _NONE, 0, 2
    if start == goal:
        best, meeting = 0, 0
    while sizes[0] and sizes[1]:
        end = 0 if sizes[0] <= sizes[1] else 1
        mine, theirs = _COST + end, _COST + 1 - end
        item = _pop(heaps, end, sizes[end])
        sizes[end] -= 1
        if sizes[end]:
            following = labels[heaps[end, 0] & _LOW, _BLOCK]
            _send_for(words, following + _LINE)
            _send_for(words, following + 2 * _LINE)
        number, so_far = item & _LOW, item >> 32
        bounds[end] = so_far
        limit = best - bounds[1 - end]
        if so_far + least >= limit:
            break
        if labels[number, _CLOSED] != _NONE:
            continue
        labels[number, _CLOSED] = 1
        at = labels[number, _BLOCK]
        if end:
            at += (words[at] & _LOW) + 1
        first = at
        while True:
            at += 1
            arc = words[at]
            cost = so_far + (arc >> 32)
            if cost >= limit or arc == _NEVER:
                break
            target = arc & _LOW
            found = index[_slot(index, target)]
            known = found & _LOW if found != _NONE else count
            met = found != _NONE and labels[known, theirs] != _NONE
            if cost + least >= limit and not met:
                continue  # no way on from there is cheap enough
            if found == _NONE:
                if count == len(labels):
                    return _NEVER, _NONE, 0, 0
                _label(index, labels, count, target)
                count += 1
            if labels[known, mine] == _NONE:
                touched += 1
            elif cost >= labels[known, mine]:
                continue
            labels[known, mine], labels[known, _BEFORE + end] = cost, number
            if met:
                whole = cost + int(labels[known, theirs])
                if whole < best:
                    best, meeting = whole, known
                    limit = best - bounds[1 - end]
                if labels[known, _CLOSED] != _NONE:
                    continue
            if cost + least < limit:
                if sizes[end] == heaps.shape[1]:
                    return _NEVER, _NONE, 0, 0
                _push(heaps, end, sizes[end], cost << 32 | known)
                sizes[end] += 1
                _send_for(words, target)
        expansions += at > first + 1
    return best, meeting, expansions, touched


def _columns(arcs: Arcs) -> tuple[Words, NDArray[np.void]]:
    """Offsets and arcs as numpy sees them."""
    pairs = np.frombuffer(arcs.pairs, [("target", "<u4"), ("cost", "<u2")])
    return np.asarray(arcs.offsets, np.int64), pairs


def _blocks(graph: Graph) -> tuple[Words, Words]:
    """Where each concept's block is, and all blocks in one array.

    A block is a word with the concept and the number of its arcs forward, these arcs, cheapest
    first, a word ``_NEVER``, its arcs in reverse and ``_NEVER`` again. An arc is its cost times
    2**32 and the block it leads to.
    """
    sides = [_columns(graph.forward), _columns(graph.reverse)]
    degrees = [np.diff(offsets) for offsets, _ in sides]
    ends = np.cumsum(degrees[0] + degrees[1] + 3)
    blocks = ends - degrees[0] - degrees[1] - 3
    # what is sent for may lie behind the last
    words = np.full(ends.max(initial=0) + 3 * _LINE, _NEVER, np.int64)
    words[blocks] = np.arange(len(blocks)) << 32 | degrees[0]
    rows = blocks + 1
    for (offsets, pairs), degree in zip(sides, degrees, strict=True):
        places = np.repeat(rows - offsets[:-1], degree) + np.arange(len(pairs))
        words[places] = pairs["cost"].astype(np.int64) << 32 | blocks[pairs["target"]]
        rows = rows + degree + 1
    return blocks, words


class FastSearch:
    """A concept graph made ready for many compiled searches, one at a time.

    It keeps the arcs in an order of its own, 8 bytes for each, forward and in reverse.
    """

    def __init__(self, graph: Graph) -> None:
        graph.check_arrays()
        self._least = graph.least
        self._blocks, self._words = _blocks(graph)
        self._make_room(_ROOM)

    def _make_room(self, count: int) -> None:
        self._heaps = np.empty((2, 2 * count), np.int64)
        self._index = np.empty(2 * count, np.int64)
        self._labels = np.empty((count, _WIDTH), np.int32)

    def search(self, start: int, goal: int) -> Found | None:
        """A cheapest path from ``start`` to ``goal``, or None if there is none."""
        ends = self._blocks.item(start), self._blocks.item(goal)
        while True:
            cost, meeting, expansions, touched = _search(
                self._words, self._least, *ends, self._heaps, self._index, self._labels
            )
            if touched:
                break
            self._make_room(4 * len(self._labels))
        if meeting == _NONE:
            return None
        concepts = [*self._back(meeting, 0)[::-1], *self._back(meeting, 1)[1:]]
        return Found(tuple(concepts), cost, expansions, touched)

    def _back(self, label: int, end: int) -> list[int]:
        """The concepts from a label back to one end."""
        concepts = []
        while label != _NONE:
            concepts.append(self._words.item(self._labels.item(label, _BLOCK)) >> 32)
            label = self._labels.item(label, _BEFORE + end)
        return concepts
