"""The server over the sample workspace, asked in this process; and one over a copy of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import waygraph
from waygraph.app.web.evaluate import Limits
from waygraph.app.web.server import make_app
from waygraph.config import Workspace

TOKEN = "a-token-of-the-tests"
BASE = "http://127.0.0.1:8765"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def served(sample: Workspace) -> Iterator[TestClient]:
    """Bears the token. Tests must not change the workspace."""
    app = make_app(sample, TOKEN, limits=Limits(seconds=20, rows=20_000))
    with TestClient(app, base_url=BASE, headers=BEARER) as client:
        yield client


@pytest.fixture
def anyone(served: TestClient) -> TestClient:
    """The same server, asked without the token."""
    return TestClient(served.app, base_url=BASE)


@pytest.fixture(scope="module")
def own(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the sample workspace that the tests of a module may change."""
    root = tmp_path_factory.mktemp("own") / "corpus"
    shutil.copytree(sample.root, root)
    return waygraph.open_workspace(root)


@pytest.fixture(scope="module")
def writable(own: Workspace) -> Iterator[TestClient]:
    """A server over that copy which takes updates."""
    app = make_app(own, TOKEN, write=True)
    with TestClient(app, base_url=BASE, headers=BEARER) as client:
        yield client


def items(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, to see that nothing of it changes; SQLite's own marks come and go."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if not path.name.endswith(("-wal", "-shm"))
    }
