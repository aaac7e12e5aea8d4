"""Workspaces that came from others: what their settings may do, and what only with our word."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from waygraph.app.ask import open_compute_graph
from waygraph.app.cli import app
from waygraph.app.imports import known_concepts
from waygraph.config import DECISIONS, FOLDER, default_graph, find_workspace, make_workspace
from waygraph.errors import ComputeGraphError, MissingWorkspace, SettingsError, Untrusted
from waygraph.operators.encoder import load_encoder
from waygraph.operators.parsing import load_language
from waygraph.trust_file import trust_file, trusted

STORE = "http://127.0.0.1:1/mallory"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of notes with a workspace, as it comes out of an archive: ours by its owner."""
    make_workspace(tmp_path / "notes")
    (tmp_path / "notes" / "heap.md").write_text("# Heap\n\nA heap is a tree.\n")
    return tmp_path / "notes"


def settings(root: Path, text: str) -> Path:
    (root / FOLDER / "settings.toml").write_text(text)
    return root / FOLDER


def with_graph(root: Path, table: str) -> Path:
    """A compute graph that comes with the notes."""
    graph = default_graph().read_text(encoding="utf-8")
    pattern = re.escape(table.splitlines()[0]) + r"\n(?:(?!\[).*\n)*"
    made, count = re.subn(pattern, lambda _: table, graph)
    assert count == 1
    (root / "graph.toml").write_text(made)
    return settings(root, 'graph = "graph.toml"\n')


def test_a_store_that_came_with_the_notes_gets_nothing(root: Path) -> None:
    folder = settings(root, f'store = "{STORE}"\n')
    for words in (["ingest", "."], ["status"], ["export"], ["query", "ASK {}"], ["serve"]):
        done = CliRunner().invoke(app, [*words, "--workspace", str(root)])
        assert isinstance(done.exception, Untrusted), words
        assert STORE in str(done.exception)
        assert f"waygraph trust --workspace {folder}" in str(done.exception)
    with pytest.raises(Untrusted):
        waygraph.open_workspace(root)
    with pytest.raises(Untrusted):
        waygraph.ingest([root], root)
    # what the user names in so many words is the user's
    assert find_workspace(root, store="http://localhost:2").settings.store == "http://localhost:2"


def test_trust_is_in_one_workspace_and_its_very_settings(root: Path, tmp_path: Path) -> None:
    folder = settings(root, f'store = "{STORE}"\n')
    run = CliRunner()
    assert run.invoke(app, ["trust", "-w", str(root)], input="n\n").exit_code == 1
    assert not trusted(folder)
    done = run.invoke(app, ["trust", "-w", str(root)], input="y\n")
    assert done.exit_code == 0
    assert f'new: store = "{STORE}"' in done.output
    assert find_workspace(root).settings.store == STORE
    assert not trust_file().is_relative_to(root)
    assert trust_file().stat().st_mode & 0o077 == 0
    settings(root, f'store = "{STORE}2"\n')
    with pytest.raises(Untrusted):
        find_workspace(root)
    other = make_workspace(tmp_path / "other").folder.parent
    settings(other, f'store = "{STORE}"\n')
    with pytest.raises(Untrusted):
        find_workspace(other)
    settings(root, f'store = "{STORE}"\n')
    assert find_workspace(root).settings.store == STORE
    assert "no longer trusted" in run.invoke(app, ["trust", "--revoke", "-w", str(root)]).output
    with pytest.raises(Untrusted):
        find_workspace(root)


def test_a_trust_file_that_is_broken_trusts_nothing(root: Path) -> None:
    settings(root, f'store = "{STORE}"\n')
    assert waygraph.trust(root) == [f'store = "{STORE}"']
    find_workspace(root)
    kept = trust_file().read_bytes()
    for broken in (b"\xff\n{}\n[]\n1\n", kept[:-4]):
        trust_file().write_bytes(broken)
        with pytest.raises(Untrusted):
            find_workspace(root)


