"""Homes: the places where a concept is explained, each with a strength."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from waygraph.compute.operator import operator
from waygraph.model import (
    Block,
    Document,
    Explained,
    Home,
    Homes,
    Mentions,
    Parse,
    Relations,
    Span,
    Targets,
)
from waygraph.operators.outlines import content_words
from waygraph.operators.reader import Reader
from waygraph.operators.structure import statements

# How strong a home is where the name makes up the whole title or heading; where it is a part of
# it, less, by the square root of that part.
_TITLE, _HEADING = 1.0, 0.85
# A diary's title names what a day was about, among much else.
_DIARY = 0.7
_STATEMENT, _DEFINITION = 0.6, 0.75
# Many mentions come near this, so many give half of it.
_MENTIONS, _HALF = 0.45, 3
# Of each concept so many are kept.
_KEPT = 6
WHOLE = -1


@operator(version="1")
def explained(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    mentions: Sequence[Mentions],
    relations: Sequence[Relations],
) -> list[Explained]:
    """What each document explains, and where: the whole of it, a section, a paragraph.

    A place counts by its title or heading, by a definition or a statement in it, and by how often
    it names the concept; what speaks for one place adds up as if independent.
    """
    rows = zip(documents, targets, parses, mentions, relations, strict=True)
    return [Explained(row[0].address, tuple(_Finder(*row).homes())) for row in rows]


@operator(version="1")
def homes(explained: Sequence[Explained]) -> Homes:
    """The homes of every concept, the strongest first; of many, those."""
    by: defaultdict[str, list[Home]] = defaultdict(list)
    for one in explained:
        for home in one.found:
            by[home.concept].append(home)
    kept = (
        home
        for concept in sorted(by)
        for home in sorted(by[concept], key=lambda h: (-h.strength, h.address, h.span))[:_KEPT]
    )
    return Homes(tuple(kept))


class _Finder:
    def __init__(
        self,
        document: Document,
        targets: Targets,
        parse: Parse,
        found: Mentions,
        relations: Relations,
    ) -> None:
        self.document, self.found, self.relations = document, found, relations
        self.reader = Reader(document, targets, parse, found)
        self._sections = [section.span.start for section in document.sections]
        self._blocks = [block.span.start for block in document.blocks]

    def homes(self) -> Iterator[Home]:
        """By place and concept, the strongest reason naming the kind."""
        reasons: defaultdict[tuple[str, int, Span], list[tuple[float, str, Span]]]
        reasons = defaultdict(list)
        if not self.document.is_form:
            for home in (*self._headed(), *self._told(), *self._named()):
                place = home.concept, home.section, home.span
                reasons[place].append((home.strength, home.kind, home.evidence))
        for (concept, section, span), said in sorted(reasons.items()):
            doubt = 1.0
            for strength, _, _ in said:
                doubt *= 1 - strength
            _, kind, evidence = max(said, key=lambda one: (one[0], one[1]))
            yield Home(
                concept, kind, round(1 - doubt, 4), self.document.address, section, span, evidence
            )

    def _home(self, concept: str, kind: str, strength: float, place: int, evidence: Span) -> Home:
        address = self.document.address
        return Home(concept, kind, strength, address, place, self._extent(place), evidence)

    def _extent(self, number: int) -> Span:
        """A section with those below it; or the whole text."""
        sections, end = self.document.sections, len(self.document.text)
        if number == WHOLE or not sections:
            return Span(0, end)
        first = sections[number]
        below = (s.span.start for s in sections[number + 1 :] if s.level <= first.level)
        return Span(first.span.start, next(below, end))

    def _section(self, offset: int) -> int:
        return max(WHOLE, bisect_right(self._sections, offset) - 1)

    def _headed(self) -> Iterator[Home]:
        """What titles and headings name."""
        whole = _TITLE if self.document.page else _DIARY
        about, titled = self.found.about, False
        for block in self.document.blocks:
            if block.boilerplate or block.kind not in ("title", "heading"):
                continue
            title = self._is_title(block) and not titled
            titled |= title
            size = len(content_words(self.document.text, block.span))
            for mention in self.reader.inside(block.span):
                own = len(content_words(self.document.text, mention.span))
                part = min(1.0, own / size) ** 0.5 if size else 0.0
                if title:
                    part = 1.0 if mention.concept == about else part
                    yield self._home(mention.concept, "title", whole * part, WHOLE, block.span)
                elif part:
                    place = self._section(block.span.start)
                    yield self._home(mention.concept, "heading", _HEADING * part, place, block.span)
        if about and self.reader.title is None and (opening := self._opening()):
            yield self._home(about, "title", whole, WHOLE, opening)

    def _is_title(self, block: Block) -> bool:
        text = self.document.text[block.span.start : block.span.end]
        return block.kind == "title" or text.split() == self.document.title.split()

    def _opening(self) -> Span | None:
        """The first prose, which stands for the title of a page that writes none."""
        return next((s.span for s in self.reader.sentences if self.reader.is_prose(s.span)), None)

    def _told(self) -> Iterator[Home]:
        """What sentences define, and what theorems and their like state."""
        for definition in self.relations.definitions:
            place, span = self._section(definition.span.start), self._around(definition.span)
            strength = _DEFINITION * definition.confidence
            yield Home(
                definition.concept, "definition", strength, self.document.address, place, span,
                definition.span,
            )  # fmt: skip
        for span, concept in statements(self.reader):
            if concept:
                first = next((s.span for s in self.reader.within(span)), span)
                place = self._section(span.start)
                yield Home(
                    concept, "statement", _STATEMENT, self.document.address, place, span, first
                )

    def _around(self, span: Span) -> Span:
        """The block that holds a span."""
        at = bisect_right(self._blocks, span.start) - 1
        block = self.document.blocks[at].span if at >= 0 else span
        return Span(min(block.start, span.start), max(block.end, span.end))

    def _named(self) -> Iterator[Home]:
        """For each concept the section that names it most."""
        counts: Counter[tuple[str, int]] = Counter()
        first: dict[tuple[str, int], Span] = {}
        for mention in self.found.found:
            at = mention.concept, self._section(mention.span.start)
            counts[at] += 1
            first.setdefault(at, mention.span)
        best: dict[str, tuple[int, int]] = {}
        for (concept, section), count in counts.items():
            rank = (-count, section)
            best[concept] = min(rank, best.get(concept, rank))
        for concept, (count, section) in best.items():
            evidence = first[concept, section]
            sentence = self.reader.sentence_at(evidence)
            strength = _MENTIONS * -count / (-count + _HALF)
            yield self._home(
                concept, "mentions", strength, section, sentence.span if sentence else evidence
            )
