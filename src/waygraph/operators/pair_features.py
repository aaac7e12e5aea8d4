"""Features of pairs of concepts, from which a model tells whether one leans on the other.

Every column is defined for the pair (A, B), "A leans on B"; its name reads so in a reason.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from waygraph.operators.common_rows import places, sparse, sums
from waygraph.operators.portraits import Naming, Pair, Portrait, Portraits
from waygraph.order import sooner

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

# Of what a home names, so much by weight and rarity may be what it leans on.
_FIRST = 30
# A rank beyond this says no more.
_FAR = 200
LATER = "explained earlier"
# What is true of a concept with whatever else is no reason for a pair.
OF_ONE = frozenset({"has a home", "has a page", "few others named there"})
_NOTHING, _NOWHERE = Naming(rank=_FAR), Portrait()


@dataclass(frozen=True)
class PairTable:
    """Pairs of concepts, sorted, with a column of numbers per feature.

    ``values`` has the shape (pairs, features).
    """

    pairs: list[Pair]
    names: tuple[str, ...]
    values: NDArray[np.float64]


def pair_table(portraits: Portraits, cosine: Callable[[str, str], float]) -> PairTable:
    """The features of every pair of which a home of the one names the other among the first few.

    ``cosine`` is that of the labels' vectors.
    """
    import numpy as np

    of = portraits.of
    named = {(a, b) for a, p in of.items() for b, n in p.names.items() if n.rank < _FIRST}
    pairs = sorted(named | {(b, a) for a, b in named if b in of})
    columns = {**_named(portraits, pairs), **_told(portraits, pairs), **_whole(portraits, pairs)}
    columns["alike in meaning"] = _column(cosine(a, b) for a, b in pairs)
    names = tuple(columns)
    values = np.stack(list(columns.values()), axis=1) if pairs else np.zeros((0, len(names)))
    return PairTable(pairs, names, values)


def _column(values: Iterable[float]) -> Column:
    import numpy as np

    return np.array(list(values), dtype=np.float64)


def _named(portraits: Portraits, pairs: list[Pair]) -> dict[str, Column]:
    """How A's home names B, and B's home A."""
    of = portraits.of
    one = [of.get(a, _NOWHERE).names.get(b, _NOTHING) for a, b in pairs]
    two = [of.get(b, _NOWHERE).names.get(a, _NOTHING) for a, b in pairs]
    there, back = _column(n.weight for n in one), _column(n.weight for n in two)
    rare = _column(portraits.rarity(b) for _, b in pairs)
    strength = _column(of.get(a, _NOWHERE).strength for a, _ in pairs)
    return {
        "named where it is explained": there,
        "it is named where the other is explained": back,
        "named there, and not the other way round": (there - back) / (there + back + 0.7),
        "named there, though seldom elsewhere": there * rare,
        "named where it is well explained": there * strength,
        "among the first things named there": _column(_high(n) for n in one),
        "it is among the first things named where the other is explained": _column(
            _high(n) for n in two
        ),
        "named at the beginning": _column(n.early for n in one),
        "linked there": _column(float(n.linked) for n in one),
        "in its definition": _column(float(n.defining) for n in one),
        "in its first sentence": _column(float(n.opening) for n in one),
        "the other's definition names it": _column(float(n.defining) for n in two),
    }


def _high(naming: Naming) -> float:
    """1 for the first of what a home names, less for those after it, 0 if it does not name it."""
    return 1 - math.log1p(min(naming.rank, _FAR)) / math.log1p(_FAR)


def _told(portraits: Portraits, pairs: list[Pair]) -> dict[str, Column]:
    """What documents say of the pair, and what the two are called."""
    p, within = portraits, portraits.within
    return {
        "said in words": _column(p.said.get(pair, 0.0) for pair in pairs),
        "hinted by a link": _column(p.hinted.get(pair, 0.0) for pair in pairs),
        "it is a kind of it": _column(p.kinds.get(pair, 0.0) for pair in pairs),
        "the other is a kind of it": _column(p.kinds.get((b, a), 0.0) for a, b in pairs),
        "it uses it": _column(p.uses.get(pair, 0.0) for pair in pairs),
        "its name holds the other's": _column(float(b in within.get(a, ())) for a, b in pairs),
        "the other's name holds it": _column(float(a in within.get(b, ())) for a, b in pairs),
        "a longer name": _column(
            (x > y) - (x < y) for x, y in ((p.words[a], p.words[b]) for a, b in pairs)
        ),
    }


def _whole(portraits: Portraits, pairs: list[Pair]) -> dict[str, Column]:
    """What the corpus as a whole says of the two."""
    import numpy as np

    ends, left, right = places(pairs)
    of = [portraits.of.get(concept, _NOWHERE) for concept in ends]
    homes = _column(one.strength for one in of)
    spread = sorted(portraits.documents[concept] for concept in portraits.concepts)
    general = _column(
        bisect_left(spread, portraits.documents[c] + 1) / max(1, len(spread)) for c in ends
    )
    names = sparse([{b: n.weight for b, n in one.names.items()} for one in of], ends)
    linked = sparse([dict.fromkeys(one.names, 1.0) for one in of], ends)
    weight: Column = np.maximum(names.sum(axis=1), 1e-9)
    refers = sums(names, linked.T.tocsr(), left, right) / weight[left]
    back = sums(names, linked.T.tocsr(), right, left) / weight[right]
    numbers = {str(i): i for i in range(len(portraits.passages))}
    holding: list[dict[str, float]] = [{} for _ in ends]
    for i, passage in enumerate(portraits.passages):
        for concept in passage:
            if concept in ends:
                holding[ends[concept]][str(i)] = 1.0
    held = sparse(holding, numbers)
    together, count = sums(held, held, left, right), np.asarray(held.sum(axis=1))
    return {
        "what it names names the other": refers - back,
        "met in one sentence": np.log1p(together),
        "seldom met without it": together / np.maximum(count[left], 3),
        "often met by itself": -together / np.maximum(count[right], 3),
        "more general": general[right] - general[left],
        "has a home": homes[left] * homes[right],
        "has a page": _column(float(one.page) for one in of)[left],
        "few others named there": -np.log1p(np.asarray(linked.sum(axis=1)))[left],
        LATER: _column(_sooner(portraits, a, b) for a, b in pairs),
    }


def _sooner(portraits: Portraits, a: str, b: str) -> float:
    found = sooner(portraits.first.get(a, {}), portraits.first.get(b, {}))
    return float((found > 0) - (found < 0))
