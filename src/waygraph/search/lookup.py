"""From what a person types to a concept."""

from __future__ import annotations

from waygraph.errors import AmbiguousConcept, UnknownConcept
from waygraph.labels import key
from waygraph.search.concept_graph import ConceptGraph

_SHOWN = 6
# Of 100: how alike two spellings are before one is offered for the other.
ALIKE = 62


def find_concept(graph: ConceptGraph, query: str) -> int:
    """The concept that ``query`` names: by IRI, label, alias or folded label.

    What people type instead of one is for ``goals.resolve``.

    Raises:
        AmbiguousConcept: several concepts fit equally well.
        UnknownConcept: none does; names the nearest labels.
    """
    db = graph.db
    # bytes of the command line that are no text come as lone surrogates
    query = query.encode("utf-8", "replace").decode("utf-8")
    row = db.execute("SELECT id FROM concept WHERE iri = ?", (query,)).fetchone()
    if row:
        return int(row[0])
    folded = key(query)
    attempts: list[tuple[str, tuple[str, ...]]] = [
        ("label = ? AND preferred = 1", (query,)),
        ("label = ?", (query,)),
    ]
    if folded:
        attempts += [
            ("folded = ? AND preferred = 1", (folded,)),
            ("folded = ?", (folded,)),
        ]
    for condition, values in attempts:
        rows = db.execute(f"SELECT DISTINCT concept FROM label WHERE {condition}", values)
        found = sorted(concept for (concept,) in rows)
        if len(found) == 1:
            return int(found[0])
        if found:
            labels = [graph.named(concept).label for concept in found]
            raise AmbiguousConcept(query, sorted(labels, key=lambda a: (len(a), a))[:_SHOWN])
    raise UnknownConcept(query, nearest_labels(graph, query), known=len(graph) > 0)


def nearest_labels(graph: ConceptGraph, query: str, count: int = _SHOWN) -> list[str]:
    """Preferred labels of the concepts nearest to ``query``.

    First, for at most half of them, those with a label that holds all its words, the shortest
    first ("heap" finds "binary heap"); then those spelled like it, most alike first.
    """
    from rapidfuzz import fuzz, process

    rows = graph.db.execute("SELECT folded, concept FROM label ORDER BY folded, concept").fetchall()
    wanted = set(key(query).split())
    within = sorted(
        (len(folded), concept)
        for folded, concept in rows
        if wanted and wanted.issubset(folded.split())
    )
    ranked = process.extract(
        key(query), [folded for folded, _ in rows], scorer=fuzz.token_sort_ratio,
        score_cutoff=ALIKE, limit=4 * count,
    )  # fmt: skip
    longer = dict.fromkeys(concept for _, concept in within)
    concepts = dict.fromkeys([*list(longer)[: count // 2], *(rows[i][1] for _, _, i in ranked)])
    return [graph.named(concept).label for concept in list(concepts)[:count]]
