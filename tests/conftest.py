"""What the tests share: the checkout's sample corpus, shared data, one ingested workspace."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import waygraph
from waygraph.config import Workspace

CHECKOUT = Path(__file__).parents[1]
SHARED = CHECKOUT.parent / "shared" / "data"

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("waygraph", deadline=None)
settings.load_profile("waygraph")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real corpora beside the checkout; without them the test is skipped, saying so."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared corpora are not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of configuration for the tests, which leave the user's alone."""
    folder = tmp_path_factory.mktemp("configuration")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        yield folder


def copy_notes(target: Path) -> Path:
    """A copy of the sample notes and articles under ``target``/data."""
    for name in ("notes", "articles"):
        shutil.copytree(CHECKOUT / "data" / name, target / "data" / name)
    return target


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace over a copy of the sample corpus, ingested once with the real models.

    Tests must not change it.
    """
    root = copy_notes(tmp_path_factory.mktemp("sample"))
    return waygraph.ingest([root / "data"], root).workspace
