"""Markdown: bytes -> Document, every character of the text mapped to its place in the source."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from waygraph.model import Document
from waygraph.read import dendron, dialects, tags
from waygraph.read.build import Builder, finish
from waygraph.read.front_matter import read_front_matter
from waygraph.read.inline import parser
from waygraph.read.properties import (
    add_front_properties,
    add_property,
    inline_properties,
    outside,
)
from waygraph.read.text import NEWLINE, Places, decode, folded

__all__ = ["folded", "read_body", "read_markdown"]

_PAIRED = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
_CLOSERS = {"strong_close", "em_close", "link_close"}
_ENCLOSED = {"code_inline": "code", "math_inline": "math", "math_inline_double": "math"}
_BREAKS = {"softbreak": " ", "hardbreak": "\n", "gap": " "}
_CONTAINERS = {"list_item": "item", "heading": "heading"}
_DEEPEST = 60
_QUOTES = re.compile(
    r"<(/?)(blockquote|q|pre|code|samp|kbd|xmp|script|style|textarea|template)\b[^<>]*>", re.I
)
_CLOSING_HASHES = re.compile(r"(?<=[ \t])#+[ \t]*$")


def read_markdown(address: str, data: bytes) -> Document:
    """Read one Markdown note.

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
    add_front_properties(builder, source, front)
    read_body(builder, source, front.end)
    dendron.add_names(builder, front)
    return finish(address, data, source, builder, front)


def read_body(builder: Builder, source: str, start: int = 0) -> None:
    """Collect the Markdown in ``source``, from the line that holds ``start`` on."""
    _Body(builder, source).read(start)


@dataclass(frozen=True, slots=True)
class _Opened:
    """Markup that waits for its end: its kind or tag, where it begins in text and source."""

    name: str
    here: int
    source: int
    address: str = ""
    wide: int = 0


