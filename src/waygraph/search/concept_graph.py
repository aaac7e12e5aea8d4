"""The concept graph, opened for reading.

It is the view compiled (see ``compile``) into flat arrays and a small SQLite file. A query
maps the arrays into memory and reads only what it touches. Opening needs the standard
library alone, so that asking for a path is quick.
"""

from __future__ import annotations

import json
import mmap
import sqlite3
import sys
from array import array
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast
from zlib import crc32

from waygraph.answer import Named, Quote, Reading
from waygraph.errors import FULL_DISK, StoreError, remedy
from waygraph.search.cost import WIDTH, Weights, evidence_cost
from waygraph.search.engine import Arcs

if TYPE_CHECKING:
    import networkx

ARRAYS, TABLES, FORMAT = "arrays.bin", "tables.sqlite", 5
MAGIC = b"waygraph"
# Arrays of up to so many bytes are checked whenever they are opened: 10,000 concepts, 5 ms.
_CHECKED = 4_000_000


class Requirement(NamedTuple):
    """The other end of a ``requires``, the relation's number and confidence."""

    concept: int
    relation: int
    confidence: float


def checksum_of(parts: Iterable[bytes | memoryview]) -> int:
    """The CRC-32 of bytes that come in parts."""
    found = 0
    for part in parts:
        found = crc32(part, found)
    return found


def broken(folder: Path, said: object) -> StoreError:
    """What to raise for a concept graph that is not as it was written."""
    return StoreError(
        f"cannot use the concept graph {folder}: {said}",
        f"remove {folder}, and `waygraph ingest` makes it anew",
    )


def unwritten(file: Path, error: object) -> StoreError:
    """What to raise for a part of a concept graph that cannot be written."""
    return StoreError(f"cannot write {file}: {error}", remedy(error, FULL_DISK))


