"""The datagraph: named graphs in a store, replaced one at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyoxigraph as ox

from waygraph.errors import StoreError
from waygraph.model import digest_of
from waygraph.store.backend import Backend, Embedded, readable, solutions
from waygraph.store.convert import text
from waygraph.store.kept import Kept, lines_key
from waygraph.store.packed import pack, unpacked_lines
from waygraph.store.writer import Waiting, Writer
from waygraph.vocab import PROV, WG, XSD, provenance_graph

if TYPE_CHECKING:
    import rdflib

_DIGEST = ox.NamedNode(WG + "digest")
# At least so many new triples are worth the bulk loader, twice as fast as a transaction.
_BULK = 2_500
# What provenance says of a graph whose loading has begun and not ended: no digest.
_BEGUN = ""
Written = Callable[[str, Collection[str]], None]
_READ_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class NamedGraph:
    """A named graph to be: what it is made of, and how to make it if that has changed.

    ``digest`` names the content: equal digests, equal graphs. ``run`` is the IRI of the
    operator run behind it; ``make`` gives its N-Triples lines, sorted.
    """

    digest: str
    run: str
    make: Callable[[], Collection[str]]

    @classmethod
    def of(cls, lines: Collection[str], run: str) -> NamedGraph:
        """A graph that is made already."""
        return cls(digest_of(*lines), run, lambda: lines)


class Dataset:
    """Named graphs of N-Triples lines, each with a digest kept in the provenance graph.

    A graph and its digest change in one transaction, so after a crash the digests tell
    exactly what is there. Many new graphs at once are loaded in bulk, which is no
    transaction: they are marked before, and a graph that still has the mark is made again.
    """

    def __init__(
        self, store: Path | Backend, base: str, *, write: bool = False, kept: Kept | None = None
    ) -> None:
        """Open a datagraph.

        Args:
            store: the folder of an embedded store, or a store that is open.
            base: the workspace's base IRI.
            write: whether the embedded store is made if need be, and locked for writing.
            kept: where lines of graphs are kept, see ``GraphKeeper``; what is not there is
                read from the store, and kept.

        Raises:
            StoreError: the store cannot be opened.
        """
        self.base = base
        self._provenance = provenance_graph(base)
        # what provenance says of it, it says only until the change has ended
        self._ingest = f"{base}run/ingest"
        self._kept = kept
        # while a change is made, and once it has written
        self._mark, self._marked = "", False
        self.backend = Embedded(store, write=write) if isinstance(store, Path) else store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.backend.close()

    def digests(self) -> dict[str, str]:
        """Named graph -> digest of its content."""
        query = f"SELECT ?g ?d {{ GRAPH <{self._provenance}> {{ ?g <{WG}digest> ?d }} }}"
        return dict(self.select(query))

    @contextmanager
    def change(self) -> Iterator[None]:
        """Make what is written within one change: a store that is left half-way tells it."""
        before = self._marks()
        self._marked = False
        self._mark = _canonical(datetime.now(UTC))
        yield
        marks = self._marks().intersection((*before, self._mark))
        self._mark = ""
        if marks:
            gone = " ".join(self._marking(mark) for mark in sorted(marks))
            self.backend.update(f"DELETE DATA {{ GRAPH <{self._provenance}> {{ {gone} }} }}")
            self.backend.flush()

    def unfinished(self) -> str:
        """When a change began that has not finished, in UTC; empty if the datagraph is whole."""
        return max(self._marks(), default="")

    def _marks(self) -> set[str]:
        query = f"SELECT ?m {{ GRAPH $graph {{ $ingest <{PROV}startedAtTime> ?m }} }}"
        return {mark for (mark,) in self.select(query, graph=self._provenance, ingest=self._ingest)}

    def _marking(self, mark: str) -> str:
        return f'<{self._ingest}> <{PROV}startedAtTime> "{mark}"^^<{XSD}dateTime> .'

    def _begin(self) -> None:
        """Mark the store as half-written, before the first thing that a change writes."""
        if self._mark and not self._marked:
            self.backend.insert([(self._provenance, [self._marking(self._mark)])])
            self._marked = True

    def replace(
        self, graphs: Iterable[tuple[str, NamedGraph]], written: Written | None = None
    ) -> tuple[int, int]:
        """Make the datagraph hold exactly ``graphs`` (and the provenance graph).

        Graphs come as (IRI, content), one at a time; those that are the same already are
        neither made nor touched. ``written`` is called with the digest and the lines of
        each that is, maybe in another thread. Returns how many were written and how many
        dropped.
        """
        known = self.digests()
        gone = set(known)
        count = 0

        def insert(waiting: Waiting) -> None:
            self._insert(waiting)
            for digest, (_, lines) in zip(waiting.digests, waiting.graphs, strict=True):
                if written:
                    written(digest, lines)

        with Writer(insert) as writer:
            for name, graph in graphs:
                gone.discard(name)
                if known.get(name) == graph.digest:
                    continue
                self._begin()
                count += 1
                lines, about = graph.make(), self._about(name, graph)
                if name not in known:
                    writer.add(name, graph.digest, lines, about)
                    del lines  # before the next are made
                    continue
                writer.join()
                self.backend.update(self._change(name, known[name], lines, about))
                if written:
                    written(graph.digest, lines)
        for name in sorted(gone):
            self._begin()
            self.backend.update(self._replacement(name, [], []))
        if count or gone:
            self.backend.flush()
        return count, len(gone)

    def put(self, graphs: Mapping[str, NamedGraph | None]) -> None:
        """Replace named graphs, or drop those that are None, together; leave all others."""
        self.backend.update(
            " ;".join(
                self._replacement(name, graph.make(), self._about(name, graph))
                if graph
                else self._replacement(name, [], [])
                for name, graph in graphs.items()
            )
        )
        self.backend.flush()

    def runs(self) -> list[str]:
        """IRIs of the operator runs that the provenance graph describes."""
        query = f"SELECT ?r {{ GRAPH <{self._provenance}> {{ ?r <{WG}operator> ?o }} }}"
        return [run for (run,) in self.select(query)]

    def write_provenance(self, graphs: Mapping[str, list[str]]) -> None:
        """Replace what the provenance graph says of each subject (a run's IRI)."""
        for subject, lines in graphs.items():
            self._begin()
            self.backend.update(
                f"DELETE WHERE {{ GRAPH <{self._provenance}> {{ <{subject}> ?p ?o }} }} ;"
                f"INSERT DATA {{ GRAPH <{self._provenance}> {{ {' '.join(lines)} }} }}"
            )
        # of a log that is damaged the store passes over the end without a word
        self.backend.flush()

    def _insert(self, waiting: Waiting) -> None:
        """Write graphs that are not there yet."""
        about = (self._provenance, waiting.about)
        if waiting.size < _BULK or not self.backend.bulk:
            if waiting.graphs:
                self.backend.insert([*waiting.graphs, about])
            return
        begun = [f"<{name}> <{WG}digest> {text(_BEGUN)} ." for name, _ in waiting.graphs]
        self.backend.insert([(self._provenance, begun)])
        self.backend.bulk_insert(waiting.graphs)
        self.backend.update(
            f"DELETE DATA {{ GRAPH <{self._provenance}> {{ {' '.join(begun)} }} }} ;"
            f"INSERT DATA {{ GRAPH <{self._provenance}> {{ {' '.join(waiting.about)} }} }}"
        )

    def _change(self, name: str, digest: str, lines: Collection[str], about: list[str]) -> str:
        """The update that brings a named graph that is there to these lines.

        Where its own are kept, by its ``digest``, only what differs is written; not where
        others may have written since.
        """
        kept = {} if self.backend.shared else self._recall([lines_key(digest)])
        there = {line for packed in kept.values() for line in unpacked_lines(packed)}
        gone, new = sorted(there - set(lines)), [line for line in lines if line not in there]
        if len(gone) + len(new) >= len(lines):
            return self._replacement(name, lines, about)
        return self._update(
            f"DELETE DATA {{ GRAPH <{name}> {{ {' '.join(gone)} }} }}", name, new, about
        )

    def _replacement(self, name: str, lines: Collection[str], about: list[str]) -> str:
        """The update that replaces a named graph and what provenance says of it."""
        return self._update(f"CLEAR SILENT GRAPH <{name}>", name, lines, about)

    def _update(self, removal: str, name: str, lines: Collection[str], about: list[str]) -> str:
        return (
            f"{removal} ;"
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

    def graphs(self, names: Iterable[str] | None = None) -> Iterator[tuple[str, list[str]]]:
        """Named graphs (by default all but provenance) with their sorted N-Triples lines."""
        digests = self.digests()
        wanted = sorted(digests) if names is None else list(names)
        for i in range(0, len(wanted), _READ_AT_ONCE):
            part = wanted[i : i + _READ_AT_ONCE]
            keys = {name: lines_key(digests[name]) for name in part if digests.get(name)}
            found = self._recall(list(keys.values()))
            for name in part:
                if packed := found.get(keys.get(name, "")):
                    yield name, unpacked_lines(packed)
                    continue
                lines = sorted(line for line in self.backend.graph(name).split("\n") if line)
                if name in keys:
                    self._remember({keys[name]: pack(lines)})
                yield name, lines

    def _recall(self, keys: Sequence[str]) -> dict[str, bytes]:
        """What is kept: nothing, if it cannot be had, for it only makes reading faster."""
        try:
            return self._kept.get(keys) if self._kept else {}
        except StoreError:
            self._kept = None
            return {}

    def _remember(self, values: Mapping[str, bytes]) -> None:
        try:
            if self._kept:
                self._kept.put(values)
        except StoreError:
            self._kept = None

    def graph(self, name: str) -> list[str]:
        """The triples of one named graph as sorted N-Triples lines."""
        return next(lines for _, lines in self.graphs([name]))

    def count(self) -> int:
        """How many triples there are in all named graphs, by reading each."""
        rows = self.select("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
        return int(next(rows)[0])

    def lines(self) -> list[str]:
        """All triples outside the provenance graph as sorted N-Triples lines, none twice."""
        return sorted({line for _, lines in self.graphs() for line in lines})

    def digest(self) -> str:
        """A digest of the whole datagraph."""
        return digest_of(*(part for pair in sorted(self.digests().items()) for part in pair))

    def pairs(self, predicate: str) -> Iterator[tuple[str, Any]]:
        """(subject, value) of every triple with this predicate; some may come twice."""
        yield from self.select(f"SELECT ?s ?o {{ ?s <{predicate}> ?o }}")

    def select(self, query: str, **values: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a SELECT query over all named graphs; ``$name`` is the IRI ``values[name]``.

        Terms come as str (IRIs and plain literals), int, float or None (unbound).
        """
        for name, value in values.items():
            query = query.replace(f"${name}", f"<{value}>")
        found = solutions(self.backend.query(query), self.backend.name)
        width = len(found.variables)
        with readable(self.backend.name):
            for solution in found:
                yield tuple(_value(solution[i]) for i in range(width))

    def to_rdflib(self) -> rdflib.Dataset:
        """A copy as an rdflib Dataset, provenance included: for notebooks and small graphs."""
        import rdflib

        copy = rdflib.Dataset(default_union=True)
        copy.parse(data=self.backend.dump().decode("utf-8"), format="nquads")
        return copy


def _canonical(moment: datetime) -> str:
    """A moment of UTC as ``xsd:dateTime`` is written canonically, which is how a store tells it."""
    seconds = f"{moment:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").removesuffix(".")
    return f"{seconds}Z"


def _value(term: Any) -> Any:
    if not isinstance(term, ox.Literal):
        return getattr(term, "value", None)
    kind = term.datatype.value.rpartition("#")[2]
    if kind == "integer":
        return int(term.value)
    return float(term.value) if kind == "decimal" else term.value
