"""Features of pairs of concepts, from which a model tells whether one requires the other.

Every column is defined for the pair (A, B), "A requires B". A name that ends in ``reversed``
is the same measure for (B, A); ``difference`` is B's value less A's.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waygraph.operators.portraits import ROLES, Pair, Portrait, Portraits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

_NEAR_PAGES = 10
_LINKED = {"linked in the text": "text", "linked aside": "aside"}
LATER_DAY = "met on a later day"


@dataclass(frozen=True)
class PairTable:
    """Pairs of concepts in order, with a column of numbers per feature.

    Attributes:
        pairs: sorted; with (A, B) it also holds (B, A).
        mirror: for each pair the row of its reverse.
        names: of the features.
        values: shape (pairs, features).
    """

    pairs: list[Pair]
    mirror: NDArray[np.int64]
    names: tuple[str, ...]
    values: NDArray[np.float64]


def pair_table(portraits: Portraits, cosine: Callable[[str, str], float]) -> PairTable:
    """The features of every pair that some text names together.

    At least one of the pair has a text of its own. ``cosine`` is that of the labels'
    vectors.
    """
    import numpy as np

    owners = portraits.of
    pairs = sorted(p for p in portraits.evidence if p[0] in owners or p[1] in owners)
    row = {pair: i for i, pair in enumerate(pairs)}
    mirror = np.array([row[b, a] for a, b in pairs], dtype=np.int64)
    measures = _Measures(portraits, cosine)
    columns: dict[str, Column] = {}
    directed = measures.namings(row)
    for name, measure in measures.directed().items():
        directed[name] = np.array([measure(a, b) for a, b in pairs], dtype=np.float64)
    for name, column in directed.items():
        columns[name] = column
        columns[f"{name}, reversed"] = column[mirror]
    for name, measure in measures.mutual().items():
        columns[name] = np.array([measure(a, b) for a, b in pairs], dtype=np.float64)
    columns |= measures.orders(pairs)
    ends = {concept for pair in pairs for concept in pair}
    for name, value in measures.single().items():
        values = {concept: value(concept) for concept in ends}
        columns[f"{name}, difference"] = np.array([values[b] - values[a] for a, b in pairs])
        columns[f"{name} of B"] = np.array([values[b] for _, b in pairs])
    group = np.unique([a for a, _ in pairs], return_inverse=True)[1] if pairs else mirror
    for name in _RANKED:
        columns[f"rank by {name}"] = ranks(columns[name], group)
    names = tuple(columns)
    return PairTable(pairs, mirror, names, np.stack(list(columns.values()), axis=1))


_RANKED = (
    "words in common",
    "cosine of labels",
    "vocabulary",
    "vocabulary, reversed",
    "label covered",
    "label covered, reversed",
    "references",
    "references, reversed",
    "early",
    "early, reversed",
)


def ranks(column: Column, group: NDArray[np.int64]) -> Column:
    """log(1 + number of values in the same group that are greater), by row."""
    import numpy as np

    order = np.lexsort((-column, group))
    groups, values, places = group[order], column[order], np.arange(len(order))
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = groups[1:] != groups[:-1]
    differs = begins.copy()
    differs[1:] |= values[1:] != values[:-1]
    # where the group begins, and where its first value like this one stands
    group_at, like_at = (np.maximum.accumulate(places * mark) for mark in (begins, differs))
    result = np.zeros(len(column))
    result[order] = like_at - group_at
    return np.log1p(result)


class _Measures:
    """Measures of a pair, each a function of (A, B)."""

    def __init__(self, portraits: Portraits, cosine: Callable[[str, str], float]) -> None:
        self.portraits, self.cosine = portraits, cosine
        self.empty = Portrait()
        count = len(portraits.of)
        frequency: Counter[str] = Counter()
        for portrait in portraits.of.values():
            frequency.update(portrait.words.keys())
        self.rarity = {w: math.log(count / n) + 0.1 for w, n in frequency.items()}
        self.unknown = math.log(count + 1) + 0.1
        self.weights = {c: self._weights(p.words) for c, p in portraits.of.items()}
        self.labels = {
            c: {w: self._rare(w) for w in words} for c, words in portraits.labels.items()
        }
        self.sizes = {c: sum(map(self._rare, p.words)) for c, p in portraits.of.items()}
        self.out = {c: set(p.names) for c, p in portraits.of.items()}
        self.into: defaultdict[str, set[str]] = defaultdict(set)
        for concept, names in self.out.items():
            for other in names:
                self.into[other].add(concept)
        self.second: dict[str, Counter[str]] = {}
        for concept, names in self.out.items():
            steps: Counter[str] = Counter()
            for other in names:
                steps.update(self.out.get(other, ()))
            self.second[concept] = steps

    def _rare(self, word: str) -> float:
        return self.rarity.get(word, self.unknown)

    def _weights(self, counted: Counter[str]) -> dict[str, float]:
        """Unit vector of tf-idf weights, by word, in the order of the words."""
        found = {w: (1 + math.log(n)) * self._rare(w) for w, n in counted.items()}
        length = math.sqrt(sum(v * v for v in found.values())) or 1.0
        return {w: v / length for w, v in sorted(found.items())}

    def _of(self, concept: str) -> Portrait:
        return self.portraits.of.get(concept, self.empty)

    def namings(self, row: Mapping[Pair, int]) -> dict[str, Column]:
        """How A's text names B; most texts do not name most concepts."""
        import numpy as np

        names = [f"named in the {role}" for role in ROLES]
        found = {n: np.zeros(len(row)) for n in (*names, "early", *_LINKED)}
        for a, portrait in self.portraits.of.items():
            for b, naming in portrait.names.items():
                i = row[a, b]
                for role, name in zip(ROLES, names, strict=True):
                    found[name][i] = min(3, naming.counts[role])
                found["early"][i] = 1 - naming.earliest
                for name, place in _LINKED.items():
                    found[name][i] = place in naming.linked
        return found

    def directed(self) -> Mapping[str, Callable[[str, str], float]]:
        """What else A's text has of B."""
        return {
            "label covered": self._covered,
            "label inside": lambda a, b: float(b in self.portraits.within.get(a, ())),
            "label ends alike": self._ends,
            "label shared": self._shared,
            "vocabulary": self._vocabulary,
            "references": self._references,
            "indirect": lambda a, b: math.log1p(self.second.get(a, {}).get(b, 0)),
        }

    def mutual(self) -> Mapping[str, Callable[[str, str], float]]:
        """What is the same for (A, B) and (B, A)."""
        out, into = self.out, self.into
        return {
            "cosine of labels": self.cosine,
            "words in common": self._words,
            "names in common": lambda a, b: _overlap(out.get(a, set()), out.get(b, set())),
            "named in common": lambda a, b: _overlap(into.get(a, set()), into.get(b, set())),
            "together elsewhere": lambda a, b: min(
                3, self.portraits.together[min(a, b), max(a, b)]
            ),
        }

    def single(self) -> Mapping[str, Callable[[str], float]]:
        """What one concept has of its own."""
        portraits, labels = self.portraits, self.portraits.labels
        return {
            "generality": lambda c: math.log1p(portraits.documents[c]),
            "length": lambda c: math.log1p(self._length(c)),
            "label words": lambda c: len(labels.get(c, ())),
            "label rarity": lambda c: _mean([self._rare(w) for w in labels.get(c, ())]),
            "rarest label word": lambda c: max(map(self._rare, labels.get(c, ())), default=0.0),
            "names": lambda c: math.log1p(len(self.out.get(c, ()))),
            "asides": lambda c: math.log1p(self._of(c).roles["aside passages"]),
            "sources": lambda c: math.log1p(self._of(c).roles["source passages"]),
        }

    def _length(self, concept: str) -> int:
        roles = self._of(concept).roles
        return sum(roles[role] for role in ROLES if role != "source")

    def _covered(self, a: str, b: str) -> float:
        """The greatest share of B's label, by rarity, in one passage of A."""
        label, me = self.labels.get(b, {}), self._of(a)
        found = [(w, v) for w, v in label.items() if w in me.words]
        if not found or not me.passages:
            return 0.0
        return max(sum(v for w, v in found if w in p) for p in me.passages) / sum(label.values())

    def _ends(self, a: str, b: str) -> float:
        one, two = self.portraits.labels.get(a, ()), self.portraits.labels.get(b, ())
        return float(0 < len(two) < len(one) and one[-len(two) :] == two)

    def _shared(self, a: str, b: str) -> float:
        """The share of B's label, by rarity, that A's label holds."""
        label, one = self.labels.get(b, {}), self.labels.get(a, {})
        return sum(v for w, v in label.items() if w in one) / (sum(label.values()) or 1.0)

    def _vocabulary(self, a: str, b: str) -> float:
        """The share of B's words, by rarity, that A's text holds."""
        one, two = self._of(a).words, self._of(b).words
        common = sum(self.rarity[w] for w in two if w in one)
        return common / self.sizes[b] if b in self.sizes else 0.0

    def _words(self, a: str, b: str) -> float:
        """Cosine of tf-idf weights."""
        one, two = self.weights.get(a, {}), self.weights.get(b, {})
        if len(two) < len(one):
            one, two = two, one
        return sum(v * two[w] for w, v in one.items() if w in two)

    def _references(self, a: str, b: str) -> float:
        """The share of A and what it names that names B (after Liang et al. 2015, RefD)."""
        out = self.out.get(a)
        if not out:
            return 0.0
        return (self.second[a][b] + (b in out)) / (1 + len(out))

    def orders(self, pairs: list[Pair]) -> dict[str, Column]:
        """How A and B stand in the works that both cite, and whether B is met days before A."""
        import numpy as np

        found = np.array([(*self._sources(a, b), self._days(a, b)) for a, b in pairs])
        names = ("sources shared", "later in the source", "near in the source", "same chapter",
                 LATER_DAY)  # fmt: skip
        return {name: found.reshape(-1, len(names))[:, i] for i, name in enumerate(names)}

    def _days(self, a: str, b: str) -> float:
        one, two = self.portraits.first.get(a), self.portraits.first.get(b)
        return float((one > two) - (one < two)) if one and two else 0.0

    def _sources(self, a: str, b: str) -> tuple[float, float, float, float]:
        one, two = self._of(a).citations, self._of(b).citations
        signs: list[int] = []
        gaps: list[int] = []
        chapters = 0
        for source in sorted(one.keys() & two.keys()):
            (page, section), (other_page, other_section) = one[source], two[source]
            if page and other_page:
                signs.append((page > other_page) - (page < other_page))
                gaps.append(abs(page[0] - other_page[0]))
            elif section and other_section:
                signs.append((section > other_section) - (section < other_section))
            chapters += section[:1] == other_section[:1] != ()
        near = 1 / (1 + min(gaps) / _NEAR_PAGES) if gaps else 0.0
        return float(len(signs)), sum(signs) / (1 + len(signs)), near, float(chapters)


def _overlap(one: set[str], two: set[str]) -> float:
    return len(one & two) / math.sqrt((1 + len(one)) * (1 + len(two)))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
