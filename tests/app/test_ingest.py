"""The main job, end to end, with the real models: notes in, datagraph and paths out."""

from __future__ import annotations

import gc
import os
import random
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import rdflib

import waygraph
from tests.conftest import copy_notes
from waygraph.app.ingest import _spared
from waygraph.compute import cache
from waygraph.config import Workspace
from waygraph.database import open_to_read
from waygraph.read import reader_process
from waygraph.read.snapshots import Snapshots

pytestmark = pytest.mark.slow


def test_python_api(sample: Workspace) -> None:
    place = waygraph.open_workspace(sample.root)
    assert place == sample
    path = waygraph.learning_path(place, "A* search", start="binary heap")
    assert [path.start.label, path.goal.label] == ["binary heap", "A* search"]
    assert path.optimal
    assert path.steps[-1].concept == path.goal
    without_start = waygraph.learning_path(place, "SPARQL")
    assert without_start.steps[-1].concept.label == "SPARQL"
    with pytest.raises(waygraph.WaygraphError, match="unknown concept"):
        waygraph.learning_path(place, "no such thing at all")


def test_sample_path_is_worth_following(sample: Workspace) -> None:
    path = waygraph.learning_path(sample, "A* search", start="binary heap")
    labels = [s.concept.label for s in path.steps]
    assert labels[0] == "binary heap"
    assert "priority queue" in labels
    assert labels[-1] == "A* search"
    # what it builds on besides comes before it, in an order that violates nothing
    assert labels.index("weighted graph") < labels.index("Dijkstra's algorithm")
    assert path.steps[0].relation == "start"


def test_export_is_the_same_graph_for_rdflib(sample: Workspace, tmp_path: Path) -> None:
    turtle = waygraph.export(sample, tmp_path / "out.ttl")
    assert (tmp_path / "out.ttl").read_bytes().decode() == turtle
    graph = rdflib.Graph().parse(data=turtle, format="turtle")
    wg, skos = rdflib.Namespace("https://w3id.org/waygraph#"), rdflib.SKOS
    concept = next(graph.subjects(skos.prefLabel, rdflib.Literal("A* search")))
    needed = {str(graph.value(o, skos.prefLabel)) for o in graph.objects(concept, wg.requires)}
    assert {"priority queue", "Dijkstra's algorithm", "admissible heuristic"} <= needed
    assert not any(isinstance(t, rdflib.BNode) for triple in graph for t in triple)


def test_other_hash_seed_workers_and_order_give_the_same_bytes(
    sample: Workspace, tmp_path: Path
) -> None:
    root = copy_notes(tmp_path)
    script = tmp_path / "run.py"
    script.write_text(
        "import waygraph\n"
        "if __name__ == '__main__':\n"
        "    for part in ('data/articles', 'data/notes'):\n"
        "        waygraph.ingest([part], workers=2)\n"
        "    waygraph.export(waygraph.open_workspace(), 'out.ttl')\n"
    )
    subprocess.run(
        [sys.executable, str(script)],
        cwd=root, check=True, env={**os.environ, "PYTHONHASHSEED": "12345"},
    )  # fmt: skip
    assert (root / "out.ttl").read_text(encoding="utf-8") == waygraph.export(sample)


def test_adding_then_deleting_notes_restores_the_bytes(tmp_path: Path) -> None:
    root = copy_notes(tmp_path)
    place = waygraph.ingest([root / "data"], root).workspace
    before = waygraph.export(place)
    extra = root / "data" / "notes" / "day-101.md"
    extra.write_text(
        "# Day 101: Landmarks\n\nA **landmark heuristic** is an [[admissible heuristic]] that "
        "stores distances. A* search uses the landmark heuristic.\n"
    )
    grown = waygraph.ingest([root / "data"], root)
    assert grown.read == 1
    assert waygraph.export(place) != before
    assert "landmark" in waygraph.export(place)
    extra.unlink()
    shrunk = waygraph.ingest([root / "data"], root)
    assert (shrunk.read, shrunk.dropped) == (0, 1)
    assert waygraph.export(place) == before


def test_editing_changes_only_what_hangs_on_it(tmp_path: Path) -> None:
    root = copy_notes(tmp_path)
    waygraph.ingest([root / "data"], root)
    again = waygraph.ingest([root / "data"], root)
    assert (again.read, again.graphs_written, again.graphs_dropped) == (0, 0, 0)
    note = root / "data" / "notes" / "day-001.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nOne more plain remark.\n")
    edited = waygraph.ingest([root / "data"], root)
    assert edited.read == 1
    # of some 160 graphs; prerequisites are weighed against all other notes
    assert 1 <= edited.graphs_written <= 16


