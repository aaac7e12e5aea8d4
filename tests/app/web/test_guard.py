"""Nobody but who was let in, the token's holder and this machine's programs gets anything."""

from __future__ import annotations

import pytest
from httpx2 import Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from waygraph.app.web.guard import POLICY, TRUSTED, Guard
from waygraph.app.web.sessions import CODE_MINUTES, IDLE, Sessions

TOKEN = "a-token-of-the-guard"
HERE = "127.0.0.1:8765"


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"reached {request.scope[TRUSTED]}")


class Clock:
    """Seconds that pass as they are told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Knows a session called ``session`` besides those that are begun."""
    made = Sessions(TOKEN, clock)
    with monkeypatch.context() as patched:
        patched.setattr("secrets.token_urlsafe", lambda _: SESSION)
        assert made.prove(TOKEN) == SESSION
    return made


@pytest.fixture
def client(sessions: Sessions) -> TestClient:
    route = Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"])
    guarded = Guard(Starlette(routes=[route]), sessions, ["codespace.example"])
    return TestClient(guarded, base_url=f"http://{HERE}", follow_redirects=False)


@pytest.fixture
def closed(sessions: Sessions) -> TestClient:
    route = Route("/{path:path}", answer, methods=["GET", "POST"])
    guarded = Guard(Starlette(routes=[route]), sessions, closed=True)
    return TestClient(guarded, base_url=f"http://{HERE}", follow_redirects=False)


SESSION = "a-session"
COOKIE = {"cookie": f"waygraph-8765={SESSION}"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# What servers at other ports of this host may have set.
FOREIGN = '{"a": "b; c", "d": [1, "=]"}; prefs={"x":1,"y":"{"}; =; ;; é=ü; waygraph-8765=old'
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
    ("GET", "/api/status", {"cookie": f"waygraph-9999={SESSION}"}, 401),
    ("GET", "/api/status", {"cookie": f"waygraph-8765={TOKEN}"}, 401),  # it is in no cookie
    ("GET", "/api/status", {"cookie": FOREIGN}, 401),
    ("GET", "/api/status", {"cookie": f"{FOREIGN}; waygraph-8765={SESSION}"}, 200),
    ("GET", "/api/status", {"cookie": f"waygraph-8765={SESSION}; {FOREIGN}"}, 200),
    ("GET", "/api/status", {"cookie": "waygraph-8765=\xff"}, 401),
    ("GET", "/api/status?token=" + TOKEN, {}, 401),
    ("GET", "/api/status?code=" + SESSION, {}, 401),
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


def cookie_of(found: Response) -> str:
    """The session that an answer sets; its cookie is for this site alone."""
    name, _, said = found.headers["set-cookie"].partition("=")
    session, _, rest = said.partition(";")
    assert name == "waygraph-8765"
    assert rest == f" Path=/; Max-Age={IDLE}; HttpOnly; SameSite=Strict"
    assert session != TOKEN
    return session


def test_a_code_lets_one_browser_in_and_stays_nowhere(
    client: TestClient, sessions: Sessions
) -> None:
    code = sessions.code()
    found = client.get(f"/?code={code}", headers=BROWSER)
    assert (found.status_code, found.headers["location"]) == (303, "/")
    assert code not in str(found.headers)
    assert len(cookie_of(found)) >= 24
    assert client.get("/api/status").status_code == 200  # the client kept it
    # who reloads the link is let in; another is not, nor by the session's name
    assert client.get(f"/?code={code}").headers["location"] == "/"
    client.cookies.clear()
    for used in (code, cookie_of(found)):
        again = client.get(f"/?code={used}", headers=BROWSER)
        assert again.status_code == 401
        assert "set-cookie" not in again.headers


def test_a_code_is_not_spent_by_looking_at_it(client: TestClient, sessions: Sessions) -> None:
    code = sessions.code()
    assert client.head(f"/?code={code}").status_code != 303
    client.get(f"/?code={code}", headers={"sec-purpose": "prefetch;prerender", **BROWSER})
    assert client.get(f"/api/status?code={code}").status_code == 401
    assert client.get(f"/?code={code}", headers=EVIL).status_code == 403
    assert client.get(f"/?code={code}").status_code == 303


def test_a_code_and_a_session_grow_old(
    client: TestClient, sessions: Sessions, clock: Clock
) -> None:
    late = sessions.code()
    clock.now += 60 * CODE_MINUTES + 1
    assert client.get(f"/?code={late}").status_code == 401
    client.get(f"/?code={sessions.code()}")
    for _ in range(3):  # each use makes it last
        clock.now += IDLE - 1
        assert client.get("/api/status").status_code == 200
        assert cookie_of(client.get("/"))
    clock.now += IDLE + 1
    assert client.get("/api/status").status_code == 401
    client.get(f"/?code={sessions.code()}")
    for _ in range(30):  # but not for ever
        clock.now += IDLE - 1
        client.get("/api/status")
    assert client.get("/api/status").status_code == 401


def test_only_so_many_sessions_are_kept(sessions: Sessions) -> None:
    first = sessions.prove(TOKEN)
    others = [sessions.prove(TOKEN) for _ in range(200)]
    assert not sessions.knows(first)
    assert sum(map(sessions.knows, others)) == 100
    assert sessions.knows(others[-1])


@pytest.mark.parametrize("server", ["client", "closed"])
def test_a_person_without_a_session_is_asked_for_the_token(
    server: str, request: pytest.FixtureRequest
) -> None:
    client: TestClient = request.getfixturevalue(server)
    door = client.get("/", headers=BROWSER)
    assert door.status_code == 401
    assert '<form method="post">' in door.text
    # else the browser's Origin would be "null"
    assert door.headers["referrer-policy"] == "same-origin"
    own = {**FORM, "origin": f"http://{HERE}"}
    wrong = client.post("/", content="token=guess", headers=own)
    assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
    other = client.post("/", content=f"token={TOKEN}", headers={**FORM, **EVIL})
    assert other.status_code == 403
    long = client.post("/", content="x=" + "y" * 5000 + f"&token={TOKEN}", headers=own)
    assert long.status_code == 401
    right = client.post("/", content=f"token={TOKEN}", headers=own)
    assert (right.status_code, right.headers["location"]) == (303, "/")
    borne = {"cookie": f"waygraph-8765={cookie_of(right)}"}
    assert client.get("/api/status", headers=borne).status_code == 200
    assert client.get("/", headers=BROWSER).text.startswith("reached")


def test_a_forwarded_port_has_a_cookie_of_its_host_alone(sessions: Sessions) -> None:
    route = Route("/{path:path}", answer)
    guarded = Guard(Starlette(routes=[route]), sessions, ["codespace.example"])
    client = TestClient(guarded, base_url="https://codespace.example", follow_redirects=False)
    said = client.get(f"/?code={sessions.code()}").headers["set-cookie"]
    assert said.startswith("__Host-waygraph=")
    assert said.endswith("; Path=/; Max-Age=172800; HttpOnly; SameSite=Strict; Secure")
    assert client.get("/api/status").status_code == 200


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


def test_beyond_loopback_the_printed_address_lets_in(
    closed: TestClient, sessions: Sessions
) -> None:
    assert closed.get("/?code=other").status_code == 401
    entered = closed.get(f"/?code={sessions.code()}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert closed.get("/").status_code == 200  # by the cookie that was set
