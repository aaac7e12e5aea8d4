"""One bit of a workspace's files is turned over: every question is answered as before, or told."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from typer.testing import CliRunner

import waygraph
from tests.conftest import CHECKOUT
from waygraph.app.anki import deck
from waygraph.app.articles import ArticleOptions
from waygraph.app.ask import open_graph
from waygraph.app.cli import app
from waygraph.app.origin import origin_of
from waygraph.app.paths import learning_path
from waygraph.config import find_workspace
from waygraph.errors import WaygraphError
from waygraph.model import digest_of
from waygraph.read.web.archive import Archive
from waygraph.search.vectors import nearest_concepts

FLIPS = 200
# What an answer itself says when what it was made of may have changed.
TOLD = "(waygraph ingest "
NOTES = ("day-002.md", "day-020.md", "day-050.md")
PAGES = ("a-star-search.md", "graph.md", "heuristic.md", "priority-queue.md")
PATH = ("path", "A* search", "--from", "graph", "--format", "json")
ALIKE = ("path", "heuristik")
SHOW = ("show", "A* search")
NOTE = ("show", "notes/day-020.md")
EXPORT = ("export", "--format", "turtle")
# Within an expression Oxigraph takes a text that it cannot read for an error of the expression.
SIZES = ("query", "SELECT (SUM(STRLEN(STR(?o))) AS ?n) { GRAPH ?g { ?s ?p ?o } }")
LABELS = ("query", "SELECT ?c ?l { ?c skos:prefLabel ?l } ORDER BY ?c ?l")
STATUS = ("status",)
PAGES_KEPT = ("archive",)
NEAREST = ("nearest",)
DECK = ("deck",)
ORIGIN = ("origin",)
# Over a file that it wrote, and so remembers, and no other.
TRACE = (*PATH, "--trace", "trace.jsonl")
# Who reads what; of all other files the last.
QUESTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "documents.sqlite": (NOTE, ("links",)),
    "cache.sqlite": (EXPORT,),
    "concept-graph": (PATH, ALIKE, ("concepts", "heuristic"), ("gaps",), NEAREST),
    "store": (SIZES, LABELS, SHOW),
    "articles": (PAGES_KEPT, ("links",)),
    "imports": (STATUS,),
    "cards.sqlite": (DECK,),
    "origin": (ORIGIN,),
    "outputs.json": (TRACE,),
    "last-ingest.json": (STATUS, ("graph", "show")),
    "": (PATH, EXPORT),
}


class Answer(NamedTuple):
    """What a question printed, whether a message told of a fault, what traceback there was."""

    text: str
    told: str
    traceback: str


def ask(root: Path, question: tuple[str, ...]) -> Answer:
    """What is answered to a question."""
    try:
        if direct := DIRECT.get(question):
            return Answer(direct(root), "", "")
    except WaygraphError as told:
        return Answer("", str(told), "")
    except Exception as fault:  # any other would be a traceback
        return Answer("", "", repr(fault))
    words = [str(root / word) if word.endswith(".jsonl") else word for word in question]
    result = CliRunner().invoke(app, [*words, "--workspace", str(root)])
    error = result.exception
    if isinstance(error, WaygraphError):
        return Answer(result.stdout, str(error), "")
    # what Typer raises to leave with an exit code is no fault of its own
    raised = error is not None and not isinstance(error, SystemExit)
    return Answer(result.stdout, result.stderr, repr(error) if raised else "")


def archived(root: Path) -> str:
    """What the archive of pages holds."""
    with Archive(root / ".waygraph" / "articles") as archive:
        return repr([archive.get(url) for url in archive.urls()])


def deck_made(root: Path) -> str:
    """The cards for Anki of a path."""
    place = find_workspace(root)
    return digest_of(deck(place, open_graph(place), learning_path(place, PATH[1], PATH[3])))


def origin(root: Path) -> str:
    """The name of the workspace as an origin of notes."""
    return origin_of(find_workspace(root))


def nearest(root: Path) -> str:
    """The concepts nearest to a vector."""
    vector = np.ones(384, np.float32)
    return repr(nearest_concepts(root / ".waygraph/concept-graph", vector, 5))


# What no command asks for alone.
DIRECT: dict[tuple[str, ...], Callable[[Path], str]] = {
    PAGES_KEPT: archived, DECK: deck_made, ORIGIN: origin, NEAREST: nearest,
}  # fmt: skip


def make(root: Path) -> Path:
    """A workspace with notes, a page from the web, and something imported."""
    notes = root / "notes"
    notes.mkdir(parents=True)
    for name in NOTES:
        shutil.copy(CHECKOUT / "data" / "notes" / name, notes)
    for name in PAGES:
        shutil.copy(CHECKOUT / "data" / "articles" / name, notes)
    (notes / "linked.md").write_text(
        "# Linked\n\nThe [beam search](https://example.org/beam) requires a priority queue, "
        "and it is a kind of [[graph]] search. See also [[nowhere]].\n",
        encoding="utf-8",
    )
    seeds = root / "seeds"
    seeds.mkdir()
    (seeds / "beam.md").write_text(
        "# Beam search\n\nA beam search is a best-first search that keeps few nodes. "
        "Beam search requires a heuristic.\n",
        encoding="utf-8",
    )
    (seeds / "index.json").write_text(json.dumps({"https://example.org/beam": "beam.md"}))
    waygraph.ingest([notes], root, articles=ArticleOptions(seeds=(seeds,)))
    terms = root / "terms.ttl"
    terms.write_text(
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        '<http://example.org/1> a skos:Concept ; skos:prefLabel "landmark"@en .\n',
        encoding="utf-8",
    )
    ask(root, ("import", str(terms)))
    waygraph.ingest([], root)
    ask(root, DECK)
    ask(root, TRACE)
    return root


class Flip(NamedTuple):
    """What one flipped bit did: in which file, "same", "told", "silent" or "traceback"."""

    file: str
    bit: int
    outcome: str
    detail: str


def flip(root: Path, file: Path, bit: int, right: dict[tuple[str, ...], Answer]) -> Flip:
    """Turn one bit over, ask who reads it, and bring back what was there."""
    name = file.relative_to(root / ".waygraph").as_posix()
    whole = file.read_bytes()
    data = bytearray(whole)
    data[bit // 8] ^= 1 << bit % 8
    file.write_bytes(data)
    outcome, detail = "same", ""
    for question in QUESTIONS.get(name.split("/")[0], QUESTIONS[""]):
        expected = right[question]
        said, told, traceback = ask(root, question)
        if TOLD in said and TOLD not in expected.text:
            told = said
        if traceback or (said != expected.text and told == expected.told):
            outcome, detail = "traceback" if traceback else "silent", traceback
            break
        if told != expected.told:
            outcome, detail = "told", told
    file.write_bytes(whole)
    return Flip(name, bit, outcome, f"{' '.join(question)}: {detail}")


def flips(root: Path, count: int, seed: int) -> list[Flip]:
    """What ``count`` flipped bits do, dealt out over the files, small and large."""
    dice = random.Random(seed)
    asked = {question for questions in QUESTIONS.values() for question in questions}
    right = {question: ask(root, question) for question in sorted(asked)}
    assert not any(answer.traceback for answer in right.values())
    files = sorted(
        (f for f in (root / ".waygraph").rglob("*") if f.is_file() and f.stat().st_size),
        # of those that share their work none is dealt more often than the others
        key=lambda file: (file.parent.name == "store", file),
    )
    dealt = ([*files[:12] * 2, *files] * count)[:count]
    return [flip(root, f, dice.randrange(8 * f.stat().st_size), right) for f in dealt]


def table(found: list[Flip]) -> str:
    """How often what happened, by file."""
    counted = Counter((one.file, one.outcome) for one in found)
    names = sorted({one.file for one in found})
    outcomes = ("same", "told", "silent", "traceback")
    rows = [f"{name:28}" + "".join(f"{counted[name, o]:10}" for o in outcomes) for name in names]
    total = Counter(one.outcome for one in found)
    head = f"{'file':28}" + "".join(f"{o:>10}" for o in outcomes)
    return "\n".join([head, *rows, f"{'all':28}" + "".join(f"{total[o]:10}" for o in outcomes)])


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that nothing has damaged."""
    return make(tmp_path_factory.mktemp("flips") / "intact")


@pytest.mark.slow
def test_a_flipped_bit_is_told_or_changes_nothing(intact: Path) -> None:
    found = flips(intact, FLIPS, seed=20)
    wrong = [one for one in found if one.outcome in ("silent", "traceback")]
    assert not wrong, table(found) + "\n" + "\n".join(map(str, wrong))
    assert sum(one.outcome == "told" for one in found) > FLIPS // 8
