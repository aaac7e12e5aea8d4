"""Decisions from the command to the export: kept, replayed, undone, reported."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import waygraph
from waygraph.app.cli import app
from waygraph.app.decisions import append_decision, decisions_file, read_decisions
from waygraph.app.freshness import outdated
from waygraph.config import DECISIONS, Workspace, find_workspace
from waygraph.decisions import Decision, parse_comment
from waygraph.errors import StoreError
from waygraph.store.dataset import Dataset

NOTES = {
    "graph.md": "# Graph\n\nA **graph** is a set of nodes joined by edges.\n",
    "tree.md": "# Tree\n\nA **tree** is a [[graph]] without cycles. A tree requires a graph.\n",
    "heap.md": "# Heap\n\nA **heap** is a [[tree]] in order. A heap requires a tree.\n",
    "day-1.md": "# Day 1\n\nThe **heap** uses a [[tree]]. The **treap** is slow.\n",
}


def run(root: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--workspace", str(root)])


def decide(root: Path, *words: str) -> None:
    done = run(root, "decide", *words)
    assert done.exit_code == 0, (done.output, done.exception)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("decided") / "notes"
    root.mkdir()
    for name, body in NOTES.items():
        (root / name).write_text(body)
    waygraph.ingest([root], root)
    return root


@pytest.fixture
def root(ingested: Path, tmp_path: Path) -> Path:
    """A copy of the ingested notes, free to be changed."""
    return Path(shutil.copytree(ingested, tmp_path / "notes"))


def apply(root: Path) -> list[str]:
    """Replay the decisions; what the ingest warns of."""
    return list(map(str, waygraph.ingest((), root).warnings))


def export(root: Path) -> str:
    return waygraph.export(find_workspace(root))


# Without models: the file


def empty(root: Path) -> Workspace:
    (root / ".waygraph").mkdir()
    return find_workspace(root)


def test_decisions_are_appended_in_time_even_if_a_clock_ran_ahead(tmp_path: Path) -> None:
    place = empty(tmp_path)
    hours = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=20)
    ahead = f"{hours:%Y-%m-%dT%H:%M:%S}.000Z bo know tree\n"
    decisions_file(place).write_text(ahead.rstrip("\n"))  # and no line break at the end
    made = append_decision(place, parse_comment("undo know tree"), "ann")
    assert made.when == f"{hours:%Y-%m-%dT%H:%M:%S}.001Z"
    assert decisions_file(place).read_text() == ahead + f"{made.when} ann undo know tree\n"
    assert read_decisions(place).force == ()
    assert made.line == 2


def test_the_line_that_is_told_is_the_line_it_stands_on(tmp_path: Path) -> None:
    place = empty(tmp_path)
    for label in ("tree", "heap"):
        made = append_decision(place, Decision("know", (label,)), "ann")
        assert read_decisions(place).all[-1] == made
        assert decisions_file(place).read_text().splitlines()[made.line - 1].endswith(label)


def test_two_peoples_decisions_merge_in_git_without_conflict(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    place = empty(tmp_path)
    append_decision(place, Decision("know", ("graph",)), "ann")
    git("add", "-A")
    git("commit", "-qm", "first")
    git("checkout", "-qb", "bo")
    append_decision(place, Decision("know", ("tree",)), "bo")
    git("commit", "-qam", "bo's")
    git("checkout", "-q", "main")
    append_decision(place, Decision("know", ("heap",)), "ann")
    git("commit", "-qam", "ann's")
    git("merge", "-q", "bo", "-m", "both")
    decided = read_decisions(place)
    assert not decided.faults
    assert sorted(d.terms[0] for d in decided.force) == ["graph", "heap", "tree"]


def test_a_file_that_cannot_be_read_or_written_is_a_clear_error(tmp_path: Path) -> None:
    place = empty(tmp_path)
    decisions_file(place).write_bytes(b"\xff\xfe\xff")
    with pytest.raises(StoreError, match="it is not UTF-8"):
        read_decisions(place)
    decisions_file(place).unlink()
    decisions_file(place).mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        append_decision(place, Decision("know", ("heap",)), "ann")


def test_a_name_does_not_break_out_of_its_line(tmp_path: Path) -> None:
    place = empty(tmp_path)
    made = append_decision(place, Decision("know", ("heap",)), "ann\n2026 bo\udcff")
    assert made.who == "ann 2026 bo"
    assert read_decisions(place).force == (made,)


def test_what_git_is_told_is_no_condition(tmp_path: Path) -> None:
    place = empty(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitattributes").write_bytes(b"\xff binary")
    made = append_decision(place, Decision("know", ("heap",)), "ann")
    assert read_decisions(place).force == (made,)
    told = (tmp_path / ".gitattributes").read_bytes()
    assert told == b"\xff binary\nwaygraph.decisions merge=union\n"


# With models: what decisions come to


@pytest.mark.slow
def test_a_merge_undone_gives_back_the_same_bytes(root: Path) -> None:
    before = export(root)
    decide(root, "merge", "treap", "heap", "--why", "the book says treap")
    assert apply(root) == []
    merged = export(root)
    assert 'skos:altLabel "treap"' in merged
    assert 'dcterms:description "the book says treap"' in merged
    decide(root, "undo", "merge", "treap", "heap")
    assert apply(root) == []
    assert export(root) == before


@pytest.mark.slow
def test_relations_are_as_decided_and_the_words_of_notes_still_speak(root: Path) -> None:
    decide(root, "reject", "heap", "requires", "tree", "--who", "bo")
    decide(root, "require", "heap", "graph", "--why", "its shape is one")
    assert apply(root) == []
    turtle = export(root)
    heap = turtle[turtle.index("\nconcept:heap\n") :].split(" .\n")[0]
    assert "wg:requires concept:graph" in heap
    assert "wg:requires concept:tree" not in heap
    path = waygraph.learning_path(find_workspace(root), "heap", start="graph")
    assert path.steps[-1].relation == "requires"
    assert path.steps[-1].reason.text == "its shape is one"
    assert path.steps[-1].reason.source == DECISIONS
    # a relation that a note states as well is quoted from the note
    decide(root, "accept", "tree", "requires", "graph")
    apply(root)
    step = waygraph.learning_path(find_workspace(root), "tree", start="graph").steps[-1]
    assert (step.reason.source, step.confidence) == ("tree.md", 1.0)


@pytest.mark.slow
def test_decisions_are_replayed_over_a_fresh_workspace(root: Path) -> None:
    decide(root, "rename", "heap", "ordered tree")
    decide(root, "reject", "treap")
    apply(root)
    before = export(root)
    assert 'skos:prefLabel "ordered tree"' in before
    shutil.rmtree(root / ".waygraph")
    waygraph.ingest([root], root)
    assert export(root) == before


@pytest.mark.slow
def test_a_renamed_note_keeps_its_decisions(root: Path) -> None:
    decide(root, "reject", "heap", "--in", "day-1.md")
    apply(root)
    place = find_workspace(root)
    named = "GRAPH ?g { ?m <http://www.w3.org/ns/oa#hasBody> $c } FILTER(CONTAINS(STR(?g), 'day'))"

    def mentions() -> int:
        with Dataset(place.folder / "store", place.settings.base) as data:
            heap = place.settings.base + "concept/heap"
            return len(list(data.select(f"SELECT ?m {{ {named} }}", c=heap)))

    assert mentions() == 0
    (root / "later").mkdir()
    (root / "day-1.md").rename(root / "later" / "day-1.md")
    report = waygraph.ingest([root], root)
    assert report.renamed == (("day-1.md", "later/day-1.md"),)
    assert mentions() == 0
    assert not report.warnings
    (root / "later" / "day-1.md").write_text(NOTES["day-1.md"] + "\nOne more **heap**.\n")
    assert not waygraph.ingest([root], root).warnings
    assert mentions() == 0


@pytest.mark.slow
def test_a_comment_in_a_note_decides_too_and_one_from_the_web_does_not(root: Path) -> None:
    note = root / "day-1.md"
    note.write_text(note.read_text() + '\n<!-- waygraph: reject treap --why "talk" -->\n')
    (root / "graph.md").write_text(NOTES["graph.md"] + "\n%% waygraph: eat graph %%\n")
    web = root / "web"
    web.mkdir()
    (web / "page.md").write_text("# Page\n\n<!-- waygraph: reject graph -->\n\nA page of it.\n")
    (web / "index.json").write_text(
        '[{"url": "https://example.org/page.md", "file": "page.md", "type": "text/markdown"}]'
    )
    (root / "tree.md").write_text(NOTES["tree.md"] + "\n[more](https://example.org/page.md)\n")
    from waygraph.app.articles import ArticleOptions

    report = waygraph.ingest([root / n for n in NOTES], root, articles=ArticleOptions(seeds=(web,)))
    assert [str(f) for f in report.failures] == [
        "graph.md:5: 'eat' is no decision; known: accept, reject, relate, require, merge, split, "
        "rename, know, move, undo"
    ]
    turtle = export(root)
    assert "concept:treap\n" not in turtle
    assert "concept:graph\n" in turtle
    assert 'wg:address "day-1.md"' in turtle


@pytest.mark.slow
def test_what_is_ruled_on_and_gone_is_reported_by_line(root: Path) -> None:
    decide(root, "merge", "treap", "heap")
    decide(root, "require", "tree", "graph")
    decide(root, "require", "graph", "tree")
    (root / "day-1.md").unlink()
    warnings = [str(w) for w in waygraph.ingest([root], root).warnings]
    assert warnings == [
        f"{DECISIONS}:4: merge treap heap: no note names 'treap' by itself",
        f"{DECISIONS}:6: require graph tree: with earlier decisions it would close a cycle, "
        "so it is left out",
    ]


@pytest.mark.slow
def test_labels_that_name_nothing_are_asked_about(root: Path) -> None:
    done = run(root, "decide", "know", "heep")
    assert done.exit_code != 0
    assert not decisions_file(find_workspace(root)).exists()
    decide(root, "know", "heep", "--anyway")
    decide(root, "know", "heap")
    force = read_decisions(find_workspace(root)).force
    assert [d.statement() for d in force] == ["know heep", "know heap"]
    assert DECISIONS in outdated(find_workspace(root))
    listed = run(root, "decisions").output
    assert f"{DECISIONS}:5: know heap" in listed
    decide(root, "undo")
    assert "know heap" not in run(root, "decisions").output
    assert "know heap  " in run(root, "decisions", "--all").output


@pytest.mark.slow
def test_a_page_that_says_so_is_known(root: Path) -> None:
    page = root / "tree.md"
    page.write_text("---\nstatus: known\n---\n" + NOTES["tree.md"])
    waygraph.ingest([root], root)
    path = waygraph.learning_path(find_workspace(root), "heap")
    assert (path.start.label, path.steps[0].relation) == ("tree", "known")
    assert 'wg:status "known"' in export(root)
    page.write_text(NOTES["tree.md"])
    waygraph.ingest([root], root)
    path = waygraph.learning_path(find_workspace(root), "heap")
    assert "known" not in [step.relation for step in path.steps]
