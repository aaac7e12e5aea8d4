"""Work on what came from outside, in a process of its own that can be ended at any time.

What a library reads or evaluates may ask for more time, memory or stack than there is, and the
library may not be stoppable. In a child process it has limits; when it passes them the child
is ended, and who asked is told. A child can open no socket unless it is allowed to (where the
system can see to it: Linux), and it ends with the process that started it, however that ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from waygraph.children import start_child
from waygraph.errors import WaygraphError
from waygraph.lifeline import end_with_parent

MEMORY = 2 << 30
_START_SECONDS, _DYING_SECONDS = 60, 5
Work = Callable[[Any], Any]


class TooLong(WaygraphError):
    """Work that was ended after the seconds that it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it took longer than {seconds:g} s", "ask for less")


class TooMuch(WaygraphError):
    """Work that took more memory or stack than it may have."""

    def __init__(self, what: str) -> None:
        super().__init__(f"it took {what}", "ask for less")


class Confined:
    """A process that answers questions, one at a time, until it is ended.

    A fresh interpreter, not a copy of this one, whose threads hold locks and stores.

    Args:
        make: makes what answers, there: a function of a module, or a partial of one. What it
            loads does not count as memory of the work.
        memory: so many bytes may be taken by the work.
        network: whether it may open sockets.
    """

    def __init__(
        self, make: Callable[[], Work], *, memory: int = MEMORY, network: bool = False
    ) -> None:
        self._memory = memory
        self._here, there = Pipe()
        with there:
            handle = there.fileno()
            self._process = start_child(
                __name__,
                str(handle),
                str(int(network)),
                stdin=subprocess.PIPE,  # its lifeline; nothing is ever written
                stderr=subprocess.DEVNULL,  # what a library says as it dies, we say better
                pass_fds=[handle],
            )
        with suppress(EOFError, OSError):  # told when it is asked
            self._here.send((make, memory))
            # it says when it is ready, so that the time of a question is its own
            if self._here.poll(_START_SECONDS):
                self._here.recv()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return not self._here.closed and self._process.poll() is None

    def ask(self, question: object, seconds: float) -> Any:
        """What the work gives for a question.

        Raises:
            TooLong: no answer came in time. The child is ended.
            TooMuch: it passed another limit. The child is ended.
            WaygraphError: the work raised it.
        """
        try:
            self._here.send(question)
            if seconds <= 0 or not self._here.poll(seconds):
                self.end()
                raise TooLong(seconds)
            answer = self._here.recv()
        except (EOFError, OSError):
            # it is dying: of what, it says itself
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_DYING_SECONDS)
            self.end()
            if self._process.returncode == -signal.SIGSEGV:
                raise TooMuch("more stack than there is: it is nested too deeply") from None
            raise TooMuch(f"more memory than {self._memory >> 20:,} MB") from None
        except BaseException:
            self.end()
            raise
        if isinstance(answer, WaygraphError):
            raise answer
        return answer

    def end(self) -> None:
        """End it at once, whatever it is at."""
        if self._here.closed:
            return
        self._process.kill()
        self._process.wait()
        self._here.close()
        if self._process.stdin:
            self._process.stdin.close()


def _serve(there: Connection, network: bool) -> None:
    """Answer what is asked until nobody is left to ask: the life of a child."""
    _end_by_signal()
    end_with_parent()
    if not network:
        _open_no_socket()
    with suppress(EOFError, OSError):
        make, memory = there.recv()
        work = make()
        _limit_memory(memory)
        there.send(None)
        while True:
            question = there.recv()
            try:
                answer = work(question)
            except WaygraphError as error:
                answer = error.with_traceback(None)
            except (MemoryError, RecursionError) as error:
                answer = TooMuch(f"more than there is: {str(error) or type(error).__name__}")
            except Exception as error:
                answer = WaygraphError(
                    f"it failed: {type(error).__name__}: {error}", "this is our fault: report it"
                )
            there.send(answer)


def _end_by_signal() -> None:
    """Let the kernel end this process with its lifeline, where it can.

    ``end_with_parent`` needs Python's lock, that a library may hold on to.
    """
    with suppress(ImportError, OSError, AttributeError):
        import fcntl

        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        # SIGIO ends who does not handle it
        fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)


def _limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has, where the system can see to it."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        # private memory: an address space may be large and hold nothing
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


# Of Linux: calls that make a socket or reach through one, by machine, and its number as the
# kernel tells it to a filter.
_CALLS = {
    "x86_64": (0xC000003E, (41, 42, 425)),  # socket, connect, io_uring_setup
    "aarch64": (0xC00000B7, (198, 203, 425)),
}
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x0005000D  # the second is EACCES
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _MACHINE_AT, _OTHER_CALLS = 0, 4, 0x40000000


def _open_no_socket() -> bool:
    """Let the kernel refuse sockets to this process from now on; whether it does."""
    import ctypes
    import struct

    machine = os.uname().machine if hasattr(os, "uname") else ""
    if not sys.platform.startswith("linux") or machine not in _CALLS:
        return False
    number, calls = _CALLS[machine]
    # (operation, steps to skip if so, if not, value); the last two steps refuse and allow
    steps = [(_LOAD, 0, 0, _MACHINE_AT), (_EQUAL, 0, len(calls) + 2, number)]
    steps += [(_LOAD, 0, 0, _NUMBER_AT), (_AT_LEAST, len(calls), 0, _OTHER_CALLS)]
    steps += [(_EQUAL, len(calls) - 1 - i, 0, call) for i, call in enumerate(calls)]
    steps[-1] = (_EQUAL, 0, 1, calls[-1])
    steps += [(_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW)]
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]  # as ctypes wants it

    program = Program(len(steps), ctypes.cast(packed, ctypes.c_void_p))
    control = ctypes.CDLL(None).prctl
    control.restype = ctypes.c_int
    alone: int = control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    filtered: int = control(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0)
    return alone == filtered == 0


if __name__ == "__main__":
    # what is sent is named by the module as others know it
    from waygraph.confined import _serve as serve

    serve(Connection(int(sys.argv[1])), sys.argv[2] == "1")
