"""Watching: what one writes is in the datagraph a moment later."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from waygraph.app.watch import watch
from waygraph.errors import StoreError, WaygraphError


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


@contextmanager
def watching(path: Path, ingest: Callable[[], object]) -> Iterator[list[WaygraphError]]:
    failures: list[WaygraphError] = []
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=([path], ingest, failures.append, stop))
    thread.start()
    try:
        yield failures
    finally:
        stop.set()
        thread.join()


def test_every_change_of_a_note_ingests_and_others_do_not(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    seen: list[list[str]] = []

    def ingest() -> None:
        seen.append(sorted(p.name for p in tmp_path.rglob("*.md")))

    with watching(tmp_path, ingest):
        wait_for(lambda: len(seen) == 1)
        (tmp_path / ".waygraph").mkdir()
        (tmp_path / ".waygraph" / "x.md").write_text("x")
        (tmp_path / "picture.png").write_text("x")
        (tmp_path / "b.md").write_text("b")
        wait_for(lambda: len(seen) == 2)
        (tmp_path / "sub").mkdir()
        (tmp_path / "a.md").rename(tmp_path / "sub" / "c.md")
        wait_for(lambda: seen[-1] == ["b.md", "c.md", "x.md"])
        count = len(seen)
        (tmp_path / ".waygraph" / "x.md").write_text("y")
        time.sleep(1)
        assert len(seen) == count


def test_an_ingest_that_fails_does_not_end_the_watch(tmp_path: Path) -> None:
    note = tmp_path / "a.md"
    note.write_text("a")
    calls: list[str] = []

    def ingest() -> None:
        calls.append(note.read_text())
        if note.read_text() == "bad":
            raise StoreError("locked", "wait")

    with watching(note, ingest) as failures:
        wait_for(lambda: calls == ["a"])
        note.write_text("bad")
        wait_for(lambda: len(failures) == 1)
        note.write_text("good")
        wait_for(lambda: calls[-1] == "good")


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WaygraphError, match=r"none\.md does not exist"):
        watch([tmp_path / "none.md"], lambda: None, lambda _: None)


@pytest.mark.slow
def test_the_command_keeps_a_workspace_up_to_date_until_ctrl_c(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "heap.md").write_text("# Heap\n\nA heap is a tree.\n")
    # who runs the tests may have had Ctrl-C ignored
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from waygraph.app.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "ingest", "notes", "--watch"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("1 documents (1 read")
        (notes / "queue.md").write_text("# Queue\n\nA queue is a line. See [[heap]].\n")
        assert process.stdout.readline().startswith("2 documents (1 read")
        (notes / "heap.md").rename(notes / "binary heap.md")
        assert "1 renamed" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
