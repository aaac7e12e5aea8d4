"""Long work as jobs: started, watched while it goes on, cancelled.

A job is a child process, so readers go on at their speed, and ending it leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, Any, cast

from waygraph.app.web.faults import Refused
from waygraph.app.web.models import Problem
from waygraph.children import start_child
from waygraph.config import Workspace

_KEPT = 20
# A job that does not end when asked to is killed after so many seconds: it loses an item at most.
_PATIENCE = 10.0
RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"


@dataclass(frozen=True, slots=True)
class Ingested:
    """What an ingest did; the counts are those of ``waygraph ingest``."""

    documents: int
    concepts: int
    read: int
    dropped: int
    renamed: int
    graphs_written: int
    graphs_dropped: int
    seconds: float
    failures: list[Problem]
    warnings: list[Problem]


@dataclass(frozen=True, slots=True)
class Job:
    """A job: "running", "done", "failed" or "cancelled".

    ``done`` of ``total`` items of ``stage``, at ``rate`` a second; ``remaining`` seconds of that
    stage, None while nothing can be said. ``seconds`` is how long the job has run. ``report``
    is there when it is done, ``error`` and ``hint`` if it failed.
    """

    id: str
    kind: str
    state: str
    stage: str
    done: int
    total: int
    rate: float
    remaining: float | None
    seconds: float
    report: Ingested | None
    error: str
    hint: str


class Jobs:
    """The jobs of one server; one ingest at a time, for it writes."""

    def __init__(self, place: Workspace) -> None:
        self._place = place
        self._lock = threading.Lock()
        self._jobs: dict[str, _Running] = {}

    def ingest(self, paths: Sequence[str], *, workers: int, fetch: bool, offline: bool) -> Job:
        """Start an ingest.

        Raises:
            Refused: another is under way.
        """
        with self._lock:
            if busy := next((j for j in self._jobs.values() if j.job().state == RUNNING), None):
                raise Refused(409, "", f"the ingest {busy.name} is under way", "wait, or cancel it")
            started = _Running(
                {
                    "paths": list(paths),
                    "workspace": str(self._place.folder),
                    "workers": workers,
                    "fetch": fetch,
                    "offline": offline,
                    "store": self._place.settings.store,
                }
            )
            self._jobs[started.name] = started
            while len(self._jobs) > _KEPT:
                del self._jobs[next(iter(self._jobs))]
        return started.job()

    def all(self) -> list[Job]:
        """All jobs that are remembered, the latest first."""
        return [running.job() for running in reversed(list(self._jobs.values()))]

    def job(self, name: str) -> Job:
        """How a job stands.

        Raises:
            Refused: there is none of this name.
        """
        return self._named(name).job()

    def cancel(self, name: str) -> Job:
        """End a job; what is done is kept. One that has ended stays as it is."""
        running = self._named(name)
        running.cancel()
        return running.job()

    def close(self) -> None:
        """End all jobs."""
        for running in list(self._jobs.values()):
            running.cancel()

    def _named(self, name: str) -> _Running:
        found = self._jobs.get(name)
        if found is None:
            raise Refused(404, "job", f"no job is called {name!r}")
        return found


class _Running:
    """A child process and what it has told so far."""

    def __init__(self, asked: dict[str, object]) -> None:
        self.name = secrets.token_hex(8)
        self._begun = self._stage_begun = time.monotonic()
        self._cancelled = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._job = Job(self.name, "ingest", RUNNING, "", 0, 0, 0.0, None, 0.0, None, "", "")
        pipe = subprocess.PIPE
        self._process = start_child(
            "waygraph.app.web.ingesting", stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
        )
        # it is left open, for the child ends with it
        self._told = cast(IO[bytes], self._process.stdin)
        with suppress(BrokenPipeError):
            self._told.write(json.dumps(asked).encode() + b"\n")
            self._told.flush()
        threading.Thread(target=self._listen, daemon=True).start()

    def job(self) -> Job:
        """How it stands now."""
        with self._lock:
            job = self._job
            if job.state != RUNNING:
                return job
            now = time.monotonic()
            spent = now - self._stage_begun
            rate = round(job.done / spent, 2) if spent > 0 else 0.0
            left = round((job.total - job.done) / rate, 1) if rate and job.total else None
            return replace(job, rate=rate, remaining=left, seconds=round(now - self._begun, 1))

    def cancel(self) -> None:
        """Ask it to end, and see that it does."""
        with self._lock:
            if self._job.state != RUNNING:
                return
            self._cancelled = True
        self._signal(signal.SIGINT)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        self._ended.wait(_PATIENCE)

    def _signal(self, number: int) -> None:
        """To the child and its own children, which are a session of their own."""
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _listen(self) -> None:
        """Take in what the child tells until it ends."""
        for line in cast(IO[bytes], self._process.stdout):
            self._hear(json.loads(line))
        status = self._process.wait()
        with suppress(BrokenPipeError):
            self._told.close()
        with self._lock:
            if self._job.state == RUNNING:
                seconds = round(time.monotonic() - self._begun, 1)
                said = self._job.error or f"the ingest ended with status {status}"
                self._job = (
                    replace(self._job, state=CANCELLED, seconds=seconds)
                    if self._cancelled
                    else replace(self._job, state=FAILED, seconds=seconds, error=said)
                )
        self._ended.set()

    def _hear(self, told: dict[str, Any]) -> None:
        with self._lock:
            if "stage" in told:
                if told["stage"] != self._job.stage:
                    self._stage_begun = time.monotonic()
                self._job = replace(self._job, **told)
            elif "report" in told:
                report = told["report"]
                for name in ("failures", "warnings"):
                    report[name] = [Problem(**one) for one in report[name]]
                # it has let go of all it wrote; its interpreter may take seconds to end
                seconds = round(time.monotonic() - self._begun, 1)
                self._job = replace(
                    self._job, state=DONE, report=Ingested(**report), seconds=seconds, remaining=0.0
                )
            else:
                self._job = replace(self._job, **told)
