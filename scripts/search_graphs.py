"""Graphs to search, made and real, and pairs of concepts to ask for."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from measure import SHARED
from waygraph.answer import Quote, Reading
from waygraph.app.ask import graph_folder
from waygraph.config import Workspace, make_workspace
from waygraph.model import ConceptRow, RelationRow, Vectors, View
from waygraph.search.arcs import Relations, arcs_of, pieces_of, write_arrays
from waygraph.search.compile import compile_graph
from waygraph.search.concept_graph import ARRAYS, ConceptGraph
from waygraph.search.cost import Weights, estimator, sketch_vectors
from waygraph.search.engine import ALGORITHMS, search
from waygraph.vocab import concept_iri

Pair = tuple[int, int]
Rows = NDArray[np.float32]
_DIMENSIONS = 384


def synthetic(count: int, seed: int = 1, each: int = 6) -> tuple[Rows, Pairs]:
    """Clustered unit vectors and relations: seven of ten within a cluster, few concepts have many.

    Linked concepts are some 0.34 apart in angle, others 0.46; degrees follow a power law.
    """
    random = np.random.default_rng(seed)
    clusters = max(2, count // 100)
    group = random.integers(clusters, size=count)
    centres = random.normal(size=(clusters, _DIMENSIONS)).astype(np.float32)
    rows = 0.35 * random.normal(size=_DIMENSIONS).astype(np.float32) + 0.61 * centres[group]
    rows += 0.7 * random.standard_normal(size=rows.shape, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    weight = 1 / (np.sqrt(random.random(count)) + 1e-3)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=clusters))
    running = np.concatenate([[0], np.cumsum(weight[order])])
    tails = np.repeat(np.arange(count), each)
    low, high = running[ends - np.bincount(group, minlength=clusters)], running[ends]
    inside = random.random(len(tails)) < 0.7
    low = np.where(inside, low[group[tails]], 0)
    high = np.where(inside, high[group[tails]], running[-1])
    drawn = np.searchsorted(running, low + random.random(len(tails)) * (high - low), "right") - 1
    heads = order[drawn.clip(0, count - 1)]
    return rows, _pairs(count, tails, heads)


@dataclass(frozen=True)
class Pairs:
    """Undirected relations by the numbers of their ends, each once."""

    one: NDArray[np.int64]
    two: NDArray[np.int64]


def _pairs(count: int, tails: NDArray[np.int64], heads: NDArray[np.int64]) -> Pairs:
    proper = tails != heads
    tails, heads = tails[proper], heads[proper]
    both = np.unique(np.minimum(tails, heads) * count + np.maximum(tails, heads))
    return Pairs(both // count, both % count)


def wikispeedia() -> tuple[Rows, Pairs]:
    """The link graph of a real encyclopedia, with the embeddings of its titles."""
    with (SHARED / "wikispeedia" / "links.tsv").open(encoding="utf-8") as file:
        lines = (line for line in file if line.strip() and not line.startswith("#"))
        links = [(row[0], row[1]) for row in csv.reader(lines, delimiter="\t") if len(row) == 2]
    pages = {end for link in links for end in link}
    return _linked({page: unquote(page).replace("_", " ") for page in pages}, links)


def foldoc() -> tuple[Rows, Pairs]:
    """The terms of a dictionary of computing, joined where a definition links another term."""
    titles: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    for file in sorted((SHARED / "foldoc" / "vault").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        heading = re.search("^# (.+)$", text, re.MULTILINE)
        titles[file.stem] = heading[1] if heading else file.stem
        links += [(file.stem, page) for page in re.findall(r"\[\[([^\]|#]+)", text)]
    return _linked(titles, [link for link in links if link[1] in titles])


def _linked(titles: Mapping[str, str], links: Sequence[tuple[str, str]]) -> tuple[Rows, Pairs]:
    """Pages with the embeddings of their titles, and the links between them."""
    from waygraph.operators.encoder import encode_texts

    number = {page: i for i, page in enumerate(sorted(titles))}
    rows = encode_texts([titles[page] for page in number], "auto")
    tails, heads = (np.array([number[link[i]] for link in links], np.int64) for i in (0, 1))
    return np.asarray(rows, np.float32), _pairs(len(number), tails, heads)


REAL = {"wikispeedia": wikispeedia, "foldoc": foldoc}


def compiled(folder: Path, rows: Rows, pairs: Pairs) -> ConceptGraph:
    """The concept graph of these relations, all of them sure."""
    count = len(rows)
    nothing = View([], [], [], [])  # no labels are asked for here
    compile_graph(folder, nothing, Vectors("bench", 0, (), b""), "x:", "bench", Weights())
    sure = np.ones(len(pairs.one))
    relations = Relations(pairs.one, pairs.two, sure, sure < 0, sure < 0)
    sketches = sketch_vectors(rows)
    arcs, cover = arcs_of(count, relations, sketches, Weights())
    pieces = pieces_of(count, pairs.one, pairs.two)
    write_arrays(folder / ARRAYS, arcs, cover, pieces, sketches, Weights(), "bench")
    return ConceptGraph(folder)


def synthetic_workspace(folder: Path, count: int) -> Workspace:
    """A workspace that holds nothing but the concept graph of ``synthetic(count)``, with labels.

    Concept 17 is called "concept 17" and has a definition and a section to read.
    """
    rows, pairs = synthetic(count)
    place = make_workspace(folder)
    base = place.settings.base
    names = [f"concept-{i}" for i in range(count)]
    iris = [concept_iri(base, name) for name in names]
    said = Quote("as it is said", "as it is said", "note.md", 0, 13, 1)
    order = sorted(range(count), key=iris.__getitem__)
    view = View(
        [ConceptRow(iris[i], f"concept {i}", (f"alias {i}",), f"What {i} is.") for i in order],
        [
            RelationRow(iris[i], "related", iris[j], 1.0, 1, said)
            for i, j in zip(pairs.one.tolist(), pairs.two.tolist(), strict=True)
        ],
        [(iris[i], said) for i in order],
        [(iris[i], Reading("note.md", f"Section {i}", 1.0)) for i in order],
    )
    vectors = Vectors("bench", rows.shape[1], tuple(names), rows.astype("<f4").tobytes())
    compile_graph(graph_folder(place), view, vectors, base, "bench", Weights())
    return place


def random_pairs(graph: ConceptGraph, count: int, seed: int) -> list[Pair]:
    """Pairs of concepts in one piece."""
    random = np.random.default_rng(seed)
    found: list[Pair] = []
    while len(found) < count:
        start, goal = random.integers(len(graph), size=2).tolist()
        if start != goal and graph.pieces[start] == graph.pieces[goal]:
            found.append((start, goal))
    return found


def learner_pairs(graph: ConceptGraph, count: int, seed: int) -> list[Pair]:
    """Pairs a learner would ask: 3 to 6 relations apart, the nearest in meaning of some tried."""
    random = np.random.default_rng(seed)
    found: list[Pair] = []
    while len(found) < count:
        start = int(random.integers(len(graph)))
        ends = set()
        for _ in range(40):
            at = start
            for _ in range(int(random.integers(3, 7))):
                row = list(graph.forward.row(at))
                if row:
                    at = row[int(random.integers(len(row)))][0]
            ends.add(at)
        h = estimator(graph.sketches, graph.cover, start)
        for goal in sorted(ends, key=lambda end: (h(end), end)):
            way = search(graph, {start: 0}, goal, ALGORITHMS["breadth-first"])
            if way and 3 <= len(way.concepts) - 1 <= 6:
                found.append((start, goal))
                break
    return found
