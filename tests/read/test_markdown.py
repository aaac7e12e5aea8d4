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

from tests.read.checks import (
    check,
    check_map,
    outer,
    read,
    said,
    words_of,
    written,
)
from waygraph.errors import ReadError
from waygraph.model import Span
from waygraph.read.front_matter import read_front_matter
from waygraph.read.markdown import read_markdown

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


@settings(max_examples=250)
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


@settings(max_examples=600)
@given(st.text('ab1 \t\n\r>-*_`~[]()|\\#=$!&;:<."\u00a0\u2028\x0b\U0001f642', max_size=60))
def test_any_text_keeps_the_promises(text: str) -> None:
    check(read(text))


STRUCTURE = ["1", "1. ", "- ", "> ", "| ", "|", "\\|", "#", " ", "\n", "\n|-|-|\n", "\n===\n", "\t",
             "    ", "`", "**", "*", "__", "a"]  # fmt: skip


@settings(max_examples=250)
@given(st.lists(st.sampled_from(STRUCTURE), max_size=30))
def test_any_structure_keeps_the_promises(parts: list[str]) -> None:
    check(read("".join(parts)))


# --- real notes -------------------------------------------------------------------------

WIKILINK = re.compile(r"(`+[^`]+`+)|!?\[\[(?:[^\[\]|\n]+\|)?([^\[\]\n|]+)\]\]")


def bare(text: str) -> str:
    """A text without blanks, brackets, dollars and what shows nothing."""
    return re.sub(r"[\s\[\]$\u200b]+", "", text)


def untagged(content: str) -> str:
    """HTML without tags, comments, scripts and code listings."""
    left = re.sub(
        r"<!--.*?(?:-->|\Z)|<(script|style|pre|svg|math)\b.*?</\1\s*>", "", content, flags=re.S
    )
    return html.unescape(re.sub(r"</?[A-Za-z][^<>]*>", "", left))


