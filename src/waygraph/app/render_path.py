"""Learning paths as text, Markdown, JSON, Turtle and Mermaid."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from waygraph.answer import LearningPath, Reading, Step
from waygraph.app.render import quoted, shorten
from waygraph.escape import in_markdown, in_mermaid
from waygraph.model import PLAN
from waygraph.search.steps import describe
from waygraph.terminal import line
from waygraph.vocab import DCTERMS, SCHEMA, document_iri

if TYPE_CHECKING:
    from waygraph.app.paths import Compared
    from waygraph.search.horizon import Gap, Learnable
    from waygraph.search.islands import Bridge


def path_json(path: LearningPath) -> dict[str, Any]:
    """A learning path as plain data, in the stable layout of ``waygraph path --format json``."""
    return {
        "from": asdict(path.start),
        "goal": asdict(path.goal),
        "cost": path.cost,
        "optimal": path.optimal,
        "bound": path.bound,
        "expansions": path.expansions,
        "steps": [asdict(step) for step in path.steps],
        "alternatives": [path_json(other) for other in path.alternatives],
        "algorithm": path.algorithm,
        "minutes": path.minutes,
        "left_out": [asdict(left) for left in path.left_out],
        "notes": list(path.notes),
        "differs": path.differs,
        "nothing_before": path.nothing_before,
        "taken": [asdict(taken) for taken in path.taken],
    }


def path_json_text(path: LearningPath) -> str:
    """A learning path as JSON."""
    return json.dumps(path_json(path), ensure_ascii=False, indent=2)


def path_text(path: LearningPath) -> str:
    """A learning path for people."""
    lines = [headline(path)]
    lines += [f"note: {note}" for note in path.notes]
    for number, step in enumerate(path.steps, 1):
        lines.append(f"\n{number}. {step.concept.label}")
        lines.append(f"   {why(step)}")
        if step.reason.source:
            lines.append(f"   {quoted(step.reason)}")
        if reading := to_read(step):
            lines.append(f"   read: {reading}")
    lines.append(f"\nreading time: about {path.minutes:.1f} minutes (an estimate)")
    if path.left_out:
        lines.append("\nleft out:")
        lines += [f"  {left.concept.label}: {left.why}" for left in path.left_out]
    for number, other in enumerate(path.alternatives, 1):
        lines.append(f"\nalternative {number}: {_size(other)}")
        lines.append(f"  {other.differs}")
        lines.append(f"  {' → '.join(step.concept.label for step in other.steps)}")
    return "\n".join(lines) + "\n"


def path_markdown(path: LearningPath) -> str:
    """A learning path as a Markdown checklist; front matter says that waygraph wrote it.

    What notes say is escaped: it makes no link, no HTML and no comment of this file's own.
    """
    ends = f"{in_markdown(path.start.label)} → {in_markdown(path.goal.label)}"
    lines = ["---", f"generator: {PLAN}", "---", "", f"# {ends}", "", in_markdown(headline(path))]
    lines.append("")
    for step in path.steps:
        lines.append(f"- [ ] **{in_markdown(step.concept.label)}**: {in_markdown(why(step))}")
        if step.reason.source:
            place = f"({step.reason.source}:{step.reason.line})"
            lines.append(f"  - > {in_markdown(shorten(step.reason.text))}")
            lines.append(f"    {in_markdown(place)}")
        if reading := to_read(step):
            lines.append(f"  - read {in_markdown(reading)}")
    if path.left_out:
        lines += ["", "Left out:", ""]
        left_out = (f"{left.concept.label}: {left.why}" for left in path.left_out)
        lines += [f"- {in_markdown(left)}" for left in left_out]
    for number, other in enumerate(path.alternatives, 1):
        said = in_markdown(f"{_size(other)}; {other.differs}")
        lines += ["", f"## Alternative {number}", "", said, ""]
        steps = (f"{step.concept.label}: {why(step)}" for step in other.steps)
        lines += [f"- [ ] {in_markdown(step)}" for step in steps]
    return "\n".join(lines) + "\n"


def path_mermaid(path: LearningPath) -> str:
    """A learning path as a Mermaid flowchart: solid along the spine, dotted for what is needed."""
    names = {step.concept.iri: f"c{i}" for i, step in enumerate(path.steps)}
    lines = ["flowchart TD"]
    lines += [f'    {names[s.concept.iri]}["{in_mermaid(s.concept.label)}"]' for s in path.steps]
    for step in path.steps:
        if step.to and step.to.iri in names:
            me, other = names[step.concept.iri], names[step.to.iri]
            if step.spine:
                edge = f"{other} -->|{step.strength or step.relation}| {me}"
            else:
                edge = f"{me} -.->|{step.strength or 'first'}| {other}"
            lines.append(f"    {edge}")
    return "\n".join(lines) + "\n"


def path_turtle(path: LearningPath, base: str) -> str:
    """A learning path as Turtle: a ``schema:ItemList`` of the concepts in their order."""
    from waygraph.model import digest_of

    said = json.dumps(path_json(path), sort_keys=True, ensure_ascii=False)
    me = f"{base}path/{digest_of(said)[:16]}"
    items = [f"<{me}#{i}>" for i in range(1, len(path.steps) + 1)]
    name = f"{path.start.label} → {path.goal.label}"
    lines = [
        f"@prefix dcterms: <{DCTERMS}> .",
        f"@prefix schema: <{SCHEMA}> .",
        "",
        f"<{me}> a schema:ItemList ;",
        f"    schema:name {_literal(name)} ;",
        f"    schema:about <{path.goal.iri}> ;",
        f"    schema:timeRequired {_literal(_duration(path.minutes))} ;",
        f"    schema:numberOfItems {len(path.steps)} ;",
        f"    schema:itemListElement {', '.join(items)} .",
    ]
    for number, step in enumerate(path.steps, 1):
        facts = [
            f"schema:position {number}",
            f"schema:item <{step.concept.iri}>",
            f"schema:name {_literal(step.concept.label)}",
            f"dcterms:description {_literal(why(step))}",
        ]
        if step.read.source:
            facts.append(f"schema:citation <{document_iri(base, step.read.source)}>")
            facts.append(f"schema:timeRequired {_literal(_duration(step.read.minutes))}")
        lines += ["", f"<{me}#{number}> a schema:ListItem ;\n    " + " ;\n    ".join(facts) + " ."]
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """A Turtle string; JSON's escapes are Turtle's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _duration(minutes: float) -> str:
    """As ISO 8601 has it."""
    return f"PT{round(60 * minutes)}S"


