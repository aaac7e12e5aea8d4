"""What a step costs, and the heuristic that never overrates what is left.

**Angle.** ``BITS`` fixed random hyperplanes through the origin cut the space of embeddings; a
concept's *sketch* says on which side of each its vector lies. The angle ``ang(u, v)`` between
two concepts is the share of hyperplanes that part them, in [0, 1]. Its expectation over
hyperplanes is ``arccos(cos(u, v)) / pi`` (Goemans and Williamson 1995; Charikar 2002), its
standard error at most 0.5 / sqrt(BITS) = 0.026. It is a Hamming distance, hence a metric, in
whole numbers: no rounding can spoil the proof, equal vectors have angle 0, and it is had from
two words of a file by one exclusive-or, where the product of two vectors costs forty times as
much. (Cosine *distance* would break the proof: it is no metric.)

**Cost.** An arc from u to v costs, in whole units of 2**-12, rounded up, and at most 16,

    base + ang(u, v) * (1 + hub * max(0, log2(degree(v) / mean degree)))
         - doubt * ln(confidence) + against (if the arc goes against a prerequisite)
         + loose * (1 - confidence) (if no typed relation joins the two, or one merely helps)

All terms are non-negative, so it costs at least ``base + ang(u, v)``; the compiler asserts it.
Two bytes hold it, which keeps a million concepts' arcs small. What is proven is proven of these
whole numbers: rounding and the upper limit are part of what an arc costs.

**Heuristic.** Let ``least(x)`` be the least cost of any sequence of the graph's arcs whose
angles add up to x or more (``cover_costs``). Then ``h(n) = least(ang(n, goal))`` is

- admissible: along a path n = v0, ..., vk = goal the angles add up to at least ang(n, goal) by
  the triangle inequality, so the path is one of the sequences that ``least`` ranges over;
- consistent: for an arc (u, v) of angle a and cost c, ang(u, goal) <= a + ang(v, goal), and the
  arc put before the cheapest sequence for v covers that, so h(u) <= c + h(v).

So A* is optimal, and without expanding a concept twice (Hart, Nilsson and Raphael 1968; Russell
and Norvig, Artificial Intelligence, section 3.5). No heuristic that knows only the angle and
the graph's arcs can be larger: in particular it is at least ``ang + base * ceil(ang / amax)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from waygraph.strength import HELPS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNIT = 1 << 12
BITS = 384
WIDTH = BITS // 8
LEAST_CONFIDENCE = 0.01
DEAREST = (1 << 16) - 1  # what an arc costs at most
UNREACHABLE = (1 << 32) - 1  # what no path costs


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of an arc's cost; each is at least 0.

    Attributes:
        base: paid for every step, so that fewer steps win among equal angles.
        hub: how much dearer it is to step onto a concept related to very many others.
        doubt: paid for weak evidence, times -ln(confidence): along a path these add up to
            the doubt that all its relations hold, were they independent.
        against: paid for a step from a concept to one that it requires.
        loose: paid, the less sure the more, where two merely stand together in the notes
            ("related") or the one merely helps with the other: a way of such steps alone
            loses against any of typed ones.
    """

    base: float = 0.1
    hub: float = 0.25
    doubt: float = 1.0
    against: float = 0.3
    loose: float = 2.0


