"""What a step costs, and the heuristic that never overrates what is left.

Let ``ang(u, v) = arccos(cos(u, v)) / pi`` in [0, 1] be the angle between two unit vectors.
It is the geodesic distance on the sphere, hence a metric. An arc from u to v costs

    base + ang(u, v) * (1 + hub * max(0, log2(degree(v) / mean degree)))
         - doubt * ln(confidence) + against (if the arc goes against a prerequisite)

All terms are non-negative, so every arc costs at least ``ang(u, v)``. Then
``h(n) = ang(n, goal)`` never exceeds the cost of any path from n to the goal: along the
path n = v0, ..., vk = goal the costs sum to at least ``sum ang(v_i, v_i+1)``, which by the
triangle inequality is at least ``ang(n, goal)``. So h is admissible, and A* returns an
optimal path (Hart, Nilsson and Raphael 1968; Russell and Norvig, Artificial Intelligence,
section 3.5). Cosine *distance* would break this: it is no metric.

Floats are kept from spoiling the proof. Costs are integers in units of 2**-20, rounded up;
the heuristic is rounded down; a cosine of float32 vectors is off by less than EPSILON, so
an arc's angle is taken from ``cos - EPSILON`` and the heuristic's from ``cos + EPSILON``:
stored cost >= true angle >= heuristic. Because rounding can make h inconsistent by a
last unit, the search may reach a concept again by a cheaper way; optimality needs
admissibility alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import acos, ceil, floor, log, log2, pi
from operator import mul

UNIT = 1 << 20
EPSILON = 2e-6
LEAST_CONFIDENCE = 0.01


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of an arc's cost; each is at least 0.

    Attributes:
        base: paid for every step, so that fewer steps win among equal angles.
        hub: how much dearer it is to step onto a concept related to very many others.
        doubt: paid for weak evidence, times -ln(confidence): along a path these add up to
            the doubt that all its relations hold, were they independent.
        against: paid for a step from a concept to one that it requires.
    """

    base: float = 0.1
    hub: float = 0.25
    doubt: float = 1.0
    against: float = 0.3


def angle_above(cosine: float) -> float:
    """An upper bound of the angle in [0, 1] whose cosine, as computed, is ``cosine``."""
    return acos(max(-1.0, min(1.0, cosine - EPSILON))) / pi


def angle_below(cosine: float) -> float:
    """A lower bound of the angle in [0, 1] whose cosine, as computed, is ``cosine``."""
    return acos(max(-1.0, min(1.0, cosine + EPSILON))) / pi


def arc_cost(
    cosine: float,
    degree: int,
    mean_degree: float,
    confidence: float,
    against: bool,
    weights: Weights,
) -> int:
    """Cost of an arc in units of 2**-20, rounded up.

    Args:
        cosine: of the two ends' vectors, in [-1, 1].
        degree: number of concepts that the arc's head is related to.
        mean_degree: the mean over all concepts, above 0.
        confidence: of the relation, in [0, 1]; below 0.01 it counts as 0.01.
        against: whether the arc leads from a concept to its prerequisite.
        weights: see ``Weights``.
    """
    hub = max(0.0, log2(degree / mean_degree)) if degree and mean_degree else 0.0
    cost = weights.base + angle_above(cosine) * (1 + weights.hub * hub)
    cost -= weights.doubt * log(max(confidence, LEAST_CONFIDENCE))
    cost += weights.against if against else 0.0
    return ceil(cost * UNIT)


def heuristic(vector: Sequence[float], goal: Sequence[float]) -> int:
    """A lower bound of the cost from a concept to the goal, in units of 2**-20."""
    return floor(angle_below(sum(map(mul, vector, goal))) * UNIT)
