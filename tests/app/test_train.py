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
from waygraph.app.train import read_pairs, train
from waygraph.config import Workspace, find_workspace
from waygraph.decisions import Decision
from waygraph.operators.prerequisite_model import load_model

pytestmark = pytest.mark.slow


def rule(place: Workspace, accepted: int, rejected: int) -> None:
    """Decide against the model: what it finds least likely holds, what it believes does not."""
    read = read_pairs(place)
    labels = {concept.slug: concept.label for concept in read.concepts.concepts}
    chances = load_model("auto").apply(read.table)
    ranked = sorted(range(len(chances)), key=lambda i: (chances[i], read.table.pairs[i]))
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
    assert "0 accepted and 0 rejected prerequisites" in str(few.exception)
    rule(place, 60, 60)
    made = train(place)
    assert (made.accepted, made.rejected, made.unread) == (60, 60, 0)
    assert made.after.log_loss < made.before.log_loss
    assert made.after.accuracy > made.before.accuracy
    file = trained_model(place)
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
