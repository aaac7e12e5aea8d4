"""Positions: what each document says of the order in which things were met."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from waygraph.compute.operator import operator
from waygraph.model import Block, Document, Link, Target, Targets
from waygraph.order import DATE, DAY, FIELD, NAME, TAG, TITLE, Entry, Position, Positions, Sign
from waygraph.properties import NO_PROPERTY_RELATIONS, PropertyRelations

# Files that stand for their folder.
INDEXES = frozenset({"index", "_index", "readme"})
_SHORT = {"lec": "lecture", "ch": "chapter", "chap": "chapter", "wk": "week", "sec": "section"}
_WORDS = (
    "lecture|lec|lesson|chapter|chap|ch|unit|week|wk|part|module|section|sec|step|session|class"
    "|tutorial|exercise|episode|lab|vorlesung|kapitel|lektion|woche|teil|schritt"
)
_NUMBER = r"(?P<number>\d{1,4}(?:\.\d{1,3})*)"
# "lecture-03", "CS101 Lecture 5: heaps"; what stands before is of the track
_WORDED = re.compile(
    rf"^(?P<before>(?:.*[\W_])?)(?P<word>{_WORDS})s?[\W_]{{0,3}}{_NUMBER}(?![\d.]*\d)", re.I
)
_LONGEST = 200
# "03-graphs", "3.2 Trees", "7"; not "2024-05-01", "3d"
_LED = re.compile(rf"^{_NUMBER}(?:[-_. )]+(?!\d+[-_.]\d)(?=\S)|$)")
_LED_TITLE = re.compile(r"^(?P<number>\d{1,3}(?:\.\d{1,3})*)(?:[.):]|(?<=\.\d)|(?<=\.\d\d))\s")
_PARTED = re.compile(r"^(?P<before>.+)/0*(?P<number>\d{1,4})$")
_CONTENTS = re.compile(
    r"^(?:(?:table of )?contents|toc|summary|moc|home|syllabus|outline|curriculum|roadmap|overview"
    r"|start(?: here)?|reading order|study plan)$"
    r"|\b(?:tables? of contents|maps? of contents?|MOC)\b",
    re.I,
)
# Lists under such headings are no contents.
_ASIDE = re.compile(
    r"\b(?:see also|related|references?|further|resources|prerequisites?|background|backlinks"
    r"|recent|archives?)\b", re.I,
)  # fmt: skip
_STEP = r"(?P<way>next|prev(?:ious)?)(?: (?:up|note|day|lecture|lesson|chapter|page|part|step))?"
_STEPS_BEFORE = re.compile(rf"(?:^|[\W_]){_STEP}\s*[:→»>]+\s*$", re.I)
_STEP_NAMED = re.compile(rf"^[←«<\s]*{_STEP}(?:\s*[→»>]*$|\s*:)", re.I)
_TOC = re.compile(r"[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?:toc|\{toctree\}|\{tableofcontents\})\s*$")
_TITLED_PATH = re.compile(r"^[^<>]*<(?P<path>[^<>]+)>$")
_LISTED = ("item", "cell", "heading", "property")
_LEAST_LISTED, _MOSTLY = 4, 0.6


@operator(version="1")
def positions(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    property_relations: PropertyRelations = NO_PROPERTY_RELATIONS,
) -> list[Positions]:
    """What each document says of its own place, of its neighbours, and of what it lists."""
    return [
        _Reader(document, found, property_relations).positions()
        for document, found in zip(documents, targets, strict=True)
    ]


def is_index(address: str) -> bool:
    """Whether a document stands for its folder."""
    return posixpath.splitext(posixpath.basename(address))[0].casefold() in INDEXES


def _parts(number: str) -> Position:
    return tuple(map(int, number.split(".")))


def numbered(name: str) -> tuple[str, Position] | None:
    """The number in a name: (what it counts, the number), ``("lecture", (3,))``; None if none."""
    if found := _LED.match(name):
        return "", _parts(found["number"])
    return _worded(name)


def _worded(text: str) -> tuple[str, Position] | None:
    found = _WORDED.match(text[:_LONGEST])
    if found is None:
        return None
    word = found["word"].casefold()
    before = re.sub(r"[\W_]+", " ", found["before"]).strip().casefold()
    return f"{before} {_SHORT.get(word, word)}".strip(), _parts(found["number"])


class _Reader:
    def __init__(self, document: Document, targets: Targets, relations: PropertyRelations) -> None:
        self.document, self.relations = document, relations
        self.folder = posixpath.dirname(document.address)
        self.stem = posixpath.splitext(posixpath.basename(document.address))[0]
        own = document.address
        self.links = [
            (link, target)
            for link, target in zip(document.links, targets.found, strict=True)
            if target.address not in ("", own) and target.status != "broken"
            and link.kind not in ("image", "embed", "footnote")
        ]  # fmt: skip
        self._starts = [block.span.start for block in document.blocks]
        self._sections = [section.span.start for section in document.sections]

    def positions(self) -> Positions:
        if self.document.is_form:
            return Positions(self.document.address)
        steps = [(self._way(link), link, target) for link, target in self.links]
        following, preceding = (
            tuple(Entry(target.address, link.line) for way, link, target in steps if way == one)
            for one in ("next", "previous")
        )
        rest = [(link, target) for way, link, target in steps if not way]
        listed = tuple(self._listed(rest))
        return Positions(self.document.address, tuple(self._signs()), following, preceding, listed)

    def _block(self, link: Link) -> Block | None:
        at = bisect_right(self._starts, link.span.start) - 1
        return self.document.blocks[at] if at >= 0 else None

    def _way(self, link: Link) -> str:
        """Whether a link leads to what is ``next`` or ``previous``; empty if to neither."""
        if link.role:
            said = self.relations.relation(link.role)
            return said if said in ("next", "previous") else ""
        block, text = self._block(link), self.document.text
        begin = max(block.span.start if block else 0, link.span.start - 40)
        found = _STEP_NAMED.match(text[link.span.start : link.span.end]) or (
            _STEPS_BEFORE.search(text[begin : link.span.start])
        )
        return "" if not found else "next" if found["way"].casefold() == "next" else "previous"

    def _signs(self) -> Iterator[Sign]:
        document = self.document
        for name, value, line in document.numbers:
            yield Sign(FIELD, name, _parts(value), f"{name} {value}", line)
        yield from self._named()
        for tag in document.tags:
            if found := _PARTED.match(tag):
                yield Sign(TAG, found["before"].casefold(), (int(found["number"]),), f"#{tag}",
                           self._line_of("tag", tag))  # fmt: skip
            elif counted := _worded(tag):
                yield Sign(TAG, *counted, f"#{tag}", self._line_of("tag", tag))
        title = document.title
        led = _LED_TITLE.match(title)
        if counted := ("", _parts(led["number"])) if led else _worded(title):
            track = f"{self.folder}/{counted[0]}"
            yield Sign(TITLE, track, counted[1], title, self._line_of("title", title))
        for hint in document.hints:
            if hint.verdict == "used":
                value = hint.value.partition("/")[0]
                if hint.kind == "day":
                    yield Sign(DAY, "", (int(value),), f"day {value}", hint.line)
                elif re.fullmatch(r"\d{4}-\d\d-\d\d", value):
                    yield Sign(DATE, "", tuple(map(int, value.split("-"))), value, hint.line)

    def _named(self) -> Iterator[Sign]:
        """The numbers in the path: of each run of numbered folders, and the file, one below the
        other. A file that stands for its folder comes first in it."""
        folders = self.folder.split("/") if self.folder else []
        dated = any(h.origin == "file name" and h.kind == "date" for h in self.document.hints)
        index = is_index(self.document.address)
        names = [numbered(name) for name in folders]
        names.append(("", (-1,)) if index else None if dated else numbered(self.stem))
        begin = 0
        while begin < len(names):
            end = begin
            while end < len(names) and names[end]:
                end += 1
            run = [counted for counted in names[begin:end] if counted]
            position = tuple(number for _, counted in run for number in counted)
            if any(number >= 0 for number in position):
                track = f"{'/'.join(folders[:begin])}/{run[0][0]}"
                shown = "/".join([*folders, posixpath.basename(self.document.address)][begin:end])
                yield Sign(NAME, track, position, shown, 0)
            begin = max(end, begin) + 1

    @cached_property
    def _written(self) -> dict[tuple[str, str], int]:
        """Where titles and tags first stand, by kind and text: their text offsets."""
        document = self.document
        spans = [("title" if b.kind == "heading" else b.kind, b.span) for b in document.blocks]
        spans += [(m.kind, m.span) for m in document.marks]
        found: dict[tuple[str, str], int] = {}
        for kind, span in spans:
            if kind in ("title", "tag"):
                text = " ".join(document.text[span.start : span.end].split()).lstrip("#")
                found.setdefault((kind, text), span.start)
        return found

    def _line_of(self, kind: str, text: str) -> int:
        """The line of a title or tag; 0 where it stands nowhere by itself."""
        at = self._written.get((kind, text))
        return 0 if at is None else self.document.line_of(self.document.offsets.source_start(at))

    def _listed(self, links: Sequence[tuple[Link, Target]]) -> list[Entry]:
        """What the document lists if it is a table of contents: its blocks ``toc``, and the links
        in its lists, if its name says so or it holds little else."""
        found = [*self._fenced()]
        listing = [(link, target) for link, target in links if self._lists(link)]
        called = (self.stem, self.document.title, *self.document.tags)
        named = is_index(self.document.address) or any(map(_CONTENTS.search, called))
        if named or self._only_lists(listing):
            text = self.document.text
            found += [
                Entry(target.address, link.line, text[link.span.start : link.span.end])
                for link, target in listing
            ]
        return sorted(found, key=lambda entry: entry.line) if len(found) > 1 else []

    def _lists(self, link: Link) -> bool:
        """Whether a link stands in a list, and in none of what lies beside."""
        block = self._block(link)
        if block is None or block.kind not in _LISTED or link.role:
            return False
        number = bisect_right(self._sections, link.span.start) - 1
        return number < 0 or not _ASIDE.search(self.document.sections[number].heading)

    def _only_lists(self, listing: Sequence[tuple[Link, Target]]) -> bool:
        if len(listing) < _LEAST_LISTED or self.document.day is not None or self.document.date:
            return False
        prose = [b for b in self.document.blocks if b.kind in ("paragraph", "item", "cell")]
        holding = {id(self._block(link)) for link, _ in listing}
        return len(holding) >= max(_LEAST_LISTED, _MOSTLY * len(prose))

    def _fenced(self) -> Iterator[Entry]:
        """The paths in blocks ``toc`` and ``{toctree}``."""
        if "toc" not in self.document.source and "{tableofcontents" not in self.document.source:
            return
        fence = ""
        for number, line in enumerate(self.document.source.splitlines(), 1):
            said = line.strip()
            if not fence:
                opened = _TOC.match(line)
                fence = opened["fence"] if opened else ""
            elif said.startswith(fence):
                fence = ""
            elif said and not said.startswith(":"):
                titled = _TITLED_PATH.match(said)
                yield Entry("", number, "", (titled["path"] if titled else said).strip())
