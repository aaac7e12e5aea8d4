"""Outlines: which concept each part of a document is about, and what that part names and cites."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from waygraph.compute.operator import operator
from waygraph.labels import FUNCTION_WORDS, PREPOSITIONS, words
from waygraph.model import (
    Block,
    Citation,
    Document,
    Link,
    Mention,
    Mentions,
    Outline,
    OwnText,
    Parse,
    Passage,
    Span,
    Target,
    Targets,
)

_ASIDE = re.compile(r"\b(?:see also|related|further|next|applications?|examples?)\b", re.I)
_SOURCE = re.compile(
    r"\b(?:resources?|references?|readings?|bibliography|sources?|literature)\b", re.I
)
_PAGE = re.compile(r"\b(?:pages?|pp?\.)\s*(\d+)", re.I)
_SECTION = re.compile(
    r"(?:\b(?:sections?|chapters?|lectures?|lessons?|units?|weeks?|videos?|parts?|modules?)\b\D{0,12}?|§\s*)"
    r"(\d+(?:\.\d+)*)",
    re.I,
)
_GRAMMAR = FUNCTION_WORDS | PREPOSITIONS


@operator(version="2")
def outlines(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    mentions: Sequence[Mentions],
) -> list[Outline]:
    """What later steps need of a document to compare concepts, without its text.

    A page or titled note is about the concept of its title. Elsewhere, a section whose
    heading is a concept's name is about that concept; the rest is about none.
    """
    return [
        _Outliner(document, target, parse, found).outline()
        for document, target, parse, found in zip(documents, targets, parses, mentions, strict=True)
    ]


def content_words(text: str, span: Span | None = None) -> tuple[str, ...]:
    """The keys of the words of a text, or a span of it, that carry meaning."""
    start, end = (span.start, span.end) if span else (0, len(text))
    return tuple(w.key for w in words(text, start, end) if w.key not in _GRAMMAR)


def sole_name(text: str, heading: Span, found: Sequence[Mention]) -> Mention | None:
    """The one mention that a heading consists of, but for grammatical words."""
    if len(found) != 1:
        return None
    span = found[0].span
    rest = (Span(heading.start, span.start), Span(span.end, heading.end))
    return None if any(content_words(text, part) for part in rest) else found[0]


class _Outliner:
    def __init__(self, document: Document, targets: Targets, parse: Parse, found: Mentions) -> None:
        self.document, self.found = document, found
        self.links = list(zip(document.links, targets.found, strict=True))
        self.sentences = parse.sentences
        self._mention_starts = [mention.span.start for mention in found.found]
        self._sentence_starts = [sentence.start for sentence in parse.sentences]
        self._link_starts = [link.span.start for link, _ in self.links]

    def outline(self) -> Outline:
        document, about = self.document, self.found.about
        title = self._title() if about else None
        if title is None and about and document.page:
            title = self._opening()
        parts: list[OwnText] = []
        owner, anchor, level = (about if title else ""), title or Span(0, 0), 0
        passages: list[Passage] = []
        citations: list[Citation] = []
        opened = False

        def close() -> None:
            nonlocal passages, citations, opened
            if passages:
                parts.append(OwnText(owner, anchor, tuple(passages), tuple(citations)))
            passages, citations, opened = [], [], False

        heading = ""
        for block in document.blocks:
            if block.kind == "heading":
                # one that stands in many notes ("See also") still says what is below it
                heading = document.text[block.span.start : block.span.end]
            if block.boilerplate or block.kind in ("title", "tag", "alias"):
                continue
            if block.kind == "heading":
                named = self._named_by(block.span)
                if title is None and (named or (owner and block.level <= level)):
                    close()
                    owner, anchor, level = named, block.span, block.level
                continue
            place = "aside" if _ASIDE.search(heading) else "body"
            place = "source" if _SOURCE.search(heading) else place
            for span in self._pieces(block):
                opens = place == "body" and not opened
                opened = opened or opens
                passages.append(self._passage(span, "opening" if opens else place))
            citations += self._citations(block)
        close()
        return Outline(document.address, about, document.date, document.day, tuple(parts))

    def _title(self) -> Span | None:
        """The title or heading that names what the document is about."""
        return next(
            (
                block.span
                for block in self.document.blocks
                if block.kind in ("title", "heading")
                and any(m.concept == self.found.about for m in self._mentions(block.span))
            ),
            None,
        )

    def _opening(self) -> Span | None:
        """The first sentence or item, which stands for the title of a page that writes none."""
        for block in self.document.blocks:
            if not block.boilerplate and block.kind in ("paragraph", "item"):
                return next(self._pieces(block))
        return None

    def _named_by(self, heading: Span) -> str:
        """The concept whose name a heading is, but for grammatical words; else empty."""
        named = sole_name(self.document.text, heading, self._mentions(heading))
        return named.concept if named else ""

    def _mentions(self, span: Span) -> list[Mention]:
        first = bisect_left(self._mention_starts, span.start)
        end = bisect_left(self._mention_starts, span.end)
        return [m for m in self.found.found[first:end] if m.span.end <= span.end]

    def _links(self, span: Span) -> list[tuple[Link, Target]]:
        first = bisect_left(self._link_starts, span.start)
        return self.links[first : bisect_left(self._link_starts, span.end)]

    def _pieces(self, block: Block) -> Iterator[Span]:
        """The block's sentences; the block as a whole if it holds none."""
        span = block.span
        first = bisect_left(self._sentence_starts, span.start)
        end = bisect_left(self._sentence_starts, span.end)
        inside = [s for s in self.sentences[first:end] if s.end <= span.end]
        yield from inside or [span]

    def _passage(self, span: Span, role: str) -> Passage:
        links = [target.address for _, target in self._links(span) if target.address]
        return Passage(
            span,
            role,
            content_words(self.document.text, span),
            tuple(dict.fromkeys(m.concept for m in self._mentions(span))),
            tuple(dict.fromkeys(links)),
        )

    def _citations(self, block: Block) -> Iterator[Citation]:
        """Links out of the corpus, with the place in the work that the words behind them name."""
        outward = [link for link, target in self._links(block.span) if target.status == "external"]
        if not outward:
            return
        behind = self.document.text[outward[0].span.end : block.span.end]
        page, section = _PAGE.search(behind), _SECTION.search(behind)
        if page or section:
            yield Citation(outward[0].target, _numbers(page), _numbers(section))


def _numbers(match: re.Match[str] | None) -> tuple[int, ...]:
    return tuple(int(n) for n in match[1].split(".")) if match else ()
