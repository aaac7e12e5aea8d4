"""How sure a term is, and what decisions teach of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.errors import ComputeGraphError
from waygraph.operators.term_weights import WEIGHTS, fit, load_weights, score_of, weights_json

EVIDENCE = st.lists(st.tuples(st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1)), max_size=6)


@given(EVIDENCE, st.sampled_from(sorted(WEIGHTS)), st.floats(0, 1))
def test_more_evidence_is_never_less_sure(
    evidence: list[tuple[str, float]], origin: str, sure: float
) -> None:
    less, more = score_of(evidence, WEIGHTS), score_of([*evidence, (origin, sure)], WEIGHTS)
    assert 0 <= less <= more <= 0.9999


def test_roles_of_what_is_accepted_count_more_and_others_stay() -> None:
    examples = [([("strong", 1.0)], True)] * 20 + [([("code", 1.0)], False)] * 20
    made = fit(examples, WEIGHTS)
    assert made["strong"] > WEIGHTS["strong"]
    assert made["code"] < WEIGHTS["code"]
    assert {n: w for n, w in made.items() if n not in ("strong", "code")} == {
        n: w for n, w in WEIGHTS.items() if n not in ("strong", "code")
    }
    # a few decisions move them a little
    few = fit(examples[:2], WEIGHTS)
    assert WEIGHTS["strong"] < few["strong"] < made["strong"]


@given(st.lists(st.tuples(EVIDENCE, st.booleans()), max_size=8))
def test_weights_stay_weights(examples: list[tuple[list[tuple[str, float]], bool]]) -> None:
    made = fit(examples, WEIGHTS)
    assert made.keys() == WEIGHTS.keys()
    assert all(0 <= weight <= 1 for weight in made.values())


def test_files_of_weights(tmp_path: Path) -> None:
    file = tmp_path / "concepts.json"
    file.write_text(weights_json(WEIGHTS))
    assert load_weights(str(file)) == WEIGHTS
    for wrong in ("{", "[]", '{"phrase": 2}', weights_json({**WEIGHTS, "phrase": 2.0})):
        file.write_text(wrong)
        with pytest.raises(ComputeGraphError, match="weights"):
            load_weights(str(file))
    with pytest.raises(ComputeGraphError, match="holds no weights"):
        load_weights(str(tmp_path / "none.json"))
