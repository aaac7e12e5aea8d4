"""The server under load: many readers over a large concept graph while an ingest runs."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from rich.table import Table

from measure import CHECKOUT, table
from search_graphs import random_pairs, synthetic_workspace
from waygraph.app.ask import open_graph

READERS = 50
# A reader asks again after so many seconds, as one who reads the answer before.
PAUSE = (0.5, 1.5)
_REQUESTS = 100_000
_TOKEN = "bench-of-this-machine"  # of a server that nobody else can reach
Question = tuple[str, dict[str, str]]
# Tells the large concept graph from another: its number of concepts.
SENTINEL: Question = ("/api/concepts", {"limit": "1"})


@dataclass
class Load:
    """What readers met: seconds of each answer, and what was wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def p95(self) -> float:
        """Below this are 95 of 100 answers."""
        return statistics.quantiles(self.seconds, n=20)[-1]


def serve_load(count: int = 100_000, requests: int = _REQUESTS) -> Iterator[Table]:
    """Fifty readers beside an ingest; then memory over many requests."""
    with tempfile.TemporaryDirectory() as folder:
        place = synthetic_workspace(Path(folder), count)
        for name in ("notes", "articles"):
            shutil.copytree(CHECKOUT / "data" / name, Path(folder) / "data" / name)
        graph = open_graph(place)
        questions = list(_questions(random_pairs(graph, 200, seed=3), count))
        with _server(place.folder) as (address, pid):
            yield from asyncio.run(_measure(address, pid, questions, requests, count))


def _questions(pairs: Sequence[tuple[int, int]], count: int) -> Iterator[Question]:
    """Paths and searches, half and half."""
    for start, goal in pairs:
        # numbers are in the order of IRIs; any two labels will do
        yield "/api/path", {"from": f"concept {start}", "goal": f"alias {goal}"}
        yield "/api/concepts", {"q": f"concept {start % 1000}", "limit": "10"}


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-m", "waygraph", "serve", "--no-browser", "--port", "0"]
    environment = {**os.environ, "WAYGRAPH_TOKEN": _TOKEN, "PYTHONUNBUFFERED": "1"}
    served = subprocess.Popen(
        [*command, "--workspace", str(folder)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert served.stdout is not None
    said = served.stdout.readline() + served.stdout.readline()
    found = re.search(r"http://[\d.:]+", said)
    try:
        if found is None:
            raise SystemExit(f"the server does not start: {said}")
        yield found[0], served.pid
    finally:
        served.send_signal(signal.SIGINT)
        served.wait()


async def _measure(
    address: str, pid: int, questions: Sequence[Question], requests: int, count: int
) -> list[Table]:
    headers = {"Authorization": f"Bearer {_TOKEN}"}
    connector = aiohttp.TCPConnector(limit=READERS)
    async with aiohttp.ClientSession(address, headers=headers, connector=connector) as session:
        expected = {_key(question): (await _ask(session, question))[1] for question in questions}
        expected[_key(SENTINEL)] = await _ask(session, SENTINEL)
        alone = Load()
        for question in questions:
            await _check(session, question, expected, alone)
        crowd = Load()
        await _many(session, questions, expected, crowd, until=_after(20))
        steady = await _memory(session, pid, questions, requests)
        beside = Load()
        job = await _post(session, "/api/ingest", {"paths": ["data"]})
        await _many(session, questions, expected, beside, until=_ended(session, job["id"]))
    one = statistics.median(alone.seconds)
    made = table(
        f"serve: paths and searches over {count:,} concepts", "readers", "answers", "errors",
        "wrong", "median ms", "p95 ms", "p95 / single median", "target",
    )  # fmt: skip
    for name, load in (
        ("1, one question after another", alone),
        (f"{READERS}, each a question a second", crowd),
        (f"{READERS}, beside an ingest", beside),
    ):
        made.add_row(
            name, f"{len(load.seconds):,}", str(len(load.errors)), str(len(load.wrong)),
            f"{1000 * statistics.median(load.seconds):.1f}", f"{1000 * load.p95():.1f}",
            f"{load.p95() / one:.1f}", "≤ 10" if load is beside else "",
        )  # fmt: skip
    for said in (*alone.errors, *crowd.errors, *beside.errors, *beside.wrong)[:5]:
        print(said, file=sys.stderr)
    return [made, steady]


def _key(question: Question) -> str:
    return json.dumps(question)


async def _ask(session: aiohttp.ClientSession, question: Question) -> tuple[int, Any]:
    path, asked = question
    async with session.get(path, params=asked) as answer:
        return answer.status, await answer.json()


async def _post(session: aiohttp.ClientSession, path: str, body: Any) -> Any:
    async with session.post(path, json=body) as answer:
        return await answer.json()


async def _check(
    session: aiohttp.ClientSession, question: Question, expected: dict[str, Any], load: Load
) -> bool:
    """Ask, and compare with what is expected; False once another concept graph answers."""
    begun = time.perf_counter()
    try:
        status, said = await _ask(session, question)
    except (aiohttp.ClientError, TimeoutError) as error:
        load.errors.append(repr(error))
        return True
    spent = time.perf_counter() - begun
    said.pop("notes", None)  # an ingest says there that it has begun
    wanted = expected[_key(question)]
    wanted.pop("notes", None)
    if said == wanted:
        load.seconds.append(spent)
        return True
    # the ingest may have put its own small graph in the place of the large one
    if status == HTTPStatus.NOT_FOUND or await _ask(session, SENTINEL) != expected[_key(SENTINEL)]:
        return False
    (load.errors if status >= 500 else load.wrong).append(f"{question}: {status} {str(said)[:200]}")
    return True


async def _many(
    session: aiohttp.ClientSession, questions: Sequence[Question], expected: dict[str, Any],
    load: Load, until: Coroutine[Any, Any, None],
) -> None:  # fmt: skip
    """Fifty readers, until something is over."""
    over = asyncio.ensure_future(until)

    async def reader(number: int) -> None:
        mine = random.Random(number)
        await asyncio.sleep(mine.uniform(0, PAUSE[1]))
        while not over.done():
            if not await _check(session, mine.choice(questions), expected, load):
                return
            await asyncio.sleep(mine.uniform(*PAUSE))

    await asyncio.gather(*(reader(number) for number in range(READERS)))
    over.cancel()


async def _after(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def _ended(session: aiohttp.ClientSession, job: str) -> None:
    while True:
        async with session.get(f"/api/jobs/{job}") as answer:
            if (await answer.json())["state"] != "running":
                return
        await asyncio.sleep(0.5)


async def _memory(
    session: aiohttp.ClientSession, pid: int, questions: Sequence[Question], requests: int
) -> Table:
    """Resident memory of the server after more and more requests, eight at a time."""
    made = table("serve: memory", "requests", "resident MB", "requests/s")
    asked = 0
    for part in (0.1, 0.3, 0.3, 0.3):
        count, begun = int(part * requests), time.perf_counter()
        rest = iter(range(count))

        async def reader(rest: Iterator[int] = rest) -> None:
            for number in rest:
                await _ask(session, questions[number % len(questions)])

        await asyncio.gather(*(reader() for _ in range(8)))
        asked += count
        rate = count / (time.perf_counter() - begun)
        made.add_row(f"{asked:,}", f"{_resident(pid) / 1e6:.1f}", f"{rate:.0f}")
    return made


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
