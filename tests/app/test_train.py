"""Learning from decisions: better on held-out ones, used by the next ingest, forgotten at will."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from waygraph.app.ask import open_compute_graph, trained_model
from waygraph.app.cli import app
from waygraph.app.decisions import append_decision
from waygraph.app.ingest import recalled
from waygraph.app.train import read_pairs, train
from waygraph.config import Workspace, find_workspace
from waygraph.decisions import Decision
from waygraph.model import Candidates, Merges
from waygraph.operators.concepts import term_features
from waygraph.operators.prerequisite_model import load_model
from waygraph.operators.term_model import load_model as load_terms

pytestmark = pytest.mark.slow


def rule(place: Workspace, accepted: int, rejected: int) -> None:
    """Decide against the model where it is in doubt: the less likely holds, the likelier not."""
    read = read_pairs(place)
    labels = {concept.slug: concept.label for concept in read.concepts.concepts}
    chances = load_model("auto").apply(read.table)
    doubted = [i for i, chance in enumerate(chances) if 0.05 < chance < 0.8]
    ranked = sorted(doubted, key=lambda i: (chances[i], read.table.pairs[i]))
    for verb, rows in (("reject", ranked[len(ranked) - rejected :]), ("accept", ranked[:accepted])):
        for row in rows:
            ends = read.table.pairs[row]
            decision = Decision(verb, (labels[ends[0]], labels[ends[1]]), "requires")
            append_decision(place, decision, "ann")


def test_it_learns_from_decisions_and_says_how_well(sample: Workspace, tmp_path: Path) -> None:
    root = Path(shutil.copytree(sample.root, tmp_path / "notes"))
    place = find_workspace(root)
    before = waygraph.export(place)
    few = CliRunner().invoke(app, ["train", "-w", str(root)])
    assert "prerequisites: 0 accepted, 0 rejected" in str(few.exception)
    rule(place, 60, 60)
    concepts, made = train(place)
    assert concepts.after is None
    assert (made.accepted, made.unread) == (60, 0)
    # who says what comes first says too what does not
    assert made.rejected > 60
    assert made.before
    assert made.after
    assert made.after.log_loss < made.before.log_loss
    assert made.after.accuracy > made.before.accuracy
    file = trained_model(place, "prerequisites")
    assert file is not None
    assert made.file == file
    (node,) = [n for n in open_compute_graph(place).nodes if n.name == "prerequisites"]
    assert node.settings["model"] == str(file)
    # the same decisions, the same weights
    first = file.read_bytes()
    file.unlink()
    train(place)
    assert file.read_bytes() == first
    # what was learnt is forgotten with its file, and so are the decisions with theirs
    (root / "waygraph.decisions").unlink()
    waygraph.ingest((), root)
    assert waygraph.export(place) != before
    file.unlink()
    waygraph.ingest((), root)
    assert waygraph.export(place) == before


def test_it_learns_of_what_kind_terms_are(sample: Workspace, tmp_path: Path) -> None:
    root = Path(shutil.copytree(sample.root, tmp_path / "notes"))
    place = find_workspace(root)
    with recalled(place) as results:
        candidates = (value for _, value in results.each("candidates", Candidates))
        rows, terms = term_features(candidates, results.one("merges", Merges))
    one, two = (terms.names.index(f"words {n}") for n in (1, 2))
    # a person for whom single words are no terms, and two words are one
    short = [n for n, row in rows.items() if terms.values[row, one] and not n.isdigit()]
    long = [n for n, row in rows.items() if terms.values[row, two]]
    for verb, names in (("reject", sorted(short)[:40]), ("accept", sorted(long)[:40])):
        for name in names:
            append_decision(place, Decision(verb, (name,)), "ann")
    shown = CliRunner().invoke(app, ["train", "-w", str(root)])
    assert shown.exit_code == 0, shown.exception
    assert "concepts: " in shown.output
    made, _ = train(place)
    file = trained_model(place, "concepts")
    assert file is not None
    learnt, before = load_terms(str(file)), load_terms("auto")
    assert learnt.weights[one] < before.weights[one]
    assert learnt.weights[two] > before.weights[two]
    assert made.after
    few = len(waygraph.ingest((), root).nodes)
    assert few
