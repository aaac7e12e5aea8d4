"""The guard: nothing private is connected to, whatever a URL, a name or a redirect says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from waygraph.errors import WaygraphError
from waygraph.read.web.guard import Guard, GuardedResolver, Refused, special
from waygraph.read.web.limits import FetchSettings
from waygraph.read.web.transfer import open_session
from waygraph.read.web.urls import BadAddress, joined, page_url, same_site, without_tracking

PUBLIC = "93.184.216.34"


class Names(AbstractResolver):
    """A resolver that gives its answers one after the other, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass


def resolved(resolver: GuardedResolver, host: str = "e.org", port: int = 80) -> list[str]:
    return [result["host"] for result in asyncio.run(resolver.resolve(host, port))]


# --- addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        (PUBLIC, ""),
        ("127.0.0.1", "a loopback"),
        ("127.255.255.254", "a loopback"),
        ("0.0.0.0", "an unspecified"),
        ("10.1.2.3", "a private"),
        ("172.16.0.1", "a private"),
        ("172.31.255.255", "a private"),
        ("172.32.0.1", ""),
        ("192.168.1.1", "a private"),
        ("169.254.169.254", "a link-local"),
        ("100.100.100.200", "a shared"),
        ("168.63.129.16", "a cloud host's"),
        ("192.0.0.192", "a reserved"),
        ("198.18.0.1", "a reserved"),
        ("224.0.0.1", "a multicast"),
        ("255.255.255.255", "a reserved"),
        ("2606:4700::1111", ""),
        ("::", "an unspecified"),
        ("::1", "a loopback"),
        ("fe80::1", "a link-local"),
        ("fec0::1", "a private"),
        ("fd00:ec2::254", "a private"),
        ("ff02::1", "a multicast"),
        ("2001:db8::1", "a reserved"),
        ("2001:0:1::1", "a reserved"),
        ("5f00::1", "a reserved"),
        ("::7f00:1", "a reserved"),
        # an IPv4 address inside
        ("::ffff:127.0.0.1", "a loopback"),
        (f"::ffff:{PUBLIC}", ""),
        ("64:ff9b::7f00:1", "a loopback"),
        ("64:ff9b::5db8:d822", ""),
        ("64:ff9b:1::5db8:d822", "a reserved"),
        ("2002:7f00:1::", "a loopback"),
        ("2002:a9fe:a9fe::1", "a link-local"),
        ("2002:5db8:d822::1", ""),
    ],
)
def test_special_addresses(address: str, kind: str) -> None:
    assert special(address) == kind


@given(st.ip_addresses(v=4))
def test_public_is_never_what_python_calls_private(address: object) -> None:
    import ipaddress

    assert isinstance(address, ipaddress.IPv4Address)
    if not special(address):
        assert address.is_global
        assert not (address.is_private or address.is_loopback or address.is_link_local)
        assert not (address.is_multicast or address.is_reserved or address.is_unspecified)


# --- URLs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "ftp://e.org/x",
        "file:///etc/passwd",
        "gopher://e.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "//e.org/x",
        "x/y",
        "",
        "http://",
        "http:///x",
        "http://a b/",
        "http://a..b/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%00.e.org/",
        "http://e.org\\@127.0.0.1/",
        "http://[::1/",
        "http://e.org:0/",
        "http://e.org:99999/",
        "http://e.org/" + "x" * 5_000,
        # credentials
        "http://user@e.org/",
        "http://user:secret@e.org/",
        "http://:@e.org/",
        # ports
        "http://e.org:22/",
        "http://e.org:25/",
        "http://e.org:6667/",
        # addresses, in all spellings
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://①②⑦.0.0.1/",
        "http://127。0。0。1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[::]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1:8080/",
    ],
)
def test_refused_urls(url: str) -> None:
    with pytest.raises(BadAddress) as caught:
        Guard().check(url)
    assert isinstance(caught.value, WaygraphError)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://e.org/",
        "https://e.org:8443/x?y=1#z",
        "http://bücher.de/",
        f"http://{PUBLIC}/",
        "http://[2606:4700::1111]/",
        "http://localhost/",  # a name: where it leads is judged when it is resolved
    ],
)
def test_permitted_urls(url: str) -> None:
    assert str(Guard().check(url)) == page_url(url)


