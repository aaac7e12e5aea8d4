"""Compaction: what was deleted from the notes goes from the workspace's files too.

A store, a database and an archive keep the bytes of what is gone until their room is needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from waygraph.app.articles import PAGES, kept_texts
from waygraph.app.ask import open_store
from waygraph.config import CACHE, Workspace
from waygraph.database import Error, open_to_write, said
from waygraph.errors import FULL_DISK, StoreError, remedy


def empty_store(place: Workspace) -> None:
    """Remove the store in the workspace's folder; the ingest that follows makes it anew.

    Raises:
        StoreError: another waygraph writes to it, or it cannot be removed.
    """
    folder = place.folder / "store"
    if place.settings.store or not folder.exists():
        return
    with open_store(place, None, write=True):
        pass  # nobody else writes to it
    with _told(folder):
        shutil.rmtree(folder)


def compact(place: Workspace) -> None:
    """Write the workspace's databases and its archive of pages anew, without what is gone.

    Raises:
        StoreError: one cannot be written.
    """
    for name in (CACHE, "documents.sqlite"):
        path = place.folder / name
        with _told(path), closing(open_to_write(path)) as database:
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    folder = place.folder / "articles"
    if folder.exists():
        with _told(folder):
            _compact_pages(folder)


def _compact_pages(folder: Path) -> None:
    from waygraph.read.web.archive import Archive

    pages = kept_texts(folder / PAGES)
    new, old = folder.with_name("articles.new"), folder.with_name("articles.old")
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    with Archive(folder) as archive, Archive(new) as made:
        archive.copy(pages, made)
    for file in folder.glob("*.json"):
        shutil.copy2(file, new)
    folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, Error) as error:
        told = f"cannot compact {path}: {said(error)}"
        raise StoreError(told, remedy(said(error), FULL_DISK)) from None
