"""The model of prerequisites: two logistic regressions whose weights ship as data.

The first reads the features of a pair. The second reads what the first says of the pair, of
its reverse and of its neighbours: a requirement of a requirement is mostly not a direct one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from waygraph.config import data_file
from waygraph.errors import ComputeGraphError
from waygraph.operators.common_rows import places, products, sums
from waygraph.operators.logistic import Logistic, fit
from waygraph.operators.pair_features import LATER_DAY, PairTable, ranks
from waygraph.operators.portraits import Pair
from waygraph.sealed import unsealed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

# Below this chance a pair says nothing of its neighbours.
_COUNTS = 0.03
_FOLDS = 5
# No gold here has days; that notes first met are needed first is a guess, and a weak one.
_EXPECTED = {LATER_DAY: 0.25}
NEIGHBOURS = (
    "the pair alone",
    "the reverse alone",
    "best way round",
    "all ways round",
    "best way round, reversed",
    "requirements in common",
    "required in common",
    "rank",
    "rank, reversed",
    "best of A",
    "required, B",
    "requirements of A",
    "requirements of B",
    "required, A",
)


@dataclass(frozen=True, slots=True)
class Model:
    """``threshold`` is the chance from which a claim is worth making."""

    first: Logistic
    second: Logistic
    threshold: float

    def apply(self, table: PairTable) -> Column:
        """The chance in (0, 1) that A requires B directly, for each pair of the table."""
        alone = self.first.probabilities(table.values)
        return np.round(self.second.probabilities(neighbours(table, alone)), 4)

    def reasons(self, table: PairTable, rows: Sequence[int], most: int = 3) -> list[list[str]]:
        """For each of some pairs the features that speak most for it, the strongest first."""
        found: list[list[str]] = []
        for parts in self.first.contributions(table.values[rows]).tolist():
            order = sorted((-round(part, 3), i) for i, part in enumerate(parts) if part > 0)
            found.append([table.names[i] for _, i in order[:most]])
        return found


def model_path(model: str) -> Path:
    """The weights' file: the shipped one for "auto", else the path itself."""
    return data_file("prerequisites.json") if model == "auto" else Path(model)


def model_identity(*, model: str, threshold: float) -> str:
    """Name and digest of the weights that these settings load."""
    try:
        return f"prerequisites sha256 {sha256(model_path(model).read_bytes()).hexdigest()}"
    except OSError:
        return model


