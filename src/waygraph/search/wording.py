"""The words that matter in what a person types: no question around them, and their stems."""

from __future__ import annotations

import re
from functools import lru_cache

from waygraph.labels import FUNCTION_WORDS, PREPOSITIONS, key

# What people say before what they want to learn, and after it; as keys, word by word.
_BEFORE = FUNCTION_WORDS | PREPOSITIONS | frozenset(
    """
    intro introduction basic fundamental essential guide tutorial overview primer lesson course
    learn learned study understand understanding explain explained teach tell show give help want
    need like know get started getting please define definition meaning work really much
    let lets's whats use describe explore exploring master mastering concept idea
    """.split()
) | {key("does"), key("basics"), key("this"), "doe", "isnt", "dont", "what's", "how's"}  # fmt: skip
_AFTER = FUNCTION_WORDS | PREPOSITIONS | frozenset(
    """
    work mean do used useful important explained tutorial basic intro introduction overview
    beginner dummy guide please exactly actually anyway good matter course lesson example
    definition meaning
    """.split()
)  # fmt: skip
# What is done with a thing: "using pytest", "choose a learning rate".
_DONE = frozenset(
    """
    using making doing writing creating building setting running choose choosing write make create
    build set run avoid handle handling implement implementing apply applying
    """.split()
)
# Heads that say what sort of thing it is, and may stand there or not: "KNN algorithm".
SORTS = frozenset(
    "algorithm method technique theory concept library package tool language framework".split()
)
_ENDING = re.compile(
    r"(?:i[sz]ational|i[sz]ation|i[sz]ing|i[sz]ed?|i[sz]er|ication|ational|ative|ation|ator|ating"
    r"|ated?|ional|ical|ively|ing|ion|ive|ability|ibility|able|ible|ment|ness|ity|ial|al|ic|ed|er|or|ly|es|e|y|s)$"
)
_LEAST_STEM = 3


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """What is left of a word's key without its ending: the same for a noun and its verb."""
    found = _ENDING.search(word, _LEAST_STEM)
    if found is None:
        return word
    left = word[: found.start()]
    # "programming", "program"; "multiplying", "multiplication"
    doubled = len(left) > _LEAST_STEM and (left[-1] == left[-2] or left[-1] in "yi")
    return left[:-1] if doubled else left


def content(words: list[str]) -> list[str]:
    """The words that carry meaning; all of them if none does."""
    return [w for w in words if w not in FUNCTION_WORDS and w not in PREPOSITIONS] or words


def readings(query: str) -> list[tuple[list[str], int]]:
    """The words of ``query``, as they are and without the question around them.

    With each, how many words it lacks that say something.
    """
    words = key(query).split()
    first, last = 0, len(words)
    while first < last and words[first] in _BEFORE:
        first += 1
    while last > first and words[last - 1] in _AFTER:
        last -= 1
    bare = words[first:last]
    found = [words, bare, content(bare)] if bare else [words, content(words)]
    said = len(found[-1])
    if len(found[-1]) > 1 and found[-1][0] in _DONE:
        found.append(found[-1][1:])
    if len(found[-1]) > 1 and found[-1][-1] in SORTS:
        found.append(found[-1][:-1])
    fresh = [one for i, one in enumerate(found) if one and one not in found[:i]]
    return [(one, max(0, said - len(one))) for one in fresh]
