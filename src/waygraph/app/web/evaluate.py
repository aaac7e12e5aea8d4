"""SPARQL from outside, evaluated in processes of its own that can be ended at any time.

Oxigraph cannot be interrupted, and a query can ask for more time, memory or stack than there
is. So each is evaluated in a child process with limits; one that passes them is ended, and
the server goes on. A child keeps the store open and serves many queries.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING

from waygraph.app.ask import open_store
from waygraph.app.web.negotiate import choose
from waygraph.children import start_child
from waygraph.config import Workspace
from waygraph.errors import QueryError, WaygraphError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from waygraph.store.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take: seconds, rows of its answer, bytes of memory, children at once."""

    seconds: float = 30
    rows: int = 100_000
    memory: int = 2 << 30
    children: int = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A query or an update as it came, with the graphs that the protocol's parameters name."""

    text: str
    accept: str | None = None
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    update: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP status, a media type and a body; of an error ``body`` is its message."""

    status: int
    kind: str
    body: bytes
    hint: str = ""


class Evaluators:
    """Child processes that evaluate SPARQL over a workspace's datagraph."""

    def __init__(self, place: Workspace, limits: Limits) -> None:
        self._place = place
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: LifoQueue[_Child | None] = LifoQueue()
        for _ in range(limits.children):
            self._idle.put(None)

    def ask(self, asked: Asked, state: Hashable) -> Answered:
        """What a query comes to; ``state`` names that of the datagraph, see ``Served.state``."""
        try:
            child = self._idle.get(timeout=self._limits.seconds)
        except Empty:
            return _error(503, "other queries are being answered", "ask again in a while")
        try:
            if child is None or not child.lives:
                child = _Child(self._place, self._limits)
            answer = child.ask(asked, state, self._limits)
            if not child.lives:
                child = None
        except BaseException:
            if child is not None:
                child.end()
            child = None
            raise
        finally:
            self._idle.put(child)
        return answer

    def update(self, asked: Asked) -> Answered:
        """What an update comes to; its child ends with it, and lets go of the store."""
        with self._lock:
            child = _Child(self._place, self._limits)
            try:
                return child.ask(asked, None, self._limits)
            finally:
                child.end()

    def close(self) -> None:
        """End all children."""
        while True:
            try:
                child = self._idle.get_nowait()
            except Empty:
                return
            if child is not None:
                child.end()


class _Child:
    """A fresh interpreter, not a copy of this one, whose threads hold locks and stores."""

    def __init__(self, place: Workspace, limits: Limits) -> None:
        self._here, there = Pipe()
        with there:
            handle = there.fileno()
            # what a library says as it dies, we say better
            quiet = subprocess.DEVNULL
            self._process = start_child(__name__, str(handle), stderr=quiet, pass_fds=[handle])
        with suppress(EOFError, OSError):
            self._here.send((place, limits))
            # it says when it is ready, so that a query's time is its own
            self._here.recv()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, asked: Asked, state: Hashable, limits: Limits) -> Answered:
        try:
            self._here.send((asked, state))
            if self._here.poll(limits.seconds):
                return self._here.recv()  # type: ignore[no-any-return]  # it sends nothing else
        except (EOFError, OSError):
            self.end()
            much = f"it took more memory than {limits.memory >> 20:,} MB, or is nested too deeply"
            return _error(413, much, "ask for less")
        self.end()
        long = f"it took longer than {limits.seconds:g} s"
        return _error(503, long, "ask for less, or put LIMIT at its end")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._here.close()


def _error(status: int, message: str, hint: str = "") -> Answered:
    return Answered(status, "", message.encode(), hint)


def _serve(there: Connection) -> None:
    """Answer what is asked until nobody is left to ask: the life of a child."""
    from waygraph.store import query, results  # noqa: F401  # loaded before memory is limited

    with suppress(EOFError, OSError):
        place, limits = there.recv()
        _limit_memory(limits.memory)
        store = _Store(place)
        there.send(None)
        while True:
            asked, state = there.recv()
            there.send(_answered(store, asked, state, limits))


class _Store:
    """The datagraph, opened anew when it has changed."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        self._state: Hashable = None
        self._data: Dataset | None = None

    def reader(self, state: Hashable) -> Dataset:
        if self._data is None or state != self._state:
            self._data = None
            self._data, self._state = open_store(self.place, None), state
        return self._data


def _answered(store: _Store, asked: Asked, state: Hashable, limits: Limits) -> Answered:
    from waygraph.store.results import TooManyRows

    try:
        if asked.update:
            return _update(store.place, asked)
        return _query(store.reader(state), asked, limits)
    except TooManyRows as error:
        return _error(413, error.message, error.hint)
    except QueryError as error:
        return _error(400, error.message, error.hint)
    except WaygraphError as error:
        return _error(503, error.message, error.hint)
    except (MemoryError, RecursionError) as error:
        return _error(413, f"it took more than there is: {type(error).__name__}", "ask for less")


def _query(data: Dataset, asked: Asked, limits: Limits) -> Answered:
    from waygraph.store.backend import checked
    from waygraph.store.query import checked_query, scope_of
    from waygraph.store.results import encoded, offered

    whole = checked_query(asked.text, data.base)
    with checked(data.backend.name):
        results = data.backend.query(whole, scope_of(asked.text, asked.default, asked.named))
        kinds = offered(results)
        kind = choose(asked.accept, kinds)
        if kind is None:
            return _error(406, "the answer has none of these forms", f"it has: {', '.join(kinds)}")
        return Answered(200, kind, encoded(results, kind, limits.rows, data.base))


def _update(place: Workspace, asked: Asked) -> Answered:
    from waygraph.app.freshness import begin_change
    from waygraph.store.backend import checked
    from waygraph.store.query import checked_update

    with open_store(place, None, write=True) as data, checked(data.backend.name):
        whole = checked_update(asked.text, data.base)
        begin_change(place)
        data.backend.update(whole)
        data.backend.flush()
    return Answered(204, "", b"")


def _limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has, where the system can see to it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        # private memory: an address space may be large and hold nothing
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if __name__ == "__main__":
    # what is sent is named by the module as others know it
    from waygraph.app.web.evaluate import _serve as serve

    serve(Connection(int(sys.argv[1])))
