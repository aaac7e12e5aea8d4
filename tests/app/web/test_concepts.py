"""Concepts over HTTP: search, one concept, notes, neighbourhoods, days, exports."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from starlette.testclient import TestClient

import waygraph
from waygraph.config import Workspace
from waygraph.read.snapshots import Snapshots

pytestmark = pytest.mark.slow
BASE = "https://w3id.org/waygraph/local/concept/"


def get(client: TestClient, path: str, **asked: Any) -> Any:
    found = client.get(f"/api/{path}", params=asked)
    assert found.status_code == 200, found.text
    return found.json()


def test_status(served: TestClient) -> None:
    found = get(served, "status")
    assert (found["documents"], found["outdated"], found["writable"]) == (42, "", False)
    assert found["concepts"] > 100
    assert "a-star" in found["algorithms"]
    assert found["relation_names"] == ["broader", "partOf", "related", "requires", "uses"]


@pytest.mark.parametrize(
    ("typed", "first", "how"),
    [
        ("heuristic", "heuristic", "exact"),
        ("HEURISTICS", "heuristic", "exact"),
        ("heuristic function", "heuristic", "exact"),  # an alias
        ("heuris", "heuristic", "begins"),
        ("h", "heap", "begins"),
        ("search best", "greedy best-first search", "words"),
        ("heuristci", "heuristic", "near"),
        ("what is a heuristic?", "heuristic", "near"),
    ],
)
def test_search_while_typing(served: TestClient, typed: str, first: str, how: str) -> None:
    found = get(served, "concepts", q=typed)["items"][0]
    assert (found["label"], found["how"]) == (first, how)


def test_search_finds_nothing_for_what_holds_no_word(served: TestClient) -> None:
    for typed in ("***", "xqzxqzxqz", "\x00", "\ud7ff"):
        assert get(served, "concepts", q=typed) == {"total": 0, "items": []}, typed


def test_search_by_meaning(served: TestClient) -> None:
    found = get(served, "concepts", q="a line that waits its turn", meaning=True)["items"]
    assert "priority queue" in [one["label"] for one in found[:5]]
    cosines = [one["cosine"] for one in found]
    assert cosines == sorted(cosines, reverse=True)


@pytest.mark.parametrize("asked", [{}, {"q": "se"}, {"q": "search", "meaning": True}])
def test_pages_join_to_the_whole(served: TestClient, asked: dict[str, Any]) -> None:
    whole = get(served, "concepts", limit=200, **asked)
    rest = get(served, "concepts", limit=200, offset=200, **asked)["items"]
    items = [*whole["items"], *rest]
    size = 7
    pages = [
        get(served, "concepts", limit=size, offset=at, **asked)["items"]
        for at in range(0, whole["total"], size)
    ]
    assert [one for page in pages for one in page] == items
    assert len(items) == whole["total"] > 10
    assert len({one["iri"] for one in items}) == whole["total"]


def test_one_concept(served: TestClient, sample: Workspace) -> None:
    found = get(served, "concept", label="A* search", limit=200)
    assert found == get(served, "concept", iri=BASE + "a-star-search", limit=200)
    assert found["definition"].startswith("A* search is")
    assert "heuristic" in [one["concept"]["label"] for one in found["requires"]]
    assert len(found["relations"]) == found["relations_total"]
    assert len(found["mentions"]) == found["mentions_total"] > 20
    for relation in found["relations"]:
        assert relation["reads"]
        assert 0 < relation["confidence"] <= 1
    with Snapshots(sample.folder / "documents.sqlite") as snapshots:
        quotes = [one["evidence"] for one in found["relations"]]
        quotes += [one["quote"] for one in found["mentions"]]
        for quote in quotes:
            document = snapshots.required(quote["source"])
            assert document.source[quote["start"] : quote["end"]] == quote["quote"]
            assert document.line_of(quote["start"]) == quote["line"]
    for mention in found["mentions"]:
        assert mention["quote"]["quote"].split("\n")[0] in mention["context"]


def test_what_is_required_leads_back(served: TestClient) -> None:
    card = get(served, "concept", label="A* search")
    for one in card["requires"]:
        other = get(served, "concept", iri=one["concept"]["iri"])
        assert card["iri"] in [up["concept"]["iri"] for up in other["leads_to"]]


def test_a_note_at_its_line(served: TestClient, sample: Workspace) -> None:
    source = (sample.root / "data/notes/day-002.md").read_text(encoding="utf-8")
    whole = get(served, "document", address="data/notes/day-002.md")
    assert [line["text"] for line in whole["lines"]] == source.split("\n")[: whole["total"]]
    part = get(served, "document", address="data/notes/day-002.md", line=15, around=2)
    assert part["line"] == 15
    assert part["lines"] == whole["lines"][12:17]
    assert part["day"] == 2


def test_a_neighbourhood_is_bounded_and_joined(served: TestClient) -> None:
    whole = get(served, "neighbourhood", iri="A* search", hops=6, limit=5000)
    assert whole["whole"]
    assert whole["nodes"][0]["label"] == "A* search"
    hops = [node["hops"] for node in whole["nodes"]]
    assert hops == sorted(hops)
    part = get(served, "neighbourhood", iri="A* search", hops=6, limit=10)
    assert (len(part["nodes"]), part["whole"]) == (10, False)
    for found in (whole, part):
        names = {node["iri"] for node in found["nodes"]}
        assert len(names) == len(found["nodes"])
        assert all({arc["source"], arc["target"]} <= names for arc in found["arcs"])
    alone = get(served, "neighbourhood", iri="A* search", hops=0)
    assert [node["label"] for node in alone["nodes"]] == ["A* search"]


def test_one_hop_is_just_what_relations_say(served: TestClient) -> None:
    card = get(served, "concept", label="heuristic", limit=200)
    near = get(served, "neighbourhood", iri="heuristic", hops=1, limit=5000)
    others = {relation["other"]["iri"] for relation in card["relations"]}
    assert {node["iri"] for node in near["nodes"]} == others | {card["iri"]}
    mine = [arc for arc in near["arcs"] if card["iri"] in (arc["source"], arc["target"])]
    assert len(mine) == card["relations_total"]


def test_a_neighbourhood_by_relation_confidence_and_day(served: TestClient) -> None:
    asked = {"iri": "A* search", "hops": 3, "limit": 5000}
    whole = get(served, "neighbourhood", **asked)
    some = get(served, "neighbourhood", relation=["requires", "broader"], **asked)
    assert {arc["relation"] for arc in some["arcs"]} == {"requires", "broader"}
    sure = get(served, "neighbourhood", confidence=0.9, **asked)
    assert min(arc["confidence"] for arc in sure["arcs"]) >= 0.9
    early = get(served, "neighbourhood", day=30, **asked)
    assert all(node["day"] <= 30 for node in early["nodes"][1:])
    for found in (some, sure, early):
        assert 1 < len(found["nodes"]) < len(whole["nodes"])
        assert len(found["arcs"]) < len(whole["arcs"])


def test_days_add_up(served: TestClient) -> None:
    found = get(served, "days")
    days = [one["day"] for one in found["items"]]
    assert days == sorted(set(days))
    assert found["total"] == len(days) == 26
    added = [concept["iri"] for one in found["items"] for concept in one["concepts"]]
    assert len(added) == len(set(added)) > 60
    first = found["items"][0]
    assert (first["day"], first["documents"]) == (1, ["data/notes/day-001.md"])
    assert sum(one["relations"] for one in found["items"]) > 100
    assert get(served, "days", limit=3, offset=2)["items"] == found["items"][2:5]


def test_an_export_is_that_of_the_command(served: TestClient, sample: Workspace) -> None:
    found = served.get("/api/export")
    assert found.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "attachment" in found.headers["content-disposition"]
    assert found.text == waygraph.export(sample)


def test_a_neighbourhood_is_a_canvas(served: TestClient) -> None:
    found = served.get("/api/export", params={"format": "canvas", "concept": "heuristic"})
    assert found.headers["content-type"] == "application/json"
    assert "waygraph.canvas" in found.headers["content-disposition"]
    assert len(found.json()["nodes"]) > 5 < len(found.json()["edges"])


@pytest.mark.parametrize("form", ["csv", "vault"])
def test_an_export_of_several_files_is_packed_alike_each_time(
    served: TestClient, form: str
) -> None:
    one = served.get("/api/export", params={"format": form})
    assert one.content == served.get("/api/export", params={"format": form}).content
    names = zipfile.ZipFile(io.BytesIO(one.content)).namelist()
    if form == "csv":
        assert names == ["waygraph.arcs.csv", "waygraph.nodes.csv"]
    else:
        assert len(names) > 100
        assert all(name.startswith("vault/") and name.endswith(".md") for name in names)


@pytest.mark.parametrize(
    ("path", "asked", "status", "field"),
    [
        ("concepts", {"limit": 0}, 422, "limit"),
        ("concepts", {"limit": 201}, 422, "limit"),
        ("concepts", {"offset": -1}, 422, "offset"),
        ("concepts", {"meaning": "perhaps"}, 422, "meaning"),
        ("concepts", {"q": "x" * 1001}, 422, "q"),
        ("concept", {}, 422, "iri"),
        ("concept", {"iri": "http://nowhere.example/"}, 404, "iri"),
        ("concept", {"label": "heuristci", "exact": True}, 404, "label"),
        ("concept", {"label": ""}, 422, "label"),
        ("document", {}, 422, "address"),
        ("document", {"address": "../../etc/passwd"}, 404, "address"),
        ("document", {"address": "/etc/passwd"}, 404, "address"),
        ("document", {"address": "data/notes/day-002.md", "line": 9999}, 404, "line"),
        ("neighbourhood", {"iri": "A* search", "limit": 5001}, 422, "limit"),
        ("neighbourhood", {"iri": "A* search", "relation": "likes"}, 422, "relation"),
        ("neighbourhood", {"iri": "A* search", "confidence": 2}, 422, "confidence"),
        ("neighbourhood", {"iri": "nothing like it"}, 404, "iri"),
        ("export", {"format": "docx"}, 422, "format"),
        ("export", {"concept": "heap", "day": 1}, 422, "day"),
        ("export", {"document": "none.md"}, 404, "document"),
        ("export", {"day": 999}, 404, "day"),
        ("nothing", {}, 404, ""),
    ],
)
def test_errors_name_the_field(
    served: TestClient, path: str, asked: dict[str, Any], status: int, field: str
) -> None:
    found = served.get(f"/api/{path}", params=asked)
    error = found.json()["error"]
    assert (found.status_code, error["field"]) == (status, field)
    assert error["message"]


def test_an_unknown_label_is_answered_with_those_near_it(served: TestClient) -> None:
    found = served.get("/api/concept?label=heuristci&exact=true").json()["error"]
    assert found["nearest"][0] == "heuristic"


def test_a_concept_as_it_is_typed_is_taken_and_told(served: TestClient) -> None:
    card = get(served, "concept", label="heuristci")
    assert (card["label"], card["taken"]["typed"]) == ("heuristic", "heuristci")
    assert get(served, "concept", label="heuristic")["taken"] is None


def test_a_wrong_method_is_told(served: TestClient) -> None:
    found = served.post("/api/status")
    assert found.status_code == 405
    assert found.json()["error"]["message"]


def test_the_page_of_a_checkout_without_one_says_how_to_get_it(served: TestClient) -> None:
    found = served.get("/")
    assert found.status_code == 200
    assert "scripts/page" in found.text or "<script" in found.text
