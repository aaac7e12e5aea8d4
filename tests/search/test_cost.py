"""Costs and heuristic: no path is ever cheaper than the heuristic says."""

from __future__ import annotations

from itertools import product

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.search.cost import UNIT, Weights, angle_above, angle_below, arc_cost, heuristic

Vector = tuple[float, ...]
FREE = Weights(base=0.0, hub=0.0, doubt=0.0, against=0.0)


def unit(values: tuple[float, ...]) -> Vector:
    """The unit vector as it is stored, in float32."""
    row = np.array(values, dtype=np.float64)
    return tuple(float(x) for x in (row / np.linalg.norm(row)).astype(np.float32))


def cosine(one: Vector, two: Vector) -> float:
    """As the compiler computes it."""
    return float(np.einsum("i,i->", np.array(one), np.array(two)))


DIMENSIONS = 3
coordinates = st.tuples(*[st.floats(-1, 1, width=32)] * DIMENSIONS)
vectors = coordinates.filter(lambda row: float(np.linalg.norm(row)) > 1e-3).map(unit)
# equal, opposite, and so near that float32 hardly tells them apart
near = st.builds(
    lambda row, step: unit(tuple(x + d for x, d in zip(row, step, strict=True))),
    vectors,
    st.tuples(*[st.sampled_from([0.0, 1e-7, -1e-7, 1e-5, 1e-3])] * DIMENSIONS),
)
pairs = st.one_of(
    st.tuples(vectors, vectors),
    vectors.map(lambda row: (row, row)),
    vectors.map(lambda row: (row, tuple(-x for x in row))),
    vectors.flatmap(lambda row: st.tuples(st.just(row), near)),
    vectors.flatmap(
        lambda row: st.sampled_from([1e-7, 1e-6, 1e-4]).map(
            lambda step: (row, unit((row[0] + step, *row[1:])))
        )
    ),
)
weights = st.builds(
    Weights, *[st.sampled_from([0.0, 0.1, 0.25, 1.0])] * 4
) | st.just(FREE)  # fmt: skip


@given(pairs, weights, st.integers(0, 5), st.floats(0, 1), st.booleans())
@settings(max_examples=400)
def test_an_arc_never_costs_less_than_the_heuristic(
    pair: tuple[Vector, Vector], chosen: Weights, degree: int, confidence: float, against: bool
) -> None:
    one, two = pair
    cost = arc_cost(cosine(one, two), degree, 2.5, confidence, against, chosen)
    assert isinstance(cost, int)
    assert cost >= heuristic(one, two)
    assert cost >= heuristic(two, one)


@given(pairs)
def test_the_heuristic_is_a_bounded_whole_number_and_the_same_both_ways(
    pair: tuple[Vector, Vector],
) -> None:
    one, two = pair
    assert 0 <= heuristic(one, two) <= UNIT
    assert heuristic(one, two) == heuristic(two, one)
    assert heuristic(one, one) == 0


def test_the_angle_of_known_vectors() -> None:
    east, north, west = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)
    assert heuristic(east, north) / UNIT == pytest.approx(0.5, abs=1e-5)
    assert heuristic(east, west) / UNIT == pytest.approx(1.0, abs=1e-3)
    for cos in (-1.0, -0.5, 0.0, 0.5, 1.0):
        assert angle_below(cos) <= float(np.arccos(cos)) / np.pi <= angle_above(cos)
        assert angle_above(cos) - angle_below(cos) < 2e-3


graphs = st.lists(vectors | near, min_size=2, max_size=7).flatmap(
    lambda rows: st.tuples(
        st.just(rows),
        st.lists(st.tuples(*[st.integers(0, len(rows) - 1)] * 2, st.floats(0.01, 1)), max_size=16),
    )
)


@given(graphs, weights)
@settings(max_examples=150, deadline=None)
def test_the_heuristic_is_admissible(
    graph: tuple[list[Vector], list[tuple[int, int, float]]], chosen: Weights
) -> None:
    rows, edges = graph
    arcs: networkx.MultiDiGraph[int] = networkx.MultiDiGraph()
    arcs.add_nodes_from(range(len(rows)))
    for one, two, confidence in edges:
        cost = arc_cost(cosine(rows[one], rows[two]), 1, 1.0, confidence, False, chosen)
        arcs.add_edge(one, two, cost=cost)
        arcs.add_edge(two, one, cost=cost)
    for start, reach in networkx.all_pairs_dijkstra_path_length(arcs, weight="cost"):
        for goal, distance in reach.items():
            assert heuristic(rows[start], rows[goal]) <= distance


def test_what_makes_an_arc_dear() -> None:
    def cost(**changes: object) -> int:
        given_ = {"cosine": 0.5, "degree": 3, "mean_degree": 3.0, "confidence": 0.8,
                  "against": False, "weights": Weights()}  # fmt: skip
        return arc_cost(**(given_ | changes))  # type: ignore[arg-type]  # a table of all kinds

    plain = cost()
    assert cost(cosine=0.4) > plain
    assert cost(degree=4) > plain
    assert cost(degree=2) == plain  # below the mean there is no discount
    assert cost(confidence=0.7) > plain
    assert cost(against=True) - plain == pytest.approx(0.3 * UNIT, abs=1)
    assert cost(weights=Weights(base=0.2)) - plain == pytest.approx(0.1 * UNIT, abs=1)
    assert cost(confidence=0.0) == cost(confidence=0.001) == cost(confidence=0.01)
    assert cost(confidence=1.0, weights=FREE) == cost(weights=FREE)
    third = (1 / 3 + 0.1 - float(np.log(0.8))) * UNIT
    assert plain == pytest.approx(third, abs=3)


def test_doubt_adds_up_to_that_of_all_relations_together() -> None:
    """Two steps of 0.5 are as doubtful as one of 0.25."""

    def doubt(confidence: float) -> int:
        chosen = Weights(base=0.0, hub=0.0, doubt=1.0, against=0.0)
        return arc_cost(1.0, 1, 1.0, confidence, False, chosen) - arc_cost(
            1.0, 1, 1.0, 1.0, False, chosen
        )

    assert 2 * doubt(0.5) == pytest.approx(doubt(0.25), abs=2)


def test_no_odd_degree_or_mean_spoils_a_cost() -> None:
    for degree, mean in product([0, 1, 10**6], [0.0, 1e-9, 1.0, 1e9]):
        assert arc_cost(0.3, degree, mean, 0.5, True, Weights()) > 0
