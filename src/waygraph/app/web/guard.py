"""Who may ask: the host, the origin and the token of every request, checked before it is read.

The server listens on loopback, where every page of every site can send requests through the
visitor's browser. So:

- the ``Host`` must be a name of this server (a name of an attacker that was bound to loopback,
  DNS rebinding, is not);
- a request that a page of another origin makes is refused, by its ``Origin`` and by what the
  browser says in ``Sec-Fetch-Site``; following a link to a page is not refused;
- everything under ``/api`` needs the token, and so does whatever would write: as a cookie that
  the printed address sets once and that other sites' requests do not carry, with the header
  ``X-Waygraph`` where it writes, or as ``Authorization: Bearer``;
- where it listens beyond loopback, everything needs the token but the printed address itself;
- every answer forbids being framed, sniffed, embedded elsewhere or cached, and runs no script
  but the server's own files. No answer carries a permission for other origins (CORS).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hmac import compare_digest
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# In a request's scope: whether it bears what a write needs.
TRUSTED = "waygraph.trusted"
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?")


class Guard:
    """ASGI middleware that lets a request through, or answers it with an error.

    Args:
        app: what is guarded.
        token: the secret of this run.
        hosts: names, besides those of loopback, under which the server may be asked, such as
            that of a forwarded port.
        closed: whether everything needs the token, reading too: the server listens beyond
            loopback.
    """

    def __init__(
        self, app: ASGIApp, token: str, hosts: Iterable[str] = (), *, closed: bool = False
    ) -> None:
        self._app = app
        self._token = token
        self._forwarded = frozenset(host.lower() for host in hosts)
        self._hosts = LOCAL | self._forwarded
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_secured(message)]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1")
                   for name, value in scope["headers"]}  # fmt: skip
        if refusal := self._refusal(scope, headers):
            await _answer(secured, *refusal)
        elif cookie := self._entered(scope, headers):
            await _redirect(secured, cookie)
        else:
            await self._app(scope, receive, secured)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str] | None:
        """Status, field and message of what speaks against a request; None if nothing does."""
        host = _HOST.fullmatch(headers.get("host", ""))
        if host is None or host[1].lower() not in self._hosts:
            return 421, "host", "this server answers to 127.0.0.1 and localhost alone"
        if not self._same_origin(scope, headers):
            return 403, "origin", "a page of another origin may not ask this server"
        path, reads = scope["path"], scope["method"] in _READS
        refusal = None if self._bears(headers) else self._unproven(headers, reads)
        # whether a form holds an update, only who reads it can tell
        scope[TRUSTED] = refusal is None and (not reads or self._bears(headers))
        private = path == "/api" or path.startswith("/api/")
        private = private or (self._closed and not self._entered(scope, headers))
        return refusal if private or not (reads or path == "/sparql") else None

    def _unproven(self, headers: dict[str, str], reads: bool) -> tuple[int, str, str] | None:
        if not self._remembered(headers):
            return 401, "token", "open the address that `waygraph serve` printed"
        if not reads and "x-waygraph" not in headers:
            return 403, "x-waygraph", "a request that writes needs the header X-Waygraph"
        return None

    def _same_origin(self, scope: Scope, headers: dict[str, str]) -> bool:
        """Whether no page of another origin is behind a request, unless it follows a link."""
        origin = headers.get("origin")
        if origin is not None:
            scheme, _, place = origin.partition("://")
            # who forwards the port may name itself in Origin and us in Host
            forwarded = scheme == "https" and place.lower() in self._forwarded
            return forwarded or (scheme in ("http", "https") and place == headers.get("host"))
        site = headers.get("sec-fetch-site", "none")
        if site in ("same-origin", "none"):
            return True
        follows = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        top = headers.get("sec-fetch-dest", "document") == "document"
        return follows and top and not scope["path"].startswith(("/api", "/sparql"))

    def _bears(self, headers: dict[str, str]) -> bool:
        kind, _, token = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and self._is_token(token.strip())

    def _remembered(self, headers: dict[str, str]) -> bool:
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        found = cookies.get(_cookie_name(headers))
        return found is not None and self._is_token(found.value)

    def _is_token(self, said: str) -> bool:
        return compare_digest(said.encode("utf-8", "replace"), self._token.encode())

    def _entered(self, scope: Scope, headers: dict[str, str]) -> str:
        """The cookie to set for one who comes by the printed address; else nothing."""
        if scope["path"] != "/" or scope["method"] != "GET":
            return ""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        if not self._is_token(asked[0]):
            return ""
        name = _cookie_name(headers)
        return f"{name}={self._token}; Path=/; HttpOnly; SameSite=Strict"


def _cookie_name(headers: dict[str, str]) -> str:
    """Cookies do not tell ports apart, so their names do."""
    return "waygraph-" + (headers.get("host", "").rpartition(":")[2] or "80").strip("]")


def _secured(message: Message) -> list[tuple[bytes, bytes]]:
    there = {name for name, _ in message.get("headers", ())}
    cached = [] if b"cache-control" in there else [(b"cache-control", b"no-store")]
    return [*(pair for pair in HEADERS if pair[0] not in there), *cached]


async def _answer(send: Send, status: int, field: str, message: str) -> None:
    said = {"error": {"field": field, "message": message, "hint": "", "nearest": []}}
    body = json.dumps(said).encode()
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _redirect(send: Send, cookie: str) -> None:
    headers = [(b"location", b"/"), (b"set-cookie", cookie.encode("latin-1"))]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
