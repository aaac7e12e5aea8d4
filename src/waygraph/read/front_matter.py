"""Front matter: the fields that some notes begin with, in YAML, TOML or as ``key:: value``.

Broken front matter is read line by line, with a warning: a note does not lose its date for
a colon in its title.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

_START = r"\ufeff?(?:\s*\n)?"
_YAML = re.compile(
    rf"{_START}---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M
)  # fmt: skip
_TOML = re.compile(rf"{_START}\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.S | re.M)
# Fields under a first line of dashes that no second one closes, up to an empty line.
_OPEN = re.compile(
    rf"{_START}---[ \t]*\r?\n((?=(?:title|date|tags?|layout|alias(?:es)?|created|id|author)[ \t]*:)"
    r"(?:[\w-]+[ \t]*:(?:[ \t].*)?(?:\r?\n|\Z)|(?:[ \t]+|- )\S.*(?:\r?\n|\Z))+)",
    re.I,
)
_LOGSEQ = re.compile(
    rf"{_START}((?:(?:- |[ \t]+)?[A-Za-z][\w./-]*::(?:[ \t][^\r\n]*)?(?:\r?\n|\Z))+)"
)
_KEY = re.compile(
    r"^(?:- |[ \t]+)?[\"']?([\w./-]+(?: [\w./-]+)*)[\"']?[ \t]*(?:::?(?=\s|\Z)|=)", re.M
)
_FIELD = re.compile(r"^[\"']?([\w./-]+(?: [\w./-]+)*)[\"']?[ \t]*[:=](?=\s|\Z)")
_LIST_ITEM = re.compile(r"(#?\[\[[^\[\]]*\]\]|[^,]+)")
_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_AT_LINE = re.compile(r"(?: \(at line (\d+), column \d+\))?\Z")
# Every level of nesting in YAML takes a bracket, or a sign before the first word of a line.
_DEEPEST = 500
_DEEP = re.compile(rf"^[ ?:-]{{{_DEEPEST}}}", re.M)
# In TOML also a dot in a key, which costs the square of their number.
_PART = r"(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')"
_MOST_DOTS = 50
_DOTTED = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_DOTS}}}")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Fields of the front matter and the source range they stand in (0, 0 if there is none).

    Names are in lower case, values are text or lists of it. ``places`` holds the source
    offset of each name that stands at the start of a line; ``warnings`` go with theirs.
    """

    fields: dict[str, Any]
    start: int = 0
    end: int = 0
    warnings: tuple[tuple[int, str], ...] = ()
    places: dict[str, int] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The field as one line of text, empty if absent, no text, or a template left unfilled."""
        value = self.fields.get(name)
        if not isinstance(value, str) or _TEMPLATE.search(value):
            return ""
        return " ".join(value.split())

    def texts(self, *names: str) -> tuple[str, ...]:
        """The fields as a list: a list, or a text split at commas. ``#`` and ``[[ ]]`` go."""
        found: dict[str, None] = {}
        for name in names:
            value = self.fields.get(name)
            if value is None:
                continue
            items = _LIST_ITEM.findall(value) if isinstance(value, str) else value
            for item in _flat(items if isinstance(items, list) else []):
                bare = " ".join(item.split()).lstrip("#").removeprefix("[[").removesuffix("]]")
                if bare and not _TEMPLATE.search(bare):
                    found[bare] = None
        return tuple(found)


def _flat(items: list[Any]) -> Iterator[str]:
    """Texts of a list, and of lists in it: ``[[[page]]]`` is what YAML makes of a wikilink."""
    for item in items:
        for one in item if isinstance(item, list) else [item]:
            for inner in one if isinstance(one, list) else [one]:
                if isinstance(inner, str):
                    yield inner


def read_front_matter(source: str) -> FrontMatter:
    """Find and read the front matter at the top of ``source``."""
    if match := _YAML.match(source):
        return _read_yaml(source, match)
    if match := _TOML.match(source):
        return _read_toml(source, match)
    if match := _OPEN.match(source):
        fields = _line_by_line(match[1])
        warning = (source.index("---"), "front matter is not closed by a line of dashes")
        return _matter(source, match, fields, warning)
    if match := _LOGSEQ.match(source):
        pairs = (line.strip().removeprefix("- ").partition("::") for line in match[1].splitlines())
        return _matter(source, match, {name: value.strip() for name, _, value in pairs})
    return FrontMatter({})


