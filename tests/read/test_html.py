"""HTML: the main text of a page, each character in its place; charsets; broken markup."""

from __future__ import annotations

import html as html_library
import re
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from waygraph.errors import ReadError
from waygraph.model import Document, OffsetMap, Span
from waygraph.read.text import TextBuilder
from waygraph.read.web.align import Aligner, squeezed
from waygraph.read.web.charset import decoded
from waygraph.read.web.emit import Emitter
from waygraph.read.web.html import LARGEST, read_html
from waygraph.read.web.tokens import BadPage, tokens
from waygraph.read.web.visible import read_visible

URL = "https://e.org/wiki/a-star-search?utm_source=feed"
FILLER = (
    "The search keeps a frontier of paths and expands the one whose cost so far plus an "
    "estimate of the rest is least. It stops at the goal, and the answer is then optimal. "
)


def page(body: str, head: str = "<title>A* search - Site</title>") -> bytes:
    return (
        f"<!DOCTYPE html><html lang='en-GB'><head>{head}</head><body>{body}</body></html>".encode()
    )


def article(inner: str) -> str:
    return f"<nav><a href='/'>Home</a></nav><article>{inner}</article><footer>Imprint</footer>"


def read(body: str, url: str = URL) -> Document:
    return read_html(url, page(article(body))).document


def said(document: Document, span: Span) -> str:
    return document.text[span.start : span.end]


def written(document: Document, span: Span) -> str:
    start, end = document.offsets.source_start(span.start), document.offsets.source_end(span.end)
    return document.source[start:end]


def blocks(document: Document, *kinds: str) -> list[str]:
    return [said(document, b.span) for b in document.blocks if not kinds or b.kind in kinds]


# --- what holds for every document ------------------------------------------------------


def check_map(text: str, offsets: OffsetMap, source: str) -> None:
    """Pieces tile the text; those that go character by character say what stands there."""
    assert offsets.text_length == len(text)
    borders = (*offsets.starts, len(text))
    assert list(borders) == sorted(borders)
    for start, end, at, length in zip(
        borders, borders[1:], offsets.sources, offsets.lengths, strict=False
    ):
        assert 0 <= at <= at + length <= len(source)
        if end - start == length:
            assert text[start:end] == source[at : at + length]


def check(document: Document) -> None:
    check_map(document.text, document.offsets, document.source)
    ends = 0
    for block in document.blocks:
        inner = said(document, block.span)
        assert ends <= block.span.start < block.span.end
        assert inner == inner.strip() and "  " not in inner
        between = document.text[ends : block.span.start]
        assert between == ("\n\n" if ends else "")
        ends = block.span.end
    assert ends == len(document.text)
    for mark in document.marks:
        assert any(
            b.span.start <= mark.span.start < mark.span.end <= b.span.end for b in document.blocks
        )
        outer = document.source[mark.outer[0] : mark.outer[1]]
        assert outer.startswith("<")
    assert [s.span.start for s in document.sections] == sorted(
        s.span.start for s in document.sections
    )
    assert sum(s.words for s in document.sections) == len(document.text.split())


# --- reading ----------------------------------------------------------------------------

WHOLE = f"""
<h1>A* search</h1>
<p>A* is a <b>graph traversal</b> and <code>path&nbsp;search</code> algorithm that is used in
<a href="/wiki/ai#x">many fields</a> of computer science&mdash;<i>R&amp;D</i> too<sup>[1]</sup>.</p>
<h2>Details</h2>
<p>{FILLER}</p>
<ul><li>One item that is here</li><li>Two items <b>there</b><ul><li>nested item</li></ul></li></ul>
<blockquote>Quoted text is here.<br>And a second line.</blockquote>
<table><tr><th>Name</th><td>cell one</td></tr></table>
<pre><code>x = 1
y = 2</code></pre>
<p>{FILLER}</p>
"""


