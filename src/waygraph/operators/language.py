"""Which language a document is written in: what it says itself, else as its letters tell."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from waygraph.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable

_PROSE = frozenset({"paragraph", "item", "cell"})
# Fewer Latin letters than this tell nothing (one word looks like many languages).
_LEAST_LATIN, _LEAST_OTHER = 100, 8
_MOST = 4000
# Frequent in English and hardly known to other languages.
_ENGLISH = frozenset("the and with which this that from when where their there these".split())
_WORD = re.compile(r"[a-z]+")


def language_of(document: Document) -> str:
    """The language's ISO 639-1 code, or empty where too little is written to tell.

    English is known by its most frequent words, others are identified by byte n-grams with
    naive Bayes (Lui and Baldwin 2012).
    """
    if document.language:
        return document.language
    code = [mark.span for mark in document.marks if mark.kind in ("code", "math", "url")]
    pieces: list[str] = []
    for block in document.blocks:
        if block.kind in _PROSE and not block.boilerplate:
            start = block.span.start
            for span in code:
                if block.span.start <= span.start and span.end <= block.span.end:
                    pieces.append(document.text[start : span.start])
                    start = max(start, span.end)
            pieces.append(document.text[start : block.span.end])
    text = " ".join(pieces)[:_MOST]
    letters = sum(map(str.isalpha, text))
    latin = letters if text.isascii() else sum(c.isalpha() and c < "\u0250" for c in text)
    if letters - latin > latin:
        return _identify()(text) if letters >= _LEAST_OTHER else ""
    if letters < _LEAST_LATIN:
        return ""
    # what identifies is loaded for most of a second
    return "en" if _is_english(text) else _identify()(text)


def _is_english(text: str) -> bool:
    """Whether so many words are English ones that most others must be."""
    words = _WORD.findall(text.lower())
    told = [word for word in words if word in _ENGLISH]
    return len(set(told)) > 2 and len(told) >= 0.05 * len(words)


@cache
def _identify() -> Callable[[str], str]:
    from py3langid import classify

    return lambda text: str(classify(text)[0])
