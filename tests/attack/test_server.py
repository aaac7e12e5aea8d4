"""What a hostile or broken client, neighbour or end can do to the server: nothing that lasts."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

import waygraph
from tests.app.web.conftest import BASE, BEARER, TOKEN
from waygraph.app.scratch import SCRATCH, scratch, sweep
from waygraph.app.web.connection import Connection
from waygraph.app.web.server import make_app, run
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
def serving(place: Workspace, files: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``waygraph serve`` as a process that may open so many files, and its address."""
    command = [sys.executable, "-m", "waygraph", "serve", "--no-browser", "--port", "0"]
    if files:
        command = ["bash", "-c", f'ulimit -n {files} && exec "$@"', "bash", *command]
    with subprocess.Popen(
        [*command, "-w", str(place.folder)], stdout=subprocess.PIPE, encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "WAYGRAPH_TOKEN": TOKEN},
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


# What a request may take


def test_no_route_takes_a_large_body(own: Workspace) -> None:
    from waygraph.app.web.bounds import BODY

    app = make_app(own, TOKEN, write=True)
    with TestClient(app, base_url=BASE, headers=BEARER) as client:
        description = client.get("/api/openapi.json").json()
        routes = [(m, p) for p, methods in description["paths"].items() for m in methods]
        writes = [p.replace("{job}", "1") for m, p in routes if m not in ("get", "head")]
        assert len(writes) >= 8
        much = b'{"text": "' + b"x" * (9 << 20) + b'"}'
        kind = {"content-type": "application/json"}
        for path in [*writes, "/", "/nowhere"]:
            told = client.post(path, content=much, headers=kind)
            assert told.status_code == 413, path
            assert told.json()["error"]["field"] == "body"

            def pieces() -> Iterator[bytes]:
                for start in range(0, len(much), BODY):
                    yield much[start : start + BODY]

            # not told how long it is: read no further than it may be
            sent = client.post(path, content=pieces(), headers=kind)
            assert sent.status_code in (404, 405, 413, 415), path
        assert client.post("/api/path", content=pieces(), headers=kind).status_code == 413
        assert client.get("/api/status").status_code == 200


def test_a_path_longer_than_any_name_is_refused(own: Workspace) -> None:
    with TestClient(make_app(own, TOKEN), base_url=BASE, headers=BEARER) as client:
        for path in ("a" * 300, "b/" * 400, "\0", "a" * 1000):
            assert client.post("/api/ingest", json={"paths": [path]}).status_code == 422
        assert client.get("/api/document", params={"address": "a" * 900}).status_code == 404


@pytest.mark.parametrize("escape", ["\\ud800", "a\\udfffb"])
def test_half_a_character_in_a_body_is_told(own: Workspace, escape: str) -> None:
    bodies = {
        "/api/path": f'{{"goal": "{escape}"}}',
        "/api/decide": f'{{"verb": "know", "terms": ["{escape}"], "anyway": true}}',
        "/api/ingest": f'{{"paths": ["{escape}"]}}',
        "/api/agreement": f'{{"one": "a", "text": "{escape}"}}',
    }
    with TestClient(make_app(own, TOKEN), base_url=BASE, headers=BEARER) as client:
        for path, body in bodies.items():
            kind = {"content-type": "application/json"}
            assert client.post(path, content=body, headers=kind).status_code == 422, path


def test_head_is_whatever_get_is_without_the_body(own: Workspace) -> None:
    app = make_app(own, TOKEN)
    with TestClient(app, base_url=BASE, headers=BEARER) as client:
        (concept,) = client.get("/api/concepts", params={"q": "heap", "limit": 1}).json()["items"]
        asked = {
            "/api/concept": {"iri": concept["iri"]}, "/api/neighbourhood": {"iri": concept["iri"]},
            "/api/document": {"address": "nowhere"}, "/sparql": {"query": "ASK {}"},
            "/api/bridge": {"one": "heap", "two": "graph"},
        }  # fmt: skip
        gets = [p for p, methods in client.get("/api/openapi.json").json()["paths"].items()
                if "get" in methods]  # fmt: skip
        assert len(gets) >= 20
        for path in [*gets, "/", "/sparql", "/api/openapi.json", "/nowhere"]:
            for query in {(), tuple(asked.get(path, {"goal": "A* search"}).items())}:
                where = path.replace("{path}", "concept/heap").replace("{job}", "1")
                get = client.get(where, params=dict(query))
                head = client.head(where, params=dict(query))
                assert head.content == b"", where
                assert head.status_code == get.status_code, where
                assert ("content-length" in head.headers) == ("content-length" in get.headers)
                names = ["content-type", "content-security-policy"]
                if where != "/api/compare":  # it tells times, which are longer or shorter
                    names.append("content-length")
                for name in names:
                    assert head.headers.get(name) == get.headers.get(name), (where, name)


