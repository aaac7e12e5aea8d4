"""For everyone: axe finds no serious fault in any view, keys reach all, and a phone has room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.web.page.conftest import Server, opened, picture, to
from waygraph.app.web.server import PAGE

pytestmark = pytest.mark.slow
AXE = PAGE.parent / "node_modules" / "axe-core" / "axe.min.js"
VIEWS: list[tuple[str, dict[str, str]]] = [
    ("", {}),
    ("search", {"q": "heuristic"}),
    ("concept", {"label": "heuristic"}),
    ("document", {"address": "data/articles/heuristic.md", "line": "11"}),
    ("path", {"goal": "A* search", "from": "binary heap", "alternatives": "1"}),
    ("path", {"goal": "heuristik"}),
    ("replay", {"goal": "A* search", "from": "graph"}),
    ("explore", {"iri": "heuristic"}),
    ("curate", {}),
    ("curate", {"tab": "decide"}),
    ("curate", {"tab": "decisions"}),
    ("curate", {"tab": "agreement"}),
    ("days", {}),
]
_RUN = """() => axe.run(document, { resultTypes: ['violations'] }).then((found) =>
  found.violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => [one.id, ...one.nodes.map((node) => node.failureSummary + node.html)]))"""


def faults(page: Page) -> Any:
    """What axe finds that is serious or critical."""
    return page.evaluate(_RUN)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(
    browser: Browser, server: Server, tmp_path: Path, theme: str
) -> None:
    found = {}
    with opened(browser, server, color_scheme=theme) as page:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for number, (view, params) in enumerate(VIEWS):
            to(page, view, **params)
            if problems := faults(page):
                found[f"{view} {params}"] = problems
            picture(page, f"view-{number:02}-{view or 'start'}-{theme}", tmp_path)
        page.get_by_role("combobox", name="Search concepts").fill("gra")
        expect(page.get_by_role("option").first).to_be_visible()
        if problems := faults(page):
            found["search as one types"] = problems
    assert found == {}


def test_a_phone_shows_every_view_without_scrolling_sideways(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    with opened(browser, server, viewport={"width": 360, "height": 740}, has_touch=True) as page:
        for number, (view, params) in enumerate(VIEWS):
            to(page, view, **params)
            beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert beyond <= 0, (view, params)
            picture(page, f"view-{number:02}-{view or 'start'}-phone", tmp_path)


def test_a_path_is_asked_for_with_keys_alone(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Path", exact=True)).to_be_focused()
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Learning path")
        expect(page.get_by_role("main")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.type("A* search")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        expect(page.locator(".plan > li").last).to_contain_text("A* search")
        drawn = page.locator(".path-drawing [role=button]").last
        drawn.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".plan > li").last.locator("blockquote")).to_be_visible()


def test_views_say_where_one_is(browser: Browser, server: Server) -> None:
    with opened(browser, server) as page:
        to(page, "days")
        expect(page).to_have_title("Days · waygraph")
        expect(page.get_by_role("status")).to_have_text("Days · waygraph")
        expect(page.get_by_role("link", name="Days", exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        page.go_back()
        expect(page).to_have_title("Start · waygraph")
