"""Concepts by meaning: a FAISS index over the concepts' vectors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.errors import StoreError
from waygraph.search.concept_graph import unwritten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEX = "vectors.faiss"
# Up to so many concepts the index is exact; beyond it keeps a byte a dimension, a quarter.
EXACT = 100_000
# So many vectors tell the range of each dimension.
_TRAINED = 100_000


def build_index(folder: Path, rows: NDArray[np.float32], exact: int = EXACT) -> None:
    """Write an inner-product index of the concepts' unit vectors into ``folder``.

    It is exact for up to ``exact`` concepts. For more, each dimension is rounded to 8 bits
    between its least and its largest value: every concept is still compared.

    Raises:
        StoreError: it cannot be written.
    """
    import faiss

    count, dimensions = rows.shape
    index: faiss.Index
    if count > exact:
        index = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.train(rows[:: -(-count // _TRAINED)])
    else:
        index = faiss.IndexFlatIP(max(1, dimensions))
    if count:
        index.add(rows)
    new = folder / (INDEX + ".new")
    try:
        faiss.write_index(index, str(new))
        new.replace(folder / INDEX)
    except (OSError, RuntimeError) as error:
        raise unwritten(folder / INDEX, _said(error)) from None


def has_index(folder: Path, count: int, dimensions: int) -> bool:
    """Whether there is an index long enough for so many vectors."""
    file = folder / INDEX
    bytes_each = 4 if count <= EXACT else 1
    return file.exists() and file.stat().st_size > bytes_each * count * dimensions


def nearest_concepts(folder: Path, vector: np.ndarray, count: int) -> list[tuple[int, float]]:
    """The ``count`` concepts nearest to a unit vector: (concept, cosine), nearest first.

    Raises:
        StoreError: the index is missing or cannot be read.
    """
    import faiss
    import numpy as np

    try:
        index = faiss.read_index(str(folder / INDEX))
    except RuntimeError as error:
        raise StoreError(
            f"cannot use the vector index {folder / INDEX}: {_said(error)}",
            f"remove {folder}, and `waygraph ingest` makes it anew",
        ) from None
    if not index.ntotal:  # an empty index has no dimensions of its own
        return []
    cosines, numbers = index.search(np.asarray(vector, dtype=np.float32).reshape(1, -1), count)
    pairs = [(int(n), float(c)) for n, c in zip(numbers[0], cosines[0], strict=True) if n >= 0]
    return sorted(pairs, key=lambda pair: (-round(pair[1], 5), pair[0]))


def _said(error: Exception) -> str:
    """What faiss says without the name and place of its function."""
    return str(error).rpartition("failed: ")[2]
