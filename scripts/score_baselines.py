"""What simpler means find in an ingested corpus, told as the command line would tell it.

The shared scorer asks a command; a baseline answers in waygraph's place, and so is counted by the
same rules: the same folding of labels, the same notes, the same goals.
"""

from __future__ import annotations

import csv
import json
import math
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from waygraph.model import Document

BASE = "baseline:/document/"
# The longest plan of the rules, and how many phrases YAKE gives of a note.
STEPS, PHRASES = 6, 30
# A link to a concept counts as so many mentions.
_LINKED = 2.0
# The least reference distance that makes a prerequisite.
_LEAST_DISTANCE = 0.2


@dataclass
class Answers:
    """What a baseline says: labels by concept, (concept, note), (a, needed b, note), and plans.

    A plan is the concepts before a goal, by the goal's key.
    """

    labels: dict[str, list[str]] = field(default_factory=dict)
    mentions: list[tuple[str, str]] = field(default_factory=list)
    requires: list[tuple[str, str, str]] = field(default_factory=list)
    plans: dict[str, list[str]] = field(default_factory=dict)
    goals: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Baseline:
    """How it answers, given a corpus and its marked notes, and of what it says something."""

    answers: Callable[[Path, Sequence[str]], Answers]
    tells: tuple[str, ...]


@contextmanager
def answering(system: str, place: Path, notes: Sequence[str]) -> Iterator[str]:
    """A command that answers the scorer as a baseline; empty where ``system`` is none."""
    if system not in BASELINES:
        yield ""
        return
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "answers.json"
        found = asdict(BASELINES[system].answers(place, notes))
        said.write_text(json.dumps(found), encoding="utf-8")
        script = Path(folder) / "waygraph"
        words = shlex.join([sys.executable, __file__, str(said)])
        script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        script.chmod(0o700)
        yield str(script)


def answer(said: Answers, asked: Sequence[str]) -> None:
    """Print the answer to ``query QUERY`` as CSV, to ``path GOAL`` as JSON."""
    command, words, *more = asked
    if command == "path":
        goal = said.goals.get(_key(words))
        if goal is None or "--from" in more:
            sys.exit(f"no way to {words!r} is known")
        steps = [{"concept": {"iri": one}} for one in [*said.plans.get(goal, ()), goal]]
        print(json.dumps({"goal": {"iri": goal}, "steps": steps}))
        return
    rows = csv.writer(sys.stdout)
    if "oa:hasBody" in words:
        rows.writerow(("c", "t"))
        rows.writerows((c, BASE + quote(note)) for c, note in said.mentions)
    elif "wg:requires" in words:
        rows.writerow(("a", "b", "e"))
        rows.writerows((a, b, BASE + quote(note)) for a, b, note in said.requires)
    else:
        rows.writerow(("c", "l", "p"))
        for c, (first, *others) in said.labels.items():
            rows.writerow((c, first, "prefLabel"))
            rows.writerows((c, label, "altLabel") for label in others)


def _key(label: str) -> str:
    from waygraph.labels import key

    return key(label)


# --- concepts -------------------------------------------------------------------------------------


def _phrases(found: Callable[[list[str]], list[str]]) -> Callable[[Path, Sequence[str]], Answers]:
    """A baseline that finds phrases in the blocks of each marked note alone."""

    def answers(place: Path, notes: Sequence[str]) -> Answers:
        said = Answers()
        for address, document in _documents(place).items():
            if address not in notes:
                continue
            blocks = [
                document.text[block.span.start : block.span.end]
                for block in document.blocks
                if block.kind not in ("tag", "alias") and not block.boilerplate
            ]
            for phrase in found(blocks):
                if _key(phrase):
                    said.labels.setdefault(_key(phrase), [phrase])
                    said.mentions.append((_key(phrase), address))
        said.mentions = list(dict.fromkeys(said.mentions))
        return said

    return answers


def _documents(place: Path) -> dict[str, Document]:
    from waygraph.config import find_workspace
    from waygraph.read.snapshots import Snapshots

    folder = find_workspace(place).folder
    with Snapshots(folder / "documents.sqlite", write=False) as snapshots:
        return {document.address: document for document in snapshots.all()}


def _noun_chunks(blocks: list[str]) -> list[str]:
    """spaCy's noun chunks without the determiners and pronouns that they begin with."""
    from waygraph.operators.parsing import LONGEST_BLOCK, load_language

    found = []
    short = [block for block in blocks if len(block) <= LONGEST_BLOCK]
    for parsed in load_language("auto").pipe(short):
        for chunk in parsed.noun_chunks:
            words = list(chunk)
            while words and words[0].pos_ in ("DET", "PRON", "PUNCT", "SPACE"):
                del words[0]
            if words:
                found.append(parsed[words[0].i : chunk.end].text)
    return found


def _yake(blocks: list[str]) -> list[str]:
    """YAKE's best key phrases of up to three words."""
    from yake import KeywordExtractor

    text = "\n\n".join(blocks)
    return [phrase for phrase, _ in KeywordExtractor(lan="en", top=PHRASES).extract_keywords(text)]


