"""Where operators run: in this process or in a pool of local processes.

A task is plain data: an operator's name, its settings, encoded inputs. Whoever calls
``execute`` with it gets the same outcome, so an executor only decides where that happens,
and what it is can never change a result. One for a cluster submits ``execute`` to its
workers (where the same packages are installed) and yields what they give in the order of
the tasks; a task of a worker that died may simply be submitted again. A ``Shared`` value may
be sent to each worker once, by its digest, as ``LocalPool`` does with a file.
"""

from __future__ import annotations

import gc
import inspect
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Protocol

from waygraph.codec import decode, encode
from waygraph.compute.operator import LOADED, Operator, load_operator
from waygraph.errors import ComputeGraphError, OperatorFailure

# Shared values of more bytes go to the processes of a pool as a file.
_SHIPPED_WHOLE = 10_000
# So many documents take longer to parse than processes to load their models.
_MANY = 200
_MOST_WORKERS = 4
# Thresholds of the three generations of Python's collector.
_SELDOM = (100_000, 20, 20)


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a per-document operator on a batch.

    ``inputs`` has an entry per input of the operator: a list with the batch's encoded
    values, or the one value for all documents.
    """

    operator: str
    settings: Mapping[str, Any]
    inputs: tuple[list[bytes] | Shared, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Shared:
    """An encoded value for all documents, named by its digest; ``path`` holds it if not ``data``.

    A process decodes it once.
    """

    digest: str
    data: bytes = b""
    path: str = ""

    def read(self) -> bytes:
        """The bytes."""
        return Path(self.path).read_bytes() if self.path else self.data


@dataclass(frozen=True, slots=True)
class Outcome:
    """The encoded result of one document, or why there is none.

    ``seconds`` is the document's share of the time that the operator itself took.
    """

    data: bytes
    error: str = ""
    seconds: float = 0.0


class Executor(Protocol):
    """Runs tasks and gives their outcomes in the order of the tasks.

    The engine calls ``expect`` before the operators of a chain, ``map`` for each of them and
    ``start`` before the first task of one; whoever made the executor calls ``close`` at the
    end. ``map`` should take tasks only as fast as it works on them (they hold their inputs)
    and give each outcome as soon as all before it are there, for the engine keeps them as
    they come: what is not given yet is lost when the process is killed.
    """

    def expect(self, documents: int) -> None:
        """So many documents are about to come to operators that load models."""

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """Tasks of this operator are about to come: load what it needs, if that is here."""

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """One list of outcomes per task, one outcome per document."""

    def close(self) -> None:
        """No more tasks will come: let go of models, processes, connections."""


_loaded: dict[str, Any] = {}
_leaving = ExitStack()
_shared: dict[tuple[str, Any], Any] = {}
_SHARED_KEPT = 8
# Values of documents that operators took or gave last, by their bytes: the next one wants them.
_recent: dict[tuple[bytes, Any], Any] = {}
_RECENT_KEPT = 256


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Within, Python looks for circles of garbage less often.

    It looks after every 700 objects, and annotations are millions that make no circle: a tenth
    of the time of an ingest.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def wanted(function: Callable[..., Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those settings that a function has parameters for."""
    return {key: settings[key] for key in inspect.signature(function).parameters}


def start(name: str, settings: Mapping[str, Any]) -> Any:
    """What the operator's ``setup`` gives for these settings; made once per process.

    Raises:
        ComputeGraphError: it cannot be made, say for want of a model.
    """
    setup = load_operator(name).setup
    if setup is None:
        return None
    named = wanted(setup, settings)
    key = repr((setup.__module__, setup.__qualname__, sorted(named.items())))
    if key not in _loaded:
        value = setup(**named)
        enters = isinstance(value, AbstractContextManager)
        _loaded[key] = _leaving.enter_context(value) if enters else value
        # a model is a million objects; the collector need not go through them again and again
        gc.freeze()
    return _loaded[key]


def stop() -> None:
    """Let go of what operators loaded in this process."""
    _loaded.clear()
    _shared.clear()
    _recent.clear()
    _leaving.close()
    gc.unfreeze()


