"""Markdown: bytes -> Document, every character of the text mapped to its place in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import unquote

from markdown_it.token import Token

from waygraph.errors import ReadError
from waygraph.model import Block, Document, Link, Mark, Section, Span
from waygraph.read.front_matter import (
    FrontMatter,
    find_date,
    find_day,
    occurrences,
    read_front_matter,
)
from waygraph.read.inline import parser
from waygraph.read.text import TextBuilder

_NEWLINE = re.compile(r"\r\n|\r|\n")
_BARE_URL = re.compile(r"https?://[^\s<>\[\]\"'`]+[^\s<>\[\]\"'`.,;:!?)*_]")
_PAIRED = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
_CLOSERS = {"strong_close", "em_close", "link_close"}
_TEXT = {"text", "text_special", "code_inline", "math_inline", "math_inline_double"}


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
    spelled = name.casefold().replace("*", "star").replace("+", "plus").replace("#", "sharp")
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
        stops = [start for start, _ in ends] + [len(self.source)]
        self._content = [
            self.source[start:stop] for start, stop in zip(self.lines, stops, strict=True)
        ]
        self._columns: dict[int, int] = {}

    def add_fields(self, kind: str, front: FrontMatter, texts: tuple[str, ...]) -> None:
        """Front matter fields as blocks of their own, where they stand literally."""
        for text, at in zip(texts, occurrences(self.source, front, texts), strict=True):
            if at >= 0:
                start = self._begin(at)
                self.text.add(text, at)
                self.blocks.append(Block(kind, Span(start, self.text.length)))

    def add_body(self) -> None:
        first = bisect_right(self.lines, self.body_start) - 1 if self.body_start else 0
        lines = [""] * first + self._content[first:]
        if lines and lines[0].startswith("\ufeff"):
            lines[0] = " " + lines[0][1:]
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
        places = self._places(token, kind)
        if not places or not token.content.strip():
            return
        level = int(kind[-1]) if kind.startswith("heading") else 0
        start = self._begin(places[0][1])
        self._add_children(token.children or [], places)
        if self.text.length > start:
            self.blocks.append(Block(kind.rstrip("123456"), Span(start, self.text.length), level))

    def _places(self, token: Token, kind: str) -> list[tuple[int, int]]:
        """Pairs (content offset, source offset): where the runs of ``content`` stand."""
        places: list[tuple[int, int]] = []
        offset = 0
        first = token.map[0] if token.map else 0
        for number, piece in enumerate(token.content.split("\n"), first):
            if number >= len(self._content):
                return []
            line, base = self._content[number], self.lines[number]
            begin = self._columns.get(number, 0) if kind == "cell" else 0
            if kind.startswith("heading") and number == first:
                stripped = line.lstrip(" \t>")
                begin = len(line) - len(stripped.lstrip("#"))
            runs = _align(piece, line, begin, suffix=kind in ("paragraph", "item"))
            if runs is None:
                return []
            places += [(offset + at, base + column) for at, column in runs]
            if kind == "cell" and runs:
                self._columns[number] = runs[-1][1] + len(piece) - runs[-1][0]
            offset += len(piece) + 1
        return places

    def _add_children(self, children: list[Token], places: list[tuple[int, int]]) -> None:
        def at(offset: int) -> int:
            i = max(0, bisect_right(places, (offset, 1 << 60)) - 1)
            return places[i][1] + offset - places[i][0]

        opened: list[tuple[Token, int, int]] = []
        for token in children:
            if "at" not in token.meta:
                continue
            begin, end = token.meta["at"]
            source = at(begin)
            size = at(end - 1) + 1 - source if end > begin else 0
            here = self.text.length
            if token.type in _PAIRED:
                opened.append((token, here, source))
            elif token.type in _CLOSERS and opened:
                self._close(*opened.pop(), source + size)
            elif token.type in ("softbreak", "hardbreak"):
                self.text.add(" " if token.type == "softbreak" else "\n", source, size)
            elif token.type == "wikilink":
                first, last = token.meta["label"]
                self.text.add(token.content, at(first), at(last - 1) + 1 - at(first))
                self._link(token.markup, here, token.meta["target"], (source, source + size))
            elif token.type in _TEXT:
                self._add_text(token, source, size)

    def _add_text(self, token: Token, source: int, size: int) -> None:
        here, content = self.text.length, token.content
        fence = (size - len(content)) // 2 if token.type == "code_inline" else 0
        if token.type.startswith("math"):
            fence = len(token.markup)
        if fence:
            literal = self.source[source + fence : source + fence + len(content)]
            inner = len(content) if len(literal) == len(content) else size - 2 * fence
            self.text.add(content, source + fence, inner)
            kind = "code" if token.type == "code_inline" else "math"
            self.marks.append(Mark(kind, Span(here, self.text.length), (source, source + size)))
            return
        self.text.add(content, source, size)
        for match in _BARE_URL.finditer(content) if "://" in content else ():
            first, last = match.span()
            self._link(
                "url", here + first, match.group(), (source + first, source + last), here + last
            )

    def _close(self, token: Token, here: int, source: int, end: int) -> None:
        span = Span(here, self.text.length)
        if span.start == span.end:
            return
        kind = _PAIRED[token.type]
        if kind == "link":
            # the closing token ends with the label; its address stands behind it
            self._link("link", here, unquote(str(token.attrs.get("href", ""))), (source, end))
        else:
            self.marks.append(Mark(kind, span, (source, end)))

    def _link(
        self, kind: str, here: int, target: str, outer: tuple[int, int], end: int | None = None
    ) -> None:
        span = Span(here, self.text.length if end is None else end)
        line = bisect_right(self.lines, outer[0])
        self.links.append(Link(kind, span, target, line))
        self.marks.append(Mark("url" if kind == "url" else "link", span, outer))


def _align(piece: str, line: str, begin: int, *, suffix: bool) -> list[tuple[int, int]] | None:
    """Where ``piece``, the content that the block parser cut from ``line``, stands in it.

    Runs (offset in piece, column): one run unless the parser dropped characters on the
    way (the backslash of an escaped pipe). None if the piece is not there.
    """
    bare, whole = piece.rstrip(), line.rstrip()
    if suffix and whole.endswith(bare):
        return [(0, len(whole) - len(bare))]
    found = line.find(bare, begin)
    if found >= 0:
        return [(0, found)]
    runs: list[tuple[int, int]] = []
    column = begin
    for offset, character in enumerate(bare):
        found = line.find(character, column)
        if found < 0:
            # a tab that the parser widened to spaces has nothing to point at
            if character == " ":
                continue
            return None
        if not runs or found - column or not offset:
            runs.append((offset, found))
        column = found + 1
    return runs or None


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
