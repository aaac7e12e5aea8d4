"""Fetching the pages that notes link to, politely, and keeping them in the archive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from aiohttp.abc import AbstractResolver

from waygraph.model import Failure
from waygraph.read.web.archive import Archive
from waygraph.read.web.fetch_run import Run
from waygraph.read.web.fetched import Fetched, from_archive
from waygraph.read.web.limits import FetchSettings
from waygraph.read.web.urls import BadAddress, page_url

__all__ = ["FetchSettings", "Fetched", "fetch"]

Progress = Callable[[int, int], None]


def fetch(
    urls: Iterable[str],
    archive: Archive,
    settings: FetchSettings | None = None,
    progress: Progress | None = None,
    *,
    resolver: AbstractResolver | None = None,
) -> Iterator[Fetched | Failure]:
    """Fetch pages, each once, and yield them as they come.

    Nothing is asked for before the first result is wanted, and nothing more after the
    iterator is closed. The order is that of arrival: a caller that needs one sorts.

    Args:
        urls: addresses; fragments do not count. Addresses that spell one page give one
            result, under the spelling of ``page_url``.
        archive: where answers are kept, and taken from if a server says they still hold, or
            cannot be reached.
        settings: limits and manners; by default ``FetchSettings()``.
        progress: called with the results so far and the pages in all, before each result.
        resolver: resolves host names in place of the system; guarded all the same.

    Yields:
        A ``Fetched`` or a ``Failure`` for each page.

    Raises:
        StoreError: the archive cannot be written.
    """
    settings = settings or FetchSettings()
    pages: dict[str, None] = {}
    bad: list[Failure] = []
    for url in dict.fromkeys(urls):
        try:
            pages[page_url(url)] = None
        except BadAddress as error:
            bad.append(Failure(url[:200], error.reason))
    total, done = len(pages) + len(bad), 0
    found: Iterator[Fetched | Failure]
    if settings.offline:
        found = (from_archive(url, archive, settings.redirects) for url in pages)
    else:
        found = _online(list(pages), archive, settings, resolver)
    for results in (bad, found):
        for result in results:
            done += 1
            if progress is not None:
                progress(done, total)
            yield result


def _online(
    pages: list[str], archive: Archive, settings: FetchSettings, resolver: AbstractResolver | None
) -> Iterator[Fetched | Failure]:
    """Run the event loop in a thread of its own: the caller may have one already."""
    if not pages:
        return
    run = Run(pages, archive, settings, resolver)
    thread = threading.Thread(target=run.main, name="waygraph-fetch", daemon=True)
    thread.start()
    try:
        yield from run.results()
    finally:
        run.stop()
        thread.join()
