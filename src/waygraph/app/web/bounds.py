"""What one request may take: bytes of its body, and, with all others, the server's memory.

An answer is handed on in slices, each when the one before has been taken. So who reads slowly, or
not at all, keeps its place, of which there are few for each kind of work: no more answers lie in
memory than there are places. ``HEAD`` is here too: it is whatever ``GET`` is, without the body.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from waygraph.app.web.answers import tell

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A body holds so many bytes at most: a long list of labels; of another's decisions more.
BODY = 1 << 20
_BODIES = {"/api/agreement": 8 << 20}
_SLICE = 1 << 16
# So many requests of a kind are answered at once; one waits so many seconds for its turn.
_WORK = ("/api/path", "/api/trace", "/api/compare", "/api/neighbourhood", "/api/bridge",
         "/api/export", "/api/days", "/api/review", "/api/agreement", "/id/")  # fmt: skip
_PLACES = {"work": 6, "sparql": 32, "other": 32}
_PATIENCE = 30.0


class Bounded:
    """ASGI middleware that bounds what requests take."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = {kind: asyncio.Semaphore(most) for kind, most in _PLACES.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request within its bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _BODIES.get(scope["path"], BODY)
        much = f"the body holds more than {limit:,} bytes"
        said = next((v for name, v in scope["headers"] if name == b"content-length"), b"0")
        if said.isdigit() and int(said) > limit:
            await tell(send, 413, "body", much)
            return
        left, ended = limit, False

        async def counted() -> Message:
            nonlocal left
            if ended:
                return {"type": "http.disconnect"}
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, much)
            return message

        async def sliced(message: Message) -> None:
            nonlocal ended
            body, more = message.get("body", b""), message.get("more_body", False)
            if message["type"] != "http.response.body":
                await send(message)
            elif scope["method"] == "HEAD":
                if not ended:
                    ended = True
                    await send({"type": message["type"], "body": b""})
            else:
                for start in range(0, max(len(body), 1), _SLICE):
                    piece = body[start : start + _SLICE]
                    rest = more or start + _SLICE < len(body)
                    await send({"type": message["type"], "body": piece, "more_body": rest})

        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        async with AsyncExitStack() as place:
            if kind := _kind(scope["path"]):
                try:
                    async with asyncio.timeout(_PATIENCE):
                        await place.enter_async_context(self._places[kind])
                except TimeoutError:
                    await tell(send, 503, "", "others are being answered; ask again in a while")
                    return
            await self._app(asked, counted, sliced)


def _kind(path: str) -> str:
    """The kind of work that a request is; none if it may take minutes, and little memory."""
    if path.startswith(("/api/jobs", "/api/ingest", "/api/preview")):
        return ""
    if path.startswith("/sparql"):
        return "sparql"
    return "work" if path.startswith(_WORK) else "other"
