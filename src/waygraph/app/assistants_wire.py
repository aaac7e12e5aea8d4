"""Every line that an assistant's program sends is answered, whatever it holds.

The protocol's library passes over a line that is no message, and over one with half a character
in it (a lone surrogate, which JSON can escape and UTF-8 cannot hold), and its sender waits for
ever. Here such a line is answered with an error, or mended before the library reads it.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from threading import Lock
from typing import IO, Any, NoReturn, cast

import anyio
from anyio.to_thread import run_sync
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server
from mcp.types import jsonrpc_message_adapter
from pydantic import ValidationError

# What JSON-RPC calls a line that is no JSON, and JSON that is no request.
_NO_JSON, _NO_REQUEST = -32700, -32600
# Nobody asks anything so long.
_LONGEST = 4 << 20


class _Wrong(Exception):
    """What a line is answered with."""

    def __init__(self, code: int, message: str, asked: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.asked = asked


class _Wire:
    """Lines in and out; those that are no requests are answered here."""

    def __init__(self, heard: IO[bytes], said: IO[bytes]) -> None:
        self._heard = heard
        self._said = said
        self._turn = Lock()

    async def __aiter__(self) -> AsyncIterator[str]:
        while line := await run_sync(self._heard.readline, _LONGEST, abandon_on_cancel=True):
            try:
                yield mended(line)
            except _Wrong as wrong:
                error = {"code": wrong.code, "message": str(wrong)}
                said = {"jsonrpc": "2.0", "id": wrong.asked, "error": error}
                await self.write(json.dumps(said) + "\n")

    async def write(self, text: str) -> None:
        """Write a whole line, whoever else writes one."""
        await run_sync(self._write, text.encode("utf-8", "replace"))

    def _write(self, line: bytes) -> None:
        with self._turn:
            self._said.write(line)
            self._said.flush()

    async def flush(self) -> None:
        """Nothing is kept back."""


def mended(line: bytes) -> str:
    """A line as the library can read it; half a character in it becomes a question mark.

    Raises:
        _Wrong: it is no message, or cannot be answered under its own id.
    """
    try:
        message = json.loads(line, parse_constant=_refuse)
        text = json.dumps(message, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        raise _Wrong(_NO_JSON, "the line is no JSON, or nested too deeply") from None
    asked = message.get("id") if isinstance(message, dict) else None
    if not isinstance(message, dict):
        raise _Wrong(_NO_REQUEST, "the line is no request")
    if "method" in message and "id" in message:
        if type(asked) not in (int, str):
            raise _Wrong(_NO_REQUEST, "an id is a text or a whole number")
        if isinstance(asked, str) and not _is_text(asked):
            raise _Wrong(_NO_REQUEST, "the id holds half a character", asked)
    text = text.encode("utf-8", "replace").decode()
    try:
        jsonrpc_message_adapter.validate_json(text, by_name=False)
    except ValidationError:
        known = asked if type(asked) in (int, str) else None
        raise _Wrong(_NO_REQUEST, "the line is no request", known) from None
    return text


def _is_text(said: str) -> bool:
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def serve(server: MCPServer[None]) -> None:
    """Answer over standard input and output until the input ends."""

    async def answer() -> None:
        # what this process starts or prints must neither take a line nor write one
        with os.fdopen(os.dup(0), "rb") as heard, os.fdopen(os.dup(1), "wb") as said:
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
            os.dup2(2, 1)
            wire = cast(Any, _Wire(heard, said))  # what the library uses of a file
            low = server._lowlevel_server  # as its own run_stdio_async does
            async with stdio_server(wire, wire) as (read, write):
                await low.run(read, write, low.create_initialization_options())

    anyio.run(answer)
