"""What is answered when a request cannot be: one form for every error, naming the field."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from waygraph.decisions import DecisionError
from waygraph.errors import (
    AmbiguousConcept,
    BadQuestion,
    CyclicPrerequisites,
    NoPath,
    QueryError,
    UnknownConcept,
    WaygraphError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a request.

    ``field`` names the parameter or the member of the body (``steps.0`` for one in a list),
    or is empty; ``hint`` says what to do next; ``nearest`` lists known labels near one that
    names no concept, or the labels that an ambiguous one fits.
    """

    field: str
    message: str
    hint: str
    nearest: list[str]


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """The body of every answer whose status is 400 or more."""

    error: Fault


class Refused(Exception):
    """Raised by a route to answer with a status and a fault."""

    def __init__(
        self, status: int, field: str, message: str, hint: str = "", nearest: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fault = Fault(field, message, hint, list(nearest))


_STATUS: tuple[tuple[type[WaygraphError], int], ...] = (
    (UnknownConcept, 404),
    (NoPath, 404),
    (AmbiguousConcept, 409),
    (CyclicPrerequisites, 409),
    (BadQuestion, 400),
    (DecisionError, 400),
    (QueryError, 400),
)


# Documented for every route; others are added where they can come.
def documented(**said: str) -> dict[int | str, dict[str, Any]]:
    """The errors of a route for its description: ``s406="why"`` and so on."""
    return {
        int(status[1:]): {"model": ErrorAnswer, "description": why} for status, why in said.items()
    }


ERRORS = documented(
    s400="The question contradicts itself",
    s401="Neither the token nor a session",
    s403="Another origin asks",
    s404="There is no such thing",
    s409="It does not go with what is there",
    s413="The body is too large",
    s422="A field is not what it should be",
    s503="The workspace cannot be read just now",
)
NOT_ACCEPTABLE = documented(s406="The answer has none of the forms that are asked for")


def refused(error: WaygraphError, field: str = "") -> Refused:
    """The answer that an error of waygraph's own comes to; ``field`` names what caused it."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 503)
    nearest: Sequence[str] = ()
    if isinstance(error, UnknownConcept):
        nearest = error.nearest
    elif isinstance(error, AmbiguousConcept):
        nearest = error.candidates
    return Refused(status, field, error.message, error.hint, nearest)


def answer_faults(app: FastAPI) -> None:
    """Let ``app`` answer every error in the one form."""

    async def on_refused(_: Request, error: Exception) -> JSONResponse:
        made = cast(Refused, error)
        return _answer(made.status, made.fault)

    async def on_waygraph(_: Request, error: Exception) -> JSONResponse:
        made = refused(cast(WaygraphError, error))
        return _answer(made.status, made.fault)

    async def on_invalid(_: Request, error: Exception) -> JSONResponse:
        first = cast(RequestValidationError, error).errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        return _answer(422, Fault(place, str(first["msg"]), "", []))

    async def on_http(_: Request, error: Exception) -> JSONResponse:
        met = cast(HTTPException, error)
        answer = _answer(met.status_code, Fault("", str(met.detail), "", []))
        answer.headers.update(met.headers or {})
        return answer

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(WaygraphError, on_waygraph)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _answer(status: int, fault: Fault) -> JSONResponse:
    return JSONResponse(asdict(ErrorAnswer(fault)), status)
