"""The values of a compute graph: encoded, by name and address, and what making them took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, overload

from waygraph.codec import decode, encode
from waygraph.compute.graph import Node
from waygraph.errors import StoreError
from waygraph.model import Failure, digest_of

# How many documents go through the operators together.
BATCH = 32
# With so many bytes of documents a batch is full, however few they are: what operators make of
# a document takes tens of times its bytes while they are at it.
BATCH_BYTES = 2 << 20
T = TypeVar("T")


class Home(Protocol):
    """Where encoded values lie until they are needed."""

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The values there are for ``keys``."""


@dataclass(frozen=True, slots=True)
class Item:
    """An encoded value: the digest of its bytes, and where they are, so that a corpus need
    not be held in memory whole."""

    digest: str
    key: str
    home: Home

    @property
    def data(self) -> bytes:
        """The bytes.

        Raises:
            StoreError: they are gone.
        """
        return fetched([self])[0]


class Held:
    """A home in memory, for values that are made anew in every run."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._data = {key: encode(value) for key, value in values.items()}

    def get(self, keys: Sequence[str]) -> dict[str, bytes]:
        """See ``Home.get``."""
        return {key: self._data[key] for key in keys}

    def items(self) -> dict[str, Item]:
        """All values as items, by key."""
        return {key: Item(digest_of(data), key, self) for key, data in self._data.items()}


@dataclass(frozen=True, slots=True)
class NodeRun:
    """What running one node took: items made anew, items taken from the cache, seconds.

    Of the ``seconds``, ``starting`` went into its set-up in this process and ``own`` into
    the operator's function (summed over processes); the rest is the engine's.
    """

    node: Node
    model: str
    computed: int
    cached: int
    seconds: float
    starting: float = 0.0
    own: float = 0.0


@dataclass
class Results:
    """Values by name: per document a dict by address, else one item."""

    per_document: dict[str, dict[str, Item]] = field(default_factory=dict)
    whole: dict[str, Item] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    runs: list[NodeRun] = field(default_factory=list)

    def each(self, name: str, kind: type[T]) -> Iterator[tuple[str, T]]:
        """(address, value) of a per-document value, by address."""
        items = self.per_document[name]
        return ((address, decode(items[address].data, kind)) for address in sorted(items))

    def one(self, name: str, kind: type[T]) -> T:
        """The value for the whole corpus."""
        return decode(self.whole[name].data, kind)


def common(columns: Sequence[Mapping[str, Item]]) -> list[str]:
    """The addresses for which every column has a value, sorted."""
    return sorted(set(columns[0]).intersection(*columns[1:])) if columns else []


def fetched(items: Sequence[Item]) -> list[bytes]:
    """The bytes of items, those of one home fetched together.

    Raises:
        StoreError: some are gone.
    """
    wanted: dict[int, tuple[Home, list[str]]] = {}
    for item in items:
        wanted.setdefault(id(item.home), (item.home, []))[1].append(item.key)
    found = {number: home.get(keys) for number, (home, keys) in wanted.items()}
    try:
        return [found[id(item.home)][item.key] for item in items]
    except KeyError:
        raise StoreError(
            "another waygraph has dropped what this one was reading, for notes have changed",
            "run it again",
        ) from None


class Values(Sequence[Any]):
    """The values of items, decoded each time they are asked for."""

    def __init__(self, items: Sequence[Item], kind: type) -> None:
        self._items, self._kind = items, kind

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Any]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Values(self._items[place], self._kind)
        return decode(self._items[place].data, self._kind)

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), BATCH):
            for data in fetched(self._items[start : start + BATCH]):
                yield decode(data, self._kind)
