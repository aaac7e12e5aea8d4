"""How links are written: the sides of a wikilink, templates, files that are no notes."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from waygraph.model import Document, Link
from waygraph.read.names import NOTES, PUBLISHED, stem

WIKI = frozenset({"wikilink", "embed"})
# Logseq's reference to a block; Dendron's name of several notes, but not "A*".
BLOCK = re.compile(r"\(\(([0-9a-f]{8}-[0-9a-f-]{27})\)\)", re.I)
WILDCARD = re.compile(r"\*|[^*]*(?:\.\*|\*\.)[^*]*(?:\*[^*]*)*")
_FILE = re.compile(r"\.[a-z][a-z0-9]{0,7}$", re.I)
_PLAIN_FILES = frozenset(
    """
    authors changelog codeowners contributing copying dockerfile gemfile justfile licence
    license makefile notice procfile rakefile
    """.split()
)
# what vaults embed; "Node.js" is the name of a page
_MEDIA = frozenset(
    """
    3gp avi avif base bib bmp canvas csv doc docx drawio epub excalidraw flac gif gz heic ico jpeg
    jpg m4a mkv mov mp3 mp4 odp ods odt ogg ogv opus pdf png ppt pptx svg tar tiff tsv wav webm
    webp xls xlsx zip
    """.split()
)
_SITE = re.compile(r"\{\{-?\s*site\.(?:base)?url\s*-?\}\}")
_QUOTED = re.compile(
    r"\{\{-?\s*[\"']([^\"'{}]+)[\"']\s*\|\s*(?:relative_url|absolute_url|prepend:[^{}]*?)\s*-?\}\}"
)
_LINK = re.compile(r"\{%-?\s*link\s+[\"']?([^{}%]+?)[\"']?\s*-?%\}")
_PAGE = re.compile(
    r"\{%-?\s*post_url\s+[\"']?/?([^{}%]+?)[\"']?\s*-?%\}"
    r"|\{\{[<%]\s*(?:rel)?ref\s+[\"']/?([^\"'{}]+)[\"']\s*[%>]\}\}"
)
_TEMPLATE = re.compile(r"\{\{.*\}\}|\{%.*%\}", re.S)


def sides(document: Document, link: Link) -> tuple[str, str]:
    """What stands before and behind the bar of a wikilink; empty where there is no bar."""
    before, bar, behind = link.target.partition("|")
    if not bar:
        behind = document.text[link.span.start : link.span.end]
    before, behind = before.strip().removesuffix("\\").strip(), behind.strip()
    return before, behind if behind != before else ""


def name_and_place(wanted: str) -> tuple[str, str]:
    """A wikilink's name and fragment; a block's id keeps its ``^``."""
    match = re.search(r"#|\^", wanted)
    if match is None:
        return wanted.strip(), ""
    return wanted[: match.start()].strip(), wanted[match.start() :].removeprefix("#").strip()


def untemplated(target: str) -> tuple[str, str]:
    """A link's address without Jekyll's and Hugo's tags, and what it then is.

    That is ``address``, ``name`` if it names a page as a wikilink does (``post_url``,
    ``ref``), or ``template`` if tags are left that only the site's generator can read.
    """
    if target.startswith("<") and target.endswith(">"):
        target = target[1:-1]
    target = _SITE.sub("", _QUOTED.sub(lambda match: "/" + match[1].lstrip("/"), target))
    target = _LINK.sub(lambda match: "/" + match[1].lstrip("/"), target).strip()
    if match := _PAGE.match(target):
        rest = target[match.end() :].strip()
        return (match[1] or match[2]) + (rest if rest.startswith("#") else ""), "name"
    return target, "template" if _TEMPLATE.search(target) else "address"


def is_media(name: str) -> bool:
    """Whether a wikilink names an image, a paper, a table … by its file."""
    return posixpath.basename(name).rpartition(".")[2].strip().lower() in _MEDIA


def is_file(path: str) -> bool:
    """Whether a path looks like that of a file which is neither a note nor a page."""
    name = posixpath.basename(path)
    if is_page(name) or stem(name, NOTES) != name:
        return False
    return bool(_FILE.search(name)) or name.lower() in _PLAIN_FILES


def is_page(path: str) -> bool:
    """Whether a path ends like that of a published page (``.html``)."""
    return stem(path, PUBLISHED) != path


def page_key(url: str) -> str:
    """An address of the web as far as it tells pages apart: no scheme, ``www.`` or fragment."""
    bare = url.partition("#")[0].partition("//")[2].rstrip("/")
    host, slash, path = bare.partition("/")
    return host.lower().removeprefix("www.") + slash + unquote(path)