def test_a_whole_page() -> None:
    result = read_html(URL, page(article(WHOLE)), "text/html")
    document = result.document
    check(document)
    assert (result.language, result.canonical) == ("en-GB", "https://e.org/wiki/a-star-search")
    assert document.address == result.canonical
    assert document.title == "A* search"
    assert document.page
    assert blocks(document, "heading") == ["A* search", "Details"]
    assert [b.level for b in document.blocks if b.kind == "heading"] == [1, 2]
    assert blocks(document, "item") == ["One item that is here", "Two items there", "nested item"]
    assert blocks(document, "cell") == ["Name", "cell one"]
    paragraphs = blocks(document, "paragraph")
    assert paragraphs[0] == (
        "A* is a graph traversal and path search algorithm that is used in many fields of "
        "computer science—R&D too[1]."
    )
    assert "Quoted text is here.\nAnd a second line." in paragraphs
    assert "x = 1" not in document.text and "Home" not in document.text
    assert [s.heading for s in document.sections] == ["A* search", "Details"]
    assert not document.warnings


def test_marks_and_links() -> None:
    document = read(WHOLE)
    marks = {(mark.kind, said(document, mark.span)) for mark in document.marks}
    assert {
        ("strong", "graph traversal"),
        ("code", "path search"),
        ("emphasis", "R&D"),
        ("link", "many fields"),
    } <= marks
    (link,) = [link for link in document.links if said(document, link.span) == "many fields"]
    assert (link.kind, link.target) == ("link", "https://e.org/wiki/ai#x")
    assert document.source.split("\n")[link.line - 1].startswith('<a href="/wiki/ai#x">')
    bold = next(mark for mark in document.marks if mark.kind == "strong")
    assert document.source[slice(*bold.outer)] == "<b>graph traversal</b>"


def test_spans_lead_to_the_source() -> None:
    document = read(WHOLE)
    at = document.text.index("computer science—R&D")
    assert written(document, Span(at, at + 20)) == "computer science&mdash;<i>R&amp;D"
    start, end = document.source_span(Span(at, at + 20))
    assert document.source[start:end] == "computer science&mdash;<i>R&amp;D</i>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("soft&shy;hyphen and zero\u200bwidth", "softhyphen and zerowidth"),
        ("a\n\tb &nbsp; c&#32;d", "a b c d"),
        ("one<br/>two<br>\n three", "one\ntwo\nthree"),
        ("caf&eacute; &#x4e2d;&#25991; &bogus; &amp;lt;", "café 中文 &bogus; &lt;"),
        ("1 < 2 &lt; 3 &copy 4", "1 < 2 < 3 © 4"),
        ("👩\u200d🚀 goes up", "👩\u200d🚀 goes up"),
        ("<!-- no --> yes <!-- <p> no -->too", "yes too"),
        ("W<b>or</b>d", "Word"),
        ("a<span> </span>b", "a b"),
    ],
)
def test_inline_text(inner: str, expected: str) -> None:
    document = read(f"<p>{FILLER}</p><p>Here is {inner} in a sentence of some length.</p>")
    check(document)
    assert f"Here is {expected} in a sentence of some length." in document.text


def test_what_an_extractor_drops_within_a_paragraph_is_not_in_the_text() -> None:
    body = f"""<p>{FILLER}</p><p>A frontier is a set of nodes that wait <span class="noprint"
    style="display:none">[edit this]</span> to be expanded by the search, and no more.</p>"""
    document = read(body)
    check(document)
    assert "set of nodes that wait" in document.text


def test_the_title_stands_in_front_if_no_heading_says_it() -> None:
    document = read_html(URL, page(f"<p>{FILLER}</p>" * 3)).document
    check(document)
    assert document.title == "A* search"
    assert document.blocks[0].kind == "title"
    assert document.source[document.offsets.source_start(0) - 7 :].startswith("<title>A* search")


@pytest.mark.parametrize(
    ("title", "headings", "expected"),
    [
        ("Structs - The Book", ["Shortcuts", "The Book", "Structs"], "Structs"),
        ("Heap (data structure) | Site", ["Heap (data structure)"], "Heap (data structure)"),
        ("Only a title", [], "Only a title"),
        ("", ["Only a heading"], "Only a heading"),
        ("", [], "a-star-search"),
    ],
)
def test_titles(title: str, headings: list[str], expected: str) -> None:
    body = "".join(f"<h1>{name}</h1>" for name in headings) + f"<p>{FILLER}</p>" * 3
    found = read_html(URL, page(body, f"<title>{title}</title>" if title else ""))
    assert found.document.title == expected


