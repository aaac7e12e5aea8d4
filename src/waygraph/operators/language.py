"""Which language a document is written in: what it says itself, else as its letters tell."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from waygraph.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PROSE = frozenset({"paragraph", "item", "cell"})
# What ends a clause: marks, figures, the end of a line, a dash between blanks.
_ENDS = re.compile(r"[.,;:!?()\[\]{}<>|/\\=+*#…—–·•→⇒↔。！？、，；：「」\n\r\t\d]+|(?<=\s)-+(?=\s)")
# A clause has so many words, some of them not capitalized; or so many characters, in scripts that
# put no blanks between words. Less is a name, an entry of a list, a word with its translation.
_WORDS, _SMALL = 5, 2
_DENSE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]{6}")
# Fewer letters in clauses than this tell nothing, nor does a guess less likely than this.
_LEAST_LATIN, _LEAST_OTHER, _LIKELY = 60, 8, 0.55
_MOST = 4000
# Frequent in English and hardly known to other languages.
_ENGLISH = frozenset("the and with which this that from when where their there these".split())
_WORD = re.compile(r"[a-z]+")


def language_of(document: Document) -> str:
    """The language's ISO 639-1 code, or empty where too little prose is written to tell.

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
    text = "\n".join(_clauses("\n".join(pieces)))[:_MOST]
    letters = sum(map(str.isalpha, text))
    latin = letters if text.isascii() else sum(c.isalpha() and c < "\u0250" for c in text)
    if letters < (_LEAST_OTHER if letters - latin > latin else _LEAST_LATIN):
        return ""
    # what identifies is loaded for most of a second
    if 2 * latin >= letters and _is_english(text):
        return "en"
    found, likely = _identify()(text)
    # its words are English, for which it is taken where English is short of verbs
    return found if likely >= _LIKELY and found != "pcm" else ""


def _clauses(text: str) -> Iterator[str]:
    """The parts of a text that are running prose."""
    for clause in _ENDS.split(text):
        words = clause.split()
        small = sum(not word[0].isupper() for word in words)
        if (len(words) >= _WORDS and small >= _SMALL) or _DENSE.search(clause):
            yield clause.strip()


def _is_english(text: str) -> bool:
    """Whether so many words are English ones that most others must be."""
    words = _WORD.findall(text.lower())
    told = [word for word in words if word in _ENGLISH]
    return len(set(told)) > 2 and len(told) >= 0.05 * len(words)


@cache
def _identify() -> Callable[[str], tuple[str, float]]:
    """What says in which language a text is, and how likely, from 0 to 1."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def identify(text: str) -> tuple[str, float]:
        code, likely = model.classify(text)
        return str(code), float(likely)

    return identify
