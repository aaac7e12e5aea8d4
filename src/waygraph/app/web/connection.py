"""Connections that do not wait for ever: for half a request, nor for who does not read.

uvicorn bounds how long a connection may lie idle between two requests, and nothing else.
"""

from __future__ import annotations

import asyncio
import time

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# So many connections are held; of those that wait for their client one gives way to the next.
MOST = 128


class Connection(H11Protocol):
    """A connection that ends when its client lets it wait.

    So many seconds are given: ``head`` for the head of a request, ``whole`` for its body, and
    ``taken`` for the next piece of an answer.
    """

    head, whole, taken = 10.0, 60.0, 30.0
    _phase = ""
    _since = 0.0
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it in; if there are too many, one that waits for its client gives way."""
        super().connection_made(transport)
        self._watch()
        if len(self.connections) > MOST:
            waiting = [c for c in self.connections if isinstance(c, Connection) and c._waits]
            longest = min(waiting, key=lambda c: c._since)  # this one waits at least
            self.connections.discard(longest)
            longest.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what it was given time for."""
        for timer in (self._deadline, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the client sends, in its time."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Give the client time to take what it is sent."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.taken, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken enough of it."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()

    @property
    def _waits(self) -> bool:
        """Whether it is the client's turn."""
        return bool(self._phase) or self.cycle is None or self.cycle.response_complete

    def _watch(self) -> None:
        """Give the client its time for what it has begun to send, from the begin of that."""
        state, phase = self.conn.their_state, ""
        if state is h11.SEND_BODY:
            phase = "body"
        elif state is h11.IDLE and (self.cycle is None or self.conn.trailing_data[0]):
            phase = "head"
        if phase == self._phase and phase:
            return
        self._phase, self._since = phase, time.monotonic()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if phase:
            seconds = self.head if phase == "head" else self.whole
            self._deadline = self.loop.call_later(seconds, self.transport.abort)
