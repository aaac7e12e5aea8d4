"""Concepts by meaning: the index finds what a plain comparison finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.search.test_compile import BASE, LABELS, build, number, vectors_of, view_of
from waygraph.errors import StoreError
from waygraph.model import Vectors, View
from waygraph.search.compile import matrix_of
from waygraph.search.vectors import INDEX, build_index, nearest_concepts


def test_the_nearest_are_those_of_a_plain_comparison(tmp_path: Path) -> None:
    view = view_of(LABELS, [])
    graph = build(tmp_path, view)
    rows = matrix_of(view, vectors_of(view), BASE)
    build_index(tmp_path, rows)
    for label in LABELS:
        me = number(graph, label)
        found = nearest_concepts(tmp_path, rows[me], 3)
        assert [concept for concept, _ in found] == np.argsort(-(rows @ rows[me]))[:3].tolist()
        assert found[0][1] == pytest.approx(1.0, abs=1e-6)


def test_equals_go_by_number_and_no_more_are_named_than_there_are(tmp_path: Path) -> None:
    view = view_of("abc", [])
    same = np.tile(np.array([0.6, 0.8], "<f4"), (3, 1))
    build_index(tmp_path, matrix_of(view, Vectors("m", 2, tuple("abc"), same.tobytes()), BASE))
    found = nearest_concepts(tmp_path, np.array([1.0, 0.0]), 9)
    assert [concept for concept, _ in found] == [0, 1, 2]


def test_an_empty_graph_has_an_empty_index(tmp_path: Path) -> None:
    nothing = matrix_of(View([], [], [], []), Vectors("m", 0, (), b""), BASE)
    build_index(tmp_path, nothing)
    assert nearest_concepts(tmp_path, np.array([1.0]), 3) == []
    assert nearest_concepts(tmp_path, np.ones(384), 3) == []


def test_a_missing_or_damaged_index_says_what_to_do(tmp_path: Path) -> None:
    view = view_of(LABELS, [])
    for damage in (None, b"", b"junk"):
        if damage is not None:
            build_index(tmp_path, matrix_of(view, vectors_of(view), BASE))
            (tmp_path / INDEX).write_bytes(damage)
        with pytest.raises(StoreError, match="cannot use the vector index") as caught:
            nearest_concepts(tmp_path, np.zeros(6), 3)
        assert "waygraph ingest" in caught.value.hint


def test_many_concepts_are_rounded_and_still_found(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = random.normal(size=(3_000, 64)).astype(np.float32)
    rows[:, 0] += 2  # as of real embeddings, no dimension is centred
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    build_index(tmp_path, rows)
    exact = (tmp_path / INDEX).stat().st_size
    wanted = [[n for n, _ in nearest_concepts(tmp_path, row, 10)] for row in rows[:100]]
    build_index(tmp_path, rows, exact=len(rows) - 1)
    assert (tmp_path / INDEX).stat().st_size < 0.3 * exact
    found = [nearest_concepts(tmp_path, row, 10) for row in rows[:100]]
    shared = [len({n for n, _ in near} & {*ones}) for near, ones in zip(found, wanted, strict=True)]
    assert sum(shared) / 1_000 >= 0.95
    assert [near[0][0] for near in found] == list(range(100))
    assert [near[0][1] for near in found] == pytest.approx([1.0] * 100, abs=0.01)
