"""From relations between numbered concepts to the arrays that are searched."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from waygraph.search.concept_graph import FORMAT, MAGIC, PAGE, PREAMBLE
from waygraph.search.cost import (
    BITS,
    DEAREST,
    UNIT,
    Weights,
    angle_bits,
    arc_costs,
    cover_costs,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


# A hub is related to more concepts than this, and than so many times the mean.
HUB_LEAST = 24
HUB_TIMES = 8

# Linux caches what is written at once in pieces as large as that, and a query that touches one
# byte of a piece has all of it mapped.
_WRITTEN = 1 << 16


@dataclass(frozen=True, slots=True)
class Relations:
    """Relations as columns: the numbers of both ends, confidence, whether it is ``requires``, and
    whether it is loose (see ``cost.Weights``)."""

    subjects: Numbers
    objects: Numbers
    confidences: NDArray[np.float64]
    requires: NDArray[np.bool_]
    loose: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ArcTable:
    """The arcs of a concept graph as columns, by tail, then cost, then head."""

    tails: Numbers
    heads: Numbers
    costs: Numbers


def arcs_of(
    count: int, relations: Relations, sketches: NDArray[np.uint8], weights: Weights
) -> tuple[ArcTable, list[int]]:
    """The arcs between ``count`` concepts, and what angles cost at least (``cover_costs``).

    Every relation can be walked both ways; to walk ``requires`` from a concept to what it
    requires costs more, for one learns in the other direction. Of parallel arcs the cheapest
    stays; a relation of a concept to itself gives none.

    Raises:
        AssertionError: an arc costs less than a step and the angle between its ends, which
            would make the heuristic inadmissible.
    """
    import numpy as np

    proper = np.flatnonzero(relations.subjects != relations.objects)
    one, two = relations.subjects[proper], relations.objects[proper]
    tails, heads = np.concatenate([one, two]), np.concatenate([two, one])
    number = np.concatenate([proper, proper])
    against = relations.requires[number]
    against[len(one) :] = False
    degrees = degrees_of(count, one, two)
    parted = angle_bits(sketches, one, two)
    parted = np.concatenate([parted, parted])
    costs = arc_costs(
        parted,
        degrees[heads],
        float(degrees.mean()) if count else 0.0,
        relations.confidences[number],
        against,
        relations.loose[number],
        weights,
    )
    if (costs < np.minimum((weights.base + parted / BITS) * UNIT, DEAREST)).any():
        raise AssertionError("an arc costs less than a step and the angle between its ends")
    order = np.lexsort((costs, heads, tails))
    ends = tails[order] * count + heads[order]
    first = order[np.flatnonzero(np.diff(ends, prepend=-1))]
    kept = first[np.lexsort((heads[first], costs[first], tails[first]))]
    return ArcTable(tails[kept], heads[kept], costs[kept]), cover_costs(parted[kept], costs[kept])


def degrees_of(count: int, one: Numbers, two: Numbers) -> Numbers:
    """To how many others each of ``count`` concepts is related."""
    import numpy as np

    ends = np.unique(np.minimum(one, two) * count + np.maximum(one, two))
    return np.bincount(np.concatenate([ends // max(1, count), ends % max(1, count)]), None, count)


def pieces_of(count: int, one: Numbers, two: Numbers) -> Numbers:
    """The connected piece of every concept, named by its smallest member."""
    import numpy as np

    pieces = np.arange(count)
    while True:
        smaller = pieces.copy()
        np.minimum.at(smaller, one, pieces[two])
        np.minimum.at(smaller, two, pieces[one])
        smaller = smaller[smaller]
        if (smaller == pieces).all():
            return pieces
        pieces = smaller


def write_arrays(
    path: Path,
    arcs: ArcTable,
    cover: Sequence[int],
    pieces: Numbers,
    sketches: NDArray[np.uint8],
    weights: Weights,
    digest: str,
) -> None:
    """Write everything that a search reads, little-endian, behind a header in JSON.

    Every arc has one that goes back, so that one column of offsets serves both directions.
    """
    import numpy as np

    count = len(pieces)
    degrees = np.bincount(arcs.tails, minlength=count)
    turned = np.lexsort((arcs.tails, arcs.costs, arcs.heads))
    columns = {
        "offsets": np.concatenate([[0], np.cumsum(degrees)]).astype("<u4"),
        "pieces": pieces.astype("<u4"),
        "cover": np.array(cover).astype("<u4"),
        "hubs": _hubs(degrees).astype("<u4"),
        "forward": _packed(arcs.heads, arcs.costs),
        "reverse": _packed(arcs.tails[turned], arcs.costs[turned]),
        "sketches": sketches,
    }

    body = b"".join(column.tobytes() for column in columns.values())
    checksums = [crc32(body[at : at + PAGE]) for at in range(0, len(body), PAGE)]
    header = {
        "format": FORMAT,
        "digest": digest,
        "count": count,
        "least": int(arcs.costs.min()) if len(arcs.costs) else 0,
        "weights": asdict(weights),
        "columns": [(name, column.nbytes) for name, column in columns.items()],
    }
    said = json.dumps(header).encode()
    # the arrays begin where a page of the file does
    said += b" " * (-(PREAMBLE + len(said) + 4 * len(checksums)) % PAGE)
    sizes = np.array([len(said), crc32(said)], "<u4")
    with path.open("wb") as file:
        file.write(MAGIC + sizes.tobytes() + said + np.array(checksums, "<u4").tobytes())
        file.writelines(body[at : at + _WRITTEN] for at in range(0, len(body), _WRITTEN))


def _packed(targets: Numbers, costs: Numbers) -> NDArray[np.void]:
    """Arcs as ``engine.PAIR`` has them."""
    import numpy as np

    pairs = np.empty(len(targets), [("target", "<u4"), ("cost", "<u2")])
    pairs["target"], pairs["cost"] = targets, costs
    return pairs


def _hubs(degrees: Numbers) -> Numbers:
    """Concepts related to so many others that a way through them explains nothing."""
    import numpy as np

    mean = float(degrees.mean()) if len(degrees) else 0.0
    return np.flatnonzero(degrees > max(HUB_LEAST, HUB_TIMES * mean))
