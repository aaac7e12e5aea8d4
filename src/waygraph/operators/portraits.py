"""Portraits: what the whole corpus says of each concept that has a text of its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from waygraph.model import Concept, Outline, OwnText, Passage, Relations, Span
from waygraph.operators.outlines import content_words
from waygraph.order import Order, Position

Pair = tuple[str, str]
ROLES = ("opening", "body", "aside", "source")
# Rules of a broader concept that a sentence tells outright.
_TOLD = frozenset({"definition", "examples"})
# A sentence that names more concepts than this is a list; it says nothing of a pair.
CROWDED = 12


class Evidence(NamedTuple):
    """Spans of the document at ``address`` that together name both ends of a pair.

    The least is the best: of the first text by role, then by how outright, then by name.
    """

    rank: tuple[int, ...]
    address: str
    spans: tuple[Span, ...]


@dataclass(slots=True)
class Naming:
    """How the text of one concept names another."""

    counts: Counter[str] = field(default_factory=Counter)
    linked: set[str] = field(default_factory=set)
    earliest: float = 1.0


@dataclass(slots=True)
class Portrait:
    """A concept's own text: what it names, its words, the sizes of its parts, its citations.

    ``page`` says that a whole document is about it, ``where`` the numbers of the passages in
    which a word stands, in order.
    """

    page: bool = False
    names: dict[str, Naming] = field(default_factory=dict)
    words: Counter[str] = field(default_factory=Counter)
    passages: int = 0
    where: dict[str, list[int]] = field(default_factory=dict)
    roles: Counter[str] = field(default_factory=Counter)
    citations: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)


@dataclass(slots=True)
class Portraits:
    """All portraits, with what only the corpus as a whole can tell.

    ``labels`` are the content words of each concept's label; ``kinds`` the pairs whose first
    is told to be a kind of the second; ``documents`` counts those that name a concept;
    ``together`` the sentences of other texts that name both of a (sorted) pair; ``first`` are
    the earliest positions of its own text, else of what names it, by the number of the track (see
    ``order.Order``); ``evidence`` the best place for each pair,
    in either order.
    """

    labels: dict[str, tuple[str, ...]]
    spelled: _Spelled
    within: Mapping[str, tuple[str, ...]]
    of: dict[str, Portrait] = field(default_factory=dict)
    kinds: set[Pair] = field(default_factory=set)
    documents: Counter[str] = field(default_factory=Counter)
    together: Counter[Pair] = field(default_factory=Counter)
    first: dict[str, dict[int, Position]] = field(default_factory=dict)
    evidence: dict[Pair, Evidence] = field(default_factory=dict)


class _Spelled:
    """Finds concepts by the content words of their labels, in whatever order.

    "Gaussian mixture" names "mixture of Gaussians"; one part of "mean and variance" names it.
    """

    def __init__(self) -> None:
        self._by_word: defaultdict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)

    def add(self, labels: Iterable[tuple[str, str]]) -> None:
        """Learn (concept, label) pairs; a label of one word that is no part of two is left out."""
        known: list[tuple[frozenset[str], str]] = []
        for concept, label in labels:
            whole, parts = content_words(label), re.split(r"\s+and\s+", label)
            ways = [whole] if len(whole) > 1 else []
            ways += [content_words(part) for part in parts] if len(parts) == 2 else []
            known += [(frozenset(way), concept) for way in ways if way]
        count = Counter(word for way, _ in known for word in way)
        for way, concept in known:
            self._by_word[min(way, key=lambda w: (count[w], w))].append((way, concept))

    def found(self, passage: Sequence[str]) -> list[str]:
        """The concepts that the words of a passage name, sorted."""
        have = set(passage)
        return sorted({c for w in have for way, c in self._by_word.get(w, ()) if way <= have})


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
    outlines: Iterable[Outline],
    relations: Iterable[Relations],
    concepts: Sequence[Concept],
    order: Order,
) -> Portraits:
    """Portraits from one pass over the outlines (and the definitions) of all documents.

    A concept with neither page nor section of its own has the sentences that define it.
    """
    labels = {c.slug: content_words(c.label) for c in concepts}
    result = Portraits(labels, _Spelled(), names_within(concepts))
    defined: list[tuple[str, Outline, Passage]] = []
    waiting: list[tuple[OwnText, str]] = []
    pages: dict[str, str] = {}
    owned: dict[str, dict[int, Position]] = {}
    for number, (outline, claims) in enumerate(zip(outlines, relations, strict=True), order.tracks):
        if outline.about:
            pages[outline.address] = outline.about
        waiting += [(part, outline.address) for part in outline.parts]
        _count_document(result, owned, outline, order.positions(outline.address), number)
        result.kinds.update(
            (claim.subject, claim.object)
            for claim in claims.found
            if claim.predicate == "broader" and claim.rule in _TOLD
        )
        defining = {d.span: d.concept for d in claims.definitions}
        defined += [
            (defining[p.span], outline, p)
            for part in outline.parts
            for p in part.passages
            if p.span in defining and part.concept != defining[p.span]
        ]
    for concept, places in owned.items():
        result.first[concept] = result.first.get(concept, {}) | places
    result.spelled.add((c.slug, c.label) for c in concepts if c.slug in owned)
    for part, address in waiting:
        if part.concept:
            _add_part(result, part, address, pages)
        else:
            _add_rest(result, part, address, pages)
    own = set(result.of)
    for concept, outline, passage in defined:
        if concept not in own:
            part = OwnText(concept, passage.span, (passage,), ())
            _add_part(result, part, outline.address, pages)
    return result


def _count_document(
    result: Portraits,
    owned: dict[str, dict[int, Position]],
    outline: Outline,
    where: Mapping[int, Position],
    own: int,
) -> None:
    """Count what a document names, and where that is met: ``own`` is the track of its headings."""
    named = {c for part in outline.parts for p in part.passages for c in p.mentions}
    named |= {part.concept for part in outline.parts if part.concept}
    named |= {inner for c in named for inner in result.within.get(c, ())}
    result.documents.update(named)
    for concept in named if where else ():
        _meet(result.first, concept, where)
    for part in outline.parts:
        if part.concept:
            _meet(owned, part.concept, {**where, own: (part.anchor.start,)})


def _meet(met: dict[str, dict[int, Position]], concept: str, where: Mapping[int, Position]) -> None:
    first = met.setdefault(concept, {})
    for track, position in where.items():
        if track not in first or position < first[track]:
            first[track] = position


def _named(
    result: Portraits, passage: Passage, pages: Mapping[str, str]
) -> Iterator[tuple[str, int]]:
    """Concepts that a passage names: 0 outright, 1 by a link, 2 inside a longer name, 3 by all
    content words of the label."""
    seen: set[str] = set()
    links = [pages[address] for address in passage.links if address in pages]
    inside = [inner for c in passage.mentions for inner in result.within.get(c, ())]
    spelled = result.spelled.found(passage.words)
    for how, concepts in enumerate((passage.mentions, links, inside, spelled)):
        for concept in concepts:
            if concept not in seen:
                seen.add(concept)
                yield concept, how


def _add_part(result: Portraits, part: OwnText, address: str, pages: Mapping[str, str]) -> None:
    me = result.of.setdefault(part.concept, Portrait())
    me.page |= pages.get(address) == part.concept
    me.words.update(result.labels.get(part.concept, ()))
    size = sum(len(p.words) for p in part.passages) or 1
    before = 0
    for passage in part.passages:
        me.words.update(passage.words)
        for word in set(passage.words):
            me.where.setdefault(word, []).append(me.passages)
        me.passages += 1
        me.roles[passage.role] += len(passage.words)
        me.roles[f"{passage.role} passages"] += 1
        named = dict(_named(result, passage, pages))
        linked = {pages[a] for a in passage.links if a in pages}
        spans = (passage.span,) if part.concept in named else (passage.span, part.anchor)
        for other, how in named.items():
            if other == part.concept:
                continue
            naming = me.names.setdefault(other, Naming())
            naming.counts[passage.role] += 1
            naming.earliest = min(naming.earliest, before / size)
            if other in linked:
                naming.linked.add("aside" if passage.role == "aside" else "text")
            rank = (ROLES.index(passage.role), how, len(spans), len(named))
            _support(result, part.concept, other, Evidence(rank, address, spans))
        before += len(passage.words)
    for citation in part.citations:
        me.citations.setdefault(citation.source, (citation.page, citation.section))


def _add_rest(result: Portraits, part: OwnText, address: str, pages: Mapping[str, str]) -> None:
    for passage in part.passages:
        named = dict(_named(result, passage, pages))
        if len(named) > CROWDED:
            continue
        for one, two in combinations(sorted(named), 2):
            result.together[one, two] += 1
            rank = (len(ROLES), max(named[one], named[two]), 1, len(named))
            _support(result, one, two, Evidence(rank, address, (passage.span,)))


def _support(result: Portraits, one: str, two: str, evidence: Evidence) -> None:
    """Keep the best place for the pair, either way round."""
    (role, *other), address, spans = evidence
    # a text about the one that needs is the first to be quoted
    for other_way, pair in enumerate(((one, two), (two, one))):
        ours = Evidence((role, other_way, *other), address, spans)
        known = result.evidence.get(pair)
        if known is None or ours < known:
            result.evidence[pair] = ours