def test_author_date_and_language() -> None:
    head = """<title>T</title><meta name="author" content="Ada Lovelace">
    <meta property="article:published_time" content="2021-05-06T10:00:00Z">"""
    found = read_html(URL, page(article(f"<h1>T</h1><p>{FILLER}</p>"), head))
    assert (found.author, found.document.date) == ("Ada Lovelace", "2021-05-06")
    bare = read_html(URL, page(article(f"<h1>T</h1><p>{FILLER} On 3 May 2020 it was.</p>")))
    assert (bare.author, bare.document.date) == ("", "")


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ("/other", "https://e.org/other"),
        ("https://www.e.org/wiki/x?utm_medium=1&b=2#top", "https://www.e.org/wiki/x?b=2"),
        ("https://evil.org/x", "https://e.org/wiki/a-star-search"),
        ("/", "https://e.org/wiki/a-star-search"),
        ("javascript:alert(1)", "https://e.org/wiki/a-star-search"),
        ("http://[", "https://e.org/wiki/a-star-search"),
    ],
)
def test_canonical_addresses(canonical: str, expected: str) -> None:
    head = f"<title>T</title><link rel='canonical' href='{canonical}'>"
    assert read_html(URL, page(article(f"<p>{FILLER}</p>"), head)).canonical == expected


def test_a_canonical_link_in_the_body_does_not_count() -> None:
    body = f"<link rel='canonical' href='/forged'><p>{FILLER}</p>"
    assert read_html(URL, page(article(body))).canonical == "https://e.org/wiki/a-star-search"


def test_links_start_from_the_base_element() -> None:
    head = "<title>T</title><base href='https://docs.e.org/v2/'>"
    body = f"""<p>{FILLER} See <a href='x'>the x page</a>, <a href='javascript:x'>no link</a>,
    <a href='#here'>a place here</a>, <a href='mailto:a@b'>mail</a>.</p>"""
    document = read_html(URL, page(article(body), head)).document
    assert [link.target for link in document.links] == ["https://docs.e.org/v2/x"]


def test_preformatted_pages_keep_their_text() -> None:
    document = read_html(URL, page(f"<pre>{FILLER * 3}</pre>")).document
    check(document)
    assert "keeps a frontier" in document.text


@pytest.mark.parametrize("body", [b"", b" ", b"<", b"<html>", b"\xff\xfe", b"\0\0", b"<p>hi"])
def test_a_page_without_text_warns(body: bytes) -> None:
    document = read_html(URL, body).document
    check(document)
    if "hi" not in document.text:
        assert any("no main text" in warning for warning in document.warnings)


def test_a_page_that_is_too_large_is_refused() -> None:
    with pytest.raises(ReadError, match="bytes, more than"):
        read_html(URL, b"x" * (LARGEST + 1))


def test_reading_twice_gives_the_same() -> None:
    assert read_html(URL, page(article(WHOLE))) == read_html(URL, page(article(WHOLE)))


# --- generated pages --------------------------------------------------------------------

_words = st.text(
    st.characters(
        categories=["L", "N", "P", "S", "Zs", "Cf", "Mn"], exclude_characters="<>&\u2028\u2029"
    ),
    max_size=30,
)
_scraps = st.sampled_from(
    "&amp; &lt; &nbsp; &#160; &#x41; &copy &bogus; & < > &#0; &#xD800; <br> <br/> <b> </b> <i> "
    "</i> <em> </em> <code> </code> <a> <a\thref=/x> <a\thref='#y'> </a> <span> </span> <!--x--> "
    "<!---> <!--> </ </3 <3 <p> </p> <div> </div> <li> <ul> </ul> <h1> </h1> <h2> </h2> <pre> "
    '</pre> <td> <table> </table> <q\tx="a>b"> <x\ty=\'> <script> </script> <style> </style> '
    "<title> </title> <textarea> </textarea> \n \r\n \t \u00a0 \u200b \ufeff \x0c <![CDATA[x]]> "
    "<?x?> <!x>".replace("\n ", "\n\x01").split(" ")
).map(lambda scrap: scrap.replace("\x01", ""))
_fragments = st.lists(st.one_of(_words, _scraps), max_size=25).map("".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_fragments, min_size=1, max_size=6), st.booleans())
def test_any_page_keeps_every_promise(fragments: list[str], wrapped: bool) -> None:
    body = "".join(f"<p>{fragment} {FILLER}</p>" for fragment in fragments)
    data = page(article(body)) if wrapped else body.encode()
    check(read_html(URL, data, "text/html; charset=utf-8").document)


