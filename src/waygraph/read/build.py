"""What every reader shares: collecting a note's blocks, marks and links, and making it whole."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from urllib.parse import unquote

from waygraph.calendar_names import is_day_name
from waygraph.model import GENERATORS, KNOWN, Block, Document, Link, Mark, OffsetMap, Span
from waygraph.read.boilerplate import mark
from waygraph.read.days import Heading, Numbered, Place, Verdict, days, judge
from waygraph.read.front_matter import FrontMatter, occurrences
from waygraph.read.names import INDEXES
from waygraph.read.sections import cut, planned
from waygraph.read.text import TextBuilder, compose, folded, line_starts

BARE_URL = re.compile(r"https?://[^\s<>\[\]\"'`]+[^\s<>\[\]\"'`.,;:!?)*_]")
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]\w+)*")
_FIELDS = ("title", "tag", "alias")
# Fields whose number is the note's place among others.
_PLACES = ("weight", "nav_order", "order", "sidebar_position", "position", "number", "sequence",
           "lecture", "lesson", "chapter", "week", "module", "unit", "part", "step")  # fmt: skip
_PLACE = re.compile(r"-?\d{1,6}(?:\.\d{1,3})*")
# Dates of when a note was made, not of what it speaks of; ids that hold such a date.
_MADE = frozenset(
    f"front matter {name}"
    for name in ("created", "created_at", "created-at", "date created", "creation-date")
)
_ID = re.compile(r"\d{9,17}")
_NO_NAME = re.compile(r"[-+]?[\d.]+|true|false|null|~", re.I)
# What a comment says to waygraph: each line of it a decision.
_ADDRESSED = re.compile(r"\s*waygraph:")
_QUOTED = "a decision in a quotation or in code decides nothing: write it outside"
_GENERATED = (
    "a decision in a file that waygraph wrote decides nothing: write it into a note of yours, or"
    " take `generator` out of the front matter"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A link before its line is known: ``at`` is its source offset."""

    kind: str
    span: Span
    target: str
    at: int
    role: str = ""


