"""Markdown: bytes -> Document, every character of the text mapped to its place in the source."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath

from markdown_it.token import Token

from waygraph.errors import ReadError
from waygraph.model import Block, Document, Link, Mark, OffsetMap, Section, Span
from waygraph.read.front_matter import (
    FrontMatter,
    find_date,
    find_day,
    occurrences,
    read_front_matter,
)
from waygraph.read.inline import parser
from waygraph.read.text import Places, TextBuilder

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BARE_URL = re.compile(r"https?://[^\s<>\[\]\"'`]+[^\s<>\[\]\"'`.,;:!?)*_]")
_PAIRED = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
_CLOSERS = {"strong_close", "em_close", "link_close"}
_ENCLOSED = {"code_inline": "code", "math_inline": "math", "math_inline_double": "math"}
_BREAKS = {"softbreak": " ", "hardbreak": "\n"}
# a table's cell, from the pipe before it (if any) to the one behind it
_CELL = re.compile(r"\|?((?:[^|]|(?<=\\)\|)*)")
_CLOSING_HASHES = re.compile(r"(?<=[ \t])#+[ \t]*$")


def read_markdown(address: str, data: bytes) -> Document:
    """Read one Markdown note.

    Args:
        address: POSIX path relative to the corpus root, used in messages and as identity.
        data: the file's bytes, UTF-8 with or without a byte-order mark.

    Raises:
        ReadError: the bytes are not UTF-8 text (names the line of the first bad byte).
    """
    source = _decode(address, data)
    front = read_front_matter(source)
    builder = _Builder(source, front.end)
    title = front.text("title")
    tags, aliases = front.texts("tags", "tag"), front.texts("aliases", "alias")
    for kind, texts in (("title", (title,)), ("tag", tags), ("alias", aliases)):
        builder.add_fields(kind, front, tuple(filter(None, texts)))
    builder.add_body()
    text, offsets = builder.text.build()
    builder.add_urls(text, offsets)
    heading = next((b for b in builder.blocks if b.kind == "heading" and b.level == 1), None)
    name = PurePosixPath(address).stem.strip()
    first = text[heading.span.start : heading.span.end] if heading else ""
    shown = title or first or name
    date, warning = find_date(front.text("date"), name)
    return Document(
        address=address,
        digest=sha256(data).hexdigest(),
        title=shown,
        page=folded(shown) == folded(name) and find_day(shown) is None,
        source=source,
        text=text,
        offsets=offsets,
        lines=builder.lines,
        blocks=tuple(builder.blocks),
        marks=tuple(sorted(builder.marks, key=lambda mark: (mark.span, mark.kind))),
        links=tuple(sorted(builder.links, key=lambda link: link.span)),
        sections=_sections(text, builder.blocks),
        tags=tags,
        aliases=aliases,
        date=date,
        day=find_day(title, name, first),
        warnings=tuple(filter(None, (front.warning, warning))),
    )


def folded(name: str) -> str:
    """A title or file name as letters and digits alone; star, plus and sharp spelled out.

    ``A* search`` and ``a-star-search`` fold to the same.
    """
    whole = unicodedata.normalize("NFKC", name)  # some systems split letters and accents
    spelled = whole.casefold().replace("*", "star").replace("+", "plus").replace("#", "sharp")
    return "".join(c for c in spelled if c.isalnum())


def _decode(address: str, data: bytes) -> str:
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ReadError(
            address,
            f"byte 0x{data[error.start]:02x} is not UTF-8",
            line,
            "save the file as UTF-8 and ingest it again",
        ) from None
    if "\0" in source:
        line = source.count("\n", 0, source.index("\0")) + 1
        raise ReadError(address, "holds a NUL character: this is not a text file", line)
    return source


@dataclass
class _Builder:
    source: str
    body_start: int
    text: TextBuilder = field(default_factory=TextBuilder)
    blocks: list[Block] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def __post_init__(self) -> None:
        ends = [match.span() for match in _NEWLINE.finditer(self.source)]
        self.lines = (0, *(end for _, end in ends))
        # where each line's content starts: the first one's behind a byte-order mark
        self._starts = (int(self.source.startswith("\ufeff")), *self.lines[1:])
        stops = [start for start, _ in ends] + [len(self.source)]
        self._content = [
            self.source[start:stop] for start, stop in zip(self._starts, stops, strict=True)
        ]
        self._columns: dict[int, int] = {}
        self._body = 0

    def add_fields(self, kind: str, front: FrontMatter, texts: tuple[str, ...]) -> None:
        """Front matter fields as blocks of their own, where they stand literally."""
        places = occurrences(self.source, front, kind, texts)
        for text, at in zip(texts, places, strict=True):
            if at >= 0:
                start = self._begin(at)
                self.text.add(text, at)
                self.blocks.append(Block(kind, Span(start, self.text.length)))

    def add_body(self) -> None:
        """The blocks below the front matter."""
        self._body = self.text.length
        first = bisect_left(self.lines, self.body_start)
        lines = [""] * first + self._content[first:]
        kinds: list[str] = ["paragraph"]
        for token in parser().parse("\n".join(lines)):
            if token.type in ("list_item_open", "th_open", "td_open", "heading_open"):
                kinds.append({"l": "item", "t": "cell", "h": "heading"}[token.type[0]])
            elif token.type in ("list_item_close", "th_close", "td_close", "heading_close"):
                kinds.pop()
            level = int(token.tag[1]) if token.type == "heading_open" else 0
            if level:
                kinds[-1] = f"heading{level}"
            if token.type == "inline" and token.map:
                self._add_inline(token, kinds[-1])

    def _begin(self, source: int) -> int:
        """Start a block: set it off from the one before and say where it begins."""
        if self.text.length:
            self.text.add("\n\n", source, 0)
        return self.text.length

    def _add_inline(self, token: Token, kind: str) -> None:
        places = self._cell(token) if kind == "cell" else self._places(token, kind)
        if places is None or not token.content.strip():
            return
        level = int(kind[-1]) if kind.startswith("heading") else 0
        start = self._begin(places.start(0))
        self._add_children(token.children or [], places)
        if self.text.length > start:
            self.blocks.append(Block(kind.rstrip("123456"), Span(start, self.text.length), level))

    def _places(self, token: Token, kind: str) -> Places | None:
        """Where each line of the content stands: it is the end of a line of the source."""
        places, offset = Places(), 0
        number, last = token.map or (0, 0)
        for piece in token.content.split("\n"):
            found = None
            # the parser may have trimmed whole lines of odd blanks
            while found is None and number < last:
                line = self._content[number]
                if kind.startswith("heading"):
                    found = _locate(piece, _CLOSING_HASHES.sub("", line))
                found = found or _locate(piece, line)
                number += 1
            if found is None:
                return None
            (skipped, column), base = found, self._starts[number - 1]
            if skipped:
                places.add(offset, base + max(0, column - skipped))
            places.add(offset + skipped, base + column)
            offset += len(piece) + 1
        return places

    def _cell(self, token: Token) -> Places | None:
        """Where a table's cell stands. The backslash of an escaped pipe is not in its content."""
        places, offset = Places(), 0
        number = token.map[0] if token.map else 0
        begin = self._columns.get(number, token.meta["column"])
        match = _CELL.match(self._content[number], begin)
        if match is None:
            return None
        self._columns[number] = match.end()
        bare = match.group(1).lstrip()
        column = match.end() - len(bare)
        for part in re.split(r"\\(?=\|)", bare):
            places.add(offset, self._starts[number] + column)
            offset += len(part)
            column += len(part) + 1
        return places

    def _add_children(self, children: list[Token], places: Places) -> None:
        opened: list[tuple[Token, int, int]] = []
        for token in children:
            if "at" not in token.meta:
                continue
            begin, end = token.meta["at"]
            source, stop = places.start(begin), places.end(end)
            here = self.text.length
            if token.type in _PAIRED:
                # of "**" the inner asterisk became the token
                wide = len(token.markup) - 1 if token.type == "strong_open" else 0
                opened.append((token, here, source - wide))
            elif token.type in _CLOSERS and opened:
                self._close(*opened.pop(), stop)
            elif token.type == "text":
                self._add_run(token.content, begin, places)
            elif token.type == "text_special" or token.type in _BREAKS:
                self.text.add(_BREAKS.get(token.type, token.content), source, stop - source)
            elif token.type == "wikilink":
                self._add_run(token.content, token.meta["label"][0], places)
                self._link(token.markup, here, token.meta["target"], (source, stop))
            elif token.type in _ENCLOSED:
                fence = len(token.markup)
                # a code span drops one space at either side
                fence += end - begin - 2 * fence > len(token.content)
                self._add_run(token.content, begin + fence, places)
                span = Span(here, self.text.length)
                self.marks.append(Mark(_ENCLOSED[token.type], span, (source, stop)))

    def _add_run(self, text: str, begin: int, places: Places) -> None:
        """Add text that stands in the content, character by character, from ``begin`` on."""
        for first, last in places.runs(begin, begin + len(text)):
            source = places.start(first)
            self.text.add(text[first - begin : last - begin], source, places.end(last) - source)

    def _close(self, token: Token, here: int, source: int, end: int) -> None:
        span = Span(here, self.text.length)
        if span.start == span.end:
            return
        kind = _PAIRED[token.type]
        if kind == "link":
            target = str(token.attrs.get("href", ""))
            self._link("url" if token.info == "auto" else "link", here, target, (source, end))
        else:
            wide = len(token.markup) - 1
            self.marks.append(Mark(kind, span, (source, end + wide)))

    def _link(self, kind: str, here: int, target: str, outer: tuple[int, int]) -> None:
        span = Span(here, self.text.length)
        self.links.append(Link(kind, span, target, self._line(outer[0])))
        self.marks.append(Mark("url" if kind == "url" else "link", span, outer))

    def _line(self, source: int) -> int:
        return bisect_right(self.lines, source)

    def add_urls(self, text: str, offsets: OffsetMap) -> None:
        """Bare URLs are links, but in code and math; in a link's label they are no second link."""

        def urls(start: int, end: int) -> Iterator[Mark]:
            for match in _BARE_URL.finditer(text, start, max(start, end)):
                first, last = match.span()
                while text[first:last].count("(") > text[first:last].count(")") and (
                    last < end and text[last] == ")"
                ):
                    last += 1
                outer = offsets.source_start(first), offsets.source_end(last)
                yield Mark("url", Span(first, last), outer)

        at = self._body
        kinds = {"link", "url", "code", "math"}
        covers = sorted((m.span.start, m.span.end, m.kind) for m in self.marks if m.kind in kinds)
        for start, end, kind in (*covers, (len(text), len(text), "")):
            for url in urls(at, start):
                target = text[url.span.start : url.span.end]
                self.links.append(Link("url", url.span, target, self._line(url.outer[0])))
                self.marks.append(url)
            if kind == "link":
                self.marks += urls(start, end)
            at = max(at, end)


def _locate(piece: str, line: str) -> tuple[int, int] | None:
    """Where ``piece`` ends ``line``: its first character that stands there, and the column.

    Blanks at the end do not count, nor do blanks at the start if the parser made them of a tab.
    """
    for blanks in (" \t", None):
        bare, whole = piece.rstrip(blanks), line.rstrip(blanks)
        for core in (bare, bare.lstrip(" \t")):
            if core and whole.endswith(core):
                return len(bare) - len(core), len(whole) - len(core)
    return None


def _sections(text: str, blocks: list[Block]) -> tuple[Section, ...]:
    """Cut the text at its headings; what stands above the first has no heading."""
    starts = [b for b in blocks if b.kind == "heading"]
    if not text:
        return ()
    borders = [0, *(block.span.start for block in starts), len(text)]
    names = ["", *(text[block.span.start : block.span.end] for block in starts)]
    levels = [0, *(block.level for block in starts)]
    return tuple(
        Section(name, level, Span(start, end), len(text[start:end].split()))
        for name, level, start, end in zip(names, levels, borders, borders[1:], strict=False)
        if end > start
    )
