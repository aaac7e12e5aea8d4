"""The few things that a store of named graphs must do; the embedded one does them on disk."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from waygraph.errors import StoreError, remedy
from waygraph.store.checksums import Checksums, changed_file, read_checksums, write_checksums

# A named graph's IRI and its N-Triples lines
Graph = tuple[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which graphs a query asks.

    ``default`` are the named graphs that make up its default graph, ``named`` those that
    ``GRAPH`` finds; both None for what the query itself says by ``FROM``.
    """

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None


Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples
# How often a reader looks again when a writer tidied files away under it.
_LOOKS = 20
_SHOWN = 300
# So many triples are loaded in bulk at a time: Oxigraph takes a kilobyte of memory for each.
LOADED = 25_000
# After so many bulk loads the files on disk are merged: each look-up asks all of them.
_TIDY = 8


class Backend(Protocol):
    """A store of named graphs: Oxigraph on disk here, or a SPARQL server elsewhere.

    ``bulk`` says whether ``bulk_insert`` is there and faster than ``insert``, ``shared`` whether
    others may write to the store while it is open, ``name`` where it is. What goes wrong is a
    StoreError, for rows of an answer see ``readable``.
    """

    bulk: bool
    shared: bool
    name: str

    def query(self, query: str, scope: Scope | None = None) -> Results:
        """Answer a SPARQL query; without a scope its default graph is the union of all."""

    def update(self, update: str) -> None:
        """Execute a SPARQL update: all of it or nothing."""

    def insert(self, graphs: Sequence[Graph]) -> None:
        """Add triples to named graphs: all of them or none."""

    def bulk_insert(self, graphs: Sequence[Graph]) -> None:
        """Add triples to named graphs; when broken off, some may be there."""

    def graph(self, name: str) -> str:
        """A named graph as N-Triples."""

    def dump(self) -> bytes:
        """Everything as N-Quads."""

    def flush(self) -> None:
        """See that what was written stays."""

    def close(self) -> None:
        """Let go of the store."""


