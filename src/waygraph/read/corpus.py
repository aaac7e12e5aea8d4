"""From paths to documents: which files are notes, and what their links lead to."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from waygraph.model import Document, Failure, Link, Target, Targets
from waygraph.read.markdown import folded

SUFFIXES = frozenset({".md", ".markdown"})
# Built sites and tools' own folders; hidden folders are passed over as well.
_PASSED_OVER = frozenset({"_site", "node_modules", "__pycache__", "site-packages"})
LARGEST = 20_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and its address."""

    address: str
    path: Path


def scan(paths: Iterable[Path], root: Path) -> Iterator[Source | Failure]:
    """The notes under ``paths`` in a fixed order, and what cannot be a note.

    Folders are walked without following symbolic links to folders; a link to a file counts
    only if the file lies under the path it was found in. A file named by itself must be
    Markdown.
    """
    for path in paths:
        try:
            yield from _scan(path, root)
        except OSError as error:
            yield Failure(str(path), _reason(error))


def _scan(path: Path, root: Path) -> Iterator[Source | Failure]:
    top = Path(os.path.abspath(path))
    if top.is_dir():
        closed: list[OSError] = []
        for folder, names, files in os.walk(top, onerror=closed.append):
            names[:] = sorted(n for n in names if not _skip(n))
            for name in sorted(files):
                if PurePosixPath(name).suffix.lower() in SUFFIXES:
                    yield _source(Path(folder) / name, top, root)
        for error in closed:
            yield Failure(_address(Path(error.filename), root), _reason(error))
    elif top.suffix.lower() in SUFFIXES:
        yield _source(top, top.parent, root)
    else:
        reason = "is no Markdown file (.md)" if top.exists() else "does not exist"
        yield Failure(str(path), reason)


def _skip(name: str) -> bool:
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
    return Source(address, path)


def _address(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _reason(error: OSError) -> str:
    return (error.strerror or "cannot be read").lower()


def load(source: Source) -> bytes | Failure:
    """The file's bytes, or why they cannot be had."""
    try:
        if not source.path.is_file():
            return Failure(source.address, "is not a regular file")
        if (size := source.path.stat().st_size) > LARGEST:
            return Failure(source.address, f"has {size:,} bytes, more than {LARGEST:,}")
        return source.path.read_bytes()
    except OSError as error:
        return Failure(source.address, _reason(error))


def resolve_links(documents: Sequence[Document]) -> list[Targets]:
    """For every document, the documents its links lead to.

    Wikilinks go by path, file name, title or alias, whatever the case; among equals the
    one in the same folder wins, then the shortest path, then the alphabet.
    """
    index = _Index(documents)
    return [
        Targets(doc.address, tuple(index.target(doc.address, link) for link in doc.links))
        for doc in documents
    ]


class _Index:
    def __init__(self, documents: Sequence[Document]) -> None:
        self._by_address: dict[str, Target] = {}
        self._by_name: dict[str, list[str]] = {}
        for document in documents:
            address = document.address
            self._by_address[address] = Target(address, document.title, document.page)
            stem = PurePosixPath(address).stem
            names = {stem.strip(), document.title, *document.aliases, _without_suffix(address)}
            # a name of signs alone ("???") folds to nothing, which would be every such name
            for name in ({n.casefold() for n in names} | {folded(n) for n in names}) - {""}:
                self._by_name.setdefault(name, []).append(address)

    def target(self, origin: str, link: Link) -> Target:
        if link.kind in ("wikilink", "embed"):
            return self._wikilink(origin, link.target)
        if link.kind == "url":
            return Target()
        parts = urlsplit(link.target) if _is_sane(link.target) else None
        if parts is None or parts.scheme or parts.netloc or not parts.path:
            return Target()
        path = unquote(parts.path)
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))
        for address in (joined, joined + ".md"):
            if address in self._by_address:
                return self._by_address[address]
        return Target()

    def _wikilink(self, origin: str, target: str) -> Target:
        name = re.split(r"[#^]", target.rstrip("\\"), maxsplit=1)[0].strip()
        if not name:
            return self._by_address[origin]
        found = self._by_name.get(_without_suffix(name).casefold())
        found = found or self._by_name.get(folded(_without_suffix(name)))
        if not found:
            return Target()
        folder = posixpath.dirname(origin)
        best = min(found, key=lambda a: (posixpath.dirname(a) != folder, len(a), a))
        return self._by_address[best]


def _is_sane(target: str) -> bool:
    try:
        urlsplit(target)
    except ValueError:
        return False
    return True


def _without_suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem if dot and f".{suffix.lower()}" in SUFFIXES else name
