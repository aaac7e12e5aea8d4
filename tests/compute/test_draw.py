"""Drawing a compute graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compute.test_graph import GIVEN, GOOD, load
from tests.compute.test_operator import toys  # noqa: F401 - a fixture
from waygraph.compute.draw import graph_mermaid, graph_text

pytestmark = pytest.mark.usefixtures("toys")
SONG = '[operators.end]\nuse = "sing"\n[operators."a b"]\nuse = "shout"\nmark = "<\\"&"\n'


def test_as_text(tmp_path: Path) -> None:
    path, graph = load(tmp_path, GOOD)
    assert graph_text(graph, GIVEN, {"joined": "0.10 s"}) == (
        f"compute graph {path}\n"
        "\n"
        "given texts: str per document\n"
        "\n"
        "shouts: str per document\n"
        "  shout 1 (texts)\n"
        '  settings  times = 3, mark = "?", low = true\n'
        "\n"
        "joined: str\n"
        "  join 1 (shouts)\n"
        "  settings  weight = 1\n"
        "  last run  0.10 s\n"
        "\n"
        "labels: str per document\n"
        "  label 1 (texts, shouts, joined)\n"
    )


def test_as_mermaid(tmp_path: Path) -> None:
    _, graph = load(tmp_path, GOOD + SONG)
    drawn = graph_mermaid(graph, GIVEN, {"joined": "0.10 s"})
    lines = drawn.splitlines()
    assert lines[0] == "flowchart TD"
    assert set(lines[1:]) == {
        '    texts(["texts"])',
        '    shouts["shouts<br>shout 1<br>times = 3, mark = #34;?#34;, low = true"]',
        '    joined["joined<br>join 1<br>weight = 1<br>0.10 s"]',
        '    labels["labels<br>label 1"]',
        '    n_end["end<br>sing 1<br>voice = #34;voice#34;<br>voice soft"]',
        '    a_b["a b<br>shout 1<br>times = 1, mark = #34;#60;#34;#38;#34;, low = false"]',
        "    texts --> shouts",
        "    shouts --> joined",
        "    texts --> labels",
        "    shouts --> labels",
        "    joined ==> labels",
        "    texts --> n_end",
        "    texts --> a_b",
    }
