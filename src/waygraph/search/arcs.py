"""From relations between numbered concepts to the arrays that are searched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.search.concept_graph import FORMAT, MAGIC, checksum_of
from waygraph.search.cost import (
    BITS,
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


@dataclass(frozen=True, slots=True)
class Relations:
    """Relations as columns: the numbers of both ends, confidence, whether it is ``requires``."""

    subjects: Numbers
    objects: Numbers
    confidences: NDArray[np.float64]
    requires: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ArcTable:
    """The arcs of a concept graph as columns, by tail and then cost; ``relations`` is whence."""

    tails: Numbers
    heads: Numbers
    costs: Numbers
    relations: Numbers


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
        weights,
    )
    if (costs < weights.base * UNIT + parted * (UNIT // BITS)).any():
        raise AssertionError("an arc costs less than a step and the angle between its ends")
    order = np.lexsort((number, costs, heads, tails))
    ends = tails[order] * count + heads[order]
    first = order[np.flatnonzero(np.diff(ends, prepend=-1))]
    kept = first[np.lexsort((heads[first], costs[first], tails[first]))]
    table = ArcTable(tails[kept], heads[kept], costs[kept], number[kept])
    return table, cover_costs(parted[kept], costs[kept])


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
    digest: str,
) -> None:
    """Write everything that a search reads, little-endian, behind a header in JSON."""
    import numpy as np

    count = len(pieces)
    turned = np.lexsort((arcs.tails, arcs.costs, arcs.heads))

    def offsets(ends: Numbers) -> Numbers:
        return np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=count))])

    numbers = {
        "forward_offsets": offsets(arcs.tails),
        "forward_targets": arcs.heads,
        "forward_costs": arcs.costs,
        "reverse_offsets": offsets(arcs.heads),
        "reverse_targets": arcs.tails[turned],
        "reverse_costs": arcs.costs[turned],
        "relations": arcs.relations,
        "pieces": pieces,
        "cover": np.array(cover),
        "hubs": _hubs(np.diff(offsets(arcs.tails))),
    }

    def parts() -> Iterator[bytes]:
        for column in numbers.values():
            yield column.astype("<u4").tobytes()
        yield sketches.tobytes()

    header = {
        "format": FORMAT,
        "digest": digest,
        "checksum": checksum_of(parts()),
        "least": int(arcs.costs.min()) if len(arcs.costs) else 0,
        "columns": [(name, len(column)) for name, column in numbers.items()],
        "concepts": count,
    }
    head = json.dumps(header).encode()
    head += b" " * (-(len(head) + 16) % 8)
    with path.open("wb") as file:
        file.write(MAGIC + len(head).to_bytes(8, "little") + head)
        file.writelines(parts())


def _hubs(degrees: Numbers) -> Numbers:
    """Concepts related to so many others that a way through them explains nothing."""
    import numpy as np

    mean = float(degrees.mean()) if len(degrees) else 0.0
    return np.flatnonzero(degrees > max(HUB_LEAST, HUB_TIMES * mean))
