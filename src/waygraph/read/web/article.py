"""An article as fetched -> Article, by its type, else by its name, else by its look."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from waygraph.errors import ReadError
from waygraph.model import Document, Link
from waygraph.read.markdown import read_markdown
from waygraph.read.mdx import read_mdx
from waygraph.read.notebook import read_notebook
from waygraph.read.plain import read_plain
from waygraph.read.web.charset import decoded
from waygraph.read.web.html import Article, read_html
from waygraph.read.web.pdf import read_pdf
from waygraph.read.web.urls import BadAddress, page_url, without_tracking

__all__ = ["Article", "read_article"]

_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/x-rst": "rst",
    "text/prs.fallenstein.rst": "rst",
    "application/x-ipynb+json": "notebook",
}
_SUFFIXES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".rst": "rst",
    ".ipynb": "notebook",
}
# Types that servers give to anything.
_VAGUE = frozenset(("", "text/plain", "application/octet-stream", "application/json", "text/json"))
_LOOK = 2_048


def read_article(url: str, body: bytes, content_type: str = "") -> Article:
    """Read a page of the web.

    Args:
        url: the address it came from, after all redirects.
        body: its bytes, decompressed.
        content_type: the header, empty if there was none.

    Returns:
        The document, its address the canonical URL, with author and language if it is HTML
        or PDF and names them.

    Raises:
        ReadError: it is of no kind that is read, or broken, or too large.
    """
    try:
        address = without_tracking(page_url(url))
    except BadAddress as error:
        raise ReadError(url[:200], error.reason) from None
    kind = kind_of(address, body, content_type)
    if kind == "html":
        return read_html(page_url(url), body, content_type)
    if kind == "pdf":
        return read_pdf(address, body)
    if kind == "notebook":
        return Article(_absolute(read_notebook(address, body)), canonical=address)
    if kind not in ("markdown", "rst", "text"):
        raise ReadError(address, f"is {kind}, which is not read")
    text = decoded(body, content_type)
    if "\0" in text.text:
        raise ReadError(address, "holds a NUL character: this is not a text file")
    if kind == "markdown":
        reader = read_mdx if urlsplit(address).path.lower().endswith(".mdx") else read_markdown
        document = reader(address, text.text.encode("utf-8", "replace"))
        document = replace(document, digest=sha256(body).hexdigest())
    else:
        document = read_plain(address, text.text, body, markup=kind == "rst")
    if text.warning:
        document = replace(document, warnings=(*document.warnings, f"the page {text.warning}"))
    return Article(_absolute(document), canonical=address)


def kind_of(url: str, body: bytes, content_type: str) -> str:
    """``html``, ``pdf``, ``markdown``, ``rst``, ``notebook`` or ``text``; else the type's name."""
    if b"%PDF-" in body[:1_024]:
        return "pdf"
    media = content_type.partition(";")[0].strip().lower()
    suffix = PurePosixPath(unquote(urlsplit(url).path)).suffix.lower()
    known = _TYPES.get(media) or (_SUFFIXES.get(suffix) if media in _VAGUE else None)
    return known or _look(body) or _rest(media)


def _look(body: bytes) -> str:
    """The kind that the first bytes show, empty if they show none."""
    start = body[:_LOOK].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<!doctype html") or (start[:1] == b"<" and b"<html" in start):
        return "html"
    return "notebook" if start.startswith(b"{") and b'"nbformat"' in body else ""


def _rest(media: str) -> str:
    if media.endswith("json"):
        return "JSON"
    if media in ("text/xml", "application/xml") or media.endswith("+xml"):
        return "XML"
    return "text" if media in _VAGUE or media.startswith("text/") else media


def _absolute(document: Document) -> Document:
    """The document with the targets of its links joined to its address."""
    return replace(
        document, links=tuple(_joined(document.address, link) for link in document.links)
    )


def _joined(address: str, link: Link) -> Link:
    if link.kind not in ("link", "image", "url"):
        return link
    try:
        return replace(link, target=urljoin(address, link.target))
    except ValueError:  # no address: it stays as written
        return link
