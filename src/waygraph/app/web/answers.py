"""Answers that are made before the application is asked: errors, and the door for people."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Send

_DOOR = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>waygraph</title>
<meta name="viewport" content="width=device-width"></head><body>
<h1>waygraph</h1>
<p role="status">{said}</p>
<form method="post"><p><label>Token <input name="token" type="password" required autofocus
autocomplete="current-password"></label> <button>Open</button></p></form>
<p>It is what <code>waygraph serve</code> printed as it began, or what <code>WAYGRAPH_TOKEN</code>
holds there. <a href="/">Open the page</a> if this browser has been let in.</p>
</body></html>
"""


async def tell(send: Send, status: int, field: str, message: str) -> None:
    """Answer with an error, in the form that all have."""
    said = {"error": {"field": field, "message": message, "hint": "", "nearest": []}}
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 413:
        headers.append((b"connection", b"close"))  # the rest of it is not waited for
    await _send(send, status, headers, json.dumps(said).encode())


async def show_door(send: Send, said: str) -> None:
    """Answer with a form that takes the token and begins a session."""
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        # else the browser would name no origin as it sends the form
        (b"referrer-policy", b"same-origin"),
    ]
    await _send(send, 401, headers, _DOOR.format(said=escape(said)).encode())


async def lead_in(send: Send) -> None:
    """Lead to the page."""
    await _send(send, 303, [(b"location", b"/")], b"")


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
