"""Jupyter notebooks: their Markdown cells, every character mapped to its place in the JSON.

The file is read three times over: as JSON, with the place of every string; each Markdown
cell's strings as one text with a map to the file, an escape such as ``\\n`` being one
character there; that text as Markdown. The two maps are then composed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from waygraph.errors import ReadError
from waygraph.model import Document, OffsetMap
from waygraph.read.build import Builder, finish
from waygraph.read.front_matter import FrontMatter, read_front_matter
from waygraph.read.markdown import read_body
from waygraph.read.text import TextBuilder, decode

_TOKEN = re.compile(
    r'[\s:,]*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([\[{])|([\]}])|([^\s\[\]{}:,"]+))', re.S
)
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.S
)
_HINT = "open it in Jupyter and save it again"
# What a text cannot hold: half a character, and the end of all C strings.
_NO_TEXT = re.compile("[\ud800-\udfff\0]")


@dataclass(frozen=True, slots=True)
class JsonText:
    """A string of a JSON file: where what stands between its quotes begins and ends."""

    start: int
    end: int


def read_notebook(address: str, data: bytes) -> Document:
    """Read a Jupyter notebook: its Markdown cells; code and its output are no prose.

    A first cell may begin with front matter; else the notebook's own metadata may hold
    title, date and tags.

    Args:
        address: POSIX path relative to the corpus root, used in messages and as identity.
        data: the file's bytes.

    Raises:
        ReadError: the bytes are no text, no JSON (names the line) or no notebook.
    """
    source = decode(address, data)
    tree = _parsed(address, source)
    sheets = tree.get("worksheets") if isinstance(tree, dict) else None
    first = sheets[0] if isinstance(sheets, list) and sheets else None  # up to version 3
    holder = first if isinstance(first, dict) else tree
    cells = holder.get("cells") if isinstance(holder, dict) else None
    if not isinstance(tree, dict) or not isinstance(cells, list):
        raise ReadError(address, "holds no list of cells: this is no Jupyter notebook", None, _HINT)
    builder = Builder()
    front = FrontMatter({})
    for number, cell in enumerate(cells):
        kind, level = _kind(cell, source)
        if kind == "code" or (kind == "raw" and number):
            continue
        text, places = joined(source, list(_texts(cell.get("source"))))
        found = FrontMatter({}) if number else read_front_matter(text)
        inner = Builder()
        inner.fields(text, found)
        if kind != "raw":
            read_body(inner, text, found.end)
        if kind == "heading" and inner.blocks:
            inner.blocks[0] = replace(inner.blocks[0], kind="heading", level=level)
        front = _moved(found, places) if found.fields or found.warnings else front
        builder.append(inner, places)
    if not front.fields:
        builder, front = _described(source, tree.get("metadata"), builder)
    return finish(address, data, source, builder, front)


def _parsed(address: str, source: str) -> Any:
    """The JSON as dicts, lists, ``JsonText`` and None for what is none of these."""
    try:
        # numbers stay as they are: one of many digits would not become one
        json.loads(source.replace("\ufeff", " ", 1) if source[:1] == "\ufeff" else source,
                   parse_int=str, parse_float=str)  # fmt: skip
    except json.JSONDecodeError as error:
        raise ReadError(address, f"is no JSON: {error.msg}", error.lineno, _HINT) from None
    except RecursionError:
        raise ReadError(address, "is JSON nested too deeply", None, _HINT) from None
    root: list[Any] = []
    stack: list[list[Any] | dict[str, Any]] = [root]
    key: str | None = None
    for match in _TOKEN.finditer(source, int(source.startswith("\ufeff"))):
        string, opening, closing, _ = match.groups()
        if closing:
            stack.pop()
            continue
        top = stack[-1]
        if isinstance(top, dict) and key is None:
            key = string if "\\" not in string else json.loads(f'"{string}"')
            continue
        value: Any = None
        if string is not None:
            value = JsonText(*match.span(1))
        elif opening:
            value = {} if opening == "{" else []
        if isinstance(top, dict):
            top[str(key)], key = value, None
        else:
            top.append(value)
        if opening:
            stack.append(value)
    return root[0]


def _kind(cell: Any, source: str) -> tuple[str, int]:
    """``markdown``, ``raw``, ``heading`` with its level, or ``code`` for whatever else."""
    if not isinstance(cell, dict) or not isinstance(named := cell.get("cell_type"), JsonText):
        return "code", 0
    kind = source[named.start : named.end]
    if kind != "heading":
        return (kind if kind in ("markdown", "raw") else "code"), 0
    # numbers have no place in the tree: the level stands in the cell's own text
    begin = source.rfind("{", 0, named.start)
    match = re.compile(r'"level"\s*:\s*([1-6])').search(source, begin, named.end + 200)
    return "heading", int(match[1]) if match else 1


def _texts(value: Any) -> Iterator[JsonText]:
    """A cell's strings: one, or one for each line."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, JsonText):
            yield one


def joined(source: str, strings: list[JsonText]) -> tuple[str, OffsetMap]:
    """What JSON strings say together, and where each character stands in the file."""
    parts: list[str] = []
    places = TextBuilder()

    def add(text: str, start: int, end: int) -> None:
        parts.append(text)
        places.place(len(text), start, end - start)

    for string in strings:
        at = string.start
        for match in _ESCAPE.finditer(source, string.start, string.end):
            add(source[at : match.start()], at, match.start())
            add(_NO_TEXT.sub("\ufffd", json.loads(f'"{match[0]}"')), *match.span())
            at = match.end()
        add(source[at : string.end], at, string.end)
    return "".join(parts), places.map()


def _moved(front: FrontMatter, places: OffsetMap) -> FrontMatter:
    """Front matter of a cell, its offsets those of the file."""
    return replace(
        front,
        start=places.source_start(front.start),
        warnings=tuple((places.source_start(at), said) for at, said in front.warnings),
        places={name: places.source_start(at) for name, at in front.places.items()},
    )


def _described(source: str, metadata: Any, body: Builder) -> tuple[Builder, FrontMatter]:
    """The title, date and tags that a notebook's metadata gives, before its body."""
    fields: dict[str, Any] = {}
    at: dict[str, int] = {}
    builder = Builder()
    known = metadata if isinstance(metadata, dict) else {}
    for name in ("title", "date", "tags"):
        strings = list(_texts(known.get(name)))
        texts = [joined(source, [string]) for string in strings]
        if not strings or not any(text.strip() for text, _ in texts):
            continue
        values = [" ".join(text.split()) for text, _ in texts]
        fields[name] = values if name == "tags" else values[0]
        at[name] = strings[0].start
        for text, places in texts if name != "date" else ():
            inner = Builder()
            start = inner.begin(0)
            inner.text.add(text, 0)
            inner.end(start, name.rstrip("s"))
            builder.append(inner, places)
    if not fields:
        return body, FrontMatter({})
    builder.append(body, OffsetMap((0,), (0,), (len(source),), len(source)))
    return builder, FrontMatter(fields, places=at)
