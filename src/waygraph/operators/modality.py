"""Modality: whether a sentence says a thing plainly, with reserve, or not at all."""

from __future__ import annotations

import re

# Words that turn a claim round, or leave next to nothing of it.
NEGATIONS = (
    "not?|never|neither|nor|nobody|nothing|none|without|cannot|hardly|rarely|seldom|scarcely|"
    "barely|little|few|zero"
)
# "not only" and "doesn't just" say it all the same
_DENIES = re.compile(
    rf"(?:\b(?:{NEGATIONS})\b|n[’']t\b)(?!\s+(?:only|just|merely|simply)\b)|\bno longer\b", re.I
)
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
_FALSE = (
    r"\b(?:myth|misconception|fallacy|superstition|untrue|false|falsely|mistaken|mistakenly|wrong|"
    r"wrongly|error|incorrect|incorrectly|disproved|debunked)\b"
)
_REPORTED_FALSE = re.compile(
    rf"{_FALSE}|\b(?:contrary to|used to (?:think|believe|say)|no longer|impossible that|"
    r"(?<!no )(?<!without )(?<!without a )doubt(?:s|ed|ful)?|den(?:y|ies|ied))\b|"
    r"(?:\bnot|\bnever|n[’']t)\s+(?:think|believe|say|claim|mean)\b",
    re.I,
)
# Behind a claim: "… is a myth"
_IS_FALSE = re.compile(
    rf"\W*(?:is|was)\b[^.,;]*(?:{_FALSE}|(?:\bnot|n[’']t) (?:true|so|the case)\b)", re.I
)
_NONE_OF = re.compile(
    r"\b(?:no|neither|nor|few|hardly any|none of(?: the)?)\s+(?:(?:an?|the)\s+)?\Z", re.I
)
# A claim that is itself a condition or a question: "If X requires Y, …", "I ask whether X …"
_SUPPOSES = re.compile(
    r"\b(?:if|unless|whether|suppos(?:e|ing)|imagine|pretend|assuming)\b[^,;:]*\Z", re.I
)
_CONDITION = re.compile(r"[^.,;:]*\b(?:if|unless)\b", re.I)
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


def supposes(before: str) -> bool:
    """Whether a claim is but supposed, by what stands before it: "If X …", "whether X …"."""
    return bool(_SUPPOSES.search(before))


def depends(after: str) -> bool:
    """Whether a condition follows a claim: "… if it is small", "… unless it rains"."""
    return bool(_CONDITION.match(after))


def rejects(before: str, after: str = "") -> bool:
    """Whether what stands around a claim in its sentence takes it back.

    "It is a myth that X …", "No X …", "It is not true that X …", "… is a myth".
    """
    if _IS_FALSE.match(after) or _REPORTED_FALSE.search(before) or _NONE_OF.search(before):
        return True
    return bool(_THAT.search(before) and denies(before))


def reserves(before: str) -> bool:
    """Whether what stands before a claim in its sentence leaves it open: "Usually X …"."""
    return bool(_RESERVES.search(before))
