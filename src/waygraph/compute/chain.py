"""Operators over documents, one after another on each batch.

What one made of a batch is still in memory when the next one takes it. A stage is an
iterator over batches that pulls them through the stage before it, so an executor that
works on several tasks at a time has several batches in its hands.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from waygraph.compute.cache import Cache
from waygraph.compute.execute import Executor, Outcome, Shared, Task
from waygraph.compute.graph import Node
from waygraph.compute.values import BATCH, BATCH_BYTES, Item, NodeRun, Results, common, fetched
from waygraph.model import Failure, digest_of

Progress = Callable[[str, int, int], None]


def run_chain(
    nodes: Sequence[tuple[Node, str, str]],
    results: Results,
    cache: Cache,
    executor: Executor,
    progress: Progress,
) -> Iterator[tuple[int, int]]:
    """Run per-document nodes, each with its models and its stamp, and add to ``results``.

    What is in the cache is taken from there; the documents that are left go through the
    nodes batch by batch. Before the first and after each gives how many documents there were
    at first for operators that load models, and how many documents are through.
    """
    clock = _Clock()
    stages = [_Stage(node, stamp, results, cache, clock) for node, _, stamp in nodes]
    waiting: dict[str, set[str]] = {}
    for stage in stages:
        waiting[stage.node.name] = stage.recall(waiting)
    left = sorted(set().union(*waiting.values()))
    stream = _batches(left, *stages[0].first)
    for stage in stages:
        if stage.waiting:
            stream = stage.work(stream, executor, progress)
    loading = [len(stage.waiting) for stage in stages if stage.node.operator.setup]
    waited = max(loading, default=0)
    executor.expect(waited)
    through = 0
    yield waited, through
    for batch in stream:
        clock.turn("")
        through += len(batch.addresses)
        yield waited, through
    clock.turn("")
    for stage, (_, model, _) in zip(stages, nodes, strict=True):
        results.runs.append(stage.finish(model, results))


class _Clock:
    """Seconds by name: it runs for whoever turned it to itself last."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name, self._since = "", time.perf_counter()

    def turn(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now


@dataclass
class _Batch:
    """Addresses, and those encoded values of theirs that a stage had in its hands."""

    addresses: list[str]
    data: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def column(self, name: str, items: Mapping[str, Item], rows: Sequence[str]) -> list[bytes]:
        """The encoded values of ``rows``; what is not at hand is fetched."""
        absent = [a for a in rows if (name, a) not in self.data]
        for address, data in zip(absent, fetched([items[a] for a in absent]), strict=True):
            self.data[name, address] = data
        return [self.data[name, a] for a in rows]


def _batches(addresses: Sequence[str], name: str, items: Mapping[str, Item]) -> Iterator[_Batch]:
    """The documents in order, as many together as may be, with their values of that ``name``."""
    batch, size = _Batch([]), 0
    for address in addresses:
        data = fetched([items[address]])[0] if address in items else b""
        full = len(batch.addresses) >= BATCH or size + len(data) > BATCH_BYTES
        if full and batch.addresses:
            yield batch
            batch, size = _Batch([]), 0
        batch.addresses.append(address)
        if data:
            batch.data[name, address] = data
        size += len(data)
    if batch.addresses:
        yield batch


class _Stage:
    """A node in its chain; ``waiting`` are the documents that it has not come to yet."""

    def __init__(
        self, node: Node, stamp: str, results: Results, cache: Cache, clock: _Clock
    ) -> None:
        self.node, self._stamp = node, stamp
        self._cache, self._clock = cache, clock
        self._columns = {
            p.name: results.per_document[p.name] for p in node.operator.inputs if p.per_document
        }
        self._whole = {
            p.name: results.whole[p.name] for p in node.operator.inputs if not p.per_document
        }
        # what the stages before make of a batch is seen here at once
        self._items = results.per_document[node.name] = {}
        self.waiting: set[str] = set()
        self._failed: dict[str, str] = {}
        self._computed = 0
        self._starting = self._own = 0.0

    @property
    def first(self) -> tuple[str, Mapping[str, Item]]:
        """The name and the values of its first input per document."""
        return next(iter(self._columns.items()))

    def recall(self, waiting: Mapping[str, set[str]]) -> set[str]:
        """Take what the cache has. Gives the other documents.

        Args:
            waiting: the documents that stages before have not come to yet, by node.
        """
        self._clock.turn(self.node.name)
        inputs = [self._columns[name].keys() | waiting.get(name, ()) for name in self._columns]
        ready = common(list(self._columns.values()))
        self.waiting = set(inputs[0]).intersection(*inputs[1:]) - set(ready)
        self.waiting.update(self._take(ready))
        return self.waiting

    def _take(self, addresses: Sequence[str]) -> dict[str, str]:
        """Take what the cache has; the keys of the documents for which it has nothing."""
        keys = {a: self._key(a) for a in addresses}
        found = self._cache.digests(list(keys.values()))
        for address, key in keys.items():
            if key in found:
                self._items[address] = Item(found[key], key, self._cache)
        return {a: key for a, key in keys.items() if key not in found}

    def _key(self, address: str) -> str:
        inputs = self.node.operator.inputs
        items = (
            self._columns[p.name][address] if p.per_document else self._whole[p.name]
            for p in inputs
        )
        return digest_of(self._stamp, *(item.digest for item in items))

    def work(
        self, batches: Iterator[_Batch], executor: Executor, progress: Progress
    ) -> Iterator[_Batch]:
        """Do what is left of every batch, which is then the next stage's."""
        going: deque[tuple[_Batch, dict[str, str]]] = deque()
        total, done = len(self.waiting), 0
        progress(self.node.name, 0, total)
        for outcomes in executor.map(self._tasks(batches, going, executor)):
            self._clock.turn(self.node.name)
            # batches for which there was nothing to do go before
            while not going[0][1]:
                yield going.popleft()[0]
                self._clock.turn(self.node.name)
            batch, keys = going.popleft()
            self._keep(batch, keys, outcomes)
            done += len(keys)
            progress(self.node.name, done, total)
            yield batch
        for batch, _ in going:
            yield batch

    def _tasks(
        self,
        batches: Iterator[_Batch],
        going: deque[tuple[_Batch, dict[str, str]]],
        executor: Executor,
    ) -> Iterator[Task]:
        """The task of every batch for which there is one; ``going`` gets all batches, with the
        keys of the documents that are worked on."""
        whole = {name: Shared(item.digest, item.data) for name, item in self._whole.items()}
        started = False
        for batch in batches:
            self._clock.turn(self.node.name)
            rows = [a for a in batch.addresses if a in self.waiting]
            keys = self._take([a for a in rows if all(a in c for c in self._columns.values())])
            going.append((batch, keys))
            if not keys:
                continue
            if not started:
                begin = time.perf_counter()
                executor.start(self.node.use, self.node.settings)
                self._starting, started = time.perf_counter() - begin, True
            inputs = (
                batch.column(p.name, self._columns[p.name], list(keys))
                if p.per_document
                else whole[p.name]
                for p in self.node.operator.inputs
            )
            yield Task(self.node.use, dict(self.node.settings), tuple(inputs), len(keys))

    def _keep(self, batch: _Batch, keys: Mapping[str, str], outcomes: Sequence[Outcome]) -> None:
        """Put the outcomes of a batch into the cache, for good."""
        pairs = list(zip(keys, outcomes, strict=True))
        self._failed.update((a, o.error) for a, o in pairs if o.error)
        made = {a: o.data for a, o in pairs if not o.error}
        digests = self._cache.put({keys[a]: data for a, data in made.items()})
        for address, data in made.items():
            self._items[address] = Item(digests[keys[address]], keys[address], self._cache)
            batch.data[self.node.name, address] = data
        self._computed += len(pairs)
        self._own += sum(o.seconds for o in outcomes)

    def finish(self, model: str, results: Results) -> NodeRun:
        """Put the values in order, and tell what failed and what it took."""
        results.failures += [Failure(a, self._failed[a]) for a in sorted(self._failed)]
        results.per_document[self.node.name] = dict(sorted(self._items.items()))
        cached = len(self._items) + len(self._failed) - self._computed
        seconds = self._clock.seconds[self.node.name]
        return NodeRun(self.node, model, self._computed, cached, seconds, self._starting, self._own)
