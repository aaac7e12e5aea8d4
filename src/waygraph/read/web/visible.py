"""What a reader of a page would see as text, each character with its place in the source.

More than the main text: menus and footers count too. Which part is worth reading is for
others to say; here is where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from waygraph.model import OffsetMap
from waygraph.read.text import TextBuilder
from waygraph.read.web.tokens import Token, tokens

_BLOCKS = frozenset(
    "address article aside blockquote body button caption center col colgroup dd details dialog "
    "dir div dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header "
    "hgroup hr html legend li main menu nav noscript ol optgroup option p pre search section "
    "select summary table tbody td template textarea tfoot th thead tr ul".split()
)
_HEADINGS = frozenset(("h1", "h2"))
MARKS = {
    "a": "link",
    "b": "strong",
    "strong": "strong",
    "i": "emphasis",
    "em": "emphasis",
    "dfn": "emphasis",
    "code": "code",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
    "var": "code",
}
_DEEPEST = 40
_ENTITY = re.compile(r"&(?:#[0-9]{1,8};?|#[xX][0-9a-fA-F]{1,7};?|[A-Za-z][A-Za-z0-9]{1,31};?)")
_REFRESH = re.compile(r"\s*(\d{1,3})[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?", re.I)
# A longer wait is for reading, not for going on.
_LONGEST_REFRESH = 5


@dataclass(frozen=True, slots=True)
class Inline:
    """An inline element: offsets in the visible text, offsets of its tags in the source."""

    kind: str
    start: int
    end: int
    outer: tuple[int, int]
    target: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 or 2: offsets in the visible text, and what stands there."""

    level: int
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Visible:
    """The visible text of a page and what its head says.

    ``text`` maps to the source by ``offsets``; where one block ends and another begins
    stands a line break that is not in the source. ``breaks`` are those places, ``code`` the
    ranges of preformatted text, both in ``text`` offsets and ascending. ``title_text`` and
    ``title_offsets`` are of the ``title`` element.
    """

    text: str = ""
    offsets: OffsetMap = field(default_factory=lambda: OffsetMap((0,), (0,), (0,), 0))
    title: str = ""
    title_offsets: OffsetMap = field(default_factory=lambda: OffsetMap((0,), (0,), (0,), 0))
    breaks: list[int] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    inlines: list[Inline] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    language: str = ""
    base: str = ""
    canonical: str = ""
    refresh: str = ""
    scripted: bool = False
    asks_password: bool = False


def read_visible(html: str) -> Visible:
    """Read the visible text of a decoded page."""
    reader = _Reader(html)
    for token in tokens(html):
        if token.kind == "text":
            reader.add_text(token)
        elif token.kind == "open":
            reader.open(token)
        else:
            reader.close(token)
    return reader.finish()


@dataclass(slots=True)
class _Open:
    name: str
    start: int
    source: int
    target: str


class _Reader:
    def __init__(self, html: str) -> None:
        self._html = html
        self._page = Visible()
        self._text = TextBuilder()
        self._title = TextBuilder()
        self._in_title = False
        self._in_body = False
        self._opened: list[_Open] = []
        self._code: list[int] = []
        self._heading = -1
        self._headings: list[tuple[int, int, int]] = []

    def add_text(self, token: Token) -> None:
        builder = self._title if self._in_title else self._text
        for text, source, length in _pieces(self._html, token.start, token.end):
            builder.add(text, source, length)

    def open(self, token: Token) -> None:
        name = token.name
        self._note(token)
        if name == "br":
            self._text.add("\n", token.start, token.end - token.start)
        elif name in _BLOCKS:
            self._break(token.start)
        if name in _HEADINGS:
            self._heading = self._text.length
        elif name == "pre":
            self._code.append(self._text.length)
        elif name == "title":
            # a drawing has titles too
            self._in_title = not self._title.length
        elif name in MARKS:
            if name == "a":
                self._close_inline("a", token.start)
            here = _Open(name, self._text.length, token.start, token.attributes.get("href", ""))
            self._opened.append(here)
            del self._opened[:-_DEEPEST]

    def close(self, token: Token) -> None:
        name = token.name
        if name in MARKS:
            self._close_inline(name, token.end)
        elif name == "title":
            self._in_title = False
        elif name in _HEADINGS and self._heading >= 0:
            self._headings.append((int(name[1]), self._heading, self._text.length))
            self._heading = -1
        elif name == "pre" and self._code:
            begin = self._code.pop()
            if not self._code:
                self._page.code.append((begin, self._text.length))
        if name in _BLOCKS:
            self._break(token.start)

    def _break(self, source: int) -> None:
        self._page.breaks.append(self._text.length)
        self._text.add("\n", source, 0)

    def _close_inline(self, name: str, source: int) -> None:
        for i in range(len(self._opened) - 1, -1, -1):
            if self._opened[i].name == name:
                mark = self._opened.pop(i)
                if self._text.length > mark.start:
                    outer = (mark.source, source)
                    span = (mark.start, self._text.length)
                    self._page.inlines.append(Inline(MARKS[name], *span, outer, mark.target))
                return

    def _note(self, token: Token) -> None:
        """What the head, and some tags elsewhere, say of the page."""
        page, name, attributes = self._page, token.name, token.attributes
        if name == "html":
            page.language = page.language or attributes.get("lang", attributes.get("xml:lang", ""))
        elif name == "body":
            self._in_body = True
        elif name == "script":
            page.scripted = True
        elif name == "input" and attributes.get("type", "").lower() == "password":
            page.asks_password = True
        elif name == "base":
            page.base = page.base or attributes.get("href", "").strip()
        elif name == "link" and not self._in_body:
            if "canonical" in attributes.get("rel", "").lower().split():
                page.canonical = page.canonical or attributes.get("href", "").strip()
        elif name == "meta":
            self._note_meta(attributes)

    def _note_meta(self, attributes: dict[str, str]) -> None:
        key = attributes.get("http-equiv", "").strip().lower()
        content = attributes.get("content", "")[:4_000]
        if key == "refresh":
            found = _REFRESH.match(content)
            if found and int(found.group(1)) <= _LONGEST_REFRESH:
                target = content[found.end() :].strip().strip("\"'").strip()
                self._page.refresh = self._page.refresh or target
        elif key == "content-language":
            self._page.language = self._page.language or content.strip()

    def finish(self) -> Visible:
        page = self._page
        if self._code:
            page.code.append((self._code[0], self._text.length))
        page.text, page.offsets = self._text.build()
        page.title, page.title_offsets = self._title.build()
        page.inlines.sort(key=lambda inline: (inline.start, -inline.end))
        for level, start, end in self._headings:
            page.headings.append(Heading(level, start, end, page.text[start:end]))
        return page


def _pieces(html: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """A stretch of source as text: runs that stand there literally, and entities as wholes."""
    at = start
    for found in _ENTITY.finditer(html, start, end):
        written = found.group()
        meant = unescape(written)
        if meant == written:
            continue
        if found.start() > at:
            yield html[at : found.start()], at, found.start() - at
        yield meant, found.start(), len(written)
        at = found.end()
    if end > at:
        yield html[at:end], at, end - at
