"""No construct takes more time than in proportion to its length: see ``scripts/score scaling``.

Here the lengths are small and the bound is wide, so that a noisy machine fails nobody: what is
caught is the square of the length, which makes the longest take sixteen times as long.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def scripts(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))


@pytest.mark.usefixtures("scripts")
def test_time_is_linear_in_each_construct() -> None:
    from score_scaling import suspects

    assert not [f"{one.name}: {one.seconds}" for one in suspects(2_000, turns=5, most=10.0)]


@pytest.mark.usefixtures("scripts")
def test_a_square_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import score_scaling
    from constructs import Construct

    square = Construct("square", "note.md", lambda size: b"a" * size)
    monkeypatch.setattr(score_scaling, "constructs", lambda: [square])
    monkeypatch.setattr(score_scaling, "_operators", lambda _size: [])
    monkeypatch.setattr(
        score_scaling, "read", lambda _, data: sum(1 for _ in range(len(data) ** 2))
    )
    (found,) = score_scaling.scalings(1_000, turns=2)
    assert not found.good
