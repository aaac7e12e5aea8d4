"""Every algorithm finds a path; the exact ones find what Dijkstra finds."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, pairwise

import networkx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.search.test_cost import Rows, clustered, unit_rows
from waygraph.search.best_paths import best_paths
from waygraph.search.cost import (
    BITS,
    UNIT,
    WIDTH,
    Weights,
    angle_bits,
    arc_costs,
    cover_costs,
    sketch_vectors,
)
from waygraph.search.engine import (
    ALGORITHMS,
    PAIR,
    Algorithm,
    Arcs,
    Expansion,
    Found,
    path_cost,
    search,
)
from waygraph.search.limited import limited_search

Arc = tuple[int, int, int]
EXACT = [a for a in ALGORITHMS.values() if a.bound == 1]
OTHERS = [a for a in ALGORITHMS.values() if a.bound != 1]


@dataclass(frozen=True)
class Plain:
    """A concept graph in memory, of ``count`` concepts."""

    count: int
    forward: Arcs
    reverse: Arcs
    least: int
    sketches: bytes
    cover: list[int]

    def check_arrays(self) -> None:
        """Nothing damages what is in memory."""


def graph_of(rows: Rows, arcs: Iterable[Arc]) -> Plain:
    """Arcs (from, to, cost) in compressed sparse rows, cheapest first."""
    listed = list(arcs)
    sketches = sketch_vectors(rows)

    def compressed(arcs: Iterable[Arc]) -> Arcs:
        ordered = sorted(arcs, key=lambda arc: (arc[0], arc[2], arc[1]))
        offsets = [sum(1 for arc in ordered if arc[0] < i) for i in range(len(rows) + 1)]
        pairs = b"".join(PAIR.pack(*arc[1:]) for arc in ordered)
        return Arcs(array("I", offsets), pairs, bytes([1] * len(rows)), lambda _: None)

    ends: NDArray[np.int64] = np.array([arc[:2] for arc in listed], np.int64).reshape(-1, 2)
    costs = np.array([arc[2] for arc in listed], np.int64)
    return Plain(
        len(rows),
        compressed(listed),
        compressed((head, tail, cost) for tail, head, cost in listed),
        min((arc[2] for arc in listed), default=0),
        sketches.tobytes(),
        cover_costs(angle_bits(sketches, ends[:, 0], ends[:, 1]), costs),
    )


def peer_of(graph: Plain) -> networkx.DiGraph[int]:
    """The same graph for networkx; of parallel arcs the cheapest."""
    peer: networkx.DiGraph[int] = networkx.DiGraph()
    peer.add_nodes_from(range(graph.count))
    for tail in range(graph.count):
        for head, cost in reversed(list(graph.forward.row(tail))):
            peer.add_edge(tail, head, cost=cost)
    return peer


def dijkstra(graph: Plain, start: int, goal: int) -> int | None:
    """The least cost, by networkx."""
    try:
        return int(networkx.dijkstra_path_length(peer_of(graph), start, goal, weight="cost"))
    except networkx.NetworkXNoPath:
        return None


def check_path(graph: Plain, start: int, goal: int, found: Found) -> None:
    """It leads from start to goal without a circle and costs what it says."""
    assert found.concepts[0] == start
    assert found.concepts[-1] == goal
    assert len(set(found.concepts)) == len(found.concepts)
    peer = peer_of(graph)
    assert found.cost == sum(peer.edges[pair]["cost"] for pair in pairwise(found.concepts))


@st.composite
def graphs(draw: st.DrawFn) -> Plain:
    """Random graphs: equal and opposite vectors, parallel arcs, loops, islands, free arcs."""
    directions = draw(st.lists(st.integers(0, 7), min_size=1, max_size=12))
    turned = np.array(directions) * np.pi / 4
    rows = unit_rows(np.stack([np.cos(turned), np.sin(turned)], axis=1))
    sketches = sketch_vectors(rows)
    node = st.integers(0, len(directions) - 1)
    extra = st.sampled_from([0, 0, 1, 4, 1200])
    free = draw(st.booleans())  # whether arcs between equal vectors may cost nothing
    arcs = []
    for tail, head, more in draw(st.lists(st.tuples(node, node, extra), max_size=30)):
        parted = int(angle_bits(sketches, np.array([tail]), np.array([head]))[0])
        arcs.append((tail, head, -(-parted * UNIT // BITS) + more + (0 if free else 400)))
    return graph_of(rows, arcs)


EAST = np.array([[1.0, 0.0]], np.float32)
ONE = graph_of(EAST, [])
APART = graph_of(  # opposite vectors, an island, an arc that costs no more than its angle
    np.array([[1, 0], [-1, 0], [1, 0], [1, 0]], np.float32),
    [(0, 1, UNIT), (1, 0, UNIT + 7), (1, 2, UNIT), (0, 2, 2 * UNIT)],
)
LOOP = graph_of(np.tile(EAST, (2, 1)), [(0, 0, 0), (0, 1, 5), (0, 1, 3), (1, 0, 0)])


@given(graphs())
@settings(max_examples=200)
@example(ONE)
@example(LOOP)
@example(APART)
def test_every_exact_algorithm_finds_what_dijkstra_finds(graph: Plain) -> None:
    for start in range(graph.count):
        for goal in (0, graph.count - 1):
            least = dijkstra(graph, start, goal)
            for algorithm in EXACT:
                found = search(graph, {start: 0}, goal, algorithm)
                assert (found and found.cost) == least, algorithm.name
                assert found == search(graph, {start: 0}, goal, algorithm)
                if found:
                    check_path(graph, start, goal, found)


@given(graphs())
@settings(max_examples=100)
@example(ONE)
@example(LOOP)
@example(APART)
def test_the_others_find_a_path_within_their_bound(graph: Plain) -> None:
    for start in range(graph.count):
        goal = graph.count - 1
        least = dijkstra(graph, start, goal)
        for algorithm in OTHERS:
            found = search(graph, {start: 0}, goal, algorithm)
            assert (found is None) == (least is None), algorithm.name
            if found and least is not None:
                check_path(graph, start, goal, found)
                if algorithm.bound:
                    assert found.cost <= algorithm.bound * least


@given(graphs())
@settings(max_examples=100)
def test_breadth_first_takes_the_fewest_steps(graph: Plain) -> None:
    hops = networkx.single_source_shortest_path_length(peer_of(graph), 0)
    for goal in range(graph.count):
        found = search(graph, {0: 0}, goal, ALGORITHMS["breadth-first"])
        assert (found and len(found.concepts) - 1) == hops.get(goal)


@given(graphs(), st.data())
@settings(max_examples=150)
def test_of_several_starts_and_without_some_concepts(graph: Plain, data: st.DataObject) -> None:
    node = st.integers(0, graph.count - 1)
    starts = data.draw(st.dictionaries(node, st.integers(0, 1600), min_size=1, max_size=3))
    avoid = data.draw(st.sets(node, max_size=3))
    goal = data.draw(node)
    peer = peer_of(graph)
    peer.add_node(-1)
    for start, cost in starts.items():
        peer.add_edge(-1, start, cost=cost)
    peer.remove_nodes_from(avoid)
    try:
        least = int(networkx.dijkstra_path_length(peer, -1, goal, weight="cost"))
    except (networkx.NetworkXNoPath, networkx.NodeNotFound):
        least = None
    for algorithm in EXACT:
        found = search(graph, starts, goal, algorithm, avoid=avoid)
        assert (found and found.cost) == least, algorithm.name
        if found:
            assert not avoid.intersection(found.concepts)
            assert starts[found.concepts[0]] + path_cost(graph, found.concepts) == found.cost
        if least is not None:
            assert search(graph, starts, goal, algorithm, avoid=avoid, below=least) is None
            more = search(graph, starts, goal, algorithm, avoid=avoid, below=least + 1)
            assert more
            assert more.cost == least


@given(graphs(), st.integers(1, 6))
@settings(max_examples=120)
def test_the_best_paths_are_those_of_yen(graph: Plain, count: int) -> None:
    goal = graph.count - 1
    found = best_paths(graph, {0: 0}, goal, count)
    for path in found:
        check_path(graph, 0, goal, path)
    assert len({path.concepts for path in found}) == len(found)
    peer = peer_of(graph)
    try:
        yen = list(islice(networkx.shortest_simple_paths(peer, 0, goal, weight="cost"), count))
    except networkx.NetworkXNoPath:
        yen = []
    if goal == 0:
        yen = [[0]]
    costs = [sum(peer.edges[pair]["cost"] for pair in pairwise(path)) for path in yen]
    assert [path.cost for path in found] == costs


@given(graphs(), st.integers(0, 6), st.data())
@settings(max_examples=120)
def test_the_cheapest_of_few_steps_is_found(graph: Plain, most: int, data: st.DataObject) -> None:
    """Against the matrix product of tropical algebra: the least over walks of so many arcs."""
    node = st.integers(0, graph.count - 1)
    start, goal, avoid = data.draw(node), data.draw(node), data.draw(st.sets(node, max_size=2))
    least = np.full(graph.count, np.inf)
    if start not in avoid:
        least[start] = 0
    for _ in range(most):
        following = least.copy()
        peer = peer_of(graph)
        for tail, head in peer.edges:
            step = peer.edges[tail, head]["cost"]
            if not {tail, head} & avoid:
                following[head] = min(following[head], least[tail] + step)
        least = following
    found = limited_search(graph, {start: 0}, goal, most, avoid=avoid)
    assert (found.cost if found else np.inf) == least[goal]
    if found:
        assert len(found.concepts) - 1 <= most
        assert path_cost(graph, found.concepts) == found.cost


def test_from_a_concept_to_itself_is_no_step() -> None:
    for graph in (ONE, LOOP):
        for algorithm in ALGORITHMS.values():
            found = search(graph, {0: 0}, 0, algorithm)
            assert found
            assert (found.concepts, found.cost) == ((0,), 0)


def test_islands_have_no_path_between_them() -> None:
    rows = unit_rows(np.eye(4))
    graph = graph_of(rows, [(0, 1, UNIT), (1, 0, UNIT), (2, 3, UNIT)])
    for algorithm in ALGORITHMS.values():
        assert search(graph, {0: 0}, 3, algorithm) is None
        assert search(graph, {3: 0}, 2, algorithm) is None  # nor is there a way against an arc


def geometric(seed: int, count: int, each: int) -> Plain:
    """Clustered unit vectors, each joined to its nearest and to a few chosen at random."""
    chance = np.random.default_rng(seed)
    rows = clustered(seed, count, 32)
    sketches = sketch_vectors(rows)
    cosines = rows @ rows.T
    ends = np.array(
        [
            (one, two)
            for one in range(count)
            for two in (*np.argsort(-cosines[one])[1 : each + 1], *chance.integers(0, count, 1))
            if one != two
        ]
    )
    parted = angle_bits(sketches, ends[:, 0], ends[:, 1])
    same = np.ones(len(ends))
    costs = arc_costs(parted, same.astype(int), 1.0, same, same < 0, same < 0, Weights()).tolist()
    pairs = {(int(a), int(b)): c for (a, b), c in zip(ends, costs, strict=True)}
    pairs |= {(b, a): c for (a, b), c in pairs.items()}
    return graph_of(rows, [(a, b, c) for (a, b), c in pairs.items()])


@pytest.fixture(scope="module")
def large() -> Plain:
    return geometric(7, 400, 4)


def work(graph: Plain, algorithm: Algorithm, count: int) -> tuple[list[int], int, int]:
    """Costs, expansions in all, and touched in all, of some random pairs."""
    chance = random.Random(3)
    pairs = [(chance.randrange(400), chance.randrange(400)) for _ in range(count)]
    found = [search(graph, {start: 0}, goal, algorithm) for start, goal in pairs]
    paths = [path for path in found if path]
    assert len(paths) > count // 2
    return (
        [path.cost for path in paths],
        sum(path.expansions for path in paths),
        sum(path.touched for path in paths),
    )


def test_on_a_large_graph_knowing_more_takes_less(large: Plain) -> None:
    costs, expansions, touched = work(large, ALGORITHMS["uniform-cost"], 60)
    for name in ("a-star", "bidirectional", "bidirectional-a-star"):
        same, fewer, less = work(large, ALGORITHMS[name], 60)
        assert same == costs
        assert fewer < 0.7 * expansions, name
        assert less < touched, name


def test_the_informed_search_from_both_ends_expands_no_more(large: Plain) -> None:
    _, plain, _ = work(large, ALGORITHMS["bidirectional"], 200)
    _, informed, _ = work(large, ALGORITHMS["bidirectional-a-star"], 200)
    assert informed <= plain


def test_an_informed_bound_prunes_where_the_angle_says_enough() -> None:
    """A chain to the goal, and from its start many arcs that lead the other way round."""
    turned = np.linspace(0, np.pi, 9)
    rows = unit_rows(np.stack([np.cos(turned), np.sin(turned)], axis=1))
    sketches = sketch_vectors(rows)

    def arc(one: int, two: int) -> list[Arc]:
        parted = int(angle_bits(sketches, np.array([one]), np.array([two]))[0])
        cost = -(-parted * UNIT // BITS) + 4
        return [(one, two, cost), (two, one, cost)]

    graph = graph_of(rows, [a for i in range(8) for a in arc(i, i + 1)])
    plain = search(graph, {4: 0}, 8, ALGORITHMS["uniform-cost"])
    informed = search(graph, {4: 0}, 8, ALGORITHMS["a-star"])
    assert plain
    assert informed
    assert plain.cost == informed.cost
    assert informed.expansions == 4 < plain.expansions


def test_a_trace_holds_the_expansions_in_their_order(large: Plain) -> None:
    for algorithm in ALGORITHMS.values():
        trace: list[Expansion] = []
        found = search(large, {3: 0}, 200, algorithm, trace=trace)
        assert found
        assert len(trace) == found.expansions
        assert found.expansions <= found.touched
        assert trace[0].concept in (3, 200)
        assert {e.end for e in trace} == ({0, 1} if algorithm.both_ends else {0})


def test_the_sketches_are_those_of_the_concepts(large: Plain) -> None:
    assert len(large.sketches) == 400 * WIDTH


@given(graphs())
@settings(max_examples=150)
@example(ONE)
@example(LOOP)
@example(APART)
def test_the_compiled_twin_finds_the_same(graph: Plain) -> None:
    twin = pytest.importorskip("waygraph.search.fast").FastSearch(graph)
    for start in range(graph.count):
        for goal in (0, graph.count - 1):
            plain = search(graph, {start: 0}, goal)
            found = twin.search(start, goal)
            assert (found and found.cost) == (plain and plain.cost)
            if found:
                check_path(graph, start, goal, found)


@pytest.mark.parametrize("room", [2, 4096])
def test_the_compiled_twin_finds_the_same_on_a_large_graph(
    large: Plain, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = pytest.importorskip("waygraph.search.fast")
    monkeypatch.setattr(fast, "_ROOM", room)
    twin = fast.FastSearch(large)
    chance = random.Random(9)
    for _ in range(300):
        start, goal = chance.randrange(400), chance.randrange(400)
        plain, found = search(large, {start: 0}, goal), twin.search(start, goal)
        assert (found and found.cost) == (plain and plain.cost)
