"""Who we are to a SPARQL server: told to the server it is meant for, and to no other."""

from __future__ import annotations

import base64
import netrc
import os
from ipaddress import ip_address
from urllib.parse import SplitResult

from waygraph.errors import StoreError

USER, PASSWORD, TOKEN = "WAYGRAPH_STORE_USER", "WAYGRAPH_STORE_PASSWORD", "WAYGRAPH_STORE_TOKEN"
# The host (or host:port) that they are for; without it they are for this machine alone.
HOST = "WAYGRAPH_STORE_HOST"
# "1": they may go over a network unencrypted.
PLAIN = "WAYGRAPH_STORE_PLAIN"


def authorization(address: SplitResult) -> dict[str, str]:
    """The authorization header for an address, from the environment or ~/.netrc.

    Empty if they have nothing for its host: an address comes from settings, which may be
    somebody else's.

    Raises:
        StoreError: it would be sent over a network unencrypted.
    """
    found = _from_environment(address) or _from_netrc(address.hostname or "")
    if not found:
        return {}
    if address.scheme != "https" and not _is_here(address) and os.environ.get(PLAIN) != "1":
        raise StoreError(
            f"user, password or token would go unencrypted to {address.netloc}",
            f"name the store by https, or set {PLAIN}=1 if you trust the network between",
        )
    return {"Authorization": found}


def _from_environment(address: SplitResult) -> str:
    meant = os.environ.get(HOST, "").lower()
    ours = meant in (address.hostname, address.netloc.lower()) if meant else _is_here(address)
    if not ours:
        return ""
    if token := os.environ.get(TOKEN):
        return f"Bearer {token}"
    user = os.environ.get(USER)
    return "" if user is None else _basic(user, os.environ.get(PASSWORD, ""))


def _from_netrc(host: str) -> str:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return ""
    return _basic(found[0], found[2] or "") if found else ""


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def _is_here(address: SplitResult) -> bool:
    """Whether a host is this machine itself."""
    host = address.hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
