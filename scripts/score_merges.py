"""Merges against a labelled set made for this project, data/merges.tsv.

A row is a pair of labels, whether they name the same thing, the kind of difficulty, and what
notes say: notes are separated by " || ", and "@Title+alias, alias: text" is a page. Each label
also stands as a heading in a note of its own. Every pair is a corpus by itself, read, parsed
and resolved by the real operators. The SHA-256 of the pair decides its half: even bytes
calibrate the rules, odd ones are held out for the curve.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from rich.table import Table

from waygraph.labels import key, tidy
from waygraph.model import Document, Names, Parse
from waygraph.operators.aliases import aliases
from waygraph.operators.candidates import candidates
from waygraph.operators.merge_claims import RULES, WORTH, Corpus
from waygraph.operators.parsing import parse
from waygraph.operators.resolution import resolution, resolve
from waygraph.read.links import resolve_links
from waygraph.read.markdown import read_markdown

PAIRS = Path(__file__).parents[1] / "data" / "merges.tsv"
THRESHOLDS = (0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99)
SHIPPED = float((resolution.__kwdefaults__ or {})["threshold"])
_PAGE = re.compile(r"@([^:+]+)(?:\+([^:]+))?:\s*(.*)", re.S)


@dataclass(frozen=True)
class Pair:
    """One row of the labelled set, with its corpus once it is read."""

    first: str
    second: str
    same: bool
    kind: str
    held_out: bool
    corpus: Corpus

    def together(self, threshold: float) -> bool:
        """Whether the merges at this threshold make the two labels one concept everywhere."""
        names = Names(resolve(self.corpus, threshold))
        return len({names.of(key(tidy(one)), "", one) for one in (self.first, self.second)}) == 1


@cache
def read_pairs(path: Path = PAIRS) -> list[Pair]:
    """All pairs of the labelled set, read and parsed; all at once, for the model's sake."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    corpora = [list(_notes(number, row)) for number, row in enumerate(rows)]
    parses: Iterator[Parse] = iter(parse([note for notes in corpora for note in notes]))
    pairs = []
    for row, notes in zip(rows, corpora, strict=True):
        targets, parsed = resolve_links(notes), [next(parses) for _ in notes]
        found = candidates(notes, targets, parsed)
        corpus = Corpus(found, aliases(notes, targets, parsed))
        half = sha256(f"{row['first']}\t{row['second']}".encode()).digest()[0] % 2
        pairs.append(
            Pair(
                row["first"],
                row["second"],
                row["verdict"] == "same",
                row["kind"],
                half == 1,
                corpus,
            )
        )
    return pairs


def _notes(number: int, row: dict[str, str]) -> Iterator[Document]:
    texts = [f"# Day {day}\n\n## {row[end]}\n\nTo be read.\n"
             for day, end in ((901, "first"), (902, "second"))]  # fmt: skip
    texts += filter(None, (row["context"] or "").split(" || "))
    for place, text in enumerate(texts):
        name, body = f"day-{900 + place}", text
        if page := _PAGE.match(text):
            name, others, body = page.groups()
            front = f"---\naliases: [{others}]\n---\n" if others else ""
            body = f"{front}# {name}\n\n{body}\n"
        yield read_markdown(f"{number}/{name}.md", body.encode())


def curve() -> Table:
    """Precision and recall on the held-out half, by threshold."""
    held = [pair for pair in read_pairs() if pair.held_out]
    real = sum(pair.same for pair in held)
    made = Table(
        title=f"merges: {len(held)} held-out pairs, {real} the same, {len(held) - real} different",
        title_justify="left",
    )
    for column in ("threshold", "merged", "right", "precision", "recall", "F1"):
        made.add_column(column, justify="right")
    for threshold in sorted({*THRESHOLDS, SHIPPED}):
        merged = [pair for pair in held if pair.together(threshold)]
        right = sum(pair.same for pair in merged)
        precision, recall = right / len(merged), right / real
        made.add_row(
            f"{threshold:.2f}{' (shipped)' * (threshold == SHIPPED)}", str(len(merged)), str(right),
            f"{precision:.3f}", f"{recall:.3f}",
            f"{2 * precision * recall / (precision + recall):.3f}",
        )  # fmt: skip
    return made


def kinds() -> Table:
    """The held-out half at the shipped threshold, by kind."""
    made = Table(title="merges by kind, held-out half", title_justify="left")
    for column in ("kind", "the same", "merged", "different", "merged wrongly"):
        made.add_column(column, justify="left" if column == "kind" else "right")
    counts: defaultdict[str, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    for pair in read_pairs():
        if pair.held_out:
            counts[pair.kind][pair.same, pair.together(SHIPPED)] += 1
    for kind, count in sorted(counts.items()):
        numbers = (
            count[True, True] + count[True, False], count[True, True],
            count[False, True] + count[False, False], count[False, True],
        )  # fmt: skip
        made.add_row(kind, *map(str, numbers))
    return made


def calibration() -> Table:
    """What each group of rules is worth: how many of its merges of labelled pairs are right."""
    made = Table(title="merges by group of rules, calibration half", title_justify="left")
    for column in ("group", "merges", "right", "smoothed", "shipped"):
        made.add_column(column, justify="left" if column == "group" else "right")
    for group, (right, total) in calibrated().items():
        smoothed = (right + 1) / (total + 2)
        made.add_row(group, str(total), str(right), f"{smoothed:.3f}", f"{WORTH[group]:.2f}")
    return made


def calibrated() -> dict[str, tuple[int, int]]:
    """Per group of rules, of the merges of labelled pairs that guards let pass: (right, all)."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for pair in read_pairs():
        ends = {key(tidy(pair.first)), key(tidy(pair.second))}
        for merge in () if pair.held_out else resolve(pair.corpus, 0.0).found:
            if {merge.short, merge.long} == ends and not merge.only and not merge.capitals:
                for group in {RULES[rule][0] for rule, _ in merge.rules}:
                    total[group] += 1
                    right[group] += pair.same
    return {group: (right[group], total[group]) for group in WORTH}
