"""Plain text and reStructuredText as paragraphs, each character in its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import PurePosixPath

from waygraph.model import Block, Document, Link, OffsetMap, Section, Span
from waygraph.read.text import NEWLINE, TextBuilder, line_starts

_BLANKS = "\ufeff" + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
_URL = re.compile(r"https?://[^\s<>\[\]\"'`]+[^\s<>\[\]\"'`.,;:!?)*_]")
_RULE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}")
_BORDERS = re.compile(r"[=\-+|~^\"'`#*._:\s]+")
_ITEM = re.compile(r"(?:[-*+•]|\(?(?:\d{1,3}|#|[a-zA-Z])[.)])\s+(?=\S)")
_DIRECTIVE = re.compile(r"\.\.(?:\s+|$)(?:([\w:-]+)::)?")
_FIELD = re.compile(r":[\w -]{1,40}:(?=\s|$)")
# Directives whose content is prose.
_PROSE = frozenset(
    "admonition attention caution danger error hint important note tip topic warning seealso "
    "versionadded versionchanged deprecated rubric epigraph".split()
)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line: the source offset and the text of what stands on it, how far it is indented."""

    start: int
    text: str
    indent: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def sections_of(text: str, blocks: Sequence[Block]) -> tuple[Section, ...]:
    """The text cut at its headings; what stands above the first has no heading."""
    if not text:
        return ()
    headings = [block for block in blocks if block.kind == "heading"]
    names = [("", 0)] + [(text[h.span.start : h.span.end], h.level) for h in headings]
    borders = [0, *(heading.span.start for heading in headings), len(text)]
    return tuple(
        Section(name, level, Span(start, end), len(text[start:end].split()))
        for (name, level), (start, end) in zip(names, pairwise(borders), strict=True)
        if end > start
    )


def read_plain(
    address: str, source: str, data: bytes, *, markup: bool = False, title: str = ""
) -> Document:
    """Text as paragraphs, split at blank lines; list items by their bullets.

    Args:
        address: the document's identity.
        source: the decoded text.
        data: the bytes it came from, for the digest.
        markup: the text is reStructuredText: titles show by their underlines, and neither
            directives, comments, fields nor literal blocks are prose. Inline markup stays.
        title: the title; without one the first heading, else the address's last part.
    """
    builder = _Builder()
    for kind, level, group in _groups(_lines(source), _Outline() if markup else None):
        builder.add(kind, level, group)
    text, offsets = builder.text.build()
    name = PurePosixPath(address).stem
    heading = next((b.span for b in builder.blocks if b.kind == "heading"), None)
    shown = title or (text[heading.start : heading.end] if heading else "") or name or address
    lines = line_starts(source)
    return Document(
        address=address,
        digest=sha256(data).hexdigest(),
        title=shown,
        page=True,
        source=source,
        text=text,
        offsets=offsets,
        lines=lines,
        blocks=tuple(builder.blocks),
        marks=(),
        links=tuple(_links(text, offsets, lines)),
        sections=sections_of(text, builder.blocks),
    )


def _links(text: str, offsets: OffsetMap, lines: Sequence[int]) -> Iterator[Link]:
    for match in _URL.finditer(text):
        line = bisect_right(lines, offsets.source_start(match.start()))
        yield Link("url", Span(*match.span()), match.group(), line)


def _lines(source: str) -> list[_Line]:
    """The lines, without blanks at either end."""
    found: list[_Line] = []
    starts = [*line_starts(source), len(source)]
    for start, end in pairwise(starts):
        whole = NEWLINE.sub("", source[start:end])
        bare = whole.strip(_BLANKS)
        indent = whole.find(bare) if bare else len(whole)
        found.append(_Line(start + indent, bare, indent))
    return found


Group = tuple[str, int, list[_Line]]


class _Outline:
    """The title styles of one reStructuredText file: the first met is of level 1."""

    def __init__(self) -> None:
        self._styles: list[str] = []

    def level(self, style: str) -> int:
        """The level of a style: its character, twice if there is a line above the title."""
        if style not in self._styles:
            self._styles.append(style)
        return min(6, self._styles.index(style) + 1)


def _groups(lines: list[_Line], outline: _Outline | None) -> Iterator[Group]:
    """The lines that make a block each, with its kind and level."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.text:
            at += 1
            continue
        if outline is not None:
            heading, behind = _heading(lines, at, outline)
            if heading is not None:
                yield heading
            if behind > at:
                at = behind
                continue
        end = at + 1
        while end < len(lines) and _goes_on(lines, end, outline):
            end += 1
        item = _ITEM.match(line.text)
        bare = _cut(line, item.end()) if item else line
        yield "item" if item else "paragraph", 0, [bare, *lines[at + 1 : end]]
        at = end
        if outline is not None and lines[end - 1].text.endswith("::"):
            at = _behind_indented(lines, end, line.indent)


def _goes_on(lines: list[_Line], at: int, outline: _Outline | None) -> bool:
    """Whether a line belongs to the block of the line before."""
    text = lines[at].text
    if not text or _ITEM.match(text):
        return False
    return outline is None or not (_DIRECTIVE.match(text) or _FIELD.match(text) or _is_border(text))


def _is_rule(text: str) -> bool:
    return _RULE.fullmatch(text) is not None


def _is_border(text: str) -> bool:
    """Whether a line is drawn: under a title, or around the cells of a table."""
    return len(text) > 2 and _BORDERS.fullmatch(text) is not None


def _cut(line: _Line, size: int) -> _Line:
    return _Line(line.start + size, line.text[size:], line.indent)


def _heading(lines: list[_Line], at: int, outline: _Outline) -> tuple[Group | None, int]:
    """A title at a line, or nothing there that is prose; and where to go on, ``at`` if it is."""
    text = lines[at].text
    below = [line.text for line in lines[at + 1 : at + 3]]
    if _is_rule(text) and len(below) == 2 and below[0] and below[1] == text:
        return ("heading", outline.level(text[0] * 2), [lines[at + 1]]), at + 3
    if below and _is_rule(below[0]) and len(below[0]) >= len(text) and not _is_rule(text):
        return ("heading", outline.level(below[0][0]), [lines[at]]), at + 2
    directive = _DIRECTIVE.match(text)
    if directive is not None:
        prose = (directive.group(1) or "") in _PROSE
        return None, at + 1 if prose else _behind_indented(lines, at + 1, lines[at].indent)
    if _FIELD.match(text) or _is_border(text):
        return None, at + 1
    return None, at


def _behind_indented(lines: list[_Line], at: int, indent: int) -> int:
    """Behind the lines that are further in than ``indent``."""
    while at < len(lines) and (not lines[at].text or lines[at].indent > indent):
        at += 1
    return at


class _Builder:
    def __init__(self) -> None:
        self.text = TextBuilder()
        self.blocks: list[Block] = []

    def add(self, kind: str, level: int, lines: list[_Line]) -> None:
        """Add lines as one block, joined by spaces."""
        if self.text.length:
            self.text.add("\n\n", lines[0].start, 0)
        start = self.text.length
        for before, line in zip([None, *lines], lines, strict=False):
            if before is not None:
                size = line.start - before.end
                # a bare line end is not the space that it becomes: it has a place, no length
                self.text.add(" ", before.end, size if size > 1 else 0)
            self.text.add(line.text, line.start)
        if self.text.length > start:  # not if all its characters show nothing
            self.blocks.append(Block(kind, Span(start, self.text.length), level))
