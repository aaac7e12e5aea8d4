"""A number as a few shares, so that a linear model can fit a curve of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def spread(value: float, knots: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """The two knots nearest to a number, each with its share: a piecewise linear function, fitted.

    The shares add up to 1; what lies beyond the first or last of the ascending knots counts as it.
    """
    value = min(max(value, knots[0]), knots[-1])
    for low, high in pairwise(knots):
        if value <= high:
            part = (value - low) / (high - low)
            return (low, 1 - part), (high, part)
    raise AssertionError(value)
