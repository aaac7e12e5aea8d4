"""Sums over pairs of sparse rows, beside the same with dicts."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.operators import common_rows
from waygraph.operators.common_rows import places, products, sparse, sums

NAMES = "abcdef"
ROWS = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.floats(0.1, 9), max_size=6), min_size=1, max_size=5
)


@given(ROWS, ROWS, st.integers(0, 6), st.data())
def test_as_with_dicts(
    one: list[dict[str, float]], two: list[dict[str, float]], long: int, data: st.DataObject
) -> None:
    columns = {name: i for i, name in enumerate(NAMES)}
    pick = st.lists(st.tuples(st.integers(0, len(one) - 1), st.integers(0, len(two) - 1)))
    pairs = data.draw(pick)
    left, right = (np.array([p[side] for p in pairs], dtype=np.int64) for side in (0, 1))
    shared = [[one[i][n] * two[j][n] for n in NAMES if n in one[i] and n in two[j]]
              for i, j in pairs]  # fmt: skip
    rows = sparse(one, columns), sparse(two, columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common_rows, "_AT_ONCE", 2)
        patch.setattr(common_rows, "_LONG", long)
        total, greatest = products(*rows, left, right)
        assert sums(*rows, left, right).tolist() == total.tolist()
    assert total.tolist() == pytest.approx([sum(s) for s in shared])
    assert greatest.tolist() == pytest.approx([max(s, default=0.0) for s in shared])


def test_a_long_row_costs_no_more_than_the_others() -> None:
    """As of a page that names ten thousand concepts: not ten thousand copies of its names."""
    count = 5_000
    hub = {str(n): 1.0 + n for n in range(count)}
    columns = {name: i for i, name in enumerate(hub)}
    matrix = sparse([hub, *({name: 2.0} for name in hub)], columns)
    hubs, leaves = np.zeros(count, dtype=np.int64), np.arange(1, count + 1)
    tracemalloc.start()
    try:
        both = [products(matrix, matrix, *ends) for ends in ((hubs, leaves), (leaves, hubs))]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100 * count * 8
    for total, greatest in both:
        assert total.tolist() == greatest.tolist() == [2.0 * value for value in hub.values()]


def test_names_are_numbered_by_the_alphabet() -> None:
    number, left, right = places([("b", "a"), ("c", "b")])
    assert number == {"a": 0, "b": 1, "c": 2}
    assert (left.tolist(), right.tolist()) == ([1, 2], [0, 1])
    number, left, right = places([])
    assert (number, len(left), len(right)) == ({}, 0, 0)


def test_a_name_that_is_no_column_is_left_out() -> None:
    assert sparse([{"b": 2.0, "x": 1.0}, {}], {"a": 0, "b": 1}).toarray().tolist() == [
        [0, 2],
        [0, 0],
    ]


def test_rows_without_any_column_have_nothing_in_common() -> None:
    rows = sparse([{}, {}], {})
    pair = np.array([0]), np.array([1])
    total, greatest = products(rows, rows, *pair)
    assert total.tolist() == greatest.tolist() == [0.0]
