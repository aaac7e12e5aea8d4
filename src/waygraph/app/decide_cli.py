"""``waygraph decide`` and ``waygraph decisions``: deciding by single commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from waygraph import terminal
from waygraph.app.graph_cli import FormatOption, ListFormat, StoreOption, WorkspaceOption
from waygraph.config import find_workspace
from waygraph.vocab import VERBS

_FORMS = "; ".join(f"{verb} {terms}" for verb, terms in VERBS.items() if verb != "move")


def decide(
    words: Annotated[
        list[str], typer.Argument(metavar="DECISION…", help=f"{_FORMS}; undo [DECISION].")
    ],
    why: Annotated[str, typer.Option("--why", help="The reason, kept beside it.")] = "",
    note: Annotated[
        str, typer.Option("--in", metavar="NOTE", help="A rejection holds in this note alone.")
    ] = "",
    who: Annotated[str, typer.Option("--who", help="Who decides; default: git's user.name.")] = "",
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also if no note names the concepts yet.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a decision into the decisions file beside the notes; the next ingest applies it.

    RELATION is broader, partOf, related, requires or uses. Without more, undo takes back the
    latest decision.
    """
    from waygraph.app import decisions

    place = find_workspace(workspace)
    if words == ["undo"]:
        made = decisions.undo_last(place, who)
    else:
        made = decisions.decide(place, *words, why=why, note=note, who=who, anyway=anyway)
    terminal.say(str(made))
    terminal.say("`waygraph ingest` applies it", err=True)


def list_decisions(
    every: Annotated[
        bool, typer.Option("--all", help="Also those that later ones replaced or took back.")
    ] = False,
    format: FormatOption = ListFormat.text,
    workspace: WorkspaceOption = None,
) -> None:
    """List the decisions in force, with who, when and why, by file and line."""
    from dataclasses import asdict

    from waygraph.app.decisions import read_decisions
    from waygraph.read.snapshots import Snapshots

    place = find_workspace(workspace)
    snapshots = place.folder / "documents.sqlite"
    if snapshots.exists():
        with Snapshots(snapshots, write=False) as kept:
            decided = read_decisions(place, kept)
    else:
        decided = read_decisions(place)
    for fault in decided.faults:
        terminal.say(f"warning: {terminal.line(fault)}", err=True)
    shown = decided.all if every else decided.force
    if format is ListFormat.json:
        rows = [asdict(d) | {"in force": d in decided.force} for d in shown]
        terminal.give_json(rows)
        return
    for decision in shown:
        held = "" if decision in decided.force else " (no longer in force)"
        when = f", {decision.when}" if decision.when else ""
        why = f": {decision.why}" if decision.why else ""
        terminal.say(terminal.line(f"{decision}  [{decision.who}{when}]{why}{held}"))


def train(workspace: WorkspaceOption = None) -> None:
    """Learn from decisions what is a term and what requires what; say how that does on others.

    The next ingest uses what was learnt. Remove .waygraph/concepts.json and
    .waygraph/prerequisites.json to forget it.
    """
    from waygraph.app.train import FEWEST
    from waygraph.app.train import train as run

    for made in run(find_workspace(workspace)):
        more = f"; {made.unread} more that no note speaks of" if made.unread else ""
        terminal.say(f"{made.operator}: {made.accepted} accepted, {made.rejected} rejected{more}")
        if not (made.before and made.after):
            terminal.say(f"  too few: at least {FEWEST} of each are needed")
            continue
        for name, score in (("before", made.before), ("after", made.after)):
            terminal.say(
                f"  {name:6}  {score.accuracy:.1%} of held-out decisions judged alike, "
                f"log loss {score.log_loss:.3f}"
            )
        kept = f"{made.file}: `waygraph ingest` uses it" if made.file else ""
        terminal.say(f"  {kept or 'no better on held-out decisions: the weights stay'}")


def merge(
    other: Annotated[Path, typer.Argument(help="Another workspace's folder, or its parent.")],
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Bring another workspace's notes, articles and decisions into this one; list conflicts.

    Who decided what, when and why stays. Of two decisions on one matter the later holds.
    """
    from waygraph.app.combine import combine

    made = combine(find_workspace(workspace, store=store), find_workspace(other))
    terminal.say(
        f"{made.documents} documents and {made.decisions} decisions came in; "
        f"{made.report.documents} documents, {made.report.concepts} concepts now"
    )
    for warning in made.report.warnings:
        terminal.say(f"warning: {terminal.line(warning)}", err=True)
    if made.conflicts:
        terminal.say(f"{len(made.conflicts)} decided differently:")
        for conflict in made.conflicts:
            terminal.say(f"  {terminal.line(conflict)}")


def review(
    count: Annotated[
        int, typer.Option("--count", "-n", min=1, help="Ask at most so many questions.")
    ] = 1000,
    listing: Annotated[
        bool, typer.Option("--list", help="Print the questions instead of asking them.")
    ] = False,
    who: Annotated[str, typer.Option("--who", help="Who decides; default: git's user.name.")] = "",
    workspace: WorkspaceOption = None,
    store: StoreOption = None,
) -> None:
    """Walk through what is worth deciding, most useful first, with the words it rests on.

    Every answer is written into the decisions file at once: leave at any time, and nothing
    is lost. The next ingest applies them.
    """
    from waygraph.app.review_cli import review as run

    run(find_workspace(workspace, store=store), count, who, listing=listing)
