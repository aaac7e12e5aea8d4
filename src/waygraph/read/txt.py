"""Plain text: paragraphs between empty lines, list items by their bullets, bare URLs."""

from __future__ import annotations

import re

from waygraph.model import Document
from waygraph.read.build import Builder, finish
from waygraph.read.days import days
from waygraph.read.dialects import NOISE, noise
from waygraph.read.front_matter import read_front_matter
from waygraph.read.text import NEWLINE, decode

_ITEM = re.compile(r"[ \t]*(?:[-*+•]|(\d{1,9})[.)])(?:[ \t]+|$)")
_RULE = re.compile(r"[ \t]*([=\-~_*#+])\1{2,}[ \t]*")
_LONGEST_HEADING = 80


def read_text(address: str, data: bytes) -> Document:
    """Read one plain text note.

    A line that a line of ``=``, ``-`` or ``~`` follows is a heading, and so is one that
    stands alone and begins with ``Day N``.

    Args:
        address: POSIX path relative to the corpus root, used in messages and as identity.
        data: the file's bytes: UTF-8, or UTF-16 or UTF-32 with a byte-order mark.

    Raises:
        ReadError: the bytes are no such text (names the line of the first bad byte).
    """
    source = decode(address, data)
    front = read_front_matter(source)
    builder = Builder()
    builder.fields(source, front)
    reader = _Reader(builder, source, front.end)
    reader.read()
    return finish(address, data, source, builder, front)


class _Reader:
    def __init__(self, builder: Builder, source: str, start: int) -> None:
        self.out, self.source = builder, source
        start = start or int(source.startswith("\ufeff"))
        self._lines: list[tuple[int, str]] = []
        for match in NEWLINE.finditer(source, start):
            self._lines.append((start, source[start : match.start()]))
            start = match.end()
        self._lines.append((start, source[start:]))

    def read(self) -> None:
        """Collect all paragraphs."""
        group: list[tuple[int, str]] = []
        for at, line in [*self._lines, (len(self.source), "")]:
            underline = bool(_RULE.fullmatch(line))
            if line.strip() and not underline and not _ITEM.match(line):
                group.append((at, line))
                continue
            self._add(group, line.strip()[:1] if underline else "")
            group = [(at, line)] if line.strip() and not underline else []

    def _add(self, lines: list[tuple[int, str]], underline: str) -> None:
        if not lines:
            return
        (at, first), blocks = lines[0], len(self.out.blocks)
        item = _ITEM.match(first)
        kind, level = "item" if item else "paragraph", 0
        if len(lines) == 1 and item is None and len(first.strip()) <= _LONGEST_HEADING:
            named = days(first)[:1]
            if underline in ("=", "-", "~"):
                kind, level = "heading", 1 if underline == "=" else 2
            elif named and not first[: named[0].start].strip():
                kind, level = "heading", 2
        start = self.out.begin(at)
        for number, (begin, line) in enumerate(lines):
            skipped = item.end() if item and not number else len(line) - len(line.lstrip())
            bare = line[skipped:].rstrip()
            if number:
                before = lines[number - 1]
                end = before[0] + len(before[1].rstrip())
                self.out.text.add(" ", end, begin + skipped - end)
            self._add_line(bare, begin + skipped)
        self.out.end(start, kind, level)
        if item and item[1]:
            self.out.number(int(item[1]), blocks, at)

    def _add_line(self, line: str, source: int) -> None:
        at = 0
        for first, last in noise(line, NOISE[:1]):
            self.out.text.add(line[at:first], source + at)
            at = last
        self.out.text.add(line[at:], source + at)
