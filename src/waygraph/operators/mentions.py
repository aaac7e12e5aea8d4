"""Mentions: where a document names the concepts of the corpus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from waygraph.compute.operator import built_once, operator
from waygraph.labels import FUNCTION_WORDS, GENERIC, LONGEST, Word, key, words
from waygraph.model import (
    Candidates,
    ConceptTable,
    Document,
    Lexicon,
    Mention,
    Mentions,
    Merge,
    Merges,
    Names,
    Span,
    Targets,
)
from waygraph.operators.stretches import Stretches

_BARRED = frozenset({"url", "math"})
# Between the words of one label stands nothing but these.
_GLUE = frozenset(" \n\t-_/'’\u00a0\u2010\u2011")


@operator(version="1")
def lexicon(concepts: ConceptTable, merges: Merges) -> Lexicon:
    """What concepts are called, for operators that need no more than that."""
    rows = (replace(concept, score=1.0, matches=()) for concept in concepts.concepts)
    said = (
        Merge(m.short, m.long, m.name, "", "", 1.0, (), "", "", Span(0, 0), m.only, m.capitals)
        for m in merges.found
    )
    return Lexicon(ConceptTable(tuple(rows)), Merges(tuple(said), merges.absent))


@operator(version="5")
def mentions(
    documents: Sequence[Document],
    candidates: Sequence[Candidates],
    lexicon: Lexicon,
    targets: Sequence[Targets],
) -> list[Mentions]:
    """Every concept of the corpus wherever a document names it; the longest label wins.

    A one-word label that is also a grammatical word or very short ("IT", "C") counts only
    where it is written exactly as a label. A name that means something in one document alone
    means it there.
    """
    finder = _finder(lexicon)
    return [
        Mentions(
            document.address,
            finder.slug(found.about, document.address, found.about),
            tuple(finder.all_in(document, target)),
        )
        for document, target, found in zip(documents, targets, candidates, strict=True)
    ]


class Finder:
    """Looks labels up word by word: ``slugs`` by key, and every beginning of a key."""

    def __init__(self, lexicon: Lexicon) -> None:
        merges = lexicon.merges
        self.slugs: dict[str, str] = {}
        self._names = Names(merges)
        self._beginnings: set[str] = set()
        self._firsts: set[str] = set()
        self._exact: dict[str, frozenset[str]] = {}
        self._labels = {c.slug: c.label for c in lexicon.concepts.concepts}
        for concept in lexicon.concepts.concepts:
            for name in concept.keys:
                self.slugs.setdefault(name, concept.slug)
                self._begin(name)
                if len(name) <= 2 or name in FUNCTION_WORDS or name in GENERIC:
                    self._exact[name] = frozenset((concept.label, *concept.aliases))
        for merge in merges.found:
            self._firsts |= {merge.short.partition(" ")[0], merge.long.partition(" ")[0]}
            if merge.only or merge.capitals:
                self._begin(merge.short)

    def slug(self, name: str, address: str, surface: str) -> str:
        """The concept that a key written so names in the document at ``address``, or empty."""
        return self.slugs.get(self._names.of(name, address, surface), "")

    def _begin(self, name: str) -> None:
        parts = name.split(" ")
        self._firsts.add(parts[0])
        self._beginnings.update(" ".join(parts[:n]) for n in range(1, len(parts)))

    def all_in(self, document: Document, targets: Targets) -> list[Mention]:
        """Every mention of a document, in text order: by its words, and by its links."""
        said = list(self.find(document))
        starts = [mention.span.start for mention in said]
        dropped: set[Mention] = set()
        added: list[Mention] = []
        for concept, span in self._linked(document, targets):
            first = bisect_left(starts, span.start)
            if first and said[first - 1].span.end > span.start:
                first -= 1
            inside = said[first : bisect_left(starts, span.end)]
            if not any(m.concept == concept or self._narrows(m, concept, span) for m in inside):
                dropped.update(inside)
                added.append(Mention(concept, span))
        kept = (mention for mention in said if mention not in dropped)
        return sorted((*kept, *added), key=lambda m: m.span) if added else said

    def _linked(self, document: Document, targets: Targets) -> Iterator[tuple[str, Span]]:
        """The concepts that links name by their targets, and where the links show a text."""
        end = 0
        for link, target in zip(document.links, targets.found, strict=True):
            span = link.span
            if link.kind == "url" or not target.names or span.start == span.end:
                continue
            named = (self.slug(key(n), document.address, n) for n in target.names)
            concept = next(filter(None, named), "")
            if concept and span.start >= end:
                yield concept, span
                end = span.end

    def _narrows(self, mention: Mention, concept: str, span: Span) -> bool:
        """Whether all of a link's text names a kind of what the link leads to."""
        if mention.span != span:
            return False
        named, written = (key(self._labels[slug]) for slug in (concept, mention.concept))
        return {*named.split()} < {*written.split()}

    def find(self, document: Document) -> Iterator[Mention]:
        """Every place that names one of them, in text order, the longest label first."""
        barred = Stretches(mark.span for mark in document.marks if mark.kind in _BARRED)
        for block in document.blocks:
            if block.boilerplate:
                continue
            found = list(words(document.text, block.span.start, block.span.end))
            i = 0
            while i < len(found):
                # most words begin no label
                length, name = 0, ""
                if found[i].key.partition(" ")[0] in self._firsts:
                    length, name = self._longest(document, found, i)
                if not length:
                    i += 1
                    continue
                span = Span(found[i].start, found[i + length - 1].end)
                surface = document.text[span.start : span.end]
                if not barred.touch(span):
                    yield Mention(self.slug(name, document.address, surface), span)
                i += length

    def _longest(self, document: Document, found: list[Word], i: int) -> tuple[int, str]:
        """Number of words and key of the longest label that begins with word ``i``."""
        text, best, name = document.text, (0, ""), found[i].key
        for n in range(1, LONGEST + 1):
            surface = text[found[i].start : found[i + n - 1].end]
            if self.slug(name, document.address, surface) and self._allowed(name, surface):
                best = (n, name)
            following = i + n
            if name not in self._beginnings or following >= len(found):
                break
            if not _GLUE.issuperset(text[found[following - 1].end : found[following].start]):
                break
            name = f"{name} {found[following].key}"
        return best

    def _allowed(self, name: str, surface: str) -> bool:
        exact = self._exact.get(name)
        return exact is None or surface in exact


_finder = built_once(Finder)
