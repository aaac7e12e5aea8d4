"""Running a compute graph: cached by content, batched, resumable, the same on any executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, TypeVar, overload

import msgspec

from waygraph.codec import decode, encode
from waygraph.compute.cache import Cache
from waygraph.compute.execute import Executor, Shared, Task, keywords
from waygraph.compute.graph import ComputeGraph, Node
from waygraph.errors import OperatorFailure, WaygraphError
from waygraph.model import Failure, digest_of

BATCH = 32
Progress = Callable[[str, int, int], None]
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
        """The bytes."""
        return self.home.get([self.key])[self.key]


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


def _fetched(items: Sequence[Item]) -> list[bytes]:
    """The bytes of items, those of one home fetched together."""
    wanted: dict[int, tuple[Home, list[str]]] = {}
    for item in items:
        wanted.setdefault(id(item.home), (item.home, []))[1].append(item.key)
    found = {number: home.get(keys) for number, (home, keys) in wanted.items()}
    return [found[id(item.home)][item.key] for item in items]


class _Values(Sequence[Any]):
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
            return _Values(self._items[place], self._kind)
        return decode(self._items[place].data, self._kind)

    def __iter__(self) -> Iterator[Any]:
        for start in range(0, len(self), BATCH):
            for data in _fetched(self._items[start : start + BATCH]):
                yield decode(data, self._kind)


@dataclass
class _Tools:
    cache: Cache
    name: str
    progress: Progress

    def recall(self, keys: Sequence[str]) -> dict[str, bytes]:
        return self.cache.get(keys)

    def remember(self, values: Mapping[str, bytes]) -> None:
        self.cache.put(values)

    def advance(self, done: int, total: int) -> None:
        self.progress(self.name, done, total)


def run(
    graph: ComputeGraph,
    given: Mapping[str, Mapping[str, Item] | Item],
    cache: Cache,
    executor: Executor,
    progress: Progress,
) -> Results:
    """Run every node of the graph.

    Args:
        graph: a checked compute graph.
        given: the values there from the start, by name: one per document by address, or one
            for the whole corpus.
        cache: where results are looked up and kept, batch by batch.
        executor: where per-document operators run; operators over the corpus run here.
        progress: called with (node name, items done, items in all).

    A document on which an operator fails is left out from there on and listed in
    ``Results.failures``. Values do not depend on the executor or on what was cached.

    Raises:
        OperatorFailure: an operator over the whole corpus failed, or a worker died.
        ComputeGraphError: an operator cannot run at all, say for want of its model.
    """
    results = Results()
    for _ in steps(graph, given, cache, executor, progress, results):
        pass
    return results


def steps(
    graph: ComputeGraph,
    given: Mapping[str, Mapping[str, Item] | Item],
    cache: Cache,
    executor: Executor,
    progress: Progress,
    results: Results,
) -> Iterator[Results]:
    """``run`` into ``results``, which it gives after each node.

    So that what a node gave can be used while the next one works.
    """
    for name, values in given.items():
        if isinstance(values, Item):
            results.whole[name] = values
        else:
            results.per_document[name] = dict(sorted(values.items()))
    for node in graph.nodes:
        start = time.perf_counter()
        model = node.operator.model(node.settings)
        stamp = digest_of(node.use, node.operator.version, model, _canonical(node.settings))
        work = _run_per_document if node.operator.output.per_document else _run_whole
        done = work(node, stamp, results, cache, executor, progress)
        seconds = time.perf_counter() - start
        results.runs.append(NodeRun(node, model, seconds=seconds, **asdict(done)))
        yield results


@dataclass(frozen=True, slots=True)
class _Work:
    computed: int
    cached: int
    starting: float = 0.0
    own: float = 0.0


def _canonical(settings: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(dict(sorted(settings.items())))


def _common(columns: Sequence[Mapping[str, Item]]) -> list[str]:
    """The addresses for which every column has a value, sorted."""
    return sorted(set(columns[0]).intersection(*columns[1:])) if columns else []


def _run_per_document(
    node: Node,
    stamp: str,
    results: Results,
    cache: Cache,
    executor: Executor,
    progress: Progress,
) -> _Work:
    ports = node.operator.inputs
    inputs = [
        results.per_document[p.name] if p.per_document else results.whole[p.name] for p in ports
    ]
    addresses = _common([column for column in inputs if isinstance(column, dict)])
    keys = {
        address: digest_of(
            stamp, *(i[address].digest if isinstance(i, dict) else i.digest for i in inputs)
        )
        for address in addresses
    }
    found = cache.digests(list(keys.values()))
    missing = [address for address in addresses if keys[address] not in found]
    batches = [missing[i : i + BATCH] for i in range(0, len(missing), BATCH)]
    shared = {
        p.name: Shared(i.digest, i.data)
        for p, i in zip(ports, inputs, strict=True)
        if isinstance(i, Item) and missing
    }

    def tasks() -> Iterator[Task]:
        for batch in batches:
            yield Task(
                node.use,
                dict(node.settings),
                tuple(
                    _fetched([i[a] for a in batch]) if isinstance(i, dict) else shared[p.name]
                    for p, i in zip(ports, inputs, strict=True)
                ),
                len(batch),
            )

    failed: dict[str, str] = {}
    done = 0
    starting = own = 0.0
    if missing:
        progress(node.name, 0, len(missing))
        begin = time.perf_counter()
        executor.start(node.use, node.settings)
        starting = time.perf_counter() - begin
        for batch, outcomes in zip(batches, executor.map(tasks()), strict=True):
            pairs = list(zip(batch, outcomes, strict=True))
            failed.update((a, o.error) for a, o in pairs if o.error)
            found.update(cache.put({keys[a]: o.data for a, o in pairs if not o.error}))
            done += len(batch)
            own += sum(o.seconds for o in outcomes)
            progress(node.name, done, len(missing))
    results.failures += [Failure(address, failed[address]) for address in sorted(failed)]
    results.per_document[node.name] = {
        a: Item(found[keys[a]], keys[a], cache) for a in addresses if a not in failed
    }
    return _Work(len(missing), len(addresses) - len(missing), starting, own)


def _run_whole(
    node: Node,
    stamp: str,
    results: Results,
    cache: Cache,
    _executor: Executor,
    progress: Progress,
) -> _Work:
    digests: list[str] = []
    ports = node.operator.inputs
    addresses = _common([results.per_document[p.name] for p in ports if p.per_document])
    for port in ports:
        if port.per_document:
            items = results.per_document[port.name]
            pairs = ((address, items[address].digest) for address in addresses)
            digests.append(digest_of(*(part for pair in pairs for part in pair)))
        else:
            digests.append(results.whole[port.name].digest)
    key = digest_of(stamp, *digests)
    found = cache.digests([key])
    work = _Work(0, 1)
    if key not in found:
        progress(node.name, 0, 1)
        data, work = _call_whole(node, addresses, results, _Tools(cache, node.name, progress))
        found = cache.put({key: data})
        progress(node.name, 1, 1)
    results.whole[node.name] = Item(found[key], key, cache)
    return work


def _call_whole(
    node: Node, addresses: Sequence[str], results: Results, tools: _Tools
) -> tuple[bytes, _Work]:
    arguments: list[Any] = []
    for port in node.operator.inputs:
        if port.per_document:
            items = results.per_document[port.name]
            arguments.append(_Values([items[a] for a in addresses], port.type))
        else:
            arguments.append(results.one(port.name, port.type))
    begin = time.perf_counter()
    settings = keywords(node.operator, node.use, node.settings)
    starting = time.perf_counter() - begin
    if node.operator.wants_tools:
        settings["tools"] = tools
    try:
        value = node.operator.function(*arguments, **settings)
        own = time.perf_counter() - begin - starting
        return encode(value), _Work(1, 0, starting, own)
    except WaygraphError:
        raise
    except Exception as error:
        raise OperatorFailure(
            f"operator {node.use!r} failed: {type(error).__name__}: {error}",
            "report this with the notes that provoke it; what was there before is unchanged",
        ) from error