# --- plans ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Corpus:
    """Where concepts are met: their labels, their mentions by note, and the note about each."""

    labels: Mapping[str, list[str]]
    met: Mapping[str, Mapping[str, float]]
    homes: Mapping[str, str]

    def goals(self) -> dict[str, str]:
        """The concept that each label's key names."""
        pairs = ((c, label) for c in sorted(self.labels, reverse=True) for label in self.labels[c])
        return {_key(label): c for c, label in pairs}

    def near(self, concept: str) -> Mapping[str, float]:
        """What is met in a concept's home."""
        return self.met[self.homes[concept]]


def _corpus(place: Path) -> _Corpus:
    """What waygraph itself found in a corpus: its concepts, and where they are named."""
    from waygraph.app.ask import open_data
    from waygraph.config import find_workspace

    prefixes = """PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX dcterms: <http://purl.org/dc/terms/>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#> """
    documents = _documents(place)
    labels: dict[str, list[str]] = {}
    met: dict[str, dict[str, float]] = {address: {} for address in documents}
    with open_data(find_workspace(place)) as data:
        for name in ("prefLabel", "altLabel"):
            query = f"SELECT ?c ?l {{ ?c a skos:Concept ; skos:{name} ?l }} ORDER BY ?c ?l"
            for concept, label in data.select(prefixes + query):
                labels.setdefault(concept, []).append(label)
        query = """SELECT ?c ?d (COUNT(DISTINCT ?m) AS ?n) {
            ?m a oa:Annotation ; oa:hasBody ?c ; oa:hasTarget/oa:hasSource/dcterms:identifier ?d
            } GROUP BY ?c ?d ORDER BY ?c ?d"""
        for concept, address, count in data.select(prefixes + query):
            if concept in labels and address in met:
                met[address][concept] = float(count)
    homes: dict[str, tuple[int, float, str]] = {}
    for address, document in documents.items():
        title, headings = _key(document.title), {_key(s.heading) for s in document.sections}
        linked = {_key(document.text[one.span.start : one.span.end]) for one in document.links}
        for concept in met[address]:
            keys = set(map(_key, labels[concept]))
            if keys & linked:
                met[address][concept] += _LINKED
            named = 3 if title in keys else 2 if any(key in title for key in keys) else 0
            place_of = (named or bool(keys & headings), met[address][concept], address)
            homes[concept] = max(homes.get(concept, (0, 0.0, "")), place_of)
    return _Corpus(labels, met, {concept: home for concept, (*_, home) in homes.items()})


Rank = Callable[[_Corpus, Mapping[str, int], str], dict[str, float]]


def _plans(rank: Rank) -> Callable[[Path, Sequence[str]], Answers]:
    """A baseline that ranks what comes before a goal; plans go from the common to the rare."""

    def answers(place: Path, notes: Sequence[str]) -> Answers:
        corpus = _corpus(place)
        spread = Counter(c for found in corpus.met.values() for c in found)
        goals = corpus.goals()
        named = [(c, note) for note in notes if note in corpus.met for c in corpus.met[note]]
        said = Answers(dict(corpus.labels), named, goals=goals)
        for concept in sorted(corpus.homes):
            ranked = rank(corpus, spread, concept)
            best = sorted(ranked, key=lambda c: (-ranked[c], c))[:STEPS]
            said.plans[concept] = sorted(best, key=lambda c: (-spread[c], c))
            home = corpus.homes[concept]
            if home in notes:
                said.requires += [(concept, needed, home) for needed in best]
        return said

    return answers


def _home_rule(corpus: _Corpus, spread: Mapping[str, int], goal: str) -> dict[str, float]:
    """Frequency in the goal's home times rarity, of what speaks less of the goal than it does."""
    near = corpus.near(goal)
    return {
        c: math.log1p(count) * math.log(len(corpus.met) / spread[c])
        for c, count in near.items()
        if c != goal and _share(corpus.near(c), goal) < _share(near, c)
    }


def _share(near: Mapping[str, float], concept: str) -> float:
    return near.get(concept, 0.0) / sum(near.values())


def _reference_distance(corpus: _Corpus, spread: Mapping[str, int], goal: str) -> dict[str, float]:
    """RefD (Liang et al. 2015): how much more what the goal refers to refers to a concept, than
    the other way round; all references of one weight, a mention in a home being one."""

    def refers(a: str, b: str) -> float:
        near = corpus.near(a)
        return sum(b in corpus.near(c) for c in near) / len(near)

    found = {c: refers(goal, c) - refers(c, goal) for c in corpus.near(goal) if c != goal}
    return {c: value for c, value in found.items() if value >= _LEAST_DISTANCE}


BASELINES = {
    "noun chunks": Baseline(_phrases(_noun_chunks), ("concepts",)),
    "YAKE": Baseline(_phrases(_yake), ("concepts",)),
    "home's words": Baseline(_plans(_home_rule), ("requires", "plans")),
    "RefD": Baseline(_plans(_reference_distance), ("requires", "plans")),
}


if __name__ == "__main__":
    answer(Answers(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), sys.argv[2:])
