"""Asking what the workspace holds."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from waygraph import config, terminal
from waygraph.config import Workspace
from waygraph.errors import (
    ComputeGraphError,
    MissingWorkspace,
    StoreError,
    UnknownConcept,
    Untrusted,
    WaygraphError,
    WaygraphNotice,
)
from waygraph.sealed import read_sealed, write_sealed

if TYPE_CHECKING:
    from waygraph.answer import Taken
    from waygraph.compute.graph import ComputeGraph
    from waygraph.compute.operator import Port
    from waygraph.model import Failure
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.store.dataset import Dataset
    from waygraph.store.kept import Kept
    from waygraph.store.lineage import Lineage

_LAST = "last-ingest.json"
# Operators that learn from decisions.
TRAINED = frozenset({"concepts", "prerequisites"})


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What a node of the compute graph took in an ingest.

    ``computed`` items were made anew, ``cached`` taken from the cache. ``seconds`` is all its
    time, ``starting`` that of its set-up, ``own`` that of the operator itself (summed over
    processes).
    """

    name: str
    use: str
    computed: int
    cached: int
    seconds: float
    starting: float
    own: float


def graph_file(place: Workspace | None) -> Path:
    """The file of the workspace's compute graph; without a workspace the default one."""
    if place and place.settings.graph:
        return place.root / place.settings.graph
    return config.default_graph()


