"""Where operators run: in this process or in a pool of local processes.

A task carries plain bytes and an operator's name, so a cluster's workers fit the same
interface. What an executor is can never change what a task gives.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Protocol

from waygraph.codec import decode, encode
from waygraph.compute.operator import load_operator
from waygraph.errors import ComputeGraphError, OperatorFailure


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a per-document operator on a batch.

    ``inputs`` has an entry per input of the operator: a list with the batch's encoded
    values, or the bytes of the one value for all.
    """

    operator: str
    settings: Mapping[str, Any]
    inputs: tuple[list[bytes] | bytes, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """The encoded result of one document, or why there is none."""

    data: bytes
    error: str = ""


class Executor(Protocol):
    """Runs tasks and gives their outcomes in the order of the tasks."""

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """One list of outcomes per task, one outcome per document."""


def execute(task: Task) -> list[Outcome]:
    """Run a task here. If the batch fails, each document is tried alone to find the culprit.

    Raises:
        ComputeGraphError: the operator cannot run at all, say for want of its model.
    """
    operator = load_operator(task.operator)
    arguments: list[Any] = []
    for port, data in zip(operator.inputs, task.inputs, strict=True):
        if isinstance(data, list):
            arguments.append([decode(item, port.type) for item in data])
        else:
            arguments.append(decode(data, port.type))

    def call(rows: slice) -> list[Outcome]:
        chosen = [a[rows] if p.per_document else a
                  for p, a in zip(operator.inputs, arguments, strict=True)]  # fmt: skip
        results = operator.function(*chosen, **task.settings)
        if len(results) != rows.stop - rows.start:
            raise ValueError(f"{task.operator} gave {len(results)} results for its batch")
        return [Outcome(encode(result)) for result in results]

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

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``."""
        return map(execute, tasks)


class LocalPool:
    """Runs tasks in ``workers`` processes, each of which loads its models once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``. A few tasks are in flight at a time, so memory stays bounded."""
        if self._pool is None:
            # fork would copy threads' locks of the numeric libraries
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=_quiet_worker)
        pending: deque[Future[list[Outcome]]] = deque()
        try:
            for task in tasks:
                pending.append(self._pool.submit(execute, task))
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

    def close(self) -> None:
        """End the processes, dropping what they have not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _quiet_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
