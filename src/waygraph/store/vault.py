"""A Markdown vault: a page for each concept, as Obsidian and waygraph itself read them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from waygraph.answer import LearningPath
from waygraph.model import ConceptRow, RelationRow, View
from waygraph.vocab import PREDICATES

# What file names or Obsidian's links may not hold.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f*"\\/<>:|?#^\[\]]+')
_IN_LINK = re.compile(r"[\[\]|\\\x00-\x1f]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z", re.I)
_LONGEST = 120
_FENCE = re.compile(r"`{3,}")


def pages(view: View, evidence: bool) -> Iterator[tuple[str, str]]:
    """(file name, Markdown) of each concept's page.

    Front matter holds the title, the IRI, the aliases and the definition; the body the
    relations, as wikilinks under a heading for each kind. With ``evidence`` each relation is
    followed by the words that say so, in a code block: they are quoted, not said anew.
    """
    names = file_names(view)
    relations: defaultdict[str, list[RelationRow]] = defaultdict(list)
    for relation in view.relations:
        relations[relation.subject].append(relation)
    labels = {row.iri: row.label for row in view.concepts}
    for row in view.concepts:
        yield names[row.iri] + ".md", _page(row, relations[row.iri], names, labels, evidence)


def steps_page(view: View, path: LearningPath) -> tuple[str, str]:
    """(file name, Markdown) of a page that links the steps of a learning path in their order.

    What a step reads is named as code, for the notes it lies in are not of this folder. The
    page's name is that of no concept's.
    """
    names = file_names(view)
    name = f"Path to {names.get(path.goal.iri, 'the goal')}"
    while name.casefold() in {other.casefold() for other in names.values()}:
        name += " (steps)"
    lines = [f"# {name}", ""]
    for number, step in enumerate(path.steps, 1):
        iri, label = step.concept.iri, step.concept.label
        # a concept graph made before the last ingest may hold what the view no longer does
        lines.append(f"{number}. {_link(names[iri], label) if iri in names else _code(label)}")
        if step.to is not None and step.to.iri in names:
            for_it = "follows" if step.spine else "first, for"
            lines.append(f"   - {for_it} {_link(names[step.to.iri], step.to.label)}")
        if step.read.source:
            place = " § ".join(filter(None, (step.read.source, step.read.heading)))
            lines.append(f"   - read {_code(place)} (about {step.read.minutes:g} min)")
    return name + ".md", "\n".join(lines) + "\n"


def file_names(view: View) -> dict[str, str]:
    """Concept IRI -> the name of its page without suffix; no two differ by case alone."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for row in view.concepts:
        spelled = row.label.replace("*", "-star").replace("#", "-sharp")
        plain = " ".join(_UNSAFE.sub(" ", spelled).split()).strip(" .")[:_LONGEST].rstrip()
        if not plain or _RESERVED.match(plain):
            plain = f"{plain} concept".strip()
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain} ({number})"
        taken.add(name.casefold())
        names[row.iri] = name
    return names


def _page(
    row: ConceptRow,
    relations: list[RelationRow],
    names: dict[str, str],
    labels: dict[str, str],
    evidence: bool,
) -> str:
    # JSON strings are YAML strings
    front = {"title": row.label, "iri": row.iri, "aliases": list(row.aliases)}
    front |= {"definition": row.definition} if row.definition else {}
    lines = ["---", *(f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in front.items()), "---"]
    for predicate, (_, shown, _) in PREDICATES.items():
        found = [relation for relation in relations if relation.predicate == predicate]
        if found:
            lines += ["", f"## {shown}"]
        for relation in found:
            lines += ["", f"- {_link(names[relation.object], labels[relation.object])}"]
            if evidence:
                lines += _quoted(relation)
    return "\n".join(lines) + "\n"


def _link(name: str, label: str) -> str:
    shown = _IN_LINK.sub(" ", label).strip()
    return f"[[{name}]]" if name == label else f"[[{name}|{shown}]]"


def _code(text: str) -> str:
    """Text as it is, on one line between as many backticks as it does not hold."""
    plain = " ".join(text.split())
    ticks = "`" * (max([0, *map(len, re.findall("`+", plain))]) + 1)
    return f"{ticks} {plain} {ticks}" if "`" in plain else f"{ticks}{plain}{ticks}"


def _quoted(relation: RelationRow) -> list[str]:
    why = relation.reason
    ticks = [len(run) for run in _FENCE.findall(why.quote)]
    fence = "`" * (max([2, *ticks]) + 1)
    place = f"{why.source}:{why.line}"
    quoted = [f"  {line}".rstrip() for line in why.text.splitlines()]
    return [f"  {fence}text", *quoted, f"  ({place})", f"  {fence}"]