def _matter(
    source: str, match: re.Match[str], fields: dict[str, Any], *warnings: tuple[int, str]
) -> FrontMatter:
    start, end = match.span()
    places: dict[str, int] = {}
    for key in _KEY.finditer(source, *match.span(1)):
        places.setdefault(key[1].lower(), key.start(1))
    named = {str(name).lower(): value for name, value in fields.items()}
    return FrontMatter(named, start, end, warnings, places)


def _read_yaml(source: str, match: re.Match[str]) -> FrontMatter:
    try:
        # All scalars stay strings: dates that do not exist must not stop a note.
        fields = load_yaml(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not _FIELD.match(match[1].lstrip()):  # prose between two rules
            return FrontMatter({})
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error.__class__.__name__
        at = _line_start(source, match.start(1), mark.line if mark else 0)
        said = f"front matter is not YAML ({problem}); it was read line by line"
        return _matter(source, match, _line_by_line(match[1]), (at, said))
    if fields is None:
        return FrontMatter({}, *match.span())
    if not isinstance(fields, dict):
        return FrontMatter({})
    return _matter(source, match, fields)


def load_yaml(text: str) -> Any:
    """YAML as texts, lists and dicts; all scalars stay texts.

    What could be nested deep is refused: the parser in C would overflow its stack, the one
    in Python take minutes.

    Raises:
        yaml.YAMLError: the text is no YAML, or could be nested too deep.
    """
    if text.count("[") + text.count("{") > _DEEPEST or _DEEP.search(text):
        raise yaml.MarkedYAMLError(problem="it may be nested too deep")
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - makes plain data


def _read_toml(source: str, match: re.Match[str]) -> FrontMatter:
    try:
        fields = _load_toml(match[1].replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        said = str(error) or error.__class__.__name__
        where = _AT_LINE.search(said)
        line = int(where[1]) - 1 if where and where[1] else 0
        said = f"front matter is not TOML ({_AT_LINE.sub('', said)}); it was read line by line"
        at = _line_start(source, match.start(1), line)
        return _matter(source, match, _line_by_line(match[1]), (at, said))
    return _matter(source, match, fields)


def _load_toml(text: str) -> dict[str, Any]:
    """TOML as texts and lists of them.

    Raises:
        ValueError: it is no TOML, holds a number too long to write, or could be nested too deep.
        RecursionError: it is nested too deep.
    """
    if _DOTTED.search(text):
        raise ValueError("it may be nested too deep")
    fields = tomllib.loads(text)
    # Zola keeps tags in a table of their own
    grouped = fields.get("taxonomies")
    fields = {**grouped, **fields} if isinstance(grouped, dict) else fields
    return {name: _as_text(value) for name, value in fields.items()}


def _as_text(value: Any) -> Any:
    return [_as_text(one) for one in value] if isinstance(value, list) else str(value)


def _line_start(source: str, start: int, lines: int) -> int:
    """The offset at which the line that is ``lines`` below ``start`` begins."""
    for _ in range(lines):
        following = source.find("\n", start) + 1
        if not following:
            break
        start = following
    return start


def _line_by_line(matter: str) -> dict[str, Any]:
    """The fields that can be had of broken front matter: each for itself, else as it stands."""
    groups: list[list[str]] = []
    for line in matter.splitlines():
        if _FIELD.match(line):
            groups.append([line])
        elif groups and line.strip():
            groups[-1].append(line)
    fields: dict[str, Any] = {}
    for group in groups:
        match = _FIELD.match(group[0])
        assert match is not None  # noqa: S101 - it opened the group
        raw = group[0][match.end() :].strip()
        try:
            alone = load_yaml("\n".join(group))
        except (yaml.YAMLError, ValueError, RecursionError):
            alone = None
        value = alone.get(match[1]) if isinstance(alone, dict) else None
        if not isinstance(value, str | list):
            listed = re.fullmatch(r"\[(.*)\]", raw)
            value = [one.strip("\"' ") for one in listed[1].split(",")] if listed else raw
        fields.setdefault(match[1], value.strip("\"' ") if isinstance(value, str) else value)
    return fields


@cache
def _key_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:- |[ \t]+)?[\"']?{name}(?:e?s)?[\"']?[ \t]*(?:::?|=)", re.I | re.M)


def occurrences(
    source: str, front: FrontMatter, name: str, texts: tuple[str, ...]
) -> Iterator[int]:
    """Where each of ``texts``, values of the field ``name``, stands; -1 where it does not."""
    if not texts:
        return
    match = _key_of(name).search(source, front.start, front.end)
    begin = at = match.end() if match else front.start
    for text in texts:
        found = source.find(text, at, front.end)
        if found < 0:
            found = source.find(text, begin, front.end)
        yield found
        at = found + len(text) if found >= 0 else at
