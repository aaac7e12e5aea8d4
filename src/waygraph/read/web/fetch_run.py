"""One run of fetching: an event loop in its own thread, results handed over as they come."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from aiohttp.abc import AbstractResolver

from waygraph.errors import ReadError, StoreError
from waygraph.model import Failure
from waygraph.read.web.archive import Archive, Entry
from waygraph.read.web.fetched import Fetched, from_archive, page_of
from waygraph.read.web.guard import Guard
from waygraph.read.web.hosts import Hosts
from waygraph.read.web.limits import FetchSettings
from waygraph.read.web.reply import Reply
from waygraph.read.web.transfer import Trouble, open_session
from waygraph.read.web.urls import BadAddress, parsed
from waygraph.read.web.verdict import judge


class _Outbox:
    """Hands results from the loop's thread to the caller's; the loop waits if it is full."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._items: queue.SimpleQueue[Fetched | Failure | BaseException | None]
        self._items = queue.SimpleQueue()
        self._room = asyncio.Event()

    def put(self, item: Fetched | Failure | BaseException | None) -> None:
        self._items.put(item)

    async def room(self) -> None:
        """Wait until fewer than the most results wait to be taken."""
        while True:
            self._room.clear()
            if self._items.qsize() < self._most:
                return
            await self._room.wait()

    def take(self, loop: asyncio.AbstractEventLoop | None) -> Fetched | Failure | None:
        """The next result, None after the last; raises what ended the run."""
        item = self._items.get()
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._room.set)
        if isinstance(item, BaseException):
            raise item
        return item


class Run:
    """Fetches ``pages`` (distinct, as ``page_url`` spells them). See ``fetch``."""

    def __init__(
        self,
        pages: Sequence[str],
        archive: Archive,
        settings: FetchSettings,
        resolver: AbstractResolver | None,
    ) -> None:
        self._pages = pages
        self._archive = archive
        self._settings = settings
        self._resolver = resolver
        self._guard = Guard(settings.allow)
        self._outbox = _Outbox(settings.backlog)
        self._writer = ThreadPoolExecutor(1, "waygraph-archive")
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    # --- the caller's thread ---

    def results(self) -> Iterator[Fetched | Failure]:
        """The results as they come."""
        while (item := self._outbox.take(self._loop)) is not None:
            yield item

    def stop(self) -> None:
        """End the run, wherever it is."""
        self._stopped.set()
        if self._loop is not None and self._task is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)

    # --- the loop's thread ---

    def main(self) -> None:
        """Run to the end; never raises, but hands errors to the caller."""
        try:
            asyncio.run(self._all())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # it is raised in the caller's thread
            self._outbox.put(error)
        finally:
            self._writer.shutdown()
            self._outbox.put(None)

    async def _all(self) -> None:
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        if self._stopped.is_set():
            return
        # a thread for each name that is being resolved, or dead names would keep others waiting
        threads = ThreadPoolExecutor(self._settings.concurrency, "waygraph-names")
        self._loop.set_default_executor(threads)
        # one host never takes all places
        most = max(1, min(self._settings.per_host, self._settings.concurrency - 1))
        queues: dict[str, deque[str]] = {}
        for page in self._pages:
            queues.setdefault(str(parsed(page).origin()), deque()).append(page)
        async with open_session(self._settings, self._guard, self._resolver) as session:
            hosts = Hosts(session, self._guard, self._settings)
            tasks = [
                asyncio.create_task(self._work(pages, hosts))
                for pages in queues.values()
                for _ in range(min(most, len(pages)))
            ]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, pages: deque[str], hosts: Hosts) -> None:
        while pages:
            page = pages.popleft()
            await self._outbox.room()
            self._outbox.put(await self._page(page, hosts))

    async def _page(self, url: str, hosts: Hosts) -> Fetched | Failure:
        try:
            return await self._follow(url, hosts)
        except BadAddress as error:
            return Failure(url, error.reason)
        except Trouble as error:
            if not error.passing:
                return Failure(url, error.reason)
            warning = f"{error.reason}; a kept copy is used"
            kept = from_archive(url, self._archive, self._settings.redirects, warning)
            return kept if isinstance(kept, Fetched) else Failure(url, error.reason)
        except StoreError:
            raise
        except Exception as error:  # one odd page must not end the run
            return Failure(url, f"cannot be fetched ({type(error).__name__}: {error})"[:300])

    async def _follow(self, url: str, hosts: Hosts) -> Fetched | Failure:
        """Ask for the page, and for the next one as long as answers lead on."""
        at, seen = url, {url}
        while True:
            try:
                self._guard.check(at)
                reply, archived = await self._reply(at, hosts)
            except (BadAddress, Trouble) as error:
                if at == url:
                    raise
                passing = isinstance(error, Trouble) and error.passing
                reason = f"redirects to {at[:200]}: {error.reason}"
                raise Trouble(reason, passing=passing) from None
            verdict = judge(reply)
            if not archived and not (verdict.reason and self._archive.entry(at)):
                # an answer of no use is kept only where nothing better is
                await self._keep(reply)
            if verdict.reason:
                return Failure(url, verdict.reason)
            if not verdict.location:
                return page_of(url, reply, archived=archived)
            at = verdict.location
            if at in seen:
                return Failure(url, f"redirects in a circle, at {at}")
            if len(seen) > self._settings.redirects:
                return Failure(url, f"redirects more than {self._settings.redirects} times")
            seen.add(at)

    async def _keep(self, reply: Reply) -> None:
        """Write to the archive in a thread: packing a large page takes a while."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._archive.put, reply)

    async def _reply(self, url: str, hosts: Hosts) -> tuple[Reply, bool]:
        """The answer for one page, and whether it is the kept one."""
        entry = self._archive.entry(url)
        kept = self._kept(entry) if entry is not None else None
        if entry is not None and kept is not None and self._is_fresh(entry):
            return kept, True
        await hosts.permit(url)
        headers = _conditions(entry) if entry is not None and kept is not None else {}
        reply = await hosts.ask(url, headers)
        if reply.status != 304:
            return reply, False
        if kept is None or not headers:
            raise Trouble("the server says that nothing changed, unasked", passing=False)
        self._archive.confirm(url, reply.fetched)
        return kept, True

    def _kept(self, entry: Entry) -> Reply | None:
        try:
            return self._archive.get(entry.url)
        except ReadError:
            return None  # damaged: it is fetched anew

    def _is_fresh(self, entry: Entry) -> bool:
        try:
            checked = datetime.fromisoformat(entry.checked)
        except ValueError:
            return False
        checked = checked if checked.tzinfo else checked.replace(tzinfo=UTC)
        age = (datetime.now(UTC) - checked).total_seconds()
        # asked in the future, by a clock that was wrong: nobody knows how long ago that was
        return 0 <= age < self._settings.fresh


def _conditions(entry: Entry) -> dict[str, str]:
    """Headers that let a server say that the kept copy still holds."""
    headers: dict[str, str] = {}
    if entry.status == 200:
        if entry.etag:
            headers["If-None-Match"] = entry.etag
        if entry.last_modified:
            headers["If-Modified-Since"] = entry.last_modified
    return headers
