"""Running a compute graph: cached by content, batched, resumable, the same on any executor."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from threading import Event
from typing import Any, Self

import msgspec

from waygraph.codec import decode, encode
from waygraph.compute.cache import LASTING, Cache
from waygraph.compute.chain import Progress, run_chain
from waygraph.compute.execute import Executor, keywords, wanted
from waygraph.compute.graph import ComputeGraph, Node
from waygraph.compute.pool import given_back
from waygraph.compute.values import Held, Item, NodeRun, Results, Values, common
from waygraph.errors import OperatorFailure, WaygraphError
from waygraph.model import digest_of

Stamped = tuple[Node, str, str]  # a node, its models, its stamp


@dataclass
class _Tools:
    cache: Cache
    name: str
    progress: Progress
    stopped: Event
    sparing: bool = False

    def recall(self, keys: Sequence[str]) -> dict[str, bytes]:
        found = self.cache.get([LASTING + key for key in keys])
        return {key.removeprefix(LASTING): value for key, value in found.items()}

    def remember(self, values: Mapping[str, bytes]) -> None:
        self.cache.put({LASTING + key: value for key, value in values.items()})

    def advance(self, done: int, total: int) -> None:
        if self.stopped.is_set():
            raise _Stopped
        self.progress(self.name, done, total)


class _Stopped(Exception):
    """Raised in an operator that runs beside others when nobody waits for it any more."""


class _Beside:
    """Operators that run in a thread of their own, one after another."""

    def __init__(self, graph: ComputeGraph, results: Results) -> None:
        self._unloaded = [
            partial(ahead, **wanted(ahead, node.settings))
            for node in graph.nodes
            if (ahead := node.operator.ahead)
        ]
        self.stopped, self._known = Event(), Event()
        self._results = results
        self._pool = ThreadPoolExecutor(1, "waygraph operator")
        self._going: dict[str, Future[NodeRun]] = {}

    def load(self) -> None:
        """Load what the operators will want, for there will be work for them."""
        for load in self._unloaded:
            self._pool.submit(_quietly, load)
        self._unloaded = []

    def foresee(self, nodes: Sequence[Stamped], cache: Cache) -> None:
        """Run operators over the corpus on the documents that are through, until all are.

        For what those beside others remember, which they will most likely want again.
        """
        values = {name: dict(items) for name, items in self._results.per_document.items()}
        so_far = Results(values, dict(self._results.whole))
        self._known = Event()
        self._pool.submit(_quietly, partial(_foresee, nodes, so_far, cache, self._known))

    def all_known(self) -> None:
        """Nothing is to be foreseen any more."""
        self._known.set()

    def start(self, name: str, run: Callable[[], NodeRun]) -> None:
        self._going[name] = self._pool.submit(run)

    def join(self, names: Iterable[str] | None = None) -> None:
        """Wait for these, or all; what went wrong in them is raised here."""
        for name in list(self._going if names is None else names):
            if name in self._going:
                self._results.runs.append(self._going.pop(name).result())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._known.set()
        self._pool.shutdown(cancel_futures=True)


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
    *,
    sparing: bool = False,
) -> Iterator[Results]:
    """``run`` into ``results``, which it gives after each node, or nodes that go together.

    So that what a node gave can be used while the next one works. With ``sparing`` memory is
    short: nothing runs beside others or is loaded before its time, nor kept beyond it.
    """
    for name, values in given.items():
        if isinstance(values, Item):
            results.whole[name] = values
        else:
            results.per_document[name] = dict(sorted(values.items()))
    with _Beside(graph, results) as beside:

        def whole(node: Node, model: str, stamp: str) -> NodeRun:
            tools = _Tools(cache, node.name, progress, beside.stopped, sparing)
            return _run_whole(node, model, stamp, results, tools)

        groups = [
            [(node, *_stamp(node)) for node in group]
            for _, group in groupby(graph.nodes, lambda n: n.operator.output.per_document)
        ]
        for nodes, following in zip(groups, [*groups[1:], []], strict=True):
            if nodes[0][0].operator.output.per_document:
                beside.join(p.name for node, *_ in nodes for p in node.operator.inputs)
                foreseen = [] if sparing else _foreseen(following)
                with given_back(executor, sparing) as there:
                    for waited, through in run_chain(nodes, results, cache, there, progress):
                        if waited and not sparing:
                            beside.load()
                        if foreseen and 2 * through >= waited > through:
                            beside.foresee(foreseen, cache)
                            foreseen = []
                        yield results
                beside.all_known()
                yield results
                continue
            for node, model, stamp in nodes:
                beside.join(p.name for p in node.operator.inputs)
                if node.operator.beside and not sparing:
                    beside.start(node.name, partial(whole, node, model, stamp))
                    continue
                results.runs.append(whole(node, model, stamp))
                yield results
        beside.join()
        yield results


def _quietly(work: Callable[[], object]) -> None:
    # what is wrong is told when it is needed
    with suppress(WaygraphError, _Stopped):
        work()


def _foreseen(nodes: Sequence[Stamped]) -> list[Stamped]:
    """Those among nodes over the corpus that run beside others, and those that they hang on."""
    wanted: set[str] = set()
    found = []
    for node, model, stamp in reversed(nodes):
        if node.operator.beside or node.name in wanted:
            wanted.update(port.name for port in node.operator.inputs)
            found.append((node, model, stamp))
    return found[::-1]


def _foresee(nodes: Sequence[Stamped], results: Results, cache: Cache, known: Event) -> None:
    """Run nodes over the corpus for what they remember; their values are not kept."""
    for node, _, _ in nodes:
        tools = _Tools(cache, node.name, lambda *_: None, known)
        tools.advance(0, 1)
        columns = [results.per_document[p.name] for p in node.operator.inputs if p.per_document]
        data, *_ = _call_whole(node, common(columns), results, tools)
        value = decode(data, node.operator.output.type)
        results.whole[node.name] = Held({node.name: value}).items()[node.name]


def _stamp(node: Node) -> tuple[str, str]:
    """The models of a node, and the digest of all that makes its values but its inputs."""
    model = node.operator.model(node.settings)
    settings = msgspec.json.encode(dict(sorted(node.settings.items())))
    return model, digest_of(node.use, node.operator.version, model, settings)


def _run_whole(
    node: Node,
    model: str,
    stamp: str,
    results: Results,
    tools: _Tools,
) -> NodeRun:
    begin = time.perf_counter()
    digests: list[str] = []
    ports = node.operator.inputs
    addresses = common([results.per_document[p.name] for p in ports if p.per_document])
    for port in ports:
        if port.per_document:
            items = results.per_document[port.name]
            pairs = ((address, items[address].digest) for address in addresses)
            digests.append(digest_of(*(part for pair in pairs for part in pair)))
        else:
            digests.append(results.whole[port.name].digest)
    key = digest_of(stamp, *digests)
    found = tools.cache.digests([key])
    starting = own = 0.0
    made = key not in found
    if made:
        tools.advance(0, 1)
        data, starting, own = _call_whole(node, addresses, results, tools)
        found = tools.cache.put({key: data})
        tools.advance(1, 1)
    results.whole[node.name] = Item(found[key], key, tools.cache)
    seconds = time.perf_counter() - begin
    return NodeRun(node, model, int(made), int(not made), seconds, starting, own)


def _call_whole(
    node: Node, addresses: Sequence[str], results: Results, tools: _Tools
) -> tuple[bytes, float, float]:
    """The encoded value, and the seconds of the set-up and of the function."""
    arguments: list[Any] = []
    for port in node.operator.inputs:
        if port.per_document:
            items = results.per_document[port.name]
            arguments.append(Values([items[a] for a in addresses], port.type))
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
        return encode(value), starting, own
    except (WaygraphError, _Stopped):
        raise
    except Exception as error:
        raise OperatorFailure(
            f"operator {node.use!r} failed: {type(error).__name__}: {error}",
            "report this with the notes that provoke it; what was there before is unchanged",
        ) from error
