"""From a goal as people type it to a concept: by its names, by near ones, and by meaning."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log2

from waygraph.answer import Taken
from waygraph.errors import AmbiguousConcept, UnknownConcept
from waygraph.labels import key
from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.lookup import find_concept, nearest_labels
from waygraph.search.wording import content, readings, stem

# How well what is typed fits a label, of 1, by the way it does; see ``LabelIndex.fits``.
QUESTION, ACRONYM, ORDER, JOINED, STEM = "question", "acronym", "order", "joined", "stem"
PREFIX, SPELLED, BEGINS, HOLDS, MEANING = "prefix", "spelled", "begins", "holds", "meaning"
FIT = {
    QUESTION: 1.0, JOINED: 0.97, ORDER: 0.95, ACRONYM: 0.93, STEM: 0.9, PREFIX: 0.86,
    SPELLED: 0.82, BEGINS: 0.49, HOLDS: 0.45,
}  # fmt: skip
# From here a fit is taken, if none other comes as near as _CLOSE.
_SURE, _CLOSE = 0.6, 0.02
# A reading that leaves a word out is worse by so much.
_LOST = 0.08
# A concept with many relations is likelier meant than one with few: at most by so much.
_PROMINENCE, _MANY = 0.06, 6.0
# The least cosine of two texts that mean nearly the same; below it lie words of no sense.
_LIKELY = 0.57
# What the words of a label and of a query that the two share add to the cosine, and relations.
_OF_LABEL, _OF_QUERY, _MEANT_PROMINENCE = 0.1, 0.2, 0.1
# So many are looked at that are near in meaning.
NEAR = 20
_SHOWN = 6
_SHORTEST_PREFIX = 3
Meaning = Callable[[str], Sequence[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Fit:
    """A concept that may be meant, how it fits what is typed, and how well (at most about 1)."""

    concept: int
    how: str
    score: float


class LabelIndex:
    """The labels of a concept graph by what people make of them.

    It does not change and may be shared among threads.
    """

    def __init__(self, graph: ConceptGraph) -> None:
        rows = graph.db.execute(
            "SELECT folded, concept FROM label WHERE folded <> '' "
            "ORDER BY LENGTH(label), label, concept"
        ).fetchall()
        self.folded: list[str] = [folded for folded, _ in rows]
        self.concepts: list[int] = [concept for _, concept in rows]
        self.joined: list[str] = [folded.replace(" ", "") for folded in self.folded]
        self._weight = [_PROMINENCE * _prominence(graph, c) for c in range(len(graph))]
        self._words = [folded.split() for folded in self.folded]
        self._heads = sorted((words[-1], row) for row, words in enumerate(self._words))
        self._starts = sorted((folded, row) for row, folded in enumerate(self.folded))
        self._exact, self._joined = _rows(self.folded), _rows(self.joined)
        self._bags = _rows(tuple(sorted(content(words))) for words in self._words)
        self._stems = _rows(_stems(words) for words in self._words)
        self._initials = _rows("".join(word[0] for word in words) for words in self._words)

    def ranked(self, query: str) -> list[Fit]:
        """The concepts that may be meant, best first, each once."""
        best: dict[int, Fit] = {}
        typed = query.casefold().split()[-1:]
        for words, lost in readings(query):
            for row, how, score in self._fits(words, "".join(typed)):
                concept = self.concepts[row]
                fit = Fit(concept, how, score + self._weight[concept] - _LOST * lost)
                if concept not in best or best[concept].score < fit.score:
                    best[concept] = fit
        return sorted(best.values(), key=lambda fit: (-round(fit.score, 6), fit.concept))

    def _fits(self, words: list[str], typed: str) -> Iterator[tuple[int, str, float]]:
        """Rows of labels that fit the words, the way they do and how well."""
        folded, joined = " ".join(words), "".join(words)
        for how, rows in (
            (QUESTION, self._exact.get(folded, ())),
            (JOINED, self._joined.get(joined, ())),
            (ORDER, self._bags.get(tuple(sorted(content(words))), ())),
            (ACRONYM, self._short(words)),
            (STEM, self._stems.get(_stems(words), ())),
        ):
            yield from ((row, how, FIT[how]) for row in rows)
        yield from self._begun(words, typed)
        yield from self._spelled(folded)
        yield from self._held(words)

    def _short(self, words: list[str]) -> Iterator[int]:
        """Labels of which one word is the initials, or that are the initials of the words."""
        if len(words) == 1 and 1 < len(words[0]) <= 6:
            for row in self._initials.get(words[0], ()):
                if len(self._words[row]) > 1:
                    yield row
        elif len(words) > 2 and content(words) == words:
            for row in self._exact.get("".join(word[0] for word in words), ()):
                yield row

    def _begun(self, words: list[str], typed: str) -> Iterator[tuple[int, str, float]]:
        """Labels whose head begins with the last word, and those that begin with all words.

        The head of a label is its last word: "backprop" is the beginning of "backpropagation",
        and no more than a word in "backprop visualization". ``typed`` is the last word as it was
        typed: of "gens" the key is "gen", as if it were a plural.
        """
        last, before = words[-1], [stem(word) for word in words[:-1]]
        begun = len(last) >= _SHORTEST_PREFIX or bool(before)
        for row in _beginning(self._heads, last) if begun else ():
            label = self._words[row]
            more = len(label) - len(words)
            if more >= 0 and [stem(word) for word in label[more:-1]] == before:
                less = 0.05 * (typed.startswith(last) and not label[-1].startswith(typed))
                yield row, PREFIX, FIT[PREFIX] - 0.1 * min(more, 2) - less
        start = " ".join(words)
        least = start if len(start) > _SHORTEST_PREFIX else f"{start} "
        for row in _beginning(self._starts, least):
            if len(self._words[row]) > len(words):
                whole = self.folded[row].startswith(f"{start} ")
                better = 0.04 * min(2, len(words) - 1) if whole else -0.05
                yield row, BEGINS, FIT[BEGINS] + better

    def _spelled(self, folded: str) -> Iterator[tuple[int, str, float]]:
        """Labels a few slips away: the longer the words, the more."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        joined, words = folded.replace(" ", ""), folded.split()
        slips = _slips(joined)
        if not slips:
            return
        for _, distance, row in process.extract(
            joined, self.joined, scorer=OSA.distance, score_cutoff=slips, limit=3 * NEAR
        ):
            if not distance or _digits(self.joined[row]) != _digits(joined):
                continue
            if all(
                OSA.distance(one, other) <= max(1, _slips(one)) + (one[0] == other[0])
                for one, other in zip(words, self._words[row], strict=False)
                if len(words) == len(self._words[row])
            ):
                first = 0.03 * (self.joined[row][0] != joined[0])
                yield row, SPELLED, FIT[SPELLED] - 0.8 * (distance - 1) / len(joined) - first

    def _held(self, words: list[str]) -> Iterator[tuple[int, str, float]]:
        """Labels that are a part of the words: the more of them the better."""
        whole = len(content(words))
        for start in range(len(words)):
            for end in range(start + 1, min(len(words), start + 8) + 1):
                part = words[start:end]
                if len(part) < len(words) and len(content(part)) * 2 >= whole:
                    share = len(content(part)) / whole
                    for row in self._exact.get(" ".join(part), ()):
                        yield row, HOLDS, FIT[HOLDS] * share


