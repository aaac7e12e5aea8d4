"""Articles: the pages that notes link to become documents of the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from waygraph.config import Workspace
from waygraph.errors import ReadError, StoreError
from waygraph.model import Document, Failure
from waygraph.sealed import read_sealed, write_sealed

if TYPE_CHECKING:
    from waygraph.read.snapshots import Snapshots

PAGES, _LOST = "pages.json", "lost.json"


@dataclass(frozen=True, slots=True)
class ArticleOptions:
    """Where articles may come from.

    Attributes:
        fetch: ask the web for the pages that notes link to.
        offline: ask nobody, use the pages that are kept.
        seeds: folders with ``index.json``, or WARC files, to take pages from first.
        depth: how many links away from a note, at least 1.
        allow: hosts for which private addresses are allowed.
    """

    fetch: bool = False
    offline: bool = False
    seeds: tuple[Path, ...] = ()
    depth: int = 1
    allow: tuple[str, ...] = ()

    @property
    def wanted(self) -> bool:
        """Whether any article is asked for at all."""
        return self.fetch or self.offline or bool(self.seeds)


@dataclass
class _Gathered:
    """Pages by the address that a link names, and what could not be had."""

    pages: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    read: int = 0


def gather_articles(
    place: Workspace,
    snapshots: Snapshots,
    options: ArticleOptions,
    show: Callable[[str, int, int], None],
) -> tuple[int, list[Failure]]:
    """Bring the workspace's articles up to the links of its notes.

    Without options nothing is fetched, but articles that no note links any more go.

    Returns:
        How many articles were read anew, and what could not be had.
    """
    from waygraph.read.names import is_web

    folder = place.folder / "articles"
    if not options.wanted and snapshots.settled("articles") == snapshots.state():
        return 0, []
    linked = sorted(_linked(d for d in snapshots.all() if not is_web(d.address)))
    if options.wanted:
        gathered = _gather(folder, snapshots, linked, options, show)
        for name, value in ((PAGES, gathered.pages), (_LOST, gathered.lost)):
            text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
            write_sealed(folder / name, text)
        kept = set(gathered.pages.values())
    else:
        gathered = _Gathered()
        known = kept_texts(folder / PAGES)
        kept = {known[url] for url in linked if url in known} | _deeper(snapshots, known, linked)
    snapshots.drop(a for a in snapshots.addresses() if is_web(a) and a not in kept)
    snapshots.settle("articles", snapshots.state())
    return gathered.read, gathered.failures


def _linked(documents: Iterable[Document]) -> set[str]:
    """Addresses of web pages that documents link, as fetching spells them."""
    from waygraph.read.web.urls import BadAddress, page_url

    found: set[str] = set()
    for document in documents:
        for link in document.links:
            if link.kind == "image" or not link.target.startswith(("http://", "https://")):
                continue
            try:
                found.add(page_url(link.target))
            except BadAddress:
                continue
    return found


def _gather(
    folder: Path,
    snapshots: Snapshots,
    linked: list[str],
    options: ArticleOptions,
    show: Callable[[str, int, int], None],
) -> _Gathered:
    from waygraph.read.reader_process import read_page
    from waygraph.read.web.archive import Archive
    from waygraph.read.web.fetch import FetchSettings, fetch

    gathered, known = _Gathered(), {}
    with suppress(StoreError):  # it is made anew here
        known = kept_texts(folder / PAGES)
    there = set(snapshots.addresses())

    def missed(url: str, failure: Failure) -> None:
        """Evidence outlives a page: what was read of it before stays."""
        if known.get(url) in there:
            gathered.pages[url] = known[url]
            kept = f"{failure.reason}; what was read of it before is kept"
            failure = Failure(failure.address, kept, failure.line)
        else:
            gathered.lost[url] = failure.reason
        gathered.failures.append(failure)

    settings = FetchSettings(offline=not options.fetch or options.offline, allow=options.allow)
    with Archive(folder) as archive:
        for seed in options.seeds:
            gathered.failures += archive.seed(seed).failures
        asked: set[str] = set()
        for _ in range(options.depth):
            asked.update(linked)
            found = fetch(linked, archive, settings, lambda done, total: show("fetch", done, total))
            documents: dict[str, Document] = {}
            for fetched in sorted(found, key=_address):
                if isinstance(fetched, Failure):
                    missed(fetched.address, fetched)
                    continue
                try:
                    article = read_page(fetched.final, fetched.body, fetched.content_type)
                except ReadError as error:
                    missed(fetched.url, Failure(fetched.url, error.reason, error.line or 0))
                    continue
                document = documents.setdefault(article.document.address, article.document)
                gathered.pages[fetched.url] = document.address
            gathered.read += _put(snapshots, documents.values())
            linked = sorted(_linked(documents.values()) - asked)
    return gathered


def _address(found: object) -> str:
    return str(getattr(found, "url", "") or getattr(found, "address", ""))


def _put(snapshots: Snapshots, documents: Iterable[Document]) -> int:
    known = snapshots.current()
    fresh = [d for d in documents if known.get(d.address) != d.digest]
    snapshots.put(fresh)
    return len(fresh)


def kept_pages(place: Workspace) -> dict[str, str]:
    """The address of the document that was had for each address of the web that was asked for.

    Raises:
        StoreError: what was kept of them was damaged.
    """
    return kept_texts(place.folder / "articles" / PAGES)


def lost_pages(place: Workspace) -> dict[str, str]:
    """Pages that were asked for last and not had, by address, and why.

    Raises:
        StoreError: what was kept of them was damaged.
    """
    return kept_texts(place.folder / "articles" / _LOST)


def kept_texts(path: Path) -> dict[str, str]:
    """What was kept for each address; nothing if there is no such file."""
    try:
        text = read_sealed(path, "`waygraph ingest --offline` with your notes makes it anew")
    except FileNotFoundError:
        return {}
    kept: dict[str, str] = json.loads(text)
    return kept


def _deeper(snapshots: Snapshots, known: dict[str, str], linked: Iterable[str]) -> set[str]:
    """Articles that kept articles link, however deep they were fetched."""
    kept: set[str] = set()
    waiting = {known[url] for url in linked if url in known}
    while waiting:
        kept |= waiting
        found = _linked(filter(None, map(snapshots.document, sorted(waiting))))
        waiting = {known[url] for url in found if url in known} - kept
    return kept
