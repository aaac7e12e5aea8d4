"""Portraits: what the homes of each concept name, and what the whole corpus says of it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from waygraph.model import Concept, Home, Homes, Outline, Passage, Relation, Relations, Span
from waygraph.order import Order, Position
from waygraph.strength import SAID

Pair = tuple[str, str]
# Rules of a broader concept that a sentence tells outright.
_TOLD = frozenset({"definition", "examples"})
# A sentence that names more concepts than this is a list; it says nothing of a pair.
CROWDED = 12
# Of a concept's homes so many count, if they are at least so strong beside the strongest.
_HOMES, _BESIDE = 3, 0.5
# What a passage counts by its role: what is named under "See also" is seldom needed first.
_ROLES = {"opening": 1.0, "body": 1.0, "aside": 0.4, "source": 0.2}
# How far into a home its beginning goes, in characters.
_BEGINNING = 800
# As much more does what a home links weigh.
_LINKED = 1.5


class Evidence(NamedTuple):
    """Spans of the document at ``address`` that together name both ends of a pair."""

    rank: tuple[float, ...]
    address: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Naming:
    """How the homes of one concept name another.

    ``weight`` is the logarithm of how often, in the home where that is most, by the home's
    strength; ``early`` the same of its beginning. ``linked``: not as an aside; ``defining``: in a
    sentence that defines the one; ``opening``: in its first sentence. ``rank`` is its place by
    weight and rarity, from 0.
    """

    weight: float = 0.0
    early: float = 0.0
    linked: bool = False
    defining: bool = False
    opening: bool = False
    rank: int = 0
    evidence: Evidence | None = None


@dataclass(slots=True)
class Portrait:
    """What the homes of one concept say; ``home`` is the strongest, of which the rest is."""

    strength: float = 0.0
    page: bool = False
    home: Home | None = None
    names: dict[str, Naming] = field(default_factory=dict)


@dataclass(slots=True)
class Portraits:
    """All portraits, with what only the corpus as a whole can tell.

    ``documents`` counts those that name a concept, of ``count``; ``passages`` are the concepts
    that each passage names; ``said`` and ``hinted`` how sure documents are that a pair requires
    one another, in so many words or by a link's role; ``kinds``, ``uses`` how sure that it is such
    a pair, ``told_kinds`` those of sentences; ``first`` are the earliest positions of a concept's
    headed homes, else of what names it, by the number of the track (see ``order.Order``).
    """

    concepts: Sequence[str]
    within: Mapping[str, tuple[str, ...]]
    words: Mapping[str, int]
    of: dict[str, Portrait] = field(default_factory=dict)
    count: int = 0
    documents: Counter[str] = field(default_factory=Counter)
    passages: list[tuple[str, ...]] = field(default_factory=list)
    said: dict[Pair, float] = field(default_factory=dict)
    hinted: dict[Pair, float] = field(default_factory=dict)
    kinds: dict[Pair, float] = field(default_factory=dict)
    uses: dict[Pair, float] = field(default_factory=dict)
    told_kinds: set[Pair] = field(default_factory=set)
    first: dict[str, dict[int, Position]] = field(default_factory=dict)

    def evidence(self, one: str, other: str) -> Evidence:
        """The best place that names both, if possible in a home of the first.

        Raises:
            KeyError: no home of either names the other.
        """
        for owner, named in ((one, other), (other, one)):
            naming = self.of[owner].names.get(named) if owner in self.of else None
            if naming and naming.evidence:
                return naming.evidence
        raise KeyError(one, other)

    def rarity(self, concept: str) -> float:
        """How rare it is that a document names a concept: a logarithm."""
        return math.log((self.count + 1) / (self.documents[concept] + 0.5))


def names_within(concepts: Sequence[Concept]) -> dict[str, tuple[str, ...]]:
    """Concepts whose label stands inside another's: "linear regression" in "Bayesian linear
    regression"."""
    known = {name: concept.slug for concept in concepts for name in concept.keys}
    result: dict[str, tuple[str, ...]] = {}
    for concept in concepts:
        inside: dict[str, None] = {}
        for name in concept.keys:
            parts = name.split(" ")
            for length in range(len(parts) - 1, 0, -1):
                for start in range(len(parts) - length + 1):
                    part = known.get(" ".join(parts[start : start + length]))
                    if part is not None and part != concept.slug:
                        inside[part] = None
        if inside:
            result[concept.slug] = tuple(inside)
    return result


