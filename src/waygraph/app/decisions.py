"""Deciding: the decisions file beside the notes, and what its decisions come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph import files
from waygraph.config import DECISIONS, Workspace
from waygraph.decisions import (
    Decision,
    DecisionError,
    NameRulings,
    RelationRulings,
    in_force,
    one_line,
    parse_comment,
    read_lines,
    rulings,
    written,
)
from waygraph.errors import AmbiguousConcept, MissingWorkspace, StoreError, UnknownConcept, remedy
from waygraph.model import Failure

if TYPE_CHECKING:
    from waygraph.read.snapshots import Snapshots

_HEADER = """\
# Decisions on what waygraph found in these notes, one on a line: when, who, what, why.
# Append with `waygraph decide` or by hand. The latest on a matter holds; the order of the
# lines does not count, so git may merge them as they come.
"""
_ATTRIBUTE = f"{DECISIONS} merge=union"
# More decisions than anybody makes in a life.
_MOST = 100_000_000
_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decisions on a workspace's notes.

    ``all`` as they were written, ``force`` those that hold, ``faults`` the lines and comments
    that are no decision and those whose time is still to come; ``names`` and ``relations`` are
    what operators take.
    """

    all: tuple[Decision, ...]
    force: tuple[Decision, ...]
    faults: tuple[Failure, ...]
    names: NameRulings
    relations: RelationRulings


def decisions_file(place: Workspace) -> Path:
    """The decisions file of a workspace: plain text beside the notes."""
    return place.root / DECISIONS


def read_decisions(place: Workspace, snapshots: Snapshots | None = None) -> Decided:
    """All decisions: those of the file, and those that comments in notes state.

    What comes from the web decides nothing.

    Raises:
        StoreError: the file cannot be read.
    """
    from waygraph.read.brought import beside, standing_in
    from waygraph.read.names import is_web

    found, lines = read_lines(_read(decisions_file(place)), DECISIONS)
    faults = [Failure(DECISIONS, reason, line) for line, reason in lines]
    for address, line, words in snapshots.comments() if snapshots else ():
        if is_web(address):
            continue
        try:
            decision = parse_comment(words)
        except DecisionError as error:
            faults.append(Failure(address, error.told, line))
        else:
            # an address that a note of others names is told from their corpus root
            if decision.note and snapshots:
                decision = replace(decision, note=beside(snapshots, address, decision.note))
            found.append(replace(decision, source=address, line=line, who=address))
    now = datetime.now(UTC)
    faults += [
        Failure(
            d.source, f"{d.when} is still to come, so every other time wins; correct it", d.line
        )
        for d in found
        if d.is_ahead(now)
    ]
    # a note that another workspace has too is one with it, and what holds in it holds in both
    one = standing_in(snapshots) if snapshots else {}
    force = in_force([replace(d, note=one.get(d.note, d.note)) for d in found], now)
    return Decided(tuple(found), tuple(force), tuple(faults), *rulings(force))


def _read(path: Path) -> str:
    try:
        return files.read(path, _MOST).decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise StoreError(f"{path}: the decisions cannot be read: {reason}", "mend it") from None


def append_decision(place: Workspace, decision: Decision, who: str = "") -> Decision:
    """Write a decision at the end of the file, on disk when this returns.

    It comes later than every decision of the file, even of a clock that ran ahead by hours;
    those of a time still to come win over nothing.

    Args:
        place: the workspace.
        decision: what was decided, without time.
        who: who decides; by default ``decider()``.

    Raises:
        StoreError: the file cannot be read or written.
    """
    path = decisions_file(place)
    text = _read(path)
    known, _ = read_lines(text, DECISIONS)
    now = datetime.now(UTC)
    latest = max((d.moment for d in known if not d.is_ahead(now)), default=now)
    made = replace(
        decision, who=one_line(who) or decider(), when=_later(now, latest), source=DECISIONS,
        line=(text or _HEADER).rstrip("\n").count("\n") + 2,
    )  # fmt: skip
    _append(path, text, [written(made)])
    return made


def write_lines(place: Workspace, lines: Sequence[str]) -> None:
    """Add lines to the end of the decisions file, on disk when this returns.

    Raises:
        StoreError: the file cannot be read or written; then nothing is.
    """
    path = decisions_file(place)
    text = _read(path)
    if lines:
        _append(path, text, lines)


def _append(path: Path, text: str, lines: Sequence[str]) -> None:
    """Add lines to a decisions file that holds ``text``."""
    start = _HEADER if not text else "" if text.endswith("\n") else "\n"
    data = (start + "".join(f"{line}\n" for line in lines)).encode()
    try:
        files.append(path, data)
    except OSError as error:
        raise StoreError(
            f"{path}: the decision cannot be written: {error.strerror}",
            f"nothing was decided; {remedy(error, 'see to the file, and decide again')}",
        ) from None
    if not text:
        # what git is told helps it to merge; without it a conflict is told by line
        with suppress(OSError):
            _tell_git(path.parent)