def _rows(keys: Iterable[object]) -> dict[object, list[int]]:
    found: defaultdict[object, list[int]] = defaultdict(list)
    for row, one in enumerate(keys):
        found[one].append(row)
    return dict(found)


def _beginning(pairs: Sequence[tuple[str, int]], start: str) -> Iterator[int]:
    """The numbers of the sorted pairs whose text begins so."""
    for at in range(bisect_left(pairs, (start, -1)), len(pairs)):
        text, row = pairs[at]
        if not text.startswith(start):
            return
        yield row


def _stems(words: list[str]) -> tuple[str, ...]:
    return tuple(sorted(stem(word) for word in content(words)))


def _label_stems(graph: ConceptGraph, concept: int) -> tuple[str, ...]:
    return _stems(key(graph.named(concept).label).split())


def _slips(joined: str) -> int:
    """How many slips of the pen a name of this length may have."""
    length = len(joined)
    return 0 if length < 4 else 1 if length < 7 else 2 if length < 13 else 3 if length < 19 else 4


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def resolve(
    graph: ConceptGraph,
    query: str,
    *,
    exact: bool = False,
    index: Callable[[], LabelIndex] | None = None,
    meaning: Meaning | None = None,
) -> tuple[int, Taken | None]:
    """The concept that is meant by ``query``, and what was taken for it if no label is just that.

    Args:
        graph: the concept graph.
        query: an IRI, or a goal as people type it.
        exact: whether only an IRI, a label or an alias will do.
        index: gives that of the graph, if it is needed; else it is made.
        meaning: the concepts nearest in meaning to a text, with their cosine; asked only where
            no label is near.

    Raises:
        AmbiguousConcept: several are meant equally likely; the likeliest first.
        UnknownConcept: none is; names the nearest.
    """
    try:
        return find_concept(graph, query), None
    except UnknownConcept:
        if exact or "://" in query or not readings(query) or not len(graph):
            raise
    names = index() if index else LabelIndex(graph)
    fits = names.ranked(query)
    if (not fits or fits[0].score < _SURE + _PROMINENCE) and not _lone(fits) and meaning:
        fits = _meant(graph, query, fits, meaning(query))
    if not fits or (fits[0].score < _SURE and not _lone(fits)):
        raise _refused(graph, query, fits)
    best, *others = fits
    matter = _label_stems(graph, best.concept)
    # two forms of one word are no race
    close = [
        fit
        for fit in others
        if best.score - fit.score < _CLOSE and _label_stems(graph, fit.concept) != matter
    ]
    if close:
        raise AmbiguousConcept(query, _labels(graph, [best, *close]))
    rest = [fit for fit in others if best.score - fit.score < 0.3]
    return best.concept, Taken(
        query, graph.named(best.concept), best.how, tuple(_labels(graph, rest)[: _SHOWN - 1])
    )


