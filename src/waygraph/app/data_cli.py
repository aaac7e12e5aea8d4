"""The commands that take the datagraph out of its workspace, ask it, check it, add to it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from waygraph.app.export import ExportFormat, ExportOptions
from waygraph.app.graph_cli import WorkspaceOption
from waygraph.config import find_workspace


def export(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write; default: standard output.")
    ] = None,
    format: Annotated[
        ExportFormat | None, typer.Option(help="The form; default: by the suffix, else Turtle.")
    ] = None,
    concept: Annotated[
        str | None, typer.Option("--concept", help="Only a concept and what is around it.")
    ] = None,
    hops: Annotated[
        int, typer.Option(min=0, max=100, help="So many relations around --concept.")
    ] = 1,
    document: Annotated[
        str | None, typer.Option("--document", help="Only what one document says, by its address.")
    ] = None,
    day: Annotated[
        int | None, typer.Option("--day", help="Only what the notes of a day say.")
    ] = None,
    path: Annotated[
        str | None, typer.Option("--path", help="Only the concepts of the learning path to this.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="Where that learning path begins.")
    ] = None,
    evidence: Annotated[
        bool, typer.Option(help="With claims, mentions and the places they stand at.")
    ] = True,
    provenance: Annotated[
        bool, typer.Option(help="With the operator runs behind it and their times.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the datagraph, or a piece of it: the same notes give the same bytes."""
    from waygraph.app.export import export_pieces, export_to, format_of

    place = find_workspace(workspace)
    options = ExportOptions(concept, hops, document, day, path, start, evidence, provenance)
    named = None if file is None or str(file) == "-" else file
    form = format or format_of(named)
    if named is not None:
        written = export_to(place, named, form, options)
        size = sum(one.stat().st_size for one in written)
        files = str(written[0]) if len(written) == 1 else f"{len(written)} files at {named}"
        typer.echo(f"{files}: {size:,} bytes", err=True)
        return
    for piece in export_pieces(place, form, options):
        sys.stdout.buffer.write(piece.encode("utf-8"))
    sys.stdout.buffer.flush()
