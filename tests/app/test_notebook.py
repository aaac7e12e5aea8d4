"""In a notebook: the one that comes with waygraph runs, and nothing in a note runs as a page."""

from __future__ import annotations

import shutil
from pathlib import Path

import networkx as nx
import pytest

import waygraph
from tests.conftest import copy_notes
from waygraph.app.ask import open_graph
from waygraph.app.notebook import concept_html, path_html, workspace_html
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
HOSTILE = '<script>alert(1)</script>" onclick="x'


def test_the_notebook_runs(checkout: Path, tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    data = copy_notes(tmp_path) / "data"
    shutil.copytree(checkout / "data" / "notebooks", data / "notebooks")
    (file,) = (data / "notebooks").glob("*.ipynb")
    book = nbformat.reads(file.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]  # it leaves this untyped
    assert not any(cell.get("outputs") for cell in book.cells), "commit it without outputs"
    made = NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": file.parent}}
    ).execute()
    shown = [
        output["data"]
        for cell in made.cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    pages = " ".join(data["text/html"] for data in shown if "text/html" in data)
    assert "<caption>" in pages  # the workspace
    assert "<h3><bdi>A* search</bdi></h3>" in pages
    assert "<ol><li><b><bdi>binary heap</bdi></b>" in pages
    assert "bidirectional-a-star" in pages
    assert "requirements" not in pages


def test_values_are_shown_as_pages(sample: Workspace) -> None:
    many = len(open_graph(sample))
    assert f"<td><bdi>{many}</bdi></td>" in workspace_html(sample)
    card = concept_html(waygraph.concept(sample, "priority queue"))
    assert "requires" in card
    assert "data/articles/priority-queue.md:" in card
    path = waygraph.learning_path(sample, "A* search", start="binary heap", alternatives=1)
    page = path_html(path)
    assert page.count("<li>") >= len(path.steps)
    assert "alternatives" in page


def test_nothing_of_a_note_is_a_tag(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        f"# Heap\n\nA heap is a tree {HOSTILE}. A heap requires a *{HOSTILE} thing*.\n"
        f"\n## {HOSTILE}\n\nA *{HOSTILE} thing* is a heap.\n"
    )
    place = waygraph.ingest([tmp_path], tmp_path).workspace
    for row in waygraph.to_pandas(place).concepts.label:
        page = concept_html(waygraph.concept(place, row))
        assert "<script" not in page
        assert 'onclick="' not in page
        assert "script" not in page or "&lt;script" in page
    assert "script" in "".join(
        concept_html(waygraph.concept(place, row))
        for row in waygraph.to_pandas(place).concepts.label
    )


def test_other_libraries_get_the_same_graph(sample: Workspace) -> None:
    tables = waygraph.to_pandas(sample)
    assert len(tables.concepts) == len(open_graph(sample))
    assert set(tables.relations.subject) <= set(tables.concepts.index)
    assert tables.relations.confidence.between(0, 1).all()
    graph = waygraph.to_networkx(sample)
    assert isinstance(graph, nx.DiGraph)
    assert graph.number_of_nodes() == len(open_graph(sample))
    dataset = waygraph.to_rdflib(sample)
    requires = [r for r in tables.relations.itertuples() if r.relation == "requires"]
    found = dataset.query(
        "PREFIX wg: <https://w3id.org/waygraph#> SELECT DISTINCT ?a ?b { ?a wg:requires ?b }"
    )
    assert len(list(found)) == len(requires)