class _Rows(sqlite3.Cursor):
    """Rows of the tables: damage that SQLite meets, however late, is a StoreError."""

    def _read(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except sqlite3.Error as error:
            folder = self.connection.folder  # type: ignore[attr-defined]  # a _Tables
            raise broken(folder, error) from None

    def execute(self, query: str, values: Sequence[object] = ()) -> Self:  # type: ignore[override]  # typeshed names private types
        return cast(Self, self._read(lambda: sqlite3.Cursor.execute(self, query, values)))

    def fetchone(self) -> Any:
        return self._read(super().fetchone)

    def fetchall(self) -> list[Any]:
        return cast(list[Any], self._read(super().fetchall))

    def __next__(self) -> Any:
        return self._read(super().__next__)


class _Tables(sqlite3.Connection):
    folder: Path

    def execute(self, query: str, values: Sequence[object] = ()) -> _Rows:  # type: ignore[override]  # as above
        return self.cursor(_Rows).execute(query, values)


class ConceptGraph:
    """A compiled concept graph, opened for reading: an ``engine.Graph`` and its tables.

    ``weights`` are those of its costs; ``hubs`` the concepts that no learning path leads through.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            with (folder / ARRAYS).open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            data = memoryview(self._map)
            if bytes(data[:8]) != MAGIC:
                raise ValueError("it is not a concept graph")
            size = int.from_bytes(data[8:16], "little")
            header = json.loads(bytes(data[16 : 16 + size]))
            if header["format"] != FORMAT:
                raise ValueError(f"it has format {header['format']}, not {FORMAT}")
            columns: dict[str, memoryview] = {}
            at = 16 + size
            for name, length in header["columns"]:
                columns[name] = data[at : at + length]
                at += length
            if len(data) != at:
                raise ValueError(f"it has {len(data):,} bytes, not {at:,}")
            self._checksum: int = header["checksum"]
            self._body = data[16 + size :]
            if len(data) <= _CHECKED:
                self.check()
            tables = (folder / TABLES).absolute().as_uri()
            self.db = sqlite3.connect(f"{tables}?mode=ro", uri=True, factory=_Tables)
            self.db.folder = folder
            told = self.db.execute("SELECT value FROM meta WHERE name = 'digest'").fetchone()
            if told is None or told[0] != header["digest"]:
                raise ValueError("its two files do not belong together")
            self.digest: str = header["digest"]
            self.least: int = header["least"]
            self.weights = Weights(**header["weights"])
            self.pieces, offsets = _numbers(columns["pieces"]), _numbers(columns["offsets"])
            self.forward = Arcs(offsets, columns["forward"])
            self.reverse = Arcs(offsets, columns["reverse"])
            self.sketches = columns["sketches"]
            self.cover: list[int] = _numbers(columns["cover"]).tolist()
            self.hubs: frozenset[int] = frozenset(_numbers(columns["hubs"]))
            if len(self.sketches) != len(self) * WIDTH or len(offsets) != len(self) + 1:
                raise ValueError("its parts do not belong together")
        except (OSError, ValueError, KeyError, TypeError, sqlite3.Error) as error:
            raise broken(folder, error) from None

    def __len__(self) -> int:
        return len(self.pieces)

    def check(self) -> None:
        """Read all the arrays, and compare them with the checksum they were written with.

        Raises:
            StoreError: something has damaged them since.
        """
        if checksum_of([self._body]) != self._checksum:
            raise broken(self._folder, f"{ARRAYS} was damaged")

    def named(self, concept: int) -> Named:
        """IRI and preferred label of a concept."""
        row = self.db.execute("SELECT iri, label FROM concept WHERE id = ?", (concept,))
        return Named(*row.fetchone())

    def definition(self, concept: int) -> str:
        """The concept's definition, empty if none is known."""
        row = self.db.execute("SELECT definition FROM concept WHERE id = ?", (concept,))
        return str(row.fetchone()[0])

    def relation(self, number: int) -> tuple[int, str, int, float, int, Quote]:
        """Subject, predicate name, object, confidence, support and reason of a relation."""
        rows = self.db.execute("SELECT * FROM relation WHERE id = ?", (number,))
        _, subject, predicate, object_, confidence, support, *place = rows.fetchone()
        return subject, predicate, object_, confidence, support, Quote(*place)

    def relation_behind(self, tail: int, head: int) -> int:
        """The relation that the arc from ``tail`` to ``head`` has its cost from.

        Of several it is the one that costs least, which depends on the direction: to go
        against a prerequisite costs more.
        """
        rows = self.db.execute(
            "SELECT id, confidence, predicate = 'requires' AND subject = ? FROM relation "
            "WHERE subject = ? AND object = ? OR subject = ? AND object = ?",
            (tail, tail, head, head, tail),
        )
        costs = ((evidence_cost(sure, against, self.weights), i) for i, sure, against in rows)
        return int(min(costs)[1])

    def relations_of(self, concept: int) -> list[tuple[int, str, int, float, int, Quote]]:
        """All relations with the concept at either end, by predicate, the surest first."""
        rows = self.db.execute(
            "SELECT id FROM relation WHERE subject = ? OR object = ? "
            "ORDER BY predicate, confidence DESC, id",
            (concept, concept),
        )
        return [self.relation(number) for (number,) in rows.fetchall()]

    def introduction(self, concept: int) -> Quote:
        """The words that introduce a concept."""
        rows = self.db.execute(
            "SELECT quote, text, source, start, end, line FROM introduction WHERE concept = ?",
            (concept,),
        )
        row = rows.fetchone()
        return Quote(*row) if row else Quote("", "", "", 0, 0, 0)

    def readings(self, concept: int) -> list[Reading]:
        """Where to read about a concept, best first."""
        rows = self.db.execute(
            "SELECT source, heading, minutes, start FROM reading WHERE concept = ? ORDER BY rank",
            (concept,),
        )
        return [Reading(*row) for row in rows]

    def requirements(self, concept: int) -> list[Requirement]:
        """What a concept requires directly, surest first."""
        rows = self.db.execute(
            "SELECT object, id, confidence FROM relation "
            "WHERE subject = ? AND predicate = 'requires' AND object <> subject "
            "ORDER BY confidence DESC, object",
            (concept,),
        )
        return [Requirement(*row) for row in rows]

    def dependents(self, concept: int) -> list[Requirement]:
        """What requires a concept directly, surest first."""
        rows = self.db.execute(
            "SELECT subject, id, confidence FROM relation "
            "WHERE object = ? AND predicate = 'requires' AND object <> subject "
            "ORDER BY confidence DESC, subject",
            (concept,),
        )
        return [Requirement(*row) for row in rows]

    def known(self) -> list[int]:
        """What the learner's decisions say is known."""
        rows = self.db.execute("SELECT concept FROM known ORDER BY concept")
        return [concept for (concept,) in rows]

    def piece(self, concept: int) -> tuple[int, list[str]]:
        """Size of the connected piece a concept lies in, and its best connected members."""
        rows = self.db.execute(
            "SELECT size, examples FROM piece WHERE id = ?", (self.pieces[concept],)
        )
        size, examples = rows.fetchone()
        return size, json.loads(examples)

    def to_networkx(self) -> networkx.DiGraph[int]:
        """The arcs as a networkx graph: nodes are numbers with ``iri`` and ``label``."""
        import networkx

        graph: networkx.DiGraph[int] = networkx.DiGraph()
        for i, iri, label in self.db.execute("SELECT id, iri, label FROM concept ORDER BY id"):
            graph.add_node(i, iri=iri, label=label)
        for i in range(len(self)):
            for target, cost in self.forward.row(i):
                graph.add_edge(i, target, cost=cost, relation=self.relation_behind(i, target))
        return graph


def _numbers(column: memoryview) -> memoryview:
    """Numbers of 32 bits as this machine orders their bytes; the file has them little-endian."""
    if sys.byteorder == "little":
        return column.cast("I")
    turned = array("I", column.tobytes())
    turned.byteswap()
    return memoryview(turned)
