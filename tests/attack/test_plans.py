"""Plans of corpora that make no sense: a plan or a plain sentence, never a traceback."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import waygraph
from tests.search.test_compile import Edge, build, number, view_of
from waygraph.app.cli import app
from waygraph.app.decisions import decide
from waygraph.config import Workspace
from waygraph.search.concept_graph import ConceptGraph, Requirement
from waygraph.search.plan import Question, learning_path


def ingest(root: Path, notes: dict[str, str]) -> Workspace:
    for name, text in notes.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return waygraph.ingest([root], root).workspace


def path(place: Workspace, *words: str) -> Result:
    """What the command answers; errors of waygraph come as exceptions, others fail the test."""
    return CliRunner().invoke(
        app, ["path", *words, "--workspace", str(place.folder)], catch_exceptions=False
    )


@pytest.mark.slow
def test_authors_who_contradict_each_other_and_goals_of_which_all_is_rejected(
    tmp_path: Path,
) -> None:
    place = ingest(
        tmp_path,
        {
            "chicken.md": "# Chicken\n\nrequires:: [[egg]]\n\nA **chicken** is a bird.\n",
            "egg.md": "# Egg\n\nrequires:: [[chicken]]\n\nAn **egg** holds a bird.\n",
            "goal.md": "# Omelette\n\nrequires:: [[salt]]\n\nAn **omelette** is good.\n",
            "salt.md": "# Salt\n\nA **salt** is a crystal.\n",
        },
    )
    plans = [waygraph.learning_path(place, goal) for goal in ("chicken", "egg")]
    # one of the two gives way
    assert sorted(len(plan.steps) for plan in plans) == [1, 2]
    assert [s.concept.label.lower() for s in waygraph.learning_path(place, "omelette").steps] == [
        "salt", "omelette",
    ]  # fmt: skip

    decide(place, "reject", "omelette", "requires", "salt")
    waygraph.ingest([tmp_path], tmp_path)
    said = path(place, "omelette")
    assert said.exit_code == 0
    assert said.stdout.lower().startswith("nothing in your notes comes before omelette")
    assert "waygraph ingest --fetch" in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "notes",
    [
        {"only.md": "# Heap\n\nA **heap** is a tree with order.\n"},
        {"links.md": "# Links\n\n" + "".join(f"- [[heap {i}]]\n- https://example.org/{i}\n"
                                             for i in range(9))},
    ],
    ids=["one note", "links alone"],
)  # fmt: skip
def test_a_corpus_of_next_to_nothing(tmp_path: Path, notes: dict[str, str]) -> None:
    place = ingest(tmp_path, notes)
    for goal in ("heap", "links"):
        try:
            said = path(place, goal)
        except waygraph.WaygraphError as error:
            assert error.message
        else:
            assert said.stdout
            assert "Traceback" not in said.output


def test_ten_thousand_stubs_cost_no_more_than_what_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"stub {i:05}" for i in range(10_000)]
    # a goal that needs all of them, each of which helps with the next
    edges: list[Edge] = [
        ("goal", "requires", name, 0.3 + i % 7 / 10) for i, name in enumerate(names)
    ]
    edges += [(b, "requires", a, 0.8) for a, b in pairwise(names)]
    graph = build(tmp_path, view_of(["goal", *names], edges))
    asked: list[int] = []
    plain = ConceptGraph.requirements

    def counted(graph: ConceptGraph, concept: int) -> list[Requirement]:
        asked.append(concept)
        return plain(graph, concept)

    monkeypatch.setattr(ConceptGraph, "requirements", counted)
    found = learning_path(graph, Question(number(graph, "goal")))
    assert len(found.steps) == 10
    assert len(asked) < 2_000
    whole = learning_path(graph, Question(number(graph, "goal"), size=None))
    assert 10 < len(whole.steps) <= 501
