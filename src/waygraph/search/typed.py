"""Finding concepts while their name is being typed: in the order of what is likeliest meant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from waygraph.labels import key
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.goals import BEGINS, HOLDS, SPELLED, LabelIndex
from waygraph.search.lookup import ALIKE

EXACT, WORDS, NEAR = "exact", "words", "near"
# So many are offered for a word that is misspelled.
_OFFERED = 200


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """A concept that fits what was typed.

    ``how``: "exact", "begins", "words", "near" (another form of its label, or initials), "spelled"
    (by its labels), "meaning" (``cosine`` says how near), or "all" where nothing was typed.
    """

    iri: str
    label: str
    definition: str
    how: str
    cosine: float | None = None


def found_concept(
    graph: ConceptGraph, concept: int, how: str, cosine: float | None = None
) -> FoundConcept:
    """A concept by its number, with how it was found."""
    named = graph.named(concept)
    return FoundConcept(named.iri, named.label, graph.definition(concept), how, cosine)


class Labels:
    """The labels of a concept graph, kept in memory so that each key pressed is answered.

    It does not change and may be shared among threads. ``index`` finds goals as people type them.
    """

    def __init__(self, graph: ConceptGraph) -> None:
        self.index = LabelIndex(graph)
        rows = graph.db.execute(
            "SELECT folded, concept, label FROM label ORDER BY LENGTH(label), label, concept"
        ).fetchall()
        self._folded = [folded for folded, _, _ in rows]
        self._concepts = [concept for _, concept, _ in rows]
        # one text, for which a search for a word is a single call
        self._text = "".join(f"\n {folded}" for folded in self._folded)
        self._starts: list[int] = []
        at = 0
        for folded in self._folded:
            self._starts.append(at)
            at += len(folded) + 2

    def find(self, query: str) -> list[tuple[int, str]]:
        """The concepts that fit what is typed, best first, each with how it fits.

        "exact": a label is just that; then in the order of ``goals``, each "begins": a label begins
        so, "words": words of one begin so, or "near"; then all others that begin so, the shorter
        first. "spelled": if nothing else fits, one is spelled alike.
        """
        folded = key(query)
        if not folded:
            return []
        found = self._begun(folded)
        fits = self.index.ranked(query)
        meant = [fit.concept for fit in fits if fit.how not in (HOLDS, SPELLED) or not found]
        exact = [concept for concept, how in found.items() if how == EXACT]
        order = dict.fromkeys([*exact, *meant, *found])
        spelled = {} if order else self._spelled(folded)
        return [*((c, found.get(c, NEAR)) for c in order), *spelled.items()]

    def _begun(self, folded: str) -> dict[int, str]:
        """The concepts with labels of which words begin so, shorter labels first."""
        ranked: tuple[dict[int, str], ...] = ({}, {}, {})
        words = [f" {word}" for word in folded.split()]
        for row in self._rows(min(words, key=self._text.count)):
            label = f" {self._folded[row]}"
            if not all(word in label for word in words):
                continue
            rank = 0 if label[1:] == folded else 1 if label.startswith(f" {folded}") else 2
            ranked[rank].setdefault(self._concepts[row], (EXACT, BEGINS, WORDS)[rank])
        # the same concept may fit by several labels: the best way counts
        found = {c: how for part in reversed(ranked) for c, how in part.items()}
        return {c: how for part in ranked for c, how in part.items() if found[c] == how}

    def _rows(self, word: str) -> Iterator[int]:
        """The rows whose label has a word that begins so, in order."""
        at = self._text.find(word)
        while at >= 0:
            row = bisect_right(self._starts, at) - 1
            yield row
            if row + 1 == len(self._starts):
                return
            at = self._text.find(word, self._starts[row + 1])

    def _spelled(self, folded: str) -> dict[int, str]:
        from rapidfuzz import fuzz, process

        alike = process.extract(
            folded, self._folded, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, limit=_OFFERED
        )
        return {self._concepts[row]: SPELLED for _, _, row in alike}
