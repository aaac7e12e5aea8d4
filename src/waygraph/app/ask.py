"""Asking: what the workspace holds, and learning paths through it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph import config
from waygraph.config import Workspace
from waygraph.errors import MissingWorkspace, StoreError, UnknownConcept, WaygraphError
from waygraph.model import (
    ConceptTable,
    Document,
    Failure,
    LearningPath,
    Mentions,
    Prerequisites,
    Refused,
    Relations,
    Targets,
    Vectors,
)

if TYPE_CHECKING:
    from waygraph.compute.graph import ComputeGraph
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.store.dataset import Dataset

LAST = "last-ingest.json"


def open_compute_graph(place: Workspace) -> ComputeGraph:
    """The workspace's compute graph, checked.

    Raises:
        ComputeGraphError: it cannot run; names the file and line.
    """
    from waygraph.compute.graph import load_graph
    from waygraph.compute.operator import Port

    path = place.root / place.settings.graph if place.settings.graph else config.default_graph()
    given = {
        "documents": Port("documents", Document, True),
        "targets": Port("targets", Targets, True),
        "gazetteer": Port("gazetteer", ConceptTable, False),
    }
    wanted = {
        "concepts": Port("concepts", ConceptTable, False),
        "mentions": Port("mentions", Mentions, True),
        "relations": Port("relations", Relations, True),
        "refused": Port("refused", Refused, False),
        "prerequisites": Port("prerequisites", Prerequisites, False),
        "vectors": Port("vectors", Vectors, False),
    }
    return load_graph(path, given, wanted)


def graph_folder(place: Workspace) -> Path:
    """Where the workspace keeps its concept graph."""
    return place.folder / "concept-graph"


def last_failures(place: Workspace) -> tuple[list[Failure], list[Failure]]:
    """Failures and warnings of the last ingest."""
    try:
        value = json.loads((place.folder / LAST).read_text(encoding="utf-8"))
        failures, warnings = value["failures"], value["warnings"]
        return [Failure(**f) for f in failures], [Failure(**w) for w in warnings]
    except (OSError, ValueError, KeyError, TypeError):
        return [], []


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


def open_data(place: Workspace) -> Dataset:
    """The workspace's datagraph, for reading.

    Raises:
        MissingWorkspace: nothing was ingested yet.
        StoreError: it cannot be opened.
    """
    from waygraph.store.dataset import Dataset

    if not (place.folder / "store").exists():
        raise MissingWorkspace(f"{place.folder} (it is empty)")
    return Dataset(place.folder / "store", place.settings.base)


def concept_named(place: Workspace, graph: ConceptGraph, query: str) -> int:
    """The concept that ``query`` names.

    If none is even spelled alike, the error lists near ones by meaning.

    Raises:
        AmbiguousConcept: several fit.
        UnknownConcept: none fits.
    """
    from waygraph.search.lookup import find_concept

    try:
        return find_concept(graph, query)
    except UnknownConcept as error:
        if error.nearest:
            raise
        alike = [graph.named(c).label for c, _ in concepts_like(place, query, 5)]
        raise UnknownConcept(query, alike) from None


def concepts_like(place: Workspace, text: str, count: int) -> list[tuple[int, float]]:
    """Concepts whose labels mean most nearly what ``text`` says, with the cosine.

    Empty if no sentence encoder is installed or the workspace has no concepts.
    """
    from waygraph.operators.embedding import encode_texts
    from waygraph.search.vectors import nearest_concepts

    model = next(
        (str(n.settings["model"]) for n in open_compute_graph(place).nodes if n.name == "vectors"),
        "auto",
    )
    try:
        vector = encode_texts([text], model)[0]
        return nearest_concepts(graph_folder(place), vector, count)
    except WaygraphError:
        return []


def learning_path(workspace: Workspace, goal: str, start: str | None = None) -> LearningPath:
    """The optimal learning path to a goal.

    Args:
        workspace: see ``waygraph.open_workspace``.
        goal: a label, an alias or an IRI of a concept.
        start: the same for where to begin; without it the path begins at what the goal
            needs first.

    Raises:
        UnknownConcept: a label names no concept; the error holds the nearest ones.
        AmbiguousConcept: a label fits several concepts.
        NoPath: start and goal are not joined.
    """
    from waygraph.search import plan

    graph = open_graph(workspace)
    end = concept_named(workspace, graph, goal)
    begin = concept_named(workspace, graph, start) if start else plan.foundation(graph, end)
    return plan.learning_path(graph, begin, end)


def export(workspace: Workspace, file: str | Path | None = None) -> str:
    """The datagraph as Turtle, without the times of runs: the same notes, the same bytes.

    Args:
        workspace: see ``waygraph.open_workspace``.
        file: where to write; without it nothing is written.

    Returns:
        The Turtle text.

    Raises:
        StoreError: the file cannot be written.
    """
    turtle = "".join(turtle_pieces(workspace))
    if file is not None:
        try:
            Path(file).write_text(turtle, encoding="utf-8", newline="\n")
        except OSError as error:
            raise StoreError(
                f"cannot write {file}: {error.strerror}", "name another file"
            ) from None
    return turtle


def turtle_pieces(workspace: Workspace) -> Iterable[str]:
    """The Turtle export, piece by piece."""
    from waygraph.store.turtle import turtle

    with open_data(workspace) as data:
        yield from turtle(data.lines(), workspace.settings.base)
