"""Fetching, against a real server on this machine that plays the web and misbehaves."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.test_guard import PUBLIC, Names
from tests.read.web import Here, Request, Web, serving
from waygraph.errors import SettingsError, StoreError
from waygraph.model import Failure
from waygraph.read.web.archive import Archive
from waygraph.read.web.article import read_article
from waygraph.read.web.fetch import Fetched, FetchSettings, fetch
from waygraph.read.web.inflate import STEP, BadBody, Body
from waygraph.read.web.reply import Reply
from waygraph.read.web.verdict import judge

WORDS = b"A heap is a tree that keeps the least of its values in front. " * 40
PAGE = b"<!DOCTYPE html><title>Heap</title><h1>Heap</h1><p>" + WORDS + b"</p>"
QUICK = FetchSettings(
    allow=("localhost",),
    delay=0,
    connect=5,
    read=5,
    total=20,
    backoff=0.01,
    longest_wait=2,
    wire_bytes=200_000,
    body_bytes=400_000,
)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as found:
        yield found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "web") as found:
        yield found


def one(web: Web, archive: Archive, path: str, limits: FetchSettings = QUICK) -> Fetched | Failure:
    (result,) = fetch([web.url(path)], archive, limits)
    assert isinstance(result, Fetched | Failure)
    return result


def got(result: Fetched | Failure) -> Fetched:
    assert isinstance(result, Fetched), str(result)
    return result


def failed(result: Fetched | Failure) -> str:
    assert isinstance(result, Failure), result
    return result.reason


def redirect(target: str, status: int = 302) -> Callable[[Request], None]:
    return lambda request: request.send(b"", status, location=target)


# --- the plain case ---------------------------------------------------------------------


def test_a_page(web: Web, archive: Archive) -> None:
    web.pages["/heap"] = PAGE
    found = got(one(web, archive, "/heap#part"))
    assert (found.url, found.final) == (web.url("/heap"), web.url("/heap"))
    assert (found.status, found.body, found.archived, found.warning) == (200, PAGE, False, "")
    kept = archive.get(found.url)
    assert kept is not None and kept.digest == found.digest
    assert web.asked == [("localhost", "/robots.txt"), ("localhost", "/heap")]
    headers = web.seen[-1].headers
    assert headers["user-agent"].startswith("waygraph/")
    assert "(+https://w3id.org/waygraph)" in headers["user-agent"]
    assert "cookie" not in headers and "authorization" not in headers


def test_each_page_is_fetched_once_and_counted(web: Web, archive: Archive) -> None:
    web.pages["/a"] = web.pages["/b"] = PAGE
    urls = [web.url("/a#1"), web.url("/a#2"), web.url("/b"), "ftp://x/", web.url("/a")]
    steps: list[tuple[int, int]] = []
    results = list(
        fetch(iter(urls), archive, QUICK, lambda done, total: steps.append((done, total)))
    )
    assert len(results) == 3
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert sorted(web.paths()) == ["/a", "/b"]


def test_nothing_to_fetch(archive: Archive) -> None:
    assert list(fetch([], archive, QUICK)) == []
    assert list(fetch([], archive)) == []


def test_from_within_an_event_loop(web: Web, archive: Archive) -> None:
    """As in a notebook, or a web server."""
    web.pages["/a"] = PAGE

    async def caller() -> Fetched | Failure:
        return one(web, archive, "/a")

    got(asyncio.run(caller()))


def test_the_shared_articles_play_the_web(shared: Path, web: Web, archive: Archive) -> None:
    """Seventy real addresses on many hosts: fetched, asked for again, and read offline."""
    bodies: dict[str, bytes] = {}
    hosts: set[str] = set()

    def serve(body: bytes) -> Callable[[Request], None]:
        def answer(request: Request) -> None:
            tag = f'"{len(body)}"'
            if request.headers.get("if-none-match") == tag:
                request.send(b"", 304, etag=tag)
            elif "gzip" in request.headers["accept-encoding"]:
                packed = gzip.compress(body, mtime=0)
                request.send(
                    packed, etag=tag, content_encoding="gzip", content_type="text/markdown"
                )

        return answer

    for row in json.loads((shared / "articles" / "index.json").read_text(encoding="utf-8")):
        parts = urlsplit(row["urls"][0])
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = (shared / "articles" / row["file"]).read_bytes()
        hosts.add(parts.netloc)
        bodies.setdefault(web.url(path, parts.netloc), body)
        web.pages.setdefault(parts.netloc + path, serve(body))
    limits = replace(QUICK, allow=tuple(hosts), wire_bytes=10**6, body_bytes=10**6, per_host=4)

    first = {r.url: r for r in map(got, fetch(bodies, archive, limits, resolver=Here()))}
    assert {url: result.body for url, result in first.items()} == bodies
    again = [got(r) for r in fetch(bodies, archive, limits, resolver=Here())]
    assert len(again) == len(bodies)
    assert all(
        r.archived and r.body == bodies[r.url] and r.fetched == first[r.url].fetched for r in again
    )
    asked = len(web.asked)
    offline = [got(r) for r in fetch(bodies, archive, replace(limits, offline=True))]
    assert [r.digest for r in offline] == [first[r.url].digest for r in offline]
    assert len(web.asked) == asked
    assert web.asked.count(("til.simonwillison.net", "/robots.txt")) == 2  # once a run


# --- redirects --------------------------------------------------------------------------


def test_redirects_are_followed_and_kept(web: Web, archive: Archive) -> None:
    web.pages |= {
        "/1": redirect("/2", 301),
        "/2": redirect("3?x=1#y", 302),
        "/3?x=1": redirect(f"//localhost:{web.port}/4", 308),
        "/4": PAGE,
    }
    found = got(one(web, archive, "/1"))
    assert (found.url, found.final) == (web.url("/1"), web.url("/4"))
    (offline,) = fetch([web.url("/1")], archive, replace(QUICK, offline=True))
    assert got(offline) == replace(found, archived=True)


@pytest.mark.parametrize("offline", [False, True])
def test_circles_of_redirects(web: Web, archive: Archive, offline: bool) -> None:
    web.pages |= {"/1": redirect("/2"), "/2": redirect("/1"), "/self": redirect("/self")}
    for path in ("/1", "/self"):
        result = one(web, archive, path)
        if offline:
            result = one(web, archive, path, replace(QUICK, offline=True))
        assert "redirects in a circle" in failed(result)


def test_endless_redirects(web: Web, archive: Archive) -> None:
    web.pages |= {f"/{i}": redirect(f"/{i + 1}") for i in range(50)}
    assert "redirects more than 10 times" in failed(one(web, archive, "/0"))
    assert len(web.paths()) == 11
    offline = replace(QUICK, offline=True, redirects=5)
    assert "redirects more than 5 times" in failed(one(web, archive, "/0", offline))


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "a link-local address"),
        ("http://127.0.0.1:{port}/secret", "a loopback address"),
        ("http://[::1]:{port}/secret", "a loopback address"),
        ("http://[::ffff:127.0.0.1]:{port}/secret", "a loopback address"),
        ("http://2130706433:{port}/secret", "not the usual way"),
        ("http://localhost.localdomain:{port}/secret", "leads to 127.0.0.1, a loopback address"),
        ("http://user:pw@localhost:{port}/secret", "password"),
        ("file:///etc/passwd", "only http and https"),
        ("http://localhost:{port}x/", "not an address"),
    ],
)
@pytest.mark.parametrize("by", ["redirect", "refresh"])
def test_redirects_to_what_may_not_be_fetched(
    web: Web, archive: Archive, target: str, reason: str, by: str
) -> None:
    target = target.format(port=web.port)
    web.pages["/secret"] = PAGE
    if by == "redirect":
        web.pages["/a"] = redirect(target)
    else:
        web.pages["/a"] = f'<meta http-equiv=refresh content="0;url={target}">'.encode()
    (result,) = fetch([web.url("/a")], archive, QUICK, resolver=Here())
    assert reason in failed(result)
    assert web.paths("localhost") == ["/a"]
    assert {path for _, path in web.asked} == {"/robots.txt", "/a"}


def test_names_that_change_their_mind(web: Web, archive: Archive) -> None:
    """DNS rebinding. The first address is public and is never connected to in this test."""
    web.pages["/a"] = PAGE
    (result,) = fetch(
        [f"http://rebound.e.org:{web.port}/a"], archive, QUICK, resolver=Names(["127.0.0.1"])
    )
    assert "leads to 127.0.0.1, a loopback address" in failed(result)
    assert not web.asked


def test_a_name_is_resolved_once_for_robots_and_page(
    web: Web, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when robots.txt is asked for, loopback when the page is: pinned in between."""
    from waygraph.read.web.guard import GuardedResolver

    connected: list[str] = []

    def note(self: GuardedResolver, info: tuple[int, int, int, str, tuple]) -> None:  # type: ignore[type-arg]
        connected.append(info[4][0])
        raise OSError("no network in this test")

    monkeypatch.setattr(GuardedResolver, "open_socket", note)
    names = Names([PUBLIC], ["127.0.0.1"])
    limits = replace(QUICK, retries=3)
    urls = [f"http://rebound.e.org:{web.port}/{i}" for i in range(3)]
    assert all(isinstance(r, Failure) for r in fetch(urls, archive, limits, resolver=names))
    assert set(connected) == {PUBLIC}
    assert names.asked == ["rebound.e.org"]
    assert not web.asked


