"""How strongly one concept requires another: three strengths, told apart wherever it is said.

*required*: an author or the wording of a note says so, a person decided so, or the confidence is
at least ``REQUIRED_FROM``; *likely*: it is at least ``LIKELY_FROM``; *helps*: it is less. What is
required or likely must come first in a plan; what merely helps forces nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

REQUIRED, LIKELY, HELPS = STRENGTHS = ("required", "likely", "helps")
REQUIRED_FROM, LIKELY_FROM = 0.7, 0.4
# Names of rules by which notes say in so many words what requires what; and a person's decision.
BY_AUTHOR, WORDING, SECTION, DECISION = SAID = (
    "written by the author", "wording", "section", "decision",
)  # fmt: skip
# What the rule of a claim that a model made begins with; its reasons follow.
MODEL = "model: "


def strength_of(confidence: float, rule: str = "", hedged: bool = False) -> str:
    """The strength of a ``requires`` of this confidence, found by this rule.

    What notes say with reserve ("may need") or in passing is as strong as it is sure.
    """
    if confidence < LIKELY_FROM:
        return HELPS
    said = rule in SAID and not hedged
    return REQUIRED if said or confidence >= REQUIRED_FROM else LIKELY


def strongest(strengths: Iterable[str]) -> str:
    """The strongest of some strengths; empty if there is none."""
    return min(strengths, key=STRENGTHS.index, default="")


def basis(strength: str, rule: str) -> str:
    """What a strength rests on, in words: "your notes say so" against "likely, because …"."""
    if rule == DECISION:
        return "required, you decided so"
    if rule in SAID and strength == REQUIRED:
        return f"required, your notes say so: {rule}"
    why = rule.removeprefix(MODEL)
    return f"{strength}, because: {why}" if strength and why else strength
