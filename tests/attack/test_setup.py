"""The set-up installs the files that are known by their hashes, and no other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest


def names(text: str) -> dict[str, str]:
    """Package -> version, of lines that begin with both."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;+]+)", text, re.M)
    return {re.sub(r"[-_.]+", "-", name).casefold(): version for name, version in found}


def test_what_is_installed_is_what_is_pinned(checkout: Path) -> None:
    pinned = names((checkout / "scripts" / "constraints.txt").read_text(encoding="utf-8"))
    locked_text = (checkout / "scripts" / "requirements.txt").read_text(encoding="utf-8")
    locked = names(locked_text)
    told = "run scripts/lock.py: scripts/requirements.txt is not what scripts/constraints.txt says"
    assert {n: v for n, v in locked.items() if pinned.get(n, v) != v} == {}, told
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = names(
        "\n".join(re.split(r"[<>=!~ ]", one)[0] + "==0" for all_ in lists for one in all_)
    )
    assert wanted.keys() <= locked.keys(), told
    for one in re.split(r"^(?=[A-Za-z])", locked_text, flags=re.M)[1:]:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", one), one


@pytest.mark.slow
def test_another_file_of_the_same_version_is_not_installed(checkout: Path, tmp_path: Path) -> None:
    files = {
        "small.py": "",
        "small-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1\n",
        "small-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "small-1.dist-info/RECORD": "small.py,,\n",
    }
    wheel = tmp_path / "small-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    root = tmp_path / "checkout"
    (root / "scripts").mkdir(parents=True)
    shutil.copy2(checkout / "scripts" / "setup", root / "scripts")
    (root / "pyproject.toml").write_text("")

    def set_up(digest: str) -> str:
        line = f"# set build\nsmall==1 \\\n    --hash=sha256:{digest}\n# set run\n"
        (root / "scripts" / "requirements.txt").write_text(line)
        done = subprocess.run(
            [root / "scripts" / "setup"], capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode != 0  # with so few packages there is no waygraph
        return done.stdout + done.stderr

    there = root / ".venv" / "lib"
    assert "DO NOT MATCH THE HASHES" in set_up(sha256(b"another").hexdigest())
    assert not list(there.rglob("small.py"))
    assert "DO NOT MATCH" not in set_up(sha256(wheel.read_bytes()).hexdigest())
    assert list(there.rglob("small.py"))
