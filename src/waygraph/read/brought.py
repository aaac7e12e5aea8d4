"""Notes that came from other workspaces: whose they are, in which version, which are shown.

Every workspace is an *origin*: it alone writes its notes, and numbers their states in time. Of
two states of an origin's notes the later is therefore right as a whole, whoever hands it on;
so merging, in whatever order and however often, comes to the same.

All notes that came are kept, but not all are *shown*, that is, stand among the documents: the
same note in several workspaces is one source, not several that agree. It is shown as often as
the workspace with the most copies of it has it.
"""

from __future__ import annotations

import posixpath
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from waygraph.codec import decode, encode
from waygraph.errors import ReadError
from waygraph.model import Document, digest_of
from waygraph.read.names import is_web, within
from waygraph.read.reader_process import read_note
from waygraph.read.snapshots import READER, Snapshots, forget, keep


@dataclass(frozen=True, slots=True)
class Origin:
    """Another workspace as a source of notes.

    ``version`` numbers the states of its notes (Unix time in milliseconds, or later); ``root``
    is its corpus root as told from this one's.
    """

    name: str
    version: int
    root: str


@dataclass(frozen=True, slots=True)
class Note:
    """A note of an origin: its address there and, as it was read by ``reader``, here."""

    place: str
    document: Document
    reader: str


class _Row(NamedTuple):
    origin: str
    place: str
    address: str
    copy: str
    shown: bool


def own_version(snapshots: Snapshots) -> int:
    """The number of the present state of this workspace's own notes; 0 if none was numbered."""
    return int(snapshots.settled("own").partition(" ")[0] or 0)


