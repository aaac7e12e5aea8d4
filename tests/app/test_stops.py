"""Ctrl-C and kill -9, at many moments of a real ingest: nothing is lost but the batch in hand.

A program ingests through the command line and stops itself at one moment; the next run
goes on, until one ends. Then all is as if nothing had happened.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

import waygraph
from tests.conftest import copy_notes
from waygraph.config import Workspace, find_workspace
from waygraph.database import open_to_read

pytestmark = pytest.mark.slow

PROGRAM = """
import os
import signal
import sys
from contextlib import contextmanager

from waygraph.app import cli, ingest_cli
from waygraph.store.dataset import Dataset

# who runs the tests may have had Ctrl-C ignored
signal.signal(signal.SIGINT, signal.default_int_handler)


def stop(moment):
    if moment == sys.argv[1]:
        os.killpg(0, getattr(signal, sys.argv[2])) if sys.argv[2] == "SIGINT" else None
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))


@contextmanager
def progress(quiet):
    yield lambda stage, done, total: stop(f"{stage} {done}")


class Store:
    def __init__(self, store):
        self.store = store

    def __getattr__(self, name):
        return getattr(self.store, name)

    def bulk_load(self, *arguments, **named):
        stop("store marked")
        self.store.bulk_load(*arguments, **named)
        stop("store loaded")

    def flush(self):
        self.store.flush()
        stop("store flushed")


def opened(self, *arguments, **named):
    make(self, *arguments, **named)
    self.backend.store = Store(self.backend.store)


make, Dataset.__init__, ingest_cli._progress = Dataset.__init__, opened, progress

if __name__ == "__main__":
    try:
        cli.app(sys.argv[3:])
    except cli.WaygraphError as error:
        sys.exit(str(error))
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    return copy_notes(tmp_path)


def stopped(root: Path, moment: str, by: str, workers: int) -> subprocess.CompletedProcess[str]:
    """An ingest that stops itself at a moment."""
    program = [sys.executable, str(root / "program.py"), moment, by]
    return subprocess.run(
        [*program, "ingest", "data", "--workers", str(workers)],
        cwd=root, capture_output=True, encoding="utf-8", timeout=120, check=False,
        start_new_session=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def results_kept(root: Path) -> int:
    with closing(open_to_read(root / ".waygraph" / "cache.sqlite")) as db:
        return int(db.execute("SELECT COUNT(*) FROM result").fetchone()[0])


def check_undisturbed(root: Path, sample: Workspace) -> None:
    assert waygraph.export(find_workspace(root)) == waygraph.export(sample)
    path = waygraph.learning_path(find_workspace(root), "A* search", start="graph")
    assert path == waygraph.learning_path(sample, "A* search", start="graph")


def test_killed_again_and_again(corpus: Path, sample: Workspace) -> None:
    moments = ("read 7", "parses 32", "concepts 0", "relations 32", "vectors 0",
               "store marked", "store loaded", "store flushed", "concept graph 0")  # fmt: skip
    kept = 0
    for moment in moments:
        done = stopped(corpus, moment, "SIGKILL", 1)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr)
        if moment != "read 7":
            assert results_kept(corpus) >= kept
            kept = results_kept(corpus)
        if moment == "parses 32":
            assert kept == 32
    last = stopped(corpus, "never", "SIGKILL", 1)
    assert last.returncode == 0, last.stderr
    check_undisturbed(corpus, sample)


def test_killed_with_a_pool(corpus: Path, sample: Workspace) -> None:
    for moment in ("parses 32", "mentions 42"):
        done = stopped(corpus, moment, "SIGKILL", 2)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr)
        assert results_kept(corpus) >= 32
    last = stopped(corpus, "never", "SIGKILL", 2)
    assert last.returncode == 0, last.stderr
    check_undisturbed(corpus, sample)


def test_ctrl_c_again_and_again_is_no_traceback(corpus: Path) -> None:
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from waygraph.app.cli import main; main()"
    )
    going = subprocess.Popen(
        [sys.executable, "-c", code, "ingest", "--workers", "2", str(corpus)], cwd=corpus,
        stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    while not (corpus / ".waygraph" / "cache.sqlite").exists():
        assert going.poll() is None
        time.sleep(0.05)
    for _ in range(5):
        os.killpg(going.pid, signal.SIGINT)
        time.sleep(0.2)
    _, said = going.communicate(timeout=60)
    assert going.returncode == 130, said
    assert said.splitlines()[-2:] == [
        "stopping",
        "interrupted; what is done is kept, run it again to go on",
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_interrupted(corpus: Path, sample: Workspace, workers: int) -> None:
    done = stopped(corpus, "parses 32", "SIGINT", workers)
    assert done.returncode == 130, done.stderr
    assert "interrupted; what is done is kept, run it again to go on" in done.stderr
    assert "Traceback" not in done.stderr
    assert results_kept(corpus) >= 32
    last = stopped(corpus, "never", "SIGINT", 1)
    assert last.returncode == 0, last.stderr
    check_undisturbed(corpus, sample)
