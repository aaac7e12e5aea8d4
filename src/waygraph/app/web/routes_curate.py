"""Curating: what is worth deciding, deciding it, what that would change, and who agrees."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Annotated, Literal, cast

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from waygraph.app.agreement import Agreement
from waygraph.app.explore import Mention
from waygraph.app.scratch import sweep
from waygraph.app.web.faults import ERRORS, Refused, refused
from waygraph.app.web.models import Label, Limit, Offset, Text
from waygraph.app.web.routes_concepts import served
from waygraph.app.web.routes_paths import Plan
from waygraph.app.web.served import Served
from waygraph.children import start_child
from waygraph.decisions import Decision
from waygraph.errors import AmbiguousConcept, UnknownConcept

if TYPE_CHECKING:
    from waygraph.app.review import Question

router = APIRouter(prefix="/api", responses=ERRORS, tags=["curation"])
# A preview may take so many seconds; every so often it is seen whether anyone waits for it.
_PATIENCE, _EVERY = 300, 0.25
Verb = Literal["accept", "reject", "relate", "require", "merge", "split", "rename", "know"]
Relation = Literal["", "broader", "partOf", "related", "requires", "uses"]


class Ruling(BaseModel):
    """A decision, as ``waygraph decide`` takes it.

    ``terms`` are labels: one for ``know`` and for ``accept`` and ``reject`` of a concept, two
    for all others; ``relation`` names the relation of ``relate``, and of ``accept`` and
    ``reject`` of one. ``note`` is the address of the one document in which a rejection holds.
    """

    verb: Verb
    terms: Annotated[list[Label], Field(min_length=1, max_length=2)]
    relation: Relation = ""
    note: Text = ""

    def words(self) -> list[str]:
        """The words of the command."""
        first, *others = self.terms
        relation = [self.relation] if self.relation and self.verb != "require" else []
        note = ["--in", self.note] if self.note else []
        return [self.verb, first, *relation, *others, *note]


class Decide(Ruling):
    """A decision to write down; ``why`` is kept beside it. ``who`` decides, by default as git says.

    ``anyway``: also if no note names the concepts yet.
    """

    why: Text = ""
    who: Annotated[str, Field(max_length=200)] = ""
    anyway: bool = False


class Undo(BaseModel):
    """What to take back: the latest decision, or ``ruling``."""

    ruling: Ruling | None = None
    who: Annotated[str, Field(max_length=200)] = ""


class AskedPath(BaseModel):
    """A path to compare: to a goal, from ``from`` or from where it begins by itself."""

    goal: Label
    start: Annotated[str, Field(alias="from", max_length=1000)] = ""


class ToPreview(BaseModel):
    """What would be decided, in order, and the paths to compare; without any, those to the
    concepts that are ruled on and to what most rests on them."""

    rulings: Annotated[list[Ruling], Field(min_length=1, max_length=50)]
    paths: Annotated[list[AskedPath], Field(max_length=20)] = []


class ToCompare(BaseModel):
    """Two people: names of the decisions file; or ``text``, another decisions file of which
    ``two``'s decisions are taken, all of them if ``two`` is empty."""

    one: Label
    two: Text = ""
    text: Annotated[str, Field(max_length=5_000_000)] = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made; ``statement`` has its words, ``line`` is that of the file."""

    verb: str
    terms: list[str]
    relation: str
    note: str
    undo: bool
    why: str
    who: str
    when: str
    source: str
    line: int
    statement: str


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions in their order in time; ``total`` counts all."""

    total: int
    items: list[Decided]
    people: list[str]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Something worth deciding: ``yes`` and ``no`` are what either answer decides.

    ``confidence`` says how sure waygraph is of yes, ``reach`` counts the plans or places that
    an answer may change, ``weight`` is the expected change; ``evidence`` the words it rests on.
    """

    text: str
    yes: Decided
    no: Decided
    confidence: float
    reach: int
    weight: float
    evidence: list[Mention]


@dataclass(frozen=True, slots=True)
class Queue:
    """What is worth deciding, the weightiest first; ``total`` counts all."""

    total: int
    items: list[Reviewed]


class Effect(BaseModel):
    """A path as it is and as it would be; where there is none, why."""

    goal: str
    before: Plan | None
    after: Plan | None
    none_before: str
    none_after: str
    changed: bool


class Previewed(BaseModel):
    """What decisions would change; ``warnings`` say which of them cannot hold."""

    concepts_before: int
    concepts_after: int
    warnings: list[str]
    effects: list[Effect]


@router.get("/review")
def review(request: Request, limit: Limit = 20, offset: Offset = 0) -> Queue:
    """What is worth deciding, most useful first, with the words it rests on."""
    from waygraph.app.review import evidence

    here = served(request)
    found = _open_questions(here)
    items = [
        Reviewed(
            question.text,
            _decided(question.yes),
            _decided(question.no),
            question.confidence,
            question.reach,
            question.weight,
            [Mention(quote, context) for quote, context in evidence(here.place, question)],
        )
        for question in found[offset : offset + limit]
    ]
    return Queue(len(found), items)


def _open_questions(here: Served) -> list[Question]:
    """The review queue: made once a state of the datagraph, less what was decided since."""
    from waygraph.app.decisions import read_decisions
    from waygraph.app.review import questions

    decided = frozenset(d.matter() for d in read_decisions(here.place).force)

    def make() -> tuple[frozenset[tuple[str, ...]], list[Question]]:
        return decided, questions(here.place)

    then, found = here.once("review", here.state(), make)
    if not then <= decided:  # something was taken back, and is a question again
        then, found = here.once("review", (here.state(), decided), make)
    return [question for question in found if question.yes.matter() not in decided]


@router.post("/decide", status_code=201)
def decide(request: Request, asked: Decide) -> Decided:
    """Write a decision into the decisions file; the next ingest applies it."""
    from waygraph.app import decisions

    place = served(request).place
    try:
        made = decisions.decide(
            place, *_words(asked), why=asked.why, who=asked.who, anyway=asked.anyway
        )
    except (UnknownConcept, AmbiguousConcept) as error:
        raise refused(error, "terms") from None
    return _decided(made)


@router.post("/undo", status_code=201)
def undo(request: Request, asked: Undo) -> Decided:
    """Take back the latest decision, or a certain one, by a decision that says so."""
    from waygraph.app import decisions

    place = served(request).place
    if asked.ruling is None:
        return _decided(decisions.undo_last(place, asked.who))
    return _decided(decisions.decide(place, "undo", *_words(asked.ruling), who=asked.who))


def _words(ruling: Ruling) -> list[str]:
    """The words of a ruling.

    Raises:
        Refused: a label would be read as an option of the command.
    """
    for term in (*ruling.terms, ruling.note):
        if term in ("--why", "--in"):
            raise Refused(422, "terms", f"{term!r} is no label")
    return ruling.words()


@router.get("/decisions")
def decisions(
    request: Request,
    every: Annotated[bool, Query(alias="all", description="Also those replaced since.")] = False,
    limit: Limit = 200,
    offset: Offset = 0,
) -> Decisions:
    """The decisions in force, with who, when and why; ``people`` are all who decided."""
    from waygraph.app.decisions import read_decisions
    from waygraph.read.snapshots import Snapshots

    place = served(request).place
    with Snapshots(place.folder / "documents.sqlite") as snapshots:
        found = read_decisions(place, snapshots)
    chosen = found.all if every else found.force
    items = [_decided(decision) for decision in chosen[offset : offset + limit]]
    return Decisions(len(chosen), items, sorted({decision.who for decision in found.all}))


@router.post("/preview")
async def preview(request: Request, asked: ToPreview) -> Previewed:
    """What decisions would change, computed in a copy: nothing is written.

    It takes as long as an ingest in which nothing but the decisions is new, and ends when the
    client has gone.
    """
    from waygraph.decisions import parse_statement

    here = served(request)
    words = [_words(ruling) for ruling in asked.rulings]
    for one in words:
        parse_statement(one)
    told: dict[str, object] = {
        "workspace": str(here.place.folder),
        "statements": words,
        "asked": [{"goal": path.goal, "start": path.start} for path in asked.paths],
    }
    async with request.app.state.previewing:
        return Previewed.model_validate(await _previewed(request, told))


async def _previewed(request: Request, told: dict[str, object]) -> dict[str, object]:
    """What the child process tells."""
    process = start_child(
        "waygraph.app.web.previewing",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    # its input is left open, for it ends with it
    asking, answer = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    with suppress(BrokenPipeError):
        asking.write(json.dumps(told).encode() + b"\n")
        asking.flush()
    answered = asyncio.ensure_future(asyncio.to_thread(answer.read))
    try:
        until = time.monotonic() + _PATIENCE
        while not (await asyncio.wait([answered], timeout=_EVERY))[0]:
            if time.monotonic() > until or await request.is_disconnected():
                raise _unended()
        found: dict[str, object] = json.loads(answered.result())
    except ValueError:
        raise _unended() from None
    finally:
        process.kill()
        await run_sync(process.wait)
        await answered  # it ends with the process
        for pipe in (asking, answer):
            with suppress(BrokenPipeError):
                pipe.close()
        await run_sync(sweep, served(request).place)
    if "error" in found:
        raise Refused(400, "rulings", str(found["error"]), str(found["hint"]))
    return found


def _unended() -> Refused:
    return Refused(503, "", "the preview did not end", "decide, and undo it if need be")


@router.post("/agreement")
def agreement(request: Request, asked: ToCompare) -> Agreement:
    """How far two people agree on what both ruled on: Cohen's kappa, and where they do not."""
    from waygraph.app.agreement import agreement as compared
    from waygraph.app.decisions import read_decisions
    from waygraph.decisions import read_lines

    all_decisions = read_decisions(served(request).place).all
    mine = [decision for decision in all_decisions if decision.who == asked.one]
    if asked.text:
        found, faults = read_lines(asked.text, "text")
        if faults:
            raise Refused(422, "text", f"line {faults[0][0]}: {faults[0][1]}")
        theirs = [d for d in found if not asked.two or d.who == asked.two]
    else:
        theirs = [decision for decision in all_decisions if decision.who == asked.two]
    for field, name, decided in (("one", asked.one, mine), ("two", asked.two, theirs)):
        if not decided:
            people = sorted({decision.who for decision in all_decisions})
            raise Refused(404, field, f"{name!r} has decided nothing", nearest=people)
    return compared(mine, theirs)


def _decided(decision: Decision) -> Decided:
    said = asdict(decision) | {"terms": list(decision.terms)}
    return Decided(**said, statement=decision.statement())
