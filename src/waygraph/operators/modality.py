"""Modality: whether a sentence says a thing plainly, with reserve, or not at all."""

from __future__ import annotations

import re

# Words that turn a claim round, or leave next to nothing of it.
NEGATIONS = (
    "not?|never|neither|nor|nobody|nothing|none|without|cannot|hardly|rarely|seldom|scarcely|"
    "barely|little|few|zero"
)
_DENIES = re.compile(rf"\b(?:{NEGATIONS})\b|n[’']t\b|\bno longer\b", re.I)
_HEDGES = re.compile(
    r"\b(?:may|might|could|would|can|perhaps|maybe|possibly|probably|presumably|apparently|"
    r"supposedly|usually|often|sometimes|occasionally|generally|typically|mostly|mainly|largely|"
    r"commonly|normally|frequently|tends? to|seems? to|appears? to|likely|partly|arguably)\b",
    re.I,
)
# Before a claim: who says it, or when it holds.
_RESERVES = re.compile(
    r"\b(?:perhaps|maybe|possibly|probably|supposedly|allegedly|usually|often|sometimes|"
    r"occasionally|generally|typically|mostly|in (?:most|many|some|certain) cases|if|unless|"
    r"(?:some|many|people) (?:say|think|believe|claim|argue)|(?:may|might|could) be that)\b",
    re.I,
)
_REPORTED_FALSE = re.compile(
    r"\b(?:myth|misconception|fallacy|superstition|untrue|false|falsely|mistaken|mistakenly|wrong|"
    r"wrongly|contrary to|used to (?:think|believe|say)|no longer|disproved|debunked)\b",
    re.I,
)
_NONE_OF = re.compile(r"\b(?:no|neither|few|hardly any|none of(?: the)?)\s*\Z", re.I)
_THAT = re.compile(r"\bthat\s+(?:(?:an?|the)\s+)?\Z", re.I)
# What a claim is worth that is made with reserve.
RESERVED = 0.7


def denies(words: str) -> bool:
    """Whether words hold a negation, or say that a thing is rare."""
    return bool(_DENIES.search(words))


def hedges(words: str) -> bool:
    """Whether the words around a verb leave room for doubt: "may", "usually"."""
    return bool(_HEDGES.search(words))


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return sentence.rstrip(" \t\n\"'”’)*_").endswith("?")


def rejects(before: str) -> bool:
    """Whether what stands before a claim in its sentence takes it back.

    "It is a myth that X …", "No X …", "It is not true that X …".
    """
    if _REPORTED_FALSE.search(before) or _NONE_OF.search(before):
        return True
    return bool(_THAT.search(before) and denies(before))


def reserves(before: str) -> bool:
    """Whether what stands before a claim in its sentence leaves it open: "Usually X …"."""
    return bool(_RESERVES.search(before))
