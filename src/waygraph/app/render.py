"""What the workspace holds, as text and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from waygraph.answer import Quote
from waygraph.strength import basis
from waygraph.terminal import line
from waygraph.vocab import PREDICATES

if TYPE_CHECKING:
    from waygraph.app.ask import NodeTime
    from waygraph.app.ingest import IngestReport
    from waygraph.app.links import FoundLink, LinkReport
    from waygraph.model import Document
    from waygraph.search.concept_graph import ConceptGraph
    from waygraph.store.lineage import Lineage, Run

_LONGEST = 240


def links_json(report: LinkReport) -> dict[str, Any]:
    """Links as plain data, in the stable layout of ``waygraph links --format json``."""
    sites = [
        {"root": site.root, "url": site.url, "inferred": inferred}
        for inferred, found in ((False, report.given), (True, report.inferred))
        for site in found
    ]
    links = [
        {
            "source": link.source,
            "line": link.line,
            "kind": link.kind,
            "text": link.text,
            "target": link.written,
            "status": link.target.status,
            "address": link.target.address,
            "title": link.target.title,
            "fragment": link.target.fragment,
            "why": link.target.why,
            "suggestions": list(link.suggestions),
        }
        for link in report.links
    ]
    counts = dict(report.counts)
    return {"wikilinks": report.wikilinks, "sites": sites, "counts": counts, "links": links}


def links_text(report: LinkReport) -> str:
    """Links for people and their editors: one a line, ``file:line: kind target → where``."""
    return "".join(f"{_link(link)}\n" for link in report.links)


def links_summary(report: LinkReport) -> str:
    """How many links lead where, and what was taken for granted in finding out."""
    counts = ", ".join(
        f"{number:,} to {status}s"
        if status in ("document", "heading", "block")
        else f"{number:,} {status}"
        for status, number in report.counts.items()
    )
    lines = [f"{sum(report.counts.values()):,} links: {counts}"]
    if report.wikilinks == "label-first":
        lines.append("wikilinks are read as [[label|page]]")
    for source, sites in (("given", report.given), ("inferred from links", report.inferred)):
        lines += [f"{site.root or 'the corpus'} is published at {site.url} ({source})"
                  for site in sites]  # fmt: skip
    return "\n".join(lines)


def _link(link: FoundLink) -> str:
    target = link.target
    if target.status in ("broken", "ambiguous"):
        near = f"; nearest: {', '.join(link.suggestions)}" if link.suggestions else ""
        if target.status == "ambiguous":
            near = f": {', '.join(target.choices)}"
        where = f"{target.status}: {target.why}{near}"
    elif target.status == "external":
        where = f"external ({target.why})" if target.why else "external"
    else:
        where = target.address + (f"#{target.fragment} ({target.status})" * bool(target.fragment))
    written = shorten(link.written)[: _LONGEST + 2]  # data: addresses have no blank to cut at
    shown = f"{link.source}:{link.line}: {link.kind} {written} → {where}"
    return line(shown)


def shorten(text: str, longest: int = _LONGEST) -> str:
    """At most ``longest`` characters, cut at a word."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0] + " …"


def quoted(quote: Quote) -> str:
    """A quote and where it stands, on one line."""
    return line(f'"{shorten(quote.text)}" ({quote.source}:{quote.line})')


def node_note(node: NodeTime) -> str:
    """What a node of the compute graph took in the last ingest, in a few words."""
    return f"{node.seconds:.2f} s, {node.computed:,} computed, {node.cached:,} cached"


def profile_text(report: IngestReport) -> str:
    """Where the time of an ingest went, by stage and by node of the compute graph."""
    total = sum(report.seconds.values()) or 1.0
    lines = [f"{'stage':20}{'s':>9}{'share':>8}"]
    lines += [f"{name:20}{s:9.3f}{s / total:8.1%}" for name, s in report.seconds.items()]
    lines.append("")
    lines.append(
        f"{'node':20}{'s':>9}{'start':>9}{'operator':>9}{'engine':>9}"
        f"{'computed':>10}{'cached':>9}{'items/s':>10}"
    )
    for node in report.nodes:
        # in a pool the operators' own time is summed over the processes
        engine = max(0.0, node.seconds - node.starting - node.own)
        ticking = max(node.seconds - node.starting, 1e-9)
        rate = f"{node.computed / ticking:,.1f}" if node.computed else ""
        lines.append(
            f"{node.name:20}{node.seconds:9.3f}{node.starting:9.3f}{node.own:9.3f}{engine:9.3f}"
            f"{node.computed:10,}{node.cached:9,}{rate:>10}"
        )
    return "\n".join(lines) + "\n"


