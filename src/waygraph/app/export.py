"""Exporting: which piece of the datagraph, in which form, to which file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.answer import LearningPath
from waygraph.app.outputs import drop_old, outputs_of, write_output
from waygraph.config import Workspace
from waygraph.errors import StoreError

if TYPE_CHECKING:
    from waygraph.model import View
    from waygraph.store.dataset import Dataset
    from waygraph.store.selection import Selection


class ExportFormat(StrEnum):
    """The forms of an export."""

    turtle = "turtle"
    trig = "trig"
    nquads = "nquads"
    ntriples = "ntriples"
    jsonld = "jsonld"
    rdfxml = "rdfxml"
    graphml = "graphml"
    csv = "csv"
    vault = "vault"
    canvas = "canvas"


SUFFIXES = {
    ".ttl": ExportFormat.turtle,
    ".trig": ExportFormat.trig,
    ".nq": ExportFormat.nquads,
    ".nt": ExportFormat.ntriples,
    ".jsonld": ExportFormat.jsonld,
    ".json": ExportFormat.jsonld,
    ".rdf": ExportFormat.rdfxml,
    ".xml": ExportFormat.rdfxml,
    ".graphml": ExportFormat.graphml,
    ".csv": ExportFormat.csv,
    ".canvas": ExportFormat.canvas,
    "": ExportFormat.vault,
}
# What Obsidian makes in a folder that it opens.
_OPENED = (".obsidian",)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export.

    At most one of ``concept`` (with what is ``hops`` relations around it), ``document`` (an
    address), ``day`` (its number or ISO date) and ``goal`` (the learning path to it, ``start``
    as in ``learning_path``) is given; without any everything is exported.
    """

    concept: str | None = None
    hops: int = 1
    document: str | None = None
    day: int | str | None = None
    goal: str | None = None
    start: str | None = None
    evidence: bool = True
    provenance: bool = False


@dataclass(frozen=True, slots=True)
class _Picked:
    """What the options pick, with the concept (an IRI) or the learning path they name."""

    selection: Selection
    centre: str | None = None
    path: LearningPath | None = None


def format_of(file: Path | None) -> ExportFormat:
    """The form that a file's name asks for: Turtle without a name, a vault for a folder's.

    Raises:
        StoreError: the suffix names none.
    """
    if file is None:
        return ExportFormat.turtle
    try:
        return SUFFIXES[file.suffix.lower()]
    except KeyError:
        known = ", ".join(f"{suffix or 'none'} ({form})" for suffix, form in SUFFIXES.items())
        raise StoreError(
            f"the suffix of {file} names no form of export", f"say --format, or use one of: {known}"
        ) from None


def export(workspace: Workspace, file: str | Path | None = None, *, force: bool = False) -> str:
    """The datagraph as Turtle, without the times of runs: the same notes, the same bytes.

    Args:
        workspace: see ``waygraph.open_workspace``.
        file: where to write; without it nothing is written.
        force: whether a file that waygraph did not write may be overwritten.

    Returns:
        The Turtle text.

    Raises:
        StoreError: the file cannot be written, or is not waygraph's own.
    """
    turtle = "".join(export_pieces(workspace, ExportFormat.turtle, ExportOptions()))
    if file is not None:
        write_output(workspace, Path(file), [(Path(file), [turtle])], force=force)
    return turtle


def export_pieces(
    workspace: Workspace, form: ExportFormat, options: ExportOptions
) -> Iterator[str]:
    """An export in one text, piece by piece.

    Raises:
        StoreError: the form has several files, or nothing fits the options.
    """
    from waygraph.app.ask import open_data
    from waygraph.store.forms import pieces
    from waygraph.store.tables import graphml, selected_view

    if form in (ExportFormat.csv, ExportFormat.vault):
        raise StoreError(
            f"an export as {form} is several files", "name a file or folder to write to"
        )
    with open_data(workspace) as data:
        picked = _pick(workspace, data, options)
        if form is ExportFormat.graphml:
            yield from graphml(selected_view(data, picked.selection), options.evidence)
        elif form is ExportFormat.canvas:
            yield _canvas(selected_view(data, picked.selection), picked)
        else:
            yield from pieces(data, form.value, picked.selection)


