"""The door of all output: what notes, pages, names and arguments hold cannot steer a terminal.

Two kinds of output leave the program. *Text* is for people: reports, tables, messages, warnings,
logs, Markdown. It is always made ``safe``, wherever it goes: it may be read on a terminal later.
*Data* (Turtle and the other forms of an export, JSON, CSV) goes out byte for byte to a file or a
pipe; on a terminal it is made safe like text. What is escaped reads ``\\u001b``, which JSON and
Turtle read back as the same character.

``say`` and ``give`` are how the program writes. What others write (the parser of the command
line, libraries, Python itself with its warnings and tracebacks) passes the same ``door``, which
stands before standard output and error while a command runs. Only bytes written to
``sys.stdout.buffer`` pass beside it: the protocol of ``waygraph mcp``.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

# Controls (C0, C1, DEL), but for the line break and the tab; separators of lines and paragraphs;
# what embeds, overrides or isolates the direction of writing; what is invisible (but for the
# joiners, which words and emoji are written with); surrogates, which are bytes and no text.
_HARMFUL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff]|\r(?!\n)"
)
_BREAK = re.compile(r"[\r\n\t]")


def safe(text: str) -> str:
    """Text whose control, direction-changing and invisible characters are written out."""
    return _HARMFUL.sub(_escaped, text)


def line(text: object) -> str:
    """As ``safe``, on one line: a name that holds a line break forges no line of ours."""
    return _BREAK.sub(_escaped, safe(str(text)))


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match.group()):04x}"


class _Door:
    """A text stream before another: what is written is made safe, and gets no colours."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(safe(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for one in lines:
            self.write(one)

    def isatty(self) -> bool:
        # who asks would write colours, and those of others cannot be told from a note's
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def guard() -> None:
    """Put the door before this process's standard output and error, for good."""
    sys.stdout, sys.stderr = (cast(TextIO, _Door(stream)) for stream in (sys.stdout, sys.stderr))


@contextmanager
def door() -> Iterator[None]:
    """Around a command: all that is written to standard output and error is made safe.

    What is raised, but for the end of the program, leaves it standing: Python tells of it there.
    """
    before = sys.stdout, sys.stderr
    guard()
    doors = sys.stdout, sys.stderr
    try:
        yield
    except (SystemExit, GeneratorExit):
        _leave(doors, before)
        raise
    _leave(doors, before)


def _leave(doors: tuple[TextIO, TextIO], before: tuple[TextIO, TextIO]) -> None:
    # a pipe that broke was replaced by what does not mind, and stays so
    if sys.stdout is doors[0]:
        sys.stdout = before[0]
    if sys.stderr is doors[1]:
        sys.stderr = before[1]


def behind(stream: TextIO) -> TextIO:
    """The stream behind the door, for what writes escapes of its own: a progress bar."""
    while isinstance(stream, _Door):
        stream = stream.stream
    return stream


def say(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Write text for people, and a line break if ``nl``."""
    stream = sys.stderr if err else sys.stdout
    stream.write(safe(str(text)) + "\n" * nl)
    stream.flush()


def give(pieces: Iterable[str]) -> None:
    """Write data to standard output: exact in a file or pipe, safe on a terminal."""
    shown = behind(sys.stdout).isatty()
    sys.stdout.flush()
    for piece in pieces:
        data = safe(piece) if shown else piece
        # of bytes that are no text JSON knows the escapes
        sys.stdout.buffer.write(data.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def give_json(value: object) -> None:
    """Write plain data as JSON, see ``give``."""
    give([json.dumps(value, ensure_ascii=False, indent=2), "\n"])
