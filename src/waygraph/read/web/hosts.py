"""Politeness toward hosts: robots.txt, a rate, waiting when asked to, trying again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
from protego import Protego
from yarl import URL

from waygraph.read.web.guard import Guard, Refused
from waygraph.read.web.limits import FetchSettings
from waygraph.read.web.reply import Reply
from waygraph.read.web.transfer import Trouble, exchange
from waygraph.read.web.urls import BadAddress, joined

ROBOT = "waygraph"
# RFC 9309: read at least 500 KiB of it, and follow at least five redirects to it.
_ROBOTS_BYTES = 1_000_000
_ROBOTS_REDIRECTS = 5


class _Host:
    """What one run knows of one host (scheme, name and port)."""

    def __init__(self, settings: FetchSettings) -> None:
        self.delay = settings.delay
        self.rules: asyncio.Task[Protego | BadAddress | Trouble] | None = None
        self._longest = settings.longest_wait
        self._turn = asyncio.Lock()
        self._next = 0.0
        self._closed_until = 0.0

    async def turn(self) -> None:
        """Wait until this host may be asked again.

        Raises:
            Trouble: that is further away than we wait.
        """
        clock = asyncio.get_running_loop().time
        async with self._turn:
            while (wait := max(self._next, self._closed_until) - clock()) > 0:
                if self._closed_until - clock() > self._longest:
                    raise Trouble(f"the server asks to come back in {wait:.0f} s", passing=True)
                await asyncio.sleep(wait)
            self._next = clock() + self.delay

    def pause(self, seconds: float) -> None:
        """Ask nothing of this host for a while."""
        until = asyncio.get_running_loop().time() + seconds
        self._closed_until = max(self._closed_until, until)


class Hosts:
    """All hosts of one run. A host that is slow or dead keeps no other waiting."""

    def __init__(
        self, session: aiohttp.ClientSession, guard: Guard, settings: FetchSettings
    ) -> None:
        self._session = session
        self._guard = guard
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._hosts: dict[str, _Host] = {}

    def _host(self, url: str) -> _Host:
        origin = str(URL(url, encoded=True).origin())
        return self._hosts.setdefault(origin, _Host(self._settings))

    async def ask(
        self, url: str, headers: Mapping[str, str] | None = None, body_bytes: int | None = None
    ) -> Reply:
        """Ask for a page, again if that may help, after waits that double.

        Raises:
            Trouble: no usable answer, or one that came back (429, 5xx) each time.
            Refused: the host may not be asked.
        """
        host, settings = self._host(url), self._settings
        trouble = Trouble("not asked", passing=True)
        for attempt in range(settings.retries + 1):
            await host.turn()
            wait = settings.backoff * 2**attempt
            try:
                async with self._slots:
                    reply = await exchange(
                        self._session, url, settings, headers, body_bytes=body_bytes
                    )
                if not reply.retried:
                    return reply
                trouble = Trouble(reply.said, passing=True)
                if (asked := reply.retry_after()) is not None:
                    wait = max(wait, asked)
                    host.pause(asked)
            except Trouble as error:
                if not error.passing or not error.soon:
                    raise
                trouble = error
            if wait > settings.longest_wait:
                raise Trouble(
                    f"{trouble.reason}; the server asks to come back in {wait:.0f} s", passing=True
                )
            if attempt < settings.retries:
                await asyncio.sleep(wait)
        tries = f" (tried {settings.retries + 1} times)" if settings.retries else ""
        raise Trouble(trouble.reason + tries, passing=True)

    async def permit(self, url: str) -> None:
        """Return if the host's robots.txt lets us ask for the page.

        Raises:
            Trouble: it does not; or it cannot be had just now, and then nothing is asked for.
            Refused: the host may not be asked.
        """
        host = self._host(url)
        if host.rules is None:
            origin = str(URL(url, encoded=True).origin())
            host.rules = asyncio.create_task(self._rules(origin + "/robots.txt"))
        rules = await asyncio.shield(host.rules)
        if isinstance(rules, Trouble):
            raise Trouble(rules.reason, passing=rules.passing)
        if isinstance(rules, BadAddress):
            raise Refused(rules.reason)
        if not rules.can_fetch(url, ROBOT):
            raise Trouble("robots.txt asks not to fetch it", passing=False)
        asked = rules.crawl_delay(ROBOT) or 0.0
        host.delay = max(self._settings.delay, min(asked, self._settings.longest_delay))

    async def _rules(self, url: str) -> Protego | BadAddress | Trouble:
        try:
            reply = await self._robots(url)
        except BadAddress as error:
            return error
        except Trouble as error:
            return Trouble(f"{error.reason}, asked for robots.txt", passing=error.passing)
        if reply is None or 400 <= reply.status < 500:
            return Protego.parse("")
        if reply.status >= 300:
            return Trouble(f"{reply.said}, asked for robots.txt", passing=True)
        return Protego.parse(reply.body.decode("utf-8-sig", "replace"))

    async def _robots(self, url: str) -> Reply | None:
        """The answer at the end of redirects; None if there are too many."""
        for _ in range(_ROBOTS_REDIRECTS + 1):
            self._guard.check(url)
            reply = await self.ask(url, body_bytes=_ROBOTS_BYTES)
            location = reply.header("location")
            if not (300 <= reply.status < 400 and location):
                return reply
            url = joined(url, location)
        return None