def test_head_of_what_never_ends_ends() -> None:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    from waygraph.app.web.bounds import Bounded

    async def endless(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            while not await request.is_disconnected():
                yield "more"
                await asyncio.sleep(0.01)

        return StreamingResponse(pieces(), media_type="text/event-stream")

    client = TestClient(Bounded(Starlette(routes=[Route("/", endless)])), base_url=BASE)
    assert client.head("/").headers["content-type"].startswith("text/event-stream")


def test_a_base_at_the_root_leaves_the_page_where_it_is(tmp_path: Path) -> None:
    (tmp_path / ".waygraph").mkdir()
    settings = tmp_path / ".waygraph" / "settings.toml"
    settings.write_text(f'base = "{BASE}/"\n', encoding="utf-8")
    note = tmp_path / "notes" / "heap.md"
    note.parent.mkdir()
    note.write_text("# Heap\n\nA **heap** is a tree. A binary heap is a heap.\n", encoding="utf-8")
    place = waygraph.ingest([note.parent], tmp_path).workspace
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("the page", encoding="utf-8")
    (page / "main.js").write_text("its script", encoding="utf-8")
    with TestClient(make_app(place, TOKEN, page=page), base_url=BASE, headers=BEARER) as client:
        assert client.get("/").text == "the page"
        assert client.get("/main.js").text == "its script"
        (found,) = client.get("/api/concepts", params={"q": "heap", "limit": 1}).json()["items"]
        assert found["iri"].startswith(f"{BASE}/concept/")
        turtle = client.get(found["iri"], headers={"accept": "text/turtle"})
        assert f"<{found['iri']}>" in turtle.text or "concept:" in turtle.text
        assert client.get("/document/notes/heap.md").status_code == 200


# Clients that let the server wait


@contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The port of a server that runs in this process."""
    servers: list[uvicorn.Server] = []
    ports: list[int] = []
    serve = threading.Thread(target=run, args=(app, 0, ports.append, servers.append))
    serve.start()
    wait_for(lambda: servers and servers[0].started)
    try:
        yield ports[0]
    finally:
        servers[0].should_exit = True
        serve.join()


def ended(connection: socket.socket) -> bool:
    """Whether the other side has let go of a connection, within a while."""
    connection.settimeout(20)
    try:
        while connection.recv(1 << 16):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        pass
    return True


HALVES = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-",
    "half a body": b"POST /api/path HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: Bearer "
    + TOKEN.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    "half a piece": b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Type: "
    b"application/sparql-query\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nASK",
}  # fmt: skip


@pytest.mark.parametrize("half", HALVES.values(), ids=list(HALVES))
def test_half_a_request_is_not_waited_for(
    sample: Workspace, half: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "head", 0.5)
    monkeypatch.setattr(Connection, "whole", 0.5)
    with (
        listening(make_app(sample, TOKEN)) as port,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        slow.sendall(half)
        dripping = threading.Event()

        def drip() -> None:  # a byte now and then does not make it longer
            with suppress(OSError):
                while half and not dripping.wait(0.1):
                    slow.sendall(b"x")

        dropper = threading.Thread(target=drip)
        dropper.start()
        assert ended(slow)
        dripping.set()
        dropper.join()


def test_who_does_not_read_an_answer_is_let_go_and_keeps_little_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from starlette.responses import Response

    from waygraph.app.web.bounds import Bounded

    made: list[int] = []

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            made.append(1)
            await Response(b"x" * (16 << 20))(scope, receive, send)

    monkeypatch.setattr(Connection, "taken", 3.0)
    asked = b"GET /api/export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with listening(Bounded(large)) as port, ExitStack() as opened:
        for _ in range(20):
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            opened.enter_context(client).connect(("127.0.0.1", port))
            client.sendall(asked)
        wait_for(lambda: len(made) >= 6)
        time.sleep(0.5)
        assert len(made) == 6  # no more answers are made than have a place
        wait_for(lambda: len(made) == 20)  # those who did not read are gone


@pytest.mark.slow
def test_half_sent_requests_keep_nobody_out(own: Workspace) -> None:
    import httpx2

    with (
        serving(own, files=256) as (_, address),
        httpx2.Client(base_url=address, headers=BEARER, timeout=20) as ask,
        ExitStack() as opened,
    ):
        port = int(address.rpartition(":")[2])
        for _ in range(400):
            half = socket.create_connection(("127.0.0.1", port), timeout=20)
            opened.enter_context(half)
            with suppress(OSError):  # it may have given way already
                half.sendall(b"GET /api/status HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        for _ in range(5):
            assert ask.get("/api/status").status_code == 200
            assert ask.get("/sparql", params={"query": "ASK {}"}).json()["boolean"]
