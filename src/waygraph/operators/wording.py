"""Relations by wording: what a sentence says of two concepts in so many words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from waygraph.model import Mention, Relation, Span
from waygraph.operators.modality import asks, denies, depends, hedges, rejects, reserves, supposes
from waygraph.operators.reader import NOT_DENIED, PHRASE_REACH, Reader, Sentence
from waygraph.strength import WORDING

# What stands between two mentions, and what it then says of them: (pattern, relation,
# confidence, whether the second mention is the subject).
_BETWEEN = (
    (r"(?:requires?|needs?|presupposes?|assumes?|depends? (?:up)?on|relies on|rely on)",
     "requires", 0.8, False),
    (r"(?:is|are|be)\s+(?:built|based|founded)\s+(?:up)?on", "requires", 0.75, False),
    (r"builds?\s+(?:up)?on", "requires", 0.8, False),
    (r"(?:is|are)\s+(?:\w+\s+)?(?:understood|learned|learnt|studied|met)\s+(?:best\s+)?after",
     "requires", 0.8, False),
    (r"(?:is|are)\s+(?:a\s+)?(?:prerequisites?|precondition|needed|required)\s+(?:of|for)",
     "requires", 0.8, True),
    (r"(?:uses?|employs?|makes? use of|works? with)", "uses", 0.7, False),
    (r"(?:is|are)\s+(?:a\s+)?part of", "partOf", 0.7, False),
)  # fmt: skip
# What may stand before the verb; some of it denies or hedges.
_HOW = (
    r"(?:not|\w+n[’']t|also|always|only|just|often|sometimes|seldom|still|then|thus|never|does|do|"
    r"may|might|can|could|will|would|must|should|(?:tends?|seems?|appears?)\s+to|\w+ly)"
)
_CUES = tuple(
    (
        re.compile(
            rf"\s*(?:,?\s*(?P<also>and|but)\s+)?(?P<how>(?:{_HOW}\s+){{0,3}})"
            rf"{pattern}{NOT_DENIED}\s+(?:(?:an?|the|its|some)\s+)?(?:\w+\s+)?",
            re.I,
        ),
        name,
        sure,
        back,
    )
    for pattern, name, sure, back in _BETWEEN
)
_STUDY = "learn|understand|know|study|read|meet|need|master|grasp|review"
# What takes a claim back, leaves it open or goes on with it stands within so many characters: a
# sentence of many thousands is no prose.
_REACH = 500
# "before X, learn Y", "to understand X you should know Y"
_BEFORE = re.compile(
    r"\b(?:before|to (?:follow|understand|learn|study|use|grasp|master|work out))\b"
    rf"[^,.;]{{0,{_REACH}}}?(?P<turn>,[^.;]{{0,{_REACH}}}\b(?:{_STUDY})\b|"
    rf"\b(?:you|one|we)(?:\s+\w+){{0,4}}\s+(?:{_STUDY})\b)"
    rf"(?:\s+to\s+(?:{_STUDY})\b)?",
    re.I,
)
# "first learn Y before X", "you should know Y before X"
_FIRST = re.compile(
    r"\b(?:must|should|first|(?:have|has|needs?|ought) to)\s+(?:\w+ly\s+)?(?:first\s+)?"
    rf"(?:{_STUDY})\b(?P<sooner>[^.;]{{0,{_REACH}}}?)\bbefore\b(?P<later>[^,.;]*)",
    re.I,
)
# "you do not have to learn Y before X"
_NEED_NOT = re.compile(
    r"(?:\b(?:not|never|hardly|rarely|seldom|nobody)|n[’']t)\s+(?:\w+\s+)?\Z", re.I
)
# What a sentence may begin with before its subject, or instead of it.
_OPENING = re.compile(r"\W*(?:(?:an?|the)\s+)?", re.I)
_PRONOUN = re.compile(r"\W*(?:it|they)\s+", re.I)
_LESS_SURE = 0.9
# "X such as Y and Z", "X, especially Y": what follows are kinds of X (Hearst 1992, Automatic
# acquisition of hyponyms from large text corpora).
_KINDS_FOLLOW = re.compile(
    r"\s*,?\s*(?:such as|including|especially|particularly|in particular|notably|e\.g\.,?|"
    r"for (?:example|instance),?)\s+(?:an?\s+)?",
    re.I,
)
_DOING = re.compile(r"\w+ing\s+(?:an?|the|its|your|with|in|on|of|to|into)\b", re.I)
# "X is what a Y needs"; "X is a Y if …" says it of some
_CLAUSE = re.compile(r"(?:what|where|when|which|who)(?:ever)?\b|(?:whose|why|how|because)\b", re.I)
_IF = re.compile(
    r"\s*,?\s*(?:(?:only|exactly|precisely)\s+)?(?:if|iff|unless|when|whenever)\b", re.I
)
# "Y and other X": what stands before are kinds of X.
_KINDS_BEFORE = re.compile(r"\s*,?\s*(?:and|or)\s+(?:(?:all|many|most|some)\s+)?other\s+", re.I)
_LISTED = re.compile(r"\s*(?:,\s*(?:(?:and|or)\s+)?|\s(?:and|or)\s+)(?:(?:an?|the)\s+)?", re.I)
# After the last of a list comes no verb, of which it would be the subject.
_LIST_ENDS = re.compile(
    r"\s*(?:[^\w\s]|$|(?:and|or|to|for|in|as|before|if|when|so|because|but|with|which)\b)", re.I
)


def by_definitions(reader: Reader, confidence: float) -> Iterator[Relation]:
    """``X is a Y``: X has the broader concept Y, the mention that ends Y's noun phrase."""
    for sentence, first, begin, is_kind, hedged in reader.defined():
        phrase = reader.phrase_at(begin) if is_kind else None
        # "Kneading is working a dough" names no kind
        text = reader.document.text
        if phrase is None or _DOING.match(text, begin) or _CLAUSE.match(text, begin):
            continue
        if _IF.match(text, phrase.span.end):
            continue
        for mention in sentence.mentions[1:]:
            # a name may go on where the noun phrase ends: "stretch and fold"
            longer = mention.span.start == phrase.span.start and mention.span.end > phrase.span.end
            if longer or (mention.span.end == phrase.span.end and mention.span.start >= begin):
                ends = (first.concept, "broader", mention.concept)
                yield reader.claim(ends, confidence, "definition", sentence.span, hedged=hedged)


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a sentence speaks of, and the sentence that names it."""

    mention: Mention
    named: Span


def by_wording(reader: Reader) -> Iterator[Relation]:
    """``X requires Y``, ``X uses Y``, ``before X, learn Y``: said in so many words.

    "It" at the beginning of a sentence is what the sentence before began with. What a sentence
    denies is a claim of no confidence.
    """
    subject: _Subject | None = None
    end = 0
    for sentence in reader.sentences:
        subject = subject if reader.together(end, sentence.span) else None
        end = sentence.span.end
        pronoun = _PRONOUN.match(reader.document.text, sentence.span.start, end)
        subject = subject if pronoun else _opening(reader, sentence)
        if sentence.mentions and not asks(reader.text(sentence.span.start, end)):
            if pronoun and subject:
                found = sentence.mentions
                if said := _said(reader, sentence, pronoun.end(), found[0].span.start):
                    yield from _claims(reader, sentence, subject, said, found)
            yield from _between(reader, sentence, subject)
            yield from _before(reader, sentence)


def _opening(reader: Reader, sentence: Sentence) -> _Subject | None:
    """The mention that a sentence begins with."""
    for first in sentence.mentions[:1]:
        begin = reader.text(sentence.span.start, first.span.start)
        if reader.is_prose(sentence.span) and _OPENING.fullmatch(begin):
            return _Subject(first, sentence.span)
    return None


def _between(reader: Reader, sentence: Sentence, subject: _Subject | None) -> Iterator[Relation]:
    """``X requires Y``: what stands between two mentions."""
    for i, (left, right) in enumerate(pairwise(sentence.mentions), 1):
        said = _said(reader, sentence, left.span.end, right.span.start, left.span.start)
        if said is None:
            continue
        # "X builds on Y and requires Z": it is X that requires Z
        subject = subject if said.also else _Subject(left, sentence.span)
        if subject:
            yield from _claims(reader, sentence, subject, said, sentence.mentions[i:])


def _claims(
    reader: Reader,
    sentence: Sentence,
    subject: _Subject,
    said: _Said,
    found: Sequence[Mention],
) -> Iterator[Relation]:
    """What is said of the subject and the first of the mentions, or those listed with it."""
    here = subject.named == sentence.span
    sure = said.confidence if here else round(said.confidence * _LESS_SURE, 2)
    told = (sentence.span,) if here else (sentence.span, subject.named)
    others = found[:1] if said.back else (found[0], *_joined(reader, found))
    for other in others:
        one, two = (other, subject.mention) if said.back else (subject.mention, other)
        ends = (one.concept, said.relation, two.concept)
        yield reader.claim(ends, sure, WORDING, *told, hedged=said.hedged)


class _Said(NamedTuple):
    """What words say: the relation, how surely, whether turned round, whether "and" goes before,
    whether with reserve."""

    relation: str
    confidence: float
    back: bool
    also: bool
    hedged: bool


def _said(
    reader: Reader, sentence: Sentence, start: int, end: int, subject: int | None = None
) -> _Said | None:
    """What the words between two offsets say, if they are such.

    What they are said of begins at the offset ``subject``, with the sentence without one.
    """
    words = reader.text(start, end)
    for pattern, name, sure, back in _CUES:
        if match := pattern.fullmatch(words + " " * (not words[-1:].isspace())):
            # "X uses no Y and requires Z": what X is called begins the sentence
            if match["also"] and subject is not None:
                subject = sentence.mentions[0].span.start
            before = _leading(reader, sentence, subject or sentence.span.start)
            if supposes(before):
                return None
            object_ = next(m for m in sentence.mentions if m.span.start >= end)
            after = _following(reader, sentence, object_.span.end)
            denied = denies(match["how"]) or rejects(before, after)
            doubtful = hedges(words) or reserves(before) or depends(after)
            return _Said(name, 0.0 if denied else sure, back, bool(match["also"]), doubtful)
    return None


def _leading(reader: Reader, sentence: Sentence, end: int) -> str:
    """What the sentence says up to an offset, as far as it bears on what follows."""
    return reader.text(max(sentence.span.start, end - _REACH), end)


def _following(reader: Reader, sentence: Sentence, start: int) -> str:
    """What the sentence says from an offset on, as far as it bears on what goes before."""
    return reader.text(start, min(sentence.span.end, start + _REACH))


def _joined(reader: Reader, found: Sequence[Mention]) -> Iterator[Mention]:
    """The mentions that are listed after the first, whose noun phrases follow on one another."""
    held: list[Mention] = []
    for one, two in pairwise(found):
        begin = reader.phrase_of(two.span).start
        if not _LISTED.fullmatch(reader.text(one.span.end, begin)):
            break
        held.append(two)
    for number, mention in enumerate(held):
        last = number == len(held) - 1
        if not last or _LIST_ENDS.match(reader.document.text, mention.span.end):
            yield mention


def _before(reader: Reader, sentence: Sentence) -> Iterator[Relation]:
    text, (start, end) = reader.document.text, (sentence.span.start, sentence.span.end)
    if match := _FIRST.search(text, start, end):
        sooner = _first_within(sentence, *match.span("sooner"))
        later = _first_within(sentence, *match.span("later"))
    elif match := _BEFORE.search(text, start, end):
        later = _first_within(sentence, match.start(), match.start("turn"))
        sooner = _first_within(sentence, match.end(), match.end() + 2 * PHRASE_REACH + 1)
    else:
        return
    said = text[match.start() : sooner.span.start] if sooner else ""
    # "to use X you do not need to know Y"
    if later and sooner:
        ends = (later.concept, "requires", sooner.concept)
        before = _leading(reader, sentence, match.start())
        denied = denies(said) or rejects(before) or _NEED_NOT.search(before)
        doubtful = hedges(said) or reserves(before)
        yield reader.claim(ends, 0.0 if denied else 0.8, WORDING, sentence.span, hedged=doubtful)


def _first_within(sentence: Sentence, start: int, end: int) -> Mention | None:
    return next((m for m in sentence.mentions if start <= m.span.start < end), None)


def by_examples(reader: Reader, confidence: float) -> Iterator[Relation]:
    """``X such as Y and Z``, ``Y and other X``: Y and Z have the broader concept X."""
    for sentence in reader.sentences:
        found = sentence.mentions
        if len(found) < 2 or asks(reader.text(sentence.span.start, sentence.span.end)):
            continue
        for i, (left, right) in enumerate(pairwise(found)):
            between = reader.text(left.span.end, right.span.start)
            kinds: list[Mention] = []
            whole = left
            if _KINDS_FOLLOW.fullmatch(between):
                kinds = [right, *_listed(reader, found[i + 1 :])]
            elif _KINDS_BEFORE.fullmatch(between):
                kinds, whole = [left, *_listed(reader, found[i::-1])], right
            if kinds and rejects(_leading(reader, sentence, left.span.start)):
                continue
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
