"""Combining: the notes and decisions of another workspace come into this one."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from waygraph.app.articles import ArticleOptions
from waygraph.app.ask import open_store
from waygraph.app.decisions import read_decisions, write_lines
from waygraph.app.ingest import IngestReport, ingest
from waygraph.app.reading import Progress
from waygraph.config import DECISIONS, Workspace
from waygraph.decisions import Decision, in_force, written
from waygraph.errors import WaygraphError
from waygraph.model import Document


@dataclass(frozen=True, slots=True)
class Conflict:
    """A matter on which the two workspaces decided differently; ``kept`` holds, the later one."""

    kept: Decision
    other: Decision

    def __str__(self) -> str:
        said = [f"{d.who}: {d.statement()}" for d in (self.kept, self.other)]
        return f"{said[0]} (holds) — {said[1]}"


@dataclass(frozen=True, slots=True)
class Combined:
    """What came in: documents, decisions, what they disagree on, and the ingest that followed."""

    documents: int
    decisions: int
    conflicts: tuple[Conflict, ...]
    report: IngestReport


def combine(place: Workspace, other: Workspace, progress: Progress | None = None) -> Combined:
    """Bring another workspace's notes, articles and decisions into this one.

    Notes keep their addresses, told from this corpus root (``../theirs/day-1.md``), pages of
    the web theirs; who decided what, when and why stays as it is. Nothing is changed in the
    other workspace. Doing it again brings in what is new there.

    Raises:
        WaygraphError: they are one workspace, or name concepts under different IRIs.
        StoreError: the datagraph cannot be written; then nothing came in.
    """
    from waygraph.read.snapshots import Snapshots

    if place.folder.resolve() == other.folder.resolve():
        raise WaygraphError(f"{other.folder} is this workspace itself", "name another one")
    if place.settings.base != other.settings.base:
        raise WaygraphError(
            f"{other.folder} names things under {other.settings.base}, this workspace under "
            f"{place.settings.base}",
            "set the same `base` in .waygraph/settings.toml of both, and ingest again",
        )
    prefix = Path(os.path.relpath(other.root.resolve(), place.root.resolve())).as_posix()
    theirs = other.folder / "documents.sqlite"
    if not theirs.exists():
        raise WaygraphError(f"{other.folder} is empty", "ingest its notes first")
    # whether it is locked or away is told before anything comes in
    with open_store(place, None, write=True):
        pass
    with (
        Snapshots(place.folder / "documents.sqlite") as mine,
        Snapshots(theirs, write=False) as source,
    ):
        before = read_decisions(place, mine).force
        after = read_decisions(other, source)
        brought = _notes(source.all(), prefix)
        known = mine.current()
        fresh = [d for d in brought if known.get(d.address) != d.digest]
        mine.put(fresh)
    added = _decisions(place, after.all, prefix)
    warcs = tuple(sorted((other.folder / "articles").glob("*.warc.gz")))
    options = ArticleOptions(seeds=warcs)
    store = place.settings.store or None
    report = ingest((), place.folder, articles=options, progress=progress, store=store)
    return Combined(len(fresh), added, _conflicts(before, after.force), report)


def _notes(documents: Iterable[Document], prefix: str) -> Iterable[Document]:
    """Documents under their addresses in this workspace; pages of the web come as archives."""
    from waygraph.read.names import is_web

    for document in documents:
        if not is_web(document.address):
            yield replace(document, address=_moved(document.address, prefix))


def _moved(address: str, prefix: str) -> str:
    return posixpath.normpath(posixpath.join(prefix, address))


def _decisions(place: Workspace, decisions: Sequence[Decision], prefix: str) -> int:
    """Add the lines that are not there yet; comments in notes come with the notes."""
    there = {written(d) for d in read_decisions(place).all}
    lines = []
    for decision in decisions:
        if decision.source != DECISIONS:
            continue
        note = _moved(decision.note, prefix) if decision.note else ""
        terms = decision.terms
        if decision.verb == "move":
            terms = tuple(_moved(term, prefix) for term in terms)
        line = written(replace(decision, note=note, terms=terms))
        if line not in there:
            lines.append(line)
    write_lines(place, lines)
    return len(lines)


def _conflicts(mine: Sequence[Decision], theirs: Sequence[Decision]) -> tuple[Conflict, ...]:
    """The matters on which decisions in force differ."""
    by_matter = {decision.matter(): decision for decision in mine}
    found = []
    for other in theirs:
        one = by_matter.get(other.matter())
        if one and one.statement() != other.statement():
            kept = in_force([one, other], datetime.now(UTC))[0]
            found.append(Conflict(kept, other if kept == one else one))
    return tuple(found)
