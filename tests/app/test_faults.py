"""Faults of the disk and of files: a clear message, nothing lost, and the same export after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import waygraph
from waygraph.app import cli
from waygraph.app.ask import open_store
from waygraph.config import find_workspace
from waygraph.vocab import WG, document_iri, graph_iri

pytestmark = pytest.mark.slow

NOTES = {
    "graph.md": "# Graph\n\nA **graph** is a set of nodes. A graph requires a [[set]].\n",
    "set.md": "# Set\n\nA **set** is a collection of things.\n",
    "tree.md": (
        "# Tree\n\nA **tree** is a graph without cycles. A tree requires a [[graph]].\n"
        "## Leaves\nThey end it.\n"
    ),
}
READERS: tuple[tuple[str, ...], ...] = (
    ("path", "tree", "--from", "graph"), ("next",), ("gaps",), ("export",), ("show", "tree"),
    ("show", "tree.md"), ("query", "ASK { ?s ?p ?o }"), ("status",), ("validate",),
    ("decisions",), ("links",), ("concepts",), ("explain", "tree"), ("bridge", "tree", "graph"),
    ("review", "--list"), ("graph", "show"),
)  # fmt: skip
WRITERS: tuple[tuple[str, ...], ...] = (
    ("ingest", "."),
    ("ingest",),
    ("import", "../more.ttl"),
    ("merge", "../other"),
)
ROOM = "make room on the disk, then run it again; nothing is lost"
ANEW = "`waygraph ingest` makes it anew"
MORE = (
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
    '<https://example.org/heap> a skos:Concept ; skos:prefLabel "heap"@en .\n'
)


@dataclass(frozen=True)
class Told:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Told]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run a command line as the program does; what is no message of ours ends the test."""

    def run(root: Path, *words: str) -> Told:
        monkeypatch.chdir(root)
        monkeypatch.setattr(sys, "argv", ["waygraph", *words])
        monkeypatch.setenv("WAYGRAPH_WHO", "ann")
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as error:
            code = int(error.code or 0)
        said = capfd.readouterr()
        return Told(code, said.out, said.err)

    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small corpus with a decision, ingested. Tests must not change it."""
    root = tmp_path_factory.mktemp("whole") / "notes"
    root.mkdir()
    for name, text in NOTES.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "waygraph.decisions").write_text("2026-01-31T12:00:00Z ann know graph\n", "utf-8")
    waygraph.ingest([root], root)
    return root


@pytest.fixture(scope="module")
def expected(whole: Path) -> str:
    """The export of the undisturbed corpus."""
    return waygraph.export(find_workspace(whole))


@pytest.fixture
def root(whole: Path, tmp_path: Path) -> Path:
    """A copy of the corpus and its workspace, to be disturbed."""
    shutil.copytree(whole, tmp_path / "notes")
    beside(whole, tmp_path)
    return tmp_path / "notes"


def beside(whole: Path, folder: Path) -> None:
    """What WRITERS name."""
    (folder / "more.ttl").write_text(MORE, encoding="utf-8")
    shutil.copytree(whole, folder / "other")


def damage(file: Path, how: str) -> None:
    """Cut a file short or write over it."""
    data = file.read_bytes()
    third = len(data) // 3
    left = {
        "empty": b"",
        "half": data[: len(data) // 2],
        "overwritten": b"\xa5" * len(data),
        "middle": data[:third] + b"\xa5" * third + data[2 * third :],
    }
    file.write_bytes(left[how])


def check_mended(command: Command, root: Path, expected: str) -> None:
    """The next ingest ends in the same export."""
    done = command(root, "ingest", ".")
    assert done.code == 0, done
    assert waygraph.export(find_workspace(root)) == expected
    assert command(root, "path", "tree", "--from", "graph").code == 0


NOT_READ = "notes were not looked at: waygraph ingest PATH reads them\n"


@pytest.mark.parametrize("how", ["empty", "half", "overwritten", "middle"])
def test_a_broken_cache_is_made_anew(command: Command, root: Path, expected: str, how: str) -> None:
    damage(root / ".waygraph" / "cache.sqlite", how)
    for words in READERS:
        told = command(root, *words)
        if words[0] in ("review", "status") and how != "empty":
            # the questions of a review are the annotations, which the cache holds; status reads all
            assert told.code == 1
            assert "`waygraph ingest` does so" in told.err
        else:
            assert told.code == 0, words
    done = command(root, "ingest")
    assert done.code == 0
    # SQLite takes an empty file for a new database
    assert ("cache.sqlite" in done.err and "it was made anew" in done.err) == (how != "empty")
    assert waygraph.export(find_workspace(root)) == expected
    assert command(root, "ingest").err == NOT_READ


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *(("arrays.bin", how) for how in ("empty", "half", "overwritten", "middle")),
        *(("tables.sqlite", how) for how in ("empty", "half", "overwritten")),
    ],
)
def test_a_broken_concept_graph(
    command: Command, root: Path, expected: str, name: str, how: str
) -> None:
    folder = root / ".waygraph" / "concept-graph"
    damage(folder / name, how)
    for words in (*READERS[:3], ("status",)):
        told = command(root, *words)
        assert told.code == 1, words
        assert f"cannot use the concept graph {folder}: " in told.err
        assert f"remove {folder}, and {ANEW}" in told.err
    assert command(root, "export").out == expected
    shutil.rmtree(folder)
    check_mended(command, root, expected)


def test_damaged_arrays_are_told_by_status_and_made_anew(
    command: Command, root: Path, expected: str
) -> None:
    assert command(root, "status").code == 0
    damage(root / ".waygraph" / "concept-graph" / "arrays.bin", "middle")
    told = command(root, "status")
    assert told.code == 1
    assert "arrays.bin was damaged" in told.err
    assert "documents  3" in told.out
    check_mended(command, root, expected)
    assert command(root, "status").code == 0


def test_a_broken_vector_index(command: Command, root: Path, expected: str) -> None:
    index = root / ".waygraph" / "concept-graph" / "vectors.faiss"
    damage(index, "half")
    told = command(root, "concepts", "what nobody wrote")
    assert told.code == 1
    assert f"cannot use the vector index {index}: " in told.err
    check_mended(command, root, expected)
    assert command(root, "concepts", "what nobody wrote").code == 0


@pytest.mark.parametrize("how", ["half", "overwritten"])
def test_broken_snapshots(command: Command, root: Path, expected: str, how: str) -> None:
    file = root / ".waygraph" / "documents.sqlite"
    damage(file, how)
    for words in (("ingest",), ("ingest", "."), ("decisions",), ("links",)):
        told = command(root, *words)
        assert told.code == 1, words
        assert f"cannot use the snapshots {file}: " in told.err
        assert "remove that file, then ingest your notes again" in told.err
    assert command(root, "export").out == expected
    file.unlink()
    check_mended(command, root, expected)


def test_emptied_snapshots_take_no_facts_away(command: Command, root: Path, expected: str) -> None:
    damage(root / ".waygraph" / "documents.sqlite", "empty")
    told = command(root, "ingest")
    assert told.code == 1
    assert "holds no notes\nname them: waygraph ingest PATH" in told.err
    assert command(root, "export").out == expected
    check_mended(command, root, expected)


@pytest.mark.parametrize("pattern", ["CURRENT", "MANIFEST-*", "*.sst"])
def test_a_broken_store(command: Command, root: Path, expected: str, pattern: str) -> None:
    store = root / ".waygraph" / "store"
    for file in store.glob(pattern):
        damage(file, "overwritten")
    for words in (("export",), ("status",), ("ingest", ".")):
        told = command(root, *words)
        assert told.code == 1, words
        assert f"cannot use the store {store}: " in told.err
        assert f"remove {store}, and {ANEW}" in told.err
    shutil.rmtree(store)
    check_mended(command, root, expected)


def test_a_fault_of_a_section_is_told_by_its_line(command: Command, root: Path) -> None:
    place = find_workspace(root)
    with open_store(place, None, write=True) as data:
        part = f"{document_iri(data.base, 'tree.md')}#section=1"
        graph = graph_iri(data.base, "documents", "tree.md")
        data.backend.update(f"DELETE WHERE {{ GRAPH <{graph}> {{ <{part}> <{WG}words> ?w }} }}")
        data.backend.flush()
    told = command(root, "validate")
    assert told.code == 1
    (line,) = (line for line in told.out.split("\n") if part in line)
    assert line.startswith("tree.md:4: ")


def test_a_newer_workspace(command: Command, root: Path, expected: str) -> None:
    form = root / ".waygraph" / "format"
    form.write_text("2\n", encoding="utf-8")
    readers = [words for words in READERS if words[0] != "graph"]
    for words in (*readers, *WRITERS, ("decide", "know", "tree"), ("review",), ("train",)):
        told = command(root, *words)
        assert told.code == 1, words
        assert "has format 2; this waygraph reads format 1" in told.err
        assert "use the waygraph that made it" in told.err
    form.write_text("1\n", encoding="utf-8")
    check_mended(command, root, expected)


HOLD = """
import sys
from pathlib import Path
from waygraph.store.dataset import Dataset
with Dataset(Path(sys.argv[1]), "https://example.org/", write=True):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(root: Path) -> Iterator[Path]:
    """A store that another process writes to."""
    store = root / ".waygraph" / "store"
    program = [sys.executable, "-c", HOLD, str(store)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin and other.stdout
        assert other.stdout.readline() == b"held\n"
        yield store
        other.stdin.close()


def test_a_locked_store(command: Command, root: Path, held: Path) -> None:
    (root.parent / "other" / "heap.md").write_text("# Heap\n\nA **heap** is a tree.\n", "utf-8")
    decided = root.parent / "other" / "waygraph.decisions"
    decided.write_text("2026-02-01T12:00:00Z bo know heap\n", "utf-8")
    waygraph.ingest([root.parent / "other"], root.parent / "other")
    before = (root / "waygraph.decisions").read_bytes()
    for words in WRITERS:
        told = command(root, *words)
        assert told.code == 1, words
        assert f"the store {held} is in use by another waygraph that writes" in told.err
        assert "wait until it has finished, or stop it, and try again" in told.err
    # a merge that cannot be brings nothing in
    assert (root / "waygraph.decisions").read_bytes() == before
    assert command(root, "show", "../other/heap.md").code == 2
    for words in (*READERS, ("decide", "know", "tree")):
        assert command(root, *words).code == 0, words


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)],  # the system's own
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)  # the system's own


