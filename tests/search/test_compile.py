"""The concept graph: what is compiled is what is read back."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waygraph.answer import Named, Quote, Reading
from waygraph.errors import StoreError
from waygraph.labels import slug
from waygraph.model import ConceptRow, RelationRow, Vectors, View
from waygraph.search import arcs as arc_module
from waygraph.search.compile import compile_graph
from waygraph.search.concept_graph import ARRAYS, TABLES, ConceptGraph, Requirement
from waygraph.search.cost import (
    BITS,
    UNIT,
    WIDTH,
    Weights,
    angle_bits,
    arc_costs,
    estimator,
    is_loose,
    sketch_vectors,
)
from waygraph.strength import strength_of
from waygraph.vocab import concept_iri

BASE = "https://example.org/notes/"
Edge = tuple[str, str, str, float]


def iri(label: str) -> str:
    return concept_iri(BASE, slug(label))


def quote(words: str, line: int = 1) -> Quote:
    return Quote(f"**{words}**", words, "note.md", 10 * line, 10 * line + len(words) + 4, line)


def view_of(
    labels: Sequence[str],
    edges: Sequence[Edge],
    aliases: Mapping[str, tuple[str, ...]] | None = None,
    readings: Sequence[tuple[str, Reading]] = (),
) -> View:
    """A view: ``edges`` are (subject, predicate, object, confidence) by label."""
    known = aliases or {}
    concepts = [
        ConceptRow(iri(name), name, known.get(name, ()), f"What {name} is.")
        for name in sorted(labels, key=iri)
    ]
    relations = [
        RelationRow(
            iri(s),
            p,
            iri(o),
            sure,
            1 + i,
            quote(f"{s} {p} {o}", i + 1),
            strength_of(sure) if p == "requires" else "",
            "model: a test",
        )
        for i, (s, p, o, sure) in enumerate(edges)
    ]
    introductions = [(c.iri, quote(f"{c.label} comes in")) for c in concepts if c.label != "shy"]
    return View(concepts, relations, introductions, [(iri(name), r) for name, r in readings])


def vectors_of(view: View, seed: int = 1, dimensions: int = 6) -> Vectors:
    """Random unit vectors, in another order than the view's."""
    rows = np.random.default_rng(seed).normal(size=(len(view.concepts), dimensions))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype("<f4")
    slugs = tuple(row.iri.rpartition("/")[2] for row in view.concepts)
    return Vectors("random", dimensions, slugs[::-1], rows[::-1].tobytes())


def build(
    folder: Path, view: View, vectors: Vectors | None = None, weights: Weights | None = None
) -> ConceptGraph:
    """Compile and open."""
    chosen = vectors or vectors_of(view)
    compile_graph(folder, view, chosen, BASE, "some digest", weights or Weights())
    return ConceptGraph(folder)


LABELS = ["a", "b", "c", "d", "e", "lone", "shy"]
EDGES: list[Edge] = [
    ("a", "requires", "b", 0.9),
    ("a", "requires", "c", 0.95),
    ("a", "related", "b", 0.3),
    ("b", "broader", "c", 0.7),
    ("d", "uses", "e", 0.5),
    ("e", "partOf", "d", 0.5),
    ("shy", "related", "a", 0.2),
]
READINGS = [
    ("a", Reading("x.md", "One", 1.5)),
    ("a", Reading("y.md", "Two", 0.5, 70)),
    ("b", Reading("x.md", "One", 1.5)),
]


@pytest.fixture
def graph(tmp_path: Path) -> ConceptGraph:
    return build(tmp_path / "graph", view_of(LABELS, EDGES, {"a": ("A1", "A2")}, READINGS))


def number(graph: ConceptGraph, label: str) -> int:
    return next(i for i in range(len(graph)) if graph.named(i).label == label)


def test_concepts_come_back(graph: ConceptGraph) -> None:
    assert len(graph) == len(LABELS)
    assert graph.digest == "some digest"
    for label in LABELS:
        i = number(graph, label)
        assert graph.named(i) == Named(iri(label), label)
        assert graph.definition(i) == f"What {label} is."


