"""Learning paths: the spine, why each step follows, what to read, and honest refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from pathlib import Path

import networkx
import pytest

from tests.search.test_compile import Edge, build, number, quote, view_of
from waygraph.errors import NoPath
from waygraph.model import Named, Quote, Reading, Step
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.plan import INVERSE, describe, foundation, learning_path
from waygraph.vocab import PREDICATES

EDGES: list[Edge] = [
    ("A*", "requires", "Dijkstra", 0.9),
    ("Dijkstra", "requires", "graph", 0.9),
    ("Dijkstra", "uses", "queue", 0.8),
    ("tree", "broader", "graph", 0.8),
    ("queue", "partOf", "tree", 0.7),
    ("A*", "related", "heuristic", 0.4),
    ("RDF", "related", "triple", 0.4),
]
LABELS = ["A*", "Dijkstra", "graph", "queue", "tree", "heuristic", "RDF", "triple", "lone"]
READINGS = [
    ("graph", Reading("graph.md", "", 2.0)),
    ("Dijkstra", Reading("graph.md", "", 2.0)),
    ("Dijkstra", Reading("graph.md", "Further", 1.0)),
    ("A*", Reading("graph.md", "", 2.0)),
    ("A*", Reading("graph.md", "Further", 1.0)),
]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> ConceptGraph:
    folder = tmp_path_factory.mktemp("plan")
    return build(folder, view_of(LABELS, EDGES, readings=READINGS))


def joined(graph: ConceptGraph) -> list[tuple[int, int]]:
    """All pairs of different concepts with a path between them."""
    pairs = permutations(range(len(graph)), 2)
    return [(one, two) for one, two in pairs if graph.pieces[one] == graph.pieces[two]]


def test_every_path_is_optimal_and_its_costs_add_up(graph: ConceptGraph) -> None:
    other = graph.to_networkx()
    pairs = joined(graph)
    assert len(pairs) == 6 * 5 + 2
    for start, goal in pairs:
        path = learning_path(graph, start, goal)
        least = networkx.dijkstra_path_length(other, start, goal, weight="cost")
        assert path.cost == pytest.approx(least / UNIT, abs=1e-6)
        assert sum(step.cost for step in path.steps) == pytest.approx(
            path.cost, abs=1e-6 * len(path.steps)
        )
        assert (path.optimal, path.bound) == (True, 1.0)
        assert path.expansions >= len(path.steps) - 1
        assert (path.start, path.goal) == (graph.named(start), graph.named(goal))
        assert (path.steps[0].concept, path.steps[-1].concept) == (path.start, path.goal)


def test_each_step_follows_by_its_relation(graph: ConceptGraph) -> None:
    said = {(s, p, o): sure for s, p, o, sure in EDGES}
    for start, goal in joined(graph):
        path = learning_path(graph, start, goal)
        first = path.steps[0]
        assert (first.relation, first.cost) == ("start", 0.0)
        assert first.reason == graph.introduction(start)
        for before, step in zip(path.steps, path.steps[1:], strict=False):
            one, two = step.concept.label, before.concept.label
            if step.relation in PREDICATES and (one, step.relation, two) in said:
                claim = (one, step.relation, two)
            else:
                name = next(n for n, turned in INVERSE.items() if turned == step.relation)
                claim = (two, name, one)
            assert step.confidence == said[claim]
            assert step.reason.text == " ".join(claim)


@pytest.mark.parametrize(
    ("start", "goal", "sentence"),
    [
        ("Dijkstra", "A*", "A* requires Dijkstra"),
        ("A*", "Dijkstra", "Dijkstra is required by A*"),
        ("graph", "tree", "tree is a kind of graph"),
        ("tree", "graph", "graph has as a kind tree"),
        ("tree", "queue", "queue is part of tree"),
        ("queue", "tree", "tree has as a part queue"),
        ("queue", "Dijkstra", "Dijkstra uses queue"),
        ("Dijkstra", "queue", "queue is used by Dijkstra"),
        ("RDF", "triple", "triple is related to RDF"),
        ("triple", "RDF", "RDF is related to triple"),
    ],
)
def test_a_step_reads_as_a_sentence(
    graph: ConceptGraph, start: str, goal: str, sentence: str
) -> None:
    path = learning_path(graph, number(graph, start), number(graph, goal))
    assert len(path.steps) == 2
    assert describe(path.steps[1], path.start) == sentence


def test_every_relation_has_a_sentence_for_both_directions() -> None:
    assert set(INVERSE) == set(PREDICATES)
    nothing = Quote("", "", "", 0, 0, 0)
    for name in (*INVERSE, *INVERSE.values()):
        step = Step(Named("i", "X"), name, nothing, Reading("", "", 0.0), 0.0)
        assert describe(step, Named("j", "Y")).split()[0] == "X"


def test_each_reading_is_listed_once(graph: ConceptGraph) -> None:
    path = learning_path(graph, number(graph, "graph"), number(graph, "A*"))
    assert [step.concept.label for step in path.steps] == ["graph", "Dijkstra", "A*"]
    assert [step.read for step in path.steps] == [
        Reading("graph.md", "", 2.0),
        Reading("graph.md", "Further", 1.0),
        # all that there is was read before: named again, it takes no time
        Reading("graph.md", "", 0.0),
    ]


def test_a_concept_without_a_reading_has_none(graph: ConceptGraph) -> None:
    path = learning_path(graph, number(graph, "RDF"), number(graph, "triple"))
    assert [step.read for step in path.steps] == [Reading("", "", 0.0)] * 2


def test_to_stay_is_a_path_of_one_step(graph: ConceptGraph) -> None:
    a = number(graph, "A*")
    path = learning_path(graph, a, a)
    assert (len(path.steps), path.cost, path.expansions) == (1, 0.0, 0)
    assert path.steps[0].reason == quote("A* comes in")


def test_no_path_names_both_pieces(graph: ConceptGraph) -> None:
    with pytest.raises(NoPath) as caught:
        learning_path(graph, number(graph, "A*"), number(graph, "RDF"))
    assert caught.value.exit_code == 3
    told = str(caught.value)
    assert "no path from 'A*' to 'RDF'" in told
    assert "'A*' lies in a piece of 6 concepts, with " in told
    assert "Dijkstra" in told
    assert "'RDF' lies in a piece of 2 concepts, with triple" in told
    assert caught.value.hint
    with pytest.raises(NoPath, match="'lone' lies in a piece of 1 concept, alone"):
        learning_path(graph, number(graph, "lone"), number(graph, "A*"))


Make = Callable[[Sequence[Edge]], ConceptGraph]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    return lambda edges: build(tmp_path, view_of("abcd", edges))


def test_the_foundation_is_what_the_goal_needs_first(graph: ConceptGraph, made: Make) -> None:
    for goal in ("A*", "Dijkstra", "graph"):
        assert graph.named(foundation(graph, number(graph, goal))).label == "graph"
    assert foundation(graph, number(graph, "lone")) == number(graph, "lone")
    several = made([("a", "requires", "b", 0.6), ("a", "requires", "c", 0.7)])
    assert several.named(foundation(several, 0)).label == "c"


def test_the_foundation_follows_sure_prerequisites_alone(made: Make) -> None:
    graph = made([("a", "requires", "b", 0.5), ("b", "requires", "c", 0.4),
                  ("b", "related", "d", 0.9)])  # fmt: skip
    assert graph.named(foundation(graph, 0)).label == "b"


def test_the_foundation_of_a_circle_is_found(made: Make) -> None:
    graph = made([("a", "requires", "b", 0.9), ("b", "requires", "c", 0.9),
                  ("c", "requires", "a", 0.9), ("c", "requires", "d", 0.8)])  # fmt: skip
    assert graph.named(foundation(graph, 0)).label == "d"