class _Body:
    def __init__(self, builder: Builder, source: str) -> None:
        self.out = builder
        self._source = source
        ends = [match.span() for match in NEWLINE.finditer(source)]
        # where each line's content starts: the first one's behind a byte-order mark
        self._starts = [int(source.startswith("\ufeff")), *(end for _, end in ends)]
        stops = [start for start, _ in ends] + [len(source)]
        self._content = [
            dialects.prepared(source[start:stop])
            for start, stop in zip(self._starts, stops, strict=True)
        ]
        self._quotes = 0
        self._html = _Quoting()
        self._inline_html = _Quoting()
        self._tags: list[_Opened] = []
        self._noise: list[tuple[int, int]] = []
        self._start = 0

    def read(self, start: int) -> None:
        """Collect what stands from the source offset ``start`` on."""
        first = bisect_left(self._starts, start) if start else 0
        lines = [""] * first + self._content[first:]
        kinds: list[tuple[str, int]] = [("paragraph", 0)]
        items: list[tuple[int, int, int]] = []
        for token in parser().parse("\n".join(lines)):
            if token.type == "inline":
                if token.map:
                    self._add_inline(token, *(("cell", 0) if "column" in token.meta else kinds[-1]))
                continue
            name, _, end = token.type.rpartition("_")
            if end == "open" and name in _CONTAINERS:
                level = int(token.tag[1]) if name == "heading" else 0
                # of a heading in a list the note is not called: Logseq's bullets
                level += level == 1 and any(kind == "item" for kind, _ in kinds)
                kinds.append((_CONTAINERS[name], level))
                if token.level == 1 and token.info and token.map:
                    at = self._starts[token.map[0]]
                    items.append((int(token.info), len(self.out.blocks), at))
            elif end == "close" and name in _CONTAINERS:
                kinds.pop()
                if token.level == 1 and name == "list_item" and items:
                    self.out.number(*items.pop())
            elif name == "blockquote":
                self._quotes += 1 if end == "open" else -1
            elif token.type == "html_block":
                self._add_html(token)
            elif token.type == "fence":
                self._check_fence(token)
            elif token.type == "hidden" and token.map:
                quoted = self._quoted()
                self.out.comment(token.content, self._starts, token.map[0], quoted=quoted)

    def _quoted(self) -> bool:
        return bool(self._quotes) or self._html.open

    def _check_fence(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        closing = self._content[last - 1].strip(" \t>")
        if last - 1 == first or closing.strip(token.markup[0]) or len(closing) < len(token.markup):
            self.out.warnings.append((self._starts[first], "the code fence is not closed"))

    def _add_inline(self, token: Token, kind: str, level: int) -> None:
        places = self._cell(token) if kind == "cell" else self._places(token, kind)
        if places is None or not token.content.strip():
            return
        patterns = dialects.NOISE
        if kind in ("heading", "item"):
            patterns = dialects.HEADING_NOISE if level else dialects.ITEM_NOISE
        elif self._quotes:
            patterns = dialects.QUOTE_NOISE
        self._noise = dialects.noise(token.content, patterns)
        self._tags = []
        self._inline_html = _Quoting()
        self._start = self.out.begin(places.start(0))
        titled = self._quotes and kind == "paragraph" and dialects.CALLOUT.match(token.content)
        properties = inline_properties(token.content, kind == "heading")
        children = token.children or []
        if properties:
            children = outside(children, properties)
        self._add_children(children, places, bool(titled))
        self.out.end(self._start, kind, level)
        self._noise = []
        for one in properties:
            start, end = places.start(one.start), places.end(one.end)
            add_property(self.out, self._source, start, end, one.name)

    def _places(self, token: Token, kind: str) -> Places | None:
        """Where each line of the content stands: it is the end of a line of the source."""
        places, offset = Places(), 0
        number, last = token.map or (0, 0)
        for piece in token.content.split("\n"):
            found = None
            # the parser may have trimmed whole lines of odd blanks
            while found is None and number < last:
                line = self._content[number]
                if kind == "heading":
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

    def _cell(self, token: Token) -> Places:
        """Where a table's cell stands. The backslash of an escaped pipe is not in its content."""
        places = Places()
        at = self._starts[token.map[0] if token.map else 0] + token.meta["column"]
        places.add(0, at)
        pipe = token.content.find("|")
        while pipe >= 0:
            at += 1
            places.add(pipe, at + pipe)
            pipe = token.content.find("|", pipe + 1)
        return places

    def _add_children(self, children: list[Token], places: Places, titled: bool) -> None:
        opened: list[_Opened] = []
        for token in children:
            if "at" not in token.meta:
                continue
            if token.type == "text":
                content, begin = token.content, token.meta["at"][0]
                if self._noise or self._tags or not content.isascii():
                    self._add_run(content, begin, places, self._noise)
                else:
                    self._add_literal(content, begin, begin, begin + len(content), places)
                continue
            outer = places.start(token.meta["at"][0]), places.end(token.meta["at"][1])
            if token.type in _PAIRED:
                # of "**" the inner asterisk became the token
                wide = len(token.markup) - 1 if token.type == "strong_open" else 0
                address = dialects.restored(str(token.attrs.get("href", "")))
                kind = "url" if token.info == "auto" else _PAIRED[token.type]
                here = self.out.text.length
                opened.append(_Opened(kind, here, outer[0] - wide, address, wide))
            elif token.type in _CLOSERS and opened:
                mark = opened.pop()
                self._close(mark, outer[1] + mark.wide)
            elif token.type in _BREAKS and titled and not opened:
                # the first line of a callout is its title
                self.out.end(self._start, "paragraph")
                self._start, titled = self.out.begin(outer[1]), False
            elif token.type in _BREAKS or token.type == "text_special":
                shown = _BREAKS.get(token.type, token.content)
                if self.out.text.length > self._start or not shown.isspace():
                    self.out.text.add(shown, outer[0], outer[1] - outer[0])
            else:
                self._add_leaf(token, places, outer)

    def _add_leaf(self, token: Token, places: Places, outer: tuple[int, int]) -> None:
        """Add what encloses nothing else: a tag, code, math, a wikilink, a picture."""
        here, (begin, end) = self.out.text.length, token.meta["at"]
        if token.type == "hidden":
            quoted = self._quoted() or self._inline_html.open
            self.out.comment(token.content, outer[:1], quoted=quoted)
        elif token.type == "html_inline":
            for _, comment, inside in self._inline_html.comments(token.content):
                self.out.comment(comment, outer[:1], quoted=inside or self._quoted())
            if piece := tags.single(token.content):
                self._add_tag(piece, *outer)
        elif token.type == "image":
            self.out.link("image", here, dialects.restored(str(token.attrs.get("src", ""))), outer)
        elif token.type == "wikilink":
            target = token.meta["target"]
            if token.markup != "embed" or not dialects.is_media(target):
                self._add_run(token.content, token.meta["label"][0], places)
            self.out.link(token.markup, here, target, outer)
        elif token.type == "tag":
            self._add_run(token.content, token.meta["label"][0], places)
            here += self.out.text.length > here and token.content.startswith("#")
            self.out.mark("tag", here, outer)
        elif token.type in _ENCLOSED:
            fence = len(token.markup)
            # a code span drops one space at either side
            fence += end - begin - 2 * fence > len(token.content)
            self._add_run(token.content, begin + fence, places)
            self.out.mark(_ENCLOSED[token.type], here, outer)

    def _add_run(
        self, text: str, begin: int, places: Places, noise: list[tuple[int, int]] | None = None
    ) -> None:
        """Add text that stands in the content, character by character, from ``begin`` on."""
        if self._tags and any(tag.name in tags.MUTE for tag in self._tags):
            return
        text = dialects.restored(text)
        at, stop = begin, begin + len(text)
        if not noise:
            self._add_literal(text, begin, at, stop, places)
            return
        for first, last in (*noise, (stop, stop)):
            if first < stop or first == last:
                self._add_literal(text, begin, at, max(at, min(first, stop)), places)
                at = min(max(at, last), stop)

    def _add_literal(self, text: str, begin: int, at: int, stop: int, places: Places) -> None:
        if self.out.text.length == self._start:
            rest = text[at - begin : stop - begin]
            at += len(rest) - len(rest.lstrip())
        if at == stop:
            return
        if places.unbroken:
            self.out.text.add(text[at - begin : stop - begin], places.start(at))
            return
        for first, last in places.runs(at, stop):
            source = places.start(first)
            self.out.text.add(text[first - begin : last - begin], source, places.end(last) - source)

    def _close(self, opened: _Opened, end: int) -> None:
        outer = (opened.source, end)
        if opened.name in ("link", "url"):
            self.out.link(opened.name, opened.here, opened.address, outer)
        else:
            self.out.mark(opened.name, opened.here, outer)

    def _add_html(self, token: Token) -> None:
        """A block of HTML: its text without tags, cut at the tags that break lines."""
        content = token.content
        first = (token.map or [0])[0]
        if content.lstrip().startswith("<!--") and "-->" not in content:
            self.out.warnings.append((self._starts[first], "the comment is not closed"))
        places = Places()
        offset = 0
        for number, line in enumerate(content.split("\n"), first):
            if line.strip():
                found = _locate(line, self._content[number])
                if found is None:
                    return
                places.add(offset + found[0], self._starts[number] + found[1])
            offset += len(line) + 1
        for at, comment, inside in self._html.comments(content):
            number = first + content.count("\n", 0, at)
            quoted = inside or bool(self._quotes)
            self.out.comment(comment, self._starts, number, quoted=quoted)
        self._tags = []
        kind, level, blank = "paragraph", 0, None
        self._start = self.out.begin(places.start(0))
        for piece in tags.pieces(content):
            if piece.text in tags.KINDS and piece.kind in ("open", "close"):
                self.out.end(self._start, kind, level)
                self._start, blank = self.out.begin(places.end(piece.end)), None
                kind = tags.KINDS[piece.text] if piece.kind == "open" else "paragraph"
                level = int(piece.text[1]) if kind == "heading" else 0
                continue
            source, stop = places.start(piece.start), places.end(piece.end)
            if piece.kind == "blank":
                blank = (source, stop)
                continue
            if blank and self.out.text.length > self._start and piece.kind != "close":
                self.out.text.add(" ", blank[0], blank[1] - blank[0])
                blank = None
            if piece.kind == "word":
                self._add_run(piece.text, piece.start, places)
            elif piece.kind == "entity":
                self.out.text.add(piece.text, source, stop - source)
            else:
                self._add_tag(piece, source, stop)
        self.out.end(self._start, kind, level)

    def _add_tag(self, piece: tags.Piece, source: int, stop: int) -> None:
        """What a tag inside a line does: opens or ends a mark or link, shows a picture."""
        here = self.out.text.length
        if piece.kind == "open" and piece.text == "br":
            if here > self._start:
                self.out.text.add("\n", source, stop - source)
        elif piece.kind == "open" and piece.text == "img":
            if piece.address:
                self.out.link("image", here, piece.address, (source, stop))
        elif piece.kind == "open" and piece.text in tags.MARKS.keys() | tags.MUTE:
            if len(self._tags) < _DEEPEST:
                self._tags.append(_Opened(piece.text, here, source, piece.address))
        elif piece.kind == "close" and any(tag.name == piece.text for tag in self._tags):
            while self._tags[-1].name != piece.text:
                self._tags.pop()
            tag = self._tags.pop()
            kind = tags.MARKS.get(tag.name, "")
            if kind and (kind != "link" or tag.address) and tag.here >= self._start:
                self._close(_Opened(kind, tag.here, tag.source, tag.address), stop)


class _Quoting:
    """Which HTML elements are open that quote, or show what stands in them."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @property
    def open(self) -> bool:
        """Whether there are any."""
        return any(self._open.values())

    def comments(self, html: str) -> Iterator[tuple[int, str, bool]]:
        """The comments that are closed: where each begins, what it says, whether it is quoted."""
        end = 0
        while (start := html.find("<!--", end)) >= 0:
            stop = html.find("-->", start + 4)
            if stop < 0:
                break
            self._take(html[end:start])
            yield start, html[start + 4 : stop], self.open
            end = stop
        self._take(html[end:])

    def _take(self, html: str) -> None:
        for closing, name in _QUOTES.findall(html):
            lower = name.lower()
            self._open[lower] = max(0, self._open[lower] + (-1 if closing else 1))


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