@pytest.fixture(scope="module")
def plain_parser() -> MarkdownIt:
    """The same parser, but for what ``waygraph.read`` does to it."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    dollarmath_plugin(markdown, allow_space=False, allow_digits=False, double_inline=True)
    return markdown


@pytest.mark.parametrize(
    ("folder", "step"),
    [("bruno", 1), ("metacademy/vault", 1), ("articles", 1), ("foldoc/vault", 20)],
)
def test_real_notes(shared: Path, plain_parser: MarkdownIt, folder: str, step: int) -> None:
    """The promises hold, and the text is what a plain parser shows."""
    paths = sorted((shared / folder).rglob("*.md"))[::step]
    assert len(paths) > 40
    for path in paths:
        document = read_markdown(path.name, path.read_bytes())
        try:
            check(document)
        except AssertionError as error:
            raise AssertionError(f"{path}: {error}") from error
        expected: list[str] = []
        body = document.source[read_front_matter(document.source).end :]
        for token in plain_parser.parse(WIKILINK.sub(r"\1\2", body)):
            if token.type == "html_block":
                expected.append(untagged(token.content))
            for child in token.children or ():
                if child.type not in ("image", "html_inline"):
                    expected.append(child.content)
        found = words_of(document, "heading", "paragraph", "item", "cell")
        # a callout's type is no text
        shown = re.sub(r"\[![A-Z]+\]", "", "".join(expected))
        assert bare("".join(found)) == bare(shown), path


# --- titles, headings, sections ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address", "title", "page"),
    [
        ("---\ntitle: From the matter\n---\n# Heading\n", "n/a.md", "From the matter", True),
        ("---\ntitle: a  b\n   c\n---\n", "a.md", "a b c", True),
        ("---\ntitle: ''\n---\n# Heading\n", "a.md", "Heading", True),
        ("---\ntitle: [no, text]\n---\n# Heading\n", "a.md", "Heading", True),
        ("text\n\n## Second\n\n# First *of* all\n", "a.md", "First of all", True),
        ("Under\nlined\n=====\n", "a.md", "Under lined", True),
        ("## No title\n", "notes/Graph theory.md", "Graph theory", True),
        ("# A* search\n", "a-star-search.md", "A* search", True),
        ("# C#\n", "c-sharp.md", "C#", True),
        ("# Day 3\n", "day-3.md", "Day 3", False),
        ("---\ndate: 2024-03-18\n---\n# Heading\n", "a.md", "Heading", False),
        # when it was made is no day that it speaks of
        (
            "---\ntitle: Rope making\ncreated: 2024-03-18\n---\n",
            "2024031810.md",
            "Rope making",
            True,
        ),
        ("---\ntitle: Rope making\n---\n", "202403181202.md", "Rope making", True),
        ("---\ncreated: 2024-03-18\n---\nText\n", "a b.md", "a b", True),
        ("---\ntitle: Rope making\n---\n", "2024-03-18.md", "Rope making", False),
        # Logseq's bullets, folders that a file stands for
        ("- # Overview\n  - It grinds.\n", "pages/grist mill.md", "grist mill", True),
        ("It grinds.\n", "pages/grist mill/README.md", "grist mill", True),
        ("It grinds.\n", "tools%2FGraph Theory.md", "tools/Graph Theory", True),
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
    assert words_of(document) == ["see  here"]
    assert [(link.kind, link.target, link.line) for link in document.links] == [
        ("image", "a.png", 1), ("image", "c.png", 1), ("image", "b.png", 3),
    ]  # fmt: skip
    assert all(said(document, link.span) == "" for link in document.links)


def test_line_breaks() -> None:
    document = read("one\ntwo  \nthree\\\nfour \n   five\n> six  \n> seven")
    assert words_of(document) == ["one two\nthree\nfour five", "six\nseven"]


def test_blanks_of_many_kinds_are_text() -> None:
    document = read("\u00a0\nfoo\u00a0bar\n\u200b\n\u3000baz\u3000")
    check(document)
    assert document.text.split() == ["foo", "bar", "baz"]


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
        ("![[a.png|100]]", "embed", "a.png", ""),
        ("[![a](b.png)](c.md)", "link", "c.md", ""),
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


# --- dialects ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # Liquid, Hugo, Templater, kramdown
        ("a {% include x.html %} b", ["a  b"]),
        ("a {{ site.title | upcase }} b", ["a  b"]),
        ("{% raw %}a{% endraw %} b", ["a b"]),
        ("{% include toc.html %}\na", ["a"]),
        ("{% highlight py %}\n# no\n\nno\n{% endhighlight %}\na", ["a"]),
        ("{% comment %}\nno\n\n# no\n{% endcomment %}\n\na", ["a"]),
        ('{{< figure src="a.png" title="no" >}}\n\na', ["a"]),
        ("{{< highlight go >}}\nno\n{{< /highlight >}}\na", ["a"]),
        ("{{% notice %}}\na\n{{% /notice %}}", ["a"]),
        ("<% tp.date.now() %> a", ["a"]),
        ("a\n{: .no #no}", ["a"]),
        ("# a {#no}\n\n## b {: .no}", ["a", "b"]),
        ("`{{ a }}` {% b", ["{{ a }} {% b"]),
        ("1 = {{}}, 2 = {{}, {{}}}", ["1 = {{}}, 2 = {{}, {{}}}"]),
        # Obsidian
        ("a %%no%% b", ["a  b"]),
        ("a\n\n%%\nno [[no]]\n\n# no\n%%\n\nb", ["a", "b"]),
        ("%%\nno\n%% a", ["a"]),
        ("a\n%% no %%\nb", ["a", "b"]),
        ("`%%a%%` 100%% b", ["%%a%% 100%% b"]),
        ("a ==b c== d == e", ["a b c d == e"]),
        ("a. ^block-1", ["a."]),
        ("2 ^10 is", ["2 ^10 is"]),
        ("> [!note] Title *x*\n> a\n> b", ["Title x", "a b"]),
        ("> [!warning]- \n> a", ["a"]),
        ("> [!tip|wide]+ T\n>\n> a", ["T", "a"]),
        ("[!note] a", ["[!note] a"]),
        ("- [ ] a\n- [x] b\n- [c](d) e", ["a", "b", "c e"]),
        ("![[a.png]] ![[b.pdf#page=3]] ![[c]]", ["c"]),
        # Logseq
        ("- a\n  id:: 64f1\n  collapsed:: true\n  - b", ["a", "b"]),
        ("a ((64f1c2d3-aaaa-bbbb-cccc-0123456789ab)) b", ["a  b"]),
        # footnotes
        ("a[^1] b\n\n[^1]: c d\n\n    e", ["a b", "c d", "e"]),
        ("a^[so b *c*] d", ["a so b c d"]),
        ("a^[b]", ["a^[b]"]),
        # math
        ("a $x$ b\n\n$$\nno\n\nno\n$$\nc", ["a x b", "c"]),
        ("$$ no $$\n\n$$\nno $$ (eq1)\na", ["a"]),
        (r"\begin{align}|no|\end{align}|a".replace("|", "\n"), ["a"]),
        ("a\n\\[\nno\n\\]\nb", ["a", "b"]),
        ("$$ a\n\n$$ b", ["$$ a", "$$ b"]),
        ("Compu$erve and Micro$oft", ["Compu$erve and Micro$oft"]),
        # HTML
        ("a <b>b</b> <kbd>c</kbd><br>d <script>no</script> e", ["a b c\nd  e"]),
        ('<div align="center">\n<h1>a &amp; b</h1>\n<p>c\n  d</p><p>e</p></div>\n\nf',
         ["a & b", "c d", "e", "f"]),
        ("<!-- no -->\n<details>\n<summary>a</summary>\n\nb\n\n</details>", ["a", "b"]),
        ("<table><tr><th>a</th><td>b</td></tr></table>", ["a", "b"]),
        ("<pre>\nno\n\nno</pre>\n<style>no</style>\n<ul><li>a<li>b</ul>", ["a", "b"]),
        ("> <p>\n> a\n> b", ["a b"]),
        # what is too long to be read
        ("a " + "QUJD" * 1_250 + "== b", ["a  b"]),
        ("a\n" + ("QUJD" * 19 + "\n") * 4 + "QUI=\nb", None),
        ("a " + "https://b.c/" + "d-e/" * 200, None),
    ],
)  # fmt: skip
def test_dialects(text: str, shown: list[str] | None) -> None:
    document = read(text)
    check(document)
    if shown is not None:
        assert [said(document, block.span) for block in document.blocks] == shown
    assert "no" not in document.text.split()
    assert "QUJD" not in document.text
    assert not [link for link in document.links if link.target == "no"]


@pytest.mark.parametrize(
    ("text", "kind", "target", "label"),
    [
        ("[a]({% post_url 2022-10-27-a %})", "link", "{% post_url 2022-10-27-a %}", "a"),
        ("[a]({{ site.baseurl }}/b/c.html)", "link", "{{ site.baseurl }}/b/c.html", "a"),
        ('[a]({{< ref "b c.md" >}})', "link", '{{< ref "b c.md" >}}', "a"),
        (
            "[a]({{ site.url }}{% link b.md %} 'title')",
            "link",
            "{{ site.url }}{% link b.md %}",
            "a",
        ),
        ("[a]\n\n[a]: {{ site.url }}/b", "link", "{{ site.url }}/b", "a"),
        ('<a href="b.md">c *d*</a>', "link", "b.md", "c d"),
        ("x <A class='q' HREF='b?c=1&amp;d'>e</A>", "link", "b?c=1&d", "e"),
        ("<p><a href=b.md>c\n d</a></p>", "link", "b.md", "c d"),
        ("<img src='b.png' alt='no'> x", "image", "b.png", ""),
        ("[^1]: [a](b.md)", "link", "b.md", "a"),
        ("| [a](b.md) |\n|--|", "link", "b.md", "a"),
        ("![a [b](c.md)](d.png)", "image", "d.png", ""),
    ],
)
def test_links_of_dialects(text: str, kind: str, target: str, label: str) -> None:
    document = read(text)
    check(document)
    link = document.links[0]
    assert (link.kind, link.target, said(document, link.span)) == (kind, target, label)
    assert not re.search("[\ufdd0-\ufddf]", document.text)


@pytest.mark.parametrize(
    "text", ["`[a]({% b c %})`", "    [a]({% b c %})\n", "```\n[a]({{ b c }})\n```"]
)
def test_template_tags_in_code_stay(text: str) -> None:
    document = read(text)
    assert not document.links
    assert document.text in ("[a]({% b c %})", "")


def test_html_marks_what_it_encloses() -> None:
    document = read("a <b>b <i>c</i></b> <code>d</code> <em>e")
    check(document)
    assert [(m.kind, said(document, m.span), outer(document, m)) for m in document.marks] == [
        ("strong", "b c", "<b>b <i>c</i></b>"),
        ("emphasis", "c", "<i>c</i>"),
        ("code", "d", "<code>d</code>"),
    ]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        ("a\n\n```py\nb", ("line 3: the code fence is not closed",)),
        ("a\n\n> ~~~~\n> b\n> ~~~\n", ("line 3: the code fence is not closed",)),
        ("- ```\n  a\n\nb", ("line 1: the code fence is not closed",)),
        ("```\na\n````  \n> ~~~\n> ~~~\n", ()),
        ("a\n\n<!-- b\n\nc", ("line 3: the comment is not closed",)),
    ],
)
def test_what_is_not_closed_is_named(text: str, warnings: tuple[str, ...]) -> None:
    assert read(text).warnings == warnings


def test_badges_are_no_prose() -> None:
    document = read("# X\n[![Build](https://a.b/c.svg)](https://a.b) ![Cov](d.svg)\n\ntext\n")
    check(document)
    assert words_of(document) == ["X", "text"]
    assert [(link.kind, link.target) for link in document.links] == [
        ("link", "https://a.b"), ("image", "https://a.b/c.svg"), ("image", "d.svg"),
    ]  # fmt: skip


def test_what_shows_nothing_is_no_text() -> None:
    document = read(
        "gra\u200bph\ufeff the\u00adory\u2060 **a\u200b** \u200b\n\n\u200b\n\n\ufeffb\u00a0c\n"
    )
    check(document)
    assert words_of(document) == ["graph theory a", "b c"]
    start = document.text.index("graph")
    assert written(document, Span(start, start + 5)) == "gra\u200bph"
    assert read("\U0001f469\u200d\U0001f4bb").text == "\U0001f469\u200d\U0001f4bb"


# --- bytes ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["utf-8-sig", "utf-16", "utf-32", "utf-16-be", "utf-32-be"])
def test_encodings_that_say_so(name: str) -> None:
    text = "---\ntitle: Größe\n---\r\n**漢字** \U0001f642\n"
    data = (text if "sig" in name or name[-1].isdigit() else "\ufeff" + text).encode(name)
    document = read_markdown("a.md", data)
    check(document)
    assert document.source == "\ufeff" + text
    assert words_of(document) == ["Größe", "漢字 \U0001f642"]
    assert document.digest == hashlib.sha256(data).hexdigest()
    assert read_markdown("a.MD", data).text == document.text


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"one\ntwo \xff\n", 2, "byte 0xff is not UTF-8"),
        ("one\r\ntwo\r\nümlaut".encode("latin-1"), 3, "byte 0xfc is not UTF-8"),
        (b"\x80", 1, "byte 0x80 is not UTF-8"),
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


@pytest.mark.parametrize(
    ("text", "tags", "shown"),
    [
        ("On #graphs, #search/a-star.", ("graphs", "search/a-star"), "On #graphs, #search/a-star."),
        ("#[[binary heap]] (#x)", ("binary heap", "x"), "binary heap (#x)"),
        ("C# and F#, issue #12, a#b, `#code`", (), "C# and F#, issue #12, a#b, #code"),
        ("# Heading with #tag", ("tag",), "Heading with #tag"),
    ],
)  # fmt: skip
def test_tags_in_the_text(text: str, tags: tuple[str, ...], shown: str) -> None:
    document = read(text)
    assert (document.tags, document.text) == (tags, shown)
    marks = [said(document, m.span) for m in document.marks if m.kind == "tag"]
    assert marks == list(tags)
    check(document)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("see https://e.org/a*b*c now", "https://e.org/a*b*c"),
        ("see https://e.org/a~~b~~c", "https://e.org/a~~b~~c"),
        ("**https://e.org/x_y_z**", "https://e.org/x_y_z"),
        ("https://e.org/?a=1&amp;b=2", "https://e.org/?a=1&b=2"),
        ("https://e.org/p#a_b_", "https://e.org/p#a_b"),
    ],
)
def test_signs_of_emphasis_in_bare_urls_are_theirs(text: str, target: str) -> None:
    document = read(text)
    assert [link.target for link in document.links] == [target]
    check(document)


def test_a_page_of_logseq_is_called_by_its_name() -> None:
    document = read("text", "pages/lang___python.md")
    assert (document.title, document.page) == ("lang/python", True)


@pytest.mark.parametrize("suffix", ["md", "org", "txt", "ipynb"])
def test_a_pointer_of_git_lfs_is_no_note(suffix: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n"
    with pytest.raises(ReadError, match="is a pointer of Git LFS"):
        read(pointer, f"note.{suffix}")


def test_numbers_in_brackets_take_no_link_away() -> None:
    """A link stays one behind whatever number of brackets that are none, if they are closed."""
    document = read("[1] An author, a title of some length. " * 300 + "[x](y.md) ![z](z.png)")
    assert [(link.kind, link.target) for link in document.links] == [
        ("link", "y.md"),
        ("image", "z.png"),
    ]
