"""Best-first search over the concept graph: one loop for all algorithms.

The loop searches from the start, and, where an algorithm says so, from the goal too; it
keeps the cheapest meeting of the two sides and ends when no path can be cheaper.

*Frontier.* A queue of buckets, each holding the concepts whose priorities lie in one short
range (Denardo and Fox 1979). Where the priority is the path cost and a bucket is no wider than
the cheapest arc, no concept of a bucket can shorten the way to another, so their order does not
matter and each is expanded once. Without arcs that cost something a bucket is one unit wide.
Other priorities may reach an expanded concept by a cheaper way: it is then expanded again.

*Bounds.* Let F be a lower bound of the other side's path costs yet to come, and ``least`` the
cost of the cheapest arc. A path not yet seen leaves this side's frontier by an arc and arrives
at the other's, so no concept with ``g + least + F >= best`` needs to be looked at again (the
bound of bidirectional search by Holte et al. 2016, MM-epsilon), nor to be given a path cost if
the other side has not given it one. Arcs are sorted by cost: once
``g + cost + F >= best``, nor does any later arc of that concept. One closed set serves both
sides, as in NBA* (Pijls and Post 2009). The informed bidirectional search besides leaves out
every concept with ``g + h >= best``; h is asked only where it can be larger than ``least + F``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from struct import Struct
from typing import NamedTuple, Protocol

from waygraph.search.cost import BITS, Sketches, estimator

_WIDEST = 9  # a bucket spans at most 2**9 of the 2**12 units of cost
_NARROW = 6  # where order matters: wider ones gain time until concepts are expanded twice
NEVER = 1 << 62  # more than any path costs


PAIR = Struct("<IH")  # an arc: its other end, its cost


class Arcs(NamedTuple):
    """Arcs in compressed sparse rows: those of concept ``i`` at ``[offsets[i], offsets[i + 1])``.

    ``pairs`` holds of each the other end and the cost (see ``PAIR``), cheapest first: what is
    read together lies together. A concept that is not ``checked`` yet is to be given to
    ``check``, which raises a StoreError if its arcs are damaged, before they are read.
    """

    offsets: Sequence[int]
    pairs: bytes | memoryview
    checked: Sequence[int]
    check: Callable[[int], None]

    def row(self, concept: int) -> Iterator[tuple[int, int]]:
        """Other end and cost of each of a concept's arcs, cheapest first."""
        if not self.checked[concept]:
            self.check(concept)
        low, high = PAIR.size * self.offsets[concept], PAIR.size * self.offsets[concept + 1]
        return PAIR.iter_unpack(self.pairs[low:high])

    def degree(self, concept: int) -> int:
        """How many arcs a concept has."""
        if not self.checked[concept]:
            self.check(concept)
        return self.offsets[concept + 1] - self.offsets[concept]


