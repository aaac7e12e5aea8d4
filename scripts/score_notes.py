"""Real notes beside what people marked in them, from ../shared/data, by its own scorers.

The scorers ask the command line, as a user would; the baselines answer in its place.

    scripts/score notes [CORPUS…] [--keep FOLDER] [--bare]

``--keep`` leaves the ingested corpora in a folder, and takes from there what an ingest need not
make again (what an operator of the same version made); ``--bare`` leaves the baselines out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from measure import SHARED, table
from score_baselines import BASELINES, answering

GOLD = SHARED / "notes-gold"
SCORERS = SHARED.parent / "score"
# The command beside this interpreter.
WAYGRAPH = Path(sys.executable).with_name("waygraph")
# name -> the folders that its notes lie in: a file of a later one takes the place of an earlier's
CORPORA = {
    "til": [GOLD / "til"],
    "d2l": [GOLD / "d2l"],
    "mldays": [GOLD / "mldays"],
    "elixir": [GOLD / "elixir" / "vault"],
    "metacademy": [SHARED / "metacademy" / "vault"],
    "wikispeedia": [SHARED / "wikispeedia" / "articles"],
    "articles": [SHARED / "articles" / "files"],
    "bruno": [SHARED / "bruno" / "2022-11-24", SHARED / "bruno" / "2022-10-28"],
}
# Of these only the marked notes are taken, and a part of the others, by the SHA-256 of their names.
PARTS = {"wikispeedia": 4}
# The figures of a table's row: what it is called, a part, and the whole. F1 is that of the two
# shares before it.
SHARES = {
    "concepts": {
        "recall": ("recalled", "gold"),
        "precision": ("right", "found"),
        "core recall": ("core recalled", "core"),
        "ruled out": ("ruled out", "found"),
    },
    "requires": {
        "must held": ("must held", "must"),
        "right": ("requires right", "requires found"),
    },
    "plans": {
        "recall": ("plan steps right", "plan steps asked"),
        "precision": ("plan steps right", "plan steps shown"),
        "with steps": ("plans with steps", "goals"),
        "ruled out": ("plan steps ruled out", "plan steps shown"),
        "orders right": ("orders right", "orders"),
    },
    "ways": {"found": ("ways", "ways asked"), "right": ("way steps right", "way steps")},
}
TARGETS = {
    ("concepts", "F1"): "≥ .75", ("concepts", "core recall"): "≥ .85",
    ("concepts", "ruled out"): "≤ .02", ("requires", "must held"): "≥ .50",
    ("plans", "F1"): "≥ .45", ("plans", "ruled out"): "≤ .02", ("plans", "orders right"): "≥ .95",
}  # fmt: skip
Counts = Mapping[str, int]
Figures = dict[tuple[str, str], float | None]


def main(arguments: Sequence[str]) -> None:
    """Print how near the corpora named, or all, come to what people marked."""
    parser = argparse.ArgumentParser(prog="scripts/score notes", description=__doc__)
    parser.add_argument("corpora", nargs="*", metavar="CORPUS", help=", ".join(CORPORA))
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--bare", action="store_true")
    given = parser.parse_args(arguments)
    names = given.corpora or list(CORPORA)
    for name in names:
        if name not in CORPORA:
            parser.error(f"unknown corpus {name!r}; known: {', '.join(CORPORA)}")
    if not GOLD.is_dir():
        sys.exit(f"the notes that people marked are not at {GOLD}: nothing was scored")
    console = Console(width=160)
    with kept_folder(given.keep) as folder:
        places = {name: ingested(name, folder) for name in names}
        console.print(marked(places, () if given.bare else tuple(BASELINES)))
        for name, place in places.items():
            for told in unread(name, place):
                console.print(told)
        if not given.corpora:
            console.print(order(places))


@contextmanager
def kept_folder(kept: Path | None) -> Iterator[Path]:
    """A folder for ingested corpora: the one given, made if need be, or one for the while."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def marked(places: Mapping[str, Path], beside: Sequence[str]) -> Table:
    """Concepts, prerequisites and plans of ingested corpora beside what people marked there."""
    made = table("real notes, beside what people marked", "what", *_headings())
    for system in ("waygraph", *beside):
        rows: list[Figures] = []
        for name, place in places.items():
            with answering(system, place, annotated(name)) as command:
                rows.append(figures(_counts(place, name, command or str(WAYGRAPH))))
            made.add_row(name, *_cells(rows[-1], system))
        made.add_row(f"[bold]{system}", *_cells(mean(rows), system), end_section=True)
    made.add_row("target", *(TARGETS.get(column, "") for column in figures({})))
    return made


