"""Markdown: nothing is lost, and every character of the text has its place in the source."""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from waygraph.errors import ReadError
from waygraph.model import Document, Mark, Span
from waygraph.read.front_matter import read_front_matter
from waygraph.read.markdown import read_markdown

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
            b.span.start <= link.span.start and link.span.end <= b.span.end for b in document.blocks
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


@settings(max_examples=250, deadline=None)
@given(notes(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\ufeff"]))
def test_every_word_has_its_place(
    note: tuple[str, list[str], list[str]], newline: str, mark: str
) -> None:
    text, shown, hidden = note
    document = read(mark + text.replace("\n", newline))
    check(document)
    plain = read(text)
    assert (document.text, document.blocks) == (plain.text, plain.blocks)
    for word in shown:
        assert document.text.count(word) == 1, word
        start = document.text.index(word)
        place = document.source.index(word)
        assert document.offsets.source_start(start) == place, word
        assert document.offsets.source_end(start + len(word)) == place + len(word), word
    assert not [word for word in hidden if word in document.text]


@settings(max_examples=600, deadline=None)
@given(st.text('ab1 \t\n\r>-*_`~[]()|\\#=$!&;:<."\u00a0\u2028\x0b\U0001f642', max_size=60))
def test_any_text_keeps_the_promises(text: str) -> None:
    check(read(text))


STRUCTURE = ["1", "1. ", "- ", "> ", "| ", "|", "\\|", "#", " ", "\n", "\n|-|-|\n", "\n===\n", "\t",
             "    ", "`", "**", "*", "__", "a"]  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(STRUCTURE), max_size=30))
def test_any_structure_keeps_the_promises(parts: list[str]) -> None:
    check(read("".join(parts)))


# --- real notes -------------------------------------------------------------------------

WIKILINK = re.compile(r"!?\[\[(?:[^\[\]|\n]+\|)?([^\[\]\n|]+)\]\]")


def bare(text: str) -> str:
    """A text without blanks, without brackets and without the targets of wikilinks."""
    return re.sub(r"[\s\[\]]+", "", WIKILINK.sub(r"\1", text))