def own_read(snapshots: Snapshots, fresh: Iterable[str]) -> None:
    """Note that this workspace's own notes were read; ``fresh`` are those that changed.

    If their state is another than before, it gets a number: by the clock, and later than any
    before, so that this holds even if the snapshots were lost in between.
    """
    with snapshots.transaction() as database:
        # what came from others and is read from disk here is a note of our own from now on
        rows = [(address,) for address in fresh]
        database.executemany("UPDATE brought SET shown = FALSE WHERE address = ?", rows)
        query = (
            "SELECT address, digest, reader FROM document WHERE address NOT IN"
            " (SELECT address FROM brought WHERE shown) ORDER BY address"
        )
        state = digest_of(
            *(p for row in database.execute(query) if not is_web(row[0]) for p in row)
        )
    version = own_version(snapshots)
    if snapshots.settled("own") != f"{version} {state}":
        version = max(time.time_ns() // 1_000_000, version + 1)
        snapshots.settle("own", f"{version} {state}")
    let_stand(snapshots)


def origins(snapshots: Snapshots) -> list[Origin]:
    """The workspaces whose notes came here, by name."""
    with snapshots.transaction() as database:
        made = "SELECT 1 FROM sqlite_master WHERE name = 'origin'"
        if not database.execute(made).fetchone():  # by an older waygraph
            return []
        rows = database.execute("SELECT name, version, root FROM origin ORDER BY name")
        return [Origin(*row) for row in rows]


def shown(snapshots: Snapshots) -> set[str]:
    """The addresses of the documents that came from other workspaces."""
    with snapshots.transaction() as database:
        rows = database.execute("SELECT address FROM brought WHERE shown").fetchall()
    return {address for (address,) in rows}


def own_notes(snapshots: Snapshots) -> Iterator[Note]:
    """The notes of this workspace itself, by address."""
    theirs = shown(snapshots)
    with snapshots.transaction() as database:
        rows = database.execute("SELECT address, reader, data FROM document ORDER BY address")
        for address, reader, data in rows:
            if not is_web(address) and address not in theirs:
                yield Note(address, decode(data, Document), reader)


def notes_of(snapshots: Snapshots, origin: str) -> Iterator[Note]:
    """The notes that came from another workspace, by their addresses there."""
    query = "SELECT place, reader, data FROM brought WHERE origin = ? ORDER BY place"
    with snapshots.transaction() as database:
        for place, reader, data in database.execute(query, (origin,)):
            yield Note(place, decode(data, Document), reader)


def bring(snapshots: Snapshots, origin: Origin, notes: Iterable[Note]) -> None:
    """Keep this state of another workspace's notes in place of the one before.

    ``let_stand`` then decides which of them are shown. The documents' addresses are those here.
    """
    came = {note.place: note for note in notes}
    query = "SELECT place, address, digest, shown FROM brought WHERE origin = ?"
    with snapshots.transaction() as database:
        rows = database.execute(query, (origin.name,)).fetchall()
        wanted = {(n.place, n.document.address, n.document.digest) for n in came.values()}
        gone = [row for row in rows if row[:3] not in wanted]
        forget(database, [address for _, address, _, here in gone if here])
        database.executemany(
            "DELETE FROM brought WHERE origin = ? AND place = ?",
            [(origin.name, place) for place, *_ in gone],
        )
        there = {row[0] for row in rows} - {row[0] for row in gone}
        database.executemany(
            "INSERT INTO brought VALUES (?, ?, ?, ?, ?, ?, FALSE, '', ?)",
            [
                (origin.name, place, *_columns(note.document), note.reader, encode(note.document))
                for place, note in came.items()
                if place not in there
            ],
        )
        row = (origin.name, origin.version, origin.root)
        database.execute("INSERT OR REPLACE INTO origin VALUES (?, ?, ?)", row)


def let_stand(snapshots: Snapshots) -> int:
    """Let those notes of other workspaces stand among the documents that should.

    Returns:
        How many documents there are that were not there before.
    """
    theirs = origins(snapshots)
    state = digest_of(READER, str(own_version(snapshots)), *map(repr, theirs))
    if not theirs or snapshots.settled("shown") == state:
        return 0
    _read_anew(snapshots)
    own = {note.place: _copy(note.document) for note in own_notes(snapshots)}
    with snapshots.transaction() as database:
        # of two that lie at one address the newer is right
        rows = database.execute(
            "SELECT origin, place, address, copy, shown FROM brought JOIN origin"
            " ON name = origin ORDER BY version DESC, origin, place"
        ).fetchall()
        found = [_Row(*row) for row in rows]
        standing = _standing(own, found)
        chosen = {row for row in found if standing.get(row) == ""}
        forget(database, [row.address for row in found if row.shown and row not in chosen])
        fresh = [row for row in chosen if not row.shown]
        for row in sorted(fresh):
            query = "SELECT data FROM brought WHERE origin = ? AND place = ?"
            (data,) = database.execute(query, row[:2]).fetchone()
            keep(database, decode(data, Document))
        database.executemany(
            "UPDATE brought SET shown = ?, stands = ? WHERE origin = ? AND place = ?",
            [(r in chosen, standing[r] or r.address, r.origin, r.place) for r in found],
        )
    snapshots.settle("shown", state)
    return len(fresh)


def _standing(own: Mapping[str, str], rows: Sequence[_Row]) -> dict[_Row, str]:
    """For each note the address of the document that stands for it; empty: it does itself.

    Args:
        own: the workspace's own notes: address -> what copies share.
        rows: the notes that came, the newest first.
    """
    standing: dict[_Row, str] = {}
    taken = set(own)
    copies: defaultdict[str, defaultdict[str, list[_Row]]]
    copies = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.address in taken:
            standing[row] = row.address
        else:
            taken.add(row.address)
            copies[row.copy][row.origin].append(row)
    mine: defaultdict[str, list[str]] = defaultdict(list)
    for address, copy in sorted(own.items()):
        mine[copy].append(address)
    for copy, held in copies.items():
        most = max(held.values(), key=lambda rows: (len(rows), rows[0].origin))
        addresses = mine[copy] + [row.address for row in most[len(mine[copy]) :]]
        for some in held.values():
            for row, address in zip(some, addresses, strict=False):  # none has more than most
                standing[row] = "" if address == row.address else address
    return standing


def _read_anew(snapshots: Snapshots) -> None:
    """Read what an older reader read from the words that were kept: the files may be away."""
    with snapshots.transaction() as database:
        query = "SELECT origin, place, shown, data FROM brought WHERE reader <> ?"
        for origin, place, here, data in database.execute(query, (READER,)).fetchall():
            document = before = decode(data, Document)
            with suppress(ReadError):
                document = read_note(place, before.source.encode())
            document = replace(document, address=before.address, digest=before.digest)
            database.execute(
                "UPDATE brought SET copy = ?, reader = ?, data = ? WHERE origin = ? AND place = ?",
                (_copy(document), READER, encode(document), origin, place),
            )
            if here:
                keep(database, document)


def whose(snapshots: Snapshots, address: str) -> tuple[str, str]:
    """The origin (empty: this workspace) of the note at an address, and its address there.

    A note that is gone was of the origin whose folder it lay in.
    """
    theirs = origins(snapshots)
    if not theirs:
        return "", address
    with snapshots.transaction() as database:
        query = "SELECT origin, place, shown FROM brought WHERE address = ? ORDER BY shown DESC"
        row = database.execute(query, (address,)).fetchone()
        query = "SELECT 1 FROM document WHERE address = ?"
        there = database.execute(query, (address,)).fetchone()
    if row and (row[2] or not there):
        return str(row[0]), str(row[1])
    for origin in () if there else sorted(theirs, key=lambda one: len(one.root), reverse=True):
        if within(address, origin.root):
            return origin.name, address.removeprefix(origin.root + "/")
    return "", address


def beside(snapshots: Snapshots, address: str, note: str) -> str:
    """The address here of a note that the note at ``address`` names from its corpus root."""
    origin, _ = whose(snapshots, address)
    if not origin:
        return note
    root = next(one.root for one in origins(snapshots) if one.name == origin)
    return posixpath.normpath(posixpath.join(root, note))


def standing_in(snapshots: Snapshots) -> dict[str, str]:
    """The addresses of the notes that are not shown, and of the documents that stand for them."""
    if not origins(snapshots):
        return {}
    with snapshots.transaction() as database:
        rows = database.execute("SELECT address, stands FROM brought WHERE NOT shown")
        return {address: stands for address, stands in rows if stands and stands != address}


def _columns(document: Document) -> tuple[str, str, str]:
    return document.address, _copy(document), document.digest


def _copy(document: Document) -> str:
    """What the copies of a note share: its bytes, and what is taken from the file's name."""
    said = (document.title, str(document.page), document.date, str(document.day))
    return digest_of(document.digest, *said)
