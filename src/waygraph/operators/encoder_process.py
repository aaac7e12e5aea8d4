"""The sentence encoder in a process of its own, that loads and works while this one goes on.

Python runs one thread at a time, and an encoder hands many short jobs to torch: in a thread
beside busy ones it waits for its turn after each, and takes many times as long.

The two speak in lines of JSON. A question is a list of texts, or null for the next batch of
what was asked last; each has one answer.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, cast

import msgspec

from waygraph import terminal
from waygraph.children import start_child
from waygraph.errors import ComputeGraphError
from waygraph.operators.encoder import batches, load_encoder

Batches = Generator[tuple[list[int], list[bytes]]]


class _Answer(msgspec.Struct, omit_defaults=True):
    """A batch: places in the texts and their vectors; no places: the last was before it."""

    places: list[int] = []
    rows: list[bytes] = []
    fault: str = ""
    hint: str = ""


class _Encoder:
    """The other process. It is ended with this one."""

    def __init__(self, model: str) -> None:
        self._model = model
        pipe = subprocess.PIPE
        self._process = start_child(__name__, model, stdin=pipe, stdout=pipe)
        self._questions = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)
        self._turn = Lock()
        self._unread = 0

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # of what was asked and will never be read
                pipe.close()

    def encoded(self, texts: Sequence[str]) -> Batches:
        with self._turn:
            while self._unread:  # of one who stopped listening
                self._hear()
            self._ask(texts)
            while (answer := self._hear()).places:
                self._ask(None)
                yield answer.places, answer.rows

    def _ask(self, question: Sequence[str] | None) -> None:
        with suppress(BrokenPipeError):  # it is told when no answer comes
            self._questions.write(msgspec.json.encode(question) + b"\n")
            self._questions.flush()
        self._unread += 1

    def _hear(self) -> _Answer:
        line = self._answers.readline()
        if not line.endswith(b"\n"):
            raise ComputeGraphError(
                f"the process of the sentence encoder {self._model!r} was ended with "
                f"{self._process.wait()}, perhaps for lack of memory",
                "run again; what was encoded is kept",
            )
        self._unread -= 1
        answer = msgspec.json.decode(line, type=_Answer)
        if answer.fault:
            raise ComputeGraphError(answer.fault, answer.hint)
        return answer


_encoders: dict[str, _Encoder] = {}
_starting = Lock()
if hasattr(os, "register_at_fork"):
    # two that speak through one pipe would take each other's answers
    os.register_at_fork(after_in_child=_encoders.clear)


def start_encoder(model: str) -> _Encoder:
    """The process of this model, started if there is none: it loads while this one goes on."""
    with _starting:
        if model not in _encoders or not _encoders[model].runs:
            _encoders[model] = _Encoder(model)
        return _encoders[model]


def encoded(texts: Sequence[str], model: str) -> Batches:
    """Places in ``texts`` and their unit vectors (little-endian float32), batch by batch.

    They are those of ``encoder.encode_texts``, to the bit.

    Raises:
        ComputeGraphError: the model is not there or not what it should be, or its process
            was ended.
    """
    if texts:
        yield from start_encoder(model).encoded(texts)


@atexit.register
def end_encoders() -> None:
    """End the processes at once, whatever they are at: who waits for an answer gets an error."""
    for encoder in _encoders.values():
        encoder.end()


def _serve(model: str) -> None:
    """Answer until nobody asks any more."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    terminal.guard()
    questions: SimpleQueue[bytes] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            questions.put(line)
        os._exit(0)  # also while the model is loaded or taken apart, which take seconds

    Thread(target=listen, daemon=True).start()
    with suppress(ComputeGraphError):  # told to who asks
        load_encoder(model)
    going = batches([], model)
    while True:
        texts = msgspec.json.decode(questions.get(), type=list[str] | None)
        try:
            going = going if texts is None else batches(texts, model)
            places, rows = next(going, ([], ()))
            answer = _Answer(places, [row.tobytes() for row in rows])
        except ComputeGraphError as error:
            answer = _Answer(fault=error.message, hint=error.hint)
        answers.write(msgspec.json.encode(answer) + b"\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
