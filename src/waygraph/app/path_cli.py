"""The commands that ask the concept graph: path, next, gaps, bridge."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from waygraph import terminal
from waygraph.app.graph_cli import (
    ExactOption,
    ForceOption,
    FormatOption,
    ListFormat,
    WorkspaceOption,
    tell_outdated,
)
from waygraph.config import Workspace, find_workspace
from waygraph.errors import BadQuestion

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph


class PathFormat(StrEnum):
    """How a learning path is printed."""

    text = "text"
    json = "json"
    markdown = "markdown"
    turtle = "turtle"
    mermaid = "mermaid"


KnownOption = Annotated[
    Path | None,
    typer.Option("--known", help="A file of what you know, besides what decisions say."),
]


def path(
    goal: Annotated[str, typer.Argument(help="What to learn, in your words.")],
    start: Annotated[
        list[str] | None,
        typer.Option(
            "--from",
            help="Where to begin, of several at the best; default: with what the goal needs.",
        ),
    ] = None,
    known: KnownOption = None,
    implied: Annotated[
        bool,
        typer.Option(
            "--implied/--not-implied", help="Whether who knows a concept knows what it requires."
        ),
    ] = True,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Minutes of reading there are.")
    ] = None,
    alternatives: Annotated[
        int, typer.Option(min=0, max=20, help="How many other paths to show.")
    ] = 0,
    avoid: Annotated[list[str] | None, typer.Option(help="What the path must not touch.")] = None,
    via: Annotated[list[str] | None, typer.Option(help="What it must pass, in order.")] = None,
    max_steps: Annotated[int | None, typer.Option(min=1, help="At most so many steps.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that the goal rests on, however many steps.")
    ] = False,
    algorithm: Annotated[
        str, typer.Option(help="How to search; --compare lists the algorithms.")
    ] = "bidirectional-a-star",
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare all algorithms instead.")
    ] = False,
    trace: Annotated[
        Path | None, typer.Option(help="Write the search's expansions in order to a file.")
    ] = None,
    exact: ExactOption = False,
    force: ForceOption = False,
    format: Annotated[PathFormat, typer.Option(help="How to print it.")] = PathFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """Print what to learn for a concept, in order, with reasons and readings."""
    from waygraph.app import paths, render_path
    from waygraph.app.ask import open_graph

    place = find_workspace(workspace)
    options: dict[str, Any] = {
        "known": paths.read_known(place, open_graph(place), known) if known else (),
        "implied": implied,
        "minutes": minutes,
        "alternatives": alternatives,
        "avoid": avoid or (),
        "via": via or (),
        "most_steps": max_steps,
        "everything": everything,
        "algorithm": algorithm,
        "exact": exact,
    }
    if compare:
        other = format not in (PathFormat.text, PathFormat.json)
        useless = {
            "--trace": trace,
            "--alternatives": alternatives,
            "--minutes": minutes is not None,
            f"--format {format.value}": other,
        }
        for option in (option for option, given in useless.items() if given):
            raise BadQuestion(f"{option} does not go with --compare", "drop one of the two")
        graph = _graph(place)
        rows = paths.compare(graph, paths.ask(place, graph, goal, start or (), **options))
        if format is PathFormat.json:
            _print_json(rows)
        else:
            terminal.say(render_path.compared_text(rows), nl=False)
        return
    found = paths.learning_path(place, goal, start, trace=trace, force=force, **options)
    if format is PathFormat.json:
        terminal.give([render_path.path_json_text(found), "\n"])
    elif format is PathFormat.turtle:
        terminal.give([render_path.path_turtle(found, place.settings.base)])
    else:
        printed = {
            PathFormat.text: render_path.path_text,
            PathFormat.markdown: render_path.path_markdown,
            PathFormat.mermaid: render_path.path_mermaid,
        }
        terminal.say(printed[format](found), nl=False)


def next_(
    known: KnownOption = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
    format: FormatOption = ListFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what can be learned now: nothing that it requires is missing."""
    from waygraph.app.render_path import learnable_text
    from waygraph.search.closure import known_closure
    from waygraph.search.horizon import learnable

    graph, iris = _known(find_workspace(workspace), known)
    rows = learnable(graph, known_closure(graph, _numbers(graph, iris)), count)
    _print(rows, learnable_text(rows, len(graph)), format)


def gaps(
    known: KnownOption = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many.")] = 10,
    format: FormatOption = ListFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what many concepts rest on and the notes explain little."""
    from waygraph.app.render_path import gaps_text
    from waygraph.search.horizon import gaps as widest

    graph, iris = _known(find_workspace(workspace), known)
    rows = widest(graph, set(_numbers(graph, iris)), count)
    _print(rows, gaps_text(rows), format)


def bridge(
    one: Annotated[str, typer.Argument(help="A concept: a label, alias or IRI.")],
    two: Annotated[str, typer.Argument(help="Another, on another island.")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many pairs.")] = 5,
    exact: ExactOption = False,
    format: FormatOption = ListFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """Show what would connect two concepts that no path joins: near pairs, and what to read."""
    from waygraph.app.ask import concept_named
    from waygraph.app.render_path import bridges_text
    from waygraph.search.islands import bridges

    place = find_workspace(workspace)
    graph = _graph(place)
    ends = [concept_named(place, graph, label, exact=exact) for label in (one, two)]
    rows = bridges(graph, ends[0], ends[1], count)
    labels = [graph.named(end).label for end in ends]
    _print(rows, bridges_text(rows, labels[0], labels[1]), format)


def _graph(place: Workspace) -> ConceptGraph:
    """The concept graph; if it is out of date, that is told."""
    from waygraph.app.ask import open_graph

    tell_outdated(place)
    return open_graph(place)


def _known(place: Workspace, file: Path | None) -> tuple[ConceptGraph, list[str]]:
    from waygraph.app.paths import read_known

    graph = _graph(place)
    return graph, read_known(place, graph, file) if file else []


def _numbers(graph: ConceptGraph, iris: list[str]) -> list[int]:
    """What is known by decisions, and by these IRIs."""
    from waygraph.search.lookup import find_concept

    return [*graph.known(), *(find_concept(graph, iri) for iri in iris)]


def _print(rows: list[Any], text: str, format: ListFormat) -> None:
    if format is ListFormat.json:
        _print_json(rows)
    else:
        terminal.say(text, nl=False)


def _print_json(rows: list[Any]) -> None:
    from dataclasses import asdict

    terminal.give_json([asdict(row) for row in rows])
