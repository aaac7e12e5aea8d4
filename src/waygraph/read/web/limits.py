"""What fetching may take, and how polite it is."""

from __future__ import annotations

from dataclasses import dataclass, fields

from waygraph import __version__
from waygraph.errors import SettingsError


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """How articles are fetched. Seconds and bytes throughout.

    Attributes:
        offline: use the archive alone, ask nobody.
        allow: hosts (``localhost``, ``wiki.intern:8443``) for which the rules about private
            addresses and ports do not hold.
        about: address of a page that says who is asking; part of the User-Agent.
        fresh: an archived page younger than this is used without asking again.
        delay: least time between two requests to one host; its robots.txt can ask for more.
        longest_delay: the most that a robots.txt can ask for.
        per_host: requests under way at one host at once.
        concurrency: requests under way at once, all hosts together.
        connect: to find a host and connect to it.
        read: longest silence of a server.
        total: for one request and its answer.
        wire_bytes: largest body as sent.
        body_bytes: largest body once decompressed.
        header_bytes: largest single header; there may be ``headers`` of them.
        headers: see ``header_bytes``.
        redirects: most redirects followed from one page, meta refresh counted.
        retries: further tries after one that may go better later (429, 5xx, timeouts).
        backoff: wait before the first further try; doubles with each.
        longest_wait: the most that is waited for before a further try, even if
            ``Retry-After`` asks for more: then the page is given up.
        backlog: results that may wait for the caller before no more is asked for.
    """

    offline: bool = False
    allow: tuple[str, ...] = ()
    about: str = "https://w3id.org/waygraph"
    fresh: float = 0.0
    delay: float = 1.0
    longest_delay: float = 30.0
    per_host: int = 2
    concurrency: int = 32
    connect: float = 10.0
    read: float = 20.0
    total: float = 60.0
    wire_bytes: int = 10_000_000
    body_bytes: int = 30_000_000
    header_bytes: int = 8_190
    headers: int = 128
    redirects: int = 10
    retries: int = 2
    backoff: float = 1.0
    longest_wait: float = 60.0
    backlog: int = 64

    def __post_init__(self) -> None:
        least = {"per_host": 1, "concurrency": 1, "backlog": 1}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and value < least.get(field.name, 0):
                raise SettingsError(f"fetching: {field.name} = {value} is too small")

    @property
    def user_agent(self) -> str:
        """What a server is told about who asks."""
        return f"waygraph/{__version__} (+{self.about})"
