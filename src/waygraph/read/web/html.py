"""HTML: bytes -> Article, every character of the text mapped to its place in the source.

trafilatura says which parts of a page are its main text, but not where they stand. So the
page is read twice: once by trafilatura, once by ``visible``, which knows all places; then
the paragraphs of the one are looked up in the other. What is not found is left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from waygraph.errors import ReadError
from waygraph.model import Block, Document, Link, Mark, Span
from waygraph.read.plain import sections_of
from waygraph.read.text import TextBuilder, folded, line_starts
from waygraph.read.web.align import Aligner, squeezed
from waygraph.read.web.charset import decoded
from waygraph.read.web.emit import Emitter
from waygraph.read.web.extract import Extract, Paragraph, extract
from waygraph.read.web.tokens import BadPage
from waygraph.read.web.urls import BadAddress, joined, page_url, same_site, without_tracking
from waygraph.read.web.visible import Visible, read_visible

LARGEST = 6_000_000
# Some 5,000 paragraphs: beyond, a second opinion on what is main text would take too long.
_MANY_BREAKS = 10_000
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{1,8})*")


@dataclass(frozen=True, slots=True)
class Article:
    """A page, read, with what a ``Document`` has no field for.

    ``author`` and ``language`` (a BCP 47 tag such as ``en-GB``) are empty if the page names
    none. ``canonical`` is the document's address.
    """

    document: Document
    author: str = ""
    language: str = ""
    canonical: str = ""


def read_html(url: str, body: bytes, content_type: str = "") -> Article:
    """Read one page.

    Args:
        url: the address it came from, after all redirects.
        body: the page, at most ``LARGEST`` bytes.
        content_type: the header, for the charset.

    Raises:
        ReadError: the page is too large, or a tag of it.
        BadAddress: ``url`` is no address of a page.
    """
    if len(body) > LARGEST:
        raise ReadError(url, f"the page has {len(body):,} bytes, more than {LARGEST:,}")
    text = decoded(body, content_type)
    try:
        page = read_visible(text.text)
    except BadPage as error:
        raise ReadError(url, error.message) from None
    canonical = canonical_url(page_url(url), page)
    main = extract(text.text, canonical, fast=len(page.breaks) > _MANY_BREAKS)
    writer = _Writer(text.text, page, _base(url, page))
    title = _title(page, main, canonical)
    warnings = [f"the page {text.warning}"] if text.warning else []
    warnings += writer.write(main.paragraphs, title)
    document = writer.document(canonical, body, title, main.date, tuple(warnings))
    return Article(document, main.author, _language(page), canonical)


def canonical_url(url: str, page: Visible) -> str:
    """The address under which a page is known.

    That is what it says itself (``link rel=canonical``), if it is on the same site and not
    the front page for an inner one, as misconfigured sites say of all their pages; else
    ``url``. Without parameters that only track.
    """
    chosen = url
    if page.canonical:
        try:
            said = joined(_base(url, page), page.canonical)
        except BadAddress:
            said = url
        is_front = urlsplit(said).path == "/" and not urlsplit(said).query
        if same_site(said, url) and (not is_front or urlsplit(url).path == "/"):
            chosen = said
    return without_tracking(chosen)


def _base(url: str, page: Visible) -> str:
    """The address that the page's links start from."""
    try:
        return joined(url, page.base) if page.base else page_url(url)
    except BadAddress:
        return page_url(url)


def _language(page: Visible) -> str:
    found = _LANGUAGE.match(page.language.strip())
    return found.group() if found else ""


def _title(page: Visible, main: Extract, url: str) -> str:
    """The page's title, without its site's name if something on the page is called the rest."""
    whole = " ".join(page.title.split()) or main.title
    headings = [" ".join(h.text.split()) for h in page.headings if h.level == 1]
    named = [name for name in (*headings, main.title) if folded(name)]
    # "Structs - The Book" under the headings "The Book" and "Structs" is called Structs
    inside = [name for name in named if folded(name) in folded(whole)]
    if inside:
        return min(inside, key=lambda name: folded(whole).find(folded(name)))
    parts = urlsplit(url)
    return whole or next(iter(named), "") or PurePosixPath(unquote(parts.path)).stem or parts.netloc


