"""Relations by structure: links, headings, head nouns, what stands side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from waygraph.labels import key
from waygraph.model import Mention, Relation, Span
from waygraph.operators.outlines import sole_name
from waygraph.operators.reader import Reader
from waygraph.operators.stretches import Stretches

_NEEDED_FIRST = re.compile(
    r"\b(?:prerequisites?|requirements?|before you|need(?:ed)? first|first\b.*\bneed|"
    r"background|what (?:you|to) (?:need|know|learn)|you should know)\b",
    re.I,
)
# A sentence that names more concepts than this is a list.
_CROWDED = 12


def by_links(reader: Reader, confidence: float) -> Iterator[Relation]:
    """A page or titled note links another page: the two are related."""
    if not reader.about or reader.title is None:
        return
    for link, target in zip(reader.document.links, reader.targets.found, strict=True):
        sentence = reader.sentence_at(link.span)
        if sentence is None or not (target.page or not target.address):
            continue
        named = Span(link.span.start, min(link.span.end, sentence.span.end))
        inside = [m for m in reader.inside(named) if m.concept != reader.about]
        if not inside:
            continue
        one, two = sorted((reader.about, inside[0].concept))
        ends = (one, "related", two)
        yield reader.claim(ends, confidence, "link", sentence.span, reader.title)


def by_heads(
    reader: Reader, confidence: float, heads: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[Relation]:
    """``weighted graph`` is a kind of ``graph``: the head noun, if it is a concept."""
    seen: set[str] = set()
    for mention in reader.found:
        name = names.get(mention.concept, "")
        written = reader.text(mention.span.start, mention.span.end)
        # neither "bag of words" nor "TCP/IP" is a kind of its last word
        if mention.concept in seen or "/" in written or {"of", "in"} & {*name.split()}:
            continue
        seen.add(mention.concept)
        surface = key(written).split(" ")
        for n in range(1, len(surface)):
            head = heads.get(" ".join(surface[n:]))
            if head and head != mention.concept:
                ends = (mention.concept, "broader", head)
                yield reader.claim(ends, confidence, "head noun", mention.span)
                break


def by_sections(reader: Reader, confidence: float) -> Iterator[Relation]:
    """What a section named "Prerequisites" (or the like) links or names, the page requires."""
    if not reader.about or reader.title is None:
        return
    linked = Stretches(link.span for link in reader.document.links)
    for section in reader.document.sections:
        if not _NEEDED_FIRST.search(section.heading):
            continue
        for sentence in reader.within(section.span):
            if not reader.is_prose(sentence.span):
                continue
            for mention in sentence.mentions:
                sure = confidence if linked.touch(mention.span) else confidence / 2
                ends = (reader.about, "requires", mention.concept)
                yield reader.claim(ends, sure, "section", sentence.span, reader.title)


def by_sentences(reader: Reader, confidence: float) -> Iterator[Relation]:
    """Neighbours in one sentence are related; a crowd of mentions says nothing of a pair."""
    for sentence in reader.sentences:
        found = sentence.mentions
        if len(found) > _CROWDED or not reader.is_prose(sentence.span):
            continue
        for i, left in enumerate(found):
            for right in found[i + 1 : i + 3]:
                one, two = sorted((left.concept, right.concept))
                yield reader.claim(
                    (one, "related", two), confidence, "shared sentence", sentence.span
                )


def by_neighbours(reader: Reader, confidence: float) -> Iterator[Relation]:
    """The last concept of a sentence and the first of the next one in its paragraph."""
    named = [s for s in reader.sentences if s.mentions and reader.is_prose(s.span)]
    for before, after in pairwise(named):
        both = Span(before.span.start, after.span.end)
        if len(before.mentions) + len(after.mentions) <= _CROWDED and reader.is_prose(both):
            ends = sorted((before.mentions[-1].concept, after.mentions[0].concept))
            claim = (ends[0], "related", ends[1])
            yield reader.claim(claim, confidence, "neighbouring sentences", both)


def by_headings(reader: Reader, confidence: float) -> Iterator[Relation]:
    """A heading that is a concept's name, below one that is another's: the outer is broader."""
    above: list[tuple[int, Mention | None, Span]] = []
    for block in reader.document.blocks:
        if block.kind not in ("title", "heading"):
            continue
        above = [one for one in above if one[0] < block.level]
        named = sole_name(reader.document.text, block.span, reader.inside(block.span))
        if above and named:
            _, outer, place = above[-1]
            if outer:
                ends = (named.concept, "broader", outer.concept)
                yield reader.claim(ends, confidence, "headings", block.span, place)
        above.append((block.level, named, block.span))
