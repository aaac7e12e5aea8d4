"""Pages from disk in place of the network: a folder with an index, or others' WARC files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from waygraph import files
from waygraph.model import Failure
from waygraph.read.web.reply import Reply
from waygraph.read.web.urls import BadAddress, page_url
from waygraph.read.web.warc import LARGEST, Place, places

INDEX = "index.json"
_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/markdown",
    ".rst": "text/x-rst",
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".yml": "text/x-yaml",
    ".yaml": "text/x-yaml",
}
_WARC = (".warc", ".warc.gz")


def replies_in(path: Path) -> Iterator[tuple[Reply, bool] | Failure]:
    """The pages at ``path``, each with whether a server sent it.

    ``path`` is a WARC file, or a folder: one with an ``index.json`` (a list of objects with
    ``urls`` and ``file``, or one object from URL to file), else all WARC files in it.
    """
    try:
        if path.is_dir():
            yield from _folder(path)
        else:
            yield from _warc(Path(os.path.realpath(path)))
    except OSError as error:
        yield Failure(str(path), (error.strerror or "cannot be read").lower())


def _folder(folder: Path) -> Iterator[tuple[Reply, bool] | Failure]:
    if (folder / INDEX).is_file():
        yield from _indexed(folder)
        return
    files = sorted(file for file in folder.iterdir() if file.name.endswith(_WARC))
    if not files:
        yield Failure(str(folder), f"holds neither {INDEX} nor WARC files")
    for file in files:
        yield from _warc(file)


def _warc(path: Path) -> Iterator[tuple[Reply, bool] | Failure]:
    with files.open_to_read(path) as file:  # bounded record by record
        for found in places(file, str(path)):
            if isinstance(found, Place):
                yield found.reply, True
            else:
                yield found


def _indexed(folder: Path) -> Iterator[tuple[Reply, bool] | Failure]:
    place = folder / INDEX
    try:
        rows = list(_rows(json.loads(files.read(place, LARGEST))))
    except (ValueError, RecursionError) as error:
        yield Failure(str(place), f"is no index of pages: {error}")
        return
    for number, (urls, name) in enumerate(rows, 1):
        file = _inside(folder, name)
        if isinstance(file, str) or not urls:
            yield Failure(str(place), f"row {number}: {file if urls else 'names no URL'}")
            continue
        try:
            body = files.read_inside(folder, file, LARGEST)
        except OSError as error:
            yield Failure(str(file), error.strerror or "cannot be read")
            continue
        yield from _replies(place, number, urls, file, body)


def _rows(index: Any) -> Iterable[tuple[list[str], str]]:
    if isinstance(index, dict):
        index = [{"url": url, "file": file} for url, file in index.items()]
    if not isinstance(index, list):
        raise ValueError("neither a list nor an object")
    for row in index:
        if not isinstance(row, dict):
            raise ValueError("a row is no object")
        urls = row.get("urls", row.get("url", []))
        urls = urls if isinstance(urls, list) else [urls]
        yield [url for url in urls if isinstance(url, str)], str(row.get("file", ""))


def _inside(folder: Path, name: str) -> Path | str:
    """The file, or why it is none of the folder's."""
    file = folder / name
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        return f"the file {name!r} lies outside the folder"
    return file if file.is_file() else f"there is no file {name!r}"


def _replies(
    index: Path, number: int, urls: list[str], file: Path, body: bytes
) -> Iterator[tuple[Reply, bool] | Failure]:
    """One reply for each distinct page that the file is the text of."""
    content_type = _TYPES.get(PurePosixPath(file.name).suffix.lower(), "application/octet-stream")
    fetched = datetime.fromtimestamp(int(file.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pages: dict[str, None] = {}
    for url in urls:
        try:
            pages[page_url(url)] = None
        except BadAddress as error:
            yield Failure(str(index), f"row {number}: {url[:200]}: {error.reason}")
    for page in pages:
        headers = (("Content-Type", content_type),)
        yield Reply(page, 200, "OK", headers, body, fetched), False
