"""Other libraries' searches over the arcs of a concept graph, for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from waygraph.search.concept_graph import ConceptGraph
from waygraph.search.cost import estimator

Peer = Callable[[int, int], float | None]
Numbers = NDArray[np.int64]
FIVE = "networkx shortest_simple_paths, 5"


def arcs_of(graph: ConceptGraph) -> tuple[Numbers, Numbers, Numbers]:
    """Tails, heads and costs of all arcs."""
    pairs = np.frombuffer(graph.forward.pairs, [("head", "<u4"), ("cost", "<u2")])
    tails = np.repeat(np.arange(len(graph)), np.diff(np.asarray(graph.forward.offsets)))
    return tails, pairs["head"].astype(np.int64), pairs["cost"].astype(np.int64)


def peers(graph: ConceptGraph) -> Iterator[tuple[str, Peer]]:
    """Others' searches over the same arcs: from start and goal to a cost."""
    count = len(graph)
    tails, heads, costs = arcs_of(graph)
    if count <= 200_000:
        yield from _networkx(graph, tails, heads, costs)
        yield "rustworkx dijkstra", _rustworkx(count, tails, heads, costs)
    yield "igraph dijkstra", _igraph(count, tails, heads, costs)
    yield "scipy dijkstra", _scipy(count, tails, heads, costs)
    yield from _networkit(graph, tails, heads, costs)


def _networkx(
    graph: ConceptGraph, tails: Numbers, heads: Numbers, costs: Numbers
) -> Iterator[tuple[str, Peer]]:
    import networkx

    peer: networkx.DiGraph[int] = networkx.DiGraph()
    peer.add_nodes_from(range(len(graph)))
    peer.add_weighted_edges_from(
        zip(tails.tolist(), heads.tolist(), costs.tolist(), strict=True), weight="cost"
    )

    def informed(start: int, goal: int) -> float:
        h = estimator(graph.sketches, graph.cover, goal)
        guess = partial(_estimate, h)
        return float(networkx.astar_path_length(peer, start, goal, guess, weight="cost"))

    def both(start: int, goal: int) -> float:
        return float(networkx.bidirectional_dijkstra(peer, start, goal, weight="cost")[0])

    def five(start: int, goal: int) -> float:
        found = islice(networkx.shortest_simple_paths(peer, start, goal, weight="cost"), 5)
        return float(sum(peer.edges[pair]["cost"] for path in found for pair in pairwise(path)))

    yield "networkx astar_path, same h", informed
    yield "networkx bidirectional_dijkstra", both
    yield FIVE, five


def _estimate(h: Callable[[int], int], concept: int, _goal: int) -> int:
    return h(concept)


def _rustworkx(count: int, tails: Numbers, heads: Numbers, costs: Numbers) -> Peer:
    import rustworkx

    peer = rustworkx.PyDiGraph()
    peer.add_nodes_from(range(count))
    peer.add_edges_from(list(zip(tails.tolist(), heads.tolist(), costs.tolist(), strict=True)))

    def ask(start: int, goal: int) -> float:
        found = rustworkx.dijkstra_shortest_path_lengths(peer, start, float, goal)
        return float(found[goal]) if goal != start else 0.0

    return ask


def _igraph(count: int, tails: Numbers, heads: Numbers, costs: Numbers) -> Peer:
    import igraph

    peer = igraph.Graph(count, np.column_stack([tails, heads]), directed=True)
    peer.es["cost"] = costs.tolist()
    steps = costs.tolist()

    def ask(start: int, goal: int) -> float:
        path = peer.get_shortest_path(start, goal, "cost", output="epath")
        return float(sum(steps[arc] for arc in path))

    return ask


def _scipy(count: int, tails: Numbers, heads: Numbers, costs: Numbers) -> Peer:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    matrix = csr_array((costs.astype(float), (tails, heads)), shape=(count, count))
    return lambda start, goal: float(dijkstra(matrix, indices=start)[goal])


def _networkit(
    graph: ConceptGraph, tails: Numbers, heads: Numbers, costs: Numbers
) -> Iterator[tuple[str, Peer]]:
    import networkit

    peer = networkit.Graph(len(graph), weighted=True, directed=True)
    peer.addEdges((costs.astype(float), (tails, heads)))

    def both(start: int, goal: int) -> float:
        if start == goal:
            return 0.0
        # 11.3 crashes if it is not to keep the path
        found = networkit.distance.BidirectionalDijkstra(peer, start, goal, True)
        return float(found.run().getDistance())

    def informed(start: int, goal: int) -> float:
        h = estimator(graph.sketches, graph.cover, goal)
        guesses = [float(h(concept)) for concept in range(len(graph))]
        return float(networkit.distance.AStar(peer, guesses, start, goal, True).run().getDistance())

    yield "NetworKit BidirectionalDijkstra", both
    if len(graph) <= 10_000:  # it wants the h of every concept beforehand
        yield "NetworKit AStar, same h", informed
