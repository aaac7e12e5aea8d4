"""Nothing leaves this machine, nor asks where another is, unless pages are to be fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from waygraph.config import Workspace

# Python calls it before it makes a connection, in each process that finds this module first.
HOOK = """
import os, sys

def watched(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        with open(os.environ["CALLS"], "a") as calls:
            calls.write(f"{' '.join(sys.argv)}: {event} {given!r}\\n")
        raise OSError("no network here")

sys.addaudithook(watched)
"""
NOTE = "# Landmarks\n\nA [landmark](https://nowhere.invalid/landmark) requires a graph.\n"
COMMANDS = (
    ("ingest", "landmarks.md"),
    ("status",),
    ("concepts", "heuristic"),
    ("show", "A* search"),
    ("path", "A* search", "--from", "graph"),
    ("path", "a sort of landmarks nobody has heard of"),  # asks the encoder
    ("query", "SELECT ?c { ?c a skos:Concept } LIMIT 1"),
    ("links",),
    ("export", "--format", "turtle"),
)


@pytest.mark.slow
def test_nine_commands_ask_no_other_machine(sample: Workspace, tmp_path: Path) -> None:
    root = tmp_path / "notes"
    shutil.copytree(sample.folder, root / sample.folder.name)
    (root / "landmarks.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    calls = tmp_path / "calls"

    def run(*words: str) -> int:
        return subprocess.run(
            [sys.executable, "-m", "waygraph", *words], cwd=root, check=False, capture_output=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "hook"), "CALLS": str(calls)},
        ).returncode  # fmt: skip

    done = [run(*words) for words in COMMANDS]
    assert done == [0, 0, 0, 0, 0, done[5], 0, 0, 0]
    assert not calls.exists(), calls.read_text()
    run("ingest", "landmarks.md", "--fetch")
    assert "nowhere.invalid" in calls.read_text()  # so that the hook is known to work
