"""Writing new graphs beside the making of the next."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from threading import Condition, Thread
from types import TracebackType
from typing import Self

# At most this many triples wait ...
_MOST = 50_000
# ... and with this many none are waited for, nor longer than some seconds.
_ENOUGH = 8_000
_MOMENT = 0.2


@dataclass
class Waiting:
    """Graphs to be written together, their digests, and what provenance says of them."""

    graphs: list[tuple[str, Collection[str]]] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, digest: str, lines: Collection[str], about: list[str]) -> None:
        """Take a graph, its digest and its lines, and the lines about it."""
        self.graphs.append((name, lines))
        self.digests.append(digest)
        self.about += about
        self.size += len(lines)


class Writer:
    """Writes new graphs in a thread while the next are made.

    It takes all that wait as soon as they are many, or no more come for a moment.
    """

    def __init__(self, write: Callable[[Waiting], None]) -> None:
        self._write = write
        self._waiting = Waiting()
        self._busy = self._closed = False
        self._error: BaseException | None = None
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="waygraph writer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def add(self, name: str, digest: str, lines: Collection[str], about: list[str]) -> None:
        """Take a graph; waits while very many wait. What went wrong before is raised here.

        A very large graph is written before this returns, so that it is not in memory beside
        the next.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._waiting.size < _MOST or self._error)
            self._check()
            self._waiting.add(name, digest, lines, about)
            self._changed.notify_all()
            if len(lines) >= _MOST:
                self._changed.wait_for(lambda: self._error or not self._going())
                self._check()

    def join(self) -> None:
        """Wait until nothing is being written; what went wrong there is raised here."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy)
            self._check()

    def _going(self) -> bool:
        return self._busy or bool(self._waiting.graphs)

    def _check(self) -> None:
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # a traceback in a cycle would keep the store open

    def _run(self) -> None:
        while taken := self._take():
            try:
                self._write(taken)
            except BaseException as error:
                with self._changed:
                    self._error, self._closed = error, True
                    self._waiting = Waiting()
            taken = None  # let go of before the next are waited for
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _take(self) -> Waiting | None:
        """What is to be written next, or nothing more."""
        size = -1
        with self._changed:
            self._changed.wait_for(lambda: self._waiting.graphs or self._closed)
            while not self._closed and size < self._waiting.size < _ENOUGH:
                size = self._waiting.size
                self._changed.wait_for(lambda: self._closed, _MOMENT)
            taken, self._waiting = self._waiting, Waiting()
            self._busy = bool(taken.graphs)
            self._changed.notify_all()
            return taken if taken.graphs else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closed = True
            if kind is not None:
                self._waiting = Waiting()
            self._changed.notify_all()
        self._thread.join()
        if kind is None:
            self._check()
