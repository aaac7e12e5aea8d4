"""The command that reads notes: ingest, its progress, its report."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from waygraph import terminal
from waygraph.app.graph_cli import StoreOption, WorkspaceOption
from waygraph.errors import WaygraphError

if TYPE_CHECKING:
    from waygraph.app.ingest import IngestReport


def ingest(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Notes (.md, .markdown, .mdx, .org, .txt, .ipynb), folders; none: apply decisions."
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
    compact: Annotated[
        bool, typer.Option("--compact", help="Leave no trace of what was deleted from the notes.")
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
                compact=compact,
            )
        _print_report(report, profile)
        if options.fetch:
            _suggest(report)
        if not paths:
            terminal.say("notes were not looked at: waygraph ingest PATH reads them", err=True)
        elif not report.documents and not report.failures:
            kinds = ", ".join(SUFFIXES)
            terminal.say(f"no note ({kinds}) is there: name a folder that holds some", err=True)
        return report

    try:
        with _interrupted_once():
            if watch:
                _watch(paths, once)
                return
            report = once()
    except KeyboardInterrupt:
        terminal.say("interrupted; what is done is kept, run it again to go on", err=True)
        raise typer.Exit(130) from None
    if report.failures and (strict or not report.documents):
        raise typer.Exit(1)


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """The first Ctrl-C ends the work; more, while that is put in order, are not heeded."""

    def first(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        terminal.say("stopping", err=True)
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

    terminal.say("watching; Ctrl-C ends it", err=True)

    def failed(error: WaygraphError) -> None:
        terminal.say(f"waygraph: {error}", err=True)

    watch(paths, once, failed)


def _print_report(report: IngestReport, profile: bool) -> None:
    for warning in report.warnings:
        terminal.say(f"warning: {terminal.line(warning)}", err=True)
    seconds = sum(report.seconds.values())
    terminal.say(
        f"{report.documents} documents ({report.read} read, {report.dropped} dropped"
        f"{f', {len(report.renamed)} renamed' if report.renamed else ''}), "
        f"{report.concepts} concepts; {report.graphs_written} graphs written, "
        f"{report.graphs_dropped} dropped; {seconds:.1f} s"
    )
    if profile:
        from waygraph.app.render import profile_text

        terminal.say("\n" + profile_text(report), nl=False)
    if report.failures:
        terminal.say(f"\n{len(report.failures)} failed:", err=True)
        for failure in report.failures:
            terminal.say(f"  {terminal.line(failure)}", err=True)


def _suggest(report: IngestReport) -> None:
    """Say which links that were not fetched would fill most plans."""
    from waygraph.app.suggest import suggested_links

    found = suggested_links(report.workspace)
    if found:
        terminal.say("pages that would fill most plans (fetch them with --depth, or link them):")
    for one in found:
        rest = f"{one.needed_by} concept{'s' * (one.needed_by != 1)} rest on it"
        said = f"{one.url}: {one.concept} ({rest}; linked at {one.source}:{one.line})"
        terminal.say(f"  {terminal.line(said)}")


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """Progress bars with rate and remaining time, on a terminal only."""
    shown_at = terminal.behind(sys.stderr)
    if quiet or not shown_at.isatty():
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
    bar = Progress(
        TextColumn("{task.description:>14}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(""),
        TimeRemainingColumn(),
        console=Console(file=shown_at),
    )
    # what is said meanwhile goes through the bar, and has a door of its own before it
    with bar as shown, terminal.door():

        def report(stage: str, done: int, total: int) -> None:
            if stage not in bars:
                bars[stage] = shown.add_task(terminal.line(stage), total=total)
            shown.update(bars[stage], completed=done, total=total)

        yield report
