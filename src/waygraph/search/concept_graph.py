"""The concept graph, opened for reading.

It is the view compiled (see ``compile``) into flat arrays and a small SQLite file. A query
maps the arrays into memory and reads only what it touches. Opening needs the standard
library alone, so that asking for a path is quick.
"""

from __future__ import annotations

import json
import mmap
import sys
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from waygraph import database
from waygraph.answer import Named, Quote, Reading
from waygraph.errors import FULL_DISK, StoreError, remedy
from waygraph.search.cost import Weights, evidence_cost, is_loose
from waygraph.search.engine import PAIR, Arcs

if TYPE_CHECKING:
    import networkx

    from waygraph.order import Position

ARRAYS, TABLES, FORMAT = "arrays.bin", "tables.sqlite", 8
MAGIC = b"waygraph"
# Bytes behind each checksum of the arrays. A CRC-32 tells every flipped bit, and every burst of
# up to 32: accidents are meant, nobody who forges.
PAGE = 4096
# Before the header in JSON stand the magic word, the header's length and its CRC-32.
PREAMBLE = 16


class Requirement(NamedTuple):
    """The other end of a ``requires``, the relation's number, confidence and strength."""

    concept: int
    relation: int
    confidence: float
    strength: str


class Relation(NamedTuple):
    """A relation between two concepts, with its number: see ``model.RelationRow``."""

    subject: int
    predicate: str
    object: int
    confidence: float
    support: int
    reason: Quote
    strength: str
    rule: str
    number: int


def broken(folder: Path, said: object) -> StoreError:
    """What to raise for a concept graph that is not as it was written."""
    return StoreError(
        f"cannot use the concept graph {folder}: {said}",
        f"remove {folder}, and `waygraph ingest` makes it anew",
    )


def unwritten(file: Path, error: object) -> StoreError:
    """What to raise for a part of a concept graph that cannot be written."""
    return StoreError(f"cannot write {file}: {error}", remedy(error, FULL_DISK))