def export_to(
    workspace: Workspace,
    file: Path,
    form: ExportFormat,
    options: ExportOptions,
    *,
    force: bool = False,
) -> list[Path]:
    """Write an export, each file whole or not at all, and say which files.

    A file that is there is overwritten only if this workspace wrote it as it is, or by
    ``force``. Of a vault written again the pages go whose concepts are gone; what the user
    wrote beside them stays.

    Raises:
        StoreError: a file cannot be written or is not waygraph's own, or nothing fits the
            options.
    """
    files = export_files(workspace, file, form, options)
    if form is ExportFormat.vault:
        _open_vault(workspace, file, force)
    written = write_output(workspace, file, files, force=force)
    if form is ExportFormat.vault:
        drop_old(workspace, file, written)
    return written


def export_files(
    workspace: Workspace, file: Path, form: ExportFormat, options: ExportOptions
) -> list[tuple[Path, Iterable[str]]]:
    """The files that an export comes to, and what they hold, piece by piece.

    CSV makes two tables of ``notes.csv``: ``notes.nodes.csv`` and ``notes.arcs.csv``; a vault
    is a folder with a page for each concept and, of a learning path, one that lists its steps.

    Raises:
        StoreError: nothing fits the options.
    """
    if form is ExportFormat.csv:
        return _tables(workspace, file, options)
    if form is ExportFormat.vault:
        return _vault(workspace, file, options)
    return [(file, export_pieces(workspace, form, options))]


def _tables(
    workspace: Workspace, file: Path, options: ExportOptions
) -> list[tuple[Path, Iterable[str]]]:
    from waygraph.app.ask import open_data
    from waygraph.store import tables

    with open_data(workspace) as data:
        view = tables.selected_view(data, _pick(workspace, data, options).selection)
    nodes = tables.csv_table(tables.NODE_COLUMNS, tables.node_rows(view))
    columns = tables.arc_columns(options.evidence)
    arcs = tables.csv_table(columns, tables.arc_rows(view, options.evidence))
    stem = file.with_suffix("")
    named = (("nodes", nodes), ("arcs", arcs))
    return [(stem.with_name(f"{stem.name}.{name}.csv"), table) for name, table in named]


def _vault(
    workspace: Workspace, folder: Path, options: ExportOptions
) -> list[tuple[Path, Iterable[str]]]:
    from waygraph.app.ask import open_data
    from waygraph.store.tables import selected_view
    from waygraph.store.vault import pages, steps_page

    with open_data(workspace) as data:
        picked = _pick(workspace, data, options)
        view = selected_view(data, picked.selection)
    known = dict(pages(view, options.evidence))
    if picked.path is not None:
        known |= [steps_page(view, picked.path)]
    return [(folder / name, [text]) for name, text in known.items()]


def _open_vault(workspace: Workspace, folder: Path, force: bool) -> None:
    """Make the folder, or see that it is a vault that this workspace wrote.

    Raises:
        StoreError: it holds other things alone, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = sorted(found.name for found in folder.iterdir() if found.name not in _OPENED)
    except OSError as error:
        raise StoreError(
            f"cannot write {folder}: {error.strerror}", "name another folder"
        ) from None
    if there and not force and not outputs_of(workspace, folder):
        raise StoreError(
            f"{folder} is no vault that this workspace wrote; it holds {', '.join(there[:3])}",
            "name a new folder, or write into this one with --force",
        )


def _canvas(view: View, picked: _Picked) -> str:
    from waygraph.app.canvas import around_canvas, path_canvas

    if picked.path is not None:
        return path_canvas(view, picked.path)
    return around_canvas(view, picked.centre)


def _pick(workspace: Workspace, data: Dataset, options: ExportOptions) -> _Picked:
    from waygraph.app.ask import concept_named, open_graph
    from waygraph.app.paths import learning_path
    from waygraph.store.selection import (
        Selection,
        documents_of,
        documents_of_day,
        neighbourhood,
    )

    asked = (options.concept, options.document, options.day, options.goal)
    if sum(one is not None for one in asked) > 1:
        raise StoreError(
            "--concept, --document, --day and --path exclude one another", "keep one of them"
        )
    concepts = documents = centre = found = None
    if options.concept is not None:
        graph = open_graph(workspace)
        centre = graph.named(concept_named(workspace, graph, options.concept)).iri
        concepts = neighbourhood(data, centre, options.hops)
    elif options.goal is not None:
        found = learning_path(workspace, options.goal, options.start)
        concepts = frozenset(step.concept.iri for step in found.steps)
    elif options.document is not None:
        documents = documents_of(data, options.document)
    elif options.day is not None:
        documents = documents_of_day(data, options.day)
    selection = Selection(concepts, documents, options.evidence, options.provenance)
    return _Picked(selection, centre, found)
