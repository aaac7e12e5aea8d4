"""Where operators run: here, in this process; ``pool`` has processes beside it.

A task is plain data: an operator's name, its settings, encoded inputs. Whoever calls
``execute`` with it gets the same outcome, so an executor only decides where that happens,
and what it is can never change a result. One for a cluster submits ``execute`` to its
workers (where the same packages are installed) and yields what they give in the order of
the tasks; a task of a worker that died may simply be submitted again. A ``Shared`` value may
be sent to each worker once, by its digest, as ``pool.LocalPool`` does with a file.
"""

from __future__ import annotations

import gc
import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from waygraph.codec import decode, encode
from waygraph.compute.operator import LOADED, Operator, load_operator
from waygraph.errors import ComputeGraphError

# Thresholds of the three generations of Python's collector.
SELDOM = (100_000, 20, 20)


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
# In memory a value takes some ten times its bytes.
_RECENT_KEPT, _RECENT_BYTES = 256, 8 << 20


class _Recent:
    """Values of documents that operators took or gave last, by their bytes: the next one wants
    them."""

    def __init__(self) -> None:
        self._values: dict[tuple[bytes, Any], Any] = {}
        self._size = 0

    def get(self, data: bytes, kind: Any) -> Any:
        return self._values.get((data, kind))

    def keep(self, data: bytes, kind: Any, value: Any) -> None:
        if (data, kind) not in self._values:
            self._size += len(data)
        self._values[data, kind] = value
        while len(self._values) > _RECENT_KEPT or self._size > _RECENT_BYTES:
            oldest = next(iter(self._values))
            del self._values[oldest]
            self._size -= len(oldest[0])

    def clear(self) -> None:
        self._values.clear()
        self._size = 0


_recent = _Recent()


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Within, Python looks for circles of garbage less often.

    It looks after every 700 objects, and annotations are millions that make no circle: a tenth
    of the time of an ingest.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
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
    value = _recent.get(data, kind)
    if value is None:
        value = decode(data, kind)
        _recent.keep(data, kind, value)
    return value


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
            _recent.keep(outcome.data, operator.output.type, result)
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
