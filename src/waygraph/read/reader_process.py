"""Documents are read in a process of its own, each within limits of time and memory.

A parser that hangs, fills the memory or crashes on one document ends that process, and the run
goes on without the document. The process is started when something is to be read, and kept.

The two speak in MessagePack, each message behind its length. A question has one answer, or,
if it asks for the pages of an archive, one for each and an empty one behind them.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from waygraph.children import start_child
from waygraph.codec import decode, encode
from waygraph.errors import ReadError, WaygraphError
from waygraph.model import Document, Failure

if TYPE_CHECKING:
    from waygraph.read.web.html import Article
    from waygraph.read.web.reply import Reply

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one document may take: processor time, and address space of its process."""

    seconds: float = 20.0
    seconds_per_mb: float = 10.0
    memory: int = 2_000_000_000
    memory_per_byte: int = 200

    def for_size(self, size: int) -> Limits:
        """The limits for a document of so many bytes."""
        return replace(
            self,
            seconds=self.seconds + self.seconds_per_mb * size / 1e6,
            memory=self.memory + self.memory_per_byte * size,
        )


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Question:
    """What to read, of which kind, within which limits."""

    kind: str
    address: str
    data: bytes
    content_type: str
    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was read, encoded; or a fault; or neither: that was all."""

    data: bytes = b""
    fault: str = ""
    line: int = 0
    hint: str = ""


def read_note(address: str, data: bytes, limits: Limits = LIMITS) -> Document:
    """As ``note.read_source``, within limits.

    Raises:
        ReadError: it is no source of its kind, takes too much time or memory, or makes its
            parser fail.
    """
    return _only("note", address, data, "", limits, Document)


def read_page(
    url: str, body: bytes, content_type: str = "", limits: Limits = Limits()
) -> Article:  # it is frozen
    """As ``web.article.read_article``, within limits.

    Raises:
        ReadError: as with ``read_note``.
    """
    from waygraph.read.web.html import Article

    return _only("page", url, body, content_type, limits, Article)


def pages_in(
    path: Path, limits: Limits = Limits()
) -> Iterator[tuple[Reply, bool] | Failure]:  # it is frozen
    """As ``web.seeds.replies_in``, within limits: a page that passes them is the last."""
    from waygraph.read.web.reply import Reply

    with suppress(OSError):
        limits = limits.for_size(path.stat().st_size)
    kind: Any = tuple[Reply, bool] | Failure
    try:
        for data in _READER.ask("pages", "", os.fsencode(path), "", limits):
            yield decode(data, kind)
    except ReadError as error:
        yield Failure(str(path), error.reason)


def _only(
    kind: str, address: str, data: bytes, content_type: str, limits: Limits, made: type[T]
) -> T:
    (answer,) = _READER.ask(kind, address, data, content_type, limits.for_size(len(data)))
    return decode(answer, made)


class _Reader:
    """The other process, from here. It is ended with this one."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def ask(
        self, kind: str, address: str, data: bytes, content_type: str, limits: Limits
    ) -> Iterator[bytes]:
        """The encoded answers to one question."""
        question = _Question(kind, address, data, content_type, limits.seconds, limits.memory)
        with self._turn:
            process = self._started()
            done = False
            try:
                with suppress(BrokenPipeError):  # it is told when no answer comes
                    _send(cast(IO[bytes], process.stdin), encode(question))
                while (answer := self._heard(process, question)).data:
                    yield answer.data
                    if kind != "pages":
                        break
                done = True
            finally:
                if not done:  # what it is at, nobody waits for
                    self.end()
            if answer.fault:
                raise ReadError(address, answer.fault, answer.line or None, answer.hint)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.end()
        pipe = subprocess.PIPE
        self._process = start_child(__name__, stdin=pipe, stdout=pipe)
        if _receive(cast(IO[bytes], self._process.stdout)) is None:
            ended = self._process.wait()
            raise WaygraphError(
                f"the process that reads documents did not start: it ended with {ended}",
                "is there memory left? what it said stands above",
            )
        return self._process

    def _heard(self, process: subprocess.Popen[bytes], question: _Question) -> _Answer:
        data = _receive(cast(IO[bytes], process.stdout))
        if data is not None:
            return decode(data, _Answer)
        ended = -process.wait()
        if ended in (signal.SIGPROF, signal.SIGALRM):
            reason = f"takes longer than {round(question.seconds, 1):g} seconds to read"
        elif ended == signal.SIGKILL:
            reason = "could not be read: its process was killed, perhaps for lack of memory"
        else:
            reason = f"makes its parser crash (its process ended with {-ended})"
        raise ReadError(question.address, reason)

    def end(self) -> None:
        """End the process, whatever it is at."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # of what was asked and will never be read
                    cast(IO[bytes], pipe).close()

    def forget(self) -> None:
        """In a forked child: two that speak through one pipe would take each other's answers."""
        self.__init__()  # type: ignore[misc]  # as new, a lock that another thread held included