@pytest.mark.parametrize(
    ("age", "asked"),
    [(timedelta(hours=1), False), (timedelta(days=2), True), (timedelta(days=-400), True)],
)
def test_a_page_checked_in_the_future_is_asked_again(
    web: Web, archive: Archive, age: timedelta, asked: bool
) -> None:
    web.pages["/a"] = PAGE
    assert got(one(web, archive, "/a")).body == PAGE
    archive.confirm(web.url("/a"), f"{datetime.now(UTC) - age:%Y-%m-%dT%H:%M:%SZ}")
    web.pages["/a"] = PAGE.replace(b"<p>", b"<p>New. ")
    web.asked.clear()
    found = got(one(web, archive, "/a", replace(QUICK, fresh=86_400.0)))
    assert (b"New. " in found.body) is asked
    assert bool(web.asked) is asked


def test_meta_refresh_stubs(web: Web, archive: Archive) -> None:
    stub = b"<title>Moved</title><meta http-equiv='Refresh' content='0; URL=\"/new\"'>Moved"
    web.pages |= {"/old": stub, "/new": PAGE}
    found = got(one(web, archive, "/old"))
    assert (found.final, found.body) == (web.url("/new"), PAGE)
    assert got(one(web, archive, "/old", replace(QUICK, offline=True))).body == PAGE


