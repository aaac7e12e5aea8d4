r"""Acronyms beside their expansion.

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text" (2003): the letters of the short form are looked for in the words before
its bracket, from right to left, and the first one must begin a word; here two thirds of them
must begin words or be capitals there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from waygraph.labels import FUNCTION_WORDS, PREPOSITIONS, key, tidy
from waygraph.model import Alias, Document, Parse, Span

# two capitals, or one and a digit: "Lasso" and "Turing" in brackets abbreviate nothing
# Two capitals are looked for no further than words are long.
_SHORT = r"(?=[^\s()A-Z]{0,40}+[A-Z][^\s()A-Z0-9]{0,40}+[A-Z0-9])[A-Za-z0-9][A-Za-z0-9*+/&.-]{1,9}"
_BEHIND = re.compile(rf"\s*\(\s*({_SHORT})\s*(?:[,;][^()]*)?\)")
_AHEAD = re.compile(rf"\b({_SHORT})\s*\(\s*([^()]{{5,90}}?)\s*\)")
_STANDS = re.compile(
    rf"\b({_SHORT})\s*,?\s*(?:(?:which\s+)?(?:is|are)\s+)?(?:stands?\s+for|short\s+for|an?\s+"
    r"(?:abbreviation|acronym)\s+(?:of|for))\s+[\"“'‘]?([^.;:()]{5,90})"
)
_WORD = re.compile(r"[^\W_]+(?:['’]s\b)?")
_SMALL = FUNCTION_WORDS | PREPOSITIONS


def acronyms(document: Document, parse: Parse) -> Iterator[Alias]:
    """``processing unit (PU)``, ``PU (processing unit)``, ``PU stands for …``."""
    text = document.text
    for sentence in parse.sentences:
        begin = sentence.start
        for match in _BEHIND.finditer(text, sentence.start, sentence.end):
            before = text[begin : match.start()]
            if found := expansion(before, _singular(match.group(1))):
                place = Span(begin + before.rindex(found), match.end())
                yield from _alias(match.group(1), found, "in brackets", place)
            begin = match.end() - 1  # an expansion holds no bracket
        for match in _AHEAD.finditer(text, sentence.start, sentence.end):
            short, said = match.groups()
            for long in (said, re.split(r"[,;:]", said)[0]):
                # "(atomicity, consistency, isolation, durability)" is one expansion
                if is_initials(long.replace(",", ""), _singular(short)):
                    yield from _alias(short, long, "in brackets", Span(*match.span()))
                    break
        for match in _STANDS.finditer(text, sentence.start, sentence.end):
            short, said = match.groups()
            if long := _beginning(said, _singular(short)):
                place = Span(match.start(), match.start(2) + len(long))
                yield from _alias(short, long, "stands for", place)


def _alias(short: str, long: str, how: str, place: Span) -> Iterator[Alias]:
    short, long = _singular(short), tidy(long)
    small = key(long) in FUNCTION_WORDS or len(long.split()) > 9
    if not small and len(_WORD.findall(long)) > 1 and key(short) not in key(long).split():
        what = "initials" if is_initials(long.replace(",", ""), short) else "letters"
        yield Alias(key(long), key(short), short, f"{what} {how}", long, place)


def _singular(short: str) -> str:
    return short[:-1] if short.endswith("s") and short[:-1].isupper() else short


def expansion(before: str, short: str) -> str:
    """The end of ``before`` that ``short`` abbreviates, or empty."""
    letters = [c for c in short.casefold() if c.isalnum()]
    words = list(_WORD.finditer(before))
    for count in range(len(letters), min(len(words), 2 * len(letters)) + 1):
        tail = before[words[-count].start() :]
        first = tail.split()[0].casefold()
        if is_initials(tail, short) and first not in _SMALL:
            return tail.rstrip()
    if len(letters) < 3:
        return ""
    place, begun = len(before) - 1, 0
    for number, letter in reversed(list(enumerate(letters))):
        while place >= 0 and (
            before[place].casefold() != letter
            or (number == 0 and place > 0 and before[place - 1].isalnum())
        ):
            place -= 1
        if place < 0:
            return ""
        begun += place == 0 or not before[place - 1].isalnum() or before[place].isupper()
        place -= 1
    long = before[place + 1 :].rstrip()
    count = len(_WORD.findall(long))
    far = not 2 <= count <= min(len(letters) + 5, 2 * len(letters))
    small = FUNCTION_WORDS - {"and"} | {long.split()[0].casefold()} & _SMALL
    odd = re.search(r"[.,;:!?()]", long) or small.intersection(long.casefold().split())
    few = begun < 2 * len(letters) / 3
    return "" if far or odd or few or len(long) <= len(short) else long


def is_initials(long: str, short: str) -> bool:
    """Whether ``short`` is the initials of the words of ``long``; small ones may be left out."""
    letters = "".join(c for c in short.casefold() if c.isalnum())
    words = [word.casefold() for word in _WORD.findall(long)]
    if len(letters) < 2 or len(words) < 2:
        return False
    if any(c in long for c in ".,;:!?()"):
        return False
    full = "".join(word[0] for word in words)
    return letters in (full, "".join(word[0] for word in words if word not in _SMALL))


def _beginning(said: str, short: str) -> str:
    """The first words of ``said`` whose initials are ``short``, or empty."""
    words = list(_WORD.finditer(said))
    for count in range(2, min(len(words), 2 * len(short)) + 1):
        head = said[words[0].start() : words[count - 1].end()]
        if is_initials(head, short):
            return head
    return ""
