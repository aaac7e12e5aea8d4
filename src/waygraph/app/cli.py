"""The command line: parse, call, print."""

from __future__ import annotations

import sys
import warnings
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TextIO

import typer

from waygraph import __version__, terminal
from waygraph.app import data_cli, decide_cli, graph_cli, ingest_cli, path_cli, trust_cli, web_cli
from waygraph.app.graph_cli import (
    ExactOption,
    FormatOption,
    ListFormat,
    StoreOption,
    WorkspaceOption,
    tell_outdated,
)
from waygraph.config import Workspace, find_workspace
from waygraph.errors import StoreError, UnknownConcept, WaygraphError, WaygraphNotice

app = typer.Typer(
    name="waygraph",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its colours could not be told from those of an argument
)
app.add_typer(graph_cli.app, name="graph")
app.command()(ingest_cli.ingest)
app.command()(data_cli.export)
app.command()(data_cli.query)
app.command()(data_cli.validate)
app.command("import")(data_cli.import_)
app.command()(decide_cli.decide)
app.command("decisions")(decide_cli.list_decisions)
app.command()(decide_cli.review)
app.command()(decide_cli.train)
app.command()(decide_cli.merge)
app.command()(trust_cli.trust)
app.command()(web_cli.serve)
app.command()(web_cli.mcp)
for command in (path_cli.path, path_cli.next_, path_cli.gaps, path_cli.bridge):
    app.command(name=command.__name__.rstrip("_"))(command)


class EntityKind(StrEnum):
    """What is named and not learned."""

    person = "person"
    organization = "organization"
    place = "place"


# So many are near in meaning to something; the rest are merely not as far.
_NEAREST = 10


def _tell_notices() -> None:
    """Print what a user should know of an answer as a note beside it, each time."""
    shown = warnings.showwarning

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, WaygraphNotice):
            terminal.say(f"note: {message}", err=True)
        else:
            shown(message, category, filename, lineno, file, line)

    warnings.simplefilter("always", WaygraphNotice)
    warnings.showwarning = show


