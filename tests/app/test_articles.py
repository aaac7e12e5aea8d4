"""Articles end to end: a note links a page, the page is fetched, read, annotated, and kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import waygraph
from waygraph.app.articles import ArticleOptions
from waygraph.app.ask import open_data
from waygraph.app.ingest import IngestReport
from waygraph.app.links import link_report
from waygraph.read.snapshots import Snapshots
from waygraph.store.view import counts

pytestmark = pytest.mark.slow

PAGE = """<!doctype html><html lang="en"><head><title>Binary heap</title></head><body>
<nav><a href="/">home</a></nav><article><h1>Binary heap</h1>
<p>A binary heap is a complete binary tree in which no parent is larger than its children.
It is usually kept in an array, where the children of a place are found by arithmetic.</p>
<p>The <a href="/queue.html">priority queue</a> &amp; heapsort are built on the binary heap,
which makes it one of the most useful structures that a beginner can learn in an evening.</p>
</article><footer>Printed in Heapford</footer></body></html>"""
QUEUE = PAGE.replace("Binary heap", "Priority queue").replace("/queue.html", "/heap.html")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A web of two pages, and its address."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "heap.html").write_text(PAGE)
    (folder / "queue.html").write_text(QUEUE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_linked_page_is_fetched_kept_and_dropped_with_its_link(web: str, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    note = notes / "day-001.md"
    note.write_text(f"# Day 1: Heaps\n\nRead about the [binary heap]({web}/heap.html) today.\n")
    allow = (web.removeprefix("http://"),)

    def ingest(*, fetch: bool = False, offline: bool = False) -> IngestReport:
        return waygraph.ingest([notes], notes, articles=ArticleOptions(fetch, offline, allow=allow))

    bare = waygraph.export(waygraph.ingest([notes], notes).workspace)
    report = ingest(fetch=True)
    assert not report.failures
    assert (report.documents, report.read) == (2, 1)
    fetched = waygraph.export(report.workspace)
    assert "complete binary tree" in fetched
    assert "Heapford" not in fetched
    with Snapshots(report.workspace.folder / "documents.sqlite") as snapshots:
        page = snapshots.document(f"{web}/heap.html")
    assert page is not None
    assert page.source == PAGE
    path = waygraph.learning_path(report.workspace, "binary heap")
    assert f"{web}/heap.html" in {step.read.source for step in path.steps}
    reason = path.steps[-1].reason
    with Snapshots(report.workspace.folder / "documents.sqlite") as snapshots:
        source = snapshots.required(reason.source).source
    assert source[reason.start : reason.end] == reason.quote
    again = ingest(offline=True)
    assert (again.read, again.graphs_written) == (0, 0)
    assert waygraph.export(again.workspace) == fetched
    plain = waygraph.ingest([notes], notes)
    assert waygraph.export(plain.workspace) == fetched
    deeper = waygraph.ingest(
        [notes], notes, articles=ArticleOptions(fetch=True, depth=2, allow=allow)
    )
    assert deeper.documents == 3
    note.write_text("# Day 1: Heaps\n\nRead nothing today.\n")
    assert waygraph.ingest([notes], notes).documents == 1
    note.write_text(f"# Day 1: Heaps\n\nRead about the [binary heap]({web}/heap.html) today.\n")
    assert waygraph.export(waygraph.ingest([notes], notes).workspace) == bare


def test_private_addresses_are_refused_unless_allowed(web: str, tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text(f"See [the heap]({web}/heap.html).\n")
    report = waygraph.ingest([note], tmp_path, articles=ArticleOptions(fetch=True))
    assert [f.address for f in report.failures] == [f"{web}/heap.html"]
    assert report.documents == 1


def test_pages_from_disk_need_no_network(shared: Path, tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text("See https://lilianweng.github.io/nothing/ and nothing else.\n")
    options = ArticleOptions(offline=True, seeds=(shared / "articles",))
    report = waygraph.ingest([note], tmp_path, articles=options)
    assert [f.reason for f in report.failures] == ["is not in the archive"]
    with open_data(report.workspace) as data:
        assert counts(data)["documents"] == 1


def test_what_was_read_of_a_page_outlives_it(web: str, tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text(f"[heap]({web}/heap.html)\n\n[none]({web}/none.html)\n")
    options = ArticleOptions(fetch=True, allow=(web.removeprefix("http://"),))
    first = waygraph.ingest([note], tmp_path, articles=options)
    assert first.documents == 2
    (tmp_path / "web" / "heap.html").unlink()
    again = waygraph.ingest([note], tmp_path, articles=options)
    assert again.documents == 2
    reasons = {f.address: f.reason for f in again.failures}
    assert reasons[f"{web}/heap.html"].endswith("; what was read of it before is kept")
    assert waygraph.export(again.workspace) == waygraph.export(first.workspace)
    [broken] = link_report(again.workspace, broken=True).links
    assert (broken.line, broken.written) == (3, f"{web}/none.html")


def test_pages_are_taken_from_a_folder(shared: Path, tmp_path: Path) -> None:
    url = "https://docs.nvidia.com/clara-holoscan/sdk-user-guide/gxf/index.html"
    (tmp_path / "a.md").write_text(f"See [the guide]({url}).\n")
    options = ArticleOptions(offline=True, seeds=(shared / "articles",))
    report = waygraph.ingest([tmp_path / "a.md"], tmp_path, articles=options)
    assert (report.documents, report.failures) == (2, ())
    assert url in waygraph.export(report.workspace)
