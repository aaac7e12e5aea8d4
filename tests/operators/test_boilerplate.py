"""Blocks marked as boilerplate give neither sentences nor candidates nor mentions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from waygraph.model import Concept, ConceptTable, Document, Lexicon, Parse, Target, Targets
from waygraph.operators.candidates import candidates
from waygraph.operators.mentions import mentions
from waygraph.operators.parsing import parse
from waygraph.read.markdown import read_markdown

TEXT = "# Heap\n\nA **heap** is a tree.\n\n## Amber heap\n\nBy the **zebra heap** of [[tree]].\n"


@pytest.fixture
def document() -> Document:
    """A note whose last two blocks are boilerplate."""
    plain = read_markdown("heap.md", TEXT.encode())
    blocks = [*plain.blocks[:2], *(replace(b, boilerplate=True) for b in plain.blocks[2:])]
    return replace(plain, blocks=tuple(blocks))


def test_candidates(document: Document) -> None:
    targets = Targets("heap.md", (Target("tree.md", "Tree", True),))
    (found,) = candidates([document], [targets], [Parse(())])
    assert {(c.label, c.origin) for c in found.found} == {("Heap", "page"), ("heap", "strong")}


def test_mentions(document: Document) -> None:
    table = ConceptTable((Concept("heap", "heap", (), ("heap",), 1.0),))
    (none,) = candidates([document], [Targets("heap.md", (Target(),))], [Parse(())])
    (found,) = mentions([document], [none], Lexicon(table), [Targets("heap.md", (Target(),))])
    said = [document.text[m.span.start : m.span.end] for m in found.found]
    assert said == ["Heap", "heap"]


@pytest.mark.slow
def test_parse(document: Document) -> None:
    (parsed,) = parse([document])
    assert [document.text[s.start : s.end] for s in parsed.sentences] == [
        "Heap",
        "A heap is a tree.",
    ]
