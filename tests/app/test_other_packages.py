"""A package of somebody else adds an operator: installed by pip, and used for real."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import copy_notes

PACKAGE = Path(__file__).parents[1] / "example_package"


def test_the_readme_shows_the_package(checkout: Path) -> None:
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", readme, re.S)
    assert (PACKAGE / "waygraph_split.py").read_text(encoding="utf-8") in blocks
    points = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    assert any(block in points for block in blocks if "waygraph.operators" in block)


@pytest.mark.slow
def test_one_line_swaps_an_operator(checkout: Path, tmp_path: Path) -> None:
    root, site = copy_notes(tmp_path / "notes"), tmp_path / "site"
    shutil.copytree(PACKAGE, tmp_path / "package")  # building writes beside the sources
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps",
         "--no-build-isolation", "--target", str(site), str(tmp_path / "package")],
        check=True, timeout=300,
    )  # fmt: skip

    def waygraph(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "waygraph", *arguments],
            cwd=root, capture_output=True, encoding="utf-8", timeout=300, check=False,
            env={**os.environ, "PYTHONPATH": str(site)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    default = (checkout / "data" / "pipeline.toml").read_text(encoding="utf-8")
    (root / ".waygraph").mkdir()
    (root / ".waygraph" / "settings.toml").write_text('graph = "graph.toml"\n')
    (root / "graph.toml").write_text(default)
    waygraph("ingest", "data/articles")
    before = waygraph("export")
    swapped = re.sub(r'use = "parse"\n(\w+ =.*\n)*', 'use = "split"\n', default)
    (root / "graph.toml").write_text(swapped)
    assert waygraph("trust", "--yes").startswith("new: [operators.parses] waygraph_split:split")
    assert "parses: Parse per document\n  split 1 (documents)" in waygraph("graph", "show")
    profile = waygraph("ingest", "data/articles", "--workers", "2", "--profile")
    assert "16 documents (0 read" in profile
    assert re.search(r"^parses .* 16 +0 ", profile, re.M)
    assert waygraph("export") != before
    assert "takes     parses: split 1\n" in waygraph("explain", "A* search")
    (root / "graph.toml").write_text(default)
    again = waygraph("ingest", "data/articles", "--profile")
    assert re.search(r"^parses .* 0 +16 ", again, re.M)  # all is in the cache
    assert waygraph("export") == before