def open_compute_graph(place: Workspace) -> ComputeGraph:
    """The workspace's compute graph, checked.

    Raises:
        ComputeGraphError: it cannot run; names the file and line.
        Untrusted: it loads what the user has not trusted yet.
    """
    from waygraph.app.trusting import check_graph_trusted
    from waygraph.compute.graph import load_graph

    path = graph_file(place)
    check_graph_trusted(place, path)
    graph = load_graph(path, *graph_ends())
    nodes = tuple(
        replace(node, settings={**node.settings, "model": str(model)})
        if node.use in TRAINED
        and node.settings.get("model") == "auto"
        and (model := trained_model(place, node.use))
        else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def trained_model(place: Workspace, operator: str) -> Path | None:
    """The weights that ``waygraph train`` made for an operator in this workspace, if it has."""
    file = place.folder / f"{operator}.json"
    return file if file.exists() else None


def graph_ends() -> tuple[dict[str, Port], dict[str, Port]]:
    """What a compute graph is given, and what it must make, by name."""
    from waygraph.compute.operator import Port
    from waygraph.decisions import NameRulings, RelationRulings
    from waygraph.model import (
        Background,
        Borrowed,
        ConceptTable,
        Document,
        Mentions,
        Merges,
        Prerequisites,
        Refused,
        Relations,
        Targets,
        Vectors,
    )
    from waygraph.order import MetInOrder
    from waygraph.properties import PropertyRelations

    given = {
        "documents": Port("documents", Document, True),
        "targets": Port("targets", Targets, True),
        "gazetteer": Port("gazetteer", ConceptTable, False),
        "background": Port("background", Background, False),
        "borrowed": Port("borrowed", Borrowed, False),
        "name_rulings": Port("name_rulings", NameRulings, False),
        "relation_rulings": Port("relation_rulings", RelationRulings, False),
        "property_relations": Port("property_relations", PropertyRelations, False),
    }
    wanted = {
        "merges": Port("merges", Merges, False),
        "concepts": Port("concepts", ConceptTable, False),
        "mentions": Port("mentions", Mentions, True),
        "relations": Port("relations", Relations, True),
        "refused": Port("refused", Refused, False),
        "sequence": Port("sequence", MetInOrder, False),
        "prerequisites": Port("prerequisites", Prerequisites, False),
        "vectors": Port("vectors", Vectors, False),
    }
    return given, wanted


def graph_folder(place: Workspace) -> Path:
    """Where the workspace keeps its concept graph."""
    return place.folder / "concept-graph"


def remember_last(
    place: Workspace,
    failures: Sequence[Failure],
    warnings: Sequence[Failure],
    stages: Mapping[str, float],
    nodes: Sequence[NodeTime],
) -> None:
    """Keep what an ingest met with and how long it took, for ``status`` and ``graph show``."""
    value = {
        "failures": [asdict(f) for f in failures],
        "warnings": [asdict(w) for w in warnings],
        "stages": stages,
        "nodes": [asdict(n) for n in nodes],
    }
    write_sealed(place.folder / _LAST, json.dumps(value, indent=1, ensure_ascii=False))


def last_failures(place: Workspace) -> tuple[list[Failure], list[Failure]]:
    """Failures and warnings of the last ingest.

    Raises:
        StoreError: what was kept of them was damaged.
    """
    from waygraph.model import Failure

    value = _last(place)
    return (
        [Failure(**f) for f in value.get("failures", ())],
        [Failure(**w) for w in value.get("warnings", ())],
    )


def last_times(place: Workspace) -> tuple[NodeTime, ...]:
    """What the nodes of the compute graph took in the last ingest; empty if there was none.

    Raises:
        StoreError: what was kept of it was damaged.
    """
    return tuple(NodeTime(**node) for node in _last(place).get("nodes", ()))


def _last(place: Workspace) -> dict[str, Any]:
    try:
        text = read_sealed(place.folder / _LAST, "the next `waygraph ingest` writes it anew")
    except FileNotFoundError:
        return {}
    return json.loads(text)  # type: ignore[no-any-return]  # as ``remember_last`` wrote it


def open_graph(place: Workspace) -> ConceptGraph:
    """The workspace's concept graph.

    Raises:
        MissingWorkspace: nothing was ingested yet.
        StoreError: it cannot be opened.
    """
    from waygraph.search.concept_graph import ARRAYS, ConceptGraph

    if not (graph_folder(place) / ARRAYS).exists():
        raise MissingWorkspace(f"{place.folder} (it is empty)")
    return ConceptGraph(graph_folder(place))


@contextmanager
def open_data(place: Workspace, *, recall: bool = True) -> Iterator[Dataset]:
    """The workspace's datagraph, for reading; if it is half-written, a notice says so.

    Args:
        place: the workspace.
        recall: whether the lines of named graphs may come from the cache, by their digests;
            else all are read from the store itself.

    Raises:
        MissingWorkspace: nothing was ingested yet.
        StoreError: it cannot be opened.
    """
    from waygraph.compute.cache import Cache

    if not place.settings.store and not (place.folder / "store").exists():
        if (place.folder / "documents.sqlite").exists():
            raise StoreError(
                f"{place.folder} has no store any more",
                "`waygraph ingest` makes it anew from what was read",
            )
        raise MissingWorkspace(f"{place.folder} (it is empty)")
    with ExitStack() as stack:
        kept: Cache | None = None
        if recall:
            # it only makes reading faster, and a folder may be read-only
            with suppress(StoreError):
                kept = stack.enter_context(Cache(place.folder / config.CACHE))
        data = stack.enter_context(open_store(place, kept))
        if told := half_written(place, data):
            # the caller's caller, behind this generator and contextlib
            warnings.warn(told, WaygraphNotice, stacklevel=4)
        yield data


def half_written(place: Workspace, data: Dataset) -> str:
    """That an ingest has not finished writing the datagraph, and the command; empty if it has."""
    from shlex import quote

    since = data.unfinished()
    if not since:
        return ""
    option = f" --store {quote(place.settings.store)}" if place.settings.store else ""
    return (
        f"the datagraph at {data.backend.name} is half-written: an ingest that began {since} has "
        f"not finished (unless it still runs, waygraph ingest{option} brings it up to date)"
    )


def open_store(place: Workspace, kept: Kept | None, *, write: bool = False) -> Dataset:
    """The workspace's datagraph, in its own store or on a server.

    Raises:
        StoreError: it cannot be opened.
    """
    from waygraph.store.dataset import Dataset
    from waygraph.store.remote import Remote

    address = place.settings.store
    store = Remote(address) if address else place.folder / "store"
    return Dataset(store, place.settings.base, write=write, kept=kept)


def concept_named(
    place: Workspace,
    graph: ConceptGraph,
    query: str,
    *,
    exact: bool = False,
    taken: list[Taken] | None = None,
) -> int:
    """The concept that ``query`` names, or that is clearly meant; then a notice says so.

    If none is even spelled alike, the error lists near ones by meaning, but of a note's path.

    Args:
        place: the workspace.
        graph: its concept graph.
        query: an IRI, or a goal as people type it.
        exact: whether only an IRI, a label or an alias will do.
        taken: gets what was taken for words that are no label.

    Raises:
        AmbiguousConcept: several fit.
        UnknownConcept: none fits.
    """
    from waygraph.read.corpus import SUFFIXES
    from waygraph.search.goals import resolve

    note = PurePath(query).suffix.lower() in SUFFIXES
    try:
        concept, said = resolve(
            graph, query, exact=exact or note, meaning=lambda text: meant(place, text)
        )
    except UnknownConcept as error:
        if error.nearest or note:
            raise
        alike = [graph.named(c).label for c, _ in concepts_like(place, query, 5)]
        raise UnknownConcept(query, alike, error.known) from None
    if said is not None:
        warnings.warn(terminal.line(said), WaygraphNotice, stacklevel=2)
        if taken is not None:
            taken.append(said)
    return concept


def meant(place: Workspace, text: str) -> list[tuple[int, float]]:
    """The concepts that a goal may mean, with the cosine; none if no encoder may be loaded.

    Raises:
        StoreError: the vector index cannot be read.
    """
    from waygraph.search.goals import NEAR

    try:
        return concepts_like(place, text, NEAR)
    except (ComputeGraphError, Untrusted):
        return []


def concepts_like(place: Workspace, text: str, count: int) -> list[tuple[int, float]]:
    """Concepts whose labels mean most nearly what ``text`` says, with the cosine.

    Empty if the text holds neither letter nor digit, no sentence encoder is installed or the
    workspace has no concepts.

    Raises:
        StoreError: the vector index cannot be read.
    """
    if not any(map(str.isalnum, text)):
        return []
    from waygraph.operators.encoder import encode_texts
    from waygraph.search.vectors import nearest_concepts

    model = next(
        (str(n.settings["model"]) for n in open_compute_graph(place).nodes if n.name == "vectors"),
        "auto",
    )
    try:
        # bytes of the command line that are no text come as lone surrogates
        said = text.encode("utf-8", "replace").decode("utf-8")
        vector = encode_texts([said], model)[0]
    except WaygraphError:
        return []
    return nearest_concepts(graph_folder(place), vector, count)


def explain(workspace: Workspace, thing: str) -> tuple[str, list[Lineage]]:
    """The IRI of a thing and where all that is said of it comes from, one entry a named graph.

    Args:
        workspace: see ``waygraph.open_workspace``.
        thing: the IRI of a concept, claim, mention, document, place or named graph, or a
            concept's label.

    Raises:
        UnknownConcept: neither an IRI nor a label.
        StoreError: nothing is said of the IRI.
    """
    from waygraph.store.lineage import lineage

    iri = thing
    if "://" not in thing:
        graph = open_graph(workspace)
        iri = graph.named(concept_named(workspace, graph, thing)).iri
    with open_data(workspace) as data:
        found = lineage(data, iri)
    if not found:
        raise StoreError(
            f"the datagraph says nothing of {iri}",
            "waygraph show CONCEPT prints the IRI of a concept, waygraph export all others",
        )
    return iri, found
