"""From what a person types to a concept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.search.test_compile import build, iri, view_of
from waygraph.errors import AmbiguousConcept, UnknownConcept
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.lookup import find_concept, nearest_labels

ALIASES = {
    "A* search algorithm": ("A*", "A-star"),
    "Dijkstra's algorithm": ("Dijkstra",),
    "breadth-first search": ("BFS", "wide search"),
    "depth-first search": ("DFS", "deep search"),
    "information technology": ("IT",),
    "breadth": ("wide search",),
    "Graph drawing": ("graph",),
}
LABELS = [*ALIASES, "graph", "graph theory", "it", "C", "C++", "priority queue"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> ConceptGraph:
    return build(tmp_path_factory.mktemp("lookup"), view_of(LABELS, [], ALIASES))


@pytest.mark.parametrize(
    ("query", "label"),
    [
        (iri("graph"), "graph"),
        # a preferred label beats another concept's alias
        ("graph", "graph"),
        ("C", "C"),
        ("C++", "C++"),
        ("BFS", "breadth-first search"),
        ("A*", "A* search algorithm"),
        # a label as written beats an alias that folds to the same
        ("it", "it"),
        ("IT", "information technology"),
        ("Graphs", "graph"),
        ("GRAPH", "graph"),
        ("Breadth First Search", "breadth-first search"),
        ("breadth_first_searches", "breadth-first search"),
        ("dijkstra’s ALGORITHM", "Dijkstra's algorithm"),
        ("a star", "A* search algorithm"),
        ("dijkstra", "Dijkstra's algorithm"),
        (" graph  theory ", "graph theory"),
        ("breadth", "breadth"),
    ],
)
def test_what_a_query_finds(graph: ConceptGraph, query: str, label: str) -> None:
    assert graph.named(find_concept(graph, query)).label == label


def test_an_alias_of_two_concepts_is_ambiguous(graph: ConceptGraph) -> None:
    for query in ("wide search", "Wide-Searches"):
        with pytest.raises(AmbiguousConcept) as caught:
            find_concept(graph, query)
        assert caught.value.candidates == ("breadth", "breadth-first search")
        assert caught.value.exit_code == 2
        assert query in str(caught.value)
        assert "breadth-first search" in str(caught.value)


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("grahp theory", "graph theory"),
        ("priorty queue", "priority queue"),
        ("dijkstras algoritm", "Dijkstra's algorithm"),
        ("theory of graph", "graph theory"),
        # a longer label that holds it
        ("queue", "priority queue"),
        ("theories", "graph theory"),
        # a beginning is no name
        ("priority", "priority queue"),
    ],
)
def test_an_unknown_concept_names_the_nearest(
    graph: ConceptGraph, query: str, nearest: str
) -> None:
    with pytest.raises(UnknownConcept) as caught:
        find_concept(graph, query)
    assert caught.value.nearest[0] == nearest
    assert caught.value.exit_code == 2
    assert nearest in str(caught.value)


@pytest.mark.parametrize("query", ["", " ", "!?", "zzzz xxxx", "\udcff", "%", "'; DROP", "rap"])
def test_what_is_like_nothing_is_unknown(graph: ConceptGraph, query: str) -> None:
    with pytest.raises(UnknownConcept):
        find_concept(graph, query)


def test_an_empty_graph_says_so(tmp_path: Path) -> None:
    for labels, told in (([], "ingest some notes first"), (["x"], "no known concept is like it")):
        graph = build(tmp_path / told, view_of(labels, []))
        with pytest.raises(UnknownConcept) as caught:
            find_concept(graph, "entirely different")
        assert told in str(caught.value)


def test_nearest_labels_are_few_and_each_concept_is_named_once(graph: ConceptGraph) -> None:
    found = nearest_labels(graph, "first search", 3)
    assert len(found) == len(set(found)) <= 3
    assert {"breadth-first search", "depth-first search"} <= {*found}
    assert found == nearest_labels(graph, "first search", 3)
