"""The model of leaning: one logistic regression whose weights ship as data.

It gives the chance that one concept leans on another, from the features of ``pair_features``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from waygraph.config import data_file
from waygraph.errors import ComputeGraphError
from waygraph.operators.logistic import Logistic, fit, logistic_json, logistic_of
from waygraph.operators.pair_features import OF_ONE, PairTable
from waygraph.operators.portraits import Pair
from waygraph.sealed import unsealed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]

# Of the weights: they are fitted to several corpora, and are to carry over to others.
PENALTY = 60.0
# Below this chance a claim is not worth making.
THRESHOLD = 0.12


@dataclass(frozen=True, slots=True)
class Model:
    """``threshold`` is the chance from which a claim is worth making; ``fitted`` says to what."""

    weights: Logistic
    threshold: float = THRESHOLD
    fitted: str = ""

    def apply(self, table: PairTable) -> Column:
        """The chance in (0, 1) that A leans on B, for each pair of the table."""
        return np.round(self.weights.probabilities(table.values), 4)

    def reasons(self, table: PairTable, rows: Sequence[int], most: int = 3) -> list[list[str]]:
        """For each of some pairs the features that speak most for it, the strongest first.

        What a pair does not have, though that may speak for it too, is no reason.
        """
        found: list[list[str]] = []
        values = table.values[rows]
        per_unit = np.array(self.weights.weights) / np.array(self.weights.scales)
        for parts in (np.maximum(values, 0) * per_unit).tolist():
            order = sorted((-round(part, 3), i) for i, part in enumerate(parts)
                           if part > 0 and table.names[i] not in OF_ONE)  # fmt: skip
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
        return Model(logistic_of(value), float(value["threshold"]), str(value["fitted"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ComputeGraphError(
            f"{path} holds no model of prerequisites: {error}",
            "remove it if `waygraph train` made it, and train again; else make one with"
            ' scripts/train, or set model = "auto" in the compute graph',
        ) from None


def model_json(model: Model) -> str:
    """The model as it ships: one line per feature."""
    return (
        f'{{\n "fitted": {json.dumps(model.fitted)},\n "threshold": {model.threshold},\n'
        f"{logistic_json(model.weights)}\n}}\n"
    )


def train(
    table: PairTable,
    accepted: Mapping[Pair, bool],
    *,
    penalty: float = PENALTY,
    start: Model | None = None,
) -> Model:
    """A model fitted to pairs that were accepted or rejected, whoever ruled so.

    Args:
        table: the pairs of a corpus with their features.
        accepted: the rulings; pairs that the table does not hold are passed over.
        penalty: of the weights: the higher, the nearer they stay to those of ``start``.
        start: a model to begin from, as for a few decisions; by default nothing is known.
    """
    rows = [i for i, pair in enumerate(table.pairs) if pair in accepted]
    truth = np.array([accepted[table.pairs[i]] for i in rows], dtype=bool)
    weights = fit(
        table.names, table.values[rows], truth,
        penalty=penalty, start=start.weights if start else None,
    )  # fmt: skip
    return Model(weights, *((start.threshold, start.fitted) if start else ()))
