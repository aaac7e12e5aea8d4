"""What the HTTP API answers with, besides the values of waygraph itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field, StringConstraints

from waygraph.search.typed import FoundConcept


def media(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The media types of an answer that is no JSON, for the description of a route."""
    return {200: {"content": {kind: {} for kind in kinds}}}


Label = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="How many to pass over.")]
Text = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True)
class OperatorRun:
    """An operator of the last ingests: its version, its model, and when it ran last."""

    operator: str
    version: str
    model: str
    ended: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What an ingest could not use, or warns of; ``line`` is 1-based, None for all of a file."""

    address: str
    reason: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """What the workspace holds.

    ``outdated`` says what the concept graph does not show yet, empty if nothing; ``digest``
    names its state: when it changes, answers may. ``writable`` says whether SPARQL updates
    are taken; ``algorithms`` and ``relations`` are the names that questions may use.
    """

    version: str
    workspace: str
    base: str
    documents: int
    concepts: int
    relations: int
    mentions: int
    digest: str
    outdated: str
    writable: bool
    runs: list[OperatorRun]
    failures: list[Problem]
    warnings: list[Problem]
    algorithms: list[str]
    relation_names: list[str]


@dataclass(frozen=True, slots=True)
class FoundConcepts:
    """A page of concepts; ``total`` counts all that fit."""

    total: int
    items: list[FoundConcept]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document as it was read; ``number`` is 1-based."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class DocumentText:
    """Lines of a document: its source as text, never as markup.

    ``total`` counts all its lines, ``line`` is the one that was asked for, 0 if none was.
    """

    address: str
    title: str
    date: str
    day: int | None
    line: int
    total: int
    lines: list[Line]
