"""The documentation's site: it builds without a warning, asks nothing of the net, and is true.

Every command of a page that begins with ``$ waygraph`` runs, page by page, in a copy of the
ingested sample; ``# exits with N`` behind it says which exit code is meant. Blocks with a title
are files of that name, and Python blocks run too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.app.test_remote_store import server  # noqa: F401  # a fixture
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
PAGES = Path(__file__).parents[1] / ".mkdocs" / "pages"
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
COMMAND = re.compile(r"^\$ waygraph (.*?)(?:  # exits with (\d))?$", re.M)
STORE = "http://localhost:7878"


@dataclass(frozen=True)
class Act:
    """What a page has one do: a command with its exit code, code to run, or a file to write."""

    kind: str
    text: str
    code: int = 0
    name: str = ""


def acts(page: str) -> Iterator[Act]:
    """All that a page has one do, in its order."""
    for language, title, text in BLOCK.findall((PAGES / page).read_text(encoding="utf-8")):
        if title:
            yield Act("file", text, name=title)
        elif language == "python":
            yield Act("python", text)
        elif language == "console":
            for command, code in COMMAND.findall(text):
                yield Act("command", command, int(code or 0))


WITH_COMMANDS = [
    page
    for page in sorted(found.relative_to(PAGES).as_posix() for found in PAGES.rglob("*.md"))
    if any(act.kind != "file" for act in acts(page))
]


def run(arguments: list[str], root: Path) -> tuple[int, str]:
    done = subprocess.run(
        arguments, cwd=root, capture_output=True, encoding="utf-8", timeout=300, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )  # fmt: skip
    return done.returncode, done.stderr + done.stdout


def serve(arguments: list[str], root: Path) -> tuple[int, str]:
    """Start what serves until it says where, then press Ctrl-C."""
    served = subprocess.Popen(
        [*arguments, "--port", "0", "--no-browser"], cwd=root, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert served.stdout is not None
    said = served.stdout.readline() + served.stdout.readline()
    os.killpg(served.pid, signal.SIGINT)
    return served.wait(30) or "/?code=" not in said, said


@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_the_commands_of_a_page_work(
    page: str, sample: Workspace, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    root = tmp_path / "notes"
    shutil.copytree(sample.root, root)
    found = list(acts(page))
    store = ""
    if any(STORE in act.text for act in found):
        store = request.getfixturevalue("server")
    for act in found:
        if act.kind == "file":
            (root / act.name).write_text(act.text, encoding="utf-8")
            continue
        if act.kind == "python":
            arguments = [sys.executable, "-c", act.text]
        else:
            words = shlex.split(act.text.replace(STORE, store) if store else act.text)
            arguments = [sys.executable, "-m", "waygraph", *words]
        begun = time.monotonic()
        code, said = (serve if act.text == "serve" else run)(arguments, root)
        print(f"{time.monotonic() - begun:5.1f} s  {act.text.splitlines()[0]}")
        assert code == act.code, f"{act.text}\n{said}"
        assert "Traceback" not in said


def test_commands_are_found_and_all_pages_with_any_are_run() -> None:
    found = {page: list(acts(page)) for page in WITH_COMMANDS}
    everywhere = "".join(p.read_text(encoding="utf-8") for p in PAGES.rglob("*.md"))
    commands = sum(act.kind == "command" for some in found.values() for act in some)
    assert commands == len(re.findall(r"^\s*\$ waygraph", everywhere, re.M)) > 50
    assert len(found) >= 9


class Asked(HTMLParser):
    """Collects what a page has a browser fetch by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link"):
                self.fetched.append(value or "")


def test_the_site_builds_strictly_and_asks_nothing_of_the_net(
    checkout: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    done = subprocess.run(
        [checkout / ".venv/bin/python", "-m", "mkdocs", "build", "--strict", "--config-file",
         checkout / ".mkdocs" / "mkdocs.yml", "--site-dir", site],
        capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    pages = list(site.rglob("*.html"))
    assert len(pages) >= len(list(PAGES.rglob("*.md"))) + 1
    for page in pages:
        asked = Asked()
        text = page.read_text(encoding="utf-8")
        asked.feed(text)
        assert len(asked.fetched) > 3
        assert not [one for one in asked.fetched if re.match(r"(https?:)?//", one)], page
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", text), style
    assert "wg:requires" in (site / "vocabulary.html").read_text(encoding="utf-8")
    assert (site / "waygraph.ttl").exists()
    assert "The learning path to a goal: what it rests on" in (site / "api.html").read_text(
        encoding="utf-8"
    )
    theory = (site / "theory.html").read_text(encoding="utf-8")
    assert theory.count("<svg viewBox") == 3
