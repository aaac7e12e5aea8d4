"""The list of goals as people type them, and how its answers are counted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.search.test_compile import build, view_of


@pytest.fixture(autouse=True)
def scripts(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))


def test_the_list_is_whole() -> None:
    import score_goals
    from score_notes import CORPORA

    goals = score_goals.read_goals()
    kinds = Counter(goal.kind for goal in goals)
    assert len(goals) >= 200
    assert len({(goal.corpus, goal.typed) for goal in goals}) == len(goals)
    assert {goal.corpus for goal in goals} <= set(CORPORA)
    assert set(kinds) == {
        "misspelt", "plural", "swapped", "acronym", "paraphrase", "question", "prefix", "nonsense",
    }  # fmt: skip
    assert min(kinds.values()) >= 20
    assert all(bool(goal.right) == (goal.kind != "nonsense") for goal in goals)
    assert 0.4 < sum(goal.tuned for goal in goals) / len(goals) < 0.6


def test_answers_are_counted_for_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import score_goals

    graph = build(tmp_path, view_of(["heap", "heaps of sand", "stack", "prime number"], []))
    monkeypatch.setattr("waygraph.app.ask.open_graph", lambda _: graph)
    monkeypatch.setattr("waygraph.config.find_workspace", lambda _: None)
    monkeypatch.setattr("waygraph.app.ask.concepts_like", lambda *_: [])
    goals = [
        score_goals.Typed("c", "k", typed, right)
        for typed, right in (
            ("what is a heap", ("heap",)),
            ("stakc", ("heap",)),
            ("stack", ("heap",)),
            ("qqq www", ("heap",)),
            ("qqq www", ()),
            ("stack", ()),
            ("tree", ("tree",)),
        )
    ]
    assert [outcome for _, outcome, _ in score_goals.answered(tmp_path, goals)] == [
        "right", "said", "a label", "refused", "right", "a label", "not held",
    ]  # fmt: skip
