"""Small vaults of ../shared/cases, each with a kind of fault, and what of them is right."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

import waygraph
from measure import SHARED, table
from waygraph.app.articles import ArticleOptions
from waygraph.app.ask import open_data
from waygraph.app.links import link_report
from waygraph.config import Workspace
from waygraph.store.view import read_view

CASES = SHARED.parent / "cases"
Triple = tuple[str, str, str]


@dataclass(frozen=True)
class Vault:
    """What an ingested vault holds: labels and definitions, relations by labels, and its links."""

    concepts: dict[str, str]
    relations: set[Triple]
    links: dict[str, str]
    broken: set[str]

    def has(self, *triples: Triple) -> bool:
        """Whether these relations are there; those of ``related`` either way round."""
        both = self.relations | {(o, p, s) for s, p, o in self.relations if p == "related"}
        return set(triples) <= both

    def lacks(self, *labels: str) -> bool:
        """Whether none of these is a concept."""
        folded = {label.casefold() for label in self.concepts}
        return folded.isdisjoint(label.casefold() for label in labels)


def vault(place: Workspace) -> Vault:
    """The vault of an ingested workspace; labels in lower case."""
    with open_data(place) as data:
        view = read_view(data, 200)
    labels = {row.iri: row.label.casefold() for row in view.concepts}
    found = link_report(place).links
    return Vault(
        {row.label: row.definition for row in view.concepts},
        {(labels[r.subject], r.predicate, labels[r.object]) for r in view.relations},
        {link.written: link.target.address for link in found},
        {link.written for link in found if link.target.status == "broken"},
    )


Checks = Iterator[tuple[str, bool]]


def _headless(here: Vault) -> Checks:
    yield "links are relations", here.has(("lime kiln", "related", "charcoal"))
    yield (
        "a section of prerequisites",
        here.has(("mortar", "requires", "lime kiln"), ("mortar", "requires", "quarry")),
    )


def _own_text(here: Vault) -> Checks:
    yield (
        "the target is required",
        here.has(("kiln", "requires", "clay pit"), ("spinning wheel", "requires", "hemp fibre")),
    )
    yield (
        "what nobody wrote is named by its target",
        here.has(("spinning wheel", "uses", "calculus")) and here.lacks("calc"),
    )


def _properties(here: Vault) -> Checks:
    yield "front matter", here.has(
        ("clay pit", "broader", "brick works"), ("clay pit", "requires", "lime kiln"),
        ("clay pit", "related", "lime kiln"),
    )  # fmt: skip
    yield "Logseq's properties", here.has(("tile press", "broader", "brick works"))
    yield "broken ones are told", "Nowhere Page" in here.broken
    yield "no prose", not any("::" in said for said in here.concepts.values())


def _kinds(here: Vault) -> Checks:
    left = here.relations & {
        (one, "broader", two)
        for one, two in (
            ("heap", "tree"), ("b-tree", "hash table"), ("trie", "dictionary"),
            ("tensor", "matrix"), ("path", "graph"), ("leaf", "tree"), ("proxy", "client"),
            ("node", "graph"), ("cache", "processor"), ("kernel", "matrix"),
        )
    }  # fmt: skip
    yield "no kind behind a preposition", not left
    yield "hardly requires", not here.has(("thimble", "requires", "capstan"))


def _negation(here: Vault) -> Checks:
    pairs = (("rope", "ladder"), ("ship", "flag"), ("valve", "pump"))
    yield "nothing is required", not any(here.has((a, "requires", b)) for a, b in pairs)


def _definitions(here: Vault) -> Checks:
    said = {label.casefold(): text for label, text in here.concepts.items()}
    for label, text in (
        ("saw pit", "A pit over which timber is sawn."), ("adze", "A tool for shaping wood."),
        ("bench vice", "The thing that holds work."), ("kiln yard", ""), ("quarry tools", ""),
    ):  # fmt: skip
        yield label, said.get(label, "") == text


def _dated(here: Vault) -> Checks:
    yield "sixteen titles", len(here.concepts) == 16


def _logseq(here: Vault) -> Checks:
    yield (
        "[a]([[p]])",
        here.links.get("[[water wheel]]", here.links.get("water wheel"))
        == ("pages/water wheel.md"),
    )
    yield "nothing is broken", not here.broken
    yield "days are no concepts", here.lacks("Mar 18th, 2024", "Mon 18 Mar 2024", "Overview")
    yield "pages by their files", not here.lacks("grist mill")


def _nothing_broken(here: Vault) -> Checks:
    yield "nothing is broken", not here.broken - {"Rope"}


def _dendron(here: Vault) -> Checks:
    yield "nothing is broken", not here.broken
    yield "places are no concepts", here.lacks("proj.*", "head1", "Intro")


def _org(here: Vault) -> Checks:
    yield "the dangling id alone is broken", here.broken == {"id:unknown-id"}
    yield "addresses are no concepts", here.lacks("cite:@doe2020", "roam:Paradigm", "target one")


def _drawings(here: Vault) -> Checks:
    yield "no concepts", not here.concepts


def _addresses(here: Vault) -> Checks:
    yield "no names", here.lacks("/posts/old-kiln/", "/2019/01/kiln.html", "42", "true", "null")
    yield "two pages", {label.casefold() for label in here.concepts} == {"lime kiln", "clay pit"}


def _redirects(here: Vault) -> Checks:
    led = [address for link, address in here.links.items() if "/esc" not in link]
    yield "links lead to the pages", len(led) >= 4 and all(led)


CHECKS: dict[str, Callable[[Vault], Checks]] = {
    "headless-note-links": _headless, "link-own-text": _own_text, "property-links": _properties,
    "is-preposition-a": _kinds, "negation": _negation, "wrong-definition": _definitions,
    "dated-title-lost": _dated, "logseq-links": _logseq, "dendron-refs": _dendron,
    "obsidian-heading-anchors": _nothing_broken, "org-links": _org, "excalidraw": _drawings,
    "hugo-aliases": _addresses, "canonical-redirect": _redirects,
}  # fmt: skip


def cases() -> Table:
    """Every folder of ``../shared/cases`` that a check is known of, and what of it is not right."""
    made = table("small vaults of notes, each with a kind of fault", "vault", "right", "wrong")
    for name, check in CHECKS.items():
        if not (CASES / name).is_dir():
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / name
            shutil.copytree(CASES / name, root)
            results = list(check(vault(_ingested(root))))
        wrong = [what for what, right in results if not right]
        made.add_row(name, f"{len(results) - len(wrong)} of {len(results)}", ", ".join(wrong))
    return made


def _ingested(root: Path) -> Workspace:
    """The vault, ingested; beside its own server, if it has one."""
    server = root / "srv.py"
    if not server.exists():
        return waygraph.ingest([root], root).workspace
    running = subprocess.Popen([sys.executable, str(server)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        options = ArticleOptions(fetch=True, allow=("127.0.0.1:7990",))
        return waygraph.ingest([root], root, articles=options).workspace
    finally:
        running.kill()
        running.wait()
