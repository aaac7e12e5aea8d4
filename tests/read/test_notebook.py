"""Notebooks: Markdown cells are read, and every character has its place in the JSON."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import check, reads_as_markdown, said, words_of, written
from tests.read.test_markdown import notes
from waygraph.errors import ReadError
from waygraph.model import Document, Span
from waygraph.read.markdown import read_markdown
from waygraph.read.note import read_source
from waygraph.read.notebook import read_notebook

FORMS: list[dict[str, Any]] = [
    {}, {"indent": 1}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":")},
]  # fmt: skip


def cell(text: str | list[str], kind: str = "markdown", **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": text, **more}


def notebook(*cells: dict[str, Any], form: int = 0, **more: Any) -> bytes:
    tree = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(tree, **FORMS[form]).encode("utf-8", "surrogatepass")


def plain(there: str) -> str:
    """What a piece of the JSON says: escapes read, and what stands between two strings gone."""
    outside = '"' in there.replace('\\"', "")
    if outside:
        there = there[: there.index('"')] + there[there.rindex('"') + 1 :]
    return str(json.loads(f'"{there}"'))


def reads_as_notebook(here: str, there: str) -> bool:
    try:
        shown = plain(there)
    except ValueError:
        return False
    return here == shown or reads_as_markdown(here, shown) or here == "\ufffd"


def checked(document: Document) -> Document:
    check(document, reads_as_notebook, marked=False)
    for mark in document.marks:
        start, end = mark.outer
        assert plain(document.source[start:end])
    return document


CELLS = [
    cell(['# Títle "q" \U0001f642\n', "\n", "Some **bold** text &amp; [x](y.md)\n", "`co\\de`"]),
    cell(["# no comment\n"], "code", outputs=[{"text": ["no"]}], execution_count=None),
    cell("- a\n- b\n\n$$\nno\n$$\n"),
    cell("no", "raw"),
    cell([]),
    cell("```\nno"),
    cell("## Last\t\"\u00e9\""),
]  # fmt: skip


@pytest.mark.parametrize("form", range(len(FORMS)))
def test_markdown_cells_are_read_and_no_others(form: int) -> None:
    document = checked(read_notebook("n.ipynb", notebook(*CELLS, form=form)))
    assert document.title == 'Títle "q" \U0001f642'
    assert words_of(document) == [
        document.title, "Some bold text & x co\\de", "a", "b", 'Last "é"',
    ]  # fmt: skip
    assert [(link.target, said(document, link.span)) for link in document.links] == [("y.md", "x")]
    line = document.source[: document.source.index("Some")].count("\n") + 1
    assert document.links[0].line == line
    assert [s.heading for s in document.sections] == [document.title, 'Last "é"']
    assert document.warnings == (
        f"line {document.source[: document.source.index('```')].count(chr(10)) + 1}: "
        "the code fence is not closed",
    )


def test_escapes_map_as_wholes() -> None:
    data = rb'{"cells":[{"cell_type":"markdown","source":["a \u00e9\"\\x\/\ud83d\ude42 b\n","c"]}]}'
    document = checked(read_notebook("n.ipynb", data))
    assert document.text == 'a é"\\x/\U0001f642 b c'
    places = [(c, written(document, Span(i, i + 1))) for i, c in enumerate(document.text)]
    assert places == [
        ("a", "a"), (" ", " "), ("é", r"\u00e9"), ('"', r"\""), ("\\", r"\\"), ("x", "x"),
        ("/", r"\/"),
        ("\U0001f642", r"\ud83d\ude42"), (" ", " "), ("b", "b"), (" ", r"\n"), ("c", "c"),
    ]  # fmt: skip


def test_half_characters_are_replaced() -> None:
    data = rb'{"cells":[{"cell_type":"markdown","source":"a\ud800b\u0000c \ude42\ud83d"}]}'
    document = checked(read_notebook("n.ipynb", data))
    assert document.text == "a\ufffdb\ufffdc \ufffd\ufffd"
    document.text.encode()


@settings(max_examples=120)
@given(st.lists(notes(), min_size=1, max_size=3), st.sampled_from(range(len(FORMS))), st.data())
def test_any_markdown_reads_as_in_a_note(
    found: list[tuple[str, list[str], list[str]]], form: int, data: st.DataObject
) -> None:
    texts = [text for text, _, _ in found]
    split = [t.splitlines(keepends=True) if data.draw(st.booleans()) else t for t in texts]
    document = checked(read_notebook("n.ipynb", notebook(*map(cell, split), form=form)))
    # front matter counts in the first cell alone
    apart = [read_markdown("n.md", text.encode()) for text in texts]
    assert [said(document, b.span) for b in document.blocks][: len(apart[0].blocks)] == [
        said(apart[0], b.span) for b in apart[0].blocks
    ]
    if len(texts) == 1:
        assert (document.text, document.blocks) == (apart[0].text, apart[0].blocks)
        assert [(m.kind, m.span) for m in document.marks] == [
            (m.kind, m.span) for m in apart[0].marks
        ]
        links = [(link.kind, link.span, link.target) for link in apart[0].links]
        assert [(link.kind, link.span, link.target) for link in document.links] == links
        words = document.text.split()
        plain = {w for w in words if w.isalnum() and w.isascii() and words.count(w) == 1}
        for word in (w for w in plain if w in texts[0]):  # not "aw", of "a*b a*w"
            start = document.text.index(word)
            assert written(document, Span(start, start + len(word))) == word


@settings(max_examples=200)
@given(st.lists(st.text('a1 \t\n\r"\\/é\U0001f642\u200b*_`[](){}<>#&;-', max_size=30), max_size=3))
def test_any_text_keeps_the_promises(texts: list[str]) -> None:
    for form in range(len(FORMS)):
        checked(read_notebook("n.ipynb", notebook(*map(cell, texts), form=form)))


# --- front matter, metadata, older forms ------------------------------------------------


@pytest.mark.parametrize("kind", ["raw", "markdown"])
def test_front_matter_in_the_first_cell(kind: str) -> None:
    matter = '---\ntitle: "A* search"\ndate: 2023-04-31\ntags: [x, y]\n---\n'
    data = notebook(cell(matter, kind), cell("text"), form=1)
    document = checked(read_notebook("2024-01-02 n.ipynb", data))
    assert (document.title, document.tags, document.date) == ("A* search", ("x", "y"), "2024-01-02")
    assert words_of(document) == ["A* search", "x", "y", "text"]
    line = document.source[: document.source.index("title")].count("\n") + 1
    assert document.warnings == (f"line {line}: the date 2023-04-31 does not exist",)


def test_metadata_of_the_notebook() -> None:
    more = {"title": "Gräphs", "date": "2024-01-02", "tags": ["x", "y z"], "n": 1}
    document = checked(read_notebook("n.ipynb", notebook(cell("# H\n\ntext"), metadata=more)))
    assert (document.title, document.date, document.tags) == ("Gräphs", "2024-01-02", ("x", "y z"))
    assert words_of(document) == ["Gräphs", "x", "y z", "H", "text"]


def test_version_3() -> None:
    cells = [cell("Title *x*", "heading", level=2), cell("no", "code", input="no"), cell("text")]
    tree = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": cells}]}
    document = checked(read_notebook("n.ipynb", json.dumps(tree).encode()))
    assert [(b.kind, b.level, said(document, b.span)) for b in document.blocks] == [
        ("heading", 2, "Title x"), ("paragraph", 0, "text"),
    ]  # fmt: skip


def test_days_in_a_notebook() -> None:
    cells = [cell("# Log"), cell("## Day 1"), cell("one"), cell("## Day 2"), cell("", "code")]
    document = checked(read_notebook("Day012.ipynb", notebook(*cells)))
    assert document.day == 12
    assert [(s.heading, s.day) for s in document.sections] == [
        ("Log", None), ("Day 1", 1), ("Day 2", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tree", [b'{"cells": []}', b'\xef\xbb\xbf{"cells":[]}', b'{"cells":[1,{}]}']
)
def test_nothing_to_read(tree: bytes) -> None:
    document = checked(read_source("a/n.ipynb", tree))
    assert (document.title, document.text, document.sections) == ("n", "", ())


# --- what is broken ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b'{"cells": [\n\n{"cell_type" "markdown"}]}', 3, "is no JSON: Expecting ':' delimiter"),
        (b'{"cells": [', 1, "is no JSON: Expecting value"),
        (b"", 1, "is no JSON: Expecting value"),
        (b'{"cells": []}\n\n}', 3, "is no JSON: Extra data"),
        (b'{"a": "\n"}', 1, "is no JSON: Invalid control character at"),
        (b"version https://git-lfs", 1, "is no JSON: Expecting value"),
        (b"[]", None, "holds no list of cells: this is no Jupyter notebook"),
        (b'{"cells": {}}', None, "holds no list of cells: this is no Jupyter notebook"),
        (b"[" * 100_000, None, "is JSON nested too deeply"),
        (b'{"cells": "\xff"}', 1, "byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_notebook(data: bytes, line: int | None, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_notebook("a/n.ipynb", data)
    assert (caught.value.address, caught.value.line, caught.value.reason) == (
        "a/n.ipynb", line, reason,
    )  # fmt: skip
    assert caught.value.hint


@settings(max_examples=200)
@given(st.data())
def test_a_notebook_cut_or_changed_is_read_or_refused(data: st.DataObject) -> None:
    whole = notebook(*CELLS, form=1)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 9)))
    broken = whole[:start] + data.draw(st.binary(max_size=3)) + whole[end:]
    try:
        checked(read_notebook("n.ipynb", broken))
    except ReadError as error:
        assert error.reason


@pytest.mark.parametrize(
    "value",
    [1e999, "1" * 5_000, None, True, {"source": "x"}, [["x"]], ["x", 1, None], {"a": {"b": []}}],
    ids=repr,
)
def test_values_of_odd_types_are_passed_over(value: Any) -> None:
    tree = {"cells": [{"cell_type": "markdown", "source": value}, {"cell_type": value}, value,
                      cell("text")], "metadata": value}  # fmt: skip
    document = checked(read_notebook("n.ipynb", json.dumps(tree).encode()))
    assert document.text.endswith("text")


def test_large_numbers_do_no_harm() -> None:
    data = notebook(cell("text", count=0)).replace(b'"count": 0', b'"count": ' + b"9" * 10_000)
    assert read_notebook("n.ipynb", data).text == "text"


def test_a_notebook_of_2_megabytes_is_quick() -> None:
    image = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo" * 60_000}}
    table = {"output_type": "stream", "text": [f'row {n} \\ "x"\n' for n in range(30_000)]}
    cells = [cell(f"## Part {n}\n\nA **graph** is a set.\n") for n in range(200)]
    data = notebook(*cells, cell("x", "code", outputs=[image, image, table]), form=1)
    assert len(data) > 2_000_000
    start = time.process_time()
    document = read_notebook("n.ipynb", data)
    assert time.process_time() - start < 3
    assert len(document.sections) == 200
    check(document, reads_as_notebook, marked=False)
