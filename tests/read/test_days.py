"""Days and dates: every hint is kept, one wins, and what does not exist loses with a warning."""

from __future__ import annotations

import datetime
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.read.checks import check, read
from waygraph.calendar_names import is_day_name
from waygraph.labels import topic
from waygraph.model import Document, Hint
from waygraph.read.days import dates, days, named_date
from waygraph.read.note import read_source

# --- what a text names ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-02-29", ["2024-02-29"]),
        ("on 2023/4/5, at 10:00", ["2023-04-05"]),
        ("2023.04.05 start", ["2023-04-05"]),
        ("2023_04_05", ["2023-04-05"]),
        ("2023-04-31", ["2023-04-31!does not exist"]),
        ("2023-13-01", ["2023-13-01!does not exist"]),
        ("April 5, 2023", ["2023-04-05"]),
        ("Apr. 5th 2023", ["2023-04-05"]),
        ("5 April 2023", ["2023-04-05"]),
        ("the 5th of april, 2023", ["2023-04-05"]),
        ("February 30", ["February 30!does not exist"]),
        ("30 Feb 2023", ["30 Feb 2023!does not exist"]),
        ("February 29", ["--02-29!names no year"]),
        ("May 45", []),
        ("24.12.2023", ["2023-12-24"]),
        ("24/12/2023", ["2023-12-24"]),
        ("12/24/2023", ["2023-12-24"]),
        ("5/5/2023", ["2023-05-05"]),
        ("5/4/2023", ["5/4/2023!may mean either day or month first"]),
        ("2023-04-05 – 2023-04-12", ["2023-04-05/2023-04-12"]),
        ("2023-04-05 to 2023-04-12", ["2023-04-05/2023-04-12"]),
        ("2023-04-05/2023-04-12", ["2023-04-05/2023-04-12"]),
        ("2023-04-12 – 2023-04-05", ["2023-04-12", "2023-04-05"]),
        ("April 5–12, 2023", ["2023-04-05/2023-04-12"]),
        ("5th – 12th April 2023", ["2023-04-05/2023-04-12"]),
        ("April 28 – May 4, 2023", ["2023-04-28/2023-05-04"]),
        ("April 25–31, 2023", ["2023-04-25"]),
        ("12.3.4 and 1.2.2023.4", []),
        ("version 1.2.3, 23-04-05", []),
        ("marching 5 mayors", []),
        ("lundi 18 mars 2024", ["2024-03-18"]),
        ("Montag, 18. März 2024", ["2024-03-18"]),
        ("18 de marzo de 2024", ["2024-03-18"]),
        ("1er mai 2024 et 2 juin 2024", ["2024-05-01", "2024-06-02"]),
        ("2 giugno 2024, 3 de junho de 2024, 4 juni 2024",
         ["2024-06-02", "2024-06-03", "2024-06-04"]),
        ("Mär 18th, 2024", ["2024-03-18"]),
        ("2024-Mar-18", ["2024-03-18"]),
        ("2024-W12", ["2024-03-18/2024-03-24"]),
        ("Week 12, 2024", ["2024-03-18/2024-03-24"]),
        ("2024-W12-3", ["2024-03-20"]),
        ("2023-W53", ["2023-W53!does not exist"]),
        ("31 février 2024", ["31 février 2024!does not exist"]),
        ("12 out of 2020, 7 set, Mars 3", []),
    ],
)  # fmt: skip
def test_dates(text: str, found: list[str]) -> None:
    said = dates(text)
    assert [s.value + (f"!{s.problem}" if s.problem else "") for s in said] == found
    assert all(0 <= s.start < s.end <= len(text) for s in said)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("23-04-05-start", ["2023-04-05"]),
        ("22-10-28-100-Days copy", ["2022-10-28"]),
        ("23_4_5", ["2023-04-05"]),
        ("20230405", ["2023-04-05"]),
        ("202304051230 zettel", ["2023-04-05"]),
        ("20230405T123000", ["2023-04-05"]),
        ("23-02-30", ["23-02-30!does not exist"]),
        ("16.11.24", ["16.11.24!may mean any of 2016-11-24, 2024-11-16"]),
        ("16.11.24 heaps", ["16.11.24!may mean any of 2016-11-24, 2024-11-16"]),
        ("16/11/24", ["16/11/24!may mean any of 2016-11-24, 2024-11-16"]),
        ("10/11/12", ["10/11/12!may mean any of 2010-11-12, 2012-10-11, 2012-11-10"]),
        ("11/16/24", ["2024-11-16"]),
        ("45.11.24", ["2045-11-24"]),
        ("16.11.45", ["2045-11-16"]),
        ("11.11.11", ["2011-11-11"]),
        ("31.02.30", ["31.02.30!does not exist"]),
        ("16.11.24.3", []),
        ("16-11-24", ["2016-11-24"]),
        ("3.11.24", []),
        ("10-20-30", []),
        ("20239999", []),
        ("version-1.2.3", []),
    ],
)
def test_dates_in_names(text: str, found: list[str]) -> None:
    said = dates(text, loose=True)
    assert [s.value + (f"!{s.problem}" if s.problem else "") for s in said] == found


