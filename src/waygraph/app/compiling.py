"""Bringing the concept graph up to the datagraph."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from waygraph.app.ask import graph_folder
from waygraph.config import Workspace
from waygraph.errors import StoreError
from waygraph.labels import key
from waygraph.model import ConceptTable, Vectors, digest_of
from waygraph.order import MetInOrder, Order

if TYPE_CHECKING:
    from waygraph.app.decisions import Decided
    from waygraph.compute.cache import Cache
    from waygraph.compute.values import Results
    from waygraph.store.dataset import Dataset


def known(decided: Decided, table: ConceptTable) -> set[str]:
    """The slugs of the concepts that decisions say are known."""
    slugs = table.slugs()
    terms = (key(d.terms[0]) for d in decided.force if d.verb == "know")
    return {slugs[term] for term in terms if term in slugs}


def bring_up_to_date(
    place: Workspace,
    data: Dataset,
    cache: Cache,
    results: Results,
    table: ConceptTable,
    known: Collection[str],
) -> None:
    """Compile the concept graph anew, unless it shows the datagraph as it is."""
    from waygraph.search.compile import compile_graph, matrix_of
    from waygraph.search.concept_graph import FORMAT, ConceptGraph
    from waygraph.search.cost import Weights
    from waygraph.search.vectors import build_index, has_index
    from waygraph.store.view import known_of, read_view
    from waygraph.vocab import concept_iri

    folder, settings, weights = graph_folder(place), place.settings, Weights()
    vectors = results.one("vectors", Vectors)
    order = Order(results.one("sequence", MetInOrder))
    scores = {concept_iri(settings.base, c.slug): (c.score, c.why) for c in table.concepts}
    digest = digest_of(
        data.digest(), vectors.model, repr(weights), str(settings.words_per_minute), str(FORMAT),
        repr(scores),
    )  # fmt: skip
    try:
        graph = ConceptGraph(folder)
        if graph.digest == digest and has_index(folder, len(graph), vectors.dimensions):
            graph.check()
            return
    except StoreError:
        pass
    view = read_view(data, settings.words_per_minute, cache)
    mastered = known_of(data) | {concept_iri(settings.base, slug) for slug in known}
    compile_graph(folder, view, vectors, settings.base, digest, weights, mastered, order, scores)
    build_index(folder, matrix_of(view, vectors, settings.base))