class _Writer:
    """Writes paragraphs of a page into a document."""

    def __init__(self, source: str, page: Visible, base: str) -> None:
        self._source = source
        self._page = page
        self._base = base
        self._lines = line_starts(source)
        self._text = TextBuilder()
        self._emitter = Emitter(page.text, page.offsets, source, self._text)
        self._blocks: list[Block] = []

    def write(self, paragraphs: Sequence[Paragraph], title: str) -> list[str]:
        """Write the title and the paragraphs; returns warnings."""
        aligner = Aligner(self._page.text, self._page.breaks)
        placed = [(paragraph, aligner.place(paragraph.chunks)) for paragraph in paragraphs]
        found = [(paragraph, ranges) for paragraph, ranges in placed if ranges]
        # a page that is all preformatted is not all code
        prose = [(p, ranges) for p, ranges in found if not self._is_code(ranges)] or found
        if not any(p.kind == "heading" and self._says(ranges, title) for p, ranges in prose):
            self._write_title(title)
        for paragraph, ranges in prose:
            self._begin(self._page.offsets.source_start(ranges[0][0]))
            self._end(paragraph.kind, paragraph.level, self._emitter.add(ranges))
        warnings = []
        if not prose:
            warnings.append("no main text was found on the page")
        if lost := len(placed) - len(found):
            warnings.append(
                f"{lost} of {len(placed)} paragraphs were not found again in the page's source "
                "and are left out"
            )
        return warnings

    def _says(self, ranges: Sequence[tuple[int, int]], title: str) -> bool:
        said = " ".join(self._page.text[start:end] for start, end in ranges)
        return said.split() == title.split()

    def _is_code(self, ranges: Sequence[tuple[int, int]]) -> bool:
        """Whether a paragraph lies within preformatted text."""
        code = self._page.code
        i = bisect_right(code, (ranges[0][0], len(self._page.text))) - 1
        return i >= 0 and ranges[-1][1] <= code[i][1]

    def _begin(self, source: int) -> None:
        if self._text.length:
            self._text.add("\n\n", source, 0)

    def _end(self, kind: str, level: int, span: Span) -> None:
        if span.start < span.end:
            self._blocks.append(Block(kind, span, level))

    def _write_title(self, title: str) -> None:
        """The title as a block, from where it stands: a heading, else the title element."""
        page = self._page
        needle = squeezed(title)[0]
        for heading in page.headings:
            if needle and squeezed(heading.text)[0] == needle:
                self._end("title", 0, self._emitter.add([(heading.start, heading.end)]))
                return
        shown, places = squeezed(page.title)
        at = shown.find(needle)
        if needle and at >= 0:
            emitter = Emitter(page.title, page.title_offsets, self._source, self._text)
            stretch = (places[at], places[at + len(needle) - 1] + 1)
            self._end("title", 0, emitter.add([stretch]))

    def _marks(self) -> Iterator[tuple[Mark, str]]:
        """Inline markup of what was written, each with its target if it is a link."""
        ends = [block.span.end for block in self._blocks]
        for inline in self._page.inlines:
            span = self._emitter.span(inline.start, inline.end)
            if span is None:
                continue
            # markup around several blocks counts for the first
            i = bisect_right(ends, span.start)
            end = min(span.end, ends[i]) if i < len(ends) else span.end
            if span.start < end:
                yield Mark(inline.kind, Span(span.start, end), inline.outer), inline.target

    def document(
        self, address: str, body: bytes, title: str, date: str, warnings: Sequence[str]
    ) -> Document:
        """The document of all that was written."""
        text, offsets = self._text.build()
        marks, links = [], []
        for mark, target in self._marks():
            line = bisect_right(self._lines, mark.outer[0])
            if mark.kind != "link":
                marks.append(mark)
            elif url := self._absolute(target):
                marks.append(mark)
                links.append(Link("link", mark.span, url, line))
        name = PurePosixPath(unquote(urlsplit(address).path)).stem
        return Document(
            address=address,
            digest=sha256(body).hexdigest(),
            title=title,
            page=folded(title) == folded(name) or not date,
            source=self._source,
            text=text,
            offsets=offsets,
            lines=self._lines,
            blocks=tuple(self._blocks),
            marks=tuple(sorted(marks, key=lambda mark: (mark.span, mark.kind))),
            links=tuple(sorted(links, key=lambda link: link.span)),
            sections=sections_of(text, self._blocks),
            date=date,
            warnings=tuple(warnings),
        )

    def _absolute(self, target: str) -> str:
        """Where a link leads, with its fragment; empty if to no page."""
        bare, mark, fragment = target.strip().partition("#")
        try:
            # a place on this very page is no other page
            return joined(self._base, bare) + mark + fragment if bare else ""
        except BadAddress:
            return ""
