"""Two workspaces over different notes become one, with all that was decided in either."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from tests.app.test_decisions import decide, export, ingested, root
from waygraph.app.ask import open_graph
from waygraph.app.cli import app
from waygraph.app.combine import combine
from waygraph.app.decisions import decisions_file, read_decisions
from waygraph.config import find_workspace
from waygraph.errors import WaygraphError

__all__ = ["ingested", "root"]  # fixtures
pytestmark = pytest.mark.slow

THEIRS = {
    "stack.md": "# Stack\n\nA **stack** is a heap of things. A stack requires a **list**.\n",
    "day-1.md": "# Day 1\n\nThe **heap** is no [[stack]]. The **treap** is quick.\n",
}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for name, body in THEIRS.items():
        (folder / name).write_text(body)
    waygraph.ingest([folder], folder)
    return folder


def test_notes_and_decisions_of_both_are_there_with_who_decided(root: Path, theirs: Path) -> None:
    decide(root, "know", "graph", "--who", "ann")
    decide(root, "accept", "treap", "--who", "ann")
    decide(theirs, "reject", "treap", "--who", "bo", "--why", "a word of talk")
    decide(theirs, "reject", "heap", "--in", "day-1.md", "--who", "bo")
    made = combine(find_workspace(root), find_workspace(theirs))
    assert (made.documents, made.decisions) == (2, 2)
    assert made.report.documents == 6
    assert not made.report.warnings
    assert [str(c) for c in made.conflicts] == ["bo: reject treap (holds) — ann: accept treap"]
    held = {(d.who, d.statement()) for d in read_decisions(find_workspace(root)).force}
    assert held == {
        ("ann", "know graph"),
        ("bo", "reject treap"),
        ("bo", "reject heap --in ../theirs/day-1.md"),
    }
    turtle = export(root)
    assert "concept:stack\n" in turtle
    assert "concept:treap\n" not in turtle
    assert 'schema:name "bo"' in turtle
    assert 'dcterms:identifier "../theirs/day-1.md"' in turtle
    # again brings in nothing, and theirs is as it was
    file = decisions_file(find_workspace(root))
    before = file.read_bytes()
    again = combine(find_workspace(root), find_workspace(theirs))
    assert (again.documents, again.decisions) == (0, 0)
    assert file.read_bytes() == before
    assert export(root) == turtle
    assert len(read_decisions(find_workspace(theirs)).all) == 2
    # theirs may be gone: the notes stay
    shutil.rmtree(theirs)
    waygraph.ingest([root], root)
    assert export(root) == turtle


def test_the_command_lists_what_was_decided_differently(root: Path, theirs: Path) -> None:
    decide(root, "accept", "treap", "--who", "ann")
    decide(theirs, "reject", "treap", "--who", "bo")
    done = CliRunner().invoke(app, ["merge", str(theirs), "-w", str(root)])
    assert done.exit_code == 0, done.exception
    assert "2 documents and 1 decisions came in; 6 documents" in done.output
    assert "1 decided differently:\n  bo: reject treap (holds) — ann: accept treap" in done.output


def test_what_cannot_be_combined_is_refused(root: Path, theirs: Path) -> None:
    place = find_workspace(root)
    with pytest.raises(WaygraphError, match="is this workspace itself"):
        combine(place, place)
    (theirs / ".waygraph" / "origin").unlink()
    with pytest.raises(WaygraphError, match="does not say whose notes it holds"):
        combine(place, find_workspace(theirs))
    (theirs / ".waygraph" / "settings.toml").write_text('base = "https://example.org/bo/"\n')
    with pytest.raises(WaygraphError, match=r"names things under https://example\.org/bo/"):
        combine(place, find_workspace(theirs))


def facts(root: Path) -> set[tuple[object, ...]]:
    """What a workspace says of concepts, wherever the notes lie that say it."""
    graph = open_graph(find_workspace(root))
    found: set[tuple[object, ...]] = set()
    for concept in range(len(graph)):
        label = graph.named(concept).label
        found.add((label, graph.definition(concept), graph.introduction(concept).text))
        for subject, relation, thing, sure, claims, quote, *_ in graph.relations_of(concept):
            ends = graph.named(subject).label, graph.named(thing).label
            found.add((*ends, relation, sure, claims, quote.text))
    return found


def test_in_whatever_order_people_merge_they_know_the_same(theirs: Path, tmp_path: Path) -> None:
    said = {
        "ann": "# Tree\n\nA **tree** is a heap. A tree requires a **list**.\n",
        "cat": "# List\n\nA **list** is a row. A [[tree]] requires a list.\n",
    }
    for who, body in said.items():
        (tmp_path / who).mkdir()
        (tmp_path / who / "day-1.md").write_text(body)
        (tmp_path / who / "stack.md").write_text(THEIRS["stack.md"])  # as it lies with the others
        waygraph.ingest([tmp_path / who], tmp_path / who)
    ann, bob, cat = (find_workspace(tmp_path / who) for who in ("ann", "theirs", "cat"))
    assert combine(ann, bob).documents == 1  # both have the other note
    assert combine(cat, ann).documents == 2
    assert combine(ann, cat).documents == 1
    known = facts(ann.root)
    assert facts(cat.root) == known
    assert "requires" in {fact[2] for fact in known}
    assert any("stack" in str(fact).casefold() for fact in known)
    assert combine(ann, bob).documents == combine(cat, bob).documents == 0
    assert facts(ann.root) == facts(cat.root) == known