def test_relations_come_back(graph: ConceptGraph) -> None:
    view = view_of(LABELS, EDGES)
    for i, row in enumerate(view.relations):
        found = graph.relation(i)
        assert graph.named(found.subject).iri == row.subject
        assert graph.named(found.object).iri == row.object
        assert (found.predicate, *found[3:8]) == (
            row.predicate, row.confidence, row.support, row.reason, row.strength, row.rule
        )  # fmt: skip
    a = number(graph, "a")
    around = graph.relations_of(a)
    assert len(around) == 4
    assert all(a in (subject, object_) for subject, _, object_, *_ in around)
    assert [(p, c) for _, p, _, c, *_ in around] == [
        ("related", 0.3), ("related", 0.2), ("requires", 0.95), ("requires", 0.9)
    ]  # fmt: skip


def test_introductions_readings_and_prerequisites_come_back(graph: ConceptGraph) -> None:
    a, b, c = (number(graph, label) for label in "abc")
    assert graph.introduction(a) == quote("a comes in")
    assert graph.introduction(number(graph, "shy")) == Quote("", "", "", 0, 0, 0)
    assert graph.readings(a) == [READINGS[0][1], READINGS[1][1]]
    assert graph.readings(b) == [READINGS[2][1]]
    assert graph.readings(c) == []
    assert graph.requirements(a) == [
        Requirement(c, 1, 0.95, "required"), Requirement(b, 0, 0.9, "required"),
    ]  # fmt: skip
    assert graph.requirements(b) == []
    assert graph.dependents(b) == [Requirement(a, 0, 0.9, "required")]


def test_pieces_come_back(graph: ConceptGraph) -> None:
    pieces = {label: graph.piece(number(graph, label)) for label in LABELS}
    assert pieces["a"] == (4, ["a", "b", "c"])
    assert pieces["shy"] == pieces["a"]
    assert pieces["d"] == pieces["e"] == (2, ["d", "e"])
    assert pieces["lone"] == (1, ["lone"])


def test_sketches_come_back(graph: ConceptGraph) -> None:
    vectors = vectors_of(view_of(LABELS, EDGES))
    rows = np.frombuffer(vectors.rows, "<f4").reshape(-1, vectors.dimensions)
    sketches = sketch_vectors(rows)
    for name, sketch in zip(vectors.slugs, sketches, strict=True):
        at = number(graph, name) * WIDTH
        assert bytes(graph.sketches[at : at + WIDTH]) == sketch.tobytes()
    assert len(graph.sketches) == len(LABELS) * WIDTH


def arcs(graph: ConceptGraph) -> list[tuple[int, int, int, int]]:
    """(from, to, cost, relation) of all arcs, in their order."""
    return [
        (i, target, cost, graph.relation_behind(i, target))
        for i in range(len(graph))
        for target, cost in graph.forward.row(i)
    ]


def test_arcs_go_both_ways_cheapest_first_and_none_twice(graph: ConceptGraph) -> None:
    found = arcs(graph)
    ends = {(tail, head) for tail, head, *_ in found}
    assert len(ends) == len(found)
    assert ends == {(head, tail) for tail, head in ends}
    assert found == sorted(found, key=lambda arc: (arc[0], arc[2], arc[1]))
    for tail, head, cost, relation in found:
        subject, _, object_, *_ = graph.relation(relation)
        assert {tail, head} == {subject, object_}
        assert cost >= estimator(graph.sketches, graph.cover, head)(tail) > 0
    assert graph.least == min(cost for *_, cost, _ in found)


def test_the_reverse_arcs_are_the_arcs(graph: ConceptGraph) -> None:
    turned = [(i, cost, tail) for i in range(len(graph)) for tail, cost in graph.reverse.row(i)]
    assert turned == sorted((head, cost, tail) for tail, head, cost, _ in arcs(graph))


def test_to_go_against_a_prerequisite_costs_more(graph: ConceptGraph) -> None:
    cost = {(tail, head): cost for tail, head, cost, _ in arcs(graph)}
    a, c, d, e = (number(graph, label) for label in "acde")
    # one learns c before a; the hub's share differs between the two directions
    assert cost[a, c] > cost[c, a] + 0.15 * UNIT
    assert cost[d, e] == cost[e, d]


