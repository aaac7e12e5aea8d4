"""Markdown: nothing is lost, and every character of the text has its place in the source."""

from __future__ import annotations

import html
import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from waygraph.errors import ReadError
from waygraph.model import Block, Document, Link, Mark, Span
from waygraph.read.markdown import folded, read_markdown

KINDS = {"title", "tag", "alias", "heading", "paragraph", "item", "cell"}
NEWLINE = re.compile(r"\r\n|\r|\n")


def read(text: str, address: str = "note.md") -> Document:
    return read_markdown(address, text.encode())


def words_of(document: Document, *kinds: str) -> list[str]:
    """The text of all blocks of these kinds."""
    return [said(document, b.span) for b in document.blocks if not kinds or b.kind in kinds]


def said(document: Document, span: Span) -> str:
    return document.text[span.start : span.end]


def written(document: Document, span: Span) -> str:
    """What stands in the source for a span of the text."""
    start, end = document.offsets.source_start(span.start), document.offsets.source_end(span.end)
    return document.source[start:end]


def outer(document: Document, mark: Mark) -> str:
    return document.source[mark.outer[0] : mark.outer[1]]


def blanks(text: str) -> str:
    return re.sub(r"\s", " ", text)


# --- what holds for every document ------------------------------------------------------


def check(document: Document) -> None:
    """Every promise that ``model`` makes about a document's spans."""
    check_map(document)
    check_blocks(document)
    check_marks(document)
    check_links(document)
    check_sections(document)


def check_map(document: Document) -> None:
    text, source, offsets = document.text, document.source, document.offsets
    assert document.lines == (0, *(match.end() for match in NEWLINE.finditer(source)))
    assert offsets.text_length == len(text)
    assert offsets.starts[0] == 0
    borders = [*offsets.starts, len(text)]
    for start, end, place, length in zip(
        borders, borders[1:], offsets.sources, offsets.lengths, strict=False
    ):
        assert start < end or not text
        assert 0 <= place <= place + length <= len(source)
        here, there = text[start:end], source[place : place + length]
        assert offsets.source_start(start) == place
        assert offsets.source_end(end) == place + length or not text
        if len(here) == length:
            # a line break reads as a blank; every other character stands there as it is
            assert blanks(here) == blanks(there)
            middle = (start + end) // 2
            assert offsets.source_start(middle) == place + middle - start
        elif here == "\n\n":
            assert length == 0
        elif here in (" ", "\n"):
            assert re.fullmatch(r"(?: *|\\)(?:\r\n?|\n)[\s>]*", there), repr(there)
        elif not here.isspace():
            assert here in (there.removeprefix("\\"), html.unescape(there), "\ufffd"), there


def check_blocks(document: Document) -> None:
    before = 0
    for block in document.blocks:
        assert block.kind in KINDS
        assert (1 <= block.level <= 6) == (block.kind == "heading")
        assert block.span.start < block.span.end <= len(document.text)
        if before:
            assert document.text[before : block.span.start] == "\n\n"
        before = block.span.end
    assert before == len(document.text)
    body = [b for b in document.blocks if b.kind not in ("title", "tag", "alias")]
    places = [document.offsets.source_start(b.span.start) for b in body]
    assert places == sorted(places)


BALANCED = {
    "strong": re.compile(r"(\*\*|__).*\1", re.S),
    "emphasis": re.compile(r"([*_]).*\1", re.S),
    "code": re.compile(r"(`+)[^`].*(?<!`)\1|(`+)[^`]\2", re.S),
    "math": re.compile(r"(\$\$?).*\1", re.S),
    "link": re.compile(r"!?\[.*[\])]", re.S),
    "url": re.compile(r"<[^<>]+>|https?://\S+"),
}


def check_marks(document: Document) -> None:
    assert list(document.marks) == sorted(document.marks, key=lambda m: (m.span, m.kind))
    for mark in document.marks:
        start, end = mark.outer
        assert mark.span.start < mark.span.end
        assert 0 <= start <= document.offsets.source_start(mark.span.start)
        assert document.offsets.source_end(mark.span.end) <= end <= len(document.source)
        assert BALANCED[mark.kind].fullmatch(outer(document, mark)), (mark, outer(document, mark))
        assert document.source_span(mark.span)[0] <= start
        assert document.source_span(mark.span)[1] >= end


