"""Kill -9 at random moments: the store opens, no decision is lost, the next run makes it good.

Each victim is a process of its own, forked from one that has the models loaded, and does the
real work: reading, spaCy, the encoder, the store on disk, the decisions file. It is killed
at a moment drawn from the time that the same work takes undisturbed.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.console import Console

import waygraph
from measure import table
from waygraph.app.ask import open_data
from waygraph.app.decisions import append_decision, read_decisions
from waygraph.config import find_workspace
from waygraph.decisions import Decision
from waygraph.errors import MissingWorkspace
from waygraph.store.dataset import Dataset, NamedGraph

TOPICS = "graph tree heap queue stack list array table cache index path node edge".split()
BASE = "https://example.org/torture/"


def notes(version: int) -> dict[str, str]:
    """Notes that differ from version to version: edited, added and gone."""
    made = {}
    for number, topic in enumerate(TOPICS):
        other = TOPICS[(number + 3) % len(TOPICS)]
        if (number + version) % 5:
            made[f"{topic}.md"] = (
                f"# {topic.title()}\n\nA **{topic}** is a structure of version {version}. "
                f"A {topic} requires a [[{other}]] and uses the {TOPICS[number - 1]}.\n"
            )
    return made


def write(root: Path, version: int) -> None:
    """Make the notes in a folder those of a version."""
    for old in root.glob("*.md"):
        old.unlink()
    for name, text in notes(version).items():
        (root / name).write_text(text, encoding="utf-8")


def ingest(root: Path) -> None:
    """Bring a folder's workspace up to its notes."""
    waygraph.ingest([root], root)


