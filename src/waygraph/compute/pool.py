"""Operators in processes beside this one, each of which loads its models once.

A process is told its tasks on standard input and gives their outcomes on standard output, both
pickled: a task, or None when no other will come.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import IO, Any, cast

from waygraph import terminal
from waygraph.children import start_child
from waygraph.compute.execute import (
    SELDOM,
    Executor,
    InProcess,
    Outcome,
    Shared,
    Task,
    execute,
    stop,
)
from waygraph.errors import OperatorFailure

# Shared values of more bytes go to the processes of a pool as a file.
_SHIPPED_WHOLE = 10_000
# So many documents take longer to parse than processes to load their models.
_MANY = 200
_MOST_WORKERS = 4


class _Ended(Exception):
    """A process has ended that was to do a task."""


class _Worker:
    """One of the processes; a thread at a time speaks with it."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        self.process = start_child(__name__, stdin=pipe, stdout=pipe)
        self._tasks = cast(IO[bytes], self.process.stdin)
        self._outcomes = cast(IO[bytes], self.process.stdout)

    def run(self, task: Task) -> list[Outcome]:
        try:
            self._tell(task)
            found = pickle.load(self._outcomes)  # noqa: S301  # our own process's
        except (OSError, EOFError, pickle.UnpicklingError):
            raise _Ended from None
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]  # it gives nothing else

    def end(self) -> None:
        """Let it leave what it has loaded, and wait until it has ended."""
        with suppress(OSError):
            self._tell(None)
        for pipe in (self._tasks, self._outcomes):
            with suppress(OSError):
                pipe.close()
        self.process.wait()

    def _tell(self, task: Task | None) -> None:
        pickle.dump(task, self._tasks, pickle.HIGHEST_PROTOCOL)
        self._tasks.flush()


class LocalPool:
    """Runs tasks in ``workers`` processes, each begun with its first task."""

    def __init__(self, workers: int) -> None:
        self._count = workers
        self._threads: ThreadPoolExecutor | None = None
        self._mine = threading.local()
        self._workers: list[_Worker] = []
        self._unwanted = False
        self._folder: TemporaryDirectory[str] | None = None

    def expect(self, documents: int) -> None:
        """See ``Executor.expect``: the processes begin with the first task."""

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """See ``Executor.start``: each process does it with its first task."""

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``. A few tasks are in flight at a time, so memory stays bounded."""
        if self._threads is None:
            self._threads, self._unwanted = ThreadPoolExecutor(self._count), False
        pending: deque[Future[list[Outcome]]] = deque()
        try:
            for task in tasks:
                pending.append(self._threads.submit(self._run, self._shipped(task)))
                if len(pending) > 2 * self._count:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        except _Ended:
            self.close()
            raise OperatorFailure(
                "a worker process was ended from outside, perhaps for lack of memory",
                "run again with fewer workers; what was finished is kept",
            ) from None
        except BaseException:
            # nobody waits for what they are at, be it the loading of a model
            self._unwanted = True
            for worker in self._workers:
                worker.process.kill()
            self.close()
            raise

    def _run(self, task: Task) -> list[Outcome]:
        """In a thread, which has a process of its own."""
        worker: _Worker | None = getattr(self._mine, "worker", None)
        if worker is None:
            worker = self._mine.worker = _Worker()
            self._workers.append(worker)
            if self._unwanted:
                worker.process.kill()
        return worker.run(task)

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

    def close(self) -> None:
        """End the processes, dropping what they have not begun."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads, self._mine = None, threading.local()
        while self._workers:
            self._workers.pop().end()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class AsNeeded:
    """Runs tasks in this process, or, once there are many, in as many as there are processors.

    Of these at most ``_MOST_WORKERS``, for each holds the models. ``apart``: not in this process.
    """

    def __init__(self, *, apart: bool = False) -> None:
        self._workers = min(_MOST_WORKERS, _processors())
        self._many = False
        self._chosen: InProcess | LocalPool = LocalPool(1) if apart else InProcess()

    def expect(self, documents: int) -> None:
        """See ``Executor.expect``: many are worth a pool."""
        if documents >= _MANY and self._workers > 1 and not self._many:
            self._chosen.close()
            self._chosen, self._many = LocalPool(self._workers), True

    def start(self, operator: str, settings: Mapping[str, Any]) -> None:
        """See ``Executor.start``."""
        self._chosen.start(operator, settings)

    def map(self, tasks: Iterable[Task]) -> Iterator[list[Outcome]]:
        """See ``Executor.map``."""
        return self._chosen.map(tasks)

    def close(self) -> None:
        """See ``Executor.close``."""
        self._chosen.close()


@contextmanager
def given_back(executor: Executor, sparing: bool) -> Iterator[Executor]:
    """An executor in place of this one, whose processes end where memory is short.

    What a process has taken for a large document it seldom gives back before its end.
    """
    if not sparing:
        yield executor
        return
    if isinstance(executor, InProcess):
        executor = LocalPool(1)
    elif isinstance(executor, AsNeeded):
        executor = AsNeeded(apart=True)
    try:
        yield executor
    finally:
        executor.close()


def _processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _serve() -> None:
    """The life of a process of the pool."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    gc.set_threshold(*SELDOM)
    outcomes = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no outcome
    terminal.guard()
    tasks: SimpleQueue[Task | None] = SimpleQueue()

    def listen() -> None:
        # killed while it spoke, it leaves half a task
        with suppress(EOFError, pickle.UnpicklingError):
            while True:
                task = pickle.load(sys.stdin.buffer)  # noqa: S301  # our own process's
                tasks.put(task)
                if task is None:
                    return
        os._exit(1)  # who asked was killed: whatever this process is at is wanted no more

    threading.Thread(target=listen, daemon=True).start()
    while (task := tasks.get()) is not None:
        try:
            found: list[Outcome] | Exception = execute(task)
        except Exception as error:  # told to who asks
            found = error
        pickle.dump(found, outcomes, pickle.HIGHEST_PROTOCOL)
        outcomes.flush()
    stop()
    sys.stdout.flush()
    sys.stderr.flush()
    # taking a model apart object by object would take a second
    os._exit(0)


if __name__ == "__main__":
    _serve()
