"""Acronyms that stand beside their expansion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from waygraph.labels import FUNCTION_WORDS, PREPOSITIONS, is_term, key, tidy
from waygraph.model import Alias, Document, Parse

_ACRONYM = re.compile(r"\s*\(\s*([A-Z][A-Za-z0-9]*[A-Z0-9]s?)\s*\)")


def acronyms(document: Document, parse: Parse) -> Iterator[Alias]:
    """``graphics processing unit (GPU)``: words with their initials in brackets behind them."""
    for sentence in parse.sentences:
        for match in _ACRONYM.finditer(document.text, sentence.start, sentence.end):
            short = match.group(1)
            before = tidy(document.text[sentence.start : match.start()])
            long = _expansion(before, short.removesuffix("s"))
            if long:
                yield Alias(key(long), key(short), short.removesuffix("s"), "initials in brackets")


def _expansion(label: str, short: str) -> str:
    """The shortest tail of ``label``, of two words or more, that ``short`` abbreviates.

    The manner of Schwartz and Hearst (2003), but stricter: each word gives its initial, perhaps
    with letters from within, and only words of grammar may give none. Empty if none fits.
    """
    words = list(re.finditer(r"[^\W_]+", label))
    letters = short.casefold()
    for word in words[-2 : -2 * len(letters) - 1 : -1]:
        long = label[word.start() :]
        parts = [m.group().casefold() for m in words if m.start() >= word.start()]
        if parts[0][0] == letters[0] and _abbreviates(letters, parts):
            return long if is_term(long, longest=8) else ""
    return ""


def _abbreviates(letters: str, words: Sequence[str]) -> bool:
    if not words:
        return not letters
    word, rest = words[0], words[1:]
    if (word in FUNCTION_WORDS or word in PREPOSITIONS) and _abbreviates(letters, rest):
        return True
    at = 0 if letters and word[0] == letters[0] else -1
    for taken in range(1, len(letters) + 1):
        if at < 0:
            return False
        if _abbreviates(letters[taken:], rest):
            return True
        at = word.find(letters[taken], at + 1) if taken < len(letters) else -1
    return False