FORMS = ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%Y/%m/%d"]


@given(st.dates(min_value=datetime.date(1000, 1, 1)), st.sampled_from(FORMS))
def test_every_date_is_found(one: datetime.date, form: str) -> None:
    assert [s.value for s in dates(f"On {one.strftime(form)}: x")] == [one.isoformat()]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Day 12: x", ["12"]),
        ("Graph Compute, Day 14 -- y", ["14"]),
        ("22-12-31-Day000", ["0"]),
        ("x_Day012", ["12"]),
        ("day-1-setting-up", ["1"]),
        ("Days 3–5", ["3/5"]),
        ("Day 3-5", ["3/5"]),
        ("Day 3 to Day 5", ["3/5"]),
        ("Day 3 - 10 tips", ["3"]),
        ("Day 5 - 3 tips", ["5"]),
        ("Day 2 and Day 4", ["2/4"]),
        ("100 Days of learning", []),
        ("the first 30 days 2023", []),
        ("Birthday 13", []),
        ("day 123456", []),
        ("a day in 2023", []),
        ("Day 2023-04-05", []),
        ("the lesson from Day 1", []),
    ],
)
def test_days(text: str, found: list[str]) -> None:
    assert [s.value for s in days(text)] == found


@settings(max_examples=300)
@given(st.text("0123456789-–/. DaystoaprilfebofMay,&_\n", max_size=60))
def test_any_text_names_some(text: str) -> None:
    for said in (*dates(text), *dates(text, loose=True), *days(text)):
        assert 0 <= said.start < said.end <= len(text)
        assert said.value


LONG = ["1" * 50_000, "1-" * 30_000, "day " * 20_000, "may 1 " * 10_000, "2023-04-05 " * 5_000,
        " " * 50_000 + "day 1", "1 - " * 20_000]  # fmt: skip


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:9].strip())
def test_long_texts_are_quick(text: str) -> None:
    dates(text, loose=True)
    days(text)


# --- which hint wins --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2024_03_18", "2024-03-18"),
        ("Mon 18 Mar 2024", "2024-03-18"),
        ("Mar 18th, 2024", "2024-03-18"),
        ("18.03.2024", "2024-03-18"),
        ("2024-03-18 (Monday)", "2024-03-18"),
        ("mercredi 1er mai 2024", "2024-05-01"),
        ("sexta-feira, 1 de março de 2024", "2024-03-01"),
        ("vrijdag 1 maart 2024", "2024-03-01"),
        ("2024-W12", "2024-03-18"),
        ("KW 12 2024", "2024-03-18"),
        ("March 2024", ""),
        ("2024-Q1", ""),
        ("Freitag", ""),
        ("Mon 18 Mar", ""),
    ],
)
def test_names_of_days(name: str, date: str) -> None:
    assert is_day_name(name)
    assert named_date(name) == date
    note = read_source(f"journals/{name}.md", b"- x")
    assert (note.page, topic(note)[0]) == (False, "")


@pytest.mark.parametrize(
    "name",
    ["Mars 2020", "Mars 3", "Sun", "May", "March", "Friday the horse", "W3C", "2024 election",
     "Gen 3", "Sunday roast", "Week", "12 monkeys", "Heaps on Mon 18 Mar 2024"],
)  # fmt: skip
def test_what_only_looks_like_a_day(name: str) -> None:
    assert not is_day_name(name)
    assert named_date(name) == ""


def verdicts(document: Document, kind: str) -> list[tuple[str, str, str]]:
    return [(h.value, h.origin, h.verdict) for h in document.hints if h.kind == kind]


