"""Drawings for Obsidian: JSON Canvas 1.0, places that tell the order, labels that do nothing."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

import waygraph
from waygraph.answer import LearningPath, Named, Quote, Reading, Step
from waygraph.app.canvas import around_canvas, path_canvas
from waygraph.app.export import ExportFormat, ExportOptions, export_pieces, export_to, format_of
from waygraph.config import Workspace
from waygraph.model import ConceptRow, RelationRow, View
from waygraph.store.vault import steps_page

QUOTE = Quote("a b", "a b", "notes/day 1.md", 3, 6, 2)
HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://example.org/x.png)",
    "[[other|x]] ![[embed]]",
    "[x](javascript:alert(1))",
    "# heading #tag ^block",
    "`code` **b** _e_ ~~s~~ ==h== $m$ %%comment%%",
    "<img src=x onerror=alert(1)>",
    "1. one\n- two\n\n---\n> three",
    "https://example.org/ www.example.org",
    "a\u202eb \\[ &lt; &#60;",
)


def fields(value: dict[str, Any], needed: dict[str, type], may: dict[str, str]) -> None:
    """Needed fields are there and of their type, the others match, and there are no more."""
    assert set(needed) <= set(value) <= set(needed) | set(may)
    for name, kind in needed.items():
        assert type(value[name]) is kind, name
    for name, pattern in may.items():
        assert name not in value or re.fullmatch(pattern, value[name]), name


def checked(text: str) -> dict[str, Any]:
    """A canvas, if it keeps to what the specification says of text nodes and edges."""
    canvas: dict[str, Any] = json.loads(text)
    assert set(canvas) == {"nodes", "edges"}
    colour, side = r"[1-6]|#[0-9A-Fa-f]{6}", "top|right|bottom|left"
    whole = dict.fromkeys(("x", "y", "width", "height"), int)
    for node in canvas["nodes"]:
        fields(node, {"id": str, "type": str, "text": str, **whole}, {"color": colour})
        assert node["type"] == "text"
        assert node["width"] > 0 < node["height"]
    ends = {"fromEnd": "none|arrow", "toEnd": "none|arrow"}
    may = {"fromSide": side, "toSide": side, **ends, "color": colour, "label": r"(?s).*"}
    ids = {node["id"] for node in canvas["nodes"]}
    for edge in canvas["edges"]:
        fields(edge, {"id": str, "fromNode": str, "toNode": str}, may)
        assert {edge["fromNode"], edge["toNode"]} <= ids
    all_ids = [one["id"] for one in canvas["nodes"] + canvas["edges"]]
    assert len(set(all_ids)) == len(all_ids)
    return canvas


def overlaps(one: dict[str, Any], other: dict[str, Any]) -> bool:
    across: bool = abs(one["x"] - other["x"]) < one["width"]
    down: bool = abs(one["y"] - other["y"]) < one["height"]
    return across and down


def titles(canvas: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes by the words that stand in bold on them."""
    return {node["text"].split("**")[1]: node for node in canvas["nodes"]}


def view_of(labels: list[str], pairs: list[tuple[int, str, int]]) -> View:
    rows = [ConceptRow(f"c:{n}", label, (), f"{label} is") for n, label in enumerate(labels)]
    relations = [
        RelationRow(f"c:{one}", predicate, f"c:{other}", 0.9, 1, QUOTE)
        for one, predicate, other in pairs
    ]
    return View(rows, relations, [(row.iri, QUOTE) for row in rows], [])


def step(number: int, relation: str, to: int | None, spine: bool = True) -> Step:
    other = None if to is None else Named(f"c:{to}", "abcde"[to])
    reading = Reading("notes/day 1.md", "H", 1.0)
    return Step(
        Named(f"c:{number}", "abcde"[number]), relation, QUOTE, reading, 0.1, 0.9, other, spine
    )


# e is needed by d, d by c; a -> b -> c is the spine
STEPS = (
    step(0, "start", None),
    step(1, "requires", 0),
    step(4, "requiredBy", 3, spine=False),
    step(3, "requiredBy", 2, spine=False),
    step(2, "broader", 1),
)
PATH = LearningPath(Named("c:0", "a"), Named("c:2", "c"), 1.0, True, 1.0, 3, STEPS)
PLAIN = view_of(list("abcde"), [])


def test_a_path_goes_from_left_to_right_with_what_it_needs_below() -> None:
    canvas = checked(path_canvas(PLAIN, PATH))
    at = titles(canvas)
    assert list(at) == ["1\\. a", "2\\. b", "3\\. e", "4\\. d", "5\\. c"]
    xs = [node["x"] for node in canvas["nodes"]]
    assert xs == sorted(set(xs))
    rows = {name[-1]: node["y"] for name, node in at.items()}
    assert rows["a"] == rows["b"] == rows["c"] == 0 < rows["d"] < rows["e"]
    names = {node["id"]: name[-1] for name, node in at.items()}
    said = [(names[e["fromNode"]], e["label"], names[e["toNode"]]) for e in canvas["edges"]]
    assert said == [
        ("a", "is required by", "b"),
        ("e", "is required by", "d"),
        ("d", "is required by", "c"),
        ("b", "has as a kind", "c"),
    ]
    assert [e["color"] for e in canvas["edges"]] == ["1", "1", "1", "5"]
    assert [name for name, node in at.items() if "color" in node] == ["5\\. c"]
    assert "(<notes/day%201.md>)" in canvas["nodes"][0]["text"]


