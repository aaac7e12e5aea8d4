"""Mentions: where a document names the concepts of the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waygraph.compute.operator import operator
from waygraph.labels import FUNCTION_WORDS, GENERIC, LONGEST, Word, words
from waygraph.model import Candidates, ConceptTable, Document, Mention, Mentions, Span

_BARRED = frozenset({"url", "math"})
# Between the words of one label stands nothing but these.
_GLUE = frozenset(" \n\t-_/'’\u00a0\u2010\u2011")


@operator(version="3")
def mentions(
    documents: Sequence[Document], candidates: Sequence[Candidates], concepts: ConceptTable
) -> list[Mentions]:
    """Every concept of the corpus wherever a document names it; the longest label wins.

    A one-word label that is also a grammatical word or very short ("IT", "C") counts only
    where it is written exactly as a label.
    """
    finder = Finder(concepts)
    return [
        Mentions(
            document.address,
            finder.slugs.get(found.about, ""),
            tuple(finder.find(document)),
        )
        for document, found in zip(documents, candidates, strict=True)
    ]


class Finder:
    """Looks labels up word by word: ``slugs`` by key, and every beginning of a key."""

    def __init__(self, table: ConceptTable) -> None:
        self.slugs: dict[str, str] = {}
        self._beginnings: set[str] = set()
        self._exact: dict[str, frozenset[str]] = {}
        for concept in table.concepts:
            for name in concept.keys:
                self.slugs.setdefault(name, concept.slug)
                parts = name.split(" ")
                self._beginnings.update(" ".join(parts[:n]) for n in range(1, len(parts)))
                if len(name) <= 2 or name in FUNCTION_WORDS or name in GENERIC:
                    self._exact[name] = frozenset((concept.label, *concept.aliases))

    def find(self, document: Document) -> Iterator[Mention]:
        """Every place that names one of them, in text order, the longest label first."""
        barred = [mark.span for mark in document.marks if mark.kind in _BARRED]
        for block in document.blocks:
            if block.boilerplate:
                continue
            found = list(words(document.text, block.span.start, block.span.end))
            i = 0
            while i < len(found):
                length, name = self._longest(document.text, found, i)
                if not length:
                    i += 1
                    continue
                span = Span(found[i].start, found[i + length - 1].end)
                if not any(b.start < span.end and span.start < b.end for b in barred):
                    yield Mention(self.slugs[name], span)
                i += length

    def _longest(self, text: str, found: list[Word], i: int) -> tuple[int, str]:
        """Number of words and key of the longest label that begins with word ``i``."""
        best, key = (0, ""), found[i].key
        for n in range(1, LONGEST + 1):
            if key in self.slugs and self._allowed(
                key, text[found[i].start : found[i + n - 1].end]
            ):
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
