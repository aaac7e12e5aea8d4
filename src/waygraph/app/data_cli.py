"""The commands that take the datagraph out of its workspace, ask it, check it, add to it."""

from __future__ import annotations

import os
import re
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from waygraph import files, terminal
from waygraph.app.export import ExportFormat, ExportOptions
from waygraph.app.graph_cli import ForceOption, ListFormat, StoreOption, WorkspaceOption
from waygraph.config import find_workspace
from waygraph.errors import WaygraphError

_LONGEST_QUERY = 1_000_000


class QueryFormat(StrEnum):
    """How the answer to a query is printed."""

    table = "table"
    json = "json"
    csv = "csv"
    turtle = "turtle"


def _day(said: str | None) -> int | str | None:
    """The number of a day or its date, as typed."""
    if said is None or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
        return said
    try:
        return int(said)
    except ValueError:
        raise WaygraphError(
            f"--day: {said!r} is neither a day's number nor its date", "say 12, or 2026-03-01"
        ) from None


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
        str | None,
        typer.Option(
            "--day", metavar="N|DATE", help="Only what the notes of a day say: 12 or 2026-03-01."
        ),
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
    force: ForceOption = False,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Write the datagraph, or a piece of it: the same notes give the same bytes."""
    from waygraph.app.export import export_pieces, export_to, format_of

    place = find_workspace(workspace, store=store)
    options = ExportOptions(concept, hops, document, _day(day), path, start, evidence, provenance)
    named = None if file is None or str(file) == "-" else file
    form = format or format_of(named)
    if named is not None:
        written = export_to(place, named, form, options, force=force)
        size = sum(one.stat().st_size for one in written)
        files = str(written[0]) if len(written) == 1 else f"{len(written)} files at {named}"
        terminal.say(f"{files}: {size:,} bytes", err=True)
        return
    terminal.give(export_pieces(place, form, options))


def query(
    sparql: Annotated[
        str | None, typer.Argument(metavar="SPARQL", help="SELECT, ASK, CONSTRUCT or DESCRIBE.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file that holds it; - for standard input.")
    ] = None,
    format: Annotated[
        QueryFormat | None, typer.Option(help="Default: a table, or Turtle for a graph.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds it may take.")] = 30,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Ask the datagraph in SPARQL, all its named graphs together; nothing can be changed.

    The prefixes of an export (skos:, wg:, concept: …) are known.
    """
    from waygraph.app.ask import open_data
    from waygraph.errors import QueryError
    from waygraph.store.query import ask

    if (sparql is None) == (file is None):
        raise QueryError("name one query", "waygraph query 'SELECT …', or --file FILE")
    asked = _query_in(file) if file else sparql or ""
    with open_data(find_workspace(workspace, store=store)) as data:
        answer = ask(data, asked, format or "", timeout)
    if format in (None, QueryFormat.table):
        terminal.say(answer, nl=False)
    else:
        terminal.give([answer])


def _query_in(file: Path) -> str:
    """The query that a file holds, ``-`` for standard input."""
    from waygraph.errors import QueryError

    try:
        piped = str(file) == "-"
        path = Path(os.path.realpath(file))
        with sys.stdin.buffer if piped else files.open_to_read(path) as opened:
            said = opened.read(_LONGEST_QUERY + 1)
        if len(said) > _LONGEST_QUERY:
            raise QueryError(f"{file}: more than {_LONGEST_QUERY:,} bytes are no query")
        return said.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise QueryError(f"{file}:{line}: it is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        raise QueryError(f"{file}: it cannot be read: {error.strerror}") from None


def import_(
    file: Annotated[Path, typer.Argument(help="SKOS or other RDF; the suffix names the syntax.")],
    remove: Annotated[
        bool, typer.Option("--remove", help="Drop what was imported from a file so named.")
    ] = False,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Keep an RDF file as background knowledge, a named graph of its own.

    Imported again, it is replaced. What it names by skos:prefLabel counts as a known term from
    the next ingest on.
    """
    from waygraph.app.imports import import_file, remove_import

    place = find_workspace(workspace, store=store)
    if remove:
        remove_import(place, file)
        terminal.say(f"{file.name}: dropped; the next ingest no longer knows its terms")
        return
    triples, concepts = import_file(place, file)
    terminal.say(f"{file.name}: {triples:,} triples, {concepts:,} concepts; ingest uses them next")


def validate(
    format: Annotated[ListFormat, typer.Option(help="How to print the faults.")] = ListFormat.text,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Check the datagraph against the shapes; each fault is named by file and line of the notes.

    Exits with 1 if there is any. Large datagraphs take minutes: the shapes are checked in Python.
    """
    from dataclasses import asdict

    from waygraph.app.ask import open_data
    from waygraph.app.reading import section_line
    from waygraph.config import ontology
    from waygraph.store.validate import validate as faults_of

    place = find_workspace(workspace, store=store)
    with open_data(place, recall=False) as data:
        faults = faults_of(data, ontology("shapes.ttl"), partial(section_line, place))
    if format is ListFormat.json:
        terminal.give_json([asdict(fault) for fault in faults])
    else:
        for fault in faults:
            at = f"{fault.address}:{fault.line}" if fault.line else fault.address or "?"
            what = " ".join(filter(None, (fault.node, fault.property)))
            terminal.say(terminal.line(f"{at}: {fault.message} ({what})"))
        terminal.say(f"{len(faults)} fault{'s' * (len(faults) != 1)}", err=True)
    if faults:
        raise typer.Exit(1)
