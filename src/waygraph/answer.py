"""The values that search answers with: what a path, a step, a quote and a reading are.

They have a module of their own because asking for a path should load little else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence as shown: the exact slice ``source[start:end]``, and it read without markup.

    ``start`` and ``end`` are source offsets, ``line`` is 1-based. A decision is quoted
    without extent: what it states, and why as ``text``.
    """

    quote: str
    text: str
    source: str
    start: int
    end: int
    line: int

    @property
    def is_decision(self) -> bool:
        """Whether these are words of a decision, not of a note."""
        return self.line > 0 and self.start == self.end


@dataclass(frozen=True, slots=True)
class Reading:
    """A section to read for a concept.

    ``minutes`` is an estimate from its word count, ``start`` the source offset at which it
    begins: sections of one document may have one heading.
    """

    source: str
    heading: str
    minutes: float
    start: int = 0

    @property
    def place(self) -> tuple[str, str, int]:
        """Which section it is: document, heading and where it begins."""
        return self.source, self.heading, self.start


@dataclass(frozen=True, slots=True)
class Named:
    """A concept by IRI and preferred label."""

    iri: str
    label: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The concept that was taken for words that are no label of it.

    ``how`` says by what: "question" (a question around a label), "joined", "order", "acronym",
    "stem", "prefix", "spelled", "begins" or "meaning"; ``others`` are labels that came near.
    """

    typed: str
    concept: Named
    how: str
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        others = f"; or: {'; '.join(self.others)}" if self.others else ""
        return f"taking “{self.concept.label}” for “{self.typed}”{others}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a learning path: the concept, why it follows, what to read, what it costs.

    ``relation`` is "start" or "known" where the path begins; elsewhere it leads to the concept
    ``to``: the step before on the spine or, where the concept is there because another needs
    it, that one. ``spine`` says which of the two. ``read`` is empty where nothing explains the
    concept, and where an earlier step's reading does: that of the concept ``read_with``. Where the
    relation is one of ``requires``, ``strength`` says whether that is "required", "likely" or
    "helps", and ``basis`` what it rests on.
    """

    concept: Named
    relation: str
    reason: Quote
    read: Reading
    cost: float
    confidence: float = 1.0
    to: Named | None = None
    spine: bool = True
    read_with: Named | None = None
    strength: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A concept that a learning path leaves out, its minutes of reading, and why."""

    concept: Named
    minutes: float
    why: str


@dataclass(frozen=True, slots=True)
class LearningPath:
    """Steps from what is known to a goal, in an order that violates no prerequisite.

    The spine's ``cost`` is at most ``bound`` times the least possible; ``optimal`` says
    ``bound`` is 1, and a bound of 0 that nothing is known. ``expansions`` counts the concepts
    the search expanded. An alternative is the cheapest found of those that differ: no bound is
    known for it. ``notes`` say what else a reader should know; ``differs`` how an
    alternative differs from the paths before it. ``nothing_before``: the notes hold nothing that
    comes before the goal, which is the only step. ``taken``: what was taken for names in the
    question that are no label.
    """

    start: Named
    goal: Named
    cost: float
    optimal: bool
    bound: float
    expansions: int
    steps: tuple[Step, ...]
    alternatives: tuple[LearningPath, ...] = ()
    algorithm: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    differs: str = ""
    nothing_before: bool = False
    taken: tuple[Taken, ...] = ()

    @property
    def minutes(self) -> float:
        """Minutes of reading, an estimate."""
        return round(sum(step.read.minutes for step in self.steps), 1)
