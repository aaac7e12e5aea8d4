"""From paths to bytes: which files are notes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from waygraph import files
from waygraph.model import PLAN, Failure

SUFFIXES = (".md", ".markdown", ".mdx", ".org", ".txt", ".ipynb")
# Built sites and tools' own folders; hidden folders are passed over as well.
_PASSED_OVER = frozenset({"_site", "node_modules", "__pycache__", "site-packages"})
LARGEST = 20_000_000
# Front matter, whoever saved it since, that names the generator of plans.
_PLAN = re.compile(
    rb"(?:\xef\xbb\xbf)?---[ \t]*\r?\n(?:[\w-]+:[^\n]*\n){0,20}"
    rb"generator:[ \t]*[\"']?%s[\"']?[ \t]*\r?\n" % PLAN.encode()
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, its address, and the folder that it lies in and does not lead out of."""

    address: str
    path: Path
    top: Path


def scan(paths: Iterable[Path], root: Path) -> Iterator[Source | Failure]:
    """The notes under ``paths`` in a fixed order, and what cannot be a note.

    Folders are walked without following symbolic links to folders. A link to a file counts
    only if the file lies under the path it was found in and is not found there itself. A file
    named by itself must have the name of a note.
    """
    for path in paths:
        try:
            yield from _scan(path, root)
        except OSError as error:
            yield Failure(str(path), _reason(error))


def _scan(path: Path, root: Path) -> Iterator[Source | Failure]:
    top = Path(os.path.abspath(path))
    if top.is_dir():
        yield from _walk(top, root)
    elif top.suffix.lower() in SUFFIXES:
        yield _source(top, top.parent, root)
    else:
        reason = f"is no note ({', '.join(SUFFIXES)})" if top.exists() else "does not exist"
        yield Failure(str(path), reason)


def _walk(top: Path, root: Path) -> Iterator[Source | Failure]:
    closed: list[OSError] = []
    linked: list[Path] = []
    real: set[str] = set()
    for folder, names, found_there in os.walk(top, onerror=closed.append):
        names[:] = sorted(n for n in names if not is_passed_over(n))
        here = Path(os.path.realpath(folder))
        for name in sorted(found_there):
            if PurePosixPath(name).suffix.lower() not in SUFFIXES:
                continue
            path = Path(folder) / name
            if _is_link(path):
                linked.append(path)
            else:
                real.add(str(here / name))
                yield _source(path, top, root)
    # links come last, so that a file goes by its own name
    for path in linked:
        found, target = _source(path, top, root), os.path.realpath(path)
        if isinstance(found, Failure) or target not in real:
            real.add(target)
            yield found
    for error in closed:
        yield Failure(_address(Path(error.filename), root), _reason(error))


def is_passed_over(name: str) -> bool:
    """Whether a folder of this name is no place for notes: hidden, built, or a tool's."""
    return name.startswith(".") or name in _PASSED_OVER


def _source(path: Path, top: Path, root: Path) -> Source | Failure:
    address = _address(path, root)
    try:
        address.encode("utf-8")
    except UnicodeEncodeError:
        return Failure(os.fsencode(address).decode("utf-8", "replace"), "its name is not UTF-8")
    try:
        linked = path.is_symlink()
    except OSError as error:
        return Failure(address, _reason(error))
    # unlike Path.resolve, realpath does not raise on a link to itself
    if linked and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(top)):
        return Failure(address, "is a symbolic link that leads out of the notes")
    return Source(address, path, top)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # of which ``_source`` tells
        return False


def _address(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def is_plan(data: bytes) -> bool:
    """Whether a file is a learning path that waygraph wrote: what it says is no note's."""
    return bool(_PLAN.match(data))


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()


def load(source: Source) -> bytes | Failure:
    """The file's bytes, or why they cannot be had."""
    try:
        return files.read_inside(source.top, source.path, LARGEST)
    except OSError as error:
        return Failure(source.address, _reason(error))
