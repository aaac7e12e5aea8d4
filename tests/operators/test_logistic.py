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


def test_an_example_that_counts_twice_is_as_two() -> None:
    counts = np.where(np.arange(400) < 100, 2.0, 1.0)
    twice = np.concatenate([VALUES, VALUES[:100]]), np.concatenate([TRUTH, TRUTH[:100]])
    counted = fit(NAMES, VALUES, TRUTH, penalty=1.0, counts=counts)
    written = fit(NAMES, *twice, penalty=1.0)
    assert counted.weights == pytest.approx(written.weights, abs=1e-4)
    assert counted.means == pytest.approx(written.means, abs=1e-4)
    assert counted.weights != fit(NAMES, VALUES, TRUTH, penalty=1.0).weights