def check_links(document: Document) -> None:
    marks = {(m.span, m.kind == "url"): m for m in document.marks if m.kind in ("link", "url")}
    for link in document.links:
        assert any(
            b.span.start <= link.span.start and link.span.end <= b.span.end
            for b in document.blocks
        )
        mark = marks[link.span, link.kind == "url"]
        assert link.line == len(NEWLINE.findall(document.source, 0, mark.outer[0])) + 1
        assert link.line == document.line_of(mark.outer[0])
        if link.kind in ("wikilink", "embed"):
            assert outer(document, mark).lstrip("!").startswith("[[")
            assert link.target in outer(document, mark).replace("\\|", "|")


def check_sections(document: Document) -> None:
    spans = [section.span for section in document.sections]
    assert "".join(said(document, span) for span in spans) == document.text
    assert all(section.words == len(said(document, section.span).split())
               for section in document.sections)  # fmt: skip
    for section in document.sections:
        assert said(document, section.span).startswith(section.heading)


# --- properties -------------------------------------------------------------------------

# In templates "@" becomes a word that the text must show, "!" one that it must not.
LINE = [
    "@", "*@*", "**@ @**", "***@** @*", "__@__", "_@_", "~~@~~", "`@`", "`` @ ` @ ``", "` @ `",
    "[@](x.md)", '[@ *@*](<a b.md> "title")', "[@][ref]", "[**@** @](https://e.org/a%20b)",
    "<https://e.org/@>", "https://e.org/@_x?y=1&z=2.", "(https://e.org/@_(a))",
    "[[@]]", "[[page|@]]", "![[@]]", "[[#@]]", "[[page|@ @]]", "\\[[@]]",
    "&amp; @ &lt;", "&copy;@", "&#42;@&ngE;", "\\*@\\*", "\\# @", "@\u00a0@", "\U0001f642@",
    "漢字@语", "$@^2$", "$$@$$", "@ $5 and $6", "![~](i.png)", "[@ ![~](i.png)](y.md)",
    "<b>@</b>", "@ <!-- ~ --> @", "a*@", "*@ @", "`@", "[@", "@](x)", "@ # @ #", "\u200b@",
    "e\u0301@", "@\t@", "|@", "@ | @", "1@", "@%2F@",
]  # fmt: skip
LINES = [*LINE, "@  \n@", "@\\\n@", "@\n@", "@ \n  @", "`@\n@`", "**@\n@**", "[@\n@](u.md)",
         "$@\n@$", "@\n\t@ @", "[@](\nu.md)"]  # fmt: skip


def join(parts: list[str]) -> str:
    return " ".join(parts)


one_line = st.lists(st.sampled_from(LINE), min_size=1, max_size=4).map(join)
paragraph = st.lists(st.sampled_from(LINES), min_size=1, max_size=6).map(join)
cell = one_line.map(lambda text: text.replace("\\", "").replace("|", "\\|"))


def table(rows: list[list[str]], pipes: bool) -> str:
    ends = ("| ", " |") if pipes else ("", "")
    lines = [ends[0] + " | ".join(row) + ends[1] for row in rows]
    return "\n".join([lines[0], "|---|---|", *lines[1:]])


leaf = st.one_of(
    paragraph,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "######"]), one_line),
    st.builds("# {} #".format, one_line),
    st.builds("@ {}\n{}".format, paragraph, st.sampled_from(["===", "---"])),
    st.builds(table, st.lists(st.lists(cell, min_size=2, max_size=2), min_size=1, max_size=3),
              st.booleans()),
    st.sampled_from(["```\n~ # ~\n```", "    ~", "~~~ py\n~\n\n# ~\n~~~", "$$\n~\n$$", "---",
                     "<!--\n~\n-->", "[ref]: https://e.org/ref"]),
)  # fmt: skip


def inside(opening: str, rest: str, blocks: list[str]) -> str:
    lines = "\n\n".join(blocks).split("\n")
    return "\n".join((rest if number else opening) + line for number, line in enumerate(lines))


blocks = st.recursive(
    st.lists(leaf, min_size=1, max_size=3),
    lambda inner: st.lists(
        st.builds(
            inside,
            *(st.shared(st.sampled_from([0, 1, 2, 3]), key="c").map(x.__getitem__)
              for x in (["> ", "- ", "1. ", ">"], ["> ", "  ", "   ", ">"])),
            inner,
        ),
        min_size=1,
        max_size=2,
    ),
    max_leaves=6,
)  # fmt: skip
