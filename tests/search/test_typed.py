"""Concepts found while their name is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.labels import key
from waygraph.model import ConceptRow, Vectors, View
from waygraph.search.compile import compile_graph
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import Weights
from waygraph.search.typed import Labels
from waygraph.vocab import concept_iri

NAMES = {
    "heap": ("priority heap",),
    "heapsort": (),
    "binary heap": ("heap of two",),
    "A* search": ("A star",),
    "search": (),
    "local search": (),
    "Łukasz's search": (),
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> ConceptGraph:
    folder: Path = tmp_path_factory.mktemp("typed")
    iris = {concept_iri("x:", str(i)): name for i, name in enumerate(NAMES)}
    rows = [ConceptRow(iri, name, NAMES[name], "") for iri, name in iris.items()]
    slugs = tuple(str(i) for i in range(len(NAMES)))
    vectors = Vectors("none", 1, slugs, b"\x00\x00\x80\x3f" * len(NAMES))
    compile_graph(folder, View(rows, [], [], []), vectors, "x:", "digest", Weights())
    return ConceptGraph(folder)


def found(graph: ConceptGraph, typed: str) -> list[tuple[str, str]]:
    return [(graph.named(concept).label, how) for concept, how in Labels(graph).find(typed)]


def test_the_best_fit_comes_first_and_each_concept_once(graph: ConceptGraph) -> None:
    assert found(graph, "heap") == [
        ("heap", "exact"),
        ("heapsort", "begins"),
        ("binary heap", "begins"),  # by its alias
    ]
    assert found(graph, "search") == [
        ("search", "exact"),
        ("local search", "words"),
        ("Łukasz's search", "words"),
        ("A* search", "words"),
    ]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("PRIORITY HEAP", ("heap", "exact")),
        ("lo se", ("local search", "words")),
        ("se lo", ("local search", "words")),
        ("a", ("A* search", "begins")),
        ("haep", ("heap", "near")),
        ("what is a heap?", ("heap", "near")),
        ("local searching", ("local search", "near")),
        ("xzsearchq", ("search", "spelled")),
    ],
)
def test_words_begin_in_any_order_and_slips_are_forgiven(
    graph: ConceptGraph, typed: str, first: tuple[str, str]
) -> None:
    assert found(graph, typed)[0] == first


@given(st.text(max_size=12))
def test_it_finds_what_a_plain_look_at_all_labels_finds(graph: ConceptGraph, typed: str) -> None:
    words = [f" {word}" for word in key(typed).split()]
    plain = {
        name
        for name, aliases in NAMES.items()
        for label in (name, *aliases)
        if words and all(word in f" {key(label)}" for word in words)
    }
    fit = {label for label, how in found(graph, typed) if how not in ("near", "spelled")}
    assert fit == plain
