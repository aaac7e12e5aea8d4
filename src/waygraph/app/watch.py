"""Watching notes: an ingest after every change, until it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from waygraph.errors import WaygraphError

# Milliseconds: editors write in bursts, so a change is taken up when it has been still for
# so long, or at the latest.
_STILL, _LATEST = 400, 5_000
_CONFIGURATION = frozenset({"_config.yml", "CNAME"})


def watch(
    paths: Sequence[Path],
    ingest: Callable[[], object],
    failed: Callable[[WaygraphError], None],
    stop: threading.Event | None = None,
) -> None:
    """Ingest now, and again whenever a note under ``paths`` is written, moved or deleted.

    What changes while an ingest runs is taken up by the next one.

    Args:
        paths: notes or folders of them.
        ingest: brings the workspace up to date.
        failed: told of an ingest that could not be; watching goes on.
        stop: ends the watching when set; Ctrl-C raises KeyboardInterrupt.

    Raises:
        WaygraphError: a path does not exist.
    """
    from watchfiles import watch as changes

    if missing := [str(path) for path in paths if not path.exists()]:
        raise WaygraphError(f"{missing[0]} does not exist", "name notes or folders that do")
    tops = [path.absolute() for path in paths]
    folders = sorted({top if top.is_dir() else top.parent for top in tops})

    def concerns(_change: object, path: str) -> bool:
        return _concerns(Path(path), tops)

    first = True
    # the first time-out says that the watch has begun: nothing written from then on is missed
    for found in changes(
        *folders,
        watch_filter=concerns,
        debounce=_LATEST,
        step=_STILL,
        rust_timeout=_STILL,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        if found or first:
            first = False
            try:
                ingest()
            except WaygraphError as error:
                failed(error)


def _concerns(path: Path, tops: Sequence[Path]) -> bool:
    """Whether a change at ``path`` may change the notes under ``tops``."""
    from waygraph.read.corpus import SUFFIXES, is_passed_over

    for top in tops:
        if path == top or path.is_relative_to(top):
            # a folder that is moved or deleted is told of without the notes in it
            known = path.suffix.lower() in (*SUFFIXES, "") or path.name in _CONFIGURATION
            return known and not any(map(is_passed_over, path.relative_to(top).parts))
    return False
