"""Logistic regression: a sum of weighted features that can be read, and fitted by Newton steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Table = NDArray[np.float64]

_STEPS = 30
_ENOUGH = 1e-8
_LARGEST = 30.0


@dataclass(frozen=True, slots=True)
class Logistic:
    """P(accepted) = 1 / (1 + exp(-(bias + sum of weight * (value - mean) / scale)))."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def contributions(self, values: Table) -> Table:
        """What each feature adds to the logit; shape that of ``values``, (rows, features)."""
        scaled = (values - np.array(self.means)) / np.array(self.scales)
        return np.asarray(scaled * np.array(self.weights))

    def probabilities(self, values: Table, added: Sequence[float] = ()) -> Table:
        """In (0, 1), one per row; ``added`` to the logit of each, if given."""
        logits = self.contributions(values).sum(axis=1) + self.bias
        if len(added):
            logits = logits + np.array(added)
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -_LARGEST, _LARGEST))))


def logistic_of(value: Any) -> Logistic:
    """The weights in parsed JSON as ``logistic_json`` writes them.

    Raises:
        KeyError, TypeError, ValueError, IndexError: it holds no such weights.
    """
    rows = [(f["name"], f["mean"], f["scale"], f["weight"]) for f in value["features"]]
    columns = list(zip(*rows, strict=True))
    return Logistic(columns[0], columns[1], columns[2], columns[3], float(value["bias"]))


def logistic_json(weights: Logistic) -> str:
    """Weights as members of a JSON object, a feature a line."""
    keys = ("name", "mean", "scale", "weight")
    columns = zip(weights.names, weights.means, weights.scales, weights.weights, strict=True)
    rows = (json.dumps(dict(zip(keys, column, strict=True))) for column in columns)
    features = ",\n".join(f"  {row}" for row in rows)
    return f' "bias": {weights.bias},\n "features": [\n{features}\n ]'


def fit(
    names: tuple[str, ...],
    values: Table,
    accepted: NDArray[np.bool_],
    *,
    penalty: float,
    counts: NDArray[np.float64] | None = None,
    start: Logistic | None = None,
) -> Logistic:
    """The weights that make the examples likeliest, held near those of ``start``.

    Args:
        names: of the features.
        values: shape (examples, features).
        accepted: shape (examples,).
        penalty: of the squared distance of a weight from what was expected of it: the more
            examples there are, the less it counts.
        counts: as how many each example counts; by default as one.
        start: what was learnt before, with the same names; its means and scales are kept.
            By default nothing is expected of any weight.

    Maximum a posteriori with a Gaussian prior, by Newton's method (iteratively reweighted
    least squares; Bishop 2006, section 4.3.3).
    """
    times = np.ones(len(values)) if counts is None else counts
    if start is None:
        means = np.average(values, axis=0, weights=times)
        scales = np.sqrt(np.average((values - means) ** 2, axis=0, weights=times))
        scales[scales < 1e-6] = 1.0
        prior = np.zeros(len(names) + 1)
    else:
        means, scales = np.array(start.means), np.array(start.scales)
        prior = np.array([*start.weights, start.bias])
    rows = np.column_stack([(values - means) / scales, np.ones(len(values))])
    ridge = np.full(len(prior), penalty)
    if start is None:
        ridge[-1] = 1e-6  # how often claims are right is for the examples to say
    at = prior.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows @ at, -_LARGEST, _LARGEST)))
        slope = rows.T @ (times * (chance - accepted)) + ridge * (at - prior)
        curve = (rows.T * (times * chance * (1 - chance))) @ rows + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        at -= step
        if np.abs(step).max() < _ENOUGH:
            break
    *weights, bias = (round(float(w), 5) for w in at)
    shown = [tuple(round(float(v), 5) for v in column) for column in (means, scales)]
    return Logistic(names, shown[0], shown[1], tuple(weights), bias)
