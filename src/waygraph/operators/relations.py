"""Relations: what one document says of how concepts relate, each with its evidence."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

from waygraph.compute.operator import Between, operator
from waygraph.labels import key
from waygraph.model import (
    ConceptTable,
    Definition,
    Document,
    Mention,
    Mentions,
    Parse,
    Phrase,
    Relation,
    Relations,
    Span,
    Targets,
)

# "X is no Y" and "X requires no Y" say nothing of how the two relate.
_NOT_DENIED = r"(?!\s+(?:\w+ly\s+)?(?:not?|never|neither|nothing)\b)"
_IS_A = re.compile(
    rf"[^.;:]{{0,3}}(?:\([^()]*\)\s*)?,?\s*(?:is|are){_NOT_DENIED}\s+(?:\w+ly\s+)?"
    r"(?:(?:an?|the|one of the|any)\s+)?"
    r"(?:(?:special\s+)?(?:kind|type|form|variant|class|case|family)s?\s+of\s+(?:an?\s+)?)?",
    re.I,
)
_MEANS = re.compile(
    r"[^.;:]{0,3}(?:\([^()]*\)\s*)?,?\s*(?:refers? to|means|denotes?|describes?)\s", re.I
)
_ARTICLE = re.compile(r"(?:\W*\b(?:an?|the)\s+)?\W*$", re.I)
# What stands between two mentions, and what it then says of them: (pattern, relation,
# confidence, whether the second mention is the subject).
_BETWEEN = (
    (r"(?:requires?|needs?|presupposes?|assumes?|depends? on|relies on|rely on)",
     "requires", 0.8, False),
    (r"(?:is|are)\s+(?:built|based|founded)\s+(?:up)?on", "requires", 0.75, False),
    (r"builds?\s+(?:up)?on", "requires", 0.8, False),
    (r"(?:is|are)\s+(?:\w+\s+)?(?:understood|learned|learnt|studied|met)\s+(?:best\s+)?after",
     "requires", 0.8, False),
    (r"(?:is|are)\s+(?:a\s+)?(?:prerequisites?|precondition|needed|required)\s+(?:of|for)",
     "requires", 0.8, True),
    (r"(?:uses?|employs?|makes? use of|works? with)", "uses", 0.7, False),
    (r"(?:is|are)\s+(?:a\s+)?part of", "partOf", 0.7, False),
)  # fmt: skip
_CUES = tuple(
    (
        re.compile(
            rf"\s*(?:,?\s*(?P<also>and|but)\s+)?(?:(?:also|always|only|often|usually|\w+ly)\s+)?"
            rf"{pattern}{_NOT_DENIED}\s+(?:(?:an?|the|its|some)\s+)?(?:\w+\s+)?",
            re.I,
        ),
        name,
        sure,
        back,
    )
    for pattern, name, sure, back in _BETWEEN
)
_BEFORE = re.compile(
    r"\b(?:before|to (?:follow|understand|learn|study|use))\b[^,.;]*,[^.;]*"
    r"\b(?:learn|understand|know|study|read|meet|need|master|grasp|review)\b",
    re.I,
)
_NEEDED_FIRST = re.compile(
    r"\b(?:prerequisites?|requirements?|before you|need(?:ed)? first|first\b.*\bneed|"
    r"background|what (?:you|to) (?:need|know|learn)|you should know)\b",
    re.I,
)
_CROWDED = 12
_PHRASE_REACH = 12


Confidence = Annotated[float, Between(0.01, 0.99)]


@operator(version="3")
def relations(
    documents: Sequence[Document],
    targets: Sequence[Targets],
    parses: Sequence[Parse],
    mentions: Sequence[Mentions],
    concepts: ConceptTable,
    *,
    link: Confidence = 0.6,
    definition: Confidence = 0.8,
    head: Confidence = 0.6,
    together: Confidence = 0.25,
    near: Confidence = 0.12,
) -> list[Relations]:
    """Relations from definitions, links, wording, head nouns, shared and next sentences.

    The settings are the confidence of one claim of each kind. Every piece of evidence
    holds both ends of its relation. What a document hints of prerequisites is kept apart:
    hints of different documents may contradict each other.
    """
    heads = {name: c.slug for c in concepts.concepts for name in c.keys}
    names = {c.slug: key(c.label) for c in concepts.concepts}
    result: list[Relations] = []
    for document, target, parse, found in zip(documents, targets, parses, mentions, strict=True):
        reader = _Reader(document, target, parse, found)
        claims = [
            *reader.from_definitions(definition),
            *reader.from_links(link),
            *reader.from_wording(),
            *reader.from_heads(head, heads, names),
            *reader.from_sentences(together),
            *reader.from_neighbours(near),
        ]
        plain = (c for c in claims if c.predicate != "requires")
        hints = [c for c in claims if c.predicate == "requires"]
        hints += [*reader.from_sections(0.6)]
        # a thing is not built on its own kinds: "heuristic" needs no "consistent heuristic"
        hints = [h for h in hints if not names[h.object].endswith(f" {names[h.subject]}")]
        result.append(
            Relations(
                document.address, _strongest(plain), tuple(reader.definitions()), _strongest(hints)
            )
        )
    return result


def _strongest(claims: Sequence[Relation] | Iterator[Relation]) -> tuple[Relation, ...]:
    """One claim per (subject, predicate, object) and rule: the first of the surest."""
    best: dict[tuple[str, str, str, str], Relation] = {}
    for claim in claims:
        if claim.subject == claim.object:
            continue
        ends = (claim.subject, claim.predicate, claim.object, claim.rule)
        if ends not in best or best[ends].confidence < claim.confidence:
            best[ends] = claim
    return tuple(best[ends] for ends in sorted(best))


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    mentions: tuple[Mention, ...]


class _Reader:
    """One document, sentence by sentence."""

    def __init__(self, document: Document, targets: Targets, parse: Parse, found: Mentions) -> None:
        self.document, self.targets, self.parse = document, targets, parse
        self.about = found.about
        self.found = found.found
        starts = [mention.span.start for mention in found.found]
        ends = (bisect_left(starts, span.end) for span in parse.sentences)
        self.sentences = [
            _Sentence(span, tuple(m for m in self.found[first:end] if m.span.end <= span.end))
            for span, end in zip(parse.sentences, ends, strict=True)
            for first in (bisect_left(starts, span.start),)
        ]
        self._prose = [b.span for b in document.blocks if b.kind in ("paragraph", "item")]
        self._starts = [sentence.span.start for sentence in self.sentences]
        self._phrases = [phrase.span.start for phrase in parse.phrases]
        self._title = next(
            (
                b.span
                for b in document.blocks
                if b.kind in ("title", "heading")
                and any(m.concept == self.about for m in self._inside(b.span))
            ),
            None,
        )

    def _inside(self, span: Span) -> list[Mention]:
        return [m for m in self.found if span.start <= m.span.start and m.span.end <= span.end]

    def _is_prose(self, span: Span) -> bool:
        i = bisect_right(self._prose, span.start, key=lambda s: s.start) - 1
        return i >= 0 and span.end <= self._prose[i].end

    def _text(self, start: int, end: int) -> str:
        return self.document.text[start:end]

    def _claim(
        self, ends: tuple[str, str, str], confidence: float, rule: str, *evidence: Span
    ) -> Relation:
        return Relation(*ends, confidence, rule, self.document.address, evidence)

    def _defined(self) -> Iterator[tuple[_Sentence, Mention, int]]:
        """Sentences that begin with a mention and say what it is; where the saying begins."""
        for sentence in self.sentences:
            if not sentence.mentions or not self._is_prose(sentence.span):
                continue
            first = sentence.mentions[0]
            opening = self._text(sentence.span.start, first.span.start)
            if not _ARTICLE.fullmatch(opening):
                continue
            # "The algorithm is …" speaks of one met before, not of algorithms
            if "the" in opening.casefold().split() and first.concept != self.about:
                continue
            match = _IS_A.match(self.document.text, first.span.end, sentence.span.end)
            if match and self._phrase_at(match.end()) is None:
                match = None
            match = match or _MEANS.match(self.document.text, first.span.end, sentence.span.end)
            if match:
                yield sentence, first, match.end()

    def _phrase_at(self, offset: int) -> Phrase | None:
        """The noun phrase that begins at ``offset``, but for a few words before its core."""
        i = bisect_left(self._phrases, offset)
        if i == len(self._phrases) or self._phrases[i] - offset > _PHRASE_REACH:
            return None
        return self.parse.phrases[i]

    def definitions(self) -> Iterator[Definition]:
        """Defining sentences; else, on a page about a concept, the sentence that opens it."""
        seen: set[str] = set()
        for sentence, first, _ in self._defined():
            if first.concept not in seen:
                seen.add(first.concept)
                own = first.concept == self.about
                yield Definition(first.concept, 0.95 if own else 0.7, sentence.span)
        if self.about and self.document.page and self.about not in seen:
            for sentence in self.sentences:
                if self._is_prose(sentence.span) and sentence.span.end - sentence.span.start > 25:
                    yield Definition(self.about, 0.5, sentence.span)
                    return

    def from_definitions(self, confidence: float) -> Iterator[Relation]:
        """``X is a Y``: X has the broader concept Y, the mention that ends Y's noun phrase."""
        for sentence, first, begin in self._defined():
            phrase = self._phrase_at(begin)
            if phrase is None:
                continue
            for mention in sentence.mentions[1:]:
                if mention.span.end == phrase.span.end and mention.span.start >= begin:
                    ends = (first.concept, "broader", mention.concept)
                    yield self._claim(ends, confidence, "definition", sentence.span)

    def from_links(self, confidence: float) -> Iterator[Relation]:
        """A page or titled note links another page: the two are related."""
        if not self.about or self._title is None:
            return
        for link, target in zip(self.document.links, self.targets.found, strict=True):
            sentence = self._sentence_at(link.span)
            if sentence is None or not (target.page or not target.address):
                continue
            named = Span(link.span.start, min(link.span.end, sentence.span.end))
            inside = [m for m in self._inside(named) if m.concept != self.about]
            if not inside:
                continue
            one, two = sorted((self.about, inside[0].concept))
            ends = (one, "related", two)
            yield self._claim(ends, confidence, "link", sentence.span, self._title)

    def _sentence_at(self, span: Span) -> _Sentence | None:
        i = bisect_right(self._starts, span.start) - 1
        if i < 0 or span.start >= self.sentences[i].span.end:
            return None
        return self.sentences[i]

    def from_wording(self) -> Iterator[Relation]:
        """``X requires Y``, ``X uses Y``, ``before X, learn Y``: said in so many words."""
        for sentence in self.sentences:
            topic = sentence.mentions[0] if sentence.mentions else None
            for left, right in pairwise(sentence.mentions):
                between = self._text(left.span.end, right.span.start)
                for pattern, predicate, confidence, back in _CUES:
                    match = pattern.fullmatch(between + " " * (not between[-1:].isspace()))
                    if match is None:
                        continue
                    # "X builds on Y and requires Z": it is X that requires Z
                    topic = topic if topic and match["also"] else left
                    one, two = (right, topic) if back else (topic, right)
                    ends = (one.concept, predicate, two.concept)
                    yield self._claim(ends, confidence, "wording", sentence.span)
                    break
            yield from self._before(sentence)

    def _before(self, sentence: _Sentence) -> Iterator[Relation]:
        match = _BEFORE.search(self.document.text, sentence.span.start, sentence.span.end)
        if match is None:
            return
        comma = self.document.text.index(",", match.start())
        later = [m for m in sentence.mentions if match.start() <= m.span.start < comma]
        sooner = [m for m in sentence.mentions if m.span.start >= match.end()]
        if later and sooner and sooner[0].span.start - match.end() <= _PHRASE_REACH * 2:
            ends = (later[0].concept, "requires", sooner[0].concept)
            yield self._claim(ends, 0.8, "wording", sentence.span)

    def from_heads(
        self, confidence: float, heads: dict[str, str], names: dict[str, str]
    ) -> Iterator[Relation]:
        """``weighted graph`` is a kind of ``graph``: the head noun, if it is a concept."""
        seen: set[str] = set()
        for mention in self.found:
            name = names.get(mention.concept, "")
            written = self._text(mention.span.start, mention.span.end)
            # neither "bag of words" nor "TCP/IP" is a kind of its last word
            if mention.concept in seen or "/" in written or {"of", "in"} & {*name.split()}:
                continue
            seen.add(mention.concept)
            surface = key(written).split(" ")
            for n in range(1, len(surface)):
                head = heads.get(" ".join(surface[n:]))
                if head and head != mention.concept:
                    ends = (mention.concept, "broader", head)
                    yield self._claim(ends, confidence, "head noun", mention.span)
                    break

    def from_sentences(self, confidence: float) -> Iterator[Relation]:
        """Neighbours in one sentence are related; a crowd of mentions says nothing of a pair."""
        for sentence in self.sentences:
            found = sentence.mentions
            if len(found) > _CROWDED or not self._is_prose(sentence.span):
                continue
            for i, left in enumerate(found):
                for right in found[i + 1 : i + 3]:
                    one, two = sorted((left.concept, right.concept))
                    yield self._claim(
                        (one, "related", two), confidence, "shared sentence", sentence.span
                    )

    def from_neighbours(self, confidence: float) -> Iterator[Relation]:
        """The last concept of a sentence and the first of the next one in its paragraph."""
        named = [s for s in self.sentences if s.mentions and self._is_prose(s.span)]
        for before, after in pairwise(named):
            both = Span(before.span.start, after.span.end)
            if len(before.mentions) + len(after.mentions) <= _CROWDED and self._is_prose(both):
                ends = sorted((before.mentions[-1].concept, after.mentions[0].concept))
                claim = (ends[0], "related", ends[1])
                yield self._claim(claim, confidence, "neighbouring sentences", both)

    def from_sections(self, confidence: float) -> Iterator[Relation]:
        """What a section named "Prerequisites" (or the like) links or names, the page requires."""
        if not self.about or self._title is None:
            return
        for section in self.document.sections:
            if not _NEEDED_FIRST.search(section.heading):
                continue
            for sentence in self.sentences:
                if not section.span.start <= sentence.span.start < section.span.end:
                    continue
                if not self._is_prose(sentence.span):
                    continue
                linked = {link.span for link in self.document.links}
                for mention in sentence.mentions:
                    sure = confidence if _touches(mention.span, linked) else confidence / 2
                    ends = (self.about, "requires", mention.concept)
                    yield self._claim(ends, sure, "section", sentence.span, self._title)

    def from_introduction(self, confidence: float) -> Iterator[Relation]:
        """What the sentence that introduces a page's concept needs to be understood."""
        if not self.about or self._title is None or not self.document.page:
            return
        own = next((d for d in self.definitions() if d.concept == self.about), None)
        sentence = self._sentence_at(own.span) if own else None
        if sentence is None:
            return
        for mention in sentence.mentions:
            ends = (self.about, "requires", mention.concept)
            yield self._claim(ends, confidence, "introduction", sentence.span, self._title)


def _touches(span: Span, others: set[Span]) -> bool:
    return any(o.start < span.end and span.start < o.end for o in others)
