"""Whether the concept graph still shows what it was made of, told in well under a millisecond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waygraph.config import DECISIONS, Workspace

if TYPE_CHECKING:
    from pathlib import Path

# While the datagraph is ahead of the concept graph; else what the decisions file was like.
_CHANGING = "changing"


def decisions_stamp(place: Workspace) -> str:
    """What tells one state of the decisions file from others: its size and checksum."""
    from zlib import crc32

    try:
        data = (place.root / DECISIONS).read_bytes()
    except OSError:
        data = b""
    return f"{len(data)} {crc32(data):08x}"


def begin_change(place: Workspace) -> str:
    """Say that the datagraph is about to change, and the concept graph not yet.

    Gives the stamp of the decisions that are there now, for ``end_change``.
    """
    _write(place, _CHANGING)
    return decisions_stamp(place)


def end_change(place: Workspace, decisions: str) -> None:
    """Say that the concept graph shows the datagraph, and which decisions (their stamp)."""
    _write(place, decisions)


def outdated(place: Workspace) -> str:
    """What the concept graph does not show yet, and the command to run; empty if nothing."""
    try:
        stamp = stamp_file(place).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # nothing was ingested here, so nothing is known to have changed
    if stamp == _CHANGING:
        return (
            "the concept graph is older than the datagraph: an ingest was interrupted, or "
            "something was imported (waygraph ingest brings it up to date)"
        )
    if stamp != decisions_stamp(place):
        return f"{DECISIONS} has changed since the last ingest (waygraph ingest applies it)"
    return ""


def stamp_file(place: Workspace) -> Path:
    """The file that says what the concept graph shows; it is written when either changes."""
    return place.folder / "concept-graph.stamp"


def _write(place: Workspace, stamp: str) -> None:
    from waygraph.sealed import write_whole

    write_whole(stamp_file(place), stamp)
