"""Looking around: the neighbourhood in WebGL, growing, filtered, and smooth when it is large."""

from __future__ import annotations

import statistics
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.web.page.conftest import Go, Server, Shot, opened, picture, serving, to

pytestmark = pytest.mark.slow

# Where a concept is drawn, in pixels of the window.
_PLACE = """(iri) => {
  const stage = document.querySelector('.stage-gl');
  const { x, y } = stage.renderer.graphToViewport(stage.renderer.getGraph().getNodeAttributes(iri));
  const box = stage.getBoundingClientRect();
  return [box.x + x, box.y + y];
}"""
_NODES = "document.querySelector('.stage-gl').renderer.getGraph().nodes()"
_ARCS = "document.querySelector('.stage-gl').renderer.getGraph().mapEdges((_, arc) => arc.relation)"
# Notes when each frame is drawn.
_WATCH = """() => {
  window.frames = [];
  const note = (now) => { window.frames.push(now); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""


def test_a_neighbourhood_grows_where_one_clicks(
    page: Page, go: Go, server: Server, shot: Shot
) -> None:
    go("explore", iri="heuristic", limit=12)
    before = page.evaluate(_NODES)
    assert len(before) == 12
    expect(page.locator(".told")).to_contain_text("12 concepts")
    expect(page.locator(".told")).to_contain_text("there is more")
    iri = next(iri for iri in before if iri.endswith("/a-star-search"))
    page.locator(".stage-gl").scroll_into_view_if_needed()
    page.wait_for_timeout(1500)  # it settles
    page.mouse.click(*page.evaluate(_PLACE, iri))
    expect(page.locator(".side h2")).to_have_text("A* search")
    expect(page.locator(".told")).not_to_contain_text("12 concepts")
    after = page.evaluate(_NODES)
    assert set(before) < set(after)
    assert len(after) < server.api("/status")["concepts"] / 2
    shot("explore")


def test_it_is_all_in_a_list_that_keys_reach(page: Page, go: Go) -> None:
    go("explore", iri="heuristic", limit=10)
    page.get_by_text("As a list").press("Enter")
    named = page.locator(".drawn-list li")
    expect(named).to_have_count(10)
    named.nth(3).get_by_role("button").focus()
    label = named.nth(3).get_by_role("button").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".side h2")).to_have_text(label)
    expect(named).not_to_have_count(10)


def test_filters_by_relation_confidence_and_day(page: Page, go: Go, server: Server) -> None:
    go("explore", iri="heuristic", limit=200)
    told = page.locator(".told")
    everything = page.evaluate(_ARCS)
    page.get_by_text("Filters").click()
    for name in ("broader", "partOf", "related", "uses"):
        page.get_by_role("checkbox", name=name).uncheck()
    wanted = server.api("/neighbourhood?iri=heuristic&relation=requires")
    expect(told).to_contain_text(f"{len(wanted['nodes'])} concepts")
    assert set(page.evaluate(_ARCS)) == {"requires"} < set(everything)
    page.get_by_role("slider", name="At least so sure").fill("0.8")
    wanted = server.api("/neighbourhood?iri=heuristic&relation=requires&confidence=0.8")
    expect(told).to_contain_text(f"{len(wanted['nodes'])} concept")
    expect(told).to_contain_text(f"{len(wanted['arcs'])} relation")
    page.get_by_role("combobox", name="Day", exact=True).select_option("20")
    asked = "/neighbourhood?iri=heuristic&relation=requires&confidence=0.8&day=20"
    expect(told).to_contain_text(f"{len(server.api(asked)['nodes'])} concept")


def test_five_thousand_concepts_are_drawn_smoothly(
    browser: Browser,
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(checkout / "scripts"))
    from search_graphs import synthetic_workspace
    from waygraph.app.ask import open_store

    large = synthetic_workspace(tmp_path, 6000)
    with open_store(large, None, write=True):
        pass  # the page asks it for days
    with serving(large) as server, opened(browser, server) as page:
        to(page, "explore", iri="concept 17", hops=6, limit=5000)
        expect(page.locator(".told")).to_contain_text("5,000 concepts", timeout=20_000)
        page.locator(".stage-gl").scroll_into_view_if_needed()
        box = page.locator(".stage-gl").bounding_box()
        assert box
        x, y = box["x"] + 30, box["y"] + 30
        page.evaluate(_WATCH)
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(40):
            page.mouse.move(x + 5 * step, y + 3 * step)
        times = [b - a for a, b in pairwise(page.evaluate("window.frames"))]
        page.mouse.up()
        picture(page, "explore-5000", tmp_path)
    told = f"median {statistics.median(times):.0f} ms, most {max(times):.0f} ms"
    print(f"{len(times)} frames while 5,000 concepts are moved: {told}")
    # drawn by software, on a shared machine, and still laid out: a graphics card gives far more
    assert len(times) > 10
    assert statistics.median(times) < 100, told
