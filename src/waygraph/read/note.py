"""A source of whatever kind: bytes -> Document, by the suffix of its address."""

from __future__ import annotations

import posixpath

from waygraph.errors import ReadError
from waygraph.model import Document

_POINTER = b"version https://git-lfs.github.com/spec/"


def read_source(address: str, data: bytes) -> Document:
    """Read one source; what is not known by its suffix is read as Markdown.

    Args:
        address: POSIX path relative to the corpus root.
        data: the file's bytes.

    Raises:
        ReadError: the bytes are no source of that kind (names the line, where there is one).
    """
    if data.startswith(_POINTER):
        raise ReadError(address, "is a pointer of Git LFS, not the file itself", 1, "git lfs pull")
    match posixpath.splitext(address)[1].lower():
        case ".ipynb":
            from waygraph.read.notebook import read_notebook as reader
        case ".org":
            from waygraph.read.org import read_org as reader
        case ".mdx":
            from waygraph.read.mdx import read_mdx as reader
        case ".txt":
            from waygraph.read.txt import read_text as reader
        case _:
            from waygraph.read.markdown import read_markdown as reader
    return reader(address, data)
