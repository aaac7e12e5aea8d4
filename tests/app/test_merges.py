"""Merges from note to datagraph: recorded, shown, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from waygraph.app.cli import app
from waygraph.config import Workspace
from waygraph.operators import acronyms

pytestmark = pytest.mark.slow

NOTES = {
    "level-search.md": "---\ntitle: level search\naliases: [BFS]\n---\n# level search\n\nFair.\n",
    "day-001.md": "# Day 1\n\nA **graphics processing unit** (GPU) is a chip.\n",
    "day-002.md": "# Day 2\n\nThe **GPU** runs **BFS**. It likes a **colour map**.\n",
    "day-003.md": "# Day 3\n\nOne more **color map** on the **GPU**.\n",
}


def ingested(folder: Path, never: str = "") -> Workspace:
    """A workspace over the notes, with a compute graph that keeps the pairs ``never`` apart."""
    folder.mkdir()
    for name, body in NOTES.items():
        (folder / name).write_text(body)
    graph = (Path(__file__).parents[2] / "data" / "pipeline.toml").read_text()
    (folder / "graph.toml").write_text(graph.replace('never = ""', f'never = "{never}"'))
    (folder / ".waygraph").mkdir()
    (folder / ".waygraph" / "settings.toml").write_text('graph = "graph.toml"\n')
    return waygraph.ingest([folder], folder).workspace


def test_every_merge_is_a_claim_with_its_reason(tmp_path: Path) -> None:
    turtle = waygraph.export(ingested(tmp_path / "notes"))
    assert 'skos:altLabel "GPU"' in turtle
    assert "“GPU” stands in brackets beside “graphics processing unit”, its initials" in turtle
    assert "are British and American" in turtle


def test_show_lists_the_merges_behind_a_concept(tmp_path: Path) -> None:
    place = ingested(tmp_path / "notes")
    shown = CliRunner().invoke(app, ["show", "GPU", "--workspace", str(place.folder)]).output
    assert "merges (1)\n  GPU (confidence 0.99): “GPU” stands in brackets" in shown
    assert '"graphics processing unit (GPU)" (day-001.md:3)' in shown


def test_a_merge_undone_leaves_what_would_be_there_had_it_never_been_proposed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged = waygraph.export(ingested(tmp_path / "merged"))
    vetoed = waygraph.export(ingested(tmp_path / "vetoed", "GPU = graphics processing unit"))
    monkeypatch.setattr(acronyms, "is_initials", lambda *_: False)
    monkeypatch.setattr("waygraph.operators.merge_claims.is_initials", lambda *_: False)
    monkeypatch.setattr(acronyms, "expansion", lambda *_: "")
    unsaid = waygraph.export(ingested(tmp_path / "unsaid"))
    assert vetoed == unsaid
    assert vetoed != merged
