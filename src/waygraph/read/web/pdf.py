"""PDF: bytes -> Article. A PDF has no characters one could point at, so its text is the source."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from waygraph.errors import ReadError
from waygraph.read.plain import read_plain
from waygraph.read.web.html import Article

if TYPE_CHECKING:
    from pypdf import PdfReader

LARGEST = 30_000_000
MOST_PAGES = 300
MOST_TEXT = 5_000_000
# What the pages draw, unpacked: so many bytes, and so many for each byte of the file besides.
_DRAWN, _DRAWN_PER_BYTE = 2_000_000, 20
# Anchored to begin where words begin: a hostile text is one word of a million letters.
_HYPHENATED = re.compile(r"\b\w++-\w++")
_CUT = re.compile(r"(?<=[^\W\d_A-Z])-\n(?=[^\W\d_A-Z])")
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"\b\w++\Z")
_LONGEST_WORD = 40
_NOTE = "a PDF: the source quoted from is the text taken from it, page after page"
# What programs put there where an author gave no title.
_NO_TITLE = re.compile(
    r"(untitled|microsoft word|title|document)\b.*|.*\.(docx?|tex|dvi|indd|pdf)", re.I
)


def read_pdf(url: str, body: bytes) -> Article:
    """Read the text of a PDF's first ``MOST_PAGES`` pages.

    Args:
        url: the document's address.
        body: the file, at most ``LARGEST`` bytes.

    Raises:
        ReadError: it is too large, broken, encrypted, or holds no text (only pictures).
    """
    from pypdf.errors import PyPdfError

    logger = logging.getLogger("pypdf")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    if len(body) > LARGEST:
        raise ReadError(url, f"the PDF has {len(body):,} bytes, more than {LARGEST:,}")
    try:
        return _read(url, body)
    except ReadError:
        raise
    # a broken file meets the parser's own errors and those of the language
    except (PyPdfError, ArithmeticError, LookupError, OSError, RecursionError) as error:
        raise _broken(url, error) from None
    except (AssertionError, AttributeError, TypeError, ValueError, NotImplementedError) as error:
        raise _broken(url, error) from None


def _broken(url: str, error: Exception) -> ReadError:
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return ReadError(url, f"the PDF is broken: {said}")


def _read(url: str, body: bytes) -> Article:
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(body))
    # many are encrypted with an empty password, only to forbid printing
    if reader.is_encrypted and not reader.decrypt(""):
        raise ReadError(url, "the PDF is encrypted")
    pages = len(reader.pages)
    parts = list(_texts(url, reader, len(body)))
    source = _dehyphenated("\n\n".join(part for part in parts if part))
    if not source:
        raise ReadError(url, "the PDF holds no text: its pages are pictures")
    title, author, date = _about(reader)
    name = PurePosixPath(unquote(urlsplit(url).path)).stem
    document = read_plain(url, source, body, title=title or name or url)
    warnings = [_NOTE]
    if pages > len(parts):
        warnings.append(f"only the first {len(parts)} of its {pages} pages are read")
    document = replace(document, date=date, warnings=tuple(warnings))
    return Article(document, author=author, canonical=url)


def _texts(url: str, reader: PdfReader, size: int) -> Iterator[str]:
    taken = drawn = 0
    most = _DRAWN + _DRAWN_PER_BYTE * size
    for number in range(min(len(reader.pages), MOST_PAGES)):
        page = reader.pages[number]
        contents = page.get_contents()
        # pages may share what they draw, each at its own cost
        drawn += len(contents.get_data()) if contents is not None else 0
        if drawn > most:
            raise ReadError(url, f"the PDF's pages draw more than {most:,} bytes")
        text = _paragraphs(_clean(page.extract_text()))
        taken += len(text)
        if taken > MOST_TEXT:
            raise ReadError(url, f"the PDF holds more than {MOST_TEXT:,} characters")
        yield text


def _clean(text: str) -> str:
    """Text without characters that cannot be stored: half pairs and NULs."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").strip()


def _paragraphs(text: str) -> str:
    """The text of a page with a blank line after lines that end a paragraph.

    Such a line ends a sentence and is shorter than most lines of its page.
    """
    lines = [line.strip() for line in text.splitlines()]
    sizes = sorted(len(line) for line in lines if line)
    short = 0.8 * sizes[len(sizes) // 2] if sizes else 0
    return "\n".join(
        line + "\n" if len(line) < short and line.endswith((".", "!", "?", ":")) else line
        for line in lines
    ).strip()


def _dehyphenated(text: str) -> str:
    """Words that a line end cut in two made whole, unless they are spelled so elsewhere too."""
    spelled = set(_HYPHENATED.findall(text.lower()))

    def joined(cut: re.Match[str]) -> str:
        left = _LAST_WORD.search(text, max(0, cut.start() - _LONGEST_WORD), cut.start())
        right = _WORD.match(text, cut.end(), cut.end() + _LONGEST_WORD)
        whole = f"{left.group() if left else ''}-{right.group() if right else ''}"
        return "-" if whole.lower() in spelled else ""

    return _CUT.sub(joined, text)


def _about(reader: PdfReader) -> tuple[str, str, str]:
    """Title, author and date (ISO 8601) that the file names, empty where it names none."""
    about: Any = reader.metadata
    if about is None:
        return "", "", ""
    title = " ".join(_clean(str(about.title or "")).split())
    author = " ".join(_clean(str(about.author or "")).split())
    try:
        made = about.creation_date
    except ValueError:
        made = None
    date = made.date().isoformat() if isinstance(made, datetime) else ""
    return "" if _NO_TITLE.fullmatch(title) else title, author, date
