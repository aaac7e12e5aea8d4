"""Fitting leaning to several corpora, and measuring it on those that were left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gold
from score_notes import CORPORA
from waygraph.operators.logistic import Logistic, fit
from waygraph.operators.pair_features import LATER
from waygraph.operators.portraits import Pair
from waygraph.operators.prerequisite_model import PENALTY, Model

# A corpus counts as the root of its pairs, times this: neither a large one alone, nor all alike.
_EACH = 20.0
# What the order of books and days says of a pair counts so much of what people say.
_WEAK = 0.2
_STEPS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.01)


@dataclass(frozen=True)
class Marked:
    """The marked pairs of a corpus: their features and whether they hold.

    ``missed`` counts pairs that hold and that no home bears out; ``weak`` are features and truth
    of pairs of which the order of the notes alone tells.
    """

    name: str
    values: NDArray[np.float64]
    holds: NDArray[np.bool_]
    missed: int
    weak: tuple[NDArray[np.float64], NDArray[np.bool_]]

    @property
    def counts(self) -> NDArray[np.float64]:
        """As how many each pair counts."""
        number = len(self.holds)
        return np.full(number, _EACH / max(1, number) ** 0.5)


@dataclass(frozen=True)
class Learning:
    """All corpora, with the names of the features."""

    names: tuple[str, ...]
    corpora: tuple[Marked, ...]

    @staticmethod
    def of(folder: Path, corpora: Sequence[str] = tuple(CORPORA)) -> Learning:
        """Read corpora, each ingested below a folder."""
        found = []
        names: tuple[str, ...] = ()
        for name in corpora:
            corpus = gold.ingested(name, folder)
            labels, table = gold.labels_of(name, corpus), corpus.table
            rows = [i for i, pair in enumerate(table.pairs) if pair in labels]
            truth = np.array([labels[table.pairs[i]] for i in rows], dtype=bool)
            missed = sum(labels.values()) - int(truth.sum())
            names = table.names
            weak = _weak(table.pairs, table.values, names)
            found.append(Marked(name, table.values[rows], truth, missed, weak))
            print(
                f"{name}: {len(rows)} pairs, {int(truth.sum())} hold, {missed} not borne out",
                flush=True,
            )
        return Learning(names, tuple(found))

    def weights(
        self,
        apart: str = "",
        columns: Sequence[int] | None = None,
        *,
        weak: bool = False,
    ) -> Logistic:
        """What all corpora but one teach, of all features or some."""
        used = range(len(self.names)) if columns is None else columns
        parts = [(one.values, one.holds, one.counts) for one in self.corpora if one.name != apart]
        if weak:
            for one in self.corpora:
                if one.name != apart and len(one.weak[1]):
                    number = len(one.weak[1])
                    parts.append((*one.weak, np.full(number, _WEAK * _EACH / number**0.5)))
        values, holds, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
        names = tuple(self.names[i] for i in used)
        return fit(names, values[:, list(used)], holds, penalty=PENALTY, counts=counts)

    def fitted(self) -> Model:
        """What all of them teach."""
        pairs = sum(len(one.holds) for one in self.corpora)
        holding = sum(int(one.holds.sum()) for one in self.corpora)
        names = ", ".join(one.name for one in self.corpora)
        said = (
            f"{pairs} pairs, of which {holding} hold, that people marked in "
            f"{len(self.corpora)} corpora ({names}; scripts/train)"
        )
        return replace(Model(self.weights()), fitted=said)

    def left_out(
        self, columns: Sequence[int] | None = None, *, weak: bool = False
    ) -> list[tuple[Marked, NDArray[np.float64]]]:
        """Each corpus with the chances that the others give its pairs."""
        used = list(range(len(self.names)) if columns is None else columns)
        return [
            (one, self.weights(one.name, columns, weak=weak).probabilities(one.values[:, used]))
            for one in self.corpora
            if len(one.holds)
        ]


def _weak(
    pairs: Sequence[Pair], values: NDArray[np.float64], names: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What the order tells: a thing that is named where another is explained, and is explained
    earlier, is leant on; one that is explained later is not. The order itself is left out."""
    later, named = values[:, names.index(LATER)], values[:, 0] > 0
    told = np.flatnonzero(named & (later != 0))
    without = values[told].copy()
    without[:, names.index(LATER)] = 0.0
    return without, later[told] > 0


def ranking(chances: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[float, float]:
    """How well chances order pairs: the area under the curve, and the average precision."""
    order = np.argsort(-chances, kind="stable")
    good = holds[order]
    right = np.cumsum(good)
    wrong = np.cumsum(~good)
    precision = float((right / np.arange(1, len(good) + 1))[good].mean()) if good.any() else 0.0
    lost = float(wrong[good].sum()) / max(1, int(right[-1]) * int(wrong[-1]))
    return 1 - lost, precision


def _means(held: Sequence[tuple[Marked, NDArray[np.float64]]]) -> tuple[float, float]:
    scores = [ranking(chances, one.holds) for one, chances in held if one.holds.any()]
    return sum(a for a, _ in scores) / len(scores), sum(p for _, p in scores) / len(scores)


def print_left_out(learning: Learning) -> None:
    """How a model does on each corpus that it was not fitted to."""
    print("left out      area  precision  pairs >= 0.7 that hold  >= 0.4 that hold")
    for one, chances in learning.left_out():
        area, precision = ranking(chances, one.holds)
        said = [f"{one.name:12}  {area:.2f}  {precision:.2f}"]
        for low, high in ((0.7, 1.1), (0.4, 0.7)):
            some = (chances >= low) & (chances < high)
            said.append(f"{int(one.holds[some].sum())} of {int(some.sum())}")
        print("       ".join(said))
    area, precision = _means(learning.left_out())
    print(f"mean          {area:.3f}  {precision:.3f}")
    area, precision = _means(learning.left_out(weak=True))
    print(f"with order    {area:.3f}  {precision:.3f}   (the order of notes as weak labels)")


def print_calibration(learning: Learning) -> None:
    """How often what is told with a chance comes true, over all corpora left out."""
    held = learning.left_out()
    chances = np.concatenate([c for _, c in held])
    holds = np.concatenate([one.holds for one, _ in held])
    print("chance        pairs  mean  true")
    for low, high in pairwise(_STEPS):
        some = (chances >= low) & (chances < high)
        if some.any():
            mean, true = chances[some].mean(), holds[some].mean()
            print(f"{low:.2f} to {min(high, 1):.2f}  {int(some.sum()):5}  {mean:.2f}  {true:.2f}")


def print_worth(learning: Learning) -> None:
    """What each feature weighs, and what is lost without it on corpora left out."""
    weights = learning.weights().weights
    area, precision = _means(learning.left_out())
    print("weight  area lost  precision lost  feature")
    for i, name in enumerate(learning.names):
        rest = [j for j in range(len(learning.names)) if j != i]
        less = _means(learning.left_out(rest))
        lost = f"{area - less[0]:+.4f}    {precision - less[1]:+.4f}"
        print(f"{weights[i]:+.2f}    {lost}         {name}")
