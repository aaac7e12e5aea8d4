"""The command line: parse, call, print."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waygraph import __version__
from waygraph.app import data_cli, decide_cli, graph_cli, path_cli, web_cli
from waygraph.app.graph_cli import (
    FormatOption,
    ListFormat,
    StoreOption,
    WorkspaceOption,
    tell_outdated,
)
from waygraph.config import find_workspace
from waygraph.errors import MissingWorkspace, WaygraphError

if TYPE_CHECKING:
    from waygraph.app.ingest import IngestReport

app = typer.Typer(
    name="waygraph",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(graph_cli.app, name="graph")
app.command()(data_cli.export)
app.command()(data_cli.query)
app.command()(data_cli.validate)
app.command("import")(data_cli.import_)
app.command()(decide_cli.decide)
app.command("decisions")(decide_cli.list_decisions)
app.command()(decide_cli.review)
app.command()(decide_cli.train)
app.command()(decide_cli.merge)
app.command()(web_cli.serve)
app.command()(web_cli.mcp)
for command in (path_cli.path, path_cli.next_, path_cli.gaps, path_cli.bridge):
    app.command(name=command.__name__.rstrip("_"))(command)


# So many are near in meaning to something; the rest are merely not as far.
_NEAREST = 10


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"waygraph {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which it is."),
    ] = False,
) -> None:
    """From day notes to a datagraph, and to learning paths through it."""


@app.command()
def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Notes (.md, .markdown, .org, .txt, .ipynb), folders; none: apply decisions."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=256, help="Processes to annotate with; by default several for many notes."
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any note could not be read.")
    ] = False,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the pages that notes link to.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Take articles from what is kept, ask nobody.")
    ] = False,
    articles: Annotated[
        list[Path] | None,
        typer.Option("--articles", help="A folder with index.json, or WARC files, to take in."),
    ] = None,
    depth: Annotated[
        int, typer.Option(min=1, max=5, help="Fetch so many links away from a note.")
    ] = 1,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", help="A host that may be at a private address.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on: ingest again whenever a note changes.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Print where the time went, by operator.")
    ] = False,
) -> None:
    """Read notes, annotate them, and bring the workspace up to date."""
    from waygraph.app.articles import ArticleOptions
    from waygraph.app.ingest import ingest as run
    from waygraph.read.corpus import SUFFIXES

    options = ArticleOptions(fetch, offline, tuple(articles or ()), depth, tuple(allow or ()))
    paths = paths or ([Path()] if watch else [])

    def once() -> IngestReport:
        with _progress(quiet) as progress:
            report = run(
                paths,
                workspace,
                workers=workers,
                articles=options,
                progress=progress,
                store=store,
            )
        _print_report(report, profile)
        if not paths:
            typer.echo("notes were not looked at: waygraph ingest PATH reads them", err=True)
        elif not report.documents and not report.failures:
            kinds = ", ".join(SUFFIXES)
            typer.echo(f"no note ({kinds}) is there: name a folder that holds some", err=True)
        return report

    try:
        with _interrupted_once():
            if watch:
                _watch(paths, once)
                return
            report = once()
    except KeyboardInterrupt:
        typer.echo("interrupted; what is done is kept, run it again to go on", err=True)
        raise typer.Exit(130) from None
    if report.failures and (strict or not report.documents):
        raise typer.Exit(1)


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """The first Ctrl-C ends the work; more, while that is put in order, are not heeded."""

    def first(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        typer.echo("stopping", err=True)
        if encoders := sys.modules.get("waygraph.operators.encoder_process"):
            encoders.end_encoders()  # one that loads could not be told
        raise KeyboardInterrupt

    # whoever handles it otherwise, or runs this in a thread, knows better
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is first:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _watch(paths: list[Path], once: Callable[[], object]) -> None:
    from waygraph.app.watch import watch

    typer.echo("watching; Ctrl-C ends it", err=True)

    def failed(error: WaygraphError) -> None:
        typer.echo(f"waygraph: {error}", err=True)

    watch(paths, once, failed)


def _print_report(report: IngestReport, profile: bool) -> None:
    for warning in report.warnings:
        typer.echo(f"warning: {warning}", err=True)
    seconds = sum(report.seconds.values())
    typer.echo(
        f"{report.documents} documents ({report.read} read, {report.dropped} dropped"
        f"{f', {len(report.renamed)} renamed' if report.renamed else ''}), "
        f"{report.concepts} concepts; {report.graphs_written} graphs written, "
        f"{report.graphs_dropped} dropped; {seconds:.1f} s"
    )
    if profile:
        from waygraph.app.render import profile_text

        typer.echo("\n" + profile_text(report), nl=False)
    if report.failures:
        typer.echo(f"\n{len(report.failures)} failed:", err=True)
        for failure in report.failures:
            typer.echo(f"  {failure}", err=True)


@app.command()
def concepts(
    query: Annotated[str, typer.Argument(help="Words of a label, or free text.")] = "",
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many at most.")] = 50,
    workspace: WorkspaceOption = None,
) -> None:
    """List concepts: all, those whose labels hold the words, else those of like meaning."""
    from waygraph.app.ask import concepts_like, open_graph
    from waygraph.search.lookup import search_labels

    place = find_workspace(workspace)
    graph = open_graph(place)
    tell_outdated(place)
    found = search_labels(graph, query)
    if not found and query:
        typer.echo(f"no label holds {query!r}; the nearest in meaning:", err=True)
        found = [concept for concept, _ in concepts_like(place, query, min(count, _NEAREST))]
    for concept in found[:count]:
        definition = graph.definition(concept)
        typer.echo(f"{graph.named(concept).label}{': ' + definition if definition else ''}")
    if len(found) > count:
        typer.echo(f"… and {len(found) - count} more (--count {len(found)})", err=True)


@app.command()
def show(
    concept: Annotated[
        str, typer.Argument(help="A label, alias or IRI; or the path of an ingested note.")
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="How many of each.")] = 20,
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Show a concept: labels, definition, relations with evidence, mentions by file and line.

    Of a note: its date and day, and all that it says of them.
    """
    from waygraph.app.ask import concept_named, open_data, open_graph
    from waygraph.app.reading import note_at
    from waygraph.app.render import concept_text, note_text
    from waygraph.store.view import matches_of, mentions_of, merges_of

    place = find_workspace(workspace, store=store)
    if note := note_at(place, concept):
        typer.echo(note_text(note), nl=False)
        return
    graph = open_graph(place)
    tell_outdated(place)
    number = concept_named(place, graph, concept)
    iri = graph.named(number).iri
    with open_data(place) as data:
        mentions, matches = mentions_of(data, iri), matches_of(data, iri)
        merges = merges_of(data, iri)
    typer.echo(concept_text(graph, number, mentions, matches, merges, count), nl=False)


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
        typer.echo(json.dumps(made, ensure_ascii=False, indent=2))
    else:
        typer.echo(lineage_text(iri, found), nl=False)


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
        typer.echo(f"warning: {warning}", err=True)
    if format is ListFormat.json:
        typer.echo(json.dumps(links_json(report), ensure_ascii=False, indent=2))
    else:
        typer.echo(links_text(report), nl=False)
        typer.echo(links_summary(report), err=True)
    if strict and report.counts["broken"]:
        raise typer.Exit(1)


