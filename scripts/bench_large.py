"""Ingest of one large note beside the same text in fifty notes: memory, and time for each word."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from rich.table import Table

from measure import SHARED, table

ARTICLES = SHARED / "wikispeedia" / "articles"
SIZE = 1_000_000  # characters
NOTES = 50
_EVERY = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Cost:
    """Megabytes at the most, processor time and wall time in seconds."""

    megabytes: float
    processor: float
    wall: float


def large() -> Table:
    """Both by the command in a new process, by one worker."""
    said = _articles()
    with tempfile.TemporaryDirectory() as folder:
        one, many = (_notes(said, Path(folder) / str(n), n) for n in (1, NOTES))
        found = {"one note": _ingested(one), f"{NOTES} notes": _ingested(many)}
    words = sum(len(text.split()) for text in said)
    most = found[f"{NOTES} notes"]
    made = table(
        f"{sum(map(len, said)) / 1e6:.2f} MB of articles, {words:,} words",
        "notes", "MB, models included", "ratio", "processor ms a word", "ratio", "wall s", "target",
    )  # fmt: skip
    for name, cost in found.items():
        made.add_row(
            name, f"{cost.megabytes:.0f}", f"{cost.megabytes / most.megabytes:.2f}",
            f"{1000 * cost.processor / words:.3f}", f"{cost.processor / most.processor:.2f}",
            f"{cost.wall:.0f}", "≤ 1,000 MB; ≤ 1" if cost is not most else "",
        )  # fmt: skip
    return made


def _articles() -> list[str]:
    """Articles, each under a heading, of so many characters together."""
    if not ARTICLES.is_dir():
        raise SystemExit(f"the articles are not at {ARTICLES}")
    found: list[str] = []
    for path in sorted(ARTICLES.iterdir()):
        if sum(map(len, found)) >= SIZE:
            break
        found.append(f"## {path.stem.replace('_', ' ')}\n\n{path.read_text(encoding='utf-8')}\n")
    return found


def _notes(said: list[str], folder: Path, count: int) -> Path:
    """The texts in so many notes of about one length, none cut."""
    folder.mkdir()
    parts: list[list[str]] = [[] for _ in range(count)]
    ends = list(accumulate(map(len, said)))
    for text, end in zip(said, ends, strict=True):
        parts[(end - 1) * count // ends[-1]].append(text)
    for number, part in enumerate(parts):
        body = "".join(part)
        (folder / f"note {number}.md").write_text(f"# Note {number}\n\n{body}", encoding="utf-8")
    return folder


def _ingested(notes: Path) -> Cost:
    """What an ingest into a new workspace costs, with all processes that it begins."""
    before, begin = _processor(), time.perf_counter()
    most = 0
    command = [sys.executable, "-m", "waygraph", "ingest", str(notes), "--workers", "1"]
    with subprocess.Popen(
        [*command, "--workspace", str(notes / "workspace")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        while process.poll() is None:
            most = max(most, sum(map(_own, _tree(process.pid))))
            time.sleep(_EVERY)
    if process.returncode:
        raise SystemExit(f"the ingest of {notes} ended with {process.returncode}")
    return Cost(most / 1024, _processor() - before, time.perf_counter() - begin)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree(pid: int) -> list[int]:
    """A process and those that it and its children began."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*"):
            try:
                found += map(int, (task / "children").read_text().split())
            except OSError:
                continue  # it has ended
    return found


def _own(pid: int) -> int:
    """Kilobytes in memory, of what processes share each its part."""
    try:
        said = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith("Pss:"))
