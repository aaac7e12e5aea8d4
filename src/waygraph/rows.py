"""Very many small values as rows of bytes, each made when it is asked for.

A large note has a million words, and as objects they would take two hundred bytes each.
"""

from __future__ import annotations

import struct
from abc import abstractmethod
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Self, TypeVar, overload

R = TypeVar("R")
# Start, end, place of the kind among the kinds: little-endian everywhere, as the bytes are kept.
ROW = struct.Struct("<III")


class Rows(Sequence[R]):
    """Spans of a kind each, in text order. A frozen dataclass says what the kinds are.

    Its fields are ``rows``, each a start, an end and the place of its kind in ``kinds``, and
    ``kinds``, sorted, none without a row: so equal values have equal bytes.
    """

    __slots__ = ()
    rows: bytes
    kinds: tuple[Any, ...]

    def __init__(self, rows: bytes = b"", kinds: tuple[Any, ...] = ()) -> None:
        raise NotImplementedError  # each has its own

    @staticmethod
    @abstractmethod
    def _made(start: int, end: int, kind: Any) -> R:
        """The value of a row."""

    @staticmethod
    @abstractmethod
    def _row(value: R) -> tuple[int, int, Hashable]:
        """The start, the end and the kind of a value."""

    @classmethod
    def of(cls, values: Iterable[R]) -> Self:
        """These values."""
        found = [cls._row(value) for value in values]
        kinds: tuple[Any, ...] = tuple(sorted({kind for _, _, kind in found}))
        number = {kind: i for i, kind in enumerate(kinds)}
        return cls(b"".join(ROW.pack(a, b, number[kind]) for a, b, kind in found), kinds)

    def __len__(self) -> int:
        return len(self.rows) // ROW.size

    @overload
    def __getitem__(self, place: int) -> R: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[R]: ...
    def __getitem__(self, place: int | slice) -> R | Sequence[R]:
        if isinstance(place, slice):
            return [self[i] for i in range(len(self))[place]]
        at = place if place >= 0 else len(self) + place
        if not 0 <= at < len(self):
            raise IndexError(place)
        start, end, kind = ROW.unpack_from(self.rows, at * ROW.size)
        return self._made(start, end, self.kinds[kind])

    def __iter__(self) -> Iterator[R]:
        made, kinds = self._made, self.kinds
        for start, end, kind in ROW.iter_unpack(self.rows):
            yield made(start, end, kinds[kind])