@settings(max_examples=300)
@given(_fragments)
def test_visible_text_keeps_its_places(fragment: str) -> None:
    visible = read_visible(fragment)
    check_map(*_blanks_apart(visible.text, visible.offsets, fragment))
    check_map(*_blanks_apart(visible.title, visible.title_offsets, fragment))
    assert visible.breaks == sorted(visible.breaks)


def _blanks_apart(text: str, offsets: OffsetMap, source: str) -> tuple[str, OffsetMap, str]:
    """In the visible text any blank may stand for another; only its number counts."""
    return re.sub(r"\s", " ", text), offsets, re.sub(r"\s", " ", source)


@settings(max_examples=300)
@given(_fragments)
def test_tokens_follow_one_another(fragment: str) -> None:
    at = 0
    for token in tokens(fragment):
        assert at <= token.start < token.end <= len(fragment)
        at = token.end


@settings(max_examples=200)
@given(st.lists(_words.filter(lambda w: bool(squeezed(w)[0])), min_size=1, max_size=8))
def test_every_paragraph_of_a_simple_page_is_found(words: list[str]) -> None:
    source = "".join(f"<p>{html_library.escape(word)}</p>" for word in words)
    visible = read_visible(source)
    aligner = Aligner(visible.text, visible.breaks)
    for word in words:
        ranges = aligner.place([word])
        assert len(ranges) == 1
        ((start, end),) = ranges
        assert squeezed(visible.text[start:end])[0] == squeezed(word)[0]


@settings(max_examples=200)
@given(_fragments, st.data())
def test_any_range_is_written_in_place(fragment: str, data: st.DataObject) -> None:
    visible = read_visible(fragment)
    if not visible.text:
        return
    borders = sorted(data.draw(st.lists(st.integers(0, len(visible.text)), min_size=2, max_size=6)))
    ranges = [pair for pair in zip(borders[::2], borders[1::2], strict=False) if pair[0] < pair[1]]
    builder = TextBuilder()
    emitter = Emitter(visible.text, visible.offsets, fragment, builder)
    span = emitter.add(ranges)
    text, offsets = builder.build()
    check_map(text, offsets, fragment)
    assert text[span.start : span.end] == text
    assert text == text.strip()


# --- charsets ---------------------------------------------------------------------------

GERMAN = "Für jede Größe ein Maß, überall. " * 5
CYRILLIC = "Поиск по первому наилучшему совпадению на графе. " * 5


