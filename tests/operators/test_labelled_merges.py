"""The labelled set of merges: its size, and what the shipped threshold gives on its other half."""

from __future__ import annotations

from pathlib import Path

import pytest

from waygraph.operators.merge_claims import WORTH

pytestmark = pytest.mark.slow


def test_the_shipped_threshold_is_precise_and_its_confidences_are_measured(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    import score_merges

    pairs = score_merges.read_pairs()
    assert len(pairs) >= 500
    assert len({(pair.first, pair.second) for pair in pairs}) == len(pairs)
    held = [pair for pair in pairs if pair.held_out]
    merged = [pair for pair in held if pair.together(score_merges.SHIPPED)]
    right = sum(pair.same for pair in merged)
    assert right / len(merged) >= 0.99
    assert right / sum(pair.same for pair in held) >= 0.75
    for group, (good, total) in score_merges.calibrated().items():
        assert WORTH[group] <= (good + 1) / (total + 2), group
