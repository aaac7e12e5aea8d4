"""Markdown: nothing is lost, and every character of the text has its place in the source."""

from __future__ import annotations

import html
import re

from hypothesis import example, given, settings
from hypothesis import strategies as st


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
        # between blocks stand empty lines alone, as between paragraphs
        assert re.fullmatch("(?:\n\n)+" if before else "", document.text[before : block.span.start])
        before = block.span.end
    assert not document.text[before:].strip()
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
            assert link.target.rstrip("\\") in outer(document, mark)


def check_sections(document: Document) -> None:
    spans = [section.span for section in document.sections]
    assert "".join(said(document, span) for span in spans) == document.text
    assert all(section.words == len(said(document, section.span).split())
               for section in document.sections)  # fmt: skip
    for section in document.sections:
        assert said(document, section.span).startswith(section.heading)


# --- properties -------------------------------------------------------------------------

# In templates "@" becomes a word that the text must show, "£" one that it must not,
# "¤" one that depends on what stands around it.
LINE = [
    "@", "*@*", "**@ @**", "***@** @*", "__@__", "_@_", "~~@~~", "`@`", "`` @ ` @ ``", "` @ `",
    "[@](x.md)", '[@ *@*](<a b.md> "title")', "[@][ref]", "[**@** @](https://e.org/a%20b)",
    "<https://e.org/@>", "https://e.org/@_x?y=1&z=2.", "(https://e.org/@_(a))",
    "[[@]]", "[[page|@]]", "![[@]]", "[[#@]]", "[[page|@ @]]", "\\[[@]]",
    "&amp; @ &lt;", "&copy;@", "&#42;@&ngE;", "\\*@\\*", "\\# @", "@\u00a0@", "\U0001f642@",
    "漢字@语", "$@^2$", "@ $$@$$.", "@ $5 and $6", "![¤](i.png)", "[@ ![¤](i.png)](y.md)",
    "<b>@</b>", "@ <!-- ¤ --> @", "a*@", "*@ @", "`@", "[@", "@](x)", "@ # @ #", "\u200b@",
    "e\u0301@", "@\t@", "|@", "@ | @", "1@", "@%2F@",
]  # fmt: skip
LINES = [*LINE, "@  \n@", "@\\\n@", "@\n@", "@ \n  @", "`@\n@`", "**@\n@**", "[@\n@](u.md)",
         "$@\n@$", "@\n\t@ @", "[@](\nu.md)", "@\n\u00a0\n@"]  # fmt: skip


def templates(options: list[str], most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(options), min_size=1, max_size=most).map(" ".join)


def table(rows: list[tuple[str, str]], pipes: bool) -> str:
    left, right = ("| ", " |") if pipes else ("", "")
    lines = [f"{left}{one} | {two}{right}" for one, two in rows]
    return "\n".join([lines[0], "|---|---|", *lines[1:]])


one_line, paragraph = templates(LINE, 4), templates(LINES, 6)
cell = one_line.map(lambda text: text.replace("\\", "").replace("|", "\\|"))
leaf = st.one_of(
    paragraph,
    st.builds("{} {}".format, st.sampled_from(["#", "##", "######"]), one_line),
    st.builds("# {} #".format, one_line),
    st.builds("@ {}\n{}".format, paragraph, st.sampled_from(["===", "---"])),
    st.builds(table, st.lists(st.tuples(cell, cell), min_size=1, max_size=3), st.booleans()),
    st.sampled_from(["```\n£ # £\n```", "    ¤", "~~~ py\n£\n\n# £\n~~~", "$$\n£\n$$", "___",
                     "<!--\n£\n-->", "[ref]: https://e.org/ref"]),
)  # fmt: skip


def contain(marker: str, parts: list[str]) -> str:
    """Blocks in a quote or a list item."""
    rest = marker if marker == "> " else " " * len(marker)
    lines = "\n\n".join(parts).split("\n")
    return "\n".join((rest if number else marker) + line for number, line in enumerate(lines))


body = st.lists(
    st.recursive(
        leaf,
        lambda inner: st.builds(
            contain,
            st.sampled_from(["> ", "- ", "1. ", "12) ", "*   "]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=5,
    ),
    min_size=1,
    max_size=4,
).map("\n\n".join)
FRONT = ["", '---\ntitle: "@ @"\ntags: [@, x @]\naliases:\n- @\n---\n', "\n---\ntitle: @\n...\n"]


@st.composite
def notes(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A note, the words it shows and the words it does not."""
    template = draw(st.sampled_from(FRONT)) + draw(body) + draw(st.sampled_from(["", "\n\n```\n£"]))
    shown: list[str] = []
    hidden: list[str] = []

    def name(match: re.Match[str]) -> str:
        word = f"w{len(shown) + len(hidden)}q"
        (shown if match.group() == "@" else hidden).append(word)
        return word

    text = re.sub("[@£]", name, template).replace("¤", "maybe")
    return text, shown, hidden


@settings(max_examples=8000, deadline=None)
@given(notes(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
def test_every_word_has_its_place(
    note: tuple[str, list[str], list[str]], newline: str, mark: str
) -> None:
    text, shown, hidden = note
    document = read(mark + text.replace("\n", newline))
    check(document)
    for word in shown:
        assert document.text.count(word) == 1, word
        start = document.text.index(word)
        place = document.source.index(word)
        assert document.offsets.source_start(start) == place, word
        assert document.offsets.source_end(start + len(word)) == place + len(word), word
    assert not [word for word in hidden if word in document.text]


@settings(max_examples=20000, deadline=None)
@given(st.text("ab1 \t\n\r>-*_`~[]()|\\#=$!&;:<.\"\u00a0\u2028\x0b\U0001f642", max_size=60))
def test_any_text_keeps_the_promises(text: str) -> None:
    check(read(text))


@settings(max_examples=8000, deadline=None)
@given(st.lists(st.sampled_from(["1", "1. ", "- ", "> ", "| ", "|", "\\|", "#", " ", "\n", "\n|-|-|\n",
                                 "\n===\n", "\t", "    ", "`", "**", "*", "__", "a"]), max_size=30))  # fmt: skip
def test_any_structure_keeps_the_promises(parts: list[str]) -> None:
    check(read("".join(parts)))
