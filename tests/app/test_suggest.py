"""Which links to fetch next: the pages of what much rests on and nothing explains."""

from __future__ import annotations

from pathlib import Path

from tests.search.test_compile import BASE, Edge, vectors_of, view_of
from waygraph.answer import Reading
from waygraph.app.ask import graph_folder
from waygraph.app.suggest import Suggestion, suggested_links
from waygraph.config import make_workspace
from waygraph.read.markdown import read_markdown
from waygraph.read.snapshots import Snapshots
from waygraph.search.compile import compile_graph
from waygraph.search.cost import Weights

NOTE = """# Heaps

Read of the [tree](https://example.org/tree), the [array](https://example.org/array), the
[queue](https://example.org/queue) and [something](https://example.org/else). ![tree](https://example.org/tree.png)
"""


def test_what_much_rests_on_and_little_explains_comes_first(tmp_path: Path) -> None:
    edges: list[Edge] = [(f"heap {i}", "requires", "tree", 0.8) for i in range(3)]
    edges += [(f"heap {i}", "requires", "array", 0.8) for i in range(4)]
    edges += [("heap 1", "requires", "queue", 0.2), ("heap 2", "uses", "something", 0.9)]
    labels = sorted({end for s, _, o, _ in edges for end in (s, o)})
    place = make_workspace(tmp_path)
    view = view_of(labels, edges, readings=[("array", Reading("array.md", "", 5.0))])
    compile_graph(graph_folder(place), view, vectors_of(view), BASE, "digest", Weights())
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        snapshots.put([read_markdown("heaps.md", NOTE.encode())])
    assert suggested_links(place) == [
        Suggestion("https://example.org/tree", "heaps.md", 3, "tree", 3),
        Suggestion("https://example.org/array", "heaps.md", 3, "array", 4),
        Suggestion("https://example.org/queue", "heaps.md", 4, "queue", 0),
    ]
    assert len(suggested_links(place, 1)) == 1