@pytest.mark.parametrize(
    ("data", "content_type", "charset", "warns"),
    [
        (GERMAN.encode(), "text/html; charset=utf-8", "utf-8", False),
        (GERMAN.encode("cp1252"), "text/html; charset=ISO-8859-1", "cp1252", False),
        (CYRILLIC.encode("cp1251"), 'text/html; charset="windows-1251"', "cp1251", False),
        (CYRILLIC.encode("koi8-r"), "text/html;charset=KOI8-R", "koi8-r", False),
        (
            "検索アルゴリズム".encode("shift_jis"),
            "text/html; charset=Shift_JIS",
            "shift_jis",
            False,
        ),
        # no header: meta, in both spellings
        (b"<meta charset=windows-1251>" + CYRILLIC.encode("cp1251"), "text/html", "cp1251", False),
        (
            b"<meta http-equiv=Content-Type content='text/html; charset=koi8-r'>"
            + CYRILLIC.encode("koi8-r"),
            "",
            "koi8-r",
            False,
        ),
        (
            b"<?xml version='1.0' encoding='koi8-r'?>" + CYRILLIC.encode("koi8-r"),
            "",
            "koi8-r",
            False,
        ),
        # byte-order marks win
        (b"\xef\xbb\xbf" + GERMAN.encode(), "text/html; charset=latin1", "utf-8", False),
        (("\ufeff" + GERMAN).encode("utf-16-le"), "text/html; charset=utf-8", "utf-16-le", False),
        (("\ufeff" + GERMAN).encode("utf-16-be"), "", "utf-16-be", False),
        (("\ufeff" + GERMAN).encode("utf-32-le"), "", "utf-32-le", False),
        # wrong declarations
        (GERMAN.encode(), "text/html; charset=iso-8859-1", "utf-8", True),
        (GERMAN.encode(), "text/html; charset=ascii", "utf-8", True),
        (GERMAN.encode(), "text/html; charset=nonsense", "utf-8", False),
        (GERMAN.encode(), "text/html; charset=utf-16", "utf-8", True),
        (b"<meta charset=utf-16>" + GERMAN.encode(), "", "utf-8", False),
        # nothing said
        (GERMAN.encode(), "", "utf-8", False),
        (CYRILLIC.encode("cp1251"), "", "cp1251", True),
        # codecs that are no charsets
        (b"+ADw-script+AD4-", "text/html; charset=utf-7", "utf-8", False),
        (b"\\x41", "text/html; charset=unicode_escape", "utf-8", False),
        (b"abc", "text/html; charset=rot13", "utf-8", False),
        (b"abc", "text/html; charset=zlib", "utf-8", False),
    ],
)
def test_charsets(data: bytes, content_type: str, charset: str, warns: bool) -> None:
    found = decoded(data, content_type)
    assert found.charset == charset
    assert bool(found.warning) == warns
    assert found.text.encode(charset) == data


def test_bytes_of_no_charset_are_replaced_and_said_so() -> None:
    found = decoded(
        b"good \xff\xfe\xfd\x81 text \x8d" + bytes(range(128, 160)) * 3, "x; charset=utf-8"
    )
    assert "good" in found.text
    assert found.warning


def test_a_wrong_charset_warns_in_the_document() -> None:
    data = page(article(f"<p>{GERMAN}</p><p>{FILLER}</p>"))
    document = read_html(URL, data, "text/html; charset=iso-8859-1").document
    check(document)
    assert "Für jede Größe ein Maß" in document.text
    assert any("declared as cp1252" in warning for warning in document.warnings)


@settings(max_examples=100)
@given(
    st.binary(max_size=300), st.sampled_from(["", "text/html; charset=utf-8", "x; charset=big5"])
)
def test_any_bytes_are_decoded(data: bytes, content_type: str) -> None:
    found = decoded(data, content_type)
    assert found.warning or found.text.encode(found.charset) == data


# --- hostile pages ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 300_000,
        "<a " * 100_000,
        "<!--" * 100_000,
        "<b>" * 100_000,
        "<a href='" * 50_000,
        "<div>" * 50_000,
        "</b>" * 100_000,
        "<b></i>" * 60_000,
        "&" * 300_000,
        "&#" * 200_000,
        "<script>" * 50_000,
        "<title>" * 50_000,
        "<p x=" + '"' * 300_000,
        "<p " + "a=b " * 100_000 + ">",
        "<meta http-equiv=refresh content='0;" + " " * 300_000 + "'>",
        "<meta http-equiv=refresh content='" + "0 " * 100_000 + "'>",
        " " * 300_000 + "<p>",
    ],
    ids=lambda text: text[:12].strip() or "blanks",
)
def test_hostile_markup_takes_linear_time(hostile: str) -> None:
    started = time.monotonic()
    with suppress(BadPage):  # refused is as good as read
        read_visible(hostile)
    assert time.monotonic() - started < 10, "a hang, not a measurement"


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<li>a", "<p>a</p>", "<td>a<td>b", "a<br>"],
)
def test_hostile_pages_are_read_or_left_empty(hostile: str) -> None:
    hostile *= 250_000 // len(hostile)
    started = time.monotonic()
    check(read_html(URL, (hostile + f"<p>{FILLER}").encode()).document)
    assert time.monotonic() - started < 60, "a hang, not a measurement"
