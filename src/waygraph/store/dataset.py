"""The datagraph on disk: an Oxigraph store of named graphs, replaced one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyoxigraph as ox

from waygraph.errors import StoreError
from waygraph.model import digest_of
from waygraph.store.convert import text
from waygraph.vocab import PROV, WG, provenance_graph

if TYPE_CHECKING:
    import rdflib

_DIGEST = ox.NamedNode(WG + "digest")
# New graphs are written beside the making of the next: at most this many triples wait ...
_AT_ONCE = 25_000
# ... and at least this many are worth the bulk loader, four times as fast as a transaction.
_BULK = 10_000
# What provenance says of a graph whose loading has begun and not ended: no digest.
_BEGUN = ""
Written = Callable[[str, list[str]], None]
# How often a reader looks again when a writer tidied files away under it.
_LOOKS = 20


@dataclass(frozen=True, slots=True)
class NamedGraph:
    """A named graph to be: what it is made of, and how to make it if that has changed.

    ``digest`` names the content: equal digests, equal graphs. ``run`` is the IRI of the
    operator run behind it; ``make`` gives its N-Triples lines, sorted.
    """

    digest: str
    run: str
    make: Callable[[], list[str]]

    @classmethod
    def of(cls, lines: list[str], run: str) -> NamedGraph:
        """A graph that is made already."""
        return cls(digest_of(*lines), run, lambda: lines)


class Dataset:
    """Named graphs of N-Triples lines, each with a digest kept in the provenance graph.

    A graph and its digest change in one transaction, so after a crash the digests tell
    exactly what is there. Many new graphs at once are loaded in bulk, which is no
    transaction: they are marked before, and a graph that still has the mark is made again.
    """

    def __init__(self, folder: Path, base: str, *, write: bool = False) -> None:
        self.base = base
        self._provenance = provenance_graph(base)
        try:
            if write:
                folder.mkdir(parents=True, exist_ok=True)
                self._store = ox.Store(str(folder))
            else:
                self._store = _read_only(str(folder))
        except (OSError, RuntimeError) as error:
            if "lock" in str(error).lower():
                raise StoreError(
                    f"the store {folder} is in use by another waygraph that writes",
                    "wait until it has finished, or stop it, and try again",
                ) from None
            raise StoreError(
                f"cannot open the store {folder}: {error}",
                "remove the workspace folder and ingest again; the notes are not touched",
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Oxigraph has no close: its lock goes with the last reference
        del self._store

    def digests(self) -> dict[str, str]:
        """Named graph -> digest of its content."""
        graph = ox.NamedNode(self._provenance)
        quads = self._store.quads_for_pattern(None, _DIGEST, None, graph)
        pairs = ((quad.subject, quad.object) for quad in quads)
        return {
            subject.value: digest.value
            for subject, digest in pairs
            if isinstance(subject, ox.NamedNode) and isinstance(digest, ox.Literal)
        }

    def replace(
        self, graphs: Iterable[tuple[str, NamedGraph]], written: Written | None = None
    ) -> tuple[int, int]:
        """Make the datagraph hold exactly ``graphs`` (and the provenance graph).

        Graphs come as (IRI, content), one at a time; those that are the same already are
        neither made nor touched. ``written`` is called with the digest and the lines of
        each that is. Returns how many were written and how many dropped.
        """
        known = self.digests()
        gone = set(known)
        count = 0
        with _Writer(self._insert) as writer:
            for name, graph in graphs:
                gone.discard(name)
                if known.get(name) == graph.digest:
                    continue
                count += 1
                lines, about = graph.make(), self._about(name, graph)
                if written:
                    written(graph.digest, lines)
                if name in known:
                    writer.join()
                    self._update(name, lines, about)
                else:
                    writer.add(name, lines, about)
        for name in sorted(gone):
            self._update(name, [], [])
        if count or gone:
            self._store.flush()
        return count, len(gone)

    def runs(self) -> list[str]:
        """IRIs of the operator runs that the provenance graph describes."""
        graph = ox.NamedNode(self._provenance)
        quads = self._store.quads_for_pattern(None, ox.NamedNode(WG + "operator"), None, graph)
        return [quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode)]

    def write_provenance(self, graphs: Mapping[str, list[str]]) -> None:
        """Replace what the provenance graph says of each subject (a run's IRI)."""
        for subject, lines in graphs.items():
            self._store.update(
                f"DELETE WHERE {{ GRAPH <{self._provenance}> {{ <{subject}> ?p ?o }} }} ;"
                f"INSERT DATA {{ GRAPH <{self._provenance}> {{ {' '.join(lines)} }} }}"
            )

    def _insert(self, waiting: _Waiting) -> None:
        """Write graphs that are not there yet."""
        about = [(self._provenance, waiting.about)]
        if waiting.size < _BULK:
            if waiting.graphs:
                self._store.load(_trig([*waiting.graphs, *about]), format=ox.RdfFormat.TRIG)
            return
        begun = [f"<{name}> <{WG}digest> {text(_BEGUN)} ." for name, _ in waiting.graphs]
        self._store.load(_trig([(self._provenance, begun)]), format=ox.RdfFormat.TRIG)
        self._store.flush()
        self._store.bulk_load(_trig(waiting.graphs), format=ox.RdfFormat.TRIG)
        self._store.update(
            f"DELETE DATA {{ GRAPH <{self._provenance}> {{ {' '.join(begun)} }} }} ;"
            f"INSERT DATA {{ GRAPH <{self._provenance}> {{ {' '.join(waiting.about)} }} }}"
        )

    def _update(self, name: str, lines: list[str], about: list[str]) -> None:
        self._store.update(
            f"CLEAR SILENT GRAPH <{name}> ;"
            f"DELETE WHERE {{ GRAPH <{self._provenance}> {{ <{name}> ?p ?o }} }} ;"
            f"INSERT DATA {{ GRAPH <{name}> {{ {' '.join(lines)} }} "
            f"GRAPH <{self._provenance}> {{ {' '.join(about)} }} }}"
        )

    def _about(self, name: str, graph: NamedGraph) -> list[str]:
        """What provenance says of a named graph: its digest and the run that made it."""
        return [
            f"<{name}> <{WG}digest> {text(graph.digest)} .",
            f"<{name}> <{PROV}wasGeneratedBy> <{graph.run}> .",
        ]

    def lines(self) -> list[str]:
        """All triples outside the provenance graph as sorted N-Triples lines, none twice."""
        quads = self._store.dump(format=ox.RdfFormat.N_QUADS) or b""
        hidden = f" <{self._provenance}> ."
        triples = {
            line[: line.rindex(" <")] + " ."
            for line in quads.decode("utf-8").split("\n")
            if line and not line.endswith(hidden)
        }
        return sorted(triples)

    def graph(self, name: str) -> list[str]:
        """The triples of one named graph as N-Triples lines."""
        data = self._store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.NamedNode(name))
        return [line for line in (data or b"").decode("utf-8").split("\n") if line]

    def digest(self) -> str:
        """A digest of the whole datagraph."""
        return digest_of(*(part for pair in sorted(self.digests().items()) for part in pair))

    def pairs(self, predicate: str) -> Iterator[tuple[str, Any]]:
        """(subject, value) of every triple with this predicate; some may come twice."""
        for quad in self._store.quads_for_pattern(None, ox.NamedNode(predicate), None):
            if isinstance(quad.subject, ox.NamedNode):
                yield quad.subject.value, _value(quad.object)

    def select(self, query: str, **values: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a SELECT query over all named graphs; ``$name`` is the IRI ``values[name]``.

        Terms come as str (IRIs and plain literals), int, float or None (unbound).
        """
        for name, value in values.items():
            query = query.replace(f"${name}", f"<{value}>")
        solutions = self._store.query(query, use_default_graph_as_union=True)
        width = len(solutions.variables)  # type: ignore[union-attr]  # a SELECT gives solutions
        for solution in solutions:  # type: ignore[union-attr]  # a SELECT gives solutions
            yield tuple(_value(solution[i]) for i in range(width))

    def to_rdflib(self) -> rdflib.Dataset:
        """A copy as an rdflib Dataset, provenance included: for notebooks and small graphs."""
        import rdflib

        copy = rdflib.Dataset(default_union=True)
        data = self._store.dump(format=ox.RdfFormat.N_QUADS)
        copy.parse(data=(data or b"").decode("utf-8"), format="nquads")
        return copy


@dataclass
class _Waiting:
    """Graphs to be written together, and what provenance says of them."""

    graphs: list[tuple[str, list[str]]] = field(default_factory=list)
    about: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, lines: list[str], about: list[str]) -> None:
        self.graphs.append((name, lines))
        self.about += about
        self.size += len(lines)


class _Writer:
    """Gathers new graphs and writes them in a thread, so that the next are made meanwhile."""

    def __init__(self, write: Callable[[_Waiting], None]) -> None:
        self._write = write
        self._waiting = _Waiting()
        self._pool = ThreadPoolExecutor(1)
        self._running: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def add(self, name: str, lines: list[str], about: list[str]) -> None:
        """Take a graph; at most as many wait as are being written."""
        self._waiting.add(name, lines, about)
        idle = self._running is None or self._running.done()
        if self._waiting.size > (_BULK if idle else _AT_ONCE):
            self._start()

    def _start(self) -> None:
        self.join()
        self._running = self._pool.submit(self._write, self._waiting)
        self._waiting = _Waiting()

    def join(self) -> None:
        """Wait for what is being written; what went wrong there is raised here."""
        if self._running is None:
            return
        error, self._running = self._running.exception(), None
        try:
            if error is not None:
                raise error
        finally:
            del error  # a traceback in a cycle would keep the store open

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._start()
                self.join()
        finally:
            self._pool.shutdown()


def _trig(graphs: Iterable[tuple[str, list[str]]]) -> str:
    """Named graphs of N-Triples lines as TriG."""
    return "".join("<{}> {{\n{}\n}}\n".format(name, "\n".join(lines)) for name, lines in graphs)


def _read_only(folder: str) -> ox.Store:
    for _ in range(_LOOKS - 1):
        try:
            return ox.Store.read_only(folder)
        except RuntimeError:
            time.sleep(0.01)
    return ox.Store.read_only(folder)


def _value(term: Any) -> Any:
    if term is None or isinstance(term, ox.NamedNode):
        return term.value if term else None
    kind = term.datatype.value.rpartition("#")[2]
    if kind == "integer":
        return int(term.value)
    return float(term.value) if kind == "decimal" else term.value
