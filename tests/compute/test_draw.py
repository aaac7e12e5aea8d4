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
        '    shouts["shouts<br>shout 1<br>times = 3, mark = #quot;?#quot;, low = true"]',
        '    joined["joined<br>join 1<br>weight = 1<br>0.10 s"]',
        '    labels["labels<br>label 1"]',
        '    end_["end<br>sing 1<br>voice = #quot;voice#quot;<br>voice soft"]',
        '    a_b["a b<br>shout 1<br>times = 1, mark = #quot;#lt;#quot;#amp;#quot;, low = false"]',
        "    texts --> shouts",
        "    shouts --> joined",
        "    texts --> labels",
        "    shouts --> labels",
        "    joined ==> labels",
        "    texts --> end_",
        "    texts --> a_b",
    }