def test_networkx_agrees(graph: ConceptGraph) -> None:
    other = graph.to_networkx()
    assert [data["label"] for _, data in other.nodes(data=True)] == [
        graph.named(i).label for i in range(len(graph))
    ]
    assert {(t, h, data["cost"], data["relation"]) for t, h, data in other.edges(data=True)} == {
        *arcs(graph)
    }
    for component in networkx.connected_components(other.to_undirected()):
        assert len({graph.pieces[i] for i in component}) == 1
    assert len(set(graph.pieces)) == networkx.number_weakly_connected_components(other) == 3


names = st.sampled_from("abcdefgh")
edges = st.lists(
    st.tuples(names, st.sampled_from(["requires", "related", "broader"]), names,
              st.floats(0.01, 1).map(lambda sure: round(sure, 4)))
    .filter(lambda edge: edge[0] != edge[2]),
    max_size=14, unique_by=lambda edge: edge[:3],
)  # fmt: skip


@given(edges, st.integers(0, 99))
@settings(max_examples=40)
def test_any_view_compiles_to_its_pieces_and_admissible_arcs(found: list[Edge], seed: int) -> None:
    view = view_of("abcdefgh", found)
    with TemporaryDirectory() as folder:
        graph = build(Path(folder), view, vectors_of(view, seed))
        plain: networkx.Graph[int] = networkx.Graph()
        plain.add_nodes_from(range(8))
        plain.add_edges_from((ord(s) - 97, ord(o) - 97) for s, _, o, _ in found)
        for piece in networkx.connected_components(plain):
            assert {graph.pieces[i] for i in piece} == {min(piece)}
            assert graph.piece(min(piece))[0] == len(piece)
        assert {(tail, head) for tail, head, *_ in arcs(graph)} == {
            pair for one, two in plain.edges for pair in ((one, two), (two, one))
        }
        sketches = np.frombuffer(graph.sketches[:], np.uint8).reshape(-1, WIDTH)
        degrees = Counter(tail for tail, *_ in arcs(graph))
        mean = sum(degrees.values()) / 8
        for tail, head, cost, number in arcs(graph):
            parted = int(angle_bits(sketches, np.array([tail]), np.array([head]))[0])
            subject, predicate, _, sure, *_ = graph.relation(number)
            against = predicate == "requires" and subject == tail
            loose = is_loose(predicate, graph.relation(number).strength)
            assert cost == arc_costs(
                np.array([parted]), np.array([degrees[head]]), mean, np.array([sure]),
                np.array([against]), np.array([loose]), graph.weights,
            )  # fmt: skip
            assert cost >= (0.1 + parted / BITS) * UNIT
            assert cost >= estimator(graph.sketches, graph.cover, head)(tail)


def test_the_same_view_gives_the_same_bytes(tmp_path: Path) -> None:
    view = view_of(LABELS, EDGES, {}, READINGS)
    for folder in ("one", "two"):
        build(tmp_path / folder, view)
    assert (tmp_path / "one" / ARRAYS).read_bytes() == (tmp_path / "two" / ARRAYS).read_bytes()


def test_a_new_graph_takes_the_place_of_the_old(tmp_path: Path) -> None:
    old = build(tmp_path, view_of(LABELS, EDGES))
    new = build(tmp_path, view_of(["x"], []))
    assert (len(old), len(new)) == (7, 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([ARRAYS, TABLES])


def test_nothing_at_all_is_a_graph_too(tmp_path: Path) -> None:
    graph = build(tmp_path, View([], [], [], []), Vectors("m", 0, (), b""))
    assert len(graph) == 0
    assert graph.to_networkx().number_of_nodes() == 0


@pytest.mark.parametrize("name", ["a folder", "notes #1", "100%20", "what?", "日記"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    assert len(build(tmp_path / name, view_of(LABELS, EDGES))) == 7
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_arc_below_its_angle_is_never_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arc_module, "arc_costs", lambda parted, *_: parted)
    with pytest.raises(AssertionError, match="costs less than a step and the angle"):
        build(tmp_path, view_of(LABELS, EDGES))
    assert not (tmp_path / ARRAYS).exists()


def test_a_missing_graph_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot use the concept graph") as caught:
        ConceptGraph(tmp_path / "none")
    assert "waygraph ingest" in caught.value.hint


def headed(said: bytes) -> bytes:
    """A file that begins with this header."""
    return b"waygraph" + struct.pack("<II", len(said), zlib.crc32(said)) + said


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"waygraph",
        b"not a graph at all, but text",
        headed(b"[]"),
        headed(b"{}"),
        b"waygraph" + (2**40).to_bytes(8, "little") + b"{}",
    ],
)
def test_damaged_arrays_are_refused(tmp_path: Path, damage: bytes) -> None:
    build(tmp_path, view_of(LABELS, EDGES))
    (tmp_path / ARRAYS).write_bytes(damage)
    _refused(tmp_path)


