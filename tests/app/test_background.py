"""Background lists in a workspace: no notes, read among the notes only, and nothing made anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import waygraph
from waygraph.app.imports import background_terms
from waygraph.app.ingest import IngestReport, recalled
from waygraph.config import find_workspace
from waygraph.errors import SettingsError
from waygraph.model import Backed


@pytest.mark.slow
def test_a_list_speaks_of_the_notes_and_makes_nothing_anew_but_what_asks_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "day-1.md").write_text("We met an eigenvalue, and the need to run.\n", "utf-8")
    waygraph.ingest([tmp_path], tmp_path)

    def backed(terms: str) -> tuple[IngestReport, Backed]:
        (tmp_path / "terms.txt").write_text(terms, encoding="utf-8")
        settings = tmp_path / ".waygraph" / "settings.toml"
        settings.write_text('background = ["terms.txt"]\n', encoding="utf-8")
        report = waygraph.ingest([tmp_path], tmp_path)
        with recalled(report.workspace) as results:
            return report, results.one("backed", Backed)

    report, found = backed("Eigenvalues\nNeed\nRun\nheap\n")
    assert found == Backed((("eigenvalue", 1.0),))
    assert report.documents == 1
    made = {node.name: node.computed for node in report.nodes if node.computed}
    assert made.pop("backed") == 1
    assert not {"parses", "candidates", "mentions", "relations"} & made.keys()
    report, again = backed("queue\nEigenvalues\n")
    assert again == found
    assert [node.name for node in report.nodes if node.computed] == ["backed"]


@pytest.mark.parametrize("way", ["/etc/passwd", "../out.txt", "link"])
def test_a_list_lies_among_the_notes(tmp_path: Path, way: str) -> None:
    root = tmp_path / "notes"
    (root / ".waygraph").mkdir(parents=True)
    (root / "link").symlink_to(tmp_path / "out.txt")
    settings = root / ".waygraph" / "settings.toml"
    settings.write_text(f'background = ["{way}"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="lies outside"):
        find_workspace(root)


@pytest.mark.parametrize("value", ['"terms.txt"', "[1]", '[""]', "{}"])
def test_background_is_a_list_of_files(tmp_path: Path, value: str) -> None:
    (tmp_path / ".waygraph").mkdir()
    settings = tmp_path / ".waygraph" / "settings.toml"
    settings.write_text(f"background = {value}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"background = .* is no list of files"):
        find_workspace(tmp_path)


def test_a_pipe_and_what_has_no_end_are_no_list(tmp_path: Path) -> None:
    (tmp_path / ".waygraph").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(600_000_000)
    settings = tmp_path / ".waygraph" / "settings.toml"
    for odd, told in (("pipe", "pipe"), ("large.txt", "more than")):
        settings.write_text(f'background = ["{odd}"]\n', encoding="utf-8")
        with pytest.raises(SettingsError, match=told):
            background_terms(find_workspace(tmp_path))
