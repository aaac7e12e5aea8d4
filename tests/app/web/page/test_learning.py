"""A learner's way through the page: search, a concept, its notes, a path, the search replayed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import waygraph
from tests.app.web.page.conftest import Go, Server, Shot, opened, picture, serving, to

pytestmark = pytest.mark.slow


def test_concepts_are_found_as_one_types_by_label(page: Page, shot: Shot) -> None:
    page.keyboard.press("/")
    search = page.get_by_role("combobox", name="Search concepts")
    expect(search).to_be_focused()
    page.keyboard.type("heu")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("heuristic")
    expect(search).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    chosen = search.get_attribute("aria-activedescendant")
    assert chosen == page.locator("[role=option][aria-selected=true]").get_attribute("id")
    shot("search")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("heuristic")


def test_concepts_are_found_by_meaning(page: Page, server: Server) -> None:
    typed = "choosing what to expand next"
    search = page.get_by_role("combobox", name="Search concepts")
    search.fill(typed)
    near = page.get_by_role("group", name="By meaning").get_by_role("option")
    near.first.wait_for(timeout=30_000)
    nearest = server.api(f"/concepts?meaning=true&q={typed.replace(' ', '+')}")["items"][0]
    expect(near.first.locator("bdi").first).to_have_text(nearest["label"])
    search.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(typed)
    expect(page.get_by_role("main").locator(".results a").first).to_have_text(nearest["label"])


def test_a_concept_with_its_evidence_leads_to_the_line_of_the_note(
    page: Page, go: Go, server: Server, shot: Shot
) -> None:
    card = server.api("/concept?label=heuristic")
    go("concept", label="heuristic")
    main = page.get_by_role("main")
    expect(main).to_contain_text(card["definition"])
    expect(main).to_contain_text("heuristic function")
    for title, linked in (("Learn first", card["requires"]), ("Leads to", card["leads_to"])):
        section = main.locator("section", has=page.get_by_role("heading", name=title))
        assert section.get_by_role("link").all_inner_texts() == [
            one["concept"]["label"] for one in linked
        ]
    relations = main.locator("section.relations > ul > li")
    first = card["relations"][0]
    expect(relations.first.locator("summary")).to_contain_text(first["reads"])
    relations.first.locator("summary").click()
    expect(relations.first.locator("blockquote")).to_have_text(first["evidence"]["text"])
    shot("concept")
    mention = card["mentions"][0]
    mentions = main.locator("section.mentions > ul > li")
    expect(mentions.first.locator("mark")).to_have_text(mention["quote"]["quote"])
    mentions.first.get_by_role("link").click()
    here = page.locator("[aria-current=true]")
    expect(here).to_have_attribute("id", f"line-{mention['quote']['line']}")
    expect(here.locator("bdi")).to_have_text(mention["context"].strip() or " ")
    expect(here).to_be_in_viewport()
    shot("document")


def test_all_relations_and_mentions_can_be_seen(page: Page, go: Go, server: Server) -> None:
    total = server.api("/concept?label=heuristic")["mentions_total"]
    assert total > 20
    go("concept", label="heuristic")
    mentions = page.locator("section.mentions")
    expect(mentions.locator("ul > li")).to_have_count(20)
    mentions.get_by_role("button", name="Show more").click()
    expect(mentions.locator("ul > li")).to_have_count(min(total, 40))


def test_a_path_is_asked_for_and_its_steps_open_their_evidence(
    page: Page, go: Go, shot: Shot
) -> None:
    go("path")
    goal = page.get_by_role("combobox", name="What to learn")
    goal.press_sequentially("A* sea")
    page.get_by_role("option").first.wait_for()
    goal.press("ArrowDown")
    goal.press("Enter")
    expect(goal).to_have_value("A* search")
    page.get_by_role("combobox", name="From", exact=True).fill("binary heap")
    page.get_by_label("Alternatives").fill("1")
    page.get_by_role("button", name="Find the path").click()
    steps = page.locator(".plan > li")
    expect(steps.first).to_contain_text("binary heap")
    expect(steps.last).to_contain_text("A* search")
    drawn = page.locator(".path-drawing [role=button]")
    assert drawn.count() == steps.count() > 3
    drawn.nth(1).click()
    evidence = steps.nth(1).locator("details")
    expect(evidence.locator("blockquote")).to_be_visible()
    expect(evidence.get_by_role("link", name=re.compile(r"\.md:\d+"))).to_be_visible()
    shot("path")
    other = page.locator(".alternatives details")
    other.locator("summary").click()
    expect(other.locator("li").last).to_contain_text("A* search")


def test_a_step_that_is_known_makes_the_plan_shrink(page: Page, go: Go) -> None:
    go("path", goal="A* search", **{"from": "binary heap"})
    steps = page.locator(".plan > li")
    before = steps.count()
    page.get_by_role("checkbox", name="I know weighted graph").click()
    expect(page.locator(".chips")).to_contain_text("weighted graph")
    # Counted when the new plan is there: in between there is none.
    expect(page.locator("main[data-shown*=known]")).to_be_visible()
    named = [steps.nth(i).locator("bdi").first.inner_text() for i in range(steps.count())]
    assert named
    assert "weighted graph" not in named
    page.get_by_role("button", name="weighted graph is not known").click()
    page.get_by_role("button", name="Find the path").click()
    expect(steps).to_have_count(before)


def test_a_step_is_ruled_on_where_the_plan_is_shown(page: Page, go: Go) -> None:
    go("path", goal="A* search")
    step = page.locator("ol.plan > li", has_text="required, your notes say so").first
    step.locator("summary").click()
    named = step.locator(".what bdi").first.inner_text()
    for ruling, said in (("Not needed", "reject"), ("Needed", "require")):
        step.get_by_role("button", name=ruling, exact=True).click()
        effect = step.get_by_role("region", name="Effect of the decision")
        expect(effect).to_contain_text(said)
        expect(effect).to_contain_text(named)
        effect.get_by_role("button", name="Leave it").click()
        expect(effect).to_have_count(0)


def test_a_path_within_minutes_says_what_it_leaves_out(page: Page, go: Go) -> None:
    go("path", goal="A* search", minutes="1")
    expect(page.get_by_role("heading", name="Left out")).to_be_visible()


def test_an_unknown_goal_is_answered_with_what_is_near(page: Page, go: Go) -> None:
    go("path", goal="hexxuriyystic")
    fault = page.get_by_role("alert")
    expect(fault).to_contain_text("hexxuriyystic")
    fault.get_by_role("button", name="heuristic", exact=True).click()
    expect(page.locator(".plan > li").last).to_contain_text("heuristic")


def test_what_is_taken_for_a_goal_is_told(page: Page, go: Go) -> None:
    go("path", goal="what is a heuristik?")
    expect(page.locator(".plan > li").last).to_contain_text("heuristic")
    expect(page.get_by_text("Taking heuristic for “what is a heuristik?”")).to_be_visible()


def test_where_no_path_leads_the_page_shows_what_would_join_the_two(
    browser: Browser, tmp_path: Path
) -> None:
    notes = {
        "heap.md": "# Binary heap\n\nA binary heap is a binary tree.\n",
        "bread.md": "# Sourdough\n\nA sourdough is a leaven.\n",
    }
    for name, text in notes.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    place = waygraph.ingest([tmp_path], tmp_path).workspace
    with serving(place) as server, opened(browser, server) as page:
        to(page, "path", **{"from": "sourdough", "goal": "binary heap"})
        fault = page.get_by_role("alert")
        expect(fault).to_contain_text("no path")
        expect(fault.get_by_role("heading", name="What would join them")).to_be_visible()
        pair = fault.get_by_role("listitem").first
        expect(pair.get_by_role("link")).to_have_count(2)
        picture(page, "bridge", tmp_path)
        pair.get_by_role("link").first.click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(re.compile("sourdough|leaven"))


@pytest.mark.parametrize(
    ("name", "suffix", "begins"),
    [
        ("Markdown", "md", "---\ngenerator: waygraph path\n---\n\n# binary heap → A"),
        ("Turtle", "ttl", "@prefix"),
        ("Anki deck", "apkg", "PK"),
    ],
)
def test_a_path_is_saved(
    page: Page, go: Go, tmp_path: Path, name: str, suffix: str, begins: str
) -> None:
    go("path", goal="A* search", **{"from": "binary heap"})
    with page.expect_download() as downloading:
        page.get_by_role("link", name=name).click()
    assert downloading.value.suggested_filename.endswith(f".{suffix}")
    file = tmp_path / "saved"
    downloading.value.save_as(file)
    assert file.read_bytes().startswith(begins.encode())
    assert suffix != "apkg" or "collection.anki2" in zipfile.ZipFile(file).namelist()


def test_two_searches_are_replayed_side_by_side(
    page: Page, go: Go, server: Server, shot: Shot
) -> None:
    question = {"goal": "A* search", "from": "graph"}
    totals = [
        server.api(f"/trace?goal=A*+search&from=graph&algorithm={name}")["total"]
        for name in ("uniform-cost", "bidirectional-a-star")
    ]
    assert totals[0] > totals[1] > 1
    go("replay", **question)
    panels = page.locator(".panel")
    expect(panels).to_have_count(2)
    expect(panels.locator(".expanded")).to_have_count(0)
    page.get_by_role("button", name="Step").click()
    expect(panels.nth(0).locator(".expanded")).to_have_count(1)
    expect(panels.nth(1).locator(".told")).to_contain_text(f"1 of {totals[1]}")
    page.get_by_label("Speed").fill("60")
    page.get_by_role("button", name="Play").click()
    for panel, total in zip(panels.all(), totals, strict=True):
        expect(panel.locator(".told")).to_contain_text(f"{total} of {total} expanded")
        expect(panel.locator(".told")).to_contain_text("(optimal)")
        expect(panel.locator(".expanded")).to_have_count(total)
    expect(panels.locator("line.on-path").first).to_be_visible()
    shot("replay")
    page.get_by_role("button", name="Back").click()
    expect(panels.nth(0).locator(".told")).to_contain_text(f"{totals[0] - 1} of {totals[0]}")
