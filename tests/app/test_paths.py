"""Questions in a learner's words: files of known concepts, options, every output."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from typer.testing import CliRunner, Result

import waygraph
from tests.search.test_compile import BASE, Edge, iri, vectors_of, view_of
from waygraph.answer import LearningPath, Named, Quote, Reading, Step
from waygraph.app.ask import graph_folder
from waygraph.app.cli import app
from waygraph.app.freshness import begin_change, end_change, outdated
from waygraph.app.paths import ask, compare, learning_path, read_known
from waygraph.app.render_path import path_json, path_markdown, path_mermaid, path_text, path_turtle
from waygraph.config import DECISIONS, Workspace, make_workspace
from waygraph.errors import BadQuestion, ReadError, UnknownConcept, WaygraphError, WaygraphNotice
from waygraph.search.compile import compile_graph
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import Weights
from waygraph.search.engine import ALGORITHMS

EDGES: list[Edge] = [
    ("A* search", "requires", "graph", 0.9),
    ("A* search", "requires", "priority queue", 0.8),
    ("priority queue", "requires", "heap", 0.7),
    ("graph", "related", "tree", 0.6),
    ("heap", "broader", "tree", 0.9),
    ("RDF", "related", "triple", 0.8),
]
LABELS = sorted({end for s, _, o, _ in EDGES for end in (s, o)})
READINGS = [(name, Reading(f"{name}.md", "Start", 1.5)) for name in ("graph", "heap", "A* search")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_workspace(tmp_path_factory.mktemp("paths"))
    view = view_of(LABELS, EDGES, {"A* search": ("A-star",)}, READINGS)
    compile_graph(graph_folder(made), view, vectors_of(view), BASE, "digest", Weights())
    return made


@pytest.fixture(scope="module")
def graph(place: Workspace) -> ConceptGraph:
    return ConceptGraph(graph_folder(place))


def run(place: Workspace, *arguments: str) -> Result:
    """The command; errors of waygraph come as exceptions."""
    return CliRunner().invoke(app, [*arguments, "--workspace", str(place.folder)])


def test_the_public_call_takes_labels_aliases_and_iris(place: Workspace) -> None:
    path = waygraph.learning_path(place, "A-star", start="tree")
    assert path.goal.label == "A* search"
    assert path.steps[0].concept.label == "tree"
    same = waygraph.learning_path(place, iri("A* search"), start=[iri("tree"), "RDF"])
    assert same.steps == path.steps
    assert waygraph.learning_path(place, "A* search", known=["heap"]).start.label == "heap"


@pytest.mark.parametrize(
    "text",
    [
        "heap\ngraph\n",
        "# what I know\n\n- heap\n* Graphs\n",
        "- [x] heap\n- [X] graph\n- [ ] A* search\n",
        f"1. {iri('heap')}\r\n2) [[graph]]\r\n",
        "\ufeffheap\ngraph",
    ],
)
def test_a_file_of_known_concepts(
    place: Workspace, graph: ConceptGraph, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "known.md"
    file.write_text(text, encoding="utf-8")
    assert read_known(place, graph, file) == [iri("heap"), iri("graph")]


def test_what_decisions_say_is_known_counts(tmp_path: Path) -> None:
    made = make_workspace(tmp_path)
    view = view_of(LABELS, EDGES)
    known = [iri("graph"), iri("no concept")]
    compile_graph(graph_folder(made), view, vectors_of(view), BASE, "digest", Weights(), known)
    path = waygraph.learning_path(made, "A* search")
    assert (path.start.label, path.steps[0].relation) == ("graph", "known")
    rows = json.loads(run(made, "next", "--format", "json").stdout)
    assert "graph" not in [row["concept"]["label"] for row in rows]


def test_a_known_file_at_fault_says_where(
    place: Workspace, graph: ConceptGraph, tmp_path: Path
) -> None:
    file = tmp_path / "known.txt"
    file.write_text("heap\ngrahp\n", encoding="utf-8")
    with pytest.raises(ReadError, match=r"known\.txt:2: unknown concept: 'grahp'") as caught:
        read_known(place, graph, file)
    assert "graph" in caught.value.hint
    for text in ("", "# nothing\n", "- [ ] heap\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadQuestion, match="names no known concept"):
            read_known(place, graph, file)
    file.write_bytes(b"caf\xe9\n")
    with pytest.raises(ReadError, match="is not UTF-8 text"):
        read_known(place, graph, file)
    with pytest.raises(ReadError, match="No such file"):
        read_known(place, graph, tmp_path / "none")


def test_unknown_words_are_refused(place: Workspace, graph: ConceptGraph) -> None:
    with pytest.raises(BadQuestion, match="unknown algorithm 'best'") as caught:
        ask(place, graph, "heap", algorithm="best")
    assert "bidirectional-a-star" in caught.value.hint
    with pytest.raises(UnknownConcept):
        ask(place, graph, "grahp", exact=True)


def test_what_is_taken_for_a_goal_is_told(place: Workspace, graph: ConceptGraph) -> None:
    with pytest.warns(WaygraphNotice, match="taking “A\\* search” for “a\\* serch”"):
        path = learning_path(place, "a* serch", "tree")
    assert path == replace(learning_path(place, "A* search", "tree"), taken=path.taken)
    assert [(one.typed, one.how) for one in path.taken] == [("a* serch", "spelled")]
    # of what is known, labels are wanted: nobody would see what was taken
    with pytest.raises(UnknownConcept):
        ask(place, graph, "A* search", known=["grahp"])


def test_all_algorithms_are_compared(place: Workspace, graph: ConceptGraph) -> None:
    rows = compare(graph, ask(place, graph, "A* search", ["tree"]))
    assert [row.algorithm for row in rows] == list(ALGORITHMS)
    assert min(row.ratio for row in rows) == 1.0
    assert all(row.ratio == 1 for row in rows if ALGORITHMS[row.algorithm].bound == 1)
    text = run(place, "path", "A* search", "--from", "tree", "--compare").stdout
    assert [line.split()[0] for line in text.splitlines()] == ["algorithm", *ALGORITHMS]
    told = run(place, "path", "A* search", "--compare", "--format", "json").stdout
    assert [row["algorithm"] for row in json.loads(told)] == list(ALGORITHMS)


@pytest.mark.parametrize(
    "options",
    [["--trace", "t"], ["--alternatives", "2"], ["--minutes", "0"], ["--format", "turtle"]],
)
def test_a_comparison_takes_no_option_that_it_would_not_heed(
    place: Workspace, options: list[str]
) -> None:
    done = run(place, "path", "heap", "--compare", *options)
    assert isinstance(done.exception, BadQuestion)
    assert done.exception.exit_code == 2
    assert options[0] in done.exception.message


def test_an_empty_graph_has_nothing_next_and_no_gaps(tmp_path: Path) -> None:
    made = make_workspace(tmp_path)
    nothing = view_of([], [])
    compile_graph(graph_folder(made), nothing, vectors_of(view_of("a", [])), BASE, "d", Weights())
    assert "there are no concepts yet" in run(made, "next").stdout
    assert "no gaps" in run(made, "gaps").stdout


NO_WORD = ["", " ", "\t\n", "🔥", "👩\u200d🔬", "…?!", "\u200b", "\u202e"]


@pytest.mark.parametrize("query", NO_WORD)
@pytest.mark.parametrize("words", [("path",), ("path", "heap", "--from"), ("show",), ("explain",),
                                   ("bridge", "heap"), ("concepts",)])  # fmt: skip
def test_what_holds_no_word_is_told_so(
    place: Workspace, words: tuple[str, ...], query: str
) -> None:
    done = run(place, *words, query)
    if words == ("concepts",) and not query.strip():
        assert "heap: " in done.stdout
        return
    assert isinstance(done.exception, UnknownConcept)
    assert done.exception.hint == (
        "it holds no word, and a concept is named by one at least: `waygraph concepts` lists all"
    )


def test_a_known_file_with_a_line_that_holds_no_word(place: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "known.txt"
    file.write_text("heap\n\n🔥\n", encoding="utf-8")
    error = run(place, "next", "--known", str(file)).exception
    assert isinstance(error, ReadError)
    assert (error.line, "it holds no word" in error.hint) == (3, True)


def test_without_concepts_that_is_told(tmp_path: Path) -> None:
    made = make_workspace(tmp_path)
    compile_graph(
        graph_folder(made), view_of([], []), vectors_of(view_of("a", [])), BASE, "d", Weights()
    )
    for query in NO_WORD[:4]:
        error = run(made, "path", query).exception
        assert "has no concepts yet" in str(error)
        assert "there are no concepts yet" in run(made, "concepts", query).output


def test_a_trace_can_be_replayed(place: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "trace.jsonl"
    done = run(place, "path", "A* search", "--from", "tree", "--trace", str(file),
               "--algorithm", "uniform-cost", "--format", "json")  # fmt: skip
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == json.loads(done.stdout)["expansions"] > 0
    assert rows[0] == {"end": "start", "iri": iri("tree"), "label": "tree", "path_cost": 0.0}
    costs = [row["path_cost"] for row in rows]
    assert costs == sorted(costs)
    with pytest.raises(WaygraphError, match="cannot write"):
        waygraph.learning_path(place, "heap", trace=tmp_path / "no" / "where")


def test_every_format_shows_every_step(place: Workspace) -> None:
    path = waygraph.learning_path(place, "A* search", start="tree", minutes=2.0, alternatives=1)
    names = [step.concept.label for step in path.steps]
    assert path.left_out
    text, markdown = path_text(path), path_markdown(path)
    assert [n for n in names if f". {n}\n" not in text] == []
    assert "left out:" in text
    assert "minutes are taken" in text
    assert markdown.count("- [ ] **") == len(names)
    made = path_json(path)
    assert [step["concept"]["label"] for step in made["steps"]] == names
    assert [left["concept"]["label"] for left in made["left_out"]]
    mermaid = path_mermaid(path)
    assert mermaid.startswith("flowchart TD\n")
    assert mermaid.count('["') == len(names)
    assert 'A#42; search"' in mermaid


def test_the_turtle_of_a_path_lists_its_concepts_in_order(place: Workspace) -> None:
    path = waygraph.learning_path(place, "A* search", start="tree")
    turtle = path_turtle(path, BASE)
    assert turtle == path_turtle(path, BASE)
    found = rdflib.Graph().parse(data=turtle, format="turtle")
    schema = rdflib.Namespace("https://schema.org/")
    lists = list(found.subjects(rdflib.RDF.type, schema.ItemList))
    assert len(lists) == 1
    items = sorted(
        (int(str(found.value(item, schema.position))), str(found.value(item, schema.item)))
        for item in found.objects(lists[0], schema.itemListElement)
    )
    assert [concept for _, concept in items] == [step.concept.iri for step in path.steps]
    assert not any(isinstance(term, rdflib.BNode) for triple in found for term in triple)


def test_formats_on_the_command_line(place: Workspace) -> None:
    for name, sign in (
        ("text", "graph is required by A* search"), ("markdown", "- [ ] "),
        ("turtle", "schema:ItemList"),
        ("mermaid", "flowchart TD"), ("json", '"goal"'),
    ):  # fmt: skip
        done = run(place, "path", "A* search", "--format", name)
        assert done.exit_code == 0
        assert sign in done.stdout


def test_next_shows_what_nothing_is_missing_for(place: Workspace, tmp_path: Path) -> None:
    first = json.loads(run(place, "next", "--format", "json").stdout)
    assert [(row["concept"]["label"], row["opens"]) for row in first] == [("graph", 1), ("heap", 1)]
    known = tmp_path / "known.txt"
    known.write_text("heap\n", encoding="utf-8")
    rows = json.loads(run(place, "next", "--known", str(known), "--format", "json").stdout)
    found = [row["concept"]["label"] for row in rows]
    assert set(found) == {"priority queue", "tree"}
    assert found[0] == "priority queue"  # A* search requires it, and waits for graph
    known.write_text("A-star\nheap\n", encoding="utf-8")
    text = run(place, "next", "--known", str(known)).stdout
    assert text.startswith("tree: follows ")


def test_gaps_are_what_is_needed_and_not_explained(place: Workspace) -> None:
    rows = json.loads(run(place, "gaps", "--format", "json").stdout)
    assert [row["concept"]["label"] for row in rows] == ["priority queue", "graph", "heap"]
    assert rows[0]["minutes"] == 0.0
    assert [one["label"] for one in rows[0]["needed_by"]] == ["A* search"]
    assert "needed by 1 (A* search); defined, 0 min to read" in run(place, "gaps").stdout


def test_a_bridge_names_near_pairs_across_the_gap(place: Workspace) -> None:
    rows = json.loads(run(place, "bridge", "heap", "RDF", "-n", "20", "--format", "json").stdout)
    assert len(rows) == 5 * 2
    angles = [row["angle"] for row in rows]
    assert angles == sorted(angles)
    assert {row["two"]["label"] for row in rows} == {"RDF", "triple"}
    assert "nearest across the gap" in run(place, "bridge", "heap", "RDF").stdout
    assert "are joined already" in run(place, "bridge", "heap", "graph").stdout


def test_an_outdated_concept_graph_is_told_with_the_command_to_run(
    place: Workspace, tmp_path: Path
) -> None:
    made = Workspace(shutil.copytree(place.folder, tmp_path / ".waygraph"), place.settings)
    assert outdated(made) == ""
    end_change(made, begin_change(made))
    assert not any("ingest applies" in note for note in waygraph.learning_path(made, "heap").notes)
    decisions = made.root / DECISIONS
    decisions.write_text("ann know graph\n")
    for words in (("next",), ("gaps",), ("bridge", "heap", "RDF"), ("concepts",)):
        assert "has changed since the last ingest (waygraph ingest" in run(made, *words).stderr
    assert "waygraph ingest applies it" in run(made, "path", "heap").stdout
    *_, note = waygraph.learning_path(made, "heap").notes
    assert note.startswith(DECISIONS)
    end_change(made, begin_change(made))
    decisions.touch()  # the same words, later
    assert outdated(made) == ""
    decisions.unlink()
    assert DECISIONS in outdated(made)
    begin_change(made)
    assert "older than the datagraph" in run(made, "next").stderr
    *_, note = waygraph.learning_path(made, "heap").notes
    assert "waygraph ingest brings it up to date" in note


def test_a_reading_that_serves_two_steps_is_printed_once() -> None:
    nothing = Quote("", "", "", 0, 0, 0)
    one, two = Named("i", "one"), Named("j", "two")
    first = Step(one, "start", nothing, Reading("a.md", "Start", 1.5), 0.0)
    second = Step(two, "related", nothing, Reading("", "", 0.0), 0.5, to=one, read_with=one)
    path = LearningPath(one, two, 0.5, True, 1.0, 2, (first, second))
    for printed in (path_text(path), path_markdown(path)):
        assert printed.count("a.md") == 1
        assert "done with one" in printed
