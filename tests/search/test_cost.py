"""Costs and heuristic: no path is ever cheaper than the heuristic says."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from waygraph.search.cost import (
    BITS,
    DEAREST,
    UNIT,
    UNREACHABLE,
    WIDTH,
    Weights,
    angle_bits,
    arc_costs,
    cover_costs,
    estimator,
    sketch_vectors,
)

Rows = NDArray[np.float32]


def unit_rows(rows: NDArray[np.float64]) -> Rows:
    made: Rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return made


def clustered(seed: int, count: int, dimensions: int = 384) -> Rows:
    """Unit vectors about a few centres."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(4, dimensions))
    rows = centres[chance.integers(0, 4, count)] + chance.normal(size=(count, dimensions))
    return unit_rows(rows)


def angles(rows: Rows, one: list[int], two: list[int]) -> NDArray[np.float64]:
    """Angles as the sketches tell them, in [0, 1]."""
    return angle_bits(sketch_vectors(rows), np.array(one), np.array(two)) / BITS


def test_the_sketched_angle_is_the_angle_within_its_standard_error() -> None:
    rows = clustered(1, 300)
    one, two = list(range(0, 300, 2)), list(range(1, 300, 2))
    true = np.arccos(np.einsum("ij,ij->i", rows[one], rows[two]).clip(-1, 1)) / np.pi
    error = angles(rows, one, two) - true
    assert abs(error.mean()) < 0.01
    assert error.std() < 0.03


def test_equal_vectors_have_no_angle_and_opposite_ones_the_whole() -> None:
    rows = clustered(2, 20)
    both = np.concatenate([rows, rows, -rows])
    me, same, opposite = list(range(20)), list(range(20, 40)), list(range(40, 60))
    assert (angles(both, me, same) == 0).all()
    assert (angles(both, me, opposite) > 0.98).all()


@pytest.mark.parametrize("dimensions", [1, 2, 3, 384])
def test_the_sketched_angle_is_a_metric(dimensions: int) -> None:
    rows = clustered(3, 30, dimensions)
    sketches = sketch_vectors(rows)
    assert sketches.shape == (30, WIDTH)
    every = np.arange(30)
    table = np.array([angle_bits(sketches, np.full(30, i), every) for i in every])
    assert (table == table.T).all()
    assert (table.diagonal() == 0).all()
    assert (table[:, None, :] <= table[:, :, None] + table[None, :, :]).all()


def test_a_sketch_depends_on_its_vector_alone() -> None:
    rows = clustered(4, 50)
    whole = sketch_vectors(rows)
    assert (sketch_vectors(rows[::-1]) == whole[::-1]).all()
    assert (np.concatenate([sketch_vectors(rows[i : i + 1]) for i in range(50)]) == whole).all()
    assert sketch_vectors(rows[:0]).shape == (0, WIDTH)


def cost_of(
    parted: int = 100,
    degree: int = 3,
    confidence: float = 0.8,
    against: bool = False,
    loose: bool = False,
    weights: Weights | None = None,
    mean_degree: float = 3.0,
) -> int:
    found = arc_costs(
        np.array([parted]),
        np.array([degree]),
        mean_degree,
        np.array([confidence]),
        np.array([against]),
        np.array([loose]),
        weights or Weights(),
    )
    return int(found[0])


FREE = Weights(base=0.0, hub=0.0, doubt=0.0, against=0.0, loose=0.0)
weight = st.sampled_from([0.0, 0.1, 0.25, 1.0])


@given(
    st.integers(0, BITS), st.integers(0, 10**6), st.floats(0, 1), st.booleans(),
    st.booleans(), st.builds(Weights, weight, weight, weight, weight, weight),
    st.sampled_from([0.0, 1e-9, 2.5, 1e9]),
)  # fmt: skip
def test_an_arc_costs_at_least_a_step_and_its_angle(
    parted: int,
    degree: int,
    confidence: float,
    against: bool,
    loose: bool,
    chosen: Weights,
    mean: float,
) -> None:
    cost = cost_of(parted, degree, confidence, against, loose, chosen, mean)
    assert cost >= min((chosen.base + parted / BITS) * UNIT, DEAREST)
    assert cost >= cost_of(parted, degree, confidence, against, False, chosen, mean)
    assert cost <= DEAREST


