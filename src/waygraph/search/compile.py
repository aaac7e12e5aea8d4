"""Compiling the view into a concept graph: flat arrays and a small SQLite file."""

from __future__ import annotations

import json
import sqlite3
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from waygraph.labels import key
from waygraph.model import Quote, Vectors, View
from waygraph.search.concept_graph import ARRAYS, FORMAT, MAGIC, TABLES
from waygraph.search.cost import Weights, arc_cost, heuristic
from waygraph.vocab import concept_iri

_SCHEMA = """
CREATE TABLE concept (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, label TEXT, definition TEXT);
CREATE TABLE label (label TEXT, folded TEXT, concept INTEGER, preferred INTEGER);
CREATE TABLE relation (id INTEGER PRIMARY KEY, subject INTEGER, predicate TEXT, object INTEGER,
    confidence REAL, support INTEGER, quote TEXT, text TEXT, source TEXT, start INTEGER,
    end INTEGER, line INTEGER);
CREATE TABLE introduction (concept INTEGER PRIMARY KEY, quote TEXT, text TEXT, source TEXT,
    start INTEGER, end INTEGER, line INTEGER);
CREATE TABLE reading (concept INTEGER, rank INTEGER, source TEXT, heading TEXT, minutes REAL);
CREATE TABLE piece (id INTEGER PRIMARY KEY, size INTEGER, examples TEXT);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);
"""
_INDEXES = """
CREATE INDEX label_exact ON label (label);
CREATE INDEX label_folded ON label (folded);
CREATE INDEX relation_subject ON relation (subject);
CREATE INDEX relation_object ON relation (object);
CREATE INDEX reading_concept ON reading (concept, rank);
"""


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc of the concept graph: where it leads, its cost (2**-20), the relation behind it."""

    target: int
    cost: int
    relation: int


def compile_graph(
    folder: Path, view: View, vectors: Vectors, base: str, digest: str, weights: Weights
) -> None:
    """Compile a view into ``folder``; an older concept graph there is replaced at the end.

    Args:
        folder: where to write.
        view: concepts, relations, readings.
        vectors: a unit vector for each of the view's concepts.
        base: the workspace's base IRI.
        digest: names the state of the datagraph that the view shows.
        weights: the weights of the arcs' costs.

    Raises:
        AssertionError: an arc costs less than the angle between its ends, which would make
            the heuristic inadmissible.
    """
    numbers = {row.iri: i for i, row in enumerate(view.concepts)}
    ends = [(numbers[r.subject], numbers[r.object]) for r in view.relations]
    matrix = _matrix(view, vectors, base)
    arcs = _arcs(view, ends, matrix, weights)
    pieces = _pieces(len(numbers), ends)
    folder.mkdir(parents=True, exist_ok=True)
    new_arrays, new_tables = folder / (ARRAYS + ".new"), folder / (TABLES + ".new")
    _write_arrays(new_arrays, arcs, pieces, matrix, digest)
    _write_tables(new_tables, view, numbers, pieces, ends, digest)
    new_tables.replace(folder / TABLES)
    new_arrays.replace(folder / ARRAYS)


def _matrix(view: View, vectors: Vectors, base: str) -> list[memoryview[float]]:
    rows = memoryview(vectors.rows).cast("f") if vectors.rows else memoryview(b"").cast("f")
    width = vectors.dimensions
    places = {concept_iri(base, name): i for i, name in enumerate(vectors.slugs)}
    order = [places[row.iri] for row in view.concepts]
    return [rows[i * width : (i + 1) * width] for i in order]


def _arcs(
    view: View,
    ends: Sequence[tuple[int, int]],
    matrix: Sequence[memoryview[float]],
    weights: Weights,
) -> list[list[Arc]]:
    """Per concept its outgoing arcs, cheapest first; of parallel arcs the cheapest stays.

    Every relation can be walked both ways; to walk ``requires`` from a concept to what it
    requires costs more, for one learns in the other direction.
    """
    import numpy as np

    count = len(view.concepts)
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for one, two in ends:
        neighbours[one].add(two)
        neighbours[two].add(one)
    mean = sum(map(len, neighbours)) / count if count else 1.0
    table = np.array(matrix, dtype=np.float64).reshape(count, -1 if count else 0)
    subjects = np.array([one for one, _ in ends], dtype=np.int64)
    objects = np.array([two for _, two in ends], dtype=np.int64)
    cosines = np.einsum("ij,ij->i", table[subjects], table[objects]) if ends else np.zeros(0)
    best: list[dict[int, Arc]] = [{} for _ in range(count)]
    for i, (relation, (one, two)) in enumerate(zip(view.relations, ends, strict=True)):
        if one == two:
            continue
        for tail, head in ((one, two), (two, one)):
            against = relation.predicate == "requires" and head == two
            cost = arc_cost(
                float(cosines[i]), len(neighbours[head]), mean, relation.confidence,
                against, weights,
            )  # fmt: skip
            known = best[tail].get(head)
            if known is None or (cost, i) < (known.cost, known.relation):
                best[tail][head] = Arc(head, cost, i)
    for tail, found in enumerate(best):
        for arc in found.values():
            if arc.cost < heuristic(matrix[tail], matrix[arc.target]):
                raise AssertionError(f"arc {tail} -> {arc.target} costs less than its angle")
    return [sorted(f.values(), key=lambda a: (a.cost, a.target)) for f in best]


def _pieces(count: int, ends: Iterable[tuple[int, int]]) -> array[int]:
    """The connected piece of every concept, named by its smallest member (union-find)."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for one, two in ends:
        a, b = root(one), root(two)
        parent[max(a, b)] = min(a, b)
    return array("I", (root(i) for i in range(count)))


