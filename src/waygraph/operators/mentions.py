"""Mentions: where a document names the concepts of the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from waygraph.compute.operator import built_once, operator
from waygraph.labels import FUNCTION_WORDS, GENERIC, LONGEST, Word, words
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


@operator(version="4")
def mentions(
    documents: Sequence[Document],
    candidates: Sequence[Candidates],
    lexicon: Lexicon,
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
            tuple(finder.find(document)),
        )
        for document, found in zip(documents, candidates, strict=True)
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
        text, best, key = document.text, (0, ""), found[i].key
        for n in range(1, LONGEST + 1):
            surface = text[found[i].start : found[i + n - 1].end]
            if self.slug(key, document.address, surface) and self._allowed(key, surface):
                best = (n, key)
            following = i + n
            if key not in self._beginnings or following >= len(found):
                break
            if not _GLUE.issuperset(text[found[following - 1].end : found[following].start]):
                break
            key = f"{key} {found[following].key}"
        return best

    def _allowed(self, key: str, surface: str) -> bool:
        exact = self._exact.get(key)
        return exact is None or surface in exact


_finder = built_once(Finder)
