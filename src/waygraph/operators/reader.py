"""A document as the rules of relations read it: sentence by sentence, with its mentions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from waygraph.model import (
    Definition,
    Document,
    Mention,
    Mentions,
    Parse,
    Phrase,
    Relation,
    Span,
    Targets,
)

# "X is no Y" and "X requires no Y" say nothing of how the two relate.
NOT_DENIED = r"(?!\s+(?:\w+ly\s+)?(?:not?|never|neither|nothing)\b)"
_IS_A = re.compile(
    rf"[^.;:]{{0,3}}(?:\([^()]*\)\s*)?,?\s*(?:is|are){NOT_DENIED}\s+(?:\w+ly\s+)?"
    r"(?:(?:an?|the|one of the|any)\s+)?"
    r"(?:(?:[\w-]+\s+)?(?:kind|type|form|variant|class|case|family)s?\s+of\s+(?:an?\s+)?)?",
    re.I,
)
_MEANS = re.compile(
    r"[^.;:]{0,3}(?:\([^()]*\)\s*)?,?\s*(?:refers? to|means|denotes?|describes?)\s", re.I
)
_ARTICLE = re.compile(r"(?:\W*\b(?:an?|the)\s+)?\W*$", re.I)
PHRASE_REACH = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the mentions that lie in it, in text order."""

    span: Span
    mentions: tuple[Mention, ...]


class Reader:
    """One document, sentence by sentence."""

    def __init__(self, document: Document, targets: Targets, parse: Parse, found: Mentions) -> None:
        self.document, self.targets, self.parse = document, targets, parse
        self.about = found.about
        self.found = found.found
        starts = self._mentions = [mention.span.start for mention in found.found]
        ends = (bisect_left(starts, span.end) for span in parse.sentences)
        self.sentences = [
            Sentence(span, tuple(m for m in self.found[first:end] if m.span.end <= span.end))
            for span, end in zip(parse.sentences, ends, strict=True)
            for first in (bisect_left(starts, span.start),)
        ]
        self._prose = [b.span for b in document.blocks if b.kind in ("paragraph", "item")]
        self._starts = [sentence.span.start for sentence in self.sentences]
        self._phrases = [phrase.span.start for phrase in parse.phrases]
        self.title = next(
            (
                b.span
                for b in document.blocks
                if b.kind in ("title", "heading")
                and any(m.concept == self.about for m in self.inside(b.span))
            ),
            None,
        )

    def inside(self, span: Span) -> list[Mention]:
        """The mentions that lie in a span."""
        first, end = (bisect_left(self._mentions, at) for at in (span.start, span.end))
        return [m for m in self.found[first:end] if m.span.end <= span.end]

    def within(self, span: Span) -> list[Sentence]:
        """The sentences that begin in a span."""
        first, end = (bisect_left(self._starts, at) for at in (span.start, span.end))
        return self.sentences[first:end]

    def is_prose(self, span: Span) -> bool:
        """Whether a span lies in a paragraph or an item."""
        i = bisect_right(self._prose, span.start, key=lambda s: s.start) - 1
        return i >= 0 and span.end <= self._prose[i].end

    def together(self, end: int, span: Span) -> bool:
        """Whether what ends at ``end`` and ``span`` lie in one paragraph or item."""
        return self.is_prose(Span(max(0, end - 1), span.end))

    def phrase_of(self, span: Span) -> Span:
        """The noun phrase that ends with ``span``; else that itself."""
        i = bisect_right(self._phrases, span.start) - 1
        if i >= 0 and self.parse.phrases[i].span.end == span.end:
            return self.parse.phrases[i].span
        return span

    def text(self, start: int, end: int) -> str:
        """The document's text between two offsets."""
        return self.document.text[start:end]

    def claim(
        self, ends: tuple[str, str, str], confidence: float, rule: str, *evidence: Span
    ) -> Relation:
        """A claim of this document: ``ends`` are subject, predicate and object."""
        return Relation(*ends, confidence, rule, self.document.address, evidence)

    def defined(self) -> Iterator[tuple[Sentence, Mention, int]]:
        """Sentences that begin with a mention and say what it is; where the saying begins."""
        for sentence in self.sentences:
            if not sentence.mentions or not self.is_prose(sentence.span):
                continue
            first = sentence.mentions[0]
            opening = self.text(sentence.span.start, first.span.start)
            if not _ARTICLE.fullmatch(opening):
                continue
            # "The algorithm is …" speaks of one met before, not of algorithms
            if "the" in opening.casefold().split() and first.concept != self.about:
                continue
            match = _IS_A.match(self.document.text, first.span.end, sentence.span.end)
            if match and self.phrase_at(match.end()) is None:
                match = None
            match = match or _MEANS.match(self.document.text, first.span.end, sentence.span.end)
            if match:
                yield sentence, first, match.end()

    def phrase_at(self, offset: int) -> Phrase | None:
        """The noun phrase that begins at ``offset``, but for a few words before its core."""
        i = bisect_left(self._phrases, offset)
        if i == len(self._phrases) or self._phrases[i] - offset > PHRASE_REACH:
            return None
        return self.parse.phrases[i]

    def definitions(self) -> Iterator[Definition]:
        """Defining sentences; else, on a page about a concept, the sentence that opens it."""
        seen: set[str] = set()
        for sentence, first, _ in self.defined():
            if first.concept not in seen:
                seen.add(first.concept)
                own = first.concept == self.about
                yield Definition(first.concept, 0.95 if own else 0.7, sentence.span)
        if self.about and self.document.page and self.about not in seen:
            for sentence in self.sentences:
                if self.is_prose(sentence.span) and sentence.span.end - sentence.span.start > 25:
                    yield Definition(self.about, 0.5, sentence.span)
                    return

    def sentence_at(self, span: Span) -> Sentence | None:
        """The sentence in which a span begins."""
        i = bisect_right(self._starts, span.start) - 1
        if i < 0 or span.start >= self.sentences[i].span.end:
            return None
        return self.sentences[i]
