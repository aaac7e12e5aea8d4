"""A real browser at a real server over a copy of the sample workspace, and a hostile note in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

import waygraph
from waygraph.app.decisions import decide
from waygraph.app.web.guard import LOCAL
from waygraph.app.web.server import PAGE
from waygraph.config import Workspace

TOKEN = "a-token-of-the-browser"
CHROMIUM = Path("/usr/bin/chromium")
# No sandbox in containers, WebGL by software; "rebound.example" is a name for this machine.
FLAGS = (
    "--no-sandbox", "--enable-unsafe-swiftshader", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP rebound.example 127.0.0.1",
)  # fmt: skip
# The machine may have much else to do.
expect.set_options(timeout=20_000)
HOSTILE = '<img src=x onerror="window.hacked=1">\u202ematrix'
HOSTILE_NOTE = "day-099 <img src=x onerror=window.hacked=1> \u202efdp.md"
HOSTILE_TEXT = """---
title: "<script>window.hacked=1</script>"
---
# <script>window.hacked=1</script>

A heuristic is <b onmouseover="window.hacked=1">told</b> here. <script>window.hacked=1</script>
[A heuristic](javascript:window.hacked=1) and <svg onload="window.hacked=1"></svg> A* search.
\u202eThe adjacency matrix <img src=x onerror="window.hacked=1"> is a matrix.
"""


@dataclass(frozen=True)
class Server:
    """A server under test: its address, the link it printed, how to ask it as a program does."""

    address: str
    link: str

    def api(self, path: str, body: object = None, method: str | None = None) -> Any:
        """What the API answers."""
        headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = Request(f"{self.address}/api{path}", data, headers, method=method)
        with urlopen(asked) as answer:
            return json.load(answer)


@contextmanager
def serving(place: Workspace) -> Iterator[Server]:
    """``waygraph serve`` as a process of its own."""
    command = [str(Path(sys.executable).with_name("waygraph")), "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--no-browser", "--workspace", str(place.folder)],
        stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ, "WAYGRAPH_TOKEN": TOKEN},
    ) as process:  # fmt: skip
        try:
            assert process.stdout
            said = next(line for line in process.stdout if "http://" in line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/\?code=\S+", said)
            assert found
            yield Server(found[1], found[0])
        finally:
            process.terminate()


@pytest.fixture(scope="package")
def place(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the sample workspace with a note that attacks, and a concept whose label does."""
    root = tmp_path_factory.mktemp("page") / "corpus"
    shutil.copytree(sample.root, root)
    (root / "data" / "notes" / HOSTILE_NOTE).write_text(HOSTILE_TEXT, encoding="utf-8")
    copy = waygraph.open_workspace(root)
    decide(copy, "rename", "adjacency matrix", HOSTILE, who="an attacker")
    return waygraph.ingest([root / "data"], root).workspace


@pytest.fixture(scope="package")
def server(place: Workspace) -> Iterator[Server]:
    """A server over that workspace."""
    with serving(place) as server:
        yield server


@pytest.fixture(scope="package")
def browser(place: Workspace) -> Iterator[Browser]:
    """Debian's Chromium. It is begun after ``place``, for it leaves a loop running meanwhile."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    if not (PAGE / "index.html").exists():
        pytest.skip("the page is not built: install Node, then scripts/page")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """The page, let in by the token. What must never happen is told at the end."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
    context.set_default_timeout(10_000)
    page, told = context.new_page(), list[str]()

    def refused(dialog: Dialog) -> None:
        told.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("pageerror", lambda error: told.append(f"error: {error}"))
    page.on("dialog", refused)
    page.on("console", lambda said: told.append(said.text) if _is_fault(said) else None)
    context.on("request", lambda asked: told.append(asked.url) if _leaves(asked.url) else None)
    page.goto(server.address)
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open").click()
    page.locator("main[data-shown]").wait_for(timeout=45_000)
    yield page
    assert page.evaluate("window.hacked ?? null") is None
    assert told == []
    context.close()


def _is_fault(said: Any) -> bool:
    """Errors and warnings, violations of the policy among them, but not answers such as 404."""
    return said.type in ("error", "warning") and not said.text.startswith(
        ("Failed to load resource", "[.WebGL")
    )


def _leaves(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOCAL


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The page, at its start."""
    with opened(browser, server) as page:
        yield page


Go = Callable[..., None]
Shot = Callable[[str], None]


@pytest.fixture
def go(page: Page) -> Go:
    """Opens a view: ``go("path", goal="A* search")``."""
    return lambda view, **params: to(page, view, **params)


def to(page: Page, view: str, **params: object) -> None:
    """Open a view, and wait until it is there."""
    address = f"#/{view}" + (f"?{urlencode(params, doseq=True)}" if params else "")
    root = page.url.partition("#")[0]
    page.goto(root + address)
    page.locator(f"main[data-shown={json.dumps(address)}]").wait_for(timeout=45_000)


@pytest.fixture
def shot(page: Page, tmp_path: Path) -> Shot:
    """Keeps a picture of the page, in the folder that WAYGRAPH_SCREENSHOTS names."""
    return lambda name: picture(page, name, tmp_path)


def picture(page: Page, name: str, folder: Path) -> None:
    """A picture of the page; there is something on it."""
    named = os.environ.get("WAYGRAPH_SCREENSHOTS")
    file = (Path(named) if named else folder) / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    assert len(page.screenshot(path=file)) > 5_000
