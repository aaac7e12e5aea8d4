"""Features of pairs of concepts, from which a model tells whether one requires the other.

Every column is defined for the pair (A, B), "A requires B". A name that ends in ``reversed``
is the same measure for (B, A); ``difference`` is B's value less A's.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waygraph.operators.common_rows import places, sparse, sums
from waygraph.operators.portraits import ROLES, Pair, Portrait, Portraits
from waygraph.order import sooner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

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
    measures = _Measures(portraits, cosine, pairs)
    columns: dict[str, Column] = {}
    for name, column in (measures.namings(row) | measures.directed()).items():
        columns[name] = column
        columns[f"{name}, reversed"] = column[mirror]
    columns |= measures.mutual() | measures.orders()
    left, right = measures.left, measures.right
    for name, value in measures.single().items():
        values = np.array([value(concept) for concept in measures.ends])
        columns[f"{name}, difference"] = values[right] - values[left]
        columns[f"{name} of B"] = values[right]
    for name in _RANKED:
        columns[f"rank by {name}"] = ranks(columns[name], left)
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
    """Measures of all pairs (A, B), a column each."""

    def __init__(
        self, portraits: Portraits, cosine: Callable[[str, str], float], pairs: list[Pair]
    ) -> None:
        self.portraits, self.cosine, self.pairs = portraits, cosine, pairs
        self.ends, self.left, self.right = places(pairs)
        self.empty = Portrait()
        count = len(portraits.of)
        frequency: Counter[str] = Counter()
        for portrait in portraits.of.values():
            frequency.update(portrait.words.keys())
        self.rarity = {w: math.log(count / n) + 0.1 for w, n in frequency.items()}
        self.unknown = math.log(count + 1) + 0.1
        self.labels = {
            c: {w: self._rare(w) for w in words} for c, words in portraits.labels.items()
        }
        self.names = sparse([dict.fromkeys(self._of(c).names, 1.0) for c in self.ends], self.ends)
        self.named = self.names.T.tocsr()

    def _rare(self, word: str) -> float:
        return self.rarity.get(word, self.unknown)

    def _told(self, measure: Callable[[str, str], float]) -> Column:
        import numpy as np

        return np.fromiter((measure(a, b) for a, b in self.pairs), np.float64, len(self.pairs))

    def _weights(self, counted: Counter[str]) -> dict[str, float]:
        """Unit vector of tf-idf weights, by word."""
        found = {w: (1 + math.log(n)) * self._rare(w) for w, n in sorted(counted.items())}
        length = math.sqrt(sum(v * v for v in found.values())) or 1.0
        return {w: v / length for w, v in found.items()}

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

    def directed(self) -> dict[str, Column]:
        """What else A's text has of B."""
        import numpy as np

        within = self.portraits.within
        ways = sums(self.names, self.named, self.left, self.right)
        return {
            "label covered": self._told(self._covered),
            "label inside": self._told(lambda a, b: float(b in within.get(a, ()))),
            "label ends alike": self._told(self._ends),
            "label shared": self._told(self._shared),
            "vocabulary": self._vocabulary(),
            "references": self._references(ways),
            "indirect": np.log1p(ways),
        }

    def mutual(self) -> dict[str, Column]:
        """What is the same for (A, B) and (B, A)."""
        together = self.portraits.together
        return {
            "cosine of labels": self._told(self.cosine),
            "words in common": self._words(),
            "names in common": self._overlap(self.names),
            "named in common": self._overlap(self.named),
            "together elsewhere": self._told(lambda a, b: min(3, together[min(a, b), max(a, b)])),
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
            "names": lambda c: math.log1p(len(self._of(c).names)),
            "asides": lambda c: math.log1p(self._of(c).roles["aside passages"]),
            "sources": lambda c: math.log1p(self._of(c).roles["source passages"]),
        }

    def _length(self, concept: str) -> int:
        roles = self._of(concept).roles
        return sum(roles[role] for role in ROLES if role != "source")

    def _covered(self, a: str, b: str) -> float:
        """The greatest share of B's label, by rarity, in one passage of A."""
        label, where = self.labels.get(b, {}), self._of(a).where
        found = [(where[w], v) for w, v in label.items() if w in where]
        if not found:
            return 0.0
        *rarer, common = sorted((at for at, _ in found), key=len)
        if any(all(_holds(at, p) for at in (*rarer, common)) for p in (*rarer, common)[0]):
            most = sum(v for _, v in found)
        else:
            # those that hold the most common word alone are all alike
            most = next(v for at, v in found if at is common)
            for passage in set().union(*rarer):
                most = max(most, sum(v for at, v in found if _holds(at, passage)))
        return most / sum(label.values())

    def _ends(self, a: str, b: str) -> float:
        one, two = self.portraits.labels.get(a, ()), self.portraits.labels.get(b, ())
        return float(0 < len(two) < len(one) and one[-len(two) :] == two)

    def _shared(self, a: str, b: str) -> float:
        """The share of B's label, by rarity, that A's label holds."""
        label, one = self.labels.get(b, {}), self.labels.get(a, {})
        return sum(v for w, v in label.items() if w in one) / (sum(label.values()) or 1.0)

    def _vocabulary(self) -> Column:
        """The share of B's words, by rarity, that A's text holds."""
        import numpy as np

        words = [self._of(concept).words for concept in self.ends]
        column = {word: i for i, word in enumerate(sorted(self.rarity))}
        held = sparse([dict.fromkeys(own, 1.0) for own in words], column)
        rare = sparse([{w: self.rarity[w] for w in own} for own in words], column)
        whole: Column = rare.sum(axis=1)[self.right]
        common = sums(held, rare, self.left, self.right)
        return np.divide(common, whole, out=np.zeros_like(common), where=whole > 0)

    def _words(self) -> Column:
        """Cosine of tf-idf weights."""
        column = {word: i for i, word in enumerate(sorted(self.rarity))}
        weights = sparse([self._weights(self._of(concept).words) for concept in self.ends], column)
        return sums(weights, weights, self.left, self.right)

    def _references(self, ways: Column) -> Column:
        """The share of A and what it names that names B (after Liang et al. 2015, RefD)."""
        import numpy as np

        count: Column = self.names.sum(axis=1)[self.left]
        direct = np.fromiter((b in self._of(a).names for a, b in self.pairs), np.float64)
        return (ways + direct) / (1 + count)

    def _overlap(self, rows: csr_array) -> Column:
        """How many names two rows share, beside the geometric mean of how many they hold."""
        import numpy as np

        size: Column = 1 + rows.sum(axis=1)
        common = sums(rows, rows, self.left, self.right)
        return common / np.sqrt(size[self.left] * size[self.right])

    def orders(self) -> dict[str, Column]:
        """How A and B stand in the works that both cite, and whether B is met before A."""
        import numpy as np

        found = np.array([(*self._sources(a, b), self._days(a, b)) for a, b in self.pairs])
        names = ("sources shared", "later in the source", "near in the source", "same chapter",
                 LATER_DAY)  # fmt: skip
        return {name: found.reshape(-1, len(names))[:, i] for i, name in enumerate(names)}

    def _days(self, a: str, b: str) -> float:
        found = sooner(self.portraits.first.get(a, {}), self.portraits.first.get(b, {}))
        return float((found > 0) - (found < 0))

    def _sources(self, a: str, b: str) -> tuple[float, float, float, float]:
        one, two = self._of(a).citations, self._of(b).citations
        if not one or not two:
            return 0.0, 0.0, 0.0, 0.0
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


def _holds(passages: list[int], one: int) -> bool:
    """Whether a list in order holds a number."""
    i = bisect_left(passages, one)
    return i < len(passages) and passages[i] == one


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