def paint(
    outlines: Sequence[Outline],
    relations: Iterable[Relations],
    homes: Homes,
    concepts: Sequence[Concept],
    order: Order,
) -> Portraits:
    """Portraits of all concepts that have a home."""
    words = {c.slug: len(c.keys[0].split(" ")) if c.keys else 0 for c in concepts}
    result = Portraits([c.slug for c in concepts], names_within(concepts), words)
    result.count = len(outlines)
    texts = {outline.address: _Text(outline) for outline in outlines}
    for address, text in texts.items():
        named = {c for passage in text.passages for c in passage.mentions}
        named |= {part.concept for part in text.outline.parts if part.concept}
        result.documents.update(named)
        result.passages += [p.mentions for p in text.passages if 1 < len(p.mentions) <= CROWDED]
        where = order.positions(address)
        for concept in named if where else ():
            _meet(result.first, concept, where)
    defined: defaultdict[str, set[tuple[str, Span]]] = defaultdict(set)
    for document in relations:
        for definition in document.definitions:
            defined[definition.concept].add((document.address, definition.span))
        _collect(result, document)
    by: defaultdict[str, list[Home]] = defaultdict(list)
    for home in homes.found:
        by[home.concept].append(home)
    pages = {outline.address: outline.about for outline in outlines if outline.about}
    headed: dict[str, dict[int, Position]] = {}
    tracks = {address: i for i, address in enumerate(texts, order.tracks)}
    for concept, found in by.items():
        for home in found:
            if home.kind in ("title", "heading"):
                track = {tracks[home.address]: (home.span.start,)}
                _meet(headed, concept, {**order.positions(home.address), **track})
        result.of[concept] = _portrait(concept, found, texts, defined[concept], pages)
    result.first |= headed
    _rank(result)
    return result


class _Text:
    """The passages of a document in their order."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.passages = [p for part in outline.parts for p in part.passages]
        self._starts = [p.span.start for p in self.passages]

    def within(self, span: Span) -> list[Passage]:
        """The passages that begin in a span."""
        first, end = (bisect_left(self._starts, at) for at in (span.start, span.end))
        return self.passages[first:end]


def _meet(met: dict[str, dict[int, Position]], concept: str, where: Mapping[int, Position]) -> None:
    first = met.setdefault(concept, {})
    for track, position in where.items():
        if track not in first or position < first[track]:
            first[track] = position


def _collect(result: Portraits, document: Relations) -> None:
    """What one document says of pairs."""

    def keep(known: dict[Pair, float], claim: Relation) -> None:
        pair = claim.subject, claim.object
        known[pair] = max(known.get(pair, 0.0), claim.confidence)

    for hint in document.hints:
        keep(result.said if hint.rule in SAID else result.hinted, hint)
    for claim in document.found:
        if claim.predicate == "broader":
            keep(result.kinds, claim)
            if claim.rule in _TOLD:
                result.told_kinds.add((claim.subject, claim.object))
        elif claim.predicate == "uses":
            keep(result.uses, claim)


def _portrait(
    concept: str,
    homes: Sequence[Home],
    texts: Mapping[str, _Text],
    defined: set[tuple[str, Span]],
    pages: Mapping[str, str],
) -> Portrait:
    best = homes[0]
    me = Portrait(best.strength, best.kind == "title", best)
    for home in homes[:_HOMES]:
        if home.strength >= _BESIDE * best.strength:
            _read(me, concept, home, home.strength / best.strength, texts[home.address], pages)
    for address, span in sorted(defined):
        for passage in texts[address].within(span):
            for other in passage.mentions:
                if other in me.names:
                    me.names[other].defining = True
    return me


def _read(
    me: Portrait, concept: str, home: Home, share: float, text: _Text, pages: Mapping[str, str]
) -> None:
    """Add to a portrait what one of its homes names."""
    counts: defaultdict[str, float] = defaultdict(float)
    early: defaultdict[str, float] = defaultdict(float)
    for number, passage in enumerate(text.within(home.span)):
        role = _ROLES[passage.role]
        linked = {pages[a] for a in passage.links if a in pages}
        for other in {*passage.mentions, *linked}:
            if other == concept:
                continue
            naming = me.names.setdefault(other, Naming())
            counts[other] += role
            if passage.span.start < home.span.start + _BEGINNING:
                early[other] += role
            naming.linked |= other in linked and role == 1.0
            naming.opening |= number == 0
            both = concept in passage.mentions and other in passage.mentions
            spans = (passage.span,) if both else (passage.span, home.evidence)
            rank = (-share, -role, len(spans), len(passage.mentions), passage.span.start)
            evidence = Evidence(rank, home.address, spans)
            if naming.evidence is None or evidence < naming.evidence:
                naming.evidence = evidence
    for other, count in counts.items():
        naming = me.names[other]
        naming.weight = max(naming.weight, share * math.log1p(count))
        naming.early = max(naming.early, share * math.log1p(early[other]))


def _rank(result: Portraits) -> None:
    rare = {concept: result.rarity(concept) for concept in result.concepts}
    for portrait in result.of.values():

        def weight(other: str, of: Portrait = portrait) -> float:
            naming = of.names[other]
            return naming.weight * rare[other] * (_LINKED if naming.linked else 1.0)

        for rank, other in enumerate(sorted(portrait.names, key=lambda o: (-weight(o), o))):
            portrait.names[other].rank = rank
