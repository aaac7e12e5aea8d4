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
# Of more numbers a row is long: so many pairs of others take some hundred megabytes.
_LONG = 500


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


def products(one: csr_array, two: csr_array, left: Places, right: Places) -> tuple[Column, Column]:
    """For each pair of rows, the sum and the greatest of their products, number by number.

    Row ``left[i]`` of ``one`` is taken with row ``right[i]`` of ``two``.
    """
    total, greatest = np.zeros(len(left)), np.zeros(len(left))
    if not one.shape[1]:
        return total, greatest  # no column at all, of which there is no greatest
    for pairs, found in _multiplied(one, two, left, right):
        total[pairs], greatest[pairs] = found.sum(axis=1), found.max(axis=1).toarray()
    return total, greatest


def _multiplied(
    one: csr_array, two: csr_array, left: Places, right: Places
) -> Iterator[tuple[Places, csr_array]]:
    """Some pairs at a time, as places in ``left`` and ``right``, with the products of their rows.

    A row that is long and in many pairs, as of a page that names thousands of concepts, is not
    copied for each: the other's numbers are looked up in it.
    """
    lengths = np.diff(one.indptr)[left], np.diff(two.indptr)[right]
    is_long = np.maximum(*lengths) > _LONG
    for pairs in _parts(np.flatnonzero(~is_long)):
        yield pairs, one[left[pairs]].multiply(two[right[pairs]]).tocsr()
    longer_left = lengths[0] >= lengths[1]
    sides = (one, left, two, right, longer_left), (two, right, one, left, ~longer_left)
    for longer, rows, other, others, chosen in sides:
        pairs = np.flatnonzero(is_long & chosen)
        pairs = pairs[np.argsort(rows[pairs], kind="stable")]
        for same in np.split(pairs, np.flatnonzero(np.diff(rows[pairs])) + 1):
            for part in _parts(same):
                row = longer[rows[part[:1]]]
                known = np.zeros(longer.shape[1])
                known[row.indices] = row.data
                found = other[others[part]]
                found.data *= known[found.indices]
                found.eliminate_zeros()
                yield part, found


def _parts(pairs: Places) -> Iterator[Places]:
    for start in range(0, len(pairs), _AT_ONCE):
        yield pairs[start : start + _AT_ONCE]


def sums(one: csr_array, two: csr_array, left: Places, right: Places) -> Column:
    """The sum of the products of each pair of rows; shape (pairs,)."""
    return products(one, two, left, right)[0]
