"""Best-first search finds what Dijkstra finds, with and without a heuristic."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from waygraph.search.cost import Weights, arc_cost
from waygraph.search.engine import Arcs, Found, angle_heuristic, best_first, no_heuristic

Arc = tuple[int, int, int]


@dataclass(frozen=True)
class Plain:
    """A concept graph in memory."""

    offsets: memoryview
    targets: memoryview
    costs: memoryview
    rows: Sequence[memoryview]

    def vector(self, concept: int) -> memoryview:
        return self.rows[concept]


def graph_of(rows: np.ndarray, arcs: Iterable[Arc]) -> Plain:
    """Arcs (from, to, cost) in compressed sparse rows, cheapest first."""
    ordered = sorted(arcs, key=lambda arc: (arc[0], arc[2], arc[1]))
    offsets = [sum(1 for arc in ordered if arc[0] < i) for i in range(len(rows) + 1)]
    return Plain(
        memoryview(array("I", offsets)),
        memoryview(array("I", [arc[1] for arc in ordered])),
        memoryview(array("I", [arc[2] for arc in ordered])),
        [memoryview(array("f", row)) for row in rows],
    )


def dijkstra(graph: Plain, start: int, goal: int) -> int | None:
    """The least cost, by networkx."""
    other: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    other.add_nodes_from(range(len(graph.rows)))
    for tail in range(len(graph.rows)):
        for arc in range(graph.offsets[tail], graph.offsets[tail + 1]):
            other.add_edge(tail, graph.targets[arc], cost=graph.costs[arc])
    try:
        return int(networkx.dijkstra_path_length(other, start, goal, weight="cost"))
    except networkx.NetworkXNoPath:
        return None


def check(graph: Plain, start: int, goal: int, found: Found | None) -> None:
    """A found path is one, costs what it says, and none is cheaper."""
    least = dijkstra(graph, start, goal)
    if found is None:
        assert least is None
        return
    assert found.cost == least
    assert found.concepts[0] == start
    assert found.concepts[-1] == goal
    assert len(found.arcs) == len(found.concepts) - 1
    assert len(set(found.concepts)) == len(found.concepts)
    steps = zip(found.concepts, found.concepts[1:], found.arcs, strict=False)
    for tail, head, arc in steps:
        assert graph.offsets[tail] <= arc < graph.offsets[tail + 1]
        assert graph.targets[arc] == head
    assert sum(graph.costs[arc] for arc in found.arcs) == found.cost


@st.composite
def graphs(draw: st.DrawFn) -> Plain:
    """Random graphs: equal vectors, parallel arcs, loops, islands, arcs of no cost."""
    # of few directions, so that many concepts have the same vector
    angles = draw(st.lists(st.integers(0, 6), min_size=1, max_size=12))
    turned = np.array(angles) * np.pi / 6
    rows = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    node = st.integers(0, len(angles) - 1)
    extra = st.sampled_from([0, 0, 1, 1000, 300_000])
    arcs = []
    for tail, head, more in draw(st.lists(st.tuples(node, node, extra), max_size=30)):
        same = angles[tail] == angles[head]
        cosine = float(rows[tail].astype(float) @ rows[head].astype(float))
        free = Weights(base=0.0, hub=0.0, doubt=0.0, against=0.0)
        cost = 0 if same else arc_cost(cosine, 1, 1.0, 1.0, False, free)
        arcs.append((tail, head, cost + more))
    return graph_of(rows, arcs)


ONE = graph_of(np.array([[1.0, 0.0]]), [])
LOOP = graph_of(np.array([[1.0, 0.0], [1.0, 0.0]]), [(0, 0, 0), (0, 1, 5), (0, 1, 3), (1, 0, 0)])


@given(graphs())
@settings(max_examples=300, deadline=None)
@example(ONE)
@example(LOOP)
def test_every_path_is_optimal(graph: Plain) -> None:
    for start in range(len(graph.rows)):
        for goal in (0, len(graph.rows) - 1):
            for h in (no_heuristic, angle_heuristic(graph, goal)):
                found = best_first(graph, start, goal, h)
                check(graph, start, goal, found)
                assert found == best_first(graph, start, goal, h)


def test_from_a_concept_to_itself_is_no_step() -> None:
    for graph in (ONE, LOOP):
        assert best_first(graph, 0, 0, no_heuristic) == Found((0,), (), 0, 0)


def test_of_parallel_arcs_the_cheapest_is_taken() -> None:
    assert best_first(LOOP, 0, 1, no_heuristic) == Found((0, 1), (1,), 3, 1)


def test_islands_have_no_path_between_them() -> None:
    graph = graph_of(np.eye(4), [(0, 1, 600_000), (1, 0, 600_000), (2, 3, 600_000)])
    assert best_first(graph, 0, 3, no_heuristic) is None
    assert best_first(graph, 0, 3, angle_heuristic(graph, 3)) is None
    # nor is there a way against an arc
    assert best_first(graph, 3, 2, no_heuristic) is None


def test_a_heuristic_that_is_not_consistent_still_gives_the_optimum() -> None:
    """The textbook's trap: a concept is expanded, then reached again by a cheaper way."""
    arcs = [(0, 1, 1), (0, 2, 3), (1, 3, 3), (2, 3, 0), (1, 2, 1), (3, 4, 10)]
    graph = graph_of(np.tile([1.0, 0.0], (5, 1)), arcs)
    estimate = [0, 11, 0, 0, 0].__getitem__
    found = best_first(graph, 0, 4, estimate)
    check(graph, 0, 4, found)
    assert found is not None
    assert found.concepts == (0, 1, 2, 3, 4)