def order(places: Mapping[str, Path]) -> Table:
    """Prerequisites of a course beside its authors', and of a book beside the book's order."""
    made = table("prerequisites of a course, and the order of a book", "of", "score")
    made.add_row("elixir", _score("score_edges.py", places["elixir"], GOLD / "elixir" / "gold.tsv"))
    made.add_row("d2l", _score("score_order.py", places["d2l"], GOLD / "d2l-order.tsv"))
    return made


def figures(counts: Counts) -> Figures:
    """The shares of what was counted, in the table's order; None where there is no whole."""
    made: Figures = {}
    for group, shares in SHARES.items():
        found = {
            name: counts.get(part, 0) / counts[whole] if counts.get(whole) else None
            for name, (part, whole) in shares.items()
        }
        if "precision" in found:
            made[group, "F1"] = _f1(found["recall"], found["precision"])
        made |= {(group, name): value for name, value in found.items()}
    return made


def _f1(recall: float | None, precision: float | None) -> float | None:
    if recall is None:
        return None
    return 2 * recall * precision / (recall + precision) if recall and precision else 0.0


def mean(rows: Sequence[Figures]) -> Figures:
    """The mean of each figure over the corpora that have it."""
    found = {column: [row[column] for row in rows] for column in rows[0]}
    known = {column: [v for v in values if v is not None] for column, values in found.items()}
    return {column: statistics.mean(some) if some else None for column, some in known.items()}


def _headings() -> Iterator[str]:
    """A word a line, the group's name above the first of its figures."""
    told = ""
    for group, name in figures({}):
        words = name.split()
        yield "\n".join(["" if group == told else group, *words, *[""] * (2 - len(words))])
        told = group


def _cells(row: Figures, system: str) -> Iterable[str]:
    """A row as text; of a baseline, the figures that it has something to say of."""
    told = BASELINES[system].tells if system in BASELINES else SHARES
    for (group, _), value in row.items():
        yield "" if value is None or group not in told else f"{value:.2f}"


def annotated(name: str) -> list[str]:
    """The addresses of a corpus's marked notes."""
    lines = (GOLD / "notes.jsonl").read_text(encoding="utf-8").splitlines()
    return [row["note"] for row in map(json.loads, lines) if row["corpus"] == name]


def unread(name: str, place: Path) -> Iterator[str]:
    """What the figures of a corpus leave out, or count as missed."""
    from waygraph.config import find_workspace
    from waygraph.read.snapshots import Snapshots

    workspace = find_workspace(place)
    with Snapshots(workspace.folder / "documents.sqlite", write=False) as snapshots:
        read = set(snapshots.addresses())
    wanted = annotated(name)
    lost = [note for note in wanted if note not in read]
    if lost:
        told = ", ".join(lost)
        yield f"{name}: {len(lost)} of {len(wanted)} marked notes are read by nothing: {told}"
    if name in PARTS:
        yield f"{name}: {len(read)} notes, the marked ones and one in {PARTS[name]} of the others"


def ingested(name: str, folder: Path) -> Path:
    """A corpus, copied and ingested; what lies there from before is brought up to date."""
    notes = copied(name, folder)
    command = [str(WAYGRAPH), "ingest", ".", "--quiet"]
    # real notes have many faults, of which it warns
    done = subprocess.run(command, cwd=notes, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} could not be ingested: {done.stderr}")
    return notes


def copied(name: str, folder: Path) -> Path:
    """The notes of a corpus that are taken, below a folder, if they do not lie there already."""
    notes = folder / name
    if not notes.exists():
        marked_notes = set(annotated(name))
        for source in CORPORA[name]:
            for path in filter(Path.is_file, sorted(source.rglob("*"))):
                address = path.relative_to(source).as_posix()
                if address in marked_notes or is_taken(name, address):
                    copy = notes / address
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copy)
    return notes


def is_taken(name: str, address: str) -> bool:
    """Whether a note belongs to the part of a corpus that is read."""
    return hashlib.sha256(address.encode()).digest()[-1] % PARTS.get(name, 1) == 0


def _counts(place: Path, name: str, command: str) -> Counts:
    said = _score("score_notes.py", place, GOLD, name, "--json", "--waygraph", command)
    found: Counts = json.loads(said)
    return found


def _score(scorer: str, *arguments: Path | str) -> str:
    given = list(map(str, arguments))
    asked = [] if "--waygraph" in given else ["--waygraph", str(WAYGRAPH)]
    command = [sys.executable, str(SCORERS / scorer), *given, *asked]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
