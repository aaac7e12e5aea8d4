"""Logistic regression: learns what separates, keeps near what was known."""

from __future__ import annotations

import numpy as np
import pytest

from waygraph.operators.logistic import fit

RANDOM = np.random.default_rng(0)
VALUES = RANDOM.normal(size=(400, 3))
TRUTH = VALUES[:, 0] - VALUES[:, 1] + RANDOM.normal(scale=0.3, size=400) > 0
NAMES = ("for", "against", "noise")


def test_it_learns_what_separates() -> None:
    model = fit(NAMES, VALUES, TRUTH, penalty=1.0)
    guessed = model.probabilities(VALUES) > 0.5
    assert (guessed == TRUTH).mean() > 0.9
    plus, minus, noise = model.weights
    assert plus > 1 > -1 > minus
    assert abs(noise) < 0.5
    added = model.contributions(VALUES[:1]).sum() + model.bias
    assert model.probabilities(VALUES[:1])[0] == pytest.approx(1 / (1 + np.exp(-added)))


def test_few_examples_move_a_known_model_little() -> None:
    known = fit(NAMES, VALUES, TRUTH, penalty=1.0)
    moved = fit(NAMES, VALUES[:2], ~TRUTH[:2], penalty=50.0, start=known)
    assert moved.means == known.means
    assert moved.weights == pytest.approx(known.weights, abs=0.2)
    assert moved.weights != known.weights


def test_what_no_example_tells_stays_as_expected() -> None:
    values = np.column_stack([VALUES[:, 0], np.zeros(400)])
    model = fit(("told", "untold"), values, TRUTH, penalty=1.0, expected={"untold": 0.25})
    assert model.weights[1] == 0.25
