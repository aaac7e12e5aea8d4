"""Curating in the page, days and the ingest; every test changes the workspace, none the sample."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.app.web.page.conftest import Go, Server, Shot
from waygraph.app.decisions import decide
from waygraph.config import Workspace

pytestmark = pytest.mark.slow


def in_force(server: Server) -> list[str]:
    """The statements of the decisions in force."""
    return [one["statement"] for one in server.api("/decisions")["items"]]


def confirm(page: Page) -> None:
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".outcome")).to_contain_text("Decided")


def test_the_effect_on_paths_is_shown_before_a_decision_is_written(
    page: Page, go: Go, server: Server, shot: Shot
) -> None:
    go("curate", tab="decide", verb="require")
    page.get_by_role("combobox", name="Concept", exact=True).fill("graph")
    page.get_by_role("combobox", name="What it requires").fill("binary heap")
    page.get_by_label("Why").fill("to see it")
    page.get_by_role("button", name="Show the effect").click()
    effect = page.get_by_role("region", name="Effect of the decision")
    expect(effect.locator("[aria-busy]")).to_have_count(0, timeout=60_000)
    expect(effect.get_by_role("heading", name="Path to graph")).to_be_visible()
    expect(effect.locator(".differs").first).to_have_text("binary heap")
    shot("effect")
    before = in_force(server)
    page.keyboard.press("Escape")
    expect(effect).to_have_count(0)
    assert in_force(server) == before
    page.get_by_role("button", name="Show the effect").click()
    confirm(page)
    assert set(in_force(server)) - set(before) == {'require graph "binary heap"'}
    server.api("/undo", {})


def test_questions_are_answered_by_keys(page: Page, go: Go, server: Server) -> None:
    first, second, third = server.api("/review?limit=3")["items"]
    go("curate")
    question = page.locator(".question h2")
    expect(question).to_have_text(first["text"] + "?")
    expect(page.locator(".question mark").first).to_be_visible()
    page.get_by_role("checkbox", name="Show the effect").uncheck()
    page.keyboard.press("s")
    expect(question).to_have_text(second["text"] + "?")
    page.keyboard.press("n")
    expect(question).to_have_text(third["text"] + "?")
    assert second["no"]["statement"] in in_force(server)
    page.keyboard.press("u")
    expect(question).to_have_text(second["text"] + "?")
    assert second["no"]["statement"] not in in_force(server)


def test_questions_are_answered_by_mouse(page: Page, go: Go, server: Server, shot: Shot) -> None:
    first = server.api("/review?limit=1")["items"][0]
    go("curate")
    page.get_by_role("button", name=re.compile("^Yes")).click()
    confirm(page)  # who is sure need not wait for the effect
    expect(page.locator(".question h2")).not_to_have_text(first["text"] + "?")
    assert first["yes"]["statement"] in in_force(server)
    shot("review")
    page.get_by_role("button", name=re.compile("^Undo the last")).click()
    expect(page.locator(".outcome")).to_contain_text("Taken back")
    expect(page.locator(".question h2")).to_have_text(first["text"] + "?")


@pytest.mark.parametrize(
    ("verb", "fields", "terms", "statement"),
    [
        ("merge", ("One name", "Another name of the same"), ("edge", "link"), "merge edge link"),
        (
            "split", ("One name", "The name of something else"), ("heuristic", "heuristics"),
            "split heuristic heuristics",
        ),
        ("rename", ("Concept", "Its new name"), ("SPARQL", "asking"), "rename SPARQL asking"),
    ],
)  # fmt: skip
def test_names_are_merged_split_and_renamed_and_that_is_undone(
    page: Page,
    go: Go,
    server: Server,
    verb: str,
    fields: tuple[str, str],
    terms: tuple[str, str],
    statement: str,
) -> None:
    go("curate", tab="decide")
    page.get_by_role("combobox", name="Decision", exact=True).select_option(verb)
    for name, term in zip(fields, terms, strict=True):
        page.get_by_role("combobox", name=name, exact=True).fill(term)
    page.get_by_label("Why").fill("for the test")
    page.get_by_role("button", name="Show the effect").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".outcome, .fault").first).to_contain_text("Decided")
    made = server.api("/decisions")["items"]
    assert (statement, "for the test") in [(one["statement"], one["why"]) for one in made]
    go("curate", tab="decisions")
    page.get_by_role("button", name=f"Undo {statement}").click()
    expect(page.get_by_role("button", name=f"Undo {statement}")).to_have_count(0)
    assert statement not in in_force(server)


def test_what_is_known_is_written_down(page: Page, go: Go, server: Server) -> None:
    go("concept", label="node")
    page.get_by_role("button", name="I know this").click()
    expect(page.locator(".actions")).to_contain_text("the next ingest applies it")
    assert "know node" in in_force(server)
    server.api("/undo", {})


def test_a_decision_that_cannot_be_says_why(page: Page, go: Go) -> None:
    go("curate", tab="decide", verb="know")
    page.get_by_role("combobox", name="Concept", exact=True).fill("no note names this")
    page.get_by_role("button", name="Show the effect").click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert").first).to_contain_text("no note names this")


def test_two_peoples_decisions_are_compared(
    page: Page, go: Go, place: Workspace, shot: Shot
) -> None:
    labels = ("Turtle", "memory", "Parallelism", "operator")
    rulings = {"Ada": "accept accept reject reject", "Bo": "accept reject reject reject"}
    for who, verdicts in rulings.items():
        for verb, label in zip(verdicts.split(), labels, strict=True):
            decide(place, verb, label, who=who, why=f"as {who} sees it")
    go("curate", tab="agreement")
    page.get_by_role("combobox", name="One", exact=True).select_option("Ada")
    page.get_by_role("combobox", name="The other", exact=True).select_option("Bo")
    page.get_by_role("button", name="Compare").click()
    figures = page.locator(".figures")
    expect(figures).to_contain_text("0.50")  # observed 3/4, by chance 1/2
    expect(figures).to_contain_text("3 of 4")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("reject · memory")
    shot("agreement")


def test_each_day_says_what_it_added(page: Page, go: Go, server: Server, shot: Shot) -> None:
    days = server.api("/days")["items"]
    go("days")
    rows = page.locator(".timeline > li")
    expect(rows).to_have_count(len(days))
    expect(page.locator(".chart rect")).to_have_count(len(days))
    rows.nth(1).locator("summary").click()
    expect(rows.nth(1).locator(".chips li")).to_have_count(len(days[1]["concepts"]))
    shot("days")
    rows.nth(1).get_by_role("link", name=days[1]["documents"][0]).click()
    expect(page.locator(".source .line").first).to_be_visible()


def test_an_ingest_is_watched_and_another_cancelled(
    page: Page, go: Go, server: Server, place: Workspace, shot: Shot
) -> None:
    note = place.root / "data" / "notes" / "day-098.md"
    note.write_text("# Day 98\n\nA heuristic is a kind of estimate.\n", encoding="utf-8")
    go("days")
    expect(page.locator(".timeline")).not_to_contain_text("Day 98")
    page.get_by_role("button", name="Ingest the notes").click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()
    told = page.locator("#job .told")
    expect(told).to_have_text(re.compile(r"\d+ of \d+"), timeout=30_000)
    seen = told.inner_text()
    shot("ingest")
    go("concept", label="heuristic")  # it goes on, and stays in sight
    expect(page.locator("#job")).to_contain_text("1 read", timeout=90_000)
    assert re.search(r"a second|\d s", seen)
    go("days")
    expect(page.locator(".timeline")).to_contain_text("Day 98")
    note.unlink()
    page.get_by_role("button", name="Ingest the notes").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job")).to_contain_text("Cancelled", timeout=30_000)
    assert server.api("/jobs")["items"][0]["state"] == "cancelled"
