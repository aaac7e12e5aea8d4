"""Compiling the view into a concept graph: flat arrays and a small SQLite file."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from waygraph.answer import Quote
from waygraph.database import Error, open_to_write
from waygraph.labels import key
from waygraph.model import Vectors, View
from waygraph.order import NO_ORDER, Order
from waygraph.search.arcs import Relations, arcs_of, pieces_of, write_arrays
from waygraph.search.concept_graph import ARRAYS, FORMAT, TABLES, unwritten
from waygraph.search.cost import Weights, is_loose, sketch_vectors
from waygraph.vocab import concept_iri

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOWHERE = Order(NO_ORDER)
_SCHEMA = """
CREATE TABLE concept (id INTEGER PRIMARY KEY, iri TEXT UNIQUE, label TEXT, definition TEXT);
CREATE TABLE label (label TEXT, folded TEXT, concept INTEGER, preferred INTEGER);
CREATE TABLE relation (id INTEGER PRIMARY KEY, subject INTEGER, predicate TEXT, object INTEGER,
    confidence REAL, support INTEGER, quote TEXT, text TEXT, source TEXT, start INTEGER,
    end INTEGER, line INTEGER, strength TEXT, rule TEXT);
CREATE TABLE introduction (concept INTEGER PRIMARY KEY, quote TEXT, text TEXT, source TEXT,
    start INTEGER, end INTEGER, line INTEGER);
CREATE TABLE reading (concept INTEGER, rank INTEGER, source TEXT, heading TEXT, minutes REAL,
    start INTEGER);
CREATE TABLE score (concept INTEGER PRIMARY KEY, score REAL, why TEXT);
CREATE TABLE piece (id INTEGER PRIMARY KEY, size INTEGER, examples TEXT);
CREATE TABLE known (concept INTEGER PRIMARY KEY);
CREATE TABLE met (concept INTEGER PRIMARY KEY, places TEXT);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT);
"""
_INDEXES = """
CREATE INDEX label_exact ON label (label);
CREATE INDEX label_folded ON label (folded);
CREATE INDEX relation_subject ON relation (subject, object);
CREATE INDEX relation_object ON relation (object);
CREATE INDEX reading_concept ON reading (concept, rank);
"""


def compile_graph(
    folder: Path,
    view: View,
    vectors: Vectors,
    base: str,
    digest: str,
    weights: Weights,
    known: Collection[str] = (),
    order: Order = NOWHERE,
    scores: Mapping[str, tuple[float, str]] = MappingProxyType({}),
) -> None:
    """Compile a view into ``folder``; an older concept graph there is replaced at the end.

    Args:
        folder: where to write.
        view: concepts, relations, readings.
        vectors: a unit vector for each of the view's concepts.
        base: the workspace's base IRI.
        digest: names the state of the datagraph that the view shows.
        weights: the weights of the arcs' costs.
        known: IRIs of what the learner knows; those of no concept are passed over.
        order: in which the documents were met; a concept is met where its first reading lies.

    Raises:
        AssertionError: see ``arcs_of``.
        StoreError: it cannot be written.
    """
    import numpy as np

    count = len(view.concepts)
    numbers = {row.iri: i for i, row in enumerate(view.concepts)}
    relations = Relations(
        np.array([numbers[r.subject] for r in view.relations], np.int64),
        np.array([numbers[r.object] for r in view.relations], np.int64),
        np.array([r.confidence for r in view.relations], np.float64),
        np.array([r.predicate == "requires" for r in view.relations], np.bool_),
        np.array([is_loose(r.predicate, r.strength) for r in view.relations], np.bool_),
    )
    rows = matrix_of(view, vectors, base)
    sketches = sketch_vectors(rows)
    arcs, cover = arcs_of(count, relations, sketches, weights)
    pieces = pieces_of(count, relations.subjects, relations.objects)
    new_arrays, new_tables = folder / (ARRAYS + ".new"), folder / (TABLES + ".new")
    known_numbers = sorted(numbers[iri] for iri in numbers.keys() & set(known))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_arrays(new_arrays, arcs, cover, pieces, sketches, weights, digest)
        _write_tables(
            new_tables,
            view,
            numbers,
            pieces.tolist(),
            relations,
            digest,
            known_numbers,
            order,
            scores,
        )
        new_tables.replace(folder / TABLES)
        new_arrays.replace(folder / ARRAYS)
    except (OSError, Error) as error:
        raise unwritten(folder, error) from None


def matrix_of(view: View, vectors: Vectors, base: str) -> NDArray[np.float32]:
    """The vectors of the view's concepts in their order, one a row."""
    import numpy as np

    rows = np.frombuffer(vectors.rows, "<f4").reshape(len(vectors.slugs), vectors.dimensions)
    places = {concept_iri(base, name): i for i, name in enumerate(vectors.slugs)}
    order = [places[row.iri] for row in view.concepts]
    return (rows[order] if order else rows[:0]).astype(np.float32, copy=False)


def _write_tables(
    path: Path,
    view: View,
    numbers: dict[str, int],
    pieces: Sequence[int],
    relations: Relations,
    digest: str,
    known: Sequence[int],
    order: Order,
    scores: Mapping[str, tuple[float, str]],
) -> None:
    ends = list(zip(relations.subjects.tolist(), relations.objects.tolist(), strict=True))
    path.unlink(missing_ok=True)
    db = open_to_write(path, log=False)
    db.execute("PRAGMA synchronous=OFF")
    db.execute("BEGIN")
    db.execute(_SCHEMA)

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
            (
                i,
                one,
                r.predicate,
                two,
                r.confidence,
                r.support,
                *_columns(r.reason),
                r.strength,
                r.rule,
            )
            for i, (r, (one, two)) in enumerate(zip(view.relations, ends, strict=True))
        ),
    )
    insert("introduction", ((numbers[iri], *_columns(q)) for iri, q in view.introductions))
    ranks: defaultdict[str, int] = defaultdict(int)
    readings = []
    for iri, r in view.readings:
        readings.append((numbers[iri], ranks[iri], r.source, r.heading, r.minutes, r.start))
        ranks[iri] += 1
    insert("reading", readings)
    insert(
        "score", ((numbers[iri], *scores[iri]) for iri in sorted(numbers.keys() & scores.keys()))
    )
    insert("piece", _piece_rows(view, pieces, ends))
    insert("known", ((concept,) for concept in known))
    first = {numbers[iri]: r.source for iri, r in reversed(view.readings)}
    insert(
        "met",
        (
            (concept, json.dumps(places))
            for concept, source in sorted(first.items())
            if (places := order.positions(source))
        ),
    )
    insert("meta", [("digest", digest), ("format", str(FORMAT))])
    db.execute(_INDEXES)
    db.execute("COMMIT")
    db.close()


def _columns(quote: Quote) -> tuple[object, ...]:
    return quote.quote, quote.text, quote.source, quote.start, quote.end, quote.line


def _piece_rows(
    view: View, pieces: Sequence[int], ends: Sequence[tuple[int, int]]
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