def test_many_edits_leave_no_more_than_the_last_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_SPARED", 0)
    notes = tmp_path / "edited" / "notes"
    notes.mkdir(parents=True)
    for name in ("heap", "tree", "graph", "queue"):
        (notes / f"{name}.md").write_text(f"# {name}\n\nA {name} requires a [[node]].\n")
    sizes: list[int] = []
    remembered: list[int] = []
    for edit in range(16):
        (notes / "node.md").write_text(f"# node\n\nA [[nodule {edit}]] is a node.\n")
        place = waygraph.ingest([notes], notes.parent).workspace
        with closing(open_to_read(place.folder / "cache.sqlite")) as rows:
            sizes += rows.execute("SELECT COUNT(*) FROM result").fetchone()
            known = "SELECT COUNT(*) FROM result WHERE key GLOB 'remembered *'"
            remembered += rows.execute(known).fetchone()
    assert max(sizes) < 3 * sizes[0]
    assert remembered == sorted(set(remembered))  # a label more each time, and none goes
    again = waygraph.ingest([notes], notes.parent)
    assert sum(node.computed for node in again.nodes) == 0
    alone = tmp_path / "alone"
    shutil.copytree(notes, alone / "notes")
    fresh = waygraph.ingest([alone / "notes"], alone).workspace
    assert waygraph.export(place) == waygraph.export(fresh)


def test_a_renamed_note_is_the_same_note_elsewhere(tmp_path: Path) -> None:
    root = copy_notes(tmp_path)
    place = waygraph.ingest([root / "data"], root).workspace
    before = waygraph.export(place)
    note = root / "data" / "notes" / "day-002.md"
    there = note.with_name("moved") / "day-002.md"
    there.parent.mkdir()
    note.rename(there)
    moved = waygraph.ingest([root / "data"], root)
    assert moved.renamed == (("data/notes/day-002.md", "data/notes/moved/day-002.md"),)
    assert (moved.read, moved.dropped) == (0, 0)
    there.rename(note)
    assert waygraph.ingest([root / "data"], root).renamed == tuple(
        (new, old) for old, new in moved.renamed
    )
    assert waygraph.export(place) == before


def test_a_real_stream_of_edits_ends_as_its_last_state_alone(shared: Path, tmp_path: Path) -> None:
    """A site at four dates: notes come, go, change and get other names between them."""
    dates = sorted(path.name for path in (shared / "bruno").iterdir())
    exports: dict[str, str] = {}
    changes: list[tuple[int, int]] = []
    for name, stream in (("stream", dates), ("alone", dates[-1:])):
        site = tmp_path / name / "site"
        for date in stream:
            shutil.rmtree(site, ignore_errors=True)
            shutil.copytree(shared / "bruno" / date, site)
            report = waygraph.ingest([site], site.parent)
            assert not report.failures
            changes.append((report.read, report.dropped))
        exports[name] = waygraph.export(report.workspace)
    assert exports["stream"] == exports["alone"]
    assert min(map(sum, zip(*changes[1:4], strict=True))) > 50


def test_notes_ingested_from_elsewhere_stay(tmp_path: Path) -> None:
    root = copy_notes(tmp_path)
    waygraph.ingest([root / "data" / "articles"], root)
    both = waygraph.ingest([root / "data" / "notes"], root)
    assert both.documents == 42


