"""Front matter: the YAML block some notes begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

_FENCE = re.compile(
    r"\ufeff?(?:\s*\n)?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M
)
_DATE = re.compile(r"(?<!\d)(\d{4}|\d{2})[-_.](\d{1,2})[-_.](\d{1,2})(?!\d)")
_DAY = re.compile(r"\bday[ _-]*0*(\d{1,4})\b", re.I)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Fields of the front matter and the source range they stand in (0, 0 if there is none)."""

    fields: dict[str, Any]
    start: int = 0
    end: int = 0
    warning: str = ""

    def text(self, name: str) -> str:
        """The field as one line of text, empty if absent or not a scalar."""
        value = self.fields.get(name)
        return " ".join(value.split()) if isinstance(value, str) else ""

    def texts(self, *names: str) -> tuple[str, ...]:
        """The fields as a list: a YAML list, or a string split at commas."""
        found: dict[str, None] = {}
        for name in names:
            value = self.fields.get(name)
            items = value.split(",") if isinstance(value, str) else value
            for item in items if isinstance(items, list) else []:
                if isinstance(item, str) and item.strip():
                    found[" ".join(item.split()).lstrip("#")] = None
        return tuple(found)


def read_front_matter(source: str) -> FrontMatter:
    """Find and read the front matter at the top of ``source``; broken YAML gives a warning."""
    match = _FENCE.match(source)
    if match is None:
        return FrontMatter({})
    start, end = match.span()
    try:
        # All scalars stay strings: dates that do not exist must not stop a note.
        fields = yaml.load(match.group(1), Loader=yaml.BaseLoader)  # noqa: S506 - makes plain data
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = source.count("\n", 0, match.start(1)) + (mark.line if mark else 0) + 1
        problem = getattr(error, "problem", None) or error.__class__.__name__
        return FrontMatter({}, start, end, f"line {line}: front matter is not YAML ({problem})")
    if fields is None:
        return FrontMatter({}, start, end)
    if not isinstance(fields, dict):  # prose between two rules
        return FrontMatter({})
    return FrontMatter({str(name).lower(): value for name, value in fields.items()}, start, end)


def find_date(*hints: str) -> tuple[str, str]:
    """The first existing date in the hints as ISO 8601, and a warning about those that are not.

    Two-digit years count from 2000. Empty strings where there is none.
    """
    warning = ""
    for hint in hints:
        for year, month, day in _DATE.findall(hint):
            try:
                found = date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
            except ValueError:
                warning = warning or f"the date {year}-{month}-{day} does not exist"
                continue
            return found.isoformat(), warning
    return "", warning


def find_day(*hints: str) -> int | None:
    """The N of the first "Day N" in the hints."""
    return next((int(match.group(1)) for match in map(_DAY.search, hints) if match), None)


def occurrences(
    source: str, front: FrontMatter, name: str, texts: tuple[str, ...]
) -> Iterator[int]:
    """Where each of ``texts``, values of the field ``name``, stands; -1 where it does not."""
    field = re.compile(rf"^[\"']?{name}(?:e?s)?[\"']?\s*:", re.I | re.M)
    match = field.search(source, front.start, front.end)
    begin = at = match.end() if match else front.start
    for text in texts:
        found = source.find(text, at, front.end)
        if found < 0:
            found = source.find(text, begin, front.end)
        yield found
        at = found + len(text) if found >= 0 else at
