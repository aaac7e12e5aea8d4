"""``scripts/score notes``: its figures, and baselines that the shared scorer counts as waygraph."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def scripts(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))


def test_a_figure_is_a_share_and_none_of_nothing() -> None:
    from score_notes import figures, mean

    one = figures({"gold": 8, "recalled": 4, "found": 5, "right": 5, "orders": 2})
    assert one["concepts", "recall"] == 0.5
    assert one["concepts", "precision"] == 1.0
    assert one["concepts", "F1"] == pytest.approx(2 / 3)
    assert one["plans", "orders right"] == 0.0
    assert one["plans", "F1"] is None
    assert figures({"gold": 8})["concepts", "F1"] == 0.0
    both = mean([one, figures({"gold": 2, "recalled": 2, "goals": 4, "plans with steps": 1})])
    assert both["concepts", "recall"] == 0.75
    assert both["plans", "with steps"] == 0.25
    assert both["ways", "found"] is None


def test_the_shared_scorer_counts_a_baseline_as_it_counts_waygraph(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import score_baselines as beside

    said = beside.Answers(
        labels={"tree": ["Search Trees", "BST"], "node": ["node"], "talk": ["way"]},
        mentions=[("tree", "a b.md"), ("node", "a b.md"), ("talk", "a b.md")],
        requires=[("tree", "node", "a b.md")],
        plans={"tree": ["talk", "node"]},
        goals={"search tree": "tree"},
    )
    rule = beside.Baseline(lambda _place, _notes: said, ("concepts", "plans"))
    monkeypatch.setitem(beside.BASELINES, "rule", rule)
    concepts = [
        {"label": "search tree", "also": [], "core": True, "quote": ""},
        {"label": "nodes", "also": [], "core": False, "quote": ""},
        {"label": "graph", "also": [], "core": True, "quote": ""},
    ]
    note = {
        "corpus": "mine", "note": "a b.md", "concepts": concepts, "not_concepts": ["way"],
        "requires": [{"concept": "search tree", "needs": "nodes", "strength": "must"}],
    }  # fmt: skip
    plan = {
        "corpus": "mine", "goal": "search trees", "wrong": ["way"],
        "plan": [{"concept": "node"}, {"concept": "graph"}],
        "orders": [["node", "search trees"]],
    }  # fmt: skip
    (tmp_path / "notes.jsonl").write_text(json.dumps(note), encoding="utf-8")
    (tmp_path / "plans.jsonl").write_text(json.dumps(plan), encoding="utf-8")
    scorer = shared.parent / "score" / "score_notes.py"
    with beside.answering("rule", tmp_path, ["a b.md"]) as command:
        arguments = [str(tmp_path), str(tmp_path), "mine", "--json", "--waygraph", command]
        done = subprocess.run(
            [sys.executable, scorer, *arguments], check=True, stdout=subprocess.PIPE, text=True
        )
    counts = json.loads(done.stdout)
    wanted = {
        "gold": 3, "recalled": 2, "core": 2, "core recalled": 1, "found": 3, "right": 2,
        "ruled out": 1, "requires found": 1, "requires right": 1, "must": 1, "must held": 1,
        "goals found": 1, "plan steps shown": 2, "plan steps right": 1, "plan steps ruled out": 1,
        "orders": 1, "orders right": 1, "ways asked": 1,
    }  # fmt: skip
    assert {name: counts.get(name, 0) for name in wanted} == wanted


def test_without_the_shared_notes_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import score_notes

    monkeypatch.setattr(score_notes, "GOLD", tmp_path / "absent")
    with pytest.raises(SystemExit, match="nothing was scored"):
        score_notes.main(["til"])
    with pytest.raises(SystemExit):
        score_notes.main(["tli"])


@pytest.mark.slow
def test_phrases_of_a_note_and_what_is_near_its_home(tmp_path: Path) -> None:
    import waygraph
    from score_baselines import answering

    note = "# {0}\n\nThe [[{0}]] is a [[{1}]] with many more parts than the {1} of old.\n"
    for name, other in (("Search tree", "Graph"), ("Graph", "Node"), ("Node", "Node")):
        text = note.format(name, other)
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    waygraph.ingest([tmp_path], tmp_path)
    for system in ("noun chunks", "YAKE"):
        with answering(system, tmp_path, ["Search tree.md"]) as command:
            asked = [command, "query", "SELECT ?p {}"]
            done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True)
        labels = [row.split(",")[1].lower() for row in done.stdout.splitlines()[1:]]
        assert "search tree" in labels, system
        assert not {label for label in labels if label.startswith("the ")}
    with answering("home's words", tmp_path, ["Search tree.md"]) as command:
        asked = [command, "path", "search trees"]
        done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True)
        alone = subprocess.run([*asked, "--from", "Node"], check=False, capture_output=True)
    steps = [step["concept"]["iri"].rpartition("/")[2] for step in json.loads(done.stdout)["steps"]]
    assert steps == ["graph", "search-tree"]
    assert alone.returncode
