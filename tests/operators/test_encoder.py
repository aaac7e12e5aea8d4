"""The sentence encoder: unit vectors that depend on their own string alone."""

from __future__ import annotations

import pytest

from waygraph.errors import ComputeGraphError
from waygraph.operators.encoder import encode_texts, encoder_identity, load_encoder

LABELS = [
    "A*", "A* search", "graph", "graphs", "C++", "priority queue", "Dijkstra's algorithm",
    "breadth-first search", "GPU", "é日本語", "x", "", "heuristic",
    "a heuristic that is admissible",
    "word " * 300,
]  # fmt: skip


@pytest.mark.slow
def test_a_model_that_is_not_there_is_no_traceback() -> None:
    with pytest.raises(ComputeGraphError, match="no whole path") as caught:
        load_encoder("./no-such-folder")
    assert "waygraph[models]" in caught.value.hint


@pytest.mark.slow
def test_a_vector_depends_on_its_own_string_alone() -> None:
    together = encode_texts(LABELS, "auto")
    turned = encode_texts(LABELS[::-1], "auto")[::-1]
    # more of the same length than fill one batch
    many = encode_texts([*LABELS, *(f"{n} graph" for n in range(40))], "auto")
    for i, label in enumerate(LABELS):
        alone = encode_texts([label], "auto")[0].tobytes()
        assert together[i].tobytes() == alone, label
        assert turned[i].tobytes() == alone, label
        assert many[i].tobytes() == alone, label


@pytest.mark.slow
def test_vectors_have_unit_length_and_tell_terms_apart() -> None:
    import numpy as np

    found = encode_texts(LABELS, "auto")
    assert found.shape == (len(LABELS), 384)
    assert found.dtype == np.dtype("<f4")
    lengths = np.linalg.norm(found.astype(float), axis=1)
    assert np.abs(lengths - 1).max() < 1e-6
    near = float(found[2] @ found[3])
    assert near > 0.8 > float(found[2] @ found[8])


@pytest.mark.slow
def test_no_texts_no_vectors() -> None:
    assert encode_texts([], "auto").shape == (0, 384)


@pytest.mark.slow
def test_the_packaged_weights_are_those_this_project_knows() -> None:
    assert "53aa51172d142c89" in encoder_identity(model="auto")
    assert load_encoder("auto") is load_encoder("auto")
