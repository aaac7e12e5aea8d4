"""Every kind of note, end to end, with the real models: facts with evidence, in any order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rdflib
from rdflib import DCTERMS, SKOS, Literal, Namespace

import waygraph
from waygraph.config import Workspace

pytestmark = pytest.mark.slow

OA, WG = Namespace("http://www.w3.org/ns/oa#"), Namespace("https://w3id.org/waygraph#")
FOOTER = """
---

Shared as a **quantum pamphlet** by the [amber licence](https://e.org/amber) of old.
"""
ORG = """\
#+title: Trie
#+date: 2024-01-09

A *trie* is a tree. A trie requires a [[file:posts/day-002.md][tree]].
#+begin_src c
A zebra trie is a tree.
#+end_src
"""
TABLE = ["# Hash table\n", "\n", 'A **hash table** is a data structure with a "hash function".\n']


def cell(kind: str, source: str | list[str]) -> dict[str, object]:
    return {"cell_type": kind, "metadata": {}, "source": source}


def write_notes(root: Path) -> None:
    """Notes of all kinds, six of them with one footer."""
    posts = root / "posts"
    posts.mkdir()
    terms = ["heap", "tree", "graph", "queue", "stack", "list"]
    for number, (term, other) in enumerate(zip(terms, terms[1:] + terms[:1], strict=True), 1):
        text = f"# Day {number}\n\nA **{term}** is a data structure. A {term} uses a {other}.\n"
        (posts / f"day-{number:03}.md").write_text(text + FOOTER)
    cells = [
        cell("markdown", TABLE),
        cell("code", ["# A zebra table is a tree"]),
        cell("markdown", "A hash table requires a\nhash function."),
    ]
    tree = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "Hash table.ipynb").write_text(json.dumps(tree, indent=1))
    (root / "trie.org").write_text(ORG, encoding="utf-16")
    (root / "sorting.txt").write_text("Heap sort is an algorithm. Heap sort\nuses a heap.\n")
    items = "\n\n".join(f"{n}) {'A *skip list* is a list.' if n == 9 else ''}" for n in range(31))
    (root / "plan.md").write_text(f"# The 30 days\n\n{items}\n")
    (root / "broken.ipynb").write_text('{"cells": [\n')


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("notes")
    write_notes(root)
    report = waygraph.ingest([root], root)
    assert [str(failure) for failure in report.failures] == [
        "broken.ipynb:2: is no JSON: Expecting value"
    ]
    assert report.documents == 10
    return report.workspace


@pytest.fixture(scope="module")
def graph(place: Workspace) -> rdflib.Graph:
    return rdflib.Graph().parse(data=waygraph.export(place), format="turtle")


def labels(graph: rdflib.Graph) -> set[str]:
    return {str(o).casefold() for o in graph.objects(None, SKOS.prefLabel)}


def test_concepts_come_from_every_kind_of_note(graph: rdflib.Graph) -> None:
    assert {"heap", "hash table", "trie", "heap sort", "skip list"} <= labels(graph)


def test_neither_code_nor_boilerplate_names_a_concept(graph: rdflib.Graph) -> None:
    assert not [n for n in labels(graph) if "zebra" in n or "pamphlet" in n or "amber" in n]
    exact = {str(o) for o in graph.objects(None, OA.exact)}
    assert not [quote for quote in exact if "pamphlet" in quote]


def test_every_quote_stands_in_its_file(place: Workspace, graph: rdflib.Graph) -> None:
    kinds = set()
    for target, document in graph.subject_objects(OA.hasSource):
        address = str(graph.value(document, DCTERMS.identifier))
        data = (place.root / address).read_bytes()
        # a mark at the start is the first character
        source = data.decode("utf-16-le" if address.endswith(".org") else "utf-8")
        position, quote = sorted(graph.objects(target, OA.hasSelector), key=str)
        start, end = (int(str(graph.value(position, p))) for p in (OA.start, OA.end))
        assert source[start:end] == str(graph.value(quote, OA.exact)) != ""
        line = int(str(graph.value(target, WG.line)))
        assert source[:start].count("\n") + 1 == line
        kinds.add(Path(address).suffix)
    assert kinds == {".md", ".ipynb", ".org", ".txt"}


def test_sections_of_days_and_hints_are_written(graph: rdflib.Graph) -> None:
    plan = graph.value(None, DCTERMS.identifier, Literal("plan.md"))
    days = {str(o) for part in graph.objects(plan) for o in graph.objects(part, WG.day)}
    assert days == {"9"}
    assert set(graph.objects(plan, WG.dayHint)) == {
        Literal("9 (list item, line 21): is of a part of the note")
    }
    trie = graph.value(None, DCTERMS.identifier, Literal("trie.org"))
    assert str(graph.value(trie, DCTERMS.date)) == "2024-01-09"


def test_the_order_of_ingestion_does_not_count(place: Workspace, tmp_path: Path) -> None:
    write_notes(tmp_path)
    posts = sorted((tmp_path / "posts").iterdir())
    # the footer becomes boilerplate with the fifth note that has it
    for path in (posts[5], tmp_path / "trie.org", posts[3], *posts[:3], posts[4]):
        waygraph.ingest([path], tmp_path)
    before = waygraph.export(waygraph.open_workspace(tmp_path))
    whole = waygraph.ingest([tmp_path], tmp_path).workspace
    assert waygraph.export(whole) == waygraph.export(place)
    for name in ("Hash table.ipynb", "sorting.txt", "plan.md", "broken.ipynb"):
        (tmp_path / name).unlink()
    waygraph.ingest([tmp_path], tmp_path)
    assert waygraph.export(whole) == before


def test_one_note_changes_only_those_whose_boilerplate_changes(tmp_path: Path) -> None:
    write_notes(tmp_path)
    for name in ("day-005.md", "day-006.md"):
        (tmp_path / "posts" / name).unlink()
    place = waygraph.ingest([tmp_path], tmp_path).workspace
    assert "quantum pamphlet" in waygraph.export(place)
    again = waygraph.ingest([tmp_path], tmp_path)
    assert (again.read, again.graphs_written) == (0, 0)
    (tmp_path / "posts" / "day-007.md").write_text("# Day 7\n\nNothing.\n" + FOOTER)
    grown = waygraph.ingest([tmp_path], tmp_path)
    assert grown.read == 1
    assert "quantum pamphlet" not in waygraph.export(place)
