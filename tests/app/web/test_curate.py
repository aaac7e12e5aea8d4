"""Curating over HTTP: the queue, decisions and their undoing, previews, agreement; ingest jobs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.app.web.conftest import items
from waygraph.config import DECISIONS, Workspace

pytestmark = pytest.mark.slow
RULING = {"verb": "reject", "terms": ["A* search", "heuristic"], "relation": "requires"}
PATH = {"goal": "A* search", "from": "binary heap"}


def finished(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    events = client.get(f"/api/jobs/{job['id']}/events").text
    last = events.rstrip().split("\n\n")[-1]
    assert last.startswith("event: end\ndata: ")
    found: dict[str, Any] = json.loads(last.partition("data: ")[2])
    return found


def test_the_queue_has_the_words_it_rests_on(writable: TestClient) -> None:
    found = writable.get("/api/review", params={"limit": 5}).json()
    assert len(found["items"]) == 5 < found["total"]
    weights = [one["weight"] for one in found["items"]]
    assert weights == sorted(weights, reverse=True)
    for one in found["items"]:
        assert one["yes"]["statement"] != one["no"]["statement"]
        for seen in one["evidence"]:
            assert seen["quote"]["text"]
            assert seen["quote"]["source"].startswith("data/")


def test_a_preview_writes_nothing_and_tells_what_then_comes_true(
    writable: TestClient, own: Workspace
) -> None:
    before = writable.get("/api/path", params=PATH).json()
    there = items(own.root)
    found = writable.post("/api/preview", json={"rulings": [RULING], "paths": [PATH]})
    assert found.status_code == 200, found.text
    assert items(own.root) == there
    (effect,) = found.json()["effects"]
    assert effect["changed"]
    assert effect["before"] == before
    assert effect["after"]["steps"] != before["steps"]

    made = writable.post("/api/decide", json=RULING | {"why": "so", "who": "ann"})
    assert made.status_code == 201
    assert made.json()["statement"] == 'reject "A* search" requires heuristic'
    assert "ann reject" in (own.root / DECISIONS).read_text(encoding="utf-8")
    late = writable.get("/api/path", params=PATH).json()
    assert "waygraph ingest applies it" in late["notes"][-1]
    job = finished(writable, writable.post("/api/ingest", json={"paths": []}).json())
    assert job["state"] == "done", job
    assert writable.get("/api/path", params=PATH).json() == effect["after"]

    writable.post("/api/undo", json={"who": "ann"})
    finished(writable, writable.post("/api/ingest", json={"paths": []}).json())
    assert writable.get("/api/path", params=PATH).json() == before


def test_a_preview_of_what_rests_on_a_decision(writable: TestClient) -> None:
    found = writable.post("/api/preview", json={"rulings": [RULING]}).json()
    goals = {effect["goal"]: effect["changed"] for effect in found["effects"]}
    assert goals["A* search"]
    assert not goals["heuristic"]
    assert len(goals) > 2


def test_what_was_decided_is_no_question_until_it_is_undone(writable: TestClient) -> None:
    queue = writable.get("/api/review").json()
    first, total = queue["items"][0], queue["total"]
    made = {name: first["no"][name] for name in ("verb", "terms", "relation")}
    assert writable.post("/api/decide", json=made).status_code == 201
    after = writable.get("/api/review").json()
    assert after["total"] == total - 1
    assert first["text"] not in [one["text"] for one in after["items"]]
    undone = writable.post("/api/undo", json={"ruling": made})
    assert undone.status_code == 201
    assert undone.json()["statement"] == f"undo {first['no']['statement']}"
    assert writable.get("/api/review").json()["items"][0]["text"] == first["text"]


def test_two_people_compared(writable: TestClient) -> None:
    for who, verb in (("cay", "accept"), ("dee", "reject")):
        writable.post("/api/decide", json={"verb": verb, "terms": ["graph"], "who": who})
        writable.post("/api/decide", json={"verb": "accept", "terms": ["queue"], "who": who})
    listed = writable.get("/api/decisions", params={"all": True}).json()
    assert {"cay", "dee"} <= set(listed["people"])
    found = writable.post("/api/agreement", json={"one": "cay", "two": "dee"}).json()
    assert (found["matters"], found["agreed"], found["kappa"]) == (2, 1, 0.0)
    assert found["disagreements"][0]["two"]["verb"] == "reject"
    text = "2026-01-01T00:00:00Z eve accept graph\n2026-01-01T00:00:01Z eve accept queue\n"
    other = writable.post("/api/agreement", json={"one": "cay", "text": text}).json()
    assert (other["matters"], other["agreed"]) == (2, 2)
    wrong = writable.post("/api/agreement", json={"one": "cay", "text": "what?"})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "text")


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("decide", {"verb": "reject", "terms": ["no such thing"]}, 404, "terms"),
        ("decide", {"verb": "merge", "terms": ["graph"]}, 400, ""),
        ("decide", {"verb": "burn", "terms": ["graph"]}, 422, "verb"),
        ("decide", {"verb": "accept", "terms": []}, 422, "terms"),
        ("decide", {"verb": "accept", "terms": ["--why"]}, 422, "terms"),
        ("decide", {"verb": "merge", "terms": ["graph", "a\nb"]}, 400, ""),
        ("decide", {"verb": "relate", "terms": ["graph", "heap"], "relation": "likes"}, 422,
         "relation"),
        ("decide", {"verb": "reject", "terms": ["graph"], "note": "none.md"}, 400, ""),
        ("undo", {"ruling": {"verb": "know", "terms": ["graph"]}}, 400, ""),
        ("preview", {"rulings": []}, 422, "rulings"),
        ("preview", {"rulings": [{"verb": "merge", "terms": ["graph"]}]}, 400, ""),
        ("agreement", {"one": "nobody", "two": "cay"}, 404, "one"),
        ("ingest", {"paths": ["../elsewhere"]}, 422, "paths"),
        ("ingest", {"paths": ["/etc"]}, 422, "paths"),
        ("ingest", {"paths": ["not/there"]}, 422, "paths"),
        ("ingest", {"workers": 0}, 422, "workers"),
    ],
)  # fmt: skip
def test_errors_name_the_field(
    writable: TestClient, path: str, body: dict[str, Any], status: int, field: str
) -> None:
    found = writable.post(f"/api/{path}", json=body)
    assert (found.status_code, found.json()["error"]["field"]) == (status, field), found.text


def test_an_ingest_reads_what_is_new_while_readers_go_on(
    writable: TestClient, own: Workspace
) -> None:
    note = own.root / "data" / "notes" / "day-999.md"
    note.write_text("# Day 999\n\nA **frobnicator** is a kind of queue.\n", encoding="utf-8")
    digest = writable.get("/api/status").json()["digest"]
    started = writable.post("/api/ingest", json={})
    assert started.status_code == 202
    again = writable.post("/api/ingest", json={})
    assert again.status_code == 409
    answers = 0
    while writable.get(f"/api/jobs/{started.json()['id']}").json()["state"] == "running":
        assert writable.get("/api/path", params=PATH).status_code == 200
        assert writable.get("/sparql", params={"query": "ASK { ?s ?p ?o }"}).json()["boolean"]
        answers += 1
    job = finished(writable, started.json())
    assert job["state"] == "done", job
    assert job["report"]["read"] == 1
    assert answers > 5
    assert writable.get("/api/status").json()["digest"] != digest
    found = writable.get("/api/concepts", params={"q": "frobni"}).json()["items"]
    assert [one["label"] for one in found] == ["frobnicator"]
    ask = 'ASK { ?c skos:prefLabel "frobnicator" }'
    assert writable.get("/sparql", params={"query": ask}).json()["boolean"]
    last = writable.get("/api/days").json()["items"][-1]
    assert (last["day"], [c["label"] for c in last["concepts"]]) == (999, ["frobnicator"])


def test_a_job_tells_how_it_goes_and_can_be_cancelled(writable: TestClient, own: Workspace) -> None:
    for day in range(900, 940):
        note = own.root / "data" / "notes" / f"day-{day}.md"
        note.write_text(f"# Day {day}\n\nThe gizmo {day} is a widget.\n" * 20, encoding="utf-8")
    before = writable.get("/api/status").json()["digest"]
    job = writable.post("/api/ingest", json={}).json()
    while not (now := writable.get(f"/api/jobs/{job['id']}").json())["total"]:
        assert now["state"] == "running"
        time.sleep(0.02)
    assert 0 <= now["done"] <= now["total"]
    assert now["stage"]
    ended = writable.delete(f"/api/jobs/{job['id']}").json()
    assert (ended["state"], ended["report"]) == ("cancelled", None)
    assert writable.delete(f"/api/jobs/{job['id']}").json() == ended
    assert finished(writable, job) == ended
    assert writable.get("/api/jobs").json()["items"][0] == ended
    assert writable.get("/api/status").json()["digest"] == before
    assert writable.get("/api/jobs/none").status_code == 404
    # and the next one goes on from there
    for day in range(900, 940):
        (own.root / "data" / "notes" / f"day-{day}.md").unlink()
    job = finished(writable, writable.post("/api/ingest", json={}).json())
    assert job["state"] == "done", job


def test_a_job_that_fails_says_why(writable: TestClient, own: Workspace) -> None:
    (own.folder / "settings.toml").write_text('nonsense = "1"\n', encoding="utf-8")
    job = finished(writable, writable.post("/api/ingest", json={}).json())
    (own.folder / "settings.toml").unlink()
    assert job["state"] == "failed"
    assert "unknown setting 'nonsense'" in job["error"]
