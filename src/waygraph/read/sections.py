"""Sections: what stands under one heading, or is said of one day in a list of days.

A section begins at every heading and at every item of a list of days that says something,
and ends where the next begins. It is of the day and date that its heading names, else of
those of the nearest heading above it of a higher level; a heading with nothing under it
has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from waygraph.model import Block, Mark, Section, Span
from waygraph.read.days import Heading, Numbered, dates, days

# "100 days", "#100Days", "30-day": a number of days
_DAYS = re.compile(r"(?<![\w.])(\d{1,4})[\s-]?days?", re.I)
_CLAUSE = re.compile(r"[.:;!?…](?=\s|$)|\s(?:-+|–|—|\.\.+)\s|\n")
_LEAST_ITEMS = 7
_LONGEST = 80


def planned(
    items: Sequence[Numbered], headings: Sequence[Heading], text: str, title: str
) -> list[Numbered]:
    """The items that say something, of lists whose numbers are days.

    They are if the title, a heading or the list's section speaks of a number of days N
    ("100 days", "#100Days"), and the list, which may be broken by paragraphs, has rising
    numbers up to N at most, a quarter of N of them at least, and seven at least.
    """
    result: list[Numbered] = []
    spoken = " ".join([title, *(heading.text for heading in headings)])
    borders = [0, *(heading.start for heading in headings), len(text) + 1]
    for begin, end in pairwise(borders):
        inside = [item for item in items if begin <= item.start < end]
        if len(inside) < _LEAST_ITEMS:
            continue
        numbers = {int(n) for n in _DAYS.findall(f"{spoken} {text[begin:end]}")}
        for run in _rising(inside):
            if any(run[-1].number <= n <= 4 * len(run) for n in numbers):
                result += (item for item in run if item.start < item.end)
    return result


def _rising(items: Sequence[Numbered]) -> Iterator[list[Numbered]]:
    run: list[Numbered] = []
    for item in items:
        if run and item.number <= run[-1].number:
            if len(run) >= _LEAST_ITEMS:
                yield run
            run = []
        run.append(item)
    if len(run) >= _LEAST_ITEMS:
        yield run


def cut(
    text: str,
    blocks: Sequence[Block],
    marks: Sequence[Mark],
    headings: Sequence[Heading],
    items: Sequence[Numbered],
) -> tuple[Section, ...]:
    """The sections of a text; they cover it and do not overlap.

    ``marks`` are sorted by span; ``items`` are those that ``planned`` gave.
    """
    if not text:
        return ()
    # (start, heading, level, day, date)
    begins: list[tuple[int, str, int, int | None, str]] = [(0, "", 0, None, "")]
    named = {block.span.start: block.span for block in blocks if block.kind == "heading"}
    firsts = {block.span.start: block.span for block in reversed(blocks)} if items else {}
    marked = {mark.span.start: mark.span for mark in reversed(marks)} if items else {}
    said = _inherited(blocks, headings)
    waiting: list[Heading | Numbered] = [*headings, *items]
    waiting.sort(key=lambda one: one.start)
    level, day, day_date = 0, None, ""
    for one in waiting:
        if isinstance(one, Heading):
            level, (day, day_date) = one.level, said[one.start]
            span = named[one.start]
            begins.append((one.start, text[span.start : span.end], level, day, day_date))
        else:
            name = _item_name(text, firsts[one.start], marked.get(one.start))
            begins.append((one.start, name, min(6, level + 1), one.number, day_date))
    ends = [start for start, *_ in begins[1:]] + [len(text)]
    return tuple(
        Section(name, level, Span(start, end), len(text[start:end].split()), day, day_date)
        for (start, name, level, day, day_date), end in zip(begins, ends, strict=True)
        if end > start
    )


def _inherited(
    blocks: Sequence[Block], headings: Sequence[Heading]
) -> dict[int, tuple[int | None, str]]:
    """The day and date of each heading, by its text offset."""
    bodies = [block.span.start for block in blocks if block.kind != "heading"]
    result: dict[int, tuple[int | None, str]] = {}
    above: list[tuple[int, int | None, str]] = []
    ends = _extents(headings)
    body = 0
    for heading, end in zip(headings, ends, strict=True):
        while above and above[-1][0] >= heading.level:
            above.pop()
        while body < len(bodies) and bodies[body] < heading.start:
            body += 1
        _, day, day_date = above[-1] if above else (0, None, "")
        own = next((s for s in days(heading.text) if not s.problem), None)
        own_date = next((s for s in dates(heading.text) if not s.problem), None)
        day = int(own.value.partition("/")[0]) if own else day
        day_date = own_date.value.partition("/")[0] if own_date else day_date
        above.append((heading.level, day, day_date))
        empty = body == len(bodies) or bodies[body] >= end
        result[heading.start] = (None, "") if empty else (day, day_date)
    return result


def _extents(headings: Sequence[Heading]) -> list[float]:
    """Where the text under each heading, with all lower headings in it, ends."""
    ends: list[float] = [float("inf")] * len(headings)
    opened: list[int] = []
    for i, heading in enumerate(headings):
        while opened and headings[opened[-1]].level >= heading.level:
            ends[opened.pop()] = heading.start
        opened.append(i)
    return ends


def _item_name(text: str, span: Span, marked: Span | None) -> str:
    """What an item is called: what it begins by marking, else its first clause."""
    if marked is not None and 0 < marked.end - marked.start <= _LONGEST:
        return text[marked.start : marked.end]
    said = text[span.start : span.end]
    match = _CLAUSE.search(said)
    clause = said[: match.start()] if match else said
    if len(clause) <= _LONGEST:
        return clause
    return clause[: clause.rfind(" ", 0, _LONGEST) if " " in clause[:_LONGEST] else _LONGEST]
