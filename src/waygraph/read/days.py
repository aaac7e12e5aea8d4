"""Days and dates: every hint that a note gives of its own, and which of them counts.

Of hints that differ the one in front wins: for the date a front matter field (``date``
before ``created``), then the file's name, then the title, then the one level-1 heading that
holds a date; for the day the field ``day``, the title, the file's name, that heading. What
does not exist loses, and so does what lower headings and list items say: they speak of a
part of the note. All hints are kept, each with the reason why it won or lost. A week is a range
of dates, so the date of its note is that of the Monday.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from waygraph.calendar_names import (
    ANY_MONTH,
    ENGLISH_MONTH,
    JOINS,
    MONTH,
    MONTHS,
    ORDINAL,
    WEEK,
    is_day_name,
)
from waygraph.model import Hint

_ENGLISH = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_TH = r"(?:st|nd|rd|th)?"
_DATE = re.compile(
    r"(?<![\d.])(?P<year>\d{4})(?P<sign>[-/._])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?!\d)"
    rf"|(?<![^\W_])(?P<month1>{ENGLISH_MONTH})[\s_-]+(?P<day1>\d{{1,2}}){_TH}(?!\d)"
    rf"(?:\s*[-–—]\s*(?P<last1>\d{{1,2}}){_TH}(?!\d))?(?:,?[\s_-]+(?P<year1>\d{{4}})(?!\d))?"
    rf"|(?<!\d)(?:(?P<first2>\d{{1,2}}){_TH}\.?\s*[-–—]\s*)?(?<!\d)(?P<day2>\d{{1,2}}){_TH}\.?"
    rf"[\s_-]+(?:of\s+)?(?P<month2>{ENGLISH_MONTH})(?:,?[\s_-]+(?P<year2>\d{{4}})(?!\d))?"
    r"|(?<![\d.])(?P<one>\d{1,2})(?P<sign3>[-/.])(?P<two>\d{1,2})(?P=sign3)(?P<year3>\d{4})(?!\d|\.\d)",
    re.I,
)
# What names its year besides: in other languages, with the year in front, weeks.
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_NAMED = re.compile(
    rf"(?<!\d)(?P<day1>{ORDINAL}){JOINS}(?!{ENGLISH_MONTH}[\s_,-]+\d)"
    rf"(?P<month1>{MONTH}){JOINS}(?P<year1>\d{{4}})(?!\d)"
    rf"|(?<![^\W_])(?!{ENGLISH_MONTH})(?P<month2>{MONTH}){JOINS}(?P<day2>{ORDINAL}){JOINS}(?P<year2>\d{{4}})(?!\d)"
    rf"|(?<!\d)(?P<year3>\d{{4}}){JOINS}(?P<month3>{ANY_MONTH}){JOINS}(?P<day3>{ORDINAL})(?!\d)"
    rf"|{WEEK}",
    re.I,
)
# How names of files and fields write dates besides.
_SHORT = re.compile(
    r"(?<![\d./])(?P<one>\d{2})(?P<sign>[-_./])(?P<two>\d{1,2})(?P=sign)(?P<three>\d{1,2})"
    r"(?!\d|[./]\d)"
    r"|(?<!\d)(?P<year4>(?:19|20)\d\d)(?P<month4>0[1-9]|1[0-2])(?P<day4>0[1-9]|[12]\d|3[01])"
    r"(?:[T_-]?\d{4}(?:\d\d)?)?(?!\d)"
)
# Where the year, the month and the day may stand in these, by the sign between them.
_ORDERS = {"-": ("ymd",), "_": ("ymd",), ".": ("ymd", "dmy"), "/": ("ymd", "dmy", "mdy")}
_DIGIT = re.compile(r"\d")
_GLUE = re.compile(r"\s*(?:[-–—/]|\.\.\.?|to|until|till|through)\s*", re.I)
# "the lesson from day 1" speaks of another day
_DAY = re.compile(
    r"(?<!from )(?<!since )(?<!until )(?<!before )(?<!after )(?<!see )(?<![^\W_])"
    r"day(?P<many>s?)[\s_-]*0*(?P<first>\d{1,4})"
    r"(?:(?P<glue>\s*(?:[-–—]|to|and|&)\s*)(?P<again>day[\s_-]*)?0*(?P<last>\d{1,4}))?"
    r"(?!\d|[-./]\d)",
    re.I,
)
_FIELDS = ("date", "day", "created", "created_at", "created-at", "date created", "creation-date",
           "published", "publishdate", "pubdate")  # fmt: skip
_GONE, _NO_YEAR, _EITHER = "does not exist", "names no year", "may mean either day or month first"
_PART = "is of a part of the note"
_NO_DATE = "is no date"


@dataclass(frozen=True, slots=True)
class Place:
    """A text that may name a day: what it is, what it says, its source offset (-1: a name)."""

    origin: str
    text: str
    at: int = -1


@dataclass(frozen=True, slots=True)
class Numbered:
    """An item of a numbered list, not inside another list.

    ``start`` and ``end`` are text offsets (equal if it says nothing), ``at`` is where it
    begins in the source.
    """

    number: int
    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level, its text, its text offset and its source offset."""

    level: int
    text: str
    start: int
    at: int


