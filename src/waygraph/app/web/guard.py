"""Who may ask: the host, the origin and the proof of every request, checked before it is read.

The server listens on loopback, where every page of every site can send requests through the
visitor's browser. So:

- the ``Host`` must be a name of this server (a name of an attacker that was bound to loopback,
  DNS rebinding, is not);
- a request that a page of another origin makes is refused, by its ``Origin`` and by what the
  browser says in ``Sec-Fetch-Site``; following a link to a page is not refused;
- everything under ``/api`` needs the token, as ``Authorization: Bearer``, or a session, and so does
  whatever would write. A session is begun by the code in the printed address, which works once,
  or by giving the token at ``/``; its cookie is not carried by other sites' requests, and with
  it whatever writes needs the header ``X-Waygraph`` too. Cookies reach every port of a host:
  so the name of ours has the port in it, and it holds nothing that is good for anybody else;
- where it listens beyond loopback, everything needs one of the two but ``/`` itself;
- every answer forbids being framed, sniffed, embedded elsewhere or cached, and runs no script
  but the server's own files. No answer carries a permission for other origins (CORS).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from waygraph.app.web.answers import lead_in, show_door, tell
from waygraph.app.web.sessions import IDLE, Sessions

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


# Longer forms hold no token.
_FORM = 4096


class Guard:
    """ASGI middleware that lets a request through, or answers it.

    Args:
        app: what is guarded.
        sessions: who has been let in, and the token.
        hosts: names, besides those of loopback, under which the server may be asked, such as
            that of a forwarded port.
        closed: whether everything needs proof, reading too: the server listens beyond loopback.
    """

    def __init__(
        self, app: ASGIApp, sessions: Sessions, hosts: Iterable[str] = (), *, closed: bool = False
    ) -> None:
        self._app = app
        self.sessions = sessions
        self._forwarded = frozenset(host.lower() for host in hosts)
        self._hosts = LOCAL | self._forwarded
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        session = self._session(scope, headers)
        # who comes to the page with a session keeps it for longer
        cookie = _cookie(scope, headers, session) if session and scope["path"] == "/" else b""

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(b"set-cookie", cookie)] if cookie else []
                message["headers"] = [*message.get("headers", ()), *_secured(message), *kept]
            await send(message)

        proven = bool(session) or self._bears(headers)
        if refusal := self._misplaced(scope, headers):
            await tell(secured, *refusal)
        elif scope["path"] == "/" and _gives_token(scope, headers):
            cookie = _cookie(scope, headers, self.sessions.prove(await _given_token(receive)))
            await (lead_in(secured) if cookie else show_door(secured, "That is not its token."))
        elif scope["path"] == "/" and (code := _code(scope, headers)):
            cookie = cookie or _cookie(scope, headers, self.sessions.use(code))
            late = "This link was used already, or is too old; the token lets you in too."
            await (lead_in(secured) if cookie else show_door(secured, late))
        elif scope["path"] == "/" and not proven and self._shows_door(scope, headers):
            await show_door(secured, "This server answers to who has its token.")
        elif refusal := self._refusal(scope, headers, session):
            await tell(secured, *refusal)
        else:
            await self._app(scope, receive, secured)

    def _shows_door(self, scope: Scope, headers: dict[str, str]) -> bool:
        """Whether a person opens the page who would have sent a session, or sees nothing else."""
        html = scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
        return html and (self._closed or headers.get("sec-fetch-site") != "cross-site")

    def _misplaced(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str, str] | None:
        """Status, field and message of what speaks against where a request goes or comes from."""
        host = _HOST.fullmatch(headers.get("host", ""))
        if host is None or host[1].lower() not in self._hosts:
            return 421, "host", "this server answers to 127.0.0.1 and localhost alone"
        if not self._same_origin(scope, headers):
            return 403, "origin", "a page of another origin may not ask this server"
        return None

    def _refusal(
        self, scope: Scope, headers: dict[str, str], session: str
    ) -> tuple[int, str, str] | None:
        """The same of what a request lacks."""
        path, reads = scope["path"], scope["method"] in _READS
        bears = self._bears(headers)
        refusal = None if bears else _unproven(headers, session, reads)
        # whether a form holds an update, only who reads it can tell
        scope[TRUSTED] = refusal is None and (not reads or bears)
        private = path == "/api" or path.startswith("/api/") or self._closed
        return refusal if private or not (reads or path == "/sparql") else None

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
        return kind.lower() == "bearer" and self.sessions.is_token(token.strip())

    def _session(self, scope: Scope, headers: dict[str, str]) -> str:
        """The session of a request; empty if there is none."""
        ours = _cookie_name(scope, headers)
        # what other servers of this host set is passed over, whatever it looks like
        pairs = (pair.partition("=") for pair in headers.get("cookie", "").split(";"))
        found = (value.strip() for name, _, value in pairs if name.strip() == ours)
        return next(filter(self.sessions.knows, found), "")


def _headers(scope: Scope) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1"), value.decode("latin-1")
        found[name] = f"{found[name]}; {text}" if name == "cookie" and name in found else text
    return found


def _unproven(headers: dict[str, str], session: str, reads: bool) -> tuple[int, str, str] | None:
    if not session:
        return 401, "token", "load the page again and give the token that `waygraph serve` printed"
    if not reads and "x-waygraph" not in headers:
        return 403, "x-waygraph", "a request that writes needs the header X-Waygraph"
    return None


def _code(scope: Scope, headers: dict[str, str]) -> str:
    """The code in an address that is opened, not merely looked at before."""
    if scope["method"] != "GET" or "prefetch" in headers.get("sec-purpose", ""):
        return ""
    code: str = parse_qs(scope["query_string"].decode("latin-1")).get("code", [""])[0]
    return code


def _gives_token(scope: Scope, headers: dict[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return scope["method"] == "POST" and kind == "application/x-www-form-urlencoded"


async def _given_token(receive: Receive) -> str:
    form, more = b"", True
    while more and len(form) <= _FORM:
        message = await receive()
        form += message.get("body", b"")
        more = message.get("more_body", False)
    said: str = parse_qs(form[:_FORM].decode("latin-1")).get("token", [""])[0]
    return said.strip()


def _cookie(scope: Scope, headers: dict[str, str], session: str) -> bytes:
    """The header that sets a session's cookie; empty if there is no session."""
    if not session:
        return b""
    secure = "; Secure" if scope["scheme"] == "https" else ""
    name = _cookie_name(scope, headers)
    said = f"{name}={session}; Path=/; Max-Age={IDLE}; HttpOnly; SameSite=Strict{secure}"
    return said.encode("latin-1")


def _cookie_name(scope: Scope, headers: dict[str, str]) -> str:
    """Cookies do not tell ports apart, so their names do; a forwarded port has its own host."""
    if scope["scheme"] == "https":
        return "__Host-waygraph"
    return "waygraph-" + (headers.get("host", "").rpartition(":")[2] or "80").strip("]")


def _secured(message: Message) -> list[tuple[bytes, bytes]]:
    there = {name for name, _ in message.get("headers", ())}
    cached = [] if b"cache-control" in there else [(b"cache-control", b"no-store")]
    return [*(pair for pair in HEADERS if pair[0] not in there), *cached]