@pytest.mark.parametrize(
    "table",
    [
        '[operators.vectors]\nuse = "embed"\nmodel = "hub:mallory/model"\n',
        '[operators.vectors]\nuse = "embed"\nmodel = "antigravity"\n',
        '[operators.parses]\nuse = "parse"\nmodel = "this"\n',
        '[operators.prerequisites]\nuse = "prerequisites"\nmodel = "/dev/zero"\n',
    ],
)
def test_a_model_that_came_with_the_notes_is_not_loaded(root: Path, table: str) -> None:
    folder = with_graph(root, table)
    place = find_workspace(root)
    with pytest.raises(Untrusted, match="model = "):
        open_compute_graph(place)
    with pytest.raises(Untrusted):
        waygraph.ingest([root], root)
    waygraph.trust(root)
    open_compute_graph(place)
    with_graph(root, table.replace('use = "', 'use = "no such '))
    with pytest.raises(ComputeGraphError, match="unknown operator"):
        open_compute_graph(place)
    assert len(trusted(folder)) == 1


def test_another_packages_operator_is_not_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from waygraph.compute import operator

    class Point:
        name, value = "theirs", "theirs:run"

    monkeypatch.setattr(operator, "installed", lambda: {"theirs": Point()})
    with_graph(root, '[operators.notices]\nuse = "theirs"\nserver = "x"\n')
    with pytest.raises(Untrusted, match="theirs:run"):
        open_compute_graph(find_workspace(root))


def test_a_model_name_imports_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planted_model").mkdir()
    (tmp_path / "planted_model" / "__init__.py").write_text("raise SystemExit('ran')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("planted_model", "this", "antigravity", "./planted_model", "..", "xml.etree"):
        for load in (load_language, load_encoder):
            with pytest.raises(ComputeGraphError):
                load(name)
    assert {"planted_model", "this", "antigravity"}.isdisjoint(sys.modules)


@pytest.mark.parametrize("bad", ["evil.py", "pytorch_model.bin", "sub/evil.so", "model.pkl"])
def test_a_model_is_data(tmp_path: Path, bad: str) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / bad).write_bytes(b"")
    for load in (load_language, load_encoder):
        with pytest.raises(ComputeGraphError, match="can be code"):
            load(str(tmp_path))


@pytest.mark.parametrize("name", ["graph", "gazetteer"])
@pytest.mark.parametrize("way", ["/etc/passwd", "../out.toml", "a/../../out.toml", "link"])
def test_settings_name_no_file_elsewhere(root: Path, name: str, way: str) -> None:
    (root / "link").symlink_to(root.parent / "out.toml")
    settings(root, f'{name} = "{way}"\n')
    with pytest.raises(SettingsError, match="lies outside"):
        find_workspace(root)


@pytest.mark.parametrize("name", ["graph", "gazetteer"])
def test_settings_name_no_pipe_and_nothing_endless(root: Path, name: str) -> None:
    os.mkfifo(root / "pipe")
    with (root / "large.txt").open("wb") as file:
        file.truncate(200_000_000)
    use = open_compute_graph if name == "graph" else known_concepts
    for odd, told in (("pipe", "pipe"), ("large.txt", "more than")):
        settings(root, f'{name} = "{odd}"\n')
        with pytest.raises(waygraph.WaygraphError, match=told):
            use(find_workspace(root))


def test_settings_are_no_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('wikilinks = "auto"\n')
    (root / FOLDER / "settings.toml").symlink_to(tmp_path / "other.toml")
    with pytest.raises(SettingsError, match="symbolic link"):
        find_workspace(root)


def test_a_workspace_is_no_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / FOLDER).symlink_to(root / FOLDER)
    for named in (tmp_path / "mine", None):
        with pytest.raises(SettingsError, match="symbolic link"):
            find_workspace(named, start=tmp_path / "mine")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_workspace_of_another_user_counts_only_if_named(root: Path) -> None:
    below = root / "mine"
    below.mkdir()
    (below / "heap.md").write_text("# Heap\n\nA heap is a tree.\n")
    os.chown(root / FOLDER, 12345, -1)
    with pytest.raises(SettingsError, match="another user"):
        find_workspace(start=below)
    assert find_workspace(root).root == root
    with pytest.raises(MissingWorkspace):
        find_workspace(below)  # named, nothing above it counts
    assert make_workspace(below).root == below
    assert not (root / DECISIONS).exists()