@pytest.fixture(scope="module")
def plain_parser() -> MarkdownIt:
    """The same parser, but for what ``waygraph.read`` does to it."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    dollarmath_plugin(markdown, allow_space=False, allow_digits=False, double_inline=True)
    return markdown


@pytest.mark.parametrize("folder", ["bruno", "metacademy/vault", "articles"])
def test_real_notes(shared: Path, plain_parser: MarkdownIt, folder: str) -> None:
    paths = sorted((shared / folder).rglob("*.md"))
    assert len(paths) > 40
    for path in paths:
        document = read_markdown(path.name, path.read_bytes())
        try:
            check(document)
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from error
        end = read_front_matter(document.source).end
        said = [
            child.content
            for token in plain_parser.parse(document.source[end:])
            for child in token.children or ()
            if child.type not in ("image", "html_inline")
        ]
        found = words_of(document, "heading", "paragraph", "item", "cell")
        assert bare("".join(found)) == bare("".join(said)), path


# --- titles, headings, sections ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address", "title", "page"),
    [
        ("---\ntitle: From the matter\n---\n# Heading\n", "n/a.md", "From the matter", False),
        ("---\ntitle: a  b\n   c\n---\n", "a.md", "a b c", False),
        ("---\ntitle: ''\n---\n# Heading\n", "a.md", "Heading", False),
        ("---\ntitle: [no, text]\n---\n# Heading\n", "a.md", "Heading", False),
        ("text\n\n## Second\n\n# First *of* all\n", "a.md", "First of all", False),
        ("Under\nlined\n=====\n", "a.md", "Under lined", False),
        ("## No title\n", "notes/Graph theory.md", "Graph theory", True),
        ("# A* search\n", "a-star-search.md", "A* search", True),
        ("# C#\n", "c-sharp.md", "C#", True),
        ("# Day 3\n", "day-3.md", "Day 3", False),
        ("", " odd name .md", "odd name", True),
    ],
)
def test_title(text: str, address: str, title: str, page: bool) -> None:
    document = read(text, address)
    assert (document.title, document.page) == (title, page)


def test_comments_in_code_are_no_headings() -> None:
    document = read("# One\n\n```sh\n# a comment\n```\n\n    # code\n\n~~~\n# two\n~~~\n\n## Two\n")
    assert words_of(document) == ["One", "Two"]
    assert [block.level for block in document.blocks] == [1, 2]


def test_an_unclosed_fence_hides_the_rest_and_no_more() -> None:
    document = read("# One\n\ntext\n\n```\n# code\n\nmore code\n")
    assert words_of(document) == ["One", "text"]


def test_headings_of_both_styles() -> None:
    document = read(
        "One\n===\n\nTwo *goes*\n  on\n---\n\n### Three ###\n#### Four#\n# # #\n#none\n\n"
        "#five\n===\n"
    )
    headings = [(b.level, said(document, b.span)) for b in document.blocks if b.kind == "heading"]
    assert headings == [
        (1, "One"), (2, "Two goes on"), (3, "Three"), (4, "Four#"), (1, "#"), (1, "#five"),
    ]  # fmt: skip
    assert words_of(document, "paragraph") == ["#none"]


@pytest.mark.parametrize(
    ("text", "place"),
    [("1. 1\n   ===", 3), ("# # #", 2), ("1. # 1", 5), ("> - # > - #", 6), ("- - # - -", 6)],
)
def test_a_heading_is_not_taken_for_its_markup(text: str, place: int) -> None:
    document = read(text)
    (heading,) = (b for b in document.blocks if b.kind == "heading")
    assert document.offsets.source_start(heading.span.start) == place


def test_sections() -> None:
    document = read("before it\n\n# One\n\ntext of one\n\n## Two\n\n# One\n")
    assert [(s.heading, s.level, s.words) for s in document.sections] == [
        ("", 0, 2), ("One", 1, 4), ("Two", 2, 1), ("One", 1, 1),
    ]  # fmt: skip
    assert read("").sections == ()


# --- blocks -----------------------------------------------------------------------------


def test_kinds_of_blocks() -> None:
    document = read(
        dedent("""\
        para

        - item
          - inner

            second of inner
        > quoted
        > - item of quote

        1. # heading in item
           a | b
           --|--
           c | d
        """)
    )
    assert [(b.kind, said(document, b.span)) for b in document.blocks] == [
        ("paragraph", "para"),
        ("item", "item"),
        ("item", "inner"),
        ("item", "second of inner"),
        ("paragraph", "quoted"),
        ("item", "item of quote"),
        ("heading", "heading in item"),
        ("cell", "a"),
        ("cell", "b"),
        ("cell", "c"),
        ("cell", "d"),
    ]


@pytest.mark.parametrize("prefix", ["", "> ", "- ", "1. ", "> 2. "])
@pytest.mark.parametrize("pipes", [True, False])
def test_table_cells(prefix: str, pipes: bool) -> None:
    rows = [r"1 | \| | a", "--|--|--", r"a\|1 | `1\|`x | ", "a |  | a", "1"]
    if pipes:
        rows = [f"| {row} |" for row in rows]
    rest = re.sub(r"\d\.|-", lambda match: " " * len(match.group()), prefix)
    document = read("\n".join([f"{prefix}first", rest, *(rest + row for row in rows)]))
    check(document)
    cells = document.blocks[1:]
    assert [(said(document, b.span), written(document, b.span)) for b in cells] == [
        ("1", "1"), ("|", "|"), ("a", "a"),
        ("a|1", r"a\|1"), ("1|x", r"1\|`x"),
        ("a", "a"), ("a", "a"),
        ("1", "1"),
    ]  # fmt: skip
    first, second = (document.offsets.source_start(b.span.start) for b in cells[:2])
    assert first == document.source.index("1 |", len(prefix))
    assert document.source[second - 1] == "\\"


def test_images_are_left_out() -> None:
    document = read(
        "see ![alt *text*](a.png 'title') here ![ref][r]\n\n![only](b.png)\n\n[r]: c.png"
    )
    assert words_of(document) == ["see  here "]
    assert not document.links


def test_line_breaks() -> None:
    document = read("one\ntwo  \nthree\\\nfour \n   five\n> six  \n> seven")
    assert words_of(document) == ["one two\nthree\nfour five", "six\nseven"]


def test_blanks_of_many_kinds_are_text() -> None:
    document = read("\u00a0\nfoo\u00a0bar\n\u200b\n\u3000baz\u3000")
    check(document)
    assert document.text.split() == ["foo", "bar", "\u200b", "baz"]


# --- marks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "inner", "whole"),
    [
        ("a **b c** d", "strong", "b c", "**b c**"),
        ("a __b__ d", "strong", "b", "__b__"),
        ("a *b* d", "emphasis", "b", "*b*"),
        ("***b* c**", "strong", "b c", "***b* c**"),
        ("***b* c**", "emphasis", "b", "*b*"),
        ("****b****", "strong", "b", "**b**"),
        ("a `b` c", "code", "b", "`b`"),
        ("a `` b ` c `` d", "code", "b ` c", "`` b ` c ``"),
        ("> a `b\n> c` d", "code", "b c", "`b\n> c`"),
        ("a $b^2$ c", "math", "b^2", "$b^2$"),
        ("a $$b$$ c", "math", "b", "$$b$$"),
        ("> a $b\n> c$ d", "math", "b\nc", "$b\n> c$"),
        ("a [b](c) d", "link", "b", "[b](c)"),
        ("a [*b* `c`](<d e> 'f') g", "link", "b c", "[*b* `c`](<d e> 'f')"),
        ("> [a\n> b](\n> c) d", "link", "a b", "[a\n> b](\n> c)"),
        ("a [[b|c]] d", "link", "c", "[[b|c]]"),
        ("a ![[b]] d", "link", "b", "![[b]]"),
        ("a <https://b.c/d_e> f", "url", "https://b.c/d_e", "<https://b.c/d_e>"),
        ("a https://b.c/d_e.", "url", "https://b.c/d_e", "https://b.c/d_e"),
        ("[https://b.c](d)", "url", "https://b.c", "https://b.c"),
    ],
)
def test_mark(text: str, kind: str, inner: str, whole: str) -> None:
    document = read(text)
    check(document)
    found = [(said(document, m.span), outer(document, m)) for m in document.marks if m.kind == kind]
    assert (inner, whole) in found


def test_a_quote_keeps_its_markup_whole() -> None:
    document = read("So **A** is a *B*. And `C` too.")
    start, end = document.source_span(Span(3, 9))
    assert said(document, Span(3, 9)) == "A is a"
    assert document.source[start:end] == "**A** is a"
    start, end = document.source_span(Span(3, 11))
    assert document.source[start:end] == "**A** is a *B*"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a &amp; b", "a & b"),
        ("&copy;&#42;&#x41;", "©*A"),
        ("&ngE;x", "≧̸x"),
        ("&nosuch; &amp", "&nosuch; &amp"),
        (r"\*a\* \[b\] \\ \a", r"*a* [b] \ \a"),
        ("a ~~b~~ ~~~c~~", "a b ~c"),
        ("1 < 2 > 0", "1 < 2 > 0"),
        ("<b>a</b> <!-- b --> c", "a  c"),
        ("$5 and $6", "$5 and $6"),
        ("a* b* _c", "a* b* _c"),
        ("snake_case_word", "snake_case_word"),
    ],
)
def test_text_of_inline_markup(text: str, shown: str) -> None:
    document = read("x " + text)
    check(document)
    assert document.text == "x " + shown


# --- links ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "target", "label"),
    [
        ("[a](b.md)", "link", "b.md", "a"),
        ("[a](b.md#c 'title')", "link", "b.md#c", "a"),
        ("[a](<b c.md>)", "link", "b c.md", "a"),
        ("[a](b%20c.md)", "link", "b%20c.md", "a"),
        ("[a](C%23.md)", "link", "C%23.md", "a"),
        ("[a](https://b.c/?q=d%26e&f=ü)", "link", "https://b.c/?q=d%26e&f=ü", "a"),
        ("[a](https://b.c/?d&amp;e)", "link", "https://b.c/?d&e", "a"),
        ("[a](https://b.c/d_(e))", "link", "https://b.c/d_(e)", "a"),
        ("[a](https://b.c/*d*)", "link", "https://b.c/*d*", "a"),
        ("[a][r]", "link", "https://r.s/t%2Fu", "a"),
        ("[r][]", "link", "https://r.s/t%2Fu", "r"),
        ("[R]", "link", "https://r.s/t%2Fu", "R"),
        ("<https://b.c/%C3%BC>", "url", "https://b.c/%C3%BC", "https://b.c/%C3%BC"),
        ("<mailto:a@b.c>", "url", "mailto:a@b.c", "mailto:a@b.c"),
        ("<a@b.c>", "url", "mailto:a@b.c", "a@b.c"),
        ("https://b.c/d_e*f~g?h=1&i=2#j.", "url", "https://b.c/d_e*f~g?h=1&i=2#j", None),
        ("(https://b.c/d_(e))", "url", "https://b.c/d_(e)", None),
        ("(see https://b.c/d).", "url", "https://b.c/d", None),
        ("*https://b.c/d*", "url", "https://b.c/d", None),
        ("https://b.c/d[e](f)", "url", "https://b.c/d", None),
        ("[[a]]", "wikilink", "a", "a"),
        ("[[a b|c d]]", "wikilink", "a b", "c d"),
        ("[[a|]]", "wikilink", "a", "a"),
        ("[[a#b]]", "wikilink", "a#b", "a#b"),
        ("[[#b]]", "wikilink", "#b", "#b"),
        ("[[a^b1]]", "wikilink", "a^b1", "a^b1"),
        ("![[a]]", "embed", "a", "a"),
        ("![[a.png|100]]", "embed", "a.png", "100"),
        ("x | y\n--|--\n[[a\\|b]] | c", "wikilink", "a", "b"),
    ],
)
def test_link(text: str, kind: str, target: str, label: str | None) -> None:
    document = read(f"first\n\n{text}\n\n[r]: https://r.s/t%2Fu\n")
    check(document)
    link = document.links[0]
    assert (link.kind, link.target) == (kind, target)
    assert said(document, link.span) == (target if label is None else label)
    assert link.line == (5 if "--|--" in text else 3)


@pytest.mark.parametrize(
    "text",
    [
        "`[a](b)` `[[c]]` `https://d.e`",
        "```\n[a](b) [[c]] https://d.e\n```",
        "$[[c]]$",
        r"\[a](b) \[[c]] \![d]",
        "(url]",
        "[a] (b)",
        "[[]] [[ \n]] [[a",
        "[a](javascript:alert)",
        "https:// http",
    ],
)
def test_what_is_no_link(text: str) -> None:
    assert not read(text).links


def test_a_label_that_is_a_url_makes_one_link() -> None:
    document = read("[https://a.b](https://a.b/c) and <https://d.e>")
    assert [(link.kind, link.target) for link in document.links] == [
        ("link", "https://a.b/c"),
        ("url", "https://d.e"),
    ]


def test_lines_of_links() -> None:
    text = "---\r\ntitle: x\r\n---\r\n\r\n[a](b)\r\nc [d](e)\r\n\r\n> - f\r\n>   [[g]]\r\nhttps://h.i\r\n"
    assert [(link.target, link.line) for link in read(text).links] == [
        ("b", 5), ("e", 6), ("g", 9), ("https://h.i", 10),
    ]  # fmt: skip


# --- front matter, dates, days ----------------------------------------------------------


def test_fields_stand_where_they_are_written() -> None:
    text = dedent("""\
        ---
        tags: [graphs, graph, '#a/b']
        title: "Why graphs: a graph?"
        alias: graph
        ---
        text
        """)
    document = read(text)
    check(document)
    places = {
        (b.kind, said(document, b.span)): document.offsets.source_start(b.span.start)
        for b in document.blocks
    }
    assert places == {
        ("title", "Why graphs: a graph?"): text.index("Why"),
        ("tag", "graphs"): text.index("graphs"),
        ("tag", "graph"): text.index("graph,"),
        ("tag", "a/b"): text.index("a/b"),
        ("alias", "graph"): text.index("graph\n---"),
        ("paragraph", "text"): text.index("text\n"),
    }
    assert document.tags == ("graphs", "graph", "a/b")
    assert document.aliases == ("graph",)


def test_links_in_the_front_matter_are_none() -> None:
    document = read("---\ntitle: https://a.b/c\nurl: https://d.e\n---\n")
    assert document.title == "https://a.b/c"
    assert not document.links


@pytest.mark.parametrize(
    ("text", "address", "date", "warnings"),
    [
        ("---\ndate: 2024-02-29\n---\n", "n.md", "2024-02-29", ()),
        ("---\ndate: 2024-01-02T10:00:00Z\n---\n", "2023-01-01.md", "2024-01-02", ()),
        ("---\ndate: 2023-04-31\n---\n", "n.md", "", ("the date 2023-04-31 does not exist",)),
        ("---\ndate: 2023-04-31\n---\n", "2023-05-01-x.md", "2023-05-01",
         ("the date 2023-04-31 does not exist",)),
        ("---\ndate: '23_4_5'\n---\n", "n.md", "2023-04-05", ()),
        ("---\ndate: 1681344000000\n---\n", "n.md", "", ()),
        ("", "posts/2022.11.24 start.md", "2022-11-24", ()),
        ("", "2022-11-24/start.md", "", ()),
        ("", "version-1.2.3.md", "", ()),
        ("", "0000-01-01.md", "", ("the date 0000-01-01 does not exist",)),
    ],
)  # fmt: skip
def test_date(text: str, address: str, date: str, warnings: tuple[str, ...]) -> None:
    document = read(text, address)
    assert (document.date, document.warnings) == (date, warnings)


@pytest.mark.parametrize(
    ("text", "address", "day"),
    [
        ("---\ntitle: 'Day 12: x'\n---\n# Day 13\n", "day-014.md", 12),
        ("# Day 13\n", "day-014.md", 14),
        ("# Day_013: y\n", "n.md", 13),
        ("# day13\n", "n.md", 13),
        ("# A day in 2023\n", "n.md", None),
        ("# Birthday 13\n", "n.md", None),
        ("## Day 13\n", "n.md", None),
        ("# Day 123456\n", "n.md", None),
    ],
)
def test_day(text: str, address: str, day: int | None) -> None:
    assert read(text, address).day == day


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_broken_front_matter_is_named_and_the_note_read(newline: str) -> None:
    text = "\n---\ntitle: a: b\ntags: [x]\n---\n\n# Heading\n".replace("\n", newline)
    document = read(text)
    (warning,) = document.warnings
    assert warning.startswith("line 3: front matter is not YAML")
    assert (document.title, document.tags) == ("Heading", ())
    assert words_of(document) == ["Heading"]


@pytest.mark.parametrize(
    "matter", ["a: b: c", "a: @name", "a: {{date}}", "a: [", "a:\n\t- b", "a: &x [*x", "a: \x07"]
)
def test_matter_that_is_not_yaml(matter: str) -> None:
    document = read(f"---\n{matter}\n---\ntext\n")
    (warning,) = document.warnings
    assert re.match(r"line [1-4]: front matter is not YAML \(.+\)", warning)
    assert words_of(document) == ["text"]


@pytest.mark.parametrize(
    "matter", ["a: !!bool maybe", "a: !!int ''", "a: !!timestamp x", "a: !!python/name:os.system x"]
)
def test_tags_of_yaml_are_not_obeyed(matter: str) -> None:
    document = read(f"---\n{matter}\ntitle: yes\n---\n")
    assert (document.title, document.warnings) == ("yes", ())


@pytest.mark.parametrize("prose", ["Some words.", "- one\n- two", "'quoted'"])
def test_prose_between_rules_is_no_front_matter(prose: str) -> None:
    document = read(f"---\n\n{prose}\n\n---\n\nmore\n")
    assert " ".join(words_of(document)) == prose.replace("\n- ", " ").lstrip("- ") + " more"
    assert not document.warnings


@pytest.mark.parametrize("end", ["---", "...", "---  ", "...\n"])
def test_front_matter_only(end: str) -> None:
    document = read(f"---\ntitle: x\n{end}")
    assert words_of(document) == ["x"]
    assert [block.kind for block in document.blocks] == ["title"]


# --- bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"one\ntwo \xff\n", 2, "byte 0xff is not UTF-8"),
        ("one\r\ntwo\r\nümlaut".encode("latin-1"), 3, "byte 0xfc is not UTF-8"),
        ("one".encode("utf-16"), 1, "byte 0xff is not UTF-8"),
        (b"one\n\ntwo\0\n", 3, "holds a NUL character: this is not a text file"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_markdown("a/b.md", data)
    assert (caught.value.address, caught.value.line, caught.value.reason) == (
        "a/b.md",
        line,
        reason,
    )
    assert str(caught.value).startswith(f"a/b.md:{line}: {reason}")


@pytest.mark.parametrize(
    "text", ["", "\ufeff", "\n\n", " \t\r\n", "---\n---\n", "---\n---", "<!-- x -->"]
)
def test_nothing_to_read(text: str) -> None:
    document = read(text)
    check(document)
    assert (document.text, document.blocks, document.sections) == ("", (), ())
    assert document.offsets.source_start(0) == document.offsets.source_end(0) == 0


def test_identity_is_of_the_bytes() -> None:
    data = "# Größe\r\n".encode()
    document = read_markdown("a.md", data)
    assert document.digest == hashlib.sha256(data).hexdigest()
    assert document.source == data.decode()
    assert document == read_markdown("a.md", data)


def test_a_byte_order_mark_is_no_text() -> None:
    document = read("\ufeff1. 1\n\n   2\n\n\ta | b\n\t--|--\n")
    check(document)
    assert words_of(document) == ["1", "2", "a", "b"]
    assert document.offsets.source_start(0) == 4
    assert words_of(read("\ufeffa | b\n--|--\n")) == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    ["[" * 20_000, "![" * 10_000, "*a " * 20_000, "`a" * 20_000, "](" * 10_000, ">" * 20_000,
     "---\na: " + "[" * 5_000 + "\n---\n", "https://a" + "(" * 20_000 + ")" * 20_000,
     "\n".join("  " * depth + "- a" for depth in range(200)), "a\n" * 20_000],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_hostile_text_is_read(text: str) -> None:
    check_map(read(text))
