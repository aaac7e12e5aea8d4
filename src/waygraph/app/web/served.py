"""What a server has open: the concept graph and the datagraph, as they were written last.

Requests are answered in threads. Each thread has a concept graph of its own, for SQLite's
connections stay in theirs; the datagraph is a read-only snapshot that all share. Both are
opened anew when an ingest has written, and who is answering goes on with what it has.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from waygraph.app.ask import graph_folder, open_graph, open_store
from waygraph.app.freshness import stamp_file
from waygraph.app.web.faults import Refused, refused
from waygraph.config import Workspace
from waygraph.errors import AmbiguousConcept, MissingWorkspace, StoreError, UnknownConcept

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from waygraph.answer import Taken
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.search.typed import Labels
    from waygraph.store.dataset import Dataset

T = TypeVar("T")
# While an ingest puts the two files of a concept graph in place they do not fit each other.
_LOOKS, _PAUSE = 40, 0.05


class Served:
    """A workspace that is served."""

    def __init__(self, place: Workspace) -> None:
        self.place = place
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._made: dict[str, tuple[Hashable, object]] = {}
        self._making: dict[str, threading.Lock] = {}

    def graph(self) -> ConceptGraph:
        """This thread's concept graph, as it was written last.

        Raises:
            MissingWorkspace: nothing was ingested yet.
            StoreError: it cannot be opened.
        """
        stamp = self._stamp()
        if getattr(self._mine, "stamp", None) == stamp:
            return self._mine.graph  # type: ignore[no-any-return]  # a thread's own values
        for look in range(_LOOKS):
            stamp = self._stamp()
            try:
                graph = open_graph(self.place)
            except StoreError:
                if look == _LOOKS - 1:
                    raise
                time.sleep(_PAUSE)
                continue
            with suppress(AttributeError):
                self._mine.graph.db.close()
            self._mine.graph, self._mine.stamp = graph, stamp
            break
        return self._mine.graph  # type: ignore[no-any-return]  # as above

    def state(self) -> Hashable:
        """What tells one state of the datagraph and the concept graph from the next."""
        return self._stamp(), _state(stamp_file(self.place))

    def _stamp(self) -> tuple[tuple[int, ...], ...]:
        """What tells one state of the concept graph's files from the next."""
        from waygraph.search.concept_graph import ARRAYS, TABLES

        return tuple(_state(graph_folder(self.place) / name) for name in (ARRAYS, TABLES))

    def data(self) -> Dataset:
        """The datagraph, as it was written last: a snapshot that does not change.

        Raises:
            MissingWorkspace: nothing was ingested yet.
            StoreError: it cannot be opened.
        """
        if self.place.settings.store:
            # connections to a server stay in their thread, and it has no snapshots
            if not hasattr(self._mine, "data"):
                self._mine.data = open_store(self.place, None)
            return self._mine.data  # type: ignore[no-any-return]  # a thread's own values
        if not (self.place.folder / "store").exists():
            raise MissingWorkspace(f"{self.place.folder} (it is empty)")
        # who still reads the one before keeps it open
        return self.once("data", self.state(), lambda: open_store(self.place, None))

    def number(
        self, graph: ConceptGraph, field: str, label: str, taken: list[Taken] | None = None
    ) -> int:
        """The concept that a label, alias or IRI names, which came in ``field``.

        Where ``taken`` can be told, also what people type for one.

        Raises:
            Refused: it names none, or several; the nearest ones are told.
        """
        from waygraph.app.ask import meant
        from waygraph.search.goals import resolve

        def meaning(text: str) -> list[tuple[int, float]]:
            return self.alone("encoder", lambda: meant(self.place, text))

        try:
            concept, said = resolve(
                graph, label, exact=taken is None,
                index=lambda: self.labels(graph).index, meaning=meaning,
            )  # fmt: skip
        except AmbiguousConcept as error:
            raise refused(error, field) from None
        except UnknownConcept as error:
            hint = "" if error.nearest else "ask /api/concepts?meaning=true for what is near it"
            raise Refused(404, field, error.message, hint or error.hint, error.nearest) from None
        if said is not None and taken is not None:
            taken.append(said)
        return concept

    def labels(self, graph: ConceptGraph) -> Labels:
        """The labels of the concept graph, kept for as long as it is as it is."""
        from waygraph.search.typed import Labels

        return self.once("labels", graph.digest, lambda: Labels(graph))

    def once(self, name: str, state: Hashable, make: Callable[[], T]) -> T:
        """``make()``, kept until ``state`` is another; threads that wait for it make it once."""
        with self._lock:
            lock = self._making.setdefault(name, threading.Lock())
        with lock:
            kept = self._made.get(name)
            if kept is None or kept[0] != state:
                kept = self._made[name] = (state, make())
        return kept[1]  # type: ignore[return-value]  # what make gave

    def alone(self, name: str, make: Callable[[], T]) -> T:
        """``make()``, never in two threads at a time."""
        with self._lock:
            lock = self._making.setdefault(name, threading.Lock())
        with lock:
            return make()


def _state(file: Path) -> tuple[int, ...]:
    """What tells one state of a file from the next; empty if there is none."""
    try:
        state = file.stat()
    except OSError:
        return ()
    return state.st_ino, state.st_size, state.st_mtime_ns
