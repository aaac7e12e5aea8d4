"""A folder of notes that holds a file under the name of every module there is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from waygraph.children import start_child

WAYGRAPH = [str(Path(sys.executable).with_name("waygraph"))]
NOTE = "# Heaps\n\nA **binary heap** is a complete binary tree. A heap requires a *tree*.\n"
NAMES = sorted({name for name in (*sys.stdlib_module_names, *packages_distributions(),
                "waygraph", "waygraph_split", "sitecustomize", "usercustomize")
                if name.isidentifier()})  # fmt: skip
ENTRY = "[waygraph.operators]\nevil = evil:evil\n[spacy_factories]\nevil = evil:evil\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Notes, and a module of every name that writes its own into ``marker`` when it is run."""
    root = tmp_path / "notes"
    root.mkdir()
    (root / "heap.md").write_text(NOTE)
    (root / "tree.md").write_text("# Trees\n\nA **tree** is a graph. See https://[::1]:1/x.html\n")
    marker = tmp_path / "marker"
    for name in NAMES:
        code = f"with open({str(marker)!r}, 'a') as f:\n    f.write(__name__ + '\\n')\n"
        (root / f"{name}.py").write_text(code)
    (root / "evil.pth").write_text(f"import os; open({str(marker)!r}, 'a').write('pth')\n")
    (root / "evil-1.0.dist-info").mkdir()
    (root / "evil-1.0.dist-info" / "entry_points.txt").write_text(ENTRY)
    (root / "evil-1.0.dist-info" / "METADATA").write_text("Name: evil\nVersion: 1.0\n")
    return root


def check_nothing_ran(corpus: Path) -> None:
    marker = corpus.parent / "marker"
    assert not marker.exists(), sorted(set(marker.read_text().split()))


def run(corpus: Path, *words: str, program: list[str] | None = None, asked: str = "") -> str:
    done = subprocess.run(
        [*(program or WAYGRAPH), *words], cwd=corpus, input=asked, capture_output=True,
        encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    check_nothing_ran(corpus)
    assert done.returncode == 0 or words == ("train",), (words, done.stderr)
    return done.stdout


ASKED = [
    ["path", "heap"], ["concepts", "some store"], ["validate"], ["decide", "know", "tree"],
    ["train"], ["status"],
]  # fmt: skip


@pytest.mark.slow
def test_no_command_runs_a_note(corpus: Path) -> None:
    assert len(NAMES) > 400
    # two processes of the pool, and the encoder's
    run(corpus, "ingest", ".", "--workers", "2", "--fetch")
    for words in ASKED:
        run(corpus, *words)
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"}}}  # fmt: skip
    assert '"serverInfo"' in run(corpus, "mcp", asked=json.dumps(hello) + "\n")
    served(corpus)
    watched(corpus)
    run(corpus, "status", program=[sys.executable, "-P", "-m", "waygraph"])


def served(corpus: Path) -> None:
    with subprocess.Popen(
        [*WAYGRAPH, "serve", "--no-browser", "--port", "0"], cwd=corpus, encoding="utf-8",
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1",
        "WAYGRAPH_TOKEN": "chosen-for-the-test"}, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(3))
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said

        def ask(path: str, told: object = None) -> dict[str, object]:
            headers = {
                "Authorization": "Bearer chosen-for-the-test",
                "Content-Type": "application/json",
            }
            data = None if told is None else json.dumps(told).encode()
            with urlopen(Request(found[0] + path, data, headers), timeout=120) as answer:
                return dict(json.load(answer))

        assert ask("/sparql?query=ASK%20%7B%7D")["boolean"]
        assert ask("/api/preview", {"rulings": [{"verb": "know", "terms": ["heap"]}]})
        job = ask("/api/ingest", {"paths": [], "workers": 2})
        while job["state"] == "running":
            time.sleep(0.2)
            job = ask(f"/api/jobs/{job['id']}")
        assert job["state"] == "done", job
        os.killpg(process.pid, signal.SIGINT)
    check_nothing_ran(corpus)


def watched(corpus: Path) -> None:
    with subprocess.Popen(
        [*WAYGRAPH, "ingest", "--watch", "."], cwd=corpus, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout
        process.stdout.readline()
        (corpus / "tree.md").write_text("# Trees\n\nA **tree** is a graph without a cycle.\n")
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
    check_nothing_ran(corpus)


def test_a_child_finds_what_we_find_but_nothing_here(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as after `python -c`, `python -m`, and PYTHONPATH="$PYTHONPATH:" with nothing in it
    other = corpus.parent / "other"
    monkeypatch.chdir(corpus)
    monkeypatch.setattr(sys, "path", ["", ".", str(corpus), str(other), *sys.path])
    monkeypatch.setenv("PYTHONPATH", f":{corpus}")
    child = start_child("site", stdout=subprocess.PIPE)  # which prints where modules are found
    said, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert repr(str(other)) in said.decode()
    assert repr(str(corpus)) not in said.decode()
    check_nothing_ran(corpus)


def test_no_git_of_the_notes_is_asked_who_decides(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from waygraph.app.decisions import decider

    (corpus / "git").write_text("#!/bin/sh\necho mallory\n")
    (corpus / "git").chmod(0o755)
    monkeypatch.chdir(corpus)
    for path in ("", ".", f":{os.environ['PATH']}"):
        monkeypatch.setenv("PATH", path)
        monkeypatch.delenv("WAYGRAPH_WHO", raising=False)
        assert decider() != "mallory"