@app.command()
def status(workspace: WorkspaceOption = None, store: StoreOption = None) -> None:
    """Show what the workspace holds, which versions made it, what failed, what is damaged."""
    from waygraph.app.ask import last_failures, open_data, open_graph
    from waygraph.store.view import counts, runs

    place = find_workspace(workspace, store=store)
    with open_data(place) as data:
        typer.echo(f"workspace  {place.folder}")
        for name, number in counts(data).items():
            typer.echo(f"{name:10} {number:,}")
        typer.echo(f"waygraph   {__version__}")
        for operator, version, model, ended in runs(data):
            made_with = f", {model}" if model else ""
            typer.echo(f"operator   {operator} {version}{made_with} (last run {ended})")
    failures, warnings = last_failures(place)
    typer.echo(f"failed     {len(failures)} in the last ingest")
    for failure in failures:
        typer.echo(f"           {failure}")
    typer.echo(f"warnings   {len(warnings)} in the last ingest")
    for warning in warnings:
        typer.echo(f"           {warning}")
    with suppress(MissingWorkspace):
        # damage to large arrays would else be met by a question, or by none
        open_graph(place).check()


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Progress bars with rate and remaining time, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Task as Bar

    class Rate(TextColumn):
        def render(self, task: Bar) -> object:  # type: ignore[override]  # rich wants Text; a str renders
            return f"{task.speed:,.1f}/s" if task.speed else ""

    bars: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as shown:

        def report(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = shown.add_task(stage, total=total)
            shown.update(bars[stage], completed=done, total=total)

        yield report


def main() -> None:
    """Run the command line; what goes wrong is a message, never a traceback."""
    try:
        app()
    except WaygraphError as error:
        typer.echo(f"waygraph: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"waygraph: {where}{error.strerror or error}", err=True)
        sys.exit(1)
