"""Comments in notes that are addressed to waygraph: found with their lines, and no text."""

from __future__ import annotations

import pytest

from waygraph.read.note import read_source


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.md", "# H\n\n<!-- waygraph: reject pile -->\n", [(3, "reject pile")]),
        ("a.md", "Text <!-- waygraph: know heap --> on.\n", [(1, "know heap")]),
        ("a.md", "<!--\nwaygraph:\n  know heap\n\n  know tree\n-->\n",
         [(3, "know heap"), (5, "know tree")]),
        ("a.md", "%% waygraph: know heap %%\n\nA %% waygraph: know tree %% b\n",
         [(1, "know heap"), (3, "know tree")]),
        ("a.md", "%%\nwaygraph: know heap\nknow tree\n%%\n", [(2, "know heap"), (3, "know tree")]),
        ("a.md", "> <!-- waygraph: know heap -->\n> quoted\n", [(1, "know heap")]),
        ("a.md", "---\ntitle: x\n---\n\n<!-- waygraph: know heap -->\n", [(5, "know heap")]),
        ("a.org", "* H\n# waygraph: know heap\ntext\n", [(2, "know heap")]),
        # what shows a comment is none, nor is one to others or one that is not closed
        ("a.md", "```\n<!-- waygraph: know heap -->\n```\n", []),
        ("a.md", "Write `<!-- waygraph: know heap -->` so.\n", []),
        ("a.md", "<!-- waygraphs: know heap -->\n\n<!-- to do: waygraph: no -->\n", []),
        ("a.md", "<!-- waygraph: know heap\n", []),
        ("a.txt", "<!-- waygraph: know heap -->\n", []),
    ],
)  # fmt: skip
def test_comments(name: str, source: str, expected: list[tuple[int, str]]) -> None:
    document = read_source(name, source.encode())
    assert list(document.comments) == expected
    if expected:
        assert "waygraph" not in document.text


def test_comments_in_a_notebook_have_lines_of_the_file() -> None:
    said = '["# H\\n", "<!-- waygraph: know heap -->"]'
    cell = f'{{"cell_type": "markdown", "metadata": {{}}, "source": {said}}}'
    source = f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}},\n "cells": [\n{cell}]}}\n'
    assert read_source("a.ipynb", source.encode()).comments == ((3, "know heap"),)