def load_model(model: str) -> Model:
    """The model of a file.

    Raises:
        ComputeGraphError: the file is missing or no such model, or made for other features.
    """
    path = model_path(model)
    try:
        value = json.loads(unsealed(path.read_text(encoding="utf-8")))
        first, second = (_regression(value[part]) for part in ("first", "second"))
        return Model(first, second, float(value["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ComputeGraphError(
            f"{path} holds no model of prerequisites: {error}",
            "remove it if `waygraph train` made it, and train again; else make one with"
            ' scripts/train, or set model = "auto" in the compute graph',
        ) from None


def _regression(value: Mapping[str, Any]) -> Logistic:
    features = value["features"]
    columns = list(
        zip(*((f["name"], f["mean"], f["scale"], f["weight"]) for f in features), strict=True)
    )
    return Logistic(columns[0], columns[1], columns[2], columns[3], float(value["bias"]))


def model_json(model: Model) -> str:
    """The model as it ships: one line per feature."""
    parts = []
    for name in ("first", "second"):
        part: Logistic = getattr(model, name)
        rows = zip(part.names, part.means, part.scales, part.weights, strict=True)
        lines = [
            json.dumps(dict(zip(("name", "mean", "scale", "weight"), row, strict=True)))
            for row in rows
        ]
        features = ",\n".join(f"   {line}" for line in lines)
        parts.append(f' "{name}": {{\n  "bias": {part.bias},\n  "features": [\n{features}\n  ]}}')
    return "{\n" + ",\n".join([f' "threshold": {model.threshold}', *parts]) + "\n}\n"


def neighbours(table: PairTable, chances: Column) -> NDArray[np.float64]:
    """What the chances say around each pair: shape (pairs, len(NEIGHBOURS))."""
    from scipy.sparse import coo_array

    number, left, right = places(table.pairs)
    heard = np.where(chances > _COUNTS, chances, 0.0)
    needs = coo_array((heard, (left, right)), (len(number), len(number))).tocsr()
    needs.eliminate_zeros()
    needed = needs.T.tocsr()
    all_ways, best_way = products(needs, needed, left, right)
    rank = ranks(chances, left)
    best = np.zeros(len(number))
    np.maximum.at(best, left, chances)
    mirror = table.mirror
    of, by = np.log1p(needs.sum(axis=1)), np.log1p(needed.sum(axis=1))
    columns = (
        _logit(chances), _logit(chances[mirror]),
        best_way, all_ways, best_way[mirror],
        sums(needs, needs, left, right), sums(needed, needed, left, right),
        rank, rank[mirror], _logit(best[left]),
        by[right], of[left], of[right], by[left],
    )  # fmt: skip
    return np.stack(columns, axis=1)


def _logit(chances: Column) -> Column:
    bounded = np.clip(chances, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(bounded / (1 - bounded)))


def train(
    table: PairTable,
    accepted: Mapping[Pair, bool],
    *,
    penalties: tuple[float, float] = (50.0, 10.0),
    start: Model | None = None,
) -> Model:
    """A model fitted to pairs that were accepted or rejected, whoever ruled so.

    Args:
        table: the pairs of a corpus with their features.
        accepted: the rulings; pairs that the table does not hold are passed over.
        penalties: of the weights of the first and the second regression.
        start: a model to begin from, as for a few decisions; by default nothing is known.

    The second regression learns from chances that the first gives to subjects it was not
    fitted on; the threshold is the one of the best F1 among pairs so held out.
    """
    rows = np.array([i for i, pair in enumerate(table.pairs) if pair in accepted], dtype=np.int64)
    truth = np.array([accepted[table.pairs[i]] for i in rows], dtype=bool)
    subjects = sorted({table.pairs[i][0] for i in rows})
    fold_of = {subject: i % _FOLDS for i, subject in enumerate(_scattered(subjects))}
    fold = np.array([fold_of[table.pairs[i][0]] for i in rows])

    def first(kept: NDArray[np.bool_]) -> Logistic:
        return fit(
            table.names, table.values[rows[kept]], truth[kept],
            penalty=penalties[0], expected=_EXPECTED, start=start.first if start else None,
        )  # fmt: skip

    everything = np.ones(len(rows), dtype=bool)
    alone = first(everything)
    chances = alone.probabilities(table.values)
    for i in range(_FOLDS):
        held = rows[fold == i]
        if len(held) and (fold != i).any():
            chances[held] = first(fold != i).probabilities(table.values[held])
    around = neighbours(table, chances)

    def second(kept: NDArray[np.bool_]) -> Logistic:
        return fit(
            NEIGHBOURS, around[rows[kept]], truth[kept],
            penalty=penalties[1], start=start.second if start else None,
        )  # fmt: skip

    guess = np.zeros(len(table.pairs))
    for i in range(_FOLDS):
        if (fold == i).any() and (fold != i).any():
            held = rows[fold == i]
            guess[held] = second(fold != i).probabilities(around[held])
    onward = guess[rows] >= guess[table.mirror[rows]]
    threshold = best_threshold(guess[rows][onward], truth[onward], sum(accepted.values()))
    return Model(alone, second(everything), round(threshold, 3))


def best_threshold(chances: Column, truth: NDArray[np.bool_], total: int) -> float:
    """The chance from which the pairs have the best F1, of ``total`` that should be found."""
    if not len(chances) or not total:
        return 0.5
    order = np.argsort(-chances, kind="stable")
    right = np.cumsum(truth[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + total)
    return float(chances[order][int(f1.argmax())])


def _scattered(subjects: Sequence[str]) -> list[str]:
    """In an order that has nothing to do with the alphabet, and is always the same."""
    return sorted(subjects, key=lambda s: sha256(s.encode()).digest())
