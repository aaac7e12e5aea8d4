"""Every command that takes --store works on a SPARQL server, with the same bytes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from tests.store.test_remote import server
from waygraph.app.cli import app
from waygraph.config import find_workspace

__all__ = ["server"]  # a fixture
pytestmark = pytest.mark.slow

NOTES = {
    "graph.md": "# Graph\n\nA **graph** is a set of nodes. A graph requires a [[set]].\n",
    "tree.md": "# Tree\n\nA **tree** is a graph without cycles. A tree requires a [[graph]].\n",
}
HEAP = "# Heap\n\nA **heap** is a [[tree]]. A heap requires a **queue**.\n"
MORE = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    '<https://example.org/heap> a skos:Concept ; skos:prefLabel "heap"@en .\n'
)


def test_the_commands_on_a_server_and_here(server: str, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "heap.md").write_text(HEAP, "utf-8")
    waygraph.ingest([theirs], theirs)
    (tmp_path / "more.ttl").write_text(MORE, "utf-8")
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        root.mkdir()
        for name, text in NOTES.items():
            (root / name).write_text(text, "utf-8")

    def both(*words: str) -> str:
        """What a command prints, the same of both; folders and times of runs aside."""
        said = []
        for root, store in ((here, ()), (there, ("--store", server))):
            arguments = [word.replace("ROOT", str(root)) for word in words]
            done = CliRunner().invoke(app, [*arguments, "-w", str(root), *store])
            assert done.exit_code == 0, (words, done.output, done.exception)
            said.append(done.stdout.replace(str(root), "ROOT"))
        if words[0] not in ("ingest", "status", "explain"):
            assert said[0] == said[1], words
        return said[1]

    both("ingest", "ROOT")
    whole = both("export")
    assert 'skos:prefLabel "tree"' in whole
    assert "tree" in both("review", "--list")
    both("import", str(tmp_path / "more.ttl"))
    both("ingest")
    assert "1 documents and 0 decisions came in; 3 documents" in both("merge", str(theirs))
    (there / "graph.md").unlink()
    (here / "graph.md").unlink()
    both("ingest", "ROOT")
    for words in (
        ("export",), ("export", "--format", "trig", "--no-evidence"), ("show", "heap"), ("status",),
        ("query", "SELECT ?l { ?c skos:prefLabel ?l } ORDER BY ?l"), ("explain", "heap"),
        ("validate",), ("review", "--list"),
    ):  # fmt: skip
        both(*words)
    assert both("export") != whole
    assert not (find_workspace(there).folder / "store").exists()