def _lone(fits: Sequence[Fit]) -> bool:
    """Whether the best begins so, and no other is anything like it."""
    like = [fit for fit in fits if fit.how != HOLDS]
    return len(like) == 1 and like[0] is fits[0] and fits[0].how == BEGINS


def _meant(
    graph: ConceptGraph, query: str, fits: Sequence[Fit], near: Sequence[tuple[int, float]]
) -> list[Fit]:
    """What is likeliest meant: by meaning, if that is near enough to be of use, else by words.

    Words that a label and the query share count besides, and so do many relations.
    """
    asked = {*_stems(key(query).split())}
    # "GPU prices" is no answer to "GPU"
    apart = {fit.concept for fit in fits if fit.how == BEGINS} if len(asked) == 1 else set()
    found = []
    for concept, cosine in near:
        if cosine < _LIKELY:
            break
        if concept in apart:
            continue
        label = {*_label_stems(graph, concept)}
        shared = len(asked & label)
        words = _OF_LABEL * shared / max(1, len(label)) + _OF_QUERY * shared / max(1, len(asked))
        score = cosine + words + _MEANT_PROMINENCE * _prominence(graph, concept)
        found.append(Fit(concept, MEANING, score))
    meant = {fit.concept for fit in found}
    rest = [fit for fit in fits if fit.concept not in meant]
    return sorted([*found, *rest], key=lambda fit: (-round(fit.score, 6), fit.concept))


def _prominence(graph: ConceptGraph, concept: int) -> float:
    """How many relations a concept has, in [0, 1]."""
    return min(1.0, log2(1 + graph.forward.degree(concept)) / _MANY)


def _refused(graph: ConceptGraph, query: str, fits: Sequence[Fit]) -> UnknownConcept:
    nearest = dict.fromkeys([*_labels(graph, fits), *nearest_labels(graph, query)])
    return UnknownConcept(query, list(nearest)[:_SHOWN], known=len(graph) > 0)


def _labels(graph: ConceptGraph, fits: Iterable[Fit]) -> list[str]:
    """Preferred labels, best first; concepts of one label need their IRIs, so it is told once."""
    return list(dict.fromkeys(graph.named(fit.concept).label for fit in fits))[:_SHOWN]
