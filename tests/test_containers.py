"""The containers, as far as a machine without a container host can tell.

Their files are checked; ``WAYGRAPH_DEBOOTSTRAP=1`` also runs the set-up in a fresh root.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema_rs
import pytest

# What the dev container specification says of the properties that are used here.
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
COMMAND = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"type": "string"}, "minItems": 1},
        {"type": "object", "additionalProperties": {"type": ["string", "array"]}},
    ]
}
PORT = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": 65535},
        {"type": "string", "pattern": r"^[\w.-]+:\d{1,5}$"},
    ]
}
PORT_ATTRIBUTES = {
    "type": "object",
    "properties": {
        "label": {"type": "string"},
        "protocol": {"enum": ["http", "https"]},
        "onAutoForward": {
            "enum": ["notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"]
        },
        "requireLocalPort": {"type": "boolean"},
        "elevateIfNeeded": {"type": "boolean"},
    },
    "additionalProperties": False,
}
SIZE = {"type": "string", "pattern": r"^\d+([tgmk]b)?$"}
DEVCONTAINER = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string", "pattern": r"^[a-z0-9./-]+:[\w.-]+(@sha256:[0-9a-f]{64})?$"},
        "features": {
            "type": "object",
            "propertyNames": {"pattern": r"^[a-z0-9./_-]+:[\w.]+$"},
            "additionalProperties": {"type": ["string", "boolean", "object"]},
        },
        "hostRequirements": {
            "type": "object",
            "properties": {
                "cpus": {"type": "integer", "minimum": 1},
                "memory": SIZE,
                "storage": SIZE,
            },
            "additionalProperties": False,
        },
        "containerEnv": TEXTS,
        "remoteEnv": TEXTS,
        "remoteUser": {"type": "string"},
        "postCreateCommand": COMMAND,
        "postStartCommand": COMMAND,
        "postAttachCommand": COMMAND,
        "forwardPorts": {"type": "array", "items": PORT},
        "portsAttributes": {
            "type": "object",
            "patternProperties": {r"^\d+(-\d+)?$|^\S+ ": PORT_ATTRIBUTES},
            "additionalProperties": False,
        },
        "otherPortsAttributes": PORT_ATTRIBUTES,
        "customizations": {"type": "object", "additionalProperties": {"type": "object"}},
    },
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def devcontainer(checkout: Path) -> dict[str, object]:
    text = (checkout / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    found: dict[str, object] = json.loads(text)
    return found


def test_the_dev_container_keeps_to_the_specification(devcontainer: dict[str, object]) -> None:
    jsonschema_rs.validate(DEVCONTAINER, devcontainer)
    wrong = {**devcontainer, "forwardPorts": ["eight"]}
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(DEVCONTAINER, wrong)


def test_the_dev_container_s_commands_exist(
    devcontainer: dict[str, object], checkout: Path
) -> None:
    for command in ("postCreateCommand", "postAttachCommand"):
        script = checkout / str(devcontainer[command]).split()[0]
        assert os.access(script, os.X_OK), script
    forwarded = devcontainer["forwardPorts"]
    assert forwarded == [8765]  # where `waygraph serve` listens by default
    assert "8765" in str(devcontainer["portsAttributes"])


def test_the_server_is_told_the_name_of_the_forwarded_port(checkout: Path, tmp_path: Path) -> None:
    """The script, beside a waygraph that prints what it is asked."""
    script = tmp_path / ".devcontainer" / "serve"
    script.parent.mkdir()
    shutil.copy(checkout / ".devcontainer" / "serve", script)
    waygraph = tmp_path / ".venv" / "bin" / "waygraph"
    waygraph.parent.mkdir(parents=True)
    waygraph.write_text('#!/bin/sh\necho "$@"\n')
    waygraph.chmod(0o755)

    def asked(**variables: str) -> str:
        env = {"PATH": os.environ["PATH"], **variables}
        return subprocess.check_output([script], env=env, encoding="utf-8").strip()

    assert asked() == "serve --no-browser"
    assert asked(CODESPACE_NAME="odd-tree") == (
        "serve --no-browser --host odd-tree-8765.app.github.dev"
    )
    domain = {"GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": "ports.example"}
    assert asked(CODESPACE_NAME="a", **domain).endswith(" --host a-8765.ports.example")


def test_hadolint_finds_nothing(checkout: Path) -> None:
    for file, fails in ((checkout / ".devcontainer" / "Dockerfile", False), (None, True)):
        found = subprocess.run(
            ["hadolint", "--no-color", "--failure-threshold", "style", str(file or "-")],
            input="FROM debian\nRUN cd /tmp && curl x | sh\n",
            env={**os.environ, "PATH": f"{checkout / '.venv/bin'}:{os.environ['PATH']}"},
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert bool(found.stdout) == fails, found.stdout
        assert (found.returncode != 0) == fails


def test_the_image_is_pinned_runs_as_nobody_special_and_goes_offline(checkout: Path) -> None:
    text = (checkout / ".devcontainer" / "Dockerfile").read_text(encoding="utf-8")
    final = text[text.rindex("\nFROM ") :]
    assert all(re.search(r":\d+\.\d+\.\d+-", one) for one in re.findall(r"^FROM (\S+)", text, re.M))
    assert re.findall(r"^USER (\S+)", final, re.M)[-1] != "root"
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.M)
    assert not re.search(r"(curl|wget)\b", text)
    assert "HF_HUB_OFFLINE=1" in final
    assert "pip" not in final
    assert final.index("RUN ") < final.index("USER ")


def test_what_the_image_copies_is_sent_to_the_builder(checkout: Path) -> None:
    kept = {
        line[1:]
        for line in (checkout / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    }
    text = (checkout / ".devcontainer" / "Dockerfile").read_text(encoding="utf-8")
    copied = {
        name for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.M) for name in line.split()
    }
    assert copied == kept
    assert all((checkout / name).exists() for name in kept)
    # what the build puts into the wheel, and what the set-up reads
    assert {"pyproject.toml", "README.md", "LICENSE", "src", "data", "ontologies"} <= kept


ROOT = os.environ.get("WAYGRAPH_DEBOOTSTRAP", "")


@pytest.mark.skipif(
    not ROOT,
    reason="NOT RUN: the set-up in a fresh root takes long and needs root: WAYGRAPH_DEBOOTSTRAP=1, "
    "or folders of this machine that the root shares (pip's settings), joined by colons",
)
@pytest.mark.slow
def test_the_set_up_works_in_a_fresh_root(checkout: Path, tmp_path: Path) -> None:
    """What the Dockerfile copies and runs, in a root that debootstrap made; then without a net."""
    root = tmp_path / "root"
    made = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates"]
    subprocess.run([*made, "bookworm", root], check=True)
    for folder in ROOT.split(":") if ROOT != "1" else ():
        (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        copied = ["cp", "-aT", "--remove-destination", folder, str(root / folder.lstrip("/"))]
        subprocess.run(copied, check=True)
    home = root / "opt" / "waygraph"
    for line in re.findall(
        r"^COPY (?!--)(.*)$", (checkout / ".devcontainer" / "Dockerfile").read_text(), re.M
    ):
        *names, target = line.split()
        for name in names:
            into = home / target / (Path(name).name if target.endswith("/") else "")
            into.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if (checkout / name).is_dir() else shutil.copy
            if not into.exists():
                copy(checkout / name, into)
    shutil.copy("/etc/resolv.conf", root / "etc")

    def inside(*command: str, offline: bool = False) -> str:
        cut = ["unshare", "--net"] if offline else []
        return subprocess.check_output(
            [*cut, "chroot", *(["--userspec=1000:1000"] if offline else []), root, *command],
            encoding="utf-8", env={**os.environ, "HOME": "/tmp", "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip

    inside("/opt/waygraph/scripts/setup")
    notes = root / "notes"
    shutil.copytree(checkout / "data" / "notes", notes / "data")
    for place in (notes, *notes.rglob("*")):
        os.chown(place, 1000, 1000)
    waygraph = "/opt/waygraph/.venv/bin/waygraph"
    inside(waygraph, "ingest", "/notes/data", "-w", "/notes/.waygraph", offline=True)
    path = inside(waygraph, "path", "A* search", "-w", "/notes/.waygraph", offline=True)
    assert "(optimal)" in path