class Builder:
    """Collects what a note says, block by block, in the order of the source.

    Text offsets count in what was collected so far, source offsets in the text read.
    """

    def __init__(self) -> None:
        self.text = TextBuilder()
        self.blocks: list[Block] = []
        self.marks: list[Mark] = []
        self.links: list[Found] = []
        self.items: list[Numbered] = []
        self.warnings: list[tuple[int, str]] = []
        self.comments: list[tuple[int, str]] = []

    def begin(self, source: int) -> int:
        """Start a block: set it off from the one before and say where it begins."""
        if self.text.length:
            self.text.add("\n\n", source, 0)
        return self.text.length

    def end(self, start: int, kind: str, level: int = 0) -> None:
        """End the block that ``begin`` started; nothing is left of one without text.

        Blanks at its end go, also from the marks and links that hold them.
        """
        if self.text.rstrip(start):
            self._clip()
        if self.text.length > start:
            self.blocks.append(Block(kind, Span(start, self.text.length), level))
        elif start:
            self.text.drop()
            self._pull_back(start)

    def _pull_back(self, start: int) -> None:
        """Links without text that stood in an empty block move to the end of the one before."""
        here = self.text.length
        for i in range(len(self.links) - 1, -1, -1):
            if self.links[i].span.start < start:
                break
            self.links[i] = replace(self.links[i], span=Span(here, here))

    def _clip(self) -> None:
        """Cut what reaches behind the end of the text down to it."""
        here = self.text.length
        i = len(self.marks)
        while i and self.marks[i - 1].span.end > here:
            i -= 1
        clipped = (replace(m, span=Span(min(m.span.start, here), here)) for m in self.marks[i:])
        self.marks[i:] = [m for m in clipped if m.span.start < here]
        for i in range(len(self.links) - 1, -1, -1):
            span = self.links[i].span
            if span.end <= here:
                break
            self.links[i] = replace(self.links[i], span=Span(min(span.start, here), here))

    def mark(self, kind: str, here: int, outer: tuple[int, int]) -> None:
        """Mark the text from ``here`` on; ``outer`` are source offsets, markup included."""
        if self.text.length > here:
            self.marks.append(Mark(kind, Span(here, self.text.length), outer))

    def link(
        self, kind: str, here: int, target: str, outer: tuple[int, int], role: str = ""
    ) -> None:
        """Make the text from ``here`` on a link; ``role`` names the property that holds it."""
        span = Span(here, self.text.length)
        self.links.append(Found(kind, span, target, outer[0], role))
        if kind != "name":
            self.mark("url" if kind == "url" else "link", here, outer)

    def number(self, number: int, blocks: int, at: int) -> None:
        """Note a numbered list item, whose blocks are those after the first ``blocks``."""
        start = self.blocks[blocks].span.start if len(self.blocks) > blocks else self.text.length
        self.items.append(Numbered(number, start, self.text.length, at))

    def comment(
        self, text: str, starts: Sequence[int], first: int = 0, *, quoted: bool = False
    ) -> None:
        """Note a comment, if it is for us; what is ``quoted`` was said by another.

        Its lines stand at the source offsets ``starts[first]`` and following, the rest of
        them at the last one.
        """
        match = _ADDRESSED.match(text)
        if match and quoted:
            self.warnings.append((starts[min(first, len(starts) - 1)], _QUOTED))
        elif match:
            first += match.group().count("\n")
            for number, line in enumerate(text[match.end() :].split("\n"), first):
                if line.strip():
                    self.comments.append((starts[min(number, len(starts) - 1)], line.strip()))

    def fields(self, source: str, front: FrontMatter) -> None:
        """Front matter fields as blocks of their own, where they stand literally."""
        title = front.text("title")
        named = {
            "title": (title,) if title else (),
            "tag": front.texts("tags", "tag"),
            "alias": _names(front),
        }
        for kind, texts in named.items():
            for text, at in zip(texts, occurrences(source, front, kind, texts), strict=True):
                if at >= 0:
                    start = self.begin(at)
                    self.text.add(text, at)
                    self.end(start, kind)

    def append(self, other: Builder, places: OffsetMap) -> None:
        """Take over what was collected from a text that ``places`` maps to the source."""
        base = 0
        if other.text.length:
            base = self.begin(places.source_start(other.text.map().source_start(0)))
            self.text.extend(other.text.text(), compose(other.text.map(), places))
        here = self.text.length

        def moved(span: Span) -> Span:
            return Span(min(here, base + span.start), min(here, base + span.end))

        def place(at: int) -> int:
            return places.source_start(at)

        self.blocks += (replace(b, span=moved(b.span)) for b in other.blocks)
        self.marks += (
            Mark(m.kind, moved(m.span), (place(m.outer[0]), places.source_end(m.outer[1])))
            for m in other.marks
        )
        self.links += (replace(f, span=moved(f.span), at=place(f.at)) for f in other.links)
        self.items += (
            Numbered(i.number, base + i.start, base + i.end, place(i.at)) for i in other.items
        )
        self.warnings += ((place(at), said) for at, said in other.warnings)
        self.comments += ((place(at), said) for at, said in other.comments)


def finish(
    address: str, data: bytes, source: str, builder: Builder, front: FrontMatter
) -> Document:
    """The document of what was collected.

    ``front`` holds the note's fields; their places are source offsets.
    """
    text, offsets = builder.text.build()
    body = max((b.span.end for b in builder.blocks if b.kind in _FIELDS), default=0)
    _add_urls(builder, text, offsets, body)
    lines = line_starts(source)
    headings = [
        Heading(
            block.level,
            " ".join(text[block.span.start : block.span.end].split()),
            block.span.start,
            offsets.source_start(block.span.start),
        )
        for block in builder.blocks
        if block.kind == "heading"
    ]
    name = called(address)
    title = front.text("title")
    shown = title or next((h.text for h in headings if h.level == 1), "") or name
    marks = tuple(sorted(builder.marks, key=lambda m: (m.span.start, m.span.end, m.kind)))
    items = planned(builder.items, headings, text, title)
    fields = [Place(n, front.text(n), front.places.get(n, front.start)) for n in front.fields]
    at_title = front.places.get("title", front.start)
    verdict = judge(
        fields, (Place("file name", name), Place("title", title, at_title)), headings, items
    )
    filed = _is_filed(verdict, name, bool(title))
    is_day = bool(days(shown)) or is_day_name(shown)
    page = not is_day and (folded(shown) == folded(name) or filed)
    status = front.text("status").casefold()
    warnings = {*front.warnings, *builder.warnings, *verdict.warnings}
    if status == KNOWN and not page:
        at = front.places.get("status", front.start)
        warnings.add((at, f"status {KNOWN} says nothing: the file is not named like its title"))
    comments = builder.comments
    if front.text("generator") in GENERATORS:
        # what is quoted there was typed by whoever wrote the source
        warnings |= {(at, _GENERATED) for at, _ in comments}
        comments = []
    links = [
        Link(f.kind, f.span, f.target, bisect_right(lines, f.at), f.role)
        for f in sorted(builder.links, key=lambda f: (f.span.start, f.span.end, f.at))
    ]
    document = Document(
        address=address,
        digest=sha256(data).hexdigest(),
        title=shown,
        page=page,
        source=source,
        text=text,
        offsets=offsets,
        lines=lines,
        blocks=tuple(builder.blocks),
        marks=marks,
        links=tuple(links),
        sections=cut(text, builder.blocks, marks, headings, items),
        tags=_tags(front, text, marks),
        aliases=_names(front),
        addresses=tuple(one for one in front.texts("aliases", "alias") if _is_address(one)),
        numbers=tuple(
            (one, front.text(one), bisect_right(lines, front.places.get(one, front.start)))
            for one in _PLACES
            # Hugo's weight 0 is none
            if _PLACE.fullmatch(front.text(one)) and (one, front.text(one)) != ("weight", "0")
        ),
        language=_language(front),
        date=verdict.date,
        day=verdict.day,
        comments=tuple((bisect_right(lines, at), said) for at, said in comments),
        status=status,
        warnings=tuple(
            f"line {bisect_right(lines, at)}: {said}" if at >= 0 else f"file name: {said}"
            for at, said in sorted(warnings)
        ),
        hints=tuple(
            replace(hint, line=bisect_right(lines, at)) if at >= 0 else hint
            for at, hint in verdict.hints
        ),
    )
    return mark(document)


