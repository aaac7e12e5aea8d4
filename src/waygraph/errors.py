"""The errors a user can meet, under one root.

Every message names the file and line or the value at fault; ``hint`` says the next
thing to do. The command line prints both and exits with ``exit_code``.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence


class WaygraphError(Exception):
    """Root of all errors that waygraph raises on purpose.

    ``exit_code`` is what the command line returns (1 unless a subclass says otherwise).
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # each kind is made of other arguments: copied between processes as it is
        return _made_again, (type(self), self.args), self.__dict__


def _made_again(kind: type[WaygraphError], args: tuple[object, ...]) -> WaygraphError:
    return kind.__new__(kind, *args)


class WaygraphNotice(UserWarning):
    """What a user should know of an answer that is given all the same.

    The command line prints it on standard error, with the answer.
    """


class ReadError(WaygraphError):
    """A source that cannot be read. ``line`` is 1-based, or None for the whole file."""

    def __init__(self, address: str, reason: str, line: int | None = None, hint: str = "") -> None:
        place = f"{address}:{line}" if line else address
        super().__init__(f"{place}: {reason}", hint)
        self.address = address
        self.line = line
        self.reason = reason


class MissingWorkspace(WaygraphError):
    """No ``.waygraph`` folder where one is needed."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"no workspace at {place} or in any folder above it",
            "make one with: waygraph ingest PATH (PATH is a note or a folder of notes)",
        )


class SettingsError(WaygraphError):
    """A settings file or value that does not fit."""


class Untrusted(SettingsError):
    """Settings of a workspace that can send notes away or load a model, and nobody trusts them."""

    def __init__(self, where: str, setting: str, folder: str) -> None:
        super().__init__(
            f"{where}: {setting}\nThis can send what your notes say away, or load what others "
            "made; you have not said that you trust it.",
            f"if you do: waygraph trust --workspace {shlex.quote(folder)}; else change the file",
        )


class ComputeGraphError(WaygraphError):
    """A compute graph that cannot run: unknown operator, missing input, cycle, bad parameter."""


class OperatorFailure(WaygraphError):
    """An operator raised on one document; the run goes on without that document."""


class StoreError(WaygraphError):
    """The datagraph's store cannot be opened, read or written."""


class BrokenCache(StoreError):
    """The cache holds what was never put into it. All of it can be made again."""


FULL_DISK = "make room on the disk, then run it again; nothing is lost"
# What a system or library says of a file, and what is to be done about it.
_REMEDIES = (
    (("full", "no space", "too large", "quota", "i/o error"), FULL_DISK),
    (
        ("lock", "busy"),
        "another waygraph writes to it: wait until it has finished, or stop it, and try again",
    ),
    (
        ("readonly", "read-only", "permi", "denied", "unable to open", "directory"),
        "let waygraph write there, or name another workspace with --workspace FOLDER",
    ),
)


def remedy(error: object, broken: str) -> str:
    """The next thing to do about a file that cannot be used.

    Args:
        error: what the system or a library said.
        broken: what to do if neither room nor rights are wanting: what it holds is at fault.
    """
    said = str(error).lower()
    return next((hint for words, hint in _REMEDIES if any(w in said for w in words)), broken)


class QueryError(WaygraphError):
    """A question in SPARQL that is none, would do more than read, or takes too long."""

    exit_code = 2


class UnknownConcept(WaygraphError):
    """A label, IRI or text that names no concept.

    ``nearest`` lists known labels, best first; ``known`` says whether there is any concept.
    """

    exit_code = 2

    def __init__(self, query: str, nearest: Sequence[str], known: bool) -> None:
        if nearest:
            hint = "the nearest known concepts: " + "; ".join(nearest)
        elif not known:
            hint = "the workspace has no concepts yet: ingest some notes first"
        elif not any(map(str.isalnum, query)):
            hint = "it holds no word, and a concept is named by one at least"
        else:
            hint = "no known concept is like it"
        if known and not nearest:
            hint += ": `waygraph concepts` lists all"
        super().__init__(f"unknown concept: {query!r}", hint)
        self.query = query
        self.nearest = tuple(nearest)
        self.known = known


class AmbiguousConcept(WaygraphError):
    """A query that fits several concepts equally well."""

    exit_code = 2

    def __init__(self, query: str, candidates: Sequence[str]) -> None:
        super().__init__(
            f"{query!r} fits several concepts: " + "; ".join(candidates),
            "ask again with one of these labels",
        )
        self.query = query
        self.candidates = tuple(candidates)


class NoPath(WaygraphError):
    """Start and goal lie in pieces of the concept graph that no relation joins."""

    exit_code = 3


class BadQuestion(WaygraphError):
    """Options of a question that contradict one another, or a file of known concepts at fault."""

    exit_code = 2


class CyclicPrerequisites(WaygraphError):
    """Accepted prerequisites that go round in a circle: no order fits them."""
