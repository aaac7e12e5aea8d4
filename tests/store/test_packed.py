"""Lines held compressed: the same lines, in order, none twice."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from waygraph.model import Mention, Mentions, Span
from waygraph.read.markdown import read_markdown
from waygraph.store import backend, convert, packed
from waygraph.store.backend import Embedded
from waygraph.store.convert import Converter
from waygraph.store.facts import facts_of
from waygraph.store.packed import Packed, merged, pack, unpacked_lines

LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1)
)


@given(LINES)
def test_packed_lines_are_gone_through_again_and_again(lines: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "_LINES", 2)
        patch.setattr(packed, "_BYTES", 3)
        found = Packed.of(iter(lines))
        assert list(found) == list(found) == lines == unpacked_lines(pack(found))
        assert len(found) == len(lines)
        assert all(line in found for line in lines)


@given(st.lists(LINES, min_size=1))
def test_runs_are_merged(runs: list[list[str]]) -> None:
    every = sorted({line for run in runs for line in run})
    assert list(merged([Packed.of(sorted(run)) for run in runs])) == every


def test_a_large_graph_is_the_same_and_never_held_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_markdown("heap.md", ("A heap, \u00e9. " * 300).encode())
    places = [n for n in range(len(document.text)) if document.text.startswith("heap", n)]
    said = Mentions("heap.md", "", tuple(Mention("heap", Span(n, n + 4)) for n in places))
    whole = Converter("https://e.org/").mentions(document, said)
    held: list[int] = []

    class Noted(convert.Triples):
        def put_aside(self) -> None:
            held.append(len(self.lines))
            super().put_aside()

    monkeypatch.setattr(convert, "_HELD", 100)
    monkeypatch.setattr(convert, "Triples", Noted)
    found = Converter("https://e.org/").mentions(document, said)
    assert isinstance(found, Packed)
    assert list(found) == whole
    assert pack(found) == pack(whole)
    assert facts_of(found) == facts_of(whole)
    assert len(found) > 4_000
    assert max(held) < 120


def test_a_large_graph_is_loaded_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(backend, "LOADED", 10)
    graphs = [
        (f"https://e.org/{size}", [f"<x:{size}> <x:is> <x:{n}> ." for n in range(size)])
        for size in (3, 45, 0, 10, 2)
    ]
    parts = [sum(len(lines) for _, lines in part) for part in backend._pieces(graphs)]
    assert parts == [10] * 6
    store = Embedded(tmp_path / "store", write=True)
    store.bulk_insert([(name, Packed.of(lines)) for name, lines in graphs])
    for name, lines in graphs:
        there = list(store.store.quads_for_pattern(None, None, None, ox.NamedNode(name)))
        assert len(there) == len(lines)
    store.close()
