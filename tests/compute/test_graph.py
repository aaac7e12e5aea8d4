"""The compute graph's file: wired by names, and refused with the place of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest

from tests.compute.test_operator import toys  # noqa: F401 - a fixture
from waygraph.app.ask import graph_ends
from waygraph.compute.graph import ComputeGraph, check_graph, load_graph
from waygraph.compute.operator import Port
from waygraph.config import default_graph
from waygraph.errors import ComputeGraphError

pytestmark = pytest.mark.usefixtures("toys")
GIVEN = {"texts": Port("texts", str, True)}
GOOD = """\
# toys
[operators.labels]
use = "label"

[operators.joined]
use = "join"
weight = 1            # an integer is a number

[operators.shouts]
use = "shout"
times = 3
mark = "?"
low = true
"""


def load(
    folder: Path, text: str, wanted: Mapping[str, Port] | None = None
) -> tuple[Path, ComputeGraph]:
    path = folder / "graph.toml"
    path.write_text(dedent(text), encoding="utf-8")
    return path, load_graph(path, GIVEN, wanted or {})


def test_nodes_come_after_what_they_need(tmp_path: Path) -> None:
    path, graph = load(tmp_path, GOOD, {"labels": Port("labels", str, True)})
    assert graph.path == str(path)
    assert [node.name for node in graph.nodes] == ["shouts", "joined", "labels"]
    settings = {node.name: node.settings for node in graph.nodes}
    assert settings == {
        "labels": {},
        "joined": {"weight": 1.0},
        "shouts": {"times": 3, "mark": "?", "low": True},
    }


def test_settings_left_out_have_their_defaults(tmp_path: Path) -> None:
    _, graph = load(tmp_path, '[operators.shouts]\nuse = "shout"\ntimes = 2\n')
    (node,) = graph.nodes
    assert node.settings == {"times": 2, "mark": "!", "low": False}
    assert node.operator.settings["times"] == 1


def test_one_operator_may_make_two_values(tmp_path: Path) -> None:
    text = '[operators.a]\nuse = "shout"\n[operators.b]\nuse = "shout"\ntimes = 2\n'
    _, graph = load(tmp_path, text)
    assert {(n.name, n.use, n.settings["times"]) for n in graph.nodes} == {
        ("a", "shout", 1),
        ("b", "shout", 2),
    }


def test_the_default_graph_is_sound() -> None:
    given, wanted = graph_ends()
    graph = load_graph(default_graph(), given, wanted)
    made = set(given)
    for node in graph.nodes:
        assert {port.name for port in node.operator.inputs} <= made
        made.add(node.name)
    assert wanted.keys() <= made


BASE = '[operators.shouts]\nuse = "shout"\n'


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ('\n[operators.shouts]\nuse = "shouts"\n', 3, "unknown operator 'shouts'", "shout"),
        ('[operators.shouts]\ntimes = 1\nuse = "broken"\n', 3, "operator 'broken' does not load: "
         "KeyError: 'broken'", "install the package it needs"),
        (BASE + "# times\ntime = 2\n", 4, "operator 'shout' has no setting 'time'",
         "its settings: times, mark, low"),
        (BASE + '[operators.joined]\nuse = "zipped"\nweight = 2.0', 5,
         "operator 'zipped' has no setting 'weight'", "its settings: none"),
        (BASE + "times = '2'\n", 3, "times = '2' is not of type int", ""),
        (BASE + "times = 2.0\n", 3, "times = 2.0 is not of type int", ""),
        (BASE + "times = true\n", 3, "times = True is not of type int", ""),
        (BASE + "mark = 1\n", 3, "mark = 1 is not of type str", ""),
        (BASE + "low = 1\n", 3, "low = 1 is not of type bool", ""),
        (BASE + "[operators.shouts.times]\nx = 1\n", 1, "times = {'x': 1} is not of type int", ""),
        (BASE + '[operators.joined]\nuse = "join"\nweight = true\n', 5,
         "weight = True is not of type float", ""),
        *((BASE + f'[operators.joined]\nuse = "join"\nweight = {weight}\n', 5,
           f"weight = {weight} is not between 0 and 1", "")
          for weight in ("-0.01", "1.01", "2", "nan", "inf")),
        ('[operators.a]\n\n[ operators . "joined" ]\nuse = "x"\n', 1,
         '[operators.a] lacks use = "OPERATOR"', ""),
        ('[operators.a]\nuse = 1\n', 1, '[operators.a] lacks use = "OPERATOR"', ""),
        ('\n\n[operators.joined]\nuse = "join"\n', 3, "operator 'join' needs 'shouts' (str per "
         "document), which nothing gives", "values in this graph: joined, texts"),
        (BASE + '[operators."joined"]\nuse = "shout"\n[operators.labels]\nuse = "label"\n', 5,
         "operator 'label' needs 'joined' as str, but it is str per document", ""),
        ('[operators.shouts]\nuse = "pair"\n', 1,
         "operator 'pair' needs 'shouts' as str per document, but it is tuple per document", ""),
        ('# x\n[operators.texts]\nuse = "shout"\n', 2, "'texts' is given already, no operator may "
         "make it", "rename the table; given values: texts"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str, hint: str
) -> None:
    with pytest.raises(ComputeGraphError) as caught:
        load(tmp_path, text)
    assert caught.value.message.startswith(f"{tmp_path / 'graph.toml'}:{line}: {message}")
    assert hint in caught.value.hint


def test_a_cycle_is_told_in_the_order_of_need(tmp_path: Path) -> None:
    text = "".join(f'[operators.{name}]\nuse = "{name}"\n' for name in ("one", "two", "three"))
    with pytest.raises(ComputeGraphError) as caught:
        load(tmp_path, text)
    place, _, cycle = caught.value.message.partition(": a cycle: ")
    names = cycle.split(" needs ")
    assert sorted(names[1:]) == ["one", "three", "two"]
    assert names[0] == names[-1]
    needs = {"one": "three", "two": "one", "three": "two"}
    assert all(needs[a] == b for a, b in pairwise(names))
    assert place == f"{tmp_path / 'graph.toml'}:{('one', 'two', 'three').index(names[0]) * 2 + 1}"


def test_an_operator_may_not_need_itself(tmp_path: Path) -> None:
    with pytest.raises(ComputeGraphError, match=r"graph.toml:1: a cycle: one needs one"):
        load(tmp_path, '[operators.one]\nuse = "two"\n')


def test_a_wanted_value_that_is_not_made(tmp_path: Path) -> None:
    wanted = {"shouts": Port("shouts", str, True), "labels": Port("labels", str, True)}
    with pytest.raises(ComputeGraphError) as caught:
        load(tmp_path, BASE, wanted)
    path = tmp_path / "graph.toml"
    assert caught.value.message == (
        f"{path}: no table [operators.labels], which makes str per document"
    )
    assert caught.value.hint == "the graph must make: shouts, labels"


@pytest.mark.parametrize("port", [Port("shouts", str, False), Port("shouts", int, True)])
def test_a_wanted_value_of_another_type(tmp_path: Path, port: Port) -> None:
    with pytest.raises(ComputeGraphError) as caught:
        load(tmp_path, "\n" + BASE, {"shouts": port})
    path = tmp_path / "graph.toml"
    assert caught.value.message == (
        f"{path}:3: 'shouts' must be {port}, but 'shout' gives str per document"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[operators.a]\nuse = x\n", ":2: this is no TOML"),
        (b"[operators.a]\nuse = 'a'\nuse = 'b'\n", ":3: this is no TOML"),
        (b"[operators.a\n", ":1: this is no TOML"),
        (b"[operators.a]\n[operators.a]\n", ":2: this is no TOML"),
        (b"# \xff\n", "can't decode byte 0xff"),
        (b"operators = 1\n", "'operators' must hold tables"),
        (b"[operators]\na = 1\n", "'operators' must hold tables"),
        (None, "No such file"),
    ],
)
def test_a_file_that_holds_no_graph(tmp_path: Path, data: bytes | None, message: str) -> None:
    path = tmp_path / "graph.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ComputeGraphError) as caught:
        load_graph(path, GIVEN, {})
    assert str(path) in caught.value.message
    assert message in caught.value.message


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    text = """\
        [operators.shouts]
        use = "shuot"
        [operators.joined]
        use = "join"
        wieght = 1.0
        weight = 2.0
        [operators.labels]
        use = "label"
        [operators.pairs]
        use = "tooled"
        [operators.one]
        use = "one"
        """
    path = tmp_path / "graph.toml"
    path.write_text(dedent(text), encoding="utf-8")
    graph, faults = check_graph(path, GIVEN, {"pairs": Port("pairs", str, True)})
    assert graph is None
    # what only follows from the unknown operator (joined and labels lack shouts) is not told
    assert [f.message.removeprefix(f"{path}:") for f in faults] == [
        "2: unknown operator 'shuot'",
        "5: operator 'join' has no setting 'wieght'",
        "6: weight = 2.0 is not between 0 and 1",
        "11: operator 'one' needs 'three' (str per document), which nothing gives",
        "10: 'pairs' must be str per document, but 'tooled' gives str",
    ]
    hints = [f.hint for f in faults]
    assert hints[0].startswith("did you mean 'shout'? installed operators: ")
    assert hints[1] == "did you mean 'weight'? its settings: weight"
    assert hints[2] == "its default: 0.5"
    assert hints[3].startswith("of that type: labels, one, texts; values in this graph: ")
    assert "shout" in hints[4]
    assert "join" not in hints[4]
    with pytest.raises(ComputeGraphError) as caught:
        load_graph(path, GIVEN, {})
    assert str(caught.value) == str(faults[0])


def test_a_graph_may_be_empty(tmp_path: Path) -> None:
    assert load(tmp_path, "# nothing\n")[1].nodes == ()


@pytest.mark.parametrize(
    ("text", "place", "said", "hint"),
    [
        ('[operators.shouts]\nuse = "shout\n', ":2", "this is no TOML", "mend the line"),
        ('[operators.shouts]\nuse = "shout"\ntimes =', ":3", "this is no TOML", "mend the line"),
        ('[operators.shouts]\nuse = """shout\n', ":2", "this is no TOML", "mend the line"),
        ('[operatrs.shouts]\nuse = "shout"\n', "", "'operatrs' means nothing here",
         "did you mean 'operators'? all tables are [operators.NAME]"),
        ('[operators.shoutz]\nuse = "shout"\n', "", "no table [operators.shouts]",
         "did you mean 'shoutz'? the graph must make: shouts"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told_by_line(
    tmp_path: Path, text: str, place: str, said: str, hint: str
) -> None:
    with pytest.raises(ComputeGraphError) as caught:
        load(tmp_path, text, {"shouts": Port("shouts", str, True)})
    assert caught.value.message.startswith(f"{tmp_path / 'graph.toml'}{place}: {said}")
    assert caught.value.hint == hint
