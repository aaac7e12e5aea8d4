"""``waygraph serve`` as a process: its address, its answers, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
import typer
from typer.testing import CliRunner

from waygraph.app.cli import app
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
CHOSEN = "chosen-by-who-serves"
WAYGRAPH = [sys.executable, "-m", "waygraph"]


def test_serve_prints_its_address_answers_and_ends_with_ctrl_c(sample: Workspace) -> None:
    served = subprocess.Popen(
        [*WAYGRAPH, "serve", "--no-browser", "--port", "0", "-w", str(sample.folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"}, start_new_session=True,
    )  # fmt: skip
    assert served.stdout is not None
    said = [served.stdout.readline() for _ in range(5)]
    found = re.search(r"(http://127\.0\.0\.1:\d+)/\?code=(\S+)", "".join(said))
    assert found, said
    address, code = found.groups()
    token = said[3].strip()
    assert len(code) >= 24
    assert len(token) >= 24
    assert code != token
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    with pytest.raises(HTTPError) as refused:
        browser.open(f"{address}/api/status")
    assert refused.value.code == 401
    with browser.open(f"{address}/?code={code}") as page:
        assert page.url == f"{address}/"  # the address that stays in the history holds nothing
        assert page.headers["content-security-policy"]
    (cookie,) = jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.value not in (None, code, token)
    with pytest.raises(HTTPError) as used:  # by another browser
        build_opener().open(f"{address}/?code={code}")
    assert used.value.code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    with build_opener().open(Request(f"{address}/api/status", headers=bearer)) as status:
        assert json.load(status)["documents"] == 42
    with browser.open(f"{address}/api/status") as status:
        assert json.load(status)["documents"] == 42
    with pytest.raises(HTTPError) as unsaid:
        browser.open(Request(f"{address}/api/undo", data=b"{}", method="POST"))
    assert unsaid.value.code == 403
    with browser.open(f"{address}/sparql?query=ASK%20%7B%7D") as answer:
        assert json.load(answer)["boolean"]
    children = Path(f"/proc/{served.pid}/task/{served.pid}/children")
    ours = children.read_text().split() if children.exists() else []
    os.killpg(served.pid, signal.SIGINT)
    _, errors = served.communicate(timeout=20)
    assert served.returncode == 0
    assert "Traceback" not in errors
    for child in ours:
        assert not Path(f"/proc/{child}").exists()


def test_serve_listens_on_loopback_unless_told_where(sample: Workspace) -> None:
    serve = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]  # a group
    assert {p.name: p.default for p in serve.params}["listen"] == "127.0.0.1"
    for wrong in (["--host", "a b"], ["--listen", "everywhere"], ["--listen", "::"]):
        result = CliRunner().invoke(app, ["serve", *wrong, "-w", str(sample.folder)])
        assert result.exit_code == 2


def test_beyond_loopback_strangers_read_nothing(sample: Workspace) -> None:
    served = subprocess.Popen(
        [*WAYGRAPH, "serve", "--no-browser", "--port", "0", "--listen", "0.0.0.0",
         "--host", "notes.example", "-w", str(sample.folder)],
        stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "WAYGRAPH_TOKEN": CHOSEN},
    )  # fmt: skip
    assert served.stdout is not None
    said = "".join(served.stdout.readline() for _ in range(3))
    assert re.search(r"https://notes\.example/\?code=\S{24}", said)
    assert CHOSEN not in said
    port = re.search(r"127\.0\.0\.1:(\d+)/", said)
    assert port, said
    # another address of loopback reaches only who listens beyond 127.0.0.1
    asked = f"http://127.0.0.2:{port[1]}/sparql?query=ASK%20%7B%7D"
    headers = {"Host": f"localhost:{port[1]}"}
    with pytest.raises(HTTPError) as refused:
        build_opener().open(Request(asked, headers=headers))
    assert refused.value.code == 401
    proven = {**headers, "Authorization": f"Bearer {CHOSEN}"}
    with build_opener().open(Request(asked, headers=proven)) as answer:
        assert json.load(answer)["boolean"]
    os.killpg(served.pid, signal.SIGINT)
    served.communicate(timeout=20)


@pytest.mark.parametrize(
    "token", ["x", "fifteen-letters", "sixteen letters!", "with-an-ä-in-it-it"]
)
@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0"])  # it is refused before
def test_a_token_that_is_guessed_or_odd_is_refused(
    sample: Workspace, token: str, listen: str
) -> None:
    found = CliRunner().invoke(
        app, ["serve", "--no-browser", "--port", "0", "--listen", listen, "-w", str(sample.folder)],
        env={"WAYGRAPH_TOKEN": token},
    )  # fmt: skip
    assert found.exit_code == 1
    assert "WAYGRAPH_TOKEN is no token" in str(found.exception)


def test_a_port_that_is_taken_is_told(sample: Workspace) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [*WAYGRAPH, "serve", "--no-browser", "--port", port, "-w", str(sample.folder)]
        found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert found.returncode == 1
    assert f"cannot listen at port {port}" in found.stderr
    assert "Traceback" not in found.stderr


def test_serve_without_a_workspace_says_what_to_do(tmp_path: Path) -> None:
    found = subprocess.run(
        [*WAYGRAPH, "serve", "--no-browser"], cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert "waygraph ingest" in found.stderr


@pytest.mark.parametrize(("command", "package", "extra"),
                         [("serve", "uvicorn", "web"), ("mcp", "mcp", "mcp")])  # fmt: skip
def test_a_package_that_is_missing_is_named(
    tmp_path: Path, command: str, package: str, extra: str
) -> None:
    code = (
        f"import sys; sys.modules[{package!r}] = None; sys.argv = ['waygraph', {command!r}]; "
        "from waygraph.app.cli import main; main()"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                           encoding="utf-8", check=False)  # fmt: skip
    assert found.returncode == 1
    assert f"needs a package that is not installed: {package}" in found.stderr
    assert f"pip install waygraph[{extra}]" in found.stderr
    assert "Traceback" not in found.stderr


def test_help_imports_no_web_library() -> None:
    code = (
        "import sys; from waygraph.app.cli import app; "
        "print([m for m in ('fastapi', 'starlette', 'uvicorn', 'pydantic') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8",
                           check=True)  # fmt: skip
    assert found.stdout == "[]\n"


def test_a_slow_start_is_not_needed(sample: Workspace) -> None:
    begun = time.monotonic()
    served = subprocess.Popen(
        [*WAYGRAPH, "serve", "--no-browser", "--port", "0", "-w", str(sample.folder)],
        stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "WAYGRAPH_TOKEN": CHOSEN},
    )  # fmt: skip
    assert served.stdout is not None
    said = served.stdout.readline() + served.stdout.readline()
    spent = time.monotonic() - begun
    os.killpg(served.pid, signal.SIGINT)
    served.communicate(timeout=20)
    assert "?code=" in said
    assert spent < 15  # no model is loaded, even on a busy machine