def _later(now: datetime, latest: datetime) -> str:
    when = max(now, latest + _TICK)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def _tell_git(root: Path) -> None:
    """Let git merge two people's decisions line by line, if the notes are in a repository."""
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return
    path = root / ".gitattributes"
    try:
        there = files.read(path, _MOST)
    except FileNotFoundError:
        there = b""
    if _ATTRIBUTE.encode() not in there:
        gap = "\n" if there and not there.endswith(b"\n") else ""
        files.append(path, f"{gap}{_ATTRIBUTE}\n".encode())


def decider() -> str:
    """Who decides: ``WAYGRAPH_WHO``, else git's user.name, else the name of the account."""
    import getpass
    import shutil
    import subprocess

    if named := os.environ.get("WAYGRAPH_WHO", "").strip():
        return " ".join(named.split())
    git = shutil.which("git")
    # a PATH may name the current folder, where notes of others may lie
    if git and Path(git).is_absolute():
        asked = subprocess.run(  # noqa: S603  # no word of a user is in the command
            [git, "config", "user.name"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if name := " ".join(asked.stdout.split()):
            return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "someone"


def check_terms(
    decision: Decision, named: Callable[[str], str], has_note: Callable[[str], bool]
) -> Decision:
    """The decision, if its labels name something; as the concepts are labelled.

    Args:
        decision: what is to be decided.
        named: the preferred label of the concept that a label or IRI names.
        has_note: whether there is a document at an address.

    Raises:
        UnknownConcept, AmbiguousConcept: a label names none, or several.
        DecisionError: the note is not known, or a new name is another concept's.
    """
    if decision.note and not has_note(decision.note):
        raise DecisionError(
            f"no note {decision.note!r} was ingested",
            "name it as `waygraph show` does: relative to the corpus root",
        )
    if decision.undo or decision.verb == "move":
        return decision
    # what is accepted may have been left out; of what is merged one end may be a mere name
    loose = decision.verb == "accept" and not decision.relation
    if loose or decision.verb in ("merge", "split"):
        if decision.verb == "merge":
            _one_of(decision.terms, named)
        return decision
    if decision.verb == "rename":
        old, new = decision.terms
        label = named(old)
        try:
            other = named(new)
        except (UnknownConcept, AmbiguousConcept):
            other = label
        if other != label:
            raise DecisionError(
                f"{new!r} names another concept: {other}", f'merge them: merge "{old}" "{new}"'
            )
        return replace(decision, terms=(label, new))
    return replace(decision, terms=tuple(map(named, decision.terms)))


def _one_of(terms: Sequence[str], named: Callable[[str], str]) -> None:
    """Raise what says that neither term names a concept."""
    for last, term in enumerate(terms, 1):
        try:
            named(term)
        except UnknownConcept:
            if last == len(terms):
                raise
        else:
            return


def decide(
    workspace: Workspace, *words: str, why: str = "", note: str = "", who: str = "",
    anyway: bool = False,
) -> Decision:  # fmt: skip
    """Write a decision into the decisions file; the next ingest applies it.

    Args:
        workspace: see ``waygraph.open_workspace``.
        words: the verb and its terms: ``"merge", "GPU", "graphics processing unit"``.
        why: the reason, kept beside it.
        note: the address of the one document in which a rejection holds.
        who: who decides; by default ``decider()``.
        anyway: do not ask whether the labels name anything yet.

    Raises:
        DecisionError: the words are no decision.
        StoreError: the file cannot be written.
        UnknownConcept, AmbiguousConcept: a label names none, or several.
    """
    from waygraph.app.ask import concept_named, open_graph
    from waygraph.decisions import parse_statement

    options = [*(("--why", why) if why else ()), *(("--in", note) if note else ())]
    decision = parse_statement([*words, *options])
    if decision.undo:
        _check_undo(workspace, decision)
    elif not anyway:
        from waygraph.read.snapshots import Snapshots

        try:
            graph = open_graph(workspace)
        except MissingWorkspace:
            raise DecisionError(
                f"{workspace.folder} holds no concepts yet", "ingest notes first, or add --anyway"
            ) from None

        def named(label: str) -> str:
            return graph.named(concept_named(workspace, graph, label, exact=True)).label

        with Snapshots(workspace.folder / "documents.sqlite", write=False) as snapshots:
            known = set(snapshots.addresses()) if decision.note else set()
        decision = check_terms(decision, named, known.__contains__)
    return append_decision(workspace, decision, who)


def _check_undo(workspace: Workspace, decision: Decision) -> None:
    statement = replace(decision, undo=False).statement()
    force = read_decisions(workspace).force
    if statement not in {d.statement() for d in force}:
        near = [d.statement() for d in force if d.matter() == decision.matter()]
        held = f"in force is: {near[0]}" if near else "`waygraph decisions` lists those in force"
        raise DecisionError(f"no decision in force says: {statement}", held)


def undo_last(workspace: Workspace, who: str = "") -> Decision:
    """Take back the latest decision of the file that is in force; the decision that does so.

    Raises:
        DecisionError: there is none.
    """
    force = [d for d in read_decisions(workspace).force if d.source == DECISIONS]
    if not force:
        raise DecisionError("no decision is in force", "there is nothing to undo")
    return append_decision(workspace, replace(force[-1], undo=True, why=""), who)