@contextmanager
def checked(name: str) -> Iterator[None]:
    """Turn what Oxigraph raises, also while rows of an answer are read, into a StoreError."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        # a failure of RocksDB comes with what led to it in lines of its own
        said = " ".join(str(error).split())
        # the file's name, for a block is what was damaged
        if "/LOCK: " in said:
            raise StoreError(
                f"the store {name} is in use by another waygraph that writes",
                "wait until it has finished, or stop it, and try again",
            ) from None
        anew = _anew(name)
        if "too recent version" in said:
            raise StoreError(
                f"the store {name} was made by a newer Oxigraph: {said}",
                f"use the waygraph that made it, or a newer pyoxigraph; or {anew}",
            ) from None
        hint = anew if "Corruption" in said else remedy(error, anew)
        raise StoreError(f"cannot use the store {name}: {said}", hint) from None


def _anew(name: str) -> str:
    return f"remove {name}, and `waygraph ingest` makes it anew from what was read"


@contextmanager
def readable(name: str) -> Iterator[None]:
    """As ``checked``, for answers that a server gave: what cannot be read is a StoreError too."""
    try:
        with checked(name):
            yield
    except (SyntaxError, ValueError) as error:
        raise unreadable(name, " ".join(str(error).split())[:_SHOWN]) from None


def solutions(results: Results, name: str) -> ox.QuerySolutions:
    """The rows of what a SELECT was answered with by the store of that name.

    Raises:
        StoreError: the answer has none.
    """
    if not isinstance(results, ox.QuerySolutions):
        raise unreadable(name, "to a SELECT it gives no rows")
    return results


def unreadable(name: str, why: str) -> StoreError:
    """The error of a store that answers what is no answer."""
    return StoreError(
        f"the store {name} answers what cannot be read: {why}",
        "is it the address of a SPARQL 1.1 server?",
    )


class Embedded:
    """An Oxigraph store in a folder.

    Args:
        folder: where it is.
        write: whether it is made if need be, and locked for writing.
        check: whether one that is read is compared with what it was when it was closed.

    Raises:
        StoreError: it cannot be opened, another process writes to it, or it was damaged.
    """

    bulk = True
    shared = False

    def __init__(self, folder: Path, *, write: bool, check: bool = True) -> None:
        self._loads = 0
        self.name = str(folder)
        # of the files that were there before this one writes
        self._known: Checksums | None = None
        with checked(self.name):
            if write:
                if not folder.exists():
                    _make(folder)
                self.store = ox.Store(self.name)
                self._known = read_checksums(folder, _anew(self.name))
                return
            if check:
                _compare(folder)
            self.store = _read_only(self.name)

    def query(self, query: str, scope: Scope | None = None) -> Results:
        """See ``Backend``."""
        with checked(self.name):
            if scope is None:
                return self.store.query(query, use_default_graph_as_union=True)
            if scope.default is None or scope.named is None:
                return self.store.query(query)
            return self.store.query(
                query,
                default_graph=list(map(ox.NamedNode, scope.default)),
                named_graphs=list(map(ox.NamedNode, scope.named)),
            )

    def update(self, update: str) -> None:
        """See ``Backend``."""
        with checked(self.name):
            self.store.update(update)

    def insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        with checked(self.name):
            self.store.load(_trig(graphs), format=ox.RdfFormat.TRIG)

    def bulk_insert(self, graphs: Sequence[Graph]) -> None:
        """See ``Backend``."""
        with checked(self.name):
            self.store.flush()
            for piece in _pieces(graphs):
                self.store.bulk_load(_trig(piece), format=ox.RdfFormat.TRIG)
                self._loads += 1

    def graph(self, name: str) -> str:
        """See ``Backend``."""
        with checked(self.name):
            data = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(name))
        return (data or b"").decode("utf-8")

    def dump(self) -> bytes:
        """See ``Backend``."""
        with checked(self.name):
            return self.store.dump(format=ox.RdfFormat.N_QUADS) or b""

    def flush(self) -> None:
        """See ``Backend``."""
        with checked(self.name):
            if self._loads > _TIDY:
                self.store.optimize()
                self._loads = 0
            self.store.flush()

    def close(self) -> None:
        """See ``Backend``."""
        # Oxigraph has no close: its lock goes with the last reference
        del self.store
        if self._known is not None:
            write_checksums(Path(self.name), self._known)


def _pieces(graphs: Iterable[Graph]) -> Iterator[list[Graph]]:
    """The graphs in order, at most ``LOADED`` triples at a time: a large one in parts."""
    piece: list[Graph] = []
    size = 0
    for name, lines in graphs:
        rest = iter(lines)
        while part := list(islice(rest, LOADED - size)):
            piece.append((name, part))
            size += len(part)
            if size == LOADED:
                yield piece
                piece, size = [], 0
    if piece:
        yield piece


def _trig(graphs: Iterable[Graph]) -> str:
    """Named graphs of N-Triples lines as TriG."""
    return "".join("<{}> {{\n{}\n}}\n".format(name, "\n".join(lines)) for name, lines in graphs)


def _make(folder: Path) -> None:
    """Make an empty store under another name first: one that is there is one that opens."""
    new = folder.with_name(folder.name + ".new")
    new.parent.mkdir(parents=True, exist_ok=True)
    # opened, it makes what a killed process left undone; closed, it can be moved
    store = ox.Store(str(new))
    store.flush()
    del store
    new.rename(folder)


def _compare(folder: Path) -> None:
    """See that a store is as it was when it was closed.

    Raises:
        StoreError: it was damaged.
    """
    anew = _anew(str(folder))
    if changed := changed_file(folder, read_checksums(folder, anew)):
        raise StoreError(f"cannot use the store {folder}: {changed} is not as it was written", anew)


def _read_only(folder: str) -> ox.Store:
    for _ in range(_LOOKS - 1):
        try:
            return ox.Store.read_only(folder)
        except RuntimeError:
            time.sleep(0.01)
    return ox.Store.read_only(folder)
