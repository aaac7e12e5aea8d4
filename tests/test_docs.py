"""What is written about waygraph is true: commands have help and stand in the README."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from waygraph.app.cli import app
from waygraph.read.corpus import SUFFIXES

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group


@pytest.fixture(scope="module")
def readme(checkout: Path) -> str:
    return (checkout / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_help_and_stands_in_the_readme(command: str, readme: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5
    assert f"waygraph {command}" in readme


@pytest.mark.parametrize("command", COMMANDS)
def test_every_parameter_has_help(command: str) -> None:
    found = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]  # a group
    assert found.help
    for parameter in found.params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{command} {parameter.name}"


def test_help_names_every_kind_of_note() -> None:
    output = CliRunner().invoke(app, ["ingest", "--help"], terminal_width=200).output
    assert all(f"{suffix}," in output or f"{suffix})" in output for suffix in SUFFIXES)


def test_readme_begins_with_the_two_commands(readme: str) -> None:
    head = readme[:1500]
    assert head.index("scripts/demo") < head.index("scripts/test")


def test_readme_commands_exist(readme: str, checkout: Path) -> None:
    for script in set(re.findall(r"\bscripts/([\w.]*\w)", readme)):
        assert (checkout / "scripts" / script).exists(), script
    for command in set(re.findall(r"^\$ waygraph (\w+)", readme, re.M)):
        assert command in COMMANDS


def dependencies(checkout: Path) -> list[str]:
    """Names of all direct dependencies, those of extras too."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [re.split(r"[<>=!~ ]", one)[0] for found in lists for one in found]


def test_every_dependency_stands_in_the_readme_table(readme: str, checkout: Path) -> None:
    for name in dependencies(checkout):
        assert re.search(rf"^\|[^|]*`{re.escape(name)}`", readme, re.M), name


def test_dependencies_are_pinned(checkout: Path) -> None:
    pinned = (checkout / "scripts" / "constraints.txt").read_text(encoding="utf-8").casefold()
    for name in dependencies(checkout):
        assert re.search(rf"^{name.casefold().replace('-', '[-_.]')}==", pinned, re.M), name


def test_sample_corpus_is_large_enough(checkout: Path) -> None:
    assert len(list((checkout / "data" / "notes").glob("*.md"))) >= 20
    assert len(list((checkout / "data" / "articles").glob("*.md"))) >= 10
