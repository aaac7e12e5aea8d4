"""``waygraph graph``: drawing and checking the compute graph."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from waygraph.app import graph_cli
from waygraph.app.ask import NodeTime, remember_last
from waygraph.app.cli import app
from waygraph.config import Workspace, default_graph, make_workspace
from waygraph.errors import ComputeGraphError, MissingWorkspace

FAULTS = """\
[operators.parses]
use = "pares"
[operators.concepts]
use = "concepts"
treshold = 0.5
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def waygraph(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def ingested(here: Path) -> Workspace:
    place = make_workspace()
    times = [
        NodeTime("parses", "parse", 40, 2, 1.25, 0.5, 0.7),
        NodeTime("concepts", "other", 1, 0, 9.0, 0.0, 0.0),
    ]
    remember_last(place, [], [], {"read": 0.1}, times)
    return place


def test_show_needs_no_workspace(here: Path) -> None:
    done = waygraph("graph", "show")
    assert done.exit_code == 0
    assert done.output.startswith(f"compute graph {default_graph()}\n")
    assert "(documents, targets, parses, gazetteer)\n" in done.output
    assert "last run" not in done.output


def test_show_tells_the_last_run(ingested: Workspace) -> None:
    drawn = waygraph("graph", "show").output
    # the time of another operator's run is none of this one's
    assert drawn.count("last run") == 1
    assert "  last run  1.25 s, 40 computed, 2 cached\n" in drawn
    mermaid = waygraph("graph", "show", "--format", "mermaid").output
    assert mermaid.startswith("flowchart TD\n")
    assert "1.25 s, 40 computed, 2 cached" in mermaid
    assert "    lexicon ==> mentions\n" in mermaid


def test_what_nothing_gives_is_told_with_the_operators_that_could(
    here: Path, checkout: Path
) -> None:
    shipped = (checkout / "data" / "pipeline.toml").read_text(encoding="utf-8")
    (here / "mine.toml").write_text(shipped.replace('[operators.lexicon]\nuse = "lexicon"\n', ""))
    done = waygraph("graph", "check", "mine.toml")
    assert done.exit_code == 1
    assert "operator 'mentions' needs 'lexicon' (Lexicon), which nothing gives" in done.output
    assert 'add [operators.lexicon] with use = "lexicon"; values in this graph: ' in done.output


def test_check_finds_all_faults(here: Path) -> None:
    (here / "mine.toml").write_text(FAULTS)
    done = waygraph("graph", "check", "mine.toml")
    assert done.exit_code == 1
    assert "mine.toml:2: unknown operator 'pares'\ndid you mean 'parse'? " in done.output
    assert "mine.toml:5: operator 'concepts' has no setting 'treshold'\n" in done.output
    assert "did you mean 'threshold'? its settings: " in done.output
    assert "mine.toml: no table [operators.mentions], which makes Mentions per" in done.output
    assert "mine.toml:3: operator 'concepts' needs 'candidates'" in done.output


def test_check_takes_the_graph_of_the_workspace(ingested: Workspace) -> None:
    done = waygraph("graph", "check")
    assert done.exit_code == 0
    count = default_graph().read_text(encoding="utf-8").count("\n[operators.")
    assert done.output == f"{default_graph()}: {count} operators, sound\n"
    (ingested.folder / "settings.toml").write_text('graph = "mine.toml"\n')
    (ingested.root / "mine.toml").write_text(FAULTS)
    assert waygraph("graph", "check").exit_code == 1
    shown = waygraph("graph", "show")
    assert isinstance(shown.exception, ComputeGraphError)
    assert waygraph("graph", "show", "--graph", str(default_graph())).exit_code == 0


def test_a_named_workspace_must_be_there(here: Path) -> None:
    done = waygraph("graph", "check", "--workspace", os.fspath(here / "none"))
    assert isinstance(done.exception, MissingWorkspace)


@pytest.mark.parametrize("name", ["show", "check"])
def test_every_parameter_has_help(name: str) -> None:
    found = typer.main.get_command(graph_cli.app).commands[name]  # type: ignore[attr-defined]  # a group
    assert found.help
    for parameter in found.params:
        assert parameter.name == "help" or parameter.help
