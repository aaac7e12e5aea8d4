"""Relations by wording: what a sentence says of two concepts in so many words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from waygraph.model import Mention, Relation
from waygraph.operators.reader import NOT_DENIED, PHRASE_REACH, Reader, Sentence

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
            rf"{pattern}{NOT_DENIED}\s+(?:(?:an?|the|its|some)\s+)?(?:\w+\s+)?",
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
# "X such as Y and Z", "X, especially Y": what follows are kinds of X (Hearst 1992, Automatic
# acquisition of hyponyms from large text corpora).
_KINDS_FOLLOW = re.compile(
    r"\s*,?\s*(?:such as|including|especially|particularly|in particular|notably|e\.g\.,?|"
    r"for (?:example|instance),?)\s+(?:(?:an?|the)\s+)?",
    re.I,
)
# "Y and other X": what stands before are kinds of X.
_KINDS_BEFORE = re.compile(r"\s*,?\s*(?:and|or)\s+(?:(?:all|many|most|some)\s+)?other\s+", re.I)
_LISTED = re.compile(r"\s*(?:,\s*(?:(?:and|or)\s+)?|\s(?:and|or)\s+)(?:(?:an?|the)\s+)?", re.I)


def by_definitions(reader: Reader, confidence: float) -> Iterator[Relation]:
    """``X is a Y``: X has the broader concept Y, the mention that ends Y's noun phrase."""
    for sentence, first, begin in reader.defined():
        phrase = reader.phrase_at(begin)
        if phrase is None:
            continue
        for mention in sentence.mentions[1:]:
            if mention.span.end == phrase.span.end and mention.span.start >= begin:
                ends = (first.concept, "broader", mention.concept)
                yield reader.claim(ends, confidence, "definition", sentence.span)


def by_wording(reader: Reader) -> Iterator[Relation]:
    """``X requires Y``, ``X uses Y``, ``before X, learn Y``: said in so many words."""
    for sentence in reader.sentences:
        topic = sentence.mentions[0] if sentence.mentions else None
        for left, right in pairwise(sentence.mentions):
            between = reader.text(left.span.end, right.span.start)
            for pattern, predicate, confidence, back in _CUES:
                match = pattern.fullmatch(between + " " * (not between[-1:].isspace()))
                if match is None:
                    continue
                # "X builds on Y and requires Z": it is X that requires Z
                topic = topic if topic and match["also"] else left
                one, two = (right, topic) if back else (topic, right)
                ends = (one.concept, predicate, two.concept)
                yield reader.claim(ends, confidence, "wording", sentence.span)
                break
        yield from _before(reader, sentence)


def _before(reader: Reader, sentence: Sentence) -> Iterator[Relation]:
    match = _BEFORE.search(reader.document.text, sentence.span.start, sentence.span.end)
    if match is None:
        return
    comma = reader.document.text.index(",", match.start())
    later = [m for m in sentence.mentions if match.start() <= m.span.start < comma]
    sooner = [m for m in sentence.mentions if m.span.start >= match.end()]
    if later and sooner and sooner[0].span.start - match.end() <= PHRASE_REACH * 2:
        ends = (later[0].concept, "requires", sooner[0].concept)
        yield reader.claim(ends, 0.8, "wording", sentence.span)


def by_examples(reader: Reader, confidence: float) -> Iterator[Relation]:
    """``X such as Y and Z``, ``Y and other X``: Y and Z have the broader concept X."""
    for sentence in reader.sentences:
        found = sentence.mentions
        for i, (left, right) in enumerate(pairwise(found)):
            between = reader.text(left.span.end, right.span.start)
            kinds: list[Mention] = []
            whole = left
            if _KINDS_FOLLOW.fullmatch(between):
                kinds = [right, *_listed(reader, found[i + 1 :])]
            elif _KINDS_BEFORE.fullmatch(between):
                kinds, whole = [left, *_listed(reader, found[i::-1])], right
            for kind in kinds:
                ends = (kind.concept, "broader", whole.concept)
                yield reader.claim(ends, confidence, "examples", sentence.span)


def _listed(reader: Reader, found: tuple[Mention, ...]) -> Iterator[Mention]:
    """The mentions that go on with a list, in either direction, after its first."""
    for one, two in pairwise(found):
        first, second = sorted((one, two), key=lambda m: m.span)
        if not _LISTED.fullmatch(reader.text(first.span.end, second.span.start)):
            return
        yield two