def test_what_makes_an_arc_dear() -> None:
    plain = cost_of()
    assert plain == pytest.approx((0.1 + 100 / BITS - np.log(0.8)) * UNIT, abs=2)
    assert cost_of(parted=101) - plain == pytest.approx(UNIT / BITS, abs=1)
    assert cost_of(degree=6) - plain == pytest.approx(0.25 * 100 / BITS * UNIT, abs=1)
    assert cost_of(degree=2) == plain  # below the mean there is no discount
    assert cost_of(confidence=0.7) > plain
    assert cost_of(against=True) - plain == pytest.approx(0.3 * UNIT, abs=1)
    assert cost_of(weights=Weights(base=0.2)) - plain == pytest.approx(0.1 * UNIT, abs=1)
    assert cost_of(confidence=0.0) == cost_of(confidence=0.001) == cost_of(confidence=0.01)
    assert cost_of(parted=0, weights=FREE) == 0


def test_what_no_two_bytes_hold_costs_the_most_they_hold() -> None:
    assert cost_of(weights=Weights(base=15.0)) < DEAREST
    assert cost_of(weights=Weights(base=16.0)) == cost_of(weights=Weights(base=1e9)) == DEAREST


def test_doubt_adds_up_to_that_of_all_relations_together() -> None:
    """Two steps of 0.5 are as doubtful as one of 0.25."""
    chosen = Weights(base=0.0, hub=0.0, doubt=1.0, against=0.0)

    def doubt(sure: float) -> int:
        return cost_of(parted=0, confidence=sure, weights=chosen)

    assert 2 * doubt(0.5) == pytest.approx(doubt(0.25), abs=2)


steps = st.lists(st.tuples(st.integers(0, BITS), st.integers(0, 10**6)), max_size=12)


@given(steps)
def test_angles_cost_at_least_what_the_cheapest_arcs_that_cover_them_cost(
    arcs: list[tuple[int, int]],
) -> None:
    parted = np.array([a for a, _ in arcs], np.int64)
    least = cover_costs(parted, np.array([c for _, c in arcs], np.int64))
    assert len(least) == BITS + 1
    assert least[0] == 0
    assert least == sorted(least)
    for angle, cost in arcs:
        assert least[angle] <= cost
        for x in (1, angle, BITS):  # one arc more covers its angle more
            assert least[min(BITS, x + angle)] <= least[x] + cost
    if not parted.any():
        assert set(least[1:]) == {UNREACHABLE}


def test_the_cover_holds_the_hop_aware_bound() -> None:
    """Angle 0.9 by arcs of at most 0.25 takes four steps, each with its base."""
    parted = np.arange(1, BITS // 4 + 1)
    costs = np.array([cost_of(int(p), confidence=1.0) for p in parted])
    least = cover_costs(parted, costs)
    assert least[round(0.9 * BITS)] >= (0.9 + 4 * 0.1) * UNIT - BITS
    assert least[round(0.2 * BITS)] == costs[round(0.2 * BITS) - 1]


@given(st.integers(0, 10**6), st.integers(2, 8), st.data())
@settings(max_examples=100)
def test_the_heuristic_is_admissible_and_consistent(
    seed: int, count: int, data: st.DataObject
) -> None:
    rows = clustered(seed, count, 3)
    rows[0] = rows[-1]  # two of them equal
    node = st.integers(0, count - 1)
    edges = data.draw(st.lists(st.tuples(node, node, st.floats(0.01, 1)), max_size=16))
    sketches = sketch_vectors(rows)
    tails, heads = (np.array([e[i] for e in edges], np.int64) for i in (0, 1))
    parted = angle_bits(sketches, tails, heads)
    sure = np.array([e[2] for e in edges], np.float64)
    weights = data.draw(st.sampled_from([Weights(), FREE]))
    loose = np.arange(len(edges)) % 2 == 0
    costs = arc_costs(
        parted, np.ones(len(edges), int), 1.0, sure, np.zeros(len(edges), bool), loose, weights
    )
    least = cover_costs(parted, costs)
    arcs: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    arcs.add_nodes_from(range(count))
    for tail, head, cost in zip(tails, heads, costs, strict=True):
        arcs.add_edge(int(tail), int(head), cost=int(cost))
    for goal in range(count):
        h = estimator(sketches.tobytes(), least, goal)
        assert h(goal) == 0
        for start, distance in networkx.single_source_dijkstra_path_length(
            arcs.reverse(), goal, weight="cost"
        ).items():
            assert h(start) <= distance
        for tail, head, cost in zip(tails, heads, costs, strict=True):
            if h(int(head)) < UNREACHABLE:
                assert h(int(tail)) <= cost + h(int(head))
