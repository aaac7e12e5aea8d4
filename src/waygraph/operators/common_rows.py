"""What the rows of sparse matrices have in common, for many pairs of rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Places = NDArray[np.int64]
    Column = NDArray[np.float64]

# Pairs of rows that are held in memory at a time.
_AT_ONCE = 20_000


def places(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, int], Places, Places]:
    """A number for each name in the pairs, by the alphabet, and the numbers of both sides."""
    number = {name: i for i, name in enumerate(sorted({name for pair in pairs for name in pair}))}
    left, right = (
        np.fromiter((number[pair[side]] for pair in pairs), np.int64, len(pairs)) for side in (0, 1)
    )
    return number, left, right


def sparse(rows: Sequence[Mapping[str, float]], columns: Mapping[str, int]) -> csr_array:
    """A matrix with the numbers of each row; names that are no column are left out.

    Sums over it run in the order of the columns, whatever the order of a row.
    """
    from scipy.sparse import csr_array

    begins, at, values = [0], list[int](), list[float]()
    for row in rows:
        found = sorted((columns[name], value) for name, value in row.items() if name in columns)
        at += [column for column, _ in found]
        values += [value for _, value in found]
        begins.append(len(at))
    shape = (len(rows), len(columns))
    return csr_array((np.array(values, dtype=np.float64), np.array(at, np.int64), begins), shape)


def products(
    one: csr_array, two: csr_array, left: Places, right: Places
) -> Iterator[tuple[Column, Column]]:
    """For some pairs at a time, the sum and the greatest of the products of two rows.

    Row ``left[i]`` of ``one`` is taken with row ``right[i]`` of ``two``, number by number.
    """
    for start in range(0, len(left), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        found = one[left[part]].multiply(two[right[part]]).tocsr()
        yield found.sum(axis=1), found.max(axis=1).toarray()


def sums(one: csr_array, two: csr_array, left: Places, right: Places) -> Column:
    """The sum of the products of each pair of rows; shape (pairs,)."""
    found = [total for total, _ in products(one, two, left, right)]
    return np.concatenate(found) if found else np.zeros(0)
