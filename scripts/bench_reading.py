"""Reading: beside the bare Markdown parser, and as the corpus grows."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt
from rich.table import Table

from measure import CHECKOUT, SHARED, in_process, table, worked

FOLDOC = SHARED / "foldoc" / "vault"
SAMPLE = [CHECKOUT / "data" / "notes", CHECKOUT / "data" / "articles"]
# Reads notes into a workspace of its own and prints seconds and peak memory.
_READ = """
import json, resource, sys, time
from pathlib import Path
from waygraph.app.reading import read_notes, settle
from waygraph.config import make_workspace
from waygraph.read.snapshots import Snapshots
place = make_workspace(Path(sys.argv[2]))
begin = time.perf_counter()
with Snapshots(place.folder / "documents.sqlite") as snapshots:
    done = read_notes(place, snapshots, [Path(sys.argv[1])], lambda *_: None)
    settle(place, snapshots, lambda *_: None)
took = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([done.read, took, peak]))
"""
# Ingests notes, then a few times with nothing changed, then each time with another one changed.
_INGEST = """
import json, resource, statistics, sys, time
from pathlib import Path
import waygraph
from waygraph.operators.encoder import encode_texts
from waygraph.operators.parsing import load_language
load_language("auto"), encode_texts(["warm"], "auto")
notes = Path(sys.argv[1])
chosen = sorted(notes.iterdir())
def took():
    begin = time.perf_counter()
    waygraph.ingest([notes], notes.parent)
    return time.perf_counter() - begin
first = took()
again = statistics.median(took() for _ in range(3))
changed = []
for note in chosen[:: len(chosen) // 3][:3]:
    note.write_text(note.read_text(encoding="utf-8") + "\\nOne more plain remark.\\n")
    changed.append(took())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([len(chosen), first, again, statistics.median(changed), peak]))
"""


def _both(bare: MarkdownIt, name: str, data: bytes) -> tuple[float, float]:
    """Seconds of processor time of the bare parser and of the reader on one file: the least of
    three turns each, since what else the machine does can only add to them."""
    from waygraph.read.note import read_source

    turns = [
        (worked(lambda: bare.parse(data.decode())), worked(lambda: read_source(name, data)))
        for _ in range(3)
    ]
    return min(parse for parse, _ in turns), min(read for _, read in turns)


def reading() -> Table:
    """Reading with offsets, links and structure beside the bare parser on the same files."""
    corpora = {"sample": SAMPLE}
    if SHARED.is_dir():
        corpora |= {
            "bruno/2022-11-24": [SHARED / "bruno" / "2022-11-24"],
            "metacademy": [SHARED / "metacademy" / "vault"],
            "foldoc": [FOLDOC],
        }
    bare = MarkdownIt().enable("table")
    made = table("reading", "corpus", "notes", "bare parser s", "ours s", "speed", "target")
    files = {
        name: [(p.name, p.read_bytes()) for top in tops for p in sorted(top.rglob("*.md"))]
        for name, tops in corpora.items()
    }
    times = {name: [_both(bare, *file) for file in some] for name, some in files.items()}
    times["all of them"] = [both for some in times.values() for both in some]
    for name, chosen in times.items():
        found = [sum(column) for column in zip(*chosen, strict=True)]
        made.add_row(name, f"{len(chosen):,}", f"{found[0]:.2f}", f"{found[1]:.2f}",
                     f"{found[0] / found[1]:.2f} ×",
                     "≥ 0.6" if name == "all of them" else "")  # fmt: skip
    return made


def scale() -> Table:
    """Reading a corpus and a tenth of it: time and peak memory."""
    made = table("FOLDOC notes and a tenth of them", "what", "notes", "s", "ratio", "MB", "target")
    with tempfile.TemporaryDirectory() as folder:
        few, some = (_some_of_foldoc(n, Path(folder)) for n in (1_201, 12_010))
        small, large = (in_process(_READ, str(top), str(top.parent)) for top in (few, some))
        for count, took, peak in (small, large):
            made.add_row("reading, links resolved", f"{count:,}", f"{took:.1f}",
                         f"{took / small[1]:.1f}", f"{peak:.0f}",
                         "≤ 11" if count > 5_000 else "")  # fmt: skip
    return made


def again() -> Table:
    """Ingest of a corpus and a tenth of it, then with nothing changed, then with one note."""
    made = table("FOLDOC notes and a tenth of them", "what", "notes", "s", "ratio", "MB", "target")
    with tempfile.TemporaryDirectory() as folder:
        few, some = (_some_of_foldoc(n, Path(folder)) for n in (100, 1_000))
        small, large = (in_process(_INGEST, str(top)) for top in (few, some))
        for count, first, unchanged, changed, peak in (small, large):
            aims = ("≤ 11", "≤ 3 %", "≤ 5 %") if count == 1_000 else ("", "", "")
            made.add_row("ingest, models loaded", f"{count:,}", f"{first:.1f}",
                         f"{first / small[1]:.1f}", f"{peak:.0f}", aims[0])  # fmt: skip
            made.add_row("again, unchanged", f"{count:,}", f"{unchanged:.2f}",
                         f"{unchanged / first:.1%}", "", aims[1])  # fmt: skip
            made.add_row("again, one note changed", f"{count:,}", f"{changed:.2f}",
                         f"{changed / first:.1%}", "", aims[2])  # fmt: skip
    return made


def _some_of_foldoc(count: int, folder: Path) -> Path:
    """Copies of so many of the notes, from all over the alphabet, in a folder of their own."""
    if not FOLDOC.is_dir():
        raise SystemExit(f"the notes are not at {FOLDOC}")
    notes = sorted(FOLDOC.iterdir())
    target = folder / str(count) / "notes"
    target.mkdir(parents=True)
    for note in notes[:: len(notes) // count][:count]:
        shutil.copy(note, target / note.name)
        (target / note.name).chmod(0o644)
    return target