@pytest.mark.parametrize(
    "head",
    [
        b"<meta http-equiv=refresh content='0;url=/self'>",  # itself
        b"<meta http-equiv=refresh content=300>",
        b"<meta http-equiv=refresh content='60;url=/new'>",  # time to read
        b"<meta http-equiv=refresh content='x;url=/new'>",
    ],
)
def test_pages_that_only_reload_are_pages(web: Web, archive: Archive, head: bytes) -> None:
    web.pages["/self"] = head + b"<title>News</title><p>Little news today.</p>"
    assert got(one(web, archive, "/self")).final == web.url("/self")


def test_a_full_page_that_refreshes_is_a_page(web: Web, archive: Archive) -> None:
    web.pages["/a"] = b"<meta http-equiv=refresh content='0;url=/b'>" + PAGE
    assert got(one(web, archive, "/a")).final == web.url("/a")


# --- pages that are none ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", "text/html", "empty"),
        (b" \n\t", "text/plain", "empty"),
        (b"<title>404 Not Found</title><p>Sorry.", "text/html", "not there: '404 Not Found'"),
        (b"<title>Site</title><h1>Page not found</h1>", "text/html", "not there"),
        (b"<title>Oops! That page can't be found.</title>", "text/html", "not there"),
        (b"<title>Seite nicht gefunden</title>", "text/html", "not there"),
        (b"<title>Sign in to Site</title><form><input type=password>", "text/html", "wall"),
        (b"<title>Log in | Site</title>Hello", "text/html", "wall"),
        (b"<title>Just a moment...</title>", "text/html", "wall"),
        (b"<title>Wiki</title><h1>Please sign in</h1>", "text/html", "wall"),
        (b"<title>Login - Wiki</title>", "text/html", "wall"),
        (b"<title>Intern</title><form><input type='Password'></form>", "text/html", "password"),
        (
            b"<title>App</title><div id=root></div><script src=x></script>",
            "text/html",
            "JavaScript",
        ),
        (b"<title>Blank</title><body></body>", "text/html", "shows no text"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            "text/plain",
            "Git LFS pointer",
        ),
        (b"\x89PNG\r\n\x1a\n", "image/png", "is image/png"),
        (b"PK\x03\x04", "application/zip", "is application/zip"),
        (b"p {}", "text/css", "is text/css"),
    ],
)
@pytest.mark.parametrize("offline", [False, True])
def test_pages_that_are_none(
    web: Web, archive: Archive, body: bytes, content_type: str, reason: str, offline: bool
) -> None:
    web.pages["/a"] = lambda request: request.send(body, content_type=content_type)
    result = one(web, archive, "/a")
    if offline:
        result = one(web, archive, "/a", replace(QUICK, offline=True))
    assert reason in failed(result)


@pytest.mark.parametrize(
    "body",
    [
        b"<title>HTTP 404</title><h1>404 Not Found</h1>" + PAGE,  # an article about it
        b"<title>How to sign in with keys</title><p>" + WORDS * 2,
        b"<title>Login shells</title><p>A login shell reads your profile.</p>",
        b"<title>Sign in a ring</title><p>The sign of a permutation.</p>",
        b"<title>CAPTCHA</title><p>A test to tell people from machines.</p>",
        b"<title>Small</title><p>A small page, but a page.</p>",
        b"<title>Found</title><p>The lost page is here. Nothing is missing.</p>",
    ],
)
def test_pages_that_only_look_like_none(web: Web, archive: Archive, body: bytes) -> None:
    web.pages["/a"] = body
    got(one(web, archive, "/a"))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 501])
