"""What is remembered of the cards that were handed out: who they are, and since when they are so.

Anki knows a note by its ``guid`` and takes it over anew if its time is later than that of the
note it has. So a card keeps its guid and its numbers for good, and gets a new time when what
stands on it is another than when it was handed out last, and only then: the same plan makes
the same deck, a changed one always updates the cards that changed, and what a learner wrote
on the others stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.config import Workspace
from waygraph.database import (
    Connection,
    Error,
    check_pages,
    copy_database,
    is_broken,
    open_in_memory,
    open_to_read,
    open_to_write,
    said,
)
from waygraph.errors import StoreError, remedy
from waygraph.labels import key
from waygraph.model import digest_of

if TYPE_CHECKING:
    from waygraph.search.concept_graph import ConceptGraph

_FILE = "cards.sqlite"
_ANEW = "remove it: cards are made anew, and Anki takes those that were renamed for new ones"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS card (guid TEXT PRIMARY KEY, iri TEXT UNIQUE, name TEXT,"
    " number INTEGER, digest TEXT, changed INTEGER)"
)


@dataclass(frozen=True, slots=True)
class Card:
    """What Anki knows a card by.

    ``number`` is its id there, the Unix time in milliseconds at which it was made, or a little
    later; ``changed`` the Unix time in seconds since which it says what it says.
    """

    guid: str
    number: int
    changed: int


def cards(place: Workspace, graph: ConceptGraph, faces: Sequence[tuple[int, str]]) -> list[Card]:
    """The cards of some concepts, each once, and remember what they say.

    Where nothing can be written they are as they were remembered, or made now.

    Args:
        place: the workspace.
        graph: its concept graph.
        faces: (concept, digest of what stands on its card).
    """
    with _opened(place.folder / _FILE) as database:
        return [_card(database, graph, concept, digest) for concept, digest in faces]


def _card(database: Connection, graph: ConceptGraph, concept: int, digest: str) -> Card:
    now = time.time_ns() // 1_000_000
    named = graph.named(concept)
    row = _remembered(database, graph, concept)
    if row is None:
        (last,) = database.execute("SELECT max(number) FROM card").fetchone()
        card = Card(_new_guid(database, named.iri), max(now, (last or 0) + 1), now // 1000)
    else:
        card = Card(row[0], row[1], row[2])
        if row[3] != digest:
            card = Card(card.guid, card.number, max(now // 1000, card.changed + 1))
    values = (card.guid, named.iri, key(named.label), card.number, digest, card.changed)
    database.execute("INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?, ?, ?)", values)
    return card


def _new_guid(database: Connection, iri: str) -> str:
    """The same in every workspace, unless a concept that was renamed has it here.

    Not that of decks made before: Anki stops where it is to change their first note.
    """
    guid = digest_of("card", iri)[:16]
    while database.execute("SELECT 1 FROM card WHERE guid = ?", (guid,)).fetchone():
        guid = digest_of(guid)[:16]
    return guid


def _remembered(
    database: Connection, graph: ConceptGraph, concept: int
) -> tuple[str, int, int, str] | None:
    """What is remembered of a concept's card, if need be under a name it had before."""
    columns = "SELECT guid, number, changed, digest, iri FROM card"
    iri = graph.named(concept).iri
    for row in database.execute(f"{columns} WHERE iri = ?", (iri,)):
        return (*row[:4],)
    names = graph.db.execute("SELECT DISTINCT folded FROM label WHERE concept = ?", (concept,))
    for (name,) in sorted(names.fetchall()):
        for row in database.execute(f"{columns} WHERE name = ? ORDER BY guid", (name,)).fetchall():
            # not of a concept that there still is
            if not graph.db.execute("SELECT 1 FROM concept WHERE iri = ?", row[4:]).fetchone():
                return (*row[:4],)
    return None


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    """The cards in one transaction; where they cannot be written, a copy that is not kept.

    Raises:
        StoreError: they were damaged.
    """
    try:
        database = _writable(path)
    except Error as error:
        if is_broken(error):
            raise StoreError(f"cannot use {path}: {said(error)}", _ANEW) from None
        database = _copied(path)
    with closing(database):
        yield database
        database.execute("COMMIT")


def _writable(path: Path) -> Connection:
    # few are written at once: no log is left by one that is killed
    database = open_to_write(path, log=False)
    try:
        database.execute("BEGIN IMMEDIATE")
        database.execute(_TABLE)
        # all that it says is asked for, and it is short
        check_pages(database)
    except Error:
        database.close()
        raise
    return database


def _copied(path: Path) -> Connection:
    database = open_in_memory()
    if path.is_file():
        try:
            with closing(open_to_read(path)) as kept:
                copy_database(kept, database)
        except Error as error:
            raise StoreError(f"cannot read {path}: {said(error)}", remedy(error, _ANEW)) from None
    database.execute("BEGIN")
    database.execute(_TABLE)
    return database
