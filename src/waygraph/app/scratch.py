"""Folders for a while, inside the workspace: what is made of notes lies where notes may lie.

Each is held by a lock of its process, which the system lets go of when that ends. So what a
killed process left is told from what is in use, and whoever needs a folder next removes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from waygraph.config import Workspace

SCRATCH = "scratch"


@contextmanager
def scratch(place: Workspace) -> Iterator[Path]:
    """An empty folder that lasts for the context.

    Raises:
        OSError: the workspace cannot be written to.
    """
    top = place.folder / SCRATCH
    top.mkdir(exist_ok=True)
    with ExitStack() as ours:
        # nobody sweeps between the making of a folder and its lock
        with _held(top, wait=True):
            _sweep(top)
            folder = Path(mkdtemp(dir=top))
            ours.enter_context(_held(folder))
        try:
            yield folder
        finally:
            rmtree(folder, ignore_errors=True)


def sweep(place: Workspace) -> None:
    """Remove what processes left that ended before they could."""
    top = place.folder / SCRATCH
    if top.is_dir():
        with _held(top, wait=True):
            _sweep(top)


def _sweep(top: Path) -> None:
    for left in top.iterdir():
        with _held(left) as held:
            if held:
                rmtree(left, ignore_errors=True)


@contextmanager
def _held(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Hold a folder's lock for the context; False if another holds it, or there are no locks."""
    with ExitStack() as opened:
        held = False
        with suppress(ImportError, OSError):
            import fcntl

            descriptor = os.open(folder, os.O_RDONLY)
            opened.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            held = True
        yield held
