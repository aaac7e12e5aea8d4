"""``waygraph graph``: the compute graph, drawn and checked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from waygraph import terminal
from waygraph.config import Workspace, find_workspace
from waygraph.errors import MissingWorkspace

app = typer.Typer(help="Draw and check the compute graph.", no_args_is_help=True)

GraphOption = Annotated[
    Path | None, typer.Option("--graph", help="A graph file; default: the workspace's.")
]


class DrawFormat(StrEnum):
    """How a compute graph is drawn."""

    text = "text"
    mermaid = "mermaid"


class ListFormat(StrEnum):
    """How a list is printed."""

    text = "text"
    json = "json"


FormatOption = Annotated[ListFormat, typer.Option(help="How to print them.")]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", help="The folder .waygraph or its parent; default: the nearest upward."
    ),
]

StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", help="Address of a SPARQL server that holds the datagraph; default: `store`."
    ),
]

ForceOption = Annotated[
    bool, typer.Option("--force", help="Overwrite even a file that waygraph did not write.")
]

ExactOption = Annotated[
    bool, typer.Option("--exact", help="Take no name but a label, an alias or an IRI.")
]


def tell_outdated(place: Workspace) -> None:
    """Tell on standard error what the concept graph does not show yet."""
    from waygraph.app.freshness import outdated

    if late := outdated(place):
        terminal.say(f"note: {late}", err=True)


@app.command()
def show(
    graph: GraphOption = None,
    format: Annotated[DrawFormat, typer.Option(help="How to draw it.")] = DrawFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """Draw the compute graph with versions, settings, models and the times of the last ingest."""
    from waygraph.app.ask import graph_ends, graph_file, last_times
    from waygraph.app.render import node_note
    from waygraph.compute.draw import graph_mermaid, graph_text
    from waygraph.compute.graph import load_graph

    place = _workspace(workspace)
    given, wanted = graph_ends()
    loaded = load_graph(graph or graph_file(place), given, wanted)
    times = {(t.name, t.use): node_note(t) for t in (last_times(place) if place else ())}
    notes = {n.name: times[n.name, n.use] for n in loaded.nodes if (n.name, n.use) in times}
    draw = graph_mermaid if format is DrawFormat.mermaid else graph_text
    terminal.say(draw(loaded, given, notes), nl=False)


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="A graph file; default: the workspace's.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Check a compute graph without reading a note: all faults, by file and line."""
    from waygraph.app.ask import graph_ends, graph_file
    from waygraph.compute.graph import check_graph

    path = file or graph_file(_workspace(workspace))
    graph, faults = check_graph(path, *graph_ends())
    for fault in faults:
        terminal.say(str(fault), err=True)
    if graph is None:
        terminal.say(f"{len(faults)} fault{'s' * (len(faults) != 1)} in {path}", err=True)
        raise typer.Exit(1)
    terminal.say(f"{path}: {len(graph.nodes)} operators, sound")


def _workspace(named: Path | None) -> Workspace | None:
    """The workspace; none is needed unless one is named."""
    try:
        return find_workspace(named)
    except MissingWorkspace:
        if named is not None:
            raise
        return None
