"""MDX: what is code of a component is no prose, and every character keeps its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.read.checks import check, read, reads_as_markdown, words_of, written
from waygraph.read.mdx import plain_markdown
from waygraph.read.web.article import read_article

NOTE = """\
---
title: Heaps
---

import { Chart,
  Axis } from '../components/chart.js'
import snowfall from "./snowfall.js"
export const year = 2023
export function Label(props) {
  return <b>{props.children}</b>
}

# A heap of {year}  {/* to be checked */}

A **heap** is a tree {props.shape} in order. Since `{code}` stays, so does $\\frac{a}{b}$.

<Chart year={year} data={{rows: [1, 2], axis: {min: 0}}} color="#fc{a}" {...rest}>

A chart holds prose with a [link](tree.md).

</Chart>

<>
  <Note kind="tip">A note in a tag.</Note> And more
</>

{rows.map(row => (
  <tr key={row.id}>{row.name}</tr>
))}

- {/* hidden item comment */} An item
- Import duties are taxes

import taxes are paid here.

```js
import kept from "kept"
const kept = {a: 1}
```

<Wide
  onClick={() => open({a: 1})}
/>

The end \\{escaped} and an open { brace.
"""


def test_what_is_no_prose_is_not_read() -> None:
    document = read(NOTE, "heap.mdx")
    check(document)
    assert document.title == "Heaps"
    said = words_of(document, "heading", "paragraph", "item")
    text = "\n".join(said)
    for gone in ("snowfall", "components", "year", "props", "checked", "rows", "row", "#fc", "rest",
                 "hidden", "<>", "Label", "onClick", "Chart", "tip", "min"):  # fmt: skip
        assert gone not in text, gone
    for kept in ("A heap of", "A heap is a tree", "{code}", "A chart holds prose with a link.",
                 "A note in a tag. And more", "An item", "Import duties are taxes",
                 "import taxes are paid here.",
                 "The end {escaped} and an open { brace."):  # fmt: skip
        assert kept in text.replace("  ", " "), kept
    assert [link.target for link in document.links] == ["tree.md"]
    (heading,) = (b for b in document.blocks if b.kind == "heading")
    assert written(document, heading.span).startswith("A heap of")


def test_a_markdown_note_keeps_its_braces() -> None:
    said = read("A set {a, b} of letters.\n\nimport x from 'y'\n", "set.md")
    assert words_of(said, "paragraph") == ["A set {a, b} of letters.", "import x from 'y'"]


PIECES = st.lists(
    st.sampled_from(
        ["{", "}", "{a}", "{/* b */}", "<A b={c}>", "</A>", "<>", "</>", "`", "```", "$", "$$",
         "\\", "import x from 'y'", "export const a = {\n", "\n", "\n\n", "\r\n", "word ", "# ",
         "- ", "> ", '"', "'", "<", ">", "=", "    ", "|", "é", "\t"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(PIECES)
def test_any_text_keeps_every_place(text: str) -> None:
    plain = plain_markdown(text)
    assert len(plain) == len(text)
    assert [c for c in plain if c in "\r\n"] == [c for c in text if c in "\r\n"]
    document = read(text, "x.mdx")
    # a line's end may stand for what is masked around it
    check(document, lambda here, there: here.isspace() or reads_as_markdown(here, there), False)


@pytest.mark.parametrize(
    "piece", ["{", "<a ", "`a", "$a", "{a{", "<A b={", "import {", "{{{{{", "<"]
)
def test_much_of_what_never_ends_is_read_in_linear_time(piece: str) -> None:
    # as long as it takes at all: what grows with the square would not end
    assert len(plain_markdown(piece * 20_000)) == 20_000 * len(piece)


def test_a_page_of_the_web_too() -> None:
    url = "https://example.org/heap.mdx"
    page = read_article(url, NOTE.encode(), "text/plain").document
    assert "snowfall" not in page.text
    assert "A heap is a tree" in page.text


def test_a_real_page(shared: Path) -> None:
    for file in (shared / "articles" / "files").glob("*.mdx"):
        document = read(file.read_text(encoding="utf-8"), file.name)
        check(document, marked=False)
        assert "prettier-ignore" not in document.text
        assert "cols=" not in document.text
        assert "Manage and version your data" in document.text