@pytest.mark.parametrize(
    ("allowed", "url", "lifted"),
    [
        ("127.0.0.1", "http://127.0.0.1/", True),
        ("127.0.0.1", "http://127.0.0.1:8080/", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8080/", True),
        ("127.0.0.1:8080", "http://127.0.0.1:8081/", False),
        ("[::1]:8080", "http://[::1]:8080/", True),
        ("[::1]", "http://[::1]:8080/", True),
        ("::1", "http://[::1]/", True),
        ("LOCALHOST.", "http://localhost:9/", True),
        ("10.0.0.1", "http://10.0.0.2/", False),
        ("e.org", "http://e.org.:22/", True),
    ],
)
def test_allow_list(allowed: str, url: str, lifted: bool) -> None:
    guard = Guard([allowed])
    if lifted:
        guard.check(url)
        return
    with pytest.raises(Refused):
        guard.check(url)


@pytest.mark.parametrize("url", ["http://u:p@127.0.0.1/", "file://127.0.0.1/x"])
def test_allow_list_lifts_neither_credentials_nor_schemes(url: str) -> None:
    with pytest.raises(BadAddress):
        Guard(["127.0.0.1"]).check(url)


def test_urls_have_one_spelling() -> None:
    same = ["HTTP://E.org:80", "http://e.org/#top", " http://e.org/ ", "http://e.org/./"]
    assert {page_url(url) for url in same} == {"http://e.org/"}
    assert page_url("http://e.org?a=b#c") == "http://e.org/?a=b"
    assert page_url("https://e.org/ä b") == "https://e.org/%C3%A4%20b"
    assert joined("https://e.org/a/b?q", "../c#d") == "https://e.org/c"
    assert without_tracking("https://e.org/?utm_source=x&a=1&fbclid=2") == "https://e.org/?a=1"
    assert without_tracking("https://e.org/?utm_source=x") == "https://e.org/"
    assert without_tracking("https://e.org/?a=%2B&b") == "https://e.org/?a=%2B&b"
    assert same_site("https://www.e.org/x", "http://e.org/")
    assert not same_site("https://evil.org/", "https://e.org/")


@given(st.text(max_size=40))
def test_any_text_is_a_page_or_refused(text: str) -> None:
    for url in (text, "http://" + text, "http://e.org/" + text):
        try:
            found = page_url(url)
        except BadAddress:
            continue
        assert page_url(found) == found


# --- names ------------------------------------------------------------------------------


def test_names_that_lead_inside_are_refused() -> None:
    with pytest.raises(Refused, match=r"e\.org leads to 127\.0\.0\.1, a loopback address"):
        resolved(GuardedResolver(Guard(), Names(["127.0.0.1", "::1"])))


def test_only_public_addresses_of_a_name_are_kept() -> None:
    names = Names(["10.0.0.1", PUBLIC, "::1", "::ffff:192.168.0.1", "2606:4700::1111"])
    assert resolved(GuardedResolver(Guard(), names)) == [PUBLIC, "2606:4700::1111"]


def test_allowed_names_may_lead_inside() -> None:
    resolver = GuardedResolver(Guard(["wiki.intern:8080"]), Names(["10.0.0.1"]))
    assert resolved(resolver, "wiki.intern", 8080) == ["10.0.0.1"]
    with pytest.raises(Refused):
        resolved(resolver, "wiki.intern", 80)


def test_the_first_answer_holds() -> None:
    """DNS rebinding: a public address at first, a loopback one for the connection."""
    names = Names([PUBLIC], ["127.0.0.1"])
    resolver = GuardedResolver(Guard(), names)
    assert resolved(resolver) == resolved(resolver) == [PUBLIC]
    assert names.asked == ["e.org"]


def test_a_later_answer_is_judged_anew() -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    assert resolved(GuardedResolver(Guard(), names)) == [PUBLIC]
    with pytest.raises(Refused):
        resolved(GuardedResolver(Guard(), names))


# --- sockets ----------------------------------------------------------------------------


def info(address: str, port: int) -> tuple[int, int, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


def test_no_socket_for_an_unchecked_address() -> None:
    resolver = GuardedResolver(Guard(["wiki.intern", "127.0.0.1:81"]), Names(["10.0.0.1"]))
    for address, port in (("127.0.0.1", 80), ("10.0.0.1", 80), ("::1", 80)):
        with pytest.raises(Refused):
            resolver.open_socket(info(address, port))
    resolved(resolver, "wiki.intern", 80)
    for address, port in (("10.0.0.1", 80), ("127.0.0.1", 81), (PUBLIC, 80)):
        resolver.open_socket(info(address, port)).close()
    with pytest.raises(Refused):  # allowed for that port only
        resolver.open_socket(info("10.0.0.1", 22))


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses for which a socket was wanted; none is made, so nothing is sent."""
    wanted: list[str] = []
    checked = GuardedResolver.open_socket

    def note(self: GuardedResolver, info: tuple[int, int, int, str, tuple]) -> socket.socket:  # type: ignore[type-arg]
        checked(self, info).close()
        wanted.append(info[4][0])
        raise OSError("no network in this test")

    monkeypatch.setattr(GuardedResolver, "open_socket", note)
    yield wanted


def test_the_connection_goes_to_the_address_that_was_checked(connected: list[str]) -> None:
    names = Names([PUBLIC], ["127.0.0.1"])

    async def twice() -> None:
        async with open_session(FetchSettings(), Guard(), names) as session:
            for _ in range(2):
                with pytest.raises(aiohttp.ClientConnectorError):
                    await session.get("http://e.org/", allow_redirects=False)

    asyncio.run(twice())
    assert connected == [PUBLIC, PUBLIC]
    assert names.asked == ["e.org"]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://[::1]/", "http://e.org/"])
def test_the_session_itself_refuses(connected: list[str], url: str) -> None:
    """Even if nobody checked the URL: literal addresses never pass through a resolver."""

    async def once() -> None:
        names = Names(["127.0.0.1"])
        async with open_session(FetchSettings(), Guard(), names) as session:
            await session.get(url, allow_redirects=False)

    with pytest.raises(Refused):
        asyncio.run(once())
    assert not connected
