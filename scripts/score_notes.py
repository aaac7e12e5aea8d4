"""Real notes beside what people marked in them, from ../shared/data, by its own scorers.

The scorers ask the command line, as a user would.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.table import Table

from measure import SHARED, table

GOLD = SHARED / "notes-gold"
SCORERS = SHARED.parent / "score"
# The command beside this interpreter.
WAYGRAPH = Path(sys.executable).with_name("waygraph")
# name -> where its notes lie
CORPORA = {
    "til": GOLD / "til", "d2l": GOLD / "d2l", "mldays": GOLD / "mldays",
    "elixir": GOLD / "elixir" / "vault", "metacademy": SHARED / "metacademy" / "vault",
    "wikispeedia": SHARED / "wikispeedia" / "articles", "articles": SHARED / "articles" / "files",
}  # fmt: skip


def order() -> Table:
    """Prerequisites of a course beside its authors', and of a book beside the book's order."""
    made = table("prerequisites of a course, and the order of a book", "of", "score")
    with tempfile.TemporaryDirectory() as folder:
        course = _ingested("elixir", Path(folder))
        made.add_row("elixir", _score("score_edges.py", course, GOLD / "elixir" / "gold.tsv"))
        book = _ingested("d2l", Path(folder))
        made.add_row("d2l", _score("score_order.py", book, GOLD / "d2l-order.tsv"))
    return made


def marked() -> Table:
    """Concepts, prerequisites and plans of every corpus beside what people marked there."""
    made = table("real notes, beside what people marked", "corpus", "score")
    for name in CORPORA:
        with tempfile.TemporaryDirectory() as folder:
            made.add_row(name, _score("score_notes.py", _ingested(name, Path(folder)), GOLD, name))
    return made


def _ingested(name: str, folder: Path) -> Path:
    """A copy of a corpus, ingested."""
    notes = folder / name
    shutil.copytree(CORPORA[name], notes)
    command = [str(WAYGRAPH), "ingest", "."]
    subprocess.run(command, cwd=notes, check=True, stdout=subprocess.DEVNULL)
    return notes


def _score(scorer: str, *arguments: Path | str) -> str:
    given = map(str, (SCORERS / scorer, *arguments, "--waygraph", WAYGRAPH))
    command = [sys.executable, *given]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()
