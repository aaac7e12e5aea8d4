"""What may be connected to: public addresses, and what the user allows by name.

A name is judged by the addresses it leads to, after it was resolved, and those very
addresses are what is connected to: whoever answers the next question about the name
otherwise (DNS rebinding) changes nothing. A second check stands where sockets are made.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from waygraph.read.web.urls import BadAddress, parsed

# The special-purpose registries of IANA, in our own words: the standard library's tables
# change from version to version, and an answer must not.
_SPECIAL_4 = tuple(
    (kind, IPv4Network(network))
    for kind, network in (
        ("an unspecified", "0.0.0.0/8"),
        ("a private", "10.0.0.0/8"),
        ("a shared", "100.64.0.0/10"),
        ("a loopback", "127.0.0.0/8"),
        ("a cloud host's", "168.63.129.16/32"),
        ("a link-local", "169.254.0.0/16"),
        ("a private", "172.16.0.0/12"),
        ("a reserved", "192.0.0.0/24"),
        ("a reserved", "192.0.2.0/24"),
        ("a reserved", "192.88.99.0/24"),
        ("a private", "192.168.0.0/16"),
        ("a reserved", "198.18.0.0/15"),
        ("a reserved", "198.51.100.0/24"),
        ("a reserved", "203.0.113.0/24"),
        ("a multicast", "224.0.0.0/4"),
        ("a reserved", "240.0.0.0/4"),
    )
)
# What is not listed and not in 2000::/3 is reserved.
_SPECIAL_6 = tuple(
    (kind, IPv6Network(network))
    for kind, network in (
        ("an unspecified", "::/128"),
        ("a loopback", "::1/128"),
        ("a reserved", "2001::/23"),
        ("a reserved", "2001:db8::/32"),
        ("a reserved", "3fff::/20"),
        ("a private", "fc00::/7"),
        ("a link-local", "fe80::/10"),
        ("a private", "fec0::/10"),
        ("a multicast", "ff00::/8"),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Above 1024, but of other protocols; browsers refuse these as well.
_BAD_PORTS = frozenset(
    int(port)
    for port in "1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 "
    "6679 6697 10080".split()
)

Address = IPv4Address | IPv6Address
AddressInfo = tuple[int, int, int, str, tuple]  # type: ignore[type-arg]


class Refused(BadAddress):
    """An address that may not be fetched, and why."""


def special(address: str | Address) -> str:
    """The kind of an address that is not public ("a loopback"), empty for a public one.

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) is judged by itself.
    """
    found = ip_address(address) if isinstance(address, str) else address
    if isinstance(found, IPv4Address):
        return next((kind for kind, network in _SPECIAL_4 if found in network), "")
    inner = _embedded(found)
    if inner is not None:
        return special(inner)
    kind = next((kind for kind, network in _SPECIAL_6 if found in network), "")
    return kind or ("" if found in _GLOBAL_6 else "a reserved")


def _embedded(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


class Guard:
    """Says which addresses may be fetched.

    ``allowed`` lifts the rules about ports and addresses (never those about schemes and
    credentials) for hosts by name: ``localhost``, ``127.0.0.1``, ``[::1]:8080``,
    ``wiki.intern:8443``. Without a port an entry is for all ports.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(_entry(name) for name in allowed)

    def check(self, url: str) -> URL:
        """The address taken apart, if it may be fetched as far as it shows by itself.

        Where its host name leads is for the ``GuardedResolver`` to judge.

        Raises:
            BadAddress: it is no address of a page.
            Refused: it holds a password, names a special address or an odd port.
        """
        found = parsed(url)
        if found.raw_user is not None or found.raw_password is not None:
            raise Refused("the address holds a user name or a password")
        host, port = found.raw_host or "", found.port or 0
        if self.lifts(host, port):
            return found
        if port not in (80, 443) and (port < 1024 or port in _BAD_PORTS):
            raise Refused(f"port {port} is not one that web pages are served from")
        if ":" in host or host.replace(".", "").isdigit():
            self._check_literal(host)
        return found

    def _check_literal(self, host: str) -> None:
        try:
            kind = special(host.partition("%")[0])
        except ValueError:
            raise Refused(f"{host} is not the usual way to write an address") from None
        if kind:
            raise Refused(f"{host} is {kind} address")

    def lifts(self, host: str, port: int) -> bool:
        """Whether the user allowed this host and port by name."""
        name = host.lower().rstrip(".")
        return (name, port) in self._allowed or (name, 0) in self._allowed


def _entry(text: str) -> tuple[str, int]:
    """``host:port`` as a pair; port 0 stands for all."""
    name = text.strip().lower()
    if name.count(":") == 1 or name.startswith("["):
        host, _, port = name.rpartition(":") if not name.endswith("]") else (name, "", "")
        return host.strip("[]").rstrip("."), int(port) if port.isdigit() else 0
    return name.rstrip("."), 0


class GuardedResolver(AbstractResolver):
    """Resolves names, drops what may not be connected to, and keeps to its first answer.

    ``under`` does the resolving. An answer holds for the life of this object, that is for
    one run.
    """

    def __init__(self, guard: Guard, under: AbstractResolver) -> None:
        self._guard = guard
        self._under = under
        self._pinned: dict[tuple[str, int, int], list[ResolveResult]] = {}
        self._lifted: set[tuple[str, int]] = set()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of ``host`` that may be connected to, at least one.

        Raises:
            Refused: the name leads nowhere but to special addresses.
            OSError: the name leads nowhere.
        """
        key = (host, port, int(family))
        if key not in self._pinned:
            found = await self._under.resolve(host, port, family)
            # another question about the same name may have been answered meanwhile
            self._pinned.setdefault(key, self._permitted(host, port, found))
        return self._pinned[key]

    def _permitted(self, host: str, port: int, found: list[ResolveResult]) -> list[ResolveResult]:
        if not found:
            raise OSError(None, "the name has no address")
        if self._guard.lifts(host, port):
            self._lifted.update((result["host"], port) for result in found)
            return found
        kinds = [special(result["host"].partition("%")[0]) for result in found]
        kept = [result for result, kind in zip(found, kinds, strict=True) if not kind]
        if not kept:
            raise Refused(f"{host} leads to {found[0]['host']}, {kinds[0]} address")
        return kept

    def open_socket(self, info: AddressInfo) -> socket.socket:
        """A socket for one address: the last place where a wrong one is stopped.

        Raises:
            Refused: the address is special and no name that leads to it was allowed.
        """
        family, kind, proto, _, (host, port, *_) = info
        bare = host.partition("%")[0]
        lifted = (host, port) in self._lifted or self._guard.lifts(bare, port)
        if not lifted and (what := special(bare)):
            raise Refused(f"{host} is {what} address")
        return socket.socket(family, kind, proto)

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._under.close()