def keywords(operator: Operator, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords that the function is called with: its settings, and what is loaded."""
    loaded = start(name, settings)
    return {**settings, **({LOADED: loaded} if operator.wants_loaded else {})}


def _decoded(value: Shared, kind: Any) -> Any:
    """The value, decoded once per process: operators may know it by its identity."""
    key = (value.digest, kind)
    if key not in _shared:
        while len(_shared) >= _SHARED_KEPT:
            _shared.pop(next(iter(_shared)))
        _shared[key] = decode(value.read(), kind)
    return _shared[key]


def _recalled(data: bytes, kind: Any) -> Any:
    """The value of a document, decoded unless an operator had it in its hands just now."""
    value = _recent.get((data, kind))
    if value is None:
        value = decode(data, kind)
        _remember(data, kind, value)
    return value


def _remember(data: bytes, kind: Any, value: Any) -> None:
    while len(_recent) >= _RECENT_KEPT:
        _recent.pop(next(iter(_recent)))
    _recent[data, kind] = value


def execute(task: Task) -> list[Outcome]:
    """Run a task here. If the batch fails, each document is tried alone to find the culprit.

    Raises:
        ComputeGraphError: the operator cannot run at all, say for want of its model.
    """
    operator = load_operator(task.operator)
    arguments: list[Any] = []
    for port, data in zip(operator.inputs, task.inputs, strict=True):
        if isinstance(data, list):
            arguments.append([_recalled(item, port.type) for item in data])
        else:
            arguments.append(_decoded(data, port.type))
    named = keywords(operator, task.operator, task.settings)

    def call(rows: slice) -> list[Outcome]:
        chosen = [a[rows] if p.per_document else a
                  for p, a in zip(operator.inputs, arguments, strict=True)]  # fmt: skip
        begin = time.perf_counter()
        results = operator.function(*chosen, **named)
        share = (time.perf_counter() - begin) / max(1, rows.stop - rows.start)
        if len(results) != rows.stop - rows.start:
            raise ValueError(f"{task.operator} gave {len(results)} results for its batch")
        outcomes = [Outcome(encode(result), seconds=share) for result in results]
        for outcome, result in zip(outcomes, results, strict=True):
            _remember(outcome.data, operator.output.type, result)
        return outcomes

    try:
        return call(slice(0, task.size))
    except ComputeGraphError:
        raise
    except Exception:
        outcomes: list[Outcome] = []
        for i in range(task.size):
            try:
                outcomes += call(slice(i, i + 1))
            except Exception as error:  # whatever one note provokes must not stop the others
                outcomes.append(Outcome(b"", f"{task.operator}: {type(error).__name__}: {error}"))
        return outcomes


class InProcess:
    """Runs tasks one after another in this process."""

    def expect(self, documents: int) -> None:
        """See ``Executor.expect``: all come here."""

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """See ``Executor.start``."""
        start(operator, settings)

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``."""
        return map(execute, tasks)

    def close(self) -> None:
        """See ``Executor.close``."""
        stop()


class LocalPool:
    """Runs tasks in ``workers`` processes, each of which loads its models once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._folder: TemporaryDirectory[str] | None = None

    def expect(self, documents: int) -> None:
        """See ``Executor.expect``: the processes begin with the first task."""

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """See ``Executor.start``: each process does it with its first task."""

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``. A few tasks are in flight at a time, so memory stays bounded."""
        if self._pool is None:
            # fork would copy threads' locks of the numeric libraries
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=_begin_worker)
        pending: deque[Future[list[Outcome]]] = deque()
        try:
            for task in tasks:
                pending.append(self._pool.submit(execute, self._shipped(task)))
                if len(pending) > 2 * self._workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except BrokenProcessPool:
            self.close()
            raise OperatorFailure(
                "a worker process was ended from outside, perhaps for lack of memory",
                "run again with fewer workers; what was finished is kept",
            ) from None
        except BaseException:
            # nobody waits for what they are at, be it the loading of a model
            self._kill()
            raise

    def _shipped(self, task: Task) -> Task:
        """The task with its shared values in files, each written once for all tasks."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="waygraph-")
        inputs: list[list[bytes] | Shared] = []
        for value in task.inputs:
            if isinstance(value, Shared) and len(value.data) > _SHIPPED_WHOLE:
                path = Path(self._folder.name) / value.digest
                if not path.exists():
                    path.write_bytes(value.data)
                inputs.append(Shared(value.digest, path=str(path)))
            else:
                inputs.append(value)
        return replace(task, inputs=tuple(inputs))

    def _kill(self) -> None:
        # before Python 3.14 a pool has no public name for them
        processes: Mapping[int, BaseProcess] = getattr(self._pool, "_processes", None) or {}
        for process in list(processes.values()):
            process.kill()
        self.close()

    def close(self) -> None:
        """End the processes, dropping what they have not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class AsNeeded:
    """Runs tasks in this process, or, once there are many, in as many as there are processors.

    Of these at most ``_MOST_WORKERS``, for each holds the models.
    """

    def __init__(self) -> None:
        self._workers = min(_MOST_WORKERS, _processors())
        self._chosen: InProcess | LocalPool = InProcess()

    def expect(self, documents: int) -> None:
        """See ``Executor.expect``: many are worth a pool."""
        if documents >= _MANY and self._workers > 1 and isinstance(self._chosen, InProcess):
            self._chosen.close()
            self._chosen = LocalPool(self._workers)

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """See ``Executor.start``."""
        self._chosen.start(operator, settings)

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``."""
        return self._chosen.map(tasks)

    def close(self) -> None:
        """See ``Executor.close``."""
        self._chosen.close()


def _processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    gc.set_threshold(*_SELDOM)
    Finalize(None, _leave, exitpriority=10)  # processes of a pool run no atexit
    Thread(target=_end_with_parent, daemon=True).start()


def _leave() -> None:
    stop()
    sys.stdout.flush()
    sys.stderr.flush()
    # taking a model apart object by object would take a second
    os._exit(0)


def _end_with_parent() -> None:
    """End this process when its parent was killed: no queue would ever tell it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
