"""Addresses of pages: one spelling for each, and which of them name the same page."""

from __future__ import annotations

import re

from yarl import URL

from waygraph.errors import WaygraphError

LONGEST = 4_000
_HOST = re.compile(r"(?:[a-z0-9_~-]+\.)*[a-z0-9_~-]+\.?|[0-9a-f:.]*:[0-9a-f:.%a-z-]*", re.I)
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id", re.I)


class BadAddress(WaygraphError):
    """A text that is no address of a web page. ``reason`` is the message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def page_url(url: str) -> str:
    """The one spelling of a page's address: ``HTTP://E.org:80#x`` gives ``http://e.org/``.

    The fragment goes, since a server never sees it; so do default ports. International
    host names become ASCII, characters are percent-encoded where they must be.

    Raises:
        BadAddress: not absolute, neither http nor https, without a sound host name or port,
            or longer than ``LONGEST`` characters.
    """
    return str(parsed(url))


def parsed(url: str) -> URL:
    """As ``page_url``, taken apart."""
    if len(url) > LONGEST:
        raise BadAddress(f"an address of {len(url):,} characters, more than {LONGEST:,}")
    try:
        found = URL(url.strip()).with_fragment(None)
        scheme, host, port = found.scheme, found.raw_host, found.port
    except ValueError as error:
        raise BadAddress(f"not an address of a page: {error}") from None
    if scheme not in ("http", "https"):
        raise BadAddress(f"only http and https are fetched, not {scheme or 'relative addresses'}")
    if not host or not _HOST.fullmatch(host):
        raise BadAddress(f"{host!r} is no host name" if host else "the address names no host")
    if not port:
        raise BadAddress("port 0 cannot be asked")
    # "http://e.org" and "http://e.org/" are one; with_path writes the stroke
    return found.with_path("/", keep_query=True) if found.raw_path == "/" else found


def joined(base: str, target: str) -> str:
    """The page that ``target``, found on the page ``base``, leads to.

    Raises:
        BadAddress: as ``page_url``.
    """
    if len(target) > LONGEST:
        raise BadAddress(f"an address of {len(target):,} characters, more than {LONGEST:,}")
    try:
        return page_url(str(URL(base).join(URL(target.strip()))))
    except ValueError as error:
        raise BadAddress(f"not an address of a page: {error}") from None


def without_tracking(url: str) -> str:
    """The address without the parameters that only say how a reader came (``utm_…``)."""
    found = URL(url)
    kept = [part for part in found.raw_query_string.split("&") if not _is_tracking(part)]
    if len(kept) == len(found.raw_query_string.split("&")):
        return url
    bare, _, _ = url.partition("?")
    return bare + ("?" + "&".join(kept) if kept else "")


def _is_tracking(part: str) -> bool:
    return bool(_TRACKING.fullmatch(part.partition("=")[0]))


def same_site(one: str, other: str) -> bool:
    """Whether two pages have one host, give or take ``www.``."""
    first, second = ((URL(url).host or "").removeprefix("www.") for url in (one, other))
    return bool(first) and first == second
