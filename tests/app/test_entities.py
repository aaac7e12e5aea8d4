"""People, organizations and places in the datagraph: linked to the notes, on no path."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import waygraph
from waygraph.app.ask import open_data
from waygraph.app.cli import app

pytestmark = pytest.mark.slow
NOTE = "Today I read a post by Simon Willison about databases at Stanford University.\n"


def test_entities_are_listed_and_validated_and_go_with_their_note(tmp_path: Path) -> None:
    (tmp_path / "day-1.md").write_text(NOTE, encoding="utf-8")
    (tmp_path / "day-2.md").write_text("Another post by Simon Willison, on trees.\n", "utf-8")
    place = waygraph.ingest([tmp_path], tmp_path).workspace
    here = ["--workspace", str(tmp_path)]
    run = CliRunner()
    listed = run.invoke(app, ["entities", *here]).output
    assert listed.splitlines() == [
        "Simon Willison (person): day-1.md and 1 more",
        "Stanford University (organization): day-1.md",
    ]
    assert run.invoke(app, ["entities", "organization", *here]).output.count("\n") == 1
    assert run.invoke(app, ["validate", *here]).exit_code == 0
    turtle = run.invoke(app, ["export", *here]).output
    assert 'a schema:Person ;\n    schema:name "Simon Willison" .' in turtle
    assert "schema:mentions <https://w3id.org/waygraph/local/organization/stanford" in turtle
    with open_data(place) as data:
        query = "SELECT ?a { ?a a <http://www.w3.org/2004/02/skos/core#Concept> }"
        assert not [a for (a,) in data.select(query) if "/person/" in a]
    (tmp_path / "day-1.md").unlink()
    waygraph.ingest([tmp_path], tmp_path)
    listed = run.invoke(app, ["entities", *here]).output
    assert listed == "Simon Willison (person): day-2.md\n"