def lineage_text(iri: str, found: Sequence[Lineage]) -> str:
    """Where the statements about a thing come from, run by run, and then by named graph."""
    lines = [iri]
    by_run: dict[str, list[Lineage]] = {}
    for made in found:
        by_run.setdefault(made.run.iri, []).append(made)
    for graphs in by_run.values():
        run = graphs[0].run
        lines += [f"\n{_made_with(run)}", f"  run       {run.iri} (last {run.ended})"]
        if run.settings not in ("", "{}"):
            lines.append(f"  settings  {run.settings}")
        lines += [f"  takes     {other.name}: {_made_with(other)}" for other in graphs[0].behind]
        for made in graphs:
            many = "s" * (made.statements != 1)
            lines.append(f"  made      {made.statements:,} statement{many} in {made.graph}")
            lines.append(
                f"            from {line(made.address)}, sha256 {made.sha256}"
                if made.address
                else "            from all documents"
            )
    return "\n".join(lines) + "\n"


def _made_with(run: Run) -> str:
    return f"{run.operator} {run.version}" + (f", {run.model}" if run.model else "")


def note_text(document: Document, places: Sequence[str]) -> str:
    """What was read of a note, for people: its date and day above all, its ``places`` among other
    notes, that which counts first, and what all this rests on."""
    day = "" if document.day is None else str(document.day)
    facts = {
        "note": document.address,
        "date": document.date,
        "day": day,
        "also": "; ".join(document.aliases),
        "tags": "; ".join(document.tags),
        "language": document.language,
        "place": places[0].removesuffix(": used") if places else "",
    }
    lines = [
        line(document.title),
        *(f"  {name:10} {line(said)}" for name, said in facts.items() if said),
    ]
    lines.append(f"\nhints of its date and day ({len(document.hints)})")
    for hint in document.hints:
        place = f"{document.address}:{hint.line}" if hint.line else document.address
        said = f"{place}: {hint.kind} {hint.value} ({hint.origin}): {hint.verdict}"
        lines.append(f"  {line(said)}")
    lines += [f"\nplaces among other notes ({len(places)})"] * bool(places)
    lines += [f"  {line(place)}" for place in places]
    return "\n".join(lines) + "\n"


def concept_text(
    graph: ConceptGraph,
    concept: int,
    mentions: list[Quote],
    matches: list[str],
    merges: list[tuple[str, float, str, Quote]],
    homes: list[tuple[str, str, str, float]],
    count: int,
) -> str:
    """A concept for people: at most ``count`` homes, merges, relations and mentions."""
    me, rows = (
        graph.named(concept),
        graph.db.execute(
            "SELECT label FROM label WHERE concept = ? AND preferred = 0 ORDER BY label", (concept,)
        ),
    )
    lines = [me.label, f"  iri        {me.iri}"]
    aliases = [label for (label,) in rows]
    if aliases:
        lines.append(f"  also       {'; '.join(aliases)}")
    lines += [f"  same as    {iri}" for iri in matches]
    if definition := graph.definition(concept):
        lines.append(f"  definition {definition}")
    score, why = graph.score(concept)
    if score:
        lines.append(f"  a concept  {score:.2f}" + f" ({why})" * bool(why))
    lines += [f"\nexplained in ({len(homes)})"] * bool(homes)
    for address, heading, why, strength in homes[:count]:
        section = f", section “{heading}”" if heading else ""
        lines.append(f"  {line(address + section)} ({why}, strength {strength:.2f})")
    lines += [f"\nmerges ({len(merges)})"] * bool(merges)
    for alias, confidence, why, quote in merges[:count]:
        lines.append(f"  {alias} (confidence {confidence:.2f}): {why}")
        lines.append(f"    {quoted(quote)}")
    relations = graph.relations_of(concept)
    lines.append(f"\nrelations ({len(relations)})")
    for found in relations[:count]:
        forward, backward = PREDICATES[found.predicate][1:]
        outward = found.subject == concept
        verb, other = (forward, found.object) if outward else (backward, found.subject)
        claims = f"{found.support} claim{'s' * (found.support != 1)}"
        lines.append(
            f"  {verb} {graph.named(other).label} (confidence {found.confidence:.2f}, {claims})"
        )
        if found.strength:
            lines.append(f"    {line(basis(found.strength, found.rule))}")
        lines.append(f"    {quoted(found.reason)}")
    lines.append(f"\nmentions ({len(mentions)})")
    lines += [f"  {line(f'{m.source}:{m.line}: {m.text}')}" for m in mentions[:count]]
    most = max(len(mentions), len(relations), len(merges), len(homes))
    if most > count:
        lines.append(f"  … (--count {most} shows all)")
    return "\n".join(lines) + "\n"
