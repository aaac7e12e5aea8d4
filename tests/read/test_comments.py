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
        ("a.md", "---\ntitle: x\n---\n\n<!-- waygraph: know heap -->\n", [(5, "know heap")]),
        ("a.org", "* H\n# waygraph: know heap\ntext\n", [(2, "know heap")]),
        # what shows a comment is none, nor is one to others or one that is not closed
        ("a.md", "```\n<!-- waygraph: know heap -->\n```\n", []),
        ("a.md", "Write `<!-- waygraph: know heap -->` so.\n", []),
        ("a.md", "<!-- waygraphs: know heap -->\n\n<!-- to do: waygraph: no -->\n", []),
        ("a.md", "<!-- waygraph: know heap\n", []),
        ("a.txt", "<!-- waygraph: know heap -->\n", []),
        # what is quoted was said by another: of that the reader is told
        ("a.md", "> <!-- waygraph: know heap -->\n> quoted\n", "line 1: a decision in a quotation"),
        ("a.md", "> A <!-- waygraph: know heap --> b\n", "line 1: a decision in a quotation"),
        ("a.md", "- > > %% waygraph: know heap %%\n", "line 1: a decision in a quotation"),
        ("a.md", "x\n\n> a\n>\n> %%\n> waygraph: know heap\n> %%\n", []),
        ("a.md", "<blockquote>\n\nA\n\n<!-- waygraph: know heap -->\n\n</blockquote>\n\nB\n",
         "line 5: a decision in a quotation"),
        ("a.md", "<pre>\nA <!-- waygraph: know heap -->\n</pre>\n", "line 2: a decision"),
        ("a.md", "A <q>b <!-- waygraph: know heap --> c</q>\n", "line 1: a decision in a"),
        ("a.md", "A <CODE c=x><!-- waygraph: know heap --></CODE>\n", "line 1: a decision in a"),
        ("a.org", "#+begin_quote\nA\n# waygraph: know heap\n#+end_quote\n", "line 3: a decision"),
        ("a.org", "#+BEGIN_VERSE\n# waygraph: know heap\n#+END_VERSE\n", "line 2: a decision"),
        # in a file that waygraph wrote it was said by whoever wrote the source
        ("a.md", "---\ngenerator: waygraph vault\n---\n\n<!-- waygraph: know heap -->\n",
         "line 5: a decision in a file that waygraph wrote"),
        ("a.md", "---\ngenerator: 'waygraph path'\n---\nA %% waygraph: know heap %%\n",
         "line 4: a decision in a file that waygraph wrote"),
    ],
)  # fmt: skip
def test_comments(name: str, source: str, expected: list[tuple[int, str]] | str) -> None:
    document = read_source(name, source.encode())
    if isinstance(expected, str):
        assert document.comments == ()
        assert [said for said in document.warnings if said.startswith(expected)]
        return
    assert list(document.comments) == expected
    if expected:
        assert "waygraph" not in document.text


@pytest.mark.parametrize(
    "before",
    ["<blockquote>A</blockquote>\n\n", "> A\n\n", "Say `<pre>` so.\n\n", "A <code>b\n\n",
     "---\ngenerator: Hugo\n---\n\n", "```\n<pre>\n```\n\n"],
)  # fmt: skip
def test_behind_a_quotation_a_decision_counts(before: str) -> None:
    document = read_source("a.md", f"{before}<!-- waygraph: know heap -->\n".encode())
    assert [words for _, words in document.comments] == ["know heap"]


def test_comments_in_a_notebook_have_lines_of_the_file() -> None:
    said = '["# H\\n", "<!-- waygraph: know heap -->"]'
    cell = f'{{"cell_type": "markdown", "metadata": {{}}, "source": {said}}}'
    source = f'{{"nbformat": 4, "nbformat_minor": 5, "metadata": {{}},\n "cells": [\n{cell}]}}\n'
    assert read_source("a.ipynb", source.encode()).comments == ((3, "know heap"),)