@dataclass(frozen=True, slots=True)
class Said:
    """A date or day that a text names. ``problem`` says why it cannot count; else empty."""

    value: str
    start: int
    end: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The date (ISO 8601 or empty) and day of a note, and all that was said of them.

    ``hints`` go with their source offsets, as do ``warnings``.
    """

    date: str
    day: int | None
    hints: tuple[tuple[int, Hint], ...]
    warnings: tuple[tuple[int, str], ...]


def dates(text: str, loose: bool = False) -> list[Said]:
    """The dates that a text names, in order; a range is one, ``2023-04-05/2023-04-12``.

    ``loose`` takes what only names of files and fields may write: ``20230405``, and a year from
    2000 on by two digits: ``23-04-05``. With dots or slashes it may also be the last of the three.
    """
    if not _DIGIT.search(text):
        return []
    found: list[Said] = []
    taken: list[tuple[int, int]] = []
    for pattern, read in _readers(text, loose):
        for match in pattern.finditer(text):
            if all(match.end() <= start or end <= match.start() for start, end in taken):
                found += read(match)
        taken = [(s.start, s.end) for s in found]
    found.sort(key=lambda s: s.start)
    return _ranges(text, found)


def named_date(name: str) -> str:
    """The date (ISO 8601) of the day that a name is, if it is nothing but that; else empty."""
    said = dates(name, loose=True) if is_day_name(name) else []
    return said[0].value.partition("/")[0] if len(said) == 1 and not said[0].problem else ""


def _readers(
    text: str, loose: bool
) -> Iterator[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Said]]]]:
    """The forms of dates that a text may hold, with what reads them; the surest first."""
    if _YEAR.search(text):
        yield _NAMED, _read_named
    yield _DATE, _read_date
    if loose:
        yield _SHORT, _read_short


def _read_named(match: re.Match[str]) -> Iterator[Said]:
    part = match.groupdict()
    if number := part["week"] or part["week2"]:
        year = int(part["week_year"] or part["week_year2"])
        try:
            first = date.fromisocalendar(year, int(number), int(part["weekday"] or 1))
        except ValueError:
            yield Said(" ".join(match.group().split()), *match.span(), _GONE)
            return
        last = first if part["weekday"] else first + timedelta(days=6)
        value = first.isoformat() + ("" if first == last else f"/{last.isoformat()}")
        yield Said(value, *match.span())
        return
    group = next(number for number in "123" if part[f"month{number}"])
    name = part[f"month{group}"].casefold().rstrip(".")
    day = re.sub(r"\D", "", part[f"day{group}"])
    yield _said(part[f"year{group}"], MONTHS.get(name) or _month(name), day, match)


def _read_date(match: re.Match[str]) -> Iterator[Said]:
    part = match.groupdict()
    first, last = "", ""
    if part["year"]:
        year, month, day = part["year"], int(part["month"]), part["day"]
    elif part["month1"]:
        year, month, day, last = part["year1"], _month(part["month1"]), part["day1"], part["last1"]
    elif part["month2"]:
        year, month, day, first = (
            part["year2"], _month(part["month2"]), part["day2"], part["first2"],
        )  # fmt: skip
    else:
        one, two, year = int(part["one"]), int(part["two"]), part["year3"]
        if part["sign3"] != "." and one <= 12 and two <= 12 and one != two:
            yield Said(match.group(), *match.span(), _EITHER)
            return
        month, day = (one, part["two"]) if part["sign3"] != "." and two > 12 else (two, part["one"])
    if not year and int(day) > 31:
        return
    said = [_said(year, month, d, match) for d in (first, day, last) if d]
    both = len(said) == 2 and not any(s.problem for s in said) and said[0].value < said[1].value
    value = "/".join(s.value for s in said) if both else ""
    yield Said(value, *match.span()) if both else said[0]


def _read_short(match: re.Match[str]) -> Iterator[Said]:
    part = match.groupdict()
    if part["year4"]:
        yield _said(part["year4"], int(part["month4"]), part["day4"], match)
        return
    said: dict[str, Said] = {}
    for order in _ORDERS[part["sign"]]:
        got = dict(zip(order, (part["one"], part["two"], part["three"]), strict=True))
        if len(got["y"]) == 2 and 1 <= int(got["m"]) <= 12 and 1 <= int(got["d"]) <= 31:
            found = _said(f"20{got['y']}", int(got["m"]), got["d"], match)
            said[found.value] = found
    sound = [one for one in said.values() if not one.problem]
    if len(sound) > 1:
        several = ", ".join(sorted(one.value for one in sound))
        yield Said(match.group(), *match.span(), f"may mean any of {several}")
    else:
        yield from sound or list(said.values())[:1]


def _said(year: str | None, month: int, day: str, match: re.Match[str]) -> Said:
    try:
        # a leap year has every day that there is
        found = date(int(year or "2024"), month, int(day))
    except ValueError:
        return Said(" ".join(match.group().split()), *match.span(), _GONE)
    if not year:
        return Said(f"--{month:02}-{int(day):02}", *match.span(), _NO_YEAR)
    return Said(found.isoformat(), *match.span())


def _month(name: str) -> int:
    return _ENGLISH.index(name[:3].casefold()) + 1


def _ranges(text: str, found: list[Said]) -> list[Said]:
    """Join neighbours with "to" or a dash between; the first may leave its year to the last."""
    result: list[Said] = []
    for said in found:
        last = result[-1] if result else None
        if last and not said.problem and _GLUE.fullmatch(text, last.end, said.start):
            value = said.value[:4] + last.value[1:] if last.problem == _NO_YEAR else last.value
            usable = not last.problem or last.problem == _NO_YEAR
            if usable and "/" not in value + said.value and value < said.value:
                result[-1] = Said(f"{value}/{said.value}", last.start, said.end)
                continue
        result.append(said)
    return result


def _field_dates(text: str) -> list[Said]:
    """As ``dates``, and milliseconds or seconds since 1970."""
    text = text.strip()
    if re.fullmatch(r"[1-9]\d{9}|[1-9]\d{12}", text):
        seconds = int(text[:10])
        return [Said(datetime.fromtimestamp(seconds, UTC).date().isoformat(), 0, len(text))]
    return dates(text, loose=True)


def days(text: str) -> list[Said]:
    """The days that a text names: ``Day 12``, ``day_012``; a range is one, ``3/5``."""
    if not _DIGIT.search(text):
        return []
    found: list[Said] = []
    for match in _DAY.finditer(text):
        first, last, glue = int(match["first"]), match["last"], match["glue"] or ""
        tight = match["many"] or match["again"] or not any(map(str.isspace, glue))
        if last and tight and first < int(last):
            found.append(Said(f"{first}/{int(last)}", *match.span()))
        elif not match["many"]:
            found.append(Said(str(first), *match.span()))
    return found


def _day_field(text: str) -> list[Said]:
    match = re.fullmatch(r"\s*(?:day\s*)?0*(\d{1,4})(?:\s*(?:/|of)\s*\d{1,4})?\s*", text, re.I)
    return [Said(str(int(match[1])), *match.span())] if match else []


def judge(
    fields: Sequence[Place],
    named: Sequence[Place],
    headings: Sequence[Heading],
    items: Sequence[Numbered],
) -> Verdict:
    """The date and day of a note.

    Args:
        fields: front matter fields, whose origin is the field's name in lower case.
        named: the file's name and the title, in this order.
        headings: all headings.
        items: the list items that ``planned`` gave.
    """
    name, title = named
    tops = {kind: _only_top(headings, kind) for kind in ("date", "day")}
    dated: list[tuple[Place, list[Said], bool]] = []
    for field in sorted(
        fields, key=lambda f: _FIELDS.index(f.origin) if f.origin in _FIELDS else 99
    ):
        if field.origin in _FIELDS:
            said = _field_dates(field.text)
            if field.origin == "date" and not said and field.text.strip():
                said = [Said(field.text.strip()[:40], 0, 0, _NO_DATE)]
            dated.append((Place(f"front matter {field.origin}", field.text, field.at), said, False))
    dated += [(name, dates(name.text, loose=True), False), (title, dates(title.text), False)]
    numbered = [
        (Place("front matter day", f.text, f.at), _day_field(f.text), False)
        for f in fields
        if f.origin == "day"
    ]
    numbered += [(title, days(title.text), False), (name, days(name.text), False)]
    for heading in headings:
        place = Place("heading", heading.text, heading.at)
        dated.append((place, dates(heading.text), heading is not tops["date"]))
        numbered.append((place, days(heading.text), heading is not tops["day"]))
    for item in items:
        said = [Said(str(item.number), 0, 0)]
        numbered.append((Place("list item", "", item.at), said, True))
    shown, date_hints = _weigh("date", dated)
    number, day_hints = _weigh("day", numbered)
    hints = (*date_hints, *day_hints)
    warnings = dict.fromkeys(
        (at, f"the date {hint.value} {hint.verdict}")
        for at, hint in hints
        if hint.verdict in (_GONE, _NO_DATE)
    )
    return Verdict(
        shown.partition("/")[0],
        int(number.partition("/")[0]) if number else None,
        hints,
        tuple(warnings),
    )


def _only_top(headings: Sequence[Heading], kind: str) -> Heading | None:
    """The level-1 heading that names a date or day, if it is the only one: it is the note's."""
    say = dates if kind == "date" else days
    found = [h for h in headings if h.level == 1 and say(h.text)]
    return found[0] if len(found) == 1 else None


def _weigh(
    kind: str, places: Sequence[tuple[Place, list[Said], bool]]
) -> tuple[str, list[tuple[int, Hint]]]:
    """The value that wins, and every hint with its verdict."""
    winner: tuple[Place, Said] | None = None
    for place, found, part in places:
        usable = next((said for said in found if not said.problem), None)
        if usable and not part:
            winner = place, usable
            break
    hints: list[tuple[int, Hint]] = []
    for place, found, part in places:
        for said in found:
            verdict = said.problem or _PART
            if winner and said is winner[1]:
                verdict = "used"
            elif winner and not (said.problem or part):
                same = said.value == winner[1].value
                verdict = f"{'agrees with' if same else 'gives way to'} the {winner[0].origin}"
            hints.append((place.at, Hint(kind, said.value, place.origin, 0, verdict)))
    return winner[1].value if winner else "", hints