def called(address: str) -> str:
    """What a document is called by its address: its file, or the folder that it stands for.

    Logseq writes a page's "/" as "___" into the name of its file, or as "%2F", as it does with
    other signs.
    """
    folder, _, file = address.rpartition("/")
    name = unquote(posixpath.splitext(file)[0]).replace("___", "/").strip()
    if folder and name in INDEXES:
        return posixpath.basename(folder)
    return name


def _is_filed(verdict: Verdict, name: str, titled: bool) -> bool:
    """Whether a note is kept for what it is about, not as of a day: it has no day, or the day
    is that on which a note with a title was made, by a field or by an id as its name."""
    if verdict.day is not None:
        return False
    used = next((h for _, h in verdict.hints if h.kind == "date" and h.verdict == "used"), None)
    if used is None:
        return True
    made = used.origin in _MADE or (used.origin == "file name" and _ID.fullmatch(name))
    return titled and bool(made)


def _is_address(alias: str) -> bool:
    """Whether an alias is a place where the page was published: Hugo's, "/posts/old/"."""
    return alias.startswith("/") or "://" in alias or alias.lower().endswith((".html", ".htm"))


def _names(front: FrontMatter) -> tuple[str, ...]:
    """The aliases that are names; what YAML takes for a number or for nothing is none."""
    found = front.texts("aliases", "alias")
    return tuple(one for one in found if not (_is_address(one) or _NO_NAME.fullmatch(one)))


def _language(front: FrontMatter) -> str:
    """The code of the language that the front matter names, without its region."""
    found = _LANGUAGE.fullmatch(front.text("lang") or front.text("language"))
    return found[1].lower() if found else ""


def _tags(front: FrontMatter, text: str, marks: Sequence[Mark]) -> tuple[str, ...]:
    """The tags of the front matter, then those in the text, none twice."""
    inside = (text[m.span.start : m.span.end] for m in marks if m.kind == "tag")
    return tuple(dict.fromkeys((*front.texts("tags", "tag"), *inside)))


def _add_urls(builder: Builder, text: str, offsets: OffsetMap, body: int) -> None:
    """Bare URLs are links, but in code and math; in a link's label they are no second link."""
    if "://" not in text:
        return
    kinds = {"link", "url", "code", "math"}
    covers = sorted((m.span.start, m.span.end, m.kind) for m in builder.marks if m.kind in kinds)
    at = body
    for start, end, kind in (*covers, (len(text), len(text), "")):
        for url in _urls(text, at, start, offsets):
            target = text[url.span.start : url.span.end]
            builder.links.append(Found("url", url.span, target, url.outer[0]))
            builder.marks.append(url)
        if kind == "link":
            builder.marks += _urls(text, max(at, start), end, offsets)
        at = max(at, end)


def _urls(text: str, start: int, end: int, offsets: OffsetMap) -> Iterator[Mark]:
    for match in BARE_URL.finditer(text, start, max(start, end)):
        first, last = match.span()
        while last < end and text[last] == ")" and _opens(text[first:last]):
            last += 1
        outer = offsets.source_start(first), offsets.source_end(last)
        yield Mark("url", Span(first, last), outer)


def _opens(text: str) -> bool:
    return text.count("(") > text.count(")")