class Tables:
    """The tables of a concept graph: damage that is met in them is a StoreError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with self.checked():
            self._db = database.open_to_read(folder / TABLES)

    def execute(self, query: str, values: Sequence[object] = ()) -> Rows:
        """The rows that answer a query."""
        with self.checked():
            return Rows(self, self._db.execute(query, values))

    def check(self) -> None:
        """Read all of them."""
        with self.checked():
            database.check_pages(self._db)

    @contextmanager
    def checked(self) -> Iterator[None]:
        """Turn what SQLite meets with into a StoreError."""
        try:
            yield
        except database.Error as error:
            raise broken(self._folder, database.said(error)) from None


class Rows:
    """Rows of a table, read as they are asked for."""

    def __init__(self, tables: Tables, cursor: database.Rows) -> None:
        self._tables, self._cursor = tables, cursor

    def fetchone(self) -> Any:
        """The next row, or None."""
        with self._tables.checked():
            return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        with self._tables.checked():
            return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        with self._tables.checked():
            yield from self._cursor


class Pages:
    """Bytes of a file in memory; each page is compared with its checksum before it is first used.

    A bit that a disk has turned over is told so, and a question pays for what it touches alone.
    """

    def __init__(self, data: memoryview, checksums: memoryview, fault: StoreError) -> None:
        self._data, self._checksums, self._fault = data, checksums, fault
        self._checked = bytearray(len(checksums))

    def check(self, start: int, stop: int) -> None:
        """See that the bytes from ``start`` to before ``stop`` are as they were written.

        Raises:
            StoreError: they are not.
        """
        checked = self._checked
        for page in range(start // PAGE, -(-stop // PAGE)):
            if not checked[page]:
                if crc32(self._data[page * PAGE : (page + 1) * PAGE]) != self._checksums[page]:
                    raise self._fault
                checked[page] = 1


class Column(Sequence[int]):
    """A column of the file, as bytes: a slice is checked when it is taken."""

    def __init__(self, pages: Pages, start: int, data: memoryview) -> None:
        self._pages, self._start = pages, start
        self.unchecked = data

    def __len__(self) -> int:
        return len(self.unchecked)

    def __getitem__(self, place: slice) -> memoryview:  # type: ignore[override]  # slices alone
        start, stop, _ = place.indices(len(self.unchecked))
        self._pages.check(self._start + start, self._start + stop)
        return self.unchecked[place]


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
            header, body = _header(data)
            damaged = broken(folder, f"{ARRAYS} was damaged")
            count, sizes = header["count"], dict(header["columns"])
            pages = -(-sum(sizes.values()) // PAGE)
            if len(data) != body + sum(sizes.values()):
                raise ValueError(f"it has {len(data):,} bytes, not {body + sum(sizes.values()):,}")
            self._size = len(data) - body
            checksums = _numbers(data[body - 4 * pages : body])
            self._pages = Pages(data[body:], checksums, damaged)
            self._columns: dict[str, Column] = {}
            at = 0
            for name, size in sizes.items():
                self._columns[name] = Column(self._pages, at, data[body + at : body + at + size])
                at += size
            self.db = Tables(folder)
            told = self.db.execute("SELECT value FROM meta WHERE name = 'digest'").fetchone()
            if told is None or told[0] != header["digest"]:
                raise ValueError("its two files do not belong together")
            self.digest: str = header["digest"]
            self.least: int = header["least"]
            self.weights = Weights(**header["weights"])
            self._count: int = count
            self.forward, self.reverse = self._arcs("forward"), self._arcs("reverse")
            self.sketches = self._columns["sketches"]
            self.cover: list[int] = self._whole("cover").tolist()
            self.hubs: frozenset[int] = frozenset(self._whole("hubs"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise broken(folder, error) from None

    def __len__(self) -> int:
        return self._count

    @cached_property
    def pieces(self) -> memoryview:
        """The piece of each concept, see ``piece``."""
        return self._whole("pieces")

    def _whole(self, column: str) -> memoryview:
        """The numbers of a column, all checked."""
        return _numbers(self._columns[column][:])

    def _arcs(self, direction: str) -> Arcs:
        """The arcs by their tails or heads, of which a concept's are checked when first asked."""
        offsets, pairs = self._columns["offsets"], self._columns[direction]
        starts = _numbers(offsets.unchecked)
        checked = bytearray(len(self))

        def check(concept: int) -> None:
            offsets[4 * concept : 4 * concept + 8]
            pairs[PAIR.size * starts[concept] : PAIR.size * starts[concept + 1]]
            checked[concept] = 1

        return Arcs(starts, pairs.unchecked, checked, check)

    def check_arrays(self) -> None:
        """Read all the arrays, and compare them with their checksums.

        Raises:
            StoreError: something has damaged them since.
        """
        self._pages.check(0, self._size)

    def check(self) -> None:
        """``check_arrays``, and read all the tables too."""
        self.check_arrays()
        self.db.check()

    def named(self, concept: int) -> Named:
        """IRI and preferred label of a concept."""
        row = self.db.execute("SELECT iri, label FROM concept WHERE id = ?", (concept,))
        return Named(*row.fetchone())

    def definition(self, concept: int) -> str:
        """The concept's definition, empty if none is known."""
        row = self.db.execute("SELECT definition FROM concept WHERE id = ?", (concept,))
        return str(row.fetchone()[0])

    def relation(self, number: int) -> Relation:
        """A relation by its number."""
        rows = self.db.execute("SELECT * FROM relation WHERE id = ?", (number,))
        _, subject, predicate, object_, confidence, support, *place, strength, rule = (
            rows.fetchone()
        )
        reason = Quote(*place)
        return Relation(
            subject, predicate, object_, confidence, support, reason, strength, rule, number
        )

    def relation_behind(self, tail: int, head: int) -> int:
        """The relation that the arc from ``tail`` to ``head`` has its cost from.

        Of several it is the one that costs least, which depends on the direction: to go
        against a prerequisite costs more.
        """
        rows = self.db.execute(
            "SELECT id, confidence, predicate = 'requires' AND subject = ?, predicate, strength "
            "FROM relation "
            "WHERE subject = ? AND object = ? OR subject = ? AND object = ?",
            (tail, tail, head, head, tail),
        )
        costs = (
            (evidence_cost(sure, against, is_loose(*kind), self.weights), i)
            for i, sure, against, *kind in rows
        )
        return int(min(costs)[1])

    def relations_of(self, concept: int) -> list[Relation]:
        """All relations with the concept at either end, by predicate, the surest first."""
        rows = self.db.execute(
            "SELECT id FROM relation WHERE subject = ? OR object = ? "
            "ORDER BY predicate, confidence DESC, id",
            (concept, concept),
        )
        return [self.relation(number) for (number,) in rows.fetchall()]

    def score(self, concept: int) -> tuple[float, str]:
        """How sure it is, in [0, 1], that this is a concept, and why; (0, "") if unsaid."""
        row = self.db.execute(
            "SELECT score, why FROM score WHERE concept = ?", (concept,)
        ).fetchone()
        return (float(row[0]), str(row[1])) if row else (0.0, "")

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
            "SELECT object, id, confidence, strength FROM relation "
            "WHERE subject = ? AND predicate = 'requires' AND object <> subject "
            "ORDER BY confidence DESC, object",
            (concept,),
        )
        return [Requirement(*row) for row in rows]

    def dependents(self, concept: int) -> list[Requirement]:
        """What requires a concept directly, surest first."""
        rows = self.db.execute(
            "SELECT subject, id, confidence, strength FROM relation "
            "WHERE object = ? AND predicate = 'requires' AND object <> subject "
            "ORDER BY confidence DESC, subject",
            (concept,),
        )
        return [Requirement(*row) for row in rows]

    def met(self, concepts: Collection[int]) -> dict[int, dict[int, Position]]:
        """Where concepts are met in the sequence, by the number of the track: see ``order``."""
        rows = ((c, self.db.execute("SELECT places FROM met WHERE concept = ?", (c,)).fetchone())
                for c in concepts)  # fmt: skip
        return {
            concept: {int(track): tuple(at) for track, at in json.loads(row[0]).items()}
            for concept, row in rows
            if row
        }

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


def _header(data: memoryview) -> tuple[dict[str, Any], int]:
    """What the file of arrays says of itself, and where the arrays begin."""
    if bytes(data[:8]) != MAGIC:
        raise ValueError("it is not a concept graph")
    size, checksum = _numbers(data[8:PREAMBLE])
    said = bytes(data[PREAMBLE : PREAMBLE + size])
    if crc32(said) != checksum:
        raise ValueError(f"{ARRAYS} was damaged, or is of another waygraph")
    header = json.loads(said)
    if header["format"] != FORMAT:
        raise ValueError(f"it has format {header['format']}, not {FORMAT}")
    return header, PREAMBLE + size + 4 * -(-sum(n for _, n in header["columns"]) // PAGE)


def _numbers(column: memoryview) -> memoryview:
    """Numbers of 32 bits as this machine orders their bytes; the file has them little-endian."""
    if sys.byteorder == "little":
        return column.cast("I")
    turned = array("I", column.tobytes())
    turned.byteswap()
    return memoryview(turned)