def end_reader() -> None:
    """End the process, which holds on to the memory that a large document took."""
    _READER.end()


_READER = _Reader()
atexit.register(_READER.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_READER.forget)


# --- both sides ---

_WIDTH = 8


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(_WIDTH, "big"))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None if the other has ended, be it in the middle of one."""
    head = pipe.read(_WIDTH)
    data = pipe.read(size) if (size := int.from_bytes(head, "big")) else b""
    return data if len(head) == _WIDTH and len(data) == size else None


# --- the other process ---

# As long as a document may take on the processor, so many times as long on the clock.
_PATIENCE = 20
_SELDOM = (100_000, 20, 20)


def _serve() -> None:
    """Answer until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "wb")
    _prepare()
    _send(answers, b"")  # it has started
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what a library prints is no answer
        os.dup2(nowhere, stream)
    while (asked := _receive(sys.stdin.buffer)) is not None:
        question = decode(asked, _Question)
        del asked
        last = True
        try:
            _limit_memory(question.memory)
            _limit_time(question.seconds)
            for data in _READERS[question.kind](question):
                _limit_time(0)
                _send(answers, encode(_Answer(data)))
                last = question.kind == "pages"
                _limit_time(question.seconds)
            answer = _Answer()
        except ReadError as error:
            answer = _Answer(fault=error.reason, line=error.line or 0, hint=error.hint)
        # whatever one document provokes must not stop the others
        except BaseException as error:
            answer = _Answer(fault=_fault(error, question))
        _limit_time(0)
        if last:
            _send(answers, encode(answer))


def _prepare() -> None:
    gc.set_threshold(*_SELDOM)  # documents are many objects and no circles
    for number in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)  # which ends the process, even within a library
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(seconds: float) -> None:
    """From now on; 0 for no limit."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, seconds * _PATIENCE)


def _limit_memory(size: int) -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_AS)
    size = size if most == resource.RLIM_INFINITY else min(size, most)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))


def _fault(error: BaseException, question: _Question) -> str:
    if isinstance(error, MemoryError):
        return f"takes more than {question.memory / 1e6:,.0f} MB of memory to read"
    if isinstance(error, RecursionError):
        return "is nested too deep to be read"
    said = " ".join(str(error).encode("utf-8", "replace").decode("utf-8").split())[:200]
    return f"makes its parser fail ({type(error).__name__}: {said})"


def _note(question: _Question) -> Iterator[bytes]:
    from waygraph.read.note import read_source

    yield encode(read_source(question.address, question.data))


def _page(question: _Question) -> Iterator[bytes]:
    from waygraph.read.web.article import read_article

    yield encode(read_article(question.address, question.data, question.content_type))


def _pages(question: _Question) -> Iterator[bytes]:
    from waygraph.read.web.seeds import replies_in

    yield from map(encode, replies_in(Path(os.fsdecode(question.data))))


_READERS: dict[str, Callable[[_Question], Iterator[bytes]]] = {
    "note": _note, "page": _page, "pages": _pages,
}  # fmt: skip

if __name__ == "__main__":
    _serve()