def _size(path: LearningPath) -> str:
    count = len(path.steps)
    return f"{count} step{'s' * (count != 1)}, cost {path.cost:.3f}"


def headline(path: LearningPath) -> str:
    """A learning path in one line: its ends, size, cost, and what is known of that."""
    if path.nothing_before:
        return f"nothing in your notes comes before {path.goal.label}"
    if path.optimal:
        proof = "optimal"
    elif path.bound:
        proof = f"at most {path.bound:g} times the optimum"
    else:
        proof = "no bound is known"
    return (
        f"{path.start.label} → {path.goal.label}: {_size(path)} ({proof}), "
        f"{path.expansions} expansions"
    )


def why(step: Step) -> str:
    """Why a step is there, and how sure that is."""
    if step.relation == "known":
        return "you know it"
    if step.to is None:
        return "begin here"
    ground = f"{step.basis}; " if step.basis else ""
    return f"{describe(step)} ({ground}confidence {step.confidence:.2f})"


def to_read(step: Step) -> str:
    """What to read at a step; empty if nothing is known."""
    if step.read_with:
        return f"done with {step.read_with.label}"
    return _reading(step.read) if step.read.source else ""


def _reading(reading: Reading) -> str:
    heading = f", section “{reading.heading}”" if reading.heading else ""
    return f"{line(reading.source)}{heading} (about {reading.minutes:g} min)"


def compared_text(rows: Sequence[Compared]) -> str:
    """Algorithms side by side."""
    lines = [
        f"{'algorithm':22}{'cost':>8}{'/ least':>9}{'steps':>7}{'expansions':>12}"
        f"{'touched':>9}{'ms':>9}"
    ]
    lines += [
        f"{row.algorithm:22}{row.cost:8.3f}{row.ratio:9.3f}{row.steps:7}{row.expansions:12,}"
        f"{row.touched:9,}{row.milliseconds:9.2f}"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def learnable_text(rows: Sequence[Learnable], concepts: int) -> str:
    """What can be learned now, of so many concepts, for people."""
    if not concepts:
        return "there are no concepts yet: `waygraph ingest PATH` finds them in notes\n"
    if not rows:
        return "nothing new: all that is related to what you know waits for something else\n"
    lines = []
    for row in rows:
        after = f"follows {row.after.label} (cost {row.cost:.3f})" if row.after else "needs nothing"
        lines.append(f"{row.concept.label}: {after}, {row.opens} require it")
        if row.read:
            lines.append(f"   read: {_reading(row.read)}")
    return "\n".join(lines) + "\n"


def gaps_text(rows: Sequence[Gap]) -> str:
    """What is much needed and little explained, for people."""
    if not rows:
        return "no gaps: nothing surely requires or uses another concept\n"
    lines = []
    for row in rows:
        names = ", ".join(one.label for one in row.needed_by[:4])
        more = ", …" if len(row.needed_by) > 4 else ""
        defined = "defined" if row.defined else "not defined"
        lines.append(
            f"{row.concept.label}: needed by {len(row.needed_by)} ({names}{more}); "
            f"{defined}, {row.minutes:g} min to read"
        )
    return "\n".join(lines) + "\n"


def bridges_text(rows: Sequence[Bridge], one: str, two: str) -> str:
    """Pairs across a gap, for people."""
    if not rows:
        return f'{one!r} and {two!r} are joined already: waygraph path "{two}" --from "{one}"\n'
    lines = [f"no path joins {one!r} and {two!r}; nearest across the gap:"]
    for row in rows:
        lines.append(f"{row.one.label} – {row.two.label} (angle {row.angle:.2f})")
        lines += [f"   read: {_reading(read)}" for read in (row.read_one, row.read_two) if read]
    lines.append("a note that names both of a pair in one sentence would join them")
    return "\n".join(lines) + "\n"