@pytest.mark.parametrize(
    ("text", "address", "date", "warnings"),
    [
        ("---\ndate: 2024-02-29\n---\n", "n.md", "2024-02-29", ()),
        ("---\ndate: 2024-01-02T10:00:00Z\n---\n", "2023-01-01.md", "2024-01-02", ()),
        ("---\ncreated: 2024-01-03\ndate: 2024-01-02\n---\n", "n.md", "2024-01-02", ()),
        ("---\nday: 2024-01-03\n---\n", "n.md", "2024-01-03", ()),
        ("---\ndate: 2023-04-31\n---\n", "n.md", "",
         ("line 2: the date 2023-04-31 does not exist",)),
        ("---\na: b\ndate: 2023-04-31\n---\n", "2023-05-01-x.md", "2023-05-01",
         ("line 3: the date 2023-04-31 does not exist",)),
        ("---\ndate: February 30, 2023\n---\n", "n.md", "",
         ("line 2: the date February 30, 2023 does not exist",)),
        ("---\ndate: soon\n---\n", "n.md", "", ("line 2: the date soon is no date",)),
        ("---\ndate: '23_4_5'\n---\n", "n.md", "2023-04-05", ()),
        ("---\ndate: 1681344000000\n---\n", "n.md", "2023-04-13", ()),
        ("---\ndate: 1681344000\n---\n", "n.md", "2023-04-13", ()),
        ("---\ndate:\n---\n", "n.md", "", ()),
        ("---\ntitle: Notes of April 5, 2023\n---\n", "n.md", "2023-04-05", ()),
        ("# Week of April 5–12, 2023\n", "n.md", "2023-04-05", ()),
        ("# 2023-04-05\n\nx\n\n# 2023-04-06\n\ny\n", "n.md", "", ()),
        ("", "posts/2022.11.24 start.md", "2022-11-24", ()),
        ("", "22-11-24-start.md", "2022-11-24", ()),
        ("", "journals/2022_11_24.md", "2022-11-24", ()),
        ("", "2022-11-24/start.md", "", ()),
        ("", "version-1.2.3.md", "", ()),
        ("", "journals/Mon 18 Mar 2024.md", "2024-03-18", ()),
        ("", "journals/lundi 18 mars 2024.md", "2024-03-18", ()),
        ("", "2024-W12.md", "2024-03-18", ()),
        ("", "0000-01-01.md", "", ("file name: the date 0000-01-01 does not exist",)),
    ],
)  # fmt: skip
def test_date(text: str, address: str, date: str, warnings: tuple[str, ...]) -> None:
    document = read(text, address)
    check(document)
    assert (document.date, document.warnings) == (date, warnings)


@pytest.mark.parametrize(
    ("text", "address", "day"),
    [
        ("---\nday: 11\ntitle: 'Day 12: x'\n---\n", "n.md", 11),
        ("---\nday: Day 011/100\n---\n", "n.md", 11),
        ("---\nday: Monday\n---\n", "n.md", None),
        ("---\ntitle: 'Day 12: x'\n---\n# Day 13\n", "day-014.md", 12),
        ("# Day 13\n", "day-014.md", 14),
        ("# Day_013: y\n", "n.md", 13),
        ("# day13\n", "n.md", 13),
        ("# Days 3–5\n", "n.md", 3),
        ("# Day 1\n\na\n\n# Day 2\n\nb\n", "n.md", None),
        ("# A day in 2023\n", "n.md", None),
        ("# Birthday 13\n", "n.md", None),
        ("## Day 13\n", "n.md", None),
        ("# Day 123456\n", "n.md", None),
    ],
)
def test_day(text: str, address: str, day: int | None) -> None:
    document = read(text, address)
    check(document)
    assert document.day == day


def test_all_hints_are_kept_and_say_why() -> None:
    text = dedent("""\
        ---
        title: "Search, Day 14 -- Networking"
        date: 2023-04-31
        created: 2023-05-01
        ---
        # 100 Days of learning -- Day 14

        ## February 3, 2023

        text
        """)
    document = read(text, "posts/23-02-18-Day044.md")
    check(document)
    assert (document.date, document.day) == ("2023-05-01", 14)
    assert document.hints == (
        Hint("date", "2023-04-31", "front matter date", 3, "does not exist"),
        Hint("date", "2023-05-01", "front matter created", 4, "used"),
        Hint("date", "2023-02-18", "file name", 0, "gives way to the front matter created"),
        Hint("date", "2023-02-03", "heading", 8, "is of a part of the note"),
        Hint("day", "14", "title", 2, "used"),
        Hint("day", "44", "file name", 0, "gives way to the title"),
        Hint("day", "14", "heading", 6, "agrees with the title"),
    )
    assert document.warnings == ("line 3: the date 2023-04-31 does not exist",)


def test_an_impossible_date_in_a_heading_warns() -> None:
    document = read("# Notes\n\n## February 30\n\ntext\n")
    assert document.warnings == ("line 3: the date February 30 does not exist",)
    assert verdicts(document, "date") == [("February 30", "heading", "does not exist")]


# --- many days in one note --------------------------------------------------------------


def parts(document: Document) -> list[tuple[int | None, str]]:
    return [(section.day, section.heading) for section in document.sections]


