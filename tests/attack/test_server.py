"""What a hostile or broken client, neighbour or end can do to the server: nothing that lasts."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import waygraph
from tests.app.web.conftest import BASE, BEARER, TOKEN
from waygraph.app.scratch import SCRATCH, scratch, sweep
from waygraph.app.web.server import make_app
from waygraph.config import Workspace


@pytest.fixture(scope="module")
def own(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the sample workspace."""
    root = tmp_path_factory.mktemp("attacked") / "corpus"
    shutil.copytree(sample.root, root)
    return waygraph.open_workspace(root)


def wait_for(true: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is the case."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, true
        time.sleep(0.05)


def left(place: Workspace) -> list[Path]:
    """What lies in the scratch folder."""
    top = place.folder / SCRATCH
    return list(top.iterdir()) if top.exists() else []


# What is left behind


def test_a_scratch_folder_ends_with_its_use_or_is_swept_once_its_process_is_gone(
    own: Workspace,
) -> None:
    program = (
        "import sys, time, waygraph\n"
        "from waygraph.app.scratch import scratch\n"
        "with scratch(waygraph.open_workspace(sys.argv[1])) as folder:\n"
        "    (folder / 'note.md').write_text('private')\n"
        "    print(folder, flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(own.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with scratch(own) as ours:
            sweep(own)
            assert set(left(own)) == {ours, theirs}  # both are in use
        assert left(own) == [theirs]
        other.kill()
    assert theirs.exists()
    sweep(own)
    assert left(own) == []


@pytest.mark.slow
def test_a_preview_that_nobody_waits_for_leaves_nothing(own: Workspace) -> None:
    app = make_app(own, TOKEN)
    body = json.dumps({"rulings": [{"verb": "accept", "terms": ["heap"]}]}).encode()
    scope = {
        "type": "http", "method": "POST", "path": "/api/preview", "raw_path": b"/api/preview",
        "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8765),
        "headers": [(b"host", b"127.0.0.1:8765"), (b"authorization", f"Bearer {TOKEN}".encode()),
                    (b"content-type", b"application/json")],
    }  # fmt: skip

    async def ask() -> None:
        told, gone = [{"type": "http.request", "body": body, "more_body": False}], asyncio.Event()

        async def receive() -> dict[str, object]:
            if told:
                return told.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: object) -> None:
            pass

        asked = asyncio.ensure_future(app(scope, receive, send))
        while not left(own):
            await asyncio.sleep(0.02)
        gone.set()
        await asked

    asyncio.run(asyncio.wait_for(ask(), 60))
    assert left(own) == []


def children(process: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for one in found for child in one.read_text().split()]


def runs(process: int) -> bool:
    """Whether a process is there and no mere memory of one."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def serving(place: Workspace, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``waygraph serve`` as a process, and its address."""
    command = [sys.executable, "-m", "waygraph", "serve", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        [*command, "-w", str(place.folder)], stdout=subprocess.PIPE, encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "WAYGRAPH_TOKEN": TOKEN, **environment},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "http://127" in line)
            yield process, line.split("?")[0].strip().rstrip("/")
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="there is no /proc")
def test_a_killed_server_takes_its_children_along_and_the_next_sweeps(own: Workspace) -> None:
    import httpx2

    with serving(own) as (server, address), httpx2.Client(base_url=address, headers=BEARER) as ask:
        rulings = {"rulings": [{"verb": "accept", "terms": ["heap"]}]}

        def preview() -> None:
            with pytest.raises(httpx2.HTTPError):
                httpx2.post(f"{address}/api/preview", json=rulings, headers=BEARER, timeout=60)

        waiting = threading.Thread(target=preview)
        waiting.start()
        assert ask.post("/api/ingest", json={"paths": []}).status_code == 202
        assert ask.get("/sparql", params={"query": "ASK {}"}).json()["boolean"]
        wait_for(lambda: left(own))
        ours = children(server.pid)
        assert len(ours) >= 2
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        waiting.join()
        wait_for(lambda: not any(map(runs, ours)))
    assert left(own)
    with TestClient(make_app(own, TOKEN), base_url=BASE):
        assert left(own) == []