class Graph(Protocol):
    """What the search needs of a graph.

    ``forward`` holds the arcs by their tails, ``reverse`` the same by their heads; ``least``
    is the cost of the cheapest; ``sketches`` and ``cover`` are for ``cost.estimator``.
    """

    def check_arrays(self) -> None:
        """Raise a StoreError if any of it was damaged."""

    @property
    def forward(self) -> Arcs: ...  # noqa: D102 - see the class
    @property
    def reverse(self) -> Arcs: ...  # noqa: D102 - see the class
    @property
    def least(self) -> int: ...  # noqa: D102 - see the class
    @property
    def sketches(self) -> Sketches: ...  # noqa: D102 - see the class
    @property
    def cover(self) -> Sequence[int]: ...  # noqa: D102 - see the class


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A way to search.

    Attributes:
        name: as the command line has it.
        cost_weight: of the path cost g in the priority.
        heuristic_weight: of the heuristic h in the priority, or, from both ends, whether h
            bounds what is expanded.
        both_ends: whether to search from the goal too.
        bound: the cost found is at most this times the least; 0 if nothing is known.
        count_steps: whether every arc counts as one.
    """

    name: str
    cost_weight: int
    heuristic_weight: int
    both_ends: bool
    bound: float
    count_steps: bool = False


ALGORITHMS = {
    found.name: found
    for found in (
        Algorithm("bidirectional-a-star", 1, 1, True, 1.0),
        Algorithm("bidirectional", 1, 0, True, 1.0),
        Algorithm("a-star", 1, 1, False, 1.0),
        Algorithm("weighted-a-star", 1, 2, False, 2.0),
        Algorithm("uniform-cost", 1, 0, False, 1.0),
        Algorithm("greedy", 0, 1, False, 0.0),
        Algorithm("breadth-first", 1, 0, False, 0.0, count_steps=True),
    )
}
DEFAULT = ALGORITHMS["bidirectional-a-star"]


class Expansion(NamedTuple):
    """One expansion of a search: from which end (0 start, 1 goal), which concept, its g."""

    end: int
    concept: int
    path_cost: int


@dataclass(frozen=True, slots=True)
class Found:
    """A path: its concepts, its cost in 2**-12, and the work it took.

    ``expansions`` counts the concepts whose arcs were looked at, ``touched`` those given a
    path cost, from either end.
    """

    concepts: tuple[int, ...]
    cost: int
    expansions: int
    touched: int


class _Side:
    """The search from one end: arcs, labels (path cost and the concept before), frontier."""

    __slots__ = ("aim", "arcs", "before", "bound", "buckets", "estimate", "keys", "next", "reached")

    def __init__(self, arcs: Arcs, aim: int | None) -> None:
        self.arcs = arcs
        self.aim = aim  # the concept that h is to estimate the cost to, if it is to
        self.estimate: Callable[[int], int] | None = None  # h, made when it is first needed
        self.reached: dict[int, int] = {}
        self.before: dict[int, int] = {}
        self.buckets: dict[int, list[int]] = {}
        self.keys: list[int] = []
        self.bound = 0  # no path cost yet to come is smaller
        self.next = 1  # how many concepts the next bucket holds


def search(
    graph: Graph,
    starts: Mapping[int, int],
    goal: int,
    algorithm: Algorithm = DEFAULT,
    *,
    avoid: Collection[int] = (),
    below: int = NEVER,
    trace: list[Expansion] | None = None,
) -> Found | None:
    """A path from one of ``starts`` to ``goal``, or None if there is none.

    The same graph and question give the same path: ties are broken by the order of arcs.

    Args:
        graph: see ``Graph``.
        starts: where to begin, each with the path cost it begins with.
        goal: where to end.
        algorithm: how; where its bound is 1 the path costs the least possible.
        avoid: concepts that the path must not touch; they win over starts and goal.
        below: find only a path that costs less.
        trace: gets the expansions in their order.
    """
    informed = bool(algorithm.heuristic_weight)
    one, two = _Side(graph.forward, goal if informed else None), _Side(graph.reverse, None)
    if informed and algorithm.both_ends and len(starts) == 1:
        two.aim = next(iter(starts))
    for concept in avoid:
        one.reached[concept] = two.reached[concept] = -1
    starts = {s: g for s, g in starts.items() if s not in one.reached}
    if goal in one.reached or not starts:
        return None
    loop = _Loop(graph, algorithm, one, two, trace)
    loop.best = below
    two.reached[goal] = 0
    for start, cost in sorted(starts.items(), key=lambda item: (item[1], item[0])):
        loop.label(one, start, 0 if algorithm.count_steps else cost)
        if start == goal and cost < loop.best:
            loop.best, loop.meeting = cost, goal
    if algorithm.both_ends:
        loop.label(two, goal, 0)
    loop.run()
    if loop.meeting < 0:
        return None
    concepts = _trace_back(one, two, loop.meeting)
    cost = starts[concepts[0]] + path_cost(graph, concepts)
    touched = len(one.reached) + len(two.reached) - 2 * len(set(avoid))
    return Found(concepts, cost, loop.expansions, touched)


class _Loop:
    """The state of one search."""

    def __init__(
        self,
        graph: Graph,
        algorithm: Algorithm,
        one: _Side,
        two: _Side,
        trace: list[Expansion] | None,
    ) -> None:
        self.graph = graph
        self.sides = (one, two)
        self.algorithm = algorithm
        self.trace = trace
        self.best, self.meeting, self.expansions = NEVER, -1, 0
        self.closed: set[int] = set()
        self.least = 1 if algorithm.count_steps else graph.least
        self.farthest = graph.cover[BITS // 2]  # of concepts that have nothing in common
        self.by_cost = algorithm.both_ends or not algorithm.heuristic_weight
        exact = 0 if algorithm.count_steps else max(0, self.least.bit_length() - 1)
        self.shift = min(exact, _WIDEST if self.by_cost else _NARROW)

    def label(self, side: _Side, concept: int, cost: int) -> None:
        """Give a first concept its path cost and put it on the frontier."""
        side.reached[concept] = cost
        key = self.algorithm.cost_weight * cost >> self.shift
        _enqueue(side.buckets, side.keys, key, concept)

    def _estimate(self, side: _Side) -> Callable[[int], int] | None:
        if side.estimate is None and side.aim is not None:
            side.estimate = estimator(self.graph.sketches, self.graph.cover, side.aim)
        return side.estimate

    def run(self) -> None:
        """Expand bucket by bucket, each time of the side with fewer concepts to come."""
        one, two = self.sides
        first_is_enough = not self.algorithm.bound
        while True:
            end = 0 if not self.algorithm.both_ends or one.next <= two.next else 1
            side, other = self.sides[end], self.sides[1 - end]
            if not side.keys or (first_is_enough and self.meeting >= 0):
                return
            key = heappop(side.keys)
            side.bound = key << self.shift
            reserve = self.least + other.bound if self.by_cost else 0
            if side.bound + reserve >= self.best:
                return
            self._expand(end, side.buckets.pop(key))
            side.bound = side.keys[0] << self.shift if side.keys else NEVER
            side.next = len(side.buckets[side.keys[0]]) if side.keys else 0

    def _expand(  # noqa: PLR0912, PLR0915 - a call for each arc would double the time
        self, end: int, bucket: list[int]
    ) -> None:
        """Expand the concepts of a bucket."""
        side, other = self.sides[end], self.sides[1 - end]
        (offsets, pairs, checked, check), unpack, size = side.arcs, PAIR.iter_unpack, PAIR.size
        reached, before, buckets, keys = side.reached, side.before, side.buckets, side.keys
        met, closed, shift, by_cost = other.reached, self.closed, self.shift, self.by_cost
        g, h = self.algorithm.cost_weight, self.algorithm.heuristic_weight
        ahead = other.bound if self.algorithm.both_ends else 0
        best, reserve = self.best, self.least if by_cost else 0
        limit, near = best - ahead, best - ahead - reserve
        # h is at most about ``farthest``: is that more than is known, and enough for this bucket?
        most = self.farthest if side.bound + (1 << shift) + self.farthest > best else 0
        estimate = self._estimate(side) if not by_cost or most > self.least + ahead else None
        for concept in bucket:
            if concept in closed:
                continue
            closed.add(concept)
            so_far = reached[concept]
            if so_far >= near or (estimate and so_far + estimate(concept) >= best):
                continue
            self.expansions += 1
            if self.trace is not None:
                self.trace.append(Expansion(end, concept, so_far))
            if not checked[concept]:
                check(concept)
            row = unpack(pairs[size * offsets[concept] : size * offsets[concept + 1]])
            if self.algorithm.count_steps:
                row = ((target, 1) for target, _ in row)
            for target, step in row:
                cost = so_far + step
                if cost >= near:  # no way on from here, but the other side may have been here
                    if cost >= limit:
                        break
                    if target not in met or cost + met[target] >= best:
                        continue
                if target in reached and cost >= reached[target]:
                    continue
                reached[target] = cost
                before[target] = concept
                if target in met:
                    if cost + met[target] < best:
                        best, self.meeting = cost + met[target], target
                        limit, near = best - ahead, best - ahead - reserve
                    if target in closed:
                        continue
                if by_cost or not estimate:
                    key = cost >> shift
                else:
                    key = g * cost + h * estimate(target) >> shift
                    closed.discard(target)
                if key in buckets:
                    buckets[key].append(target)
                else:
                    buckets[key] = [target]
                    heappush(keys, key)
        self.best = best


def _enqueue(buckets: dict[int, list[int]], keys: list[int], key: int, concept: int) -> None:
    if key not in buckets:
        buckets[key] = []
        heappush(keys, key)
    buckets[key].append(concept)


def _trace_back(one: _Side, two: _Side, meeting: int) -> tuple[int, ...]:
    concepts = [meeting]
    while concepts[-1] in one.before:
        concepts.append(one.before[concepts[-1]])
    concepts.reverse()
    while concepts[-1] in two.before:
        concepts.append(two.before[concepts[-1]])
    return tuple(concepts)


def path_cost(graph: Graph, concepts: Sequence[int]) -> int:
    """The sum of the cheapest arcs between successive concepts, in 2**-12."""
    return sum(
        next(cost for target, cost in graph.forward.row(tail) if target == head)
        for tail, head in pairwise(concepts)
    )
