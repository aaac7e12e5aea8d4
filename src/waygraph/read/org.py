"""Org files: headings, lists, tables and prose, every character mapped to its place.

Left out are what Org itself does not export (comments, drawers, planning lines, settings),
source code and examples, and the signs of markup.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from waygraph.model import Document
from waygraph.properties import KNOWN_PROPERTIES, property_name
from waygraph.read.build import Builder, finish
from waygraph.read.front_matter import FrontMatter
from waygraph.read.org_inline import LINK, add_inline, target_of
from waygraph.read.properties import Placed, add_property
from waygraph.read.text import NEWLINE, Places, decode

_HEADING = re.compile(r"(\*+)[ \t]+(?=\S)")
_TAGS = re.compile(r"[ \t]+:(?:[\w@#%]+:)+[ \t]*$|^:(?:[\w@#%]+:)+[ \t]*$")
_PRIORITY = re.compile(r"\[#[A-Za-z0-9]{1,2}\][ \t]*")
_COOKIE = re.compile(r"[ \t]*\[(?:\d*/\d*|\d*%)\][ \t]*$")
_STATES = (
    "TODO DONE NEXT WAITING WAIT HOLD STARTED DOING SOMEDAY CANCELLED CANCELED KILL PROJ".split()
)
_KEYWORD = re.compile(r"[ \t]*#\+([A-Za-z_-]+)(\[[^\]\n]*\])?:[ \t]*")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)", re.I)
_CODE = frozenset("src example export comment html latex ascii beamer verbatim".split())
_QUOTES = frozenset(("quote", "verse"))
_CLOSING = re.compile(r"^[ \t]*(#\+end_\w+|:end:|\\\])[ \t]*$|(\\end\{[a-z]+\*?\})", re.I)
_DRAWER = re.compile(r"[ \t]*:(?!end:)[\w-]+:[ \t]*$", re.I)
_PROPERTY = re.compile(r"[ \t]*:([\w+-]+):[ \t]+(.*\S)")
# Files that are shown in a note, and keywords whose links say nothing of it.
_SHOWN = re.compile(r"[ \t]*#\+(?:transclu(?:de|sion)|include):[ \t]*(.*)", re.I)
_SOURCE = re.compile(rf"{LINK}|\"(?P<file>[^\"\n]+)\"")
_LINK = re.compile(LINK)
_NO_PROPERTY = frozenset("title subtitle caption name header results description".split())
_DESCRIPTION = re.compile(r"[ \t]*(\S(?:.*?\S)?)[ \t]+::(?:[ \t]|$)")
# comments, settings, output, planning lines, rules
_NO_TEXT = re.compile(
    r"[ \t]*(?:#(?:\+.*|[ \t].*)?|:(?:[ \t].*|(?i:end):[ \t]*)?"
    r"|(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):.*|-{5,}[ \t]*)"
)
_COMMENT = re.compile(r"[ \t]*#[ \t]")
_ITEM = re.compile(r"([ \t]*)(?:[-+]|(?<=[ \t])\*|(\d{1,9}|[A-Za-z])[.)])(?:[ \t]+|$)")
_BOX = re.compile(r"(?:\[@\d+\][ \t]*)?\[[ xX-]\](?:[ \t]+|$)")
_FOOTNOTE = re.compile(r"\[fn:[\w-]+\][ \t]*")
_CELL = re.compile(r"[^|\n]+")
_LATEX = re.compile(r"[ \t]*\\begin\{([A-Za-z]+\*?)\}")
# Words of a list: quoted ones, and others between blanks.
_WORDS = re.compile(r"\"([^\"\n]+)\"|(\S+)")
_TAG_FIELDS = {"filetags": "tags", "roam_tags": "tags"}
_ALIAS_FIELDS = {"roam_aliases": "aliases", "roam_alias": "aliases", "aliases": "aliases"}
# Properties that say what a heading is called or counts, not what it hangs on.
_NAMING = frozenset("id custom_id roam_refs roam_aliases roam_alias aliases category".split())
_SINGLE = frozenset(("title", "date", "created", "day", "status"))


def read_org(address: str, data: bytes) -> Document:
    """Read one Org file.

    Args:
        address: POSIX path relative to the corpus root, used in messages and as identity.
        data: the file's bytes: UTF-8, or UTF-16 or UTF-32 with a byte-order mark.

    Raises:
        ReadError: the bytes are no such text (names the line of the first bad byte).
    """
    source = decode(address, data)
    reader = _Reader(source)
    reader.read()
    front = FrontMatter(reader.fields, places=reader.places)
    return finish(address, data, source, reader.out, front)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    def behind(self, offset: int) -> _Line:
        """The line from an offset in it on."""
        return _Line(self.start + offset, self.text[offset:])


@dataclass
class _Reader:
    source: str
    out: Builder = field(default_factory=Builder)
    fields: dict[str, Any] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        start = int(self.source.startswith("\ufeff"))
        self._lines: list[_Line] = []
        for match in NEWLINE.finditer(self.source, start):
            self._lines.append(_Line(start, self.source[start : match.start()]))
            start = match.end()
        self._lines.append(_Line(start, self.source[start:]))
        self._states = set(_STATES)
        self._paragraph: list[_Line] = []
        self._item: tuple[int, int] | None = None
        self._quoted_until = 0
        # where blocks and drawers may end: found once, so that no opening searches for itself
        self._closings: defaultdict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(self._lines):
            for match in _CLOSING.finditer(line.text):
                self._closings[(match[1] or match[2]).lower()].append(number)
        self._headings = [n for n, line in enumerate(self._lines) if _HEADING.match(line.text)]

    def read(self) -> None:
        """Collect the whole file: first the fields, since blocks of theirs come first."""
        self._read_fields()
        at = 0
        while at < len(self._lines):
            at = self._read_block(at)
        self._flush()

    def _read_fields(self) -> None:
        """Keywords anywhere, and the properties above the first heading."""
        top = True
        found: list[tuple[str, str, int]] = []
        for line in self._lines:
            top = top and not _HEADING.match(line.text)
            match = _KEYWORD.match(line.text)
            value = line.text[match.end() :] if match else ""
            if match is None and top and (match := _PROPERTY.match(line.text)):
                value = match[2]
            if match is None or not value.strip():
                continue
            name = match[1].lower()
            at = line.start + line.text.index(value, match.end() if match.re is _KEYWORD else 0)
            if name in ("todo", "seq_todo", "typ_todo"):
                self._states.update(re.findall(r"[\w-]+(?=\(|\s|$)", value))
            elif name in _SINGLE and name not in self.fields:
                self.fields[name], self.places[name] = value.strip(), at
            elif name in _TAG_FIELDS or name in _ALIAS_FIELDS:
                found.append((name, value, at))
        if title := " ".join(self.fields.get("title", "").split()):
            place = self.places["title"]
            self._add_field("title", self.source[place : place + len(title)], title, place)
        for name, value, at in found:
            plural = (_TAG_FIELDS | _ALIAS_FIELDS)[name]
            for text, offset in _listed(value, plural == "tags"):
                self._add_field(plural.removesuffix("es" if plural == "aliases" else "s"),
                                text, text, at + offset)  # fmt: skip
                self.fields.setdefault(plural, []).append(text)

    def _add_field(self, kind: str, written: str, text: str, at: int) -> None:
        if written == text:
            start = self.out.begin(at)
            self.out.text.add(text, at)
            self.out.end(start, kind)

    def _read_block(self, at: int) -> int:
        """Take the line ``at`` and those that hang on it; where to go on."""
        line = self._lines[at]
        text = line.text
        if heading := _HEADING.match(text):
            self._flush()
            self._add_heading(line, len(heading[1]), heading.end())
            return at + 1
        if behind := self._left_out(at):
            self._flush()
            return behind
        item = _ITEM.match(text)
        note = None if item else _FOOTNOTE.match(text)
        if not text.strip():
            self._flush()
        elif text.lstrip().startswith("|"):
            self._flush()
            self._add_row(line)
        elif item:
            self._flush()
            number = int(item[2]) if item[2] and item[2].isdigit() and not item[1] else -1
            self._item = number, line.start
            box = _BOX.match(text, item.end())
            self._paragraph.append(line.behind(box.end() if box else item.end()))
        elif note:
            self._flush()
            self._paragraph.append(line.behind(note.end()))
        else:
            self._paragraph.append(line)
        return at + 1

    def _left_out(self, at: int) -> int:
        """Behind the lines from ``at`` on that are no text; 0 if the line is."""
        text = self._lines[at].text
        behind = at + 1 if _NO_TEXT.fullmatch(text) else 0
        if shown := _SHOWN.match(text):
            self._add_embeds(self._lines[at], shown)
        elif keyword := _KEYWORD.match(text) if "[[" in text else None:
            self._add_keyword(self._lines[at], keyword[1])
        if behind and (comment := _COMMENT.match(text)):
            quoted = at < self._quoted_until
            self.out.comment(text[comment.end() :], [self._lines[at].start], quoted=quoted)
        if begin := _BEGIN.match(text):
            closed = self._behind(at, f"#+end_{begin[1]}")
            if not closed:
                self.out.warnings.append((self._lines[at].start, "the block is not closed"))
            behind = closed if closed and begin[1].lower() in _CODE else at + 1
            if begin[1].lower() in _QUOTES:
                self._quoted_until = max(self._quoted_until, closed)
        elif _DRAWER.match(text):
            following = bisect_right(self._headings, at)
            stop = self._headings[following] if following < len(self._headings) else None
            behind = self._behind(at, ":end:", stop) or at + 1
            if text.strip().casefold() == ":properties:":
                self._add_drawer(self._lines[at + 1 : behind])
        elif latex := _LATEX.match(text):
            behind = self._behind(at - 1, f"\\end{{{latex[1]}}}")
        elif text.strip() == "\\[":
            behind = self._behind(at, "\\]")
        return behind

    def _add_embeds(self, line: _Line, shown: re.Match[str]) -> None:
        """The link of a line that shows another note here; it has no text of its own."""
        start = self.out.begin(line.start)
        if match := _SOURCE.search(line.text, shown.start(1)):
            kind, target = "embed", target_of(match["target"] or "")[1]
            if match["target"] is None:  # a file, which may be no note
                kind, target = "link", match["file"]
            outer = line.start + match.start(), line.start + match.end()
            self.out.link(kind, self.out.text.length, target, outer)
        self.out.end(start, "paragraph")

    def _add_drawer(self, lines: list[_Line]) -> None:
        for line in lines:
            named = _PROPERTY.match(line.text)
            if named and named[1].casefold() not in _NAMING:
                self._add_property([line], named[1])

    def _add_keyword(self, line: _Line, name: str) -> None:
        if name.lower() not in _NO_PROPERTY:
            self._add_property([line], name)

    def _add_property(self, lines: list[_Line], name: str) -> None:
        start, end = lines[0].start, lines[-1].start + len(lines[-1].text)
        add_property(self.out, self.source, start, end, property_name(name), _links)

    def _behind(self, at: int, closing: str, stop: int | None = None) -> int:
        """Behind the first line after ``at``, and before ``stop``, that closes; 0 if none does."""
        found = self._closings.get(closing.lower(), [])
        i = bisect_right(found, at)
        if i == len(found) or (stop is not None and found[i] > stop):
            return 0
        return found[i] + 1

    def _add_heading(self, line: _Line, level: int, begin: int) -> None:
        text = line.text
        end = len(text.rstrip())
        if tags := _TAGS.search(text, begin):
            end = tags.start()
        first = re.compile(r"[\w-]+(?=[ \t]|$)").match(text, begin, end)
        if first and first[0] in self._states:
            begin = end - len(text[first.end() : end].lstrip())
        if priority := _PRIORITY.match(text, begin, end):
            begin = priority.end()
        if re.match(r"COMMENT\b", text[begin:end]):
            begin += len("COMMENT")
        if cookie := _COOKIE.search(text, begin, end):
            end = cookie.start()
        self._add([_Line(line.start + begin, text[begin:end])], "heading", min(6, level))

    def _add_row(self, line: _Line) -> None:
        if re.fullmatch(r"[ \t]*\|[-+|: ]*-[-+|: ]*", line.text):
            return
        for cell in _CELL.finditer(line.text):
            if cell[0].strip():
                self._add([_Line(line.start + cell.start(), cell[0])], "cell")

    def _flush(self) -> None:
        lines, self._paragraph = self._paragraph, []
        item, self._item = self._item, None
        blocks = len(self.out.blocks)
        named = _DESCRIPTION.match(lines[0].text) if lines and item else None
        role = property_name(named[1]) if named else ""
        if role in KNOWN_PROPERTIES and any("[[" in line.text for line in lines):
            self._add_property(lines, role)
        elif lines:
            self._add(lines, "item" if item else "paragraph")
        if item and item[0] >= 0:
            self.out.number(item[0], blocks, item[1])

    def _add(self, lines: list[_Line], kind: str, level: int = 0) -> None:
        """Add lines as one block: their text without markup, joined by spaces."""
        start = self.out.begin(lines[0].start)
        add_inline(self.out, *_joined(lines))
        self.out.end(start, kind, level)


def _links(source: str, start: int, end: int) -> Iterator[Placed]:
    """Kind, target, range and range of the shown text of each link of Org's in a range."""
    for match in _LINK.finditer(source, start, end):
        kind, target = target_of(match["target"])
        yield kind, target, match.span(), match.span("label" if match["label"] else "target")


def _joined(lines: list[_Line]) -> tuple[str, Places]:
    """Lines without the blanks around them as one text, and where it stands."""
    parts: list[str] = []
    places, offset = Places(), 0
    for line in lines:
        bare = line.text.strip(" \t")
        if bare:
            places.add(offset, line.start + line.text.index(bare))
            parts.append(bare)
            offset += len(bare) + 1
    return "\n".join(parts), places


def _listed(value: str, colons: bool) -> Iterator[tuple[str, int]]:
    """The words of a list with their offsets: ``:a:b:``, or ``"a b" c``."""
    if colons and ":" in value:
        for match in re.finditer(r"[^:\s]+", value):
            yield match[0], match.start()
        return
    for match in _WORDS.finditer(value):
        group = 1 if match[1] else 2
        yield match[group].strip(), match.start(group)
