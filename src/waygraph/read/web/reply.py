"""A web server's answer, fresh or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from waygraph.read.web.urls import BadAddress, joined

# Statuses after which the same question may be answered better later.
_RETRIED = frozenset((408, 425, 429, 500, 502, 503, 504))


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer to one request.

    ``headers`` stand as sent, in order; ``body`` is decompressed; ``fetched`` is the time
    in UTC, to the second (``2024-02-29T12:00:00Z``).
    """

    url: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched: str

    def header(self, name: str) -> str:
        """The first header of that name (in lower case), empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def digest(self) -> str:
        """SHA-256 of the body in hex."""
        return sha256(self.body).hexdigest()

    @property
    def media_type(self) -> str:
        """The bare type in lower case (``text/html``), empty if the server names none."""
        return self.header("content-type").partition(";")[0].strip().lower()

    @property
    def retried(self) -> bool:
        """Whether the same question may be answered better later."""
        return self.status in _RETRIED

    @property
    def said(self) -> str:
        """The status in words: ``HTTP 404 Not Found``."""
        return f"HTTP {self.status} {self.reason}".rstrip()

    @property
    def location(self) -> str:
        """The page that a redirect leads to, empty if this is none or leads to no page."""
        target = self.header("location")
        if not (300 <= self.status < 400 and target):
            return ""
        try:
            return joined(self.url, target)
        except BadAddress:
            return ""

    def retry_after(self) -> float | None:
        """Seconds that ``Retry-After`` asks to wait, None if it is absent or broken."""
        value = self.header("retry-after").strip()
        if value.isascii() and value.isdecimal():
            return float(value[:12])
        try:
            until = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