def forked(work: Callable[[], object]) -> int:
    """Start ``work`` in a forked process, whose exit code is 1 if it raised."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except SystemExit as error:
        print(error, file=sys.stderr, flush=True)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def killed(work: Callable[[], object], after: float) -> bool:
    """Kill ``work`` after some seconds; whether that came before its end."""
    child = forked(work)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("FAILED: work that nobody had disturbed failed")
    return os.WIFSIGNALED(status)


def undisturbed(work: Callable[[], object]) -> float:
    """Let ``work`` end; the seconds it took.

    Here too it runs in a process of its own: threads of models and stores do not fork, so
    this one must have none.
    """
    start = time.perf_counter()
    _, status = os.waitpid(forked(work), 0)
    if not os.WIFEXITED(status) or os.WEXITSTATUS(status):
        raise SystemExit(1)
    return time.perf_counter() - start


def check(condition: bool, said: str) -> None:
    """End it all if something was lost."""
    if not condition:
        raise SystemExit(f"FAILED: {said}")


def torture_ingest(folder: Path, dice: random.Random, kills: int, count: Counter[str]) -> None:
    """An edited ingest or a first one; then the export must be the undisturbed one."""
    whole = 0.0
    for version in (0, 1):
        root = folder / f"scene{version}"
        root.mkdir()
        write(root, version)
        whole = undisturbed(lambda root=root: ingest(root))  # type: ignore[misc]  # untyped default
        undisturbed(lambda root=root: waygraph.export(find_workspace(root), root / "out.ttl"))  # type: ignore[misc]  # untyped default
    victim = folder / "victim"
    victim.mkdir()
    for number in range(kills):
        version = number % 2
        if number % 5 == 0:
            shutil.rmtree(victim / ".waygraph", ignore_errors=True)
        write(victim, version)
        count["ingest killed"] += killed(lambda: ingest(victim), dice.uniform(0, whole))
        expected = (folder / f"scene{version}" / "out.ttl").read_text(encoding="utf-8")

        def recover(number: int = number, expected: str = expected) -> None:
            with suppress(MissingWorkspace), open_data(find_workspace(victim)) as data:
                data.digests()
            ingest(victim)
            same = waygraph.export(find_workspace(victim)) == expected
            check(same, f"the export after killed ingest {number} differs")

        undisturbed(recover)
        count["ingest"] += 1


def torture_export(folder: Path, dice: random.Random, kills: int, count: Counter[str]) -> None:
    """An export to a file that is there already: it is the old one or the new one, whole."""
    scene, file = folder / "scene1", folder / "out.ttl"
    expected = (scene / "out.ttl").read_text(encoding="utf-8")
    old = "# an earlier export\n"

    def export() -> None:
        waygraph.export(find_workspace(scene), file, force=True)

    whole = undisturbed(export)
    for number in range(kills):
        file.write_text(old, encoding="utf-8")
        count["export killed"] += killed(export, dice.uniform(0, whole))
        left = file.read_text(encoding="utf-8")
        check(left in (old, expected), f"killed export {number} left a torn file")
        undisturbed(export)
        check(file.read_text(encoding="utf-8") == expected, f"export {number} differs")
        count["export"] += 1


def torture_decisions(folder: Path, dice: random.Random, kills: int, count: Counter[str]) -> None:
    """A review that writes as fast as it can: whatever it said was kept is kept, and whole."""
    root = folder / "decided"
    (root / ".waygraph").mkdir(parents=True)
    place = find_workspace(root)
    said: set[str] = set()
    for number in range(kills):
        reader, writer = os.pipe()

        def review(number: int = number, writer: int = writer) -> None:
            for step in range(100_000):
                label = f"concept {number} {step}"
                append_decision(place, Decision("know", (label,), why="it's so"), "ann")
                os.write(writer, f"{label}\n".encode())

        count["decisions killed"] += killed(review, dice.uniform(0, 0.3))
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as told:
            said |= set(told.read().splitlines())
        decided = read_decisions(place)
        check(not decided.faults, f"kill {number} left a torn line: {decided.faults[:1]}")
        lost = said - {decision.terms[0] for decision in decided.force}
        check(not lost, f"kill {number} lost {sorted(lost)[:1]}")
        count["decisions"] += 1


def torture_store(folder: Path, dice: random.Random, kills: int, count: Counter[str]) -> None:
    """Loads and replacements of many graphs: each is wholly there or is made again."""
    store = folder / "store"

    def graphs(version: int) -> list[tuple[str, NamedGraph]]:
        made = []
        for number in range(40):
            said = version if number % 3 else 0
            lines = sorted(f'<{BASE}{row}> <{BASE}says> "{said} {row}" .' for row in range(400))
            made.append((f"{BASE}graph/{number}", NamedGraph.of(lines, f"{BASE}run")))
        return made

    def replace(version: int) -> None:
        with Dataset(store, BASE, write=True) as data:
            data.replace(graphs(version))

    whole = undisturbed(lambda: replace(0)) + undisturbed(lambda: replace(1))
    for number in range(kills):
        version = number + 2
        if number % 4 == 0:
            shutil.rmtree(store)
        count["store killed"] += killed(partial(replace, version), dice.uniform(0, whole))

        def recover(version: int = version, number: int = number) -> None:
            replace(version)
            with Dataset(store, BASE) as data:
                for name, graph in graphs(version):
                    check(sorted(data.graph(name)) == graph.make(), f"{name} after kill {number}")

        undisturbed(recover)
        count["store"] += 1


def main() -> None:
    """Share the kills out and print what was seen; exit with 1 at the first thing lost."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    dice, count = random.Random(seed), Counter[str]()
    print(f"{kills} kills, seed {seed}", flush=True)
    os.environ["WAYGRAPH_WHO"] = "ann"
    load_models()
    shares = {torture_ingest: 4, torture_export: 2, torture_decisions: 2, torture_store: 2}
    with tempfile.TemporaryDirectory() as folder:
        for torture, share in shares.items():
            torture(Path(folder), dice, max(1, kills * share // 10), count)
    made = table(
        f"kill -9, seed {seed}: nothing was lost", "work", "kills", "before its end", "came through"
    )
    for work in ("ingest", "export", "decisions", "store"):
        made.add_row(work, str(count[work]), str(count[f"{work} killed"]), str(count[work]))
    Console(width=110).print(made)


def load_models() -> None:
    """Load what every victim needs, before any is forked, on one thread: threads do not fork."""
    import torch

    from waygraph.operators import encoder_process
    from waygraph.operators.encoder import batches, load_encoder
    from waygraph.operators.parsing import load_language

    def encoded(texts: Sequence[str], model: str) -> encoder_process.Batches:
        for places, rows in batches(texts, model):
            yield places, [row.tobytes() for row in rows]

    torch.set_num_threads(1)
    load_language("auto")
    load_encoder("auto")
    # else every victim would wait for its own encoder, and be killed while it does
    encoder_process.encoded = encoded


if __name__ == "__main__":
    main()