def test_rings_hold_what_is_as_far_away_and_nothing_overlaps() -> None:
    labels = [f"n{n}" for n in range(40)]
    pairs = [(0, "requires", n) for n in range(1, 13)]
    pairs += [(n, "related", 1 + n % 12) for n in range(13, 39)]
    canvas = checked(around_canvas(view_of(labels, pairs), "c:0"))
    far = {}
    for name, node in titles(canvas).items():
        middle = node["x"] + node["width"] / 2, node["y"] + node["height"] / 2
        far[int(name[1:])] = (middle[0] ** 2 + middle[1] ** 2) ** 0.5
    assert far[0] == 0
    assert max(far[n] for n in range(1, 13)) < min(far[n] for n in range(13, 39))
    assert far[39] > max(far[n] for n in range(39))
    assert not any(overlaps(*two) for two in combinations(canvas["nodes"], 2))
    kinds = {edge["label"]: edge for edge in canvas["edges"]}
    assert kinds["is related to"]["toEnd"] == "none"
    assert "toEnd" not in kinds["requires"]
    # without a centre the best connected concept is in the middle; nothing at all is a canvas too
    assert around_canvas(view_of(labels, pairs), None).count('"color":"4"') == 1
    assert checked(around_canvas(view_of([], []), None)) == {"nodes": [], "edges": []}


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_labels_are_shown_as_they_are(label: str) -> None:
    view = view_of([label, "b"], [(0, "requires", 1)])
    canvas = checked(around_canvas(view, "c:0"))
    tokens = (
        MarkdownIt("commonmark")
        .enable(["table", "strikethrough"])
        .parse(canvas["nodes"][0]["text"])
    )
    assert {t.type for t in tokens} == {"paragraph_open", "inline", "paragraph_close"}
    inside = [t for token in tokens for t in token.children or []]
    allowed = {"text", "text_special", "strong_open", "strong_close", "link_open", "link_close"}
    assert {t.type for t in inside} <= allowed
    links = [t.attrGet("href") for t in inside if t.type == "link_open"]
    assert links == ["notes/day%201.md"]
    shown = "".join(t.content for t in tokens[1].children or [])
    assert shown == " ".join(label.split())
    # what Obsidian adds to CommonMark, and addresses that it would link by themselves
    raw = canvas["nodes"][0]["text"]
    assert not re.search(r"(?<!\\)(\[\[|==|%%|\$|#|\^|://|!\[)|www\.", raw.rpartition("\n\n")[0])


def test_a_document_of_any_name_is_linked_within_the_vault() -> None:
    for name in ("javascript:alert(1).md", "a>b) <c>.md", "x\\y#z?.md"):
        quote = Quote("a", "a", name, 0, 1, 7)
        view = View([ConceptRow("c:0", "a")], [], [("c:0", quote)], [])
        text = checked(around_canvas(view, None))["nodes"][0]["text"]
        target = re.search(r"\(<([^<>\s]*)>\)\Z", text)
        assert target
        assert not set(target[1]) & set(":\\#?()")


def test_a_path_s_steps_are_a_page_of_the_folder() -> None:
    name, text = steps_page(PLAIN, PATH)
    assert name == "Path to c.md"
    assert text.startswith(
        "---\ngenerator: waygraph path\n---\n\n# Path to c\n\n"
        "1. [[a]]\n   - read `notes/day 1.md § H` (about 1 min)\n"
    )
    assert "4. [[d]]\n   - first, for [[c]]\n" in text
    taken = view_of(["a", "b", "c", "d", "path to c"], [])
    assert steps_page(taken, PATH)[0] == "Path to c (steps).md"


@pytest.mark.slow
def test_paths_and_neighbourhoods_of_the_sample(sample: Workspace, tmp_path: Path) -> None:
    assert format_of(Path("x.canvas")) is ExportFormat.canvas
    goal = ExportOptions(goal="A* search", start="graph")
    (file,) = export_to(sample, tmp_path / "a.canvas", ExportFormat.canvas, goal)
    assert file.read_text("utf-8") == "".join(export_pieces(sample, ExportFormat.canvas, goal))
    canvas = checked(file.read_text("utf-8"))
    steps = waygraph.learning_path(sample, "A* search", "graph").steps
    assert len(canvas["nodes"]) == len(steps) == len(canvas["edges"]) + 1
    assert not any(overlaps(*two) for two in combinations(canvas["nodes"], 2))
    for options in (ExportOptions(concept="heuristic", hops=2), ExportOptions(day=12)):
        some = checked("".join(export_pieces(sample, ExportFormat.canvas, options)))
        assert len(some["nodes"]) > 5 < len(some["edges"])
        assert not any(overlaps(*two) for two in combinations(some["nodes"], 2))
    folder = tmp_path / "vault"
    files = export_to(sample, folder, ExportFormat.vault, goal)
    assert len(files) == len(steps) + 1
    linked = re.findall(
        r"^\d+\. \[\[([^]|]+)", (folder / "Path to A-star search.md").read_text(), re.M
    )
    assert [folder / f"{name}.md" for name in linked] == [
        next(f for f in files if json.dumps(s.concept.iri) in f.read_text()) for s in steps
    ]
    # Obsidian has opened it meanwhile
    (folder / ".obsidian").mkdir()
    assert export_to(sample, folder, ExportFormat.vault, goal) == files
