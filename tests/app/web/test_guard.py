"""Nobody but the printed address's holder and this machine's programs gets anything."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from waygraph.app.web.guard import POLICY, TRUSTED, Guard

TOKEN = "secret"
HERE = "127.0.0.1:8765"


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"reached {request.scope[TRUSTED]}")


@pytest.fixture
def client() -> TestClient:
    route = Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    guarded = Guard(Starlette(routes=[route]), TOKEN, ["codespace.example"])
    return TestClient(guarded, base_url=f"http://{HERE}", follow_redirects=False)


@pytest.fixture
def closed() -> TestClient:
    route = Route("/{path:path}", answer, methods=["GET", "POST"])
    guarded = Guard(Starlette(routes=[route]), TOKEN, closed=True)
    return TestClient(guarded, base_url=f"http://{HERE}", follow_redirects=False)


COOKIE = {"cookie": f"waygraph-8765={TOKEN}"}
BEARER = {"authorization": f"Bearer {TOKEN}"}
PAGE = {**COOKIE, "origin": f"http://{HERE}", "sec-fetch-site": "same-origin", "x-waygraph": "1"}
EVIL = {"origin": "http://evil.example", "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
PORT = {"origin": "http://127.0.0.1:3000", "sec-fetch-site": "same-site"}
LINK = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
FRAME = {**LINK, "sec-fetch-dest": "iframe"}
SCRIPT = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"}

ROWS = [
    # the host: names of loopback, and those that were given
    ("GET", "/", {}, 200),
    ("GET", "/", {"host": "localhost:8765"}, 200),
    ("GET", "/", {"host": "LOCALHOST:8765"}, 200),
    ("GET", "/", {"host": "[::1]:8765"}, 200),
    ("GET", "/", {"host": "codespace.example"}, 200),
    ("GET", "/", {"host": "evil.example:8765"}, 421),
    ("GET", "/", {"host": "127.0.0.1.evil.example:8765"}, 421),
    ("GET", "/", {"host": "evil.example:8765@127.0.0.1"}, 421),
    ("GET", "/", {"host": ""}, 421),
    ("GET", "/sparql?query=ASK%20{}", {"host": "rebound.example:8765"}, 421),
    ("GET", "/api/status", {**BEARER, "host": "rebound.example:8765"}, 421),
    # the token
    ("GET", "/api/status", {}, 401),
    ("GET", "/api", {}, 401),
    ("GET", "/api/status", COOKIE, 200),
    ("GET", "/api/status", BEARER, 200),
    ("GET", "/api/status", {"authorization": "Bearer other"}, 401),
    ("GET", "/api/status", {"authorization": f"Basic {TOKEN}"}, 401),
    ("GET", "/api/status", {"cookie": f"waygraph-9999={TOKEN}"}, 401),
    ("GET", "/api/status", {"cookie": "waygraph-8765=\xff"}, 401),
    ("GET", "/api/status?token=" + TOKEN, {}, 401),
    ("POST", "/api/decide", {}, 401),
    ("POST", "/api/decide", COOKIE, 403),  # a form of another page has no such header
    ("POST", "/api/decide", PAGE, 200),
    ("POST", "/api/decide", BEARER, 200),
    ("DELETE", "/api/jobs/1", COOKIE, 403),
    ("POST", "/", {}, 401),
    ("PUT", "/id/concept/heap", {}, 401),
    ("GET", "/id/concept/heap", {}, 200),
    ("POST", "/sparql", {}, 200),  # it may be a query; an update is refused where it is read
    # the origin, whatever is borne
    ("GET", "/api/status", {**COOKIE, **EVIL}, 403),
    ("GET", "/api/status", {**BEARER, **EVIL}, 403),
    ("GET", "/api/status", {**COOKIE, **PORT}, 403),
    ("GET", "/api/status", {**COOKIE, "origin": "null"}, 403),
    ("GET", "/api/status", {**COOKIE, **SCRIPT}, 403),
    ("GET", "/api/status", {**COOKIE, **LINK}, 403),
    ("POST", "/api/decide", {**PAGE, **EVIL}, 403),
    ("POST", "/api/decide", {**PAGE, "origin": "http://127.0.0.1"}, 403),
    ("POST", "/api/decide", {**PAGE, "origin": "http://localhost:8765"}, 403),
    ("POST", "/api/decide", {**PAGE, "origin": "https://codespace.example"}, 200),
    ("POST", "/api/decide", {**PAGE, "origin": "http://codespace.example"}, 403),
    ("POST", "/api/decide", {**PAGE, "origin": "https://other.codespace.example"}, 403),
    ("GET", "/sparql?query=ASK%20{}", EVIL, 403),
    ("GET", "/sparql?query=ASK%20{}", SCRIPT, 403),
    ("GET", "/sparql?query=ASK%20{}", LINK, 403),
    ("POST", "/sparql", EVIL, 403),
    ("OPTIONS", "/api/decide", {**EVIL, "access-control-request-method": "POST"}, 403),
    # who follows a link comes to a page, and not in a frame
    ("GET", "/", LINK, 200),
    ("GET", "/id/concept/heap", LINK, 200),
    ("GET", "/", FRAME, 403),
    ("POST", "/", {**LINK, **PAGE, "origin": "http://evil.example"}, 403),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ROWS)
def test_who_may_ask(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    found = client.request(method, path, headers=raw)
    assert found.status_code == status
    assert ("reached" in found.text) == (status == 200)
    if status != 200:
        assert set(found.json()["error"]) == {"field", "message", "hint", "nearest"}


@pytest.mark.parametrize("headers", [{}, PAGE, EVIL])
def test_every_answer_forbids_what_others_could_do_with_it(
    client: TestClient, headers: dict[str, str]
) -> None:
    found = client.get("/", headers=headers).headers
    assert found["content-security-policy"] == POLICY
    assert found["x-content-type-options"] == "nosniff"
    assert found["x-frame-options"] == "DENY"
    assert found["referrer-policy"] == "no-referrer"
    assert found["cross-origin-resource-policy"] == "same-origin"
    assert found["cache-control"] == "no-store"
    assert not [name for name in found if name.startswith("access-control-")]


def test_the_policy_runs_no_script_but_our_files() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


def test_the_printed_address_gives_a_cookie_that_only_this_site_sends(client: TestClient) -> None:
    found = client.get(f"/?token={TOKEN}")
    assert (found.status_code, found.headers["location"]) == (303, "/")
    assert found.headers["set-cookie"] == (
        f"waygraph-8765={TOKEN}; Path=/; HttpOnly; SameSite=Strict"
    )
    assert client.get("/api/status").status_code == 200  # the client kept it


def test_a_wrong_token_gives_no_cookie(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/?token=guess").headers
    assert "set-cookie" not in client.get("/other", params={"token": TOKEN}).headers


@pytest.mark.parametrize(
    ("headers", "trusted"),
    [({}, False), (COOKIE, False), (PAGE, True), (BEARER, True)],
)
def test_an_update_is_trusted_only_with_what_a_write_needs(
    client: TestClient, headers: dict[str, str], trusted: bool
) -> None:
    assert client.post("/sparql", headers=headers).text == f"reached {trusted}"


@pytest.mark.parametrize("path", ["/", "/app.js", "/id/concept/graph", "/sparql", "/api/status"])
def test_beyond_loopback_everything_needs_the_token(closed: TestClient, path: str) -> None:
    assert closed.get(path).status_code == 401
    assert closed.get(path, headers={"authorization": "Bearer other"}).status_code == 401
    assert closed.post(path, headers=COOKIE).status_code == 403
    for proof in (COOKIE, BEARER):
        assert closed.get(path, headers=proof).text == f"reached {proof is BEARER}"


def test_beyond_loopback_the_printed_address_lets_in(closed: TestClient) -> None:
    assert closed.get("/?token=other").status_code == 401
    entered = closed.get(f"/?token={TOKEN}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert closed.get("/").status_code == 200  # by the cookie that was set