def _write_arrays(
    path: Path,
    arcs: Sequence[Sequence[Arc]],
    pieces: array[int],
    matrix: Sequence[memoryview[float]],
    digest: str,
) -> None:
    offsets, total = array("I", [0]), 0
    for found in arcs:
        total += len(found)
        offsets.append(total)
    every = [arc for found in arcs for arc in found]
    columns: list[tuple[str, array[int] | array[float]]] = [
        ("offsets", offsets),
        ("targets", array("I", (arc.target for arc in every))),
        ("costs", array("I", (arc.cost for arc in every))),
        ("relations", array("I", (arc.relation for arc in every))),
        ("pieces", pieces),
        ("vectors", array("f", (x for row in matrix for x in row))),
    ]
    header: dict[str, object] = {
        "format": FORMAT,
        "digest": digest,
        "dimensions": len(matrix[0]) if matrix else 0,
        "columns": [(name, column.typecode, len(column)) for name, column in columns],
    }
    head = json.dumps(header).encode()
    head += b" " * (-(len(head) + 16) % 8)
    with path.open("wb") as file:
        file.write(MAGIC + len(head).to_bytes(8, "little") + head)
        for _, column in columns:
            if sys.byteorder == "big":
                column.byteswap()
            column.tofile(file)


def _write_tables(
    path: Path,
    view: View,
    numbers: dict[str, int],
    pieces: array[int],
    ends: Sequence[tuple[int, int]],
    digest: str,
) -> None:
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    db.executescript(_SCHEMA)

    def insert(table: str, rows: Iterable[tuple[object, ...]]) -> None:
        rows = list(rows)
        if rows:
            db.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

    concepts = view.concepts
    insert("concept", ((i, c.iri, c.label, c.definition) for i, c in enumerate(concepts)))
    insert("label", ((c.label, key(c.label), i, 1) for i, c in enumerate(concepts)))
    insert("label", ((a, key(a), i, 0) for i, c in enumerate(concepts) for a in c.aliases))
    insert(
        "relation",
        (
            (i, one, r.predicate, two, r.confidence, r.support, *_columns(r.reason))
            for i, (r, (one, two)) in enumerate(zip(view.relations, ends, strict=True))
        ),
    )
    insert("introduction", ((numbers[iri], *_columns(q)) for iri, q in view.introductions))
    ranks: defaultdict[str, int] = defaultdict(int)
    readings = []
    for iri, r in view.readings:
        readings.append((numbers[iri], ranks[iri], r.source, r.heading, r.minutes))
        ranks[iri] += 1
    insert("reading", readings)
    insert("piece", _piece_rows(view, pieces, ends))
    insert("meta", [("digest", digest), ("format", str(FORMAT))])
    db.executescript(_INDEXES)
    db.commit()
    db.close()


def _columns(quote: Quote) -> tuple[object, ...]:
    return quote.quote, quote.text, quote.source, quote.start, quote.end, quote.line


def _piece_rows(
    view: View, pieces: array[int], ends: Sequence[tuple[int, int]]
) -> list[tuple[object, ...]]:
    degrees = [0] * len(pieces)
    for one, two in ends:
        degrees[one] += 1
        degrees[two] += 1
    members: defaultdict[int, list[int]] = defaultdict(list)
    for i, piece in enumerate(pieces):
        members[piece].append(i)
    rows: list[tuple[object, ...]] = []
    for piece, found in sorted(members.items()):
        known = sorted(found, key=lambda i: (-degrees[i], i))[:3]
        rows.append((piece, len(found), json.dumps([view.concepts[i].label for i in known])))
    return rows