def geometric(seed: int, count: int, each: int) -> Plain:
    """Clustered unit vectors, each joined to its nearest and to a few chosen at random."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(8, 16))
    rows = centres[chance.integers(0, 8, count)] + 0.6 * chance.normal(size=(count, 16))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    cosines = rows.astype(float) @ rows.astype(float).T
    arcs = set()
    for one in range(count):
        near = np.argsort(-cosines[one])[1 : each + 1]
        for two in (*near, *chance.integers(0, count, 1)):
            cost = arc_cost(float(cosines[one, two]), each, each, 1.0, False, Weights())
            arcs |= {(one, int(two), cost), (int(two), one, cost)}
    return graph_of(rows, arcs)


@pytest.fixture(scope="module")
def large() -> Plain:
    return geometric(7, 400, 4)


def test_a_star_expands_less_on_average(large: Plain) -> None:
    chance = random.Random(3)
    uniform = informed = 0
    for _ in range(60):
        start, goal = chance.randrange(400), chance.randrange(400)
        one = best_first(large, start, goal, no_heuristic)
        two = best_first(large, start, goal, angle_heuristic(large, goal))
        assert (one is None) == (two is None)
        if one and two:
            assert one.cost == two.cost
            uniform += one.expansions
            informed += two.expansions
    assert informed < 0.7 * uniform


def test_on_a_large_graph_too_every_path_is_optimal(large: Plain) -> None:
    chance = random.Random(4)
    for _ in range(12):
        start, goal = chance.randrange(400), chance.randrange(400)
        check(large, start, goal, best_first(large, start, goal, angle_heuristic(large, goal)))


def test_each_estimate_is_computed_once(large: Plain) -> None:
    asked: list[int] = []

    @dataclass(frozen=True)
    class Counting(Plain):
        def vector(self, concept: int) -> memoryview:
            asked.append(concept)
            return super().vector(concept)

    graph: Arcs = Counting(large.offsets, large.targets, large.costs, large.rows)
    h = angle_heuristic(graph, 9)
    assert [h(5), h(5), h(9), h(5)] == [h(5), h(5), 0, h(5)]
    assert sorted(asked) == [5, 9, 9]