def _refused(folder: Path) -> None:
    with pytest.raises(StoreError, match="cannot use the concept graph") as caught:
        ConceptGraph(folder).check()
    assert "waygraph ingest" in caught.value.hint


def test_arrays_cut_short_anywhere_are_refused(tmp_path: Path) -> None:
    build(tmp_path, view_of(LABELS, EDGES))
    whole = (tmp_path / ARRAYS).read_bytes()
    for length in range(0, len(whole), 37):
        (tmp_path / ARRAYS).write_bytes(whole[:length])
        _refused(tmp_path)
    (tmp_path / ARRAYS).write_bytes(whole + b"more")
    _refused(tmp_path)


def test_a_changed_byte_of_the_arrays_is_refused(tmp_path: Path) -> None:
    build(tmp_path, view_of(LABELS, EDGES))
    whole = (tmp_path / ARRAYS).read_bytes()
    for at in (*range(0, len(whole), 37), *range(len(whole) - 400, len(whole), 7)):
        changed = bytearray(whole)
        changed[at] ^= 1
        (tmp_path / ARRAYS).write_bytes(changed)
        _refused(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 3},
        {"digest": "another"},
        {"columns": []},
        {"columns": 3},
        {"weights": None},
        {"weights": {"base": 1.0, "hubs": 1.0}},
        {"least": None},
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    build(tmp_path, view_of(LABELS, EDGES))
    data = (tmp_path / ARRAYS).read_bytes()
    size = int.from_bytes(data[8:12], "little")
    header = json.loads(data[16 : 16 + size])
    header = {name: value for name, value in (header | change).items() if value is not None}
    (tmp_path / ARRAYS).write_bytes(headed(json.dumps(header).encode()) + data[16 + size :])
    _refused(tmp_path)


def test_damaged_tables_are_refused(tmp_path: Path) -> None:
    build(tmp_path, view_of(LABELS, EDGES))
    whole = (tmp_path / TABLES).read_bytes()
    for damage in (b"", b"junk" * 1000, whole[: len(whole) // 2]):
        (tmp_path / TABLES).write_bytes(damage)
        _refused(tmp_path)
    (tmp_path / TABLES).unlink()
    _refused(tmp_path)
    assert not (tmp_path / TABLES).exists()


def test_files_of_two_graphs_do_not_go_together(tmp_path: Path) -> None:
    view = view_of(LABELS, EDGES)
    for digest in ("one", "two"):
        compile_graph(tmp_path / digest, view, vectors_of(view), BASE, digest, Weights())
    shutil.copy(tmp_path / "one" / TABLES, tmp_path / "two" / TABLES)
    with pytest.raises(StoreError, match="do not belong together"):
        ConceptGraph(tmp_path / "two")


def test_a_reader_cannot_write(graph: ConceptGraph) -> None:
    with pytest.raises(StoreError, match="readonly"):
        graph.db.execute("DELETE FROM concept")
    with pytest.raises(TypeError):
        graph.forward.pairs[0] = 0  # type: ignore[index]  # that is the test


def test_it_tells_how_sure_it_is_that_something_is_a_concept(tmp_path: Path) -> None:
    view = view_of(LABELS, EDGES)
    scores = {iri("b"): (0.75, "for it: a page bears its name"), iri("none"): (0.5, "")}
    compile_graph(tmp_path, view, vectors_of(view), BASE, "digest", Weights(), scores=scores)
    graph = ConceptGraph(tmp_path)
    told = {graph.named(i).label: graph.score(i) for i in range(len(graph))}
    assert told.pop("b") == (0.75, "for it: a page bears its name")
    assert set(told.values()) == {(0.0, "")}
