"""From a goal as people type it to a concept: what is taken, what is listed, what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.search.test_compile import build, iri, view_of
from waygraph.answer import Taken
from waygraph.errors import AmbiguousConcept, UnknownConcept
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.goals import resolve
from waygraph.search.lookup import find_concept

ALIASES = {
    "backpropagation": (),
    "Backprop-based visualization": (),
    "GPU prices": (),
    "GPU memory": (),
    "A* search algorithm": ("A*", "A-star"),
    "convolutional neural network": (),
    "decision tree": (),
    "decision trie": (),
    "Schrödinger equation": (),
    "optical character recognition": (),
    "LSTM": (),
    "graph": (),
    "graph theory": (),
    "learning rate": (),
    "gradient descent": ("steepest descent",),
    "matrix multiplication": (),
    "priority queue": (),
    "prime number": (),
    "prime numeral": (),
    "CRC32": (),
    "what is it": (),
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> ConceptGraph:
    return build(tmp_path_factory.mktemp("goals"), view_of(list(ALIASES), [], ALIASES))


def taken(graph: ConceptGraph, query: str) -> Taken:
    concept, said = resolve(graph, query)
    assert said is not None, f"{query!r} was taken without a word"
    assert said.concept == graph.named(concept)
    return said


@pytest.mark.parametrize(
    ("query", "label", "how"),
    [
        # a question around a label does not count
        ("what is backpropagation?", "backpropagation", "question"),
        ("how does gradient descent work", "gradient descent", "question"),
        ("intro to graph theory", "graph theory", "question"),
        ("I want to learn about decision trees, please", "decision tree", "question"),
        ("the learning rate", "learning rate", "question"),
        # another form of it
        ("back propagation", "backpropagation", "joined"),
        ("theory of graphs", "graph theory", "order"),
        ("multiplying matrices", "matrix multiplication", "stem"),
        ("cnn", "convolutional neural network", "acronym"),
        ("OCR", "optical character recognition", "acronym"),
        ("long short-term memory", "LSTM", "acronym"),
        # the beginning of its head, never of a word before that
        ("backprop", "backpropagation", "prefix"),
        ("convolutional neural net", "convolutional neural network", "prefix"),
        ("gradient desc", "gradient descent", "prefix"),
        # slips, the more the longer
        ("backpropogation", "backpropagation", "spelled"),
        ("descision tree", "decision tree", "spelled"),
        ("Schrodinger equation", "Schrödinger equation", "spelled"),
        ("prioirty qeue", "priority queue", "spelled"),
        # whole words at the beginning, if there is nothing else
        ("A* search", "A* search algorithm", "begins"),
        ("priority", "priority queue", "begins"),
        ("steepes", "gradient descent", "begins"),
    ],
)
def test_what_is_clearly_meant_is_taken_and_told(
    graph: ConceptGraph, query: str, label: str, how: str
) -> None:
    said = taken(graph, query)
    assert (said.concept.label, said.how) == (label, how)
    assert f"taking “{label}” for “{query}”" in str(said)
    with pytest.raises(UnknownConcept):
        resolve(graph, query, exact=True)


def test_what_came_near_is_told_too(graph: ConceptGraph) -> None:
    said = taken(graph, "descision tree")
    assert said.others == ("decision trie",)
    assert str(said) == "taking “decision tree” for “descision tree”; or: decision trie"


def test_what_only_begins_a_label_is_not_taken_for_one_of_several(graph: ConceptGraph) -> None:
    prices = find_concept(graph, "GPU prices")
    with pytest.raises(UnknownConcept) as caught:
        resolve(graph, "GPU", meaning=lambda _: [(prices, 0.9)])
    assert set(caught.value.nearest[:2]) == {"GPU prices", "GPU memory"}


def test_a_close_race_lists_its_candidates(graph: ConceptGraph) -> None:
    with pytest.raises(AmbiguousConcept) as caught:
        resolve(graph, "prime num")
    assert set(caught.value.candidates) == {"prime number", "prime numeral"}
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "query", ["", " ", "!?", "zzzz xxxx", "\udcff", "how to cook pasta", "CRC64", "is", "rap"]
)
def test_nonsense_is_refused(graph: ConceptGraph, query: str) -> None:
    with pytest.raises(UnknownConcept):
        resolve(graph, query, meaning=lambda _: [(3, 0.4)])


def test_meaning_is_asked_last_and_only_where_no_label_is_near(graph: ConceptGraph) -> None:
    asked = []

    def meaning(text: str) -> Sequence[tuple[int, float]]:
        asked.append(text)
        return [(find_concept(graph, "decision tree"), 0.8), (0, 0.5)]

    for near in ("backprop", "graph", "what is a graph"):
        resolve(graph, near, meaning=meaning)
    assert asked == []
    concept, said = resolve(graph, "flow charts that choose", meaning=meaning)
    assert (graph.named(concept).label, said and said.how) == ("decision tree", "meaning")
    assert asked == ["flow charts that choose"]


@given(st.sampled_from([*ALIASES, *(a for some in ALIASES.values() for a in some)]))
def test_a_label_resolves_to_itself_without_a_word(graph: ConceptGraph, label: str) -> None:
    def never(_: str) -> Sequence[tuple[int, float]]:
        raise AssertionError("a label needs no encoder")

    owner = next(name for name, aliases in ALIASES.items() if label in (name, *aliases))
    for typed in (label, label.upper(), f" {label} ", iri(owner)):
        concept, said = resolve(graph, typed, meaning=never)
        assert (graph.named(concept).label, said) == (owner, None)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_taken_with_a_word_or_refused(graph: ConceptGraph, typed: str) -> None:
    try:
        concept, said = resolve(graph, typed)
    except (UnknownConcept, AmbiguousConcept):
        return
    if said is None:
        assert find_concept(graph, typed) == concept


def test_a_label_loads_nothing_heavy(graph: ConceptGraph, tmp_path: Path) -> None:
    build(tmp_path, view_of(["graph theory"], []))
    program = (
        "import sys; from pathlib import Path\n"
        "from waygraph.search.concept_graph import ConceptGraph\n"
        "from waygraph.search.goals import resolve\n"
        f"resolve(ConceptGraph(Path({str(tmp_path)!r})), 'Graph-Theories')\n"
        "print([m for m in ('rapidfuzz', 'numpy', 'torch', 'faiss') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"