def sketch_vectors(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Sketches of unit vectors: shape (count, WIDTH), a bit for each hyperplane.

    Vectors and hyperplanes are rounded to whole numbers so small that float32 holds every sum
    exactly: the sketch of a vector is the same on every machine.
    """
    import hashlib

    import numpy as np

    count, dimensions = rows.shape
    stream = hashlib.shake_256(b"waygraph hyperplanes").digest(BITS * dimensions)
    planes = np.frombuffer(stream, np.int8).reshape(dimensions, BITS).astype(np.float32)
    sketches = np.empty((count, WIDTH), np.uint8)
    for start in range(0, count, 1 << 14):
        whole = np.rint(rows[start : start + (1 << 14)] * 127)
        sketches[start : start + (1 << 14)] = np.packbits(whole @ planes > 0, axis=1)
    return sketches


def angle_bits(
    sketches: NDArray[np.uint8], one: NDArray[np.integer], two: NDArray[np.integer]
) -> NDArray[np.int64]:
    """How many hyperplanes part each pair of concepts, 0 to BITS."""
    import numpy as np

    parted = np.zeros(len(one), np.int64)
    for start in range(0, len(one), 1 << 18):
        part = slice(start, start + (1 << 18))
        parted[part] = np.bitwise_count(sketches[one[part]] ^ sketches[two[part]]).sum(axis=1)
    return parted


def arc_costs(
    parted: NDArray[np.int64],
    degrees: NDArray[np.int64],
    mean_degree: float,
    confidences: NDArray[np.float64],
    against: NDArray[np.bool_],
    loose: NDArray[np.bool_],
    weights: Weights,
) -> NDArray[np.int64]:
    """Costs of arcs in units of 2**-12, rounded up, at most ``DEAREST``.

    Args:
        parted: of each arc's ends, see ``angle_bits``.
        degrees: how many concepts each arc's head is related to.
        mean_degree: the mean over all concepts.
        confidences: of the relations, in [0, 1]; below 0.01 they count as 0.01.
        against: whether an arc leads from a concept to its prerequisite.
        loose: whether its relation is of no type, or a prerequisite that merely helps.
        weights: see ``Weights``.
    """
    import numpy as np

    hub = np.log2(np.maximum(1.0, degrees / mean_degree if mean_degree else 1.0))
    cost = weights.base + parted / BITS * (1 + weights.hub * hub)
    cost -= weights.doubt * np.log(np.maximum(confidences, LEAST_CONFIDENCE))
    cost += weights.against * against + weights.loose * loose * (1 - confidences)
    return np.minimum(np.ceil(cost * UNIT), DEAREST).astype(np.int64)


def is_loose(predicate: str, strength: str) -> bool:
    """Whether a relation is of no type, or a prerequisite that merely helps."""
    return predicate == "related" or strength == HELPS


def evidence_cost(confidence: float, against: bool, loose: bool, weights: Weights) -> float:
    """What of an arc's cost is its relation's, not its ends': see ``arc_costs``."""
    doubt = -math.log(max(confidence, LEAST_CONFIDENCE))
    return (
        weights.doubt * doubt + weights.against * against + weights.loose * loose * (1 - confidence)
    )


def cover_costs(parted: NDArray[np.int64], costs: NDArray[np.int64]) -> list[int]:
    """``least(x)`` for x of 0 to BITS hyperplanes: see the module's heuristic.

    UNREACHABLE where no arc parts anything.
    """
    import numpy as np

    single = np.full(BITS + 1, UNREACHABLE, np.int64)
    np.minimum.at(single, parted, costs)
    single = np.minimum.accumulate(single[::-1])[::-1]  # of arcs that part as many or more
    least = np.zeros(BITS + 1, np.int64)
    for x in range(1, BITS + 1):
        least[x] = min(UNREACHABLE, (single[1 : x + 1] + least[x - 1 :: -1]).min())
    return [int(cost) for cost in least]


class Sketches(Protocol):
    """The sketches of all concepts, WIDTH bytes each."""

    def __getitem__(self, place: slice, /) -> bytes | memoryview: ...


def estimator(sketches: Sketches, cover: Sequence[int], goal: int) -> Callable[[int], int]:
    """The heuristic h: from a concept to a lower bound of its cost to ``goal``.

    Args:
        sketches: of all concepts, WIDTH bytes each.
        cover: see ``cover_costs``.
        goal: a concept.
    """
    number = int.from_bytes
    aim = number(sketches[goal * WIDTH : (goal + 1) * WIDTH], "little")

    known: dict[int, int] = {}

    def estimate(concept: int) -> int:
        found = known.get(concept)
        if found is None:
            at = concept * WIDTH
            parted = (number(sketches[at : at + WIDTH], "little") ^ aim).bit_count()
            found = known[concept] = cover[parted]
        return found

    return estimate
