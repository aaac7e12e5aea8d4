"""Links worth fetching next: those whose pages would fill most of the plans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from waygraph.app.articles import kept_pages, lost_pages
from waygraph.config import Workspace
from waygraph.labels import key
from waygraph.strength import HELPS

MOST = 5
# What helps, and what is explained beside a link and not by its name, counts so much.
_HELPS, _BESIDE = 0.25, 0.2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A link that was not fetched: where it stands, and the concept it would explain.

    ``needed_by`` counts the concepts that require that one, or likely do.
    """

    url: str
    source: str
    line: int
    concept: str
    needed_by: int


def suggested_links(place: Workspace, most: int = MOST) -> list[Suggestion]:
    """Links of notes and articles that were not fetched, the most useful first.

    A page fills as many plans as concepts rest on what its link names, the more the less there
    is to read of that; what the section beside it explains counts a little.

    Raises:
        StoreError: the workspace cannot be read.
    """
    from waygraph.app.ask import open_graph
    from waygraph.read.snapshots import Snapshots
    from waygraph.read.web.urls import BadAddress, page_url

    graph = open_graph(place)
    minutes = dict(graph.db.execute("SELECT concept, SUM(minutes) FROM reading GROUP BY concept"))
    needed: defaultdict[int, list[float]] = defaultdict(lambda: [0.0, 0])
    rows = graph.db.execute(
        "SELECT object, strength FROM relation WHERE predicate = 'requires' AND subject <> object"
    )
    for concept, strength in rows:
        needed[concept][0] += _HELPS if strength == HELPS else 1.0
        needed[concept][1] += strength != HELPS
    worth = {c: need / (1 + minutes.get(c, 0.0)) for c, (need, _) in needed.items()}
    named: dict[str, int] = {}
    for folded, concept in graph.db.execute("SELECT folded, concept FROM label ORDER BY concept"):
        if concept in worth:
            named.setdefault(folded, concept)
    beside: defaultdict[str, float] = defaultdict(float)
    for concept, source in graph.db.execute("SELECT concept, source FROM reading WHERE rank = 0"):
        beside[source] += _BESIDE * worth.get(concept, 0.0)
    had = {*kept_pages(place), *lost_pages(place)}
    found: dict[str, tuple[float, Suggestion]] = {}
    with Snapshots(place.folder / "documents.sqlite", write=False) as snapshots:
        for document in snapshots.all():
            for link in document.links:
                concept = named.get(key(document.text[link.span.start : link.span.end]))
                if link.kind == "image" or concept is None:
                    continue
                try:
                    url = page_url(link.target)
                except BadAddress:
                    continue
                if url in had or not url.startswith(("http://", "https://")):
                    continue
                value = worth[concept] + beside[document.address]
                start = document.source_span(link.span)[0]
                said = Suggestion(
                    url, document.address, document.line_of(start), graph.named(concept).label,
                    int(needed[concept][1]),
                )  # fmt: skip
                if url not in found or value > found[url][0]:
                    found[url] = value, said
    best = sorted(found.values(), key=lambda one: (-round(one[0], 6), one[1].url))
    return [said for _, said in best[:most]]