def _tell_version(asked: bool) -> None:
    if asked:
        terminal.say(f"waygraph {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    """From day notes to a datagraph, and to learning paths through it."""
    _tell_notices()


@app.command()
def concepts(
    query: Annotated[str, typer.Argument(help="Words of a label, or free text.")] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many at most.")] = 50,
    workspace: WorkspaceOption = None,
) -> None:
    """List concepts: all, those whose labels fit the words, the best first, or by meaning."""
    from waygraph.app.ask import concepts_like, open_graph
    from waygraph.search.goals import SPELLED
    from waygraph.search.typed import Labels

    place = find_workspace(workspace)
    graph = open_graph(place)
    tell_outdated(place)
    found = list(range(len(graph)))
    if query.strip():
        found = [concept for concept, how in Labels(graph).find(query) if how != SPELLED]
    if not len(graph):
        terminal.say("there are no concepts yet: `waygraph ingest PATH` finds them", err=True)
    elif not found:
        found = [concept for concept, _ in concepts_like(place, query, min(count, _NEAREST))]
        if not found:
            raise UnknownConcept(query, (), known=True)
        terminal.say(f"no label is like {query!r}; the nearest in meaning:", err=True)
    for concept in found[:count]:
        definition = graph.definition(concept)
        terminal.say(f"{graph.named(concept).label}{': ' + definition if definition else ''}")
    if len(found) > count:
        terminal.say(f"… and {len(found) - count} more (--count {len(found)})", err=True)


@app.command()
def entities(
    kind: Annotated[
        EntityKind | None, typer.Argument(help="Only people, organizations or places.")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many at most.")] = 50,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """List the people, organizations and places that the notes name: those in most notes first."""
    from waygraph.app.ask import open_data
    from waygraph.store.named import named_entities

    with open_data(find_workspace(workspace, store=store)) as data:
        found = named_entities(data, kind.value if kind else "")
    if not found:
        terminal.say("the notes name none, as far as can be told", err=True)
    for one in found[:count]:
        notes = f"{one.notes[0]}{f' and {len(one.notes) - 1} more' * (len(one.notes) > 1)}"
        terminal.say(terminal.line(f"{one.label} ({one.kind}): {notes}"))
    if len(found) > count:
        terminal.say(f"… and {len(found) - count} more (--count {len(found)})", err=True)


@app.command()
def show(
    concept: Annotated[
        str, typer.Argument(help="A label, alias or IRI; or the path of an ingested note.")
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many of each.")] = 20,
    exact: ExactOption = False,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Show a concept: labels, definition, relations with evidence, mentions by file and line.

    Of a note: its date, its day, its place among other notes, and all that says so.
    """
    from waygraph.app.ask import concept_named, open_data, open_graph
    from waygraph.app.reading import note_at
    from waygraph.app.render import concept_text, note_text
    from waygraph.store.view import homes_of, matches_of, mentions_of, merges_of, places_of

    place = find_workspace(workspace, store=store)
    if note := note_at(place, concept):
        with open_data(place) as data:
            places = places_of(data, note.address)
        terminal.say(note_text(note, places), nl=False)
        return
    graph = open_graph(place)
    tell_outdated(place)
    number = concept_named(place, graph, concept, exact=exact)
    iri = graph.named(number).iri
    with open_data(place) as data:
        mentions, matches = mentions_of(data, iri), matches_of(data, iri)
        merges, homes = merges_of(data, iri), homes_of(data, iri)
    said = concept_text(graph, number, mentions, matches, merges, homes, count)
    terminal.say(said, nl=False)


@app.command()
def explain(
    thing: Annotated[
        str,
        typer.Argument(
            metavar="IRI", help="Of a concept, claim, mention, document or named graph."
        ),
    ],
    format: Annotated[ListFormat, typer.Option(help="How to print it.")] = ListFormat.text,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Say which operator, version, model, settings and document made what is said of a thing.

    A concept's label will do for its IRI.
    """
    from dataclasses import asdict

    from waygraph.app.ask import explain
    from waygraph.app.render import lineage_text

    iri, found = explain(find_workspace(workspace, store=store), thing)
    if format is ListFormat.json:
        made = {"iri": iri, "graphs": [asdict(one) for one in found]}
        terminal.give_json(made)
    else:
        terminal.say(lineage_text(iri, found), nl=False)


@app.command()
def links(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Ingested notes or folders of them; default: all.")
    ] = None,
    broken: Annotated[
        bool, typer.Option("--broken", help="Only the broken and ambiguous ones.")
    ] = False,
    format: FormatOption = ListFormat.text,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any link is broken.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """List links by file and line, and where each leads; for broken ones, why and what is near."""
    from waygraph.app.links import link_report
    from waygraph.app.render import links_json, links_summary, links_text

    report = link_report(find_workspace(workspace), paths or (), broken=broken)
    for warning in report.warnings:
        terminal.say(f"warning: {terminal.line(warning)}", err=True)
    if format is ListFormat.json:
        terminal.give_json(links_json(report))
    else:
        terminal.say(links_text(report), nl=False)
        terminal.say(links_summary(report), err=True)
    if strict and report.counts["broken"]:
        raise typer.Exit(1)


@app.command()
def status(workspace: WorkspaceOption = None, store: StoreOption = None) -> None:
    """Show what the workspace holds, which versions made it, what failed, what is damaged."""
    from waygraph.app.ask import open_data
    from waygraph.app.damage import damage
    from waygraph.store.view import counts, runs

    place = find_workspace(workspace, store=store)
    with open_data(place) as data:
        terminal.say(f"workspace  {place.folder}")
        for name, number in counts(data).items():
            terminal.say(f"{name:10} {number:,}")
        terminal.say(f"waygraph   {__version__}")
        for operator, version, model, ended in runs(data):
            made_with = f", {model}" if model else ""
            terminal.say(f"operator   {operator} {version}{made_with} (last run {ended})")
        found = list(damage(place, data))
    with suppress(StoreError):  # it is among what is damaged
        _tell_last(place)
    for error in found:
        terminal.say(terminal.line(f"damaged    {error.message}: {error.hint}"), err=True)
    if found:
        raise typer.Exit(1)


def _tell_last(place: Workspace) -> None:
    from waygraph.app.ask import last_failures

    failures, warnings = last_failures(place)
    terminal.say(f"failed     {len(failures)} in the last ingest")
    for failure in failures:
        terminal.say(f"           {terminal.line(failure)}")
    terminal.say(f"warnings   {len(warnings)} in the last ingest")
    for warning in warnings:
        terminal.say(f"           {terminal.line(warning)}")


def main() -> None:
    """Run the command line; what goes wrong is a message, never a traceback."""
    with terminal.door():
        try:
            app()
        except WaygraphError as error:
            terminal.say(f"waygraph: {error}", err=True)
            sys.exit(error.exit_code)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            terminal.say(f"waygraph: {where}{error.strerror or error}", err=True)
            sys.exit(1)