def plan(said: dict[int, str], last: int = 30, sign: str = ")") -> str:
    return "\n\n".join(f"{n}{sign} {said.get(n, '')}".rstrip() for n in range(1, last + 1))


SAID = {1: "Set up the machine. Then rest.", 2: "[Trees](t.md) are graphs", 30: "The end"}


@pytest.mark.parametrize("address", ["plan.md", "plan.txt", "plan.org"])
def test_a_list_of_days_gives_a_section_for_each_day_that_says_something(address: str) -> None:
    sign = "*" if address.endswith("org") else "#"
    heading = f"{sign} Plan of 30 days" if address != "plan.txt" else "Plan of 30 days\n======"
    link = {**SAID, 2: "[[t.md][Trees]] are graphs"} if address.endswith("org") else SAID
    document = read(f"{heading}\n\nBefore it.\n\n{plan(link)}\n", address)
    check(document, marked=False, reads=lambda here, there: True)
    assert [(day, name.partition(" ")[0]) for day, name in parts(document)] == [
        (None, "Plan"), (1, "Set"), (2, "[Trees](t.md)" if ".txt" in address else "Trees"),
        (30, "The"),
    ]  # fmt: skip
    listed = [h for h in document.hints if h.origin == "list item"]
    assert [(h.value, h.line) for h in listed] == [
        (str(n), document.source[: document.source.index(f"\n{n}) ") + 1].count("\n") + 1)
        for n in (1, 2, 30)
    ]
    assert document.day is None


def test_paragraphs_between_the_items_belong_to_the_day_above() -> None:
    text = "# 100Days\n\n1) One\n\nmore of one\n\n" + plan({9: "Nine", 25: "Last"}, 40)[3:]
    document = read(text + "\n\nmore of the last\n\n# After\n\nit\n")
    check(document)
    assert parts(document) == [
        (None, "100Days"), (1, "One"), (9, "Nine"), (25, "Last"), (None, "After"),
    ]  # fmt: skip
    assert document.sections[1].words == 4
    assert document.sections[3].words == 5


@pytest.mark.parametrize(
    "text",
    [
        "# Steps\n\n" + plan(SAID),
        "# 30 days\n\n" + plan({1: "a", 2: "b", 3: "c"}, 6),
        "# 100 days\n\n" + plan(SAID, 20),
        "# 10 days\n\n" + plan(SAID),
        "# Day 12 of 100 days\n\n" + plan(dict.fromkeys(range(9), "step"), 8),
        "# 30 days\n\n- " + plan(SAID).replace("\n", "\n  "),
    ],
    ids=["no days", "too few", "a fifth", "too many", "steps of a day", "inside a list"],
)
def test_what_is_no_list_of_days(text: str) -> None:
    document = read(text)
    check(document)
    assert [s.day for s in document.sections] == [document.day]
    assert not [h for h in document.hints if h.origin == "list item"]


def test_day_headings_and_what_stands_under_them() -> None:
    text = dedent("""\
        # Log

        ## Day 1

        a

        ### Reading

        b

        ## Day 2

        ## Day 3 – 2023-04-05

        ### Reading

        c

        ## Later
        """)
    document = read(text)
    check(document)
    assert parts(document) == [
        (None, "Log"), (1, "Day 1"), (1, "Reading"), (None, "Day 2"), (3, "Day 3 – 2023-04-05"),
        (3, "Reading"), (None, "Later"),
    ]  # fmt: skip
    assert [s.date for s in document.sections] == ["", "", "", "", "2023-04-05", "2023-04-05", ""]
    assert document.day is None
    assert [v for v, *_ in verdicts(document, "day")] == ["1", "2", "3"]


# --- real notes -------------------------------------------------------------------------


def test_the_founding_plan(shared: Path) -> None:
    (path,) = (shared / "bruno" / "2022-10-28" / "_posts").glob("*100-Days*")
    document = read_source(path.name, path.read_bytes())
    check(document)
    assert (document.date, document.day) == ("2022-10-28", None)
    found = [section.day for section in document.sections if section.day is not None]
    assert found == [1, 2, 20, 40, 60, 80, 99, 100]
    assert document.sections[-8].heading == "Setting Up The Learning Sandbox"


def test_dates_that_do_not_exist_in_a_real_site(shared: Path) -> None:
    paths = sorted((shared / "bruno" / "2022-11-24" / "_posts").glob("*.md"))
    documents = [read_source(path.name, path.read_bytes()) for path in paths]
    wrong = [d for d in documents if any("does not exist" in w for w in d.warnings)]
    assert len(wrong) > 80
    for document in wrong:
        assert document.warnings[0].startswith("line ")
        # the file's name still says when
        assert document.date == f"20{document.address[:8]}"
    assert all(d.day is not None for d in documents if "Day" in d.address)