def test_a_broken_cache_or_concept_graph_names_the_way_out(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# heap\n\nA heap is a tree.\n")
    place = waygraph.ingest([note], tmp_path).workspace
    (place.folder / "concept-graph" / "arrays.bin").write_bytes(b"nonsense")
    with pytest.raises(waygraph.WaygraphError, match="`waygraph ingest` makes it anew"):
        waygraph.learning_path(place, "heap")
    waygraph.ingest([note], tmp_path)
    assert waygraph.learning_path(place, "heap").goal.label == "heap"
    (place.folder / "cache.sqlite").write_bytes(b"nonsense" * 1000)
    again = waygraph.ingest([note], tmp_path)
    assert "it was made anew" in str(again.warnings[0])


def test_a_broken_compute_graph_is_refused_before_reading(tmp_path: Path) -> None:
    folder = tmp_path / ".waygraph"
    folder.mkdir()
    (folder / "settings.toml").write_text('graph = "mine.toml"\n')
    (tmp_path / "mine.toml").write_text('[operators.parses]\nuse = "pares"\n')
    (tmp_path / "latin.md").write_bytes(b"\xe9")
    with pytest.raises(waygraph.WaygraphError, match=r"mine\.toml:2: unknown operator 'pares'"):
        waygraph.ingest([tmp_path], tmp_path)


def test_the_collector_is_left_as_it_was(tmp_path: Path) -> None:
    note = tmp_path / "heap.md"
    note.write_text("# Heap\n\nA heap is a tree.\n", encoding="utf-8")
    before, during = gc.get_threshold(), set[tuple[int, int, int]]()
    waygraph.ingest([note], tmp_path, progress=lambda *_: during.add(gc.get_threshold()))
    assert max(during) > before
    assert gc.get_threshold() == before


def test_an_operator_that_fails_leaves_what_was_there(tmp_path: Path, checkout: Path) -> None:
    note = tmp_path / "heap.md"
    note.write_text("# Heap\n\nA heap is a tree.\n", encoding="utf-8")
    place = waygraph.ingest([note], tmp_path).workspace
    before = waygraph.export(place)
    pipeline = (checkout / "data" / "pipeline.toml").read_text(encoding="utf-8")
    start, _, _ = pipeline.partition("[operators.vectors]")
    (tmp_path / "empty").mkdir()
    (tmp_path / "mine.toml").write_text(
        f'{start}[operators.vectors]\nuse = "embed"\nmodel = "{(tmp_path / "empty").as_posix()}"\n'
    )
    settings = place.folder / "settings.toml"
    said = settings.read_text(encoding="utf-8") if settings.exists() else ""
    settings.write_text(f'graph = "mine.toml"\n{said}', encoding="utf-8")
    note.write_text("# Queue\n\nA queue is a list.\n", encoding="utf-8")
    waygraph.trust(place.folder)
    with pytest.raises(waygraph.WaygraphError, match="does not load"):
        waygraph.ingest([note], tmp_path)
    assert waygraph.export(place) == before


@pytest.mark.parametrize("corpus", ["bruno/2022-11-24", "metacademy/vault"])
def test_real_corpora_are_read_without_failure(corpus: str, shared: Path, tmp_path: Path) -> None:
    report = waygraph.ingest([shared / corpus], tmp_path)
    assert not report.failures
    assert report.documents == len(list((shared / corpus).rglob("*.md")))
    assert report.concepts > 100


def test_a_path_through_real_day_notes(shared: Path, tmp_path: Path) -> None:
    folders = [shared / "bruno" / name for name in ("2022-10-28", "2022-11-24")]
    place = waygraph.ingest(folders, tmp_path).workspace
    path = waygraph.learning_path(place, "A* search", start="Jupyter")
    assert path.start.label == "Jupyter"
    assert path.goal.label == "A* search algorithm"
    for step in path.steps:
        source = (place.root / step.reason.source).read_bytes().decode()
        assert source[step.reason.start : step.reason.end] == step.reason.quote != ""


def test_golden(tmp_path: Path) -> None:
    """A tiny corpus with every kind of structure gives these very bytes."""
    golden = Path(__file__).parents[1] / "golden"
    shutil.copytree(golden / "notes", tmp_path / "notes")
    files = sorted((tmp_path / "notes").iterdir())
    random.shuffle(files)
    place = waygraph.ingest(files, tmp_path).workspace
    turtle = waygraph.export(place)
    if os.environ.get("WAYGRAPH_WRITE_GOLDEN"):
        (golden / "notes.ttl").write_text(turtle, encoding="utf-8")
    assert turtle == (golden / "notes.ttl").read_text(encoding="utf-8")


def test_a_run_killed_before_its_provenance_is_written_gets_it_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from waygraph.app import ingest
    from waygraph.app.ask import open_data

    note = tmp_path / "heap.md"
    note.write_text("# heap\n\nA heap is a tree.\n")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(ingest, "_write_runs", killed)
        waygraph.ingest([note], tmp_path)
    place = waygraph.ingest([note], tmp_path).workspace
    with open_data(place) as data:
        made = {run for _, run in data.pairs("http://www.w3.org/ns/prov#wasGeneratedBy")}
        assert made
        assert made <= set(data.runs())


def test_a_large_note_leaves_no_process_that_holds_what_reading_it_took(tmp_path: Path) -> None:
    with Snapshots(tmp_path / "documents.sqlite") as snapshots:
        for count, large in ((10, False), (200_000, True)):
            note = reader_process.read_note("heap.md", b"A heap is a tree.\n" * count)
            reader = reader_process._READER._process
            assert reader is not None
            snapshots.put([note])
            assert _spared(snapshots) is large
            assert (reader.poll() is not None) is large
