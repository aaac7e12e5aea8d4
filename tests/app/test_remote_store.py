"""Every command that takes --store works on a SPARQL server, with the same bytes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from tests.store.test_remote import server
from waygraph.app.cli import app
from waygraph.config import find_workspace, make_workspace
from waygraph.errors import WaygraphNotice
from waygraph.store.remote import Remote
from waygraph.vocab import PROV

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


def test_a_store_that_is_half_written_is_told_by_every_reader(server: str, tmp_path: Path) -> None:
    Remote(server).update("CLEAR ALL")
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text, "utf-8")
    waygraph.ingest([tmp_path], tmp_path, store=server)

    class Gone(BaseException):
        """The process is killed."""

    def killed(backend: Remote, update: str, real: Callable[..., None] = Remote.update) -> None:
        # the graphs of before are half replaced
        if "heap" in update:
            raise Gone
        real(backend, update)

    readers = (
        ["export"], ["export", str(tmp_path / "out.csv")], ["query", "ASK { ?s ?p ?o }"],
        ["show", "tree"], ["explain", "tree"], ["validate"], ["review", "--list"], ["status"],
    )  # fmt: skip

    def told(*words: str) -> str:
        done = CliRunner().invoke(app, [*words, "-w", str(tmp_path), "--store", server])
        assert done.exit_code in (0, 1), (words, done.output, done.exception)
        return done.stderr

    (tmp_path / "tree.md").write_text(HEAP, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Remote, "update", killed)
        with pytest.raises(Gone):
            waygraph.ingest([tmp_path], tmp_path, store=server)
    for words in readers:
        said = told(*words)
        assert f"note: the datagraph at {server} is half-written" in said, words
        assert f"waygraph ingest --store {server} brings it up to date" in said
    # also to who reads the server from elsewhere, or in Python
    other = make_workspace(tmp_path / "other", store=server)
    with pytest.warns(WaygraphNotice, match="half-written"):
        waygraph.export(other)
    told("ingest")
    assert [words for words in readers if "half-written" in told(*words)] == []
    assert not Remote(server).query(f"ASK {{ ?s <{PROV}startedAtTime> ?o }}")