def test_statuses_become_failures(web: Web, archive: Archive, status: int) -> None:
    web.pages["/a"] = lambda request: request.send(PAGE, status)
    assert failed(one(web, archive, "/a")) == f"HTTP {status} Status {status}"
    assert web.paths() == ["/a"]


# --- limits -----------------------------------------------------------------------------


def drip(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n")
    while not request.web.over.wait(0.05):
        request.raw(b"x")


def drip_headers(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\n")
    while not request.web.over.wait(0.05):
        request.raw(b"X: y\r\n")


def silence(request: Request) -> None:
    request.web.over.wait(20)
    request.hang_up()


def endless(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
    while not request.web.over.is_set():
        request.raw(b"x" * 10_000)


def endless_chunks(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not request.web.over.is_set():
        request.raw(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")


@cache
def packed_zeros(times: int) -> bytes:
    body = bytes(30_000_000)
    for _ in range(times):
        body = gzip.compress(body)
    return body


def bomb(request: Request) -> None:
    request.send(packed_zeros(1), content_encoding="gzip")


def bomb_in_a_bomb(request: Request) -> None:
    request.send(packed_zeros(2), content_encoding="gzip, gzip")


def endless_gzip(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    while not request.web.over.is_set():
        request.raw(packer.compress(bytes(100_000)) + packer.flush(zlib.Z_SYNC_FLUSH))


def large_header(request: Request) -> None:
    request.send(PAGE, x_large="y" * 20_000)


def many_headers(request: Request) -> None:
    lines = "".join(f"X-{i}: y\r\n" for i in range(5_000))
    request.raw(f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n".encode())


def endless_headers(request: Request) -> None:
    request.raw(b"HTTP/1.1 200 OK\r\n")
    while not request.web.over.is_set():
        request.raw(b"X: " + b"y" * 1_000 + b"\r\n")


def truncated(request: Request) -> None:
    request.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9999\r\n\r\n<p>half"
    )
    request.hang_up()


def truncated_gzip(request: Request) -> None:
    request.send(gzip.compress(PAGE)[:-10], content_encoding="gzip")


def garbage(request: Request) -> None:
    request.raw(b"this is no HTTP at all\r\n\r\n")
    request.hang_up()


def hangs_up(request: Request) -> None:
    request.hang_up()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (drip, "not done within 1 s"),
        (drip_headers, "not done within 1 s"),
        (silence, "sent nothing for 0.5 s"),
        (endless, "more than 200,000 bytes"),
        (endless_chunks, "more than 200,000 bytes"),
        (lambda r: r.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"), "9,999,999 bytes"),
        (bomb, "unpacks to more than 400,000 bytes"),
        (bomb_in_a_bomb, "unpacks to more than 400,000 bytes"),
        (endless_gzip, "unpacks to more than 400,000 bytes"),
        (large_header, "no sound HTTP"),
        (many_headers, "no sound HTTP"),
        (endless_headers, "no sound HTTP"),
        (truncated, "breaks off"),
        (truncated_gzip, "breaks off"),
        (lambda r: r.send(b"no gzip", content_encoding="gzip"), "compressed body is broken"),
        (lambda r: r.send(b"x", content_encoding="zork"), "'zork', which was not asked for"),
        (lambda r: r.send(b"x", content_encoding="gzip,gzip,gzip"), "3 times over"),
        (garbage, "no sound HTTP"),
        (hangs_up, "hung up"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_limits(web: Web, archive: Archive, answer: Callable[[Request], None], reason: str) -> None:
    web.pages["/a"] = answer
    limits = replace(QUICK, retries=0)
    if reason.endswith(" s"):
        limits = replace(limits, total=1, read=0.5)
    assert reason in failed(one(web, archive, "/a", limits))
    assert not archive.urls()


def test_headers_that_are_no_text_are_kept_as_they_can(web: Web, archive: Archive) -> None:
    web.pages["/a"] = lambda request: request.send(
        PAGE, etag='"\xff\xfe"', x_odd="\xe4", content_type="text/html; charset=\xff"
    )
    found = got(one(web, archive, "/a"))
    assert got(one(web, archive, "/a", replace(QUICK, offline=True))).digest == found.digest
    got(one(web, archive, "/a"))  # the odd tag is sent back without harm


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("x-gzip", gzip.compress(PAGE)),
        ("GZIP", gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:])),
        ("gzip", gzip.compress(PAGE) + b"padding"),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
        ("identity", PAGE),
        ("deflate, gzip", gzip.compress(zlib.compress(PAGE))),
    ],
)
def test_codings(web: Web, archive: Archive, coding: str, packed: bytes) -> None:
    web.pages["/a"] = lambda request: request.send(packed, content_encoding=coding)
    assert got(one(web, archive, "/a")).body == PAGE
    assert got(one(web, archive, "/a", replace(QUICK, offline=True))).body == PAGE


def test_brotli_if_there_is_one() -> None:
    brotli = pytest.importorskip("brotli", reason="brotli is not installed: br is not offered")
    body = Body("br", 10**6, 10**6)
    for byte in brotli.compress(PAGE):
        body.feed(bytes([byte]))
    assert body.finish() == PAGE
    with pytest.raises(BadBody, match="unpacks to more"):
        Body("br", 10**6, 10**6).feed(brotli.compress(bytes(10**8)))
    with pytest.raises(BadBody, match="broken"):
        Body("br", 10**6, 10**6).feed(b"no brotli at all")


@settings(max_examples=100)
@given(
    st.binary(max_size=5_000).map(lambda b: b * 40),
    st.sampled_from(["gzip", "deflate", "raw"]),
    st.integers(1, 5_000),
)
def test_bodies_unpack_whatever_the_chunks(body: bytes, coding: str, size: int) -> None:
    wbits = {"gzip": 31, "deflate": 15, "raw": -15}[coding]
    packed = zlib.compress(body, wbits=wbits)
    found = Body("gzip" if coding == "gzip" else "deflate", 10**6, 10**6)
    for at in range(0, len(packed), size):
        found.feed(packed[at : at + size])
    assert found.finish() == body


def test_unpacking_goes_in_small_steps() -> None:
    found = Body("gzip", 10**6, 10 * STEP)
    with pytest.raises(BadBody):
        found.feed(gzip.compress(bytes(10**8)))
    assert sum(map(len, found._parts)) <= 10 * STEP


# --- trying again -----------------------------------------------------------------------


def flaky(times: int, status: int, **headers: str) -> Callable[[Request], None]:
    """Fails that many times, then gives the page."""

    def answer(request: Request) -> None:
        tries = request.web.asked.count((request.host, request.path))
        if tries <= times:
            request.send(b"later", status, **headers)
        else:
            request.send(PAGE)

    return answer


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(web: Web, archive: Archive, status: int) -> None:
    web.pages["/a"] = flaky(2, status)
    got(one(web, archive, "/a"))
    assert web.paths() == ["/a"] * 3


def test_what_does_not_pass_is_given_up(web: Web, archive: Archive) -> None:
    web.pages["/a"] = flaky(9, 503)
    assert failed(one(web, archive, "/a")) == "HTTP 503 Status 503 (tried 3 times)"
    assert web.paths() == ["/a"] * 3


def test_broken_bodies_are_tried_again(web: Web, archive: Archive) -> None:
    def answer(request: Request) -> None:
        if request.web.asked.count((request.host, request.path)) == 1:
            truncated(request)
        else:
            request.send(PAGE)

    web.pages["/a"] = answer
    assert got(one(web, archive, "/a")).body == PAGE


def test_retry_after_is_honoured(web: Web, archive: Archive) -> None:
    """The host is left alone as long as it asks for, all of it."""
    times: list[float] = []

    def answer(request: Request) -> None:
        times.append(time.monotonic())
        flaky(1, 429, retry_after="1")(request)

    web.pages["/a"] = answer
    got(one(web, archive, "/a"))
    assert times[1] - times[0] >= 0.9


@pytest.mark.parametrize("value", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_long_retry_after_is_not_waited_for(web: Web, archive: Archive, value: str) -> None:
    web.pages |= {"/a": flaky(1, 429, retry_after=value), "/b": PAGE}
    limits = replace(QUICK, per_host=1)
    results = list(fetch([web.url("/a"), web.url("/b")], archive, limits))
    assert all("the server asks to come back in" in failed(result) for result in results)
    assert web.paths() == ["/a"]  # and the host is left alone


@pytest.mark.parametrize("value", ["", "-5", "soon", "1e9", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_odd_retry_after_is_no_wait(web: Web, archive: Archive, value: str) -> None:
    web.pages["/a"] = flaky(1, 503, retry_after=value)
    got(one(web, archive, "/a"))


def test_what_cannot_be_had_now_comes_from_the_archive(web: Web, archive: Archive) -> None:
    web.pages["/a"] = PAGE
    first = got(one(web, archive, "/a"))
    web.pages["/a"] = flaky(99, 503)
    kept = got(one(web, archive, "/a"))
    assert (kept.body, kept.fetched, kept.archived) == (PAGE, first.fetched, True)
    assert "503" in kept.warning and "kept copy" in kept.warning


@pytest.mark.parametrize("answer", [b"<title>Sign in</title>", b"", None])
def test_a_useless_answer_does_not_displace_a_kept_page(
    web: Web, archive: Archive, answer: bytes | None
) -> None:
    web.pages["/a"] = PAGE
    got(one(web, archive, "/a"))
    if answer is None:
        del web.pages["/a"]
    else:
        web.pages["/a"] = answer
    failed(one(web, archive, "/a"))
    assert got(one(web, archive, "/a", replace(QUICK, offline=True))).body == PAGE


# --- asking whether anything changed ----------------------------------------------------


@pytest.mark.parametrize(
    ("header", "condition", "value"),
    [
        ("etag", "if-none-match", '"v1"'),
        ("last_modified", "if-modified-since", "Thu, 01 Jan 2015 00:00:00 GMT"),
    ],
)
def test_unchanged_pages_are_not_sent_again(
    web: Web, archive: Archive, header: str, condition: str, value: str
) -> None:
    def answer(request: Request) -> None:
        if request.headers.get(condition) == value:
            request.send(b"", 304)
        else:
            request.send(PAGE, 200, **{header: value})

    web.pages["/a"] = answer
    first = got(one(web, archive, "/a"))
    again = got(one(web, archive, "/a"))
    assert (first.archived, again.archived) == (False, True)
    assert (again.body, again.digest) == (first.body, first.digest)
    entry = archive.entry(first.url)
    assert entry is not None and entry.checked >= entry.fetched


def test_changed_pages_are_sent_again(web: Web, archive: Archive) -> None:
    web.pages["/a"] = lambda request: request.send(PAGE, etag='"1"')
    got(one(web, archive, "/a"))
    web.pages["/a"] = lambda request: request.send(PAGE + b"more", etag='"2"')
    found = got(one(web, archive, "/a"))
    assert (found.body, found.archived) == (PAGE + b"more", False)
    assert web.seen[-1].headers["if-none-match"] == '"1"'


def test_unchanged_but_never_asked(web: Web, archive: Archive) -> None:
    web.pages["/a"] = lambda request: request.send(b"", 304)
    assert "nothing changed, unasked" in failed(one(web, archive, "/a"))


def test_a_damaged_copy_is_fetched_anew(web: Web, archive: Archive, tmp_path: Path) -> None:
    web.pages["/a"] = lambda request: request.send(PAGE, etag='"1"')
    found = got(one(web, archive, "/a"))
    entry = archive.entry(found.url)
    assert entry is not None
    path = tmp_path / "web" / entry.file
    path.write_bytes(path.read_bytes()[:-60])
    assert "damaged" in failed(one(web, archive, "/a", replace(QUICK, offline=True)))
    assert not got(one(web, archive, "/a")).archived
    assert "if-none-match" not in web.seen[-1].headers


def test_fresh_copies_are_not_asked_about(web: Web, archive: Archive) -> None:
    web.pages["/a"] = PAGE
    got(one(web, archive, "/a"))
    asked = len(web.asked)
    assert got(one(web, archive, "/a", replace(QUICK, fresh=3600))).archived
    assert len(web.asked) == asked
    assert not got(one(web, archive, "/a")).archived


# --- robots.txt -------------------------------------------------------------------------


def robots(text: str) -> Callable[[Request], None]:
    return lambda request: request.send(text.encode(), content_type="text/plain")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("User-agent: *\nDisallow: /private\n", False),
        ("User-agent: waygraph\nDisallow: /\n", False),
        ("User-agent: WayGraph/9\nDisallow: /\n", True),  # another product's line, as written
        ("User-agent: *\nDisallow: /\n\nUser-agent: waygraph\nAllow: /\n", True),
        ("User-agent: *\nDisallow: /*.pdf$\n", True),
        ("User-agent: other\nDisallow: /\n", True),
        ("", True),
        ("<html>404</html>", True),
        ("\ufeffUser-agent: *\nDisallow: /private\n", False),
    ],
)
def test_robots_txt(web: Web, archive: Archive, text: str, allowed: bool) -> None:
    web.pages |= {"/robots.txt": robots(text), "/private/x": PAGE}
    result = one(web, archive, "/private/x")
    if allowed:
        got(result)
        return
    assert failed(result) == "robots.txt asks not to fetch it"
    assert web.paths() == []


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_txt_allows_all(web: Web, archive: Archive, status: int) -> None:
    web.pages |= {"/robots.txt": lambda r: r.send(b"Disallow: /", status), "/a": PAGE}
    got(one(web, archive, "/a"))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_robots_txt_means_not_now(web: Web, archive: Archive, status: int) -> None:
    web.pages |= {"/robots.txt": lambda r: r.send(b"", status), "/a": PAGE, "/b": PAGE}
    results = list(fetch([web.url("/a"), web.url("/b")], archive, QUICK))
    assert all(f"HTTP {status}" in failed(r) and "robots.txt" in failed(r) for r in results)
    assert web.paths() == []
    assert len(web.asked) == 3  # the tries of one question, not one for each page


@pytest.mark.parametrize("answer", [endless, bomb, garbage, large_header])
def test_a_hostile_robots_txt_means_not_now(
    web: Web, archive: Archive, answer: Callable[[Request], None]
) -> None:
    web.pages |= {"/robots.txt": answer, "/a": PAGE}
    assert "robots.txt" in failed(one(web, archive, "/a"))
    assert web.paths() == []


def test_robots_txt_may_redirect_but_not_inside(web: Web, archive: Archive) -> None:
    web.pages |= {
        "/robots.txt": redirect("/rules"),
        "/rules": robots("User-agent: *\nDisallow: /a\n"),
        "/a": PAGE,
    }
    assert failed(one(web, archive, "/a")) == "robots.txt asks not to fetch it"
    web.pages["/robots.txt"] = redirect(f"http://127.0.0.1:{web.port}/rules")
    assert "a loopback address" in failed(one(web, archive, "/a"))


def test_robots_txt_of_the_host_that_a_redirect_leads_to(web: Web, archive: Archive) -> None:
    limits = replace(QUICK, allow=("one.test", "two.test"))
    web.pages |= {
        "one.test/a": redirect(web.url("/b", "two.test")),
        "two.test/robots.txt": robots("User-agent: *\nDisallow: /b"),
        "two.test/b": PAGE,
    }
    (result,) = fetch([web.url("/a", "one.test")], archive, limits, resolver=Here())
    assert "robots.txt asks not to fetch it" in failed(result)
    assert web.paths("two.test") == []


# --- many hosts -------------------------------------------------------------------------


def test_a_silent_host_keeps_nobody_waiting(web: Web, archive: Archive) -> None:
    """Though it has more pages than there are places, and speaks only when all else is done."""
    done = threading.Event()

    def silent(request: Request) -> None:
        done.wait(60)
        request.hang_up()

    paths = [f"/{i}" for i in range(12)]
    web.pages |= dict.fromkeys(paths, PAGE)
    web.pages["dead.test/robots.txt"] = silent
    web.pages |= {f"late.test{path}": silent for path in paths}
    names = ("dead.test", "late.test", "b.test", "localhost")
    limits = replace(QUICK, allow=names, read=60, total=60, retries=0, concurrency=4, per_host=2)
    urls = [web.url(path, host) for host in names for path in paths]
    order: list[Fetched | Failure] = []
    for result in fetch(urls, archive, limits, resolver=Here()):
        order.append(result)
        if len(order) == 24:
            done.set()
    assert len(order) == 48
    assert all(isinstance(result, Fetched) for result in order[:24]), "the live ones come first"
    assert all("hung up" in failed(result) for result in order[24:])


def test_requests_at_once_are_limited(web: Web, archive: Archive) -> None:
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def slow(request: Request) -> None:
        for change in (1, -1):  # over before the client has its answer
            with request.web.lock:
                for name in ("all", request.host):
                    busy[name] += change
                    most[name] = max(most[name], busy[name])
            if change == 1:
                request.web.over.wait(0.03)
        request.send(PAGE)

    hosts = [f"{name}.test" for name in "abcdef"]
    web.pages |= {f"/{i}": slow for i in range(5)}
    urls = [web.url(f"/{i}", host) for i in range(5) for host in hosts]
    limits = replace(QUICK, allow=tuple(hosts), concurrency=3, per_host=2)
    assert len([got(r) for r in fetch(urls, archive, limits, resolver=Here())]) == 30
    assert most["all"] <= 3
    assert all(most[host] <= 2 for host in hosts)


def test_a_host_that_asks_for_time_gets_it_alone(web: Web, archive: Archive) -> None:
    web.pages |= {f"/{i}": PAGE for i in range(4)}
    web.pages["slow.test/robots.txt"] = robots("User-agent: *\nCrawl-delay: 60\n")
    limits = replace(QUICK, allow=("slow.test", "fast.test"), longest_delay=0.5, concurrency=1)
    urls = [web.url(f"/{i}", host) for i in range(4) for host in ("slow.test", "fast.test")]
    results = [got(r).url for r in fetch(urls, archive, limits, resolver=Here())]
    assert "slow.test" in results[-1], results


def test_the_rate_of_a_host(web: Web, archive: Archive) -> None:
    """Starts are apart; only a lower bound is asserted, and a generous one."""
    times: list[float] = []

    def answer(request: Request) -> None:
        times.append(time.monotonic())
        request.send(PAGE)

    web.pages |= {f"/{i}": answer for i in range(4)}
    limits = replace(QUICK, delay=0.2, per_host=4)
    list(fetch([web.url(f"/{i}") for i in range(4)], archive, limits))
    assert times[-1] - times[0] >= 0.4


# --- the caller ends it, or is slow -----------------------------------------------------


def test_nothing_is_asked_before_it_is_wanted(web: Web, archive: Archive) -> None:
    web.pages["/a"] = PAGE
    results = fetch([web.url("/a")], archive, QUICK)
    time.sleep(0.1)
    assert not web.asked
    got(next(iter(results)))


def test_closing_the_iterator_ends_the_run(web: Web, archive: Archive) -> None:
    web.pages |= {f"/{i}": PAGE for i in range(50)}
    limits = replace(QUICK, per_host=1, delay=0.1)
    results = fetch([web.url(f"/{i}") for i in range(50)], archive, limits)
    assert len(list(islice(results, 2))) == 2
    assert hasattr(results, "close")
    results.close()
    asked = len(web.asked)
    time.sleep(0.3)
    assert len(web.asked) == asked < 50


def test_a_slow_caller_holds_the_run_back(web: Web, archive: Archive) -> None:
    web.pages |= {f"/{i}": PAGE for i in range(30)}
    limits = replace(QUICK, backlog=3, per_host=2)
    results = fetch([web.url(f"/{i}") for i in range(30)], archive, limits)
    got(next(iter(results)))
    time.sleep(0.5)
    assert len(web.paths()) <= 1 + 3 + 2
    assert len(list(results)) == 29


def test_a_full_disk_ends_the_run_with_an_error(
    web: Web, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages |= {f"/{i}": PAGE for i in range(5)}

    def full(*_: object, **__: object) -> None:
        raise StoreError("cannot write to the archive: no space left")

    monkeypatch.setattr(archive, "put", full)
    with pytest.raises(StoreError, match="no space left"):
        list(fetch([web.url(f"/{i}") for i in range(5)], archive, QUICK))


def test_an_odd_error_spoils_one_page_only(
    web: Web, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages |= {"/a": PAGE, "/b": PAGE}
    entry = archive.entry

    def odd(url: str) -> object:
        if url.endswith("/a"):
            raise RuntimeError("odd")
        return entry(url)

    monkeypatch.setattr(archive, "entry", odd)
    results = list(fetch([web.url("/a"), web.url("/b")], archive, QUICK))
    assert sorted(type(result).__name__ for result in results) == ["Failure", "Fetched"]
    assert any("RuntimeError: odd" in str(result) for result in results)


# --- offline, settings ------------------------------------------------------------------


def test_offline_asks_nobody(web: Web, archive: Archive) -> None:
    web.pages |= {"/a": PAGE, "/moved": redirect("/gone")}
    got(one(web, archive, "/a"))
    failed(one(web, archive, "/moved"))
    asked = len(web.asked)
    offline = replace(QUICK, offline=True)
    assert got(one(web, archive, "/a", offline)).archived
    assert failed(one(web, archive, "/b", offline)) == "is not in the archive"
    assert failed(one(web, archive, "/moved", offline)) == "HTTP 404 Status 404"
    assert len(web.asked) == asked


@pytest.mark.parametrize("change", [{"concurrency": 0}, {"delay": -1}, {"per_host": 0}])
def test_settings_that_make_no_sense(change: dict[str, int]) -> None:
    with pytest.raises(SettingsError, match=next(iter(change))):
        FetchSettings(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url", ["http://user:pw@localhost/", "http://10.0.0.1/", "http://localhost:22/x", "x", ""]
)
def test_refused_addresses_are_failures(archive: Archive, url: str) -> None:
    (result,) = fetch([url], archive, replace(QUICK, allow=()), resolver=Names(["127.0.0.1"]))
    failed(result)


# --- what an answer is ------------------------------------------------------------------


@settings(max_examples=200)
@given(
    st.integers(100, 599),
    st.binary(max_size=200),
    st.lists(
        st.tuples(
            st.sampled_from(["Location", "Content-Type", "Retry-After", "Refresh"]),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from(
                    ["text/html", "//x", "http://[", "9" * 400, "text/html; charset=x"]
                ),
            ),
        ),
        max_size=3,
    ),
)
def test_any_answer_is_judged(status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
    reply = Reply("http://e.org/", status, "", tuple(headers), body, "")
    verdict = judge(reply)
    assert not (verdict.location and verdict.reason)
    wait = reply.retry_after()
    assert wait is None or wait >= 0


def test_a_wrong_charset_is_read_all_the_same(web: Web, archive: Archive) -> None:
    text = "<title>Größe</title><h1>Größe</h1><p>" + "Für jede Größe ein Maß. " * 20 + "</p>"
    web.pages["/a"] = lambda request: request.send(
        text.encode(), content_type="text/html; charset=iso-8859-1"
    )
    found = got(one(web, archive, "/a"))
    document = read_article(found.final, found.body, found.content_type).document
    assert document.title == "Größe"
    assert "Für jede Größe ein Maß." in document.text
