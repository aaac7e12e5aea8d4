"""What attacks is shown as text and runs nothing; pages of other origins get and do nothing."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.web.page.conftest import (
    HOSTILE,
    HOSTILE_NOTE,
    HOSTILE_TEXT,
    TOKEN,
    Go,
    Server,
    Shot,
    opened,
    serving,
)
from waygraph.config import Workspace

pytestmark = pytest.mark.slow
# What only markup of a note could have made.
_MADE = "main :is(script, img, iframe, object, embed, b, [onload], [onerror], [href^=javascript])"


def test_a_hostile_note_is_text(page: Page, go: Go, shot: Shot) -> None:
    address = f"data/notes/{HOSTILE_NOTE}"
    go("document", address=address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    shown = page.locator(".line bdi").all_inner_texts()
    assert [line.strip() for line in shown] == [line.strip() for line in HOSTILE_TEXT.split("\n")]
    expect(page.locator(".view > p").first).to_contain_text(HOSTILE_NOTE)
    expect(page.locator(_MADE)).to_have_count(0)
    assert page.locator(".line bdi").first.evaluate("e => getComputedStyle(e).unicodeBidi") in (
        "isolate", "isolate-override", "plaintext",
    )  # fmt: skip
    shot("hostile-note")


@pytest.mark.parametrize(
    ("view", "params"),
    [
        ("concept", {"label": HOSTILE}),
        ("search", {"q": HOSTILE}),
        ("path", {"goal": HOSTILE}),
        ("path", {"goal": "A* search", "from": HOSTILE}),
        ("replay", {"goal": HOSTILE, "from": "graph"}),
        ("explore", {"iri": HOSTILE}),
        ("curate", {"tab": "decisions"}),
        ("curate", {"tab": "decide", "one": HOSTILE}),
        ("days", {}),
    ],
)
def test_a_hostile_label_is_text_in_every_view(
    page: Page, go: Go, view: str, params: dict[str, str]
) -> None:
    go(view, **params)
    if view == "days":
        page.locator(".timeline details").evaluate_all("all => all.forEach(e => e.open = true)")
    told = page.locator("main").inner_text() + "".join(
        field.input_value() for field in page.locator("main input[type=text]").all()
    )
    assert "onerror" in told
    expect(page.locator(_MADE)).to_have_count(0)
    page.locator("main").evaluate(
        "e => e.querySelectorAll('*').forEach(c => c.dispatchEvent(new Event('mouseover')))"
    )


def test_a_hostile_label_is_text_among_what_is_typed(page: Page, shot: Shot) -> None:
    page.get_by_role("combobox", name="Search concepts").fill(HOSTILE[:8])
    expect(page.get_by_role("option").filter(has_text="onerror")).to_have_count(1)
    shot("hostile-search")
    expect(page.locator("header :is(img, script)")).to_have_count(0)


def test_an_address_that_attacks_does_nothing(page: Page, go: Go) -> None:
    go("document", address="<img src=x onerror=window.hacked=1>")
    expect(page.get_by_role("alert")).to_contain_text("onerror")
    page.goto(page.url.partition("#")[0] + "#/<img src=x onerror=window.hacked=1>")
    expect(page.get_by_role("heading", level=1)).to_contain_text("From what you know")
    go("concept", iri="javascript:window.hacked=1")
    expect(page.locator(_MADE)).to_have_count(0)


def test_the_policy_allows_nothing_inline(page: Page, server: Server) -> None:
    policy = page.request.get(f"{server.address}/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    html = page.content()
    assert html.count("<script") == 1
    assert "<style" not in html
    assert " style=" not in html


def test_without_a_session_the_page_asks_for_the_token(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.address}/#/days")
    page.get_by_label("Token").fill("a guess")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("status")).to_contain_text("not its token")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Open").click()
    # to the view that was asked for
    page.locator('main[data-shown="#/days"]').wait_for(timeout=45_000)
    (cookie,) = context.cookies()
    assert TOKEN not in str(cookie)
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.evaluate("document.cookie") == ""
    # a session that has ended, as with the server that began it
    context.clear_cookies()
    page.goto(f"{server.address}/#/explore")
    expect(page.get_by_role("alert").first).to_contain_text("load the page again")
    page.reload()
    expect(page.get_by_label("Token")).to_be_visible()
    context.close()


def test_the_printed_link_leaves_nothing_in_the_history(place: Workspace, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto("about:blank")
    with serving(place) as server:
        page.goto(server.link)
        page.locator("main[data-shown]").wait_for(timeout=45_000)
        assert page.url == f"{server.address}/"
        assert page.evaluate("history.length") == 2
        assert page.evaluate("document.referrer") == ""
        names = page.evaluate("performance.getEntries().map((entry) => entry.name)")
        assert not [name for name in names if "code=" in name]
        # a second browser gets nothing by it
        other = browser.new_context()
        second = other.new_page()
        second.goto(server.link)
        expect(second.get_by_role("status")).to_contain_text("used already")
        other.close()
    context.close()


@contextmanager
def another_origin(html: str) -> Iterator[str]:
    """A server on another port with one page; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        yield str(other.server_address[1])
        other.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_page_of_another_origin_reads_and_decides_nothing(
    browser: Browser, server: Server, host: str
) -> None:
    before = server.api("/decisions?all=true")["total"]
    attack = Path(__file__).with_name("attack.html").read_text(encoding="utf-8")
    html = attack.replace("SERVER", json.dumps(server.address)).replace("TOKEN", TOKEN)
    with opened(browser, server) as page, another_origin(html) as port:
        attacker = page.context.new_page()  # the cookie of the page is in this browser
        attacker.goto(f"http://{host}:{port}/")
        expect(attacker).to_have_title(re.compile("^{"), timeout=15_000)
        told = json.loads(attacker.title())
        attacker.close()
    assert set(told.values()) == {"refused"}, told
    assert server.api("/decisions?all=true")["total"] == before


def test_a_name_that_was_bound_to_this_machine_is_refused(browser: Browser, server: Server) -> None:
    port = server.address.rpartition(":")[2]
    context = browser.new_context()
    page = context.new_page()
    for path in ("/?code=guess", "/", "/api/status", "/id/concept/heuristic", "/sparql"):
        answer = page.goto(f"http://rebound.example:{port}{path}")
        assert answer
        assert answer.status == 421, path
        assert not answer.headers.get("set-cookie")
    context.close()


def test_resources_that_attack_are_text_too(page: Page, server: Server) -> None:
    card = server.api(f"/concept?label={quote(HOSTILE)}")
    slug = card["iri"].rpartition("/")[2]
    page.goto(f"{server.address}/id/concept/{slug}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("onerror")
    expect(page.locator("img, script")).to_have_count(0)
