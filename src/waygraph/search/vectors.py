"""Concepts by meaning: a FAISS index over the concepts' vectors."""

from __future__ import annotations

from os import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from waygraph.errors import StoreError
from waygraph.search.concept_graph import unwritten

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEX = "vectors.faiss"
# Up to so many concepts the index is exact; beyond it keeps a byte a dimension, a quarter.
EXACT = 100_000
# Bytes behind the index, its CRC-32; so many are read at once to compare.
_CHECKSUM = 4
_PIECE = 1 << 20
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
        # what is behind the index is none of its business
        with new.open("ab") as file:
            file.write(checksum_of(new, 0).to_bytes(_CHECKSUM, "little"))
        new.replace(folder / INDEX)
    except (OSError, RuntimeError) as error:
        raise unwritten(folder / INDEX, _said(error)) from None


def has_index(folder: Path, count: int, dimensions: int) -> bool:
    """Whether there is an index long enough for so many vectors, as it was written."""
    file = folder / INDEX
    bytes_each = 4 if count <= EXACT else 1
    if not file.exists() or file.stat().st_size <= bytes_each * count * dimensions:
        return False
    try:
        check_index(folder)
    except StoreError:
        return False
    return True


def check_index(folder: Path) -> None:
    """See that the index is as it was written.

    Raises:
        StoreError: it is not, or it is missing.
    """
    file = folder / INDEX
    try:
        with file.open("rb") as opened:
            opened.seek(-_CHECKSUM, SEEK_END)
            written = int.from_bytes(opened.read(), "little")
        if checksum_of(file, _CHECKSUM) != written:
            raise ValueError("it was damaged")
    except (OSError, ValueError) as error:
        raise _unusable(folder, str(error)) from None


def checksum_of(file: Path, left: int) -> int:
    """The CRC-32 of a file without its last ``left`` bytes, a piece at a time."""
    found, rest = 0, file.stat().st_size - left
    with file.open("rb") as opened:
        while rest:
            data = opened.read(min(rest, _PIECE))
            if not data:
                raise ValueError("it was cut short")
            found, rest = crc32(data, found), rest - len(data)
    return found


def _unusable(folder: Path, said: str) -> StoreError:
    return StoreError(
        f"cannot use the vector index {folder / INDEX}: {said}",
        f"remove {folder}, and `waygraph ingest` makes it anew",
    )


def nearest_concepts(folder: Path, vector: np.ndarray, count: int) -> list[tuple[int, float]]:
    """The ``count`` concepts nearest to a unit vector: (concept, cosine), nearest first.

    Raises:
        StoreError: the index is missing or cannot be read.
    """
    import faiss
    import numpy as np

    check_index(folder)
    try:
        index = faiss.read_index(str(folder / INDEX))
    except RuntimeError as error:
        raise _unusable(folder, _said(error)) from None
    if not index.ntotal:  # an empty index has no dimensions of its own
        return []
    cosines, numbers = index.search(np.asarray(vector, dtype=np.float32).reshape(1, -1), count)
    pairs = [(int(n), float(c)) for n, c in zip(numbers[0], cosines[0], strict=True) if n >= 0]
    return sorted(pairs, key=lambda pair: (-round(pair[1], 5), pair[0]))


def _said(error: Exception) -> str:
    """What faiss says without the name and place of its function."""
    return str(error).rpartition("failed: ")[2]
