"""What holds for every document, whichever reader made it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from waygraph.model import Document, Mark, Span
from waygraph.read.note import read_source

KINDS = {"title", "tag", "alias", "heading", "paragraph", "item", "cell", "property"}
NEWLINE = re.compile(r"\r\n|\r|\n")
INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
Reads = Callable[[str, str], bool]


def read(text: str, address: str = "note.md") -> Document:
    return read_source(address, text.encode())


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


def check(document: Document, reads: Reads | None = None, marked: bool = True) -> None:
    """Every promise that ``model`` makes about a document's spans.

    ``reads`` says whether a text may stand for what is written otherwise; ``marked`` asks
    for Markdown's or HTML's signs around every mark.
    """
    check_map(document, reads)
    check_blocks(document)
    check_marks(document, marked)
    check_links(document)
    check_sections(document)
    check_hints(document)


def reads_as_markdown(here: str, there: str) -> bool:
    if here in (" ", "\n") and re.fullmatch(r"(?: *|\\)(?:\r\n?|\n)[\s>]*", there):
        return True
    if here == " ":
        return not html.unescape(there).strip() or there == "^["
    if here == "\n":
        return bool(re.fullmatch(r"<br\b[^<>]*>", there, re.I))
    # blanks that the parser made of a tab
    return here.isspace() or here in (there.removeprefix("\\"), html.unescape(there), "\ufffd")


def check_map(document: Document, reads: Reads | None = None) -> None:
    text, source, offsets = document.text, document.source, document.offsets
    assert document.lines == (0, *(match.end() for match in NEWLINE.finditer(source)))
    assert offsets.text_length == len(text)
    assert offsets.starts[0] == 0
    assert not INVISIBLE.search(text)
    assert not re.search(r"[^\S \n]", text)
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
            # every blank reads as a space; every other character stands there as it is
            assert blanks(here) == blanks(there)
            middle = (start + end) // 2
            assert offsets.source_start(middle) == place + middle - start
        elif length == 0:
            assert here in ("\n\n", "\n", " ")
        else:
            assert (reads or reads_as_markdown)(here, there), (here, there)


def check_blocks(document: Document) -> None:
    before = 0
    for block in document.blocks:
        assert block.kind in KINDS
        assert (1 <= block.level <= 6) == (block.kind == "heading")
        assert block.span.start < block.span.end <= len(document.text)
        # between blocks stands an empty line alone, as between paragraphs
        assert document.text[before : block.span.start] == ("\n\n" if before else "")
        before = block.span.end
    assert before == len(document.text)
    # a property follows the block that it stands in
    fields = ("title", "tag", "alias", "property")
    body = [b for b in document.blocks if b.kind not in fields]
    places = [document.offsets.source_start(b.span.start) for b in body]
    assert places == sorted(places)


TAG = r"<({0})\b.*</\2>"
BALANCED = {
    "strong": re.compile(r"(\*\*|__).*\1|" + TAG.format("b|strong"), re.S | re.I),
    "emphasis": re.compile(r"([*_]).*\1|" + TAG.format("i|em"), re.S | re.I),
    "code": re.compile(r"(?:(`+)[^`].*(?<!`)\1|(?:`+)[^`]`+)|" + TAG.format("code|kbd|samp|tt"),
                       re.S | re.I),
    "math": re.compile(r"(\$\$?).*\1", re.S),
    "tag": re.compile(r"#.*", re.S),
    "link": re.compile(r"!?\[.*[\])]|<a\b.*</a\s*>", re.S | re.I),
    "url": re.compile(r"<[^<>]+>|https?://\S+"),
}  # fmt: skip


def check_marks(document: Document, marked: bool) -> None:
    assert list(document.marks) == sorted(document.marks, key=lambda m: (m.span, m.kind))
    for mark in document.marks:
        start, end = mark.outer
        assert mark.kind in BALANCED
        assert mark.span.start < mark.span.end
        assert 0 <= start <= document.offsets.source_start(mark.span.start)
        assert document.offsets.source_end(mark.span.end) <= end <= len(document.source)
        if marked:
            assert BALANCED[mark.kind].fullmatch(outer(document, mark)), (
                mark, outer(document, mark),
            )  # fmt: skip
        assert document.source_span(mark.span)[0] <= start
        assert document.source_span(mark.span)[1] >= end


def check_links(document: Document) -> None:
    marks = {(m.span, m.kind == "url"): m for m in document.marks if m.kind in ("link", "url")}
    for link in document.links:
        assert link.kind in ("link", "wikilink", "embed", "image", "url", "name")
        assert 1 <= link.line <= len(document.lines)
        if link.span.start == link.span.end:
            assert link.span.end <= len(document.text)
            continue
        assert link.kind != "image"
        assert any(
            b.span.start <= link.span.start and link.span.end <= b.span.end for b in document.blocks
        )
        if link.kind == "name":  # the only one without markup
            continue
        mark = marks[link.span, link.kind == "url"]
        assert link.line == len(NEWLINE.findall(document.source, 0, mark.outer[0])) + 1
        assert link.line == document.line_of(mark.outer[0])


def check_sections(document: Document) -> None:
    spans = [section.span for section in document.sections]
    assert "".join(said(document, span) for span in spans) == document.text
    for section in document.sections:
        assert section.span.start < section.span.end
        assert section.words == len(said(document, section.span).split())
        assert said(document, section.span).startswith(section.heading)
        assert 0 <= section.level <= 6
        assert section.day is None or section.day >= 0
        assert re.fullmatch(r"(?:\d{4}-\d\d-\d\d)?", section.date)


def check_hints(document: Document) -> None:
    for kind, value in (("date", document.date), ("day", document.day)):
        used = [h.value for h in document.hints if h.kind == kind and h.verdict == "used"]
        shown = "" if value is None else str(value)
        assert [one.partition("/")[0] for one in used] == ([shown] if shown else [])
    for hint in document.hints:
        assert hint.kind in ("date", "day")
        assert hint.verdict
        assert hint.origin
        assert (hint.line == 0) == (hint.origin == "file name")
