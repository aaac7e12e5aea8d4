"""Combining: the notes and decisions of another workspace come into this one.

Whose a note is, is never forgotten (``read/brought.py``), so notes do not come back to their
owner under another address, and the same note counts once however it came. Merging twice is
merging once; several workspaces that merge one another, in whatever order, come to hold the
same facts. Local to each are addresses, settings, imported vocabularies and fitted weights.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from waygraph.app.articles import ArticleOptions
from waygraph.app.ask import open_store
from waygraph.app.decisions import read_decisions, write_lines
from waygraph.app.ingest import IngestReport, ingest
from waygraph.app.origin import claim_origin, origin_of
from waygraph.app.reading import Progress
from waygraph.config import DECISIONS, Workspace
from waygraph.decisions import Decision, in_force, written
from waygraph.errors import WaygraphError
from waygraph.model import digest_of
from waygraph.read.brought import (
    Note,
    Origin,
    bring,
    let_stand,
    notes_of,
    origins,
    own_notes,
    own_version,
    whose,
)
from waygraph.read.names import is_web
from waygraph.read.snapshots import Snapshots


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
    """What came in: documents, decisions, what they disagree on, and the ingest that followed.

    ``documents`` counts those that are new here or changed.
    """

    documents: int
    decisions: int
    conflicts: tuple[Conflict, ...]
    report: IngestReport


def combine(place: Workspace, other: Workspace, progress: Progress | None = None) -> Combined:
    """Bring another workspace's notes, articles and decisions into this one.

    Notes keep their addresses, told from this corpus root (``../theirs/day-1.md``), pages of
    the web theirs; who decided what, when and why stays as it is. With them come the notes that
    were merged into the other workspace; of each note the latest state that its own workspace
    gave it holds, and what is gone there goes here. Nothing is changed in the other workspace.

    Raises:
        WaygraphError: they are one workspace, or name concepts under different IRIs, or the
            other one was ingested by a waygraph that did not say whose notes are.
        StoreError: the datagraph cannot be written; then nothing came in.
    """
    if place.folder.resolve() == other.folder.resolve():
        raise WaygraphError(f"{other.folder} is this workspace itself", "name another one")
    if place.settings.base != other.settings.base:
        raise WaygraphError(
            f"{other.folder} names things under {other.settings.base}, this workspace under "
            f"{place.settings.base}",
            "set the same `base` in .waygraph/settings.toml of both, and ingest again",
        )
    theirs = other.folder / "documents.sqlite"
    if not theirs.exists():
        raise WaygraphError(f"{other.folder} is empty", "ingest its notes first")
    if not origin_of(other):
        raise WaygraphError(
            f"{other.folder} does not say whose notes it holds: an older waygraph made it",
            f"ingest there once more: waygraph ingest --workspace {other.root}",
        )
    # whether it is locked or away is told before anything comes in
    with open_store(place, None, write=True):
        pass
    with (
        Snapshots(place.folder / "documents.sqlite") as mine,
        Snapshots(theirs, write=False) as source,
    ):
        before = read_decisions(place, mine).force
        after = read_decisions(other, source)
        sides = Sides.of(place, other, mine, source)
        documents = sides.bring()
        said, force = ([sides.moved(d) for d in some] for some in (after.all, after.force))
    added = _add(place, said)
    warcs = tuple(sorted((other.folder / "articles").glob("*.warc.gz")))
    options = ArticleOptions(seeds=warcs)
    store = place.settings.store or None
    report = ingest((), place.folder, articles=options, progress=progress, store=store)
    return Combined(documents, added, _conflicts(before, force), report)


@dataclass(frozen=True, slots=True)
class Sides:
    """This workspace and the other one, known as origins of notes as ``me`` and ``them``.

    ``roots`` says where the corpus of each origin lies, told from this corpus root.
    """

    place: Workspace
    mine: Snapshots
    source: Snapshots
    me: str
    them: str
    roots: dict[str, str]

    @classmethod
    def of(cls, place: Workspace, other: Workspace, mine: Snapshots, source: Snapshots) -> Sides:
        """The two sides of a merge, with the roots of all whose notes either holds."""
        me, them = claim_origin(place), origin_of(other)
        if me == them:
            # a copy, made when what it was copied from was not there to be told from it
            them = digest_of(them, str(other.root.resolve()))
        folder = Path(os.path.relpath(other.root.resolve(), place.root.resolve())).as_posix()
        roots = {origin.name: origin.root for origin in origins(mine)}
        for name, root in ((them, ""), *((o.name, o.root) for o in origins(source))):
            wanted = posixpath.normpath(posixpath.join(folder, root))
            while name not in roots and wanted in roots.values():
                wanted += "~"  # something else lay there once
            roots.setdefault(name, wanted)
        return cls(place, mine, source, me, them, roots)

    def bring(self) -> int:
        """Bring in what is newer there; how many documents are new here or changed."""
        held = {origin.name: origin.version for origin in origins(self.mine)}
        there = [(Origin(self.them, own_version(self.source), ""), own_notes(self.source))]
        there += [(o, notes_of(self.source, o.name)) for o in origins(self.source)]
        for origin, notes in there:
            if origin.name != self.me and origin.version > held.get(origin.name, -1):
                came = replace(origin, root=self.roots[origin.name])
                bring(self.mine, came, (self._at_home(origin.name, note) for note in notes))
        return let_stand(self.mine)

    def _at_home(self, origin: str, note: Note) -> Note:
        address = self._address(origin, note.place)
        return replace(note, document=replace(note.document, address=address))

    def _address(self, origin: str, note: str) -> str:
        return self.place.address(self.place.root / self.roots[origin] / note)

    def here(self, address: str) -> str:
        """What lies at an address there, by its address here."""
        if is_web(address):
            return address
        origin, note = whose(self.source, address)
        if (origin := origin or self.them) == self.me:
            return note
        return self._address(origin, note)

    def moved(self, decision: Decision) -> Decision:
        """A decision made there, with the addresses that it names as they are here."""
        terms = decision.terms
        if decision.verb == "move":
            terms = tuple(map(self.here, terms))
        note = self.here(decision.note) if decision.note else ""
        return replace(decision, note=note, terms=terms)


def _add(place: Workspace, decisions: Sequence[Decision]) -> int:
    """Add the lines that are not there yet; comments in notes come with the notes."""
    there = {written(decision) for decision in read_decisions(place).all}
    lines = dict.fromkeys(written(d) for d in decisions if d.source == DECISIONS)
    fresh = [line for line in lines if line not in there]
    write_lines(place, fresh)
    return len(fresh)


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
