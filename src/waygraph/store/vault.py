"""A Markdown vault: a page for each concept, as Obsidian and waygraph itself read them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from waygraph.answer import LearningPath
from waygraph.escape import in_markdown, printable
from waygraph.model import PAGE, PLAN, ConceptRow, RelationRow, View
from waygraph.strength import HELPS, LIKELY
from waygraph.vocab import PREDICATES

# What file names or Obsidian's links may not hold.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f*"\\/<>:|?#^`\[\]\u2028\u2029]+|%{2,}|\{+(?=[{%])')
# What a label after the page's name cannot hold, or readers of Markdown would not leave as it is.
_MEANT = re.compile(r"[\[\]|\\<>`\x00-\x1f\x7f-\x9f\u2028\u2029]|&#?\w+;|%%|==|\{[{%]|://|www\.")
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z", re.I)
_LONGEST, _MOST_BYTES = 120, 200
# relation -> the name of its property (``properties.KNOWN_PROPERTIES``)
_FIELDS = {
    "broader": "broader", "partOf": "part of", "related": "related", "requires": "requires",
    "uses": "uses",
}  # fmt: skip
# What is not sure has other names: read back, it is related, and no author's word.
_UNSURE = {LIKELY: "likely requires", HELPS: "helped by"}
_FENCE = re.compile(r"`{3,}")


def pages(view: View, evidence: bool) -> Iterator[tuple[str, str]]:
    """(file name, Markdown) of each concept's page.

    Front matter holds the title, the IRI, the aliases and the definition; the body the
    relations, as Dataview's fields under a heading for each kind, which are read back as the
    relations that they are. With ``evidence`` each relation is
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
    lines = ["---", f"generator: {PLAN}", "---", "", f"# {in_markdown(name)}", ""]
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
        plain = " ".join(_UNSAFE.sub(" ", spelled).split()).strip(" .")[:_LONGEST]
        plain = plain.encode()[:_MOST_BYTES].decode("utf-8", "ignore").rstrip()
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
    front: dict[str, str | list[str]] = {"generator": PAGE, "title": row.label, "iri": row.iri}
    front["aliases"] = list(row.aliases)
    front |= {"definition": row.definition} if row.definition else {}
    lines = ["---", *(f"{k}: {_yaml(v)}" for k, v in front.items()), "---"]
    for predicate, (_, shown, _) in PREDICATES.items():
        found = [relation for relation in relations if relation.predicate == predicate]
        if found:
            lines += ["", f"## {shown}"]
        for relation in found:
            link = _link(names[relation.object], labels[relation.object])
            field = _UNSURE.get(relation.strength, _FIELDS[predicate])
            lines += ["", f"- {field}:: {link}"]
            if evidence:
                lines += _quoted(relation)
    return "\n".join(lines) + "\n"


def _yaml(value: str | list[str]) -> str:
    """JSON, which is YAML once what YAML takes for a line's end or no text is escaped."""
    said = json.dumps(value, ensure_ascii=False)
    return _NOT_YAML.sub(lambda m: f"\\u{ord(m[0]):04x}", said)


def _link(name: str, label: str) -> str:
    return f"[[{name}]]" if name == label or _MEANT.search(label) else f"[[{name}|{label}]]"


def _code(text: str) -> str:
    """Text as it is, on one line between as many backticks as it does not hold."""
    plain = printable(" ".join(text.split()))
    ticks = "`" * (max([0, *map(len, re.findall("`+", plain))]) + 1)
    return f"{ticks} {plain} {ticks}" if "`" in plain else f"{ticks}{plain}{ticks}"


def _quoted(relation: RelationRow) -> list[str]:
    why = relation.reason
    place = " ".join(f"{why.source}:{why.line}".split())
    quoted = [*printable(why.text).splitlines(), printable(f"({place})")]
    ticks = [len(run) for line in quoted for run in _FENCE.findall(line)]
    fence = "`" * (max([2, *ticks]) + 1)
    return [f"  {line}".rstrip() for line in (f"{fence}text", *quoted, fence)]
