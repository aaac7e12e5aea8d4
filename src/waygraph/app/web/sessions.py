"""Who has been let in: sessions of one run of the server, and the codes that begin them.

The token is the key to everything, so it is in no address, no cookie and no program's arguments.
A browser is opened with a code instead, good for one use within minutes, and is remembered by a
session: a random word in its cookie that only this server knows, for as long as it is used.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from waygraph.errors import WaygraphError

CODE_MINUTES = 10
# A session ends so many seconds after its last use, and after so many in any case.
IDLE = 2 * 24 * 3600
_LONGEST = 30 * 24 * 3600
# More are forgotten, the one unused for longest first.
_MOST = 100
_SHORTEST = 16


def make_token() -> str:
    """A token for one run that nobody guesses."""
    return secrets.token_urlsafe(24)


def checked_token(said: str) -> str:
    """A token that a user chose.

    Raises:
        WaygraphError: it is guessed too easily, or cannot stand in a header.
    """
    if len(said) < _SHORTEST or not re.fullmatch(r"[A-Za-z0-9._~+/=-]+", said):
        raise WaygraphError(
            f"WAYGRAPH_TOKEN is no token: it has {len(said)} characters",
            f"take {_SHORTEST} or more of A-Z a-z 0-9 . _ ~ + / = -, such as {make_token()}",
        )
    return said


@dataclass(slots=True)
class _Session:
    begun: float
    used: float


class Sessions:
    """The sessions of a server; ``clock`` tells seconds."""

    def __init__(self, token: str, clock: Callable[[], float] = time.time) -> None:
        self._token = token.encode()
        self._clock = clock
        self._codes: dict[str, float] = {}
        self._sessions: dict[str, _Session] = {}

    def code(self) -> str:
        """A code that lets one browser in, once, within ``CODE_MINUTES``."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = self._clock() + 60 * CODE_MINUTES
        return code

    def use(self, code: str) -> str:
        """The session that a code begins; empty if it was used, is too old or is none."""
        until = self._codes.pop(code, 0.0)
        return self._begin() if self._clock() <= until else ""

    def prove(self, token: str) -> str:
        """The session that the token begins; empty if it is another."""
        return self._begin() if self.is_token(token) else ""

    def is_token(self, said: str) -> bool:
        """Whether it is the token, in a time that tells nothing."""
        return compare_digest(said.encode("utf-8", "replace"), self._token)

    def knows(self, session: str) -> bool:
        """Whether a session goes on; it does so for longer by this."""
        found, now = self._sessions.get(session), self._clock()
        if found is None:
            return False
        if now - found.used > IDLE or now - found.begun > _LONGEST:
            del self._sessions[session]
            return False
        found.used = now
        return True

    def _begin(self) -> str:
        while len(self._sessions) >= _MOST:
            del self._sessions[min(self._sessions, key=lambda name: self._sessions[name].used)]
        session, now = secrets.token_urlsafe(24), self._clock()
        self._sessions[session] = _Session(now, now)
        return session
