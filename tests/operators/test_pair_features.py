"""Features of pairs: columns, beside their definition pair by pair."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.operators.pair_features import ranks


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 0.25, 1.0, 2.5])), max_size=30))
def test_a_rank_counts_the_greater_values_of_its_group(rows: list[tuple[int, float]]) -> None:
    group = np.array([g for g, _ in rows], dtype=np.int64)
    column = np.array([v for _, v in rows], dtype=np.float64)
    counted = [sum(g == h and w > v for h, w in rows) for g, v in rows]
    # NumPy's logarithm of a column and the C library's of a number differ in the last bit
    assert ranks(column, group).tolist() == pytest.approx([math.log1p(n) for n in counted])
