"""Paths over HTTP: those of the command, as plans, decks, traces and comparisons."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from html import escape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from waygraph.app.cli import app
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
GOAL = {"goal": "A* search"}


def command(sample: Workspace, *words: str) -> str:
    result = CliRunner().invoke(app, ["path", *words, "--workspace", str(sample.folder)])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, []),
        ({"from": "binary heap"}, ["--from", "binary heap"]),
        ({"from": ["graph", "heuristic"]}, ["--from", "graph", "--from", "heuristic"]),
        ({"minutes": 1.5}, ["--minutes", "1.5"]),
        ({"max_steps": 3, "from": "graph"}, ["--max-steps", "3", "--from", "graph"]),
        ({"alternatives": 2}, ["--alternatives", "2"]),
        ({"avoid": "priority queue"}, ["--avoid", "priority queue"]),
        ({"via": "heuristic"}, ["--via", "heuristic"]),
        ({"algorithm": "greedy", "implied": False}, ["--algorithm", "greedy", "--not-implied"]),
    ],
)  # fmt: skip
def test_a_path_is_that_of_the_command(
    served: TestClient, sample: Workspace, asked: dict[str, Any], words: list[str]
) -> None:
    found = served.get("/api/path", params=GOAL | asked)
    assert found.status_code == 200, found.text
    assert found.json() == json.loads(command(sample, "A* search", *words, "--format", "json"))
    body = GOAL | asked
    for name in ("from", "avoid", "via"):
        if isinstance(body.get(name), str):
            body[name] = [body[name]]
    assert served.post("/api/path", json=body).json() == found.json()


def test_what_is_known_shortens_the_plan(served: TestClient, sample: Workspace) -> None:
    whole = served.get("/api/path", params=GOAL | {"from": "binary heap"}).json()
    known = [step["concept"]["iri"] for step in whole["steps"][:4]]
    less = served.post("/api/path", json=GOAL | {"known": known}).json()
    assert len(less["steps"]) < len(whole["steps"])
    assert not {step["concept"]["iri"] for step in less["steps"][1:]} & set(known)


@pytest.mark.parametrize("form", ["markdown", "turtle"])
def test_a_path_as_a_file(served: TestClient, sample: Workspace, form: str) -> None:
    suffix = {"markdown": "md", "turtle": "ttl"}[form]
    found = served.get(f"/api/path.{suffix}", params=GOAL)
    assert found.text == command(sample, "A* search", "--format", form)
    assert found.headers["content-disposition"].endswith(f"A--search.{suffix}")


def test_a_path_as_a_deck(served: TestClient, tmp_path: Path) -> None:
    found = served.get("/api/path.apkg", params=GOAL)
    plan = served.get("/api/path", params=GOAL).json()
    with zipfile.ZipFile(io.BytesIO(found.content)) as packed:
        packed.extract("collection.anki2", tmp_path)
    db = sqlite3.connect(tmp_path / "collection.anki2")
    notes = [row[0].split("\x1f") for row in db.execute("SELECT flds FROM notes ORDER BY id")]
    guids = {guid for (guid,) in db.execute("SELECT guid FROM notes")}
    db.close()
    labels = [escape(step["concept"]["label"]) for step in plan["steps"]]
    assert [note[0] for note in notes] == labels
    assert len(guids) == len(plan["steps"])
    assert "A* search is" in notes[-1][1]
    assert "data/articles/" in notes[-1][2]
    assert "read:" in notes[-1][3]


def test_a_deck_made_again_is_the_same(served: TestClient) -> None:
    def inside() -> list[tuple[str, bytes]]:
        data = served.get("/api/path.apkg", params=GOAL).content
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return [(name, packed.read(name)) for name in packed.namelist()]

    assert inside() == inside()


def test_a_trace_is_the_search_step_by_step(served: TestClient) -> None:
    asked = {"goal": "A* search", "from": "RDF"}
    compared = {
        row["algorithm"]: row
        for row in served.get("/api/compare", params=asked).json()["algorithms"]
    }
    assert len(compared) == 7
    for name, row in compared.items():
        found = served.get("/api/trace", params=asked | {"algorithm": name}).json()
        assert found["total"] == len(found["expansions"]) == row["expansions"]
        assert (found["cost"], found["touched"]) == (row["cost"], row["touched"])
        assert len(found["path"]) == row["steps"]
        assert found["path"][-1]["label"] == "A* search"
        assert found["expansions"][0]["path_cost"] == 0
        part = served.get("/api/trace", params=asked | {"algorithm": name, "limit": 2, "offset": 1})
        assert part.json()["expansions"] == found["expansions"][1:3]
    assert compared["uniform-cost"]["expansions"] > compared["bidirectional-a-star"]["expansions"]
    assert compared["a-star"]["cost"] == compared["uniform-cost"]["cost"]


def test_next_gaps_and_bridges(served: TestClient) -> None:
    first = served.get("/api/next", params={"limit": 3}).json()["items"]
    assert len(first) == 3
    label = first[0]["concept"]["label"]
    after = served.get("/api/next", params={"known": label, "limit": 200}).json()["items"]
    assert label not in [one["concept"]["label"] for one in after]
    gaps = served.get("/api/gaps").json()["items"]
    assert gaps
    assert len(gaps[0]["needed_by"]) >= 1
    assert served.get("/api/bridge", params={"one": "graph", "two": "heuristic"}).json() == {
        "items": [], "taken": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({}, 422, "goal"),
        ({"goal": "no such thing at all"}, 404, "goal"),
        ({"goal": "graph", "from": "xqzxqzxqz"}, 404, "from"),
        ({"goal": "grahp", "exact": True}, 404, "goal"),
        ({"goal": "graph", "known": "xyzzy"}, 404, "known"),
        ({"goal": "graph", "algorithm": "magic"}, 422, "algorithm"),
        ({"goal": "graph", "minutes": -1}, 422, "minutes"),
        ({"goal": "graph", "minutes": "nan"}, 422, "minutes"),
        ({"goal": "graph", "max_steps": 0}, 422, "max_steps"),
        ({"goal": "graph", "alternatives": 21}, 422, "alternatives"),
        ({"goal": "graph", "avoid": "graph"}, 400, "goal"),
        ({"goal": "graph", "via": "heuristic", "max_steps": 3}, 400, "goal"),
    ],
)
def test_errors_name_the_field(
    served: TestClient, asked: dict[str, Any], status: int, field: str
) -> None:
    found = served.get("/api/path", params=asked)
    assert (found.status_code, found.json()["error"]["field"]) == (status, field)


def test_what_is_taken_for_a_goal_is_told(served: TestClient) -> None:
    found = served.get("/api/path", params={"goal": "how does a heuristci work?"}).json()
    assert found["goal"]["label"] == "heuristic"
    (taken,) = found["taken"]
    assert taken["concept"] == found["goal"]
    assert (taken["typed"], taken["how"]) == ("how does a heuristci work?", "spelled")
    assert served.get("/api/path", params={"goal": "heuristics"}).json()["taken"] == []


def test_no_path_is_an_answer_that_says_why(served: TestClient) -> None:
    near = served.get("/api/neighbourhood", params={"iri": "A* search", "limit": 5000}).json()
    around = [node["iri"] for node in near["nodes"][1:]]
    far = next(
        one["iri"]
        for one in served.get("/api/concepts", params={"limit": 200}).json()["items"]
        if one["iri"] not in {near["nodes"][0]["iri"], *around}
    )
    found = served.post("/api/path", json=GOAL | {"from": [far], "avoid": around})
    assert found.status_code == 404
    assert found.json()["error"]["message"].startswith("no path from ")
