"""One request and its answer over HTTP, within limits; no redirects, no retries."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from datetime import UTC, datetime

import aiohttp
from yarl import URL

from waygraph.errors import WaygraphError
from waygraph.read.web.guard import Guard, GuardedResolver
from waygraph.read.web.inflate import BadBody, Body, accepted
from waygraph.read.web.limits import FetchSettings
from waygraph.read.web.reply import Reply

_ACCEPT = (
    "text/html,application/xhtml+xml,text/markdown,application/pdf;q=0.9,text/plain;q=0.9,*/*;q=0.5"
)


class Trouble(WaygraphError):
    """No usable answer. ``passing`` says that a later try may do better, ``soon`` that it may
    be made at once: a page that dripped for a minute is left for another day."""

    def __init__(self, reason: str, *, passing: bool, soon: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.soon = soon


def open_session(
    settings: FetchSettings, guard: Guard, under: aiohttp.abc.AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """A session that connects to nothing the guard refuses; must be closed.

    Proxies, cookies and netrc of the environment are not used: with a proxy it would be
    the proxy that resolves names, unguarded. ``under`` resolves names in place of the
    system.
    """
    resolver = GuardedResolver(guard, under or aiohttp.ThreadedResolver())
    connector = aiohttp.TCPConnector(
        resolver=resolver,
        socket_factory=resolver.open_socket,
        use_dns_cache=False,  # the resolver has its own, which never changes its mind
        limit=0,  # counted by the callers, who do not wait for a dead host
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(
            total=settings.total or None,
            connect=settings.connect or None,
            sock_read=settings.read or None,
            ceil_threshold=60,
        ),
        headers={
            "User-Agent": settings.user_agent,
            "Accept": _ACCEPT,
            "Accept-Encoding": accepted(),
        },
        auto_decompress=False,
        trust_env=False,
        max_line_size=settings.header_bytes,
        max_field_size=settings.header_bytes,
        max_headers=settings.headers,
    )


async def exchange(
    session: aiohttp.ClientSession,
    url: str,
    settings: FetchSettings,
    headers: Mapping[str, str] | None = None,
    *,
    body_bytes: int | None = None,
) -> Reply:
    """Ask for ``url`` once and take the answer.

    Args:
        session: from ``open_session``.
        url: an address that the guard has checked.
        settings: the limits; ``body_bytes`` may lower the one on the body.
        headers: further headers.
        body_bytes: see ``settings``.

    Raises:
        Trouble: no answer, a broken one, or one beyond the limits.
        Refused: the host's name leads to addresses that may not be asked.
    """
    try:
        async with session.get(
            URL(url, encoded=True), headers=headers, allow_redirects=False
        ) as response:
            most = min(body_bytes or settings.body_bytes, settings.body_bytes)
            body = await _body(response, min(settings.wire_bytes, most), most)
            return Reply(
                url=url,
                status=response.status,
                reason=_text(response.reason or ""),
                headers=tuple((_text(k), _text(v)) for k, v in response.headers.items()),
                body=body,
                fetched=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
    except BadBody as error:
        raise Trouble(error.reason, passing=False) from None
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise _trouble(error, settings) from None


def _text(value: str) -> str:
    """A header's text fit to be stored: the library marks bytes that are no UTF-8."""
    return value.encode("utf-8", "replace").decode("utf-8")


async def _body(response: aiohttp.ClientResponse, wire_bytes: int, body_bytes: int) -> bytes:
    declared = response.content_length
    if declared is not None and declared > wire_bytes:
        raise BadBody(f"the body has {declared:,} bytes, more than {wire_bytes:,}")
    coding = ",".join(response.headers.getall("Content-Encoding", ()))
    body = Body(coding, wire_bytes, body_bytes)
    async for chunk in response.content.iter_chunked(65_536):
        body.feed(chunk)
        await asyncio.sleep(0)  # a fast server must not keep the others waiting
    return body.finish()


# What errors of the client library mean, the narrower ones first; and whether they pass.
_TROUBLES: tuple[tuple[type[Exception], str, bool], ...] = (
    (aiohttp.ConnectionTimeoutError, "no connection within {limits.connect:g} s", True),
    (aiohttp.SocketTimeoutError, "the server sent nothing for {limits.read:g} s", True),
    (TimeoutError, "not done within {limits.total:g} s", True),
    (aiohttp.ClientConnectorDNSError, "the host name cannot be resolved ({said})", True),
    (aiohttp.ClientSSLError, "the server's certificate or encryption fails ({said})", False),
    (aiohttp.ClientConnectorError, "no connection ({said})", True),
    (aiohttp.ClientPayloadError, "the body breaks off", True),
    (aiohttp.ServerDisconnectedError, "the server hung up", True),
    (aiohttp.ClientResponseError, "the answer is no sound HTTP ({said})", False),
    (OSError, "the connection broke ({said})", True),
)


def _trouble(error: Exception, limits: FetchSettings) -> Trouble:
    """An error of the client library in a user's words."""
    for kind, words, passing in _TROUBLES:
        if isinstance(error, kind):
            reason = words.format(limits=limits, said=_said(error))
            whole = kind is TimeoutError
            return Trouble(reason, passing=passing and not _is_gone(error), soon=not whole)
    return Trouble(f"cannot be asked for ({_said(error)})", passing=False)


def _is_gone(error: Exception) -> bool:
    """Whether there is no host of that name, and not only nobody who knows it now."""
    inner = getattr(error, "os_error", None)
    return isinstance(inner, socket.gaierror) and inner.errno == socket.EAI_NONAME


def _said(error: Exception) -> str:
    """An error's own words on one short line."""
    inner = getattr(error, "os_error", error)
    words = getattr(inner, "strerror", None) or getattr(inner, "message", None) or str(inner)
    return " ".join(str(words).split())[:100] or type(inner).__name__
