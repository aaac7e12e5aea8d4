"""Learning paths: the spine, what it needs first, readings, budgets, honest refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.test_compile import Edge, build, number, quote, view_of
from waygraph.answer import LearningPath, Named, Quote, Reading, Step
from waygraph.errors import BadQuestion, CyclicPrerequisites, NoPath
from waygraph.search.closure import known_closure, ordered
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import UNIT
from waygraph.search.engine import ALGORITHMS, Expansion
from waygraph.search.plan import Question, learning_path
from waygraph.search.steps import INVERSE, describe
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


def ask(graph: ConceptGraph, start: str, goal: str, **options: object) -> LearningPath:
    """The path by labels."""
    question = Question(number(graph, goal), (number(graph, start),))
    return learning_path(graph, replace(question, **options))  # type: ignore[arg-type]  # by name


def labels(path: LearningPath) -> list[str]:
    return [step.concept.label for step in path.steps]


def joined(graph: ConceptGraph) -> list[tuple[int, int]]:
    """All pairs of different concepts with a path between them."""
    pairs = permutations(range(len(graph)), 2)
    return [(one, two) for one, two in pairs if graph.pieces[one] == graph.pieces[two]]


def test_every_spine_is_optimal_and_its_costs_add_up(graph: ConceptGraph) -> None:
    other = graph.to_networkx()
    pairs = joined(graph)
    assert len(pairs) == 6 * 5 + 2
    for start, goal in pairs:
        path = learning_path(graph, Question(goal, (start,)))
        least = networkx.dijkstra_path_length(other, start, goal, weight="cost")
        assert path.cost == pytest.approx(least / UNIT, abs=1e-6)
        if not path.left_out:
            total = sum(step.cost for step in path.steps)
            assert total == pytest.approx(path.cost, abs=1e-6 * len(path.steps))
        assert (path.optimal, path.bound) == (True, 1.0)
        assert (path.start, path.goal) == (graph.named(start), graph.named(goal))
        assert path.steps[-1].concept == path.goal


def test_each_step_follows_by_its_relation(graph: ConceptGraph) -> None:
    said = {(s, p, o): sure for s, p, o, sure in EDGES}
    for start, goal in joined(graph):
        path = learning_path(graph, Question(goal, (start,)))
        for step in path.steps:
            if step.to is None:
                assert (step.relation, step.cost) == ("start", 0.0)
                assert step.reason == graph.introduction(start)
                continue
            one, two = step.concept.label, step.to.label
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
    assert describe(ask(graph, start, goal).steps[-1]) == sentence


def test_every_relation_has_a_sentence_for_both_directions() -> None:
    assert set(INVERSE) == set(PREDICATES)
    nothing = Quote("", "", "", 0, 0, 0)
    for name in (*INVERSE, *INVERSE.values()):
        step = Step(Named("i", "X"), name, nothing, Reading("", "", 0.0), 0.0, to=Named("j", "Y"))
        assert describe(step).split()[0] == "X"
        assert describe(step).split()[-1] == "Y"


def test_each_reading_is_listed_once(graph: ConceptGraph) -> None:
    path = ask(graph, "graph", "A*")
    assert labels(path) == ["graph", "Dijkstra", "A*"]
    assert [step.read for step in path.steps] == [
        Reading("graph.md", "", 2.0),
        Reading("", "", 0.0),
        Reading("", "", 0.0),
    ]
    assert [step.read_with and step.read_with.label for step in path.steps] == [
        None, "graph", "graph",
    ]  # fmt: skip
    assert path.minutes == 2.0


def test_a_reading_stands_at_the_first_step_that_is_kept(made: Make) -> None:
    one, two = Reading("one.md", "", 2.0), Reading("two.md", "", 2.0)
    readings = [("base", two), ("deeper", one), ("deep", one), ("other", one), ("goal", two)]
    graph = made(NEEDS, readings)
    whole = ask(graph, "half", "goal")
    assert whole.minutes == 4.0
    assert [step.concept.label for step in whole.steps if step.read.source] == ["deeper", "goal"]
    # what is read once takes the budget's time once
    assert labels(ask(graph, "half", "goal", minutes=4.0)) == labels(whole)
    few = ask(graph, "half", "goal", most_steps=3)
    assert labels(few) == ["half", "other", "goal"]
    assert [step.read for step in few.steps[1:]] == [one, two]
    # what is known is not read, and so serves nothing
    known = ask(graph, "half", "goal", known=frozenset([number(graph, "deep")]))
    assert [step.concept.label for step in known.steps if step.read == one] == ["other"]


def test_sections_of_one_heading_are_two_readings(made: Make) -> None:
    one, two = Reading("one.md", "Notes", 2.0, 10), Reading("one.md", "Notes", 2.0, 90)
    graph = made(NEEDS, [("deeper", one), ("deep", two), ("goal", one)])
    path = ask(graph, "half", "goal")
    assert [step.read for step in path.steps if step.read.source] == [one, two]
    assert path.minutes == 4.0


def test_a_concept_without_a_reading_has_none(graph: ConceptGraph) -> None:
    assert [s.read for s in ask(graph, "RDF", "triple").steps] == [Reading("", "", 0.0)] * 2


def test_to_stay_is_a_path_of_one_step(graph: ConceptGraph) -> None:
    path = ask(graph, "A*", "A*")
    assert (len(path.steps), path.cost, path.expansions) == (1, 0.0, 0)
    assert path.steps[0].reason == quote("A* comes in")


def test_no_path_names_both_pieces_and_the_nearest_pair(graph: ConceptGraph) -> None:
    with pytest.raises(NoPath) as caught:
        ask(graph, "A*", "RDF")
    assert caught.value.exit_code == 3
    told = str(caught.value)
    assert "no path from 'A*' to 'RDF'" in told
    assert "'A*' lies in a piece of 6 concepts, with " in told
    assert "Dijkstra" in told
    assert "'RDF' lies in a piece of 2 concepts, with triple" in told
    assert "nearest across the gap: " in told
    assert 'waygraph bridge "A*" "RDF"' in caught.value.hint
    with pytest.raises(NoPath, match="'lone' lies in a piece of 1 concept, alone"):
        ask(graph, "lone", "A*")


Make = Callable[..., ConceptGraph]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(edges: Sequence[Edge], readings: Sequence[tuple[str, Reading]] = ()) -> ConceptGraph:
        names = sorted({end for s, _, o, _ in edges for end in (s, o)} | set("abcd"))
        return build(tmp_path, view_of(names, edges, readings=readings))

    return make


def alone(graph: ConceptGraph, goal: str, **options: object) -> LearningPath:
    """The plan for a goal without a start."""
    question = replace(Question(number(graph, goal)), **options)  # type: ignore[arg-type]  # by name
    return learning_path(graph, question)


def test_without_a_start_what_the_goal_rests_on_comes_first(graph: ConceptGraph) -> None:
    path = alone(graph, "A*")
    assert labels(path) == ["graph", "Dijkstra", "A*"]
    assert (path.start.label, path.optimal, path.nothing_before) == ("graph", True, False)
    # the first step says why it is there, too
    assert (path.steps[0].relation, path.steps[0].to and path.steps[0].to.label) == (
        "requiredBy", "Dijkstra",
    )  # fmt: skip


def test_where_nothing_comes_before_a_goal_that_is_said(graph: ConceptGraph) -> None:
    path = alone(graph, "graph")
    assert labels(path) == ["graph"]
    assert (path.optimal, path.bound, path.nothing_before) == (False, 0.0, True)
    assert "requires::" in path.notes[-1]


def test_what_is_required_comes_whole_and_the_rest_up_to_the_size_of_a_plan(made: Make) -> None:
    rich = made(
        [("goal", "requires", f"must {i}", 0.9) for i in range(8)]
        + [("goal", "requires", f"may {i}", 0.5) for i in range(3)]
    )
    assert len(labels(alone(rich, "goal"))) == 9
    assert not {f"may {i}" for i in range(3)} & {*labels(alone(rich, "goal"))}
    assert len(labels(alone(rich, "goal", size=None))) == 12
    few = alone(rich, "goal", size=4)
    assert len(few.steps) == 4
    assert [left.why for left in few.left_out] == ["needed for goal; the plan has its 4 steps"] * 5


def test_a_thin_plan_is_filled_with_the_strongest(made: Make) -> None:
    graph = made(
        [("goal", "requires", "must", 0.8), ("goal", "requires", "likely", 0.6)]
        + [("goal", "requires", f"help {i}", 0.1 + i / 50) for i in range(9)]
        + [("must", "requires", "aside", 0.3), ("likely", "requires", "below", 0.69)]
    )
    found = labels(alone(graph, "goal"))
    # what helps with something else than the goal does not belong
    assert sorted(found) == ["below", "goal", "help 6", "help 7", "help 8", "likely", "must"]
    assert found.index("below") < found.index("likely") < found.index("goal") == len(found) - 1


def test_a_concept_with_a_reading_goes_before_one_without(made: Make) -> None:
    edges: list[Edge] = [("goal", "requires", f"help {i}", 0.3 - i / 100) for i in range(7)]
    readings = [(f"help {i}", Reading("a.md", str(i), 1.0, i)) for i in range(1, 7)]
    assert "help 0" not in labels(alone(made(edges, readings), "goal"))


def test_a_known_concept_shortens_a_plan_only_where_the_goal_rests_on_it(made: Make) -> None:
    graph = made([("goal", "requires", "half", 0.9), ("half", "requires", "base", 0.9),
                  ("far", "related", "goal", 0.9)])  # fmt: skip
    far, half = (number(graph, name) for name in ("far", "half"))
    assert labels(alone(graph, "goal", known=frozenset([far]))) == ["base", "half", "goal"]
    path = alone(graph, "goal", known=frozenset([far, half]))
    assert (path.steps[0].concept.label, path.steps[0].relation) == ("half", "known")
    assert labels(path) == ["half", "goal"]


@pytest.mark.parametrize("sure", [0.9, 1.0])
def test_a_circle_still_has_a_plan(made: Make, sure: float) -> None:
    graph = made([("a", "requires", "b", sure), ("b", "requires", "c", sure),
                  ("c", "requires", "a", sure), ("b", "requires", "d", 0.8)])  # fmt: skip
    assert labels(alone(graph, "a")) == ["d", "b", "a"]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9),
             st.sampled_from([0.2, 0.5, 0.8, 0.95])), max_size=30),
    st.sampled_from([3, 10, None]),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_a_plan_breaks_no_requirement_that_its_steps_hold(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, float]],
    size: int | None,
) -> None:
    names = [f"n{i}" for i in range(10)]
    # from the larger number to the smaller: no circles
    edges: list[Edge] = [
        (names[max(a, b)], "requires", names[min(a, b)], sure) for a, b, sure in rows if a != b
    ]
    edges = list({(s, o): (s, p, o, sure) for s, p, o, sure in edges}.values())
    graph = build(tmp_path_factory.mktemp("any"), view_of(names, edges))
    path = alone(graph, "n9", size=size)
    place = {label: i for i, label in enumerate(labels(path))}
    assert len(place) == len(path.steps) and place["n9"] == len(place) - 1
    assert size is None or len(place) <= size
    for subject, _, needed, sure in edges:
        if sure >= 0.4 and subject in place and needed in place:
            assert place[needed] < place[subject]
    # there is a plan wherever the goal needs or is helped by anything
    assert path.nothing_before == (not any(s == "n9" for s, *_ in edges))
    # the way through it costs the least of all that never go back
    if not path.nothing_before:
        other = graph.to_networkx()
        among = [number(graph, label) for label in place]
        onward = networkx.DiGraph(
            (a, b, data) for a, b, data in other.subgraph(among).edges(data=True)
            if among.index(a) < among.index(b)
        )  # fmt: skip
        least = networkx.dijkstra_path_length(onward, among[0], among[-1], weight="cost")
        assert path.cost == pytest.approx(least / UNIT, abs=1e-6)


NEEDS: list[Edge] = [
    ("goal", "requires", "half", 0.9),
    ("goal", "requires", "other", 0.8),
    ("goal", "requires", "hint", 0.35),
    ("half", "requires", "base", 0.9),
    ("other", "requires", "base", 0.7),
    ("other", "requires", "deep", 0.6),
    ("deep", "requires", "deeper", 0.95),
]


def test_all_that_is_surely_needed_comes_first(made: Make) -> None:
    graph = made(NEEDS)
    path = ask(graph, "base", "goal")
    assert labels(path) == ["base", "half", "deeper", "deep", "other", "goal"]
    needed = {s.concept.label: s for s in path.steps if not s.spine}
    assert set(needed) == {"deeper", "deep", "other"}
    assert describe(needed["deep"]) == "deep is likely required by other"
    assert needed["deep"].reason.text == "other requires deep"


def test_an_unsure_prerequisite_orders_what_is_there(made: Make) -> None:
    edges: list[Edge] = [("goal", "requires", "x", 0.9), ("goal", "requires", "y", 0.8),
                         ("goal", "related", "s", 0.9)]  # fmt: skip
    assert labels(ask(made(edges), "s", "goal")) == ["s", "x", "y", "goal"]
    hinted = made([*edges, ("x", "requires", "y", 0.3)])
    assert labels(ask(hinted, "s", "goal")) == ["s", "y", "x", "goal"]


def test_what_is_known_need_not_be_learned(made: Make) -> None:
    graph = made(NEEDS)
    other, deep = number(graph, "other"), number(graph, "deep")
    path = ask(graph, "base", "goal", known=frozenset([deep]))
    assert labels(path) == ["base", "half", "other", "goal"]
    path = ask(graph, "base", "goal", known=frozenset([deep]), implied=False)
    assert labels(path) == ["base", "half", "other", "goal"]
    path = ask(graph, "base", "goal", known=frozenset([other]), implied=False)
    assert labels(path) == ["base", "half", "goal"]
    assert known_closure(graph, [other]) == {
        number(graph, n) for n in ("other", "base", "deep", "deeper")
    }


def test_without_a_start_it_begins_at_what_is_known(made: Make) -> None:
    graph = made(NEEDS)
    path = learning_path(
        graph, Question(number(graph, "goal"), known=frozenset([number(graph, "half")]))
    )
    assert labels(path) == ["half", "deeper", "deep", "other", "hint", "goal"]
    assert (path.steps[0].relation, path.steps[0].read.source) == ("known", "")


edges = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["requires", "requires", "related"]),
              st.sampled_from("abcdefgh"), st.floats(0.3, 0.99).map(lambda sure: round(sure, 2)))
    .filter(lambda edge: edge[0] != edge[2]),
    max_size=16, unique_by=lambda edge: edge[:3],
)  # fmt: skip


@given(edges, st.lists(st.integers(0, 7), min_size=1, max_size=3, unique=True), st.data())
@settings(max_examples=80)
def test_the_order_is_complete_and_violates_no_prerequisite(
    found: list[Edge], spine: list[int], data: st.DataObject
) -> None:
    from tempfile import TemporaryDirectory

    known = data.draw(st.sets(st.integers(0, 7), max_size=2)) - set(spine)
    with TemporaryDirectory() as folder:
        graph = build(Path(folder), view_of("abcdefgh", found))
        plan = [needed.concept for needed in ordered(graph, spine, known)]
    assert len(set(plan)) == len(plan)
    needs: networkx.DiGraph[int] = networkx.DiGraph()
    needs.add_nodes_from(range(8))
    needs.add_edges_from(
        (ord(s) - 97, ord(o) - 97) for s, p, o, sure in found if p == "requires" and sure >= 0.4
    )
    needs.remove_nodes_from(known)
    if networkx.is_directed_acyclic_graph(needs):
        wanted = {spine[0]}
        waiting = spine[1:]
        while waiting:
            concept = waiting.pop()
            if concept not in wanted:
                wanted.add(concept)
                waiting += needs.successors(concept)
        assert set(plan) == wanted
        at = {concept: i for i, concept in enumerate(plan)}
        for one, two in needs.edges:
            if one in at and two in at and one != spine[0]:
                assert at[two] < at[one]


def test_of_a_circle_the_weakest_link_gives_way(made: Make) -> None:
    graph = made([("goal", "requires", "x", 0.9), ("x", "requires", "y", 0.6),
                  ("y", "requires", "x", 0.8), ("goal", "related", "z", 0.9)])  # fmt: skip
    # x requires y is the weakest, so y comes after x, and nothing needs it
    assert labels(ask(graph, "z", "goal")) == ["z", "x", "goal"]


def test_what_requires_the_goal_is_not_learned_on_the_way_to_it(made: Make) -> None:
    graph = made([("s", "related", "x", 0.9), ("x", "requires", "goal", 0.9)])
    path = ask(graph, "s", "goal")
    assert labels(path) == ["s", "goal"]
    assert describe(path.steps[-1]) == "goal is required by x"
    assert [(left.concept.label, left.why) for left in path.left_out] == [
        ("x", "it comes after the goal, which it requires")
    ]


def test_a_hint_puts_nothing_off_until_after_the_goal(made: Make) -> None:
    edges: list[Edge] = [("s", "related", "x", 0.9), ("x", "related", "goal", 0.9),
                         ("x", "requires", "needed", 1.0)]  # fmt: skip
    whole = ["s", "needed", "x", "goal"]
    for more in ([("x", "requires", "goal", 0.3)],
                 [("needed", "requires", "goal", 0.3)]):  # fmt: skip
        path = ask(made([*edges, *more]), "s", "goal")
        assert labels(path) == whole
        assert not path.left_out


def test_accepted_prerequisites_in_a_circle_are_shown(made: Make) -> None:
    graph = made([("goal", "requires", "x", 1.0), ("x", "requires", "y", 1.0),
                  ("y", "requires", "x", 1.0), ("goal", "related", "z", 0.9)])  # fmt: skip
    with pytest.raises(CyclicPrerequisites) as caught:
        ask(graph, "z", "goal")
    told = str(caught.value)
    assert "x requires y (note.md:2)" in told
    assert "y requires x (note.md:3)" in told
    assert "goal requires x" not in told


def test_a_budget_says_what_it_leaves_out_and_why(made: Make) -> None:
    readings = [(name, Reading(f"{name}.md", "", 2.0)) for name in
                ("goal", "half", "other", "base", "deep", "deeper")]  # fmt: skip
    graph = made(NEEDS, readings)
    whole = ask(graph, "base", "goal")
    assert (whole.minutes, whole.left_out) == (12.0, ())
    path = ask(graph, "base", "goal", minutes=8.0)
    assert path.minutes == 8.0
    # without what it is needed for, nothing is worth its time
    assert labels(path) == ["base", "half", "other", "goal"]
    assert {left.concept.label for left in path.left_out} == {"deep", "deeper"}
    told = {left.concept.label: left.why for left in path.left_out}
    assert told["deep"] == "needed for other; 8 of 8 minutes are taken, it needs 2"
    assert ask(graph, "base", "goal", minutes=2.0).steps[-1].concept.label == "goal"
    few = ask(graph, "base", "goal", most_steps=4)
    assert len(few.steps) == 4
    assert few.left_out[0].why.endswith("the plan has its 4 steps")


ROADS: list[Edge] = [
    ("s", "related", "a", 0.9), ("a", "related", "b", 0.9), ("b", "related", "t", 0.9),
    ("s", "related", "c", 0.5), ("c", "related", "d", 0.5), ("d", "related", "t", 0.5),
    ("s", "related", "x", 0.2), ("x", "related", "t", 0.2),
]  # fmt: skip


def test_alternatives_really_differ_and_say_how(made: Make) -> None:
    graph = made(ROADS)
    path = ask(graph, "s", "t", alternatives=2)
    ways = [path, *path.alternatives]
    assert [labels(way) for way in ways] == [
        ["s", "a", "b", "t"], ["s", "c", "d", "t"], ["s", "x", "t"]
    ]  # fmt: skip
    assert [way.cost for way in ways] == sorted(way.cost for way in ways)
    assert path.optimal
    assert not any(way.optimal for way in path.alternatives)
    assert path.alternatives[0].differs.startswith("by c, d instead of a, b; costs ")
    assert path.alternatives[1].differs.endswith("1 step fewer")
    more = ask(graph, "s", "t", alternatives=5)
    assert len(more.alternatives) == 2
    assert more.notes == ("there are only 2 alternatives that share at most half of the way",)


def test_an_alternative_to_a_direct_relation_goes_round(made: Make) -> None:
    graph = made([*ROADS, ("s", "related", "t", 0.9)])
    path = ask(graph, "s", "t", alternatives=1)
    assert labels(path) == ["s", "t"]
    assert labels(path.alternatives[0]) == ["s", "a", "b", "t"]


def test_what_is_avoided_passed_and_limited(made: Make) -> None:
    graph = made(ROADS)
    a, c, b = (number(graph, name) for name in "acb")
    assert labels(ask(graph, "s", "t", avoid=frozenset([a]))) == ["s", "c", "d", "t"]
    assert labels(ask(graph, "s", "t", via=(c,))) == ["s", "c", "d", "t"]
    assert labels(ask(graph, "s", "t", via=(c, b))) == ["s", "c", "a", "b", "t"]
    assert labels(ask(graph, "s", "t", most_steps=3)) == ["s", "x", "t"]
    with pytest.raises(NoPath, match="at most 2 steps; the cheapest has 4"):
        ask(graph, "s", "t", most_steps=2)
    every = frozenset(number(graph, name) for name in "acx")
    with pytest.raises(NoPath, match="without 'a', 'c', 'x'"):
        ask(graph, "s", "t", avoid=every)


def test_a_hub_is_not_passed_if_there_is_another_way(made: Make) -> None:
    spokes: list[Edge] = [("hub", "related", f"n{i:02}", 0.9) for i in range(60)]
    ends: list[Edge] = [("s", "related", "hub", 0.9), ("hub", "related", "t", 0.9)]
    graph = made([*ROADS, *spokes, *ends])
    assert graph.hubs == {number(graph, "hub")}
    assert "hub" not in labels(ask(graph, "s", "t"))
    assert labels(ask(graph, "s", "hub")) == ["s", "hub"]
    only = ask(graph, "s", "n05")
    assert labels(only) == ["s", "hub", "n05"]
    assert only.notes == ("every way leads through a concept related to very many others",)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"avoid": "t"}, "'t' is the goal and is to be avoided"),
        ({"avoid": "s"}, "'s' is --from and is to be avoided"),
        ({"avoid": "a", "via": "a"}, "'a' is --via and is to be avoided"),
        ({"via": "a", "most_steps": 3}, "--max-steps does not go with --via"),
        ({"via": "a", "alternatives": 1}, "--alternatives does not go with --via"),
    ],
)
def test_contradictions_are_refused(made: Make, options: dict[str, object], said: str) -> None:
    graph = made(ROADS)
    for name, kind in (("avoid", frozenset), ("via", tuple)):
        if name in options:
            options[name] = kind([number(graph, str(options[name]))])
    with pytest.raises(BadQuestion, match=said):
        ask(graph, "s", "t", **options)


def test_a_goal_that_is_known_is_refused(made: Make) -> None:
    graph = made(ROADS)
    t = number(graph, "t")
    with pytest.raises(BadQuestion, match="'t' is among the known concepts"):
        learning_path(graph, Question(t, known=frozenset([t])))


def test_every_algorithm_answers_and_says_what_it_proves(made: Make) -> None:
    graph = made(ROADS)
    best = ask(graph, "s", "t").cost
    for algorithm in ALGORITHMS.values():
        path = ask(graph, "s", "t", algorithm=algorithm)
        assert path.algorithm == algorithm.name
        assert path.optimal == (algorithm.bound == 1)
        assert path.cost >= best
        if algorithm.bound:
            assert path.cost <= algorithm.bound * best
    trace: list[Expansion] = []
    question = Question(number(graph, "t"), (number(graph, "s"),))
    assert learning_path(graph, question, trace).expansions == len(trace)


def test_two_strangers_joined_by_a_generic_word_lose_against_a_typed_way(made: Make) -> None:
    weak: list[Edge] = [("s", "related", "mechanism", 0.3), ("mechanism", "related", "t", 0.3)]
    typed: list[Edge] = [("one", "requires", "s", 0.7), ("two", "requires", "one", 0.7),
                         ("three", "uses", "two", 0.7),
                         ("t", "requires", "three", 0.7)]  # fmt: skip
    path = ask(made([*weak, *typed]), "s", "t")
    assert "mechanism" not in labels(path)
    assert not path.notes
    assert ask(made(weak), "s", "t").notes == (
        "a weak way: your notes say of no step between s and t more than that it is related",
    )
