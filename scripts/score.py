"""Quality against gold that nobody here made, from ../shared/data, and of merges against ours."""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

import score_merges
import waygraph
from measure import table
from waygraph.app.ask import open_data
from waygraph.config import Workspace
from waygraph.vocab import WG

SHARED = Path(__file__).parents[2] / "shared" / "data"
Pairs = set[tuple[str, str]]


def evidence() -> Table:
    """Whether every selector's quote stands at its offsets in the source file."""
    made = table("evidence: quotes that stand at their offsets", "corpus", "selectors", "resolve")
    corpora = [
        [SHARED / "bruno" / "2022-10-28", SHARED / "bruno" / "2022-11-24"],
        [SHARED / "bruno" / "2023-12-19"],
        [SHARED / "bruno" / "2024-01-08"],
        [SHARED / "metacademy" / "vault"],
    ]
    for paths in corpora:
        with tempfile.TemporaryDirectory() as folder:
            place = waygraph.ingest(paths, folder).workspace
            good, total = _resolving(place)
        name = " + ".join(str(path.relative_to(SHARED)) for path in paths)
        made.add_row(name, f"{total:,}", f"{good / total:.2%}" if total else "")
    return made


def _resolving(place: Workspace) -> tuple[int, int]:
    query = """
        PREFIX oa: <http://www.w3.org/ns/oa#> PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT DISTINCT ?source ?start ?end ?exact {
          ?place oa:hasSource/dcterms:identifier ?source ; oa:hasSelector ?position, ?quote .
          ?position oa:start ?start ; oa:end ?end . ?quote oa:exact ?exact }"""
    texts: dict[str, str] = {}
    good = total = 0
    with open_data(place) as data:
        for source, start, end, exact in data.select(query):
            if source not in texts:
                texts[source] = (place.root / source).read_bytes().decode("utf-8")
            total += 1
            good += texts[source][start:end] == exact
    return good, total


def concepts() -> Table:
    """F1@k of extracted concepts on SemEval-2017: stemmed exact match, micro-averaged.

    Once for the weights that ship, on the half they were not fitted to, and once over all
    texts, each scored by weights that never saw it.
    """
    from keyphrases import cross_validated, held_out, ranked, read_texts, scores
    from waygraph.operators.termhood import load_weights

    texts = read_texts()
    unseen = [text for text in texts if held_out(text.id)]
    shipped = load_weights()
    rankings = {
        f"as shipped, {len(unseen)} held out": (unseen, [ranked(t, shipped) for t in unseen]),
        f"5-fold, all {len(texts)}": (texts, cross_validated(texts)),
    }
    made = table("concepts: SemEval-2017 key phrases", "texts", "k", "P", "R", "F1", "target")
    for name, (some, ranking) in rankings.items():
        for k, target in ((5, "≥ 27"), (10, "≥ 36"), (15, "")):
            precision, recall, f1 = scores(some, ranking, k)
            made.add_row(
                name, str(k), f"{precision:.1%}", f"{recall:.1%}", f"{100 * f1:.1f}", target
            )
    return made


def prerequisites() -> Table:
    """Direct prerequisite edges found in the vault, against the dev half of the gold."""
    vault = SHARED / "metacademy" / "vault"
    with (SHARED / "metacademy" / "gold-dev.tsv").open(encoding="utf-8") as file:
        gold = {(r["concept"], r["prerequisite"]) for r in csv.DictReader(file, delimiter="\t")}
    targets = {concept for concept, _ in gold}
    with tempfile.TemporaryDirectory() as folder:
        place = waygraph.ingest([vault], folder).workspace
        query = f"""
            PREFIX schema: <https://schema.org/> PREFIX dcterms: <http://purl.org/dc/terms/>
            SELECT DISTINCT ?a ?b {{ ?s <{WG}requires> ?o .
              ?d schema:about ?s ; dcterms:identifier ?a .
              ?e schema:about ?o ; dcterms:identifier ?b }}"""
        with open_data(place) as data:
            ours = {(Path(a).stem, Path(b).stem) for a, b in data.select(query)}
    made = table(
        f"prerequisites: metacademy dev gold, {len(gold)} edges, {len(targets)} targets",
        "what", "P", "R", "F1", "direction",
    )  # fmt: skip
    made.add_row("waygraph, first rules", *_edge_scores(ours, gold, targets))
    made.add_row("A's note mentions B's title", *_edge_scores(_mentions(vault), gold, targets))
    made.add_row("target", "", "", "≥ 0.50", "≥ 0.90")
    return made


def _edge_scores(found: Pairs, gold: Pairs, targets: Iterable[str]) -> tuple[str, ...]:
    wanted = set(targets)
    kept = {(a, b) for a, b in found if a in wanted and a != b}
    right = len(kept & gold)
    precision = right / len(kept) if kept else 0.0
    recall = right / len(gold)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    turned = sum((b, a) in found and (a, b) not in found for a, b in gold)
    decided = right + turned
    direction = right / decided if decided else 0.0
    return f"{precision:.2f}", f"{recall:.2f}", f"{f1:.2f}", f"{direction:.2f}"


def _mentions(vault: Path) -> Pairs:
    """The baseline: A requires B if A's note holds B's title."""
    texts = {path.stem: path.read_text(encoding="utf-8").casefold() for path in vault.glob("*.md")}
    titles = {stem: text.splitlines()[0].lstrip("# ").strip() for stem, text in texts.items()}
    return {(a, b) for a in texts for b, title in titles.items() if a != b and title in texts[a]}


def main() -> None:
    """Print the scores named on the command line."""
    known = {
        "evidence": [evidence], "concepts": [concepts], "prerequisites": [prerequisites],
        "merges": [score_merges.curve, score_merges.kinds, score_merges.calibration],
    }  # fmt: skip
    console = Console(width=110)
    for name in sys.argv[1:] or list(known):
        if name not in known:
            sys.exit(f"unknown score {name!r}; known: {', '.join(known)}")
        if name != "merges" and not SHARED.is_dir():
            sys.exit(f"the gold is not at {SHARED}")
        for score in known[name]:
            console.print(score())


if __name__ == "__main__":
    main()
