"""Processes of our own, begun beside this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def start_child(
    module: str,
    *arguments: str,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Run a module of this package in a Python of its own, which finds what this one finds.

    Nothing is found in the current folder, where notes of others may lie under the names of
    libraries. It is a session of its own: Ctrl-C is this process's to handle.

    Args:
        module: its full name.
        arguments: what it finds in ``sys.argv``.
        stdin, stdout, stderr, pass_fds: as ``subprocess.Popen`` takes them.
    """
    # -P keeps Python from putting the current folder first
    command = [sys.executable, "-P", "-m", module, *arguments]
    return subprocess.Popen(  # noqa: S603  # a module of ours, and nothing is run by a shell
        command, stdin=stdin, stdout=stdout, stderr=stderr, pass_fds=pass_fds,
        start_new_session=True, env={**os.environ, "PYTHONPATH": _path()},
    )  # fmt: skip


def _path() -> str:
    """Where this process finds modules, as another is told it, without the current folder."""
    here = os.path.realpath(os.curdir)
    places = (place for place in sys.path if place and os.pathsep not in place)
    return os.pathsep.join(os.path.abspath(p) for p in places if os.path.realpath(p) != here)
