"""A page as fetching gives it, and how to get it from the archive alone."""

from __future__ import annotations

from dataclasses import dataclass

from waygraph.errors import ReadError
from waygraph.model import Failure
from waygraph.read.web.archive import Archive
from waygraph.read.web.reply import Reply
from waygraph.read.web.verdict import judge


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page.

    Attributes:
        url: the address asked for, as ``page_url`` spells it.
        final: the address at the end of all redirects.
        status: the HTTP status, 2xx.
        content_type: the header, empty if there was none.
        body: the page's bytes, decompressed.
        digest: SHA-256 of ``body`` in hex.
        fetched: when the server sent it, in UTC (``2024-02-29T12:00:00Z``).
        archived: it is the kept copy: nothing was asked, or nothing changed, or nothing came.
        warning: why a kept copy had to do although a newer one was asked for.
    """

    url: str
    final: str
    status: int
    content_type: str
    body: bytes
    digest: str
    fetched: str
    archived: bool
    warning: str = ""


def page_of(url: str, reply: Reply, *, archived: bool, warning: str = "") -> Fetched:
    """The page ``url`` with the answer that stood at the end of its redirects."""
    return Fetched(
        url=url,
        final=reply.url,
        status=reply.status,
        content_type=reply.header("content-type"),
        body=reply.body,
        digest=reply.digest,
        fetched=reply.fetched,
        archived=archived,
        warning=warning,
    )


def from_archive(url: str, archive: Archive, most: int, warning: str = "") -> Fetched | Failure:
    """The page as the archive has it, at most ``most`` redirects followed within it."""
    at, seen = url, {url}
    while True:
        try:
            reply = archive.get(at)
        except ReadError as error:
            return Failure(url, error.reason)
        if reply is None:
            step = "" if at == url else f"leads to {at}, which "
            return Failure(url, f"{step}is not in the archive")
        verdict = judge(reply)
        if verdict.reason:
            return Failure(url, verdict.reason)
        if not verdict.location:
            return page_of(url, reply, archived=True, warning=warning)
        at = verdict.location
        if at in seen:
            return Failure(url, f"redirects in a circle, at {at}")
        if len(seen) > most:
            return Failure(url, f"redirects more than {most} times")
        seen.add(at)