def fill(disk: Path, left: int) -> Path:
    """Fill a disk until so many bytes are left."""
    state = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * max(0, state.f_bavail * state.f_frsize - left))
    return filler


@pytest.mark.parametrize("left", [60, 260, 700])
def test_a_full_disk(command: Command, disk: Path, whole: Path, expected: str, left: int) -> None:
    root = disk / "notes"
    root.mkdir()
    for name in (*NOTES, "waygraph.decisions"):
        shutil.copy(whole / name, root)
    filler = fill(disk, left * 1024)
    told = command(root, "ingest", ".")
    assert told.code == 0 or (told.code == 1 and ROOM in told.err), told
    filler.unlink()
    check_mended(command, root, expected)


@pytest.mark.parametrize("left", [0, 40])
def test_a_disk_that_fills_up(
    command: Command, disk: Path, whole: Path, expected: str, left: int
) -> None:
    root = disk / "notes"
    shutil.copytree(whole, root)
    beside(whole, disk)
    decided = (root / "waygraph.decisions").read_bytes()
    (root / "tree.md").write_text("# Tree\n\nA **tree** is a graph that branches.\n", "utf-8")
    filler = fill(disk, left * 1024)
    for words in (("ingest", "."), ("export", "out.ttl"), ("decide", "know", "tree")):
        told = command(root, *words)
        assert told.code == 0 or (told.code == 1 and told.err.count("\n") >= 2), (words, told)
    now = (root / "waygraph.decisions").read_bytes()
    assert now.startswith(decided)
    assert now.endswith(b"\n")
    for question in READERS:
        assert command(root, *question).code == 0, question
    filler.unlink()
    (root / "waygraph.decisions").write_bytes(decided)
    (root / "tree.md").write_text(NOTES["tree.md"], encoding="utf-8")
    check_mended(command, root, expected)


def test_a_read_only_disk(command: Command, disk: Path, whole: Path, expected: str) -> None:
    root = disk / "notes"
    shutil.copytree(whole, root)
    beside(whole, disk)

    def remount(way: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{way}", str(disk)], check=True)  # the system's own

    remount("ro")
    for words in (*WRITERS, ("decide", "know", "tree"), ("export", "out.ttl")):
        told = command(root, *words)
        assert told.code == 1, words
        assert "read" in told.err.lower(), told
        assert told.err.count("\n") >= 2, told
    for words in READERS:
        assert command(root, *words).code == 0, words
    remount("rw")
    assert command(root, "decisions").out.count("\n") == 1
    check_mended(command, root, expected)
