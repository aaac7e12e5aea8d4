"""SPARQL from outside, evaluated in child processes that can be ended at any time.

Oxigraph cannot be interrupted, and a query can ask for more time, memory or stack than there
is; see ``confined``. A child keeps the store open and serves many queries.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from queue import Empty, LifoQueue
from typing import TYPE_CHECKING

from waygraph.app.ask import open_store
from waygraph.app.web.negotiate import choose
from waygraph.config import Workspace
from waygraph.confined import Confined, TooLong, TooMuch
from waygraph.errors import QueryError, WaygraphError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from waygraph.store.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take.

    Seconds, rows and bytes of its answer, bytes of memory, children at once.
    """

    seconds: float = 30
    rows: int = 100_000
    size: int = 32 << 20
    memory: int = 2 << 30
    children: int = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """A query or an update as it came, with the graphs that the protocol's parameters name."""

    text: str
    accept: str | None = None
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    update: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP status, a media type and a body; of an error ``body`` is its message."""

    status: int
    kind: str
    body: bytes
    hint: str = ""


class Evaluators:
    """Child processes that evaluate SPARQL over a workspace's datagraph.

    ``unread`` counts the bytes of answers that are on their way to who asked.
    """

    def __init__(self, place: Workspace, limits: Limits) -> None:
        self.unread = 0
        self._place = place
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: LifoQueue[Confined | None] = LifoQueue()
        for _ in range(limits.children):
            self._idle.put(None)

    def ask(self, asked: Asked, state: Hashable) -> Answered:
        """What a query comes to; ``state`` names that of the datagraph, see ``Served.state``."""
        try:
            child = self._idle.get(timeout=self._limits.seconds)
        except Empty:
            return _error(503, "other queries are being answered", "ask again in a while")
        try:
            if child is None or not child.lives:
                child = self._child(_answerer)
            return self._answer(child, (asked, state))
        finally:
            # one that passed its limits was ended, and another will be started
            self._idle.put(child if child is not None and child.lives else None)

    def update(self, text: str) -> Answered:
        """What an update comes to; its child ends with it, and lets go of the store.

        One that passes its limits may have been carried out even so, in its last moment: what
        is answered is what is true. A mark tells, that is written first and taken away by the
        very transaction that carries the update out.
        """
        if not self._lock.acquire(timeout=self._limits.seconds):
            return _error(503, "another update is being carried out", "ask again in a while")
        mark = secrets.token_hex()
        try:
            with self._child(_updater) as child:
                answer = self._answer(child, (_Step.BEGIN, text, mark))
                if answer.status != _DONE:
                    return answer
                answer = self._answer(child, (_Step.CARRY_OUT, text, mark))
            if answer.status == _DONE:
                return answer
            if not self._place.settings.store:
                with self._child(_updater) as child:
                    verdict = self._answer(child, (_Step.TELL, text, mark))
                if verdict.status == _DONE:
                    return verdict
                if verdict.status == _NOT_DONE:
                    said = f"{answer.body.decode()}; nothing was changed"
                    return _error(answer.status, said, answer.hint)
        finally:
            self._lock.release()
        said = f"{answer.body.decode()}; whether the update was carried out is not known"
        return _error(answer.status, said, "ask for what it should have changed")

    def close(self) -> None:
        """End all children."""
        while True:
            try:
                child = self._idle.get_nowait()
            except Empty:
                return
            if child is not None:
                child.end()

    def _child(self, make: Callable[[Workspace, Limits], Callable[..., Answered]]) -> Confined:
        return Confined(
            partial(make, self._place, self._limits),
            memory=self._limits.memory,
            network=bool(self._place.settings.store),
        )

    def _answer(self, child: Confined, question: object) -> Answered:
        try:
            return child.ask(question, self._limits.seconds)  # type: ignore[no-any-return]  # it gives nothing else
        except TooLong as error:
            return _error(503, error.message, "ask for less, or put LIMIT at its end")
        except TooMuch as error:
            return _error(413, error.message, error.hint)
        except QueryError as error:
            return _error(400, error.message, error.hint)
        except WaygraphError as error:
            return _error(503, error.message, error.hint)


# What a child answers to an update.
_DONE, _NOT_DONE = 204, 409


def _error(status: int, message: str, hint: str = "") -> Answered:
    return Answered(status, "", message.encode(), hint)


def _answerer(place: Workspace, limits: Limits) -> Callable[[tuple[Asked, Hashable]], Answered]:
    """What answers queries over the datagraph, opened anew when it has changed."""
    from waygraph.store import dataset, query, results  # noqa: F401  # loaded before memory is limited

    data: Dataset | None = None
    opened: Hashable = None

    def answer(question: tuple[Asked, Hashable]) -> Answered:
        nonlocal data, opened
        asked, state = question
        if data is None or state != opened:
            data = None
            data, opened = open_store(place, None), state
        try:
            return _query(data, asked, limits)
        except results.TooLarge as error:
            return _error(413, error.message, error.hint)

    return answer


def _query(data: Dataset, asked: Asked, limits: Limits) -> Answered:
    from waygraph.store.backend import readable
    from waygraph.store.query import checked_query, scope_of
    from waygraph.store.results import encoded, offered

    whole = checked_query(asked.text, data.base)
    with readable(data.backend.name):
        results = data.backend.query(whole, scope_of(whole, asked.default, asked.named))
        kinds = offered(results)
        kind = choose(asked.accept, kinds)
        if kind is None:
            return _error(406, "the answer has none of these forms", f"it has: {', '.join(kinds)}")
        body = encoded(results, kind, data.base, rows=limits.rows, size=limits.size)
        return Answered(200, kind, body)


class _Step(Enum):
    BEGIN, CARRY_OUT, TELL = range(3)


def _updater(place: Workspace, _: Limits) -> Callable[[tuple[_Step, str, str]], Answered]:
    """What takes the steps of an update, see ``Evaluators.update``."""
    from waygraph.app.freshness import begin_change
    from waygraph.store.query import checked_update
    from waygraph.vocab import WG, graph_iri

    data: Dataset | None = None
    name = graph_iri(place.settings.base, "update")
    # a server elsewhere may still be at it when we no longer are: no mark tells then
    alone = not place.settings.store

    def step(question: tuple[_Step, str, str]) -> Answered:
        nonlocal data
        which, text, mark = question
        data = data or open_store(place, None, write=True)
        store = data.backend
        marked = f'{{ GRAPH <{name}> {{ <{name}> <{WG}digest> "{mark}" }} }}'
        if which is _Step.TELL:
            begun = bool(store.query(f"ASK {marked}"))
            store.update(f"DELETE DATA {marked}")
            store.close()
            return Answered(_NOT_DONE if begun else _DONE, "", b"")
        whole = checked_update(text, data.base)
        if which is _Step.BEGIN:
            begin_change(place)
            if alone:
                store.update(f"INSERT DATA {marked}")
        else:
            store.update(_followed(text, f"DELETE DATA {marked}", data.base) if alone else whole)
        store.flush()
        if which is _Step.CARRY_OUT:
            store.close()
        return Answered(_DONE, "", b"")

    return step


def _followed(text: str, last: str, base: str) -> str:
    """A sound update and another behind it: Oxigraph takes prefixes at the beginning only."""
    from waygraph.store.query import checked_update

    try:
        return checked_update(f"{text}\n;{last}", base)
    except QueryError:  # it ends with a semicolon, or is empty
        return checked_update(f"{text}\n{last}", base)
