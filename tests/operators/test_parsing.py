"""The language model: sentences and noun phrases, block by block."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from waygraph.errors import ComputeGraphError
from waygraph.model import Document, Parse
from waygraph.operators import parsing
from waygraph.operators.parsing import language_identity, load_language, parse
from waygraph.read.markdown import read_markdown

BODY = """---
title: Weighted graphs
tags: [search]
---
# Weighted graphs

The same old **weighted graph** is a fine data structure. It has two edges!

- A priority queue of nodes.
"""


def test_a_model_that_is_not_there_is_no_traceback() -> None:
    with pytest.raises(ComputeGraphError, match="no whole path") as caught:
        load_language("no_such_model_here")
    assert "auto" in caught.value.hint


LOADED = """
import sys
from waygraph.operators.parsing import load_language
load_language({model!r})
print("torch" in sys.modules)
import torch
print(torch.__name__)
"""


@pytest.mark.slow
@pytest.mark.parametrize(("model", "loaded"), [("auto", "False"), ("{folder}", "True")])
def test_a_small_model_comes_without_torch_which_may_come_later(
    model: str, loaded: str, tmp_path: Path
) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "model")  # who knows what one's own model needs
    program = LOADED.format(model=model.format(folder=tmp_path / "model"))
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [loaded, "torch"]


@pytest.mark.slow
def test_sentences_and_noun_phrases() -> None:
    document = read_markdown("x.md", BODY.encode())
    [found] = parse([document])
    text = document.text
    sentences = [text[s.start : s.end] for s in found.sentences]
    assert sentences == [
        "Weighted graphs",
        "Weighted graphs",
        "The same old weighted graph is a fine data structure.",
        "It has two edges!",
        "A priority queue of nodes.",
    ]
    phrases = [text[p.span.start : p.span.end] for p in found.phrases]
    # determiners and weak adjectives are off
    assert {"weighted graph", "fine data structure", "edges", "priority queue", "nodes"} <= {
        *phrases
    }
    assert all(len(p.tags) >= len(text[p.span.start : p.span.end].split()) for p in found.phrases)


@pytest.mark.slow
def test_a_parse_depends_on_its_document_alone(checkout: Path) -> None:
    paths = sorted((checkout / "data" / "notes").glob("*.md"))[:4]
    documents = [read_markdown(path.name, path.read_bytes()) for path in paths]
    together = parse(documents)
    assert together == [parse([document])[0] for document in documents]
    assert together[::-1] == parse(documents[::-1], batch_size=3)
    for document, found in zip(documents, together, strict=True):
        _check(document, found)


def _check(document: Document, found: Parse) -> None:
    """Everything lies in its block, in order."""
    spans = [block.span for block in document.blocks]
    for span in (*found.sentences, *(phrase.span for phrase in found.phrases)):
        assert span.start < span.end
        assert any(b.start <= span.start and span.end <= b.end for b in spans)
        text = document.text[span.start : span.end]
        assert text == text.strip()
    for ordered in (found.sentences, [phrase.span for phrase in found.phrases]):
        assert all(a.end <= b.start for a, b in pairwise(ordered))


@pytest.mark.slow
def test_the_identity_names_the_model_and_its_version() -> None:
    assert "spacy 3.8" in language_identity(model="auto", batch_size=16)
    assert language_identity(model="auto", batch_size=16).split(", ")[1].count(" ") == 1


@pytest.mark.slow
def test_a_block_that_stands_twice_is_read_in_both_places() -> None:
    said = "A binary heap is a tree. It keeps the smallest key at its root."
    twice, once = (
        read_markdown("heap.md", f"# Binary heap\n\n{body}\n".encode())
        for body in (f"{said}\n\nMore.\n\n{said}", said)
    )
    (both,), (alone,) = parse([twice]), parse([once])
    _check(twice, both)
    quoted = [twice.text[span.start : span.end] for span in both.sentences]
    assert quoted.count("A binary heap is a tree.") == 2
    count = len(alone.tokens)
    assert [t.tag for t in both.tokens[:count]] == [t.tag for t in alone.tokens]
    assert list(both.tokens) == sorted(both.tokens)


@pytest.mark.slow
def test_the_parser_is_never_given_much_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "\n\n".join(f"Heap {n} is a tree. It keeps the key {n} at its root." for n in range(40))
    document = read_markdown("heap.md", f"# Binary heap\n\n{said}\n".encode())
    whole = parse([document])
    language, given = load_language("auto"), list[list[str]]()
    pipe = language.pipe

    def noted(texts: list[str], **settings: Any) -> Iterator[Any]:
        given.append(list(texts))
        return pipe(texts, **settings)

    monkeypatch.setattr(language, "pipe", noted)
    monkeypatch.setattr(parsing, "PARSED_TOGETHER", 300)
    assert parse([document]) == whole
    assert len(given) > 5
    assert max(sum(map(len, texts)) for texts in given) <= 300
    assert len({text for texts in given for text in texts}) == 41
