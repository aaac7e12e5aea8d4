"""A document as the rules of relations read it: sentence by sentence, with its mentions."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

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
from waygraph.operators.modality import NEGATIONS, RESERVED, asks, denies, hedges
from waygraph.operators.stretches import Stretches

# "X is no Y" and "X requires no Y" say nothing of how the two relate.
NOT_DENIED = rf"(?!\s+(?:\w+ly\s+)?(?:{NEGATIONS})\b)"
_IS_A = re.compile(
    rf"[^.;:]{{0,3}}(?:\([^()]*\)\s*)?,?\s*(?:is|are){NOT_DENIED}\s+"
    r"(?P<how>(?:\w+ly|often|sometimes)\s+)?"
    r"(?:(?:an?|the|one of the|any)\s+)?"
    r"(?:(?:[\w-]+\s+)?(?:kind|type|form|variant|class|case|family)s?\s+of\s+(?:an?\s+)?)?",
    re.I,
)
_MEANS = re.compile(
    r"[^.;:]{0,3}(?:\([^()]*\)\s*)?,?\s*(?:refers? to|means|denotes?|describes?)\s", re.I
)
_ARTICLE = re.compile(r"(?:\W*\b(?:an?|the)\s+)?\W*$", re.I)
PHRASE_REACH = 12
_SHORTEST_OPENING = 15
_FIRST_SENTENCES = 20
# "Date: 2024-03-18", "Tags: a, b", "Figure 1: a kiln", "See also this"
_LABELLED = re.compile(
    r"\W*(?:[A-Za-z][\w-]*(?: [\w-]+){0,2} ?:(?=\s)|(?:figure|fig\.|table|image|photo|listing)\b"
    r"|see (?:also )?|tags?\b)",
    re.I,
)
_ARTICLES = re.compile(r"\W*(?:(?:an?|the)\s+)?", re.I)
_COPULA = re.compile(r"\s*(?:\([^()]*\)\s*)?(?:is|are|was|were|means|denotes)\b", re.I)
# Behind "is", these lead elsewhere: "X is like a Y", "for a Y", "faster than a Y", "under a Y".
_ELSEWHERE = frozenset(
    """
    about above across against almost along among around as at before behind below beneath beside
    between beyond by close down during equal far for from in inside into like near nearly of off on
    onto out outside over past per similar than through to toward towards under unlike until up upon
    via with within without
    """.split()
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the mentions that lie in it, in text order."""

    span: Span
    mentions: tuple[Mention, ...]


class Defining(NamedTuple):
    """A sentence that says what its first mention is, and where that begins.

    ``is_kind``: it says "is", which may name a kind, not "means" or "describes"; ``hedged``: with
    reserve.
    """

    sentence: Sentence
    first: Mention
    begin: int
    is_kind: bool
    hedged: bool


class Reader:
    """One document, sentence by sentence.

    ``title`` is where it names what it is about. Where it does not, as in a page that is called
    by its file alone, what it says in its own name rests on the sentence that says it.
    """

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

    def of_itself(self, span: Span) -> tuple[Span, ...]:
        """The evidence of what the document says, in a span, of what it is about."""
        return (span, self.title) if self.title is not None else (span,)

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
        self,
        ends: tuple[str, str, str],
        confidence: float,
        rule: str,
        *evidence: Span,
        hedged: bool = False,
    ) -> Relation:
        """A claim of this document: ``ends`` are subject, predicate and object.

        What is ``hedged`` is worth less.
        """
        sure = round(confidence * RESERVED, 2) if hedged else confidence
        return Relation(*ends, sure, rule, self.document.address, evidence, hedged)

    def defined(self) -> Iterator[Defining]:
        """Sentences that begin with a mention and say what it is."""
        for sentence in self.sentences:
            if not sentence.mentions or not self.is_prose(sentence.span):
                continue
            if asks(self.text(sentence.span.start, sentence.span.end)):
                continue
            first = sentence.mentions[0]
            opening = self.text(sentence.span.start, first.span.start)
            if not _ARTICLE.fullmatch(opening):
                continue
            # "The algorithm is …" speaks of one met before, not of algorithms
            if "the" in opening.casefold().split() and first.concept != self.about:
                continue
            match = _IS_A.match(self.document.text, first.span.end, sentence.span.end)
            phrase = self.phrase_at(match.end()) if match else None
            how = ""
            if match and phrase:
                # "usually", "perhaps"
                how = (match["how"] or "") + self.text(match.end(), phrase.span.start)
            if not phrase or not _ELSEWHERE.isdisjoint(how.casefold().split()):
                match = None
            means = _MEANS.match(self.document.text, first.span.end, sentence.span.end)
            if match and not denies(how):
                yield Defining(sentence, first, match.end(), True, hedges(how))
            elif means and not match:
                yield Defining(sentence, first, means.end(), False, False)

    def phrase_at(self, offset: int) -> Phrase | None:
        """The noun phrase that begins at ``offset``, but for a few words before its core.

        None of them may lead elsewhere, as prepositions and comparisons do.
        """
        i = bisect_left(self._phrases, offset)
        if i == len(self._phrases) or self._phrases[i] - offset > PHRASE_REACH:
            return None
        before = self.text(offset, self._phrases[i]).casefold()
        if not _ELSEWHERE.isdisjoint(re.findall(r"[^\W\d_]+", before)):
            return None
        return self.parse.phrases[i]

    def definitions(self) -> Iterator[Definition]:
        """Defining sentences; else, on a page about a concept, the sentence that opens it."""
        seen: set[str] = set()
        for sentence, first, *_ in self.defined():
            if first.concept not in seen:
                seen.add(first.concept)
                own = first.concept == self.about
                yield Definition(first.concept, 0.95 if own else 0.7, sentence.span)
        if self.about and self.document.page and self.about not in seen:
            for sentence in self.sentences[:_FIRST_SENTENCES]:
                if self._opens(sentence.span):
                    yield Definition(self.about, 0.5, sentence.span)
                    return

    def _opens(self, span: Span) -> bool:
        """Whether a sentence may open a page: prose that neither lists facts about the note, nor
        labels a picture, nor is links alone, nor says what another thing is."""
        said = self.text(span.start, span.end)
        if not self.is_prose(span) or len(said) <= _SHORTEST_OPENING or _LABELLED.match(said):
            return False
        covers = Stretches(
            m.span for m in self.document.marks if m.kind in ("link", "tag", "emphasis")
        )
        if not any(
            c.isalnum() and not covers.touch(Span(at, at + 1))
            for at, c in enumerate(said, span.start)
        ):
            return False
        opening = _ARTICLES.match(said)
        begin = span.start + (opening.end() if opening else 0)
        i = bisect_left(self._phrases, begin)
        if i == len(self._phrases) or self._phrases[i] != begin:
            return True
        phrase = self.parse.phrases[i]
        is_subject = _COPULA.match(self.document.text, phrase.span.end, span.end)
        named = {m.concept for m in self.inside(phrase.span)}
        return not is_subject or self.about in named or "PRON" in phrase.tags

    def sentence_at(self, span: Span) -> Sentence | None:
        """The sentence in which a span begins."""
        i = bisect_right(self._starts, span.start) - 1
        if i < 0 or span.start >= self.sentences[i].span.end:
            return None
        return self.sentences[i]
